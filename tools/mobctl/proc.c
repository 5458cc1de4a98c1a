// SPDX-License-Identifier: GPL-2.0
/*
 * TCP sockets in /proc/net/tcp and tcp6, and the descriptors of processes in
 * /proc/PID/fd: the inode's number is in both. Without root those of other users
 * stay hidden.
 */
#define _GNU_SOURCE
#include "proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* -- sockets ------------------------------------------------------------- */

/* Hexadecimal words in the byte order of the machine, and a port. */
static void read_end(const char *hex, bool v6, unsigned int port, struct endpoint *e)
{
	unsigned int i, words = v6 ? 4 : 1;
	uint32_t word[4] = { 0 };
	char part[9] = "";

	for (i = 0; i < words; i++) {
		memcpy(part, hex + 8 * i, 8);
		word[i] = strtoul(part, NULL, 16);
	}
	if (v6)
		memcpy(&e->addr, word, sizeof(e->addr));
	else
		address_from_v4(&e->addr, word);
	e->has_addr = true;
	e->port = port;
}

/* Nonzero: @each has seen enough. */
static int read_table(const char *file, bool v6, proc_tcp_fn each, void *arg)
{
	char line[512], local[33], remote[33];
	unsigned int local_port, remote_port;
	size_t len = v6 ? 32 : 8;
	FILE *f = fopen(file, "re");
	int err = 0;

	while (f && !err && fgets(line, sizeof(line), f)) {
		struct proc_tcp s = { .v6 = v6 };

		if (sscanf(line, " %*d: %32[0-9A-F]:%X %32[0-9A-F]:%X %X %*s %*s %*s %*d %*d %lu",
			   local, &local_port, remote, &remote_port, &s.state, &s.inode) != 6 ||
		    strlen(local) != len || strlen(remote) != len)
			continue;
		read_end(local, v6, local_port, &s.local);
		read_end(remote, v6, remote_port, &s.remote);
		err = each(&s, arg);
	}
	if (f)
		fclose(f);
	return err;
}

/* All TCP sockets of this network namespace, IPv4 first. What @each said last. */
int proc_tcp_each(proc_tcp_fn each, void *arg)
{
	int err = read_table("/proc/net/tcp", false, each, arg);

	return err ? err : read_table("/proc/net/tcp6", true, each, arg);
}

/* -- processes ----------------------------------------------------------- */

static int read_process(pid_t pid, proc_fd_fn each, void *arg)
{
	char path[300], link[64];
	unsigned long inode;
	struct dirent *e;
	ssize_t len;
	int err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && !err && (e = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, e->d_name);
		len = readlink(path, link, sizeof(link) - 1);
		if (len <= 0)
			continue;
		link[len] = 0;
		if (sscanf(link, "socket:[%lu]", &inode) == 1)
			err = each(pid, atoi(e->d_name), inode, arg);
	}
	if (dir)
		closedir(dir);
	return err;
}

/* All descriptors of sockets, of all processes that we may look into. */
void proc_fd_each(proc_fd_fn each, void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	int err = 0;

	while (proc && !err && (e = readdir(proc)))
		if (isdigit((unsigned char)e->d_name[0]))
			err = read_process(atoi(e->d_name), each, arg);
	if (proc)
		closedir(proc);
}

/* As it calls itself: to be printed as what others wrote. */
void proc_name(pid_t pid, char name[PROC_NAME_LEN])
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (!f || !fgets(name, PROC_NAME_LEN, f))
		snprintf(name, PROC_NAME_LEN, "?");
	name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
}

/* By inode, made once: there may be 100,000 to be looked up. */
static struct holder {
	unsigned long	inode;
	pid_t		pid;
} *holders;
static size_t holders_count, holders_room;

static int keep_holder(pid_t pid, int fd, unsigned long inode, void *arg)
{
	if (holders_count == holders_room) {
		size_t room = holders_room ? 2 * holders_room : 256;
		struct holder *more = realloc(holders, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		holders = more;
		holders_room = room;
	}
	holders[holders_count++] = (struct holder){ inode, pid };
	return 0;
}

static int by_inode(const void *a, const void *b)
{
	const struct holder *h = a, *i = b;

	if (h->inode != i->inode)
		return h->inode < i->inode ? -1 : 1;
	return h->pid - i->pid;
}

/* The first process that holds the socket; 0: none that we may see. */
pid_t proc_holder(unsigned long inode)
{
	static bool read;
	size_t low = 0, high, mid;

	if (!read) {
		read = true;
		proc_fd_each(keep_holder, NULL);
		qsort(holders, holders_count, sizeof(*holders), by_inode);
	}
	for (high = holders_count; low < high; ) {
		mid = low + (high - low) / 2;
		if (holders[mid].inode < inode)
			low = mid + 1;
		else
			high = mid;
	}
	return inode && low < holders_count && holders[low].inode == inode ?
	       holders[low].pid : 0;
}

/*
 * A descriptor of the same file as @fd of process @pid, or a negative errno. The
 * system calls by number: C libraries of the older kernels lack them.
 */
int proc_borrow_fd(pid_t pid, int fd)
{
	int pidfd, mine, err;

	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return -errno;
	mine = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	err = mine < 0 ? -errno : 0;
	close(pidfd);
	return err ? err : mine;
}
