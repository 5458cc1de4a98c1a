#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Forged and replayed segments. Whatever the attacker sends, the connection goes
# on, every octet is right, and who asks in vain gets no answer.
#
# First a kernel and a peer driven by hand (tests/raw.sh), which is mover and
# attacker in one: it can forge what only somebody with the key can. Then two
# kernels in the network of tests/lib.sh, and an attacker in its core, who sees
# everything and has no key (tests/prog/forge.c).

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/raw.sh
. "$(dirname "$0")/../raw.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility

# sum_counted NS NAME...
sum_counted()
{
	local ns=$1 name sum=0

	shift
	for name in "$@"; do
		sum=$((sum + $(counted "$ns" "$name")))
	done
	echo $sum
}

# ------------------------------------------- against a peer driven by hand

LISTENING=4999		# a port where somebody listens, for mobile TCP

# The application sends one half when it is keyed, the other eight seconds
# later: the attack falls between the two.
HALF=1000
APP=(--wait-keyed 60000 --send "$((2 * HALF))" --chunk "$HALF" --rate "$((HALF / 8))" --timeout 60)

KEYED="connect
	cont 9 16
	expect-cont 9 16 10000
	expect-confirm 10000
	confirm
	recv $HALF 60000"

MOVE="loc-update 200 0 0 from $RP2 4900
	expect-synack 10000
	ack"

GOES_ON="data 700
	expect-acked 10000
	recv $((2 * HALF)) 60000
	expect-no-rst 1
	close"

# attack NAME STEPS [XFER OPTION]...: on a keyed connection, which moves and goes
# on.
attack()
{
	local name=$1 steps=$2

	shift 2
	evil "$name" "$KEYED
		watch $RP3 EVIL
		$steps
		$GOES_ON" "${APP[@]}" "$@"
}

verify_cases()
{
	batch_begin "requests that do not verify"
	attack "a wrong token: no answer" "forge 1 0 0 bad-token $EVIL
		forge 1 0 0 bad-token
		expect-watched 0 0 1500
		$MOVE"
	attack "a wrong request: no answer" "forge 1 0 0 bad-r $EVIL
		forge 1 0 0 bad-r
		expect-watched 0 0 1500
		$MOVE"
	attack "a captured update with another request number or S: no answer" "$MOVE
		replay 0 reqno 201 $EVIL
		replay 0 seq 1 $EVIL
		replay 0 seq -1 $EVIL
		expect-watched 0 0 1500"
	attack "a wrong checksum: no answer" "forge 1 0 0 bad-sum $EVIL
		expect-watched 0 0 1500
		$MOVE"
	batch_end "requests that do not verify"
	expect_mib "$kn" UpdateIn 11
	expect_mib "$kn" UpdateNoToken 2
	expect_mib "$kn" UpdateBadRequest 5
	expect_mib "$kn" ChecksumBad 1
	expect_mib "$kn" UpdateAccepted 4
	expect_mib "$kn" SynAckOut 4
	expect "events of refused updates" 0 "$(grep -c event=refused "$OUT/events.kn")"
	expect "doctor counts them, and does not say that an event tells more" \
		"5 updates were forged, or damaged on the way (UpdateBadRequest): none was obeyed or answered, and no event tells of them; tcpdump shows where such SYNs come from" \
		"$(in_ns "$kn" mobctl -j doctor | jq -r '.[] | select(.text | test("UpdateBadRequest")) | "\(.text): \(.advice)"')"
}

# Without window scaling the peer's window, and the kernel's, is 65535. Nothing
# must be on its way meanwhile, however slow the machine.
edge_cases()
{
	batch_begin "the edges of what is plausible"
	attack "S one above what was received, or below a window of it" "forge 1 1 0 $EVIL
		sleep 300
		forge 2 -65536 0 $EVIL
		sleep 300
		forge 3 1000000000 0 $EVIL
		expect-watched 0 0 1500
		loc-update 4 -65535 0 from $RP2 4000
		expect-synack 10000
		ack" --rate $((HALF / 15))
	attack "an ack one above what was sent, or below a window of it" "forge 1 0 1 $EVIL
		sleep 300
		forge 2 0 -65536 $EVIL
		sleep 300
		forge 3 0 1000000000 $EVIL
		expect-watched 0 0 1500
		loc-update 4 0 -65535 from $RP2 4000
		expect-synack 10000
		ack" --rate $((HALF / 15))
	batch_end "the edges of what is plausible"
	# Of two that wait only the one sent later is judged for its ack.
	expect "refused" 6 "$(sum_counted "$kn" UpdateBadSeq UpdateStale)"
	expect_mib "$kn" UpdateBadSeq 4 6
	expect_mib "$kn" UpdateAccepted 2
	expect_mib "$kn" SynAckOut 2
}

form_cases()
{
	batch_begin "updates of a wrong form"
	# What is no update is the stack's: it answers an ACK with a RST.
	attack "with ACK, RST or FIN it is no update" "forge 1 0 0 ack-flag $EVIL
		forge 2 0 0 rst-flag $EVIL
		forge 3 0 0 fin-flag $EVIL
		expect-watched 0 1 1500
		$MOVE"
	# A plain SYN, to a port where nobody listens.
	# What has SYN alone is answered, to a port where nobody listens: RST.
	attack "with PSH or URG it is no update" "forge 1 0 0 psh-flag to 4998 $EVIL
		forge 2 0 0 urg-flag to 4998 $EVIL
		expect-watched 2 2 1500
		$MOVE"
	attack "an option of 18 or 20 octets is no update" "forge 1 0 0 length 18 to 4998 $EVIL
		forge 2 0 0 length 20 to 4998 $EVIL
		expect-watched 2 2 1500
		$MOVE"
	attack "two updates in one SYN: the first counts" "forge 1 0 0 bad-r and 2 $EVIL
		expect-watched 0 0 1500
		loc-update 3 0 0 and 4 from $RP2 4000
		expect-synack 10000
		ack"
	batch_end "updates of a wrong form"
	expect_mib "$kn" UpdateMalformed 5
	expect_mib "$kn" OptionMalformed 4
	expect_mib "$kn" UpdateBadRequest 1
	expect_mib "$kn" UpdateIn 5
	expect_mib "$kn" UpdateAccepted 4
	expect_mib "$kn" SynAckOut 4
}

listener_cases()
{
	batch_begin "updates to a listening port"
	bg in_ns "$kn" xfer server --mobility --port $LISTENING --timeout 100 \
		>"$OUT/listening.log" 2>&1
	wait_listen "$kn" $LISTENING
	attack "an update, right or wrong, opens no connection where somebody listens" "forge 1 0 0 bad-token to $LISTENING $EVIL
		forge 2 0 0 to $LISTENING $EVIL
		forge 3 0 0 to $LISTENING
		expect-watched 0 0 1500
		$MOVE"
	batch_end "updates to a listening port"
	expect "sockets of that port, but for the listener" "" \
		"$(in_ns "$kn" ss -Htan state all exclude listening "sport = :$LISTENING")"
	kill $bg_pid
	expect_mib "$kn" UpdateNoToken 3
	expect_mib "$kn" UpdateAccepted 1
	expect_mib "$kn" SynAckOut 1
}

both_cases()
{
	batch_begin "two updates at once"
	attack "two SYNs back to back, both valid: the newer wins" "forge 1 0 0 $EVIL
		loc-update 2 0 0 from $RP2 4000
		expect-synack 10000
		ack
		expect-watched 0 1 1500"
	attack "the same in the other order: the newer wins" "loc-update 2 0 0 from $RP2 4000
		forge 1 0 0 $EVIL
		expect-synack 10000
		ack
		expect-watched 0 0 1500"
	batch_end "two updates at once"
	expect_mib "$kn" UpdateAgain 0
	expect_mib "$kn" UpdateIn 4
	# The older may have its turn before the newer is there.
	expect_mib "$kn" UpdateStale 1 2
	expect "accepted or not" 4 "$(sum_counted "$kn" UpdateStale UpdateAccepted)"
}

# Connection tracking on the way back knows only the SYN that it has seen.
again_case()
{
	batch_begin "a repetition"
	attack "a repetition with another ack field: that is the number of its answer" "loc-update 1 0 0 from $RP2 4000
		expect-synack 10000
		again 0 ack -1 from $RP2 4000
		expect-synack 10000
		ack"
	batch_end "a repetition"
	expect_mib "$kn" UpdateAccepted 1
	expect_mib "$kn" UpdateAgain 1
	expect_mib "$kn" SynAckOut 2
}

# both_held MOVER HOLDER: these two rawpeers have ended well.
both_held()
{
	peer_held "$1" "the mover" $port
	peer_held "$2" "who has the tuple" holder
}

# The first rawpeer holds the tuple that the second would move to.
collision_case()
{
	local holder

	batch_begin "a tuple that is taken"
	port=$((port + 1))
	bg in_ns "$kn" xfer server --mobility --port $port --info --count 2 --timeout 100 \
		"${APP[@]}" >"$OUT/app-$port.log" 2>&1
	wait_listen "$kn" $port
	# The only thing that comes meanwhile: the stack asks who that was.
	peer_script holder "$KEYED
		sleep 300
		expect-segment 4000
		$GOES_ON" --local $RP3 4100 --remote $KN $port
	holder=$peer
	at_step expect-segment holder
	peer_script $port "$KEYED
		forge 1 0 0 from $RP3 4100
		sleep 1000
		$MOVE
		$GOES_ON" --local $RP $((port + 30000)) --remote $KN $port
	test_case "an update whose new tuple another connection has changes neither, and is its SYN"
	both_held "$peer" "$holder"
	expect_mib "$kn" UpdateCollision 1
	expect_mib "$kn" UpdateToOwner 1
	expect_mib "$kn" UpdateAccepted 1
	expect_mib "$kn" SynAckOut 1
}

# Anybody can begin a handshake with a plain SYN from the mover's next address. It holds
# the first update up, and not the same again. What is refused has no answer to wait for:
# the times are the case. Refused at 0 ms, 300 (the half second is not over) and not at
# 700 (nothing has begun it again).
request_case()
{
	batch_begin "a handshake where the mover goes"
	told=$(refusals kn peer-stale)
	attack "a SYN from its next address holds a move up until the update is repeated" "watch $RP3 4100
		seg syn seq 1000000 from $RP3 4101
		forge 101 0 0 from $RP3 4101
		sleep 600
		seg syn seq 1000000 from $RP3 4100
		loc-update 102 0 0 from $RP3 4100
		sleep 50
		replay 0 from $RP3 4101
		replay 0 from $RP3 4102
		replay 0
		sleep 200
		forge 101 0 0 from $RP3 4101
		sleep 50
		replay 0 from $RP3 4100
		expect-watched 1 3 400
		replay 0 from $RP3 4100
		expect-watched 2 3 2500
		$MOVE"
	batch_end "a handshake where the mover goes"
	expect_mib "$kn" UpdateCollision 4
	expect_mib "$kn" UpdateStale 3
	expect_soon "each copy was told" 5000 eval '[ $(($(refusals kn peer-stale) - told)) = 3 ]'
	expect_mib "$kn" RequestYielded 1
	expect_mib "$kn" UpdateAccepted 2
}

# After a RST the last update that was accepted is answered again. That is no news.
again_request_case()
{
	batch_begin "a handshake where the mover goes, and a RST"
	attack "a SYN from its next address, a RST, and a copy of the update before" "loc-update 101 0 0 from $RP2 4900
		expect-synack 10000
		ack
		sleep 100
		watch $RP3 4100
		seg syn seq 1000000 from $RP3 4100
		loc-update 102 0 0 from $RP3 4100
		sleep 50
		seg rst
		sleep 100
		replay 1
		sleep 500
		replay 0 from $RP3 4100
		expect-watched 2 3 1500
		$MOVE"
	batch_end "a handshake where the mover goes, and a RST"
	expect_mib "$kn" UpdateCollision 1
	expect_mib "$kn" RstSuspended 1
	expect_mib "$kn" RequestYielded 1
	expect_mib "$kn" UpdateAccepted 4
}

# With a deferred accept the client has sent its ACK, and waits.
deferred_case()
{
	local holder mover

	batch_begin "a handshake that was answered"
	port=$((port + 1))
	bg in_ns "$kn" xfer server --mobility --port $port --info --count 2 --defer-accept 30 \
		--timeout 100 "${APP[@]}" >"$OUT/app-$port.log" 2>&1
	wait_listen "$kn" $port
	peer_script $port "$KEYED
		sleep 2000
		forge 101 0 0 from $RP3 4100
		sleep 700
		loc-update 102 0 0 from $RP3 4100
		sleep 700
		replay 0 from $RP3 4100
		sleep 500
		$MOVE
		$GOES_ON" --local $RP $((port + 30000)) --remote $KN $port
	mover=$peer
	at_step "sleep 2000"
	peer_script holder "connect
		sleep 5000
		data 700
		cont 9 16
		expect-cont 9 16 10000
		expect-confirm 10000
		confirm
		recv $((2 * HALF)) 60000
		close" --local $RP3 4100 --remote $KN $port
	holder=$peer
	test_case "an update whose new tuple somebody waits on for a deferred accept changes nothing"
	both_held "$mover" "$holder"
	expect_mib "$kn" UpdateCollision 3
	expect_mib "$kn" RequestYielded 0
	expect_mib "$kn" UpdateAccepted 1
}

# The same where this end goes. What answers the SYN is not for rawpeer.
own_request_case()
{
	ip -n "$kn" addr add "$KN2/24" dev eth0
	in_ns "$rp" nft "add table ip hide; add chain ip hide in { type filter hook input priority 0; };
		add rule ip hide in ip saddr $KN2 tcp flags & (syn | ack) == syn | ack drop"
	batch_begin "a handshake where this end goes"
	listener "a SYN to its own next address does not keep it from moving" "KEYED none" "$KEYED
		sleep 3000
		expect-update 10000 from $KN2
		answer
		expect-segment 1000
		ack
		$GOES_ON" "${APP[@]}"
	at_step "sleep 3000"
	in_ns "$rp" rawpeer --local $RP $((port + 30000)) --remote "$KN2" $port \
		no-conn-key syn "sleep 500" >"$OUT/peer-syn.log" 2>&1
	test_case "the order to move where a handshake waits"
	expect "it waits" 1 "$(in_ns "$kn" ss -Htn state syn-recv "sport = :$port" | wc -l)"
	expect_success "move" in_ns "$kn" mobctl tcp move local :$port to "$KN2"
	batch_end "a handshake where this end goes"
	expect_mib "$kn" MoveDone 1
	expect_mib "$kn" MoveCollision 0
	expect_mib "$kn" RequestYielded 1
	in_ns "$rp" nft delete table ip hide
	readdress_kn $KN
}

# over_eth1 MATCH: such packets of the peer's take another link; none, if it is empty.
over_eth1()
{
	if [ -z "$1" ]; then
		ip -n "$rp" rule del fwmark 7
		in_ns "$rp" nft delete table ip over
		ip -n "$rp" link del eth1
		return
	fi
	link "$kn" eth1 "$rp" eth1
	in_ns "$rp" nft "add table ip over { chain out { type route hook output priority mangle; $1 meta mark set 7; }; }"
	ip -n "$rp" rule add fwmark 7 table 7
	ip -n "$rp" route add $KN dev eth1 table 7
}

# device_case HOW: the one that would move is bound to no device, who has the tuple
# is. The update comes over the same device, or over another.
device_case()
{
	local holder mover to_owner=1 sees="expect-segment 7500"

	batch_begin "a tuple that is taken, on a device: $1"
	if [ "$1" = another ]; then
		over_eth1 "ip ttl 77"
		# There it is nobody's, and dropped.
		to_owner=0 sees="expect-silence 7000"
	fi
	port=$((port + 1))
	bg in_ns "$kn" xfer server --mobility --reuse-port --port $port --info --timeout 100 \
		"${APP[@]}" >"$OUT/app-$port.log" 2>&1
	wait_listen "$kn" $port
	peer_script $port "$KEYED
		sleep 6000
		forge 1 0 0 ttl 77 from $RP3 4100
		sleep 1000
		$MOVE
		$GOES_ON" --local $RP $((port + 30000)) --remote $KN $port
	mover=$peer
	at_step sleep
	bg in_ns "$kn" xfer server --mobility --reuse-port --device eth0 --port $port --info \
		--timeout 100 "${APP[@]}" >"$OUT/app-$port.dev.log" 2>&1
	wait_for 5000 eval '[ "$(in_ns "$kn" ss -Hltn "sport = :$port" | wc -l)" = 2 ]' ||
		fail "two listeners" 2 "$(in_ns "$kn" ss -Hltn "sport = :$port")"
	# That is before the application's second half, eight seconds behind the first.
	peer_script holder "$KEYED
		sleep 300
		$sees
		$GOES_ON" --local $RP3 4100 --remote $KN $port
	holder=$peer
	test_case "an update over $1 device, whose new tuple another connection has on its own, changes neither"
	both_held "$mover" "$holder"
	expect_mib "$kn" UpdateCollision 1
	expect_mib "$kn" UpdateToOwner $to_owner
	expect_mib "$kn" UpdateAccepted 1
	expect_mib "$kn" SynAckOut 1
	[ "$1" != another ] || over_eth1 ""
}

# Somebody who is still connecting would take the SYN for a simultaneous open.
opening_case()
{
	local app opener

	batch_begin "a tuple that is being opened"
	in_ns "$kn" sysctl -qw net.ipv4.ip_local_port_range="40000 40000"
	peer_script opener "no-conn-key
		expect-syn 60000
		sleep 4000
		accept
		recv 100 10000
		close" --local $RP3 4100
	opener=$peer
	client "an update whose new tuple is being opened changes neither" "KEYED none" "accept
		cont 9 16
		expect-cont 9 16 10000
		expect-confirm 10000
		confirm
		recv 1 60000
		sleep 3000
		forge 1 0 0 from $RP3 4100
		sleep 1000
		$MOVE
		data 700
		expect-acked 10000
		close" --wait-keyed 60000 --recv any --send 1
	at_step sleep
	bg in_ns "$kn" xfer client --mobility --info --timeout 60 --send 100 $RP3 4100 \
		>"$OUT/app-opener.log" 2>&1
	app=$bg_pid
	batch_end "a tuple that is being opened"
	in_ns "$kn" sysctl -qw net.ipv4.ip_local_port_range="32768 60999"
	peer_held "$opener" "who is called" opener
	wait "$app"
	expect "exit status of who connects" 0 $?
	expect_mib "$kn" UpdateCollision 1
	expect_mib "$kn" UpdateToOwner 0
	expect_mib "$kn" UpdateAccepted 1
}

# What the stack would drop for its TTL, or by IPsec policy, does nothing.
guard_cases()
{
	in_ns "$kn" ip xfrm policy add dir in src $RP3/32 dst $KN/32 proto tcp sport 4999 action block ||
		fail "an IPsec policy"
	batch_begin "what the socket's own guards refuse"
	evil "with IP_MINTTL: a RST, a Cont that differs, and an update, from far away" "ttl 255
		$KEYED
		watch $RP3 EVIL
		seg rst ttl 254
		seg cont 9 16 xor 1 ttl 254
		forge 1 0 0 ttl 254 $EVIL
		expect-watched 0 0 1500
		expect-no-rst 100
		loc-update 200 0 0 from $RP2 4910
		expect-synack 10000
		ack
		$GOES_ON" "${APP[@]}" --min-ttl 255
	client "with IP_MINTTL: a RST and a SYN-ACK from far away" "KEYED none" "ttl 255
		accept
		cont 9 16
		expect-cont 9 16 10000
		expect-confirm 10000
		confirm
		recv 1 60000
		sleep 100
		seg rst ttl 254
		expect-no-update 1500
		seg rst
		expect-update 1000
		answer ttl 254
		expect-update 1500 same after 900 1300
		answer
		expect-segment 1000
		ack
		close 30000" --wait-keyed 60000 --recv any --send 1 --min-ttl 255
	evil "an IPsec policy that blocks: an update" "$KEYED
		watch $RP3 4999
		forge 1 0 0 from $RP3 4999
		expect-watched 0 0 1500
		loc-update 200 0 0 from $RP2 4911
		expect-synack 10000
		ack
		$GOES_ON" "${APP[@]}"
	# From there it comes over another device.
	over_eth1 "tcp sport 4998"
	evil "bound to a device: an update over another" "$KEYED
		watch $RP3 4998
		forge 1 0 0 from $RP3 4998
		expect-watched 0 0 1500
		loc-update 200 0 0 from $RP2 4912
		expect-synack 10000
		ack
		$GOES_ON" "${APP[@]}" --device eth0
	batch_end "what the socket's own guards refuse"
	over_eth1 ""
	in_ns "$kn" ip xfrm policy flush
	expect_mib "$kn" NotAllowed 7
	expect_mib "$kn" RstSuspended 1
	expect_mib "$kn" ConflictReset 0
	expect_mib "$kn" UpdateAccepted 3
	expect_mib "$kn" RepairDone 1
}

key_cases()
{
	batch_begin "key data after the exchange"
	attack "key data after the exchange, out of place, changes nothing" "seg seq 300000 cont 9 8 xor 1
		seg seq -300000 cont 9 8 xor 1
		seg old-ts cont 9 8 xor 1
		seg seq 1000 cont 9 8 xor 1
		seg seq -5 cont 9 8 xor 1
		seg bad-sum cont 9 8 xor 1
		expect-no-rst 500
		cont 9 16
		$MOVE"
	attack "Conn-Key on a segment without SYN is ignored" "seg conn-key
		seg seq 300000 conn-key
		data 100 conn-key
		expect-no-rst 500
		$MOVE"
	batch_end "key data after the exchange"
	expect_mib "$kn" ContIgnored 2
	expect_mib "$kn" ContConflict 3
	expect_mib "$kn" ConflictReset 0
	expect_mib "$kn" OptionMalformed 3
	expect_mib "$kn" UpdateAccepted 2
}

# moves FIRST N [STEP]: so many moves, request numbers from FIRST on, and the
# step behind each.
moves()
{
	local i at

	for ((i = 0; i < $2; i++)); do
		at=$RP2
		((i % 2)) || at=$RP
		printf 'loc-update %s 0 0 from %s %s\nexpect-synack 10000\nack\n%s\n' \
			$((($1 + i) % 256)) "$at" $((4200 + i % 2)) "${3:-}"
	done
}

# replays AGO...: of the move so long ago, as it was and with another ack; each
# judged before the next is there, or it would be counted and not told.
replays()
{
	printf "replay %s $EVIL\nsleep 10\n" "$@"
	printf "replay %s ack -1 $EVIL\nsleep 10\n" "$@"
}

replay_cases()
{
	# Each move goes on with data, so S is another.
	batch_begin "replays"
	attack "replays from 0, 1, 127, 128, 129, 255 and 256 moves ago" "$(moves 250 257 "data 10
			expect-acked 10000")
		$(replays 0 1 127 128 129 255 256)
		expect-watched 0 0 1500"
	batch_end "replays"
	expect_mib "$kn" UpdateIn $((257 + 14))
	expect_mib "$kn" UpdateAccepted 257
	expect_mib "$kn" SynAckOut 257
	expect_mib "$kn" UpdateStale 14

	# S stays the same, or nearly: the request number alone would be ahead again.
	batch_begin "replays with an old S"
	attack "a replay from 129 to 255 moves ago, S within a window, is old" "$(moves 0 100)
		data 10
		expect-acked 10000
		$(moves 100 120)
		$(replays 129 150 200 219)
		expect-watched 0 0 1500"
	# Idle, 127 moves behind the first are all: more could be copies.
	attack "with the same S there are 128 moves; the next one needs data" "$(moves 0 128)
		forge 128 0 0 $EVIL
		forge 129 0 0 $EVIL
		$(replays 0 1 100 127)
		expect-watched 0 0 1500
		data 10
		expect-acked 10000
		$(moves 130 100)
		$(replays 99 100 150 227)
		expect-watched 0 0 1500"
	batch_end "replays with an old S"
	expect_mib "$kn" UpdateAccepted $((220 + 228))
	expect_mib "$kn" SynAckOut $((220 + 228))
	expect_mib "$kn" UpdateStale $((8 + 2 + 16))
}

# ------------------------------------------------------------- two kernels

COPY=$OUT/copy		# the Loc-Update that the attacker has
ATTACKER=198.18.0.77	# nobody has it: what goes there is only counted
mn_host=2

# readdress: mn gets another address of the same network.
readdress()
{
	ip -n "$mn" addr add 10.1.0.$((mn_host + 1))/24 dev wlan0
	ip -n "$mn" addr del 10.1.0.$mn_host/24 dev wlan0
	mn_host=$((mn_host + 1))
}

# copy_next DEV: from here on the attacker waits for a Loc-Update.
copy_next()
{
	bg in_ns "$net" forge capture "$1" "$COPY" 60000 >"$OUT/forge.log" 2>&1
	wait_for 5000 grep -q listening "$OUT/forge.log" >/dev/null
}

copied() { grep -q captured "$OUT/forge.log"; }

# forge replay|answer WORDS...: the attacker sends.
forge()
{
	local how=$1

	shift
	in_ns "$net" forge "$how" "$COPY" "$@" || fail "forge $how $*"
}

# in_the_way RULE: the attacker drops what he forwards; out_of_the_way.
in_the_way()
{
	in_ns "$net" nft -f - <<-END
	table inet attacker {
		chain forward {
			type filter hook forward priority filter; policy accept;
			$1 drop
		}
	}
	END
}

out_of_the_way() { in_ns "$net" nft delete table inet attacker; }

# move_watched DEV RULE: mn moves; the attacker has a copy of its update from DEV, and
# drops what RULE says.
move_watched()
{
	mark "$mn"; mark "$cn"
	flows_mark
	copy_next "$1"
	in_the_way "$2"
	readdress
	expect_soon "a copy of the update" 10000 copied
}

# sent_to_attacker: segments of cn, in the capture "attacker".
sent_to_attacker()
{
	tcpdump -n -r "$OUT/attacker.pcap" "dst host $ATTACKER" 2>/dev/null | wc -l
}

# counted_is NS NAME VALUE
counted_is()
{
	local n

	n=$(counted "$1" "$2")
	echo "$2 is $n"
	[ "$n" = "$3" ]
}

kernel_cases()
{
	local before

	in_ns "$mn" sysctl -qw net.ipv4.conf.all.promote_secondaries=1
	ip -n "$net" route add blackhole $ATTACKER
	flow_rate=4000
	flow v4 mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
	test_case "a connection between two kernels"
	round_begin two-kernels
	flows_start
	flows_mark
	expect_moved 0 4000 v4

	test_case "forged SYN-ACKs do not confirm a move"
	move_watched cn "tcp flags & (syn|ack) == syn|ack"
	forge answer ack 1
	forge answer ack -1
	forge answer seq 1
	forge answer seq -1
	forge answer bad-sum
	expect_soon "all of them have come" 5000 counted_is "$mn" UpdateSynAckBad 4
	expect_mib "$mn" ChecksumBad 1
	expect_mib "$mn" MoveDone 0
	out_of_the_way
	expect_moved 1 4000 v4
	expect_mib "$mn" MoveDone 1

	test_case "a forged SYN-ACK with the right numbers: the peer knows the address, all goes on"
	move_watched cn "tcp flags & (syn|ack) == syn|ack"
	forge answer
	expect_moved 1 4000 v4
	out_of_the_way
	expect_mib "$mn" MoveDone 1
	expect_mib "$mn" UpdateSynAckIn 1
	expect_mib "$cn" UpdateAccepted 1

	test_case "the same where the peer has no update: its RST has the address told again"
	move_watched r1 "ip saddr 10.1.0.0/24 tcp flags & (syn|ack) == syn"
	forge answer
	not_known=10.1.0.$mn_host
	expect_soon "the peer's host refuses" 5000 counted_is "$mn" RstSuspended 1
	expect_mib "$mn" MoveDone 1
	expect_mib "$cn" UpdateIn 0
	out_of_the_way
	expect_moved 1 4000 v4
	expect_mib "$cn" UpdateAccepted 1

	test_case "a copied update, sent again from elsewhere, is old and not answered"
	mark "$mn"; mark "$cn"
	flows_mark
	capture_start "$net" cn attacker tcp
	forge replay from $ATTACKER 0 times 3
	forge replay from $ATTACKER 7777 ack -1
	forge replay from $ATTACKER 7777 seq 1
	forge replay from $ATTACKER 7777 flags 18
	expect_soon "all of them have come" 5000 counted_is "$cn" UpdateMalformed 1
	expect_moved 0 4000 v4
	# On a slow machine S has been left behind by more than a window.
	expect "refused as old" 4 "$(sum_counted "$cn" UpdateStale UpdateBadSeq)"
	expect_mib "$cn" UpdateBadRequest 1
	expect_mib "$cn" SynAckOut 0
	capture_flush
	# The stack's RST to the SYN-ACK that it makes of it.
	expect_between "segments to the attacker" 0 1 "$(sent_to_attacker)"

	test_case "a copied update with another ack, from where it came, disturbs nothing"
	mark "$mn"; mark "$cn"
	flows_mark
	forge replay
	forge replay ack -1 times 2
	forge replay ack 1000000000
	expect_soon "all of them have come" 5000 counted_is "$cn" UpdateIn 4
	expect_moved 0 4000 v4
	expect_mib "$cn" UpdateAccepted 0
	expect "answered or refused" 4 \
		"$(sum_counted "$cn" UpdateAgain UpdateStale UpdateBadSeq)"

	test_case "a mover's own update, sent back to it nine moves later, is refused"
	for _ in 1 2 3 4 5 6 7 8 9; do
		flows_mark
		readdress
		expect_moved 1 1000 v4
	done
	mark "$mn"; mark "$cn"
	flows_mark
	before=$(in_ns "$mn" ss -Htn state established "dport = :${flow_ports[v4]}" |
		awk '{ sub(/.*:/, "", $3); print $3 }')
	forge replay from $ATTACKER 7777 to 10.1.0.$mn_host "$before"
	forge replay from $CN4 "${flow_ports[v4]}" to 10.1.0.$mn_host "$before"
	expect_soon "both have come" 5000 counted_is "$mn" UpdateIn 2
	expect_moved 0 4000 v4
	expect_mib "$mn" UpdateReflected 2
	told=$(refusals mn peer-reflected)
	forge replay from $ATTACKER 7777 to 10.1.0.$mn_host "$before" times 200
	expect_soon "so have two hundred more" 5000 counted_is "$mn" UpdateReflected 202
	sleep 0.5
	expect_between "of which so many were told" 1 100 $(($(refusals mn peer-reflected) - told))
	expect_moved 0 4000 v4
	expect_mib "$mn" UpdateAccepted 0
	expect_mib "$mn" SynAckOut 0

	test_case "SYNs from the mover's next address hold its move up for a moment only"
	mark "$mn"; mark "$cn"
	flows_mark
	before=$(in_ns "$mn" ss -Htn state established "dport = :${flow_ports[v4]}" |
		awk '{ sub(/.*:/, "", $3); print $3 }')
	for _ in {1..100}; do
		printf 'seg syn seq 1000000 from 10.1.0.%s %s\nsleep 100\n' $((mn_host + 1)) "$before"
	done >"$OUT/syns"
	ip netns exec "$net" rawpeer --local $ATTACKER 9 --remote "$CN4" "${flow_ports[v4]}" <"$OUT/syns" >"$OUT/syns.log" 2>&1 &
	bg_pids+=("$!")
	expect_soon "one waits for its answer" 5000 eval '[ -n "$(in_ns "$cn" ss -Htn state syn-recv)" ]'
	# Else the mover's host ends it as soon as it has the address.
	in_ns "$mn" nft "add table ip no-rst; add chain ip no-rst out { type filter hook output priority 0; };
		add rule ip no-rst out tcp flags rst drop"
	readdress
	expect_moved 1 6000 v4
	kill "${bg_pids[-1]}"
	in_ns "$mn" nft delete table ip no-rst
	expect_mib "$cn" UpdateAccepted 1
	expect_mib "$cn" UpdateCollision 1 2
	expect_mib "$cn" RequestYielded 1 2

	# He holds the mover's SYN back and is there first.
	test_case "a stolen update: ten segments to the thief, and the mover gets through"
	capture_start "$net" cn attacker tcp
	move_watched r1 "ip saddr 10.1.0.0/24 tcp flags & (syn|ack) == syn"
	forge replay from $ATTACKER 7777
	expect_soon "it is accepted" 5000 counted_is "$cn" UpdateAccepted 1
	sleep 2
	forge replay from $ATTACKER 7777
	out_of_the_way
	expect_moved 1 4000 v4
	expect_mib "$cn" UpdateAccepted 2
	expect_mib "$cn" PathValidated 1
	capture_flush
	expect_between "segments to the thief" 2 10 "$(sent_to_attacker)"
}

kernel_end()
{
	test_case "all octets arrived as they were sent; no RST, but to an address that was not known"
	flows_stop
	flow_exact v4
	round_checks "and not host $ATTACKER and not (src host $CN4 and dst host $not_known)"
	round_end
}

told_cases()
{
	test_case "each refused update was told, and why"
	expect_refusals_told kn mn cn
	expect_between "of each kind there was one: implausible" 2 100 "$(refusals kn peer-sequence)"
	expect "a taken tuple" 12 "$(refusals kn peer-collision)"
	expect_between "reflected" 2 110 "$(refusals mn peer-reflected)"
	expect_between "old" 30 100 "$(refusals kn peer-stale)"
}

raw_build
listen_to kn
verify_cases
edge_cases
form_cases
listener_cases
both_cases
again_case
collision_case
request_case
again_request_case
deferred_case
own_request_case
device_case "the same"
device_case another
opening_case
guard_cases
key_cases
replay_cases

topo_build
attach routed 4
listen_to mn cn
kernel_cases
kernel_end
told_cases

tap_done
