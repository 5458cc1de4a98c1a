/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels we run on, 6.1 to 6.12. No other file looks
 * at a kernel version.
 */
#ifndef TCPMOB_COMPAT_H
#define TCPMOB_COMPAT_H

#include <linux/version.h>
#include <crypto/internal/ecc.h>
#include <net/genetlink.h>
#include <net/tcp.h>

#include "mobility_compat.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "tcp_mobility needs Linux 6.1 or later"
#endif

/*
 * __tcp_send_ack() got a third parameter within the 6.12 stable series, so the
 * version does not tell: the type does.
 */
static inline void __tcpmob_send_ack2(void *fn, struct sock *sk, u32 rcv_nxt)
{
	((void (*)(struct sock *, u32))fn)(sk, rcv_nxt);
}

static inline void __tcpmob_send_ack3(void *fn, struct sock *sk, u32 rcv_nxt)
{
	((void (*)(struct sock *, u32, u16))fn)(sk, rcv_nxt, 0);
}

/* Send a pure ACK, stamped with the time of now; under the socket lock. */
static inline void tcpmob_send_ack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* What the stack does on entry and exports to nobody. */
	tp->tcp_clock_cache = tcp_clock_ns();
	tp->tcp_mstamp = div_u64(tp->tcp_clock_cache, NSEC_PER_USEC);

	_Generic(&__tcp_send_ack,
		 void (*)(struct sock *, u32): __tcpmob_send_ack2,
		 void (*)(struct sock *, u32, u16): __tcpmob_send_ack3)
	((void *)__tcp_send_ack, sk, tp->rcv_nxt);
}

/* Timestamps option value of now, as the connection counts it. */
static inline u32 tcpmob_tsval(const struct tcp_sock *tp)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return tcp_clock_ts(tp->tcp_usec_ts) + tp->tsoffset;
#else
	return tcp_time_stamp_raw() + tp->tsoffset;
#endif
}

/*
 * Until 6.9 the ecc functions take a private key as big-endian octets, since
 * then as digits, least significant first.
 */
static inline void tcpmob_ecc_private(const u8 *be, u64 *digits,
				      unsigned int ndigits)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	ecc_swap_digits(be, digits, ndigits);
#else
	memcpy(digits, be, ndigits * sizeof(u64));
#endif
}

/* Ranges in netlink policies became const in 6.7. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define TCPMOB_RANGE_CONST	const
#else
#define TCPMOB_RANGE_CONST
#endif

#endif /* TCPMOB_COMPAT_H */
