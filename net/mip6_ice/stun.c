// SPDX-License-Identifier: GPL-2.0
/* Octets of a STUN message (RFC 5389) <-> struct mice_stun. */
#include "stun.h"

#define ATTR_HEAD	4	/* type and length, RFC 5389 15 */
#define FINGERPRINT_LEN	(ATTR_HEAD + 4)
#define INTEGRITY_LEN	(ATTR_HEAD + MICE_STUN_MAC)
#define COOKIE_AT	4
#define TXID_AT		8
#define FAMILY_IPV4	1
#define FAMILY_IPV6	2

/* From here on an attribute that is not known may be ignored, RFC 5389 15. */
#define OPTIONAL_FROM	0x8000

static u32 fingerprint(const u8 *p, unsigned int len)
{
	return ~crc32_le(~0, p, len) ^ MICE_STUN_FINGERPRINT;
}

static unsigned int padded(unsigned int len)
{
	return (len + 3) & ~3u;
}

/*
 * XOR-MAPPED-ADDRESS is masked with the octets of the message from the cookie
 * on, cookie and transaction ID, the port with the first two of them (RFC 5389
 * 15.2); MAPPED-ADDRESS is not (@mask NULL).
 */
static bool read_mapped(struct mice_addr *a, const u8 *v, unsigned int len,
			const u8 *mask)
{
	unsigned int i, ip;

	if (len < ATTR_HEAD || (v[1] != FAMILY_IPV4 && v[1] != FAMILY_IPV6))
		return false;
	memset(a, 0, sizeof(*a));
	a->ver = v[1] == FAMILY_IPV4 ? 4 : 6;
	ip = mice_ip_len(a->ver);
	if (len != ATTR_HEAD + ip)
		return false;
	a->port = mice_get16(v + 2) ^ (mask ? mice_get16(mask) : 0);
	for (i = 0; i < ip; i++)
		a->ip[i] = v[ATTR_HEAD + i] ^ (mask ? mask[i] : 0);
	return true;
}

/* True the first time; what repeats is ignored, RFC 5389 15. */
static bool first(struct mice_stun *msg, u16 bit)
{
	bool had = msg->has & bit;

	msg->has |= bit;
	return !had;
}

static void read_any_mapped(struct mice_stun *msg, u16 bit, const u8 *v,
			    unsigned int len, const u8 *mask)
{
	struct mice_addr a;

	if (!first(msg, bit))
		return;
	if (!read_mapped(&a, v, len, mask))
		msg->malformed = true;
	else if (mask || !(msg->has & MICE_HAS_XOR_MAPPED))
		msg->mapped = a;
}

static void read_tie(struct mice_stun *msg, u16 bit, const u8 *v,
		     unsigned int len)
{
	/* Both roles at once are none. */
	if (len != 8 ||
	    msg->has & ((MICE_HAS_CONTROLLED | MICE_HAS_CONTROLLING) & ~bit))
		msg->malformed = true;
	else if (first(msg, bit))
		msg->tie = mice_get64(v);
}

static void read_error(struct mice_stun *msg, const u8 *v, unsigned int len)
{
	unsigned int class;

	if (len < 4) {
		msg->malformed = true;
		return;
	}
	class = v[2] & 0x7;
	if (class < 3 || class > 6 || v[3] > 99)
		msg->malformed = true;
	else if (first(msg, MICE_HAS_ERROR))
		msg->error = class * 100 + v[3];
}

static void note_unknown(struct mice_stun *msg, u16 type)
{
	unsigned int i;

	for (i = 0; i < msg->n_unknown; i++)
		if (msg->unknown[i] == type)
			return;
	if (msg->n_unknown < MICE_UNKNOWN_MAX)
		msg->unknown[msg->n_unknown++] = type;
}

/* One attribute that MESSAGE-INTEGRITY covers. */
static void read_attr(struct mice_stun *msg, const u8 *p, u16 type, const u8 *v,
		      unsigned int len)
{
	switch (type) {
	case MICE_ATTR_USERNAME:
		if (len > 512) {	/* RFC 5389 15.3: less than 513 */
			msg->malformed = true;
		} else if (first(msg, MICE_HAS_USERNAME)) {
			msg->username = v;
			msg->username_len = len;
		}
		break;
	case MICE_ATTR_INTEGRITY:
		if (len != MICE_STUN_MAC) {
			msg->malformed = true;
			break;
		}
		msg->has |= MICE_HAS_INTEGRITY;
		msg->mac = v;
		msg->mac_at = v - ATTR_HEAD - p;
		break;
	case MICE_ATTR_MAPPED:
		read_any_mapped(msg, MICE_HAS_MAPPED, v, len, NULL);
		break;
	case MICE_ATTR_XOR_MAPPED:
		read_any_mapped(msg, MICE_HAS_XOR_MAPPED, v, len,
				p + COOKIE_AT);
		break;
	case MICE_ATTR_ERROR:
		read_error(msg, v, len);
		break;
	case MICE_ATTR_UNKNOWN:
		msg->has |= MICE_HAS_UNKNOWN;
		break;
	case MICE_ATTR_PRIORITY:
		if (len != 4)
			msg->malformed = true;
		else if (first(msg, MICE_HAS_PRIORITY))
			msg->priority = mice_get32(v);
		break;
	case MICE_ATTR_USE_CANDIDATE:
		if (len)
			msg->malformed = true;
		else
			msg->has |= MICE_HAS_USE_CANDIDATE;
		break;
	case MICE_ATTR_CONTROLLED:
		read_tie(msg, MICE_HAS_CONTROLLED, v, len);
		break;
	case MICE_ATTR_CONTROLLING:
		read_tie(msg, MICE_HAS_CONTROLLING, v, len);
		break;
	case MICE_ATTR_REALM:
	case MICE_ATTR_NONCE:
		break;
	default:
		if (type < OPTIONAL_FROM)
			note_unknown(msg, type);
	}
}

bool mice_stun_parse(const u8 *p, unsigned int len, struct mice_stun *msg)
{
	unsigned int at, attr_len;
	u16 type;

	if (len < MICE_STUN_HEAD || p[0] & 0xc0 ||
	    mice_get32(p + COOKIE_AT) != MICE_STUN_COOKIE ||
	    mice_get16(p + 2) != len - MICE_STUN_HEAD || len & 3)
		return false;
	memset(msg, 0, sizeof(*msg));
	msg->type = mice_get16(p);
	msg->txid = p + TXID_AT;

	for (at = MICE_STUN_HEAD; at < len; at += ATTR_HEAD + padded(attr_len)) {
		/* @len and @at are multiples of 4: a head fits, padding too. */
		type = mice_get16(p + at);
		attr_len = mice_get16(p + at + 2);
		if (attr_len > len - at - ATTR_HEAD)
			return false;
		if (type == MICE_ATTR_FINGERPRINT) {
			if (attr_len == 4 && at + FINGERPRINT_LEN == len &&
			    mice_get32(p + at + ATTR_HEAD) == fingerprint(p, at))
				msg->has |= MICE_HAS_FINGERPRINT;
		} else if (!(msg->has & MICE_HAS_INTEGRITY)) {
			read_attr(msg, p, type, p + at + ATTR_HEAD, attr_len);
		}
	}
	return true;
}

/*
 * The MAC over a message up to its MESSAGE-INTEGRITY at @at, as if that were
 * the end (RFC 5389 15.4).
 */
static int integrity(struct mice_hmac *key, const u8 *p, unsigned int at,
		     u8 mac[MICE_STUN_MAC])
{
	u8 head[COOKIE_AT];

	memcpy(head, p, 2);
	mice_put16(head + 2, at + INTEGRITY_LEN - MICE_STUN_HEAD);
	return mice_hmac_sha1(key, head, COOKIE_AT, p + COOKIE_AT,
			      at - COOKIE_AT, mac);
}

bool mice_stun_verify(const u8 *p, const struct mice_stun *msg,
		      struct mice_hmac *key)
{
	u8 mac[MICE_STUN_MAC];
	u8 differ = 0;
	unsigned int i;

	if (!(msg->has & MICE_HAS_INTEGRITY) ||
	    integrity(key, p, msg->mac_at, mac))
		return false;
	for (i = 0; i < MICE_STUN_MAC; i++)
		differ |= mac[i] ^ msg->mac[i];
	return !differ;
}

/* ------------------------------------------------------------- writing */

void mice_stun_begin(struct mice_stun_buf *b, u8 *p, unsigned int room,
		     enum mice_stun_type type, const u8 txid[MICE_STUN_TXID])
{
	b->p = p;
	b->room = room;
	b->len = 0;
	if (room < MICE_STUN_HEAD)
		return;
	b->len = MICE_STUN_HEAD;
	mice_put16(p, type);
	mice_put32(p + COOKIE_AT, MICE_STUN_COOKIE);
	memcpy(p + TXID_AT, txid, MICE_STUN_TXID);
}

/* Room for @len octets of value, padding zero; NULL if there is none. */
static u8 *add_attr(struct mice_stun_buf *b, u16 attr, unsigned int len)
{
	u8 *p = b->p + b->len;
	unsigned int whole = ATTR_HEAD + padded(len);

	if (!b->len || whole > b->room - b->len) {
		b->len = 0;
		return NULL;
	}
	memset(p, 0, whole);
	mice_put16(p, attr);
	mice_put16(p + 2, len);
	b->len += whole;
	return p + ATTR_HEAD;
}

void mice_stun_put(struct mice_stun_buf *b, u16 attr, const void *value,
		   unsigned int len)
{
	u8 *v = add_attr(b, attr, len);

	if (v && len)
		memcpy(v, value, len);
}

void mice_stun_put32(struct mice_stun_buf *b, u16 attr, u32 value)
{
	u8 *v = add_attr(b, attr, 4);

	if (v)
		mice_put32(v, value);
}

void mice_stun_put64(struct mice_stun_buf *b, u16 attr, u64 value)
{
	u8 *v = add_attr(b, attr, 8);

	if (v)
		mice_put64(v, value);
}

void mice_stun_put_mapped(struct mice_stun_buf *b, const struct mice_addr *a)
{
	unsigned int i, ip = mice_ip_len(a->ver);
	const u8 *mask = b->p + COOKIE_AT;
	u8 *v = add_attr(b, MICE_ATTR_XOR_MAPPED, ATTR_HEAD + ip);

	if (!v)
		return;
	v[1] = a->ver == 4 ? FAMILY_IPV4 : FAMILY_IPV6;
	mice_put16(v + 2, a->port ^ mice_get16(mask));
	for (i = 0; i < ip; i++)
		v[ATTR_HEAD + i] = a->ip[i] ^ mask[i];
}

void mice_stun_put_error(struct mice_stun_buf *b, unsigned int code)
{
	u8 *v = add_attr(b, MICE_ATTR_ERROR, 4);

	if (v) {
		v[2] = code / 100;
		v[3] = code % 100;
	}
}

void mice_stun_put_unknown(struct mice_stun_buf *b, const struct mice_stun *req)
{
	unsigned int i;
	u8 *v = add_attr(b, MICE_ATTR_UNKNOWN, 2 * req->n_unknown);

	for (i = 0; v && i < req->n_unknown; i++)
		mice_put16(v + 2 * i, req->unknown[i]);
}

unsigned int mice_stun_end(struct mice_stun_buf *b, struct mice_hmac *key)
{
	unsigned int at = b->len;
	u8 *v;

	if (key) {
		v = add_attr(b, MICE_ATTR_INTEGRITY, MICE_STUN_MAC);
		if (!v || integrity(key, b->p, at, v))
			return 0;
	}
	at = b->len;
	v = add_attr(b, MICE_ATTR_FINGERPRINT, 4);
	if (!v)
		return 0;
	/* The CRC covers the length with itself counted, RFC 5389 15.5. */
	mice_put16(b->p + 2, b->len - MICE_STUN_HEAD);
	mice_put32(v, fingerprint(b->p, at));
	return b->len;
}
