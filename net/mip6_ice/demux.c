// SPDX-License-Identifier: GPL-2.0
/* One UDP port, several kinds of datagram (D12): which one is this? */
#include "demux.h"

#define IPV4_MIN	20	/* octets of the header */
#define IPV6_MIN	40

enum mice_payload mice_demux(const u8 *p, unsigned int len,
			     const struct mice_mh_fmt *fmt,
			     struct mice_demux *out)
{
	if (!len)
		return MICE_IS_NOTHING;
	if (len == 1)
		return p[0] == MICE_KEEPALIVE ? MICE_IS_KEEPALIVE :
						MICE_IS_NOTHING;

	/* D12: the presence of FINGERPRINT tells STUN unambiguously. */
	if (mice_stun_parse(p, len, &out->stun) &&
	    out->stun.has & MICE_HAS_FINGERPRINT)
		return MICE_IS_STUN;

	if (mice_mh_len(p, len) && mice_mh_known(fmt, p[2])) {
		out->mh_rest = mice_mh_sum_rest(p);
		return MICE_IS_MH;
	}

	if (p[0] >> 4 == 4 && len >= IPV4_MIN)
		return MICE_IS_IPV4;
	if (p[0] >> 4 == 6 && len >= IPV6_MIN)
		return MICE_IS_IPV6;
	return MICE_IS_NOTHING;
}
