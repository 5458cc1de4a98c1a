// SPDX-License-Identifier: GPL-2.0
/*
 * Loc-Update (draft Section 5), both ends. The states are drawn at enum
 * tcpmob_mv.
 *
 * Mover: the address or route event finds that the connection's local address
 * is gone, or that the route to the peer now prefers another. The socket is
 * rebound, output held, and a SYN with Loc-Update sent: S = snd_una, ack field
 * = rcv_nxt, and only the SYN flag. It takes no sequence number.
 *
 * Correspondent: the packet hook checks token and request; under the socket
 * lock the request number must be ahead and both numbers plausible; then the
 * socket is rebound at once and a SYN-ACK sent, seq = the SYN's ack field,
 * ack = S + 1. Data may follow it right away. Until something comes from the new
 * address, TCPMOB_BUDGET segments go there at most; of these a SYN-ACK for each
 * of the mover's tries is kept back.
 *
 * Stateful firewalls on the new path judge the rest by what they have seen
 * there. So the correspondent's ack stays at S until data above S comes over
 * the new path (its "clamp"), the mover's first segments stay inside the
 * unscaled window of the SYN-ACK, and neither SYN announces SACK, so that
 * SACK blocks about data of the old path are not looked at.
 *
 * Timers: the mover repeats an update, unchanged, after 1, 2 and 4 s; then a
 * new one (next request number) takes its place, backing off to 64 s: from the
 * address that was left if that can still be used, then from the preferred one
 * again. Its first ACK on the new path is repeated, 1 to 32 s, until something
 * comes back: it opens the path for a correspondent that has used up its
 * budget. The correspondent has no timer. A connection that is adrift or moving
 * for longer than the namespace's survival time ends with ETIMEDOUT.
 */
#include <crypto/algapi.h>
#include <net/tcp.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

#define CORRESPONDENT_STATES						\
	(TCPF_ESTABLISHED | TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2 |		\
	 TCPF_CLOSE_WAIT | TCPF_CLOSING | TCPF_LAST_ACK)
/*
 * Section 3 lets the mover be in ESTABLISHED or FIN-WAIT. We add the states in
 * which only the peer has finished sending: for the user the connection lives.
 */
#define MOVER_STATES	CORRESPONDENT_STATES

/* -- small helpers -----------------------------------------------------------*/

static void set_watch_in(struct tcpmob_sock *ms, bool on)
{
	lockdep_assert_held(&ms->lock);
	if (ms->watch_in != on) {
		WRITE_ONCE(ms->watch_in, on);
		atomic_add(on ? 1 : -1, &ms->tn->n_watched);
	}
}

/**
 * tcpmob_watch_in() - have LOCAL_IN follow this connection, or stop
 * @ms: context
 * @on: which
 */
void tcpmob_watch_in(struct tcpmob_sock *ms, bool on)
{
	spin_lock_bh(&ms->lock);
	if (!on)
		WRITE_ONCE(ms->ack_left, 0);
	set_watch_in(ms, on);
	spin_unlock_bh(&ms->lock);
}

/**
 * tcpmob_update_roams() - whether telling our address again may heal a path
 * @ms: keyed context
 *
 * That is the end which a NAT may stand before: who connected, or has moved.
 */
bool tcpmob_update_roams(const struct tcpmob_sock *ms)
{
	return !ms->passive || ms->moves_local;
}

static bool pinned(const struct sock *sk)
{
	return (sk->sk_userlocks & SOCK_BINDADDR_LOCK) || sk->sk_bound_dev_if;
}

/* Serial number arithmetic (RFC 1982): 1 to 127 ahead is new. */
static bool reqno_ahead(u8 a, u8 b)
{
	return (s8)(a - b) > 0;
}

/*
 * S is what the mover last saw acknowledged: never above what we have received,
 * and not further below than a window.
 */
static bool plausible_seq(const struct tcp_sock *tp, u32 seq)
{
	u32 window = max3(tp->rcv_wnd, tp->window_clamp, 65535U);

	return !after(seq, tp->rcv_nxt) && !before(seq, tp->rcv_nxt - window);
}

/* What the peer may have received: from a window below snd_una to snd_nxt. */
static bool plausible_ack(const struct tcp_sock *tp, u32 ack)
{
	u32 window = max(tp->max_window, 65535U);

	return !after(ack, tp->snd_nxt) && !before(ack, tp->snd_una - window);
}

static void recover_begin(struct tcpmob_sock *ms)
{
	ms->recover_seq = tcp_sk(ms->sk)->snd_nxt;
	ms->recovering = true;
	set_bit(TCPMOB_W_RECOVER, &ms->watch);
}

static void validate_end(struct tcpmob_sock *ms)
{
	clear_bit(TCPMOB_W_VALIDATE, &ms->watch);
	clear_bit(TCPMOB_W_CLAMP, &ms->watch);
	tcpmob_watch_in(ms, false);
}

/* -- mover --------------------------------------------------------------------*/

static void send_update(struct tcpmob_sock *ms)
{
	const struct tcpmob_format fmt = tcpmob_format(ms->tn);
	u8 opt[TCPMOB_LEN_LOC_UPDATE + TCPMOB_LEN_EXID];
	u8 request[TCPMOB_REQUEST_LEN];
	unsigned int len;

	tcpmob_request(&ms->secret, ms->move_seq, ms->reqno, request);
	len = tcpmob_put_loc_update(opt, &fmt, ms->reqno, ms->token, request);

	spin_lock_bh(&ms->lock);
	if (!ms->move_tries) {
		memcpy(ms->own_recent[ms->own_next], request, sizeof(request));
		ms->own_next = (ms->own_next + 1) % TCPMOB_OWN_RECENT;
	}
	spin_unlock_bh(&ms->lock);

	tcpmob_segment_send_syn(ms->sk, ms->move_seq, ms->move_ack, false, opt,
				len);
	TCPMOB_INC(ms->tn, UpdateOut);
	tcpmob_saw(ms, LOC_UPDATE_SENT);
	if (ms->move_tries)
		TCPMOB_INC(ms->tn, UpdateRepeat);
	ms->move_tries++;
	ms->updates_sent++;
	ms->move_due = jiffies + ms->move_rto;
	ms->move_rto = min_t(unsigned long, ms->move_rto * 2,
			     TCPMOB_UPDATE_RTO_MAX);
}

static void new_update(struct tcpmob_sock *ms)
{
	const struct tcp_sock *tp = tcp_sk(ms->sk);

	/* In a repair the peer knows the address. */
	if (!ms->repair)
		ms->unconfirmed = true;
	if (!ms->refused)
		ms->refusals = 0;
	ms->refused = false;
	ms->reqno++;
	WRITE_ONCE(ms->move_seq, tp->snd_una);
	WRITE_ONCE(ms->move_ack, tp->rcv_nxt);
	ms->move_tries = 0;
	send_update(ms);
}

/**
 * tcpmob_update_hold() - nothing may leave
 * @ms: context; under the socket lock
 * @mv: why, until the peer knows the new address for instance
 */
void tcpmob_update_hold(struct tcpmob_sock *ms, enum tcpmob_mv mv)
{
	struct sock *sk = ms->sk;

	validate_end(ms);
	WRITE_ONCE(ms->mv, mv);
	set_bit(TCPMOB_W_HOLD, &ms->watch);
	inet_csk_clear_xmit_timer(sk, ICSK_TIME_RETRANS);
	if (!ms->adrift_since)
		ms->adrift_since = jiffies ?: 1;
}

/**
 * tcpmob_update_give_back() - the stack's own timers take over, as for plain TCP
 * @ms: context; under the socket lock
 */
void tcpmob_update_give_back(struct tcpmob_sock *ms)
{
	WRITE_ONCE(ms->mv, TCPMOB_MV_STABLE);
	clear_bit(TCPMOB_W_HOLD, &ms->watch);
	ms->adrift_since = 0;
	if (ms->repair)
		tcpmob_watch_in(ms, false);
	ms->repair = false;
	tcpmob_kick_output(ms->sk);
}

static void go_adrift(struct tcpmob_sock *ms)
{
	if (ms->mv == TCPMOB_MV_ADRIFT)
		return;
	/* A RST may have been the first sign of it. */
	tcpmob_suspend_end(ms);
	ms->repair = false;
	tcpmob_update_hold(ms, TCPMOB_MV_ADRIFT);
	TCPMOB_INC(ms->tn, Adrift);
	tcpmob_event(ms, TCP_MOBILITY_EVENT_ADRIFT);
}

/* The address is usable again and the peer never heard of another. */
static void come_back(struct tcpmob_sock *ms)
{
	struct sock *sk = ms->sk;

	WRITE_ONCE(ms->mv, TCPMOB_MV_STABLE);
	clear_bit(TCPMOB_W_HOLD, &ms->watch);
	ms->adrift_since = 0;
	TCPMOB_INC(ms->tn, AdriftBack);
	tcpmob_event(ms, TCP_MOBILITY_EVENT_BACK);
	sk_dst_reset(sk);
	tcpmob_restart_path(sk, TCP_INIT_CWND);
	recover_begin(ms);
	tcpmob_kick_output(sk);
}

/* Begin, or begin again, to tell the peer where we are bound now. */
static void announce(struct tcpmob_sock *ms)
{
	tcpmob_suspend_end(ms);
	ms->repair = false;
	ms->given_up = false;		/* a new try, with an end of its own */
	tcpmob_update_hold(ms, TCPMOB_MV_MOVING);
	tcpmob_pause(ms, false);	/* held: nothing leaves before the SYN */
	ms->move_begun = ktime_get();
	if (ms->move_hops < TCPMOB_QUICK_HOPS)
		ms->move_rto = TCPMOB_UPDATE_RTO;
	TCPMOB_INC(ms->tn, MoveStarted);
	new_update(ms);
	tcpmob_event_from(ms, TCP_MOBILITY_EVENT_MOVING, &ms->previous);
}

/**
 * tcpmob_update_repair() - tell the peer our address again, as a NAT may show
 * another than before
 * @ms: keyed context that is stable or suspended; under the socket lock
 */
void tcpmob_update_repair(struct tcpmob_sock *ms)
{
	bool again = ms->mv == TCPMOB_MV_SUSPENDED && ms->repair;

	if (!tcpmob_addrs_usable(ms->sk)) {
		/* The event that follows finds it adrift. */
		ms->move_due = jiffies + HZ;
		return;
	}
	if (ms->stalled && !ms->adrift_since)
		ms->adrift_since = ms->stalled;
	tcpmob_update_hold(ms, TCPMOB_MV_MOVING);
	ms->repair = true;
	ms->move_begun = ktime_get();
	if (!again)
		ms->move_rto = TCPMOB_UPDATE_RTO;
	TCPMOB_INC(ms->tn, RepairStarted);
	ms->cause = tcpmob_event_repair_cause(ms);
	new_update(ms);
	tcpmob_event(ms, TCP_MOBILITY_EVENT_REPAIRING);
	/* If the path was well all the time, the peer's next segment tells. */
	tcpmob_watch_in(ms, true);
}

static bool move_to(struct tcpmob_sock *ms, const struct tcpmob_tuple *from,
		    const struct tcpmob_tuple *to)
{
	struct tcpmob_net *tn = ms->tn;
	int err;

	/* First: a segment that finds no owner while we move is dropped. */
	tcpmob_ghost_add(tn, from);
	err = tcpmob_rebind(ms->sk, to);
	if (err) {
		tcpmob_ghost_del(tn, from);
		TCPMOB_INC(tn, MoveCollision);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_COLLISION);
		if (!tcpmob_addrs_usable(ms->sk))
			go_adrift(ms);
		return false;
	}
	tcpmob_ghost_del(tn, to);
	if (!ms->unconfirmed) {
		ms->previous = *from;
		ms->previous_ok = true;
	}
	announce(ms);
	return true;
}

/*
 * Our address gets no answer: somebody between drops it, or is not ready. If
 * the one that was left still works, try that, and from there the preferred
 * one again. The peer is told each time, as it may have heard of any.
 */
static bool try_elsewhere(struct tcpmob_sock *ms)
{
	struct tcpmob_tuple cur, to;

	if (!ms->unconfirmed || !ms->previous_ok)
		return false;
	tcpmob_tuple_of(ms->sk, &cur);
	to = cur;
	if (ipv6_addr_equal(&cur.laddr, &ms->previous.laddr)) {
		if (tcpmob_addrs_prefer(ms->sk, &to.laddr))
			return false;
	} else if (tcpmob_addrs_is_local(ms->sk, &ms->previous.laddr)) {
		to.laddr = ms->previous.laddr;
	}
	if (tcpmob_tuple_equal(&cur, &to))
		return false;
	ms->cause = TCP_MOBILITY_CAUSE_RETRY;
	if (ms->move_hops < TCPMOB_QUICK_HOPS)
		ms->move_hops++;
	return move_to(ms, &cur, &to);
}

/**
 * tcpmob_update_baseline() - note which address the route prefers when all is
 * well
 * @ms: context; under the socket lock
 *
 * A peer may have connected to an address that the route back to it does not
 * prefer: a service address, another interface. That is no reason to move; a
 * later change is.
 */
void tcpmob_update_baseline(struct tcpmob_sock *ms)
{
	struct tcpmob_tuple cur;

	if (ms->base_known)
		return;
	tcpmob_tuple_of(ms->sk, &cur);
	ms->base = cur.laddr;
	ms->base_known = !tcpmob_addrs_prefer(ms->sk, &ms->base);
}

/* Where to, if anywhere: true if the address in @to should be taken. */
static bool should_move(struct tcpmob_sock *ms, const struct tcpmob_tuple *cur,
			struct tcpmob_tuple *to, bool usable)
{
	bool changed;

	*to = *cur;
	if (tcpmob_addrs_prefer(ms->sk, &to->laddr))
		return false;
	changed = ms->base_known && !ipv6_addr_equal(&to->laddr, &ms->base);
	ms->base = to->laddr;
	ms->base_known = true;
	return !tcpmob_tuple_equal(cur, to) && (changed || !usable);
}

/* Plain TCP, but adrift since before that was known: let it go. */
static void evaluate_plain(struct tcpmob_sock *ms, bool usable)
{
	if (ms->mv != TCPMOB_MV_ADRIFT)
		return;
	if (usable)
		come_back(ms);
	else
		tcpmob_update_give_back(ms);
}

static void announce_back(struct tcpmob_sock *ms)
{
	ms->cause = TCP_MOBILITY_CAUSE_BACK;
	announce(ms);
}

/* Addresses or routes have changed: is this connection still where it fits? */
static void evaluate(struct tcpmob_sock *ms)
{
	struct tcpmob_tuple cur, to;
	struct sock *sk = ms->sk;
	bool base_known = ms->base_known;
	struct in6_addr base = ms->base;
	bool usable, whole;

	if (!((1 << sk->sk_state) & MOVER_STATES))
		return;
	usable = tcpmob_addrs_usable(sk);
	spin_lock_bh(&ms->lock);
	whole = tcpmob_exchange_whole(&ms->x);
	spin_unlock_bh(&ms->lock);
	if (!ms->keyed && !whole) {
		evaluate_plain(ms, usable);	/* or still half-keyed */
		return;
	}

	tcpmob_tuple_of(sk, &cur);
	if (should_move(ms, &cur, &to, usable)) {
		if (pinned(sk)) {
			TCPMOB_INC(ms->tn, MovePinned);
			tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PINNED);
			evaluate_plain(ms, usable);
			return;
		}
		ms->move_hops = 0;
		ms->cause = usable ? TCP_MOBILITY_CAUSE_ROUTE :
				     TCP_MOBILITY_CAUSE_ADDRESS_GONE;
		if (ms->keyed && move_to(ms, &cur, &to))
			return;
		/* Not yet: look again with a secret, or with the next event. */
		ms->base = base;
		ms->base_known = base_known;
		if (!ms->keyed)
			tcpmob_hs_derive_now(ms);
	}
	if (!usable && !pinned(sk) &&
	    !(ms->given_up && sock_flag(sk, SOCK_DEAD)))
		go_adrift(ms);
	else if (usable && ms->mv == TCPMOB_MV_ADRIFT && ms->unconfirmed)
		announce_back(ms);	/* the peer does not know this address */
	else if (usable && ms->mv == TCPMOB_MV_ADRIFT)
		come_back(ms);
	else if (usable && ms->mv == TCPMOB_MV_STABLE &&
		 tcpmob_stall_lasts(ms) && tcpmob_update_roams(ms))
		tcpmob_update_repair(ms);	/* the network may be back */
}

/**
 * tcpmob_update_move() - the user wants the connection at another address
 * @ms: context; under the socket lock
 * @addr: local address to take, or NULL for the one that the route prefers
 *
 * Return: 0: the update is on its way. -ENOTCONN: it cannot move, -EBUSY: the
 * program has bound it, -EALREADY: it is there, -EADDRINUSE: another socket has
 * the tuple, -EHOSTUNREACH and the like: no route.
 */
int tcpmob_update_move(struct tcpmob_sock *ms, const struct in6_addr *addr)
{
	struct tcpmob_tuple cur, to;
	int err = 0;

	if (!ms->keyed || !((1 << ms->sk->sk_state) & MOVER_STATES))
		return -ENOTCONN;
	if (pinned(ms->sk))
		return -EBUSY;
	tcpmob_tuple_of(ms->sk, &cur);
	to = cur;
	if (addr)
		to.laddr = *addr;
	else
		err = tcpmob_addrs_prefer(ms->sk, &to.laddr);
	if (err)
		return err;
	if (tcpmob_tuple_equal(&cur, &to))
		return -EALREADY;
	ms->move_hops = 0;
	ms->cause = TCP_MOBILITY_CAUSE_USER;
	if (!move_to(ms, &cur, &to))
		return -EADDRINUSE;
	tcpmob_sock_kick_move(ms, TCPMOB_EV_STALL);	/* arms the repeats */
	return 0;
}

/**
 * tcpmob_update_synack_in() - a SYN-ACK for an established connection of ours
 * @ms: context
 * @seq: its sequence number
 * @ack: its acknowledgement number
 * @win: its window, not scaled
 * @opts: its options
 *
 * Only one that answers the update under way exactly is taken.
 *
 * Return: true if the connection is moving: the segment is ours, matching or
 * not. False: the stack's.
 */
bool tcpmob_update_synack_in(struct tcpmob_sock *ms, u32 seq, u32 ack, u16 win,
			     const struct tcpmob_options *opts)
{
	if (READ_ONCE(ms->mv) != TCPMOB_MV_MOVING)
		return false;
	if (seq != READ_ONCE(ms->move_ack) ||
	    ack != READ_ONCE(ms->move_seq) + 1) {
		TCPMOB_INC(ms->tn, UpdateSynAckBad);
		return true;
	}
	spin_lock_bh(&ms->lock);
	ms->synack_seq = seq;
	ms->synack_ack = ack;
	ms->synack_win = win;
	ms->synack_has_ts = opts->present & TCPMOB_OPT_TS;
	ms->synack_ts = opts->tsval;
	ms->synack_mss = opts->present & TCPMOB_OPT_MSS ? opts->mss : 0;
	spin_unlock_bh(&ms->lock);
	tcpmob_sock_kick_move(ms, TCPMOB_EV_SYNACK);
	return true;
}

/*
 * A firewall on the new path has seen only the unscaled window of the SYN-ACK:
 * what we send now must fit into it. The slack is what the stack adds to a
 * window edge by rounding (tcp_acceptable_seq()). The next segment from the
 * peer, any sequence number from the SYN-ACK's on, brings the real window.
 */
static void first_window(struct tcpmob_sock *ms, u16 win)
{
	struct tcp_sock *tp = tcp_sk(ms->sk);
	u32 slack = tp->rx_opt.wscale_ok ? 1U << tp->rx_opt.rcv_wscale : 0;

	tp->snd_wnd = win > slack ? win - slack : 0;
	tp->snd_wl1 = ms->move_ack - 1;
	tp->pred_flags = 0;
}

/* What the stack would have done with the SYN-ACK: our ACK has to echo it. */
static void take_timestamp(struct sock *sk, u32 tsval)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->rx_opt.tstamp_ok || (s32)(tsval - tp->rx_opt.ts_recent) < 0)
		return;
	tp->rx_opt.ts_recent = tsval;
	tp->rx_opt.ts_recent_stamp = ktime_get_seconds();
}

/**
 * tcpmob_update_first_ack() - send an ACK that the peer has to see, and go on
 * @ms: context; under the socket lock
 *
 * It is repeated, by repeat_first_ack(), until anything comes from the peer.
 */
void tcpmob_update_first_ack(struct tcpmob_sock *ms)
{
	struct sock *sk = ms->sk;

	ms->ack_gap = HZ;
	ms->ack_due = jiffies + ms->ack_gap;
	/* First: over a short path the answer is here before we are back. */
	spin_lock_bh(&ms->lock);
	WRITE_ONCE(ms->ack_left, TCPMOB_ACK_REPEATS);
	set_watch_in(ms, true);
	spin_unlock_bh(&ms->lock);
	tcpmob_send_ack(sk);
	tcpmob_kick_output(sk);
}

static void finish_move(struct tcpmob_sock *ms)
{
	struct sock *sk = ms->sk;
	bool match, has_ts;
	u16 win, mss;
	u8 what;
	u32 ts;

	spin_lock_bh(&ms->lock);
	win = ms->synack_win;
	mss = ms->synack_mss;
	ts = ms->synack_ts;
	has_ts = ms->synack_has_ts;
	match = ms->synack_seq == ms->move_ack &&
		ms->synack_ack == ms->move_seq + 1;
	spin_unlock_bh(&ms->lock);
	if (ms->mv != TCPMOB_MV_MOVING || !match)
		return;

	TCPMOB_INC(ms->tn, UpdateSynAckIn);
	if (ms->repair) {
		TCPMOB_INC(ms->tn, RepairDone);
	} else {
		TCPMOB_INC(ms->tn, MoveDone);
		ms->moves_local++;
	}
	what = ms->suspended ? TCP_MOBILITY_EVENT_RESUMED :
	       ms->repair ? TCP_MOBILITY_EVENT_REPAIRED :
			    TCP_MOBILITY_EVENT_MOVED;
	if (ms->suspended)
		TCPMOB_INC(ms->tn, ResumedByUpdate);
	tcpmob_suspend_end(ms);
	ms->refused = false;
	ms->refusals = 0;
	/* A repair that lets no data through does not stop that clock. */
	if (!ms->repair || !tcpmob_stall_lasts(ms))
		ms->stalled = 0;
	ms->repair = false;
	ms->last_move_us = min_t(s64, ktime_us_delta(ktime_get(),
						     ms->move_begun), U32_MAX);
	WRITE_ONCE(ms->mv, TCPMOB_MV_STABLE);
	clear_bit(TCPMOB_W_HOLD, &ms->watch);
	ms->adrift_since = 0;
	ms->unconfirmed = false;
	ms->previous_ok = false;
	ms->given_up = false;
	tcpmob_event_from(ms, what, what == TCP_MOBILITY_EVENT_MOVED ?
				    &ms->previous : NULL);

	tcpmob_sync_mss(sk, mss);
	tcpmob_restart_path(sk, TCP_INIT_CWND);
	first_window(ms, win);
	if (has_ts)
		take_timestamp(sk, ts);
	recover_begin(ms);
	tcpmob_update_first_ack(ms);
}

/* -- correspondent ------------------------------------------------------------*/

static bool reflected(const struct tcpmob_sock *ms, const u8 *request)
{
	unsigned int i;

	lockdep_assert_held(&ms->lock);
	for (i = 0; i < TCPMOB_OWN_RECENT; i++)
		if (!memcmp(ms->own_recent[i], request, TCPMOB_REQUEST_LEN))
			return true;
	return false;
}

/* Sent later than @u? S never goes back; request numbers wrap. */
static bool sent_later(const struct tcpmob_update *u, u32 seq, u8 reqno)
{
	return seq != u->seq ? after(seq, u->seq) :
			       reqno_ahead(reqno, u->reqno);
}

/* Keep the newest verified update; false if one that waits is newer. */
static bool store_update(struct tcpmob_sock *ms,
			 const struct tcpmob_options *opts,
			 const struct tcpmob_tuple *t, u32 seq, u32 ack)
{
	struct tcpmob_update *u = &ms->update;
	bool stored = false;

	spin_lock_bh(&ms->lock);
	if (reflected(ms, opts->request)) {
		TCPMOB_INC(ms->tn, UpdateReflected);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_REFLECTED);
	} else if (ms->update_pending && !sent_later(u, seq, opts->reqno)) {
		TCPMOB_INC(ms->tn, UpdateStale);
	} else {
		if (ms->update_pending)
			TCPMOB_INC(ms->tn, UpdateStale);	/* that one */
		u->tuple = *t;
		u->seq = seq;
		u->ack = ack;
		u->reqno = opts->reqno;
		u->mss = opts->present & TCPMOB_OPT_MSS ? opts->mss : 0;
		memcpy(u->request, opts->request, sizeof(u->request));
		ms->update_pending = true;
		stored = true;
	}
	spin_unlock_bh(&ms->lock);
	return stored;
}

/**
 * tcpmob_update_in() - a SYN with Loc-Update came
 * @tn: namespace
 * @opts: its options
 * @t: tuple of the segment, local end first
 * @seq: S
 * @ack: its acknowledgement field
 *
 * In softirq, under rcu_read_lock(): one look-up and one SHA-1. Everything
 * that depends on the state of the connection is checked again, or for the
 * first time, under the socket lock.
 *
 * Return: true if token and request are right. The segment is dropped either
 * way, and nothing is answered (Section 5: "no response is sent").
 */
bool tcpmob_update_in(struct tcpmob_net *tn, const struct tcpmob_options *opts,
		      const struct tcpmob_tuple *t, u32 seq, u32 ack)
{
	u8 request[TCPMOB_REQUEST_LEN];
	struct tcpmob_sock *ms;
	struct sock *sk;
	bool ok = false;

	TCPMOB_INC(tn, UpdateIn);
	ms = tcpmob_conn_find(tn, opts->token, t);
	if (!ms) {
		TCPMOB_INC(tn, UpdateNoToken);
		return false;
	}
	sk = ms->sk;
	/* The socket may be dying, or be another by now: look again. */
	if (!refcount_inc_not_zero(&sk->sk_refcnt)) {
		TCPMOB_INC(tn, UpdateNoToken);
		return false;
	}
	/* Pairs with the release in handshake.c. */
	if (tcpmob_sock_of(sk) != ms || !smp_load_acquire(&ms->keyed)) {
		TCPMOB_INC(tn, UpdateNoToken);
		goto put;
	}
	tcpmob_request(&ms->secret, seq, opts->reqno, request);
	if (crypto_memneq(request, opts->request, sizeof(request))) {
		TCPMOB_INC(tn, UpdateBadRequest);
		goto put;
	}
	tcpmob_saw(ms, LOC_UPDATE_RECEIVED);
	ok = store_update(ms, opts, t, seq, ack);
	if (ok)
		tcpmob_sock_kick_move(ms, TCPMOB_EV_UPDATE);
put:
	sock_put(sk);
	return ok;
}

static void send_synack(struct tcpmob_sock *ms, const struct tcpmob_update *u)
{
	TCPMOB_INC(ms->tn, SynAckOut);
	tcpmob_segment_send_syn(ms->sk, u->ack, u->seq + 1, true, NULL, 0);
}

/* An exact repeat of the update that was accepted last? */
static bool repeats(const struct tcpmob_sock *ms, const struct tcpmob_update *u)
{
	return ms->peer_moved && u->reqno == ms->peer_reqno &&
	       u->seq == ms->peer_seq &&
	       tcpmob_tuple_equal(&u->tuple, &ms->peer_from);
}

/* Where @seq lies in the peer's stream; this count does not wrap. */
static s64 stream_pos(const struct tcp_sock *tp, u32 seq)
{
	return tp->bytes_received - (u32)(tp->rcv_nxt - seq);
}

/*
 * Sent behind the one that was accepted last? The request number alone does not
 * tell: it wraps, and a copy from 129 to 255 moves ago is ahead again. But the
 * mover's S never goes back; and while it stays the same the request number must
 * be ahead of the first that was accepted with it, too. So a peer moves 128
 * times at most without sending an octet between: there are no more requests
 * that cannot be a copy.
 */
static bool newer(const struct tcpmob_sock *ms, const struct tcpmob_update *u)
{
	s64 pos = stream_pos(tcp_sk(ms->sk), u->seq);

	if (!ms->peer_moved)
		return true;
	if (!reqno_ahead(u->reqno, ms->peer_reqno))
		return false;
	if (pos != ms->peer_pos)
		return pos - ms->peer_pos > 0;
	return reqno_ahead(u->reqno, ms->peer_first);
}

static bool update_acceptable(struct tcpmob_sock *ms,
			      const struct tcpmob_update *u)
{
	const struct tcp_sock *tp = tcp_sk(ms->sk);
	struct tcpmob_net *tn = ms->tn;

	if (!((1 << ms->sk->sk_state) & CORRESPONDENT_STATES)) {
		TCPMOB_INC(tn, UpdateBadState);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_STATE);
		return false;
	}
	if (!plausible_seq(tp, u->seq) || !plausible_ack(tp, u->ack) ||
	    !u->tuple.rport) {
		TCPMOB_INC(tn, UpdateBadSeq);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_SEQUENCE);
		return false;
	}
	if (!newer(ms, u) && !repeats(ms, u)) {
		TCPMOB_INC(tn, UpdateStale);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_STALE);
		return false;
	}
	return true;
}

/* From here on the path to the peer's new address is watched. */
static void validate_begin(struct tcpmob_sock *ms, const struct tcpmob_update *u)
{
	WRITE_ONCE(ms->mv, TCPMOB_MV_VALIDATING);
	clear_bit(TCPMOB_W_HOLD, &ms->watch);
	ms->adrift_since = 0;
	ms->repair = false;
	ms->budget = TCPMOB_BUDGET - 1;		/* one for the SYN-ACK */
	/* Under the lock: a segment from the address before must not validate
	 * this one (tcpmob_update_segment_in()).
	 */
	spin_lock_bh(&ms->lock);
	ms->clamp = u->seq;
	ms->peer_from = u->tuple;
	ms->synack_tsval = tcpmob_tsval(tcp_sk(ms->sk));
	clear_bit(TCPMOB_EV_VALIDATED, &ms->events);
	set_bit(TCPMOB_W_VALIDATE, &ms->watch);
	if (after(tcp_sk(ms->sk)->rcv_nxt, u->seq))
		set_bit(TCPMOB_W_CLAMP, &ms->watch);
	else
		clear_bit(TCPMOB_W_CLAMP, &ms->watch);
	WRITE_ONCE(ms->ack_left, 0);
	set_watch_in(ms, true);
	spin_unlock_bh(&ms->lock);
}

static void note_newest(struct tcpmob_sock *ms, const struct tcpmob_update *u)
{
	s64 pos = stream_pos(tcp_sk(ms->sk), u->seq);

	if (!ms->peer_moved || pos != ms->peer_pos)
		ms->peer_first = u->reqno;
	ms->peer_moved = true;
	ms->peer_reqno = u->reqno;
	ms->peer_seq = u->seq;
	ms->peer_pos = pos;
}

/* Not for ever: nobody may be there who wants the answers. */
static void answer_again(struct tcpmob_sock *ms, const struct tcpmob_update *u)
{
	if (test_bit(TCPMOB_W_VALIDATE, &ms->watch)) {
		if (!ms->budget) {
			TCPMOB_INC(ms->tn, ValidateHeld);
			return;
		}
		ms->budget--;
	}
	TCPMOB_INC(ms->tn, UpdateAgain);
	send_synack(ms, u);
}

static void accept_update(struct tcpmob_sock *ms)
{
	struct tcpmob_net *tn = ms->tn;
	struct tcpmob_tuple cur;
	struct tcpmob_update u;
	struct sock *sk = ms->sk;
	bool pending, was_suspended;

	spin_lock_bh(&ms->lock);
	u = ms->update;
	pending = ms->update_pending;
	ms->update_pending = false;
	spin_unlock_bh(&ms->lock);
	if (!pending || !update_acceptable(ms, &u))
		return;

	tcpmob_tuple_of(sk, &cur);
	/* We have moved ourselves since the SYN came. */
	if (!ipv6_addr_equal(&cur.laddr, &u.tuple.laddr) ||
	    cur.lport != u.tuple.lport) {
		TCPMOB_INC(tn, UpdateBadState);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_STATE);
		return;
	}
	if (repeats(ms, &u) && tcpmob_tuple_equal(&cur, &u.tuple) &&
	    ms->mv != TCPMOB_MV_SUSPENDED) {
		answer_again(ms, &u);
		return;
	}
	if (!tcpmob_tuple_equal(&cur, &u.tuple)) {
		tcpmob_ghost_add(tn, &cur);
		if (tcpmob_rebind(sk, &u.tuple)) {
			tcpmob_ghost_del(tn, &cur);
			TCPMOB_INC(tn, UpdateCollision);
			tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_COLLISION);
			return;
		}
		tcpmob_ghost_del(tn, &u.tuple);
	}
	TCPMOB_INC(tn, UpdateAccepted);
	tcpmob_hs_peer_has(ms);
	if (!tcpmob_tuple_equal(&cur, &u.tuple))
		ms->moves_remote++;
	was_suspended = ms->suspended;
	if (ms->suspended)
		TCPMOB_INC(tn, ResumedByUpdate);
	tcpmob_suspend_end(ms);
	ms->stalled = 0;
	ms->refused = false;
	ms->refusals = 0;
	note_newest(ms, &u);
	/* The route to the new address may prefer another of ours: that is how
	 * it is now, no change.
	 */
	ms->base = cur.laddr;
	ms->base_known = !tcpmob_addrs_prefer(sk, &ms->base);
	/* It was sent to the address that we have: the peer knows that. */
	ms->unconfirmed = false;
	ms->previous_ok = false;

	/* A repair of ours is over: the peer has moved, that is why it was so
	 * quiet.
	 */
	if (ms->mv == TCPMOB_MV_MOVING && !ms->repair) {
		/* Ours is under way too: its SYN-ACK validates the path. */
		spin_lock_bh(&ms->lock);
		ms->peer_from = u.tuple;
		spin_unlock_bh(&ms->lock);
		tcpmob_event_accepted(ms, was_suspended, &cur);
		send_synack(ms, &u);
		return;
	}
	/* First: over a short path the answer is here before we are back. */
	validate_begin(ms, &u);
	tcpmob_event_accepted(ms, was_suspended, &cur);
	send_synack(ms, &u);
	tcpmob_sync_mss(sk, u.mss);
	tcpmob_restart_path(sk, TCPMOB_BUDGET - TCPMOB_SYN_TRIES);
	recover_begin(ms);
	tcpmob_kick_output(sk);
}

static void validated(struct tcpmob_sock *ms)
{
	struct inet_connection_sock *icsk = inet_csk(ms->sk);

	if (ms->mv != TCPMOB_MV_VALIDATING)
		return;
	TCPMOB_INC(ms->tn, PathValidated);
	WRITE_ONCE(ms->mv, TCPMOB_MV_STABLE);
	tcpmob_event(ms, TCP_MOBILITY_EVENT_VALIDATED);
	icsk->icsk_backoff = 0;
	tcpmob_kick_output(ms->sk);
}

/**
 * tcpmob_update_segment_in() - a segment without SYN or RST on the new path
 * @ms: context with @watch_in
 * @t: its tuple
 * @seq: its sequence number
 * @end_seq: the number behind its last octet
 * @ack: its acknowledgement number
 * @opts: its options
 *
 * Runs before the stack sees the segment, so that the answer to it already
 * knows. With timestamps only a segment that has seen our SYN-ACK validates the
 * address: whoever copied the update without being there cannot easily show one.
 */
void tcpmob_update_segment_in(struct tcpmob_sock *ms,
			      const struct tcpmob_tuple *t, u32 seq,
			      u32 end_seq, u32 ack,
			      const struct tcpmob_options *opts)
{
	const struct tcp_sock *tp = tcp_sk(ms->sk);
	u32 rcv_nxt = READ_ONCE(tp->rcv_nxt);
	bool done, validates = false;

	if (READ_ONCE(ms->mv) == TCPMOB_MV_SUSPENDED ||
	    READ_ONCE(ms->mv) == TCPMOB_MV_MOVING) {
		if (tcpmob_suspend_segment_ends(ms, seq, end_seq, ack, opts))
			tcpmob_sock_kick_move(ms, TCPMOB_EV_RESUME);
		return;
	}

	/* In the window or old; anything else could be anybody's. */
	if (after(end_seq, rcv_nxt + max(tp->rcv_wnd, 65535U)) ||
	    !plausible_ack(tp, ack))
		return;

	spin_lock_bh(&ms->lock);
	if (ms->ack_left) {
		/* The mover's end: the peer has been heard, all is well. */
		WRITE_ONCE(ms->ack_left, 0);
		set_watch_in(ms, false);
		goto unlock;
	}
	if (!tcpmob_tuple_equal(t, &ms->peer_from))
		goto unlock;
	if (after(end_seq, ms->clamp))
		WRITE_ONCE(ms->clamp, end_seq);
	done = !before(ms->clamp, rcv_nxt);
	if (!tp->rx_opt.tstamp_ok ||
	    ((opts->present & TCPMOB_OPT_TS) &&
	     (s32)(opts->tsecr - READ_ONCE(ms->synack_tsval)) >= 0))
		validates = test_and_clear_bit(TCPMOB_W_VALIDATE, &ms->watch);
	else
		done = false;
	if (done) {
		clear_bit(TCPMOB_W_CLAMP, &ms->watch);
		set_watch_in(ms, false);
	}
unlock:
	spin_unlock_bh(&ms->lock);
	if (validates)
		tcpmob_sock_kick_move(ms, TCPMOB_EV_VALIDATED);
}

/* -- output -------------------------------------------------------------------*/

/*
 * Retransmissions of what the old path lost bring DSACKs and look spurious; an
 * undo would end the recovery with most of it still missing.
 */
static void keep_recovering(struct tcpmob_sock *ms)
{
	struct tcp_sock *tp = tcp_sk(ms->sk);

	if (!before(tp->snd_una, ms->recover_seq)) {
		ms->recovering = false;
		clear_bit(TCPMOB_W_RECOVER, &ms->watch);
		return;
	}
	tp->undo_marker = 0;
	tp->frto = 0;
	if (inet_csk(ms->sk)->icsk_ca_state == TCP_CA_Loss)
		tp->snd_ssthresh = TCP_INFINITE_SSTHRESH;
}

/**
 * tcpmob_update_segment_out() - a segment without SYN is about to leave
 * @ms: context with a bit in @watch; under the socket lock
 * @segs: how many segments it is on the wire
 * @data: whether it carries data
 * @ack: its acknowledgement number; may be lowered
 *
 * Return: false if it must not leave.
 */
bool tcpmob_update_segment_out(struct tcpmob_sock *ms, unsigned int segs,
			       bool data, u32 *ack)
{
	u32 clamp;

	if (test_bit(TCPMOB_W_HOLD, &ms->watch)) {
		/* The survival time ends this, not the stack's patience. */
		inet_csk(ms->sk)->icsk_retransmits = 0;
		inet_csk(ms->sk)->icsk_probes_out = 0;
		TCPMOB_INC(ms->tn, HeldBack);
		return false;
	}
	/* Nobody is left to end the pause of a closed socket. */
	if (data && test_bit(TCPMOB_W_PAUSE, &ms->watch) &&
	    !sock_flag(ms->sk, SOCK_DEAD)) {
		inet_csk(ms->sk)->icsk_retransmits = 0;
		inet_csk(ms->sk)->icsk_probes_out = 0;
		TCPMOB_INC(ms->tn, PauseHeld);
		return false;
	}
	if (test_bit(TCPMOB_W_RECOVER, &ms->watch))
		keep_recovering(ms);
	if (data && test_bit(TCPMOB_W_DORMANT, &ms->watch))
		tcpmob_hs_data(ms);
	if (test_bit(TCPMOB_W_VALIDATE, &ms->watch)) {
		if (ms->budget < (int)segs + TCPMOB_SYN_TRIES - 1) {
			TCPMOB_INC(ms->tn, ValidateHeld);
			return false;
		}
		ms->budget -= segs;
	}
	if (test_bit(TCPMOB_W_CLAMP, &ms->watch)) {
		clamp = READ_ONCE(ms->clamp);
		if (after(*ack, clamp)) {
			*ack = clamp;
			TCPMOB_INC(ms->tn, AckClamped);
		}
	}
	return true;
}

/* -- the work item --------------------------------------------------------------*/

/* The mover's first ACK again, as long as nothing has come back. */
static void repeat_first_ack(struct tcpmob_sock *ms)
{
	bool due;

	spin_lock_bh(&ms->lock);
	due = ms->ack_left && time_after_eq(jiffies, ms->ack_due);
	if (due) {
		WRITE_ONCE(ms->ack_left, ms->ack_left - 1);
		if (!ms->ack_left)
			set_watch_in(ms, false);
	}
	spin_unlock_bh(&ms->lock);
	if (!due)
		return;
	ms->ack_gap *= 2;
	ms->ack_due = jiffies + ms->ack_gap;
	tcpmob_send_ack(ms->sk);
}

/* How long a connection may be without a network, in jiffies. */
static unsigned long patience(const struct tcpmob_sock *ms)
{
	unsigned long survival = READ_ONCE(ms->tn->survival) * HZ;

	/* No program waits for an orphan any more. */
	if (sock_flag(ms->sk, SOCK_DEAD))
		return min_t(unsigned long, survival, TCPMOB_ORPHAN_LIFE);
	return survival;
}

/* Since when nothing has come through, 0 if all is well. */
static unsigned long lost_since(const struct tcpmob_sock *ms)
{
	if (ms->adrift_since)
		return ms->adrift_since;
	return tcpmob_stall_lasts(ms) ? ms->stalled : 0;
}

/* The update has had no answer: what to try next. */
static void next_update(struct tcpmob_sock *ms)
{
	if (ms->move_tries < TCPMOB_SYN_TRIES)
		send_update(ms);
	else if (ms->repair && !ms->suspended &&
		 (tcp_sk(ms->sk)->packets_out || tcp_send_head(ms->sk)))
		tcpmob_update_give_back(ms);	/* data has its turn */
	else if (!try_elsewhere(ms))
		new_update(ms);
}

/*
 * Timers; arms the next. Returns an error for the application if the connection
 * is over.
 */
static int move_timers(struct tcpmob_sock *ms)
{
	unsigned long survival = patience(ms);
	unsigned long since, due = 0;
	int err;

	repeat_first_ack(ms);
	if (ms->ack_left)
		tcpmob_sooner(&due, ms->ack_due);
	err = tcpmob_suspend_timers(ms, &due);
	if (err)
		return err;
	tcpmob_stall_timers(ms, &due);

	since = lost_since(ms);
	/* Once given up, an orphan is the stack's. */
	if (since && time_after_eq(jiffies, since + survival) &&
	    !ms->given_up) {
		TCPMOB_INC(ms->tn, SurvivalTimeout);
		return ETIMEDOUT;
	}
	if (ms->mv == TCPMOB_MV_MOVING && time_after_eq(jiffies, ms->move_due))
		next_update(ms);
	if (ms->mv == TCPMOB_MV_MOVING)
		tcpmob_sooner(&due, ms->move_due);
	if (since && !ms->given_up) {
		tcpmob_sooner(&due, since + survival);
		/* Nobody tells us when the program closes the socket: look. */
		tcpmob_sooner(&due, jiffies + TCPMOB_ORPHAN_LIFE);
	}
	if (due)
		tcpmob_sock_arm_move(ms, time_after(due, jiffies) ?
					 due - jiffies : 1);
	return 0;
}

/* Take one event; true if it was there. */
static bool event(struct tcpmob_sock *ms, enum tcpmob_event ev)
{
	return test_and_clear_bit(ev, &ms->events);
}

/*
 * move_work: all that a move needs the socket lock for. Owns a reference to
 * the context and to the socket.
 */
void tcpmob_update_work(struct work_struct *work)
{
	struct tcpmob_sock *ms = container_of(to_delayed_work(work),
					      struct tcpmob_sock, move_work);
	struct sock *sk = ms->sk;
	int err = 0;

	lock_sock(sk);
	if (tcpmob_sock_of(sk) != ms)
		goto out;
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT)) {
		/* Closed while suspended: no longer counted. */
		tcpmob_suspend_end(ms);
		tcpmob_watch_in(ms, false);
		goto out;
	}

	if (event(ms, TCPMOB_EV_RESET)) {
		TCPMOB_INC(ms->tn, ConflictReset);
		err = ECONNRESET;
		tcpmob_event_dead(ms, TCP_MOBILITY_DEATH_KEY_CONFLICT, err);
		goto out;
	}
	if (event(ms, TCPMOB_EV_RST))
		err = tcpmob_suspend_rst(ms);
	if (!err && event(ms, TCPMOB_EV_REFUSED))
		err = tcpmob_suspend_refused(ms);
	if (err)
		goto out;
	if (event(ms, TCPMOB_EV_RESUME))
		tcpmob_suspend_resume(ms);
	if (event(ms, TCPMOB_EV_SYNACK))
		finish_move(ms);
	if (event(ms, TCPMOB_EV_UPDATE))
		accept_update(ms);
	if (event(ms, TCPMOB_EV_VALIDATED))
		validated(ms);
	if (event(ms, TCPMOB_EV_STALL))
		tcpmob_stall_event(ms);
	if (event(ms, TCPMOB_EV_EVALUATE)) {
		tcpmob_pause_follow(ms);
		evaluate(ms);
	}
	err = move_timers(ms);
	if (err == ETIMEDOUT && sock_flag(sk, SOCK_DEAD)) {
		/* No user to tell; the stack knows how long an orphan may try. */
		ms->given_up = true;
		tcpmob_suspend_end(ms);
		tcpmob_update_give_back(ms);
		err = 0;
	}
	if (err == ETIMEDOUT)
		tcpmob_event_dead(ms, TCP_MOBILITY_DEATH_SURVIVAL_TIME, err);
out:
	release_sock(sk);
	if (err)
		tcp_abort(sk, err);	/* takes the lock itself */
	tcpmob_sock_put(ms);
	sock_put(sk);
}
