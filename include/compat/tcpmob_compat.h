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

/* The last element of a sysctl table: needed until 6.10, harmful after. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define TCPMOB_SYSCTL_END
#else
#define TCPMOB_SYSCTL_END	{ }
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define tcpmob_register_sysctl(net, path, table)			\
	register_net_sysctl_sz(net, path, table, ARRAY_SIZE(table##_template))
#else
#define tcpmob_register_sysctl(net, path, table)			\
	register_net_sysctl(net, path, table)
#endif

/* ctl_table arguments of handlers became const in 6.11. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define TCPMOB_CTL_CONST	const
#else
#define TCPMOB_CTL_CONST
#endif

/* Ranges in netlink policies became const in 6.7. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define TCPMOB_RANGE_CONST	const
#else
#define TCPMOB_RANGE_CONST
#endif

/* Attributes of the request that began a dump. */
static inline struct nlattr **tcpmob_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* TCPMOB_COMPAT_H */
