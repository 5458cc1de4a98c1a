#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What strangers try against M-ICE (draft-tschofenig-mip6-ice-01, Section 14),
# with packets that were crafted or captured. False signalling and insiders are in
# tests/unit/session_test.c and agent_test.c, where a message can be anything.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice
ice_build NAT PLAIN

# payloads FILE SOURCE TYPE: hex of the UDP payloads from an IPv4 address that
# begin with the STUN type.
payloads()
{
	tcpdump -n -x -r "$1" "udp and src host $2" 2>/dev/null |
		awk '/^\t/ { sub(/^\t0x[0-9a-f]*: */, ""); gsub(/ /, ""); p = p $0; next }
		     { if (p) print substr(p, 57); p = "" }
		     END { if (p) print substr(p, 57) }' | grep "^$3"
}

test_case "false server-reflexive candidates (14.2): the pair that works is found"
# The server of a is a liar: it says that a is somebody else.
bg in_ns "$core" mhtool stun 192.0.2.17 4191 198.51.100.99 7777
capture_start "$b" eth0 checks "udp port 4191"
expect_success "b knows a" ctl "$b" peer add $HOME_A home $HOME_B
expect_success "a offers" ctl "$a" peer add $HOME_B home $HOME_A server 192.0.2.17 initiate
expect_soon "a has selected a pair" 20000 is_state "$a" completed
expect_soon "b has selected a pair" 20000 is_state "$b" completed
expect_line "a believed it" "srflx 198.51.100.99:7777 " ctl "$a" candidates
expect_soon "a's pair is direct" 9000 eval '[[ "$(selected "$a")" == "prflx 192.0.2.2 host $B4" ]]'
expect "b's as well" "host $B4 prflx 192.0.2.2" "$(selected "$b")"
sleep 1
capture_flush

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
	answers=$(ice_mib "$a" ResponseNoCheck)
	packet=$success
	[ $what = success ] || packet=0111${success:4}
	in_ns "$core" mhtool udp 192.0.2.17 4191 $B4 4191 "$packet"
	expect "a $what: nothing of it" "$before" "$(selected "$b")"
done
bad=$(ice_mib "$b" RequestBadMac)
# The user name of a right check with another MAC behind it needs a right CRC.
in_ns "$core" mhtool udp 198.51.100.1 7000 $B4 4191 "${request:0:60}00${request:62}"
expect "a changed check is no STUN" "$bad" "$(ice_mib "$b" RequestBadMac)"
expect_between "counted" 1 9 "$(ice_mib "$b" InNothing)"

test_case "floods: the session goes on"
in_ns "$core" bash -c 'for i in $(seq 300); do mhtool udp 198.51.100.1 6000 '$B4' 4191 3b01050000000000000000000000000000; done'
expect_success "restart" ctl "$a" peer restart $HOME_B
expect_soon "a completes" 20000 is_state "$a" completed
expect_soon "b completes" 20000 is_state "$b" completed

tap_done
