#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Addresses change under a running session (RFC 5245 9.1.1.1): the kernel starts
# over by itself, and the pair that works is kept until there is another. Silence
# and strangers: a peer that does not answer, Binding Errors, glare.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice
ice_build PLAIN PLAIN
ice_pair
wait_for 20000 is_state "$a" completed >/dev/null
wait_for 20000 is_state "$b" completed >/dev/null

selected_is() { [ "$(selected "$1")" = "$2" ]; }

test_case "an address that has nothing to do with it changes nothing"
runs=$(ice_mib "$a" Restarts)
ip -n "$a" link add docker0 type dummy
ip -n "$a" link set docker0 up
ip -n "$a" addr add 172.17.0.1/16 dev docker0
ip -n "$a" addr add 10.99.0.1/32 dev lo
sleep 1
expect "runs" "$runs" "$(ice_mib "$a" Restarts)"

test_case "a second address: a new run, and the pair goes on"
ip -n "$a" addr add 2001:db8:a::3/64 dev eth0 nodad
expect_soon "a new run" 5000 eval '[ "$(ice_mib "$a" Restarts)" -gt "$runs" ]'
expect_soon "a has a pair again" 20000 is_state "$a" completed
expect_soon "b, too" 20000 is_state "$b" completed
expect "runs: one for the storm of events" $((runs + 1)) "$(ice_mib "$a" Restarts)"

test_case "the address of the pair goes: another one takes its place"
start=$(now_ms)
ip -n "$a" addr del 2001:db8:a::2/64 dev eth0
expect_soon "a uses the other" 20000 selected_is "$a" "host 2001:db8:a::3 host $B6"
expect_soon "b as well" 20000 selected_is "$b" "host $B6 host 2001:db8:a::3"
note "$(($(now_ms) - start)) ms after the address went"

test_case "the end that did not offer moves"
ip -n "$b" addr add 2001:db8:b::9/64 dev eth0 nodad
ip -n "$b" addr del "$B6/64" dev eth0
expect_soon "b uses the other" 20000 selected_is "$b" "host 2001:db8:b::9 host 2001:db8:a::3"
expect_soon "a as well" 20000 selected_is "$a" "host 2001:db8:a::3 host 2001:db8:b::9"

test_case "glare: both offer at once, the lower home address yields"
# The way through the home agent takes half a second: the offers meet on it.
for dev in to_a to_b; do
	in_ns "$ha" tc qdisc add dev "$dev" root netem delay 500ms
done
before=$(ice_mib "$b" OfferGlare)
ctl "$a" peer restart $HOME_B &
ctl "$b" peer restart $HOME_A
wait
expect_soon "b ignores a's offer" 5000 eval '[ "$(ice_mib "$b" OfferGlare)" -gt "$before" ]'
expect_soon "b offered, a answered" 20000 eval '[ "$(role_of "$a") $(role_of "$b")" = "controlled controlling" ]'
expect_soon "a has a pair" 20000 is_state "$a" completed
expect_soon "b has a pair" 20000 is_state "$b" completed
for dev in to_a to_b; do
	in_ns "$ha" tc qdisc del dev "$dev" root
done

test_case "a node without the module: its Parameter Problem ends the offer at once"
ip -n "$a" -6 route add 2001:db8:ff::2/128 via "$(ll "$ha" to_a)" dev ha0
expect_success "add" ctl "$a" peer add 2001:db8:ff::2 home $HOME_A initiate
expect_soon "refused" 5000 eval '[ "$(ice_mib "$a" RefusalIn)" -ge 1 ]'
expect_line "shown" "^2001:db8:ff::2 .* state silent .* path home-agent" ctl "$a" peer show 2001:db8:ff::2
expect_success "del" ctl "$a" peer del 2001:db8:ff::2
ip -n "$a" -6 route del 2001:db8:ff::2/128

if virtual_time; then
	test_case "a peer that is not there: RFC 6275's back-off, then silence"
	ip -n "$a" -6 route add 2001:db8:cc::1/128 via "$(ll "$ha" to_a)" dev ha0
	ip -n "$ha" -6 route add blackhole 2001:db8:cc::/64
	out=$(ice_mib "$a" OfferOut)
	expect_success "add" ctl "$a" peer add 2001:db8:cc::1 home $HOME_A initiate
	sleep 70
	expect "offers at 0, 1, 3, 7, 15, 31 s" 6 $(($(ice_mib "$a" OfferOut) - out))
	expect "told" 1 "$(ice_mib "$a" Silent)"
	expect_success "del" ctl "$a" peer del 2001:db8:cc::1
fi

# daemon NS: it keeps a list of what it gets.
daemon()
{
	bg in_ns "${!1}" mhtool listen 60 >"$OUT/daemon_$1"
	wait_for 5000 grep -q ready "$OUT/daemon_$1"
}

# heard END: types of the Mobility Headers it got; on_wire: of those that came.
heard() { sed -n 's/^type \([0-9]*\) .*/\1/p' "$OUT/daemon_$1" | tr '\n' ' '; }
on_wire()
{
	tcpdump -n -x -r "$OUT/wire.pcap" 2>/dev/null |
		awk '/0x0020:/ { print "0x" substr($7, 1, 2) }' | xargs -r printf '%d '
}

test_case "Mobile IPv6 daemons on raw sockets get all, send, and are not disturbed"
daemon a
daemon b
capture_start "$b" ha0 wire "ip6 proto 135 and dst host $HOME_B"
other=$(ice_mib "$b" MhOther)
expect_success "one sends a type that we do not know" in_ns "$a" mhtool send $HOME_A $HOME_B 0b0000000000
expect_soon "the other gets it" 5000 grep -q "^type 11 from $HOME_A " "$OUT/daemon_b"
expect "which we have left to it" $((other + 1)) "$(ice_mib "$b" MhOther)"
expect_success "back" in_ns "$b" mhtool send $HOME_B $HOME_A 0b0000000000
expect_soon "the first gets it" 5000 grep -q "^type 11 from $HOME_B " "$OUT/daemon_a"
expect_success "restart" ctl "$a" peer restart $HOME_B
expect_soon "a completes beside it" 20000 is_state "$a" completed
expect_soon "and b" 20000 is_state "$b" completed
sleep 0.3
capture_flush
expect "all that came, in order" "$(on_wire)" "$(heard b)"
expect_line "HoTI and CoTI-ICE among them" "11 1 22 " heard b
expect_line "HoT and CoT-ICE on the other end" "3 .*23 \|23 .*3 " heard a
rm -f "$OUT"/daemon_*

test_case "sessions come and go while they work"
for i in 1 2 3 4 5 6 7 8 9 10; do
	ctl "$b" peer add 2001:db8:dd::$i home $HOME_B initiate || break
	ctl "$b" peer restart 2001:db8:dd::$i &
	ctl "$b" peer del 2001:db8:dd::$i
	wait $!
done
expect "all are gone but one" 1 "$(ice_mib "$b" PeersNow)"

test_case "sessions end with their namespace"
expect "sessions" 1 "$(ice_mib "$b" PeersNow)"
ip netns del "$b"
expect_success "the other end lives on" ctl "$a" peer show

tap_done
