/* SPDX-License-Identifier: GPL-2.0 */
/* One UDP port, several kinds of datagram (D12): which one is this? */
#ifndef MICE_DEMUX_H
#define MICE_DEMUX_H

#include "mh.h"
#include "stun.h"

enum mice_payload {
	MICE_IS_KEEPALIVE,	/* one octet ff */
	MICE_IS_STUN,
	MICE_IS_MH,		/* if a pair of home addresses fits, see below */
	MICE_IS_IPV4,		/* an inner packet, for who has a valid pair */
	MICE_IS_IPV6,
	MICE_IS_NOTHING,
};

/**
 * struct mice_demux - what else is known of a payload after looking at it
 * @stun: MICE_IS_STUN: the message
 * @mh_rest: MICE_IS_MH: mice_mh_sum_rest(). The payload is a Mobility Header
 *	between two home addresses with this mice_mh_pair_sum() and nothing
 *	between all others.
 */
struct mice_demux {
	struct mice_stun	stun;
	u16			mh_rest;
};

/**
 * mice_demux() - tell the kind of a UDP payload
 * @p: the payload
 * @len: its octets
 * @fmt: which MH types are ours
 * @out: filled as above
 *
 * The order is that of DESIGN-M-ICE, "One UDP port": what is STUN is never
 * anything else, and the coincidence of D12 (the cookie where a Mobility Header
 * has checksum and data, no FINGERPRINT) is a Mobility Header.
 */
enum mice_payload mice_demux(const u8 *p, unsigned int len,
			     const struct mice_mh_fmt *fmt,
			     struct mice_demux *out);

#endif /* MICE_DEMUX_H */
