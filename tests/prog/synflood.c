// SPDX-License-Identifier: GPL-2.0
/*
 * A flood of SYNs with Conn-Key, IPv4, from random addresses of a network that
 * nobody answers from:
 *
 *	synflood [OPTIONS] SOURCE/LENGTH DESTINATION FIRST_PORT
 *
 * Each SYN looks like that of a Linux client with mobility: MSS, SACK-permitted,
 * Timestamps, Window Scale and a Conn-Key of curve 1. One line at the end says
 * what left:
 *
 *	syns=N ms=N
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "octets.h"

#define BATCH		64		/* SYNs of one system call */
#define OPTIONS		32
#define SYN_LEN		(20 + 20 + OPTIONS)
#define NSEC_PER_SEC	1000000000LL

static struct {
	int64_t		count;
	int64_t		rate;		/* SYNs a second, 0: as fast as it goes */
	unsigned int	ports;
	const char	*until;		/* a file; NULL: end after count */
	bool		plain;		/* no Conn-Key */
	uint32_t	source, mask;	/* host order */
	struct sockaddr_in to;
	uint16_t	port;
} opt = { .count = 200000, .ports = 1 };

static uint8_t syns[BATCH][SYN_LEN];
static struct iovec iov[BATCH];
static struct mmsghdr msgs[BATCH];

static void die(const char *what)
{
	fprintf(stderr, "synflood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* splitmix64: good enough for addresses, and cheap. */
static uint64_t random64(void)
{
	static uint64_t state;
	uint64_t z;

	if (!state)
		state = now_ns() ^ (uint64_t)getpid() << 32;
	state += 0x9e3779b97f4a7c15ULL;
	z = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static void put64(uint8_t *p, uint64_t v)
{
	put32(p, v >> 32);
	put32(p + 4, v);
}

static uint32_t sum(uint32_t acc, const uint8_t *p, unsigned int len)
{
	for (; len > 1; len -= 2, p += 2)
		acc += p[0] << 8 | p[1];
	return acc;
}

/* What all SYNs have in common. */
static void syn_template(uint8_t *ip)
{
	uint8_t *tcp = ip + 20, *o = tcp + 20;

	/* The kernel fills in length, identification and checksum. */
	ip[0] = 0x45;
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	memcpy(ip + 16, &opt.to.sin_addr, 4);
	tcp[12] = (20 + OPTIONS) / 4 << 4;
	tcp[13] = 0x02;			/* SYN */
	put16(tcp + 14, 64240);
	memcpy(o, "\2\4\5\264\4\2\10\12", 8);	/* MSS 1460, SACK, TS */
	memcpy(o + 16, "\1\3\3\7", 4);	/* NOP, WS 7 */
	if (opt.plain)
		memset(o + 20, 1, 12);
	else
		memcpy(o + 20, "\375\14\1", 3);	/* 253, length 12, P-192 */
}

/* Address, port, number, clock and key are new each time. */
static void syn_fill(uint8_t *ip)
{
	uint32_t from = opt.source | ((uint32_t)random64() & ~opt.mask), acc;
	uint8_t *tcp = ip + 20, *o = tcp + 20;
	uint64_t r = random64();

	put32(ip + 12, from);
	put16(tcp, 1024 + (r & 0xffff) % 60000);
	put16(tcp + 2, opt.port + (r >> 16 & 0xffff) % opt.ports);
	put32(tcp + 4, r >> 32);
	put32(o + 8, now_ns() / 1000000);
	if (!opt.plain)
		put64(o + 24, random64());	/* o[23]: the padding, 0 */
	put16(tcp + 16, 0);
	acc = sum(IPPROTO_TCP + 20 + OPTIONS, ip + 12, 8);
	acc = sum(acc, tcp, 20 + OPTIONS);
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	put16(tcp + 16, ~acc);
}

/* Send @n; how many the kernel took, which drops none of them. */
static int send_batch(int fd, int n)
{
	int i, done;

	for (i = 0; i < n; i++)
		syn_fill(syns[i]);
	done = sendmmsg(fd, msgs, n, 0);
	if (done < 0 && errno != ENOBUFS && errno != EAGAIN)
		die("sendmmsg");
	return done < 0 ? 0 : done;
}

static void flood(int fd)
{
	int64_t start = now_ns(), sent = 0, due;
	int n;

	for (;;) {
		n = BATCH;
		if (sent >= opt.count) {
			if (!opt.until || !access(opt.until, F_OK))
				break;
		} else if (opt.count - sent < n) {
			n = opt.count - sent;
		}
		sent += send_batch(fd, n);
		if (opt.rate) {
			due = start + sent * NSEC_PER_SEC / opt.rate;
			struct timespec ts = {
				.tv_sec = due / NSEC_PER_SEC,
				.tv_nsec = due % NSEC_PER_SEC,
			};

			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		}
	}
	printf("syns=%lld ms=%lld\n", (long long)sent,
	       (long long)(now_ns() - start) / 1000000);
}

static int usage(FILE *out)
{
	fputs("usage: synflood [OPTIONS] SOURCE/LENGTH DESTINATION FIRST_PORT\n"
	      "  --count N     SYNs (200000)\n"
	      "  --rate N      so many a second (as fast as it goes)\n"
	      "  --ports N     to N ports from FIRST_PORT on (1)\n"
	      "  --until FILE  go on after the last until FILE exists\n"
	      "  --plain       without Conn-Key\n", out);
	return out == stdout ? 0 : 2;
}

enum { O_COUNT = 256, O_RATE, O_PORTS, O_UNTIL, O_PLAIN, O_HELP };

static const struct option longopts[] = {
	{ "count",	required_argument,	NULL, O_COUNT },
	{ "rate",	required_argument,	NULL, O_RATE },
	{ "ports",	required_argument,	NULL, O_PORTS },
	{ "until",	required_argument,	NULL, O_UNTIL },
	{ "plain",	no_argument,		NULL, O_PLAIN },
	{ "help",	no_argument,		NULL, O_HELP },
	{ }
};

/* "198.18.0.0/15" */
static bool parse_source(char *s)
{
	char *slash = strchr(s, '/');
	struct in_addr a;
	int len;

	if (!slash)
		return false;
	*slash = '\0';
	len = atoi(slash + 1);
	if (len < 1 || len > 32 || inet_pton(AF_INET, s, &a) != 1)
		return false;
	opt.mask = ~0U << (32 - len);
	opt.source = ntohl(a.s_addr) & opt.mask;
	return true;
}

int main(int argc, char **argv)
{
	int fd, i, o;

	while ((o = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (o) {
		case O_COUNT:	opt.count = atoll(optarg); break;
		case O_RATE:	opt.rate = atoll(optarg); break;
		case O_PORTS:	opt.ports = atoi(optarg); break;
		case O_UNTIL:	opt.until = optarg; break;
		case O_PLAIN:	opt.plain = true; break;
		case O_HELP:	return usage(stdout);
		default:	return usage(stderr);
		}
	}
	opt.to.sin_family = AF_INET;
	if (argc - optind != 3 || !parse_source(argv[optind]) || !opt.ports ||
	    inet_pton(AF_INET, argv[optind + 1], &opt.to.sin_addr) != 1)
		return usage(stderr);
	opt.port = atoi(argv[optind + 2]);

	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		die("socket");
	for (i = 0; i < BATCH; i++) {
		syn_template(syns[i]);
		iov[i] = (struct iovec) { syns[i], SYN_LEN };
		msgs[i].msg_hdr = (struct msghdr) {
			.msg_name = &opt.to, .msg_namelen = sizeof(opt.to),
			.msg_iov = &iov[i], .msg_iovlen = 1,
		};
	}
	flood(fd);
	return 0;
}
