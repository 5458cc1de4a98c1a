#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The pool of key pairs when it is dry: SYNs ask two hosts for more pairs than are
# made, the pool being as small as it can.
#
#	[p] 10.71.1.2 ---+
#	[q] 10.71.2.2 ---+--- [bad]	SYNs from 198.18.0.0/15
#	[r] 10.71.3.2 ---+
#
# Each host shares what it has among its own connections, none with another, and
# gets its turn.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility
module_file=$TOP_DIR/build/modules/tcp_mobility.ko
[ -e "$module_file" ] || module_file=$(modinfo -n tcp_mobility 2>/dev/null)

port=5000		# is flooded
spare=5001		# is not
stop=$OUT/.stop

# reload [PARAMETER]...
reload()
{
	expect_module_unused
	expect_success "rmmod" rmmod tcp_mobility
	expect_success "insmod $*" insmod "$module_file" "$@"
}

at_end() { : >"$stop"; }

# mib_is NS NAME LOW: at least so much.
mib_is() { [ "$(mib "$1" "$2")" -ge "$3" ]; }

# once NS HOST: a connection with 1000 octets each way; "STATE REASON".
once()
{
	in_ns "$1" xfer client --mobility --info --timeout 20 --send 1000 --recv 1000 "${@:3}" \
		"10.71.$2.2" $spare >"$OUT/.once" 2>&1 || { tail -n 1 "$OUT/.once"; return 1; }
	sed -n 's/^info state=\([A-Z]*\) reason=\([a-z-]*\) .*/\1 \2/p' "$OUT/.once" | tail -n 1
}

# keys HOST: the first octets of all keys that it has sent, each once.
keys()
{
	tcpdump -n -v -r "$OUT/pool.pcap" "src 10.71.$1.2 and tcp[13] & 2 != 0" 2>/dev/null |
		sed -n 's/.*unknown-253 0x01\([0-9a-f]*\).*/\1/p' | sort -u
}
# common HOST HOST: how many of these are the same.
common() { comm -12 <(keys "$1") <(keys "$2") | wc -l; }

test_case "a pool of one pair, two hosts under a flood"
reload key_pool_size=1
setup_ns bad p q r
# shellcheck disable=SC2154
{
n=0
for host in "$p" "$q" "$r"; do
	n=$((n + 1))
	link "$host" eth0 "$bad" "v$n"
	ip -n "$host" addr add 10.71.$n.2/24 dev eth0
	ip -n "$bad" addr add 10.71.$n.1/24 dev "v$n"
	ip -n "$host" route add default via 10.71.$n.1
done
in_ns "$bad" sysctl -qw net.ipv4.ip_forward=1
for host in "$p" "$q"; do
	for at in $port $spare; do
		bg in_ns "$host" xfer server --mobility --port $at --count 100 --send 1000 --timeout 0 \
			>"$OUT/server.$host.$at" 2>&1
		wait_listen "$host" $at || fail "listens on $at"
	done
done
for n in 1 2; do
	bg in_ns "$bad" synflood --count 400 --rate 400 --until "$stop" 198.18.0.0/15 10.71.$n.2 $port \
		>"$OUT/flood.$n"
done
# What was saved up in the quiet before is gone, too.
for host in "$p" "$q"; do
	expect_soon "the pool is dry" 30000 mib_is "$host" PoolShared 400
done
# slow: no more are made than all the time.
slow()
{
	local made

	made=$(mib "$p" KeyPairsMade)
	sleep 1
	[ $(($(mib "$p" KeyPairsMade) - made)) -le 5 ]
}
expect_soon "so is what may be made at once" 30000 slow
}

test_case "a host without a pair of its own is plain TCP, and has one a moment later"
# shellcheck disable=SC2154
{
expect "its first connection" "PLAIN no-key" "$(once "$r" 1)"
expect "FallbackNoKey, PoolShared" "1 0" "$(mib "$r" FallbackNoKey) $(mib "$r" PoolShared)"
# Three wait for a pair each 250 ms.
sleep 1
expect "its second" "KEYED none" "$(once "$r" 1 --wait-keyed 8000)"
expect "FallbackNoKey, PoolShared" "1 1" "$(mib "$r" FallbackNoKey) $(mib "$r" PoolShared)"
sleep 1
expect "its third, of the other host" "KEYED none" "$(once "$r" 2 --wait-keyed 8000)"
expect "FallbackNoKey, PoolShared" "1 2" "$(mib "$r" FallbackNoKey) $(mib "$r" PoolShared)"
}

test_case "no two hosts share a pair"
# shellcheck disable=SC2154
{
capture_start "$bad" any pool tcp
made=$(mib "$p" KeyPairsMade)
made_ms=$(now_ms)
none=$(($(mib "$p" FallbackNoKey) + $(mib "$q" FallbackNoKey)))
for n in 1 2 1 2; do
	expect "a connection of the third" "KEYED none" "$(once "$r" $n --wait-keyed 8000)"
	sleep 1.5
done
made=$(($(mib "$p" KeyPairsMade) - made))
made_ms=$(($(now_ms) - made_ms))
expect "SYN-ACKs of the others without Conn-Key for want of a pair" "$none" \
	"$(($(mib "$p" FallbackNoKey) + $(mib "$q" FallbackNoKey)))"
}
: >"$stop"
capture_flush
expect_between "pairs made in $made_ms ms, four a second" $((made_ms / 500)) $((made_ms / 250 + 2)) $made
for n in 1 2; do
	expect_between "different pairs of host $n" $((made / 4)) 400 "$(keys $n | wc -l)"
done
expect_between "different pairs of the third" 2 4 "$(keys 3 | wc -l)"
expect "pairs of one that the other has, too" 0 "$(common 1 2)"
expect "pairs of one that the third has, too" 0 "$(common 1 3)"
expect "pairs of the other that the third has, too" 0 "$(common 2 3)"

test_case "without the flood nothing is shared"
sleep 3
# shellcheck disable=SC2154
before=$(mib "$r" PoolShared)
expect "a connection" "KEYED none" "$(once "$r" 1 --wait-keyed 8000)"
expect "PoolShared, FallbackNoKey" "0 1" "$(($(mib "$r" PoolShared) - before)) $(mib "$r" FallbackNoKey)"

test_case "namespaces end while they wait for a pair"
rm -f "$stop"
bg in_ns "$bad" synflood --count 400 --rate 2000 --until "$stop" 198.18.0.0/15 10.71.1.2 $port \
	>"$OUT/flood.3"
before=$(mib "$p" PoolShared)
expect_soon "the pool is dry" 30000 mib_is "$p" PoolShared $((before + 400))
for host in "$p" "$q" "$r"; do
	ip netns pids "$host" | xargs -r kill -9
	ip netns del "$host"
done
: >"$stop"
reload
expect "complaints of the kernel" "" "$(kernel_complaints)"
[ "$cases_failed$case_failed" != 00 ] || rm -f "$OUT"/server.* "$OUT"/flood.*
rm -f "$stop" "$OUT/.once"

tap_done
