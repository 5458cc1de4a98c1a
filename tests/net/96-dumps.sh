#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The netlink family tcp_mobility under load: hostile requests, a hundred thousand
# sockets in one dump, as many answers about keyed connections, and dumps that outlive what they are of. What each
# operation means is in 95-netlink.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility

# With all that a debug kernel notes of each they would not fit into two gigabytes.
if [ -z "${TEST_NL_MANY:-}" ] && [[ $(uname -r) = *-debug ]]; then
	TEST_NL_MANY=20000
fi
test_case "${TEST_NL_MANY:-100000} sockets in one dump"
setup_ns many
expect_success "all come, once each, in large and small pieces, others coming and going" \
	ip netns exec "$many" nlprobe many "${TEST_NL_MANY:-100000}"
sed 's/^/# /' "$OUT/.command"
# measured LINE FIELD: of what nlprobe said; seconds as milliseconds.
measured() { sed -n "s/^$1: .* \{0,1\}$2=\([0-9]*\)\.\{0,1\}\([0-9]*\).*/\1\2/p" "$OUT/.command"; }
slow=${TEST_SLOW:-1}
# Where computing takes no time; and KASAN and kmemleak keep back what was freed, and
# notes of what was not.
least=1 room=2048
! no_cpu_time || least=0
[[ $(uname -r) != *-debug ]] || room=65536
expect_between "milliseconds of a dump" $least $((1000 * slow)) "$(measured "large buffer" seconds)"
expect_between "of one in pieces of a page" $least $((2000 * slow)) "$(measured "small buffer" seconds)"
# All answers together are more than ten times that.
expect_between "kB that are gone while it goes on" 0 $room "$(measured "while dumping" memory)"
expect_between "kB more in slabs" 0 $room "$(measured "while dumping" slab)"
expect_between "kB that are gone after all of them" -$room $room \
	"$(sed -n 's/^memory left behind: \(.*\) kB$/\1/p' "$OUT/.command")"

# Keys cost milliseconds each: 400 sockets, 250 times, are as many answers.
test_case "100,000 keyed connections through the dump, with fingerprint and token"
setup_ns keyed
# The first of a namespace may find that no pair is made for it yet, and be plain.
ip netns exec "$keyed" nlprobe keyed 1 1 >"$OUT/.first" 2>&1
sleep 2
expect_success "both ends of 200, 250 times, all keyed" \
	ip netns exec "$keyed" nlprobe --buffer 32768 keyed 200 250
sed 's/^dumped/keyed: dumped/' -i "$OUT/.command"
note "$(cat "$OUT/.command")"
expect_between "milliseconds" $least $((4000 * slow)) "$(measured keyed seconds)"
expect_between "kB that are gone after it" -$room $room "$(sed -n 's/.*left-behind=\(-\{0,1\}[0-9]*\) kB$/\1/p' "$OUT/.command")"

test_case "a dump in progress holds the module and its namespace"
setup_ns held
sockets_now() { ip netns exec "$held" nlprobe ask limits-get | grep -q " sockets=$1 "; }
bg ip netns exec "$held" nlprobe sockets 2000 "$OUT/.sockets"
expect_soon "2000 sockets" 20000 sockets_now 2000
bg ip netns exec "$held" nlprobe --buffer 4096 hold "$OUT/.hold" conn-get >"$OUT/held"
hold_pid=$bg_pid
expect_soon "a dump has begun" 10000 grep -q '^begun .* more=1' "$OUT/held"
: >"$OUT/.sockets"
expect_soon "the sockets are gone" 20000 sockets_now 0
expect_soon "only the dump uses the module" 20000 eval '[ "$(module_uses)" = 1 ]'
expect_failure "rmmod" rmmod tcp_mobility
ip netns del "$held"
: >"$OUT/.hold"
wait "$hold_pid"
expect "the dump ends well in a namespace that has no name" 0 $?
expect_success "it said so" grep -q '^ended messages=[0-9]* error=0' "$OUT/held"

setup_ns hostile
rm -f "$OUT/.sockets"
# Something to order about: sockets, and two ends of a connection.
bg ip netns exec "$hostile" nlprobe sockets 50 "$OUT/.sockets"
bg in_ns "$hostile" xfer server --mobility --once --send 1000 --wait-keyed 20000 \
	--hold-after 600 >/dev/null 2>&1
wait_listen "$hostile" 5000
bg in_ns "$hostile" xfer client --mobility --recv 1000 --wait-keyed 20000 --hold 600 \
	127.0.0.1 5000 >/dev/null 2>&1
client_pid=$bg_pid
keyed_now() { [ "$(mib "$hostile" KeyedNow)" = 2 ]; }
test_case "a connection for hostile requests"
expect_soon "it is keyed" 20000 keyed_now
for seed in 1 2 3 4; do
	test_case "hostile requests, seed $seed"
	expect_success "each is answered, refusals with words" \
		ip netns exec "$hostile" nlprobe fuzz "${TEST_NL_FUZZ:-5000}" $seed
	note "$(cat "$OUT/.command")"
	expect "connections" 2 "$(mib "$hostile" KeyedNow)"
done
: >"$OUT/.sockets"
kill "$client_pid"

test_case "no reference to the module is left"
expect_module_unused
rm -f "$OUT"/.[a-z]* "$OUT/held" "$flow_stop"

tap_done
