#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A peer that is who it says and lies about where it is: it offers the address of a
# victim, so that b floods it (draft-tschofenig-mip6-ice-01, Section 14.4). The
# insider has a's home address and raw sockets; the victim's address is in the core,
# which never answers.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice
ice_build PLAIN PLAIN

VICTIM=198.51.100.9
PWD_HEX=0102030405060708090a0b0c

ip -n "$core" addr add $VICTIM/32 dev lo
in_ns "$core" nft -f - <<END
table ip quiet {
	chain in {
		type filter hook input priority filter;
		ip daddr $VICTIM drop
	}
}
END

# watch NAME: what goes to the victim.
watch() { capture_start "$core" to_b "$1" "dst host $VICTIM"; }

# packets NAME [FILTER]: how many there were.
packets() { tcpdump -n -r "$OUT/$1.pcap" ${2:+"$2"} 2>/dev/null | wc -l; }

# checks NAME: microseconds from each new transaction to the next.
checks()
{
	tcpdump -tt -n -x -r "$OUT/$1.pcap" 2>/dev/null |
		awk '!/^\t/ { time = $1 }
		     /0x0020:/ { id = $4 $5 $6 $7 $8 $9
				 if (!(id in seen)) {
					seen[id] = 1
					if (last) printf "%d\n", (time - last) * 1000000
					last = time
				 } }'
}

offer() { in_ns "$a" mhforge offer $HOME_A $HOME_B "$@"; }
candidates() { ctl "$b" candidates | grep -c ' remote '; }

# The more addresses b has the more pairs it has to check.
for i in 19 20 21; do
	ip -n "$b" addr add 192.0.2.$i/28 dev eth0
done
expect_success "b knows a" ctl "$b" peer add $HOME_A home $HOME_B

test_case "an offer without the option begins nothing (14.4.1)"
none=$(ice_mib "$b" OptionNone)
in_ns "$a" mhtool send $HOME_A $HOME_B 1600000000000102030405060708
expect_soon "counted" 5000 eval '[ "$(ice_mib "$b" OptionNone)" = $((none + 1)) ]'
expect "answers" 0 "$(ice_mib "$b" AnswerOut)"
expect "checks" 0 "$(ice_mib "$b" CheckOut)"

# That there is no data at all to go anywhere yet, is for the data path to test again.
test_case "nothing but checks goes to whoever did not agree (14.4.1)"
watch redirect
offer 0001 $PWD_HEX host $VICTIM 40000
expect_soon "b checks it" 5000 eval '[ "$(ice_mib "$b" CheckOut)" = 4 ]'
in_ns "$b" ping -c 3 -i 0.2 -W 1 -I $HOME_B $HOME_A >/dev/null
sleep 8		# asking all the time would cost more than waiting
expect_soon "and gives up" 10000 is_state "$b" failed
expect_success "the peer is reached" in_ns "$b" ping -c 1 -W 2 -I $HOME_B $HOME_A
expect_line "through the home agents" "^$HOME_A .* path home-agent" ctl "$b" peer show
capture_flush
expect "packets to the victim, 7 from each address" 28 "$(packets redirect)"
expect "of these, requests with the cookie" 28 "$(packets redirect 'udp[8:2] = 1 and udp[12:4] = 0x2112a442')"

# Both answer the checks that are under way; they do not know the password.
FALSE_VALID=198.51.100.10
FALSE_INVALID=198.51.100.11
ip -n "$core" addr add $FALSE_VALID/32 dev lo
ip -n "$core" addr add $FALSE_INVALID/32 dev lo
bg in_ns "$core" mhtool stun $FALSE_VALID 40000 $B4 4191
bg in_ns "$core" mhtool refuse $FALSE_INVALID 40000
wait_for 5000 eval '[ "$(in_ns "$core" ss -Hlun "sport = :40000" | wc -l)" = 2 ]'

test_case "an answer that is not signed makes no pair valid, and none invalid (14.1)"
bad=$(ice_mib "$b" ResponseBadMac)
offer 0004 $PWD_HEX host $FALSE_VALID 40000 host $FALSE_INVALID 40000
sleep 9
expect_soon "it gives up" 10000 is_state "$b" failed
expect "answers to each request to each of them" $((bad + 56)) "$(ice_mib "$b" ResponseBadMac)"
expect "pairs that had an answer" 0 "$(ctl "$b" pairs | grep -c 'state succeeded\|flags .*valid')"
expect "pairs that an error ended" 0 "$(ctl "$b" pairs | grep -c 'why error')"
expect "pairs that had none" 8 "$(ctl "$b" pairs | grep -c 'state failed why timeout')"

test_case "50 candidates make no more than 100 checks (14.4.2)"
over=$(ice_mib "$b" CandOver)
out=$(ice_mib "$b" CheckOut)
left=$(ice_mib "$b" PairLimit)
watch flood
offer 0002 $PWD_HEX host $VICTIM/50 40000
expect_soon "candidates that b keeps" 5000 eval '[ "$(candidates)" = 32 ]'
expect "and does not" 18 $(($(ice_mib "$b" CandOver) - over))
sleep 10
expect_soon "it gives up" 10000 is_state "$b" failed
capture_flush
expect "checks, of 4 addresses against 32" 100 $(($(ice_mib "$b" CheckOut) - out))
expect "pairs that were left out" 28 $(($(ice_mib "$b" PairLimit) - left))
expect_between "packets to the victim" 100 700 "$(packets flood)"
expect_between "us between two of them" 19000 60000 "$(checks flood | sort -n | head -n 1)"
octets=$(tcpdump -n -r "$OUT/flood.pcap" 2>/dev/null | sed -n 's/.*length \([0-9]*\)$/\1/p' | awk '{ s += $1 + 28 } END { print s }')
note "$(packets flood) packets, $octets octets with headers"

test_case "candidates that are never checked are counted (14.4.1)"
never=$(ice_mib "$b" CandNotChecked)
out=$(ice_mib "$b" CheckOut)
offer 0005 $PWD_HEX host 224.0.0.9 40000 host 192.0.2.255 0 host ff02::9 40000 host fe80::9 40000 host 169.254.9.9 40000
expect_soon "all of them" 5000 eval '[ $(($(ice_mib "$b" CandNotChecked) - never)) = 5 ]'
sleep 1
expect "candidates that b has of a" 0 "$(candidates)"
expect "checks" "$out" "$(ice_mib "$b" CheckOut)"

test_case "the limits are settable (14.4.2): candidates, checks, Ta"
knob "$b" max_candidates 4
knob "$b" max_checks 10
knob "$b" ta 200
out=$(ice_mib "$b" CheckOut)
watch limits
offer 0003 $PWD_HEX host $VICTIM/50 40000
expect_soon "candidates that b keeps" 5000 eval '[ "$(candidates)" = 4 ]'
sleep 10
expect_soon "it gives up" 10000 is_state "$b" failed
capture_flush
expect "checks" 10 $(($(ice_mib "$b" CheckOut) - out))
expect_between "us between two of them" 199000 260000 "$(checks limits | sort -n | head -n 1)"
expect "of another namespace" 20 "$(in_ns "$a" sysctl -n net.mip6_ice.ta)"
expect_failure "less than 5 ms" in_ns "$b" sysctl -w net.mip6_ice.ta=4
expect_failure "more than a second" in_ns "$b" sysctl -w net.mip6_ice.ta=1001
expect "unchanged" 200 "$(in_ns "$b" sysctl -n net.mip6_ice.ta)"
knob "$b" ta 20
knob "$b" max_checks 100
knob "$b" max_candidates 32

test_case "offer after offer does not add up (14.4.2)"
sleep 6		# the burst of 5 is there again
out=$(ice_mib "$b" CheckOut)
runs=$(ice_mib "$b" Restarts)
start=$(now_ms)
for i in $(seq 20); do
	offer "$(printf 10%02x "$i")" $PWD_HEX host $VICTIM/50 40000
done
sleep 1
took=$(($(now_ms) - start))
expect_between "new runs in $took ms" 5 $((6 + took / 1000)) $(($(ice_mib "$b" Restarts) - runs))
expect_between "checks, one each 20 ms" 10 $((took / 20 + 2)) $(($(ice_mib "$b" CheckOut) - out))
expect_between "offers that were too many" 10 20 "$(ice_mib "$b" MhLimit)"

tap_done
