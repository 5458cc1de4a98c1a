// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family tcp_mobility: see, steer and watch connections.
 * Its contract is Documentation/netlink/specs/tcp_mobility.yaml.
 *
 * A dump goes from cookie to cookie (conn.c) and holds a reference to one socket
 * at a time, nothing between two. Verbs take the socket lock, one socket after
 * the other, in the context of who asks.
 */
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <tcpmob_compat.h>

#include "attrs.h"
#include "tcp_mobility.h"

#define CONN_SIZE	1024	/* more than all attributes of a connection */
#define EVENT_SIZE	512	/* and of an event */

/* Short names for the attributes. */
#define A(name)		TCP_MOBILITY_A_CONN_##name

static struct genl_family family;

/* -- events -------------------------------------------------------------------*/

/**
 * tcpmob_netlink_event() - tell those who listen
 * @ms: context; the caller has a reference to it and its socket
 * @news: what happened
 *
 * Any context. Without a listener nothing is allocated; a listener in another
 * namespace costs us a message that goes nowhere. Who misses one gets ENOBUFS,
 * from the core if it reads too slowly, from here if there was no memory.
 */
void tcpmob_netlink_event(const struct tcpmob_sock *ms,
			  const struct tcpmob_news *news)
{
	struct net *net = ms->tn->net;
	struct sk_buff *skb;
	void *hdr;

	if (!genl_has_listeners(&family, net, 0))
		return;
	skb = genlmsg_new(EVENT_SIZE, GFP_ATOMIC);
	if (!skb)
		goto lost;
	hdr = genlmsg_put(skb, 0, 0, &family, 0, TCP_MOBILITY_CMD_CONN_EVENT);
	if (!hdr || WARN_ON_ONCE(tcpmob_attrs_put_news(skb, ms, news))) {
		nlmsg_free(skb);
		goto lost;
	}
	genlmsg_end(skb, hdr);
	/* The core has told whom it could not serve. Its answer is no news of that:
	 * any listener can have it made an error (NETLINK_BROADCAST_ERROR).
	 */
	genlmsg_multicast_netns(&family, net, skb, 0, 0, GFP_ATOMIC);
	return;
lost:
	TCPMOB_INC(ms->tn, EventLost);
	genl_set_err(&family, net, 0, 0, -ENOBUFS);
}

/* The socket of a cookie, with a reference, or NULL. */
static struct sock *find_conn(struct tcpmob_net *tn, const struct nlattr *attr)
{
	u64 cookie = nla_get_u64(attr);
	unsigned long at = cookie;
	struct sock *sk = NULL;

	if (at == cookie)
		sk = tcpmob_conn_next(tn, &at);
	if (sk && at != cookie) {
		sock_put(sk);
		sk = NULL;
	}
	return sk;
}

/* -- reading them ---------------------------------------------------------------*/

typedef int (*put_fn)(struct sk_buff *skb, const struct tcpmob_asker *who,
		      const struct tcpmob_sock *ms);

static struct tcpmob_asker asker(struct sk_buff *request, const struct net *net)
{
	return (struct tcpmob_asker) {
		.user_ns = sk_user_ns(NETLINK_CB(request).sk),
		.admin = netlink_ns_capable(request, net->user_ns,
					    CAP_NET_ADMIN),
	};
}

/* One message about @sk; -ESRCH if it does not use mobility any more. */
static int put_message(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		       u8 cmd, put_fn put, const struct tcpmob_asker *who,
		       struct sock *sk, const struct tcpmob_select *sel)
{
	const struct tcpmob_sock *ms;
	int err = -ESRCH;
	void *hdr;

	hdr = genlmsg_put(skb, portid, seq, &family, flags, cmd);
	if (!hdr)
		return -EMSGSIZE;
	rcu_read_lock();
	ms = tcpmob_sock_of(sk);
	if (ms && (!sel || tcpmob_attrs_selected(sel, ms)))
		err = put(skb, who, ms);
	rcu_read_unlock();
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

static int only_cookie(struct genl_info *info)
{
	int i;

	for (i = 1; i <= TCP_MOBILITY_A_CONN_MAX; i++) {
		if (i == A(COOKIE) || !info->attrs[i])
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[i],
				    "one connection is named by its cookie alone; a dump selects");
		return -EINVAL;
	}
	if (info->attrs[A(COOKIE)])
		return 0;
	NL_SET_ERR_MSG(info->extack, "the cookie of the connection is missing");
	return -EINVAL;
}

static int get_one(struct sk_buff *request, struct genl_info *info, u8 cmd,
		   put_fn put)
{
	struct net *net = genl_info_net(info);
	struct tcpmob_asker who = asker(request, net);
	struct sk_buff *skb;
	struct sock *sk;
	int err;

	err = only_cookie(info);
	if (err)
		return err;
	skb = genlmsg_new(CONN_SIZE, GFP_KERNEL);
	if (!skb)
		return mobility_no_memory(info->extack);
	sk = find_conn(tcpmob_net(net), info->attrs[A(COOKIE)]);
	err = -ESRCH;
	if (sk) {
		err = put_message(skb, info->snd_portid, info->snd_seq, 0, cmd,
				  put, &who, sk, NULL);
		sock_put(sk);
	}
	if (!err)
		return genlmsg_reply(skb, info);
	nlmsg_free(skb);
	if (err == -ENOTCONN)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[A(COOKIE)],
				    "the connection has no secret");
	else
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[A(COOKIE)],
				    "no socket with mobility has this cookie");
	return err;
}

static int conn_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return get_one(skb, info, TCP_MOBILITY_CMD_CONN_GET,
		       tcpmob_attrs_put_conn);
}

static int keys_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return get_one(skb, info, TCP_MOBILITY_CMD_KEYS_GET,
		       tcpmob_attrs_put_keys);
}

/**
 * struct dump - how far a dump of connections is
 * @sel: what is wanted
 * @next: the cookie to go on with
 * @begun: @sel is there, and who asks may ask
 * @end: there is none behind the last
 */
struct dump {
	struct tcpmob_select	sel;
	unsigned long		next;
	bool			begun;
	bool			end;
};

static struct dump **dump_of(struct netlink_callback *cb)
{
	return (struct dump **)cb->ctx;
}

/* The first look at the request. */
static int dump_begin(struct netlink_callback *cb, struct dump *d)
{
	struct nlattr **attrs = mobility_dump_attrs(cb);
	int err;

	if (attrs[A(COOKIE)]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[A(COOKIE)],
				    "a dump is of many connections, a cookie names one");
		return -EINVAL;
	}
	err = tcpmob_attrs_get_select(attrs, &d->sel, cb->extack);
	d->begun = !err;
	return err;
}

/*
 * Before 6.6 there is no place here for the words of a refusal: then the end of
 * the dump brings it, with its words (dump_some()). Not so that of who may not
 * ask: that is to be found out while the sender is the one who runs, and a reader
 * that takes the end of a dump for its end would see no keys instead of an error.
 */
static int dump_start(struct netlink_callback *cb)
{
	struct dump *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int err = 0;

	if (!d)
		return mobility_no_memory(cb->extack);
	if (cb->extack)
		err = dump_begin(cb, d);
	if (err)
		kfree(d);
	else
		*dump_of(cb) = d;
	return err;
}

static int keys_start(struct netlink_callback *cb)
{
	return mobility_dump_admin(cb) ?: dump_start(cb);
}

static int conn_done(struct netlink_callback *cb)
{
	kfree(*dump_of(cb));
	return 0;
}

static int dump_some(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		     put_fn put)
{
	struct net *net = sock_net(cb->skb->sk);
	struct tcpmob_asker who = asker(cb->skb, net);
	struct dump *d = *dump_of(cb);
	struct sock *sk;
	int err = 0;

	if (!d->begun)
		err = dump_begin(cb, d);
	if (err)
		return err;
	while (!d->end) {
		sk = tcpmob_conn_next(tcpmob_net(net), &d->next);
		if (!sk)
			break;
		err = put_message(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, NLM_F_MULTI, cmd, put,
				  &who, sk, &d->sel);
		sock_put(sk);
		if (err == -EMSGSIZE)
			break;
		err = 0;
		if (d->next++ == ULONG_MAX)
			d->end = true;
		cond_resched();
	}
	return skb->len ?: err;
}

static int conn_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_some(skb, cb, TCP_MOBILITY_CMD_CONN_GET,
			 tcpmob_attrs_put_conn);
}

static int keys_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_some(skb, cb, TCP_MOBILITY_CMD_KEYS_GET,
			 tcpmob_attrs_put_keys);
}

/* -- verbs ----------------------------------------------------------------------*/

/**
 * struct order - what is to be done
 * @act: the verb, under the socket lock
 * @to: address to move to, IPv4 as v4-mapped
 * @has_to: there is one
 * @follows: all of the namespace shall, so that who is not at hand does it later,
 *	as tcpmob_net.pause says
 */
struct order {
	int		(*act)(struct tcpmob_sock *ms, const struct order *o);
	struct in6_addr	to;
	bool		has_to;
	bool		follows;
};

/*
 * Programs may use their sockets as long as they like. While an order waits for one
 * all of generic netlink on the host waits with it: that is so many jiffies for the
 * order, and so many for one socket of several.
 */
#define ORDER_PATIENCE	(HZ / 5)
#define SOCKET_PATIENCE	(HZ / 50)

/* Why one connection was refused, in words. */
static int explain(struct netlink_ext_ack *extack, int err)
{
	switch (err) {
	case -ESRCH:
		NL_SET_ERR_MSG(extack, "no socket with mobility has this cookie");
		break;
	case -ENOTCONN:
		NL_SET_ERR_MSG(extack,
			       "both ends have to be connected and hold each other's key");
		break;
	case -EAGAIN:
		NL_SET_ERR_MSG(extack,
			       "its program is using the socket, or has not accepted it yet");
		break;
	case -EBUSY:
		NL_SET_ERR_MSG(extack,
			       "its program has bound the socket to an address or a device");
		break;
	case -EADDRNOTAVAIL:
		NL_SET_ERR_MSG(extack, "the address is not one of this host");
		break;
	case -EAFNOSUPPORT:
		NL_SET_ERR_MSG(extack,
			       "the address is of another family than the connection");
		break;
	case -EADDRINUSE:
		NL_SET_ERR_MSG(extack,
			       "another socket has the new addresses and ports");
		break;
	case -EALREADY:
		NL_SET_ERR_MSG(extack, "the connection is so already");
		break;
	case -EHOSTUNREACH:
	case -ENETUNREACH:
	case -EACCES:	/* a route that prohibits */
	case -EINVAL:	/* a blackhole */
		NL_SET_ERR_MSG(extack, "no route leads to the peer");
		break;
	default:
		NL_SET_ERR_MSG(extack, "the connection cannot do that now");
		break;
	}
	return err;
}

static bool is_connected(const struct sock *sk)
{
	return !((1 << READ_ONCE(sk->sk_state)) &
		 (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT | TCPF_SYN_RECV));
}

/* Connected, and keys exchanged both ways. */
static bool may_act(const struct tcpmob_sock *ms)
{
	return ms->keyed && READ_ONCE(ms->peer_has) && is_connected(ms->sk);
}

/* An address of this host, but not one to reach it by from far away. */
static bool nobody_answers(const struct in6_addr *addr)
{
	return ipv6_addr_v4mapped(addr) ?
	       ipv4_is_loopback(addr->s6_addr32[3]) :
	       ipv6_addr_type(addr) & (IPV6_ADDR_LOOPBACK |
				       IPV6_ADDR_LINKLOCAL);
}

static int act_move(struct tcpmob_sock *ms, const struct order *o)
{
	if (!may_act(ms))
		return -ENOTCONN;
	tcpmob_pause_follow(ms);	/* of an order before, which a move ends */
	if (!o->has_to)
		return tcpmob_mover_to(ms, NULL);
	if (ipv6_addr_v4mapped(&o->to) == tcpmob_sk_is_v6(ms->sk))
		return -EAFNOSUPPORT;
	if (!tcpmob_addrs_is_local(ms->sk, &o->to) || nobody_answers(&o->to))
		return -EADDRNOTAVAIL;
	return tcpmob_mover_to(ms, &o->to);
}

static int act_repair(struct tcpmob_sock *ms, const struct order *o)
{
	if (!may_act(ms))
		return -ENOTCONN;
	if (ms->mv != TCPMOB_MV_STABLE && ms->mv != TCPMOB_MV_SUSPENDED)
		return -EALREADY;
	if (!tcpmob_addrs_usable(ms->sk))
		return -EHOSTUNREACH;
	set_bit(TCPMOB_USER_REPAIR, &ms->seen);
	tcpmob_mover_repair(ms);
	tcpmob_sock_kick_move(ms, TCPMOB_EV_TIMERS);	/* arms the repeats */
	return 0;
}

/* What @follows does so with its keys half exchanged, too: tcpmob_pause_follow(). */
static int act_pause(struct tcpmob_sock *ms, const struct order *o, bool on)
{
	bool was = test_bit(TCPMOB_W_PAUSE, &ms->watch);

	if (!may_act(ms) &&
	    !(o->follows && ms->keyed && is_connected(ms->sk)))
		return -ENOTCONN;
	tcpmob_pause_follow(ms);
	/* That was this order; or it is not the last any more. */
	if (!o->follows && on != test_bit(TCPMOB_W_PAUSE, &ms->watch))
		tcpmob_pause(ms, on);
	else if (!o->follows || was == test_bit(TCPMOB_W_PAUSE, &ms->watch))
		return -EALREADY;
	tcpmob_sock_kick_move(ms, TCPMOB_EV_TIMERS);
	return 0;
}

static int act_stop(struct tcpmob_sock *ms, const struct order *o)
{
	return act_pause(ms, o, true);
}

static int act_go_on(struct tcpmob_sock *ms, const struct order *o)
{
	return act_pause(ms, o, false);
}

/* For at most @limit jiffies, and no more than are left of @patience. */
static bool lock_within(struct sock *sk, unsigned int limit,
			unsigned int *patience)
{
	while (!tcpmob_sock_trylock(sk)) {
		/* That may take its listener hours. */
		if (tcpmob_sock_unaccepted(sk) || !limit-- || !*patience ||
		    fatal_signal_pending(current))
			return false;
		(*patience)--;
		schedule_timeout_killable(1);
	}
	return true;
}

static int order_one(struct sock *sk, const struct order *o,
		     unsigned int limit, unsigned int *patience)
{
	struct tcpmob_sock *ms;
	int err = -ESRCH;

	if (!lock_within(sk, limit, patience))
		return -EAGAIN;
	ms = tcpmob_sock_of(sk);
	if (ms)
		err = o->act(ms, o);
	release_sock(sk);
	return err;
}

static int reply_counts(struct genl_info *info, u8 cmd, u32 count, u32 failed)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!skb)
		return mobility_no_memory(info->extack);
	hdr = genlmsg_put_reply(skb, info, &family, 0, cmd);
	if (!hdr || nla_put_u32(skb, A(COUNT), count) ||
	    nla_put_u32(skb, A(FAILED), failed)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/* Only what has a secret can be meant by a verb, and not what is over: a program may
 * keep such a socket for hours.
 */
static bool meant(struct sock *sk, const struct tcpmob_select *sel)
{
	const struct tcpmob_sock *ms;
	bool yes;

	rcu_read_lock();
	ms = tcpmob_sock_of(sk);
	yes = ms && is_connected(sk) && tcpmob_attrs_selected(sel, ms);
	rcu_read_unlock();
	return yes;
}

/* If all are refused the first one's reason is the answer; if some are it stands with
 * the numbers. One that ends meanwhile is in neither.
 */
static int order_many(struct genl_info *info, u8 cmd, const struct order *o,
		      struct tcpmob_select *sel)
{
	struct tcpmob_net *tn = tcpmob_net(genl_info_net(info));
	unsigned int patience = o->follows ? 0 : ORDER_PATIENCE;
	u32 count = 0, failed = 0;
	unsigned long at = 0;
	int err, why = 0;
	struct sock *sk;

	sel->secret = true;
	/* First: what a program orders for its socket while we are at others is later. */
	if (o->follows)
		tcpmob_pause_all(tn, o->act == act_stop);
	do {
		sk = tcpmob_conn_next(tn, &at);
		if (!sk)
			break;
		err = meant(sk, sel) ?
		      order_one(sk, o, SOCKET_PATIENCE, &patience) : -EALREADY;
		if (err == -EAGAIN && o->follows)
			err = 0;
		else if (err && !is_connected(sk))
			err = -EALREADY;
		sock_put(sk);
		count += !err;
		if (err && err != -EALREADY) {
			failed++;
			why = why ?: err;
		}
		cond_resched();
	} while (at++ != ULONG_MAX && !fatal_signal_pending(current));
	/* Those that were busy, or come to be. */
	if (o->follows)
		tcpmob_addrs_evaluate(tn);
	if (failed)
		explain(info->extack, why);
	return failed && !count ? why : reply_counts(info, cmd, count, failed);
}

/* Whether anything in the request selects some of the connections. */
static bool selects_some(struct nlattr **attrs)
{
	return attrs[A(FAMILY)] || attrs[A(LOCAL_ADDR)] ||
	       attrs[A(LOCAL_PORT)] || attrs[A(REMOTE_ADDR)] ||
	       attrs[A(REMOTE_PORT)] || attrs[A(SELECT_STATES)];
}

static int order_by(struct sk_buff *skb, struct genl_info *info, u8 cmd,
		    const struct order *o)
{
	unsigned int patience = ORDER_PATIENCE;
	struct nlattr **attrs = info->attrs;
	struct tcpmob_select sel;
	struct sock *sk;
	int err;

	/* The core is ours until the last request of a datagram: thousands of
	 * orders, each with patience or all connections to look at, would keep it
	 * for hours.
	 */
	if (skb->len > NLMSG_ALIGN(info->nlhdr->nlmsg_len)) {
		NL_SET_ERR_MSG(info->extack,
			       "send each order in a datagram of its own");
		return -EINVAL;
	}
	err = tcpmob_attrs_get_select(attrs, &sel, info->extack);
	if (err)
		return err;
	/* A pause of all is one of the namespace, of some it is not. */
	if (attrs[A(ALL)] && selects_some(attrs)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[A(ALL)],
				    "all leaves nothing to select: give one or the other");
		return -EINVAL;
	}
	if (!attrs[A(COOKIE)]) {
		if (attrs[A(ALL)] || selects_some(attrs))
			return order_many(info, cmd, o, &sel);
		NL_SET_ERR_MSG(info->extack,
			       "say which connections: a cookie, addresses or ports, or all");
		return -EINVAL;
	}
	if (attrs[A(ALL)] || selects_some(attrs)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[A(COOKIE)],
				    "a cookie names one connection, and something else selects many");
		return -EINVAL;
	}
	sk = find_conn(tcpmob_net(genl_info_net(info)), attrs[A(COOKIE)]);
	err = -ESRCH;
	if (sk) {
		err = order_one(sk, o, ORDER_PATIENCE, &patience);
		sock_put(sk);
	}
	return err ? explain(info->extack, err) :
		     reply_counts(info, cmd, 1, 0);
}

static int conn_move_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct order o = { .act = act_move };
	int err;

	if (info->attrs[A(TO_ADDR)]) {
		err = tcpmob_attrs_get_addr(info->attrs[A(TO_ADDR)], &o.to, info->extack);
		if (err < 0)
			return err;
		o.has_to = true;
	}
	return order_by(skb, info, TCP_MOBILITY_CMD_CONN_MOVE, &o);
}

static int conn_repair_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct order o = { .act = act_repair };

	return order_by(skb, info, TCP_MOBILITY_CMD_CONN_REPAIR, &o);
}

static int pause_by(struct sk_buff *skb, struct genl_info *info, u8 cmd, bool on)
{
	const struct order o = { .act = on ? act_stop : act_go_on,
				 .follows = info->attrs[A(ALL)] };

	return order_by(skb, info, cmd, &o);
}

static int conn_pause_doit(struct sk_buff *skb, struct genl_info *info)
{
	return pause_by(skb, info, TCP_MOBILITY_CMD_CONN_PAUSE, true);
}

static int conn_resume_doit(struct sk_buff *skb, struct genl_info *info)
{
	return pause_by(skb, info, TCP_MOBILITY_CMD_CONN_RESUME, false);
}

/* -- the namespace ----------------------------------------------------------------*/

/* A reply with what @put puts into it. */
static int reply(struct genl_info *info, u8 cmd,
		 int (*put)(struct sk_buff *skb, struct tcpmob_net *tn))
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!skb)
		return mobility_no_memory(info->extack);
	hdr = genlmsg_put_reply(skb, info, &family, 0, cmd);
	if (!hdr || put(skb, tcpmob_net(genl_info_net(info)))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

#define L(name)		TCP_MOBILITY_A_LIMITS_##name

static int put_limits(struct sk_buff *skb, struct tcpmob_net *tn)
{
	const struct {
		int	type;
		u32	value;
	} limits[] = {
		{ L(MAX_CONNECTIONS),	READ_ONCE(tn->max_connections) },
		{ L(CONNECTIONS),	READ_ONCE(tn->n_keyed) },
		{ L(MAX_HALF_OPEN),	READ_ONCE(tn->max_half_open) },
		{ L(HALF_OPEN),		READ_ONCE(tn->half.count) },
		{ L(MAX_SUSPENDED),	READ_ONCE(tn->max_suspended) },
		{ L(SUSPENDED),		atomic_read(&tn->n_suspended) },
		{ L(MAX_GHOSTS),	TCPMOB_GHOSTS_MAX },
		{ L(GHOSTS),		READ_ONCE(tn->ghosts.count) },
		{ L(SOCKETS),		atomic_read(&tn->n_conns) },
		{ L(SURVIVAL_TIME),	READ_ONCE(tn->survival) },
		{ L(SUSPEND_TIME),	READ_ONCE(tn->suspend_time) },
		{ L(KEY_POOL_SIZE),	tcpmob_key_pool_size() },
		{ L(KEY_POOL),
		  tcpmob_keys_ready(READ_ONCE(tn->curve_offer)) },
		{ L(KEY_PAIRS_MADE),	tcpmob_keys_made() },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++)
		if (nla_put_u32(skb, limits[i].type, limits[i].value))
			return -EMSGSIZE;
	return 0;
}

static int limits_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply(info, TCP_MOBILITY_CMD_LIMITS_GET, put_limits);
}

static void set_limit(const struct nlattr *attr, unsigned int *limit)
{
	if (attr)
		WRITE_ONCE(*limit, nla_get_u32(attr));
}

/* The policy has seen to it that each value is in range. */
static int limits_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpmob_net *tn = tcpmob_net(genl_info_net(info));
	struct nlattr **attrs = info->attrs;

	if (!attrs[L(MAX_CONNECTIONS)] && !attrs[L(MAX_HALF_OPEN)] &&
	    !attrs[L(MAX_SUSPENDED)] && !attrs[L(SURVIVAL_TIME)] &&
	    !attrs[L(SUSPEND_TIME)]) {
		NL_SET_ERR_MSG(info->extack, "no limit is given that could be set");
		return -EINVAL;
	}
	set_limit(attrs[L(MAX_CONNECTIONS)], &tn->max_connections);
	set_limit(attrs[L(MAX_HALF_OPEN)], &tn->max_half_open);
	set_limit(attrs[L(MAX_SUSPENDED)], &tn->max_suspended);
	set_limit(attrs[L(SURVIVAL_TIME)], &tn->survival);
	set_limit(attrs[L(SUSPEND_TIME)], &tn->suspend_time);
	return 0;
}

static int put_stat(struct sk_buff *skb, const struct tcpmob_stat *stat)
{
	if (nla_put_string(skb, TCP_MOBILITY_A_STAT_NAME, stat->name) ||
	    nla_put_u64_64bit(skb, TCP_MOBILITY_A_STAT_VALUE, stat->value,
			      TCP_MOBILITY_A_STAT_PAD) ||
	    nla_put_string(skb, TCP_MOBILITY_A_STAT_DOC, stat->doc))
		return -EMSGSIZE;
	return stat->gauge ? nla_put_flag(skb, TCP_MOBILITY_A_STAT_GAUGE) : 0;
}

/* cb->args[0] is the place of the next counter in the list. */
static int stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tcpmob_net *tn = tcpmob_net(sock_net(cb->skb->sk));
	struct tcpmob_stat stat;
	void *hdr;

	while (tcpmob_mib_get(tn, cb->args[0], &stat)) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &family, NLM_F_MULTI,
				  TCP_MOBILITY_CMD_STATS_GET);
		if (!hdr)
			break;
		if (put_stat(skb, &stat)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cb->args[0]++;
	}
	return skb->len;
}

#define V(name)		TCP_MOBILITY_A_VERSION_##name

static int put_version(struct sk_buff *skb, struct tcpmob_net *tn)
{
	const struct tcpmob_format fmt = tcpmob_format(tn);
	u32 curves = 0, c;

	for (c = TCPMOB_CURVE_P192; c <= TCPMOB_CURVE_X25519; c++)
		if (tcpmob_key_len(c))
			curves |= BIT(c - 1);
	if (nla_put_string(skb, V(MODULE_VERSION), TCPMOB_VERSION) ||
	    nla_put_string(skb, V(SPECIFICATION),
			   "draft-eddy-tcp-mobility-00") ||
	    nla_put_u8(skb, V(KIND_CONN_KEY), fmt.kind_conn_key) ||
	    nla_put_u8(skb, V(KIND_CONT), fmt.kind_cont) ||
	    nla_put_u8(skb, V(KIND_LOC_UPDATE), fmt.kind_loc_update) ||
	    nla_put_u8(skb, V(CONT_ORDER), fmt.drawn) ||
	    nla_put_u8(skb, V(CURVE_OFFER), READ_ONCE(tn->curve_offer)) ||
	    nla_put_u32(skb, V(CURVE_ACCEPT), READ_ONCE(tn->curve_accept)) ||
	    nla_put_u32(skb, V(CURVES), curves))
		return -EMSGSIZE;
	return fmt.exid ? nla_put_u16(skb, V(EXID), TCPMOB_EXID) : 0;
}

static int version_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply(info, TCP_MOBILITY_CMD_VERSION_GET, put_version);
}

/* -- the family -------------------------------------------------------------------*/

static TCPMOB_RANGE_CONST struct netlink_range_validation count_range = {
	.max = 1 << 24,
};

static TCPMOB_RANGE_CONST struct netlink_range_validation survival_range = {
	.min = 1,
	.max = 604800,
};

static TCPMOB_RANGE_CONST struct netlink_range_validation suspend_range = {
	.max = TCP_MOBILITY_SUSPEND_TIME_MAX,
};

/* In the policy, so that an answer names the attribute. Only octets
 * may have such a function: for numbers the kernel's answer to an error takes the
 * pointer for a range, and warns.
 */
static int check_addr(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	struct in6_addr addr;
	int err = tcpmob_attrs_get_addr(attr, &addr, extack);

	return err < 0 ? err : 0;
}

#define ADDR_POLICY	NLA_POLICY_VALIDATE_FN(NLA_BINARY, check_addr, 16)

/* What each operation takes; everything else is refused. */
#define SELECT_POLICY							\
	[A(FAMILY)]		= { .type = NLA_U16 },			\
	[A(LOCAL_ADDR)]		= ADDR_POLICY,				\
	[A(LOCAL_PREFIX)]	= NLA_POLICY_MAX(NLA_U8, 128),		\
	[A(LOCAL_PORT)]		= { .type = NLA_U16 },			\
	[A(REMOTE_ADDR)]	= ADDR_POLICY,				\
	[A(REMOTE_PREFIX)]	= NLA_POLICY_MAX(NLA_U8, 128),		\
	[A(REMOTE_PORT)]	= { .type = NLA_U16 },			\
	[A(SELECT_STATES)]	= NLA_POLICY_RANGE(NLA_U32, 1, 1023)

/* By cookie (do), or by what is selected (dump). */
static const struct nla_policy get_policy[TCP_MOBILITY_A_CONN_MAX + 1] = {
	[A(COOKIE)]		= { .type = NLA_U64 },
	SELECT_POLICY,
	[A(SELECT_SECRET)]	= { .type = NLA_FLAG },
};

static const struct nla_policy verb_policy[TCP_MOBILITY_A_CONN_MAX + 1] = {
	[A(COOKIE)]		= { .type = NLA_U64 },
	SELECT_POLICY,
	[A(ALL)]		= { .type = NLA_FLAG },
};

static const struct nla_policy move_policy[TCP_MOBILITY_A_CONN_MAX + 1] = {
	[A(COOKIE)]		= { .type = NLA_U64 },
	SELECT_POLICY,
	[A(ALL)]		= { .type = NLA_FLAG },
	[A(TO_ADDR)]		= ADDR_POLICY,
};

static const struct nla_policy limits_policy[TCP_MOBILITY_A_LIMITS_MAX + 1] = {
	[L(MAX_CONNECTIONS)]	= NLA_POLICY_FULL_RANGE(NLA_U32, &count_range),
	[L(MAX_HALF_OPEN)]	= NLA_POLICY_FULL_RANGE(NLA_U32, &count_range),
	[L(MAX_SUSPENDED)]	= NLA_POLICY_FULL_RANGE(NLA_U32, &count_range),
	[L(SURVIVAL_TIME)]	= NLA_POLICY_FULL_RANGE(NLA_U32, &survival_range),
	[L(SUSPEND_TIME)]	= NLA_POLICY_FULL_RANGE(NLA_U32, &suspend_range),
};

/* Operations that take nothing. */
static const struct nla_policy no_policy[] = {
	[1]			= { .type = NLA_REJECT },
};

static const struct genl_ops ops[] = {
	{
		.cmd		= TCP_MOBILITY_CMD_CONN_GET,
		.doit		= conn_get_doit,
		.start		= dump_start,
		.dumpit		= conn_get_dumpit,
		.done		= conn_done,
		.policy		= get_policy,
		.maxattr	= TCP_MOBILITY_A_CONN_MAX,
	},
	{
		.cmd		= TCP_MOBILITY_CMD_CONN_MOVE,
		.doit		= conn_move_doit,
		.policy		= move_policy,
		.maxattr	= TCP_MOBILITY_A_CONN_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= TCP_MOBILITY_CMD_CONN_REPAIR,
		.doit		= conn_repair_doit,
		.policy		= verb_policy,
		.maxattr	= TCP_MOBILITY_A_CONN_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= TCP_MOBILITY_CMD_CONN_PAUSE,
		.doit		= conn_pause_doit,
		.policy		= verb_policy,
		.maxattr	= TCP_MOBILITY_A_CONN_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= TCP_MOBILITY_CMD_CONN_RESUME,
		.doit		= conn_resume_doit,
		.policy		= verb_policy,
		.maxattr	= TCP_MOBILITY_A_CONN_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= TCP_MOBILITY_CMD_KEYS_GET,
		.doit		= keys_get_doit,
		.start		= keys_start,
		.dumpit		= keys_get_dumpit,
		.done		= conn_done,
		.policy		= get_policy,
		.maxattr	= TCP_MOBILITY_A_CONN_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= TCP_MOBILITY_CMD_LIMITS_GET,
		.doit		= limits_get_doit,
		.policy		= no_policy,
		.maxattr	= ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd		= TCP_MOBILITY_CMD_LIMITS_SET,
		.doit		= limits_set_doit,
		.policy		= limits_policy,
		.maxattr	= TCP_MOBILITY_A_LIMITS_MAX,
		.internal_flags	= MOBILITY_ADMIN,
	},
	{
		.cmd		= TCP_MOBILITY_CMD_STATS_GET,
		.dumpit		= stats_get_dumpit,
		.policy		= no_policy,
		.maxattr	= ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd		= TCP_MOBILITY_CMD_VERSION_GET,
		.doit		= version_get_doit,
		.policy		= no_policy,
		.maxattr	= ARRAY_SIZE(no_policy) - 1,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = TCP_MOBILITY_MCGRP_EVENTS },
};

/* No .resv_start_op and no .validate: everything is checked strictly. */
static struct genl_family family __ro_after_init = {
	.name		= TCP_MOBILITY_FAMILY_NAME,
	.version	= TCP_MOBILITY_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.pre_doit	= mobility_pre_doit,
	.module		= THIS_MODULE,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

/**
 * tcpmob_netlink_register() - let users in
 *
 * Ahead of the first socket, as events go to the family, and behind all that
 * requests look at.
 *
 * Return: 0 or what generic netlink answered.
 */
int __init tcpmob_netlink_register(void)
{
	return genl_register_family(&family);
}

/* No socket and no work of a connection is left. Waits for requests; a dump that
 * is not at its end holds the module.
 */
void tcpmob_netlink_unregister(void)
{
	genl_unregister_family(&family);
}
