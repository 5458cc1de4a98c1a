/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Mobility Support for TCP (draft-eddy-tcp-mobility-00): what the kernel
 * module and programs share.
 *
 * A program turns mobility on with
 *
 *	setsockopt(fd, SOL_TCP, TCP_ULP, "mobility", sizeof("mobility") - 1);
 *
 * before connect(), or on a socket that will listen or already listens. What
 * a connection got is read with
 *
 *	getsockopt(fd, IPPROTO_IP, TCP_MOBILITY_INFO, &info, &len);
 *
 * (IPPROTO_IPV6 on an AF_INET6 socket).
 */
#ifndef _UAPI_LINUX_TCP_MOBILITY_H
#define _UAPI_LINUX_TCP_MOBILITY_H

#include <linux/types.h>

/* The name for setsockopt(SOL_TCP, TCP_ULP). */
#define TCP_MOBILITY_ULP	"mobility"

/*
 * Option names at level IPPROTO_IP (AF_INET) or IPPROTO_IPV6 (AF_INET6).
 * Errors: ENOPROTOOPT without the module or on a socket that is not TCP,
 * EINVAL when the buffer is shorter than one __u32.
 */
#define TCP_MOBILITY_BASE	0x4d00
#define TCP_MOBILITY_INFO	0x4d00	/* get: struct tcp_mobility_info */
#define TCP_MOBILITY_EXPORT	0x4d01	/* get: struct tcp_mobility_export */
/*
 * set, get: int, 1 pauses the connection: no data leaves and the peer sees a
 * window of zero; 0 or a move lets it go on (draft Section 5). ENOTCONN unless
 * both ends hold each other's key.
 */
#define TCP_MOBILITY_PAUSE	0x4d02
/*
 * set, get: int, seconds that a connection waits for its peer after a RST
 * (draft Section 6) before it ends with ECONNRESET: 0 ends it at once, as plain
 * TCP, -1 (default) is the namespace's net.tcp_mobility.suspend_time. Accepted
 * sockets inherit it. EINVAL outside of -1 to TCP_MOBILITY_SUSPEND_TIME_MAX.
 */
#define TCP_MOBILITY_SUSPEND_TIME	0x4d03
#define TCP_MOBILITY_SUSPEND_TIME_MAX	86400
#define TCP_MOBILITY_MAX	0x4d0f	/* end of the range kept for us */

/*
 * sock_diag: attribute type inside INET_DIAG_ULP_INFO that carries struct
 * tcp_mobility_info, beside INET_ULP_INFO_NAME.
 */
#define TCP_MOBILITY_DIAG_INFO	0x4d

/**
 * enum tcp_mobility_state - how far a connection is (draft Sections 4 and 5)
 * @TCP_MOBILITY_NONE: the socket does not use the "mobility" ULP
 * @TCP_MOBILITY_IDLE: enabled; not connected yet, or listening
 * @TCP_MOBILITY_PLAIN: plain TCP, see &enum tcp_mobility_reason
 * @TCP_MOBILITY_KEYING: both ends agreed; key data still under way
 * @TCP_MOBILITY_KEYED: both ends hold each other's key; may move
 * @TCP_MOBILITY_ADRIFT: keyed, and no usable local address right now
 * @TCP_MOBILITY_MOVING: our Loc-Update waits for its SYN-ACK
 * @TCP_MOBILITY_VALIDATING: the peer moved; nothing has come from its new
 *	address yet but the Loc-Update
 * @TCP_MOBILITY_SUSPENDED: a RST came; waits for the peer to show itself, the
 *	TIME-WAIT of draft Section 6
 * @TCP_MOBILITY_PAUSED: the user has stopped data for a while
 */
enum tcp_mobility_state {
	TCP_MOBILITY_NONE,
	TCP_MOBILITY_IDLE,
	TCP_MOBILITY_PLAIN,
	TCP_MOBILITY_KEYING,
	TCP_MOBILITY_KEYED,
	TCP_MOBILITY_ADRIFT,
	TCP_MOBILITY_MOVING,
	TCP_MOBILITY_VALIDATING,
	TCP_MOBILITY_SUSPENDED,
	TCP_MOBILITY_PAUSED,
};

/**
 * enum tcp_mobility_reason - why a connection is plain TCP
 * @TCP_MOBILITY_R_NONE: it is not, or nothing is known yet
 * @TCP_MOBILITY_R_PEER: the peer's SYN or SYN-ACK had no Conn-Key
 * @TCP_MOBILITY_R_NO_ROOM: no room for Conn-Key in our SYN (or it is signed)
 * @TCP_MOBILITY_R_NO_KEY: no key pair could be had
 * @TCP_MOBILITY_R_LIMIT: a limit of the namespace was reached
 * @TCP_MOBILITY_R_CURVE: the peer's curve is unknown, or not allowed here
 * @TCP_MOBILITY_R_BAD_KEY: the peer's key is not a point of the curve
 * @TCP_MOBILITY_R_SIMULTANEOUS: simultaneous open
 * @TCP_MOBILITY_R_TIMEOUT: the peer's key never became complete
 * @TCP_MOBILITY_R_FORMAT: the peer writes Conn-Key-Cont in the other order
 */
enum tcp_mobility_reason {
	TCP_MOBILITY_R_NONE,
	TCP_MOBILITY_R_PEER,
	TCP_MOBILITY_R_NO_ROOM,
	TCP_MOBILITY_R_NO_KEY,
	TCP_MOBILITY_R_LIMIT,
	TCP_MOBILITY_R_CURVE,
	TCP_MOBILITY_R_BAD_KEY,
	TCP_MOBILITY_R_SIMULTANEOUS,
	TCP_MOBILITY_R_TIMEOUT,
	TCP_MOBILITY_R_FORMAT,
};

/**
 * struct tcp_mobility_info - what getsockopt(TCP_MOBILITY_INFO) returns
 * @state: &enum tcp_mobility_state
 * @reason: &enum tcp_mobility_reason
 * @curve: Curve ID in use (1: NIST P-192, 2: X25519), 0 for none
 * @reqno: request number of our last Loc-Update (draft Section 5)
 * @moves_local: times this end moved and the peer confirmed
 * @moves_remote: times the peer moved
 * @updates_sent: Loc-Update SYNs sent, retransmissions included
 * @last_move_us: microseconds from the first Loc-Update SYN of this end's last
 *	move to its SYN-ACK
 *
 * Later versions only append; the kernel fills at most the length given and
 * reports what it filled.
 */
struct tcp_mobility_info {
	__u8	state;
	__u8	reason;
	__u8	curve;
	__u8	reqno;
	__u32	moves_local;
	__u32	moves_remote;
	__u32	updates_sent;
	__u32	last_move_us;
};

/* Most octets of each part of an export; a label has one at least. */
#define TCP_MOBILITY_EXPORT_LABEL	255
#define TCP_MOBILITY_EXPORT_CONTEXT	1024
#define TCP_MOBILITY_EXPORT_KEY		1024

/**
 * struct tcp_mobility_export - getsockopt(TCP_MOBILITY_EXPORT): asks for a key
 * @label_len: octets of the label, 1 to 255
 * @context_len: octets of the context, 0 to 1024
 * @key_len: octets wanted, 1 to 1024
 * @reserved: 0
 * @data: the label, then the context
 *
 * The buffer holds the request, and afterwards the key, from its beginning on;
 * it must be long enough for either. Both ends of a connection get the same
 * key for the same label, context and length, nobody else does, and it is the
 * same all the connection's life. It is derived from the connection's secret
 * with HKDF-SHA256; the secret itself does not leave the kernel.
 *
 * Errors: ENOTCONN while there is no secret (states before KEYED, plain TCP),
 * EINVAL for lengths out of range or a buffer that is too short, EFAULT, ENOMEM.
 */
struct tcp_mobility_export {
	__u16	label_len;
	__u16	context_len;
	__u16	key_len;
	__u16	reserved;
	__u8	data[];
};

#endif /* _UAPI_LINUX_TCP_MOBILITY_H */
