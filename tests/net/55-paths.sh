#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Paths that die while the address stays, long silences, and the pause (draft
# Section 5):
#
#	I	the NAT forgets a mapping, or gives another port: healed by a
#		Loc-Update from the same address, whoever sends
#	II	paused: by the namespace, for long; nothing is lost
#
# The pause lasts 10 minutes; 20 s where that is real time, unless LONG=1.
# Seconds: 2000

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility
topo_build

enough=4000
# The timeout of xfer has to outlast the waits.
long="--timeout 100000"

if [ "${LONG:-0}" = 1 ] || virtual_time; then
	pause_s=600
else
	pause_s=20
fi

# -------------------------------------------------- I: the NAT's mapping

attach nat
# "flow NAME HOW": what happens to its mapping.
# shellcheck disable=SC2086
{
flow up mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000 --send 0
flow_receives[up]=cn
flow down mn "$CN4" --wait-keyed 20000 --send 0 --recv any -- --wait-keyed 20000
flow_receives[down]=mn
flow both mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flow idle mn "$CN4" --wait-keyed 20000 --after "$OUT/.go" -- --wait-keyed 20000 --send 0
flow_receives[idle]=none
}
all="up down both idle"

test_case "connections through a NAT are keyed"
round_begin nat
flows_start
sleep 2
flows_mark
expect_moved 0 $enough $all

# nat_forgets [random|strict]: flush; new mappings get other ports, or none.
nat_forgets()
{
	in_ns "$nat" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=1
	[ "${1:-}" != strict ] || in_ns "$nat" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
	in_ns "$nat" nft flush chain inet access postrouting
	if [ "${1:-}" = random ]; then
		in_ns "$nat" nft add rule inet access postrouting oifname up0 meta l4proto tcp masquerade to :40000-60000 fully-random
	else
		in_ns "$nat" nft add rule inet access postrouting oifname up0 masquerade
	fi
	in_ns "$nat" conntrack -F >/dev/null 2>&1
}

# path_dies MODE: what comes after this was not under way before.
path_dies()
{
	nat_forgets "$1"
	sleep 0.2
	flows_mark
}

repairs() { mib "$mn" RepairDone; }

# progress START NAME...: when each of them has received anything since flows_mark,
# in ms; half a second is the grain.
progress()
{
	local start=$1 name left said=

	shift
	left=" $* "
	while [ "$left" != " " ] && [ $(($(now_ms) - start)) -lt 40000 ]; do
		flows_sample "$OUT/.now"
		for name in $left; do
			[ "$(flow_progress "$name" "$([ "${flow_receives[$name]}" = mn ] && echo mn || echo cn)")" -gt 0 ] ||
				continue
			left=${left/ $name / }
			said+=" $name $(($(now_ms) - start))"
		done
		nap 0.3
	done
	note "ms from the dead path to the first new octet:$said"
}

# nat_case WHAT MODE: the busy ones are healed.
nat_case()
{
	local start

	test_case "$1"
	# A receiver watches the silence behind 16 KiB only.
	flows_mark
	expect_moved 0 20000 down
	path_dies "$2"
	start=$(now_ms)
	progress "$start" up down both
	expect_moved 0 $enough up down both
	note "all go on after $(($(now_ms) - start)) ms; repairs so far: $(repairs)"
}
nat_case "the NAT is restarted and gives other ports" random
expect_between "RepairDone" 1 6 "$(repairs)"
nat_case "the NAT is restarted and takes nothing midway (tcp_loose=0)" strict
expect_between "RepairDone" 2 12 "$(repairs)"
nat_case "the NAT loses its mappings, and takes connections midway" loose
nat_case "and other ports once more" random

# The NAT says nothing at all, and the second silence comes before 16 KiB.
test_case "a receiver that was healed is healed again, however little came since"
flow_rate=$((flow_rate / 4))
flow slow mn "$CN4" --wait-keyed 20000 --send 0 --recv any -- --wait-keyed 20000
flow_receives[slow]=mn
all="$all slow"
flows_start "slow is keyed"
flows_mark
expect_moved 0 20000 slow
for _ in 1 2; do
	path_dies strict
	expect_moved 0 $enough slow
done
flow_rate=$((flow_rate * 4))

test_case "an idle connection whose mapping was lost: the mover sends next"
before=$(repairs)
flows_mark
: >"$OUT/.go"
flow_receives[idle]=cn
progress "$(now_ms)" idle
expect_moved 0 $enough idle
expect_between "RepairDone" 1 2 $(($(repairs) - before))

flows_stop
for name in $all; do
	test_case "every octet is right: $name, through the NAT"
	flow_exact $name
	expect "moves that the mobile host counts" 0 "$(flow_moves $name | cut -d' ' -f1)"
done
flows_forget
rm -f "$OUT/.go"
# The NAT box and cn sent RSTs; that is what heals.
kill "$round_pcap_pid" 2>/dev/null
rm -f "$round_pcap" "$round_pcap.log"
in_ns "$nat" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=1
nat_forgets

# ---------------------------------------------------------- II: the pause

detach nat
attach routed
# shellcheck disable=SC2086
{
flow pmn mn "$CN4" --wait-keyed 20000 $long -- --wait-keyed 20000 $long
flow pcn cn "$MN_ROUTED6" --wait-keyed 20000 $long -- --wait-keyed 20000 $long
}
all="pmn pcn"
test_case "connections to be paused are keyed"
flows_start
flows_mark
expect_moved 0 $enough $all

test_case "paused for $pause_s s: no data, a zero window, and both ends stay"
in_ns "$mn" sysctl -qw net.tcp_mobility.pause=1
sleep 2
flows_mark
capture_start "$cn" eth0 pause tcp
sleep "$pause_s"
capture_flush
flows_sample "$OUT/.now"
for name in $all; do
	expect "state of $name on mn" PAUSED "$(flow_field $name mn state)"
	expect "octets of $name to mn" 0 "$(flow_progress $name mn)"
	expect "octets of $name to cn" 0 "$(flow_progress $name cn)"
done
expect "Paused on mn" 2 "$(mib "$mn" Paused)"
expect "segments of mn with data" 0 "$(tcpdump -n -r "$OUT/pause.pcap" "src host $MN_ROUTED4 or src host $MN_ROUTED6" 2>/dev/null | grep -vc 'length 0$')"
expect "segments of mn with a window" 0 "$(tcpdump -n -r "$OUT/pause.pcap" "src host $MN_ROUTED4 or src host $MN_ROUTED6" 2>/dev/null | grep -vc 'win 0,')"
expect_between "answers to cn's persist probes" 2 400 "$(tcpdump -n -r "$OUT/pause.pcap" "src host $MN_ROUTED4 or src host $MN_ROUTED6" 2>/dev/null | wc -l)"

test_case "resumed"
in_ns "$mn" sysctl -qw net.tcp_mobility.pause=0
expect_moved 0 $enough $all

test_case "a move ends a pause"
in_ns "$mn" sysctl -qw net.tcp_mobility.pause=1
sleep 2
detach routed
flows_mark
attach nat
expect_moved 1 $enough $all
expect "PauseEnded on mn" 4 "$(mib "$mn" PauseEnded)"
in_ns "$mn" sysctl -qw net.tcp_mobility.pause=0

test_case "the address that the route prefers has no answer: back to the one before"
in_ns "$net" nft -f - <<-END
	table inet silence {
		chain forward {
			type filter hook forward priority filter; policy accept;
			iifname r1 drop
		}
	}
END
listen_to mn
flows_mark
attach routed 46 10
expect_soon "both have tried it" 20000 has_told "$MN_ROUTED4 $MN_ROUTED6" mn moving local-addr " last-move-cause=route"
expect_soon "and the other again" 60000 has_told "$MN_NAT4 $MN_NAT6" mn moving local-addr " last-move-cause=retry"
in_ns "$net" nft delete table inet silence
expect_moved any $enough $all
detach routed
expect_moved any $enough $all

flows_stop
for name in $all; do
	test_case "every octet is right: $name, paused twice"
	flow_exact $name
done
flows_forget
rm -f "$OUT/events.mn"

test_case "pause and suspend time by setsockopt"
run_log "$OUT/sockset.log" in_ns "$mn" sockset
expect "exit status of sockset" 0 $?
expect "cases of it that failed" "" "$(grep -A1 '^not ok' "$OUT/sockset.log")"
[ "$case_failed" != 0 ] || rm -f "$OUT/sockset.log"

# --------------------------------------------------------------------- end

detach nat
attach routed
expect_module_unused
expect "complaints of the kernel" "" "$(kernel_complaints)"

tap_done
