#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The port of M-ICE as strangers see it (draft-tschofenig-mip6-ice-01, Section
# 12, RFC 5389): what is answered, what is not, and what is counted. One host
# with two addresses of each family, the stranger on the other end of a cable.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice

# ask ADDRESS HEX: send the octets to the port; print the answer as hex.
ask()
{
	# shellcheck disable=SC2016
	in_ns "$out" bash -c '
		exec 3<>"/dev/udp/$1/4191" || exit 1
		# dd: printf would make two datagrams of octets with 0a between
		printf "$(sed "s/../\\\\x&/g" <<<"$2")" | dd bs=2048 iflag=fullblock >&3 2>/dev/null
		timeout 0.4 dd bs=2048 count=1 <&3 2>/dev/null | od -An -v -tx1 | tr -d " \n"' \
		ask "$1" "$2" 2>&1
}

TXID=0102030405060708090a0b0c
COOKIE=2112a442
plain=00010008${COOKIE}${TXID}802800045b20f9cc
padded=00010020${COOKIE}${TXID}802200146d6970365f6963652c204d2d494345206e6f6465802800048c134914
indication=00110008${COOKIE}${TXID}802800044862c2c6
no_fingerprint=00010000${COOKIE}${TXID}
bad_fingerprint=00010008${COOKIE}${TXID}802800045b20f900
unknown_user=00010030${COOKIE}${TXID}000600097a7a7a7a3a30303030000000000800140000000000000000000000000000000000000000802800047dbca114
no_name=00010020${COOKIE}${TXID}000800140000000000000000000000000000000000000000802800043ec8a238
unknown_attr=00010028${COOKIE}${TXID}7abc000431323334802200146d6970365f6963652c204d2d494345206e6f646580280004a8403ee2
response=01010008${COOKIE}${TXID}802800043e47c28a

setup_ns in out
link "$in" eth0 "$out" eth0
ip -n "$in" addr add 192.0.2.1/24 dev eth0
ip -n "$out" addr add 192.0.2.2/24 dev eth0
ip -n "$in" addr add 2001:db8::1/64 dev eth0 nodad
ip -n "$out" addr add 2001:db8::2/64 dev eth0 nodad
# A cable that does not know its neighbours yet would lose the first datagram.
wait_for 5000 in_ns "$out" ping -c 1 -W 1 192.0.2.1 >/dev/null
wait_for 5000 in_ns "$out" ping -c 1 -W 1 2001:db8::1 >/dev/null

bound() { in_ns "$in" ss -Hlun "sport = :4191" | wc -l; }

test_case "the port is open while it is needed"
expect "sockets at first" 0 "$(bound)"
knob "$in" home_agent 1
expect "sockets of a home agent" 2 "$(bound)"
knob "$in" home_agent 0
expect "sockets of nobody" 0 "$(bound)"
knob "$in" port 4192
knob "$in" home_agent 1
expect "another port" 2 "$(in_ns "$in" ss -Hlun "sport = :4192" | wc -l)"
knob "$in" home_agent 0
knob "$in" port 4191
bg in_ns "$in" mhtool hold 4191
wait_for 5000 eval '[ "$(bound)" = 1 ]'
expect_failure "the port is taken" in_ns "$in" sysctl -w net.mip6_ice.home_agent=1
expect "it stays off" 0 "$(in_ns "$in" sysctl -n net.mip6_ice.home_agent)"
kill "$bg_pid"
expect_soon "and is free again" 5000 eval '[ "$(bound)" = 0 ]'
knob "$in" home_agent 1

test_case "home agent: a Binding request is answered (RFC 5389 7.3.1)"
answer=$(ask 192.0.2.1 $padded)
expect "IPv4: type, length, cookie, transaction" 01010014${COOKIE}${TXID} "${answer:0:40}"
expect "attribute, family" 002000080001 "${answer:40:12}"
expect "address: 192.0.2.2 xor cookie" e112a640 "${answer:56:8}"
answer=$(ask 2001:db8::1 $padded)
expect "IPv6: type, length" 01010020 "${answer:0:8}"
expect "attribute, family" 002000140002 "${answer:40:12}"
expect "address: xor cookie and transaction" 0113a9fa0102030405060708090a0b0e "${answer:56:32}"
expect "octets of it" 52 $((${#answer} / 2))
expect "counted" 2 "$(ice_mib "$in" StunServed)"

test_case "nobody is flooded through us: no answer longer than the question"
expect "the shortest request" "" "$(ask 192.0.2.1 $plain)"
expect "counted" 1 "$(ice_mib "$in" StunShort)"
knob "$in" stun_short 1
answer=$(ask 192.0.2.1 $plain)
expect "unless that is wanted" 01010014 "${answer:0:8}"
knob "$in" stun_short 0

test_case "attributes that must be understood and are not: 420"
answer=$(ask 192.0.2.1 $unknown_attr)
expect "error" 01110018${COOKIE}${TXID}0009000400000414 "${answer:0:56}"
expect "which" 000a00027abc0000 "${answer:56:16}"

test_case "short-term credentials of nobody: 401, half of them: 400"
answer=$(ask 192.0.2.1 $unknown_user)
expect "unknown name" 0009000400000401 "${answer:40:16}"
answer=$(ask 192.0.2.1 $no_name)
expect "MESSAGE-INTEGRITY alone" 0009000400000400 "${answer:40:16}"
expect "counted" 3 "$(ice_mib "$in" StunErrorOut)"

test_case "what is not understood is not answered (D12)"
before=$(ice_mib "$in" InNothing)
expect "no FINGERPRINT" "" "$(ask 192.0.2.1 $no_fingerprint)"
expect "a wrong FINGERPRINT" "" "$(ask 192.0.2.1 $bad_fingerprint)"
expect "an indication" "" "$(ask 192.0.2.1 $indication)"
expect "a response to nobody" "" "$(ask 192.0.2.1 $response)"
expect "one octet ff" "" "$(ask 192.0.2.1 ff)"
expect "something else" "" "$(ask 192.0.2.1 00112233)"
expect "an inner packet" "" "$(ask 192.0.2.1 4500001c00000000401100000102030405060708000100020008)"
expect "a whole inner packet" "" "$(ask 192.0.2.1 4500001c000000004011000001020304050607080001000200080000)"
expect "a Mobility Header" "" "$(ask 192.0.2.1 3b02070000000200c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d7)"
expect "counted: nothing of ours" 3 $(($(ice_mib "$in" InNothing) - before))
expect "counted: indications" 1 "$(ice_mib "$in" StunIndication)"
expect "counted: responses" 1 "$(ice_mib "$in" StunNoSession)"
expect "counted: keepalives" 1 "$(ice_mib "$in" InKeepalive)"
expect "counted: data" 2 "$(ice_mib "$in" InDataDropped)"
expect "counted: Mobility Headers" 1 "$(ice_mib "$in" InMh)"

test_case "the answers are limited"
knob "$in" stun_rate 0
expect "no answer" "" "$(ask 192.0.2.1 $padded)"
expect "counted" 1 "$(ice_mib "$in" StunServeLimit)"
knob "$in" stun_rate 1000
knob "$in" error_rate 0
expect "no error" "" "$(ask 192.0.2.1 $unknown_user)"
expect "counted" 1 "$(ice_mib "$in" StunErrorLimit)"
knob "$in" error_rate 10

test_case "nobody is flooded through us: no error longer than the question"
knob "$in" home_agent 1
# 28 octets with an attribute of no value: 20 + 4 + 8; the error has 44
short=0001000c${COOKIE}${TXID}7abc0000

before=$(ice_mib "$in" StunErrorOut)
limit=$(ice_mib "$in" StunErrorLimit)

expect "a question of 32 octets" "" "$(ask 192.0.2.1 "${short}802800047a952711")"
expect "no error went out" "$before" "$(ice_mib "$in" StunErrorOut)"
expect "but was to" 1 $(($(ice_mib "$in" StunErrorLimit) - limit))

test_case "without the role nobody is served"
ip -n "$in" addr add 2001:db8:aa::1/128 dev lo
expect_success "a peer keeps the port open" ctl "$in" peer add 2001:db8:bb::1 home 2001:db8:aa::1
knob "$in" home_agent 0
expect "sockets" 2 "$(bound)"
expect "no answer" "" "$(ask 192.0.2.1 $padded)"
expect "counted" 1 "$(ice_mib "$in" StunNotServed)"
expect_success "the peer goes" ctl "$in" peer del 2001:db8:bb::1
expect "sockets" 0 "$(bound)"

test_case "no ICMP was sent for any of this"
capture_start "$out" eth0 icmp "icmp or icmp6 and ip6[40] < 128"
knob "$in" home_agent 1
ask 192.0.2.1 00112233 >/dev/null
ask 2001:db8::1 00112233 >/dev/null
sleep 0.2
capture_flush
expect "errors" 0 "$(tcpdump -n -r "$OUT/icmp.pcap" 2>/dev/null | wc -l)"

test_case "peers: what is refused"
home=2001:db8:aa::1
expect_failure "no address of ours" ctl "$in" peer add 2001:db8:bb::1 home 2001:db8:cc::1
expect_failure "a peer that is us" ctl "$in" peer add $home home $home
expect_failure "a multicast peer" ctl "$in" peer add ff02::1 home $home
expect_failure "a server that is none" ctl "$in" peer add 2001:db8:bb::1 home $home server 127.0.0.1
expect_success "a peer" ctl "$in" peer add 2001:db8:bb::1 home $home
expect_failure "the same again" ctl "$in" peer add 2001:db8:bb::1 home $home
knob "$in" max_peers 1
expect_failure "one too many" ctl "$in" peer add 2001:db8:bb::2 home $home
expect_failure "not there" ctl "$in" peer del 2001:db8:bb::2
expect "sessions" 1 "$(ice_mib "$in" PeersNow)"
as_nobody() { in_ns "$in" su -s /bin/sh nobody -c "$(type -P mobctl) ice $*"; }
expect_success "anybody may look" as_nobody peer show
expect_failure "but not at credentials" as_nobody keys
expect_failure "nor add a peer" as_nobody peer add 2001:db8:bb::3 home $home

test_case "a Mobility Header that has all of a STUN header (D12)"
# Checksum and Reserved field of HoTI are the magic cookie, Reserved is what makes
# MH Type and it the length: a receiver that looks at Reserved is fooled.
peer=2001:db8:bb::1
ip -n "$out" addr add $peer/128 dev lo
ip -n "$out" -6 route add $home/128 via 2001:db8::1
ip -n "$in" -6 route add $peer/128 via 2001:db8::2
stun=$(ice_mib "$in" InStun)
mh=$(ice_mib "$in" InMh)
hoti=$(ice_mib "$in" MhUdpRefused)
capture_start "$in" eth0 collide "udp and dst port 4191"
for reserved in 4 12 20 132 252; do
	in_ns "$out" mhforge collide 192.0.2.2 5000 192.0.2.1 4191 $peer $home $reserved
	in_ns "$out" mhforge collide 2001:db8::2 5000 2001:db8::1 4191 $peer $home $reserved
done
# A stranger's HoTI, of that session and with a right checksum.
expect_soon "each is read as what it is" 5000 eval '[ "$(ice_mib "$in" MhUdpRefused)" = $((hoti + 10)) ]'
expect "Mobility Headers" 10 $(($(ice_mib "$in" InMh) - mh))
expect "STUN messages" 0 $(($(ice_mib "$in" InStun) - stun))
capture_flush
expect "with the cookie of STUN" 10 \
	"$(tcpdump -n -r "$OUT/collide.pcap" '(ip and udp[12:4] = 0x2112a442) or (ip6 and ip6[52:4] = 0x2112a442)' 2>/dev/null | wc -l)"

test_case "with FINGERPRINT it is STUN, and never anything else"
other=$(ice_mib "$in" StunOther)
for reserved in 4 12 20 132 252; do
	in_ns "$out" mhforge collide 192.0.2.2 5000 192.0.2.1 4191 $peer $home $reserved stun
done
expect_soon "counted" 5000 eval '[ "$(ice_mib "$in" StunOther)" = $((other + 5)) ]'
expect "Mobility Headers" 10 $(($(ice_mib "$in" MhUdpRefused) - hoti))

test_case "datagrams without payload fill nothing"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	in_ns "$out" mhtool udp 192.0.2.2 5000 192.0.2.1 4191 -
done
queue=$(in_ns "$in" ss -Hlun "sport = :4191" | awk '{ sum += $2 } END { print sum + 0 }')
expect_between "octets of the sockets" 0 8192 "$queue"

tap_done
