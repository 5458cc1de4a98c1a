/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints of mip6_ice, for perf, ftrace and bpftrace: mice_state, one for
 * each change of a session's state; mice_event, one for each netlink event,
 * listened to or not; mice_count, one for each counter that goes up, so that
 * every outcome and every drop shows where it happens.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mip6_ice

#if !defined(MICE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MICE_TRACE_H

#include <linux/tracepoint.h>

#include "mip6_ice.h"

/* EM: all but the last; EMe: the last. */
#define MICE_TRACE_EVENTS						\
	EM(MIP6_ICE_EVENT_VALID,	"valid")			\
	EM(MIP6_ICE_EVENT_SELECTED,	"selected")			\
	EM(MIP6_ICE_EVENT_FAILED,	"failed")			\
	EM(MIP6_ICE_EVENT_ROLE,		"role")				\
	EM(MIP6_ICE_EVENT_CONSENT_LOST,	"consent-lost")			\
	EM(MIP6_ICE_EVENT_SILENT,	"silent")			\
	EM(MIP6_ICE_EVENT_MISMATCH,	"mismatch")			\
	EMe(MIP6_ICE_EVENT_PATH_LOST,	"path-lost")

#define MICE_TRACE_STATES						\
	EM(MIP6_ICE_STATE_IDLE,		"idle")				\
	EM(MIP6_ICE_STATE_GATHERING,	"gathering")			\
	EM(MIP6_ICE_STATE_OFFERED,	"offered")			\
	EM(MIP6_ICE_STATE_CHECKING,	"checking")			\
	EM(MIP6_ICE_STATE_COMPLETED,	"completed")			\
	EM(MIP6_ICE_STATE_FAILED,	"failed")			\
	EMe(MIP6_ICE_STATE_SILENT,	"silent")

/* Tools outside of the kernel know no enum: the numbers go with the format. */
#undef EM
#undef EMe
#define EM(number, text)	TRACE_DEFINE_ENUM(number);
#define EMe(number, text)	TRACE_DEFINE_ENUM(number);
MICE_TRACE_EVENTS
MICE_TRACE_STATES

#undef EM
#undef EMe
#define EM(number, text)	{ number, text },
#define EMe(number, text)	{ number, text }

#ifndef MICE_TRACE_ADDR
#define MICE_TRACE_ADDR
/* 16 octets, IPv4 as v4-mapped. */
static inline void mice_trace_addr(u8 *to, const struct mice_addr *a)
{
	memset(to, 0, 16);
	if (a->ver == 4) {
		to[10] = 0xff;
		to[11] = 0xff;
		memcpy(to + 12, a->ip, 4);
	} else {
		memcpy(to, a->ip, 16);
	}
}
#endif

/**
 * trace_mice_state() - the state of a session has changed
 * @s: it
 * @from: MIP6_ICE_STATE_* before; a new session is idle
 * @to: and now
 */
TRACE_EVENT(mice_state,
	TP_PROTO(const struct mice_session *s, u8 from, u8 to),

	TP_ARGS(s, from, to),

	TP_STRUCT__entry(
		__field(__u32,	netns)
		__array(__u8,	home, 16)
		__array(__u8,	peer, 16)
		__field(__u8,	oldstate)
		__field(__u8,	newstate)
	),

	TP_fast_assign(
		__entry->netns = s->mn->net->ns.inum;
		memcpy(__entry->home, &s->home, 16);
		memcpy(__entry->peer, &s->peer, 16);
		__entry->oldstate = from;
		__entry->newstate = to;
	),

	TP_printk("netns=%u home=%pI6c peer=%pI6c state=%s->%s",
		  __entry->netns, __entry->home, __entry->peer,
		  __print_symbolic(__entry->oldstate, MICE_TRACE_STATES),
		  __print_symbolic(__entry->newstate, MICE_TRACE_STATES))
);

/**
 * trace_mice_event() - something happened to a session
 * @s: it
 * @event: MIP6_ICE_EVENT_*
 * @state: MIP6_ICE_STATE_* now
 * @p: the pair it is about, or NULL; then addresses and ports are zero
 *
 * rtt_ms is 0, too, if no check that was sent once has been answered.
 */
TRACE_EVENT(mice_event,
	TP_PROTO(const struct mice_session *s, u8 event, u8 state,
		 const struct mice_pair *p),

	TP_ARGS(s, event, state, p),

	TP_STRUCT__entry(
		__array(__u8,	home, 16)
		__array(__u8,	peer, 16)
		__array(__u8,	saddr, 16)
		__array(__u8,	daddr, 16)
		__field(__u16,	sport)
		__field(__u16,	dport)
		__field(__u8,	event)
		__field(__u8,	state)
		__field(__u32,	rtt_ms)
		__field(__u32,	checks)
	),

	TP_fast_assign(
		static const struct mice_addr none;
		const struct mice_list *l = &s->agent.list;
		const struct mice_addr *local =
			p ? &l->locals[p->local].addr : &none;
		const struct mice_addr *remote =
			p ? &l->remotes[p->remote].addr : &none;

		memcpy(__entry->home, &s->home, 16);
		memcpy(__entry->peer, &s->peer, 16);
		mice_trace_addr(__entry->saddr, local);
		mice_trace_addr(__entry->daddr, remote);
		__entry->sport = local->port;
		__entry->dport = remote->port;
		__entry->event = event;
		__entry->state = state;
		__entry->rtt_ms = p ? p->rtt : 0;
		__entry->checks = s->agent.n_checks;
	),

	TP_printk("home=%pI6c peer=%pI6c event=%s state=%s checks=%u rtt_ms=%u local=[%pI6c]:%u remote=[%pI6c]:%u",
		  __entry->home, __entry->peer,
		  __print_symbolic(__entry->event, MICE_TRACE_EVENTS),
		  __print_symbolic(__entry->state, MICE_TRACE_STATES),
		  __entry->checks, __entry->rtt_ms, __entry->saddr,
		  __entry->sport, __entry->daddr, __entry->dport)
);

/**
 * trace_mice_count() - a counter goes up
 * @net: namespace
 * @name: of the counter, see mib.h and agent.h
 * @n: by how many
 */
TRACE_EVENT(mice_count,
	TP_PROTO(const struct net *net, const char *name, u32 n),

	TP_ARGS(net, name, n),

	TP_STRUCT__entry(
		__field(__u32,	netns)
		__field(__u32,	n)
		__array(char,	name, 24)
	),

	TP_fast_assign(
		__entry->netns = net->ns.inum;
		__entry->n = n;
		strscpy_pad(__entry->name, name, sizeof(__entry->name));
	),

	TP_printk("netns=%u name=%s n=%u", __entry->netns, __entry->name,
		  __entry->n)
);

#endif /* MICE_TRACE_H */

/* In the directory of this file, wherever the build has copied it. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
