/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the preload library can do for a program.
 */
#ifndef MOBCTL_RUN_H
#define MOBCTL_RUN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef LIBDIR
#define LIBDIR "/usr/local/lib"
#endif

#define PRELOAD_LIB	"libtcpmob-preload.so"

bool preload_find(char path[PATH_MAX]);
bool preload_has(const char *list, const char *lib);
bool modprobe_knows(const char *name);
int program_find(const char *name, char path[PATH_MAX], char *why, size_t size);
struct tree;
int program_check(const struct tree *t, const char *path, char *why, size_t size);

#endif /* MOBCTL_RUN_H */
