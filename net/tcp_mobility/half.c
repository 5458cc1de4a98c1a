// SPDX-License-Identifier: GPL-2.0
/*
 * Half-open handshakes: from our SYN-ACK with Conn-Key to the child socket.
 *
 * The listener's SYN and ours have nowhere else to live: a request socket has
 * no room for us. The peer's Conn-Key comes from the SYN that the stack saved
 * with the request (see ulp.c); what is kept here is our key pair, which every
 * repeated SYN-ACK must show again (draft Section 4), and key data that comes
 * with the ACK which makes the child.
 *
 * Bounded per namespace (sysctl max_half_open). Nobody tells us when a request
 * ends, so an entry lives for as long as the stack repeats SYN-ACKs by default,
 * or longer while it does. The stack doubles the time between them: an entry
 * that has seen none for longer than twice its age is most likely dead and goes
 * first when room is needed. (Not for certain: a request that waits for data,
 * TCP_DEFER_ACCEPT, repeats none.)
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "tcp_mobility.h"

#define HALF_GRACE	(3 * HZ)	/* the first SYN-ACK repeats after 1 s */
#define HALF_LIFE	(65 * HZ)	/* tcp_synack_retries = 5: 63 s */
#define HALF_EVICT	8		/* entries looked at to make room */
#define HALF_GC		(5 * HZ)
#define HALF_GC_BATCH	64		/* entries looked at under the lock */

struct half {
	struct hlist_node	node;
	struct list_head	age;
	struct tcpmob_tuple	tuple;
	struct tcpmob_exchange	x;
	unsigned int		seen_x;		/* TCPMOB_X_* so far */
	bool			claimed;
	unsigned long		born;
	unsigned long		seen;
};

static u32 half_seed __read_mostly;

static struct hlist_head *half_bucket(struct tcpmob_half_table *ht,
				      const struct tcpmob_tuple *t)
{
	net_get_random_once(&half_seed, sizeof(half_seed));
	BUILD_BUG_ON(sizeof(*t) % sizeof(u32));
	return &ht->buckets[jhash2((const u32 *)t, sizeof(*t) / sizeof(u32),
				   half_seed) % TCPMOB_HALF_BUCKETS];
}

static struct half *half_find(struct tcpmob_half_table *ht,
			      const struct tcpmob_tuple *t)
{
	struct half *h;

	lockdep_assert_held(&ht->lock);
	hlist_for_each_entry(h, half_bucket(ht, t), node)
		if (tcpmob_tuple_equal(&h->tuple, t))
			return h;
	return NULL;
}

static void half_free(struct tcpmob_half_table *ht, struct half *h)
{
	lockdep_assert_held(&ht->lock);
	hlist_del(&h->node);
	list_del(&h->age);
	ht->count--;
	tcpmob_exchange_drop(&h->x);
	kfree(h);
}

static bool half_silent(const struct half *h)
{
	unsigned long life = h->claimed ? HZ :
			     HALF_GRACE + 2 * (h->seen - h->born);

	return time_after(jiffies, h->seen + life);
}

static bool half_expired(const struct half *h)
{
	return half_silent(h) &&
	       (h->claimed || time_after(jiffies, h->born + HALF_LIFE));
}

/*
 * Room for one more; false if those looked at are all alive. They go to the
 * end: a few that stay alive must not hide the dead behind them.
 */
static bool half_make_room(struct tcpmob_half_table *ht, unsigned int max)
{
	unsigned int left = HALF_EVICT;
	struct half *h;

	lockdep_assert_held(&ht->lock);
	while (ht->count >= max && left-- && !list_empty(&ht->ages)) {
		h = list_first_entry(&ht->ages, struct half, age);
		if (half_silent(h))
			half_free(ht, h);
		else
			list_move_tail(&h->age, &ht->ages);
	}
	return ht->count < max;
}

static void half_gc(struct work_struct *work)
{
	struct tcpmob_half_table *ht =
		container_of(to_delayed_work(work), struct tcpmob_half_table, gc);
	struct half *h, *next;
	unsigned int left;
	LIST_HEAD(looked);
	bool more;

	spin_lock_bh(&ht->lock);
	while (!list_empty(&ht->ages)) {
		left = HALF_GC_BATCH;
		list_for_each_entry_safe(h, next, &ht->ages, age) {
			if (half_expired(h))
				half_free(ht, h);
			else
				list_move_tail(&h->age, &looked);
			if (!--left)
				break;
		}
		/* Let packets in between; new entries go to the tail of ages. */
		spin_unlock_bh(&ht->lock);
		cond_resched();
		spin_lock_bh(&ht->lock);
	}
	list_splice(&looked, &ht->ages);
	more = ht->count;
	spin_unlock_bh(&ht->lock);

	if (more)
		schedule_delayed_work(&ht->gc, HALF_GC);
}

void tcpmob_half_init(struct tcpmob_net *tn)
{
	struct tcpmob_half_table *ht = &tn->half;

	spin_lock_init(&ht->lock);
	INIT_LIST_HEAD(&ht->ages);
	INIT_DELAYED_WORK(&ht->gc, half_gc);
}

/* The packet hooks are gone by now. */
void tcpmob_half_exit(struct tcpmob_net *tn)
{
	struct tcpmob_half_table *ht = &tn->half;
	struct half *h, *next;

	cancel_delayed_work_sync(&ht->gc);
	spin_lock_bh(&ht->lock);
	list_for_each_entry_safe(h, next, &ht->ages, age)
		half_free(ht, h);
	spin_unlock_bh(&ht->lock);
}

/**
 * tcpmob_half_open() - our Conn-Key for a SYN-ACK
 * @tn: namespace
 * @t: tuple of the request
 * @n_i: sequence number of the SYN
 * @n_a: sequence number of the SYN-ACK
 * @curve: the peer's curve, for @first; then that of our key
 * @first: first octets of the peer's key, or NULL for a repeated SYN-ACK: it
 *	must look like the first, so nothing is made for it
 * @out: first octets of our key
 *
 * Return: 0, -ENOENT (nothing there, and @first is NULL), -ENOSPC at a limit,
 * -ENOKEY when no key pair is at hand, -ENOMEM.
 */
int tcpmob_half_open(struct tcpmob_net *tn, const struct tcpmob_tuple *t,
		     u32 n_i, u32 n_a, u8 *curve, const u8 *first,
		     u8 out[TCPMOB_KEY_FIRST])
{
	struct tcpmob_half_table *ht = &tn->half;
	struct half *h;
	int err;

	spin_lock_bh(&ht->lock);
	h = half_find(ht, t);
	if (h && (h->x.n_i != n_i || h->x.n_a != n_a)) {
		/* An earlier handshake on the same tuple. */
		half_free(ht, h);
		h = NULL;
	}
	if (!h) {
		err = -ENOENT;
		if (!first)
			goto unlock;
		err = -ENOSPC;
		if (tcpmob_conn_full(tn) ||
		    !half_make_room(ht, READ_ONCE(tn->max_half_open)))
			goto unlock;
		err = -ENOMEM;
		h = kzalloc(sizeof(*h), GFP_ATOMIC);
		if (!h)
			goto unlock;
		err = -ENOKEY;
		h->x.kp = tcpmob_key_get(tn, *curve);
		if (!h->x.kp) {
			kfree(h);
			goto unlock;
		}
		h->tuple = *t;
		h->x.n_i = n_i;
		h->x.n_a = n_a;
		h->x.curve = *curve;
		h->x.rx_len = tcpmob_key_len(*curve);
		memcpy(h->x.rx, first, TCPMOB_KEY_FIRST);
		h->x.have = GENMASK(TCPMOB_KEY_FIRST - 1, 0);
		h->born = jiffies;
		hlist_add_head(&h->node, half_bucket(ht, t));
		list_add_tail(&h->age, &ht->ages);
		if (!ht->count++)
			schedule_delayed_work(&ht->gc, HALF_GC);
	}
	h->seen = jiffies;
	*curve = h->x.curve;
	memcpy(out, h->x.kp->pub, TCPMOB_KEY_FIRST);
	err = 0;
unlock:
	spin_unlock_bh(&ht->lock);
	return err;
}

/**
 * tcpmob_half_absorb() - key data that came before the child exists
 * @tn: namespace
 * @t: tuple of the segment
 * @seq: its sequence number
 * @ack: its acknowledgement number
 * @opts: its options
 *
 * Only a segment that acknowledges our SYN-ACK counts, and only one that starts
 * right behind the SYN can cost the connection its life: the child is reset
 * (tcpmob_hs_child()).
 */
void tcpmob_half_absorb(struct tcpmob_net *tn, const struct tcpmob_tuple *t,
			u32 seq, u32 ack, const struct tcpmob_options *opts)
{
	struct tcpmob_half_table *ht = &tn->half;
	unsigned int seen;
	struct half *h;

	spin_lock_bh(&ht->lock);
	h = half_find(ht, t);
	/* See tcpmob_hs_cont() for a torn option area. */
	if (h && !opts->torn && ack == h->x.n_a + 1 && seq - (h->x.n_i + 1) < 65536) {
		TCPMOB_INC(tn, ContIn);
		seen = tcpmob_exchange_absorb(&h->x, opts);
		if (seen & TCPMOB_X_IGNORED)
			TCPMOB_INC(tn, ContIgnored);
		if (seen & TCPMOB_X_CONFLICT)
			TCPMOB_INC(tn, ContConflict);
		if (seq != h->x.n_i + 1)
			seen &= ~TCPMOB_X_CONFLICT;
		h->seen_x |= seen;
	} else {
		TCPMOB_INC(tn, ContIgnored);
	}
	spin_unlock_bh(&ht->lock);
}

/* Whether a handshake with Conn-Key is under way between these. */
bool tcpmob_half_known(struct tcpmob_net *tn, const struct tcpmob_tuple *t)
{
	struct tcpmob_half_table *ht = &tn->half;
	bool known;

	spin_lock_bh(&ht->lock);
	known = half_find(ht, t);
	spin_unlock_bh(&ht->lock);
	return known;
}

/**
 * tcpmob_half_claim() - the child takes over
 * @tn: namespace
 * @t: tuple of the request
 * @n_a: sequence number of the SYN-ACK
 * @x: filled, with its own reference to the key pair
 * @seen: TCPMOB_X_* of all key data that came before the child
 *
 * The entry stays for a second: two ACKs at the same time can make two
 * children of one request, of which one is thrown away.
 *
 * Return: false if this handshake has no Conn-Key.
 */
bool tcpmob_half_claim(struct tcpmob_net *tn, const struct tcpmob_tuple *t,
		       u32 n_a, struct tcpmob_exchange *x, unsigned int *seen)
{
	struct tcpmob_half_table *ht = &tn->half;
	struct half *h;
	bool found;

	spin_lock_bh(&ht->lock);
	h = half_find(ht, t);
	found = h && h->x.n_a == n_a;
	if (found) {
		*x = h->x;
		refcount_inc(&x->kp->ref);
		*seen = h->seen_x;
		h->claimed = true;
		h->seen = jiffies;
	}
	spin_unlock_bh(&ht->lock);
	return found;
}
