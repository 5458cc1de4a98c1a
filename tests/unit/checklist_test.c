// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/checklist.c: candidates, pairs and their order. Sections are
 * those of RFC 5245.
 */
#include "mice_test.h"
#include "mip6_ice/checklist.h"

static struct mice_list l;

static unsigned int local(enum mice_cand_type type, struct mice_addr a,
			  unsigned int base, u16 pref)
{
	return mice_list_add_local(&l, type, &a, base, pref);
}

static unsigned int remote(enum mice_cand_type type, struct mice_addr a, u32 prio)
{
	return mice_list_add_remote(&l, type, &a, prio);
}

#define L4(n)	addr4(10, 0, 0, n, 4191)
#define R4(n)	addr4(192, 0, 2, n, 4191)

/* 4.1.2.1: 2^24 * type + 2^8 * local + 256 - component */
static void test_priority(void)
{
	CHECK(mice_cand_priority(MICE_CAND_HOST, 65535) == 2130706431, "host");
	CHECK(mice_cand_priority(MICE_CAND_PRFLX, 65535) == 1862270975, "prflx");
	CHECK(mice_cand_priority(MICE_CAND_SRFLX, 65535) == 1694498815, "srflx");
	CHECK(mice_cand_priority(MICE_CAND_RELAYED, 65535) == 16777215, "relayed");
	CHECK(mice_cand_priority(MICE_CAND_RELAYED, 0) == 255, "the least");
	/* 5.7.2: 2^32 * min + 2 * max + (G > D) */
	CHECK(mice_pair_priority(3, 2) == 2 * 4294967296ULL + 6 + 1, "3, 2");
	CHECK(mice_pair_priority(2, 3) == 2 * 4294967296ULL + 6, "2, 3");
	CHECK(mice_pair_priority(2, 2) == 2 * 4294967296ULL + 4, "2, 2");
	CHECK(mice_pair_priority(0xffffffff, 0xffffffff) == 0xffffffff00000000ULL +
	      2 * 0xffffffffULL, "the largest");
}

static void test_checkable(void)
{
	static const struct {
		struct mice_addr	a;
		bool			ok;
	} addrs[] = {
		{ { 4, 1, { 192, 0, 2, 1 } }, true },
		{ { 4, 0, { 192, 0, 2, 1 } }, false },
		{ { 4, 1, { 10, 0, 0, 1 } }, true },
		{ { 4, 1, { 0, 0, 0, 0 } }, false },
		{ { 4, 1, { 0, 1, 2, 3 } }, false },
		{ { 4, 1, { 126, 255, 255, 255 } }, true },
		{ { 4, 1, { 127, 0, 0, 1 } }, false },
		{ { 4, 1, { 127, 255, 255, 255 } }, false },
		{ { 4, 1, { 128, 0, 0, 1 } }, true },
		{ { 4, 1, { 223, 255, 255, 255 } }, true },
		{ { 4, 1, { 169, 254, 0, 1 } }, false },
		{ { 4, 1, { 169, 254, 255, 1 } }, false },
		{ { 4, 1, { 169, 253, 0, 1 } }, true },
		{ { 4, 1, { 224, 0, 0, 1 } }, false },
		{ { 4, 1, { 239, 0, 0, 1 } }, false },
		{ { 4, 1, { 240, 0, 0, 1 } }, true },
		{ { 4, 1, { 255, 255, 255, 255 } }, false },
		{ { 4, 1, { 255, 255, 255, 254 } }, true },
		{ { 6, 1, { 0x20, 1 } }, true },
		{ { 6, 0, { 0x20, 1 } }, false },
		{ { 6, 1, { 0 } }, false },
		{ { 6, 1, { [15] = 1 } }, false },
		{ { 6, 1, { [15] = 2 } }, true },
		{ { 6, 1, { 0xff, 2, [15] = 1 } }, false },
		{ { 6, 1, { 0xfe, 0x80, [15] = 1 } }, false },
		{ { 6, 1, { 0xfe, 0xbf, [15] = 1 } }, false },
		{ { 6, 1, { 0xfe, 0xc0, [15] = 1 } }, true },
		{ { 6, 1, { 0xfd, 0x80, [15] = 1 } }, true },
		{ { 6, 1, { [10] = 0xff, [11] = 0xff, [12] = 192, [15] = 1 } }, false },
		{ { 6, 1, { [9] = 1, [10] = 0xff, [11] = 0xff, [12] = 192 } }, true },
		{ { 5, 1, { 192, 0, 2, 1 } }, false },
		{ { 0, 1, { 192, 0, 2, 1 } }, false },
	};
	unsigned int i;

	mice_list_init(&l, 0);
	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		CHECK(mice_addr_checkable(&addrs[i].a) == addrs[i].ok,
		      "address %u", i);
		CHECK((remote(MICE_CAND_HOST, addrs[i].a, i) != MICE_NONE) ==
		      addrs[i].ok, "address %u as a candidate", i);
	}
}

/* 4.1.3 and 4.1.2.1: redundant ones, unique preferences. */
static void test_locals(void)
{
	unsigned int h, h2, s, r;
	struct mice_addr base = L4(1);

	mice_list_init(&l, 0);
	h = local(MICE_CAND_HOST, L4(1), 99, 65535);
	h2 = local(MICE_CAND_HOST, L4(2), 99, 65535);
	CHECK(h == 0 && h2 == 1 && l.locals[0].base == 0 && l.locals[1].base == 1,
	      "host candidates are their base");
	CHECK(l.locals[0].pref == 65535 && l.locals[1].pref == 65534,
	      "preferences are unique");
	CHECK(local(MICE_CAND_HOST, L4(1), 99, 1000) == h && l.n_locals == 2,
	      "the same again");
	CHECK(l.locals[0].priority == mice_cand_priority(MICE_CAND_HOST, 65535),
	      "of two the higher priority");
	/* Reflexive. */
	s = local(MICE_CAND_SRFLX, addr4(198, 51, 100, 1, 5000), h, 7);
	CHECK(s == 2 && l.locals[s].base == h && l.locals[s].pref == 65535 &&
	      l.locals[s].priority == mice_cand_priority(MICE_CAND_SRFLX, 65535) &&
	      mice_addr_equal(&l.locals[s].rel, &base), "reflexive");
	CHECK(local(MICE_CAND_SRFLX, L4(1), h, 7) == h, "no NAT: redundant");
	CHECK(local(MICE_CAND_SRFLX, addr4(198, 51, 100, 1, 5000), h, 7) == s,
	      "the same reflexive");
	CHECK(local(MICE_CAND_SRFLX, addr4(198, 51, 100, 1, 5000), h2, 7) == 3,
	      "of another base");
	CHECK(local(MICE_CAND_PRFLX, addr4(198, 51, 100, 1, 5000), h, 7) == s &&
	      l.locals[s].type == MICE_CAND_PRFLX, "the higher priority stays");
	CHECK(local(MICE_CAND_SRFLX, addr4(198, 51, 100, 1, 5001), h, 7) == 4,
	      "another port");
	r = local(MICE_CAND_RELAYED, addr6(1, 4191), 99, 65535);
	CHECK(l.locals[r].base == r && l.locals[r].pref == 65533, "relayed");
	CHECK(mice_list_find_base(&l, &l.locals[s].addr) == MICE_NONE &&
	      mice_list_find_base(&l, &l.locals[r].addr) == r &&
	      mice_list_find_local(&l, &l.locals[s].addr) == s, "found");
	while (local(MICE_CAND_HOST, addr4(10, 1, 0, l.n_locals, 1), 0, 9) !=
	       MICE_NONE)
		;
	CHECK(l.n_locals == MICE_LOCALS_MAX, "full");
}

static void test_remotes(void)
{
	unsigned int i;

	mice_list_init(&l, 0);
	i = remote(MICE_CAND_PRFLX, R4(1), 5);
	CHECK(i == 0 && l.remotes[0].priority == 5, "learned");
	CHECK(remote(MICE_CAND_PRFLX, R4(1), 6) == 0 && l.remotes[0].priority == 5,
	      "known");
	CHECK(remote(MICE_CAND_SRFLX, R4(1), 7) == 0 && l.n_remotes == 1 &&
	      l.remotes[0].type == MICE_CAND_SRFLX && l.remotes[0].priority == 7,
	      "signalled: its type and priority count");
	CHECK(remote(MICE_CAND_PRFLX, R4(1), 9) == 0 &&
	      l.remotes[0].type == MICE_CAND_SRFLX && l.remotes[0].priority == 7,
	      "and stay");
	mice_list_init(&l, 0);
	while (remote(MICE_CAND_PRFLX, R4(l.n_remotes + 1), 1) != MICE_NONE)
		;
	CHECK(l.n_remotes == MICE_PRFLX_MAX, "%u by checks alone", l.n_remotes);
	remote(MICE_CAND_HOST, R4(1), 7);
	CHECK(remote(MICE_CAND_PRFLX, R4(99), 1) != MICE_NONE, "one was signalled");
	while (remote(MICE_CAND_HOST, R4(l.n_remotes + 1), 1) != MICE_NONE)
		;
	CHECK(l.n_remotes == MICE_REMOTES_MAX, "full");
	CHECK(remote(MICE_CAND_HOST, R4(1), 3) == 0, "what is known has room");
}

/* 5.7.1 to 5.7.3 */
static void test_form(void)
{
	unsigned int i;

	mice_list_init(&l, 0);
	local(MICE_CAND_HOST, L4(1), 0, 65535);
	local(MICE_CAND_SRFLX, addr4(198, 51, 100, 1, 5000), 0, 0);
	local(MICE_CAND_HOST, addr6(1, 4191), 0, 65534);
	remote(MICE_CAND_HOST, R4(1), 0x7e000000);
	remote(MICE_CAND_SRFLX, R4(2), 0x64000000);
	remote(MICE_CAND_HOST, addr6(2, 4191), 0x7effffff);
	l.controlling = true;
	mice_list_form(&l);
	CHECK(l.n_pairs == 3 && l.n_pruned == 2, "%u pairs, %u pruned", l.n_pairs,
	      l.n_pruned);
	for (i = 0; i < l.n_pairs; i++) {
		const struct mice_pair *p = &l.pairs[i];

		CHECK(l.locals[p->local].addr.ver == l.remotes[p->remote].addr.ver,
		      "one family");
		CHECK(l.locals[p->local].base == p->local, "from a base");
		CHECK(p->state == MICE_WAITING && !p->valid && !p->queued &&
		      p->mapped == p->local, "Waiting");
		CHECK(p->priority ==
		      mice_pair_priority(l.locals[p->local].priority,
					 l.remotes[p->remote].priority),
		      "priority");
	}
	mice_list_form(&l);
	CHECK(l.n_pairs == 3, "once");
	mice_list_set_role(&l, false);
	for (i = 0; i < l.n_pairs; i++)
		CHECK(l.pairs[i].priority ==
		      mice_pair_priority(l.remotes[l.pairs[i].remote].priority,
					 l.locals[l.pairs[i].local].priority),
		      "controlled");
	CHECK(mice_list_find_pair(&l, 0, 1) != MICE_NONE &&
	      mice_list_find_pair(&l, 0, 2) == MICE_NONE &&
	      mice_list_find_pair(&l, 1, 0) == MICE_NONE, "found");
}

/* 5.7.3, D14.4.2: the best pairs up to the limit. */
static void test_limit(void)
{
	unsigned int i, j, p;

	mice_list_init(&l, 5);
	for (i = 0; i < 3; i++)
		local(MICE_CAND_HOST, L4(i + 1), 0, 1000 - i);
	for (j = 0; j < 4; j++)		/* the best comes last */
		remote(MICE_CAND_HOST, R4(j + 1), 0x7e000000 + j);
	mice_list_form(&l);
	CHECK(l.n_pairs == 5 && l.n_limited == 7, "%u pairs, %u too many",
	      l.n_pairs, l.n_limited);
	for (i = 0; i < 3; i++)
		CHECK(mice_list_find_pair(&l, i, 3) != MICE_NONE, "%u", i);
	remote(MICE_CAND_HOST, R4(8), 1);
	mice_list_form(&l);
	for (i = 0; i < 3; i++)
		CHECK(mice_list_find_pair(&l, i, 4) == MICE_NONE, "%u", i);
	/* A triggered one has room at the expense of the last. */
	remote(MICE_CAND_PRFLX, R4(9), 1);
	p = mice_list_add_pair(&l, 0, 5);
	CHECK(p != MICE_NONE && l.n_pairs == 5 &&
	      mice_list_find_pair(&l, 0, 3) != MICE_NONE, "forced");
	CHECK(mice_list_add_pair(&l, 0, 5) == p, "it is there");
	/* But not of one that is being checked, or was. */
	for (i = 0; i < l.n_pairs; i++)
		l.pairs[i].state = MICE_IN_PROGRESS;
	CHECK(mice_list_add_pair(&l, 1, 4) == MICE_NONE, "no room");
	for (i = 0; i < l.n_pairs; i++)
		l.pairs[i].state = MICE_WAITING, l.pairs[i].queued = i + 1;
	CHECK(mice_list_add_pair(&l, 1, 4) == MICE_NONE, "queued");
	for (i = 0; i < l.n_pairs; i++)
		l.pairs[i].n_tx = 1, l.pairs[i].queued = 0;
	CHECK(mice_list_add_pair(&l, 1, 4) == MICE_NONE, "seen");
	CHECK(l.n_limited == 7 + 10 + 1, "what is told to the caller is not counted: %u",
	      l.n_limited);
	mice_list_init(&l, 200);
	CHECK(l.max_pairs == MICE_PAIRS_MAX, "limit of the limit");
	mice_list_init(&l, 0);
	CHECK(l.max_pairs == MICE_PAIRS_MAX, "default");
}

/* 5.8: the queue first, then by priority. */
static void test_order(void)
{
	struct mice_pair *p;
	unsigned int i;
	bool triggered;

	mice_list_init(&l, 0);
	CHECK(!mice_list_next(&l, &triggered) && !mice_list_has_next(&l), "empty");
	local(MICE_CAND_HOST, L4(1), 0, 65535);
	for (i = 0; i < 6; i++)
		remote(MICE_CAND_HOST, R4(i + 1), 100 + (i * 5) % 6);
	mice_list_form(&l);
	p = mice_list_next(&l, &triggered);
	CHECK(l.remotes[p->remote].priority == 105 && !triggered, "the best");
	p->state = MICE_IN_PROGRESS;
	mice_list_trigger(&l, &l.pairs[3]);
	mice_list_trigger(&l, &l.pairs[0]);
	mice_list_trigger(&l, &l.pairs[3]);
	p = mice_list_next(&l, &triggered);
	CHECK(p == &l.pairs[3] && triggered && !p->queued, "first in, first out");
	p->state = MICE_IN_PROGRESS;
	p = mice_list_next(&l, &triggered);
	CHECK(p == &l.pairs[0] && triggered, "second");
	p->state = MICE_FAILED;
	for (i = 0; (p = mice_list_next(&l, &triggered)); i++) {
		CHECK(!triggered && mice_list_has_next(&l), "ordinary");
		p->state = MICE_SUCCEEDED;
	}
	CHECK(i == 3 && !mice_list_has_next(&l), "%u were left", i);
	CHECK(mice_list_open(&l), "one is In-Progress");
	p = &l.pairs[0];
	p->why = MICE_WHY_TIMEOUT;
	mice_list_trigger(&l, p);
	CHECK(p->state == MICE_WAITING && p->why == MICE_WHY_NOTHING,
	      "Failed: Waiting again");
}

/* 8.1.2 */
static void test_conclude(void)
{
	struct mice_pair *p = l.pairs;
	unsigned int i;

	mice_list_init(&l, 0);
	local(MICE_CAND_HOST, L4(1), 0, 65535);
	for (i = 0; i < 6; i++)
		remote(MICE_CAND_HOST, R4(i + 1), 100 - i);
	mice_list_form(&l);
	CHECK(!mice_list_best(&l, false) && !mice_list_best(&l, true), "none");
	p[0].state = MICE_IN_PROGRESS, p[0].tx.live = p[0].tx.resend = true;
	p[1].state = MICE_SUCCEEDED, p[1].valid = true;
	p[2].state = MICE_SUCCEEDED, p[2].valid = true;
	p[3].state = MICE_IN_PROGRESS, p[3].tx.live = p[3].tx.resend = true;
	mice_list_trigger(&l, &p[4]);
	p[5].valid = true;
	mice_list_trigger(&l, &p[5]);
	mice_list_conclude(&l);
	CHECK(p[4].queued && p[3].tx.resend, "nothing is nominated");
	p[2].nominated = true;
	CHECK(mice_list_best(&l, false) == &p[1] && mice_list_best(&l, true) == &p[2],
	      "best");
	CHECK(mice_list_better_open(&l, p[1].priority) &&
	      !mice_list_better_open(&l, p[0].priority), "better ones");
	mice_list_conclude(&l);
	CHECK(p[0].tx.resend && p[0].state == MICE_IN_PROGRESS, "a better one");
	CHECK(!p[3].tx.resend && p[3].tx.live && p[3].state == MICE_IN_PROGRESS,
	      "a worse one");
	CHECK(p[4].state == MICE_FAILED && p[4].why == MICE_WHY_OTHER_PAIR &&
	      !p[4].queued, "one that waits");
	CHECK(p[5].state == MICE_SUCCEEDED && p[5].why == MICE_WHY_NOTHING &&
	      !p[5].queued, "one that waits and is valid");
	CHECK(p[1].valid && !mice_list_has_next(&l) && mice_list_open(&l), "rest");
	p[0].state = p[3].state = MICE_FAILED;
	CHECK(!mice_list_open(&l), "all is decided");
	p[3].old.live = true;
	CHECK(mice_list_open(&l), "but for a cancelled one");

	CHECK(!mice_pair_relayed(&l, p), "direct");
	l.remotes[p->remote].type = MICE_CAND_RELAYED;
	CHECK(mice_pair_relayed(&l, p), "the peer's home agent");
	l.remotes[p->remote].type = MICE_CAND_SRFLX;
	l.locals[p->local].type = MICE_CAND_RELAYED;
	CHECK(mice_pair_relayed(&l, p), "our home agent");
}

static const struct tap_case cases[] = {
	{ "priorities", test_priority },
	{ "addresses that are never checked", test_checkable },
	{ "candidates of ours", test_locals },
	{ "candidates of the peer", test_remotes },
	{ "pairs", test_form },
	{ "limits", test_limit },
	{ "order", test_order },
	{ "conclusion", test_conclude },
};

int main(void)
{
	return tap_run(cases, ARRAY_SIZE(cases));
}
