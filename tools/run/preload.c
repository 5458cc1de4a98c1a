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
 * (Go), connect and listen through io_uring, which is such a call, and TCP Fast
 * Open by sendto(MSG_FASTOPEN).
 *
 * A program that confines itself with seccomp and does not expect the system
 * calls we make (getsockopt, setsockopt, rt_sigprocmask) is ended by its filter.
 *
 * A socket has one ULP, and the stack never takes one away again (it reads the
 * pointer without the socket lock). So a program that wants kernel TLS on a
 * connection of ours gets the kernel's EEXIST, as on any socket with a ULP, and
 * encrypts by itself; the first time in each process a line on stderr says why.
 *
 * TCP_MOBILITY_DEBUG=1, when a program is started, prints a line to stderr for each
 * socket touched.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <linux/tcp_mobility.h>

static void say(const char *call, int fd, const char *outcome, int err)
{
	char line[256];
	int len;

	len = snprintf(line, sizeof(line), "tcpmob-preload[%d]: %s(%d): %s%s%s\n",
		       (int)getpid(), call, fd, outcome, err ? ": " : "",
		       err ? strerror(err) : "");
	if (len > 0 && write(STDERR_FILENO, line, len) < 0)
		return;
}

/*
 * TCP_MOBILITY_DEBUG, as it was when we were loaded: getenv() is of no use in
 * connect(), as another thread may be changing the environment.
 */
static bool debugging;

static void debug(const char *call, int fd, const char *outcome, int err)
{
	if (debugging)
		say(call, fd, outcome, err);
}

static bool has_int(int fd, int name, int want)
{
	socklen_t len = sizeof(int);
	int val;

	return !getsockopt(fd, SOL_SOCKET, name, &val, &len) && val == want;
}

/* What was stderr when we were loaded; a daemon may have put a socket there. */
static struct stat stderr_was;

/*
 * Is stderr what it was, and takes a line at once? inetd's is the connection, where
 * the line would be in the middle of what the program says to its peer.
 */
static bool stderr_is_ours(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	struct stat now;

	return stderr_was.st_ino && !fstat(STDERR_FILENO, &now) &&
	       now.st_ino == stderr_was.st_ino && now.st_dev == stderr_was.st_dev &&
	       (!S_ISSOCK(now.st_mode) || has_int(STDERR_FILENO, SO_DOMAIN, AF_UNIX)) &&
	       poll(&p, 1, 0) == 1 && p.revents == POLLOUT;
}

/*
 * Once in each process, to whoever started the program, asked for or not. Nobody
 * who did not ask dies of it: the reader may go away between poll() and write().
 */
static void notice(const char *call, int fd, const char *outcome)
{
	static const struct timespec no_time;
	sigset_t pipe, before, pending;
	static bool said;

	if (debugging) {
		say(call, fd, outcome, 0);
		return;
	}
	if (!stderr_is_ours() || __atomic_exchange_n(&said, true, __ATOMIC_RELAXED))
		return;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (sigpending(&pending) || pthread_sigmask(SIG_BLOCK, &pipe, &before))
		return;
	say(call, fd, outcome, 0);
	/* One that was pending before is the program's. */
	if (!sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe, NULL, &no_time);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static bool is_tcp(int fd)
{
	return has_int(fd, SO_TYPE, SOCK_STREAM) &&
	       (has_int(fd, SO_DOMAIN, AF_INET) ||
		has_int(fd, SO_DOMAIN, AF_INET6)) &&
	       has_int(fd, SO_PROTOCOL, IPPROTO_TCP);
}

/* The ULP of @fd, "" if it has none or is no TCP socket. */
static const char *ulp_of(int fd, char name[16])
{
	socklen_t len = 15;

	memset(name, 0, 16);
	if (getsockopt(fd, SOL_TCP, TCP_ULP, name, &len))
		*name = 0;
	return name;
}

/*
 * An address that the kernel can read, not that of a disconnect: only then is
 * there something to turn on. No TCP address is shorter than 16 octets. We must
 * not fault where connect() would answer EFAULT, so the kernel looks for us: of
 * a set of signals that it was told to do the impossible with.
 */
static bool names_a_peer(const struct sockaddr *addr, socklen_t len)
{
	return len >= sizeof(struct sockaddr_in) &&
	       syscall(SYS_rt_sigprocmask, -1, addr, NULL, _NSIG / 8) &&
	       errno == EINVAL && addr->sa_family != AF_UNSPEC;
}

/*
 * Changes no state of ours, so threads need no lock; the kernel decides races. In the
 * "left alone" case a non-blocking connect() may just have been repeated.
 */
static void enable(const char *call, int fd)
{
	int err = errno;
	char name[16];

	if (is_tcp(fd)) {
		if (*ulp_of(fd, name))
			debug(call, fd, "left alone, has a ULP", 0);
		else if (syscall(SYS_setsockopt, fd, SOL_TCP, TCP_ULP,
				 TCP_MOBILITY_ULP, sizeof(TCP_MOBILITY_ULP) - 1))
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
static int (*next_setsockopt)(int, int, int, const void *, socklen_t);

__attribute__((constructor))
static void at_load(void)
{
	const char *on = getenv("TCP_MOBILITY_DEBUG");

	debugging = on && *on && strcmp(on, "0");
	*(void **)&next_connect = dlsym(RTLD_NEXT, "connect");
	*(void **)&next_listen = dlsym(RTLD_NEXT, "listen");
	*(void **)&next_setsockopt = dlsym(RTLD_NEXT, "setsockopt");
	if (fstat(STDERR_FILENO, &stderr_was))
		stderr_was.st_ino = 0;
}

#define EXPORT	__attribute__((visibility("default")))

EXPORT int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	int err = errno;
	bool peer = names_a_peer(addr, len);

	errno = err;
	if (peer)
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

EXPORT int setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	char ulp[16];
	int ret;

	if (!next_setsockopt)
		return syscall(SYS_setsockopt, fd, level, name, val, len);
	ret = next_setsockopt(fd, level, name, val, len);
	if (ret && level == SOL_TCP && name == TCP_ULP && errno == EEXIST) {
		/* The kernel has read the name, up to its end. */
		if (len >= 3 && !strncmp(val, "tls", len < 4 ? len : 4) &&
		    !strcmp(ulp_of(fd, ulp), TCP_MOBILITY_ULP))
			notice("setsockopt", fd,
			       "refused: mobctl run has used this socket's one ULP for mobility, so there is no kernel TLS");
		errno = EEXIST;
	}
	return ret;
}
