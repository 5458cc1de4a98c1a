#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Bounds: what a stranger can cost us. cn is flooded with SYNs that carry a
# Conn-Key, from addresses where nobody answers,
#
#	[bad]eth0 --- bad0[cn]     198.18.0.0/15 lies behind bad
#
# with SYN cookies in reserve, without, and always. Connections of mn live, and
# move, all the while. Then the limits of net.tcp_mobility, one by one, between
# two hosts of their own.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility

# ------------------------------------------------------------------ the flood

backlog=4096		# of xfer's listeners
ports=8			# that are flooded, from 6001 on
flood_port=6001
plain_port=7001		# without mobility
spare_port=7002		# with mobility, and not flooded
half=192		# octets of one half-open handshake (half.c)
pair=96			# of one key pair, if none were shared
syn=96			# of a saved SYN
slack=8192		# kB that all else may take
enough=4000
server_pids=()
pool=$(cat /sys/module/tcp_mobility/parameters/key_pool_size)
stop_flood=$OUT/.flood
sampling=$OUT/.sampling

setup_ns bad
topo_build
attach routed
# shellcheck disable=SC2154
link "$bad" eth0 "$cn" bad0
ip -n "$bad" addr add 198.51.100.2/24 dev eth0
ip -n "$bad" route add default via 198.51.100.1
ip -n "$cn" addr add 198.51.100.1/24 dev bad0
ip -n "$cn" route add 198.18.0.0/15 via 198.51.100.2
in_ns "$cn" sysctl -qw net.core.somaxconn=$backlog \
	net.ipv4.tcp_max_syn_backlog=$backlog
max_half=$(in_ns "$cn" sysctl -n net.tcp_mobility.max_half_open)

meminfo() { awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo; }
# KASAN keeps what was freed, up to a 32nd of the memory, with red zones around it.
# What is really lost kmemleak finds there.
! grep -qw kasan_report /proc/kallsyms || slack=$((slack + $(meminfo MemTotal) / 16))

# Octets of the kernel's own request socket.
request=$(awk '$1 == "request_sock_TCP" { print $4 }' /proc/slabinfo)
request=${request:-320}
# kB: all queues full of requests, the table full of handshakes, no pair shared.
limit=$(((ports * backlog * (request + syn) + max_half * (half + pair)) / 1024 + slack))

# sample: HalfOpenNow, Slab and MemFree of now, a line every 0.2 s.
sample()
{
	# shellcheck disable=SC2016
	in_ns "$cn" bash -c '
		while [ -e "$1" ]; do
			while read -r name value; do
				[ "$name" != HalfOpenNow ] || half=$value
			done </proc/net/tcp_mobility
			while read -r name value _; do
				case $name in
				Slab:)		slab=$value ;;
				MemFree:)	free=$value ;;
				esac
			done </proc/meminfo
			echo "$half $slab $free"
			sleep 0.2
		done' sample "$sampling" >"$OUT/.samples"
}

# column N max|min: of the samples.
column() { sort -n -k "$1,$1" "$OUT/.samples" | awk -v n="$1" -v w="$2" '
	w == "min" { print $n; exit } { v = $n } END { if (w == "max") print v }'; }

# connect PORT [CLIENT OPTIONS]: one connection from mn, 1000 octets each way;
# prints the milliseconds it took.
connect()
{
	local port=$1 start

	shift
	start=$(now_ms)
	in_ns "$mn" xfer client "$@" --timeout 20 --send 1000 --recv 1000 "$CN4" "$port" \
		>"$OUT/.connect" 2>&1 || { tail -n 1 "$OUT/.connect"; return 1; }
	echo $(($(now_ms) - start))
}

# expect_connect WHAT PORT [CLIENT OPTIONS]: within 5 s.
expect_connect()
{
	local what=$1

	shift
	expect_between "$what, ms" 1 5000 "$(connect "$@")"
}

half_is() { [ "$(mib "$1" HalfOpenNow)" = "$2" ]; }
# Looking often would take longer than waiting, under emulation.
half_is_slowly() { half_is "$@" || { sleep 3; return 1; }; }
# flood_is_on COOKIES: the table is full, or cookies are being sent.
flood_is_on()
{
	if [ "$1" = 2 ]; then
		[ $(($(netstat_mib "$cn" TcpExtSyncookiesSent) - cookies_before)) -ge 1000 ]
	else
		half_is "$cn" "$max_half"
	fi
}

# flood COOKIES COUNT: the whole case.
flood()
{
	local made made_ms agreed slab free said syns network_from=$network

	in_ns "$cn" sysctl -qw net.ipv4.tcp_syncookies="$1"
	# The bucket of the pool is full after ten quiet seconds.
	made=$(mib "$cn" KeyPairsMade)
	agreed=$(mib "$cn" Keyed)
	made_ms=$(now_ms)
	slab=$(meminfo Slab)
	free=$(meminfo MemFree)
	key_syns=$(mib "$cn" ConnKeySynIn)
	cookies_before=$(netstat_mib "$cn" TcpExtSyncookiesSent)
	rm -f "$stop_flood"
	: >"$sampling"
	sample &
	bg_pids+=("$!")
	sampler=$!
	bg in_ns "$bad" synflood --count "$2" --rate 40000 --ports $ports --until "$stop_flood" \
		198.18.0.0/15 "$CN4" $flood_port >"$OUT/.synflood"
	flood_pid=$bg_pid
	expect_soon "the flood is on: $([ "$1" = 2 ] && echo "cookies are sent" ||
		echo "$max_half handshakes are half-open")" 30000 flood_is_on "$1"

	expect_connect "a listener without mobility" $plain_port
	expect_connect "the same, asked for mobility" $plain_port --mobility
	expect_connect "a listener with mobility, plain SYN" $spare_port
	expect_connect "the same, SYN with Conn-Key" $spare_port --mobility
	if [ "$1" != 0 ]; then
		expect_connect "a flooded listener, plain SYN" $flood_port
		expect_connect "the same, SYN with Conn-Key" $((flood_port + 1)) --mobility
	fi
	# Without cookies a full queue takes no SYN of any kind.

	flows_mark
	detach $network
	[ $network = nat ] && network=routed || network=nat
	attach $network
	expect_moved 1 $enough "${flow_names[@]}"
	expect "the flood goes on" yes "$(kill -0 $flood_pid && echo yes || echo no)"

	: >"$stop_flood"
	wait $flood_pid
	expect "the flood's end" 0 $?
	said=$(cat "$OUT/.synflood")
	syns=${said#syns=}
	expect_between "SYNs sent ($said; from $network_from to $network)" "$2" 100000000 "${syns% *}"
	made=$(($(mib "$cn" KeyPairsMade) - made))
	made_ms=$(($(now_ms) - made_ms))
	rm -f "$sampling"
	wait "$sampler"

	key_syns=$(($(mib "$cn" ConnKeySynIn) - key_syns))
	note "SYNs with Conn-Key answered: $key_syns, cookies sent: $((
		$(netstat_mib "$cn" TcpExtSyncookiesSent) - cookies_before))"
	# The table may still hold some of the flood before.
	[ "$1" = 2 ] || expect_between "SYNs that asked for a key" $((max_half / 2)) 100000000 $key_syns
	agreed=$(($(mib "$cn" Keyed) - agreed))
	note "ECDH meanwhile: $made key pairs made, $agreed secrets computed"
	# What nobody completes costs none; mn's four may live a second.
	expect_between "secrets computed" 0 4 "$agreed"
	# A pool that was saved up, and a pool in ten seconds.
	expect_between "key pairs made in $made_ms ms" 0 \
		$((pool + pool * made_ms / 10000 + 2)) $made
	expect_between "most half-open handshakes at a time" 0 "$max_half" "$(column 1 max)"
	expect_between "kB of slab: $slab before, $(column 2 max) at most, $(meminfo Slab) now; more than at first" \
		-$slack "$limit" $(($(column 2 max) - slab_first))
	expect_between "kB free: $free before, $(column 3 min) at least, $(meminfo MemFree) now; less than at first" \
		-1000000 $((limit + 2 * slack)) $((free_first - $(column 3 min)))
}

keyed_again()
{
	connect $((flood_port + 2)) --mobility --wait-keyed 8000 >/dev/null || { sleep 0.5; return 1; }
}

test_case "before the flood: connections that may move"
round_begin flood
for port in $plain_port $spare_port $(seq $flood_port $((flood_port + ports - 1))); do
	# shellcheck disable=SC2046
	bg in_ns "$cn" xfer server $([ "$port" = $plain_port ] || echo --mobility) \
		--port "$port" --count 100 --send 1000 --timeout 0 >"$OUT/.server.$port" 2>&1
	server_pids+=("$bg_pid")
	wait_listen "$cn" "$port" || fail "listens on $port"
done
network=routed
# All of the story long.
flow_common=(--mobility --wait-keyed 20000 --timeout 280)
flow v4 mn "$CN4"
flow v6 mn "$CN6"
flow passive4 cn "$MN_ROUTED4"
flows_start
expect_connect "a listener without mobility" $plain_port
expect_connect "a listener with mobility, keyed" $flood_port --mobility --wait-keyed 8000
slab_first=$(meminfo Slab)
free_first=$(meminfo MemFree)

for cookies in 1 0 2; do
	case $cookies in
	0)	what="200,000 SYNs, no SYN cookies" count=200000 ;;
	1)	what="200,000 SYNs, SYN cookies when the queue is full" count=200000 ;;
	2)	what="50,000 SYNs, SYN cookies always" count=50000 ;;
	esac
	test_case "$what"
	flood "$cookies" "$count"
	[ $cookies != 2 ] || in_ns "$cn" sysctl -qw net.ipv4.tcp_syncookies=1
	test_case "$what: afterwards"
	start=$(now_ms)
	expect_soon "a new connection to a flooded listener may move" 60000 keyed_again
	note "after $(($(now_ms) - start)) ms"
	expect_connect "a plain one" $flood_port
done
flood_over=$(now_ms)

# ----------------------------------------------- limits, while that table ages

setup_ns client server
# shellcheck disable=SC2154
link "$client" eth0 "$server" eth0
ip -n "$client" addr add 10.9.0.1/24 dev eth0
ip -n "$server" addr add 10.9.0.2/24 dev eth0
ip -n "$server" route add 198.18.0.0/15 via 10.9.0.1

bg in_ns "$server" xfer server --mobility --port 5000 --count 100 --send 1000 --timeout 0 \
	>"$OUT/.server.limits" 2>&1
server_pids+=("$bg_pid")
wait_listen "$server" 5000

limit_set() { in_ns "$1" sysctl -qw "net.tcp_mobility.$2=$3"; }
keyed_is() { [ "$(mib "$1" KeyedNow)" = "$2" ]; }

# once [CLIENT OPTIONS]: a connection of 1000 octets each way; "STATE REASON" as
# the client had it, or what went wrong.
once()
{
	in_ns "$client" xfer client --mobility --info --send 1000 --recv 1000 "$@" \
		10.9.0.2 5000 >"$OUT/.once" 2>&1 || { tail -n 1 "$OUT/.once"; return 1; }
	sed -n 's/^info state=\([A-Z]*\) reason=\([a-z-]*\) .*/\1 \2/p' "$OUT/.once" | tail -n 1
}

# hold NAME: a connection that lasts until $OUT/.hold.NAME exists.
hold()
{
	bg in_ns "$client" xfer client --mobility --rate 2000 --until "$OUT/.hold.$1" \
		10.9.0.2 5000 >"$OUT/.hold.log.$1" 2>&1
}

test_case "max_connections at the passive opener"
limit_set "$server" max_connections 2
hold a
hold b
expect_soon "two connections have a secret" 20000 keyed_is "$server" 2
refused=$(mib "$server" FallbackLimit)
expect "the third is plain, and both ends know" "PLAIN peer" "$(once)"
expect "FallbackLimit" 1 $(($(mib "$server" FallbackLimit) - refused))
expect "with a secret" 2 "$(mib "$server" KeyedNow)"
: >"$OUT/.hold.a"
expect_soon "one closes" 20000 keyed_is "$server" 1
expect "its place is free" "KEYED none" "$(once --wait-keyed 8000)"
: >"$OUT/.hold.b"
expect_soon "all close" 20000 keyed_is "$server" 0

test_case "max_connections: two begin while there is room for one"
limit_set "$server" max_connections 1
refused=$(mib "$server" FallbackLimit)
hold c
hold d
expect_soon "one of them has lost" 20000 eval \
	'[ $(($(mib "$server" FallbackLimit) - refused)) = 1 ]'
expect_soon "one has a secret" 20000 keyed_is "$server" 1
: >"$OUT/.hold.c"
: >"$OUT/.hold.d"
expect_soon "all close" 20000 keyed_is "$server" 0
expect "both were right" 2 "$(cat "$OUT"/.hold.log.[cd] | grep -c ' errors=0 ')"
limit_set "$server" max_connections 262144

test_case "max_connections at the active opener"
limit_set "$client" max_connections 0
offered=$(mib "$client" ConnKeySynOut)
refused=$(mib "$client" FallbackLimit)
expect "a connection" "PLAIN limit" "$(once)"
expect "SYNs with Conn-Key" 0 $(($(mib "$client" ConnKeySynOut) - offered))
expect "FallbackLimit" 1 $(($(mib "$client" FallbackLimit) - refused))
limit_set "$client" max_connections 262144
expect "with room again" "KEYED none" "$(once --wait-keyed 8000)"

test_case "max_half_open"
expect_soon "no handshake is half-open" 20000 half_is "$server" 0
limit_set "$server" max_half_open 4
refused=$(mib "$server" FallbackLimit)
expect_success "20 SYNs" in_ns "$client" synflood --count 20 198.18.0.0/15 10.9.0.2 5000
expect "half-open" 4 "$(mib "$server" HalfOpenNow)"
expect "FallbackLimit" 16 $(($(mib "$server" FallbackLimit) - refused))
expect "one more" "PLAIN peer" "$(once)"
expect "FallbackLimit" 17 $(($(mib "$server" FallbackLimit) - refused))
limit_set "$server" max_half_open 5
expect "with room for one" "KEYED none" "$(once --wait-keyed 8000)"
limit_set "$server" max_half_open 0
expect "none at all" "PLAIN peer" "$(once)"
limit_set "$server" max_half_open 16384

# ------------------------------------------------------------- nothing is left

test_case "the connections from before the flood"
flows_stop
for name in "${flow_names[@]}"; do
	flow_exact "$name"
	expect "$name: moves of mn, moves that cn saw" "3 3" "$(flow_moves "$name")"
done

test_case "all is freed"
# An entry lives 65 s; one whose SYN-ACK was repeated late, three times its age.
expect_soon "no handshake of cn is half-open" 130000 half_is_slowly "$cn" 0
note "$(($(now_ms) - flood_over)) ms after the last flood"
expect_soon "nor of the other server" 130000 half_is_slowly "$server" 0
expect "connections with a secret" "0 0" "$(mib "$cn" KeyedNow) $(mib "$server" KeyedNow)"
expect_between "kB of slab more than before the flood" -100000 $slack $(($(meminfo Slab) - slab_first))
# keyed_again() gives up, with data unread, whenever it got no key.
round_checks "and not port $((flood_port + 2))"
round_end
kill "${server_pids[@]}"
expect_module_unused
flows_forget
rm -f "$flow_stop" "$OUT"/.mark "$OUT"/.now "$OUT"/.hold.* "$OUT"/.server.* \
	"$OUT/.once" "$OUT/.connect" "$OUT/.samples" "$OUT/.synflood" "$stop_flood"

tap_done
