// SPDX-License-Identifier: GPL-2.0
/*
 * When did bytes arrive? Writes "CLOCK_MONOTONIC-ns total" to TIMELINE
 * whenever there are more, so that a script can tell when the first new octet
 * came after an event.
 *
 *	meter TIMELINE [OUTPUT]		copy standard input to OUTPUT (appended)
 *					or to standard output
 *	meter --follow FILE TIMELINE	watch FILE grow, until killed
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS		1000000	/* how late --follow may be */

static FILE *timeline;

static int usage(void)
{
	fputs("Usage: meter TIMELINE [OUTPUT]\n"
	      "       meter --follow FILE TIMELINE\n", stderr);
	return 2;
}

static int complain(const char *what)
{
	perror(what);
	return 1;
}

static int open_timeline(const char *name)
{
	timeline = fopen(name, "w");
	if (!timeline)
		return complain(name);
	setlinebuf(timeline);
	return 0;
}

static void note(unsigned long long total)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	fprintf(timeline, "%lld%09ld %llu\n", (long long)ts.tv_sec,
		ts.tv_nsec, total);
}

static int write_all(int fd, const char *buf, ssize_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		buf += n;
		len -= n;
	}
	return 0;
}

static int copy(int out)
{
	static char buf[65536];
	unsigned long long total = 0;
	ssize_t n;

	for (;;) {
		n = read(STDIN_FILENO, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return complain("meter: read");
		if (!n)
			return 0;
		total += n;
		note(total);
		if (write_all(out, buf, n))
			return complain("meter: write");
	}
}

static void __attribute__((noreturn)) follow(const char *name)
{
	const struct timespec pause = { .tv_nsec = POLL_NS };
	off_t size = 0;
	struct stat st;

	for (;;) {
		if (!stat(name, &st) && st.st_size != size) {
			size = st.st_size;
			note(size);
		}
		nanosleep(&pause, NULL);
	}
}

int main(int argc, char **argv)
{
	int out = STDOUT_FILENO;

	if (argc == 4 && !strcmp(argv[1], "--follow")) {
		if (open_timeline(argv[3]))
			return 1;
		follow(argv[2]);
	}
	if (argc < 2 || argc > 3 || argv[1][0] == '-')
		return usage();
	if (open_timeline(argv[1]))
		return 1;
	if (argc == 3) {
		out = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
		if (out < 0)
			return complain(argv[2]);
	}
	return copy(out);
}
