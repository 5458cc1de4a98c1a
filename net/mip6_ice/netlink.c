// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink family mip6_ice. The contract is
 * Documentation/netlink/specs/mip6_ice.yaml: attributes become plain values
 * here, and values attributes; decisions are in session.c.
 */
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "mip6_ice.h"

static struct genl_family family;

static const struct nla_policy policy[MIP6_ICE_A_MAX + 1] = {
	[MIP6_ICE_A_HOME]		= NLA_POLICY_EXACT_LEN(16),
	[MIP6_ICE_A_PEER]		= NLA_POLICY_EXACT_LEN(16),
	[MIP6_ICE_A_FLAGS]		= NLA_POLICY_MASK(NLA_U32,
					  MIP6_ICE_PEER_INITIATE |
					  MIP6_ICE_PEER_MANUAL),
	[MIP6_ICE_A_SERVER_ADDR]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[MIP6_ICE_A_SERVER_PORT]	= NLA_POLICY_MIN(NLA_U16, 1),
	[MIP6_ICE_A_CONTROLLING]	= NLA_POLICY_MAX(NLA_U8, 1),
	[MIP6_ICE_A_UFRAG]		= { .type = NLA_U16 },
	[MIP6_ICE_A_PWD]		= NLA_POLICY_EXACT_LEN(MICE_PWD_LEN),
	[MIP6_ICE_A_CAND]		= { .type = NLA_NESTED },
};

static const struct nla_policy cand_policy[MIP6_ICE_A_CAND_MAX + 1] = {
	[MIP6_ICE_A_CAND_TYPE]		= NLA_POLICY_RANGE(NLA_U8,
					  MICE_CAND_HOST, MICE_CAND_RELAYED),
	[MIP6_ICE_A_CAND_ADDR]		= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[MIP6_ICE_A_CAND_PORT]		= NLA_POLICY_MIN(NLA_U16, 1),
	[MIP6_ICE_A_CAND_PRIORITY]	= { .type = NLA_U32 },
};

/* ------------------------------------------------------------ reading */

/* An address attribute of 4 or 16 octets. */
static int read_addr(struct mice_addr *a, const struct nlattr *ip,
		     const struct nlattr *port, u16 default_port)
{
	memset(a, 0, sizeof(*a));
	if (nla_len(ip) != 4 && nla_len(ip) != 16)
		return -EINVAL;
	a->ver = nla_len(ip) == 4 ? 4 : 6;
	memcpy(a->ip, nla_data(ip), nla_len(ip));
	a->port = port ? nla_get_u16(port) : default_port;
	return 0;
}

static int read_pair(struct genl_info *info, struct in6_addr *home,
		     struct in6_addr *peer)
{
	if (GENL_REQ_ATTR_CHECK(info, MIP6_ICE_A_HOME) ||
	    GENL_REQ_ATTR_CHECK(info, MIP6_ICE_A_PEER))
		return -EINVAL;
	*home = nla_get_in6_addr(info->attrs[MIP6_ICE_A_HOME]);
	*peer = nla_get_in6_addr(info->attrs[MIP6_ICE_A_PEER]);
	if (ipv6_addr_equal(home, peer) || ipv6_addr_is_multicast(peer) ||
	    ipv6_addr_any(peer)) {
		NL_SET_ERR_MSG(info->extack, "peer is no address of a peer");
		return -EINVAL;
	}
	return 0;
}

static int peer_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mice_net *mn = mice_net(genl_info_net(info));
	struct nlattr **attrs = info->attrs;
	struct mice_addr server = { };
	struct in6_addr home, peer;
	struct mice_session *s;
	u32 flags = 0;
	int err = read_pair(info, &home, &peer);

	if (err)
		return err;
	if (attrs[MIP6_ICE_A_FLAGS])
		flags = nla_get_u32(attrs[MIP6_ICE_A_FLAGS]);
	if (attrs[MIP6_ICE_A_SERVER_ADDR]) {
		err = read_addr(&server, attrs[MIP6_ICE_A_SERVER_ADDR],
				attrs[MIP6_ICE_A_SERVER_PORT],
				MICE_PORT_DEFAULT);
		if (err || !mice_addr_checkable(&server)) {
			NL_SET_ERR_MSG_ATTR(info->extack,
					    attrs[MIP6_ICE_A_SERVER_ADDR],
					    "no address of a STUN server");
			return -EINVAL;
		}
	}
	mutex_lock(&mn->lock);
	s = mice_session_add(mn, &home, &peer, flags, &server, info->extack);
	mutex_unlock(&mn->lock);
	return PTR_ERR_OR_ZERO(s);
}

static int peer_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mice_net *mn = mice_net(genl_info_net(info));
	struct in6_addr home, peer;
	int err = read_pair(info, &home, &peer);

	return err ?: mice_session_del(mn, &home, &peer);
}

static int peer_restart_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mice_net *mn = mice_net(genl_info_net(info));
	struct in6_addr home, peer;
	struct mice_session *s;
	int err = read_pair(info, &home, &peer);

	if (err)
		return err;
	mutex_lock(&mn->lock);
	s = mice_session_find(mn, &home, &peer);
	if (s)
		mice_session_restart(s);
	mutex_unlock(&mn->lock);
	return s ? 0 : -ENOENT;
}

static int read_cand(struct mice_cand *c, const struct nlattr *nest,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[MIP6_ICE_A_CAND_MAX + 1];
	int err;

	err = nla_parse_nested(tb, MIP6_ICE_A_CAND_MAX, nest, cand_policy,
			       extack);
	if (err)
		return err;
	if (!tb[MIP6_ICE_A_CAND_TYPE] || !tb[MIP6_ICE_A_CAND_ADDR] ||
	    !tb[MIP6_ICE_A_CAND_PORT] || !tb[MIP6_ICE_A_CAND_PRIORITY]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "a candidate lacks something");
		return -EINVAL;
	}
	memset(c, 0, sizeof(*c));
	c->type = nla_get_u8(tb[MIP6_ICE_A_CAND_TYPE]);
	c->priority = nla_get_u32(tb[MIP6_ICE_A_CAND_PRIORITY]);
	return read_addr(&c->addr, tb[MIP6_ICE_A_CAND_ADDR],
			 tb[MIP6_ICE_A_CAND_PORT], 0);
}

static int read_remote(struct genl_info *info, struct mice_offer *o)
{
	struct nlattr *attr;
	int rem, err;

	mice_offer_init(o, 0);
	o->n_opts = 1;
	o->ufrag = nla_get_u16(info->attrs[MIP6_ICE_A_UFRAG]);
	nla_memcpy(o->pwd, info->attrs[MIP6_ICE_A_PWD], sizeof(o->pwd));
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != MIP6_ICE_A_CAND)
			continue;
		if (o->n == o->max)
			return -E2BIG;
		err = read_cand(&o->cands[o->n], attr, info->extack);
		if (err)
			return err;
		o->n++;
	}
	return 0;
}

static int remote_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mice_net *mn = mice_net(genl_info_net(info));
	struct in6_addr home, peer;
	struct mice_session *s;
	int err = read_pair(info, &home, &peer);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, MIP6_ICE_A_UFRAG) ||
	    GENL_REQ_ATTR_CHECK(info, MIP6_ICE_A_PWD) ||
	    GENL_REQ_ATTR_CHECK(info, MIP6_ICE_A_CONTROLLING))
		return -EINVAL;
	mutex_lock(&mn->lock);
	err = -ENOENT;
	s = mice_session_find(mn, &home, &peer);
	if (s)
		err = read_remote(info, &mn->read) ?:
		      mice_session_remote(s, &mn->read,
				nla_get_u8(info->attrs[MIP6_ICE_A_CONTROLLING]));
	mutex_unlock(&mn->lock);
	return err;
}

/* ------------------------------------------------------------ writing */

static int put_ip(struct sk_buff *skb, int attr, const struct mice_addr *a)
{
	return nla_put(skb, attr, mice_ip_len(a->ver), a->ip);
}

static int put_cand(struct sk_buff *skb, u8 type, u32 priority,
		    const struct mice_addr *addr, bool remote)
{
	struct nlattr *nest = nla_nest_start(skb, MIP6_ICE_A_CAND);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u8(skb, MIP6_ICE_A_CAND_TYPE, type) ||
	    put_ip(skb, MIP6_ICE_A_CAND_ADDR, addr) ||
	    nla_put_u16(skb, MIP6_ICE_A_CAND_PORT, addr->port) ||
	    nla_put_u32(skb, MIP6_ICE_A_CAND_PRIORITY, priority) ||
	    (remote && nla_put_flag(skb, MIP6_ICE_A_CAND_REMOTE))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static u32 pair_flags(const struct mice_agent *a, const struct mice_pair *p)
{
	const struct mice_list *l = &a->list;
	u32 flags = 0;

	if (p->valid)
		flags |= MIP6_ICE_PAIR_VALID;
	if (p->nominated)
		flags |= MIP6_ICE_PAIR_NOMINATED;
	if (p->heard)
		flags |= MIP6_ICE_PAIR_HEARD;
	if (a->path.set &&
	    mice_addr_equal(&a->path.local, &l->locals[p->local].addr) &&
	    mice_addr_equal(&a->path.remote, &l->remotes[p->remote].addr))
		flags |= MIP6_ICE_PAIR_SELECTED;
	return flags;
}

static int put_pair(struct sk_buff *skb, const struct mice_agent *a,
		    const struct mice_pair *p)
{
	/* The address that the peer knows, once there is one. */
	const struct mice_local *l = &a->list.locals[p->mapped];
	const struct mice_remote *r = &a->list.remotes[p->remote];
	struct nlattr *nest = nla_nest_start(skb, MIP6_ICE_A_PAIR);

	if (!nest)
		return -EMSGSIZE;
	if (put_ip(skb, MIP6_ICE_A_PAIR_LOCAL_ADDR, &l->addr) ||
	    nla_put_u16(skb, MIP6_ICE_A_PAIR_LOCAL_PORT, l->addr.port) ||
	    nla_put_u8(skb, MIP6_ICE_A_PAIR_LOCAL_TYPE, l->type) ||
	    put_ip(skb, MIP6_ICE_A_PAIR_REMOTE_ADDR, &r->addr) ||
	    nla_put_u16(skb, MIP6_ICE_A_PAIR_REMOTE_PORT, r->addr.port) ||
	    nla_put_u8(skb, MIP6_ICE_A_PAIR_REMOTE_TYPE, r->type) ||
	    nla_put_u8(skb, MIP6_ICE_A_PAIR_STATE, p->state) ||
	    nla_put_u8(skb, MIP6_ICE_A_PAIR_WHY, p->why) ||
	    nla_put_u16(skb, MIP6_ICE_A_PAIR_ERROR, p->error) ||
	    nla_put_u32(skb, MIP6_ICE_A_PAIR_FLAGS, pair_flags(a, p)) ||
	    nla_put_u64_64bit(skb, MIP6_ICE_A_PAIR_PRIORITY, p->priority,
			      MIP6_ICE_A_PAIR_PAD) ||
	    nla_put_u32(skb, MIP6_ICE_A_PAIR_RTT, p->rtt) ||
	    nla_put_u32(skb, MIP6_ICE_A_PAIR_SENT, p->n_sent)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_head(struct sk_buff *skb, const struct mice_session *s)
{
	return nla_put_in6_addr(skb, MIP6_ICE_A_HOME, &s->home) ?:
	       nla_put_in6_addr(skb, MIP6_ICE_A_PEER, &s->peer) ?:
	       nla_put_u8(skb, MIP6_ICE_A_STATE, mice_session_state(s));
}

/* What does not fit of the pairs and candidates is left out. */
static int put_session(struct sk_buff *skb, const struct mice_session *s)
{
	const struct mice_list *l = &s->agent.list;
	unsigned int i;

	if (put_head(skb, s) || nla_put_u32(skb, MIP6_ICE_A_FLAGS, s->flags) ||
	    nla_put_u8(skb, MIP6_ICE_A_CONTROLLING, l->controlling) ||
	    nla_put_u32(skb, MIP6_ICE_A_CHECKS, s->agent.n_checks) ||
	    nla_put_u16(skb, MIP6_ICE_A_UFRAG, s->ufrags[s->cur].ufrag) ||
	    nla_put(skb, MIP6_ICE_A_PWD, sizeof(s->pwd), s->pwd))
		return -EMSGSIZE;
	for (i = 0; i < l->n_locals; i++)
		if (put_cand(skb, l->locals[i].type, l->locals[i].priority,
			     &l->locals[i].addr, false))
			return 0;
	for (i = 0; i < l->n_remotes; i++)
		if (put_cand(skb, l->remotes[i].type, l->remotes[i].priority,
			     &l->remotes[i].addr, true))
			return 0;
	for (i = 0; i < l->n_pairs; i++)
		if (put_pair(skb, &s->agent, &l->pairs[i]))
			return 0;
	return 0;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct mice_session *s)
{
	bool first = !skb->len;
	void *head;

	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &family, NLM_F_MULTI, MIP6_ICE_CMD_PEER_GET);
	if (!head)
		return -EMSGSIZE;
	/* Cut short only if a message of its own would not hold it either. */
	if (put_session(skb, s) || (!first && skb_tailroom(skb) < 256)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/* cb->args: bucket, and sessions of it that were told. */
static int peer_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct mice_net *mn = mice_net(sock_net(skb->sk));
	struct mice_session *s;
	long i, n;

	mutex_lock(&mn->lock);
	for (i = cb->args[0]; i < HASH_SIZE(mn->by_pair); i++) {
		n = 0;
		hlist_for_each_entry(s, &mn->by_pair[i], by_pair) {
			if (n++ < cb->args[1])
				continue;
			if (dump_one(skb, cb, s))
				goto full;
			cb->args[1] = n;
		}
		cb->args[1] = 0;
	}
full:
	cb->args[0] = i;
	mutex_unlock(&mn->lock);
	return skb->len;
}

/**
 * mice_netlink_event() - tell whoever listens
 * @s: session, under the lock of its namespace
 * @ev: what happened
 * @p: the pair it is about, or NULL
 */
void mice_netlink_event(const struct mice_session *s, enum mip6_ice_event ev,
			const struct mice_pair *p)
{
	struct net *net = s->mn->net;
	struct sk_buff *skb;
	void *head;

	if (!genl_has_listeners(&family, net, 0))
		return;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return;
	head = genlmsg_put(skb, 0, 0, &family, 0, MIP6_ICE_CMD_EVENT_NTF);
	if (!head || put_head(skb, s) ||
	    nla_put_u8(skb, MIP6_ICE_A_EVENT, ev) ||
	    (p && put_pair(skb, &s->agent, p))) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	genlmsg_multicast_netns(&family, net, skb, 0, 0, GFP_KERNEL);
}

static const struct genl_small_ops ops[] = {
	{
		.cmd	= MIP6_ICE_CMD_PEER_ADD,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= peer_add_doit,
	},
	{
		.cmd	= MIP6_ICE_CMD_PEER_DEL,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= peer_del_doit,
	},
	{
		.cmd	= MIP6_ICE_CMD_PEER_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.dumpit	= peer_get_dumpit,
	},
	{
		.cmd	= MIP6_ICE_CMD_PEER_RESTART,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= peer_restart_doit,
	},
	{
		.cmd	= MIP6_ICE_CMD_REMOTE_SET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= remote_set_doit,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = MIP6_ICE_MCGRP_EVENTS },
};

static struct genl_family family __ro_after_init = {
	.name		= MIP6_ICE_FAMILY_NAME,
	.version	= MIP6_ICE_FAMILY_VERSION,
	.maxattr	= MIP6_ICE_A_MAX,
	.policy		= policy,
	.netnsok	= true,
	.parallel_ops	= true,
	.small_ops	= ops,
	.n_small_ops	= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
	.module		= THIS_MODULE,
};

int mice_netlink_register(void)
{
	return genl_register_family(&family);
}

void mice_netlink_unregister(void)
{
	genl_unregister_family(&family);
}
