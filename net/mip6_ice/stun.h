/* SPDX-License-Identifier: GPL-2.0 */
/* Octets of a STUN message (RFC 5389) <-> struct mice_stun. */
#ifndef MICE_STUN_H
#define MICE_STUN_H

#include "bytes.h"

/* The method and the classes that we use, as one 14-bit type (RFC 5389 6). */
enum mice_stun_type {
	MICE_STUN_REQUEST	= 0x0001,
	MICE_STUN_INDICATION	= 0x0011,
	MICE_STUN_SUCCESS	= 0x0101,
	MICE_STUN_ERROR		= 0x0111,
};

/* Attributes: RFC 5389 18.2, RFC 5245 21.2. */
enum mice_stun_attr {
	MICE_ATTR_MAPPED	= 0x0001,
	MICE_ATTR_USERNAME	= 0x0006,
	MICE_ATTR_INTEGRITY	= 0x0008,
	MICE_ATTR_ERROR		= 0x0009,
	MICE_ATTR_UNKNOWN	= 0x000a,
	MICE_ATTR_REALM		= 0x0014,
	MICE_ATTR_NONCE		= 0x0015,
	MICE_ATTR_XOR_MAPPED	= 0x0020,
	MICE_ATTR_PRIORITY	= 0x0024,
	MICE_ATTR_USE_CANDIDATE	= 0x0025,
	MICE_ATTR_SOFTWARE	= 0x8022,
	MICE_ATTR_FINGERPRINT	= 0x8028,
	MICE_ATTR_CONTROLLED	= 0x8029,
	MICE_ATTR_CONTROLLING	= 0x802a,
};

/* Bits of struct mice_stun.has. */
#define MICE_HAS_USERNAME	0x001
#define MICE_HAS_INTEGRITY	0x002
#define MICE_HAS_MAPPED		0x004
#define MICE_HAS_XOR_MAPPED	0x008
#define MICE_HAS_PRIORITY	0x010
#define MICE_HAS_USE_CANDIDATE	0x020
#define MICE_HAS_CONTROLLED	0x040
#define MICE_HAS_CONTROLLING	0x080
#define MICE_HAS_ERROR		0x100
#define MICE_HAS_UNKNOWN	0x200
#define MICE_HAS_FINGERPRINT	0x400	/* last, and its CRC is right */

#define MICE_UNKNOWN_MAX	8	/* types told in a 420 */

/**
 * struct mice_stun - what mice_stun_parse() found
 * @type: message type, enum mice_stun_type or another
 * @has: MICE_HAS_* bits; a field below means something only with its bit
 * @malformed: an attribute before MESSAGE-INTEGRITY whose value cannot be
 * @n_unknown: comprehension-required attributes before MESSAGE-INTEGRITY that
 *	we do not know, at most MICE_UNKNOWN_MAX of them in @unknown
 * @unknown: their types
 * @txid: transaction ID, points into the message
 * @username: points into the message, not terminated
 * @username_len: octets there
 * @mac: value of MESSAGE-INTEGRITY, points into the message
 * @mac_at: octets before the MESSAGE-INTEGRITY attribute
 * @mapped: XOR-MAPPED-ADDRESS, or else MAPPED-ADDRESS
 * @priority: PRIORITY
 * @tie: tie-breaker of ICE-CONTROLLED or ICE-CONTROLLING
 * @error: number of ERROR-CODE, 300 to 699
 */
struct mice_stun {
	u16			type;
	u16			has;
	bool			malformed;
	u8			n_unknown;
	u16			unknown[MICE_UNKNOWN_MAX];
	const u8		*txid;
	const u8		*username;
	u16			username_len;
	const u8		*mac;
	u16			mac_at;
	struct mice_addr	mapped;
	u32			priority;
	u64			tie;
	u16			error;
};

/**
 * mice_stun_parse() - read a STUN message
 * @p: the UDP payload
 * @len: its octets
 * @msg: filled
 *
 * Header, cookie and length have to be right and the attributes have to end
 * exactly where the message does; otherwise this is not STUN. What stands
 * behind MESSAGE-INTEGRITY is ignored but for FINGERPRINT (RFC 5389 15.4), and
 * of an attribute that repeats the first counts (15). A FINGERPRINT that is not
 * last or does not match leaves %MICE_HAS_FINGERPRINT out.
 *
 * Return: false if it is not a STUN message.
 */
bool mice_stun_parse(const u8 *p, unsigned int len, struct mice_stun *msg);

/* A key for HMAC-SHA1: in the kernel a keyed struct crypto_shash. */
struct mice_hmac;

/*
 * HMAC-SHA1 over @head and then @data; supplied by crypto.c and by the tests.
 * Return: 0 or a negative error.
 */
int mice_hmac_sha1(struct mice_hmac *key, const u8 *head, unsigned int head_len,
		   const u8 *data, unsigned int len, u8 mac[MICE_STUN_MAC]);

/**
 * mice_stun_verify() - is MESSAGE-INTEGRITY right
 * @p: the message that @msg was read from
 * @msg: from mice_stun_parse()
 * @key: the short-term key (RFC 5389 15.4)
 *
 * Compares in constant time.
 *
 * Return: false without MESSAGE-INTEGRITY, too.
 */
bool mice_stun_verify(const u8 *p, const struct mice_stun *msg,
		      struct mice_hmac *key);

/**
 * struct mice_stun_buf - a message being written
 * @p: where to
 * @room: octets there
 * @len: octets written; 0 after an attribute that found no room
 */
struct mice_stun_buf {
	u8		*p;
	unsigned int	room;
	unsigned int	len;
};

/* Each adds to a message of mice_stun_begin(); lengths are set by _end(). */
void mice_stun_begin(struct mice_stun_buf *b, u8 *p, unsigned int room,
		     enum mice_stun_type type, const u8 txid[MICE_STUN_TXID]);
void mice_stun_put(struct mice_stun_buf *b, u16 attr, const void *value,
		   unsigned int len);
void mice_stun_put32(struct mice_stun_buf *b, u16 attr, u32 value);
void mice_stun_put64(struct mice_stun_buf *b, u16 attr, u64 value);
/* XOR-MAPPED-ADDRESS, RFC 5389 15.2. */
void mice_stun_put_mapped(struct mice_stun_buf *b, const struct mice_addr *a);
/* ERROR-CODE without a reason phrase, RFC 5389 15.6. */
void mice_stun_put_error(struct mice_stun_buf *b, unsigned int code);
/* UNKNOWN-ATTRIBUTES, RFC 5389 15.9. */
void mice_stun_put_unknown(struct mice_stun_buf *b, const struct mice_stun *req);

/**
 * mice_stun_end() - MESSAGE-INTEGRITY if there is a key, FINGERPRINT, length
 * @b: the message
 * @key: NULL for a message without MESSAGE-INTEGRITY
 *
 * Return: octets of the message; 0 if something found no room or the hash
 * failed.
 */
unsigned int mice_stun_end(struct mice_stun_buf *b, struct mice_hmac *key);

#endif /* MICE_STUN_H */
