#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Addresses and routes change under a running session (RFC 5245 9.1.1.1): the kernel
# starts over by itself, and the pair that works is kept until there is another.
# Silence and strangers: a peer that does not answer, Binding Errors, glare.
#
# Seconds: 2400

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

# rerouted WHAT N COMMAND...: a's routes change and no address does; N new runs.
rerouted()
{
	local what=$1 n=$2 runs routes addresses

	shift 2
	runs=$(ice_mib "$a" Restarts)
	routes=$(ice_mib "$a" RoutesChanged)
	addresses=$(ice_mib "$a" AddressesChanged)
	expect_success "$what" "$@"
	if [ "$n" = 0 ]; then
		sleep 1
	else
		expect_soon "is seen" 5000 eval '[ "$(ice_mib "$a" RoutesChanged)" = '$((routes + 1))' ]'
		expect_soon "a new run begins" 5000 eval '[ "$(ice_mib "$a" Restarts)" -gt '"$runs"' ]'
		expect_line "the pair carries on" " path .2001:db8:a::3" ctl "$a" peer show
		expect_soon "a has a pair again" 20000 is_state "$a" completed
		expect_soon "b, too" 20000 is_state "$b" completed
	fi
	expect "new runs" "$((runs + n))" "$(ice_mib "$a" Restarts)"
	expect "addresses that changed" "$addresses" "$(ice_mib "$a" AddressesChanged)"
	expect "the pair" "host 2001:db8:a::3 host 2001:db8:b::9" "$(selected "$a")"
}

test_case "another gateway to the peer, and no other address: a new run"
lost=$(ice_mib "$a" PathLost)
ip -n "$core" addr add 2001:db8:a::99/64 dev to_a nodad
rerouted "IPv6" 1 ip -n "$a" -6 route replace default via 2001:db8:a::99
link "$a" eth1 "$core" to_a1
rerouted "IPv4, by another device" 1 ip -n "$a" route replace default via 192.0.2.1 dev eth1 onlink
rerouted "back" 1 ip -n "$a" route replace default via 192.0.2.1 dev eth0
rerouted "a rule" 0 ip -n "$a" -6 rule add to 2001:db8:b::/64 lookup 77
rerouted "that leads elsewhere" 1 ip -n "$a" -6 route add default via 2001:db8:a::1 table 77
rerouted "is no more" 1 ip -n "$a" -6 rule del to 2001:db8:b::/64 lookup 77
cat >"$OUT/batch" <<-END
	nexthop add id 7 via 2001:db8:a::99 dev eth0
	route del default
	route add default nhid 7
END
rerouted "a nexthop object of the same gateway" 0 ip -n "$a" -6 -batch "$OUT/batch"
rerouted "that gets another one" 1 ip -n "$a" -6 nexthop replace id 7 via 2001:db8:a::1 dev eth0

test_case "routes that have nothing to do with it change nothing"
rerouted "to somebody else" 0 ip -n "$a" -6 route add 2001:db8:77::/48 via 2001:db8:a::99
rerouted "in IPv4" 0 ip -n "$a" route add 198.51.100.0/24 via 192.0.2.1
rerouted "the same once more, by another name" 0 ip -n "$a" -6 route add 2001:db8:b::/64 via 2001:db8:a::1
printf 'route replace 2001:db8:b::/64 via 2001:db8:a::%s\n' 99 1 99 1 99 1 >"$OUT/batch"
rerouted "flaps that end where they began" 0 ip -n "$a" -6 -batch "$OUT/batch"
rm -f "$OUT/batch"
ip -n "$a" -6 route del 2001:db8:b::/64

test_case "an address is deprecated when its time is over (RFC 4862 5.5.4)"
ip -n "$a" addr add 2001:db8:a::5/64 dev eth0 nodad
expect_soon "another is there" 10000 eval '[[ "$(cands "$a" local)" == *2001:db8:a::5* ]]'
expect_soon "a has a pair" 20000 is_state "$a" completed
expect_success "six seconds" ip -n "$a" addr change 2001:db8:a::3/64 dev eth0 valid_lft 3600 preferred_lft 6
# No notifier tells of a lifetime that is changed: it is looked for each minute.
expect_soon "then it is no candidate" 80000 eval '[[ "$(cands "$a" local)" != *2001:db8:a::3* ]]'
expect_soon "a uses the other" 20000 selected_is "$a" "host 2001:db8:a::5 host 2001:db8:b::9"
expect_soon "b as well" 20000 selected_is "$b" "host 2001:db8:b::9 host 2001:db8:a::5"
expect "paths that were lost with all that" "$lost" "$(ice_mib "$a" PathLost)"
expect_success "it is preferred again" ip -n "$a" addr change 2001:db8:a::3/64 dev eth0 valid_lft forever preferred_lft forever
expect_soon "and a candidate" 70000 eval '[[ "$(cands "$a" local)" == *2001:db8:a::3* ]]'
expect_soon "a has a pair" 20000 is_state "$a" completed
expect_soon "b has a pair" 20000 is_state "$b" completed

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
dropped=$(ice_mib "$ha" MhNoSession)
ice_listen a
expect_success "add" ctl "$a" peer add 2001:db8:ff::2 home $HOME_A initiate
expect_soon "refused" 5000 eval '[ "$(ice_mib "$a" RefusalIn)" -ge 1 ]'
expect "HoTI and CoTI-ICE, dropped there" $((dropped + 2)) "$(ice_mib "$ha" MhNoSession)"
expect_line "shown" "^2001:db8:ff::2 .* state silent .* path home-agent" ctl "$a" peer show 2001:db8:ff::2
expect_soon "and told" 5000 ice_told silent a 2001:db8:ff::2
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
	expect "counted" 1 "$(ice_mib "$a" Silent)"
	expect_soon "told" 5000 ice_told silent a 2001:db8:cc::1
	expect_success "del" ctl "$a" peer del 2001:db8:cc::1

	# home_drops RULE: what the home agent does not forward.
	home_drops()
	{
		in_ns "$ha" nft "add table ip6 home;
			add chain ip6 home forward { type filter hook forward priority filter; };
			add rule ip6 home forward $1 drop"
	}

	# comes_back WHAT START FROM TO: by itself, that many seconds after START.
	comes_back()
	{
		expect_success "the network is as before" in_ns "$ha" nft delete table ip6 home
		# Asking all the time would be a thousand processes.
		sleep $(($3 - 5 - ($(now_ms) - $2) / 1000))
		expect_failure "not earlier" is_state "$a" completed
		expect_soon "$1 a has a pair, by itself" 700000 is_state "$a" completed
		expect_soon "b, too" 20000 is_state "$b" completed
		expect_between "after ten minutes" "$3" "$4" $((($(now_ms) - $2) / 1000))
		expect "a direct one" direct "$(kind_of "$a")"
	}

	test_case "nobody answers: another offer after ten minutes"
	# Who offered last asks for new tokens, and that would wake a.
	expect_success "a offers" ctl "$a" peer restart $HOME_B
	expect_soon "both have a pair" 20000 both_are completed
	expect "and has offered" "controlling controlled" "$(role_of "$a") $(role_of "$b")"
	ice_listen a
	home_drops "ip6 nexthdr 135"
	start=$(now_ms)
	runs=$(ice_mib "$a" Restarts)
	expect_success "restart" ctl "$a" peer restart $HOME_B
	expect_soon "silence" 80000 is_state "$a" silent
	expect_soon "that and nothing else is told" 5000 ice_told silent a $HOME_B
	comes_back "silent" "$start" 655 680
	expect "runs" $((runs + 2)) "$(ice_mib "$a" Restarts)"

	test_case "no pair works: another offer after ten minutes"
	ice_listen a b
	block
	home_drops "udp dport 4191"
	start=$(now_ms)
	runs=$(ice_mib "$a" Restarts)
	expect_success "restart" ctl "$a" peer restart $HOME_B
	expect_soon "no pair of a's works" 120000 is_state "$a" failed
	expect_soon "none of b's" 120000 is_state "$b" failed
	expect_soon "the old path is dead as well" 60000 eval "ctl $a peer show | grep -q ' path home-agent'"
	expect_soon "a is told both" 5000 ice_told "failed path-lost" a
	expect_soon "so is b" 60000 ice_told "failed path-lost" b
	# It would keep b's namespace.
	kill "${ice_listener[b]}"
	unblock
	comes_back "failed" "$start" 600 700
	expect "runs" $((runs + 2)) "$(ice_mib "$a" Restarts)"
fi

# daemon NS: it keeps a list of what it gets, and refuses types that RFC 6275 has not
# with a Binding Error, as 9.2 wants it.
daemon()
{
	bg in_ns "${!1}" mhtool daemon 60 >"$OUT/daemon_$1"
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
tests=$(ice_mib "$b" HoTIIn)
answers=$(ice_mib "$b" HoTOut)
expect_success "one asks for a home test" in_ns "$a" mhtool send $HOME_A $HOME_B 0100000000000123456789abcdef
expect_soon "the other gets it" 5000 grep -q "^type 1 from $HOME_A " "$OUT/daemon_b"
expect "we, too" $((tests + 1)) "$(ice_mib "$b" HoTIIn)"
expect "and leave the answer to it" "$answers" "$(ice_mib "$b" HoTOut)"
sleep 2
errors=$(ice_mib "$a" BindingErrorIn)
# b asks its STUN server before it answers: the refusal is there first.
in_ns "$ha" tc qdisc add dev eth0 root netem delay 200ms
expect_success "restart" ctl "$a" peer restart $HOME_B
expect_soon "a completes beside it" 20000 is_state "$a" completed
expect_soon "and b" 20000 is_state "$b" completed
in_ns "$ha" tc qdisc del dev eth0 root
expect "though b's daemon refused the offer" $((errors + 1)) "$(ice_mib "$a" BindingErrorIn)"
sleep 0.3
capture_flush
expect "all that came, in order" "$(on_wire)" "$(heard b)"
expect_line "HoTI and CoTI-ICE among them" "11 7 1 1 22 " heard b
expect_line "HoT and CoT-ICE on the other end" "3 .*23 \|23 .*3 " heard a
rm -f "$OUT"/daemon_*

# Root's buffer of 4 MB is too much to fill.
test_case "who reads too slowly is told that events were lost"
ip -n "$a" -6 route add 2001:db8:ff::2/128 via "$(ll "$ha" to_a)" dev ha0
expect_success "add" ctl "$a" peer add 2001:db8:ff::2 home $HOME_A
room=$(sysctl -n net.core.rmem_max)
at_end() { [ -z "$room" ] || sysctl -qw net.core.rmem_max="$room"; }
sysctl -qw net.core.rmem_max=4608
bg in_ns "$a" su -s /bin/sh nobody -c "exec $(type -P mobctl) -j ice monitor" >"$OUT/.slow"
# slow: the process, behind su.
slow() { ip netns pids "$a" | while read -r p; do grep -lsx mobctl "/proc/$p/comm"; done | cut -d/ -f3 | grep -vx "${ice_listener[a]}"; }
expect_soon "it listens" 5000 eval '[ -n "$(slow)" ] && [ "$(in_ns "$a" awk "\$2 == 16 && \$4 !~ /^0*$/" /proc/net/netlink | wc -l)" = 2 ]'
at_end
room=
slow=$(slow)
bg in_ns "$a" nlprobe --family mip6_ice --uid 65534 deaf >"$OUT/deaf.log"
deaf=$bg_pid
expect_soon "a third never reads" 5000 grep -q listening "$OUT/deaf.log"
kill -STOP "$slow"
for _ in $(seq 20); do
	refused=$(ice_mib "$a" RefusalIn)
	ctl "$a" peer restart 2001:db8:ff::2
	wait_for 5000 eval '[ "$(ice_mib "$a" RefusalIn)" -gt '"$refused"' ]'
done >/dev/null
kill -CONT "$slow"
expect_soon "it says so" 5000 eval 'jq -r .event "$OUT/.slow" | grep -qx lost'
expect_between "it had some of the 20" 1 19 "$(jq -r .event "$OUT/.slow" | grep -cx silent)"
expect "for want of memory none was lost" 0 "$(ice_mib "$a" EventLost)"
expect_success "the third is there" kill "$deaf"
expect "who reads lost none" 0 "$(jq -r .event "$OUT/.ice.a" | grep -cx lost)"
kill "$slow"
rm -f "$OUT/.slow"
expect_success "del" ctl "$a" peer del 2001:db8:ff::2
ip -n "$a" -6 route del 2001:db8:ff::2/128

test_case "sessions come and go while they work"
for i in 1 2 3 4 5 6 7 8 9 10; do
	ctl "$b" peer add 2001:db8:dd::$i home $HOME_B initiate || break
	ctl "$b" peer restart 2001:db8:dd::$i &
	ctl "$b" peer del 2001:db8:dd::$i
	wait $!
done
expect "all are gone but one" 1 "$(ice_mib "$b" PeersNow)"

test_case "the path of an earlier run: kept while it works"
ip -n "$ha" link set to_b down
lost=$(ice_mib "$a" PathLost)
asked=$(ice_mib "$a" ConsentIn)
expect_success "nobody hears a's offer" ctl "$a" peer restart $HOME_B
sleep 75
expect "a is told" silent "$(state_of "$a")"
expect_line "and goes on as before" " path .2001:db8:a::.* -> .2001:db8:b::9.*old" ctl "$a" peer show
expect_between "b was asked about every 5 s" 10 20 $(($(ice_mib "$a" ConsentIn) - asked))
expect "roles that changed" 0 "$(ice_mib "$b" RoleSwitched)"
expect "paths that were lost" "$lost" "$(ice_mib "$a" PathLost)"

test_case "and no longer: the other end is gone with its namespace"
ice_listen a
expect "sessions" 1 "$(ice_mib "$b" PeersNow)"
ip netns del "$b"
expect_success "this end lives on" ctl "$a" peer show
expect_soon "it gives the path up" 40000 eval '[ "$(ice_mib "$a" PathLost)" = $((lost + 1)) ]'
expect_line "shown" " path home-agent" ctl "$a" peer show
expect_soon "and told" 5000 ice_told path-lost a
sent=$(ice_mib "$a" KeepaliveOut)
sleep 40
expect "nothing keeps it open" "$sent" "$(ice_mib "$a" KeepaliveOut)"

test_case "limits that make no sense are refused"
expect_failure "two checks" knob "$a" max_checks 2
expect_success "three are enough" knob "$a" max_checks 3

test_case "the module goes with sessions that work, while somebody listens"
while ctl "$a" peer restart $HOME_B; do nap 0.01; done >/dev/null 2>&1 &
restarts=$!
sleep 0.5
expect_soon "it goes" 5000 rmmod mip6_ice
wait $restarts
expect_failure "and all of it" in_ns "$a" cat /proc/net/mip6_ice
rm -f "$OUT"/.ice.?

tap_done
