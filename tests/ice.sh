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
#	  [box_a]      |   [box_b]     each of them only if asked for
#	        +---[core]----+
#
# ice_build A B says how a and b are attached:
#
#	PLAIN		public, IPv4 and IPv6
#	NAT		masquerades IPv4, no IPv6; Linux keeps the port where it can, so
#			the mapping is of the inside address and port alone, and lets in
#			what was asked for, from that address and port
#	NAT:random	draws a new port for each destination: a symmetric NAT
#	NAT:full	anybody may use the mapping (RFC 4787: endpoint-independent)
#	NAT:address	has a port for each address it sends to, and lets in what comes from
#			any port of that address (RFC 4787: address-dependent)
#	CGN		such a NAT behind another one
#	SAME		b behind the NAT of a, on a link of its own
#	FW		IPv6, keeps state and lets nothing in (RFC 4487)
#	FW:udp		drops all UDP, too, but what is to or from the home agent

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

# ice_mib NS NAME: one counter of mip6_ice.
ice_mib() { counter "$1" mip6_ice "$2"; }

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

# nat NS OPTIONS EXTRA: masquerade what leaves by up0, and let nothing in that was
# not asked for; EXTRA is another chain.
nat()
{
	in_ns "$1" nft -f - <<-END
	table ip nat {
		chain post {
			type nat hook postrouting priority srcnat;
			oifname up0 masquerade ${2:-}
		}
		# As any router: what it did not ask for is not for itself, or it would
		# remember it and give a mapping another port.
		chain in {
			type filter hook input priority filter;
			iifname up0 meta l4proto udp ct state new drop
		}
		${3:-}
	}
	END
}

# nat_by_address NS OUTSIDE INSIDE: a port for each destination, whatever its port; what
# comes from there to that port, from any port, is let in once something was sent
# there. The one host behind it has one socket.
nat_by_address()
{
	local dst port=20000 ports='' pairs=''

	for dst in $HA4 192.0.2.1 192.0.2.2 192.0.2.17 192.0.2.18; do
		port=$((port + 1))
		ports+="$dst : $port, "
		pairs+="$dst . $port, "
	done
	in_ns "$1" nft -f - <<-END
	table ip nat {
		set sent {
			type ipv4_addr
			flags dynamic
		}
		map ports {
			type ipv4_addr : inet_service
			elements = { $ports }
		}
		set pairs {
			type ipv4_addr . inet_service
			elements = { $pairs }
		}
		chain forward {
			type filter hook forward priority filter;
			oifname up0 meta l4proto udp add @sent { ip daddr }
		}
		chain post {
			type nat hook postrouting priority srcnat;
			oifname up0 meta l4proto udp snat to $2 : ip daddr map @ports
			oifname up0 masquerade
		}
		chain pre {
			type nat hook prerouting priority dstnat;
			iifname up0 ip saddr @sent ip saddr . udp dport @pairs dnat to $3:4191
		}
		chain in {
			type filter hook input priority filter;
			iifname up0 meta l4proto udp ct state new drop
		}
	}
	END
}

# fw NS RULE: keeps state and lets nothing in but ICMPv6; RULE comes first.
fw()
{
	in_ns "$1" nft -f - <<-END
	table inet fw {
		chain forward {
			type filter hook forward priority filter; policy drop;
			${2:-}
			ct state established,related accept
			iifname in0 accept
			meta l4proto ipv6-icmp accept
		}
	}
	END
}

# box NAME: a router in front of an end, or of another router.
box()
{
	setup_ns "$1"
	forward "${!1}"
	boxes+=("${!1}")
}

# ice_attach END KIND: END is a or b.
ice_attach()
{
	local end=$1 kind=$2 ns=${!1} up=${!1} dev=eth0 n=1 at=0 inner

	printf -v "server_$end" '%s' "$HA4"
	[ "$end" = a ] || { n=2; at=16; }
	inner=10.0.$n
	if [ "$kind" = SAME ]; then	# behind the box of a
		link "$ns" eth0 "$box_a" in1
		ip -n "$box_a" addr add "$inner.1/24" dev in1
		ip -n "$ns" addr add "$inner.2/24" dev eth0
		ip -n "$ns" route add default via "$inner.1"
		return
	fi
	case $kind in
	NAT*|FW*|CGN)
		box "box_$end"
		up=box_$end
		up=${!up}
		dev=up0
		link "$ns" eth0 "$up" in0 ;;
	esac
	case $kind in
	CGN)	# one more in front of it
		box "cgn_$end"
		dev=cgn_$end
		link "$up" up0 "${!dev}" in0
		ip -n "$up" addr add "100.64.$n.2/24" dev up0
		ip -n "${!dev}" addr add "100.64.$n.1/24" dev in0
		ip -n "$up" route add default via "100.64.$n.1"
		nat "${!dev}"
		nat "$up"
		ip -n "$up" addr add "$inner.1/24" dev in0
		ip -n "$ns" addr add "$inner.2/24" dev eth0
		ip -n "$ns" route add default via "$inner.1"
		up=${!dev}
		dev=up0 ;;
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
		ip -n "$up" addr add "$inner.1/24" dev in0
		ip -n "$ns" addr add "$inner.2/24" dev eth0
		ip -n "$ns" route add default via "$inner.1"
		case $kind in
		NAT:full)	# one mapping for all, and anybody may use it
			nat "$up" '' "chain pre {
				type nat hook prerouting priority dstnat;
				iifname up0 udp dport 4191 dnat to $inner.2
			}" ;;
		NAT:address)
			nat_by_address "$up" "192.0.2.$((at + 2))" "$inner.2" ;;
		NAT)	nat "$up" ;;
		*)	nat "$up" "${kind#NAT:}" ;;
		esac ;;
	FW*)
		ip -n "$up" addr add "2001:db8:$end:1::1/64" dev in0 nodad
		ip -n "$up" addr add "2001:db8:$end::2/64" dev up0 nodad
		ip -n "$up" -6 route add default via "2001:db8:$end::1"
		ip -n "$core" -6 route add "2001:db8:$end:1::/64" via "2001:db8:$end::2"
		ip -n "$ns" addr add "2001:db8:$end:1::2/64" dev eth0 nodad
		ip -n "$ns" -6 route add default via "2001:db8:$end:1::1"
		# The home agent answers over IPv6 there.
		printf -v "server_$end" '%s' "$HA6"
		if [ "$kind" = FW ]; then
			fw "$up"
		else
			fw "$up" "meta l4proto udp ip6 saddr != $HA6 ip6 daddr != $HA6 counter drop"
		fi ;;
	esac
}

# ice_detach END: as before ice_attach.
ice_detach()
{
	ip -n "${!1}" link del eth0
	ip -n "$core" link del "to_$1" 2>/dev/null
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

# ice_core: the core and the home agent; the ends have nothing yet.
ice_core()
{
	boxes=()
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
}

# ice_base: the same, and both ends with their home addresses.
ice_base()
{
	ice_core
	ice_home a
	ice_home b
	wait_for 10000 in_ns "$a" ping -c 1 -W 1 -I "$HOME_A" "$HOME_B" >/dev/null
	knob "$ha" home_agent 1
}

# ice_between A B: attach both.
ice_between()
{
	ice_attach a "$1"
	ice_attach b "$2"
	# Neighbours get to know each other: a check must not wait for that. A
	# firewall has no IPv4.
	[[ $1 == FW* ]] || wait_for 5000 in_ns "$a" ping -c 1 -W 1 "$HA4" >/dev/null
	[[ $2 == FW* ]] || wait_for 5000 in_ns "$b" ping -c 1 -W 1 "$HA4" >/dev/null
}

# ice_apart: undo ice_between.
ice_apart()
{
	local ns

	ice_detach a
	ice_detach b
	for ns in ${boxes[@]+"${boxes[@]}"}; do
		ip netns del "$ns"
	done
	boxes=()
}

ice_build()
{
	ice_base
	ice_between "$1" "$2"
}

# server_a, server_b: addresses of the home agent that the ends reach, of ice_attach.
server_a=$HA4
server_b=$HA4

# ice_pair: both ends know each other; a offers.
ice_pair()
{
	expect_success "b knows a" ctl "$b" peer add $HOME_A home $HOME_B server "$server_b"
	expect_success "a offers" ctl "$a" peer add $HOME_B home $HOME_A server "$server_a" initiate
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

# kind_of NS: direct, or home if an end of the selected pair is relayed.
kind_of()
{
	case $(selected "$1") in
	*relayed*) echo home ;;
	'')        echo none ;;
	*)         echo direct ;;
	esac
}

# cands NS SIDE: types and addresses of one side, sorted.
cands()
{
	ctl "$1" candidates | grep " $2 " |
		sed 's/.* '"$2"' \([^ ]*\) \[*\([^] ]*\)\]*:[0-9]* .*/\1 \2/' | sort | tr '\n' ';'
}

# block, unblock: nothing but the home agents' own passes between the ends, or all does.
block()
{
	in_ns "$core" nft -f - <<-END
	table inet block {
		chain forward {
			type filter hook forward priority filter;
			iifname to_a oifname to_b drop
			iifname to_b oifname to_a drop
		}
	}
	END
}
unblock() { in_ns "$core" nft delete table inet block; }

# octets_of SKIP: each packet that tcpdump -x prints, as hex, from that octet on.
octets_of()
{
	awk -v from=$(($1 * 2 + 1)) '
		/^\t/ { sub(/^\t0x[0-9a-f]*: */, ""); gsub(/ /, ""); p = p $0; next }
		{ if (p) print substr(p, from); p = "" }
		END { if (p) print substr(p, from) }'
}

# payloads FILE SOURCE PATTERN: of the UDP datagrams from an address those that
# begin so.
payloads()
{
	local head=28

	[[ $2 != *:* ]] || head=48
	tcpdump -n -x -r "$1" "udp and src host $2" 2>/dev/null | octets_of $head | grep "^$3"
}

# messages FILE TYPE: the Mobility Headers of that type.
messages()
{
	tcpdump -n -x -r "$1" "ip6[42] = $2" 2>/dev/null | octets_of 40
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

# ice_tcp: a mobile connection of TCP from a to port 5000 of b, for minutes; its
# processes are $client_pid and $server_pid.
# shellcheck disable=SC2034
ice_tcp()
{
	bg ip netns exec "$b" xfer server --mobility --once --send 1000 --wait-keyed 20000 \
		--hold-after 600 >/dev/null 2>&1
	server_pid=$bg_pid
	wait_listen "$b" 5000
	bg ip netns exec "$a" xfer client --mobility --recv 1000 --wait-keyed 20000 --hold 600 \
		$B4 5000 >/dev/null 2>&1
	client_pid=$bg_pid
}

# ice_listen END...: what the kernel tells there, from here on.
declare -A ice_listener
ice_listen()
{
	local end groups

	for end in "$@"; do
		[ -z "${ice_listener[$end]:-}" ] || kill "${ice_listener[$end]}" 2>/dev/null
		groups="awk '\$2 == 16 && \$4 !~ /^0*\$/' /proc/net/netlink"
		wait_for 5000 eval "[ -z \"\$(in_ns ${!end} $groups)\" ]"
		bg ip netns exec "${!end}" mobctl -j ice monitor >"$OUT/.ice.$end"
		ice_listener[$end]=$bg_pid
		wait_for 5000 eval "[ -n \"\$(in_ns ${!end} $groups)\" ]" || fail "mobctl listens at $end"
	done
}

# ice_told WORDS END [PEER]: just these events since then, each once, sorted.
ice_told()
{
	local words

	words=$(jq -rs --arg peer "${3:-}" \
		'[.[] | select($peer == "" or .peer == $peer).event] | unique | join(" ")' "$OUT/.ice.$2")
	echo "told: $words"
	[ "$words" = "$1" ]
}

both_are() { is_state "$a" "$1" && is_state "$b" "$1"; }

# ice_path_twice: a and b find a path, and another after a restart.
ice_path_twice()
{
	local runs

	ice_pair
	expect_soon "both have a path" 20000 both_are completed
	runs=$(ice_mib "$b" Restarts)
	expect_success "restart" ctl "$a" peer restart $HOME_B
	expect_soon "another run of both" 20000 eval "[ \"\$(ice_mib $b Restarts)\" -gt $runs ]"
	expect_soon "both have a path again" 20000 both_are completed
}
