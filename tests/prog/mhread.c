// SPDX-License-Identifier: GPL-2.0
/* LINK: -lcrypto */
/*
 * Mobility Headers as the RFCs describe them; shares no line with the module.
 *
 *	mhread HEX	a line for the message, and one for each of its options, with
 *			the octet that it begins at
 *	mhread auth HOT COT BU MESSAGE CORRESPONDENT	whether the authenticator of a
 *			Binding Update or Acknowledgement is right (RFC 6275 6.2.7):
 *			its key is made of the tokens of HoT and CoT-ICE, in hex, the
 *			care-of address is candidate 1 of the Binding Update
 */
#include <stdbool.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "octets.h"

#define ROOM		2048
#define OURS		18	/* of draft-tschofenig-mip6-ice-01, Section 11 */
#define AUTH		5
#define AUTH_LEN	12
#define TOKEN_AT	16	/* in HoT and CoT-ICE */
#define TOKEN_LEN	8
#define HEAD		24	/* of our option, empty ice-options */

struct msg {
	uint8_t	p[ROOM];
	size_t	len;
};

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static void read_hex(struct msg *m, const char *hex)
{
	memset(m, 0, sizeof(*m));
	m->len = unhex(hex, m->p, ROOM);
	/* A frame may be longer than what it carries. */
	if (m->len < 8 || (m->p[1] + 1u) * 8 > m->len)
		errx(1, "cut: %s", hex);
	m->len = (m->p[1] + 1) * 8;
}

/* Octets before the options, by MH Type; RFC 6275 6.1, draft-bajko-mip6-rrtfw 6. */
static size_t fixed(const struct msg *m)
{
	switch (m->p[2]) {
	case 1:
	case 22:
		return 16;
	case 3:
	case 7:
	case 23:
		return 24;
	case 5:
	case 6:
		return 12;
	}
	errx(1, "a message of type %u", m->p[2]);
}

/* The octets of the option at @at; ours may be in native framing. */
static size_t extent(const struct msg *m, size_t at)
{
	const uint8_t *o = m->p + at;
	size_t len = 1;

	if (o[0])
		len = o[0] == OURS && o[1] < 8 ? 3u + get16(o + 1) : 2u + o[1];
	if (len > m->len - at)
		errx(1, "the option at %zu runs past the end", at);
	return len;
}

static void print_cand(const uint8_t *c)
{
	int family = c[0] >> 4 == 4 ? AF_INET : AF_INET6;
	size_t n = family == AF_INET ? 4 : 16;
	char text[INET6_ADDRSTRLEN];

	printf(" %s%u %s %u", c[2] & 8 ? "remote " : "", c[2] & 7,
	       inet_ntop(family, c + 12, text, sizeof(text)), get16(c + 12 + n));
}

static void print_ours(const uint8_t *o, size_t len)
{
	const uint8_t *c = o + HEAD;
	unsigned int i;

	printf(" candidates %u flags %04x ufrag %02x%02x", o[3], get16(o + 6),
	       o[20], o[21]);
	for (i = 0; i < o[3] && c < o + len; i++) {
		print_cand(c);
		c += (c[0] & 15) << 12 | c[1] << 4 | c[2] >> 4;
	}
}

static int print(const char *hex)
{
	struct msg m;
	size_t at, len;

	read_hex(&m, hex);
	printf("type %u octets %zu", m.p[2], m.len);
	if (m.p[2] == 5)
		printf(" seq %u flags %04x lifetime %u", get16(m.p + 6),
		       get16(m.p + 8), get16(m.p + 10));
	else if (m.p[2] == 6)
		printf(" status %u seq %u lifetime %u", m.p[6], get16(m.p + 8),
		       get16(m.p + 10));
	else if (fixed(&m) == 24)
		printf(" nonce %u", get16(m.p + 6));
	putchar('\n');
	for (at = fixed(&m); at < m.len; at += len) {
		const uint8_t *o = m.p + at;

		len = extent(&m, at);
		printf("option %u at %zu length %zu", o[0], at, len);
		if (o[0] == 4)
			printf(" home %u care-of %u", get16(o + 2), get16(o + 4));
		if (o[0] == OURS && len >= HEAD)
			print_ours(o, len);
		putchar('\n');
	}
	return 0;
}

/* Candidate 1 of the first option of ours as an IPv6 address. */
static void careof_of(const struct msg *bu, uint8_t careof[16])
{
	size_t at;

	for (at = fixed(bu); at < bu->len; at += extent(bu, at)) {
		const uint8_t *c = bu->p + at + HEAD;

		if (bu->p[at] != OURS)
			continue;
		memset(careof, 0, 10);
		memset(careof + 10, 0xff, 2);
		if (c[0] >> 4 == 4)
			memcpy(careof + 12, c + 12, 4);
		else
			memcpy(careof, c + 12, 16);
		return;
	}
	errx(1, "no candidate");
}

static int auth(char **argv)
{
	struct msg hot, cot, bu, m;
	uint8_t tokens[2 * TOKEN_LEN], kbm[SHA_DIGEST_LENGTH];
	uint8_t data[32 + ROOM], mac[EVP_MAX_MD_SIZE];
	unsigned int n;
	bool right;

	read_hex(&hot, argv[0]);
	read_hex(&cot, argv[1]);
	read_hex(&bu, argv[2]);
	read_hex(&m, argv[3]);
	memcpy(tokens, hot.p + TOKEN_AT, TOKEN_LEN);
	memcpy(tokens + TOKEN_LEN, cot.p + TOKEN_AT, TOKEN_LEN);
	SHA1(tokens, sizeof(tokens), kbm);

	careof_of(&bu, data);
	if (inet_pton(AF_INET6, argv[4], data + 16) != 1)
		errx(2, "no address: %s", argv[4]);
	put16(m.p + 4, 0);
	memcpy(data + 32, m.p, m.len);
	HMAC(EVP_sha1(), kbm, sizeof(kbm), data, 32 + m.len - AUTH_LEN, mac, &n);
	/* The last option, and nothing behind it. */
	right = m.p[m.len - AUTH_LEN - 2] == AUTH &&
		m.p[m.len - AUTH_LEN - 1] == AUTH_LEN &&
		!memcmp(mac, m.p + m.len - AUTH_LEN, AUTH_LEN);
	puts(right ? "right" : "wrong");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return print(argv[1]);
	if (argc == 7 && !strcmp(argv[1], "auth"))
		return auth(argv + 2);
	errx(2, "usage: mhread { HEX | auth HOT COT BU MESSAGE CORRESPONDENT }");
}
