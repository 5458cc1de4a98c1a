#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# net.mip6_ice.* that no other story turns (Documentation/mip6_ice-sysctl.rst), what
# mobctl shows of pairs, and the module that is taken out while sessions live.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice
ice_build PLAIN PLAIN

module_file=$TOP_DIR/build/modules/mip6_ice.ko
[ -e "$module_file" ] || module_file=$(modinfo -n mip6_ice 2>/dev/null)
not_asked=/etc/modprobe.d/tcpmob-test.conf
at_end() { rm -f "$not_asked"; }

# unpair: both forget each other.
unpair()
{
	ctl "$a" peer del $HOME_B
	ctl "$b" peer del $HOME_A
}

completes()
{
	expect_soon "a completes" 20000 is_state "$a" completed
	expect_soon "b completes" 20000 is_state "$b" completed
}

# types: MH Types that went to b, and the first octet of the option of CoTI-ICE.
types()
{
	messages_all | sed 's/^....\(..\).*/\1/' | sort -u | tr '\n' ' '
}
messages_all() { tcpdump -n -x -r "$OUT/types.pcap" 2>/dev/null | octets_of 40; }

test_case "numbers that nobody has assigned: option and message types"
for end in a b; do
	knob "${!end}" option_type 200
	knob "${!end}" mh_coti_ice 150
	knob "${!end}" mh_cot_ice 151
done
capture_start "$ha" to_b types -s 0 "ip6 proto 135"
ice_pair
completes
expect_soon "the Binding Update is taken" 5000 eval '[ "$(ice_mib "$b" UpdateIn)" = 1 ]'
capture_flush
expect "HoTI, HoT, CoTI-ICE, CoT-ICE" "01 03 96 97 " "$(types)"
expect "the option of CoTI-ICE" c8 "$(messages_all | grep ^....96 | cut -c 33-34)"
expect "types left to others" "0 0" "$(ice_mib "$a" MhOther) $(ice_mib "$b" MhOther)"
unpair

test_case "one end has other numbers: silence"
knob "$b" mh_coti_ice 22
ice_pair
expect_soon "b leaves it to others" 5000 eval '[ "$(ice_mib "$b" MhOther)" -ge 1 ]'
expect "a goes on offering" offered "$(state_of "$a")"
knob "$b" mh_coti_ice 150
knob "$b" option_type 18
# A native option that is not known to be one may look as if it ran past the end.
unread() { echo $(($(ice_mib "$b" OptionNone) + $(ice_mib "$b" MhMalformed))); }
none=$(unread)
expect_success "a offers" ctl "$a" peer restart $HOME_B
expect_soon "an option that b does not know" 5000 eval '[ "$(unread)" -gt "$none" ]'
expect "a goes on offering" offered "$(state_of "$a")"
knob "$b" option_type 200
completes
for end in a b; do
	knob "${!end}" option_type 18
	knob "${!end}" mh_coti_ice 22
	knob "${!end}" mh_cot_ice 23
done
for name in option_type mh_coti_ice mh_cot_ice; do
	expect_failure "$name 7" in_ns "$a" sysctl -w net.mip6_ice.$name=7
	expect_failure "$name 256" in_ns "$a" sysctl -w net.mip6_ice.$name=256
done
unpair

# nominating: checks of a, those with USE-CANDIDATE, since the counters were $1 $2.
nominating() { echo "$(($(ice_mib "$a" CheckOut) - $1)) $(($(ice_mib "$a" CheckNominating) - $2))"; }

test_case "aggressive: each check nominates (8.1.1.2)"
knob "$a" aggressive 1
out=$(ice_mib "$a" CheckOut)
use=$(ice_mib "$a" CheckNominating)
ice_pair
completes
read -r all those <<<"$(nominating "$out" "$use")"
expect_between "checks" 1 10 "$all"
expect "of these with USE-CANDIDATE" "$all" "$those"
expect "the pair" "host $A6 host $B6" "$(selected "$a")"
knob "$a" aggressive 0
out=$(ice_mib "$a" CheckOut)
use=$(ice_mib "$a" CheckNominating)
expect_success "regular again with the next run" ctl "$a" peer restart $HOME_B
completes
read -r all those <<<"$(nominating "$out" "$use")"
expect_between "checks" 2 10 "$all"
expect "of these with USE-CANDIDATE" 1 "$those"

test_case "what is shown of pairs: RTT and requests, over 40 ms each way"
for dev in to_a to_b; do
	in_ns "$core" tc qdisc add dev $dev root netem delay 40ms
done
# Nothing answers there.
ip -n "$b" addr add 198.51.100.66/32 dev lo
ip -n "$b" link add dead0 type dummy
ip -n "$b" link set dead0 up
ip -n "$b" addr add 198.51.100.66/32 dev dead0
unpair
ice_pair
completes
sleep 9
pair() { ctl "$a" pairs | grep "$1"; }
number() { sed -n "s/.* $1 \([0-9]*\).*/\1/p" <<<"$2"; }
line=$(pair selected)
note "$line"
expect_between "RTT of the selected pair, ms" 80 89 "$(number rtt "$line")"
# One finds it, one nominates it; the peer's check may come while ours is under way.
expect_between "its checks" 2 3 "$(number checks "$line")"
expect_between "its requests: none was lost" 2 3 "$(number sent "$line")"
line=$(pair ' -> host 198.51.100.66:')
note "$line"
expect_success "nobody answered there" eval '[[ "$line" == *" state failed "* && "$line" != *" rtt "* ]]'
# Each check that began has sent a request, and 7 at most.
expect "pairs whose numbers cannot be" "" "$(ctl "$a" pairs | while read -r line; do
	checks=$(number checks "$line")
	sent=$(number sent "$line")
	[ "$sent" -ge "$checks" ] && [ "$sent" -le $((7 * checks)) ] || echo "$line"
done)"
ip -n "$b" link del dead0

test_case "slower than the 100 ms after which a check is repeated: no RTT, or the true one"
# A check of b's may take the place of one of a's before that is repeated: then it is
# known which request is answered.
in_ns "$core" tc qdisc change dev to_b root netem delay 20ms
in_ns "$core" tc qdisc change dev to_a root netem delay 110ms
unpair
ice_pair
completes
expect_soon "the pair" 9000 eval '[ "$(selected "$a")" = "host $A6 host $B6" ]'
line=$(pair selected)
note "$line"
rtt=$(number rtt "$line")
expect_between "RTT, if there is one" 130 149 "${rtt:-130}"
expect_between "its requests" 3 20 "$(number sent "$line")"
for dev in to_a to_b; do
	in_ns "$core" tc qdisc del dev $dev root
done

test_case "a way that does not exist"
failed=$(ice_mib "$a" OutFailed)
checks=$(ice_mib "$a" CheckSendFailed)
ip -n "$a" -6 route add unreachable $B6/128
expect_soon "the pair has failed" 10000 eval 'ctl "$a" pairs | grep " -> host .$B6.:4191 .* why send" >/dev/null'
expect_soon "another one is selected" 10000 eval '[ "$(selected "$a")" = "host $A4 host $B4" ]'
checks=$(($(ice_mib "$a" CheckSendFailed) - checks))
expect_between "checks" 1 20 "$checks"
expect_between "what could not be sent" "$checks" 100 $(($(ice_mib "$a" OutFailed) - failed))
ip -n "$a" -6 route del unreachable $B6/128

test_case "a manual session: what the server saw is kept alive until somebody brings the peer (4.1.1.4)"
unpair
knob "$a" keepalive 1
kept=$(ice_mib "$a" GatherKeep)
heard=$(ice_mib "$ha" StunIndication)
expect_success "a waits for it" ctl "$a" peer add $HOME_B home $HOME_A server $HA4 manual
sleep 10.5
kept=$(($(ice_mib "$a" GatherKeep) - kept))
expect_between "indications" 9 11 "$kept"
expect "which the home agent got" "$kept" $(($(ice_mib "$ha" StunIndication) - heard))
expect_success "del" ctl "$a" peer del $HOME_B
knob "$a" keepalive 15
ice_pair
completes

test_case "consent: asked from the pair's address, and without it the path ends (RFC 7675)"
knob "$a" consent 1
expect_success "restart" ctl "$a" peer restart $HOME_B
completes
ice_listen a
asked=$(ice_mib "$a" ConsentOut)
given=$(ice_mib "$a" ConsentIn)
others=$(ice_mib "$b" ConsentOut)
sleep 1
capture_start "$b" eth0 consent "ip6 and udp and src host $A6 and ip6[48:2] = 1"
sleep 30
capture_flush
asked=$(($(ice_mib "$a" ConsentOut) - asked))
expect_between "requests in half a minute, 4 to 6 s apart" 5 8 "$asked"
expect_between "of them answered" $((asked - 1)) "$asked" $(($(ice_mib "$a" ConsentIn) - given))
expect_between "from the address of the pair" 5 "$asked" "$(tcpdump -n -r "$OUT/consent.pcap" 2>/dev/null | wc -l)"
expect "requests of b, which was not told to" "$others" "$(ice_mib "$b" ConsentOut)"
block
start=$(now_ms)
sleep 22
expect_soon "consent is lost" 20000 grep -q '"consent-lost"' "$OUT/.ice.a"
expect_between "ms after the last answer" 24000 31000 $(($(now_ms) - start))
expect_soon "a goes on through the home agents" 20000 eval '[ "$(kind_of "$a")" = home ]'
unblock
knob "$a" consent 0
unpair

# by_hand END OTHER HOME: what the other would have said of itself, to a manual
# session; we want to control.
by_hand()
{
	local words

	read -r -a words <<<"$(ctl "${!2}" keys | sed -n 's/.* ufrag \([0-9a-f]*\) pwd \([0-9a-f]*\).*/ufrag \1 pwd \2/p') \
controlling $(ctl "${!2}" candidates | sed -n 's/.* local \(host .*\) priority \([0-9]*\).*/candidate \1 \2/p' | paste -sd' ')"
	ctl "${!1}" peer remote "$3" "${words[@]}"
}

test_case "both want to control: one gives in, and that is told (RFC 5245 7.2.1.1)"
ice_listen a b
expect_success "a session of a" ctl "$a" peer add $HOME_B home $HOME_A manual
expect_success "one of b" ctl "$b" peer add $HOME_A home $HOME_B manual
expect_soon "both know their candidates" 20000 both_are offered
# No check comes before both know each other.
block
expect_success "b's to a" by_hand a b $HOME_B
expect_success "a's to b" by_hand b a $HOME_A
unblock
completes
case "$(role_of "$a") $(role_of "$b")" in
"controlled controlling") gave_in=a other=b ;;
"controlling controlled") gave_in=b other=a ;;
*) fail "one of each" "controlling and controlled" "$(role_of "$a") $(role_of "$b")"; gave_in=a other=b ;;
esac
expect_soon "who gave in" 5000 ice_told "role selected valid" $gave_in
expect_soon "and who did not" 5000 ice_told "selected valid" $other
expect "counted" "1 0" "$(ice_mib "${!gave_in}" RoleSwitched) $(ice_mib "${!other}" RoleSwitched)"
[ "$case_failed" = 0 ] || ice_tell "$a" "$b"
unpair

# fails_after UFRAG SECONDS: ms from an offer of nobody's address until b gives up,
# which is not before so many seconds; asking all the time would cost more than waiting.
fails_after()
{
	local start

	in_ns "$a" mhforge offer $HOME_A $HOME_B "$1" 0102030405060708090a0b0c host 198.51.100.66 9
	start=$(now_ms)
	wait_for 5000 is_state "$b" checking
	sleep "$2"
	wait_for 10000 is_state "$b" failed
	echo $(($(now_ms) - start))
}

test_case "patience: 39.5 s until failure is told (RFC 8863)"
ice_listen b
expect_success "b knows a" ctl "$b" peer add $HOME_A home $HOME_B
expect_between "ms without it" 7900 9500 "$(fails_after 0001 7)"
expect_soon "it is told" 5000 ice_told failed b
knob "$b" patience 1
expect_between "ms with it" 39400 41500 "$(fails_after 0002 38)"
knob "$b" patience 0
ctl "$b" peer del $HOME_A

test_case "error_rate: 10 error answers a second to one source"
knob "$b" home_agent 1
ip -n "$core" addr add 198.51.100.1/32 dev lo
ip -n "$core" addr add 198.51.100.2/32 dev lo
# A Binding request of a name that is nobody's: 401.
question=000100302112a4420102030405060708090a0b0c000600097a7a7a7a3a30303030000000000800140000000000000000000000000000000000000000802800047dbca114
# errors_to SOURCE: what 40 questions from there have brought.
errors_to()
{
	local before i

	before=$(ice_mib "$b" StunErrorOut)
	start=$(now_ms)
	for i in $(seq 40); do
		in_ns "$core" mhtool udp "$1" $((5000 + i)) $B4 4191 $question
	done
	sleep 0.1
	took=$(($(now_ms) - start))
	echo $(($(ice_mib "$b" StunErrorOut) - before)) $((took / 1000 + 2))
}
limit=$(ice_mib "$b" StunErrorLimit)
read -r first seconds <<<"$(errors_to 198.51.100.1)"
expect_between "to the first, in at most $seconds calendar seconds" 10 $((10 * seconds)) "$first"
expect "the others are counted" $((40 - first)) $(($(ice_mib "$b" StunErrorLimit) - limit))
knob "$b" error_rate 3
sleep 1
read -r second seconds <<<"$(errors_to 198.51.100.2)"
expect_between "3 a second" 3 $((3 * seconds)) "$second"
knob "$b" error_rate 10
knob "$b" home_agent 0

test_case "the module goes while sessions live, and comes back empty"
ice_pair
completes
expect_success "one more that waits for an answer" ctl "$a" peer add 2001:db8:cc::1 home $HOME_A initiate
ice_listen a
expect_success "rmmod" timeout 60 rmmod mip6_ice
expect "sockets" "0 0" "$(in_ns "$a" ss -Hlun "sport = :4191" | wc -l) $(in_ns "$b" ss -Hlun "sport = :4191" | wc -l)"
expect_failure "no counters are left" in_ns "$a" test -e /proc/net/mip6_ice
expect_failure "no sysctls" in_ns "$a" test -e /proc/sys/net/mip6_ice
is_there() { test -d /sys/module/mip6_ice; }
expect_failure "no module" is_there
expect_success "the home agents' path works" in_ns "$a" ping -c 1 -W 2 -I $HOME_A $HOME_B
if modprobe -nq mip6_ice; then
	echo "blacklist mip6_ice" >$not_asked
	expect_line "who asks for its family, where that is forbidden" "is not loaded: modprobe mip6_ice" ctl "$a" peer show
	expect_failure "no module" is_there
	rm -f $not_asked
	expect_success "who asks for its family, with no right at all" \
		in_ns "$a" su -s /bin/sh nobody -c "$(type -P mobctl) ice peer show"
	expect_success "it is loaded again" is_there
else
	expect_success "it is loaded again" insmod "$module_file"
fi
expect "sessions" "0 0" "$(ice_mib "$a" PeersNow) $(ice_mib "$b" PeersNow)"
expect "the defaults" 10 "$(in_ns "$a" sysctl -n net.mip6_ice.error_rate)"
knob "$ha" home_agent 1
ice_pair
completes
expect "what the kernel says about it" "" "$(kernel_complaints)"
rm -f "$OUT"/.ice.?
[ "$case_failed" = 0 ] || ice_tell "$a" "$b"

tap_done
