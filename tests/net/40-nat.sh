#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Moves through a masquerading NAT that drops whatever its connection tracking
# finds invalid (be_liberal = 0), with as much data in flight as the buffers
# hold: 24 transfers over IPv4 and 8 over IPv6. Then a NAT that gives each
# connection another port, and hosts that have a firewall of their own.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility
topo_build
set_path 40 0 6mbit
attach routed

# invalid NS: "PACKETS PACKETS..." that its rules dropped as invalid.
invalid()
{
	in_ns "$1" nft list ruleset |
		sed -n 's/.*ct state invalid counter packets \([0-9]*\).*/\1/p' | paste -sd' '
}
total() { local n sum=0; for n in $(invalid "$1"); do sum=$((sum + n)); done; echo $sum; }

# bulk NAME up|down|both BUFFER ADDRESS: as fast as it goes.
bulk()
{
	local buffers=(--sndbuf "$3" --rcvbuf "$3" --chunk 16384 --wait-keyed 20000)

	flow_rate=0
	case $2 in
	up)	flow "$1" mn "$4" "${buffers[@]}" -- "${buffers[@]}" --send 0
		flow_receives[$1]=cn ;;
	down)	flow "$1" mn "$4" "${buffers[@]}" --send 0 --recv any -- "${buffers[@]}"
		flow_receives[$1]=mn ;;
	both)	flow "$1" mn "$4" "${buffers[@]}" -- "${buffers[@]}" ;;
	esac
}

# all_queued NAME...: each has unacknowledged data at one end or both. Prints
# those that have not.
all_queued()
{
	local name all missing=

	all=$(in_ns "$mn" ss -Htn; in_ns "$cn" ss -Htn)
	for name in "$@"; do
		echo "$all" | awk -v port=":${flow_ports[$name]}$" '
			($4 ~ port || $5 ~ port) && $3 > 0 { found = 1 }
			END { exit !found }' || missing+=" $name"
	done
	echo "$missing"
	[ -z "$missing" ]
}

# cross FROM TO MOVES NAME...: with data in flight.
cross()
{
	local from=$1 to=$2

	shift 2
	expect_soon "data is in flight on each" 10000 all_queued "$@"
	detach "$from"
	flows_mark
	attach "$to"
	expect_moved 1 20000 "$@"
}

# finish NAME...: these end, the others go on.
finish()
{
	local name stop=$flow_stop.$1 pids=()

	: >"$stop"
	shift
	for name in "$@"; do
		case " $flow_dead " in
		*" $name "*) # shellcheck disable=SC2046
			kill $(flow_pids "$name") 2>/dev/null ;;
		*)	# shellcheck disable=SC2207
			pids+=($(flow_pids "$name")) ;;
		esac
	done
	wait_for 60000 pids_gone "${pids[@]}"
}

# batch NAME BUFFER...: up, down and both with each buffer, routed -> NAT, and
# others NAT -> routed -> NAT.
batch()
{
	local label=$1 buffer way one=() two=() name before

	shift
	test_case "batch $label, buffers $*: keyed"
	round_begin "batch-$label"
	before=$(invalid "$nat")
	flow_stop=$OUT/.stop.one
	for buffer in "$@"; do
		for way in up down both; do
			bulk "one-$way-$buffer" $way ${buffer}000 "$CN4"
			one+=("one-$way-$buffer")
		done
	done
	if [ "$label" = II ]; then
		for way in up down both; do
			bulk "one6-$way-200" $way 200000 "$CN6"
			one+=("one6-$way-200")
		done
	fi
	flow_stop=$OUT/.stop
	flows_start

	test_case "batch $label: routed to NAT"
	cross routed nat "${one[@]}"

	test_case "batch $label: others begin behind the NAT"
	finish one "${one[@]}"
	for buffer in "$@"; do
		for way in up down both; do
			bulk "two-$way-$buffer" $way ${buffer}000 "$CN4"
			two+=("two-$way-$buffer")
		done
	done
	if [ "$label" = II ]; then
		bulk two6-both-100 both 100000 "$CN6"
		two+=(two6-both-100)
	fi
	flows_start "${#two[@]} more connections are keyed"

	test_case "batch $label: NAT to routed"
	cross nat routed "${two[@]}"
	test_case "batch $label: routed to NAT again"
	cross routed nat "${two[@]}"
	flows_stop

	for name in "${one[@]}" "${two[@]}"; do
		way=${name#*-}
		test_case "$([ "${name#???6}" = "$name" ] && echo IPv4 || echo IPv6), ${way%-*}, ${name##*-} kB, $(
			case $name in one*) echo "routed -> NAT" ;; *) echo "NAT -> routed -> NAT" ;; esac)"
		flow_exact "$name"
		case $name in
		one*)	expect "moves: of mn, seen by cn" "1 1" "$(flow_moves "$name")" ;;
		*)	expect "moves: of mn, seen by cn" "2 2" "$(flow_moves "$name")" ;;
		esac
	done

	test_case "batch $label: what the NAT dropped"
	note "dropped as invalid (input, forward): $before before, $(invalid "$nat") now"
	round_checks
	round_end
	flows_forget
	rm -f "$OUT/.stop.one"
	detach nat
	attach routed
}

batch I 40 200
batch II 100 400

# -------------------------------------------------------- another port

# masquerade OPTIONS: how the NAT chooses ports.
masquerade()
{
	in_ns "$nat" nft "flush chain inet access postrouting;
		add rule inet access postrouting oifname \"up0\" masquerade $*"
}

# remote_port NAME: the port of mn as cn has it.
remote_port()
{
	in_ns "$cn" ss -Htn | awk -v port=":${flow_ports[$1]}" '
		{ n = split($4, l, ":"); m = split($5, r, ":") }
		":" l[n] == port { print r[m] }		# cn is the server
		":" l[n] == client { print r[m] }' client=":${2:-}"
}

set_path 20
flow_rate=$((12000 / ${TEST_SLOW:-1}))
flow_stop=$OUT/.stop
test_case "the NAT gives every connection another port"
round_begin ports
masquerade fully-random
flow port4 mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flow port6 mn "$CN6" --wait-keyed 20000 -- --wait-keyed 20000
flow portpassive4 cn "$MN_ROUTED4" --wait-keyed 20000 -- --wait-keyed 20000
flow portpassive6 cn "$MN_ROUTED6" --wait-keyed 20000 -- --wait-keyed 20000
movers="port4 port6 portpassive4 portpassive6"
flows_start
flows_mark
declare -A own client
for name in $movers; do
	case $name in
	*passive*)
		own[$name]=${flow_ports[$name]}
		client[$name]=$(flow_field "$name" cn port "$OUT/.mark") ;;
	*)	own[$name]=$(flow_field "$name" mn port "$OUT/.mark")
		client[$name]= ;;
	esac
	expect "$name: port of mn before" "${own[$name]}" "$(remote_port "$name" "${client[$name]}")"
done
for move in routed,nat nat,routed routed,nat; do
	test_case "another port: $move"
	detach "${move%,*}"
	flows_mark
	attach "${move#*,}"
	expect_moved 1 4000 $movers
	for name in $movers; do
		port=$(remote_port "$name" "${client[$name]}")
		if [ "${move#*,}" = nat ] && [ -n "$port" ] && [ "$port" != "${own[$name]}" ]; then
			ok "$name: cn sends to port $port instead of ${own[$name]}"
		else
			expect "$name: port of mn" "$([ "${move#*,}" = nat ] && echo another than ${own[$name]} ||
				echo "${own[$name]}")" "$port"
		fi
	done
done
flows_stop
test_case "another port: every octet is right"
for name in $movers; do
	flow_exact "$name"
	expect "moves: of mn, seen by cn" "3 3" "$(flow_moves "$name")"
done
note "dropped as invalid (input, forward) in all: $(invalid "$nat")"
round_checks
round_end
flows_forget
masquerade

# ------------------------------------------------- firewalls of the hosts

# host_firewall NS PORTS: only answers, and new connections to these ports.
host_firewall()
{
	in_ns "$1" nft -f - <<-END
	table inet host {
		chain input {
			type filter hook input priority filter; policy drop;
			iif "lo" accept
			ct state invalid counter drop
			ct state established,related accept
			meta l4proto { icmp, ipv6-icmp } accept
			tcp dport { $2 } accept
			counter comment "not wanted"
		}
	}
	END
	in_ns "$1" sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=0
}

detach nat
attach routed
test_case "both hosts track connections and drop the rest"
round_begin firewalls
flow wall4 mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flow wall6 mn "$CN6" --wait-keyed 20000 -- --wait-keyed 20000
flow wallmapped mn "$CN4" --wait-keyed 20000 --mapped -- --wait-keyed 20000 --mapped
movers="wall4 wall6 wallmapped"
host_firewall "$mn" 9
host_firewall "$cn" "${flow_ports[wall4]}, ${flow_ports[wall6]}, ${flow_ports[wallmapped]}"
flows_start

for move in routed,nat nat,routed routed,nat; do
	test_case "firewalls on the hosts: $move"
	detach "${move%,*}"
	flows_mark
	attach "${move#*,}"
	expect_moved 1 4000 $movers
done
test_case "firewalls on the hosts: make before break"
flows_mark
attach routed 46 50
expect_moved 1 4000 $movers
detach nat
flows_stop
test_case "firewalls on the hosts: every octet is right"
for name in $movers; do
	flow_exact "$name"
	expect "moves: of mn, seen by cn" "4 4" "$(flow_moves "$name")"
done
note "dropped as invalid: mn $(invalid "$mn"), cn $(invalid "$cn")"
note "not wanted: mn $(in_ns "$mn" nft list ruleset | grep 'not wanted')"
note "not wanted: cn $(in_ns "$cn" nft list ruleset | grep 'not wanted')"
round_checks
expect_module_unused
round_end
flows_forget

# A server that moves: to strict tracking on the client its Loc-Update is a new
# connection, which the client's rules have to let in; and it cannot return to
# an address while the client's table still has the connection from there
# (README, "Limits"). So: one move, to an address that is new.
test_case "firewalls on the hosts: the server moves"
round_begin firewalls-server
flow wallpassive4 cn "$MN_ROUTED4" --wait-keyed 20000 -- --wait-keyed 20000
flow wallpassive6 cn "$MN_ROUTED6" --wait-keyed 20000 -- --wait-keyed 20000
movers="wallpassive4 wallpassive6"
in_ns "$cn" sysctl -qw net.ipv4.ip_local_port_range="40000 40099"
for ns in "$mn" "$cn"; do in_ns "$ns" nft delete table inet host; done
host_firewall "$mn" "${flow_ports[wallpassive4]}, ${flow_ports[wallpassive6]}"
host_firewall "$cn" 40000-40099
flows_start
detach routed
flows_mark
attach nat
expect_moved 1 4000 $movers
flows_stop
for name in $movers; do
	flow_exact "$name"
	expect "moves: of mn, seen by cn" "1 1" "$(flow_moves "$name")"
done
round_checks
expect_module_unused
round_end
flows_forget
rm -f "$OUT"/.mark "$OUT"/.now

tap_done
