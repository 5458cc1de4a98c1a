#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the modules write into the kernel's log when all is well: nothing. Both are
# loaded, do what they are for, refuse what they should, and go; and whatever the
# kernel has said meanwhile is listed here. The network is that of tests/ice.sh.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

both="tcp_mobility mip6_ice"
for name in $both; do
	need_module $name
done

# said: lines since the beginning that nobody expects of any network: of interfaces
# that come and go, of a program that listens to one, and of conntrack; and what
# netlink's core says, at its own rate, of attributes of a wrong length; those of
# an earlier story may be counted here.
said()
{
	kernel_said "tcpmob: silence $$" | sed "s/^\[[^]]*\] *//" |
		grep -v -e '^IPv6: ADDRCONF(NETDEV_' -e 'link becomes ready$' \
			-e ': \(entered\|left\) promiscuous mode$' \
			-e '^device .* \(entered\|left\) promiscuous mode$' \
			-e '^nf_conntrack: ' -e '^tcpmob: ' \
			-e "^netlink: 'nlprobe': attribute type [0-9]* has an invalid length.$" \
			-e '^validate_nla: [0-9]* callbacks suppressed$'
}

# loaded NAME...: how many of them.
loaded() { awk -v names=" $* " 'index(names, " " $1 " ") { n++ } END { print n + 0 }' /proc/modules; }
unloaded() { rmmod "$1" 2>/dev/null; [ ! -d "/sys/module/$1" ]; }

test_case "they go"
expect_module_unused
for name in $both; do
	expect_soon "$name" 20000 unloaded $name
done

test_case "they come"
echo "tcpmob: silence $$" >/dev/kmsg
for name in $both; do
	need_module $name
	expect "$name is loaded" 1 "$(loaded $name)"
done
expect "what the kernel says" "" "$(said)"

test_case "a connection is keyed, moves, pauses, is forged at, and ends"
ice_build PLAIN PLAIN
ice_tcp
is_mib() { [ "$(mib "$1" "$2")" -ge "$3" ]; }
expect_soon "keyed" 20000 eval 'is_mib "$a" KeyedNow 1 && is_mib "$b" KeyedNow 1'
ip -n "$a" addr add 192.0.2.3/28 dev eth0
bg in_ns "$a" forge capture eth0 "$OUT/.copy" 60000 >"$OUT/.forge" 2>&1
wait_for 5000 grep -q listening "$OUT/.forge" >/dev/null
expect_success "move" ip netns exec "$a" mobctl tcp move all to 192.0.2.3
expect_soon "moved" 20000 is_mib "$b" PathValidated 1
expect_success "its update, again and altered" eval \
	'in_ns "$a" forge replay "$OUT/.copy" seq 1 times 20 && in_ns "$a" forge replay "$OUT/.copy" ack -1 times 20'
expect_soon "they are refused" 10000 is_mib "$b" UpdateBadRequest 20
expect_success "pause" ip netns exec "$a" mobctl tcp pause all
expect_success "resume" ip netns exec "$a" mobctl tcp resume all
kill $client_pid $server_pid
expect "what the kernel says" "" "$(said)"

test_case "a session finds a path, again after a restart, and is forgotten"
ice_path_twice
expect_success "a forgets" ctl "$a" peer del $HOME_B
expect "what the kernel says" "" "$(said)"

test_case "orders that are refused"
expect_failure "no such cookie" ip netns exec "$a" nlprobe ask conn-move cookie=99999
expect_failure "not an administrator" ip netns exec "$a" nlprobe --uid 1000 ask conn-move all
expect_success "200 hostile requests" ip netns exec "$a" nlprobe fuzz 200 7
expect_failure "a limit that is none" ip netns exec "$a" sysctl -qw net.tcp_mobility.survival_time=0
expect "what the kernel says" "" "$(said)"

test_case "namespaces with a session and connections end, and both go"
for name in "${ns_list[@]}"; do
	ip netns pids "$name" | xargs -r kill -9 2>/dev/null
	ip netns del "$name"
done
ns_list=()
expect_module_unused
for name in $both; do
	expect_soon "$name" 20000 unloaded $name
done
expect "what the kernel says" "" "$(said)"

test_case "they come again, for others"
for name in $both; do
	need_module $name
done
expect "both" 2 "$(loaded $both)"
expect "what the kernel says" "" "$(said)"
rm -f "$OUT"/.[a-z]*

tap_done
