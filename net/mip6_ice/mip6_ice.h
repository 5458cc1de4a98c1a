/* SPDX-License-Identifier: GPL-2.0 */
/*
 * M-ICE in one network namespace.
 *
 * Locking. mn->lock is a mutex and covers all sessions with their agents, the
 * sockets, and what gathering waits for. Whatever comes in softirq is put into
 * mn->in, a bounded queue with a lock of its own, and looked at in a work item,
 * so that hashes and sends happen in process context and nothing but lengths and
 * a checksum is computed per datagram in softirq. Order: genl (taken by the
 * core), mn->lock, rtnl.
 *
 * Lifetime. A session is reachable through the tables of its namespace and
 * through its delayed work, and only under mn->lock. Removing it: take it out of
 * the tables under the lock, leave the lock (the work takes it), wait for the
 * work, free. Sockets point to mn; they are released before mn goes, which waits
 * for a grace period, and after them the queue is emptied.
 */
#ifndef MIP6_ICE_H
#define MIP6_ICE_H

#include <linux/hashtable.h>
#include <linux/in6.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <uapi/linux/mip6_ice.h>

#include "agent.h"
#include "demux.h"
#include "mib.h"

struct crypto_shash;
struct ctl_table_header;
struct netlink_ext_ack;
struct socket;

#define MICE_IN_MAX		1024	/* datagrams that wait, of at most 2 kB each */
#define MICE_GATHER_MAX		16	/* host candidates that ask the server */
#define MICE_RUNS		3	/* this run, that of an old path, the next */
#define MICE_HASH_BITS		8
#define MICE_BUCKETS		256	/* sources told apart by the limiter */
#define MICE_DEVICES_LEN	128	/* octets of a list of devices */

/* RFC 6275 12: seconds between repeats of a message, the longest of them. */
#define MICE_RETRY_FIRST	1
#define MICE_RETRY_MAX		32
#define MICE_SILENCE		600	/* seconds until silence is tried again */

/**
 * struct mice_knobs - net.mip6_ice.*, see Documentation/mip6_ice-sysctl.rst
 *
 * Read without a lock; each stands for itself. @port counts when the sockets
 * are opened.
 */
struct mice_knobs {
	unsigned int	port;
	unsigned int	option_type;
	unsigned int	mh_coti_ice;
	unsigned int	mh_cot_ice;
	unsigned int	max_peers;
	unsigned int	max_candidates;
	unsigned int	max_checks;
	unsigned int	ta;
	unsigned int	keepalive;
	unsigned int	aggressive;
	unsigned int	lite;
	unsigned int	consent;
	unsigned int	patience;
	unsigned int	home_agent;
	unsigned int	stun_rate;
	unsigned int	stun_short;
	unsigned int	error_rate;
	char		exclude[MICE_DEVICES_LEN];
	char		prefer[MICE_DEVICES_LEN];
};

/* Tokens for what a source, or everybody, may cause in a second. */
struct mice_bucket {
	u32	second;
	u32	used;
};

/**
 * struct mice_net - M-ICE in one namespace
 * @net: it
 * @mib: counters
 * @lock: see above
 * @sock4: UDP over IPv4; NULL while closed
 * @sock6: UDP over IPv6
 * @mh_sk: raw socket to send Mobility Headers with, receives nothing
 * @open_port: the port they are bound to, host order
 * @in: datagrams to look at
 * @in_work: does
 * @n_sessions: number of sessions
 * @by_pair: sessions by both home addresses
 * @by_home: the same by our own alone
 * @by_ufrag: sessions by ufrag, the current one and those before
 * @by_tag: sessions by the tag of their transactions
 * @by_sum: sessions by mice_mh_pair_sum() of their home addresses
 * @hash_seed: of these tables and of the limiter
 * @kcn: node key, RFC 6275 5.2.1
 * @sha1: plain SHA-1, for Kbm
 * @epoch: when @kcn was drawn, ms: nonces are numbered from then
 * @fib_nb: tells of addresses, routes and rules
 * @nexthop_nb: tells of nexthop objects
 * @addr_work: looks whether they matter
 * @age_work: the same, when an address is deprecated by the time
 * @age_due: in jiffies, when that is, while it is pending
 * @addr_hash: of the host candidates that there were when they were looked at last
 * @look_cost: how long the last look took, jiffies
 * @errors: error answers by source
 * @served: Binding requests answered as home agent
 * @served_by: the same by source
 * @storm: when the first of a series of address events came, jiffies
 * @mh_udp: Mobility Headers taken in UDP
 * @read: the offer or answer being read
 * @made: the one being written
 * @out: the message being written
 * @knobs: sysctls
 */
struct mice_net {
	struct net		*net;
	struct mice_mib __percpu *mib;
	struct mutex		lock;
	struct socket		*sock4;
	struct socket		*sock6;
	struct sock		*mh_sk;
	u16			open_port;
	struct sk_buff_head	in;
	struct work_struct	in_work;
	unsigned int		n_sessions;
	DECLARE_HASHTABLE(by_pair, MICE_HASH_BITS);
	DECLARE_HASHTABLE(by_home, MICE_HASH_BITS);
	DECLARE_HASHTABLE(by_ufrag, MICE_HASH_BITS);
	DECLARE_HASHTABLE(by_tag, MICE_HASH_BITS);
	DECLARE_HASHTABLE(by_sum, MICE_HASH_BITS);
	u32			hash_seed;
	struct mice_hmac	*kcn;
	struct crypto_shash	*sha1;
	u64			epoch;
	struct notifier_block	fib_nb;
	struct notifier_block	nexthop_nb;
	struct delayed_work	addr_work;
	struct delayed_work	age_work;
	unsigned long		age_due;
	u32			addr_hash;
	unsigned long		look_cost;
	struct mice_bucket	errors[MICE_BUCKETS];
	struct mice_bucket	served;
	struct mice_bucket	served_by[MICE_BUCKETS];
	unsigned long		storm;
	struct mice_bucket	mh_udp;
	struct mice_offer	read;
	struct mice_offer	made;
	u8			out[MICE_MH_MAX];
	struct mice_knobs	knobs;
	struct ctl_table	*sysctl_table;
	struct ctl_table_header	*sysctls;
};

/* Where the exchange of offer and answer stands. */
enum mice_signal {
	MICE_SIG_IDLE,		/* nothing is under way */
	MICE_SIG_GATHER_OFFER,	/* candidates for an offer are gathered */
	MICE_SIG_OFFERED,	/* CoTI-ICE is repeated until CoT-ICE comes */
	MICE_SIG_GATHER_ANSWER,	/* candidates for an answer are gathered */
	MICE_SIG_DONE,		/* both ends have both */
	MICE_SIG_SILENT,	/* the peer does not take part */
};

/* One base that asks the STUN server; when its answer is kept alive, ms. */
struct mice_gather {
	struct mice_tx	tx;
	u8		base;
	u64		keep;
};

/* mice_route(): ask again another time. */
#define MICE_WAY_UNKNOWN	U32_MAX

/**
 * struct mice_ways - which way packets take, as mice_route() numbers them
 * @learned: @home is known
 * @n_servers: entries of @server that are
 * @n_remotes: entries of @remote that are
 * @home: to the peer's home address
 * @server: from base i to the STUN server
 * @remote: to the peer's candidate i
 * @path: along @from to @to, which @from.ver 0 means are not known
 * @from: our end of the path
 * @to: the peer's
 */
struct mice_ways {
	bool			learned;
	u8			n_servers;
	u8			n_remotes;
	u32			home;
	u32			server[MICE_GATHER_MAX];
	u32			remote[MICE_REMOTES_MAX];
	u32			path;
	struct mice_addr	from;
	struct mice_addr	to;
};

/* What an ICMPv6 error quotes of a message of ours. */
struct mice_refusal {
	struct in6_addr	home;
	struct in6_addr	peer;
	u8		cookie[MICE_COOKIE_LEN];
};

/* An entry of by_ufrag; a session has MICE_RUNS. */
struct mice_ufrag {
	struct hlist_node	node;
	struct mice_session	*s;
	u16			ufrag;
	bool			hashed;
};

/**
 * struct mice_session - one peer
 * @mn: its namespace
 * @by_pair: in mn->by_pair
 * @by_home: in mn->by_home
 * @by_tag: in mn->by_tag
 * @by_sum: in mn->by_sum
 * @ufrags: in mn->by_ufrag; @ufrags[@cur] is the current one
 * @cur: below MICE_RUNS
 * @tagged: in by_tag
 * @dead: in no table any more; its work does nothing
 * @home: our home address
 * @peer: the peer's
 * @flags: MIP6_ICE_PEER_FLAGS_*
 * @server: STUN server; ver 0 if there is none
 * @signal: enum mice_signal
 * @traced: MIP6_ICE_STATE_* that the tracepoint knows of
 * @agent: the ICE agent
 * @own_key: keys of our passwords, @own_key[@cur] the current one
 * @peer_key: keys of the peer's: of this run, and of an old path
 * @pwd: our current password
 * @gathers: requests to the STUN server under way
 * @n_gathers: entries of these
 * @addr_hash: of the host candidates that were gathered
 * @ways: which way packets take
 * @offer: the peer's offer that waits for our candidates, or the last one
 * @offer_cookie: its init cookie
 * @offer_at: when it, or a repeat, came, ms
 * @home_test: init cookie of a HoTI that waits for an offer
 * @home_test_at: when that came, ms; MICE_NEVER: there is none
 * @we_offered: the exchange under way is ours
 * @coti_cookie: init cookie of our CoTI-ICE
 * @hoti_cookie: init cookie of our HoTI
 * @have_home: @home_token is there
 * @have_careof: @careof_token is there
 * @home_token: keygen token of HoT
 * @careof_token: keygen token of CoT-ICE
 * @home_nonce: index of @home_token's nonce
 * @careof_nonce: index of @careof_token's nonce
 * @tokens_at: when the tokens are asked for again, ms
 * @refreshing: HoTI and CoTI-ICE run for tokens alone
 * @kbm_key: binding management key, set before each use
 * @bu_seq: Sequence # of our last Binding Update
 * @bu_first: of the first one of this pair and these tokens
 * @bu_in_seq: of the peer's last one, if @bu_seen
 * @bu_seen: there was one
 * @bu_wait: seconds to wait after the next Binding Update
 * @bu_at: when it is sent, ms; MICE_NEVER: it was acknowledged
 * @retry_at: when the offer, or HoTI and CoTI-ICE for tokens, is repeated, ms;
 *	MICE_NEVER: never
 * @again_at: when another offer is made, since no pair works or nobody answered, ms
 * @retry_wait: seconds to wait after that
 * @refused_at: until then no refusal without an authenticator is believed, ms
 * @move_at: when a move begins a new run, ms; MICE_NEVER: there is none
 * @restarts: limit of restarts, one per second, 5 at once
 * @restart_at: when the last token came, ms
 * @answers: limit of what is answered again through the home agents, as @restarts
 * @answer_at: when the last token of that came, ms
 * @work: timers of all that
 */
struct mice_session {
	struct mice_net		*mn;
	struct hlist_node	by_pair;
	struct hlist_node	by_home;
	struct hlist_node	by_tag;
	struct hlist_node	by_sum;
	struct mice_ufrag	ufrags[MICE_RUNS];
	u8			cur;
	bool			tagged;
	bool			dead;
	struct in6_addr		home;
	struct in6_addr		peer;
	u32			flags;
	struct mice_addr	server;
	u8			signal;
	u8			traced;
	struct mice_agent	agent;
	struct mice_hmac	*own_key[MICE_RUNS];
	struct mice_hmac	*peer_key[2];
	u8			pwd[MICE_PWD_LEN];
	struct mice_gather	gathers[MICE_GATHER_MAX];
	unsigned int		n_gathers;
	u32			addr_hash;
	struct mice_ways	ways;
	struct mice_offer	offer;
	u8			offer_cookie[MICE_COOKIE_LEN];
	u64			offer_at;
	u8			home_test[MICE_COOKIE_LEN];
	u64			home_test_at;
	bool			we_offered;
	u8			coti_cookie[MICE_COOKIE_LEN];
	u8			hoti_cookie[MICE_COOKIE_LEN];
	bool			have_home;
	bool			have_careof;
	u8			home_token[MICE_TOKEN_LEN];
	u8			careof_token[MICE_TOKEN_LEN];
	u16			home_nonce;
	u16			careof_nonce;
	u64			tokens_at;
	bool			refreshing;
	struct mice_hmac	*kbm_key;
	u16			bu_seq;
	u16			bu_first;
	u16			bu_in_seq;
	bool			bu_seen;
	unsigned int		bu_wait;
	u64			bu_at;
	u64			retry_at;
	u64			again_at;
	unsigned int		retry_wait;
	u64			refused_at;
	u64			move_at;
	unsigned int		restarts;
	u64			restart_at;
	unsigned int		answers;
	u64			answer_at;
	struct delayed_work	work;
};

/* What an skb in mn->in is; in its cb. */
struct mice_in {
	u8	kind;		/* enum mice_payload, or MICE_IN_REFUSAL */
	bool	udp;
};

#define MICE_IN_REFUSAL	255	/* struct mice_refusal */
#define MICE_IN(skb)	((struct mice_in *)(skb)->cb)

extern struct workqueue_struct *mice_wq;
struct mice_net *mice_net(const struct net *net);

static inline u64 mice_now(void)
{
	return ktime_to_ms(ktime_get());
}

static inline struct mice_mh_fmt mice_fmt(const struct mice_net *mn)
{
	return (struct mice_mh_fmt) {
		.option		= READ_ONCE(mn->knobs.option_type),
		.coti_ice	= READ_ONCE(mn->knobs.mh_coti_ice),
		.cot_ice	= READ_ONCE(mn->knobs.mh_cot_ice),
	};
}

static inline struct mice_addr mice_addr_v6(const struct in6_addr *ip, u16 port)
{
	struct mice_addr a = { .ver = 6, .port = port };

	memcpy(a.ip, ip, sizeof(*ip));
	return a;
}

/* crypto.c: HMAC-SHA1; keys are made in process context */
struct mice_hmac *mice_hmac_alloc(void);
int mice_hmac_setkey(struct mice_hmac *key, const void *p, unsigned int len);
void mice_hmac_free(struct mice_hmac *key);

/* rr.c: keygen tokens, RFC 6275 5.2 */
enum mice_domain {
	MICE_TOKEN_HOME		= 0,	/* RFC 6275 5.2.5 */
	MICE_TOKEN_ICE		= 2,	/* care-of token over the home address */
};

int mice_rr_init(struct mice_net *mn);
void mice_rr_exit(struct mice_net *mn);
u16 mice_rr_index(const struct mice_net *mn);
int mice_rr_token(struct mice_net *mn, const struct in6_addr *home, u16 index,
		  enum mice_domain domain, u8 token[MICE_TOKEN_LEN]);

/* socket.c: UDP; all but mice_in_queue() under mn->lock */
int mice_sockets_open(struct mice_net *mn, struct netlink_ext_ack *extack);
void mice_sockets_close(struct mice_net *mn);
int mice_udp_send(struct mice_net *mn, const struct mice_addr *from,
		  const struct mice_addr *to, const u8 *p, unsigned int len);
bool mice_in_queue(struct mice_net *mn, struct sk_buff *skb);
void mice_in_work(struct work_struct *work);

/* mhio.c: Mobility Headers over IPv6 */
int mice_mhio_register(void);
void mice_mhio_unregister(void);
int mice_mh_open(struct mice_net *mn);
void mice_mh_close(struct mice_net *mn);
int mice_mh_send(struct mice_net *mn, const struct in6_addr *from,
		 const struct in6_addr *to, u8 *p, unsigned int len);

/* gather.c: candidates, RFC 5245 4.1.1; under mn->lock */
void mice_gather_start(struct mice_session *s, u64 now);
bool mice_gather_done(const struct mice_session *s);
bool mice_gather_input(struct mice_session *s, const struct mice_addr *from,
		       const struct mice_stun *msg);
u64 mice_gather_tick(struct mice_session *s, u64 now);
void mice_gather_look(struct mice_net *mn);
bool mice_gather_changed(const struct mice_session *s);

/* ways.c: which way packets take; under mn->lock */
void mice_ways_learn(struct mice_session *s);
bool mice_ways_changed(struct mice_session *s);
void mice_ways_forget(struct mice_session *s);

/* route.c: what the routes say */
u32 mice_route(const struct mice_net *mn, const struct mice_addr *from,
	       const struct mice_addr *to);

/* addrs.c: addresses and routes come and go */
void mice_addrs_init(struct mice_net *mn);
int mice_addrs_watch(struct mice_net *mn);
void mice_addrs_unwatch(struct mice_net *mn);
void mice_addrs_changed(struct mice_net *mn);
void mice_addrs_age(struct mice_net *mn, u32 seconds);
void mice_addrs_exit(struct mice_net *mn);

/* binding.c: Binding Update and Acknowledgement; under mn->lock */
void mice_binding_selected(struct mice_session *s);
void mice_binding_tokens(struct mice_session *s);
u64 mice_binding_tick(struct mice_session *s, u64 now);
void mice_binding_update(struct mice_session *s, const struct mice_addr *to,
			 const struct mice_addr *from, const u8 *p,
			 const struct mice_mh *mh, struct mice_offer *o);
void mice_binding_ack(struct mice_session *s, const u8 *p,
		      const struct mice_mh *mh, struct mice_offer *o);
void mice_binding_refresh(struct mice_session *s);

/* session.c: lifetime, lookup, offers and answers; under mn->lock */
struct mice_session *mice_session_add(struct mice_net *mn,
				      const struct in6_addr *home,
				      const struct in6_addr *peer, u32 flags,
				      const struct mice_addr *server,
				      struct netlink_ext_ack *extack);
/* Takes and leaves mn->lock by itself. */
int mice_session_del(struct mice_net *mn, const struct in6_addr *home,
		     const struct in6_addr *peer);
void mice_session_del_all(struct mice_net *mn);
struct mice_session *mice_session_find(struct mice_net *mn,
				       const struct in6_addr *home,
				       const struct in6_addr *peer);
void mice_session_restart(struct mice_session *s);
int mice_session_remote(struct mice_session *s, const struct mice_offer *offer,
			bool controlling, struct netlink_ext_ack *extack);
bool mice_session_look(struct mice_net *mn);
struct mice_offer *mice_session_describe(struct mice_session *s);
enum mip6_ice_state mice_session_state(const struct mice_session *s);
void mice_session_stun(struct mice_net *mn, const struct mice_addr *to,
		       const struct mice_addr *from, const u8 *p,
		       unsigned int len, const struct mice_stun *msg);
void mice_session_mh(struct mice_net *mn, const struct in6_addr *to,
		     const struct in6_addr *from, const u8 *p,
		     unsigned int len);
void mice_session_refused(struct mice_net *mn, const struct mice_refusal *r);
bool mice_session_home(const struct mice_net *mn, const u8 ip[16]);
bool mice_session_may_answer(struct mice_session *s);
void mice_session_mh_udp(struct mice_net *mn, const struct mice_addr *to,
			 const struct mice_addr *from, const u8 *p,
			 unsigned int len);

/* event.c: tracepoints */
void mice_trace_event(const struct mice_session *s, enum mip6_ice_event ev,
		      const struct mice_pair *p);
void mice_trace_state(struct mice_session *s);

/* netlink.c */
int mice_netlink_register(void);
void mice_netlink_unregister(void);
void mice_netlink_event(const struct mice_session *s, enum mip6_ice_event ev,
			const struct mice_pair *p);

/* sysctl.c */
int mice_sysctl_init(struct mice_net *mn);
void mice_sysctl_exit(struct mice_net *mn);
void mice_conf(const struct mice_net *mn, struct mice_agent_conf *conf);

#endif /* MIP6_ICE_H */
