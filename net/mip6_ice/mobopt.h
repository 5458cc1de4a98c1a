/* SPDX-License-Identifier: GPL-2.0 */
/* Octets of the M-ICE mobility option (D11) <-> struct mice_offer. */
#ifndef MICE_MOBOPT_H
#define MICE_MOBOPT_H

#include "bytes.h"

/* Kinds of candidates: the low three bits of the type nibble, D11. */
enum mice_cand_type {
	MICE_CAND_HOST		= 1,
	MICE_CAND_SRFLX		= 2,
	MICE_CAND_PRFLX		= 3,
	MICE_CAND_RELAYED	= 4,
};

/**
 * struct mice_cand - one candidate as it is signalled
 * @type: enum mice_cand_type
 * @priority: RFC 5245 4.1.2, as the sender sees it
 * @addr: Connection-address and port
 * @rel: Rel-address and rel-port; all zero if there are none
 */
struct mice_cand {
	u8			type;
	u32			priority;
	struct mice_addr	addr;
	struct mice_addr	rel;
};

/**
 * struct mice_offer - what one message says about ICE: an offer or an answer
 * @ufrag: ice-ufrag, 16 bits
 * @pwd: Ice-pwd
 * @lite: flag L, ice-lite
 * @mismatch: flag M, ice-mismatch
 * @has_first: @first is set
 * @has_remote: @remote is set
 * @options_len: octets at @options
 * @options: ice-options of the first option; points into what was parsed
 * @n_opts: options of ours that were taken, 0 if the message has none
 * @n_bad: options of ours that were dropped
 * @n_skipped: candidates that were skipped: unknown version, type, transport,
 *	component or form
 * @n_over: candidates that found no room and were of the lowest priority
 * @conflict: two options disagree in ufrag, pwd or flags: drop the message
 * @has_relayed: @relayed is set
 * @relayed_differ: there is another one that says something else
 * @relayed: address of the first relayed candidate, whether it is kept or not
 * @first: candidate 1, the default candidate
 * @remote: the remote-candidate (RFC 5245 9.1.2.2); with one component there is
 *	one, the first counts
 * @max: most candidates that are kept, at most MICE_CANDS_MAX
 * @n: valid entries of @cands
 * @cands: in the order they stood
 */
struct mice_offer {
	u16			ufrag;
	u8			pwd[MICE_PWD_LEN];
	bool			lite;
	bool			mismatch;
	bool			has_first;
	bool			has_remote;
	u8			options_len;
	const u8		*options;
	u8			n_opts;
	u8			n_bad;
	u16			n_skipped;
	u16			n_over;
	bool			conflict;
	bool			has_relayed;
	bool			relayed_differ;
	struct mice_addr	relayed;
	struct mice_cand	first;
	struct mice_cand	remote;
	u8			max;
	u8			n;
	struct mice_cand	cands[MICE_CANDS_MAX];
};

/**
 * mice_opt_extent() - how far an option of ours reaches in a message
 * @p: the option, type octet first
 * @room: octets from there to the end of the message
 * @native_ok: the message is CoTI-ICE or CoT-ICE, which alone carry native
 *
 * Return: octets to step over, 3 or more for a native option and 2 or more
 * otherwise; 0 if it runs past @room.
 */
unsigned int mice_opt_extent(const u8 *p, unsigned int room, bool native_ok);

/**
 * mice_offer_init() - an empty offer
 * @offer: cleared
 * @max: most candidates to keep; 0 or more than MICE_CANDS_MAX: MICE_CANDS_MAX
 */
void mice_offer_init(struct mice_offer *offer, unsigned int max);

/**
 * mice_offer_add() - read one option into an offer
 * @offer: from mice_offer_init(); what was read before stays
 * @p: the option, type octet first
 * @len: what mice_opt_extent() said
 * @native_ok: as above
 *
 * The first option sets credentials and flags; later ones must agree, or
 * @offer->conflict is set. An option with a wrong checksum, framing, count or
 * candidate length is dropped whole and counted in @offer->n_bad. When there is
 * no room the candidate of the lowest priority goes (D14.4.2).
 *
 * Return: true if the option was taken.
 */
bool mice_offer_add(struct mice_offer *offer, const u8 *p, unsigned int len,
		    bool native_ok);

/**
 * mice_offer_usable() - is there an offer or answer to work with
 * @offer: after all options of a message were added
 *
 * With flag M candidates mean nothing and are forgotten here.
 */
bool mice_offer_usable(struct mice_offer *offer);

/**
 * mice_offer_put() - write an offer as one or more options
 * @p: where to; a multiple of 4 from the start of the Mobility Header
 * @room: octets there
 * @type: mobility option type
 * @native: true for one option in native framing, false for as many in tlv
 *	framing as the candidates need, with the same head
 * @offer: @n, @cands, @remote, credentials, flags and @options; ice-options go
 *	into the first option only
 *
 * Return: octets written, a multiple of 4; 0 if @room is too small.
 */
unsigned int mice_offer_put(u8 *p, unsigned int room, u8 type, bool native,
			    const struct mice_offer *offer);

/* @ufrag as STUN has it, 4 lowercase hex digits; no zero octet behind them. */
void mice_ufrag_text(u16 ufrag, char text[MICE_UFRAG_TEXT]);
/* Reads that back; false if @text is anything else. */
bool mice_ufrag_parse(const u8 *text, unsigned int len, u16 *ufrag);
/* The short-term key of @pwd, 24 lowercase hex digits. */
void mice_pwd_text(const u8 pwd[MICE_PWD_LEN], char text[MICE_PWD_TEXT]);

#endif /* MICE_MOBOPT_H */
