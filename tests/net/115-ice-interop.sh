#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module against ICE implementations of others, which share no code with it:
# it gathers from coturn and reaches a nominated pair with python3-aioice and with
# libnice, in both roles, over IPv4 from behind a NAT and over IPv6. Sessions are
# manual: credentials and candidates go by hand, over mobctl on one end and the
# library's API on the other (tests/interop/hand_*). In the network of tests/ice.sh
# the module is on a, the library on b, coturn on the home agent.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice

PATH=$PATH:/usr/local/bin
from_disk others turnserver hand_nice hand_aioice.py

# coturn ADDRESS: on the home agent.
coturn()
{
	bg in_ns "$ha" turnserver --stun-only --fingerprint -p 4191 -L "$1" --no-tls \
		--no-dtls --no-tcp --no-cli -n --log-file "$OUT/coturn" --simple-log \
		--pidfile "$OUT/coturn.pid" --db "$OUT/coturn.db" >/dev/null
	coturn_pid=$bg_pid
	wait_for 30000 eval '[ -n "$(in_ns "$ha" ss -Hlun "sport = :4191")" ]'
}

# ours 4|6: candidates of the module of one family, as the peers take them.
ours()
{
	ctl "$a" candidates | grep ' local ' | grep -v relayed |
		sed 's/.* local \([^ ]*\) \[*\([^] ]*\)\]*:\([0-9]*\) priority \([0-9]*\).*/\1 \2 \3 \4/' |
		if [ "$1" = 6 ]; then grep :; else grep -v :; fi
}

# endpoint ADDRESS PORT: as mobctl takes it.
endpoint()
{
	case $1 in
	*:*) echo "[$1]:$2" ;;
	*)   echo "$1:$2" ;;
	esac
}

gathered() { [ "$(state_of "$a")" = offered ]; }

# meet PROGRAM ROLE FAMILY SERVER: ROLE is the module's.
meet()
{
	local program=$1 role=$2 family=$3 server=$4 theirs=controlled
	local ufrag pwd mine told words before pid i

	[ "$role" = controlled ] && theirs=controlling
	test_case "${program#hand_}: the module is $role, IPv$family"
	before=$(ice_mib "$a" GatherIn)
	expect_success "a session" ctl "$a" peer add $HOME_B home $HOME_A manual server "$server"
	expect_soon "coturn has answered" 5000 gathered
	expect "answers of coturn" 1 $(($(ice_mib "$a" GatherIn) - before))
	mine=$(ours "$family")
	[ "$family" = 6 ] || expect "what it saw" "srflx $NAT_A4 4191" \
		"$(sed -n 's/^\(srflx .*\) [0-9]*$/\1/p' <<<"$mine")"
	read -r ufrag pwd <<<"$(ctl "$a" keys | sed -n 's/.* ufrag \([0-9a-f]*\) pwd \([0-9a-f]*\).*/\1 \2/p')"

	# shellcheck disable=SC2086 # words
	bg in_ns "$b" "$program" $theirs "$ufrag" "$pwd" $mine >"$OUT/peer" 2>&1
	pid=$bg_pid
	expect_soon "the peer tells its own" 60000 grep -q ^local "$OUT/peer"
	told=$(sed -n 's/^local //p' "$OUT/peer")
	start=$(now_ms)
	read -r -a told <<<"$(sed -n 's/^local //p' "$OUT/peer")"
	words=(ufrag "${told[0]}" pwd "${told[1]}" "$role")
	for ((i = 2; i + 2 < ${#told[@]}; i += 3)); do
		[[ ${told[i]} != fe80:* ]] || continue
		words+=(candidate host "$(endpoint "${told[i]}" "${told[i + 1]}")" "${told[i + 2]}")
	done
	start=$(now_ms)
	expect_success "its side by hand" ctl "$a" peer remote $HOME_B "${words[@]}"
	expect_soon "a pair is nominated for us" 20000 is_state "$a" completed
	expect_soon "and for the peer" 20000 grep -q ^connected "$OUT/peer"
	note "$(($(now_ms) - start)) ms: $(sed -n 's/^connected //p' "$OUT/peer"), $(checks_of "$a") checks"
	expect "our role" "$role" "$(role_of "$a")"
	if [ "$family" = 4 ]; then
		expect_success "our pair" eval '[[ "$(selected "$a")" == [sp]rflx\ $NAT_A4\ host\ $B4 ]]'
		expect_line "the peer's" "^connected $B4 [0-9]* $NAT_A4 4191\$" cat "$OUT/peer"
	else
		expect "our pair" "host $A6 host $B6" "$(selected "$a")"
		expect_line "the peer's" "^connected $B6 [0-9]* $A6 4191\$" cat "$OUT/peer"
	fi
	[ "$case_failed" = 0 ] || { ice_tell "$a"; sed 's/^/#   /' "$OUT/peer"; }
	kill "$pid"
	wait "$pid" 2>/dev/null
	expect_success "del" ctl "$a" peer del $HOME_B
}

ice_core
for family in 4 6; do
	if [ $family = 4 ]; then
		ice_between NAT PLAIN
		server=$HA4
	else
		ice_between PLAIN PLAIN
		server=$HA6
	fi
	coturn "$server"
	for program in hand_aioice.py hand_nice; do
		meet $program controlling $family "$server"
		meet $program controlled $family "$server"
	done
	kill "$coturn_pid"
	wait "$coturn_pid" 2>/dev/null
	ice_apart
done

rm -f "$OUT"/peer "$OUT"/coturn*
tap_done
