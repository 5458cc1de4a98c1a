#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Loc-Update as a peer driven by hand sees it (tests/prog/rawpeer.c), which
# computes token and request from the draft:
#
#	I	the mover's: S, ack field, window, options, request numbers, when it
#		is repeated and when a new one takes its place; and that there is
#		none before there is a secret
#	II	the other end's: what the SYN may change and what not, in which
#		states, and what becomes of the tuple that was left
#	III	both forget the old path: what SACK covers is not sent again; slow
#		start, RTT and RTO anew; the least segment size
#
# Seconds: 1200

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"
# shellcheck source=tests/raw.sh
. "$(dirname "$0")/../raw.sh"

need_module tcp_mobility
raw_build
listen_to kn

# keys: from "connect" or "accept" on. The kernel's first octets, $first of them,
# say that it is keyed; $quiet=mute leaves them unacknowledged.
keys()
{
	echo "cont 9 16
	expect-cont 9 16 10000
	expect-confirm 10000
	confirm
	${quiet:-}
	recv ${first:-1} 60000
	sleep 100"
}

# mover NAME BEFORE STEPS [XFER OPTION]...: the kernel connects, as whoever may
# sit behind a NAT; an exact RST makes it tell its address.
mover()
{
	local name=$1 before=$2 steps=$3

	shift 3
	client "$name" "KEYED none" "$before
		accept
		$(keys)
		$steps" --wait-keyed 60000 --recv any --send "${first:-1}" --chunk "${first:-1}" "$@"
}

# other NAME BEFORE STEPS [XFER OPTION]...: the same, but the kernel listens.
other()
{
	local name=$1 before=$2 steps=$3

	shift 3
	listener "$name" "KEYED none" "$before
		connect
		$(keys)
		$steps" --wait-keyed 60000 --send "${first:-1}" --chunk "${first:-1}" "$@"
}

# ------------------------------------------------------- I: the mover's update

# What follows an update that gets no answer; the fourth does.
unanswered="expect-update 1500 same after 900 1300
	expect-update 2500 same after 1900 2400
	expect-update 4500 next after 3900 4500
	answer
	expect-segment 1000
	ack
	data 500
	expect-acked 5000"
# What follows an update that was answered.
ends="expect-segment 1000
	ack
	close 30000"

batch_begin "the update of a mover"
mover "S, ack field, window and options are where the connection stands" "" "
	data 700
	expect-acked 1000
	seg data 100 seq 500		# a gap: the ack field stays below it
	sleep 100
	seg rst
	expect-update 1000
	answer
	expect-segment 1000
	ack
	data 600
	expect-acked 5000
	close"
mover "a window wider than the field is not scaled down" "wscale 3" "
	data 700
	expect-acked 1000
	seg rst
	expect-update 1000
	answer
	$ends" --rcvbuf 400000
mover "a window that is smaller than it was" "" "
	data 1000
	expect-acked 1000
	data 1000
	expect-acked 1000
	seg rst
	expect-update 1000
	answer
	$ends" --rcvbuf 12000 --no-read 8
mover "without Timestamps there are none" "no-ts" "
	data 700
	expect-acked 1000
	seg rst
	expect-update 1000
	answer
	$ends"
first=8000 quiet=mute mover "S is what was acknowledged; what follows fits the SYN-ACK's window" "" "
	seg rst
	expect-update 300
	clear
	answer window 3000
	expect-resent 2800 300
	sleep 100
	loud
	close"
first=1000 quiet=mute mover "two time-outs without an answer: within a second it tells its address" "" "
	expect-no-update 350		# the second is some 600 ms behind the octets
	expect-update 550
	answer
	expect-segment 1000
	loud
	close"
mute_port=$port
mover "the same three times, after 1 and 2 s; then the next, after 4 s" "" "
	seg rst
	expect-update 1000
	$unanswered
	expect-no-update 3000
	close"
mover "a SYN-ACK that answers something else is none" "" "
	seg rst
	expect-update 1000
	answer ack 1
	answer seq -1
	expect-update 1500 same after 900 1300
	answer
	$ends"
mover "a second answer, to an update sent from there before: its time is echoed" "" "
	data 700
	expect-acked 1000
	seg rst
	expect-update 1000
	answer
	expect-segment 1000
	sleep 50
	answer
	expect-echo 500
	ack
	data 500
	expect-acked 5000
	close"
mover "request numbers go up by one and wrap: 260 in a row" "" "
	seg rst
	expect-update 1000
	answer
	expect-segment 1000
	ack
	sleep 100
	rounds 260
	data 500
	expect-acked 5000
	close"
batch_end "the update of a mover"
expect_mib "$kn" UpdateRepeat 3
expect_mib "$kn" UpdateSynAckBad 2
expect_mib "$kn" RepairDone 270
expect_told "rst stall" kn repairing last-move-cause
expect_told stall kn repairing last-move-cause " remote-port=$mute_port "
expect_told rst kn repairing last-move-cause " remote-port=$port "

# A pause ends with an ACK that waits for an answer, as a move does.
batch_begin "a pause behind a repair"
mover "a SYN-ACK like that of the repair brings no time" "" "
	data 700
	expect-acked 1000
	seg rst
	expect-update 1000
	answer
	expect-segment 1000
	ack
	data 100
	expect-acked 1000
	expect-window 0 0 20000
	expect-window 1 65535 20000
	answer tsval 100000000
	sleep 100
	data 500
	expect-acked 5000
	close"
at_step "expect-window 0"
expect_success "pause" in_ns "$kn" mobctl tcp pause all
at_step "expect-window 1"
expect_success "resume" in_ns "$kn" mobctl tcp resume all
batch_end "a pause behind a repair"
expect_mib "$kn" PauseEnded 1
expect_mib "$kn" RepairDone 1

# The second half of its octets is on its way, not acknowledged, when the address
# goes; the ACK comes while the update has had no answer.
batch_begin "a move"
first=3000 mover "from the new address: the same again, then the next with the current S" "" "
	mute
	recv 6000 20000
	expect-update 5000 from $KN2
	loud
	$unanswered
	close" --send 6000 --rate 1000
at_step expect-update
readdress_kn "$KN2"
batch_end "a move"
expect_mib "$kn" MoveDone 1
expect_mib "$kn" UpdateOut 4
expect_mib "$kn" UpdateRepeat 2
readdress_kn "$KN"

# Draft Section 5: a host may move once the exchange is complete, and not before. A
# secret is computed when a connection is a second old; each of these is younger.
# young NAME STATE BEFORE STEPS [XFER OPTION]...: the kernel connects; its address
# goes at "# sleep 1".
young()
{
	client "$1" "$2" "$3
		accept
		$4" --recv any "${@:5}"
}
whole="cont 9 16
	expect-confirm 10000
	confirm"

batch_begin "an address goes before there is a secret"
young "both keys are there: the secret is computed at once, and the connection moves" "KEYED none" "" "$whole
	sleep 1
	expect-update 650 from $KN2
	answer
	expect-segment 1000
	ack
	data 500
	expect-acked 5000
	recv 1000 5000
	close" --send 1000 --after "$OUT/.moved"
at_step "sleep 1$"
readdress_kn "$KN2"
: >"$OUT/.moved"
batch_end "an address goes before there is a secret"
expect_mib "$kn" Keyed 1
expect_mib "$kn" MoveDone 1
expect_mib "$kn" UpdateOut 1
readdress_kn "$KN"

# held: how many connections are adrift.
held() { ip netns exec "$kn" nlprobe --dump ask conn-get | grep -c ' move=adrift'; }

# The first two differ in mobility alone, and end alike. The other two have the
# peer's key, which is none: held at first, in case they may move, and plain then.
batch_begin "an address goes, and there is no secret"
young "half of the keys: nothing is told, and the end is that of plain TCP" TIMEOUT "" "
	cont 9 8
	expect-no-update 20000" --send 60000 --rate 3000 --user-timeout 5000
half_port=$port
young "plain TCP, the same" TIMEOUT no-conn-key "
	expect-no-cont 20000" --send 60000 --rate 3000 --user-timeout 5000
plain_port=$port
young "a key off the curve: held until that is known, then it ends as plain TCP" TIMEOUT "key off-curve" "
	$whole
	expect-no-update 20000" --send 60000 --rate 3000 --user-timeout 5000
held_port=$port
young "a key off the curve: and if the address comes back, it goes on" "PLAIN bad-key" "key off-curve" "
	$whole
	sleep 1
	expect-no-update 15000
	recv 60000 20000
	data 500
	expect-acked 5000
	close" --send 60000 --rate 3000
at_step "sleep 1$"
test_case "an address goes, and the peer's key is none: held until that is known"
ip -n "$kn" addr flush dev eth0 scope global
expect "Adrift before that is known, and held" "2 0 2" "$(counted "$kn" Adrift) $(counted "$kn" FallbackBadKey) $(held)"
wait_for 5000 eval '[ "$(counted "$kn" FallbackBadKey)" = 2 ]' || fail "the keys are looked at"
# By the work that found it: no address has changed since.
sleep 0.2
expect "held behind that" 0 "$(held)"
readdress_kn "$KN2"
# nobody_there PORT...: these applications were told so.
nobody_there()
{
	local p

	for p; do
		grep -q '^xfer client: recv' "$OUT/app-$p.log" || return 1
	done
}
expect_soon "the first three end" 30000 nobody_there "$half_port" "$plain_port" "$held_port"
readdress_kn "$KN"
batch_end "an address goes, and there is no secret"
expect_mib "$kn" FallbackBadKey 2
expect_mib "$kn" Adrift 2
expect_mib "$kn" UpdateOut 0
expect_mib "$kn" MoveStarted 0
expect_mib "$kn" SurvivalTimeout 0
expect "errors of the first two are the same" "$(grep 'xfer client: recv' "$OUT/app-$plain_port.log")" \
	"$(grep 'xfer client: recv' "$OUT/app-$half_port.log")"

# What may go to a peer that has named two addresses and was heard at neither is
# little; that this end moves has to be told all the same.
batch_begin "a move, and the peer was heard at neither of two addresses"
other "it is told as often as ever" "" "
	data 700
	expect-acked 1000
	watch $RP3 4999
	forge 1 0 0 from $RP3 4999
	expect-watched 1 3 500		# it was obeyed
	loc-update 2 0 0 from $RP2 41041
	expect-synack 5000
	sleep 1
	expect-update 5000 from $KN2
	expect-update 1500 same after 900 1300
	expect-update 2500 same after 1900 2400
	expect-update 4600 next after 3900 4600
	answer
	$ends"
at_step "sleep 1$"
readdress_kn "$KN2"
batch_end "a move, and the peer was heard at neither of two addresses"
expect_mib "$kn" MoveDone 1
expect_mib "$kn" UpdateOut 4
readdress_kn "$KN"

# Four minutes, which cost nothing where idle time is skipped.
batch_begin "a move that nobody answers for long"
mover "what is between the updates doubles, up to 64 s" "" "
	data 700
	expect-acked 1000
	sleep 1
	expect-update 5000 from $KN2
	expect-update 1500 same after 900 1300
	expect-update 2500 same after 1900 2400
	expect-update 4600 next after 3900 4600
	expect-update 9200 same after 7900 9200
	expect-update 18400 same after 15900 18400
	expect-update 36800 next after 31900 36800
	expect-update 73600 same after 63900 73600
	expect-update 73600 same after 63900 73600
	expect-update 73600 next after 63900 73600
	answer
	$ends"
at_step "sleep 1$"
readdress_kn "$KN2"
batch_end "a move that nobody answers for long"
expect_mib "$kn" MoveDone 1
expect_mib "$kn" UpdateOut 10
expect_mib "$kn" UpdateRepeat 6
readdress_kn "$KN"

# ------------------------------------------------ II: the other end's answer

# moves FROM-PORT [WORD]...: the peer moves.
moves() { echo "loc-update 7 0 0 from $RP2 $*
	expect-synack 5000"; }

batch_begin "what an update's SYN may change"
other "ECE and CWR do not spoil an update" "" "
	$(moves 41001 ece-cwr)
	ack
	data 500
	expect-acked 5000
	close"
first=3000 other "an MSS of 1 counts as 536" "" "
	$(moves 41002 mss 1)
	ack
	clear
	recv 6000 20000
	expect-longest 400 536 100
	close" --send 6000 --rate 1000
ip -n "$kn" route add $RP3/32 dev eth0 advmss 1000
first=3000 other "an MSS of 65535 is no more than our own" "" "
	loc-update 7 0 0 from $RP3 41003 mss 65535
	expect-synack 5000
	ack
	clear
	recv 6000 20000
	expect-longest 900 1000 100
	close" --send 6000 --rate 1000
other "the time on it is not taken: what follows is not old" "" "
	$(moves 41004 tsval 1073741824)
	ack
	data 500
	expect-acked 5000
	close"
first=3000 quiet=mute other "a window of 0 on it is not taken: all is sent right behind the SYN-ACK" "" "
	clear
	$(moves 41005 window 0)
	expect-resent 3000 300
	loud
	close"
first=6000 other "a window scale on it is not taken: 2000 octets are 2000" "wscale 0
	window 2000" "
	$(moves 41006 wscale 7)
	ack
	mute
	sleep 9000			# nothing beyond the window comes
	loud
	recv 12000 30000
	close" --send 12000 --rate 1000
other "data on it is not taken: it comes again behind it" "" "
	$(moves 41007 data 500)
	ack
	data 500
	expect-acked 5000
	close"
batch_end "what an update's SYN may change"
expect_mib "$kn" UpdateAccepted 7
ip -n "$kn" route del $RP3/32 dev eth0

# Data may come between two answers, and then the second is the mover's stack's.
batch_begin "an answer before the last"
other "who echoes the first answer of two to one address has been there" "" "
	$(moves 41008)
	sleep 100
	loc-update 8 0 0 from $RP2 41008
	expect-synack 5000
	echo-older 50
	ack
	data 500
	expect-acked 5000
	close"
batch_end "an answer before the last"
expect_mib "$kn" UpdateAccepted 2
expect_mib "$kn" PathValidated 1

batch_begin "states and leftovers"
other "LAST-ACK accepts an update" "" "
	mute
	fin
	expect-fin 10000
	sleep 300
	$(moves 41011)
	clear
	expect-segment 3000
	ack"
quiet=mute other "CLOSING accepts an update" "" "
	expect-fin 10000
	seg fin ack -1
	sleep 300
	$(moves 41012)
	clear
	expect-segment 3000
	ack" --half-close
other "a RST at the ack that was lowered is exact" "" "
	data 800
	expect-acked 1000
	loc-update 7 -500 0 from $RP2 41013
	expect-synack 5000
	seg rst seq -500
	expect-segment 300		# is the peer there?
	sleep 200
	ack
	data 500
	expect-acked 5000
	close"
other "so is one at the next octet, which was told before the move" "" "
	data 800
	expect-acked 1000
	loc-update 7 -500 0 from $RP2 41017
	expect-synack 5000
	seg rst
	expect-segment 300
	sleep 200
	ack
	data 500
	expect-acked 5000
	close"
# Nothing comes before it that raises the ack which is lowered.
other "data that ends a suspension is acknowledged" "" "
	data 800
	expect-acked 1000
	loc-update 7 -500 0 from $RP2 41015
	expect-synack 5000
	seg rst seq -500
	expect-segment 300
	sleep 200
	data 500
	expect-acked 5000
	close"
other "late segments to the tuple that was left are dropped, a SYN is not" "" "
	$(moves 41014)
	ack
	watch $RP $((port + 1 + 30000))
	seg data 10 from $RP $((port + 1 + 30000))
	expect-watched 0 0 500
	seg syn seq 1000000 from $RP $((port + 1 + 30000))
	expect-watched 1 3 500
	data 500
	expect-acked 5000
	close"
batch_end "states and leftovers"
expect_mib "$kn" UpdateAccepted 6
expect_mib "$kn" RstSuspended 3
expect_mib "$kn" RstIgnored 0
expect_mib "$kn" GhostDropped 1

# The peer's S is below what it was told, so the new path has not seen that: what
# leaves acknowledges S, then the highest octet that comes there, old or new. Data
# that is old is answered at once.
# old SEQ LEN D: three times these, and each answer acknowledges D.
old()
{
	echo "clear
	seg seq $1 data $2 times 3
	expect-acks 3 $3 1000"
}
batch_begin "the ack that is lowered"
other "it rises with what the new path has seen, and never falls" "" "
	data 800
	expect-acked 1000
	loc-update 7 -500 0 from $RP2 41018
	expect-synack 5000
	$(old -700 100 -500)
	$(old -500 200 -300)
	$(old -700 100 -300)
	$(old -200 100 -100)
	$(old -100000 100 -100)
	clear
	data 300
	expect-acks 1 0 1000
	close"
batch_end "the ack that is lowered"
expect_mib "$kn" AckClamped 15
expect_mib "$kn" UpdateAccepted 1
expect_mib "$kn" PathValidated 1

# ------------------------------------------------- III: the old path forgotten

batch_begin "what SACK covers"
first=8000 quiet=mute other "the peer moves: the rest is sent again, what SACK covers is not" "sack-ok" "
	sack 2896 1448
	clear
	$(moves 41021)
	expect-resent 6000 3000
	ack
	sleep 500
	loud
	close"
first=8000 quiet=mute mover "we tell our address: the rest is sent again, what SACK covers is not" "sack-ok" "
	sack 2896 1448
	seg rst
	expect-update 300
	clear
	answer
	expect-segment 1000
	expect-resent 6000 3000
	sleep 100
	loud
	close"
batch_end "what SACK covers"
expect_mib "$kn" RepairDone 1
expect_mib "$kn" UpdateAccepted 1

topo_build
attach routed
flow up mn "$CN4" --wait-keyed 20000 --rate 1000000 --chunk 60000 -- --wait-keyed 20000 --send 0
flow_receives[up]=cn
flow down cn "$MN_ROUTED4" --wait-keyed 20000 --rate 1000000 --chunk 60000 -- --wait-keyed 20000 --send 0
flow_receives[down]=mn

# tcp_info NS FLOW: what ss tells of its socket, a word per line.
tcp_info()
{
	in_ns "$1" ss -Htin "( sport = :${flow_ports[$2]} or dport = :${flow_ports[$2]} )" | tr ' ' '\n'
}
# word INFO NAME
word() { sed -n "s/^$2://p" <<<"$1"; }

test_case "the path before: a wide window, known times, slow start over"
flows_start
# lossy: both have seen one.
lossy()
{
	tcp_info "$mn" up | grep -q ^ssthresh && tcp_info "$cn" down | grep -q ^ssthresh
}
set_path 20 2
expect_soon "both senders see a loss" 5000 lossy
set_path 20
sleep 3
of_mn=$(tcp_info "$mn" up)
of_cn=$(tcp_info "$cn" down)
for end in mn cn; do
	info=of_$end
	expect_between "cwnd of $end" 15 10000 "$(word "${!info}" cwnd)"
	expect_between "ssthresh of $end" 2 10000 "$(word "${!info}" ssthresh)"
	expect_between "RTO of $end, ms" 200 900 "$(word "${!info}" rto)"
done

test_case "the move: slow start, RTT and RTO anew at both ends (draft Section 5)"
# So long that nothing is measured before we look.
set_path 400
detach routed
attach nat
expect_soon "both are told" 10000 eval '[ "$(mib "$mn" MoveDone)" = 2 ]'
of_mn=$(tcp_info "$mn" up)
of_cn=$(tcp_info "$cn" down)
for end in mn cn; do
	info=of_$end
	expect_between "cwnd of $end" 1 10 "$(word "${!info}" cwnd)"
	expect "ssthresh of $end: none" "" "$(word "${!info}" ssthresh)"
	expect "RTT of $end: none" "" "$(word "${!info}" rtt)"
	expect "RTO of $end, ms" 1000 "$(word "${!info}" rto)"
done
set_path 20
flows_mark
expect_moved 0 20000 up down
flows_stop
for name in up down; do
	test_case "every octet is right: $name"
	flow_exact $name
done
flows_forget

# As on any SYN: what is smaller than the least that all must take is not believed.
# r1 changes only these; the connections are there.
flow floor4 mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flow floor6 mn "$CN6" --wait-keyed 20000 -- --wait-keyed 20000
test_case "an MSS of 100 on an update counts as 536, with IPv6 as 1220"
flows_start
expect "before" "1448 1428" "$(word "$(tcp_info "$cn" floor4)" mss) $(word "$(tcp_info "$cn" floor6)" mss)"
in_ns "$r1" nft 'add table inet small; add chain inet small forward { type filter hook forward priority -10; };
	add rule inet small forward tcp flags & (syn | ack) == syn counter tcp option maxseg size set 100'
flows_mark
detach nat
attach routed
expect_moved 1 4000 floor4 floor6
expect_between "updates with that MSS" 2 8 "$(in_ns "$r1" nft list table inet small | sed -n 's/.*packets \([0-9]*\).*/\1/p')"
# Timestamps take 12 of it.
expect "behind it" "524 1208" "$(word "$(tcp_info "$cn" floor4)" mss) $(word "$(tcp_info "$cn" floor6)" mss)"
in_ns "$r1" nft delete table inet small
flows_stop
for name in floor4 floor6; do
	test_case "every octet is right: $name"
	flow_exact $name
done
flows_forget

test_case "nothing is left"
detach routed
expect_module_unused
expect "complaints of the kernel" "" "$(kernel_complaints)"

tap_done
