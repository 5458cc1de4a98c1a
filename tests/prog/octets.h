/* SPDX-License-Identifier: GPL-2.0 */
/* Octets in network order, as hex, and as addresses of sockets. */
#ifndef TESTS_OCTETS_H
#define TESTS_OCTETS_H

#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static inline void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* FINGERPRINT of STUN is of this (RFC 5389, 15.5). */
static inline uint32_t crc32(const uint8_t *p, size_t len)
{
	uint32_t crc = ~0u;
	int i;

	while (len--) {
		crc ^= *p++;
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* Hex digits as octets, @room at most. */
static inline size_t unhex(const char *text, uint8_t *out, size_t room)
{
	unsigned int octet;
	size_t n = 0;

	for (; text[0] && text[1] && n < room; text += 2) {
		if (sscanf(text, "%2x", &octet) != 1)
			errx(2, "no octets: %s", text);
		out[n++] = octet;
	}
	return n;
}

/* Either family; IPv4 as such. */
static inline socklen_t address(const char *text, const char *port,
				struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *sin6 = (void *)ss;
	struct sockaddr_in *sin = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, text, &sin->sin_addr) == 1) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(atoi(port));
		return sizeof(*sin);
	}
	if (inet_pton(AF_INET6, text, &sin6->sin6_addr) != 1)
		errx(2, "no address: %s", text);
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(atoi(port));
	return sizeof(*sin6);
}

#endif /* TESTS_OCTETS_H */
