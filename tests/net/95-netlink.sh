#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The netlink family tcp_mobility, as its spec
# (Documentation/netlink/specs/tcp_mobility.yaml) describes it:
#
#	I	what is read: version, limits, counters, connections
#	II	what is refused, and to whom, and with which words
#	III	what is told: events and the tracepoint, in order
#	IV	what is ordered: moves, repairs, pauses
#	V	moves that are refused, and each other event
#
# Hostile requests and great numbers are in 96-dumps.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility
topo_build
attach routed

# ask NS CMD [ATTRIBUTE]...; dump likewise.
ask() { ip netns exec "$1" nlprobe ask "${@:2}" 2>&1; }
dump() { ip netns exec "$1" nlprobe --dump ask "${@:2}" 2>&1; }

# get FIELD: of the lines on standard input.
get() { sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }

# refused WHAT ERRNO SENTENCE COMMAND...: the sentence may be any if it is "+".
refused()
{
	local what=$1 errno=$2 words=$3 said name text

	shift 3
	said=$("$@" | grep '^error=' | sed 's/^error=[0-9]* //')
	name=${said%% *}
	text=${said#"$name"}
	text=${text# }
	if [ "$words" = + ] && [ -n "$text" ]; then
		words=$text
	fi
	expect "$what" "$errno $words" "$name $text"
}

# has LINE FIELD...: all of them are in the line.
has()
{
	local line=$1 missing= field

	shift
	for field in "$@"; do
		case " $line " in *" $field="*) ;; *) missing+=" $field" ;; esac
	done
	expect "attributes that are missing" "" "$missing"
}

# ------------------------------------------------------------- I: what is read

test_case "version, limits and counters"
line=$(ask "$mn" version-get)
note "$line"
expect "specification" draft-eddy-tcp-mobility-00 "$(echo "$line" | get specification)"
expect "module version" "$(modinfo -F version "$TOP_DIR/build/modules/tcp_mobility.ko")" \
	"$(echo "$line" | get module-version)"
expect "kinds" "253 253 253" "$(echo "$line" | get kind-conn-key) $(echo "$line" | get kind-cont) $(echo "$line" | get kind-loc-update)"
expect "no exid" "" "$(echo "$line" | get exid)"
in_ns "$mn" sysctl -qw net.tcp_mobility.exid=1
expect "exid" $((0x4d6f)) "$(ask "$mn" version-get | get exid)"
in_ns "$mn" sysctl -qw net.tcp_mobility.exid=0

line=$(ask "$mn" limits-get)
note "$line"
for name in max_connections max_half_open max_suspended survival_time suspend_time; do
	expect "$name" "$(in_ns "$mn" sysctl -n net.tcp_mobility.$name)" \
		"$(echo "$line" | get "${name//_/-}")"
done
expect "limits-set" "" "$(ask "$mn" limits-set max-connections=1000 survival-time=77)"
expect "what it has set" "1000 77 3600" "$(in_ns "$mn" sysctl -n net.tcp_mobility.max_connections) \
$(in_ns "$mn" sysctl -n net.tcp_mobility.survival_time) $(in_ns "$cn" sysctl -n net.tcp_mobility.survival_time)"
ask "$mn" limits-set max-connections=262144 survival-time=3600

dump "$mn" stats-get >"$OUT/.stats"
expect "the counters of /proc, in that order" \
	"$(in_ns "$mn" awk '{ print $1 }' /proc/net/tcp_mobility | md5sum)" \
	"$(get name <"$OUT/.stats" | md5sum)"
expect "with words" 0 "$(grep -vc ' doc=[a-zA-Z]' "$OUT/.stats")"
expect "those that can go down" "$(in_ns "$mn" grep -c 'Now\|KeyPairsMade' /proc/net/tcp_mobility)" \
	"$(grep -c ' gauge' "$OUT/.stats")"

# Events of both hosts, from here on.
for end in mn cn; do
	bg ip netns exec "$(ns_of $end)" nlprobe events "$OUT/.enough" >"$OUT/events.$end"
	expect_soon "$end listens" 5000 grep -q listening "$OUT/events.$end"
done
# Any user may; no others are to suffer by it.
bg in_ns "$mn" nlprobe --uid 65534 deaf >"$OUT/deaf.log"
deaf_pid=$bg_pid
expect_soon "somebody listens and never reads" 5000 grep -q listening "$OUT/deaf.log"
# The tracepoint, as perf and bpftrace see it.
trace=/sys/kernel/tracing
expect_failure "names that only C knows in the tracepoint's format" \
	grep TCP_MOBILITY_ $trace/events/tcp_mobility/tcpmob_event/format
echo 1 >$trace/events/tcp_mobility/tcpmob_event/enable || fail "the tracepoint can be enabled"

flow v4 mn "$CN4" --wait-keyed 20000 -- --wait-keyed 20000
flow v6 mn "$CN6" --wait-keyed 20000 -- --wait-keyed 20000
flow quiet mn "$CN4" --wait-keyed 20000 --after "$OUT/.go" -- --wait-keyed 20000 --after "$OUT/.go"
flow_receives[quiet]=none

# conn END FLOW: the line of conn-get.
conn()
{
	local side=local

	[ "${flow_client_ns[$2]}" = "$1" ] && side=remote
	dump "$(ns_of "$1")" conn-get "$side-port=${flow_ports[$2]}" select-secret
}
cookie() { conn "$1" "$2" | get cookie; }

test_case "connections"
flows_start
line=$(conn mn v4)
note "$line"
has "$line" cookie family local-addr local-port remote-addr remote-port orig-local-addr \
	orig-local-port orig-remote-addr orig-remote-port inode uid tcp-state state exchange \
	move flags curve fingerprint token reqno moves-local moves-remote updates-sent options age-ms
for pair in state=keyed family=2 local-addr=$MN_ROUTED4 remote-addr=$CN4 orig-local-addr=$MN_ROUTED4 \
	    orig-remote-addr=$CN4 exchange=done move=stable curve=1 tcp-state=1 uid=0 moves-local=0 \
	    options=15 flags=6; do
	expect "${pair%%=*}" "${pair#*=}" "$(echo "$line" | get "${pair%%=*}")"
done
expect "what has no meaning yet" "" "$(echo "$line" | get 'last-move-us\|reason\|lost-ms\|suspend-left-ms')"
expect "the cookie that ss shows" "$(printf %x "$(echo "$line" | get cookie)")" \
	"$(in_ns "$mn" ss -Htne "dport = :${flow_ports[v4]}" | sed -n 's/.* sk:\([0-9a-f]*\).*/\1/p')"
expect "the inode that ss shows" "$(echo "$line" | get inode)" \
	"$(in_ns "$mn" ss -Htne "dport = :${flow_ports[v4]}" | sed -n 's/.* ino:\([0-9]*\).*/\1/p')"
expect "that of the peer has the same fingerprint and token" \
	"$(echo "$line" | get fingerprint) $(echo "$line" | get token)" \
	"$(conn cn v4 | get fingerprint) $(conn cn v4 | get token)"
expect "and is a listener's child (flags)" 7 "$(conn cn v4 | get flags)"
line6=$(conn mn v6)
expect "IPv6" "10 $MN_ROUTED6 $CN6" "$(echo "$line6" | get family) $(echo "$line6" | get local-addr) $(echo "$line6" | get remote-addr)"
expect "by its cookie" "$(echo "$line" | get fingerprint)" \
	"$(ask "$mn" conn-get cookie="$(cookie mn v4)" | get fingerprint)"
expect "no secret in it, for nobody" "" \
	"$( (dump "$mn" conn-get; ask "$mn" conn-get cookie="$(cookie mn v4)") | grep -o ' secret=.*')"
keys=$(ask "$mn" keys-get cookie="$(cookie mn v4)")
has "$keys" secret n-i n-a token fingerprint curve
expect "the fingerprint is of the secret" "$(echo "$line" | get fingerprint)" \
	"$(echo "$keys" | get secret | xxd -r -p | sha256sum | cut -c1-16)"
expect "secrets are equal at both ends" \
	"$(dump "$mn" keys-get | get secret | sort | md5sum)" \
	"$(dump "$cn" keys-get | get secret | sort | md5sum)"

test_case "selections"
# count NS ATTRIBUTE...: how many connections they select.
count() { dump "$1" conn-get "${@:2}" | grep -c '^conn-get'; }
expect "all of mn" 3 "$(count "$mn")"
expect "all of cn, listeners too" 6 "$(count "$cn")"
expect "listeners (TCP state)" 3 "$(dump "$cn" conn-get | grep -c ' tcp-state=10 ')"
expect "with a secret" 3 "$(count "$cn" select-secret)"
expect "keyed" 3 "$(count "$cn" select-states=$((1 << 4)))"
expect "idle" 3 "$(count "$cn" select-states=$((1 << 1)))"
expect "IPv4" 2 "$(count "$mn" family=2)"
expect "IPv6" 1 "$(count "$mn" family=10)"
expect "from an address" 2 "$(count "$mn" local-addr=$MN_ROUTED4)"
expect "from no address of that host" 0 "$(count "$mn" local-addr=$MN_NAT4)"
expect "to a network" 2 "$(count "$mn" remote-addr=203.0.0.0 remote-prefix=8)"
expect "to a network of IPv6" 1 "$(count "$mn" remote-addr=2001:db8:: remote-prefix=32)"
expect "to all of IPv4" 2 "$(count "$mn" remote-addr=0.0.0.0 remote-prefix=0)"
expect "to a port" 1 "$(count "$mn" remote-port="${flow_ports[v6]}")"
expect "all at once" 1 "$(count "$mn" family=2 local-addr=$MN_ROUTED4 remote-addr=$CN4 \
	remote-port="${flow_ports[v4]}" select-states=16 select-secret)"
expect "a dump in pieces" 6 "$(ip netns exec "$cn" nlprobe --buffer 4096 --dump ask conn-get | grep -c '^conn-get')"

# --------------------------------------------------------- II: what is refused

test_case "requests that make no sense"
refused "no cookie" EINVAL "the cookie of the connection is missing" ask "$mn" conn-get
refused "a cookie and more" EINVAL "one connection is named by its cookie alone; a dump selects" \
	ask "$mn" conn-get cookie=1 family=2
refused "a cookie for a dump" EINVAL "a dump is of many connections, a cookie names one" \
	dump "$mn" conn-get cookie=1
refused "no such cookie" ESRCH "no socket with mobility has this cookie" ask "$mn" conn-get cookie=999999999
refused "the cookie of a listener" ENOTCONN "the connection has no secret" \
	ask "$cn" keys-get cookie="$(dump "$cn" conn-get | grep ' tcp-state=10 ' | head -n 1 | get cookie)"
refused "a family" EAFNOSUPPORT "the family is neither AF_INET nor AF_INET6" dump "$mn" conn-get family=1
refused "5 octets of address" EINVAL "an address has 4 or 16 octets" dump "$mn" conn-get %3=0a01000201
refused "a v4-mapped address" EINVAL "a v4-mapped address has to be written as IPv4" \
	dump "$mn" conn-get local-addr=::ffff:10.1.0.2
refused "two families" EINVAL "the address is of another family than the request" \
	dump "$mn" conn-get local-addr=10.1.0.2 remote-addr=::1
refused "a prefix of nothing" EINVAL "a prefix length needs an address" dump "$mn" conn-get local-prefix=8
refused "33 bits of IPv4" ERANGE "the prefix is longer than the address" \
	dump "$mn" conn-get local-addr=10.1.0.2 local-prefix=33
refused "a verb for nobody" EINVAL "say which connections: a cookie, addresses or ports, or all" \
	ask "$mn" conn-pause
refused "a verb for one and all" EINVAL \
	"a cookie names one connection, and something else selects many" ask "$mn" conn-pause cookie=1 all
refused "a verb for no such cookie" ESRCH "no socket with mobility has this cookie" \
	ask "$mn" conn-move cookie=999999999
refused "no limit" EINVAL "no limit is given that could be set" ask "$mn" limits-set

test_case "attributes that are not right"
for case in "ERANGE 129_bits_of_prefix conn-get local-addr=::1 local-prefix=129" \
	    "ERANGE no_state conn-get select-states=0" \
	    "ERANGE states_that_do_not_exist conn-get select-states=1024" \
	    "EINVAL three_octets_of_address conn-get %3=0a0100" \
	    "ERANGE 17_octets_of_address conn-get %3=0a01000200000000000000000000000000" \
	    "EINVAL a_number_of_no_attribute conn-get %200=00" \
	    "EINVAL an_attribute_of_answers conn-get state=4" \
	    "EINVAL an_attribute_of_other_verbs conn-get to-addr=10.1.0.2" \
	    "EINVAL a_port_of_four_octets conn-get %4=00001388" \
	    "ERANGE a_flag_with_a_value conn-get %46=01" \
	    "EINVAL an_attribute_where_none_is_taken stats-get %1=00"; do
	# shellcheck disable=SC2086
	set -- $case
	refused "${2//_/ }" "$1" + dump "$mn" "${@:3}"
done
for case in "EINVAL a_cookie_of_four_octets conn-get %1=00000001" \
	    "EINVAL a_selection_that_is_no_verb's conn-move all select-secret" \
	    "EINVAL a_gauge_cannot_be_set limits-set connections=1" \
	    "ERANGE a_limit_that_is_too_high limits-set max-connections=16777217" \
	    "ERANGE survival_for_no_time limits-set survival-time=0" \
	    "ERANGE all_or_nothing limits-set max-connections=5 survival-time=604801" \
	    "EINVAL an_attribute_where_none_is_taken version-get %1=00"; do
	# shellcheck disable=SC2086
	set -- $case
	refused "${2//_/ }" "$1" + ask "$mn" "${@:3}"
done
expect "no limit has changed" 262144 "$(in_ns "$mn" sysctl -n net.tcp_mobility.max_connections)"

# The kernel shows the policies to whoever asks; a wrong one makes it warn.
expect_between "messages about the policies" 30 200 \
	"$(ip netns exec "$mn" nlprobe --uid 1000 policy | sed 's/.*=//')"

test_case "who may do what"
as_user() { ip netns exec "$1" nlprobe --uid 1000 "${@:2}" 2>&1; }
not_you="this needs CAP_NET_ADMIN in the network namespace"
# Older kernels drop the words of what begins a dump.
not_you_dump=
since_linux 6.6 && not_you_dump=$not_you
expect "anybody sees connections" 3 "$(as_user "$mn" --dump ask conn-get | grep -c '^conn-get')"
expect "with their fingerprint" "$(echo "$line" | get fingerprint)" \
	"$(as_user "$mn" ask conn-get cookie="$(cookie mn v4)" | get fingerprint)"
expect "and without the token" "" "$(as_user "$mn" --dump ask conn-get | get token)"
expect "version, limits, counters" "1 1 $(wc -l <"$OUT/.stats")" \
	"$(as_user "$mn" ask version-get | wc -l) $(as_user "$mn" ask limits-get | wc -l) $(as_user "$mn" --dump ask stats-get | wc -l)"
for request in "keys-get cookie=1" "conn-move all" "conn-repair all" "conn-pause all" "conn-resume all" \
	       "limits-set survival-time=60" "conn-move"; do
	# shellcheck disable=SC2086
	refused "nobody else: $request" EPERM "$not_you" as_user "$mn" ask $request
done
refused "nobody else: all keys" EPERM "$not_you_dump" as_user "$mn" --dump ask keys-get
refused "nor root of another namespace" EPERM "$not_you_dump" \
	ip netns exec "$mn" unshare --user --map-root-user nlprobe --dump ask keys-get
expect "in a namespace of one's own everything" "" \
	"$(nlprobe --uid 1000 --unshare ask limits-set survival-time=60 2>&1)"

# ------------------------------------------------------------ III: what is told

# events END COOKIE: names of the events of a connection, in order.
events() { grep "^conn-event.* cookie=$2 " "$OUT/events.$1" 2>/dev/null | get event | tr '\n' ' ' | sed 's/ $//'; }
# event END COOKIE NAME: the last such event.
event() { grep "^conn-event event=$3 cookie=$2 " "$OUT/events.$1" | tail -n 1; }
told() { case " $(events "$1" "$2") " in *" $3 "*) ;; *) events "$1" "$2"; return 1 ;; esac; }

mn4=$(cookie mn v4)
cn4=$(cookie cn v4)
mn6=$(cookie mn v6)
quiet=$(cookie mn quiet)

test_case "events: from the SYN to a secret"
for end in mn cn; do
	for name in v4 v6 quiet; do
		expect "$name on $end" "connected keyed" "$(events $end "$(cookie $end $name)")"
	done
done
line=$(event mn "$mn4" keyed)
expect "addresses" "$MN_ROUTED4 $CN4 ${flow_ports[v4]} keyed" \
	"$(echo "$line" | get local-addr) $(echo "$line" | get remote-addr) $(echo "$line" | get remote-port) $(echo "$line" | get state)"

expect "no secret and no token in any" "" "$(cat "$OUT"/events.?n | grep -Eo ' (secret|token)=.*' | head -n 3)"

test_case "events: the address goes, another comes, break before make"
detach routed
expect_soon "adrift" 10000 told mn "$mn4" adrift
line=$(conn mn v4)
expect "state" "adrift adrift" "$(echo "$line" | get state) $(echo "$line" | get move)"
has "$line" lost-ms survival-left-ms
attach nat
expect_soon "moved" 20000 told mn "$mn4" moved
expect_soon "the other, too" 20000 told mn "$mn6" moved
expect_soon "the quiet one, too" 20000 told mn "$quiet" moved
expect_soon "the peer has noticed" 20000 told cn "$cn4" validated
expect "on mn" "connected keyed adrift moving moved" "$(events mn "$mn4")"
# On a slow machine mn is away for longer than cn's patience.
expect "on cn" "connected keyed peer-moved validated" "$(events cn "$cn4" | sed 's/ stalled//g')"
line=$(event mn "$mn4" moved)
note "$line"
expect "from, to, because of" "$MN_ROUTED4 $MN_NAT4 address-gone" \
	"$(echo "$line" | get prev-local-addr) $(echo "$line" | get local-addr) $(echo "$line" | get last-move-cause)"
expect_between "microseconds" 40000 2000000 "$(echo "$line" | get last-move-us)"
line=$(event cn "$cn4" peer-moved)
expect "as cn sees it" "$MN_ROUTED4 $NAT_OUT4 $CN4" \
	"$(echo "$line" | get prev-remote-addr) $(echo "$line" | get remote-addr) $(echo "$line" | get local-addr)"
line=$(conn mn v4)
for pair in state=keyed local-addr=$MN_NAT4 orig-local-addr=$MN_ROUTED4 moves-local=1 last-move-cause=address-gone; do
	expect "${pair%%=*}" "${pair#*=}" "$(echo "$line" | get "${pair%%=*}")"
done
line=$(conn cn v4)
for pair in remote-addr=$NAT_OUT4 orig-remote-addr=$MN_ROUTED4 moves-remote=1 "peer-reqno=$(conn mn v4 | get reqno)"; do
	expect "${pair%%=*} on cn" "${pair#*=}" "$(echo "$line" | get "${pair%%=*}")"
done

test_case "events: make before break"
attach routed
expect_soon "it moves back" 20000 eval '[ "$(conn mn v4 | get moves-local)" = 2 ]'
expect "because of" route "$(conn mn v4 | get last-move-cause)"
expect "events since" "moving moved" "$(events mn "$mn4" | sed 's/.*adrift moving moved //')"

# reset_path: packets of mn for the flow are answered with RST by the core.
reset_path()
{
	in_ns "$net" nft -f - <<-END
	table inet resets {
		chain forward {
			type filter hook forward priority filter; policy accept;
			tcp dport ${flow_ports[$1]} counter reject with tcp reset
		}
	}
	END
}

test_case "events: a RST, and back"
reset_path quiet
ask "$mn" conn-repair cookie="$quiet" >/dev/null
# The answer to the SYN of a repair says that nobody knows the connection.
expect_soon "suspended" 10000 told mn "$quiet" suspended
line=$(conn mn quiet)
has "$line" suspend-left-ms
expect "state" suspended "$(echo "$line" | get state)"
expect_between "ms left of the minute" 30000 60000 "$(echo "$line" | get suspend-left-ms)"
in_ns "$net" nft delete table inet resets
expect_soon "resumed" 80000 told mn "$quiet" resumed
expect "which of them" "repairing suspended" "$(events mn "$quiet" | sed 's/.*moved \(repairing suspended\) .*/\1/')"
expect "because of" user "$(grep "event=repairing cookie=$quiet " "$OUT/events.mn" | head -n 1 | get last-move-cause)"
expect "state" keyed "$(conn mn quiet | get state)"

# ---------------------------------------------------------- IV: what is ordered

test_case "orders for one connection"
# Whatever has the NAT's address leaves through the NAT.
ip -n "$mn" route add default via 10.2.0.1 dev lte0 table 100
ip -n "$mn" rule add from $MN_NAT4 lookup 100
expect "move to an address" "conn-move count=1 failed=0" "$(ask "$mn" conn-move cookie="$mn4" to-addr=$MN_NAT4)"
expect_soon "it is there" 20000 eval '[ "$(conn mn v4 | get local-addr):$(conn mn v4 | get state)" = "$MN_NAT4:keyed" ]'
expect "because of" user "$(conn mn v4 | get last-move-cause)"
expect "the other stays" "$MN_ROUTED6" "$(conn mn v6 | get local-addr)"
refused "it is there" EALREADY "the connection is so already" ask "$mn" conn-move cookie="$mn4" to-addr=$MN_NAT4
refused "no address of this host" EADDRNOTAVAIL "the address is not one of this host" \
	ask "$mn" conn-move cookie="$mn4" to-addr=10.9.9.9
refused "no address of this family" EAFNOSUPPORT "the address is of another family than the connection" \
	ask "$mn" conn-move cookie="$mn4" to-addr=$MN_NAT6
refused "a listener does not move" ENOTCONN "both ends have to be connected and hold each other's key" \
	ask "$cn" conn-move cookie="$(dump "$cn" conn-get | grep ' tcp-state=10 ' | head -n 1 | get cookie)"
expect "move to where the route leads" "conn-move count=1 failed=0" "$(ask "$mn" conn-move cookie="$mn4")"
expect_soon "it is there" 20000 eval '[ "$(conn mn v4 | get local-addr):$(conn mn v4 | get state)" = "$MN_ROUTED4:keyed" ]'
expect "repair" "conn-repair count=1 failed=0" "$(ask "$mn" conn-repair cookie="$mn4")"
expect_soon "repaired" 20000 told mn "$mn4" repaired
expect "pause" "conn-pause count=1 failed=0" "$(ask "$mn" conn-pause cookie="$mn4")"
expect "state" paused "$(conn mn v4 | get state)"
refused "paused" EALREADY "the connection is so already" ask "$mn" conn-pause cookie="$mn4"
expect "resume" "conn-resume count=1 failed=0" "$(ask "$mn" conn-resume cookie="$mn4")"
expect_soon "state" 5000 eval '[ "$(conn mn v4 | get state)" = keyed ]'
expect_soon "and the events of it" 5000 told mn "$mn4" unpaused
expect "the last four" "repairing repaired paused unpaused" "$(events mn "$mn4" | awk '{ print $(NF-3), $(NF-2), $(NF-1), $NF }')"

test_case "orders for many"
expect "all of an address" "conn-move count=2 failed=0" \
	"$(ask "$mn" conn-move local-addr=$MN_ROUTED4 to-addr=$MN_NAT4)"
expect_soon "they are there" 20000 eval '[ "$(count "$mn" local-addr=$MN_NAT4 select-states=16)" = 2 ]'
refused "all that are left are of the other family" EAFNOSUPPORT "the address is of another family than the connection" \
	ask "$mn" conn-move all to-addr=$MN_NAT4
back()
{
	expect "all to where the route leads" "conn-move count=2 failed=0" "$(ask "$mn" conn-move all)"
	expect_soon "they are there" 20000 eval '[ "$(count "$mn" local-addr=$MN_ROUTED4 select-states=16)" = 2 ]'
}
back
expect "some cannot, and why (mobctl)" "2 connections moving, 1 refused
Error: 1 refused, the first one: the address is of another family than the connection.
2" "$(in_ns "$mn" mobctl tcp move all to $MN_NAT4 2>&1; echo $?)"
expect_soon "the others are there" 20000 eval '[ "$(count "$mn" local-addr=$MN_NAT4 select-states=16)" = 2 ]'
back
expect "all pause" "conn-pause count=3 failed=0" "$(ask "$mn" conn-pause all)"
expect "the sysctl says so" 1 "$(in_ns "$mn" sysctl -n net.tcp_mobility.pause)"
expect "all are paused" 3 "$(count "$mn" select-states=$((1 << 9)))"
expect "all go on" "conn-resume count=3 failed=0" "$(ask "$mn" conn-resume all)"
expect "the sysctl says so" 0 "$(in_ns "$mn" sysctl -n net.tcp_mobility.pause)"
flows_mark
expect_moved 0 4000 v4 v6

test_case "orders wait for nobody: all of generic netlink would"
bg in_ns "$cn" xfer server --mobility --once --send 1000 >/dev/null 2>&1
server=$bg_pid
wait_listen "$cn" 5000
kill -STOP "$server"
bg in_ns "$mn" xfer client --mobility --recv 1000 "$CN4" 5000 >/dev/null 2>&1
client=$bg_pid
child() { dump "$cn" conn-get local-port=5000 remote-addr=$MN_ROUTED4; }
expect_soon "a child that nobody accepts" 5000 eval 'child | grep -q conn-get'
start=$(now_ms)
refused "it cannot be had" EAGAIN "its program is using the socket, or has not accepted it yet" \
	ask "$cn" conn-move cookie="$(child | get cookie)"
expect "fifty orders in a datagram: the last alone" "49 error=22 EINVAL send each order in a datagram of its own
1 error=11 EAGAIN its program is using the socket, or has not accepted it yet" \
	"$(ip netns exec "$cn" nlprobe --times 50 ask conn-move cookie="$(child | get cookie)" |
		uniq -c | sed 's/^ *//')"
expect_between "ms for that" 0 1000 $(($(now_ms) - start))
kill -CONT "$server"
expect_success "it was not hurt" wait "$client"

# ---------------------------------------------------- V: moves that are refused

# refusal END COOKIE: the last one that was told.
refusal() { event "$1" "$2" refused | get refusal; }
is_refusal() { [ "$(refusal "$1" "$2")" = "$3" ]; }

test_case "events: refused, another socket has the addresses and ports"
# It will never connect: the core drops what it sends.
in_ns "$net" nft -f - <<-END
	table inet silence {
		chain forward {
			type filter hook forward priority filter; policy accept;
			ip saddr $NAT_OUT4 tcp dport ${flow_ports[v4]} drop
		}
	}
END
port=$(conn mn v4 | get local-port)
bg ip netns exec "$mn" curl -s --interface "host!$MN_NAT4" --local-port "$port" "http://$CN4:${flow_ports[v4]}/"
curl_pid=$bg_pid
expect_soon "it is there" 5000 eval \
	'in_ns "$mn" ss -Htan state syn-sent src "$MN_NAT4:$port" | grep -q .'
refused "move" EADDRINUSE "another socket has the new addresses and ports" \
	ask "$mn" conn-move cookie="$mn4" to-addr=$MN_NAT4
expect_soon "the reason: collision" 5000 is_refusal mn "$mn4" collision
expect "it stays" "$MN_ROUTED4 keyed" "$(conn mn v4 | get local-addr) $(conn mn v4 | get state)"
kill $curl_pid
in_ns "$net" nft delete table inet silence

test_case "events: refused, the program has bound the socket"
flow pinned mn "$CN4" --wait-keyed 20000 --bind "$MN_ROUTED4" -- --wait-keyed 20000
flows_start
pinned=$(cookie mn pinned)
refused "an order" EBUSY "its program has bound the socket to an address or a device" \
	ask "$mn" conn-move cookie="$pinned" to-addr=$MN_NAT4
expect "of an order its answer tells" "connected keyed" "$(events mn "$pinned")"
detach routed
expect_soon "the others move" 20000 eval '[ "$(count "$mn" local-addr=$MN_NAT4 select-states=16)" = 2 ]'
expect_soon "this one is told" 5000 is_refusal mn "$pinned" pinned
attach routed
expect_soon "the others are back" 20000 eval '[ "$(count "$mn" local-addr=$MN_ROUTED4 select-states=16)" = 3 ]'
# shellcheck disable=SC2046
kill $(flow_pids pinned)
flow_dead=pinned
# Whoever of the two is killed first may leave the other suspended, for a minute.
expect_soon "closed" 100000 told mn "$pinned" closed

# Somebody in the core copies an update of mn, and sends it again when it is old.
test_case "events: refused, copies of an update"
quietly() { conn mn quiet | get "$1"; }
bg in_ns "$net" forge capture nat "$OUT/.copy" 60000 >"$OUT/forge.log" 2>&1
wait_for 5000 grep -q listening "$OUT/forge.log" >/dev/null
for to in $MN_NAT4 $MN_ROUTED4; do
	ask "$mn" conn-move cookie="$quiet" to-addr=$to >"$OUT/.command"
	expect_soon "moved to $to" 20000 eval '[ "$(quietly local-addr):$(quietly state)" = $to:keyed ]'
done
expect_success "there is a copy" grep captured "$OUT/forge.log"
cn_quiet=$(cookie cn quiet)
in_ns "$net" forge replay "$OUT/.copy"
expect_soon "it is old" 5000 is_refusal cn "$cn_quiet" peer-stale
in_ns "$net" forge replay "$OUT/.copy" ack 1000000000
expect_soon "its ack field is of no use" 5000 is_refusal cn "$cn_quiet" peer-sequence
in_ns "$net" forge replay "$OUT/.copy" from $CN4 "${flow_ports[quiet]}" to $MN_ROUTED4 "$(quietly local-port)"
expect_soon "it is mn's own" 5000 is_refusal mn "$quiet" peer-reflected
expect "where it is" "$MN_ROUTED4 keyed" "$(quietly local-addr) $(quietly state)"
expect "the tracepoint says so, too" "4 5 7" \
	"$(grep ' event=refused .*refusal=[4-9]' $trace/trace | sed 's/.* refusal=\([0-9]*\) .*/\1/' | paste -sd' ')"

test_case "events: adrift for a moment, and no progress"
detach nat
detach routed
expect_soon "adrift" 5000 eval '[ "$(events mn "$mn4" | sed "s/.* //")" = adrift ]'
attach routed
expect_soon "back" 5000 told mn "$mn4" back
in_ns "$net" nft -f - <<-END
	table inet silence {
		chain forward {
			type filter hook forward priority filter; policy accept;
			tcp dport ${flow_ports[v4]} drop
		}
	}
END
expect_soon "stalled" 30000 told mn "$mn4" stalled
in_ns "$net" nft delete table inet silence
flows_mark
expect_moved 0 4000 v4 v6
attach nat
: >"$OUT/.go"

test_case "events: an end, and plain TCP"
reset_path quiet
in_ns "$mn" sysctl -qw net.tcp_mobility.suspend_time=2
in_ns "$cn" sysctl -qw net.tcp_mobility.suspend_time=2
expect_soon "dead" 60000 told mn "$quiet" dead
line=$(event mn "$quiet" dead)
expect "because of" "suspend-time 104" "$(echo "$line" | get death) $(echo "$line" | get error)"
expect_soon "closed" 20000 told mn "$quiet" closed
in_ns "$net" nft delete table inet resets
flow_dead+=" quiet"
flows_stop
for name in v4 v6; do
	flow_exact $name
done
expect_soon "v4 is closed" 70000 told mn "$mn4" closed
expect_soon "and on cn" 70000 told cn "$cn4" closed
flow_common=()
flow plain mn "$CN4" --mobility --send 1000 -- --send 1000
flows_launch
expect_soon "plain" 10000 grep -q 'event=plain .* reason=1' "$OUT/events.mn"
expect "what became of it" "plain closed" \
	"$(wait_for 10000 told mn "$(grep 'event=plain ' "$OUT/events.mn" | get cookie)" closed; events mn "$(grep 'event=plain ' "$OUT/events.mn" | get cookie)")"
flows_stop
: >"$OUT/.enough"

# words EVENT...: those of them that neither end was told.
untold()
{
	printf '%s\n' "$@" | sort |
		comm -23 - <(cat "$OUT"/events.?n | sed -n 's/^conn-event event=\([^ ]*\) .*/\1/p' | sort -u)
}
test_case "each event of the spec was told"
expect "those that were not" "" "$(untold connected keyed plain moving moved peer-moved validated \
	adrift back stalled repairing repaired suspended resumed paused unpaused refused dead closed)"

test_case "the tracepoint has told the same"
echo 0 >$trace/events/tcp_mobility/tcpmob_event/enable
grep ' tcpmob_event: ' $trace/trace >"$OUT/.trace"
for pair in "mn $mn4" "cn $cn4" "mn $quiet"; do
	# shellcheck disable=SC2086
	set -- $pair
	expect "$1 $2" "$(events "$1" "$2")" \
		"$(sed -n "s/.* cookie=$(printf %x "$2") event=\([a-z-]*\).*/\1/p" "$OUT/.trace" | tr '\n' ' ' | sed 's/ $//')"
done
expect_success "state before and after" grep -q 'event=moved state=moving->keyed .* local=\[.*\]:[0-9]* remote=' "$OUT/.trace"

test_case "who never reads costs nobody else an event"
expect_success "he is there" kill $deaf_pid
expect "EventLost" "0 0" "$(mib "$mn" EventLost) $(mib "$cn" EventLost)"
expect "said to be lost" "" "$(grep -h overrun "$OUT"/events.?n)"

test_case "no reference to the module is left"
expect_module_unused
rm -f "$OUT"/.[a-z]*
[ "$cases_failed$case_failed" != 00 ] || rm -f "$OUT"/*.log "$OUT"/events.*

tap_done
