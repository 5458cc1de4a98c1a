#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each octet of each message made wrong in turn, with and without checksums and
# signatures put right again, and each message cut everywhere: over the port from a
# stranger, who even knows b's password, and over the home-agent path from the peer's
# home address. All of it has to be dropped or taken for what it is, and counted
# once; no answer is longer than its question, and the session goes on.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice
ice_build PLAIN PLAIN
# Of these two nothing else shall be counted.
knob "$a" keepalive 600
knob "$b" keepalive 600
knob "$b" home_agent 1
knob "$b" error_rate 1000000
knob "$b" stun_rate 1000000
ip -n "$core" addr add 198.51.100.1/24 dev lo

# take_counters, counted NAME...: by how much these have grown since, together.
take_counters() { in_ns "$b" cat /proc/net/mip6_ice >"$OUT/before"; }
counted()
{
	in_ns "$b" cat /proc/net/mip6_ice |
		awk -v names=" $* " 'NR == FNR { old[$1] = $2; next }
			index(names, " " $1 " ") { sum += $2 - old[$1] }
			END { print sum + 0 }' "$OUT/before" -
}

ports=(InStun InMh InKeepalive InDataDropped InNothing InQueueFull InNoMemory)
headers=(MhBadChecksum MhMalformed MhUdpRefused MhUnexpected MhLimit OptionNone
	HoTIIn HoTIn AnswerIn UpdateBad UpdateStale UpdateIn UpdateAckIn)
stuns=(StunNoSession StunServed StunServeLimit StunNotServed StunShort StunErrorOut
	StunErrorLimit StunIndication StunOther RequestBadMac RequestUnknown
	RequestMalformed RequestNoCandidate RequestConflict RequestShort RequestIn ResponseNoCheck
	ResponseBadMac ResponseMalformed)
path=(MhOther MhBadChecksum MhMalformed MhNoPeer MhUnexpected OptionNone OfferIn
	HoTIIn HoTIn AnswerIn BindingErrorIn UpdateBad UpdateStale UpdateIn UpdateAckIn)

# said WORD: the number behind it in what mhforge told.
said() { sed -n "s/.*\<$1 \([0-9]*\).*/\1/p" "$OUT/told"; }

ice_pair
expect_soon "a completes" 20000 is_state "$a" completed
expect_soon "b completes" 20000 is_state "$b" completed
wait_for 5000 eval '[ "$(ice_mib "$a" UpdateAckIn)" = 1 ]'
pair=$(selected "$b")

test_case "over the port"
read -r ufrag pwd <<<"$(ctl "$b" keys | sed -n 's/.* ufrag \([0-9a-f]*\) pwd \([0-9a-f]*\).*/\1 \2/p')"
runs=$(ice_mib "$b" Restarts)
take_counters
in_ns "$core" mhforge udp 198.51.100.1 6000 $B4 4191 $HOME_A $HOME_B "$ufrag" "$pwd" >"$OUT/told"
note "$(cat "$OUT/told")"
sent=$(sed -n 's/^sent \([0-9]*\) .*/\1/p' "$OUT/told")
expect_between "datagrams" 2000 20000 "$sent"
expect "each is counted by its kind" "$sent" "$(counted "${ports[@]}")"
expect "each Mobility Header by what became of it" "$(counted InMh)" "$(counted "${headers[@]}")"
expect "each STUN message by what became of it" "$(counted InStun)" "$(counted "${stuns[@]}")"
for name in InNothing MhBadChecksum MhMalformed MhUdpRefused MhUnexpected \
	    OptionBad OptionNone UpdateBad UpdateStale StunErrorOut StunNoSession \
	    StunIndication StunOther RequestBadMac RequestUnknown RequestMalformed; do
	expect_between "$name" 1 "$sent" "$(counted $name)"
done

test_case "no answer is longer than its question"
expect_between "answers" 50 "$sent" "$(said answers)"
expect "longer ones" 0 "$(said longer)"
read -r out in <<<"$(sed -n 's/.* octets \([0-9]*\) answers [0-9]* octets \([0-9]*\) .*/\1 \2/p' "$OUT/told")"
expect_between "octets out of $out in" 0 "$out" "$in"
# Somebody who knows the password may make us check his address, as any peer.
expect_between "checks of ours" 0 56 "$(said checks)"

test_case "signed checks over IPv6 that are shorter than their answer have none"
take_counters
in_ns "$core" mhforge short 2001:db8:b::1 6000 $B6 4191 "$ufrag" "$pwd" >"$OUT/told"
note "$(cat "$OUT/told")"
expect "half of them have PRIORITY, and get nothing" 25 "$(counted RequestShort)"
expect "half have none: an error, which is shorter" "25 25" "$(counted RequestMalformed) $(said answers)"
expect "longer ones, checks of ours" "0 0" "$(said longer) $(said checks)"

test_case "the session goes on"
expect "the pair" "$pair" "$(selected "$b")"
expect "new runs" "$runs" "$(ice_mib "$b" Restarts)"
expect "offers, answers, updates that were taken" 0 "$(counted OfferIn AnswerIn UpdateIn UpdateAckIn HoTIn)"

test_case "over the home-agent path, from the peer's home address"
take_counters
start=$(now_ms)
in_ns "$a" mhforge home $HOME_A $HOME_B "$ufrag" "$pwd" >"$OUT/told"
note "$(cat "$OUT/told")"
# Of offers that are repeated, HoT beside them, and acknowledgements: five at once, one
# a second; of new offers the same.
expect_between "answers that are longer" 0 $((30 + 3 * ($(now_ms) - start) / 1000)) "$(said longer)"
sent=$(sed -n 's/^sent \([0-9]*\) .*/\1/p' "$OUT/told")
expect_between "messages" 1000 20000 "$sent"
expect "each is counted by what became of it" "$sent" "$(counted "${path[@]}")"
for name in MhOther MhBadChecksum MhMalformed MhUnexpected MhLimit OptionBad OptionNone \
	    CandSkipped OfferIn UpdateBad UpdateStale; do
	expect_between "$name" 1 "$sent" "$(counted $name)"
done
expect "updates that were taken" 0 "$(counted UpdateIn UpdateAckIn AnswerIn HoTIn)"

test_case "after all of this both meet again"
expect_success "restart" ctl "$a" peer restart $HOME_B
expect_soon "a completes" 20000 is_state "$a" completed
expect_soon "b completes" 20000 is_state "$b" completed
expect_soon "over the same pair" 10000 eval '[ "$(selected "$b")" = "$pair" ]'
expect "sessions" 1 "$(ice_mib "$b" PeersNow)"
[ "$case_failed" = 0 ] || ice_tell "$a" "$b"

rm -f "$OUT/before" "$OUT/told"
tap_done
