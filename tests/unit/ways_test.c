// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/ways.c alone: which questions are asked of the routes, and which
 * answers are a change. What comes of it is in session_test.c.
 */
#include "mice_hmac.h"
#include "mip6_ice/mip6_ice.h"

u64 kernel_ms;
static struct mice_net mn;
static struct mice_session s;
static struct {
	bool			any;	/* the kernel chooses the source */
	struct mice_addr	from, to;
} asked[64];
static unsigned int n_asked;
static struct mice_addr other;	/* the way to, or from, here is */
static u32 other_way, way = 3;

int ipv6_chk_addr(struct net *net, const struct in6_addr *a,
		  const struct net_device *dev, int strict)
{
	return 1;
}

u32 mice_route(const struct mice_net *m, const struct mice_addr *from,
	       const struct mice_addr *to)
{
	assert(m == &mn && n_asked < ARRAY_SIZE(asked));
	asked[n_asked].any = !from;
	if (from)
		asked[n_asked].from = *from;
	asked[n_asked++].to = *to;
	if (mice_addr_equal(to, &other) || (from && mice_addr_equal(from, &other)))
		return other_way;
	return way;
}

static bool was_asked(const struct mice_addr *from, const struct mice_addr *to)
{
	unsigned int i;

	for (i = 0; i < n_asked; i++)
		if (asked[i].any == !from && mice_addr_equal(&asked[i].to, to) &&
		    (!from || mice_addr_equal(&asked[i].from, from)))
			return true;
	return false;
}

static const struct mice_addr ours = { 4, 4191, { 192, 0, 2, 1 } };
static const struct mice_addr theirs = { 4, 4191, { 192, 0, 2, 2 } };
static const struct mice_addr late = { 4, 4191, { 192, 0, 2, 3 } };
static const struct mice_addr server = { 4, 4191, { 203, 0, 113, 9 } };

static void begin(void)
{
	mn.lock.held = true;
	mn.open_port = 4191;
	memset(&s, 0, sizeof(s));
	s.mn = &mn;
	s.home.s6_addr[15] = 1;
	s.peer.s6_addr[15] = 2;
	s.server = server;
	s.n_gathers = 1;
	mice_list_init(&s.agent.list, 100);
	mice_list_add_local(&s.agent.list, MICE_CAND_HOST, &ours, 0, 1);
	mice_list_add_remote(&s.agent.list, MICE_CAND_HOST, &theirs, 5);
	memset(&other, 0, sizeof(other));
	n_asked = 0;
}

static void test_questions(void)
{
	struct mice_addr home, peer;

	begin();
	home = mice_addr_v6(&s.home, 0);
	peer = mice_addr_v6(&s.peer, 0);
	mice_ways_learn(&s);
	CHECK(n_asked == 3 && was_asked(&home, &peer) &&
	      was_asked(&ours, &server) && was_asked(NULL, &theirs),
	      "to the peer's home, the server, the candidate: %u", n_asked);
	mice_ways_learn(&s);
	CHECK(n_asked == 3, "once");
	s.agent.path = (struct mice_path) { .set = true, .relayed = true,
					    .local = home, .remote = peer };
	mice_ways_learn(&s);
	CHECK(n_asked == 3, "not through the home agent");
	s.agent.path = (struct mice_path) { .set = true, .local = ours,
					    .remote = theirs };
	mice_list_add_remote(&s.agent.list, MICE_CAND_PRFLX, &late, 5);
	mice_ways_learn(&s);
	mice_ways_learn(&s);
	CHECK(n_asked == 5 && was_asked(&ours, &theirs) && was_asked(NULL, &late),
	      "along the path, and to whom we heard of: %u", n_asked);
	n_asked = 0;
	CHECK(!mice_ways_changed(&s) && n_asked == 5, "all of them again");
	mice_ways_forget(&s);
	n_asked = 0;
	mice_ways_learn(&s);
	CHECK(n_asked == 5, "and after a new run");
}

static void test_answers(void)
{
	const struct mice_addr *to[] = { &server, &theirs, &late, &ours };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(to); i++) {
		begin();
		s.agent.path = (struct mice_path) { .set = true, .local = ours,
						    .remote = theirs };
		mice_ways_learn(&s);
		mice_list_add_remote(&s.agent.list, MICE_CAND_PRFLX, &late, 5);
		CHECK(!mice_ways_changed(&s), "what is new is no change");
		other = *to[i];
		other_way = 0;
		CHECK(mice_ways_changed(&s), "%u: it is gone", i);
		CHECK(!mice_ways_changed(&s), "once");
		other_way = 9;
		CHECK(mice_ways_changed(&s), "it is another");
		other_way = 10;
		mice_ways_learn(&s);
		CHECK(mice_ways_changed(&s), "learning hides no change");
		other_way = MICE_WAY_UNKNOWN;
		CHECK(!mice_ways_changed(&s), "nothing can be said: as it was");
		other_way = 10;
		CHECK(!mice_ways_changed(&s), "and it is");
		begin();
		s.agent.path = (struct mice_path) { .set = true, .local = ours,
						    .remote = theirs };
		mice_list_add_remote(&s.agent.list, MICE_CAND_PRFLX, &late, 5);
		other = *to[i];
		other_way = MICE_WAY_UNKNOWN;
		mice_ways_learn(&s);
		other_way = 11;
		CHECK(!mice_ways_changed(&s), "what was not known is learned");
		other_way = 12;
		CHECK(mice_ways_changed(&s), "and compared");
		/* Another path is no change of a way. */
		s.agent.path.remote = late;
		s.agent.path.local = late;
		CHECK(!mice_ways_changed(&s), "another path");
	}
	begin();
	other = mice_addr_v6(&s.peer, 0);
	mice_ways_learn(&s);
	other_way++;
	CHECK(mice_ways_changed(&s), "to the home address");
}

static const struct tap_case cases[] = {
	{ "what the routes are asked", test_questions },
	{ "what is a change", test_answers },
};

int main(void)
{
	return tap_run(cases, ARRAY_SIZE(cases));
}
