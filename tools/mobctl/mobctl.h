/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands of mobctl.
 *
 *	main.c     options, objects, help
 *	tcp.c      mobctl tcp ...
 *	listen.c   mobctl tcp enable: a running server's listening socket
 *	events.c   mobctl monitor
 *	ice.c      mobctl ice ...
 *	icenl.c    what it asks the kernel
 *	unit.c     mobctl enable, mobctl disable: systemd drop-ins
 *	unitfile.c what files of a systemd service say
 *	tree.c     files below a root, out of which no link leads
 *	doctor.c   mobctl doctor
 *	census.c   which connections are mobile, and why others are not
 *	path.c     where on the way to a host our option disappears
 *	proc.c     TCP sockets in /proc, and who holds them
 *	address.c  addresses and ports as text
 *	print.c    output
 *	text.c     what others wrote, made safe to print
 *	genl.c     the kernel; this and icenl.c alone include libnl
 *	../run/run.c  mobctl run
 */
#ifndef MOBCTL_H
#define MOBCTL_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Exit statuses: as iproute2's, and as env's for `mobctl run'. */
#define EXIT_USAGE	1	/* the command line is wrong */
#define EXIT_KERNEL	2	/* the kernel, or the system, said no */
#define EXIT_RUN_FAILED	125	/* mobctl run itself failed */
#define EXIT_RUN_CANNOT	126	/* the program is there and cannot be run so */
#define EXIT_RUN_NONE	127	/* the program is not there */

/**
 * struct command - one line of the grammar
 * @words: the verb, or several ("peer add"); "" for an object without verbs
 * @args: what may follow, in the notation of iproute2; "" for nothing
 * @help: what it does, without a full stop
 * @run: gets what stands behind @words; returns an exit status
 *
 * The table of an object ends with an entry whose @words is NULL. It is all
 * there is: help, usage after an error and the tests of the manual page and of
 * completion read it.
 */
struct command {
	const char	*words;
	const char	*args;
	const char	*help;
	int		(*run)(int argc, char **argv);
};

/**
 * struct object - the first word of a command
 * @name: that word
 * @help: what it is about
 * @commands: its verbs
 */
struct object {
	const char		*name;
	const char		*help;
	const struct command	*commands;
};

/* tcp.c, and so on */
extern const struct command tcp_commands[];
extern const struct command ice_commands[];
extern const struct command monitor_commands[];
extern const struct command stats_commands[];
extern const struct command run_commands[];
extern const struct command enable_commands[];
extern const struct command disable_commands[];
extern const struct command doctor_commands[];

/* events.c */
void out_time(void);
int print_events_lost(void *arg);

/* ice.c */
int ice_monitor(int argc, char **argv);

/* listen.c */
int tcp_enable(int argc, char **argv);

/* main.c: one sentence on stderr, as "Error: SENTENCE."; return @status. */
int fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int take_value(int argc, char **argv, const char *word, const char **value);
bool word_is(const char *typed, const char *word);
bool parse_number(const char *text, unsigned long max, unsigned long *value);

/* AF_INET or AF_INET6 with -4 or -6; 0: both. A filter for a family wins. */
extern int family_wanted;

/* The name that mobctl was called by, for messages of `mobctl run'. */
extern const char *program_name;

#endif /* MOBCTL_H */
