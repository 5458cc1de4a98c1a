/* SPDX-License-Identifier: GPL-2.0 */
/* What netlink.c wants of attrs.c. */
#ifndef TCPMOB_ATTRS_H
#define TCPMOB_ATTRS_H

#include <linux/in6.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct nlattr;
struct sk_buff;
struct tcpmob_news;
struct tcpmob_sock;
struct user_namespace;

/**
 * struct tcpmob_asker - who asks
 * @user_ns: user IDs are told as that namespace knows them
 * @admin: has CAP_NET_ADMIN over the network namespace
 */
struct tcpmob_asker {
	struct user_namespace	*user_ns;
	bool			admin;
};

/**
 * struct tcpmob_select - what the attributes of a request select
 * @family: AF_INET, AF_INET6, or 0 for both
 * @states: bit n: state n is meant
 * @secret: only with a shared secret
 * @has_lport: @lport has to be the local port
 * @has_rport: @rport has to be the peer's port
 * @lport: local port
 * @rport: the peer's port
 * @llen: bits of @laddr that count, IPv4 as v4-mapped
 * @rlen: bits of @raddr that count
 * @laddr: local address
 * @raddr: the peer's address
 */
struct tcpmob_select {
	u16		family;
	u32		states;
	bool		secret;
	bool		has_lport;
	bool		has_rport;
	__be16		lport;
	__be16		rport;
	u8		llen;
	u8		rlen;
	struct in6_addr	laddr;
	struct in6_addr	raddr;
};

int tcpmob_attrs_put_conn(struct sk_buff *skb, const struct tcpmob_asker *who,
			  const struct tcpmob_sock *ms);
int tcpmob_attrs_put_keys(struct sk_buff *skb, const struct tcpmob_asker *who,
			  const struct tcpmob_sock *ms);
int tcpmob_attrs_put_news(struct sk_buff *skb, const struct tcpmob_sock *ms,
			  const struct tcpmob_news *news);
int tcpmob_attrs_get_addr(const struct nlattr *attr, struct in6_addr *addr,
			  struct netlink_ext_ack *extack);
int tcpmob_attrs_get_select(struct nlattr **attrs, struct tcpmob_select *sel,
			    struct netlink_ext_ack *extack);
bool tcpmob_attrs_selected(const struct tcpmob_select *sel,
			   const struct tcpmob_sock *ms);

#endif /* TCPMOB_ATTRS_H */
