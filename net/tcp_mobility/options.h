/* SPDX-License-Identifier: GPL-2.0 */
/* Octets of a TCP option area <-> struct tcpmob_options. */
#ifndef TCPMOB_OPTIONS_H
#define TCPMOB_OPTIONS_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "shim.h"	/* tests/unit: u8, u16, u32, bool, memcpy ... */
#endif

#include "wire.h"

/**
 * struct tcpmob_format - how our options look on the wire in one namespace
 * @kind_conn_key: option kind of Conn-Key, 1 octet
 * @kind_cont: option kind of Conn-Key-Cont
 * @kind_loc_update: option kind of Loc-Update
 * @exid: true adds TCPMOB_EXID behind Kind and Length (RFC 6994)
 * @drawn: true writes and reads Conn-Key-Cont in the order of Figure 2
 *
 * All three kinds may be the same (the default): the SYN bit and the length
 * tell them apart.
 */
struct tcpmob_format {
	u8	kind_conn_key;
	u8	kind_cont;
	u8	kind_loc_update;
	bool	exid;
	bool	drawn;
};

/* Bits of struct tcpmob_options.present. */
#define TCPMOB_OPT_CONN_KEY	0x01
#define TCPMOB_OPT_CONT		0x02
#define TCPMOB_OPT_LOC_UPDATE	0x04
#define TCPMOB_OPT_MSS		0x08
#define TCPMOB_OPT_TS		0x10
#define TCPMOB_OPT_WS		0x20
#define TCPMOB_OPT_SACKPERM	0x40
#define TCPMOB_OPT_SIGNED	0x80	/* TCP-MD5 or TCP-AO: header is signed */

/**
 * struct tcpmob_cont - one Conn-Key-Cont
 * @offset: octets from the beginning of the key, 9 or more
 * @len: octets of key data, 0 for "I have your whole key"
 * @data: points into the parsed area, lives as long as it does
 */
struct tcpmob_cont {
	u8		offset;
	u8		len;
	const u8	*data;
};

/**
 * struct tcpmob_options - what tcpmob_options_parse() found
 * @present: TCPMOB_OPT_* bits
 * @malformed: number of options of ours that were recognised and ignored:
 *	wrong length, wrong kind of segment, Offset below 9, or repeated
 *	Conn-Key or Loc-Update
 * @torn: an option ran past the area, so the reading ended before it did
 * @n_conts: valid entries of @conts
 * @curve: Curve ID of Conn-Key
 * @key: first octets of the key of Conn-Key
 * @reqno: request number of Loc-Update
 * @token: token of Loc-Update, as on the wire
 * @request: request of Loc-Update, as on the wire
 * @mss: value of the MSS option, host order
 * @wscale: shift count of Window Scale, as on the wire (not clamped)
 * @tsval: TSval of the Timestamps option, host order
 * @tsecr: TSecr of the Timestamps option, host order
 * @conts: Conn-Key-Cont options in the order they stood
 */
struct tcpmob_options {
	u8			present;
	u8			malformed;
	bool			torn;
	u8			n_conts;
	u8			curve;
	u8			key[TCPMOB_KEY_FIRST];
	u8			reqno;
	u8			token[TCPMOB_TOKEN_LEN];
	u8			request[TCPMOB_REQUEST_LEN];
	u16			mss;
	u8			wscale;
	u32			tsval;
	u32			tsecr;
	struct tcpmob_cont	conts[TCPMOB_CONTS_MAX];
};

/**
 * tcpmob_options_parse() - read the option area of one TCP header
 * @area: the option octets, behind the 20 octets of the fixed header
 * @len: their number; more than TCPMOB_OPTSPACE is refused
 * @syn: whether the segment has the SYN bit (SYN or SYN-ACK)
 * @fmt: how our options look here
 * @out: filled; only fields whose bit is in @out->present mean something
 *
 * Reading stops at End of Option List; NOP is skipped; an option whose length
 * is below 2 or runs past the area ends the reading, as in the stack: what came
 * before it stays valid. On a SYN, ours with length 12 is Conn-Key and with 19
 * Loc-Update (14 and 21 with exid); any other length is malformed. Without SYN
 * each of ours is a Conn-Key-Cont; Offset below 9 is malformed. An option of
 * the same kind with another experiment identifier is somebody else's and is
 * skipped without counting. Of a repeated Conn-Key or Loc-Update the first
 * counts, the others are malformed.
 *
 * Return: true if any option of ours is present and well-formed.
 */
bool tcpmob_options_parse(const u8 *area, unsigned int len, bool syn,
			  const struct tcpmob_format *fmt,
			  struct tcpmob_options *out);

/**
 * tcpmob_options_hide() - put NOPs over Conn-Key-Cont in the drawn order
 * @area: the option octets of a segment without SYN
 * @len: their number, at most TCPMOB_OPTSPACE
 * @fmt: how our options look here; nothing happens unless it is drawn
 *
 * A stack that does not know the order takes Offset for the length and reads
 * key data as options. What stands behind the first of ours and cannot be read
 * is covered, too: it may be the rest of another one.
 *
 * Return: true if @area has changed.
 */
bool tcpmob_options_hide(u8 *area, unsigned int len,
			 const struct tcpmob_format *fmt);

/* Octets that one option takes, without padding to 4. */
unsigned int tcpmob_conn_key_len(const struct tcpmob_format *fmt);
unsigned int tcpmob_cont_len(const struct tcpmob_format *fmt,
			     unsigned int data_len);
unsigned int tcpmob_loc_update_len(const struct tcpmob_format *fmt);

/*
 * Each put function writes one option at @p, which must have room for the
 * length above, and returns the octets written.
 */
unsigned int tcpmob_put_conn_key(u8 *p, const struct tcpmob_format *fmt,
				 u8 curve, const u8 key[TCPMOB_KEY_FIRST]);
unsigned int tcpmob_put_cont(u8 *p, const struct tcpmob_format *fmt,
			     u8 offset, const u8 *data, unsigned int data_len);
unsigned int tcpmob_put_loc_update(u8 *p, const struct tcpmob_format *fmt,
				   u8 reqno, const u8 token[TCPMOB_TOKEN_LEN],
				   const u8 request[TCPMOB_REQUEST_LEN]);

/* Pads @len octets at @area to a multiple of 4 with NOP; returns how many. */
unsigned int tcpmob_options_pad(u8 *area, unsigned int len);

#endif /* TCPMOB_OPTIONS_H */
