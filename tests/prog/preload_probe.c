// SPDX-License-Identifier: GPL-2.0
/* LINK: -pthread */
/*
 * preload_probe CASE: make one kind of call and say what became of it:
 *
 *	ret=RET errno=NAME ulp=NAME
 *
 * 70-preload.sh runs each case bare and under mobrun and compares. Helper
 * sockets go past the wrapper by syscall(). "preload_probe --list" lists the
 * cases.
 */
#define _GNU_SOURCE
#include "mobility.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SENTINEL	4242	/* an errno nobody sets */

union addr {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
	struct sockaddr_un	un;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void report(int ret, int fd)
{
	const char *err = ret < 0 || errno != SENTINEL ?
			  strerrorname_np(errno) : "kept";
	char name[16] = "";

	/* Not a TCP socket: it has no ULP to read. */
	if (socket_ulp(fd, name))
		strcpy(name, "n/a");
	printf("ret=%d errno=%s ulp=%s\n", ret, err ? err : "?",
	       *name ? name : "none");
}

static void do_connect(int fd, const union addr *to, socklen_t len)
{
	errno = SENTINEL;
	report(connect(fd, &to->sa, len), fd);
}

static void do_listen(int fd)
{
	errno = SENTINEL;
	report(listen(fd, 8), fd);
}

static int new_socket(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	if (fd < 0)
		die("socket");
	return fd;
}

static socklen_t loopback(int family, union addr *a)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = family;
	if (family == AF_INET6) {
		a->in6.sin6_addr = in6addr_loopback;
		return sizeof(a->in6);
	}
	a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(a->in);
}

/* A listener the wrapper does not see; its address into @a. */
static int bare_listener(int family, union addr *a)
{
	int fd = new_socket(family, SOCK_STREAM, 0);
	socklen_t len = loopback(family, a);

	if (bind(fd, &a->sa, len) || syscall(SYS_listen, fd, 8) ||
	    getsockname(fd, &a->sa, &len))
		die("bare listener");
	return fd;
}

static void connect_case(int family)
{
	union addr a;

	bare_listener(family, &a);
	do_connect(new_socket(family, SOCK_STREAM, 0), &a, sizeof(a.in6));
}

static void tcp4_connect(void) { connect_case(AF_INET); }
static void tcp6_connect(void) { connect_case(AF_INET6); }

static void mapped_connect(void)
{
	union addr a, m = { .in6.sin6_family = AF_INET6 };

	bare_listener(AF_INET, &a);
	m.in6.sin6_port = a.in.sin_port;
	m.in6.sin6_addr.s6_addr[10] = m.in6.sin6_addr.s6_addr[11] = 0xff;
	memcpy(m.in6.sin6_addr.s6_addr + 12, &a.in.sin_addr, 4);
	do_connect(new_socket(AF_INET6, SOCK_STREAM, 0), &m, sizeof(m.in6));
}

static void explicit_protocol(void)
{
	union addr a;

	bare_listener(AF_INET, &a);
	do_connect(new_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), &a, sizeof(a.in));
}

static void nonblocking(void)
{
	union addr a;

	bare_listener(AF_INET, &a);
	do_connect(new_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), &a,
		   sizeof(a.in));
}

static void refused(void)
{
	union addr a;
	int fd = bare_listener(AF_INET, &a);

	close(fd);
	do_connect(new_socket(AF_INET, SOCK_STREAM, 0), &a, sizeof(a.in));
}

static void connect_twice(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);
	union addr a;

	bare_listener(AF_INET, &a);
	if (connect(fd, &a.sa, sizeof(a.in)))
		die("connect");
	do_connect(fd, &a, sizeof(a.in));
}

static void already_connected(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);
	union addr a;

	bare_listener(AF_INET, &a);
	if (syscall(SYS_connect, fd, &a, sizeof(a.in)))
		die("connect");
	do_connect(fd, &a, sizeof(a.in));
}

/* kTLS took the slot first; without it (a kernel option) nothing to see. */
static void already_ktls(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);
	union addr a;

	bare_listener(AF_INET, &a);
	if (syscall(SYS_connect, fd, &a, sizeof(a.in)))
		die("connect");
	if (setsockopt(fd, SOL_TCP, TCP_ULP, "tls", 3)) {
		puts("skip");
		return;
	}
	do_connect(fd, &a, sizeof(a.in));
}

static void take_ktls(int fd)
{
	errno = SENTINEL;
	report(setsockopt(fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls")), fd);
}

/* As OpenSSL does it: behind its handshake, on a socket that we connected. */
static void later_ktls(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);
	union addr a;

	bare_listener(AF_INET, &a);
	if (connect(fd, &a.sa, sizeof(a.in)))
		die("connect");
	take_ktls(fd);
}

/* And at the other end, whose client has no mobility. */
static void later_ktls_child(void)
{
	int lfd = new_socket(AF_INET, SOCK_STREAM, 0);
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);
	union addr a;
	socklen_t len = loopback(AF_INET, &a);

	if (bind(lfd, &a.sa, len) || listen(lfd, 8) ||
	    getsockname(lfd, &a.sa, &len) ||
	    syscall(SYS_connect, fd, &a, sizeof(a.in)))
		die("connect");
	take_ktls(accept(lfd, NULL, NULL));
}

static void tcp4_listen(void)
{
	do_listen(new_socket(AF_INET, SOCK_STREAM, 0));
}

static void tcp6_listen(void)
{
	do_listen(new_socket(AF_INET6, SOCK_STREAM, 0));
}

static void listen_twice(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);

	if (listen(fd, 8))
		die("listen");
	do_listen(fd);
}

/* The accepted socket of a wrapped listener and a wrapped client. */
static void accepted(void)
{
	int lfd = new_socket(AF_INET, SOCK_STREAM, 0), child;
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);
	union addr a;
	socklen_t len = loopback(AF_INET, &a);

	if (bind(lfd, &a.sa, len) || listen(lfd, 8) ||
	    getsockname(lfd, &a.sa, &len) || connect(fd, &a.sa, len))
		die("accepted");
	errno = SENTINEL;
	child = accept(lfd, NULL, NULL);
	report(child < 0 ? -1 : 0, child);
}

static void disconnect(void)
{
	union addr a = { .sa.sa_family = AF_UNSPEC };

	do_connect(new_socket(AF_INET, SOCK_STREAM, 0), &a, sizeof(a.sa));
}

static void udp4_connect(void)
{
	union addr a;

	loopback(AF_INET, &a);
	a.in.sin_port = htons(9);
	do_connect(new_socket(AF_INET, SOCK_DGRAM, 0), &a, sizeof(a.in));
}

static void udp6_connect(void)
{
	union addr a;

	loopback(AF_INET6, &a);
	a.in6.sin6_port = htons(9);
	do_connect(new_socket(AF_INET6, SOCK_DGRAM, 0), &a, sizeof(a.in6));
}

static void udp_listen(void)
{
	do_listen(new_socket(AF_INET, SOCK_DGRAM, 0));
}

static void raw_connect(void)
{
	union addr a;

	loopback(AF_INET, &a);
	do_connect(new_socket(AF_INET, SOCK_RAW, IPPROTO_TCP), &a, sizeof(a.in));
}

static socklen_t unix_addr(union addr *a)
{
	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	/* abstract: no file left behind */
	return offsetof(struct sockaddr_un, sun_path) +
	       sprintf(a->un.sun_path + 1, "preload-probe-%d", getpid()) + 1;
}

static void unix_connect(void)
{
	int lfd = new_socket(AF_UNIX, SOCK_STREAM, 0);
	union addr a;
	socklen_t len = unix_addr(&a);

	if (bind(lfd, &a.sa, len) || syscall(SYS_listen, lfd, 8))
		die("unix listener");
	do_connect(new_socket(AF_UNIX, SOCK_STREAM, 0), &a, len);
}

static void unix_listen(void)
{
	int fd = new_socket(AF_UNIX, SOCK_STREAM, 0);
	union addr a;
	socklen_t len = unix_addr(&a);

	if (bind(fd, &a.sa, len))
		die("bind");
	do_listen(fd);
}

static int mptcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);

	if (fd < 0)
		puts("skip");
	return fd;
}

/* MPTCP answers TCP_ULP itself, for its first subflow. */
static void mptcp_connect(void)
{
	int fd = mptcp_socket();
	union addr a;

	if (fd < 0)
		return;
	bare_listener(AF_INET, &a);
	do_connect(fd, &a, sizeof(a.in));
}

static void mptcp_listen(void)
{
	int fd = mptcp_socket();

	if (fd >= 0)
		do_listen(fd);
}

static void bad_fd(void)
{
	union addr a;

	loopback(AF_INET, &a);
	do_connect(-1, &a, sizeof(a.in));
}

static void not_a_socket(void)
{
	union addr a;

	loopback(AF_INET, &a);
	do_connect(open("/dev/null", O_RDWR), &a, sizeof(a.in));
}

static void bad_pointer(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);

	errno = SENTINEL;
	report(connect(fd, NULL, sizeof(struct sockaddr_in)), fd);
}

/* Not NULL, which a wrapper may look for, and nothing there either. */
static void wild_pointer(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);

	errno = SENTINEL;
	report(connect(fd, (void *)1, sizeof(struct sockaddr_in)), fd);
}

static void short_address(void)
{
	union addr a;

	bare_listener(AF_INET, &a);
	do_connect(new_socket(AF_INET, SOCK_STREAM, 0), &a, 1);
}

static void *connect_many(void *arg)
{
	const union addr *a = arg;
	long i, bad = 0;

	for (i = 0; i < 50; i++) {
		int fd = new_socket(AF_INET, SOCK_STREAM, 0);

		errno = SENTINEL;
		if (connect(fd, &a->sa, sizeof(a->in)) || errno != SENTINEL)
			bad++;
		close(fd);
	}
	return (void *)bad;
}

/* 8 threads, 50 calls each; ret counts the calls that went wrong. */
static void threads(void)
{
	pthread_t t[8];
	union addr a;
	int lfd = bare_listener(AF_INET, &a), fd;
	long bad = 0;
	void *ret;
	int i;

	syscall(SYS_listen, lfd, 1000);
	for (i = 0; i < 8; i++)
		if (pthread_create(&t[i], NULL, connect_many, &a))
			die("pthread_create");
	for (i = 0; i < 8; i++) {
		pthread_join(t[i], &ret);
		bad += (long)ret;
	}
	fd = new_socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, &a.sa, sizeof(a.in)))
		bad++;
	errno = SENTINEL;
	report(bad, fd);
}

/* The program knows of mobility itself. */
static void already_mobile(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);
	union addr a;

	bare_listener(AF_INET, &a);
	if (setsockopt(fd, SOL_TCP, TCP_ULP, TCP_MOBILITY_ULP,
		       sizeof(TCP_MOBILITY_ULP) - 1))
		die("TCP_ULP");
	do_connect(fd, &a, sizeof(a.in));
}

/* As clients do it: resolve a name, try what comes of it. */
static void resolved(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *ai;
	char port[8];
	union addr a;
	int fd = -1;

	bare_listener(AF_INET, &a);
	snprintf(port, sizeof(port), "%u", ntohs(a.in.sin_port));
	if (getaddrinfo("localhost", port, &hints, &list))
		die("getaddrinfo");
	for (ai = list; ai; ai = ai->ai_next) {
		fd = new_socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
		errno = SENTINEL;
		if (!connect(fd, ai->ai_addr, ai->ai_addrlen))
			break;
		close(fd);
	}
	report(ai ? 0 : -1, fd);
}

/* An event loop waits for its connect() to come through. */
static void epolled(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int ep = epoll_create1(0), err = -1;
	struct epoll_event ev = { .events = EPOLLOUT };
	socklen_t len = sizeof(err);
	union addr a;

	bare_listener(AF_INET, &a);
	if (connect(fd, &a.sa, sizeof(a.in)) && errno != EINPROGRESS)
		die("connect");
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) ||
	    epoll_wait(ep, &ev, 1, 5000) != 1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		die("epoll");
	errno = SENTINEL;
	report(err, fd);
}

/* The environment goes on into what a child starts. */
static void child_program(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl("/proc/self/exe", "preload_probe", "tcp4_connect", NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("child");
}

#define CASE(name)	{ #name, name }
static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	CASE(tcp4_connect), CASE(tcp6_connect), CASE(mapped_connect),
	CASE(explicit_protocol), CASE(nonblocking), CASE(refused),
	CASE(connect_twice), CASE(already_connected), CASE(already_ktls),
	CASE(tcp4_listen), CASE(tcp6_listen), CASE(listen_twice),
	CASE(already_mobile), CASE(resolved), CASE(epolled), CASE(child_program),
	CASE(accepted), CASE(disconnect), CASE(udp4_connect),
	CASE(udp6_connect), CASE(udp_listen), CASE(raw_connect),
	CASE(unix_connect), CASE(unix_listen), CASE(mptcp_connect),
	CASE(mptcp_listen), CASE(bad_fd), CASE(not_a_socket),
	CASE(bad_pointer), CASE(wild_pointer), CASE(short_address),
	CASE(later_ktls), CASE(later_ktls_child), CASE(threads),
};

int main(int argc, char **argv)
{
	bool list = argc == 2 && !strcmp(argv[1], "--list");
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (list) {
			puts(cases[i].name);
		} else if (argc == 2 && !strcmp(argv[1], cases[i].name)) {
			cases[i].run();
			return 0;
		}
	}
	if (list)
		return 0;
	fputs("Usage: preload_probe CASE|--list\n", stderr);
	return 2;
}
