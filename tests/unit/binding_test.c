// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/binding.c: Binding Updates and Acknowledgements between a mobile
 * node and a correspondent. What they send and take is compared octet by octet with
 * what binding_vectors.py has made of the text of RFC 6275.
 */
#include "mice_keys.h"
#include "mice_still.h"
#include "binding_vectors.h"

#define STEP		30000	/* ms, of rr.c */
#define SEQ		0x1234	/* of the vectors */
#define LIFETIME	105
#define OUT(i, name)	(mib[i].mibs[MICE_MIB_##name])
#define VECTOR(name)	vector_##name, sizeof(vector_##name)

enum { MOBILE, PEER };

u64 kernel_ms;
static struct mice_net mn[2];
static struct mice_mib mib[2];
static struct mice_session s[2];
static struct mice_offer described[2];
static struct mice_hmac ice_key;
static struct {
	unsigned int		n;
	bool			udp;
	struct mice_addr	from, to;
	u8			p[MICE_MH_MAX];
	unsigned int		len;
} sent;
static const struct mice_mh_fmt fmt = { 18, 22, 23 };

/* ------------------------------------------------- the rest of mip6_ice */

void get_random_bytes(void *p, size_t n)
{
	u8 *q = p;

	while (n--)
		q[n] = n + 1;
}

static void note(const u8 *p, unsigned int len)
{
	sent.n++;
	sent.len = len;
	memcpy(sent.p, p, len);
}

int mice_udp_send(struct mice_net *m, const struct mice_addr *from,
		  const struct mice_addr *to, const u8 *p, unsigned int len)
{
	note(p, len);
	sent.udp = true;
	sent.from = *from;
	sent.to = *to;
	return 0;
}

int mice_mh_send(struct mice_net *m, const struct in6_addr *from,
		 const struct in6_addr *to, u8 *p, unsigned int len)
{
	mice_mh_set_sum(p, (const u8 *)from, (const u8 *)to);
	note(p, len);
	sent.udp = false;
	return 0;
}

struct mice_offer *mice_session_describe(struct mice_session *session)
{
	session->mn->made = described[session == &s[PEER]];
	return &session->mn->made;
}

static bool answers = true;

bool mice_session_may_answer(struct mice_session *session)
{
	return answers;
}

void mice_trace_count(const struct mice_net *m, unsigned int id, unsigned int n)
{
}

/* ------------------------------------------------------------- the nodes */

static struct mice_addr v4(u8 last)
{
	return addr4(192, 0, 2, last, 4191);
}

/* 2001:db8:a::1 and 2001:db8:b::2 */
static struct mice_addr v6(u8 last)
{
	struct mice_addr a = addr6(last, 4191);

	a.ip[5] = 9 + last;
	return a;
}

static struct mice_cand host_cand(struct mice_addr a)
{
	return (struct mice_cand) { .type = MICE_CAND_HOST,
				    .priority = 0x7effffff, .addr = a };
}

static void describe(unsigned int i, u16 ufrag, u8 pwd, struct mice_addr ours,
		     struct mice_addr theirs)
{
	struct mice_offer *o = &described[i];
	unsigned int k;

	mice_offer_init(o, 0);
	o->ufrag = ufrag;
	for (k = 0; k < sizeof(o->pwd); k++)
		o->pwd[k] = pwd + k;
	o->n = 1;
	o->cands[0] = host_cand(ours);
	o->has_remote = true;
	o->remote = host_cand(theirs);
}

static struct in6_addr home(unsigned int i)
{
	struct in6_addr a = { };

	memcpy(&a, "\x20\x01\x0d\xb8", 4);
	a.s6_addr[5] = i == MOBILE ? 0xaa : 0xbb;
	a.s6_addr[15] = 1;
	return a;
}

static void end(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!mn[i].kcn)
			continue;
		mice_rr_exit(&mn[i]);
		mice_hmac_free(s[i].kbm_key);
	}
}

/* An agent with the pair of @ours and @theirs, of which it has heard nothing. */
static void begin_agent(unsigned int i, struct mice_addr ours,
			struct mice_addr theirs)
{
	static const struct mice_agent_conf conf;
	struct mice_agent *a = &s[i].agent;
	struct mice_offer offer;

	mice_agent_init(a, &still_ops, &conf);
	mice_agent_restart(a, 1, &ice_key, (const u8 *)"tags", i == MOBILE);
	mice_agent_add_local(a, MICE_CAND_HOST, &ours, 0, 65535);
	mice_offer_init(&offer, 0);
	offer.ufrag = i == MOBILE ? 0xcafe : 0xbeef;
	offer.n = 1;
	offer.cands[0] = host_cand(theirs);
	mice_agent_remote(a, kernel_ms, &offer, &ice_key, i == MOBILE);
}

/*
 * Node 0 has offered and asked for tokens, a step of nonces lies between them; its
 * agent has selected the pair of @a and @b.
 */
static void begin_between(struct mice_addr a, struct mice_addr b)
{
	struct mice_session *m = &s[MOBILE];
	unsigned int i;

	end();
	memset(mn, 0, sizeof(mn));
	memset(mib, 0, sizeof(mib));
	memset(s, 0, sizeof(s));
	memset(&sent, 0, sizeof(sent));
	kernel_ms = 5000000;
	for (i = 0; i < 2; i++) {
		mn[i].mib = &mib[i];
		mn[i].lock.held = true;
		mn[i].knobs.option_type = 18;
		mn[i].knobs.mh_coti_ice = 22;
		mn[i].knobs.mh_cot_ice = 23;
		assert(!mice_rr_init(&mn[i]));
		s[i].mn = &mn[i];
		s[i].home = home(i);
		s[i].peer = home(!i);
		s[i].kbm_key = mice_hmac_alloc();
		s[i].bu_at = s[i].tokens_at = s[i].retry_at = MICE_NEVER;
		s[i].signal = MICE_SIG_DONE;
	}
	kernel_ms += 3 * STEP;
	begin_agent(MOBILE, a, b);
	begin_agent(PEER, b, a);
	describe(MOBILE, 0xbeef, 0xa0, a, b);
	describe(PEER, 0xcafe, 0xc0, b, a);

	m->we_offered = true;
	m->bu_seq = SEQ - 1;
	m->have_home = m->have_careof = true;
	m->home_nonce = 2;
	m->careof_nonce = 3;
	memcpy(m->home_token, vector_home_token, MICE_TOKEN_LEN);
	memcpy(m->careof_token, vector_careof_token, MICE_TOKEN_LEN);
	m->agent.path = (struct mice_path) { .set = true, .local = a, .remote = b };
	mice_binding_selected(m);
}

static void begin(void)
{
	begin_between(v4(1), v4(2));
}

static u64 tick(void)
{
	return mice_binding_tick(&s[MOBILE], kernel_ms);
}

static bool sent_is(const u8 *p, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < min(len, sent.len) && p[i] == sent.p[i]; i++)
		;
	if (i < len || sent.len != len)
		printf("# octet %u of %u differs, %u were sent\n", i, len, sent.len);
	return i == len && sent.len == len;
}

/* Node @i hears the message, in UDP unless it came @by_home. */
static void hear_at(unsigned int i, const u8 *p, unsigned int len, bool by_home)
{
	struct mice_addr to = v4(2 - !i), from = v4(1 + !i);
	struct mice_offer *o = &mn[i].read;
	const u8 *at = stage(p, len);
	struct mice_mh mh;

	mice_offer_init(o, 0);
	assert(mice_mh_parse(at, len, &fmt, &mh, o) == MICE_MH_OK);
	if (i == PEER)
		mice_binding_update(&s[i], by_home ? NULL : &to,
				    by_home ? NULL : &from, at, &mh, o);
	else
		mice_binding_ack(&s[i], at, &mh, o);
}

static void hear(unsigned int i, const u8 *p, unsigned int len)
{
	hear_at(i, p, len, false);
}

/* The authenticator of a message of theirs, computed here. */
static void sign_by(const u8 tokens[16], u8 *p, unsigned int len,
		    const struct mice_addr *careof)
{
	u8 kbm[20], all[32 + MICE_MH_MAX] = { }, mac[20];
	struct in6_addr correspondent = home(PEER);
	unsigned int n;

	p[4] = p[5] = 0;
	SHA1(tokens, 16, kbm);
	if (careof->ver == 4) {
		memset(all + 10, 0xff, 2);
		memcpy(all + 12, careof->ip, 4);
	} else {
		memcpy(all, careof->ip, 16);
	}
	memcpy(all + 16, &correspondent, 16);
	memcpy(all + 32, p, len - 12);
	HMAC(EVP_sha1(), kbm, sizeof(kbm), all, 32 + len - 12, mac, &n);
	memcpy(p + len - 12, mac, 12);
}

static void sign(u8 *p, unsigned int len, const struct mice_addr *careof)
{
	u8 tokens[16];

	memcpy(tokens, vector_home_token, 8);
	memcpy(tokens + 8, vector_careof_token, 8);
	sign_by(tokens, p, len, careof);
}

/*
 * A vector whose M-ICE option, of 72 octets at @at, comes twice; the second says
 * another ufrag, if it is @other.
 */
static unsigned int twice(u8 *p, const u8 *vector, unsigned int len,
			  unsigned int at, bool other)
{
	const struct mice_addr careof = v4(1);
	const unsigned int option = 72;
	u8 *second = p + at + option;

	memcpy(p, vector, at + option);
	memcpy(second, vector + at, len - at);
	if (other) {	/* what one field has less the checksum has more */
		mice_put16(second + 20, mice_get16(second + 20) - 1);
		mice_put16(second + 4, mice_get16(second + 4) + 1);
	}
	len += option;
	p[1] = len / 8 - 1;
	sign(p, len, &careof);
	return len;
}

/* A BA to the mobile node; with an authenticator if it is @signed_. */
static void hear_ack(u8 status, u16 seq, bool signed_, const struct mice_offer *o)
{
	struct mice_mh ba = { .kind = MICE_MSG_BA, .status = status, .seq = seq,
			      .has_auth = signed_ };
	struct mice_addr careof = described[MOBILE].cands[0].addr;
	unsigned int len;
	u8 p[512];

	len = mice_mh_build(p, sizeof(p), &fmt, &ba, o, false);
	if (signed_)
		sign(p, len, &careof);
	hear(MOBILE, p, len);
}

/* ---------------------------------------------------------------- cases */

static void test_octets(void)
{
	struct mice_addr a = v4(1), b = v4(2);

	begin();
	CHECK(tick() == kernel_ms + 1000, "repeated after a second");
	CHECK(sent.n == 1 && sent_is(VECTOR(bu_4)), "BU, IPv4");
	CHECK(sent.udp && mice_addr_equal(&sent.from, &a) &&
	      mice_addr_equal(&sent.to, &b), "over the pair");
	hear(PEER, VECTOR(bu_4));
	CHECK(OUT(PEER, UpdateIn) == 1 && sent.n == 2 && sent_is(VECTOR(ba_4)),
	      "BA, IPv4");
	CHECK(sent.udp && mice_addr_equal(&sent.from, &b) &&
	      mice_addr_equal(&sent.to, &a), "to where it came from");
	hear(MOBILE, VECTOR(ba_4));
	CHECK(OUT(MOBILE, UpdateAckIn) == 1 && tick() == MICE_NEVER, "taken");
	CHECK(OUT(MOBILE, UpdateOut) == 1 && OUT(PEER, UpdateAckOut) == 1, "counted");

	begin_between(v6(1), v6(2));
	tick();
	CHECK(sent_is(VECTOR(bu_6)), "BU, IPv6");
	hear(PEER, VECTOR(bu_6));
	CHECK(OUT(PEER, UpdateIn) == 1 && sent_is(VECTOR(ba_6)), "BA, IPv6");
	hear(MOBILE, VECTOR(ba_6));
	CHECK(OUT(MOBILE, UpdateAckIn) == 1, "taken");

	/* Through the home agents the octets are the same. */
	begin();
	s[MOBILE].agent.path.relayed = true;
	tick();
	CHECK(!sent.udp && sent_is(VECTOR(bu_4)), "BU through the home agents");
	hear_at(PEER, VECTOR(bu_4), true);
	CHECK(!sent.udp && sent_is(VECTOR(ba_4)), "and BA");

	/* RFC 6275 6.1.7: without A nothing is acknowledged. */
	begin();
	{
		u8 p[sizeof(vector_bu_4)];

		memcpy(p, vector_bu_4, sizeof(p));
		p[8] = 0;
		sign(p, sizeof(p), &a);
		hear(PEER, p, sizeof(p));
		CHECK(OUT(PEER, UpdateIn) == 1 && !sent.n, "not asked for");
	}
}

/* DESIGN-M-ICE: the end that sent CoTI-ICE, whatever its role. */
static void test_sender(void)
{
	begin();
	s[MOBILE].agent.list.controlling = false;
	tick();
	CHECK(sent.n == 1, "also when it is controlled");

	begin();
	s[PEER].agent.path = s[MOBILE].agent.path;
	s[PEER].agent.list.controlling = true;
	s[PEER].have_home = s[PEER].have_careof = true;
	mice_binding_selected(&s[PEER]);
	CHECK(mice_binding_tick(&s[PEER], kernel_ms) == MICE_NEVER && !sent.n,
	      "never the other, also when it controls");
	s[PEER].we_offered = true;
	s[PEER].flags = MIP6_ICE_PEER_FLAGS_MANUAL;
	mice_binding_selected(&s[PEER]);
	CHECK(mice_binding_tick(&s[PEER], kernel_ms) == MICE_NEVER && !sent.n,
	      "never with manual signalling");

	begin();
	s[MOBILE].have_home = false;
	CHECK(tick() == MICE_NEVER && !sent.n, "not without the home token");
	mice_binding_tokens(&s[MOBILE]);
	CHECK(s[MOBILE].tokens_at == MICE_NEVER, "one is not both");
	s[MOBILE].have_home = true;
	s[MOBILE].have_careof = false;
	mice_binding_tokens(&s[MOBILE]);
	CHECK(s[MOBILE].tokens_at == MICE_NEVER, "nor is the other");
	CHECK(tick() == MICE_NEVER && !sent.n, "nor without the other");
	s[MOBILE].have_careof = true;
	s[MOBILE].agent.path.set = false;
	CHECK(tick() == MICE_NEVER && !sent.n, "nor without a pair");
	s[MOBILE].agent.path.set = true;
	s[MOBILE].agent.path_old = true;
	CHECK(tick() == MICE_NEVER && !sent.n, "nor for that of an earlier run");
	s[MOBILE].agent.path_old = false;
	described[MOBILE].n = 0;
	tick();
	CHECK(!sent.n && !OUT(MOBILE, UpdateOut), "nor without a care-of address");

	/* 12: new tokens after 180 s, before they are 210 s old. */
	begin();
	s[MOBILE].bu_at = MICE_NEVER;
	s[MOBILE].refreshing = true;
	mice_binding_tokens(&s[MOBILE]);
	CHECK(s[MOBILE].tokens_at == kernel_ms + 180000 && !s[MOBILE].refreshing,
	      "asked for again");
	tick();
	CHECK(sent.n == 1, "and the binding is renewed");
	s[MOBILE].bu_at = MICE_NEVER;
	s[MOBILE].agent.path_old = true;
	mice_binding_tokens(&s[MOBILE]);
	CHECK(s[MOBILE].bu_at == MICE_NEVER, "not for an earlier run's pair");
}

/* 11.8: 1, 2, 4 ... s; each with a greater number. */
static void test_repeats(void)
{
	static const unsigned int at[] = { 0, 1, 3, 7, 15, 31, 63 };
	u64 start;
	unsigned int i;

	begin();
	start = kernel_ms;
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		kernel_ms = start + at[i] * 1000 - !!i;
		if (i)
			tick();
		CHECK(sent.n == i, "%u before %u s", sent.n, at[i]);
		kernel_ms = start + at[i] * 1000;
		tick();
		CHECK(sent.n == i + 1 && mice_get16(sent.p + 6) == SEQ + i,
		      "%u after %u s, number %04x", sent.n, at[i],
		      mice_get16(sent.p + 6));
		if (i == 1)
			CHECK(sent_is(VECTOR(bu_next)), "the first repeat");
	}
	kernel_ms = start + 126999;
	tick();
	CHECK(!OUT(MOBILE, UpdateSilent), "before 127 s");
	kernel_ms++;
	CHECK(tick() == MICE_NEVER && sent.n == 7 && OUT(MOBILE, UpdateSilent) == 1,
	      "and no more");
	/* An acknowledgement of any of them would have done; now it is too late. */
	hear_ack(0, SEQ, true, NULL);
	CHECK(!OUT(MOBILE, UpdateAckIn) && OUT(MOBILE, MhUnexpected) == 1, "too late");

	/* A pair that is selected next has a series of its own. */
	begin();
	tick();
	kernel_ms += 1000;
	tick();
	mice_binding_selected(&s[MOBILE]);
	CHECK(tick() == kernel_ms + 1000 && sent.n == 3, "at once");
	hear_ack(0, SEQ, true, NULL);
	hear_ack(0, SEQ + 1, true, NULL);
	CHECK(OUT(MOBILE, MhUnexpected) == 2 && s[MOBILE].bu_at != MICE_NEVER,
	      "what acknowledges the pair before is late");
	hear_ack(0, SEQ + 2, true, NULL);
	CHECK(s[MOBILE].bu_at == MICE_NEVER, "its own is not");
}

/* Every bit of it that is not as it was signed. */
static void test_integrity(void)
{
	struct mice_addr other = v4(9);
	u8 p[sizeof(vector_bu_4)];
	unsigned int bit, parsed = 0, silent = 0;

	begin();
	for (bit = 6 * 8; bit < 8 * sizeof(p); bit++) {
		struct mice_offer o;
		struct mice_mh mh;

		memcpy(p, vector_bu_4, sizeof(p));
		p[bit / 8] ^= 0x80 >> bit % 8;
		/* What does not parse does not get so far. */
		mice_offer_init(&o, 0);
		if (mice_mh_parse(p, sizeof(p), &fmt, &mh, &o) != MICE_MH_OK)
			continue;
		parsed++;
		sent.n = 0;
		hear(PEER, p, sizeof(p));
		CHECK(!OUT(PEER, UpdateIn), "bit %u", bit);
		silent += !sent.n;
	}
	CHECK(OUT(PEER, UpdateBad) > 700 && silent > 700, "%lu, %u: refused in silence",
	      (unsigned long)OUT(PEER, UpdateBad), silent);
	CHECK(OUT(PEER, UpdateBad) + OUT(PEER, UpdateStale) == parsed, "each is counted");
	hear(PEER, VECTOR(bu_4));
	CHECK(OUT(PEER, UpdateIn) == 1, "the true one");

	/* Signed for another care-of address, or by whoever has no tokens. */
	begin();
	memcpy(p, vector_bu_4, sizeof(p));
	sign(p, sizeof(p), &other);
	hear(PEER, p, sizeof(p));
	CHECK(OUT(PEER, UpdateBad) == 1 && !sent.n, "another care-of address");
	/* The checksum is no part of what is signed: a NAT cannot change it, but it
	 * is zero when it is signed.
	 */
	memcpy(p, vector_bu_4, sizeof(p));
	p[4] ^= 0xff;
	hear(PEER, p, sizeof(p));
	CHECK(OUT(PEER, UpdateIn) == 1, "the checksum counts as zero");

	/* The same for an acknowledgement. */
	begin();
	tick();
	for (bit = 6 * 8; bit < 8 * sizeof(vector_ba_4); bit++) {
		u8 q[sizeof(vector_ba_4)];
		struct mice_offer o;
		struct mice_mh mh;

		memcpy(q, vector_ba_4, sizeof(q));
		q[bit / 8] ^= 0x80 >> bit % 8;
		mice_offer_init(&o, 0);
		if (mice_mh_parse(q, sizeof(q), &fmt, &mh, &o) == MICE_MH_OK)
			hear(MOBILE, q, sizeof(q));
		CHECK(s[MOBILE].bu_at != MICE_NEVER, "bit %u", bit);
	}
	CHECK(!OUT(MOBILE, UpdateAckIn) && OUT(MOBILE, UpdateBad) > 700, "%lu",
	      (unsigned long)OUT(MOBILE, UpdateBad));
}

/* What 9.5.1 wants to be there. */
static void test_missing(void)
{
	struct mice_addr careof = v4(1), none = { };
	struct in6_addr mobile = home(MOBILE);
	u8 tokens[16];
	struct mice_mh bu = { .kind = MICE_MSG_BU, .seq = SEQ, .flags = MICE_BU_ACK,
			      .lifetime = LIFETIME, .has_nonces = true,
			      .home_nonce = 2, .careof_nonce = 3, .has_auth = true };
	struct mice_mh m;
	struct mice_offer empty;
	unsigned int len;
	u8 p[512];

	begin();
	m = bu;
	m.has_nonces = false;
	len = mice_mh_build(p, sizeof(p), &fmt, &m, &described[MOBILE], false);
	/* Those of the first nonces would be 0 and 0. */
	mice_rr_token(&mn[PEER], &mobile, 0, MICE_TOKEN_HOME, tokens);
	mice_rr_token(&mn[PEER], &mobile, 0, MICE_TOKEN_ICE, tokens + 8);
	sign_by(tokens, p, len, &careof);
	hear(PEER, p, len);
	CHECK(OUT(PEER, UpdateBad) == 1 && !sent.n, "no Nonce Indices");
	m = bu;
	m.has_auth = false;
	len = mice_mh_build(p, sizeof(p), &fmt, &m, &described[MOBILE], false);
	hear(PEER, p, len);
	CHECK(OUT(PEER, UpdateBad) == 2 && !sent.n, "no authenticator");
	len = mice_mh_build(p, sizeof(p), &fmt, &bu, NULL, false);
	sign(p, len, &none);
	hear(PEER, p, len);
	CHECK(OUT(PEER, UpdateBad) == 3 && !sent.n, "no option of ours");
	empty = described[MOBILE];
	empty.n = 0;
	empty.has_remote = false;
	len = mice_mh_build(p, sizeof(p), &fmt, &bu, &empty, false);
	sign(p, len, &none);
	hear(PEER, p, len);
	CHECK(OUT(PEER, UpdateBad) == 4 && !sent.n, "no care-of address");

	/* Through the home agents not more often than an honest peer asks. */
	begin();
	answers = false;
	hear_at(PEER, VECTOR(bu_4), true);
	CHECK(!sent.n && OUT(PEER, UpdateIn) == 1, "taken, and not acknowledged");
	hear(PEER, VECTOR(bu_4));
	CHECK(sent.n == 1, "over a pair there are other limits");
	answers = true;

	/* No memory for Kbm, on either end. */
	begin();
	no_key = true;
	hear(PEER, VECTOR(bu_4));
	CHECK(OUT(PEER, KeyFailed) == 1 && !OUT(PEER, UpdateIn) && sent.n == 1 &&
	      sent.p[6] == MICE_BA_PROHIBITED, "refused: %u", sent.p[6]);
	sent.n = 0;
	tick();
	CHECK(OUT(MOBILE, KeyFailed) == 1 && !sent.n, "no BU without an authenticator");
	no_key = false;
	len = mice_mh_build(p, sizeof(p), &fmt, &bu, &described[MOBILE], false);
	sign(p, len, &careof);
	hear(PEER, p, len);
	CHECK(OUT(PEER, UpdateIn) == 1, "all is there");
}

/* 9.5.1, 9.5.4: 136, 137, 138; not signed, and no longer than the question. */
static void test_nonces(void)
{
	static const struct {
		u8		home, careof;
		const u8	*want;
	} indices[] = {
		{ 200, 3, vector_ba_136 },
		{ 2, 200, vector_ba_137 },
		{ 200, 201, vector_ba_138 },
		{ 4, 4, vector_ba_138 },	/* of the future */
	};
	u8 p[sizeof(vector_bu_4)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		begin();
		memcpy(p, vector_bu_4, sizeof(p));
		p[15] = indices[i].home;
		p[17] = indices[i].careof;
		hear(PEER, p, sizeof(p));
		CHECK(OUT(PEER, UpdateStale) == 1 && sent.n == 1 &&
		      sent_is(indices[i].want, sizeof(vector_ba_136)),
		      "indices %u, %u", indices[i].home, indices[i].careof);
	}
	/* After 240 s that of home is too old, after 270 s both are. */
	begin();
	kernel_ms += 7 * STEP;
	hear(PEER, VECTOR(bu_4));
	CHECK(sent_is(VECTOR(ba_136)), "the older one is stale first");
	kernel_ms += STEP;
	hear(PEER, VECTOR(bu_4));
	CHECK(sent_is(VECTOR(ba_138)) && !OUT(PEER, UpdateIn), "both");
}

/* 9.5.1, 11.7.3: Sequence #, modulo 2^16; status 135. */
static void test_sequence(void)
{
	struct mice_addr careof = v4(1);
	struct { u16 last, next; bool ok; } pairs[] = {
		{ SEQ - 1, SEQ, true }, { SEQ, SEQ, false }, { SEQ + 1, SEQ, false },
		{ SEQ - 0x7fff, SEQ, true }, { (u16)(SEQ - 0x8000), SEQ, false },
		{ SEQ + 0x7fff, SEQ, false },
	};
	unsigned int i;
	u8 p[512];

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		begin();
		s[PEER].bu_seen = true;
		s[PEER].bu_in_seq = pairs[i].last;
		hear(PEER, VECTOR(bu_4));
		CHECK(OUT(PEER, UpdateIn) == pairs[i].ok &&
		      OUT(PEER, UpdateStale) == !pairs[i].ok, "%04x after %04x",
		      SEQ, pairs[i].last);
		CHECK(sent.n == 1 && sent.p[6] == (pairs[i].ok ? 0 : 135),
		      "status %u", sent.p[6]);
		CHECK(mice_get16(sent.p + 8) ==
		      (pairs[i].ok ? SEQ : pairs[i].last), "the last one: %04x",
		      mice_get16(sent.p + 8));
		/* A rejected one has no lifetime; it is signed. */
		CHECK(mice_get16(sent.p + 10) == (pairs[i].ok ? LIFETIME : 0),
		      "lifetime %u", mice_get16(sent.p + 10));
		memcpy(p, sent.p, sent.len);
		sign(p, sent.len, &careof);
		CHECK(!memcmp(p + sent.len - 12, sent.p + sent.len - 12, 12), "signed");
		CHECK(s[PEER].bu_in_seq == (pairs[i].ok ? SEQ : pairs[i].last),
		      "kept: %04x", s[PEER].bu_in_seq);
	}
	/* What is captured comes again. */
	begin();
	hear(PEER, VECTOR(bu_4));
	hear(PEER, VECTOR(bu_4));
	CHECK(OUT(PEER, UpdateIn) == 1 && OUT(PEER, UpdateStale) == 1, "a replay");
	hear(PEER, VECTOR(bu_next));
	CHECK(OUT(PEER, UpdateIn) == 2, "the next one");
	/* The first may have any number. */
	begin();
	s[PEER].bu_in_seq = SEQ;
	hear(PEER, VECTOR(bu_4));
	CHECK(OUT(PEER, UpdateIn) == 1, "the first");

	/* The mobile node goes on from what it is told, if that is signed. */
	begin();
	tick();
	hear_ack(135, 0x7000, false, NULL);
	CHECK(OUT(MOBILE, UpdateBad) == 1 && s[MOBILE].bu_seq == SEQ, "unsigned 135");
	hear_ack(135, 0x7000, true, NULL);
	CHECK(OUT(MOBILE, UpdateAckIn) == 1, "signed 135");
	tick();
	CHECK(sent.n == 2 && mice_get16(sent.p + 6) == 0x7001, "goes on: %04x",
	      mice_get16(sent.p + 6));
	hear_ack(0, SEQ, true, NULL);
	CHECK(OUT(MOBILE, MhUnexpected) == 1 && s[MOBILE].bu_at != MICE_NEVER,
	      "a number of before that");
	hear_ack(0, 0x7001, true, NULL);
	CHECK(s[MOBILE].bu_at == MICE_NEVER && OUT(MOBILE, UpdateAckIn) == 2, "taken");
}

/* 11.7.3: which acknowledgements end the repeats. */
static void test_acks(void)
{
	struct mice_session *m = &s[MOBILE];
	unsigned int i;

	begin();
	tick();
	hear_ack(0, SEQ - 1, true, NULL);
	hear_ack(0, SEQ + 1, true, NULL);
	CHECK(OUT(MOBILE, MhUnexpected) == 2 && m->bu_at != MICE_NEVER,
	      "numbers that were not sent");
	hear_ack(0, SEQ, false, NULL);
	CHECK(OUT(MOBILE, UpdateBad) == 1 && m->bu_at != MICE_NEVER, "not signed");
	kernel_ms += 1000;
	tick();
	hear_ack(0, SEQ, true, NULL);
	CHECK(m->bu_at == MICE_NEVER, "of the first, after the second was sent");
	hear_ack(0, SEQ + 1, true, NULL);
	CHECK(OUT(MOBILE, MhUnexpected) == 3, "once is enough");

	begin();
	tick();
	m->have_home = false;
	hear_ack(0, SEQ, true, NULL);
	CHECK(OUT(MOBILE, MhUnexpected) == 1 && m->bu_at != MICE_NEVER,
	      "without a token nothing can be verified");
	m->have_home = true;
	m->have_careof = false;
	hear_ack(0, SEQ, true, NULL);
	CHECK(OUT(MOBILE, MhUnexpected) == 2, "nor without the other");

	/* 136 to 138 are not signed: new tokens, once in ten seconds. */
	for (i = 135; i <= 139; i++) {
		bool refused = i >= 136 && i <= 138;

		begin();
		tick();
		m->tokens_at = kernel_ms + 100000;
		hear_ack(i, SEQ + 1, false, NULL);
		CHECK(!m->refreshing, "%u of another number", i);
		hear_ack(i, SEQ, false, NULL);
		CHECK(m->refreshing == refused && m->have_home == !refused &&
		      m->have_careof == !refused, "status %u", i);
		CHECK(OUT(MOBILE, UpdateBad) == 2 * !refused, "status %u", i);
		if (!refused)
			continue;
		CHECK(m->bu_at == MICE_NEVER && !m->retry_at &&
		      m->retry_wait == MICE_RETRY_FIRST &&
		      m->tokens_at == MICE_NEVER, "asks at once");
		m->have_home = m->have_careof = true;
		m->refreshing = false;
		mice_binding_selected(m);
		tick();
		kernel_ms += 9999;
		hear_ack(i, m->bu_seq, false, NULL);
		CHECK(!m->refreshing, "not again within 10 s");
		kernel_ms++;
		hear_ack(i, m->bu_seq, false, NULL);
		CHECK(m->refreshing, "after 10 s");
	}
}

/* RFC 5245 9.2.2.3: BU and BA are an updated offer and answer. */
static void test_updated(void)
{
	struct mice_offer other;
	struct mice_pair *p;

	begin();
	p = s[PEER].agent.list.pairs;
	hear(PEER, VECTOR(bu_4));
	CHECK(s[PEER].agent.list.n_pairs == 1 && p->nominate_on_success,
	      "the BU nominates");
	begin();
	s[PEER].agent.peer.ufrag++;
	hear(PEER, VECTOR(bu_4));
	CHECK(OUT(PEER, UpdateIn) == 1 && !p->nominate_on_success,
	      "not one of another run");
	begin();
	s[PEER].agent.peer.set = false;
	hear(PEER, VECTOR(bu_4));
	CHECK(OUT(PEER, UpdateIn) == 1 && !p->nominate_on_success,
	      "nor before the offer");

	/* The BA's may do so, too: the correspondent controls. */
	p = s[MOBILE].agent.list.pairs;
	begin();
	s[MOBILE].agent.list.controlling = false;
	tick();
	hear(MOBILE, VECTOR(ba_4));
	CHECK(p->nominate_on_success, "the BA nominates");
	begin();
	s[MOBILE].agent.list.controlling = false;
	tick();
	other = described[PEER];
	other.ufrag++;
	hear_ack(0, SEQ, true, &other);
	CHECK(s[MOBILE].bu_at == MICE_NEVER && !p->nominate_on_success,
	      "not one of another run");
	begin();
	s[MOBILE].agent.list.controlling = false;
	tick();
	hear_ack(0, SEQ, true, NULL);
	CHECK(s[MOBILE].bu_at == MICE_NEVER && !p->nominate_on_success,
	      "it needs none");
}

/*
 * RFC 6275 6.2.1 leaves open what a second option of a kind means. Ours: of Nonce
 * Indices the last counts, and with it the authenticator has to be right.
 */
static void test_repeated_options(void)
{
	struct mice_addr careof = v4(1);
	u8 p[sizeof(vector_bu_4) + 8], *end_ = p + sizeof(p);
	u8 q[sizeof(vector_bu_4) + 72];
	struct mice_pair *pair = s[MOBILE].agent.list.pairs;
	unsigned int len;

	/* D11: ours may come twice if both say the same. */
	begin();
	len = twice(q, VECTOR(bu_4), 20, false);
	hear(PEER, q, len);
	CHECK(OUT(PEER, UpdateIn) == 1, "the same option twice");
	begin();
	len = twice(q, VECTOR(bu_4), 20, true);
	hear(PEER, q, len);
	CHECK(OUT(PEER, UpdateBad) == 1 && !sent.n, "two that disagree");
	begin();
	s[MOBILE].agent.list.controlling = false;
	tick();
	len = twice(q, VECTOR(ba_4), 12, true);
	hear(MOBILE, q, len);
	CHECK(OUT(MOBILE, UpdateAckIn) == 1 && s[MOBILE].bu_at == MICE_NEVER &&
	      !pair->nominate_on_success, "in a BA: acknowledged, nothing updated");
	begin();
	s[MOBILE].agent.list.controlling = false;
	tick();
	len = twice(q, VECTOR(ba_4), 12, false);
	hear(MOBILE, q, len);
	CHECK(OUT(MOBILE, UpdateAckIn) == 1 && pair->nominate_on_success,
	      "the same twice");

	/* Six octets of Nonce Indices and a PadN ahead of all. */
	begin();
	memcpy(p, vector_bu_4, 12);
	memcpy(p + 12, "\4\4\0\x63\0\x63\1\0", 8);
	memcpy(p + 20, vector_bu_4 + 12, sizeof(vector_bu_4) - 12);
	p[1]++;
	sign(p, sizeof(p), &careof);
	hear(PEER, p, sizeof(p));
	CHECK(OUT(PEER, UpdateIn) == 1, "the last indices are good");
	begin();
	memcpy(p + 12, "\4\4\0\2\0\3\1\0", 8);
	memcpy(p + 20, "\4\4\0\x63\0\x63\1\0", 8);
	sign(p, sizeof(p), &careof);
	hear(PEER, p, sizeof(p));
	CHECK(OUT(PEER, UpdateStale) == 1 && !OUT(PEER, UpdateIn), "and are not");

	/* An authenticator ahead of the last one is none. */
	begin();
	memcpy(p, vector_bu_4, sizeof(vector_bu_4));
	memcpy(end_ - 8, "\1\6\0\0\0\0\0\0", 8);
	p[1]++;
	hear(PEER, p, sizeof(p));
	CHECK(OUT(PEER, UpdateBad) == 1 && !sent.n, "not the last option");
}

static const struct tap_case cases[] = {
	{ "BU and BA, octet by octet (RFC 6275 6.1.7, 6.1.8, 6.2.7)", test_octets },
	{ "who sends Binding Updates, and when", test_sender },
	{ "repeats of a Binding Update (RFC 6275 11.8)", test_repeats },
	{ "each bit is signed (RFC 6275 6.2.7)", test_integrity },
	{ "Binding Updates that lack something (RFC 6275 9.5.1)", test_missing },
	{ "nonces that are too old: 136, 137, 138 (RFC 6275 9.5.1)", test_nonces },
	{ "Sequence # modulo 2^16: 135 (RFC 6275 9.5.1)", test_sequence },
	{ "which acknowledgements are believed (RFC 6275 11.7.3)", test_acks },
	{ "updated offers in BU and BA (9.2.2.3)", test_updated },
	{ "options that come twice", test_repeated_options },
};

int main(void)
{
	int status = tap_run(cases, ARRAY_SIZE(cases));

	end();
	return status;
}
