// SPDX-License-Identifier: GPL-2.0
/*
 * Holding a connection: nothing may leave while it has no network, or while the
 * peer does not know its new address.
 *
 * LOCAL_OUT can drop what gets there. But a host whose link is down has no
 * route, and what has no route never gets there: the stack would count its
 * retransmissions and probes and give up after tcp_retries2. So a held socket
 * gets a copy of its own icsk_af_ops with two functions replaced; whatever the
 * stack wants to send ends there, and is counted by nobody. All other sockets
 * have the stack's own table and pay nothing.
 */
#include <net/tcp.h>

#include "tcp_mobility.h"

/* IPv4, IPv6, and IPv4 on an IPv6 socket. */
#define TABLES	3

/*
 * Filled from the first live socket of its kind, never changed after: @from is
 * store-released when @ops is whole. The module, and so the table, stays as
 * long as any socket has a context.
 */
static struct table {
	struct inet_connection_sock_af_ops		ops;
	const struct inet_connection_sock_af_ops	*from;
} tables[TABLES];
static DEFINE_SPINLOCK(tables_lock);

static int held_xmit(struct sock *sk, struct sk_buff *skb, struct flowi *fl);

static bool is_held(const struct sock *sk)
{
	return inet_csk(sk)->icsk_af_ops->queue_xmit == held_xmit;
}

/* The stack's own table of a socket that is held. */
static const struct inet_connection_sock_af_ops *own_ops(const struct sock *sk)
{
	const struct inet_connection_sock_af_ops *ops = inet_csk(sk)->icsk_af_ops;

	return is_held(sk) ? container_of(ops, struct table, ops)->from : ops;
}

/* A SYN is our update, or a new connection on a socket that was disconnected;
 * a suspended connection may ask whether its peer is there (send.c).
 */
static bool may_leave(const struct sock *sk)
{
	const struct tcpmob_sock *ms = tcpmob_sock_of(sk);

	return sk->sk_state == TCP_SYN_SENT || !ms ||
	       (ms->mv != TCPMOB_MV_ADRIFT && ms->mv != TCPMOB_MV_MOVING);
}

/**
 * tcpmob_hold_uncount() - a timeout that the network is not to blame for
 * @sk: the socket, locked
 *
 * The survival time ends such a connection, not the stack's patience; but a
 * limit that the program has set is the program's (and the stack, which has it
 * shorten the timer, must see how often that has run).
 */
void tcpmob_hold_uncount(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	if (READ_ONCE(icsk->icsk_user_timeout))
		return;
	icsk->icsk_retransmits = 0;
	icsk->icsk_probes_out = 0;
}

static int held_xmit(struct sock *sk, struct sk_buff *skb, struct flowi *fl)
{
	if (tcp_hdr(skb)->syn || may_leave(sk))
		return own_ops(sk)->queue_xmit(sk, skb, fl);
	tcpmob_hold_uncount(sk);
	TCPMOB_INC(tcpmob_net(sock_net(sk)), HeldBack);
	kfree_skb(skb);
	return -EHOSTUNREACH;
}

/* Ahead of a retransmission, which then gets to held_xmit(). */
static int held_rebuild_header(struct sock *sk)
{
	return may_leave(sk) ? own_ops(sk)->rebuild_header(sk) : 0;
}

static const struct table *
table_of(const struct inet_connection_sock_af_ops *from)
{
	struct table *t, *found = NULL;

	for (t = tables; t < tables + TABLES; t++)
		/* Pairs with the release below. */
		if (smp_load_acquire(&t->from) == from)
			return t;

	spin_lock_bh(&tables_lock);
	for (t = tables; t < tables + TABLES && !found; t++) {
		if (!t->from) {
			t->ops = *from;
			t->ops.queue_xmit = held_xmit;
			t->ops.rebuild_header = held_rebuild_header;
			/* Pairs with the acquire above. */
			smp_store_release(&t->from, from);
		}
		if (t->from == from)
			found = t;
	}
	spin_unlock_bh(&tables_lock);
	return found;
}

/**
 * tcpmob_hold() - let nothing leave but our own SYN, or end that
 * @ms: context; under the socket lock
 * @on: which
 */
void tcpmob_hold(struct tcpmob_sock *ms, bool on)
{
	struct inet_connection_sock *icsk = inet_csk(ms->sk);
	const struct table *t;

	sock_owned_by_me(ms->sk);

	if (!on) {
		clear_bit(TCPMOB_W_HOLD, &ms->watch);
		tcpmob_hold_let_go(ms->sk);
		return;
	}
	set_bit(TCPMOB_W_HOLD, &ms->watch);
	if (is_held(ms->sk))
		return;
	t = table_of(icsk->icsk_af_ops);
	/* setsockopt() reads the pointer without the lock. */
	if (!WARN_ON_ONCE(!t))
		WRITE_ONCE(icsk->icsk_af_ops, &t->ops);
}

/**
 * tcpmob_hold_let_go() - the stack's own operations again
 * @sk: a socket of ours, locked or dying
 */
void tcpmob_hold_let_go(struct sock *sk)
{
	WRITE_ONCE(inet_csk(sk)->icsk_af_ops, own_ops(sk));
}

/**
 * tcpmob_hold_rebuild_header() - look up the route, held or not
 * @sk: the socket, locked
 *
 * Return: 0 or what routing answered.
 */
int tcpmob_hold_rebuild_header(struct sock *sk)
{
	return own_ops(sk)->rebuild_header(sk);
}
