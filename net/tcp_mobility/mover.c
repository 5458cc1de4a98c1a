// SPDX-License-Identifier: GPL-2.0
/*
 * The mover's half of Loc-Update (draft Section 5).
 *
 * The address or route event finds that the connection's local address is gone,
 * or that the route to the peer now prefers another. The socket is rebound,
 * output held, and a SYN with Loc-Update sent: S = snd_una, ack field =
 * rcv_nxt, and only the SYN flag. It takes no sequence number.
 *
 * Stateful firewalls on the new path judge the rest by what they have seen
 * there. So the mover's first segments stay inside the unscaled window of the
 * SYN-ACK, and neither SYN announces SACK, so that SACK blocks about data of
 * the old path are not looked at.
 *
 * Timers: an update is repeated, unchanged, after 1, 2 and 4 s; then a new one
 * (next request number) takes its place, backing off to 64 s: from the address
 * that was left if that can still be used, then from the preferred one again.
 * The first ACK on the new path is repeated, 1 to 32 s, until something comes
 * back: it opens the path for a correspondent that has used up its budget.
 */
#include <net/tcp.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

/*
 * Section 3 lets the mover be in ESTABLISHED or FIN-WAIT. We add the states in
 * which only the peer has finished sending: for the user the connection lives.
 */
#define MOVER_STATES	TCPMOB_LIVE_STATES

static bool pinned(const struct sock *sk)
{
	return (sk->sk_userlocks & SOCK_BINDADDR_LOCK) || sk->sk_bound_dev_if ||
	       inet_sk_transparent(sk);	/* an address of somebody else */
}

/* Remember the update that is about to leave, against its reflection. */
static bool note_own(struct tcpmob_sock *ms)
{
	struct tcpmob_own *own = ms->own;

	if (!own) {
		own = kzalloc(sizeof(*own), ms->sk->sk_allocation);
		if (!own) {
			TCPMOB_INC(ms->tn, NoMemory);
			return false;
		}
	}
	spin_lock_bh(&ms->lock);
	ms->own = own;
	__set_bit(ms->reqno, own->sent);
	own->seq[ms->reqno] = ms->move_seq;
	spin_unlock_bh(&ms->lock);
	return true;
}

static void send_update(struct tcpmob_sock *ms)
{
	const struct tcpmob_format fmt = tcpmob_format(ms->tn);
	u8 opt[TCPMOB_LEN_LOC_UPDATE + TCPMOB_LEN_EXID];
	u8 request[TCPMOB_REQUEST_LEN];
	unsigned int len;

	/* The peer's own address may not have been heard yet, and be anybody's:
	 * go on as if this one were lost.
	 */
	if (!tcpmob_update_spend(ms, 1, 0))
		goto next;
	if (!note_own(ms)) {
		ms->move_due = jiffies + HZ;
		return;
	}
	tcpmob_request(&ms->secret, ms->move_seq, ms->reqno, request);
	len = tcpmob_put_loc_update(opt, &fmt, ms->reqno, ms->token, request);

	tcpmob_send_syn(ms->sk, ms->move_seq, ms->move_ack, false, opt, len);
	ms->reqno_used = true;
	TCPMOB_INC(ms->tn, UpdateOut);
	tcpmob_saw(ms, LOC_UPDATE_SENT);
	if (ms->move_tries)
		TCPMOB_INC(ms->tn, UpdateRepeat);
	ms->updates_sent++;
next:
	ms->move_tries++;
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
	/* 128 that the peer never saw, and it would take the next for an old
	 * one: what was held back is not counted.
	 */
	if (ms->reqno_used)
		ms->reqno++;
	ms->reqno_used = false;
	WRITE_ONCE(ms->move_seq, tp->snd_una);
	WRITE_ONCE(ms->move_ack, tp->rcv_nxt);
	ms->move_tries = 0;
	send_update(ms);
}

static void go_adrift(struct tcpmob_sock *ms)
{
	if (ms->mv == TCPMOB_MV_ADRIFT ||
	    (ms->given_up && sock_flag(ms->sk, SOCK_DEAD)))
		return;
	/* A RST may have been the first sign of it. */
	tcpmob_suspend_end(ms);
	ms->repair = false;
	tcpmob_update_hold(ms, TCPMOB_MV_ADRIFT);
	ms->addr_left = false;
	TCPMOB_INC(ms->tn, Adrift);
	tcpmob_event(ms, TCP_MOBILITY_EVENT_ADRIFT);
}

/* The address is usable again and the peer never heard of another. */
static void come_back(struct tcpmob_sock *ms)
{
	bool quick = ms->adrift_since &&
		     time_before(jiffies, ms->adrift_since + TCPMOB_BACK_QUICK);
	struct sock *sk = ms->sk;

	TCPMOB_INC(ms->tn, AdriftBack);
	sk_dst_reset(sk);
	/* That clock has ended: what comes now has one of its own. */
	ms->adrift_since = 0;
	/* A NAT may have forgotten us, and the peer waits for its timer. */
	if (ms->keyed && tcpmob_mover_roams(ms) && !quick) {
		tcpmob_mover_repair(ms);
		ms->back = true;
		if (ms->mv == TCPMOB_MV_ADRIFT)		/* gone again */
			ms->adrift_since = jiffies ?: 1;
		return;
	}
	/* Only the route was away, for a moment: the path is the same. */
	if (quick && !ms->addr_left) {
		tcpmob_update_forgive(ms);
		tcpmob_update_give_back(ms);
		tcpmob_event(ms, TCP_MOBILITY_EVENT_BACK);
		return;
	}
	tcpmob_update_let_go(ms);
	tcpmob_event(ms, TCP_MOBILITY_EVENT_BACK);
	tcpmob_restart_path(sk, TCP_INIT_CWND);
	tcpmob_update_recover(ms);
	tcpmob_kick_output(sk);
}

/**
 * tcpmob_mover_redirect() - the peer has moved while we were telling it our address
 * @ms: context that is moving and has taken the peer's update; under the socket lock
 *
 * Ours went to where it no longer is, and the next repeat may be a minute away.
 * It is there, and it knows our address: the clock of the lost network starts
 * again.
 */
void tcpmob_mover_redirect(struct tcpmob_sock *ms)
{
	ms->adrift_since = jiffies ?: 1;
	ms->move_rto = TCPMOB_UPDATE_RTO;
	new_update(ms);
	ms->unconfirmed = false;
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
	/* The peer's address may be the second that was not heard: three segments
	 * would not do to tell ours. Data is held.
	 */
	ms->budget += ms->budget_rest;
	ms->budget_rest = 0;
	TCPMOB_INC(ms->tn, MoveStarted);
	new_update(ms);
	tcpmob_event_from(ms, TCP_MOBILITY_EVENT_MOVING, &ms->previous);
}

/**
 * tcpmob_mover_repair() - tell the peer our address again, as a NAT may show
 * another than before
 * @ms: keyed context that is stable or suspended; under the socket lock
 */
void tcpmob_mover_repair(struct tcpmob_sock *ms)
{
	bool again = ms->mv == TCPMOB_MV_SUSPENDED && ms->repair;

	if (!tcpmob_addrs_usable(ms->sk)) {
		/* The event that follows finds it adrift. */
		ms->move_due = jiffies + HZ;
		return;
	}
	ms->cause = tcpmob_event_repair_cause(ms);
	if (ms->stalled && !ms->adrift_since)
		ms->adrift_since = ms->stalled;
	tcpmob_update_hold(ms, TCPMOB_MV_MOVING);
	ms->repair = true;
	ms->back = false;
	ms->move_begun = ktime_get();
	if (!again)
		ms->move_rto = TCPMOB_UPDATE_RTO;
	TCPMOB_INC(ms->tn, RepairStarted);
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
	/* The address is ours. */
	err = tcpmob_rebind(ms->sk, to, true);
	if (err) {
		tcpmob_ghost_del(tn, from);
		TCPMOB_INC(tn, MoveCollision);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_COLLISION);
		if (!tcpmob_addrs_usable(ms->sk))
			go_adrift(ms);
		return false;
	}
	tcpmob_ghost_del(tn, to);
	/* What the address before was answered says nothing of this one. */
	spin_lock_bh(&ms->lock);
	ms->synack_has_ts = false;
	clear_bit(TCPMOB_EV_SYNACK, &ms->events);
	spin_unlock_bh(&ms->lock);
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
 * tcpmob_mover_baseline() - note which address the route prefers when all is
 * well
 * @ms: context; under the socket lock
 *
 * A peer may have connected to an address that the route back to it does not
 * prefer: a service address, another interface. That is no reason to move; a
 * later change is.
 */
void tcpmob_mover_baseline(struct tcpmob_sock *ms)
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

/**
 * tcpmob_mover_evaluate() - addresses or routes have changed: does this
 * connection still fit?
 * @ms: context; under the socket lock
 */
void tcpmob_mover_evaluate(struct tcpmob_sock *ms)
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
	if (!usable && !pinned(sk)) {
		go_adrift(ms);
		ms->addr_left |= !tcpmob_addrs_is_local(sk, &cur.laddr);
	} else if (usable && ms->mv == TCPMOB_MV_ADRIFT && ms->unconfirmed)
		announce_back(ms);	/* the peer does not know this address */
	else if (usable && ms->mv == TCPMOB_MV_ADRIFT)
		come_back(ms);
	else if (usable && ms->mv == TCPMOB_MV_STABLE &&
		 tcpmob_stall_lasts(ms) && tcpmob_mover_roams(ms))
		tcpmob_mover_repair(ms);	/* the network may be back */
}

/**
 * tcpmob_mover_synack_in() - a SYN-ACK for an established connection of ours
 * @ms: context
 * @seq: its sequence number
 * @ack: its acknowledgement number
 * @win: its window, not scaled
 * @opts: its options
 *
 * Only one that answers the update under way exactly is taken. Behind the move
 * there may be another: an answer says nothing of which request number it is for,
 * and the one taken may have been for an update sent from this address before. The
 * peer waits for the timestamp of its last (has_seen_synack()), so that is echoed,
 * too, until the peer is heard.
 *
 * Return: true if the connection is moving: the segment is ours, matching or
 * not. False: the stack's.
 */
bool tcpmob_mover_synack_in(struct tcpmob_sock *ms, u32 seq, u32 ack, u16 win,
			     const struct tcpmob_options *opts)
{
	bool moving = READ_ONCE(ms->mv) == TCPMOB_MV_MOVING;

	if (!moving && !READ_ONCE(ms->ack_left))
		return false;
	if (seq != READ_ONCE(ms->move_ack) ||
	    ack != READ_ONCE(ms->move_seq) + 1) {
		if (moving)
			TCPMOB_INC(ms->tn, UpdateSynAckBad);
		return moving;
	}
	spin_lock_bh(&ms->lock);
	if (!moving && !(ms->synack_has_ts && (opts->present & TCPMOB_OPT_TS) &&
			 (s32)(opts->tsval - ms->synack_ts) > 0)) {
		spin_unlock_bh(&ms->lock);
		return false;
	}
	/* Of two that wait the peer wants to hear of the later. */
	if (!ms->synack_has_ts || ms->synack_seq != seq || ms->synack_ack != ack ||
	    (s32)(opts->tsval - ms->synack_ts) > 0)
		ms->synack_ts = opts->tsval;
	ms->synack_seq = seq;
	ms->synack_ack = ack;
	ms->synack_win = win;
	ms->synack_has_ts = opts->present & TCPMOB_OPT_TS;
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
 * tcpmob_mover_first_ack() - send an ACK that the peer has to see, and go on
 * @ms: context; under the socket lock
 *
 * It is repeated, by tcpmob_mover_repeat_ack(), until anything comes from the peer.
 */
void tcpmob_mover_first_ack(struct tcpmob_sock *ms)
{
	struct sock *sk = ms->sk;

	ms->ack_gap = HZ;
	ms->ack_due = jiffies + ms->ack_gap;
	/* First: over a short path the answer is here before we are back. */
	spin_lock_bh(&ms->lock);
	WRITE_ONCE(ms->ack_left, TCPMOB_ACK_REPEATS);
	tcpmob_watch_in_locked(ms, true);
	spin_unlock_bh(&ms->lock);
	tcpmob_send_ack(sk);
	tcpmob_kick_output(sk);
}

/**
 * tcpmob_mover_finish() - the SYN-ACK that was noted ends the move
 * @ms: context; under the socket lock
 */
void tcpmob_mover_finish(struct tcpmob_sock *ms)
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
	if (ms->mv != TCPMOB_MV_MOVING && match && has_ts &&
	    READ_ONCE(ms->ack_left)) {
		take_timestamp(sk, ts);
		tcpmob_send_ack(sk);
	}
	if (ms->mv != TCPMOB_MV_MOVING || !match)
		return;

	TCPMOB_INC(ms->tn, UpdateSynAckIn);
	if (ms->repair) {
		TCPMOB_INC(ms->tn, RepairDone);
	} else {
		TCPMOB_INC(ms->tn, MoveDone);
		ms->moves_local++;
	}
	/* It was sent to an address of the peer's that it has now answered from. */
	tcpmob_update_validate_end(ms);
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
	tcpmob_hold(ms, false);
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
	tcpmob_update_recover(ms);
	tcpmob_mover_first_ack(ms);
}

/**
 * tcpmob_mover_repeat_ack() - the mover's first ACK again, as long as nothing
 * has come back
 * @ms: context; under the socket lock
 */
void tcpmob_mover_repeat_ack(struct tcpmob_sock *ms)
{
	bool due;

	spin_lock_bh(&ms->lock);
	due = ms->ack_left && time_after_eq(jiffies, ms->ack_due);
	if (due) {
		WRITE_ONCE(ms->ack_left, ms->ack_left - 1);
		if (!ms->ack_left)
			tcpmob_watch_in_locked(ms, false);
	}
	spin_unlock_bh(&ms->lock);
	if (!due)
		return;
	ms->ack_gap *= 2;
	ms->ack_due = jiffies + ms->ack_gap;
	tcpmob_send_ack(ms->sk);
}

/*
 * The network is back, and nobody answers the update that says so: maybe there
 * was no need, and somebody between drops a SYN inside a connection. An ACK gets
 * through if anything does.
 */
static void ask_instead(struct tcpmob_sock *ms)
{
	tcpmob_update_give_back(ms);
	tcpmob_stall_receiving(ms);
}

/**
 * tcpmob_mover_to() - the user wants the connection at another address
 * @ms: context; under the socket lock
 * @addr: local address to take, or NULL for the one that the route prefers
 *
 * Return: 0: the update is on its way. -ENOTCONN: it cannot move, -EBUSY: the
 * program has bound it, -EALREADY: it is there, -EADDRINUSE: another socket has
 * the tuple, -EHOSTUNREACH and the like: no route.
 */
int tcpmob_mover_to(struct tcpmob_sock *ms, const struct in6_addr *addr)
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
	tcpmob_sock_kick_move(ms, TCPMOB_EV_TIMERS);	/* arms the repeats */
	return 0;
}

/**
 * tcpmob_mover_next() - the update has had no answer: what to try next
 * @ms: context; under the socket lock
 */
void tcpmob_mover_next(struct tcpmob_sock *ms)
{
	if (ms->move_tries < TCPMOB_SYN_TRIES)
		send_update(ms);
	else if (ms->repair && !ms->suspended &&
		 (tcp_sk(ms->sk)->packets_out || tcp_send_head(ms->sk)))
		tcpmob_update_give_back(ms);	/* data has its turn */
	else if (ms->repair && ms->back)
		ask_instead(ms);
	else if (!try_elsewhere(ms) && ms->mv == TCPMOB_MV_MOVING)
		new_update(ms);
}

/**
 * tcpmob_mover_roams() - whether telling our address again may heal a path
 * @ms: keyed context
 *
 * That is the end which a NAT may stand before: who connected, or has moved.
 */
bool tcpmob_mover_roams(const struct tcpmob_sock *ms)
{
	return !ms->passive || ms->moves_local;
}
