#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mobctl with the module: mobility for an nginx that runs already, the answers
# of doctor in four situations, and live connections seen, moved, paused and
# watched. The network is the one of tests/lib.sh; curl on mn downloads slowly
# from nginx on cn.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/demo/apps.sh
. "$(dirname "$0")/../demo/apps.sh"

for program in nginx curl jq; do
	type -P $program >/dev/null || tap_skip_all "no $program here"
done

apps_dir=$(mktemp -d /tmp/tcpmob-mobctl.XXXXXX)
apps_host=$CN4
apps_rate=20k
at_end() { apps_stop; rm -rf "$apps_dir"; }

on_mn() { in_ns "$mn" mobctl "$@"; }
on_cn() { in_ns "$cn" mobctl "$@"; }
# as_nobody COMMAND...: on mn, without privileges.
as_nobody() { in_ns "$mn" su -s /bin/sh nobody -c "$(type -P "$1") ${*:2}" 2>&1; }

# says WHAT PATTERN TEXT
says()
{
	if printf '%s\n' "$3" | grep -q -e "$2"; then
		ok "$1: $(printf '%s\n' "$3" | grep -e "$2" | head -n 1 | cut -c1-110)"
	else
		fail "$1" "a line like $2" "$(printf '%s' "$3" | head -n 6)"
	fi
}

# query NS FILTER COMMAND...: jq over an answer.
query()
{
	local ns=$1 filter=$2

	shift 2
	in_ns "$ns" mobctl -j "$@" 2>&1 | jq -r "$filter" 2>&1
}

# doctor TARGET: its answer in $said, its status in $status.
doctor()
{
	said=$(on_mn doctor "$@" 2>&1)
	status=$?
}

# ------------------------------------------------------- the module is missing

test_case "doctor: the module is not loaded"
setup_ns host
is_loaded() { [ -d /sys/module/tcp_mobility ]; }
unload() { ! is_loaded || rmmod tcp_mobility; }
if ! wait_for 10000 unload >/dev/null; then
	skip_case "tcp_mobility is in use on this machine"
else
	said=$(in_ns "$host" mobctl doctor 2>&1)
	expect "status" 2 $?
	says "module" "^BAD .*tcp_mobility is \(installed, but not loaded\|not installed\)" "$said"
	says "advice" "-> .*\(modprobe tcp_mobility\|install\)" "$said"
	said=$(in_ns "$host" mobctl tcp show 2>&1)
	expect "tcp show: status" 2 $?
	says "tcp show" "^Error: the module tcp_mobility is not loaded" "$said"
	expect_failure "nobody loads it by asking for its family" is_loaded
fi
need_module tcp_mobility

topo_build
attach routed 4
apps_setup
apps_random 4000000 "$apps_dir/www/data"

# --------------------------------------------------- a server that runs already

test_case "doctor: the peer is plain"
expect_success "nginx starts without mobility" apps_start_nginx ip netns exec "$cn"
expect_success "nginx listens" wait_listen "$cn" $apps_http_port
doctor "$CN4:$apps_http_port"
expect "status" 2 "$status"
says "keys" "^BAD *keys .*is plain TCP: the peer answered without a key" "$said"
says "path" "our option gets past 10.11.0.1 (hop 2 of 2): most likely the peer has no mobility" "$said"
says "hop by hop" "hop 1, 10.1.0.1: our option is there" "$(on_mn doctor -d "$CN4:$apps_http_port" 2>&1)"

test_case "enable --listen turns on mobility of a running server"
said=$(on_cn tcp enable --listen ":$apps_http_port" 2>&1)
expect "status" 0 $?
says "it says whose" "nginx pid [0-9]*: enabled" "$said"
says "a second time is fine" "was enabled before" "$(on_cn tcp enable --listen ":$apps_http_port" 2>&1)"
expect "it shows" "idle LISTEN" "$(query "$cn" '.[] | select(.local | endswith(":80")) | "\(.state) \(.tcp)"' tcp show)"
said=$(on_cn tcp enable --listen :9 2>&1)
expect "nobody there: status" 2 $?
says "nobody there" "^Error: nothing listens at :9 in this network namespace" "$said"
said=$(in_ns "$cn" su -s /bin/sh nobody -c "$(type -P mobctl) tcp enable --listen :80" 2>&1)
expect "not root: status" 2 $?
says "not root" "^Error: who listens at :80 is hidden from you: try as root" "$said"

test_case "enable --listen: several programs at one port"
bg in_ns "$cn" xfer server --port 8080 --bind "$CN4"
in_ns "$cn" ip addr add 203.0.113.3/24 dev eth0
cp "$(type -P xfer)" "$apps_dir/other"
bg in_ns "$cn" "$apps_dir/other" server --port 8080 --bind 203.0.113.3
expect_soon "both listen" 5000 eval '[ "$(in_ns "$cn" ss -Hltn "sport = :8080" | wc -l)" = 2 ]'
said=$(on_cn tcp enable --listen :8080 2>&1)
expect "status" 1 $?
says "it wants to know which" "^Error: several programs listen at :8080 (.*xfer at 203.0.113.2:8080.*): name the address, too" "$said"
said=$(on_cn tcp enable --listen 203.0.113.3:8080 2>&1)
expect "one of them: status" 0 $?
says "one of them" "203.0.113.3:8080 other pid [0-9]*: enabled" "$said"
expect "the other is as it was" 0 "$(on_cn tcp show local 203.0.113.2:8080 | wc -l)"

test_case "doctor: all is well"
doctor "$CN4:$apps_http_port"
expect "status" 0 "$status"
says "keys" "^ok *keys .*keys were exchanged with 203.0.113.2 port 80 (p192)" "$said"
says "move" "^ok *move .*a Loc-Update reached the peer and was answered in" "$said"
expect "nothing is bad" "" "$(echo "$said" | grep ^BAD)"
says "without root it says what it did not try" "not tried: only root may" "$(as_nobody mobctl doctor "$CN4:$apps_http_port")"

test_case "doctor: a server that closes at once"
bg ip netns exec "$cn" xfer server --mobility --port 8084 --send 0 --recv 0 --timeout 0 >/dev/null
wait_listen "$cn" 8084
doctor "$CN4:8084"
expect "status" 0 "$status"
expect "nothing is bad" "" "$(echo "$said" | grep ^BAD)"
says "what was not found out" "^note *\(keys\|move\) .*$CN4 port 8084 closed the connection" "$said"
says "what to do" "-> name a port whose server waits for its client" "$said"

test_case "doctor: the option is stripped on this path"
# What r1 forwards has lost it; what ends at r1 has it still.
in_ns "$r1" nft "add table inet strip;
	add chain inet strip forward { type filter hook forward priority -10; };
	add rule inet strip forward tcp flags & (syn | ack) == syn counter reset tcp option 253"
doctor "$CN4:$apps_http_port"
expect "status" 2 "$status"
says "path" "the option is stripped on this path: it left 10.1.0.1 and was gone at 10.11.0.1 (hop 2)" "$said"
in_ns "$r1" nft delete table inet strip
doctor "[$CN6]:$apps_http_port"
says "a host that does not answer" "^BAD *host .*cannot connect to 2001:db8:ff::2 port 80" "$said"

test_case "doctor over IPv6: a plain peer, and a path that strips"
attach routed 6
# Each serves one connection.
bg in_ns "$cn" xfer server -6 --port 8081 >/dev/null
bg in_ns "$cn" xfer server -6 --port 8082 >/dev/null
expect_success "the servers listen" eval 'wait_listen "$cn" 8081 && wait_listen "$cn" 8082'
doctor "[$CN6]:8081"
says "plain" "our option gets past 2001:db8:11::1 (hop 2 of 2): most likely the peer has no mobility" "$said"
in_ns "$r1" nft "add table inet strip;
	add chain inet strip forward { type filter hook forward priority -10; };
	add rule inet strip forward tcp flags & (syn | ack) == syn counter reset tcp option 253"
doctor "[$CN6]:8082"
says "stripped" "it left 2001:db8:1::1 and was gone at 2001:db8:11::1 (hop 2)" "$said"
in_ns "$r1" nft delete table inet strip
detach routed 6

test_case "doctor: the option is stripped behind the SYN"
in_ns "$r1" nft "add table inet strip;
	add chain inet strip forward { type filter hook forward priority -10; };
	add rule inet strip forward tcp flags & syn == 0 counter reset tcp option 253"
doctor "$CN4:$apps_http_port"
in_ns "$r1" nft delete table inet strip
expect "status" 2 "$status"
says "keys" "^BAD *keys .*mobile in name only" "$said"

# -------------------------------------------------------------- live connections

# For tshark, on the host (tests/check.sh): segments with more than timestamps.
bg in_ns "$cn" tcpdump --immediate-mode -i eth0 -s 200 -U -n -Z root -w "$OUT/mobility.pcap" \
	"tcp port $apps_http_port and tcp[12] & 0xf0 > 0x80" 2>"$OUT/.tcpdump"
tcpdump_pid=$bg_pid
wait_for 5000 grep -q 'listening on' "$OUT/.tcpdump" >/dev/null

test_case "show: filters, details, JSON, one line"
for i in 1 2; do
	bg in_ns "$mn" mobctl run curl -sS -o "$apps_dir/got$i" "http://$CN4/data"
done
bg in_ns "$mn" curl -sS -o "$apps_dir/plain" "http://$CN4/data"
keyed() { [ "$(query "$mn" length tcp show state keyed)" = "$1" ] && [ "$(query "$cn" length tcp show state keyed)" = "$1" ]; }
expect_soon "two are keyed at both ends" 20000 keyed 2
expect "lines of tcp show state keyed" 2 "$(on_mn tcp show state keyed | wc -l)"
expect "peer 203.0.113.2:80" 2 "$(query "$mn" length tcp show peer 203.0.113.2:80 state keyed)"
expect "peer 203.0.113.0/24" 2 "$(query "$mn" length tcp show peer 203.0.113.0/24 state keyed)"
expect "peer 203.0.112.0/24" 0 "$(query "$mn" length tcp show peer 203.0.112.0/24)"
expect "local :80" 0 "$(query "$mn" length tcp show local :80)"
expect "local 10.1.0.2 inet" 2 "$(query "$mn" length tcp show local 10.1.0.2 inet state keyed)"
expect "inet6" 0 "$(query "$mn" length tcp show inet6)"
expect "state keying state keyed" 2 "$(query "$mn" length tcp show state keying state keyed)"
expect "state suspended" 0 "$(query "$mn" length tcp show state suspended)"
id=$(query "$mn" '.[0].id' tcp show state keyed)
expect "id $id" 1 "$(query "$mn" length tcp show id "$id")"
hex=$(printf '0x%x' "$id")
says "id $hex is printed" " id $hex\( \|$\)" "$(on_mn tcp show id "$hex")"
says "ss knows it" "sk:${hex#0x}\( \|$\)" "$(in_ns "$mn" ss -tne 2>/dev/null)"
said=$(on_mn tcp show id 1 2>&1)
expect "an id that is none: status" 2 $?
says "an id that is none" "^Error: no socket with mobility has this cookie (No such process)" "$said"
ports=$(query "$mn" '.[].local' tcp show state keyed | sed 's/.*://' | sort | paste -sd' ')
expect "the same fingerprints at both ends" "$(query "$mn" '.[].fingerprint' tcp show state keyed | sort | paste -sd' ')" \
	"$(query "$cn" '.[].fingerprint' tcp show state keyed | sort | paste -sd' ')"
expect "ports as ss has them" "$ports" "$(in_ns "$mn" ss -HOtnie state established 2>/dev/null |
	awk '/tcp-ulp-mobility/ { sub(/.*:/, "", $3); print $3 }' | sort | paste -sd' ')"
details=$(on_mn tcp show -d id "$id")
for word in 'exchange done' 'curve p192' 'fingerprint [0-9a-f]\{16\}' 'token [0-9a-f]\{16\}' 'move stable' \
	    'reqno' 'options conn-key-sent,conn-key-received,cont-sent,cont-received' "began 10.1.0.2:"; do
	says "-d" "$word" "$details"
done
expect_between "lines of -d" 4 10 "$(echo "$details" | wc -l)"
expect "lines of -d -o" 1 "$(on_mn -o tcp show -d id "$id" | wc -l)"
expect "the token is for root" null "$(as_nobody mobctl -j tcp show id "$id" | jq '.[0].token')"
expect "the fingerprint is for all" 16 "$(as_nobody mobctl -j tcp show id "$id" | jq -r '.[0].fingerprint' | tr -d '\n' | wc -c)"

test_case "keys: hidden unless asked for, and root's"
says "hidden" "secret (hidden)" "$(on_mn tcp keys id "$id")"
secret=$(query "$mn" '.[0].secret' tcp keys secret id "$id")
expect "octets" 50 "${#secret}"
token=$(query "$mn" '.[0].token' tcp keys id "$id")
expect "the peer has the same" "$secret" "$(query "$cn" ".[] | select(.token == \"$token\").secret" tcp keys secret)"
expect "the fingerprint is its SHA-256" "$(query "$mn" '.[0].fingerprint' tcp keys id "$id")" \
	"$(printf "$(echo "$secret" | sed 's/../\\x&/g')" | sha256sum | cut -c1-16)"
said=$(as_nobody mobctl tcp keys)
expect "another user: status" 2 $?
says "another user" "^Error: .*Operation not permitted" "$said"

# What tshark has to find.
query "$mn" '.[].token' tcp keys | sort >"$OUT/mobility.tokens"

test_case "move: to an address, seen by monitor at both ends"
for ns in mn cn; do
	bg in_ns "${!ns}" mobctl -j monitor >"$OUT/monitor.$ns"
done
bg in_ns "$mn" mobctl monitor >"$OUT/monitor.text"
expect_soon "monitors listen" 5000 eval '[ "$(pgrep -xc mobctl)" = 3 ]'
sleep 0.5
ip -n "$mn" addr add 10.1.0.9/24 dev wlan0
said=$(on_mn tcp move id "$id" to 10.1.0.9)
expect "status" 0 $?
expect "answer" "1 connection moving" "$said"
moved() { [ "$(query "$mn" '.[0] | "\(.local) \(.moves_local) \(.state)"' tcp show id "$id")" = "10.1.0.9:$port 1 keyed" ]; }
port=$(query "$mn" '.[0].local' tcp show id "$id" | sed 's/.*://')
expect_soon "it is there" 10000 moved
expect "cause" user "$(query "$mn" '.[0].last_move_cause' tcp show id "$id")"
expect_between "microseconds" 40000 400000 "$(query "$mn" '.[0].last_move_us' tcp show id "$id")"
# seen NS EVENT: how often.
seen() { jq -r .event <"$OUT/monitor.$1" | grep -cx "$2"; }
expect_soon "mn: moving" 5000 eval '[ "$(seen mn moving)" = 1 ]'
expect_soon "mn: moved" 5000 eval '[ "$(seen mn moved)" = 1 ]'
expect_soon "cn: peer-moved" 5000 eval '[ "$(seen cn peer-moved)" = 1 ]'
expect_soon "cn: validated" 5000 eval '[ "$(seen cn validated)" = 1 ]'
expect "moved: from where to where" "10.1.0.2:$port 10.1.0.9:$port $id" \
	"$(jq -r 'select(.event == "moved") | "\(.prev_local) \(.local) \(.id)"' "$OUT/monitor.mn")"
says "as text" "^[0-9:.]* moved .*10.1.0.9:$port -> 203.0.113.2:80 .* was 10.1.0.2:$port .*took " "$(cat "$OUT/monitor.text")"

test_case "move: refusals are sentences"
# refused WORDS STATUS ARGUMENTS...
refused()
{
	local words=$1 want=$2

	shift 2
	said=$(on_mn "$@" 2>&1)
	expect "mobctl $*: status" "$want" $?
	says "mobctl $*" "$words" "$said"
}
refused "^Error: the address is not one of this host" 2 tcp move id "$id" to 192.0.2.99
refused "^Error: the address is of another family" 2 tcp move id "$id" to 2001:db8::1
refused "^Error: the connection is so already" 2 tcp move id "$id" to 10.1.0.9
refused "^Error: no socket with mobility has this cookie" 2 tcp move id 1
refused "^Error: no connection that can do that matches" 2 tcp move local 192.0.2.99
said=$(as_nobody mobctl tcp move all)
expect "another user: status" 2 $?
says "another user" "^Error: .*Operation not permitted" "$said"

test_case "move and repair: many by a filter"
said=$(on_mn tcp move local 10.1.0.2 to 10.1.0.9)
expect "answer" "1 connection moving" "$said"
expect_soon "both are there" 10000 eval '[ "$(query "$mn" length tcp show local 10.1.0.9 state keyed)" = 2 ]'
expect "repair" "2 connections telling their address again" "$(on_mn tcp repair all)"
expect_soon "both did" 10000 eval '[ "$(seen mn repaired)" = 2 ]'

test_case "pause and resume"
size() { stat -c %s "$apps_dir/got1"; }
grows() { [ "$(size)" -gt "$before" ]; }
expect "pause all" "2 connections paused" "$(on_mn tcp pause all)"
expect "states" "paused paused" "$(query "$mn" '.[].state' tcp show state paused | paste -sd' ')"
sleep 1
before=$(size)
sleep 3
expect "octets that come meanwhile" 0 $(($(size) - before))
refused "^Error: the connection is so already" 2 tcp pause id "$id"
expect "resume all" "2 connections going on" "$(on_mn tcp resume all)"
expect_soon "data goes on" 20000 grows
expect "monitor has seen it" "2 2" "$(seen mn paused) $(seen mn unpaused)"

sleep 1
kill -TERM $tcpdump_pid
wait $tcpdump_pid 2>/dev/null
rm -f "$OUT/.tcpdump"
test_case "a capture for tshark"
expect_between "octets" 1000 2000000 "$(stat -c %s "$OUT/mobility.pcap")"
expect "tokens" 2 "$(wc -l <"$OUT/mobility.tokens")"

test_case "limits: what sysctl says, and changes"
expect "survival_time" "$(in_ns "$mn" sysctl -n net.tcp_mobility.survival_time)" \
	"$(query "$mn" .survival_time.seconds tcp limits)"
expect_success "set two" in_ns "$mn" mobctl tcp limits set suspend_time 7 max_suspended 11
expect "sysctl suspend_time" 7 "$(in_ns "$mn" sysctl -n net.tcp_mobility.suspend_time)"
expect "sysctl max_suspended" 11 "$(in_ns "$mn" sysctl -n net.tcp_mobility.max_suspended)"
expect "cn's are its own" 60 "$(query "$cn" .suspend_time.seconds tcp limits)"
expect "connections now" 2 "$(query "$mn" .max_connections.now tcp limits)"
refused "^Error: .*(Numerical result out of range)" 2 tcp limits set survival_time 0
refused "^Error: .*(Numerical result out of range)" 2 tcp limits set suspend_time 5 survival_time 9999999
expect "all or none" 7 "$(in_ns "$mn" sysctl -n net.tcp_mobility.suspend_time)"

test_case "doctor of this host counts connections"
said=$(on_mn doctor 2>&1)
expect "status" 0 $?
says "connections" "^ok *connections  *2 can move" "$said"
in_ns "$mn" sysctl -qw net.tcp_mobility.max_connections=0
says "a sysctl that surprises" "^BAD *sysctl .*max_connections is 0: no connection may become mobile" "$(on_mn doctor 2>&1)"
in_ns "$mn" sysctl -qw net.tcp_mobility.max_connections=262144

test_case "stats are /proc/net/tcp_mobility"
for ns in mn cn; do
	in_ns "${!ns}" bash -c 'pkill -x --ns $$ --nslist net curl'
done
expect_soon "all connections end" 20000 eval '[ "$(query "$mn" length tcp show)" = 0 ]'
sleep 2
expect "as JSON, name by name" "$(in_ns "$mn" awk '{ print $1, $2 }' /proc/net/tcp_mobility | sha256sum)" \
	"$(query "$mn" '.tcp_mobility | to_entries[] | "\(.key) \(.value)"' stats | sha256sum)"
expect "as text" "$(in_ns "$mn" awk '{ print $1, $2 }' /proc/net/tcp_mobility | sha256sum)" \
	"$(on_mn stats tcp | awk '{ print $1, $2 }' | sha256sum)"
expect "one by its beginning" "MoveDone $(mib "$mn" MoveDone)" "$(on_mn stats movedone | awk '{ print $1, $2 }')"
says "-d explains" "^MoveDone .*moves of this end confirmed" "$(on_mn stats -d)"
refused '^Error: no counter begins with "Frob"' 1 stats Frob

test_case "closed is an event; monitor ends when it is told"
expect_soon "closed" 5000 eval '[ "$(seen mn closed)" -ge 2 ]'
expect "lines of JSON that jq does not read" 0 "$(jq . "$OUT/monitor.mn" "$OUT/monitor.cn" 2>&1 >/dev/null | wc -l)"
rm -f "$OUT"/monitor.*

test_case "doctor: a server that has not accepted the connection"
# One that serves one client at a time, and is busy; the other one speaks first.
bg ip netns exec "$cn" xfer server --mobility --port 8085 --timeout 0 --read-after "$apps_dir/.read" >/dev/null 2>&1
bg ip netns exec "$cn" xfer server --mobility --port 8086 --timeout 0 --send 1000 --hold-after 3000 >/dev/null 2>&1
greeter_pid=$bg_pid
wait_listen "$cn" 8085
wait_listen "$cn" 8086
bg ip netns exec "$mn" xfer client --timeout 0 --hold-after 3000 $CN4 8085 >/dev/null 2>&1
client_pid=$bg_pid
busy() { [ "$(in_ns "$cn" ss -Htnp state established "sport = :8085" | grep -c '"xfer"')" = 1 ]; }
expect_soon "it is busy" 5000 busy
doctor "$CN4:8085"
expect "status" 0 "$status"
says "keys" "^ok *keys .*keys were exchanged with 203.0.113.2 port 8085" "$said"
says "move" "^note *move .*a Loc-Update was sent and nobody answered, as if the server had not accepted the connection" "$said"
says "advice" "-> try a port whose server speaks first, as ssh's does; if that is not answered either, a firewall" "$said"
in_ns "$r1" nft "add table inet silence;
	add chain inet silence forward { type filter hook forward priority -10; };
	add rule inet silence forward tcp flags & (syn | ack) == syn tcp ackseq != 0 counter drop"
doctor "$CN4:8086"
expect "a server that speaks first, behind a firewall: status" 2 "$status"
says "keys" "^ok *keys .*keys were exchanged with 203.0.113.2 port 8086" "$said"
says "move" "^BAD *move .*a Loc-Update was sent and nobody answered$" "$said"
says "advice" "-> a firewall on the way drops a SYN inside a connection" "$said"
in_ns "$r1" nft delete table inet silence
: >"$apps_dir/.read"
kill $greeter_pid $client_pid
none() { [ "$(query "$mn" length tcp show)" = 0 ]; }
# Nobody has the peer of doctor's connection any more; it would ask for a minute.
in_ns "$mn" ss -K -tn dst $CN4 dport = :8085 >/dev/null
expect_soon "nothing is left" 20000 none

test_case "version"
expect "module" "$(modinfo -F version tcp_mobility 2>/dev/null || cat /sys/module/tcp_mobility/version)" \
	"$(query "$mn" .tcp_mobility.version version)"
expect "option kind" 253 "$(query "$mn" .tcp_mobility.kind_conn_key version)"

tap_done
