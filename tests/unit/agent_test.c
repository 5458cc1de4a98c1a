// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/agent.c: two agents over a network that exists in this file
 * (mice_sim.h), for each network of the issue; and one agent whose packets are
 * looked at one by one. Sections are those of RFC 5245 unless they say D.
 */
#include "mice_sim.h"

static const struct mice_agent_conf plain;

/* ------------------------------------------------------------- networks */

enum outcome { DIRECT, HOME };

#define NAT4(in, out, a, b, c, d, map, filt)				\
	{ .nat = true, .inner = in, .outer = out, .mapping = map,	\
	  .filter = filt, .ip = { 4, 0, { a, b, c, d } } }
#define FIREWALL(in, ...)	{ .inner = in, .filter = SIM_ADDRESS_PORT, __VA_ARGS__ }

#define EIM	SIM_INDEPENDENT
#define ADM	SIM_ADDRESS
#define APDM	SIM_ADDRESS_PORT

struct host {
	int	realm;
	u8	ver;
	u8	ip[4];
};

static const struct network {
	const char	*name;
	enum outcome	outcome;
	struct host	a[2], b[2];
	struct sim_box	boxes[4];
	unsigned int	limit;	/* ms from offer to both selected */
} networks[] = {
	{ "both public, IPv4", DIRECT,
	  { { 0, 4, { 192, 0, 2, 1 } } }, { { 0, 4, { 192, 0, 2, 2 } } }, {}, 300 },
	{ "both public, IPv6", DIRECT,
	  { { 0, 6, { 1 } } }, { { 0, 6, { 2 } } }, {}, 300 },
	{ "both public, dual stack", DIRECT,
	  { { 0, 6, { 1 } }, { 0, 4, { 192, 0, 2, 1 } } },
	  { { 0, 6, { 2 } }, { 0, 4, { 192, 0, 2, 2 } } }, {}, 300 },
	{ "offerer behind NAT, independent mapping and filter", DIRECT,
	  { { 1, 4, { 10, 0, 0, 1 } } }, { { 0, 4, { 192, 0, 2, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, EIM, EIM) }, 400 },
	{ "answerer behind NAT, address- and port-dependent filter", DIRECT,
	  { { 0, 4, { 192, 0, 2, 1 } } }, { { 2, 4, { 10, 0, 0, 2 } } },
	  { NAT4(2, 0, 198, 51, 100, 2, EIM, APDM) }, 400 },
	{ "offerer behind symmetric NAT, answerer public", DIRECT,
	  { { 1, 4, { 10, 0, 0, 1 } } }, { { 0, 4, { 192, 0, 2, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, APDM, APDM) }, 400 },
	{ "answerer behind symmetric NAT, offerer public", DIRECT,
	  { { 0, 4, { 192, 0, 2, 1 } } }, { { 2, 4, { 10, 0, 0, 2 } } },
	  { NAT4(2, 0, 198, 51, 100, 2, APDM, APDM) }, 400 },
	{ "both behind NAT, independent mapping", DIRECT,
	  { { 1, 4, { 10, 0, 0, 1 } } }, { { 2, 4, { 10, 0, 1, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, EIM, APDM),
	    NAT4(2, 0, 198, 51, 100, 2, EIM, APDM) }, 500 },
	{ "the same, both with the same private address", DIRECT,
	  { { 1, 4, { 10, 0, 0, 1 } } }, { { 2, 4, { 10, 0, 0, 1 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, EIM, APDM),
	    NAT4(2, 0, 198, 51, 100, 2, EIM, APDM) }, 500 },
	{ "address-dependent mapping against independent, filter by address", DIRECT,
	  { { 1, 4, { 10, 0, 0, 1 } } }, { { 2, 4, { 10, 0, 1, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, ADM, ADM),
	    NAT4(2, 0, 198, 51, 100, 2, EIM, ADM) }, 600 },
	{ "symmetric against independent, filter by address", DIRECT,
	  { { 1, 4, { 10, 0, 0, 1 } } }, { { 2, 4, { 10, 0, 1, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, APDM, APDM),
	    NAT4(2, 0, 198, 51, 100, 2, EIM, ADM) }, 600 },
	{ "symmetric against port-restricted", HOME,
	  { { 1, 4, { 10, 0, 0, 1 } } }, { { 2, 4, { 10, 0, 1, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, APDM, APDM),
	    NAT4(2, 0, 198, 51, 100, 2, EIM, APDM) }, 900 },
	{ "both address-dependent", HOME,
	  { { 1, 4, { 10, 0, 0, 1 } } }, { { 2, 4, { 10, 0, 1, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, ADM, ADM),
	    NAT4(2, 0, 198, 51, 100, 2, ADM, ADM) }, 900 },
	{ "both symmetric", HOME,
	  { { 1, 4, { 10, 0, 0, 1 } } }, { { 2, 4, { 10, 0, 1, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, APDM, APDM),
	    NAT4(2, 0, 198, 51, 100, 2, APDM, APDM) }, 900 },
	{ "both behind the same NAT", DIRECT,
	  { { 1, 4, { 10, 0, 0, 1 } } }, { { 1, 4, { 10, 0, 0, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, APDM, APDM) }, 400 },
	{ "double NAT against public", DIRECT,
	  { { 3, 4, { 10, 0, 0, 1 } } }, { { 0, 4, { 192, 0, 2, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, EIM, APDM),
	    NAT4(3, 1, 100, 64, 0, 1, APDM, APDM) }, 400 },
	{ "double NAT against NAT, independent mapping", DIRECT,
	  { { 3, 4, { 10, 0, 0, 1 } } }, { { 2, 4, { 10, 0, 1, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, EIM, APDM),
	    NAT4(3, 1, 100, 64, 0, 1, EIM, APDM),
	    NAT4(2, 0, 198, 51, 100, 2, EIM, APDM) }, 500 },
	{ "two homes behind one carrier's NAT that hairpins", DIRECT,
	  { { 3, 4, { 10, 0, 0, 1 } } }, { { 2, 4, { 10, 0, 0, 1 } } },
	  { { .nat = true, .hairpin = true, .inner = 1, .outer = 0,
	      .mapping = EIM, .filter = EIM, .ip = { 4, 0, { 198, 51, 100, 1 } } },
	    NAT4(3, 1, 100, 64, 0, 1, EIM, APDM),
	    NAT4(2, 1, 100, 64, 0, 2, EIM, APDM) }, 600 },
	{ "the same without hairpin", HOME,
	  { { 3, 4, { 10, 0, 0, 1 } } }, { { 2, 4, { 10, 0, 0, 1 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, EIM, EIM),
	    NAT4(3, 1, 100, 64, 0, 1, EIM, APDM),
	    NAT4(2, 1, 100, 64, 0, 2, EIM, APDM) }, 900 },
	{ "firewall before the offerer (RFC 4487)", DIRECT,
	  { { 1, 6, { 1 } } }, { { 0, 6, { 2 } } }, { FIREWALL(1) }, 500 },
	{ "firewall before the answerer", DIRECT,
	  { { 0, 6, { 1 } } }, { { 2, 6, { 2 } } }, { FIREWALL(2) }, 500 },
	{ "firewalls before both", DIRECT,
	  { { 1, 6, { 1 } } }, { { 2, 6, { 2 } } }, { FIREWALL(1), FIREWALL(2) },
	  500 },
	{ "firewall that drops all UDP but the home agent's", HOME,
	  { { 1, 6, { 1 } } }, { { 0, 6, { 2 } } },
	  { FIREWALL(1, .no_udp = true) }, 900 },
	{ "IPv4-only mobile, IPv6-only correspondent", HOME,
	  { { 0, 4, { 192, 0, 2, 1 } } }, { { 0, 6, { 2 } } }, {}, 900 },
	{ "IPv4-only mobile behind NAT, dual-stack correspondent", DIRECT,
	  { { 1, 4, { 10, 0, 0, 1 } } },
	  { { 0, 6, { 2 } }, { 0, 4, { 192, 0, 2, 2 } } },
	  { NAT4(1, 0, 198, 51, 100, 1, EIM, APDM) }, 500 },
};

static struct mice_addr host_addr(const struct host *h)
{
	return h->ver == 4 ? addr4(h->ip[0], h->ip[1], h->ip[2], h->ip[3], 4191) :
			     addr6(h->ip[0], 4191);
}

static void build(const struct network *n, u64 seed)
{
	unsigned int i;

	sim_reset(seed);
	for (i = 0; i < ARRAY_SIZE(n->boxes); i++)
		if (n->boxes[i].inner)
			sim_add_box(n->boxes[i]);
	for (i = 0; i < 2; i++) {
		if (n->a[i].ver)
			sim_add_host(0, n->a[i].realm, host_addr(&n->a[i]));
		if (n->b[i].ver)
			sim_add_host(1, n->b[i].realm, host_addr(&n->b[i]));
		sim.end[i].home = addr6(0x80 + i, 4191);
		sim.end[i].stun = true;
	}
}

static void check_outcome(const struct network *n, const char *how, u64 start)
{
	unsigned int e;

	for (e = 0; e < 2; e++) {
		const struct mice_agent *a = &sim.end[e].agent;

		CHECK(a->state == MICE_COMPLETED && a->path.set,
		      "%s, %s: end %u has state %u", n->name, how, e, a->state);
		CHECK(a->path.relayed == (n->outcome == HOME),
		      "%s, %s: end %u, relayed %d", n->name, how, e,
		      a->path.relayed);
		CHECK(sim_data(e), "%s, %s: data of end %u", n->name, how, e);
		CHECK(sim.end[e].selected - start <= n->limit,
		      "%s, %s: end %u after %llu ms", n->name, how, e,
		      (unsigned long long)(sim.end[e].selected - start));
		CHECK(a->n_checks <= MICE_CHECKS_MAX, "%u checks", a->n_checks);
	}
}

static void test_networks(void)
{
	unsigned int i;
	u64 start;

	for (i = 0; i < ARRAY_SIZE(networks); i++) {
		const struct network *n = &networks[i];

		build(n, i + 1);
		sim_init_agents(plain, plain);
		start = sim.now;
		sim_exchange();
		sim_run(start + 9000, false);
		check_outcome(n, "regular", start);
		printf("# %-66s %-6s %4llu %4llu ms, %2u %2u checks\n", n->name,
		       n->outcome == HOME ? "home" : "direct",
		       (unsigned long long)(sim.end[0].selected - start),
		       (unsigned long long)(sim.end[1].selected - start),
		       sim.end[0].agent.n_checks, sim.end[1].agent.n_checks);
	}
}

static void test_networks_aggressive(void)
{
	struct mice_agent_conf aggressive = { .aggressive = true };
	unsigned int i;
	u64 start;

	for (i = 0; i < ARRAY_SIZE(networks); i++) {
		build(&networks[i], i + 100);
		sim_init_agents(aggressive, plain);
		start = sim.now;
		sim_exchange();
		sim_run(start + 9000, false);
		check_outcome(&networks[i], "aggressive", start);
	}
}

/* Packets are lost: what is reached is the same, later. */
static void test_networks_loss(void)
{
	unsigned int i, e, seed, homes = 0;

	for (i = 0; i < ARRAY_SIZE(networks); i++)
		for (seed = 0; seed < 20; seed++) {
			build(&networks[i], 1000 * seed + i);
			sim.loss = 20;
			sim_init_agents(plain, plain);
			sim_exchange();
			sim_run(sim.now + 30000, false);
			for (e = 0; e < 2; e++) {
				CHECK(sim.end[e].agent.state == MICE_COMPLETED &&
				      sim_data(e), "%s, seed %u: end %u, state %u",
				      networks[i].name, seed, e,
				      sim.end[e].agent.state);
				CHECK(networks[i].outcome == DIRECT ||
				      sim.end[e].agent.path.relayed,
				      "%s, seed %u", networks[i].name, seed);
			}
			homes += networks[i].outcome == DIRECT &&
				 sim.end[0].agent.path.relayed;
		}
	CHECK(homes <= 3, "%u of %zu direct ones stayed with the home agent",
	      homes, 20 * ARRAY_SIZE(networks));
}

/* Without home agents nothing is left where nothing works. */
static void test_no_home(void)
{
	unsigned int i, e;

	for (i = 0; i < ARRAY_SIZE(networks); i++) {
		build(&networks[i], i + 7);
		sim.end[0].home.ver = sim.end[1].home.ver = 0;
		sim_init_agents(plain, plain);
		sim_exchange();
		sim_run(sim.now + 20000, false);
		for (e = 0; e < 2; e++) {
			bool home = networks[i].outcome == HOME;

			CHECK(sim.end[e].agent.state ==
			      (home ? MICE_FAILED_STATE : MICE_COMPLETED) &&
			      sim.end[e].agent.path.set == !home &&
			      !sim.end[e].failed == !home, "%s: end %u, state %u",
			      networks[i].name, e, sim.end[e].agent.state);
		}
	}
}

/* ------------------------------------------ one agent, packet by packet */

/*
 * End 0 is under test; what it sends stays in sim.packets, and the test plays
 * the peer. Both are public; the peer has as many candidates as it likes.
 */
#define US	addr4(192, 0, 2, 1, 4191)
#define THEM	addr4(192, 0, 2, 2, 4191)

static struct mice_hmac peer_key;
static struct mice_offer peer_offer;

static void alone_gathered(struct mice_agent_conf conf, bool controlling)
{
	sim_reset(42);
	sim_add_host(0, 0, US);
	mice_agent_init(&sim.end[0].agent, &sim_ops, &conf);
	sim_restart(0, controlling);
	mice_offer_init(&peer_offer, 0);
	peer_offer.ufrag = 0xabcd;
	peer_offer.n_opts = 1;
	peer_key = hmac_key("ffffffffffffffffffffffff", 24);
}

static void peer_has(unsigned int n)
{
	for (peer_offer.n = 0; peer_offer.n < n; peer_offer.n++)
		peer_offer.cands[peer_offer.n] = (struct mice_cand) {
			.type = MICE_CAND_HOST,
			.priority = 0x7effffff - 256 * peer_offer.n,
			.addr = addr4(192, 0, 2, 2 + peer_offer.n, 4191) };
}

static struct mice_agent *alone(struct mice_agent_conf conf, bool controlling,
				unsigned int n)
{
	alone_gathered(conf, controlling);
	peer_has(n);
	mice_agent_remote(&sim.end[0].agent, sim.now, &peer_offer, &peer_key,
			  controlling);
	return &sim.end[0].agent;
}

/* Runs the agent's clock up to @until without delivering anything. */
static void clock_to(u64 until)
{
	u64 due;

	while (sim.now <= until) {
		due = mice_agent_tick(&sim.end[0].agent, sim.now);
		if (due > until)
			break;
		sim.now = max(due, sim.now + 1);
	}
	sim.now = until;
}

/* The packet that was sent as the @i-th since the last clear(), parsed. */
static struct mice_stun seen;
static struct sim_packet *packet(unsigned int i)
{
	struct sim_packet *k = &sim.packets[i];

	assert(i < sim.n_packets);
	assert(mice_stun_parse(k->data, k->len, &seen));
	assert(seen.has & MICE_HAS_FINGERPRINT);
	return k;
}

static void clear(void)
{
	sim.n_packets = 0;
}

struct say {
	enum mice_stun_type	type;
	u16			error;
	bool			use_candidate, no_priority, no_mapped, no_mac;
	bool			wrong_mac, unknown;
	int			controlling;	/* 1, 0, or -1: neither */
	u64			tie;
	struct mice_addr	from, to, mapped;
	const u8		*txid;
	const char		*user;
};

/* The peer says something to the agent. */
static unsigned int heard_len;	/* octets of the last */
static void hear(struct say s)
{
	static u8 some_id[12] = { 9, 9, 9 };
	struct mice_hmac wrong = hmac_key("0", 1);
	struct sim_end *e = &sim.end[0];
	struct mice_stun_buf b;
	struct mice_stun msg;
	u8 p[256], user[32];
	unsigned int len;

	/* Another transaction each time, unless one is named. */
	mice_put32(some_id + 8, mice_get32(some_id + 8) + 1);
	mice_stun_begin(&b, p, sizeof(p), s.type, s.txid ?: some_id);
	if (s.type == MICE_STUN_REQUEST) {
		if (s.user && *s.user == '-') {
			;
		} else if (s.user) {
			mice_stun_put(&b, MICE_ATTR_USERNAME, s.user,
				      strlen(s.user));
		} else {
			mice_ufrag_text(e->ufrag, (char *)user);
			memcpy(user + 4, ":abcd", 5);
			mice_stun_put(&b, MICE_ATTR_USERNAME, user, 9);
		}
		if (!s.no_priority)
			mice_stun_put32(&b, MICE_ATTR_PRIORITY, 0x6effffff);
		if (s.controlling >= 0)
			mice_stun_put64(&b, s.controlling ? MICE_ATTR_CONTROLLING :
					MICE_ATTR_CONTROLLED, s.tie);
		if (s.use_candidate)
			mice_stun_put(&b, MICE_ATTR_USE_CANDIDATE, NULL, 0);
		if (s.unknown)
			mice_stun_put32(&b, 0x7abc, 1);
	} else if (s.error) {
		mice_stun_put_error(&b, s.error);
	} else if (!s.no_mapped) {
		mice_stun_put_mapped(&b, s.mapped.ver ? &s.mapped : &s.to);
	}
	len = mice_stun_end(&b, s.no_mac ? NULL : s.wrong_mac ? &wrong :
			    s.type == MICE_STUN_REQUEST ? &e->key : &peer_key);
	assert(len && mice_stun_parse(p, len, &msg));
	heard_len = len;
	mice_agent_input(&e->agent, sim.now, &s.to, &s.from, p, &msg);
	mice_agent_tick(&e->agent, sim.now);
}

/* Answers the @i-th packet with success, as its destination would. */
static void answer(unsigned int i)
{
	struct sim_packet k = *packet(i);
	u8 id[12];

	memcpy(id, seen.txid, 12);
	hear((struct say) { .type = MICE_STUN_SUCCESS, .from = k.to,
			    .to = k.from, .txid = id });
}

/* The first pair becomes valid, is nominated and selected. */
static void select_first(void)
{
	clock_to(sim.now);
	answer(0);
	clock_to(sim.now + 20);
	answer(sim.n_packets - 1);
	assert(sim.end[0].agent.path.set);
}

/* What a request looks like, 7.1.2. */
static void test_request(void)
{
	struct mice_agent *a = alone(plain, true, 1);
	struct mice_addr us = US, them = THEM;
	struct sim_packet *k;
	char user[10] = "abcd:";

	clock_to(sim.now);
	k = packet(0);
	mice_ufrag_text(a->own.ufrag, user + 5);
	CHECK(mice_addr_equal(&k->from, &us) && mice_addr_equal(&k->to, &them),
	      "addresses");
	CHECK(seen.type == MICE_STUN_REQUEST && seen.username_len == 9 &&
	      !memcmp(seen.username, user, 9), "USERNAME %.9s", seen.username);
	CHECK(mice_stun_verify(k->data, &seen, &peer_key), "the peer's password");
	CHECK(seen.has & MICE_HAS_CONTROLLING && seen.tie == a->tie &&
	      !(seen.has & MICE_HAS_CONTROLLED), "role");
	/* 7.1.2.1: the local preference of the base, type peer-reflexive. */
	CHECK(seen.priority == (110u << 24 | 65535 << 8 | 255), "PRIORITY %x",
	      seen.priority);
	CHECK(!(seen.has & MICE_HAS_USE_CANDIDATE), "regular");
	CHECK(!memcmp(seen.txid, a->tag, 4), "the session's tag");

	alone((struct mice_agent_conf) { .aggressive = true }, true, 1);
	clock_to(sim.now);
	packet(0);
	CHECK(seen.has & MICE_HAS_USE_CANDIDATE, "aggressive");
	alone((struct mice_agent_conf) { .aggressive = true }, false, 1);
	clock_to(sim.now);
	packet(0);
	CHECK(!(seen.has & MICE_HAS_USE_CANDIDATE) &&
	      seen.has & MICE_HAS_CONTROLLED, "controlled: never");
}

/* 16 and RFC 5389 7.2.1: when a check is sent again, and when it has failed. */
static void test_schedule(void)
{
	static const unsigned int at[] = { 0, 100, 300, 700, 1500, 3100, 6300 };
	struct mice_agent *a = alone(plain, true, 1);
	unsigned int *stats = sim.end[0].stats;
	u64 start = sim.now;
	unsigned int i;
	u8 id[12];

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		if (i)
			clock_to(start + at[i] - 1);
		CHECK(sim.n_packets == i, "%u before %u ms", sim.n_packets, at[i]);
		clock_to(start + at[i]);
		CHECK(sim.n_packets == i + 1, "%u at %u ms", sim.n_packets, at[i]);
		packet(i);
		if (!i)
			memcpy(id, seen.txid, 12);
		CHECK(!memcmp(id, seen.txid, 12), "the same transaction");
	}
	clock_to(start + 7899);
	CHECK(a->list.pairs[0].state == MICE_IN_PROGRESS, "at 7899 ms");
	clock_to(start + 7900);
	CHECK(a->list.pairs[0].state == MICE_FAILED &&
	      a->list.pairs[0].why == MICE_WHY_TIMEOUT, "at 7900 ms");
	CHECK(stats[MICE_STAT_CheckOut] == 1 && stats[MICE_STAT_CheckRepeat] == 6 &&
	      stats[MICE_STAT_CheckTimeout] == 1 && stats[MICE_STAT_IceFailed] == 1,
	      "counted");
	CHECK(a->state == MICE_FAILED_STATE && sim.end[0].failed == sim.now,
	      "session");
	clock_to(start + 100000);
	CHECK(sim.n_packets == 7 && a->n_checks == 1, "nothing more");
	CHECK(mice_agent_tick(a, sim.now) == MICE_NEVER, "nothing to wait for");
}

/* 5.8: a new check each Ta, the best first; D14.4.2: Ta = 20 ms. */
static void test_pacing(void)
{
	struct mice_agent *a = alone(plain, true, 5);
	u64 start = sim.now;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		clock_to(start + 20 * i);
		CHECK(sim.n_packets == i + 1 &&
		      packet(i)->to.ip[3] == 2 + i, "check %u of %u", i,
		      sim.n_packets);
		clock_to(start + 20 * i + (i < 4 ? 19 : 0));
		CHECK(sim.n_packets == i + 1, "Ta after check %u", i);
	}
	/* Kept across a restart. */
	sim_restart(0, true);
	mice_agent_remote(a, sim.now, &peer_offer, &peer_key, true);
	clear();
	clock_to(start + 99);
	CHECK(!sim.n_packets, "too early");
	clock_to(start + 100);
	CHECK(sim.n_packets == 1, "Ta after the last of the run before");

	alone((struct mice_agent_conf) { .ta = 50 }, true, 3);
	start = sim.now;
	clock_to(start + 99);
	CHECK(sim.n_packets == 2, "Ta of 50 ms: %u", sim.n_packets);
}

/* D14.4.2: at most 100 checks, whatever the offer lists. */
static void test_limit(void)
{
	struct mice_agent *a;
	unsigned int i, j, max;

	for (max = 4; max <= 20; max += 8) {
		a = alone((struct mice_agent_conf) { .max_checks = max }, false, 32);
		clock_to(sim.now + 20000);
		CHECK(a->n_checks == max && sim.n_packets == 7 * max,
		      "%u: %u checks, %u packets", max, a->n_checks,
		      sim.n_packets);
		CHECK(a->state == MICE_FAILED_STATE, "%u: state %u", max, a->state);
		CHECK(sim.end[0].stats[MICE_STAT_CheckLimit] == 32 - max,
		      "%u: counted", max);
	}
	/* The controlling agent keeps two to nominate with. */
	a = alone((struct mice_agent_conf) { .max_checks = 4 }, true, 32);
	clock_to(sim.now + 60);
	CHECK(a->n_checks == 2, "%u ordinary checks", a->n_checks);
	answer(0);
	clock_to(sim.now + 200);
	CHECK(a->n_checks == 3, "one to nominate");

	/* Triggered ones are of the limit. */
	a = alone((struct mice_agent_conf) { .max_checks = 20 }, false, 1);
	for (i = 0; i < 40; i++) {
		for (j = 0; j < 5; j++)
			hear((struct say) { .type = MICE_STUN_REQUEST,
				.controlling = 1, .from = THEM, .to = US });
		clock_to(sim.now + 20);
		for (j = 0; j < 5; j++)
			hear((struct say) { .type = MICE_STUN_REQUEST,
				.controlling = 1, .to = US,
				.from = addr4(192, 0, 2, 50 + i % 7, 100 + j) });
		clock_to(sim.now + 100);
		clear();
	}
	CHECK(a->n_checks == 20, "%u checks", a->n_checks);
	CHECK(sim.end[0].stats[MICE_STAT_CheckOut] == 20, "counted");
	alone((struct mice_agent_conf) { .max_checks = 200 }, false, 1);
	CHECK(sim.end[0].agent.conf.max_checks == 100, "never more");

	/* The least that the sysctl allows is enough, and less is not. */
	for (i = MICE_CHECKS_MIN - 1; i <= MICE_CHECKS_MIN; i++) {
		struct mice_agent_conf few = { .max_checks = i, .max_pairs = i };

		build(&networks[0], 1);
		sim_init_agents(few, few);
		sim_exchange();
		sim_run(sim.now + 9000, false);
		CHECK((sim.end[0].agent.state == MICE_COMPLETED) ==
		      (i == MICE_CHECKS_MIN), "%u checks", i);
	}
}

/* 7.1.3: what is believed. */
static void test_responses(void)
{
	struct mice_agent *a = alone(plain, false, 2);
	struct mice_pair *p = a->list.pairs;
	unsigned int *stats = sim.end[0].stats;
	struct say ok = { .type = MICE_STUN_SUCCESS, .from = THEM, .to = US };
	struct say s;
	u8 id[12], other[12];

	clock_to(sim.now);
	packet(0);
	memcpy(id, seen.txid, 12);
	memcpy(other, id, 12);
	other[11] ^= 1;

	s = ok, s.txid = other, hear(s);
	CHECK(stats[MICE_STAT_ResponseNoCheck] == 1, "another transaction");
	s = ok, s.txid = id, s.wrong_mac = true, hear(s);
	s = ok, s.txid = id, s.no_mac = true, hear(s);
	s.error = 400, s.type = MICE_STUN_ERROR, hear(s);
	s.error = 401, hear(s);
	s.error = 487, hear(s);
	s.error = 600, s.no_mac = false, s.wrong_mac = true, hear(s);
	CHECK(stats[MICE_STAT_ResponseBadMac] == 6, "D14.1: %u not believed",
	      stats[MICE_STAT_ResponseBadMac]);
	s = ok, s.txid = id, s.no_mapped = true, hear(s);
	CHECK(stats[MICE_STAT_ResponseMalformed] == 1, "no XOR-MAPPED-ADDRESS");
	CHECK(p->state == MICE_IN_PROGRESS && !p->valid && !a->list.controlling,
	      "nothing has changed");

	s = ok, s.txid = id, hear(s);
	CHECK(p->state == MICE_SUCCEEDED && p->valid && !p->nominated, "success");
	s = ok, s.txid = id, hear(s);
	CHECK(stats[MICE_STAT_ResponseNoCheck] == 2, "once is enough");
	CHECK(stats[MICE_STAT_CheckSucceeded] == 1, "counted once");

	/* 7.1.3.1: the source has to be where it went, and come to us there. */
	a = alone(plain, true, 1);
	clock_to(sim.now);
	packet(0);
	memcpy(id, seen.txid, 12);
	s = ok, s.txid = id, s.from = addr4(192, 0, 2, 2, 4192), hear(s);
	CHECK(p->state == MICE_FAILED && p->why == MICE_WHY_ASYMMETRIC,
	      "another port");
	CHECK(stats[MICE_STAT_CheckAsymmetric] == 1, "counted");
	a = alone(plain, true, 1);
	clock_to(sim.now);
	packet(0);
	memcpy(id, seen.txid, 12);
	s = ok, s.txid = id, s.to = addr4(192, 0, 2, 9, 4191), hear(s);
	CHECK(p->state == MICE_FAILED && p->why == MICE_WHY_ASYMMETRIC,
	      "another address of ours");
	/* A signed error ends the check. */
	a = alone(plain, true, 1);
	clock_to(sim.now);
	packet(0);
	memcpy(id, seen.txid, 12);
	s = ok, s.txid = id, s.type = MICE_STUN_ERROR, s.error = 500, hear(s);
	CHECK(p->state == MICE_FAILED && p->why == MICE_WHY_ERROR &&
	      p->error == 500 && stats[MICE_STAT_CheckError] == 1, "500");
}

/* 7.1.3.2.1: what the peer sees is a candidate of ours. */
static void test_prflx_local(void)
{
	struct mice_agent *a = alone(plain, true, 1);
	struct mice_addr seen_as = addr4(198, 51, 100, 1, 20000), us = US;
	unsigned int i;
	u8 id[12];

	clock_to(sim.now);
	packet(0);
	memcpy(id, seen.txid, 12);
	hear((struct say) { .type = MICE_STUN_SUCCESS, .from = THEM, .to = US,
			    .txid = id, .mapped = seen_as });
	CHECK(a->list.n_locals == 2 && a->list.locals[1].type == MICE_CAND_PRFLX &&
	      mice_addr_equal(&a->list.locals[1].addr, &seen_as) &&
	      mice_addr_equal(&a->list.locals[1].rel, &us) &&
	      a->list.locals[1].base == 0 &&
	      a->list.locals[1].priority == (110u << 24 | 65535 << 8 | 255),
	      "candidate");
	CHECK(a->list.pairs[0].valid && a->list.pairs[0].mapped == 1 &&
	      a->list.n_pairs == 1, "valid pair");
	CHECK(sim.end[0].stats[MICE_STAT_PrflxLocal] == 1, "counted");

	/* No place: the pair is valid all the same, under the base's address. */
	a = alone(plain, true, 1);
	for (i = 0; a->list.n_locals < MICE_LOCALS_MAX; i++) {
		us = addr4(198, 51, 100, 2, i + 1);
		mice_agent_add_local(a, MICE_CAND_SRFLX, &us, 0, 0);
	}
	clock_to(sim.now);
	packet(0);
	memcpy(id, seen.txid, 12);
	hear((struct say) { .type = MICE_STUN_SUCCESS, .from = THEM, .to = US,
			    .txid = id, .mapped = seen_as });
	CHECK(a->list.pairs[0].valid && a->list.pairs[0].mapped == 0, "valid");
	CHECK(sim.end[0].stats[MICE_STAT_PrflxNoRoom] == 1 &&
	      !sim.end[0].stats[MICE_STAT_PrflxLocal], "counted");
}

/* 7.2: requests and their answers. */
static void test_requests(void)
{
	struct mice_agent *a = alone(plain, true, 0);
	unsigned int *stats = sim.end[0].stats;
	struct say ok = { .type = MICE_STUN_REQUEST, .from = THEM, .to = US };
	struct mice_addr them = THEM, us = US;
	struct say s;
	struct sim_packet *k;
	char user[16] = "";

	hear(ok);
	k = packet(0);
	CHECK(seen.type == MICE_STUN_SUCCESS && mice_addr_equal(&seen.mapped, &them) &&
	      mice_stun_verify(k->data, &seen, &sim.end[0].key), "success");
	CHECK(mice_addr_equal(&k->to, &them) && mice_addr_equal(&k->from, &us),
	      "from where it came to");
	CHECK(a->list.n_remotes == 1 &&
	      a->list.remotes[0].type == MICE_CAND_PRFLX &&
	      a->list.remotes[0].priority == 0x6effffff, "7.2.1.3");
	CHECK(a->list.n_pairs == 1 && a->list.pairs[0].heard, "7.2.1.4");
	packet(1);
	CHECK(seen.type == MICE_STUN_REQUEST && sim.n_packets == 2 &&
	      stats[MICE_STAT_CheckTriggered] == 1, "triggered check");

	clear();
	s = ok, s.wrong_mac = true, hear(s);
	k = packet(0);
	CHECK(seen.error == 401 && !(seen.has & MICE_HAS_INTEGRITY), "401");
	clear();
	s = ok, s.user = "zzzz:abcd", hear(s);
	packet(0);
	CHECK(seen.error == 401, "401, another session's name");
	clear();
	mice_ufrag_text(a->own.ufrag, user);
	s = ok, s.user = user, hear(s);
	packet(0);
	CHECK(seen.error == 401, "401, no colon");
	clear();
	strcpy(user + 4, ";abcd");
	hear(s);
	packet(0);
	CHECK(seen.error == 401, "401, a semicolon");
	clear();
	s.user = "-", hear(s);
	packet(0);
	CHECK(seen.error == 401, "401, no name");
	clear();
	s = ok, s.unknown = true, hear(s);
	k = packet(0);
	CHECK(seen.error == 420 && mice_stun_verify(k->data, &seen,
						   &sim.end[0].key) &&
	      seen.has & MICE_HAS_UNKNOWN, "420, signed");
	clear();
	s = ok, s.no_priority = true, s.from.port++, hear(s);
	packet(0);
	CHECK(seen.error == 400, "400, no PRIORITY from a stranger");
	clear();
	s = ok, s.no_priority = true, hear(s);
	packet(0);
	CHECK(seen.type == MICE_STUN_SUCCESS, "known: not needed");
	clear();
	s = ok, s.to.port++, hear(s);
	CHECK(!sim.n_packets && stats[MICE_STAT_RequestNoCandidate] == 1,
	      "to no candidate of ours");
	/* Not towards addresses that are nobody's. */
	s = ok, s.from = addr4(127, 0, 0, 1, 4191), hear(s);
	CHECK(a->list.n_pairs == 1 && stats[MICE_STAT_RequestNoRoom] == 1,
	      "from loopback");
	CHECK(stats[MICE_STAT_RequestIn] == 3, "%u", stats[MICE_STAT_RequestIn]);
}

/* 7.2.1.4, each state. */
static void test_triggered(void)
{
	struct mice_agent *a = alone(plain, false, 2);
	struct mice_pair *p = a->list.pairs;
	struct say ok = { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			  .controlling = 1 };
	struct say second = ok;
	u64 start = sim.now;
	u8 first[12];

	second.from = addr4(192, 0, 2, 3, 4191);
	clock_to(start);	/* checks the first pair */
	packet(0);
	memcpy(first, seen.txid, 12);
	clear();
	hear(second);
	CHECK(p[1].state == MICE_WAITING && p[1].queued, "Waiting: queued");
	hear(ok);
	CHECK(p[0].state == MICE_WAITING && p[0].queued && p[0].old.live &&
	      !p[0].tx.live, "In-Progress: cancelled and queued");
	clear();
	clock_to(start + 40);
	CHECK(sim.n_packets == 2 && packet(0)->to.ip[3] == 3 &&
	      packet(1)->to.ip[3] == 2, "in the order of the queue");
	packet(1);
	CHECK(memcmp(first, seen.txid, 12), "a new transaction");
	CHECK(p[0].n_tx == 2 && p[1].n_tx == 1, "transactions");
	/* The cancelled one may still be answered, from the right place. */
	hear(ok);
	CHECK(p[0].queued, "queued once more");
	{
		u8 second_id[12];

		memcpy(second_id, p[0].old.id, 12);
		hear((struct say) { .type = MICE_STUN_SUCCESS, .to = US,
			.from = addr4(192, 0, 2, 2, 9), .txid = second_id });
		CHECK(p[0].state == MICE_WAITING && p[0].queued && !p[0].old.live,
		      "from elsewhere: the new check decides");
		clock_to(start + 60);
		hear(ok);
		memcpy(first, p[0].old.id, 12);
	}
	hear((struct say) { .type = MICE_STUN_SUCCESS, .from = THEM, .to = US,
			    .txid = first });
	CHECK(p[0].state == MICE_SUCCEEDED && p[0].valid && !p[0].tx.live,
	      "answer to the cancelled one");
	hear(ok);
	CHECK(p[0].state == MICE_SUCCEEDED && !p[0].queued, "Succeeded: nothing");
	/* Failed: back to Waiting. */
	clock_to(start + 20000);
	CHECK(p[1].state == MICE_FAILED, "failed");
	hear(second);
	CHECK(p[1].state != MICE_FAILED && p[1].n_tx == 2, "Failed: once more");
	/* The cancelled one's silence is no failure. */
	a = alone(plain, false, 1);
	start = sim.now;
	clock_to(start);
	hear(ok);
	clock_to(start + 7899);
	CHECK(p->old.live, "until 7900 ms");
	clock_to(start + 7900);
	CHECK(!p->old.live && p->state == MICE_IN_PROGRESS, "no failure");
	CHECK(a->state == MICE_RUNNING, "session");
}

/* 7.2.1.1 and 7.1.3.1. */
static void test_roles(void)
{
	struct mice_agent *a = alone(plain, true, 1);
	unsigned int *stats = sim.end[0].stats;
	struct say req = { .type = MICE_STUN_REQUEST, .from = THEM, .to = US };
	struct say s;
	struct sim_packet *k;
	u8 id[12];

	/* Both controlling: the larger tie-breaker stays. */
	a->tie = 100;
	s = req, s.controlling = 1, s.tie = 100, hear(s);
	k = packet(0);
	CHECK(seen.error == 487 && mice_stun_verify(k->data, &seen,
						   &sim.end[0].key) &&
	      a->list.controlling, "equal: 487, signed");
	clear();
	s.tie = 101, hear(s);
	packet(0);
	CHECK(seen.type == MICE_STUN_SUCCESS && !a->list.controlling,
	      "smaller: we switch");
	/* Both controlled. */
	s = req, s.controlling = 0, s.tie = 101, clear(), hear(s);
	packet(0);
	CHECK(seen.error == 487 && !a->list.controlling, "smaller: 487");
	s.tie = 100, clear(), hear(s);
	packet(0);
	CHECK(seen.type == MICE_STUN_SUCCESS && a->list.controlling,
	      "equal: we switch");
	s.controlling = -1, clear(), hear(s);
	packet(0);
	CHECK(seen.type == MICE_STUN_SUCCESS && a->list.controlling,
	      "neither: undetected");
	CHECK(stats[MICE_STAT_RoleSwitched] == 2 &&
	      stats[MICE_STAT_RequestConflict] == 2, "counted");

	/* 487 to us: the other role, the pair again, priorities anew. */
	a = alone(plain, true, 2);
	clock_to(sim.now);
	packet(0);
	memcpy(id, seen.txid, 12);
	clear();
	s = (struct say) { .type = MICE_STUN_ERROR, .error = 487, .from = THEM,
			   .to = US, .txid = id };
	hear(s);
	CHECK(!a->list.controlling && a->role_repaired, "switched");
	CHECK(a->list.pairs[0].queued, "queued again");
	CHECK(a->list.pairs[0].priority ==
	      mice_pair_priority(a->list.remotes[0].priority,
				 a->list.locals[0].priority), "priority");
	clock_to(sim.now + 20);
	packet(0);
	CHECK(seen.has & MICE_HAS_CONTROLLED, "says so");
	/* A second 487 to a request of the role before changes nothing. */
	a = alone(plain, true, 2);
	clock_to(sim.now + 20);
	packet(0), memcpy(id, seen.txid, 12), s.txid = id;
	hear(s);
	packet(1), memcpy(id, seen.txid, 12);
	s.from = addr4(192, 0, 2, 3, 4191);
	hear(s);
	CHECK(!a->list.controlling, "not back again");
}

/* 7.2, last of 5.2: checks and conflicts before the answer. */
static void test_early(void)
{
	struct mice_agent *a = &sim.end[0].agent;
	unsigned int i;

	alone_gathered(plain, true);
	a->tie = 5;
	hear((struct say) { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			    .controlling = 1, .tie = 6, .use_candidate = true });
	packet(0);
	CHECK(seen.type == MICE_STUN_SUCCESS && sim.n_packets == 1,
	      "answered, and no check yet");
	CHECK(!a->list.controlling, "we have switched");
	clock_to(sim.now + 1000);
	CHECK(sim.n_packets == 1, "still none");
	CHECK(sim.end[0].stats[MICE_STAT_RequestEarly] == 1, "counted");
	peer_has(1);
	mice_agent_remote(a, sim.now, &peer_offer, &peer_key, true);
	CHECK(!a->list.controlling, "the repair survives the answer");
	CHECK(a->list.n_remotes == 1 && a->list.remotes[0].type == MICE_CAND_HOST &&
	      a->list.remotes[0].priority == 0x7effffff, "signalled after all");
	clear();
	clock_to(sim.now);
	packet(0);
	CHECK(seen.type == MICE_STUN_REQUEST &&
	      sim.end[0].stats[MICE_STAT_CheckTriggered] == 1, "triggered");
	answer(0);
	CHECK(a->state == MICE_COMPLETED && sim.end[0].n_selected == 1,
	      "the nomination was kept");

	/* A role that nobody has told yet cannot be claimed by both. */
	alone_gathered(plain, true);
	a->role_open = true;
	a->tie = 7;
	hear((struct say) { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			    .controlling = 1, .tie = 6, .use_candidate = true });
	packet(0);
	CHECK(seen.type == MICE_STUN_SUCCESS && !a->role_repaired, "no 487");
	peer_has(1);
	mice_agent_remote(a, sim.now, &peer_offer, &peer_key, false);
	CHECK(!a->list.controlling && !a->role_open, "the role that was told");

	/* Both were told that they control: what it nominated is not forgotten. */
	alone_gathered(plain, true);
	a->role_open = true;
	a->tie = 5;
	hear((struct say) { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			    .controlling = 1, .tie = 6, .use_candidate = true });
	peer_has(1);
	mice_agent_remote(a, sim.now, &peer_offer, &peer_key, true);
	CHECK(a->list.controlling && !a->list.pairs[0].nominate_on_success,
	      "who controls does not listen");
	clear();
	clock_to(sim.now);
	packet(0);
	answer(0);
	hear((struct say) { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			    .controlling = 1, .tie = 6 });
	CHECK(!a->list.controlling, "it gives in");
	/* What it was about to nominate itself is checked once more. */
	clear();
	clock_to(sim.now + 100);
	answer(0);
	CHECK(a->state == MICE_COMPLETED, "and to the nomination, too: %u", a->state);

	/* More than are kept: no harm. */
	alone_gathered(plain, true);
	for (i = 1; i < 5; i++) {
		struct mice_addr mine = addr4(198, 51, 100, i, 4191);

		mice_agent_add_local(a, MICE_CAND_HOST, &mine, 0, i);
	}
	for (i = 0; i < 100; i++)
		hear((struct say) { .type = MICE_STUN_REQUEST,
				    .to = addr4(198, 51, 100, 1 + i % 4, 4191),
				    .from = addr4(192, 0, 2, 2 + i / 4, 4191) });
	CHECK(a->n_early == MICE_EARLY_MAX && a->list.n_remotes == MICE_PRFLX_MAX,
	      "%u, %u", a->n_early, a->list.n_remotes);
}

/* 8.1.1.1 and DESIGN-M-ICE: when the controlling agent nominates. */
static void test_nomination(void)
{
	struct mice_agent *a = alone(plain, true, 1);
	u64 start = sim.now;
	u8 id[12];

	/* No better pair is open: at once. */
	clock_to(start);
	sim.now += 30;
	answer(0);
	CHECK(a->list.pairs[0].timed && a->list.pairs[0].rtt == 30, "RTT %u",
	      a->list.pairs[0].rtt);
	CHECK(!sim.end[0].stats[MICE_STAT_Selected], "nothing is selected");
	CHECK(sim.n_packets == 2, "at once: %u", sim.n_packets);
	packet(1);
	CHECK(seen.has & MICE_HAS_USE_CANDIDATE, "USE-CANDIDATE");
	CHECK(!a->path.set, "not selected before the answer");
	answer(1);
	CHECK(a->path.set && a->state == MICE_COMPLETED &&
	      a->list.pairs[0].nominated && sim.end[0].selected == sim.now,
	      "selected");
	CHECK(a->list.pairs[0].rtt == 0 && a->list.pairs[0].timed && a->n_checks == 2,
	      "RTT, checks");
	CHECK(sim.end[0].stats[MICE_STAT_Selected] == 1, "counted");

	/* A better one is open: 100 ms after the first valid one. */
	a = alone(plain, true, 2);
	start = sim.now;
	clock_to(start + 20);
	answer(1);
	CHECK(a->list.pairs[1].valid, "the second is valid");
	clock_to(start + 119);
	CHECK(!a->list.pairs[1].use_candidate, "99 ms after");
	clear();
	clock_to(start + 120);
	CHECK(a->list.pairs[1].use_candidate && sim.n_packets == 1 &&
	      packet(0)->to.ip[3] == 3, "100 ms after");
	/* The better one becomes valid meanwhile: one nomination at a time. */
	answer(0);
	CHECK(a->path.set && a->path.remote.ip[3] == 3, "selected");
	CHECK(a->list.pairs[0].state == MICE_IN_PROGRESS &&
	      a->list.pairs[0].tx.resend, "8.1.2: a better one goes on");
	clock_to(start + 300);
	answer(sim.n_packets - 1);
	clock_to(start + 400);
	CHECK(a->list.pairs[0].valid && !a->list.pairs[0].use_candidate &&
	      a->path.remote.ip[3] == 3, "one nomination is enough");
	CHECK(!a->list.pairs[0].timed && !a->list.pairs[0].rtt,
	      "which request was answered? No RTT");

	/* A worse one is not repeated, but heard. */
	a = alone(plain, true, 3);
	start = sim.now;
	clock_to(start + 20);	/* two in progress, one waiting */
	answer(0);
	clock_to(start + 40);
	packet(sim.n_packets - 1);
	CHECK(seen.has & MICE_HAS_USE_CANDIDATE, "nominating");
	answer(sim.n_packets - 1);
	CHECK(a->list.pairs[2].state == MICE_FAILED &&
	      a->list.pairs[2].why == MICE_WHY_OTHER_PAIR && !a->list.pairs[2].n_tx,
	      "what waits is not checked");
	CHECK(a->list.pairs[1].state == MICE_IN_PROGRESS &&
	      !a->list.pairs[1].tx.resend, "what is under way is not repeated");
	clear();
	clock_to(start + 7000);
	CHECK(!sim.n_packets, "%u", sim.n_packets);
	clock_to(start + 8000);
	CHECK(a->list.pairs[1].why == MICE_WHY_OTHER_PAIR, "it has ended");

	/* Nobody answers the nomination: the next pair. */
	a = alone(plain, true, 2);
	start = sim.now;
	clock_to(start + 20);
	answer(0);
	answer(1);
	clock_to(start + 10000);
	CHECK(a->list.pairs[0].state == MICE_FAILED && !a->list.pairs[0].valid,
	      "the nominated one has failed");
	packet(sim.n_packets - 1);
	CHECK(seen.has & MICE_HAS_USE_CANDIDATE &&
	      sim.packets[sim.n_packets - 1].to.ip[3] == 3, "the next");
	memcpy(id, seen.txid, 12);
	answer(sim.n_packets - 1);
	CHECK(a->path.set && a->path.remote.ip[3] == 3, "selected");
}

/* 7.2.1.5: the peer nominates. */
static void test_nominated(void)
{
	struct mice_agent *a = alone(plain, false, 2);
	struct say use = { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			   .controlling = 1, .use_candidate = true };

	clock_to(sim.now);
	hear(use);
	CHECK(a->list.pairs[0].nominate_on_success && !a->path.set,
	      "In-Progress: when it succeeds");
	clear();
	clock_to(sim.now + 20);
	answer(0);
	CHECK(a->path.set && a->path.remote.ip[3] == 2, "it has");

	/* Succeeded: at once; and the better one wins later. */
	a = alone(plain, false, 2);
	clock_to(sim.now + 20);
	answer(0);
	answer(1);
	CHECK(!a->path.set, "not of our own accord");
	clock_to(sim.now + 1000);
	CHECK(!a->path.set, "never");
	use.from = addr4(192, 0, 2, 3, 4191);
	hear(use);
	CHECK(a->path.set && a->path.remote.ip[3] == 3, "Succeeded: at once");
	use.from = THEM;
	hear(use);
	CHECK(a->path.remote.ip[3] == 2 && sim.end[0].n_selected == 2,
	      "the nominated pair of the highest priority");
	use.from = addr4(192, 0, 2, 3, 4191);
	hear(use);
	CHECK(a->path.remote.ip[3] == 2 && sim.end[0].n_selected == 2, "and stays");

	/* The controlling agent is not nominated to. */
	a = alone(plain, true, 1);
	use.controlling = -1;
	use.from = THEM;
	hear(use);
	CHECK(!a->list.pairs[0].nominate_on_success, "controlling: ignored");
}

/* 10: a Binding Indication after 15 s without a packet. */
static void test_keepalive(void)
{
	struct mice_agent *a = alone(plain, true, 1);
	struct sim_packet *k;
	u64 t;

	select_first();
	CHECK(a->path.set, "selected");
	t = sim.now;
	clear();
	clock_to(t + 14999);
	CHECK(!sim.n_packets, "before");
	clock_to(t + 15000);
	CHECK(sim.n_packets == 1, "after 15 s");
	k = packet(0);
	CHECK(seen.type == MICE_STUN_INDICATION && k->len == 28 &&
	      seen.has == MICE_HAS_FINGERPRINT && k->to.ip[3] == 2, "indication");
	mice_agent_sent(a, t + 20000);
	clock_to(t + 34999);
	CHECK(sim.n_packets == 1, "data does as well");
	clock_to(t + 35000);
	CHECK(sim.n_packets == 2, "15 s after the data");
	/* Silence is heard without harm. */
	hear((struct say) { .type = MICE_STUN_INDICATION, .from = THEM, .to = US,
			    .no_mac = true, .no_mapped = true });
	CHECK(sim.n_packets == 2, "an indication has no answer");
}

/* 9.1.1.1: a restart keeps the path until there is another. */
static void test_restart(void)
{
	struct mice_agent *a = alone(plain, true, 1);
	struct say old = { .type = MICE_STUN_REQUEST, .from = THEM, .to = US };
	char user[16] = "";
	u64 tie = a->tie;
	u16 ufrag = a->own.ufrag;

	select_first();
	/* As the one who is restarted: the other role. */
	sim_restart(0, false);
	CHECK(a->path.set && a->path_old && a->path.remote.ip[3] == 2 &&
	      a->state == MICE_GATHERING, "the path stays");
	CHECK(a->tie != tie && a->own.ufrag != ufrag && !a->peer.set &&
	      !a->n_checks && !a->list.n_pairs, "all else is new");
	CHECK(mice_agent_validated(a, &a->path.local, &a->path.remote), "data");
	clear();
	/* The peer does not know yet. */
	mice_ufrag_text(ufrag, user);
	memcpy(user + 4, ":abcd", 5);
	old.user = user;
	{
		struct mice_hmac now = sim.end[0].key;

		sim.end[0].key = sim.end[0].old_key;	/* what the peer uses */
		hear(old);
		sim.end[0].key = now;
	}
	packet(0);
	CHECK(seen.type == MICE_STUN_SUCCESS && !a->list.n_remotes && !a->n_early,
	      "the old credentials are answered, no more");
	clear();
	/* Does the path still work? What the peer knows is asked with. */
	clock_to(sim.now + 999);
	CHECK(!sim.n_packets, "not at once: the new run may be quick");
	clock_to(sim.now + 1);
	packet(0);
	CHECK(sim.n_packets == 1 && seen.type == MICE_STUN_REQUEST &&
	      seen.has & MICE_HAS_CONTROLLING && seen.tie == tie &&
	      !memcmp(seen.username + 5, user, 4) &&
	      mice_stun_verify(sim.packets[0].data, &seen, &peer_key),
	      "a question with role, tie-breaker and names of the run before");
	answer(0);
	CHECK(a->consent_end == sim.now + 30000 &&
	      sim.end[0].stats[MICE_STAT_ConsentIn] == 1, "answered: 30 s more");
	peer_has(2);
	mice_agent_remote(a, sim.now, &peer_offer, &peer_key, true);
	clear();
	clock_to(sim.now + 20);
	answer(1);
	CHECK(a->path.remote.ip[3] == 2 && !a->list.pairs[1].use_candidate,
	      "until another is selected");
	clock_to(sim.now + 200);
	packet(sim.n_packets - 1);
	answer(sim.n_packets - 1);
	CHECK(a->path.set && !a->path_old && a->path.remote.ip[3] == 3 &&
	      sim.end[0].n_selected == 2, "then it changes");
}

/* 2.7, 7.2.2, 8.2.1. */
static void test_lite(void)
{
	struct mice_agent_conf lite = { .lite = true };
	struct mice_offer offer;
	struct mice_agent *a;

	CHECK(mice_agent_role(true, false, false) == 1 &&
	      mice_agent_role(false, false, false) == 0 &&
	      mice_agent_role(true, true, false) == 0 &&
	      mice_agent_role(false, false, true) == 1 &&
	      mice_agent_role(true, true, true) == -1, "5.2");
	a = alone(lite, false, 1);
	mice_offer_init(&offer, 0);
	mice_agent_describe(a, &offer);
	CHECK(offer.lite, "flag L");
	clock_to(sim.now + 20000);
	CHECK(!sim.n_packets && !a->list.n_pairs && a->state == MICE_RUNNING,
	      "no check of our own");
	hear((struct say) { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			    .controlling = 1 });
	packet(0);
	CHECK(seen.type == MICE_STUN_SUCCESS && !a->path.set, "answered");
	hear((struct say) { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			    .controlling = 1, .use_candidate = true });
	CHECK(a->path.set && a->state == MICE_COMPLETED, "nominated, selected");
	clock_to(sim.now + 10000);
	CHECK(sim.n_packets == 2, "nothing but answers");

	/* One against the other, both ways round. */
	sim_reset(3);
	sim_add_host(0, 0, US);
	sim_add_host(1, 0, THEM);
	sim_init_agents(lite, plain);
	sim_exchange();
	sim_run(sim.now + 2000, false);
	CHECK(sim_data(0) && sim_data(1) && !sim.end[0].agent.n_checks &&
	      sim.end[1].agent.peer_lite && sim.end[1].agent.list.controlling,
	      "the offerer is lite");
	sim_reset(4);
	sim_add_host(0, 0, US);
	sim_add_host(1, 0, THEM);
	sim_init_agents(plain, lite);
	sim_exchange();
	sim_run(sim.now + 2000, false);
	CHECK(sim_data(0) && sim_data(1) && !sim.end[1].agent.n_checks,
	      "the answerer is lite");
}

/* Both think they control, or that the other does. */
static void test_conflict(void)
{
	unsigned int roles, seed, e;
	struct mice_offer offer, ans;

	for (roles = 0; roles < 2; roles++)
		for (seed = 0; seed < 20; seed++) {
			sim_reset(seed);
			sim_add_host(0, 0, US);
			sim_add_host(1, 0, THEM);
			sim_init_agents(plain, plain);
			sim_restart(0, roles);
			sim_restart(1, roles);
			sim_offer(0, &offer);
			sim_offer(1, &ans);
			mice_agent_remote(&sim.end[1].agent, sim.now, &offer,
					  &sim.end[0].key, roles);
			mice_agent_remote(&sim.end[0].agent, sim.now, &ans,
					  &sim.end[1].key, roles);
			sim_run(sim.now + 2000, true);
			CHECK(sim_data(0) && sim_data(1) &&
			      sim.end[0].agent.list.controlling !=
			      sim.end[1].agent.list.controlling,
			      "both %u, seed %u", roles, seed);
			e = sim.end[0].agent.tie >= sim.end[1].agent.tie;
			CHECK(sim.end[0].agent.list.controlling == e,
			      "the larger tie-breaker controls");
		}
}

/* 9.1.2.2 and 9.2.2.3. */
static void test_updated(void)
{
	struct mice_agent *a = alone(plain, true, 1);
	struct mice_addr us = US, them = THEM;
	struct mice_offer offer;
	struct mice_cand c;

	mice_offer_init(&offer, 0);
	mice_agent_add_local(a, MICE_CAND_SRFLX,
			     &(struct mice_addr) { 4, 9, { 198, 51, 100, 1 } }, 0, 0);
	mice_agent_describe(a, &offer);
	CHECK(offer.n == 2 && !offer.has_remote &&
	      offer.cands[0].type == MICE_CAND_HOST &&
	      offer.cands[1].type == MICE_CAND_SRFLX &&
	      mice_addr_equal(&offer.cands[1].rel, &us), "by priority, D1.2");
	select_first();
	mice_agent_describe(a, &offer);
	CHECK(offer.n == 1 && mice_addr_equal(&offer.cands[0].addr, &us) &&
	      offer.has_remote && mice_addr_equal(&offer.remote.addr, &them),
	      "the selected pair");
	/* 9.1.2.2: the controlled names no remote-candidate; 9.2.2.2: nor may an
	 * answer, which is the controlled end's unless a conflict was repaired.
	 */
	a->list.controlling = false;
	mice_agent_describe(a, &offer);
	CHECK(offer.n == 1 && !offer.has_remote, "of the controlled end");

	/* The race: the peer's nomination has been answered, ours not yet. */
	a = alone(plain, false, 2);
	clock_to(sim.now);
	mice_offer_init(&offer, 0);
	offer.n = 1;
	offer.cands[0] = peer_offer.cands[0];
	c = peer_offer.cands[0];
	c.addr = US;
	offer.remote = c;
	mice_agent_updated(a, sim.now, &offer);
	CHECK(!a->path.set, "no remote-candidate: nothing");
	offer.has_remote = true;
	mice_agent_updated(a, sim.now, &offer);
	CHECK(a->list.pairs[0].nominate_on_success && !a->path.set, "kept");
	answer(0);
	CHECK(a->path.set && a->path.remote.ip[3] == 2, "selected");

	a = alone(plain, true, 1);
	clock_to(sim.now);
	mice_agent_updated(a, sim.now, &offer);
	CHECK(!a->list.pairs[0].nominate_on_success, "the controlling decides");

	a = alone(plain, false, 1);
	clock_to(sim.now);
	answer(0);
	mice_agent_updated(a, sim.now, &offer);
	CHECK(a->path.set, "valid already: at once");
}

/* Our address @local, under which the peer has one of @remote selected. */
static struct mice_offer update_of(struct mice_addr local, struct mice_addr remote)
{
	struct mice_offer o;

	mice_offer_init(&o, 0);
	o.n = 1;
	o.cands[0] = (struct mice_cand) { .type = MICE_CAND_HOST, .priority = 1,
					  .addr = remote };
	o.has_remote = true;
	o.remote = o.cands[0];
	o.remote.addr = local;
	return o;
}

/* 9.2.2.3: what an updated offer of the controlling agent does, and what not. */
static void test_losing(void)
{
	struct mice_addr srflx = { 4, 9, { 198, 51, 100, 1 } };
	struct mice_addr nobody = { 4, 9, { 198, 51, 100, 2 } };
	struct mice_agent *a = alone(plain, false, 2);
	struct mice_pair *p = a->list.pairs;
	struct mice_offer o;
	unsigned int i;

	mice_agent_add_local(a, MICE_CAND_SRFLX, &srflx, 0, 0);
	clock_to(sim.now);
	o = update_of(US, THEM);
	o.has_remote = false;
	mice_agent_updated(a, sim.now, &o);
	o = update_of(US, THEM);
	o.n = 0;
	mice_agent_updated(a, sim.now, &o);
	o = update_of(nobody, THEM);
	mice_agent_updated(a, sim.now, &o);
	o = update_of(US, nobody);
	mice_agent_updated(a, sim.now, &o);
	for (i = 0; i < a->list.n_pairs; i++)
		CHECK(!p[i].nominate_on_success, "nothing that we know: %u", i);

	/* The peer knows us by what the NAT made of us. */
	o = update_of(srflx, addr4(192, 0, 2, 3, 4191));
	mice_agent_updated(a, sim.now, &o);
	CHECK(!p[0].nominate_on_success && p[1].nominate_on_success,
	      "the pair of the base, with that candidate");
	clock_to(sim.now + 20);
	answer(1);
	CHECK(a->path.set && a->path.remote.ip[3] == 3 &&
	      mice_addr_equal(&a->path.local, &sim.end[0].host[0]), "selected");

	/* Our checks of the pair have failed, the peer's have not. */
	a = alone(plain, false, 1);
	clock_to(sim.now + 8000);
	CHECK(p->state == MICE_FAILED && a->state == MICE_FAILED_STATE, "lost");
	clear();
	o = update_of(US, THEM);
	mice_agent_updated(a, sim.now, &o);
	CHECK(p->queued && p->state == MICE_WAITING && !a->path.set,
	      "it is checked once more");
	clock_to(sim.now + 20);
	CHECK(sim.n_packets == 1, "at once: %u", sim.n_packets);
	answer(0);
	CHECK(a->path.set && a->state == MICE_COMPLETED && p->nominated, "and won");

	/* A lite agent asks nobody, and has nothing else to go by. */
	a = alone((struct mice_agent_conf) { .lite = true }, false, 1);
	clear();
	hear((struct say) { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			    .controlling = 1 });
	clear();
	p->state = MICE_FAILED;
	mice_agent_updated(a, sim.now, &o);
	clock_to(sim.now + 1000);
	CHECK(a->path.set && !sim.n_packets && !p->queued, "lite: no check");
}

/* RFC 7675: asked about every 5 s, lost after 30 s. */
static void test_consent(void)
{
	struct mice_agent_conf conf = { .consent = true };
	struct mice_agent *a = alone(conf, true, 1);
	unsigned int i, n = 0;
	u64 start;

	select_first();
	start = sim.now;
	for (i = 0; i < 60; i++) {
		clear();
		clock_to(start + 1000 * (i + 1));
		if (!sim.n_packets)
			continue;
		packet(0);
		CHECK(seen.type == MICE_STUN_REQUEST && sim.n_packets == 1 &&
		      !(seen.has & MICE_HAS_USE_CANDIDATE), "a request");
		n++;
		answer(0);
	}
	CHECK(n >= 10 && n <= 15, "%u in a minute", n);
	CHECK(sim.end[0].stats[MICE_STAT_ConsentIn] == n && a->path.set &&
	      a->n_checks == 2, "answered, not counted as checks");
	start = a->consent_end - 30000;
	clear();
	clock_to(start + 29999);
	CHECK(a->path.set && sim.n_packets >= 4, "29999 ms of silence");
	clock_to(start + 30000);
	CHECK(!a->path.set && a->consent_lost && a->state == MICE_FAILED_STATE,
	      "30 s of silence");
	clear();
	clock_to(start + 90000);
	CHECK(!sim.n_packets, "nothing is sent any more");

	/* Not asked for: never. */
	a = alone(plain, true, 1);
	select_first();
	clock_to(sim.now + 100000);
	CHECK(a->path.set, "without the option");
}

/*
 * RFC 7675 5.1: asked from the base of the pair, by 0.8 to 1.2 times five seconds,
 * so that many sessions do not ask at once; the pair alone may answer.
 */
static void test_consent_details(void)
{
	struct mice_agent_conf conf = { .consent = true };
	struct mice_agent *a = alone(conf, true, 1);
	struct mice_addr us = US, them = THEM;
	unsigned int i, gap, least = ~0u, most = 0;
	u64 last, ok;
	u8 id[12];

	select_first();
	last = 0;
	for (i = 0; i < 200; i++) {
		clear();
		while (!sim.n_packets)
			clock_to(sim.now + 1);
		packet(0);
		CHECK(mice_addr_equal(&sim.packets[0].from, &us) &&
		      mice_addr_equal(&sim.packets[0].to, &them), "the pair");
		CHECK(seen.priority == (110u << 24 | 65535 << 8 | 255) &&
		      seen.has & MICE_HAS_CONTROLLING, "as any check");
		gap = last ? sim.now - last : 5000;
		last = sim.now;
		least = min(least, gap);
		most = max(most, gap);
		answer(0);
	}
	CHECK(least >= 4000 && least < 4100 && most <= 6000 && most > 5900,
	      "%u to %u ms", least, most);

	/* An answer from elsewhere, signed as it is, is no consent of this pair. */
	ok = a->consent_end;
	clear();
	while (!sim.n_packets)
		clock_to(sim.now + 1);
	packet(0);
	memcpy(id, seen.txid, 12);
	hear((struct say) { .type = MICE_STUN_SUCCESS, .to = US, .txid = id,
			    .from = addr4(192, 0, 2, 9, 4191) });
	CHECK(a->consent_end == ok, "from elsewhere");
	clear();
	while (!sim.n_packets)
		clock_to(sim.now + 1);
	packet(0);
	memcpy(id, seen.txid, 12);
	hear((struct say) { .type = MICE_STUN_ERROR, .error = 500, .to = US,
			    .from = THEM, .txid = id });
	CHECK(a->consent_end == ok && a->path.set, "an error is none");
	CHECK(sim.end[0].stats[MICE_STAT_ConsentBad] == 2, "both are counted");

	/* Through the home agents nobody is asked, and nothing is kept open. */
	a = alone(conf, true, 1);
	select_first();
	a->path.relayed = true;
	clear();
	clock_to(sim.now + 100000);
	CHECK(!sim.n_packets && a->path.set, "relayed: %u packets", sim.n_packets);
}

/* A consent request is under way; its transaction. */
static void consent_asked(struct mice_agent *a, u8 *id)
{
	clear();
	while (!sim.n_packets)
		clock_to(sim.now + 1);
	packet(0);
	assert(!memcmp(seen.txid, a->consent.id, 12));
	memcpy(id, seen.txid, 12);
}

/* RFC 7675 5.2: 403, signed and from where it was asked, ends consent at once. */
static void test_revoked(void)
{
	struct mice_agent_conf conf = { .consent = true };
	struct mice_agent *a = alone(conf, true, 1);
	struct say no = { .type = MICE_STUN_ERROR, .error = 403, .to = US,
			  .from = THEM };
	unsigned int *stats = sim.end[0].stats;
	struct say s;
	u8 id[12];

	select_first();
	consent_asked(a, id);
	s = no, s.txid = id, s.no_mac = true, hear(s);
	s = no, s.txid = id, s.wrong_mac = true, hear(s);
	CHECK(a->path.set && stats[MICE_STAT_ResponseBadMac] == 2, "not signed");
	s = no, s.txid = id, s.from.port++, hear(s);
	CHECK(a->path.set && stats[MICE_STAT_ConsentBad] == 1, "from elsewhere");
	consent_asked(a, id);
	s = no, s.txid = id, hear(s);
	CHECK(!a->path.set && a->consent_lost && a->state == MICE_FAILED_STATE &&
	      stats[MICE_STAT_ConsentRevoked] == 1 && stats[MICE_STAT_ConsentBad] == 1,
	      "revoked");
	clear();
	clock_to(sim.now + 90000);
	CHECK(!sim.n_packets, "nothing is sent any more");

	/* The path of an earlier run. */
	a = alone(plain, true, 1);
	select_first();
	sim_restart(0, true);
	mice_agent_gathered(a, true);
	CHECK(a->path.set && a->path_old, "old");
	consent_asked(a, id);
	s = no, s.txid = id, hear(s);
	CHECK(!a->path.set && stats[MICE_STAT_PathLost] == 1 &&
	      stats[MICE_STAT_ConsentRevoked] == 1, "lost at once");
}

/* RFC 8863: patience. */
static void test_patience(void)
{
	struct mice_agent *a = alone((struct mice_agent_conf) { .pac = true },
				     true, 1);
	u64 start = sim.now;

	clock_to(start + 39499);
	CHECK(a->state == MICE_RUNNING, "before 39.5 s");
	clock_to(start + 39500);
	CHECK(a->state == MICE_FAILED_STATE, "after 39.5 s");
	/* A check of the peer revives a session that has failed. */
	hear((struct say) { .type = MICE_STUN_REQUEST, .from = THEM, .to = US });
	CHECK(a->state == MICE_RUNNING && a->list.pairs[0].tx.live, "revived");
	clear();
	clock_to(sim.now + 20);
	/* No pair at all: some time for the peer's checks. */
	a = alone(plain, true, 0);
	start = sim.now;
	clock_to(start + 7899);
	CHECK(a->state == MICE_RUNNING, "no pair");
	clock_to(start + 7900);
	CHECK(a->state == MICE_FAILED_STATE, "no pair for 7900 ms");
}

/* The stack refuses: that pair alone fails, at once. */
static void test_send_error(void)
{
	struct mice_agent *a;

	alone_gathered(plain, true);
	a = &sim.end[0].agent;
	peer_has(1);
	mice_list_add_remote(&a->list, MICE_CAND_HOST,
			     &(struct mice_addr) { 6, 1, { 0x20, 1, [15] = 1 } },
			     0x7fffffff);
	mice_agent_remote(a, sim.now, &peer_offer, &peer_key, true);
	/* A pair of two families is never formed; make one that cannot be sent. */
	CHECK(a->list.n_pairs == 1, "%u pairs", a->list.n_pairs);
	a->list.remotes[1].addr.ver = 6;
	clock_to(sim.now);
	CHECK(a->list.pairs[0].state == MICE_FAILED &&
	      a->list.pairs[0].why == MICE_WHY_SEND &&
	      sim.end[0].stats[MICE_STAT_CheckSendFailed] == 1, "failed at once");
}

/* D14.4.1: what data is taken from. */
static void test_validated(void)
{
	struct mice_agent *a = alone(plain, true, 2);
	struct mice_addr us = US, them = THEM;
	struct mice_addr other = addr4(192, 0, 2, 3, 4191);

	CHECK(!mice_agent_validated(a, &us, &them), "nothing yet");
	clock_to(sim.now);
	CHECK(!mice_agent_validated(a, &us, &them), "a check was sent");
	answer(0);
	CHECK(mice_agent_validated(a, &us, &them), "and answered");
	CHECK(!mice_agent_validated(a, &us, &other), "not the other pair");
	CHECK(!mice_agent_validated(a, &them, &us), "not the wrong way");
	hear((struct say) { .type = MICE_STUN_REQUEST, .from = other, .to = US });
	CHECK(mice_agent_validated(a, &us, &other), "a check came and was answered");
	other.port++;
	CHECK(!mice_agent_validated(a, &us, &other), "another port");
}

/* End 0 again, over IPv6. */
#define US6	addr6(1, 4191)
#define THEM6	addr6(2, 4191)

static struct mice_agent *alone6(struct mice_agent_conf conf)
{
	alone_gathered(conf, true);
	sim_reset(42);
	sim_add_host(0, 0, US6);
	mice_agent_init(&sim.end[0].agent, &sim_ops, &conf);
	sim_restart(0, true);
	peer_has(1);
	peer_offer.cands[0].addr = THEM6;
	mice_agent_remote(&sim.end[0].agent, sim.now, &peer_offer, &peer_key, true);
	return &sim.end[0].agent;
}

/*
 * Whoever knows our password makes nobody a victim of longer answers than his
 * requests; what an honest peer sends is always long enough.
 */
static void test_short(void)
{
	struct mice_agent *a = alone6(plain);
	unsigned int *stats = sim.end[0].stats;
	struct say shortest = { .type = MICE_STUN_REQUEST, .from = THEM6, .to = US6,
				.no_priority = true, .controlling = -1 };
	struct mice_addr victim = addr6(9, 9);
	struct say s;
	char user[16];

	mice_ufrag_text(a->own.ufrag, user);
	strcpy(user + 4, ":a");
	shortest.user = user;

	s = shortest, hear(s);
	CHECK(heard_len == 64 && stats[MICE_STAT_RequestShort] == 1 &&
	      !stats[MICE_STAT_RequestIn], "64 octets from a candidate");
	s.from = victim, s.no_priority = false, hear(s);
	CHECK(heard_len == 72 && stats[MICE_STAT_RequestShort] == 2 &&
	      !stats[MICE_STAT_PrflxRemote], "72 from anywhere");
	s.use_candidate = true, s.controlling = 0, clear(), hear(s);
	CHECK(packet(0)->len == 76 && heard_len == 88 &&
	      stats[MICE_STAT_RequestIn] == 1, "88: answered");
	/* The least of RFC 5245: fragments of four characters, PRIORITY, a role. */
	s = (struct say) { .type = MICE_STUN_REQUEST, .from = THEM6, .to = US6 };
	clear(), hear(s);
	CHECK(packet(0)->len == 76 && heard_len == 88, "an honest one: %u",
	      heard_len);
	/* No error answer is longer than what it answers. */
	s = shortest, s.unknown = true, clear(), hear(s);
	CHECK(packet(0)->len <= heard_len && seen.error == 420, "420: %u for %u",
	      packet(0)->len, heard_len);
	s = shortest, s.from = victim, s.from.port++, clear(), hear(s);
	CHECK(packet(0)->len <= heard_len && seen.error == 400, "400: %u for %u",
	      packet(0)->len, heard_len);
	s = shortest, s.wrong_mac = true, clear(), hear(s);
	CHECK(packet(0)->len <= heard_len && seen.error == 401, "401: %u for %u",
	      packet(0)->len, heard_len);
	s = shortest, s.controlling = 1, clear(), hear(s);
	CHECK(packet(0)->len <= heard_len && seen.error == 487, "487: %u for %u",
	      packet(0)->len, heard_len);

	/* Whoever has answered a check of ours is no victim. */
	a = alone6(plain);
	clock_to(sim.now);
	answer(0);
	clear();
	s = shortest, hear(s);
	CHECK(packet(0)->len == 76 && heard_len == 64 &&
	      !stats[MICE_STAT_RequestShort], "validated");

	/* Over IPv4 the shortest is as long as the answer. */
	a = alone(plain, true, 1);
	clear();
	mice_ufrag_text(a->own.ufrag, user);
	user[4] = ':';
	s = shortest, s.from = THEM, s.to = US, hear(s);
	CHECK(packet(0)->len == 64 && heard_len == 64 &&
	      !stats[MICE_STAT_RequestShort], "IPv4");
}

/* Each of these ends somewhere, and is counted there. */
static void test_counted(void)
{
	struct mice_agent *a = &sim.end[0].agent;
	unsigned int *stats = sim.end[0].stats;
	unsigned int i;

	alone_gathered(plain, true);
	peer_has(5);
	peer_offer.cands[1].addr = addr4(224, 0, 0, 1, 9);
	peer_offer.cands[2].addr = addr4(192, 0, 2, 7, 0);
	mice_agent_remote(a, sim.now, &peer_offer, &peer_key, true);
	CHECK(a->list.n_remotes == 3 && stats[MICE_STAT_CandNotChecked] == 2,
	      "candidates that are never checked: %u", stats[MICE_STAT_CandNotChecked]);

	a = alone((struct mice_agent_conf) { .max_pairs = 5 }, true, 8);
	CHECK(a->list.n_pairs == 5 && stats[MICE_STAT_PairLimit] == 3,
	      "pairs: %u left out", stats[MICE_STAT_PairLimit]);
	hear((struct say) { .type = MICE_STUN_REQUEST, .to = US,
			    .from = addr4(192, 0, 2, 99, 1) });
	CHECK(a->list.n_pairs == 5 && stats[MICE_STAT_PairLimit] == 4 &&
	      !stats[MICE_STAT_RequestNoRoom], "one gives way to a check");
	clock_to(sim.now + 1000);
	hear((struct say) { .type = MICE_STUN_REQUEST, .to = US,
			    .from = addr4(192, 0, 2, 98, 1) });
	CHECK(stats[MICE_STAT_PairLimit] == 4 && stats[MICE_STAT_RequestNoRoom] == 1,
	      "none can: counted once");

	/* The limit of all checks, and that of one pair. */
	a = alone((struct mice_agent_conf) { .max_checks = 4 }, false, 1);
	for (i = 0; i < 6; i++) {
		hear((struct say) { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
				    .controlling = 1 });
		clock_to(sim.now + 20);
	}
	CHECK(a->n_checks == 4 && stats[MICE_STAT_TriggerLimit] == 2 &&
	      !stats[MICE_STAT_CheckLimit], "%u begin none", stats[MICE_STAT_TriggerLimit]);
}

/* 9.1.3 and 9.2.3: what a lite agent puts into updates and does with them. */
static void test_updated_lite(void)
{
	struct mice_addr us = US, other = addr4(192, 0, 2, 77, 4191);
	struct mice_agent *a = alone((struct mice_agent_conf) { .lite = true }, false, 2);
	struct mice_offer offer, update;

	mice_agent_add_local(a, MICE_CAND_HOST, &other, 0, 7);
	mice_offer_init(&offer, 0);
	mice_agent_describe(a, &offer);
	CHECK(offer.n == 2 && offer.lite && !offer.has_remote,
	      "running: all candidates (9.1.3.1)");
	update = update_of(US, THEM);
	mice_agent_updated(a, sim.now, &update);
	CHECK(!a->path.set, "no check came over that pair: nobody shows that it works");
	hear((struct say) { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			    .controlling = 1 });
	CHECK(!a->path.set, "nor nominated");
	mice_agent_updated(a, sim.now, &update);
	CHECK(a->path.set && a->state == MICE_COMPLETED && !a->list.controlling &&
	      a->list.pairs[0].valid, "the pair that the remote-candidate names (9.2.3)");
	mice_agent_describe(a, &offer);
	CHECK(offer.n == 1 && offer.lite && !offer.has_remote &&
	      mice_addr_equal(&offer.cands[0].addr, &us),
	      "completed: that one, and no remote-candidate (9.1.3.2)");
}

/* D14.1: a check that was captured comes again and again. */
static void test_replay(void)
{
	static const u8 id[12] = { 7 };
	struct mice_agent *a = alone(plain, false, 2);
	struct say again = { .type = MICE_STUN_REQUEST, .from = THEM, .to = US,
			     .controlling = 1, .txid = id };
	unsigned int i;

	for (i = 0; i < 200; i++) {
		hear(again);
		clock_to(sim.now + 30);
		clear();
	}
	CHECK(a->n_checks == 2, "a repeat begins no check: %u", a->n_checks);

	/* From false addresses it makes no room of what is signalled. */
	alone_gathered(plain, false);
	for (i = 0; i < 60; i++) {
		again.from = addr4(198, 51, 100, i, 4191);
		hear(again);
		clear();
	}
	CHECK(a->list.n_remotes == MICE_PRFLX_MAX, "%u remotes", a->list.n_remotes);
	peer_has(32);
	mice_agent_remote(a, sim.now, &peer_offer, &peer_key, false);
	CHECK(a->list.n_remotes == 32 + MICE_PRFLX_MAX, "all that is signalled");

	/* Other checks of one pair begin so many and no more. */
	a = alone(plain, false, 1);
	again.from = THEM;
	again.txid = NULL;
	for (i = 0; i < 60; i++) {
		hear(again);
		clock_to(sim.now + 30);
		clear();
	}
	CHECK(a->n_checks <= MICE_PAIR_TX_MAX + 1, "%u of one pair", a->n_checks);
}

/* DESIGN: if that pair is dead, on the home-agent path. */
static void test_path_lost(void)
{
	struct mice_agent *a = alone(plain, true, 1);
	unsigned int i, k;
	u64 until;

	select_first();
	sim_restart(0, true);
	mice_agent_gathered(a, false);
	CHECK(a->path.set, "its address is still ours");
	mice_agent_remote(a, sim.now, &peer_offer, &peer_key, true);
	clock_to(sim.now + 7000);
	CHECK(a->path.set, "until the new run has an end");
	clock_to(sim.now + 2000);
	CHECK(a->state == MICE_FAILED_STATE && a->path.set, "nothing works");
	clear();
	clock_to(sim.now + 4000);
	CHECK(!a->path.set && !a->path_old && sim.n_packets >= 3,
	      "neither does the old one, asked a few times");
	CHECK(sim.end[0].stats[MICE_STAT_PathLost] == 1, "counted");

	/* The new run fails, the old path works. */
	a = alone(plain, true, 1);
	select_first();
	sim_restart(0, true);
	mice_agent_gathered(a, false);
	mice_agent_remote(a, sim.now, &peer_offer, &peer_key, true);
	for (i = 0; i < 120; i++) {
		clear();
		clock_to(sim.now + 1000);
		for (k = 0; k < sim.n_packets; k++) {
			packet(k);
			if (seen.type == MICE_STUN_REQUEST && !memcmp(seen.txid, a->consent.id, 12))
				answer(k);
		}
	}
	CHECK(a->state == MICE_FAILED_STATE && a->path.set && a->path_old,
	      "it is kept");
	/* An error is no answer, nor is one from elsewhere. */
	while (!a->consent.live)
		clock_to(sim.now + 100);
	packet(sim.n_packets - 1);
	until = a->consent_end;
	hear((struct say) { .type = MICE_STUN_ERROR, .error = 487, .from = THEM,
			    .to = US, .txid = a->consent.id });
	CHECK(sim.end[0].stats[MICE_STAT_ConsentBad] == 1 && a->consent_end == until,
	      "an error is counted");
	clock_to(sim.now + 31000);
	CHECK(!a->path.set, "until it does not");

	/* What is no candidate any more may still be an address of ours. */
	a = alone(plain, true, 1);
	select_first();
	sim.end[0].host[0] = addr4(192, 0, 2, 77, 4191);
	sim_restart(0, true);
	mice_agent_gathered(a, true);
	CHECK(a->path.set && a->path_old, "a deprecated one works");

	a = alone(plain, true, 1);
	select_first();
	sim.end[0].host[0] = addr4(192, 0, 2, 77, 4191);
	sim_restart(0, true);
	mice_agent_gathered(a, false);
	CHECK(!a->path.set, "its address is gone");
}

static const struct tap_case cases[] = {
	{ "the networks of the issue, regular nomination", test_networks },
	{ "aggressive nomination", test_networks_aggressive },
	{ "one packet of five is lost", test_networks_loss },
	{ "without home agents", test_no_home },
	{ "a request and its attributes", test_request },
	{ "sends at 0 ... 6300 ms, failed at 7900", test_schedule },
	{ "Ta between checks", test_pacing },
	{ "no more than 100 checks (D14.4.2)", test_limit },
	{ "which responses are believed (D14.1)", test_responses },
	{ "peer-reflexive candidates of ours", test_prflx_local },
	{ "requests and their answers", test_requests },
	{ "triggered checks", test_triggered },
	{ "role conflicts", test_roles },
	{ "checks before the answer", test_early },
	{ "when we nominate", test_nomination },
	{ "when we are nominated to", test_nominated },
	{ "keepalives", test_keepalive },
	{ "restart", test_restart },
	{ "a path of an earlier run", test_path_lost },
	{ "replays (D14.1)", test_replay },
	{ "lite", test_lite },
	{ "both claim the same role", test_conflict },
	{ "updated offers and remote-candidates", test_updated },
	{ "a nomination that overtook ours (9.2.2.3)", test_losing },
	{ "consent (RFC 7675)", test_consent },
	{ "consent: who is asked, and when (RFC 7675 5.1)", test_consent_details },
	{ "patience (RFC 8863)", test_patience },
	{ "an address that cannot be sent to", test_send_error },
	{ "consent that is revoked (RFC 7675 5.2)", test_revoked },
	{ "answers that would amplify", test_short },
	{ "what is left out is counted", test_counted },
	{ "updated offers of lite agents (9.1.3, 9.2.3)", test_updated_lite },
	{ "where data may come from (D14.4.1)", test_validated },
};

int main(void)
{
	return tap_run(cases, ARRAY_SIZE(cases));
}
