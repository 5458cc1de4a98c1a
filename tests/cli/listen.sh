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
if len(sys.argv) > 3: open("/proc/self/comm", "wb").write(sys.argv[3].encode(errors="surrogateescape"))
if len(sys.argv) > 4:
	t = socket.socket()
	t.bind((sys.argv[4], s.getsockname()[1]))
	import os
	if os.fork(): t.close()
	else: s.close(); t.listen(); time.sleep(60)
print(s.getsockname()[1], flush=True)
time.sleep(60)'

# listener ADDRESS PORT [NAME [ADDRESS]]: sets port and pid. It calls itself that,
# and has a child that listens at the other address.
listener()
{
	rm -f "$OUT/port"
	python3 -c "$server" "$@" >"$OUT/port" &
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
	wrong 2 "Error: 127.0.0.1:$port: $no_module." mobctl tcp enable --listen=":$port"
	wrong 2 "Error: nothing listens at exactly 127.0.0.2:$port in this network namespace: name the port alone, if a server takes what comes to any address." \
		mobctl tcp enable --listen "127.0.0.2:$port"
	listener ::1 "$port"
	wrong 2 "Error: [::1]:$port: $no_module." mobctl tcp enable --listen "[::1]:$port"
	listener :: 0
	wrong 2 "Error: [::]:$port: $no_module." mobctl tcp enable --listen ":$port"

	test_case "two servers of one interpreter, or of one name, are two"
	listener 127.0.0.1 0 sshd
	first=$pid
	listener 127.0.0.2 "$port" sshd
	wrong 1 "Error: several programs listen at :$port (sshd at 127.0.0.1:$port, pid $first; sshd at 127.0.0.2:$port, pid $pid): name the address, too." \
		mobctl tcp enable --listen ":$port"
	wrong 2 "Error: 127.0.0.2:$port: $no_module." mobctl tcp enable --listen "127.0.0.2:$port"
	kill "$pid"
	wait "$pid" 2>/dev/null
	listener 127.0.0.2 "$port" $'\e[2J\xff'
	wrong 1 "Error: several programs listen at :$port (sshd at 127.0.0.1:$port, pid $first; \x1b[2J\xff at 127.0.0.2:$port, pid $pid): name the address, too." \
		mobctl tcp enable --listen ":$port"

	test_case "of many sockets at a port none is passed over"
	# IPv6 comes after IPv4: another server there shows who has been looked at.
	: >"$OUT/port"
	python3 - "$port" >"$OUT/port" <<-'END' &
		import socket, sys, time
		ends = []
		for i in range(300):
		    s = socket.socket()
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
		    s.bind(("127.0.0.3", ends[0].getsockname()[1] if ends else 0))
		    s.listen()
		    ends.append(s)
		print(ends[0].getsockname()[1], flush=True)
		time.sleep(60)
	END
	many=$!
	bg_pids+=("$many")
	expect_soon "300 listen" 20000 test -s "$OUT/port"
	port=$(cat "$OUT/port")
	listener ::1 "$port" other
	mobctl tcp enable --listen ":$port" >"$OUT/said" 2>&1
	expect "status" 1 $?
	expect "the first says that there are others" 1 \
		"$(grep -c "^Error: several programs listen at :$port (python3 at 127.0.0.3:$port, pid $many; " "$OUT/said")"
	rm -f "$OUT/said"
	kill "$many"
	wait "$many" 2>/dev/null

	test_case "a server and its child are one"
	listener 127.0.0.1 0 worker 127.0.0.2
	listens() { [ "$(ss -Hltn "sport = :$port" | wc -l)" = 2 ]; }
	expect_soon "both listen" 10000 listens
	wrong 2 "Error: 127.0.0.1:$port: $no_module." mobctl tcp enable --listen ":$port"
	pkill -P "$pid"
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
