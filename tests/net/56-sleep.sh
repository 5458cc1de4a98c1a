#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# No network for far longer than TCP would wait: the lid of a laptop is closed.
# Its link goes down, which takes the routes and leaves the IPv4 address.
#
# The waits are 2 hours. Where that is real time, unless LONG=1, they are
# seconds, with tcp_retries2 lowered so far that plain TCP dies in them. That it
# does is shown beside.
# Seconds: 20000

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility
topo_build
listen_to mn cn

enough=4000
long="--timeout 100000"
sleep_s=25
if [ "${LONG:-0}" = 1 ] || virtual_time; then
	sleep_s=7200
fi

# ------------------------------------------------------ III: a long sleep

detach nat
attach routed
for ns in "$mn" "$cn"; do
	in_ns "$ns" sysctl -qw net.tcp_mobility.survival_time=$((sleep_s * 2))
	[ $sleep_s = 7200 ] || in_ns "$ns" sysctl -qw net.ipv4.tcp_retries2=3
done
# shellcheck disable=SC2086
{
flow sleeper mn "$CN4" --wait-keyed 20000 $long -- --wait-keyed 20000 $long
flow sleeper6 mn "$CN6" --wait-keyed 20000 $long -- --wait-keyed 20000 $long
flow back mn "$CN4" --wait-keyed 20000 $long -- --wait-keyed 20000 $long
flow down mn "$CN4" --wait-keyed 20000 $long --send 0 --recv any -- --wait-keyed 20000 $long
flow_receives[down]=mn
flow_common=()
flow plain mn "$CN4" $long -- $long
flow_common=(--mobility)
}
all="sleeper sleeper6 back down"
test_case "connections that will sleep are keyed"
flows_start
flows_mark
expect_moved 0 $enough $all

test_case "no network for $sleep_s s, then another address: data goes on"
# The lid is closed: nobody takes the address away.
ip -n "$mn" link set wlan0 down
sleep "$sleep_s"
expect "plain TCP has given up on cn" 1 "$(grep -cE 'timed out|No route' "$OUT/plain.cn.log")"
detach routed
flows_mark
start=$(now_ms)
attach nat
expect_moved 1 $enough $all
note "after $(($(now_ms) - start)) ms"
flow_dead="plain"

test_case "no network for $sleep_s s, then the same address, which the NAT has forgotten"
moves=$(mib "$mn" MoveDone)
ip -n "$mn" link set lte0 down
sleep "$sleep_s"
in_ns "$nat" conntrack -F >/dev/null 2>&1
flows_mark
start=$(now_ms)
detach nat
attach nat
expect_moved any $enough $all
note "after $(($(now_ms) - start)) ms"
expect "moves of mn" 0 $(($(mib "$mn" MoveDone) - moves))
expect_between "RepairDone" 4 8 "$(mib "$mn" RepairDone)"
expect_told back mn repairing last-move-cause

flows_stop
for name in $all; do
	test_case "every octet is right: $name"
	flow_exact $name
done
flows_forget

# The window is closed and data is on its way: of that the stack counts no
# timeouts, and gives up 240 s after it last heard anything.
away_s=600
[ $sleep_s = 7200 ] || away_s=25
test_case "paused, and the network goes within the round trip, for $away_s s: data goes on"
flow fat mn "$CN4" --wait-keyed 20000 $long --send 0 --recv any -- \
	--wait-keyed 20000 $long --rate 400000 --chunk 1000
flow_receives[fat]=mn
flow fatter mn "$CN6" --wait-keyed 20000 $long --send 0 --recv any -- \
	--wait-keyed 20000 $long --rate 400000 --chunk 1000
flow_receives[fatter]=mn
flows_start
flows_mark
expect_moved 0 $enough fat fatter
# ss leaves out what is zero.
window() { in_ns "$cn" ss -Htin "sport = :${flow_ports[$1]}" | grep -c 'snd_wnd:'; }
flight() { in_ns "$cn" ss -Htin "sport = :${flow_ports[$1]}" | grep -c 'unacked:'; }
expect "cn shows windows" "1 1" "$(window fat) $(window fatter)"
in_ns "$mn" sh -c 'sysctl -qw net.tcp_mobility.pause=1; sleep 0.005; ip link set lte0 down'
sleep 5
expect "mn's window is closed" "0 0" "$(window fat) $(window fatter)"
expect "data is on its way" "1 1" "$(flight fat) $(flight fatter)"
sleep $away_s
flows_mark
detach nat
attach routed
in_ns "$mn" sysctl -qw net.tcp_mobility.pause=0
expect_moved 1 $enough fat fatter
expect "what cn ended" 0 "$(mib "$cn" SurvivalTimeout)"
flows_stop
for name in fat fatter; do
	test_case "every octet is right: $name"
	flow_exact $name
done
flows_forget
detach routed
attach nat

test_case "no network for longer than the survival time: ETIMEDOUT at both ends"
for ns in "$mn" "$cn"; do
	in_ns "$ns" sysctl -qw net.tcp_mobility.survival_time=10
	in_ns "$ns" sysctl -qw net.ipv4.tcp_retries2=15
done
flow lost mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flow hasty mn "$CN4" --wait-keyed 20000 --user-timeout 3000 -- --wait-keyed 20000
flows_start
flows_mark
expect_moved 0 $enough lost hasty
detach nat
expect_soon "a program with TCP_USER_TIMEOUT 3 s is told" 7000 grep -q 'timed out' "$OUT/hasty.mn.log"
expect_failure "another is not, yet" grep -q 'timed out' "$OUT/lost.mn.log"
expect_soon "mn's program is told" 25000 grep -q 'timed out' "$OUT/lost.mn.log"
expect_soon "cn's program is told" 40000 grep -q 'timed out' "$OUT/lost.cn.log"
expect_soon "so is the hasty one's peer" 40000 grep -q 'timed out' "$OUT/hasty.cn.log"
expect_told survival-time mn dead death " remote-port=${flow_ports[lost]} "
for name in lost hasty; do
	expect_told survival-time cn dead death " local-port=${flow_ports[$name]} "
	expect_told 110 cn dead error " local-port=${flow_ports[$name]} "
done
flow_dead="lost hasty"
flows_stop
flows_forget
attach routed
[ "$cases_failed$case_failed" != 00 ] || rm -f "$OUT"/events.?n
expect_module_unused
expect "complaints of the kernel" "" "$(kernel_complaints)"

tap_done
