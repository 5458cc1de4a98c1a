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
flow_common=()
flow plain mn "$CN4" $long -- $long
flow_common=(--mobility)
}
test_case "connections that will sleep are keyed"
flows_start
flows_mark
expect_moved 0 $enough sleeper sleeper6 back

test_case "no network for $sleep_s s, then another address: data goes on"
# The lid is closed: nobody takes the address away.
ip -n "$mn" link set wlan0 down
sleep "$sleep_s"
expect "plain TCP has given up on cn" 1 "$(grep -cE 'timed out|No route' "$OUT/plain.cn.log")"
detach routed
flows_mark
start=$(now_ms)
attach nat
expect_moved 1 $enough sleeper sleeper6 back
note "after $(($(now_ms) - start)) ms"
flow_dead="plain"

test_case "no network for $sleep_s s, then the same address"
ip -n "$mn" link set lte0 down
sleep "$sleep_s"
flows_mark
start=$(now_ms)
detach nat
attach nat
expect_moved any $enough sleeper sleeper6 back
note "after $(($(now_ms) - start)) ms"

flows_stop
for name in sleeper sleeper6 back; do
	test_case "every octet is right: $name"
	flow_exact $name
done
flows_forget

test_case "no network for longer than the survival time: ETIMEDOUT at both ends"
for ns in "$mn" "$cn"; do
	in_ns "$ns" sysctl -qw net.tcp_mobility.survival_time=10
	in_ns "$ns" sysctl -qw net.ipv4.tcp_retries2=15
done
flow lost mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flows_start
flows_mark
expect_moved 0 $enough lost
detach nat
expect_soon "mn's program is told" 25000 grep -q 'timed out' "$OUT/lost.mn.log"
expect_soon "cn's program is told" 40000 grep -q 'timed out' "$OUT/lost.cn.log"
flow_dead=lost
flows_stop
flows_forget
attach routed
expect_module_unused
expect "complaints of the kernel" "" "$(dmesg | grep -E -f "$TEST_DIR/dmesg-patterns" | head -n 5)"

tap_done
