// SPDX-License-Identifier: GPL-2.0
/*
 * The agent of the module (agent.c and the leaves, as they are) over a UDP socket
 * in user space, so that ICE implementations of others can be its peer without a
 * virtual machine:
 *
 *	icepeer ADDRESS PORT controlling|controlled UFRAG PWD RUFRAG RPWD
 *	        CANDIDATE-ADDRESS CANDIDATE-PORT ...
 *
 * Fragments are 4 hex digits and passwords 24. Prints "selected LOCAL REMOTE
 * CHECKS MS", sends the datagram "from icepeer" over the pair and waits for one
 * that begins with "to icepeer"; then the exit status is 0.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../unit/mice_hmac.h"
#include "mip6_ice/agent.h"

#define PATIENCE	10000	/* ms for all of it */

static int fd;
static u64 selected_at;

static u64 ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static struct mice_addr parse(const char *ip, const char *port)
{
	struct mice_addr a = { .port = atoi(port) };

	a.ver = inet_pton(AF_INET, ip, a.ip) == 1 ? 4 : 6;
	if (a.ver == 6 && inet_pton(AF_INET6, ip, a.ip) != 1)
		exit(2);
	return a;
}

static socklen_t to_sock(const struct mice_addr *a, struct sockaddr_storage *s)
{
	struct sockaddr_in *in = (void *)s;
	struct sockaddr_in6 *in6 = (void *)s;

	memset(s, 0, sizeof(*s));
	if (a->ver == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(a->port);
		memcpy(&in->sin_addr, a->ip, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(a->port);
	memcpy(&in6->sin6_addr, a->ip, 16);
	return sizeof(*in6);
}

static struct mice_addr from_sock(const struct sockaddr_storage *s)
{
	const struct sockaddr_in *in = (const void *)s;
	const struct sockaddr_in6 *in6 = (const void *)s;
	struct mice_addr a = { .ver = s->ss_family == AF_INET ? 4 : 6 };

	a.port = ntohs(a.ver == 4 ? in->sin_port : in6->sin6_port);
	memcpy(a.ip, a.ver == 4 ? (void *)&in->sin_addr : (void *)&in6->sin6_addr,
	       mice_ip_len(a.ver));
	return a;
}

static int do_send(struct mice_agent *a, const struct mice_addr *from,
		   const struct mice_addr *to, const u8 *p, unsigned int len)
{
	struct sockaddr_storage s;
	socklen_t n = to_sock(to, &s);

	(void)a;
	(void)from;
	return sendto(fd, p, len, 0, (void *)&s, n) < 0 ? -1 : 0;
}

static void do_random(struct mice_agent *a, void *p, unsigned int len)
{
	(void)a;
	if (getrandom(p, len, 0) != (ssize_t)len)
		abort();
}

static bool do_may_answer(struct mice_agent *a, const struct mice_addr *to)
{
	(void)a;
	(void)to;
	return true;
}

static void do_event(struct mice_agent *a, enum mice_event ev,
		     const struct mice_pair *p)
{
	(void)a;
	(void)p;
	if (ev == MICE_EV_SELECTED)
		selected_at = ms();
	else if (ev == MICE_EV_FAILED)
		printf("failed\n");
}

static void do_count(struct mice_agent *a, enum mice_agent_stat stat)
{
	static const char * const names[] = {
#define X(name, doc) #name,
		MICE_AGENT_STATS(X)
#undef X
	};

	(void)a;
	if (getenv("ICEPEER_VERBOSE"))
		fprintf(stderr, "%s\n", names[stat]);
}

static const struct mice_agent_ops ops = {
	.send = do_send, .random = do_random, .may_answer = do_may_answer,
	.event = do_event, .count = do_count,
};

/* True once the peer's data has come. */
static bool receive(struct mice_agent *a, const struct mice_addr *us)
{
	struct sockaddr_storage s;
	socklen_t n = sizeof(s);
	struct mice_stun msg;
	struct mice_addr from;
	u8 p[2048];
	ssize_t len = recvfrom(fd, p, sizeof(p), 0, (void *)&s, &n);

	if (len <= 0)
		return false;
	from = from_sock(&s);
	if (mice_stun_parse(p, len, &msg) && msg.has & MICE_HAS_FINGERPRINT)
		mice_agent_input(a, ms(), us, &from, p, &msg);
	else if (len > 10 && !memcmp(p, "to icepeer", 10))
		return mice_agent_validated(a, us, &from);
	return false;
}

static void print_addr(const struct mice_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(a->ver == 4 ? AF_INET : AF_INET6, a->ip, text, sizeof(text));
	printf(" %s %u", text, a->port);
}

int main(int argc, char **argv)
{
	static const u8 tag[4] = "tag";
	static const struct mice_agent_conf conf;
	struct mice_hmac own, peer;
	struct sockaddr_storage s;
	static struct mice_agent a;
	struct mice_offer offer;
	struct mice_addr us;
	bool told = false, heard = false;
	u64 start, due;
	int i, wait;

	if (argc < 10 || strlen(argv[5]) != 24 || strlen(argv[7]) != 24)
		return 2;
	us = parse(argv[1], argv[2]);
	fd = socket(us.ver == 4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (void *)&s, to_sock(&us, &s))) {
		perror("bind");
		return 2;
	}
	own = hmac_key(argv[5], 24);
	peer = hmac_key(argv[7], 24);
	mice_agent_init(&a, &ops, &conf);
	mice_agent_restart(&a, strtoul(argv[4], NULL, 16), &own, tag,
			   argv[3][7] == 'l' && argv[3][8] == 'i');
	mice_agent_add_local(&a, MICE_CAND_HOST, &us, 0, 65535);
	mice_offer_init(&offer, 0);
	offer.n_opts = 1;
	offer.ufrag = strtoul(argv[6], NULL, 16);
	for (i = 8; i + 1 < argc && offer.n < MICE_CANDS_MAX; i += 2)
		offer.cands[offer.n++] = (struct mice_cand) {
			.type = MICE_CAND_HOST,
			.priority = mice_cand_priority(MICE_CAND_HOST, 65535 - i),
			.addr = parse(argv[i], argv[i + 1]) };
	start = ms();
	mice_agent_remote(&a, start, &offer, &peer,
			  !strcmp(argv[3], "controlling"));
	while (ms() < start + PATIENCE && !(told && heard)) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };

		due = mice_agent_tick(&a, ms());
		if (a.path.set) {
			if (!told) {
				printf("selected");
				print_addr(&a.path.local);
				print_addr(&a.path.remote);
				printf(" %u checks %llu ms\n", a.n_checks,
				       (unsigned long long)(selected_at - start));
				fflush(stdout);
			}
			told = true;
			do_send(&a, &a.path.local, &a.path.remote,
				(const u8 *)"from icepeer", 12);
		}
		wait = due > ms() ? min(due - ms(), 200ULL) : 0;
		if (poll(&pfd, 1, wait) > 0)
			heard |= receive(&a, &us);
	}
	/* The peer may still want an answer. */
	for (due = ms() + 500; ms() < due; mice_agent_tick(&a, ms())) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };

		if (poll(&pfd, 1, 50) > 0)
			receive(&a, &us);
	}
	return told && heard ? 0 : 1;
}
