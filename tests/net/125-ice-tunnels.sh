#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The way to the home agent is a tunnel, as it is for whoever moves: the home
# address of a is reached through it alone. Offer and answer travel in it, the
# pair that is found does not, and where no direct pair works it is the tunnel that
# is left (draft-tschofenig-mip6-ice-01, Sections 4 to 6).
#
#	tunnel			a is attached as
#	ip6tnl			PLAIN: IPv6 in IPv6, RFC 6275's own
#	wireguard		NAT: IPv4 alone, in UDP
#	gre in fou		PLAIN: IPv6 in GRE in UDP over IPv4

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice

FOU_PORT=5555
WG_PORT=51820

# make_ip6tnl NS DEV LOCAL REMOTE
make_ip6tnl()
{
	ip -n "$1" link add "$2" type ip6tnl mode ip6ip6 local "$3" remote "$4"
}

# make_fou NS DEV LOCAL REMOTE
make_fou()
{
	ip -n "$1" fou add port $FOU_PORT ipproto 47
	ip -n "$1" link add "$2" type gre local "$3" remote "$4" encap fou \
		encap-sport $FOU_PORT encap-dport $FOU_PORT
}

# make_wireguard: both ends; the home agent learns where a is.
make_wireguard()
{
	local key_a key_ha

	key_a=$(wg genkey)
	key_ha=$(wg genkey)
	ip -n "$a" link add ha0 type wireguard
	ip -n "$ha" link add to_a type wireguard
	in_ns "$a" wg set ha0 private-key <(echo "$key_a") \
		peer "$(wg pubkey <<<"$key_ha")" endpoint "$HA4:$WG_PORT" allowed-ips ::/0
	in_ns "$ha" wg set to_a private-key <(echo "$key_ha") listen-port $WG_PORT \
		peer "$(wg pubkey <<<"$key_a")" allowed-ips "$HOME_A/128"
}

# tunnel KIND: between a and its home agent, with the home address on it.
tunnel()
{
	case $1 in
	ip6tnl)
		make_ip6tnl "$a" ha0 "$A6" "$HA6"
		make_ip6tnl "$ha" to_a "$HA6" "$A6" ;;
	fou)
		make_fou "$a" ha0 "$A4" "$HA4"
		make_fou "$ha" to_a "$HA4" "$A4" ;;
	wireguard)
		make_wireguard ;;
	esac
	ip -n "$a" link set ha0 up
	ip -n "$ha" link set to_a up
	ip -n "$a" addr add "$HOME_A/128" dev ha0 nodad
	# An address of the tunnel's own, which must not be offered.
	ip -n "$a" addr add 10.200.0.1/24 dev ha0
	ip -n "$a" -6 route add "$HOME_B/128" dev ha0 src "$HOME_A"
	ip -n "$ha" -6 route add "$HOME_A/128" dev to_a
}

# headers CAPTURE: how many Mobility Headers are in it.
headers() { tcpdump -n -r "$OUT/$1.pcap" 2>/dev/null | wc -l; }

kinds() { echo "$(kind_of "$a") $(kind_of "$b")"; }
kinds_are() { [ "$(kinds)" = "$1 $1" ]; }

# try KIND ATTACHED: all of it with one tunnel.
try()
{
	local offers answers updates moves

	ice_between "$2" PLAIN
	tunnel "$1"
	offers=$(ice_mib "$b" OfferIn)
	answers=$(ice_mib "$a" AnswerIn)
	updates=$(ice_mib "$b" UpdateIn)

	test_case "$1: offer and answer arrive through the tunnel, the pair is direct"
	expect_soon "a reaches b's home" 10000 in_ns "$a" ping -c 1 -W 2 -I $HOME_A $HOME_B
	capture_start "$a" ha0 inside "ip6 proto 135"
	capture_start "$a" eth0 outside "ip6 proto 135"
	start=$(now_ms)
	ice_pair
	expect_soon "a has selected a pair" 20000 is_state "$a" completed
	expect_soon "b has selected a pair" 20000 is_state "$b" completed
	note "$(($(now_ms) - start)) ms: $(selected "$a")"
	expect "offers and answers" "1 1" \
		"$(($(ice_mib "$b" OfferIn) - offers)) $(($(ice_mib "$a" AnswerIn) - answers))"
	expect_soon "the Binding Update went through" 10000 eval '[ "$(ice_mib "$b" UpdateIn)" -gt '"$updates"' ]'
	expect_soon "direct" 9000 kinds_are direct
	sleep 0.2
	capture_flush
	expect "HoTI, CoTI-ICE, HoT, CoT-ICE in the tunnel, and no Binding Update" 4 "$(headers inside)"
	expect "beside it" 0 "$(headers outside)"
	expect "addresses of the tunnel among the candidates" "" "$(ctl "$a" candidates | grep -F 10.200.0.1)"
	[ "$case_failed" = 0 ] || ice_tell "$a" "$b"

	test_case "$1: without a direct path the tunnel is left"
	block
	updates=$(ice_mib "$b" UpdateIn)
	moves=$(ice_mib "$a" Restarts)
	expect_success "restart" ctl "$a" peer restart $HOME_B
	expect_soon "by the home agent" 20000 kinds_are home
	expect "runs" 1 $(($(ice_mib "$a" Restarts) - moves))
	expect_soon "the Binding Update, too" 10000 eval '[ "$(ice_mib "$b" UpdateIn)" -gt '"$updates"' ]'
	expect_success "b is reached" in_ns "$a" ping -c 1 -W 2 -I $HOME_A $HOME_B
	unblock
	expect_success "restart" ctl "$a" peer restart $HOME_B
	expect_soon "direct again" 20000 kinds_are direct
	[ "$case_failed" = 0 ] || ice_tell "$a" "$b"

	ctl "$a" peer del $HOME_B
	ctl "$b" peer del $HOME_A
	ip -n "$a" link del ha0
	ip -n "$ha" link del to_a
	ice_apart
}

modules="ip6_tunnel wireguard ip_gre fou"
# Our debug kernel is built without GRE.
[[ $(uname -r) != *-debug ]] || modules="ip6_tunnel wireguard"
for module in $modules; do
	modprobe "$module" || tap_skip_all "the module $module is missing"
done
ice_core
ice_home b
knob "$ha" home_agent 1
try ip6tnl PLAIN
try wireguard NAT
[[ $modules != *fou ]] || try fou PLAIN

tap_done
