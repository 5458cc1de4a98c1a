// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses and routes come and go: what matters of them is looked at anew and, for
 * each session for which it is different, a new run begins (RFC 5245 9.1.1.1). The
 * selected pair goes on carrying data until another one is selected.
 *
 * Every address has a route of its own, so the FIB notifier tells of all that
 * comes and goes, IPv6 addresses past duplicate address detection included, and of
 * rules; nexthop objects have a notifier of their own. They come in any context and
 * before the tables change: the work waits a little, which makes one run of a storm
 * of events, too. It does not wait for the end of all storms: a routing daemon may
 * change routes all day. Nobody tells of an address that is deprecated by the time,
 * is preferred again or has got other lifetimes: that is looked for.
 */
#include <linux/jhash.h>
#include <net/fib_notifier.h>
#include <net/nexthop.h>

#include "mip6_ice.h"

#define SETTLE_TIME	(HZ / 10)
#define STORM_MAX	HZ
#define COST_SHARE	8	/* of the time, looking takes no more than 1 / this */
#define COST_MAX	(5 * HZ)	/* but a change is not unseen for longer */
#define AGE_MAX		60	/* seconds; then the lifetimes are looked at again */

/* How long to leave others alone after the last look. */
static unsigned long pause_after(const struct mice_net *mn)
{
	return min_t(unsigned long, COST_SHARE * READ_ONCE(mn->look_cost),
		     COST_MAX);
}

/**
 * mice_addrs_changed() - addresses or routes may be others for some session
 * @mn: namespace; any context
 */
void mice_addrs_changed(struct mice_net *mn)
{
	unsigned long wait = max_t(unsigned long, SETTLE_TIME,
				   pause_after(mn));

	if (!READ_ONCE(mn->n_sessions))
		return;
	if (!delayed_work_pending(&mn->addr_work))
		WRITE_ONCE(mn->storm, jiffies);
	if (time_before(jiffies, READ_ONCE(mn->storm) + STORM_MAX))
		mod_delayed_work(mice_wq, &mn->addr_work, wait);
	else
		queue_delayed_work(mice_wq, &mn->addr_work, wait);
}

static int fib_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	mice_addrs_changed(container_of(nb, struct mice_net, fib_nb));
	return NOTIFY_DONE;
}

static int nexthop_event(struct notifier_block *nb, unsigned long event,
			 void *ptr)
{
	mice_addrs_changed(container_of(nb, struct mice_net, nexthop_nb));
	return NOTIFY_DONE;
}

static void look(struct mice_net *mn)
{
	unsigned long start;

	mutex_lock(&mn->lock);
	start = jiffies;
	/* What a new run takes, with its keys, says nothing of looking. */
	if (!mn->n_sessions || !mice_session_look(mn))
		WRITE_ONCE(mn->look_cost, jiffies - start);
	mutex_unlock(&mn->lock);
}

static void addr_work(struct work_struct *work)
{
	look(container_of(to_delayed_work(work), struct mice_net, addr_work));
}

static void age_work(struct work_struct *work)
{
	look(container_of(to_delayed_work(work), struct mice_net, age_work));
}

void mice_addrs_init(struct mice_net *mn)
{
	INIT_DELAYED_WORK(&mn->addr_work, addr_work);
	INIT_DELAYED_WORK(&mn->age_work, age_work);
	mn->fib_nb.notifier_call = fib_event;
	mn->nexthop_nb.notifier_call = nexthop_event;
}

/**
 * mice_addrs_watch() - hear of what comes and goes
 * @mn: namespace, under its lock, while there are sockets
 *
 * Return: 0 or the error of a notifier.
 */
int mice_addrs_watch(struct mice_net *mn)
{
	int err;

	lockdep_assert_held(&mn->lock);
	err = register_fib_notifier(mn->net, &mn->fib_nb, NULL, NULL);
	if (err)
		return err;
	err = register_nexthop_notifier(mn->net, &mn->nexthop_nb, NULL);
	if (err)
		unregister_fib_notifier(mn->net, &mn->fib_nb);
	return err;
}

void mice_addrs_unwatch(struct mice_net *mn)
{
	lockdep_assert_held(&mn->lock);
	unregister_nexthop_notifier(mn->net, &mn->nexthop_nb);
	unregister_fib_notifier(mn->net, &mn->fib_nb);
}

/**
 * mice_addrs_age() - the candidates may change without an event
 * @mn: namespace, under its lock
 * @seconds: until then, as far as is known; U32_MAX: nothing is. A router or an
 *	administrator may change lifetimes at any time, and no notifier tells of it
 */
void mice_addrs_age(struct mice_net *mn, u32 seconds)
{
	unsigned long wait = max_t(unsigned long,
				   min_t(u32, seconds, AGE_MAX) * HZ,
				   pause_after(mn));

	lockdep_assert_held(&mn->lock);
	/* A new run looks as well: that must not put off the look for all. */
	if (!delayed_work_pending(&mn->age_work) ||
	    time_before(jiffies + wait, mn->age_due)) {
		mn->age_due = jiffies + wait;
		mod_delayed_work(mice_wq, &mn->age_work, wait);
	}
}

/* After mice_addrs_unwatch() and the last session, not under mn->lock, which the
 * works take.
 */
void mice_addrs_exit(struct mice_net *mn)
{
	cancel_delayed_work_sync(&mn->addr_work);
	cancel_delayed_work_sync(&mn->age_work);
}
