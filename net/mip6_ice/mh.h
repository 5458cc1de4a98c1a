/* SPDX-License-Identifier: GPL-2.0 */
/* Octets of a Mobility Header (RFC 6275, Section 6.1) <-> struct mice_mh. */
#ifndef MICE_MH_H
#define MICE_MH_H

#include "mobopt.h"

/**
 * struct mice_mh_fmt - the numbers nobody has assigned, in one namespace
 * @option: mobility option type of M-ICE (D11)
 * @coti_ice: MH type of CoTI-ICE (B6.1)
 * @cot_ice: MH type of CoT-ICE (B6.2)
 */
struct mice_mh_fmt {
	u8	option;
	u8	coti_ice;
	u8	cot_ice;
};

/* The messages we read and write, whatever their numbers. */
enum mice_mh_kind {
	MICE_MSG_HOTI,
	MICE_MSG_HOT,
	MICE_MSG_COTI_ICE,
	MICE_MSG_COT_ICE,
	MICE_MSG_BU,
	MICE_MSG_BA,
	MICE_MSG_BE,
	MICE_MSG_MAX,
};

/**
 * struct mice_mh - one message; what its kind does not have is zero
 * @kind: enum mice_mh_kind
 * @len: octets of the Mobility Header; set by parsing
 * @cookie: HoTI, HoT, CoTI-ICE, CoT-ICE: the init cookie, 8 octets
 * @token: HoT, CoT-ICE: the keygen token, 8 octets
 * @nonce: HoT, CoT-ICE: the nonce index
 * @seq: BU, BA: Sequence #
 * @lifetime: BU, BA: units of 4 seconds
 * @flags: BU: A, H, L, K from the top
 * @status: BA, BE
 * @home: BE: Home Address, 16 octets
 * @has_nonces: BU: Nonce Indices are there
 * @home_nonce: Home Nonce Index
 * @careof_nonce: Care-of Nonce Index
 * @alt_coa: BU: Alternate Care-of Address, 16 octets, or NULL
 * @has_auth: BU, BA: room for Binding Authorization Data is wanted
 * @auth: its authenticator, 12 octets, as the last of the message; or NULL
 *
 * All pointers of a parsed message point into it.
 */
struct mice_mh {
	u8		kind;
	u16		len;
	const u8	*cookie;
	const u8	*token;
	u16		nonce;
	u16		seq;
	u16		lifetime;
	u16		flags;
	u8		status;
	const u8	*home;
	bool		has_nonces;
	u16		home_nonce;
	u16		careof_nonce;
	const u8	*alt_coa;
	bool		has_auth;
	const u8	*auth;
};

/* What mice_mh_parse() says. */
enum mice_mh_verdict {
	MICE_MH_OK,
	MICE_MH_BAD,		/* lengths that cannot be, RFC 6275 9.2 */
	MICE_MH_UNKNOWN,	/* a type that is not ours */
};

/**
 * mice_mh_len() - octets of the Mobility Header at @p
 *
 * Return: 0 if it does not fit into @len octets or another header follows it.
 */
unsigned int mice_mh_len(const u8 *p, unsigned int len);

/* Is @type one of the messages above? */
bool mice_mh_known(const struct mice_mh_fmt *fmt, u8 type);

/**
 * mice_mh_parse() - read a message and its options
 * @p: the Mobility Header
 * @len: octets there; what is behind the Mobility Header is ignored
 * @fmt: numbers
 * @mh: filled if the verdict is %MICE_MH_OK
 * @offer: from mice_offer_init(): options of ours are added; may be NULL
 *
 * The checksum is not looked at. Options are walked as RFC 6275 6.2.1 says:
 * unknown ones are skipped. One that runs past the end makes the message bad,
 * unless it is ours, which is dropped alone.
 */
enum mice_mh_verdict mice_mh_parse(const u8 *p, unsigned int len,
				   const struct mice_mh_fmt *fmt,
				   struct mice_mh *mh,
				   struct mice_offer *offer);

/**
 * mice_mh_build() - write a message
 * @p: where to
 * @room: octets there
 * @fmt: numbers
 * @mh: @kind and what it has
 * @offer: the M-ICE option, or NULL
 * @native: its framing in CoTI-ICE and CoT-ICE; elsewhere it is tlv
 *
 * Padded and aligned (RFC 6275 6.2), the Checksum and an authenticator zero.
 *
 * Return: octets written, a multiple of 8; 0 if @room is too small.
 */
unsigned int mice_mh_build(u8 *p, unsigned int room,
			   const struct mice_mh_fmt *fmt,
			   const struct mice_mh *mh,
			   const struct mice_offer *offer, bool native);

/* Part of the pseudo-header that is the pair of addresses, either way round. */
u16 mice_mh_pair_sum(const u8 a[16], const u8 b[16]);

/**
 * mice_mh_sum_rest() - what the pair of addresses has to add up to
 * @p: a Mobility Header that mice_mh_len() is content with
 *
 * The checksum covers both addresses (RFC 6275 6.1.1, RFC 8200 8.1), and a sum
 * does not know their order: this is mice_mh_pair_sum() of every pair for which
 * the checksum is right, or its other form of zero.
 *
 * Return: never 0: zero is told as 0xffff, by mice_mh_pair_sum() as well.
 */
u16 mice_mh_sum_rest(const u8 *p);

/* Is the checksum right between @src and @dst? */
bool mice_mh_sum_ok(const u8 *p, const u8 src[16], const u8 dst[16]);

/* Set the checksum; last of all. */
void mice_mh_set_sum(u8 *p, const u8 src[16], const u8 dst[16]);

#endif /* MICE_MH_H */
