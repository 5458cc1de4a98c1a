#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The wire formats: option kinds, ExID, the order of Figure 2, X25519; and keys
# that programs get out of the secret.
#
# Each format first between two kernels, mn and cn in the network of
# tests/lib.sh, with a move and a look at the octets on the wire; then with two
# kernels that disagree, which leaves plain TCP; then between a kernel and a
# peer that was written from the draft alone (tests/raw.sh).

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"
# shellcheck source=tests/raw.sh
. "$(dirname "$0")/../raw.sh"

need_module tcp_mobility
topo_build
attach routed

# ------------------------------------------------------------------- helpers

DEFAULTS="option_kind=253 exid=0 cont_order=0 curve_offer=1 curve_accept=1"

# knobs NS NAME=VALUE...: the format of a namespace; all others as by default.
knobs()
{
	local ns=$1 set

	shift
	# shellcheck disable=SC2086
	for set in $DEFAULTS "$@"; do
		in_ns "$ns" sysctl -qw "net.tcp_mobility.$set" ||
			fail "sysctl $set in $ns"
	done
}

# wire_options PCAP FILTER: the TCP options of each IPv4 segment, in hex.
wire_options()
{
	tcpdump -r "$1" -n -t -x "tcp and ip and ($2)" 2>/dev/null | awk '
		function flush(    ihl, doff, hex) {
			if (all == "") return
			ihl = 8 * index("123456789abcdef", substr(all, 2, 1))
			hex = substr(all, ihl + 25, 1)
			doff = 8 * index("123456789abcdef", hex)
			print substr(all, ihl + 41, doff - 40)
			all = ""
		}
		/^\t/ { sub(/^.*: */, ""); gsub(/ /, ""); all = all $0; next }
		{ flush() }
		END { flush() }'
}

# expect_wire WHAT PCAP FILTER PATTERN: some segment has options like that.
expect_wire()
{
	local seen

	seen=$(wire_options "$2" "$3" | sort | uniq -c)
	if grep -qE " ($4)\$" <<<"$seen"; then
		ok "$1: $4"
	else
		fail "$1" "$4" "$(tail -n 6 <<<"$seen" | tr '\n' ';')"
	fi
}

TS="0101080a.{16}"
SYN='tcp[13] & 2 != 0'
OTHER='tcp[13] & 2 = 0'

# ---------------------------------------------- two kernels, the same format

# format NAME CONN_KEY CONT LOC_UPDATE SETTING...: two connections with these
# settings at both ends move there and back; three patterns say how the options
# begin on the wire, the last for all of the SYN's.
format()
{
	local name=$1 conn_key=$2 cont=$3 update=$4 pcap keys

	shift 4
	test_case "two kernels, $name: keyed, and they move"
	flows_forget
	knobs "$mn" "$@"
	knobs "$cn" "$@"
	mark "$mn"; mark "$cn"
	capture_start "$cn" eth0 format tcp
	flow v4 mn "$CN4" --wait-keyed 30000 --export "$EXPORT" -- --wait-keyed 30000 --export "$EXPORT"
	flow v6 cn "$MN_ROUTED6" --wait-keyed 30000 -- --wait-keyed 30000
	flows_start
	flows_mark
	detach routed
	attach nat
	expect_moved 1 4000 v4 v6
	flows_mark
	detach nat
	attach routed
	expect_moved 1 4000 v4 v6
	flows_stop
	flow_exact v4
	flow_exact v6
	keys=$(sed -n 's/^export //p' "$(flow_log v4 mn)" | sort | uniq -c)
	expect "keys for programs, before and after the moves" "2 2 2" \
		"$(awk '{ print $1 }' <<<"$keys" | paste -sd' ')"
	expect "keys at the other end" "$keys" \
		"$(sed -n 's/^export //p' "$(flow_log v4 cn)" | sort | uniq -c)"
	expect "different keys" 3 "$(sed 's/.*=//; s/^\(.\{32\}\).*/\1/' <<<"$keys" | sort -u | wc -l)"
	expect "Keyed at mn" 2 "$(counted "$mn" Keyed)"
	expect "Keyed at cn" 2 "$(counted "$cn" Keyed)"
	expect "OptionMalformed at mn" 0 "$(counted "$mn" OptionMalformed)"
	expect "OptionMalformed at cn" 0 "$(counted "$cn" OptionMalformed)"
	capture_flush
	pcap=$OUT/format.pcap
	expect_wire "Conn-Key" "$pcap" "$SYN" ".*$conn_key.*"
	expect_wire "Conn-Key-Cont" "$pcap" "$OTHER" "$TS$cont.*"
	expect_wire "Loc-Update" "$pcap" "$SYN" "$update"
}

EXPORT="label,context,16;label,another,80;other,context,32"
PLAIN_UPDATE="02040[0-9a-f]{3}${TS}01030307"
EXID_UPDATE="02040[0-9a-f]{3}080a.{16}030307"

format "one kind for all (the default)" "fd0c01.{18}" "fd1309" \
	"${PLAIN_UPDATE}fd13.{34}01"
format "another kind for all" "fe0c01.{18}" "fe1309" \
	"${PLAIN_UPDATE}fe13.{34}01" option_kind=254
format "three kinds" "640c01.{18}" "651309" "${PLAIN_UPDATE}6613.{34}01" \
	kind_conn_key=100 kind_cont=101 kind_loc_update=102
# 40 octets, to the last.
format "ExID" "fd0e4d6f01.{18}" "fd154d6f09" "${EXID_UPDATE}fd154d6f.{34}0101" \
	exid=1
format "the order of Figure 2" "fd0c01.{18}" "fd0913" \
	"${PLAIN_UPDATE}fd13.{34}01" cont_order=1
expect_between "ContHidden at mn" 2 100 "$(counted "$mn" ContHidden)"
expect_between "ContHidden at cn" 2 100 "$(counted "$cn" ContHidden)"
format "three kinds, ExID and the order of Figure 2" "640e4d6f01.{18}" \
	"6509154d6f" "${EXID_UPDATE}66154d6f.{34}0101" kind_conn_key=100 \
	kind_cont=101 kind_loc_update=102 exid=1 cont_order=1

format "X25519" "fd0c02.{18}" "fd1a09" "${PLAIN_UPDATE}fd13.{34}01" \
	curve_offer=2 curve_accept=3
expect "curve" "curve=2" "$(grep -o 'curve=[0-9]' "$(flow_log v4 cn)" | tail -n 1)"

# ------------------------------------------------- two kernels that disagree

# mismatch NAME COUNT SETTING...: so is mn set, cn as by default. Connections
# from either end carry data and never become keyed.
mismatch()
{
	local name=$1 count=$2 states i end from

	shift 2
	test_case "two kernels that disagree, $name: plain TCP"
	knobs "$mn" "$@"
	knobs "$cn"
	mark "$mn"; mark "$cn"
	in_ns "$cn" xfer server --mobility --port 4000 --count "$count" --info \
		--recv 20k --send 20k --hold 1 >"$OUT/cn-server.log" 2>&1 &
	bg_pids+=("$!")
	in_ns "$mn" xfer server --mobility --port 4000 --count "$count" --info \
		--recv 20k --send 20k --hold 1 >"$OUT/mn-server.log" 2>&1 &
	bg_pids+=("$!")
	wait_listen "$cn" 4000
	wait_listen "$mn" 4000
	in_ns "$mn" xfer client --mobility --count "$count" --info --hold 1 \
		--recv 20k --send 20k "$CN4" 4000 >"$OUT/mn-client.log" 2>&1 &
	end=$!
	in_ns "$cn" xfer client --mobility --count "$count" --info --hold 1 \
		--recv 20k --send 20k "$MN_ROUTED4" 4000 >"$OUT/cn-client.log" 2>&1
	from=$?
	expect "exit status of cn's client" 0 "$from"
	wait "$end"
	expect "exit status of mn's client" 0 "$?"
	wait "${bg_pids[-1]}"
	expect "exit status of mn's server" 0 "$?"
	wait "${bg_pids[-2]}"
	expect "exit status of cn's server" 0 "$?"
	for i in mn-client mn-server cn-client cn-server; do
		states=$(sed -n 's/^info state=\([^ ]*\) reason=\([^ ]*\) .*/\1 \2/p' "$OUT/$i.log" | sort | uniq -c | tr -s ' \n' ' ')
		note "$i:$states"
		expect "connections of $i with a state" "$count" "$(grep -c '^info ' "$OUT/$i.log")"
		expect "connections of $i that may move" 0 "$(grep -c '^info state=KEYED' "$OUT/$i.log")"
	done
	expect "Keyed at either end" 0 $(($(counted "$mn" Keyed) + $(counted "$cn" Keyed)))
	expect "ConflictReset at either end" 0 \
		$(($(counted "$mn" ConflictReset) + $(counted "$cn" ConflictReset)))
}

mismatch "kinds" 1 option_kind=254
expect "FallbackPeer at both ends" "2 2" \
	"$(counted "$mn" FallbackPeer) $(counted "$cn" FallbackPeer)"
mismatch "ExID" 1 exid=1
expect "FallbackPeer at both ends" "2 2" \
	"$(counted "$mn" FallbackPeer) $(counted "$cn" FallbackPeer)"
mismatch "the kind of Conn-Key-Cont" 1 kind_cont=100
mismatch "the curve" 1 curve_offer=2 curve_accept=2
expect "FallbackCurve at both ends" "1 1" \
	"$(counted "$mn" FallbackCurve) $(counted "$cn" FallbackCurve)"
# Now and then key data happens to look like options: those wait in vain.
mismatch "the order of Conn-Key-Cont" 5 cont_order=1
expect_between "FallbackFormat at both ends" 6 20 \
	$(($(counted "$mn" FallbackFormat) + $(counted "$cn" FallbackFormat)))

test_case "two kernels that disagree about the kind of Loc-Update: no move until they agree"
flows_forget
knobs "$mn" kind_loc_update=100
knobs "$cn"
mark "$mn"; mark "$cn"
flow v4 mn "$CN4" --wait-keyed 30000 -- --wait-keyed 30000
flows_start
flows_mark
expect_moved 0 4000 v4
detach routed
attach nat
expect_soon "updates without an answer" 20000 eval '[ "$(counted "$mn" UpdateOut)" -ge 3 ]'
expect "UpdateIn at cn" 0 "$(counted "$cn" UpdateIn)"
detach nat
attach routed
knobs "$cn" kind_loc_update=100
flows_mark
expect_moved any 4000 v4
flows_stop
flow_exact v4
flows_forget

# --------------------------------------------------------------- the sysctls

# knob NAME: its value in mn.
knob() { in_ns "$mn" cat "/proc/sys/net/tcp_mobility/$1"; }
set_knob() { in_ns "$mn" sysctl -qw "net.tcp_mobility.$1"; }

test_case "sysctls: defaults, ranges, one for all kinds; each namespace has its own"
knobs "$mn"
for name in cont_order:0 exid:0 curve_offer:1 curve_accept:1 option_kind:253 kind_conn_key:253 kind_cont:253 \
	    kind_loc_update:253; do
	expect "${name%:*}" "${name#*:}" "$(knob "${name%:*}")"
done
for name in cont_order=2 exid=2 exid=-1 curve_offer=0 curve_offer=3 curve_accept=0 curve_accept=4; do
	expect_failure "$name is refused" set_knob $name
done
for name in option_kind kind_conn_key kind_cont kind_loc_update; do
	for kind in 0 1 2 3 4 5 8 19 29 30 34 256; do
		run_log "$OUT/.command" set_knob $name=$kind &&
			fail "$name=$kind is refused"
	done
	expect "$name after that" 253 "$(knob $name)"
done
expect_success "kind_cont=77" set_knob kind_cont=77
expect "the three kinds" "253 77 253" \
	"$(knob kind_conn_key) $(knob kind_cont) $(knob kind_loc_update)"
expect_success "option_kind=99" set_knob option_kind=99
expect "the three kinds" "99 99 99" \
	"$(knob kind_conn_key) $(knob kind_cont) $(knob kind_loc_update)"
expect "option_kind at cn" 253 "$(in_ns "$cn" cat /proc/sys/net/tcp_mobility/option_kind)"
knobs "$mn"

# ------------------------------------------------- a kernel and a hand-driven peer

raw_build

port=6000

# peer listener|client NAME "STATE REASON" SCRIPT [RAWPEER OPTION]...: the
# kernel listens or connects, the peer does the script. A connection that shall
# be KEYED waits until it is.
peer()
{
	local role=$1 state=$3 script=$4 wait=() export=() app raw status

	test_case "a kernel and another implementation, $2, the kernel $([ "$role" = client ] && echo connects || echo listens)"
	shift 4
	port=$((port + 1))
	mark "$kn"
	[ "${state#KEYED}" = "$state" ] || wait=(--wait-keyed 60000)
	case $script in *export*) export=(--export "$EXPORT") ;; esac
	if [ "$role" = listener ]; then
		ip netns exec "$kn" xfer server --mobility --port $port --info --timeout 200 \
			"${wait[@]}" "${export[@]}" --send 1000 >"$OUT/app.log" 2>&1 &
		app=$!
		wait_listen "$kn" $port
		set -- --local $RP $((port + 30000)) --remote $KN $port "$@"
	else
		set -- --local $RP $port "$@"
	fi
	ip netns exec "$rp" rawpeer "$@" <<<"$script" >"$OUT/peer.log" 2>&1 &
	raw=$!
	if [ "$role" = client ]; then
		wait_for 20000 grep -q ready "$OUT/peer.log"
		ip netns exec "$kn" xfer client --mobility --info --timeout 200 \
			"${wait[@]}" "${export[@]}" --send 1000 --recv any $RP $port >"$OUT/app.log" 2>&1 &
		app=$!
	fi
	bg_pids+=("$app" "$raw")
	wait "$raw" || {
		fail "the peer" "all held" "$(tail -n 1 "$OUT/peer.log")"
		sed 's/^/#   /' "$OUT/peer.log"
	}
	wait "$app"
	status=$?
	expect "exit status of xfer" 0 $status
	expect "state and reason of the kernel's socket" "$state" \
		"$(sed -n 's/^info state=\([^ ]*\) reason=\([^ ]*\) .*/\1 \2/p' "$OUT/app.log" |
		   sed 's/VALIDATING/KEYED/')" || sed 's/^/#   /' "$OUT/app.log"
	[ ${#export[@]} = 0 ] ||
		expect "keys for programs" "$(grep '^export .*=' "$OUT/peer.log")" \
			"$(grep '^export .*=' "$OUT/app.log" | uniq | head -n 3)"
}

# exchange LENGTH CUT: both keys, ours in two pieces; then whoever has K
# computes the token, and the kernel answers the Loc-Update.
exchange()
{
	echo "cont $2 $(($1 - $2))
		cont 9 $(($2 - 9))
		expect-cont 9 $(($1 - 9)) 10000
		expect-confirm 10000
		confirm
		recv 1000 60000
		loc-update 7 0 0 from $RP2 4000
		expect-synack 10000
		data 100
		expect-acked 10000
		export label context 16
		export label another 80
		export other context 32
		close"
}

# both_ways NAME SETTINGS KEY_LENGTH RAWPEER OPTION...
both_ways()
{
	local name=$1 settings=$2 len=$3

	shift 3
	# shellcheck disable=SC2086
	knobs "$kn" $settings
	peer listener "$name" "KEYED none" "connect
		$(exchange "$len" 15)" "$@"
	expect "UpdateAccepted" 1 "$(counted "$kn" UpdateAccepted)"
	peer client "$name" "KEYED none" "accept
		expect-conn-key
		$(exchange "$len" 20)" "$@"
	expect "UpdateAccepted" 1 "$(counted "$kn" UpdateAccepted)"
}

KINDS="kind_conn_key=100 kind_cont=101 kind_loc_update=102"
both_ways "three kinds" "$KINDS" 25 --kinds 100 101 102
both_ways "ExID" "exid=1" 25 --exid
both_ways "the order of Figure 2" "cont_order=1" 25 --drawn
both_ways "all of that" "$KINDS exid=1 cont_order=1" 25 --kinds 100 101 102 --exid --drawn

both_ways "X25519" "curve_offer=2 curve_accept=2" 32 --x25519
both_ways "X25519 and all of that" "$KINDS exid=1 cont_order=1 curve_offer=2 curve_accept=3" 32 \
	--kinds 100 101 102 --exid --drawn --x25519
peer client "X25519, the key zero" "PLAIN bad-key" "key zero
	accept
	cont 9 23
	confirm
	sleep 2000
	recv 1000 60000
	close" --kinds 100 101 102 --exid --drawn --x25519
knobs "$kn" curve_accept=2
peer listener "P-192 where only X25519 is taken" "NONE none" "connect
	expect-no-conn-key
	recv 1000 60000
	close"
expect "FallbackCurve" 1 "$(counted "$kn" FallbackCurve)"

# 8, 10 at octet 15 of the key: a Timestamps option of tomorrow for a stack that
# takes Offset for the length, which drops the peer's segments from then on.
misleading="connect
	cont 9 16
	expect-cont 9 16 10000
	data 100
	seg data 100 cont 9 16
	data 100"
knobs "$kn" cont_order=1
peer listener "a key that reads as Timestamps in the order of Figure 2" "KEYED none" \
	"key misleads
	$misleading
	expect-acked 10000
	confirm
	recv 1000 60000
	close" --drawn
expect "ContHidden" 3 "$(counted "$kn" ContHidden)"
expect "segments that were too old by their Timestamps" 0 "$(netstat_mib "$kn" TcpExtPAWSEstab)"

# That the case above can fail.
test_case "the stack misreads the same key where the order is not known"
knobs "$kn"
port=$((port + 1))
ip netns exec "$kn" xfer server --port $port --timeout 200 >"$OUT/app.log" 2>&1 &
bg_pids+=("$!")
wait_listen "$kn" $port
expect_failure "data behind it is acknowledged" ip netns exec "$rp" rawpeer --local $RP \
	$((port + 30000)) --remote $KN $port --drawn "key misleads" "connect" "cont 9 16" \
	"sleep 1000" "data 100" "expect-acked 3000"
sed 's/^/# /' "$OUT/.command"
expect_between "segments that were too old by their Timestamps" 1 1000 \
	"$(netstat_mib "$kn" TcpExtPAWSEstab)"

# A stranger's option of our kind stays where it is.
knobs "$kn" cont_order=1
peer listener "a plain peer's option of our kind is left alone" "NONE none" "no-conn-key
	connect
	cont 9 16
	data 100
	expect-acked 10000
	recv 1000 60000
	close" --drawn
expect "ContHidden" 0 "$(counted "$kn" ContHidden)"

tap_done
