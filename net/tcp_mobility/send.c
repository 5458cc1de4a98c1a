// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of our own: Loc-Update SYNs and the SYN-ACKs to them, the question
 * whether the peer is there, a RST. All without data, none is repeated here, and
 * all pass the hook in segment.c like those of the stack.
 */
#include <net/tcp.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

static unsigned int put_timestamps(u8 *area, const struct tcp_sock *tp)
{
	area[0] = TCPOPT_TIMESTAMP;
	area[1] = TCPOLEN_TIMESTAMP;
	put_unaligned_be32(tcpmob_tsval(tp), area + 2);
	put_unaligned_be32(tp->rx_opt.ts_recent, area + 6);
	return TCPOLEN_TIMESTAMP;
}

/*
 * Options of a Loc-Update SYN or its SYN-ACK: those that the connection began
 * with, for firewalls on the path, but for SACK-permitted (see mover.c); and
 * ours behind them. All together: MSS 4, Timestamps 12, Window Scale 4,
 * Loc-Update 19, one NOP = 40. The exid format has no room for NOPs between.
 */
static unsigned int syn_options(struct sock *sk, u8 *area, const u8 *opt,
				unsigned int opt_len)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	bool tight = opt_len > TCPMOB_LEN_LOC_UPDATE;
	unsigned int n = 0;

	area[n++] = TCPOPT_MSS;
	area[n++] = TCPOLEN_MSS;
	put_unaligned_be16(tcpmob_advmss(sk), area + n);
	n += 2;
	if (tp->rx_opt.tstamp_ok) {
		if (!tight) {
			area[n++] = TCPOPT_NOP;
			area[n++] = TCPOPT_NOP;
		}
		n += put_timestamps(area + n, tp);
	}
	if (tp->rx_opt.wscale_ok) {
		if (!tight)
			area[n++] = TCPOPT_NOP;
		area[n++] = TCPOPT_WINDOW;
		area[n++] = TCPOLEN_WINDOW;
		area[n++] = tp->rx_opt.rcv_wscale;
	}
	memcpy(area + n, opt, opt_len);
	return tcpmob_options_pad(area, n + opt_len);
}

/* Send a segment without data, with @len octets of options at @area. */
static int send_bare(struct sock *sk, const struct tcphdr *flags, u32 seq,
		     u32 ack, u16 window, const u8 *area, unsigned int len)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct sk_buff *skb;
	struct tcphdr *th;

	skb = alloc_skb(MAX_TCP_HEADER, GFP_ATOMIC);
	if (!skb) {
		TCPMOB_INC(tcpmob_net(sock_net(sk)), NoMemory);
		return -ENOMEM;
	}
	skb_reserve(skb, MAX_TCP_HEADER);
	th = skb_push(skb, sizeof(*th) + len);
	skb_reset_transport_header(skb);
	*th = *flags;
	memcpy(th + 1, area, len);
	th->source = inet_sk(sk)->inet_sport;
	th->dest = inet_sk(sk)->inet_dport;
	th->seq = htonl(seq);
	th->ack_seq = htonl(ack);
	th->doff = (sizeof(*th) + len) / 4;
	th->window = htons(window);

	skb->ip_summed = CHECKSUM_PARTIAL;
	skb_set_owner_w(skb, sk);
	icsk->icsk_af_ops->send_check(sk, skb);
	return icsk->icsk_af_ops->queue_xmit(sk, skb, &inet_sk(sk)->cork.fl);
}

/**
 * tcpmob_send_probe() - ask the peer whether it is there
 * @sk: the socket, locked
 *
 * An ACK one octet below what has been acknowledged: whoever has the connection
 * answers with where it stands (RFC 9293, 3.10.7.4), as to a keepalive.
 *
 * Return: 0, -ENOMEM, or what routing and output answered.
 */
int tcpmob_send_probe(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct tcphdr flags = { .ack = 1 };
	u8 area[TCPOLEN_TSTAMP_ALIGNED];
	unsigned int len = 0;
	u32 window;
	int err;

	sock_owned_by_me(sk);

	err = tcpmob_hold_rebuild_header(sk);
	if (err)
		return err;
	if (tp->rx_opt.tstamp_ok) {
		area[len++] = TCPOPT_NOP;
		area[len++] = TCPOPT_NOP;
		len += put_timestamps(area + len, tp);
	}
	window = tcp_receive_window(tp) >> tp->rx_opt.rcv_wscale;
	return send_bare(sk, &flags, tp->snd_una - 1, tp->rcv_nxt,
			 min(window, 65535U), area, len);
}

/**
 * tcpmob_send_rst() - tell the peer that this is the end
 * @sk: the socket, locked
 *
 * Return: 0, -ENOMEM, or what routing and output answered.
 */
int tcpmob_send_rst(struct sock *sk)
{
	const struct tcphdr flags = { .rst = 1, .ack = 1 };
	const struct tcp_sock *tp = tcp_sk(sk);
	int err;

	sock_owned_by_me(sk);

	err = tcpmob_hold_rebuild_header(sk);
	if (err)
		return err;
	return send_bare(sk, &flags, tp->snd_nxt, tp->rcv_nxt, 0, NULL, 0);
}

/**
 * tcpmob_send_syn() - send a Loc-Update SYN, or the SYN-ACK to one
 * @sk: the socket, locked, bound to the tuple to send on
 * @seq: sequence number
 * @ack: acknowledgement field; in a SYN without the ACK flag
 * @synack: which of the two
 * @opt: option of ours, or NULL
 * @opt_len: its length
 *
 * Return: 0, -ENOMEM, or what routing and output answered; the caller's timer
 * or the peer's repeats it.
 */
int tcpmob_send_syn(struct sock *sk, u32 seq, u32 ack, bool synack,
		    const u8 *opt, unsigned int opt_len)
{
	const struct tcphdr flags = { .syn = 1, .ack = synack };
	u8 area[TCPMOB_OPTSPACE];
	unsigned int len;
	int err;

	sock_owned_by_me(sk);

	/* Looks up the route that MSS and output go by. */
	err = tcpmob_hold_rebuild_header(sk);
	if (err)
		return err;
	len = syn_options(sk, area, opt, opt_len);
	/* RFC 7323 (2.2): the window of a SYN is not scaled. */
	return send_bare(sk, &flags, seq, ack,
			 min(tcp_receive_window(tcp_sk(sk)), 65535U), area, len);
}
