// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/agent.c and checklist.c: an agent that hears anything, in any
 * order, from a peer that knows the password. Each octet of the input is an
 * event with what follows it; the tables stay in order and time goes on.
 */
#include <stdlib.h>

#include "../unit/mice_hmac.h"
#include "mip6_ice/agent.h"

#ifdef FUZZ_MAIN
#define FUZZ_MAX	512
#include "../fuzz/fuzz_main.h"
#endif

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)
#define SEEN		16	/* transactions remembered, to be answered */

static const u8 *in, *end;
static u64 now;
static struct mice_hmac own_key, peer_key;
static u8 seen_id[SEEN][12];
static struct mice_addr seen_to[SEEN], seen_from[SEEN];
static unsigned int n_seen, n_sent, dice;

static u8 take(void)
{
	return in < end ? *in++ : 0;
}

static int do_send(struct mice_agent *a, const struct mice_addr *from,
		   const struct mice_addr *to, const u8 *p, unsigned int len)
{
	struct mice_stun msg;
	unsigned int i = n_seen % SEEN;

	(void)a;
	MUST(len && mice_stun_parse(p, len, &msg));
	MUST(msg.has & MICE_HAS_FINGERPRINT && !msg.malformed);
	if (msg.type == MICE_STUN_REQUEST) {
		MUST(mice_addr_checkable(to));
		memcpy(seen_id[i], msg.txid, 12);
		seen_to[i] = *to;
		seen_from[i] = *from;
		n_seen++;
	}
	n_sent++;
	return n_sent % 31 ? 0 : -1;
}

static void do_random(struct mice_agent *a, void *p, unsigned int len)
{
	u8 *q = p;

	(void)a;
	while (len--)
		*q++ = dice++ * 2654435761u >> 13;
}

static bool do_may_answer(struct mice_agent *a, const struct mice_addr *to)
{
	(void)a;
	(void)to;
	return true;
}

static void do_event(struct mice_agent *a, enum mice_event ev,
		     const struct mice_pair *p)
{
	(void)ev;
	MUST(!p || (p >= a->list.pairs && p < a->list.pairs + a->list.n_pairs));
}

static void do_count(struct mice_agent *a, enum mice_agent_stat stat)
{
	(void)a;
	MUST(stat < __MICE_STAT_MAX);
}

static const struct mice_agent_ops ops = {
	.send = do_send, .random = do_random, .may_answer = do_may_answer,
	.event = do_event, .count = do_count,
};

/* A few addresses, some of them no good. */
static struct mice_addr some_addr(u8 v)
{
	struct mice_addr a = { .ver = v & 1 ? 6 : 4, .port = v >> 4 ? 4191 : 0 };

	memset(a.ip, v >> 1 & 7 ? 0x20 + (v >> 1 & 7) : 0xff, mice_ip_len(a.ver));
	return a;
}

static void check(const struct mice_agent *a)
{
	const struct mice_list *l = &a->list;
	unsigned int i, j, live = 0;

	MUST(l->n_locals <= MICE_LOCALS_MAX && l->n_remotes <= MICE_REMOTES_MAX &&
	     l->n_pairs <= l->max_pairs && a->n_checks <= a->conf.max_checks &&
	     a->n_early <= MICE_EARLY_MAX);
	for (i = 0; i < l->n_pairs; i++) {
		const struct mice_pair *p = &l->pairs[i];

		MUST(p->local < l->n_locals && p->remote < l->n_remotes &&
		     p->mapped < l->n_locals);
		MUST(l->locals[p->local].base == p->local);
		MUST(!p->nominated || p->valid);
		MUST(!p->tx.live || p->state == MICE_IN_PROGRESS);
		MUST(p->state != MICE_IN_PROGRESS || p->tx.live);
		MUST(!p->queued || p->state == MICE_WAITING);
		live += p->use_candidate;
		for (j = 0; j < i; j++)
			MUST(l->pairs[j].local != p->local ||
			     l->pairs[j].remote != p->remote);
	}
	MUST(live <= 1);
	MUST(a->state != MICE_COMPLETED || a->path.set);
}

static void hear(struct mice_agent *a, u8 what)
{
	struct mice_hmac other = hmac_key("x", 1);
	struct mice_stun_buf b;
	struct mice_stun msg;
	struct mice_addr from = some_addr(take()), to = some_addr(take());
	u8 p[256], id[12] = { 0 }, user[9];
	unsigned int len, i = take() % SEEN;
	bool request = !(what & 1);

	if (!request && n_seen && what & 2) {
		memcpy(id, seen_id[i], 12);
		if (what & 4) {
			from = seen_to[i];
			to = seen_from[i];
		}
	}
	mice_stun_begin(&b, p, sizeof(p), request ? MICE_STUN_REQUEST :
			what & 8 ? MICE_STUN_ERROR : MICE_STUN_SUCCESS, id);
	if (request) {
		mice_ufrag_text(a->own.ufrag + (what == 0x80), (char *)user);
		memcpy(user + 4, ":0000", 5);
		mice_stun_put(&b, MICE_ATTR_USERNAME, user, 9);
		if (what & 2)
			mice_stun_put32(&b, MICE_ATTR_PRIORITY, take() << 20);
		if (what & 4)
			mice_stun_put(&b, MICE_ATTR_USE_CANDIDATE, NULL, 0);
		if (what & 0x18)
			mice_stun_put64(&b, what & 8 ? MICE_ATTR_CONTROLLING :
					MICE_ATTR_CONTROLLED,
					(u64)take() << 56);
	} else if (what & 8) {
		mice_stun_put_error(&b, what & 16 ? 487 : 300 + take());
	} else {
		from.port |= 1;
		mice_stun_put_mapped(&b, what & 16 ? &from : &to);
	}
	len = mice_stun_end(&b, what & 0x40 ? &other : request ? &own_key :
			    &peer_key);
	MUST(len && mice_stun_parse(p, len, &msg));
	mice_agent_input(a, now, &to, &from, p, &msg);
}

static void offer_comes(struct mice_agent *a, bool update)
{
	struct mice_offer o;
	unsigned int i;

	mice_offer_init(&o, 0);
	o.n_opts = 1;
	o.n = take() % (MICE_CANDS_MAX + 1);
	o.lite = take() & 1;
	for (i = 0; i < o.n; i++) {
		o.cands[i].type = 1 + take() % 4;
		o.cands[i].addr = some_addr(take());
		o.cands[i].addr.port += i;
		o.cands[i].priority = take() << 22;
	}
	o.has_remote = update;
	o.remote.addr = some_addr(take());
	if (update)
		mice_agent_updated(a, now, &o);
	else
		mice_agent_remote(a, now, &o, &peer_key, take() & 1);
}

static void again(struct mice_agent *a)
{
	static const u8 tag[4] = { 1, 2, 3, 4 };
	struct mice_addr addr;
	unsigned int i, base;

	mice_agent_restart(a, 0x1234 + take(), &own_key, tag, take() & 1);
	for (i = take() % 6; i; i--) {
		addr = some_addr(take());
		base = mice_agent_add_local(a, take() & 3 ? MICE_CAND_HOST :
					    MICE_CAND_RELAYED, &addr, 0,
					    take());
		addr.port++;
		if (base != MICE_NONE && take() & 1)
			mice_agent_add_local(a, MICE_CAND_SRFLX, &addr, base, 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mice_agent a;
	struct mice_agent_conf conf = { 0 };
	struct mice_offer o;
	unsigned int n;
	u64 due;
	u8 what;

	in = data;
	end = data + size;
	now = 1000;
	n_seen = n_sent = dice = 0;
	own_key = hmac_key("own", 3);
	peer_key = hmac_key("peer", 4);
	what = take();
	conf.aggressive = what & 1;
	conf.lite = what & 2 && what & 4;
	conf.consent = what & 8;
	conf.pac = what & 16;
	conf.max_checks = what & 32 ? 5 : 0;
	conf.max_pairs = what & 64 ? 3 : 0;
	mice_agent_init(&a, &ops, &conf);
	again(&a);
	while (in < end) {
		what = take();
		if (what < 0xe0)
			hear(&a, what);
		else if (what < 0xe4 && !a.peer.set)
			offer_comes(&a, false);
		else if (what < 0xe8)
			offer_comes(&a, true);
		else if (what < 0xec)
			again(&a);
		else if (what < 0xf0)
			now += take() << 8;
		check(&a);
		/* Whatever is due at once comes to an end. */
		for (n = 0; (due = mice_agent_tick(&a, now)) <= now; n++)
			MUST(n < 2 * MICE_PAIRS_MAX);
		now += take() & 0x3f;
		check(&a);
		mice_offer_init(&o, 0);
		mice_agent_describe(&a, &o);
		MUST(o.n <= MICE_CANDS_MAX);
	}
	return 0;
}
