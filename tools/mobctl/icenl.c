// SPDX-License-Identifier: GPL-2.0
/* The netlink family mip6_ice: attributes to structs and back. */
#include "ice.h"

#include <errno.h>
#include <string.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <linux/mip6_ice.h>

#define A(name)	MIP6_ICE_A_PEER_##name
#define C(name)	MIP6_ICE_A_CAND_##name
#define P(name)	MIP6_ICE_A_PAIR_##name
#define S(name)	MIP6_ICE_A_STAT_##name

/* -- attributes to structs ----------------------------------------------- */

static bool get_number(struct nlattr *attr, size_t size, void *value)
{
	if (!attr || (size_t)nla_len(attr) < size)
		return false;
	memcpy(value, nla_data(attr), size);
	return true;
}

#define GET(attr, member)	get_number(attrs[attr], sizeof(member), &(member))

static void get_endpoint(struct nlattr *addr, struct nlattr *port,
			 struct endpoint *e)
{
	memset(e, 0, sizeof(*e));
	if (!addr)
		return;
	if (nla_len(addr) == 4)
		address_from_v4(&e->addr, nla_data(addr));
	else if (nla_len(addr) == 16)
		memcpy(&e->addr, nla_data(addr), 16);
	else
		return;
	e->has_addr = true;
	if (port && nla_len(port) >= 2)
		e->port = ntohs(nla_get_u16(port));
}

/* The same two in each attribute set. */
static void get_who(struct nlattr **attrs, struct ice_who *who)
{
	who->has_home = GET(A(HOME), who->home);
	who->has_peer = GET(A(PEER), who->peer);
}

static void parse_peer(struct nlattr **attrs, struct ice_peer *p)
{
	memset(p, 0, sizeof(*p));
	get_who(attrs, &p->who);
	get_endpoint(attrs[A(SERVER_ADDR)], attrs[A(SERVER_PORT)], &p->server);
	get_endpoint(attrs[A(PATH_LOCAL_ADDR)], attrs[A(PATH_LOCAL_PORT)],
		     &p->path_local);
	get_endpoint(attrs[A(PATH_REMOTE_ADDR)], attrs[A(PATH_REMOTE_PORT)],
		     &p->path_remote);
	GET(A(FLAGS), p->flags);
	GET(A(STATE), p->state);
	GET(A(CONTROLLING), p->controlling);
	GET(A(CHECKS), p->checks);
	GET(A(CANDIDATES), p->candidates);
	GET(A(PAIRS), p->pairs);
	GET(A(UFRAG), p->ufrag);
	GET(A(PWD), p->pwd);
	p->path_relayed = attrs[A(PATH_RELAYED)];
	p->path_old = attrs[A(PATH_OLD)];
}

static void parse_cand(struct nlattr **attrs, struct ice_cand *c)
{
	memset(c, 0, sizeof(*c));
	get_who(attrs, &c->who);
	get_endpoint(attrs[C(ADDR)], attrs[C(PORT)], &c->addr);
	get_endpoint(attrs[C(BASE_ADDR)], attrs[C(BASE_PORT)], &c->base);
	GET(C(TYPE), c->type);
	GET(C(PRIORITY), c->priority);
	c->remote = attrs[C(REMOTE)];
}

static void parse_pair(struct nlattr **attrs, struct ice_pair *p)
{
	memset(p, 0, sizeof(*p));
	get_who(attrs, &p->who);
	get_endpoint(attrs[P(LOCAL_ADDR)], attrs[P(LOCAL_PORT)], &p->local);
	get_endpoint(attrs[P(REMOTE_ADDR)], attrs[P(REMOTE_PORT)], &p->remote);
	p->has_pair = p->local.has_addr;
	p->has_rtt = GET(P(RTT_MS), p->rtt_ms);
	GET(P(LOCAL_TYPE), p->local_type);
	GET(P(REMOTE_TYPE), p->remote_type);
	GET(P(STATE), p->state);
	GET(P(WHY), p->why);
	GET(P(ERROR), p->error);
	GET(P(FLAGS), p->flags);
	GET(P(PRIORITY), p->priority);
	GET(P(TRANSACTIONS), p->transactions);
	GET(P(SENT), p->sent);
	GET(P(EVENT), p->event);
	GET(P(SESSION_STATE), p->session_state);
}

/* -- structs to attributes ----------------------------------------------- */

static int put_who(struct nl_msg *msg, const struct ice_who *who)
{
	int err = 0;

	if (who->has_home)
		err |= nla_put(msg, A(HOME), 16, &who->home);
	if (who->has_peer)
		err |= nla_put(msg, A(PEER), 16, &who->peer);
	return err;
}

static int put_endpoint(struct nl_msg *msg, int addr, int port,
			const struct endpoint *e)
{
	int err;

	if (IN6_IS_ADDR_V4MAPPED(&e->addr))
		err = nla_put(msg, addr, 4, &e->addr.s6_addr[12]);
	else
		err = nla_put(msg, addr, 16, &e->addr);
	if (e->port)
		err |= nla_put_u16(msg, port, htons(e->port));
	return err;
}

static int fill_who(struct nl_msg *msg, void *arg)
{
	return put_who(msg, arg);
}

static int fill_add(struct nl_msg *msg, void *arg)
{
	const struct ice_peer *p = arg;
	int err = put_who(msg, &p->who);

	err |= nla_put_u32(msg, A(FLAGS), p->flags);
	if (p->server.has_addr)
		err |= put_endpoint(msg, A(SERVER_ADDR), A(SERVER_PORT), &p->server);
	return err;
}

static int fill_remote(struct nl_msg *msg, void *arg)
{
	const struct ice_remote *r = arg;
	struct nlattr *nest;
	unsigned int i;
	int err;

	err = put_who(msg, &r->who);
	err |= nla_put_u16(msg, A(UFRAG), r->ufrag);
	err |= nla_put(msg, A(PWD), sizeof(r->pwd), r->pwd);
	err |= nla_put_u8(msg, A(CONTROLLING), r->controlling);
	for (i = 0; i < r->n; i++) {
		nest = nla_nest_start(msg, A(CAND) | NLA_F_NESTED);
		if (!nest)
			return -1;
		err |= nla_put_u8(msg, C(TYPE), r->cands[i].type);
		err |= put_endpoint(msg, C(ADDR), C(PORT), &r->cands[i].addr);
		err |= nla_put_u32(msg, C(PRIORITY), r->cands[i].priority);
		nla_nest_end(msg, nest);
	}
	return err;
}

/* -- requests ------------------------------------------------------------ */

static int order(int cmd, int (*fill)(struct nl_msg *msg, void *arg),
		 const void *arg)
{
	return genl_ask(&(struct genl_ask) {
		.family = MIP6_ICE_FAMILY_NAME, .cmd = cmd, .fill = fill,
		.max_attr = A(MAX), .arg = (void *)arg });
}

int icenl_add(const struct ice_peer *p)
{
	return order(MIP6_ICE_CMD_PEER_ADD, fill_add, p);
}

int icenl_del(const struct ice_who *who)
{
	return order(MIP6_ICE_CMD_PEER_DEL, fill_who, who);
}

int icenl_restart(const struct ice_who *who)
{
	return order(MIP6_ICE_CMD_PEER_RESTART, fill_who, who);
}

int icenl_remote(const struct ice_remote *r)
{
	return order(MIP6_ICE_CMD_REMOTE_SET, fill_remote, r);
}

struct sink {
	const struct ice_who	*who;
	ice_peer_fn		peer;
	ice_cand_fn		cand;
	ice_pair_fn		pair;
	counter_fn		counter;
	int			(*lost)(void *arg);
	void			*arg;
};

static int fill_dump(struct nl_msg *msg, void *arg)
{
	struct sink *sink = arg;

	return sink->who ? put_who(msg, sink->who) : 0;
}

static int each_peer(struct nlattr **attrs, void *arg)
{
	struct sink *sink = arg;
	struct ice_peer p;
	int err;

	parse_peer(attrs, &p);
	err = sink->peer(&p, sink->arg);
	explicit_bzero(p.pwd, sizeof(p.pwd));
	return err;
}

static int each_cand(struct nlattr **attrs, void *arg)
{
	struct sink *sink = arg;
	struct ice_cand c;

	parse_cand(attrs, &c);
	return sink->cand(&c, sink->arg);
}

static int each_pair(struct nlattr **attrs, void *arg)
{
	struct sink *sink = arg;
	struct ice_pair p;

	parse_pair(attrs, &p);
	return sink->pair(&p, sink->arg);
}

static int each_counter(struct nlattr **attrs, void *arg)
{
	struct sink *sink = arg;
	struct counter c = { .doc = "" };

	if (!attrs[S(NAME)])
		return 0;
	c.name = nla_get_string(attrs[S(NAME)]);
	GET(S(VALUE), c.value);
	c.gauge = attrs[S(GAUGE)];
	if (attrs[S(DOC)])
		c.doc = nla_get_string(attrs[S(DOC)]);
	return sink->counter(&c, sink->arg);
}

static int dump(int cmd, int max_attr,
		int (*parse)(struct nlattr **attrs, void *arg), struct sink *sink)
{
	return genl_ask(&(struct genl_ask) {
		.family = MIP6_ICE_FAMILY_NAME, .cmd = cmd, .dump = true,
		.max_attr = max_attr, .fill = fill_dump, .parse = parse,
		.arg = sink });
}

int icenl_peers(const struct ice_who *who, ice_peer_fn each, void *arg)
{
	struct sink sink = { .who = who, .peer = each, .arg = arg };

	return dump(MIP6_ICE_CMD_PEER_GET, A(MAX), each_peer, &sink);
}

int icenl_keys(const struct ice_who *who, ice_peer_fn each, void *arg)
{
	struct sink sink = { .who = who, .peer = each, .arg = arg };

	return dump(MIP6_ICE_CMD_KEYS_GET, A(MAX), each_peer, &sink);
}

int icenl_cands(const struct ice_who *who, ice_cand_fn each, void *arg)
{
	struct sink sink = { .who = who, .cand = each, .arg = arg };

	return dump(MIP6_ICE_CMD_CAND_GET, C(MAX), each_cand, &sink);
}

int icenl_pairs(const struct ice_who *who, ice_pair_fn each, void *arg)
{
	struct sink sink = { .who = who, .pair = each, .arg = arg };

	return dump(MIP6_ICE_CMD_PAIR_GET, P(MAX), each_pair, &sink);
}

int icenl_counters(counter_fn each, void *arg)
{
	struct sink sink = { .counter = each, .arg = arg };

	return dump(MIP6_ICE_CMD_STATS_GET, S(MAX), each_counter, &sink);
}

static int events_lost(void *arg)
{
	struct sink *sink = arg;

	return sink->lost(sink->arg);
}

int icenl_events(ice_pair_fn each, int (*lost)(void *arg))
{
	struct sink sink = { .pair = each, .lost = lost };

	return genl_listen(&(struct genl_ask) {
		.family = MIP6_ICE_FAMILY_NAME, .group = MIP6_ICE_MCGRP_EVENTS,
		.max_attr = P(MAX), .parse = each_pair, .lost = events_lost,
		.arg = &sink });
}
