#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Turning mobility on, and every way in which it stays off: loading the module,
# the socket interface, address families, peers and paths that know nothing of
# it. Whatever is not mobile must be plain TCP, unharmed: in each case the
# octets are compared.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

# ------------------------------------------------------------- the module

# Where the module is, as a file; empty if only modprobe knows.
module_file=$TOP_DIR/build/modules/tcp_mobility.ko
[ -e "$module_file" ] || module_file=$(modinfo -n tcp_mobility 2>/dev/null)
# The test machine has the module in its tree, but not in the tree's index.
[ "${TCPMOB_VM:-0}" != 1 ] || depmod -a

no_ulp='xfer client: TCP_ULP "mobility": No such file or directory'
# as_user COMMAND...: without any privilege.
as_user() { in_ns "$auto" su -s /bin/sh nobody -c "$(type -P "$1") ${*:2}"; }
is_loaded() { [ -d "/sys/module/$1" ]; }
unload() { ! is_loaded tcp_mobility || rmmod tcp_mobility; }
said_since() { dmesg | sed "1,/$1/d"; }

test_case "the module loads itself for setsockopt()"
if ! wait_for 10000 unload; then
	skip_case "tcp_mobility is in use on this machine"
elif ! modprobe -qn tcp-ulp-mobility; then
	skip_case "tcp_mobility is not installed where modprobe looks"
else
	setup_ns auto
	ip -n "$auto" link set lo up
	expect "an unprivileged user cannot load it" "$no_ulp" "$(as_user xfer client --mobility 127.0.0.1 9 2>&1)"
	expect "loaded" no "$(is_loaded tcp_mobility && echo yes || echo no)"
	# Nobody listens: the connection fails, the ULP is set before.
	in_ns "$auto" xfer client --mobility 127.0.0.1 9 >"$OUT/.auto" 2>&1
	expect "connect() after setsockopt()" "xfer client: connect: Connection refused" \
		"$(cat "$OUT/.auto")"
	expect "loaded" yes "$(is_loaded tcp_mobility && echo yes || echo no)"
	expect "then an unprivileged user may use it" "xfer client: connect: Connection refused" \
		"$(as_user xfer client --mobility 127.0.0.1 9 2>&1)"
	rm -f "$OUT/.auto"
fi

test_case "a bare insmod works or names what is missing"
wait_for 10000 unload
if is_loaded tcp_mobility; then
	skip_case "tcp_mobility is in use on this machine"
elif [ -z "$module_file" ]; then
	skip_case "no module file"
else
	modprobe -qr ecc 2>/dev/null
	if is_loaded ecc && [ -e /sys/module/ecc/initstate ]; then
		note "ecc is in use by others; only the success of insmod is tested"
	elif modinfo -n ecc 2>/dev/null | grep -q '^/'; then
		echo "tcpmob: insmod alone $$" >/dev/kmsg
		expect_failure "insmod without ecc" insmod "$module_file"
		expect_success "the log names ecc: $(said_since "tcpmob: insmod alone $$" |
			grep tcp_mobility: | head -n 1 | cut -c1-120)" \
			eval 'said_since "tcpmob: insmod alone $$" | grep "tcp_mobility:.*\<ecc\>"'
		expect_success "modprobe ecc" modprobe ecc
	else
		note "ecc is built into this kernel"
	fi
	expect_success "insmod" insmod "$module_file"
fi

need_module tcp_mobility

test_case "the module stays while a socket uses it"
if [ -z "$module_file" ]; then
	skip_case "no module file"
else
	setup_ns busy
	ip -n "$busy" link set lo up
	bg in_ns "$busy" xfer server --mobility --once --send 1000 --wait-keyed 20000 --hold-after 2 >"$OUT/.busy.server"
	server_pid=$bg_pid
	wait_listen "$busy" 5000
	expect_failure "rmmod with a listener" rmmod tcp_mobility
	expect "why" 1 "$(rmmod tcp_mobility 2>&1 | grep -c 'in use\|temporarily unavailable')"
	expect "references" 1 "$(module_uses)"
	bg in_ns "$busy" xfer client --mobility --recv 1000 --wait-keyed 20000 127.0.0.1 5000 >"$OUT/.busy"
	client_pid=$bg_pid
	expect_soon "listener, client and child" 10000 eval '[ "$(module_uses)" = 3 ]'
	expect_failure "rmmod with connections" rmmod tcp_mobility
	wait $client_pid
	expect "the client ends well" 0 $?
	wait $server_pid
	expect "the server ends well" 0 $?
	expect_soon "no reference is left" 10000 module_unused
	expect_success "rmmod" rmmod tcp_mobility
	rm -f "$OUT/.busy" "$OUT/.busy.server"
	insmod "$module_file" || modprobe tcp_mobility
	expect "loaded again" yes "$(is_loaded tcp_mobility && echo yes || echo no)"
fi
end_case

# ------------------------------------------------------- the socket interface

setup_ns host
first_keys
in_ns "$host" sockinfo >"$OUT/sockinfo.log" 2>&1
sockinfo_status=$?
while read -r line; do
	case $line in
	"ok "*"# SKIP "*)
		line=${line#ok }
		test_case "sockets: ${line#* - }"
		skip_case "${line#*# SKIP }" ;;
	"ok "*)	test_case "sockets: ${line#ok * - }" ;;
	"not ok "*)
		test_case "sockets: ${line#not ok * - }"
		fail "sockinfo: $line" ;;
	"# "*)	echo "$line" ;;
	esac
done <"$OUT/sockinfo.log"
test_case "sockinfo came to its end"
expect "exit status" 0 $sockinfo_status
expect_success "plan" grep -q '^1\.\.[1-9]' "$OUT/sockinfo.log"
[ "$cases_failed$case_failed" != 00 ] || rm -f "$OUT/sockinfo.log"

# ------------------------------------------------------------------ the network

topo_build
attach routed
flow_rate=0			# as fast as it goes

# amount NAME MN|CN ADDRESS [CLIENT OPTIONS [-- SERVER OPTIONS]]: a flow of
# 60 kB each way.
amount()
{
	local name=$1 client=() server=()

	shift
	client=("$1" "$2")
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do client+=("$1"); shift; done
	[ $# = 0 ] || shift
	server=("$@")
	flow "$name" "${client[@]}" --send 60000 --recv 60000 -- \
		--send 60000 --recv 60000 "${server[@]}"
}

# flows_run: start all flows and wait for their ends.
flows_run()
{
	flows_launch
	flows_stop
}

# kinds: what the flows get as options of both ends.
both=(--mobility --wait-keyed 20000)
none=()

test_case "all families and roles: keyed, transferred"
round_begin families
flow_common=("${both[@]}")
amount v4 mn "$CN4"
amount v6 mn "$CN6"
amount mappedclient mn "$CN4" --mapped
amount mappedserver mn "$CN4" -- --mapped
amount mappedboth mn "$CN4" --mapped -- --mapped
amount dual6 mn "$CN6" -- --mapped
amount v4back cn "$MN_ROUTED4"
amount v6back cn "$MN_ROUTED6"
amount mappedback cn "$MN_ROUTED4" --mapped -- --mapped
flows_run
for name in "${flow_names[@]}"; do
	case $name in
	v4)		what="AF_INET" ;;
	v6)		what="AF_INET6" ;;
	mappedclient)	what="v4-mapped client, AF_INET server" ;;
	mappedserver)	what="AF_INET client, v4-mapped server" ;;
	mappedboth)	what="v4-mapped on both ends" ;;
	dual6)		what="IPv6 on a listener for both" ;;
	v4back)		what="AF_INET, opened by the other host" ;;
	v6back)		what="AF_INET6, opened by the other host" ;;
	mappedback)	what="v4-mapped, opened by the other host" ;;
	esac
	test_case "$what"
	flow_exact "$name"
	expect "states" "KEYED KEYED" "$(flow_state "$name" mn) $(flow_state "$name" cn)"
done
test_case "all families: no trace"
round_checks
# The SYN and the SYN-ACK of each, and the key data on ACKs without data.
expect "SYNs and SYN-ACKs with Conn-Key on IPv4" 12 "$(tcpdump -n -v -r "$round_pcap" \
	'ip and tcp[13] & 2 != 0' 2>/dev/null | grep -c 'unknown-253')"
expect "segments with option 253 and data on IPv4" 0 "$(tcpdump -n -v -r "$round_pcap" \
	'ip and tcp[13] & 2 = 0' 2>/dev/null | grep 'unknown-253' | grep -vc 'length 0')"
round_end
flows_forget

# ---------------------------------------------------------- peers without it

# expect_plain NAME CLIENT_STATE SERVER_STATE [REASON of the client]
expect_plain()
{
	local client=${flow_client_ns[$1]}

	flow_exact "$1"
	expect "state of the client" "$2" "$(flow_state "$1" "$client")"
	expect "state of the server" "$3" "$(flow_state "$1" "$(other_end "$client")")"
	[ $# -lt 4 ] || expect "reason at the client" "$4" "$(flow_reason "$1" "$client")"
}

# options_253 FLOW: segments of it with option 253.
options_253()
{
	tcpdump -n -v -r "$round_pcap" "port ${flow_ports[$1]}" 2>/dev/null |
		grep -c 'unknown-253'
}

test_case "one end without mobility, or both"
round_begin peers
flow_common=()
amount client4 mn "$CN4" --mobility
amount client6 mn "$CN6" --mobility
amount server4 mn "$CN4" -- --mobility
amount server6 mn "$CN6" -- --mobility
amount plain4 mn "$CN4"
amount plain6 mn "$CN6"
amount plainmapped cn "$MN_ROUTED4" --mapped
flows_run
for name in client4 client6; do
	test_case "the server does not use it (${name#client})"
	expect_plain $name PLAIN NONE peer
done
for name in server4 server6; do
	test_case "the client does not use it (${name#server})"
	expect_plain $name NONE NONE
done
test_case "neither uses it: nothing of ours on the wire"
for name in plain4 plain6 plainmapped; do
	expect_plain $name NONE NONE
done
round_checks
for name in plain4 plain6 plainmapped server4 server6; do
	expect "$name: segments with option 253" 0 "$(options_253 $name)"
done
for name in client4 client6; do
	expect_between "$name: segments with option 253 (the SYN)" 1 3 "$(options_253 $name)"
done
round_end
flows_forget

# ------------------------------------------------- paths that take it away

# strip WHERE MATCH...: r1 turns option 253 of what matches into NOPs.
strip()
{
	in_ns "$r1" nft "add table inet strip;
		add chain inet strip forward { type filter hook forward priority -10; };
		add rule inet strip forward $* counter reset tcp option 253"
}
stripped() { in_ns "$r1" nft list table inet strip | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }

# through WHAT MATCH: flows over a path that strips.
through()
{
	test_case "$1"
	round_begin "$2"
	strip "$3" || { skip_case "this nft cannot take options away"; return 1; }
	flow_common=(--mobility)
	amount client4 mn "$CN4"
	amount client6 mn "$CN6"
	amount passive4 cn "$MN_ROUTED4"
	flows_run
	expect_between "segments that went past the rule" 3 100000 "$(stripped)"
	in_ns "$r1" nft delete table inet strip
}

if through "Conn-Key is taken from the SYN" strip-syn 'tcp flags & (syn | ack) == syn'; then
	for name in "${flow_names[@]}"; do
		expect_plain $name PLAIN NONE peer
	done
	round_checks
fi
round_end
flows_forget

if through "Conn-Key is taken from the SYN-ACK" strip-synack 'tcp flags & (syn | ack) == (syn | ack)'; then
	for name in "${flow_names[@]}"; do
		expect_plain $name PLAIN KEYING peer
	done
	round_checks
fi
round_end
flows_forget

if through "Conn-Key-Cont is taken from all that follows" strip-cont 'tcp flags & syn == 0'; then
	for name in "${flow_names[@]}"; do
		expect_plain $name KEYING KEYING
	done
	round_checks
fi
round_end
flows_forget

# ----------------------------------------------------- SYNs without room

test_case "SYN cookies"
round_begin cookies
cookies=$(netstat_mib "$cn" TcpExtSyncookiesRecv)
in_ns "$cn" sysctl -qw net.ipv4.tcp_syncookies=2
flow_common=(--mobility)
amount client4 mn "$CN4"
amount client6 mn "$CN6"
amount mapped mn "$CN4" --mapped -- --mapped
flows_run
for name in "${flow_names[@]}"; do
	expect_plain $name PLAIN NONE peer
done
expect "connections by cookie" 3 $(($(netstat_mib "$cn" TcpExtSyncookiesRecv) - cookies))
in_ns "$cn" sysctl -qw net.ipv4.tcp_syncookies=1
round_checks
round_end
flows_forget

test_case "TCP Fast Open, first to get a cookie, then with it"
round_begin fastopen
in_ns "$mn" sysctl -qw net.ipv4.tcp_fastopen=3
in_ns "$cn" sysctl -qw net.ipv4.tcp_fastopen=3
flow_common=(--mobility --fastopen)
passive=$(netstat_mib "$cn" TcpExtTCPFastOpenPassive)
amount cookie4 mn "$CN4"
amount cookie6 mn "$CN6"
flows_run
# The cookie takes the room of the SYN-ACK.
for name in "${flow_names[@]}"; do
	expect_plain "$name" PLAIN NONE peer
done
expect "connections with data on the SYN" 0 $(($(netstat_mib "$cn" TcpExtTCPFastOpenPassive) - passive))
flows_forget
# fast_open NAME REASON: two flows with data on the SYN; both ends are plain TCP, the
# client for that reason.
fast_open()
{
	local passive refused

	passive=$(netstat_mib "$cn" TcpExtTCPFastOpenPassive)
	refused=$(mib "$cn" FallbackFastOpen)
	amount "${1}4" mn "$CN4"
	amount "${1}6" mn "$CN6"
	flows_run
	for name in "${flow_names[@]}"; do
		expect_plain "$name" PLAIN NONE "$2"
	done
	expect "connections with data on the SYN" 2 $(($(netstat_mib "$cn" TcpExtTCPFastOpenPassive) - passive))
	expect "FallbackFastOpen of cn" 2 $(($(mib "$cn" FallbackFastOpen) - refused))
}
# syns NAME PATTERN...: SYNs of the flow with data whose line matches all.
syns()
{
	local seen pattern

	seen=$(tcpdump -n -v -r "$round_pcap" "port ${flow_ports[$1]}" 2>/dev/null |
		grep 'Flags \[S\]' | grep -v 'length 0$')
	shift
	for pattern in "$@"; do seen=$(grep -e "$pattern" <<<"$seen"); done
	grep -c . <<<"$seen"
}
refused=$(mib "$mn" FallbackNoRoom)
fast_open cookie no-room
expect "FallbackNoRoom of mn" 2 $(($(mib "$mn" FallbackNoRoom) - refused))
round_checks
expect "SYNs with data, a cookie and no Conn-Key" "1 1" "$(syns cookie4 'tfo ') $(syns cookie6 'tfo ')"
expect "segments with option 253" "0 0" "$(options_253 cookie4) $(options_253 cookie6)"
round_end
flows_forget

test_case "TCP Fast Open, the cookie leaves room: the server does without Conn-Key"
round_begin fastopen-room
in_ns "$mn" sysctl -qw net.ipv4.tcp_timestamps=0
offered=$(mib "$mn" ConnKeySynOut)
fast_open room peer
expect "SYNs with Conn-Key" 2 $(($(mib "$mn" ConnKeySynOut) - offered))
round_checks
expect "SYNs with data, a cookie and Conn-Key" "1 1" \
	"$(syns room4 'tfo ' unknown-253) $(syns room6 'tfo ' unknown-253)"
round_end
flows_forget

test_case "TCP Fast Open, the SYN with data is lost: the next has Conn-Key and is mobile"
round_begin fastopen-lost
in_ns "$r1" nft 'add table inet strip;
	add chain inet strip forward { type filter hook forward priority -10; };
	add rule inet strip forward tcp flags & (syn | ack) == syn meta length > 120 counter drop'
amount lost4 mn "$CN4" --hold-after 3 -- --hold-after 3
amount lost6 mn "$CN6" --hold-after 3 -- --hold-after 3
flows_run
expect_between "SYNs that were lost" 2 4 "$(stripped)"
in_ns "$r1" nft delete table inet strip
for name in "${flow_names[@]}"; do
	flow_exact "$name"
	expect "$name: states" "KEYED KEYED" "$(flow_state "$name" mn) $(flow_state "$name" cn)"
done
in_ns "$mn" sysctl -qw net.ipv4.tcp_timestamps=1
round_checks
round_end
flows_forget

test_case "TCP-MD5"
if in_ns "$mn" xfer client --md5 secret --timeout 1 127.0.0.1 9 2>&1 | grep -q TCP_MD5SIG; then
	skip_case "no TCP-MD5 in this kernel"
else
	round_begin md5
	flow_common=(--mobility --md5 secret)
	amount md54 mn "$CN4"
	amount md56 mn "$CN6"
	flows_run
	for name in "${flow_names[@]}"; do
		expect_plain "$name" PLAIN NONE no-room
	done
	expect "segments with option 253" "0 0" "$(options_253 md54) $(options_253 md56)"
	round_checks
	round_end
	flows_forget
fi

# -------------------------------------- plain sockets, with the module and without

# exchange NAME CLIENT-NS SERVER-NS ADDRESS [CLIENT OPTIONS [-- SERVER OPTIONS]]. No
# end closes before what came is acknowledged: whether a FIN does that, too, is a race
# between a program and a timer.
exchange()
{
	local name=$1 from=$2 to=$3 addr=$4 client=(--timeout 60 --hold-after 1)

	shift 4
	while [ $# -gt 0 ] && [ "$1" != -- ]; do client+=("$1"); shift; done
	[ $# = 0 ] || shift
	port=$((port + 1))
	case $addr in *:*) set -- -6 "$@" ;; esac
	bg in_ns "$to" xfer server --port $port --once --timeout 60 --hold-after 1 "$@" >"$OUT/plain.$name.server" 2>&1
	exchange_pids+=("$bg_pid")
	wait_listen "$to" $port
	[ "$name" != reset ] || in_ns "$net" nft "add table inet forge;
		add chain inet forge forward { type filter hook forward priority 0; };
		add rule inet forge forward tcp dport $port meta length > 500 limit rate over 1/hour burst 3 packets reject with tcp reset"
	bg in_ns "$from" xfer client "${client[@]}" "$addr" $port >"$OUT/plain.$name.client" 2>&1
	exchange_pids+=("$bg_pid")
	exchange_list+=("$name $port $bg_pid")
}

# segments PORT: those of one connection, first one way, then the other: flags,
# numbers behind the first ones, options in their order, length; of SYNs the window.
segments()
{
	tcpdump -n -r "$OUT/plain.pcap" "port $1" 2>/dev/null | sed -E "
		s/^[0-9:.]* //
		s/\.$1( |:)/.server\1/; s/\.[0-9]+( >|: )/.client\1/
		s/(Flags \[S\.?\], seq )[0-9]+/\1ISN/; /ISN/s/ack [0-9]+/ack ISN+1/
		/ISN/!s/ win [0-9]+,?//; s/(\\[R\\], seq )[0-9]+/\\1N/
		s/TS val [0-9]+ ecr 0/TS val T ecr 0/; s/TS val [0-9]+ ecr [1-9][0-9]*/TS val T ecr T/" |
		sort -s -k2,2
}

# exchanges ROUND [OPTION]: the same octets at the same pace; OPTION of one listener.
# $OUT/.plain.ROUND says what was on mn's cable.
exchanges()
{
	# A slow machine must not join what is sent a tenth of a second apart.
	local round=$1 name pid slow=${TEST_SLOW:-1}
	local each="--send 8000 --chunk 1000 --rate $((10000 / slow))"

	shift
	port=6100
	exchange_pids=()
	exchange_list=()
	capture_start "$mn" wlan0 plain tcp
	# shellcheck disable=SC2086
	{
	exchange up4 "$mn" "$cn" "$CN4" $each
	exchange up6 "$mn" "$cn" "$CN6" $each
	exchange down4 "$mn" "$cn" "$CN4" --recv 8000 -- $each
	exchange back6 "$cn" "$mn" "$MN_ROUTED6" $each
	exchange mapped "$mn" "$cn" "$CN4" --mapped --recv 8000 $each -- --mapped --hold $((2 * slow)) $each
	exchange listener "$mn" "$cn" "$CN4" --recv 8000 -- "$@" $each
	exchange reset "$mn" "$cn" "$CN4" $each
	}
	reset_ms=$(now_ms)
	wait "$bg_pid"
	reset_ms=$(($(now_ms) - reset_ms))
	while read -r name _ pid; do
		wait "$pid" || [ "$name" = reset ] || fail "$round: the client of $name" "" "$(cat "$OUT/plain.$name.client")"
	done < <(printf '%s\n' "${exchange_list[@]}")
	expect_success "$round: the fourth segment is answered by a RST; the program gets ECONNRESET" \
		grep -q 'Connection reset by peer' "$OUT/plain.reset.client"
	expect_between "$round: at once: ms from the beginning" $((250 * slow)) $((700 * slow)) $reset_ms
	expect "$round: sockets of it on mn" "" "$(in_ns "$mn" ss -Htan "dport = :$port")"
	capture_flush
	in_ns "$net" nft delete table inet forge
	kill "${exchange_pids[@]}" 2>/dev/null
	while read -r name port _; do
		segments "$port" | sed "s/^/$name /"
	done < <(printf '%s\n' "${exchange_list[@]}") >"$OUT/.plain.$round"
}

test_case "plain sockets beside mobile ones: what is on the wire"
bg in_ns "$cn" xfer server --mobility --port 6200 --timeout 0 >"$OUT/plain.mobile" 2>&1
mobile_pid=$bg_pid
wait_listen "$cn" 6200
bg in_ns "$mn" xfer client --mobility --wait-keyed 20000 --rate 1000 --until "$flow_stop" "$CN4" 6200 \
	>"$OUT/plain.keyed" 2>&1
keyed_pid=$bg_pid
expect_soon "a mobile connection is keyed" 20000 grep -q keyed "$OUT/plain.keyed"
exchanges beside --mobility
: >"$flow_stop"
expect_soon "it ends" 20000 pids_gone $keyed_pid
kill $mobile_pid 2>/dev/null
rm -f "$flow_stop"
expect_between "segments" 150 200 "$(wc -l <"$OUT/.plain.beside")"
expect "window scale on SYNs and SYN-ACKs" 14 "$(grep -c 'ISN.*,wscale [0-9]' "$OUT/.plain.beside")"
expect "a RST, and nothing behind it" 1 "$(grep -c '^reset .*Flags \[R' "$OUT/.plain.beside")"

test_case "no reference to the module is left"
expect_module_unused

test_case "plain sockets without the module: the same, segment by segment"
expect_success "rmmod" rmmod tcp_mobility
exchanges without
expect "loaded" no "$(is_loaded tcp_mobility && echo yes || echo no)"
expect "what differs" "" "$(diff "$OUT/.plain.without" "$OUT/.plain.beside" | head -n 20)"
insmod "$module_file" 2>/dev/null || modprobe tcp_mobility
expect "loaded again" yes "$(is_loaded tcp_mobility && echo yes || echo no)"

[ "$cases_failed$case_failed" != 00 ] || rm -f "$OUT"/plain.* "$OUT"/.plain.*
rm -f "$flow_stop" "$OUT"/.mark "$OUT"/.now

tap_done
