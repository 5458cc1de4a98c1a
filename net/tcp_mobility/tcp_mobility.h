/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mobility Support for TCP: types, locks, and the verbs of each file.
 *
 * Lock order, outermost first:
 *
 *	socket lock (lock_sock)		owns struct tcp_sock and the "move" part
 *					of struct tcpmob_sock
 *	tcpmob_net.rebind  (mutex)	no two sockets move to one tuple
 *	tcpmob_net.lock    (BH)		list of sockets, connection count
 *	tcpmob_net.conns   (BH)		the lock inside: cookie -> context
 *	tcpmob_sock.lock   (BH)		the "exchange" and "segment" parts
 *	tcpmob_half_table.lock (BH)	half-open handshakes
 *	tcpmob_ghosts.lock (BH)		tuples that were left
 *	tcpmob_sock.tell_lock (BH)	events, one after the other
 *
 * Packet hooks take only the BH locks. Whatever needs the socket lock is a bit
 * in tcpmob_sock.events and is done by one of the two work items of the
 * connection: move_work (moves, either end) and key_work (key exchange, and
 * the slow arithmetic).
 *
 * Lifetime of struct tcpmob_sock: the socket holds one reference, from
 * tcpmob_sock_alloc() until the ULP's release(); each queued work item holds
 * one, and a reference to the socket as well. Readers in packet hooks reach it
 * under RCU through the socket or the token table, netlink.c by its cookie; it
 * is freed after a grace period.
 */
#ifndef TCPMOB_H
#define TCPMOB_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/fib_notifier.h>
#include <net/net_namespace.h>
#include <net/tcp.h>
#include <uapi/linux/tcp_mobility.h>
#include <uapi/linux/tcp_mobility_netlink.h>

#include "mib.h"
#include "options.h"

/* -- limits and times ---------------------------------------------------- */

/* First repeat of unconfirmed key data; doubles. Long enough that a short
 * connection never sends a segment only for us.
 */
#define TCPMOB_CONT_FIRST	(HZ / 5)
#define TCPMOB_ANSWER_MIN	(HZ / 10)	/* between two answers */
#define TCPMOB_CONT_REPEATS	7	/* 200 ms * 2^6 = 12.8 s for the last */
#define TCPMOB_CONT_ROUNDS	8	/* restarts by later data, then plain */
/* The shared secret is computed once a connection has lived this long: short
 * connections never pay for it (draft Appendix B).
 */
#define TCPMOB_DERIVE_DELAY	HZ
#define TCPMOB_SYN_TRIES	3	/* the same update is sent so often */
#define TCPMOB_QUICK_HOPS	4	/* tries of other addresses at 1 s */
#define TCPMOB_UPDATE_RTO	HZ	/* RFC 6298 (2.1): RTT was forgotten */
#define TCPMOB_UPDATE_RTO_MAX	(64 * HZ)
#define TCPMOB_ACK_REPEATS	6	/* of a mover's first ACK: 1 to 32 s */
#define TCPMOB_CONT_SLEEP	(60 * HZ)	/* dormant exchange, no data */
#define TCPMOB_BUDGET		10	/* segments to an unvalidated address */
#define TCPMOB_UNHEARD		(60 * HZ)	/* no data ahead of the proof for so long */
#define TCPMOB_BLOCKED_MIN	(HZ / 2)	/* less than until a repeat of the update */
#define TCPMOB_BLOCKED_MAX	(130 * HZ)	/* more than between any two */
#define TCPMOB_ORPHAN_LIFE	(120 * HZ)	/* adrift or moving, closed */
#define TCPMOB_BACK_QUICK	HZ	/* adrift for less: no update when it is over */
#define TCPMOB_GHOST_LIFE	(60 * HZ)	/* 2 MSL as Linux counts it */
#define TCPMOB_REFUSALS		3	/* updates in a row answered by RST */
#define TCPMOB_CHALLENGE_GAP	(HZ / 2)	/* between challenge ACKs */
/* A peer that is there answers sooner, or within its round trip */
#define TCPMOB_SYN_PATIENCE	(3 * HZ / 4)
#define TCPMOB_PROBES		3	/* of a path that a RST spoke of */
#define TCPMOB_PROBE_FIRST	(HZ / 5)	/* to the second; doubles */
/* Stall: so many timeouts of retransmission without progress. */
#define TCPMOB_STALL_RTOS	2
/* A receiver watches the silence behind so much data. */
#define TCPMOB_RX_BURST		16384
#define TCPMOB_RX_PROBES	2
/* Our value of tcp_sock.save_syn: saves like 1, and 1 and 2 are the user's. */
#define TCPMOB_SAVE_SYN		3
#define TCPMOB_FINGERPRINT_LEN	8	/* of SHA-256(K), shown to anybody */
#define TCPMOB_GHOSTS_MAX	8192

#define TCPMOB_VERSION		"0.1"

struct tcpmob_net;
struct tcpmob_sock;

/* -- the tuple as this end sees it, IPv4 as v4-mapped --------------------- */

/**
 * struct tcpmob_tuple - one connection's addresses and ports
 * @laddr: this end's address
 * @raddr: the peer's address
 * @lport: this end's port, network order
 * @rport: the peer's port, network order
 */
struct tcpmob_tuple {
	struct in6_addr	laddr;
	struct in6_addr	raddr;
	__be16		lport;
	__be16		rport;
};

static inline bool tcpmob_tuple_equal(const struct tcpmob_tuple *a,
				      const struct tcpmob_tuple *b)
{
	return ipv6_addr_equal(&a->laddr, &b->laddr) &&
	       ipv6_addr_equal(&a->raddr, &b->raddr) &&
	       a->lport == b->lport && a->rport == b->rport;
}

/* -- keys: key.c --------------------------------------------------------- */

/**
 * struct tcpmob_key_pair - X and k = X * P of draft Section 4
 * @ref: half-open handshakes and sockets that use it
 * @list: place in the pool
 * @curve: TCPMOB_CURVE_*
 * @len: octets of @pub as sent (25 for P-192, 32 for X25519)
 * @priv: X; P-192: 24 octets, big-endian; wiped when freed
 * @pub: the key as sent; P-192: x coordinate, left-padded with zeros
 */
struct tcpmob_key_pair {
	refcount_t		ref;
	struct list_head	list;
	u8			curve;
	u8			len;
	u8			priv[TCPMOB_KEY_MAX];
	u8			pub[TCPMOB_KEY_MAX];
};

/**
 * struct tcpmob_key_spare - what one namespace has when the pool is dry
 * @turn: place among those that wait for the next pair that is made
 * @kp: the pair, or NULL
 * @used: it has been shared
 * @until: jiffies; from then on it is not, if @used
 *
 * All under the lock of the curve's pool.
 */
struct tcpmob_key_spare {
	struct list_head	turn;
	struct tcpmob_key_pair	*kp;
	bool			used;
	unsigned long		until;
};

int tcpmob_key_init(void);
void tcpmob_key_exit(void);
void tcpmob_key_net_init(struct tcpmob_net *tn);
void tcpmob_key_net_exit(struct tcpmob_net *tn);
struct tcpmob_key_pair *tcpmob_key_get(struct tcpmob_net *tn, u8 curve);
int tcpmob_key_want(u8 curve);
void tcpmob_key_put(struct tcpmob_key_pair *kp);
unsigned int tcpmob_keys_made(void);
unsigned int tcpmob_keys_ready(u8 curve);
unsigned int tcpmob_key_pool_size(void);
unsigned int tcpmob_key_len(u8 curve);
int tcpmob_key_agree(const struct tcpmob_key_pair *kp, const u8 *peer,
		     u8 *secret);

/**
 * struct tcpmob_secret - what authenticates updates of one connection
 * @n_i: sequence number of the SYN that began it (N_i)
 * @n_a: sequence number of the SYN-ACK (N_a)
 * @len: octets of @k
 * @k: the shared secret K, coded like the public key
 */
struct tcpmob_secret {
	u32	n_i;
	u32	n_a;
	u8	len;
	u8	k[TCPMOB_KEY_MAX];
};

void tcpmob_token(const struct tcpmob_secret *s, u8 token[TCPMOB_TOKEN_LEN]);
void tcpmob_request(const struct tcpmob_secret *s, u32 seq, u8 reqno,
		    u8 request[TCPMOB_REQUEST_LEN]);
void tcpmob_fingerprint(const struct tcpmob_secret *s,
			u8 out[TCPMOB_FINGERPRINT_LEN]);

/* -- key exchange: handshake.c ------------------------------------------- */

/**
 * struct tcpmob_exchange - one end's view of one key exchange
 * @kp: our key pair, or NULL
 * @n_i: sequence number of the SYN
 * @n_a: sequence number of the SYN-ACK
 * @have: bit n set: @rx[n] has come
 * @rx: the peer's key; kept for life, to notice data that differs
 * @rx_len: octets of the peer's whole key, 0 before Conn-Key came
 * @curve: Curve ID of both
 */
struct tcpmob_exchange {
	struct tcpmob_key_pair	*kp;
	u32			n_i;
	u32			n_a;
	u32			have;
	u8			rx[TCPMOB_KEY_MAX];
	u8			rx_len;
	u8			curve;
};

/* What tcpmob_exchange_absorb() noticed. */
#define TCPMOB_X_NEW		0x01	/* octets that were not there before */
#define TCPMOB_X_COMPLETE	0x02	/* the peer's key is now whole */
#define TCPMOB_X_CONFLICT	0x04	/* an octet differs from an earlier one */
#define TCPMOB_X_CONFIRM	0x08	/* peer says it has our whole key */
#define TCPMOB_X_REPEAT		0x10	/* key data, none of it new */
#define TCPMOB_X_IGNORED	0x20	/* key data past the end of the key */

static inline bool tcpmob_exchange_whole(const struct tcpmob_exchange *x)
{
	return x->rx_len && x->have == (u32)GENMASK(x->rx_len - 1, 0);
}

/* -- the socket's part --------------------------------------------------- */

enum tcpmob_hs {
	TCPMOB_HS_IDLE,		/* no SYN yet, or a listener */
	TCPMOB_HS_SYN_SENT,	/* our SYN carried Conn-Key */
	TCPMOB_HS_EXCHANGE,	/* both agreed, keys under way */
	TCPMOB_HS_DONE,		/* both hold both keys */
	TCPMOB_HS_PLAIN,	/* plain TCP for good */
};

/*
 * The move part:
 *
 *	      address gone            update sent
 *   STABLE ----------------> ADRIFT -------------> MOVING
 *     |  ^                      ^                   | |
 *     |  '--- SYN-ACK matches --|-------------------' |
 *     |                         '-- address gone -----'
 *     |  valid Loc-Update from the peer
 *     '---> VALIDATING --- segment from the new address ---> STABLE
 *
 * SUSPENDED is the draft's TIME-WAIT (Section 6): an exact RST leads there from
 * STABLE and VALIDATING; an update of either end, or an acceptable segment from
 * the peer's address, leads out of it. An end that may sit behind a NAT goes on
 * to MOVING at once, telling its own address again.
 */
enum tcpmob_mv {
	TCPMOB_MV_STABLE,
	TCPMOB_MV_ADRIFT,
	TCPMOB_MV_MOVING,
	TCPMOB_MV_VALIDATING,
	TCPMOB_MV_SUSPENDED,
};

/* Bits of tcpmob_sock.events, set by anyone, taken by move_work. */
enum tcpmob_event {
	TCPMOB_EV_EVALUATE,	/* addresses or routes changed */
	TCPMOB_EV_UPDATE,	/* a verified Loc-Update waits in @update */
	TCPMOB_EV_SYNACK,	/* a matching SYN-ACK waits in @synack */
	TCPMOB_EV_VALIDATED,	/* a segment came from the peer's new address */
	TCPMOB_EV_RESET,	/* inconsistent key data: reset (Section 4) */
	TCPMOB_EV_RST,		/* a RST waits in @rst_seq */
	TCPMOB_EV_NEW_SYN,	/* somebody connects where the peer was */
	TCPMOB_EV_REFUSED,	/* a RST answered the update under way */
	TCPMOB_EV_RESUME,	/* the bound address has spoken after a RST */
	TCPMOB_EV_STALL,	/* timeouts without progress */
	TCPMOB_EV_TIMERS,	/* there is something new to wait for */
};

/* Bits of tcpmob_sock.watch: why LOCAL_OUT looks at every segment. */
enum tcpmob_watch {
	TCPMOB_W_HOLD,		/* adrift or moving: nothing may leave */
	TCPMOB_W_VALIDATE,	/* count what goes to an unvalidated address */
	TCPMOB_W_CLAMP,		/* lower the ack to what the path has seen */
	TCPMOB_W_RECOVER,	/* losses are the old path's, not congestion */
	TCPMOB_W_DORMANT,	/* the next data restarts the key exchange */
	TCPMOB_W_PAUSE,		/* no data leaves, and the window is zero */
	TCPMOB_W_SILENT,	/* not even a RST: the address may be another's */
	TCPMOB_W_ASKED,		/* a plain SYN from there has earned one pure ACK */
};

/**
 * struct tcpmob_update - a Loc-Update SYN that verified
 * @tuple: where it came from and went to
 * @seq: S
 * @ack: its acknowledgement field; not covered by the request
 * @reqno: request number
 * @mss: MSS option, 0 if absent
 * @request: R
 */
struct tcpmob_update {
	struct tcpmob_tuple	tuple;
	u32			seq;
	u32			ack;
	u8			reqno;
	u16			mss;
	u8			request[TCPMOB_REQUEST_LEN];
};

/**
 * struct tcpmob_own - the last update that this end sent with each number
 * @rcu: frees it
 * @sent: which numbers have been used
 * @seq: S of that update
 *
 * Only a connection that has moved has one.
 */
struct tcpmob_own {
	struct rcu_head		rcu;
	DECLARE_BITMAP(sent, 256);
	u32			seq[256];
};

/**
 * struct tcpmob_sock - mobility context of one socket (icsk_ulp_data)
 *
 * @sk: the socket; only touched with a reference to it
 * @tn: its namespace; lives as long as @sk
 * @ref: see the lifetime above
 * @rcu: frees it
 * @list: place in tcpmob_net.socks; under tcpmob_net.lock
 * @round: of tcpmob_net.round that asked last; likewise
 * @token_node: place in tcpmob_net.tokens; inserted once
 * @token: T; valid once @keyed
 * @secret: K and the numbers hashed with it; valid once @keyed
 * @keyed: release-stored after @secret and @token, acquire-loaded before them
 * @hashed: in the token table; under the socket lock
 * @move_work: everything that needs the socket lock because of a move
 * @key_work: repeats key data, computes the secret
 * @events: TCPMOB_EV_*
 * @move_busy, @key_busy: how often in a row the socket was in use; each only for
 *	its work item
 *
 * @lock: protects the next two groups, and @dead
 * @dead: the socket has let go: no work is queued any more
 * exchange:
 * @hs: how far the key exchange is
 * @reason: why it is plain
 * @agreed: both ends have sent Conn-Key, whatever came of it
 * @peer_has: the peer confirmed our whole key
 * @answer: the next ACK carries what the peer seems to lack
 * @derive_now: do not wait for the connection to get old
 * @x: the exchange
 * @cont_pos: next octet of our key to send, when an ACK had no room for all
 * @cont_tries: ACKs with key data sent in this round
 * @cont_rounds: rounds begun
 * @answer_next: jiffies; before that no repeated key data is answered
 * @cont_next: jiffies; before that no ACK carries key data again
 * @born: jiffies when both ends had agreed
 * segments:
 * @update: latest verified Loc-Update; @update_pending says it waits
 * @synack_seq, @synack_ack: numbers of the SYN-ACK that waits
 * @synack_win: its window, unscaled
 * @synack_ts, @synack_has_ts: its TSval, if it had one
 * @synack_mss: its MSS option or 0
 * @own: updates we sent, against their reflection; NULL before the first.
 *	Written under the socket lock and @lock, read under @lock; freed by RCU
 *
 * Written under the socket lock, read by hooks with READ_ONCE():
 * @mv: where a move stands
 * @watch: TCPMOB_W_* bits, atomic: LOCAL_OUT has something to do for every
 *	segment
 * @watch_in: LOCAL_IN follows the new path of the peer; changed under @lock
 * @clamp: highest ack to send on the new path (wrapping)
 *
 * Under the socket lock:
 * @budget: segments that may still go to the unvalidated address
 * @budget_rest: what is added to it if this end moves itself
 * @unheard: jiffies when the peer last left an address without having been heard
 *	there, 0 for never
 * @blocked_to, @blocked_seq, @blocked_reqno: of the latest update that the work item
 *	refused because somebody had its four-tuple; changed under @lock, too
 * @blocked_at: jiffies when one with that four-tuple was refused first, 0 for never
 * @reqno: of our last update
 * @reqno_used: an update with it has left
 * @peer_reqno: last accepted from the peer, if @peer_moved
 * @peer_seq, @peer_from: S and tuple of that update; @peer_from is written
 *	under @lock, too
 * @peer_pos: S as a place in the stream, not wrapping
 * @peer_first: the first request number accepted with that S
 * @passive: a listener's child
 * @base_known, @base: the address that the route to the peer preferred when it
 *	was last looked at and all was well
 * @unconfirmed: the peer has not confirmed the address we are bound to
 * @previous: the last tuple that the peer confirmed, if @previous_ok
 * @previous_ok: a move away from it is under way
 * @move_hops: how often this move has tried another address
 * @given_up: an orphan that was given back to the stack's timers
 * @synack_tsval: no later than the TSval of our first SYN-ACK to @peer_from, of
 *	those since it has to be validated
 * @ack_left: repeats of a mover's first ACK that are left; changed under @lock
 * @ack_due, @ack_gap: when the next is due, and the time to the one after it
 * @move_seq, @move_ack: S and ack field of the update under way
 * @move_tries: how often it was sent
 * @move_rto: jiffies until it is sent again
 * @move_due: jiffies of that moment
 * @move_begun: when this move's first SYN left
 * @adrift_since: jiffies, 0 if not adrift or moving
 * @recover_seq: until snd_una gets there, losses are the old path's
 * @recovering: @recover_seq counts
 * @moves_local, @moves_remote, @updates_sent, @last_move_us: for the user
 *
 * After a RST, on a dead path, paused; under the socket lock too:
 * @repair: the update under way tells an address that the peer should know
 * @back: because the network is back
 * @addr_left: adrift, and that was not for want of a route alone
 * @refused: a RST has answered the update under way
 * @refusals: how many updates in a row that happened to
 * @suspended: jiffies of the RST, 0 for none; the clock of the TIME-WAIT
 * @suspend_time: seconds it may last, negative for the namespace's
 * @challenge_next: jiffies; before that no challenge ACK
 * @probe_left, @probe_due, @probe_gap: probes of the bound address
 * @stalled: jiffies when the stall began, 0 for none
 * @stall_una, @stall_heard: snd_una and rcv_tstamp of that moment
 * @stall_rtos: timeouts since the last update because of it
 * @stall_count: what the stack had counted when we looked last
 * @zero_count: repeats of data behind a closed window; @zero_heard: rcv_tstamp
 *	at the last
 * @rx_armed, @rx_due: this end has received much, its silence is watched
 * @rx_nxt: rcv_nxt when the watch last ended
 * @rx_probes: unanswered probes; @rx_probe_at: jiffies32 of the last
 * @pause_gen: the last of tcpmob_net.pause_gen that this socket followed
 * @rst_seq: sequence number of a RST that waits; under @lock
 *
 * For the user; written under @tell_lock but @seen and @cause, read by netlink.c
 * without a lock:
 * @tell_lock: events leave one after the other
 * @story_over: the end of the connection was told; nothing more until the next
 * @cookie: socket cookie, place in tcpmob_net.conns; never changes
 * @seen: TCP_MOBILITY_OPTIONS_* that were seen, and the two bits below; atomic
 * @refused_told: events "refused" in @refused_second
 * @refused_second: the last second (ktime_get_seconds()) that had one
 * @told: state that the last event spoke of, 0 before the first
 * @cause: TCP_MOBILITY_CAUSE_* of the last update; under the socket lock
 * @born_at: addresses when both ends had agreed; written once, before the first
 *	event
 * @fingerprint: of K; valid once @keyed
 */
struct tcpmob_sock {
	struct sock		*sk;
	struct tcpmob_net	*tn;
	refcount_t		ref;
	struct rcu_head		rcu;
	struct list_head	list;
	u32			round;
	struct rhash_head	token_node;
	u8			token[TCPMOB_TOKEN_LEN];
	struct tcpmob_secret	secret;
	bool			keyed;
	bool			hashed;
	struct delayed_work	move_work;
	struct delayed_work	key_work;
	unsigned long		events;
	u8			move_busy;
	u8			key_busy;

	spinlock_t		lock;
	bool			dead;
	enum tcpmob_hs		hs;
	u8			reason;
	bool			agreed;
	bool			peer_has;
	bool			answer;
	bool			derive_now;
	struct tcpmob_exchange	x;
	u8			cont_pos;
	u8			cont_tries;
	u8			cont_rounds;
	unsigned long		cont_next;
	unsigned long		answer_next;
	unsigned long		born;

	struct tcpmob_update	update;
	bool			update_pending;
	u32			synack_seq;
	u32			synack_ack;
	u32			synack_ts;
	bool			synack_has_ts;
	u16			synack_win;
	u16			synack_mss;
	struct tcpmob_own	*own;

	u8			mv;
	unsigned long		watch;
	bool			watch_in;
	u32			clamp;
	int			budget;
	int			budget_rest;
	unsigned long		unheard;
	struct tcpmob_tuple	blocked_to;
	u32			blocked_seq;
	u8			blocked_reqno;
	unsigned long		blocked_at;

	u8			reqno;
	bool			reqno_used;
	u8			peer_reqno;
	bool			peer_moved;
	u8			peer_first;
	u32			peer_seq;
	s64			peer_pos;
	struct tcpmob_tuple	peer_from;
	bool			passive;
	bool			base_known;
	struct in6_addr		base;
	bool			unconfirmed;
	bool			previous_ok;
	bool			given_up;
	u8			move_hops;
	struct tcpmob_tuple	previous;
	u32			synack_tsval;
	u8			ack_left;
	unsigned long		ack_due;
	unsigned long		ack_gap;
	u32			move_seq;
	u32			move_ack;
	u8			move_tries;
	unsigned long		move_rto;
	unsigned long		move_due;
	ktime_t			move_begun;
	unsigned long		adrift_since;
	u32			recover_seq;
	bool			recovering;
	u32			moves_local;
	u32			moves_remote;
	u32			updates_sent;
	u32			last_move_us;

	bool			repair;
	bool			back;
	bool			addr_left;
	bool			refused;
	u8			refusals;
	unsigned long		suspended;
	int			suspend_time;
	unsigned long		challenge_next;
	u8			probe_left;
	unsigned long		probe_due;
	unsigned long		probe_gap;
	unsigned long		stalled;
	u32			stall_una;
	u32			stall_heard;
	u8			stall_rtos;
	u8			stall_count;
	u8			zero_count;
	u32			zero_heard;
	bool			rx_armed;
	u8			rx_probes;
	u32			rx_nxt;
	u32			rx_probe_at;
	unsigned long		rx_due;
	u32			pause_gen;
	u32			rst_seq;

	u64			cookie;
	unsigned long		seen;
	spinlock_t		tell_lock;
	bool			story_over;
	u8			refused_told;
	u32			refused_second;
	u8			told;
	u8			cause;
	struct tcpmob_tuple	born_at;
	u8			fingerprint[TCPMOB_FINGERPRINT_LEN];
};

/* -- the namespace's part ------------------------------------------------ */

/**
 * union tcpmob_format_word - a format that is read and written as a whole
 * @f: the format
 * @word: the same octets
 *
 * A length that was computed for one format must not be filled in another.
 */
union tcpmob_format_word {
	struct tcpmob_format	f;
	u64			word __aligned(8);
};

#define TCPMOB_HALF_BUCKETS	1024
#define TCPMOB_GHOST_BUCKETS	256

/**
 * struct tcpmob_half_table - handshakes between SYN-ACK and child: half.c
 * @lock: protects all of it
 * @buckets: by tuple
 * @ages: the next to look at first
 * @count: entries
 * @gc: drops the expired while there are entries
 */
struct tcpmob_half_table {
	spinlock_t		lock;
	struct hlist_head	buckets[TCPMOB_HALF_BUCKETS];
	struct list_head	ages;
	unsigned int		count;
	struct delayed_work	gc;
};

/**
 * struct tcpmob_ghosts - tuples that connections have left: ghost.c
 * @lock: protects all of it
 * @buckets: by tuple
 * @ages: oldest first
 * @count: entries; read without the lock to skip the look-up
 * @gc: drops the expired while there are entries
 */
struct tcpmob_ghosts {
	spinlock_t		lock;
	struct hlist_head	buckets[TCPMOB_GHOST_BUCKETS];
	struct list_head	ages;
	unsigned int		count;
	struct delayed_work	gc;
};

/**
 * struct tcpmob_net - all that one network namespace has
 * @net: the namespace
 * @mib: its counters
 * @fmt: option formats (sysctl); read with tcpmob_format()
 * @curve_offer: Curve ID that connect() offers (sysctl)
 * @curve_accept: bit n: listeners take Curve ID n + 1 (sysctl)
 * @max_half_open: half-open handshakes with a key (sysctl)
 * @max_connections: connections with a secret (sysctl)
 * @survival: seconds without any network before a connection ends (sysctl)
 * @suspend_time: seconds from a RST to the end of a connection (sysctl)
 * @max_suspended: connections suspended by a RST (sysctl)
 * @pause: connections of this namespace were paused, or resumed (sysctl)
 * @pause_gen: how often that was asked for
 * @n_suspended: connections suspended by a RST
 * @sysctls: handle of the sysctl table
 * @sysctl_table: this namespace's copy of it
 * @active: packet hooks are registered; under @activate
 * @activate: serialises the first use
 * @fib_registered: FIB notifier is registered; written by @fib_work alone
 * @fib_work: registers it, outside of the socket lock
 * @fib_nb: FIB notifier
 * @settle: runs @evaluate once more, a little after an event
 * @evaluate: asks every connection to look at its address again
 * @round: counts the runs of @evaluate, which alone touches it
 * @rebind: held from looking whether a tuple is free to taking it
 * @lock: protects @socks and @n_keyed
 * @socks: contexts of connections
 * @conns: the same by socket cookie; looked at under RCU
 * @n_conns: entries of @conns
 * @n_keyed: entries of @tokens
 * @n_watched: sockets with watch_in set; read without lock
 * @tokens: token -> context, O(1) (draft Appendix B)
 * @spare: a key pair of each curve for when the pool is dry
 * @half: handshakes not finished
 * @ghosts: tuples that were left
 */
struct tcpmob_net {
	struct net		*net;
	struct tcpmob_mib __percpu *mib;
	union tcpmob_format_word fmt;
	u8			curve_offer;
	u8			curve_accept;
	unsigned int		max_half_open;
	unsigned int		max_connections;
	unsigned int		survival;
	unsigned int		suspend_time;
	unsigned int		max_suspended;
	unsigned int		pause;
	atomic_t		pause_gen;
	atomic_t		n_suspended;
	struct ctl_table_header	*sysctls;
	struct ctl_table	*sysctl_table;
	bool			active;
	struct mutex		activate;
	bool			fib_registered;
	struct work_struct	fib_work;
	struct notifier_block	fib_nb;
	struct delayed_work	settle;
	struct work_struct	evaluate;
	u32			round;
	struct mutex		rebind;
	spinlock_t		lock;
	struct list_head	socks;
	struct xarray		conns;
	atomic_t		n_conns;
	unsigned int		n_keyed;
	atomic_t		n_watched;
	struct rhashtable	tokens;
	struct tcpmob_key_spare	spare[TCPMOB_CURVE_X25519];
	struct tcpmob_half_table half;
	struct tcpmob_ghosts	ghosts;
};

/* No room for one more secret: not even begin. Read without a lock; what was
 * begun at the same time is refused by tcpmob_conn_add().
 */
static inline bool tcpmob_conn_full(const struct tcpmob_net *tn)
{
	return READ_ONCE(tn->n_keyed) >= READ_ONCE(tn->max_connections);
}

/* How our options look in this namespace right now. */
static inline struct tcpmob_format tcpmob_format(const struct tcpmob_net *tn)
{
	union tcpmob_format_word w = { .word = READ_ONCE(tn->fmt.word) };

	BUILD_BUG_ON(sizeof(w.f) > sizeof(w.word));
	return w.f;
}

/* main.c */
extern unsigned int tcpmob_net_id;
extern struct workqueue_struct *tcpmob_wq;	/* moves: short, urgent */
extern struct workqueue_struct *tcpmob_key_wq;	/* keys: slow arithmetic */
struct tcpmob_net *tcpmob_net(const struct net *net);

/* sysctl.c */
int tcpmob_sysctl_init(struct tcpmob_net *tn);
void tcpmob_sysctl_exit(struct tcpmob_net *tn);

/* conn.c: contexts, and token -> context */
struct tcpmob_sock *tcpmob_sock_alloc(struct sock *sk, gfp_t gfp);
void tcpmob_sock_put(struct tcpmob_sock *ms);
void tcpmob_sock_kick_move(struct tcpmob_sock *ms, enum tcpmob_event ev);
void tcpmob_sock_arm_move(struct tcpmob_sock *ms, unsigned long delay);
void tcpmob_sock_arm_key(struct tcpmob_sock *ms, unsigned long delay);
void tcpmob_sock_release(struct tcpmob_sock *ms);
bool tcpmob_sock_unaccepted(const struct sock *sk);
bool tcpmob_sock_trylock(struct sock *sk);
unsigned long tcpmob_sock_retry(u8 *tries);
void tcpmob_sock_reset(struct tcpmob_sock *ms);
int tcpmob_conn_init(struct tcpmob_net *tn);
void tcpmob_conn_exit(struct tcpmob_net *tn);
int tcpmob_conn_add(struct tcpmob_sock *ms);
void tcpmob_conn_del(struct tcpmob_sock *ms);
struct tcpmob_sock *tcpmob_conn_find(struct tcpmob_net *tn, const u8 *token,
				     const struct tcpmob_tuple *at);
struct sock *tcpmob_conn_next(struct tcpmob_net *tn, unsigned long *cookie);

/* half.c: handshakes between SYN-ACK and child */
void tcpmob_half_init(struct tcpmob_net *tn);
void tcpmob_half_exit(struct tcpmob_net *tn);
int tcpmob_half_open(struct tcpmob_net *tn, const struct tcpmob_tuple *t,
		     u32 n_i, u32 n_a, u8 *curve, const u8 *first,
		     u8 out[TCPMOB_KEY_FIRST]);
void tcpmob_half_absorb(struct tcpmob_net *tn, const struct tcpmob_tuple *t,
			u32 seq, u32 ack, const struct tcpmob_options *opts);
bool tcpmob_half_known(struct tcpmob_net *tn, const struct tcpmob_tuple *t);
bool tcpmob_half_claim(struct tcpmob_net *tn, const struct tcpmob_tuple *t,
		       u32 n_a, struct tcpmob_exchange *x, unsigned int *seen);

/* ghost.c: tuples that were left */
void tcpmob_ghost_init(struct tcpmob_net *tn);
void tcpmob_ghost_exit(struct tcpmob_net *tn);
void tcpmob_ghost_add(struct tcpmob_net *tn, const struct tcpmob_tuple *t);
void tcpmob_ghost_del(struct tcpmob_net *tn, const struct tcpmob_tuple *t);
bool tcpmob_ghost_hit(struct tcpmob_net *tn, const struct tcpmob_tuple *t);

/* handshake.c: Conn-Key and Conn-Key-Cont */
unsigned int tcpmob_exchange_absorb(struct tcpmob_exchange *x,
				    const struct tcpmob_options *opts);
void tcpmob_exchange_drop(struct tcpmob_exchange *x);
unsigned int tcpmob_hs_syn(struct tcpmob_sock *ms, u32 isn, unsigned int room,
			   u8 *opt);
void tcpmob_hs_synack(struct tcpmob_sock *ms, u32 isn,
		      const struct tcpmob_options *opts);
unsigned int tcpmob_hs_ack(struct tcpmob_sock *ms, unsigned int room, u8 *opt);
void tcpmob_hs_data(struct tcpmob_sock *ms);
void tcpmob_hs_cont(struct tcpmob_sock *ms, bool in_window, bool exact,
		    const struct tcpmob_options *opts);
void tcpmob_hs_plain(struct tcpmob_sock *ms, u8 reason);
void tcpmob_hs_child(struct tcpmob_sock *ms, unsigned int seen);
void tcpmob_hs_peer_has(struct tcpmob_sock *ms);
void tcpmob_hs_derive_now(struct tcpmob_sock *ms);
void tcpmob_hs_work(struct work_struct *work);

/* update.c: Loc-Update, what both ends share */
#define TCPMOB_LIVE_STATES						\
	(TCPF_ESTABLISHED | TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2 |		\
	 TCPF_CLOSE_WAIT | TCPF_CLOSING | TCPF_LAST_ACK)
void tcpmob_watch_in(struct tcpmob_sock *ms, bool on);
void tcpmob_watch_in_locked(struct tcpmob_sock *ms, bool on);
bool tcpmob_update_segment_out(struct tcpmob_sock *ms, unsigned int segs,
			       bool data, u32 *ack);
void tcpmob_update_work(struct work_struct *work);
void tcpmob_update_hold(struct tcpmob_sock *ms, enum tcpmob_mv mv);
void tcpmob_update_give_back(struct tcpmob_sock *ms);
void tcpmob_update_let_go(struct tcpmob_sock *ms);
bool tcpmob_update_spend(struct tcpmob_sock *ms, unsigned int segs,
			 unsigned int keep);
void tcpmob_update_forgive(struct tcpmob_sock *ms);
void tcpmob_update_recover(struct tcpmob_sock *ms);
void tcpmob_update_validate_end(struct tcpmob_sock *ms);

/* mover.c: who tells a new address */
bool tcpmob_mover_roams(const struct tcpmob_sock *ms);
bool tcpmob_mover_synack_in(struct tcpmob_sock *ms, u32 seq, u32 ack, u16 win,
			    const struct tcpmob_options *opts);
void tcpmob_mover_baseline(struct tcpmob_sock *ms);
void tcpmob_mover_evaluate(struct tcpmob_sock *ms);
void tcpmob_mover_repair(struct tcpmob_sock *ms);
void tcpmob_mover_redirect(struct tcpmob_sock *ms);
int tcpmob_mover_to(struct tcpmob_sock *ms, const struct in6_addr *addr);
void tcpmob_mover_next(struct tcpmob_sock *ms);
void tcpmob_mover_finish(struct tcpmob_sock *ms);
void tcpmob_mover_first_ack(struct tcpmob_sock *ms);
void tcpmob_mover_repeat_ack(struct tcpmob_sock *ms);

/* correspondent.c: who is told */
struct tcpmob_sock *tcpmob_corr_find(struct tcpmob_net *tn,
				     const struct tcpmob_options *opts,
				     const struct tcpmob_tuple *t, u32 seq,
				     struct sk_buff *skb);
bool tcpmob_corr_update_in(struct tcpmob_sock *ms,
			   const struct tcpmob_options *opts,
			   const struct tcpmob_tuple *t, u32 seq, u32 ack);
void tcpmob_corr_accept(struct tcpmob_sock *ms);
void tcpmob_corr_validated(struct tcpmob_sock *ms);
void tcpmob_corr_segment_in(struct tcpmob_sock *ms,
			    const struct tcpmob_tuple *t, u32 seq,
			    u32 end_seq, u32 ack,
			    const struct tcpmob_options *opts);

/* hold.c: nothing may leave */
void tcpmob_hold(struct tcpmob_sock *ms, bool on);
void tcpmob_hold_uncount(struct sock *sk);
void tcpmob_hold_let_go(struct sock *sk);
int tcpmob_hold_rebuild_header(struct sock *sk);

/* suspend.c: RST to TIME-WAIT and back (draft Section 6) */
bool tcpmob_suspend_takes(const struct tcpmob_sock *ms);
void tcpmob_suspend_rst_in(struct tcpmob_sock *ms, u32 seq, u32 ack,
			   bool has_ack);
bool tcpmob_suspend_segment_ends(const struct tcpmob_sock *ms, u32 seq,
				 u32 end_seq, u32 ack,
				 const struct tcpmob_options *opts);
int tcpmob_suspend_rst(struct tcpmob_sock *ms);
void tcpmob_suspend_syn_in(struct tcpmob_sock *ms, u32 seq,
			   const struct tcpmob_options *opts);
int tcpmob_suspend_yield(struct tcpmob_sock *ms);
int tcpmob_suspend_refused(struct tcpmob_sock *ms);
void tcpmob_suspend_resume(struct tcpmob_sock *ms);
void tcpmob_suspend_end(struct tcpmob_sock *ms);
unsigned long tcpmob_suspend_until(const struct tcpmob_sock *ms);
int tcpmob_suspend_timers(struct tcpmob_sock *ms, unsigned long *due);

/* stall.c: paths that die in silence, and the pause (draft Section 5) */
void tcpmob_stall_out(struct tcpmob_sock *ms);
void tcpmob_stall_receiving(struct tcpmob_sock *ms);
bool tcpmob_stall_lasts(const struct tcpmob_sock *ms);
void tcpmob_stall_event(struct tcpmob_sock *ms);
void tcpmob_stall_timers(struct tcpmob_sock *ms, unsigned long *due);
void tcpmob_pause(struct tcpmob_sock *ms, bool on);
void tcpmob_pause_all(struct tcpmob_net *tn, bool on);
void tcpmob_pause_follow(struct tcpmob_sock *ms);

/* Whether enough of the silence behind received data may matter to us. */
static inline bool tcpmob_stall_burst(const struct tcpmob_sock *ms)
{
	return tcp_sk(ms->sk)->rcv_nxt - ms->rx_nxt >= TCPMOB_RX_BURST;
}

/* @due becomes @at if that is earlier; 0 is never. */
static inline void tcpmob_sooner(unsigned long *due, unsigned long at)
{
	at = at ?: 1;
	if (!*due || time_before(at, *due))
		*due = at;
}

/* rebind.c: moves a socket; alone touches the TCP hashes */
void tcpmob_tuple_of(const struct sock *sk, struct tcpmob_tuple *t);
bool tcpmob_sk_is_v6(const struct sock *sk);
int tcpmob_rebind(struct sock *sk, const struct tcpmob_tuple *to, bool evict);
void tcpmob_restart_path(struct sock *sk, unsigned int cwnd);
void tcpmob_kick_output(struct sock *sk);
void tcpmob_sync_mss(struct sock *sk, u16 mss);
u16 tcpmob_advmss(struct sock *sk);

/*
 * The highest number that a peer may acknowledge, as a packet hook sees it: the
 * stack raises snd_nxt only after the segment has left, and the answer may be
 * here before, over loopback or if the sender is preempted there.
 */
static inline u32 tcpmob_sent(const struct tcp_sock *tp)
{
	return READ_ONCE(tp->write_seq);
}

/* segment.c: segments in and out */
int tcpmob_segment_register(struct tcpmob_net *tn);
void tcpmob_segment_unregister(struct tcpmob_net *tn);
bool tcpmob_segment_allowed(struct sock *sk, struct sk_buff *skb);

/* send.c: segments of our own */
int tcpmob_send_syn(struct sock *sk, u32 seq, u32 ack, bool synack,
		    const u8 *opt, unsigned int opt_len);
int tcpmob_send_probe(struct sock *sk);
int tcpmob_send_rst(struct sock *sk);

/* event.c: what happens, told to tracepoints and listeners */

/**
 * struct tcpmob_news - what happened to a connection
 * @event: TCP_MOBILITY_EVENT_*
 * @refusal: TCP_MOBILITY_REFUSAL_*
 * @death: TCP_MOBILITY_DEATH_*
 * @error: errno that the program gets, or 0
 * @at: the tuple now
 * @prev: the tuple before, or NULL
 */
struct tcpmob_news {
	u8			event;
	u8			refusal;
	u8			death;
	int			error;
	struct tcpmob_tuple	at;
	const struct tcpmob_tuple *prev;
};

/* Bits of tcpmob_sock.seen: options, and two more. */
#define TCP_MOBILITY_OPTIONS_ALL					\
	(2 * TCP_MOBILITY_OPTIONS_LOC_UPDATE_RECEIVED - 1)
#define TCPMOB_TOLD_KEYED	31	/* the event was sent */
#define TCPMOB_USER_REPAIR	30	/* asked for by netlink */

void tcpmob_event(struct tcpmob_sock *ms, u8 event);
void tcpmob_event_from(struct tcpmob_sock *ms, u8 event,
		       const struct tcpmob_tuple *prev);
void tcpmob_event_connected(struct tcpmob_sock *ms,
			    const struct tcpmob_tuple *t);
void tcpmob_event_keyed(struct tcpmob_sock *ms);
void tcpmob_event_accepted(struct tcpmob_sock *ms, bool was_suspended,
			   const struct tcpmob_tuple *prev);
u8 tcpmob_event_repair_cause(struct tcpmob_sock *ms);
void tcpmob_event_refused(struct tcpmob_sock *ms, u8 refusal);
void tcpmob_event_dead(struct tcpmob_sock *ms, u8 death, int error);
void tcpmob_event_closed(struct tcpmob_sock *ms);

/* An option of ours was seen: TCP_MOBILITY_OPTIONS_@name; any context. */
#define tcpmob_saw(ms, name)						\
do {									\
	if (!(READ_ONCE((ms)->seen) & TCP_MOBILITY_OPTIONS_##name))	\
		set_bit(ilog2(TCP_MOBILITY_OPTIONS_##name),		\
			&(ms)->seen);					\
} while (0)

/* netlink.c: the family tcp_mobility */
int tcpmob_netlink_register(void);
void tcpmob_netlink_unregister(void);
void tcpmob_netlink_event(const struct tcpmob_sock *ms,
			  const struct tcpmob_news *news);

/* ulp.c: attach, clone, release */
int tcpmob_ulp_register(void);
void tcpmob_ulp_unregister(void);
struct tcpmob_sock *tcpmob_sock_of(const struct sock *sk);
u8 tcpmob_state(const struct tcpmob_sock *ms);
void tcpmob_fill_info(const struct sock *sk, struct tcp_mobility_info *info);

/* export.c: keys for programs */
int tcpmob_export_init(void);
void tcpmob_export_exit(void);
int tcpmob_export(struct sock *sk, void __user *user, int *len);

/* addrs.c: local addresses and routes */
int tcpmob_addrs_register(void);
void tcpmob_addrs_unregister(void);
void tcpmob_addrs_net_init(struct tcpmob_net *tn);
void tcpmob_addrs_net_exit(struct tcpmob_net *tn);
void tcpmob_addrs_watch(struct tcpmob_net *tn);
void tcpmob_addrs_evaluate(struct tcpmob_net *tn);
int tcpmob_addrs_prefer(struct sock *sk, struct in6_addr *addr);
bool tcpmob_addrs_is_local(const struct sock *sk, const struct in6_addr *addr);
bool tcpmob_addrs_usable(const struct sock *sk);

#endif /* TCPMOB_H */
