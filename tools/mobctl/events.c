// SPDX-License-Identifier: GPL-2.0
/* mobctl monitor: events as they happen. */
#include "mobctl.h"
#include "names.h"
#include "print.h"
#include "tcp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <linux/tcp_mobility_netlink.h>

/* When it was printed; the beginning of an event. */
void out_time(void)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	out_text("%s.%03ld ", text, now.tv_nsec / 1000000);
	out_uint("time_us", NULL, now.tv_sec * 1000000ULL + now.tv_nsec / 1000);
}

static enum tone event_tone(unsigned int event)
{
	switch (event) {
	case TCP_MOBILITY_EVENT_KEYED:
	case TCP_MOBILITY_EVENT_MOVED:
	case TCP_MOBILITY_EVENT_VALIDATED:
	case TCP_MOBILITY_EVENT_REPAIRED:
	case TCP_MOBILITY_EVENT_RESUMED:
	case TCP_MOBILITY_EVENT_BACK:
		return TONE_GOOD;
	case TCP_MOBILITY_EVENT_PLAIN:
	case TCP_MOBILITY_EVENT_ADRIFT:
	case TCP_MOBILITY_EVENT_SUSPENDED:
	case TCP_MOBILITY_EVENT_REFUSED:
	case TCP_MOBILITY_EVENT_DEAD:
		return TONE_BAD;
	default:
		return TONE_NONE;
	}
}

static void out_event_details(const struct conn *c)
{
	if (c->has & HAS_PREV) {
		out_endpoint("prev_local", " was %s", &c->prev_local);
		out_endpoint("prev_peer", " -> %s", &c->prev_remote);
	}
	if (c->has & HAS_REASON) {
		out_str("reason", " reason %s", name_of(&reason_names, c->reason));
		out_str("reason_text", " (%s)", reason_text(c->reason));
	}
	if (c->has & HAS_CAUSE)
		out_str("cause", " cause %s",
			name_of(&cause_names, c->last_move_cause));
	if (c->has & HAS_LAST_MOVE)
		out_duration("last_move_us", " took ", c->last_move_us);
	if (c->has & HAS_REFUSAL) {
		out_str("refusal", " refusal %s", name_of(&refusal_names, c->refusal));
		out_str("refusal_text", " (%s)", refusal_text(c->refusal));
	}
	if (c->has & HAS_DEATH) {
		out_str("death", " death %s", name_of(&death_names, c->death));
		out_str("death_text", " (%s)", death_text(c->death));
	}
	if (c->has & HAS_ERROR) {
		out_uint("error", " error %" PRIu64, c->error);
		out_str("error_text", " (%s)", strerror(c->error));
	}
	if (c->has & HAS_SUSPEND_LEFT)
		out_duration("suspend_left_us", " ends-in ", c->suspend_left_ms * 1000);
	if (out_opts.details || out_opts.json) {
		if (c->has & HAS_STATE)
			out_str("state", " state %s", state_name(conn_state(c)));
		if (c->has & HAS_FLAGS)
			out_bits("flags", " flags ", &flag_names, c->flags);
		if (c->has & HAS_REQNO)
			out_uint("reqno", " reqno %" PRIu64, c->reqno);
	}
}

/* Every event is a JSON value of its own, on its line: there is no end. */
static int print_event(const struct conn *c, void *arg)
{
	if (!conn_matches(c, arg))
		return 0;
	out_record(NULL);
	out_time();
	out_tone(event_tone(c->event), "event", "%-10s ",
		 name_of(&event_names, c->event));
	out_conn_head(c);
	out_event_details(c);
	out_record_end();
	out_end();
	return out_flush();
}

int print_events_lost(void *arg)
{
	out_record(NULL);
	out_time();
	out_tone(TONE_BAD, "event", "%s: the kernel had more events than we could read",
		 "lost");
	out_record_end();
	out_end();
	return out_flush();
}

static int do_monitor(int argc, char **argv)
{
	struct conn_select which;
	int err = parse_filters(argc, argv, &which);

	return err ? err : genl_status(genl_events(print_event, print_events_lost, &which));
}

const struct command monitor_commands[] = {
	{ "tcp", "[ FILTER ]...", "print events until interrupted", do_monitor },
	{ "ice", "", "print events of mobctl ice", ice_monitor },
	{ "", "[ FILTER ]...", "the same as monitor tcp", do_monitor },
	{ NULL }
};
