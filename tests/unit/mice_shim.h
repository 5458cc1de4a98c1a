/* SPDX-License-Identifier: GPL-2.0 */
/* What the leaves of mip6_ice use of the kernel beyond shim.h. */
#ifndef MICE_TEST_SHIM_H
#define MICE_TEST_SHIM_H

#include "shim.h"

typedef int64_t s64;

#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))

/* The CRC of Ethernet without the inversions, like the kernel's. */
static inline u32 crc32_le(u32 crc, const u8 *p, size_t len)
{
	int i;

	while (len--) {
		crc ^= *p++;
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

#endif /* MICE_TEST_SHIM_H */
