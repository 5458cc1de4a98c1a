// SPDX-License-Identifier: GPL-2.0
/*
 * Mobility Headers over IPv6, through the home agents: in by the protocol
 * handler, out by a raw socket that receives nothing.
 *
 * Raw sockets of others get their copy before the handler is asked, so a Mobile
 * IPv6 daemon sees all that it saw before. Where a namespace does not use M-ICE
 * and nobody has a raw socket, the sender gets the Parameter Problem that it
 * would get without us.
 */
#include <linux/icmpv6.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/protocol.h>
#include <net/raw.h>
#include <net/rawv6.h>

#include "mip6_ice.h"

/* Is there a raw socket for Mobility Headers? It may not have got this one; the
 * doubt is enough to keep silent. Under RCU.
 */
static bool raw_user(struct net *net)
{
	struct hlist_head *head;
	struct sock *sk;

	head = &raw_v6_hashinfo.ht[raw_hashfunc(net, IPPROTO_MH)];
	sk_for_each_rcu(sk, head)
		if (inet_sk(sk)->inet_num == IPPROTO_MH &&
		    net_eq(sock_net(sk), net))
			return true;
	return false;
}

static int mh_rcv(struct sk_buff *skb)
{
	struct mice_net *mn = mice_net(dev_net(skb->dev));
	struct mice_mh_fmt fmt = mice_fmt(mn);
	unsigned int len;

	if (!READ_ONCE(mn->n_sessions)) {
		MICE_INC(mn, MhNoSession);
		if (!raw_user(mn->net))
			icmpv6_send(skb, ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR,
				    IP6CB(skb)->nhoff);
		goto drop;
	}
	if (skb->len > MICE_MH_MAX || skb_linearize(skb)) {
		MICE_INC(mn, MhMalformed);
		goto drop;
	}
	len = mice_mh_len(skb->data, skb->len);
	if (!len) {
		MICE_INC(mn, MhMalformed);
		goto drop;
	}
	/* A daemon's business. */
	if (!mice_mh_known(&fmt, skb->data[2])) {
		MICE_INC(mn, MhOther);
		goto drop;
	}
	MICE_INC(mn, MhIn);
	if (!mice_mh_sum_ok(skb->data, (u8 *)&ipv6_hdr(skb)->saddr,
			    (u8 *)&ipv6_hdr(skb)->daddr)) {
		MICE_INC(mn, MhBadChecksum);
		goto drop;
	}
	MICE_IN(skb)->kind = MICE_IS_MH;
	MICE_IN(skb)->udp = false;
	if (mice_in_queue(mn, skb))
		return 0;
drop:
	kfree_skb(skb);
	return 0;
}

/*
 * A node that knows no Mobility Header says so (RFC 4443, Section 3.4). The
 * cookie in what it quotes shows that it saw our message; session.c compares it.
 */
static int mh_err(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type,
		  u8 code, int offset, __be32 info)
{
	struct mice_net *mn = mice_net(dev_net(skb->dev));
	const struct ipv6hdr *ip6;
	struct sk_buff *note;
	struct mice_refusal r;
	const u8 *mh;

	if (type != ICMPV6_PARAMPROB || code != ICMPV6_UNK_NEXTHDR ||
	    !READ_ONCE(mn->n_sessions) ||
	    !pskb_may_pull(skb, offset + MICE_MH_HEAD + 2 + MICE_COOKIE_LEN))
		return 0;
	ip6 = (const struct ipv6hdr *)skb->data;
	mh = skb->data + offset;
	r.home = ip6->saddr;
	r.peer = ip6->daddr;
	memcpy(r.cookie, mh + MICE_MH_HEAD + 2, sizeof(r.cookie));
	note = alloc_skb(sizeof(r), GFP_ATOMIC);
	if (!note) {
		MICE_INC(mn, InNoMemory);
		return 0;
	}
	skb_put_data(note, &r, sizeof(r));
	MICE_IN(note)->kind = MICE_IN_REFUSAL;
	MICE_IN(note)->udp = false;
	if (!mice_in_queue(mn, note))
		kfree_skb(note);
	return 0;
}

static const struct inet6_protocol mh_protocol = {
	.handler	= mh_rcv,
	.err_handler	= mh_err,
	.flags		= INET6_PROTO_FINAL,
};

int mice_mhio_register(void)
{
	return inet6_add_protocol(&mh_protocol, IPPROTO_MH);
}

/* Waits for a grace period. */
void mice_mhio_unregister(void)
{
	inet6_del_protocol(&mh_protocol, IPPROTO_MH);
}

/* Under mn->lock. */
int mice_mh_open(struct mice_net *mn)
{
	return inet_ctl_sock_create(&mn->mh_sk, AF_INET6, SOCK_RAW, IPPROTO_MH,
				    mn->net);
}

void mice_mh_close(struct mice_net *mn)
{
	inet_ctl_sock_destroy(mn->mh_sk);
	mn->mh_sk = NULL;
}

/**
 * mice_mh_send() - send a Mobility Header through the home agents
 * @mn: namespace, under its lock
 * @from: our home address
 * @to: the peer's
 * @p: the message; its checksum is set here
 * @len: its octets
 *
 * Return: 0 or the error of the stack.
 */
int mice_mh_send(struct mice_net *mn, const struct in6_addr *from,
		 const struct in6_addr *to, u8 *p, unsigned int len)
{
	union {
		struct cmsghdr	align;
		u8		room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = { };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_addr = *to };
	struct msghdr msg = {
		.msg_name = &sin6, .msg_namelen = sizeof(sin6),
		.msg_control = &control, .msg_controllen = sizeof(control),
		.msg_flags = MSG_DONTWAIT };
	struct in6_pktinfo *info = CMSG_DATA(&control.align);
	struct kvec vec = { .iov_base = p, .iov_len = len };
	int sent;

	lockdep_assert_held(&mn->lock);
	mice_mh_set_sum(p, (const u8 *)from, (const u8 *)to);
	control.align.cmsg_level = IPPROTO_IPV6;
	control.align.cmsg_type = IPV6_PKTINFO;
	control.align.cmsg_len = CMSG_LEN(sizeof(*info));
	info->ipi6_addr = *from;
	sent = kernel_sendmsg(mn->mh_sk->sk_socket, &msg, &vec, 1, len);
	if (sent < 0)
		MICE_INC(mn, OutFailed);
	return sent < 0 ? sent : 0;
}
