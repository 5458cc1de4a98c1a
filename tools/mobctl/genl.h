/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel is asked for, in plain structs. All functions return 0 or a
 * negative errno; genl_error() then has a sentence about it.
 */
#ifndef MOBCTL_GENL_H
#define MOBCTL_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

#define CONN_TOKEN_LEN		8
#define CONN_FINGERPRINT_LEN	8
#define CONN_SECRET_MAX		32

/* Which optional members of struct conn the kernel has filled. */
enum conn_has {
	HAS_REMOTE		= 1 << 0,
	HAS_ORIG		= 1 << 1,
	HAS_PREV		= 1 << 2,
	HAS_IFINDEX		= 1 << 3,
	HAS_INODE		= 1 << 4,
	HAS_UID			= 1 << 5,
	HAS_REASON		= 1 << 6,
	HAS_CURVE		= 1 << 7,
	HAS_FINGERPRINT		= 1 << 8,
	HAS_TOKEN		= 1 << 9,
	HAS_REQNO		= 1 << 10,
	HAS_PEER_REQNO		= 1 << 11,
	HAS_LAST_MOVE		= 1 << 12,
	HAS_CAUSE		= 1 << 13,
	HAS_AGE			= 1 << 14,
	HAS_SUSPEND_TIME	= 1 << 15,
	HAS_SUSPEND_LEFT	= 1 << 16,
	HAS_LOST		= 1 << 17,
	HAS_SURVIVAL_LEFT	= 1 << 18,
	HAS_SECRET		= 1 << 19,
	HAS_REFUSAL		= 1 << 20,
	HAS_DEATH		= 1 << 21,
	HAS_ERROR		= 1 << 22,
	HAS_MOVES		= 1 << 23,
	HAS_OPTIONS		= 1 << 24,
	HAS_EXCHANGE		= 1 << 25,
	HAS_UPDATES		= 1 << 26,
	HAS_FLAGS		= 1 << 27,
	HAS_STATE		= 1 << 28,
	HAS_TCP_STATE		= 1 << 29,
};

/**
 * struct conn - a connection, or an event of one
 *
 * Members are those of attribute set "conn" in
 * Documentation/netlink/specs/tcp_mobility.yaml; @has says which there are.
 */
struct conn {
	uint32_t	has;
	uint64_t	cookie;
	uint16_t	family;
	struct endpoint	local, remote;
	struct endpoint	orig_local, orig_remote;
	struct endpoint	prev_local, prev_remote;
	uint32_t	ifindex;
	uint32_t	inode;
	uint32_t	uid;
	uint8_t		tcp_state;
	uint8_t		state;
	uint8_t		reason;
	uint8_t		exchange;
	uint8_t		move;
	uint8_t		curve;
	uint8_t		reqno;
	uint8_t		peer_reqno;
	uint8_t		last_move_cause;
	uint8_t		event;
	uint8_t		refusal;
	uint8_t		death;
	uint32_t	flags;
	uint32_t	options;
	uint32_t	moves_local;
	uint32_t	moves_remote;
	uint32_t	updates_sent;
	uint32_t	last_move_us;
	uint32_t	suspend_time;
	uint32_t	error;
	uint64_t	age_ms;
	uint64_t	suspend_left_ms;
	uint64_t	lost_ms;
	uint64_t	survival_left_ms;
	uint8_t		fingerprint[CONN_FINGERPRINT_LEN];
	uint8_t		token[CONN_TOKEN_LEN];
	uint8_t		secret[CONN_SECRET_MAX];
	uint8_t		secret_len;
	uint32_t	n_i, n_a;
};

/*
 * In place of a state: the kernel's word for a connection that is over, and whose
 * socket its program holds still, is that for one that has not begun.
 */
#define STATE_ENDED		31

/**
 * struct conn_select - which connections; each member that is set has to agree
 * @has_cookie: the one with @cookie, whatever the rest says
 * @cookie: its number
 * @family: AF_INET, AF_INET6, or 0 for both
 * @local: this end
 * @remote: the peer
 * @local_prefix: bits of @local's address that count
 * @remote_prefix: bits of @remote's address that count
 * @states: bit n: state n, or STATE_ENDED; 0 for all. The kernel, who knows no ended
 *	ones, tells of all that are idle then
 */
struct conn_select {
	bool		has_cookie;
	uint64_t	cookie;
	uint16_t	family;
	struct endpoint	local, remote;
	uint8_t		local_prefix, remote_prefix;
	uint32_t	states;
};

/* What can be done to connections. */
enum conn_verb {
	VERB_MOVE,
	VERB_REPAIR,
	VERB_PAUSE,
	VERB_RESUME,
};

/**
 * struct conn_order - an order to connections, and what became of it
 * @verb: what to do
 * @which: to which
 * @all: to all of the namespace, or of @which.family; no more of @which counts
 * @to: address to move to, if @to.has_addr
 * @count: how many did it
 * @failed: how many refused
 * @why: the kernel's sentence about the first one of these, or empty
 */
struct conn_order {
	enum conn_verb		verb;
	struct conn_select	which;
	bool			all;
	struct endpoint		to;
	uint32_t		count;
	uint32_t		failed;
	char			why[200];
};

/* The members of struct limits, in the order in which they are printed. */
enum limit {
	LIMIT_CONNECTIONS,
	LIMIT_HALF_OPEN,
	LIMIT_SUSPENDED,
	LIMIT_SURVIVAL_TIME,
	LIMIT_SUSPEND_TIME,
	LIMITS_SETTABLE,
};

/**
 * struct limits - limits of the namespace, and what is used of them
 * @has: bit n: @max[n] is there, or is to be set
 * @max: by &enum limit
 * @now: what is used; 0 for times
 * @max_ghosts: most tuples that were left and are remembered
 * @ghosts: such tuples
 * @sockets: sockets with mobility on
 * @key_pool_size: key pairs made in advance
 * @key_pool: key pairs at hand
 * @key_pairs_made: since the module was loaded
 */
struct limits {
	uint32_t	has;
	uint32_t	max[LIMITS_SETTABLE];
	uint32_t	now[LIMITS_SETTABLE];
	uint32_t	max_ghosts, ghosts, sockets;
	uint32_t	key_pool_size, key_pool, key_pairs_made;
};

/**
 * struct counter - one counter
 * @name: stable
 * @value: its value
 * @gauge: it may go down
 * @doc: what it counts
 */
struct counter {
	const char	*name;
	uint64_t	value;
	bool		gauge;
	const char	*doc;
};

/**
 * struct module_facts - what the module is, and how its options look here
 *
 * Members are those of attribute set "version" of the specification.
 */
struct module_facts {
	char		version[32];
	char		specification[64];
	uint8_t		kind_conn_key, kind_cont, kind_loc_update;
	bool		has_exid;
	uint16_t	exid;
	uint8_t		cont_order;
	uint8_t		curve_offer;
	uint32_t	curve_accept, curves;
};

/* A callback returns 0 to go on, of events more than 0 to end without an error. */
typedef int (*conn_fn)(const struct conn *c, void *arg);
typedef int (*counter_fn)(const struct counter *c, void *arg);

int genl_conns(const struct conn_select *which, conn_fn each, void *arg);
int genl_keys(const struct conn_select *which, conn_fn each, void *arg);
int genl_order(struct conn_order *order);
int genl_limits(struct limits *limits);
int genl_limits_set(const struct limits *limits);
int genl_counters(counter_fn each, void *arg);
int genl_facts(struct module_facts *facts);
int genl_events(conn_fn each, int (*lost)(void *arg), void *arg);

/* For other families, whose attributes are in files of their own. */
struct nl_msg;
struct nlattr;

/**
 * struct genl_ask - a request to a family, or a group of it to listen to
 * @family: its name
 * @group: to listen to
 * @cmd: the operation
 * @dump: all there is
 * @max_attr: the highest attribute of an answer
 * @fill: adds attributes to the request, 0 or not; may be NULL
 * @parse: gets each answer or event, 0 to go on; may be NULL
 * @lost: the kernel had to drop events; answers as @parse
 * @arg: for these
 */
struct genl_ask {
	const char	*family;
	const char	*group;
	int		cmd;
	bool		dump;
	int		max_attr;
	int		(*fill)(struct nl_msg *msg, void *arg);
	int		(*parse)(struct nlattr **attrs, void *arg);
	int		(*lost)(void *arg);
	void		*arg;
};

int genl_ask(const struct genl_ask *ask);
int genl_listen(const struct genl_ask *ask);
int genl_family(const char *name);
const char *genl_error(void);
int genl_status(int err);

#endif /* MOBCTL_GENL_H */
