// SPDX-License-Identifier: GPL-2.0
/*
 * What the files of a systemd service say about its environment, in the order in
 * which systemd reads them: the unit, then drop-ins of all directories by the
 * order of their names, see systemd.unit(5); EnvironmentFile= beats them all,
 * see systemd.exec(5).
 */
#define _GNU_SOURCE
#include "unitfile.h"
#include "mobctl.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DROPINS_MAX	256

/* Where systemd looks for units, the strongest first. */
static const char * const unit_dirs[] = {
	"/etc/systemd/system.control", "/run/systemd/system.control",
	"/run/systemd/transient", "/run/systemd/generator.early",
	"/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	"/lib/systemd/system", "/run/systemd/generator.late",
};

/* -- the syntax ---------------------------------------------------------- */

/* One escape behind a backslash at @at, into @c; returns what stands behind. */
static const char *unescape(const char *at, char *c)
{
	static const char from[] = "abfnrtvs", to[] = "\a\b\f\n\r\t\v ";
	const char *known = *at ? strchr(from, *at) : NULL;
	unsigned int value;

	if (*at == 'x' && sscanf(at + 1, "%2x", &value) == 1 && isxdigit((unsigned char)at[2])) {
		*c = value;
		return at + 3;
	}
	*c = known ? to[known - from] : *at;
	return *at ? at + 1 : at;
}

/* The next word at @at without its quotes, cut to @size. False: there is none. */
static bool next_word(const char **at, char *word, size_t size)
{
	const char *s = *at + strspn(*at, " \t\n");
	char quote = 0, c;
	size_t len = 0;

	if (!*s)
		return false;
	for (; *s && (quote || !isspace((unsigned char)*s)); ) {
		c = *s++;
		if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? 0 : c;
			continue;
		}
		if (c == '\\')
			s = unescape(s, &c);
		if (len + 1 < size)
			word[len++] = c;
	}
	word[len] = 0;
	*at = s;
	return true;
}

/* The value of NAME=VALUE if @word assigns that name. */
static const char *assigned(const char *word, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(word, name, len) && word[len] == '=' ? word + len + 1 : NULL;
}

/*
 * The next line of @text with what continues it behind a backslash, without
 * blanks at both ends. Comments are passed over, inside of a continued line,
 * too. False: there is none.
 */
static bool next_line(const char **text, char line[UNIT_LINE_MAX])
{
	size_t len = 0, add;
	bool more = false, any = false;
	const char *s = *text;

	while (*s) {
		size_t end = strcspn(s, "\n");
		const char *from = s + strspn(s, " \t\r");

		s += end + (s[end] != 0);
		if (*from == '#' || *from == ';')
			continue;
		add = s - from;
		while (add && isspace((unsigned char)from[add - 1]))
			add--;
		more = add && from[add - 1] == '\\';
		if (more)
			add--;
		if (len + add + 2 < UNIT_LINE_MAX) {
			memcpy(line + len, from, add);
			len += add;
			if (more)
				line[len++] = ' ';
		}
		any = true;
		if (!more)
			break;
	}
	line[len] = 0;
	*text = s;
	return any;
}

/* -- one file ------------------------------------------------------------ */

/**
 * struct reader - a file that is read
 * @u: for what it says
 * @path: the file
 * @behind: systemd reads it behind our drop-in
 */
struct reader {
	struct unit	*u;
	const char	*path;
	bool		behind;
};

static void set_path(char to[PATH_MAX], const char *from)
{
	snprintf(to, PATH_MAX, "%s", from);
}

static void on_environment(const struct reader *r, const char *value)
{
	struct unit *u = r->u;
	char word[UNIT_LINE_MAX];
	const char *list;

	/* Nothing at all takes back what was said so far, by us, too. */
	if (!*value) {
		*u->preload = *u->preload_from = *u->later = *u->later_from = 0;
		set_path(u->emptied_by, r->behind ? r->path : "");
		return;
	}
	while (next_word(&value, word, sizeof(word))) {
		list = assigned(word, "LD_PRELOAD");
		if (!list)
			continue;
		snprintf(r->behind ? u->later : u->preload, UNIT_LINE_MAX, "%s", list);
		set_path(r->behind ? u->later_from : u->preload_from, r->path);
	}
}

static void on_env_file(struct unit *u, const char *value)
{
	char word[PATH_MAX];

	if (!*value)
		u->env_files_count = 0;
	else if (next_word(&value, word, sizeof(word)) &&
		 u->env_files_count < ENV_FILES_MAX)
		set_path(u->env_files[u->env_files_count++],
			 word + (*word == '-'));
}

static void on_unset(const struct reader *r, const char *value)
{
	char word[PATH_MAX];

	if (!*value)
		*r->u->unset_by = 0;
	while (next_word(&value, word, sizeof(word)))
		if (!strcmp(word, "LD_PRELOAD") || assigned(word, "LD_PRELOAD"))
			set_path(r->u->unset_by, r->path);
}

static void on_start(struct unit *u, const char *value)
{
	char word[PATH_MAX];

	if (!*value)
		*u->program = 0;
	else if (!*u->program && next_word(&value, word, sizeof(word)))
		/* Prefixes of systemd; a specifier only it can resolve. */
		set_path(u->program, strchr(word, '%') ? "" :
			 word + strspn(word, "@-:+!|"));
}

/* One assignment of section [Service]. */
static void on_setting(const struct reader *r, const char *line)
{
	char key[64];
	size_t len = strcspn(line, "="), key_len = len;
	const char *value = line + len;

	while (key_len && isblank((unsigned char)line[key_len - 1]))
		key_len--;
	if (!*value || key_len >= sizeof(key))
		return;
	snprintf(key, sizeof(key), "%.*s", (int)key_len, line);
	value++;
	value += strspn(value, " \t");
	if (!strcmp(key, "Environment"))
		on_environment(r, value);
	else if (!strcmp(key, "EnvironmentFile"))
		on_env_file(r->u, value);
	else if (!strcmp(key, "UnsetEnvironment"))
		on_unset(r, value);
	else if (!strcmp(key, "ExecStart"))
		on_start(r->u, value);
	else if (!strcmp(key, "RootDirectory") || !strcmp(key, "RootImage"))
		set_path(r->u->root_dir, value);
}

/* 0, or an exit status after saying why. A masked file (/dev/null) is empty. */
static int read_file(struct unit *u, const char *path, bool behind)
{
	const struct reader r = { u, path, behind };
	char *text = tree_read(&u->tree, path), line[UNIT_LINE_MAX];
	const char *at = text;
	bool inside = false;

	if (!text)
		return errno == EINVAL || errno == ENOENT ? 0 :
		       fail(EXIT_KERNEL, "%s%s: %s", u->tree.name, path, strerror(errno));
	while (next_line(&at, line)) {
		if (*line == '[')
			inside = !strcmp(line, "[Service]");
		else if (inside)
			on_setting(&r, line);
	}
	free(text);
	return 0;
}

/*
 * LD_PRELOAD of an EnvironmentFile=: its last assignment. False: there is none,
 * or no such file.
 */
bool env_file_preload(const struct tree *t, const char *file,
		      char value[UNIT_LINE_MAX])
{
	char *text = tree_read(t, file), line[UNIT_LINE_MAX];
	const char *at = text, *list;
	bool found = false;

	while (text && next_line(&at, line)) {
		list = assigned(line, "LD_PRELOAD");
		if (!list)
			continue;
		found = true;
		if (!next_word(&list, value, UNIT_LINE_MAX))
			*value = 0;
	}
	free(text);
	return found;
}

/* -- drop-ins ------------------------------------------------------------ */

/**
 * struct dropins - paths of drop-ins; of several with one name the strongest
 * @path: the paths, to be freed
 * @count: how many
 */
struct dropins {
	char		*path[DROPINS_MAX];
	unsigned int	count;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool has_name(const struct dropins *d, const char *name)
{
	unsigned int i;

	for (i = 0; i < d->count; i++)
		if (!strcmp(base_name(d->path[i]), name))
			return true;
	return false;
}

static void add_dropins(const struct tree *t, const char *path, struct dropins *d)
{
	int fd = tree_file(t, path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while (d->count < DROPINS_MAX && (e = readdir(dir))) {
		const char *end = strrchr(e->d_name, '.');

		if (*e->d_name == '.' || !end || strcmp(end, ".conf") ||
		    has_name(d, e->d_name))
			continue;
		if (asprintf(&d->path[d->count], "%s/%s", path, e->d_name) >= 0)
			d->count++;
	}
	closedir(dir);
}

/* Those in NAME.d of every directory. */
static void add_named(const struct tree *t, const char *name, struct dropins *d)
{
	char path[PATH_MAX];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unit_dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s.d", unit_dirs[i], name);
		add_dropins(t, path, d);
	}
}

/* The template of an instance, "foo@.service" of "foo@bar.service". */
static bool template_of(const char *name, char template[UNIT_NAME_MAX])
{
	const char *at = strchr(name, '@');

	if (!at)
		return false;
	snprintf(template, UNIT_NAME_MAX, "%.*s@.service", (int)(at - name), name);
	return true;
}

/* The unit's own, its template's, of "foo-bar.service" those of "foo-.service". */
static void find_dropins(const struct unit *u, struct dropins *d)
{
	char name[UNIT_NAME_MAX];
	int len = strcspn(u->name, "@");

	add_named(&u->tree, u->name, d);
	if (template_of(u->name, name) && strcmp(name, u->name))
		add_named(&u->tree, name, d);
	for (len -= len > 0; len > 0; len--)
		if (u->name[len - 1] == '-') {
			snprintf(name, sizeof(name), "%.*s%s.service", len, u->name,
				 strchr(u->name, '@') ? "@" : "");
			add_named(&u->tree, name, d);
		}
	add_named(&u->tree, "service", d);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(base_name(*(char * const *)a), base_name(*(char * const *)b));
}

/* -- the unit ------------------------------------------------------------ */

/* The file of @name in @u->file. */
static bool find_file(struct unit *u, const char *name)
{
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(unit_dirs); i++) {
		snprintf(u->file, sizeof(u->file), "%s/%s", unit_dirs[i], name);
		/* The link itself: what masks a unit may not exist in a tree. */
		fd = tree_file(&u->tree, u->file, O_PATH | O_NOFOLLOW);
		if (fd < 0)
			continue;
		close(fd);
		return true;
	}
	return false;
}

static bool is_masked(const struct unit *u)
{
	int fd = tree_file(&u->tree, u->file, O_PATH | O_NOFOLLOW);
	char to[PATH_MAX];
	ssize_t len;

	if (fd < 0)
		return false;
	len = readlinkat(fd, "", to, sizeof(to) - 1);
	close(fd);
	to[len > 0 ? len : 0] = 0;
	return !strcmp(to, "/dev/null");
}

/* Of an alias (sshd) the unit that it names (ssh): drop-ins belong there. */
void unit_leave_alias(struct unit *u)
{
	char real[PATH_MAX], alias[PATH_MAX];
	const char *name;

	if (strchr(u->name, '@') || !find_file(u, u->name) ||
	    !tree_resolve(&u->tree, u->file, real))
		return;
	name = base_name(real);
	memcpy(alias, u->file, sizeof(alias));
	if (!strcmp(name, u->name) || strlen(name) >= sizeof(u->name) ||
	    !find_file(u, name))
		memcpy(u->file, alias, sizeof(alias));
	else
		snprintf(u->name, sizeof(u->name), "%.*s", UNIT_NAME_MAX - 1, name);
}

/* The file of @u->name; of an instance its template's. 0 or an exit status. */
int unit_find(struct unit *u)
{
	char template[UNIT_NAME_MAX];

	if (!find_file(u, u->name) &&
	    !(template_of(u->name, template) && find_file(u, template)))
		return fail(EXIT_KERNEL, "there is no unit %s", u->name);
	if (is_masked(u))
		return fail(EXIT_KERNEL, "%s is masked: systemctl unmask %s", u->name, u->name);
	if (!tree_has(&u->tree, u->file))
		return fail(EXIT_KERNEL, "%s%s is a link that leads nowhere", u->tree.name, u->file);
	unit_leave_alias(u);
	return 0;
}

/* All that its files say, ours left out. 0 or an exit status. */
int unit_read(struct unit *u)
{
	struct dropins d = { .count = 0 };
	unsigned int i;
	int err, order;

	err = read_file(u, u->file, false);
	find_dropins(u, &d);
	qsort(d.path, d.count, sizeof(d.path[0]), by_name);
	for (i = 0; i < d.count; i++) {
		order = strcmp(base_name(d.path[i]), DROPIN_NAME);
		if (!err && order)
			err = read_file(u, d.path[i], order > 0);
		free(d.path[i]);
	}
	return err;
}
