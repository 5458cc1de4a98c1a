/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output: one call prints a value for people or as JSON.
 *
 * An answer is a list of records; a record has members, some of which are
 * records or lists themselves. Each out_*() call names the JSON key and gives
 * the text around the value; a call with a NULL key is text alone, one with a
 * NULL format is JSON alone.
 */
#ifndef MOBCTL_PRINT_H
#define MOBCTL_PRINT_H

#include <stdbool.h>
#include <stdint.h>

/* What a value is coloured for. */
enum tone {
	TONE_NONE,
	TONE_GOOD,
	TONE_WARN,
	TONE_BAD,
	TONE_NAME,	/* addresses, names */
};

/* The options that shape output, set by main() before anything is printed. */
extern struct out_options {
	bool	json;		/* -j */
	bool	pretty;		/* -p */
	bool	oneline;	/* -o */
	bool	colour;		/* -c, as decided */
	bool	stats;		/* -s */
	bool	details;	/* -d */
} out_opts;

void out_list(const char *key);
void out_list_end(void);
void out_record(const char *key);
void out_record_end(void);
void out_line(void);
void out_row(void);
void out_end(void);
int out_flush(void);
int out_error(void);

void out_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_str(const char *key, const char *fmt, const char *value);
void out_tone(enum tone tone, const char *key, const char *fmt,
	      const char *value);
void out_uint(const char *key, const char *fmt, uint64_t value);
void out_bool(const char *key, const char *fmt, bool value);

#endif /* MOBCTL_PRINT_H */
