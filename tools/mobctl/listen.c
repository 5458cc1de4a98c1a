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

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/tcp_mobility.h>

#define LISTENERS_MAX	256	/* that match one --listen */

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
	char		program[32];
};

/* -- what listens -------------------------------------------------------- */

/* Hexadecimal words in the byte order of the machine, as /proc/net/tcp has them. */
static void proc_address(const char *hex, bool v6, struct in6_addr *addr)
{
	unsigned int i, words = v6 ? 4 : 1;
	uint32_t word[4] = { 0 };
	char part[9] = "";

	for (i = 0; i < words; i++) {
		memcpy(part, hex + 8 * i, 8);
		word[i] = strtoul(part, NULL, 16);
	}
	if (v6) {
		memcpy(addr, word, sizeof(*addr));
		return;
	}
	address_from_v4(addr, word);
}

/* Listeners of one of the two files that match @want, added to @list. */
static int read_listeners(const char *file, bool v6, const struct endpoint *want,
			  struct listener *list, int n)
{
	char line[512], hex[33];
	unsigned long inode;
	unsigned int port, state;
	struct in6_addr addr;
	FILE *f = fopen(file, "re");

	if (!f)
		return n;
	while (n < LISTENERS_MAX && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %*d: %32[0-9A-F]:%X %*[0-9A-F]:%*X %X %*s %*s %*s %*d %*d %lu",
			   hex, &port, &state, &inode) != 4 || state != TCP_LISTEN ||
		    strlen(hex) != (v6 ? 32 : 8))
			continue;
		proc_address(hex, v6, &addr);
		if (!endpoint_match(want, &addr, port))
			continue;
		memset(&list[n], 0, sizeof(list[n]));
		list[n].at.addr = addr;
		list[n].at.port = port;
		list[n].at.has_addr = true;
		list[n].v6 = v6;
		list[n].inode = inode;
		n++;
	}
	fclose(f);
	return n;
}

/* In the order of addresses, IPv4 first; the kernel's is that of a hash. */
static int by_address(const void *a, const void *b)
{
	const struct listener *l = a, *m = b;

	return l->v6 != m->v6 ? l->v6 - m->v6 :
	       memcmp(&l->at.addr, &m->at.addr, sizeof(l->at.addr));
}

/* -- who holds it -------------------------------------------------------- */

static void read_program(pid_t pid, char *name, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (!f || !fgets(name, size, f))
		snprintf(name, size, "?");
	name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
}

/* Fill in the listeners that process @pid holds. */
static void match_process(pid_t pid, struct listener *list, int n)
{
	char path[300], link[64];
	unsigned long inode;
	struct dirent *e;
	ssize_t len;
	DIR *dir;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((e = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, e->d_name);
		len = readlink(path, link, sizeof(link) - 1);
		if (len <= 0)
			continue;
		link[len] = 0;
		if (sscanf(link, "socket:[%lu]", &inode) != 1)
			continue;
		for (i = 0; i < n; i++) {
			if (list[i].inode != inode || list[i].pid)
				continue;
			list[i].pid = pid;
			list[i].fd = atoi(e->d_name);
			read_program(pid, list[i].program,
				     sizeof(list[i].program));
		}
	}
	closedir(dir);
}

static void find_processes(struct listener *list, int n)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;

	if (!proc)
		return;
	while ((e = readdir(proc)))
		if (isdigit((unsigned char)e->d_name[0]))
			match_process(atoi(e->d_name), list, n);
	closedir(proc);
}

/* -- turning it on ------------------------------------------------------- */

/* The system calls by number: C libraries of the older kernels lack them. */
static int borrow_fd(const struct listener *l)
{
	int pidfd, fd, err;

	pidfd = syscall(SYS_pidfd_open, l->pid, 0);
	if (pidfd < 0)
		return -errno;
	fd = syscall(SYS_pidfd_getfd, pidfd, l->fd, 0);
	err = fd < 0 ? -errno : 0;
	close(pidfd);
	return fd < 0 ? err : fd;
}

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
	fd = borrow_fd(l);
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
	struct listener *list;
	struct endpoint want;
	int i, n, status = 0;

	if (argc && !strcmp(argv[0], "--listen")) {
		argc--;
		argv++;
	} else {
		return fail(EXIT_USAGE, argc ? "\"%s\" is not --listen" :
			    "--listen ENDPOINT is missing", argc ? argv[0] : "");
	}
	if (!argc)
		return fail(EXIT_USAGE, "--listen needs an endpoint, such as :22");
	if (argc > 1)
		return fail(EXIT_USAGE, "\"%s\" is one word too many", argv[1]);
	if (!endpoint_parse(argv[0], &want) || !want.port)
		return fail(EXIT_USAGE, "\"%s\" is no endpoint with a port, such as :22 or 192.0.2.1:22",
			    argv[0]);

	list = calloc(LISTENERS_MAX, sizeof(*list));
	if (!list)
		return fail(EXIT_KERNEL, "%s", strerror(ENOMEM));
	/* 0.0.0.0 and :: are asked for as themselves, not as anything. */
	n = read_listeners("/proc/net/tcp", false, &want, list, 0);
	n = read_listeners("/proc/net/tcp6", true, &want, list, n);
	qsort(list, n, sizeof(*list), by_address);
	find_processes(list, n);
	if (!n)
		status = fail(EXIT_KERNEL, "nothing listens at %s in this network namespace",
			      argv[0]);
	for (i = 0; i < n && !status; i++)
		if (!list[i].pid)
			status = fail(EXIT_KERNEL, geteuid() ?
				      "who listens at %s is hidden from you: try as root" :
				      "nobody here holds the socket at %s: another container's, or the kernel's own",
				      argv[0]);
	if (!status && is_ambiguous(list, n))
		status = refuse_several(argv[0], list, n);
	out_list(NULL);
	for (i = 0; i < n && !status; i++)
		status = enable_one(&list[i]);
	out_list_end();
	free(list);
	return status;
}
