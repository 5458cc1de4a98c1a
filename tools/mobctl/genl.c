// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel over generic netlink. Nobody else includes libnl.
 */
#include "genl.h"
#include "mobctl.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <linux/mip6_ice.h>
#include <linux/tcp_mobility_netlink.h>

/* Sockets of this program only; old libc headers lack them. */
#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

#define BUFFER_SIZE	(64 * 1024)	/* the kernel fills at most half of it */
#define EVENT_BUFFER	(4 * 1024 * 1024)	/* for a burst of moves */

static char last_error[512];

/* A sentence about what failed last, without a full stop. */
const char *genl_error(void)
{
	return last_error;
}

static int set_error(int err, const char *text)
{
	snprintf(last_error, sizeof(last_error), "%s", text);
	return err;
}

/* The exit status for @err, after saying why. */
int genl_status(int err)
{
	return err ? fail(EXIT_KERNEL, "%s", last_error) : 0;
}

/* -- one request --------------------------------------------------------- */

/**
 * struct request - a request under way
 * @sk: its socket
 * @family: the family's number
 * @msg: what is sent
 * @parse: gets every message that answers
 * @arg: for @parse
 * @done: the kernel has nothing more to say
 * @err: negative errno of the kernel or of @parse
 * @note: its sentence beside a success, or empty
 */
struct request {
	struct nl_sock	*sk;
	int		family;
	struct nl_msg	*msg;
	int		(*parse)(struct nlattr **attrs, void *arg);
	int		max_attr;
	void		*arg;
	bool		done;
	int		err;
	char		note[200];
};

/* The kernel's own sentence, from the attributes behind an error; false: none. */
static bool read_sentence(struct nlattr *head, int len, char *text, size_t size)
{
	struct nlattr *attr;
	int rem;

	nla_for_each_attr(attr, head, len, rem) {
		/* NLMSGERR_ATTR_MSG */
		if (nla_type(attr) == 1 && nla_len(attr) > 0) {
			snprintf(text, size, "%.*s", nla_len(attr),
				 (const char *)nla_data(attr));
			return true;
		}
	}
	return false;
}

static void read_extack(struct request *r, int err, struct nlattr *head, int len)
{
	char text[256];

	r->err = err;
	r->done = true;
	set_error(err, strerror(-err));
	if (read_sentence(head, len, text, sizeof(text)))
		snprintf(last_error, sizeof(last_error), "%s (%s)", text,
			 strerror(-err));
}

/* The attributes of an error, or of a success; their octets. */
static int behind_error(struct nlmsghdr *nlh, struct nlattr **head)
{
	struct nlmsgerr *e = nlmsg_data(nlh);
	size_t used = sizeof(*e);

	/* Behind the error stands our request, whole or only its head. */
	if (e->error && !(nlh->nlmsg_flags & NLM_F_CAPPED))
		used += e->msg.nlmsg_len - sizeof(e->msg);
	used = NLMSG_ALIGN(used);
	*head = (void *)((char *)e + used);
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    nlh->nlmsg_len <= NLMSG_HDRLEN + used)
		return 0;
	return nlh->nlmsg_len - NLMSG_HDRLEN - used;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct nlmsghdr *nlh = (void *)((char *)e - NLMSG_HDRLEN);
	struct nlattr *head;
	int len = behind_error(nlh, &head);

	read_extack(arg, e->error, head, len);
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct request *r = arg;
	struct nlattr *head;
	int len = behind_error(nlmsg_hdr(msg), &head);

	read_sentence(head, len, r->note, sizeof(r->note));
	r->done = true;
	return NL_STOP;
}

/* The end of a dump carries an error number, and a sentence if it has one. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct request *r = arg;
	int err = 0;

	r->done = true;
	if (nlmsg_datalen(nlh) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(nlh), sizeof(err));
	if (err < 0)
		read_extack(r, err, (void *)((char *)nlmsg_data(nlh) +
					     NLMSG_ALIGN(sizeof(err))),
			    nlh->nlmsg_flags & NLM_F_ACK_TLVS ?
			    nlmsg_datalen(nlh) - (int)NLMSG_ALIGN(sizeof(err)) : 0);
	return NL_STOP;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[TCP_MOBILITY_A_CONN_MAX + 1];
	struct request *r = arg;

	static_assert((int)TCP_MOBILITY_A_LIMITS_MAX <= (int)TCP_MOBILITY_A_CONN_MAX &&
		       (int)TCP_MOBILITY_A_VERSION_MAX <= (int)TCP_MOBILITY_A_CONN_MAX &&
		       (int)MIP6_ICE_A_PEER_MAX <= (int)TCP_MOBILITY_A_CONN_MAX &&
		       (int)MIP6_ICE_A_PAIR_MAX <= (int)TCP_MOBILITY_A_CONN_MAX,
		       "attrs[] has room for every set");
	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, r->max_attr, NULL) < 0)
		return NL_SKIP;
	if (r->parse && !r->err)
		r->err = r->parse(attrs, r->arg);
	return NL_OK;
}

static void request_end(struct request *r)
{
	if (r->msg)
		nlmsg_free(r->msg);
	if (r->sk)
		nl_socket_free(r->sk);
	r->msg = NULL;
	r->sk = NULL;
}

static int no_family(const char *name, int err)
{
	char text[160];

	if (err != -NLE_OBJ_NOTFOUND)
		return set_error(-EPROTO, nl_geterror(err));
	snprintf(text, sizeof(text),
		 "the module %s is not loaded: modprobe %s (the kernel has no netlink family of that name)",
		 name, name);
	return set_error(-ENOENT, text);
}

/* A connected socket and the number of the family @name. */
static int open_family(struct request *r, const char *name)
{
	int one = 1;

	r->sk = nl_socket_alloc();
	if (!r->sk)
		return set_error(-ENOMEM, strerror(ENOMEM));
	if (genl_connect(r->sk))
		return set_error(-EPROTO, "this kernel has no generic netlink");
	nl_socket_set_msg_buf_size(r->sk, BUFFER_SIZE);
	nl_socket_disable_msg_peek(r->sk);
	/* Sentences with errors; and not our request back. */
	setsockopt(nl_socket_get_fd(r->sk), SOL_NETLINK, NETLINK_EXT_ACK, &one,
		   sizeof(one));
	setsockopt(nl_socket_get_fd(r->sk), SOL_NETLINK, NETLINK_CAP_ACK, &one,
		   sizeof(one));
	r->family = genl_ctrl_resolve(r->sk, name);
	if (r->family < 0)
		return no_family(name, r->family);
	return 0;
}

/* 0 if the kernel has a family of that name. */
int genl_family(const char *name)
{
	struct request r = { 0 };
	int err = open_family(&r, name);

	request_end(&r);
	return err;
}

static int request_to(struct request *r, const char *family, int cmd, int flags,
		      int max_attr)
{
	int err = open_family(r, family);

	if (err)
		return err;
	r->max_attr = max_attr;
	r->msg = nlmsg_alloc();
	if (!r->msg || !genlmsg_put(r->msg, NL_AUTO_PORT, NL_AUTO_SEQ, r->family,
				    0, flags, cmd, TCP_MOBILITY_FAMILY_VERSION))
		return set_error(-ENOMEM, strerror(ENOMEM));
	return 0;
}

static int request_begin(struct request *r, int cmd, int flags, int max_attr)
{
	return request_to(r, TCP_MOBILITY_FAMILY_NAME, cmd, flags, max_attr);
}

/* Send it, and read until the kernel is through. */
static int request_run(struct request *r)
{
	int err;

	nl_socket_modify_cb(r->sk, NL_CB_VALID, NL_CB_CUSTOM, on_message, r);
	nl_socket_modify_cb(r->sk, NL_CB_ACK, NL_CB_CUSTOM, on_ack, r);
	nl_socket_modify_cb(r->sk, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, r);
	nl_socket_modify_err_cb(r->sk, NL_CB_CUSTOM, on_error, r);
	err = nl_send_auto(r->sk, r->msg);
	while (err >= 0 && !r->done)
		err = nl_recvmsgs_default(r->sk);
	if (err < 0 && !r->err)
		r->err = set_error(-EIO, nl_geterror(err));
	return r->err;
}

/* A request to any family. */
int genl_ask(const struct genl_ask *ask)
{
	struct request r = { .parse = ask->parse, .arg = ask->arg };
	int err;

	err = request_to(&r, ask->family, ask->cmd, ask->dump ? NLM_F_DUMP : 0,
			 ask->max_attr);
	if (!err && ask->fill && ask->fill(r.msg, ask->arg))
		err = set_error(-EMSGSIZE, strerror(EMSGSIZE));
	if (!err)
		err = request_run(&r);
	request_end(&r);
	return err;
}

/* -- attributes to structs ----------------------------------------------- */

static bool get_addr(struct nlattr *attr, struct endpoint *e)
{
	if (!attr)
		return false;
	if (nla_len(attr) == 4) {
		address_from_v4(&e->addr, nla_data(attr));
	} else if (nla_len(attr) == 16) {
		memcpy(&e->addr, nla_data(attr), 16);
	} else {
		return false;
	}
	e->has_addr = true;
	return true;
}

static void get_port(struct nlattr *attr, struct endpoint *e)
{
	if (attr && nla_len(attr) >= 2)
		e->port = ntohs(nla_get_u16(attr));
}

static bool get_number(struct nlattr *attr, size_t size, void *value)
{
	if (!attr || (size_t)nla_len(attr) < size)
		return false;
	memcpy(value, nla_data(attr), size);
	return true;
}

/* A string, cut to @size; "" and false if there is none. */
static bool get_text(struct nlattr *attr, char *text, size_t size)
{
	*text = 0;
	return attr && nla_strlcpy(text, attr, size) > 0;
}

#define CONN_ATTR(name)	attrs[TCP_MOBILITY_A_CONN_##name]
/* Fills @member; notes in @has that it was there. */
#define GET(name, member, bit)						\
	do {								\
		if (get_number(CONN_ATTR(name), sizeof(c->member),	\
			       &c->member))				\
			c->has |= (bit);				\
	} while (0)

static void get_octets(struct nlattr *attr, uint8_t *to, size_t size,
		       struct conn *c, uint32_t bit)
{
	if (!attr || (size_t)nla_len(attr) != size)
		return;
	memcpy(to, nla_data(attr), size);
	c->has |= bit;
}

static void parse_addresses(struct nlattr **attrs, struct conn *c)
{
	get_addr(CONN_ATTR(LOCAL_ADDR), &c->local);
	get_port(CONN_ATTR(LOCAL_PORT), &c->local);
	if (get_addr(CONN_ATTR(REMOTE_ADDR), &c->remote))
		c->has |= HAS_REMOTE;
	get_port(CONN_ATTR(REMOTE_PORT), &c->remote);
	if (get_addr(CONN_ATTR(ORIG_LOCAL_ADDR), &c->orig_local) &&
	    get_addr(CONN_ATTR(ORIG_REMOTE_ADDR), &c->orig_remote))
		c->has |= HAS_ORIG;
	get_port(CONN_ATTR(ORIG_LOCAL_PORT), &c->orig_local);
	get_port(CONN_ATTR(ORIG_REMOTE_PORT), &c->orig_remote);
	if (get_addr(CONN_ATTR(PREV_LOCAL_ADDR), &c->prev_local) &&
	    get_addr(CONN_ATTR(PREV_REMOTE_ADDR), &c->prev_remote))
		c->has |= HAS_PREV;
	get_port(CONN_ATTR(PREV_LOCAL_PORT), &c->prev_local);
	get_port(CONN_ATTR(PREV_REMOTE_PORT), &c->prev_remote);
}

static void parse_conn(struct nlattr **attrs, struct conn *c)
{
	memset(c, 0, sizeof(*c));
	parse_addresses(attrs, c);
	GET(COOKIE, cookie, 0);
	GET(FAMILY, family, 0);
	GET(IFINDEX, ifindex, HAS_IFINDEX);
	GET(INODE, inode, HAS_INODE);
	GET(UID, uid, HAS_UID);
	GET(TCP_STATE, tcp_state, HAS_TCP_STATE);
	GET(STATE, state, HAS_STATE);
	GET(REASON, reason, HAS_REASON);
	GET(EXCHANGE, exchange, HAS_EXCHANGE);
	GET(MOVE, move, 0);
	GET(FLAGS, flags, HAS_FLAGS);
	GET(CURVE, curve, HAS_CURVE);
	GET(REQNO, reqno, HAS_REQNO);
	GET(PEER_REQNO, peer_reqno, HAS_PEER_REQNO);
	GET(MOVES_LOCAL, moves_local, HAS_MOVES);
	GET(MOVES_REMOTE, moves_remote, HAS_MOVES);
	GET(UPDATES_SENT, updates_sent, HAS_UPDATES);
	GET(LAST_MOVE_US, last_move_us, HAS_LAST_MOVE);
	GET(LAST_MOVE_CAUSE, last_move_cause, HAS_CAUSE);
	GET(OPTIONS, options, HAS_OPTIONS);
	GET(AGE_MS, age_ms, HAS_AGE);
	GET(SUSPEND_TIME, suspend_time, HAS_SUSPEND_TIME);
	GET(SUSPEND_LEFT_MS, suspend_left_ms, HAS_SUSPEND_LEFT);
	GET(LOST_MS, lost_ms, HAS_LOST);
	GET(SURVIVAL_LEFT_MS, survival_left_ms, HAS_SURVIVAL_LEFT);
	GET(EVENT, event, 0);
	GET(REFUSAL, refusal, HAS_REFUSAL);
	GET(DEATH, death, HAS_DEATH);
	GET(ERROR, error, HAS_ERROR);
	GET(N_I, n_i, 0);
	GET(N_A, n_a, 0);
	get_octets(CONN_ATTR(FINGERPRINT), c->fingerprint,
		   sizeof(c->fingerprint), c, HAS_FINGERPRINT);
	get_octets(CONN_ATTR(TOKEN), c->token, sizeof(c->token), c, HAS_TOKEN);
	if (CONN_ATTR(SECRET) && nla_len(CONN_ATTR(SECRET)) <= CONN_SECRET_MAX) {
		c->secret_len = nla_len(CONN_ATTR(SECRET));
		memcpy(c->secret, nla_data(CONN_ATTR(SECRET)), c->secret_len);
		c->has |= HAS_SECRET;
	}
}

/* -- structs to attributes ----------------------------------------------- */

static int put_addr(struct nl_msg *msg, int type, const struct in6_addr *addr)
{
	if (IN6_IS_ADDR_V4MAPPED(addr))
		return nla_put(msg, type, 4, &addr->s6_addr[12]);
	return nla_put(msg, type, 16, addr);
}

static int put_select(struct nl_msg *msg, const struct conn_select *s)
{
	uint32_t states = s->states;
	int err = 0;

	if (states & 1u << STATE_ENDED) {
		states &= ~(1u << STATE_ENDED);
		states |= 1u << TCP_MOBILITY_IDLE;
	}

	if (s->has_cookie)
		err |= nla_put_u64(msg, TCP_MOBILITY_A_CONN_COOKIE, s->cookie);
	if (s->family)
		err |= nla_put_u16(msg, TCP_MOBILITY_A_CONN_FAMILY, s->family);
	if (s->local.has_addr) {
		err |= put_addr(msg, TCP_MOBILITY_A_CONN_LOCAL_ADDR, &s->local.addr);
		err |= nla_put_u8(msg, TCP_MOBILITY_A_CONN_LOCAL_PREFIX, s->local_prefix);
	}
	if (s->remote.has_addr) {
		err |= put_addr(msg, TCP_MOBILITY_A_CONN_REMOTE_ADDR, &s->remote.addr);
		err |= nla_put_u8(msg, TCP_MOBILITY_A_CONN_REMOTE_PREFIX, s->remote_prefix);
	}
	if (s->local.port)
		err |= nla_put_u16(msg, TCP_MOBILITY_A_CONN_LOCAL_PORT, htons(s->local.port));
	if (s->remote.port)
		err |= nla_put_u16(msg, TCP_MOBILITY_A_CONN_REMOTE_PORT, htons(s->remote.port));
	if (states)
		err |= nla_put_u32(msg, TCP_MOBILITY_A_CONN_SELECT_STATES, states);
	return err;
}

/* -- connections --------------------------------------------------------- */

struct conn_sink {
	conn_fn	each;
	void	*arg;
};

static int parse_each(struct nlattr **attrs, void *arg)
{
	struct conn_sink *sink = arg;
	struct conn c;
	int err;

	parse_conn(attrs, &c);
	err = sink->each(&c, sink->arg);
	explicit_bzero(c.secret, sizeof(c.secret));
	return err;
}

/* A dump, or a single one by its cookie. */
static int read_conns(int cmd, const struct conn_select *which, conn_fn each,
		      void *arg)
{
	struct conn_sink sink = { each, arg };
	struct request r = { .parse = parse_each, .arg = &sink };
	int err;

	err = request_begin(&r, cmd, which->has_cookie ? 0 : NLM_F_DUMP,
			    TCP_MOBILITY_A_CONN_MAX);
	if (!err && put_select(r.msg, which))
		err = set_error(-EMSGSIZE, strerror(EMSGSIZE));
	if (!err)
		err = request_run(&r);
	request_end(&r);
	return err;
}

int genl_conns(const struct conn_select *which, conn_fn each, void *arg)
{
	return read_conns(TCP_MOBILITY_CMD_CONN_GET, which, each, arg);
}

int genl_keys(const struct conn_select *which, conn_fn each, void *arg)
{
	return read_conns(TCP_MOBILITY_CMD_KEYS_GET, which, each, arg);
}

static int parse_counts(struct nlattr **attrs, void *arg)
{
	struct conn_order *order = arg;

	order->count = 0;
	get_number(CONN_ATTR(COUNT), sizeof(order->count), &order->count);
	get_number(CONN_ATTR(FAILED), sizeof(order->failed), &order->failed);
	return 0;
}

int genl_order(struct conn_order *order)
{
	static const int commands[] = {
		[VERB_MOVE]	= TCP_MOBILITY_CMD_CONN_MOVE,
		[VERB_REPAIR]	= TCP_MOBILITY_CMD_CONN_REPAIR,
		[VERB_PAUSE]	= TCP_MOBILITY_CMD_CONN_PAUSE,
		[VERB_RESUME]	= TCP_MOBILITY_CMD_CONN_RESUME,
	};
	struct request r = { .parse = parse_counts, .arg = order };
	int err;

	/* Of one connection there is no count but success. */
	order->count = 1;
	order->failed = 0;
	err = request_begin(&r, commands[order->verb], 0, TCP_MOBILITY_A_CONN_MAX);
	if (err)
		goto out;
	if (order->all && !order->which.family)
		err = nla_put_flag(r.msg, TCP_MOBILITY_A_CONN_ALL);
	else
		err = put_select(r.msg, &order->which);
	if (!err && order->to.has_addr)
		err = put_addr(r.msg, TCP_MOBILITY_A_CONN_TO_ADDR, &order->to.addr);
	if (err)
		err = set_error(-EMSGSIZE, strerror(EMSGSIZE));
	else
		err = request_run(&r);
	if (order->failed)
		snprintf(order->why, sizeof(order->why), "%s", r.note);
out:
	request_end(&r);
	return err;
}

/* -- limits -------------------------------------------------------------- */

static const struct {
	int	max;
	int	now;
} limit_attrs[LIMITS_SETTABLE] = {
	[LIMIT_CONNECTIONS]	= { TCP_MOBILITY_A_LIMITS_MAX_CONNECTIONS,
				    TCP_MOBILITY_A_LIMITS_CONNECTIONS },
	[LIMIT_HALF_OPEN]	= { TCP_MOBILITY_A_LIMITS_MAX_HALF_OPEN,
				    TCP_MOBILITY_A_LIMITS_HALF_OPEN },
	[LIMIT_SUSPENDED]	= { TCP_MOBILITY_A_LIMITS_MAX_SUSPENDED,
				    TCP_MOBILITY_A_LIMITS_SUSPENDED },
	[LIMIT_SURVIVAL_TIME]	= { TCP_MOBILITY_A_LIMITS_SURVIVAL_TIME, 0 },
	[LIMIT_SUSPEND_TIME]	= { TCP_MOBILITY_A_LIMITS_SUSPEND_TIME, 0 },
};

static int parse_limits(struct nlattr **attrs, void *arg)
{
	struct limits *l = arg;
	const struct {
		int		attr;
		uint32_t	*value;
	} others[] = {
		{ TCP_MOBILITY_A_LIMITS_MAX_GHOSTS, &l->max_ghosts },
		{ TCP_MOBILITY_A_LIMITS_GHOSTS, &l->ghosts },
		{ TCP_MOBILITY_A_LIMITS_SOCKETS, &l->sockets },
		{ TCP_MOBILITY_A_LIMITS_KEY_POOL_SIZE, &l->key_pool_size },
		{ TCP_MOBILITY_A_LIMITS_KEY_POOL, &l->key_pool },
		{ TCP_MOBILITY_A_LIMITS_KEY_PAIRS_MADE, &l->key_pairs_made },
	};
	unsigned int i;

	for (i = 0; i < LIMITS_SETTABLE; i++) {
		if (get_number(attrs[limit_attrs[i].max], 4, &l->max[i]))
			l->has |= 1u << i;
		if (limit_attrs[i].now)
			get_number(attrs[limit_attrs[i].now], 4, &l->now[i]);
	}
	for (i = 0; i < ARRAY_SIZE(others); i++)
		get_number(attrs[others[i].attr], 4, others[i].value);
	return 0;
}

int genl_limits(struct limits *limits)
{
	struct request r = { .parse = parse_limits, .arg = limits };
	int err;

	memset(limits, 0, sizeof(*limits));
	err = request_begin(&r, TCP_MOBILITY_CMD_LIMITS_GET, 0,
			    TCP_MOBILITY_A_LIMITS_MAX);
	if (!err)
		err = request_run(&r);
	request_end(&r);
	return err;
}

int genl_limits_set(const struct limits *limits)
{
	struct request r = { 0 };
	unsigned int i;
	int err;

	err = request_begin(&r, TCP_MOBILITY_CMD_LIMITS_SET, 0,
			    TCP_MOBILITY_A_LIMITS_MAX);
	for (i = 0; !err && i < LIMITS_SETTABLE; i++)
		if (limits->has & 1u << i)
			err = nla_put_u32(r.msg, limit_attrs[i].max,
					  limits->max[i]);
	if (!err)
		err = request_run(&r);
	request_end(&r);
	return err;
}

/* -- counters and version ------------------------------------------------ */

struct counter_sink {
	counter_fn	each;
	void		*arg;
};

static int parse_counter(struct nlattr **attrs, void *arg)
{
	struct counter_sink *sink = arg;
	char name[64], doc[256];
	struct counter c = { .name = name, .doc = doc };

	if (!get_text(attrs[TCP_MOBILITY_A_STAT_NAME], name, sizeof(name)))
		return 0;
	get_number(attrs[TCP_MOBILITY_A_STAT_VALUE], sizeof(c.value), &c.value);
	c.gauge = attrs[TCP_MOBILITY_A_STAT_GAUGE];
	get_text(attrs[TCP_MOBILITY_A_STAT_DOC], doc, sizeof(doc));
	return sink->each(&c, sink->arg);
}

int genl_counters(counter_fn each, void *arg)
{
	struct counter_sink sink = { each, arg };
	struct request r = { .parse = parse_counter, .arg = &sink };
	int err;

	err = request_begin(&r, TCP_MOBILITY_CMD_STATS_GET, NLM_F_DUMP,
			    TCP_MOBILITY_A_STAT_MAX);
	if (!err)
		err = request_run(&r);
	request_end(&r);
	return err;
}

#define VERSION_ATTR(name)	attrs[TCP_MOBILITY_A_VERSION_##name]

static int parse_facts(struct nlattr **attrs, void *arg)
{
	struct module_facts *f = arg;

	get_text(VERSION_ATTR(MODULE_VERSION), f->version, sizeof(f->version));
	get_text(VERSION_ATTR(SPECIFICATION), f->specification, sizeof(f->specification));
	get_number(VERSION_ATTR(KIND_CONN_KEY), 1, &f->kind_conn_key);
	get_number(VERSION_ATTR(KIND_CONT), 1, &f->kind_cont);
	get_number(VERSION_ATTR(KIND_LOC_UPDATE), 1, &f->kind_loc_update);
	f->has_exid = get_number(VERSION_ATTR(EXID), 2, &f->exid);
	get_number(VERSION_ATTR(CONT_ORDER), 1, &f->cont_order);
	get_number(VERSION_ATTR(CURVE_OFFER), 1, &f->curve_offer);
	get_number(VERSION_ATTR(CURVE_ACCEPT), 4, &f->curve_accept);
	get_number(VERSION_ATTR(CURVES), 4, &f->curves);
	return 0;
}

int genl_facts(struct module_facts *facts)
{
	struct request r = { .parse = parse_facts, .arg = facts };
	int err;

	memset(facts, 0, sizeof(*facts));
	err = request_begin(&r, TCP_MOBILITY_CMD_VERSION_GET, 0,
			    TCP_MOBILITY_A_VERSION_MAX);
	if (!err)
		err = request_run(&r);
	request_end(&r);
	return err;
}

/* -- events -------------------------------------------------------------- */

/* Until @each says no, or @lost, which is called when the kernel had to drop some. */
int genl_events(conn_fn each, int (*lost)(void *arg), void *arg)
{
	struct conn_sink sink = { each, arg };

	return genl_listen(&(struct genl_ask) {
		.family = TCP_MOBILITY_FAMILY_NAME,
		.group = TCP_MOBILITY_MCGRP_EVENTS,
		.max_attr = TCP_MOBILITY_A_CONN_MAX,
		.parse = parse_each, .lost = lost, .arg = &sink });
}

/* As much as rmem_max lets anybody have; root, who may, has all of it. */
static void set_event_buffer(int fd)
{
	const int size = EVENT_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/**
 * struct listening - whose events
 * @r: with the number of the family
 * @name: of the family, which is that of its module
 * @unsure: messages were lost, one that the family goes perhaps among them
 */
struct listening {
	struct request	r;
	const char	*name;
	bool		unsure;
};

static int unloaded(const struct listening *l)
{
	char text[64];

	snprintf(text, sizeof(text), "the module %s was unloaded", l->name);
	return set_error(-ENODEV, text);
}

/*
 * 0 if the family is the one that we listen to still, which a module that was
 * loaded again does not bring. Asked by another socket: in ours are events. And not
 * if the module is gone for sure: asked for a family by name the kernel may load it.
 */
static int still_there(const struct listening *l)
{
	struct request r = { 0 };
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/sys/module/%s", l->name);
	if (access(path, F_OK) && !access("/sys/module", F_OK))
		return unloaded(l);
	err = open_family(&r, l->name);
	if (err == -ENOENT || (!err && r.family != l->r.family))
		err = unloaded(l);
	request_end(&r);
	return err;
}

/* An event of the family, or what nlctrl tells of families: another one is none of ours. */
static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nlattr *attrs[CTRL_ATTR_MAX + 1];
	struct listening *l = arg;

	if (nlh->nlmsg_type == l->r.family)
		return on_message(msg, &l->r);
	if (nlh->nlmsg_type != GENL_ID_CTRL ||
	    genlmsg_parse(nlh, 0, attrs, CTRL_ATTR_MAX, NULL) < 0 ||
	    genlmsg_hdr(nlh)->cmd != CTRL_CMD_DELFAMILY ||
	    !attrs[CTRL_ATTR_FAMILY_ID] ||
	    nla_get_u16(attrs[CTRL_ATTR_FAMILY_ID]) != l->r.family)
		return NL_SKIP;
	l->r.err = l->r.err ?: unloaded(l);
	return NL_STOP;
}

static bool has_message(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/*
 * One message, or several that came together. When some are lost the kernel says
 * so once, and goes on dropping them until we have read all that there is: then
 * is the time to look what we have missed.
 */
static void next_event(struct listening *l, int (*lost)(void *arg))
{
	struct request *r = &l->r;
	int err;

	if (l->unsure && !has_message(nl_socket_get_fd(r->sk))) {
		l->unsure = false;
		r->err = still_there(l);
		if (r->err)
			return;
	}
	err = nl_recvmsgs_default(r->sk);
	/* libnl's name for ENOBUFS. */
	if (err == -NLE_NOMEM) {
		l->unsure = true;
		r->err = r->err ?: lost(r->arg);
	} else if (err < 0 && err != -NLE_INTR && err != -NLE_AGAIN) {
		r->err = set_error(-EIO, nl_geterror(err));
	}
}

/* The same for any family; @lost gets what @parse gets. */
int genl_listen(const struct genl_ask *ask)
{
	struct listening l = {
		.r = { .parse = ask->parse, .arg = ask->arg, .max_attr = ask->max_attr },
		.name = ask->family,
	};
	struct request *r = &l.r;
	int group, families, err;
	bool joined;

	err = open_family(r, ask->family);
	if (err)
		goto out;
	group = genl_ctrl_resolve_grp(r->sk, ask->family, ask->group);
	families = genl_ctrl_resolve_grp(r->sk, "nlctrl", "notify");
	nl_socket_disable_seq_check(r->sk);
	set_event_buffer(nl_socket_get_fd(r->sk));
	joined = group >= 0 && families >= 0 &&
		 !nl_socket_add_memberships(r->sk, group, families, 0);
	/* From here on we are told when it goes; it may have gone before. */
	err = still_there(&l);
	if (!err && !joined)
		err = set_error(-EPROTO, "the kernel does not let us listen to its events");
	if (err)
		goto out;
	nl_socket_modify_cb(r->sk, NL_CB_VALID, NL_CB_CUSTOM, on_event, &l);
	while (!r->err)
		next_event(&l, ask->lost);
	/* More than 0: the callback has seen enough. */
	err = r->err < 0 ? r->err : 0;
out:
	request_end(r);
	return err;
}
