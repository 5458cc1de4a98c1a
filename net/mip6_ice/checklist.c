// SPDX-License-Identifier: GPL-2.0
/*
 * Candidates of both ends, the pairs they make, and which of them comes next.
 *
 *	          trigger              check                answered
 *	 Failed -----------> Waiting ---------> In-Progress ---------> Succeeded
 *	                        ^                 |     |
 *	                        +-----------------+     +--------> Failed
 *	                          trigger, 487      silence, error,
 *	                                            another source
 *
 * The tables are small (at most 100 pairs) and are searched from the start.
 */
#include "checklist.h"

void mice_list_init(struct mice_list *l, unsigned int max_pairs)
{
	memset(l, 0, sizeof(*l));
	l->max_pairs = max_pairs && max_pairs < MICE_PAIRS_MAX ?
		       max_pairs : MICE_PAIRS_MAX;
}

u32 mice_cand_priority(enum mice_cand_type type, u16 pref)
{
	static const u8 type_pref[] = {
		[MICE_CAND_HOST]	= MICE_PREF_HOST,
		[MICE_CAND_SRFLX]	= MICE_PREF_SRFLX,
		[MICE_CAND_PRFLX]	= MICE_PREF_PRFLX,
		[MICE_CAND_RELAYED]	= MICE_PREF_RELAYED,
	};

	return (u32)type_pref[type] << 24 | (u32)pref << 8 |
	       (256 - MICE_CAND_COMP);
}

u64 mice_pair_priority(u32 controlling, u32 controlled)
{
	return ((u64)min(controlling, controlled) << 32) +
	       2 * (u64)max(controlling, controlled) +
	       (controlling > controlled);
}

static bool ipv4_checkable(const u8 *ip)
{
	u32 a = mice_get32(ip);

	/* Link-local ones (RFC 3927) mean nothing without an interface. */
	return ip[0] && ip[0] != 127 && a >> 16 != 0xa9fe && ip[0] >> 4 != 14 &&
	       a != 0xffffffff;
}

static bool ipv6_checkable(const u8 *ip)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const u8 zero[15];

	/* :: and ::1; others of that kind are as unreachable as any. */
	if (!memcmp(ip, zero, sizeof(zero)) && ip[15] < 2)
		return false;
	if (!memcmp(ip, mapped, sizeof(mapped)))
		return false;
	/* Nor do link-local ones here. */
	return ip[0] != 0xff && !(ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80);
}

bool mice_addr_checkable(const struct mice_addr *a)
{
	if (!a->port)
		return false;
	return a->ver == 4 ? ipv4_checkable(a->ip) :
	       a->ver == 6 && ipv6_checkable(a->ip);
}

/* ---------------------------------------------------------- candidates */

static bool is_base(enum mice_cand_type type)
{
	return type == MICE_CAND_HOST || type == MICE_CAND_RELAYED;
}

/* 4.1.2.1: unique for each base, even if the caller is careless. */
static u16 unique_pref(const struct mice_list *l, u16 pref)
{
	unsigned int i;
again:
	for (i = 0; i < l->n_locals; i++)
		if (is_base(l->locals[i].type) && l->locals[i].pref == pref) {
			pref--;
			goto again;
		}
	return pref;
}

unsigned int mice_list_add_local(struct mice_list *l, enum mice_cand_type type,
				 const struct mice_addr *addr,
				 unsigned int base, u16 pref)
{
	struct mice_local *c;
	unsigned int i;
	u32 priority;

	if (is_base(type)) {
		base = l->n_locals;
		pref = unique_pref(l, pref);
	} else {
		pref = l->locals[base].pref;
	}
	priority = mice_cand_priority(type, pref);

	for (i = 0; i < l->n_locals; i++) {
		c = &l->locals[i];
		if (!mice_addr_equal(&c->addr, addr))
			continue;
		/* A base is at its own address once. */
		if (is_base(type) ? is_base(c->type) : c->base == base) {
			if (c->priority < priority && is_base(c->type) == is_base(type)) {
				c->type = type;
				c->priority = priority;
				c->pref = pref;
			}
			return i;
		}
	}
	if (l->n_locals == MICE_LOCALS_MAX)
		return MICE_NONE;
	c = &l->locals[l->n_locals];
	memset(c, 0, sizeof(*c));
	c->type = type;
	c->base = base;
	c->pref = pref;
	c->priority = priority;
	c->addr = *addr;
	/* 15.1: of a reflexive candidate its base. */
	if (!is_base(type))
		c->rel = l->locals[base].addr;
	return l->n_locals++;
}

unsigned int mice_list_add_remote(struct mice_list *l, enum mice_cand_type type,
				  const struct mice_addr *addr, u32 priority)
{
	unsigned int i = mice_list_find_remote(l, addr);
	struct mice_remote *c;

	if (i == MICE_NONE) {
		if (l->n_remotes == MICE_REMOTES_MAX ||
		    !mice_addr_checkable(addr))
			return MICE_NONE;
		if (type == MICE_CAND_PRFLX) {
			if (l->n_prflx == MICE_PRFLX_MAX)
				return MICE_NONE;
			l->n_prflx++;
		}
		i = l->n_remotes++;
	} else if (type == MICE_CAND_PRFLX) {
		return i;
	} else if (l->remotes[i].type == MICE_CAND_PRFLX) {
		l->n_prflx--;
	}
	c = &l->remotes[i];
	c->type = type;
	c->priority = priority;
	c->addr = *addr;
	return i;
}

unsigned int mice_list_find_base(const struct mice_list *l,
				 const struct mice_addr *addr)
{
	unsigned int i;

	for (i = 0; i < l->n_locals; i++)
		if (is_base(l->locals[i].type) &&
		    mice_addr_equal(&l->locals[i].addr, addr))
			return i;
	return MICE_NONE;
}

unsigned int mice_list_find_local(const struct mice_list *l,
				  const struct mice_addr *addr)
{
	unsigned int i;

	for (i = 0; i < l->n_locals; i++)
		if (mice_addr_equal(&l->locals[i].addr, addr))
			return i;
	return MICE_NONE;
}

unsigned int mice_list_find_remote(const struct mice_list *l,
				   const struct mice_addr *addr)
{
	unsigned int i;

	for (i = 0; i < l->n_remotes; i++)
		if (mice_addr_equal(&l->remotes[i].addr, addr))
			return i;
	return MICE_NONE;
}

/* --------------------------------------------------------------- pairs */

static u64 priority_of(const struct mice_list *l, u32 local, u32 remote)
{
	return l->controlling ? mice_pair_priority(local, remote) :
				mice_pair_priority(remote, local);
}

static void set_priority(const struct mice_list *l, struct mice_pair *p)
{
	p->priority = priority_of(l, l->locals[p->local].priority,
				  l->remotes[p->remote].priority);
}

unsigned int mice_list_find_pair(const struct mice_list *l, unsigned int local,
				 unsigned int remote)
{
	unsigned int i;

	for (i = 0; i < l->n_pairs; i++)
		if (l->pairs[i].local == local && l->pairs[i].remote == remote)
			return i;
	return MICE_NONE;
}

/* The pair that is worth least and has seen nothing yet; MICE_NONE. */
static unsigned int least(const struct mice_list *l)
{
	unsigned int i, low = MICE_NONE;

	for (i = 0; i < l->n_pairs; i++) {
		const struct mice_pair *p = &l->pairs[i];

		if (p->state != MICE_WAITING || p->queued || p->n_tx)
			continue;
		if (low == MICE_NONE || p->priority < l->pairs[low].priority)
			low = i;
	}
	return low;
}

/* A place for a pair of this priority; another one may have to go. */
static unsigned int make_room(struct mice_list *l, u64 priority, bool force)
{
	unsigned int i;

	if (l->n_pairs < l->max_pairs)
		return l->n_pairs++;
	i = least(l);
	/* One of the two goes; that a check finds no place is told to its caller. */
	if (i != MICE_NONE || !force)
		l->n_limited++;
	if (i != MICE_NONE && !force && l->pairs[i].priority >= priority)
		return MICE_NONE;
	return i;
}

static unsigned int put_pair(struct mice_list *l, unsigned int local,
			     unsigned int remote, bool force)
{
	struct mice_pair *p;
	unsigned int i;

	i = make_room(l, priority_of(l, l->locals[local].priority,
				     l->remotes[remote].priority), force);
	if (i == MICE_NONE)
		return i;
	p = &l->pairs[i];
	memset(p, 0, sizeof(*p));
	p->local = local;
	p->remote = remote;
	p->mapped = local;
	p->state = MICE_WAITING;
	set_priority(l, p);
	return i;
}

/*
 * 5.7.3: a reflexive candidate is replaced by its base, and of pairs that are
 * then equal the one of the higher priority stays. That is the one of the base
 * itself if it is a candidate, which bases here always are: the others need not
 * be formed.
 */
void mice_list_form(struct mice_list *l)
{
	unsigned int i, j;

	for (i = 0; i < l->n_locals; i++)
		for (j = 0; j < l->n_remotes; j++) {
			if (l->locals[i].addr.ver != l->remotes[j].addr.ver)
				continue;
			if (!is_base(l->locals[i].type))
				l->n_pruned++;
			else if (mice_list_find_pair(l, i, j) == MICE_NONE)
				put_pair(l, i, j, false);
		}
}

unsigned int mice_list_add_pair(struct mice_list *l, unsigned int local,
				unsigned int remote)
{
	unsigned int i = mice_list_find_pair(l, local, remote);

	return i != MICE_NONE ? i : put_pair(l, local, remote, true);
}

void mice_list_set_role(struct mice_list *l, bool controlling)
{
	unsigned int i;

	l->controlling = controlling;
	for (i = 0; i < l->n_pairs; i++)
		set_priority(l, &l->pairs[i]);
}

void mice_list_trigger(struct mice_list *l, struct mice_pair *p)
{
	p->state = MICE_WAITING;
	p->why = MICE_WHY_NOTHING;
	if (!p->queued)
		p->queued = ++l->queue;
}

struct mice_pair *mice_list_next(struct mice_list *l, bool *triggered)
{
	struct mice_pair *p, *first = NULL, *best = NULL;

	for (p = l->pairs; p < l->pairs + l->n_pairs; p++) {
		if (p->queued && (!first || p->queued < first->queued))
			first = p;
		if (p->state == MICE_WAITING &&
		    (!best || p->priority > best->priority))
			best = p;
	}
	*triggered = first;
	if (!first)
		return best;
	first->queued = 0;
	return first;
}

bool mice_list_has_next(const struct mice_list *l)
{
	unsigned int i;

	for (i = 0; i < l->n_pairs; i++)
		if (l->pairs[i].queued || l->pairs[i].state == MICE_WAITING)
			return true;
	return false;
}

struct mice_pair *mice_list_best(struct mice_list *l, bool nominated)
{
	struct mice_pair *p, *best = NULL;

	for (p = l->pairs; p < l->pairs + l->n_pairs; p++)
		if (p->valid && (p->nominated || !nominated) &&
		    (!best || p->priority > best->priority))
			best = p;
	return best;
}

static bool is_open(const struct mice_pair *p)
{
	return p->state == MICE_WAITING || p->state == MICE_IN_PROGRESS;
}

bool mice_list_better_open(const struct mice_list *l, u64 priority)
{
	unsigned int i;

	for (i = 0; i < l->n_pairs; i++)
		if (is_open(&l->pairs[i]) && l->pairs[i].priority > priority)
			return true;
	return false;
}

bool mice_list_open(const struct mice_list *l)
{
	unsigned int i;

	for (i = 0; i < l->n_pairs; i++)
		if (is_open(&l->pairs[i]) || l->pairs[i].old.live)
			return true;
	return false;
}

void mice_list_conclude(struct mice_list *l)
{
	const struct mice_pair *best = mice_list_best(l, true);
	struct mice_pair *p;

	for (p = l->pairs; best && p < l->pairs + l->n_pairs; p++) {
		if (p->nominated)
			continue;
		if (p->state == MICE_WAITING) {
			p->queued = 0;
			p->state = p->valid ? MICE_SUCCEEDED : MICE_FAILED;
			p->why = p->valid ? MICE_WHY_NOTHING :
					    MICE_WHY_OTHER_PAIR;
		} else if (p->state == MICE_IN_PROGRESS &&
			   p->priority < best->priority) {
			/* No more requests; an answer is still heard. */
			p->tx.resend = false;
		}
	}
}

bool mice_pair_relayed(const struct mice_list *l, const struct mice_pair *p)
{
	return l->locals[p->local].type == MICE_CAND_RELAYED ||
	       l->remotes[p->remote].type == MICE_CAND_RELAYED;
}
