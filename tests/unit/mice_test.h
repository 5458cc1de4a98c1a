/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of mip6_ice share. */
#ifndef MICE_TEST_H
#define MICE_TEST_H

#include <stdlib.h>

#include "mice_shim.h"
#include "tap.h"
#include "mip6_ice/bytes.h"

/* "12 00 | 2d" -> octets; blanks and '|' are there for the reader. */
static inline unsigned int unhex(const char *text, u8 *out, unsigned int room)
{
	unsigned int n = 0;

	while (*text) {
		if (*text == ' ' || *text == '|') {
			text++;
			continue;
		}
		assert(n < room);
		out[n++] = strtoul((char[]){ text[0], text[1], 0 }, NULL, 16);
		text += 2;
	}
	return n;
}

/*
 * Where octets lie while they are parsed: up against the end of a heap block,
 * so that the sanitizer sees one read behind them.
 */
static inline u8 *stage(const u8 *data, unsigned int len)
{
	static u8 *block;
	const unsigned int size = 4096;

	if (!block)
		block = malloc(size);
	assert(block && len <= size);
	return memcpy(block + size - len, data, len);
}

/* 192.0.2.1, 4191 and the like. */
static inline struct mice_addr addr4(u8 a, u8 b, u8 c, u8 d, u16 port)
{
	return (struct mice_addr) { 4, port, { a, b, c, d } };
}

/* 2001:db8::@last. */
static inline struct mice_addr addr6(u8 last, u16 port)
{
	return (struct mice_addr) { 6, port, {
		0x20, 0x01, 0x0d, 0xb8, [15] = last } };
}

#endif /* MICE_TEST_H */
