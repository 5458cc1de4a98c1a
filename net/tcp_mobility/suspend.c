// SPDX-License-Identifier: GPL-2.0
/*
 * A RST no longer kills at once (draft Section 6): the connection goes into
 * the draft's TIME-WAIT, here a full socket that is held still, and comes back.
 *
 * The packet hook takes every RST of a keyed connection out of the stream;
 * what it means is judged under the socket lock, when all that came before it
 * has been taken in. Outside the window it is dropped; inside, but not exactly
 * the next octet, it draws a challenge ACK (RFC 5961, 3.2); exact, it suspends.
 *
 * Out of it lead a valid Loc-Update of the peer, an update of our own, and an
 * acceptable segment from the address that the RST spoke of. The last two are
 * sought: an end that may sit behind a NAT tells its address again, any other
 * sends an ACK that every live TCP answers. So a stray or forged RST costs a
 * live path a round trip. If nothing comes, the connection ends with ECONNRESET
 * when the time is over, as it would have at once without mobility.
 */
#include <net/tcp.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

#define SUSPEND_STATES							\
	(TCPF_ESTABLISHED | TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2 |		\
	 TCPF_CLOSE_WAIT | TCPF_CLOSING | TCPF_LAST_ACK)

/**
 * tcpmob_suspend_takes() - whether a RST for this connection is ours to judge
 * @ms: context; in the packet hook, without the socket lock
 *
 * Half-keyed connections could not come back: the stack closes them.
 */
bool tcpmob_suspend_takes(const struct tcpmob_sock *ms)
{
	return READ_ONCE(ms->keyed) && READ_ONCE(ms->peer_has) &&
	       ((1 << READ_ONCE(ms->sk->sk_state)) & SUSPEND_STATES);
}

/**
 * tcpmob_suspend_rst_in() - a RST came, its checksum is right
 * @ms: context for which tcpmob_suspend_takes() said so
 * @seq: its sequence number
 * @ack: its acknowledgement number
 * @has_ack: it has one
 *
 * In softirq. A flood of RSTs is one run of the work item: the last that waits
 * is the one that is judged.
 */
void tcpmob_suspend_rst_in(struct tcpmob_sock *ms, u32 seq, u32 ack,
			   bool has_ack)
{
	const struct tcp_sock *tp = tcp_sk(ms->sk);
	u32 window = max(READ_ONCE(tp->rcv_wnd), 65535U);
	u32 rcv_nxt = READ_ONCE(tp->rcv_nxt);

	/* The answer of a TCP that does not know what our SYN is about. */
	if (READ_ONCE(ms->mv) == TCPMOB_MV_MOVING && has_ack &&
	    ack == READ_ONCE(ms->move_seq) + 1) {
		TCPMOB_INC(ms->tn, RstRefused);
		tcpmob_sock_kick_move(ms, TCPMOB_EV_REFUSED);
		return;
	}
	/* Roughly, without the lock: most of what is forged ends here. */
	if (after(seq, rcv_nxt + window) || before(seq, rcv_nxt - window)) {
		TCPMOB_INC(ms->tn, RstIgnored);
		return;
	}
	spin_lock_bh(&ms->lock);
	ms->rst_seq = seq;
	spin_unlock_bh(&ms->lock);
	tcpmob_sock_kick_move(ms, TCPMOB_EV_RST);
}

/**
 * tcpmob_suspend_segment_ends() - whether a segment shows that the peer is there
 * @ms: suspended context; in the packet hook
 * @seq: its sequence number
 * @end_seq: the number behind its last octet
 * @ack: its acknowledgement number, plausible
 * @opts: its options
 *
 * It has to pass PAWS and bring data that we wait for, or stand exactly at the
 * next octet with an ack that is not old; while we tell our address again that
 * ack has to be new, as the path may have died in one direction.
 */
bool tcpmob_suspend_segment_ends(const struct tcpmob_sock *ms, u32 seq,
				 u32 end_seq, u32 ack,
				 const struct tcpmob_options *opts)
{
	const struct tcp_sock *tp = tcp_sk(ms->sk);
	u32 rcv_nxt = READ_ONCE(tp->rcv_nxt);

	if (tp->rx_opt.tstamp_ok &&
	    (!(opts->present & TCPMOB_OPT_TS) ||
	     (s32)(opts->tsval - READ_ONCE(tp->rx_opt.ts_recent)) < 0))
		return false;
	if (before(ack, READ_ONCE(tp->snd_una)) ||
	    after(ack, tcpmob_sent(tp)))
		return false;
	if (end_seq != seq)
		return after(end_seq, rcv_nxt) &&
		       before(seq, rcv_nxt + max(READ_ONCE(tp->rcv_wnd), 1U));
	return seq == rcv_nxt &&
	       (READ_ONCE(ms->mv) == TCPMOB_MV_SUSPENDED ||
		after(ack, READ_ONCE(tp->snd_una)));
}

static void probe(struct tcpmob_sock *ms)
{
	/* LOCAL_OUT counts it, from what is kept for SYN-ACKs: whoever forges
	 * RSTs gets no more out of us than by an update.
	 */
	if (test_bit(TCPMOB_W_VALIDATE, &ms->watch) && !ms->budget) {
		TCPMOB_INC(ms->tn, ValidateHeld);
	} else {
		TCPMOB_INC(ms->tn, ProbeOut);
		tcpmob_send_probe(ms->sk);
	}
	ms->probe_left--;
	ms->probe_due = jiffies + ms->probe_gap;
	ms->probe_gap *= 2;
}

static unsigned int suspend_time(const struct tcpmob_sock *ms)
{
	int own = READ_ONCE(ms->suspend_time);

	return own >= 0 ? own : READ_ONCE(ms->tn->suspend_time);
}

/**
 * tcpmob_suspend_until() - when a suspended connection ends
 * @ms: suspended context; without the socket lock the answer is a guess
 *
 * Return: jiffies.
 */
unsigned long tcpmob_suspend_until(const struct tcpmob_sock *ms)
{
	unsigned long time = (unsigned long)suspend_time(ms) * HZ;

	/* No program waits for an orphan. */
	if (sock_flag(ms->sk, SOCK_DEAD))
		time = min_t(unsigned long, time, TCPMOB_ORPHAN_LIFE);
	return READ_ONCE(ms->suspended) + time;
}

/* As the stack would have: nothing is sent, the program gets ECONNRESET. */
static int close_now(struct tcpmob_sock *ms, u8 death)
{
	tcpmob_event_dead(ms, death, ECONNRESET);
	tcpmob_hold(ms, true);
	set_bit(TCPMOB_W_SILENT, &ms->watch);
	tcpmob_suspend_end(ms);
	tcpmob_watch_in(ms, false);
	return ECONNRESET;
}

static int suspend(struct tcpmob_sock *ms)
{
	struct tcpmob_net *tn = ms->tn;
	bool may = suspend_time(ms);

	tcpmob_suspend_end(ms);		/* never counted twice */
	if (!may || atomic_inc_return(&tn->n_suspended) >
		    (int)READ_ONCE(tn->max_suspended)) {
		if (may)
			atomic_dec(&tn->n_suspended);
		TCPMOB_INC(tn, RstClosed);
		return close_now(ms, TCP_MOBILITY_DEATH_RST);
	}
	TCPMOB_INC(tn, RstSuspended);
	WRITE_ONCE(ms->suspended, jiffies ?: 1);
	tcpmob_update_hold(ms, TCPMOB_MV_SUSPENDED);
	/* The RST's clock runs, not that of a lost network. */
	ms->adrift_since = 0;
	ms->stalled = 0;
	ms->probe_left = 0;
	clear_bit(TCPMOB_EV_RESUME, &ms->events);
	tcpmob_event(ms, TCP_MOBILITY_EVENT_SUSPENDED);
	tcpmob_watch_in(ms, true);
	if (tcpmob_mover_roams(ms)) {
		tcpmob_mover_repair(ms);
		return 0;
	}
	ms->probe_left = TCPMOB_PROBES;
	ms->probe_gap = TCPMOB_PROBE_FIRST;
	probe(ms);
	return 0;
}

static void challenge(struct tcpmob_sock *ms)
{
	/* 1 to the gap ahead; time_before() would be wrong once that time is
	 * half the clock's circle ago.
	 */
	if (ms->challenge_next - jiffies - 1 < TCPMOB_CHALLENGE_GAP) {
		TCPMOB_INC(ms->tn, RstIgnored);
		return;
	}
	ms->challenge_next = jiffies + TCPMOB_CHALLENGE_GAP;
	TCPMOB_INC(ms->tn, RstChallenged);
	tcpmob_send_ack(ms->sk);
}

/**
 * tcpmob_suspend_rst() - judge the RST that waits
 * @ms: context; under the socket lock
 *
 * Return: 0, or the error with which the connection ends now.
 */
int tcpmob_suspend_rst(struct tcpmob_sock *ms)
{
	const struct tcp_sock *tp = tcp_sk(ms->sk);
	bool exact;
	u32 seq;

	spin_lock_bh(&ms->lock);
	seq = ms->rst_seq;
	/* An ack that we lowered is what the other end has seen. */
	exact = seq == tp->rcv_nxt || (test_bit(TCPMOB_W_CLAMP, &ms->watch) &&
				       seq == ms->clamp);
	spin_unlock_bh(&ms->lock);

	/* It speaks of an address that we have left, or we know already. */
	if (ms->mv == TCPMOB_MV_ADRIFT || ms->mv == TCPMOB_MV_MOVING ||
	    ms->mv == TCPMOB_MV_SUSPENDED) {
		TCPMOB_INC(ms->tn, RstIgnored);
		return 0;
	}
	if (exact)
		return suspend(ms);
	if (before(seq, tp->rcv_nxt) ||
	    !before(seq, tp->rcv_nxt + max(tcp_receive_window(tp), 1U)))
		TCPMOB_INC(ms->tn, RstIgnored);
	else
		challenge(ms);
	return 0;
}

/* How long the peer of a live path may take to answer. */
static unsigned long answer_time(const struct tcpmob_sock *ms)
{
	return max_t(unsigned long, TCPMOB_SYN_PATIENCE,
		     usecs_to_jiffies(tcp_sk(ms->sk)->srtt_us >> 3));
}

/**
 * tcpmob_suspend_syn_in() - a SYN without Loc-Update on the connection's tuple
 * @ms: context; in the packet hook
 * @seq: its sequence number
 * @opts: its options
 *
 * A TIME-WAIT yields to a new connection if its SYN is newer than all that came
 * (RFC 9293, 3.10.7.4; RFC 6191). So does a suspended connection, once a peer
 * that is still there has had the time to say so: somebody who forges RST and
 * SYN ends nothing on a live path.
 */
void tcpmob_suspend_syn_in(struct tcpmob_sock *ms, u32 seq,
			   const struct tcpmob_options *opts)
{
	const struct tcp_sock *tp = tcp_sk(ms->sk);
	unsigned long since = READ_ONCE(ms->suspended);

	if (!since || time_before(jiffies, since + answer_time(ms)))
		return;
	if (after(seq, READ_ONCE(tp->rcv_nxt)) ||
	    (tp->rx_opt.tstamp_ok && (opts->present & TCPMOB_OPT_TS) &&
	     (s32)(opts->tsval - READ_ONCE(tp->rx_opt.ts_recent)) > 0))
		tcpmob_sock_kick_move(ms, TCPMOB_EV_NEW_SYN);
}

/**
 * tcpmob_suspend_yield() - a new connection wants the tuple
 * @ms: context; under the socket lock
 *
 * Return: 0, or ECONNRESET if the connection ends now.
 */
int tcpmob_suspend_yield(struct tcpmob_sock *ms)
{
	if (!ms->suspended)
		return 0;
	TCPMOB_INC(ms->tn, SuspendYielded);
	return close_now(ms, TCP_MOBILITY_DEATH_YIELDED);
}

/**
 * tcpmob_suspend_refused() - a RST has answered the update under way
 * @ms: context; under the socket lock
 *
 * Whoever has the peer's address knows nothing of the connection. If we have
 * moved, three updates in a row settle it: the far host has forgotten. If we
 * only told our address again, the peer may have moved: that is the draft's
 * case, and its clock runs. From where the peer has never been heard it says
 * nothing at all: who has stolen an update could end the connection before the
 * peer has told its address again.
 *
 * Return: 0, or the error with which the connection ends now.
 */
int tcpmob_suspend_refused(struct tcpmob_sock *ms)
{
	if (ms->mv != TCPMOB_MV_MOVING || ms->refused)
		return 0;
	if (test_bit(TCPMOB_W_VALIDATE, &ms->watch)) {
		TCPMOB_INC(ms->tn, RstIgnored);
		return 0;
	}
	ms->refused = true;
	ms->refusals++;
	/* It is no use to send this one again. */
	ms->move_tries = TCPMOB_SYN_TRIES;
	if (ms->repair) {
		if (!ms->suspended)
			return suspend(ms);
		WRITE_ONCE(ms->mv, TCPMOB_MV_SUSPENDED);
		tcpmob_watch_in(ms, true);
		return 0;
	}
	if (ms->refusals < TCPMOB_REFUSALS)
		return 0;
	TCPMOB_INC(ms->tn, RstClosed);
	return close_now(ms, TCP_MOBILITY_DEATH_REFUSED);
}

/**
 * tcpmob_suspend_end() - the clock of the TIME-WAIT stops, whatever follows
 * @ms: context; under the socket lock, or when the socket dies
 */
void tcpmob_suspend_end(struct tcpmob_sock *ms)
{
	if (!ms->suspended)
		return;
	WRITE_ONCE(ms->suspended, 0);
	ms->probe_left = 0;
	/* Refused repairs say nothing about a later move. */
	ms->refused = false;
	ms->refusals = 0;
	atomic_dec(&ms->tn->n_suspended);
}

/**
 * tcpmob_suspend_resume() - the peer is still where it was
 * @ms: context; under the socket lock
 */
void tcpmob_suspend_resume(struct tcpmob_sock *ms)
{
	bool was;

	if (ms->mv != TCPMOB_MV_SUSPENDED &&
	    !(ms->mv == TCPMOB_MV_MOVING && ms->repair))
		return;
	was = ms->suspended;
	if (was)
		TCPMOB_INC(ms->tn, ResumedBySegment);
	tcpmob_suspend_end(ms);
	ms->stalled = 0;
	tcpmob_update_forgive(ms);
	tcpmob_update_give_back(ms);
	tcpmob_event(ms, was ? TCP_MOBILITY_EVENT_RESUMED :
			       TCP_MOBILITY_EVENT_REPAIRED);
	tcpmob_send_ack(ms->sk);
}

/**
 * tcpmob_suspend_timers() - what is due while suspended
 * @ms: context; under the socket lock
 * @due: lowered to the jiffies of the next thing
 *
 * Return: 0, or ECONNRESET when the time is over.
 */
int tcpmob_suspend_timers(struct tcpmob_sock *ms, unsigned long *due)
{
	unsigned long end;

	if (!ms->suspended)
		return 0;
	end = tcpmob_suspend_until(ms);
	if (time_after_eq(jiffies, end)) {
		TCPMOB_INC(ms->tn, SuspendTimeout);
		return close_now(ms, TCP_MOBILITY_DEATH_SUSPEND_TIME);
	}
	tcpmob_sooner(due, end);
	tcpmob_sooner(due, jiffies + TCPMOB_ORPHAN_LIFE);	/* closed since? */
	if (ms->mv != TCPMOB_MV_SUSPENDED)
		return 0;
	if (tcpmob_mover_roams(ms)) {
		/* Our last update was refused: ask again, at its pace. */
		if (time_after_eq(jiffies, ms->move_due))
			tcpmob_mover_repair(ms);
		tcpmob_sooner(due, ms->move_due);
		return 0;
	}
	if (ms->probe_left && time_after_eq(jiffies, ms->probe_due))
		probe(ms);
	if (ms->probe_left)
		tcpmob_sooner(due, ms->probe_due);
	return 0;
}
