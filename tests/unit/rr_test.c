// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/rr.c: keygen tokens (RFC 6275 5.2.1 to 5.2.5), against those that
 * binding_vectors.py has computed, and how long they are good.
 */
#include "mice_keys.h"
#include "binding_vectors.h"

#define STEP	30000	/* ms: a nonce is drawn */

u64 kernel_ms;
static struct mice_net mn;

/* Kcn is the octets from 1 on. */
void get_random_bytes(void *p, size_t n)
{
	u8 *q = p;

	while (n--)
		q[n] = n + 1;
}

static struct in6_addr home(u8 net, u8 last)
{
	struct in6_addr a = { };

	memcpy(&a, "\x20\x01\x0d\xb8", 4);
	a.s6_addr[5] = net;
	a.s6_addr[15] = last;
	return a;
}

static int token(const struct in6_addr *peer, u16 index, enum mice_domain domain,
		 u8 t[MICE_TOKEN_LEN])
{
	memset(t, 0xee, MICE_TOKEN_LEN);
	return mice_rr_token(&mn, peer, index, domain, t);
}

static void begin(u64 after)
{
	if (mn.kcn)
		mice_rr_exit(&mn);
	memset(&mn, 0, sizeof(mn));
	kernel_ms = 777777;
	assert(!mice_rr_init(&mn));
	kernel_ms += after;
}

/* 5.2.5: First (64, HMAC_SHA1 (Kcn, home address | nonce | 0 or another octet)) */
static void test_vectors(void)
{
	struct in6_addr peer = home(0xaa, 1), other = home(0xaa, 2);
	u8 t[MICE_TOKEN_LEN];

	begin(3 * STEP);
	CHECK(mice_rr_index(&mn) == 3, "index %u", mice_rr_index(&mn));
	CHECK(!token(&peer, 2, MICE_TOKEN_HOME, t) &&
	      !memcmp(t, vector_home_token, sizeof(t)), "home");
	CHECK(!token(&peer, 3, MICE_TOKEN_ICE, t) &&
	      !memcmp(t, vector_careof_token, sizeof(t)), "care-of");
	CHECK(!token(&other, 3, MICE_TOKEN_ICE, t) &&
	      memcmp(t, vector_careof_token, sizeof(t)), "of another node");
	CHECK(!token(&peer, 3, MICE_TOKEN_HOME, t) &&
	      memcmp(t, vector_careof_token, sizeof(t)), "the home token is another");
	CHECK(!token(&peer, 1, MICE_TOKEN_HOME, t) &&
	      memcmp(t, vector_home_token, sizeof(t)), "and of another nonce");
}

/* 12: MAX_TOKEN_LIFETIME 210 s, MAX_NONCE_LIFETIME 240 s. */
static void test_lifetime(void)
{
	struct in6_addr peer = home(0xaa, 9);
	u8 first[MICE_TOKEN_LEN], second[MICE_TOKEN_LEN];
	unsigned int at;
	u16 index;

	for (at = 0; at < 30; at++) {
		begin(at * 1000);
		index = mice_rr_index(&mn);
		CHECK(!token(&peer, index, MICE_TOKEN_HOME, first), "made");
		kernel_ms += 209999;
		CHECK(!token(&peer, index, MICE_TOKEN_HOME, second) &&
		      !memcmp(first, second, 8), "after 210 s");
		kernel_ms += 30001;
		CHECK(token(&peer, index, MICE_TOKEN_HOME, second) == -ESTALE,
		      "not after 240 s");
	}
	begin(0);
	index = mice_rr_index(&mn);
	token(&peer, index, MICE_TOKEN_HOME, first);
	CHECK(token(&peer, index + 1, MICE_TOKEN_HOME, second) == -ESTALE,
	      "no nonce of the future");
	CHECK(token(&peer, index - 1, MICE_TOKEN_HOME, second) == -ESTALE,
	      "none from before the start");
	kernel_ms += 65536ULL * STEP;
	CHECK(mice_rr_index(&mn) == index &&
	      !token(&peer, index, MICE_TOKEN_HOME, second) &&
	      memcmp(first, second, 8), "an index that comes again is another nonce");
	CHECK(!token(&peer, index - 7, MICE_TOKEN_HOME, second) &&
	      token(&peer, index - 8, MICE_TOKEN_HOME, second) == -ESTALE,
	      "below 0 of an index, too");
}

/* The hash may fail: nothing is told then. */
static void test_errors(void)
{
	struct in6_addr peer = home(0xaa, 1);
	u8 t[MICE_TOKEN_LEN];
	unsigned int i;

	begin(0);
	mn.kcn->broken = true;
	CHECK(token(&peer, 0, MICE_TOKEN_HOME, t), "an error");
	for (i = 0; i < sizeof(t); i++)
		CHECK(t[i] == 0xee, "octet %u", i);
}

static const struct tap_case cases[] = {
	{ "tokens, octet by octet (RFC 6275 5.2.5)", test_vectors },
	{ "tokens: how long they are good (RFC 6275 5.2.3, 12)", test_lifetime },
	{ "a hash that fails", test_errors },
};

int main(void)
{
	int status = tap_run(cases, ARRAY_SIZE(cases));

	mice_rr_exit(&mn);
	return status;
}
