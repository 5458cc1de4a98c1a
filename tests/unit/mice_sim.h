/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A network of address realms, NATs and firewalls for two agents, in virtual
 * milliseconds.
 *
 * A realm is where addresses are unique: the public one is 0. A box leads from
 * an inner realm to an outer one. It translates (a NAT) or keeps addresses (a
 * firewall), and it lets in what its filter allows. Behaviours are named as in
 * RFC 4787, Sections 4.1 and 5.
 */
#ifndef MICE_SIM_H
#define MICE_SIM_H

#include "mice_hmac.h"
#include "mip6_ice/agent.h"

#define SIM_BOXES	6
#define SIM_MAPPINGS	512
#define SIM_PACKETS	1024
#define SIM_HOSTS	3	/* host candidates of an end */

/* What a mapping, or a filter, looks at besides the inside address. */
enum sim_dep {
	SIM_INDEPENDENT,
	SIM_ADDRESS,
	SIM_ADDRESS_PORT,
};

struct sim_box {
	bool		nat;		/* false: a firewall */
	bool		hairpin;
	bool		no_udp;		/* drops all but what is for the home agent */
	int		inner, outer;
	enum sim_dep	mapping, filter;
	struct mice_addr ip;		/* of a NAT, outside; port unused */
};

struct sim_mapping {
	int			box;
	struct mice_addr	inside, outside, to;
	/* Where it has sent to. */
	struct mice_addr	sent[32];
	unsigned int		n_sent;
};

struct sim_packet {
	u64			at;
	int			realm;
	int			via_home;	/* end whose home agent has it, or -1 */
	struct mice_addr	from, to;
	unsigned int		len;
	u8			data[MICE_STUN_ROOM];
};

struct sim_end {
	struct mice_agent	agent;
	struct mice_hmac	key, old_key;
	u16			ufrag;
	u8			pwd[MICE_PWD_LEN];
	int			realm[SIM_HOSTS];
	struct mice_addr	host[SIM_HOSTS];
	unsigned int		n_hosts;
	struct mice_addr	home;		/* ver 0: none */
	bool			stun;		/* asks the STUN server */
	u64			selected;	/* when, ms; 0: not yet */
	u64			failed;
	unsigned int		n_selected;
	unsigned int		stats[__MICE_STAT_MAX];
};

struct sim {
	u64			now;
	u64			state;		/* of the random numbers */
	unsigned int		loss;		/* percent */
	unsigned int		delay;		/* ms, one way */
	unsigned int		home_delay;	/* ms, through home agents */
	unsigned int		n_boxes, n_mappings, n_packets;
	unsigned int		sent, dropped;
	struct sim_box		boxes[SIM_BOXES];
	struct sim_mapping	mappings[SIM_MAPPINGS];
	struct sim_packet	packets[SIM_PACKETS];
	struct sim_end		end[2];
};

static struct sim sim;
static const struct mice_addr sim_server = { 4, 4191, { 203, 0, 113, 250 } };

static u32 sim_random(u32 below)
{
	sim.state ^= sim.state >> 12;
	sim.state ^= sim.state << 25;
	sim.state ^= sim.state >> 27;
	return (u32)(sim.state * 0x2545f4914f6cdd1dULL >> 32) % below;
}

/* ---------------------------------------------------------------- boxes */

static int sim_box_out_of(int realm)
{
	unsigned int i;

	for (i = 0; i < sim.n_boxes; i++)
		if (sim.boxes[i].inner == realm)
			return i;
	return -1;
}

static bool sim_same(enum sim_dep dep, const struct mice_addr *a,
		     const struct mice_addr *b)
{
	return dep == SIM_INDEPENDENT ||
	       (dep == SIM_ADDRESS ? mice_addr_ip_equal(a, b) :
				     mice_addr_equal(a, b));
}

/* The mapping for a packet going out, made if need be. */
static struct sim_mapping *sim_out(int box, const struct mice_addr *from,
				   const struct mice_addr *to)
{
	struct sim_box *b = &sim.boxes[box];
	struct sim_mapping *m;
	unsigned int i;

	for (i = 0; i < sim.n_mappings; i++) {
		m = &sim.mappings[i];
		if (m->box == box && mice_addr_equal(&m->inside, from) &&
		    (!b->nat || sim_same(b->mapping, &m->to, to)))
			goto found;
	}
	assert(sim.n_mappings < SIM_MAPPINGS);
	m = &sim.mappings[sim.n_mappings++];
	memset(m, 0, sizeof(*m));
	m->box = box;
	m->inside = *from;
	m->outside = b->nat ? b->ip : *from;
	if (b->nat)
		m->outside.port = 20000 + sim.n_mappings * 17 + sim_random(16);
	m->to = *to;
found:
	for (i = 0; i < m->n_sent; i++)
		if (mice_addr_equal(&m->sent[i], to))
			return m;
	if (m->n_sent < ARRAY_SIZE(m->sent))
		m->sent[m->n_sent++] = *to;
	return m;
}

/* The mapping that lets a packet in, or NULL. */
static struct sim_mapping *sim_in(int box, const struct mice_addr *from,
				  const struct mice_addr *to)
{
	struct sim_box *b = &sim.boxes[box];
	struct sim_mapping *m;
	unsigned int i, j;

	for (i = 0; i < sim.n_mappings; i++) {
		m = &sim.mappings[i];
		if (m->box != box || !mice_addr_equal(&m->outside, to))
			continue;
		for (j = 0; j < m->n_sent; j++)
			if (sim_same(b->filter, &m->sent[j], from))
				return m;
	}
	return NULL;
}

/* --------------------------------------------------------------- routes */

static int sim_owner(int realm, const struct mice_addr *to)
{
	unsigned int e, i;

	for (e = 0; e < 2; e++)
		for (i = 0; i < sim.end[e].n_hosts; i++)
			if (sim.end[e].realm[i] == realm &&
			    mice_addr_equal(&sim.end[e].host[i], to))
				return e;
	return -1;
}

/*
 * Follows a packet from where it is sent. Returns the end that gets it, or -1,
 * with source and destination as they are there.
 */
static int sim_route(int realm, struct mice_addr *from, struct mice_addr *to)
{
	struct sim_mapping *m;
	unsigned int hops;
	unsigned int i;
	int e, box;

	for (hops = 0; hops < 8; hops++) {
		e = sim_owner(realm, to);
		if (e >= 0)
			return e;
		/* Into a box that leads inwards? */
		for (i = 0; i < sim.n_boxes; i++) {
			struct sim_box *b = &sim.boxes[i];
			bool leads;

			if (b->outer != realm)
				continue;
			leads = b->nat ? mice_addr_ip_equal(&b->ip, to) :
					 sim_owner(b->inner, to) >= 0;
			if (!leads)
				continue;
			if (b->no_udp)
				return -1;
			m = sim_in(i, from, to);
			if (!m)
				return -1;
			*to = m->inside;
			realm = b->inner;
			goto next;
		}
		/* Outwards. */
		box = sim_box_out_of(realm);
		if (box < 0 || sim.boxes[box].no_udp)
			return -1;
		m = sim_out(box, from, to);
		*from = m->outside;
		/* Back in by the same door? */
		if (sim.boxes[box].nat && !sim.boxes[box].hairpin &&
		    mice_addr_ip_equal(&sim.boxes[box].ip, to))
			return -1;
		realm = sim.boxes[box].outer;
next:		;
	}
	return -1;
}

/* The end whose home address this is, or -1. */
static int sim_home(const struct mice_addr *a)
{
	if (sim.end[0].home.ver && mice_addr_equal(&sim.end[0].home, a))
		return 0;
	if (sim.end[1].home.ver && mice_addr_equal(&sim.end[1].home, a))
		return 1;
	return -1;
}

/* From @from of end @e to @to: who gets it, after how long? -1: nobody. */
static int sim_carry(int e, struct mice_addr *from, struct mice_addr *to,
		     unsigned int *delay)
{
	int realm = 0, to_home = sim_home(to);
	unsigned int i;

	*delay = sim.delay;
	if (sim_home(from) == e) {
		*delay = sim.home_delay;
	} else {
		for (i = 0; i < sim.end[e].n_hosts; i++)
			if (mice_addr_equal(&sim.end[e].host[i], from))
				realm = sim.end[e].realm[i];
	}
	if (to_home >= 0) {
		struct mice_addr dst = *to;

		*delay = sim.home_delay;
		/* To the home agent, which tunnels it on. */
		if (sim_home(from) < 0)
			sim_route(realm, from, &dst);
		return to_home;
	}
	return sim_route(realm, from, to);
}

/* ---------------------------------------------------------------- agents */

static int sim_end_of(const struct mice_agent *a)
{
	return a == &sim.end[1].agent;
}

static int sim_send(struct mice_agent *a, const struct mice_addr *from,
		    const struct mice_addr *to, const u8 *p, unsigned int len)
{
	struct sim_packet *k;

	assert(len <= sizeof(k->data) && sim.n_packets < SIM_PACKETS);
	sim.sent++;
	if (from->ver != to->ver)
		return -1;
	k = &sim.packets[sim.n_packets++];
	k->from = *from;
	k->to = *to;
	k->len = len;
	memcpy(k->data, p, len);
	k->realm = sim_end_of(a);	/* who sends, until it is carried */
	k->at = ~0ULL;
	return 0;
}

static void sim_fill(struct mice_agent *a, void *p, unsigned int len)
{
	u8 *q = p;

	(void)a;
	while (len--)
		*q++ = sim_random(256);
}

static bool sim_may_answer(struct mice_agent *a, const struct mice_addr *to)
{
	(void)a;
	(void)to;
	return true;
}

static void sim_event(struct mice_agent *a, enum mice_event ev,
		      const struct mice_pair *p)
{
	struct sim_end *e = &sim.end[sim_end_of(a)];

	(void)p;
	if (ev == MICE_EV_SELECTED) {
		e->selected = sim.now;
		e->n_selected++;
	} else if (ev == MICE_EV_FAILED) {
		e->failed = sim.now;
	}
}

static void sim_count(struct mice_agent *a, enum mice_agent_stat stat)
{
	sim.end[sim_end_of(a)].stats[stat]++;
}

static const struct mice_agent_ops sim_ops = {
	.send		= sim_send,
	.random		= sim_fill,
	.may_answer	= sim_may_answer,
	.event		= sim_event,
	.count		= sim_count,
};

/* Packets that were just sent find their way: mappings are made in order. */
static void sim_depart(void)
{
	unsigned int i, delay;
	int owner;

	for (i = 0; i < sim.n_packets; i++) {
		struct sim_packet *k = &sim.packets[i];

		if (k->at != ~0ULL)
			continue;
		owner = sim_carry(k->realm, &k->from, &k->to, &delay);
		if (owner < 0 || sim_random(100) < sim.loss) {
			sim.dropped++;
			*k = sim.packets[--sim.n_packets];
			i--;
			continue;
		}
		k->realm = owner;
		k->at = sim.now + delay;
	}
}

static void sim_deliver(struct sim_packet *k)
{
	struct mice_agent *a = &sim.end[k->realm].agent;
	struct mice_stun msg;
	u8 *at = stage(k->data, k->len);

	if (mice_stun_parse(at, k->len, &msg) && msg.has & MICE_HAS_FINGERPRINT)
		mice_agent_input(a, sim.now, &k->to, &k->from, at, &msg);
}

/* What happens at this very moment; then the time of the next thing. */
static u64 sim_step(void)
{
	u64 next = MICE_NEVER, due;
	unsigned int i, e;
	bool again;

	do {
		again = false;
		for (i = 0; i < sim.n_packets; i++) {
			struct sim_packet k = sim.packets[i];

			if (k.at > sim.now)
				continue;
			sim.packets[i] = sim.packets[--sim.n_packets];
			sim_deliver(&k);
			again = true;
			break;
		}
		sim_depart();
	} while (again);
	for (e = 0; e < 2; e++) {
		if (!sim.end[e].agent.ops)
			continue;
		due = mice_agent_tick(&sim.end[e].agent, sim.now);
		/* Work that is due now is done at the next millisecond. */
		next = min(next, max(due, sim.now + 1));
	}
	sim_depart();
	for (i = 0; i < sim.n_packets; i++)
		next = min(next, max(sim.packets[i].at, sim.now + 1));
	return next;
}

/* Until @end, or until both are done if @done. */
static void sim_run(u64 end, bool done)
{
	u64 next;

	while (sim.now < end) {
		next = sim_step();
		if (done && sim.end[0].agent.state >= MICE_COMPLETED &&
		    sim.end[1].agent.state >= MICE_COMPLETED)
			return;
		sim.now = min(next, end);
	}
	sim_step();
}

/* ------------------------------------------------------------ sessions */

static void sim_reset(u64 seed)
{
	memset(&sim, 0, sizeof(sim));
	sim.state = seed * 2 + 1;
	sim.now = 1000;
	sim.delay = 20;
	sim.home_delay = 60;
	sim_random(2);
}

static int sim_add_box(struct sim_box b)
{
	assert(sim.n_boxes < SIM_BOXES);
	sim.boxes[sim.n_boxes] = b;
	return sim.n_boxes++;
}

static void sim_add_host(int e, int realm, struct mice_addr a)
{
	struct sim_end *end = &sim.end[e];

	end->realm[end->n_hosts] = realm;
	end->host[end->n_hosts++] = a;
}

/* RFC 5245 4.1.1: candidates; the STUN server is asked on the way. */
static void sim_gather(int e)
{
	struct sim_end *end = &sim.end[e];
	struct mice_addr from, to;
	unsigned int i, base;
	int realm, box;

	for (i = 0; i < end->n_hosts; i++) {
		base = mice_agent_add_local(&end->agent, MICE_CAND_HOST,
					    &end->host[i], 0, 65535 - i);
		if (!end->stun || end->host[i].ver != 4)
			continue;
		from = end->host[i];
		realm = end->realm[i];
		while ((box = sim_box_out_of(realm)) >= 0 &&
		       !sim.boxes[box].no_udp) {
			to = sim_server;
			from = sim_out(box, &from, &to)->outside;
			realm = sim.boxes[box].outer;
		}
		if (!realm)
			mice_agent_add_local(&end->agent, MICE_CAND_SRFLX,
					     &from, base, 0);
	}
	if (end->home.ver)
		mice_agent_add_local(&end->agent, MICE_CAND_RELAYED,
				     &end->home, 0, 100);
}

static void sim_restart(int e, bool controlling)
{
	struct sim_end *end = &sim.end[e];
	char text[MICE_PWD_TEXT];
	u8 tag[4];

	end->old_key = end->key;
	if (end->agent.own.set)		/* the caller's to keep alive */
		end->agent.own.key = &end->old_key;
	end->ufrag = sim_random(65536);
	sim_fill(NULL, end->pwd, sizeof(end->pwd));
	sim_fill(NULL, tag, sizeof(tag));
	mice_pwd_text(end->pwd, text);
	end->key = hmac_key(text, sizeof(text));
	mice_agent_restart(&end->agent, end->ufrag, &end->key, tag, controlling);
	sim_gather(e);
}

static void sim_offer(int e, struct mice_offer *offer)
{
	struct mice_offer made;
	u8 p[4096];
	unsigned int len;

	/* Over the wire and back. */
	mice_offer_init(&made, 0);
	made.ufrag = sim.end[e].ufrag;
	memcpy(made.pwd, sim.end[e].pwd, sizeof(made.pwd));
	mice_agent_describe(&sim.end[e].agent, &made);
	len = mice_offer_put(p, sizeof(p), 18, true, &made);
	mice_offer_init(offer, 0);
	assert(mice_offer_add(offer, p, len, true) && mice_offer_usable(offer));
}

/*
 * End 0 offers, 1 answers; the answer takes home_delay to come back. Runs until
 * the answer is there.
 */
static void sim_exchange(void)
{
	struct mice_offer offer, answer;
	bool l0 = sim.end[0].agent.conf.lite, l1 = sim.end[1].agent.conf.lite;

	sim_restart(0, true);
	sim_offer(0, &offer);
	sim_run(sim.now + sim.home_delay, false);
	sim_restart(1, false);
	sim_offer(1, &answer);
	mice_agent_remote(&sim.end[1].agent, sim.now, &offer,
			  &sim.end[0].key, mice_agent_role(false, l1, l0) > 0);
	sim_run(sim.now + sim.home_delay, false);
	mice_agent_remote(&sim.end[0].agent, sim.now, &answer,
			  &sim.end[1].key, mice_agent_role(true, l0, l1) > 0);
}

static void sim_init_agents(struct mice_agent_conf c0, struct mice_agent_conf c1)
{
	mice_agent_init(&sim.end[0].agent, &sim_ops, &c0);
	mice_agent_init(&sim.end[1].agent, &sim_ops, &c1);
}

/* Does data that @e sends on its path arrive where it is taken? */
static bool sim_data(int e)
{
	const struct mice_path *path = &sim.end[e].agent.path;
	struct mice_addr from = path->local, to = path->remote;
	unsigned int delay;

	return path->set && sim_carry(e, &from, &to, &delay) == !e &&
	       mice_agent_validated(&sim.end[!e].agent, &to, &from);
}

#endif /* MICE_SIM_H */
