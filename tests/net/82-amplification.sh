#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Amplification: however an attacker goes about it, to an address that the peer was
# never heard at go ten segments at most, or one for each that he spends; and the
# connection goes on. A kernel and a peer driven by hand (tests/raw.sh), which is
# mover and attacker in one.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/raw.sh
. "$(dirname "$0")/../raw.sh"

need_module tcp_mobility
raw_build

# What the kernel has to say is 60000 octets, five seconds after it is keyed.
keyed="cont 9 16
	expect-cont 9 16 10000
	expect-confirm 10000
	confirm
	sleep 1500
	watch $RP3 EVIL"
quiet="connect
	$keyed"
sends=(--hold 5 --send 60000 --timeout 100)
back="data 100
	expect-acked 10000
	recv 60000 60000
	close"
elsewhere="loc-update 20 0 0 from $RP2 4000
	expect-synack 10000"
goes_on="$elsewhere
	ack
	$back"
# Behind an update of the kernel's.
answers="answer
	expect-segment 1000
	ack
	$back"

# times N STEP...: these steps so often.
times()
{
	local i

	for ((i = 0; i < $1; i++)); do
		printf '%s\n' "${@:2}"
	done
}

# Seven with data behind the SYN-ACK; of ten, two are for more SYN-ACKs.
batch_begin "amplification"
evil "ten segments at most go to an address before it is validated" "$quiet
	forge 1 0 0 $EVIL
	sleep 500
	data 100
	expect-watched 8 8 15000
	loc-update 2 0 0 from $RP2 4000
	expect-synack 10000
	seg seq -100 data 100
	expect-acked 10000
	recv 60000 60000
	close" "${sends[@]}"
evil "ten segments at most, however often the update is repeated" "$quiet
	loc-update 1 0 0 $EVIL
	$(times 12 "replay 0 $EVIL" "sleep 700")
	expect-watched 10 10 6000
	$goes_on" "${sends[@]}"
batch_end "amplification"
expect_mib "$kn" ValidateHeld 2 10000
expect_mib "$kn" GhostDropped 1 100
expect_mib "$kn" UpdateAccepted 4
expect_mib "$kn" UpdateAgain 2 9
expect_mib "$kn" PathValidated 2

batch_begin "amplification, with RSTs and by who has the key"
evil "a RST and the update again, and so on: it is still that address" "$quiet
	loc-update 1 0 0 $EVIL
	expect-watched 8 8 6000
	$(times 6 "seg rst $EVIL" "sleep 200" "replay 0 $EVIL" "sleep 800")
	expect-watched 9 10 6000
	$goes_on" "${sends[@]}"
# One SYN, one SYN-ACK; and never again seven with data.
evil "five updates that name one address: an answer to each, data once" "$quiet
	forge 1 0 0 $EVIL
	expect-watched 8 8 6000
	$(for ((i = 2; i < 6; i++)); do printf '%s\n' "forge $i 0 0 $EVIL" "sleep 500"; done)
	expect-watched 12 12 3000
	$goes_on" "${sends[@]}"
# Each would be an address that has no segment yet. After a minute it is.
evil "two addresses by turns: an answer to each update, data once a minute" "$quiet
	forge 1 0 0 $EVIL
	expect-watched 8 8 6000
	$(for ((i = 2; i < 10; i += 2)); do
		printf '%s\n' "forge $i 0 0 from $RP2 4000" "sleep 300" "forge $((i + 1)) 0 0 $EVIL" "sleep 300"; done)
	expect-watched 12 12 3000
	loc-update 10 0 0 from $RP2 4000
	expect-synack 10000
	ack
	mute
	sleep 1000
	forge 11 0 0 $EVIL
	expect-watched 13 13 3000
	loc-update 12 0 0 from $RP2 4000
	expect-synack 10000
	ack
	sleep 61000
	forge 13 0 0 $EVIL
	expect-watched 21 21 6000
	loud
	$goes_on" --hold 5 --send 60000 --timeout 200
# Who is really there can say so, and have the tuple for himself.
evil "a SYN of who has that address has its one answer, the budget spent or not" "$quiet
	forge 1 0 0 $EVIL
	expect-watched 8 8 6000
	seg syn seq 1000000 $EVIL
	expect-watched 9 9 1000
	seg syn seq 1000000 $EVIL
	expect-watched 10 10 1000
	seg syn seq 1000000 $EVIL
	expect-watched 11 11 1000
	$goes_on" "${sends[@]}"
there="$quiet
	forge 1 0 0 $EVIL
	expect-watched 8 8 6000
	seg syn seq 1000000 $EVIL
	expect-watched 9 9 1000
	seg rst $EVIL
	sleep 1200
	seg syn seq 1000000 $EVIL
	sleep 500"
listener "his RST suspends the connection, and his next SYN ends it" RESET \
	"${there//EVIL/$((port + 20000))}" "${sends[@]}"
evil_client "an end that connected, and RSTs from there: no more than ten" "accept
	$keyed
	forge 1 0 0 $EVIL
	expect-watched 8 8 6000
	seg rst $EVIL
	expect-watched 9 10 40000
	$goes_on" --recv any "${sends[@]}"
batch_end "amplification, with RSTs and by who has the key"
expect_mib "$kn" PathValidated 7
expect_mib "$kn" SuspendYielded 1

batch_begin "amplification, and the link comes and goes"
evil_client "an end that connected, and its link goes down and up four times" "accept
	$keyed
	forge 1 0 0 $EVIL
	expect-watched 8 8 6000
	expect-watched 9 10 30000
	$goes_on" --recv any "${sends[@]}"
at_step "expect-watched 9"
for ((i = 0; i < 4; i++)); do
	ip -n "$kn" link set eth0 down
	sleep 2
	ip -n "$kn" link set eth0 up
	sleep 3
done
batch_end "amplification, and the link comes and goes"
expect_mib "$kn" AdriftBack 4
expect_mib "$kn" PathValidated 1

# Its own update has had no answer when the peer's comes, and again.
batch_begin "amplification, while we move ourselves"
moves="accept
	$keyed
	expect-update 30000 from $KN2
	loc-update 1 0 0 $EVIL"
first=$((port + 1))
evil_client "an end that moves itself: no more than ten" "$moves
	$(times 12 "sleep 500" "replay 0 $EVIL")
	expect-watched 8 10 6000
	$elsewhere
	expect-update 1000
	$answers" --recv any "${sends[@]}" --hold 20
# It would go on counting, and after 128 the peer take what comes for old.
evil_client "when the ten are spent no request number is" "$moves
	$(times 12 "sleep 50" "replay 0 $EVIL")
	sleep 20000
	expect-watched 8 10 100
	$elsewhere
	expect-update 1000 next-watched
	$answers" --recv any "${sends[@]}" --hold 20
# Each would be the answer of a host that has forgotten the connection.
evil_client "RSTs to its updates from where the peer was never heard end nothing" "$moves
	$(times 6 "sleep 700" "seg rst ack 1 $EVIL")
	$elsewhere
	expect-update 1000
	$answers" --recv any "${sends[@]}" --hold 20
for ((i = first; i <= port; i++)); do
	at_step expect-update "$i"
done
readdress_kn "$KN2"
batch_end "amplification, while we move ourselves"
readdress_kn "$KN"
expect_mib "$kn" MoveDone 3
expect_mib "$kn" UpdateAccepted 6
expect_mib "$kn" RstRefused 6
expect_mib "$kn" RstIgnored 6
expect_mib "$kn" RstClosed 0

tap_done
