/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters, one set per network namespace, read from /proc/net/mip6_ice ("name
 * value", one per line). Every outcome has one, drops included; those of the
 * agent are in agent.h. Behind them: what there is right now.
 */
#ifndef MICE_MIB_H
#define MICE_MIB_H

#include "agent.h"

#include <linux/tracepoint-defs.h>

struct mice_net;
struct seq_file;

/* Name, meaning. Names are stable: tests and scripts read them. */
#define MICE_MIB_LIST(X)						\
	/* datagrams on the port, D12 */				\
	X(InStun,		"STUN messages received")		\
	X(InMh,			"Mobility Headers received in UDP")	\
	X(InKeepalive,		"datagrams of one octet ff")		\
	X(InDataDropped,	"inner packets dropped: no device takes them")\
	X(InNothing,		"dropped: none of these")		\
	X(InQueueFull,		"dropped: too much is waiting")		\
	X(InNoMemory,		"dropped: no memory to look at it")	\
	X(OutFailed,		"datagrams the stack did not send")	\
	/* STUN that belongs to no session */				\
	X(StunNoSession,	"responses to no session of ours")	\
	X(StunServed,		"Binding requests answered as home agent")\
	X(StunServeLimit,	"the same, not answered: too many")	\
	X(StunNotServed,	"the same, not answered: we are none")	\
	X(StunShort,		"the same, not answered: shorter than the answer")\
	X(StunErrorOut,		"error answers sent outside of sessions")\
	X(StunErrorLimit,	"error answers not sent: too many, or too large")\
	X(StunIndication,	"Binding Indications, which ask for nothing")\
	X(StunOther,		"messages of other methods, not answered")\
	/* gathering, RFC 5245 4.1.1 */					\
	X(GatherOut,		"Binding requests to a STUN server")	\
	X(GatherIn,		"of these, answered")			\
	X(GatherTimeout,	"of these, never answered")		\
	X(GatherNoRoom,		"the same, without a place for the candidate")\
	X(GatherBad,		"answers of a STUN server that say nothing")\
	X(GatherForeign,	"answers to these from elsewhere")	\
	X(GatherKeep,		"indications to a STUN server, 4.1.1.4")	\
	/* Mobility Headers, RFC 6275 and B6 */				\
	X(MhIn,			"Mobility Headers received over IPv6")	\
	X(MhOther,		"of other types, left to daemons")	\
	X(MhBadChecksum,	"dropped: wrong checksum")		\
	X(MhMalformed,		"dropped: lengths that cannot be")	\
	X(MhNoSession,		"dropped: there is no session at all")	\
	X(MhNoPeer,		"dropped: between no two home addresses of a session")\
	X(MhUnexpected,		"dropped: no such message is waited for")\
	X(MhLimit,		"dropped: too many restarts, or messages in UDP")\
	X(MhUdpRefused,		"dropped: offers and errors in UDP from anywhere")\
	X(OptionBad,		"M-ICE options dropped, D11")		\
	X(OptionNone,		"dropped: no usable M-ICE option")	\
	X(CandSkipped,		"candidates skipped, D11")		\
	X(CandOver,		"candidates not kept, D14.4.2")		\
	X(OfferOut,		"CoTI-ICE sent, repeats too")		\
	X(OfferIn,		"CoTI-ICE received")			\
	X(OfferRepeat,		"of these, repeats")			\
	X(OfferGlare,		"of these, ignored: our offer stands")	\
	X(AnswerOut,		"CoT-ICE sent")				\
	X(AnswerIn,		"CoT-ICE received")			\
	X(HoTIOut,		"HoTI sent, repeats too")		\
	X(HoTIIn,		"HoTI received; answered beside a CoTI-ICE") \
	X(HoTOut,		"HoT sent")				\
	X(HoTIn,		"HoT received")				\
	X(MismatchIn,		"answers with flag M")			\
	X(MismatchOut,		"answers with flag M sent")		\
	X(BindingErrorIn,	"Binding Errors for an offer of ours")	\
	X(RefusalIn,		"Parameter Problems for an offer of ours")\
	X(Silent,		"offers nobody answered")		\
	X(AnswerChanged,	"refreshes answered with other credentials")\
	X(KeyFailed,		"runs not begun, messages not sent or not used: no key could be made")\
	X(Refreshes,		"HoTI and CoTI-ICE run again for new tokens")\
	/* Binding Update and Acknowledgement */			\
	X(UpdateOut,		"Binding Updates sent, repeats too")	\
	X(UpdateIn,		"Binding Updates accepted")		\
	X(UpdateBad,		"dropped: BU or BA without a right authenticator")\
	X(UpdateStale,		"BUs refused: nonce or sequence number")\
	X(UpdateAckOut,		"Binding Acknowledgements sent")	\
	X(UpdateAckIn,		"Binding Acknowledgements received")	\
	X(UpdateSilent,		"Binding Updates nobody acknowledged")	\
	/* moves */							\
	X(AddressesChanged,	"times the candidates had changed")	\
	X(RoutesChanged,	"times not they, but the way to somebody had")\
	X(Restarts,		"runs begun, the first of a session too")\
	X(EventLost,		"netlink events lost for want of memory")

enum mice_mib_id {
#define X(name, doc) MICE_MIB_##name,
	MICE_MIB_LIST(X)
#undef X
	__MICE_MIB_MAX
};

struct mice_mib {
	unsigned long	mibs[__MICE_MIB_MAX];
	unsigned long	agent[__MICE_STAT_MAX];
};

DECLARE_TRACEPOINT(mice_count);
void mice_trace_count(const struct mice_net *mn, unsigned int id,
		      unsigned int n);

/* Tells the tracepoint, if anybody listens. */
#define MICE_TRACE_COUNT(mn, id, n)					\
	do {								\
		if (tracepoint_enabled(mice_count))			\
			mice_trace_count(mn, id, n);			\
	} while (0)

/* Count @n of @name in namespace @mn (struct mice_net *); any context. */
#define MICE_ADD(mn, name, n)						\
	do {								\
		this_cpu_add((mn)->mib->mibs[MICE_MIB_##name], n);	\
		if (n)							\
			MICE_TRACE_COUNT(mn, MICE_MIB_##name, n);	\
	} while (0)
#define MICE_INC(mn, name)	MICE_ADD(mn, name, 1)

/* The same for a stat of the agent. */
#define MICE_AGENT_INC(mn, stat)					\
	do {								\
		this_cpu_inc((mn)->mib->agent[stat]);			\
		MICE_TRACE_COUNT(mn, __MICE_MIB_MAX + (stat), 1);	\
	} while (0)

/**
 * struct mice_stat - a counter for user space
 * @name: its name
 * @doc: what it counts
 * @value: summed up over all processors
 * @gauge: it may go down
 */
struct mice_stat {
	const char	*name;
	const char	*doc;
	u64		value;
	bool		gauge;
};

unsigned int mice_mib_count(void);
const char *mice_mib_name(unsigned int id);
void mice_mib_get(const struct mice_net *mn, unsigned int id,
		  struct mice_stat *stat);
int mice_mib_show(struct seq_file *m, void *v);

#endif /* MICE_MIB_H */
