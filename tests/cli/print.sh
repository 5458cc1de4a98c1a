#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What mobctl makes of the kernel's answers, with replay.c in place of genl.c and
# icenl.c: each number in words, what it does not know, and nothing that breaks JSON.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$(mktemp -d)
at_end() { rm -rf "$dir"; }
sources=()
for file in "$TOP_DIR"/tools/mobctl/*.c "$TOP_DIR/tools/run/run.c" "$TOP_DIR/tests/cli/replay.c"; do
	case ${file##*/} in genl.c|icenl.c) ;; *) sources+=("$file") ;; esac
done
mobctl() { "$dir/mobctl" "$@"; }

test_case "events say why, in words"
expect_success "mobctl builds with the kernel of replay.c" \
	cc -std=gnu11 -Wall -I"$TOP_DIR/include/uapi" -o "$dir/mobctl" "${sources[@]}"
mobctl -j monitor >"$dir/events"
expect "lines that are no JSON" 0 "$(python3 -c '
import json, sys
for line in open(sys.argv[1], "rb"): json.loads(line.decode("utf-8", "strict"))' "$dir/events" 2>&1 | wc -l)"
# texts KEY COUNT: each word of it comes with a sentence, and each sentence once.
texts()
{
	expect "$1: sentences" "$2" "$(jq -r "select(.$1 and .event != \"200\") | .$1_text" "$dir/events" |
		grep -v '^null$' | sort -u | wc -l)"
	expect "$1 200" "for a reason that this mobctl does not know" \
		"$(jq -r "select(.event == \"200\").$1_text" "$dir/events")"
}
texts reason 10
texts refusal 8
texts death 7
expect "error is a number with its text" "104 Connection reset by peer" \
	"$(jq -r 'select(.event == "dead") | "\(.error) \(.error_text)"' "$dir/events" | sort -u)"
expect_line "as text" ' plain .* reason no-room (the SYN had no room for our option)$' mobctl monitor
expect_line "as text" ' refused .* refusal pinned (the program bound the socket to its address or device)$' mobctl monitor
expect_line "as text" ' dead .* death rst (a RST, and no waiting.*) error 104 (Connection reset by peer)$' mobctl monitor
expect_line "events may be lost" ' lost: ' mobctl monitor

test_case "events of some connections"
all=$(mobctl monitor | wc -l)
# events FILTER...: how many, but for the one that says that some were lost.
events() { mobctl monitor "$@" | grep -vc ' lost: '; }
expect "inet and inet6" $((all - 1)) $(($(events inet) + $(events tcp inet6)))
expect "-4 is inet" "$(events inet)" "$(events -4)"
expect "of a prefix of IPv6" 8 "$(events peer 2001:db8::/126 local :40000 inet6)"
expect "of a longer one" 0 "$(events peer 2001:db8::/127 inet6)"
expect "of a prefix of IPv4" 18 "$(events peer 198.51.100.0/31)"
expect "and not of another" 0 "$(events peer 198.51.100.2/31)"
expect "of a port" 0 "$(events peer :23)"
expect "of an id" $((all - 1)) "$(events id 42)"
expect "of another id" 0 "$(events id 43)"
expect "all of IPv6" "$(events inet6)" "$(events peer ::/0)"
expect "all of IPv4" "$(events inet)" "$(events peer 0.0.0.0/0)"
expect "on a full disk" "Error: cannot write: No space left on device. 2" \
	"$({ mobctl monitor >/dev/full; echo $?; } 2>&1 | paste -sd' ')"
expect "where all there is was lost" "Error: cannot write: No space left on device. 2" \
	"$({ mobctl monitor id 43 >/dev/full; echo $?; } 2>&1 | paste -sd' ')"
expect "of M-ICE" "Error: cannot write: No space left on device. 2" \
	"$({ mobctl monitor ice >/dev/full; echo $?; } 2>&1 | paste -sd' ')"

test_case "show: why a connection is plain, and what to do"
expect "connections" 11 "$(mobctl -j tcp show | jq length)"
expect "reasons" 11 "$(mobctl -j tcp show | jq -r '.[].reason_text' | sort -u | wc -l)"
expect "lines of -d that give advice" 11 "$(mobctl tcp show -d | grep -c 'plain because .*: ')"
expect "-o" 11 "$(mobctl -o -d tcp show | wc -l)"

expect "-s: moves, on a line of their own" "11 11" \
	"$(mobctl -s tcp show | grep -c '^	move stable local 3 peer 4 updates 5$') $(mobctl -o -s tcp show | grep -c '\\	move stable local 3 peer 4 updates 5$')"
expect "without -s: what there was of them" 11 "$(mobctl tcp show | grep -c ' moves 3 peer-moves 4$')"

test_case "idle, and ended: a connection that is over is none that has not begun"
idle() { IDLE=1 mobctl "$@"; }
expect "states" "ended ended idle idle idle" "$(idle -j tcp show | jq -r '.[].state' | paste -sd' ')"
expect_line "as text" '^ended      192.0.2.1:40000 -> 198.51.100.1:22 id 0x1 tcp UNCONN$' idle tcp show
expect "state ended" "1 2" "$(idle -j tcp show state ended | jq -r '.[].id' | paste -sd' ')"
expect "state idle" "3 4 5" "$(idle -j tcp show state idle | jq -r '.[].id' | paste -sd' ')"
expect "either" "1 2 3 4 5" "$(idle -j tcp show state idle state ended | jq -r '.[].id' | paste -sd' ')"
expect "neither" 0 "$(idle tcp show state keyed | wc -l)"
expect_line "doctor" '^ok *connections *0 can move, 0 exchange keys, 3 listen or are not connected, 2 have ended, 0 are plain TCP' idle doctor
expect "an event of one that dies" ended "$(mobctl -j monitor | jq -r 'select(.event == "dead").state' | sort -u)"
expect "and those alone" 7 "$(mobctl -j monitor state ended | jq -r 'select(.state == "ended").event' | grep -c dead)"

test_case "limits"
want="max_connections 1001, now 101
max_half_open   1002, now 102
max_suspended   1003, now 103
survival_time   1004 s
suspend_time    1005 s
sockets         7"
same "as text" "$want" "$(mobctl tcp limits)"
want="$want
ghosts          now 8 of 9
key pairs       now 10 of 11, made 12"
same "-d" "$want" "$(mobctl -d tcp limits)"
same "-o: one line" "$(echo "$want" | sed ':a; N; $!ba; s/\n/\\\t/g')" "$(mobctl -d -o tcp limits)"
expect "-o without -d" 1 "$(mobctl -o tcp limits | wc -l)"

test_case "stats: of one module, of names"
expect "both have it" 1 "$(mobctl stats | wc -l)"
for word in tcp ice; do
	same "$word" "$(mobctl stats)" "$(mobctl stats $word)"
	same "$word, by its beginning" "$(mobctl stats)" "$(mobctl stats $word E)"
	wrong 1 'Error: no counter begins with "x".' mobctl stats $word x
done
expect "as JSON, whose they are" "tcp_mobility mip6_ice" "$({ mobctl -j stats tcp; mobctl -j stats ice; } | jq -r keys[] | paste -sd' ')"

test_case "secrets whole, orders with what refused"
expect "secret" "$(printf 'a5%.0s' {1..32})" "$(mobctl -j tcp keys secret | jq -r '.[0].secret')"
expect "hidden" null "$(mobctl -j tcp keys | jq '.[0].secret')"
wrong 2 "2 connections moving, 1 refused
Error: 1 refused, the first one: the kernel's reason." mobctl tcp move all
expect "as JSON" "2 1" "$(mobctl -j tcp move all 2>/dev/null | jq -r '"\(.count) \(.failed)"')"

test_case "ice: words for numbers, text and JSON of the same"
for command in "peer show" candidates pairs keys; do
	# shellcheck disable=SC2086
	{
		lines=$(mobctl ice $command | wc -l)
		expect "$command: values as lines" "$lines" "$(mobctl -j ice $command | jq length)"
		expect "$command: -d -o" "$lines" "$(mobctl -d -o ice $command | wc -l)"
		expect "$command: -p is -j" "$(mobctl -j ice $command | jq -c .)" "$(mobctl -p ice $command | jq -c .)"
		expect "$command: -d: set in once" 0 "$(mobctl -d ice $command | grep -c '		')"
		expect "$command: colour" "$lines" "$(mobctl -c=always ice $command | grep -c $'\033')"
	}
done
expect "states" "idle gathering offered checking completed failed silent 200" \
	"$(mobctl -j ice peer show | jq -r '.[].state' | paste -sd' ')"
expect "types, unsorted" "host srflx prflx relayed 200" "$(mobctl -j ice candidates | jq -r '.[].type' | paste -sd' ')"
expect "why" "null timeout asymmetric error send limit other-pair 200" \
	"$(mobctl -j ice pairs | jq -r '.[].why' | paste -sd' ')"
expect "a path" "192.0.2.1:4191 [2001:db8::2]:4191 true" \
	"$(mobctl -j ice peer show | jq -r '.[0] | "\(.path_local) \(.path_remote) \(.path_relayed)"')"
expect "credentials" "00ab $(printf 'a5%.0s' {1..12})" "$(mobctl -j ice keys | jq -r '.[] | "\(.ufrag) \(.pwd)"')"
for command in "ice monitor" "monitor ice"; do
	# shellcheck disable=SC2086
	expect "$command: events" "valid selected failed role consent-lost silent mismatch path-lost 200 lost" \
		"$(mobctl -j $command | jq -r .event | paste -sd' ')"
done
wrong 2 'Error: there are 8 sessions with that peer: say which with "home".' mobctl ice peer del 2001:db8:bb::1

test_case "whatever the kernel's strings are"
for command in stats "stats -d" version "version -d" "ice stats" "ice stats -d" "tcp limits -d" "tcp limits set suspend_time 1" "ice pairs" doctor; do
	# shellcheck disable=SC2086
	expect "mobctl $command: octets that steer a terminal" 0 \
		"$(mobctl $command 2>&1 | LC_ALL=C grep -cP '[\x00-\x08\x0b-\x1f\x7f-\xff]')"
done
for command in stats version doctor "tcp limits" "ice stats" "ice peer show" "ice pairs"; do
	# shellcheck disable=SC2086
	expect "mobctl -j $command" 0 "$(mobctl -j $command 2>/dev/null | python3 -c '
import json, sys
json.loads(sys.stdin.buffer.read().decode("utf-8", "strict"))' 2>&1 | wc -l)"
done
expect "a large number" 18446744073709551615 "$(mobctl -j stats | grep -oE '[0-9]{15,}')"

test_case "doctor: connections that never asked for mobility, whose, and why"
if ! unshare -n true 2>/dev/null; then
	skip_case "no network namespaces"
else
	# A server, who accepted three connections of a client, and one by the host
	# itself, which cannot move.
	cat >"$dir/ends.py" <<-'PY'
		import os, socket, sys, time
		def name(text): open("/proc/self/comm", "wb").write(text)
		server = socket.socket()
		server.bind(("0.0.0.0", 7000))
		server.listen()
		ready, told = os.pipe()
		if not os.fork():
		    name(b"cl\033[2Jient")
		    server.close()
		    ends = [socket.create_connection((a, 7000)) for a in ["192.0.2.1"] * 3 + ["127.0.0.1"]]
		    os.write(told, b"x")
		    time.sleep(60)
		name(b"server")
		ends = [server.accept()[0] for _ in range(4)]
		os.read(ready, 1)
		print(os.getpid(), flush=True)
		time.sleep(60)
	PY
	cat >"$dir/ends.sh" <<-'SH'
		ip link set lo up
		ip addr add 192.0.2.1/32 dev lo
		python3 "$1/ends.py" >"$1/ready" &
		server=$!
		for ((i = 0; i < 300; i++)); do [ -s "$1/ready" ] && break; sleep 0.1; done
		"$1/mobctl" doctor
		pkill -P $server
		kill $server
	SH
	said=$(unshare -n bash "$dir/ends.sh" "$dir" 2>&1)
	expect_line "accepted" '^note *ordinary *3 connections of server (pid [0-9]*), such as 192.0.2.1:7000 -> 192.0.2.1:[0-9]*: the server has no mobility$' echo "$said"
	expect_line "its advice" '-> mobctl tcp enable --listen :7000$' echo "$said"
	expect_line "connected" '^note *ordinary *3 connections of cl\\x1b\[2Jient (pid [0-9]*), such as 192.0.2.1:[0-9]* -> 192.0.2.1:7000: the program did not ask for mobility$' echo "$said"
	expect_line "its advice" '-> start it with mobctl run$' echo "$said"
	expect_line "the sum" '^ok *connections *0 can move, .* 11 are plain TCP, 6 did not ask$' echo "$said"
fi

test_case "doctor: a server that resets each connection soon"
cat >"$dir/resets.py" <<'PY'
import socket, struct, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    end = server.accept()[0]
    time.sleep(0.3)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
PY
bg python3 "$dir/resets.py" >"$dir/port"
wait_for 30000 test -s "$dir/port" >/dev/null
port=$(cat "$dir/port")
expect_line "its reason is known" "^BAD *keys *the connection to 127.0.0.1 port $port is plain TCP: the SYN had no room" \
	env REASON=2 "$dir/mobctl" doctor "127.0.0.1:$port"
expect_line "its SYN had no key" "^BAD *keys *the connection to 127.0.0.1 port $port is plain TCP: " \
	env REASON=1 "$dir/mobctl" doctor "127.0.0.1:$port"
expect_line "nothing is known" "^note *keys *127.0.0.1 port $port closed the connection before .* was not found out" \
	"$dir/mobctl" doctor "127.0.0.1:$port"

tap_done
