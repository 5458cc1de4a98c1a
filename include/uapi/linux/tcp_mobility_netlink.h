/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Written by tools/netlink_header.py out of Documentation/netlink/specs/tcp_mobility.yaml,
 * which has more to say. Change there first.
 */
#ifndef _UAPI_LINUX_TCP_MOBILITY_NETLINK_H
#define _UAPI_LINUX_TCP_MOBILITY_NETLINK_H

#include <linux/tcp_mobility.h>

#define TCP_MOBILITY_FAMILY_NAME	"tcp_mobility"
#define TCP_MOBILITY_FAMILY_VERSION	1

/**
 * enum tcp_mobility_exchange - How far the key exchange is (draft Section
 *	4).
 * @TCP_MOBILITY_EXCHANGE_IDLE: No SYN yet, or a listener.
 * @TCP_MOBILITY_EXCHANGE_SYN_SENT: Our SYN carried Conn-Key.
 * @TCP_MOBILITY_EXCHANGE_RUNNING: Both ends agreed, keys are under way.
 * @TCP_MOBILITY_EXCHANGE_DONE: Both ends hold both keys.
 * @TCP_MOBILITY_EXCHANGE_PLAIN: Plain TCP for good.
 */
enum tcp_mobility_exchange {
	TCP_MOBILITY_EXCHANGE_IDLE,
	TCP_MOBILITY_EXCHANGE_SYN_SENT,
	TCP_MOBILITY_EXCHANGE_RUNNING,
	TCP_MOBILITY_EXCHANGE_DONE,
	TCP_MOBILITY_EXCHANGE_PLAIN,
};

/**
 * enum tcp_mobility_move - Where a move stands (draft Sections 5 and 6).
 * @TCP_MOBILITY_MOVE_STABLE: None is under way.
 * @TCP_MOBILITY_MOVE_ADRIFT: The local address is gone, there is no other.
 * @TCP_MOBILITY_MOVE_MOVING: A Loc-Update of this end waits for its
 *	SYN-ACK.
 * @TCP_MOBILITY_MOVE_VALIDATING: The peer moved; its new address has not
 *	spoken yet.
 * @TCP_MOBILITY_MOVE_SUSPENDED: Held still since a RST.
 */
enum tcp_mobility_move {
	TCP_MOBILITY_MOVE_STABLE,
	TCP_MOBILITY_MOVE_ADRIFT,
	TCP_MOBILITY_MOVE_MOVING,
	TCP_MOBILITY_MOVE_VALIDATING,
	TCP_MOBILITY_MOVE_SUSPENDED,
};

/**
 * enum tcp_mobility_curve - Curve ID of a connection (draft Section 4).
 * @TCP_MOBILITY_CURVE_NONE: None in use.
 * @TCP_MOBILITY_CURVE_P192: NIST P-192, ANSI X9.62 prime192v1; the
 *	draft's.
 * @TCP_MOBILITY_CURVE_X25519: X25519 (RFC 7748); our extension.
 */
enum tcp_mobility_curve {
	TCP_MOBILITY_CURVE_NONE,
	TCP_MOBILITY_CURVE_P192,
	TCP_MOBILITY_CURVE_X25519,
};

/**
 * enum tcp_mobility_curves - A set of curves; bit n is Curve ID n + 1.
 * @TCP_MOBILITY_CURVES_P192: NIST P-192.
 * @TCP_MOBILITY_CURVES_X25519: X25519 (RFC 7748).
 */
enum tcp_mobility_curves {
	TCP_MOBILITY_CURVES_P192 = 1,
	TCP_MOBILITY_CURVES_X25519 = 2,
};

/**
 * enum tcp_mobility_conn_flags - What is so or not about a connection.
 * @TCP_MOBILITY_CONN_FLAGS_PASSIVE: A listener's child; the peer
 *	connected.
 * @TCP_MOBILITY_CONN_FLAGS_SECRET: The shared secret K is computed.
 * @TCP_MOBILITY_CONN_FLAGS_CONFIRMED: The peer has confirmed that it holds
 *	our whole key.
 * @TCP_MOBILITY_CONN_FLAGS_PAUSED: The user has stopped data.
 * @TCP_MOBILITY_CONN_FLAGS_PINNED: The program bound the socket to its
 *	address or a device; it never moves.
 * @TCP_MOBILITY_CONN_FLAGS_REPAIR: The Loc-Update under way tells an
 *	address that the peer should know.
 * @TCP_MOBILITY_CONN_FLAGS_UNCONFIRMED: The peer has not confirmed the
 *	address that the connection is at.
 * @TCP_MOBILITY_CONN_FLAGS_STALLED: Timeouts have passed without progress.
 * @TCP_MOBILITY_CONN_FLAGS_ORPHAN: The program has closed the socket; the
 *	stack finishes it.
 */
enum tcp_mobility_conn_flags {
	TCP_MOBILITY_CONN_FLAGS_PASSIVE = 1,
	TCP_MOBILITY_CONN_FLAGS_SECRET = 2,
	TCP_MOBILITY_CONN_FLAGS_CONFIRMED = 4,
	TCP_MOBILITY_CONN_FLAGS_PAUSED = 8,
	TCP_MOBILITY_CONN_FLAGS_PINNED = 16,
	TCP_MOBILITY_CONN_FLAGS_REPAIR = 32,
	TCP_MOBILITY_CONN_FLAGS_UNCONFIRMED = 64,
	TCP_MOBILITY_CONN_FLAGS_STALLED = 128,
	TCP_MOBILITY_CONN_FLAGS_ORPHAN = 256,
};

/**
 * enum tcp_mobility_options - Options of ours that were seen on segments
 *	of a connection, since it connected.
 * @TCP_MOBILITY_OPTIONS_CONN_KEY_SENT: Conn-Key left with our SYN or
 *	SYN-ACK.
 * @TCP_MOBILITY_OPTIONS_CONN_KEY_RECEIVED: Conn-Key came with the peer's
 *	SYN or SYN-ACK.
 * @TCP_MOBILITY_OPTIONS_CONT_SENT: Conn-Key-Cont left.
 * @TCP_MOBILITY_OPTIONS_CONT_RECEIVED: An acceptable Conn-Key-Cont came.
 * @TCP_MOBILITY_OPTIONS_LOC_UPDATE_SENT: A Loc-Update left.
 * @TCP_MOBILITY_OPTIONS_LOC_UPDATE_RECEIVED: A Loc-Update with the right
 *	token and request came.
 */
enum tcp_mobility_options {
	TCP_MOBILITY_OPTIONS_CONN_KEY_SENT = 1,
	TCP_MOBILITY_OPTIONS_CONN_KEY_RECEIVED = 2,
	TCP_MOBILITY_OPTIONS_CONT_SENT = 4,
	TCP_MOBILITY_OPTIONS_CONT_RECEIVED = 8,
	TCP_MOBILITY_OPTIONS_LOC_UPDATE_SENT = 16,
	TCP_MOBILITY_OPTIONS_LOC_UPDATE_RECEIVED = 32,
};

/**
 * enum tcp_mobility_cause - Why this end sent a Loc-Update.
 * @TCP_MOBILITY_CAUSE_NONE: It has sent none.
 * @TCP_MOBILITY_CAUSE_ADDRESS_GONE: The local address was taken away.
 * @TCP_MOBILITY_CAUSE_ROUTE: The route to the peer prefers another address
 *	than before.
 * @TCP_MOBILITY_CAUSE_RETRY: The address before had no answer; back to
 *	another.
 * @TCP_MOBILITY_CAUSE_BACK: An address came back of which the peer had not
 *	heard yet, or any after so long that a NAT may have forgotten it.
 * @TCP_MOBILITY_CAUSE_STALL: Repair, timeouts without progress or silence
 *	of a sender.
 * @TCP_MOBILITY_CAUSE_RST: Repair, a RST came, or the time after one goes
 *	on.
 * @TCP_MOBILITY_CAUSE_USER: Asked for by conn-move or conn-repair.
 */
enum tcp_mobility_cause {
	TCP_MOBILITY_CAUSE_NONE,
	TCP_MOBILITY_CAUSE_ADDRESS_GONE,
	TCP_MOBILITY_CAUSE_ROUTE,
	TCP_MOBILITY_CAUSE_RETRY,
	TCP_MOBILITY_CAUSE_BACK,
	TCP_MOBILITY_CAUSE_STALL,
	TCP_MOBILITY_CAUSE_RST,
	TCP_MOBILITY_CAUSE_USER,
};

/**
 * enum tcp_mobility_event - What happened to a connection.
 * @TCP_MOBILITY_EVENT_NONE: Never sent.
 * @TCP_MOBILITY_EVENT_CONNECTED: Both ends have sent Conn-Key; key data
 *	follows.
 * @TCP_MOBILITY_EVENT_KEYED: Secret computed and our key confirmed; the
 *	connection may move.
 * @TCP_MOBILITY_EVENT_PLAIN: The connection is plain TCP from now on;
 *	reason says why.
 * @TCP_MOBILITY_EVENT_MOVING: This end is at another address and tells the
 *	peer; last-move-cause says why, the prev attributes where it was when
 *	the peer last knew. Again for each address that is tried.
 * @TCP_MOBILITY_EVENT_MOVED: The peer confirmed the new address;
 *	last-move-us says how long that took.
 * @TCP_MOBILITY_EVENT_PEER_MOVED: A Loc-Update of the peer was accepted;
 *	the prev attributes say where the peer was before, which is where it is
 *	if it only told its address again.
 * @TCP_MOBILITY_EVENT_VALIDATED: A segment came from the peer's new
 *	address.
 * @TCP_MOBILITY_EVENT_ADRIFT: The local address is gone, and there is no
 *	other.
 * @TCP_MOBILITY_EVENT_BACK: The local address came back before the peer
 *	heard of another.
 * @TCP_MOBILITY_EVENT_STALLED: Timeouts without progress, or the silence
 *	of a sender that does not answer.
 * @TCP_MOBILITY_EVENT_REPAIRING: This end tells the peer its address
 *	again; last-move-cause says why. Repeated while nothing helps.
 * @TCP_MOBILITY_EVENT_REPAIRED: The repair was answered, or the peer heard
 *	from.
 * @TCP_MOBILITY_EVENT_SUSPENDED: An exact RST came (draft Section 6);
 *	suspend-left-ms is left.
 * @TCP_MOBILITY_EVENT_RESUMED: A suspended connection goes on.
 * @TCP_MOBILITY_EVENT_PAUSED: The user has stopped data.
 * @TCP_MOBILITY_EVENT_UNPAUSED: Data goes on, as the user wants it or the
 *	connection moves.
 * @TCP_MOBILITY_EVENT_REFUSED: A move did not happen; refusal says which
 *	and why. For an update of the peer only if its token and request were
 *	right. At most 32 a second of one connection; the counters have all.
 * @TCP_MOBILITY_EVENT_DEAD: The module ends the connection; death says
 *	why, error what its program gets.
 * @TCP_MOBILITY_EVENT_CLOSED: The socket is gone, of a connection that was
 *	connected or plain.
 */
enum tcp_mobility_event {
	TCP_MOBILITY_EVENT_NONE,
	TCP_MOBILITY_EVENT_CONNECTED,
	TCP_MOBILITY_EVENT_KEYED,
	TCP_MOBILITY_EVENT_PLAIN,
	TCP_MOBILITY_EVENT_MOVING,
	TCP_MOBILITY_EVENT_MOVED,
	TCP_MOBILITY_EVENT_PEER_MOVED,
	TCP_MOBILITY_EVENT_VALIDATED,
	TCP_MOBILITY_EVENT_ADRIFT,
	TCP_MOBILITY_EVENT_BACK,
	TCP_MOBILITY_EVENT_STALLED,
	TCP_MOBILITY_EVENT_REPAIRING,
	TCP_MOBILITY_EVENT_REPAIRED,
	TCP_MOBILITY_EVENT_SUSPENDED,
	TCP_MOBILITY_EVENT_RESUMED,
	TCP_MOBILITY_EVENT_PAUSED,
	TCP_MOBILITY_EVENT_UNPAUSED,
	TCP_MOBILITY_EVENT_REFUSED,
	TCP_MOBILITY_EVENT_DEAD,
	TCP_MOBILITY_EVENT_CLOSED,
};

/**
 * enum tcp_mobility_refusal - Why a move did not happen.
 * @TCP_MOBILITY_REFUSAL_NONE: No move was refused.
 * @TCP_MOBILITY_REFUSAL_PINNED: This end, the program bound the socket to
 *	its address or a device.
 * @TCP_MOBILITY_REFUSAL_COLLISION: This end, another socket has the new
 *	addresses and ports.
 * @TCP_MOBILITY_REFUSAL_PEER_COLLISION: The peer, another socket here has
 *	the new addresses and ports.
 * @TCP_MOBILITY_REFUSAL_PEER_STALE: The peer, the request number is not
 *	ahead; a late or copied update.
 * @TCP_MOBILITY_REFUSAL_PEER_SEQUENCE: The peer, sequence number or ack
 *	field is implausible.
 * @TCP_MOBILITY_REFUSAL_PEER_STATE: The peer, the connection cannot be
 *	moved in its TCP state, or this end has left.
 * @TCP_MOBILITY_REFUSAL_PEER_REFLECTED: An update of our own came back to
 *	us.
 */
enum tcp_mobility_refusal {
	TCP_MOBILITY_REFUSAL_NONE,
	TCP_MOBILITY_REFUSAL_PINNED,
	TCP_MOBILITY_REFUSAL_COLLISION,
	TCP_MOBILITY_REFUSAL_PEER_COLLISION,
	TCP_MOBILITY_REFUSAL_PEER_STALE,
	TCP_MOBILITY_REFUSAL_PEER_SEQUENCE,
	TCP_MOBILITY_REFUSAL_PEER_STATE,
	TCP_MOBILITY_REFUSAL_PEER_REFLECTED,
};

/**
 * enum tcp_mobility_death - Why the module ends a connection.
 * @TCP_MOBILITY_DEATH_NONE: It does not.
 * @TCP_MOBILITY_DEATH_SURVIVAL_TIME: No network for longer than
 *	net.tcp_mobility.survival_time; ETIMEDOUT.
 * @TCP_MOBILITY_DEATH_SUSPEND_TIME: Nothing came for the suspend time
 *	after a RST; ECONNRESET.
 * @TCP_MOBILITY_DEATH_RST: A RST, and the suspend time is 0 or too many
 *	are suspended; ECONNRESET.
 * @TCP_MOBILITY_DEATH_REFUSED: The peer's host answered three updates in a
 *	row with RST; ECONNRESET.
 * @TCP_MOBILITY_DEATH_KEY_CONFLICT: Key data came that contradicts what
 *	had come (draft Section 4); ECONNRESET.
 * @TCP_MOBILITY_DEATH_YIELDED: It was suspended, and the peer's host began
 *	a new connection with the same addresses and ports; ECONNRESET.
 */
enum tcp_mobility_death {
	TCP_MOBILITY_DEATH_NONE,
	TCP_MOBILITY_DEATH_SURVIVAL_TIME,
	TCP_MOBILITY_DEATH_SUSPEND_TIME,
	TCP_MOBILITY_DEATH_RST,
	TCP_MOBILITY_DEATH_REFUSED,
	TCP_MOBILITY_DEATH_KEY_CONFLICT,
	TCP_MOBILITY_DEATH_YIELDED,
};

/**
 * enum tcp_mobility_attr_conn - A connection, or a listening or
 *	unconnected socket with mobility on. In an answer attributes without
 *	meaning are left out. The values of one answer are read without the
 *	socket's lock and may be of two moments.
 * @TCP_MOBILITY_A_CONN_COOKIE: Socket cookie, unique in the system; `ss
 *	-e` shows it in hex as sk, SO_COOKIE reads it.
 * @TCP_MOBILITY_A_CONN_FAMILY: AF_INET or AF_INET6, of the segments; a
 *	v4-mapped connection is AF_INET. A listener for both is AF_INET6.
 * @TCP_MOBILITY_A_CONN_LOCAL_ADDR: Local address, 4 or 16 octets; in a
 *	request selects connections that are at it.
 * @TCP_MOBILITY_A_CONN_LOCAL_PORT: Local port; in a request selects.
 * @TCP_MOBILITY_A_CONN_REMOTE_ADDR: The peer's address, 4 or 16 octets; in
 *	a request selects.
 * @TCP_MOBILITY_A_CONN_REMOTE_PORT: The peer's port; in a request selects.
 * @TCP_MOBILITY_A_CONN_ORIG_LOCAL_ADDR: Local address when the connection
 *	was made.
 * @TCP_MOBILITY_A_CONN_ORIG_LOCAL_PORT: Local port when the connection was
 *	made.
 * @TCP_MOBILITY_A_CONN_ORIG_REMOTE_ADDR: The peer's address when the
 *	connection was made.
 * @TCP_MOBILITY_A_CONN_ORIG_REMOTE_PORT: The peer's port when the
 *	connection was made.
 * @TCP_MOBILITY_A_CONN_PREV_LOCAL_ADDR: Local address before the move; in
 *	events moving, moved and peer-moved.
 * @TCP_MOBILITY_A_CONN_PREV_LOCAL_PORT: Local port before the move.
 * @TCP_MOBILITY_A_CONN_PREV_REMOTE_ADDR: The peer's address before the
 *	move.
 * @TCP_MOBILITY_A_CONN_PREV_REMOTE_PORT: The peer's port before the move.
 * @TCP_MOBILITY_A_CONN_IFINDEX: Device that the program bound the socket
 *	to.
 * @TCP_MOBILITY_A_CONN_INODE: Inode of the socket, as /proc/PID/fd shows
 *	it; absent once no process has it.
 * @TCP_MOBILITY_A_CONN_UID: Owner of the socket, in the user namespace of
 *	the asker; absent once no process has it.
 * @TCP_MOBILITY_A_CONN_TCP_STATE: State of TCP as the kernel numbers it; 1
 *	ESTABLISHED ... 7 CLOSE, 10 LISTEN, 11 CLOSING.
 * @TCP_MOBILITY_A_CONN_STATE: How far the connection is.
 * @TCP_MOBILITY_A_CONN_REASON: Why it is plain TCP; only if it is.
 * @TCP_MOBILITY_A_CONN_EXCHANGE: How far the key exchange is.
 * @TCP_MOBILITY_A_CONN_MOVE: Where a move stands.
 * @TCP_MOBILITY_A_CONN_FLAGS: What is so or not about it.
 * @TCP_MOBILITY_A_CONN_CURVE: Curve ID in use; absent on plain TCP.
 * @TCP_MOBILITY_A_CONN_FINGERPRINT: First 8 octets of SHA-256 over the
 *	shared secret K, the same at both ends and of no use to anybody else;
 *	only with a secret. Two users who compare them know that nobody sits
 *	between.
 * @TCP_MOBILITY_A_CONN_TOKEN: T of draft Section 5, the same at both ends;
 *	only with a secret, and only for CAP_NET_ADMIN, as whoever knows it can
 *	buy a hash with each packet.
 * @TCP_MOBILITY_A_CONN_REQNO: Request number of our last Loc-Update; it
 *	begins anywhere.
 * @TCP_MOBILITY_A_CONN_PEER_REQNO: Request number of the last Loc-Update
 *	accepted from the peer; only after one.
 * @TCP_MOBILITY_A_CONN_MOVES_LOCAL: Times this end moved and the peer
 *	confirmed.
 * @TCP_MOBILITY_A_CONN_MOVES_REMOTE: Times the peer moved.
 * @TCP_MOBILITY_A_CONN_UPDATES_SENT: Loc-Update SYNs sent, repeats too.
 * @TCP_MOBILITY_A_CONN_LAST_MOVE_US: Microseconds from the first
 *	Loc-Update of this end's last move or repair to its SYN-ACK; only after
 *	one.
 * @TCP_MOBILITY_A_CONN_LAST_MOVE_CAUSE: Why this end last sent a
 *	Loc-Update; only after one.
 * @TCP_MOBILITY_A_CONN_OPTIONS: Options seen on its segments.
 * @TCP_MOBILITY_A_CONN_AGE_MS: Milliseconds since both ends agreed; absent
 *	on plain TCP.
 * @TCP_MOBILITY_A_CONN_SUSPEND_TIME: Seconds that the program has set for
 *	the time after a RST; absent if it uses the namespace's.
 * @TCP_MOBILITY_A_CONN_SUSPEND_LEFT_MS: Milliseconds until a suspended
 *	connection ends; only while suspended.
 * @TCP_MOBILITY_A_CONN_LOST_MS: Milliseconds since nothing gets through;
 *	only while adrift, moving or stalled.
 * @TCP_MOBILITY_A_CONN_SURVIVAL_LEFT_MS: Milliseconds until that ends the
 *	connection.
 * @TCP_MOBILITY_A_CONN_PAD: Alignment.
 * @TCP_MOBILITY_A_CONN_EVENT: What happened.
 * @TCP_MOBILITY_A_CONN_REFUSAL: Why a move did not happen; in event
 *	refused.
 * @TCP_MOBILITY_A_CONN_DEATH: Why the connection ends; in event dead.
 * @TCP_MOBILITY_A_CONN_ERROR: Error number (errno.h) that the program
 *	gets; in events dead and closed, if there is one.
 * @TCP_MOBILITY_A_CONN_SELECT_STATES: Selects states; bit n is state n.
 *	Without it all are meant.
 * @TCP_MOBILITY_A_CONN_SELECT_SECRET: Selects connections with a shared
 *	secret.
 * @TCP_MOBILITY_A_CONN_LOCAL_PREFIX: Length in bits of the prefix of
 *	local-addr that counts; without it all of it.
 * @TCP_MOBILITY_A_CONN_REMOTE_PREFIX: Length in bits of the prefix of
 *	remote-addr that counts; without it all of it.
 * @TCP_MOBILITY_A_CONN_ALL: Means every connection of the namespace, with
 *	nothing that selects some beside it; a verb does not do that by
 *	mistake.
 * @TCP_MOBILITY_A_CONN_TO_ADDR: Local address to move to, 4 or 16 octets,
 *	of the connection's family; without it the one that the route to the
 *	peer prefers.
 * @TCP_MOBILITY_A_CONN_COUNT: How many connections a verb was done to.
 * @TCP_MOBILITY_A_CONN_FAILED: How many it was refused for.
 * @TCP_MOBILITY_A_CONN_SECRET: The shared secret K, coded like the public
 *	key; 25 octets for P-192, 32 for X25519.
 * @TCP_MOBILITY_A_CONN_N_I: Sequence number of the SYN, hashed with K
 *	(draft Section 5).
 * @TCP_MOBILITY_A_CONN_N_A: Sequence number of the SYN-ACK.
 */
enum tcp_mobility_attr_conn {
	TCP_MOBILITY_A_CONN_COOKIE = 1,
	TCP_MOBILITY_A_CONN_FAMILY,
	TCP_MOBILITY_A_CONN_LOCAL_ADDR,
	TCP_MOBILITY_A_CONN_LOCAL_PORT,
	TCP_MOBILITY_A_CONN_REMOTE_ADDR,
	TCP_MOBILITY_A_CONN_REMOTE_PORT,
	TCP_MOBILITY_A_CONN_ORIG_LOCAL_ADDR,
	TCP_MOBILITY_A_CONN_ORIG_LOCAL_PORT,
	TCP_MOBILITY_A_CONN_ORIG_REMOTE_ADDR,
	TCP_MOBILITY_A_CONN_ORIG_REMOTE_PORT,
	TCP_MOBILITY_A_CONN_PREV_LOCAL_ADDR,
	TCP_MOBILITY_A_CONN_PREV_LOCAL_PORT,
	TCP_MOBILITY_A_CONN_PREV_REMOTE_ADDR,
	TCP_MOBILITY_A_CONN_PREV_REMOTE_PORT,
	TCP_MOBILITY_A_CONN_IFINDEX,
	TCP_MOBILITY_A_CONN_INODE,
	TCP_MOBILITY_A_CONN_UID,
	TCP_MOBILITY_A_CONN_TCP_STATE,
	TCP_MOBILITY_A_CONN_STATE,
	TCP_MOBILITY_A_CONN_REASON,
	TCP_MOBILITY_A_CONN_EXCHANGE,
	TCP_MOBILITY_A_CONN_MOVE,
	TCP_MOBILITY_A_CONN_FLAGS,
	TCP_MOBILITY_A_CONN_CURVE,
	TCP_MOBILITY_A_CONN_FINGERPRINT,
	TCP_MOBILITY_A_CONN_TOKEN,
	TCP_MOBILITY_A_CONN_REQNO,
	TCP_MOBILITY_A_CONN_PEER_REQNO,
	TCP_MOBILITY_A_CONN_MOVES_LOCAL,
	TCP_MOBILITY_A_CONN_MOVES_REMOTE,
	TCP_MOBILITY_A_CONN_UPDATES_SENT,
	TCP_MOBILITY_A_CONN_LAST_MOVE_US,
	TCP_MOBILITY_A_CONN_LAST_MOVE_CAUSE,
	TCP_MOBILITY_A_CONN_OPTIONS,
	TCP_MOBILITY_A_CONN_AGE_MS,
	TCP_MOBILITY_A_CONN_SUSPEND_TIME,
	TCP_MOBILITY_A_CONN_SUSPEND_LEFT_MS,
	TCP_MOBILITY_A_CONN_LOST_MS,
	TCP_MOBILITY_A_CONN_SURVIVAL_LEFT_MS,
	TCP_MOBILITY_A_CONN_PAD,
	TCP_MOBILITY_A_CONN_EVENT,
	TCP_MOBILITY_A_CONN_REFUSAL,
	TCP_MOBILITY_A_CONN_DEATH,
	TCP_MOBILITY_A_CONN_ERROR,
	TCP_MOBILITY_A_CONN_SELECT_STATES,
	TCP_MOBILITY_A_CONN_SELECT_SECRET,
	TCP_MOBILITY_A_CONN_LOCAL_PREFIX,
	TCP_MOBILITY_A_CONN_REMOTE_PREFIX,
	TCP_MOBILITY_A_CONN_ALL,
	TCP_MOBILITY_A_CONN_TO_ADDR,
	TCP_MOBILITY_A_CONN_COUNT,
	TCP_MOBILITY_A_CONN_FAILED,
	TCP_MOBILITY_A_CONN_SECRET,
	TCP_MOBILITY_A_CONN_N_I,
	TCP_MOBILITY_A_CONN_N_A,

	__TCP_MOBILITY_A_CONN_MAX,
	TCP_MOBILITY_A_CONN_MAX = (__TCP_MOBILITY_A_CONN_MAX - 1)
};

/**
 * enum tcp_mobility_attr_limits - Limits of the namespace and what is used
 *	of them.
 * @TCP_MOBILITY_A_LIMITS_MAX_CONNECTIONS: Most connections with a secret;
 *	sysctl max_connections.
 * @TCP_MOBILITY_A_LIMITS_CONNECTIONS: Connections with a secret, now.
 * @TCP_MOBILITY_A_LIMITS_MAX_HALF_OPEN: Most handshakes with Conn-Key
 *	between SYN-ACK and child; sysctl max_half_open.
 * @TCP_MOBILITY_A_LIMITS_HALF_OPEN: Such handshakes, now.
 * @TCP_MOBILITY_A_LIMITS_MAX_SUSPENDED: Most connections suspended by a
 *	RST; sysctl max_suspended.
 * @TCP_MOBILITY_A_LIMITS_SUSPENDED: Connections suspended by a RST, now.
 * @TCP_MOBILITY_A_LIMITS_MAX_GHOSTS: Most tuples that were left and are
 *	remembered; fixed.
 * @TCP_MOBILITY_A_LIMITS_GHOSTS: Tuples that were left, now.
 * @TCP_MOBILITY_A_LIMITS_SOCKETS: Sockets with mobility on, listening and
 *	unconnected ones too, now; no limit of its own.
 * @TCP_MOBILITY_A_LIMITS_SURVIVAL_TIME: Seconds without any network before
 *	a connection ends; sysctl survival_time.
 * @TCP_MOBILITY_A_LIMITS_SUSPEND_TIME: Seconds from a RST to the end of a
 *	connection, 0 ends it at once; sysctl suspend_time.
 * @TCP_MOBILITY_A_LIMITS_KEY_POOL_SIZE: Key pairs of each curve that are
 *	made in advance, for all namespaces together; module parameter.
 * @TCP_MOBILITY_A_LIMITS_KEY_POOL: Key pairs of the curve that connect()
 *	offers at hand, now.
 * @TCP_MOBILITY_A_LIMITS_KEY_PAIRS_MADE: Key pairs made since the module
 *	was loaded, for all namespaces together; wraps.
 */
enum tcp_mobility_attr_limits {
	TCP_MOBILITY_A_LIMITS_MAX_CONNECTIONS = 1,
	TCP_MOBILITY_A_LIMITS_CONNECTIONS,
	TCP_MOBILITY_A_LIMITS_MAX_HALF_OPEN,
	TCP_MOBILITY_A_LIMITS_HALF_OPEN,
	TCP_MOBILITY_A_LIMITS_MAX_SUSPENDED,
	TCP_MOBILITY_A_LIMITS_SUSPENDED,
	TCP_MOBILITY_A_LIMITS_MAX_GHOSTS,
	TCP_MOBILITY_A_LIMITS_GHOSTS,
	TCP_MOBILITY_A_LIMITS_SOCKETS,
	TCP_MOBILITY_A_LIMITS_SURVIVAL_TIME,
	TCP_MOBILITY_A_LIMITS_SUSPEND_TIME,
	TCP_MOBILITY_A_LIMITS_KEY_POOL_SIZE,
	TCP_MOBILITY_A_LIMITS_KEY_POOL,
	TCP_MOBILITY_A_LIMITS_KEY_PAIRS_MADE,

	__TCP_MOBILITY_A_LIMITS_MAX,
	TCP_MOBILITY_A_LIMITS_MAX = (__TCP_MOBILITY_A_LIMITS_MAX - 1)
};

/**
 * enum tcp_mobility_attr_stat - One counter of the namespace, as in
 *	/proc/net/tcp_mobility.
 * @TCP_MOBILITY_A_STAT_NAME: Its name, stable.
 * @TCP_MOBILITY_A_STAT_VALUE: Its value.
 * @TCP_MOBILITY_A_STAT_PAD: Alignment.
 * @TCP_MOBILITY_A_STAT_GAUGE: The value is how it is now, and may go down.
 * @TCP_MOBILITY_A_STAT_DOC: What it counts, in a few English words.
 */
enum tcp_mobility_attr_stat {
	TCP_MOBILITY_A_STAT_NAME = 1,
	TCP_MOBILITY_A_STAT_VALUE,
	TCP_MOBILITY_A_STAT_PAD,
	TCP_MOBILITY_A_STAT_GAUGE,
	TCP_MOBILITY_A_STAT_DOC,

	__TCP_MOBILITY_A_STAT_MAX,
	TCP_MOBILITY_A_STAT_MAX = (__TCP_MOBILITY_A_STAT_MAX - 1)
};

/**
 * enum tcp_mobility_attr_version - What the module is, and how it speaks
 *	in this namespace.
 * @TCP_MOBILITY_A_VERSION_MODULE_VERSION: MODULE_VERSION.
 * @TCP_MOBILITY_A_VERSION_SPECIFICATION: Name of the draft.
 * @TCP_MOBILITY_A_VERSION_KIND_CONN_KEY: TCP option kind of Conn-Key;
 *	sysctl kind_conn_key.
 * @TCP_MOBILITY_A_VERSION_KIND_CONT: TCP option kind of Conn-Key-Cont;
 *	sysctl kind_cont.
 * @TCP_MOBILITY_A_VERSION_KIND_LOC_UPDATE: TCP option kind of Loc-Update;
 *	sysctl kind_loc_update.
 * @TCP_MOBILITY_A_VERSION_EXID: Experiment identifier (RFC 6994) behind
 *	Kind and Length; absent if none; sysctl exid.
 * @TCP_MOBILITY_A_VERSION_CONT_ORDER: 0, Conn-Key-Cont has its length
 *	second; 1, third, as the draft draws it; sysctl cont_order.
 * @TCP_MOBILITY_A_VERSION_CURVE_OFFER: Curve that connect() offers; sysctl
 *	curve_offer.
 * @TCP_MOBILITY_A_VERSION_CURVE_ACCEPT: Curves that listeners take; sysctl
 *	curve_accept.
 * @TCP_MOBILITY_A_VERSION_CURVES: Curves that can be used with this
 *	kernel.
 */
enum tcp_mobility_attr_version {
	TCP_MOBILITY_A_VERSION_MODULE_VERSION = 1,
	TCP_MOBILITY_A_VERSION_SPECIFICATION,
	TCP_MOBILITY_A_VERSION_KIND_CONN_KEY,
	TCP_MOBILITY_A_VERSION_KIND_CONT,
	TCP_MOBILITY_A_VERSION_KIND_LOC_UPDATE,
	TCP_MOBILITY_A_VERSION_EXID,
	TCP_MOBILITY_A_VERSION_CONT_ORDER,
	TCP_MOBILITY_A_VERSION_CURVE_OFFER,
	TCP_MOBILITY_A_VERSION_CURVE_ACCEPT,
	TCP_MOBILITY_A_VERSION_CURVES,

	__TCP_MOBILITY_A_VERSION_MAX,
	TCP_MOBILITY_A_VERSION_MAX = (__TCP_MOBILITY_A_VERSION_MAX - 1)
};

/**
 * enum tcp_mobility_cmd - Operations and messages; the spec says what each
 *	takes.
 * @TCP_MOBILITY_CMD_CONN_GET: Read a connection by its cookie (ESRCH if
 *	there is none), or all that the attributes of the request select, of
 *	which each has to agree.
 * @TCP_MOBILITY_CMD_CONN_MOVE: Move connections of this host to to-addr,
 *	or to the address that the route to the peer prefers; one by its
 *	cookie, those that the attributes select, or all.
 * @TCP_MOBILITY_CMD_CONN_REPAIR: Tell the peer the address of this end
 *	again, as a NAT may show another than before. Errors as for conn-move;
 *	EALREADY when an update is under way, EHOSTUNREACH when the address or
 *	the way to the peer is gone.
 * @TCP_MOBILITY_CMD_CONN_PAUSE: Stop data in both directions (draft
 *	Section 5) until conn-resume or a move; with all, but not with a
 *	selection, of a family for instance, it is also what sysctl pause
 *	reads, and a socket that its program uses follows soon after, so that
 *	none refuses. ENOTCONN unless both ends hold each other's key; EALREADY
 *	when it is paused. Otherwise as conn-move.
 * @TCP_MOBILITY_CMD_CONN_RESUME: End a pause. EALREADY when it is not
 *	paused.
 * @TCP_MOBILITY_CMD_KEYS_GET: Read the shared secret of a connection
 *	(ENOTCONN without), or of all that the attributes select and that have
 *	one. With it a capture can be verified, and the connection taken over.
 * @TCP_MOBILITY_CMD_LIMITS_GET: Read the limits and what is used of them.
 * @TCP_MOBILITY_CMD_LIMITS_SET: Set those limits that the request has, all
 *	or none. What is above a new limit stays. The same as the sysctls.
 * @TCP_MOBILITY_CMD_STATS_GET: Read all counters, one per message, in a
 *	fixed order.
 * @TCP_MOBILITY_CMD_VERSION_GET: Read what the module is and how options
 *	look in this namespace.
 * @TCP_MOBILITY_CMD_CONN_EVENT: Something happened to a connection. In the
 *	order in which it happened to that connection. Who misses one, for
 *	reading too slowly or for want of memory (counted as EventLost), gets
 *	ENOBUFS; conn-get then says how it is.
 */
enum tcp_mobility_cmd {
	TCP_MOBILITY_CMD_CONN_GET = 1,
	TCP_MOBILITY_CMD_CONN_MOVE,
	TCP_MOBILITY_CMD_CONN_REPAIR,
	TCP_MOBILITY_CMD_CONN_PAUSE,
	TCP_MOBILITY_CMD_CONN_RESUME,
	TCP_MOBILITY_CMD_KEYS_GET,
	TCP_MOBILITY_CMD_LIMITS_GET,
	TCP_MOBILITY_CMD_LIMITS_SET,
	TCP_MOBILITY_CMD_STATS_GET,
	TCP_MOBILITY_CMD_VERSION_GET,
	TCP_MOBILITY_CMD_CONN_EVENT,

	__TCP_MOBILITY_CMD_MAX,
	TCP_MOBILITY_CMD_MAX = (__TCP_MOBILITY_CMD_MAX - 1)
};

#define TCP_MOBILITY_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_TCP_MOBILITY_NETLINK_H */
