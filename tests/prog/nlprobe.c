// SPDX-License-Identifier: GPL-2.0
/* LINK: -I/usr/include/libnl3 -lnl-genl-3 -lnl-3 */
/*
 * Speaks the netlink family tcp_mobility, rightly and wrongly.
 *
 *	nlprobe [OPTIONS] ask CMD [NAME[=VALUE] | %TYPE[=HEX]]...
 *
 * sends one request and prints each answer as a line of name=value, or one line
 * "error=NUMBER NAME text" with the kernel's sentence; exit status 1 then.
 * %TYPE=HEX is an attribute with any number and octets, known or not.
 *
 *	nlprobe [OPTIONS] events [FILE]		events, a line each, until FILE exists
 *	nlprobe [OPTIONS] deaf			joins their group and reads nothing
 *	nlprobe [OPTIONS] hold FILE CMD		begin a dump, go on when FILE exists
 *	nlprobe policy				what the core tells about the family
 *	nlprobe fuzz COUNT SEED			COUNT hostile requests
 *	nlprobe many COUNT			COUNT sockets, dumped in all ways
 *	nlprobe keyed COUNT TIMES		COUNT keyed connections, dumped TIMES times
 *	nlprobe sockets COUNT FILE		COUNT sockets until FILE exists
 *
 * --family NAME speaks another one: CMD is its number there, attributes are %TYPE,
 * and of each answer only "message" is printed. --dump asks for a dump; --buffer N receives N octets at a time; --uid N sheds
 * root first; --unshare goes into namespaces of its own; --count prints only how
 * many answers came; --times N puts the request into one datagram so often and prints
 * each answer.
 */
#define _GNU_SOURCE
#include "mobility.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <linux/tcp_mobility_netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#ifndef NLM_F_ACK_TLVS
#define NLM_F_CAPPED	0x100
#define NLM_F_ACK_TLVS	0x200
#endif
#define ERR_ATTR_MSG	1	/* NLMSGERR_ATTR_MSG */

static struct {
	bool		dump;
	bool		count;
	bool		unshare;
	int		uid;
	size_t		buffer;
	int		times;
	const char	*family;
} opt = { .uid = -1, .buffer = 65536, .times = 1, .family = TCP_MOBILITY_FAMILY_NAME };

static void die(const char *what)
{
	fprintf(stderr, "nlprobe: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void must(bool ok, const char *what)
{
	if (!ok)
		die(what);
}

/* -- names ------------------------------------------------------------------- */

enum kind { NONE, U8, U16, U32, U64, BE16, ADDR, HEX, STRING, FLAG };

/* One attribute; @values names numbers, if they have names. */
struct attr {
	const char		*name;
	enum kind		kind;
	const char * const	*values;
};

static const char * const states[] = {
	"none", "idle", "plain", "keying", "keyed", "adrift", "moving",
	"validating", "suspended", "paused", NULL
};
static const char * const events[] = {
	"none", "connected", "keyed", "plain", "moving", "moved", "peer-moved",
	"validated", "adrift", "back", "stalled", "repairing", "repaired",
	"suspended", "resumed", "paused", "unpaused", "refused", "dead",
	"closed", NULL
};
static const char * const causes[] = {
	"none", "address-gone", "route", "retry", "back", "stall", "rst",
	"user", NULL
};
static const char * const refusals[] = {
	"none", "pinned", "collision", "peer-collision", "peer-stale",
	"peer-sequence", "peer-state", "peer-reflected", NULL
};
static const char * const deaths[] = {
	"none", "survival-time", "suspend-time", "rst", "refused",
	"key-conflict", "yielded", NULL
};
static const char * const moves[] = {
	"stable", "adrift", "moving", "validating", "suspended", NULL
};
static const char * const exchanges[] = {
	"idle", "syn-sent", "running", "done", "plain", NULL
};

#define C(x) [TCP_MOBILITY_A_CONN_##x]
static const struct attr conn_attrs[TCP_MOBILITY_A_CONN_MAX + 1] = {
	C(COOKIE)		= { "cookie", U64 },
	C(FAMILY)		= { "family", U16 },
	C(LOCAL_ADDR)		= { "local-addr", ADDR },
	C(LOCAL_PORT)		= { "local-port", BE16 },
	C(REMOTE_ADDR)		= { "remote-addr", ADDR },
	C(REMOTE_PORT)		= { "remote-port", BE16 },
	C(ORIG_LOCAL_ADDR)	= { "orig-local-addr", ADDR },
	C(ORIG_LOCAL_PORT)	= { "orig-local-port", BE16 },
	C(ORIG_REMOTE_ADDR)	= { "orig-remote-addr", ADDR },
	C(ORIG_REMOTE_PORT)	= { "orig-remote-port", BE16 },
	C(PREV_LOCAL_ADDR)	= { "prev-local-addr", ADDR },
	C(PREV_LOCAL_PORT)	= { "prev-local-port", BE16 },
	C(PREV_REMOTE_ADDR)	= { "prev-remote-addr", ADDR },
	C(PREV_REMOTE_PORT)	= { "prev-remote-port", BE16 },
	C(IFINDEX)		= { "ifindex", U32 },
	C(INODE)		= { "inode", U32 },
	C(UID)			= { "uid", U32 },
	C(TCP_STATE)		= { "tcp-state", U8 },
	C(STATE)		= { "state", U8, states },
	C(REASON)		= { "reason", U8 },
	C(EXCHANGE)		= { "exchange", U8, exchanges },
	C(MOVE)			= { "move", U8, moves },
	C(FLAGS)		= { "flags", U32 },
	C(CURVE)		= { "curve", U8 },
	C(FINGERPRINT)		= { "fingerprint", HEX },
	C(TOKEN)		= { "token", HEX },
	C(REQNO)		= { "reqno", U8 },
	C(PEER_REQNO)		= { "peer-reqno", U8 },
	C(MOVES_LOCAL)		= { "moves-local", U32 },
	C(MOVES_REMOTE)		= { "moves-remote", U32 },
	C(UPDATES_SENT)		= { "updates-sent", U32 },
	C(LAST_MOVE_US)		= { "last-move-us", U32 },
	C(LAST_MOVE_CAUSE)	= { "last-move-cause", U8, causes },
	C(OPTIONS)		= { "options", U32 },
	C(AGE_MS)		= { "age-ms", U64 },
	C(SUSPEND_TIME)		= { "suspend-time", U32 },
	C(SUSPEND_LEFT_MS)	= { "suspend-left-ms", U64 },
	C(LOST_MS)		= { "lost-ms", U64 },
	C(SURVIVAL_LEFT_MS)	= { "survival-left-ms", U64 },
	C(EVENT)		= { "event", U8, events },
	C(REFUSAL)		= { "refusal", U8, refusals },
	C(DEATH)		= { "death", U8, deaths },
	C(ERROR)		= { "error", U32 },
	C(SELECT_STATES)	= { "select-states", U32 },
	C(SELECT_SECRET)	= { "select-secret", FLAG },
	C(LOCAL_PREFIX)		= { "local-prefix", U8 },
	C(REMOTE_PREFIX)	= { "remote-prefix", U8 },
	C(ALL)			= { "all", FLAG },
	C(TO_ADDR)		= { "to-addr", ADDR },
	C(COUNT)		= { "count", U32 },
	C(FAILED)		= { "failed", U32 },
	C(SECRET)		= { "secret", HEX },
	C(N_I)			= { "n-i", U32 },
	C(N_A)			= { "n-a", U32 },
};

#define L(x) [TCP_MOBILITY_A_LIMITS_##x]
static const struct attr limits_attrs[TCP_MOBILITY_A_LIMITS_MAX + 1] = {
	L(MAX_CONNECTIONS)	= { "max-connections", U32 },
	L(CONNECTIONS)		= { "connections", U32 },
	L(MAX_HALF_OPEN)	= { "max-half-open", U32 },
	L(HALF_OPEN)		= { "half-open", U32 },
	L(MAX_SUSPENDED)	= { "max-suspended", U32 },
	L(SUSPENDED)		= { "suspended", U32 },
	L(MAX_GHOSTS)		= { "max-ghosts", U32 },
	L(GHOSTS)		= { "ghosts", U32 },
	L(SOCKETS)		= { "sockets", U32 },
	L(SURVIVAL_TIME)	= { "survival-time", U32 },
	L(SUSPEND_TIME)		= { "suspend-time", U32 },
	L(KEY_POOL_SIZE)	= { "key-pool-size", U32 },
	L(KEY_POOL)		= { "key-pool", U32 },
	L(KEY_PAIRS_MADE)	= { "key-pairs-made", U32 },
};

#define S(x) [TCP_MOBILITY_A_STAT_##x]
static const struct attr stat_attrs[TCP_MOBILITY_A_STAT_MAX + 1] = {
	S(NAME)			= { "name", STRING },
	S(VALUE)		= { "value", U64 },
	S(GAUGE)		= { "gauge", FLAG },
	S(DOC)			= { "doc", STRING },
};

#define V(x) [TCP_MOBILITY_A_VERSION_##x]
static const struct attr version_attrs[TCP_MOBILITY_A_VERSION_MAX + 1] = {
	V(MODULE_VERSION)	= { "module-version", STRING },
	V(SPECIFICATION)	= { "specification", STRING },
	V(KIND_CONN_KEY)	= { "kind-conn-key", U8 },
	V(KIND_CONT)		= { "kind-cont", U8 },
	V(KIND_LOC_UPDATE)	= { "kind-loc-update", U8 },
	V(EXID)			= { "exid", U16 },
	V(CONT_ORDER)		= { "cont-order", U8 },
	V(CURVE_OFFER)		= { "curve-offer", U8 },
	V(CURVE_ACCEPT)		= { "curve-accept", U32 },
	V(CURVES)		= { "curves", U32 },
};

/* An operation and its attributes. */
struct op {
	const char		*name;
	const struct attr	*attrs;
	int			max;
};

#define OP(name, set, SET) { name, set##_attrs, TCP_MOBILITY_A_##SET##_MAX }
static const struct op ops[TCP_MOBILITY_CMD_MAX + 1] = {
	[TCP_MOBILITY_CMD_CONN_GET]	= OP("conn-get", conn, CONN),
	[TCP_MOBILITY_CMD_CONN_MOVE]	= OP("conn-move", conn, CONN),
	[TCP_MOBILITY_CMD_CONN_REPAIR]	= OP("conn-repair", conn, CONN),
	[TCP_MOBILITY_CMD_CONN_PAUSE]	= OP("conn-pause", conn, CONN),
	[TCP_MOBILITY_CMD_CONN_RESUME]	= OP("conn-resume", conn, CONN),
	[TCP_MOBILITY_CMD_KEYS_GET]	= OP("keys-get", conn, CONN),
	[TCP_MOBILITY_CMD_LIMITS_GET]	= OP("limits-get", limits, LIMITS),
	[TCP_MOBILITY_CMD_LIMITS_SET]	= OP("limits-set", limits, LIMITS),
	[TCP_MOBILITY_CMD_STATS_GET]	= OP("stats-get", stat, STAT),
	[TCP_MOBILITY_CMD_VERSION_GET]	= OP("version-get", version, VERSION),
	[TCP_MOBILITY_CMD_CONN_EVENT]	= OP("conn-event", conn, CONN),
};

static int find_op(const char *name)
{
	int i;

	for (i = 1; i <= TCP_MOBILITY_CMD_MAX; i++)
		if (!strcmp(ops[i].name, name))
			return i;
	fprintf(stderr, "nlprobe: no operation %s\n", name);
	exit(2);
}

/* -- attributes out of words, and lines out of attributes ---------------------- */

static void put_hex(struct nl_msg *msg, int type, const char *hex)
{
	uint8_t octets[4096];
	size_t n = 0;

	for (; n < sizeof(octets) && hex[0] && hex[1]; hex += 2)
		sscanf(hex, "%2hhx", &octets[n++]);
	must(!nla_put(msg, type, n, octets), "attribute");
}

static void put_addr(struct nl_msg *msg, int type, const char *text)
{
	uint8_t octets[16];

	if (inet_pton(AF_INET, text, octets) == 1)
		nla_put(msg, type, 4, octets);
	else if (inet_pton(AF_INET6, text, octets) == 1)
		nla_put(msg, type, 16, octets);
	else
		die(text);
}

static void put_known(struct nl_msg *msg, int type, const struct attr *a,
		      const char *value)
{
	unsigned long long n = value ? strtoull(value, NULL, 0) : 0;

	switch (a->kind) {
	case U8:	nla_put_u8(msg, type, n); break;
	case U16:	nla_put_u16(msg, type, n); break;
	case U32:	nla_put_u32(msg, type, n); break;
	case U64:	nla_put_u64(msg, type, n); break;
	case BE16:	nla_put_u16(msg, type, htons(n)); break;
	case ADDR:	put_addr(msg, type, value); break;
	case HEX:	put_hex(msg, type, value); break;
	case STRING:	nla_put_string(msg, type, value); break;
	case FLAG:	nla_put_flag(msg, type); break;
	case NONE:	break;
	}
}

static void put_word(struct nl_msg *msg, const struct op *op, char *word)
{
	char *value = strchr(word, '=');
	int i;

	if (value)
		*value++ = '\0';
	if (word[0] == '%') {
		put_hex(msg, atoi(word + 1), value ?: "");
		return;
	}
	for (i = 1; i <= op->max; i++) {
		if (op->attrs[i].name && !strcmp(op->attrs[i].name, word)) {
			put_known(msg, i, &op->attrs[i], value);
			return;
		}
	}
	errno = EINVAL;
	die(word);
}

static void print_number(const struct attr *a, unsigned long long n)
{
	unsigned int i = 0;

	while (a->values && a->values[i] && i < n)
		i++;
	if (a->values && a->values[i])
		printf(" %s=%s", a->name, a->values[i]);
	else
		printf(" %s=%llu", a->name, n);
}

static void print_octets(const struct attr *a, const struct nlattr *attr)
{
	const uint8_t *octets = nla_data(attr);
	char text[INET6_ADDRSTRLEN];
	int i;

	if (a->kind == ADDR) {
		printf(" %s=%s", a->name,
		       inet_ntop(nla_len(attr) == 4 ? AF_INET : AF_INET6,
				 octets, text, sizeof(text)));
		return;
	}
	printf(" %s=", a->name);
	for (i = 0; i < nla_len(attr); i++)
		printf("%02x", octets[i]);
}

/* An attribute must be one that we know, and as long as it should be. */
static bool print_attr(const struct op *op, struct nlattr *attr)
{
	static const uint8_t size[] = {
		[U8] = 1, [U16] = 2, [U32] = 4, [U64] = 8, [BE16] = 2,
	};
	int type = nla_type(attr);
	const struct attr *a = type <= op->max ? &op->attrs[type] : NULL;

	if (a && !a->name && !nla_len(attr))
		return true;	/* padding */
	if (!a || !a->name ||
	    (a->kind <= BE16 && nla_len(attr) != size[a->kind]) ||
	    (a->kind == ADDR && nla_len(attr) != 4 && nla_len(attr) != 16)) {
		printf(" BAD-ATTRIBUTE-%d-of-%d\n", type, nla_len(attr));
		return false;
	}
	switch (a->kind) {
	case U8:	print_number(a, nla_get_u8(attr)); break;
	case U16:	print_number(a, nla_get_u16(attr)); break;
	case U32:	print_number(a, nla_get_u32(attr)); break;
	case U64:	print_number(a, nla_get_u64(attr)); break;
	case BE16:	print_number(a, ntohs(nla_get_u16(attr))); break;
	case STRING:	printf(" %s=%s", a->name, nla_get_string(attr)); break;
	case FLAG:	printf(" %s", a->name); break;
	default:	print_octets(a, attr); break;
	}
	return true;
}

static bool print_message(struct nlmsghdr *nlh)
{
	const struct genlmsghdr *hdr = nlmsg_data(nlh);
	const struct op *op;
	struct nlattr *attr;
	int rem;

	if (hdr->cmd > TCP_MOBILITY_CMD_MAX || !ops[hdr->cmd].name) {
		printf("BAD-COMMAND-%d\n", hdr->cmd);
		return false;
	}
	op = &ops[hdr->cmd];
	printf("%s", op->name);
	nla_for_each_attr(attr, genlmsg_attrdata(hdr, 0),
			  genlmsg_attrlen(hdr, 0), rem)
		if (!print_attr(op, attr))
			return false;
	putchar('\n');
	return true;
}

/* -- talking --------------------------------------------------------------------- */

static struct nl_sock *sock;
static int family;

/* The kernel makes pieces of a dump as large as the largest buffer that it has
 * seen on a socket: a new one for each size.
 */
static void new_socket(void)
{
	int one = 1;

	nl_socket_free(sock);
	sock = nl_socket_alloc();
	must(sock && !genl_connect(sock), "netlink socket");
	must(!setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK,
			 &one, sizeof(one)), "NETLINK_EXT_ACK");
	must(!setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK,
			 &one, sizeof(one)), "NETLINK_CAP_ACK");
}

static void open_netlink(void)
{
	new_socket();
	family = genl_ctrl_resolve(sock, opt.family);
	if (family < 0) {
		fprintf(stderr, "nlprobe: no family: %s\n", nl_geterror(family));
		exit(2);
	}
	new_socket();
}

static struct nl_msg *request(int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	must(msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
				flags | NLM_F_REQUEST, cmd,
				TCP_MOBILITY_FAMILY_VERSION), "message");
	return msg;
}

static void send_request(struct nl_msg *msg)
{
	must(nl_send_auto_complete(sock, msg) >= 0, "send");
	nlmsg_free(msg);
}

/* The kernel's sentence among the attributes from @off octets on. */
static const char *sentence_at(struct nlmsghdr *nlh, int off)
{
	char *head = (char *)nlmsg_data(nlh) + off;
	struct nlattr *attr;
	int rem;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return "";
	nla_for_each_attr(attr, (struct nlattr *)head,
			  nlmsg_datalen(nlh) - off, rem)
		if (nla_type(attr) == ERR_ATTR_MSG)
			return nla_get_string(attr);
	return "";
}

/* That behind an error, and behind the request if it comes back. */
static const char *sentence(struct nlmsghdr *nlh)
{
	struct nlmsgerr *err = nlmsg_data(nlh);
	int off = sizeof(*err);

	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		off += err->msg.nlmsg_len - sizeof(err->msg);
	return sentence_at(nlh, off);
}

static const char *errno_name(int n)
{
	return strerrorname_np(n) ?: "?";
}

/* What came back of one request. */
struct result {
	int	error;
	char	text[256];
	int	messages;
	bool	bad;
};

typedef bool (*message_fn)(struct nlmsghdr *nlh);

/* One recv(); false when the request is answered to its end. */
static bool receive(char *buf, size_t size, struct result *r, message_fn each)
{
	struct nlmsghdr *nlh = (void *)buf;
	int len = recv(nl_socket_get_fd(sock), buf, size, MSG_TRUNC);
	struct nlmsgerr *err;

	must(len >= 0, "recv");
	if ((size_t)len > size) {
		r->bad = true;		/* the kernel does not cut messages */
		return false;
	}
	for (; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			r->bad = true;
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			err = nlmsg_data(nlh);
			r->error = -err->error;
			snprintf(r->text, sizeof(r->text), "%s", sentence(nlh));
			return false;
		}
		if (nlh->nlmsg_type == NLMSG_DONE) {
			r->error = -*(int *)nlmsg_data(nlh);
			snprintf(r->text, sizeof(r->text), "%s",
				 sentence_at(nlh, sizeof(int)));
			return false;
		}
		r->messages++;
		if (each && !each(nlh))
			r->bad = true;
	}
	return true;
}

static struct result finish(message_fn each)
{
	struct result r = {};
	char *buf = malloc(opt.buffer);

	must(buf, "memory");
	while (receive(buf, opt.buffer, &r, each))
		;
	free(buf);
	return r;
}

static int report(const struct result *r)
{
	if (opt.count)
		printf("messages=%d\n", r->messages);
	if (r->error)
		printf("error=%d %s %s\n", r->error, errno_name(r->error),
		       r->text);
	return r->error || r->bad;
}

static bool print_unknown(struct nlmsghdr *nlh)
{
	puts("message");
	return true;
}

/* The message opt.times over, as one datagram. */
static void send_times(struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len), all = len * opt.times;
	char *buf = calloc(opt.times, len);
	int i, fd = nl_socket_get_fd(sock), size = 4 * all + 4096 * opt.times;

	must(buf, "memory");
	nl_complete_msg(sock, msg);
	for (i = 0; i < opt.times; i++)
		memcpy(buf + i * len, nlh, nlh->nlmsg_len);
	must(!setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) &&
	     !setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)), "buffers");
	must(send(fd, buf, all, 0) == (ssize_t)all, "send");
	free(buf);
	nlmsg_free(msg);
}

static int ask(int argc, char **argv)
{
	static const struct op unknown;
	bool ours = !strcmp(opt.family, TCP_MOBILITY_FAMILY_NAME);
	int cmd = ours ? find_op(argv[0]) : atoi(argv[0]), i;
	struct nl_msg *msg = request(cmd, opt.dump ? NLM_F_DUMP : NLM_F_ACK);
	struct result r;
	int status = 0;

	for (i = 1; i < argc; i++)
		put_word(msg, ours ? &ops[cmd] : &unknown, argv[i]);
	if (opt.times > 1)
		send_times(msg);
	else
		send_request(msg);
	for (i = 0; i < opt.times; i++) {
		r = finish(opt.count ? NULL : ours ? print_message : print_unknown);
		status |= report(&r);
	}
	return status;
}

/* -- events ------------------------------------------------------------------------ */

static int listen_events(const char *until)
{
	int group = genl_ctrl_resolve_grp(sock, TCP_MOBILITY_FAMILY_NAME,
					  TCP_MOBILITY_MCGRP_EVENTS);
	struct pollfd fd = { .events = POLLIN };
	int len, room = 4 * 1024 * 1024;
	static char buf[65536];
	struct nlmsghdr *nlh;

	must(group > 0 && !nl_socket_add_membership(sock, group), "group");
	fd.fd = nl_socket_get_fd(sock);
	/* For bursts; only root has so much. */
	setsockopt(fd.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	puts("listening");
	for (;;) {
		if (!poll(&fd, 1, 50)) {
			if (until && !access(until, F_OK))
				return 0;
			continue;
		}
		len = recv(fd.fd, buf, sizeof(buf), 0);
		if (len < 0 && errno == ENOBUFS) {
			puts("overrun");
			continue;
		}
		must(len >= 0, "recv");
		nlh = (void *)buf;
		for (; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len))
			if (!print_message(nlh))
				return 1;
	}
}

/* Has room for one event, and wishes the sender to know that no more came. */
static int deaf(void)
{
	int group = genl_ctrl_resolve_grp(sock, opt.family, TCP_MOBILITY_MCGRP_EVENTS);
	int fd = nl_socket_get_fd(sock), one = 1;

	must(!setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &one, sizeof(one)) &&
	     !setsockopt(fd, SOL_NETLINK, NETLINK_BROADCAST_ERROR, &one, sizeof(one)),
	     "setsockopt");
	must(group > 0 && !nl_socket_add_membership(sock, group), "group");
	puts("listening");
	for (;;)
		pause();
}

/* What the kernel's core tells about the policies of the family. */
static int policy(void)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct result r;

	must(msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0,
				NLM_F_REQUEST | NLM_F_DUMP, CTRL_CMD_GETPOLICY,
				1), "message");
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, opt.family);
	send_request(msg);
	r = finish(NULL);
	printf("messages=%d\n", r.messages);
	return report(&r);
}

/* A dump that stops after its first piece, until @file exists. */
static int hold(const char *file, const char *name)
{
	struct result r = {};
	static char buf[65536];
	bool more;

	send_request(request(find_op(name), NLM_F_DUMP));
	more = receive(buf, opt.buffer, &r, NULL);
	printf("begun messages=%d more=%d\n", r.messages, more);
	while (access(file, F_OK))
		usleep(20000);
	while (more)
		more = receive(buf, opt.buffer, &r, NULL);
	printf("ended messages=%d error=%d\n", r.messages, r.error);
	return r.error || r.bad;
}

/* -- hostile requests -------------------------------------------------------------- */

static uint64_t rng;

static uint32_t rnd(uint32_t n)
{
	rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return (rng >> 33) % n;
}

/* Anything as an attribute: right number and length more often than not. */
static void put_rubbish(struct nl_msg *msg, const struct op *op)
{
	static const uint8_t lens[] = { 0, 1, 2, 4, 8, 16, 4, 16, 25, 32 };
	uint8_t octets[64];
	int type = rnd(8) ? 1 + rnd(op->max) : rnd(0x4000), i;
	int len = rnd(4) ? lens[rnd(sizeof(lens))] : rnd(sizeof(octets));

	for (i = 0; i < len; i++)
		octets[i] = rnd(4) ? rnd(256) : 0;
	if (!rnd(16))
		type |= NLA_F_NESTED;
	if (!rnd(32))
		type |= NLA_F_NET_BYTEORDER;
	nla_put(msg, type, len, octets);
}

/* An attribute that may well be taken: half of what is sent shall be done. */
static void put_right(struct nl_msg *msg, const struct op *op)
{
	static const uint8_t taken[] = {
		TCP_MOBILITY_A_CONN_COOKIE, TCP_MOBILITY_A_CONN_FAMILY,
		TCP_MOBILITY_A_CONN_LOCAL_ADDR, TCP_MOBILITY_A_CONN_LOCAL_PORT,
		TCP_MOBILITY_A_CONN_REMOTE_ADDR,
		TCP_MOBILITY_A_CONN_REMOTE_PORT,
		TCP_MOBILITY_A_CONN_SELECT_STATES,
		TCP_MOBILITY_A_CONN_SELECT_SECRET,
		TCP_MOBILITY_A_CONN_LOCAL_PREFIX,
		TCP_MOBILITY_A_CONN_REMOTE_PREFIX, TCP_MOBILITY_A_CONN_ALL,
		TCP_MOBILITY_A_CONN_ALL, TCP_MOBILITY_A_CONN_TO_ADDR,
	};
	const uint8_t local[4] = { 127, 0, 0, 1 + rnd(4) };
	int type = op->attrs == conn_attrs ? taken[rnd(sizeof(taken))] :
					     1 + (int)rnd(op->max);
	const struct attr *a = &op->attrs[type];

	if (!a->name)
		return;
	if (a->kind == ADDR)
		nla_put(msg, type, 4, local);
	else if (type == TCP_MOBILITY_A_CONN_COOKIE && op->attrs == conn_attrs)
		nla_put_u64(msg, type, rnd(128));
	else if (type == TCP_MOBILITY_A_CONN_FAMILY && op->attrs == conn_attrs)
		nla_put_u16(msg, type, rnd(2) ? AF_INET : AF_INET6);
	else if (a->kind != HEX && a->kind != STRING)
		put_known(msg, type, a, (const char *[]) {
			"0", "1", "2", "10", "255", "65535" }[rnd(6)]);
}

/*
 * Whatever comes, each request is answered, refusals with a sentence. What is
 * found to be right is done: the caller keeps nothing dear in this namespace.
 */
static int fuzz(int count, uint64_t seed)
{
	int i, n, refused = 0, done = 0, mute = 0, cmd;
	bool dump;
	struct nl_msg *msg;
	struct nlmsghdr *nlh;
	struct result r;

	rng = seed;
	for (i = 0; i < count; i++) {
		cmd = rnd(20) ? 1 + rnd(TCP_MOBILITY_CMD_MAX) : rnd(256);
		dump = !rnd(4);
		msg = request(cmd, dump ? NLM_F_DUMP : NLM_F_ACK);
		for (n = rnd(4); n; n--) {
			const struct op *op = &ops[cmd <= TCP_MOBILITY_CMD_MAX &&
						   ops[cmd].name ? cmd : 1];

			if (rnd(4))
				put_right(msg, op);
			else
				put_rubbish(msg, op);
		}
		nlh = nlmsg_hdr(msg);
		/* Now and then the last attribute lies about its length. */
		if (!rnd(8) && nlh->nlmsg_len > NLMSG_HDRLEN + GENL_HDRLEN + 4) {
			((uint8_t *)nlh)[nlh->nlmsg_len - 4 * (1 + rnd(2))] ^=
				1 << rnd(8);
		}
		send_request(msg);
		r = finish(NULL);
		if (r.bad) {
			printf("bad answer to request %d, command %d\n", i, cmd);
			return 1;
		}
		refused += !!r.error;
		done += !r.error;
		/* The core has no words for an operation that does not exist,
		 * nor before 6.6 for who may not dump.
		 */
		if (r.error && !r.text[0] && r.error != EOPNOTSUPP &&
		    !(dump && r.error == EPERM)) {
			if (!mute)
				printf("no sentence for request %d, command %d: %s\n",
				       i, cmd, errno_name(r.error));
			mute++;
		}
	}
	printf("requests=%d done=%d refused=%d mute=%d\n", count, done, refused,
	       mute);
	return !!mute;
}

/* -- many sockets -------------------------------------------------------------------- */

static uint8_t *told;		/* by cookie - lowest: how often */
static uint64_t lowest, highest;

static bool tick(struct nlmsghdr *nlh)
{
	struct nlattr *attr = nlmsg_find_attr(nlh, GENL_HDRLEN,
					      TCP_MOBILITY_A_CONN_COOKIE);
	uint64_t cookie;

	if (!attr)
		return false;
	cookie = nla_get_u64(attr);
	if (cookie >= lowest && cookie <= highest && told[cookie - lowest] < 255)
		told[cookie - lowest]++;
	return true;
}

static long memory_kb(const char *name)
{
	char line[128];
	FILE *f = fopen("/proc/meminfo", "r");
	long kb = -1;

	must(f, "/proc/meminfo");
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			kb = atol(line + strlen(name) + 1);
	fclose(f);
	return kb;
}

static double seconds_since(int64_t then)
{
	return (double)(now_ns() - then) / NSEC_PER_SEC;
}

/* Dump all; every one of @cookies must come once. */
static int dump_all(const char *what, const uint64_t *cookies, int n)
{
	int64_t begun = now_ns();
	int missing = 0, twice = 0, i;
	struct result r;

	memset(told, 0, highest - lowest + 1);
	send_request(request(TCP_MOBILITY_CMD_CONN_GET, NLM_F_DUMP));
	r = finish(tick);
	for (i = 0; i < n; i++) {
		missing += !told[cookies[i] - lowest];
		twice += told[cookies[i] - lowest] > 1;
	}
	printf("%s: messages=%d missing=%d twice=%d error=%d bad=%d seconds=%.3f\n",
	       what, r.messages, missing, twice, r.error, r.bad,
	       seconds_since(begun));
	return missing || twice || r.error || r.bad;
}

/*
 * How much memory the kernel takes while it answers: the most that was gone, or in
 * slabs, between any two pieces, against what it was before. The kernel counts
 * both in lumps of some hundred kB.
 */
static int dump_watched(void)
{
	long avail, slab, most = 0, most_slab = 0, kb;
	static char buf[65536];
	struct result r = {};
	bool more = true;

	avail = memory_kb("MemAvailable:");
	slab = memory_kb("Slab:");
	send_request(request(TCP_MOBILITY_CMD_CONN_GET, NLM_F_DUMP));
	while (more) {
		more = receive(buf, opt.buffer, &r, NULL);
		kb = avail - memory_kb("MemAvailable:");
		most = kb > most ? kb : most;
		kb = memory_kb("Slab:") - slab;
		most_slab = kb > most_slab ? kb : most_slab;
	}
	printf("while dumping: messages=%d error=%d memory=%ld kB slab=%ld kB\n",
	       r.messages, r.error, most, most_slab);
	return r.error || r.bad;
}

/* The same while every second socket goes away and others come. */
static int dump_churning(int *fds, uint64_t *cookies, int n)
{
	static char buf[65536];
	int missing = 0, twice = 0, i = 0, rounds = 0;
	struct result r = {};
	bool more;

	memset(told, 0, highest - lowest + 1);
	send_request(request(TCP_MOBILITY_CMD_CONN_GET, NLM_F_DUMP));
	do {
		more = receive(buf, opt.buffer, &r, tick);
		/* One goes, one comes. */
		for (int k = 0; k < 16 && i < n; k++, i += 2) {
			close(fds[i]);
			fds[i] = socket(AF_INET, SOCK_STREAM, 0);
			must(fds[i] >= 0 && !mobility_enable(fds[i]), "socket");
		}
		rounds++;
	} while (more);
	for (i = 1; i < n; i += 2) {
		missing += !told[cookies[i] - lowest];
		twice += told[cookies[i] - lowest] > 1;
	}
	printf("churning: pieces=%d messages=%d missing=%d twice=%d error=%d bad=%d\n",
	       rounds, r.messages, missing, twice, r.error, r.bad);
	return missing || twice || r.error || r.bad;
}

static int many(int n)
{
	struct rlimit limit = { n + 64, n + 64 };
	uint64_t *cookies = calloc(n, sizeof(*cookies));
	int *fds = calloc(n, sizeof(*fds)), i, status;
	long before = memory_kb("MemAvailable:"), kb;
	socklen_t len;
	int64_t begun = now_ns();

	must(cookies && fds && !setrlimit(RLIMIT_NOFILE, &limit), "limits");
	lowest = UINT64_MAX;
	for (i = 0; i < n; i++) {
		fds[i] = socket(i & 1 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
		must(fds[i] >= 0 && !mobility_enable(fds[i]), "socket");
		len = sizeof(cookies[i]);
		must(!getsockopt(fds[i], SOL_SOCKET, SO_COOKIE, &cookies[i],
				 &len), "SO_COOKIE");
		if (cookies[i] < lowest)
			lowest = cookies[i];
		if (cookies[i] > highest)
			highest = cookies[i];
	}
	kb = before - memory_kb("MemAvailable:");
	printf("sockets=%d seconds=%.3f octets-each=%ld\n", n,
	       seconds_since(begun), kb * 1024 / n);
	told = calloc(highest - lowest + 1, 1);
	must(told, "memory");

	before = memory_kb("MemAvailable:");
	status = dump_all("large buffer", cookies, n);
	/* The least that the kernel serves: a dump piece of a page. */
	opt.buffer = 4096;
	new_socket();
	status |= dump_all("small buffer", cookies, n);
	status |= dump_watched();
	printf("memory left behind: %ld kB\n",
	       before - memory_kb("MemAvailable:"));
	new_socket();
	status |= dump_churning(fds, cookies, n);
	return status;
}

/* Both ends of @n connections inside of this host; those that connected first. */
static void connect_all(int *fds, int n)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM, 0), i;
	socklen_t len = sizeof(sin);

	must(listener >= 0 && !mobility_enable(listener) &&
	     !bind(listener, (struct sockaddr *)&sin, sizeof(sin)) &&
	     !listen(listener, 16) &&
	     !getsockname(listener, (struct sockaddr *)&sin, &len), "listener");
	for (i = 0; i < n; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		must(fds[i] >= 0 && !mobility_enable(fds[i]) &&
		     !connect(fds[i], (struct sockaddr *)&sin, sizeof(sin)),
		     "connect");
		fds[n + i] = accept(listener, NULL, NULL);
		must(fds[n + i] >= 0, "accept");
	}
	close(listener);
}

static void wait_keyed(int fd)
{
	int64_t until = now_ns() + 60 * NSEC_PER_SEC;
	struct tcp_mobility_info info;

	for (;;) {
		must(!mobility_info(fd, AF_INET, &info), "TCP_MOBILITY_INFO");
		if (info.state == TCP_MOBILITY_KEYED)
			return;
		errno = ETIMEDOUT;
		must(now_ns() < until, "keys");
		usleep(20000);
	}
}

static int64_t octets;		/* of all messages of a dump */
static int keyed_now;

static bool tick_keyed(struct nlmsghdr *nlh)
{
	struct nlattr *state = nlmsg_find_attr(nlh, GENL_HDRLEN,
					       TCP_MOBILITY_A_CONN_STATE);

	octets += nlh->nlmsg_len;
	keyed_now += state && nla_get_u8(state) == TCP_MOBILITY_KEYED &&
		     nlmsg_find_attr(nlh, GENL_HDRLEN,
				     TCP_MOBILITY_A_CONN_FINGERPRINT) &&
		     nlmsg_find_attr(nlh, GENL_HDRLEN,
				     TCP_MOBILITY_A_CONN_TOKEN);
	return tick(nlh);
}

/* Both ends of @n connections, dumped @times times with fingerprint and token. */
static int keyed(int n, int times)
{
	struct rlimit limit = { 2 * n + 64, 2 * n + 64 };
	int *fds = calloc(2 * n, sizeof(*fds)), i, status = 0;
	long before = memory_kb("MemAvailable:"), kb;
	int64_t begun;
	double seconds;

	must(fds && !setrlimit(RLIMIT_NOFILE, &limit), "limits");
	connect_all(fds, n);
	for (i = 0; i < 2 * n; i++)
		wait_keyed(fds[i]);
	kb = before - memory_kb("MemAvailable:");
	before = memory_kb("MemAvailable:");
	begun = now_ns();
	for (i = 0; i < times; i++) {
		struct result r;

		send_request(request(TCP_MOBILITY_CMD_CONN_GET, NLM_F_DUMP));
		r = finish(tick_keyed);
		status |= r.messages != 2 * n || r.error || r.bad;
	}
	seconds = seconds_since(begun);
	printf("dumped=%d seconds=%.3f octets-each=%lld memory-each=%ld left-behind=%ld kB\n",
	       keyed_now, seconds, (long long)octets / (keyed_now ?: 1),
	       kb * 1024 / (2 * n), before - memory_kb("MemAvailable:"));
	return status || keyed_now != 2 * n * times;
}

/* @n sockets, until @file exists. */
static int sockets(int n, const char *file)
{
	struct rlimit limit = { n + 64, n + 64 };
	int i, fd;

	must(!setrlimit(RLIMIT_NOFILE, &limit), "limits");
	for (i = 0; i < n; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		must(fd >= 0 && !mobility_enable(fd), "socket");
	}
	while (access(file, F_OK))
		usleep(20000);
	return 0;
}

/* -------------------------------------------------------------------------------------- */

static void become(void)
{
	if (opt.uid >= 0)
		must(!setgroups(0, NULL) && !setgid(opt.uid) &&
		     !setuid(opt.uid), "setuid");
	if (opt.unshare)
		must(!unshare(CLONE_NEWUSER | CLONE_NEWNET), "unshare");
}

static int usage(void)
{
	fputs("usage: nlprobe [--family NAME] [--dump] [--buffer N] [--uid N] [--unshare] [--count]\n"
	      "               ask CMD [ATTRIBUTE]... | events [FILE] | deaf | hold FILE CMD |\n"
	      "               policy | fuzz COUNT SEED | many COUNT | sockets COUNT FILE |\n"
	      "               keyed COUNT TIMES\n",
	      stderr);
	return 2;
}

static int command(int argc, char **argv)
{
	if (argc >= 2 && !strcmp(argv[0], "ask"))
		return ask(argc - 1, argv + 1);
	if (argc >= 1 && !strcmp(argv[0], "events"))
		return listen_events(argv[1]);
	if (argc == 1 && !strcmp(argv[0], "deaf"))
		return deaf();
	if (argc == 1 && !strcmp(argv[0], "policy"))
		return policy();
	if (argc == 3 && !strcmp(argv[0], "hold"))
		return hold(argv[1], argv[2]);
	if (argc == 3 && !strcmp(argv[0], "fuzz"))
		return fuzz(atoi(argv[1]), strtoull(argv[2], NULL, 0));
	if (argc == 2 && !strcmp(argv[0], "many"))
		return many(atoi(argv[1]));
	if (argc == 3 && !strcmp(argv[0], "keyed"))
		return keyed(atoi(argv[1]), atoi(argv[2]));
	if (argc == 3 && !strcmp(argv[0], "sockets"))
		return sockets(atoi(argv[1]), argv[2]);
	return usage();
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "dump",	no_argument,		NULL, 'd' },
		{ "buffer",	required_argument,	NULL, 'b' },
		{ "uid",	required_argument,	NULL, 'u' },
		{ "unshare",	no_argument,		NULL, 'n' },
		{ "count",	no_argument,		NULL, 'c' },
		{ "family",	required_argument,	NULL, 'f' },
		{ "times",	required_argument,	NULL, 't' },
		{ }
	};
	int o;

	setlinebuf(stdout);
	while ((o = getopt_long(argc, argv, "+", longopts, NULL)) != -1) {
		switch (o) {
		case 'd': opt.dump = true; break;
		case 'b': opt.buffer = strtoul(optarg, NULL, 0); break;
		case 'u': opt.uid = atoi(optarg); break;
		case 'n': opt.unshare = true; break;
		case 'c': opt.count = true; break;
		case 'f': opt.family = optarg; break;
		case 't': opt.times = atoi(optarg); break;
		default:  return usage();
		}
	}
	if (optind == argc)
		return usage();
	become();
	open_netlink();
	return command(argc - optind, argv + optind);
}
