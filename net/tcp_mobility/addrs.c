// SPDX-License-Identifier: GPL-2.0
/*
 * Local addresses and routes come and go: every connection of the namespace is
 * then asked to look whether it is still where it fits. Notifiers run in any
 * context, so they only queue the work; a storm of events is one run.
 *
 * Some events come before the tables have changed (an IPv6 route, on another
 * processor), so a second look follows a little later.
 *
 * The FIB notifier also tells when an IPv6 address has passed duplicate address
 * detection: that is when its host route is added.
 */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/fib_notifier.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "tcp_mobility.h"

#define SETTLE_TIME	(HZ / 50)
#define EVALUATE_BATCH	64	/* connections under the lock at a time */

/*
 * Ask up to EVALUATE_BATCH connections that this round has not asked yet; they
 * go to the end of the list. Returns whether there are more.
 */
static bool evaluate_some(struct tcpmob_net *tn, u32 round)
{
	unsigned int left = EVALUATE_BATCH;
	struct tcpmob_sock *ms;

	spin_lock_bh(&tn->lock);
	while (left--) {
		ms = list_first_entry_or_null(&tn->socks, struct tcpmob_sock,
					      list);
		if (!ms || ms->round == round) {
			spin_unlock_bh(&tn->lock);
			return false;
		}
		ms->round = round;
		list_move_tail(&ms->list, &tn->socks);
		/* On the list a context has its socket: release() takes it off
		 * before the socket can go.
		 */
		if (READ_ONCE(ms->hs) == TCPMOB_HS_EXCHANGE ||
		    READ_ONCE(ms->hs) == TCPMOB_HS_DONE ||
		    READ_ONCE(ms->mv) != TCPMOB_MV_STABLE)
			tcpmob_sock_kick_move(ms, TCPMOB_EV_EVALUATE);
	}
	spin_unlock_bh(&tn->lock);
	return true;
}

static void evaluate_all(struct work_struct *work)
{
	struct tcpmob_net *tn = container_of(work, struct tcpmob_net, evaluate);
	u32 round = ++tn->round ?: ++tn->round;	/* 0: never asked */

	while (evaluate_some(tn, round))
		cond_resched();
}

static void settled(struct work_struct *work)
{
	struct tcpmob_net *tn = container_of(to_delayed_work(work),
					     struct tcpmob_net, settle);

	queue_work(tcpmob_wq, &tn->evaluate);
}

static void changed(const struct net *net)
{
	struct tcpmob_net *tn = tcpmob_net(net);

	if (list_empty(&tn->socks))
		return;
	queue_work(tcpmob_wq, &tn->evaluate);
	mod_delayed_work(tcpmob_wq, &tn->settle, SETTLE_TIME);
}

/* Ask every connection to look again, as after an event. */
void tcpmob_addrs_evaluate(struct tcpmob_net *tn)
{
	queue_work(tcpmob_wq, &tn->evaluate);
}

static int inetaddr_event(struct notifier_block *nb, unsigned long event,
			  void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	changed(dev_net(ifa->ifa_dev->dev));
	return NOTIFY_DONE;
}

static int inet6addr_event(struct notifier_block *nb, unsigned long event,
			   void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;

	changed(dev_net(ifa->idev->dev));
	return NOTIFY_DONE;
}

static int fib_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct tcpmob_net *tn = container_of(nb, struct tcpmob_net, fib_nb);

	changed(tn->net);
	return NOTIFY_DONE;
}

static struct notifier_block inetaddr_nb = { .notifier_call = inetaddr_event };
static struct notifier_block inet6addr_nb = { .notifier_call = inet6addr_event };

int tcpmob_addrs_register(void)
{
	int err;

	err = register_inetaddr_notifier(&inetaddr_nb);
	if (err)
		return err;
	err = register_inet6addr_notifier(&inet6addr_nb);
	if (err)
		unregister_inetaddr_notifier(&inetaddr_nb);
	return err;
}

void tcpmob_addrs_unregister(void)
{
	unregister_inet6addr_notifier(&inet6addr_nb);
	unregister_inetaddr_notifier(&inetaddr_nb);
}

/* Registering wants rtnl on some kernels, so not under the socket lock. */
static void fib_watch(struct work_struct *work)
{
	struct tcpmob_net *tn = container_of(work, struct tcpmob_net, fib_work);

	/* A work item never runs beside itself. */
	if (!tn->fib_registered &&
	    !register_fib_notifier(tn->net, &tn->fib_nb, NULL, NULL))
		WRITE_ONCE(tn->fib_registered, true);
	/* Something may have changed before. */
	changed(tn->net);
}

/* The namespace has its first mobility socket. */
void tcpmob_addrs_watch(struct tcpmob_net *tn)
{
	if (!READ_ONCE(tn->fib_registered))
		queue_work(tcpmob_wq, &tn->fib_work);
}

void tcpmob_addrs_net_init(struct tcpmob_net *tn)
{
	INIT_WORK(&tn->evaluate, evaluate_all);
	INIT_DELAYED_WORK(&tn->settle, settled);
	INIT_WORK(&tn->fib_work, fib_watch);
	tn->fib_nb.notifier_call = fib_event;
}

void tcpmob_addrs_net_exit(struct tcpmob_net *tn)
{
	cancel_work_sync(&tn->fib_work);
	if (tn->fib_registered)
		unregister_fib_notifier(tn->net, &tn->fib_nb);
	cancel_delayed_work_sync(&tn->settle);
	cancel_work_sync(&tn->evaluate);
}

/* -- which address ---------------------------------------------------------------*/

/* Whether @addr (IPv4 as v4-mapped) is an address of this host. */
bool tcpmob_addrs_is_local(const struct sock *sk, const struct in6_addr *addr)
{
	struct net *net = sock_net(sk);

	if (tcpmob_sk_is_v6(sk))
		return ipv6_chk_addr(net, addr, NULL, 0);
	return inet_addr_type(net, addr->s6_addr32[3]) == RTN_LOCAL;
}

/* The socket's flow, but for the local address. */
static struct flowi4 flow_v4(const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	return (struct flowi4) {
		.daddr		= inet->inet_daddr,
		.flowi4_oif	= sk->sk_bound_dev_if,
		.flowi4_mark	= READ_ONCE(sk->sk_mark),
		.flowi4_tos	= RT_TOS(inet->tos),
		.flowi4_proto	= IPPROTO_TCP,
		.flowi4_uid	= sock_net_uid(sock_net(sk), sk),
		.fl4_sport	= inet->inet_sport,
		.fl4_dport	= inet->inet_dport,
	};
}

static struct flowi6 flow_v6(const struct sock *sk)
{
	return (struct flowi6) {
		.daddr		= sk->sk_v6_daddr,
		.flowi6_oif	= sk->sk_bound_dev_if,
		.flowi6_mark	= READ_ONCE(sk->sk_mark),
		.flowi6_proto	= IPPROTO_TCP,
		.flowi6_uid	= sock_net_uid(sock_net(sk), sk),
		.flowlabel	= ip6_make_flowinfo(inet6_sk(sk)->tclass, 0),
		.fl6_sport	= inet_sk(sk)->inet_sport,
		.fl6_dport	= inet_sk(sk)->inet_dport,
	};
}

static bool link_local_peer(const struct sock *sk)
{
	return ipv6_addr_type(&sk->sk_v6_daddr) & IPV6_ADDR_LINKLOCAL;
}

/*
 * Whether a route leads from the socket's own address to the peer. IPsec is not
 * asked: what it refuses today, no event of ours tells when it may go.
 */
static bool has_route(const struct sock *sk)
{
	struct net *net = sock_net(sk);
	struct dst_entry *dst;
	struct flowi4 fl4;
	struct flowi6 fl6;
	struct rtable *rt;
	bool has;

	if (!tcpmob_sk_is_v6(sk)) {
		fl4 = flow_v4(sk);
		fl4.saddr = inet_sk(sk)->inet_saddr;
		rt = __ip_route_output_key(net, &fl4);
		if (IS_ERR(rt))
			return false;
		ip_rt_put(rt);
		return true;
	}
	/* Which link that is only the socket knows. */
	if (link_local_peer(sk))
		return true;
	fl6 = flow_v6(sk);
	fl6.saddr = sk->sk_v6_rcv_saddr;
	dst = ip6_route_output(net, sk, &fl6);
	has = !dst->error;
	dst_release(dst);
	return has;
}

/* Whether the socket's own address still belongs to this host, with a route to
 * the peer: a link that goes down takes the routes and may leave the address.
 */
bool tcpmob_addrs_usable(const struct sock *sk)
{
	struct tcpmob_tuple own;

	tcpmob_tuple_of(sk, &own);
	return tcpmob_addrs_is_local(sk, &own.laddr) && has_route(sk);
}

static int prefer_v4(struct sock *sk, struct in6_addr *addr)
{
	struct flowi4 fl4 = flow_v4(sk);
	struct rtable *rt;
	int err = 0;

	security_sk_classify_flow(sk, flowi4_to_flowi_common(&fl4));
	rt = ip_route_output_flow(sock_net(sk), &fl4, sk);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	/* A peer on this host: nowhere to move to. */
	if (rt->rt_type != RTN_UNICAST || !fl4.saddr)
		err = -EHOSTUNREACH;
	else
		ipv6_addr_set_v4mapped(fl4.saddr, addr);
	ip_rt_put(rt);
	return err;
}

/* Whether @addr is an address of @dev, and not one on its way out. */
static bool fine_on(struct net *net, const struct in6_addr *addr,
		    const struct net_device *dev)
{
	return ipv6_chk_addr_and_flags(net, addr, dev, false, 1,
				       IFA_F_TENTATIVE | IFA_F_DEPRECATED);
}

static int prefer_v6(struct sock *sk, struct in6_addr *addr)
{
	struct net *net = sock_net(sk);
	struct flowi6 fl6 = flow_v6(sk);
	struct dst_entry *dst;
	int err = 0;

	if (link_local_peer(sk))
		return -EHOSTUNREACH;
	security_sk_classify_flow(sk, flowi6_to_flowi_common(&fl6));
	dst = ip6_dst_lookup_flow(net, sk, &fl6, NULL);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	if (((struct rt6_info *)dst)->rt6i_flags & (RTF_LOCAL | RTF_REJECT) ||
	    dst->dev->flags & IFF_LOOPBACK || ipv6_addr_any(&fl6.saddr) ||
	    ipv6_addr_type(&fl6.saddr) & IPV6_ADDR_LINKLOCAL)
		err = -EHOSTUNREACH;
	/* Temporary addresses (RFC 8981) take turns: a good address on the
	 * right interface is no reason to move.
	 */
	else if (fine_on(net, &sk->sk_v6_rcv_saddr, dst->dev))
		*addr = sk->sk_v6_rcv_saddr;
	else
		*addr = fl6.saddr;
	dst_release(dst);
	return err;
}

/**
 * tcpmob_addrs_prefer() - the address that a new connection would get
 * @sk: the socket, locked
 * @addr: result, IPv4 as v4-mapped; unchanged on error
 *
 * Return: 0, or negative: there is no route to the peer, or no address for it.
 */
int tcpmob_addrs_prefer(struct sock *sk, struct in6_addr *addr)
{
	return tcpmob_sk_is_v6(sk) ? prefer_v6(sk, addr) : prefer_v4(sk, addr);
}
