// SPDX-License-Identifier: GPL-2.0
/*
 * In place of genl.c and icenl.c: a kernel that answers with what is written here, so that
 * mobctl's printing can be looked at where no module is loaded, with values that
 * a real one gives seldom or never.
 */
#include "../../tools/mobctl/genl.h"
#include "../../tools/mobctl/ice.h"
#include "../../tools/mobctl/mobctl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <netinet/tcp.h>
#include <linux/mip6_ice.h>
#include <linux/tcp_mobility.h>
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
	/* What idle means: connected once, tried to, never did, and listens. */
	static const struct { uint8_t tcp, exchange; } idle[] = {
		{ TCP_CLOSE, TCP_MOBILITY_EXCHANGE_DONE },
		{ TCP_CLOSE, TCP_MOBILITY_EXCHANGE_PLAIN },
		{ TCP_CLOSE, TCP_MOBILITY_EXCHANGE_SYN_SENT },
		{ TCP_CLOSE, TCP_MOBILITY_EXCHANGE_IDLE },
		{ TCP_LISTEN, TCP_MOBILITY_EXCHANGE_DONE },
	};
	struct conn c;

	for (int i = 0; getenv("IDLE") && i < (int)ARRAY_SIZE(idle); i++) {
		c = base("192.0.2.1", "198.51.100.1");
		c.cookie = i + 1;
		c.has |= HAS_STATE | HAS_TCP_STATE | HAS_EXCHANGE;
		c.state = TCP_MOBILITY_IDLE;
		c.tcp_state = idle[i].tcp;
		c.exchange = idle[i].exchange;
		each(&c, arg);
	}
	if (getenv("IDLE"))
		return 0;
	for (int reason = 0; reason <= 10; reason++) {
		c = base("192.0.2.1", "198.51.100.1");
		c.state = TCP_MOBILITY_PLAIN;
		c.has |= HAS_MOVES | HAS_UPDATES;
		c.moves_local = 3;
		c.moves_remote = 4;
		c.updates_sent = 5;
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
	snprintf(order->why, sizeof(order->why), "the kernel's reason");
	return 0;
}

int genl_limits(struct limits *limits)
{
	*limits = (struct limits){
		.has = ~0u, .sockets = 7, .ghosts = 8, .max_ghosts = 9,
		.key_pool = 10, .key_pool_size = 11, .key_pairs_made = 12,
	};
	for (int i = 0; i < LIMITS_SETTABLE; i++) {
		limits->max[i] = 1001 + i;
		limits->now[i] = 101 + i;
	}
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

/* The kernel never ends: who listens has to, when nobody reads it. */
static void events_end(int (*lost)(void *arg), void *arg)
{
	if (!lost(arg) && ferror(stdout))
		fputs("and on and on ", stderr);
}

int genl_events(conn_fn each, int (*lost)(void *arg), void *arg)
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
		c.has |= HAS_STATE | HAS_TCP_STATE;
		c.state = TCP_MOBILITY_IDLE;
		c.tcp_state = TCP_CLOSE;
		one_event(each, arg, TCP_MOBILITY_EVENT_DEAD, c);
	}
	c.event = c.reason = c.refusal = c.death = c.last_move_cause = 200;
	c.has = ~0u;
	c.error = 123456;
	c.ifindex = 0xffffffff;
	each(&c, arg);
	events_end(lost, arg);
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

/* -- mip6_ice: one of each number, and one that this program does not know -- */

static struct ice_who who_of(void)
{
	struct ice_who who = { .has_home = true, .has_peer = true };

	address_parse("2001:db8:aa::1", &who.home);
	address_parse("2001:db8:bb::1", &who.peer);
	return who;
}

int icenl_add(const struct ice_peer *p)
{
	return -EPERM;
}

int icenl_del(const struct ice_who *who)
{
	return -ENOENT;
}

int icenl_restart(const struct ice_who *who)
{
	return 0;
}

int icenl_remote(const struct ice_remote *r)
{
	return -EINVAL;
}

int icenl_peers(const struct ice_who *who, ice_peer_fn each, void *arg)
{
	struct ice_peer p = { .who = who_of(), .flags = ~0u, .controlling = 1,
			      .checks = 7, .path_relayed = true };
	int i;

	set_end(&p.server, "192.0.2.9", 4191);
	set_end(&p.path_local, "192.0.2.1", 4191);
	set_end(&p.path_remote, "2001:db8::2", 4191);
	for (i = 0; i <= MIP6_ICE_STATE_SILENT + 1; i++) {
		p.state = i > MIP6_ICE_STATE_SILENT ? 200 : i;
		if (each(&p, arg))
			return 0;
	}
	return 0;
}

int icenl_keys(const struct ice_who *who, ice_peer_fn each, void *arg)
{
	struct ice_peer p = { .who = who_of(), .ufrag = 0x00ab };

	memset(p.pwd, 0xa5, sizeof(p.pwd));
	each(&p, arg);
	return 0;
}

int icenl_cands(const struct ice_who *who, ice_cand_fn each, void *arg)
{
	struct ice_cand c = { .who = who_of(), .priority = UINT32_MAX };
	int i;

	set_end(&c.addr, "2001:db8::1", 65535);
	set_end(&c.base, "192.0.2.1", 1);
	for (i = MIP6_ICE_CAND_TYPE_HOST; i <= MIP6_ICE_CAND_TYPE_RELAYED + 1; i++) {
		c.type = i > MIP6_ICE_CAND_TYPE_RELAYED ? 200 : i;
		c.remote = !c.remote;
		each(&c, arg);
	}
	return 0;
}

static struct ice_pair pair_of(void)
{
	struct ice_pair p = {
		.who = who_of(), .has_pair = true, .has_rtt = true,
		.local_type = MIP6_ICE_CAND_TYPE_HOST,
		.remote_type = MIP6_ICE_CAND_TYPE_RELAYED, .priority = UINT64_MAX,
		.error = 487, .flags = ~0u, .rtt_ms = 3,
	};

	set_end(&p.local, "192.0.2.1", 4191);
	set_end(&p.remote, "198.51.100.1", 4191);
	return p;
}

int icenl_pairs(const struct ice_who *who, ice_pair_fn each, void *arg)
{
	struct ice_pair p = pair_of();
	int i;

	for (i = 0; i <= MIP6_ICE_WHY_OTHER_PAIR + 1; i++) {
		p.why = i > MIP6_ICE_WHY_OTHER_PAIR ? 200 : i;
		p.state = i > MIP6_ICE_PAIR_STATE_FAILED ? 200 : i;
		each(&p, arg);
	}
	return 0;
}

int icenl_counters(counter_fn each, void *arg)
{
	return genl_counters(each, arg);
}

int icenl_events(ice_pair_fn each, int (*lost)(void *arg))
{
	struct ice_pair p = pair_of();
	int i;

	for (i = MIP6_ICE_EVENT_VALID; i <= MIP6_ICE_EVENT_PATH_LOST; i++) {
		p.event = i;
		p.has_pair = !p.has_pair;
		each(&p, NULL);
	}
	p.event = p.session_state = p.state = p.why = 200;
	p.local_type = p.remote_type = 200;
	p.has_pair = true;
	each(&p, NULL);
	events_end(lost, NULL);
	return 0;
}

/* Each socket may ask for mobility; when it is over, REASON says why it is plain. */
int setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	if (level == SOL_TCP && name == TCP_ULP)
		return 0;
	return syscall(SYS_setsockopt, fd, level, name, val, len);
}

int getsockopt(int fd, int level, int name, void *restrict val, socklen_t *restrict len)
{
	const char *reason = getenv("REASON");

	if (level == SOL_TCP || name != TCP_MOBILITY_INFO)
		return syscall(SYS_getsockopt, fd, level, name, val, len);
	*(struct tcp_mobility_info *)val = (struct tcp_mobility_info) {
		.state = TCP_MOBILITY_IDLE, .reason = reason ? atoi(reason) : 0 };
	return 0;
}
