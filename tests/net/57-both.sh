#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Both hosts move at the same time, which the draft excludes (Section 3): each
# tells an address that the other has left. Nothing may be corrupted or leak; a
# connection goes on if one of the two comes back, else it ends with ETIMEDOUT
# within the survival time at both ends.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility
topo_build
attach routed 4

enough=2000
CN4_NEW=203.0.113.3

# cn_at ADDRESS: cn's only address, and its way out.
cn_at()
{
	ip -n "$cn" addr flush dev eth0 scope global
	ip -n "$cn" addr add "$1/24" dev eth0
	ip -n "$cn" route replace default via 203.0.113.1
}

# both_flows PREFIX: ten connections.
both_flows()
{
	local i

	all=
	for i in 0 1 2 3 4 5 6 7 8 9; do
		flow "$1$i" mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
		all="$all $1$i"
	done
	flow_rate=3000
}

survive()
{
	survival=$1
	for ns in "$mn" "$cn"; do
		in_ns "$ns" sysctl -qw net.tcp_mobility.survival_time="$survival"
	done
}

test_case "ten connections are keyed"
survive 36
flow_rate=3000
both_flows back
flows_start
flows_mark
# shellcheck disable=SC2086
expect_moved 0 $enough $all

test_case "both move at once, then the mobile host comes back: all go on"
detach routed 4
cn_at $CN4_NEW
attach nat 4
# By now the repeats of an update are far between. cn's next comes 31 s after its
# move; the mobile host's own would be too late for the survival time.
sleep 22
flows_sample "$OUT/.now"
stuck=0
for name in $all; do
	[ "$(flow_field "$name" mn state)" != MOVING ] || stuck=$((stuck + 1))
done
expect "connections of mn without an answer" 10 $stuck
detach nat 4
flows_mark
attach routed 4
# shellcheck disable=SC2086
expect_moved any $enough $all
flows_stop
for name in $all; do
	test_case "every octet is right: $name"
	flow_exact "$name"
done
flows_forget

test_case "ten more are keyed"
cn_at "$CN4"
survive 20
both_flows lost
flows_start
flows_mark
# shellcheck disable=SC2086
expect_moved 0 $enough $all

test_case "both move at once, for good: ETIMEDOUT at both ends within the survival time"
start=$(now_ms)
detach routed 4
cn_at $CN4_NEW
attach nat 4
# all_told: every program of both ends has got ETIMEDOUT.
all_told()
{
	[ "$(cat "$OUT"/lost?.mn.log "$OUT"/lost?.cn.log | grep -c 'timed out')" = 20 ]
}
expect_soon "all twenty are told" $((survival * 1000 + 15000)) all_told
note "$(($(now_ms) - start)) ms after the moves; survival time $survival s; told: mn $(cat "$OUT"/lost?.mn.log | grep -c 'timed out'), cn $(cat "$OUT"/lost?.cn.log | grep -c 'timed out') of 10 each"
expect_between "ms until then" 10000 $((survival * 1000 + 15000)) $(($(now_ms) - start))
wrong=$(cat "$OUT"/lost?.mn.log "$OUT"/lost?.cn.log | grep -c 'octet .* is 0x')
expect "wrong octets" 0 "$wrong"
flow_dead=$all
flows_stop
[ "$case_failed" != 0 ] || rm -f "$OUT"/lost?.??.log
flows_forget

test_case "nothing is left"
expect_module_unused
expect "complaints of the kernel" "" "$(kernel_complaints)"

tap_done
