// SPDX-License-Identifier: GPL-2.0
/*
 * Which connections of this network namespace are mobile, and why the others
 * are not: those that tried and are plain TCP, and those that never asked.
 */
#include "doctor.h"
#include "mobctl.h"
#include "names.h"
#include "proc.h"
#include "tcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/tcp_mobility_netlink.h>

#define PLAIN_LISTED	10	/* plain connections that are listed one by one */
#define GROUPS_MAX	64	/* programs whose connections are counted apart */
#define GROUPS_LISTED	10
#define PORTS		65536

/**
 * struct group - connections of one process that never asked for mobility
 * @pid: the process; 0: hidden from us
 * @accepted: at @port; else it connected
 * @port: where they were accepted
 * @mobile: what listens there has mobility on
 * @ulp: of the first: another module's, "" if none or unknown
 * @local: of the first
 * @remote: of the first
 * @inode: of the first
 * @count: how many
 */
struct group {
	pid_t		pid;
	bool		accepted;
	uint16_t	port;
	bool		mobile;
	char		ulp[16];
	struct endpoint	local, remote;
	unsigned long	inode;
	unsigned int	count;
};

/**
 * struct census - connections of this namespace
 * @states: how many with mobility are in each state
 * @ended: how many are over, and held still
 * @plain: plain ones listed so far
 * @inodes: sockets with mobility
 * @inodes_count: how many
 * @inodes_room: there is room for
 * @listens: ports at which something listens
 * @mobile: ports at which something listens with mobility
 * @groups: connections without mobility
 * @groups_count: how many groups
 * @ordinary: connections without mobility, in groups or not
 */
struct census {
	unsigned int	states[TCP_MOBILITY_PAUSED + 1];
	unsigned int	ended;
	unsigned int	plain;
	uint32_t	*inodes;
	size_t		inodes_count, inodes_room;
	bool		listens[PORTS];
	bool		mobile[PORTS];
	struct group	groups[GROUPS_MAX];
	unsigned int	groups_count;
	unsigned int	ordinary;
};

/* -- sockets with mobility ----------------------------------------------- */

static void keep_inode(struct census *s, uint32_t inode)
{
	size_t room = s->inodes_room ? 2 * s->inodes_room : 256;
	uint32_t *more;

	if (s->inodes_count == s->inodes_room) {
		more = realloc(s->inodes, room * sizeof(*more));
		if (!more)
			return;
		s->inodes = more;
		s->inodes_room = room;
	}
	s->inodes[s->inodes_count++] = inode;
}

static int census_one(const struct conn *c, void *arg)
{
	char local[ENDPOINT_LEN], remote[ENDPOINT_LEN];
	struct census *s = arg;

	if (conn_state(c) == STATE_ENDED)
		s->ended++;
	else if (c->state <= TCP_MOBILITY_PAUSED)
		s->states[c->state]++;
	if (c->has & HAS_INODE)
		keep_inode(s, c->inode);
	if (c->has & HAS_TCP_STATE && c->tcp_state == TCP_LISTEN)
		s->mobile[c->local.port] = true;
	if (c->state == TCP_MOBILITY_PLAIN && s->plain++ < PLAIN_LISTED)
		finding(NOTE, "plain", reason_advice(c->reason), "%s -> %s: %s",
			endpoint_text(&c->local, local),
			endpoint_text(&c->remote, remote), reason_text(c->reason));
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static bool has_mobility(const struct census *s, unsigned long inode)
{
	uint32_t key = inode;

	return s->inodes_count &&
	       bsearch(&key, s->inodes, s->inodes_count, sizeof(key), by_number);
}

/* -- sockets without ----------------------------------------------------- */

static int note_listener(const struct proc_tcp *t, void *arg)
{
	struct census *s = arg;

	if (t->state == TCP_LISTEN)
		s->listens[t->local.port] = true;
	return 0;
}

/* Connections inside of this host never move. */
static bool is_local(const struct in6_addr *addr)
{
	return IN6_IS_ADDR_LOOPBACK(addr) ||
	       (IN6_IS_ADDR_V4MAPPED(addr) && addr->s6_addr[12] == 127);
}

static struct group *find_group(struct census *s, pid_t pid, uint16_t port)
{
	struct group *g;
	unsigned int i;

	for (i = 0; i < s->groups_count; i++)
		if (s->groups[i].pid == pid && s->groups[i].port == port)
			return &s->groups[i];
	if (s->groups_count == GROUPS_MAX)
		return NULL;
	g = &s->groups[s->groups_count++];
	g->pid = pid;
	g->port = port;
	return g;
}

/* An established connection that is not in the module's list. */
static int count_ordinary(const struct proc_tcp *t, void *arg)
{
	struct census *s = arg;
	struct group *g;
	bool accepted;

	/* Without an inode no program has it, or multipath TCP does. */
	if (t->state != TCP_ESTABLISHED || !t->inode || is_local(&t->remote.addr) ||
	    has_mobility(s, t->inode))
		return 0;
	s->ordinary++;
	accepted = s->listens[t->local.port];
	g = find_group(s, proc_holder(t->inode), accepted ? t->local.port : 0);
	if (!g)
		return 0;
	if (!g->count++) {
		g->accepted = accepted;
		g->mobile = s->mobile[t->local.port];
		g->local = t->local;
		g->remote = t->remote;
		g->inode = t->inode;
	}
	return 0;
}

/* The ULP of each group's first connection, as far as we may ask. */
static int ask_ulp(pid_t pid, int fd, unsigned long inode, void *arg)
{
	struct census *s = arg;
	unsigned int i;

	for (i = 0; i < s->groups_count; i++) {
		struct group *g = &s->groups[i];
		socklen_t len = sizeof(g->ulp) - 1;
		int mine;

		if (g->inode != inode || g->pid != pid)
			continue;
		mine = proc_borrow_fd(pid, fd);
		if (mine < 0)
			continue;
		if (getsockopt(mine, SOL_TCP, TCP_ULP, g->ulp, &len))
			*g->ulp = 0;
		close(mine);
	}
	return 0;
}

static void say_group(const struct group *g)
{
	char who[80], local[ENDPOINT_LEN], remote[ENDPOINT_LEN], name[PROC_NAME_LEN];
	char advice[128];
	const char *why;

	if (g->pid) {
		proc_name(g->pid, name);
		snprintf(who, sizeof(who), "of %s (pid %d)", name, g->pid);
	} else {
		snprintf(who, sizeof(who), "of other users");
	}
	if (*g->ulp) {
		why = strcmp(g->ulp, "tls") ? "the socket has another ULP" :
		      "the socket has kernel TLS, and room for one ULP";
		snprintf(advice, sizeof(advice), "turn that off in the program");
	} else if (g->mobile) {
		why = "accepted before the server had mobility, or the peer did not ask for it";
		snprintf(advice, sizeof(advice), "on the peer: mobctl run, and a new connection");
	} else if (g->accepted) {
		why = "the server has no mobility";
		snprintf(advice, sizeof(advice), "mobctl tcp enable --listen :%u", g->port);
	} else {
		why = "the program did not ask for mobility";
		snprintf(advice, sizeof(advice), "start it with mobctl run");
	}
	finding(NOTE, "ordinary", advice, "%u connection%s %s, %s%s -> %s: %s", g->count,
		g->count == 1 ? "" : "s", who, g->count == 1 ? "" : "such as ",
		endpoint_text(&g->local, local), endpoint_text(&g->remote, remote), why);
}

static void say_ordinary(struct census *s)
{
	unsigned int i, said = 0;

	proc_tcp_each(note_listener, s);
	proc_tcp_each(count_ordinary, s);
	proc_fd_each(ask_ulp, s);
	for (i = 0; i < s->groups_count && i < GROUPS_LISTED; i++) {
		say_group(&s->groups[i]);
		said += s->groups[i].count;
	}
	if (s->ordinary > said)
		finding(NOTE, "ordinary", "ss -tp, which has tcp-ulp-mobility at those that asked with -ie",
			"%u more did not ask for mobility", s->ordinary - said);
}

/* -- all ----------------------------------------------------------------- */

static void say_sums(const struct census *s)
{
	unsigned int i, mobile = 0;
	char ended[32] = "";

	for (i = TCP_MOBILITY_KEYED; i <= TCP_MOBILITY_PAUSED; i++)
		mobile += s->states[i];
	if (s->states[TCP_MOBILITY_ADRIFT])
		finding(NOTE, "adrift", "give this host an address and a route",
			"%u wait for a network", s->states[TCP_MOBILITY_ADRIFT]);
	if (s->states[TCP_MOBILITY_SUSPENDED])
		finding(NOTE, "suspended", "mobctl tcp show -d state suspended",
			"%u wait for their peers since a RST",
			s->states[TCP_MOBILITY_SUSPENDED]);
	if (s->ended)
		snprintf(ended, sizeof(ended), ", %u have ended", s->ended);
	if (!mobile && !s->plain && !s->states[TCP_MOBILITY_KEYING] &&
	    !s->states[TCP_MOBILITY_IDLE] && !s->ended)
		finding(NOTE, "connections", "start a program with mobctl run, or use mobctl tcp enable for a running server",
			"no socket here has mobility on");
	else
		finding(FINE, "connections", NULL,
			"%u can move, %u exchange keys, %u listen or are not connected%s, %u are plain TCP, %u did not ask",
			mobile, s->states[TCP_MOBILITY_KEYING],
			s->states[TCP_MOBILITY_IDLE], ended, s->plain, s->ordinary);
}

/* Every connection of the namespace. */
void check_connections(void)
{
	const struct conn_select all = { 0 };
	struct census *s = calloc(1, sizeof(*s));

	if (!s) {
		finding(BAD, "connections", NULL, "%s", strerror(ENOMEM));
		return;
	}
	if (genl_conns(&all, census_one, s)) {
		finding(BAD, "connections", NULL, "%s", genl_error());
	} else {
		if (s->plain > PLAIN_LISTED)
			finding(NOTE, "plain", "mobctl tcp show state plain",
				"%u more are plain TCP", s->plain - PLAIN_LISTED);
		if (s->inodes_count)
			qsort(s->inodes, s->inodes_count, sizeof(*s->inodes), by_number);
		say_ordinary(s);
		say_sums(s);
	}
	free(s->inodes);
	free(s);
}
