// SPDX-License-Identifier: GPL-2.0
/*
 * Connections as netlink attributes, and attributes that select connections.
 *
 * Reading takes no lock of a connection: a program can hold that of its socket
 * for as long as it likes, and nobody else's dump shall wait for it. Each value
 * is read as a whole; two of them may be of two moments. An address of IPv6 that
 * changes in the very moment may be torn.
 */
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/netlink.h>
#include <net/tcp.h>

#include "attrs.h"
#include "tcp_mobility.h"

/* Short names for the attributes. */
#define A(name)		TCP_MOBILITY_A_CONN_##name

/* -- one connection -----------------------------------------------------------*/

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, A(PAD));
}

static int put_addr(struct sk_buff *skb, int type, const struct in6_addr *addr,
		    bool v6)
{
	return v6 ? nla_put_in6_addr(skb, type, addr) :
		    nla_put_in_addr(skb, type, addr->s6_addr32[3]);
}

/* Local address and port, the peer's address and port: attributes in this order
 * from @first on. What is not connected has no peer.
 */
static int put_tuple(struct sk_buff *skb, int first,
		     const struct tcpmob_tuple *t, bool v6)
{
	BUILD_BUG_ON(A(LOCAL_PORT) != A(LOCAL_ADDR) + 1 ||
		     A(REMOTE_PORT) != A(LOCAL_ADDR) + 3 ||
		     A(ORIG_REMOTE_PORT) != A(ORIG_LOCAL_ADDR) + 3 ||
		     A(PREV_REMOTE_PORT) != A(PREV_LOCAL_ADDR) + 3);
	if (put_addr(skb, first, &t->laddr, v6) ||
	    nla_put_be16(skb, first + 1, t->lport))
		return -EMSGSIZE;
	if (t->rport && (put_addr(skb, first + 2, &t->raddr, v6) ||
			 nla_put_be16(skb, first + 3, t->rport)))
		return -EMSGSIZE;
	return 0;
}

static u32 conn_flags(const struct tcpmob_sock *ms)
{
	const struct sock *sk = ms->sk;
	u32 flags = 0;

	if (READ_ONCE(ms->passive))
		flags |= TCP_MOBILITY_CONN_FLAGS_PASSIVE;
	if (READ_ONCE(ms->keyed))
		flags |= TCP_MOBILITY_CONN_FLAGS_SECRET;
	if (READ_ONCE(ms->peer_has))
		flags |= TCP_MOBILITY_CONN_FLAGS_CONFIRMED;
	if (test_bit(TCPMOB_W_PAUSE, &ms->watch))
		flags |= TCP_MOBILITY_CONN_FLAGS_PAUSED;
	if ((sk->sk_userlocks & SOCK_BINDADDR_LOCK) ||
	    READ_ONCE(sk->sk_bound_dev_if))
		flags |= TCP_MOBILITY_CONN_FLAGS_PINNED;
	if (READ_ONCE(ms->repair))
		flags |= TCP_MOBILITY_CONN_FLAGS_REPAIR;
	if (READ_ONCE(ms->unconfirmed))
		flags |= TCP_MOBILITY_CONN_FLAGS_UNCONFIRMED;
	if (READ_ONCE(ms->stalled) && tcpmob_stall_lasts(ms))
		flags |= TCP_MOBILITY_CONN_FLAGS_STALLED;
	if (sock_flag(sk, SOCK_DEAD))
		flags |= TCP_MOBILITY_CONN_FLAGS_ORPHAN;
	return flags;
}

static u64 ms_since(unsigned long then)
{
	return jiffies_to_msecs(jiffies - then);
}

static u64 ms_until(unsigned long then)
{
	return time_after(then, jiffies) ? jiffies_to_msecs(then - jiffies) : 0;
}

/* What the timers of a connection are about. */
static int put_times(struct sk_buff *skb, const struct tcpmob_sock *ms, u8 state)
{
	unsigned long lost = READ_ONCE(ms->adrift_since), survival;
	int own = READ_ONCE(ms->suspend_time);

	if (state > TCP_MOBILITY_PLAIN && READ_ONCE(ms->agreed) &&
	    put_u64(skb, A(AGE_MS), ms_since(READ_ONCE(ms->born))))
		return -EMSGSIZE;
	if (own >= 0 && nla_put_u32(skb, A(SUSPEND_TIME), own))
		return -EMSGSIZE;
	if (state == TCP_MOBILITY_SUSPENDED &&
	    put_u64(skb, A(SUSPEND_LEFT_MS),
		    ms_until(tcpmob_suspend_until(ms))))
		return -EMSGSIZE;

	if (!lost && READ_ONCE(ms->stalled) && tcpmob_stall_lasts(ms))
		lost = READ_ONCE(ms->stalled);
	if (!lost || state <= TCP_MOBILITY_PLAIN)
		return 0;
	survival = READ_ONCE(ms->tn->survival) * HZ;
	if (sock_flag(ms->sk, SOCK_DEAD))
		survival = min_t(unsigned long, survival, TCPMOB_ORPHAN_LIFE);
	if (put_u64(skb, A(LOST_MS), ms_since(lost)) ||
	    put_u64(skb, A(SURVIVAL_LEFT_MS), ms_until(lost + survival)))
		return -EMSGSIZE;
	return 0;
}

/* What conn-get, keys-get and events have in common. */
static int put_common(struct sk_buff *skb, const struct tcpmob_sock *ms,
		      const struct tcpmob_tuple *t, u8 state)
{
	bool v6 = tcpmob_sk_is_v6(ms->sk);
	u8 curve = READ_ONCE(ms->x.curve);

	if (put_u64(skb, A(COOKIE), ms->cookie) ||
	    nla_put_u16(skb, A(FAMILY), v6 ? AF_INET6 : AF_INET) ||
	    put_tuple(skb, A(LOCAL_ADDR), t, v6) ||
	    nla_put_u32(skb, A(FLAGS), conn_flags(ms)))
		return -EMSGSIZE;
	if (state > TCP_MOBILITY_PLAIN && curve &&
	    nla_put_u8(skb, A(CURVE), curve))
		return -EMSGSIZE;
	return 0;
}

static int put_state(struct sk_buff *skb, const struct tcpmob_sock *ms, u8 state)
{
	if (nla_put_u8(skb, A(TCP_STATE), READ_ONCE(ms->sk->sk_state)) ||
	    nla_put_u8(skb, A(STATE), state) ||
	    nla_put_u8(skb, A(REQNO), READ_ONCE(ms->reqno)) ||
	    nla_put_u32(skb, A(MOVES_LOCAL), READ_ONCE(ms->moves_local)) ||
	    nla_put_u32(skb, A(MOVES_REMOTE), READ_ONCE(ms->moves_remote)))
		return -EMSGSIZE;
	if (state == TCP_MOBILITY_PLAIN &&
	    nla_put_u8(skb, A(REASON), READ_ONCE(ms->reason)))
		return -EMSGSIZE;
	if (READ_ONCE(ms->last_move_us) &&
	    nla_put_u32(skb, A(LAST_MOVE_US), READ_ONCE(ms->last_move_us)))
		return -EMSGSIZE;
	if (READ_ONCE(ms->cause) &&
	    nla_put_u8(skb, A(LAST_MOVE_CAUSE), READ_ONCE(ms->cause)))
		return -EMSGSIZE;
	return 0;
}

/* Where it was made. Half-made connections have no such place yet. */
static int put_birth(struct sk_buff *skb, const struct tcpmob_sock *ms, u8 state)
{
	if (state < TCP_MOBILITY_PLAIN || !ms->born_at.rport)
		return 0;
	return put_tuple(skb, A(ORIG_LOCAL_ADDR), &ms->born_at,
			 tcpmob_sk_is_v6(ms->sk));
}

static int put_owner(struct sk_buff *skb, struct sock *sk,
		     struct user_namespace *user_ns)
{
	/* In this order: a socket that closes between has no inode. */
	kuid_t uid = sock_i_uid(sk);
	unsigned long ino = sock_i_ino(sk);

	if (READ_ONCE(sk->sk_bound_dev_if) &&
	    nla_put_u32(skb, A(IFINDEX), READ_ONCE(sk->sk_bound_dev_if)))
		return -EMSGSIZE;
	if (!ino)
		return 0;
	if (nla_put_u32(skb, A(INODE), ino) ||
	    nla_put_u32(skb, A(UID),
			from_kuid_munged(user_ns, uid)))
		return -EMSGSIZE;
	return 0;
}

static bool has_secret(const struct tcpmob_sock *ms)
{
	/* Pairs with the release in handshake.c: what is made of it is there. */
	return smp_load_acquire(&ms->keyed);
}

static int put_fingerprint(struct sk_buff *skb, const struct tcpmob_sock *ms)
{
	return nla_put(skb, A(FINGERPRINT), TCPMOB_FINGERPRINT_LEN,
		       ms->fingerprint);
}

/**
 * tcpmob_attrs_put_conn() - all that conn-get tells
 * @skb: message
 * @who: who asks
 * @ms: context, under rcu_read_lock() and with a reference to its socket
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpmob_attrs_put_conn(struct sk_buff *skb, const struct tcpmob_asker *who,
			  const struct tcpmob_sock *ms)
{
	u8 state = tcpmob_state(ms);
	struct tcpmob_tuple t;

	BUILD_BUG_ON((int)TCPMOB_HS_PLAIN != TCP_MOBILITY_EXCHANGE_PLAIN ||
		     (int)TCPMOB_MV_SUSPENDED != TCP_MOBILITY_MOVE_SUSPENDED ||
		     TCPMOB_CURVE_X25519 != TCP_MOBILITY_CURVE_X25519);
	tcpmob_tuple_of(ms->sk, &t);
	if (put_common(skb, ms, &t, state) || put_birth(skb, ms, state) ||
	    put_owner(skb, ms->sk, who->user_ns) ||
	    put_state(skb, ms, state) || put_times(skb, ms, state) ||
	    nla_put_u8(skb, A(EXCHANGE), READ_ONCE(ms->hs)) ||
	    nla_put_u8(skb, A(MOVE), READ_ONCE(ms->mv)) ||
	    nla_put_u32(skb, A(UPDATES_SENT), READ_ONCE(ms->updates_sent)) ||
	    nla_put_u32(skb, A(OPTIONS), READ_ONCE(ms->seen) &
			TCP_MOBILITY_OPTIONS_ALL))
		return -EMSGSIZE;
	if (READ_ONCE(ms->peer_moved) &&
	    nla_put_u8(skb, A(PEER_REQNO), READ_ONCE(ms->peer_reqno)))
		return -EMSGSIZE;
	if (has_secret(ms) &&
	    (put_fingerprint(skb, ms) ||
	     (who->admin && nla_put(skb, A(TOKEN), TCPMOB_TOKEN_LEN,
				    ms->token))))
		return -EMSGSIZE;
	return 0;
}

/**
 * tcpmob_attrs_put_keys() - all that keys-get tells
 * @skb: message
 * @who: who asks; has CAP_NET_ADMIN
 * @ms: as above
 *
 * A socket that connects anew meanwhile gets another secret, but only after it
 * had none: the token tells whether it still is the one.
 *
 * Return: 0, -ENOTCONN without a secret, or -EMSGSIZE.
 */
int tcpmob_attrs_put_keys(struct sk_buff *skb, const struct tcpmob_asker *who,
			  const struct tcpmob_sock *ms)
{
	u8 state = tcpmob_state(ms), token[TCPMOB_TOKEN_LEN];
	struct tcpmob_secret secret;
	struct tcpmob_tuple t;
	int err;

	if (!has_secret(ms))
		return -ENOTCONN;
	memcpy(token, ms->token, sizeof(token));
	secret = ms->secret;
	smp_rmb();	/* what is looked at again was not read before */
	if (!READ_ONCE(ms->keyed) ||
	    memcmp(token, ms->token, sizeof(token))) {
		err = -ENOTCONN;
		goto wipe;
	}
	tcpmob_tuple_of(ms->sk, &t);
	err = put_common(skb, ms, &t, state);
	if (!err)
		err = put_birth(skb, ms, state);
	if (!err)
		err = put_fingerprint(skb, ms);
	if (!err)
		err = nla_put(skb, A(TOKEN), sizeof(token), token);
	if (!err)
		err = nla_put(skb, A(SECRET), secret.len, secret.k);
	if (!err)
		err = nla_put_u32(skb, A(N_I), secret.n_i);
	if (!err)
		err = nla_put_u32(skb, A(N_A), secret.n_a);
wipe:
	memzero_explicit(&secret, sizeof(secret));
	return err;
}

/**
 * tcpmob_attrs_put_news() - all that an event tells
 * @skb: message
 * @ms: context; the caller has references, any context
 * @news: what happened
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpmob_attrs_put_news(struct sk_buff *skb, const struct tcpmob_sock *ms,
			  const struct tcpmob_news *news)
{
	u8 state = tcpmob_state(ms);

	if (nla_put_u8(skb, A(EVENT), news->event) ||
	    put_common(skb, ms, &news->at, state) ||
	    put_state(skb, ms, state))
		return -EMSGSIZE;
	if (news->prev && put_tuple(skb, A(PREV_LOCAL_ADDR), news->prev,
				    tcpmob_sk_is_v6(ms->sk)))
		return -EMSGSIZE;
	if (state == TCP_MOBILITY_SUSPENDED &&
	    put_u64(skb, A(SUSPEND_LEFT_MS),
		    ms_until(tcpmob_suspend_until(ms))))
		return -EMSGSIZE;
	if (news->refusal && nla_put_u8(skb, A(REFUSAL), news->refusal))
		return -EMSGSIZE;
	if (news->death && nla_put_u8(skb, A(DEATH), news->death))
		return -EMSGSIZE;
	if (news->error && nla_put_u32(skb, A(ERROR), news->error))
		return -EMSGSIZE;
	return 0;
}

/* -- which connections ----------------------------------------------------------*/

/**
 * tcpmob_attrs_get_addr() - an address
 * @attr: attribute with it
 * @addr: result, IPv4 as v4-mapped
 * @extack: says what is wrong
 *
 * Return: AF_INET, AF_INET6, or -EINVAL.
 */
int tcpmob_attrs_get_addr(const struct nlattr *attr, struct in6_addr *addr,
			  struct netlink_ext_ack *extack)
{
	switch (nla_len(attr)) {
	case sizeof(struct in_addr):
		ipv6_addr_set_v4mapped(nla_get_in_addr(attr), addr);
		return AF_INET;
	case sizeof(struct in6_addr):
		*addr = nla_get_in6_addr(attr);
		if (!ipv6_addr_v4mapped(addr))
			return AF_INET6;
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a v4-mapped address has to be written as IPv4");
		return -EINVAL;
	}
	NL_SET_ERR_MSG_ATTR(extack, attr, "an address has 4 or 16 octets");
	return -EINVAL;
}

/* Address and prefix length, and the family that they imply. */
static int get_prefix(struct nlattr **attrs, int addr_type, int len_type,
		      struct in6_addr *addr, u8 *len, u16 *family_of,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = attrs[addr_type];
	unsigned int max;
	int err;

	if (!attr) {
		if (!attrs[len_type])
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, attrs[len_type],
				    "a prefix length needs an address");
		return -EINVAL;
	}
	err = tcpmob_attrs_get_addr(attr, addr, extack);
	if (err < 0)
		return err;
	if (*family_of && *family_of != err) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "the address is of another family than the request");
		return -EINVAL;
	}
	*family_of = err;
	max = err == AF_INET ? 32 : 128;
	*len = attrs[len_type] ? nla_get_u8(attrs[len_type]) : max;
	if (*len > max) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[len_type],
				    "the prefix is longer than the address");
		return -ERANGE;
	}
	if (err == AF_INET)
		*len += 96;
	return 0;
}

/**
 * tcpmob_attrs_get_select() - what the attributes of a request select
 * @attrs: attributes, as the policy has let them pass
 * @sel: result
 * @extack: says what is wrong
 *
 * Return: 0, -EINVAL, -ERANGE, -EAFNOSUPPORT.
 */
int tcpmob_attrs_get_select(struct nlattr **attrs, struct tcpmob_select *sel,
			    struct netlink_ext_ack *extack)
{
	int err;

	memset(sel, 0, sizeof(*sel));
	sel->states = ~0;
	if (attrs[A(FAMILY)]) {
		sel->family = nla_get_u16(attrs[A(FAMILY)]);
		if (sel->family != AF_INET && sel->family != AF_INET6) {
			NL_SET_ERR_MSG_ATTR(extack, attrs[A(FAMILY)],
					    "the family is neither AF_INET nor AF_INET6");
			return -EAFNOSUPPORT;
		}
	}
	err = get_prefix(attrs, A(LOCAL_ADDR), A(LOCAL_PREFIX), &sel->laddr,
			 &sel->llen, &sel->family, extack);
	if (!err)
		err = get_prefix(attrs, A(REMOTE_ADDR), A(REMOTE_PREFIX),
				 &sel->raddr, &sel->rlen, &sel->family, extack);
	if (err)
		return err;
	sel->has_lport = attrs[A(LOCAL_PORT)];
	if (sel->has_lport)
		sel->lport = nla_get_be16(attrs[A(LOCAL_PORT)]);
	sel->has_rport = attrs[A(REMOTE_PORT)];
	if (sel->has_rport)
		sel->rport = nla_get_be16(attrs[A(REMOTE_PORT)]);
	if (attrs[A(SELECT_STATES)])
		sel->states = nla_get_u32(attrs[A(SELECT_STATES)]);
	sel->secret = nla_get_flag(attrs[A(SELECT_SECRET)]);
	return 0;
}

/**
 * tcpmob_attrs_selected() - whether a connection is meant
 * @sel: what is selected
 * @ms: context, under rcu_read_lock() and with a reference to its socket
 */
bool tcpmob_attrs_selected(const struct tcpmob_select *sel,
			   const struct tcpmob_sock *ms)
{
	struct tcpmob_tuple t;

	if (sel->secret && !READ_ONCE(ms->keyed))
		return false;
	if (!(sel->states & BIT(tcpmob_state(ms))))
		return false;
	if (sel->family &&
	    sel->family != (tcpmob_sk_is_v6(ms->sk) ? AF_INET6 : AF_INET))
		return false;
	tcpmob_tuple_of(ms->sk, &t);
	return (!sel->has_lport || t.lport == sel->lport) &&
	       (!sel->has_rport || t.rport == sel->rport) &&
	       ipv6_prefix_equal(&t.laddr, &sel->laddr, sel->llen) &&
	       ipv6_prefix_equal(&t.raddr, &sel->raddr, sel->rlen);
}
