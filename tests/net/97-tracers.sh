#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tracepoints of both modules, as perf and bpftrace of the distribution see
# them: one story, recorded by both, by tracefs and by netlink at the same time.
# A TCP connection of a to b is keyed, moves, pauses and ends; a and b find a
# direct path, restart, and forget each other. The network is that of
# tests/ice.sh.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module tcp_mobility
need_module mip6_ice

from_disk tracers perf bpftrace
# Our debug kernels have no bpf(); the one that is a process of its host cannot
# have perf_event_open() either.
tracers="tracefs"
if [[ $(uname -r) != *-debug ]]; then
	tracers="$tracers perf bpftrace"
elif [ -e /proc/sys/kernel/perf_event_paranoid ]; then
	tracers="$tracers perf"
fi
note "recorded by $tracers and netlink; type information of the kernel: $(stat -c '%n, %s octets' /sys/kernel/btf/vmlinux 2>&1)"

trace=/sys/kernel/tracing
tcp=$trace/events/tcp_mobility/tcpmob_event
state=$trace/events/mip6_ice/mice_state
ice_event=$trace/events/mip6_ice/mice_event

# What a tracer runs once it records: says so, and ends when it is told.
cat >"$OUT/.until-stop" <<'END'
: >"$0.$1"
until [ -e "$2" ]; do sleep 0.1; done
END
# until_stop NAME: words without quotes, as bpftrace wants them.
until_stop() { echo "$(type -P bash) $OUT/.until-stop $1 $OUT/.stop"; }
# began NAME PID: fails early if it ends early.
began()
{
	records() { [ -e "$OUT/.until-stop.$1" ] || ! kill -0 "$2" 2>/dev/null; }
	wait_for 60000 records "$1" "$2" >/dev/null
	if [ -e "$OUT/.until-stop.$1" ]; then
		ok "$1 records"
	else
		fail "$1 records" "that it begins" "$(tail -n 3 "$OUT/$1.log")"
	fi
}

# ------------------------------------------------------------------- recording

test_case "tracefs, perf and bpftrace take all tracepoints"
for format in $tcp $state $ice_event $trace/events/mip6_ice/mice_count; do
	expect_failure "names that only C knows in ${format##*/}" \
		grep -E 'TCP_MOBILITY_|MIP6_ICE_' "$format/format"
done
echo >$trace/trace
expect_success "tracefs records" eval \
	'for event in $tcp $state $ice_event; do echo 1 >$event/enable || exit; done'
# shellcheck disable=SC2046
# shellcheck disable=SC2046
if [[ $tracers = *perf* ]]; then
	bg perf record -q -B -N -a -o "$OUT/.perf.data" -e tcp_mobility:tcpmob_event -e mip6_ice:mice_state \
		-e mip6_ice:mice_event -- $(until_stop perf) >"$OUT/perf.log" 2>&1
	perf_pid=$bg_pid
	began perf "$perf_pid"
fi
if [[ $tracers = *bpftrace* ]]; then
	bg bpftrace -B line -o "$OUT/bpftrace.out" -c "$(until_stop bpftrace)" -e '
		tracepoint:tcp_mobility:tcpmob_event {
			printf("tcp %llx %d %d %d\n", args->cookie, args->event,
			       args->oldstate, args->newstate);
		}
		tracepoint:mip6_ice:mice_state {
			printf("ice %u %d %d\n", args->netns, args->oldstate,
			       args->newstate);
		}
		tracepoint:mip6_ice:mice_event {
			@events[args->event] = count();
		}
		tracepoint:mip6_ice:mice_count {
			@counts[args->netns, args->name] = sum(args->n);
		}' >"$OUT/bpftrace.log" 2>&1
	bpftrace_pid=$bg_pid
	began bpftrace "$bpftrace_pid"
fi

# ------------------------------------------------------------------- the story

ice_build PLAIN PLAIN
# listeners NS: sockets that have joined groups of generic netlink.
listeners() { in_ns "$1" awk '$2 == 16 && $4 !~ /^0*$/' /proc/net/netlink | wc -l; }
for end in a b; do
	bg ip netns exec "${!end}" nlprobe events "$OUT/.stop" >"$OUT/events.$end"
	bg ip netns exec "${!end}" mobctl -j ice monitor >"$OUT/ice.$end"
	expect_soon "netlink: two listen at $end" 5000 eval "[ \$(listeners ${!end}) = 2 ]"
done

test_case "a connection is keyed, moves, pauses and ends"
ice_tcp
told() { grep -q "^conn-event event=$2 " "$OUT/events.$1"; }
expect_soon "keyed" 20000 eval "told a keyed && told b keyed"
ip -n "$a" addr add 192.0.2.3/28 dev eth0
expect_success "move" ip netns exec "$a" mobctl tcp move all to 192.0.2.3
expect_soon "moved" 20000 eval "told a moved && told b validated"
expect_success "pause" ip netns exec "$a" mobctl tcp pause all
expect_success "resume" ip netns exec "$a" mobctl tcp resume all
expect_soon "it goes on" 20000 told a unpaused
kill $client_pid $server_pid
expect_soon "closed" 70000 eval "told a closed && told b closed"

test_case "a session finds a path, and another after a restart"
# For tshark, on the host (tests/check.sh): what goes through the home agent, and
# what b gets.
for where in ha:to_b b:eth0; do
	end=${where%:*}
	bg ip netns exec "${!end}" tcpdump --immediate-mode -i "${where#*:}" -s 400 -U -n -Z root \
		-w "$OUT/ice.$end.pcap" "ip6 proto 135 or udp port 4191" 2>"$OUT/.tcpdump.$end"
	capture_pids+=("$bg_pid")
	wait_for 5000 grep -q 'listening on' "$OUT/.tcpdump.$end" >/dev/null
done
ice_path_twice
expect_soon "the Binding Update is acknowledged" 10000 eval '[ "$(ice_mib "$a" UpdateAckIn)" = 2 ]'
in_ns "$b" cat /proc/net/mip6_ice >"$OUT/ice.counters"
capture_flush
expect_success "a forgets" ctl "$a" peer del $HOME_B
expect_success "b forgets" ctl "$b" peer del $HOME_A

# ------------------------------------------------------------ what they recorded

for event in "$tcp" "$state" "$ice_event"; do
	echo 0 >"$event/enable"
done
: >"$OUT/.stop"
perf_status=0
[ -z "${perf_pid:-}" ] || { wait "$perf_pid"; perf_status=$?; }
bpftrace_status=0
[ -z "${bpftrace_pid:-}" ] || { wait "$bpftrace_pid"; bpftrace_status=$?; }

# events_of EVENT: lines as the tracepoint prints them, without process and time.
events_of() { sed -n "s/^.* \(mip6_ice:\|tcp_mobility:\)\{0,1\}$1: *//p"; }
# transitions: "tcp COOKIE EVENT FROM TO" and "ice NETNS FROM TO" of such lines.
transitions()
{
	sed -n 's/^cookie=\([0-9a-f]*\) event=\([a-z-]*\) state=\([a-z]*\)->\([a-z]*\) .*/tcp \1 \2 \3 \4/p
		s/^netns=\([0-9]*\) home=.* state=\([a-z]*\)->\([a-z]*\)$/ice \1 \2 \3/p'
}

test_case "tracefs: the events of netlink, and every state leads to the next"
events_of tcpmob_event <$trace/trace >"$OUT/trace.tcp"
events_of mice_state <$trace/trace >"$OUT/trace.state"
events_of mice_event <$trace/trace >"$OUT/trace.ice"
for end in a b; do
	cookie=$(sed -n 's/^conn-event event=connected cookie=\([0-9]*\) .*/\1/p' "$OUT/events.$end")
	expect "connection of $end" \
		"$(sed -n "s/^conn-event event=\([a-z-]*\) cookie=$cookie .*/\1/p" "$OUT/events.$end" | paste -sd' ')" \
		"$(transitions <"$OUT/trace.tcp" | awk -v id="$(printf %x "$cookie")" '$2 == id { print $3 }' | paste -sd' ')"
	expect "session of $end: where a state does not begin with the one before" "" \
		"$(transitions <"$OUT/trace.state" | awk -v ns="$(stat -L -c %i "/run/netns/${!end}")" \
			'BEGIN { at = "idle" } $2 == ns { if ($3 != at) print; at = $4 }')"
done
expect "states of a's session" "idle gathering offered checking completed gathering offered checking completed" \
	"idle $(transitions <"$OUT/trace.state" | awk -v ns="$(stat -L -c %i "/run/netns/$a")" '$2 == ns { print $4 }' | paste -sd' ')"
expect "events of sessions" "$(cat "$OUT"/ice.[ab] | jq -r .event | sort | paste -sd' ')" \
	"$(sed 's/.* event=\([a-z-]*\) .*/\1/' "$OUT/trace.ice" | sort | paste -sd' ')"

if [[ $tracers = *perf* ]]; then
	test_case "perf record, perf script: line by line what tracefs has"
	expect "status of perf record" 0 $perf_status
	perf script -i "$OUT/.perf.data" -F event,trace >"$OUT/perf.script" 2>>"$OUT/perf.log"
	expect "status of perf script" 0 $?
	for event in tcpmob_event mice_state mice_event; do
		case $event in
		tcpmob_event) want=$OUT/trace.tcp ;;
		mice_state)   want=$OUT/trace.state ;;
		*)            want=$OUT/trace.ice ;;
		esac
		sed 's/^/ /' "$OUT/perf.script" | events_of $event | diff - "$want" >"$OUT/.diff"
		expect "$event: lines that differ, of $(wc -l <"$want")" "" "$(cat "$OUT/.diff")"
	done
fi

# words FORMAT FIELD: "number word" as the tracepoint's format has them.
words()
{
	sed -n "s/.*__print_symbolic(REC->$2, \([^)]*\)).*/\1/p" "$1/format" |
		grep -o '{ [0-9]*, "[^"]*" }' | tr -d '{,"}'
}

if [[ $tracers = *bpftrace* ]]; then
	test_case "bpftrace: the same changes, and every counter that went up"
	expect "status" 0 $bpftrace_status || sed 's/^/#   /' "$OUT/bpftrace.log"
	{
		words "$tcp" event | sed 's/^/event /'
		words "$tcp" oldstate | sed 's/^/tcp /'
		words "$state" oldstate | sed 's/^/ice /'
		cat "$OUT/bpftrace.out"
	} | awk '$1 == "event" { e[$2] = $3 }
		$1 == "tcp" && NF == 3 { t[$2] = $3 }
		$1 == "ice" && NF == 3 { i[$2] = $3 }
		$1 == "tcp" && NF == 5 { print $1, $2, e[$3], t[$4], t[$5] }
		$1 == "ice" && NF == 4 { print $1, $2, i[$3], i[$4] }' | sort >"$OUT/bpftrace.words"
	cat "$OUT/trace.tcp" "$OUT/trace.state" | transitions | sort |
		diff "$OUT/bpftrace.words" - >"$OUT/.diff"
	expect "changes that differ, of $(wc -l <"$OUT/bpftrace.words")" "" "$(cat "$OUT/.diff")"
	expect "events of sessions" "$(wc -l <"$OUT/trace.ice")" \
		"$(sed -n 's/^@events\[.*\]: //p' "$OUT/bpftrace.out" | awk '{ n += $1 } END { print n + 0 }')"
	for end in a b; do
		sed -n "s/^@counts\[$(stat -L -c %i "/run/netns/${!end}"), \([A-Za-z]*\)\]: /\1 /p" \
			"$OUT/bpftrace.out" | sort >"$OUT/.counts"
		expect "counters of $end" "$(sort "$OUT/.counts" | paste -sd,)" \
			"$(in_ns "${!end}" awk '$2 && $1 !~ /Now$/ { print $1, $2 }' /proc/net/mip6_ice | sort | paste -sd,)"
	done
fi

rm -f "$OUT"/.[a-z]*
[ "$cases_failed$case_failed" != 00 ] || rm -f "$OUT"/events.[ab] "$OUT"/ice.[ab] "$OUT"/{trace,perf,bpftrace}.*
tap_done
