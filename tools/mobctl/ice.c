// SPDX-License-Identifier: GPL-2.0
/* mobctl ice: peers of ICE for Mobile IPv6, their candidates and pairs. */
#include "ice.h"
#include "mobctl.h"
#include "names.h"
#include "print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <linux/mip6_ice.h>

/* -- words for numbers; those of the specification ------------------------ */

#define NAMES(name, text, ...)						\
	static const char * const name##_words[] = { __VA_ARGS__ };	\
	static const struct names name##_names = {			\
		text, ARRAY_SIZE(name##_words), name##_words }

NAMES(ice_state, "state", "idle", "gathering", "offered", "checking", "completed",
      "failed", "silent");
NAMES(ice_type, "type", "none", "host", "srflx", "prflx", "relayed");
NAMES(ice_pair_state, "state", "waiting", "in-progress", "succeeded", "failed");
NAMES(ice_why, "reason", "nothing", "timeout", "asymmetric", "error", "send",
      "limit", "other-pair");
NAMES(ice_event, "event", "none", "valid", "selected", "failed", "role",
      "consent-lost", "silent", "mismatch", "path-lost");
NAMES(ice_peer_flag, "flag", "initiate", "manual");
NAMES(ice_pair_flag, "flag", "valid", "nominated", "selected", "heard");

static enum tone ice_tone(unsigned int state)
{
	switch (state) {
	case MIP6_ICE_STATE_COMPLETED:
		return TONE_GOOD;
	case MIP6_ICE_STATE_FAILED:
	case MIP6_ICE_STATE_SILENT:
		return TONE_BAD;
	default:
		return TONE_NONE;
	}
}

/* -- who is meant -------------------------------------------------------- */

static int parse_home(const char *text, struct in6_addr *addr)
{
	if (address_parse(text, addr) && !IN6_IS_ADDR_V4MAPPED(addr))
		return 0;
	return fail(EXIT_USAGE, "\"%s\" is no IPv6 home address", text);
}

static int too_many(const char *word)
{
	return fail(EXIT_USAGE, "\"%s\" is one word too many", word);
}

/* HOME-ADDRESS [ home ADDRESS ]; the number of words, or a negative status. */
static int parse_who(int argc, char **argv, struct ice_who *who)
{
	int err;

	memset(who, 0, sizeof(*who));
	if (!argc)
		return -fail(EXIT_USAGE, "the peer's home address is missing");
	err = parse_home(argv[0], &who->peer);
	if (err)
		return -err;
	who->has_peer = true;
	if (argc < 2 || strcmp(argv[1], "home"))
		return 1;
	if (argc < 3)
		return -fail(EXIT_USAGE, "\"home\" needs an address");
	err = parse_home(argv[2], &who->home);
	if (err)
		return -err;
	who->has_home = true;
	return 3;
}

/* [ HOME-ADDRESS ], for commands that list. */
static int parse_some(int argc, char **argv, struct ice_who *who)
{
	memset(who, 0, sizeof(*who));
	if (!argc)
		return 0;
	if (parse_home(argv[0], &who->peer))
		return EXIT_USAGE;
	who->has_peer = true;
	return argc > 1 ? too_many(argv[1]) : 0;
}

/* The address that the system talks to the peer from. */
static int find_home(struct ice_who *who)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = 9 };
	socklen_t len = sizeof(sin6);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = -1;

	sin6.sin6_addr = who->peer;
	if (fd >= 0) {
		err = connect(fd, (struct sockaddr *)&sin6, sizeof(sin6)) ||
		      getsockname(fd, (struct sockaddr *)&sin6, &len);
		close(fd);
	}
	if (err)
		return fail(EXIT_KERNEL, "there is no way to the peer yet: name our address with \"home\"");
	who->home = sin6.sin6_addr;
	who->has_home = true;
	return 0;
}

struct found {
	struct ice_who	who;
	unsigned int	n;
};

static int found_one(const struct ice_peer *p, void *arg)
{
	struct found *found = arg;

	found->who = p->who;
	found->n++;
	return 0;
}

/* The session that is meant, with both of its addresses. */
static int find_session(struct ice_who *who)
{
	struct found found = { .n = 0 };
	int err;

	if (who->has_home)
		return 0;
	err = icenl_peers(who, found_one, &found);
	if (err)
		return genl_status(err);
	if (!found.n)
		return fail(EXIT_KERNEL, "there is no session with that peer");
	if (found.n > 1)
		return fail(EXIT_KERNEL, "there are %u sessions with that peer: say which with \"home\"",
			    found.n);
	*who = found.who;
	return 0;
}

/* -- orders -------------------------------------------------------------- */

static int parse_server(int argc, char **argv, struct endpoint *e)
{
	if (argc < 2)
		return fail(EXIT_USAGE, "\"server\" needs an address");
	if (!endpoint_parse(argv[1], e) || !e->has_addr)
		return fail(EXIT_USAGE, "\"%s\" is no address of a STUN server", argv[1]);
	return 0;
}

static int ice_peer_add(int argc, char **argv)
{
	struct ice_peer p = { .flags = 0 };
	int taken = parse_who(argc, argv, &p.who), err;

	if (taken < 0)
		return -taken;
	for (argc -= taken, argv += taken; argc; argc--, argv++) {
		if (!strcmp(argv[0], "initiate")) {
			p.flags |= MIP6_ICE_PEER_FLAGS_INITIATE;
		} else if (!strcmp(argv[0], "manual")) {
			p.flags |= MIP6_ICE_PEER_FLAGS_MANUAL;
		} else if (!strcmp(argv[0], "server")) {
			err = parse_server(argc, argv, &p.server);
			if (err)
				return err;
			argc--;
			argv++;
		} else {
			return too_many(argv[0]);
		}
	}
	err = genl_family(MIP6_ICE_FAMILY_NAME);
	if (err)
		return genl_status(err);
	if (!p.who.has_home) {
		err = find_home(&p.who);
		if (err)
			return err;
	}
	return genl_status(icenl_add(&p));
}

static int order(int argc, char **argv, int (*what)(const struct ice_who *who))
{
	struct ice_who who;
	int taken = parse_who(argc, argv, &who), err;

	if (taken < 0)
		return -taken;
	if (argc > taken)
		return too_many(argv[taken]);
	err = find_session(&who);
	return err ? err : genl_status(what(&who));
}

static int ice_peer_del(int argc, char **argv)
{
	return order(argc, argv, icenl_del);
}

static int ice_peer_restart(int argc, char **argv)
{
	return order(argc, argv, icenl_restart);
}

/* @len octets as twice as many hexadecimal digits. */
static bool parse_hex(const char *text, uint8_t *octets, unsigned int len)
{
	unsigned int i, value;

	if (strlen(text) != 2 * len ||
	    strspn(text, "0123456789abcdefABCDEF") != 2 * len)
		return false;
	for (i = 0; i < len; i++) {
		sscanf(text + 2 * i, "%2x", &value);
		octets[i] = value;
	}
	return true;
}

/* "candidate" TYPE ENDPOINT PRIORITY */
static int parse_cand(int argc, char **argv, struct ice_cand *c)
{
	unsigned long priority;
	int type;

	if (argc < 4)
		return fail(EXIT_USAGE, "\"candidate\" needs a type, an endpoint and a priority");
	type = name_find(&ice_type_names, argv[1]);
	if (type <= 0)
		return fail(EXIT_USAGE, "\"%s\" is no type: host, srflx, prflx or relayed",
			    argv[1]);
	c->type = type;
	if (!endpoint_parse(argv[2], &c->addr) || !c->addr.has_addr || !c->addr.port)
		return fail(EXIT_USAGE, "\"%s\" is no endpoint with a port", argv[2]);
	if (!parse_number(argv[3], UINT32_MAX, &priority))
		return fail(EXIT_USAGE, "\"%s\" is no priority", argv[3]);
	c->priority = priority;
	return 0;
}

static int parse_remote(int argc, char **argv, struct ice_remote *r)
{
	uint8_t ufrag[2];
	int err;

	if (argc < 5 || strcmp(argv[0], "ufrag") || strcmp(argv[2], "pwd"))
		return fail(EXIT_USAGE, "\"ufrag\", \"pwd\" and our role are needed");
	if (!parse_hex(argv[1], ufrag, 2))
		return fail(EXIT_USAGE, "\"%s\" is no ufrag of 4 hexadecimal digits", argv[1]);
	r->ufrag = ufrag[0] << 8 | ufrag[1];
	if (!parse_hex(argv[3], r->pwd, ICE_PWD_LEN))
		return fail(EXIT_USAGE, "the pwd has 24 hexadecimal digits");
	r->controlling = !strcmp(argv[4], "controlling");
	if (!r->controlling && strcmp(argv[4], "controlled"))
		return fail(EXIT_USAGE, "\"%s\" is no role: controlling or controlled",
			    argv[4]);
	for (argc -= 5, argv += 5; argc; argc -= 4, argv += 4) {
		if (strcmp(argv[0], "candidate"))
			return too_many(argv[0]);
		if (r->n == ICE_CANDS_MAX)
			return fail(EXIT_USAGE, "more than %u candidates", r->n);
		err = parse_cand(argc, argv, &r->cands[r->n]);
		if (err)
			return err;
		r->n++;
	}
	return 0;
}

static int ice_peer_remote(int argc, char **argv)
{
	struct ice_remote r = { .n = 0 };
	int taken = parse_who(argc, argv, &r.who), err;

	if (taken < 0)
		return -taken;
	err = parse_remote(argc - taken, argv + taken, &r);
	if (!err)
		err = find_session(&r.who);
	return err ? err : genl_status(icenl_remote(&r));
}

/* -- lists --------------------------------------------------------------- */

static void out_address(const char *key, const char *fmt,
			const struct in6_addr *addr)
{
	char text[INET6_ADDRSTRLEN];

	out_tone(TONE_NAME, key, fmt, address_text(addr, text));
}

static void out_end_point(const char *key, const char *fmt,
			  const struct endpoint *e)
{
	char text[ENDPOINT_LEN];

	out_tone(TONE_NAME, key, fmt, endpoint_text(e, text));
}

static void out_who(const struct ice_who *who)
{
	out_address("peer", "%s", &who->peer);
	out_address("home", " home %s", &who->home);
}

static int print_peer(const struct ice_peer *p, void *arg)
{
	out_record(NULL);
	out_who(&p->who);
	out_tone(ice_tone(p->state), "state", " state %s",
		 name_of(&ice_state_names, p->state));
	out_str("role", " role %s", p->controlling ? "controlling" : "controlled");
	if (p->path_local.has_addr) {
		out_end_point("path_local", " path %s", &p->path_local);
		out_end_point("path_remote", " -> %s", &p->path_remote);
	} else {
		out_text(" path home-agent");
	}
	out_bool("path_relayed", p->path_relayed ? " relayed" : NULL, p->path_relayed);
	out_bool("path_old", p->path_old ? " old" : NULL, p->path_old);
	if (out_opts.details || out_opts.json) {
		out_line();
		out_uint("checks", "checks %" PRIu64, p->checks);
		out_uint("candidates", " candidates %" PRIu64, p->candidates);
		out_uint("pairs", " pairs %" PRIu64, p->pairs);
		out_bits("flags", " flags ", &ice_peer_flag_names, p->flags);
		if (p->server.has_addr)
			out_end_point("server", " server %s", &p->server);
	}
	out_record_end();
	out_end();
	return 0;
}

static int print_keys(const struct ice_peer *p, void *arg)
{
	char text[2 * ICE_PWD_LEN + 1];
	unsigned int i;

	out_record(NULL);
	out_who(&p->who);
	snprintf(text, sizeof(text), "%04x", p->ufrag);
	out_str("ufrag", " ufrag %s", text);
	for (i = 0; i < ICE_PWD_LEN; i++)
		snprintf(text + 2 * i, 3, "%02x", p->pwd[i]);
	out_str("pwd", " pwd %s", text);
	out_record_end();
	out_end();
	explicit_bzero(text, sizeof(text));
	return 0;
}

static int print_cand(const struct ice_cand *c, void *arg)
{
	out_record(NULL);
	out_who(&c->who);
	out_str("side", " %s", c->remote ? "remote" : "local");
	out_str("type", " %s", name_of(&ice_type_names, c->type));
	out_end_point("address", " %s", &c->addr);
	out_uint("priority", " priority %" PRIu64, c->priority);
	if (c->base.has_addr)
		out_end_point("base", " base %s", &c->base);
	out_record_end();
	out_end();
	return 0;
}

static void out_pair(const struct ice_pair *p)
{
	out_str("local_type", " %s", name_of(&ice_type_names, p->local_type));
	out_end_point("local", " %s", &p->local);
	out_str("remote_type", " -> %s", name_of(&ice_type_names, p->remote_type));
	out_end_point("remote", " %s", &p->remote);
	out_tone(p->state == MIP6_ICE_PAIR_STATE_FAILED ? TONE_BAD : TONE_NONE,
		 "state", " state %s", name_of(&ice_pair_state_names, p->state));
	if (p->why)
		out_str("why", " why %s", name_of(&ice_why_names, p->why));
	if (p->error)
		out_uint("error", " error %" PRIu64, p->error);
	if (p->has_rtt)
		out_uint("rtt_ms", " rtt %" PRIu64 "ms", p->rtt_ms);
	out_uint("transactions", " checks %" PRIu64, p->transactions);
	out_uint("sent", " sent %" PRIu64, p->sent);
	out_uint("priority", " priority %" PRIu64, p->priority);
	out_bits("flags", " flags ", &ice_pair_flag_names, p->flags);
}

static int print_pair(const struct ice_pair *p, void *arg)
{
	out_record(NULL);
	out_who(&p->who);
	out_pair(p);
	out_record_end();
	out_end();
	return 0;
}

static int list_end(int err)
{
	out_list_end();
	return genl_status(err);
}

static int ice_peer_show(int argc, char **argv)
{
	struct ice_who who;
	int err = parse_some(argc, argv, &who);

	if (err)
		return err;
	out_list(NULL);
	return list_end(icenl_peers(&who, print_peer, NULL));
}

static int ice_keys(int argc, char **argv)
{
	struct ice_who who;
	int err = parse_some(argc, argv, &who);

	if (err)
		return err;
	out_list(NULL);
	return list_end(icenl_keys(&who, print_keys, NULL));
}

static int ice_candidates(int argc, char **argv)
{
	struct ice_who who;
	int err = parse_some(argc, argv, &who);

	if (err)
		return err;
	out_list(NULL);
	return list_end(icenl_cands(&who, print_cand, NULL));
}

static int ice_pairs(int argc, char **argv)
{
	struct ice_who who;
	int err = parse_some(argc, argv, &who);

	if (err)
		return err;
	out_list(NULL);
	return list_end(icenl_pairs(&who, print_pair, NULL));
}

/* -- events and counters ------------------------------------------------- */

/* Every event is a JSON value of its own, on its line: there is no end. */
static int print_event(const struct ice_pair *p, void *arg)
{
	out_record(NULL);
	out_time();
	out_tone(ice_tone(p->session_state), "event", "%-12s ",
		 name_of(&ice_event_names, p->event));
	out_who(&p->who);
	out_str("session", " session %s",
		name_of(&ice_state_names, p->session_state));
	if (p->has_pair)
		out_pair(p);
	out_record_end();
	out_end();
	return out_flush();
}

int ice_monitor(int argc, char **argv)
{
	if (argc)
		return too_many(argv[0]);
	return genl_status(icenl_events(print_event, print_events_lost));
}

static int print_counter(const struct counter *c, void *arg)
{
	if (!out_opts.json && !out_opts.stats && !c->value)
		return 0;
	out_uint(c->name, NULL, c->value);
	out_str(NULL, "%-20s ", c->name);
	out_text("%10" PRIu64, c->value);
	if (out_opts.details)
		out_str(NULL, "  %s", c->doc);
	out_end();
	return 0;
}

static int ice_stats(int argc, char **argv)
{
	int err;

	if (argc)
		return too_many(argv[0]);
	out_record(NULL);
	err = icenl_counters(print_counter, NULL);
	out_record_end();
	return genl_status(err);
}

const struct command ice_commands[] = {
	{ "peer show", "[ HOME-ADDRESS ]", "list peers, and the path in use", ice_peer_show },
	{ "peer add", "HOME-ADDRESS [ home ADDRESS ] [ server ENDPOINT ] [ initiate ] [ manual ]",
	  "look for a direct path to a peer", ice_peer_add },
	{ "peer del", "HOME-ADDRESS [ home ADDRESS ]", "forget a peer", ice_peer_del },
	{ "peer restart", "HOME-ADDRESS [ home ADDRESS ]", "gather, offer and check again",
	  ice_peer_restart },
	{ "peer remote", "HOME-ADDRESS [ home ADDRESS ] ufrag HEX pwd HEX { controlling | controlled } [ candidate TYPE ENDPOINT PRIORITY ]...",
	  "bring a manual peer's side", ice_peer_remote },
	{ "candidates", "[ HOME-ADDRESS ]", "list addresses offered and received", ice_candidates },
	{ "pairs", "[ HOME-ADDRESS ]", "list pairs, their checks, and why one failed", ice_pairs },
	{ "keys", "[ HOME-ADDRESS ]", "list our credentials", ice_keys },
	{ "monitor", "", "print events until interrupted", ice_monitor },
	{ "stats", "", "print counters", ice_stats },
	{ NULL }
};
