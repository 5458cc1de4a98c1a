/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Candidates of both ends, the pairs they make, and which of them comes next
 * (RFC 5245, Sections 4.1.2 to 4.1.4 and 5.7). Tables only: nothing is sent and
 * no clock is read. Nothing is frozen (D1.4).
 */
#ifndef MICE_CHECKLIST_H
#define MICE_CHECKLIST_H

#include "mobopt.h"
#include "stun.h"

#define MICE_LOCALS_MAX		32	/* with peer-reflexive ones */
#define MICE_PRFLX_MAX		8	/* of the peer: shown by checks alone */
#define MICE_REMOTES_MAX	(MICE_CANDS_MAX + MICE_PRFLX_MAX)
#define MICE_PAIR_TX_MAX	8	/* transactions of a pair that checks of the peer begin */
#define MICE_PAIRS_MAX		MICE_CHECKS_MAX
#define MICE_NONE		255	/* no candidate, no pair */

/* RFC 5245 4.1.2.2: type preferences. */
#define MICE_PREF_HOST		126
#define MICE_PREF_PRFLX		110
#define MICE_PREF_SRFLX		100
#define MICE_PREF_RELAYED	0

/**
 * struct mice_local - a candidate of ours
 * @type: enum mice_cand_type
 * @base: index of the candidate that packets leave from; its own for host and
 *	relayed candidates
 * @pref: local preference, unique among host and relayed candidates
 * @priority: RFC 5245 4.1.2.1
 * @addr: what the peer sees
 * @rel: related address, RFC 5245 15.1
 */
struct mice_local {
	u8			type;
	u8			base;
	u16			pref;
	u32			priority;
	struct mice_addr	addr;
	struct mice_addr	rel;
};

/**
 * struct mice_remote - a candidate of the peer
 * @type: enum mice_cand_type
 * @priority: as signalled, or PRIORITY of the check that showed it
 * @addr: where to
 */
struct mice_remote {
	u8			type;
	u32			priority;
	struct mice_addr	addr;
};

/* RFC 5245 5.7.4 without Frozen. */
enum mice_pair_state {
	MICE_WAITING,
	MICE_IN_PROGRESS,
	MICE_SUCCEEDED,
	MICE_FAILED,
};

/* Why a pair is Failed; shown to the user. */
enum mice_why {
	MICE_WHY_NOTHING,
	MICE_WHY_TIMEOUT,	/* no answer to seven requests */
	MICE_WHY_ASYMMETRIC,	/* answered from elsewhere, 7.1.3.1 */
	MICE_WHY_ERROR,		/* an error answer; @error has its number */
	MICE_WHY_SEND,		/* no route, or refused by the stack */
	MICE_WHY_LIMIT,		/* the checks of D14.4.2 are used up */
	MICE_WHY_OTHER_PAIR,	/* not needed: another one was nominated */
};

/**
 * struct mice_tx - one STUN transaction
 * @live: an answer is waited for
 * @resend: requests are repeated and silence is failure; false once cancelled
 *	(RFC 5245 7.2.1.4)
 * @controlling: the role it claims
 * @use_candidate: it nominates
 * @sent: requests so far
 * @id: transaction ID
 * @priority: its PRIORITY
 * @started: time of the first request, ms
 * @next: time of the next request, or of the end, ms
 */
struct mice_tx {
	bool	live;
	bool	resend;
	bool	controlling;
	bool	use_candidate;
	u8	sent;
	u8	id[MICE_STUN_TXID];
	u32	priority;
	u64	started;
	u64	next;
};

/**
 * struct mice_pair - two candidates
 * @local: index of ours, always a base
 * @remote: index of the peer's
 * @mapped: index of ours as the peer saw it, when @valid (RFC 5245 7.1.3.2.2)
 * @state: enum mice_pair_state
 * @why: enum mice_why
 * @valid: a check succeeded
 * @nominated: in the valid list with the nominated flag
 * @nominate_on_success: the peer nominated it while we were checking (7.2.1.5)
 * @early_nominated: the peer nominated it before it was told who controls, and we
 *	have been told that we do
 * @use_candidate: the next check nominates (8.1.1.1)
 * @heard: the peer has sent an authenticated check over it
 * @heard_id: transaction ID of the last one
 * @n_tx: transactions so far
 * @n_sent: requests so far
 * @error: number of an error answer
 * @timed: @rtt is known
 * @rtt: of the last answered request that was sent once, ms
 * @queued: place in the triggered check queue, 0 if not there
 * @priority: RFC 5245 5.7.2
 * @tx: the transaction under way
 * @old: the last one that was cancelled
 */
struct mice_pair {
	u8		local;
	u8		remote;
	u8		mapped;
	u8		state;
	u8		why;
	bool		valid;
	bool		nominated;
	bool		nominate_on_success;
	bool		early_nominated;
	bool		use_candidate;
	bool		heard;
	bool		timed;
	u8		heard_id[MICE_STUN_TXID];
	u8		n_tx;
	u16		n_sent;
	u16		error;
	u32		rtt;
	u32		queued;
	u64		priority;
	struct mice_tx	tx;
	struct mice_tx	old;
};

/**
 * struct mice_list - the check list of one session
 * @controlling: our role, which pair priorities depend on
 * @max_pairs: at most MICE_PAIRS_MAX
 * @n_prflx: remotes that are peer-reflexive
 * @queue: last number given in the triggered check queue
 * @n_pruned: pairs that were another one's equal (5.7.3)
 * @n_limited: pairs that the limit left out, which nobody has counted yet
 */
struct mice_list {
	bool			controlling;
	u8			max_pairs;
	u8			n_locals;
	u8			n_remotes;
	u8			n_pairs;
	u8			n_prflx;
	u16			n_pruned;
	u16			n_limited;
	u32			queue;
	struct mice_local	locals[MICE_LOCALS_MAX];
	struct mice_remote	remotes[MICE_REMOTES_MAX];
	struct mice_pair	pairs[MICE_PAIRS_MAX];
};

/* Empty it; @max_pairs 0 or too large: MICE_PAIRS_MAX. */
void mice_list_init(struct mice_list *l, unsigned int max_pairs);

/* RFC 5245 4.1.2.1 for component 1. */
u32 mice_cand_priority(enum mice_cand_type type, u16 pref);
/* RFC 5245 5.7.2. */
u64 mice_pair_priority(u32 controlling, u32 controlled);

/* May checks be sent there? Not to loopback, multicast, broadcast, unspecified,
 * v4-mapped and link-local addresses (of both families) nor to port 0.
 */
bool mice_addr_checkable(const struct mice_addr *a);

/**
 * mice_list_add_local() - a candidate of ours
 * @l: the list
 * @type: enum mice_cand_type
 * @addr: its address
 * @base: index of its base; ignored for host and relayed candidates
 * @pref: local preference of host and relayed ones; made unique by lowering
 *
 * A candidate with address and base of another is redundant: the one of the
 * higher priority stays (RFC 5245 4.1.3).
 *
 * Return: its index, or that of its equal, or MICE_NONE if the table is full.
 */
unsigned int mice_list_add_local(struct mice_list *l, enum mice_cand_type type,
				 const struct mice_addr *addr,
				 unsigned int base, u16 pref);

/**
 * mice_list_add_remote() - a candidate of the peer
 *
 * A peer-reflexive one that is signalled later takes the type and priority that
 * are signalled (RFC 5245 7.2.1.3). There are at most MICE_PRFLX_MAX of them:
 * whoever replays a check from false addresses (D14.1) leaves room for what is
 * signalled.
 *
 * Return: its index, MICE_NONE if the table is full or the address is one that
 * is never checked.
 */
unsigned int mice_list_add_remote(struct mice_list *l, enum mice_cand_type type,
				  const struct mice_addr *addr, u32 priority);

/* Index of the host or relayed candidate with this address; MICE_NONE. */
unsigned int mice_list_find_base(const struct mice_list *l,
				 const struct mice_addr *addr);
/* Index of any candidate of ours with this address; MICE_NONE. */
unsigned int mice_list_find_local(const struct mice_list *l,
				  const struct mice_addr *addr);
unsigned int mice_list_find_remote(const struct mice_list *l,
				   const struct mice_addr *addr);

/* RFC 5245 5.7.1 to 5.7.3: all pairs of one family, reflexive candidates
 * replaced by their base, pruned, the best of them up to the limit.
 */
void mice_list_form(struct mice_list *l);

/* Index of the pair of these two; MICE_NONE. */
unsigned int mice_list_find_pair(const struct mice_list *l, unsigned int local,
				 unsigned int remote);
/* The same, added in state Waiting if it is not there; MICE_NONE: no room. */
unsigned int mice_list_add_pair(struct mice_list *l, unsigned int local,
				unsigned int remote);

/* Take a role; priorities follow (RFC 5245 7.2.1.1). */
void mice_list_set_role(struct mice_list *l, bool controlling);

/* Put a pair at the end of the triggered check queue, state Waiting. */
void mice_list_trigger(struct mice_list *l, struct mice_pair *p);

/**
 * mice_list_next() - which pair is checked next (RFC 5245 5.8)
 *
 * The first of the triggered check queue, which it leaves, or else the Waiting
 * pair of the highest priority.
 *
 * @l: the list
 * @triggered: set to whether it comes from the queue
 *
 * Return: NULL if there is nothing to check.
 */
struct mice_pair *mice_list_next(struct mice_list *l, bool *triggered);

/* Is there anything that mice_list_next() would return? */
bool mice_list_has_next(const struct mice_list *l);

/* The valid pair of the highest priority; with @nominated only those. */
struct mice_pair *mice_list_best(struct mice_list *l, bool nominated);

/* Is a pair of a priority above @priority still Waiting or In-Progress? */
bool mice_list_better_open(const struct mice_list *l, u64 priority);
/* Is any? */
bool mice_list_open(const struct mice_list *l);

/* RFC 5245 8.1.2: a pair was nominated; what waits is not checked any more. */
void mice_list_conclude(struct mice_list *l);

/* Does one end of the pair lie behind a home agent? */
bool mice_pair_relayed(const struct mice_list *l, const struct mice_pair *p);

#endif /* MICE_CHECKLIST_H */
