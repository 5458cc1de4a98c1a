/* SPDX-License-Identifier: GPL-2.0 */
/* What the leaves share: octets in network order, addresses, RFC 1071 sums. */
#ifndef MICE_BYTES_H
#define MICE_BYTES_H

#ifdef __KERNEL__
#include <linux/crc32.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include "mice_shim.h"	/* tests/unit: u8, bool, crc32_le ... */
#endif

#include "wire.h"

/**
 * struct mice_addr - a transport address
 * @ver: 4 or 6; 0 for none
 * @port: host order
 * @ip: network order; an IPv4 address takes the first 4, the rest is zero
 */
struct mice_addr {
	u8	ver;
	u16	port;
	u8	ip[16];
};

/* Octets of an address of IP version @ver. */
static inline unsigned int mice_ip_len(u8 ver)
{
	return ver == 4 ? 4 : 16;
}

static inline bool mice_addr_ip_equal(const struct mice_addr *a,
				      const struct mice_addr *b)
{
	return a->ver == b->ver && !memcmp(a->ip, b->ip, sizeof(a->ip));
}

static inline bool mice_addr_equal(const struct mice_addr *a,
				   const struct mice_addr *b)
{
	return a->port == b->port && mice_addr_ip_equal(a, b);
}

static inline u16 mice_get16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static inline u32 mice_get32(const u8 *p)
{
	return (u32)mice_get16(p) << 16 | mice_get16(p + 2);
}

static inline u64 mice_get64(const u8 *p)
{
	return (u64)mice_get32(p) << 32 | mice_get32(p + 4);
}

static inline void mice_put16(u8 *p, u16 v)
{
	p[0] = v >> 8 & 0xff;
	p[1] = v & 0xff;
}

static inline void mice_put32(u8 *p, u32 v)
{
	mice_put16(p, v >> 16);
	mice_put16(p + 2, v & 0xffff);
}

static inline void mice_put64(u8 *p, u64 v)
{
	mice_put32(p, v >> 32);
	mice_put32(p + 4, v & 0xffffffff);
}

/*
 * One's complement sum of @len octets, at most 64 kB, added to @sum. What is
 * added must begin at an even offset of the whole.
 */
static inline u32 mice_sum(u32 sum, const u8 *p, unsigned int len)
{
	for (; len > 1; p += 2, len -= 2)
		sum += mice_get16(p);
	if (len)
		sum += p[0] << 8;
	return sum;
}

/* The 16-bit form of a sum, RFC 1071; 0xffff over data with a right checksum. */
static inline u16 mice_fold(u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

#endif /* MICE_BYTES_H */
