// SPDX-License-Identifier: GPL-2.0
/*
 * The correspondent's half of Loc-Update (draft Section 5). It has no timer.
 *
 * The packet hook checks token and request; under the socket lock the request
 * number must be ahead and both numbers plausible; then the socket is rebound at
 * once and a SYN-ACK sent, seq = the SYN's ack field, ack = S + 1. Data may
 * follow it right away. Until something comes from the new address,
 * TCPMOB_BUDGET segments go there at most; of these a SYN-ACK for each of the
 * mover's tries is kept back. Who has left an address without a word gets no data
 * ahead of the proof for TCPMOB_UNHEARD: else two addresses by turns would draw
 * it again and again.
 *
 * Stateful firewalls on the new path judge the rest by what they have seen
 * there. So the ack stays at S until data above S comes over the new path (the
 * "clamp").
 */
#include <crypto/algapi.h>
#include <net/tcp.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

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
	u32 rcv_nxt = READ_ONCE(tp->rcv_nxt);

	return !after(seq, rcv_nxt) && !before(seq, rcv_nxt - window);
}

/* What the peer may have received: from a window below snd_una to @sent. */
static bool plausible_ack(const struct tcp_sock *tp, u32 ack, u32 sent)
{
	u32 window = max(tp->max_window, 65535U);

	return !after(ack, sent) && !before(ack, tp->snd_una - window);
}

/* Both ends have the same secret: is this a copy of one that we sent? */
static bool reflected(const struct tcpmob_sock *ms, u32 seq, u8 reqno)
{
	const struct tcpmob_own *own = ms->own;

	lockdep_assert_held(&ms->lock);
	return own && test_bit(reqno, own->sent) && own->seq[reqno] == seq;
}

/* Sent later than @u? S never goes back; request numbers wrap. */
static bool sent_later(const struct tcpmob_update *u, u32 seq, u8 reqno)
{
	return seq != u->seq ? after(seq, u->seq) :
			       reqno_ahead(reqno, u->reqno);
}

/* The work item has refused an update, not long ago: somebody had its four-tuple. */
static bool blocked_fresh(const struct tcpmob_sock *ms)
{
	return ms->blocked_at && jiffies - ms->blocked_at < TCPMOB_BLOCKED_MAX;
}

/*
 * The four-tuple is not under the proof. A copy of an update that was refused, from
 * where nobody is in the way, would use up its number, and the mover's repeat be old.
 */
static bool is_copy(const struct tcpmob_sock *ms, const struct tcpmob_tuple *t,
		    u32 seq, u8 reqno)
{
	lockdep_assert_held(&ms->lock);
	return blocked_fresh(ms) && seq == ms->blocked_seq &&
	       reqno == ms->blocked_reqno &&
	       !tcpmob_tuple_equal(&ms->blocked_to, t);
}

/* Keep the newest verified update; false if one that waits is newer. */
static bool store_update(struct tcpmob_sock *ms,
			 const struct tcpmob_options *opts,
			 const struct tcpmob_tuple *t, u32 seq, u32 ack)
{
	struct tcpmob_update *u = &ms->update;
	bool stored = false;

	spin_lock_bh(&ms->lock);
	if (reflected(ms, seq, opts->reqno)) {
		TCPMOB_INC(ms->tn, UpdateReflected);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_REFLECTED);
	} else if (!plausible_seq(tcp_sk(ms->sk), seq)) {
		/* Before it takes the place of another: a copy from gigabytes
		 * ago looks as if it was sent later. The true one is plausible
		 * without the socket lock, too: what it says was acknowledged
		 * has been received long ago.
		 */
		TCPMOB_INC(ms->tn, UpdateBadSeq);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_SEQUENCE);
	} else if (is_copy(ms, t, seq, opts->reqno)) {
		TCPMOB_INC(ms->tn, UpdateStale);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_STALE);
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
 * tcpmob_corr_find() - whose update a SYN with Loc-Update is
 * @tn: namespace
 * @opts: its options
 * @t: tuple of the segment, local end first
 * @seq: S
 * @skb: the segment
 *
 * In softirq, under rcu_read_lock(): one look-up and one SHA-1.
 *
 * Return: the connection, with a reference to its socket for sock_put(); or NULL
 * if token or request are wrong, or the connection takes nothing from there. That
 * is counted, and not answered (Section 5: "no response is sent").
 */
struct tcpmob_sock *tcpmob_corr_find(struct tcpmob_net *tn,
				     const struct tcpmob_options *opts,
				     const struct tcpmob_tuple *t, u32 seq,
				     struct sk_buff *skb)
{
	u8 request[TCPMOB_REQUEST_LEN];
	struct tcpmob_sock *ms;
	struct sock *sk;

	TCPMOB_INC(tn, UpdateIn);
	ms = tcpmob_conn_find(tn, opts->token, t);
	/* The socket may be dying, or be another by now: look again. */
	if (!ms || !refcount_inc_not_zero(&ms->sk->sk_refcnt)) {
		TCPMOB_INC(tn, UpdateNoToken);
		return NULL;
	}
	sk = ms->sk;
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
	if (!tcpmob_segment_allowed(sk, skb))
		goto put;
	tcpmob_saw(ms, LOC_UPDATE_RECEIVED);
	return ms;
put:
	sock_put(sk);
	return NULL;
}

/**
 * tcpmob_corr_update_in() - note an update for the work item
 * @ms: context that tcpmob_corr_find() has found for it
 * @opts: its options
 * @t: tuple of the segment, local end first
 * @seq: S
 * @ack: its acknowledgement field
 *
 * In softirq. What depends on the state of the connection is judged under the
 * socket lock.
 *
 * Return: true if it may be accepted; false if it is refused already.
 */
bool tcpmob_corr_update_in(struct tcpmob_sock *ms,
			   const struct tcpmob_options *opts,
			   const struct tcpmob_tuple *t, u32 seq, u32 ack)
{
	if (!store_update(ms, opts, t, seq, ack))
		return false;
	tcpmob_sock_kick_move(ms, TCPMOB_EV_UPDATE);
	return true;
}

static void send_synack(struct tcpmob_sock *ms, const struct tcpmob_update *u)
{
	TCPMOB_INC(ms->tn, SynAckOut);
	tcpmob_send_syn(ms->sk, u->ack, u->seq + 1, true, NULL, 0);
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

	if (!((1 << ms->sk->sk_state) & TCPMOB_LIVE_STATES)) {
		TCPMOB_INC(tn, UpdateBadState);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_STATE);
		return false;
	}
	if (!plausible_seq(tp, u->seq) ||
	    !plausible_ack(tp, u->ack, tp->snd_nxt) || !u->tuple.rport) {
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

/*
 * From here on the path to the peer's new address is watched. The budget is the
 * address's: who names it again before it was heard gets no other.
 */
static void validate_begin(struct tcpmob_sock *ms, const struct tcpmob_update *u,
			   enum tcpmob_mv mv)
{
	bool unheard = test_bit(TCPMOB_W_VALIDATE, &ms->watch);
	bool same;

	if (!unheard ||
	    !ipv6_addr_equal(&u->tuple.raddr, &ms->peer_from.raddr)) {
		if (unheard)
			ms->unheard = jiffies ?: 1;
		ms->budget = TCPMOB_BUDGET;
		/* Less than it takes for data (tcpmob_update_segment_out()).
		 * While we move ourselves there is none, but we have to tell.
		 */
		if (mv != TCPMOB_MV_MOVING && ms->unheard &&
		    jiffies - ms->unheard < TCPMOB_UNHEARD)
			ms->budget = TCPMOB_SYN_TRIES;
		ms->budget_rest = TCPMOB_BUDGET - ms->budget;
	}
	/* Under the lock: a segment from the address before must not validate
	 * this one (tcpmob_corr_segment_in()).
	 */
	spin_lock_bh(&ms->lock);
	WRITE_ONCE(ms->mv, mv);
	ms->clamp = u->seq;
	/* Whoever echoes any SYN-ACK of ours to this very tuple has been there.
	 * The mover may have heard an earlier one, and then data, last.
	 */
	same = test_bit(TCPMOB_W_VALIDATE, &ms->watch) &&
	       tcpmob_tuple_equal(&u->tuple, &ms->peer_from);
	ms->peer_from = u->tuple;
	if (!same)
		ms->synack_tsval = tcpmob_tsval(tcp_sk(ms->sk));
	clear_bit(TCPMOB_EV_VALIDATED, &ms->events);
	clear_bit(TCPMOB_W_ASKED, &ms->watch);
	set_bit(TCPMOB_W_VALIDATE, &ms->watch);
	if (after(tcp_sk(ms->sk)->rcv_nxt, u->seq))
		set_bit(TCPMOB_W_CLAMP, &ms->watch);
	else
		clear_bit(TCPMOB_W_CLAMP, &ms->watch);
	WRITE_ONCE(ms->ack_left, 0);
	tcpmob_watch_in_locked(ms, true);
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
	if (!tcpmob_update_spend(ms, 1, 0))
		return;
	TCPMOB_INC(ms->tn, UpdateAgain);
	send_synack(ms, u);
}

/*
 * The answer to an update that was accepted. A new request, which only who has
 * the secret can make, gets one in any case: one SYN-ACK for one SYN is no flood,
 * and nothing else may be left that could open the path.
 */
static void answer(struct tcpmob_sock *ms, const struct tcpmob_update *u,
		   bool fresh)
{
	bool spent = test_bit(TCPMOB_W_VALIDATE, &ms->watch) && !ms->budget;

	if ((fresh && spent) || tcpmob_update_spend(ms, 1, 0))
		send_synack(ms, u);
}

/*
 * Anybody can begin a handshake with a plain SYN from the address to which the mover
 * is going, and the mover answers no SYN-ACK that is not its own. An honest one is over
 * when an update comes from there again.
 */
static bool was_blocked(const struct tcpmob_sock *ms, const struct tcpmob_update *u)
{
	return blocked_fresh(ms) &&
	       jiffies - ms->blocked_at >= TCPMOB_BLOCKED_MIN &&
	       tcpmob_tuple_equal(&ms->blocked_to, &u->tuple);
}

/* An older one takes no later one's place. A repeat prolongs nothing. */
static void note_blocked(struct tcpmob_sock *ms, const struct tcpmob_update *u)
{
	if (blocked_fresh(ms) &&
	    sent_later(u, ms->blocked_seq, ms->blocked_reqno))
		return;
	spin_lock_bh(&ms->lock);
	if (!blocked_fresh(ms) || !tcpmob_tuple_equal(&ms->blocked_to, &u->tuple))
		ms->blocked_at = jiffies ?: 1;
	ms->blocked_to = u->tuple;
	ms->blocked_seq = u->seq;
	ms->blocked_reqno = u->reqno;
	spin_unlock_bh(&ms->lock);
}

/* Not by an older one: the repeat of the last one accepted is, after a RST. */
static void blocked_over(struct tcpmob_sock *ms, const struct tcpmob_update *u)
{
	spin_lock_bh(&ms->lock);
	if (!sent_later(u, ms->blocked_seq, ms->blocked_reqno))
		ms->blocked_at = 0;
	spin_unlock_bh(&ms->lock);
}

/**
 * tcpmob_corr_accept() - take the update that was noted, if it may be
 * @ms: context; under the socket lock
 */
void tcpmob_corr_accept(struct tcpmob_sock *ms)
{
	struct tcpmob_net *tn = ms->tn;
	struct tcpmob_tuple cur;
	struct tcpmob_update u;
	struct sock *sk = ms->sk;
	bool pending, copy, was_suspended, fresh;

	spin_lock_bh(&ms->lock);
	u = ms->update;
	pending = ms->update_pending;
	copy = is_copy(ms, &u.tuple, u.seq, u.reqno);
	ms->update_pending = false;
	spin_unlock_bh(&ms->lock);
	if (!pending || !update_acceptable(ms, &u))
		return;
	/* It came while the one before was being refused. */
	if (copy) {
		TCPMOB_INC(tn, UpdateStale);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_STALE);
		return;
	}

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
		if (tcpmob_rebind(sk, &u.tuple, was_blocked(ms, &u))) {
			note_blocked(ms, &u);
			tcpmob_ghost_del(tn, &cur);
			TCPMOB_INC(tn, UpdateCollision);
			tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_COLLISION);
			return;
		}
		tcpmob_ghost_del(tn, &u.tuple);
	}
	TCPMOB_INC(tn, UpdateAccepted);
	blocked_over(ms, &u);
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
	fresh = !repeats(ms, &u);
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
		/* Ours is under way too: its SYN-ACK validates the path. Until
		 * then our SYNs are counted as well. An address that was heard
		 * before stays so.
		 */
		if (!tcpmob_tuple_equal(&cur, &u.tuple)) {
			validate_begin(ms, &u, TCPMOB_MV_MOVING);
		} else {
			spin_lock_bh(&ms->lock);
			ms->peer_from = u.tuple;
			spin_unlock_bh(&ms->lock);
		}
		tcpmob_event_accepted(ms, was_suspended, &cur);
		answer(ms, &u, fresh);
		if (!tcpmob_tuple_equal(&cur, &u.tuple))
			tcpmob_mover_redirect(ms);
		return;
	}
	/* First: over a short path the answer is here before we are back. */
	tcpmob_hold(ms, false);
	ms->adrift_since = 0;
	ms->repair = false;
	validate_begin(ms, &u, TCPMOB_MV_VALIDATING);
	tcpmob_event_accepted(ms, was_suspended, &cur);
	answer(ms, &u, fresh);
	tcpmob_sync_mss(sk, u.mss);
	tcpmob_restart_path(sk, TCPMOB_BUDGET - TCPMOB_SYN_TRIES);
	tcpmob_update_recover(ms);
	tcpmob_kick_output(sk);
	/* What we send may still have no way out. */
	if (!tcpmob_addrs_usable(sk))
		tcpmob_sock_kick_move(ms, TCPMOB_EV_EVALUATE);
}

/**
 * tcpmob_corr_validated() - the peer has been heard at its new address
 * @ms: context; under the socket lock
 */
void tcpmob_corr_validated(struct tcpmob_sock *ms)
{
	struct inet_connection_sock *icsk = inet_csk(ms->sk);

	/* The bit is set: that was another address, before the latest update. */
	if (ms->mv != TCPMOB_MV_VALIDATING ||
	    test_bit(TCPMOB_W_VALIDATE, &ms->watch))
		return;
	TCPMOB_INC(ms->tn, PathValidated);
	WRITE_ONCE(ms->mv, TCPMOB_MV_STABLE);
	tcpmob_event(ms, TCP_MOBILITY_EVENT_VALIDATED);
	icsk->icsk_backoff = 0;
	tcpmob_kick_output(ms->sk);
}

/* Whether the sender of a segment shows that it got our SYN-ACK. */
static bool has_seen_synack(const struct tcpmob_sock *ms,
			    const struct tcpmob_options *opts)
{
	return !tcp_sk(ms->sk)->rx_opt.tstamp_ok ||
	       ((opts->present & TCPMOB_OPT_TS) &&
		(s32)(opts->tsecr - READ_ONCE(ms->synack_tsval)) >= 0);
}

/*
 * A segment of the new path, under ms->lock: acks may rise to what it has seen
 * there. Returns whether it was heard for the first time.
 */
static bool path_has_seen(struct tcpmob_sock *ms, u32 end_seq,
			  const struct tcpmob_options *opts)
{
	if (after(end_seq, ms->clamp))
		WRITE_ONCE(ms->clamp, end_seq);
	if (!has_seen_synack(ms, opts))
		return false;
	if (!before(ms->clamp, READ_ONCE(tcp_sk(ms->sk)->rcv_nxt)))
		clear_bit(TCPMOB_W_CLAMP, &ms->watch);
	clear_bit(TCPMOB_W_ASKED, &ms->watch);
	return test_and_clear_bit(TCPMOB_W_VALIDATE, &ms->watch);
}

/**
 * tcpmob_corr_segment_in() - a segment without SYN or RST on the new path
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
void tcpmob_corr_segment_in(struct tcpmob_sock *ms,
			      const struct tcpmob_tuple *t, u32 seq,
			      u32 end_seq, u32 ack,
			      const struct tcpmob_options *opts)
{
	const struct tcp_sock *tp = tcp_sk(ms->sk);
	u32 rcv_nxt = READ_ONCE(tp->rcv_nxt);
	bool clamped, held, resumes, validates = false;
	u8 mv = READ_ONCE(ms->mv);

	held = mv == TCPMOB_MV_SUSPENDED || mv == TCPMOB_MV_MOVING;
	resumes = held &&
		  tcpmob_suspend_segment_ends(ms, seq, end_seq, ack, opts);

	/* In the window or old; anything else could be anybody's. */
	if (!resumes &&
	    (after(end_seq, rcv_nxt + max(tp->rcv_wnd, 65535U)) ||
	     !plausible_ack(tp, ack, tcpmob_sent(tp))))
		return;

	spin_lock_bh(&ms->lock);
	if (held) {
		/* It may be the only one: what we may still send is little,
		 * and its octets are acknowledged once we go on.
		 */
		if (tcpmob_tuple_equal(t, &ms->peer_from))
			validates = path_has_seen(ms, end_seq, opts);
		goto unlock;
	}
	if (ms->ack_left) {
		/* The mover's end: the peer has been heard, all is well. */
		WRITE_ONCE(ms->ack_left, 0);
		tcpmob_watch_in_locked(ms, false);
		goto unlock;
	}
	if (!tcpmob_tuple_equal(t, &ms->peer_from))
		goto unlock;
	clamped = test_bit(TCPMOB_W_CLAMP, &ms->watch);
	validates = path_has_seen(ms, end_seq, opts);
	if (clamped && !test_bit(TCPMOB_W_CLAMP, &ms->watch))
		tcpmob_watch_in_locked(ms, false);
unlock:
	spin_unlock_bh(&ms->lock);
	if (resumes)
		tcpmob_sock_kick_move(ms, TCPMOB_EV_RESUME);
	/* By now it may be held no longer, and VALIDATING: say it in any case. */
	if (validates)
		tcpmob_sock_kick_move(ms, TCPMOB_EV_VALIDATED);
}
