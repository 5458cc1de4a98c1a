// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink family mip6_ice. The contract is
 * Documentation/netlink/specs/mip6_ice.yaml: attributes become plain values
 * here, and values attributes; decisions are in session.c.
 *
 * A dump takes mn->lock for each message and puts as many entries into it as it
 * holds. What comes and goes between two messages may be missed or be told twice.
 */
#include <mice_compat.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "mip6_ice.h"

#define A(name)	MIP6_ICE_A_PEER_##name
#define C(name)	MIP6_ICE_A_CAND_##name
#define P(name)	MIP6_ICE_A_PAIR_##name
#define S(name)	MIP6_ICE_A_STAT_##name

static struct genl_family family;
/* Who tells of an event holds it, so that the group is not somebody else's by then. */
static DECLARE_RWSEM(events_sem);
static bool events_on;

/* The leaves have numbers of their own and know nothing of user space. */
static_assert((int)MIP6_ICE_CAND_TYPE_HOST == MICE_CAND_HOST &&
	      (int)MIP6_ICE_CAND_TYPE_SRFLX == MICE_CAND_SRFLX &&
	      (int)MIP6_ICE_CAND_TYPE_PRFLX == MICE_CAND_PRFLX &&
	      (int)MIP6_ICE_CAND_TYPE_RELAYED == MICE_CAND_RELAYED);
static_assert((int)MIP6_ICE_PAIR_STATE_WAITING == MICE_WAITING &&
	      (int)MIP6_ICE_PAIR_STATE_IN_PROGRESS == MICE_IN_PROGRESS &&
	      (int)MIP6_ICE_PAIR_STATE_SUCCEEDED == MICE_SUCCEEDED &&
	      (int)MIP6_ICE_PAIR_STATE_FAILED == MICE_FAILED);
static_assert((int)MIP6_ICE_WHY_NOTHING == MICE_WHY_NOTHING &&
	      (int)MIP6_ICE_WHY_TIMEOUT == MICE_WHY_TIMEOUT &&
	      (int)MIP6_ICE_WHY_ASYMMETRIC == MICE_WHY_ASYMMETRIC &&
	      (int)MIP6_ICE_WHY_ERROR == MICE_WHY_ERROR &&
	      (int)MIP6_ICE_WHY_SEND == MICE_WHY_SEND &&
	      (int)MIP6_ICE_WHY_LIMIT == MICE_WHY_LIMIT &&
	      (int)MIP6_ICE_WHY_OTHER_PAIR == MICE_WHY_OTHER_PAIR);

/* ------------------------------------------------------------- policies */

#define IP6_POLICY	NLA_POLICY_EXACT_LEN(16)
#define ADDR_POLICY	NLA_POLICY_VALIDATE_FN(NLA_BINARY, addr_valid, 16)

/* An address of 4 or 16 octets. */
static int addr_valid(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (nla_len(attr) == 4 || nla_len(attr) == 16)
		return 0;
	NL_SET_ERR_MSG(extack, "an address has 4 or 16 octets");
	return -EINVAL;
}

/* Operations that take nothing. Without a number that is refused the core would
 * look at no attribute, and warn when somebody asks for the policy.
 */
static const struct nla_policy no_policy[] = {
	[1]			= { .type = NLA_REJECT },
};

/* Who is meant; the same two in each attribute set. */
static const struct nla_policy who_policy[A(MAX) + 1] = {
	[A(HOME)]		= IP6_POLICY,
	[A(PEER)]		= IP6_POLICY,
};
static_assert((int)A(HOME) == (int)C(HOME) && (int)A(PEER) == (int)C(PEER) &&
	      (int)A(HOME) == (int)P(HOME) && (int)A(PEER) == (int)P(PEER));

static const struct nla_policy add_policy[A(MAX) + 1] = {
	[A(HOME)]		= IP6_POLICY,
	[A(PEER)]		= IP6_POLICY,
	[A(FLAGS)]		= NLA_POLICY_MASK(NLA_U32,
					MIP6_ICE_PEER_FLAGS_INITIATE |
					MIP6_ICE_PEER_FLAGS_MANUAL),
	[A(SERVER_ADDR)]	= ADDR_POLICY,
	[A(SERVER_PORT)]	= { .type = NLA_U16 },
};

static const struct nla_policy cand_policy[C(MAX) + 1] = {
	[C(TYPE)]		= NLA_POLICY_RANGE(NLA_U8, 1, 4),
	[C(ADDR)]		= ADDR_POLICY,
	[C(PORT)]		= { .type = NLA_U16 },
	[C(PRIORITY)]		= { .type = NLA_U32 },
};

static const struct nla_policy remote_policy[A(MAX) + 1] = {
	[A(HOME)]		= IP6_POLICY,
	[A(PEER)]		= IP6_POLICY,
	[A(UFRAG)]		= { .type = NLA_U16 },
	[A(PWD)]		= NLA_POLICY_EXACT_LEN(MICE_PWD_LEN),
	[A(CONTROLLING)]	= NLA_POLICY_MAX(NLA_U8, 1),
	[A(CAND)]		= NLA_POLICY_NESTED(cand_policy),
};

/* -------------------------------------------------------------- requests */

static struct mice_addr read_addr(const struct nlattr *ip, u16 port)
{
	struct mice_addr a = { .ver = nla_len(ip) == 4 ? 4 : 6, .port = port };

	memcpy(a.ip, nla_data(ip), nla_len(ip));
	return a;
}

static int read_pair(struct genl_info *info, struct in6_addr *home,
		     struct in6_addr *peer)
{
	if (GENL_REQ_ATTR_CHECK(info, A(HOME)) ||
	    GENL_REQ_ATTR_CHECK(info, A(PEER))) {
		NL_SET_ERR_MSG(info->extack, "home and peer are needed");
		return -EINVAL;
	}
	*home = nla_get_in6_addr(info->attrs[A(HOME)]);
	*peer = nla_get_in6_addr(info->attrs[A(PEER)]);
	return 0;
}

static int read_server(struct genl_info *info, struct mice_addr *server)
{
	struct nlattr *ip = info->attrs[A(SERVER_ADDR)];
	struct nlattr *port = info->attrs[A(SERVER_PORT)];

	memset(server, 0, sizeof(*server));
	if (!ip && !port)
		return 0;
	if (ip) {
		*server = read_addr(ip, port ? ntohs(nla_get_be16(port)) :
					       MICE_PORT_DEFAULT);
		if (mice_addr_checkable(server))
			return 0;
	}
	NL_SET_ERR_MSG(info->extack, "server is no address of a STUN server");
	return -EINVAL;
}

static int peer_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mice_net *mn = mice_net(genl_info_net(info));
	struct mice_addr server;
	struct in6_addr home, peer;
	struct mice_session *s;
	u32 flags = 0;
	int err;

	err = read_pair(info, &home, &peer) ?: read_server(info, &server);
	if (err)
		return err;
	if (ipv6_addr_equal(&home, &peer) || ipv6_addr_is_multicast(&peer) ||
	    ipv6_addr_any(&peer) || ipv6_addr_loopback(&peer)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[A(PEER)],
				    "peer is no home address of somebody else");
		return -EINVAL;
	}
	if (info->attrs[A(FLAGS)])
		flags = nla_get_u32(info->attrs[A(FLAGS)]);
	mutex_lock(&mn->lock);
	s = mice_session_add(mn, &home, &peer, flags, &server, info->extack);
	mutex_unlock(&mn->lock);
	return PTR_ERR_OR_ZERO(s);
}

static int no_session(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "there is no session of these addresses");
	return -ENOENT;
}

static int peer_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mice_net *mn = mice_net(genl_info_net(info));
	struct in6_addr home, peer;
	int err = read_pair(info, &home, &peer);

	if (err)
		return err;
	return mice_session_del(mn, &home, &peer) ? no_session(info) : 0;
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
	return s ? 0 : no_session(info);
}

/* One nested candidate; the policy has looked at what is there. */
static int read_cand(struct mice_cand *c, const struct nlattr *nest,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[C(MAX) + 1];
	int err;

	err = nla_parse_nested(tb, C(MAX), nest, cand_policy, extack);
	if (err)
		return err;
	if (!tb[C(TYPE)] || !tb[C(ADDR)] || !tb[C(PORT)] || !tb[C(PRIORITY)]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "a candidate needs type, addr, port and priority");
		return -EINVAL;
	}
	memset(c, 0, sizeof(*c));
	c->type = nla_get_u8(tb[C(TYPE)]);
	c->priority = nla_get_u32(tb[C(PRIORITY)]);
	c->addr = read_addr(tb[C(ADDR)], ntohs(nla_get_be16(tb[C(PORT)])));
	return 0;
}

static int read_remote(struct genl_info *info, struct mice_offer *o)
{
	struct nlattr *attr;
	int rem, err;

	mice_offer_init(o, 0);
	o->n_opts = 1;
	o->ufrag = nla_get_u16(info->attrs[A(UFRAG)]);
	nla_memcpy(o->pwd, info->attrs[A(PWD)], sizeof(o->pwd));
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != A(CAND))
			continue;
		if (o->n == o->max) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "more than 32 candidates");
			return -E2BIG;
		}
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
	if (GENL_REQ_ATTR_CHECK(info, A(UFRAG)) ||
	    GENL_REQ_ATTR_CHECK(info, A(PWD)) ||
	    GENL_REQ_ATTR_CHECK(info, A(CONTROLLING))) {
		NL_SET_ERR_MSG(info->extack,
			       "ufrag, pwd and controlling are needed");
		return -EINVAL;
	}
	mutex_lock(&mn->lock);
	s = mice_session_find(mn, &home, &peer);
	if (!s) {
		err = no_session(info);
	} else {
		err = read_remote(info, &mn->read);
	}
	if (!err)
		err = mice_session_remote(s, &mn->read,
					  nla_get_u8(info->attrs[A(CONTROLLING)]),
					  info->extack);
	memzero_explicit(mn->read.pwd, sizeof(mn->read.pwd));
	mutex_unlock(&mn->lock);
	return err;
}

/* --------------------------------------------------------------- answers */

static int put_addr(struct sk_buff *skb, int addr, int port,
		    const struct mice_addr *a)
{
	return nla_put(skb, addr, mice_ip_len(a->ver), a->ip) ?:
	       nla_put_be16(skb, port, htons(a->port));
}

/* The same two in each attribute set. */
static int put_who(struct sk_buff *skb, const struct mice_session *s)
{
	return nla_put_in6_addr(skb, A(HOME), &s->home) ?:
	       nla_put_in6_addr(skb, A(PEER), &s->peer);
}

static int put_path(struct sk_buff *skb, const struct mice_path *path, bool old)
{
	if (!path->set)
		return 0;
	if (put_addr(skb, A(PATH_LOCAL_ADDR), A(PATH_LOCAL_PORT), &path->local) ||
	    put_addr(skb, A(PATH_REMOTE_ADDR), A(PATH_REMOTE_PORT),
		     &path->remote) ||
	    (path->relayed && nla_put_flag(skb, A(PATH_RELAYED))) ||
	    (old && nla_put_flag(skb, A(PATH_OLD))))
		return -EMSGSIZE;
	return 0;
}

static int put_peer(struct sk_buff *skb, const struct mice_session *s,
		    unsigned int i)
{
	const struct mice_list *l = &s->agent.list;

	if (i)
		return -ENOENT;
	if (put_who(skb, s) || nla_put_u32(skb, A(FLAGS), s->flags) ||
	    (s->server.ver &&
	     put_addr(skb, A(SERVER_ADDR), A(SERVER_PORT), &s->server)) ||
	    nla_put_u8(skb, A(STATE), mice_session_state(s)) ||
	    nla_put_u8(skb, A(CONTROLLING), l->controlling) ||
	    nla_put_u32(skb, A(CHECKS), s->agent.n_checks) ||
	    nla_put_u32(skb, A(CANDIDATES), l->n_locals + l->n_remotes) ||
	    nla_put_u32(skb, A(PAIRS), l->n_pairs) ||
	    put_path(skb, &s->agent.path, s->agent.path_old))
		return -EMSGSIZE;
	return 0;
}

static int put_keys(struct sk_buff *skb, const struct mice_session *s,
		    unsigned int i)
{
	if (i || !s->ufrags[s->cur].hashed)
		return -ENOENT;
	return put_who(skb, s) ?:
	       nla_put_u16(skb, A(UFRAG), s->ufrags[s->cur].ufrag) ?:
	       nla_put(skb, A(PWD), sizeof(s->pwd), s->pwd);
}

static int put_local(struct sk_buff *skb, const struct mice_list *l,
		     const struct mice_local *c)
{
	const struct mice_addr *base = &l->locals[c->base].addr;

	if (nla_put_u8(skb, C(TYPE), c->type) ||
	    put_addr(skb, C(ADDR), C(PORT), &c->addr) ||
	    nla_put_u32(skb, C(PRIORITY), c->priority) ||
	    (!mice_addr_equal(base, &c->addr) &&
	     put_addr(skb, C(BASE_ADDR), C(BASE_PORT), base)))
		return -EMSGSIZE;
	return 0;
}

static int put_remote(struct sk_buff *skb, const struct mice_remote *c)
{
	if (nla_put_flag(skb, C(REMOTE)) || nla_put_u8(skb, C(TYPE), c->type) ||
	    put_addr(skb, C(ADDR), C(PORT), &c->addr) ||
	    nla_put_u32(skb, C(PRIORITY), c->priority))
		return -EMSGSIZE;
	return 0;
}

/* Ours, then the peer's. */
static int put_cand(struct sk_buff *skb, const struct mice_session *s,
		    unsigned int i)
{
	const struct mice_list *l = &s->agent.list;

	if (i >= l->n_locals + l->n_remotes)
		return -ENOENT;
	return put_who(skb, s) ?:
	       i < l->n_locals ? put_local(skb, l, &l->locals[i]) :
				 put_remote(skb, &l->remotes[i - l->n_locals]);
}

static u32 pair_flags(const struct mice_agent *a, const struct mice_pair *p)
{
	const struct mice_list *l = &a->list;
	u32 flags = 0;

	if (p->valid)
		flags |= MIP6_ICE_PAIR_FLAGS_VALID;
	if (p->nominated)
		flags |= MIP6_ICE_PAIR_FLAGS_NOMINATED;
	if (p->heard)
		flags |= MIP6_ICE_PAIR_FLAGS_HEARD;
	if (a->path.set &&
	    mice_addr_equal(&a->path.local, &l->locals[p->local].addr) &&
	    mice_addr_equal(&a->path.remote, &l->remotes[p->remote].addr))
		flags |= MIP6_ICE_PAIR_FLAGS_SELECTED;
	return flags;
}

static int put_pair(struct sk_buff *skb, const struct mice_agent *a,
		    const struct mice_pair *p)
{
	/* The address that the peer knows, once there is one. */
	const struct mice_local *l = &a->list.locals[p->mapped];
	const struct mice_remote *r = &a->list.remotes[p->remote];

	if (put_addr(skb, P(LOCAL_ADDR), P(LOCAL_PORT), &l->addr) ||
	    nla_put_u8(skb, P(LOCAL_TYPE), l->type) ||
	    put_addr(skb, P(REMOTE_ADDR), P(REMOTE_PORT), &r->addr) ||
	    nla_put_u8(skb, P(REMOTE_TYPE), r->type) ||
	    nla_put_u8(skb, P(STATE), p->state) ||
	    (p->why && nla_put_u8(skb, P(WHY), p->why)) ||
	    (p->error && nla_put_u16(skb, P(ERROR), p->error)) ||
	    nla_put_u32(skb, P(FLAGS), pair_flags(a, p)) ||
	    nla_put_u64_64bit(skb, P(PRIORITY), p->priority, P(PAD)) ||
	    (p->valid && p->timed && nla_put_u32(skb, P(RTT_MS), p->rtt)) ||
	    nla_put_u32(skb, P(TRANSACTIONS), p->n_tx) ||
	    nla_put_u32(skb, P(SENT), p->n_sent))
		return -EMSGSIZE;
	return 0;
}

static int put_one_pair(struct sk_buff *skb, const struct mice_session *s,
			unsigned int i)
{
	if (i >= s->agent.list.n_pairs)
		return -ENOENT;
	return put_who(skb, s) ?: put_pair(skb, &s->agent,
					   &s->agent.list.pairs[i]);
}

/* ----------------------------------------------------------------- dumps */

/* Writes entry @i of a session; -ENOENT if there is none, -EMSGSIZE. */
typedef int (*put_fn)(struct sk_buff *skb, const struct mice_session *s,
		      unsigned int i);

static bool wanted(struct nlattr **attrs, const struct mice_session *s)
{
	return (!attrs[A(HOME)] ||
		!memcmp(nla_data(attrs[A(HOME)]), &s->home, sizeof(s->home))) &&
	       (!attrs[A(PEER)] ||
		!memcmp(nla_data(attrs[A(PEER)]), &s->peer, sizeof(s->peer)));
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		    put_fn put, const struct mice_session *s, unsigned int i)
{
	void *head;
	int err;

	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &family, NLM_F_MULTI, cmd);
	if (!head)
		return -EMSGSIZE;
	err = put(skb, s, i);
	if (err)
		genlmsg_cancel(skb, head);
	else
		genlmsg_end(skb, head);
	return err;
}

/* cb->args: bucket, sessions of it that are done, entries of the next one. */
static int dump(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		put_fn put)
{
	struct mice_net *mn = mice_net(sock_net(cb->skb->sk));
	struct nlattr **attrs = mobility_dump_attrs(cb);
	struct mice_session *s;
	int err;
	long n;

	mutex_lock(&mn->lock);
	for (; cb->args[0] < HASH_SIZE(mn->by_pair); cb->args[0]++) {
		n = 0;
		hlist_for_each_entry(s, &mn->by_pair[cb->args[0]], by_pair) {
			if (n++ < cb->args[1])
				continue;
			err = wanted(attrs, s) ? 0 : -ENOENT;
			while (!err) {
				err = dump_one(skb, cb, cmd, put, s,
					       cb->args[2]);
				cb->args[2] += !err;
			}
			if (err == -EMSGSIZE)
				goto full;
			cb->args[1] = n;
			cb->args[2] = 0;
		}
		cb->args[1] = 0;
	}
full:
	mutex_unlock(&mn->lock);
	return skb->len;
}

static int peer_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, MIP6_ICE_CMD_PEER_GET, put_peer);
}

static int keys_start(struct netlink_callback *cb)
{
	return mobility_dump_admin(cb);
}

static int keys_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, MIP6_ICE_CMD_KEYS_GET, put_keys);
}

static int cand_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, MIP6_ICE_CMD_CAND_GET, put_cand);
}

static int pair_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, MIP6_ICE_CMD_PAIR_GET, put_one_pair);
}

static int put_stat(struct sk_buff *skb, const struct mice_net *mn,
		    unsigned int i)
{
	struct mice_stat stat;

	mice_mib_get(mn, i, &stat);
	if (nla_put_string(skb, S(NAME), stat.name) ||
	    nla_put_u64_64bit(skb, S(VALUE), stat.value, S(PAD)) ||
	    (stat.gauge && nla_put_flag(skb, S(GAUGE))) ||
	    nla_put_string(skb, S(DOC), stat.doc))
		return -EMSGSIZE;
	return 0;
}

/* cb->args[0]: counters told. */
static int stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct mice_net *mn = mice_net(sock_net(cb->skb->sk));
	void *head;

	for (; cb->args[0] < mice_mib_count(); cb->args[0]++) {
		head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, &family, NLM_F_MULTI,
				   MIP6_ICE_CMD_STATS_GET);
		if (!head)
			break;
		if (put_stat(skb, mn, cb->args[0])) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
	}
	return skb->len;
}

/* ---------------------------------------------------------------- events */

static void tell(const struct mice_session *s, enum mip6_ice_event ev,
		 const struct mice_pair *p)
{
	struct net *net = s->mn->net;
	struct sk_buff *skb;
	void *head;

	if (!genl_has_listeners(&family, net, 0))
		return;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		goto lost;
	head = genlmsg_put(skb, 0, 0, &family, 0, MIP6_ICE_CMD_EVENT_NTF);
	if (!head || put_who(skb, s) || nla_put_u8(skb, P(EVENT), ev) ||
	    nla_put_u8(skb, P(SESSION_STATE), mice_session_state(s)) ||
	    (p && put_pair(skb, &s->agent, p))) {
		nlmsg_free(skb);
		goto lost;
	}
	genlmsg_end(skb, head);
	/* The core has told whom it could not serve. Its answer is no news of that:
	 * any listener can have it made an error (NETLINK_BROADCAST_ERROR).
	 */
	genlmsg_multicast_netns(&family, net, skb, 0, 0, GFP_KERNEL);
	return;
lost:
	MICE_INC(s->mn, EventLost);
	genl_set_err(&family, net, 0, 0, -ENOBUFS);
}

/**
 * mice_netlink_event() - tell whoever listens
 * @s: session, under the lock of its namespace
 * @ev: what happened
 * @p: the pair it is about, or NULL
 *
 * Who misses an event gets ENOBUFS, from the core if it reads too slowly, from here
 * if there was no memory.
 */
void mice_netlink_event(const struct mice_session *s, enum mip6_ice_event ev,
			const struct mice_pair *p)
{
	mice_trace_event(s, ev, p);
	down_read(&events_sem);
	if (events_on)
		tell(s, ev, p);
	up_read(&events_sem);
}

/* ---------------------------------------------------------------- family */

static const struct genl_ops ops[] = {
	{
		.cmd		= MIP6_ICE_CMD_PEER_ADD,
		.doit		= peer_add_doit,
		.policy		= add_policy,
		.maxattr	= MIP6_ICE_A_PEER_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= MIP6_ICE_CMD_PEER_DEL,
		.doit		= peer_del_doit,
		.policy		= who_policy,
		.maxattr	= MIP6_ICE_A_PEER_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= MIP6_ICE_CMD_PEER_RESTART,
		.doit		= peer_restart_doit,
		.policy		= who_policy,
		.maxattr	= MIP6_ICE_A_PEER_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= MIP6_ICE_CMD_PEER_GET,
		.dumpit		= peer_get_dumpit,
		.policy		= who_policy,
		.maxattr	= MIP6_ICE_A_PEER_MAX,
	},
	{
		.cmd		= MIP6_ICE_CMD_KEYS_GET,
		.start		= keys_start,
		.dumpit		= keys_get_dumpit,
		.policy		= who_policy,
		.maxattr	= MIP6_ICE_A_PEER_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= MIP6_ICE_CMD_REMOTE_SET,
		.doit		= remote_set_doit,
		.policy		= remote_policy,
		.maxattr	= MIP6_ICE_A_PEER_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= MIP6_ICE_CMD_CAND_GET,
		.dumpit		= cand_get_dumpit,
		.policy		= who_policy,
		.maxattr	= MIP6_ICE_A_PEER_MAX,
	},
	{
		.cmd		= MIP6_ICE_CMD_PAIR_GET,
		.dumpit		= pair_get_dumpit,
		.policy		= who_policy,
		.maxattr	= MIP6_ICE_A_PEER_MAX,
	},
	{
		.cmd		= MIP6_ICE_CMD_STATS_GET,
		.dumpit		= stats_get_dumpit,
		.policy		= no_policy,
		.maxattr	= ARRAY_SIZE(no_policy) - 1,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = MIP6_ICE_MCGRP_EVENTS },
};

/* No .resv_start_op and no .validate: everything is checked strictly. */
static struct genl_family family __ro_after_init = {
	.name		= MIP6_ICE_FAMILY_NAME,
	.version	= MIP6_ICE_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.pre_doit	= mobility_pre_doit,
	.module		= THIS_MODULE,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

int mice_netlink_register(void)
{
	int err = genl_register_family(&family);

	WRITE_ONCE(events_on, !err);
	return err;
}

/* Requests end before what they work on; the sessions are still there and go on
 * without telling anybody.
 */
void mice_netlink_unregister(void)
{
	down_write(&events_sem);
	events_on = false;
	up_write(&events_sem);
	genl_unregister_family(&family);
}
