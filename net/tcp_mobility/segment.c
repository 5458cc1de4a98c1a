// SPDX-License-Identifier: GPL-2.0
/*
 * Segments in and out: the only file that edits packets. Our own are made in
 * send.c.
 *
 * LOCAL_OUT, before connection tracking: adds Conn-Key to SYN and SYN-ACK and
 * Conn-Key-Cont to pure ACKs, lowers acks and holds segments back as update.c
 * decides. LOCAL_IN, behind every filter of the host: reads our options, takes
 * Loc-Update SYNs and their SYN-ACKs out, drops late segments for tuples that
 * were left. Both are registered with the first mobility socket of a namespace.
 */
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/xfrm.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

/* -- out: editing -------------------------------------------------------------*/

/* The pseudo-header sum of a segment whose length changed. */
static void fix_lengths(struct sk_buff *skb, u8 pf)
{
	unsigned int tcp_len = skb->len - skb_transport_offset(skb);
	struct tcphdr *th = tcp_hdr(skb);

	if (pf == NFPROTO_IPV4) {
		struct iphdr *iph = ip_hdr(skb);

		iph->tot_len = htons(skb->len);
		ip_send_check(iph);
		th->check = ~tcp_v4_check(tcp_len, iph->saddr, iph->daddr, 0);
	} else {
		struct ipv6hdr *ip6h = ipv6_hdr(skb);

		ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
		th->check = ~tcp_v6_check(tcp_len, &ip6h->saddr, &ip6h->daddr,
					  0);
	}
}

static unsigned int free_room(const struct tcphdr *th)
{
	return sizeof(*th) + TCPMOB_OPTSPACE - th->doff * 4;
}

/*
 * Insert @len octets (a multiple of 4) behind the options that are there. The
 * headers move towards the head of the buffer, where the stack has left room;
 * the payload, which other buffers may share, stays.
 */
static int insert_options(struct sk_buff *skb, u8 pf, const u8 *area,
			  unsigned int len)
{
	unsigned int th_off = skb_transport_offset(skb);
	unsigned int hdr_len = th_off + tcp_hdrlen(skb);
	int err;

	/* The stack leaves the checksum to us or the device, always. */
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return -EOPNOTSUPP;
	if (len > free_room(tcp_hdr(skb)))
		return -ENOSPC;
	err = skb_cow_head(skb, len);
	if (err)
		return err;

	skb_push(skb, len);
	memmove(skb->data, skb->data + len, hdr_len);
	memcpy(skb->data + hdr_len, area, len);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, th_off);
	skb->csum_start -= len;
	tcp_hdr(skb)->doff += len / 4;
	fix_lengths(skb, pf);
	return 0;
}

/* -- out: the hook --------------------------------------------------------------*/

/* Addresses of a packet, local end first. */
static void tuple_out(const struct sk_buff *skb, u8 pf, struct tcpmob_tuple *t)
{
	const struct tcphdr *th = tcp_hdr(skb);

	if (pf == NFPROTO_IPV4) {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &t->laddr);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &t->raddr);
	} else {
		t->laddr = ipv6_hdr(skb)->saddr;
		t->raddr = ipv6_hdr(skb)->daddr;
	}
	t->lport = th->source;
	t->rport = th->dest;
}

/* A signed header must stay as it is: TCP-MD5 and TCP-AO. */
static bool is_signed(const struct tcphdr *th, const struct tcpmob_format *fmt)
{
	struct tcpmob_options opts;

	tcpmob_options_parse((const u8 *)(th + 1), th->doff * 4 - sizeof(*th),
			     true, fmt, &opts);
	return opts.present & TCPMOB_OPT_SIGNED;
}

static bool curve_accepted(const struct tcpmob_net *tn, u8 curve)
{
	return tcpmob_key_len(curve) &&
	       (READ_ONCE(tn->curve_accept) & BIT(curve - 1));
}

/*
 * Our SYN-ACK, as long as the connection is only a request. The SYN is with the
 * request, saved because the listener asks for it (ulp.c). It is read only for
 * the very first SYN-ACK, which alone carries the time that the request notes:
 * before that has left, no ACK can turn the request into a child, which takes
 * the saved SYN away.
 */
static unsigned int synack_options(struct sk_buff *skb, u8 pf,
				   struct request_sock *req, u8 *area)
{
	struct tcpmob_net *tn = tcpmob_net(read_pnet(&inet_rsk(req)->ireq_net));
	const struct tcpmob_format fmt = tcpmob_format(tn);
	const struct tcphdr *th = tcp_hdr(skb), *syn;
	u32 n_i = ntohl(th->ack_seq) - 1, n_a = ntohl(th->seq);
	u8 first[TCPMOB_KEY_FIRST], curve = TCPMOB_CURVE_NONE;
	struct tcpmob_options opts;
	const struct saved_syn *saved;
	struct tcpmob_tuple t;
	int err;

	tuple_out(skb, pf, &t);
	err = tcpmob_half_open(tn, &t, n_i, n_a, &curve, NULL, first);
	if (!err && free_room(th) >= tcpmob_conn_key_len(&fmt))
		goto write;
	if (!err || tcp_skb_timestamp_us(skb) != tcp_rsk(req)->snt_synack)
		return 0;

	saved = req->saved_syn;
	if (!saved)
		return 0;
	syn = (const void *)saved->data + saved->mac_hdrlen +
	      saved->network_hdrlen;
	tcpmob_options_parse((const u8 *)(syn + 1),
			     saved->tcp_hdrlen - sizeof(*syn), true, &fmt,
			     &opts);
	if (!(opts.present & TCPMOB_OPT_CONN_KEY)) {
		/* Section 4: the SYN-ACK "MUST NOT either". */
		TCPMOB_INC(tn, FallbackPeer);
		return 0;
	}
	TCPMOB_INC(tn, ConnKeySynIn);
	if (!curve_accepted(tn, opts.curve)) {
		TCPMOB_INC(tn, FallbackCurve);
		return 0;
	}
	if (free_room(th) < tcpmob_conn_key_len(&fmt) || is_signed(th, &fmt)) {
		TCPMOB_INC(tn, FallbackNoRoom);
		return 0;
	}
	curve = opts.curve;
	err = tcpmob_half_open(tn, &t, n_i, n_a, &curve, opts.key, first);
	switch (err) {
	case 0:
		break;
	case -ENOSPC:
		TCPMOB_INC(tn, FallbackLimit);
		return 0;
	case -ENOKEY:
		TCPMOB_INC(tn, FallbackNoKey);
		return 0;
	default:
		TCPMOB_INC(tn, NoMemory);
		return 0;
	}
write:
	TCPMOB_INC(tn, ConnKeySynAckOut);
	return tcpmob_put_conn_key(area, &fmt, curve, first);
}

static void out_request(struct sk_buff *skb, u8 pf, struct request_sock *req)
{
	const struct sock *listener = req->rsk_listener;
	u8 area[TCPMOB_OPTSPACE];
	unsigned int len;

	/* SYN cookies have no request here; TCP Fast Open has no listener. */
	if (!listener || !tcpmob_sock_of(listener))
		return;
	if (!tcp_hdr(skb)->syn)
		return;
	len = synack_options(skb, pf, req, area);
	if (len)
		insert_options(skb, pf, area, tcpmob_options_pad(area, len));
}

static void out_syn(struct sk_buff *skb, u8 pf, struct tcpmob_sock *ms)
{
	const struct tcpmob_format fmt = tcpmob_format(ms->tn);
	const struct tcphdr *th = tcp_hdr(skb);
	u8 area[TCPMOB_OPTSPACE];
	unsigned int len;

	if (ms->sk->sk_state == TCP_SYN_SENT && !th->ack) {
		len = tcpmob_hs_syn(ms, ntohl(th->seq),
				    is_signed(th, &fmt) ? 0 : free_room(th),
				    area);
		if (len)
			insert_options(skb, pf, area, tcpmob_options_pad(area, len));
	} else if (ms->sk->sk_state == TCP_SYN_RECV) {
		tcpmob_hs_plain(ms, TCP_MOBILITY_R_SIMULTANEOUS);
	}
	/* Otherwise it is our own, from tcpmob_send_syn(). */
}

static void out_pure_ack(struct sk_buff *skb, u8 pf, struct tcpmob_sock *ms)
{
	u8 area[TCPMOB_OPTSPACE];
	unsigned int len;

	len = tcpmob_hs_ack(ms, free_room(tcp_hdr(skb)), area);
	if (len)
		insert_options(skb, pf, area, tcpmob_options_pad(area, len));
}

static unsigned int out_full(struct sk_buff *skb, u8 pf, struct tcpmob_sock *ms)
{
	unsigned int hdr_len = skb_transport_offset(skb) + tcp_hdrlen(skb);
	struct tcphdr *th = tcp_hdr(skb);
	bool data = skb->len > hdr_len || th->fin;
	u32 ack;

	if (unlikely(th->syn)) {
		out_syn(skb, pf, ms);
		return NF_ACCEPT;
	}
	if (unlikely(inet_csk(ms->sk)->icsk_retransmits ||
		     inet_csk(ms->sk)->icsk_probes_out ||
		     (data && !tcp_sk(ms->sk)->snd_wnd)) && ms->keyed)
		tcpmob_stall_out(ms);
	if (unlikely(READ_ONCE(ms->watch))) {
		/* Of a connection that is held still leave the question
		 * whether the peer is there, and the program's own RST.
		 */
		if (ms->mv == TCPMOB_MV_SUSPENDED &&
		    !test_bit(TCPMOB_W_SILENT, &ms->watch) &&
		    (th->rst || (!data && ntohl(th->seq) ==
					  tcp_sk(ms->sk)->snd_una - 1)))
			return tcpmob_update_spend(ms, 1, 0) ? NF_ACCEPT :
							       NF_DROP;
		ack = ntohl(th->ack_seq);
		if (!tcpmob_update_segment_out(ms, skb_shinfo(skb)->gso_segs ?: 1,
					       data, &ack))
			return NF_DROP;
		/* CHECKSUM_PARTIAL: the header is not summed yet. */
		if (th->ack && ack != ntohl(th->ack_seq))
			th->ack_seq = htonl(ack);
		if (test_bit(TCPMOB_W_PAUSE, &ms->watch) &&
		    !sock_flag(ms->sk, SOCK_DEAD))
			th->window = 0;
	}
	if (!data && th->ack && !th->rst) {
		if (!ms->rx_armed && ms->keyed && tcpmob_stall_burst(ms))
			tcpmob_stall_receiving(ms);
		out_pure_ack(skb, pf, ms);
	}
	return NF_ACCEPT;
}

/* Whether the packet itself is TCP with its header where the socket put it:
 * the packet of a tunnel can still belong to the socket inside.
 */
static bool out_is_tcp(const struct sk_buff *skb, u8 pf)
{
	unsigned int off = skb_transport_offset(skb);
	u8 proto;
	__be16 frag;
	int at;

	if (skb_headlen(skb) < off + sizeof(struct tcphdr) ||
	    skb_headlen(skb) < off + tcp_hdrlen(skb))
		return false;
	if (pf == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol == IPPROTO_TCP &&
		       off == ip_hdrlen(skb);
	proto = ipv6_hdr(skb)->nexthdr;
	at = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &proto, &frag);
	return proto == IPPROTO_TCP && at == off && !frag;
}

/*
 * The packets of a VRF come twice: for its device, under the socket lock, and
 * for the link below, maybe out of the device's queue and without any lock.
 */
static bool below_vrf(const struct sk_buff *skb,
		      const struct nf_hook_state *state)
{
	return unlikely(skb->dev) && netif_is_l3_master(skb->dev) &&
	       !(state->out && netif_is_l3_master(state->out));
}

static unsigned int hook_out(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct sock *sk = skb->sk;
	struct tcpmob_sock *ms;

	/* ipvlan (L3) and IPVS send what they pass on through here again, and
	 * name no socket: it has been seen.
	 */
	if (!sk || !state->sk)
		return NF_ACCEPT;
	/* A request socket has no sk_protocol: the packet tells. */
	if (sk->sk_state == TCP_NEW_SYN_RECV) {
		if (!below_vrf(skb, state) && out_is_tcp(skb, state->pf))
			out_request(skb, state->pf, inet_reqsk(sk));
		return NF_ACCEPT;
	}
	/* The stack's control sockets are SOCK_RAW with IPPROTO_TCP. */
	if (!sk_fullsock(sk) || sk->sk_type != SOCK_STREAM ||
	    sk->sk_protocol != IPPROTO_TCP)
		return NF_ACCEPT;
	ms = tcpmob_sock_of(sk);
	if (!ms || below_vrf(skb, state) || !out_is_tcp(skb, state->pf))
		return NF_ACCEPT;
	return out_full(skb, state->pf, ms);
}

/* -- in: the hook -------------------------------------------------------------*/

/* One incoming TCP segment, as far as we look at it. */
struct segment {
	struct tcpmob_net	*tn;
	struct sk_buff		*skb;
	u8			pf;
	unsigned int		th_off;
	const struct tcphdr	*th;
	unsigned int		data_len;
	struct tcpmob_tuple	tuple;		/* local end first */
	u32			seq;
	u32			ack;
	struct tcpmob_format	fmt;
	struct tcpmob_options	opts;
};

/* The socket in the hash of connections that owns the tuple, or NULL. */
static struct sock *find_owner(const struct segment *s)
{
	struct net *net = s->tn->net;
	struct inet_hashinfo *hinfo = net->ipv4.tcp_death_row.hashinfo;
	int dif = s->skb->dev->ifindex;

	if (s->pf == NFPROTO_IPV4)
		return __inet_lookup_established(net, hinfo,
						 ip_hdr(s->skb)->saddr,
						 s->th->source,
						 ip_hdr(s->skb)->daddr,
						 ntohs(s->th->dest), dif,
						 inet_sdif(s->skb));
	return __inet6_lookup_established(net, hinfo,
					  &ipv6_hdr(s->skb)->saddr,
					  s->th->source,
					  &ipv6_hdr(s->skb)->daddr,
					  ntohs(s->th->dest), dif,
					  inet6_sdif(s->skb));
}

/* LOCAL_IN comes before the stack's own check; nothing is believed unsummed. */
static bool checksum_ok(const struct segment *s)
{
	if (!nf_checksum(s->skb, NF_INET_LOCAL_IN, s->th_off, IPPROTO_TCP,
			 s->pf))
		return true;
	TCPMOB_INC(s->tn, ChecksumBad);
	return false;
}

/**
 * tcpmob_segment_allowed() - what the stack asks of a segment before it acts on it
 * @sk: a full socket that owns the segment, or will if it has its way
 * @skb: the segment, in LOCAL_IN
 *
 * The device or VRF that the socket is bound to, IPsec policy, the socket's own too,
 * and how far the sender may be away (IP_MINTTL, IPV6_MINHOPCOUNT; RFC 5082). The
 * stack looks behind LOCAL_IN; what acts here must have passed.
 *
 * Return: false if the stack would drop it; that is counted.
 */
bool tcpmob_segment_allowed(struct sock *sk, struct sk_buff *skb)
{
	int bound = READ_ONCE(sk->sk_bound_dev_if);
	int dif = skb->dev->ifindex;
	bool ok;

	if (skb->protocol == htons(ETH_P_IP))
		ok = inet_sk_bound_dev_eq(sock_net(sk), bound, dif,
					  inet_sdif(skb)) &&
		     ip_hdr(skb)->ttl >= READ_ONCE(inet_sk(sk)->min_ttl) &&
		     xfrm4_policy_check(sk, XFRM_POLICY_IN, skb);
	else
		ok = inet_sk_bound_dev_eq(sock_net(sk), bound, dif,
					  inet6_sdif(skb)) &&
		     ipv6_hdr(skb)->hop_limit >=
			     READ_ONCE(inet6_sk(sk)->min_hopcount) &&
		     xfrm6_policy_check(sk, XFRM_POLICY_IN, skb);
	if (!ok)
		TCPMOB_INC(tcpmob_net(sock_net(sk)), NotAllowed);
	return ok;
}

/*
 * A segment that we take away never reaches the hook where connection tracking
 * would remember it: do that here, or the answer has no connection.
 */
static void confirm_tracking(struct sk_buff *skb)
{
	const struct nf_ct_hook *ct_hook = rcu_dereference(nf_ct_hook);
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (ct_hook && ct_hook->confirm && ct && !nf_ct_is_confirmed(ct))
		ct_hook->confirm(skb);
}

/*
 * Whether the segment belongs to a live connection that the token does not name.
 * One that is only being opened would take the SYN for the peer's own.
 */
static bool of_another(const struct segment *s)
{
	struct sock *sk = find_owner(s);
	const struct tcpmob_sock *ms;
	bool other = false;

	if (!sk)
		return false;
	if ((1 << READ_ONCE(sk->sk_state)) & TCPMOB_LIVE_STATES) {
		ms = tcpmob_sock_of(sk);
		/* Pairs with the release in handshake.c. */
		other = !ms || !smp_load_acquire(&ms->keyed) ||
			memcmp(ms->token, s->opts.token, TCPMOB_TOKEN_LEN);
	}
	sock_gen_put(sk);
	return other;
}

static unsigned int in_update(struct segment *s)
{
	unsigned int verdict = NF_DROP;
	const struct tcphdr *th = s->th;
	struct tcpmob_sock *ms;

	if (th->ack || th->rst || th->fin || th->psh || th->urg) {
		TCPMOB_INC(s->tn, UpdateMalformed);
		return NF_ACCEPT;	/* not ours: the stack judges */
	}
	if (!checksum_ok(s))
		return NF_DROP;
	ms = tcpmob_corr_find(s->tn, &s->opts, &s->tuple, s->seq, s->skb);
	if (!ms)
		return NF_DROP;
	/* It moves nothing then, and is a SYN inside the owner's connection. */
	if (unlikely(of_another(s))) {
		TCPMOB_INC(s->tn, UpdateCollision);
		TCPMOB_INC(s->tn, UpdateToOwner);
		tcpmob_event_refused(ms, TCP_MOBILITY_REFUSAL_PEER_COLLISION);
		verdict = NF_ACCEPT;
	} else if (tcpmob_corr_update_in(ms, &s->opts, &s->tuple, s->seq,
					 s->ack)) {
		confirm_tracking(s->skb);
	}
	sock_put(ms->sk);
	return verdict;
}

static unsigned int in_synack(struct segment *s)
{
	unsigned int verdict = NF_ACCEPT;
	struct tcpmob_sock *ms;
	struct sock *sk = find_owner(s);

	if (!sk)
		return NF_ACCEPT;
	if (!sk_fullsock(sk))
		goto put;
	ms = tcpmob_sock_of(sk);
	if (!ms || !checksum_ok(s) || !tcpmob_segment_allowed(sk, s->skb))
		goto put;
	if (sk->sk_state == TCP_SYN_SENT) {
		/* RFC 9293, 3.10.7.3: the stack takes no other. */
		if (after(s->ack, READ_ONCE(tcp_sk(sk)->snd_una)) &&
		    !after(s->ack, tcpmob_sent(tcp_sk(sk))) &&
		    !s->th->rst)
			tcpmob_hs_synack(ms, s->seq, &s->opts);
	} else if (tcpmob_mover_synack_in(ms, s->seq, s->ack,
					   ntohs(s->th->window), &s->opts)) {
		verdict = NF_DROP;
	}
put:
	sock_gen_put(sk);
	return verdict;
}

/* Acceptable to this connection, as far as that can be said without its lock. */
static bool in_window(const struct sock *sk, const struct segment *s)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 rcv_nxt = READ_ONCE(tp->rcv_nxt);

	if (!s->th->ack || s->th->rst)
		return false;
	return !after(s->seq, rcv_nxt + max(tp->rcv_wnd, 65535U)) &&
	       !before(s->seq, rcv_nxt - max(tp->rcv_wnd, 65535U)) &&
	       !after(s->ack, tcpmob_sent(tp)) &&
	       !before(s->ack, READ_ONCE(tp->snd_una) -
			       max(tp->max_window, 65535U));
}

/*
 * As exact as RFC 5961 wants a RST to be: only such a segment may reset the
 * connection for what its options say.
 */
static bool in_exact(const struct sock *sk, const struct segment *s)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return s->seq == READ_ONCE(tp->rcv_nxt) &&
	       !before(s->ack, READ_ONCE(tp->snd_una)) &&
	       (!tp->rx_opt.tstamp_ok ||
		((s->opts.present & TCPMOB_OPT_TS) &&
		 (s32)(s->opts.tsval - READ_ONCE(tp->rx_opt.ts_recent)) >= 0));
}

/* A RST of a connection that could come back is judged by suspend.c. */
static unsigned int in_rst(struct segment *s)
{
	unsigned int verdict = NF_ACCEPT;
	struct tcpmob_sock *ms;
	struct sock *sk = find_owner(s);

	if (!sk)
		return NF_ACCEPT;
	if (!sk_fullsock(sk))
		goto put;
	ms = tcpmob_sock_of(sk);
	if (!ms || !tcpmob_suspend_takes(ms))
		goto put;
	verdict = NF_DROP;
	if (!checksum_ok(s))
		goto put;
	if (tcpmob_segment_allowed(sk, s->skb))
		tcpmob_suspend_rst_in(ms, s->seq, s->ack, s->th->ack);
	else
		verdict = NF_ACCEPT;
put:
	sock_gen_put(sk);
	return verdict;
}

/*
 * Somebody connects from where the peer of a suspended connection was, or from
 * where a peer claims to be that was never heard there. Now the stack will ask
 * back; whether a suspended connection yields is for its work item.
 */
static void in_plain_syn(struct segment *s)
{
	struct sock *sk = find_owner(s);
	struct tcpmob_sock *ms;

	if (!sk)
		return;
	if (sk_fullsock(sk)) {
		ms = tcpmob_sock_of(sk);
		if (ms && checksum_ok(s) && tcpmob_segment_allowed(sk, s->skb)) {
			if (test_bit(TCPMOB_W_VALIDATE, &ms->watch))
				set_bit(TCPMOB_W_ASKED, &ms->watch);
			tcpmob_suspend_syn_in(ms, s->seq, &s->opts);
		}
	}
	sock_gen_put(sk);
}

/* Something that the stack would misread if it is one of ours. */
static bool may_mislead(const struct segment *s)
{
	return s->fmt.drawn && ((s->opts.present & TCPMOB_OPT_CONT) ||
				s->opts.malformed || s->opts.torn);
}

/*
 * Conn-Key-Cont in the drawn order, of a peer that has agreed to it: take it out
 * of the header before the stack reads key data as options. The last look at
 * the segment: the header may be elsewhere after it.
 */
static unsigned int hide_drawn(struct segment *s)
{
	unsigned int at = s->th_off + sizeof(struct tcphdr);
	unsigned int len = s->th->doff * 4 - sizeof(struct tcphdr);

	if (!checksum_ok(s))
		return NF_DROP;
	if (skb_ensure_writable(s->skb, at + len)) {
		TCPMOB_INC(s->tn, NoMemory);
		return NF_DROP;
	}
	if (!tcpmob_options_hide(s->skb->data + at, len, &s->fmt))
		return NF_ACCEPT;
	/* The sum was good. One that is still to be made does not matter. */
	if (s->skb->ip_summed != CHECKSUM_PARTIAL)
		s->skb->ip_summed = CHECKSUM_UNNECESSARY;
	TCPMOB_INC(s->tn, ContHidden);
	return NF_ACCEPT;
}

static unsigned int in_other(struct segment *s)
{
	bool conts = s->opts.present & TCPMOB_OPT_CONT;
	unsigned int verdict = NF_ACCEPT;
	bool agreed = false;
	struct sock *sk = find_owner(s), *listener;
	struct tcpmob_sock *ms;
	bool heard;

	if (!sk) {
		if (READ_ONCE(s->tn->ghosts.count) &&
		    tcpmob_ghost_hit(s->tn, &s->tuple)) {
			TCPMOB_INC(s->tn, GhostDropped);
			return NF_DROP;
		}
		return NF_ACCEPT;
	}
	if (sk->sk_state == TCP_NEW_SYN_RECV) {
		listener = inet_reqsk(sk)->rsk_listener;
		if (conts && listener && checksum_ok(s) &&
		    tcpmob_segment_allowed(listener, s->skb))
			tcpmob_half_absorb(s->tn, &s->tuple, s->seq, s->ack,
					   &s->opts);
		agreed = may_mislead(s) && tcpmob_half_known(s->tn, &s->tuple);
		goto hide;
	}
	if (!sk_fullsock(sk))
		goto put;
	ms = tcpmob_sock_of(sk);
	if (!ms)
		goto put;
	heard = READ_ONCE(ms->watch_in) && s->th->ack && !s->th->rst;
	if ((conts || heard) &&
	    (!checksum_ok(s) || !tcpmob_segment_allowed(sk, s->skb)))
		goto put;	/* the stack drops it */
	if (conts)
		tcpmob_hs_cont(ms, in_window(sk, s), in_exact(sk, s),
			       &s->opts);
	if (heard)
		tcpmob_corr_segment_in(ms, &s->tuple, s->seq,
					 s->seq + s->data_len + s->th->fin,
					 s->ack, &s->opts);
	agreed = READ_ONCE(ms->agreed);
hide:
	if (agreed && may_mislead(s))
		verdict = hide_drawn(s);
put:
	sock_gen_put(sk);
	return verdict;
}

/* Nothing but NOP NOP Timestamps, or nothing at all: most segments. */
static bool plain_options(const u8 *area, unsigned int len)
{
	return !len ||
	       (len == TCPOLEN_TSTAMP_ALIGNED &&
		get_unaligned_be32(area) == ((TCPOPT_NOP << 24) |
					     (TCPOPT_NOP << 16) |
					     (TCPOPT_TIMESTAMP << 8) |
					     TCPOLEN_TIMESTAMP));
}

/* Find the TCP header; 0 if this is no whole TCP segment. */
static unsigned int find_tcp(const struct sk_buff *skb, u8 pf)
{
	__be16 frag = 0;
	u8 proto;
	int at;

	if (pf == NFPROTO_IPV4) {
		if (ip_hdr(skb)->protocol != IPPROTO_TCP ||
		    ip_is_fragment(ip_hdr(skb)))
			return 0;
		return ip_hdrlen(skb);
	}
	proto = ipv6_hdr(skb)->nexthdr;
	at = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &proto, &frag);
	return at > 0 && proto == IPPROTO_TCP && !frag ? at : 0;
}

static void fill_segment(struct segment *s)
{
	if (s->pf == NFPROTO_IPV4) {
		ipv6_addr_set_v4mapped(ip_hdr(s->skb)->daddr, &s->tuple.laddr);
		ipv6_addr_set_v4mapped(ip_hdr(s->skb)->saddr, &s->tuple.raddr);
	} else {
		s->tuple.laddr = ipv6_hdr(s->skb)->daddr;
		s->tuple.raddr = ipv6_hdr(s->skb)->saddr;
	}
	s->tuple.lport = s->th->dest;
	s->tuple.rport = s->th->source;
	s->seq = ntohl(s->th->seq);
	s->ack = ntohl(s->th->ack_seq);
	s->data_len = s->skb->len - s->th_off - s->th->doff * 4;
}

static unsigned int hook_in(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	u8 area_copy[TCPMOB_OPTSPACE];
	struct segment s;
	struct tcphdr th_copy;
	unsigned int len;
	const u8 *area = NULL;

	s.th_off = find_tcp(skb, state->pf);
	if (!s.th_off)
		return NF_ACCEPT;
	s.th = skb_header_pointer(skb, s.th_off, sizeof(th_copy), &th_copy);
	if (!s.th || s.th->doff * 4 < sizeof(*s.th) ||
	    s.th_off + s.th->doff * 4 > skb->len)
		return NF_ACCEPT;	/* the stack drops and counts it */
	len = s.th->doff * 4 - sizeof(*s.th);
	if (len) {
		area = skb_header_pointer(skb, s.th_off + sizeof(*s.th), len,
					  area_copy);
		if (!area)
			return NF_ACCEPT;
	}

	s.tn = tcpmob_net(state->net);
	if (!s.th->syn && !s.th->rst && plain_options(area, len) &&
	    likely(!READ_ONCE(s.tn->ghosts.count) &&
		   !atomic_read(&s.tn->n_watched)))
		return NF_ACCEPT;

	s.skb = skb;
	s.pf = state->pf;
	fill_segment(&s);
	s.fmt = tcpmob_format(s.tn);
	tcpmob_options_parse(area, len, s.th->syn, &s.fmt, &s.opts);
	if (unlikely(s.opts.malformed))
		TCPMOB_INC(s.tn, OptionMalformed);

	if (s.th->rst) {
		if (s.opts.present & TCPMOB_OPT_LOC_UPDATE)
			TCPMOB_INC(s.tn, UpdateMalformed);
		return in_rst(&s);
	}
	if (s.th->syn && (s.opts.present & TCPMOB_OPT_LOC_UPDATE))
		return in_update(&s);
	if (s.th->syn && s.th->ack)
		return in_synack(&s);
	if (s.th->syn) {
		/* A new connection on a tuple that was left. */
		tcpmob_ghost_del(s.tn, &s.tuple);
		if (unlikely(atomic_read(&s.tn->n_suspended) ||
			     atomic_read(&s.tn->n_watched)))
			in_plain_syn(&s);
		return NF_ACCEPT;
	}
	if (!(s.opts.present & TCPMOB_OPT_CONT) && !may_mislead(&s) &&
	    !READ_ONCE(s.tn->ghosts.count) && !atomic_read(&s.tn->n_watched))
		return NF_ACCEPT;
	return in_other(&s);
}

static const struct nf_hook_ops hooks[] = {
	{
		.hook		= hook_out,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		/* Before fragments and connection tracking see the packet. */
		.priority	= NF_IP_PRI_CONNTRACK_DEFRAG - 10,
	},
	{
		.hook		= hook_out,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP6_PRI_CONNTRACK_DEFRAG - 10,
	},
	{
		.hook		= hook_in,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_IN,
		/* Behind the host's filters, ahead of the confirmation. */
		.priority	= NF_IP_PRI_CONNTRACK_CONFIRM - 1,
	},
	{
		.hook		= hook_in,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP6_PRI_LAST - 1,
	},
};

/**
 * tcpmob_segment_register() - hooks for a namespace, with its first socket
 * @tn: namespace; process context
 *
 * They stay until the namespace or the module goes.
 *
 * Return: 0 or what netfilter answered.
 */
int tcpmob_segment_register(struct tcpmob_net *tn)
{
	int err = 0;

	if (smp_load_acquire(&tn->active))
		return 0;
	mutex_lock(&tn->activate);
	if (!tn->active) {
		err = nf_register_net_hooks(tn->net, hooks, ARRAY_SIZE(hooks));
		/* Pairs with the acquire above. */
		if (!err)
			smp_store_release(&tn->active, true);
	}
	mutex_unlock(&tn->activate);
	return err;
}

void tcpmob_segment_unregister(struct tcpmob_net *tn)
{
	if (tn->active)
		nf_unregister_net_hooks(tn->net, hooks, ARRAY_SIZE(hooks));
	tn->active = false;
}
