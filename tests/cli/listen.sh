#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mobctl tcp enable without the module: it finds the listening socket of another
# process, takes a descriptor of it, and says why it cannot be mobile.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

server='import socket, sys, time
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if ":" in sys.argv[1]: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
s.bind((sys.argv[1], int(sys.argv[2])))
s.listen()
print(s.getsockname()[1], flush=True)
time.sleep(60)'

# listener ADDRESS PORT: sets port and pid.
listener()
{
	rm -f "$OUT/port"
	python3 -c "$server" "$1" "$2" >"$OUT/port" &
	pid=$!
	bg_pids+=("$pid")
	wait_for 30000 test -s "$OUT/port" >/dev/null
	port=$(cat "$OUT/port")
}
no_module="the module tcp_mobility is not loaded: modprobe tcp_mobility"

test_case "a listening socket is found and taken"
listener 127.0.0.1 0
if [ "$(id -u)" != 0 ]; then
	skip_case "only root takes descriptors of any process"
elif [ -d /sys/module/tcp_mobility ] || modprobe -nq tcp-ulp-mobility 2>/dev/null; then
	skip_case "tcp_mobility is on this machine"
else
	wrong 2 "Error: 127.0.0.1:$port: $no_module." mobctl tcp enable --listen ":$port"
	wrong 2 "Error: 127.0.0.1:$port: $no_module." mobctl tcp enable --listen "127.0.0.1:$port"
	wrong 2 "Error: 127.0.0.1:$port: $no_module." mobctl tcp enable --listen "*:$port"
	wrong 2 "Error: nothing listens at 127.0.0.2:$port in this network namespace." \
		mobctl tcp enable --listen "127.0.0.2:$port"
	listener ::1 "$port"
	wrong 2 "Error: [::1]:$port: $no_module." mobctl tcp enable --listen "[::1]:$port"
	listener :: 0
	wrong 2 "Error: [::]:$port: $no_module." mobctl tcp enable --listen ":$port"
fi

test_case "another user's server"
if [ "$(id -u)" = 0 ]; then
	listener 127.0.0.1 0
	said=$(as_nobody tcp enable --listen ":$port" 2>&1)
	expect "status" 2 $?
	expect "sentence" "Error: who listens at :$port is hidden from you: try as root." "$said"
else
	skip_case "only root can be somebody else"
fi

test_case "nobody holds the socket any more, or nothing listens"
kill "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
wrong 2 "Error: nothing listens at :$port in this network namespace." mobctl tcp enable --listen ":$port"
rm -f "$OUT/port"

tap_done
