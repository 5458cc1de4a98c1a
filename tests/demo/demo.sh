#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# TCP mobility shown: an OpenSSH session, an sftp upload and a curl download
# from nginx, unmodified programs all, cross from one access network to the
# other and back while they run; beside them ssh and curl without mobility.
# The network is the one drawn in tests/lib.sh. As root, in the test machine
# ("make demo") or on a real one with the modules loaded.
#
#	tests/demo/demo.sh
#
# For each move: the time from "new address and route usable" (the command
# that added them has returned) to the first new byte in the receiving
# program, in milliseconds and in round trips. "break" moves delete the old
# address first and have none for 200 ms; "make" moves have both for a while.
# Every attachment brings an address that was not there before, as in real
# life, so plain TCP is not saved by coming back.
#
# Exit status 0 only if every program survived every move it saw (at least
# three), every byte is right, the limits held in all "break" moves, and plain
# TCP did not survive.
#
# Environment (names with TCPMOB_ reach the test machine):
#	TCPMOB_DEMO_DELAY	one-way delay of the path, ms (50)
#	TCPMOB_DEMO_MOVES	list of NETWORK:KIND (see below)
#	TCPMOB_DEMO_UP		sftp's rate, kbit/s (320)
#	TCPMOB_DEMO_DOWN	nginx's rate, KB/s (130)
#	TCPMOB_DEMO_UP_BYTES, TCPMOB_DEMO_DOWN_BYTES  sizes
#	TCPMOB_DEMO_PCAP=1	keep captures of both ends in $OUT
#	TCPMOB_DEMO_NO_MODULE=1	go on without the module: everything breaks,
#				and the demo has to notice

demo_delay=${TCPMOB_DEMO_DELAY:-50}
demo_moves=${TCPMOB_DEMO_MOVES-nat:break routed:make nat:make routed:break nat:break routed:break}
# While the mover sends, what is received but not yet acknowledged at a break
# is sent again first, within the initial window of 10 segments: rate times
# round trip must stay well below it, or the first *new* byte comes a round
# trip later.
# Both transfers last about 38 s, the moves a good 15, and twice as long on a
# slow machine.
demo_up=${TCPMOB_DEMO_UP:-320}
demo_up_bytes=${TCPMOB_DEMO_UP_BYTES:-1500000}
demo_down=${TCPMOB_DEMO_DOWN:-130}
demo_down_bytes=${TCPMOB_DEMO_DOWN_BYTES:-5000000}
demo_gap=0.2		# seconds without an address in a "break" move
limit_send=1.60		# round trips, mover sends
limit_recv=2.10		# round trips, mover receives

TOPO_DELAY=$demo_delay
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/demo/apps.sh
. "$(dirname "$0")/apps.sh"

dir=$(mktemp -d /tmp/tcpmob-demo.XXXXXX)
problems=()

# ------------------------------------------------------------------ printing

bold='' red='' green='' off=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' off=$'\e[0m'
fi

say() { printf '%s\n' "$*"; }
title() { printf '\n%s%s%s\n' "$bold" "$*" "$off"; }
problem() { problems+=("$*"); printf '%s  ! %s%s\n' "$red" "$*" "$off"; }
die() { problem "$*"; finish; }

# clock_now: CLOCK_MONOTONIC in ns without starting a process, into $now.
clock_now() { now=$((${EPOCHREALTIME/./} * 1000 - clock_offset)); }

seconds_since_start()
{
	clock_now
	local ms=$(((now - start_ns) / 1000000))
	printf -v elapsed '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

# last_total TIMELINE: bytes so far, into $total.
last_total()
{
	total=$(tail -n 1 "$1" 2>/dev/null)
	total=${total##* }
	total=${total:-0}
}

count_lines() { lines=$(wc -l < "$1" 2>/dev/null) || lines=0; }

kb() { printf '%d KB' $(($1 / 1000)); }

# timeline WHAT: one line: time, address, what happened, bytes so far.
timeline()
{
	local up down plain_down session plain_session

	last_total "$dir/upload.tl"; up=$total
	last_total "$dir/download.tl"; down=$total
	last_total "$dir/plain_download.tl"; plain_down=$total
	count_lines "$dir/session.out"; session=$lines
	count_lines "$dir/plain_session.out"; plain_session=$lines
	seconds_since_start
	printf '%6s  %-13s %-44s %8s %8s %4s |%8s %4s\n' "$elapsed" \
		"${address:--}" "$1" "$(kb "$up")" "$(kb "$down")" "$session" \
		"$(kb "$plain_down")" "$plain_session"
}

# -------------------------------------------------------------------- moving

event_ns=()	# when the new address and route were usable
event_kind=()	# make or break
event_net=()	# routed or nat
attachments=0
address=

# plug NETWORK: a new address and the preferred route there; sets $usable_ns.
plug()
{
	attachments=$((attachments + 1))
	case $1 in
	routed)	new_dev=wlan0 new=10.1.0.$((10 + attachments)) gw=10.1.0.1 ;;
	nat)	new_dev=lte0 new=10.2.0.$((10 + attachments)) gw=10.2.0.1 ;;
	*)	die "no network '$1'" ;;
	esac
	printf '%s\n' "addr add $new/24 dev $new_dev" \
		"route add default via $gw dev $new_dev metric $((1000 - attachments))" \
		> "$dir/plug"
	ip -n "$mn" -batch "$dir/plug" || die "ip failed to add $new"
	clock_now
	usable_ns=$now
}

# unplug: the address in use goes; its routes go with it.
unplug()
{
	ip -n "$mn" addr del "$address/24" dev "$dev"
}

# move NETWORK break|make
move()
{
	local what n=$((${#event_ns[@]} + 1))

	what="move $n to $1, $2 before $([ "$2" = make ] && echo break || echo make)"
	if [ "$2" = break ]; then
		unplug
		address=
		sleep "$demo_gap"
		plug "$1"
		address=$new dev=$new_dev
		sleep 1.2
		timeline "$what"
	else
		plug "$1"
		sleep 0.8
		unplug
		address=$new dev=$new_dev
		sleep 0.4
		timeline "$what"
	fi
	event_ns+=("$usable_ns")
	event_kind+=("$2")
	event_net+=("$1")
	report_move $((n - 1))
	sleep 0.8
}

rtt_of() { [ "$1" = nat ] && echo "$rtt_nat" || echo "$rtt_routed"; }

# report_move INDEX: how long each program waited for its first new byte.
report_move()
{
	local app ms rtts silence text=''

	for app in upload download session; do
		finished "$app" "$1" && continue
		read -r _ ms rtts _ silence < <(gapstat "$dir/$app.tl" \
			"$(rtt_of "${event_net[$1]}")" "${event_ns[$1]}")
		if [ "$ms" = - ]; then
			text+="  $app ${red}nothing yet$off"
		elif [ "${event_kind[$1]}" = break ]; then
			text+="  $app ${ms} ms = $bold$rtts RTT$off"
		else
			text+="  $app longest silence $silence ms"
		fi
	done
	if [ "${event_kind[$1]}" = break ]; then
		printf '        first new byte:%s\n' "$text"
	else
		printf '        no break:%s\n' "$text"
	fi
}

# finished APP INDEX: had it received all before that move?
finished()
{
	local before

	[ -s "$dir/$1.done" ] || return 1
	last_total "$dir/$1.tl"
	read -r _ _ _ before _ < <(gapstat "$dir/$1.tl" 100 "${event_ns[$2]}")
	[ "$before" = "$total" ]
}

# ------------------------------------------------------------------ programs

# What the session runs on the correspondent: a line five times a second, and
# an answer to each line typed; all of it noted in a file there to compare.
write_session_program()
{
	cat > "$dir/session.sh" <<-'END'
	n=0 word='' typed=''
	while [ "$word" != quit ]; do
		n=$((n + 1))
		text="line $n ${EPOCHREALTIME}"
		[ -z "$word" ] || text="$text you typed: $word"
		echo "$text"
		echo "$text" >> "$1"
		# A time-out in the middle of a line keeps its first part.
		word=''
		read -r -t 0.2 part
		status=$?
		typed=$typed$part
		[ $status != 0 ] || { word=$typed typed=''; }
	done
	END
}

# session NAME PREFIX...: an ssh session with a running command; what is
# written to ${keyboard[NAME]} is typed into it.
declare -A keyboard
session()
{
	local name=$1 fd

	shift
	mkfifo "$dir/$name.typed"
	exec {fd}<> "$dir/$name.typed"
	keyboard[$name]=$fd
	(
		ip netns exec "$mn" "$@" ssh -F "$dir/ssh_config" "$CN4" \
			"bash $dir/session.sh $dir/$name.sent" \
			<&"$fd" 2>"$dir/$name.err" |
			meter "$dir/$name.tl" "$dir/$name.out"
		echo "${PIPESTATUS[0]}" > "$dir/$name.status"
		gapstat now > "$dir/$name.done"
	) &
	bg_pids+=("$!")
}

# download NAME PREFIX...
download()
{
	local name=$1

	shift
	(
		ip netns exec "$mn" "$@" curl -sSN "http://$CN4/data" \
			2>"$dir/$name.err" | meter "$dir/$name.tl" "$dir/$name.got"
		echo "${PIPESTATUS[0]}" > "$dir/$name.status"
		gapstat now > "$dir/$name.done"
	) &
	bg_pids+=("$!")
}

# upload: sftp in small packets, so that a new byte reaches the file without
# waiting for a 32 KB one to be complete, and because its rate limit sends in
# bursts of up to eight; many outstanding requests, so that it need not wait
# for answers.
upload()
{
	echo "put $dir/upload.data $dir/sink/upload" > "$dir/upload.batch"
	bg meter --follow "$dir/sink/upload" "$dir/upload.tl"
	(
		ip netns exec "$mn" "$MOBRUN" sftp -q -F "$dir/ssh_config" \
			-B 512 -R 256 -l "$demo_up" -b "$dir/upload.batch" \
			"$CN4" >"$dir/upload.err" 2>&1
		echo $? > "$dir/upload.status"
		gapstat now > "$dir/upload.done"
	) &
	bg_pids+=("$!")
}

has_bytes() { [ -s "$1" ]; }

wait_started()
{
	local name

	for name in "$@"; do
		wait_for 30000 has_bytes "$dir/$name.tl" ||
			die "$name did not start: $(cat "$dir/$name.err")"
	done
}

# ping_rtt: the path's round trip in ms, the median of seven pings.
ping_rtt()
{
	ip netns exec "$mn" ping -c 7 -i 0.2 -W 3 "$CN4" |
		sed -n 's,.*time=\([0-9.]*\) ms.*,\1,p' | sort -n | sed -n 4p
}

measure_rtt()
{
	plug nat
	address=$new dev=$new_dev
	rtt_nat=$(ping_rtt)
	unplug
	plug routed
	address=$new dev=$new_dev
	rtt_routed=$(ping_rtt)
	[ -n "$rtt_nat" ] && [ -n "$rtt_routed" ] ||
		die "the correspondent does not answer pings"
}

# ----------------------------------------------------------------- verdicts

# less A B: A <= B, as decimals.
less() { awk "BEGIN { exit !($1 <= $2) }"; }

# judge APP SENT GOT LIMIT: set survived, seen, bytes, same, worst.
judge()
{
	local app=$1 limit=$4 i ms rtts rtt

	survived=0 seen=0 worst=0
	bytes=$(stat -c %s "$3" 2>/dev/null || echo 0)
	if [ -s "$2" ] && [ "$(apps_sha "$2")" = "$(apps_sha "$3")" ]; then
		same=equal
	else
		same=DIFFER
		problem "$app: what came differs from what was sent ($bytes of $(stat -c %s "$2") bytes)"
	fi
	[ "$(cat "$dir/$app.status" 2>/dev/null)" = 0 ] ||
		problem "$app: exit status $(cat "$dir/$app.status" 2>/dev/null || echo none): $(tail -n 1 "$dir/$app.err")"

	for i in "${!event_ns[@]}"; do
		finished "$app" "$i" && break
		seen=$((seen + 1))
		rtt=$(rtt_of "${event_net[$i]}")
		read -r _ ms rtts _ < <(gapstat "$dir/$app.tl" "$rtt" "${event_ns[$i]}")
		if [ "$ms" = - ]; then
			problem "$app: nothing came after move $((i + 1))"
			break
		fi
		survived=$((survived + 1))
		[ "${event_kind[$i]}" = break ] || continue
		less "$rtts" "$worst" || worst=$rtts
		if [ -n "$limit" ] && ! less "$rtts" "$limit"; then
			problem "$app: move $((i + 1)) took $rtts RTT, the limit is $limit"
		fi
	done
	[ "$survived" -ge 3 ] ||
		problem "$app: only $survived moves survived, at least 3 are asked for"
}

# judge_plain NAME: how plain TCP ended, into $plain.
judge_plain()
{
	local name=$1 status when

	when=$(tail -n 1 "$dir/$name.tl" 2>/dev/null)
	when=${when%% *}
	status=$(cat "$dir/$name.status" 2>/dev/null)
	if [ "$status" = 0 ]; then
		plain=survived
		problem "$name: plain TCP survived, so these moves show nothing"
		return
	fi
	plain=$([ -n "$status" ] && echo "died" || echo "hangs")
	if [ "${when:-0}" -gt "${event_ns[0]:-0}" ]; then
		problem "$name: plain TCP received data after move 1"
	fi
	when=$(((${when:-start_ns} - start_ns) / 100000000))
	plain="$plain since $((when / 10)).$((when % 10)) s"
}

row() { printf '%-14s %-15s %5s %9s  %-8s %-14s %s\n' "$@"; }

summary()
{
	local plain_ssh plain_curl lines

	judge_plain plain_session
	count_lines "$dir/plain_session.out"
	plain_ssh="ssh $plain, line $lines"
	judge_plain plain_download
	last_total "$dir/plain_download.tl"
	plain_curl="curl $plain, $total bytes"

	title "Summary: ${#event_ns[@]} moves, round trip $rtt_routed ms (routed) and $rtt_nat ms (NAT), kernel $(uname -r)"
	row application direction moves bytes SHA-256 "worst (limit)" "without mobility"
	judge session "$dir/session.sent" "$dir/session.out" ""
	row "ssh session" "both ways" "$survived/$seen" "$bytes" "$same" "$worst RTT" "$plain_ssh"
	check_session
	judge upload "$dir/upload.data" "$dir/sink/upload" "$limit_send"
	row "sftp put" "mover sends" "$survived/$seen" "$bytes" "$same" "$worst ($limit_send)" "-"
	judge download "$dir/www/data" "$dir/download.got" "$limit_recv"
	row "curl, nginx" "mover receives" "$survived/$seen" "$bytes" "$same" "$worst ($limit_recv)" "$plain_curl"
}

# check_session: lines numbered 1, 2, 3 ..., and all that was typed answered.
check_session()
{
	local bad answers

	bad=$(awk '$2 != NR { print "line " NR ": " $0; exit }' "$dir/session.out")
	[ -z "$bad" ] || problem "session: out of order at $bad"
	answers=$(grep -c 'you typed: after-move-' "$dir/session.out")
	[ "$answers" = "${#event_ns[@]}" ] ||
		problem "session: $answers of ${#event_ns[@]} typed lines were answered"
}

finish()
{
	apps_stop
	if [ ${#problems[@]} = 0 ]; then
		say ""
		say "${green}All of it held.$off"
		rm -rf "$dir"
		exit 0
	fi
	mkdir -p "$OUT/demo"
	cp "$dir"/*.tl "$dir"/*.err "$dir"/*.out "$dir"/*.sent "$dir"/*.log "$OUT/demo/" 2>/dev/null
	for ns in mn cn; do
		[ -n "${!ns:-}" ] && ip netns exec "${!ns}" cat /proc/net/tcp_mobility \
			> "$OUT/demo/counters-$ns.txt" 2>/dev/null
	done
	title "It did not hold:"
	printf '  ! %s\n' "${problems[@]}"
	say "Timelines and logs are in $OUT/demo."
	rm -rf "$dir"
	exit 1
}

# ---------------------------------------------------------------------- main

clock_offset=$(gapstat offset) || exit 1
clock_now
start_ns=$now

if [ "${TCPMOB_DEMO_NO_MODULE:-0}" != 1 ]; then
	[ -d /sys/module/tcp_mobility ] || modprobe tcp_mobility 2>/dev/null ||
		{ modprobe -q ecc; insmod "$TOP_DIR/build/modules/tcp_mobility.ko"; } ||
		die "the module tcp_mobility cannot be loaded"
fi
title "TCP mobility on $(uname -r): real programs, moving"
topo_build
measure_rtt
say "network: mobile host --+-- routed access network --+-- correspondent $CN4"
say "                       +-- strict NAT -------------+"
say "round trip by ping: $rtt_routed ms (routed), $rtt_nat ms (NAT)"

apps_dir=$dir apps_host=$CN4 apps_rate=${demo_down}k
apps_setup || die "no keys for ssh"
apps_random "$demo_down_bytes" "$dir/www/data"
apps_random "$demo_up_bytes" "$dir/upload.data"
write_session_program
apps_start_sshd ip netns exec "$cn" "$MOBRUN" || die "sshd did not start: $(cat "$dir/sshd.log")"
apps_start_nginx ip netns exec "$cn" "$MOBRUN" || die "nginx did not start: $(cat "$dir/nginx-error.log")"
wait_listen "$cn" $apps_ssh_port && wait_listen "$cn" $apps_http_port || die "the servers do not listen"
if [ "${TCPMOB_DEMO_PCAP:-0}" = 1 ]; then
	capture_start "$mn" any demo-mn tcp
	capture_start "$cn" eth0 demo-cn tcp
fi

session session "$MOBRUN"
session plain_session
wait_started session plain_session
upload
download download "$MOBRUN"
download plain_download
wait_started upload download plain_download

title "Timeline (three programs with mobility, and two without)"
printf '%6s  %-13s %-44s %8s %8s %4s |%8s %4s\n' time address "what happened" \
	"sftp put" "curl get" ssh "plain:" ""
printf '%6s  %-13s %-44s %8s %8s %4s |%8s %4s\n' s "" "" \
	bytes bytes line "curl get" ssh
timeline "all connected"
sleep 1.5
timeline "all running"

for m in $demo_moves; do
	move "${m%:*}" "${m#*:}"
	echo "after-move-${#event_ns[@]}" >&"${keyboard[session]}"
done

# Until both transfers are through; then the session ends.
is_done() { [ -s "$dir/upload.done" ] && [ -s "$dir/download.done" ]; }
for _ in $(seq 20); do
	is_done && break
	sleep 3
	timeline "no more moves"
done
is_done || problem "a transfer did not end in time"
sleep 0.5
echo quit >&"${keyboard[session]}"
wait_for 10000 has_bytes "$dir/session.done" || problem "the session did not end when told to"
timeline "all done"

summary
finish
