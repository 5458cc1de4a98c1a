// SPDX-License-Identifier: GPL-2.0
/*
 * Somebody on the path: copies a Loc-Update as it goes by, and later sends it
 * again or answers it, altered, from wherever it wants. Knows no key. IPv4 and
 * the option kind 253 only.
 */
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <linux/if_ether.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "segment.h"

#define KIND		253
#define UPDATE_LEN	19
#define MAX_PACKET	1500

static int usage(void)
{
	fputs("Usage: forge capture DEV FILE MS  keep the next Loc-Update that leaves or enters DEV\n"
	      "       forge replay FILE [WORD]... send it again\n"
	      "       forge answer FILE [WORD]... send the SYN-ACK to it\n"
	      "  from ADDR PORT, to ADDR PORT     other ends (port 0: as they were)\n"
	      "  seq D, ack D                     moved by so much\n"
	      "  flags N                          instead of SYN, or of SYN and ACK\n"
	      "  times N                          so often\n"
	      "  bad-sum                          with a wrong checksum\n", stderr);
	return 2;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Length of the TCP header at @p, 0 if there is none. */
static unsigned int tcp_header(const uint8_t *p, unsigned int len)
{
	unsigned int hdr = len < 20 ? 0 : (p[12] >> 4) * 4;

	return hdr < 20 || hdr > len ? 0 : hdr;
}

static bool is_update(const uint8_t *ip, unsigned int len)
{
	unsigned int i, n, hdr;
	const uint8_t *tcp;

	if (len < 40 || ip[0] != 0x45 || ip[9] != IPPROTO_TCP)
		return false;
	tcp = ip + 20;
	hdr = tcp_header(tcp, len - 20);
	if (!hdr || (tcp[13] & 0x1f) != SYN)
		return false;
	for (i = 20; i < hdr && tcp[i]; i += n) {
		n = tcp[i] == 1 || i + 1 == hdr ? 1 : tcp[i + 1];
		if (n < 1 || i + n > hdr)
			return false;
		if (tcp[i] == KIND && n == UPDATE_LEN)
			return true;
	}
	return false;
}

static int capture(const char *dev, const char *file, int ms)
{
	struct sockaddr_ll at = {
		/* Packets that leave are seen with ETH_P_ALL only. */
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(dev),
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t until = now_ms() + ms;
	uint8_t ip[MAX_PACKET];
	ssize_t len;
	FILE *out;

	MUST(fd >= 0 && at.sll_ifindex);
	MUST(!bind(fd, (struct sockaddr *)&at, sizeof(at)));
	puts("listening");
	fflush(stdout);
	while (now_ms() < until) {
		if (poll(&pfd, 1, until - now_ms()) < 1)
			continue;
		len = recv(fd, ip, sizeof(ip), 0);
		if (len < 0 || !is_update(ip, len))
			continue;
		len = get16(ip + 2);
		out = fopen(file, "w");
		MUST(out && fwrite(ip, len, 1, out) == 1 && !fclose(out));
		puts("captured");
		return 0;
	}
	fputs("forge: no Loc-Update came by\n", stderr);
	return 1;
}

/* The packet in @ip becomes the SYN-ACK to itself; returns its length. */
static unsigned int turn_round(uint8_t *ip)
{
	uint32_t seq = get32(ip + 24), ack = get32(ip + 28);
	uint8_t addr[4], port[2];

	memcpy(addr, ip + 12, 4);
	memcpy(ip + 12, ip + 16, 4);
	memcpy(ip + 16, addr, 4);
	memcpy(port, ip + 20, 2);
	memcpy(ip + 20, ip + 22, 2);
	memcpy(ip + 22, port, 2);
	put32(ip + 24, ack);
	put32(ip + 28, seq + 1);
	ip[32] = 5 << 4;
	ip[33] = SYN | ACK;
	return 40;
}

static bool place(char **w, uint8_t *addr, uint8_t *port)
{
	if (!w[1] || !w[2] || inet_pton(AF_INET, w[1], addr) != 1)
		return false;
	if (atoi(w[2]))
		put16(port, atoi(w[2]));
	return true;
}

static int send_packet(bool answer, char **w)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), one = 1;
	uint8_t ip[MAX_PACKET], *tcp = ip + 20;
	unsigned int len, times = 1;
	bool bad_sum = false;
	uint32_t from, dest;
	FILE *in;

	in = fopen(*w, "r");
	MUST(in);
	len = fread(ip, 1, sizeof(ip), in);
	fclose(in);
	MUST(is_update(ip, len));
	if (answer)
		len = turn_round(ip);
	for (w++; *w; w++) {
		if (!strcmp(*w, "bad-sum")) {
			bad_sum = true;
		} else if (!strcmp(*w, "seq") && w[1]) {
			put32(tcp + 4, get32(tcp + 4) + atoi(*++w));
		} else if (!strcmp(*w, "ack") && w[1]) {
			put32(tcp + 8, get32(tcp + 8) + atoi(*++w));
		} else if (!strcmp(*w, "flags") && w[1]) {
			tcp[13] = atoi(*++w);
		} else if (!strcmp(*w, "times") && w[1]) {
			times = atoi(*++w);
		} else if (!strcmp(*w, "from") && place(w, ip + 12, tcp)) {
			w += 2;
		} else if (!strcmp(*w, "to") && place(w, ip + 16, tcp + 2)) {
			w += 2;
		} else {
			return usage();
		}
	}
	memcpy(&from, ip + 12, 4);
	memcpy(&dest, ip + 16, 4);
	put16(tcp + 16, 0);
	put16(tcp + 16, tcp_sum(from, dest, tcp, len - 20) ^
	      (bad_sum ? 0x0100 : 0));
	/* The kernel fills in length, identification and the other checksum. */
	ip[8] = 64;
	put16(ip + 4, 0);
	to.sin_addr.s_addr = dest;
	MUST(fd >= 0);
	MUST(!setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &one, sizeof(one)));
	while (times--)
		MUST(sendto(fd, ip, len, 0, (struct sockaddr *)&to,
			    sizeof(to)) == (ssize_t)len);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "capture"))
		return capture(argv[2], argv[3], atoi(argv[4]));
	if (argc > 2 && !strcmp(argv[1], "replay"))
		return send_packet(false, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "answer"))
		return send_packet(true, argv + 2);
	return usage();
}
