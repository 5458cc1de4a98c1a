/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What goes over the wire: numbers, lengths and layouts. Sections of
 * draft-tschofenig-mip6-ice-01 are cited as D11, of draft-bajko-mip6-rrtfw-02 as
 * B6.1, of RFCs by their number. Numbers and limits only.
 *
 * M-ICE option (D11, Figure 2):
 *
 *	 0       8              24        32
 *	| Type  |  Header Len   | # cands |
 *	|   Checksum    |L|M|  Reserved   |
 *	|        Ice-pwd, 12 octets       |
 *	| ice-ufrag     | len, ice-options, zeros up to a multiple of 4
 *	| candidate 1 … candidate n       |
 *
 * Header Len is read in two framings. native: octets 1 and 2 are the count of
 * what follows them. tlv: octet 1 is an RFC 6275 Option Length, octet 2 is 0.
 *
 * Candidate (D11), 24 octets with IPv4 addresses, 48 with IPv6:
 *
 *	| ver:4 | Length:16 | type:4 | comp-id:8 |
 *	| transport:8 |        Reserved:24       |
 *	|               Priority                 |
 *	|          Connection-address            |
 *	|       port        |     rel-port       |
 *	|             Rel-address                |
 */
#ifndef MICE_WIRE_H
#define MICE_WIRE_H

/* Numbers that nobody has assigned; each can be set per namespace. */
#define MICE_OPT_DEFAULT	18	/* mobility option type, D11 */
#define MICE_MH_COTI_ICE	22	/* B6.1 */
#define MICE_MH_COT_ICE		23	/* B6.2 */
#define MICE_PORT_DEFAULT	4191	/* RFC 5555, Section 7 */

/* Mobility Header types, RFC 6275, Section 6.1. */
#define MICE_MH_HOTI		1
#define MICE_MH_HOT		3
#define MICE_MH_BU		5
#define MICE_MH_BA		6
#define MICE_MH_BE		7

#define MICE_MH_PROTO		135	/* next header value, RFC 6275 6.1.1 */
#define MICE_MH_NONE		59	/* Payload Proto: nothing follows */
#define MICE_MH_HEAD		6	/* octets before Message Data */
#define MICE_MH_MAX		2048	/* (255 + 1) * 8 */

/* Mobility options, RFC 6275, Section 6.2. */
#define MICE_MOPT_PAD1		0
#define MICE_MOPT_PADN		1
#define MICE_MOPT_ALT_COA	3	/* 6.2.5, length 16, at 8n + 6 */
#define MICE_MOPT_NONCES	4	/* 6.2.6, length 4, at 2n */
#define MICE_MOPT_AUTH		5	/* 6.2.7, length 12, last, at 8n + 2 */

#define MICE_COOKIE_LEN		8	/* init cookies, RFC 6275 6.1.3 */
#define MICE_TOKEN_LEN		8	/* keygen tokens, RFC 6275 5.2.4 */
#define MICE_AUTH_LEN		12	/* First (96, ...), RFC 6275 6.2.7 */

/* Bits of a Binding Update, RFC 6275 6.1.7; 16-bit field. */
#define MICE_BU_ACK		0x8000

/* Status of a Binding Acknowledgement, RFC 6275 6.1.8; from 128 on rejected. */
#define MICE_BA_ACCEPTED	0
#define MICE_BA_PROHIBITED	129
#define MICE_BA_BAD_SEQ		135
#define MICE_BA_HOME_NONCE	136
#define MICE_BA_CAREOF_NONCE	137
#define MICE_BA_NONCES		138
/* Status of a Binding Error, RFC 6275 6.1.9. */
#define MICE_BE_UNKNOWN_MH	2

/* The option of ours, D11. */
#define MICE_PWD_LEN		12
#define MICE_OPT_HEAD		23	/* Type … length octet of ice-options */
#define MICE_OPT_MIN		24	/* the same, padded */
#define MICE_OPT_TLV_MAX	257	/* an Option Length is an octet */
#define MICE_OPT_FLAG_LITE	0x8000
#define MICE_OPT_FLAG_MISMATCH	0x4000
/* An MH holds 2,048 octets, so a native option has at most this as octet 1 and
 * a tlv option, being 24 octets or longer, never has it below 22.
 */
#define MICE_OPT_NATIVE_MAX	7

#define MICE_CAND_HEAD		12	/* before Connection-address */
#define MICE_CAND_MIN		4	/* up to and with comp-id */
#define MICE_CAND_REMOTE	0x8	/* bit of type: a remote-candidate */
#define MICE_CAND_UDP		17	/* transport */
#define MICE_CAND_COMP		1	/* the only component */

/* Credentials as STUN carries them: lowercase hex, RFC 5245 15.4's minima. */
#define MICE_UFRAG_TEXT		4
#define MICE_PWD_TEXT		24
#define MICE_USER_TEXT		(2 * MICE_UFRAG_TEXT + 1)

/* STUN, RFC 5389 Section 6. */
#define MICE_STUN_HEAD		20
#define MICE_STUN_COOKIE	0x2112a442
#define MICE_STUN_TXID		12
#define MICE_STUN_FINGERPRINT	0x5354554e	/* RFC 5389 15.5 */
#define MICE_STUN_MAC		20	/* HMAC-SHA1 */

#define MICE_KEEPALIVE		0xff	/* D12, RFC 3948 2.3: one octet */

/* What we take in at most, whatever the sysctls say. */
#define MICE_CANDS_MAX		32	/* candidates of one offer or answer */
#define MICE_CHECKS_MAX		100	/* D14.4.2 */

#endif /* MICE_WIRE_H */
