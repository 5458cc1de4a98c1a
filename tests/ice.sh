# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The network of the M-ICE stories, sourced after lib.sh.
#
#	             [ha]  home agent of both, answers STUN on 4191
#	       ha0 /   |   \ ha0       home addresses: 2001:db8:aa::1 and ::bb::1
#	          /    |    \          over links that have no other address
#	       [a]     |     [b]
#	    eth0|      |core  |eth0
#	  [nat_a]      |   [nat_b]     each of them only if asked for
#	        +---[core]----+
#
# ice_build PLAIN|NAT PLAIN|NAT: how a and b are attached. A NAT masquerades IPv4
# and has no IPv6; NAT:random draws a new port for each destination. FW:udp
# drops all UDP but the home agent's, FW keeps state and lets nothing in.

# Addresses for the scripts.
# shellcheck disable=SC2034
{
HOME_A=2001:db8:aa::1
HOME_B=2001:db8:bb::1
HA4=203.0.113.2
HA6=2001:db8:ff::2
A4=192.0.2.2
B4=192.0.2.18
A6=2001:db8:a::2
B6=2001:db8:b::2
NAT_A4=192.0.2.2
NAT_B4=192.0.2.18
IN_A4=10.0.1.2
IN_B4=10.0.2.2
}

# ice_mib NS NAME: one counter of the module in the namespace.
ice_mib()
{
	in_ns "$1" awk -v name="$2" '$1 == name { v = $2 } END { print v + 0 }' \
		/proc/net/mip6_ice 2>/dev/null
}

# knob NS NAME VALUE
knob() { in_ns "$1" sysctl -qw "net.mip6_ice.$2=$3"; }

ctl() { in_ns "$1" mobctl ice "${@:2}"; }

# forward NS: a router.
forward()
{
	in_ns "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# ll NS DEV: the link-local address of a device.
ll()
{
	ip -n "$1" -6 -o addr show dev "$2" scope link |
		sed -n 's,.*inet6 \([^/]*\)/.*,\1,p'
}

# ice_attach END KIND: END is a or b.
ice_attach()
{
	local end=$1 kind=$2 ns=${!1} up=${!1} dev=eth0 n=1 at=0 nat

	[ "$end" = a ] || { n=2; at=16; }
	case $kind in
	NAT*|FW*)
		setup_ns "nat_$end"
		nat=nat_$end
		up=${!nat}
		dev=up0
		forward "$up"
		link "$ns" eth0 "$up" in0 ;;
	esac
	link "$up" "$dev" "$core" "to_$end"
	ip -n "$core" addr add "192.0.2.$((at + 1))/28" dev "to_$end"
	ip -n "$core" addr add "2001:db8:$end::1/64" dev "to_$end" nodad
	ip -n "$up" addr add "192.0.2.$((at + 2))/28" dev "$dev"
	ip -n "$up" route add default via "192.0.2.$((at + 1))"
	case $kind in
	PLAIN)
		ip -n "$ns" addr add "2001:db8:$end::2/64" dev eth0 nodad
		ip -n "$ns" -6 route add default via "2001:db8:$end::1" ;;
	NAT*)
		ip -n "$up" addr add "10.0.$n.1/24" dev in0
		ip -n "$ns" addr add "10.0.$n.2/24" dev eth0
		ip -n "$ns" route add default via "10.0.$n.1"
		in_ns "$up" nft -f - <<-END
		table ip nat {
			chain post {
				type nat hook postrouting priority srcnat;
				oifname up0 masquerade $([ "$kind" = NAT ] || echo "${kind#NAT:}")
			}
			# As any router: what it did not ask for is not for itself, or
			# it would remember it and give a mapping another port.
			chain in {
				type filter hook input priority filter;
				iifname up0 meta l4proto udp ct state new drop
			}
		}
		END
		;;
	FW*)
		ip -n "$up" addr add "2001:db8:$end:1::1/64" dev in0 nodad
		ip -n "$up" addr add "2001:db8:$end::2/64" dev up0 nodad
		ip -n "$up" -6 route add default via "2001:db8:$end::1"
		ip -n "$core" -6 route add "2001:db8:$end:1::/64" via "2001:db8:$end::2"
		ip -n "$ns" addr add "2001:db8:$end:1::2/64" dev eth0 nodad
		ip -n "$ns" -6 route add default via "2001:db8:$end:1::1"
		in_ns "$up" nft -f - <<-END
		table inet fw {
			chain forward {
				type filter hook forward priority filter; policy drop;
				$([ "$kind" = FW ] || echo "meta l4proto udp drop")
				ct state established,related accept
				iifname in0 accept
				meta l4proto ipv6-icmp accept
			}
		}
		END
		;;
	esac
}

# ice_home END: the way to the home addresses, through the home agent alone.
ice_home()
{
	local ns=${!1} home peer

	[ "$1" = a ] && home=$HOME_A peer=$HOME_B || home=$HOME_B peer=$HOME_A
	link "$ns" ha0 "$ha" "to_$1"
	wait_for 5000 eval "[ -n \"\$(ll $ns ha0)\" ] && [ -n \"\$(ll $ha to_$1)\" ]"
	ip -n "$ns" link add home0 type dummy
	ip -n "$ns" link set home0 up
	ip -n "$ns" addr add "$home/128" dev home0 nodad
	ip -n "$ns" -6 route add "$peer/128" via "$(ll "$ha" "to_$1")" dev ha0
	ip -n "$ha" -6 route add "$home/128" via "$(ll "$ns" ha0)" dev "to_$1"
}

ice_build()
{
	setup_ns core ha a b
	forward "$core"
	forward "$ha"
	link "$core" to_ha "$ha" eth0
	ip -n "$core" addr add 203.0.113.1/24 dev to_ha
	ip -n "$core" addr add 2001:db8:ff::1/64 dev to_ha nodad
	ip -n "$ha" addr add "$HA4/24" dev eth0
	ip -n "$ha" addr add "$HA6/64" dev eth0 nodad
	ip -n "$ha" route add default via 203.0.113.1
	ip -n "$ha" -6 route add default via 2001:db8:ff::1
	ice_attach a "$1"
	ice_attach b "$2"
	ice_home a
	ice_home b
	# Neighbours get to know each other: a check must not wait for that.
	wait_for 10000 in_ns "$a" ping -c 1 -W 1 "$HA4" >/dev/null
	wait_for 10000 in_ns "$b" ping -c 1 -W 1 "$HA4" >/dev/null
	wait_for 10000 in_ns "$a" ping -c 1 -W 1 -I "$HOME_A" "$HOME_B" >/dev/null
	knob "$ha" home_agent 1
}

# ice_pair: both ends know each other; a offers.
ice_pair()
{
	expect_success "b knows a" ctl "$b" peer add $HOME_A home $HOME_B server $HA4
	expect_success "a offers" ctl "$a" peer add $HOME_B home $HOME_A server $HA4 initiate
}

# Of the only session of a namespace.
state_of() { ctl "$1" peer show | sed -n 's/.* state \([a-z]*\) .*/\1/p'; }
is_state() { [ "$(state_of "$1")" = "$2" ]; }
role_of() { ctl "$1" peer show | sed -n 's/.* role \([a-z]*\) .*/\1/p'; }
ufrag_of() { ctl "$1" keys | sed -n 's/.* ufrag \([0-9a-f]*\) .*/\1/p'; }
checks_of() { mobctl_d "$1" peer show | sed -n 's/.*checks \([0-9]*\) .*/\1/p'; }
mobctl_d() { in_ns "$1" mobctl -d ice "${@:2}"; }

# selected NS: "local-type address remote-type address" of the selected pair.
selected()
{
	ctl "$1" pairs | grep 'selected' |
		sed -n 's/^[^ ]* home [^ ]* \([^ ]*\) \[*\([^] ]*\)\]*:[0-9]* -> \([^ ]*\) \[*\([^] ]*\)\]*:[0-9]* state .*/\1 \2 \3 \4/p'
}

# cands NS SIDE: types and addresses of one side, sorted.
cands()
{
	ctl "$1" candidates | grep " $2 " |
		sed 's/.* '"$2"' \([^ ]*\) \[*\([^] ]*\)\]*:[0-9]* .*/\1 \2/' | sort | tr '\n' ';'
}

# What a failed case should tell.
ice_tell()
{
	local ns

	for ns in "$@"; do
		mobctl_d "$ns" peer show
		ctl "$ns" pairs
	done | sed 's/^/#   /'
}
