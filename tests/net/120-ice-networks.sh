#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two nodes in the networks of the issue: public, behind NATs, behind firewalls
# (RFC 4487); tests/ice.sh says what each is. Each line says what is expected:
# direct, or home for the path through the home agent. An end behind a NAT here is
# an IPv4-only mobile with an IPv6 home address.
#
# The path through the home agent is a link of its own past every box (tests/ice.sh):
# the rows "home" show what is chosen, not that it survives a NAT or firewall (125 has
# real tunnels). NAT against FW is IPv4 alone against IPv6 alone: no pair is possible,
# whatever the firewall lets in.
#
#	a		b		outcome

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice

networks='
	PLAIN		PLAIN		direct
	PLAIN		NAT		direct
	NAT		PLAIN		direct
	NAT		NAT		direct
	NAT:full	NAT		direct
	PLAIN		NAT:random	direct
	NAT:random	PLAIN		direct
	NAT:full	NAT:random	direct
	NAT		NAT:random	home
	NAT:random	NAT:random	home
	NAT:address	PLAIN		direct
	PLAIN		NAT:address	direct
	NAT:address	NAT:full	direct
	NAT:address	NAT		home
	NAT:address	NAT:address	home
	NAT		SAME		direct
	CGN		PLAIN		direct
	CGN		NAT		direct
	FW		PLAIN		direct
	FW		FW		direct
	FW:udp		PLAIN		home
	NAT		FW		home
'

ice_base

# mapped TO PORT: the port that the NAT of a gives to a datagram from there.
mapped()
{
	in_ns "$a" mhtool udp $IN_A4 4191 "$1" "$2" ff
	in_ns "$box_a" conntrack -L -p udp --orig-dst "$1" --orig-port-dst "$2" 2>/dev/null |
		awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^dport=/) port = substr($i, 7) }
		     END { print port }'
}

# arrives FROM PORT TO: does a datagram that a did not ask for reach it?
arrives()
{
	capture_start "$a" eth0 in "udp and src host $1 and src port $2"
	in_ns "$core" mhtool udp "$1" "$2" $NAT_A4 "$3" ff
	sleep 0.1
	capture_flush
	if tcpdump -n -r "$OUT/in.pcap" 2>/dev/null | grep -q .; then echo yes; else echo no; fi
}

# What the NATs of the table do with one socket and three destinations, of which two
# differ in their port alone, and with what comes back (RFC 4787, 4.1 and 5).
for kind in NAT NAT:full NAT:random NAT:address; do
	test_case "$kind: is what its name says"
	ice_attach a $kind
	wait_for 5000 in_ns "$a" ping -c 1 -W 1 "$HA4" >/dev/null
	first=$(mapped $HA4 5001)
	port=$(mapped $HA4 5002)
	address=$(mapped 192.0.2.1 5001)
	note "ports $first, $port, $address"
	expect_success "ports are shown" test -n "$first" -a -n "$port" -a -n "$address"
	case $kind in
	NAT)		want="yes yes" filter="no no" ;;
	NAT:full)	want="yes yes" filter="yes yes" ;;
	NAT:random)	want="no no" filter="no no" ;;
	NAT:address)	want="yes no" filter="yes no" ;;
	esac
	expect "the same for another port, for another address" "$want" \
		"$([ "$first" = "$port" ] && echo yes || echo no) $([ "$first" = "$address" ] && echo yes || echo no)"
	expect "let in from another port, from another address" "$filter" \
		"$(arrives 192.0.2.1 9999 "$address") $(arrives 203.0.113.1 9999 "$address")"
	ice_detach a
	for ns in "${boxes[@]}"; do
		ip netns del "$ns"
	done
	boxes=()
done

while read -r net_a net_b outcome; do
	[ -n "$net_a" ] || continue
	test_case "$net_a against $net_b: $outcome"
	ice_between "$net_a" "$net_b"
	start=$(now_ms)
	updates=$(ice_mib "$b" UpdateIn)
	asked=$(ice_mib "$a" GatherIn)
	ice_pair
	expect_soon "a has selected a pair" 30000 is_state "$a" completed
	expect_soon "b has selected a pair" 30000 is_state "$b" completed
	first="$(($(now_ms) - start)) ms, $(kind_of "$a")"
	# A pair through the home agent gives way to a direct one that is slower:
	# all checks have an end 7.9 s after they began.
	if [ "$outcome" = direct ]; then
		wait_for 9000 eval '[ "$(kind_of "$a") $(kind_of "$b")" = "direct direct" ]' >/dev/null
	else
		sleep 9
	fi
	note "$net_a $net_b: first $first; then $(selected "$a"), $(checks_of "$a") and $(checks_of "$b") checks"
	expect "a" "$outcome" "$(kind_of "$a")"
	expect "b" "$outcome" "$(kind_of "$b")"
	[ "$case_failed" = 0 ] || ice_tell "$a" "$b"
	expect "the home agent's answer came" 1 $(($(ice_mib "$a" GatherIn) - asked))
	if [ "$net_a" = FW:udp ]; then
		expect_line "and other UDP did not" "udp .* packets [1-9][0-9]* .* drop" in_ns "$box_a" nft list chain inet fw forward
	fi
	expect_soon "the Binding Update went through" 10000 eval '[ "$(ice_mib "$b" UpdateIn)" -gt "$updates" ]'
	ctl "$a" peer del $HOME_B
	ctl "$b" peer del $HOME_A
	ice_apart
done <<<"$networks"

tap_done
