// SPDX-License-Identifier: GPL-2.0
/* mobctl: options, the table of objects, and help on every level. */
#define _GNU_SOURCE
#include "mobctl.h"
#include "genl.h"
#include "names.h"
#include "print.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "unknown"
#endif

const char *program_name = "mobctl";
int family_wanted;

static int do_help(int argc, char **argv);
static int do_version(int argc, char **argv);

static const struct command help_commands[] = {
	{ "", "[ OBJECT [ COMMAND ] ]", "print the grammar", do_help },
	{ NULL }
};

static const struct command version_commands[] = {
	{ "", "", "print the versions of mobctl and of the modules", do_version },
	{ NULL }
};

static const struct object objects[] = {
	{ "tcp", "TCP connections that move", tcp_commands },
	{ "ice", "peers of ICE for Mobile IPv6", ice_commands },
	{ "monitor", "events, as they happen", monitor_commands },
	{ "stats", "counters of this network namespace", stats_commands },
	{ "run", "start a program with mobile TCP", run_commands },
	{ "enable", "start a systemd service with mobile TCP", enable_commands },
	{ "disable", "undo enable", disable_commands },
	{ "doctor", "find out what does not work, and why", doctor_commands },
	{ "version", "versions", version_commands },
	{ "help", "this text", help_commands },
};

/* Words of the grammar that stand for more. */
static const struct term {
	const char	*name;
	const char	*expansion;
} terms[] = {
	{ "OPTIONS", "{ -j[son] | -p[retty] | -o[neline] | -s[tats] | -d[etails] |\n"
	  "             -c[olour][={ auto | always | never }] | -n[etns] NETNS | -4 | -6 |\n"
	  "             -h[elp] | -V[ersion] }" },
	{ "FILTER", "{ id ID | local ENDPOINT | peer ENDPOINT | state STATE |\n"
	  "             inet | inet6 }" },
	{ "ENDPOINT", "{ ADDRESS[/LENGTH] | IPV4-ADDRESS:PORT | [IPV6-ADDRESS]:PORT |\n"
	  "             :PORT }" },
	{ "STATE", "{ idle | plain | keying | keyed | adrift | moving | validating |\n"
	  "             suspended | paused | ended }" },
	{ "TYPE", "{ host | srflx | prflx | relayed }" },
	{ "LIMIT", "{ max_connections | max_half_open | max_suspended |\n"
	  "             survival_time | suspend_time }" },
};

/* -- messages ------------------------------------------------------------ */

static void say(const char *lead, const char *fmt, va_list ap)
{
	out_flush();
	fputs(lead, stderr);
	text_vprintf(stderr, fmt, ap);
	fputs(".\n", stderr);
}

int fail(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("Error: ", fmt, ap);
	va_end(ap);
	return status;
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("Warning: ", fmt, ap);
	va_end(ap);
}

/* As ip says it of words that it does not know. */
static int unknown(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int unknown(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
	return EXIT_USAGE;
}

static int unknown_object(const char *name)
{
	return unknown("Object \"%s\" is unknown, try \"mobctl help\"", name);
}

/* A whole number of decimal digits, at most @max. */
bool parse_number(const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoul(text, &end, 10);
	return !errno && !*end && *value <= max;
}

/* -- finding what was asked for ------------------------------------------ */

/* @typed is @word or its beginning. */
bool word_is(const char *typed, const char *word)
{
	return *typed && !strncmp(typed, word, strlen(typed));
}

/* An exact name wins; of beginnings the first in the table, as with ip. */
static const struct object *find_object(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objects); i++)
		if (!strcmp(name, objects[i].name))
			return &objects[i];
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		if (word_is(name, objects[i].name))
			return &objects[i];
	return NULL;
}

/* -- options ------------------------------------------------------------- */

static void set_colour(const char *when)
{
	if (!strcmp(when, "always"))
		out_opts.colour = true;
	else if (!strcmp(when, "never"))
		out_opts.colour = false;
	else if (!strcmp(when, "auto"))
		out_opts.colour = isatty(STDOUT_FILENO);
	else
		exit(fail(EXIT_USAGE, "\"%s\" is no colour mode: auto, always or never",
			  when));
}

/* Go to where ip netns keeps NAME, or to a file, as ip -n does. */
static void enter_netns(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		exit(fail(EXIT_KERNEL, "cannot enter the network namespace \"%s\": %s",
			  name, errno == EINVAL ? "it is none" : strerror(errno)));
	close(fd);
}

/* What an option of one letter asks for; false if there is none. */
static bool set_flag(char letter, bool *help, bool *version)
{
	switch (letter) {
	case 'j': out_opts.json = true; break;
	case 'p': out_opts.json = out_opts.pretty = true; break;
	case 'o': out_opts.oneline = true; break;
	case 's': out_opts.stats = true; break;
	case 'd': out_opts.details = true; break;
	case 'c': set_colour("auto"); break;
	case '4': family_wanted = AF_INET; break;
	case '6': family_wanted = AF_INET6; break;
	case 'h': *help = true; break;
	case 'V': *version = true; break;
	default: return false;
	}
	return true;
}

static char long_option(const char *name)
{
	static const char * const names[] = {
		"json", "pretty", "oneline", "stats", "details", "colour",
		"color", "help", "Version",
	};
	unsigned int i;

	if (!strcmp(name, "version"))
		return 'V';
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return names[i][0];
	return 0;
}

/* One argument with options: -j, -jp, -json, --json, -c=always. */
static void parse_option(const char *arg, bool *help, bool *version)
{
	const char *name = arg + (arg[1] == '-' ? 2 : 1);
	const char *value = strchr(name, '=');
	const char *letter;
	char word[16];

	snprintf(word, sizeof(word), "%.*s",
		 (int)(value ? value - name : (long)strlen(name)), name);
	if (value && (!strcmp(word, "c") || long_option(word) == 'c')) {
		set_colour(value + 1);
		return;
	}
	if (!value && *name) {
		if (long_option(word)) {
			set_flag(long_option(word), help, version);
			return;
		}
		for (letter = name; arg[1] != '-' && *letter; letter++)
			if (!set_flag(*letter, help, version))
				break;
		if (arg[1] != '-' && !*letter)
			return;
	}
	exit(unknown("Option \"%s\" is unknown, try \"mobctl help\"", arg));
}

/* The one option with a value behind it. */
static bool is_netns(const char *arg)
{
	return !strcmp(arg, "-n") || !strcmp(arg, "-netns") || !strcmp(arg, "--netns");
}

/* Is @arg @word, or @word=VALUE? */
static bool is_with_value(const char *arg, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(arg, word, len) && (!arg[len] || arg[len] == '=');
}

/* Words of the grammar that look like options. */
static bool is_keyword(const char *arg)
{
	return is_with_value(arg, "--listen") || is_with_value(arg, "--root");
}

/*
 * The value of @word at the beginning of @argv, as an argument of its own or behind
 * "=", "" if that is all. How many arguments were taken, 0: it is another word, -1:
 * there is no value.
 */
int take_value(int argc, char **argv, const char *word, const char **value)
{
	if (!argc || !is_with_value(argv[0], word))
		return 0;
	if (argv[0][strlen(word)]) {
		*value = argv[0] + strlen(word) + 1;
		return 1;
	}
	if (argc < 2)
		return -1;
	*value = argv[1];
	return 2;
}

/*
 * Options may stand anywhere in front of "--", but what follows "run" belongs to
 * the program. Takes them out of @argv.
 */
static int take_options(int argc, char **argv, bool *help, bool *version)
{
	int i, kept = 0;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--")) {
			i++;
			break;
		}
		if (is_netns(argv[i])) {
			if (++i == argc)
				exit(fail(EXIT_USAGE, "\"%s\" needs the name of a network namespace",
					  argv[i - 1]));
			enter_netns(argv[i]);
			continue;
		}
		if (argv[i][0] == '-' && argv[i][1] && !is_keyword(argv[i])) {
			parse_option(argv[i], help, version);
			continue;
		}
		argv[kept++] = argv[i];
		if (kept == 1 && find_object(argv[0]) == find_object("run")) {
			i++;
			break;
		}
	}
	for (; i < argc; i++)
		argv[kept++] = argv[i];
	argv[kept] = NULL;
	return kept;
}

/* -- help ---------------------------------------------------------------- */

static void usage_line(FILE *to, const struct object *o, const struct command *c)
{
	fprintf(to, "mobctl %s%s%s%s%s\n", o->name, *c->words ? " " : "",
		c->words, *c->args ? " " : "", c->args);
}

/* Does @text have @word, not as a part of another? */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at = text;

	while ((at = strstr(at, word))) {
		bool begins = at == text || !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ-",
						    at[-1]);
		char next = at[len];

		if (begins && !(next >= 'A' && next <= 'Z') && next != '-')
			return true;
		at += len;
	}
	return false;
}

/*
 * Does @c belong to what @group begins: "peer" to "peer add"? NULL: all of an
 * object.
 */
static bool in_group(const struct command *c, const char *group)
{
	size_t len = strcspn(c->words, " ");

	return !group || (strlen(group) == len && !strncmp(c->words, group, len));
}

/* The words that the lines of a group use, and those used by them. */
static void usage_terms(FILE *to, const struct command *commands, const char *group)
{
	bool used[ARRAY_SIZE(terms)] = { false };
	const struct command *c;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(terms); i++) {
		for (c = commands; c->words; c++)
			used[i] |= in_group(c, group) && has_word(c->args, terms[i].name);
		for (k = 0; k < i; k++)
			used[i] |= used[k] && has_word(terms[k].expansion,
						       terms[i].name);
		if (used[i])
			fprintf(to, "%s := %s\n", terms[i].name,
				terms[i].expansion);
	}
}

static void command_help(const struct object *o, const struct command *c)
{
	const struct command one[] = { *c, { NULL } };

	fputs("Usage: ", stdout);
	usage_line(stdout, o, c);
	printf("  %s\n", c->help);
	usage_terms(stdout, one, NULL);
}

static void object_help(const struct object *o, const char *group)
{
	const struct command *c;
	bool first = true;

	for (c = o->commands; c->words; c++) {
		if (!in_group(c, group))
			continue;
		fputs(first ? "Usage: " : "       ", stdout);
		usage_line(stdout, o, c);
		first = false;
	}
	usage_terms(stdout, o->commands, group);
	putchar('\n');
	for (c = o->commands; c->words; c++)
		if (in_group(c, group))
			printf("  %-12s %s\n", *c->words ? c->words : o->name, c->help);
}

static void usage(FILE *to)
{
	unsigned int i;

	fputs("Usage: mobctl [ OPTIONS ] OBJECT [ COMMAND ] [ ARGUMENTS ]\n"
	      "       mobctl [ OPTIONS ] OBJECT help\n", to);
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		fprintf(to, "%s%s", !i ? "OBJECT := { " :
			i == 6 ? " |\n            " : " | ", objects[i].name);
	fprintf(to, " }\n%s := %s\n", terms[0].name, terms[0].expansion);
}

static void help_json(void)
{
	const struct command *c;
	unsigned int i;

	out_list(NULL);
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		for (c = objects[i].commands; c->words; c++) {
			out_record(NULL);
			out_str("object", NULL, objects[i].name);
			out_str("command", NULL, c->words);
			out_str("args", NULL, c->args);
			out_str("help", NULL, c->help);
			out_record_end();
		}
	out_list_end();
}

/* -- commands ------------------------------------------------------------ */

/* How many arguments the words of @c match; -1: they do not. */
static int match_words(const struct command *c, int argc, char **argv)
{
	const char *word = c->words;
	char one[16];
	int n = 0;

	while (*word) {
		size_t len = strcspn(word, " ");

		snprintf(one, sizeof(one), "%.*s", (int)len, word);
		if (n >= argc || !word_is(argv[n], one))
			return -1;
		n++;
		word += len + strspn(word + len, " ");
	}
	return n;
}

static const struct command *find_command(const struct object *o, int argc,
					  char **argv, int *words)
{
	const struct command *c;

	for (c = o->commands; c->words; c++) {
		*words = match_words(c, argc, argv);
		if (*words >= 0)
			return c;
	}
	*words = -1;
	return NULL;
}

static bool wants_help(int argc, char **argv)
{
	return argc == 1 && !strcmp(argv[0], "help");
}

/* The first of several commands that begin with the word @group, or NULL. */
static const struct command *find_group(const struct object *o, const char *group)
{
	const struct command *c;

	for (c = o->commands; c->words; c++)
		if (strchr(c->words, ' ') && in_group(c, group))
			return c;
	return NULL;
}

static int unknown_command(const struct object *o, int argc, char **argv)
{
	if (argc > 1 && find_group(o, argv[0]))
		return unknown("Command \"%s %s\" is unknown, try \"mobctl %s help\"",
			       argv[0], argv[1], o->name);
	return unknown("Command \"%s\" is unknown, try \"mobctl %s help\"",
		       argv[0], o->name);
}

/* Help on OBJECT, on a COMMAND of it, or on several that begin alike. */
static int help_on(int argc, char **argv)
{
	const struct object *o = find_object(argv[0]);
	const struct command *c;
	int words;

	if (!o)
		return unknown_object(argv[0]);
	argc--;
	argv++;
	c = find_command(o, argc, argv, &words);
	if (argc == 1 && find_group(o, argv[0]) && !(c && words))
		object_help(o, argv[0]);
	else if (c && *c->words)
		command_help(o, c);
	else if (argc && !c)
		return unknown_command(o, argc, argv);
	else
		object_help(o, NULL);
	return 0;
}

/* The exit status if the output cannot be written. */
static int status_unwritten = EXIT_KERNEL;

static int run_object(const struct object *o, int argc, char **argv)
{
	const struct command *c;
	int words;

	/* The others are the program's. */
	if (o->commands == run_commands)
		status_unwritten = EXIT_RUN_FAILED;
	if (wants_help(argc, argv)) {
		object_help(o, NULL);
		return 0;
	}
	c = find_command(o, argc, argv, &words);
	/* Without a command it is the first, which lists; of a group, too. */
	if (!c && argc < 2)
		c = !argc ? o->commands : find_group(o, argv[0]);
	else if (!c && wants_help(argc - 1, argv + 1) && find_group(o, argv[0])) {
		object_help(o, argv[0]);
		return 0;
	}
	if (!c)
		return unknown_command(o, argc, argv);
	if (words < 0)
		words = argc;
	argc -= words;
	argv += words;
	if (*c->words && wants_help(argc, argv)) {
		command_help(o, c);
		return 0;
	}
	return c->run(argc, argv);
}

static int do_help(int argc, char **argv)
{
	unsigned int i;

	if (argc)
		return help_on(argc, argv);
	if (out_opts.json) {
		help_json();
		return 0;
	}
	usage(stdout);
	putchar('\n');
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		printf("  %-9s %s\n", objects[i].name, objects[i].help);
	return 0;
}

static void version_options(const struct module_facts *f)
{
	char exid[8];

	out_line();
	out_uint("kind_conn_key", "\toption kinds: Conn-Key %" PRIu64, f->kind_conn_key);
	out_uint("kind_cont", ", Conn-Key-Cont %" PRIu64, f->kind_cont);
	out_uint("kind_loc_update", ", Loc-Update %" PRIu64, f->kind_loc_update);
	if (f->has_exid) {
		snprintf(exid, sizeof(exid), "%04x", f->exid);
		out_str("exid", ", experiment 0x%s", exid);
	}
	out_str("cont_order", ", %s", f->cont_order ? "drawn order" : "length second");
	out_line();
	out_str("curve_offer", "\tcurve offered: %s", name_of(&curve_names, f->curve_offer));
	out_bits("curve_accept", ", accepted: ", &curve_names, f->curve_accept << 1);
	out_bits("curves", ", of ", &curve_names, f->curves << 1);
}

/*
 * Of a module that is loaded; false: it is not. To ask for its family instead
 * would load one that brings an alias for it, whoever asks.
 */
static bool module_version(const char *module, char *version, size_t len)
{
	char path[64];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "/sys/module/%s/version", module);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(version, len, f);
	fclose(f);
	version[ok ? strcspn(version, "\n") : 0] = 0;
	return ok;
}

static int do_version(int argc, char **argv)
{
	struct module_facts facts;
	char version[32];

	if (argc)
		return fail(EXIT_USAGE, "\"%s\" is one word too many", argv[0]);
	out_record(NULL);
	out_str("mobctl", "mobctl %s", VERSION);
	out_line();
	if (!genl_facts(&facts)) {
		out_record("tcp_mobility");
		out_str("version", "tcp_mobility %s", facts.version);
		out_str("specification", ", %s", facts.specification);
		if (out_opts.details || out_opts.json)
			version_options(&facts);
		out_record_end();
	} else {
		out_text("tcp_mobility is not loaded");
	}
	out_line();
	if (module_version("mip6_ice", version, sizeof(version))) {
		out_record("mip6_ice");
		out_str("version", "mip6_ice %s", version);
		out_record_end();
	} else {
		out_text("mip6_ice is not loaded");
	}
	out_record_end();
	out_end();
	return 0;
}

static int run_words(int argc, char **argv)
{
	const struct object *o;
	bool help = false, version = false;

	argc = take_options(argc, argv, &help, &version);
	if (version)
		return do_version(0, NULL);
	if (help)
		return do_help(argc, argv);
	if (!argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	o = find_object(argv[0]);
	return o ? run_object(o, argc - 1, argv + 1) : unknown_object(argv[0]);
}

/*
 * Where 0, 1 or 2 is closed the next socket would be it, and get what is printed.
 * What is opened in its place can be used as little as nothing, and no program
 * that we run gets it. A root is there where /dev is not; a table of descriptors
 * that has no room for it has none for a socket either.
 */
static void keep_standard(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/", O_PATH | O_CLOEXEC);
}

int main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/');
	int status;

	keep_standard();
	/* The older name: mobrun PROGRAM is mobctl run PROGRAM. */
	base = base ? base + 1 : argv[0];
	if (!strcmp(base, "mobrun")) {
		program_name = "mobrun";
		status_unwritten = EXIT_RUN_FAILED;
		status = run_commands[0].run(argc - 1, argv + 1);
	} else {
		status = run_words(argc - 1, argv + 1);
	}
	/* Not for a reader that has seen enough. */
	if (out_flush() && out_error() != EPIPE)
		return fail(status_unwritten, "cannot write: %s", strerror(out_error()));
	return status;
}
