#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The key exchange of draft Section 4, between two kernels and between a kernel
# and a peer driven by hand (tests/prog/rawpeer.c).
#
# Two kernels use the network of tests/lib.sh, mn to cn. The hand-driven peer
# sits on a cable of its own (tests/raw.sh).
#
# Most of the time of each case is waiting, so they run in batches, side by
# side; a batch ends with a case about the counters of all of it.
#
# A peer that never sends its key, to the very end, takes four minutes: only where
# waiting costs nothing (lib.sh, virtual_time), or with LONG=1.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/raw.sh
. "$(dirname "$0")/../raw.sh"

need_module tcp_mobility

# ------------------------------------------------------------- two kernels

pairs=

# pair HOST: start a server on cn and a client on mn, with the options in the
# arrays server and client; $pairs remembers them.
pair()
{
	port=$((port + 1))
	bg in_ns "$cn" xfer server --mobility --port $port --info --timeout 120 \
		"${server[@]}" >"$OUT/server-$port.log" 2>&1
	pairs="$pairs $port:$bg_pid"
	wait_listen "$cn" $port
	bg in_ns "$mn" xfer client --mobility --info --timeout 120 \
		"${client[@]}" "$1" $port >"$OUT/client-$port.log" 2>&1
	pairs="$pairs $port:$bg_pid"
}

# pairs_end: all of them succeed, and every connection was KEYED.
pairs_end()
{
	local pair end p

	for pair in $pairs; do
		wait "${pair#*:}" ||
			fail "exit status of a program, port ${pair%:*}" 0 $?
	done
	# shellcheck disable=SC2086
	for p in $(printf '%s\n' $pairs | sed 's/:.*//' | sort -u); do
		for end in server client; do
			expect "states at the end of the $end" "state=KEYED" \
				"$(sed -n 's/^info \(state=[A-Z]*\).*/\1/p' "$OUT/$end-$p.log" |
				   sort -u | tr '\n' ' ' | sed 's/ $//')" ||
				sed 's/^/# /' "$OUT/$end-$p.log"
		done
	done
	pairs=
}

kernel_cases()
{
	local end

	# One octet each way once it is keyed: nothing but ACKs before.
	test_case "two kernels, idle, IPv4 and IPv6: the keys cross on ACKs alone"
	mark "$mn"; mark "$cn"
	server=(--wait-keyed 60000 --send 1 --recv 1)
	client=(--wait-keyed 60000 --send 1 --recv 1)
	pair "$CN4"
	server+=(-6)
	pair "$CN6"
	pairs_end
	for end in "$mn" "$cn"; do
		expect_mib "$end" Keyed 2
		expect_mib "$end" ContOut 2 14
		expect_mib "$end" ContConflict 0
	done
	expect_mib "$mn" ConnKeySynOut 2 6
	expect_mib "$cn" ConnKeySynIn 2
	expect_mib "$cn" ConnKeySynAckOut 2 6
	expect_mib "$mn" ConnKeySynAckIn 2

	test_case "two kernels, data one way: only the client sends, only the server sends"
	mark "$mn"; mark "$cn"
	server=(--recv 200k); client=(--send 200k --rate 30k)
	pair "$CN4"
	server=(--send 200k --rate 30k); client=(--recv 200k)
	pair "$CN4"
	pairs_end
	expect_mib "$mn" Keyed 2
	expect_mib "$cn" Keyed 2

	test_case "two kernels, 10 % loss each way: five connections are keyed within 30 s"
	mark "$mn"; mark "$cn"
	set_path 20 10
	server=(--count 5 --wait-keyed 30000 --send 1 --recv 1)
	client=(--count 5 --wait-keyed 30000 --send 1 --recv 1)
	pair "$CN4"
	pairs_end
	set_path 20
	for end in "$mn" "$cn"; do
		expect_mib "$end" Keyed 5
		expect_mib "$end" ContConflict 0
	done
}

# ----------------------------------------- a kernel and the hand-driven peer

# Whoever has K computes the token: the kernel answers its Loc-Update.
PROOF="loc-update 7 0 0 from $RP2 4000
expect-synack 10000
data 100
expect-acked 10000"

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

# key_arrives listener|client HOW STEPS: the exchange ends well and the peer
# has the same secret.
key_arrives()
{
	local more=()

	[ "$1" = listener ] || more=(--recv 100)
	"$1" "the peer's key comes $2" "KEYED none" "$3
		expect-cont 9 16 10000
		expect-confirm 10000
		confirm
		recv 1 60000
		$PROOF
		close" --wait-keyed 60000 --send 1 "${more[@]}"
}

listener_key_cases()
{
	batch_begin "keys that a listener takes"
	key_arrives listener "whole" "connect
		cont 9 16"
	key_arrives listener "whole, on the ACK that makes the connection" "syn
		expect-synack 10000
		cont 9 16"
	key_arrives listener "in pieces, the first on the ACK that makes the connection" "syn
		expect-synack 10000
		cont 11 7
		cont 18 7
		cont 9 2"
	key_arrives listener "in pieces of one octet" "connect
		$(each_octet 9 25)"
	key_arrives listener "in pieces that overlap" "connect
		cont 9 5
		cont 12 8
		cont 10 15"
	key_arrives listener "in reversed order" "connect
		cont 20 5
		cont 13 7
		cont 9 4"
	key_arrives listener "as several options of one segment" "connect
		seg cont 15 10 cont 9 6"
	key_arrives listener "on segments with data" "connect
		data 100 cont 9 8
		data 100 cont 17 8
		expect-acked 10000"
	key_arrives listener "on data that overtakes other data" "connect
		seg seq 100 data 50 cont 9 16
		data 100
		data 50
		expect-acked 10000"
	key_arrives listener "with duplicates" "connect
		seg times 3 cont 9 8
		seg times 3 cont 9 16
		cont 17 8"
	key_arrives listener "without Timestamps" "no-ts
		connect
		cont 9 16"
	key_arrives listener "with the sign of a compressed point, 2" "key first 2
		connect
		cont 9 16"
	key_arrives listener "with the sign of a compressed point, 3" "key first 3
		connect
		cont 9 16"
	key_arrives listener "behind Conts that fit no key" "connect
		seg cont 25 3
		seg cont 24 4
		seg cont 8 4 xor 1
		seg cont 0 9 xor 1
		cont 9 16"
	key_arrives listener "while the SYN-ACK is repeated, with the same options" "syn
		expect-synack 10000
		expect-conn-key
		expect-identical 1 20000		# by the kernel's timer
		syn
		expect-identical 1 20000		# because of our SYN
		ack
		cont 9 16"
	batch_end "keys that a listener takes"
	expect_mib "$kn" ConnKeySynIn 15
	expect_mib "$kn" ConnKeySynAckOut 17 30
	expect_mib "$kn" Keyed 15
	expect_mib "$kn" UpdateAccepted 15
	expect_mib "$kn" OptionMalformed 2
	expect_mib "$kn" ContRepeated 1 9
	expect_mib "$kn" ContConflict 0
}

# plain listener|client HOW "STATE REASON" STEPS: no secret comes of it; the
# connection is plain TCP and carries data both ways.
plain()
{
	"$1" "$2: plain TCP, and it works" "$3" "$4
		data 1000
		recv 3000 60000
		expect-acked 10000
		expect-no-rst 100
		close" --hold 4 --send 3000 --recv 1000
}

listener_plain_cases()
{
	local exchange="connect
		cont 9 16
		expect-confirm 10000
		confirm"

	batch_begin "keys that a listener refuses"
	plain listener "a key off the curve" "PLAIN bad-key" "key off-curve
		$exchange"
	plain listener "the key zero" "PLAIN bad-key" "key zero
		$exchange"
	plain listener "the key p, out of range" "PLAIN bad-key" "key p
		$exchange"
	plain listener "a first octet of 4" "PLAIN bad-key" "key first 4
		$exchange"
	plain listener "an unknown curve" "NONE none" "conn-key 7
		connect
		expect-no-conn-key
		cont 9 16
		expect-no-cont 1000"
	plain listener "a SYN without Conn-Key" "NONE none" "no-conn-key
		connect
		expect-no-conn-key
		cont 9 16
		expect-no-cont 1000"
	batch_end "keys that a listener refuses"
	expect_mib "$kn" FallbackBadKey 4
	expect_mib "$kn" FallbackCurve 1
	expect_mib "$kn" FallbackPeer 1
	expect_mib "$kn" Keyed 0
	expect_mib "$kn" ConnKeySynIn 5
	expect_mib "$kn" ConnKeySynAckOut 4 12
	expect_mib "$kn" ConflictReset 0

	batch_begin "SYN cookies"
	in_ns "$kn" sysctl -qw net.ipv4.tcp_syncookies=2
	plain listener "SYN cookies" "NONE none" "connect
		expect-no-conn-key
		cont 9 16
		expect-no-cont 1000"
	batch_end "SYN cookies"
	in_ns "$kn" sysctl -qw net.ipv4.tcp_syncookies=1
	expect_mib "$kn" ConnKeySynAckOut 0
	expect_mib "$kn" ContOut 0
}

conflict_cases()
{
	local exchange=$raw_keyed

	listen_to kn
	batch_begin "inconsistent key data"
	listener "key data that differs resets the connection" RESET "connect
		data 100
		expect-acked 10000
		cont 9 8
		cont 12 8 xor 0x20
		expect-rst 10000"
	listener "so does data that differs within one segment" RESET "connect
		seg cont 9 8 cont 16 3 xor 1
		expect-rst 10000"
	listener "so does data that differs after the exchange" RESET "$exchange
		cont 24 1 xor 1
		expect-rst 10000" --wait-keyed 60000 --send 1
	listener "so does data that differs on a segment with data" RESET "$exchange
		data 10 cont 9 1 xor 1
		expect-rst 10000" --wait-keyed 60000 --send 1
	client "key data that differs resets the connection" RESET "accept
		cont 9 8
		cont 16 8 xor 1
		expect-rst 10000" --hold 60 --send 1
	batch_end "inconsistent key data"
	expect_mib "$kn" ConflictReset 5
	expect_mib "$kn" ContConflict 5
	expect_told key-conflict kn dead death
	expect_told 104 kn dead error
	rm -f "$OUT/events.kn"

	batch_begin "inconsistent key data on the ACK that makes the connection"
	listener "data that differs within the ACK that makes the connection resets it" RESET "syn
		expect-synack 10000
		seg cont 9 8 cont 16 3 xor 1
		expect-rst 10000"
	batch_end "inconsistent key data on the ACK that makes the connection"
	expect_mib "$kn" ConflictReset 1

	batch_begin "inconsistent key data that is ignored"
	listener "key data that differs on an unacceptable segment is ignored" "KEYED none" "connect
		cont 9 8
		seg seq 300000 cont 9 8 xor 1
		seg seq -300000 cont 9 8 xor 1
		seg ack 100000 cont 9 8 xor 1
		seg ack -300000 cont 9 8 xor 1
		seg bad-sum cont 9 8 xor 1
		expect-no-rst 500
		cont 17 8
		expect-cont 9 16 10000
		expect-confirm 10000
		confirm
		recv 1 60000
		$PROOF
		close" --wait-keyed 60000 --send 1
	batch_end "inconsistent key data that is ignored"
	expect_mib "$kn" ConflictReset 0
	expect_mib "$kn" ContConflict 0
	expect_mib "$kn" ContIgnored 4
	expect_mib "$kn" ChecksumBad 1

	# As RFC 5961 wants it of a RST.
	batch_begin "inconsistent key data on inexact segments"
	listener "key data that differs on a segment that is not exact does not reset" "KEYED none" "connect
		cont 9 8
		data 10
		expect-acked 10000
		seg old-ts cont 9 8 xor 1
		seg seq 1000 cont 9 8 xor 1
		seg seq -5 cont 9 8 xor 1
		expect-no-rst 1000
		cont 17 8
		expect-cont 9 16 10000
		confirm
		recv 1 60000
		close" --wait-keyed 20000 --send 1
	batch_end "inconsistent key data on inexact segments"
	expect_mib "$kn" ContConflict 3
	expect_mib "$kn" ConflictReset 0
}

client_cases()
{
	batch_begin "the kernel connects"
	key_arrives client "whole" "accept
		cont 9 16"
	key_arrives client "in pieces of one octet" "accept
		$(each_octet 9 25)"
	key_arrives client "in pieces that overlap, reversed" "accept
		cont 18 7
		cont 12 10
		cont 9 6"
	key_arrives client "as several options of one segment, twice" "accept
		seg times 2 cont 15 10 cont 9 6"
	key_arrives client "with the sign of a compressed point" "key first 3
		accept
		cont 9 16"
	key_arrives client "after the SYN was repeated, with the same options" "expect-syn 20000
		expect-conn-key
		expect-identical 2 40000
		synack
		cont 9 16"

	plain client "a SYN-ACK without Conn-Key" "PLAIN peer" "no-conn-key
		accept
		expect-conn-key
		cont 9 16
		expect-no-cont 1500"
	plain client "a SYN-ACK with another curve" "PLAIN curve" "conn-key 2
		accept
		expect-no-cont 1500"
	plain client "a simultaneous open" "PLAIN simultaneous" "expect-syn 20000
		syn
		expect-segment 10000
		synack
		cont 9 16
		expect-no-cont 1500"
	plain client "a key off the curve" "PLAIN bad-key" "key off-curve
		accept
		cont 9 16
		expect-confirm 10000
		confirm"
	plain client "the key zero" "PLAIN bad-key" "key zero
		accept
		cont 9 16
		expect-confirm 10000
		confirm"
	batch_end "the kernel connects"
	expect_mib "$kn" Keyed 6
	expect_mib "$kn" UpdateAccepted 6
	expect_mib "$kn" FallbackPeer 1
	expect_mib "$kn" FallbackCurve 1
	expect_mib "$kn" FallbackSimultaneous 1
	expect_mib "$kn" FallbackBadKey 2
	expect_mib "$kn" ContConflict 0
}

# again TIMES MS: the peer's whole key, over and over.
again()
{
	local i

	for ((i = 0; i < $1; i++)); do
		printf 'cont 9 16\nsleep %s\n' "$2"
	done
}

confirm_cases()
{
	batch_begin "confirmations"
	listener "its confirmation is lost: the peer repeats, and gets another" "KEYED none" "connect
		cont 9 16
		expect-confirm 10000
		expect-cont 9 16 10000
		clear
		sleep 300
		cont 9 16
		expect-confirm 10000
		clear
		sleep 300
		confirm
		sleep 300
		clear
		cont 9 16
		expect-confirm 10000
		recv 1 60000
		$PROOF
		close" --wait-keyed 60000 --send 1
	listener "the peer's confirmation is lost: it repeats until there is one" "KEYED none" "connect
		cont 9 16
		expect-confirm 10000
		expect-conts 4 20000
		confirm
		clear
		expect-no-cont 3000
		recv 1 60000
		$PROOF
		close" --wait-keyed 60000 --send 1
	listener "the peer repeats its key for ever and confirms late: no answer without a question" "KEYED none" "connect
		cont 9 16
		expect-confirm 10000
		$(again 32 110; again 4 1000; again 30 110)
		confirm
		recv 1 60000
		$PROOF
		close" --wait-keyed 60000 --send 1
	batch_end "confirmations"
	expect_mib "$kn" Keyed 3
	expect_mib "$kn" ContOut 12 100
	expect_mib "$kn" FallbackTimeout 0

	# Only the draft, without our "I have your whole key".
	batch_begin "a peer that knows only the draft"
	listener "a peer that never confirms has shown by its Loc-Update that it has the key" "KEYED none" "connect
		cont 9 16
		expect-cont 9 16 10000
		sleep 2500
		$PROOF
		close"
	batch_end "a peer that knows only the draft"
	expect_mib "$kn" Keyed 1
	expect_mib "$kn" UpdateAccepted 1
}

bad_update_cases()
{
	batch_begin "forged updates"
	listener "a Loc-Update with a wrong token or request is not answered and changes nothing" "KEYED none" "connect
		cont 9 16
		expect-cont 9 16 10000
		expect-confirm 10000
		confirm
		recv 1000 60000
		expect-silence 500
		loc-update 1 0 0 bad-token from $RP2 4000
		expect-silence 1500
		loc-update 2 0 0 bad-r from $RP2 4000
		expect-silence 1500
		loc-update 3 0 0 bad-r
		expect-silence 1500
		data 500
		expect-acked 10000
		$PROOF
		close" --wait-keyed 60000 --send 1000
	batch_end "forged updates"
	expect_mib "$kn" UpdateIn 4
	expect_mib "$kn" UpdateNoToken 1
	expect_mib "$kn" UpdateBadRequest 2
	expect_mib "$kn" UpdateAccepted 1
}

# Half a minute: the kernel sends its key seven times, 200 ms doubled between them,
# which takes 25.4 s with the last wait.
if [ "${LONG:-0}" = 1 ] || virtual_time; then rounds=8; else rounds=0; fi
gaps="200 400 800 1600 3200 6400"

silent_peer_begin()
{
	local i
	local silence="connect
		data 100
		expect-acked 10000
		expect-conts 7 30000
		clear
		expect-no-cont 16000"

	batch_begin "silent peers"
	listener "a silent peer: seven repeats; its key comes late, with data" "KEYED none" "$silence
		data 100
		expect-acked 10000
		expect-no-cont 500
		data 10 cont 9 16
		expect-confirm 10000
		expect-cont 9 16 10000
		confirm
		recv 1000 60000
		$PROOF
		close" --wait-keyed 200000 --send 1000
	listener "a silent peer: seven repeats; our data begins another seven" "KEYED none" "$silence
		recv 1000 60000
		expect-conts 2 10000
		cont 9 16
		expect-confirm 10000
		confirm
		sleep 1200
		$PROOF
		close" --hold 40 --send 1000
	listener "a silent peer: what is between the repeats doubles, from 200 ms to 6.4 s" "KEYED none" "connect
		data 100
		expect-cont-gaps 0-5000 $gaps
		expect-no-cont 16000
		data 10 cont 9 16
		expect-confirm 10000
		expect-cont 9 16 10000
		confirm
		recv 1000 60000
		close" --wait-keyed 200000 --send 1000
	[ $rounds = 0 ] ||
	listener "a silent peer: plain TCP after eight rounds, each begun by data" "PLAIN timeout" "connect
		expect-cont-gaps 0-5000 $gaps
		$(for ((i = 1; i < rounds; i++)); do echo "expect-cont-gaps 12800-15000 $gaps"; done)
		recv 230 300000
		clear
		expect-no-cont 20000
		data 10 cont 9 16
		expect-no-cont 2000
		close" --send 230 --chunk 1 --rate 1
}

silent_peer_end()
{
	batch_end "silent peers"
	expect_mib "$kn" Keyed 3
	expect_mib "$kn" FallbackTimeout $((rounds != 0))
	# Seven in the first; seven and two or more in the second; seven in the third;
	# 56 in the fourth.
	expect_mib "$kn" ContOut $((23 + 7 * rounds)) $((40 + 7 * rounds))
	expect_mib "$kn" ContConflict 0
}

raw_build
kn_silent=$kn
silent_peer_begin

topo_build
attach routed 46
kernel_cases

raw_build
listener_key_cases
listener_plain_cases
conflict_cases
client_cases
confirm_cases
bad_update_cases

kn=$kn_silent
silent_peer_end

tap_done
