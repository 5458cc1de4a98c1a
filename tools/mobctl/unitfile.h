/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of a systemd service say about its environment. */
#ifndef MOBCTL_UNITFILE_H
#define MOBCTL_UNITFILE_H

#include "tree.h"

#define UNIT_NAME_MAX	256
#define UNIT_LINE_MAX	16384	/* of a line with all of its continuations */
#define DROPIN_NAME	"50-tcp-mobility.conf"
#define ENV_FILES_MAX	16

/**
 * struct unit - a service, and what its files say
 * @tree: where they are
 * @name: with ".service"; not an alias
 * @file: the unit's file
 * @program: what it starts first, "" if unknown
 * @preload: LD_PRELOAD as files set it that systemd reads before our drop-in
 * @preload_from: the last of those, "" if none does
 * @later: LD_PRELOAD as files set it that are read behind our drop-in
 * @later_from: the last of those, "" if none does
 * @emptied_by: the file behind ours that forgets all of Environment=, or ""
 * @unset_by: the file that has UnsetEnvironment=LD_PRELOAD, or ""
 * @root_dir: RootDirectory= or RootImage=, or ""
 * @env_files: EnvironmentFile=, without "-"
 * @env_files_count: how many
 */
struct unit {
	struct tree	tree;
	char		name[UNIT_NAME_MAX];
	char		file[PATH_MAX];
	char		program[PATH_MAX];
	char		preload[UNIT_LINE_MAX];
	char		preload_from[PATH_MAX];
	char		later[UNIT_LINE_MAX];
	char		later_from[PATH_MAX];
	char		emptied_by[PATH_MAX];
	char		unset_by[PATH_MAX];
	char		root_dir[PATH_MAX];
	char		env_files[ENV_FILES_MAX][PATH_MAX];
	unsigned int	env_files_count;
};

int unit_find(struct unit *u);
void unit_leave_alias(struct unit *u);
int unit_read(struct unit *u);
bool env_file_preload(const struct tree *t, const char *file,
		      char value[UNIT_LINE_MAX]);

#endif /* MOBCTL_UNITFILE_H */
