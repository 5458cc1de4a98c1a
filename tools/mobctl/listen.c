// SPDX-License-Identifier: GPL-2.0
/*
 * mobctl tcp enable: turn mobility on for the listening socket of a server that
 * runs already. /proc/net/tcp names the socket's inode, /proc/PID/fd who holds
 * it; pidfd_getfd() gives us a descriptor of the same socket to set the ULP on.
 * Connections that are accepted from then on are mobile.
 */
#define _GNU_SOURCE
#include "address.h"
#include "mobctl.h"
#include "print.h"
#include "proc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/tcp_mobility.h>

/**
 * struct listener - a listening socket and one process that holds it
 * @at: where it listens
 * @v6: from /proc/net/tcp6
 * @inode: its number
 * @pid: the process, 0 while unknown
 * @fd: the descriptor there
 * @program: the process's name
 */
struct listener {
	struct endpoint	at;
	bool		v6;
	unsigned long	inode;
	pid_t		pid;
	int		fd;
	char		program[PROC_NAME_LEN];
};

/* -- what listens -------------------------------------------------------- */

/**
 * struct listeners - those that match
 * @want: what they have to match
 * @list: they
 * @n: how many
 * @room: how many @list has room for
 */
struct listeners {
	struct endpoint	want;
	struct listener	*list;
	int		n;
	int		room;
};

static int add_listener(const struct proc_tcp *s, void *arg)
{
	struct listeners *all = arg;
	struct listener *l;

	if (s->state != TCP_LISTEN ||
	    !endpoint_match(&all->want, &s->local.addr, s->local.port))
		return 0;
	if (all->n == all->room) {
		l = reallocarray(all->list, all->room + 64, sizeof(*l));
		if (!l)
			return -ENOMEM;
		all->list = l;
		all->room += 64;
	}
	l = &all->list[all->n++];
	memset(l, 0, sizeof(*l));
	l->at = s->local;
	l->v6 = s->v6;
	l->inode = s->inode;
	return 0;
}

/* In the order of addresses, IPv4 first; the kernel's is that of a hash. */
static int by_address(const void *a, const void *b)
{
	const struct listener *l = a, *m = b;

	return l->v6 != m->v6 ? l->v6 - m->v6 :
	       memcmp(&l->at.addr, &m->at.addr, sizeof(l->at.addr));
}

/* -- who holds it -------------------------------------------------------- */

static int match_listener(pid_t pid, int fd, unsigned long inode, void *arg)
{
	struct listeners *all = arg;
	int i;

	for (i = 0; i < all->n; i++) {
		struct listener *l = &all->list[i];

		if (l->inode != inode || l->pid)
			continue;
		l->pid = pid;
		l->fd = fd;
		proc_name(pid, l->program);
	}
	return 0;
}

/* -- turning it on ------------------------------------------------------- */

/* Is @fd that socket, and does it listen still? */
static bool still_listens(int fd, const struct listener *l)
{
	socklen_t len = sizeof(int);
	struct stat st;
	int on = 0;

	return !fstat(fd, &st) && st.st_ino == l->inode &&
	       !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) && on;
}

/*
 * Set the ULP on @fd. "enabled" or "was enabled" in @what, or a negative errno
 * and the reason in @why.
 */
static int set_ulp(int fd, const char **what, const char **why)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	*what = "enabled";
	if (!setsockopt(fd, SOL_TCP, TCP_ULP, TCP_MOBILITY_ULP,
			sizeof(TCP_MOBILITY_ULP) - 1))
		return 0;
	switch (errno) {
	case EEXIST:
		if (!getsockopt(fd, SOL_TCP, TCP_ULP, name, &len) &&
		    !strncmp(name, TCP_MOBILITY_ULP, sizeof(name))) {
			*what = "was enabled before";
			return 0;
		}
		*why = "the socket has another ULP (kernel TLS?), and there is room for one";
		break;
	case ENOENT:
		*why = "the module tcp_mobility is not loaded: modprobe tcp_mobility";
		break;
	case EOPNOTSUPP:
	case ENOPROTOOPT:
		*why = "it is a multipath TCP socket, which cannot be mobile, too";
		break;
	case EISCONN:
	case ENOTCONN:
		*why = "it does not listen any more";
		break;
	default:
		*why = strerror(errno);
	}
	return -errno;
}

static int enable_one(const struct listener *l)
{
	char where[ENDPOINT_LEN];
	const char *what, *why;
	int fd, err;

	endpoint_text(&l->at, where);
	fd = proc_borrow_fd(l->pid, l->fd);
	if (fd == -EPERM)
		return fail(EXIT_KERNEL, "%s: the socket belongs to %s (pid %d), and you may not take it: try as root",
			    where, l->program, l->pid);
	if (fd == -ENOSYS)
		return fail(EXIT_KERNEL, "this kernel has no pidfd_getfd() (5.6 and later)");
	if (fd < 0)
		return fail(EXIT_KERNEL, "%s: cannot take the socket from %s (pid %d): %s",
			    where, l->program, l->pid, strerror(-fd));
	/* Descriptor and process number may be another's meanwhile. */
	if (!still_listens(fd, l)) {
		close(fd);
		return fail(EXIT_KERNEL, "%s: %s (pid %d) does not listen any more",
			    where, l->program, l->pid);
	}
	err = set_ulp(fd, &what, &why);
	close(fd);
	if (err)
		return fail(EXIT_KERNEL, "%s: %s", where, why);
	out_record(NULL);
	out_tone(TONE_NAME, "listen", "%s", where);
	out_str("program", " %s", l->program);
	out_uint("pid", " pid %" PRIu64, l->pid);
	out_str("result", ": %s", what);
	out_record_end();
	out_end();
	return 0;
}

/* The arguments that a process was started with, or says so. */
static size_t read_arguments(pid_t pid, char *buf, size_t size)
{
	char path[64];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	f = fopen(path, "re");
	if (f) {
		len = fread(buf, 1, size, f);
		fclose(f);
	}
	return len;
}

/* Processes that were forked from one: same user, group, file and arguments. */
static bool same_program(pid_t a, pid_t b)
{
	char path_a[64], path_b[64], args_a[1024], args_b[1024];
	struct stat st_a, st_b;
	size_t len;

	snprintf(path_a, sizeof(path_a), "/proc/%d", a);
	snprintf(path_b, sizeof(path_b), "/proc/%d", b);
	if (stat(path_a, &st_a) || stat(path_b, &st_b) || st_a.st_uid != st_b.st_uid ||
	    getpgid(a) != getpgid(b))
		return false;
	snprintf(path_a, sizeof(path_a), "/proc/%d/exe", a);
	snprintf(path_b, sizeof(path_b), "/proc/%d/exe", b);
	if (stat(path_a, &st_a) || stat(path_b, &st_b) ||
	    st_a.st_dev != st_b.st_dev || st_a.st_ino != st_b.st_ino)
		return false;
	len = read_arguments(a, args_a, sizeof(args_a));
	return len == read_arguments(b, args_b, sizeof(args_b)) &&
	       !memcmp(args_a, args_b, len);
}

/*
 * Do different servers listen at different addresses of the port? A name proves
 * nothing: many servers run in one interpreter, and any process may call itself
 * sshd. Of several sockets at one address (SO_REUSEPORT) no endpoint means but
 * one.
 */
static bool is_ambiguous(const struct listener *list, int n)
{
	int i;

	for (i = 1; i < n; i++) {
		if (list[i].pid == list[0].pid ||
		    endpoint_match(&list[0].at, &list[i].at.addr, list[i].at.port))
			continue;
		if (!same_program(list[i].pid, list[0].pid))
			return true;
	}
	return false;
}

static int refuse_several(const char *text, const struct listener *list, int n)
{
	char where[ENDPOINT_LEN], all[512] = "";
	size_t len = 0;
	int i;

	for (i = 0; i < n && len < sizeof(all); i++)
		len += snprintf(all + len, sizeof(all) - len, "%s%s at %s, pid %d",
				i ? "; " : "", list[i].program,
				endpoint_text(&list[i].at, where), list[i].pid);
	return fail(EXIT_USAGE, "several programs listen at %s (%s): name the address, too",
		    text, all);
}

/* mobctl tcp enable --listen ENDPOINT */
int tcp_enable(int argc, char **argv)
{
	struct listeners all = { .n = 0 };
	struct listener *list;
	int i, n, taken, status = 0;
	const char *where;

	taken = take_value(argc, argv, "--listen", &where);
	if (!taken)
		return fail(EXIT_USAGE, argc ? "\"%s\" is not --listen" :
			    "--listen ENDPOINT is missing", argc ? argv[0] : "");
	if (taken < 0)
		return fail(EXIT_USAGE, "--listen needs an endpoint, such as :22");
	if (argc > taken)
		return fail(EXIT_USAGE, "\"%s\" is one word too many", argv[taken]);
	if (!endpoint_parse(where, &all.want) || !all.want.port)
		return fail(EXIT_USAGE, "\"%s\" is no endpoint with a port, such as :22 or 192.0.2.1:22",
			    where);

	/* 0.0.0.0 and :: are asked for as themselves, not as anything. */
	if (proc_tcp_each(add_listener, &all)) {
		free(all.list);
		return fail(EXIT_KERNEL, "%s", strerror(ENOMEM));
	}
	list = all.list;
	n = all.n;
	if (n)
		qsort(list, n, sizeof(*list), by_address);
	proc_fd_each(match_listener, &all);
	if (!n)
		status = fail(EXIT_KERNEL, "nothing listens at %s%s in this network namespace%s",
			      all.want.has_addr ? "exactly " : "", where,
			      all.want.has_addr ? ": name the port alone, if a server takes what comes to any address" : "");
	for (i = 0; i < n && !status; i++)
		if (!list[i].pid)
			status = fail(EXIT_KERNEL, geteuid() ?
				      "who listens at %s is hidden from you: try as root" :
				      "nobody here holds the socket at %s: another container's, or the kernel's own",
				      where);
	if (!status && is_ambiguous(list, n))
		status = refuse_several(where, list, n);
	out_list(NULL);
	for (i = 0; i < n && !status; i++)
		status = enable_one(&list[i]);
	out_list_end();
	free(list);
	return status;
}
