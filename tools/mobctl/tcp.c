// SPDX-License-Identifier: GPL-2.0
/* mobctl tcp: see and steer mobile connections. */
#include "tcp.h"
#include "ice.h"
#include "mobctl.h"
#include "names.h"
#include "print.h"
#include "proc.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/tcp_mobility_netlink.h>

/* -- which connections --------------------------------------------------- */

/* What cannot be alternatives: nothing agrees with two of them. */
static int twice(const char *what)
{
	return -fail(EXIT_USAGE, "%s is given twice", what);
}

/* An address may come with its port or ahead of it, or behind. */
static int parse_end(const char *keyword, const char *value, struct endpoint *e,
		     uint8_t *bits)
{
	struct endpoint one;
	uint8_t length;

	if (!prefix_parse(value, &one, &length))
		return -fail(EXIT_USAGE, "\"%s\" behind \"%s\" is no address, port or prefix, such as 192.0.2.1, 192.0.2.0/24, [2001:db8::1]:22 or :22",
			     value, keyword);
	if (one.has_addr && e->has_addr)
		return twice(*keyword == 'l' ? "the local address" : "the peer's address");
	if (one.port && e->port)
		return twice(*keyword == 'l' ? "the local port" : "the peer's port");
	if (one.has_addr) {
		e->has_addr = true;
		e->addr = one.addr;
		*bits = length;
	}
	if (one.port)
		e->port = one.port;
	return 2;
}

/* As `ss -e' and `tcp show' print it, or as a decimal number. */
static int parse_id(const char *value, struct conn_select *s)
{
	char *end;

	if (s->has_cookie)
		return twice("\"id\"");
	errno = 0;
	s->cookie = strtoull(value, &end, strncmp(value, "0x", 2) ? 10 : 16);
	if (errno || *end || end == value || *value == '-')
		return -fail(EXIT_USAGE, "\"%s\" is no id, such as 0x2a", value);
	s->has_cookie = true;
	return 2;
}

static int parse_state(const char *value, struct conn_select *s)
{
	int state = state_find(value);

	if (state <= TCP_MOBILITY_NONE)
		return -fail(EXIT_USAGE, "\"%s\" is no state, try \"mobctl tcp help\"",
			     value);
	s->states |= 1u << state;
	return 2;
}

/*
 * One FILTER at the beginning of @argv, added to @s. The number of arguments
 * taken, 0 if it is none, or a negative exit status after saying why.
 */
int parse_filter(int argc, char **argv, struct conn_select *s)
{
	const char *word = argc ? argv[0] : "";

	if (!strcmp(word, "inet") || !strcmp(word, "inet6")) {
		if (s->family)
			return twice("the family");
		s->family = word[4] ? AF_INET6 : AF_INET;
		return 1;
	}
	if (strcmp(word, "id") && strcmp(word, "local") && strcmp(word, "peer") &&
	    strcmp(word, "state"))
		return 0;
	if (argc < 2)
		return -fail(EXIT_USAGE, "\"%s\" needs a value", word);
	if (!strcmp(word, "id"))
		return parse_id(argv[1], s);
	if (!strcmp(word, "state"))
		return parse_state(argv[1], s);
	if (!strcmp(word, "local"))
		return parse_end(word, argv[1], &s->local, &s->local_prefix);
	return parse_end(word, argv[1], &s->remote, &s->remote_prefix);
}

/* Behind the last filter. 0, or an exit status after saying what is wrong. */
static int end_filters(struct conn_select *s)
{
	if (s->has_cookie && (s->family || s->states || s->local.has_addr ||
			      s->local.port || s->remote.has_addr || s->remote.port))
		return fail(EXIT_USAGE, "\"id\" names one connection: no other filter goes with it");
	/* An option is no filter. */
	if (!s->has_cookie && !s->family)
		s->family = family_wanted;
	return 0;
}

/* Filters alone. 0, or an exit status. */
int parse_filters(int argc, char **argv, struct conn_select *s)
{
	int taken;

	memset(s, 0, sizeof(*s));
	while (argc) {
		taken = parse_filter(argc, argv, s);
		if (taken < 0)
			return -taken;
		if (!taken)
			return fail(EXIT_USAGE, "\"%s\" is no filter, try \"mobctl tcp help\"",
				    argv[0]);
		argc -= taken;
		argv += taken;
	}
	return end_filters(s);
}

static bool match_end(const struct endpoint *want, uint8_t bits,
		      const struct endpoint *e)
{
	unsigned int all = bits, whole, rest;

	if (want->port && want->port != e->port)
		return false;
	if (!want->has_addr)
		return true;
	if (IN6_IS_ADDR_V4MAPPED(&want->addr))
		all += 96;
	else if (IN6_IS_ADDR_V4MAPPED(&e->addr))
		return false;	/* ::/0 is all of IPv6 */
	whole = all / 8;
	rest = all % 8;
	return !memcmp(&want->addr, &e->addr, whole) &&
	       (!rest || !((want->addr.s6_addr[whole] ^ e->addr.s6_addr[whole]) >> (8 - rest)));
}

/*
 * TCP_MOBILITY_* or STATE_ENDED. A socket that never was connected is closed, too,
 * but has exchanged nothing; events, which say nothing of that, are of connections.
 */
unsigned int conn_state(const struct conn *c)
{
	if (c->state == TCP_MOBILITY_IDLE && c->has & HAS_TCP_STATE &&
	    c->tcp_state == TCP_CLOSE &&
	    (!(c->has & HAS_EXCHANGE) || c->exchange >= TCP_MOBILITY_EXCHANGE_RUNNING))
		return STATE_ENDED;
	return c->state;
}

static bool match_state(const struct conn *c, const struct conn_select *s)
{
	unsigned int state = conn_state(c);

	/* A newer module may have states that no filter knows. */
	return !s->states || !(c->has & HAS_STATE) ||
	       (state < 32 && s->states & 1u << state);
}

/*
 * Is it one that @s selects? For events, which the kernel sends to all. Of a
 * connection that has moved the ends before count, too.
 */
bool conn_matches(const struct conn *c, const struct conn_select *s)
{
	if (s->has_cookie)
		return c->cookie == s->cookie;
	if (s->family && s->family != c->family)
		return false;
	if (!match_state(c, s))
		return false;
	if (match_end(&s->local, s->local_prefix, &c->local) &&
	    match_end(&s->remote, s->remote_prefix, &c->remote))
		return true;
	return c->has & HAS_PREV &&
	       match_end(&s->local, s->local_prefix, &c->prev_local) &&
	       match_end(&s->remote, s->remote_prefix, &c->prev_remote);
}

/* -- how they are printed ------------------------------------------------ */

void out_endpoint(const char *key, const char *fmt, const struct endpoint *e)
{
	char text[ENDPOINT_LEN];

	out_tone(TONE_NAME, key, fmt, endpoint_text(e, text));
}

/* Microseconds as JSON, "1.234ms" or "5.678s" as text. */
void out_duration(const char *key, const char *lead, uint64_t us)
{
	if (us < 1000000)
		out_text("%s%" PRIu64 ".%03" PRIu64 "ms", lead, us / 1000, us % 1000);
	else
		out_text("%s%" PRIu64 ".%03" PRIu64 "s", lead, us / 1000000,
			 us / 1000 % 1000);
	out_uint(key, NULL, us);
}

/* Pairs of hexadecimal digits. */
void out_octets(const char *key, const char *fmt, const uint8_t *octets,
		unsigned int len)
{
	char text[2 * CONN_SECRET_MAX + 1] = "";
	unsigned int i;

	for (i = 0; i < len && i < CONN_SECRET_MAX; i++)
		snprintf(text + 2 * i, 3, "%02x", octets[i]);
	out_str(key, fmt, text);
	explicit_bzero(text, sizeof(text));
}

/* Who it is: id and both ends. */
void out_conn_head(const struct conn *c)
{
	out_endpoint("local", "%s", &c->local);
	if (c->has & HAS_REMOTE)
		out_endpoint("peer", " -> %s", &c->remote);
	out_uint("id", " id 0x%" PRIx64, c->cookie);
	out_str("family", NULL, c->family == AF_INET6 ? "inet6" : "inet");
	if (c->has & HAS_TCP_STATE)
		out_str("tcp", c->tcp_state == 1 ? NULL : " tcp %s",
			name_of(&tcp_state_names, c->tcp_state));
}

/* Who holds the socket: looked up only for -d, as all of /proc is read for it. */
static void out_program(uint32_t inode)
{
	pid_t pid = proc_holder(inode);
	char name[PROC_NAME_LEN];

	if (!pid)
		return;
	proc_name(pid, name);
	out_str("program", " program %s", name);
	out_uint("pid", " pid %" PRIu64, pid);
}

static void out_socket(const struct conn *c)
{
	char dev[IF_NAMESIZE];

	if (c->has & HAS_IFINDEX) {
		if (!if_indextoname(c->ifindex, dev))
			snprintf(dev, sizeof(dev), "%u", c->ifindex);
		out_str("dev", " dev %s", dev);
	}
	if (c->has & HAS_UID)
		out_uint("uid", " uid %" PRIu64, c->uid);
	if (c->has & HAS_INODE)
		out_uint("inode", " ino %" PRIu64, c->inode);
	if (c->has & HAS_INODE && out_opts.details)
		out_program(c->inode);
}

static void out_keys(const struct conn *c)
{
	out_line();
	out_str("exchange", "exchange %s", name_of(&exchange_names, c->exchange));
	if (c->has & HAS_CURVE)
		out_str("curve", " curve %s", name_of(&curve_names, c->curve));
	if (c->has & HAS_FINGERPRINT)
		out_octets("fingerprint", " fingerprint %s", c->fingerprint,
			   sizeof(c->fingerprint));
	if (c->has & HAS_TOKEN)
		out_octets("token", " token %s", c->token, sizeof(c->token));
	if (c->has & HAS_AGE)
		out_duration("age_us", " age ", c->age_ms * 1000);
}

static void out_moves(const struct conn *c)
{
	if (!(c->has & (HAS_MOVES | HAS_UPDATES)))
		return;
	out_line();
	out_str("move", "move %s", name_of(&move_names, c->move));
	out_uint("moves_local", " local %" PRIu64, c->moves_local);
	out_uint("moves_peer", " peer %" PRIu64, c->moves_remote);
	if (c->has & HAS_UPDATES)
		out_uint("updates_sent", " updates %" PRIu64, c->updates_sent);
	if (c->has & HAS_REQNO)
		out_uint("reqno", " reqno %" PRIu64, c->reqno);
	if (c->has & HAS_PEER_REQNO)
		out_uint("peer_reqno", " peer-reqno %" PRIu64, c->peer_reqno);
	if (c->has & HAS_LAST_MOVE)
		out_duration("last_move_us", " last ", c->last_move_us);
	if (c->has & HAS_CAUSE)
		out_str("last_move_cause", " cause %s",
			name_of(&cause_names, c->last_move_cause));
}

static void out_times(const struct conn *c)
{
	if (!(c->has & (HAS_LOST | HAS_SURVIVAL_LEFT | HAS_SUSPEND_LEFT |
			HAS_SUSPEND_TIME)))
		return;
	out_line();
	out_text("times");
	if (c->has & HAS_LOST)
		out_duration("lost_us", " lost ", c->lost_ms * 1000);
	if (c->has & HAS_SURVIVAL_LEFT)
		out_duration("survival_left_us", " survives ", c->survival_left_ms * 1000);
	if (c->has & HAS_SUSPEND_LEFT)
		out_duration("suspend_left_us", " suspended-for ", c->suspend_left_ms * 1000);
	if (c->has & HAS_SUSPEND_TIME)
		out_uint("suspend_time", " suspend-time %" PRIu64 "s", c->suspend_time);
}

static void out_details(const struct conn *c)
{
	out_socket(c);
	if (c->has & HAS_EXCHANGE)
		out_keys(c);
	out_moves(c);
	out_times(c);
	if (c->has & (HAS_FLAGS | HAS_OPTIONS)) {
		out_line();
		out_bits("flags", "flags ", &flag_names, c->flags);
		out_bits("options", " options ", &option_names, c->options);
	}
	if (c->has & HAS_ORIG) {
		out_line();
		out_endpoint("orig_local", "began %s", &c->orig_local);
		out_endpoint("orig_peer", " -> %s", &c->orig_remote);
	}
}

/* -- show ---------------------------------------------------------------- */

static int show_one(const struct conn *c, void *arg)
{
	unsigned int state = conn_state(c);

	/* The kernel makes no difference between idle and ended. */
	if (!match_state(c, arg))
		return 0;
	out_record(NULL);
	out_tone(state_tone(state), "state", "%-10s ", state_name(state));
	out_conn_head(c);
	if (c->has & HAS_REASON) {
		out_str("reason", " reason %s", name_of(&reason_names, c->reason));
		out_str("reason_text", out_opts.details ? NULL : " (%s)",
			reason_text(c->reason));
	}
	if (out_opts.details || out_opts.json) {
		out_details(c);
	} else {
		if (c->moves_local)
			out_uint(NULL, " moves %" PRIu64, c->moves_local);
		if (c->moves_remote)
			out_uint(NULL, " peer-moves %" PRIu64, c->moves_remote);
		if (out_opts.stats)
			out_moves(c);
	}
	if (out_opts.details && c->has & HAS_REASON) {
		out_line();
		out_str(NULL, "plain because %s", reason_text(c->reason));
		out_str(NULL, ": %s", reason_advice(c->reason));
	}
	out_record_end();
	out_end();
	return 0;
}

static int tcp_show(int argc, char **argv)
{
	struct conn_select which;
	int err = parse_filters(argc, argv, &which);

	if (err)
		return err;
	out_list(NULL);
	err = genl_conns(&which, show_one, &which);
	out_list_end();
	return genl_status(err);
}

/* -- keys ---------------------------------------------------------------- */

struct keys_wanted {
	bool	secret;		/* itself, not only its fingerprint */
	bool	none;
};

static int keys_one(const struct conn *c, void *arg)
{
	const struct keys_wanted *wanted = arg;

	if (wanted->none)
		return 0;
	out_record(NULL);
	out_conn_head(c);
	out_line();
	if (c->has & HAS_CURVE)
		out_str("curve", "curve %s", name_of(&curve_names, c->curve));
	if (c->has & HAS_FINGERPRINT)
		out_octets("fingerprint", " fingerprint %s", c->fingerprint,
			   sizeof(c->fingerprint));
	if (c->has & HAS_TOKEN)
		out_octets("token", " token %s", c->token, sizeof(c->token));
	if (c->has & HAS_SECRET && wanted->secret) {
		out_line();
		out_octets("secret", "secret %s", c->secret, c->secret_len);
		out_uint("n_i", " n-i %" PRIu64, c->n_i);
		out_uint("n_a", " n-a %" PRIu64, c->n_a);
	} else {
		out_text(" secret (hidden)");
	}
	out_record_end();
	out_end();
	return 0;
}

/* Secrets stay out of sight, and of shell logs, until they are asked for. */
static int tcp_keys(int argc, char **argv)
{
	struct conn_select which;
	bool secret = argc && !strcmp(argv[0], "secret");
	int err = parse_filters(argc - secret, argv + secret, &which);
	struct keys_wanted wanted = { .secret = secret };

	if (err)
		return err;
	/* Who is idle has no key. The kernel's idle ones with a key have ended. */
	wanted.none = which.states == 1u << TCP_MOBILITY_IDLE;
	if (!wanted.none)
		which.states &= ~(1u << TCP_MOBILITY_IDLE);
	out_list(NULL);
	err = genl_keys(&which, keys_one, &wanted);
	out_list_end();
	return genl_status(err);
}

/* -- orders: move, repair, pause, resume --------------------------------- */

static const char * const done_words[] = {
	[VERB_MOVE]	= "moving",
	[VERB_REPAIR]	= "telling their address again",
	[VERB_PAUSE]	= "paused",
	[VERB_RESUME]	= "going on",
};

/* all, or filters; and "to ADDRESS" for a move. */
static int parse_order(int argc, char **argv, struct conn_order *order)
{
	bool chosen = false;
	int taken;

	while (argc) {
		if (!strcmp(argv[0], "all")) {
			order->all = true;
			taken = 1;
		} else if (order->verb == VERB_MOVE && !strcmp(argv[0], "to")) {
			if (argc < 2)
				return fail(EXIT_USAGE, "\"to\" needs an address");
			if (!address_parse(argv[1], &order->to.addr))
				return fail(EXIT_USAGE, "\"%s\" behind \"to\" is no address",
					    argv[1]);
			if (order->to.has_addr)
				return -twice("\"to\"");
			order->to.has_addr = true;
			argc -= 2;
			argv += 2;
			continue;
		} else {
			taken = parse_filter(argc, argv, &order->which);
		}
		if (taken < 0)
			return -taken;
		if (!taken)
			return fail(EXIT_USAGE, "\"%s\" is no filter, try \"mobctl tcp help\"",
				    argv[0]);
		if (order->all && chosen)
			return fail(EXIT_USAGE, "\"all\" and a filter exclude each other");
		chosen = true;
		argc -= taken;
		argv += taken;
	}
	if (!chosen)
		return fail(EXIT_USAGE, "which connections? Give \"all\" or a filter");
	return end_filters(&order->which);
}

static int give_order(enum conn_verb verb, int argc, char **argv)
{
	struct conn_order order = { .verb = verb };
	int err = parse_order(argc, argv, &order);

	if (err)
		return err;
	err = genl_order(&order);
	if (err)
		return genl_status(err);
	out_record(NULL);
	out_uint("count", order.count == 1 ? "%" PRIu64 " connection " :
					     "%" PRIu64 " connections ", order.count);
	out_text("%s", done_words[verb]);
	out_uint("failed", order.failed ? ", %" PRIu64 " refused" : NULL, order.failed);
	out_record_end();
	out_end();
	if (order.failed && order.why[0])
		return fail(EXIT_KERNEL, "%" PRIu32 " refused, the first one: %s",
			    order.failed, order.why);
	if (order.failed)
		return EXIT_KERNEL;
	if (!order.count && !order.all)
		return fail(EXIT_KERNEL, "no connection that can do that matches");
	return 0;
}

static int tcp_move(int argc, char **argv)
{
	return give_order(VERB_MOVE, argc, argv);
}

static int tcp_repair(int argc, char **argv)
{
	return give_order(VERB_REPAIR, argc, argv);
}

static int tcp_pause(int argc, char **argv)
{
	return give_order(VERB_PAUSE, argc, argv);
}

static int tcp_resume(int argc, char **argv)
{
	return give_order(VERB_RESUME, argc, argv);
}

/* -- limits -------------------------------------------------------------- */

static const char * const limits[] = {
	[LIMIT_CONNECTIONS]	= "max_connections",
	[LIMIT_HALF_OPEN]	= "max_half_open",
	[LIMIT_SUSPENDED]	= "max_suspended",
	[LIMIT_SURVIVAL_TIME]	= "survival_time",
	[LIMIT_SUSPEND_TIME]	= "suspend_time",
};

static const struct names limit_names = {
	"limit", ARRAY_SIZE(limits), limits
};

static void out_limit(const struct limits *l, enum limit i)
{
	out_record(limits[i]);
	out_text("%-16s", limits[i]);
	if (i == LIMIT_SURVIVAL_TIME || i == LIMIT_SUSPEND_TIME) {
		out_uint("seconds", "%" PRIu64 " s", l->max[i]);
	} else {
		out_uint("max", "%" PRIu64, l->max[i]);
		out_uint("now", ", now %" PRIu64, l->now[i]);
	}
	out_record_end();
}

static int tcp_limits(int argc, char **argv)
{
	struct limits l;
	int i, err;

	if (argc)
		return fail(EXIT_USAGE, "\"%s\" is one word too many", argv[0]);
	err = genl_limits(&l);
	if (err)
		return genl_status(err);
	out_record(NULL);
	for (i = 0; i < LIMITS_SETTABLE; i++) {
		if (!(l.has & 1u << i))
			continue;
		out_limit(&l, i);
		out_row();
	}
	out_uint("sockets", "sockets         %" PRIu64, l.sockets);
	if (out_opts.details || out_opts.json) {
		out_row();
		out_uint("ghosts", "ghosts          now %" PRIu64, l.ghosts);
		out_uint("max_ghosts", " of %" PRIu64, l.max_ghosts);
		out_row();
		out_uint("key_pool", "key pairs       now %" PRIu64, l.key_pool);
		out_uint("key_pool_size", " of %" PRIu64, l.key_pool_size);
		out_uint("key_pairs_made", ", made %" PRIu64, l.key_pairs_made);
	}
	out_record_end();
	out_end();
	return 0;
}

static int tcp_limits_set(int argc, char **argv)
{
	struct limits l = { 0 };
	unsigned long value;
	int which;

	if (!argc)
		return fail(EXIT_USAGE, "which limit? Try \"mobctl tcp help\"");
	for (; argc; argc -= 2, argv += 2) {
		which = name_find(&limit_names, argv[0]);
		if (which < 0)
			return fail(EXIT_USAGE, "\"%s\" is no limit, try \"mobctl tcp help\"",
				    argv[0]);
		if (argc < 2)
			return fail(EXIT_USAGE, "\"%s\" needs a number", argv[0]);
		if (!parse_number(argv[1], UINT32_MAX, &value))
			return fail(EXIT_USAGE, "\"%s\" behind \"%s\" is no number",
				    argv[1], argv[0]);
		if (l.has & 1u << which)
			return fail(EXIT_USAGE, "\"%s\" is given twice", limits[which]);
		l.max[which] = value;
		l.has |= 1u << which;
	}
	return genl_status(genl_limits_set(&l));
}

/* -- counters ------------------------------------------------------------ */

/**
 * struct wanted - which counters, and how many there were
 * @argc: how many names
 * @argv: the beginnings of names that were asked for; none: all of them
 * @title: what to print ahead of the first, or NULL
 * @found: that are like that
 */
struct wanted {
	int		argc;
	char		**argv;
	const char	*title;
	unsigned int	found;
};

static bool is_wanted(const struct counter *c, struct wanted *w)
{
	int i;

	for (i = 0; i < w->argc; i++)
		if (!strncasecmp(c->name, w->argv[i], strlen(w->argv[i])))
			break;
	if (w->argc && i == w->argc)
		return false;
	w->found++;
	return true;
}

static int count_one(const struct counter *c, void *arg)
{
	is_wanted(c, arg);
	return 0;
}

static int stats_one(const struct counter *c, void *arg)
{
	struct wanted *w = arg;

	if (!is_wanted(c, w))
		return 0;
	if (w->title)
		out_text("%s:\n", w->title);
	w->title = NULL;
	out_uint(c->name, NULL, c->value);
	out_str(NULL, "%-21s", c->name);
	out_text("%12" PRIu64, c->value);
	if (out_opts.details)
		out_str(NULL, "  %s", c->doc);
	out_end();
	return 0;
}

/* Who counts. */
static const struct counting {
	const char	*word;
	const char	*module;
	int		(*read)(counter_fn each, void *arg);
} counting[] = {
	{ "tcp", "tcp_mobility", genl_counters },
	{ "ice", "mip6_ice", icenl_counters },
};

/* Without being asked for; and asking for its family would load it. */
static bool is_loaded(const struct counting *who)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", who->module);
	return !access(path, F_OK);
}

/*
 * Of the module that is named, or of those that are there. As text a title says
 * whose they are if they are of both.
 */
static int do_stats(int argc, char **argv)
{
	bool ask[ARRAY_SIZE(counting)] = { false };
	unsigned int i, modules = 0, found = 0;
	struct wanted w;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(counting); i++)
		ask[i] = argc && !strcmp(argv[0], counting[i].word);
	if (ask[0] || ask[1]) {
		argc--;
		argv++;
	} else {
		ask[1] = is_loaded(&counting[1]);
		ask[0] = !ask[1] || is_loaded(&counting[0]);
	}
	for (i = 0; ask[0] && ask[1] && i < ARRAY_SIZE(counting); i++) {
		w = (struct wanted){ .argc = argc, .argv = argv };
		if (!counting[i].read(count_one, &w) && w.found)
			modules++;
	}
	out_record(NULL);
	for (i = 0; i < ARRAY_SIZE(counting) && !err; i++) {
		if (!ask[i])
			continue;
		w = (struct wanted){ .argc = argc, .argv = argv };
		w.title = modules > 1 ? counting[i].module : NULL;
		out_record(counting[i].module);
		err = counting[i].read(stats_one, &w);
		out_record_end();
		found += w.found;
	}
	out_record_end();
	if (!err && argc && !found)
		return fail(EXIT_USAGE, "no counter begins with \"%s\"", argv[0]);
	return genl_status(err);
}

const struct command stats_commands[] = {
	{ "", "[ tcp | ice ] [ NAME ]...", "print counters, or those whose names begin like that",
	  do_stats },
	{ NULL }
};

#define ORDER_ARGS	"{ all | FILTER... }"

const struct command tcp_commands[] = {
	{ "show", "[ FILTER ]...", "list connections; -d with all that is known",
	  tcp_show },
	{ "keys", "[ secret ] [ FILTER ]...", "list tokens, and with \"secret\" what they are made of",
	  tcp_keys },
	{ "move", ORDER_ARGS " [ to ADDRESS ]",
	  "move to an address of this host, or where the route leads", tcp_move },
	{ "repair", ORDER_ARGS, "tell the peer this end's address again", tcp_repair },
	{ "pause", ORDER_ARGS, "stop data both ways until resume or a move", tcp_pause },
	{ "resume", ORDER_ARGS, "let data go on", tcp_resume },
	{ "enable", "--listen ENDPOINT", "make a running server's new connections mobile",
	  tcp_enable },
	{ "limits set", "LIMIT NUMBER [ LIMIT NUMBER ]...", "change limits", tcp_limits_set },
	{ "limits", "", "list limits, and what is used of them", tcp_limits },
	{ NULL }
};
