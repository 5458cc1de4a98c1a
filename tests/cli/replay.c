// SPDX-License-Identifier: GPL-2.0
/*
 * In place of genl.c: a kernel that answers with what is written here, so that
 * mobctl's printing can be looked at where no module is loaded, with values that
 * a real one gives seldom or never.
 */
#include "../../tools/mobctl/genl.h"
#include "../../tools/mobctl/mobctl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <linux/tcp_mobility_netlink.h>

#define EVIL	"e\033[2J\xff\"vil"

static void set_end(struct endpoint *e, const char *addr, uint16_t port)
{
	address_parse(addr, &e->addr);
	e->has_addr = true;
	e->port = port;
}

static struct conn base(const char *local, const char *remote)
{
	struct conn c = { .has = HAS_REMOTE, .cookie = 42, .family = AF_INET };

	if (strchr(local, ':'))
		c.family = AF_INET6;
	set_end(&c.local, local, 40000);
	set_end(&c.remote, remote, 22);
	return c;
}

int genl_conns(const struct conn_select *which, conn_fn each, void *arg)
{
	struct conn c;

	for (int reason = 0; reason <= 10; reason++) {
		c = base("192.0.2.1", "198.51.100.1");
		c.state = TCP_MOBILITY_PLAIN;
		c.has |= HAS_STATE | HAS_REASON;
		/* The last is one that this program does not know. */
		c.reason = reason == 10 ? 200 : reason;
		if (each(&c, arg))
			return 0;
	}
	return 0;
}

int genl_keys(const struct conn_select *which, conn_fn each, void *arg)
{
	struct conn c = base("2001:db8::1", "2001:db8::2");

	c.has |= HAS_SECRET;
	c.secret_len = CONN_SECRET_MAX;
	memset(c.secret, 0xa5, sizeof(c.secret));
	each(&c, arg);
	return 0;
}

int genl_order(struct conn_order *order)
{
	order->count = 2;
	order->failed = 1;
	return 0;
}

int genl_limits(struct limits *limits)
{
	memset(limits, 0, sizeof(*limits));
	limits->has = ~0u;
	return 0;
}

int genl_limits_set(const struct limits *limits)
{
	return -EPERM;
}

int genl_counters(counter_fn each, void *arg)
{
	const struct counter c = { EVIL, UINT64_MAX, false, EVIL };

	return each(&c, arg);
}

int genl_facts(struct module_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	strcpy(facts->version, EVIL);
	strcpy(facts->specification, EVIL);
	return 0;
}

static int one_event(conn_fn each, void *arg, uint8_t event, struct conn c)
{
	c.event = event;
	return each(&c, arg);
}

int genl_events(conn_fn each, void (*lost)(void *arg), void *arg)
{
	struct conn c;
	int i;

	for (i = 0; i <= TCP_MOBILITY_R_FORMAT; i++) {
		c = base("192.0.2.1", "198.51.100.1");
		c.has |= HAS_REASON;
		c.reason = i;
		one_event(each, arg, TCP_MOBILITY_EVENT_PLAIN, c);
	}
	for (i = 0; i <= TCP_MOBILITY_REFUSAL_PEER_REFLECTED; i++) {
		c = base("192.0.2.1", "198.51.100.1");
		c.has |= HAS_REFUSAL;
		c.refusal = i;
		one_event(each, arg, TCP_MOBILITY_EVENT_REFUSED, c);
	}
	for (i = 0; i <= TCP_MOBILITY_DEATH_YIELDED; i++) {
		c = base("2001:db8::1", "2001:db8::2");
		c.has |= HAS_DEATH | HAS_ERROR;
		c.death = i;
		c.error = ECONNRESET;
		one_event(each, arg, TCP_MOBILITY_EVENT_DEAD, c);
	}
	c.event = c.reason = c.refusal = c.death = c.last_move_cause = 200;
	c.has = ~0u;
	c.error = 123456;
	c.ifindex = 0xffffffff;
	each(&c, arg);
	lost(arg);
	return 0;
}

int genl_family(const char *name)
{
	return -ENOENT;
}

const char *genl_error(void)
{
	return EVIL;
}

int genl_status(int err)
{
	return err ? fail(EXIT_KERNEL, "%s", genl_error()) : 0;
}
