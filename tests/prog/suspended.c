// SPDX-License-Identifier: GPL-2.0
/*
 * A server for one connection that does something to it while it is suspended
 * or paused, and says how long that took. It sends one octet of xfer's stream as
 * soon as it is keyed; the peer is rawpeer.
 *
 *	suspended PORT wait		until the connection ends
 *	suspended PORT take		take 500 octets, close()
 *	suspended PORT close		write two octets more and close()
 *	suspended PORT linger S		the same with SO_LINGER
 *	suspended PORT disconnect FILE	connect(AF_UNSPEC), keep the socket until FILE
 *					is there
 *	suspended PORT pause		pause, take 500 octets, go on, close()
 *	suspended PORT hold FILE	own the socket until FILE is there, move, close()
 *	suspended PORT hold-resume FILE	the same, and resume it as soon as it can
 *
 * --time N first: TCP_MOBILITY_SUSPEND_TIME of the listener. --after FILE: what is
 * done to a suspended connection waits until FILE is there.
 */
#define _GNU_SOURCE	/* strerrorname_np() */
#include "mobility.h"
#include "segment.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/userfaultfd.h>

static void set(int fd, int level, int opt, int value)
{
	MUST(!setsockopt(fd, level, opt, &value, sizeof(value)));
}

static unsigned int state(int fd)
{
	struct tcp_mobility_info info;

	MUST(!mobility_info(fd, AF_INET, &info));
	return info.state;
}

static int error_of(int fd)
{
	socklen_t len = sizeof(int);
	int err = 0;

	MUST(!getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len));
	return err;
}

static int64_t now(void)
{
	return now_ns() / 1000000;
}

static void say(const char *what, int64_t since, int err)
{
	printf("%s after %lld ms, %s\n", what, (long long)(now() - since),
	       err ? strerrorname_np(err) : "0");
}

/* Look every 10 ms, for a minute. False: the connection has ended before. */
static bool wait_state(int fd, unsigned int want)
{
	struct pollfd p = { .fd = fd };
	int i;

	for (i = 0; i < 6000; i++) {
		if (state(fd) == want)
			return true;
		if (poll(&p, 1, 10) == 1)
			return false;
	}
	fprintf(stderr, "never %s\n", mobility_state_name(want));
	exit(1);
}

static void send_stream(int fd, int from, int n)
{
	uint8_t octet;

	for (; n--; from++) {
		octet = stream_octet(true, from);
		MUST(write(fd, &octet, 1) == 1);
	}
}

static int accept_one(int port, int suspend_time)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(port),
	};
	int l = socket(AF_INET, SOCK_STREAM, 0), fd;

	MUST(l >= 0 && !mobility_enable(l));
	if (suspend_time > -2)
		set(l, IPPROTO_IP, TCP_MOBILITY_SUSPEND_TIME, suspend_time);
	MUST(!bind(l, (struct sockaddr *)&a, sizeof(a)) && !listen(l, 1));
	fd = accept(l, NULL, NULL);
	MUST(fd >= 0);
	close(l);
	return fd;
}

static void wait_end(int fd)
{
	struct pollfd p = { .fd = fd };
	int64_t start = now();

	MUST(poll(&p, 1, 300000) == 1);
	say("ended", start, error_of(fd));
}

/* Within ten seconds. */
static int take(int fd, int want)
{
	int64_t start = now();
	char buf[600];
	int n = 0, got;

	while (n < want && now() < start + 10000) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, 100) != 1)
			continue;
		got = read(fd, buf, sizeof(buf));
		if (got <= 0)
			break;
		n += got;
	}
	return n;
}

static void pause_and_read(int fd)
{
	int n;

	set(fd, IPPROTO_IP, TCP_MOBILITY_PAUSE, 1);
	MUST(state(fd) == TCP_MOBILITY_PAUSED);
	n = take(fd, 500);
	printf("%d octets while it is %s\n", n, mobility_state_name(state(fd)));
	set(fd, IPPROTO_IP, TCP_MOBILITY_PAUSE, 0);
	close(fd);
}

/* The socket's lock is held while write() waits for a page that nobody brings. */
static void hold_until(int fd, const char *file, bool resume)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct tcp_mobility_info info;
	long size = sysconf(_SC_PAGESIZE);
	int64_t start = now();
	uint8_t *page, *filled;
	int uffd;

	page = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	filled = aligned_alloc(size, size);
	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	MUST(page != MAP_FAILED && filled && uffd >= 0);
	MUST(!ioctl(uffd, UFFDIO_API, &api));
	area.range.start = (uintptr_t)page;
	area.range.len = size;
	MUST(!ioctl(uffd, UFFDIO_REGISTER, &area));
	memset(filled, stream_octet(true, 1), size);
	if (!fork()) {
		struct uffdio_copy copy = {
			.dst = (uintptr_t)page, .src = (uintptr_t)filled,
			.len = size,
		};

		while (access(file, F_OK))
			usleep(1000);
		_exit(ioctl(uffd, UFFDIO_COPY, &copy) != 0);
	}
	MUST(write(fd, page, 1) == 1);
	if (resume)
		set(fd, IPPROTO_IP, TCP_MOBILITY_PAUSE, 0);
	printf("held for %lld ms\n", (long long)(now() - start));
	/* The peer is quick: it may be over before anybody looks. */
	do {
		usleep(1000);
		MUST(!mobility_info(fd, AF_INET, &info));
	} while ((!info.moves_local || info.state != TCP_MOBILITY_KEYED) &&
		 now() < start + 10000);
	close(fd);
}

int main(int argc, char **argv)
{
	int fd, port, suspend_time = -2;
	struct linger linger = { 1, 0 };
	const char *what, *after = NULL;
	int64_t start;

	setlinebuf(stdout);
	while (argc > 2 && !strncmp(argv[1], "--", 2)) {
		if (!strcmp(argv[1], "--time"))
			suspend_time = atoi(argv[2]);
		else
			after = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 3) {
		fputs("Usage: suspended [--time N] [--after FILE] PORT wait|take|close|linger S|disconnect FILE|pause|hold FILE|hold-resume FILE\n", stderr);
		return 2;
	}
	port = atoi(argv[1]);
	what = argv[2];
	fd = accept_one(port, suspend_time);
	MUST(wait_state(fd, TCP_MOBILITY_KEYED));
	send_stream(fd, 0, 1);
	if (!strcmp(what, "pause")) {
		pause_and_read(fd);
		return 0;
	}
	if (!strncmp(what, "hold", 4) && argc > 3) {
		hold_until(fd, argv[3], !strcmp(what, "hold-resume"));
		return 0;
	}
	if (!wait_state(fd, TCP_MOBILITY_SUSPENDED) || !strcmp(what, "wait")) {
		wait_end(fd);
		return 0;
	}
	if (!strcmp(what, "take")) {
		printf("%d octets more\n", take(fd, 500));
		close(fd);
		return 0;
	}
	while (after && access(after, F_OK))
		usleep(1000);
	if (!strcmp(what, "disconnect") && argc > 3) {
		struct sockaddr none = { .sa_family = AF_UNSPEC };

		start = now();
		MUST(!connect(fd, &none, sizeof(none)));
		say("disconnected", start, error_of(fd));
		while (access(argv[3], F_OK))
			usleep(1000);
		return 0;
	}
	/* For a moment: what is written is held. */
	send_stream(fd, 1, 2);
	if (!strcmp(what, "linger") && argc > 3) {
		linger.l_linger = atoi(argv[3]);
		MUST(!setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	}
	start = now();
	say("closed", start, close(fd) ? errno : 0);
	return 0;
}
