// SPDX-License-Identifier: GPL-2.0
/*
 * Octets of a Mobility Header (RFC 6275, Section 6.1) <-> struct mice_mh.
 *
 *	| Payload Proto | Header Len | MH Type | Reserved | Checksum | Message Data
 *
 * Header Len counts units of 8 octets, not including the first.
 */
#include "mh.h"

/* Octets before the options. */
static const u8 fixed_len[MICE_MSG_MAX] = {
	[MICE_MSG_HOTI]		= 16,	/* 6.1.3: Reserved, cookie */
	[MICE_MSG_HOT]		= 24,	/* 6.1.5: index, cookie, token */
	[MICE_MSG_COTI_ICE]	= 16,	/* B6.1 */
	[MICE_MSG_COT_ICE]	= 24,	/* B6.2 */
	[MICE_MSG_BU]		= 12,	/* 6.1.7: Sequence, bits, Lifetime */
	[MICE_MSG_BA]		= 12,	/* 6.1.8: Status, K, Sequence, Lifetime */
	[MICE_MSG_BE]		= 24,	/* 6.1.9: Status, Reserved, address */
};

#define TYPE_AT		2
#define SUM_AT		4
#define NONCES_LEN	6	/* with type and length */
#define ALT_COA_LEN	18
#define AUTH_OPT_LEN	14

unsigned int mice_mh_len(const u8 *p, unsigned int len)
{
	unsigned int mh_len;

	if (len < 8 || p[0] != MICE_MH_NONE)
		return 0;
	mh_len = (p[1] + 1) * 8;
	return mh_len <= len ? mh_len : 0;
}

/* MICE_MSG_MAX if it is none of ours. */
static unsigned int kind_of(const struct mice_mh_fmt *fmt, u8 type)
{
	if (type == fmt->coti_ice)
		return MICE_MSG_COTI_ICE;
	if (type == fmt->cot_ice)
		return MICE_MSG_COT_ICE;
	switch (type) {
	case MICE_MH_HOTI:
		return MICE_MSG_HOTI;
	case MICE_MH_HOT:
		return MICE_MSG_HOT;
	case MICE_MH_BU:
		return MICE_MSG_BU;
	case MICE_MH_BA:
		return MICE_MSG_BA;
	case MICE_MH_BE:
		return MICE_MSG_BE;
	}
	return MICE_MSG_MAX;
}

static u8 type_of(const struct mice_mh_fmt *fmt, unsigned int kind)
{
	static const u8 types[MICE_MSG_MAX] = {
		[MICE_MSG_HOTI]	= MICE_MH_HOTI,
		[MICE_MSG_HOT]	= MICE_MH_HOT,
		[MICE_MSG_BU]	= MICE_MH_BU,
		[MICE_MSG_BA]	= MICE_MH_BA,
		[MICE_MSG_BE]	= MICE_MH_BE,
	};

	if (kind == MICE_MSG_COTI_ICE)
		return fmt->coti_ice;
	if (kind == MICE_MSG_COT_ICE)
		return fmt->cot_ice;
	return types[kind];
}

bool mice_mh_known(const struct mice_mh_fmt *fmt, u8 type)
{
	return kind_of(fmt, type) != MICE_MSG_MAX;
}

/* The two messages that no plain RFC 6275 node walks. */
static bool native_ok(unsigned int kind)
{
	return kind == MICE_MSG_COTI_ICE || kind == MICE_MSG_COT_ICE;
}

static void read_fixed(struct mice_mh *mh, const u8 *p)
{
	switch (mh->kind) {
	case MICE_MSG_HOT:
	case MICE_MSG_COT_ICE:
		mh->nonce = mice_get16(p + 6);
		mh->token = p + 16;
		mh->cookie = p + 8;
		break;
	case MICE_MSG_HOTI:
	case MICE_MSG_COTI_ICE:
		mh->cookie = p + 8;
		break;
	case MICE_MSG_BU:
		mh->seq = mice_get16(p + 6);
		mh->flags = mice_get16(p + 8);
		mh->lifetime = mice_get16(p + 10);
		break;
	case MICE_MSG_BA:
		mh->status = p[6];
		mh->seq = mice_get16(p + 8);
		mh->lifetime = mice_get16(p + 10);
		break;
	case MICE_MSG_BE:
		mh->status = p[6];
		mh->home = p + 8;
		break;
	}
}

/* One option that is not ours; @end: it is the last of the message. */
static void read_option(struct mice_mh *mh, const u8 *o, bool end)
{
	switch (o[0]) {
	case MICE_MOPT_NONCES:
		if (mh->kind != MICE_MSG_BU || o[1] + 2 != NONCES_LEN)
			return;
		mh->has_nonces = true;
		mh->home_nonce = mice_get16(o + 2);
		mh->careof_nonce = mice_get16(o + 4);
		break;
	case MICE_MOPT_ALT_COA:
		if (mh->kind == MICE_MSG_BU && o[1] + 2 == ALT_COA_LEN)
			mh->alt_coa = o + 2;
		break;
	case MICE_MOPT_AUTH:
		/* 6.2.7: it has to be the last. */
		if ((mh->kind == MICE_MSG_BU || mh->kind == MICE_MSG_BA) &&
		    end && o[1] + 2 == AUTH_OPT_LEN) {
			mh->has_auth = true;
			mh->auth = o + 2;
		}
		break;
	}
}

static bool read_options(struct mice_mh *mh, const u8 *p,
			 const struct mice_mh_fmt *fmt,
			 struct mice_offer *offer)
{
	bool native = native_ok(mh->kind);
	unsigned int at, step;

	for (at = fixed_len[mh->kind]; at < mh->len; at += step) {
		const u8 *o = p + at;
		unsigned int room = mh->len - at;

		if (o[0] == MICE_MOPT_PAD1) {
			step = 1;
			continue;
		}
		if (o[0] == fmt->option) {
			step = mice_opt_extent(o, room, native);
			if (offer && step)
				mice_offer_add(offer, o, step, native);
			else if (offer)
				offer->n_bad++;
			/* Nothing behind it can be found. */
			if (!step)
				return true;
			continue;
		}
		if (room < 2 || o[1] + 2u > room)
			return false;
		step = o[1] + 2;
		read_option(mh, o, step == room);
	}
	return true;
}

enum mice_mh_verdict mice_mh_parse(const u8 *p, unsigned int len,
				   const struct mice_mh_fmt *fmt,
				   struct mice_mh *mh, struct mice_offer *offer)
{
	unsigned int kind;

	memset(mh, 0, sizeof(*mh));
	mh->len = mice_mh_len(p, len);
	if (!mh->len)
		return MICE_MH_BAD;
	kind = kind_of(fmt, p[TYPE_AT]);
	if (kind == MICE_MSG_MAX)
		return MICE_MH_UNKNOWN;
	mh->kind = kind;
	if (mh->len < fixed_len[kind])
		return MICE_MH_BAD;
	read_fixed(mh, p);
	return read_options(mh, p, fmt, offer) ? MICE_MH_OK : MICE_MH_BAD;
}

/* ------------------------------------------------------------- writing */

struct out {
	u8		*p;
	unsigned int	room;
	unsigned int	len;
	bool		full;
};

/* @len zero octets; NULL, and nothing more from then on, if they do not fit. */
static u8 *add(struct out *o, unsigned int len)
{
	u8 *p = o->p + o->len;

	if (o->full || len > o->room - o->len) {
		o->full = true;
		return NULL;
	}
	memset(p, 0, len);
	o->len += len;
	return p;
}

/*
 * Pad to a length of @n * x + @rest with PadN (6.2.3). All that we write has an
 * even length, so one octet, which would be Pad1, is never missing.
 */
static void pad(struct out *o, unsigned int n, unsigned int rest)
{
	unsigned int len = (n + rest - o->len % n) % n;
	u8 *p = len ? add(o, len) : NULL;

	if (p) {
		p[0] = MICE_MOPT_PADN;
		p[1] = len - 2;
	}
}

static u8 *add_option(struct out *o, u8 type, unsigned int len)
{
	u8 *p = add(o, len);

	if (!p)
		return NULL;
	p[0] = type;
	p[1] = len - 2;
	return p + 2;
}

static void put_fixed(u8 *p, const struct mice_mh *mh)
{
	switch (mh->kind) {
	case MICE_MSG_HOT:
	case MICE_MSG_COT_ICE:
		mice_put16(p + 6, mh->nonce);
		memcpy(p + 16, mh->token, MICE_TOKEN_LEN);
		memcpy(p + 8, mh->cookie, MICE_COOKIE_LEN);
		break;
	case MICE_MSG_HOTI:
	case MICE_MSG_COTI_ICE:
		memcpy(p + 8, mh->cookie, MICE_COOKIE_LEN);
		break;
	case MICE_MSG_BU:
		mice_put16(p + 6, mh->seq);
		mice_put16(p + 8, mh->flags);
		mice_put16(p + 10, mh->lifetime);
		break;
	case MICE_MSG_BA:
		p[6] = mh->status;
		mice_put16(p + 8, mh->seq);
		mice_put16(p + 10, mh->lifetime);
		break;
	case MICE_MSG_BE:
		p[6] = mh->status;
		memcpy(p + 8, mh->home, 16);
		break;
	}
}

static void put_offer(struct out *o, u8 type, bool native,
		      const struct mice_offer *offer)
{
	unsigned int len;

	pad(o, 4, 0);
	if (o->full)
		return;
	len = mice_offer_put(o->p + o->len, o->room - o->len, type, native,
			     offer);
	o->len += len;
	o->full = !len;
}

unsigned int mice_mh_build(u8 *p, unsigned int room,
			   const struct mice_mh_fmt *fmt,
			   const struct mice_mh *mh,
			   const struct mice_offer *offer, bool native)
{
	struct out o = { .p = p, .room = min(room, (unsigned int)MICE_MH_MAX) };
	u8 *v = add(&o, fixed_len[mh->kind]);

	if (!v)
		return 0;
	v[0] = MICE_MH_NONE;
	v[TYPE_AT] = type_of(fmt, mh->kind);
	put_fixed(v, mh);

	if (mh->has_nonces) {
		pad(&o, 2, 0);
		v = add_option(&o, MICE_MOPT_NONCES, NONCES_LEN);
		if (v) {
			mice_put16(v, mh->home_nonce);
			mice_put16(v + 2, mh->careof_nonce);
		}
	}
	if (offer)
		put_offer(&o, fmt->option, native && native_ok(mh->kind), offer);
	if (mh->alt_coa) {
		pad(&o, 8, 6);
		v = add_option(&o, MICE_MOPT_ALT_COA, ALT_COA_LEN);
		if (v)
			memcpy(v, mh->alt_coa, 16);
	}
	if (mh->has_auth) {
		pad(&o, 8, 2);
		add_option(&o, MICE_MOPT_AUTH, AUTH_OPT_LEN);
	}
	pad(&o, 8, 0);
	if (o.full)
		return 0;
	p[1] = o.len / 8 - 1;
	return o.len;
}

/* ------------------------------------------------------------ checksum */

u16 mice_mh_pair_sum(const u8 a[16], const u8 b[16])
{
	u16 sum = mice_fold(mice_sum(mice_sum(0, a, 16), b, 16));

	return sum ?: 0xffff;
}

/* The message and the pseudo-header without its addresses. */
static u32 sum_rest(const u8 *p)
{
	unsigned int len = (p[1] + 1) * 8;

	return mice_sum(len + MICE_MH_PROTO, p, len);
}

u16 mice_mh_sum_rest(const u8 *p)
{
	u16 rest = ~mice_fold(sum_rest(p));

	return rest ?: 0xffff;
}

bool mice_mh_sum_ok(const u8 *p, const u8 src[16], const u8 dst[16])
{
	return mice_mh_sum_rest(p) == mice_mh_pair_sum(src, dst);
}

void mice_mh_set_sum(u8 *p, const u8 src[16], const u8 dst[16])
{
	mice_put16(p + SUM_AT, 0);
	mice_put16(p + SUM_AT,
		   ~mice_fold(sum_rest(p) + mice_mh_pair_sum(src, dst)));
}
