// SPDX-License-Identifier: GPL-2.0
/*
 * Ghosts: tuples that a connection has left.
 *
 * Segments may still be under way to them. No socket owns such a tuple any
 * more, so the stack would answer with a RST, to whoever has that address now.
 * For a minute they are dropped instead. A plain SYN is never dropped: the
 * tuple is free for a new connection.
 *
 * Bounded: the oldest makes room for the newest.
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "tcp_mobility.h"

struct ghost {
	struct hlist_node	node;
	struct list_head	age;
	struct tcpmob_tuple	tuple;
	unsigned long		until;
};

static u32 ghost_seed __read_mostly;

static struct hlist_head *ghost_bucket(struct tcpmob_ghosts *gs,
				       const struct tcpmob_tuple *t)
{
	net_get_random_once(&ghost_seed, sizeof(ghost_seed));
	return &gs->buckets[jhash2((const u32 *)t, sizeof(*t) / sizeof(u32),
				   ghost_seed) % TCPMOB_GHOST_BUCKETS];
}

static struct ghost *ghost_find(struct tcpmob_ghosts *gs,
				const struct tcpmob_tuple *t)
{
	struct ghost *g;

	lockdep_assert_held(&gs->lock);
	hlist_for_each_entry(g, ghost_bucket(gs, t), node)
		if (tcpmob_tuple_equal(&g->tuple, t))
			return g;
	return NULL;
}

static void ghost_free(struct tcpmob_ghosts *gs, struct ghost *g)
{
	lockdep_assert_held(&gs->lock);
	hlist_del(&g->node);
	list_del(&g->age);
	WRITE_ONCE(gs->count, gs->count - 1);
	kfree(g);
}

/* Ages are in order of their end: stop at the first that lives. */
static void ghost_gc(struct work_struct *work)
{
	struct tcpmob_ghosts *gs =
		container_of(to_delayed_work(work), struct tcpmob_ghosts, gc);
	struct ghost *g, *next;

	spin_lock_bh(&gs->lock);
	list_for_each_entry_safe(g, next, &gs->ages, age) {
		if (time_before(jiffies, g->until)) {
			schedule_delayed_work(&gs->gc, g->until - jiffies + 1);
			break;
		}
		ghost_free(gs, g);
	}
	spin_unlock_bh(&gs->lock);
}

void tcpmob_ghost_init(struct tcpmob_net *tn)
{
	struct tcpmob_ghosts *gs = &tn->ghosts;

	spin_lock_init(&gs->lock);
	INIT_LIST_HEAD(&gs->ages);
	INIT_DELAYED_WORK(&gs->gc, ghost_gc);
}

/* No socket and no packet hook is left by now. */
void tcpmob_ghost_exit(struct tcpmob_net *tn)
{
	struct tcpmob_ghosts *gs = &tn->ghosts;
	struct ghost *g, *next;

	cancel_delayed_work_sync(&gs->gc);
	spin_lock_bh(&gs->lock);
	list_for_each_entry_safe(g, next, &gs->ages, age)
		ghost_free(gs, g);
	spin_unlock_bh(&gs->lock);
}

/**
 * tcpmob_ghost_add() - a connection leaves @t
 * @tn: namespace
 * @t: the tuple as this end saw it
 *
 * Without memory the tuple is not guarded: a late segment may draw a RST.
 */
void tcpmob_ghost_add(struct tcpmob_net *tn, const struct tcpmob_tuple *t)
{
	struct tcpmob_ghosts *gs = &tn->ghosts;
	struct ghost *g;

	spin_lock_bh(&gs->lock);
	g = ghost_find(gs, t);
	if (g) {
		list_move_tail(&g->age, &gs->ages);
	} else {
		if (gs->count >= TCPMOB_GHOSTS_MAX)
			ghost_free(gs, list_first_entry(&gs->ages, struct ghost,
							age));
		g = kzalloc(sizeof(*g), GFP_ATOMIC);
		if (!g) {
			TCPMOB_INC(tn, NoMemory);
			goto unlock;
		}
		g->tuple = *t;
		hlist_add_head(&g->node, ghost_bucket(gs, t));
		list_add_tail(&g->age, &gs->ages);
		WRITE_ONCE(gs->count, gs->count + 1);
	}
	g->until = jiffies + TCPMOB_GHOST_LIFE;
	schedule_delayed_work(&gs->gc, TCPMOB_GHOST_LIFE);
unlock:
	spin_unlock_bh(&gs->lock);
}

/* A connection comes (back) to @t. */
void tcpmob_ghost_del(struct tcpmob_net *tn, const struct tcpmob_tuple *t)
{
	struct tcpmob_ghosts *gs = &tn->ghosts;
	struct ghost *g;

	if (!READ_ONCE(gs->count))
		return;
	spin_lock_bh(&gs->lock);
	g = ghost_find(gs, t);
	if (g)
		ghost_free(gs, g);
	spin_unlock_bh(&gs->lock);
}

/* Whether @t was left lately. The caller has found no socket that owns it. */
bool tcpmob_ghost_hit(struct tcpmob_net *tn, const struct tcpmob_tuple *t)
{
	struct tcpmob_ghosts *gs = &tn->ghosts;
	bool hit;

	spin_lock_bh(&gs->lock);
	hit = ghost_find(gs, t);
	spin_unlock_bh(&gs->lock);
	return hit;
}
