// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/mobopt.c: the M-ICE option of draft-tschofenig-mip6-ice-01,
 * Section 11, as DESIGN-M-ICE.md reads it. The octets were written out from the
 * figure by another program; broken ones get a right checksum unless that is
 * what is broken.
 */
#include "mice_test.h"
#include "mip6_ice/mobopt.h"

#define PWD	"a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab"
#define CAND4	"40 01 81 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00"
#define CAND4S	"40 01 82 01 11 00 00 00 64 ff fe ff c6 33 64 07 9c 40 10 5f c0 00 02 01"
#define CAND6	"60 03 01 01 11 00 00 00 7e ff ff ff" \
		"20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 10 5f 00 00" \
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
#define HEAD(len, n, flags)	"12" len n "00 00" flags PWD "be ef 00 00"

static const u8 pwd[MICE_PWD_LEN] = {
	0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab,
};

static struct mice_offer got;

static void set_sum(u8 *p, unsigned int len)
{
	unsigned int i;
	u32 sum = 0;

	p[4] = p[5] = 0;
	for (i = 0; i < len; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	p[4] = ~sum >> 8;
	p[5] = ~sum;
}

/* Adds the option at @p to @got; false if it was dropped. */
static bool add(const u8 *p, unsigned int len, bool native_ok)
{
	const u8 *at = stage(p, len);
	unsigned int extent = mice_opt_extent(at, len, native_ok);

	return extent && mice_offer_add(&got, at, extent, native_ok);
}

/* The same of hex with a right checksum. */
static bool add_hex(const char *hex, bool native_ok)
{
	u8 p[2048];
	unsigned int len = unhex(hex, p, sizeof(p));

	set_sum(p, len);
	return add(p, len, native_ok);
}

static bool read_hex(const char *hex, bool native_ok)
{
	mice_offer_init(&got, 0);
	return add_hex(hex, native_ok);
}

/* ------------------------------------------------- whole known options */

static const struct {
	const char	*hex;
	bool		native;
	bool		lite, mismatch;
	unsigned int	n;
} known[] = {
	{ "12 00 2d 01 fd c2 00 00" PWD "be ef 00 00" CAND4, true, 0, 0, 1 },
	{ "12 2e 00 01 2a 95 00 00" PWD "be ef 00 00" CAND4, false, 0, 0, 1 },
	{ "12 00 5d 02 71 29 80 00" PWD "be ef 00 00" CAND6 CAND4S,
	  true, 1, 0, 2 },
	{ "12 16 00 00 0d 12 40 00" PWD "be ef 00 00", false, 0, 1, 0 },
};

static void test_known_read(void)
{
	unsigned int i, len;
	u8 p[256];

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		len = unhex(known[i].hex, p, sizeof(p));
		mice_offer_init(&got, 0);
		CHECK(add(p, len, known[i].native), "option %u", i);
		CHECK(got.n_opts == 1 && !got.n_bad && !got.n_skipped,
		      "option %u: %u %u %u", i, got.n_opts, got.n_bad,
		      got.n_skipped);
		CHECK(got.ufrag == 0xbeef && !memcmp(got.pwd, pwd, sizeof(pwd)),
		      "option %u", i);
		CHECK(got.lite == known[i].lite &&
		      got.mismatch == known[i].mismatch, "option %u", i);
		CHECK(got.n == known[i].n && !got.options_len, "option %u: %u",
		      i, got.n);
	}
}

static void test_known_cands(void)
{
	struct mice_addr h6 = addr6(1, 4191), s4 = addr4(198, 51, 100, 7, 40000);
	struct mice_addr rel = addr4(192, 0, 2, 1, 4191);
	struct mice_addr none = { .ver = 6 };

	CHECK(read_hex(known[2].hex, true), "read");
	CHECK(got.cands[0].type == MICE_CAND_HOST &&
	      got.cands[0].priority == 0x7effffff &&
	      mice_addr_equal(&got.cands[0].addr, &h6) &&
	      mice_addr_equal(&got.cands[0].rel, &none), "host, IPv6");
	CHECK(got.cands[1].type == MICE_CAND_SRFLX &&
	      got.cands[1].priority == 0x64fffeff &&
	      mice_addr_equal(&got.cands[1].addr, &s4) &&
	      mice_addr_equal(&got.cands[1].rel, &rel), "reflexive, IPv4");
	CHECK(got.has_first && mice_addr_equal(&got.first.addr, &h6), "default");
}

/* What was read is written again, octet by octet. */
static void test_known_written(void)
{
	unsigned int i, len, n;
	u8 want[256], p[256];

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		len = unhex(known[i].hex, want, sizeof(want));
		mice_offer_init(&got, 0);
		add(want, len, true);
		memset(p, 0xee, sizeof(p));
		n = mice_offer_put(p, sizeof(p), 0x12, known[i].native, &got);
		CHECK(n == len && !memcmp(p, want, len), "option %u: %u octets",
		      i, n);
		CHECK(p[n] == 0xee, "option %u: octet behind it", i);
		CHECK(!mice_offer_put(p, len - 1, 0x12, known[i].native, &got),
		      "option %u in too little room", i);
		CHECK(mice_offer_put(p, len, 0x12, known[i].native, &got) == len,
		      "option %u in just enough room", i);
	}
}

/* ----------------------------------------------------------- framings */

static void test_extent(void)
{
	u8 p[2048] = { 18 };
	unsigned int b1;

	/* native: both octets count */
	p[1] = 7;
	p[2] = 0xfd;	/* 0x7fd + 3 = 2048 */
	CHECK(mice_opt_extent(p, 2048, true) == 2048, "native, all of an MH");
	CHECK(!mice_opt_extent(p, 2047, true), "native, one too many");
	CHECK(mice_opt_extent(p, 2048, false) == 9, "no native here");
	for (b1 = 8; b1 < 256; b1++) {
		p[1] = b1;
		CHECK(mice_opt_extent(p, 2048, true) == b1 + 2, "tlv %u", b1);
		CHECK(mice_opt_extent(p, b1 + 2, true) == b1 + 2, "tlv %u", b1);
		CHECK(!mice_opt_extent(p, b1 + 1, true), "tlv %u", b1);
	}
	p[1] = 0;
	CHECK(!mice_opt_extent(stage(p, 1), 1, true), "one octet");
	CHECK(!mice_opt_extent(stage(p, 2), 2, true), "native needs three");
	CHECK(mice_opt_extent(stage(p, 2), 2, false) == 2, "tlv needs two");
	p[2] = 0;
	CHECK(mice_opt_extent(stage(p, 3), 3, true) == 3, "native of nothing");
}

static void test_framing(void)
{
	u8 p[2048] = { 18 };
	unsigned int b1, len = 24;

	CHECK(read_hex(HEAD("00 15", "00", "00 00"), true), "native");
	CHECK(!read_hex(HEAD("00 15", "00", "00 00"), false),
	      "native in a message that plain nodes walk");
	CHECK(read_hex(HEAD("16 00", "00", "00 00"), true), "tlv");
	CHECK(read_hex(HEAD("16 00", "00", "00 00"), false), "tlv");
	CHECK(!read_hex(HEAD("16 01", "00", "00 00"), true), "octet 2 not 0");
	for (b1 = 8; b1 < 22; b1++) {
		p[1] = b1;
		p[2] = 0;
		set_sum(p, b1 + 2);
		mice_offer_init(&got, 0);
		CHECK(!add(p, b1 + 2, true) && got.n_bad == 1, "tlv %u", b1);
	}
	/* native of less than a head */
	for (len = 3; len < 24; len++) {
		memset(p, 0, 24);
		p[0] = 18;
		p[2] = len - 3;
		set_sum(p, len);
		mice_offer_init(&got, 0);
		CHECK(!add(p, len, true) && got.n_bad == 1, "native %u", len);
	}
	/* The longest of each. */
	memset(p, 0, sizeof(p));
	p[0] = 18;
	p[1] = 0x07;
	p[2] = 0xfd;
	set_sum(p, 2048);
	mice_offer_init(&got, 0);
	CHECK(add(p, 2048, true), "native, 2048 octets");
	p[1] = 255;
	p[2] = 0;
	set_sum(p, 257);
	mice_offer_init(&got, 0);
	CHECK(add(p, 257, true), "tlv, 257 octets");
	/* Framing and caller disagree. */
	unhex(HEAD("00 15", "00", "00 00"), p, sizeof(p));
	set_sum(p, 24);
	mice_offer_init(&got, 0);
	CHECK(mice_offer_add(&got, p, 24, true), "native");
	CHECK(!mice_offer_add(&got, p, 24, false), "native");
	CHECK(!mice_offer_add(&got, p, 26, true), "native, longer");
	memset(p, 0, sizeof(p));
	p[0] = 18;
	p[1] = 255;
	set_sum(p, 257);
	/* A length that the option does not have. */
	mice_offer_init(&got, 0);
	CHECK(!mice_offer_add(&got, p, 256, true), "tlv, shorter than it says");
	CHECK(!mice_offer_add(&got, p, 260, true), "tlv, longer");
	CHECK(mice_offer_add(&got, p, 257, true), "as long as it says");
}

/* -------------------------------------------------------- bad options */

static void test_checksum(void)
{
	unsigned int i, bit, len;
	u8 p[256];

	len = unhex(known[0].hex, p, sizeof(p));
	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			p[i] ^= 1 << bit;
			mice_offer_init(&got, 0);
			/* The lengths are found wrong for themselves. */
			CHECK(!add(p, len, true) && !got.n && !got.n_opts,
			      "octet %u, bit %u", i, bit);
			p[i] ^= 1 << bit;
		}
}

static const struct {
	const char	*what;
	const char	*hex;
	int		n;		/* candidates, -1: dropped */
	unsigned int	skipped;
} forms[] = {
	{ "one", HEAD("00 2d", "01", "00 00") CAND4, 1, 0 },
	{ "fewer than said", HEAD("00 2d", "02", "00 00") CAND4, -1, 0 },
	{ "said, none there", HEAD("00 15", "01", "00 00"), -1, 0 },
	{ "more than said", HEAD("00 45", "01", "00 00") CAND4 CAND4, 1, 0 },
	{ "none said", HEAD("00 2d", "00", "00 00") CAND4, 0, 0 },
	{ "rest behind the last", HEAD("00 2f", "01", "00 00") CAND4 "99 99", 1, 0 },
	{ "odd rest", HEAD("00 2e", "01", "00 00") CAND4 "99", 1, 0 },
	{ "reserved bits", HEAD("00 2d", "01", "3f ff")
	  "40 01 81 01 11 ff ff ff 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", 1, 0 },
	{ "no rel-address, IPv4", HEAD("00 29", "01", "00 00")
	  "40 01 41 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00", 1, 0 },
	{ "no rel-address, IPv6", HEAD("00 35", "01", "00 00")
	  "60 02 01 01 11 00 00 00 7e 00 ff ff 20 01 0d b8 00 00 00 00"
	  "00 00 00 00 00 00 00 01 10 5f 00 00", 1, 0 },
	{ "Length 25", HEAD("00 2e", "01", "00 00")
	  "40 01 91 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00 00", 0, 1 },
	{ "Length 22", HEAD("00 2b", "01", "00 00")
	  "40 01 61 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00", 0, 1 },
	{ "Length of IPv6 with ver 4", HEAD("00 45", "01", "00 00")
	  "40 03 01 01 11 00 00 00 7e ff ff ff" CAND4 "00 00 00 00 00 00 00 00 00 00 00 00", 0, 1 },
	{ "Length of IPv4 with ver 6", HEAD("00 2d", "01", "00 00")
	  "60 01 81 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", 0, 1 },
	{ "Length 4, then one", HEAD("00 31", "02", "00 00") "40 00 41 01" CAND4, 1, 1 },
	{ "Length 3", HEAD("00 30", "02", "00 00") "40 00 31" CAND4, -1, 0 },
	{ "Length 0", HEAD("00 31", "02", "00 00") "40 00 01 01" CAND4, -1, 0 },
	{ "Length 1 too long", HEAD("00 2d", "01", "00 00")
	  "40 01 91 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", -1, 0 },
	{ "good, then one that overruns", HEAD("00 45", "02", "00 00") CAND4
	  "4f ff f1 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", -1, 0 },
	{ "three octets left", HEAD("00 30", "02", "00 00") CAND4 "40 00 41", -1, 0 },
	{ "version 5", HEAD("00 2d", "01", "00 00")
	  "50 01 81 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", 0, 1 },
	{ "version 5, length of 6", HEAD("00 45", "01", "00 00")
	  "50 03 01 01 11 00 00 00 7e ff ff ff" CAND4 "00 00 00 00 00 00 00 00 00 00 00 00", 0, 1 },
	{ "Length 4120", HEAD("00 2d", "01", "00 00")
	  "41 01 81 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", -1, 0 },
	{ "type 0", HEAD("00 2d", "01", "00 00")
	  "40 01 80 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", 0, 1 },
	{ "type 4", HEAD("00 2d", "01", "00 00")
	  "40 01 84 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", 1, 0 },
	{ "type 5", HEAD("00 2d", "01", "00 00")
	  "40 01 85 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", 0, 1 },
	{ "component 2", HEAD("00 2d", "01", "00 00")
	  "40 01 81 02 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", 0, 1 },
	{ "TCP", HEAD("00 2d", "01", "00 00")
	  "40 01 81 01 06 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", 0, 1 },
	{ "unknown ones between", HEAD("00 8d", "05", "00 00")
	  "50 01 81 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00" CAND4
	  "40 01 81 02 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00" CAND4S
	  "40 01 87 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00", 2, 3 },
	{ "ice-options past the option", "12 00 15 00 00 00 00 00" PWD "be ef 02 00", -1, 0 },
	{ "padding past the option", "12 00 16 00 00 00 00 00" PWD "be ef 02 00 00", -1, 0 },
};

static void test_forms(void)
{
	unsigned int i;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		ok = read_hex(forms[i].hex, true);
		CHECK(ok == (forms[i].n >= 0), "%s: %d", forms[i].what, ok);
		CHECK(got.n_bad == !ok && got.n_opts == ok, "%s: %u bad, %u taken",
		      forms[i].what, got.n_bad, got.n_opts);
		CHECK(got.n == (ok ? forms[i].n : 0) &&
		      got.n_skipped == forms[i].skipped, "%s: %u, skipped %u",
		      forms[i].what, got.n, got.n_skipped);
	}
	/* The short forms mean no related address. */
	read_hex(forms[8].hex, true);
	CHECK(!got.cands[0].rel.ver && got.cands[0].addr.port == 4191,
	      "short form");
}

/* ---------------------------------------------------- repeated options */

#define OTHER_UFRAG	"12 16 00 00 00 00 00 00" PWD "be ee 00 00"
#define OTHER_PWD	"12 16 00 00 00 00 00 00" "a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ac be ef 00 00"

static void test_repeated(void)
{
	CHECK(read_hex(HEAD("2e 00", "01", "00 00") CAND4, false), "first");
	CHECK(add_hex(HEAD("2e 00", "01", "00 00") CAND4S, false), "second");
	CHECK(add_hex(HEAD("00 45", "01", "00 00") CAND6, true), "native, too");
	CHECK(got.n == 3 && got.n_opts == 3 && mice_offer_usable(&got),
	      "%u of %u", got.n, got.n_opts);
	CHECK(got.cands[1].type == MICE_CAND_SRFLX && got.cands[2].addr.ver == 6,
	      "order");
	/* A corrupt one is dropped alone. */
	CHECK(!add(stage((u8 *)"\x12\x16\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24),
		   24, true), "corrupt");
	CHECK(got.n_bad == 1 && got.n == 3 && mice_offer_usable(&got), "corrupt");
	/* Reserved bits are not part of the agreement. */
	CHECK(add_hex(HEAD("16 00", "00", "00 01"), false), "reserved bit");
	CHECK(mice_offer_usable(&got), "reserved bit");

	CHECK(!add_hex(OTHER_UFRAG, false) && !mice_offer_usable(&got), "ufrag");
	read_hex(HEAD("2e 00", "01", "00 00") CAND4, false);
	CHECK(!add_hex(OTHER_PWD, false) && !mice_offer_usable(&got), "pwd");
	read_hex(HEAD("2e 00", "01", "00 00") CAND4, false);
	CHECK(!add_hex(HEAD("16 00", "00", "80 00"), false) &&
	      !mice_offer_usable(&got), "flag L");
	read_hex(HEAD("2e 00", "01", "00 00") CAND4, false);
	CHECK(!add_hex(HEAD("16 00", "00", "40 00"), false) &&
	      !mice_offer_usable(&got), "flag M");
	mice_offer_init(&got, 0);
	CHECK(!mice_offer_usable(&got), "no option at all");
}

static void test_flags(void)
{
	CHECK(read_hex(HEAD("00 2d", "01", "c0 00") CAND4, true), "read");
	CHECK(got.lite && got.mismatch && got.n == 1, "both flags");
	CHECK(mice_offer_usable(&got) && !got.n && !got.has_first &&
	      !got.has_remote, "M: the candidates are ignored");
	CHECK(read_hex(HEAD("00 2d", "01", "80 00") CAND4, true) && got.lite &&
	      !got.mismatch && mice_offer_usable(&got) && got.n == 1, "L");
}

/* ------------------------------------------------------ remote-candidate */

#define REMOTE4	"40 01 8a 01 11 00 00 00 64 ff fe ff c6 33 64 07 9c 40 10 5f c0 00 02 01"
#define REMOTE4B "40 01 89 01 11 00 00 00 64 ff fe ff c6 33 64 08 9c 40 10 5f c0 00 02 01"

static void test_remote(void)
{
	struct mice_addr a = addr4(198, 51, 100, 7, 40000);
	u8 want[256], p[256];
	unsigned int len;

	CHECK(read_hex(HEAD("00 5d", "03", "00 00") REMOTE4 REMOTE4B CAND4, true),
	      "read");
	CHECK(got.n == 1 && got.has_remote && got.remote.type == MICE_CAND_SRFLX &&
	      mice_addr_equal(&got.remote.addr, &a), "the first counts");
	CHECK(got.first.priority == 0x7e00ffff, "it is no default candidate");

	len = unhex(HEAD("00 45", "02", "00 00") CAND4 REMOTE4, want, sizeof(want));
	set_sum(want, len);
	CHECK(mice_offer_put(p, sizeof(p), 18, true, &got) == len &&
	      !memcmp(p, want, len), "written behind the candidates");
}

/* ------------------------------------------------------------- limits */

/* @n candidates of IP version @ver, the i-th of priority @prio[i] or i + 1. */
static void fill(struct mice_offer *o, unsigned int n, u8 ver)
{
	unsigned int i;

	mice_offer_init(o, 0);
	o->ufrag = 0x1234;
	memcpy(o->pwd, pwd, sizeof(pwd));
	o->n = n;
	for (i = 0; i < n; i++) {
		o->cands[i].type = 1 + i % 4;
		o->cands[i].priority = i + 1;
		o->cands[i].addr = ver == 4 ? addr4(10, 0, 0, i, 1000 + i) :
					      addr6(i, 1000 + i);
		o->cands[i].rel = ver == 4 ? addr4(10, 1, 0, i, 2000 + i) :
					     addr6(100 + i, 2000 + i);
	}
}

static bool same_cands(const struct mice_offer *a, const struct mice_offer *b)
{
	unsigned int i;

	if (a->n != b->n || a->has_remote != b->has_remote)
		return false;
	for (i = 0; i < a->n; i++)
		if (a->cands[i].type != b->cands[i].type ||
		    a->cands[i].priority != b->cands[i].priority ||
		    !mice_addr_equal(&a->cands[i].addr, &b->cands[i].addr) ||
		    !mice_addr_equal(&a->cands[i].rel, &b->cands[i].rel))
			return false;
	return true;
}

/* Reads all options in @p; their number. */
static unsigned int read_all(const u8 *p, unsigned int len, bool native_ok)
{
	unsigned int step, n = 0;

	mice_offer_init(&got, 0);
	for (; len; p += step, len -= step, n++) {
		step = mice_opt_extent(p, len, native_ok);
		if (!step || !mice_offer_add(&got, p, step, native_ok))
			return 0;
	}
	return n;
}

/* 9 IPv4 or 4 IPv6 candidates fit into a tlv option; then it repeats. */
static void test_tlv_repeats(void)
{
	struct mice_offer o;
	unsigned int n, len, per, v;
	u8 p[2048];

	for (v = 4; v <= 6; v += 2)
		for (n = 0; n <= MICE_CANDS_MAX; n++) {
			per = v == 4 ? 9 : 4;
			fill(&o, n, v);
			len = mice_offer_put(p, sizeof(p), 18, false, &o);
			CHECK(len == (n ? (n + per - 1) / per : 1) * 24 +
			      n * (v == 4 ? 24 : 48), "%u of IPv%u: %u octets",
			      n, v, len);
			CHECK(read_all(p, len, false) ==
			      (n ? (n + per - 1) / per : 1) &&
			      same_cands(&o, &got) && mice_offer_usable(&got),
			      "%u of IPv%u", n, v);
			CHECK(!mice_offer_put(p, len - 1, 18, false, &o),
			      "%u of IPv%u in too little room", n, v);

			len = mice_offer_put(p, sizeof(p), 18, true, &o);
			CHECK(len == 24 + n * (v == 4 ? 24 : 48) &&
			      read_all(p, len, true) == 1 && same_cands(&o, &got),
			      "%u of IPv%u, native: %u octets", n, v, len);
		}
	/* The remote-candidate may be what makes it repeat. */
	fill(&o, 9, 4);
	o.has_remote = true;
	o.remote = o.cands[0];
	len = mice_offer_put(p, sizeof(p), 18, false, &o);
	CHECK(len == 24 + 9 * 24 + 24 + 24 && read_all(p, len, false) == 2 &&
	      same_cands(&o, &got), "%u octets with a remote-candidate", len);
}

static void test_limit(void)
{
	static const u32 prio[] = { 5, 9, 1, 7, 3, 8, 2 };
	struct mice_offer o;
	unsigned int i, len;
	u8 p[2048];

	fill(&o, ARRAY_SIZE(prio), 4);
	for (i = 0; i < ARRAY_SIZE(prio); i++) {
		o.cands[i].priority = prio[i];
		o.cands[i].type = MICE_CAND_HOST;
	}
	len = mice_offer_put(p, sizeof(p), 18, true, &o);

	mice_offer_init(&got, 3);
	mice_offer_add(&got, p, len, true);
	CHECK(got.n == 3 && got.n_over == 4, "%u kept, %u over", got.n, got.n_over);
	CHECK(got.cands[0].priority == 9 && got.cands[1].priority == 7 &&
	      got.cands[2].priority == 8, "the best, in order: %u %u %u",
	      got.cands[0].priority, got.cands[1].priority,
	      got.cands[2].priority);
	CHECK(got.has_first && got.first.priority == 5, "default candidate");

	/* What relayed ones say is known, whether they are kept or not. */
	CHECK(!got.has_relayed, "none");
	o.cands[2].type = MICE_CAND_RELAYED;
	len = mice_offer_put(p, sizeof(p), 18, true, &o);
	mice_offer_init(&got, 3);
	mice_offer_add(&got, p, len, true);
	CHECK(got.n == 3 && got.has_relayed && !got.relayed_differ &&
	      mice_addr_equal(&got.relayed, &o.cands[2].addr), "one, not kept");
	o.cands[6].type = MICE_CAND_RELAYED;
	o.cands[6].addr.ip[3] ^= 1;
	len = mice_offer_put(p, sizeof(p), 18, true, &o);
	mice_offer_init(&got, 3);
	mice_offer_add(&got, p, len, true);
	CHECK(got.relayed_differ, "another one elsewhere");
	o.cands[6].addr.ip[3] ^= 1;

	mice_offer_init(&got, 255);
	CHECK(got.max == MICE_CANDS_MAX, "limit of the limit");
	mice_offer_init(&got, 0);
	CHECK(got.max == MICE_CANDS_MAX, "no limit");
	mice_offer_init(&got, MICE_CANDS_MAX - 1);
	CHECK(got.max == MICE_CANDS_MAX - 1, "limit");

	/* Of equals the later one goes. */
	for (i = 0; i < ARRAY_SIZE(prio); i++)
		o.cands[i].priority = 4;
	len = mice_offer_put(p, sizeof(p), 18, true, &o);
	mice_offer_init(&got, 2);
	mice_offer_add(&got, p, len, true);
	CHECK(got.n == 2 && got.cands[0].addr.ip[3] == 0 &&
	      got.cands[1].addr.ip[3] == 1, "equals");
	o.cands[6].priority = 5;
	len = mice_offer_put(p, sizeof(p), 18, true, &o);
	mice_offer_init(&got, 2);
	mice_offer_add(&got, p, len, true);
	CHECK(got.n == 2 && got.cands[0].addr.ip[3] == 0 &&
	      got.cands[1].addr.ip[3] == 6, "the later of equals goes");
}

/* As many candidates as an option holds: no more than there is room for. */
static void test_many(void)
{
	unsigned int i, n = 84;		/* 24 + 84 * 24 = 2040 */
	u8 p[2040] = { 18, 2037 >> 8, 2037 & 0xff, 84 };

	for (i = 0; i < n; i++) {
		unhex(CAND4, p + 24 + 24 * i, 24);
		p[24 + 24 * i + 11] = i;
	}
	set_sum(p, sizeof(p));
	mice_offer_init(&got, 0);
	CHECK(add(p, sizeof(p), true), "read");
	CHECK(got.n == MICE_CANDS_MAX && got.n_over == n - MICE_CANDS_MAX,
	      "%u kept, %u over", got.n, got.n_over);
	CHECK(got.cands[0].priority == 0x7e00ff00 + n - MICE_CANDS_MAX,
	      "the best stay");
}

/* --------------------------------------------------------- ice-options */

static void test_ice_options(void)
{
	u8 text[255], p[2048];
	struct mice_offer o;
	unsigned int n, len, head;

	memset(text, 'x', sizeof(text));
	for (n = 0; n < 256; n++) {
		fill(&o, 2, 4);
		o.options = text;
		o.options_len = n;
		len = mice_offer_put(p, sizeof(p), 18, true, &o);
		head = 23 + n;
		while (head % 4)
			head++;
		CHECK(len == head + 48, "%u: %u octets", n, len);
		CHECK(p[22] == n && (!n || p[23 + n - 1] == 'x') &&
		      (head == 23 + n || !p[head - 1]), "%u: data, padding", n);
		CHECK(read_all(p, len, true) == 1 && same_cands(&o, &got) &&
		      got.options_len == n && got.options == p + 23, "%u", n);

		len = mice_offer_put(p, sizeof(p), 18, false, &o);
		if (head > 257) {
			CHECK(!len, "%u: no tlv option holds it", n);
			continue;
		}
		CHECK(len && read_all(p, len, false) && same_cands(&o, &got) &&
		      got.options_len == n, "%u, tlv: %u octets", n, len);
	}
}

/* --------------------------------------------------------- credentials */

static void test_text(void)
{
	static const u8 odd[MICE_PWD_LEN] = {
		0x00, 0x09, 0x0a, 0x0f, 0x10, 0x9f, 0xa0, 0xf9, 0xff, 0x7e, 1, 2,
	};
	char text[MICE_PWD_TEXT];
	unsigned int v;
	u16 back = 0;

	mice_pwd_text(odd, text);
	CHECK(!memcmp(text, "00090a0f109fa0f9ff7e0102", 24), "password");
	mice_ufrag_text(0x0af9, text);
	CHECK(!memcmp(text, "0af9", 4), "ufrag");
	for (v = 0; v < 65536; v++) {
		mice_ufrag_text(v, text);
		if (!mice_ufrag_parse((u8 *)text, 4, &back) || back != v)
			break;
	}
	CHECK(v == 65536, "%u there and back", v);
	CHECK(!mice_ufrag_parse((u8 *)"0af", 3, &back), "three");
	CHECK(!mice_ufrag_parse((u8 *)"0af90", 5, &back), "five");
	CHECK(!mice_ufrag_parse((u8 *)"0aF9", 4, &back), "uppercase");
	CHECK(!mice_ufrag_parse((u8 *)"0ag9", 4, &back), "g");
	CHECK(!mice_ufrag_parse((u8 *)"0a/9", 4, &back), "before 0");
	CHECK(!mice_ufrag_parse((u8 *)"0a:9", 4, &back), "behind 9");
	CHECK(!mice_ufrag_parse((u8 *)"0a`9", 4, &back), "before a");
}

static const struct tap_case cases[] = {
	{ "known options are read", test_known_read },
	{ "and their candidates", test_known_cands },
	{ "and written", test_known_written },
	{ "how far an option reaches", test_extent },
	{ "both framings, each where it may be", test_framing },
	{ "a changed bit is a dropped option", test_checksum },
	{ "forms, counts and lengths of candidates", test_forms },
	{ "options repeat and agree", test_repeated },
	{ "flags L and M", test_flags },
	{ "remote-candidates", test_remote },
	{ "tlv options repeat when they are full", test_tlv_repeats },
	{ "the best candidates are kept", test_limit },
	{ "as many candidates as octets allow", test_many },
	{ "ice-options of every length", test_ice_options },
	{ "credentials as text", test_text },
};

int main(void)
{
	return tap_run(cases, ARRAY_SIZE(cases));
}
