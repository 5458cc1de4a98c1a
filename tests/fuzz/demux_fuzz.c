// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/demux.c: any payload is one thing, and what it is has the form
 * that draft-tschofenig-mip6-ice-01, Section 12, asks for.
 */
#include <stdlib.h>

#include "mice_hmac.h"
#include "mip6_ice/demux.h"

#ifdef FUZZ_MAIN
#define FUZZ_MAX	2048
#include "../fuzz/fuzz_main.h"
#endif

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

static const struct mice_mh_fmt fmt = { 18, 22, 23 };

static void check(const u8 *p, unsigned int len)
{
	struct mice_demux out;

	switch (mice_demux(p, len, &fmt, &out)) {
	case MICE_IS_KEEPALIVE:
		MUST(len == 1 && p[0] == 0xff);
		break;
	case MICE_IS_STUN:
		MUST(len >= 28 && p[0] < 0x40 &&
		     mice_get32(p + len - 8) == 0x80280004);
		break;
	case MICE_IS_MH:
		MUST(len >= 8 && p[0] == 59 && out.mh_rest);
		break;
	case MICE_IS_IPV4:
		MUST(len >= 20 && p[0] >> 4 == 4);
		break;
	case MICE_IS_IPV6:
		MUST(len >= 40 && p[0] >> 4 == 6);
		break;
	case MICE_IS_NOTHING:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 *copy;

	check(data, size);
	if (size < 28 || size % 4)
		return 0;
	/* As STUN, if only the attributes are in order. */
	copy = malloc(size);
	memcpy(copy, data, size);
	copy[0] &= 0x3f;
	mice_put16(copy + 2, size - 20);
	mice_put32(copy + 4, MICE_STUN_COOKIE);
	mice_put32(copy + size - 8, 0x80280004);
	mice_put32(copy + size - 4, ~crc32_le(~0u, copy, size - 8) ^ 0x5354554e);
	check(copy, size);
	free(copy);
	return 0;
}
