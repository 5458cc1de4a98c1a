// SPDX-License-Identifier: GPL-2.0
/*
 * Octets of a TCP option area <-> struct tcpmob_options.
 *
 * Reading happens for nearly every incoming segment of a namespace that uses
 * mobility, most of which carry nothing of ours. So it is one pass without
 * copies: an option that is somebody else's costs a switch and three compares,
 * and of the result only the three counters are cleared.
 *
 * Nothing is judged here that needs to know the connection: whether an Offset
 * lies within the key, whether pieces agree, whether a token is known.
 */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/string.h>
#endif

#include "options.h"

/* Standard kinds and lengths: IANA "TCP Parameters". */
enum {
	KIND_EOL	= 0,
	KIND_NOP	= 1,
	KIND_MSS	= 2,
	KIND_WS		= 3,
	KIND_SACKPERM	= 4,
	KIND_TS		= 8,
	KIND_MD5	= 19,
	KIND_AO		= 29,
};

enum {
	LEN_MSS		= 4,
	LEN_WS		= 3,
	LEN_SACKPERM	= 2,
	LEN_TS		= 10,
};

/* Kind and Length, in front of every option but EOL and NOP. */
#define HEAD_LEN	2

#define PRESENT_OURS	(TCPMOB_OPT_CONN_KEY | TCPMOB_OPT_CONT | \
			 TCPMOB_OPT_LOC_UPDATE)

static u16 be16_at(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static u32 be32_at(const u8 *p)
{
	return (u32)be16_at(p) << 16 | be16_at(p + 2);
}

static unsigned int exid_len(const struct tcpmob_format *fmt)
{
	return fmt->exid ? TCPMOB_LEN_EXID : 0;
}

unsigned int tcpmob_conn_key_len(const struct tcpmob_format *fmt)
{
	return TCPMOB_LEN_CONN_KEY + exid_len(fmt);
}

unsigned int tcpmob_cont_len(const struct tcpmob_format *fmt,
			     unsigned int data_len)
{
	return TCPMOB_LEN_CONT_MIN + exid_len(fmt) + data_len;
}

unsigned int tcpmob_loc_update_len(const struct tcpmob_format *fmt)
{
	return TCPMOB_LEN_LOC_UPDATE + exid_len(fmt);
}

/*
 * Whether a Conn-Key-Cont in the order of Figure 2 begins at @p. Without an
 * ExID every option of its kind does. With one the ExID must stand where that
 * order puts it: other experiments have their length second, whatever we do.
 */
static bool is_drawn(const u8 *p, unsigned int room, bool syn,
		     const struct tcpmob_format *fmt)
{
	if (!fmt->drawn || syn || *p != fmt->kind_cont)
		return false;
	return !fmt->exid ||
	       (room >= TCPMOB_LEN_CONT_MIN + TCPMOB_LEN_EXID &&
		be16_at(p + TCPMOB_LEN_CONT_MIN) == TCPMOB_EXID);
}

/*
 * Length of the option at @p, or 0 if none fits into the @room octets left.
 * An option covers at least its own length octet, so reading always proceeds.
 */
static unsigned int option_len(const u8 *p, unsigned int room, bool drawn)
{
	unsigned int at = drawn ? 2 : 1;

	if (room <= at || p[at] <= at || p[at] > room)
		return 0;
	return p[at];
}

/* Whether an option in the usual order is one of our three. */
static bool is_ours(const u8 *p, unsigned int len,
		    const struct tcpmob_format *fmt)
{
	u8 kind = *p;

	if (kind != fmt->kind_conn_key && kind != fmt->kind_cont &&
	    kind != fmt->kind_loc_update)
		return false;
	/* Another identifier, or no room for one: RFC 6994, Section 3. */
	return !fmt->exid || (len >= HEAD_LEN + TCPMOB_LEN_EXID &&
			      be16_at(p + HEAD_LEN) == TCPMOB_EXID);
}

/* Section 4, Figure 1. */
static bool read_conn_key(const u8 *body, struct tcpmob_options *out)
{
	if (out->present & TCPMOB_OPT_CONN_KEY)
		return false;

	out->curve = body[0];
	memcpy(out->key, body + 1, TCPMOB_KEY_FIRST);
	out->present |= TCPMOB_OPT_CONN_KEY;
	return true;
}

/* Section 5, Figure 3. */
static bool read_loc_update(const u8 *body, struct tcpmob_options *out)
{
	if (out->present & TCPMOB_OPT_LOC_UPDATE)
		return false;

	out->reqno = body[0];
	memcpy(out->token, body + 1, TCPMOB_TOKEN_LEN);
	memcpy(out->request, body + 1 + TCPMOB_TOKEN_LEN, TCPMOB_REQUEST_LEN);
	out->present |= TCPMOB_OPT_LOC_UPDATE;
	return true;
}

/* Section 4, Figure 2. In both orders the key data comes last. */
static bool read_cont(const u8 *p, unsigned int len, bool drawn,
		      const struct tcpmob_format *fmt,
		      struct tcpmob_options *out)
{
	unsigned int head = tcpmob_cont_len(fmt, 0);
	struct tcpmob_cont *cont;
	u8 offset;

	/* An area holds no more of the shortest ones than conts[] does. */
	static_assert(TCPMOB_CONTS_MAX ==
		      TCPMOB_OPTSPACE / TCPMOB_LEN_CONT_MIN);

	if (len < head)
		return false;
	offset = drawn ? p[1] : p[head - 1];
	/* "offset should always be greater than eight" */
	if (offset < TCPMOB_KEY_FIRST)
		return false;

	cont = &out->conts[out->n_conts++];
	cont->offset = offset;
	cont->len = len - head;
	cont->data = p + head;
	out->present |= TCPMOB_OPT_CONT;
	return true;
}

/* One option of ours in the usual order. */
static bool read_ours(const u8 *p, unsigned int len, bool syn,
		      const struct tcpmob_format *fmt,
		      struct tcpmob_options *out)
{
	const u8 *body = p + HEAD_LEN + exid_len(fmt);

	/* A peer that does not draw while we do disagrees about the format. */
	if (!syn)
		return *p == fmt->kind_cont && !fmt->drawn &&
		       read_cont(p, len, false, fmt, out);
	if (*p == fmt->kind_conn_key && len == tcpmob_conn_key_len(fmt))
		return read_conn_key(body, out);
	if (*p == fmt->kind_loc_update && len == tcpmob_loc_update_len(fmt))
		return read_loc_update(body, out);
	return false;
}

/*
 * One option in the usual order. The standard ones are taken as the stack takes
 * them: of the wrong length they are skipped, the last one counts, and MSS,
 * window scale and SACK-permitted mean something on a SYN only.
 */
static void read_option(const u8 *p, unsigned int len, bool syn,
			const struct tcpmob_format *fmt,
			struct tcpmob_options *out)
{
	switch (*p) {
	case KIND_MSS:
		if (!syn || len != LEN_MSS)
			break;
		out->mss = be16_at(p + HEAD_LEN);
		out->present |= TCPMOB_OPT_MSS;
		break;
	case KIND_WS:
		if (!syn || len != LEN_WS)
			break;
		out->wscale = p[HEAD_LEN];
		out->present |= TCPMOB_OPT_WS;
		break;
	case KIND_SACKPERM:
		if (!syn || len != LEN_SACKPERM)
			break;
		out->present |= TCPMOB_OPT_SACKPERM;
		break;
	case KIND_TS:
		if (len != LEN_TS)
			break;
		out->tsval = be32_at(p + HEAD_LEN);
		out->tsecr = be32_at(p + HEAD_LEN + 4);
		out->present |= TCPMOB_OPT_TS;
		break;
	case KIND_MD5:
	case KIND_AO:
		/* Of any length: whoever sent it relies on an intact header. */
		out->present |= TCPMOB_OPT_SIGNED;
		break;
	default:
		if (is_ours(p, len, fmt) && !read_ours(p, len, syn, fmt, out))
			out->malformed++;
	}
}

bool tcpmob_options_parse(const u8 *area, unsigned int len, bool syn,
			  const struct tcpmob_format *fmt,
			  struct tcpmob_options *out)
{
	unsigned int at = 0;

	out->present = 0;
	out->malformed = 0;
	out->torn = false;
	out->n_conts = 0;
	if (len > TCPMOB_OPTSPACE)
		return false;

	while (at < len && area[at] != KIND_EOL) {
		const u8 *p = area + at;
		unsigned int n;
		bool drawn;

		if (*p == KIND_NOP) {
			at++;
			continue;
		}

		drawn = is_drawn(p, len - at, syn, fmt);
		n = option_len(p, len - at, drawn);
		if (!n) {
			out->torn = true;
			break;
		}
		if (!drawn)
			read_option(p, n, syn, fmt, out);
		else if (!read_cont(p, n, true, fmt, out))
			out->malformed++;
		at += n;
	}
	return out->present & PRESENT_OURS;
}

bool tcpmob_options_hide(u8 *area, unsigned int len,
			 const struct tcpmob_format *fmt)
{
	unsigned int at = 0, n;
	bool hidden = false;

	while (at < len && area[at] != KIND_EOL) {
		u8 *p = area + at;
		bool drawn;

		if (*p == KIND_NOP) {
			at++;
			continue;
		}

		drawn = is_drawn(p, len - at, false, fmt);
		hidden |= drawn;
		n = option_len(p, len - at, drawn);
		if (!n) {
			/* Unreadable: of no use to anybody behind one of ours. */
			if (hidden)
				memset(p, KIND_NOP, len - at);
			break;
		}
		if (drawn)
			memset(p, KIND_NOP, n);
		at += n;
	}
	return hidden;
}

static u8 *put_exid(u8 *p, const struct tcpmob_format *fmt)
{
	if (fmt->exid) {
		*p++ = TCPMOB_EXID >> 8;
		*p++ = TCPMOB_EXID & 0xff;
	}
	return p;
}

unsigned int tcpmob_put_conn_key(u8 *p, const struct tcpmob_format *fmt,
				 u8 curve, const u8 key[TCPMOB_KEY_FIRST])
{
	unsigned int len = tcpmob_conn_key_len(fmt);

	*p++ = fmt->kind_conn_key;
	*p++ = len;
	p = put_exid(p, fmt);
	*p++ = curve;
	memcpy(p, key, TCPMOB_KEY_FIRST);
	return len;
}

unsigned int tcpmob_put_cont(u8 *p, const struct tcpmob_format *fmt,
			     u8 offset, const u8 *data, unsigned int data_len)
{
	unsigned int len = tcpmob_cont_len(fmt, data_len);

	*p++ = fmt->kind_cont;
	if (fmt->drawn)
		*p++ = offset;
	*p++ = len;
	p = put_exid(p, fmt);
	if (!fmt->drawn)
		*p++ = offset;
	/* @data may be NULL if there is none. */
	if (data_len)
		memcpy(p, data, data_len);
	return len;
}

unsigned int tcpmob_put_loc_update(u8 *p, const struct tcpmob_format *fmt,
				   u8 reqno, const u8 token[TCPMOB_TOKEN_LEN],
				   const u8 request[TCPMOB_REQUEST_LEN])
{
	unsigned int len = tcpmob_loc_update_len(fmt);

	*p++ = fmt->kind_loc_update;
	*p++ = len;
	p = put_exid(p, fmt);
	*p++ = reqno;
	memcpy(p, token, TCPMOB_TOKEN_LEN);
	memcpy(p + TCPMOB_TOKEN_LEN, request, TCPMOB_REQUEST_LEN);
	return len;
}

unsigned int tcpmob_options_pad(u8 *area, unsigned int len)
{
	while (len % 4)
		area[len++] = KIND_NOP;
	return len;
}
