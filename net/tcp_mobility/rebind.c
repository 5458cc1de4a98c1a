// SPDX-License-Identifier: GPL-2.0
/*
 * Moving a socket: addresses and ports in the TCP hashes, and the state of
 * congestion control, RTT and retransmission that belonged to the old path.
 *
 * Only what the kernel exports is called; the rest is reached through the live
 * socket: sk_prot->unhash and ->hash, icsk_af_ops, icsk_sync_mss.
 */
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "tcp_mobility.h"

/* Whether the connection runs over IPv6; a v4-mapped one does not. */
bool tcpmob_sk_is_v6(const struct sock *sk)
{
	return sk->sk_family == AF_INET6 &&
	       !ipv6_addr_v4mapped(&sk->sk_v6_daddr);
}

/* The socket's tuple as it is now. */
void tcpmob_tuple_of(const struct sock *sk, struct tcpmob_tuple *t)
{
	if (tcpmob_sk_is_v6(sk)) {
		t->laddr = sk->sk_v6_rcv_saddr;
		t->raddr = sk->sk_v6_daddr;
	} else {
		ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, &t->laddr);
		ipv6_addr_set_v4mapped(sk->sk_daddr, &t->raddr);
	}
	t->lport = htons(sk->sk_num);
	t->rport = sk->sk_dport;
}

/* Who else would get what comes for @t over this device; with a reference. */
static struct sock *owner_on(struct sock *sk, const struct tcpmob_tuple *t, int dif)
{
	struct net *net = sock_net(sk);
	struct inet_hashinfo *hinfo = net->ipv4.tcp_death_row.hashinfo;
	struct sock *other;

	if (tcpmob_sk_is_v6(sk))
		other = __inet6_lookup_established(net, hinfo, &t->raddr,
						   t->rport, &t->laddr,
						   ntohs(t->lport), dif, 0);
	else
		other = __inet_lookup_established(net, hinfo,
						  t->raddr.s6_addr32[3],
						  t->rport,
						  t->laddr.s6_addr32[3],
						  ntohs(t->lport), dif, 0);
	if (other == sk) {
		sock_gen_put(other);
		other = NULL;
	}
	return other;
}

/* False if the request has its answer, whether or not it is a connection by now. */
static bool drop_request(struct request_sock *req)
{
	bool dropped;

	/* A deferred accept, or no room: the client thinks that it is connected. */
	if (inet_rsk(req)->acked)
		return false;
	local_bh_disable();	/* the lock of the hash is softirq's, too */
	dropped = inet_csk_reqsk_queue_drop(req->rsk_listener, req);
	local_bh_enable();
	return dropped;
}

static bool taken_on(struct sock *sk, const struct tcpmob_tuple *t, int dif,
		     bool evict)
{
	struct sock *other;
	bool gone;
	int tries;

	/* Behind a request there may be another by now. */
	for (tries = 0; tries < 3; tries++) {
		other = owner_on(sk, t, dif);
		if (!other)
			return false;
		gone = evict && READ_ONCE(other->sk_state) == TCP_NEW_SYN_RECV &&
		       drop_request(inet_reqsk(other));
		sock_gen_put(other);
		if (!gone)
			return true;
		TCPMOB_INC(tcpmob_net(sock_net(sk)), RequestYielded);
	}
	return true;
}

/*
 * Whether another socket owns @t. One that is bound to a device owns it there only; a
 * socket that is not bound would take its segments all the same. So that asks for each
 * device: as many look-ups as the namespace has, once for each update or move.
 */
static bool tuple_taken(struct sock *sk, const struct tcpmob_tuple *t, bool evict)
{
	struct net_device *dev;
	bool taken = false;

	rcu_read_lock();
	if (sk->sk_bound_dev_if) {
		taken = taken_on(sk, t, sk->sk_bound_dev_if, evict);
		goto unlock;
	}
	for_each_netdev_rcu(sock_net(sk), dev) {
		taken = taken_on(sk, t, dev->ifindex, evict);
		if (taken)
			break;
	}
unlock:
	rcu_read_unlock();
	return taken;
}

static int set_local(struct sock *sk, const struct in6_addr *addr)
{
	struct in6_addr a6 = *addr;
	__be32 a4 = addr->s6_addr32[3];
	int err;

	/* Moves the socket between the buckets of the bind table too. */
	if (tcpmob_sk_is_v6(sk))
		err = inet_bhash2_update_saddr(sk, &a6, AF_INET6);
	else
		err = inet_bhash2_update_saddr(sk, &a4, AF_INET);
	if (err)
		return err;
	if (!tcpmob_sk_is_v6(sk))
		inet_sk(sk)->inet_saddr = a4;
	if (sk->sk_family == AF_INET6)
		inet6_sk(sk)->saddr = *addr;
	return 0;
}

static void set_remote(struct sock *sk, const struct in6_addr *addr, __be16 port)
{
	if (tcpmob_sk_is_v6(sk))
		sk->sk_v6_daddr = *addr;
	else
		sk_daddr_set(sk, addr->s6_addr32[3]);
	inet_sk(sk)->inet_dport = port;
}

/* Routes that were looked up for the old addresses. */
static void drop_routes(struct sock *sk)
{
	struct dst_entry *rx;

	sk_dst_reset(sk);
	rx = rcu_replace_pointer(sk->sk_rx_dst, NULL, lockdep_sock_is_held(sk));
	dst_release(rx);
}

/**
 * tcpmob_rebind() - give an established socket other addresses or ports
 * @sk: the socket; locked by the caller, in process context
 * @to: its new tuple; the local port stays
 * @evict: a handshake on @to whose SYN-ACK has had no answer gives way. It takes no
 *	more than one SYN, with any source address
 *
 * While the socket is in no hash a segment for it finds nobody: the caller has
 * made the old tuple a ghost, and nothing is expected on the new one yet.
 *
 * Return: 0, -EADDRINUSE if another socket owns @to, -ENOMEM.
 */
int tcpmob_rebind(struct sock *sk, const struct tcpmob_tuple *to, bool evict)
{
	struct tcpmob_net *tn = tcpmob_net(sock_net(sk));
	struct tcpmob_tuple from;
	int err = -EADDRINUSE;

	sock_owned_by_me(sk);

	tcpmob_tuple_of(sk, &from);
	if (tcpmob_tuple_equal(&from, to))
		return 0;
	mutex_lock(&tn->rebind);
	if (tuple_taken(sk, to, evict))
		goto unlock;

	err = 0;
	sk->sk_prot->unhash(sk);
	if (!ipv6_addr_equal(&from.laddr, &to->laddr))
		err = set_local(sk, &to->laddr);
	if (!err)
		set_remote(sk, &to->raddr, to->rport);
	sk->sk_prot->hash(sk);
	drop_routes(sk);
unlock:
	mutex_unlock(&tn->rebind);
	return err;
}

/* Start the congestion control module afresh, with its private state. */
static void restart_ca(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_congestion_ops *ca = icsk->icsk_ca_ops;

	if (!icsk->icsk_ca_initialized)
		return;
	if (ca->release)
		ca->release(sk);
	memset(icsk->icsk_ca_priv, 0, sizeof(icsk->icsk_ca_priv));
	if (ca->init)
		ca->init(sk);
}

/*
 * Everything sent and not acknowledged, but for what SACK covers, went over the
 * old path and has to be sent again (draft Section 5).
 */
static void mark_lost(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb;

	if (tcp_is_reno(tp))
		tp->sacked_out = 0;
	tp->retrans_out = 0;
	tp->lost_out = 0;
	skb_rbtree_walk(skb, &sk->tcp_rtx_queue) {
		struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		cb->sacked &= ~(TCPCB_SACKED_RETRANS | TCPCB_LOST);
		if (cb->sacked & TCPCB_SACKED_ACKED)
			continue;
		cb->sacked |= TCPCB_LOST;
		tp->lost_out += tcp_skb_pcount(skb);
	}
	tcp_clear_all_retrans_hints(tp);
}

static void set_ca_state(struct sock *sk, u8 state)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	if (icsk->icsk_ca_ops->set_state)
		icsk->icsk_ca_ops->set_state(sk, state);
	icsk->icsk_ca_state = state;
}

/**
 * tcpmob_restart_path() - forget the old path (draft Section 5)
 * @sk: the socket, locked
 * @cwnd: initial congestion window in segments
 *
 * Slow start from @cwnd, RTT, RTTVAR and RTO as for a new connection, no undo
 * of anything that belonged to the old path, and all unacknowledged data
 * marked lost. The caller makes output start.
 */
void tcpmob_restart_path(struct sock *sk, unsigned int cwnd)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	sock_owned_by_me(sk);

	/* RFC 6298 (2.1) */
	tp->srtt_us = 0;
	tp->mdev_us = jiffies_to_usecs(TCP_TIMEOUT_INIT);
	tp->rttvar_us = 0;
	tp->mdev_max_us = 0;
	minmax_reset(&tp->rtt_min, tcp_jiffies32, ~0U);
	memset(&tp->rack, 0, sizeof(tp->rack));
	tp->rack.reo_wnd_steps = 1;
	icsk->icsk_rto = TCP_TIMEOUT_INIT;
	icsk->icsk_backoff = 0;
	icsk->icsk_retransmits = 0;
	icsk->icsk_probes_out = 0;
	icsk->icsk_probes_tstamp = 0;
	tp->tlp_high_seq = 0;
	/* Nothing could come: that says nothing about the peer. */
	tp->rcv_tstamp = tcp_jiffies32;

	restart_ca(sk);
	tp->snd_ssthresh = TCP_INFINITE_SSTHRESH;
	tp->prior_ssthresh = 0;
	tp->prior_cwnd = 0;
	tcp_snd_cwnd_set(tp, cwnd);
	tp->snd_cwnd_cnt = 0;
	tp->snd_cwnd_stamp = tcp_jiffies32;
	tp->is_cwnd_limited = 0;
	tp->ecn_flags &= ~(TCP_ECN_QUEUE_CWR | TCP_ECN_DEMAND_CWR);

	mark_lost(sk);
	tp->high_seq = tp->snd_nxt;
	tp->undo_marker = 0;
	tp->undo_retrans = -1;
	tp->frto = 0;
	tp->retrans_stamp = 0;
	set_ca_state(sk, tp->packets_out ? TCP_CA_Loss : TCP_CA_Open);
}

/**
 * tcpmob_kick_output() - retransmit what is marked lost and send what waits
 * @sk: the socket, locked in process context; it happens in release_sock()
 *
 * Uses the flag by which TCP Small Queues defers output while a user owns the
 * socket, and sees to it that a timer runs if anything is left to send.
 */
void tcpmob_kick_output(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	sock_owned_by_me(sk);

	if (tp->packets_out)
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, icsk->icsk_rto,
					  TCP_RTO_MAX);
	else if (!tcp_write_queue_empty(sk))
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_PROBE0, icsk->icsk_rto,
					  TCP_RTO_MAX);
	if (!test_and_set_bit(TCP_TSQ_DEFERRED, &sk->sk_tsq_flags))
		sock_hold(sk);
}

/* MSS to announce on the path that the socket has now. */
u16 tcpmob_advmss(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);
	u16 user = tcp_sk(sk)->rx_opt.user_mss;
	u16 mss = dst ? dst_metric_advmss(dst) : tcp_sk(sk)->advmss;

	return user && user < mss ? user : mss;
}

/**
 * tcpmob_sync_mss() - segment size for the new path
 * @sk: the socket, locked, with a route
 * @mss: MSS option of the peer's SYN or SYN-ACK, 0 if there was none
 */
void tcpmob_sync_mss(struct sock *sk, u16 mss)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	const struct dst_entry *dst = __sk_dst_get(sk);
	u16 floor = tcpmob_sk_is_v6(sk) ? 1220 : TCP_MSS_DEFAULT;
	struct tcp_sock *tp = tcp_sk(sk);

	if (!dst)
		return;
	if (mss)
		tp->rx_opt.mss_clamp = max(floor, min(mss, tcpmob_advmss(sk)));
	tcp_mtup_init(sk);
	icsk->icsk_sync_mss(sk, dst_mtu(dst));
}
