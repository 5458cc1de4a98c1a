// SPDX-License-Identifier: GPL-2.0
/* LINK: -lcrypto */
/*
 * Messages of M-ICE that no honest node sends.
 *
 *	mhforge collide FROM PORT TO PORT SRC DST RESERVED [stun]
 *		a HoTI in UDP between the home addresses SRC and DST that is STUN,
 *		too, but for FINGERPRINT (draft-tschofenig-mip6-ice-01, Section 12);
 *		"stun": with FINGERPRINT at its end
 *	mhforge mh FROM PORT TO PORT SRC DST HEX
 *		a Mobility Header in UDP, from its MH Type on, checksum right
 *	mhforge stun FROM PORT TO PORT HEX
 *		a STUN message, FINGERPRINT put right
 *	mhforge replay FROM TO HEX
 *		a Mobility Header over IPv6 as it is, from a home address that need
 *		not be ours
 *	mhforge offer FROM TO UFRAG PWD { TYPE ADDRESS PORT }...
 *		CoTI-ICE from home address to home address; "ADDRESS/N": N
 *		candidates of that address, on N ports
 *	mhforge udp FROM PORT TO PORT SRC DST UFRAG PWD
 *		every octet of each message made wrong in turn, each message cut
 *		everywhere; checksums, lengths of the option, MESSAGE-INTEGRITY and
 *		FINGERPRINT both left wrong and put right. UFRAG and PWD are those
 *		of the target.
 *	mhforge home FROM TO UFRAG PWD
 *		the same of the Mobility Headers, over IPv6
 *
 *	mhforge short FROM PORT TO PORT UFRAG PWD
 *		signed checks with a USERNAME of five octets, with PRIORITY and without
 *
 * The last three print "sent N octets N answers N octets N longer N checks N": answers
 * that came back, those that were longer than the question, and the target's own
 * connectivity checks, which are no answers.
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "octets.h"

#define MH		135
#define ROOM		2048
#define OPTION		18	/* type of the M-ICE option */
#define OPTION_HEAD	24
#define COOKIE		0x2112a442
#define WAIT_MS		2	/* for an answer, times TEST_SLOW */

enum { HOTI = 1, HOT = 3, BU = 5, BA = 6, BE = 7, COTI_ICE = 22, COT_ICE = 23 };

/* A message, and where in it there is what has to be put right. */
struct msg {
	uint8_t		p[ROOM];
	size_t		len;
	size_t		option;		/* M-ICE option; 0: none */
	size_t		option_len;
	size_t		integrity;	/* MESSAGE-INTEGRITY; 0: none */
	bool		stun;
	const char	*pwd;		/* key of MESSAGE-INTEGRITY */
};

static uint8_t src[16], dst[16];	/* home addresses */
static int wait_ms = WAIT_MS;

/* ------------------------------------------------------------- checksums */

static uint32_t sum(uint32_t s, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		s += i % 2 ? p[i] : p[i] << 8;
	return s;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

static void sum_mh(struct msg *m)
{
	put16(m->p + 4, 0);
	put16(m->p + 4, ~fold(sum(sum(sum(m->len + MH, src, 16), dst, 16),
				  m->p, m->len)));
}

static void sum_option(struct msg *m)
{
	uint8_t *o = m->p + m->option;

	put16(o + 4, 0);
	put16(o + 4, ~fold(sum(0, o, m->option_len)));
}

/* RFC 5389 15.5; it is where it always is. */
static void finger(struct msg *m)
{
	put32(m->p + m->len - 4, crc32(m->p, m->len - 8) ^ 0x5354554e);
}

/* 15.4, the same. */
static void sign(struct msg *m)
{
	uint16_t len = m->len - 20;
	unsigned int n;

	if (m->integrity) {
		put16(m->p + 2, m->integrity + 4);
		HMAC(EVP_sha1(), m->pwd, strlen(m->pwd), m->p, m->integrity,
		     m->p + m->integrity + 4, &n);
	}
	put16(m->p + 2, len);
	finger(m);
}

static void repair(struct msg *m)
{
	if (m->stun) {
		sign(m);
		return;
	}
	if (m->option)
		sum_option(m);
	sum_mh(m);
}

/* ------------------------------------------------------ building messages */

static uint8_t *add(struct msg *m, size_t len)
{
	uint8_t *p = m->p + m->len;

	if (len > ROOM - m->len)
		errx(2, "the message is too long");
	memset(p, 0, len);
	m->len += len;
	return p;
}

static void begin_mh(struct msg *m, uint8_t type, size_t fixed)
{
	memset(m, 0, sizeof(*m));
	add(m, fixed);
	m->p[0] = 59;
	m->p[2] = type;
	memset(m->p + 8, 0xc0, fixed - 8);
}

/* Pad to a multiple of 8 and a length that says so; then the checksums. */
static void end_mh(struct msg *m)
{
	size_t pad = -m->len % 8;
	uint8_t *p = add(m, pad);

	if (pad > 1) {
		p[0] = 1;
		p[1] = pad - 2;
	}
	m->p[1] = m->len / 8 - 1;
	repair(m);
}

static void begin_option(struct msg *m, const char *ufrag, const char *pwd)
{
	uint8_t *o;

	while (m->len % 4)
		add(m, 1);
	m->option = m->len;
	o = add(m, OPTION_HEAD);
	o[0] = OPTION;
	unhex(pwd, o + 8, 12);
	unhex(ufrag, o + 20, 2);
}

static void add_cand(struct msg *m, unsigned int type, const char *ip,
		     uint16_t port)
{
	uint8_t addr[16];
	int v4 = inet_pton(AF_INET, ip, addr) == 1;
	size_t n = v4 ? 4 : 16, len = 16 + 2 * n;
	unsigned int i = ++m->p[m->option + 3];
	uint8_t *p;

	if (!v4 && inet_pton(AF_INET6, ip, addr) != 1)
		errx(2, "no address: %s", ip);
	p = add(m, len);
	p[0] = v4 ? 0x40 : 0x60;
	p[1] = len >> 4;
	p[2] = len << 4 | type;
	p[3] = 1;
	p[4] = 17;
	put32(p + 8, 126u << 24 | (65535 - i) << 8 | 255);
	memcpy(p + 12, addr, n);
	put16(p + 12 + n, port);
}

static void end_option(struct msg *m, bool native)
{
	uint8_t *o = m->p + m->option;

	m->option_len = m->len - m->option;
	if (native)
		put16(o + 1, m->option_len - 3);
	else
		o[1] = m->option_len - 2;
}

static void make_offer(struct msg *m, uint8_t type)
{
	char home[INET6_ADDRSTRLEN];

	begin_mh(m, type, type == COTI_ICE ? 16 : 24);
	begin_option(m, "abcd", "0102030405060708090a0b0c");
	add_cand(m, 1, "198.51.100.7", 7000);
	add_cand(m, 4, inet_ntop(AF_INET6, src, home, sizeof(home)), 4191);
	end_option(m, true);
	end_mh(m);
}

/* Nonces, the option, Alternate Care-of Address, Binding Authorization Data. */
static void make_binding(struct msg *m, uint8_t type)
{
	uint8_t *p;

	begin_mh(m, type, 12);
	m->p[6] = 0;
	m->p[8] = 0x80;
	if (type == BU) {
		p = add(m, 6);
		p[0] = 4;
		p[1] = 4;
		p = add(m, 2);
		p[0] = 1;
	}
	begin_option(m, "abcd", "0102030405060708090a0b0c");
	add_cand(m, 1, "198.51.100.7", 7000);
	end_option(m, false);
	if (type == BU) {
		while (m->len % 8 != 6)
			add(m, 1);
		p = add(m, 18);
		p[0] = 3;
		p[1] = 16;
		memcpy(p + 2, src, 16);
	}
	while (m->len % 8 != 2)
		add(m, 1);
	p = add(m, 14);
	p[0] = 5;
	p[1] = 12;
	end_mh(m);
}

static uint8_t *attr(struct msg *m, uint16_t type, const void *value, size_t len)
{
	uint8_t *p = add(m, 4 + (len + 3) / 4 * 4);

	put16(p, type);
	put16(p + 2, len);
	if (value)
		memcpy(p + 4, value, len);
	return p + 4;
}

static void begin_stun(struct msg *m, uint16_t type, const char *pwd)
{
	memset(m, 0, sizeof(*m));
	m->stun = true;
	m->pwd = pwd;
	add(m, 20);
	put16(m->p, type);
	put32(m->p + 4, COOKIE);
	memset(m->p + 8, 0xd0, 12);
}

static void end_stun(struct msg *m, bool integrity)
{
	if (integrity) {
		m->integrity = m->len;
		attr(m, 0x0008, NULL, 20);
	}
	attr(m, 0x8028, NULL, 4);
	sign(m);
}

static void make_stun(struct msg *m, uint16_t type, const char *ufrag,
		      const char *pwd)
{
	static const uint8_t mapped[8] = { 0, 1, 0x3a, 0x4a, 0xe1, 0x12, 0xa6, 0x42 };
	static const uint8_t conflict[4] = { 0, 0, 4, 87 };
	char user[10];

	begin_stun(m, type, pwd);
	switch (type) {
	case 0x0001:
		snprintf(user, sizeof(user), "%s:abcd", ufrag);
		attr(m, 0x0006, user, 9);
		put32(attr(m, 0x0024, NULL, 4), 110u << 24 | 255);
		attr(m, 0x802a, NULL, 8)[0] = 1;
		attr(m, 0x0025, NULL, 0);
		break;
	case 0x0101:
		attr(m, 0x0020, mapped, sizeof(mapped));
		break;
	case 0x0111:
		attr(m, 0x0009, conflict, sizeof(conflict));
		break;
	}
	end_stun(m, type != 0x0011);
}

/* --------------------------------------------------------------- sockets */

/* A socket from @argv[0..1] to @argv[2..3], addresses and ports. */
static int udp_to(char **argv)
{
	struct sockaddr_storage from, to;
	socklen_t len = address(argv[0], argv[1], &from);
	int fd = socket(from.ss_family, SOCK_DGRAM, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&from, len))
		err(1, "bind");
	len = address(argv[2], argv[3], &to);
	if (connect(fd, (struct sockaddr *)&to, len))
		err(1, "connect");
	return fd;
}

/* A raw socket from one home address, also of others; we set the checksum. */
static int raw_to(const char *from_text, const char *to_text)
{
	struct sockaddr_storage from, to;
	int fd = socket(AF_INET6, SOCK_RAW, MH), off = -1, one = 1;
	socklen_t len = address(from_text, "0", &from);

	if (fd < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&from, len) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &off, sizeof(off)))
		err(1, "raw socket");
	len = address(to_text, "0", &to);
	if (connect(fd, (struct sockaddr *)&to, len))
		err(1, "connect");
	return fd;
}

static void homes(const char *from, const char *to)
{
	if (inet_pton(AF_INET6, from, src) != 1 || inet_pton(AF_INET6, to, dst) != 1)
		errx(2, "no home addresses: %s %s", from, to);
}

static void post(int fd, const struct msg *m)
{
	if (send(fd, m->p, m->len, 0) < 0)
		err(1, "send");
}

/* --------------------------------------------------------------- commands */

/*
 * A HoTI of which the first octets are a STUN header: type 0x3bHH with HH the
 * Header Len, length 0x01RR with RR the Reserved octet, the cookie as checksum and
 * the Reserved field of HoTI. All behind it is one STUN attribute, and the PadN
 * options that nobody reads.
 */
static int collide(char **argv, bool stun)
{
	uint8_t reserved = atoi(argv[6]);
	size_t len = (HOTI << 8 | reserved) + 20, at, pad;
	struct msg m;
	uint32_t i;

	homes(argv[4], argv[5]);
	begin_mh(&m, HOTI, 16);
	for (at = 16; at < len; at += pad) {
		pad = len - at > 200 ? 200 : len - at;
		add(&m, pad)[0] = 1;
		m.p[at + 1] = pad - 2;
	}
	if (m.len % 8)
		errx(2, "no such message with Reserved %u", reserved);
	m.p[1] = m.len / 8 - 1;
	m.p[3] = reserved;
	put32(m.p + 4, COOKIE);
	/* As attributes: behind the 20 octets of the header, up to the end. */
	if (stun) {
		put16(m.p + 20, 0x8fff);
		put16(m.p + 22, len - 32);
		put32(m.p + len - 8, 0x80280004);
		put32(m.p + len - 4, crc32(m.p, len - 8) ^ 0x5354554e);
	} else {
		/* The checksum is given: two octets of the last PadN obey. */
		for (i = 0; i < 65536; i++) {
			put16(m.p + len - 2, i);
			if (fold(sum(sum(sum(len + MH, src, 16), dst, 16), m.p,
				     len)) == 0xffff)
				break;
		}
		if (i == 65536)
			errx(1, "no sum");
	}
	post(udp_to(argv), &m);
	return 0;
}

static int send_mh(char **argv)
{
	struct msg m = { .p = { 59 } };

	homes(argv[4], argv[5]);
	m.len = 2 + unhex(argv[6], m.p + 2, ROOM - 2);
	m.p[1] = m.len / 8 - 1;
	sum_mh(&m);
	post(udp_to(argv), &m);
	return 0;
}

static int send_stun(char **argv)
{
	struct msg m = { .len = 0 };

	m.len = unhex(argv[4], m.p, ROOM);
	if (m.len < 28)
		errx(2, "no STUN message with FINGERPRINT");
	finger(&m);
	post(udp_to(argv), &m);
	return 0;
}

static int replay(char **argv)
{
	struct msg m = { .len = 0 };

	m.len = unhex(argv[2], m.p, ROOM);
	post(raw_to(argv[0], argv[1]), &m);
	return 0;
}

static int offer(int argc, char **argv)
{
	static const char * const types[] = { "", "host", "srflx", "prflx", "relayed" };
	const char *from = argv[0], *to = argv[1];
	unsigned int type, n, i;
	char *many;
	struct msg m;

	homes(from, to);
	begin_mh(&m, COTI_ICE, 16);
	memset(m.p + 8, getpid(), 8);
	begin_option(&m, argv[2], argv[3]);
	for (argc -= 4, argv += 4; argc >= 3; argc -= 3, argv += 3) {
		for (type = 1; type < 4 && strcmp(argv[0], types[type]); type++)
			;
		many = strchr(argv[1], '/');
		n = many ? atoi(many + 1) : 1;
		if (many)
			*many = '\0';
		for (i = 0; i < n; i++)
			add_cand(&m, type, argv[1], atoi(argv[2]) + i);
	}
	end_option(&m, true);
	end_mh(&m);
	post(raw_to(from, to), &m);
	return 0;
}

/* What was sent and what came back. */
struct tally {
	unsigned int	sent, out, answers, in, longer, checks;
};

/* Send it, and see what it brings; raw sockets hear of more than answers. */
static void ask(int fd, const struct msg *m, struct tally *t)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint8_t p[ROOM];
	ssize_t n;

	if (!m->len)
		return;
	post(fd, m);
	t->sent++;
	t->out += m->len;
	while (poll(&pfd, 1, wait_ms) > 0) {
		n = recv(fd, p, sizeof(p), 0);
		/* A refusal by ICMP would be an answer, too. */
		if (n < 0) {
			t->answers++;
			t->longer++;
			continue;
		}
		if (n >= 20 && !p[0] && p[1] == 1) {
			t->checks++;
			continue;
		}
		t->answers++;
		t->in += n;
		t->longer += n > (ssize_t)m->len;
	}
}

/* Each octet wrong in turn, then each length. */
static void make_wrong(int fd, const struct msg *good, struct tally *t)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };
	struct msg m;
	size_t i, f;

	for (i = 0; i < good->len; i++) {
		for (f = 0; f < sizeof(flips); f++) {
			m = *good;
			m.p[i] ^= flips[f];
			if (!f)
				ask(fd, &m, t);
			if (!f && m.stun) {
				finger(&m);
				ask(fd, &m, t);
			}
			repair(&m);
			ask(fd, &m, t);
		}
		m = *good;
		m.len = i;
		/* Shorter than where its checksum is, the kernel sends none. */
		if (i >= 8)
			ask(fd, &m, t);
	}
	m = *good;
	memset(add(&m, 4), 0xff, 4);
	ask(fd, &m, t);
}

static void tell(const struct tally *t)
{
	printf("sent %u octets %u answers %u octets %u longer %u checks %u\n",
	       t->sent, t->out, t->answers, t->in, t->longer, t->checks);
}

static void mobility_headers(int fd, struct tally *t)
{
	struct msg m;

	begin_mh(&m, HOTI, 16);
	end_mh(&m);
	make_wrong(fd, &m, t);
	begin_mh(&m, HOT, 24);
	end_mh(&m);
	make_wrong(fd, &m, t);
	make_offer(&m, COTI_ICE);
	make_wrong(fd, &m, t);
	make_offer(&m, COT_ICE);
	make_wrong(fd, &m, t);
	make_binding(&m, BU);
	make_wrong(fd, &m, t);
	make_binding(&m, BA);
	make_wrong(fd, &m, t);
	begin_mh(&m, BE, 24);
	m.p[6] = 2;
	end_mh(&m);
	make_wrong(fd, &m, t);
}

static int all_udp(char **argv)
{
	static const uint16_t types[] = { 0x0001, 0x0101, 0x0111, 0x0011 };
	struct tally t = { };
	int fd = udp_to(argv);
	struct msg m;
	size_t i;

	homes(argv[4], argv[5]);
	mobility_headers(fd, &t);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		make_stun(&m, types[i], argv[6], argv[7]);
		make_wrong(fd, &m, &t);
	}
	tell(&t);
	return 0;
}

static int all_short(char **argv)
{
	struct tally t = { };
	int fd = udp_to(argv);
	struct msg m;
	char user[6];
	size_t i;

	snprintf(user, sizeof(user), "%s:", argv[4]);
	for (i = 0; i < 50; i++) {
		begin_stun(&m, 0x0001, argv[5]);
		m.p[8] = i;
		attr(&m, 0x0006, user, 5);
		if (i % 2)
			put32(attr(&m, 0x0024, NULL, 4), 110u << 24 | 255);
		end_stun(&m, true);
		ask(fd, &m, &t);
	}
	tell(&t);
	return 0;
}

static int all_home(char **argv)
{
	struct tally t = { };

	homes(argv[0], argv[1]);
	mobility_headers(raw_to(argv[0], argv[1]), &t);
	tell(&t);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "", *slow = getenv("TEST_SLOW");

	if (slow && atoi(slow) > 0)
		wait_ms *= atoi(slow);

	argc -= 2;
	argv += 2;
	if (!strcmp(verb, "collide") && (argc == 7 || argc == 8))
		return collide(argv, argc == 8);
	if (!strcmp(verb, "mh") && argc == 7)
		return send_mh(argv);
	if (!strcmp(verb, "stun") && argc == 5)
		return send_stun(argv);
	if (!strcmp(verb, "replay") && argc == 3)
		return replay(argv);
	if (!strcmp(verb, "offer") && argc >= 7)
		return offer(argc, argv);
	if (!strcmp(verb, "udp") && argc == 8)
		return all_udp(argv);
	if (!strcmp(verb, "short") && argc == 6)
		return all_short(argv);
	if (!strcmp(verb, "home") && argc == 4)
		return all_home(argv);
	errx(2, "usage: mhforge { collide | mh | stun | replay | offer | udp | short | home } ..., see the head of its source");
}
