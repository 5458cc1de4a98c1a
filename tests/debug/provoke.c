// SPDX-License-Identifier: GPL-2.0
/*
 * One mistake per load, chosen by the parameter what=, for each detector of
 * the debug kernel. A detector that says nothing is off. Never load it on a
 * machine that matters.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/ref_tracker.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/smp.h>
#include <net/net_debug.h>

static char *what = "";
module_param(what, charp, 0);

/* The compiler must not know these. */
static volatile int four = 4, thirty_three = 33;
static volatile char sink;

static noinline void out_of_bounds(void)
{
	char *p = kmalloc(24, GFP_KERNEL);

	if (!p)
		return;
	OPTIMIZER_HIDE_VAR(p);
	sink = READ_ONCE(p[24]);
	kfree(p);
}

static noinline void use_after_free(void)
{
	char *p = kmalloc(24, GFP_KERNEL);

	if (!p)
		return;
	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	sink = READ_ONCE(p[3]);
}

static noinline void array_index(void)
{
	static int array[4];

	sink = array[four];
}

static noinline void shift(void)
{
	sink = 1 << thirty_three;
}

/* Nothing remembers these. */
static noinline void leak(void)
{
	int i;

	for (i = 0; i < 16; i++) {
		void *p = kmalloc(777, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(p);
	}
}

static noinline void atomic_sleep(void)
{
	DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static DEFINE_SPINLOCK(a);
static DEFINE_SPINLOCK(b);

static noinline void lock_order(void)
{
	spin_lock(&a);
	spin_lock(&b);
	spin_unlock(&b);
	spin_unlock(&a);

	spin_lock(&b);
	spin_lock(&a);
	spin_unlock(&a);
	spin_unlock(&b);
}

static noinline void rcu_unlocked(void)
{
	static int __rcu *pointer;

	sink = !!rcu_dereference(pointer);
}

static noinline void processor_number(void)
{
	sink = smp_processor_id();
}

struct with_timer {
	struct timer_list timer;
};

static void never(struct timer_list *timer)
{
}

static noinline void free_active(void)
{
	struct with_timer *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return;
	timer_setup(&p->timer, never, 0);
	mod_timer(&p->timer, jiffies + 3600 * HZ);
	kfree(p);
}

static noinline void list_twice(void)
{
	struct list_head head, *entry = kmalloc(sizeof(*entry), GFP_KERNEL);

	if (!entry)
		return;
	INIT_LIST_HEAD(&head);
	list_add(entry, &head);
	list_add(entry, &head);
	INIT_LIST_HEAD(entry);
	kfree(entry);
}

static noinline void refcount(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	refcount_inc(&count);
}

static noinline void tracker(void)
{
	static struct ref_tracker_dir dir;
	struct ref_tracker *lost = NULL;

	ref_tracker_dir_init(&dir, 4, "provoke");
	ref_tracker_alloc(&dir, &lost, GFP_KERNEL);
	ref_tracker_dir_exit(&dir);
}

static noinline void net_debug(void)
{
	DEBUG_NET_WARN_ON_ONCE(four == 4);
}

static const struct {
	const char *name;
	void (*make)(void);
} mistakes[] = {
	{ "out_of_bounds", out_of_bounds },
	{ "use_after_free", use_after_free },
	{ "array_index", array_index },
	{ "shift", shift },
	{ "leak", leak },
	{ "atomic_sleep", atomic_sleep },
	{ "lock_order", lock_order },
	{ "rcu_unlocked", rcu_unlocked },
	{ "processor_number", processor_number },
	{ "free_active", free_active },
	{ "list_twice", list_twice },
	{ "refcount", refcount },
	{ "tracker", tracker },
	{ "net_debug", net_debug },
};

static int __init provoke_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (strcmp(what, mistakes[i].name))
			continue;
		mistakes[i].make();
		return 0;
	}
	return -EINVAL;
}

static void __exit provoke_exit(void)
{
}

module_init(provoke_init);
module_exit(provoke_exit);
MODULE_DESCRIPTION("Mistakes on purpose, for the detectors of a debug kernel");
MODULE_LICENSE("GPL");
