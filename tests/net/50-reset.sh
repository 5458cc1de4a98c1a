#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A RST suspends a connection instead of closing it (draft Section 6), between
# a kernel and a peer driven by hand, and between two kernels:
#
#	I	what a RST does that is outside the window, inside, exact; what
#		ends the suspension, and how it ends if nothing does
#	II	forged RSTs on a live path, to either end
#	III	the draft's own story: the old address is another host's, which
#		answers with RSTs; and a far host that has forgotten everything

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"
# shellcheck source=tests/raw.sh
. "$(dirname "$0")/../raw.sh"

need_module tcp_mobility
raw_build
listen_to kn

# ------------------------------------------------- I: a peer driven by hand

keyed="$raw_keyed
	sleep 300"

# keyed_listener NAME "STATE REASON" STEPS [XFER OPTION]...: the steps begin when
# both ends are keyed and the kernel has sent one octet.
keyed_listener()
{
	local name=$1 state=$2 steps=$3

	shift 3
	listener "$name" "$state" "$keyed
		$steps" --wait-keyed 60000 "$@"
}

batch_begin "RSTs that are not exact"
keyed_listener "a RST below or above the window is dropped without a word" "KEYED none" "
	clear
	seg rst seq -200000
	seg rst seq 9000000
	expect-silence 500
	data 500
	expect-acked 10000
	close" --send 1
keyed_listener "a RST inside the window draws a challenge ACK (RFC 5961)" "KEYED none" "
	seg rst seq 100
	expect-segment 300
	expect-no-rst 100
	data 500
	expect-acked 10000
	close" --send 1
keyed_listener "a RST with a wrong checksum is nobody's" "KEYED none" "
	seg rst bad-sum
	expect-silence 500
	data 500
	expect-acked 10000
	close" --send 1
batch_end "RSTs that are not exact"
expect_mib "$kn" RstIgnored 2
expect_mib "$kn" RstChallenged 1
expect_mib "$kn" RstSuspended 0
expect_mib "$kn" ChecksumBad 1

batch_begin "exact RSTs"
keyed_listener "an exact RST suspends; the next segment of the peer resumes" "KEYED none" "
	seg rst
	expect-segment 300		# is the peer there?
	data 500
	expect-acked 1000
	data 500
	expect-acked 1000
	close" --send 1
keyed_listener "an ACK at the next octet resumes" "KEYED none" "
	seg rst
	expect-segment 300
	ack
	sleep 200
	data 500
	expect-acked 1000
	close" --send 1
keyed_listener "segments out of place do not resume; an update does, and no octet is lost" "KEYED none" "
	data 500
	expect-acked 1000
	seg rst
	sleep 1500
	seg seq 5000
	seg seq -3
	seg ack 5000
	seg ack -1			# what is acknowledged long since
	seg old-ts
	expect-silence 500
	loc-update 7 0 0 from $RP2 40007
	expect-synack 5000
	ack
	data 500
	expect-acked 5000
	close" --send 1
keyed_listener "in FIN-WAIT-2, too" "KEYED none" "
	expect-fin 10000
	seg rst
	sleep 1500
	loc-update 7 0 0 from $RP2 40008
	expect-synack 5000
	ack
	data 500
	expect-acked 5000
	fin
	expect-acked 5000" --send 1 --half-close
batch_end "exact RSTs"
expect_mib "$kn" RstSuspended 4
expect_mib "$kn" ResumedBySegment 2
expect_mib "$kn" ResumedByUpdate 2
expect_mib "$kn" ProbeOut 8 12
expect_mib "$kn" SuspendTimeout 0

in_ns "$kn" sysctl -qw net.tcp_mobility.suspend_time=4
batch_begin "nothing comes after the RST"
keyed_listener "the time-out ends it with ECONNRESET, more RSTs do not prolong it" RESET "
	seg rst
	sleep 1500
	seg rst
	sleep 1500
	seg rst
	sleep 3000
	expect-no-rst 100		# whoever is there now gets none
	clear
	data 1
	expect-rst 1000" --send 1
batch_end "nothing comes after the RST"
expect_mib "$kn" RstSuspended 1
expect_mib "$kn" RstIgnored 2
expect_mib "$kn" SuspendTimeout 1
expect_told suspend-time kn dead death

in_ns "$kn" sysctl -qw net.tcp_mobility.suspend_time=0
batch_begin "suspension switched off"
keyed_listener "suspend_time = 0: a RST closes at once" RESET "
	seg rst
	sleep 300
	data 1
	expect-rst 1000" --send 1
batch_end "suspension switched off"
expect_mib "$kn" RstClosed 1
in_ns "$kn" sysctl -qw net.tcp_mobility.suspend_time=60 net.tcp_mobility.max_suspended=0
batch_begin "no room for a suspended connection"
keyed_listener "max_suspended reached: a RST closes at once" RESET "
	seg rst
	sleep 300
	data 1
	expect-rst 1000" --send 1
batch_end "no room for a suspended connection"
expect_told rst kn dead death " local-port=$port "
expect_mib "$kn" RstClosed 1
expect_mib "$kn" RstSuspended 0
in_ns "$kn" sysctl -qw net.tcp_mobility.max_suspended=65536

batch_begin "RSTs that close as ever"
listener "half-keyed: a RST closes" RESET "connect
	cont 9 8
	sleep 300
	seg rst" --send 1 --hold 3
listener "plain TCP with mobility on: a RST closes" RESET "no-conn-key
	connect
	sleep 300
	seg rst" --send 1 --hold 3
batch_end "RSTs that close as ever"
expect_mib "$kn" RstSuspended 0

# ----------------------------------------------- II: forged RSTs, live path

topo_build
attach routed

# forge_rst FILTER [FILTER]: the core answers the next packet of the filter with a
# RST, exactly as its receiver would, and drops it; and all of the second filter,
# but for the answers to updates, long enough before for what was on its way to have
# arrived (20 ms).
forge_rst()
{
	in_ns "$net" nft -f - <<-END
	table inet forge {
		chain forward {
			type filter hook forward priority filter; policy accept;
			${2:+$2 tcp flags & syn != syn drop}
		}
	}
	END
	[ -z "${2:-}" ] || sleep 0.04
	in_ns "$net" nft "add rule inet forge forward $1 limit rate 1/hour burst 1 packets counter reject with tcp reset"
}
forge_end() { in_ns "$net" nft delete table inet forge 2>/dev/null; }

enough=4000
flow v4 mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flow v6 mn "$CN6" --wait-keyed 20000 -- --wait-keyed 20000
flow passive4 cn "$MN_ROUTED4" --wait-keyed 20000 -- --wait-keyed 20000
flow up mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000 --send 0
flow_receives[up]=cn
flow down mn "$CN4" --wait-keyed 20000 --send 0 --recv any -- --wait-keyed 20000
flow_receives[down]=mn
all="v4 v6 passive4 up down"

test_case "connections for forged RSTs are keyed"
flows_start
flows_mark
expect_moved 0 $enough $all

# What RSTs have suspended, and what of that goes on, at both ends.
resumes() { echo $(($(mib "$mn" ResumedByUpdate) + $(mib "$mn" ResumedBySegment) +
	$(mib "$cn" ResumedByUpdate) + $(mib "$cn" ResumedBySegment))); }
suspensions() { echo $(($(mib "$mn" RstSuspended) + $(mib "$cn" RstSuspended))); }

# By the clock of the tracepoint, and not by ours, which stands still for no shell.
trace=/sys/kernel/tracing
echo mono >$trace/trace_clock
echo 1 >$trace/events/tcp_mobility/tcpmob_event/enable || fail "the tracepoint can be enabled"
# outages: ms from suspended to resumed of each suspension, or "open" for one that goes on.
outages()
{
	sed -n 's/^.* \([0-9]*\)\.\([0-9]*\): tcpmob_event: cookie=\([0-9a-f]*\) event=\(suspended\|resumed\) .*/\1 \2 \3 \4/p' $trace/trace |
	awk '{ ms = $1 * 1000 + $2 / 1000 }
	     $4 == "suspended" { since[$3] = ms; next }
	     $3 in since { printf "%d\n", ms - since[$3] + 0.999; delete since[$3] }
	     END { for (cookie in since) print "open" }'
}
worst=0
# shot FLOW mn|cn: a RST to that end.
shot()
{
	local flow=$1 to=$2 port=${flow_ports[$1]} before filter others took
	local here=sport there=dport try

	# The RST goes to whoever sent the packet that is answered.
	[ "${flow_client_ns[$flow]}" != "$to" ] || here=dport there=sport
	if [ "$to" = mn ]; then
		filter="iifname != \"cn\" tcp $here $port"
		others="iifname \"cn\" tcp $there $port"
	else
		filter="iifname \"cn\" tcp $here $port"
		others="iifname != \"cn\" tcp $there $port"
	fi
	before=$(suspensions)
	test_case "a forged RST to $to on a live path: $flow"
	flows_mark
	echo >$trace/trace
	# What is on its way in may make a RST inexact: then it is challenged. The
	# two ends send at the same rate, so that can be so each time: for each
	# third RST there is nothing on its way. That must not take two RTOs, or it
	# is no live path: the end would tell its address again, and what the RST
	# answers would be that.
	for try in $(seq 20); do
		if [ $((try % 3)) != 0 ]; then
			forge_rst "$filter"
			wait_for 500 eval '[ "$(suspensions)" -gt '"$before"' ]' && break
			forge_end
		else
			forge_rst "$filter" "$others"
			wait_for 250 eval '[ "$(suspensions)" -gt '"$before"' ]' && break
			forge_end
			sleep 1
		fi
		# It may have been on its way.
		sleep 0.04
		[ "$(suspensions)" = "$before" ] || break
	done
	[ "$(suspensions)" -gt "$before" ] ||
		fail "the RST suspends" "one more than $before" "$(suspensions)"
	note "RSTs until one was exact: $try"
	forge_end
	wait_for 5000 eval '[ "$(resumes)" = "$(suspensions)" ]' ||
		fail "all are back" "$(suspensions)" "$(resumes)"
	took=$(outages | sort -n | tail -n 1)
	expect_between "ms from its suspension until it is back" 0 999 "$took"
	[[ $took = *[!0-9]* ]] || [ "${took:-0}" -le $worst ] || worst=$took
	expect_moved 0 $enough "$flow"
}
shot v4 mn
shot v4 cn
shot v6 mn
shot v6 cn
shot passive4 mn
shot passive4 cn
shot up mn
shot up cn
shot down mn
shot down cn
echo 0 >$trace/events/tcp_mobility/tcpmob_event/enable
note "a forged RST costs at most $worst ms (path: 40 ms)"

# -------------------------------------- III: the address is another host's

# other_host on|off: somebody has the mobile host's old addresses now.
other_host()
{
	local what=add

	[ "$1" = on ] || what=del
	ip -n "$r1" addr $what $MN_ROUTED4/32 dev lo
	ip -n "$r1" -6 addr $what $MN_ROUTED6/128 dev lo
}

test_case "the old address is another host's, which answers with RSTs"
before_cn=$(mib "$cn" RstSuspended)
detach routed
ip -n "$mn" link set wlan0 down
other_host on
# cn has something under way to the old address in v4, v6, passive4 and down.
expect_soon "cn suspends them" 10000 eval '[ "$(mib "$cn" RstSuspended)" -ge '$((before_cn + 4))' ]'
sleep 1
flows_sample "$OUT/.now"
for name in v4 v6 passive4 down; do
	expect "state of $name on cn" SUSPENDED "$(flow_field $name cn state)"
done
before_cn=$(mib "$cn" ResumedByUpdate)
flows_mark
attach nat
expect_moved 1 $enough $all
expect_between "ResumedByUpdate on cn" 4 5 $(($(mib "$cn" ResumedByUpdate) - before_cn))
other_host off

test_case "and back, when the other host has gone"
ip -n "$mn" link set wlan0 up
detach nat
flows_mark
attach routed
expect_moved 1 $enough $all

flows_stop
for name in $all; do
	test_case "every octet is right: $name"
	flow_exact $name
	expect "moves of mn" 2 "$(flow_moves $name | cut -d' ' -f1)"
done
flows_forget

test_case "a far host that has forgotten everything ends a move with ECONNRESET"
flow rebooted mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flows_start
listen_to mn
closed=$(mib "$mn" RstClosed)
refused=$(mib "$mn" RstRefused)
detach routed
# cn's address is on a host without mobility, as if it had been set up anew.
ip -n "$net" route add 203.0.113.2/32 dev lo table local type local 2>/dev/null ||
	ip -n "$net" addr add 203.0.113.2/32 dev lo
start=$(now_ms)
attach nat
expect_soon "the program gets ECONNRESET" 20000 grep -q 'Connection reset by peer' "$OUT/rebooted.mn.log"
note "$(($(now_ms) - start)) ms after the move"
expect_between "ms until then" 1000 15000 $(($(now_ms) - start))
expect "RstClosed on mn" 1 $(($(mib "$mn" RstClosed) - closed))
expect "RstRefused on mn: one for each of three updates" 3 $(($(mib "$mn" RstRefused) - refused))
expect_told refused mn dead death
expect_told 104 mn dead error
# shellcheck disable=SC2046
kill $(flow_pids rebooted) 2>/dev/null
flow_dead=rebooted
ip -n "$net" route del 203.0.113.2/32 dev lo table local 2>/dev/null
ip -n "$net" addr del 203.0.113.2/32 dev lo 2>/dev/null

test_case "nothing is left"
in_ns "$cn" sysctl -qw net.tcp_mobility.suspend_time=1 net.tcp_mobility.survival_time=1
in_ns "$mn" sysctl -qw net.tcp_mobility.suspend_time=1 net.tcp_mobility.survival_time=1
flows_stop
flows_forget
detach nat
attach routed
[ "$cases_failed$case_failed" != 00 ] || rm -f "$OUT"/events.?n
expect_module_unused
expect "complaints of the kernel" "" "$(kernel_complaints)"

tap_done
