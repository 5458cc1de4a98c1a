// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/mh.c: the messages of RFC 6275 6.1 and of draft-bajko-mip6-rrtfw
 * 6.1 and 6.2. The octets were written out from the figures by another program,
 * between 2001:db8:1::1 and 2001:db8:2::2.
 */
#include "mice_test.h"
#include "mip6_ice/mh.h"

#define COOKIE	"c0 c1 c2 c3 c4 c5 c6 c7"
#define TOKEN	"d0 d1 d2 d3 d4 d5 d6 d7"
#define PWD	"a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab"
#define CAND	"40 01 81 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00"
#define NATIVE	"12 00 2d 01 fd c2 00 00" PWD "be ef 00 00" CAND
#define TLV	"12 2e 00 01 2a 95 00 00" PWD "be ef 00 00" CAND
#define EMPTY	"12 16 00 00 0d 12 40 00" PWD "be ef 00 00"
#define AUTH	"05 0c 00 00 00 00 00 00 00 00 00 00 00 00"

static const struct mice_mh_fmt fmt = { 18, 22, 23 };
static const u8 cookie[] = { 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7 };
static const u8 token[] = { 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7 };
static const u8 src[16] = { 0x20, 1, 0x0d, 0xb8, 0, 1, [15] = 1 };
static const u8 dst[16] = { 0x20, 1, 0x0d, 0xb8, 0, 2, [15] = 2 };

static struct mice_offer offer;
static struct mice_mh mh;
static u8 raw[4096];
static unsigned int raw_len;

static enum mice_mh_verdict parse_raw(void)
{
	mice_offer_init(&offer, 0);
	memset(&mh, 0xa5, sizeof(mh));
	return mice_mh_parse(stage(raw, raw_len), raw_len, &fmt, &mh, &offer);
}

static enum mice_mh_verdict parse(const char *hex)
{
	raw_len = unhex(hex, raw, sizeof(raw));
	return parse_raw();
}

static const struct {
	struct mice_mh	mh;
	int		opts;		/* -1: no offer is given */
	bool		native;
	const char	*hex;
} known[] = {
	{ { .kind = MICE_MSG_HOTI, .cookie = cookie }, -1, false,
	  "3b 01 01 00 58 dc 00 00" COOKIE },
	{ { .kind = MICE_MSG_HOT, .nonce = 0x1122, .cookie = cookie,
	    .token = token }, -1, false,
	  "3b 02 03 00 f6 5d 11 22" COOKIE TOKEN },
	{ { .kind = MICE_MSG_COTI_ICE, .cookie = cookie }, 1, true,
	  "3b 07 16 00 43 a6 00 00" COOKIE NATIVE },
	{ { .kind = MICE_MSG_COT_ICE, .nonce = 0x1122, .cookie = cookie,
	    .token = token }, 1, true,
	  "3b 08 17 00 e2 27 11 22" COOKIE TOKEN NATIVE },
	{ { .kind = MICE_MSG_COT_ICE, .nonce = 0x1122, .cookie = cookie,
	    .token = token }, 1, false,
	  "3b 08 17 00 e2 27 11 22" COOKIE TOKEN TLV },
	{ { .kind = MICE_MSG_BU, .seq = 0x0102, .flags = MICE_BU_ACK,
	    .lifetime = 0x69, .has_nonces = true, .home_nonce = 0x0304,
	    .careof_nonce = 0x0506, .has_auth = true }, 1, true /* no */,
	  "3b 0a 05 00 cf 14 01 02 80 00 00 69 04 04 03 04 05 06 01 00" TLV
	  "01 04 00 00 00 00" AUTH },
	{ { .kind = MICE_MSG_BU, .seq = 1 }, -1, false,
	  "3b 01 05 00 62 ec 00 01 00 00 00 00 01 02 00 00" },
	{ { .kind = MICE_MSG_BA, .status = MICE_BA_BAD_SEQ, .seq = 0x0102,
	    .lifetime = 0x69, .has_auth = true }, -1, false,
	  "3b 03 06 00 d4 61 87 00 01 02 00 69 01 04 00 00 00 00" AUTH },
	{ { .kind = MICE_MSG_BE, .status = MICE_BE_UNKNOWN_MH, .home = src },
	  -1, false,
	  "3b 02 07 00 32 2b 02 00 20 01 0d b8 00 01 00 00 00 00 00 00 00 00 00 01" },
};

static bool same_data(const u8 *a, const u8 *b, unsigned int len)
{
	return !a == !b && (!a || !memcmp(a, b, len));
}

static void test_known_read(void)
{
	const struct mice_mh *want;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		want = &known[i].mh;
		CHECK(parse(known[i].hex) == MICE_MH_OK, "message %u", i);
		CHECK(mh.kind == want->kind && mh.len == raw_len, "message %u", i);
		CHECK(same_data(mh.cookie, want->cookie, 8) &&
		      same_data(mh.token, want->token, 8) &&
		      same_data(mh.home, want->home, 16), "message %u", i);
		CHECK(mh.nonce == want->nonce && mh.seq == want->seq &&
		      mh.lifetime == want->lifetime && mh.flags == want->flags &&
		      mh.status == want->status, "message %u", i);
		CHECK(mh.has_nonces == want->has_nonces &&
		      mh.home_nonce == want->home_nonce &&
		      mh.careof_nonce == want->careof_nonce, "message %u", i);
		CHECK(mh.has_auth == want->has_auth && !mh.alt_coa, "message %u", i);
		CHECK(offer.n_opts == (known[i].opts > 0) && !offer.n_bad &&
		      offer.n == offer.n_opts, "message %u: %u options", i,
		      offer.n_opts);
		CHECK(mice_mh_sum_ok(raw, src, dst), "message %u: checksum", i);
		CHECK(mice_mh_parse(raw, raw_len, &fmt, &mh, NULL) == MICE_MH_OK,
		      "message %u without an offer", i);
	}
}

static void test_known_written(void)
{
	unsigned int i, len, room;
	u8 p[2048];

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		CHECK(parse(known[i].hex) == MICE_MH_OK, "message %u", i);
		memset(p, 0xee, sizeof(p));
		len = mice_mh_build(p, sizeof(p), &fmt, &known[i].mh,
				    known[i].opts > 0 ? &offer : NULL,
				    known[i].native);
		CHECK(len == raw_len && p[len] == 0xee, "message %u: %u octets",
		      i, len);
		CHECK(!p[4] && !p[5], "message %u: no checksum yet", i);
		mice_mh_set_sum(p, src, dst);
		CHECK(!memcmp(p, raw, len), "message %u", i);
		CHECK(mice_mh_build(p, len, &fmt, &known[i].mh,
				    known[i].opts > 0 ? &offer : NULL,
				    known[i].native) == len,
		      "message %u in just enough room", i);
		for (room = 0; room < len; room++)
			CHECK(!mice_mh_build(p, room, &fmt, &known[i].mh,
					     known[i].opts > 0 ? &offer : NULL,
					     known[i].native),
			      "message %u in %u octets", i, room);
	}
}

/* ------------------------------------------------------------- lengths */

static void test_lengths(void)
{
	static const u8 fixed[] = { 16, 24, 16, 24, 12, 12, 24 };
	static const u8 types[] = { 1, 3, 22, 23, 5, 6, 7 };
	unsigned int i, len, units;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		for (units = 0; units < 5; units++) {
			memset(raw, 0, sizeof(raw));
			raw_len = 8 * units + 8;
			raw[0] = 59;
			raw[1] = units;
			raw[2] = types[i];
			CHECK((parse_raw() == MICE_MH_OK) == (raw_len >= fixed[i]),
			      "type %u, %u octets", types[i], raw_len);
		}
	/* The payload is shorter than the header says. */
	parse(known[0].hex);
	for (len = 0; len < 16; len++) {
		raw_len = len;
		CHECK(parse_raw() == MICE_MH_BAD, "%u octets", len);
		CHECK(!mice_mh_len(stage(raw, len), len), "%u octets", len);
	}
	raw_len = 17;
	CHECK(parse_raw() == MICE_MH_OK && mh.len == 16, "one octet more");
	raw[0] = 58;
	CHECK(parse_raw() == MICE_MH_BAD, "a header follows");
	memset(raw, 0, sizeof(raw));
	raw[0] = 59;
	raw[1] = 255;
	raw[2] = 1;
	raw_len = 2048;
	CHECK(parse_raw() == MICE_MH_OK && mh.len == 2048, "the longest");
	raw_len = 2047;
	CHECK(parse_raw() == MICE_MH_BAD, "one short of the longest");
}

static void test_types(void)
{
	static const struct mice_mh_fmt own = { 200, 100, 101 };
	unsigned int t;

	memset(raw, 0, sizeof(raw));
	raw[0] = 59;
	raw[1] = 3;
	raw_len = 32;
	for (t = 0; t < 256; t++) {
		bool ours = t == 1 || t == 3 || (t >= 5 && t <= 7);

		raw[2] = t;
		CHECK(parse_raw() == (ours || t == 22 || t == 23 ?
				      MICE_MH_OK : MICE_MH_UNKNOWN), "type %u", t);
		CHECK(mice_mh_known(&fmt, t) == (ours || t == 22 || t == 23),
		      "type %u", t);
		CHECK(mice_mh_known(&own, t) == (ours || t == 100 || t == 101),
		      "type %u with other numbers", t);
	}
	raw[2] = 100;
	CHECK(mice_mh_parse(raw, 32, &own, &mh, NULL) == MICE_MH_OK &&
	      mh.kind == MICE_MSG_COTI_ICE, "CoTI-ICE is 100");
	parse(known[2].hex);
	mice_offer_init(&offer, 0);
	CHECK(mice_mh_build(raw, sizeof(raw), &own, &known[2].mh, &offer, true) &&
	      raw[2] == 100 && raw[16] == 200, "written with other numbers");
}

/* ------------------------------------------------------------- options */

/* A BU or, with 16, a CoTI-ICE and these options, padded with what is there. */
static enum mice_mh_verdict with(unsigned int type, const char *options)
{
	unsigned int fixed = type == 22 ? 16 : 12;

	memset(raw, 0, fixed);
	raw[0] = 59;
	raw[2] = type;
	raw_len = fixed + unhex(options, raw + fixed, sizeof(raw) - fixed);
	assert(raw_len % 8 == 0);
	raw[1] = raw_len / 8 - 1;
	return parse_raw();
}

static void test_walk(void)
{
	CHECK(with(5, "00 00 00 00") == MICE_MH_OK, "Pad1");
	CHECK(with(5, "01 02 ff ff") == MICE_MH_OK, "PadN, whatever it holds");
	CHECK(with(5, "01 00 01 00") == MICE_MH_OK, "PadN of nothing");
	CHECK(with(5, "01 03 00 00") == MICE_MH_BAD, "PadN overruns");
	CHECK(with(5, "00 00 00 01") == MICE_MH_BAD, "no length");
	CHECK(with(5, "63 02 00 00") == MICE_MH_OK, "unknown option");
	CHECK(with(5, "63 03 00 00") == MICE_MH_BAD, "it overruns");
	CHECK(with(5, "63 ff 00 00") == MICE_MH_BAD, "by far");
	CHECK(with(5, "63 03 12 16 00 04 04 00 01 00 02 00") == MICE_MH_OK &&
	      mh.has_nonces && mh.home_nonce == 1 && mh.careof_nonce == 2 &&
	      !offer.n_bad, "known behind unknown");
	CHECK(with(5, "04 03 00 01 00 00 00 00 00 00 00 00") == MICE_MH_OK &&
	      !mh.has_nonces, "Nonce Indices of 3");
	CHECK(with(6, "04 04 00 01 00 02 00 00 00 00 00 00") == MICE_MH_OK &&
	      !mh.has_nonces, "Nonce Indices in a BA");
	CHECK(with(5, "01 00 03 10 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 09")
	      == MICE_MH_OK, "aligned or not");
	CHECK(mh.alt_coa && mh.alt_coa[15] == 9, "Alternate Care-of Address");
	CHECK(with(6, "01 00 03 10 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 09")
	      == MICE_MH_OK && !mh.alt_coa, "in a BA");
	CHECK(with(5, "03 0a 20 01 0d b8 00 00 00 00 00 00") == MICE_MH_OK &&
	      !mh.alt_coa, "of 10");
}

static void test_auth(void)
{
	CHECK(with(5, "01 04 00 00 00 00 05 0c 01 02 03 04 05 06 07 08 09 0a 0b 0c")
	      == MICE_MH_OK && mh.has_auth && mh.auth[0] == 1 &&
	      mh.auth[11] == 12, "at the end");
	CHECK(with(6, "01 04 00 00 00 00 05 0c 01 02 03 04 05 06 07 08 09 0a 0b 0c")
	      == MICE_MH_OK && mh.has_auth, "in a BA");
	CHECK(with(5, "05 0c 01 02 03 04 05 06 07 08 09 0a 0b 0c 01 04 00 00 00 00")
	      == MICE_MH_OK && !mh.has_auth && !mh.auth, "not the last, 6.2.7");
	CHECK(with(5, "01 00 05 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")
	      == MICE_MH_OK && !mh.has_auth, "of 16");
	CHECK(with(22, "01 00 05 0c 00 00 00 00 00 00 00 00 00 00 00 00") == MICE_MH_OK &&
	      !mh.has_auth, "in a CoTI-ICE");
}

static void test_our_option(void)
{
	CHECK(with(22, NATIVE) == MICE_MH_OK && offer.n == 1, "native");
	CHECK(with(22, TLV) == MICE_MH_OK && offer.n == 1, "tlv");
	CHECK(with(22, TLV NATIVE) == MICE_MH_OK && offer.n == 2 &&
	      offer.n_opts == 2, "both");
	CHECK(with(22, NATIVE TLV) == MICE_MH_OK && offer.n == 2, "both");
	CHECK(with(5, TLV "00 00 00 00") == MICE_MH_OK && offer.n == 1,
	      "tlv in a BU");
	/* A plain walker takes native for an option of no length. */
	CHECK(with(5, "12 00 15 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")
	      == MICE_MH_OK && !offer.n_opts && offer.n_bad == 1,
	      "native in a BU");
	CHECK(with(5, "12 00 04 04 00 01 00 02 00 00 00 00") == MICE_MH_OK &&
	      mh.has_nonces && offer.n_bad == 1, "and goes on behind that");
	CHECK(with(5, "12 08 00 00 00 00 00 00 00 00 00 00") == MICE_MH_OK &&
	      offer.n_bad == 1, "octet 1 of 8");
	/* What runs past the message is dropped alone. */
	CHECK(with(22, NATIVE "12 07 ff 00 00 00 00 00") == MICE_MH_OK &&
	      offer.n == 1 && offer.n_bad == 1, "native overruns");
	CHECK(with(22, NATIVE "12 16 00 00 00 00 00 00") == MICE_MH_OK &&
	      offer.n == 1 && offer.n_bad == 1, "tlv overruns");
	CHECK(with(22, NATIVE "00 00 00 00 00 00 00 12") == MICE_MH_OK &&
	      offer.n == 1 && offer.n_bad == 1, "no length");
	/* Corrupt, and the walk goes on. */
	CHECK(with(22, "12 16 00 00 0d 12 40 01" PWD "be ef 00 00" TLV) ==
	      MICE_MH_OK && offer.n_bad == 1 && offer.n == 1, "wrong checksum");
	CHECK(with(22, TLV EMPTY) == MICE_MH_OK && offer.conflict, "conflict");
}

/* Where options go: 4n for ours, 8n + 6 and 8n + 2 (RFC 6275 6.2.5, 6.2.7). */
static void test_alignment(void)
{
	struct mice_mh bu = { .kind = MICE_MSG_BU };
	unsigned int bits, len, n, at;
	u8 p[2048];

	for (bits = 0; bits < 16; bits++)
		for (n = 0; n < 20; n++) {
			mice_offer_init(&offer, 0);
			for (; offer.n < n; offer.n++)
				offer.cands[offer.n] = (struct mice_cand) {
					.type = 1, .addr = addr4(1, 2, 3, 4, 5) };
			bu.has_nonces = bits & 1;
			bu.has_auth = bits & 2;
			bu.alt_coa = bits & 4 ? src : NULL;
			len = mice_mh_build(p, sizeof(p), &fmt, &bu,
					    bits & 8 ? &offer : NULL, true);
			CHECK(len && len % 8 == 0 && p[1] == len / 8 - 1,
			      "%x, %u: %u octets", bits, n, len);
			for (at = 12; at < len; at += p[at] ? p[at + 1] + 2 : 1) {
				CHECK(p[at] != 4 || at % 2 == 0, "%x: 4", bits);
				CHECK(p[at] != 18 || at % 4 == 0, "%x: 18", bits);
				CHECK(p[at] != 3 || at % 8 == 6, "%x: 3", bits);
				CHECK(p[at] != 5 || at + 14 == len, "%x: 5", bits);
			}
			CHECK(at == len, "%x, %u: %u of %u", bits, n, at, len);
			mice_offer_init(&offer, 0);
			CHECK(mice_mh_parse(p, len, &fmt, &mh, &offer) == MICE_MH_OK &&
			      mh.has_nonces == bu.has_nonces &&
			      mh.has_auth == bu.has_auth &&
			      !mh.alt_coa == !bu.alt_coa &&
			      (!(bits & 8) || offer.n == n), "%x, %u", bits, n);
		}
}

/* ------------------------------------------------------------ checksum */

static void test_checksum(void)
{
	unsigned int i, bit;
	u8 other[16];

	parse(known[2].hex);
	CHECK(mice_mh_sum_rest(raw) == mice_mh_pair_sum(src, dst), "as a pair");
	CHECK(mice_mh_sum_ok(raw, dst, src), "either way round");
	memcpy(other, dst, 16);
	other[15]++;
	CHECK(!mice_mh_sum_ok(raw, src, other), "another address");
	for (i = 0; i < raw_len; i++)
		for (bit = 0; bit < 8; bit++) {
			if (i == 1)	/* the length */
				continue;
			raw[i] ^= 1 << bit;
			CHECK(!mice_mh_sum_ok(raw, src, dst), "octet %u bit %u",
			      i, bit);
			raw[i] ^= 1 << bit;
		}
	/* Both zeros of one's complement are the same checksum. */
	for (i = 0; i < 65536; i++) {
		mice_put16(raw + 6, i);
		mice_mh_set_sum(raw, src, dst);
		if (!mice_mh_sum_ok(raw, src, dst))
			break;
		if (!mice_get16(raw + 4)) {
			raw[4] = raw[5] = 0xff;
			if (!mice_mh_sum_ok(raw, src, dst))
				break;
		}
	}
	CHECK(i == 65536, "with %04x", i);
	/* The sum of the pair is all ones or all zeros. */
	memset(other, 0xff, 16);
	CHECK(mice_mh_pair_sum(other, other) == 0xffff, "ones");
	memset(other, 0, 16);
	CHECK(mice_mh_pair_sum(other, other) == 0xffff, "zeros");
	mice_mh_set_sum(raw, other, other);
	CHECK(mice_mh_sum_ok(raw, other, other), "zeros");
}

static const struct tap_case cases[] = {
	{ "known messages are read", test_known_read },
	{ "and written", test_known_written },
	{ "lengths", test_lengths },
	{ "types, ours and others", test_types },
	{ "options are walked as RFC 6275 6.2.1 says", test_walk },
	{ "Binding Authorization Data is the last", test_auth },
	{ "options of ours in both framings", test_our_option },
	{ "options are aligned", test_alignment },
	{ "checksum over both home addresses", test_checksum },
};

int main(void)
{
	return tap_run(cases, ARRAY_SIZE(cases));
}
