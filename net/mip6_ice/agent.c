// SPDX-License-Identifier: GPL-2.0
/*
 * The ICE agent of one session.
 *
 *	         restart          remote            nominated
 *	 idle ----------> gathering -----> running -----------> completed
 *	                      ^              |  ^                   |
 *	                      |    no pair   |  | check of the peer |
 *	                      |              v  |                   |
 *	                      |             failed                  |
 *	                      +--------------+----------------------+
 *	                                  restart
 *
 * Timers, all found by looking (mice_agent_tick() says when to look again):
 *
 *	Ta		between two new checks of the session
 *	RTO		between two requests of a check: 100 ms, doubling; sends at
 *			0, 100, 300, 700, 1500, 3100, 6300 ms, the end at 7900 ms
 *	nominate	100 ms after the first valid pair if a better one is open
 *	idle		15 s without a packet on the selected path: keepalive
 *	consent		about 5 s between requests, lost after 30 s; optional
 *	old path	the same of the path of an earlier run, always; lost sooner if
 *			the new run fails
 *	patience	39.5 s before failure is told; optional
 */
#include "agent.h"

/* Transactions kept back so that the controlling agent can still nominate. */
#define NOMINATE_RESERVE	2
/* Octets of a success: header, XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT. */
#define SUCCESS4_LEN		(MICE_STUN_HEAD + 12 + 24 + 8)
#define SUCCESS6_LEN		(MICE_STUN_HEAD + 24 + 24 + 8)
static_assert(MICE_CHECKS_MIN == NOMINATE_RESERVE + 1);

static void count(struct mice_agent *a, enum mice_agent_stat stat)
{
	a->ops->count(a, stat);
}

void mice_agent_init(struct mice_agent *a, const struct mice_agent_ops *ops,
		     const struct mice_agent_conf *conf)
{
	memset(a, 0, sizeof(*a));
	a->ops = ops;
	a->conf = *conf;
	if (!a->conf.ta)
		a->conf.ta = MICE_TA;
	if (!a->conf.idle)
		a->conf.idle = MICE_IDLE;
	if (!a->conf.max_checks || a->conf.max_checks > MICE_CHECKS_MAX)
		a->conf.max_checks = MICE_CHECKS_MAX;
}

/* RFC 5245 9.1.1.1, 9.3.1.1: the path stays, all else is new. */
void mice_agent_restart(struct mice_agent *a, u16 ufrag, struct mice_hmac *key,
			const u8 tag[4], bool controlling)
{
	/* A path that is old already goes on by what it began with, and its time
	 * goes on, too: many restarts make no dead path live for ever.
	 */
	if (!a->path_old) {
		a->past.own = a->own;
		a->past.peer = a->peer;
		a->past.controlling = a->list.controlling;
		a->past.tie = a->tie;
		a->consent_end = 0;
	}
	a->own.set = true;
	a->own.ufrag = ufrag;
	a->own.key = key;
	memset(&a->peer, 0, sizeof(a->peer));
	memcpy(a->tag, tag, sizeof(a->tag));
	a->ops->random(a, &a->tie, sizeof(a->tie));

	mice_list_init(&a->list, a->conf.max_pairs);
	a->list.controlling = controlling && !a->conf.lite;
	a->role_repaired = false;
	a->role_open = false;
	a->peer_lite = false;
	a->path_old = a->path.set;
	a->n_early = 0;
	a->n_checks = 0;
	a->first_valid = 0;
	a->consent.live = false;
	a->consent_lost = false;
	a->state = MICE_GATHERING;
}

unsigned int mice_agent_add_local(struct mice_agent *a, enum mice_cand_type type,
				  const struct mice_addr *addr,
				  unsigned int base, u16 pref)
{
	return mice_list_add_local(&a->list, type, addr, base, pref);
}

/* Data goes through the home agent from now on. */
static void lose_path(struct mice_agent *a)
{
	if (!a->path.set || !a->path_old)
		return;
	a->path.set = false;
	a->path_old = false;
	a->consent.live = false;
	count(a, MICE_STAT_PathLost);
	a->ops->event(a, MICE_EV_PATH_LOST, NULL);
}

void mice_agent_gathered(struct mice_agent *a, bool path_here)
{
	if (!path_here &&
	    mice_list_find_base(&a->list, &a->path.local) == MICE_NONE)
		lose_path(a);
}

/* ------------------------------------------------------------- sending */

static int send_on(struct mice_agent *a, u64 now, const struct mice_addr *from,
		   const struct mice_addr *to, const u8 *p, unsigned int len)
{
	if (a->path.set && mice_addr_equal(from, &a->path.local) &&
	    mice_addr_equal(to, &a->path.remote))
		a->sent = now;
	return len ? a->ops->send(a, from, to, p, len) : -1;
}

/* RFC 5245 7.1.2.3: the peer's fragment, a colon, ours. */
static void put_username(const struct mice_creds *peer,
			 const struct mice_creds *own, struct mice_stun_buf *b)
{
	char user[MICE_USER_TEXT];

	mice_ufrag_text(peer->ufrag, user);
	user[MICE_UFRAG_TEXT] = ':';
	mice_ufrag_text(own->ufrag, user + MICE_UFRAG_TEXT + 1);
	mice_stun_put(b, MICE_ATTR_USERNAME, user, sizeof(user));
}

/* Is it about the path of an earlier run? */
static bool asks_old(const struct mice_agent *a, const struct mice_tx *tx)
{
	return a->path_old && tx == &a->consent;
}

/* RFC 5245 7.1.2: the request of a transaction, the same each time. */
static int send_request(struct mice_agent *a, u64 now, const struct mice_tx *tx,
			const struct mice_addr *from, const struct mice_addr *to)
{
	bool old = asks_old(a, tx);
	const struct mice_creds *own = old ? &a->past.own : &a->own;
	const struct mice_creds *peer = old ? &a->past.peer : &a->peer;
	u8 p[MICE_STUN_ROOM];
	struct mice_stun_buf b;

	mice_stun_begin(&b, p, sizeof(p), MICE_STUN_REQUEST, tx->id);
	put_username(peer, own, &b);
	/* 7.1.2.1: as if the address turned out to be a peer-reflexive one */
	mice_stun_put32(&b, MICE_ATTR_PRIORITY, tx->priority);
	mice_stun_put64(&b, tx->controlling ? MICE_ATTR_CONTROLLING :
					      MICE_ATTR_CONTROLLED,
			old ? a->past.tie : a->tie);
	if (tx->use_candidate)
		mice_stun_put(&b, MICE_ATTR_USE_CANDIDATE, NULL, 0);
	return send_on(a, now, from, to, p, mice_stun_end(&b, peer->key));
}

static int send_check(struct mice_agent *a, u64 now, struct mice_pair *p)
{
	p->tx.sent++;
	p->n_sent++;
	return send_request(a, now, &p->tx, &a->list.locals[p->local].addr,
			    &a->list.remotes[p->remote].addr);
}

static void new_tx(struct mice_agent *a, u64 now, struct mice_tx *tx, u16 pref)
{
	memset(tx, 0, sizeof(*tx));
	memcpy(tx->id, a->tag, sizeof(a->tag));
	a->ops->random(a, tx->id + sizeof(a->tag),
		       sizeof(tx->id) - sizeof(a->tag));
	tx->live = true;
	tx->resend = true;
	tx->controlling = a->list.controlling;
	tx->priority = mice_cand_priority(MICE_CAND_PRFLX, pref);
	tx->started = now;
	tx->next = now + MICE_RTO;
}

/* When something has to be done about a transaction. */
static u64 tx_due(const struct mice_tx *tx)
{
	if (!tx->live)
		return MICE_NEVER;
	/* 0 + 100 + 200 + 400 + 800 + 1600 + 3200 + 1600 */
	return tx->resend ? tx->next :
	       tx->started + MICE_RTO * ((1 << (MICE_SENDS - 1)) - 1) +
	       MICE_LAST_WAIT;
}

/* -------------------------------------------------------------- checks */

static void fail(struct mice_pair *p, enum mice_why why)
{
	p->tx.live = false;
	p->queued = 0;
	p->state = MICE_FAILED;
	p->why = why;
	/* 8.1.1.1: a pair whose nomination got no answer does not work. */
	p->valid = false;
	p->nominated = false;
	p->use_candidate = false;
}

/* D14.4.2: no more than so many transactions in one run. */
static bool may_check(const struct mice_agent *a, const struct mice_pair *p)
{
	unsigned int reserve = a->list.controlling && !a->conf.aggressive &&
			       !p->use_candidate ? NOMINATE_RESERVE : 0;

	return a->n_checks + reserve < a->conf.max_checks;
}

static void start_check(struct mice_agent *a, u64 now, struct mice_pair *p,
			bool triggered)
{
	if (!may_check(a, p)) {
		count(a, MICE_STAT_CheckLimit);
		if (p->valid && !p->use_candidate)
			p->state = MICE_SUCCEEDED;
		else
			fail(p, MICE_WHY_LIMIT);
		return;
	}
	a->n_checks++;
	p->n_tx++;
	p->state = MICE_IN_PROGRESS;
	new_tx(a, now, &p->tx, a->list.locals[p->local].pref);
	p->tx.use_candidate = a->list.controlling &&
			      (a->conf.aggressive || p->use_candidate);
	count(a, MICE_STAT_CheckOut);
	if (triggered)
		count(a, MICE_STAT_CheckTriggered);
	if (p->tx.use_candidate)
		count(a, MICE_STAT_CheckNominating);
	if (send_check(a, now, p)) {
		count(a, MICE_STAT_CheckSendFailed);
		fail(p, MICE_WHY_SEND);
	}
}

/* 7.2.1.4: not repeated, silence is no failure, an answer still counts. */
static void cancel(struct mice_pair *p)
{
	if (!p->tx.live)
		return;
	p->old = p->tx;
	p->old.resend = false;
	p->tx.live = false;
}

static void run_tx(struct mice_agent *a, u64 now, struct mice_pair *p)
{
	struct mice_tx *tx = &p->tx;

	if (now >= tx_due(&p->old))
		p->old.live = false;
	if (now < tx_due(tx))
		return;
	if (!tx->resend) {	/* 8.1.2: another pair was nominated */
		if (p->valid) {
			tx->live = false;
			p->state = MICE_SUCCEEDED;
		} else {
			fail(p, MICE_WHY_OTHER_PAIR);
		}
	} else if (tx->sent == MICE_SENDS) {
		count(a, MICE_STAT_CheckTimeout);
		fail(p, MICE_WHY_TIMEOUT);
	} else {
		count(a, MICE_STAT_CheckRepeat);
		/* A route may come back. */
		send_check(a, now, p);
		tx->next = now + (tx->sent == MICE_SENDS ? MICE_LAST_WAIT :
				  MICE_RTO << (tx->sent - 1));
	}
}

/* --------------------------------------------------------- conclusions */

static void select_pair(struct mice_agent *a, u64 now, struct mice_pair *p)
{
	const struct mice_addr *local = &a->list.locals[p->local].addr;
	const struct mice_addr *remote = &a->list.remotes[p->remote].addr;
	bool same = a->path.set && !a->path_old &&
		    mice_addr_equal(local, &a->path.local) &&
		    mice_addr_equal(remote, &a->path.remote);

	a->state = MICE_COMPLETED;
	if (same)
		return;
	a->path.set = true;
	a->path.relayed = mice_pair_relayed(&a->list, p);
	a->path.local = *local;
	a->path.remote = *remote;
	a->path_old = false;
	a->sent = now;
	a->consent.live = false;
	a->consent_lost = false;
	a->consent_end = now + MICE_CONSENT_END;
	a->consent_next = now + MICE_CONSENT;
	count(a, MICE_STAT_Selected);
	a->ops->event(a, MICE_EV_SELECTED, p);
}

/* 8.1.2: the nominated pair of the highest priority is what data uses. */
static void conclude(struct mice_agent *a, u64 now)
{
	struct mice_pair *p;

	mice_list_conclude(&a->list);
	p = mice_list_best(&a->list, true);
	if (p)
		select_pair(a, now, p);
}

static bool nominating(const struct mice_list *l)
{
	unsigned int i;

	for (i = 0; i < l->n_pairs; i++)
		if (l->pairs[i].use_candidate)
			return true;
	return false;
}

/*
 * When the controlling agent nominates @best (8.1.1.1): at once if no better
 * pair can come, else a little after the first valid one. A pair through a home
 * agent gives way to a direct one that turns up later.
 */
static u64 nominate_due(const struct mice_agent *a, struct mice_pair **bestp)
{
	struct mice_list *l = (struct mice_list *)&a->list;
	struct mice_pair *best = mice_list_best(l, false);
	struct mice_pair *now = mice_list_best(l, true);

	*bestp = best;
	if (!best || best->nominated || !l->controlling || a->conf.lite ||
	    nominating(l))
		return MICE_NEVER;
	if (now)
		return mice_pair_relayed(l, now) && !mice_pair_relayed(l, best) ?
		       0 : MICE_NEVER;
	return mice_list_better_open(l, best->priority) ?
	       a->first_valid + MICE_NOMINATE : 0;
}

static void nominate(struct mice_agent *a, u64 now)
{
	struct mice_pair *p;

	if (now < nominate_due(a, &p))
		return;
	p->use_candidate = true;
	cancel(p);
	mice_list_trigger(&a->list, p);
}

/* When it is certain that no pair works (7.1.3.3, RFC 8863). */
static u64 failure_due(const struct mice_agent *a)
{
	struct mice_list *l = (struct mice_list *)&a->list;

	if (a->state != MICE_RUNNING || a->conf.lite || mice_list_open(l) ||
	    mice_list_best(l, false))
		return MICE_NEVER;
	if (a->conf.pac)
		return a->started + MICE_PAC;
	/* Without any pair the peer's checks may still show one. */
	return l->n_pairs ? 0 : a->started + 7900;
}

/* ----------------------------------------------------------- receiving */

/* 7.2.1.5 and, for us as a lite agent, 7.2.2. */
static void peer_nominated(struct mice_agent *a, u64 now, struct mice_pair *p)
{
	if (a->conf.lite) {
		p->state = MICE_SUCCEEDED;
		p->valid = true;
	}
	if (p->valid && p->state == MICE_SUCCEEDED) {
		p->nominated = true;
		conclude(a, now);
	} else {
		p->nominate_on_success = true;
	}
}

static void switch_role(struct mice_agent *a, u64 now, bool controlling)
{
	struct mice_pair *p;

	mice_list_set_role(&a->list, controlling);
	a->role_repaired = true;
	/* Who nominated, or was about to, may do so no more. What the peer asked
	 * for before roles were told it does not ask for again.
	 */
	for (p = a->list.pairs; p < a->list.pairs + a->list.n_pairs; p++) {
		p->use_candidate = false;
		p->nominate_on_success = false;
		if (!controlling && p->early_nominated)
			peer_nominated(a, now, p);
		p->early_nominated = false;
	}
	count(a, MICE_STAT_RoleSwitched);
	a->ops->event(a, MICE_EV_ROLE, NULL);
}

/* 7.2.1.1; false if the answer is 487. */
static bool role_ok(struct mice_agent *a, u64 now, const struct mice_stun *msg)
{
	bool theirs = msg->has & MICE_HAS_CONTROLLING;

	if (!(msg->has & (MICE_HAS_CONTROLLING | MICE_HAS_CONTROLLED)) ||
	    theirs != a->list.controlling || a->conf.lite || a->role_open)
		return true;
	/* Both claim the same role. */
	if (a->tie >= msg->tie) {
		if (a->list.controlling)
			return false;
		switch_role(a, now, true);
	} else {
		if (!a->list.controlling)
			return false;
		switch_role(a, now, false);
	}
	return true;
}

/* Pairs that the check list had no place for since the last time. */
static void count_pairs(struct mice_agent *a)
{
	for (; a->list.n_limited; a->list.n_limited--)
		count(a, MICE_STAT_PairLimit);
}

/* 7.2.1.4, when a check has come over the pair of @local and @remote. */
static void check_came(struct mice_agent *a, u64 now, unsigned int local,
		       unsigned int remote, bool use_candidate, const u8 *id)
{
	unsigned int i = mice_list_add_pair(&a->list, local, remote);
	struct mice_pair *p;
	bool under_way;

	count_pairs(a);
	if (i == MICE_NONE) {
		count(a, MICE_STAT_RequestNoRoom);
		return;
	}
	p = &a->list.pairs[i];
	/* A repeat, or a replay, of what began the check under way asks for
	 * nothing new: else it would use up the checks of D14.4.2.
	 */
	under_way = p->state == MICE_IN_PROGRESS && p->heard &&
		    !memcmp(p->heard_id, id, sizeof(p->heard_id));
	p->heard = true;
	memcpy(p->heard_id, id, sizeof(p->heard_id));
	if (a->conf.lite || p->state == MICE_SUCCEEDED || under_way) {
		;
	} else if (p->n_tx >= MICE_PAIR_TX_MAX || !may_check(a, p)) {
		count(a, MICE_STAT_TriggerLimit);
	} else {
		if (p->state == MICE_IN_PROGRESS)
			cancel(p);
		mice_list_trigger(&a->list, p);
		if (a->state == MICE_FAILED_STATE)
			a->state = MICE_RUNNING;
	}
	/* role_ok() has seen to it that only an early one comes to who controls. */
	if (use_candidate && a->list.controlling)
		p->early_nominated = true;
	else if (use_candidate)
		peer_nominated(a, now, p);
}

static void keep_early(struct mice_agent *a, unsigned int local,
		       unsigned int remote, bool use_candidate, const u8 *id)
{
	struct mice_early *e;

	count(a, MICE_STAT_RequestEarly);
	for (e = a->early; e < a->early + a->n_early; e++)
		if (e->local == local && e->remote == remote) {
			e->use_candidate |= use_candidate;
			memcpy(e->id, id, sizeof(e->id));
			return;
		}
	if (a->n_early == MICE_EARLY_MAX) {
		count(a, MICE_STAT_RequestNoRoom);
		return;
	}
	a->n_early++;
	e->local = local;
	e->remote = remote;
	e->use_candidate = use_candidate;
	memcpy(e->id, id, sizeof(e->id));
}

unsigned int mice_stun_error(u8 *p, unsigned int room,
			     const struct mice_stun *req, unsigned int code,
			     struct mice_hmac *key)
{
	struct mice_stun_buf b;

	mice_stun_begin(&b, p, room, MICE_STUN_ERROR, req->txid);
	mice_stun_put_error(&b, code);
	if (code == 420)
		mice_stun_put_unknown(&b, req);
	return mice_stun_end(&b, key);
}

static void answer_error(struct mice_agent *a, u64 now,
			 const struct mice_addr *to, const struct mice_addr *from,
			 const struct mice_stun *msg, unsigned int code,
			 struct mice_hmac *key)
{
	u8 p[MICE_STUN_ROOM];

	if (a->ops->may_answer(a, from))
		send_on(a, now, to, from, p,
			mice_stun_error(p, sizeof(p), msg, code, key));
}

/* RFC 5389 7.3.1.1 */
static void answer_success(struct mice_agent *a, u64 now,
			   const struct mice_addr *to,
			   const struct mice_addr *from,
			   const struct mice_stun *msg, struct mice_hmac *key)
{
	u8 p[MICE_STUN_ROOM];
	struct mice_stun_buf b;

	mice_stun_begin(&b, p, sizeof(p), MICE_STUN_SUCCESS, msg->txid);
	mice_stun_put_mapped(&b, from);
	send_on(a, now, to, from, p, mice_stun_end(&b, key));
	count(a, MICE_STAT_RequestIn);
}

/* Credentials that a request was made for; NULL if they are not ours. */
static const struct mice_creds *creds_of(const struct mice_agent *a,
					 const struct mice_stun *msg)
{
	u16 ufrag;

	if (!(msg->has & MICE_HAS_USERNAME) ||
	    msg->username_len <= MICE_UFRAG_TEXT ||
	    msg->username[MICE_UFRAG_TEXT] != ':' ||
	    !mice_ufrag_parse(msg->username, MICE_UFRAG_TEXT, &ufrag))
		return NULL;
	if (a->own.set && a->own.ufrag == ufrag)
		return &a->own;
	return a->past.own.set && a->past.own.ufrag == ufrag ? &a->past.own :
							       NULL;
}

/*
 * Is the request at least as long as a success, or has its sender answered us from
 * there? Else whoever knows our password could flood somebody through us: over IPv6 an
 * answer has 76 octets, the shortest request 64. One with all that RFC 5245 7.1.2 asks
 * for has 88 and more, so that no honest peer is hurt. Errors are never longer.
 */
static bool long_enough(const struct mice_agent *a, const struct mice_addr *to,
			const struct mice_addr *from, const u8 *p)
{
	return MICE_STUN_HEAD + mice_get16(p + 2) >=
	       (from->ver == 4 ? SUCCESS4_LEN : SUCCESS6_LEN) ||
	       mice_agent_answered(a, to, from);
}

/* RFC 5389 10.1.2 and 7.3.1, RFC 5245 7.2. */
static void request(struct mice_agent *a, u64 now, const struct mice_addr *to,
		    const struct mice_addr *from, const u8 *p,
		    const struct mice_stun *msg)
{
	const struct mice_creds *c = creds_of(a, msg);
	bool use_candidate = msg->has & MICE_HAS_USE_CANDIDATE;
	unsigned int local, remote;

	if (!c || !mice_stun_verify(p, msg, c->key)) {
		count(a, MICE_STAT_RequestBadMac);
		answer_error(a, now, to, from, msg, 401, NULL);
		return;
	}
	if (msg->n_unknown) {
		count(a, MICE_STAT_RequestUnknown);
		answer_error(a, now, to, from, msg, 420, c->key);
		return;
	}
	remote = mice_list_find_remote(&a->list, from);
	if (msg->malformed ||
	    (remote == MICE_NONE && !(msg->has & MICE_HAS_PRIORITY))) {
		count(a, MICE_STAT_RequestMalformed);
		answer_error(a, now, to, from, msg, 400, c->key);
		return;
	}
	if (!long_enough(a, to, from, p)) {
		count(a, MICE_STAT_RequestShort);
		return;
	}
	/* A path that a restart has not replaced yet: nothing to learn. */
	if (c == &a->past.own) {
		answer_success(a, now, to, from, msg, c->key);
		return;
	}
	local = mice_list_find_base(&a->list, to);
	if (local == MICE_NONE) {
		count(a, MICE_STAT_RequestNoCandidate);
		return;
	}
	if (!role_ok(a, now, msg)) {
		count(a, MICE_STAT_RequestConflict);
		answer_error(a, now, to, from, msg, 487, c->key);
		return;
	}
	answer_success(a, now, to, from, msg, c->key);

	if (remote == MICE_NONE) {	/* 7.2.1.3 */
		remote = mice_list_add_remote(&a->list, MICE_CAND_PRFLX, from,
					      msg->priority);
		if (remote == MICE_NONE) {
			count(a, MICE_STAT_RequestNoRoom);
			return;
		}
		count(a, MICE_STAT_PrflxRemote);
	}
	if (a->peer.set)
		check_came(a, now, local, remote, use_candidate, msg->txid);
	else
		keep_early(a, local, remote, use_candidate, msg->txid);
}

/* 7.1.3.2.1: we are known under an address that we did not know of. */
static unsigned int mapped_candidate(struct mice_agent *a,
				     const struct mice_pair *p,
				     const struct mice_addr *mapped)
{
	unsigned int i = mice_list_find_local(&a->list, mapped);

	if (i != MICE_NONE)
		return i;
	i = mice_list_add_local(&a->list, MICE_CAND_PRFLX, mapped, p->local, 0);
	if (i == MICE_NONE) {
		count(a, MICE_STAT_PrflxNoRoom);
		return p->local;
	}
	count(a, MICE_STAT_PrflxLocal);
	return i;
}

/* 7.1.3.2 */
static void check_succeeded(struct mice_agent *a, u64 now, struct mice_pair *p,
			    struct mice_tx *tx, const struct mice_addr *mapped)
{
	bool nominates = tx->use_candidate && tx->controlling &&
			 a->list.controlling;
	bool was_valid = p->valid;

	count(a, MICE_STAT_CheckSucceeded);
	/* Else nobody knows which request is answered. */
	if (tx->sent == 1) {
		p->rtt = now - tx->started;
		p->timed = true;
	}
	tx->live = false;
	p->mapped = mapped_candidate(a, p, mapped);
	p->valid = true;
	p->why = MICE_WHY_NOTHING;
	/* An older check has succeeded, the one that nominates goes on. */
	if (nominates || !p->use_candidate) {
		p->state = MICE_SUCCEEDED;
		p->queued = 0;
		p->tx.live = false;
		p->use_candidate = false;
	}
	if (!a->first_valid)
		a->first_valid = now;
	if (!was_valid)
		a->ops->event(a, MICE_EV_VALID, p);

	/* 7.1.3.2.4 */
	if (nominates || (!a->list.controlling && p->nominate_on_success))
		p->nominated = true;
	if (p->nominated)
		conclude(a, now);
	else if (a->state == MICE_FAILED_STATE)
		a->state = MICE_RUNNING;
}

/* 7.1.3.1 */
static void check_refused(struct mice_agent *a, u64 now, struct mice_pair *p,
			  struct mice_tx *tx, unsigned int code)
{
	if (code != 487) {
		count(a, MICE_STAT_CheckError);
		/* One that was cancelled: the new check decides. */
		if (tx == &p->old) {
			tx->live = false;
			return;
		}
		p->error = code;
		fail(p, MICE_WHY_ERROR);
		return;
	}
	count(a, MICE_STAT_RoleConflict);
	tx->live = false;
	if (tx->controlling == a->list.controlling)
		switch_role(a, now, !tx->controlling);
	cancel(p);
	mice_list_trigger(&a->list, p);
}

static void consent_lost(struct mice_agent *a, u64 now)
{
	struct mice_pair *p = mice_list_best(&a->list, true);

	a->path.set = false;
	a->consent_lost = true;
	if (p)
		fail(p, MICE_WHY_TIMEOUT);
	a->state = MICE_FAILED_STATE;
	a->ops->event(a, MICE_EV_CONSENT_LOST, p);
	/* Another nominated pair takes its place, if there is one. */
	conclude(a, now);
}

/* The peer does not want to be sent to over the path any more, or cannot tell. */
static void give_up(struct mice_agent *a, u64 now)
{
	if (a->path_old)
		lose_path(a);
	else
		consent_lost(a, now);
}

static bool is_tx(const struct mice_tx *tx, const struct mice_stun *msg)
{
	return tx->live && !memcmp(tx->id, msg->txid, MICE_STUN_TXID);
}

static struct mice_tx *find_tx(struct mice_agent *a, struct mice_pair **pp,
			       const struct mice_stun *msg)
{
	struct mice_pair *p;

	*pp = NULL;
	if (is_tx(&a->consent, msg))
		return &a->consent;
	for (p = a->list.pairs; p < a->list.pairs + a->list.n_pairs; p++) {
		*pp = p;
		if (is_tx(&p->tx, msg))
			return &p->tx;
		if (is_tx(&p->old, msg))
			return &p->old;
	}
	return NULL;
}

static void response(struct mice_agent *a, u64 now, const struct mice_addr *to,
		     const struct mice_addr *from, const u8 *p,
		     const struct mice_stun *msg)
{
	struct mice_pair *pair;
	struct mice_tx *tx = find_tx(a, &pair, msg);

	if (!tx) {
		count(a, MICE_STAT_ResponseNoCheck);
		return;
	}
	/* Nothing unsigned is believed, no error either (D14.1). */
	if (!mice_stun_verify(p, msg, asks_old(a, tx) ? a->past.peer.key :
							a->peer.key)) {
		count(a, MICE_STAT_ResponseBadMac);
		return;
	}
	if (msg->malformed || msg->n_unknown ||
	    !(msg->has & (msg->type == MICE_STUN_SUCCESS ?
			  MICE_HAS_XOR_MAPPED : MICE_HAS_ERROR))) {
		count(a, MICE_STAT_ResponseMalformed);
		return;
	}
	if (tx == &a->consent) {
		tx->live = false;
		if (msg->type == MICE_STUN_SUCCESS &&
		    mice_addr_equal(from, &a->path.remote)) {
			count(a, MICE_STAT_ConsentIn);
			a->consent_end = now + MICE_CONSENT_END;
		} else if (msg->type == MICE_STUN_ERROR && msg->error == 403 &&
			   mice_addr_equal(from, &a->path.remote)) {
			count(a, MICE_STAT_ConsentRevoked);
			give_up(a, now);
		} else {
			count(a, MICE_STAT_ConsentBad);
		}
	} else if (msg->type == MICE_STUN_ERROR) {
		check_refused(a, now, pair, tx, msg->error);
	} else if (!mice_addr_equal(to, &a->list.locals[pair->local].addr) ||
		   !mice_addr_equal(from, &a->list.remotes[pair->remote].addr)) {
		count(a, MICE_STAT_CheckAsymmetric);
		/* One that was cancelled: the new check decides. */
		if (tx == &pair->old)
			tx->live = false;
		else
			fail(pair, MICE_WHY_ASYMMETRIC);
	} else {
		check_succeeded(a, now, pair, tx, &msg->mapped);
	}
}

void mice_agent_input(struct mice_agent *a, u64 now, const struct mice_addr *to,
		      const struct mice_addr *from, const u8 *p,
		      const struct mice_stun *msg)
{
	switch (msg->type) {
	case MICE_STUN_REQUEST:
		request(a, now, to, from, p, msg);
		break;
	case MICE_STUN_SUCCESS:
	case MICE_STUN_ERROR:
		response(a, now, to, from, p, msg);
		break;
	}
}

/* ----------------------------------------------------- offers, answers */

static void from_local(struct mice_cand *c, const struct mice_local *l)
{
	c->type = l->type;
	c->priority = l->priority;
	c->addr = l->addr;
	c->rel = l->rel;
}

/* Into a place by priority; the lowest falls off the end. */
static void insert(struct mice_offer *offer, const struct mice_local *l)
{
	unsigned int i = offer->n;

	if (i == MICE_CANDS_MAX) {
		if (l->priority <= offer->cands[--i].priority)
			return;
	} else {
		offer->n++;
	}
	for (; i && offer->cands[i - 1].priority < l->priority; i--)
		offer->cands[i] = offer->cands[i - 1];
	from_local(&offer->cands[i], l);
}

void mice_agent_describe(const struct mice_agent *a, struct mice_offer *offer)
{
	struct mice_list *l = (struct mice_list *)&a->list;
	const struct mice_pair *p = mice_list_best(l, true);
	unsigned int i;

	offer->lite = a->conf.lite;
	offer->n = 0;
	offer->has_remote = false;
	if (a->state == MICE_COMPLETED && p) {
		/* RFC 5245 9.1.2.2: the selected pair alone; who controls names
		 * both ends of it.
		 */
		from_local(&offer->cands[0], &l->locals[p->mapped]);
		offer->n = 1;
		offer->has_remote = l->controlling;
		memset(&offer->remote, 0, sizeof(offer->remote));
		offer->remote.type = l->remotes[p->remote].type;
		offer->remote.priority = l->remotes[p->remote].priority;
		offer->remote.addr = l->remotes[p->remote].addr;
		return;
	}
	for (i = 0; i < l->n_locals; i++)
		if (l->locals[i].type != MICE_CAND_PRFLX)
			insert(offer, &l->locals[i]);
}

int mice_agent_role(bool we_offered, bool we_lite, bool peer_lite)
{
	if (we_lite && peer_lite)
		return -1;
	if (we_lite || peer_lite)
		return peer_lite;
	return we_offered;
}

void mice_agent_remote(struct mice_agent *a, u64 now,
		       const struct mice_offer *offer, struct mice_hmac *key,
		       bool controlling)
{
	const struct mice_cand *c;
	unsigned int i;

	a->peer.set = true;
	a->peer.ufrag = offer->ufrag;
	a->peer.key = key;
	a->peer_lite = offer->lite;
	for (i = 0; i < offer->n; i++) {
		c = &offer->cands[i];
		if (mice_list_add_remote(&a->list, c->type, &c->addr,
					 c->priority) == MICE_NONE)
			count(a, MICE_STAT_CandNotChecked);
	}
	if (!a->role_repaired)
		a->list.controlling = controlling;
	a->role_open = false;
	a->started = now;
	a->state = MICE_RUNNING;
	if (!a->conf.lite)
		mice_list_form(&a->list);
	count_pairs(a);
	mice_list_set_role(&a->list, a->list.controlling);
	for (i = 0; i < a->n_early; i++)
		check_came(a, now, a->early[i].local, a->early[i].remote,
			   a->early[i].use_candidate, a->early[i].id);
	a->n_early = 0;
}

void mice_agent_updated(struct mice_agent *a, u64 now,
			const struct mice_offer *offer)
{
	unsigned int local, remote, i;

	if (!a->peer.set || a->list.controlling || !offer->has_remote ||
	    !offer->n)
		return;
	/* What the peer calls remote is ours: our side of its pair. */
	i = mice_list_find_local(&a->list, &offer->remote.addr);
	if (i == MICE_NONE)
		return;
	local = a->list.locals[i].base;
	remote = mice_list_find_remote(&a->list, &offer->cands[0].addr);
	if (remote == MICE_NONE)
		return;
	i = mice_list_find_pair(&a->list, local, remote);
	if (i == MICE_NONE || a->list.pairs[i].nominated)
		return;
	if (a->list.pairs[i].state == MICE_FAILED && !a->conf.lite)
		mice_list_trigger(&a->list, &a->list.pairs[i]);
	peer_nominated(a, now, &a->list.pairs[i]);
}

/* -------------------------------------------------------- path upkeep */

static u64 keepalive_due(const struct mice_agent *a)
{
	/* Through the home agent there is nothing of ours to keep open. */
	return a->path.set && !a->path.relayed ? a->sent + a->conf.idle :
						 MICE_NEVER;
}

/* RFC 5245 10: a Binding Indication, FINGERPRINT alone. */
static void keepalive(struct mice_agent *a, u64 now)
{
	u8 p[MICE_STUN_ROOM];
	struct mice_stun_buf b;
	struct mice_tx tx;

	if (now < keepalive_due(a))
		return;
	new_tx(a, now, &tx, 0);
	mice_stun_begin(&b, p, sizeof(p), MICE_STUN_INDICATION, tx.id);
	count(a, MICE_STAT_KeepaliveOut);
	send_on(a, now, &a->path.local, &a->path.remote, p,
		mice_stun_end(&b, NULL));
}

static u64 consent_due(const struct mice_agent *a)
{
	if (!a->path.set || a->path.relayed)
		return MICE_NEVER;
	/* An old path is asked without the option, too, and by a lite agent: nobody
	 * else would find out that it is dead.
	 */
	if (!a->path_old && (!a->conf.consent || a->conf.lite ||
			     a->state != MICE_COMPLETED))
		return MICE_NEVER;
	return min(a->consent_next, a->consent_end);
}

/* The new run has failed, so the old path hardly works: it has to show that now. */
static void doubt_path(struct mice_agent *a, u64 now)
{
	u64 end = now + MICE_OLD_CHANCE;

	if (a->path.relayed) {
		lose_path(a);
		return;
	}
	a->consent_next = now;
	a->consent_end = a->consent_end ? min(a->consent_end, end) : end;
}

/* RFC 7675 5.1; not counted among the checks of D14.4.2. */
static void consent(struct mice_agent *a, u64 now)
{
	unsigned int i;
	u16 dice, pref = 0;

	if (now < consent_due(a))
		return;
	if (a->path_old && !a->consent_end) {	/* the run has just begun */
		a->consent_next = now + MICE_OLD_FIRST;
		a->consent_end = now + MICE_CONSENT_END;
		return;
	}
	if (now >= a->consent_end) {
		give_up(a, now);
		return;
	}
	i = mice_list_find_base(&a->list, &a->path.local);
	if (i != MICE_NONE)
		pref = a->list.locals[i].pref;
	new_tx(a, now, &a->consent, pref);
	a->consent.sent = 1;
	a->ops->random(a, &dice, sizeof(dice));
	a->consent_next = now + MICE_CONSENT * 8 / 10 +
			  dice % (MICE_CONSENT * 4 / 10);
	if (a->path_old) {
		a->consent.controlling = a->past.controlling;
		/* Near its end one loss must not decide. */
		if (a->consent_end - now <= MICE_OLD_CHANCE)
			a->consent_next = now + MICE_OLD_CHANCE / 5;
	}
	count(a, MICE_STAT_ConsentOut);
	send_request(a, now, &a->consent, &a->path.local, &a->path.remote);
}

void mice_agent_sent(struct mice_agent *a, u64 now)
{
	a->sent = now;
}

static bool on_pair(const struct mice_agent *a, const struct mice_pair *p,
		    const struct mice_addr *to, const struct mice_addr *from)
{
	return mice_addr_equal(to, &a->list.locals[p->local].addr) &&
	       mice_addr_equal(from, &a->list.remotes[p->remote].addr);
}

static bool on_path(const struct mice_agent *a, const struct mice_addr *to,
		    const struct mice_addr *from)
{
	return a->path.set && mice_addr_equal(to, &a->path.local) &&
	       mice_addr_equal(from, &a->path.remote);
}

bool mice_agent_answered(const struct mice_agent *a, const struct mice_addr *to,
			 const struct mice_addr *from)
{
	const struct mice_pair *p;

	if (a->conf.lite)
		return false;
	if (on_path(a, to, from))
		return true;
	for (p = a->list.pairs; p < a->list.pairs + a->list.n_pairs; p++)
		if (p->valid && on_pair(a, p, to, from))
			return true;
	return false;
}

bool mice_agent_validated(const struct mice_agent *a, const struct mice_addr *to,
			  const struct mice_addr *from)
{
	const struct mice_pair *p;

	if (on_path(a, to, from))
		return true;
	for (p = a->list.pairs; p < a->list.pairs + a->list.n_pairs; p++)
		if ((p->valid || p->heard) && on_pair(a, p, to, from))
			return true;
	return false;
}

/* -------------------------------------------------------------- clock */

static bool checking(const struct mice_agent *a)
{
	return a->peer.set && !a->conf.lite && mice_list_has_next(&a->list);
}

static u64 next_due(const struct mice_agent *a)
{
	struct mice_pair *best;
	u64 due = MICE_NEVER;
	unsigned int i;

	for (i = 0; i < a->list.n_pairs; i++) {
		due = min(due, tx_due(&a->list.pairs[i].tx));
		due = min(due, tx_due(&a->list.pairs[i].old));
	}
	if (checking(a))
		due = min(due, a->next_check);
	due = min(due, nominate_due(a, &best));
	due = min(due, failure_due(a));
	due = min(due, keepalive_due(a));
	return min(due, consent_due(a));
}

u64 mice_agent_tick(struct mice_agent *a, u64 now)
{
	struct mice_pair *p;
	bool triggered;
	unsigned int i;

	for (i = 0; i < a->list.n_pairs; i++)
		run_tx(a, now, &a->list.pairs[i]);
	nominate(a, now);
	/* 5.8: one new check each Ta. */
	if (checking(a) && now >= a->next_check) {
		p = mice_list_next(&a->list, &triggered);
		a->next_check = now + a->conf.ta;
		start_check(a, now, p, triggered);
	}
	if (now >= failure_due(a)) {
		a->state = MICE_FAILED_STATE;
		count(a, MICE_STAT_IceFailed);
		a->ops->event(a, MICE_EV_FAILED, NULL);
		if (a->path_old)
			doubt_path(a, now);
	}
	keepalive(a, now);
	consent(a, now);
	return next_due(a);
}
