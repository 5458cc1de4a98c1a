#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Connections move with their host. Three rounds, each a set of transfers that
# run side by side, both directions at once, while the mobile host changes its
# network; every octet is compared.
#
#	I	active and passive opener, IPv4, IPv6 and v4-mapped, half-closed
#		ends, an idle connection, one that is bound to its address, and
#		one without mobility, over a path of 40 ms
#	II	without timestamps, SACK or window scaling, with a zero window, at
#		100 ms with 2 % loss
#	III	fifty connections at once

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility
topo_build
attach routed

enough=4000		# octets each way that show that a connection goes on

# counters_since NAME...: "NAME=N" of mn and cn since counters_mark.
counters_mark()
{
	in_ns "$mn" cat /proc/net/tcp_mobility >"$OUT/.mib.mn"
	in_ns "$cn" cat /proc/net/tcp_mobility >"$OUT/.mib.cn"
}

# since mn|cn COUNTER
since()
{
	echo $(($(mib "$(ns_of "$1")" "$2") -
		$(awk -v n="$2" '$1 == n { print $2 }' "$OUT/.mib.$1")))
}

# ----------------------------------------------------------------- round I

flow v4 mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flow v6 mn "$CN6" --wait-keyed 20000 -- --wait-keyed 20000
flow mapped mn "$CN4" --wait-keyed 20000 --mapped -- --wait-keyed 20000
flow passive4 cn "$MN_ROUTED4" --wait-keyed 20000 -- --wait-keyed 20000
flow passive6 cn "$MN_ROUTED6" --wait-keyed 20000 -- --wait-keyed 20000
flow passivemapped cn "$MN_ROUTED4" --wait-keyed 20000 -- --wait-keyed 20000 --mapped
# FIN-WAIT-2 on one end, CLOSE-WAIT on the other.
flow finmover mn "$CN4" --wait-keyed 20000 --send 3000 --half-close -- --wait-keyed 20000
flow_receives[finmover]=mn
flow finpeer mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000 --send 3000 --half-close
flow_receives[finpeer]=cn
flow finpassive6 cn "$MN_ROUTED6" --wait-keyed 20000 -- --wait-keyed 20000 --send 3000 --half-close
flow_receives[finpassive6]=mn
flow idle mn "$CN4" --wait-keyed 20000 --after "$OUT/.go" -- --wait-keyed 20000 --after "$OUT/.go"
flow_receives[idle]=none
movers="v4 v6 mapped passive4 passive6 passivemapped finmover finpeer finpassive6 idle"
v4movers="v4 mapped passive4 passivemapped finmover finpeer idle"
n_movers=10
flow pinned mn "$CN4" --wait-keyed 20000 --bind "$MN_ROUTED4" -- --wait-keyed 20000
flow_common=()
flow plain mn "$CN4"
flow_common=(--mobility)

test_case "connections of all kinds become keyed"
round_begin round-I
flows_start
flows_mark
expect_moved 0 $enough $movers pinned

test_case "break before make, routed to NAT"
counters_mark
detach routed
sleep 0.3
flows_mark
attach nat
expect_moved 1 $enough $movers
flows_sample "$OUT/.now"
expect "MoveDone on mn" $n_movers "$(since mn MoveDone)"
expect "UpdateAccepted on cn" $n_movers "$(since cn UpdateAccepted)"
expect "PathValidated on cn" $n_movers "$(since cn PathValidated)"

test_case "without mobility the connection hangs"
expect "octets to mn since the move" 0 "$(flow_progress plain mn)"
expect "octets to cn since the move" 0 "$(flow_progress plain cn)"

test_case "bound to its address the connection does not move"
expect "octets to mn since the move" 0 "$(flow_progress pinned mn)"
expect_between "MovePinned on mn" 1 1000000 "$(since mn MovePinned)"
expect "moves of it" 0 "$(flow_field pinned mn moves_local)"
test_case "ss shows the ULP of all but the plain one"
expect "sockets of mn with tcp-ulp-mobility" $((n_movers + 1)) "$(sockets_with_ulp "$mn")"
expect "sockets of cn with tcp-ulp-mobility" $((n_movers + 1)) "$(sockets_with_ulp "$cn")"
# shellcheck disable=SC2046
kill $(flow_pids plain) $(flow_pids pinned) 2>/dev/null
flow_dead="plain pinned"

test_case "break before make, NAT back to routed"
detach nat
sleep 0.3
flows_mark
attach routed
expect_moved 1 $enough $movers

test_case "make before break, the route prefers the NAT"
flows_mark
attach nat 46 50
expect_moved 1 $enough $movers
flows_mark
detach routed
expect_moved 0 $enough $movers

test_case "make before break, the route prefers the routed network again"
flows_mark
attach routed 46 10
expect_moved 1 $enough $movers
flows_mark
detach nat
expect_moved 0 $enough $movers

test_case "the same address goes and comes back"
counters_mark
flows_mark
detach routed
expect_soon "all are adrift" 10000 eval '[ "$(since mn Adrift)" = '$n_movers' ]'
attach routed
expect_moved 0 $enough $movers
expect "AdriftBack on mn" $n_movers "$(since mn AdriftBack)"
# None for coming back; a timer that ran out just then may take it for a stall.
expect_between "UpdateOut on mn" 0 1 "$(since mn UpdateOut)"

test_case "no address for five seconds"
detach routed
flows_mark
sleep 5
attach nat
expect_moved 1 $enough $movers

test_case "five moves in a row, back and forth"
flows_mark
counters_mark
network=nat
for i in 1 2 3 4 5; do
	detach $network
	[ $network = nat ] && network=routed || network=nat
	attach $network
	wait_for 30000 eval '[ "$(since mn MoveDone)" -ge '$((i * n_movers))' ]' ||
		fail "move $i done" $((i * n_movers)) "$(since mn MoveDone)"
done
expect_moved 5 $enough $movers

test_case "changes faster than they can be told"
flows_mark
for i in 1 2 3; do
	detach $network
	[ $network = nat ] && network=routed || network=nat
	attach $network
done
detach $network
attach $network
expect_moved any $enough $movers

test_case "an idle connection is used again after its moves"
flows_mark
: >"$OUT/.go"
flow_receives[idle]=both
expect_moved 0 $enough idle

test_case "IPv6 addresses that have to pass DAD"
detach $network
[ $network = nat ] && network=routed || network=nat
flows_mark
DAD=1 attach $network
expect_moved 1 $enough $movers
in_ns "$mn" sysctl -qw net.ipv6.conf.{all,wlan0,lte0}.accept_dad=0

flows_stop
for name in $movers; do
	case $name in
	v4|v6)		what="IP$name, active opener" ;;
	mapped)		what="mapped, active opener" ;;
	passivemapped)	what="mapped, passive opener" ;;
	passive*)	what="IPv${name#passive}, passive opener" ;;
	finmover)	what="the mover in FIN-WAIT-2, active opener" ;;
	finpassive6)	what="the mover in FIN-WAIT-2, passive opener, IPv6" ;;
	finpeer)	what="the other end in FIN-WAIT-2" ;;
	idle)		what="idle at first" ;;
	esac
	test_case "every octet is right: $what"
	flow_exact "$name"
	# shellcheck disable=SC2046
	set -- $(flow_moves "$name")
	expect_between "moves of mn" 11 20 "${1:-}"
	expect_between "moves that cn saw" "${1:-11}" 40 "${2:-}"
done

test_case "round I left no trace"
round_checks "and not port ${flow_ports[plain]} and not port ${flow_ports[pinned]}"
expect_module_unused
round_end
flows_forget
rm -f "$OUT/.go"

# ---------------------------------------------------------------- round II

detach nat
detach routed
attach routed

# odd NAME SYSCTL... : flow under these settings of mn.
odd()
{
	local name=$1 before

	shift
	before=$(mib "$mn" ConnKeySynAckIn)
	in_ns "$mn" sysctl -qw "${@/%/=0}"
	flow "$name" mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
	flows_launch
	wait_for 10000 eval '[ "$(mib "$mn" ConnKeySynAckIn)" -gt '"$before"' ]' ||
		fail "$name: connected"
	in_ns "$mn" sysctl -qw "${@/%/=1}"
}

test_case "connections without timestamps, SACK, window scaling"
round_begin round-II
odd nots net.ipv4.tcp_timestamps
odd nosack net.ipv4.tcp_sack
odd noscale net.ipv4.tcp_window_scaling
odd bare net.ipv4.tcp_timestamps net.ipv4.tcp_sack net.ipv4.tcp_window_scaling
flow loss4 mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flow loss6 mn "$CN6" --wait-keyed 20000 -- --wait-keyed 20000
flow losspassive cn "$MN_ROUTED4" --wait-keyed 20000 -- --wait-keyed 20000
flow zeromover mn "$CN4" --wait-keyed 20000 --rcvbuf 6000 --read-after "$OUT/.read" \
	-- --wait-keyed 20000 --sndbuf 12000
flow zeropeer mn "$CN4" --wait-keyed 20000 --sndbuf 12000 \
	-- --wait-keyed 20000 --rcvbuf 6000 --read-after "$OUT/.read"
flow_receives[zeromover]=cn
flow_receives[zeropeer]=mn
movers="nots nosack noscale bare loss4 loss6 losspassive zeromover zeropeer"
flows_start
flows_mark
expect_moved 0 $enough $movers
synacks=$(tcpdump -n -r "$round_pcap" "tcp[13] & 18 = 18" 2>/dev/null)
# no_option FLOW WORD: its SYN-ACK has no such option.
no_option()
{
	expect "$1 has no $2" "" "$(echo "$synacks" |
		grep "\.${flow_ports[$1]} > " | grep -o "$2" | head -n 1)"
}
no_option nots TS
no_option nosack sackOK
no_option noscale wscale
for word in TS sackOK wscale; do no_option bare $word; done
# persists NS FLOW: its sender has only the persist timer left.
persists() { in_ns "$1" ss -Hto "( sport = :${flow_ports[$2]} or dport = :${flow_ports[$2]} )" | grep -q persist; }
expect_soon "a closed window of mn" 10000 persists "$cn" zeromover
expect_soon "a closed window of cn" 10000 persists "$mn" zeropeer

set_path 50 2

test_case "100 ms, 2 % loss: break before make, to the NAT"
detach routed
flows_mark
attach nat
expect_moved 1 $enough $movers

test_case "100 ms, 2 % loss: break before make, back"
detach nat
flows_mark
attach routed
expect_moved 1 $enough $movers

test_case "100 ms, 2 % loss: make before break, to the NAT"
flows_mark
attach nat 46 50
expect_moved 1 $enough $movers
detach routed

test_case "windows that were zero in three moves open"
flows_mark
: >"$OUT/.read"
flow_receives[zeromover]=both
flow_receives[zeropeer]=both
expect_moved 0 $enough zeromover zeropeer

test_case "100 ms, 2 % loss: make before break, back"
flows_mark
attach routed 46 10
expect_moved 1 $enough $movers
detach nat

set_path 20 0
flows_stop
for name in $movers; do
	case $name in
	nots)		what="no timestamps" ;;
	nosack)		what="no SACK" ;;
	noscale)	what="no window scaling" ;;
	bare)		what="none of the three" ;;
	loss4)		what="loss, IPv4" ;;
	loss6)		what="loss, IPv6" ;;
	losspassive)	what="loss, passive opener" ;;
	zeromover)	what="window of the mover was zero" ;;
	zeropeer)	what="window of the other end was zero" ;;
	esac
	test_case "every octet is right: $what"
	flow_exact "$name"
	expect "moves: of mn, seen by cn" "4 4" "$(flow_moves "$name")"
done

test_case "round II left no trace"
round_checks
expect_module_unused
round_end
flows_forget
rm -f "$OUT/.read"

# --------------------------------------------------------------- round III

many=50

# keyed_lines LOG: connections that may move.
keyed_lines() { grep -c '^keyed' "$1"; }

# sums LOG FIELD: sums of all connections in it, sorted.
sums() { sed -n "s/^sent=.* $2=\([0-9a-f]*\).*/\1/p" "$1" | sort; }

detach routed
attach routed

test_case "$many connections are keyed"
round_begin round-III
common="--mobility --count $many --rate $((1500 / ${TEST_SLOW:-1})) --chunk 500 --until $flow_stop --info --wait-keyed 60000 --timeout 120"
# shellcheck disable=SC2086
bg in_ns "$cn" xfer server $common >"$OUT/many.cn.log" 2>&1
server_pid=$bg_pid
wait_listen "$cn" 5000
# shellcheck disable=SC2086
bg in_ns "$mn" xfer client $common "$CN4" 5000 >"$OUT/many.mn.log" 2>&1
client_pid=$bg_pid
expect_soon "all of them" 60000 eval '[ "$(keyed_lines "$OUT/many.mn.log")" = '$many' ] &&
	[ "$(keyed_lines "$OUT/many.cn.log")" = '$many' ]'

# many_moved: each of them once more.
many_moved()
{
	test_case "$many connections move at once, $1"
	counters_mark
	detach "$2"
	attach "$3"
	expect_soon "MoveDone on mn: $many" 40000 eval '[ "$(since mn MoveDone)" = '$many' ]'
	expect_soon "PathValidated on cn: $many" 40000 eval '[ "$(since cn PathValidated)" = '$many' ]'
	expect "UpdateAccepted on cn" $many "$(since cn UpdateAccepted)"
	expect "sockets of mn with tcp-ulp-mobility" $many "$(sockets_with_ulp "$mn")"
}
bg in_ns "$net" forge capture nat "$OUT/.copy" 60000 >"$OUT/.forge" 2>&1
wait_for 5000 grep -q listening "$OUT/.forge" >/dev/null
many_moved "routed to NAT" routed nat
many_moved "and back" nat routed

# What it costs that a token has to be looked for: us for each of so many updates
# with a token that is known on another port. They come over cn's own loopback: each
# is judged before the next is sent.
forged=5000
strangers()
{
	local before start

	before=$(mib "$cn" UpdateNoToken)
	start=${EPOCHREALTIME/[.,]/}
	in_ns "$cn" forge replay "$OUT/.copy" from 198.18.0.77 7777 to "$CN4" 9 times $forged ||
		fail "forge replay"
	strangers_us=$(((${EPOCHREALTIME/[.,]/} - start) / forged))
	expect "UpdateNoToken" $forged $(($(mib "$cn" UpdateNoToken) - before))
	note "$forged updates with an unknown token beside $1 connections: $strangers_us us each"
}

test_case "updates with an unknown token beside $many connections"
strangers $many
strangers_many=$strangers_us

test_case "every octet of $many is right"
sleep 1
: >"$flow_stop"
wait_for 60000 pids_gone $client_pid $server_pid
wait $client_pid
expect "exit status of all clients" 0 $?
wait $server_pid
expect "exit status of all servers" 0 $?
expect "connections ended without an error, mn" $many "$(grep -c ' errors=0 ' "$OUT/many.mn.log")"
expect "connections ended without an error, cn" $many "$(grep -c ' errors=0 ' "$OUT/many.cn.log")"
expect "SHA-256 to cn: all equal" "$(sums "$OUT/many.mn.log" sha256_sent | sha256sum)" \
	"$(sums "$OUT/many.cn.log" sha256_recv | sha256sum)"
expect "SHA-256 to mn: all equal" "$(sums "$OUT/many.cn.log" sha256_sent | sha256sum)" \
	"$(sums "$OUT/many.mn.log" sha256_recv | sha256sum)"
expect "moves of each" "$many 2" "$(sed -n 's/^info .*moves_local=\([0-9]*\).*/\1/p' "$OUT/many.mn.log" |
	sort | uniq -c | sed 's/^ *//' | paste -sd' ')"

# Tokens that are computed when they are looked for, of each connection, would cost
# a SHA-1 each: 50 us and more.
test_case "they cost the same when there is no connection (draft Appendix B)"
strangers 0
if virtual_time && ! no_cpu_time; then
	expect_between "us each beside $many connections; $strangers_us without" 1 \
		$((2 * strangers_us + 20)) $strangers_many
fi

test_case "round III left no trace"
round_checks
expect_module_unused
round_end
[ "$cases_failed" != 0 ] || rm -f "$OUT"/many.*.log
rm -f "$flow_stop" "$OUT"/.mib.* "$OUT"/.mark "$OUT"/.now "$OUT/.copy" "$OUT/.forge"

tap_done
