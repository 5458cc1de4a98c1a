// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts of connections: lifetime, deferred work, token -> context, and all
 * of them by socket cookie.
 */
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/sock_diag.h>

#include "tcp_mobility.h"

/* What a Loc-Update names: the token, and the end it was sent to. */
struct token_key {
	const u8			*token;
	const struct tcpmob_tuple	*at;
};

static u32 token_hash(const void *data, u32 len, u32 seed)
{
	return jhash(data, TCPMOB_TOKEN_LEN, seed);
}

static u32 token_key_hash(const void *data, u32 len, u32 seed)
{
	const struct token_key *key = data;

	return token_hash(key->token, len, seed);
}

static u32 token_obj_hash(const void *data, u32 len, u32 seed)
{
	const struct tcpmob_sock *ms = data;

	return token_hash(ms->token, len, seed);
}

/*
 * Both ends of a connection share one token, and both may be in one namespace:
 * the local address and port of the SYN tell which end it is for. They are
 * read without a lock: a socket that moves right now may be missed, and the
 * sender repeats.
 */
static int token_obj_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct token_key *key = arg->key;
	const struct tcpmob_sock *ms = obj;
	struct tcpmob_tuple own;

	if (memcmp(key->token, ms->token, TCPMOB_TOKEN_LEN))
		return 1;
	tcpmob_tuple_of(ms->sk, &own);
	return own.lport != key->at->lport ||
	       !ipv6_addr_equal(&own.laddr, &key->at->laddr);
}

static const struct rhashtable_params token_params = {
	.head_offset		= offsetof(struct tcpmob_sock, token_node),
	.hashfn			= token_key_hash,
	.obj_hashfn		= token_obj_hash,
	.obj_cmpfn		= token_obj_cmp,
	.automatic_shrinking	= true,
};

int tcpmob_conn_init(struct tcpmob_net *tn)
{
	spin_lock_init(&tn->lock);
	INIT_LIST_HEAD(&tn->socks);
	xa_init_flags(&tn->conns, XA_FLAGS_LOCK_BH);
	atomic_set(&tn->n_watched, 0);
	atomic_set(&tn->n_suspended, 0);
	return rhashtable_init(&tn->tokens, &token_params);
}

void tcpmob_conn_exit(struct tcpmob_net *tn)
{
	WARN_ON_ONCE(!list_empty(&tn->socks));
	WARN_ON_ONCE(!xa_empty(&tn->conns));
	xa_destroy(&tn->conns);
	rhashtable_destroy(&tn->tokens);
}

/* -- all of them, by cookie -------------------------------------------------*/

/*
 * A cookie is never given twice and stays with its socket, wherever that moves
 * to: it is what a dump goes by. Cookies are handed out in runs, so neighbours
 * share the nodes of the tree. Where long has 32 bits the upper ones are left
 * out; two that then look alike cannot both be mobile.
 */
static int index_add(struct tcpmob_sock *ms, gfp_t gfp)
{
	u32 cookie[2];
	int err;

	sock_diag_save_cookie(ms->sk, cookie);
	ms->cookie = (u64)cookie[1] << 32 | cookie[0];
	err = xa_insert_bh(&ms->tn->conns, (unsigned long)ms->cookie, ms, gfp);
	if (!err)
		atomic_inc(&ms->tn->n_conns);
	return err;
}

static void index_del(struct tcpmob_sock *ms)
{
	if (xa_erase_bh(&ms->tn->conns, (unsigned long)ms->cookie))
		atomic_dec(&ms->tn->n_conns);
}

/**
 * tcpmob_conn_next() - the first socket with mobility from a cookie on
 * @tn: namespace
 * @cookie: where to begin; then that of the socket
 *
 * A context that is found under RCU may be about to go, and its socket be
 * another by now (the memory stays a TCP socket's for a grace period): only with
 * a reference it is certain which.
 *
 * Return: the socket with a reference, or NULL behind the last.
 */
struct sock *tcpmob_conn_next(struct tcpmob_net *tn, unsigned long *cookie)
{
	struct tcpmob_sock *ms;
	struct sock *sk;

	rcu_read_lock();
	for (ms = xa_find(&tn->conns, cookie, ULONG_MAX, XA_PRESENT); ms;
	     ms = xa_find_after(&tn->conns, cookie, ULONG_MAX, XA_PRESENT)) {
		sk = ms->sk;
		if (!refcount_inc_not_zero(&sk->sk_refcnt))
			continue;
		/* A child whose addresses are not there yet is in no hash. */
		if (tcpmob_sock_of(sk) == ms &&
		    !(READ_ONCE(sk->sk_state) == TCP_SYN_RECV &&
		      sk_unhashed(sk)))
			break;
		sock_put(sk);
	}
	rcu_read_unlock();
	return ms ? sk : NULL;
}

/**
 * tcpmob_sock_alloc() - a context for @sk, on its namespace's list
 * @sk: the socket; the caller makes it findable through icsk_ulp_data
 * @gfp: how to allocate
 *
 * Return: the context with the socket's reference, or NULL.
 */
struct tcpmob_sock *tcpmob_sock_alloc(struct sock *sk, gfp_t gfp)
{
	struct tcpmob_net *tn = tcpmob_net(sock_net(sk));
	struct tcpmob_sock *ms;

	ms = kzalloc(sizeof(*ms), gfp);
	if (!ms) {
		TCPMOB_INC(tn, NoMemory);
		return NULL;
	}
	ms->sk = sk;
	ms->tn = tn;
	refcount_set(&ms->ref, 1);
	spin_lock_init(&ms->lock);
	spin_lock_init(&ms->tell_lock);
	/* "in any manner desired" (Section 5): tells nothing about the past. */
	get_random_bytes(&ms->reqno, sizeof(ms->reqno));
	ms->suspend_time = -1;
	ms->challenge_next = jiffies;
	ms->pause_gen = atomic_read(&tn->pause_gen);
	INIT_DELAYED_WORK(&ms->move_work, tcpmob_update_work);
	INIT_DELAYED_WORK(&ms->key_work, tcpmob_hs_work);
	if (index_add(ms, gfp)) {
		kfree(ms);
		TCPMOB_INC(tn, NoMemory);
		return NULL;
	}

	spin_lock_bh(&tn->lock);
	list_add_tail(&ms->list, &tn->socks);
	spin_unlock_bh(&tn->lock);
	return ms;
}

/* Drop a reference; readers under RCU may still look at it. */
void tcpmob_sock_put(struct tcpmob_sock *ms)
{
	if (!refcount_dec_and_test(&ms->ref))
		return;
	tcpmob_exchange_drop(&ms->x);
	memzero_explicit(&ms->secret, sizeof(ms->secret));
	if (ms->own)
		kfree_rcu(ms->own, rcu);
	kfree_rcu(ms, rcu);
}

/**
 * tcpmob_sock_reset() - back to the beginning: the socket connects anew
 * @ms: context; under the socket lock, socket in SYN-SENT
 */
void tcpmob_sock_reset(struct tcpmob_sock *ms)
{
	struct tcpmob_own *own;

	sock_owned_by_me(ms->sk);

	tcpmob_event_closed(ms);
	tcpmob_conn_del(ms);
	WRITE_ONCE(ms->keyed, false);
	tcpmob_watch_in(ms, false);
	spin_lock_bh(&ms->lock);
	tcpmob_exchange_drop(&ms->x);
	WRITE_ONCE(ms->hs, TCPMOB_HS_IDLE);
	ms->reason = TCP_MOBILITY_R_NONE;
	WRITE_ONCE(ms->agreed, false);
	ms->peer_has = false;
	ms->answer = false;
	ms->derive_now = false;
	ms->cont_tries = 0;
	ms->cont_rounds = 0;
	ms->update_pending = false;
	ms->synack_has_ts = false;
	own = ms->own;
	ms->own = NULL;
	spin_unlock_bh(&ms->lock);
	if (own)
		kfree_rcu(own, rcu);

	WRITE_ONCE(ms->watch, 0);
	tcpmob_hold_let_go(ms->sk);
	WRITE_ONCE(ms->events, 0);
	WRITE_ONCE(ms->mv, TCPMOB_MV_STABLE);
	ms->peer_moved = false;
	ms->unconfirmed = false;
	ms->base_known = false;
	ms->passive = false;
	ms->given_up = false;
	ms->recovering = false;
	ms->adrift_since = 0;
	tcpmob_suspend_end(ms);
	ms->repair = false;
	ms->back = false;
	ms->refused = false;
	ms->refusals = 0;
	ms->stalled = 0;
	ms->rx_armed = false;
	ms->unheard = 0;
	ms->blocked_at = 0;
	ms->moves_local = 0;
	ms->moves_remote = 0;
	ms->updates_sent = 0;
	ms->last_move_us = 0;
}

/* -- deferred work: each queued item holds the context and the socket ------- */

static void work_put(struct tcpmob_sock *ms)
{
	struct sock *sk = ms->sk;

	tcpmob_sock_put(ms);
	sock_put(sk);
}

/*
 * Queue @dwork, with @mod replacing a pending one. The caller may be a packet
 * hook that found @ms under RCU while the socket dies on another CPU: release
 * sets @dead under the same lock before it cancels and lets go, so what is
 * queued here is seen by the cancelling, and nothing is queued after.
 */
static void queue(struct tcpmob_sock *ms, struct workqueue_struct *wq,
		  struct delayed_work *dwork, unsigned long delay, bool mod)
{
	bool pending;

	spin_lock_bh(&ms->lock);
	if (ms->dead) {
		spin_unlock_bh(&ms->lock);
		return;
	}
	/* Not dead: the socket's own reference to us is still there. */
	refcount_inc(&ms->ref);
	sock_hold(ms->sk);
	if (mod)
		pending = mod_delayed_work(wq, dwork, delay);
	else
		pending = !queue_delayed_work(wq, dwork, delay);
	spin_unlock_bh(&ms->lock);
	if (pending)
		work_put(ms);	/* the pending one has references */
}

/**
 * tcpmob_sock_kick_move() - have move_work look at @ev right away
 * @ms: context; the caller holds a reference to its socket
 * @ev: what happened
 *
 * Any context; nothing happens once the socket has let go of @ms.
 */
void tcpmob_sock_kick_move(struct tcpmob_sock *ms, enum tcpmob_event ev)
{
	set_bit(ev, &ms->events);
	queue(ms, tcpmob_wq, &ms->move_work, 0, true);
}

/* -- the socket lock, without waiting for it --------------------------------*/

/**
 * tcpmob_sock_unaccepted() - whether this is a child that nobody has accepted
 * @sk: a socket that the caller has a reference to
 *
 * Its listener may close at any moment, and the stack then destroys it under the
 * spinlock, sure that nobody owns it. It leaves that state once.
 */
bool tcpmob_sock_unaccepted(const struct sock *sk)
{
	return !READ_ONCE(sk->sk_socket) && !sock_flag(sk, SOCK_DEAD);
}

/**
 * tcpmob_sock_trylock() - own a socket as lock_sock() does, or not
 * @sk: a socket that the caller has a reference to; process context
 *
 * A program can keep its socket as long as it likes, in a page fault for
 * instance: who waits would be a worker that all namespaces share, or hold up
 * generic netlink.
 *
 * Return: false if somebody else owns it, or nobody has accepted it yet.
 */
bool tcpmob_sock_trylock(struct sock *sk)
{
	bool got;

	if (tcpmob_sock_unaccepted(sk))
		return false;
	spin_lock_bh(&sk->sk_lock.slock);
	got = !sk->sk_lock.owned;
	if (got)
		sk->sk_lock.owned = 1;
	spin_unlock_bh(&sk->sk_lock.slock);
	if (got)
		mutex_acquire(&sk->sk_lock.dep_map, 0, 1, _RET_IP_);
	return got;
}

/* When to try again, in jiffies: soon, then less and less often. */
unsigned long tcpmob_sock_retry(u8 *tries)
{
	unsigned long delay = 1UL << *tries;

	if (delay < HZ / 4)
		(*tries)++;
	return delay;
}

/* Timer of move_work; an earlier one that is pending stays. */
void tcpmob_sock_arm_move(struct tcpmob_sock *ms, unsigned long delay)
{
	queue(ms, tcpmob_wq, &ms->move_work, delay, false);
}

/* Timer of key_work; replaces one that is pending. */
void tcpmob_sock_arm_key(struct tcpmob_sock *ms, unsigned long delay)
{
	queue(ms, tcpmob_key_wq, &ms->key_work, delay, true);
}

/**
 * tcpmob_sock_release() - the socket lets go of its context
 * @ms: no longer reachable from the socket
 *
 * Hide, cancel, drop. A work item that runs right now has its own references
 * and finds, under the socket lock, that the socket is no longer ours.
 */
void tcpmob_sock_release(struct tcpmob_sock *ms)
{
	struct tcpmob_net *tn = ms->tn;

	/* From here on nothing is queued, see queue(), nor told but the end. */
	spin_lock_bh(&ms->lock);
	WRITE_ONCE(ms->dead, true);
	spin_unlock_bh(&ms->lock);
	tcpmob_event_closed(ms);
	index_del(ms);
	tcpmob_conn_del(ms);

	spin_lock_bh(&tn->lock);
	list_del_init(&ms->list);
	spin_unlock_bh(&tn->lock);

	tcpmob_watch_in(ms, false);
	tcpmob_suspend_end(ms);
	if (cancel_delayed_work(&ms->move_work))
		work_put(ms);
	if (cancel_delayed_work(&ms->key_work))
		work_put(ms);
	tcpmob_sock_put(ms);
}

/* -- token -> context -------------------------------------------------------*/

/**
 * tcpmob_conn_add() - make a keyed connection findable by its token
 * @ms: with @ms->secret and @ms->token set; under the socket lock
 *
 * Return: 0, -ENOSPC at the namespace's limit, or -ENOMEM.
 */
int tcpmob_conn_add(struct tcpmob_sock *ms)
{
	struct tcpmob_net *tn = ms->tn;
	int err = 0;

	sock_owned_by_me(ms->sk);

	spin_lock_bh(&tn->lock);
	if (tn->n_keyed >= READ_ONCE(tn->max_connections))
		err = -ENOSPC;
	else
		tn->n_keyed++;
	spin_unlock_bh(&tn->lock);
	if (err)
		return err;

	err = rhashtable_insert_fast(&tn->tokens, &ms->token_node,
				     token_params);
	if (err) {
		spin_lock_bh(&tn->lock);
		tn->n_keyed--;
		spin_unlock_bh(&tn->lock);
		return err;
	}
	ms->hashed = true;
	return 0;
}

/* Take it out again; under the socket lock, or when the socket dies. */
void tcpmob_conn_del(struct tcpmob_sock *ms)
{
	struct tcpmob_net *tn = ms->tn;

	if (!ms->hashed)
		return;
	ms->hashed = false;
	rhashtable_remove_fast(&tn->tokens, &ms->token_node, token_params);
	spin_lock_bh(&tn->lock);
	tn->n_keyed--;
	spin_unlock_bh(&tn->lock);
}

/**
 * tcpmob_conn_find() - the connection that a Loc-Update names
 * @tn: namespace
 * @token: as on the wire
 * @at: only the local address and port are looked at
 *
 * Under rcu_read_lock(), which is all that keeps the result from being freed:
 * the caller gets its own reference to the socket before it uses that.
 *
 * Return: the context or NULL.
 */
struct tcpmob_sock *tcpmob_conn_find(struct tcpmob_net *tn, const u8 *token,
				     const struct tcpmob_tuple *at)
{
	struct token_key key = { .token = token, .at = at };

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "token look-up without RCU");
	return rhashtable_lookup(&tn->tokens, &key, token_params);
}
