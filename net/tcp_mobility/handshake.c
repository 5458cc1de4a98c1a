// SPDX-License-Identifier: GPL-2.0
/*
 * Key exchange (draft Section 4): Conn-Key on SYN and SYN-ACK, Conn-Key-Cont
 * after, the shared secret, and every way back to plain TCP.
 *
 *	active opener			passive opener
 *	IDLE				(listener, half.c)
 *	  | SYN + Conn-Key
 *	SYN_SENT ---- SYN-ACK without Conn-Key ----> PLAIN
 *	  | SYN-ACK + Conn-Key		  | ACK makes the child
 *	EXCHANGE			EXCHANGE
 *	  | peer's key is whole, and the peer says that ours is
 *	DONE				DONE
 *
 * Our key data goes only on pure ACKs. They need no room reserved in data
 * segments, and a retransmission can never carry different options. As nobody
 * acknowledges an ACK, the data is repeated until the peer confirms it, with a
 * Conn-Key-Cont that has no data; the first 200 ms cost no segment of our own.
 * Key data on segments with data is understood, cut in any way.
 */
#include <linux/slab.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

/**
 * tcpmob_exchange_absorb() - take key data out of options
 * @x: exchange; the caller holds the lock that protects it
 * @opts: options of an acceptable segment
 *
 * Key data past the end of the key is ignored. Nothing is stored over an octet
 * that is there already.
 *
 * Return: TCPMOB_X_* bits.
 */
unsigned int tcpmob_exchange_absorb(struct tcpmob_exchange *x,
				    const struct tcpmob_options *opts)
{
	unsigned int seen = 0, c, i;

	if (!x->rx_len)
		return 0;
	for (c = 0; c < opts->n_conts; c++) {
		const struct tcpmob_cont *cont = &opts->conts[c];

		if (cont->offset + cont->len > x->rx_len) {
			seen |= TCPMOB_X_IGNORED;
			continue;
		}
		if (!cont->len) {
			if (cont->offset == x->rx_len)
				seen |= TCPMOB_X_CONFIRM;
			continue;
		}
		for (i = 0; i < cont->len; i++) {
			unsigned int at = cont->offset + i;

			if (!(x->have & BIT(at))) {
				x->rx[at] = cont->data[i];
				x->have |= BIT(at);
				seen |= TCPMOB_X_NEW;
			} else if (x->rx[at] != cont->data[i]) {
				seen |= TCPMOB_X_CONFLICT;
			}
		}
		if (!(seen & TCPMOB_X_NEW))
			seen |= TCPMOB_X_REPEAT;
	}
	if ((seen & TCPMOB_X_NEW) && tcpmob_exchange_whole(x))
		seen |= TCPMOB_X_COMPLETE;
	return seen;
}

/* Forget the exchange and let go of the key pair. */
void tcpmob_exchange_drop(struct tcpmob_exchange *x)
{
	tcpmob_key_put(x->kp);
	memzero_explicit(x, sizeof(*x));
}

/* -- plain TCP -------------------------------------------------------------*/

static void count_plain(struct tcpmob_net *tn, u8 reason)
{
	switch (reason) {
	case TCP_MOBILITY_R_PEER:
		TCPMOB_INC(tn, FallbackPeer);
		break;
	case TCP_MOBILITY_R_NO_ROOM:
		TCPMOB_INC(tn, FallbackNoRoom);
		break;
	case TCP_MOBILITY_R_NO_KEY:
		TCPMOB_INC(tn, FallbackNoKey);
		break;
	case TCP_MOBILITY_R_LIMIT:
		TCPMOB_INC(tn, FallbackLimit);
		break;
	case TCP_MOBILITY_R_CURVE:
		TCPMOB_INC(tn, FallbackCurve);
		break;
	case TCP_MOBILITY_R_BAD_KEY:
		TCPMOB_INC(tn, FallbackBadKey);
		break;
	case TCP_MOBILITY_R_TIMEOUT:
		TCPMOB_INC(tn, FallbackTimeout);
		break;
	case TCP_MOBILITY_R_SIMULTANEOUS:
		TCPMOB_INC(tn, FallbackSimultaneous);
		break;
	case TCP_MOBILITY_R_FORMAT:
		TCPMOB_INC(tn, FallbackFormat);
		break;
	}
}

static void make_plain(struct tcpmob_sock *ms, u8 reason)
{
	lockdep_assert_held(&ms->lock);
	if (ms->hs == TCPMOB_HS_PLAIN)
		return;
	WRITE_ONCE(ms->hs, TCPMOB_HS_PLAIN);
	ms->reason = reason;
	ms->answer = false;
	clear_bit(TCPMOB_W_DORMANT, &ms->watch);
	tcpmob_exchange_drop(&ms->x);
	count_plain(ms->tn, reason);
	tcpmob_event(ms, TCP_MOBILITY_EVENT_PLAIN);
}

/**
 * tcpmob_hs_plain() - this connection is plain TCP from now on
 * @ms: context
 * @reason: enum tcp_mobility_reason
 */
void tcpmob_hs_plain(struct tcpmob_sock *ms, u8 reason)
{
	spin_lock_bh(&ms->lock);
	make_plain(ms, reason);
	spin_unlock_bh(&ms->lock);
}

/* -- SYN and SYN-ACK, active opener ----------------------------------------*/

/**
 * tcpmob_hs_syn() - options for our SYN
 * @ms: context; under the socket lock
 * @isn: sequence number of the SYN
 * @room: octets free in the header
 * @opt: where to write
 *
 * The first SYN decides; a repeated one gets the same option again. A new ISN
 * is a new connection on a socket that was disconnected.
 *
 * Return: octets written, 0 for none.
 */
unsigned int tcpmob_hs_syn(struct tcpmob_sock *ms, u32 isn, unsigned int room,
			   u8 *opt)
{
	const struct tcpmob_format fmt = tcpmob_format(ms->tn);
	struct tcpmob_key_pair *kp;
	unsigned int len = 0;

	if (ms->hs != TCPMOB_HS_IDLE && ms->x.n_i != isn)
		tcpmob_sock_reset(ms);

	spin_lock_bh(&ms->lock);
	if (ms->hs == TCPMOB_HS_IDLE) {
		/* A pause of all is of those that there are. */
		ms->pause_gen = atomic_read(&ms->tn->pause_gen);
		ms->x.n_i = isn;
		if (room < tcpmob_conn_key_len(&fmt)) {
			make_plain(ms, TCP_MOBILITY_R_NO_ROOM);
			ms->x.n_i = isn;
			goto unlock;
		}
		if (tcpmob_conn_full(ms->tn)) {
			make_plain(ms, TCP_MOBILITY_R_LIMIT);
			ms->x.n_i = isn;
			goto unlock;
		}
		kp = tcpmob_key_get(ms->tn, READ_ONCE(ms->tn->curve_offer));
		if (!kp) {
			make_plain(ms, TCP_MOBILITY_R_NO_KEY);
			ms->x.n_i = isn;
			goto unlock;
		}
		ms->x.kp = kp;
		WRITE_ONCE(ms->x.curve, kp->curve);
		WRITE_ONCE(ms->hs, TCPMOB_HS_SYN_SENT);
	}
	/* With data on the first SYN the repeat has more room, never less. */
	if (ms->hs == TCPMOB_HS_SYN_SENT && room >= tcpmob_conn_key_len(&fmt)) {
		len = tcpmob_put_conn_key(opt, &fmt, ms->x.kp->curve,
					  ms->x.kp->pub);
		TCPMOB_INC(ms->tn, ConnKeySynOut);
		tcpmob_saw(ms, CONN_KEY_SENT);
	}
unlock:
	spin_unlock_bh(&ms->lock);
	return len;
}

/**
 * tcpmob_hs_synack() - the SYN-ACK to our SYN came
 * @ms: context of a socket in SYN-SENT whose SYN this acknowledges
 * @isn: sequence number of the SYN-ACK
 * @opts: its options
 */
void tcpmob_hs_synack(struct tcpmob_sock *ms, u32 isn,
		      const struct tcpmob_options *opts)
{
	bool again;

	spin_lock_bh(&ms->lock);
	if (ms->hs != TCPMOB_HS_SYN_SENT && ms->hs != TCPMOB_HS_EXCHANGE)
		goto unlock;
	if (!(opts->present & TCPMOB_OPT_CONN_KEY)) {
		u32 n_i = ms->x.n_i;

		/* Section 4: MUST be disabled, Conn-Key-Cont MUST NOT follow. */
		make_plain(ms, TCP_MOBILITY_R_PEER);
		ms->x.n_i = n_i;
		goto unlock;
	}
	TCPMOB_INC(ms->tn, ConnKeySynAckIn);
	tcpmob_saw(ms, CONN_KEY_RECEIVED);
	if (opts->curve != ms->x.kp->curve) {
		u32 n_i = ms->x.n_i;

		make_plain(ms, TCP_MOBILITY_R_CURVE);
		ms->x.n_i = n_i;
		goto unlock;
	}
	/* A second SYN-ACK means that the stack did not take the first. */
	ms->x.n_a = isn;
	ms->x.rx_len = ms->x.kp->len;
	memcpy(ms->x.rx, opts->key, TCPMOB_KEY_FIRST);
	ms->x.have = GENMASK(TCPMOB_KEY_FIRST - 1, 0);
	ms->cont_pos = TCPMOB_KEY_FIRST;
	ms->born = jiffies;
	ms->cont_next = jiffies;
	WRITE_ONCE(ms->agreed, true);
	again = ms->hs == TCPMOB_HS_EXCHANGE;
	WRITE_ONCE(ms->hs, TCPMOB_HS_EXCHANGE);
	spin_unlock_bh(&ms->lock);

	if (!again)
		tcpmob_event(ms, TCP_MOBILITY_EVENT_CONNECTED);
	tcpmob_sock_arm_key(ms, TCPMOB_CONT_FIRST);
	return;
unlock:
	spin_unlock_bh(&ms->lock);
}

/**
 * tcpmob_hs_child() - a child of a listener begins its exchange
 * @ms: context with @ms->x filled
 * @seen: TCPMOB_X_* of what came before the child
 */
void tcpmob_hs_child(struct tcpmob_sock *ms, unsigned int seen)
{
	spin_lock_bh(&ms->lock);
	WRITE_ONCE(ms->agreed, true);
	WRITE_ONCE(ms->hs, TCPMOB_HS_EXCHANGE);
	ms->peer_has = seen & TCPMOB_X_CONFIRM;
	ms->cont_pos = TCPMOB_KEY_FIRST;
	ms->born = jiffies;
	ms->cont_next = jiffies;
	spin_unlock_bh(&ms->lock);

	tcpmob_saw(ms, CONN_KEY_SENT);
	tcpmob_saw(ms, CONN_KEY_RECEIVED);
	if (seen)
		tcpmob_saw(ms, CONT_RECEIVED);
	tcpmob_sock_arm_key(ms, TCPMOB_CONT_FIRST);
	if (seen & TCPMOB_X_CONFLICT)
		tcpmob_sock_kick_move(ms, TCPMOB_EV_RESET);
}

/* -- Conn-Key-Cont ---------------------------------------------------------*/

/* X has done its work once K is there and our key need not be sent again. */
static void maybe_drop_key(struct tcpmob_sock *ms)
{
	lockdep_assert_held(&ms->lock);
	if (ms->keyed && ms->peer_has) {
		tcpmob_key_put(ms->x.kp);
		ms->x.kp = NULL;
	}
}

static void maybe_done(struct tcpmob_sock *ms)
{
	lockdep_assert_held(&ms->lock);
	if (ms->hs == TCPMOB_HS_EXCHANGE && ms->peer_has &&
	    tcpmob_exchange_whole(&ms->x)) {
		WRITE_ONCE(ms->hs, TCPMOB_HS_DONE);
		clear_bit(TCPMOB_W_DORMANT, &ms->watch);
		maybe_drop_key(ms);
	}
}

/**
 * tcpmob_hs_peer_has() - the peer has shown that it holds K
 * @ms: context; a Loc-Update of the peer was accepted
 *
 * A peer that knows only the draft never says that it has our key.
 */
void tcpmob_hs_peer_has(struct tcpmob_sock *ms)
{
	spin_lock_bh(&ms->lock);
	ms->peer_has = true;
	maybe_done(ms);
	spin_unlock_bh(&ms->lock);
	tcpmob_event_keyed(ms);
}

/* Key data was sent, or an attempt made: the next is later by twice the time. */
static void charge_cont(struct tcpmob_sock *ms)
{
	lockdep_assert_held(&ms->lock);
	ms->cont_next = jiffies + (TCPMOB_CONT_FIRST << ms->cont_tries);
	ms->cont_tries++;
}

/**
 * tcpmob_hs_ack() - options for a pure ACK
 * @ms: context; under the socket lock
 * @room: octets free in the header
 * @opt: where to write; room for @room octets
 *
 * Return: octets written, 0 for none.
 */
unsigned int tcpmob_hs_ack(struct tcpmob_sock *ms, unsigned int room, u8 *opt)
{
	const struct tcpmob_format fmt = tcpmob_format(ms->tn);
	unsigned int len = 0, head, n;
	struct tcpmob_exchange *x = &ms->x;
	bool data, confirm, again = false;

	/* The common case, without the lock: nothing to tell. */
	if (READ_ONCE(ms->hs) != TCPMOB_HS_EXCHANGE && !READ_ONCE(ms->answer))
		return 0;

	spin_lock_bh(&ms->lock);
	if (ms->hs != TCPMOB_HS_EXCHANGE && ms->hs != TCPMOB_HS_DONE)
		goto unlock;
	/* One that only receives never sends the data that would wake it. */
	if (time_after_eq(jiffies, ms->cont_next) &&
	    test_and_clear_bit(TCPMOB_W_DORMANT, &ms->watch)) {
		ms->cont_tries = 0;
		again = true;
	}
	if (!ms->answer && (ms->peer_has ||
			    time_before(jiffies, ms->cont_next) ||
			    ms->cont_tries >= TCPMOB_CONT_REPEATS))
		goto unlock;

	head = tcpmob_cont_len(&fmt, 0);
	confirm = tcpmob_exchange_whole(x);
	data = !ms->peer_has && x->kp;
	if (confirm) {
		if (room < head)
			goto unlock;
		len = tcpmob_put_cont(opt, &fmt, x->rx_len, NULL, 0);
	}
	if (data && room > len + head) {
		n = min_t(unsigned int, room - len - head,
			  x->kp->len - ms->cont_pos);
		len += tcpmob_put_cont(opt + len, &fmt, ms->cont_pos,
				       x->kp->pub + ms->cont_pos, n);
		ms->cont_pos += n;
		if (ms->cont_pos < x->kp->len) {
			/* The rest goes with the next ACK. */
			TCPMOB_INC(ms->tn, ContOut);
			goto unlock;
		}
		ms->cont_pos = TCPMOB_KEY_FIRST;
	} else if (data && !len) {
		goto unlock;
	}
	/* An answer was charged when it was asked for. */
	if (data && !ms->answer)
		charge_cont(ms);
	WRITE_ONCE(ms->answer, false);
	TCPMOB_INC(ms->tn, ContOut);
unlock:
	spin_unlock_bh(&ms->lock);
	if (len)
		tcpmob_saw(ms, CONT_SENT);
	if (again)
		tcpmob_sock_arm_key(ms, TCPMOB_CONT_FIRST);
	return len;
}

/**
 * tcpmob_hs_cont() - a segment with Conn-Key-Cont came for a socket of ours
 * @ms: context
 * @in_window: the segment is acceptable to this connection right now
 * @exact: so much so that a RST like it would be believed
 * @opts: its options
 *
 * In the other order of Figure 2 the same octets are a Conn-Key-Cont as well,
 * of another length, and what follows is rubbish. So key data counts only from
 * an option area that can be read to its end; one that cannot says that the
 * peer uses the other order.
 */
void tcpmob_hs_cont(struct tcpmob_sock *ms, bool in_window, bool exact,
		    const struct tcpmob_options *opts)
{
	struct tcpmob_net *tn = ms->tn;
	unsigned int seen;
	bool ack_now = false, whole = false;

	spin_lock_bh(&ms->lock);
	if (!in_window || (ms->hs != TCPMOB_HS_EXCHANGE &&
			   ms->hs != TCPMOB_HS_DONE)) {
		TCPMOB_INC(tn, ContIgnored);
		goto unlock;
	}
	if (opts->torn) {
		TCPMOB_INC(tn, ContIgnored);
		if (exact && ms->hs == TCPMOB_HS_EXCHANGE &&
		    !tcpmob_exchange_whole(&ms->x))
			make_plain(ms, TCP_MOBILITY_R_FORMAT);
		goto unlock;
	}
	TCPMOB_INC(tn, ContIn);
	tcpmob_saw(ms, CONT_RECEIVED);
	seen = tcpmob_exchange_absorb(&ms->x, opts);
	if (seen & TCPMOB_X_CONFLICT) {
		/* Section 4: "MUST reset the connection". But nobody who could
		 * not do it with a RST shall do it with this.
		 */
		TCPMOB_INC(tn, ContConflict);
		spin_unlock_bh(&ms->lock);
		if (exact)
			tcpmob_sock_kick_move(ms, TCPMOB_EV_RESET);
		return;
	}
	if (seen & TCPMOB_X_IGNORED)
		TCPMOB_INC(tn, ContIgnored);
	if (seen & TCPMOB_X_CONFIRM)
		ms->peer_has = true;
	maybe_done(ms);

	if (seen & TCPMOB_X_COMPLETE) {
		/* Tell the peer, or it goes on repeating; at once if there is
		 * nothing else to wait for.
		 */
		WRITE_ONCE(ms->answer, true);
		ms->answer_next = jiffies + TCPMOB_ANSWER_MIN;
		whole = true;
		ack_now = ms->hs == TCPMOB_HS_DONE;
	} else if (seen & TCPMOB_X_REPEAT) {
		TCPMOB_INC(tn, ContRepeated);
		if (time_after_eq(jiffies, ms->answer_next)) {
			WRITE_ONCE(ms->answer, true);
			ms->answer_next = jiffies + TCPMOB_ANSWER_MIN;
			ack_now = true;
		}
	}
unlock:
	spin_unlock_bh(&ms->lock);

	tcpmob_event_keyed(ms);
	if (ack_now)
		tcpmob_sock_arm_key(ms, 0);
	else if (whole)
		tcpmob_sock_arm_key(ms, TCPMOB_CONT_FIRST);
}

/* Data leaves while the exchange sleeps unfinished: try again. */
void tcpmob_hs_data(struct tcpmob_sock *ms)
{
	bool again = false;

	spin_lock_bh(&ms->lock);
	if (test_and_clear_bit(TCPMOB_W_DORMANT, &ms->watch) &&
	    ms->hs == TCPMOB_HS_EXCHANGE) {
		ms->cont_tries = 0;
		ms->cont_next = jiffies;
		again = true;
	}
	spin_unlock_bh(&ms->lock);
	if (again)
		tcpmob_sock_arm_key(ms, TCPMOB_CONT_FIRST);
}

/* A move needs the secret before the connection is old enough for it. */
void tcpmob_hs_derive_now(struct tcpmob_sock *ms)
{
	bool now;

	spin_lock_bh(&ms->lock);
	now = !ms->derive_now && tcpmob_exchange_whole(&ms->x);
	if (now)
		ms->derive_now = true;
	spin_unlock_bh(&ms->lock);
	if (now)
		tcpmob_sock_arm_key(ms, 0);
}

/* -- the work item ---------------------------------------------------------*/

/* What one run of key_work has found to do. */
struct hs_todo {
	bool			ack;
	bool			derive;
	struct tcpmob_exchange	x;	/* copy with a reference, if derive */
};

static void hs_look(struct tcpmob_sock *ms, struct hs_todo *todo)
{
	bool due;

	spin_lock_bh(&ms->lock);
	due = ms->hs == TCPMOB_HS_EXCHANGE && !ms->peer_has &&
	      time_after_eq(jiffies, ms->cont_next);
	if (due && ms->cont_tries >= TCPMOB_CONT_REPEATS) {
		due = false;
		ms->cont_next = jiffies + TCPMOB_CONT_SLEEP;
		if (tcpmob_exchange_whole(&ms->x)) {
			/* It told us its key, so it is mobile; it may know
			 * only the draft, which has no way to confirm ours.
			 */
			ms->peer_has = true;
			maybe_done(ms);
		} else if (++ms->cont_rounds >= TCPMOB_CONT_ROUNDS) {
			make_plain(ms, TCP_MOBILITY_R_TIMEOUT);
		} else {
			/* Silence. Wait for data, but not for ever. */
			set_bit(TCPMOB_W_DORMANT, &ms->watch);
		}
	}
	if (due) {
		/* Charged here: SACK blocks may leave no room for it. */
		charge_cont(ms);
		WRITE_ONCE(ms->answer, true);
	}
	todo->ack = ms->answer && !test_bit(TCPMOB_W_HOLD, &ms->watch);
	todo->derive = !ms->keyed && ms->x.kp && tcpmob_exchange_whole(&ms->x) &&
		       (ms->derive_now ||
			time_after_eq(jiffies, ms->born + TCPMOB_DERIVE_DELAY));
	if (todo->derive) {
		todo->x = ms->x;
		refcount_inc(&todo->x.kp->ref);
	}
	spin_unlock_bh(&ms->lock);
}

/* When key_work has something to do again, in jiffies; 0 for never. */
static unsigned long hs_next(struct tcpmob_sock *ms)
{
	unsigned long next = 0, t;

	spin_lock_bh(&ms->lock);
	if (ms->hs == TCPMOB_HS_EXCHANGE && !ms->peer_has &&
	    !test_bit(TCPMOB_W_DORMANT, &ms->watch)) {
		t = ms->cont_next;
		next = time_after(t, jiffies) ? t - jiffies : 1;
	}
	if (!ms->keyed && ms->x.kp && tcpmob_exchange_whole(&ms->x)) {
		t = ms->born + TCPMOB_DERIVE_DELAY;
		t = time_after(t, jiffies) ? t - jiffies : 1;
		next = next ? min(next, t) : t;
	}
	spin_unlock_bh(&ms->lock);
	return next;
}

/* The secret is there: store it and make the connection findable. */
static void hs_keyed(struct tcpmob_sock *ms, const struct tcpmob_secret *s)
{
	sock_owned_by_me(ms->sk);

	ms->secret = *s;
	tcpmob_token(s, ms->token);
	tcpmob_fingerprint(s, ms->fingerprint);
	if (tcpmob_conn_add(ms)) {
		tcpmob_hs_plain(ms, TCP_MOBILITY_R_LIMIT);
		return;
	}
	/* Pairs with the acquire in correspondent.c: secret and token come first. */
	smp_store_release(&ms->keyed, true);
	TCPMOB_INC(ms->tn, Keyed);
	ms->rx_nxt = tcp_sk(ms->sk)->rcv_nxt;

	spin_lock_bh(&ms->lock);
	maybe_drop_key(ms);
	spin_unlock_bh(&ms->lock);
	/* An address may have gone while there was no secret. */
	tcpmob_sock_kick_move(ms, TCPMOB_EV_EVALUATE);
}

static bool same_exchange(struct tcpmob_sock *ms,
			  const struct tcpmob_exchange *x)
{
	bool same;

	spin_lock_bh(&ms->lock);
	same = ms->x.kp == x->kp && ms->x.n_i == x->n_i && ms->x.n_a == x->n_a;
	spin_unlock_bh(&ms->lock);
	return same;
}

/* What key_work does with the socket; @err is how the agreement went. Does not
 * sleep: of a socket that is not accepted only the spinlock is held.
 */
static void hs_act(struct tcpmob_sock *ms, const struct hs_todo *todo, int err,
		   const struct tcpmob_secret *secret)
{
	struct sock *sk = ms->sk;
	unsigned long next;

	if (tcpmob_sock_of(sk) != ms)
		return;
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_SYN_SENT | TCPF_LISTEN))
		return;
	tcpmob_mover_baseline(ms);
	if (todo->derive && same_exchange(ms, &todo->x)) {
		if (!err)
			hs_keyed(ms, secret);
		else if (err == -EINVAL)
			tcpmob_hs_plain(ms, TCP_MOBILITY_R_BAD_KEY);
		else
			TCPMOB_INC(ms->tn, NoMemory);
	}
	if (todo->ack && sk->sk_state != TCP_SYN_RECV) {
		/* segment.c adds the option on the way out. */
		TCPMOB_INC(ms->tn, ContAckOut);
		tcpmob_send_ack(sk);
	}
	tcpmob_event_keyed(ms);
	/* Adrift, and plain by now: nobody else would let it go. */
	if (ms->hs == TCPMOB_HS_PLAIN && ms->mv != TCPMOB_MV_STABLE)
		tcpmob_sock_kick_move(ms, TCPMOB_EV_EVALUATE);
	next = hs_next(ms);
	if (next)
		tcpmob_sock_arm_key(ms, err ? max_t(unsigned long, next, HZ) :
					      next);
}

/*
 * key_work: sends what is due, computes the secret, arms itself again. Owns a
 * reference to the context and to the socket.
 */
void tcpmob_hs_work(struct work_struct *work)
{
	struct tcpmob_sock *ms = container_of(to_delayed_work(work),
					      struct tcpmob_sock, key_work);
	struct tcpmob_secret secret = {};
	struct sock *sk = ms->sk;
	struct hs_todo todo = {};
	bool done = false;
	int err = 0;

	hs_look(ms, &todo);
	/* Not for nothing, over and over. */
	if (todo.derive && sock_owned_by_user_nocheck(sk))
		goto busy;
	if (todo.derive) {
		secret.n_i = todo.x.n_i;
		secret.n_a = todo.x.n_a;
		secret.len = todo.x.kp->len;
		err = tcpmob_key_agree(todo.x.kp, todo.x.rx, secret.k);
	}

	if (tcpmob_sock_unaccepted(sk)) {
		local_bh_disable();
		bh_lock_sock(sk);
		done = tcpmob_sock_unaccepted(sk) && !sock_owned_by_user(sk);
		if (done)
			hs_act(ms, &todo, err, &secret);
		bh_unlock_sock(sk);
		local_bh_enable();
	} else if (tcpmob_sock_trylock(sk)) {
		done = true;
		hs_act(ms, &todo, err, &secret);
		release_sock(sk);
	}
busy:
	if (done)
		ms->key_busy = 0;
	else
		tcpmob_sock_arm_key(ms, tcpmob_sock_retry(&ms->key_busy));

	tcpmob_exchange_drop(&todo.x);
	memzero_explicit(&secret, sizeof(secret));
	tcpmob_sock_put(ms);
	sock_put(sk);
}
