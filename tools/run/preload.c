// SPDX-License-Identifier: GPL-2.0
/* LINK: -shared -fPIC -fvisibility=hidden -ldl */
/*
 * libtcpmob-preload.so: turn TCP mobility on in programs that do not know it.
 *
 * Loaded with LD_PRELOAD (see mobrun), it sets the ULP "mobility" on TCP
 * sockets before connect() and before listen(); accepted sockets inherit it.
 * Everything else is left alone: other protocols (MPTCP too), sockets that
 * have a ULP already, and the call itself, which happens with the program's
 * arguments and errno whatever became of our request.
 *
 * The environment carries the library into child processes. A program that
 * cleans its environment (sudo, su, sshd for its sessions) or a setuid one
 * drops it there: such a child's own connections are plain TCP, while those
 * it inherits or accepts from a listener of ours stay mobile.
 *
 * Not covered: static programs, programs that make system calls without libc
 * (Go), and TCP Fast Open by sendto(MSG_FASTOPEN).
 *
 * TCP_MOBILITY_DEBUG=1 prints a line to stderr for each socket touched.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/tcp_mobility.h>

static void debug(const char *call, int fd, const char *outcome, int err)
{
	const char *on = getenv("TCP_MOBILITY_DEBUG");
	char line[160];
	int len;

	if (!on || !*on || !strcmp(on, "0"))
		return;
	len = snprintf(line, sizeof(line), "tcpmob-preload[%d]: %s(%d): %s%s%s\n",
		       (int)getpid(), call, fd, outcome, err ? ": " : "",
		       err ? strerror(err) : "");
	if (len > 0 && write(STDERR_FILENO, line, len) < 0)
		return;
}

static bool has_int(int fd, int name, int want)
{
	socklen_t len = sizeof(int);
	int val;

	return !getsockopt(fd, SOL_SOCKET, name, &val, &len) && val == want;
}

static bool is_tcp(int fd)
{
	return has_int(fd, SO_TYPE, SOCK_STREAM) &&
	       (has_int(fd, SO_DOMAIN, AF_INET) ||
		has_int(fd, SO_DOMAIN, AF_INET6)) &&
	       has_int(fd, SO_PROTOCOL, IPPROTO_TCP);
}

static bool has_ulp(int fd)
{
	char name[16];
	socklen_t len = sizeof(name);

	return getsockopt(fd, SOL_TCP, TCP_ULP, name, &len) || len;
}

/*
 * Keeps no state, so threads need no lock; the kernel decides races. In the
 * "left alone" case a non-blocking connect() may just have been repeated.
 */
static void enable(const char *call, int fd)
{
	int err = errno;

	if (is_tcp(fd)) {
		if (has_ulp(fd))
			debug(call, fd, "left alone, has a ULP", 0);
		else if (setsockopt(fd, SOL_TCP, TCP_ULP, TCP_MOBILITY_ULP,
				    sizeof(TCP_MOBILITY_ULP) - 1))
			debug(call, fd, "plain TCP", errno);
		else
			debug(call, fd, "mobility on", 0);
	}
	errno = err;
}

/*
 * The next definition in line: another preloaded library may wrap the same
 * call. Found once at load, because dlsym() is not async-signal-safe and
 * connect() is; before that the kernel itself is called.
 */
static int (*next_connect)(int, const struct sockaddr *, socklen_t);
static int (*next_listen)(int, int);

__attribute__((constructor))
static void find_next(void)
{
	*(void **)&next_connect = dlsym(RTLD_NEXT, "connect");
	*(void **)&next_listen = dlsym(RTLD_NEXT, "listen");
}

#define EXPORT	__attribute__((visibility("default")))

EXPORT int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	/* AF_UNSPEC disconnects: nothing to enable mobility for. */
	if (addr && len >= sizeof(addr->sa_family) &&
	    addr->sa_family != AF_UNSPEC)
		enable("connect", fd);
	if (!next_connect)
		return syscall(SYS_connect, fd, addr, len);
	return next_connect(fd, addr, len);
}

EXPORT int listen(int fd, int backlog)
{
	enable("listen", fd);
	if (!next_listen)
		return syscall(SYS_listen, fd, backlog);
	return next_listen(fd, backlog);
}
