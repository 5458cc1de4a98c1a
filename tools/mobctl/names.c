// SPDX-License-Identifier: GPL-2.0
/*
 * The words for numbers of the kernel. They are those of
 * Documentation/netlink/specs/tcp_mobility.yaml, with which tests/cli compares
 * them.
 */
#include "names.h"
#include "genl.h"
#include "mobctl.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <linux/tcp_mobility_netlink.h>

#define NAMES(var, word_of_it, array)			\
	const struct names var = {			\
		.what	= word_of_it,			\
		.count	= ARRAY_SIZE(array),		\
		.words	= array,			\
	}

static const char * const states[] = {
	[TCP_MOBILITY_NONE]		= "none",
	[TCP_MOBILITY_IDLE]		= "idle",
	[TCP_MOBILITY_PLAIN]		= "plain",
	[TCP_MOBILITY_KEYING]		= "keying",
	[TCP_MOBILITY_KEYED]		= "keyed",
	[TCP_MOBILITY_ADRIFT]		= "adrift",
	[TCP_MOBILITY_MOVING]		= "moving",
	[TCP_MOBILITY_VALIDATING]	= "validating",
	[TCP_MOBILITY_SUSPENDED]	= "suspended",
	[TCP_MOBILITY_PAUSED]		= "paused",
};

NAMES(state_names, "state", states);

static const char * const reasons[] = {
	[TCP_MOBILITY_R_NONE]		= "none",
	[TCP_MOBILITY_R_PEER]		= "peer",
	[TCP_MOBILITY_R_NO_ROOM]	= "no-room",
	[TCP_MOBILITY_R_NO_KEY]		= "no-key",
	[TCP_MOBILITY_R_LIMIT]		= "limit",
	[TCP_MOBILITY_R_CURVE]		= "curve",
	[TCP_MOBILITY_R_BAD_KEY]	= "bad-key",
	[TCP_MOBILITY_R_SIMULTANEOUS]	= "simultaneous",
	[TCP_MOBILITY_R_TIMEOUT]	= "timeout",
	[TCP_MOBILITY_R_FORMAT]		= "format",
};

NAMES(reason_names, "reason", reasons);

static const char * const exchanges[] = {
	[TCP_MOBILITY_EXCHANGE_IDLE]	= "idle",
	[TCP_MOBILITY_EXCHANGE_SYN_SENT] = "syn-sent",
	[TCP_MOBILITY_EXCHANGE_RUNNING]	= "running",
	[TCP_MOBILITY_EXCHANGE_DONE]	= "done",
	[TCP_MOBILITY_EXCHANGE_PLAIN]	= "plain",
};

NAMES(exchange_names, "exchange", exchanges);

static const char * const moves[] = {
	[TCP_MOBILITY_MOVE_STABLE]	= "stable",
	[TCP_MOBILITY_MOVE_ADRIFT]	= "adrift",
	[TCP_MOBILITY_MOVE_MOVING]	= "moving",
	[TCP_MOBILITY_MOVE_VALIDATING]	= "validating",
	[TCP_MOBILITY_MOVE_SUSPENDED]	= "suspended",
};

NAMES(move_names, "move", moves);

static const char * const curves[] = {
	[TCP_MOBILITY_CURVE_NONE]	= "none",
	[TCP_MOBILITY_CURVE_P192]	= "p192",
	[TCP_MOBILITY_CURVE_X25519]	= "x25519",
};

NAMES(curve_names, "curve", curves);

/* Bits, lowest first. */
static const char * const flags[] = {
	"passive", "secret", "confirmed", "paused", "pinned", "repair",
	"unconfirmed", "stalled", "orphan",
};

NAMES(flag_names, "conn-flags", flags);

static_assert(TCP_MOBILITY_CONN_FLAGS_ORPHAN == 1 << (ARRAY_SIZE(flags) - 1),
	       "flags[] is as long as the kernel's list");

static const char * const options[] = {
	"conn-key-sent", "conn-key-received", "cont-sent", "cont-received",
	"loc-update-sent", "loc-update-received",
};

NAMES(option_names, "options", options);

static_assert(TCP_MOBILITY_OPTIONS_LOC_UPDATE_RECEIVED ==
	       1 << (ARRAY_SIZE(options) - 1),
	       "options[] is as long as the kernel's list");

static const char * const causes[] = {
	[TCP_MOBILITY_CAUSE_NONE]		= "none",
	[TCP_MOBILITY_CAUSE_ADDRESS_GONE]	= "address-gone",
	[TCP_MOBILITY_CAUSE_ROUTE]		= "route",
	[TCP_MOBILITY_CAUSE_RETRY]		= "retry",
	[TCP_MOBILITY_CAUSE_BACK]		= "back",
	[TCP_MOBILITY_CAUSE_STALL]		= "stall",
	[TCP_MOBILITY_CAUSE_RST]		= "rst",
	[TCP_MOBILITY_CAUSE_USER]		= "user",
};

NAMES(cause_names, "cause", causes);

static const char * const events[] = {
	[TCP_MOBILITY_EVENT_NONE]	= "none",
	[TCP_MOBILITY_EVENT_CONNECTED]	= "connected",
	[TCP_MOBILITY_EVENT_KEYED]	= "keyed",
	[TCP_MOBILITY_EVENT_PLAIN]	= "plain",
	[TCP_MOBILITY_EVENT_MOVING]	= "moving",
	[TCP_MOBILITY_EVENT_MOVED]	= "moved",
	[TCP_MOBILITY_EVENT_PEER_MOVED]	= "peer-moved",
	[TCP_MOBILITY_EVENT_VALIDATED]	= "validated",
	[TCP_MOBILITY_EVENT_ADRIFT]	= "adrift",
	[TCP_MOBILITY_EVENT_BACK]	= "back",
	[TCP_MOBILITY_EVENT_STALLED]	= "stalled",
	[TCP_MOBILITY_EVENT_REPAIRING]	= "repairing",
	[TCP_MOBILITY_EVENT_REPAIRED]	= "repaired",
	[TCP_MOBILITY_EVENT_SUSPENDED]	= "suspended",
	[TCP_MOBILITY_EVENT_RESUMED]	= "resumed",
	[TCP_MOBILITY_EVENT_PAUSED]	= "paused",
	[TCP_MOBILITY_EVENT_UNPAUSED]	= "unpaused",
	[TCP_MOBILITY_EVENT_REFUSED]	= "refused",
	[TCP_MOBILITY_EVENT_DEAD]	= "dead",
	[TCP_MOBILITY_EVENT_CLOSED]	= "closed",
};

NAMES(event_names, "event", events);

static const char * const refusals[] = {
	[TCP_MOBILITY_REFUSAL_NONE]		= "none",
	[TCP_MOBILITY_REFUSAL_PINNED]		= "pinned",
	[TCP_MOBILITY_REFUSAL_COLLISION]	= "collision",
	[TCP_MOBILITY_REFUSAL_PEER_COLLISION]	= "peer-collision",
	[TCP_MOBILITY_REFUSAL_PEER_STALE]	= "peer-stale",
	[TCP_MOBILITY_REFUSAL_PEER_SEQUENCE]	= "peer-sequence",
	[TCP_MOBILITY_REFUSAL_PEER_STATE]	= "peer-state",
	[TCP_MOBILITY_REFUSAL_PEER_REFLECTED]	= "peer-reflected",
};

NAMES(refusal_names, "refusal", refusals);

static const char * const deaths[] = {
	[TCP_MOBILITY_DEATH_NONE]		= "none",
	[TCP_MOBILITY_DEATH_SURVIVAL_TIME]	= "survival-time",
	[TCP_MOBILITY_DEATH_SUSPEND_TIME]	= "suspend-time",
	[TCP_MOBILITY_DEATH_RST]		= "rst",
	[TCP_MOBILITY_DEATH_REFUSED]		= "refused",
	[TCP_MOBILITY_DEATH_KEY_CONFLICT]	= "key-conflict",
	[TCP_MOBILITY_DEATH_YIELDED]		= "yielded",
};

NAMES(death_names, "death", deaths);

/* The words of ss, by the kernel's numbers. */
static const char * const tcp_states[] = {
	"UNKNOWN", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2",
	"TIME-WAIT", "UNCONN", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING",
};

NAMES(tcp_state_names, "tcp", tcp_states);

/* A number that a newer kernel knows and this program does not is printed. */
const char *name_of(const struct names *names, unsigned int value)
{
	static char number[4][12];
	static unsigned int next;
	char *buf;

	if (value < names->count)
		return names->words[value];
	buf = number[next++ % ARRAY_SIZE(number)];
	snprintf(buf, sizeof(number[0]), "%u", value);
	return buf;
}

/* The value of @word; -1: there is none. */
int name_find(const struct names *names, const char *word)
{
	unsigned int i;

	for (i = 0; i < names->count; i++)
		if (!strcmp(word, names->words[i]))
			return i;
	return -1;
}

/* Words of the bits that are set, behind @lead; what is left over as raw bits. */
void out_bits(const char *key, const char *lead, const struct names *names,
	      uint32_t bits)
{
	char raw[16];
	unsigned int i;
	bool first = true;

	out_list(key);
	out_text("%s", lead);
	for (i = 0; i < names->count; i++) {
		if (!(bits & 1u << i))
			continue;
		out_str(key, first ? "%s" : ",%s", names->words[i]);
		first = false;
		bits &= ~(1u << i);
	}
	if (bits) {
		snprintf(raw, sizeof(raw), "raw:%x", bits);
		out_str(key, first ? "%s" : ",%s", raw);
	} else if (first) {
		out_text("-");
	}
	out_list_end();
}

/* Of a connection: the specification's words, and one more. */
const char *state_name(unsigned int state)
{
	return state == STATE_ENDED ? "ended" : name_of(&state_names, state);
}

int state_find(const char *word)
{
	return !strcmp(word, "ended") ? STATE_ENDED : name_find(&state_names, word);
}

enum tone state_tone(unsigned int state)
{
	switch (state) {
	case TCP_MOBILITY_KEYED:
		return TONE_GOOD;
	case TCP_MOBILITY_PLAIN:
	case TCP_MOBILITY_ADRIFT:
	case TCP_MOBILITY_SUSPENDED:
		return TONE_BAD;
	case TCP_MOBILITY_MOVING:
	case TCP_MOBILITY_VALIDATING:
	case TCP_MOBILITY_PAUSED:
		return TONE_WARN;
	default:
		return TONE_NONE;
	}
}

static const struct {
	const char	*text;
	const char	*advice;
} reasons_long[] = {
	[TCP_MOBILITY_R_NONE] = {
		"nothing is known yet",
		"look again in a moment" },
	[TCP_MOBILITY_R_PEER] = {
		"the peer answered without a key",
		"the other end needs tcp_mobility, its server needs mobility on, and nothing on the way may take TCP options away: mobctl doctor HOST:PORT finds out which" },
	[TCP_MOBILITY_R_NO_ROOM] = {
		"the SYN had no room for our option",
		"TCP Fast Open and TCP-MD5 leave none: turn them off for this program" },
	[TCP_MOBILITY_R_NO_KEY] = {
		"no key pair could be had",
		"the machine is short of memory, or crypto modules are missing: see dmesg" },
	[TCP_MOBILITY_R_LIMIT] = {
		"a limit of this network namespace was reached",
		"mobctl tcp limits shows which; mobctl tcp limits set raises it" },
	[TCP_MOBILITY_R_CURVE] = {
		"the ends have no curve in common",
		"compare sysctl net.tcp_mobility.curve_offer of the client with curve_accept of the server" },
	[TCP_MOBILITY_R_BAD_KEY] = {
		"the peer's key is not valid",
		"something on the way changes TCP options, or the peer's implementation is broken" },
	[TCP_MOBILITY_R_SIMULTANEOUS] = {
		"both ends connected to each other at the same moment",
		"connect again, from one end" },
	[TCP_MOBILITY_R_TIMEOUT] = {
		"the peer's key never became complete",
		"something on the way takes our option out of segments behind the SYN" },
	[TCP_MOBILITY_R_FORMAT] = {
		"the peer writes its key data in the other order",
		"set sysctl net.tcp_mobility.cont_order to the same value on both ends" },
};

static_assert(ARRAY_SIZE(reasons_long) == ARRAY_SIZE(reasons),
	       "each reason is explained");

/* Why a connection is plain TCP, and what a user can do about it. */
const char *reason_text(unsigned int reason)
{
	return reason < ARRAY_SIZE(reasons_long) ?
	       reasons_long[reason].text : "for a reason that this mobctl does not know";
}

const char *reason_advice(unsigned int reason)
{
	return reason < ARRAY_SIZE(reasons_long) ?
	       reasons_long[reason].advice : "use the mobctl that came with the module";
}

static const char * const refusals_long[] = {
	[TCP_MOBILITY_REFUSAL_NONE] =
		"nothing was refused",
	[TCP_MOBILITY_REFUSAL_PINNED] =
		"the program bound the socket to its address or device",
	[TCP_MOBILITY_REFUSAL_COLLISION] =
		"another socket here has the new addresses and ports",
	[TCP_MOBILITY_REFUSAL_PEER_COLLISION] =
		"the peer moved to where another socket here is connected",
	[TCP_MOBILITY_REFUSAL_PEER_STALE] =
		"the peer's update came late, or somebody sent a copy",
	[TCP_MOBILITY_REFUSAL_PEER_SEQUENCE] =
		"the peer's update does not fit the connection's sequence numbers",
	[TCP_MOBILITY_REFUSAL_PEER_STATE] =
		"the connection is in a state in which the peer cannot move it",
	[TCP_MOBILITY_REFUSAL_PEER_REFLECTED] =
		"our own update came back to us",
};

static_assert(ARRAY_SIZE(refusals_long) == ARRAY_SIZE(refusals),
	       "each refusal is explained");

static const char * const deaths_long[] = {
	[TCP_MOBILITY_DEATH_NONE] =
		"it does not end",
	[TCP_MOBILITY_DEATH_SURVIVAL_TIME] =
		"it had no network for longer than survival_time",
	[TCP_MOBILITY_DEATH_SUSPEND_TIME] =
		"after a RST the peer was not heard of for the suspend time",
	[TCP_MOBILITY_DEATH_RST] =
		"a RST, and no waiting: suspend_time is 0, or max_suspended was reached",
	[TCP_MOBILITY_DEATH_REFUSED] =
		"the peer's host answered updates with RST",
	[TCP_MOBILITY_DEATH_KEY_CONFLICT] =
		"key data contradicted what had come before",
	[TCP_MOBILITY_DEATH_YIELDED] =
		"after a RST the peer's host began a new connection in its place",
};

static_assert(ARRAY_SIZE(deaths_long) == ARRAY_SIZE(deaths),
	       "each end is explained");

const char *refusal_text(unsigned int refusal)
{
	return refusal < ARRAY_SIZE(refusals_long) ? refusals_long[refusal] :
	       "for a reason that this mobctl does not know";
}

const char *death_text(unsigned int death)
{
	return death < ARRAY_SIZE(deaths_long) ? deaths_long[death] :
	       "for a reason that this mobctl does not know";
}
