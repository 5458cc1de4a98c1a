// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_MOBILITY_PAUSE and TCP_MOBILITY_SUSPEND_TIME over loopback, and what
 * close() does on a connection that is paused. TAP.
 */
#define _GNU_SOURCE	/* strerrorname_np() */
#include "mobility.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int tests, failures;

static void check(bool ok, const char *what, int got)
{
	tests++;
	printf("%sok %d - %s\n", ok ? "" : "not ", tests, what);
	if (!ok) {
		failures++;
		printf("# got %d, errno %s\n", got, strerrorname_np(errno));
	}
}

static int set(int fd, int level, int opt, int value)
{
	return setsockopt(fd, level, opt, &value, sizeof(value)) ? -errno : 0;
}

static int get(int fd, int level, int opt)
{
	socklen_t len = sizeof(int);
	int value = -1000;

	return getsockopt(fd, level, opt, &value, &len) ? -errno : value;
}

static int readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms);
}

static unsigned int state(int fd, int family)
{
	struct tcp_mobility_info info;

	return mobility_info(fd, family, &info) ? 999 : info.state;
}

static bool pause_all(bool on)
{
	FILE *f = fopen("/proc/sys/net/tcp_mobility/pause", "w");

	return f && fprintf(f, "%d\n", on) > 0 && !fclose(f);
}

static void run(int family)
{
	int level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in a4 = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *a = family == AF_INET6 ? (void *)&a6 : (void *)&a4;
	socklen_t len = family == AF_INET6 ? sizeof(a6) : sizeof(a4);
	int l = socket(family, SOCK_STREAM, 0), c, s, i, r;
	char buf[16];
	bool early = true;

	check(set(l, level, TCP_MOBILITY_SUSPEND_TIME, 5) == -ENOTCONN,
	      "without the ULP: ENOTCONN", 0);
	check(!mobility_enable(l), "the ULP", 0);
	check(set(l, level, TCP_MOBILITY_SUSPEND_TIME, -2) == -EINVAL, "-2: EINVAL", 0);
	check(set(l, level, TCP_MOBILITY_SUSPEND_TIME, TCP_MOBILITY_SUSPEND_TIME_MAX + 1)
	      == -EINVAL, "too long: EINVAL", 0);
	check(!set(l, level, TCP_MOBILITY_SUSPEND_TIME, 7), "7 on a listener", 0);
	check(set(l, level, TCP_MOBILITY_PAUSE, 1) == -ENOTCONN, "a listener cannot pause", 0);
	check(set(l, level, TCP_MOBILITY_INFO, 1) == -ENOPROTOOPT, "INFO cannot be set", 0);
	check(setsockopt(l, level, TCP_MOBILITY_PAUSE, buf, 2) && errno == EINVAL,
	      "a short buffer: EINVAL", 0);
	if (bind(l, a, len) || listen(l, 1) || getsockname(l, a, &len)) {
		perror("listen");
		exit(2);
	}
	c = socket(family, SOCK_STREAM, 0);
	check(!mobility_enable(c), "the ULP on a client", 0);
	check(get(c, level, TCP_MOBILITY_SUSPEND_TIME) == -1, "default: the namespace's", 0);
	if (connect(c, a, len)) {
		perror("connect");
		exit(2);
	}
	s = accept(l, NULL, NULL);
	r = get(s, level, TCP_MOBILITY_SUSPEND_TIME);
	check(r == 7, "inherited from the listener", r);
	r = set(c, level, TCP_MOBILITY_PAUSE, 1);
	check(r == -ENOTCONN, "no pause before the keys are there", r);
	for (i = 0; i < 100 && (state(c, family) != TCP_MOBILITY_KEYED ||
				state(s, family) != TCP_MOBILITY_KEYED); i++)
		usleep(100000);
	check(state(c, family) == TCP_MOBILITY_KEYED, "keyed", state(c, family));

	check(set(c, level, TCP_MOBILITY_PAUSE, 2) == -EINVAL, "pause 2: EINVAL", 0);
	check(!set(c, level, TCP_MOBILITY_PAUSE, 1), "paused", 0);
	check(get(c, level, TCP_MOBILITY_PAUSE) == 1, "reads as 1", 0);
	check(state(c, family) == TCP_MOBILITY_PAUSED, "state PAUSED", state(c, family));
	usleep(100000);
	/* Before 6.7 a sender ignores that the window has shrunk until one of
	 * its segments is acknowledged: let it see that.
	 */
	check(write(s, "!", 1) == 1, "the other end may write", 0);
	usleep(300000);
	if (readable(c, 0) == 1)
		check(read(c, buf, 1) == 1, "what was inside the old window is taken", 0);
	else
		early = false;
	check(write(c, "from c", 6) == 6 && write(s, "from s", 6) == 6,
	      "both ends may write", 0);
	r = readable(s, 600);
	check(!r, "nothing leaves the paused end", r);
	r = readable(c, 100);
	check(!r, "nothing comes to the paused end", r);
	check(!set(c, level, TCP_MOBILITY_PAUSE, 0), "resumed", 0);
	check(readable(s, 5000) == 1 && read(s, buf, 16) == 6 && !memcmp(buf, "from c", 6),
	      "what was held has come", 0);
	usleep(300000);
	len = read(c, buf, 16);
	check(early ? len == 6 && !memcmp(buf, "from s", 6) :
		      len == 7 && !memcmp(buf, "!from s", 7), "and the other way", len);

	check(!set(c, level, TCP_MOBILITY_PAUSE, 1), "paused again", 0);
	check(write(c, "last", 4) == 4, "written", 0);
	close(c);
	check(readable(s, 10000) == 1 && read(s, buf, 16) == 4 && !memcmp(buf, "last", 4),
	      "close() ends the pause: the last octets come", 0);
	check(readable(s, 10000) == 1 && read(s, buf, 16) == 0, "then the end", 0);
	close(s);

	/* A pause of all is of the connections that there are. */
	c = socket(family, SOCK_STREAM, 0);
	check(!mobility_enable(c), "the ULP before the namespace's pause", 0);
	check(pause_all(true), "the pause", 0);
	len = family == AF_INET6 ? sizeof(a6) : sizeof(a4);
	check(!connect(c, a, len), "connect() behind it", 0);
	s = accept(l, NULL, NULL);
	for (i = 0; i < 100 && state(c, family) == TCP_MOBILITY_KEYING; i++)
		usleep(100000);
	usleep(500000);
	check(state(c, family) == TCP_MOBILITY_KEYED, "is not paused", state(c, family));
	check(state(s, family) == TCP_MOBILITY_KEYED, "nor is the other end", state(s, family));
	check(pause_all(false), "the end of it", 0);
	close(c);
	close(s);
	close(l);
}

int main(void)
{
	run(AF_INET);
	run(AF_INET6);
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
