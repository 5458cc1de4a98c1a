/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ICE agent of one session (RFC 5245): events and a clock in, packets and
 * events out. It calls nothing of the kernel; times are milliseconds of a clock
 * that never goes back.
 *
 * Locking: the caller's. Two calls for one agent must not overlap.
 */
#ifndef MICE_AGENT_H
#define MICE_AGENT_H

#include "checklist.h"

#define MICE_NEVER	(~0ULL)

/* Times in ms. */
#define MICE_TA		20	/* between two checks, RFC 5245 16.2, D14.4.2 */
#define MICE_RTO	100	/* RFC 5245 16, doubled six times */
#define MICE_SENDS	7	/* Rc, RFC 5389 7.2.1 */
#define MICE_LAST_WAIT	1600	/* Rm * RTO: the end is at 7900 */
#define MICE_IDLE	15000	/* Tr, RFC 5245 10 */
#define MICE_NOMINATE	100	/* after the first valid pair, DESIGN-M-ICE */
#define MICE_CONSENT	5000	/* RFC 7675 5.1, times 0.8 to 1.2 */
#define MICE_CONSENT_END 30000	/* the same: consent lost */
#define MICE_OLD_FIRST	1000	/* after which an old path is asked whether it works */
#define MICE_OLD_CHANCE	5000	/* what it gets once the new run has failed */
#define MICE_PAC	39500	/* RFC 8863 4: patience with failure */

#define MICE_CHECKS_MIN	3	/* below, who controls could check nothing */
#define MICE_EARLY_MAX	16	/* checks kept that came before the answer */
#define MICE_STUN_ROOM	256	/* octets of any message that we write */

struct mice_agent;

/* What happened, for user space and for the session. */
enum mice_event {
	MICE_EV_VALID,		/* a pair became valid */
	MICE_EV_SELECTED,	/* data has a new path */
	MICE_EV_FAILED,		/* no pair works (RFC 5245 8.1.2) */
	MICE_EV_ROLE,		/* a conflict was repaired (7.2.1.1) */
	MICE_EV_CONSENT_LOST,	/* RFC 7675 5.1: the selected pair is gone */
	MICE_EV_PATH_LOST,	/* the path of an earlier run is gone */
};

/* Counted outcomes. Name, meaning. */
#define MICE_AGENT_STATS(X)						\
	X(CheckOut,		"connectivity checks begun")		\
	X(CheckRepeat,		"requests of checks sent again")	\
	X(CheckTriggered,	"of these checks, triggered ones")	\
	X(CheckNominating,	"of these checks, with USE-CANDIDATE")	\
	X(CheckSucceeded,	"checks that succeeded")		\
	X(CheckTimeout,		"checks nobody answered")		\
	X(CheckAsymmetric,	"checks answered from another address")	\
	X(CheckError,		"checks answered with an error")	\
	X(CheckSendFailed,	"checks the stack would not send")	\
	X(CheckLimit,		"times the limit of checks was reached")\
	X(TriggerLimit,		"checks of peers that begin none: too many")\
	X(PairLimit,		"pairs left out: the check list is full")\
	X(RoleConflict,		"487 received")				\
	X(RoleSwitched,		"roles switched")			\
	X(RequestIn,		"authenticated checks answered")	\
	X(RequestShort,		"the same, not answered: shorter than the answer")\
	X(RequestEarly,		"checks that came before the answer")	\
	X(RequestBadMac,	"checks with wrong MESSAGE-INTEGRITY")	\
	X(RequestMalformed,	"checks with impossible attributes")	\
	X(RequestUnknown,	"checks with unknown attributes")	\
	X(RequestConflict,	"487 sent")				\
	X(RequestNoCandidate,	"checks to an address that is no candidate")\
	X(RequestNoRoom,	"checks answered, but tables are full, or from nowhere")\
	X(ResponseNoCheck,	"responses to no check of ours")	\
	X(ResponseBadMac,	"responses without right MESSAGE-INTEGRITY")\
	X(ResponseMalformed,	"responses that say nothing")		\
	X(PrflxLocal,		"peer-reflexive candidates of ours")	\
	X(PrflxRemote,		"peer-reflexive candidates of peers")	\
	X(PrflxNoRoom,		"of ours, without a place in the table")\
	X(CandNotChecked,	"candidates of peers that are never checked")\
	X(KeepaliveOut,		"Binding Indications sent")		\
	X(ConsentOut,		"consent requests sent, those for an old path too")\
	X(ConsentIn,		"of these, answered")			\
	X(ConsentRevoked,	"of these, answered with 403: the path is given up")\
	X(ConsentBad,		"of these, answered with another error or from elsewhere")\
	X(Selected,		"pairs selected")			\
	X(PathLost,		"paths of an earlier run given up")	\
	X(IceFailed,		"sessions without any working pair")

enum mice_agent_stat {
#define X(name, doc) MICE_STAT_##name,
	MICE_AGENT_STATS(X)
#undef X
	__MICE_STAT_MAX
};

/**
 * struct mice_agent_ops - what an agent needs of the world
 * @send: send @len octets from the base @from to @to; 0, or a negative error if
 *	that address will not work at all
 * @random: fill with random octets
 * @may_answer: may an error answer go to @to now (a rate limit)
 * @event: something happened; @p may be NULL
 * @count: one more of these
 */
struct mice_agent_ops {
	int	(*send)(struct mice_agent *a, const struct mice_addr *from,
			const struct mice_addr *to, const u8 *p,
			unsigned int len);
	void	(*random)(struct mice_agent *a, void *p, unsigned int len);
	bool	(*may_answer)(struct mice_agent *a, const struct mice_addr *to);
	void	(*event)(struct mice_agent *a, enum mice_event ev,
			 const struct mice_pair *p);
	void	(*count)(struct mice_agent *a, enum mice_agent_stat stat);
};

/**
 * struct mice_agent_conf - how it behaves; may change at any time
 * @ta: ms between two checks
 * @idle: ms without a packet before a keepalive
 * @max_checks: transactions of one run, D14.4.2
 * @max_pairs: pairs of one check list
 * @aggressive: nominate with every check (RFC 5245 8.1.1.2)
 * @lite: we only answer (RFC 5245 2.7)
 * @consent: keep asking whether the peer wants our data (RFC 7675)
 * @pac: wait before failure is told (RFC 8863)
 */
struct mice_agent_conf {
	u16	ta;
	u32	idle;
	u8	max_checks;
	u8	max_pairs;
	bool	aggressive;
	bool	lite;
	bool	consent;
	bool	pac;
};

enum mice_agent_state {
	MICE_IDLE_STATE,	/* nothing has begun */
	MICE_GATHERING,		/* credentials are there, the peer's are not */
	MICE_RUNNING,		/* checks are made or waited for */
	MICE_COMPLETED,		/* a pair is selected */
	MICE_FAILED_STATE,	/* none works; a check of the peer revives it */
};

/**
 * struct mice_path - where data goes
 * @set: there is one
 * @relayed: it goes through a home agent
 * @local: base, the address that packets leave from
 * @remote: where they go
 */
struct mice_path {
	bool			set;
	bool			relayed;
	struct mice_addr	local;
	struct mice_addr	remote;
};

/**
 * struct mice_creds - one end's credentials
 * @set: they are known
 * @ufrag: ice-ufrag
 * @key: HMAC key of the password as STUN renders it; owned by the caller
 */
struct mice_creds {
	bool			set;
	u16			ufrag;
	struct mice_hmac	*key;
};

/* A check that came before the answer (RFC 5245 7.2). */
struct mice_early {
	u8	local;
	u8	remote;
	bool	use_candidate;
	u8	id[MICE_STUN_TXID];
};

/**
 * struct mice_past - the run that a path of an earlier run is of, or the last one
 * @own: our credentials then
 * @peer: the peer's
 * @controlling: our role
 * @tie: our tie-breaker
 *
 * Whoever has not heard of the restart yet knows these alone.
 */
struct mice_past {
	struct mice_creds	own;
	struct mice_creds	peer;
	bool			controlling;
	u64			tie;
};

/**
 * struct mice_agent - the agent of one session
 * @ops: what it calls
 * @conf: how it behaves
 * @state: enum mice_agent_state
 * @peer_lite: the peer only answers
 * @role_repaired: a conflict was repaired in this run
 * @role_open: the role comes with the peer's side (manual sessions): what a check
 *	before that claims is no conflict
 * @n_early: entries of @early
 * @n_checks: transactions of this run
 * @tag: first four octets of our transaction IDs, so that a namespace finds
 *	the session of a response; random, and drawn anew with each run
 * @tie: tie-breaker of this run, RFC 5245 5.2
 * @own: our credentials
 * @peer: the peer's
 * @past: what a path still in use goes by after a restart
 * @path: where data goes; survives a restart (RFC 5245 9.1.1.1)
 * @path_old: @path is of an earlier run
 * @next_check: when Ta is over, ms; kept across restarts
 * @first_valid: when the first pair became valid, ms
 * @started: when the peer's candidates came, ms
 * @sent: when the last packet went over @path, ms
 * @consent: the consent request under way, or what asks an old path if it works
 * @consent_next: when the next one is due, ms
 * @consent_end: when @path is given up for want of an answer, ms; 0: not known yet
 * @consent_lost: it ended
 * @early: checks that came before the answer
 * @list: candidates and pairs
 */
struct mice_agent {
	const struct mice_agent_ops	*ops;
	struct mice_agent_conf		conf;
	u8				state;
	bool				peer_lite;
	bool				role_repaired;
	bool				role_open;
	u8				n_early;
	u16				n_checks;
	u8				tag[4];
	u64				tie;
	struct mice_creds		own;
	struct mice_creds		peer;
	struct mice_past		past;
	struct mice_path		path;
	bool				path_old;
	u64				next_check;
	u64				first_valid;
	u64				started;
	u64				sent;
	struct mice_tx			consent;
	u64				consent_next;
	u64				consent_end;
	bool				consent_lost;
	struct mice_early		early[MICE_EARLY_MAX];
	struct mice_list		list;
};

/* Begin with nothing. @conf: zero fields take their defaults. */
void mice_agent_init(struct mice_agent *a, const struct mice_agent_ops *ops,
		     const struct mice_agent_conf *conf);

/**
 * mice_agent_restart() - a new run (RFC 5245 9.1.1.1); the first is one, too
 * @a: the agent
 * @ufrag: new ice-ufrag
 * @key: key of the new password; it must be neither that of the run which ends nor
 *	one of @past
 * @tag: for transaction IDs, unique among the namespace's sessions
 * @controlling: our role as far as it is known: true for a full offerer
 *
 * Candidates, pairs and the peer's credentials are forgotten; the selected path
 * stays until another is selected, and checks with the credentials of its run are
 * still answered. A direct one is asked whether it still works, with these, and
 * given up after MICE_CONSENT_END without an answer.
 */
void mice_agent_restart(struct mice_agent *a, u16 ufrag, struct mice_hmac *key,
			const u8 tag[4], bool controlling);

/* A gathered candidate; as mice_list_add_local(). Before mice_agent_remote(). */
unsigned int mice_agent_add_local(struct mice_agent *a, enum mice_cand_type type,
				  const struct mice_addr *addr,
				  unsigned int base, u16 pref);

/**
 * mice_agent_gathered() - all host candidates of the new run are there
 * @a: the agent
 * @path_here: the address that @a->path leaves from is still one of ours, though it
 *	may be no candidate any more, as a deprecated one
 *
 * A path from an address that is gone is dead: data goes through the home agent
 * until another pair is selected.
 */
void mice_agent_gathered(struct mice_agent *a, bool path_here);

/**
 * mice_agent_describe() - our candidates for an offer or answer
 * @a: the agent
 * @offer: its credentials are the caller's; the rest is filled: flag L and the
 *	candidates by priority, highest first (D1.2); once a pair is selected its
 *	local candidate alone (RFC 5245 9.1.2.2) and, if we control, its remote one
 *	as the remote-candidate
 */
void mice_agent_describe(const struct mice_agent *a, struct mice_offer *offer);

/**
 * mice_agent_role() - who controls (RFC 5245 5.2)
 *
 * Return: 1 if we do, 0 if the peer does, -1 if both are lite and ICE cannot
 * proceed.
 */
int mice_agent_role(bool we_offered, bool we_lite, bool peer_lite);

/**
 * mice_agent_remote() - the peer's offer or answer arrived: checks begin
 * @a: after mice_agent_restart() and mice_agent_add_local()
 * @now: ms
 * @offer: usable
 * @key: key of the peer's password
 * @controlling: our role; not taken if a conflict was repaired before the
 *	answer came
 */
void mice_agent_remote(struct mice_agent *a, u64 now,
		       const struct mice_offer *offer, struct mice_hmac *key,
		       bool controlling);

/**
 * mice_agent_updated() - an updated offer or answer without a restart
 * @offer: the peer's; a remote-candidate names our end of the pair it selected
 *
 * Repairs the race of RFC 5245 9.2.2.3: the peer knows that its nomination
 * worked before we do.
 */
void mice_agent_updated(struct mice_agent *a, u64 now,
			const struct mice_offer *offer);

/**
 * mice_agent_input() - a STUN message for this session
 * @a: the agent
 * @now: ms
 * @to: our address that it came to
 * @from: its source
 * @p: the message
 * @msg: mice_stun_parse() of it, with a right FINGERPRINT
 *
 * Requests: the ufrag before the colon of USERNAME is ours, current or old.
 * Responses: the transaction ID begins with our tag.
 */
void mice_agent_input(struct mice_agent *a, u64 now, const struct mice_addr *to,
		      const struct mice_addr *from, const u8 *p,
		      const struct mice_stun *msg);

/**
 * mice_agent_tick() - do what is due
 *
 * Return: when to call again, ms, which may be at once; MICE_NEVER if there is
 * nothing to wait for.
 * After any other call it has to be asked again.
 */
u64 mice_agent_tick(struct mice_agent *a, u64 now);

/* Data went over the selected path: no keepalive is needed for a while. */
void mice_agent_sent(struct mice_agent *a, u64 now);

/* Has the peer answered a check of ours from @from to @to? Whoever has captured a
 * check of its can show that again from anywhere, but not answer ours. A lite
 * agent asks nothing, so there it never has.
 */
bool mice_agent_answered(const struct mice_agent *a, const struct mice_addr *to,
			 const struct mice_addr *from);

/* May a packet from @from to @to be data of this session? A success was sent or
 * received on that pair, or it is the selected path.
 */
bool mice_agent_validated(const struct mice_agent *a, const struct mice_addr *to,
			  const struct mice_addr *from);

/**
 * mice_stun_error() - write an error answer
 * @p: where to
 * @room: octets there
 * @req: the request
 * @code: 400, 401, 420 or 487; with 420 the unknown attributes are told
 * @key: MESSAGE-INTEGRITY, or NULL
 *
 * Return: octets, 0 on lack of room.
 */
unsigned int mice_stun_error(u8 *p, unsigned int room,
			     const struct mice_stun *req, unsigned int code,
			     struct mice_hmac *key);

#endif /* MICE_AGENT_H */
