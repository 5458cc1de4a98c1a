#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The ground that the other stories stand on: the network of tests/lib.sh is
# as it is drawn there, and the helpers do what they promise. No module of
# ours takes part.

. "$(dirname "$0")/../lib.sh"

# reach ADDRESS: one ping from the mobile host. busybox's ping needs no
# privileges file; iputils' has the same options.
reach() { in_ns "$mn" ping -c 1 -W 3 "$1"; }

# seen_from FAMILY: the address that cn sees the mobile host under. nft in cn
# remembers the source of the last ping.
watch_sources()
{
	in_ns "$cn" nft -f - <<-END
	table inet watch {
		set seen4 { type ipv4_addr; }
		set seen6 { type ipv6_addr; }
		chain input {
			type filter hook input priority filter; policy accept;
			icmp type echo-request add @seen4 { ip saddr }
			icmpv6 type echo-request add @seen6 { ip6 saddr }
		}
	}
	END
}

seen()
{
	in_ns "$cn" nft list set inet watch "$1" | grep -q -F " $2 "
}

topo_build
watch_sources

test_case "without an access network the correspondent is out of reach"
expect_failure "IPv4" reach "$CN4"
expect_failure "IPv6" reach "$CN6"

test_case "routed network: the correspondent is reached under our own address"
attach routed 46
expect_success "IPv4" reach "$CN4"
expect_success "IPv6" reach "$CN6"
expect_success "cn saw $MN_ROUTED4" seen seen4 "$MN_ROUTED4"
expect_success "cn saw $MN_ROUTED6" seen seen6 "$MN_ROUTED6"
expect_success "cn reaches us, IPv4" in_ns "$cn" ping -c 1 -W 3 "$MN_ROUTED4"
expect_success "cn reaches us, IPv6" in_ns "$cn" ping -c 1 -W 3 "$MN_ROUTED6"

test_case "the path is as long as it should be"
rtt=$(in_ns "$mn" ping -c 5 -W 3 "$CN4" |
      sed -n 's,.*= \([0-9]*\)[.0-9]*/.*,\1,p')
expect_between "shortest round trip, ms" 40 70 "$rtt"

test_case "detach takes address and route away"
detach routed
expect "addresses on wlan0" "" \
	"$(ip -n "$mn" -o addr show dev wlan0 scope global)"
expect "default routes" "" "$(ip -n "$mn" route show default; ip -n "$mn" -6 route show default)"

test_case "NAT: the correspondent is reached under the address of the box"
attach nat 46
expect_success "IPv4" reach "$CN4"
expect_success "IPv6" reach "$CN6"
expect_success "cn saw $NAT_OUT4" seen seen4 "$NAT_OUT4"
expect_success "cn saw $NAT_OUT6" seen seen6 "$NAT_OUT6"
expect_failure "cn never saw $MN_NAT4" seen seen4 "$MN_NAT4"
expect_failure "cn never saw $MN_NAT6" seen seen6 "$MN_NAT6"

test_case "NAT: nobody outside can begin"
ip -n "$net" route add 10.2.0.0/24 via "$NAT_OUT4"
ip -n "$net" -6 route add fd00:2::/64 via "$NAT_OUT6"
expect_failure "IPv4, even with a route" in_ns "$cn" ping -c 1 -W 1 "$MN_NAT4"
expect_failure "IPv6, even with a route" in_ns "$cn" ping -c 1 -W 1 "$MN_NAT6"
ip -n "$net" route del 10.2.0.0/24
ip -n "$net" -6 route del fd00:2::/64

test_case "NAT: strict tracking is in place"
expect "be_liberal" 0 \
	"$(in_ns "$nat" sysctl -n net.netfilter.nf_conntrack_tcp_be_liberal)"
expect "rules that drop invalid packets" 2 \
	"$(in_ns "$nat" nft list ruleset | grep -c 'ct state invalid.*drop')"

test_case "access routers drop foreign source addresses"
ip -n "$mn" addr add "$MN_ROUTED4/32" dev lo
expect_failure "routed address through the NAT" \
	in_ns "$mn" ping -c 1 -W 1 -I "$MN_ROUTED4" "$CN4"
ip -n "$mn" addr del "$MN_ROUTED4/32" dev lo
drops=$(in_ns "$nat" nft list chain inet access forward |
	sed -n 's/.*10\.2\.0\.0\/24 counter packets \([0-9]*\).*/\1/p')
expect_between "drops counted by the NAT" 1 10 "$drops"

test_case "make before break: the metric decides"
attach routed 46
expect "IPv4 leaves by" wlan0 "$(ip -n "$mn" route get "$CN4" | sed -n 's/.* dev \([^ ]*\).*/\1/p')"
expect "IPv6 leaves by" wlan0 "$(ip -n "$mn" -6 route get "$CN6" | sed -n 's/.* dev \([^ ]*\).*/\1/p')"
detach nat
attach nat 46 50
expect "IPv4 leaves by" lte0 "$(ip -n "$mn" route get "$CN4" | sed -n 's/.* dev \([^ ]*\).*/\1/p')"
expect "IPv6 leaves by" lte0 "$(ip -n "$mn" -6 route get "$CN6" | sed -n 's/.* dev \([^ ]*\).*/\1/p')"

test_case "one family at a time"
detach routed 46
detach nat 4
expect_failure "IPv4" reach "$CN4"
expect_success "IPv6" reach "$CN6"
detach nat
attach routed 4
expect_success "IPv4" reach "$CN4"
expect_failure "IPv6" reach "$CN6"
detach routed

test_case "a capture sees packets"
attach routed 46
capture_start "$cn" eth0 ground icmp
reach "$CN4" >/dev/null
sleep 0.2
capture_flush
expect_between "packets recorded" 2 4 \
	"$(tcpdump -n -r "$OUT/ground.pcap" 2>/dev/null | wc -l)"

test_case "TCP through both networks"
bg in_ns "$cn" iperf3 -s -p 5201 --logfile "$OUT/.iperf"
wait_listen "$cn" 5201 || fail "iperf3 listens"
expect_success "routed, IPv4" in_ns "$mn" iperf3 -c "$CN4" -n 1M --connect-timeout 3000
expect_success "routed, IPv6" in_ns "$mn" iperf3 -c "$CN6" -n 1M --connect-timeout 3000
detach routed
attach nat
expect_success "NAT, IPv4" in_ns "$mn" iperf3 -c "$CN4" -n 1M --connect-timeout 3000
expect_success "NAT, IPv6" in_ns "$mn" iperf3 -c "$CN6" -n 1M --connect-timeout 3000
rm -f "$OUT/.iperf"

tap_done
