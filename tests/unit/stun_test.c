// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/stun.c: all four vectors of RFC 5769, every attribute that
 * RFC 5389 and RFC 5245 give a length, and messages broken octet by octet.
 */
#include "mice_hmac.h"

#define TXID	"b7 e7 a7 01 bc 34 d6 86 fa 87 df ae"
#define HDR(type, len)	type len "21 12 a4 42" TXID
#define FP	"80 28 00 04 00 00 00 00"

#define PASSWORD	"VOkJxbRl1RmTxUk/WvJxBt"

/* RFC 5769, 2.1 */
static const char request[] =
	"00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae"
	"80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74"
	"00 24 00 04 6e 00 01 ff 80 29 00 08 93 2f f9 b1 51 26 3b 36"
	"00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20"
	"00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2"
	"80 28 00 04 e5 7a 3b cf";

/* 2.2 */
static const char response4[] =
	"01 01 00 3c 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae"
	"80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20"
	"00 20 00 08 00 01 a1 47 e1 12 a6 43"
	"00 08 00 14 2b 91 f5 99 fd 9e 90 c3 8c 74 89 f9 2a f9 ba 53 f0 6b e7 d7"
	"80 28 00 04 c0 7d 4c 96";

/* 2.3 */
static const char response6[] =
	"01 01 00 48 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae"
	"80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20"
	"00 20 00 14 00 02 a1 47 01 13 a9 fa a5 d3 f1 79 bc 25 f4 b5 be d2 b9 d9"
	"00 08 00 14 a3 82 95 4e 4b e6 7b f1 17 84 c9 7c 82 92 c2 75 bf e3 ed 41"
	"80 28 00 04 c8 fb 0b 4c";

/* 2.4 */
static const char long_term[] =
	"00 01 00 60 21 12 a4 42 78 ad 34 33 c6 ad 72 c0 29 da 41 2e"
	"00 06 00 12 e3 83 9e e3 83 88 e3 83 aa e3 83 83 e3 82 af e3 82 b9 00 00"
	"00 15 00 1c 66 2f 2f 34 39 39 6b 39 35 34 64 36 4f 4c 33 34 6f 4c 39 46"
	"53 54 76 79 36 34 73 41"
	"00 14 00 0b 65 78 61 6d 70 6c 65 2e 6f 72 67 00"
	"00 08 00 14 f6 70 24 65 6d d6 4a 3e 02 b8 e0 71 2e 85 c9 a2 8c a8 96 66";

static u8 raw[2048];
static unsigned int raw_len;
static struct mice_stun msg;
static u8 *at;		/* what msg was read from */

static u32 crc(const u8 *p, unsigned int len)
{
	return ~crc32_le(~0u, p, len) ^ 0x5354554e;
}

static bool parse(const char *hex)
{
	raw_len = unhex(hex, raw, sizeof(raw));
	at = stage(raw, raw_len);
	memset(&msg, 0xa5, sizeof(msg));
	return mice_stun_parse(at, raw_len, &msg);
}

/* The same with a right FINGERPRINT at the end and a right length. */
static bool parse_fp(const char *hex)
{
	raw_len = unhex(hex, raw, sizeof(raw));
	mice_put16(raw + 2, raw_len + 8 - 20);
	mice_put32(raw + raw_len, 0x80280004);
	mice_put32(raw + raw_len + 4, crc(raw, raw_len));
	raw_len += 8;
	at = stage(raw, raw_len);
	memset(&msg, 0xa5, sizeof(msg));
	return mice_stun_parse(at, raw_len, &msg);
}

/* ------------------------------------------------------------- vectors */

static void test_request(void)
{
	struct mice_hmac key = hmac_key(PASSWORD, 22);
	struct mice_hmac other = hmac_key("VOkJxbRl1RmTxUk/WvJxBu", 22);

	CHECK(parse(request), "read");
	CHECK(msg.type == MICE_STUN_REQUEST, "%04x", msg.type);
	CHECK(msg.has == (MICE_HAS_USERNAME | MICE_HAS_INTEGRITY |
			  MICE_HAS_PRIORITY | MICE_HAS_CONTROLLED |
			  MICE_HAS_FINGERPRINT), "%x", msg.has);
	CHECK(!msg.malformed && !msg.n_unknown, "all known");
	CHECK(msg.username_len == 9 && !memcmp(msg.username, "evtj:h6vY", 9),
	      "%.*s", msg.username_len, msg.username);
	CHECK(msg.priority == 0x6e0001ff, "%x", msg.priority);
	CHECK(msg.tie == 0x932ff9b151263b36, "%llx",
	      (unsigned long long)msg.tie);
	CHECK(mice_stun_verify(at, &msg, &key), "integrity");
	CHECK(!mice_stun_verify(at, &msg, &other), "another password");
}

static void test_responses(void)
{
	struct mice_hmac key = hmac_key(PASSWORD, 22);
	struct mice_addr a4 = addr4(192, 0, 2, 1, 32853);
	struct mice_addr a6 = { 6, 32853, {
		0x20, 0x01, 0x0d, 0xb8, 0x12, 0x34, 0x56, 0x78,
		0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77 } };

	CHECK(parse(response4) && msg.type == MICE_STUN_SUCCESS, "IPv4");
	CHECK(msg.has == (MICE_HAS_XOR_MAPPED | MICE_HAS_INTEGRITY |
			  MICE_HAS_FINGERPRINT), "%x", msg.has);
	CHECK(mice_addr_equal(&msg.mapped, &a4), "IPv4");
	CHECK(mice_stun_verify(at, &msg, &key), "IPv4");

	CHECK(parse(response6) && msg.type == MICE_STUN_SUCCESS, "IPv6");
	CHECK(mice_addr_equal(&msg.mapped, &a6), "IPv6");
	CHECK(mice_stun_verify(at, &msg, &key), "IPv6");
	CHECK(msg.has & MICE_HAS_FINGERPRINT, "IPv6");
}

static void test_long_term(void)
{
	static const char secret[] =	/* username:realm:password, RFC 5389 15.4 */
		"\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf"
		"\xe3\x82\xb9:example.org:TheMatrIX";
	struct mice_hmac key = { .len = 16 };

	EVP_Digest(secret, sizeof(secret) - 1, key.key, NULL, EVP_md5(), NULL);
	CHECK(parse(long_term), "read");
	CHECK(msg.has == (MICE_HAS_USERNAME | MICE_HAS_INTEGRITY), "%x",
	      msg.has);
	CHECK(!msg.n_unknown, "REALM and NONCE are known");
	CHECK(msg.username_len == 18, "%u", msg.username_len);
	CHECK(mice_stun_verify(at, &msg, &key), "integrity");
}

/* 2.2 and 2.3 with zeros for padding, since that is what we write. */
static void test_written(void)
{
	struct mice_hmac key = hmac_key(PASSWORD, 22);
	struct mice_stun_buf b;
	const u8 *software = (const u8 *)"test vector";
	struct mice_addr a;
	unsigned int v, len;
	u8 p[256], txid[12];

	unhex(TXID, txid, 12);
	for (v = 4; v <= 6; v += 2) {
		a = v == 4 ? addr4(192, 0, 2, 1, 32853) : addr6(0x77, 32853);
		memset(p, 0xee, sizeof(p));
		mice_stun_begin(&b, p, sizeof(p), MICE_STUN_SUCCESS, txid);
		mice_stun_put(&b, MICE_ATTR_SOFTWARE, software, 11);
		mice_stun_put_mapped(&b, &a);
		len = mice_stun_end(&b, &key);
		CHECK(len == (v == 4 ? 80 : 92), "IPv%u: %u octets", v, len);
		CHECK(p[35] == 0 && p[len] == 0xee, "padding, end");
		at = stage(p, len);
		CHECK(mice_stun_parse(at, len, &msg) &&
		      msg.has & MICE_HAS_FINGERPRINT &&
		      mice_stun_verify(at, &msg, &key) &&
		      mice_addr_equal(&a, &msg.mapped), "IPv%u: read", v);
	}
	/* Octet by octet: 2.1 has none but the padding of the username. */
	unhex(request, raw, sizeof(raw));
	mice_stun_begin(&b, p, 108, MICE_STUN_REQUEST, txid);
	mice_stun_put(&b, MICE_ATTR_SOFTWARE, "STUN test client", 16);
	mice_stun_put32(&b, MICE_ATTR_PRIORITY, 0x6e0001ff);
	mice_stun_put64(&b, MICE_ATTR_CONTROLLED, 0x932ff9b151263b36);
	mice_stun_put(&b, MICE_ATTR_USERNAME, "evtj:h6vY", 9);
	CHECK(b.len == 76 && !memcmp(p + 4, raw + 4, 69), "attributes of 2.1");
	memset(p + 73, ' ', 3);	/* the vector's padding */
	CHECK(mice_stun_end(&b, &key) == 108 && !memcmp(p, raw, 108), "2.1");
}

static void test_room(void)
{
	struct mice_hmac key = hmac_key(PASSWORD, 22), broken = key;
	struct mice_addr a6 = addr6(1, 1);
	struct mice_stun_buf b;
	struct mice_stun req = { .n_unknown = 3, .unknown = { 1, 2, 3 } };
	u8 txid[12] = { 0 };
	unsigned int room, len;
	u8 p[256];

	/* 20 + 16 + 12 + 24 + 24 + 8 + 12 + 8 + 12 + 24 + 8 */
	for (room = 0; room <= 168; room++) {
		mice_stun_begin(&b, p, room, MICE_STUN_ERROR, txid);
		mice_stun_put(&b, MICE_ATTR_USERNAME, "abcd:efgh!", 9);
		mice_stun_put64(&b, MICE_ATTR_CONTROLLING, 7);
		mice_stun_put_mapped(&b, &a6);
		mice_stun_put_mapped(&b, &a6);
		mice_stun_put_error(&b, 487);
		mice_stun_put_unknown(&b, &req);
		mice_stun_put32(&b, MICE_ATTR_PRIORITY, 7);
		mice_stun_put64(&b, MICE_ATTR_CONTROLLED, 7);
		len = mice_stun_end(&b, &key);
		CHECK(len == (room == 168 ? 168 : 0), "%u: %u", room, len);
	}
	at = stage(p, 168);
	CHECK(mice_stun_parse(at, 168, &msg) && msg.error == 487, "487");
	CHECK(msg.malformed, "both roles");
	broken.broken = true;
	mice_stun_begin(&b, p, 168, MICE_STUN_ERROR, txid);
	CHECK(!mice_stun_end(&b, &broken), "the hash fails");
	mice_stun_begin(&b, p, 168, MICE_STUN_INDICATION, txid);
	CHECK(mice_stun_end(&b, NULL) == 28, "without integrity");
	parse(request);
	CHECK(!mice_stun_verify(at, &msg, &broken), "the hash fails");
}

/* ------------------------------------------------------ what is no STUN */

static const struct {
	const char	*what;
	const char	*hex;
	bool		stun;
} shapes[] = {
	{ "19 octets", "00 01 00 00 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df", false },
	{ "empty", HDR("00 01", "00 00"), true },
	{ "an RFC 3489 one", "00 01 00 00 21 12 a4 43" TXID, false },
	{ "top bits 01", HDR("40 01", "00 00"), false },
	{ "top bits 10", HDR("80 01", "00 00"), false },
	{ "all type bits", HDR("3f ff", "00 00"), true },
	{ "length too large", HDR("00 01", "00 04"), false },
	{ "length too small", HDR("00 01", "00 00") "80 22 00 00", false },
	{ "length no multiple of 4", HDR("00 01", "00 02") "80 22", false },
	{ "one attribute", HDR("00 01", "00 04") "80 22 00 00", true },
	{ "one octet short", HDR("00 01", "00 04") "80 22 00 01", false },
	{ "padding counts", HDR("00 01", "00 08") "80 22 00 01 41 00 00 00", true },
	{ "too long by far", HDR("00 01", "00 08") "80 22 ff ff 41 00 00 00", false },
	{ "too long with padding", HDR("00 01", "00 08") "80 22 00 05 41 00 00 00", false },
	{ "65535 wraps", HDR("00 01", "00 08") "80 22 ff fd 41 00 00 00", false },
	{ "second overruns", HDR("00 01", "00 0c") "80 22 00 01 41 00 00 00 80 22 00 01", false },
};

static void test_shapes(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		CHECK(parse(shapes[i].hex) == shapes[i].stun, "%s",
		      shapes[i].what);
	for (i = 0; i < 20; i++) {
		unhex(HDR("00 01", "00 00"), raw, 20);
		CHECK(!mice_stun_parse(stage(raw, i), i, &msg), "%u octets", i);
	}
}

static void test_fingerprint(void)
{
	CHECK(parse_fp(HDR("00 01", "00 00")) && msg.has == MICE_HAS_FINGERPRINT,
	      "alone");
	raw[raw_len - 1] ^= 1;
	at = stage(raw, raw_len);
	CHECK(mice_stun_parse(at, raw_len, &msg) && !msg.has, "wrong CRC");
	/* Not last: something stands behind it. */
	parse_fp(HDR("00 01", "00 00"));
	mice_put32(raw + raw_len, 0x80220000);
	mice_put16(raw + 2, raw_len + 4 - 20);
	mice_put32(raw + 24, crc(raw, 20));
	at = stage(raw, raw_len + 4);
	CHECK(mice_stun_parse(at, raw_len + 4, &msg) && !msg.has, "not last");
	/* Of another length. */
	CHECK(parse(HDR("00 01", "00 0c") "80 28 00 08 00 00 00 00 00 00 00 00") &&
	      !msg.has, "8 octets long");
	CHECK(parse(HDR("00 01", "00 04") "80 28 00 00") && !msg.has, "empty");
	/* The CRC is over all before it: any bit that changes is seen. */
	{
		unsigned int i;

		parse(request);
		for (i = 0; i < raw_len; i++) {
			raw[i] ^= 0x10;
			at = stage(raw, raw_len);
			CHECK(!mice_stun_parse(at, raw_len, &msg) ||
			      !(msg.has & MICE_HAS_FINGERPRINT), "octet %u", i);
			raw[i] ^= 0x10;
		}
	}
}

/* Whatever MESSAGE-INTEGRITY covers changes it; what is behind does not. */
static void test_integrity(void)
{
	struct mice_hmac key = hmac_key(PASSWORD, 22);
	unsigned int i;

	parse(request);
	for (i = 0; i < 100; i++) {
		raw[i] ^= 0x01;
		at = stage(raw, raw_len);
		CHECK(!mice_stun_parse(at, raw_len, &msg) ||
		      !mice_stun_verify(at, &msg, &key), "octet %u", i);
		raw[i] ^= 0x01;
	}
	raw[105] ^= 1;		/* FINGERPRINT */
	at = stage(raw, raw_len);
	CHECK(mice_stun_parse(at, raw_len, &msg) &&
	      mice_stun_verify(at, &msg, &key), "FINGERPRINT is not covered");

	/* Attributes behind it are ignored, RFC 5389 15.4. */
	parse(request);
	memmove(raw + 100 + 8, raw + 100, 8);
	unhex("00 25 00 00 00 7f 00 00", raw + 100, 8);
	mice_put16(raw + 2, 0x60);
	at = stage(raw, raw_len + 8);
	CHECK(mice_stun_parse(at, raw_len + 8, &msg), "read");
	CHECK(!(msg.has & MICE_HAS_USE_CANDIDATE) && !msg.n_unknown,
	      "behind MESSAGE-INTEGRITY");
	CHECK(mice_stun_verify(at, &msg, &key), "its length is not counted");
	parse(HDR("00 01", "00 00"));
	CHECK(!mice_stun_verify(at, &msg, &key), "there is none");
}

/* ---------------------------------------------------------- attributes */

static const struct {
	const char	*what;
	const char	*attrs;
	u16		has;		/* besides FINGERPRINT */
	bool		malformed;
	unsigned int	unknown;
} attrs[] = {
	{ "SOFTWARE", "80 22 00 02 41 42 00 00", 0, false, 0 },
	{ "PRIORITY", "00 24 00 04 01 02 03 04", MICE_HAS_PRIORITY, false, 0 },
	{ "PRIORITY of 3", "00 24 00 03 01 02 03 00", 0, true, 0 },
	{ "PRIORITY of 5", "00 24 00 05 01 02 03 04 05 00 00 00", 0, true, 0 },
	{ "USE-CANDIDATE", "00 25 00 00", MICE_HAS_USE_CANDIDATE, false, 0 },
	{ "USE-CANDIDATE of 1", "00 25 00 01 00 00 00 00", 0, true, 0 },
	{ "CONTROLLING", "80 2a 00 08 00 00 00 00 00 00 00 09",
	  MICE_HAS_CONTROLLING, false, 0 },
	{ "CONTROLLING of 4", "80 2a 00 04 00 00 00 00", 0, true, 0 },
	{ "CONTROLLED", "80 29 00 08 00 00 00 00 00 00 00 09",
	  MICE_HAS_CONTROLLED, false, 0 },
	{ "CONTROLLED of 9", "80 29 00 09 00 00 00 00 00 00 00 09 00 00 00 00",
	  0, true, 0 },
	{ "both", "80 2a 00 08 00 00 00 00 00 00 00 09"
	  "80 29 00 08 00 00 00 00 00 00 00 09", MICE_HAS_CONTROLLING, true, 0 },
	{ "both, the other way", "80 29 00 08 00 00 00 00 00 00 00 09"
	  "80 2a 00 08 00 00 00 00 00 00 00 09", MICE_HAS_CONTROLLED, true, 0 },
	{ "ERROR-CODE 487", "00 09 00 04 00 00 04 57", MICE_HAS_ERROR, false, 0 },
	{ "with a reason", "00 09 00 06 00 00 04 57 4e 6f 00 00",
	  MICE_HAS_ERROR, false, 0 },
	{ "ERROR-CODE of 3", "00 09 00 03 00 00 04 00", 0, true, 0 },
	{ "class 2", "00 09 00 04 00 00 02 57", 0, true, 0 },
	{ "class 7", "00 09 00 04 00 00 07 57", 0, true, 0 },
	{ "number 100", "00 09 00 04 00 00 04 64", 0, true, 0 },
	{ "reserved bits of ERROR-CODE", "00 09 00 04 ff ff fc 57",
	  MICE_HAS_ERROR, false, 0 },
	{ "UNKNOWN-ATTRIBUTES", "00 0a 00 04 00 7f 00 7e", MICE_HAS_UNKNOWN, false, 0 },
	{ "MAPPED-ADDRESS", "00 01 00 08 00 01 12 34 c0 00 02 01",
	  MICE_HAS_MAPPED, false, 0 },
	{ "family 3", "00 20 00 08 00 03 12 34 c0 00 02 01",
	  MICE_HAS_XOR_MAPPED, true, 0 },
	{ "family 3, length of IPv6", "00 20 00 14 00 03 12 34 c0 00 02 01"
	  "00 00 00 00 00 00 00 00 00 00 00 00", MICE_HAS_XOR_MAPPED, true, 0 },
	{ "IPv4 of 9", "00 20 00 09 00 01 12 34 c0 00 02 01 00 00 00 00",
	  MICE_HAS_XOR_MAPPED, true, 0 },
	{ "IPv6 of 8", "00 20 00 08 00 02 12 34 c0 00 02 01",
	  MICE_HAS_XOR_MAPPED, true, 0 },
	{ "address of 3", "00 20 00 03 00 01 12 00", MICE_HAS_XOR_MAPPED, true, 0 },
	{ "MESSAGE-INTEGRITY of 19", "00 08 00 13 00 00 00 00 00 00 00 00 00"
	  "00 00 00 00 00 00 00 00 00 00 00", 0, true, 0 },
	{ "USERNAME of 0", "00 06 00 00", MICE_HAS_USERNAME, false, 0 },
	{ "unknown, required", "00 7f 00 04 01 02 03 04", 0, false, 1 },
	{ "the last of the required", "7f ff 00 00", 0, false, 1 },
	{ "the first of the others", "80 00 00 00", 0, false, 0 },
	{ "the same twice", "00 7f 00 00 00 7f 00 00 00 7e 00 00", 0, false, 2 },
	{ "nine of them", "00 71 00 00 00 72 00 00 00 73 00 00 00 74 00 00"
	  "00 75 00 00 00 76 00 00 00 77 00 00 00 78 00 00 00 79 00 00", 0, false, 8 },
};

static void test_attrs(void)
{
	char hex[512];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(attrs); i++) {
		snprintf(hex, sizeof(hex), "%s%s", HDR("00 01", "00 00"),
			 attrs[i].attrs);
		CHECK(parse_fp(hex), "%s", attrs[i].what);
		CHECK(msg.has == (attrs[i].has | MICE_HAS_FINGERPRINT), "%s: %x",
		      attrs[i].what, msg.has);
		CHECK(msg.malformed == attrs[i].malformed, "%s: malformed %d",
		      attrs[i].what, msg.malformed);
		CHECK(msg.n_unknown == attrs[i].unknown, "%s: %u unknown",
		      attrs[i].what, msg.n_unknown);
	}
}

/* Of repeated attributes the first counts, RFC 5389 15. */
static void test_first_counts(void)
{
	struct mice_addr plain = addr4(192, 0, 2, 1, 0x1234);
	struct mice_addr xor = addr4(192, 0, 2, 1, 32853);

	CHECK(parse_fp(HDR("01 01", "00 00")
		       "00 24 00 04 00 00 00 01 00 24 00 04 00 00 00 02"
		       "80 2a 00 08 00 00 00 00 00 00 00 09"
		       "80 2a 00 08 00 00 00 00 00 00 00 08"
		       "00 09 00 04 00 00 04 57 00 09 00 04 00 00 04 01"
		       "00 06 00 01 61 00 00 00 00 06 00 01 62 00 00 00") &&
	      !msg.malformed, "read");
	CHECK(msg.priority == 1 && msg.tie == 9 && msg.error == 487 &&
	      msg.username[0] == 'a', "%u %u %u", msg.priority,
	      (unsigned int)msg.tie, msg.error);

	/* XOR-MAPPED-ADDRESS is better than MAPPED-ADDRESS, in any order. */
	parse_fp(HDR("01 01", "00 00") "00 01 00 08 00 01 12 34 c0 00 02 01");
	CHECK(mice_addr_equal(&msg.mapped, &plain), "MAPPED-ADDRESS");
	parse_fp(HDR("01 01", "00 00") "00 01 00 08 00 01 12 34 c0 00 02 02"
		 "00 20 00 08 00 01 a1 47 e1 12 a6 43");
	CHECK(mice_addr_equal(&msg.mapped, &xor), "XOR behind");
	parse_fp(HDR("01 01", "00 00") "00 20 00 08 00 01 a1 47 e1 12 a6 43"
		 "00 01 00 08 00 01 12 34 c0 00 02 02"
		 "00 20 00 08 00 01 a1 48 e1 12 a6 43");
	CHECK(mice_addr_equal(&msg.mapped, &xor), "XOR before");
}

static void test_username(void)
{
	u8 p[20 + 4 + 516 + 8];
	unsigned int len, whole;

	for (len = 510; len < 516; len++) {
		whole = 24 + (len + 3) / 4 * 4;
		memset(p, 'u', sizeof(p));
		unhex(HDR("00 01", "00 00"), p, 20);
		mice_put16(p + 2, whole - 20);
		mice_put16(p + 20, MICE_ATTR_USERNAME);
		mice_put16(p + 22, len);
		CHECK(mice_stun_parse(stage(p, whole), whole, &msg), "%u", len);
		CHECK(msg.malformed == (len > 512) &&
		      !!(msg.has & MICE_HAS_USERNAME) == (len <= 512) &&
		      (len > 512 || msg.username_len == len), "%u", len);
	}
}

static void test_answers(void)
{
	struct mice_stun req = { .n_unknown = 3, .unknown = { 0x7f, 0x1234, 3 } };
	static const unsigned int codes[] = { 300, 400, 401, 420, 487, 500, 699 };
	struct mice_stun_buf b;
	u8 p[256], want[64], txid[12];
	unsigned int i, len;

	unhex(TXID, txid, 12);
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		mice_stun_begin(&b, p, sizeof(p), MICE_STUN_ERROR, txid);
		mice_stun_put_error(&b, codes[i]);
		len = mice_stun_end(&b, NULL);
		at = stage(p, len);
		CHECK(len == 36 && mice_stun_parse(at, len, &msg) &&
		      msg.type == MICE_STUN_ERROR && msg.error == codes[i],
		      "%u: %u", codes[i], msg.error);
		CHECK(!memcmp(msg.txid, txid, 12), "transaction");
	}
	mice_stun_begin(&b, p, sizeof(p), MICE_STUN_ERROR, txid);
	mice_stun_put_unknown(&b, &req);
	len = unhex("00 0a 00 06 00 7f 12 34 00 03 00 00", want, sizeof(want));
	CHECK(b.len == 20 + len && !memcmp(p + 20, want, len),
	      "UNKNOWN-ATTRIBUTES");
}

static const struct tap_case cases[] = {
	{ "RFC 5769 2.1, request", test_request },
	{ "RFC 5769 2.2 and 2.3, responses", test_responses },
	{ "RFC 5769 2.4, long-term credentials", test_long_term },
	{ "the same written by us", test_written },
	{ "too little room, a hash that fails", test_room },
	{ "what is STUN and what is not", test_shapes },
	{ "FINGERPRINT: last and right", test_fingerprint },
	{ "MESSAGE-INTEGRITY: what it covers", test_integrity },
	{ "attributes and their lengths", test_attrs },
	{ "of repeated attributes the first counts", test_first_counts },
	{ "USERNAME has less than 513 octets", test_username },
	{ "error answers", test_answers },
};

int main(void)
{
	return tap_run(cases, ARRAY_SIZE(cases));
}
