// SPDX-License-Identifier: GPL-2.0
/*
 * Which way packets of a session leave, so that a change of routes alone is seen:
 * another device or gateway is another NAT or firewall, and what was gathered and
 * checked says nothing of it.
 *
 * There is a way for each question that the session asks the routes: from the home
 * address to the peer's (signalling), from each base to the STUN server, to each
 * candidate of the peer, and along the path. Each is learned when it is first
 * known, and compared when routes have changed; so other routes, or other
 * candidates, are no change. At most 1 + 16 + 40 + 1 look-ups for a session.
 */
#include "mip6_ice.h"

/*
 * One of them: learn it, or with @again look whether it is another. @known is
 * whether it was learned before.
 */
static bool look(struct mice_session *s, u32 *way, bool known, bool again,
		 const struct mice_addr *from, const struct mice_addr *to)
{
	u32 now;

	if (known && !again)
		return false;
	now = mice_route(s->mn, from, to);
	if (now == *way || (known && now == MICE_WAY_UNKNOWN))
		return false;
	known &= *way != MICE_WAY_UNKNOWN;
	*way = now;
	return known;
}

static bool look_at_path(struct mice_session *s, bool again)
{
	const struct mice_path *path = &s->agent.path;
	struct mice_ways *w = &s->ways;
	bool known = w->from.ver && mice_addr_equal(&w->from, &path->local) &&
		     mice_addr_equal(&w->to, &path->remote);

	if (!path->set || path->relayed)
		return false;
	w->from = path->local;
	w->to = path->remote;
	return look(s, &w->path, known, again, &w->from, &w->to);
}

static bool look_at_all(struct mice_session *s, bool again)
{
	struct mice_addr home = mice_addr_v6(&s->home, 0);
	struct mice_addr peer = mice_addr_v6(&s->peer, 0);
	const struct mice_list *l = &s->agent.list;
	struct mice_ways *w = &s->ways;
	bool changed;
	unsigned int i;

	changed = look(s, &w->home, w->learned, again, &home, &peer);
	for (i = 0; i < s->n_gathers; i++)
		changed |= look(s, &w->server[i], i < w->n_servers, again,
				&l->locals[s->gathers[i].base].addr, &s->server);
	for (i = 0; i < l->n_remotes; i++)
		changed |= look(s, &w->remote[i], i < w->n_remotes, again, NULL,
				&l->remotes[i].addr);
	changed |= look_at_path(s, again);
	w->learned = true;
	w->n_servers = s->n_gathers;
	w->n_remotes = l->n_remotes;
	return changed;
}

/**
 * mice_ways_learn() - ask for the ways that are not known yet
 * @s: session, under the lock of its namespace
 *
 * After whatever may have brought a candidate or a path; nothing new costs nothing.
 */
void mice_ways_learn(struct mice_session *s)
{
	lockdep_assert_held(&s->mn->lock);
	look_at_all(s, false);
}

/**
 * mice_ways_changed() - is there another way than the last time
 * @s: session, under the lock of its namespace
 *
 * The last time is when it was learned, or when this was called.
 */
bool mice_ways_changed(struct mice_session *s)
{
	lockdep_assert_held(&s->mn->lock);
	return look_at_all(s, true);
}

/* A new run: there are other candidates. */
void mice_ways_forget(struct mice_session *s)
{
	memset(&s->ways, 0, sizeof(s->ways));
}
