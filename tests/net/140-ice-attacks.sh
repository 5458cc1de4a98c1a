#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What strangers try against M-ICE (draft-tschofenig-mip6-ice-01, Section 14),
# with packets that were crafted or captured. Insiders are in 145, what is malformed
# in 150.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice
ice_build NAT PLAIN

test_case "false server-reflexive candidates (14.2): the pair that works is found"
# The server of a is a liar: it says that a is somebody else.
bg in_ns "$core" mhtool stun 192.0.2.17 4191 198.51.100.99 7777
capture_start "$b" eth0 checks -s 0 "udp port 4191"
capture_start "$ha" to_b signalling -s 0 "ip6 proto 135"
expect_success "b knows a" ctl "$b" peer add $HOME_A home $HOME_B
expect_success "a offers" ctl "$a" peer add $HOME_B home $HOME_A server 192.0.2.17 initiate
expect_soon "a has selected a pair" 20000 is_state "$a" completed
expect_soon "b has selected a pair" 20000 is_state "$b" completed
expect_line "a believed it" "srflx 198.51.100.99:7777 " ctl "$a" candidates
expect_soon "a's pair is direct" 9000 eval '[[ "$(selected "$a")" == "prflx 192.0.2.2 host $B4" ]]'
expect "b's as well" "host $B4 prflx 192.0.2.2" "$(selected "$b")"
expect_soon "the Binding Update went through" 5000 eval '[ "$(ice_mib "$a" UpdateAckIn)" -ge 1 ]'
sleep 1
capture_flush

update=$(payloads "$OUT/checks.pcap" 192.0.2.2 3b..05 | head -n 1)
offer=$(messages "$OUT/signalling.pcap" 22 | head -n 1)
answer=$(messages "$OUT/signalling.pcap" 23 | head -n 1)
expect_between "octets of an update that was captured" 80 170 $((${#update} / 2))
expect_between "of an offer" 80 160 $((${#offer} / 2))
expect_between "of an answer" 80 200 $((${#answer} / 2))
request=$(payloads "$OUT/checks.pcap" 192.0.2.2 0001 | head -n 1)
success=$(payloads "$OUT/checks.pcap" 192.0.2.2 0101 | head -n 1)
expect_between "octets of a check that was captured" 80 250 $((${#request} / 2))
expect_between "and of an answer" 60 250 $((${#success} / 2))

test_case "false peer-reflexive candidates by replay (14.1): bounded, and not selected"
ip -n "$core" addr add 198.51.100.1/24 dev lo
before=$(selected "$b")
checks=$(ice_mib "$b" CheckOut)
for i in $(seq 40); do
	in_ns "$core" mhtool udp 198.51.100.1 $((7000 + i)) $B4 4191 "$request"
done
sleep 9
expect_between "checks that it began" 0 8 $(($(ice_mib "$b" CheckOut) - checks))
expect_between "candidates of the peer by checks alone" 1 8 "$(ice_mib "$b" PrflxRemote)"
expect_between "answered, but no room" 20 60 "$(ice_mib "$b" RequestNoRoom)"
expect "the pair" "$before" "$(selected "$b")"

test_case "false valid and false invalid (14.1): what is not signed is not believed"
for what in success error; do
	answers=$(ice_mib "$b" ResponseNoCheck)
	packet=$success
	[ $what = success ] || packet=0111${success:4}
	expect_success "a $what that was captured" in_ns "$core" mhforge stun 198.51.100.1 6001 $B4 4191 "$packet"
	expect_soon "is of no check" 5000 eval '[ "$(ice_mib "$b" ResponseNoCheck)" = $((answers + 1)) ]'
	expect "the pair" "$before" "$(selected "$b")"
done
bad=$(ice_mib "$b" RequestBadMac)
nothing=$(ice_mib "$b" InNothing)
# An octet of the user name is another; its first half still finds the session.
changed=${request:0:60}00${request:62}
in_ns "$core" mhtool udp 198.51.100.1 7000 $B4 4191 "$changed"
expect_soon "a changed check is no STUN" 5000 eval '[ "$(ice_mib "$b" InNothing)" = $((nothing + 1)) ]'
in_ns "$core" mhforge stun 198.51.100.1 7000 $B4 4191 "$changed"
expect_soon "with a right CRC it is not signed" 5000 eval '[ "$(ice_mib "$b" RequestBadMac)" = $((bad + 1)) ]'

# grew WHAT COUNTER N COMMAND...: b's counter grows by N.
grew()
{
	local what=$1 name=$2 n=$3 old

	shift 3
	old=$(ice_mib "$b" "$name")
	"$@"
	expect_soon "$what: $name" 5000 eval '[ $(($(ice_mib "$b" '"$name"') - '"$old"')) = '"$n"' ]'
}

# by_port HEX: a Mobility Header of a's home address in UDP, from a stranger.
by_port() { in_ns "$core" mhforge mh 198.51.100.1 7000 $B4 4191 $HOME_A $HOME_B "$1"; }

runs=$(ice_mib "$b" Restarts)

test_case "false signalling in UDP (14.3): it is not taken from anywhere"
cookie=c0c1c2c3c4c5c6c7
grew "an offer" MhUdpRefused 1 by_port "${offer:4}"
grew "a Binding Error" MhUdpRefused 1 by_port 07000000020020010db800aa00000000000000000001
grew "an answer with a cookie that is not ours" MhUnexpected 1 by_port "${answer:4}"
grew "a home test" MhUnexpected 1 by_port 030000000001${cookie}d0d1d2d3d4d5d6d7
grew "a refusal of an update" MhUnexpected 1 by_port 0600000088000001000001020000
grew "an update that was captured" UpdateStale 1 \
	in_ns "$core" mhtool udp 198.51.100.1 7000 $B4 4191 "$update"
last=${update: -2}
grew "with another authenticator" UpdateBad 1 by_port "${update:4:-2}$([ "$last" = 00 ] && echo 01 || echo 00)"
grew "without nonces" UpdateBad 1 by_port "${update:4:20}ff${update:26}"
expect "new runs" "$runs" "$(ice_mib "$b" Restarts)"
expect "the pair" "$before" "$(selected "$b")"

test_case "false signalling over the home-agent path (14.3)"
grew "of somebody without a session" MhNoPeer 1 \
	in_ns "$ha" mhforge offer 2001:db8:ee::1 $HOME_B abcd 0102030405060708090a0b0c host 198.51.100.9 9
grew "an offer that was captured" OfferRepeat 1 in_ns "$ha" mhforge replay $HOME_A $HOME_B "$offer"
grew "an answer to nothing" MhUnexpected 1 in_ns "$ha" mhforge replay $HOME_A $HOME_B "$answer"
expect "new runs" "$runs" "$(ice_mib "$b" Restarts)"
expect "the pair" "$before" "$(selected "$b")"
bad=$(ice_mib "$b" MhBadChecksum)
in_ns "$ha" nft -f - <<END
table ip6 middle {
	chain forward {
		type filter hook forward priority filter;
		meta l4proto 135 @nh,400,8 set 0xee
	}
}
END
expect_success "a offers, and every message is changed on the way" ctl "$a" peer restart $HOME_B
expect_soon "none is believed" 5000 eval '[ "$(ice_mib "$b" MhBadChecksum)" -ge $((bad + 2)) ]'
expect "new runs" "$runs" "$(ice_mib "$b" Restarts)"
expect "the pair" "$before" "$(selected "$b")"
in_ns "$ha" nft delete table ip6 middle
expect_soon "the next one is" 10000 eval '[ "$(ice_mib "$b" Restarts)" = $((runs + 1)) ]'
expect_soon "a completes" 20000 is_state "$a" completed
expect_soon "b completes" 20000 is_state "$b" completed

test_case "floods: the session goes on"
# More than are kept, and nothing looks at them meanwhile.
in_ns "$b" cat /proc/net/mip6_ice >"$OUT/before"
more() { echo $(($(ice_mib "$b" "$1") - $(awk -v n="$1" '$1 == n { print $2 }' "$OUT/before"))); }
expect_success "4000 datagrams at once" in_ns "$core" mhtool flood 198.51.100.1 6000 $B4 4191 3b01050000000000000000000000000000 4000
expect_soon "each is looked at, or was too much" 10000 eval \
	'[ $(($(more MhBadChecksum) + $(more InQueueFull))) = "$(more InMh)" ]'
note "$(more InMh) came, $(more MhBadChecksum) looked at, $(more InQueueFull) too much"
expect_between "came" 2000 4000 "$(more InMh)"
expect_between "too much" 500 3000 "$(more InQueueFull)"
expect_between "looked at: those that fit" 1024 2500 "$(more MhBadChecksum)"
rm -f "$OUT/before"
expect_success "restart" ctl "$a" peer restart $HOME_B
expect_soon "a completes" 20000 is_state "$a" completed
expect_soon "b completes" 20000 is_state "$b" completed

tap_done
