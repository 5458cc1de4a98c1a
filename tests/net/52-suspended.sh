#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a program may do with a connection that a RST has suspended, or that it
# has paused itself (tests/prog/suspended.c), between a kernel and a peer driven
# by hand:
#
#	I	its own suspend time ends it, whatever the namespace's is
#	II	close() and SO_LINGER; a new connection from its tuple; FIN-WAIT-1
#	III	the pause: what was in flight inside the old window is taken
#	IV	its socket in use while the peer tells an address and the user another
#	V	whatever ends it, it counts for max_suspended no longer

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/raw.sh
. "$(dirname "$0")/../raw.sh"

need_module tcp_mobility
raw_build

keyed="$raw_keyed
	sleep 100"

# program NAME WHAT LOW HIGH STEPS WORD...: suspended WORD... with its port, and
# the peer; it says WHAT, and that this took LOW to HIGH ms, or "-" for neither.
programs=()
program()
{
	local name=$1 what=$2 low=$3 high=$4 steps=$5 first=()

	shift 5
	port=$((port + 1))
	while [[ $1 = --* ]]; do
		first+=("$1" "$2")
		shift 2
	done
	bg in_ns "$kn" suspended "${first[@]}" $port "$@" >"$OUT/app-$port.log" 2>&1
	wait_listen "$kn" $port
	peer_script $port "$keyed
		$steps" --local $RP $((port + 30000)) --remote $KN $port
	programs+=("$port|$bg_pid|$peer|$low|$high|$what|$name")
}

programs_end()
{
	local p app low high what name said

	for said in "${programs[@]}"; do
		IFS='|' read -r p app peer low high what name <<<"$said"
		test_case "$name"
		peer_held "$peer" "the peer" "$p"
		wait "$app"
		expect "exit status of the program" 0 $?
		said=$(tail -n 1 "$OUT/app-$p.log")
		expect "it says" "$what" "$(sed 's/[0-9]* ms/N ms/' <<<"$said")"
		[ "$low" = - ] ||
			expect_between "ms" "$low" "$high" "$(sed -n 's/.* \([0-9]*\) ms.*/\1/p' <<<"$said")"
	done
	programs=()
}

reset="ended after N ms, ECONNRESET"
closed="closed after N ms, 0"

# ------------------------------------------------- I: the socket's own time

in_ns "$kn" sysctl -qw net.tcp_mobility.suspend_time=4
listen_to kn
mark "$kn"
program "the namespace's time, 4 s" "$reset" 3800 4300 "
	seg rst
	sleep 5000" wait
program "-1 is the namespace's" "$reset" 3800 4300 "
	seg rst
	sleep 5000" --time -1 wait
program "its own, shorter" "$reset" 1800 2300 "
	seg rst
	sleep 3000
	clear
	data 1
	expect-rst 1000" --time 2 wait
program "its own, longer" "$reset" 6800 7900 "
	seg rst
	sleep 8000" --time 7 wait
program "0: at once, with no suspension" "$reset" 0 100 "
	seg rst
	sleep 500
	data 1
	expect-rst 1000" --time 0 wait
at_once=$port
programs_end
test_case "the counters agree: time-outs"
expect_mib "$kn" RstSuspended 4
expect_mib "$kn" SuspendTimeout 4
expect_mib "$kn" RstClosed 1
expect_told "rst suspend-time" kn dead death
expect_told rst kn dead death " local-port=$at_once "
expect_told 104 kn dead error

# --------------------------------------------------- II: close() and linger

in_ns "$kn" sysctl -qw net.tcp_mobility.suspend_time=10
mark "$kn"
# resumes PORT: the peer comes back from another address, and all arrives.
resumes() { echo "loc-update 7 0 0 from $RP2 $1
	expect-synack 5000
	ack
	recv 3 5000
	expect-fin 5000
	fin
	expect-acked 5000"; }
program "close(): what was written and the FIN come when the peer is back" "$closed" 0 50 "
	seg rst
	sleep 3000
	$(resumes 42001)" close
program "close(), and nobody comes back: gone after the suspend time" "$closed" 0 50 "
	seg rst
	sleep 1500			# behind the last question
	clear
	expect-silence 10000
	data 1
	expect-rst 1000" close
lonely=$port
program "SO_LINGER of 0: a RST, at once" "$closed" 0 50 "
	seg rst
	expect-rst 1000
	data 1
	expect-rst 1000" linger 0
program "SO_LINGER of 2 s: close() waits so long, the rest comes later" "$closed" 1900 2200 "
	seg rst
	sleep 4000
	$(resumes 42004)" linger 2
program "SO_LINGER of 9 s: close() ends with the last acknowledgement" "$closed" 900 2000 "
	seg rst
	sleep 1200
	$(resumes 42005)" linger 9
program "a new connection from the same tuple ends it, not the time" "$reset" 1000 1600 "
	seg rst
	sleep 1200
	seg syn seq 1000000
	sleep 500" wait
yielded=$port
programs_end
test_case "the counters agree: close() and SO_LINGER"
expect_mib "$kn" RstSuspended 6
expect_mib "$kn" SuspendYielded 1
expect_mib "$kn" ResumedByUpdate 3
expect_mib "$kn" SuspendTimeout 1
expect_told yielded kn dead death " local-port=$yielded "
expect_told suspend-time kn dead death " local-port=$lonely "

# xfer shuts down what has one octet and FIN under way.
batch_begin "FIN-WAIT-1"
listener "FIN-WAIT-1: suspended, resumed, the FIN comes again" "KEYED none" "connect
	cont 9 16
	expect-cont 9 16 10000
	expect-confirm 10000
	confirm
	mute
	expect-fin 60000
	sleep 100
	seg rst
	sleep 1500			# behind the last question
	clear
	expect-silence 3000		# nothing is sent again
	loc-update 7 0 0 from $RP2 42011
	expect-synack 5000
	ack
	expect-resent 1 1000
	loud
	data 500
	expect-acked 5000
	fin
	expect-acked 5000" --wait-keyed 60000 --send 1 --half-close
batch_end "FIN-WAIT-1"
expect_mib "$kn" RstSuspended 1
expect_mib "$kn" ResumedByUpdate 1

# ------------------------------------------------------------- III: the pause

mark "$kn"
program "what is inside the window that was shown before is taken" \
	"500 octets while it is PAUSED" - - "
	expect-window 0 0 5000
	data 500
	expect-acked 1000
	close" pause
programs_end
test_case "the counters agree: the pause"
expect_mib "$kn" Paused 1

# ------------------------------------------------- IV: both at the same time

# The update waits for a socket that its program keeps in a system call, and so does
# the order to move, which tries more often: when the update has its turn, the address
# that it was sent to has been left.
ip -n "$kn" addr add "$KN2/24" dev eth0
answers="answer
	expect-segment 1000
	ack
	close"
mark "$kn"
program "an update to an address that was left meanwhile is refused" "held for N ms" 500 9000 "
	forge 7 0 0 from $RP2 42021
	expect-update 10000 from $KN2
	$answers" hold "$OUT/.go"
held=$port
# word_of PORT NAME: what netlink says of its connection.
word_of()
{
	in_ns "$kn" nlprobe --dump ask conn-get local-port="$1" select-secret |
		sed -n "s/.* $2=\([^ ]*\).*/\1/p"
}
wait_for 20000 eval '[ "$(counted "$kn" UpdateIn)" = 1 ]' >/dev/null
sleep 0.5
cookie=$(word_of "$held" cookie)
bg eval 'until in_ns "$kn" nlprobe ask conn-move cookie="$cookie" to-addr="$KN2"; do nap 0.01; done' >"$OUT/.order" 2>&1
sleep 0.3
: >"$OUT/.go"
programs_end
test_case "the counters agree: both at the same time"
expect_line "the order was obeyed" "count=1 failed=0" cat "$OUT/.order"
expect_mib "$kn" UpdateBadState 1
expect_mib "$kn" UpdateAccepted 0
expect_mib "$kn" MoveDone 1
expect_told peer-state kn refused refusal
rm -f "$OUT/.go" "$OUT/.order"

# S of the copy is so old that it looks newer: serial numbers wrap.
mark "$kn"
program "a copy from gigabytes ago does not take the place of the update that waits" "held for N ms" 500 9000 "
	forge 7 1000000000 0 from $RP3 4999
	loc-update 8 0 0 from $RP2 42022
	expect-synack 9000
	ack
	close" hold "$OUT/.go"
wait_for 20000 eval '[ "$(counted "$kn" UpdateIn)" = 2 ]' >/dev/null
sleep 0.5
: >"$OUT/.go"
programs_end
test_case "the counters agree: a copy from gigabytes ago"
expect_mib "$kn" UpdateBadSeq 1
expect_mib "$kn" UpdateStale 0
expect_mib "$kn" UpdateAccepted 1
rm -f "$OUT/.go"

# later WHAT WORD [ORDER]: its program is in a system call when all pause, so a work item
# has it follow. What it is told then, by its program behind that call (WORD) or by an
# ORDER that tries more often, is the later, and counts.
later()
{
	local what=$1 word=$2 order=${3:-}

	mark "$kn"
	program "$what: the move" "held for N ms" 500 9000 "
		expect-update 20000 from $KN2
		$answers" $word "$OUT/.go"
	held=$port
	test_case "$what"
	expect_soon "it is keyed" 20000 eval '[ "$(word_of "$held" state)" = keyed ]'
	sleep 0.5
	cookie=$(word_of "$held" cookie)
	expect_line "pause all" "count=1 failed=0" in_ns "$kn" nlprobe ask conn-pause all
	if [ -n "$order" ]; then
		bg eval 'while in_ns "$kn" nlprobe ask $order cookie="$cookie" 2>&1 | tee "$OUT/.order" | grep EAGAIN; do nap 0.01; done' >"$OUT/.busy"
		expect_soon "it is busy" 5000 test -s "$OUT/.busy"
	fi
	nap 0.05
	: >"$OUT/.go"
	if [ -n "$order" ]; then
		wait "$bg_pid"
		expect_line "the order was obeyed" "count=1 failed=0" cat "$OUT/.order"
	fi
	# By then the work item has had its turn, too.
	sleep 0.5
	expect_mib "$kn" Paused 1
	expect_mib "$kn" PauseEnded 1
	case $order in
	conn-move*) ;;
	*)	expect "state" keyed "$(word_of "$held" state)"
		expect_success "move" in_ns "$kn" nlprobe ask conn-move cookie="$cookie" to-addr="$KN2" ;;
	esac
	programs_end
	expect_mib "$kn" MoveDone 1
	expect_success "all go on" in_ns "$kn" mobctl tcp resume all
	rm -f "$OUT/.go" "$OUT/.order" "$OUT/.busy"
}
later "pause all, then resume one" hold conn-resume
later "pause all, then move one" hold "conn-move to-addr=$KN2"
later "pause all, then its program resumes it" hold-resume

# ------------------------------------------------------- V: room for just one

# suspended_is N: looking often would take longer than waiting, under emulation.
suspended_is()
{
	local said

	said="$(in_ns "$kn" nlprobe ask limits-get) "
	[ "${said/* suspended=$1 */}" = "" ] || { nap 0.5; return 1; }
}

# counts NAME WHAT STEPS WORD...: up to one when a RST comes, and back to none.
counts()
{
	local name=$1 what=$2 steps=$3

	shift 3
	test_case "max_suspended: $name"
	rm -f "$OUT/.one" "$OUT/.none"
	program "$name: the program" "$what" - - "
		seg rst
		$steps" --after "$OUT/.one" "$@"
	expect_soon "one is suspended" 20000 suspended_is 1
	expect "mobctl says so" 1 "$(in_ns "$kn" mobctl -j tcp limits | jq -r .max_suspended.now)"
	: >"$OUT/.one"
	expect_soon "none is any more" 20000 suspended_is 0
	: >"$OUT/.none"
	programs_end
}

in_ns "$kn" sysctl -qw net.tcp_mobility.suspend_time=6 net.tcp_mobility.max_suspended=1
mark "$kn"
test_case "max_suspended: none at first"
expect_success "suspended: 0" suspended_is 0
counts "a segment resumes" "500 octets more" "
	sleep 2000
	data 500
	expect-acked 1000
	close" take
counts "an update resumes" "500 octets more" "
	sleep 2000
	loc-update 7 0 0 from $RP2 42031
	expect-synack 5000
	ack
	data 500
	expect-acked 5000
	close" take
counts "the time is over" "$reset" "
	sleep 7000" wait
counts "close(), and nobody comes back" "$closed" "
	sleep 7000" close
counts "SO_LINGER of 0" "$closed" "
	sleep 3000" linger 0
counts "disconnect(), and the socket stays" "disconnected after N ms, ECONNRESET" "
	sleep 7000" disconnect "$OUT/.none"
counts "a new connection from the same tuple" "$reset" "
	sleep 2000
	seg syn seq 1000000
	sleep 500" wait
test_case "the counters agree: max_suspended"
expect_mib "$kn" RstSuspended 7
expect_mib "$kn" RstClosed 0
rm -f "$OUT/.one" "$OUT/.none"

test_case "nothing is left"
for ((i = 0; i < 30; i++)); do
	[ "$(awk '$1 == "tcp_mobility" { print $3 }' /proc/modules)" != 0 ] || break
	sleep 5
done
expect "references to the module" 0 "$(awk '$1 == "tcp_mobility" { print $3 }' /proc/modules)"
expect "complaints of the kernel" "" "$(kernel_complaints)"

[ "$cases_failed$case_failed" != 00 ] || rm -f "$OUT/events.kn"
tap_done
