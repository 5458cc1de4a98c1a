// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses and routes come and go: the candidates are gathered anew and, if
 * they differ, each session begins a new run (RFC 5245 9.1.1.1). The selected
 * pair goes on carrying data until another one is selected.
 *
 * Every address has a route of its own, so the FIB notifier tells of all that
 * matters, IPv6 addresses past duplicate address detection included. It comes in
 * any context and before the tables change: the work waits a little, which makes
 * one run of a storm of events, too. It does not wait for the end of all storms: a
 * routing daemon may change routes all day.
 */
#include <linux/jhash.h>
#include <net/fib_notifier.h>

#include "mip6_ice.h"

#define SETTLE_TIME	(HZ / 10)
#define STORM_MAX	HZ

static int fib_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct mice_net *mn = container_of(nb, struct mice_net, fib_nb);

	if (!READ_ONCE(mn->n_sessions))
		return NOTIFY_DONE;
	if (!delayed_work_pending(&mn->addr_work))
		WRITE_ONCE(mn->storm, jiffies);
	if (time_before(jiffies, READ_ONCE(mn->storm) + STORM_MAX))
		mod_delayed_work(mice_wq, &mn->addr_work, SETTLE_TIME);
	else
		queue_delayed_work(mice_wq, &mn->addr_work, SETTLE_TIME);
	return NOTIFY_DONE;
}

static void addr_work(struct work_struct *work)
{
	struct mice_net *mn = container_of(to_delayed_work(work),
					   struct mice_net, addr_work);

	mutex_lock(&mn->lock);
	if (mn->n_sessions && mice_gather_changed(mn)) {
		MICE_INC(mn, AddressesChanged);
		mice_session_moved(mn);
	}
	mutex_unlock(&mn->lock);
}

void mice_addrs_init(struct mice_net *mn)
{
	INIT_DELAYED_WORK(&mn->addr_work, addr_work);
	mn->fib_nb.notifier_call = fib_event;
}

/* Under mn->lock, while there are sockets. */
int mice_addrs_watch(struct mice_net *mn)
{
	return register_fib_notifier(mn->net, &mn->fib_nb, NULL, NULL);
}

void mice_addrs_unwatch(struct mice_net *mn)
{
	unregister_fib_notifier(mn->net, &mn->fib_nb);
}

/* After mice_addrs_unwatch(), not under mn->lock, which the work takes. */
void mice_addrs_exit(struct mice_net *mn)
{
	cancel_delayed_work_sync(&mn->addr_work);
}
