/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters, one set per network namespace, read from /proc/net/tcp_mobility
 * ("name value", one per line) or by netlink. Every outcome has one, drops included. Behind
 * them: what there is right now.
 */
#ifndef TCPMOB_MIB_H
#define TCPMOB_MIB_H

#include <linux/types.h>

struct seq_file;
struct tcpmob_net;

/* Name, meaning. Names are stable: tests and scripts read them. */
#define TCPMOB_MIB_LIST(X)						\
	/* key exchange, draft Section 4 */				\
	X(ConnKeySynOut,	"SYNs sent with Conn-Key, repeats too")	\
	X(ConnKeySynIn,		"SYNs with Conn-Key that were answered")\
	X(ConnKeySynAckOut,	"SYN-ACKs sent with Conn-Key")		\
	X(ConnKeySynAckIn,	"SYN-ACKs with Conn-Key for our SYN")	\
	X(FallbackPeer,		"plain TCP: the peer sent no Conn-Key")	\
	X(FallbackNoRoom,	"plain TCP: no room in the SYN")	\
	X(FallbackNoKey,	"plain TCP: no key pair at hand")	\
	X(FallbackLimit,	"plain TCP: too many half-open or keyed")\
	X(FallbackCurve,	"plain TCP: unknown Curve ID")		\
	X(FallbackBadKey,	"plain TCP: key not on the curve")	\
	X(FallbackCookie,	"plain TCP: answered with a SYN cookie")\
	X(FallbackFastOpen,	"plain TCP: data came with the SYN")	\
	X(FallbackTimeout,	"plain TCP: key never complete")	\
	X(FallbackFormat,	"plain TCP: the peer's Conn-Key-Cont has the other order")\
	X(FallbackSimultaneous,	"plain TCP: simultaneous open")		\
	X(ContOut,		"segments sent with Conn-Key-Cont")	\
	X(ContIn,		"segments received with Conn-Key-Cont")	\
	X(ContAckOut,		"ACKs sent only to carry Conn-Key-Cont")\
	X(ContRepeated,		"Conn-Key-Cont with nothing new")	\
	X(ContIgnored,		"Conn-Key-Cont out of place or window")	\
	X(ContHidden,		"segments whose Conn-Key-Cont was hidden from the stack")\
	X(ContConflict,		"overlapping key data that differed")	\
	X(ConflictReset,	"connections reset for that")		\
	X(Keyed,		"shared secrets computed")		\
	X(OptionMalformed,	"options of ours that were malformed")	\
	X(ChecksumBad,		"segments for us with a bad checksum")	\
	X(NotAllowed,		"segments for us that the stack refuses: IPsec policy, IP_MINTTL")\
	X(PoolShared,		"key pairs shared since the pool was dry")\
	/* moves, draft Section 5 */					\
	X(MoveStarted,		"moves of this end begun")		\
	X(MoveDone,		"moves of this end confirmed")		\
	X(MoveCollision,	"moves not made: new 4-tuple in use")	\
	X(MovePinned,		"moves not made: address or device set by user")\
	X(Adrift,		"connections that lost their address")	\
	X(AdriftBack,		"connections whose address came back")	\
	X(UpdateOut,		"Loc-Update SYNs sent, repeats too")	\
	X(UpdateRepeat,		"Loc-Update SYNs sent again unchanged")	\
	X(UpdateSynAckIn,	"SYN-ACKs that confirmed an update")	\
	X(UpdateSynAckBad,	"SYN-ACKs to a mover that did not match")\
	X(UpdateIn,		"Loc-Update SYNs received")		\
	X(UpdateNoToken,	"dropped: token of no connection")	\
	X(UpdateBadRequest,	"dropped: request does not verify")	\
	X(UpdateReflected,	"dropped: an update of our own")	\
	X(UpdateStale,		"dropped: request number not ahead, or a copy")	\
	X(UpdateBadSeq,		"dropped: sequence or ack implausible")	\
	X(UpdateBadState,	"dropped: connection cannot be moved")	\
	X(UpdateCollision,	"dropped: new 4-tuple in use")		\
	X(UpdateToOwner,	"of those: left to the connection that has the 4-tuple")\
	X(RequestYielded,	"dropped: half-open handshakes in the way of a move")\
	X(UpdateMalformed,	"dropped: Loc-Update on a wrong segment")\
	X(UpdateAgain,		"repeats of an accepted update answered")\
	X(UpdateAccepted,	"updates accepted")			\
	X(SynAckOut,		"SYN-ACKs sent to updates")		\
	X(PathValidated,	"new paths from which a segment came")	\
	X(ValidateHeld,		"segments held back before validation")	\
	X(AckClamped,		"acks lowered to what the new path saw")\
	X(HeldBack,		"segments held back while adrift or moving")\
	X(GhostDropped,		"late segments for a tuple that was left")\
	X(SurvivalTimeout,	"connections ended: no network for too long")\
	/* RST, draft Section 6 */					\
	X(RstSuspended,		"connections suspended by an exact RST")\
	X(RstRefused,		"RSTs that answered our update")	\
	X(RstChallenged,	"challenge ACKs for RSTs that were inexact")\
	X(RstIgnored,		"RSTs dropped: outside the window, or nothing new")\
	X(RstClosed,		"connections closed by RST: limit, time 0, or refused updates")\
	X(ResumedByUpdate,	"suspended connections an update brought back")\
	X(ResumedBySegment,	"suspended connections whose peer was still there")\
	X(SuspendYielded,	"suspended connections that a new one replaced")\
	X(SuspendTimeout,	"suspended connections that ended")	\
	X(ProbeOut,		"ACKs sent to ask whether the peer is there")\
	/* dead paths and the pause, draft Section 5 */			\
	X(Stalled,		"stalls: timeouts without progress")	\
	X(RepairStarted,	"updates begun from an address the peer knew")\
	X(RepairDone,		"such updates confirmed")		\
	X(Paused,		"connections paused")			\
	X(PauseEnded,		"pauses ended, by a move or by the user")\
	X(PauseHeld,		"segments with data held back while paused")\
	X(EventLost,		"netlink events lost for want of memory")\
	X(NoMemory,		"allocations that failed")

/* Not counted, but looked up when read. Name, expression with @tn, meaning. */
#define TCPMOB_GAUGE_LIST(X)						\
	X(HalfOpenNow,	READ_ONCE(tn->half.count),			\
			"half-open handshakes with a key, now")		\
	X(KeyedNow,	READ_ONCE(tn->n_keyed),				\
			"connections with a secret, now")		\
	X(GhostsNow,	READ_ONCE(tn->ghosts.count),			\
			"tuples that were left, now")			\
	X(KeyPairsMade,	tcpmob_keys_made(),				\
			"key pairs made for all namespaces together")

enum tcpmob_mib_id {
#define X(name, doc) TCPMOB_MIB_##name,
	TCPMOB_MIB_LIST(X)
#undef X
	__TCPMOB_MIB_MAX
};

enum tcpmob_gauge_id {
#define X(name, value, doc) TCPMOB_GAUGE_##name,
	TCPMOB_GAUGE_LIST(X)
#undef X
};

struct tcpmob_mib {
	unsigned long	mibs[__TCPMOB_MIB_MAX];
};

/* Count one @name in namespace @tn (struct tcpmob_net *); any context. */
#define TCPMOB_INC(tn, name)						\
	this_cpu_inc((tn)->mib->mibs[TCPMOB_MIB_##name])

/**
 * struct tcpmob_stat - one counter or gauge
 * @name: its name
 * @doc: what it counts
 * @value: its value, over all processors
 * @gauge: how it is now
 */
struct tcpmob_stat {
	const char	*name;
	const char	*doc;
	u64		value;
	bool		gauge;
};

bool tcpmob_mib_get(struct tcpmob_net *tn, unsigned int i,
		    struct tcpmob_stat *stat);
int tcpmob_mib_show(struct seq_file *m, void *v);

#endif /* TCPMOB_MIB_H */
