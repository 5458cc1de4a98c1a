// SPDX-License-Identifier: GPL-2.0
/*
 * Paths that die in silence, and the pause (draft Section 5).
 *
 * A NAT that has lost or changed its mapping, or a network that is gone for
 * hours, shows only as silence. A sender notices by its retransmission timer:
 * after two timeouts without progress the connection is stalled. A receiver of
 * much data notices that it stops, and asks with an ACK that every live TCP
 * answers; two unanswered are a stall as well. The path that a repair finds is
 * watched from its first octet on. The end that may sit behind the
 * NAT, the one that connected or has moved, then tells its own address again
 * (a "repair"): that gives the NAT a new mapping and the peer its number. If
 * nobody answers, data is retransmitted again, and so on in turn.
 *
 * While it lasts the stack's patience (tcp_retries2, some 15 minutes) does not
 * end the connection; the namespace's survival time does. Limits that the
 * program itself has set (TCP_USER_TIMEOUT, keepalives) stay the stack's.
 *
 * Nothing here costs a segment that is acknowledged in time, but for two
 * comparisons.
 */
#include <net/tcp.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

/* -- the sender -----------------------------------------------------------------*/

/* Whether the stall that was noticed still lasts; under the socket lock. */
bool tcpmob_stall_lasts(const struct tcpmob_sock *ms)
{
	const struct tcp_sock *tp = tcp_sk(ms->sk);

	return ms->stalled && tp->snd_una == ms->stall_una &&
	       (tp->packets_out || tp->rcv_tstamp == ms->stall_heard);
}

/*
 * Whether the stack might soon give up. Until then it counts, and tries what it
 * knows: another route, smaller segments (tcp_mtu_probing).
 */
static bool near_the_end(const struct tcpmob_sock *ms, unsigned int n)
{
	unsigned int max = READ_ONCE(sock_net(ms->sk)->ipv4.sysctl_tcp_retries2);

	/* It gives up after TCP_RTO_MIN << (max + 1), or max probes. */
	return 2 * n >= max ||
	       time_after(jiffies, ms->stalled +
				   (TCP_RTO_MIN << min(max, 8U)) / 4);
}

/*
 * Data behind a window that the peer has closed: the stack repeats it without a
 * count, and gives up 2 * TCP_RTO_MAX after it last heard anything, whatever
 * the survival time is. Count, and have it try on: by what it takes for the time
 * it heard something, the only thing it goes by there. In a pause as well, in
 * which what it repeats is held back.
 */
static unsigned int closed_window(struct tcpmob_sock *ms)
{
	struct tcp_sock *tp = tcp_sk(ms->sk);

	if (tp->snd_wnd || !tp->packets_out)
		return 0;
	/* Heard, if only that the window is still closed: all is well. */
	if (tp->rcv_tstamp != ms->zero_heard) {
		ms->zero_count = 0;
		ms->stalled = 0;
	}
	if (ms->zero_count < TCPMOB_STALL_RTOS)
		ms->zero_count++;
	else if (!ms->given_up && !sock_flag(ms->sk, SOCK_DEAD) &&
		 !READ_ONCE(inet_csk(ms->sk)->icsk_user_timeout))
		tp->rcv_tstamp = tcp_jiffies32;
	ms->zero_heard = tp->rcv_tstamp;
	return ms->zero_count;
}

/**
 * tcpmob_stall_out() - a segment leaves though timeouts have passed
 * @ms: keyed context; under the socket lock, in LOCAL_OUT
 *
 * Counts timeouts and takes them from the stack, which would give up. Data
 * behind a closed window comes here, too, as each such segment is a repeat.
 */
void tcpmob_stall_out(struct tcpmob_sock *ms)
{
	struct inet_connection_sock *icsk = inet_csk(ms->sk);
	const struct tcp_sock *tp = tcp_sk(ms->sk);
	unsigned int n = icsk->icsk_retransmits + icsk->icsk_probes_out +
			 closed_window(ms);
	unsigned int more = n;

	/* A peer that has told a new address may vanish before it is heard there.
	 * A paused connection makes no progress because the user says so.
	 */
	if ((ms->mv != TCPMOB_MV_STABLE && ms->mv != TCPMOB_MV_VALIDATING) ||
	    ms->given_up ||
	    test_bit(TCPMOB_W_PAUSE, &ms->watch))
		return;
	if (ms->stalled && !tcpmob_stall_lasts(ms))
		ms->stalled = 0;
	if (!ms->stalled) {
		if (n < TCPMOB_STALL_RTOS)
			return;
		TCPMOB_INC(ms->tn, Stalled);
		ms->stalled = jiffies ?: 1;
		ms->stall_una = tp->snd_una;
		ms->stall_heard = tp->rcv_tstamp;
		ms->stall_rtos = 0;
		ms->stall_count = 0;
		tcpmob_event(ms, TCP_MOBILITY_EVENT_STALLED);
	}
	if (n >= ms->stall_count)
		more = n - ms->stall_count;
	ms->stall_rtos = min_t(unsigned int, ms->stall_rtos + more, U8_MAX);
	ms->stall_count = min_t(unsigned int, n, U8_MAX);
	/* Without anything to send these are keepalives: the program's limit.
	 * An orphan has the stack's.
	 */
	if (!sock_flag(ms->sk, SOCK_DEAD) &&
	    (tp->packets_out || tcp_send_head(ms->sk)) && near_the_end(ms, n)) {
		tcpmob_hold_uncount(ms->sk);
		ms->stall_count = 0;
	}
	if (ms->stall_rtos >= TCPMOB_STALL_RTOS) {
		ms->stall_rtos = 0;
		tcpmob_sock_kick_move(ms, TCPMOB_EV_STALL);
	}
}

/**
 * tcpmob_stall_event() - two more timeouts of a stall have passed
 * @ms: context; under the socket lock
 */
void tcpmob_stall_event(struct tcpmob_sock *ms)
{
	if (!tcpmob_stall_lasts(ms))
		return;
	sk_dst_reset(ms->sk);		/* the gateway may be dead */
	if (ms->mv == TCPMOB_MV_STABLE && tcpmob_mover_roams(ms))
		tcpmob_mover_repair(ms);
}

/* -- the receiver ---------------------------------------------------------------*/

/**
 * tcpmob_stall_receiving() - much has come: watch for the silence behind it
 * @ms: keyed context; under the socket lock, in LOCAL_OUT
 */
void tcpmob_stall_receiving(struct tcpmob_sock *ms)
{
	if (!tcpmob_mover_roams(ms)) {
		ms->rx_nxt = tcp_sk(ms->sk)->rcv_nxt;
		return;
	}
	ms->rx_armed = true;
	ms->rx_probes = 0;
	ms->rx_due = jiffies + HZ;
	/* A timer for later may be pending: have it set again. */
	tcpmob_sock_kick_move(ms, TCPMOB_EV_TIMERS);
}

/* The next 16 KiB begin another watch; or, if @again, the next ACK does. */
static void rx_disarm(struct tcpmob_sock *ms, bool again)
{
	ms->rx_armed = false;
	ms->rx_nxt = tcp_sk(ms->sk)->rcv_nxt - (again ? TCPMOB_RX_BURST : 0);
}

/* What a receiver that watches does now. */
static void rx_watch(struct tcpmob_sock *ms)
{
	const struct inet_connection_sock *icsk = inet_csk(ms->sk);
	const struct tcp_sock *tp = tcp_sk(ms->sk);
	u32 data = icsk->icsk_ack.lrcvtime;
	u32 heard = tp->rcv_tstamp, limit;

	if (after(data, heard))
		heard = data;
	limit = clamp_t(u32, 2 * icsk->icsk_rto, HZ, 8 * HZ);
	/* The question drew more than an answer: the stream goes on. */
	if (ms->rx_probes && !before(data, ms->rx_probe_at))
		ms->rx_probes = 0;

	/* Behind a FIN nothing more is to come. What leads out of any state
	 * but STABLE asks by itself; the path it finds has yet to prove itself.
	 */
	if (!((1 << ms->sk->sk_state) & (TCPF_ESTABLISHED | TCPF_FIN_WAIT1 |
					 TCPF_FIN_WAIT2))) {
		rx_disarm(ms, false);
	} else if (ms->mv != TCPMOB_MV_STABLE || tcpmob_stall_lasts(ms)) {
		rx_disarm(ms, true);
	} else if (!ms->rx_probes && tcp_jiffies32 - heard < limit) {
		ms->rx_due = jiffies + limit - (tcp_jiffies32 - heard);
	} else if (ms->rx_probes && !before(heard, ms->rx_probe_at)) {
		rx_disarm(ms, false);	/* the sender has paused, that is all */
	} else if (ms->rx_probes < TCPMOB_RX_PROBES) {
		TCPMOB_INC(ms->tn, ProbeOut);
		tcpmob_send_probe(ms->sk);
		ms->rx_probes++;
		ms->rx_probe_at = tcp_jiffies32;
		ms->rx_due = jiffies + limit / 2;
	} else {
		TCPMOB_INC(ms->tn, Stalled);
		rx_disarm(ms, true);
		tcpmob_event(ms, TCP_MOBILITY_EVENT_STALLED);
		tcpmob_mover_repair(ms);
	}
}

/**
 * tcpmob_stall_timers() - what is due, and when the next thing is
 * @ms: context; under the socket lock
 * @due: lowered to the jiffies of the next thing
 */
void tcpmob_stall_timers(struct tcpmob_sock *ms, unsigned long *due)
{
	if (ms->rx_armed && time_after_eq(jiffies, ms->rx_due))
		rx_watch(ms);
	if (ms->rx_armed)
		tcpmob_sooner(due, ms->rx_due);
}

/* -- the pause --------------------------------------------------------------------*/

/**
 * tcpmob_pause() - stop data in both directions, or let it go on
 * @ms: keyed context; under the socket lock
 * @on: which
 *
 * Section 5: nothing that carries data leaves, and every ACK shows a window of
 * zero, so the peer asks now and then and keeps the connection. What is in
 * flight towards us is still taken: only what we show shrinks.
 */
void tcpmob_pause(struct tcpmob_sock *ms, bool on)
{
	if (on == test_bit(TCPMOB_W_PAUSE, &ms->watch))
		return;
	if (on) {
		set_bit(TCPMOB_W_PAUSE, &ms->watch);
		TCPMOB_INC(ms->tn, Paused);
	} else {
		clear_bit(TCPMOB_W_PAUSE, &ms->watch);
		TCPMOB_INC(ms->tn, PauseEnded);
	}
	tcpmob_event(ms, on ? TCP_MOBILITY_EVENT_PAUSED :
			      TCP_MOBILITY_EVENT_UNPAUSED);
	if (test_bit(TCPMOB_W_HOLD, &ms->watch))
		return;
	/* While the peer's new path is watched, that has to go on. */
	if (!on && !test_bit(TCPMOB_W_VALIDATE, &ms->watch) &&
	    !test_bit(TCPMOB_W_CLAMP, &ms->watch)) {
		/* It ends no move: what answered the last one is stale. */
		spin_lock_bh(&ms->lock);
		ms->synack_has_ts = false;
		spin_unlock_bh(&ms->lock);
		tcpmob_mover_first_ack(ms);	/* repeated until answered */
		return;
	}
	tcpmob_send_ack(ms->sk);
	if (!on)
		tcpmob_kick_output(ms->sk);
}

/**
 * tcpmob_pause_all() - the namespace is paused or resumed
 * @tn: namespace
 * @on: which
 *
 * Each connection follows when it looks next, also one that gets its secret later:
 * tcpmob_addrs_evaluate() makes all look.
 */
void tcpmob_pause_all(struct tcpmob_net *tn, bool on)
{
	WRITE_ONCE(tn->pause, on);
	/* Whoever sees the number sees what it stands for. */
	smp_mb__before_atomic();
	atomic_inc(&tn->pause_gen);
}

/**
 * tcpmob_pause_follow() - the namespace may have been paused or resumed since this
 * socket last looked
 * @ms: context; under the socket lock
 *
 * Ahead of an order to this socket, too: that one is the later.
 */
void tcpmob_pause_follow(struct tcpmob_sock *ms)
{
	int gen = atomic_read_acquire(&ms->tn->pause_gen);

	if (ms->pause_gen == gen || !ms->keyed)
		return;
	ms->pause_gen = gen;
	tcpmob_pause(ms, READ_ONCE(ms->tn->pause));
}
