// SPDX-License-Identifier: GPL-2.0
/*
 * Loc-Update (draft Section 5): what both ends share. The mover's half is in
 * mover.c, the correspondent's in correspondent.c, and what holds segments back
 * in hold.c. The states are drawn at enum tcpmob_mv.
 *
 * All decisions are made in one work item for each connection, under its socket
 * lock; the packet hooks only look, note what they saw, and wake it. Here are
 * that work item, its timers, and what happens to a segment on its way out.
 *
 * A connection that is adrift or moving for longer than the namespace's
 * survival time ends with ETIMEDOUT.
 */
#include <net/tcp.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

/**
 * tcpmob_watch_in_locked() - tcpmob_watch_in() under @ms->lock
 * @ms: context
 * @on: which
 */
void tcpmob_watch_in_locked(struct tcpmob_sock *ms, bool on)
{
	lockdep_assert_held(&ms->lock);
	if (!on)
		WRITE_ONCE(ms->ack_left, 0);
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
	tcpmob_watch_in_locked(ms, on);
	spin_unlock_bh(&ms->lock);
}

/**
 * tcpmob_update_recover() - what is in flight went the old way: its loss is
 * no congestion
 * @ms: context; under the socket lock
 */
void tcpmob_update_recover(struct tcpmob_sock *ms)
{
	ms->recover_seq = tcp_sk(ms->sk)->snd_nxt;
	ms->recovering = true;
	set_bit(TCPMOB_W_RECOVER, &ms->watch);
}

/**
 * tcpmob_update_validate_end() - the peer was heard where it is
 * @ms: context; under the socket lock
 */
void tcpmob_update_validate_end(struct tcpmob_sock *ms)
{
	clear_bit(TCPMOB_W_VALIDATE, &ms->watch);
	clear_bit(TCPMOB_W_ASKED, &ms->watch);
	clear_bit(TCPMOB_W_CLAMP, &ms->watch);
	tcpmob_watch_in(ms, false);
}

/**
 * tcpmob_update_hold() - nothing may leave
 * @ms: context; under the socket lock
 * @mv: why, until the peer knows the new address for instance
 */
void tcpmob_update_hold(struct tcpmob_sock *ms, enum tcpmob_mv mv)
{
	struct sock *sk = ms->sk;

	WRITE_ONCE(ms->mv, mv);
	tcpmob_hold(ms, true);
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
	ms->adrift_since = 0;
	ms->repair = false;
	tcpmob_update_let_go(ms);
	tcpmob_kick_output(ms->sk);
}

/**
 * tcpmob_update_forgive() - forget timeouts of segments that were held
 * @ms: context; under the socket lock
 *
 * They say nothing about the path.
 */
void tcpmob_update_forgive(struct tcpmob_sock *ms)
{
	struct inet_connection_sock *icsk = inet_csk(ms->sk);

	tcpmob_hold_uncount(ms->sk);
	icsk->icsk_backoff = 0;
	if (tcp_sk(ms->sk)->srtt_us)
		icsk->icsk_rto = min_t(u32, __tcp_set_rto(tcp_sk(ms->sk)),
				       TCP_RTO_MAX);
}

/**
 * tcpmob_update_let_go() - no longer held: where that leaves us
 * @ms: context; under the socket lock
 */
void tcpmob_update_let_go(struct tcpmob_sock *ms)
{
	bool validate;

	tcpmob_hold(ms, false);
	/* LOCAL_IN may hear the peer right now: whoever is second under the lock
	 * sees what the first did.
	 */
	spin_lock_bh(&ms->lock);
	validate = test_bit(TCPMOB_W_VALIDATE, &ms->watch);
	WRITE_ONCE(ms->mv, validate ? TCPMOB_MV_VALIDATING : TCPMOB_MV_STABLE);
	tcpmob_watch_in_locked(ms, validate ||
				   test_bit(TCPMOB_W_CLAMP, &ms->watch));
	spin_unlock_bh(&ms->lock);
}

/**
 * tcpmob_update_spend() - segments are about to go to the peer
 * @ms: context; under the socket lock
 * @segs: how many
 * @keep: how many more must be left for what matters more
 *
 * Until the peer was heard at its new address all that goes there is counted,
 * whatever it is and whatever this end is doing.
 *
 * Return: false if they must not leave.
 */
bool tcpmob_update_spend(struct tcpmob_sock *ms, unsigned int segs,
			 unsigned int keep)
{
	sock_owned_by_me(ms->sk);

	if (!test_bit(TCPMOB_W_VALIDATE, &ms->watch))
		return true;
	if (ms->budget < (int)(segs + keep)) {
		TCPMOB_INC(ms->tn, ValidateHeld);
		return false;
	}
	ms->budget -= segs;
	return true;
}

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

/*
 * A pure ACK that a plain SYN from the unvalidated address has earned. One for one
 * is no flood, and without an answer to its SYN whoever has that address would
 * never say that this is not his connection.
 */
static bool is_earned(struct tcpmob_sock *ms, bool data)
{
	return !data && test_bit(TCPMOB_W_ASKED, &ms->watch) &&
	       test_and_clear_bit(TCPMOB_W_ASKED, &ms->watch);
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
		tcpmob_hold_uncount(ms->sk);
		TCPMOB_INC(ms->tn, HeldBack);
		return false;
	}
	/* Nobody is left to end the pause of a closed socket. */
	if (data && test_bit(TCPMOB_W_PAUSE, &ms->watch) &&
	    !sock_flag(ms->sk, SOCK_DEAD)) {
		tcpmob_hold_uncount(ms->sk);
		TCPMOB_INC(ms->tn, PauseHeld);
		return false;
	}
	if (test_bit(TCPMOB_W_RECOVER, &ms->watch))
		keep_recovering(ms);
	if (data && test_bit(TCPMOB_W_DORMANT, &ms->watch))
		tcpmob_hs_data(ms);
	if (!is_earned(ms, data) &&
	    !tcpmob_update_spend(ms, segs, TCPMOB_SYN_TRIES - 1))
		return false;
	if (test_bit(TCPMOB_W_CLAMP, &ms->watch)) {
		clamp = READ_ONCE(ms->clamp);
		if (after(*ack, clamp)) {
			*ack = clamp;
			TCPMOB_INC(ms->tn, AckClamped);
		}
	}
	return true;
}

/* How long a connection may be without a network, in jiffies. */
static unsigned long patience(const struct tcpmob_sock *ms)
{
	u32 user = READ_ONCE(inet_csk(ms->sk)->icsk_user_timeout);
	unsigned long survival = READ_ONCE(ms->tn->survival) * HZ;

	/* No program waits for an orphan any more. */
	if (sock_flag(ms->sk, SOCK_DEAD))
		survival = min_t(unsigned long, survival, TCPMOB_ORPHAN_LIFE);
	/* TCP_USER_TIMEOUT, in ms, is for data (RFC 5482). */
	if (user && (tcp_sk(ms->sk)->packets_out || tcp_send_head(ms->sk)))
		survival = min(survival, msecs_to_jiffies(user));
	return survival;
}

/* Nobody tells us when the program writes or closes: when to look again. */
static unsigned long next_look(const struct tcpmob_sock *ms)
{
	u32 user = READ_ONCE(inet_csk(ms->sk)->icsk_user_timeout);
	unsigned long gap = TCPMOB_ORPHAN_LIFE;

	if (user)
		gap = clamp_t(unsigned long, msecs_to_jiffies(user), HZ, gap);
	return jiffies + gap;
}

/* Since when nothing has come through, 0 if all is well. */
static unsigned long lost_since(const struct tcpmob_sock *ms)
{
	if (ms->adrift_since)
		return ms->adrift_since;
	return tcpmob_stall_lasts(ms) ? ms->stalled : 0;
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

	tcpmob_mover_repeat_ack(ms);
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
		tcpmob_mover_next(ms);
	if (ms->mv == TCPMOB_MV_MOVING)
		tcpmob_sooner(&due, ms->move_due);
	if (since && !ms->given_up) {
		tcpmob_sooner(&due, since + survival);
		tcpmob_sooner(&due, next_look(ms));
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
 * As the stack ends a connection that has timed out or was reset. Not with
 * tcp_abort(): that waits for the lock, which a program may have taken again
 * and keep, asleep in a page fault of its own making; and it would end whatever
 * the socket is by then. The spinlock keeps packets out, which a socket that is
 * ours only puts into its backlog. What was not sent goes with close().
 */
static void end_connection(struct sock *sk, int err)
{
	sock_owned_by_me(sk);

	local_bh_disable();
	bh_lock_sock(sk);
	WRITE_ONCE(sk->sk_err, err);
	tcp_done(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
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

	if (!tcpmob_sock_trylock(sk)) {
		tcpmob_sock_arm_move(ms, tcpmob_sock_retry(&ms->move_busy));
		goto put;
	}
	ms->move_busy = 0;
	if (tcpmob_sock_of(sk) != ms)
		goto out;
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT)) {
		/* Closed while suspended: no longer counted. */
		tcpmob_suspend_end(ms);
		tcpmob_watch_in(ms, false);
		tcpmob_hold_let_go(sk);
		goto out;
	}

	/* IPV6_ADDRFORM gives a socket the operations of another family. */
	if (test_bit(TCPMOB_W_HOLD, &ms->watch))
		tcpmob_hold(ms, true);

	if (event(ms, TCPMOB_EV_RESET)) {
		TCPMOB_INC(ms->tn, ConflictReset);
		err = ECONNRESET;
		tcpmob_event_dead(ms, TCP_MOBILITY_DEATH_KEY_CONFLICT, err);
		tcpmob_send_rst(sk);
		goto out;
	}
	if (event(ms, TCPMOB_EV_RST))
		err = tcpmob_suspend_rst(ms);
	if (!err && event(ms, TCPMOB_EV_REFUSED))
		err = tcpmob_suspend_refused(ms);
	if (err)
		goto out;
	if (event(ms, TCPMOB_EV_NEW_SYN))
		err = tcpmob_suspend_yield(ms);
	if (err)
		goto out;
	/* With the peer's first data right behind its SYN-ACK both wait here; the
	 * SYN-ACK says more.
	 */
	if (event(ms, TCPMOB_EV_SYNACK))
		tcpmob_mover_finish(ms);
	if (event(ms, TCPMOB_EV_RESUME))
		tcpmob_suspend_resume(ms);
	if (event(ms, TCPMOB_EV_UPDATE))
		tcpmob_corr_accept(ms);
	if (event(ms, TCPMOB_EV_VALIDATED))
		tcpmob_corr_validated(ms);
	event(ms, TCPMOB_EV_TIMERS);
	if (event(ms, TCPMOB_EV_STALL))
		tcpmob_stall_event(ms);
	if (event(ms, TCPMOB_EV_EVALUATE)) {
		tcpmob_pause_follow(ms);
		tcpmob_mover_evaluate(ms);
	} else if (ms->mv == TCPMOB_MV_ADRIFT) {
		tcpmob_mover_evaluate(ms);	/* no event tells all */
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
	if (err)
		end_connection(sk, err);
	release_sock(sk);
put:
	tcpmob_sock_put(ms);
	sock_put(sk);
}
