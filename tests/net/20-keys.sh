#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The key exchange of draft Section 4, between two kernels and between a kernel
# and a peer driven by hand (tests/prog/rawpeer.c).
#
# Two kernels use the network of tests/lib.sh, mn to cn. The hand-driven peer
# sits on a cable of its own:
#
#	[kn] eth0 ------------------ eth0 [rp]
#	     198.51.100.1    198.51.100.2, .3
#	     xfer, mobile            rawpeer
#
# LONG=1 adds a case of four minutes: a peer that never sends its key, to the
# very end.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

KN=198.51.100.1
RP=198.51.100.2
RP2=198.51.100.3

need_module tcp_mobility

raw_build()
{
	setup_ns kn rp
	link "$kn" eth0 "$rp" eth0
	ip -n "$kn" addr add $KN/24 dev eth0
	ip -n "$rp" addr add $RP/24 dev eth0
	ip -n "$rp" addr add $RP2/24 dev eth0
	# rawpeer verifies checksums and wants segments as they are on a wire.
	in_ns "$kn" ethtool -K eth0 tx off >/dev/null ||
		tap_skip_all "ethtool cannot switch checksum offload off"
	# The kernel of rp knows nothing of rawpeer's connections.
	in_ns "$rp" nft -f - <<-END || topo_no_nft
	table inet rawpeer {
		chain out {
			type filter hook output priority filter; policy accept;
			tcp flags rst meta mark != 0x7261 drop
		}
	}
	END
}

# -- counters ---------------------------------------------------------------

# mark NS: count from here. counted NS NAME: since the last mark.
mark() { in_ns "$1" cat /proc/net/tcp_mobility >"$OUT/.mark-$1" 2>/dev/null; }

counted()
{
	echo $(($(mib "$1" "$2") -
		$(awk -v n="$2" '$1 == n { v = $2 } END { print v + 0 }' "$OUT/.mark-$1")))
}

# expect_mib NS NAME VALUE / expect_mib NS NAME LOW HIGH
expect_mib()
{
	if [ $# = 3 ]; then
		expect "$2" "$3" "$(counted "$1" "$2")"
	else
		expect_between "$2" "$3" "$4" "$(counted "$1" "$2")"
	fi
}

# -- two kernels --------------------------------------------------------------

port=5000

# pair HOST: start a server on cn and a client on mn; set pair_pids. The
# options of both are in the arrays server and client.
pair()
{
	port=$((port + 1))
	bg in_ns "$cn" xfer server --mobility --port $port --info --timeout 90 \
		"${server[@]}" >"$OUT/server-$port.log" 2>&1
	pair_pids=("$bg_pid")
	wait_listen "$cn" $port
	bg in_ns "$mn" xfer client --mobility --info --timeout 90 \
		"${client[@]}" "$1" $port >"$OUT/client-$port.log" 2>&1
	pair_pids+=("$bg_pid")
}

# pair_end PORT PID...: both succeed, and every connection was KEYED.
pair_end()
{
	local p=$1 end pid

	shift
	for pid in "$@"; do
		wait "$pid" || fail "exit status of a program" 0 $?
	done
	for end in server client; do
		expect "states at the end of the $end" "state=KEYED" \
			"$(sed -n 's/^info \(state=[A-Z]*\).*/\1/p' "$OUT/$end-$p.log" |
			   sort -u | tr '\n' ' ' | sed 's/ $//')" ||
			sed 's/^/# /' "$OUT/$end-$p.log"
	done
}

kernel_cases()
{
	local host idle=() oneway=()

	# One octet each way once it is keyed: nothing but ACKs before.
	test_case "two kernels, idle connection: the keys cross on ACKs alone"
	mark "$mn"; mark "$cn"
	for host in "$CN4" "$CN6"; do
		server=(--wait-keyed 30000 --send 1 --recv 1)
		[ "$host" = "$CN4" ] || server+=(-6)
		client=(--wait-keyed 30000 --send 1 --recv 1)
		pair "$host"
		idle+=("$port ${pair_pids[*]}")
	done
	# shellcheck disable=SC2086
	for host in "${idle[@]}"; do pair_end $host; done
	for host in "$mn" "$cn"; do
		expect_mib "$host" Keyed 2
		expect_mib "$host" ContOut 2 10
		expect_mib "$host" ContConflict 0
	done
	expect_mib "$mn" ConnKeySynOut 2
	expect_mib "$cn" ConnKeySynIn 2
	expect_mib "$cn" ConnKeySynAckOut 2
	expect_mib "$mn" ConnKeySynAckIn 2

	test_case "two kernels, one-way data: only the client sends, only the server sends"
	mark "$mn"; mark "$cn"
	server=(--recv 200k); client=(--send 200k --rate 30k)
	pair "$CN4"
	oneway+=("$port ${pair_pids[*]}")
	server=(--send 200k --rate 30k); client=(--recv 200k)
	pair "$CN4"
	oneway+=("$port ${pair_pids[*]}")
	# shellcheck disable=SC2086
	for host in "${oneway[@]}"; do pair_end $host; done
	expect_mib "$mn" Keyed 2
	expect_mib "$cn" Keyed 2

	test_case "two kernels, 10 % loss each way: five connections are keyed within 30 s"
	mark "$mn"; mark "$cn"
	set_path 20 10
	server=(--count 5 --wait-keyed 30000 --send 1 --recv 1)
	client=(--count 5 --wait-keyed 30000 --send 1 --recv 1)
	pair "$CN4"
	pair_end $port "${pair_pids[@]}"
	set_path 20
	expect_mib "$mn" Keyed 5
	expect_mib "$cn" Keyed 5
	expect_mib "$mn" ContConflict 0
	expect_mib "$cn" ContConflict 0
}

# -- a kernel and the hand-driven peer ---------------------------------------

# The peer has K and computes the token: the kernel answers its Loc-Update.
PROOF="loc-update 7 0 0 from $RP2 4000
expect-synack 5000
data 100
expect-acked 5000"

# kernel_server [XFER OPTION]...: a mobile server on kn; its number is $app.
kernel_server()
{
	port=$((port + 1))
	mark "$kn"
	bg in_ns "$kn" xfer server --mobility --port $port --info --timeout 120 \
		"$@" >"$OUT/app-$port.log" 2>&1
	app=$bg_pid
	wait_listen "$kn" $port
}

# raw_client: the peer connects to the server; its script is on stdin.
raw_client()
{
	raw_end "$port" --local $RP $((port + 30000)) --remote $KN "$port"
}

# raw_end PORT OPTION...: run it, and show what it did if it was wrong.
raw_end()
{
	local log=$OUT/peer-$1.log

	shift
	if in_ns "$rp" rawpeer "$@" >"$log" 2>&1; then
		ok "the peer saw what it expected"
		[ "${KEEP_PCAP:-0}" = 0 ] || sed 's/^/#   /' "$log"
	else
		fail "the peer" "all held" "$(tail -n 1 "$log")"
		sed 's/^/#   /' "$log"
	fi
}

# raw_server SCRIPT [XFER OPTION]...: the peer listens, then the kernel's xfer
# connects to it.
raw_server()
{
	local script=$1 peer

	shift
	port=$((port + 1))
	mark "$kn"
	in_ns "$rp" rawpeer --local $RP $port <<<"$script" >"$OUT/peer-$port.log" 2>&1 &
	peer=$!
	bg_pids+=("$peer")
	wait_for 10000 grep -q ready "$OUT/peer-$port.log"
	bg in_ns "$kn" xfer client --mobility --info --timeout 120 "$@" $RP $port \
		>"$OUT/app-$port.log" 2>&1
	app=$bg_pid
	if wait "$peer"; then
		ok "the peer saw what it expected"
		[ "${KEEP_PCAP:-0}" = 0 ] || sed 's/^/#   /' "$OUT/peer-$port.log"
	else
		fail "the peer" "all held" "$(tail -n 1 "$OUT/peer-$port.log")"
		sed 's/^/#   /' "$OUT/peer-$port.log"
	fi
}

# expect_app STATE REASON: the program is content; what its socket said last.
expect_app()
{
	wait "$app" || fail "exit status of xfer" 0 $?
	expect "state of the kernel's socket" "state=$1 reason=$2" \
		"$(sed -n 's/^info \(state=[^ ]* reason=[^ ]*\) .*/\1/p' "$OUT/app-$port.log")" ||
		sed 's/^/# /' "$OUT/app-$port.log"
}

# expect_app_reset: the program got ECONNRESET.
expect_app_reset()
{
	wait "$app" && fail "exit status of xfer" 1 0
	expect "errors of the application" 1 \
		"$(grep -c 'Connection reset by peer' "$OUT/app-$port.log")" ||
		sed 's/^/# /' "$OUT/app-$port.log"
}

# each_octet FROM TO: Conts of one octet each, seven per segment.
each_octet()
{
	local i n=0 line=

	for ((i = $1; i < $2; i++)); do
		line="$line cont $i 1"
		if ((++n % 7 == 0)); then
			echo "seg$line"
			line=
		fi
	done
	[ -z "$line" ] || echo "seg$line"
}

# key_arrives HOW STEPS: the peer's key comes cut as STEPS say, to a kernel that
# listens, and is used.
key_arrives()
{
	test_case "listener: the peer's key comes $1"
	kernel_server --wait-keyed 30000 --send 1
	raw_client <<-END
	$2
	expect-cont 9 16 5000
	expect-confirm 5000
	confirm
	recv 1 20000
	$PROOF
	close
	END
	expect_app KEYED none
	expect_mib "$kn" ConnKeySynIn 1
	expect_mib "$kn" Keyed 1
	expect_mib "$kn" ContConflict 0
	expect_mib "$kn" UpdateAccepted 1
}

listener_key_cases()
{
	key_arrives "whole" "connect
		cont 9 16"
	key_arrives "whole, on the ACK that makes the connection" "syn
		expect-synack 5000
		cont 9 16"
	key_arrives "in part on the ACK that makes the connection" "syn
		expect-synack 5000
		cont 11 7
		cont 18 7
		cont 9 2"
	key_arrives "in pieces of one octet" "connect
		$(each_octet 9 25)"
	key_arrives "in pieces that overlap" "connect
		cont 9 5
		cont 12 8
		cont 10 15"
	key_arrives "in reversed order" "connect
		cont 20 5
		cont 13 7
		cont 9 4"
	key_arrives "as several options of one segment" "connect
		seg cont 15 10 cont 9 6"
	key_arrives "on segments with data" "connect
		data 100 cont 9 8
		data 100 cont 17 8
		expect-acked 5000"
	key_arrives "on data that overtakes other data" "connect
		seg seq 100 data 50 cont 9 16
		data 100
		data 50
		expect-acked 5000"
	key_arrives "with duplicates" "connect
		seg times 3 cont 9 8
		seg times 3 cont 9 16
		cont 17 8"
	key_arrives "without Timestamps" "ts off
		connect
		cont 9 16"
	key_arrives "with the sign of a compressed point, 2" "key first 2
		connect
		cont 9 16"
	key_arrives "with the sign of a compressed point, 3" "key first 3
		connect
		cont 9 16"
	key_arrives "behind Conts that fit no key" "connect
		seg cont 25 3
		seg cont 24 4
		seg cont 8 4 xor 1
		seg cont 0 9 xor 1
		cont 9 16"
}

# key_refused HOW REASON COUNTER STEPS: no secret comes of it; the connection is
# plain TCP and carries data.
key_refused()
{
	test_case "listener: $1: plain TCP, and it works"
	kernel_server --hold 2.5 --send 3000
	raw_client <<-END
	$4
	data 1000
	recv 3000 20000
	expect-acked 5000
	expect-no-rst 100
	close
	END
	if [ "$2" = none ]; then
		expect_app NONE none
		expect_mib "$kn" ContOut 0
	else
		expect_app PLAIN "$2"
	fi
	[ -z "$3" ] || expect_mib "$kn" "$3" 1
	expect_mib "$kn" Keyed 0
	expect_mib "$kn" ConflictReset 0
}

listener_refusal_cases()
{
	local exchange="connect
		cont 9 16
		expect-confirm 5000
		confirm"

	key_refused "a key off the curve" bad-key FallbackBadKey "key off-curve
		$exchange"
	key_refused "the key zero" bad-key FallbackBadKey "key zero
		$exchange"
	key_refused "the key p, out of range" bad-key FallbackBadKey "key p
		$exchange"
	key_refused "a first octet of 4" bad-key FallbackBadKey "key first 4
		$exchange"
	key_refused "an unknown curve" none FallbackCurve "conn-key 7
		connect
		expect-no-conn-key
		cont 9 16
		expect-no-cont 1000"
	key_refused "a SYN without Conn-Key" none FallbackPeer "no-conn-key
		connect
		expect-no-conn-key
		cont 9 16
		expect-no-cont 1000"
}

conflict_cases()
{
	test_case "listener: key data that differs resets the connection"
	kernel_server
	raw_client <<-END
	connect
	data 100
	expect-acked 5000
	cont 9 8
	cont 12 8 xor 0x20
	expect-rst 5000
	END
	expect_app_reset
	expect_mib "$kn" ConflictReset 1
	expect_mib "$kn" ContConflict 1

	test_case "listener: so does data that differs within one segment"
	kernel_server
	raw_client <<-END
	connect
	seg cont 9 8 cont 16 3 xor 1
	expect-rst 5000
	END
	expect_app_reset
	expect_mib "$kn" ConflictReset 1

	test_case "listener: and after the exchange, too"
	kernel_server --wait-keyed 30000 --send 1
	raw_client <<-END
	connect
	cont 9 16
	expect-cont 9 16 5000
	confirm
	recv 1 20000
	cont 24 1 xor 1
	expect-rst 5000
	END
	expect_app_reset
	expect_mib "$kn" ConflictReset 1

	test_case "listener: key data that differs on an unacceptable segment is ignored"
	kernel_server --wait-keyed 30000 --send 1
	raw_client <<-END
	connect
	cont 9 8
	seg seq 300000 cont 9 8 xor 1
	seg seq -300000 cont 9 8 xor 1
	seg ack 100000 cont 9 8 xor 1
	seg ack -300000 cont 9 8 xor 1
	seg bad-sum cont 9 8 xor 1
	expect-no-rst 500
	cont 17 8
	expect-cont 9 16 5000
	expect-confirm 5000
	confirm
	recv 1 20000
	$PROOF
	close
	END
	expect_app KEYED none
	expect_mib "$kn" ConflictReset 0
	expect_mib "$kn" ContConflict 0
	expect_mib "$kn" ContIgnored 4
	expect_mib "$kn" ChecksumBad 1
}

retransmission_cases()
{
	test_case "listener: a repeated SYN-ACK has the same options"
	kernel_server --wait-keyed 30000 --send 1
	raw_client <<-END
	syn
	expect-synack 5000
	expect-conn-key
	expect-identical 1 10000		# by the kernel's timer
	syn
	expect-identical 1 10000		# because of our SYN
	ack
	cont 9 16
	expect-cont 9 16 5000
	confirm
	recv 1 20000
	$PROOF
	close
	END
	expect_app KEYED none
	expect_mib "$kn" ConnKeySynIn 1
	expect_mib "$kn" ConnKeySynAckOut 3 9

	test_case "client: a repeated SYN has the same options"
	raw_server "expect-syn 10000
		expect-conn-key
		expect-identical 2 20000
		synack
		expect-cont 9 16 5000
		cont 9 16
		confirm
		recv 1 20000
		close" --wait-keyed 30000 --send 1
	expect_app KEYED none
	expect_mib "$kn" ConnKeySynOut 3 9
}

# client_key HOW STEPS: the kernel connects, the peer answers as STEPS say.
client_key()
{
	test_case "client: the peer's key comes $1"
	raw_server "$2
		expect-cont 9 16 5000
		expect-confirm 5000
		confirm
		recv 1 20000
		$PROOF
		close" --wait-keyed 30000 --send 1 --recv 100
	expect_app KEYED none
	expect_mib "$kn" Keyed 1
	expect_mib "$kn" UpdateAccepted 1
}

# client_plain HOW REASON COUNTER STEPS
client_plain()
{
	test_case "client: $1: plain TCP, and it works"
	raw_server "$4
		data 1000
		recv 3000 20000
		expect-acked 5000
		expect-no-rst 100
		close" --hold 2.5 --send 3000 --recv 1000
	expect_app PLAIN "$2"
	expect_mib "$kn" "$3" 1
	expect_mib "$kn" Keyed 0
}

client_cases()
{
	client_key "whole" "accept
		cont 9 16"
	client_key "in pieces of one octet" "accept
		$(each_octet 9 25)"
	client_key "in pieces that overlap, reversed" "accept
		cont 18 7
		cont 12 10
		cont 9 6"
	client_key "on segments with data" "accept
		data 10 cont 9 8 cont 17 1
		data 10 cont 18 7"
	client_key "with the sign of a compressed point" "key first 3
		accept
		cont 9 16"

	client_plain "a SYN-ACK without Conn-Key" peer FallbackPeer "no-conn-key
		accept
		expect-conn-key
		cont 9 16
		expect-no-cont 1500"
	expect_mib "$kn" ContOut 0
	client_plain "a SYN-ACK with another curve" curve FallbackCurve "conn-key 2
		accept
		expect-no-cont 1500"
	expect_mib "$kn" ContOut 0
	client_plain "a key off the curve" bad-key FallbackBadKey "key off-curve
		accept
		cont 9 16
		expect-confirm 5000
		confirm"
	client_plain "the key zero" bad-key FallbackBadKey "key zero
		accept
		cont 9 16
		expect-confirm 5000
		confirm"

	test_case "client: key data that differs resets the connection"
	raw_server "accept
		cont 9 8
		cont 16 8 xor 1
		expect-rst 5000" --hold 30 --send 1
	expect_app_reset
	expect_mib "$kn" ConflictReset 1
}

confirm_cases()
{
	test_case "a lost confirmation of the kernel's: the peer repeats, and gets another"
	kernel_server --wait-keyed 30000 --send 1
	raw_client <<-END
	connect
	cont 9 16
	expect-confirm 5000
	expect-cont 9 16 5000
	clear
	sleep 300
	cont 9 16
	expect-confirm 5000
	clear
	sleep 300
	confirm
	sleep 300
	clear
	cont 9 16
	expect-confirm 5000
	recv 1 20000
	$PROOF
	close
	END
	expect_app KEYED none
	expect_mib "$kn" ContRepeated 2 3

	test_case "a lost confirmation of the peer's: the kernel repeats until there is one"
	kernel_server --wait-keyed 30000 --send 1
	raw_client <<-END
	connect
	cont 9 16
	expect-confirm 5000
	expect-conts 4 20000
	confirm
	clear
	expect-no-cont 3000
	recv 1 20000
	$PROOF
	close
	END
	expect_app KEYED none

	test_case "a peer that repeats its key for ever and confirms nothing is not answered more often than it asks"
	kernel_server
	raw_client <<-END
	connect
	cont 9 16
	expect-confirm 5000
	clear
	$(for ((i = 0; i < 50; i++)); do echo "seg cont 9 16"; echo "sleep 110"; done)
	confirm
	sleep 1200
	$PROOF
	close
	END
	expect_app KEYED none
	expect_mib "$kn" ContOut 5 70
	expect_mib "$kn" FallbackTimeout 0
}

bad_update_cases()
{
	test_case "a Loc-Update with a wrong token or request is not answered and changes nothing"
	kernel_server --wait-keyed 30000 --send 1000
	raw_client <<-END
	connect
	cont 9 16
	expect-cont 9 16 5000
	confirm
	recv 1000 20000
	expect-silence 300
	loc-update 1 0 0 bad-token from $RP2 4000
	expect-silence 1500
	loc-update 2 0 0 bad-r from $RP2 4000
	expect-silence 1500
	loc-update 3 0 0 bad-r
	expect-silence 1500
	data 500
	expect-acked 5000
	$PROOF
	close
	END
	expect_app KEYED none
	expect_mib "$kn" UpdateIn 4
	expect_mib "$kn" UpdateNoToken 1
	expect_mib "$kn" UpdateBadRequest 2
	expect_mib "$kn" UpdateAccepted 1
}

# Half a minute each, side by side: the kernel repeats its key seven times,
# 200 ms doubled, which takes 25.6 s with the last wait.
silent_peer_cases()
{
	local script pids=() apps=() ports=() i

	test_case "a peer that stays silent after Conn-Key: seven repeats, then the connection as it is"
	mark "$kn"
	# The peer wakes up with its key; the kernel's data wakes the kernel.
	for script in "data 100
		expect-acked 5000
		data 10 cont 9 16
		expect-confirm 5000" \
		"recv 1000 30000
		expect-conts 1 5000
		cont 9 16"; do
		i=${#pids[@]}
		ports[i]=$((port + 1))
		if [ "$i" = 0 ]; then
			kernel_server --wait-keyed 100000 --send 1000
		else
			kernel_server --hold 33 --send 1000
		fi
		apps[i]=$app
		in_ns "$rp" rawpeer --local $RP $((port + 30000)) --remote $KN $port \
			>"$OUT/peer-$port.log" 2>&1 <<-END &
		connect
		expect-conts 7 25000
		clear
		expect-no-cont 16000
		$script
		expect-cont 9 16 5000
		confirm
		recv 1000 60000
		sleep 1200
		$PROOF
		close
		END
		pids[i]=$!
	done
	for i in "${!pids[@]}"; do
		if wait "${pids[i]}"; then
			ok "the peer saw what it expected"
		else
			fail "the peer" "all held" "$(tail -n 1 "$OUT/peer-${ports[i]}.log")"
			sed 's/^/#   /' "$OUT/peer-${ports[i]}.log"
		fi
		app=${apps[i]} port=${ports[i]}
		expect_app KEYED none
	done
	port=${ports[1]}
}

# Eight rounds of 25.6 s, each begun by data.
never_keyed_case()
{
	test_case "a peer that never sends its key: plain TCP after eight rounds"
	kernel_server --send 230 --chunk 1 --rate 1 --timeout 400
	raw_client <<-END
	connect
	recv 230 300000
	clear
	expect-no-cont 30000
	close
	END
	expect_app PLAIN timeout
	expect_mib "$kn" FallbackTimeout 1
	expect_mib "$kn" ContOut 8 56
}

topo_build
attach routed 46
kernel_cases

raw_build
listener_key_cases
listener_refusal_cases
conflict_cases
retransmission_cases
client_cases
confirm_cases
bad_update_cases
silent_peer_cases
[ "${LONG:-0}" = 0 ] || never_keyed_case

tap_done
