// SPDX-License-Identifier: GPL-2.0
/*
 * mobctl doctor: what keeps connections from being mobile, here or on the way
 * to a host, and what to do about it. Each finding is a line; what follows
 * from it is advice on the next.
 */
#define _GNU_SOURCE
#include "doctor.h"
#include "mobctl.h"
#include "names.h"
#include "path.h"
#include "print.h"
#include "tcp.h"
#include "../run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/tcp_mobility_netlink.h>

#define CONNECT_MS	10000
#define SECRET_MS	2000	/* it takes a second by design */
#define KEYED_MS	8000	/* the same, and lost segments */
#define REPAIR_MS	8000	/* three repeats of a Loc-Update */
#define HANG_UP_MS	2000	/* for the server's FIN; most answer ours at once */

static bool found_bad;

void finding(enum finding what, const char *topic, const char *advice,
	     const char *fmt, ...)
{
	static const char * const words[] = { "ok", "note", "BAD" };
	static const enum tone tones[] = { TONE_GOOD, TONE_WARN, TONE_BAD };
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	found_bad |= what == BAD;
	out_record(NULL);
	out_tone(tones[what], "finding", "%-5s", words[what]);
	out_str("topic", "%-12s", topic);
	out_str("text", "%s", text);
	if (advice && *advice) {
		out_line();
		out_str("advice", "  -> %s", advice);
	}
	out_record_end();
	out_end();
	out_flush();
}

/* -- this host ----------------------------------------------------------- */

/* Is the module loaded, and does it talk to us? */
static bool check_module(struct module_facts *facts)
{
	struct utsname uts;

	if (!genl_facts(facts)) {
		finding(FINE, "module", NULL, "tcp_mobility %s is loaded", facts->version);
		return true;
	}
	if (!access("/sys/module/tcp_mobility", F_OK)) {
		finding(BAD, "module", "install module and mobctl of the same version",
			"tcp_mobility is loaded, but does not talk to mobctl: %s", genl_error());
		return false;
	}
	if (modprobe_knows("tcp_mobility")) {
		finding(BAD, "module", "modprobe tcp_mobility; to have it at every boot: echo tcp_mobility > /etc/modules-load.d/tcp_mobility.conf",
			"tcp_mobility is installed, but not loaded");
		return false;
	}
	uname(&uts);
	finding(BAD, "module", "install the package tcp-mobility-dkms, or run make && make install in the sources, with the headers of this kernel",
		"tcp_mobility is not installed for this kernel (%s)", uts.release);
	return false;
}

/* A number below /proc/sys/net; -1: there is none. */
static long sysctl_number(const char *name)
{
	char path[128], text[32];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	f = fopen(path, "re");
	if (f && fgets(text, sizeof(text), f))
		value = strtol(text, NULL, 10);
	if (f)
		fclose(f);
	return value;
}

/* Values that are legal and still surprise. */
static void check_sysctls(void)
{
	static const struct {
		const char	*name;
		long		value;
		const char	*text;
		const char	*advice;
	} odd[] = {
		{ "tcp_mobility/max_connections", 0,
		  "no connection may become mobile",
		  "mobctl tcp limits set max_connections 262144" },
		{ "tcp_mobility/max_half_open", 0,
		  "no server here may become mobile",
		  "mobctl tcp limits set max_half_open 16384" },
		{ "tcp_mobility/suspend_time", 0,
		  "a RST ends a connection at once, as in plain TCP",
		  "mobctl tcp limits set suspend_time 60" },
		{ "tcp_mobility/cont_order", 1,
		  "key data is written in the order that the draft draws, which firewalls misread",
		  "only for peers that insist; both ends have to agree" },
		{ "tcp_mobility/exid", 1,
		  "options carry an experiment identifier",
		  "both ends have to agree" },
		{ "ipv4/tcp_syncookies", 2,
		  "every SYN is answered with a cookie, which has no room for keys",
		  "sysctl net.ipv4.tcp_syncookies=1" },
	};
	unsigned int i;
	bool all_fine = true;
	long kind = sysctl_number("tcp_mobility/option_kind");

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		if (sysctl_number(odd[i].name) != odd[i].value)
			continue;
		all_fine = false;
		finding(i < 2 ? BAD : NOTE, "sysctl", odd[i].advice, "net/%s is %ld: %s",
			odd[i].name, odd[i].value, odd[i].text);
	}
	if (kind >= 0 && kind != 253) {
		all_fine = false;
		finding(NOTE, "sysctl", "both ends have to agree",
			"net/tcp_mobility/option_kind is %ld, not 253", kind);
	}
	if (all_fine)
		finding(FINE, "sysctl", NULL, "nothing unusual is set");
}

static void check_library(void)
{
	char lib[PATH_MAX];

	if (preload_find(lib))
		finding(FINE, "library", NULL, "mobctl run uses %s", lib);
	else
		finding(NOTE, "library", "make install, or TCP_MOBILITY_LIB=FILE",
			PRELOAD_LIB " is not found: mobctl run does not work");
}

static void check_limits(void)
{
	static const char * const names[] = {
		"max_connections", "max_half_open", "max_suspended",
	};
	struct limits l;
	unsigned int i;

	if (genl_limits(&l))
		return;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (l.max[i] && l.now[i] >= l.max[i] - l.max[i] / 10)
			finding(NOTE, "limits", "mobctl tcp limits set raises it",
				"%" PRIu32 " of %s %" PRIu32 " are used", l.now[i],
				names[i], l.max[i]);
}

static int count_conn(const struct conn *c, void *arg)
{
	++*(unsigned int *)arg;
	return 0;
}

/* One by one or all together; the sysctl is only the last order for all. */
static void check_paused(void)
{
	const struct conn_select paused = { .states = 1u << TCP_MOBILITY_PAUSED };
	unsigned int n = 0;

	if (!genl_conns(&paused, count_conn, &n) && n)
		finding(BAD, "paused", "mobctl tcp resume all",
			n == 1 ? "%u connection is paused: no data leaves" :
				 "%u connections are paused: no data leaves", n);
}

/* Counters that tell of trouble when they are not 0. */
static int check_counter(const struct counter *c, void *arg)
{
	static const struct {
		const char	*name;
		const char	*text;
		const char	*advice;
	} telling[] = {
		{ "FallbackCookie", "connections were plain because of SYN cookies",
		  "a SYN flood, or net.ipv4.tcp_max_syn_backlog is too low" },
		{ "FallbackLimit", "connections were plain because of a limit",
		  "mobctl tcp limits" },
		{ "FallbackBadKey", "peers sent keys that are not valid",
		  "something on the way changes TCP options" },
		{ "MoveCollision", "moves did not happen: another connection had the place",
		  "it is tried again with the next address event" },
		{ "UpdateBadRequest", "updates were forged, or damaged on the way",
		  "none was obeyed or answered, and no event tells of them; tcpdump shows where such SYNs come from" },
		{ "SurvivalTimeout", "connections ended after too long without any network",
		  "mobctl tcp limits set survival_time" },
		{ "NoMemory", "allocations failed", "the machine is short of memory" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(telling); i++)
		if (c->value && !strcmp(c->name, telling[i].name))
			finding(NOTE, "counters", telling[i].advice,
				"%" PRIu64 " %s (%s)", c->value, telling[i].text, c->name);
	return 0;
}

static void check_firewall(void)
{
	if (sysctl_number("netfilter/nf_conntrack_max") >= 0)
		finding(NOTE, "firewall", "moves pass \"ct state invalid drop\"; they need incoming SYNs for a server that moves, and TCP options left in place",
			"this host tracks connections");
}

/* -- the way to a host --------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* HOST, HOST:PORT, [IPV6]:PORT, IPV6; ssh's port unless given. */
static void split_target(const char *text, char host[256], char port[32])
{
	const char *colon = strrchr(text, ':');

	snprintf(port, 32, "%s", "22");
	if (*text == '[') {
		const char *end = strchr(text, ']');
		int len = end ? end - text - 1 : (int)strlen(text) - 1;

		snprintf(host, 256, "%.*s", len, text + 1);
		if (end && end[1] == ':')
			snprintf(port, 32, "%s", end + 2);
	} else if (colon && strchr(text, ':') == colon) {
		snprintf(host, 256, "%.*s", (int)(colon - text), text);
		snprintf(port, 32, "%s", colon + 1);
	} else {
		snprintf(host, 256, "%s", text);
	}
}

static void set_blocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

/* A mobile connection, or a negative errno. */
static int connect_mobile(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;
	socklen_t len = sizeof(err);
	struct pollfd p;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_TCP, TCP_ULP, TCP_MOBILITY_ULP,
		       sizeof(TCP_MOBILITY_ULP) - 1))
		goto out_errno;
	set_blocking(fd, false);
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) && errno != EINPROGRESS)
		goto out_errno;
	p = (struct pollfd){ .fd = fd, .events = POLLOUT };
	if (poll(&p, 1, CONNECT_MS) != 1) {
		errno = ETIMEDOUT;
		goto out_errno;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		goto out_errno;
	if (err) {
		close(fd);
		return -err;
	}
	set_blocking(fd, true);
	return fd;
out_errno:
	err = -errno;
	close(fd);
	return err;
}

static bool read_info(int fd, int family, struct tcp_mobility_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return !getsockopt(fd, family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
			   TCP_MOBILITY_INFO, info, &len);
}

/* Has the server ended the connection, by a FIN or a RST? */
static bool is_over(int fd)
{
	struct tcp_info tcp;
	socklen_t len = sizeof(tcp);

	memset(&tcp, 0, sizeof(tcp));
	return !getsockopt(fd, SOL_TCP, TCP_INFO, &tcp, &len) &&
	       tcp.tcpi_state != TCP_ESTABLISHED;
}

/*
 * Until keys are exchanged, or never will be. True: the server has ended the
 * connection before that. Of a key that came with its FIN the secret is made yet.
 */
static bool wait_keyed(int fd, int family, struct tcp_mobility_info *info)
{
	int64_t until = now_ms() + KEYED_MS;
	bool over = false;

	while (read_info(fd, family, info) &&
	       (info->state == TCP_MOBILITY_IDLE || info->state == TCP_MOBILITY_KEYING)) {
		if (now_ms() >= until)
			return over;
		poll(NULL, 0, 50);
		if (!over && is_over(fd)) {
			over = true;
			until = now_ms() + SECRET_MS;
		}
	}
	return false;
}

static int keep_conn(const struct conn *c, void *arg)
{
	*(struct conn *)arg = *c;
	return 0;
}

/* Nobody has read from the connection yet. */
static bool has_spoken(int fd)
{
	char octet;

	return recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* Does a Loc-Update get to the peer, and its answer back? */
static void check_update(int fd)
{
	struct conn_order order = { .verb = VERB_REPAIR };
	struct conn c = { 0 };
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int64_t until;
	int err;

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		return;
	order.which.has_cookie = true;
	order.which.cookie = cookie;
	err = genl_order(&order);
	if (err == -EPERM) {
		finding(NOTE, "move", "try again as root",
			"whether a move gets through was not tried: only root may");
		return;
	}
	if (err) {
		finding(BAD, "move", NULL, "no update could be sent: %s", genl_error());
		return;
	}
	for (until = now_ms() + REPAIR_MS; now_ms() < until; poll(NULL, 0, 50)) {
		if (genl_conns(&order.which, keep_conn, &c))
			break;
		if (c.has & HAS_LAST_MOVE && c.state == TCP_MOBILITY_KEYED) {
			finding(FINE, "move", NULL,
				"a Loc-Update reached the peer and was answered in %u.%03u ms",
				c.last_move_us / 1000, c.last_move_us % 1000);
			return;
		}
	}
	/* Only a connection that was accepted can be moved. */
	if (has_spoken(fd))
		finding(BAD, "move", "a firewall on the way drops a SYN inside a connection, or takes its options away: connections are mobile, but will not survive a move there",
			"a Loc-Update was sent and nobody answered");
	else
		finding(NOTE, "move", "try a port whose server speaks first, as ssh's does; if that is not answered either, a firewall on the way drops a SYN inside a connection, or takes its options away",
			"a Loc-Update was sent and nobody answered, as if the server had not accepted the connection: it may be busy, or serve one client at a time");
}

static void out_hops(const struct path *path)
{
	static const char * const words[] = {
		[HOP_SILENT]	= "no answer",
		[HOP_SHORT]	= "quotes too little to tell",
		[HOP_HERE]	= "our option is there",
		[HOP_GONE]	= "our option is gone",
	};
	char addr[INET6_ADDRSTRLEN];
	int i;

	for (i = 0; i < path->hops; i++)
		finding(path->verdict[i] == HOP_GONE ? BAD : NOTE, "path", NULL,
			"hop %d, %s: %s", i + 1, path->verdict[i] == HOP_SILENT ?
			"?" : address_text(&path->from[i], addr),
			words[path->verdict[i]]);
}

/* The peer answered without a key: has it none, or did it not see ours? */
static void check_path(const struct addrinfo *ai, const struct module_facts *facts)
{
	char gone[INET6_ADDRSTRLEN], here[INET6_ADDRSTRLEN] = "this host";
	struct sockaddr_storage to;
	struct path path;
	int first, last, err;

	memcpy(&to, ai->ai_addr, ai->ai_addrlen);
	err = path_trace(&to, ai->ai_addrlen, facts, &path);
	if (err == -EPERM) {
		finding(NOTE, "path", "try again as root",
			"whether a router takes our option away was not tried: only root may");
		return;
	}
	if (err) {
		finding(NOTE, "path", NULL, "the path cannot be followed: %s", strerror(-err));
		return;
	}
	if (out_opts.details)
		out_hops(&path);
	first = path_first(&path, HOP_GONE);
	last = path_last(&path, HOP_HERE);
	if (first >= 0) {
		if (first > 0 && path.verdict[first - 1] == HOP_HERE)
			address_text(&path.from[first - 1], here);
		finding(BAD, "path", "ask whoever runs that network, use another, or try another option kind on both ends (sysctl net.tcp_mobility.option_kind)",
			"the option is stripped on this path: it left %s and was gone at %s (hop %d)",
			here, address_text(&path.from[first], gone), first + 1);
	} else if (last >= 0) {
		finding(NOTE, "path", "load tcp_mobility on the peer and start its server with mobctl run, or mobctl tcp enable --listen there",
			"our option gets past %s (hop %d of %d): most likely the peer has no mobility at this port",
			address_text(&path.from[last], here), last + 1, path.hops);
	} else if (!path.hops && path.reached) {
		finding(NOTE, "path", "load tcp_mobility on the peer and start its server with mobctl run, or mobctl tcp enable --listen there",
			"there is no router on the way: the peer has no mobility at this port");
	} else {
		finding(NOTE, "path", "run mobctl doctor on the peer, too",
			"no router on the way says what it saw");
	}
}

static void judge(int fd, const struct addrinfo *ai, const char *name,
		  const struct module_facts *facts)
{
	static const char other_port[] =
		"name a port whose server waits for its client, as ssh's and most others do";
	struct tcp_mobility_info info;
	bool over = wait_keyed(fd, ai->ai_family, &info);

	/* One that is over is idle again; a reason tells that it was plain. */
	if (over && info.reason != TCP_MOBILITY_R_NONE) {
		info.state = TCP_MOBILITY_PLAIN;
	} else if (over) {
		finding(NOTE, "keys", other_port,
			"%s closed the connection before keys could be exchanged: whether it is mobile was not found out",
			name);
		return;
	}
	switch (info.state) {
	case TCP_MOBILITY_PLAIN:
		finding(BAD, "keys", info.reason == TCP_MOBILITY_R_PEER ? NULL :
			reason_advice(info.reason), "the connection to %s is plain TCP: %s",
			name, reason_text(info.reason));
		/* What to do about it depends on where our key was lost. */
		if (info.reason == TCP_MOBILITY_R_PEER)
			check_path(ai, facts);
		break;
	case TCP_MOBILITY_IDLE:
	case TCP_MOBILITY_KEYING:
		finding(BAD, "keys", "a firewall on the way takes our option out of segments behind the SYN; or the ends disagree about sysctl net.tcp_mobility.cont_order",
			"the connection to %s is mobile in name only: the rest of the peer's key does not come",
			name);
		break;
	default:
		finding(FINE, "keys", NULL, "keys were exchanged with %s (%s)", name,
			name_of(&curve_names, info.curve));
		if (is_over(fd))
			finding(NOTE, "move", other_port,
				"whether a move gets through was not tried: %s closed the connection",
				name);
		else
			check_update(fd);
	}
}

/*
 * Octets that nobody has read, as a server's greeting, turn close() into a RST. At
 * that a mobile server would wait a minute for us to show up again (draft Section 6).
 */
static void hang_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t until = now_ms() + HANG_UP_MS, left;
	char buf[4096];

	shutdown(fd, SHUT_WR);
	while ((left = until - now_ms()) > 0 && poll(&p, 1, left) == 1 &&
	       recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	close(fd);
}

static void check_host(const char *target, const struct module_facts *facts)
{
	const struct addrinfo hints = { .ai_family = family_wanted,
					.ai_socktype = SOCK_STREAM };
	char host[256], port[32], addr[64], name[128];
	struct addrinfo *list, *ai;
	int fd = -EHOSTUNREACH, err;

	split_target(target, host, port);
	err = getaddrinfo(host, port, &hints, &list);
	if (err) {
		finding(BAD, "host", NULL, "%s: %s", target, gai_strerror(err));
		return;
	}
	for (ai = list; ai; ai = ai->ai_next) {
		getnameinfo(ai->ai_addr, ai->ai_addrlen, addr, sizeof(addr), NULL,
			    0, NI_NUMERICHOST);
		snprintf(name, sizeof(name), "%s port %s", addr, port);
		fd = connect_mobile(ai);
		if (fd >= 0)
			break;
		finding(ai->ai_next ? NOTE : BAD, "host", NULL,
			"cannot connect to %s: %s", name, strerror(-fd));
	}
	if (ai && fd >= 0) {
		finding(FINE, "host", NULL, "connected to %s", name);
		judge(fd, ai, name, facts);
		hang_up(fd);
	}
	freeaddrinfo(list);
}

static int do_doctor(int argc, char **argv)
{
	struct module_facts facts;
	bool loaded;

	if (argc > 1)
		return fail(EXIT_USAGE, "\"%s\" is one word too many", argv[1]);
	out_list(NULL);
	loaded = check_module(&facts);
	check_library();
	if (loaded) {
		check_sysctls();
		check_limits();
		check_paused();
		if (argc) {
			check_host(argv[0], &facts);
		} else {
			genl_counters(check_counter, NULL);
			check_connections();
			check_firewall();
		}
	}
	out_list_end();
	return found_bad ? EXIT_KERNEL : 0;
}

const struct command doctor_commands[] = {
	{ "", "[ HOST[:PORT] ]", "look for trouble here, or on the way to a host",
	  do_doctor },
	{ NULL }
};
