// SPDX-License-Identifier: GPL-2.0
/* Files below a root, out of which no link leads. */
#define _GNU_SOURCE
#include "tree.h"
#include "mobctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/openat2.h>

#define FILE_MAX	(1024 * 1024)	/* of what is read whole */

/* 0 or an exit status, after saying why. @root "" or "/": this file system. */
int tree_open(struct tree *t, const char *root)
{
	size_t len = strlen(root);

	while (len && root[len - 1] == '/')
		len--;
	if (len >= sizeof(t->name))
		return fail(EXIT_KERNEL, "%s: %s", root, strerror(ENAMETOOLONG));
	memcpy(t->name, root, len);
	t->name[len] = 0;
	t->fd = open(len ? t->name : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (t->fd < 0)
		return fail(EXIT_KERNEL, "%s: %s", root, strerror(errno));
	return 0;
}

/*
 * open() of @path as a process would whose root is @t. A FIFO does not make us
 * wait, and a terminal does not become ours. -1 and errno.
 */
int tree_file(const struct tree *t, const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	if (!(flags & O_PATH))
		how.flags |= O_NONBLOCK | O_NOCTTY;
	return syscall(SYS_openat2, t->fd, path, &how, sizeof(how));
}

bool tree_has(const struct tree *t, const char *path)
{
	int fd = tree_file(t, path, O_PATH);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* A name for what @fd is, for calls that want one. */
void tree_handle(int fd, char handle[TREE_HANDLE_LEN])
{
	snprintf(handle, TREE_HANDLE_LEN, "/proc/self/fd/%d", fd);
}

/* A regular file as a string, to be freed; NULL and errno. */
char *tree_read(const struct tree *t, const char *path)
{
	int fd = tree_file(t, path, O_RDONLY), err;
	size_t have = 0;
	struct stat st;
	char *text = NULL;
	ssize_t got = -1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st))
		goto out;
	errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	if (!S_ISREG(st.st_mode))
		goto out;
	errno = EFBIG;
	if (st.st_size > FILE_MAX)
		goto out;
	text = malloc(FILE_MAX + 1);
	if (!text)
		goto out;
	while (have < FILE_MAX && (got = read(fd, text + have, FILE_MAX - have)) > 0)
		have += got;
	text[have] = 0;
out:
	err = errno;
	close(fd);
	if (got < 0) {
		free(text);
		errno = err;
		return NULL;
	}
	return text;
}

/* @path without links and dots, as seen from inside of @t. */
bool tree_resolve(const struct tree *t, const char *path, char real[PATH_MAX])
{
	char handle[TREE_HANDLE_LEN], root[PATH_MAX], file[PATH_MAX];
	int fd = tree_file(t, path, O_PATH);
	ssize_t len, root_len;

	if (fd < 0)
		return false;
	tree_handle(fd, handle);
	len = readlink(handle, file, sizeof(file) - 1);
	close(fd);
	tree_handle(t->fd, handle);
	root_len = readlink(handle, root, sizeof(root) - 1);
	if (len <= 0 || root_len <= 0)
		return false;
	/* That of / ends with the slash that begins the rest. */
	if (root_len == 1)
		root_len = 0;
	if (len < root_len || memcmp(file, root, root_len))
		return false;
	file[len] = 0;
	snprintf(real, PATH_MAX, "%s", file + root_len);
	return *real == '/';
}

/*
 * The directory @path, made where it is missing. Its last part may not be a
 * link: who puts files there wants them there. -1 and errno.
 */
int tree_make_dir(const struct tree *t, const char *path)
{
	int parent = fcntl(t->fd, F_DUPFD_CLOEXEC, 0), fd, err;
	size_t at = strspn(path, "/"), end;
	char part[PATH_MAX];

	while (parent >= 0) {
		int flags = O_PATH | O_DIRECTORY;

		end = at + strcspn(path + at, "/");
		if (!path[end])
			flags |= O_NOFOLLOW;
		snprintf(part, sizeof(part), "%.*s", (int)end, path);
		fd = tree_file(t, part, flags);
		if (fd < 0 && errno == ENOENT && !mkdirat(parent, part + at, 0755))
			fd = tree_file(t, part, flags);
		err = errno;
		close(parent);
		errno = err;
		if (fd < 0 || !path[end])
			return fd;
		parent = fd;
		at = end + 1;
	}
	return -1;
}

static bool write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t wrote = write(fd, text, left);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return false;
		text += wrote;
		left -= wrote;
	}
	/* Others shall read what we wrote, whatever our umask. */
	return !fchmod(fd, 0644) && !fsync(fd);
}

/*
 * The file @name of directory @dir becomes @text, at once or not at all; what
 * stands at the name, a link, say, is replaced and not followed. -1 and errno.
 */
int tree_write(int dir, const char *name, const char *text)
{
	char tmp[NAME_MAX + 1];
	unsigned int tries, number;
	int fd = -1, err;
	bool good;

	for (tries = 0; fd < 0 && tries < 8; tries++) {
		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return -1;
		/* Not ".conf" at its end: systemd shall not read it. */
		snprintf(tmp, sizeof(tmp), ".%s.%08x", name, number);
		fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	if (fd < 0)
		return -1;
	good = write_all(fd, text);
	err = errno;
	if (close(fd) && good) {
		err = errno;
		good = false;
	}
	if (good && !renameat(dir, tmp, dir, name))
		return 0;
	if (good)
		err = errno;
	unlinkat(dir, tmp, 0);
	errno = err;
	return -1;
}
