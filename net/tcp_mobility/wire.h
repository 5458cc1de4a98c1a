/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What goes over the wire: kinds, lengths and layouts of the three TCP options
 * of draft-eddy-tcp-mobility-00. Numbers and limits only.
 *
 * Conn-Key (Section 4, Figure 1), on SYN and SYN-ACK:
 *
 *	| Kind | Length = 12 | Curve ID | first 9 octets of the public key |
 *
 * Conn-Key-Cont (Section 4, Figure 2), on segments without SYN. The figure
 * draws Offset before Length; every TCP parser on the way needs the length
 * second, so that order is the default and the figure's is the "drawn" order:
 *
 *	| Kind | Length | Offset | octets of the public key from Offset on |
 *	| Kind | Offset | Length | …				  (drawn order) |
 *
 * Offset = length of the key and no data means "I have your whole key": our
 * addition, which a peer that does not know it can ignore.
 *
 * Loc-Update (Section 5, Figure 3), on SYN:
 *
 *	| Kind | Length = 19 | ReqNo | Token (8 octets) | Request (8 octets) |
 *
 * In the "exid" format a 16-bit experiment identifier (RFC 6994) stands behind
 * Kind and Length, and each length grows by 2.
 */
#ifndef TCPMOB_WIRE_H
#define TCPMOB_WIRE_H

#define TCPMOB_KIND_DEFAULT	253	/* RFC 4727, experiment 1 */
#define TCPMOB_EXID		0x4d6f	/* RFC 6994 identifier, "exid" format */

#define TCPMOB_LEN_CONN_KEY	12	/* Section 4, Figure 1 */
#define TCPMOB_LEN_CONT_MIN	3	/* Section 4, Figure 2: no data */
#define TCPMOB_LEN_LOC_UPDATE	19	/* Section 5, Figure 3 */
#define TCPMOB_LEN_EXID		2	/* added to each in "exid" format */

#define TCPMOB_KEY_FIRST	9	/* key octets in Conn-Key */
#define TCPMOB_KEY_P192		25	/* "200-bit public key", Section 4 */
#define TCPMOB_KEY_X25519	32
#define TCPMOB_KEY_MAX		32	/* largest key of any curve we know */

#define TCPMOB_CURVE_NONE	0
#define TCPMOB_CURVE_P192	1	/* ANSI X9.62 prime192v1 */
#define TCPMOB_CURVE_X25519	2	/* our extension */

#define TCPMOB_TOKEN_LEN	8	/* upper64(SHA-1(...)), Section 5 */
#define TCPMOB_REQUEST_LEN	8

#define TCPMOB_OPTSPACE		40	/* all options of one TCP header */
/* Most Cont options that fit into one header: 40 / TCPMOB_LEN_CONT_MIN. */
#define TCPMOB_CONTS_MAX	13

#endif /* TCPMOB_WIRE_H */
