// SPDX-License-Identifier: GPL-2.0
/*
 * gapstat TIMELINE RTT_MS EVENT_NS...: for each event (a move: the new
 * address became usable) print when the first new octet came after it:
 *
 *	EVENT_NS MS RTTS TOTAL_BEFORE SILENCE_MS
 *
 * MS and RTTS are "-" if nothing came; then the exit status is 1. SILENCE_MS
 * is the longest time without a new octet in the second after the event.
 * TIMELINE holds "ns total" lines as meter and xfer --timeline write them.
 *
 * gapstat offset: CLOCK_REALTIME - CLOCK_MONOTONIC in ns, for scripts that
 * note their events with $EPOCHREALTIME; gapstat now: CLOCK_MONOTONIC in ns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WINDOW_NS	1000000000LL	/* how far silence is looked for */

static long long clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int one_event(FILE *timeline, long long event, double rtt_ms)
{
	long long t, last = event, silence = 0, first = 0;
	long long end = event + WINDOW_NS;
	unsigned long long total, before = 0;

	rewind(timeline);
	while (last < end && fscanf(timeline, "%lld %llu", &t, &total) == 2) {
		if (t <= event) {
			before = total;
			continue;
		}
		if (!first)
			first = t;
		if (t > end)
			t = end;
		if (t - last > silence)
			silence = t - last;
		last = t;
	}
	if (!first) {
		printf("%lld - - %llu -\n", event, before);
		return 1;
	}
	printf("%lld %.1f %.2f %llu %.1f\n", event, (first - event) / 1e6,
	       (first - event) / 1e6 / rtt_ms, before, silence / 1e6);
	return 0;
}

int main(int argc, char **argv)
{
	int i, ret = 0;
	FILE *timeline;

	if (argc == 2 && !strcmp(argv[1], "now")) {
		printf("%lld\n", clock_ns(CLOCK_MONOTONIC));
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "offset")) {
		long long mono = clock_ns(CLOCK_MONOTONIC);

		printf("%lld\n", clock_ns(CLOCK_REALTIME) - mono);
		return 0;
	}
	if (argc < 4) {
		fputs("Usage: gapstat TIMELINE RTT_MS EVENT_NS...\n"
		      "       gapstat now|offset\n", stderr);
		return 2;
	}
	timeline = fopen(argv[1], "r");
	if (!timeline) {
		perror(argv[1]);
		return 1;
	}
	for (i = 3; i < argc; i++)
		ret |= one_event(timeline, atoll(argv[i]), atof(argv[2]));
	return ret;
}
