/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KTAP from a table of cases: one line per case, and above it a "#" line for
 * each check that failed, the first few of them.
 */
#ifndef TCPMOB_TEST_TAP_H
#define TCPMOB_TEST_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define TAP_SHOWN	5	/* failed checks printed per case */

struct tap_case {
	const char	*name;
	void		(*run)(void);
};

static unsigned int tap_bad;	/* failed checks of the running case */
static const char *tap_skipped;	/* why the running case did nothing */

static inline void tap_skip(const char *why)
{
	tap_skipped = why;
}

static inline __attribute__((format(printf, 5, 6)))
bool tap_check(bool ok, const char *file, int line, const char *cond,
	       const char *fmt, ...)
{
	va_list ap;

	if (ok || tap_bad++ >= TAP_SHOWN)
		return ok;

	printf("# %s:%d: not (%s): ", file, line, cond);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return ok;
}

/* True if @cond holds; the rest tells printf-like which input it was. */
#define CHECK(cond, ...) \
	tap_check(cond, __FILE__, __LINE__, #cond, __VA_ARGS__)

/* Runs all cases, returns the exit status. */
static inline int tap_run(const struct tap_case *cases, unsigned int n)
{
	unsigned int failed = 0;
	unsigned int i;

	/* What came before a sanitizer's abort must not be lost in a pipe. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%u\n", n);
	for (i = 0; i < n; i++) {
		tap_bad = 0;
		tap_skipped = NULL;
		cases[i].run();
		if (tap_bad)
			printf("# %u checks failed\n", tap_bad);
		printf("%s %u %s", tap_bad ? "not ok" : "ok", i + 1,
		       cases[i].name);
		if (tap_skipped)
			printf(" # SKIP %s", tap_skipped);
		putchar('\n');
		failed += !!tap_bad;
		/* One is enough for mutate.sh. */
		if (failed && getenv("UNIT_QUICK"))
			break;
	}
	return failed ? 1 : 0;
}

#endif /* TCPMOB_TEST_TAP_H */
