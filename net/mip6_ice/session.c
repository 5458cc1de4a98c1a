// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: lifetime, lookup, and the exchange of offer and answer (D4 to D6,
 * draft-bajko-mip6-rrtfw-02, Section 5.2) that each agent needs.
 *
 *	                gathered           CoT-ICE
 *	 GATHER_OFFER ----------> OFFERED ----------> DONE
 *	      ^                   |  |                 ^
 *	      |  10 minutes       |  | glare, lower    | gathered
 *	      +------- SILENT <---+  +---------------->|
 *	                  63 s without an answer,      |
 *	                  Binding Error, flag M        |
 *	 any state ----- CoTI-ICE -----------> GATHER_ANSWER
 *
 * Everything here is under mn->lock.
 */
#include <linux/jhash.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/addrconf.h>

#include "mip6_ice.h"

#define BURST		5	/* restarts, or answers, at once; then one per second */
#define HOME_TEST_WAIT	2000	/* ms between HoTI and CoTI-ICE of one peer */
#define MH_UDP_RATE	1000	/* Mobility Headers in UDP, per second */
#define SERVE_SHARE	4	/* one source takes a quarter of stun_rate */

static struct mice_session *session_of(struct mice_agent *a)
{
	return container_of(a, struct mice_session, agent);
}

/* --------------------------------------------------------------- limits */

/* One of @max in this second? */
static bool take(struct mice_bucket *b, unsigned int max)
{
	u32 second = ktime_get_seconds();

	if (b->second != second) {
		b->second = second;
		b->used = 0;
	}
	if (b->used >= max)
		return false;
	b->used++;
	return true;
}

static struct mice_bucket *bucket_of(const struct mice_net *mn,
				     struct mice_bucket *table,
				     const struct mice_addr *from)
{
	u32 hash = jhash(from->ip, sizeof(from->ip), mn->hash_seed);

	return &table[hash % MICE_BUCKETS];
}

/* At most error_rate error answers a second go to one source. */
static bool error_allowed(struct mice_net *mn, const struct mice_addr *to)
{
	if (take(bucket_of(mn, mn->errors, to),
		 READ_ONCE(mn->knobs.error_rate)))
		return true;
	MICE_INC(mn, StunErrorLimit);
	return false;
}

/* One each second, BURST at once; @left of them were there at @at. */
static bool spend(struct mice_net *mn, unsigned int *left, u64 *at)
{
	u64 now = mice_now(), whole = div_u64(now - *at, 1000);

	if (whole) {
		*left = min_t(u64, BURST, *left + whole);
		*at = now;
	}
	if (!*left) {
		MICE_INC(mn, MhLimit);
		return false;
	}
	(*left)--;
	return true;
}

static bool restart_allowed(struct mice_session *s)
{
	return spend(s->mn, &s->restarts, &s->restart_at);
}

/*
 * Through the home agents an answer is longer than its question, by its candidates
 * or a token, and whoever can send with the peer's home address may ask: repeats
 * are not answered more often than an honest peer asks.
 */
bool mice_session_may_answer(struct mice_session *s)
{
	return spend(s->mn, &s->answers, &s->answer_at);
}

/* --------------------------------------------------------------- lookup */

static u32 pair_hash(const struct mice_net *mn, const struct in6_addr *home,
		     const struct in6_addr *peer)
{
	return jhash(home, sizeof(*home),
		     jhash(peer, sizeof(*peer), mn->hash_seed));
}

static u32 home_hash(const struct mice_net *mn, const u8 ip[16])
{
	return jhash(ip, 16, mn->hash_seed);
}

struct mice_session *mice_session_find(struct mice_net *mn,
				       const struct in6_addr *home,
				       const struct in6_addr *peer)
{
	struct mice_session *s;

	lockdep_assert_held(&mn->lock);
	hash_for_each_possible(mn->by_pair, s, by_pair,
			       pair_hash(mn, home, peer))
		if (ipv6_addr_equal(&s->home, home) &&
		    ipv6_addr_equal(&s->peer, peer))
			return s;
	return NULL;
}

/* Is @ip the home address of any session? */
bool mice_session_home(const struct mice_net *mn, const u8 ip[16])
{
	const struct mice_session *s;

	lockdep_assert_held(&mn->lock);
	hash_for_each_possible(mn->by_home, s, by_home, home_hash(mn, ip))
		if (!memcmp(&s->home, ip, sizeof(s->home)))
			return true;
	return false;
}

static struct mice_session *find_ufrag(struct mice_net *mn, u16 ufrag)
{
	struct mice_ufrag *u;

	hash_for_each_possible(mn->by_ufrag, u, node, ufrag)
		if (u->ufrag == ufrag)
			return u->s;
	return NULL;
}

static struct mice_session *find_tag(struct mice_net *mn, const u8 *tag)
{
	struct mice_session *s;

	hash_for_each_possible(mn->by_tag, s, by_tag, mice_get32(tag))
		if (!memcmp(s->agent.tag, tag, sizeof(s->agent.tag)))
			return s;
	return NULL;
}

/* ------------------------------------------------------ the agent's world */

static int agent_send(struct mice_agent *a, const struct mice_addr *from,
		      const struct mice_addr *to, const u8 *p, unsigned int len)
{
	return mice_udp_send(session_of(a)->mn, from, to, p, len);
}

static void agent_random(struct mice_agent *a, void *p, unsigned int len)
{
	get_random_bytes(p, len);
}

static bool agent_may_answer(struct mice_agent *a, const struct mice_addr *to)
{
	return error_allowed(session_of(a)->mn, to);
}

static void agent_count(struct mice_agent *a, enum mice_agent_stat stat)
{
	MICE_AGENT_INC(session_of(a)->mn, stat);
}

/* Who makes another offer when no pair works? Both ends would be one too many,
 * but the one that is not asked to begin may be the one that has moved.
 */
static bool asks_again(const struct mice_session *s)
{
	return !(s->flags & MIP6_ICE_PEER_FLAGS_MANUAL) &&
	       (s->flags & MIP6_ICE_PEER_FLAGS_INITIATE || s->we_offered);
}

/* Only notes: the agent is in the middle of something. */
static void agent_event(struct mice_agent *a, enum mice_event ev,
			const struct mice_pair *p)
{
	static const u8 events[] = {
		[MICE_EV_VALID]		= MIP6_ICE_EVENT_VALID,
		[MICE_EV_SELECTED]	= MIP6_ICE_EVENT_SELECTED,
		[MICE_EV_FAILED]	= MIP6_ICE_EVENT_FAILED,
		[MICE_EV_ROLE]		= MIP6_ICE_EVENT_ROLE,
		[MICE_EV_CONSENT_LOST]	= MIP6_ICE_EVENT_CONSENT_LOST,
		[MICE_EV_PATH_LOST]	= MIP6_ICE_EVENT_PATH_LOST,
	};
	struct mice_session *s = session_of(a);

	if (asks_again(s)) {
		if (ev == MICE_EV_FAILED)
			s->again_at = mice_now() + MICE_SILENCE * 1000;
		else if (ev == MICE_EV_CONSENT_LOST)
			s->again_at = mice_now();
	}
	if (ev == MICE_EV_SELECTED) {
		/* A check of the peer's has found what ours had not: nothing to
		 * ask for any more.
		 */
		if (s->again_at > mice_now())
			s->again_at = MICE_NEVER;
		mice_binding_selected(s);
	}
	mice_trace_state(s);
	mice_netlink_event(s, events[ev], p);
}

static const struct mice_agent_ops agent_ops = {
	.send		= agent_send,
	.random		= agent_random,
	.may_answer	= agent_may_answer,
	.event		= agent_event,
	.count		= agent_count,
};

/* ------------------------------------------------------------- new runs */

static void set_ufrag(struct mice_session *s, struct mice_ufrag *u)
{
	struct mice_net *mn = s->mn;

	if (u->hashed)
		hash_del(&u->node);
	/* 16 bits are few: unique in the namespace, never random alone. */
	do {
		get_random_bytes(&u->ufrag, sizeof(u->ufrag));
	} while (find_ufrag(mn, u->ufrag));
	u->s = s;
	u->hashed = true;
	hash_add(mn->by_ufrag, &u->node, u->ufrag);
}

static int set_key(struct mice_session *s, struct mice_hmac *key, const u8 *pwd)
{
	char text[MICE_PWD_TEXT];
	int err;

	mice_pwd_text(pwd, text);
	err = mice_hmac_setkey(key, text, sizeof(text));
	memzero_explicit(text, sizeof(text));
	if (err)
		MICE_INC(s->mn, KeyFailed);
	return err;
}

/* A place that neither this run nor the one of an old path uses. */
static u8 free_place(const struct mice_session *s)
{
	u8 i;

	for (i = 0; i == s->cur || s->own_key[i] == s->agent.past.own.key; i++)
		;
	return i;
}

/* New credentials, all of them or none; what was selected stays (RFC 5245
 * 9.1.1.1).
 */
static int new_run(struct mice_session *s, bool controlling)
{
	u8 next = free_place(s), pwd[MICE_PWD_LEN], tag[4];
	struct mice_net *mn = s->mn;
	int err;

	get_random_bytes(pwd, sizeof(pwd));
	err = set_key(s, s->own_key[next], pwd);
	if (!err)
		memcpy(s->pwd, pwd, sizeof(pwd));
	memzero_explicit(pwd, sizeof(pwd));
	if (err)
		return err;
	set_ufrag(s, &s->ufrags[next]);
	s->cur = next;

	do {
		get_random_bytes(tag, sizeof(tag));
	} while (find_tag(mn, tag));
	if (s->tagged)
		hash_del(&s->by_tag);
	s->tagged = true;
	mice_conf(mn, &s->agent.conf);
	mice_agent_restart(&s->agent, s->ufrags[next].ufrag, s->own_key[next],
			   tag, controlling);
	s->agent.role_open = s->flags & MIP6_ICE_PEER_FLAGS_MANUAL;
	hash_add(mn->by_tag, &s->by_tag, mice_get32(tag));
	mice_ways_forget(s);
	s->n_gathers = 0;
	MICE_INC(mn, Restarts);
	return 0;
}

/* The peer's credentials and candidates are here. */
static int take_remote(struct mice_session *s, const struct mice_offer *offer,
		       bool controlling)
{
	/* The other one may be that of an old path. */
	struct mice_hmac *key = s->peer_key[s->agent.past.peer.key ==
					    s->peer_key[0]];
	int err = set_key(s, key, offer->pwd);

	if (err)
		return err;
	mice_agent_remote(&s->agent, mice_now(), offer, key, controlling);
	s->signal = MICE_SIG_DONE;
	s->again_at = MICE_NEVER;
	return 0;
}

/* ------------------------------------------------------------- messages */

static void send_mh(struct mice_session *s, const struct mice_mh *mh,
		    const struct mice_offer *offer)
{
	struct mice_net *mn = s->mn;
	struct mice_mh_fmt fmt = mice_fmt(mn);
	unsigned int len;

	len = mice_mh_build(mn->out, sizeof(mn->out), &fmt, mh, offer, true);
	if (!WARN_ON_ONCE(!len))
		mice_mh_send(mn, &s->home, &s->peer, mn->out, len);
}

/* Our side as an offer or answer, in mn->made. */
struct mice_offer *mice_session_describe(struct mice_session *s)
{
	struct mice_offer *o = &s->mn->made;

	mice_offer_init(o, 0);
	o->ufrag = s->ufrags[s->cur].ufrag;
	memcpy(o->pwd, s->pwd, sizeof(o->pwd));
	mice_agent_describe(&s->agent, o);
	return o;
}

/*
 * B5.2: CoTI-ICE beside HoTI, both through the home agents. RFC 6275 11.8: each time
 * with new cookies. The correspondent answers a HoTI only beside a CoTI-ICE, so that
 * goes again also where the token of the other is all that is missing.
 */
static void send_offer(struct mice_session *s)
{
	struct mice_mh hoti = {
		.kind = MICE_MSG_HOTI, .cookie = s->hoti_cookie };
	struct mice_mh coti = {
		.kind = MICE_MSG_COTI_ICE, .cookie = s->coti_cookie };

	if (!s->have_home) {
		get_random_bytes(s->hoti_cookie, sizeof(s->hoti_cookie));
		MICE_INC(s->mn, HoTIOut);
		send_mh(s, &hoti, NULL);
	}
	get_random_bytes(s->coti_cookie, sizeof(s->coti_cookie));
	MICE_INC(s->mn, OfferOut);
	send_mh(s, &coti, mice_session_describe(s));
}

static void answer_with(struct mice_session *s, const struct mice_offer *offer)
{
	struct mice_mh cot = {
		.kind = MICE_MSG_COT_ICE, .cookie = s->offer_cookie };
	u8 token[MICE_TOKEN_LEN];

	cot.nonce = mice_rr_index(s->mn);
	cot.token = token;
	if (mice_rr_token(s->mn, &s->peer, cot.nonce, MICE_TOKEN_ICE, token)) {
		MICE_INC(s->mn, KeyFailed);
		return;
	}
	MICE_INC(s->mn, AnswerOut);
	send_mh(s, &cot, offer);
}

static void send_answer(struct mice_session *s)
{
	answer_with(s, mice_session_describe(s));
}

/* RFC 5245 5.1 and D11, flag M: no ICE; the home-agent path stays. */
static void send_mismatch(struct mice_session *s)
{
	struct mice_offer *o = &s->mn->made;

	mice_offer_init(o, 0);
	o->ufrag = s->ufrags[s->cur].ufrag;
	memcpy(o->pwd, s->pwd, sizeof(o->pwd));
	o->lite = s->agent.conf.lite;
	o->mismatch = true;
	MICE_INC(s->mn, MismatchOut);
	answer_with(s, o);
}

/* ------------------------------------------------------- state machine */

static void go_silent(struct mice_session *s, enum mip6_ice_event ev)
{
	s->signal = MICE_SIG_SILENT;
	s->retry_at = MICE_NEVER;
	s->again_at = mice_now() + MICE_SILENCE * 1000;
	mice_trace_state(s);
	mice_netlink_event(s, ev, NULL);
}

/* What belongs to the exchange before. */
static void forget_exchange(struct mice_session *s, bool we_offer)
{
	s->we_offered = we_offer;
	s->have_home = false;
	s->have_careof = false;
	s->refreshing = false;
	s->tokens_at = MICE_NEVER;
	s->bu_at = MICE_NEVER;
	s->retry_at = MICE_NEVER;
	s->again_at = MICE_NEVER;
}

static void start_offer(struct mice_session *s)
{
	if (new_run(s, true)) {
		s->move_at = mice_now() + MICE_RETRY_MAX * 1000;
		return;
	}
	forget_exchange(s, true);
	s->move_at = MICE_NEVER;
	s->signal = MICE_SIG_GATHER_OFFER;
	mice_trace_state(s);
	mice_gather_start(s, mice_now());
}

/* RFC 6275 11.8: repeat, each time after twice as long, up to 32 seconds. */
static void repeat_offer(struct mice_session *s, u64 now)
{
	if (s->retry_wait > MICE_RETRY_MAX) {
		MICE_INC(s->mn, Silent);
		/* Only tokens were missing: the pair stays as it is. */
		if (s->refreshing || s->signal == MICE_SIG_DONE) {
			s->refreshing = false;
			s->tokens_at = now + MICE_SILENCE * 1000;
			return;
		}
		go_silent(s, MIP6_ICE_EVENT_SILENT);
		return;
	}
	send_offer(s);
	s->retry_at = now + s->retry_wait * 1000;
	s->retry_wait *= 2;
}

static void gathered(struct mice_session *s, u64 now)
{
	bool lite = s->agent.conf.lite;

	if (s->flags & MIP6_ICE_PEER_FLAGS_MANUAL)
		return;
	if (s->signal == MICE_SIG_GATHER_OFFER) {
		s->signal = MICE_SIG_OFFERED;
		mice_trace_state(s);
		s->retry_wait = MICE_RETRY_FIRST;
		repeat_offer(s, now);
	} else if (s->signal == MICE_SIG_GATHER_ANSWER) {
		if (!take_remote(s, &s->offer,
			    mice_agent_role(false, lite, s->offer.lite) > 0))
			send_answer(s);
	}
}

/* Do addresses and routes begin a new run? With manual signalling user space does. */
static bool watched(const struct mice_session *s)
{
	return !(s->flags & MIP6_ICE_PEER_FLAGS_MANUAL) &&
	       s->signal != MICE_SIG_IDLE;
}

/* All that is due; then the work is set to the next time. */
static void run(struct mice_session *s)
{
	u64 now = mice_now(), due;

	lockdep_assert_held(&s->mn->lock);
	/* Its timer waited for the lock while it was taken out of the tables: it
	 * must not get into them again.
	 */
	if (s->dead)
		return;
	mice_trace_state(s);
	if (now >= s->move_at) {
		s->move_at = now + 1000;
		if (restart_allowed(s))
			start_offer(s);
	}
	if (now >= s->again_at) {
		s->again_at = MICE_NEVER;
		start_offer(s);
	}
	if (now >= s->tokens_at && s->we_offered) {
		MICE_INC(s->mn, Refreshes);
		mice_binding_refresh(s);
	}
	if (now >= s->retry_at) {
		s->retry_at = MICE_NEVER;
		repeat_offer(s, now);
	}
	due = mice_gather_tick(s, now);
	if (mice_gather_done(s))
		gathered(s, now);
	due = min(due, mice_agent_tick(&s->agent, now));
	due = min(due, mice_binding_tick(s, now));
	mice_trace_state(s);
	if (watched(s))
		mice_ways_learn(s);
	due = min(due, s->retry_at);
	due = min(due, s->again_at);
	due = min(due, s->tokens_at);
	due = min(due, s->move_at);
	if (due == MICE_NEVER)
		return;
	due = due > now ? min_t(u64, due - now, 3600 * 1000) : 0;
	mod_delayed_work(mice_wq, &s->work, max(msecs_to_jiffies(due), 1UL));
}

static void session_work(struct work_struct *work)
{
	struct mice_session *s = container_of(to_delayed_work(work),
					      struct mice_session, work);

	mutex_lock(&s->mn->lock);
	run(s);
	mutex_unlock(&s->mn->lock);
}

/* ------------------------------------------------- Mobility Headers in */

/* A relayed candidate has to be where the offer came from, DESIGN-M-ICE. */
static bool mismatch(const struct mice_session *s, const struct mice_offer *o)
{
	return o->has_relayed &&
	       (o->relayed_differ || o->relayed.ver != 6 ||
		memcmp(o->relayed.ip, &s->peer, sizeof(s->peer)));
}

/* Credentials that we have answered, or are about to. */
static bool repeated(const struct mice_session *s, const struct mice_offer *o)
{
	return (s->signal == MICE_SIG_DONE ||
		s->signal == MICE_SIG_GATHER_ANSWER) &&
	       s->offer.n_opts && s->offer.ufrag == o->ufrag &&
	       !memcmp(s->offer.pwd, o->pwd, sizeof(o->pwd));
}

static void send_home_test(struct mice_session *s, const u8 *cookie)
{
	struct mice_mh hot = { .kind = MICE_MSG_HOT, .cookie = cookie };
	u8 token[MICE_TOKEN_LEN];

	s->offer_at = MICE_NEVER;
	hot.nonce = mice_rr_index(s->mn);
	hot.token = token;
	if (mice_rr_token(s->mn, &s->peer, hot.nonce, MICE_TOKEN_HOME, token)) {
		MICE_INC(s->mn, KeyFailed);
		return;
	}
	MICE_INC(s->mn, HoTOut);
	send_mh(s, &hot, NULL);
}

/* Did this happen within HOME_TEST_WAIT? */
static bool just_now(u64 at)
{
	return at != MICE_NEVER && mice_now() - at <= HOME_TEST_WAIT;
}

/*
 * A HoTI says nothing of ICE. It may be one of a Mobile IPv6 daemon's: the daemon at
 * this end answers that, and with our token besides the peer's Binding Update would
 * fail. Ours is beside a CoTI-ICE, before it or behind, one for each; a stranger's
 * must not take its place.
 */
static void home_test_asked(struct mice_session *s, const struct mice_mh *hoti,
			    bool stranger)
{
	if (stranger) {
		MICE_INC(s->mn, MhUdpRefused);
		return;
	}
	MICE_INC(s->mn, HoTIIn);
	if (just_now(s->offer_at)) {
		send_home_test(s, hoti->cookie);
		return;
	}
	memcpy(s->home_test, hoti->cookie, sizeof(s->home_test));
	s->home_test_at = mice_now();
}

/* An offer is taken, or repeated. */
static void offer_taken(struct mice_session *s)
{
	s->offer_at = mice_now();
	if (just_now(s->home_test_at))
		send_home_test(s, s->home_test);
	s->home_test_at = MICE_NEVER;
}

static void offer_came(struct mice_session *s, const struct mice_mh *mh,
		       const struct mice_offer *o)
{
	bool ours_stands = s->signal == MICE_SIG_GATHER_OFFER ||
			   s->signal == MICE_SIG_OFFERED;

	MICE_INC(s->mn, OfferIn);
	if (ours_stands && memcmp(&s->home, &s->peer, sizeof(s->home)) > 0) {
		MICE_INC(s->mn, OfferGlare);
		return;
	}
	if (repeated(s, o)) {
		MICE_INC(s->mn, OfferRepeat);
		if (!mice_session_may_answer(s))
			return;
		offer_taken(s);
		memcpy(s->offer_cookie, mh->cookie, MICE_COOKIE_LEN);
		if (s->signal == MICE_SIG_DONE)
			send_answer(s);
		return;
	}
	/* The lower home address yields: it answers with what it offered. */
	if (!ours_stands &&
	    (!restart_allowed(s) || new_run(s, false)))
		return;
	offer_taken(s);
	memcpy(s->offer_cookie, mh->cookie, MICE_COOKIE_LEN);
	forget_exchange(s, false);
	/* What the sysctl says now: new_run() has read it. */
	if ((s->agent.conf.lite && o->lite) || mismatch(s, o)) {
		s->offer.n_opts = 0;
		/* Nothing was gathered for this run: that is no change. */
		mice_gather_look(s->mn);
		s->addr_hash = s->mn->addr_hash;
		send_mismatch(s);
		go_silent(s, MIP6_ICE_EVENT_MISMATCH);
		return;
	}
	s->offer = *o;
	s->offer.options = NULL;
	if (!ours_stands) {
		s->move_at = MICE_NEVER;
		mice_gather_start(s, mice_now());
	}
	s->signal = MICE_SIG_GATHER_ANSWER;
}

/* Is it only tokens that CoT-ICE shall bring? */
static bool tokens_alone(const struct mice_session *s)
{
	return s->refreshing || (s->signal == MICE_SIG_DONE && s->we_offered &&
				 !s->have_home);
}

/*
 * Does an answer to our last offer mean anything? A Mobile IPv6 daemon at the peer
 * refuses what it does not know with a Binding Error (RFC 6275 9.2), and anybody
 * may send one: the answer with our cookie is right all the same.
 */
static bool answer_awaited(const struct mice_session *s)
{
	return s->signal == MICE_SIG_OFFERED || tokens_alone(s) ||
	       (s->signal == MICE_SIG_SILENT && s->we_offered &&
		!s->have_careof);
}

static void answer_came(struct mice_session *s, const struct mice_mh *mh,
			const struct mice_offer *o)
{
	bool lite = s->agent.conf.lite;
	int role = mice_agent_role(true, lite, o->lite);

	if (!answer_awaited(s) ||
	    memcmp(mh->cookie, s->coti_cookie, MICE_COOKIE_LEN)) {
		MICE_INC(s->mn, MhUnexpected);
		return;
	}
	MICE_INC(s->mn, AnswerIn);
	/* A peer that has lost its state, or moved: tokens alone would not do. */
	if (tokens_alone(s) && (s->offer.ufrag != o->ufrag ||
				memcmp(s->offer.pwd, o->pwd, sizeof(o->pwd)))) {
		MICE_INC(s->mn, AnswerChanged);
		s->move_at = mice_now();
		return;
	}
	memcpy(s->careof_token, mh->token, MICE_TOKEN_LEN);
	s->careof_nonce = mh->nonce;
	s->have_careof = true;
	if (tokens_alone(s)) {
		mice_binding_tokens(s);
		return;
	}
	if (o->mismatch || role < 0) {
		MICE_INC(s->mn, MismatchIn);
		go_silent(s, MIP6_ICE_EVENT_MISMATCH);
		return;
	}
	s->offer = *o;
	s->offer.options = NULL;
	take_remote(s, o, role > 0);
	mice_binding_tokens(s);
	/* HoT is missing: asked for on, also where a refusal had ended that. */
	if (!s->have_home && s->retry_at == MICE_NEVER)
		s->retry_at = mice_now() + s->retry_wait * 1000;
}

static void home_test_came(struct mice_session *s, const struct mice_mh *mh)
{
	if (s->have_home || !s->we_offered ||
	    memcmp(mh->cookie, s->hoti_cookie, MICE_COOKIE_LEN)) {
		MICE_INC(s->mn, MhUnexpected);
		return;
	}
	MICE_INC(s->mn, HoTIn);
	memcpy(s->home_token, mh->token, MICE_TOKEN_LEN);
	s->home_nonce = mh->nonce;
	s->have_home = true;
	mice_binding_tokens(s);
}

/* RFC 6275 9.4.1 and 9.4.3, without a state. */
static void binding_error_came(struct mice_session *s, const struct mice_mh *mh)
{
	if (s->signal != MICE_SIG_OFFERED || mh->status != MICE_BE_UNKNOWN_MH) {
		MICE_INC(s->mn, MhUnexpected);
		return;
	}
	MICE_INC(s->mn, BindingErrorIn);
	go_silent(s, MIP6_ICE_EVENT_SILENT);
}

/*
 * A node that knows no Mobility Header has refused our offer, or HoTI. The cookie
 * shows that it, or somebody on the way, has seen the message.
 */
void mice_session_refused(struct mice_net *mn, const struct mice_refusal *r)
{
	struct mice_session *s = mice_session_find(mn, &r->home, &r->peer);

	if (!s || s->signal != MICE_SIG_OFFERED ||
	    (memcmp(r->cookie, s->coti_cookie, sizeof(r->cookie)) &&
	     memcmp(r->cookie, s->hoti_cookie, sizeof(r->cookie)))) {
		MICE_INC(mn, MhUnexpected);
		return;
	}
	MICE_INC(mn, RefusalIn);
	go_silent(s, MIP6_ICE_EVENT_SILENT);
	run(s);
}

/*
 * In UDP a message may come from anywhere. HoT and CoT-ICE show our cookie, BU and BA
 * have an authenticator: these are taken. A CoTI-ICE, HoTI or Binding Error shows
 * nothing, and the path to the home
 * address is not at hand to vouch for it: whoever could send one would begin a new
 * run with candidates of his own, or end ours. A check that came over that pair
 * does not do: it may be a captured one.
 */
static bool from_anywhere(const struct mice_session *s, u8 kind,
			  const struct mice_addr *to,
			  const struct mice_addr *from)
{
	if (kind != MICE_MSG_COTI_ICE && kind != MICE_MSG_BE)
		return true;	/* HoTI: home_test_asked() */
	return mice_agent_answered(&s->agent, to, from);
}

static void count_offer(struct mice_net *mn, const struct mice_offer *o)
{
	MICE_ADD(mn, OptionBad, o->n_bad);
	MICE_ADD(mn, CandSkipped, o->n_skipped);
	MICE_ADD(mn, CandOver, o->n_over);
}

/* A message of @s; @to and @from are NULL unless it came in UDP. */
static void message(struct mice_session *s, const struct mice_addr *to,
		    const struct mice_addr *from, const u8 *p,
		    unsigned int len)
{
	struct mice_net *mn = s->mn;
	struct mice_mh_fmt fmt = mice_fmt(mn);
	struct mice_offer *o = &mn->read;
	struct mice_mh mh;

	mice_offer_init(o, READ_ONCE(mn->knobs.max_candidates));
	if (mice_mh_parse(p, len, &fmt, &mh, o) != MICE_MH_OK) {
		MICE_INC(mn, MhMalformed);
		return;
	}
	if (from && !from_anywhere(s, mh.kind, to, from)) {
		MICE_INC(mn, MhUdpRefused);
		return;
	}
	count_offer(mn, o);
	/* Options that disagree spoil any message, none at all these two. */
	if (o->conflict ||
	    ((mh.kind == MICE_MSG_COTI_ICE || mh.kind == MICE_MSG_COT_ICE) &&
	     !mice_offer_usable(o))) {
		MICE_INC(mn, OptionNone);
		return;
	}
	switch (mh.kind) {
	case MICE_MSG_HOTI:
		home_test_asked(s, &mh, from && !mice_agent_answered(&s->agent, to, from));
		break;
	case MICE_MSG_HOT:
		home_test_came(s, &mh);
		break;
	case MICE_MSG_COTI_ICE:
		offer_came(s, &mh, o);
		break;
	case MICE_MSG_COT_ICE:
		answer_came(s, &mh, o);
		break;
	case MICE_MSG_BU:
		mice_binding_update(s, to, from, p, &mh, o);
		break;
	case MICE_MSG_BA:
		mice_binding_ack(s, p, &mh, o);
		break;
	case MICE_MSG_BE:
		binding_error_came(s, &mh);
		break;
	}
	run(s);
}

/**
 * mice_session_mh() - a Mobility Header came over the home-agent path
 * @mn: namespace, under its lock
 * @to: its destination, one of our home addresses if it is for us
 * @from: its source
 * @p: the message, its checksum right
 * @len: octets there
 */
void mice_session_mh(struct mice_net *mn, const struct in6_addr *to,
		     const struct in6_addr *from, const u8 *p,
		     unsigned int len)
{
	struct mice_session *s = mice_session_find(mn, to, from);

	if (s && !(s->flags & MIP6_ICE_PEER_FLAGS_MANUAL))
		message(s, NULL, NULL, p, len);
	else
		MICE_INC(mn, MhNoPeer);
}

/**
 * mice_session_mh_udp() - a Mobility Header came in UDP
 * @mn: namespace, under its lock
 * @to: our address
 * @from: its source, whatever it is
 * @p: the message
 * @len: octets there
 *
 * It is for the session between whose home addresses its checksum is right
 * (D12). Two sessions may have addresses of the same sum: both get it, and cookie
 * or authenticator tell. What fits none costs a look into a table and is no part
 * of the limit, or strangers would use it up.
 */
void mice_session_mh_udp(struct mice_net *mn, const struct mice_addr *to,
			 const struct mice_addr *from, const u8 *p,
			 unsigned int len)
{
	struct mice_session *s;
	bool found = false;
	u16 rest;

	lockdep_assert_held(&mn->lock);
	if (!mice_mh_len(p, len))
		return;
	rest = mice_mh_sum_rest(p);
	hash_for_each_possible(mn->by_sum, s, by_sum, rest)
		if (!(s->flags & MIP6_ICE_PEER_FLAGS_MANUAL) &&
		    mice_mh_sum_ok(p, (u8 *)&s->home, (u8 *)&s->peer)) {
			found = true;
			if (take(&mn->mh_udp, MH_UDP_RATE))
				message(s, to, from, p, len);
			else
				MICE_INC(mn, MhLimit);
		}
	if (!found)
		MICE_INC(mn, MhBadChecksum);
}

/* ------------------------------------------------------------- STUN in */

/* No answer that is longer than the question: nobody is flooded through us. */
static void refuse(struct mice_net *mn, const struct mice_addr *to,
		   const struct mice_addr *from, const struct mice_stun *msg,
		   unsigned int room, unsigned int code)
{
	u8 p[MICE_STUN_ROOM];
	unsigned int len = mice_stun_error(p, sizeof(p), msg, code, NULL);

	if (!len || len > room) {
		MICE_INC(mn, StunErrorLimit);
		return;
	}
	if (!error_allowed(mn, from))
		return;
	MICE_INC(mn, StunErrorOut);
	mice_udp_send(mn, to, from, p, len);
}

/* Home-agent role: the Binding usage of RFC 5389 for whoever asks. */
static void serve(struct mice_net *mn, const struct mice_addr *to,
		  const struct mice_addr *from, const struct mice_stun *msg,
		  unsigned int room)
{
	u8 p[MICE_STUN_ROOM];
	struct mice_stun_buf b;
	unsigned int len;

	if (!READ_ONCE(mn->knobs.home_agent)) {
		MICE_INC(mn, StunNotServed);
		return;
	}
	/* The source may be false: one of them leaves room for others. */
	if (!take(bucket_of(mn, mn->served_by, from),
		  DIV_ROUND_UP(READ_ONCE(mn->knobs.stun_rate), SERVE_SHARE)) ||
	    !take(&mn->served, READ_ONCE(mn->knobs.stun_rate))) {
		MICE_INC(mn, StunServeLimit);
		return;
	}
	if (msg->n_unknown || msg->malformed) {
		refuse(mn, to, from, msg, room, msg->n_unknown ? 420 : 400);
		return;
	}
	mice_stun_begin(&b, p, sizeof(p), MICE_STUN_SUCCESS, msg->txid);
	mice_stun_put_mapped(&b, from);
	len = mice_stun_end(&b, NULL);
	/* Nobody is flooded through us; our own requests are long enough. */
	if (len > room && !READ_ONCE(mn->knobs.stun_short)) {
		MICE_INC(mn, StunShort);
		return;
	}
	MICE_INC(mn, StunServed);
	mice_udp_send(mn, to, from, p, len);
}

static void request_came(struct mice_net *mn, const struct mice_addr *to,
			 const struct mice_addr *from, const u8 *p,
			 unsigned int len, const struct mice_stun *msg)
{
	const u16 both = MICE_HAS_USERNAME | MICE_HAS_INTEGRITY;
	struct mice_session *s = NULL;
	u16 ufrag;

	if (!(msg->has & both)) {
		serve(mn, to, from, msg, len);
		return;
	}
	/* RFC 5389 10.1.2 */
	if ((msg->has & both) != both) {
		refuse(mn, to, from, msg, len, 400);
		return;
	}
	if (msg->username_len > MICE_UFRAG_TEXT &&
	    msg->username[MICE_UFRAG_TEXT] == ':' &&
	    mice_ufrag_parse(msg->username, MICE_UFRAG_TEXT, &ufrag))
		s = find_ufrag(mn, ufrag);
	if (!s) {
		refuse(mn, to, from, msg, len, 401);
		return;
	}
	mice_agent_input(&s->agent, mice_now(), to, from, p, msg);
	run(s);
}

/**
 * mice_session_stun() - a STUN message came
 * @mn: namespace, under its lock
 * @to: our address that it came to
 * @from: its source
 * @p: the message
 * @len: its octets
 * @msg: mice_stun_parse() of it
 */
void mice_session_stun(struct mice_net *mn, const struct mice_addr *to,
		       const struct mice_addr *from, const u8 *p,
		       unsigned int len, const struct mice_stun *msg)
{
	struct mice_session *s;

	lockdep_assert_held(&mn->lock);
	switch (msg->type) {
	case MICE_STUN_REQUEST:
		request_came(mn, to, from, p, len, msg);
		break;
	case MICE_STUN_SUCCESS:
	case MICE_STUN_ERROR:
		s = find_tag(mn, msg->txid);
		if (!s) {
			MICE_INC(mn, StunNoSession);
			break;
		}
		if (!mice_gather_input(s, from, msg))
			mice_agent_input(&s->agent, mice_now(), to, from, p,
					 msg);
		run(s);
		break;
	case MICE_STUN_INDICATION:
		MICE_INC(mn, StunIndication);
		break;
	default:
		MICE_INC(mn, StunOther);
	}
}

/* ------------------------------------------------------------- lifetime */

static void session_free(struct mice_session *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(s->own_key); i++)
		mice_hmac_free(s->own_key[i]);
	for (i = 0; i < ARRAY_SIZE(s->peer_key); i++)
		mice_hmac_free(s->peer_key[i]);
	mice_hmac_free(s->kbm_key);
	kvfree_sensitive(s, sizeof(*s));
}

static bool alloc_keys(struct mice_hmac **keys, unsigned int n)
{
	while (n--) {
		keys[n] = mice_hmac_alloc();
		if (!keys[n])
			return false;
	}
	return true;
}

static struct mice_session *session_alloc(struct mice_net *mn)
{
	/* Charged to whoever asks for it: he may be root of a container. */
	struct mice_session *s = kvzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	struct mice_agent_conf conf;
	bool all;

	if (!s)
		return NULL;
	s->mn = mn;
	s->kbm_key = mice_hmac_alloc();
	all = s->kbm_key && alloc_keys(s->own_key, ARRAY_SIZE(s->own_key)) &&
	      alloc_keys(s->peer_key, ARRAY_SIZE(s->peer_key));
	if (!all) {
		session_free(s);
		return NULL;
	}
	mice_conf(mn, &conf);
	mice_agent_init(&s->agent, &agent_ops, &conf);
	INIT_DELAYED_WORK(&s->work, session_work);
	s->retry_at = MICE_NEVER;
	s->again_at = MICE_NEVER;
	s->tokens_at = MICE_NEVER;
	s->bu_at = MICE_NEVER;
	s->move_at = MICE_NEVER;
	get_random_bytes(&s->bu_seq, sizeof(s->bu_seq));
	s->restarts = BURST;
	s->restart_at = mice_now();
	s->answers = BURST;
	s->answer_at = mice_now();
	s->home_test_at = MICE_NEVER;
	s->offer_at = MICE_NEVER;
	return s;
}

/* Out of the tables: nobody finds it any more. */
static void unhash(struct mice_session *s)
{
	unsigned int i;

	hash_del(&s->by_pair);
	hash_del(&s->by_home);
	hash_del(&s->by_sum);
	if (s->tagged)
		hash_del(&s->by_tag);
	for (i = 0; i < ARRAY_SIZE(s->ufrags); i++)
		if (s->ufrags[i].hashed)
			hash_del(&s->ufrags[i].node);
	WRITE_ONCE(s->mn->n_sessions, s->mn->n_sessions - 1);
	s->dead = true;
}

/* A home agent keeps its sockets without a session. */
static void close_unused(struct mice_net *mn)
{
	if (!mn->n_sessions && !READ_ONCE(mn->knobs.home_agent))
		mice_sockets_close(mn);
}

/**
 * mice_session_add() - begin a session
 * @mn: namespace, under its lock
 * @home: our home address
 * @peer: the peer's
 * @flags: MIP6_ICE_PEER_FLAGS_*
 * @server: STUN server; ver 0: none
 * @extack: what went wrong
 *
 * Return: the session or an ERR_PTR().
 */
struct mice_session *mice_session_add(struct mice_net *mn,
				      const struct in6_addr *home,
				      const struct in6_addr *peer, u32 flags,
				      const struct mice_addr *server,
				      struct netlink_ext_ack *extack)
{
	struct mice_session *s;
	int err;

	lockdep_assert_held(&mn->lock);
	if (mice_session_find(mn, home, peer)) {
		NL_SET_ERR_MSG(extack, "there is a session of these addresses");
		return ERR_PTR(-EEXIST);
	}
	if (mn->n_sessions >= READ_ONCE(mn->knobs.max_peers)) {
		NL_SET_ERR_MSG(extack, "net.mip6_ice.max_peers is reached");
		return ERR_PTR(-ENOSPC);
	}
	if (ipv6_addr_loopback(home) || ipv6_addr_is_multicast(home) ||
	    ipv6_addr_any(home) || ipv6_addr_type(home) & IPV6_ADDR_LINKLOCAL) {
		NL_SET_ERR_MSG(extack, "home is no home address");
		return ERR_PTR(-EINVAL);
	}
	if (!(flags & MIP6_ICE_PEER_FLAGS_MANUAL) &&
	    !ipv6_chk_addr(mn->net, home, NULL, 0)) {
		NL_SET_ERR_MSG(extack, "home is no address of this namespace");
		return ERR_PTR(-EADDRNOTAVAIL);
	}
	err = mice_sockets_open(mn, extack);
	if (err)
		return ERR_PTR(err);
	s = session_alloc(mn);
	if (!s) {
		close_unused(mn);
		NL_SET_ERR_MSG(extack, "there is no memory for a session");
		return ERR_PTR(-ENOMEM);
	}
	s->home = *home;
	s->peer = *peer;
	s->flags = flags;
	s->server = *server;
	hash_add(mn->by_pair, &s->by_pair, pair_hash(mn, home, peer));
	hash_add(mn->by_home, &s->by_home, home_hash(mn, (u8 *)home));
	hash_add(mn->by_sum, &s->by_sum,
		 mice_mh_pair_sum((u8 *)home, (u8 *)peer));
	WRITE_ONCE(mn->n_sessions, mn->n_sessions + 1);
	if (flags & (MIP6_ICE_PEER_FLAGS_INITIATE | MIP6_ICE_PEER_FLAGS_MANUAL))
		start_offer(s);
	run(s);
	return s;
}

int mice_session_del(struct mice_net *mn, const struct in6_addr *home,
		     const struct in6_addr *peer)
{
	struct mice_session *s;

	mutex_lock(&mn->lock);
	s = mice_session_find(mn, home, peer);
	if (s) {
		unhash(s);
		close_unused(mn);
	}
	mutex_unlock(&mn->lock);
	if (!s)
		return -ENOENT;
	/* Nobody but the work itself may still hold it. */
	cancel_delayed_work_sync(&s->work);
	session_free(s);
	return 0;
}

void mice_session_del_all(struct mice_net *mn)
{
	struct in6_addr home, peer;
	struct mice_session *s;
	unsigned int i;
	bool found;

	do {
		found = false;
		mutex_lock(&mn->lock);
		hash_for_each(mn->by_pair, i, s, by_pair) {
			home = s->home;
			peer = s->peer;
			found = true;
			break;
		}
		mutex_unlock(&mn->lock);
		if (found)
			mice_session_del(mn, &home, &peer);
	} while (found);
}

/**
 * mice_session_look() - addresses or routes may be others
 * @mn: namespace, under its lock
 *
 * Each session that has begun, and for which they are, offers anew.
 *
 * Return: whether there was one.
 */
bool mice_session_look(struct mice_net *mn)
{
	unsigned int i, addresses = 0, routes = 0;
	struct mice_session *s;

	lockdep_assert_held(&mn->lock);
	mice_gather_look(mn);
	hash_for_each(mn->by_pair, i, s, by_pair) {
		cond_resched();
		if (!watched(s))
			continue;
		if (mice_gather_changed(s))
			addresses = 1;
		else if (mice_ways_changed(s))
			routes = 1;
		else
			continue;
		s->move_at = mice_now();
		run(s);
	}
	MICE_ADD(mn, AddressesChanged, addresses);
	MICE_ADD(mn, RoutesChanged, routes);
	return addresses || routes;
}

/* On command: a new offer; a session that only answers becomes the offerer. */
void mice_session_restart(struct mice_session *s)
{
	start_offer(s);
	run(s);
}

/**
 * mice_session_remote() - the peer's side, brought by user space
 * @s: manual session, under the lock of its namespace
 * @offer: credentials and candidates
 * @controlling: our role
 * @extack: what went wrong
 *
 * Return: 0; -EINVAL if it is not manual; -EBUSY while it gathers.
 */
int mice_session_remote(struct mice_session *s, const struct mice_offer *offer,
			bool controlling, struct netlink_ext_ack *extack)
{
	int err;

	if (!(s->flags & MIP6_ICE_PEER_FLAGS_MANUAL)) {
		NL_SET_ERR_MSG(extack, "the session is not manual");
		return -EINVAL;
	}
	if (!mice_gather_done(s)) {
		NL_SET_ERR_MSG(extack, "it still asks the STUN server");
		return -EBUSY;
	}
	err = take_remote(s, offer, controlling);
	if (err)
		NL_SET_ERR_MSG(extack, "pwd cannot be made a key");
	run(s);
	return err;
}

enum mip6_ice_state mice_session_state(const struct mice_session *s)
{
	if (s->signal == MICE_SIG_SILENT)
		return MIP6_ICE_STATE_SILENT;
	switch (s->agent.state) {
	case MICE_RUNNING:
		return MIP6_ICE_STATE_CHECKING;
	case MICE_COMPLETED:
		return MIP6_ICE_STATE_COMPLETED;
	case MICE_FAILED_STATE:
		return MIP6_ICE_STATE_FAILED;
	}
	if (s->signal == MICE_SIG_IDLE)
		return MIP6_ICE_STATE_IDLE;
	return s->signal == MICE_SIG_OFFERED ||
	       (s->flags & MIP6_ICE_PEER_FLAGS_MANUAL && mice_gather_done(s)) ?
	       MIP6_ICE_STATE_OFFERED : MIP6_ICE_STATE_GATHERING;
}
