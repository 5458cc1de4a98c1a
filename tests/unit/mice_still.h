/* SPDX-License-Identifier: GPL-2.0 */
/* The world of an agent that is there, and whose packets go nowhere. */
#ifndef MICE_TEST_STILL_H
#define MICE_TEST_STILL_H

#include "mip6_ice/mip6_ice.h"

static int still_send(struct mice_agent *a, const struct mice_addr *from,
		      const struct mice_addr *to, const u8 *p, unsigned int len)
{
	return 0;
}

static void still_random(struct mice_agent *a, void *p, unsigned int len)
{
	get_random_bytes(p, len);
}

static bool still_may(struct mice_agent *a, const struct mice_addr *to)
{
	return true;
}

static void still_event(struct mice_agent *a, enum mice_event ev,
			const struct mice_pair *p)
{
}

static void still_count(struct mice_agent *a, enum mice_agent_stat stat)
{
}

static const struct mice_agent_ops still_ops = {
	still_send, still_random, still_may, still_event, still_count
};

#endif /* MICE_TEST_STILL_H */
