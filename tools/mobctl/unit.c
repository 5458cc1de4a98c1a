// SPDX-License-Identifier: GPL-2.0
/*
 * mobctl enable UNIT: a drop-in for a systemd service that adds the preload
 * library to its environment. A service may run as root: the library is one
 * that nobody else can change.
 */
#define _GNU_SOURCE
#include "mobctl.h"
#include "print.h"
#include "text.h"
#include "unitfile.h"
#include "../run/run.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* -- what was asked for -------------------------------------------------- */

static bool is_unit_name(const char *text)
{
	if (!*text || *text == '.' || strlen(text) > 200)
		return false;
	/* As in systemd.unit(5) */
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(":-_.\\@", *text))
			return false;
	return true;
}

/* "sshd", "sshd.service"; other kinds of units have no program. */
static int name_unit(const char *text, struct unit *u)
{
	static const char * const others[] = {
		".target", ".timer", ".mount", ".path", ".slice", ".scope",
		".swap", ".device", ".automount",
	};
	const char *dot = strrchr(text, '.');
	unsigned int i;

	if (!is_unit_name(text))
		return fail(EXIT_USAGE, "\"%s\" is no name of a unit", text);
	if (dot && !strcmp(dot, ".socket"))
		return fail(EXIT_USAGE, "%s: systemd itself listens for a socket unit: use \"mobctl tcp enable --listen ENDPOINT\" once it runs",
			    text);
	for (i = 0; dot && i < ARRAY_SIZE(others); i++)
		if (!strcmp(dot, others[i]))
			return fail(EXIT_USAGE, "%s is not a service", text);
	snprintf(u->name, sizeof(u->name), "%s%s", text,
		 dot && !strcmp(dot, ".service") ? "" : ".service");
	return 0;
}

/* UNIT [ --root DIR ], in any order. */
static int parse_unit(int argc, char **argv, struct unit *u)
{
	const char *name = NULL, *root = "";
	int taken, err;

	memset(u, 0, sizeof(*u));
	for (; argc; argc -= taken, argv += taken) {
		taken = take_value(argc, argv, "--root", &root);
		if (taken < 0)
			return fail(EXIT_USAGE, "--root needs a directory");
		if (taken)
			continue;
		if (name)
			return fail(EXIT_USAGE, "\"%s\" is one word too many", argv[0]);
		name = argv[0];
		taken = 1;
	}
	if (!name)
		return fail(EXIT_USAGE, "the name of a unit is missing");
	err = name_unit(name, u);
	return err ? err : tree_open(&u->tree, root);
}

/* -- the library --------------------------------------------------------- */

/*
 * As the service will see it: in another tree it is the one that is installed
 * there. 0 or an exit status.
 */
static int find_library(const struct tree *t, char lib[PATH_MAX])
{
	static const char * const places[] = {
		LIBDIR "/" PRELOAD_LIB, "/usr/lib/" PRELOAD_LIB,
		"/usr/local/lib/" PRELOAD_LIB,
	};
	const char *env = getenv("TCP_MOBILITY_LIB");
	unsigned int i;

	if (env && *env && *env != '/')
		return fail(EXIT_KERNEL, "TCP_MOBILITY_LIB=%s is not absolute: a service starts in another directory",
			    env);
	if (env && *env)
		return tree_resolve(t, env, lib) ? 0 :
		       fail(EXIT_KERNEL, "%s%s, which TCP_MOBILITY_LIB names: %s",
			    t->name, env, strerror(errno));
	if (!*t->name)
		return preload_find(lib) ? 0 :
		       fail(EXIT_KERNEL, PRELOAD_LIB " not found (TCP_MOBILITY_LIB=FILE names it)");
	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (tree_resolve(t, places[i], lib))
			return 0;
	return fail(EXIT_KERNEL, "%s has no %s: install mobctl there (or TCP_MOBILITY_LIB=FILE names it, as seen from there)",
		    t->name, places[0]);
}

/* Can @lib stand in a list of the loader, and in a file of systemd's? */
static int check_letters(const char *lib)
{
	const char *c;

	for (c = lib; *c; c++) {
		if (isgraph((unsigned char)*c) && !strchr(":%\"'\\$", *c))
			continue;
		if (*(const unsigned char *)c > 0x7f)
			continue;
		return fail(EXIT_KERNEL, "%s has a letter in its name that LD_PRELOAD or systemd takes for more (a blank, or one of : %% \" ' \\ $): put the library elsewhere",
			    lib);
	}
	return 0;
}

/* Can anybody but root, or who calls us, change what stands at @path? */
static int check_owner(const struct tree *t, const char *path, bool last)
{
	int fd = tree_file(t, path, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		int err = errno;

		if (fd >= 0)
			close(fd);
		return fail(EXIT_KERNEL, "%s%s: %s", t->name, path, strerror(err));
	}
	close(fd);
	if (last && !S_ISREG(st.st_mode))
		return fail(EXIT_KERNEL, "%s%s is not a file", t->name, path);
	if (st.st_uid && st.st_uid != geteuid())
		return fail(EXIT_KERNEL, "%s%s belongs to user %u, who could change what the service loads: chown root it, or install the library elsewhere",
			    t->name, path, st.st_uid);
	/* In a directory like /tmp others cannot replace what is not theirs. */
	if (!last && st.st_mode & S_ISVTX)
		return 0;
	if (st.st_mode & (S_IWOTH | S_IWGRP))
		return fail(EXIT_KERNEL, "%s%s is writable for others, who could change what the service loads: chmod go-w it, or install the library elsewhere",
			    t->name, path);
	return 0;
}

/* The library and each directory on the way to it. */
static int check_library(const struct tree *t, const char *lib)
{
	char path[PATH_MAX];
	size_t len;
	int err;

	err = check_letters(lib);
	for (len = 1; !err && lib[len - 1]; len++) {
		if (lib[len] && lib[len] != '/' && len != 1)
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)len, lib);
		err = check_owner(t, path, !lib[len]);
	}
	return err;
}

/* -- what is in its way -------------------------------------------------- */

static bool has_wildcard(const char *path)
{
	return strpbrk(path, "*?[%");
}

/* EnvironmentFile= beats each drop-in. */
static int check_env_files(const struct unit *u, const char *lib)
{
	char value[UNIT_LINE_MAX];
	unsigned int i;

	for (i = 0; i < u->env_files_count; i++) {
		const char *file = u->env_files[i];

		if (has_wildcard(file))
			warn("%s: if one of EnvironmentFile=%s sets LD_PRELOAD, that beats our drop-in",
			     u->name, file);
		else if (env_file_preload(&u->tree, file, value) &&
			 !preload_has(value, lib))
			return fail(EXIT_KERNEL, "%s%s, an EnvironmentFile of %s, sets LD_PRELOAD, which beats a drop-in: add %s to it there",
				    u->tree.name, file, u->name, lib);
	}
	return 0;
}

/* Would systemd listen to our drop-in? */
static int check_files(const struct unit *u, const char *lib)
{
	const char *root = u->tree.name;

	if (*u->unset_by)
		return fail(EXIT_KERNEL, "%s%s takes LD_PRELOAD away (UnsetEnvironment): remove that first",
			    root, u->unset_by);
	if (*u->later_from && !preload_has(u->later, lib))
		return fail(EXIT_KERNEL, "%s%s sets LD_PRELOAD, and is read behind our " DROPIN_NAME ": add %s to it there",
			    root, u->later_from, lib);
	if (*u->emptied_by && !*u->later_from)
		return fail(EXIT_KERNEL, "%s%s empties Environment=, and is read behind our " DROPIN_NAME ": add Environment=LD_PRELOAD=%s there",
			    root, u->emptied_by, lib);
	return check_env_files(u, lib);
}

static int check_program(const struct unit *u)
{
	char why[PATH_MAX + 128];

	if (*u->program != '/' || !tree_has(&u->tree, u->program))
		return 0;
	return program_check(*u->tree.name ? &u->tree : NULL, u->program, why,
			     sizeof(why)) ? fail(EXIT_KERNEL, "%s", why) : 0;
}

/* Things that a drop-in cannot help. */
static void warn_user(const struct unit *u, const char *lib)
{
	char socket[UNIT_NAME_MAX], wanted[PATH_MAX];

	snprintf(socket, sizeof(socket), "%.*s.socket",
		 (int)(strrchr(u->name, '.') - u->name), u->name);
	snprintf(wanted, sizeof(wanted), "/etc/systemd/system/sockets.target.wants/%s", socket);
	if (tree_has(&u->tree, wanted))
		warn("systemd itself listens for %s (%s): the server's connections become mobile with \"mobctl tcp enable --listen ENDPOINT\" alone",
		     u->name, socket);
	if (*u->root_dir)
		warn("%s runs in %s: %s has to be there, too", u->name, u->root_dir, lib);
}

/* -- the drop-in --------------------------------------------------------- */

/* @value inside of quotes. */
static void put_quoted(FILE *f, const char *value)
{
	for (; *value; value++) {
		if (iscntrl((unsigned char)*value))
			fprintf(f, "\\x%02x", (unsigned char)*value);
		else
			fprintf(f, strchr("\"\\", *value) ? "\\%c" : "%c", *value);
	}
}

/* What comes into it, to be freed; NULL without memory. */
static char *compose(const struct unit *u, const char *lib)
{
	bool keep = *u->preload && !preload_has(u->preload, lib);
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fputs("# Written by mobctl enable; mobctl disable takes it away.\n", f);
	if (keep) {
		/* The name of a file may have a line feed. */
		fputs("# What stands behind the first colon is from ", f);
		text_put(f, u->preload_from);
		fputs(".\n", f);
	}
	fputs("[Service]\nEnvironment=\"LD_PRELOAD=", f);
	put_quoted(f, lib);
	if (keep) {
		putc(':', f);
		put_quoted(f, u->preload);
	}
	fputs("\"\n", f);
	return fclose(f) ? NULL : text;
}

static void dropin_dir(const struct unit *u, char dir[PATH_MAX])
{
	snprintf(dir, PATH_MAX, "/etc/systemd/system/%s.d", u->name);
}

/* Of a link where none may be, "Not a directory" alone says too little. */
static int fail_dir(const struct unit *u, const char *dir)
{
	return fail(EXIT_KERNEL, errno == ENOTDIR || errno == ELOOP ?
		    "%s%s: %s; links are not followed there" : "%s%s: %s",
		    u->tree.name, dir, strerror(errno));
}

static int write_dropin(const struct unit *u, const char *lib)
{
	char *text = compose(u, lib), dir[PATH_MAX];
	int fd, err = 0;

	if (!text)
		return fail(EXIT_KERNEL, "%s", strerror(ENOMEM));
	dropin_dir(u, dir);
	fd = tree_make_dir(&u->tree, dir);
	if (fd < 0)
		err = fail_dir(u, dir);
	else if (tree_write(fd, DROPIN_NAME, text))
		err = fail(EXIT_KERNEL, "%s%s/" DROPIN_NAME ": %s", u->tree.name,
			   dir, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(text);
	return err;
}

static int remove_dropin(const struct unit *u)
{
	char dir[PATH_MAX], parent[] = "/etc/systemd/system";
	int fd, up, err = 0;

	dropin_dir(u, dir);
	fd = tree_file(&u->tree, dir, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0 || unlinkat(fd, DROPIN_NAME, 0))
		err = errno == ENOENT ?
		      fail(EXIT_KERNEL, "%s is not enabled (no %s%s/" DROPIN_NAME ")",
			   u->name, u->tree.name, dir) : fail_dir(u, dir);
	if (fd >= 0)
		close(fd);
	if (err)
		return err;
	/* Others may have files there. */
	up = tree_file(&u->tree, parent, O_PATH | O_DIRECTORY);
	if (up >= 0) {
		unlinkat(up, dir + sizeof(parent), AT_REMOVEDIR);
		close(up);
	}
	return 0;
}

/* Does systemd run here, and is it about this file system? */
static void reload_systemd(const struct unit *u)
{
	int status = -1;
	pid_t pid;

	if (*u->tree.name || access("/run/systemd/system", F_OK))
		return;
	pid = fork();
	if (!pid) {
		execlp("systemctl", "systemctl", "daemon-reload", NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		warn("systemctl daemon-reload failed");
}

static void out_unit(const struct unit *u, const char *fmt)
{
	char dir[PATH_MAX], file[2 * PATH_MAX + 32];

	dropin_dir(u, dir);
	snprintf(file, sizeof(file), "%s%s/" DROPIN_NAME, u->tree.name, dir);
	out_record(NULL);
	out_str("unit", NULL, u->name);
	out_str("file", fmt, file);
	out_record_end();
	out_str(NULL, "The service changes with: systemctl restart %s\n", u->name);
}

/* -- commands ------------------------------------------------------------ */

static int do_enable(int argc, char **argv)
{
	static struct unit u;
	char lib[PATH_MAX];
	int err;

	err = parse_unit(argc, argv, &u);
	if (!err)
		err = unit_find(&u);
	if (!err)
		err = unit_read(&u);
	if (!err)
		err = find_library(&u.tree, lib);
	if (!err)
		err = check_library(&u.tree, lib);
	if (!err)
		err = check_program(&u);
	if (!err)
		err = check_files(&u, lib);
	if (!err)
		err = write_dropin(&u, lib);
	if (err)
		return err;
	reload_systemd(&u);
	out_unit(&u, "wrote %s\n");
	warn_user(&u, lib);
	return 0;
}

static int do_disable(int argc, char **argv)
{
	static struct unit u;
	int err = parse_unit(argc, argv, &u);

	if (err)
		return err;
	/* Of a service that is gone the drop-in may be left. */
	unit_leave_alias(&u);
	err = remove_dropin(&u);
	if (err)
		return err;
	reload_systemd(&u);
	out_unit(&u, "removed %s\n");
	return 0;
}

const struct command enable_commands[] = {
	{ "", "UNIT [ --root DIR ]", "write a drop-in that makes a systemd service mobile",
	  do_enable },
	{ NULL }
};

const struct command disable_commands[] = {
	{ "", "UNIT [ --root DIR ]", "remove that drop-in", do_disable },
	{ NULL }
};
