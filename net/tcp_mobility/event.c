// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to connections, told right where it happens: to the tracepoint,
 * and to whoever listens to the netlink group. Any context, also under
 * tcpmob_sock.lock; the caller has a reference to the context and its socket.
 *
 * Nobody listening costs a look at the state and two tests; and nothing of this
 * is done per segment.
 */
#include <net/inet_sock.h>

#include "tcp_mobility.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/*
 * One after the other, so that what was first is told first and nothing comes
 * after the end: hooks on other processors may be busy with a socket that
 * closes meanwhile.
 */
static void tell(struct tcpmob_sock *ms, const struct tcpmob_news *news)
{
	bool begins = news->event == TCP_MOBILITY_EVENT_CONNECTED ||
		      news->event == TCP_MOBILITY_EVENT_PLAIN;
	bool ends = news->event == TCP_MOBILITY_EVENT_CLOSED;
	u8 to;

	spin_lock_bh(&ms->tell_lock);
	/* Who sees it unset here has the lock before the end is told. */
	if (READ_ONCE(ms->dead) && !ends)
		goto unlock;
	if (begins)
		ms->story_over = false;
	if (ms->story_over || (ends && !ms->told))
		goto unlock;
	/* What both ends agreed at is where the connection was made. */
	if (!ms->told)
		ms->born_at = news->at;
	to = tcpmob_state(ms);
	trace_tcpmob_event(ms, news, ms->told, to);
	tcpmob_netlink_event(ms, news);
	WRITE_ONCE(ms->told, ends ? 0 : to);
	ms->story_over = ends;
unlock:
	spin_unlock_bh(&ms->tell_lock);
}

/* Where the connection is. A closed socket has given up its port number, but
 * remembers what it had.
 */
static void look_where(const struct tcpmob_sock *ms, struct tcpmob_news *news)
{
	tcpmob_tuple_of(ms->sk, &news->at);
	news->at.lport = inet_sk(ms->sk)->inet_sport;
}

/**
 * tcpmob_event() - something happened
 * @ms: context
 * @event: TCP_MOBILITY_EVENT_*
 */
void tcpmob_event(struct tcpmob_sock *ms, u8 event)
{
	tcpmob_event_from(ms, event, NULL);
}

/**
 * tcpmob_event_from() - the connection goes, or has gone, to another address
 * @ms: context
 * @event: TCP_MOBILITY_EVENT_*
 * @prev: the tuple before, or NULL
 */
void tcpmob_event_from(struct tcpmob_sock *ms, u8 event,
		       const struct tcpmob_tuple *prev)
{
	struct tcpmob_news news = { .event = event, .prev = prev };

	look_where(ms, &news);
	tell(ms, &news);
}

/**
 * tcpmob_event_connected() - both ends have sent Conn-Key
 * @ms: context
 * @t: tuple; the socket may still be in the making
 */
void tcpmob_event_connected(struct tcpmob_sock *ms,
			    const struct tcpmob_tuple *t)
{
	struct tcpmob_news news = {
		.event = TCP_MOBILITY_EVENT_CONNECTED, .at = *t,
	};

	tell(ms, &news);
}

/* Maybe the connection may move now. Told once. */
void tcpmob_event_keyed(struct tcpmob_sock *ms)
{
	if (READ_ONCE(ms->keyed) && READ_ONCE(ms->peer_has) &&
	    !test_and_set_bit(TCPMOB_TOLD_KEYED, &ms->seen))
		tcpmob_event(ms, TCP_MOBILITY_EVENT_KEYED);
}

/**
 * tcpmob_event_accepted() - an update of the peer was accepted
 * @ms: context
 * @was_suspended: which ended with that
 * @prev: the tuple before
 */
void tcpmob_event_accepted(struct tcpmob_sock *ms, bool was_suspended,
			   const struct tcpmob_tuple *prev)
{
	if (was_suspended)
		tcpmob_event(ms, TCP_MOBILITY_EVENT_RESUMED);
	tcpmob_event_from(ms, TCP_MOBILITY_EVENT_PEER_MOVED, prev);
}

/* TCP_MOBILITY_CAUSE_* of the repair that begins. */
u8 tcpmob_event_repair_cause(struct tcpmob_sock *ms)
{
	if (test_and_clear_bit(TCPMOB_USER_REPAIR, &ms->seen))
		return TCP_MOBILITY_CAUSE_USER;
	if (ms->mv == TCPMOB_MV_ADRIFT)
		return TCP_MOBILITY_CAUSE_BACK;
	return ms->suspended ? TCP_MOBILITY_CAUSE_RST :
			       TCP_MOBILITY_CAUSE_STALL;
}

#define REFUSED_RATE	32	/* events a second, of one connection */

/* Who sends a captured update again and again must not fill the listeners' buffers.
 * Two at once may be told as one too many.
 */
static bool refused_too_often(struct tcpmob_sock *ms)
{
	u32 second = ktime_get_seconds();
	u8 n = READ_ONCE(ms->refused_second) == second ?
	       READ_ONCE(ms->refused_told) : 0;

	if (n >= REFUSED_RATE)
		return true;
	WRITE_ONCE(ms->refused_second, second);
	WRITE_ONCE(ms->refused_told, n + 1);
	return false;
}

/**
 * tcpmob_event_refused() - a move did not happen
 * @ms: context
 * @refusal: TCP_MOBILITY_REFUSAL_*
 *
 * Told 32 times a second at most; the counters have all of them.
 */
void tcpmob_event_refused(struct tcpmob_sock *ms, u8 refusal)
{
	struct tcpmob_news news = {
		.event = TCP_MOBILITY_EVENT_REFUSED, .refusal = refusal,
	};

	if (refused_too_often(ms))
		return;
	look_where(ms, &news);
	tell(ms, &news);
}

/**
 * tcpmob_event_dead() - we end the connection
 * @ms: context
 * @death: TCP_MOBILITY_DEATH_*
 * @error: errno that its program gets
 */
void tcpmob_event_dead(struct tcpmob_sock *ms, u8 death, int error)
{
	struct tcpmob_news news = {
		.event = TCP_MOBILITY_EVENT_DEAD, .death = death,
		.error = error,
	};

	look_where(ms, &news);
	tell(ms, &news);
}

/**
 * tcpmob_event_closed() - the socket is gone, or connects anew
 * @ms: context
 *
 * Told only of what was told of before; from here on the story is another.
 */
void tcpmob_event_closed(struct tcpmob_sock *ms)
{
	struct tcpmob_news news = {
		.event = TCP_MOBILITY_EVENT_CLOSED,
		.error = READ_ONCE(ms->sk->sk_err),
	};

	look_where(ms, &news);
	tell(ms, &news);
	WRITE_ONCE(ms->seen, 0);
	WRITE_ONCE(ms->cause, TCP_MOBILITY_CAUSE_NONE);
}
