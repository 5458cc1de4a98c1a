#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a debug kernel: the stories, then what only shows at the end. Leaked
# memory, references and namespaces, and a lockdep that gave up on the way.
#
#	tests/debug/stories.sh [NAME...]
#
# The last line is "N passed, N failed"; reports are kept in $OUT.

set -u
set -o pipefail

here=$(cd "$(dirname "$0")/.." && pwd) || exit 1
out=${OUT:-/tmp}
kmemleak=/sys/kernel/debug/kmemleak
# What a connection or a namespace is made of. A reference that is never
# given back keeps one of these.
caches="net_namespace TCP TCPv6 request_sock_TCP request_sock_TCPv6 tw_sock_TCP tw_sock_TCPv6"
passed=0
failed=0
failures=

good() { passed=$((passed + 1)); echo "ok - $1"; }

bad()
{
	failed=$((failed + 1))
	failures="$failures
  $1"
	echo "not ok - $1"
	[ -z "${2:-}" ] || echo "$2" | sed 's/^/#   /'
}

# verdict WHAT EXPECTED GOT
verdict() { if [ "$2" = "$3" ]; then good "$1"; else bad "$1" "expected $2, got $3"; fi; }

# Without the mark nobody knows what was said.
complaints()
{
	{ dmesg | awk -v mark="$1" -f "$here/since-mark.awk" || echo "WARNING: since-mark.awk did not run"; } |
		grep -E -f "$here/dmesg-patterns"
}

# objects CACHE: how many there are. Shrinking empties KASAN's quarantine and
# the processors' own slabs, which would count as well.
objects()
{
	local dir=/sys/kernel/slab/$1

	echo 1 >"$dir/shrink"
	sed 's/ .*//' "$dir/objects"
}

lockdep_on() { awk '/debug_locks:/ { print $2 }' /proc/lockdep_stats 2>/dev/null; }

# one_more_namespace: the kernel frees a namespace that is gone with the next one
# that goes. So there is always one, and the last of the stories is not counted.
one_more_namespace() { ip netns add tcpmob-last && ip netns delete tcpmob-last; }

now_jiffies() { awk '/^jiffies:/ { print $2; exit }' /proc/timer_list; }

# nap SECONDS: without a process, of which something would be on its way out.
exec {nap_fd}<> <(:)
nap() { read -rt "$1" -u "$nap_fd"; return 0; }

# leaks: what was allocated since the start and is lost. kmemleak wants two
# looks, which take a while, and not at what is younger than five seconds. What
# waits for a grace period may look lost on one processor, but is gone in between.
leaks()
{
	nap 6
	echo scan >$kmemleak
	nap 6
	echo scan >$kmemleak
	awk -v start="$start" '
		/^unreferenced object/ { head = $0; show = 0; next }
		head != "" { show = $NF + 0 >= start + 0 || $(NF - 1) + 0 >= start + 0
			     if (show) print head
			     head = "" }
		show' $kmemleak
}

# with_symbols: the module is gone by the time of the report; its functions'
# names were kept.
with_symbols()
{
	awk '
		function value(hex,    i, n) {
			for (i = 1; i <= length(hex); i++)
				n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
			return n
		}
		# Eight digits: more than awk can count exactly, and the upper
		# ones are the same in all modules.
		function low(hex) { return value(substr(hex, length(hex) - 7)) }
		NR == FNR { at[NR] = low($1); name[NR] = $3 " " $4; n = NR; next }
		match($0, /0xffffffff[0-9a-f]*$/) {
			a = low(substr($0, RSTART + 2)); best = 0
			for (i = 1; i <= n; i++)
				if (at[i] <= a && a - at[i] < 65536 && at[i] >= at[best])
					best = i
			if (best) $0 = $0 "  " name[best] " +" a - at[best]
		}
		{ print }' "$out/.symbols" -
}

if ! [ -w $kmemleak ] || [ "$(lockdep_on)" != 1 ]; then
	echo "Bail out! this is no debug kernel: it has no $kmemleak, or lockdep is off"
	echo "0 passed, 1 failed"
	exit 1
fi

for cache in $caches; do
	[ -e "/sys/kernel/slab/$cache/objects" ] ||
		bad "the kernel counts objects of $cache"
done

# tests/run.sh would unload what it has loaded; we want to look before.
modprobe tcp_mobility || bad "tcp_mobility is loaded"
[ -e "$here/../build/modules/mip6_ice.ko" ] && modprobe mip6_ice

# What is lost by now was lost by the kernel while it booted.
start=$(now_jiffies)
one_more_namespace
sleep 5
declare -A before
for cache in $caches; do before[$cache]=$(objects "$cache"); done

"$here/run.sh" "$@" 2>&1 | tee "$out/stories.tap"
sum=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$out/stories.tap" | tail -n 1)
if [ -n "$sum" ]; then
	passed=${sum%% *}
	failed=${sum#*, }
	failed=${failed%% *}
	[ "$failed" = 0 ] || failures="
  stories: $failed"
else
	bad "the stories came to an end"
fi
[ "$failed" != 0 ] || rm -f "$out/stories.tap"

echo "# ---- what is left"
mark="tcpmob: what is left $$"
echo "$mark" >/dev/kmsg
ip -all netns delete 2>/dev/null
grep '\[\(tcp_mobility\|mip6_ice\)\]' /proc/kallsyms >"$out/.symbols"
for module in mip6_ice tcp_mobility; do
	[ -d /sys/module/$module ] || continue
	# An orphan may try its peer for two minutes yet.
	for _ in {1..30}; do
		timeout 60 rmmod $module 2>/dev/null && break
		sleep 5
	done
	if [ -d /sys/module/$module ]; then
		bad "$module is unloaded" "still in use: $(grep "^$module " /proc/modules)"
	else
		good "$module is unloaded"
	fi
done

found=$(leaks)
if [ -z "$found" ]; then
	good "kmemleak has found nothing"
else
	echo "$found" | with_symbols >"$out/kmemleak.txt"
	bad "kmemleak has found $(echo "$found" | grep -c '^unreferenced') objects" \
		"$(head -n 40 "$out/kmemleak.txt")"
fi
rm -f "$out/.symbols"

# Namespaces are torn down by a work item, sockets after a grace period.
one_more_namespace
for cache in $caches; do
	for _ in {1..40}; do
		now=$(objects "$cache")
		[ "$now" -le "${before[$cache]}" ] && break
		# One that an orphan kept for two minutes may have gone since.
		[ $cache != net_namespace ] || one_more_namespace
		sleep 5
	done
	if [ "$now" -le "${before[$cache]}" ]; then
		good "no $cache is left ($now, at the start ${before[$cache]})"
	else
		bad "$cache: $now are left, at the start there were ${before[$cache]}"
	fi
done

said=$(complaints "$mark")
verdict "the kernel is quiet at the end" "" "$said"
verdict "lockdep is still on" 1 "$(lockdep_on)"
grep -E 'lock-classes|dependency chains|stack-trace entries|direct dependencies' /proc/lockdep_stats |
	sed 's/^ */# lockdep: /'

[ -z "$failures" ] || echo "# failed:$failures" | sed '2,$s/^/#/'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
