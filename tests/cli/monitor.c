// SPDX-License-Identifier: GPL-2.0
/*
 * Beside libnl, for mobctl monitor where no module is loaded: tcp_mobility is a name
 * of the family nlctrl, which every kernel has, until it has been asked for $FAMILY_ASKED
 * times. Of what the monitor reads, once it listens, the first $LOST messages are lost.
 * /sys/module tells that the module is there, or with $MODULE_GONE that it is not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/netlink.h>

#define NLCTRL			0x10
#define NLE_OBJ_NOTFOUND	12

struct nl_sock;

static int listener = -1;

static long number(const char *name)
{
	const char *text = getenv(name);

	return text ? atol(text) : 0;
}

int genl_ctrl_resolve(struct nl_sock *sk, const char *name)
{
	static long asked;

	return asked++ < number("FAMILY_ASKED") ? NLCTRL : -NLE_OBJ_NOTFOUND;
}

int genl_ctrl_resolve_grp(struct nl_sock *sk, const char *family, const char *group)
{
	int (*real)(struct nl_sock *, const char *, const char *) =
		dlsym(RTLD_NEXT, "genl_ctrl_resolve_grp");

	return real(sk, "nlctrl", "notify");
}

int access(const char *path, int mode)
{
	int (*real)(const char *, int) = dlsym(RTLD_NEXT, "access");

	if (strcmp(path, "/sys/module/tcp_mobility"))
		return real(path, mode);
	if (!number("MODULE_GONE"))
		return 0;
	errno = ENOENT;
	return -1;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int (*real)(int, int, int, const void *, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");

	if (level == SOL_NETLINK && name == NETLINK_ADD_MEMBERSHIP)
		listener = fd;
	return real(fd, level, name, value, len);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t (*real)(int, struct msghdr *, int) = dlsym(RTLD_NEXT, "recvmsg");
	static long lost;

	if (fd != listener || lost >= number("LOST"))
		return real(fd, msg, flags);
	lost++;
	errno = ENOBUFS;
	return -1;
}
