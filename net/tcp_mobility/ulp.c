// SPDX-License-Identifier: GPL-2.0
/*
 * The socket side: a TCP upper-layer protocol named "mobility", which attaches
 * a context, hands it to children, and lets go of it; and what a program can
 * ask about its connection.
 *
 * Traps of the ULP interface, all met here: a child starts with a copy of the
 * listener's pointers; no module reference is taken for a child but one is put
 * when it dies; a socket keeps its ULP over disconnect().
 */
#include <linux/module.h>
#include <linux/netfilter.h>
#include <net/mptcp.h>
#include <net/netlink.h>
#include <net/tcp.h>
#include <uapi/linux/inet_diag.h>

#include "tcp_mobility.h"

static struct tcp_ulp_ops mobility_ulp;

/**
 * tcpmob_sock_of() - the context of a socket
 * @sk: a full socket
 *
 * Under the socket lock or rcu_read_lock().
 *
 * Return: the context, NULL if the socket does not use mobility.
 */
struct tcpmob_sock *tcpmob_sock_of(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);

	/* Both are set and cleared under the socket lock; a reader without it
	 * may see ops of ours and no data, never data of another ULP.
	 */
	if (READ_ONCE(icsk->icsk_ulp_ops) != &mobility_ulp)
		return NULL;
	return rcu_dereference_check(icsk->icsk_ulp_data,
				     lockdep_sock_is_held(sk));
}

/* setsockopt(TCP_ULP): under the socket lock, process context. */
static int mobility_init(struct sock *sk)
{
	struct tcpmob_net *tn = tcpmob_net(sock_net(sk));
	struct tcpmob_sock *ms;
	int err;

	/* Keys are exchanged while a connection is set up: later is too late. */
	if (!((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		return -EISCONN;
	if (sk_is_mptcp(sk))
		return -EOPNOTSUPP;

	err = tcpmob_segment_register(tn);
	if (err)
		return err;
	tcpmob_addrs_watch(tn);

	ms = tcpmob_sock_alloc(sk, GFP_KERNEL);
	if (!ms)
		return -ENOMEM;
	/* A listener keeps the SYN for us: segment.c reads Conn-Key from it. */
	if (!tcp_sk(sk)->save_syn)
		tcp_sk(sk)->save_syn = TCPMOB_SAVE_SYN;
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, ms);
	return 0;
}

/* The socket dies, or a child that could not be completed does. */
static void mobility_release(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcpmob_sock *ms;

	ms = rcu_dereference_protected(icsk->icsk_ulp_data, true);
	if (!ms)
		return;
	tcpmob_hold_let_go(sk);
	RCU_INIT_POINTER(icsk->icsk_ulp_data, NULL);
	tcpmob_sock_release(ms);
}

static void request_tuple(const struct request_sock *req,
			  struct tcpmob_tuple *t)
{
	const struct inet_request_sock *ireq = inet_rsk(req);

	/* On a v6 listener a v4 SYN has AF_INET6 in ireq_family. */
	if (req->rsk_ops->family == AF_INET) {
		ipv6_addr_set_v4mapped(ireq->ir_loc_addr, &t->laddr);
		ipv6_addr_set_v4mapped(ireq->ir_rmt_addr, &t->raddr);
	} else {
		t->laddr = ireq->ir_v6_loc_addr;
		t->raddr = ireq->ir_v6_rmt_addr;
	}
	t->lport = htons(ireq->ir_num);
	t->rport = ireq->ir_rmt_port;
}

/*
 * The SYN was saved for our SYN-ACK, which has left: do not let the child carry
 * it for life. Two children can be in the making from one request, of which the
 * stack keeps one: the exchange lets only one of them free it. A request that
 * may migrate to another listener of a reuseport group is copied with its
 * pointer: there the child carries the SYN. What a program asked for by
 * TCP_SAVE_SYN (1 or 2) is not touched.
 */
static void drop_saved_syn(struct request_sock *req, struct sock *newsk)
{
	if (tcp_sk(newsk)->save_syn != TCPMOB_SAVE_SYN ||
	    newsk->sk_reuseport)
		return;
	tcp_sk(newsk)->save_syn = 0;
	kfree(xchg(&req->saved_syn, NULL));
}

/* What the listener's program has set. */
static int inherited_suspend_time(const struct request_sock *req)
{
	const struct tcpmob_sock *listener = NULL;
	int value = -1;

	rcu_read_lock();
	if (req->rsk_listener)
		listener = tcpmob_sock_of(req->rsk_listener);
	if (listener)
		value = READ_ONCE(listener->suspend_time);
	rcu_read_unlock();
	return value;
}

/*
 * A child is made, in softirq, and nobody else knows it yet. One that
 * negotiated nothing is a plain socket: its ULP slot is free, for kTLS say.
 */
static void mobility_clone(const struct request_sock *req, struct sock *newsk,
			   const gfp_t priority)
{
	struct inet_connection_sock *icsk = inet_csk(newsk);
	struct tcpmob_net *tn = tcpmob_net(sock_net(newsk));
	struct tcpmob_exchange x;
	struct tcpmob_sock *ms;
	struct tcpmob_tuple t;
	unsigned int seen;

	/* A listener may have been held in an earlier life. */
	tcpmob_hold_let_go(newsk);
	RCU_INIT_POINTER(icsk->icsk_ulp_data, NULL);
	drop_saved_syn((struct request_sock *)req, newsk);
	request_tuple(req, &t);
	if (!tcpmob_half_claim(tn, &t, tcp_rsk(req)->snt_isn, &x, &seen)) {
		/* The other reasons were counted with the SYN-ACK. */
		if (!req->rsk_listener)
			TCPMOB_INC(tn, FallbackCookie);
		else if (!tcp_rsk(req)->snt_synack)
			TCPMOB_INC(tn, FallbackFastOpen);
		goto plain;
	}
	ms = tcpmob_sock_alloc(newsk, priority);
	if (!ms) {
		tcpmob_exchange_drop(&x);
		goto plain;
	}
	ms->x = x;
	ms->passive = true;
	ms->suspend_time = inherited_suspend_time(req);
	__module_get(THIS_MODULE);
	rcu_assign_pointer(icsk->icsk_ulp_data, ms);
	tcpmob_hs_child(ms, seen);
	tcpmob_event_connected(ms, &t);
	return;
plain:
	icsk->icsk_ulp_ops = NULL;
}

/* -- what a program can ask --------------------------------------------------*/

/* TCP_MOBILITY_* state of a connection, as the user is told; without a lock. */
u8 tcpmob_state(const struct tcpmob_sock *ms)
{
	/* After disconnect() the context is that of the connection before. */
	if ((1 << READ_ONCE(ms->sk->sk_state)) & (TCPF_CLOSE | TCPF_LISTEN))
		return TCP_MOBILITY_IDLE;
	switch (READ_ONCE(ms->hs)) {
	case TCPMOB_HS_IDLE:
	case TCPMOB_HS_SYN_SENT:
		return TCP_MOBILITY_IDLE;
	case TCPMOB_HS_PLAIN:
		return TCP_MOBILITY_PLAIN;
	case TCPMOB_HS_EXCHANGE:
	case TCPMOB_HS_DONE:
		break;
	}
	if (READ_ONCE(ms->suspended))
		return TCP_MOBILITY_SUSPENDED;
	switch (READ_ONCE(ms->mv)) {
	case TCPMOB_MV_ADRIFT:
		return TCP_MOBILITY_ADRIFT;
	case TCPMOB_MV_MOVING:
		return TCP_MOBILITY_MOVING;
	case TCPMOB_MV_VALIDATING:
		return TCP_MOBILITY_VALIDATING;
	}
	if (test_bit(TCPMOB_W_PAUSE, &ms->watch))
		return TCP_MOBILITY_PAUSED;
	return READ_ONCE(ms->keyed) && READ_ONCE(ms->peer_has) ?
	       TCP_MOBILITY_KEYED : TCP_MOBILITY_KEYING;
}

/**
 * tcpmob_fill_info() - the state of a connection for its user
 * @sk: any full TCP socket, referenced
 * @info: filled
 *
 * Without the socket lock: each field is right, they may be of two moments.
 */
void tcpmob_fill_info(const struct sock *sk, struct tcp_mobility_info *info)
{
	const struct tcpmob_sock *ms;

	memset(info, 0, sizeof(*info));
	rcu_read_lock();
	ms = tcpmob_sock_of(sk);
	if (ms) {
		info->state = tcpmob_state(ms);
		info->reason = READ_ONCE(ms->reason);
		if (info->state >= TCP_MOBILITY_KEYING)
			info->curve = READ_ONCE(ms->x.curve);
		info->reqno = READ_ONCE(ms->reqno);
		info->moves_local = READ_ONCE(ms->moves_local);
		info->moves_remote = READ_ONCE(ms->moves_remote);
		info->updates_sent = READ_ONCE(ms->updates_sent);
		info->last_move_us = READ_ONCE(ms->last_move_us);
	}
	rcu_read_unlock();
}

static bool is_tcp(const struct sock *sk)
{
	return sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP;
}

static int get_info(struct sock *sk, void __user *user, int *len)
{
	struct tcp_mobility_info info;
	int n = min_t(int, *len, sizeof(info));

	if (n < (int)sizeof(u32))
		return -EINVAL;
	tcpmob_fill_info(sk, &info);
	if (copy_to_user(user, &info, n))
		return -EFAULT;
	*len = n;
	return 0;
}

static int get_int(struct sock *sk, int optname, void __user *user, int *len)
{
	struct tcpmob_sock *ms;
	int value = 0, err = -ENOTCONN;

	if (*len < (int)sizeof(value))
		return -EINVAL;
	lock_sock(sk);
	ms = tcpmob_sock_of(sk);
	if (ms) {
		err = 0;
		value = optname == TCP_MOBILITY_PAUSE ?
			test_bit(TCPMOB_W_PAUSE, &ms->watch) : ms->suspend_time;
	}
	release_sock(sk);
	if (err)
		return err;
	if (copy_to_user(user, &value, sizeof(value)))
		return -EFAULT;
	*len = sizeof(value);
	return 0;
}

/* getsockopt(IPPROTO_IP or IPPROTO_IPV6, TCP_MOBILITY_*). */
static int mobility_getsockopt(struct sock *sk, int optname, void __user *user,
			       int *len)
{
	if (!is_tcp(sk))
		return -ENOPROTOOPT;
	switch (optname) {
	case TCP_MOBILITY_INFO:
		return get_info(sk, user, len);
	case TCP_MOBILITY_EXPORT:
		return tcpmob_export(sk, user, len);
	case TCP_MOBILITY_PAUSE:
	case TCP_MOBILITY_SUSPEND_TIME:
		return get_int(sk, optname, user, len);
	}
	return -ENOPROTOOPT;
}

static int set_pause(struct tcpmob_sock *ms, int value)
{
	if (value != 0 && value != 1)
		return -EINVAL;
	if (!ms->keyed || !READ_ONCE(ms->peer_has) ||
	    ((1 << ms->sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		return -ENOTCONN;
	tcpmob_pause_follow(ms);	/* an order for all was given before */
	tcpmob_pause(ms, value);
	tcpmob_sock_kick_move(ms, TCPMOB_EV_TIMERS);	/* arms the repeats */
	return 0;
}

static int set_suspend_time(struct tcpmob_sock *ms, int value)
{
	if (value < -1 || value > TCP_MOBILITY_SUSPEND_TIME_MAX)
		return -EINVAL;
	WRITE_ONCE(ms->suspend_time, value);
	/* The clock may be running. */
	if (ms->suspended)
		tcpmob_sock_kick_move(ms, TCPMOB_EV_TIMERS);
	return 0;
}

/* setsockopt(IPPROTO_IP or IPPROTO_IPV6, TCP_MOBILITY_*). */
static int mobility_setsockopt(struct sock *sk, int optname, sockptr_t arg,
			       unsigned int len)
{
	struct tcpmob_sock *ms;
	int value, err;

	if (!is_tcp(sk) || (optname != TCP_MOBILITY_PAUSE &&
			    optname != TCP_MOBILITY_SUSPEND_TIME))
		return -ENOPROTOOPT;
	if (len < sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, arg, sizeof(value)))
		return -EFAULT;

	lock_sock(sk);
	ms = tcpmob_sock_of(sk);
	if (!ms)
		err = -ENOTCONN;
	else if (optname == TCP_MOBILITY_PAUSE)
		err = set_pause(ms, value);
	else
		err = set_suspend_time(ms, value);
	release_sock(sk);
	return err;
}

static struct nf_sockopt_ops sockopt_v4 = {
	.pf		= PF_INET,
	.get_optmin	= TCP_MOBILITY_BASE,
	.get_optmax	= TCP_MOBILITY_MAX,
	.get		= mobility_getsockopt,
	.set_optmin	= TCP_MOBILITY_BASE,
	.set_optmax	= TCP_MOBILITY_MAX,
	.set		= mobility_setsockopt,
	.owner		= THIS_MODULE,
};

static struct nf_sockopt_ops sockopt_v6 = {
	.pf		= PF_INET6,
	.get_optmin	= TCP_MOBILITY_BASE,
	.get_optmax	= TCP_MOBILITY_MAX,
	.get		= mobility_getsockopt,
	.set_optmin	= TCP_MOBILITY_BASE,
	.set_optmax	= TCP_MOBILITY_MAX,
	.set		= mobility_setsockopt,
	.owner		= THIS_MODULE,
};

/* ss -tie and sock_diag: beside the name, our info as one attribute. */
static int mobility_get_info(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_mobility_info info;

	tcpmob_fill_info(sk, &info);
	return nla_put(skb, TCP_MOBILITY_DIAG_INFO, sizeof(info), &info);
}

static size_t mobility_get_info_size(const struct sock *sk)
{
	return nla_total_size(sizeof(struct tcp_mobility_info));
}

static struct tcp_ulp_ops mobility_ulp = {
	.name		= TCP_MOBILITY_ULP,
	.owner		= THIS_MODULE,
	.init		= mobility_init,
	.clone		= mobility_clone,
	.release	= mobility_release,
	.get_info	= mobility_get_info,
	.get_info_size	= mobility_get_info_size,
};

int tcpmob_ulp_register(void)
{
	int err;

	err = nf_register_sockopt(&sockopt_v4);
	if (err)
		return err;
	err = nf_register_sockopt(&sockopt_v6);
	if (err)
		goto unreg_v4;
	/* Last: from here on sockets come. */
	err = tcp_register_ulp(&mobility_ulp);
	if (err)
		goto unreg_v6;
	return 0;

unreg_v6:
	nf_unregister_sockopt(&sockopt_v6);
unreg_v4:
	nf_unregister_sockopt(&sockopt_v4);
	return err;
}

void tcpmob_ulp_unregister(void)
{
	tcp_unregister_ulp(&mobility_ulp);
	nf_unregister_sockopt(&sockopt_v6);
	nf_unregister_sockopt(&sockopt_v4);
}
