/* SPDX-License-Identifier: GPL-2.0 */
/* What /proc says about TCP sockets, and about processes that hold them. */
#ifndef MOBCTL_PROC_H
#define MOBCTL_PROC_H

#include <sys/types.h>

#include "address.h"

#define PROC_NAME_LEN	32

/**
 * struct proc_tcp - a line of /proc/net/tcp or tcp6
 * @local: this end
 * @remote: the peer
 * @v6: from tcp6
 * @state: the kernel's number (TCP_LISTEN...)
 * @inode: the socket's number; 0 if no process holds it
 */
struct proc_tcp {
	struct endpoint	local, remote;
	bool		v6;
	unsigned int	state;
	unsigned long	inode;
};

/* A callback returns 0 to go on. */
typedef int (*proc_tcp_fn)(const struct proc_tcp *s, void *arg);
typedef int (*proc_fd_fn)(pid_t pid, int fd, unsigned long inode, void *arg);

int proc_tcp_each(proc_tcp_fn each, void *arg);
void proc_fd_each(proc_fd_fn each, void *arg);
void proc_name(pid_t pid, char name[PROC_NAME_LEN]);
pid_t proc_holder(unsigned long inode);
int proc_borrow_fd(pid_t pid, int fd);

#endif /* MOBCTL_PROC_H */
