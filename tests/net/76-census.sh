#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mobctl in a host with connections of every kind: doctor tells which can move,
# and of each other one why not; filters of monitor; -n, -4 and -6. The network
# is the one of tests/lib.sh, the laptop is mn.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

type -P jq >/dev/null || tap_skip_all "no jq here"
need_module tcp_mobility
topo_build
attach routed
stop=$OUT/.stop

on_mn() { in_ns "$mn" mobctl "$@"; }
on_cn() { in_ns "$cn" mobctl "$@"; }

# says WHAT PATTERN TEXT: a finding, its advice behind it.
says()
{
	if printf '%s\n' "$3" | sed ':a; N; s/\n[[:space:]]*-> / -> /; ta; P; D' | grep -q -e "$2"; then
		ok "$1"
	else
		fail "$1" "a line like $2" "$(printf '%s' "$3" | head -n 30)"
	fi
}

# pair PORT ADDRESS "SERVER OPTIONS" "CLIENT OPTIONS": a connection of mn to cn
# that stays.
pair()
{
	local port=$1 address=$2 family=-4

	[[ $address != *:* ]] || family=-6
	# shellcheck disable=SC2086
	bg ip netns exec "$cn" xfer server $family --port "$port" --timeout 0 --send 1000 $3 --hold-after 3000 >/dev/null 2>&1
	wait_listen "$cn" "$port"
	# shellcheck disable=SC2086
	bg ip netns exec "$mn" xfer client --timeout 0 --recv 1000 $4 --hold-after 3000 "$address" "$port" >/dev/null 2>&1
	client_pid=$bg_pid
}
established() { [ "$(in_ns "$mn" ss -Htn state established "dport = :$1" | wc -l)" = 1 ]; }

# ------------------------------------------------------ connections of each kind

test_case "connections of every kind"
pair 5001 $CN4 --mobility --mobility
pair 5002 $CN6 --mobility --mobility
pair 5003 $CN4 "" --mobility
pair 5004 $CN4 "" ""
ordinary_pid=$client_pid
pair 5005 $CN4 "" ""
for port in 5001 5002 5003 5004 5005; do
	expect_soon "port $port" 20000 established $port
done
expect_success "port 5005: its server is mobile from here on" on_cn tcp enable --listen :5005
bg ip netns exec "$cn" ktls server 5006 "$stop" >"$OUT/.ktls.cn"
wait_listen "$cn" 5006
bg ip netns exec "$mn" ktls client $CN4 5006 "$stop" >"$OUT/.ktls.mn"
ktls_pid=$bg_pid
for end in mn cn; do
	expect_soon "port 5006: kernel TLS at $end" 10000 grep -q ready "$OUT/.ktls.$end"
done
expect "as ss sees it" 1 "$(in_ns "$mn" ss -Htnie "dport = :5006" 2>/dev/null | grep -c 'tcp-ulp-tls.* txconf: sw')"
bg ip netns exec "$mn" xfer server --port 5007 --timeout 0 --send 1000 --hold-after 3000 >/dev/null 2>&1
wait_listen "$mn" 5007
bg ip netns exec "$mn" xfer client --timeout 0 --recv 1000 --hold-after 3000 127.0.0.1 5007 >/dev/null 2>&1
keyed() { [ "$(on_mn -j tcp show state keyed | jq length)" = 2 ] && [ "$(on_cn -j tcp show state keyed | jq length)" = 2 ]; }
expect_soon "two can move" 20000 keyed

test_case "doctor: why each of them cannot move"
said=$(on_mn doctor 2>&1)
expect "status" 0 $?
says "the sums" "^ok *connections *2 can move, 0 exchange keys, 0 listen or are not connected, 1 are plain TCP, 3 did not ask" "$said"
says "the peer has no mobility" "^note *plain .*$CN4:5003: the peer answered without a key" "$said"
says "the program did not ask" "^note *ordinary *1 connection of xfer (pid $ordinary_pid), .* -> $CN4:5004: the program did not ask for mobility -> start it with mobctl run" "$said"
says "kernel TLS" "^note *ordinary *1 connection of ktls (pid $ktls_pid), .* -> $CN4:5006: the socket has kernel TLS, and room for one ULP -> turn that off in the program" "$said"
expect "nothing of the one inside this host" "" "$(printf '%s\n' "$said" | grep -w 5007)"
expect "nothing is bad" "" "$(printf '%s\n' "$said" | grep ^BAD)"
said=$(on_cn doctor 2>&1)
says "cn: the server has no mobility" "^note *ordinary *1 connection of xfer (pid [0-9]*), .*$CN4:5004 -> $MN_ROUTED4:[0-9]*: the server has no mobility -> mobctl tcp enable --listen :5004" "$said"
says "cn: enabled too late, or not asked for" "^note *ordinary *1 connection of xfer (pid [0-9]*), .*$CN4:5005 -> .*: accepted before the server had mobility, or the peer did not ask for it -> on the peer: mobctl run, and a new connection" "$said"
says "cn: kernel TLS" "^note *ordinary *1 connection of ktls .*: the socket has kernel TLS" "$said"
expect "as JSON" "$(on_mn doctor | grep -c '^note *ordinary')" \
	"$(on_mn -j doctor | jq '[.[] | select(.topic == "ordinary" and .finding == "note" and .advice)] | length')"
said=$(in_ns "$mn" su -s /bin/sh nobody -c "$(type -P mobctl) doctor" 2>&1)
says "without rights it does not know whose" "^note *ordinary *3 connections of other users, such as .* -> start it with mobctl run" "$said"

# ---------------------------------------------------------- filters, namespaces

test_case "-n, -4, -6"
expect "-n: from outside" "$(on_mn -j tcp show | jq -c 'map(.id) | sort')" "$(mobctl -n "$mn" -j tcp show | jq -c 'map(.id) | sort')"
expect "-n: stats" "$(on_mn stats MoveDone)" "$(mobctl -n "$mn" stats MoveDone)"
expect "a name that is none: status" 2 "$(mobctl -n none-$mn tcp show >/dev/null 2>&1; echo $?)"
expect "-4" "$CN4:5001" "$(on_mn -4 -j tcp show state keyed | jq -r '.[].peer')"
expect "-6" "[$CN6]:5002" "$(on_mn -6 -j tcp show state keyed | jq -r '.[].peer')"
expect "-6 as a word" "$(on_mn -6 tcp show)" "$(on_mn tcp show inet6)"
counts() { on_mn -j tcp show "$@" | jq length; }
expect "an address and a port, one by one" "1 1 0 0" \
	"$(counts peer $CN4 peer :5001) $(counts peer :5002 peer 2001:db8::/32) $(counts peer $CN4 peer :5002) $(counts peer 192.0.2.77 peer :5001)"
expect "doctor -6" 0 "$(on_mn -6 doctor "$CN4:5001" >/dev/null 2>&1; [ $? = 2 ]; echo $?)"

test_case "monitor: filters by family, peer, port, state and id"
id=$(on_mn -j tcp show state keyed inet6 | jq '.[0].id')
i=0
# watch WHAT WANT ARGUMENTS...: a monitor, and whose events it should have.
watched=()
watch()
{
	i=$((i + 1))
	watched+=("$i|$1|$2")
	bg ip netns exec "$mn" mobctl -j "${@:3}" >"$OUT/.monitor.$i" 2>"$OUT/.errors.$i"
}
v4="$CN4:5001" v6="[$CN6]:5002"
watch "all" "$v4 $v6" monitor
watch "-4" "$v4" -4 monitor
watch "-6" "$v6" -6 monitor
watch "inet6" "$v6" monitor inet6
watch "peer" "$v4" monitor peer $CN4
watch "peer and port" "$v6" monitor tcp peer :5002
watch "a network" "$v6" monitor peer 2001:db8::/32
watch "local" "$v4" monitor local $MN_ROUTED4
watch "id" "$v6" monitor id "$id"
watch "two filters that exclude each other" "" monitor inet peer :5002
watch "all of IPv6" "$v6" monitor peer ::/0
watch "all of IPv4" "$v4" monitor peer 0.0.0.0/0
watch "state paused" "$v4 $v6" monitor state paused
bg ip netns exec "$mn" sh -c 'mobctl monitor >/dev/full 2>"$1"; echo "status $?" >>"$1"' - "$OUT/.full"
# shellcheck disable=SC2016
bg ip netns exec "$mn" sh -c 'mobctl monitor >&- 2>"$1"; echo "status $?" >>"$1"' - "$OUT/.shut"
i=$((i + 2))
listening() { [ "$(in_ns "$mn" awk '$2 == 16 && $4 !~ /^0*$/' /proc/net/netlink | wc -l)" = $i ]; }
expect_soon "all listen" 10000 listening
# Twice the number, as the kernel accounts for it; who listens to a group is listed
# twice. Without the right to force it rmem_max, less than a tenth, is the end.
expect "root's buffers: 4 MB" $i "$(in_ns "$mn" ss -HOnf netlink -m | grep '[(,]rb8388608[,)]' | sort -u | wc -l)"
expect "pause" "2 connections paused" "$(on_mn tcp pause all)"
says "doctor" "^BAD *paused *2 connections are paused: no data leaves -> mobctl tcp resume all" "$(on_mn doctor 2>&1)"
expect "resume" "2 connections going on" "$(on_mn tcp resume all)"
complete() { [ "$(jq -r .event "$OUT/.monitor.1" | grep -c unpaused)" = 2 ]; }
expect_soon "events" 10000 complete
full() { grep -q status "$OUT/.full"; }
expect_soon "a full disk ends it" 5000 full
expect "and it says so" "Error: cannot write: No space left on device. status 2" "$(paste -sd' ' "$OUT/.full")"
events="paused unpaused"
expect_soon "so does an output that is closed" 5000 grep -q status "$OUT/.shut"
expect "and it says so" "Error: cannot write: Bad file descriptor. status 2" "$(paste -sd' ' "$OUT/.shut")"
for line in "${watched[@]}"; do
	IFS='|' read -r n what want <<<"$line"
	[ "$what" != "state paused" ] || events=paused
	told() { [ "$(jq -rs '[.[].peer] | unique | join(" ")' "$OUT/.monitor.$n")" = "$want" ]; }
	expect_soon "$what: connections" 5000 told
	[ -z "$want" ] || expect "$what: events" "$events" \
		"$(jq -rs '[.[].event] | unique | join(" ")' "$OUT/.monitor.$n")"
done

test_case "pause: of all, which the sysctl is, and of some"
pause_is() { in_ns "$mn" sysctl -n net.tcp_mobility.pause; }
paused() { on_mn -j tcp show state paused | jq length; }
expect "all" "2 connections paused" "$(on_mn tcp pause all)"
expect "the sysctl" 1 "$(pause_is)"
expect "-4: those go on" "1 connection going on" "$(on_mn -4 tcp resume all)"
expect "the last order for all is the same" 1 "$(pause_is)"
says "doctor knows how many" "^BAD *paused *1 connection is paused" "$(on_mn doctor 2>&1)"
expect "-6: the others" "1 connection going on" "$(on_mn -6 tcp resume all)"
expect "none is paused" 0 "$(paused)"
expect "doctor has nothing to say" 0 "$(on_mn doctor 2>&1 | grep -c paused)"
expect "resume all" "0 connections going on" "$(on_mn tcp resume all)"
expect "the sysctl" 0 "$(pause_is)"
expect "-4 pauses those" "1 connection paused" "$(on_mn -4 tcp pause all)"
expect "and no others" "1 0" "$(paused) $(pause_is)"
expect "resume all" "1 connection going on" "$(on_mn tcp resume all)"
for some in family=2 "local-port=5001" "select-states=$((1 << 4))" "remote-addr=$CN4"; do
	expect "all and $some: refused" "error=22 EINVAL all leaves nothing to select: give one or the other" \
		"$(in_ns "$mn" nlprobe ask conn-pause all "$some" 2>&1 | sed 's/.*\(error=\)/\1/')"
done
expect "and nothing is paused" "0 0" "$(paused) $(pause_is)"

test_case "a connection that has ended, and that its program still holds, is in nobody's way"
# With suspend_time 0 a RST ends it: cn has not read what mn sent.
bg ip netns exec "$cn" xfer server --mobility --port 5008 --timeout 0 --no-read 3000 >/dev/null 2>&1
server_pid=$bg_pid
wait_listen "$cn" 5008
# shellcheck disable=SC2016
bg ip netns exec "$mn" mobctl run bash -c 'exec 3<>/dev/tcp/"$1"/5008; echo x >&3; exec sleep 3000' - $CN4
holder_pid=$bg_pid
expect_soon "three can move" 20000 eval '[ "$(on_mn -j tcp show state keyed | jq length)" = 3 ]'
dead=$(on_mn -j tcp show peer :5008 | jq '.[0].id')
in_ns "$mn" sysctl -qw net.tcp_mobility.suspend_time=0
kill -KILL "$server_pid"
over() { [ "$(on_mn -j tcp show id "$dead" | jq -r '.[0].tcp')" = UNCONN ]; }
expect_soon "it has ended" 20000 over
in_ns "$mn" sysctl -qw net.tcp_mobility.suspend_time=60
expect "it is shown as what it is" "ended UNCONN" "$(on_mn -j tcp show peer :5008 | jq -r '.[] | "\(.state) \(.tcp)"')"
expect "state ended, state idle" "$dead " "$(on_mn -j tcp show state ended | jq '.[].id') $(on_mn -j tcp show state idle | jq '.[].id')"
says "doctor" "^ok *connections *2 can move, .* 0 listen or are not connected, 1 have ended," "$(on_mn doctor 2>&1)"
expect "its key: state ended, state idle" "$dead " "$(on_mn -j tcp keys state ended | jq '.[].id') $(on_mn -j tcp keys state idle | jq '.[].id')"
expect "it has its secret still" 1 "$(on_mn -j tcp show id "$dead" | jq '.[0].flags | index("secret") != null' | grep -c true)"
# with_status ARGUMENTS...: what mobctl says, and its status.
with_status() { on_mn "$@" 2>&1; echo "status $?"; }
for pair in "pause all|2 connections paused" "resume all|2 connections going on" \
	    "repair all|2 connections telling their address again"; do
	# shellcheck disable=SC2086
	expect "${pair%%|*}" "${pair#*|} status 0" "$(with_status tcp ${pair%%|*} | paste -sd' ')"
done
expect "move all: all are there" "0 connections moving status 0" "$(with_status tcp move all | paste -sd' ')"
expect "by its id it is refused" \
	"Error: both ends have to be connected and hold each other's key (Transport endpoint is not connected). status 2" \
	"$(with_status tcp pause id "$dead" | paste -sd' ')"

test_case "stats and version: of both modules, of one, and none is loaded for it"
loaded() { [ -d /sys/module/mip6_ice ]; }
unload() { ! loaded || rmmod mip6_ice; }
if ! wait_for 10000 unload >/dev/null; then
	skip_case "mip6_ice is in use on this machine"
else
	# names COMMAND...: the first word of each line.
	names() { "$@" | awk '{ print $1 }' | paste -sd' '; }
	one=$(names on_mn stats)
	expect "alone, tcp_mobility's" "$(names in_ns "$mn" cat /proc/net/tcp_mobility)" "$one"
	expect_line "its version: none" "^[[:space:]]*mip6_ice is not loaded" on_mn version
	expect "as JSON" "null" "$(on_mn -j version | jq -c .mip6_ice)"
	expect_failure "mip6_ice is not loaded" loaded
	need_module mip6_ice
	expect_line "its version" "^[[:space:]]*mip6_ice $(cat /sys/module/mip6_ice/version)\$" on_mn -V
	expect "as JSON" "$(cat /sys/module/mip6_ice/version)" "$(on_mn -j version | jq -r .mip6_ice.version)"
	ice=$(names in_ns "$mn" cat /proc/net/mip6_ice)
	expect "both" "tcp_mobility: $one mip6_ice: $ice" "$(names on_mn stats)"
	expect "tcp" "$one" "$(names on_mn stats tcp)"
	expect "ice" "$ice" "$(names on_mn stats ice)"
	expect "by name, of one: no title" "MoveDone" "$(names on_mn stats movedone)"
	expect "as JSON" "tcp_mobility $one mip6_ice $ice" \
		"$(on_mn -j stats | jq -r 'to_entries[] | .key, (.value | keys_unsorted[])' | paste -sd' ')"
fi

test_case "monitor: ends when its module goes, and another's may go"
if ! loaded; then
	skip_case "mip6_ice is in use on this machine"
else
	listeners=$(in_ns "$mn" awk '$2 == 16 && $4 !~ /^0*$/' /proc/net/netlink | wc -l)
	for what in ice tcp; do
		# shellcheck disable=SC2016
		bg ip netns exec "$mn" sh -c 'mobctl monitor "$1" >"$2" 2>&1; echo "status $?" >>"$2"' - $what "$OUT/.ends.$what"
	done
	both() { [ "$(in_ns "$mn" awk '$2 == 16 && $4 !~ /^0*$/' /proc/net/netlink | wc -l)" = $((listeners + 2)) ]; }
	expect_soon "both listen" 10000 both
	expect_soon "mip6_ice goes" 10000 unload
	expect_soon "its monitor, too" 5000 grep -q status "$OUT/.ends.ice"
	expect "and it says so" "Error: the module mip6_ice was unloaded. status 2" "$(paste -sd' ' "$OUT/.ends.ice")"
	expect "the other one is there" "" "$(cat "$OUT/.ends.tcp")"
fi

test_case "an order that fails says what was wrong"
# Not this host's network any more: the route goes, and comes again.
id=$(on_mn -j tcp show state keyed inet | jq '.[0].id')
in_ns "$mn" ip route add prohibit $CN4/32
expect "a route that prohibits" "Error: no route leads to the peer (Permission denied)." "$(on_mn tcp move id "$id" 2>&1)"
in_ns "$mn" ip route del prohibit $CN4/32

test_case "monitor: stopped, and with room for little, it loses events"
# Of nobody, whose buffer is no larger than rmem_max; the first line is its pid.
room=$(sysctl -n net.core.rmem_max)
at_end() { [ -z "$room" ] || sysctl -qw net.core.rmem_max="$room"; }
listeners=$(in_ns "$mn" awk '$2 == 16 && $4 !~ /^0*$/' /proc/net/netlink | wc -l)
sysctl -qw net.core.rmem_max=2304
# shellcheck disable=SC2016
bg ip netns exec "$mn" sh -c 'su -s /bin/sh nobody -c "echo \$\$; exec $2 monitor" >"$1" 2>&1; echo "status $?" >>"$1"' - \
	"$OUT/.slow" "$(type -P mobctl)"
one_more() { [ "$(in_ns "$mn" awk '$2 == 16 && $4 !~ /^0*$/' /proc/net/netlink | wc -l)" = $((listeners + 1)) ]; }
expect_soon "it listens" 10000 one_more
at_end
room=
slow_pid=$(head -n 1 "$OUT/.slow")
expect_success "it is stopped" kill -STOP "$slow_pid"
for ((i = 0; i < 10; i++)); do
	on_mn tcp pause all >/dev/null
	on_mn tcp resume all >/dev/null
done
drops() { in_ns "$mn" awk '$2 == 16 && $4 !~ /^0*$/ { n += $9 } END { print n }' /proc/net/netlink; }
expect_between "messages dropped" 1 100 "$(drops)"

test_case "an order for all is obeyed where no other connection is left"
: >"$stop"
for end in mn cn; do
	in_ns "${!end}" sysctl -qw net.tcp_mobility.suspend_time=0
	# This machine may have others of that name.
	in_ns "${!end}" bash -c 'pkill -x --ns $$ --nslist net xfer'
done
expect_soon "only the one that has ended" 20000 eval '[ "$(on_mn -j tcp show | jq -c "map(.id)")" = "[$dead]" ]'
expect "pause all" "0 connections paused status 0" "$(with_status tcp pause all | paste -sd' ')"
expect "the sysctl" 1 "$(pause_is)"
expect "resume all" "0 connections going on status 0" "$(with_status tcp resume all | paste -sd' ')"
expect "the sysctl" 0 "$(pause_is)"
kill $holder_pid

test_case "monitor: the module goes while it loses events"
tcp_loaded() { [ -d /sys/module/tcp_mobility ]; }
unload_tcp() { ! tcp_loaded || rmmod tcp_mobility; }
if ! wait_for 20000 unload_tcp >/dev/null; then
	skip_case "tcp_mobility is in use on this machine"
else
	expect "it has not heard of it" 1 "$(wc -l <"$OUT/.slow")"
	# Debian's su stops with its child, and does not go on with it.
	expect_success "it goes on" kill -CONT "$slow_pid" "$(awk '{ print $4 }' "/proc/$slow_pid/stat")"
	expect_soon "it ends" 10000 grep -q status "$OUT/.slow"
	expect_line "it says that events were lost" " lost: the kernel had more events than we could read" cat "$OUT/.slow"
	expect "and why it ends" "Error: the module tcp_mobility was unloaded. status 2" "$(tail -n 2 "$OUT/.slow" | paste -sd' ')"
	need_module tcp_mobility
fi

rm -f "$OUT"/.[a-z]*
tap_done
