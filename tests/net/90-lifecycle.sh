#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Life and death of mobile sockets, of what they are made of and of those who
# hold them. Each group ends with a quiet kernel and an unused module.
#
# Elsewhere: rmmod under a listener and connections, load and reload, TCP Fast
# Open (10-enable); disconnect() of an idle connection (sockinfo in 10-enable);
# a connection bound to its address by bind() (30-move).

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility
topo_build
attach routed

module_file=$TOP_DIR/build/modules/tcp_mobility.ko
[ -e "$module_file" ] || module_file=$(modinfo -n tcp_mobility 2>/dev/null)

# -------------------------------------------------------------------- helpers

declare -A life_pid

# log_has NAME WORDS: its output has a line that begins so.
log_has() { grep -q "^$2" "$OUT/$1.log"; }

# serve NAME [SERVER OPTIONS] PORT: on cn, until unserve. serve_in NS ...: there.
serve() { serve_in "$cn" "$@"; }
serve_in()
{
	local ns=$1 name=$2

	shift 2
	bg in_ns "$ns" setsid lifecycle server "$@" >"$OUT/$name.log" 2>&1
	life_pid[$name]=$bg_pid
	wait_for 10000 log_has "$name" listening || fail "$name listens" "" "$(cat "$OUT/$name.log")"
}

# unserve NAME: with all that it forked.
unserve() { kill -- "-${life_pid[$1]}" 2>/dev/null; }

# life_in NS NAME PORT [OPTIONS]: a client that writes until it is told to end, to
# cn, or where life_to says.
life_in()
{
	local ns=$1 name=$2 port=$3

	shift 3
	bg in_ns "$ns" setsid lifecycle client --until "$OUT/.end.$name" "$@" "${life_to:-$CN4}" "$port" \
		>"$OUT/$name.log" 2>&1
	life_pid[$name]=$bg_pid
}

# connected NAME: it may move.
connected() { expect_soon "$1 may move" 20000 log_has "$1" "connected KEYED"; }

# finish NAME [MOVES]: all came back.
finish()
{
	local status said

	: >"$OUT/.end.$1"
	wait_for 40000 pids_gone "${life_pid[$1]}" >/dev/null ||
		kill -9 -- "-${life_pid[$1]}" 2>/dev/null
	wait "${life_pid[$1]}"
	status=$?
	said=$(tail -n 1 "$OUT/$1.log")
	expect "$1 ($said): exit status" 0 $status
	[ $# = 1 ] || expect "$1: state and moves" "state=KEYED moves=$2" "${said#*echoed=* }"
	rm -f "$OUT/.end.$1"
}

# murder NAME: no chance to say good-bye.
murder()
{
	kill -9 -- "-${life_pid[$1]}"
	wait "${life_pid[$1]}" 2>/dev/null
}

begin()
{
	test_case "$1"
	group=$1
	echo "tcpmob: begin $group $$" >/dev/kmsg
}

# quiet: of the kernel's complaints and of references, since begin.
quiet()
{
	expect_module_unused
	expect "complaints of the kernel" "" "$(kernel_said "tcpmob: begin $group $$" |
		grep -E -f "$TEST_DIR/dmesg-patterns" | head -n 5)"
}

# hold_path: nothing gets through the NAT, until free_path.
hold_path()
{
	in_ns "$nat" nft -f - <<-'END' || fail "the NAT drops everything"
	table inet hold {
		chain forward {
			type filter hook forward priority -10; policy drop;
		}
	}
	END
}
free_path() { in_ns "$nat" nft delete table inet hold; }

# count_since COUNTER: of mn, since count_mark.
count_mark() { in_ns "$mn" cat /proc/net/tcp_mobility >"$OUT/.mib"; }
count_since()
{
	echo $(($(mib "$mn" "$1") - $(awk -v n="$1" '$1 == n { print $2 }' "$OUT/.mib")))
}
counted() { [ "$(count_since "$1")" -ge "$2" ]; }

# ----------------------------------------------------- sockets in other hands

begin "a socket shared by fork() and exec(), one under TCP_REPAIR, two pinned ones"
serve server 6001
life_in "$mn" forked 6001
life_in "$mn" repaired 6001 --repair "$OUT/.repair"
life_in "$mn" device 6001 --device wlan0
life_in "$mn" freebind 6001 --freebind "$MN_ROUTED4"
for name in forked repaired device freebind; do connected $name; done
expect_soon "TCP_REPAIR is on" 10000 log_has repaired "repair$"
count_mark
detach routed
attach nat
expect_soon "both that are free move" 20000 counted MoveDone 2
: >"$OUT/.repair"
expect_soon "TCP_REPAIR is off" 10000 log_has repaired repaired
expect_between "MovePinned" 2 1000 "$(count_since MovePinned)"
detach nat
attach routed
expect_soon "they move back" 20000 counted MoveDone 4
expect "moves of all" 4 "$(count_since MoveDone)"
finish forked 2
finish repaired 2
finish device 0
finish freebind 0
unserve server
quiet

begin "disconnect() while adrift, and connect() again"
serve server 6002
life_in "$mn" again 6002 --disconnect "$OUT/.disconnect" --reconnect "$OUT/.reconnect"
connected again
count_mark
detach routed
expect_soon "adrift" 10000 counted Adrift 1
: >"$OUT/.disconnect"
expect_soon "disconnected" 10000 log_has again "disconnected IDLE"
expect "state before" "before disconnect ADRIFT" "$(grep '^before' "$OUT/again.log")"
attach nat
: >"$OUT/.reconnect"
expect_soon "connected again" 20000 eval '[ "$(grep -c "^connected KEYED" "$OUT/again.log")" = 2 ]'
# The secret of the first goes when the socket connects again.
expect "connections of mn with a secret" 1 "$(mib "$mn" KeyedNow)"
detach nat
attach routed
expect_soon "it moves" 20000 counted MoveDone 1
finish again 1
unserve server
quiet

begin "a VRF, whose packets come to LOCAL_OUT twice"
serve server 6008
ip -n "$mn" link add vrf0 type vrf table 77
ip -n "$mn" link set vrf0 up
ip -n "$mn" link set wlan0 master vrf0
ip -n "$mn" route replace default via 10.1.0.1 dev wlan0 table 77
count_mark
life_in "$mn" direct 6008 --device vrf0
connected direct
# With a queue of its own the device takes the packets another way.
in_ns "$mn" tc qdisc add dev vrf0 root pfifo
life_in "$mn" queued 6008 --device vrf0
connected queued
sleep 1
finish direct 0
finish queued 0
expect "SYNs with Conn-Key" 2 "$(count_since ConnKeySynOut)"
ip -n "$mn" link set wlan0 nomaster
ip -n "$mn" link del vrf0
unserve server
quiet
detach routed
attach routed

begin "an ipvlan, whose packets come to LOCAL_OUT twice, the second time of nobody"
setup_ns below within
# shellcheck disable=SC2154
{
link "$below" eth0 "$net" v9
ip -n "$net" addr add 10.50.9.1/24 dev v9
ip -n "$net" route add 10.50.99.3/32 via 10.50.9.2
ip -n "$below" addr add 10.50.9.2/24 dev eth0
ip -n "$below" route add default via 10.50.9.1
# The second time is in the namespace of the device below, if it has mobility.
bg in_ns "$below" xfer server --mobility --port 6010 >"$OUT/below.log" 2>&1
below_pid=$bg_pid
wait_listen "$below" 6010
ip -n "$below" link add ipv0 link eth0 type ipvlan mode l3
ip -n "$below" link set ipv0 netns "$within"
ip -n "$within" link set ipv0 up
ip -n "$within" addr add 10.50.99.3/32 dev ipv0
ip -n "$within" route add default dev ipv0
# The fifo makes the second time come without the socket's lock.
in_ns "$within" tc qdisc add dev ipv0 root pfifo
bg in_ns "$within" xfer server --mobility --once --port 6011 --send 5000 >"$OUT/within.log" 2>&1
wait_listen "$within" 6011
expect_success "cn connects to it" in_ns "$cn" xfer client --mobility --wait-keyed 8000 \
	--timeout 30 --send 5000 --recv 5000 10.50.99.3 6011
expect "Conn-Key on its SYN-ACK" 1 "$(mib "$within" ConnKeySynAckOut)"
bg in_ns "$cn" xfer server --mobility --once --port 6012 --send 5000 >"$OUT/without.log" 2>&1
wait_listen "$cn" 6012
expect_success "it connects to cn" in_ns "$within" xfer client --mobility --wait-keyed 8000 \
	--timeout 30 --send 5000 --recv 5000 "$CN4" 6012
expect "Conn-Key on its SYN" 1 "$(mib "$within" ConnKeySynOut)"
kill $below_pid
ip netns del "$within"
ip netns del "$below"
}
quiet

begin "the peer has forgotten all and connects from the same port"
# Its host crashes; what its kernel says at the end gets nowhere.
serve server 6013
range=$(in_ns "$mn" sysctl -n net.ipv4.ip_local_port_range)
in_ns "$mn" sysctl -qw net.ipv4.ip_local_port_range="6113 6113"
life_in "$mn" crash 6013
connected crash
in_ns "$mn" nft -f - <<-'END'
table inet crash {
	chain output {
		type filter hook output priority 0; policy accept;
		tcp sport 6113 drop
	}
}
END
murder crash
in_ns "$mn" ss -K "sport = :6113" >/dev/null 2>&1
expect_soon "mn has forgotten" 10000 eval '[ -z "$(in_ns "$mn" ss -Htan "sport = :6113")" ]'
in_ns "$mn" nft delete table inet crash
start=$(now_ms)
life_in "$mn" reborn 6013
connected reborn
expect_between "within ms" 1 15000 $(($(now_ms) - start))
expect "SuspendYielded" 1 "$(mib "$cn" SuspendYielded)"
in_ns "$mn" sysctl -qw net.ipv4.ip_local_port_range="$range"
finish reborn 0
unserve server
quiet

# ------------------------------------------------------------ during a move

begin "the interface is deleted during a move; rmmod meanwhile"
serve server 6003
life_in "$mn" orphaned 6003
connected orphaned
count_mark
hold_path
detach routed
attach nat
expect_soon "an update is under way" 10000 counted UpdateOut 1
expect_failure "rmmod" rmmod tcp_mobility
expect "why" 1 "$(rmmod tcp_mobility 2>&1 | grep -c 'in use\|temporarily unavailable')"
expect "moves before" 0 "$(count_since MoveDone)"
ip -n "$mn" link del lte0
expect "lte0 is gone" "" "$(ip -n "$mn" -o link show lte0 2>/dev/null)"
attach routed
sleep 1
finish orphaned
unserve server
quiet
link "$mn" lte0 "$nat" mn0
topo_addr "$nat" mn0 10.2.0.1/24 fd00:2::1/64
free_path

begin "processes are killed during a move"
# heir only sends, so its orphan has all it needs; victim has an echo to come,
# which nobody is left to read: as ever the stack then resets. Strict tracking
# on the way may take that RST for old (tcp_mobility-design.rst); then cn learns
# of it by the survival time, else by the suspend time.
serve server 6004
in_ns "$cn" sysctl -qw net.tcp_mobility.survival_time=20 net.tcp_mobility.suspend_time=5
life_in "$mn" victim 6004
life_in "$mn" bystander 6004
connected victim
connected bystander
bg in_ns "$cn" xfer server --mobility --once --port 6104 --send 0 >"$OUT/will.log" 2>&1
wait_for 10000 in_ns "$cn" grep -q ":17D8 .* 0A " /proc/net/tcp /proc/net/tcp6 >/dev/null ||
	fail "a server for heir"
bg in_ns "$mn" setsid xfer client --mobility --wait-keyed 20000 --rate 20000 \
	--until "$OUT/.end.heir" "$CN4" 6104 >"$OUT/heir.log" 2>&1
life_pid[heir]=$bg_pid
expect_soon "heir may move" 20000 log_has heir keyed
sleep 1
count_mark
hold_path
detach routed
attach nat
expect_soon "updates are under way" 10000 counted UpdateOut 3
expect "moves before" 0 "$(count_since MoveDone)"
sleep 1
murder victim
murder heir
free_path
expect_soon "bystander and the orphan of heir move" 40000 counted MoveDone 2
expect_soon "heir's server has it to the end" 40000 log_has will sent=
expect_between "octets that it has" 20000 400000 "$(sed -n 's/^sent=.* recv=\([0-9]*\) .*/\1/p' "$OUT/will.log")"
expect "wrong ones" 0 "$(sed -n 's/^sent=.* errors=\([0-9]*\) .*/\1/p' "$OUT/will.log")"
established() { in_ns "$cn" ss -Htn state connected "sport = :$1" | grep -c .; }
expect_soon "cn has only the other connection" 40000 eval '[ "$(established 6004)" = 1 ]'
finish bystander 1
unserve server
in_ns "$cn" sysctl -qw net.tcp_mobility.survival_time=3600 net.tcp_mobility.suspend_time=60
quiet
detach nat
attach routed

# ------------------------------------------------------- reuseport, migration

begin "a listener closes, its requests migrate"
in_ns "$cn" sysctl -qw net.ipv4.tcp_migrate_req=1
migrated=$(netstat_mib "$cn" TcpExtTCPMigrateReqSuccess)
serve server --reuseport --migrate "$OUT/.migrate" --accept "$OUT/.accept" 6005
for i in 1 2 3 4 5 6 7 8; do life_in "$mn" queued$i 6005; done
for i in 1 2 3 4 5 6 7 8; do connected queued$i; done
# From here on only SYNs get through: the requests stay half-open.
in_ns "$r1" nft -f - <<-'END'
table inet hold {
	chain forward {
		type filter hook forward priority -10; policy accept;
		tcp dport 6005 tcp flags & syn == 0 counter drop
	}
}
END
for i in 1 2 3 4 5 6 7 8; do life_in "$mn" half$i 6005; done
requests() { in_ns "$cn" ss -Htn state syn-recv "sport = :6005" | grep -c .; }
expect_soon "eight requests are half-open" 20000 eval '[ "$(requests)" = 8 ]'
: >"$OUT/.migrate"
expect_soon "one of two listeners is closed" 10000 log_has server closed
in_ns "$r1" nft delete table inet hold
for i in 1 2 3 4 5 6 7 8; do connected half$i; done
: >"$OUT/.accept"
expect_soon "all are accepted" 20000 eval '[ "$(grep -c ^accepted "$OUT/server.log")" = 16 ]'
expect_between "requests that migrated" 1 32 \
	$(($(netstat_mib "$cn" TcpExtTCPMigrateReqSuccess) - migrated))
count_mark
detach routed
attach nat
expect_soon "all move" 40000 counted MoveDone 16
for i in 1 2 3 4 5 6 7 8; do
	finish queued$i 1
	finish half$i 1
done
unserve server
quiet
in_ns "$cn" sysctl -qw net.ipv4.tcp_migrate_req=0
detach nat
attach routed

# ---------------------------------------------------- namespaces that go away

# A namespace is gone when its device in net is: each has one.
#
#	[host N]eth0 --- vN[net]

# host N NAME: a namespace in $hostN, addressed 10.50.N.2.
host()
{
	setup_ns "host$1"
	local -n ns=host$1

	link "$ns" eth0 "$net" "v$1"
	ip -n "$net" addr add "10.50.$1.1/24" dev "v$1"
	ip -n "$ns" addr add "10.50.$1.2/24" dev eth0
	ip -n "$ns" route add default via "10.50.$1.1"
	# Two minutes for an orphan and the stack's 100 s are too long to watch.
	in_ns "$ns" sysctl -qw net.tcp_mobility.survival_time=20 net.tcp_mobility.suspend_time=20 \
		net.ipv4.tcp_orphan_retries=2
}

there() { ip -n "$net" link show "$1" >/dev/null 2>&1; }
# Looking often would take longer than waiting, under emulation.
all_gone()
{
	local dev

	for dev in "$@"; do
		there "$dev" || continue
		sleep 3
		echo "$dev is still there"
		return 1
	done
}

begin "namespaces are deleted: live, moving and adrift connections"
serve server 6006
outside=/proc/1/ns/net
for i in 1 2 3 4 5 6; do host $i; done
# shellcheck disable=SC2154
{
life_in "$host1" live 6006
life_in "$host2" moving 6006
life_in "$host3" adrift 6006
life_in "$host4" liveout 6006 --leave $outside
life_in "$host5" movingout 6006 --leave $outside
life_in "$host6" adriftout 6006 --leave $outside
for name in live moving adrift liveout movingout adriftout; do connected $name; done
for name in liveout movingout adriftout; do
	expect_soon "$name: the process has left" 10000 log_has $name left
done
# A new address whose packets go nowhere, and none at all.
for ns in "$host2" "$host5"; do
	ip -n "$ns" link add gone type dummy
	ip -n "$ns" link set gone up
	ip -n "$ns" addr add 10.60.0.2/24 dev gone
	ip -n "$ns" neigh replace 10.60.0.1 lladdr 02:00:00:00:00:01 dev gone
	ip -n "$ns" route replace default via 10.60.0.1 dev gone
	ip -n "$ns" addr del "$(ip -n "$ns" -o -4 addr show eth0 | awk '{ print $4 }')" dev eth0
	expect_soon "moving" 10000 eval '[ "$(mib "$ns" UpdateOut)" -ge 1 ]'
done
for ns in "$host3" "$host6"; do
	ip -n "$ns" addr flush dev eth0
	expect_soon "adrift" 10000 eval '[ "$(mib "$ns" Adrift)" = 1 ]'
done
murder live
murder moving
murder adrift
for i in 1 2 3 4 5 6; do
	declare -n ns=host$i
	expect_success "delete namespace $i" ip netns del "$ns"
done
}
test_case "a namespace without a process ends"
expect_soon "the one with a live connection" 60000 all_gone v1
test_case "a namespace lives as long as a socket of it"
for dev in v4 v5 v6; do
	expect "$dev is there" yes "$(there $dev && echo yes || echo no)"
done
finish liveout 0
murder movingout
murder adriftout
test_case "with the last socket it is gone"
start=$(now_ms)
for dev in v4 v3 v6 v2 v5; do
	expect_soon "$dev" 90000 all_gone $dev
done
note "after $(($(now_ms) - start)) ms"
# Their peers on cn were told nothing: the program ends them.
unserve server
test_case "cn's ends of those connections go, too"
# An orphan with data to send gives up when the stack does.
in_ns "$cn" ss -K "sport = :6006" >/dev/null 2>&1
quiet

# forge_rst ADDRESS: the next segment of that host is answered by a RST, which is
# exact, as its receiver's would be; after that nothing gets through to either end.
forge_rst()
{
	in_ns "$net" nft -f - <<-END || fail "the core can send RSTs"
	table inet forge {
		chain forward {
			type filter hook forward priority filter; policy accept;
			ip saddr $1 tcp dport != 0 limit rate 1/hour burst 1 packets reject with tcp reset
			ip saddr $1 drop
			ip daddr $1 drop
		}
	}
	END
}
forge_end() { in_ns "$net" nft delete table inet forge; }

begin "namespaces are deleted: suspended connections"
serve server 6014
for i in 7 8 9; do host $i; done
# shellcheck disable=SC2154
{
serve_in "$host8" inner 6015
# Of an end that connected, of one that was called, and one in another's hands.
life_in "$host7" called 6014
life_to=10.50.8.2 life_in "$cn" caller 6015
life_in "$host9" calledout 6014 --leave $outside
for name in called caller calledout; do connected $name; done
expect_soon "calledout: the process has left" 10000 log_has calledout left
sleep 1
for i in 7 8 9; do
	declare -n ns=host$i
	# What is on its way in makes a RST inexact: then it is challenged.
	for _ in $(seq 20); do
		forge_rst 10.50.$i.2
		wait_for 1500 eval '[ "$(mib "$ns" RstSuspended)" = 1 ]' >/dev/null && break
		forge_end
	done
	expect "host $i: suspended" "1 1" "$(mib "$ns" RstSuspended) $(in_ns "$ns" nlprobe ask limits-get |
		sed -n 's/.* suspended=\([0-9]*\).*/\1/p')"
	start=$(now_ms)
	[ $i != 7 ] || murder called
	[ $i != 8 ] || murder inner
	expect_success "delete namespace $i" ip netns del "$ns"
	[ $i != 9 ] || break
	# With octets to send it is suspended for 20 s, closed or not.
	expect "it is still there" yes "$(there v$i && echo yes || echo no)"
	expect_soon "it ends" 60000 all_gone v$i
	note "after $(($(now_ms) - start)) ms"
	forge_end
done
expect "with a suspended socket in use it is there" yes "$(there v9 && echo yes || echo no)"
}
expect_soon "its program gets ECONNRESET" 60000 log_has calledout "lifecycle: write: Connection reset by peer"
wait_for 20000 pids_gone "${life_pid[calledout]}" >/dev/null || murder calledout
expect_soon "then it ends, too" 60000 all_gone v9
forge_end
murder caller
unserve server
in_ns "$cn" ss -K "sport = :6014 or dport = :6015" >/dev/null 2>&1
quiet

begin "the module can go, and come again"
expect_success "rmmod" rmmod tcp_mobility
expect "it is gone" no "$([ -d /sys/module/tcp_mobility ] && echo yes || echo no)"
expect_success "insmod" insmod "$module_file"
serve server 6007
life_in "$mn" last 6007
connected last
finish last 0
unserve server
quiet

# The child takes what the listener has; of a held socket that would be more
# than may stay when the module goes.
begin "a socket that was adrift becomes a listener, its plain child outlives the module"
serve server 6009
life_in "$mn" relisten 6009 --disconnect "$OUT/.disconnect2" --relisten 6010
connected relisten
count_mark
detach routed
expect_soon "adrift" 10000 counted Adrift 1
: >"$OUT/.disconnect2"
expect_soon "it listens" 10000 log_has relisten relistening
attach routed
unserve server
rm -f "$OUT/.talk"
# shellcheck disable=SC2016
bg in_ns "$cn" bash -c 'exec 3<>"/dev/tcp/$1/6010" && echo one >&3 && read -r a <&3 && echo "$a"
	while [ ! -e "$2" ]; do sleep 0.2; done
	echo two >&3 && read -r b <&3 && echo "$b"' talk "$MN_ROUTED4" "$OUT/.talk" >"$OUT/talk.log" 2>&1
expect_soon "the child answers" 20000 log_has talk one
expect_module_unused
expect_success "rmmod" rmmod tcp_mobility
: >"$OUT/.talk"
expect_soon "the child answers without the module" 20000 log_has talk two
expect_success "insmod" insmod "$module_file"
quiet

[ "$cases_failed$case_failed" != 00 ] || rm -f "$OUT"/*.log
rm -f "$OUT"/.end.* "$OUT/.mib" "$OUT/.repair" "$OUT/.disconnect" "$OUT/.reconnect" \
	"$OUT/.disconnect2" "$OUT/.talk" "$OUT/.migrate" "$OUT/.accept" "$flow_stop"

tap_done
