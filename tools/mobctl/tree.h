/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of a tree that is this file system, or another's below a directory.
 * Whoever owns such a tree may have put links into it: none leads out.
 */
#ifndef MOBCTL_TREE_H
#define MOBCTL_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Room for a name below /proc/self/fd */
#define TREE_HANDLE_LEN	32

/**
 * struct tree - the root of a file system
 * @fd: it
 * @name: as the user has it, without slashes at its end; "" for /
 */
struct tree {
	int		fd;
	char		name[PATH_MAX];
};

int tree_open(struct tree *t, const char *root);
int tree_file(const struct tree *t, const char *path, int flags);
bool tree_has(const struct tree *t, const char *path);
char *tree_read(const struct tree *t, const char *path);
bool tree_resolve(const struct tree *t, const char *path, char real[PATH_MAX]);
int tree_make_dir(const struct tree *t, const char *path);
int tree_write(int dir, const char *name, const char *text);
void tree_handle(int fd, char handle[TREE_HANDLE_LEN]);

#endif /* MOBCTL_TREE_H */
