#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a debug kernel: make one mistake for each detector and see that it speaks
# up, in words that tests/dmesg-patterns knows. A run of the stories without a
# report is worth something only after this.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

config=$(zcat /proc/config.gz 2>/dev/null)
kmemleak=/sys/kernel/debug/kmemleak

# said_since MARK
# shellcheck disable=SC2317
said_since() { dmesg | sed "1,/$1/d"; }

# provoke WHAT WORDS: the kernel's report has the words, and the patterns that
# the stories are judged by find it.
provoke()
{
	local mark="tcpmob: provoke $1 $$"

	echo "$mark" >/dev/kmsg
	if ! insmod "$TOP_DIR/build/modules/provoke.ko" what="$1"; then
		fail "the module provoke.ko is loaded"
		return
	fi
	expect_soon "it says: $2" 5000 eval "said_since '$mark' | grep -q -E '$2'"
	expect_success "tests/dmesg-patterns has it" \
		eval "said_since '$mark' | grep -q -E -f '$TEST_DIR/dmesg-patterns'"
	rmmod provoke
}

# has LINE...: the kernel was configured so.
has()
{
	local line

	for line in "$@"; do
		expect "the configuration" "$line" "$(echo "$config" | grep -xF "$line")"
	done
}

# lockdep comes first: its own report of a lock turns it off, and so does
# KASAN's of anything.
test_case "PROVE_RCU: a dereference outside of rcu_read_lock"
provoke rcu_unlocked "WARNING: suspicious RCU usage"

test_case "PROVE_LOCKING: two locks in both orders"
expect "lockdep is on" 1 "$(awk '/debug_locks:/ { print $2 }' /proc/lockdep_stats)"
provoke lock_order "WARNING: possible circular locking dependency"
expect "lockdep is off" 0 "$(awk '/debug_locks:/ { print $2 }' /proc/lockdep_stats)"

test_case "KASAN: a read beyond an allocation"
has CONFIG_KASAN=y CONFIG_KASAN_VMALLOC=y
provoke out_of_bounds "BUG: KASAN: slab-out-of-bounds in out_of_bounds"

test_case "KASAN: a read of freed memory"
provoke use_after_free "BUG: KASAN: slab-use-after-free in use_after_free"

test_case "UBSAN: an index beyond an array"
provoke array_index "UBSAN: array-index-out-of-bounds in .*provoke"

test_case "UBSAN: a shift by too much"
provoke shift "UBSAN: shift-out-of-bounds in .*provoke"

test_case "DEBUG_ATOMIC_SLEEP: sleeping under a spinlock"
provoke atomic_sleep "BUG: sleeping function called from invalid context"

# With one processor the number does not change.
if echo "$config" | grep -qx CONFIG_SMP=y; then
	test_case "DEBUG_PREEMPT: a processor's number that may change"
	provoke processor_number "BUG: using smp_processor_id\(\) in preemptible"
fi

test_case "DEBUG_OBJECTS: freeing a timer that runs"
provoke free_active "ODEBUG: free active .*timer_list"

test_case "DEBUG_LIST: adding an entry twice"
provoke list_twice "list_add double add"

test_case "refcount_t: up from zero"
provoke refcount "refcount_t: addition on 0; use-after-free"

test_case "reference trackers: one is not given back"
has CONFIG_NET_NS_REFCNT_TRACKER=y CONFIG_NET_DEV_REFCNT_TRACKER=y
provoke tracker "ref_tracker: provoke.* has .* users at|tracker: provoke"

test_case "DEBUG_NET: a check that only it has"
provoke net_debug "WARNING: .* net_debug"

test_case "kmemleak: allocations that nobody remembers"
if [ -w $kmemleak ]; then
	echo clear >$kmemleak
	insmod "$TOP_DIR/build/modules/provoke.ko" what=leak
	# It looks twice, and not at what is younger than five seconds.
	sleep 6
	echo scan >$kmemleak
	echo scan >$kmemleak
	expect_success "leaks are found" grep -q '\[provoke\]' $kmemleak
	expect_success "tests/dmesg-patterns has it" \
		eval "dmesg | grep kmemleak | grep -q -E -f '$TEST_DIR/dmesg-patterns'"
	rmmod provoke
else
	fail "there is $kmemleak"
fi

tap_done
