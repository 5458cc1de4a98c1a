#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The netlink family mip6_ice, as its spec
# (Documentation/netlink/specs/mip6_ice.yaml) describes it: what is refused, to
# whom, and with which words. Requests are written by number, for mobctl would
# not send most of them.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice
setup_ns host
ip -n "$host" addr add $HOME_A/128 dev lo nodad

# Operations and attributes, as the spec numbers them.
add=1 del=2 restart=3 peers=4 keys=5 remote=6 cands=7 pairs=8 stats=9
home=%1=20010db800aa00000000000000000001
peer=%2=20010db800bb00000000000000000001
manual=%3=02000000

# ask REQUEST...; dump likewise; as_user likewise, for options of nlprobe.
ask() { ip netns exec "$host" nlprobe --family mip6_ice ask "$@" 2>&1; }
dump() { ip netns exec "$host" nlprobe --family mip6_ice --dump ask "$@" 2>&1; }
as_user() { ip netns exec "$host" nlprobe --family mip6_ice --uid 1000 "$@" 2>&1; }

# refused WHAT ERRNO SENTENCE COMMAND...: the sentence may be any if it is "+".
refused()
{
	local what=$1 want="$2 $3" said

	said=$("${@:4}" | sed -n 's/^error=[0-9]* //p')
	if [ "$3" = + ] && [ -n "${said#* }" ]; then
		want="$2 ${said#* }"
	fi
	expect "$what" "$want" "$said"
}

test_case "requests that make no sense"
refused "no addresses" EINVAL "home and peer are needed" ask $add
refused "no peer" EINVAL "home and peer are needed" ask $add $home
refused "ourselves" EINVAL "peer is no home address of somebody else" ask $add $home "${home/#%1/%2}"
refused "a multicast peer" EINVAL "peer is no home address of somebody else" \
	ask $add $home %2=ff020000000000000000000000000001
refused "no address of this host" EADDRNOTAVAIL "home is no address of this namespace" \
	ask $add %1=20010db800cc00000000000000000001 $peer
refused "a link-local home" EINVAL "home is no home address" \
	ask $add %1=fe800000000000000000000000000001 $peer
refused "a server without an address" EINVAL "server is no address of a STUN server" \
	ask $add $home $peer %5=1000
refused "a server that is this host" EINVAL "server is no address of a STUN server" \
	ask $add $home $peer %4=7f000001
for verb in $del $restart; do
	refused "verb $verb for no session" ENOENT "there is no session of these addresses" ask $verb $home $peer
	refused "verb $verb for nobody" EINVAL "home and peer are needed" ask $verb
done
expect "a manual session" "" "$(ask $add $home $peer $manual)"
refused "the same again" EEXIST "there is a session of these addresses" ask $add $home $peer
in_ns "$host" sysctl -qw net.mip6_ice.max_peers=1
refused "one too many" ENOSPC "net.mip6_ice.max_peers is reached" \
	ask $add $home %2=20010db800bb00000000000000000002
in_ns "$host" sysctl -qw net.mip6_ice.max_peers=2

test_case "the peer's side of a manual session"
pwd=%18=000102030405060708090a0b
# A nest (19 with NLA_F_NESTED) of type, addr, port and priority.
type=0500040001000000 addr=08000500c0000201 port=06000600100f0000 priority=08000700ffffff7e
refused "no credentials" EINVAL "ufrag, pwd and controlling are needed" ask $remote $home $peer
refused "no role" EINVAL "ufrag, pwd and controlling are needed" ask $remote $home $peer %17=0100 $pwd
refused "no session" ENOENT "there is no session of these addresses" \
	ask $remote $home %2=20010db800bb00000000000000000003 %17=0100 $pwd %7=01
refused "a candidate without a type" EINVAL "a candidate needs type, addr, port and priority" \
	ask $remote $home $peer %17=0100 $pwd %7=01 %32787=$addr$port$priority
refused "one that is no nest" EINVAL + ask $remote $home $peer %17=0100 $pwd %7=01 %19=$type$addr$port$priority
refused "a type that does not exist" ERANGE + \
	ask $remote $home $peer %17=0100 $pwd %7=01 %32787=0500040005000000$addr$port$priority
refused "five octets of address" EINVAL "an address has 4 or 16 octets" \
	ask $remote $home $peer %17=0100 $pwd %7=01 "%32787=${type}09000500c000020101000000$port$priority"
mapfile -t many < <(yes "%32787=$type$addr$port$priority" | head -n 33)
refused "33 candidates" E2BIG "more than 32 candidates" ask $remote $home $peer %17=0100 $pwd %7=01 "${many[@]}"
expect "one is taken" "" "$(ask $remote $home $peer %17=0100 $pwd %7=01 "%32787=$type$addr$port$priority")"
expect "it is there" "host 192.0.2.1" "$(ctl "$host" candidates | sed -n 's/.* remote \(host [0-9.]*\):.*/\1/p')"
expect "another session, not manual" "" "$(ask $add $home %2=20010db800bb00000000000000000002)"
refused "it asks its peer itself" EINVAL "the session is not manual" \
	ask $remote $home %2=20010db800bb00000000000000000002 %17=0100 $pwd %7=01

test_case "mobctl: text, JSON, one line, colour"
tool() { in_ns "$host" mobctl "$@" 2>&1; }
for words in "peer show" candidates pairs keys; do
	# shellcheck disable=SC2086
	lines=$(tool ice $words | wc -l)
	# shellcheck disable=SC2086
	{
		expect "$words: as many values as lines" "$lines" "$(tool -j ice $words | jq length)"
		expect "$words: -p is the same" "$(tool -j ice $words | jq -c .)" "$(tool -p ice $words | jq -c .)"
		expect "$words: -d -o, lines" "$lines" "$(tool -d -o ice $words | wc -l)"
		expect "$words: no colour unless asked for" 0 "$(tool ice $words | grep -c $'\033')"
		expect "$words: colour" "$lines" "$(tool -c=always ice $words | grep -c $'\033')"
	}
done
expect "an address is ours and the peer's" "$HOME_A 2001:db8:bb::1" \
	"$(tool -j ice peer show 2001:db8:bb::1 | jq -r '.[] | "\(.home) \(.peer)"')"
expect "-d has more" 1 "$(tool -d ice peer show 2001:db8:bb::1 | grep -c 'checks [0-9]* candidates [0-9]* pairs [0-9]* flags manual')"
expect "candidates in JSON" '{"side":"remote","type":"host","address":"192.0.2.1:4111"}' \
	"$(tool -j ice candidates 2001:db8:bb::1 | jq -c '.[] | select(.side == "remote") | {side, type, address}')"
expect "the credentials are of twelve octets" 24 "$(tool -j ice keys 2001:db8:bb::1 | jq -j '.[].pwd' | wc -c)"
expect "counters, name by name" "$(in_ns "$host" awk '{ print $1, $2 }' /proc/net/mip6_ice | md5sum)" \
	"$(tool -j ice stats | jq -r 'to_entries[] | "\(.key) \(.value)"' | md5sum)"
expect "a refusal is a sentence: status" 2 "$(tool ice peer restart 2001:db8:bb::7 >/dev/null; echo $?)"
expect "a refusal is a sentence" "Error: there is a session of these addresses (File exists)." \
	"$(tool ice peer add 2001:db8:bb::1 home $HOME_A)"

test_case "attributes that are not right"
for case in "EINVAL flags_that_do_not_exist $add $home $peer %3=04000000" \
	    "ERANGE fifteen_octets_of_address $add $home %2=20010db800bb000000000000000001" \
	    "ERANGE seventeen_of_them $add $home %2=20010db800bb0000000000000000000100" \
	    "EINVAL five_octets_of_a_server $add $home $peer %4=c000020101" \
	    "EINVAL a_port_of_four_octets $add $home $peer %4=c0000201 %5=00001000" \
	    "EINVAL a_number_of_no_attribute $add $home $peer %200=00" \
	    "EINVAL an_attribute_of_answers $add $home $peer %6=01" \
	    "EINVAL credentials_where_none_are_taken $add $home $peer $pwd" \
	    "EINVAL flags_for_another_verb $del $home $peer $manual" \
	    "ERANGE a_role_that_does_not_exist $remote $home $peer %17=0100 $pwd %7=02" \
	    "ERANGE eleven_octets_of_password $remote $home $peer %17=0100 %18=000102030405060708090a %7=01"; do
	# shellcheck disable=SC2086
	set -- $case
	refused "${2//_/ }" "$1" + ask "${@:3}"
done
for cmd in $peers $keys $cands $pairs; do
	refused "dump $cmd with 15 octets of address" ERANGE + dump $cmd %2=20010db800bb000000000000000001
	refused "dump $cmd with what it does not take" EINVAL + dump $cmd $pwd
done
refused "statistics of somebody" EINVAL + dump $stats $home
refused "no operation" EOPNOTSUPP "" ask 99
# The kernel shows the policies to whoever asks; a wrong one makes it warn.
expect_between "messages about the policies" 15 100 "$(as_user policy | sed 's/.*=//')"

test_case "who may do what"
expect "anybody sees sessions" 2 "$(as_user --dump ask $peers | grep -c message)"
expect "candidates" "$(dump $cands | grep -c message)" "$(as_user --dump ask $cands | grep -c message)"
expect "pairs" "$(dump $pairs | grep -c message)" "$(as_user --dump ask $pairs | grep -c message)"
expect "and counters" "$(in_ns "$host" cat /proc/net/mip6_ice | wc -l)" "$(as_user --dump ask $stats | grep -c message)"
expect "root sees credentials" 1 "$(dump $keys | grep -c message)"
not_you="this needs CAP_NET_ADMIN in the network namespace"
# Older kernels drop the words of what begins a dump.
not_you_dump=
since_linux 6.6 && not_you_dump=$not_you
refused "nobody else does" EPERM "$not_you_dump" as_user --dump ask $keys
for verb in "$add $home %2=20010db800bb00000000000000000004" "$del $home $peer" "$restart $home $peer" \
	    "$remote $home $peer %17=0100 $pwd %7=01"; do
	# shellcheck disable=SC2086
	refused "nobody else: operation ${verb%% *}" EPERM "$not_you" as_user ask $verb
done
refused "nor root of another namespace" EPERM "$not_you" \
	ip netns exec "$host" unshare --user --map-root-user nlprobe --family mip6_ice ask $del $home $peer
expect "sessions are as they were" 2 "$(ice_mib "$host" PeersNow)"
# There it is allowed, and fails for want of the address.
refused "in a namespace of one's own everything" EADDRNOTAVAIL "home is no address of this namespace" \
	nlprobe --family mip6_ice --uid 1000 --unshare ask $add $home $peer

test_case "nothing is left"
expect "del" "" "$(ask $del $home $peer)"
expect "del" "" "$(ask $del $home %2=20010db800bb00000000000000000002)"
expect "sockets" 0 "$(in_ns "$host" ss -Hlun "sport = :4191" | wc -l)"
expect "complaints of the kernel" "" "$(kernel_complaints)"

tap_done
