#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Both hosts move at the same time, which the draft excludes (Section 3): each
# tells an address that the other has left. Nothing may be corrupted or leak; a
# connection goes on if one of the two comes back, else it ends with ETIMEDOUT
# within the survival time at both ends.
#
# Then within a round trip of each other, and a little more: who is told before
# it moves itself goes on, and the story says how often that is.

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

# ---------------------------------------------- within an RTT of each other

# The RTT is 400 ms: who moves 200 ms behind the other, or later, has been told.
detach nat 4
survive 60
set_path 200
cn_now=$CN4 cn_then=$CN4_NEW
mn_now=$MN_ROUTED4 mn_then=10.1.0.3
cn_at $cn_now
attach routed 4
for ns in "$mn" "$cn"; do
	in_ns "$ns" sysctl -qw net.ipv4.conf.all.promote_secondaries=1
done

# readdress NS DEV OLD NEW: with an address all the time, or the gateway's would be
# forgotten, and ARP's answer to cn takes 200 ms as well.
readdress()
{
	printf 'addr add %s/24 dev %s\naddr del %s/24 dev %s\n' "$4" "$2" "$3" "$2" |
		ip -n "$1" -batch -
}
cn_moves() { readdress "$cn" eth0 $cn_now $cn_then; }
mn_moves() { readdress "$mn" wlan0 $mn_now $mn_then; }
all="near0 near1 near2 near3"
for name in $all; do
	flow "$name" mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
done

test_case "four connections over a slow path are keyed"
flows_start
flows_mark
# shellcheck disable=SC2086
expect_moved 0 $enough $all

# apart MS: cn moves so long behind mn, or before it.
apart()
{
	if [ "$1" -ge 0 ]; then
		mn_moves
		nap "$(printf '0.%03d' "$1")"
		cn_moves
	else
		cn_moves
		nap "$(printf '0.%03d' $((-$1)))"
		mn_moves
	fi
}

# found: how many connections have both ends where the other looks for it.
found()
{
	local name n=0

	flows_sample "$OUT/.now"
	for name in $all; do
		[ "$(flow_field "$name" mn state)" = KEYED ] &&
			[ "$(flow_field "$name" cn state)" = KEYED ] && n=$((n + 1))
	done
	echo $n
}

# Twice the same, as the two addresses take turns.
for ms in -600 -300 -220 -180 -100 0 0 100 180 220 300 600; do
	test_case "cn moves $ms ms behind mn: all go on, at the latest when mn is back"
	flows_mark
	start=$(now_ms)
	apart $ms
	took=$(($(now_ms) - start))
	sleep 5
	met=$(found)
	note "offset $ms ms ($took ms for both moves): $met of 4 found each other, $((4 - met)) waited for mn to come back"
	read -r mn_now mn_then <<<"$mn_then $mn_now"
	read -r cn_now cn_then <<<"$cn_then $cn_now"
	if [ "$met" != 4 ]; then
		mn_moves
		read -r mn_now mn_then <<<"$mn_then $mn_now"
	fi
	case $ms in
	-600|-300|300|600) expect "who was told in time" 4 "$met" ;;
	0) expect "who was told in time" 0 "$met" ;;
	esac
	# shellcheck disable=SC2086
	expect_moved any $enough $all
done
flows_stop
for name in $all; do
	test_case "every octet is right: $name"
	flow_exact "$name"
done
flows_forget
set_path 20

test_case "nothing is left"
expect_module_unused
expect "complaints of the kernel" "" "$(kernel_complaints)"

tap_done
