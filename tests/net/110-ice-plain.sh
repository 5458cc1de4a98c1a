#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two nodes find a direct path (draft-tschofenig-mip6-ice-01, Sections 4 to 8):
# offer and answer go through the home agent, checks from address to address.
# Both ends are public, with IPv4 and IPv6.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice
ice_build PLAIN PLAIN

test_case "the home-agent path works before anything else"
expect_success "a reaches b's home" wait_for 10000 in_ns "$a" ping -c 1 -W 2 -I $HOME_A $HOME_B
expect_success "the home agent answers STUN" eval '[ "$(in_ns "$ha" ss -Hlun "sport = :4191" | wc -l)" = 2 ]'

test_case "offer, answer, checks, nomination"
bg in_ns "$a" mobctl ice monitor >"$OUT/events"
capture_start "$ha" to_b signalling "ip6 proto 135"
start=$(now_ms)
ice_pair
expect_soon "a has selected a pair" 20000 is_state "$a" completed
expect_soon "b has selected a pair" 20000 is_state "$b" completed
note "$(($(now_ms) - start)) ms, $(checks_of "$a") and $(checks_of "$b") checks"
expect "a's pair: IPv6, direct" "host $A6 host $B6" "$(selected "$a")"
expect "b's pair: the same" "host $B6 host $A6" "$(selected "$b")"
expect "roles" "controlling controlled" "$(role_of "$a") $(role_of "$b")"
ice_tell "$a" "$b"
# What went through the home agent (draft-bajko-mip6-rrtfw-02, 5.2)
capture_flush
types=$(tcpdump -n -x -r "$OUT/signalling.pcap" 2>/dev/null |
	awk '/0x0020:/ { t[substr($7, 1, 2)]++ } END { printf "%d %d %d %d", t["01"], t["16"], t["03"], t["17"] }')
expect "HoTI, CoTI-ICE, HoT, CoT-ICE" "1 1 1 1" "$types"
expect "offers sent, received" "1 1" "$(ice_mib "$a" OfferOut) $(ice_mib "$b" OfferIn)"
expect "answers sent, received" "1 1" "$(ice_mib "$b" AnswerOut) $(ice_mib "$a" AnswerIn)"
expect "home tests" "1 1 1 1" "$(ice_mib "$a" HoTIOut) $(ice_mib "$b" HoTIIn) $(ice_mib "$b" HoTOut) $(ice_mib "$a" HoTIn)"
expect "Mobility Headers over IPv6" "2 2" "$(ice_mib "$a" MhIn) $(ice_mib "$b" MhIn)"

test_case "candidates: all addresses but the wrong ones (4.1.1)"
expect "of a" "host $A4;host $A6;relayed $HOME_A;" "$(cands "$a" local)"
expect "of b, as a got them" "$(cands "$b" local)" "$(cands "$a" remote)"
expect "the server was asked" 1 "$(ice_mib "$a" GatherIn)"

test_case "user space was told"
expect_soon "an event" 5000 grep -q ' selected .* session completed' "$OUT/events"
expect_success "and valid pairs before" grep -q ' valid  *2001' "$OUT/events"

test_case "Binding Update over the pair (RFC 6275 9.5, RFC 5245 9.1.2.2)"
expect_soon "acknowledged" 10000 eval '[ "$(ice_mib "$a" UpdateAckIn)" = 1 ]'
expect "sent, accepted, acknowledged" "1 1 1" "$(ice_mib "$a" UpdateOut) $(ice_mib "$b" UpdateIn) $(ice_mib "$b" UpdateAckOut)"
expect "in UDP" "1 1" "$(ice_mib "$b" InMh) $(ice_mib "$a" InMh)"

test_case "keepalives after 15 s without a packet, no checks (10)"
checks=$(ice_mib "$a" CheckOut)
before=$(ice_mib "$a" KeepaliveOut)
sleep 32
expect_between "keepalives of a" 2 3 $(($(ice_mib "$a" KeepaliveOut) - before))
expect_between "which b got" 2 4 "$(ice_mib "$b" StunIndication)"
expect "checks" "$checks" "$(ice_mib "$a" CheckOut)"

if virtual_time; then
	test_case "new tokens before the nonces are stale, without a restart"
	ufrag=$(ufrag_of "$a")
	runs=$(ice_mib "$a" Restarts)
	sleep 160
	expect "asked for again, answered" "1 1" "$(ice_mib "$a" Refreshes) $(ice_mib "$b" OfferRepeat)"
	expect "another Binding Update" "2 2" "$(ice_mib "$b" UpdateIn) $(ice_mib "$a" UpdateAckIn)"
	expect "the same credentials" "$ufrag $runs" "$(ufrag_of "$a") $(ice_mib "$a" Restarts)"
fi

test_case "a restart: new credentials, another run, the same path (9.1.1.1)"
trace=/sys/kernel/tracing
echo >$trace/trace
expect_success "tracepoints can be enabled" eval 'echo 1 >$trace/events/mip6_ice/enable'
ufrag=$(ufrag_of "$a")
expect_success "restart" ctl "$a" peer restart $HOME_B
expect "the pair is still there" completed "$(wait_for 20000 is_state "$a" completed && state_of "$a")"
expect_soon "b, too" 20000 is_state "$b" completed
expect_success "new ufrag" eval '[ "$(ufrag_of "$a")" != "$ufrag" ]'
expect "runs" "2 2" "$(ice_mib "$a" Restarts) $(ice_mib "$b" Restarts)"
expect "a's pair" "host $A6 host $B6" "$(selected "$a")"
echo 0 >$trace/events/mip6_ice/enable
expect_line "the tracepoint of events" "mice_event: home=$HOME_A peer=$HOME_B event=selected state=completed .*local=.$A6.:4191 remote=.$B6.:4191" cat $trace/trace
expect_line "and that of counters" "mice_count: netns=[0-9]* name=OfferOut n=1" cat $trace/trace

test_case "as JSON, and counters"
expect_line "peers" '^\[{"peer":"'$HOME_B'","home":"'$HOME_A'","state":"completed","role":"controlling",' in_ns "$a" mobctl -j ice peer show
expect_line "pairs" '"flags":\["valid","nominated","selected","heard"\]' in_ns "$a" mobctl -j ice pairs
expect "of another peer" "[]" "$(in_ns "$a" mobctl -j ice pairs 2001:db8::99)"
expect_line "counters" "^Restarts  *2$" ctl "$a" stats
expect_line "what they count" "^UpdateBad  *0  dropped: BU or BA" in_ns "$a" mobctl -s -d ice stats

test_case "policy per interface: which devices, and in which order (4.1.1.1, 4.1.2.2)"
# priority ADDRESS: of a host candidate of a, 0 if it is none.
priority()
{
	ctl "$a" candidates | awk -v addr="$1" '
		/ local host / && index($0, addr "]:4191 ") + index($0, " " addr ":4191 ") {
			for (i = 1; i < NF; i++) if ($i == "priority") p = $(i + 1)
		} END { print p + 0 }'
}
ip -n "$a" link add lte0 type dummy
ip -n "$a" link set lte0 up
ip -n "$a" addr add 198.51.100.77/32 dev lte0
expect_soon "a new device is offered" 10000 eval '[ "$(priority 198.51.100.77)" != 0 ]'
expect_success "behind IPv6" test "$(priority $A6)" -gt "$(priority 198.51.100.77)"
knob "$a" prefer_devices "lte* eth0"
expect_success "restart" ctl "$a" peer restart $HOME_B
expect_success "preferred it comes first" test "$(priority 198.51.100.77)" -gt "$(priority $A6)"
expect_success "of the other, IPv6 before IPv4" test "$(priority $A6)" -gt "$(priority $A4)"
knob "$a" exclude_devices "docker* lte*"
expect_success "restart" ctl "$a" peer restart $HOME_B
expect "excluded it does not come" 0 "$(priority 198.51.100.77)"
expect_success "all others do" test "$(priority $A6)" -gt 0
expect "another namespace has its own" "" "$(in_ns "$b" sysctl -n net.mip6_ice.prefer_devices)"
expect_soon "a has a pair" 20000 is_state "$a" completed

test_case "a peer that goes is gone"
expect_success "del" ctl "$a" peer del $HOME_B
expect_success "del" ctl "$b" peer del $HOME_A
expect "sessions" "0 0" "$(ice_mib "$a" PeersNow) $(ice_mib "$b" PeersNow)"
expect "sockets" 0 "$(in_ns "$a" ss -Hlun "sport = :4191" | wc -l)"

[ "$case_failed$cases_failed" != 00 ] || rm -f "$OUT/events"
tap_done
