// SPDX-License-Identifier: GPL-2.0
/*
 * mobctl enable UNIT: a drop-in for a systemd service that adds the preload
 * library to its environment.
 */
#define _GNU_SOURCE
#include "mobctl.h"
#include "print.h"
#include "../run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DROPIN_NAME	"50-tcp-mobility.conf"

/* Where systemd looks for units, the strongest first. */
static const char * const unit_dirs[] = {
	"/etc/systemd/system", "/run/systemd/system",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	"/lib/systemd/system",
};

/**
 * struct unit - a service and its drop-in
 * @root: of the file system; "" for /
 * @name: with ".service"
 * @file: the unit's file
 * @dir: directory of drop-ins in /etc
 * @dropin: ours
 * @program: what it starts, "" if unknown
 * @preload: LD_PRELOAD that the unit sets itself, "" if none
 */
struct unit {
	const char	*root;
	char		name[256];
	char		file[PATH_MAX];
	char		dir[PATH_MAX];
	char		dropin[PATH_MAX + 32];
	char		program[PATH_MAX];
	char		preload[PATH_MAX];
};

/* "sshd", "sshd.service"; other kinds of units have no program. */
static int name_unit(const char *text, struct unit *u)
{
	const char *dot = strrchr(text, '.');

	if (!*text || strlen(text) > 200 || strchr(text, '/') || *text == '.')
		return fail(EXIT_USAGE, "\"%s\" is no name of a unit", text);
	if (dot && !strcmp(dot, ".socket"))
		return fail(EXIT_USAGE, "%s: systemd itself listens for a socket unit: use \"mobctl tcp enable --listen ENDPOINT\" once it runs",
			    text);
	if (dot && (!strcmp(dot, ".target") || !strcmp(dot, ".timer") ||
		    !strcmp(dot, ".mount") || !strcmp(dot, ".path")))
		return fail(EXIT_USAGE, "%s is not a service", text);
	snprintf(u->name, sizeof(u->name), "%s%s", text,
		 dot && !strcmp(dot, ".service") ? "" : ".service");
	snprintf(u->dir, sizeof(u->dir), "%s/etc/systemd/system/%s.d", u->root, u->name);
	snprintf(u->dropin, sizeof(u->dropin), "%s/" DROPIN_NAME, u->dir);
	return 0;
}

/* The unit's file; of an instance (foo@bar) its template's. */
static int find_unit(struct unit *u)
{
	char template[256] = "";
	const char *at = strchr(u->name, '@');
	unsigned int i;

	if (at)
		snprintf(template, sizeof(template), "%.*s@.service",
			 (int)(at - u->name), u->name);
	for (i = 0; i < ARRAY_SIZE(unit_dirs); i++) {
		snprintf(u->file, sizeof(u->file), "%s%s/%s", u->root, unit_dirs[i], u->name);
		if (!access(u->file, F_OK))
			return 0;
		if (!*template)
			continue;
		snprintf(u->file, sizeof(u->file), "%s%s/%s", u->root, unit_dirs[i], template);
		if (!access(u->file, F_OK))
			return 0;
	}
	return fail(EXIT_KERNEL, "there is no unit %s", u->name);
}

/* The value of an assignment NAME=value inside an Environment= line. */
static void take_preload(const char *line, struct unit *u)
{
	const char *at = strstr(line, "LD_PRELOAD=");
	size_t len;

	if (!at)
		return;
	/* Quoted assignments may hold spaces. */
	len = strcspn(at, at > line && (at[-1] == '"' || at[-1] == '\'') ? "\"'" : " \t\"'");
	at += strlen("LD_PRELOAD=");
	len -= strlen("LD_PRELOAD=");
	snprintf(u->preload, sizeof(u->preload), "%.*s", (int)len, at);
}

/* The program and LD_PRELOAD of the unit's file, as far as one can see there. */
static void read_unit(struct unit *u)
{
	char line[2048];
	FILE *f = fopen(u->file, "re");

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, "ExecStart=", 10) && line[10]) {
			/* Prefixes of systemd: @ - : + ! */
			const char *word = line + 10 + strspn(line + 10, "@-:+!");

			snprintf(u->program, sizeof(u->program), "%s%.*s",
				 u->root, (int)strcspn(word, " \t"), word);
		} else if (!strncmp(line, "Environment=", 12)) {
			take_preload(line + 12, u);
		}
	}
	if (f)
		fclose(f);
}

static int write_dropin(const struct unit *u, const char *lib)
{
	char tmp[sizeof(u->dropin) + 4];
	int bad;
	FILE *f;

	if (mkdir(u->dir, 0755) && errno != EEXIST)
		return fail(EXIT_KERNEL, "%s: %s", u->dir, strerror(errno));
	snprintf(tmp, sizeof(tmp), "%s.new", u->dropin);
	f = fopen(tmp, "we");
	if (!f)
		return fail(EXIT_KERNEL, "%s: %s", tmp, strerror(errno));
	fprintf(f, "# Written by mobctl enable; mobctl disable takes it away.\n"
		"[Service]\n"
		"Environment=\"LD_PRELOAD=%s%s%s\"\n", lib,
		*u->preload ? ":" : "", u->preload);
	bad = fchmod(fileno(f), 0644);
	bad |= fclose(f);
	if (bad || rename(tmp, u->dropin)) {
		int err = errno;

		unlink(tmp);
		return fail(EXIT_KERNEL, "%s: %s", u->dropin, strerror(err));
	}
	return 0;
}

/* Does systemd run here, and is it about this file system? */
static void reload_systemd(const struct unit *u)
{
	int status = -1;
	pid_t pid;

	if (*u->root || access("/run/systemd/system", F_OK))
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
	out_record(NULL);
	out_str("unit", NULL, u->name);
	out_str("file", fmt, u->dropin);
	out_record_end();
	out_text("The service changes with: systemctl restart %s\n", u->name);
}

/* UNIT [ --root DIR ], in any order. */
static int parse_unit(int argc, char **argv, struct unit *u)
{
	const char *name = NULL;

	memset(u, 0, sizeof(*u));
	u->root = "";
	for (; argc; argc--, argv++) {
		if (!strcmp(argv[0], "--root")) {
			if (argc < 2)
				return fail(EXIT_USAGE, "--root needs a directory");
			u->root = argv[1];
			argc--;
			argv++;
		} else if (name) {
			return fail(EXIT_USAGE, "\"%s\" is one word too many", argv[0]);
		} else {
			name = argv[0];
		}
	}
	if (!name)
		return fail(EXIT_USAGE, "the name of a unit is missing");
	return name_unit(name, u);
}

static int do_enable(int argc, char **argv)
{
	char lib[PATH_MAX], why[PATH_MAX + 128];
	struct unit u;
	int err;

	err = parse_unit(argc, argv, &u);
	if (!err)
		err = find_unit(&u);
	if (err)
		return err;
	read_unit(&u);
	if (!preload_find(lib))
		return fail(EXIT_KERNEL, PRELOAD_LIB " not found (TCP_MOBILITY_LIB=FILE names it)");
	if (*u.program && !access(u.program, F_OK) &&
	    program_check(u.program, why, sizeof(why)))
		return fail(EXIT_KERNEL, "%s", why);
	if (preload_has(u.preload, lib))
		*u.preload = 0;
	err = write_dropin(&u, lib);
	if (err)
		return err;
	reload_systemd(&u);
	out_unit(&u, "wrote %s\n");
	return 0;
}

static int do_disable(int argc, char **argv)
{
	struct unit u;
	int err = parse_unit(argc, argv, &u);

	if (err)
		return err;
	if (unlink(u.dropin))
		return errno == ENOENT ?
		       fail(EXIT_KERNEL, "%s is not enabled (no %s)", u.name, u.dropin) :
		       fail(EXIT_KERNEL, "%s: %s", u.dropin, strerror(errno));
	/* Others may have files there. */
	rmdir(u.dir);
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
