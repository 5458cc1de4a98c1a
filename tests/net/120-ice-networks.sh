#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two nodes in the networks of the issue: public, behind NATs, behind firewalls
# (RFC 4487); tests/ice.sh says what each is. Each line says what is expected:
# direct, or home for the path through the home agent. An end behind a NAT here is
# an IPv4-only mobile with an IPv6 home address.
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
	NAT:full	NAT		direct
	PLAIN		NAT:random	direct
	NAT:random	PLAIN		direct
	NAT:full	NAT:random	direct
	NAT		NAT:random	home
	NAT:random	NAT:random	home
	NAT		SAME		direct
	CGN		PLAIN		direct
	CGN		NAT		direct
	FW		PLAIN		direct
	FW		FW		direct
	FW:udp		PLAIN		home
	NAT		FW		home
'

ice_base
while read -r net_a net_b outcome; do
	[ -n "$net_a" ] || continue
	test_case "$net_a against $net_b: $outcome"
	ice_between "$net_a" "$net_b"
	start=$(now_ms)
	updates=$(ice_mib "$b" UpdateIn)
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
	expect_soon "the Binding Update went through" 10000 eval '[ "$(ice_mib "$b" UpdateIn)" -gt "$updates" ]'
	ctl "$a" peer del $HOME_B
	ctl "$b" peer del $HOME_A
	ice_apart
done <<<"$networks"

tap_done
