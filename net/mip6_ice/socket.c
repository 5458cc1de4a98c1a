// SPDX-License-Identifier: GPL-2.0
/*
 * The UDP sockets of a namespace: IPv4 and IPv6 on the same port, open while
 * there is a session or the namespace answers as a home agent.
 *
 * A datagram is classified in softirq (D12). What is for the agent waits in
 * mn->in for a work item, and nothing is answered that is not understood. Only
 * datagrams without any payload reach the socket itself, which nobody reads: its
 * buffer is as small as buffers get.
 */
#include <linux/ip.h>
#include <linux/netlink.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#include "mip6_ice.h"

#define PAYLOAD_MAX	MICE_MH_MAX	/* of what the agent looks at */

/* ------------------------------------------------------------ receiving */

/**
 * mice_in_queue() - let the work item look at a packet
 * @mn: namespace
 * @skb: linear, its control block filled as struct mice_in, ours if it is taken
 *
 * Any context. Return: false if too much is waiting.
 */
bool mice_in_queue(struct mice_net *mn, struct sk_buff *skb)
{
	/* Not exact, and need not be. */
	if (skb_queue_len_lockless(&mn->in) >= MICE_IN_MAX) {
		MICE_INC(mn, InQueueFull);
		return false;
	}
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_queue_tail(&mn->in, skb);
	queue_work(mice_wq, &mn->in_work);
	return true;
}

/* The kinds that go no further. */
static void drop_kind(struct mice_net *mn, enum mice_payload kind)
{
	switch (kind) {
	case MICE_IS_KEEPALIVE:
		MICE_INC(mn, InKeepalive);
		break;
	case MICE_IS_IPV4:
	case MICE_IS_IPV6:
		MICE_INC(mn, InDataDropped);
		break;
	default:
		MICE_INC(mn, InNothing);
	}
}

/* Called with the UDP header pulled up and checked; data begins with it. */
static int port_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct mice_net *mn = rcu_dereference_sk_user_data(sk);
	unsigned int len = skb->len - sizeof(struct udphdr);
	struct mice_demux demux;
	struct mice_mh_fmt fmt;
	enum mice_payload kind;

	/* The socket is being closed. */
	if (!mn)
		goto drop;
	/* All that we look into fits; a longer one can only be an inner packet,
	 * which no device takes.
	 */
	if (len > PAYLOAD_MAX) {
		MICE_INC(mn, InDataDropped);
		goto drop;
	}
	if (skb_linearize(skb)) {
		MICE_INC(mn, InNoMemory);
		goto drop;
	}
	fmt = mice_fmt(mn);
	kind = mice_demux(skb->data + sizeof(struct udphdr), len, &fmt, &demux);
	if (kind != MICE_IS_STUN && kind != MICE_IS_MH) {
		drop_kind(mn, kind);
		goto drop;
	}
	if (kind == MICE_IS_STUN)
		MICE_INC(mn, InStun);
	else
		MICE_INC(mn, InMh);
	MICE_IN(skb)->kind = kind;
	MICE_IN(skb)->udp = true;
	if (mice_in_queue(mn, skb))
		return 0;
drop:
	kfree_skb(skb);
	return 0;
}

/* Source and destination of a UDP datagram. */
static void read_addrs(const struct sk_buff *skb, struct mice_addr *from,
		       struct mice_addr *to)
{
	const struct udphdr *uh = udp_hdr(skb);

	memset(from, 0, sizeof(*from));
	memset(to, 0, sizeof(*to));
	if (skb->protocol == htons(ETH_P_IP)) {
		from->ver = 4;
		to->ver = 4;
		memcpy(from->ip, &ip_hdr(skb)->saddr, 4);
		memcpy(to->ip, &ip_hdr(skb)->daddr, 4);
	} else {
		*from = mice_addr_v6(&ipv6_hdr(skb)->saddr, 0);
		*to = mice_addr_v6(&ipv6_hdr(skb)->daddr, 0);
	}
	from->port = ntohs(uh->source);
	to->port = ntohs(uh->dest);
}

static void look_at_udp(struct mice_net *mn, struct sk_buff *skb)
{
	const u8 *p = skb->data + sizeof(struct udphdr);
	unsigned int len = skb->len - sizeof(struct udphdr);
	struct mice_addr from, to;
	struct mice_stun msg;

	read_addrs(skb, &from, &to);
	if (MICE_IN(skb)->kind == MICE_IS_STUN && mice_stun_parse(p, len, &msg))
		mice_session_stun(mn, &to, &from, p, len, &msg);
	else
		mice_session_mh_udp(mn, &to, &from, p, len);
}

/* One after the other, each under the lock; a flood leaves room for others. */
void mice_in_work(struct work_struct *work)
{
	struct mice_net *mn = container_of(work, struct mice_net, in_work);
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&mn->in))) {
		mutex_lock(&mn->lock);
		if (MICE_IN(skb)->udp)
			look_at_udp(mn, skb);
		else if (MICE_IN(skb)->kind == MICE_IN_REFUSAL)
			mice_session_refused(mn, (struct mice_refusal *)skb->data);
		else
			mice_session_mh(mn, &ipv6_hdr(skb)->daddr,
					&ipv6_hdr(skb)->saddr, skb->data,
					skb->len);
		mutex_unlock(&mn->lock);
		kfree_skb(skb);
		cond_resched();
	}
}

/* -------------------------------------------------------------- sending */

static int send4(struct socket *sock, const struct mice_addr *from,
		 const struct mice_addr *to, struct kvec *vec)
{
	union {
		struct cmsghdr	align;
		u8		room[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control = { };
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(to->port) };
	struct msghdr msg = {
		.msg_name = &sin, .msg_namelen = sizeof(sin),
		.msg_control = &control, .msg_controllen = sizeof(control),
		.msg_flags = MSG_DONTWAIT };
	struct in_pktinfo *info = CMSG_DATA(&control.align);

	control.align.cmsg_level = IPPROTO_IP;
	control.align.cmsg_type = IP_PKTINFO;
	control.align.cmsg_len = CMSG_LEN(sizeof(*info));
	memcpy(&info->ipi_spec_dst, from->ip, 4);
	memcpy(&sin.sin_addr, to->ip, 4);
	return kernel_sendmsg(sock, &msg, vec, 1, vec->iov_len);
}

static int send6(struct socket *sock, const struct mice_addr *from,
		 const struct mice_addr *to, struct kvec *vec)
{
	union {
		struct cmsghdr	align;
		u8		room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = { };
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(to->port) };
	struct msghdr msg = {
		.msg_name = &sin6, .msg_namelen = sizeof(sin6),
		.msg_control = &control, .msg_controllen = sizeof(control),
		.msg_flags = MSG_DONTWAIT };
	struct in6_pktinfo *info = CMSG_DATA(&control.align);

	control.align.cmsg_level = IPPROTO_IPV6;
	control.align.cmsg_type = IPV6_PKTINFO;
	control.align.cmsg_len = CMSG_LEN(sizeof(*info));
	memcpy(&info->ipi6_addr, from->ip, 16);
	memcpy(&sin6.sin6_addr, to->ip, 16);
	return kernel_sendmsg(sock, &msg, vec, 1, vec->iov_len);
}

/**
 * mice_udp_send() - send a datagram from one of our addresses
 * @mn: namespace, under its lock
 * @from: the source; its port is the port of the socket
 * @to: the destination
 * @p: payload
 * @len: its octets
 *
 * Return: 0, also when it was lost for want of memory, which a repeat repairs;
 * otherwise the error of the stack: that way does not exist.
 */
int mice_udp_send(struct mice_net *mn, const struct mice_addr *from,
		  const struct mice_addr *to, const u8 *p, unsigned int len)
{
	struct socket *sock = from->ver == 4 ? mn->sock4 : mn->sock6;
	struct kvec vec = { .iov_base = (void *)p, .iov_len = len };
	int sent;

	lockdep_assert_held(&mn->lock);
	if (!sock || from->ver != to->ver)
		return -EAFNOSUPPORT;
	sent = from->ver == 4 ? send4(sock, from, to, &vec) :
				send6(sock, from, to, &vec);
	if (sent >= 0)
		return 0;
	MICE_INC(mn, OutFailed);
	return sent == -ENOBUFS || sent == -ENOMEM || sent == -EAGAIN ? 0 : sent;
}

/* ------------------------------------------------------- open and close */

static int open_one(struct mice_net *mn, u8 family, struct socket **sock)
{
	struct udp_port_cfg port = {
		.family			= family,
		.local_udp_port		= htons(mn->open_port),
		.use_udp_checksums	= true,
		.use_udp6_tx_checksums	= true,
		.use_udp6_rx_checksums	= true,
		.ipv6_v6only		= true,
	};
	struct udp_tunnel_sock_cfg tunnel = {
		.sk_user_data	= mn,
		.encap_type	= 1,
		.encap_rcv	= port_rcv,
	};
	int err = udp_sock_create(mn->net, &port, sock);

	if (err < 0)
		return err;
	(*sock)->sk->sk_rcvbuf = SOCK_MIN_RCVBUF;
	setup_udp_tunnel_sock(mn->net, *sock, &tunnel);
	return 0;
}

/**
 * mice_sockets_open() - be there on the port
 * @mn: namespace, under its lock
 * @extack: what went wrong
 *
 * Return: 0, also if they are open; -EADDRINUSE if somebody else is there.
 */
int mice_sockets_open(struct mice_net *mn, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&mn->lock);
	if (mn->sock4)
		return 0;
	mn->open_port = READ_ONCE(mn->knobs.port);
	err = open_one(mn, AF_INET, &mn->sock4);
	if (err) {
		NL_SET_ERR_MSG(extack, "the UDP port of M-ICE cannot be had for IPv4");
		goto failed;
	}
	err = open_one(mn, AF_INET6, &mn->sock6);
	if (err) {
		NL_SET_ERR_MSG(extack, "the UDP port of M-ICE cannot be had for IPv6");
		goto close4;
	}
	err = mice_mh_open(mn);
	if (err) {
		NL_SET_ERR_MSG(extack, "no raw socket for Mobility Headers");
		goto close6;
	}
	err = mice_addrs_watch(mn);
	if (err) {
		NL_SET_ERR_MSG(extack, "routes change too fast to be watched: try again");
		goto close_mh;
	}
	return 0;

close_mh:
	mice_mh_close(mn);
close6:
	udp_tunnel_sock_release(mn->sock6);
close4:
	udp_tunnel_sock_release(mn->sock4);
failed:
	mn->sock4 = NULL;
	mn->sock6 = NULL;
	return err;
}

/* Waits for a grace period: then nobody is inside port_rcv(). */
void mice_sockets_close(struct mice_net *mn)
{
	lockdep_assert_held(&mn->lock);
	if (!mn->sock4)
		return;
	mice_addrs_unwatch(mn);
	mice_mh_close(mn);
	udp_tunnel_sock_release(mn->sock6);
	udp_tunnel_sock_release(mn->sock4);
	mn->sock4 = NULL;
	mn->sock6 = NULL;
}
