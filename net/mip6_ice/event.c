// SPDX-License-Identifier: GPL-2.0
/* The tracepoints, away from headers that are read in other places. */
#include "mip6_ice.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * mice_trace_event() - something happened to a session
 * @s: session, under the lock of its namespace
 * @ev: what
 * @p: the pair it is about, or NULL
 */
void mice_trace_event(const struct mice_session *s, enum mip6_ice_event ev,
		      const struct mice_pair *p)
{
	trace_mice_event(s, ev, mice_session_state(s), p);
}

/**
 * mice_trace_state() - tell the tracepoint if the state is another than before
 * @s: session, under the lock of its namespace
 *
 * Wherever the state may have changed; before the event, if there is one.
 */
void mice_trace_state(struct mice_session *s)
{
	u8 state = mice_session_state(s);

	if (state == s->traced)
		return;
	trace_mice_state(s, s->traced, state);
	s->traced = state;
}

/* Called by MICE_ADD(); any context. */
void mice_trace_count(const struct mice_net *mn, unsigned int id,
		      unsigned int n)
{
	trace_mice_count(mn->net, mice_mib_name(id), n);
}
