/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoint tcp_mobility:tcpmob_event, for perf, ftrace and bpftrace: one
 * for each netlink event, listened to or not, with the state before and after.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tcp_mobility

#if !defined(TCPMOB_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TCPMOB_TRACE_H

#include <linux/tracepoint.h>

#include "tcp_mobility.h"

/* EM: all but the last; EMe: the last. */
#define TCPMOB_TRACE_EVENTS						\
	EM(TCP_MOBILITY_EVENT_CONNECTED,	"connected")		\
	EM(TCP_MOBILITY_EVENT_KEYED,		"keyed")		\
	EM(TCP_MOBILITY_EVENT_PLAIN,		"plain")		\
	EM(TCP_MOBILITY_EVENT_MOVING,		"moving")		\
	EM(TCP_MOBILITY_EVENT_MOVED,		"moved")		\
	EM(TCP_MOBILITY_EVENT_PEER_MOVED,	"peer-moved")		\
	EM(TCP_MOBILITY_EVENT_VALIDATED,	"validated")		\
	EM(TCP_MOBILITY_EVENT_ADRIFT,		"adrift")		\
	EM(TCP_MOBILITY_EVENT_BACK,		"back")			\
	EM(TCP_MOBILITY_EVENT_STALLED,		"stalled")		\
	EM(TCP_MOBILITY_EVENT_REPAIRING,	"repairing")		\
	EM(TCP_MOBILITY_EVENT_REPAIRED,		"repaired")		\
	EM(TCP_MOBILITY_EVENT_SUSPENDED,	"suspended")		\
	EM(TCP_MOBILITY_EVENT_RESUMED,		"resumed")		\
	EM(TCP_MOBILITY_EVENT_PAUSED,		"paused")		\
	EM(TCP_MOBILITY_EVENT_UNPAUSED,		"unpaused")		\
	EM(TCP_MOBILITY_EVENT_REFUSED,		"refused")		\
	EM(TCP_MOBILITY_EVENT_DEAD,		"dead")			\
	EMe(TCP_MOBILITY_EVENT_CLOSED,		"closed")

#define TCPMOB_TRACE_STATES						\
	EM(TCP_MOBILITY_NONE,			"none")			\
	EM(TCP_MOBILITY_IDLE,			"idle")			\
	EM(TCP_MOBILITY_PLAIN,			"plain")		\
	EM(TCP_MOBILITY_KEYING,			"keying")		\
	EM(TCP_MOBILITY_KEYED,			"keyed")		\
	EM(TCP_MOBILITY_ADRIFT,			"adrift")		\
	EM(TCP_MOBILITY_MOVING,			"moving")		\
	EM(TCP_MOBILITY_VALIDATING,		"validating")		\
	EM(TCP_MOBILITY_SUSPENDED,		"suspended")		\
	EMe(TCP_MOBILITY_PAUSED,		"paused")

/* Tools outside of the kernel know no enum: the numbers go with the format. */
#undef EM
#undef EMe
#define EM(number, text)	TRACE_DEFINE_ENUM(number);
#define EMe(number, text)	TRACE_DEFINE_ENUM(number);
TCPMOB_TRACE_EVENTS
TCPMOB_TRACE_STATES

#undef EM
#undef EMe
#define EM(number, text)	{ number, text },
#define EMe(number, text)	{ number, text }

/**
 * trace_tcpmob_event() - something happened to a connection
 * @ms: its context
 * @news: what
 * @from: TCP_MOBILITY_* state of the event before
 * @to: the state now
 *
 * Addresses are those of tcpmob_tuple, IPv4 as v4-mapped; ports in host order.
 */
TRACE_EVENT(tcpmob_event,
	TP_PROTO(const struct tcpmob_sock *ms, const struct tcpmob_news *news,
		 u8 from, u8 to),

	TP_ARGS(ms, news, from, to),

	TP_STRUCT__entry(
		__field(const void *,	skaddr)
		__field(__u64,		cookie)
		__field(__u8,		event)
		__field(__u8,		oldstate)
		__field(__u8,		newstate)
		__field(__u8,		reason)
		__field(__u8,		cause)
		__field(__u8,		refusal)
		__field(__u8,		death)
		__field(__u32,		last_move_us)
		__field(__u16,		sport)
		__field(__u16,		dport)
		__array(__u8,		saddr, 16)
		__array(__u8,		daddr, 16)
	),

	TP_fast_assign(
		__entry->skaddr = ms->sk;
		__entry->cookie = ms->cookie;
		__entry->event = news->event;
		__entry->oldstate = from;
		__entry->newstate = to;
		__entry->reason = READ_ONCE(ms->reason);
		__entry->cause = READ_ONCE(ms->cause);
		__entry->refusal = news->refusal;
		__entry->death = news->death;
		__entry->last_move_us = READ_ONCE(ms->last_move_us);
		__entry->sport = ntohs(news->at.lport);
		__entry->dport = ntohs(news->at.rport);
		memcpy(__entry->saddr, &news->at.laddr, 16);
		memcpy(__entry->daddr, &news->at.raddr, 16);
	),

	TP_printk("cookie=%llx event=%s state=%s->%s reason=%u cause=%u refusal=%u death=%u last_move_us=%u local=[%pI6c]:%u remote=[%pI6c]:%u",
		  __entry->cookie,
		  __print_symbolic(__entry->event, TCPMOB_TRACE_EVENTS),
		  __print_symbolic(__entry->oldstate, TCPMOB_TRACE_STATES),
		  __print_symbolic(__entry->newstate, TCPMOB_TRACE_STATES),
		  __entry->reason, __entry->cause, __entry->refusal,
		  __entry->death, __entry->last_move_us, __entry->saddr,
		  __entry->sport, __entry->daddr, __entry->dport)
);

#endif /* TCPMOB_TRACE_H */

/* In the directory of this file, wherever the build has copied it. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
