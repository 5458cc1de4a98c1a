// SPDX-License-Identifier: GPL-2.0
/*
 * What the M-ICE stories need of sockets that shells do not have.
 *
 *	mhtool listen SECONDS		a Mobile IPv6 daemon: a raw socket for
 *					Mobility Headers; a line for each
 *	mhtool daemon SECONDS		the same, which refuses what RFC 6275 does not
 *					know, as that wants it (9.2)
 *	mhtool send FROM TO HEX		a Mobility Header from its MH Type on
 *					(the checksum is set by the kernel)
 *	mhtool udp FROM PORT TO PORT HEX	a datagram from any port; "-" for
 *					HEX: one without payload
 *	mhtool flood FROM PORT TO PORT HEX N	the same N times, while nothing that is
 *					no interrupt gets a processor
 *	mhtool hold PORT		a UDP socket on that port, for ever
 *	mhtool stun ADDRESS PORT MAPPED PORT	a STUN server over IPv4 that tells
 *					everybody the same mapped address
 *	mhtool refuse ADDRESS PORT	the same, but answers 600
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <err.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "octets.h"

#define MH	135

#define MH_MAX	7	/* MH Type of Binding Error */
#define UNKNOWN	2	/* its status: unrecognized MH Type value */

/* A Binding Error to the sender, with its home address. */
static void refuse_type(int fd, const struct sockaddr_in6 *to)
{
	uint8_t be[24] = { 59, sizeof(be) / 8 - 1, MH_MAX, 0, 0, 0, UNKNOWN };

	memcpy(be + 8, &to->sin6_addr, 16);
	if (sendto(fd, be, sizeof(be), 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
		warn("Binding Error");
}

static int listen_raw(int seconds, int refuses)
{
	int fd = socket(AF_INET6, SOCK_RAW, MH);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	time_t end = time(NULL) + seconds;
	struct sockaddr_in6 from;
	socklen_t len;
	uint8_t p[2048];
	char text[64];
	ssize_t n;

	if (fd < 0)
		err(1, "socket");
	setlinebuf(stdout);
	puts("ready");
	while (time(NULL) < end) {
		if (poll(&pfd, 1, 200) <= 0)
			continue;
		len = sizeof(from);
		n = recvfrom(fd, p, sizeof(p), 0, (struct sockaddr *)&from, &len);
		if (n >= 6)
			printf("type %u from %s octets %zd\n", p[2],
			       inet_ntop(AF_INET6, &from.sin6_addr, text,
					 sizeof(text)), n);
		if (n >= 6 && p[2] > MH_MAX && refuses)
			refuse_type(fd, &from);
	}
	return 0;
}

static int send_raw(char **argv)
{
	struct sockaddr_storage from, to;
	uint8_t p[2048] = { 59 };
	int fd = socket(AF_INET6, SOCK_RAW, MH);
	size_t len = 2 + unhex(argv[4], p + 2, sizeof(p) - 2);

	p[1] = len / 8 - 1;
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&from, address(argv[2], "0", &from)))
		err(1, "bind");
	if (sendto(fd, p, len, 0, (struct sockaddr *)&to,
		   address(argv[3], "0", &to)) < 0)
		err(1, "sendto");
	return 0;
}

static int send_udp(char **argv, unsigned int times)
{
	struct sockaddr_storage from, to;
	socklen_t len = address(argv[2], argv[3], &from);
	int fd = socket(from.ss_family, SOCK_DGRAM, 0), one = 1;
	uint8_t p[2048];
	size_t n = strcmp(argv[6], "-") ? unhex(argv[6], p, sizeof(p)) : 0;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, len))
		err(1, "bind");
	len = address(argv[4], argv[5], &to);
	while (times--)
		if (sendto(fd, p, n, 0, (struct sockaddr *)&to, len) < 0)
			err(1, "sendto");
	return 0;
}

/* This processor for us alone. */
static void occupy(unsigned int cpu)
{
	struct sched_param prio = { .sched_priority = 1 };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) ||
	    sched_setscheduler(0, SCHED_FIFO, &prio))
		err(1, "a processor for us alone");
}

/*
 * ksoftirqd ahead of us, or where it was. If it is to run, a sender delivers nothing
 * itself (6.1), and waits for it with a full buffer: then all others have their turn.
 */
static void ksoftirqd(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };
	char name[300], comm[32];
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	FILE *f;

	if (!proc)
		err(1, "/proc");
	while ((entry = readdir(proc))) {
		snprintf(name, sizeof(name), "/proc/%s/comm", entry->d_name);
		f = fopen(name, "r");
		if (!f)
			continue;
		if (fgets(comm, sizeof(comm), f) && !strncmp(comm, "ksoftirqd/", 10) &&
		    sched_setscheduler(atoi(entry->d_name), policy, &param))
			warn("%s", name);
		fclose(f);
	}
	closedir(proc);
}

static int flood(char **argv)
{
	unsigned int cpu, n = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t busy[64];
	int status;

	if (n > 64)
		errx(2, "too many processors");
	for (cpu = 1; cpu < n; cpu++) {
		busy[cpu] = fork();
		if (busy[cpu] < 0)
			err(1, "fork");
		if (busy[cpu])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		occupy(cpu);
		for (;;)
			;
	}
	ksoftirqd(SCHED_FIFO, 99);
	usleep(20000);	/* until they are there */
	occupy(0);
	status = send_udp(argv, atoi(argv[7]));
	ksoftirqd(SCHED_OTHER, 0);
	for (cpu = 1; cpu < n; cpu++)
		kill(busy[cpu], SIGKILL);
	return status;
}

static int hold(const char *port)
{
	struct sockaddr_storage any;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&any,
			   address("0.0.0.0", port, &any)))
		err(1, "bind");
	for (;;)
		pause();
}

/* RFC 5389: XOR-MAPPED-ADDRESS, or ERROR-CODE, and FINGERPRINT; not signed. */
static int lie(char **argv, const char *mapped_text)
{
	struct sockaddr_storage at, from;
	socklen_t len = address(argv[2], argv[3], &at), n;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint8_t p[2048], mapped[4];
	uint16_t port = (mapped_text ? atoi(argv[5]) : 0) ^ 0x2112;

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) ||
	    (mapped_text && inet_pton(AF_INET, mapped_text, mapped) != 1))
		err(1, "bind");
	for (;;) {
		n = sizeof(from);
		if (recvfrom(fd, p, sizeof(p), 0, (struct sockaddr *)&from, &n) < 20)
			continue;
		p[0] = 1;			/* success, same transaction */
		p[2] = 0;
		if (!mapped_text) {
			p[1] = 0x11;		/* error */
			p[3] = 16;
			put32(p + 20, 0x00090004);
			put32(p + 24, 0x00000600);
			put32(p + 28, 0x80280004);
			put32(p + 32, crc32(p, 28) ^ 0x5354554e);
			sendto(fd, p, 36, 0, (struct sockaddr *)&from, n);
			continue;
		}
		p[3] = 20;
		put32(p + 20, 0x00200008);
		put32(p + 24, 0x00010000 | port);
		memcpy(p + 28, mapped, 4);
		p[28] ^= 0x21;
		p[29] ^= 0x12;
		p[30] ^= 0xa4;
		p[31] ^= 0x42;
		put32(p + 32, 0x80280004);
		put32(p + 36, crc32(p, 32) ^ 0x5354554e);
		sendto(fd, p, 40, 0, (struct sockaddr *)&from, n);
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "listen"))
		return listen_raw(atoi(argv[2]), 0);
	if (argc == 3 && !strcmp(argv[1], "daemon"))
		return listen_raw(atoi(argv[2]), 1);
	if (argc == 5 && !strcmp(argv[1], "send"))
		return send_raw(argv);
	if (argc == 7 && !strcmp(argv[1], "udp"))
		return send_udp(argv, 1);
	if (argc == 8 && !strcmp(argv[1], "flood"))
		return flood(argv);
	if (argc == 3 && !strcmp(argv[1], "hold"))
		return hold(argv[2]);
	if (argc == 6 && !strcmp(argv[1], "stun"))
		return lie(argv, argv[4]);
	if (argc == 4 && !strcmp(argv[1], "refuse"))
		return lie(argv, NULL);
	errx(2, "usage: mhtool { { listen | daemon } SECONDS | send FROM TO HEX | udp FROM PORT TO PORT HEX | flood FROM PORT TO PORT HEX N | hold PORT | stun ADDRESS PORT MAPPED PORT | refuse ADDRESS PORT }");
}
