// SPDX-License-Identifier: GPL-2.0
/*
 * net/tcp_mobility/options.c: octets <-> struct tcpmob_options.
 *
 * Three sources say what is right: octets written out by hand from the figures
 * of draft-eddy-tcp-mobility-00, areas built from items of known extent, and,
 * where damage makes an area unpredictable, a second reading of options.h
 * (ref_parse) that shares no constant and no function with the first.
 *
 * Octets in all cases: key a0 a1 a2 ..., token c1 ... c8, request d1 ... d8,
 * Curve ID 1, ReqNo 07, MSS 1460, shift 7, TSval 01020304, TSecr 05060708.
 */
#include <stdlib.h>

#include "shim.h"
#include "tap.h"
#include "tcp_mobility/options.h"

static const u8 key[TCPMOB_KEY_MAX] = {
	0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
	0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
	0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7,
	0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf,
};

static const u8 token[TCPMOB_TOKEN_LEN] = {
	0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8,
};

static const u8 request[TCPMOB_REQUEST_LEN] = {
	0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8,
};

#define CURVE	1
#define REQNO	7

/* With one kind for all three options, and with one each ("own"). */
enum {
	F_PLAIN, F_EXID, F_DRAWN, F_BOTH,
	F_OWN, F_OWN_EXID, F_OWN_DRAWN, F_OWN_BOTH,
	N_FORMATS
};

static const struct tcpmob_format formats[N_FORMATS] = {
	[F_PLAIN]	= { 253, 253, 253, false, false },
	[F_EXID]	= { 253, 253, 253, true, false },
	[F_DRAWN]	= { 253, 253, 253, false, true },
	[F_BOTH]	= { 253, 253, 253, true, true },
	[F_OWN]		= { 250, 251, 252, false, false },
	[F_OWN_EXID]	= { 250, 251, 252, true, false },
	[F_OWN_DRAWN]	= { 250, 251, 252, false, true },
	[F_OWN_BOTH]	= { 250, 251, 252, true, true },
};

#define ALL	((1u << N_FORMATS) - 1)
#define BIT(f)	(1u << (f))

/* Bits of present, short enough for tables. */
#define KEY	TCPMOB_OPT_CONN_KEY
#define CONT	TCPMOB_OPT_CONT
#define UPD	TCPMOB_OPT_LOC_UPDATE
#define MSS	TCPMOB_OPT_MSS
#define TS	TCPMOB_OPT_TS
#define WS	TCPMOB_OPT_WS
#define SPERM	TCPMOB_OPT_SACKPERM
#define SIGNED	TCPMOB_OPT_SIGNED

#define AREA_MAX	64	/* some areas are too long on purpose */

/* ------------------------------------------------------------- helpers */

/* "fd 0c | 01" -> octets; '|' and blanks are there for the reader. */
static unsigned int unhex(const char *text, u8 *out)
{
	unsigned int n = 0;

	while (*text) {
		if (*text == ' ' || *text == '|') {
			text++;
			continue;
		}
		assert(n < AREA_MAX);
		out[n++] = strtoul((char[]){ text[0], text[1], 0 }, NULL, 16);
		text += 2;
	}
	return n;
}

/*
 * Where the area lies while it is parsed: up against the end of a heap block,
 * so that the sanitizer sees an octet read behind it.
 */
static u8 *stage(const u8 *area, unsigned int len)
{
	static u8 *block;

	if (!block)
		block = malloc(AREA_MAX);
	assert(block && len <= AREA_MAX);
	return memcpy(block + AREA_MAX - len, area, len);
}

/* Parses a staged area into a struct full of rubbish. */
static bool parse(const u8 *area, unsigned int len, bool syn,
		  const struct tcpmob_format *fmt, struct tcpmob_options *out)
{
	memset(out, 0xa5, sizeof(*out));
	return tcpmob_options_parse(area, len, syn, fmt, out);
}

static bool same_conts(const struct tcpmob_options *a,
		       const struct tcpmob_options *b)
{
	unsigned int i;

	if (a->n_conts != b->n_conts)
		return false;
	for (i = 0; i < a->n_conts; i++)
		if (a->conts[i].offset != b->conts[i].offset ||
		    a->conts[i].len != b->conts[i].len ||
		    a->conts[i].data != b->conts[i].data)
			return false;
	return true;
}

/* Only what a present bit vouches for is compared. */
static bool same(const struct tcpmob_options *a,
		 const struct tcpmob_options *b)
{
	u8 has = a->present;

	if (has != b->present || a->malformed != b->malformed)
		return false;
	if (has & KEY && (a->curve != b->curve ||
			  memcmp(a->key, b->key, sizeof(a->key))))
		return false;
	if (has & UPD && (a->reqno != b->reqno ||
			  memcmp(a->token, b->token, sizeof(a->token)) ||
			  memcmp(a->request, b->request, sizeof(a->request))))
		return false;
	if (has & MSS && a->mss != b->mss)
		return false;
	if (has & WS && a->wscale != b->wscale)
		return false;
	if (has & TS && (a->tsval != b->tsval || a->tsecr != b->tsecr))
		return false;
	return same_conts(a, b);
}

static void check_parse(const u8 *area, unsigned int len, bool syn,
			unsigned int f, const struct tcpmob_options *want,
			const char *what)
{
	struct tcpmob_options got;
	bool ours;

	ours = parse(area, len, syn, &formats[f], &got);
	CHECK(same(&got, want),
	      "%s, format %u, syn %d, %u octets: %02x %u %u, want %02x %u %u",
	      what, f, syn, len, got.present, got.malformed, got.n_conts,
	      want->present, want->malformed, want->n_conts);
	CHECK(ours == !!(want->present & (KEY | CONT | UPD)),
	      "%s, format %u, syn %d: returned %d", what, f, syn, ours);
}

/* ------------------------------------- a second reading of options.h */

static bool ref_mine(const u8 *o, const struct tcpmob_format *fmt)
{
	return o[0] == fmt->kind_conn_key || o[0] == fmt->kind_cont ||
	       o[0] == fmt->kind_loc_update;
}

/* @o[0..n) is one whole option of ours; @v..: it without head and ExID. */
static bool ref_take(const u8 *o, const u8 *v, int v_len, bool drawn, bool syn,
		     const struct tcpmob_format *fmt, struct tcpmob_options *w)
{
	if (syn && v_len == 10 && o[0] == fmt->kind_conn_key) {
		if (w->present & 1)
			return false;
		w->present |= 1;
		w->curve = v[0];
		memcpy(w->key, &v[1], 9);
		return true;
	}
	if (syn && v_len == 17 && o[0] == fmt->kind_loc_update) {
		if (w->present & 4)
			return false;
		w->present |= 4;
		w->reqno = v[0];
		memcpy(w->token, &v[1], 8);
		memcpy(w->request, &v[9], 8);
		return true;
	}
	if (syn || o[0] != fmt->kind_cont || drawn != fmt->drawn)
		return false;
	if (!drawn && v_len < 1)
		return false;
	if ((drawn ? o[1] : v[0]) < 9)
		return false;
	w->conts[w->n_conts].offset = drawn ? o[1] : v[0];
	w->conts[w->n_conts].data = drawn ? v : v + 1;
	w->conts[w->n_conts].len = drawn ? v_len : v_len - 1;
	w->n_conts++;
	w->present |= 2;
	return true;
}

static void ref_standard(const u8 *o, int n, bool syn,
			 struct tcpmob_options *w)
{
	if (o[0] == 2 && n == 4 && syn) {
		w->present |= 8;
		w->mss = o[2] * 256 + o[3];
	} else if (o[0] == 8 && n == 10) {
		w->present |= 16;
		w->tsval = ((o[2] * 256u + o[3]) * 256 + o[4]) * 256 + o[5];
		w->tsecr = ((o[6] * 256u + o[7]) * 256 + o[8]) * 256 + o[9];
	} else if (o[0] == 3 && n == 3 && syn) {
		w->present |= 32;
		w->wscale = o[2];
	} else if (o[0] == 4 && n == 2 && syn) {
		w->present |= 64;
	} else if (o[0] == 19 || o[0] == 29) {
		w->present |= 128;
	}
}

static void ref_parse(const u8 *a, int len, bool syn,
		      const struct tcpmob_format *fmt,
		      struct tcpmob_options *w)
{
	int i, n, left, skip;
	bool drawn;

	memset(w, 0, sizeof(*w));
	for (i = 0; len <= 40 && i < len && a[i]; i += n) {
		const u8 *o = a + i;

		n = 1;
		if (o[0] == 1)
			continue;

		left = len - i;
		drawn = fmt->drawn && !syn && o[0] == fmt->kind_cont;
		if (drawn && fmt->exid)
			drawn = left >= 5 && o[3] == 0x4d && o[4] == 0x6f;
		skip = drawn ? 3 : 2;
		if (left < skip)
			return;
		n = o[skip - 1];
		if (n < skip || n > left)
			return;

		if (!ref_mine(o, fmt)) {
			ref_standard(o, n, syn, w);
			continue;
		}
		if (fmt->exid && !drawn) {
			if (n < 4 || o[2] != 0x4d || o[3] != 0x6f)
				continue;
		}
		if (fmt->exid)
			skip += 2;
		if (n < skip ||
		    !ref_take(o, o + skip, n - skip, drawn, syn, fmt, w))
			w->malformed++;
	}
}

static void check_ref(const u8 *area, unsigned int len, bool syn,
		      unsigned int f, const char *what)
{
	struct tcpmob_options want;

	ref_parse(area, len, syn, &formats[f], &want);
	check_parse(area, len, syn, f, &want, what);
}

/* ---------------------------------------------------- octets by hand */

struct vector {
	const char	*name;
	unsigned int	formats;	/* bits: those this holds in */
	bool		syn;
	const char	*hex;
	u8		present;
	u8		malformed;
	struct {
		u8	offset, len;
		u8	at;		/* of the data in the area */
	} conts[TCPMOB_CONTS_MAX];	/* offset 0: no more */
};

#define KEY9	"a0 a1 a2 a3 a4 a5 a6 a7 a8"
#define KEY7	"a9 aa ab ac ad ae af"		/* from 9 */
#define KEY9B	"b0 b1 b2 b3 b4 b5 b6 b7 b8"	/* from 16 */
#define KEY16	KEY7 " " KEY9B
#define TOK	"c1 c2 c3 c4 c5 c6 c7 c8"
#define REQ	"d1 d2 d3 d4 d5 d6 d7 d8"
#define X_MSS	"02 04 05 b4"
#define X_WS	"03 03 07"
#define X_SPERM	"04 02"
#define X_TS	"08 0a 01 02 03 04 05 06 07 08"
#define X_SACK	"05 0a 11 11 11 11 22 22 22 22"

#define NOT_DRAWN	(BIT(F_PLAIN) | BIT(F_OWN))	/* nor exid */

/* What a line of the table leaves out is 0. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
static const struct vector vectors[] = {
	/* --- Section 4, Figure 1 */
	{ "Conn-Key", BIT(F_PLAIN) | BIT(F_DRAWN), true,
	  "fd 0c 01 | " KEY9, KEY },
	{ "Conn-Key with ExID", BIT(F_EXID) | BIT(F_BOTH), true,
	  "fd 0e 4d 6f 01 | " KEY9, KEY },
	{ "Conn-Key of its own kind", BIT(F_OWN) | BIT(F_OWN_DRAWN), true,
	  "fa 0c 01 | " KEY9, KEY },
	{ "Conn-Key of its own kind with ExID",
	  BIT(F_OWN_EXID) | BIT(F_OWN_BOTH), true,
	  "fa 0e 4d 6f 01 | " KEY9, KEY },
	/* --- Section 4, Figure 2: "the 19 bytes required" */
	{ "Cont", BIT(F_PLAIN), false,
	  "fd 13 09 | " KEY16, CONT, 0, { { 9, 16, 3 } } },
	{ "Cont drawn", BIT(F_DRAWN), false,
	  "fd 09 13 | " KEY16, CONT, 0, { { 9, 16, 3 } } },
	{ "Cont with ExID", BIT(F_EXID), false,
	  "fd 15 4d 6f 09 | " KEY16, CONT, 0, { { 9, 16, 5 } } },
	{ "Cont drawn with ExID", BIT(F_BOTH), false,
	  "fd 09 15 4d 6f | " KEY16, CONT, 0, { { 9, 16, 5 } } },
	{ "Cont of its own kind", BIT(F_OWN), false,
	  "fb 13 09 | " KEY16, CONT, 0, { { 9, 16, 3 } } },
	{ "Cont of its own kind drawn", BIT(F_OWN_DRAWN), false,
	  "fb 09 13 | " KEY16, CONT, 0, { { 9, 16, 3 } } },
	{ "Cont of its own kind with ExID", BIT(F_OWN_EXID), false,
	  "fb 15 4d 6f 09 | " KEY16, CONT, 0, { { 9, 16, 5 } } },
	{ "Cont of its own kind drawn with ExID", BIT(F_OWN_BOTH), false,
	  "fb 09 15 4d 6f | " KEY16, CONT, 0, { { 9, 16, 5 } } },
	{ "Cont of the longest data", BIT(F_PLAIN), false,
	  "fd 28 09 | " KEY16 " " KEY16 " 01 02 03 04 05",
	  CONT, 0, { { 9, 37, 3 } } },
	/* --- "I have your whole key": Offset 25 of 25 or 32 of 32 */
	{ "Cont without data", BIT(F_PLAIN), false,
	  "fd 03 19", CONT, 0, { { 25, 0, 3 } } },
	{ "Cont without data drawn", BIT(F_DRAWN), false,
	  "fd 19 03", CONT, 0, { { 25, 0, 3 } } },
	{ "Cont without data with ExID", BIT(F_EXID), false,
	  "fd 05 4d 6f 20", CONT, 0, { { 32, 0, 5 } } },
	{ "Cont without data drawn with ExID", BIT(F_BOTH), false,
	  "fd 20 05 4d 6f", CONT, 0, { { 32, 0, 5 } } },
	{ "Cont without data, twice", BIT(F_PLAIN), false,
	  "fd 03 19 fd 03 19", CONT, 0, { { 25, 0, 3 }, { 25, 0, 6 } } },
	/* --- Section 5, Figure 3 */
	{ "Loc-Update", BIT(F_PLAIN) | BIT(F_DRAWN), true,
	  "fd 13 07 | " TOK " | " REQ, UPD },
	{ "Loc-Update with ExID", BIT(F_EXID) | BIT(F_BOTH), true,
	  "fd 15 4d 6f 07 | " TOK " | " REQ, UPD },
	{ "Loc-Update of its own kind", BIT(F_OWN) | BIT(F_OWN_DRAWN), true,
	  "fc 13 07 | " TOK " | " REQ, UPD },
	{ "Loc-Update of its own kind with ExID",
	  BIT(F_OWN_EXID) | BIT(F_OWN_BOTH), true,
	  "fc 15 4d 6f 07 | " TOK " | " REQ, UPD },
	/* --- whole headers */
	{ "first SYN", BIT(F_PLAIN), true,
	  X_MSS X_SPERM X_TS "01" X_WS "fd 0c 01" KEY9,
	  KEY | MSS | TS | WS | SPERM },
	{ "SYN of a move, 40 octets", BIT(F_PLAIN), true,
	  X_MSS "01 01" X_TS "01" X_WS "fd 13 07" TOK REQ "01",
	  UPD | MSS | TS | WS },
	{ "SYN of a move with ExID", BIT(F_EXID), true,
	  X_MSS X_TS X_WS "fd 15 4d 6f 07" TOK REQ "00 00",
	  UPD | MSS | TS | WS },
	{ "both options of a SYN", BIT(F_PLAIN), true,
	  "fd 13 07" TOK REQ "fd 0c 01" KEY9, KEY | UPD },
	{ "data with timestamps", BIT(F_PLAIN), false,
	  "01 01" X_TS "fd 13 09" KEY16, CONT | TS, 0, { { 9, 16, 15 } } },
	{ "data with SACK blocks between", BIT(F_PLAIN), false,
	  "01 01" X_SACK "fd 0a 09" KEY7 "fd 0c 10" KEY9B,
	  CONT, 0, { { 9, 7, 15 }, { 16, 9, 25 } } },
	{ "timestamps alone", ALL, false, "01 01" X_TS, TS },
	{ "SACK alone", ALL, false, "01 01" X_TS "01 01" X_SACK, TS },
	{ "nothing", ALL, false, "", 0 },
	{ "nothing on a SYN", ALL, true, "", 0 },
	/* --- NOP and EOL */
	{ "NOPs only", ALL, true, "01 01 01 01", 0 },
	{ "EOL hides the rest", BIT(F_PLAIN), true,
	  X_WS "00 fd 0c 01" KEY9, WS },
	{ "EOL first", BIT(F_PLAIN), true, "00 fd 0c 01" KEY9, 0 },
	{ "NOP and EOL inside an option are data", BIT(F_PLAIN), false,
	  "fd 06 09 00 01 00 01 fd 03 0c",
	  CONT, 0, { { 9, 3, 3 }, { 12, 0, 10 } } },
	{ "NOPs around", BIT(F_PLAIN), true,
	  "01 01 01 fd 0c 01" KEY9 "01 01", KEY },
	/* --- repeated */
	{ "Conn-Key twice: the first counts", BIT(F_PLAIN), true,
	  "fd 0c 01" KEY9 "fd 0c 02 99 99 99 99 99 99 99 99 99", KEY, 1 },
	{ "Conn-Key three times", BIT(F_PLAIN), true,
	  "fd 0c 01" KEY9 "fd 0c 01" KEY9 "fd 0c 01" KEY9, KEY, 2 },
	{ "Loc-Update twice: the first counts", BIT(F_PLAIN), true,
	  "fd 13 07" TOK REQ
	  "fd 13 08 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99", UPD, 1 },
	{ "a malformed one is not the first", BIT(F_PLAIN), true,
	  "fd 0b 02 99 99 99 99 99 99 99 99 fd 0c 01" KEY9, KEY, 1 },
	{ "Cont repeated and overlapping: all", BIT(F_PLAIN), false,
	  "fd 0a 09" KEY7 "fd 0a 09" KEY7 "fd 05 0a aa ab", CONT, 0,
	  { { 9, 7, 3 }, { 9, 7, 13 }, { 10, 2, 23 } } },
	{ "MSS, scale, timestamps twice: the last, as in the stack", ALL, true,
	  "02 04 00 00 03 03 63 08 0a 99 99 99 99 99 99 99 99"
	  X_MSS X_WS X_TS, MSS | WS | TS },
	/* --- wrong lengths */
	{ "lengths no SYN knows", BIT(F_PLAIN), true,
	  "fd 02 fd 0b 01 a0 a1 a2 a3 a4 a5 a6 a7 fd 0d 01" KEY9 "00",
	  0, 3 },
	{ "Loc-Update one shorter", BIT(F_PLAIN), true,
	  "fd 12 07" TOK "d1 d2 d3 d4 d5 d6 d7", 0, 1 },
	{ "Loc-Update one longer", BIT(F_PLAIN), true,
	  "fd 14 07" TOK REQ "d9", 0, 1 },
	{ "Cont without room for Offset", BIT(F_PLAIN), false,
	  "fd 02 09", 0, 1 },
	{ "Cont without room for Offset, with ExID", BIT(F_EXID), false,
	  "fd 04 4d 6f 09 01", 0, 1 },
	{ "Cont drawn shorter than ExID", BIT(F_BOTH), false,
	  "fd 09 04 4d 01", 0, 0 },
	{ "Cont drawn, ExID behind its end", BIT(F_BOTH), false,
	  "fd 09 03 4d 6f 01", 0, 1 },
	{ "standard options of wrong length are skipped", ALL, true,
	  "02 03 05 03 04 07 01 04 03 01 08 0b 01 02 03 04 05 06 07 08 09",
	  0 },
	{ "and the other way round", ALL, true,
	  "02 05 05 b4 01 03 02 04 04 01 01 08 09 01 02 03 04 05 06 07", 0 },
	/* --- where reading ends */
	{ "length 0", BIT(F_PLAIN), true,
	  X_WS "fd 00 fd 0c 01" KEY9, WS },
	{ "length 1", BIT(F_PLAIN), true,
	  X_WS "fd 01 fd 0c 01" KEY9, WS },
	{ "length 1 of another option", BIT(F_PLAIN), true,
	  X_WS "05 01 fd 0c 01" KEY9, WS },
	{ "one octet past the area", BIT(F_PLAIN), true,
	  X_WS "fd 0c 01 a0 a1 a2 a3 a4 a5 a6 a7", WS },
	{ "a kind at the very end", ALL, true, X_WS "fd", WS },
	{ "drawn: length 2 lies outside itself", BIT(F_DRAWN), false,
	  "08 0a 01 02 03 04 05 06 07 08 fd 09 02 fd 09 03", TS },
	{ "drawn: cut before its length", BIT(F_DRAWN), false, "fd 09", 0 },
	{ "drawn: one octet past the area", BIT(F_DRAWN), false,
	  "fd 09 05 a9", 0 },
	/* --- Offset */
	{ "Offset 8 is in Conn-Key already", BIT(F_PLAIN) | BIT(F_DRAWN),
	  false, "fd 08 08 00 01 02 03 04", 0, 1 },
	{ "Offset 8, others stay", BIT(F_PLAIN), false,
	  "fd 0a 09" KEY7 "fd 04 08 a8 fd 0c 10" KEY9B,
	  CONT, 1, { { 9, 7, 3 }, { 16, 9, 17 } } },
	{ "Offset 255", BIT(F_PLAIN), false,
	  "fd 04 ff 01", CONT, 0, { { 255, 1, 3 } } },
	/* --- the wrong kind of segment */
	{ "Conn-Key without SYN: its curve is no Offset", BIT(F_PLAIN), false,
	  "fd 0c 01 | " KEY9, 0, 1 },
	{ "Conn-Key without SYN, with ExID", BIT(F_EXID), false,
	  "fd 0e 4d 6f 01 | " KEY9, 0, 1 },
	{ "Conn-Key without SYN, own kind",
	  BIT(F_OWN) | BIT(F_OWN_DRAWN), false,
	  "fa 0c 09 | " KEY9 " 01 01 " X_TS, TS, 1 },
	{ "Loc-Update without SYN, own kind",
	  BIT(F_OWN) | BIT(F_OWN_DRAWN), false,
	  "fc 13 09 | " TOK " | " REQ, 0, 1 },
	{ "Cont with SYN", BIT(F_PLAIN), true, "fd 0a 09" KEY7, 0, 1 },
	{ "Cont with SYN, own kind", BIT(F_OWN), true,
	  "fb 13 09 | " KEY16 X_WS, WS, 1 },
	{ "Cont with SYN of the length of Conn-Key, own kind", BIT(F_OWN),
	  true, "fb 0c 10 | " KEY9B, 0, 1 },
	{ "Cont drawn with SYN: length second", BIT(F_OWN_DRAWN), true,
	  "fb 09 13 | aa ab ac ad ae af " X_WS, WS, 1 },
	{ "Conn-Key of the length of Loc-Update, own kinds", BIT(F_OWN), true,
	  "fa 13 07 | " TOK " | " REQ, 0, 1 },
	{ "Loc-Update of the length of Conn-Key, own kinds", BIT(F_OWN), true,
	  "fc 0c 01 | " KEY9, 0, 1 },
	{ "MSS, scale and SACK-permitted without SYN", ALL, false,
	  X_MSS X_WS X_SPERM "01 01 01", 0 },
	/* --- other experiments: RFC 6994 */
	{ "other ExID", BIT(F_EXID), true,
	  "fd 0e 4d 70 01" KEY9 "fd 0e f9 89 01" KEY9, 0 },
	{ "other ExID, low octet of ours", BIT(F_EXID), true,
	  "fd 0e 4c 6f 01" KEY9, 0 },
	{ "other ExID before ours", BIT(F_EXID), true,
	  "fd 06 f9 89 12 34 fd 0e 4d 6f 01" KEY9, KEY },
	{ "too short for an ExID", BIT(F_EXID) | BIT(F_BOTH), true,
	  "fd 02 fd 03 4d fd 0e 4d 6f 01" KEY9, KEY },
	{ "ExID behind the option's end", BIT(F_EXID), true,
	  "fd 03 4d 6f 02", 0 },
	{ "no ExID where one is due", BIT(F_EXID), true,
	  "fd 0c 01" KEY9, 0 },
	{ "ExID where none is due", BIT(F_PLAIN), true,
	  "fd 0e 4d 6f 01" KEY9, 0, 1 },
	{ "other ExID without SYN", BIT(F_EXID), false,
	  "fd 06 f9 89 0c 34 fd 06 4d 6f 09 a9",
	  CONT, 0, { { 9, 1, 11 } } },
	{ "other ExID, length second, while ours is drawn", BIT(F_BOTH), false,
	  "fd 06 f9 89 0c 34 fd 09 06 4d 6f a9",
	  CONT, 0, { { 9, 1, 11 } } },
	{ "ours with length second while ours is drawn", BIT(F_BOTH), false,
	  "fd 06 4d 6f 09 a9 01 01 " X_TS, TS, 1 },
	/* --- kinds of nobody's business */
	{ "kinds next to ours", ALL, true,
	  "f9 0c 01" KEY9 "fe 0c 01" KEY9, 0 },
	{ "253 while we have our own kinds", BIT(F_OWN), true,
	  "fd 0c 01" KEY9, 0 },
	{ "TCP-MD5", ALL, true,
	  "13 12 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff", SIGNED },
	{ "TCP-AO", ALL, false,
	  "1d 10 01 02 00 11 22 33 44 55 66 77 88 99 aa bb", SIGNED },
	{ "TCP-AO of no length it can have", ALL, false, "1d 02", SIGNED },
	{ "TCP-MD5 cut", ALL, true, "13 12 00 11", 0 },
	{ "signed and ours", BIT(F_PLAIN), false,
	  "01 01 13 12 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff"
	  "fd 04 09 a9", SIGNED | CONT, 0, { { 9, 1, 23 } } },
	/* --- how much there can be */
	{ "thirteen Cont in 40 octets", BIT(F_PLAIN), false,
	  "fd 03 09 fd 03 0a fd 03 0b fd 03 0c fd 03 0d fd 03 0e fd 03 0f"
	  "fd 03 10 fd 03 11 fd 03 12 fd 03 13 fd 03 14 fd 03 15 01",
	  CONT, 0,
	  { { 9, 0, 3 }, { 10, 0, 6 }, { 11, 0, 9 }, { 12, 0, 12 },
	    { 13, 0, 15 }, { 14, 0, 18 }, { 15, 0, 21 }, { 16, 0, 24 },
	    { 17, 0, 27 }, { 18, 0, 30 }, { 19, 0, 33 }, { 20, 0, 36 },
	    { 21, 0, 39 } } },
	{ "twenty malformed", BIT(F_PLAIN), false,
	  "fd 02 fd 02 fd 02 fd 02 fd 02 fd 02 fd 02 fd 02 fd 02 fd 02"
	  "fd 02 fd 02 fd 02 fd 02 fd 02 fd 02 fd 02 fd 02 fd 02 fd 02",
	  0, 20 },
	{ "41 octets are no option area", ALL, true,
	  X_MSS "01 01" X_TS "01" X_WS "fd 13 07" TOK REQ "01 01", 0 },
	{ "42 octets of Cont", BIT(F_PLAIN) | BIT(F_DRAWN), false,
	  "fd 03 09 fd 03 0a fd 03 0b fd 03 0c fd 03 0d fd 03 0e fd 03 0f"
	  "fd 03 10 fd 03 11 fd 03 12 fd 03 13 fd 03 14 fd 03 15 fd 03 16",
	  0 },
};
#pragma GCC diagnostic pop

/* What all cases have in common; whatever is present has these values. */
static void want_values(struct tcpmob_options *want)
{
	memset(want, 0, sizeof(*want));
	want->curve = CURVE;
	want->reqno = REQNO;
	want->mss = 1460;
	want->wscale = 7;
	want->tsval = 0x01020304;
	want->tsecr = 0x05060708;
	memcpy(want->key, key, sizeof(want->key));
	memcpy(want->token, token, sizeof(want->token));
	memcpy(want->request, request, sizeof(want->request));
}

static void want_vector(struct tcpmob_options *want, const struct vector *v,
			const u8 *area)
{
	unsigned int i;

	want_values(want);
	want->present = v->present;
	want->malformed = v->malformed;
	for (i = 0; i < TCPMOB_CONTS_MAX && v->conts[i].offset; i++) {
		want->conts[i].offset = v->conts[i].offset;
		want->conts[i].len = v->conts[i].len;
		want->conts[i].data = area + v->conts[i].at;
	}
	want->n_conts = i;
}

static void test_vectors(void)
{
	unsigned int i, f;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct tcpmob_options want;
		u8 octets[AREA_MAX];
		unsigned int len = unhex(v->hex, octets);
		const u8 *area = stage(octets, len);

		want_vector(&want, v, area);
		for (f = 0; f < N_FORMATS; f++)
			if (v->formats & BIT(f))
				check_parse(area, len, v->syn, f, &want,
					    v->name);
	}
}

/* The second reading must agree with the octets by hand before it judges. */
static void test_reference(void)
{
	unsigned int i, f;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct tcpmob_options want, ref;
		u8 octets[AREA_MAX];
		unsigned int len = unhex(v->hex, octets);

		want_vector(&want, v, octets);
		for (f = 0; f < N_FORMATS; f++) {
			if (!(v->formats & BIT(f)))
				continue;
			ref_parse(octets, len, v->syn, &formats[f], &ref);
			CHECK(same(&ref, &want), "%s, format %u", v->name, f);
		}
	}
}

/* -------------------------------------------------- writing, by hand */

struct put_vector {
	unsigned int	f;
	const char	*conn_key, *cont, *done, *update;
};

static const struct put_vector put_vectors[] = {
	{ F_PLAIN, "fd 0c 01" KEY9, "fd 13 09" KEY16, "fd 03 19",
	  "fd 13 07" TOK REQ },
	{ F_EXID, "fd 0e 4d 6f 01" KEY9, "fd 15 4d 6f 09" KEY16,
	  "fd 05 4d 6f 19", "fd 15 4d 6f 07" TOK REQ },
	{ F_DRAWN, "fd 0c 01" KEY9, "fd 09 13" KEY16, "fd 19 03",
	  "fd 13 07" TOK REQ },
	{ F_BOTH, "fd 0e 4d 6f 01" KEY9, "fd 09 15 4d 6f" KEY16,
	  "fd 19 05 4d 6f", "fd 15 4d 6f 07" TOK REQ },
	{ F_OWN, "fa 0c 01" KEY9, "fb 13 09" KEY16, "fb 03 19",
	  "fc 13 07" TOK REQ },
	{ F_OWN_EXID, "fa 0e 4d 6f 01" KEY9, "fb 15 4d 6f 09" KEY16,
	  "fb 05 4d 6f 19", "fc 15 4d 6f 07" TOK REQ },
	{ F_OWN_DRAWN, "fa 0c 01" KEY9, "fb 09 13" KEY16, "fb 19 03",
	  "fc 13 07" TOK REQ },
	{ F_OWN_BOTH, "fa 0e 4d 6f 01" KEY9, "fb 09 15 4d 6f" KEY16,
	  "fb 19 05 4d 6f", "fc 15 4d 6f 07" TOK REQ },
};

/* @got[0..n) equals the text, and nothing was written behind it. */
static void check_put(const u8 *got, unsigned int n, unsigned int said,
		      const char *hex, unsigned int f, const char *what)
{
	u8 want[AREA_MAX];
	unsigned int len;

	memset(want, 0x5a, sizeof(want));
	len = unhex(hex, want);
	CHECK(n == len && said == len, "%s, format %u: wrote %u, said %u",
	      what, f, n, said);
	CHECK(!memcmp(got, want, AREA_MAX), "%s, format %u: octets", what, f);
}

static void test_put(void)
{
	unsigned int i, n;
	u8 p[AREA_MAX];

	for (i = 0; i < ARRAY_SIZE(put_vectors); i++) {
		const struct put_vector *v = &put_vectors[i];
		const struct tcpmob_format *fmt = &formats[v->f];

		memset(p, 0x5a, sizeof(p));
		n = tcpmob_put_conn_key(p, fmt, CURVE, key);
		check_put(p, n, tcpmob_conn_key_len(fmt), v->conn_key, v->f,
			  "Conn-Key");
		memset(p, 0x5a, sizeof(p));
		n = tcpmob_put_cont(p, fmt, 9, key + 9, 16);
		check_put(p, n, tcpmob_cont_len(fmt, 16), v->cont, v->f,
			  "Cont");
		memset(p, 0x5a, sizeof(p));
		n = tcpmob_put_cont(p, fmt, 25, NULL, 0);
		check_put(p, n, tcpmob_cont_len(fmt, 0), v->done, v->f,
			  "Cont without data");
		memset(p, 0x5a, sizeof(p));
		n = tcpmob_put_loc_update(p, fmt, REQNO, token, request);
		check_put(p, n, tcpmob_loc_update_len(fmt), v->update, v->f,
			  "Loc-Update");
	}
}

/* ------------------------------------------------- areas out of items */

enum item {
	END, NOP, I_MSS, I_WS, I_SPERM, I_TS, I_SACK, I_MD5, I_KEY, I_UPDATE,
	I_CONT7, I_CONT9, I_CONT16, I_DONE, I_OTHER,
};

#define ITEMS_MAX	12

struct layout {
	const char	*name;
	bool		syn;
	enum item	items[ITEMS_MAX + 1];
};

/* Each fits into 40 octets with ExIDs too. */
static const struct layout layouts[] = {
	{ "SYN", true,
	  { I_MSS, I_SPERM, I_TS, NOP, I_WS, I_KEY } },
	{ "SYN, key first", true,
	  { I_KEY, I_MSS, NOP, I_WS, NOP, NOP, I_TS } },
	{ "move", true, { I_MSS, I_TS, I_WS, I_UPDATE } },
	{ "move, update first", true, { I_UPDATE, NOP, I_WS, I_MSS } },
	{ "both", true, { I_KEY, I_UPDATE, NOP, I_MSS } },
	{ "both, other order", true, { I_OTHER, I_UPDATE, I_KEY } },
	{ "data", false, { NOP, NOP, I_TS, I_CONT16 } },
	{ "data, key first", false, { I_CONT16, NOP, NOP, I_TS } },
	{ "two pieces", false, { I_CONT7, I_CONT9, NOP, NOP, I_SACK } },
	{ "answer", false, { I_DONE, NOP, NOP, I_TS, I_CONT7 } },
	{ "pieces and an answer", false,
	  { I_CONT7, I_OTHER, I_DONE, I_CONT9 } },
	{ "signed", false, { I_MD5, NOP, NOP, I_CONT9 } },
};

static unsigned int put_bytes(u8 *p, const char *hex)
{
	return unhex(hex, p);
}

static unsigned int put_item(u8 *p, enum item item,
			     const struct tcpmob_format *fmt)
{
	switch (item) {
	case NOP:
		return put_bytes(p, "01");
	case I_MSS:
		return put_bytes(p, X_MSS);
	case I_WS:
		return put_bytes(p, X_WS);
	case I_SPERM:
		return put_bytes(p, X_SPERM);
	case I_TS:
		return put_bytes(p, X_TS);
	case I_SACK:
		return put_bytes(p, X_SACK);
	case I_MD5:
		return put_bytes(p, "13 12" KEY16);
	case I_OTHER:	/* with ExIDs another experiment of our kind */
		return put_bytes(p, fmt->exid && fmt->kind_cont == 253 ?
				    "fd 05 f9 89 0b" : "fe 05 09 01 01");
	case I_KEY:
		return tcpmob_put_conn_key(p, fmt, CURVE, key);
	case I_UPDATE:
		return tcpmob_put_loc_update(p, fmt, REQNO, token, request);
	case I_CONT7:
		return tcpmob_put_cont(p, fmt, 9, key + 9, 7);
	case I_CONT9:
		return tcpmob_put_cont(p, fmt, 16, key + 16, 9);
	case I_CONT16:
		return tcpmob_put_cont(p, fmt, 9, key + 9, 16);
	case I_DONE:
		return tcpmob_put_cont(p, fmt, 25, NULL, 0);
	case END:
		break;
	}
	return 0;
}

static void want_cont(struct tcpmob_options *want, u8 offset, u8 len,
		      const u8 *end)
{
	struct tcpmob_cont *cont = &want->conts[want->n_conts++];

	cont->offset = offset;
	cont->len = len;
	cont->data = end - len;
	want->present |= CONT;
}

/* One more item, whose last octet stands before @end. */
static void want_item(struct tcpmob_options *want, enum item item,
		      const u8 *end)
{
	static const u8 bits[] = {
		[I_MSS] = MSS, [I_WS] = WS, [I_SPERM] = SPERM, [I_TS] = TS,
		[I_MD5] = SIGNED, [I_KEY] = KEY, [I_UPDATE] = UPD,
		[I_OTHER] = 0,
	};

	want->present |= bits[item];
	if (item == I_CONT7)
		want_cont(want, 9, 7, end);
	else if (item == I_CONT9)
		want_cont(want, 16, 9, end);
	else if (item == I_CONT16)
		want_cont(want, 9, 16, end);
	else if (item == I_DONE)
		want_cont(want, 25, 0, end);
}

/* Octets of a layout, and where each of its items ends. */
struct built {
	u8		octets[AREA_MAX];
	unsigned int	len;
	unsigned int	n_items;
	unsigned int	end[ITEMS_MAX];
};

static void build(struct built *b, const struct layout *l, unsigned int f)
{
	unsigned int i;

	b->len = 0;
	for (i = 0; l->items[i] != END; i++) {
		b->len += put_item(b->octets + b->len, l->items[i],
				   &formats[f]);
		b->end[i] = b->len;
	}
	b->n_items = i;
	assert(b->len <= 40);
}

/* What the items say that lie whole within the first @len octets. */
static void want_items(struct tcpmob_options *want, const struct layout *l,
		       const struct built *b, const u8 *area, unsigned int len)
{
	unsigned int i;

	want_values(want);
	for (i = 0; i < b->n_items && b->end[i] <= len; i++)
		want_item(want, l->items[i], area + b->end[i]);
}

/* Every format, every layout: written, cut at every octet, read back. */
static void test_truncated(void)
{
	unsigned int f, i, len;

	for (f = 0; f < N_FORMATS; f++) {
		for (i = 0; i < ARRAY_SIZE(layouts); i++) {
			const struct layout *l = &layouts[i];
			struct tcpmob_options want;
			struct built b;
			const u8 *area;

			build(&b, l, f);
			for (len = 0; len <= b.len; len++) {
				area = stage(b.octets, len);
				want_items(&want, l, &b, area, len);
				check_parse(area, len, l->syn, f, &want,
					    l->name);
			}
		}
	}
}

/* Whether item @i has its length in the third octet. */
static bool third(const struct layout *l, unsigned int i, unsigned int f)
{
	return formats[f].drawn && l->items[i] >= I_CONT7 &&
	       l->items[i] <= I_DONE;
}

/*
 * The length octet of item @i set to @value: a length that cannot be ends the
 * reading there, the true one changes nothing, any other is up to ref_parse.
 */
static void check_length(const struct layout *l, const struct built *b,
			 unsigned int i, unsigned int value, unsigned int f)
{
	unsigned int start = i ? b->end[i - 1] : 0;
	unsigned int at = third(l, i, f) ? 2 : 1;
	struct tcpmob_options want;
	u8 *area;

	area = stage(b->octets, b->len);
	area[start + at] = value;
	if (value <= at || value > b->len - start)
		want_items(&want, l, b, area, start);
	else if (value == b->octets[start + at])
		want_items(&want, l, b, area, b->len);
	else
		ref_parse(area, b->len, l->syn, &formats[f], &want);
	check_parse(area, b->len, l->syn, f, &want, l->name);
}

/*
 * A foreign option's length is second even if ours is drawn; with one kind and
 * no ExID nobody can tell whose it is, so I_OTHER has another kind there.
 */
static void test_lengths(void)
{
	unsigned int f, i, j, value;

	for (f = 0; f < N_FORMATS; f++) {
		for (i = 0; i < ARRAY_SIZE(layouts); i++) {
			const struct layout *l = &layouts[i];
			struct built b;

			build(&b, l, f);
			for (j = 0; j < b.n_items; j++)
				for (value = 0; value < 256; value++)
					if (l->items[j] != NOP)
						check_length(l, &b, j, value,
							     f);
		}
	}
}

/* Every value of every octet of every layout, on SYN and without. */
static void test_octets(void)
{
	unsigned int f, i, at, value;

	for (f = 0; f < N_FORMATS; f++) {
		for (i = 0; i < ARRAY_SIZE(layouts); i++) {
			struct built b;
			u8 *area;

			build(&b, &layouts[i], f);
			for (at = 0; at < b.len; at++) {
				area = stage(b.octets, b.len);
				for (value = 0; value < 256; value++) {
					area[at] = value;
					check_ref(area, b.len, true, f,
						  layouts[i].name);
					check_ref(area, b.len, false, f,
						  layouts[i].name);
				}
			}
		}
	}
}

/* Areas out of the octets that matter, from a fixed seed. */
static void test_random(void)
{
	static const u8 often[] = {
		0, 1, 2, 3, 4, 5, 8, 9, 10, 12, 14, 19, 21, 25, 29, 0x4d, 0x6f,
		0x4d, 0x6f, 250, 251, 252, 253, 253, 253, 253,
	};
	u32 x = 20040406;
	unsigned int n, i, len;
	u8 octets[AREA_MAX];
	const u8 *area;

	for (n = 0; n < 100000; n++) {
		len = n % 44;
		for (i = 0; i < len; i++) {
			x = x * 1664525 + 1013904223;
			octets[i] = often[(x >> 16) % sizeof(often)];
		}
		area = stage(octets, len);
		check_ref(area, len, x >> 31, n % N_FORMATS, "random");
	}
}

static void test_too_long(void)
{
	static const unsigned int lens[] = { 41, 42, 44, 60, 64 };
	struct tcpmob_options want;
	u8 octets[AREA_MAX];
	unsigned int i, f;

	want_values(&want);
	for (f = 0; f < N_FORMATS; f++) {
		memset(octets, 1, sizeof(octets));
		tcpmob_put_conn_key(octets, &formats[f], CURVE, key);
		for (i = 0; i < ARRAY_SIZE(lens); i++)
			check_parse(stage(octets, lens[i]), lens[i], true, f,
				    &want, "too long");
		/* As if a Data Offset below 5 had been subtracted from. */
		check_parse(stage(octets, 40), -4u, true, f, &want,
			    "negative");
	}
}

/* All 256 Offsets, in all formats. */
static void test_offsets(void)
{
	struct tcpmob_options want;
	unsigned int f, offset, len;
	u8 octets[AREA_MAX];
	const u8 *area;

	for (f = 0; f < N_FORMATS; f++) {
		for (offset = 0; offset < 256; offset++) {
			len = tcpmob_put_cont(octets, &formats[f], offset, key,
					      5);
			area = stage(octets, len);
			want_values(&want);
			if (offset < 9)
				want.malformed = 1;
			else
				want_cont(&want, offset, 5, area + len);
			check_parse(area, len, false, f, &want, "Offset");
		}
	}
}

/* ------------------------------------------------- splits of the key */

/*
 * A walk through all ways to cut a key into pieces, packed into as few segments
 * as they fit. Segments lie behind each other in @stream, so that going back to
 * try another cut destroys nothing.
 */
struct split {
	const struct tcpmob_format *fmt;
	unsigned int	f;
	unsigned int	key_len;
	bool		ts;		/* NOP NOP TS in front */
	unsigned int	splits;		/* complete ones so far */
	u8		stream[1024];
};

/* Where the walk stands: a segment begun at octet @from of the key. */
struct segment {
	unsigned int	start, end;	/* in stream */
	unsigned int	from, to;	/* of the key */
};

/* The pieces of one segment follow each other and are those of the key. */
static void check_segment(struct split *s, const struct segment *seg)
{
	unsigned int len = seg->end - seg->start;
	const u8 *area = stage(s->stream + seg->start, len);
	unsigned int pos = seg->from;
	struct tcpmob_options got;
	unsigned int i;
	bool ok;

	ok = parse(area, len, false, s->fmt, &got) && !got.malformed &&
	     got.present == (s->ts ? CONT | TS : CONT);
	for (i = 0; ok && i < got.n_conts; i++) {
		ok = got.conts[i].offset == pos && got.conts[i].len &&
		     !memcmp(got.conts[i].data, key + pos, got.conts[i].len);
		pos += got.conts[i].len;
	}
	CHECK(ok && pos == seg->to, "format %u, key of %u, octets %u to %u",
	      s->f, s->key_len, seg->from, seg->to);
}

static void begin_segment(struct split *s, struct segment *seg)
{
	seg->start = seg->end;
	seg->from = seg->to;
	if (s->ts)
		seg->end += unhex("01 01" X_TS, s->stream + seg->end);
}

static void split_rest(struct split *s, struct segment so_far)
{
	unsigned int n;

	if (so_far.to == s->key_len) {
		check_segment(s, &so_far);
		s->splits++;
		return;
	}

	for (n = 1; n <= s->key_len - so_far.to; n++) {
		struct segment seg = so_far;
		unsigned int need = tcpmob_cont_len(s->fmt, n);

		if (seg.end - seg.start + need > 40) {
			check_segment(s, &so_far);
			begin_segment(s, &seg);
		}
		seg.end += tcpmob_put_cont(s->stream + seg.end, s->fmt, seg.to,
					   key + seg.to, n);
		seg.to += n;
		split_rest(s, seg);
	}
}

static void check_splits(unsigned int f, unsigned int key_len, bool ts)
{
	struct split s = {
		.fmt = &formats[f], .f = f, .key_len = key_len, .ts = ts,
	};
	struct segment seg = { .to = 9 };

	begin_segment(&s, &seg);
	split_rest(&s, seg);
	/* A cut or none between each two octets. */
	CHECK(s.splits == 1u << (key_len - 9 - 1), "%u splits", s.splits);
}

static void test_splits_p192(void)
{
	unsigned int f;

	for (f = F_PLAIN; f <= F_BOTH; f++) {
		check_splits(f, TCPMOB_KEY_P192, false);
		check_splits(f, TCPMOB_KEY_P192, true);
	}
}

static void test_splits_x25519(void)
{
	unsigned int f;

	/* Four million each: too many for every mutant. */
	if (getenv("UNIT_QUICK")) {
		tap_skip("UNIT_QUICK");
		return;
	}
	for (f = F_PLAIN; f <= F_BOTH; f++)
		check_splits(f, TCPMOB_KEY_X25519, false);
}

/* Each piece there is, alone in a segment. */
static void test_pieces(void)
{
	unsigned int f, from, n, len;
	struct tcpmob_options want;
	u8 octets[AREA_MAX];
	const u8 *area;

	for (f = 0; f < N_FORMATS; f++) {
		for (from = 9; from <= TCPMOB_KEY_MAX; from++) {
			for (n = 0; n <= TCPMOB_KEY_MAX - from; n++) {
				len = tcpmob_put_cont(octets, &formats[f],
						      from, key + from, n);
				area = stage(octets, len);
				want_values(&want);
				want_cont(&want, from, n, area + len);
				check_parse(area, len, false, f, &want,
					    "piece");
				CHECK(!memcmp(area + len - n, key + from, n),
				      "piece %u+%u", from, n);
			}
		}
	}
}

/* ------------------------------------------------------------- hiding */

static const struct {
	const char	*what;
	u8		formats;
	const char	*in, *out;
	bool		hidden, torn;
} hides[] = {
	{ "nothing to hide", ALL, "01 01 " X_TS, "01 01 " X_TS, false, false },
	{ "the usual order", BIT(F_PLAIN), "fd 04 09 a9 " X_TS,
	  "fd 04 09 a9 " X_TS, false, false },
	{ "drawn between others", BIT(F_DRAWN), X_TS "fd 09 04 a9" X_SACK,
	  X_TS "01 01 01 01" X_SACK, true, false },
	{ "drawn with key data like options", BIT(F_DRAWN),
	  "01 01" X_TS "fd 09 13 01 02 03 04 05 06" X_TS "01",
	  "01 01" X_TS "01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01",
	  true, false },
	{ "two drawn", BIT(F_DRAWN), "fd 09 04 a9 fd 0a 03", "01 01 01 01 01 01 01",
	  true, false },
	{ "drawn with an Offset of nonsense", BIT(F_DRAWN), "fd 02 05 aa aa 01",
	  "01 01 01 01 01 01", true, false },
	{ "drawn, of its own kind", BIT(F_OWN_DRAWN), "fb 09 04 a9 fd 04 09 a9",
	  "01 01 01 01 fd 04 09 a9", true, false },
	{ "drawn with ExID", BIT(F_BOTH), "fd 09 06 4d 6f a9 fd 04 00 00",
	  "01 01 01 01 01 01 fd 04 00 00", true, false },
	{ "behind the end of the list", BIT(F_DRAWN), "00 fd 04 09 a9",
	  "00 fd 04 09 a9", false, false },
	/* The usual order read as the drawn one: Offset 19, length 9. */
	{ "rubbish behind drawn", BIT(F_DRAWN), "fd 13 09 a1 a2 a3 a4 a5 a6 a7 f8",
	  "01 01 01 01 01 01 01 01 01 01 01", true, true },
	{ "drawn past the area", BIT(F_DRAWN), X_TS "fd 09 13 08 0a 01",
	  X_TS "01 01 01 01 01 01", true, true },
	{ "rubbish ahead of drawn", BIT(F_DRAWN), "fe 40 fd 09 04 a9",
	  "fe 40 fd 09 04 a9", false, true },
};

static void test_hide(void)
{
	u8 in[AREA_MAX], want[AREA_MAX], *area;
	struct tcpmob_options got;
	unsigned int i, f, len;
	bool hidden;

	for (i = 0; i < sizeof(hides) / sizeof(hides[0]); i++) {
		len = unhex(hides[i].in, in);
		assert(unhex(hides[i].out, want) == len);
		for (f = 0; f < N_FORMATS; f++) {
			if (!(hides[i].formats & BIT(f)))
				continue;
			area = stage(in, len);
			parse(area, len, false, &formats[f], &got);
			CHECK(got.torn == hides[i].torn, "%s, format %u: torn %d",
			      hides[i].what, f, got.torn);
			hidden = tcpmob_options_hide(area, len, &formats[f]);
			CHECK(hidden == hides[i].hidden &&
			      !memcmp(area, want, len), "%s, format %u: %d",
			      hides[i].what, f, hidden);
			/* What is left says nothing of ours, and reads well. */
			if (hidden)
				CHECK(!parse(area, len, false, &formats[f], &got) &&
				      !got.torn, "%s, format %u: again",
				      hides[i].what, f);
		}
	}
}

static const struct tap_case cases[] = {
	{ "octets written out by hand are read", test_vectors },
	{ "the second reading agrees with them", test_reference },
	{ "options are written as drawn by hand", test_put },
	{ "every truncation of every area", test_truncated },
	{ "every length at every option", test_lengths },
	{ "every value of every octet", test_octets },
	{ "areas of relevant octets at random", test_random },
	{ "areas longer than a header has", test_too_long },
	{ "every Offset", test_offsets },
	{ "every single piece of a key", test_pieces },
	{ "every split of a 25-octet key", test_splits_p192 },
	{ "every split of a 32-octet key", test_splits_x25519 },
	{ "the drawn order is hidden from the stack", test_hide },
};

int main(void)
{
	return tap_run(cases, ARRAY_SIZE(cases));
}
