/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Octets and sums of TCP segments, for the programs that make their own.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPT_SPACE	40

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64, CWR = 128 };

#define MUST(cond)	do { \
	if (!(cond)) { \
		fprintf(stderr, "%s:%d: %s: %m\n", __FILE__, __LINE__, #cond); \
		exit(2); \
	} \
} while (0)

static inline void put32(uint8_t *p, uint32_t v)
{
	v = htonl(v);
	memcpy(p, &v, 4);
}

static inline uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return ntohl(v);
}

static inline void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static inline uint32_t sum(uint32_t acc, const uint8_t *p, unsigned int len)
{
	for (; len > 1; len -= 2, p += 2)
		acc += get16(p);
	return len ? acc + (*p << 8) : acc;
}

static inline uint16_t tcp_sum(uint32_t from, uint32_t to, const uint8_t *tcp,
			unsigned int len)
{
	uint32_t acc = IPPROTO_TCP + len;

	acc = sum(acc, (uint8_t *)&from, 4);
	acc = sum(acc, (uint8_t *)&to, 4);
	acc = sum(acc, tcp, len);
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return ~acc;
}

/* The stream of xfer.c with its default seed, 1. */
static inline uint8_t stream_octet(int from_server, int64_t off)
{
	uint64_t z = 2 + !!from_server;

	z = z * 0xd1342543de82ef95ULL + (off / 8 + 1) * 0x9e3779b97f4a7c15ULL;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return z >> (off % 8 * 8);
}

#endif /* SEGMENT_H */
