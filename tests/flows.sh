# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Transfers that run until the story has seen enough. Sourced after lib.sh.
#
# A flow is one connection of xfer between the mobile host and cn, data in both
# directions at once. It goes on until flows_stop, so a move falls into it
# however slow the machine is; then both ends compare SHA-256 sums.
#
#	flow NAME mn|cn ADDRESS [CLIENT OPTIONS... [-- SERVER OPTIONS...]]
#	flows_start			all of them at once, until they are keyed
#	...
#	flows_stop
#	flow_exact NAME
#
# Set before flow():
#	flow_common	options of both ends
#	flow_rate	octets per second of each direction (12000; less on a slow
#			machine, which must not be too busy to answer)

flow_common=(--mobility)
flow_rate=$((12000 / ${TEST_SLOW:-1}))
flow_port=5000
flow_names=()
flow_dead=				# flows that are not waited for any more
flow_stop=$OUT/.stop
declare -A flow_client_ns flow_addr flow_client_opts flow_server_opts \
	   flow_ports flow_client_pid flow_server_pid
# Ends that are expected to receive: both (default), mn, cn or none.
declare -A flow_receives

# flow NAME mn|cn ADDRESS [CLIENT OPTIONS... [-- SERVER OPTIONS...]]: a flow
# whose client runs on the given host, its server on the other, at ADDRESS.
flow()
{
	local name=$1 opts=()

	flow_names+=("$name")
	flow_client_ns[$name]=$2
	flow_addr[$name]=$3
	flow_port=$((flow_port + 1))
	flow_ports[$name]=$flow_port
	shift 3
	opts=("--seed" "$flow_port" --rate "$flow_rate" --chunk 2000
	      --info --timeout 150 "${flow_common[@]}")
	flow_client_opts[$name]=${opts[*]}
	flow_server_opts[$name]="${opts[*]} --port $flow_port --once"
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		flow_client_opts[$name]+=" $1"
		shift
	done
	[ $# = 0 ] || shift
	flow_server_opts[$name]+=" $*"
	case ${flow_addr[$name]} in *:*) flow_server_opts[$name]+=" -6" ;; esac
	flow_forever flow_client_opts "$name"
	flow_forever flow_server_opts "$name"
	flow_client_pid[$name]=
	flow_server_pid[$name]=
	flow_receives[$name]=both
}

# flow_forever ARRAY NAME: sends until told, unless it has an amount to send.
flow_forever()
{
	local -n opts_of=$1

	case ${opts_of[$2]} in
	*--send*) ;;
	*) opts_of[$2]+=" --until $flow_stop" ;;
	esac
}

# ns_of mn|cn, other_end mn|cn
ns_of() { [ "$1" = mn ] && echo "$mn" || echo "$cn"; }
other_end() { [ "$1" = mn ] && echo cn || echo mn; }

# flow_log NAME mn|cn: the file with the output of that end.
flow_log() { echo "$OUT/$1.$2.log"; }

# flows_listening NAME...: the servers do.
flows_listening()
{
	local end name ports

	for end in mn cn; do
		ports=" $(in_ns "$(ns_of $end)" ss -Hltn | awk '{ sub(/.*:/, "", $4); print $4 }' | tr '\n' ' ')"
		for name in "$@"; do
			[ "${flow_client_ns[$name]}" != $end ] || continue
			case $ports in *" ${flow_ports[$name]} "*) ;; *) return 1 ;; esac
		done
	done
}

# flow_run NAME mn|cn client|server: one end, in the background.
flow_run()
{
	local name=$1 end=$2 args

	if [ "$3" = server ]; then
		args="server ${flow_server_opts[$name]}"
	else
		args="client ${flow_client_opts[$name]} ${flow_addr[$name]} ${flow_ports[$name]}"
	fi
	echo "xfer $args" >"$(flow_log "$name" "$end")"
	# shellcheck disable=SC2086
	bg in_ns "$(ns_of "$end")" xfer $args >>"$(flow_log "$name" "$end")" 2>&1
	eval "flow_$3_pid[$name]=$bg_pid"
}

# flows_launch: start both ends of all flows that do not run yet; return when
# servers listen and clients were started.
flows_launch()
{
	local name new=()

	for name in "${flow_names[@]}"; do
		[ -n "${flow_client_pid[$name]}" ] || new+=("$name")
	done
	for name in "${new[@]}"; do
		flow_run "$name" "$(other_end "${flow_client_ns[$name]}")" server
	done
	wait_for 20000 flows_listening "${new[@]}" >/dev/null || fail "servers listen"
	for name in "${new[@]}"; do
		flow_run "$name" "${flow_client_ns[$name]}" client
	done
}

# flows_keyed: every end with --wait-keyed has said so.
flows_keyed()
{
	local name end log

	for name in "${flow_names[@]}"; do
		for end in mn cn; do
			log=$(flow_log "$name" $end)
			case $(<"$log") in
			*--wait-keyed*) ;;
			*) continue ;;
			esac
			case $(<"$log") in
			*$'\n'keyed*) ;;
			*) echo "$name on $end: $(tail -n 1 "$log")"; return 1 ;;
			esac
		done
	done
}

# flows_start [WHAT]: launch, and wait until all may move.
flows_start()
{
	flows_launch
	expect_soon "${1:-all of ${#flow_names[@]} connections are keyed}" 30000 flows_keyed
}

# flows_sample FILE: "NAME END FIELD=VALUE..." of every end, as it is now.
flows_sample()
{
	local name end logs=()

	for name in "${flow_names[@]}"; do
		logs+=("$OUT/$name.mn.log" "$OUT/$name.cn.log")
	done
	# shellcheck disable=SC2086
	kill -USR1 ${flow_client_pid[*]} ${flow_server_pid[*]} 2>/dev/null
	nap 0.15
	awk '/^info / { last[FILENAME] = $0 }
	     END { for (i = 1; i < ARGC; i++) {
			n = split(ARGV[i], path, "/")
			split(path[n], part, ".")
			print part[1], part[2], last[ARGV[i]] } }' "${logs[@]}" >"$1.new"
	mv "$1.new" "$1"
}

# flow_field NAME END FIELD [FILE]: out of a sample.
flow_field()
{
	sed -n "s/^$1 $2 .* $3=\([^ ]*\).*/\1/p" "${4:-$OUT/.now}"
}

# flow_progress NAME END: octets received since flows_mark.
flow_progress()
{
	echo $(($(flow_field "$1" "$2" recv) - $(flow_field "$1" "$2" recv "$OUT/.mark")))
}

# flows_moved MOVES PROGRESS NAME...: each of them has made so many moves since
# flows_mark, both ends are KEYED, and both have received PROGRESS octets more.
# Prints who has not.
flows_moved()
{
	local moves=$1 progress=$2 name receives=

	shift 2
	flows_sample "$OUT/.now"
	for name in "$@"; do
		receives+=" $name=${flow_receives[$name]}"
	done
	awk -v receives="$receives" -v moves="$moves" -v progress="$progress" -v names="$*" '
		function get(key,    i) {
			for (i = 3; i <= NF; i++)
				if (index($i, key "=") == 1)
					return substr($i, length(key) + 2)
			return ""
		}
		BEGIN { n = split(names, a, " "); for (i = 1; i <= n; i++) want[a[i]] = 1
			n = split(receives, a, " ")
			for (i = 1; i <= n; i++) {
				split(a[i], b, "=")
				if (b[2] == "both" || b[2] == "mn") reads[b[1], "mn"] = 1
				if (b[2] == "both" || b[2] == "cn") reads[b[1], "cn"] = 1
			} }
		NR == FNR { recv[$1, $2] = get("recv"); made[$1, $2] = get("moves_local"); next }
		!($1 in want) { next }
		{ why = "" }
		get("state") != "KEYED" { why = why " state=" get("state") }
		moves != "any" && $2 == "mn" && get("moves_local") - made[$1, $2] != moves {
			why = why " moves=" get("moves_local") - made[$1, $2] }
		reads[$1, $2] && get("recv") - recv[$1, $2] < progress {
			why = why " received=" get("recv") - recv[$1, $2] }
		why { print $1 " on " $2 ":" why; bad = 1 }
		END { exit bad }' "$OUT/.mark" "$OUT/.now"
}

# flows_mark: from here on flows_moved counts.
flows_mark() { flows_sample "$OUT/.mark"; }

# living NAME...: those not given up.
living()
{
	local name

	for name in "$@"; do
		case " $flow_dead " in *" $name "*) ;; *) echo "$name" ;; esac
	done
}

# expect_moved MOVES PROGRESS NAME...: soon. Who does not make it is a failure
# once and not waited for again.
expect_moved()
{
	local moves=$1 progress=$2 late start

	shift 2
	start=$(now_ms)
	# shellcheck disable=SC2046
	if late=$(wait_for 40000 flows_moved "$moves" "$progress" $(living "$@")); then
		ok "$moves move(s) each, data goes on both ways after $(($(now_ms) - start)) ms: $(living "$@" | wc -l) connections"
		return 0
	fi
	fail "connections go on" "$moves move(s) each, $progress octets more both ways" "$late"
	flow_dead+=" $(echo "$late" | sed 's/ on .*//' | sort -u | tr '\n' ' ')"
	return 1
}

flow_pids() { echo "${flow_client_pid[$1]:-} ${flow_server_pid[$1]:-}"; }

# pids_gone PID...: none of them runs.
pids_gone()
{
	local pid

	for pid in "$@"; do
		! kill -0 "$pid" 2>/dev/null || return 1
	done
}

# flows_stop: both ends finish; who does not within 40 s is killed.
flows_stop()
{
	local name pids=()

	: >"$flow_stop"
	for name in $flow_dead; do
		# shellcheck disable=SC2046
		kill $(flow_pids "$name") 2>/dev/null
	done
	for name in $(living "${flow_names[@]}"); do
		# shellcheck disable=SC2207
		pids+=($(flow_pids "$name"))
	done
	wait_for 40000 pids_gone "${pids[@]}" >/dev/null ||
		note "still running: $(ps -o pid,args -p "$(IFS=,; echo "${pids[*]}")" | tail -n +2)"
}

# flow_result NAME END: the line with the sums.
flow_result() { awk '/^sent=/ { last = $0 } END { if (last) print last }' "$OUT/$1.$2.log"; }

# flow_exact NAME: within the case under way, the transfer was byte-exact.
flow_exact()
{
	local name=$1 c= s= end status pid
	local sums='sent=([0-9]+) recv=([0-9]+) sha256_sent=([^ ]+) sha256_recv=([^ ]+) errors=0'

	for end in client server; do
		eval "pid=\${flow_${end}_pid[$name]}"
		if kill -0 "$pid" 2>/dev/null; then
			kill "$pid" 2>/dev/null
			fail "$name: $end ended" "an end" "still running: $(tail -n 1 "$(flow_log "$name" \
				"$([ $end = client ] && echo "${flow_client_ns[$name]}" ||
				   other_end "${flow_client_ns[$name]}")")")"
			return
		fi
		wait "$pid"
		status=$?
		[ $status = 0 ] || fail "$name: exit status of the $end" 0 \
			"$status: $(grep '^xfer [sc][a-z]*:' "$OUT/$name".??.log | tail -n 2)"
	done
	[[ $(flow_result "$name" mn) =~ $sums ]] && c=${BASH_REMATCH[*]:1}
	[[ $(flow_result "$name" cn) =~ $sums ]] &&
		s="${BASH_REMATCH[2]} ${BASH_REMATCH[1]} ${BASH_REMATCH[4]} ${BASH_REMATCH[3]}"
	if [ -n "$c" ] && [ "$c" = "$s" ]; then
		# shellcheck disable=SC2086
		set -- $c
		ok "$name: $1 octets from mn, $2 from cn, SHA-256 equal both ways"
	else
		fail "$name: octets and SHA-256 sent and received by mn, as cn saw them" "$c" "$s"
	fi
}

# flow_moves NAME: "LOCAL REMOTE" moves as mn counted its own, cn the peer's.
flow_moves()
{
	awk '/^info / && match($0, FILENAME ~ /mn.log$/ ? " moves_local=[0-9]+" : " moves_remote=[0-9]+") {
			moves[FILENAME] = substr($0, RSTART, RLENGTH); sub(/.*=/, "", moves[FILENAME]) }
	     END { print moves[ARGV[1]], moves[ARGV[2]] }' "$OUT/$1.mn.log" "$OUT/$1.cn.log"
}

# flow_state NAME END: state at the end.
flow_state() { flow_result "$1" "$2" | sed -n 's/.*state=\([A-Z]*\).*/\1/p'; }
flow_reason() { sed -n 's/^info .*reason=\([a-z-]*\).*/\1/p' "$(flow_log "$1" "$2")" | tail -n 1; }

# flows_forget: make room for the next set. Files of a set that failed stay.
flows_forget()
{
	local name

	for name in "${flow_names[@]}"; do
		[ "$cases_failed$case_failed" != 00 ] || rm -f "$OUT/$name".??.log
	done
	rm -f "$flow_stop"
	flow_dead=
	flow_names=()
	flow_client_pid=()
	flow_server_pid=()
}

# ---------------------------------------------------- what every round checks

# round_begin NAME: counters of the start, and a capture on cn.
round_begin()
{
	local ns

	round=$1
	round_failed=$cases_failed
	round_rst=0
	for ns in "$mn" "$cn"; do
		round_rst=$((round_rst + $(netstat_mib "$ns" TcpOutRsts)))
	done
	capture_start "$cn" eth0 "$round" tcp
	# The case under way must not end the capture, nor throw it away.
	round_pcap_pid=${capture_pids[-1]}
	round_pcap=$OUT/$round.pcap
	capture_pids=()
	capture_files=()
	bg_pids+=("$round_pcap_pid")
	echo "tcpmob: round $round $$" >/dev/kmsg
}

# resets FILTER: "early" and a RST per line, and the number of late ones. Late
# is a RST after both ends have sent FIN: a second copy of the last ACK finds no
# socket any more. Plain TCP does that, too.
resets()
{
	# tcp[] reads IPv4 alone.
	tcpdump -n -r "$round_pcap" "(tcp[13] & 5 != 0 or
		(ip6[6] = 6 and ip6[53] & 5 != 0)) $1" 2>/dev/null |
	awk '{ from = $3; to = $5; sub(/:$/, "", to) }
	     $7 ~ /F/ { fin[from, to] = 1 }
	     $7 ~ /R/ { if (fin[from, to] && fin[to, from]) late++
			else print "early", $0 }
	     END { print "late", late + 0 }'
}

# round_checks [FILTER]: within a case: no RST (of the filter), a quiet kernel.
round_checks()
{
	local ns rst=0 said seen

	kill -TERM "$round_pcap_pid" 2>/dev/null
	wait "$round_pcap_pid" 2>/dev/null
	rm -f "$round_pcap.log"
	seen=$(resets "${1:-}")
	expect "segments with RST on cn's link" "" "$(echo "$seen" | grep ^early | head -n 5)"
	for ns in "$mn" "$cn"; do
		rst=$((rst + $(netstat_mib "$ns" TcpOutRsts)))
	done
	# Where a connection without mobility was left to die, RSTs are its.
	[ -n "${1:-}" ] || expect_between "RST sent by mn or cn, but after both FINs" 0 0 \
		$((rst - round_rst - $(echo "$seen" | sed -n 's/^late //p')))
	said=$(kernel_said "tcpmob: round $round $$" |
	       grep -E -f "$TEST_DIR/dmesg-patterns" | head -n 5)
	expect "complaints of the kernel" "" "$said"
}

# round_end: keep the capture if a case of the round failed.
round_end()
{
	end_case
	if [ "$cases_failed" != "$round_failed" ] || [ "${KEEP_PCAP:-0}" = 1 ]; then
		note "capture: $round_pcap"
		in_ns "$mn" awk '$2' /proc/net/tcp_mobility | paste -sd' ' | sed 's/^/# mn: /'
		in_ns "$cn" awk '$2' /proc/net/tcp_mobility | paste -sd' ' | sed 's/^/# cn: /'
	else
		rm -f "$round_pcap"
	fi
}

# module_uses: references to the module.
module_uses() { awk '$1 == "tcp_mobility" { print $3 }' /proc/modules; }
module_unused() { [ "$(module_uses)" = 0 ]; }

# expect_module_unused: orphans of connections that were left to die may take
# five minutes; looking seldom is kind to a clock that counts instructions.
expect_module_unused()
{
	local i

	for ((i = 0; i < 60; i++)); do
		module_unused && break
		sleep 5
	done
	expect "references to the module" 0 "$(module_uses)"
}

# sockets_with_ulp NS: established sockets that ss shows with our ULP.
sockets_with_ulp()
{
	in_ns "$1" ss -HtieO state connected 2>/dev/null | grep -c 'tcp-ulp-mobility'
}
