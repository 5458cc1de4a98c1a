#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two nodes in the networks of the issue: public, behind NATs of two kinds,
# behind firewalls (RFC 4487). Each line says what is expected: direct, or home
# for the path through the home agent. Linux's masquerade keeps the port where
# it can, so it maps one inside address to one outside, and lets in only what it
# was asked by; with "random" each destination sees another port.
#
#	a		b		outcome

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice

networks='
	PLAIN		NAT		direct
	NAT		PLAIN		direct
	NAT		NAT		direct
	PLAIN		NAT:random	direct
	NAT:random	PLAIN		direct
	NAT		NAT:random	home
	NAT:random	NAT:random	home
	FW		PLAIN		direct
	FW		FW		direct
	FW:udp		PLAIN		home
	NAT		FW		home
'

# kind_of NS: direct, or home if an end of the selected pair is relayed.
kind_of()
{
	case $(selected "$1") in
	*relayed*) echo home ;;
	'')        echo none ;;
	*)         echo direct ;;
	esac
}

while read -r net_a net_b outcome; do
	[ -n "$net_a" ] || continue
	test_case "$net_a against $net_b: $outcome"
	ice_build "$net_a" "$net_b"
	start=$(now_ms)
	ice_pair
	expect_soon "a has selected a pair" 30000 is_state "$a" completed
	expect_soon "b has selected a pair" 30000 is_state "$b" completed
	note "$net_a $net_b: $(($(now_ms) - start)) ms, $(checks_of "$a") and $(checks_of "$b") checks; $(selected "$a")"
	# A pair through the home agent gives way to a direct one that is slower:
	# all checks have an end 7.9 s after they began.
	if [ "$outcome" = direct ]; then
		wait_for 9000 eval '[ "$(kind_of "$a") $(kind_of "$b")" = "direct direct" ]' >/dev/null
	else
		sleep 9
	fi
	note "then: $(($(now_ms) - start)) ms, $(checks_of "$a") and $(checks_of "$b") checks; $(selected "$a")"
	expect "a" "$outcome" "$(kind_of "$a")"
	expect "b" "$outcome" "$(kind_of "$b")"
	[ "$case_failed" = 0 ] || ice_tell "$a" "$b"
	expect_soon "the Binding Update went through" 10000 eval '[ "$(ice_mib "$b" UpdateIn)" -ge 1 ]'
	for ns in "$a" "$b" "$ha" "$core" ${nat_a:-} ${nat_b:-}; do
		ip netns del "$ns" 2>/dev/null
	done
	nat_a='' nat_b=''
done <<<"$networks"

tap_done
