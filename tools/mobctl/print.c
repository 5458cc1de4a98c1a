// SPDX-License-Identifier: GPL-2.0
/* Text for people and JSON for programs, from the same calls. */
#include "print.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct out_options out_opts;

/* -- JSON ---------------------------------------------------------------- */

#define DEPTH_MAX	8	/* the deepest answer has 4 levels */

static struct {
	bool	filled[DEPTH_MAX];	/* a comma is due before the next */
	char	closer[DEPTH_MAX];
	int	depth;
} json;

static void json_indent(void)
{
	int i;

	if (!out_opts.pretty)
		return;
	putchar('\n');
	for (i = 0; i < json.depth; i++)
		fputs("    ", stdout);
}

/* What stands before a value: the comma, and the key if it has one. */
static void json_begin(const char *key)
{
	if (json.depth) {
		if (json.filled[json.depth - 1])
			putchar(',');
		json.filled[json.depth - 1] = true;
		json_indent();
	}
	/* In a list members have no key. */
	if (key && json.depth && json.closer[json.depth - 1] == '}') {
		text_json(stdout, key);
		putchar(':');
		if (out_opts.pretty)
			putchar(' ');
	}
}

static void json_open(const char *key, char opener, char closer)
{
	json_begin(key);
	putchar(opener);
	if (json.depth < DEPTH_MAX) {
		json.filled[json.depth] = false;
		json.closer[json.depth++] = closer;
	}
}

static void json_close(void)
{
	bool filled;

	if (!json.depth)
		return;
	filled = json.filled[--json.depth];
	if (filled)
		json_indent();
	putchar(json.closer[json.depth]);
	if (!json.depth)
		putchar('\n');
}

/* -- structure ----------------------------------------------------------- */

/* A list of values or records; @key may be NULL for the whole answer. */
void out_list(const char *key)
{
	if (out_opts.json)
		json_open(key, '[', ']');
}

void out_list_end(void)
{
	if (out_opts.json)
		json_close();
}

/* A record. As text the outermost end of it, out_end(), is a line's end. */
void out_record(const char *key)
{
	if (out_opts.json)
		json_open(key, '{', '}');
}

void out_record_end(void)
{
	if (out_opts.json)
		json_close();
}

/* Text goes on in a further line of the same record. */
void out_line(void)
{
	if (!out_opts.json)
		fputs(out_opts.oneline ? "\\\t" : "\n\t", stdout);
}

/* The same for a record that is a table: the line is not set in. */
void out_row(void)
{
	if (!out_opts.json)
		fputs(out_opts.oneline ? "\\\t" : "\n", stdout);
}

/* The record's text is complete. */
void out_end(void)
{
	if (!out_opts.json)
		putchar('\n');
}

static int write_error;

/* Out with it now. 0, or 1 if nobody can have it, and out_error() knows why. */
int out_flush(void)
{
	int err = errno;

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout)) {
		errno = err;
		return 0;
	}
	/* If what failed was before this flush, nobody remembers why. */
	if (!write_error)
		write_error = errno ?: EIO;
	return 1;
}

/* The errno of the first output that failed, or 0. */
int out_error(void)
{
	return write_error;
}

/* -- values -------------------------------------------------------------- */

/* The program's own words; what others wrote goes through out_str(). */
void out_text(const char *fmt, ...)
{
	va_list ap;

	if (out_opts.json)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

static const char *tone_code(enum tone tone)
{
	static const char * const codes[] = {
		[TONE_NONE] = "",
		[TONE_GOOD] = "\033[32m",
		[TONE_WARN] = "\033[33m",
		[TONE_BAD]  = "\033[1;31m",
		[TONE_NAME] = "\033[36m",
	};

	return out_opts.colour ? codes[tone] : "";
}

/*
 * The formats are constants of the callers; each has one conversion of its
 * function's type.
 */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* @value, coloured; the colour covers the text of @fmt, too. */
void out_tone(enum tone tone, const char *key, const char *fmt,
	      const char *value)
{
	const char *code = tone_code(tone);
	char *clean;

	if (out_opts.json) {
		if (!key)
			return;
		json_begin(key);
		text_json(stdout, value);
	} else if (fmt) {
		clean = text_clean(value);
		fputs(code, stdout);
		printf(fmt, clean ? clean : "?");
		free(clean);
		if (*code)
			fputs("\033[0m", stdout);
	}
}

void out_str(const char *key, const char *fmt, const char *value)
{
	out_tone(TONE_NONE, key, fmt, value);
}

/* @fmt converts a uint64_t (PRIu64). */
void out_uint(const char *key, const char *fmt, uint64_t value)
{
	if (out_opts.json) {
		if (!key)
			return;
		json_begin(key);
		printf("%" PRIu64, value);
	} else if (fmt) {
		printf(fmt, value);
	}
}

/* As text @fmt is printed as it is if @value holds, nothing if not. */
void out_bool(const char *key, const char *fmt, bool value)
{
	if (out_opts.json) {
		if (!key)
			return;
		json_begin(key);
		fputs(value ? "true" : "false", stdout);
	} else if (fmt && value) {
		fputs(fmt, stdout);
	}
}
