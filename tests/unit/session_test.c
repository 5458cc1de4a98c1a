// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/session.c with binding.c, rr.c and ways.c: two nodes that exchange offers,
 * answers and Binding Updates through home agents which exist in this file, and
 * somebody who wants to disturb them. What they use of the kernel is in
 * kernel/kernel.h.
 */
#include "mice_keys.h"

#define NODES		2
#define DELAY		10	/* ms, any way */
#define PACKETS		512

struct packet {
	u64			at;
	bool			udp;
	struct in6_addr		home_from, home_to;
	struct mice_addr	from, to;
	unsigned int		len;
	u8			data[MICE_MH_MAX];
};

struct node {
	struct mice_net		mn;
	struct mice_mib		mib;
	struct net		net;
	struct in6_addr		home;
	struct mice_addr	host;
	unsigned int		events[16];
	bool			deaf;		/* to what comes from the home agent */
	u32			way4, way6;	/* where packets leave */
	struct mice_addr	other_to;	/* but to this one, */
	struct mice_addr	other_from;	/* or from this one, */
	u32			other_way;	/* by this one */
	unsigned int		n_routes;	/* times the routes were asked */
};

struct workqueue_struct *mice_wq;
u64 kernel_ms;
static struct node node[NODES];
static struct packet queue[PACKETS], last_mh[256];	/* by MH type */
static unsigned int n_queue;
static struct delayed_work *works[16];
static bool timer_waits;	/* for the lock that a deletion holds */
static u32 dice;
static struct packet answer;	/* the last datagram to nobody of these */
static unsigned int n_answers;

/* ------------------------------------------------- the kernel around it */

void get_random_bytes(void *p, size_t n)
{
	u8 *q = p;

	while (n--)
		*q++ = (dice = dice * 1664525 + 1013904223) >> 24;
}

void mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *d,
		      unsigned long delay)
{
	unsigned int i, free = ARRAY_SIZE(works);

	(void)wq;
	for (i = 0; i < ARRAY_SIZE(works); i++) {
		if (works[i] == d)
			break;
		if (!works[i] && free == ARRAY_SIZE(works))
			free = i;
	}
	if (i == ARRAY_SIZE(works))
		i = free;
	assert(i < ARRAY_SIZE(works));
	works[i] = d;
	d->pending = true;
	d->due = kernel_ms + delay;
}

void cancel_delayed_work_sync(struct delayed_work *d)
{
	unsigned int i;

	if (d->pending && timer_waits) {
		d->pending = false;
		d->work.func(&d->work);
	}
	d->pending = false;
	for (i = 0; i < ARRAY_SIZE(works); i++)
		if (works[i] == d)
			works[i] = NULL;
}

/* ------------------------------------------------- the rest of mip6_ice */

static struct node *node_of(const struct mice_net *mn)
{
	return container_of(mn, struct node, mn);
}

int mice_sockets_open(struct mice_net *mn, struct netlink_ext_ack *extack)
{
	(void)mn;
	(void)extack;
	return 0;
}

void mice_sockets_close(struct mice_net *mn)
{
	(void)mn;
}

static struct packet *post(const u8 *p, unsigned int len)
{
	struct packet *k = &queue[n_queue++];

	assert(n_queue < PACKETS && len <= sizeof(k->data));
	memset(k, 0, sizeof(*k));
	k->at = kernel_ms + DELAY;
	k->len = len;
	memcpy(k->data, p, len);
	return k;
}

int mice_udp_send(struct mice_net *mn, const struct mice_addr *from,
		  const struct mice_addr *to, const u8 *p, unsigned int len)
{
	struct packet *k;

	assert(mn->lock.held && len);
	if (from->ver != to->ver)
		return -EAFNOSUPPORT;
	k = post(p, len);
	k->udp = true;
	k->from = *from;
	k->to = *to;
	return 0;
}

int mice_mh_send(struct mice_net *mn, const struct in6_addr *from,
		 const struct in6_addr *to, u8 *p, unsigned int len)
{
	struct packet *k;

	assert(mn->lock.held && mice_mh_len(p, len) == len);
	mice_mh_set_sum(p, (const u8 *)from, (const u8 *)to);
	k = post(p, len);
	k->home_from = *from;
	k->home_to = *to;
	last_mh[p[2]] = *k;
	return 0;
}

void mice_gather_start(struct mice_session *s, u64 now)
{
	struct mice_addr home = mice_addr_v6(&s->home, 4191);

	(void)now;
	mice_agent_add_local(&s->agent, MICE_CAND_HOST, &node_of(s->mn)->host,
			     0, 100);
	mice_agent_add_local(&s->agent, MICE_CAND_RELAYED, &home, 0, 1);
	mice_agent_gathered(&s->agent, false);
	s->addr_hash = s->mn->addr_hash;
}

int ipv6_chk_addr(struct net *net, const struct in6_addr *a,
		  const struct net_device *dev, int strict)
{
	return 1;
}

void mice_gather_look(struct mice_net *mn)
{
	assert(mn->lock.held);
}

bool mice_gather_changed(const struct mice_session *s)
{
	return s->addr_hash != s->mn->addr_hash;
}

u32 mice_route(const struct mice_net *mn, const struct mice_addr *from,
	       const struct mice_addr *to)
{
	struct node *n = node_of(mn);

	n->n_routes++;
	if (mice_addr_equal(to, &n->other_to) ||
	    (from && mice_addr_equal(from, &n->other_from)))
		return n->other_way;
	return to->ver == 4 ? n->way4 : n->way6;
}

bool mice_gather_done(const struct mice_session *s)
{
	(void)s;
	return true;
}

bool mice_gather_input(struct mice_session *s, const struct mice_addr *from,
		       const struct mice_stun *msg)
{
	(void)s;
	(void)from;
	(void)msg;
	return false;
}

u64 mice_gather_tick(struct mice_session *s, u64 now)
{
	(void)s;
	(void)now;
	return MICE_NEVER;
}

void mice_trace_count(const struct mice_net *mn, unsigned int id,
		      unsigned int n)
{
	(void)mn;
	(void)id;
	(void)n;
}

void mice_trace_state(struct mice_session *s)
{
	s->traced = mice_session_state(s);
}

/* Whoever traces hears of the state before the event. */
void mice_netlink_event(const struct mice_session *s, enum mip6_ice_event ev,
			const struct mice_pair *p)
{
	(void)p;
	CHECK(s->traced == mice_session_state(s), "event %u: state %u, traced %u",
	      ev, mice_session_state(s), s->traced);
	node_of(s->mn)->events[ev]++;
}

void mice_conf(const struct mice_net *mn, struct mice_agent_conf *conf)
{
	*conf = (struct mice_agent_conf) {
		.ta = 20, .idle = 15000, .max_pairs = 100,
		.max_checks = mn->knobs.max_checks ?: 100,
		.lite = mn->knobs.lite };
}

/* ------------------------------------------------------------ the world */

#define MIB(i, name)	node[i].mib.mibs[MICE_MIB_##name]

static struct node *owner(const struct mice_addr *a)
{
	unsigned int i;

	for (i = 0; i < NODES; i++)
		if (mice_addr_equal(a, &node[i].host) ||
		    (a->ver == 6 && !memcmp(a->ip, &node[i].home, 16)))
			return &node[i];
	return NULL;
}

static void hear_udp(struct node *n, const struct mice_addr *from,
		     const struct mice_addr *to, const u8 *p, unsigned int len)
{
	struct mice_stun msg;

	mutex_lock(&n->mn.lock);
	if (mice_stun_parse(p, len, &msg) && msg.has & MICE_HAS_FINGERPRINT)
		mice_session_stun(&n->mn, to, from, p, len, &msg);
	else
		mice_session_mh_udp(&n->mn, to, from, p, len);
	mutex_unlock(&n->mn.lock);
}

static void hear_home(struct node *n, const struct in6_addr *from,
		      const u8 *p, unsigned int len)
{
	assert(mice_mh_sum_ok(p, (const u8 *)from, (const u8 *)&n->home));
	mutex_lock(&n->mn.lock);
	mice_session_mh(&n->mn, &n->home, from, p, len);
	mutex_unlock(&n->mn.lock);
}

static void deliver(struct packet k)
{
	struct node *n;
	unsigned int i;

	if (k.udp) {
		n = owner(&k.to);
		if (n) {
			hear_udp(n, &k.from, &k.to, stage(k.data, k.len), k.len);
		} else {
			answer = k;
			n_answers++;
		}
		return;
	}
	for (i = 0; i < NODES; i++)
		if (ipv6_addr_equal(&node[i].home, &k.home_to) && !node[i].deaf)
			hear_home(&node[i], &k.home_from, stage(k.data, k.len),
				  k.len);
}

/* What is due first, up to @until. */
static bool step(u64 until)
{
	struct delayed_work *d;
	unsigned int i, first = PACKETS, work = ARRAY_SIZE(works);
	u64 at = until + 1;

	for (i = 0; i < n_queue; i++)
		if (queue[i].at < at) {
			at = queue[i].at;
			first = i;
		}
	for (i = 0; i < ARRAY_SIZE(works); i++)
		if (works[i] && works[i]->due < at) {
			at = works[i]->due;
			work = i;
		}
	if (at > until)
		return false;
	kernel_ms = max(kernel_ms, at);
	if (work < ARRAY_SIZE(works)) {
		d = works[work];
		works[work] = NULL;
		d->pending = false;
		d->work.func(&d->work);
	} else {
		struct packet k = queue[first];

		queue[first] = queue[--n_queue];
		deliver(k);
	}
	return true;
}

static void wait_ms(u64 ms)
{
	u64 until = kernel_ms + ms;

	while (step(until))
		;
	kernel_ms = until;
}

/* ----------------------------------------------------------- the nodes */

static struct in6_addr home_addr(u8 last)
{
	struct in6_addr a = { };

	memcpy(&a, "\x20\x01\x0d\xb8\0\xaa", 6);
	a.s6_addr[15] = last;
	return a;
}

static struct mice_session *session(unsigned int i)
{
	struct mice_session *s;

	mutex_lock(&node[i].mn.lock);
	s = mice_session_find(&node[i].mn, &node[i].home, &node[!i].home);
	mutex_unlock(&node[i].mn.lock);
	assert(s);
	return s;
}

static void add(unsigned int i, u32 flags)
{
	struct mice_addr none = { };
	struct mice_session *s;

	mutex_lock(&node[i].mn.lock);
	s = mice_session_add(&node[i].mn, &node[i].home, &node[!i].home, flags,
			     &none, NULL);
	mutex_unlock(&node[i].mn.lock);
	assert(!IS_ERR(s));
}

static void del(unsigned int i)
{
	mice_session_del(&node[i].mn, &node[i].home, &node[!i].home);
}

static void end(void)
{
	unsigned int i;

	for (i = 0; i < NODES; i++) {
		if (!node[i].mn.mib)
			continue;
		mice_session_del_all(&node[i].mn);
		mice_rr_exit(&node[i].mn);
	}
}

/* Both nodes, node 0 with the lower home address; nobody has a session. */
static void begin(void)
{
	unsigned int i;

	end();
	memset(node, 0, sizeof(node));
	memset(works, 0, sizeof(works));
	memset(last_mh, 0, sizeof(last_mh));
	n_queue = 0;
	n_answers = 0;
	timer_waits = false;
	kernel_ms = 1000000;
	for (i = 0; i < NODES; i++) {
		struct node *n = &node[i];

		n->mn.net = &n->net;
		n->mn.mib = &n->mib;
		n->mn.open_port = 4191;
		n->home = home_addr(i + 1);
		n->host = addr4(192, 0, 2, i + 1, 4191);
		n->mn.knobs = (struct mice_knobs) {
			.option_type = MICE_OPT_DEFAULT,
			.mh_coti_ice = MICE_MH_COTI_ICE,
			.mh_cot_ice = MICE_MH_COT_ICE,
			.max_peers = 4, .max_candidates = MICE_CANDS_MAX,
			.stun_rate = 100, .error_rate = 10, .home_agent = 1 };
		assert(!mice_rr_init(&n->mn));
	}
}

static bool completed(unsigned int i)
{
	return mice_session_state(session(i)) == MIP6_ICE_STATE_COMPLETED;
}

/* Node 0 has offered and both have selected the direct pair. */
static void meet(void)
{
	begin();
	add(1, 0);
	add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(2000);
	CHECK(completed(0) && completed(1), "completed: %u %u",
	      mice_session_state(session(0)), mice_session_state(session(1)));
}

/* Addresses or routes of a node may be others. */
static void look(unsigned int i)
{
	mutex_lock(&node[i].mn.lock);
	mice_session_look(&node[i].mn);
	mutex_unlock(&node[i].mn.lock);
}

static void move(unsigned int i, u8 last)
{
	node[i].host = addr4(192, 0, 2, last, 4191);
	node[i].mn.addr_hash++;
	look(i);
}

static void restart(unsigned int i)
{
	mutex_lock(&node[i].mn.lock);
	mice_session_restart(mice_session_find(&node[i].mn, &node[i].home,
					       &node[!i].home));
	mutex_unlock(&node[i].mn.lock);
}

/* ---------------------------------------------------- somebody's messages */

static const struct mice_mh_fmt fmt = { 18, 22, 23 };
static const u8 cookie[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static const u8 token[8] = { 8, 7, 6 };
static const struct mice_addr stranger = { 4, 999, { 198, 51, 100, 7 } };
static u8 buf[MICE_MH_MAX];

static struct mice_offer an_offer(void)
{
	struct mice_offer o;

	mice_offer_init(&o, 0);
	o.ufrag = 0x4242;
	o.n = 1;
	o.cands[0] = (struct mice_cand) { .type = MICE_CAND_HOST,
					  .priority = 5, .addr = stranger };
	return o;
}

/* As from node 0 to node 1, checksum right. */
static unsigned int make(struct mice_mh mh, const struct mice_offer *o)
{
	unsigned int len;

	len = mice_mh_build(buf, sizeof(buf), &fmt, &mh, o, true);
	assert(len);
	mice_mh_set_sum(buf, (u8 *)&node[0].home, (u8 *)&node[1].home);
	return len;
}

static void by_udp(unsigned int i, unsigned int len)
{
	hear_udp(&node[i], &stranger, &node[i].host, stage(buf, len), len);
	wait_ms(1);
}

/* What went to node 1 comes from the stranger. */
static void by_udp_from(const struct packet *k)
{
	hear_udp(&node[1], &stranger, &node[1].host, stage(k->data, k->len), k->len);
	wait_ms(20);
}

static void by_home(unsigned int i, unsigned int len)
{
	hear_home(&node[i], &node[!i].home, stage(buf, len), len);
	wait_ms(1);
}

/* A message that went through the home agent comes once more. */
static void again(unsigned int i, u8 type)
{
	assert(last_mh[type].len);
	memcpy(buf, last_mh[type].data, last_mh[type].len);
	by_home(i, last_mh[type].len);
}

/* ---------------------------------------------------------------- cases */

/* D4 to D6, B5.2, RFC 6275 9.5 and 11.7. */
static void test_exchange(void)
{
	meet();
	CHECK(MIB(0, OfferOut) == 1 && MIB(1, OfferIn) == 1 &&
	      MIB(1, AnswerOut) == 1 && MIB(0, AnswerIn) == 1, "offer, answer");
	CHECK(MIB(0, HoTIOut) == 1 && MIB(1, HoTOut) == 1 && MIB(0, HoTIn) == 1,
	      "home test");
	CHECK(MIB(0, UpdateOut) == 1 && MIB(1, UpdateIn) == 1 &&
	      MIB(0, UpdateAckIn) == 1, "Binding Update %lu %lu %lu",
	      MIB(0, UpdateOut), MIB(1, UpdateIn), MIB(0, UpdateAckIn));
	CHECK(session(0)->agent.list.controlling &&
	      !session(1)->agent.list.controlling, "the offerer controls");
	CHECK(mice_addr_equal(&session(0)->agent.path.remote, &node[1].host) &&
	      mice_addr_equal(&session(1)->agent.path.remote, &node[0].host),
	      "direct");
	/* The offer is repeated: nothing begins anew. */
	again(1, 22);
	CHECK(MIB(1, OfferRepeat) == 1 && MIB(1, AnswerOut) == 2 &&
	      MIB(1, Restarts) == 1, "a repeat is answered again");
	again(0, 23);
	CHECK(MIB(0, MhUnexpected) == 1, "a repeated answer is not waited for");
	del(0);
	del(1);
	CHECK(!node[0].mn.n_sessions && !node[1].mn.n_sessions, "gone");
}

/* Its timer waits for the lock while a session is taken out of the tables. */
static void test_deletion(void)
{
	unsigned int i, left = 0;

	meet();
	session(0)->again_at = kernel_ms;
	session(0)->move_at = kernel_ms;
	timer_waits = true;
	del(0);
	for (i = 0; i < ARRAY_SIZE(node[0].mn.by_ufrag); i++)
		left += node[0].mn.by_ufrag[i].first || node[0].mn.by_tag[i].first ||
			node[0].mn.by_pair[i].first || node[0].mn.by_sum[i].first;
	CHECK(!left, "%u table entries left", left);
	/* A datagram that looks into them; the sanitizer would tell. */
	memset(node[0].mn.by_ufrag, 0, left ? sizeof(node[0].mn.by_ufrag) : 0);
	memset(node[0].mn.by_tag, 0, left ? sizeof(node[0].mn.by_tag) : 0);
}

/* DESIGN-M-ICE: a Mobility Header in UDP comes from anywhere. */
static void test_udp(void)
{
	struct mice_offer o = an_offer();
	unsigned int len;

	meet();
	o.lite = true;
	len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
				      .cookie = cookie }, &o);
	by_udp(1, len);
	wait_ms(5000);
	CHECK(MIB(1, MhUdpRefused) == 1 && MIB(1, Restarts) == 1 &&
	      completed(1), "a stranger's offer begins nothing");
	CHECK(mice_addr_equal(&session(1)->agent.path.remote, &node[0].host),
	      "and takes no path");
	CHECK(ipv6_addr_equal(&last_mh[3].home_to, &node[0].home), "HoT goes home");
	len = make((struct mice_mh) { .kind = MICE_MSG_HOTI, .cookie = cookie },
		   NULL);
	by_udp(1, len);
	CHECK(MIB(1, HoTIIn) == 1 && MIB(1, MhUdpRefused) == 2 &&
	      session(1)->home_test_at == MICE_NEVER, "a stranger's HoTI is none");
	buf[4] ^= 1;
	by_udp(1, len);
	CHECK(MIB(1, MhBadChecksum) == 1 && MIB(1, MhUdpRefused) == 2, "wrong checksum");

	/* While we offer: a false answer, a false error. */
	begin();
	add(1, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(100);
	len = make((struct mice_mh) { .kind = MICE_MSG_BE, .status = 2,
				      .home = (u8 *)&node[1].home }, NULL);
	by_udp(1, len);
	CHECK(MIB(1, MhUdpRefused) == 1 && session(1)->signal == MICE_SIG_OFFERED,
	      "a stranger's error ends nothing");
	len = make((struct mice_mh) { .kind = MICE_MSG_COT_ICE, .cookie = cookie,
				      .token = token }, &o);
	by_udp(1, len);
	by_home(1, len);
	CHECK(MIB(1, MhUnexpected) == 2 && session(1)->signal == MICE_SIG_OFFERED,
	      "an answer without our cookie");
	len = make((struct mice_mh) { .kind = MICE_MSG_HOT, .cookie = cookie,
				      .token = token }, NULL);
	by_home(1, len);
	CHECK(MIB(1, MhUnexpected) == 3 && !session(1)->have_home, "HoT, too");
	len = make((struct mice_mh) { .kind = MICE_MSG_BE, .status = 2,
				      .home = (u8 *)&node[1].home }, NULL);
	by_home(1, len);
	CHECK(session(1)->signal == MICE_SIG_SILENT && MIB(1, BindingErrorIn) == 1,
	      "over the home-agent path it counts");
}

/* A captured check, sent again, opens nobody's way for an offer or an error. */
static void test_udp_captured(void)
{
	static const u8 id[12] = { 9 };
	struct mice_offer o = an_offer();
	struct mice_session *s;
	struct mice_stun_buf b;
	unsigned int len;
	char user[9];
	u8 check[256];

	meet();
	s = session(1);
	mice_ufrag_text(s->agent.own.ufrag, user);
	user[4] = ':';
	mice_ufrag_text(s->agent.peer.ufrag, user + 5);
	mice_stun_begin(&b, check, sizeof(check), MICE_STUN_REQUEST, id);
	mice_stun_put(&b, MICE_ATTR_USERNAME, user, sizeof(user));
	mice_stun_put32(&b, MICE_ATTR_PRIORITY, 0x6effffff);
	mice_stun_put64(&b, MICE_ATTR_CONTROLLING, session(0)->agent.tie);
	len = mice_stun_end(&b, s->agent.own.key);
	hear_udp(&node[1], &stranger, &node[1].host, stage(check, len), len);
	wait_ms(1);
	CHECK(mice_agent_validated(&s->agent, &node[1].host, &stranger),
	      "it is as good as any check of the peer's");

	o.lite = true;
	len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
				      .cookie = cookie }, &o);
	by_udp(1, len);
	CHECK(MIB(1, MhUdpRefused) == 1 && MIB(1, Restarts) == 1, "an offer");
	len = make((struct mice_mh) { .kind = MICE_MSG_BE, .status = 2,
				      .home = (u8 *)&node[1].home }, NULL);
	by_udp(1, len);
	CHECK(MIB(1, MhUdpRefused) == 2, "an error");
	CHECK(mice_agent_answered(&s->agent, &node[1].host, &node[0].host),
	      "the peer itself has answered");
	s->agent.conf.lite = true;
	CHECK(!mice_agent_answered(&s->agent, &node[1].host, &node[0].host),
	      "a lite agent has asked nobody");
}

/* Strangers do not use up the limit of Mobility Headers in UDP. */
static void test_udp_limit(void)
{
	unsigned int len, i;

	meet();
	len = make((struct mice_mh) { .kind = MICE_MSG_HOTI, .cookie = cookie },
		   NULL);
	buf[5] ^= 1;
	for (i = 0; i < 3000; i++)
		hear_udp(&node[1], &stranger, &node[1].host, buf, len);
	buf[5] ^= 1;
	by_udp(1, len);
	CHECK(MIB(1, MhUdpRefused) == 1 && !MIB(1, MhLimit), "room is left");
	for (i = 0; i < 1200; i++) {
		hear_udp(&node[1], &stranger, &node[1].host, buf, len);
		n_queue = 0;
	}
	CHECK(MIB(1, MhLimit) > 100, "and then there is a limit");
}

/* RFC 6275 9.5.1 and 11.8: Sequence # of repeats and of replays. */
static void test_sequence(void)
{
	struct packet bu = { };
	unsigned int i;
	u16 seq;

	meet();
	/* The next one gets no acknowledgement for a while. */
	restart(0);
	for (i = 0; i < 4000 && !bu.len; i++) {
		unsigned int k;

		wait_ms(1);
		for (k = 0; k < n_queue; k++)
			if (queue[k].udp && queue[k].data[0] == 59 &&
			    queue[k].data[2] == MICE_MH_BU) {
				bu = queue[k];
				queue[k].at = kernel_ms + 1000000;
			}
	}
	CHECK(bu.len, "a Binding Update");
	seq = mice_get16(bu.data + 6);
	wait_ms(1500);
	CHECK(MIB(1, UpdateIn) == 2 && MIB(0, UpdateAckIn) == 2, "the repeat");
	CHECK(session(1)->bu_in_seq == (u16)(seq + 1), "has a greater number");
	/* Late, or again: refused, and nothing comes of that. */
	deliver(bu);
	wait_ms(500);
	CHECK(MIB(1, UpdateIn) == 2 && MIB(1, UpdateStale) == 1, "an older one");
	deliver(bu);
	wait_ms(500);
	CHECK(MIB(1, UpdateIn) == 2 && MIB(0, UpdateOut) == 3, "and no more");
	session(1)->bu_in_seq = seq;
	deliver(bu);
	CHECK(MIB(1, UpdateIn) == 2 && MIB(1, UpdateStale) == 3, "the same one");
	bu.data[bu.len - 1] ^= 1;
	mice_mh_set_sum(bu.data, (u8 *)&node[0].home, (u8 *)&node[1].home);
	deliver(bu);
	CHECK(MIB(1, UpdateBad) == 1, "a wrong authenticator");
}

/* Refusals without an authenticator may be anybody's. */
static void test_refusals(void)
{
	struct mice_mh ba = { .kind = MICE_MSG_BA, .status = MICE_BA_NONCES };
	struct mice_session *s;
	unsigned int i, len, offers;

	begin();
	add(0, 0);
	add(1, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(2000);
	/* One that waits for its acknowledgement. */
	node[0].mn.knobs.option_type = 77;
	s = session(1);
	mutex_lock(&node[1].mn.lock);
	mice_binding_selected(s);
	mutex_unlock(&node[1].mn.lock);
	session(1)->bu_at = 0;
	session(1)->bu_first = 5;
	session(1)->bu_seq = 5;
	offers = MIB(1, OfferOut);
	ba.seq = 9;
	len = make(ba, NULL);
	by_udp(1, len);
	CHECK(MIB(1, OfferOut) == offers, "not our number");
	node[0].mn.knobs.option_type = 18;
	for (i = 0; i < 200; i++) {
		session(1)->bu_at = kernel_ms + 60000;
		ba.seq = session(1)->bu_seq;
		len = make(ba, NULL);
		by_udp(1, len);
		wait_ms(45);
	}
	CHECK(MIB(1, Refreshes) + MIB(1, OfferOut) - offers <= 2,
	      "%lu offers in ten seconds", MIB(1, OfferOut) - offers);
	CHECK(MIB(1, OfferOut) > offers, "but it is heard");
}

/* New tokens before the nonces are stale; a peer that has forgotten us. */
static void test_refresh(void)
{
	meet();
	wait_ms(185000);
	CHECK(MIB(0, Refreshes) == 1 && MIB(1, OfferRepeat) == 1 &&
	      MIB(0, UpdateAckIn) == 2 && MIB(0, Restarts) == 1, "refreshed");
	del(1);
	add(1, 0);
	wait_ms(190000);
	CHECK(MIB(0, AnswerChanged) == 1 && MIB(0, Restarts) == 2,
	      "other credentials begin a new run");
	CHECK(completed(0) && completed(1), "and both have a pair");

	/* Nobody answers the refresh: the pair stays, and it is tried again. */
	meet();
	node[1].deaf = true;
	wait_ms(300000);
	CHECK(completed(0) && MIB(0, Silent) == 1, "the pair stays");
	wait_ms(700000);
	CHECK(MIB(0, Refreshes) == 2, "asked again: %lu", MIB(0, Refreshes));
}

/* 9.1.1.1: moves of either end, more of them than restarts are allowed. */
static void test_moves(void)
{
	unsigned int i, end_;

	for (end_ = 0; end_ < 2; end_++) {
		meet();
		for (i = 0; i < 12; i++) {
			move(end_, 20 + i);
			wait_ms(30);
		}
		CHECK(MIB(end_, Restarts) < 9, "limited: %lu", MIB(end_, Restarts));
		wait_ms(10000);
		CHECK(completed(0) && completed(1), "end %u: completed", end_);
		CHECK(mice_addr_equal(&session(!end_)->agent.path.remote,
				      &node[end_].host),
		      "end %u: at its last address", end_);
	}
}

/* A change of routes alone: which of them begin a new run. */
static void test_routes(void)
{
	struct mice_addr server = addr4(203, 0, 113, 9, 4191);
	struct mice_session *s;
	unsigned int i, asked;

	for (i = 0; i < 2; i++) {
		meet();
		look(i);
		CHECK(MIB(i, Restarts) == 1, "nothing has changed");
		node[i].way4 = 7;
		look(i);
		CHECK(MIB(i, RoutesChanged) == 1 && !MIB(i, AddressesChanged) &&
		      MIB(i, Restarts) == 2, "end %u: another gateway to the peer", i);
		CHECK(session(i)->agent.path.set, "the path carries on");
		wait_ms(2000);
		CHECK(completed(0) && completed(1), "and is found again");
		look(i);
		look(i);
		CHECK(MIB(i, Restarts) == 2, "once");
		node[i].way6 = 7;
		look(i);
		CHECK(MIB(i, Restarts) == 3, "another way to the home address");
		wait_ms(2000);
		node[i].other_to = stranger;
		node[i].other_way = 9;
		look(i);
		CHECK(MIB(i, Restarts) == 3, "the way to somebody else");
		node[i].way4 = 8;
		node[i].way4 = 7;
		look(i);
		CHECK(MIB(i, Restarts) == 3, "there and back");
	}

	/* Policy by source: along the path alone. */
	meet();
	node[0].other_from = node[0].host;
	node[0].other_way = 9;
	look(0);
	CHECK(MIB(0, RoutesChanged) == 1, "from the path's address");

	/* To the STUN server, from each base; to who is heard of later. */
	meet();
	s = session(0);
	s->server = server;
	s->n_gathers = 1;
	s->gathers[0].tx.live = false;
	mice_list_add_remote(&s->agent.list, MICE_CAND_PRFLX, &stranger, 5);
	look(0);
	wait_ms(16000);
	CHECK(!MIB(0, RoutesChanged), "what is new is no change");
	asked = node[0].n_routes;
	wait_ms(100000);
	CHECK(node[0].n_routes == asked, "nobody asks without an event");
	look(0);
	CHECK(node[0].n_routes - asked == 3u + s->agent.list.n_remotes,
	      "each way once: %u", node[0].n_routes - asked);
	node[0].other_way = 9;
	node[0].other_to = server;
	look(0);
	CHECK(MIB(0, RoutesChanged) == 1, "to the server");
	wait_ms(2000);
	node[0].other_way = 10;
	restart(0);
	look(0);
	CHECK(MIB(0, RoutesChanged) == 1, "a new run has asked anew");
	meet();
	s = session(0);
	mice_list_add_remote(&s->agent.list, MICE_CAND_PRFLX, &stranger, 5);
	wait_ms(16000);
	node[0].other_way = 9;
	node[0].other_to = stranger;
	look(0);
	CHECK(MIB(0, RoutesChanged) == 1, "to one that came later");

	meet();
	node[0].way4 = 9;
	node[0].way6 = 9;
	restart(0);
	wait_ms(2000);
	look(0);
	CHECK(!MIB(0, RoutesChanged), "a new run knows nothing of the one before");

	/* A route that comes and goes all the time. */
	meet();
	for (i = 0; i < 200; i++) {
		node[0].way4 = i;
		look(0);
		wait_ms(50);
	}
	CHECK(MIB(0, Restarts) <= 1 + 5 + 10 + 1, "limited: %lu", MIB(0, Restarts));
	wait_ms(10000);
	CHECK(completed(0) && completed(1), "and at its end there is a pair");

	/* Who has not begun has nothing to look for; silence may end by it. */
	begin();
	add(0, 0);
	add(1, MIP6_ICE_PEER_FLAGS_MANUAL);
	wait_ms(100);
	node[0].way6 = 5;
	node[1].way6 = 5;
	look(0);
	look(1);
	CHECK(!MIB(0, Restarts) && MIB(1, Restarts) == 1, "idle and manual ones");
	begin();
	add(1, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(100000);
	add(0, 0);
	node[1].way6 = 5;
	look(1);
	wait_ms(2000);
	CHECK(completed(0) && completed(1), "the home agents are back");
}

/* DESIGN-M-ICE, Glare: the higher home address's offer stands. */
static void test_glare(void)
{
	meet();
	restart(0);
	restart(1);
	wait_ms(2000);
	CHECK(completed(0) && completed(1), "completed");
	CHECK(!session(0)->agent.list.controlling &&
	      session(1)->agent.list.controlling, "the higher controls");
	CHECK(MIB(1, OfferGlare) == 1 && MIB(0, OfferGlare) == 0, "counted");
	CHECK(MIB(0, Restarts) == 2 && MIB(1, Restarts) == 2,
	      "the lower one answers with what it offered");
}

/* Flag M (5.1): what makes us say it, and what hearing it does. */
static void test_mismatch(void)
{
	struct mice_offer o = an_offer();
	unsigned int len;

	begin();
	add(1, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(50);
	o.cands[0].type = MICE_CAND_RELAYED;
	len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
				      .cookie = cookie }, &o);
	/* Node 1 is the higher one: its own offer has to be over. */
	session(1)->signal = MICE_SIG_DONE;
	by_home(1, len);
	CHECK(MIB(1, MismatchOut) == 1 && session(1)->signal == MICE_SIG_SILENT,
	      "a relayed candidate that is not the home address");
	CHECK(node[1].events[MIP6_ICE_EVENT_MISMATCH] == 1, "told to our user, too");
	wait_ms(590000);
	CHECK(MIB(1, OfferOut) == 1, "quiet");
	wait_ms(20000);
	CHECK(MIB(1, OfferOut) > 1, "and again after ten minutes");

	begin();
	node[0].mn.knobs.lite = 1;
	node[1].mn.knobs.lite = 1;
	add(1, 0);
	add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(2000);
	CHECK(MIB(1, MismatchOut) == 1 && MIB(0, MismatchIn) == 1 &&
	      session(0)->signal == MICE_SIG_SILENT, "both lite (5.2)");
	CHECK(node[0].events[MIP6_ICE_EVENT_MISMATCH] == 1, "told");
	wait_ms(590000);
	CHECK(MIB(0, OfferOut) == 1, "quiet");
	wait_ms(20000);
	CHECK(MIB(0, OfferOut) == 2, "ten minutes");

	/* One lite end. */
	begin();
	node[0].mn.knobs.lite = 1;
	add(1, 0);
	add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(3000);
	CHECK(completed(0) && completed(1) && session(1)->agent.list.controlling,
	      "the full end controls");
}

/* The option of the last message of that MH type that went through home agents. */
static struct mice_offer option_of(u8 type)
{
	struct packet *k = &last_mh[type];
	struct mice_offer o;
	struct mice_mh mh;

	mice_offer_init(&o, 0);
	assert(mice_mh_parse(k->data, k->len, &fmt, &mh, &o) == MICE_MH_OK);
	return o;
}

/* D11: flags L and M of offers and answers, as the other end reads them. */
static void test_flags(void)
{
	struct mice_offer o;
	unsigned int we, they, len;

	for (we = 0; we < 2; we++)
		for (they = 0; they < 2; they++) {
			begin();
			node[0].mn.knobs.lite = we;
			node[1].mn.knobs.lite = they;
			add(1, 0);
			add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
			wait_ms(50);
			o = option_of(22);
			CHECK(o.n_opts == 1 && o.lite == we && !o.mismatch && o.n,
			      "offer, lite %u", we);
			o = option_of(23);
			CHECK(o.n_opts == 1 && o.lite == they &&
			      o.mismatch == (we && they) && !o.n == (we && they),
			      "answer, lite %u %u", we, they);
			if (!(we && they))
				CHECK(session(0)->agent.peer_lite == they &&
				      session(1)->agent.peer_lite == we, "read");
		}

	/* It is as the sysctl says when the offer comes, not as in the run before. */
	begin();
	node[0].mn.knobs.lite = 1;
	node[1].mn.knobs.lite = 1;
	add(1, 0);
	add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(1000);
	node[1].mn.knobs.lite = 0;
	restart(0);
	wait_ms(2000);
	CHECK(completed(0) && completed(1) && MIB(1, MismatchOut) == 1, "lite no more");
	node[1].mn.knobs.lite = 1;
	restart(0);
	wait_ms(2000);
	CHECK(MIB(1, MismatchOut) == 2 && session(0)->signal == MICE_SIG_SILENT,
	      "lite again");

	/* M = 1 for a relayed candidate that is nobody's home address (5.1). */
	begin();
	add(1, 0);
	wait_ms(50);
	o = an_offer();
	o.cands[0].type = MICE_CAND_RELAYED;
	len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
				      .cookie = cookie }, &o);
	by_home(1, len);
	o = option_of(23);
	CHECK(o.n_opts == 1 && o.mismatch && !o.lite && !o.n, "M, no candidates");
	CHECK(!memcmp(last_mh[23].data + 8, cookie, 8), "with the offer's cookie");
	CHECK(!session(1)->agent.n_checks, "and no check");

	/* M counts whatever else the answer lists. */
	begin();
	add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(50);
	o = an_offer();
	o.mismatch = true;
	len = mice_mh_build(buf, sizeof(buf), &fmt, &(struct mice_mh) {
		.kind = MICE_MSG_COT_ICE, .cookie = session(0)->coti_cookie,
		.token = token }, &o, true);
	mice_mh_set_sum(buf, (u8 *)&node[1].home, (u8 *)&node[0].home);
	by_home(0, len);
	wait_ms(1000);
	CHECK(MIB(0, MismatchIn) == 1 && !session(0)->agent.n_checks &&
	      session(0)->signal == MICE_SIG_SILENT, "its candidates mean nothing");
}

static void refuse(const struct mice_refusal *r)
{
	mutex_lock(&node[1].mn.lock);
	mice_session_refused(&node[1].mn, r);
	mutex_unlock(&node[1].mn.lock);
}

/* RFC 6275 11.8: back-off; a peer that cannot, or says that it cannot. */
static void test_silence(void)
{
	static const u64 at[] = { 500, 1500, 3500, 7500, 15500, 31500 };
	struct mice_refusal r = { .home = home_addr(2), .peer = home_addr(1) };
	unsigned int i;

	begin();
	add(1, MIP6_ICE_PEER_FLAGS_INITIATE);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		wait_ms(at[i] - (i ? at[i - 1] : 0));
		CHECK(MIB(1, OfferOut) == i + 1, "offers at %u.5 s: %lu",
		      (unsigned int)at[i] / 1000, MIB(1, OfferOut));
	}
	wait_ms(64000 - 31500);
	CHECK(MIB(1, OfferOut) == 6 && MIB(1, Silent) == 1 &&
	      session(1)->signal == MICE_SIG_SILENT, "silence after 63 s");
	wait_ms(600000);
	CHECK(MIB(1, OfferOut) > 6, "again after ten minutes");

	/* The end that did not begin has moved: it asks as patiently. */
	meet();
	del(0);
	move(1, 77);
	wait_ms(64000);
	CHECK(MIB(1, OfferOut) == 6 && session(1)->signal == MICE_SIG_SILENT,
	      "nobody answers it");
	wait_ms(600000);
	CHECK(MIB(1, OfferOut) > 6, "nor after ten minutes: %lu", MIB(1, OfferOut));
	add(0, 0);
	wait_ms(40000);
	CHECK(completed(0) && completed(1), "until the peer is there");

	begin();
	add(1, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(500);
	/* ICMPv6 Parameter Problem */
	memcpy(r.cookie, cookie, 8);
	refuse(&r);
	CHECK(session(1)->signal == MICE_SIG_OFFERED && MIB(1, MhUnexpected) == 1,
	      "quotes what we never sent");
	memcpy(r.cookie, session(1)->coti_cookie, 8);
	refuse(&r);
	CHECK(session(1)->signal == MICE_SIG_SILENT && MIB(1, RefusalIn) == 1,
	      "quotes our offer");
}

/* 9.1.1.1: the path of the run before is kept while it works, and no longer. */
static void test_old_path(void)
{
	unsigned int i, lost;

	/* Nobody is there any more; the addresses are what they were. */
	for (i = 0; i < 2; i++) {
		meet();
		del(1);
		restart(0);
		wait_ms(20000);
		CHECK(session(0)->agent.path.set && session(0)->agent.path_old,
		      "it may yet answer");
		/* Another run does not make it younger. */
		if (i)
			restart(0);
		wait_ms(11000);
		CHECK(!session(0)->agent.path.set &&
		      node[0].mib.agent[MICE_STAT_PathLost] == 1 &&
		      node[0].events[MIP6_ICE_EVENT_PATH_LOST] == 1,
		      "30 s without an answer");
		lost = n_answers;
		wait_ms(60000);
		CHECK(node[0].mib.agent[MICE_STAT_KeepaliveOut] < 3 &&
		      n_answers == lost, "nothing goes there any more");
	}

	/* The home agents are gone, the path is not: it is kept for hours, for
	 * whoever offers, whatever the roles, and however often.
	 */
	for (i = 0; i < 4; i++) {
		meet();
		node[0].deaf = true;
		node[1].deaf = true;
		restart(i & 1);
		wait_ms(40000);
		if (i & 2) {
			restart(i & 1);
			restart(i & 1);
			restart(!(i & 1));
		}
		wait_ms(3 * 3600 * 1000);
		CHECK(session(0)->agent.path.set && session(1)->agent.path.set &&
		      session(i & 1)->agent.path_old, "it works, so it stays: %u", i);
		CHECK(!node[0].mib.agent[MICE_STAT_RoleConflict] &&
		      !node[0].mib.agent[MICE_STAT_RoleSwitched] &&
		      !node[1].mib.agent[MICE_STAT_RoleSwitched], "no role changes");
		del(!(i & 1));
		wait_ms(36000);
		CHECK(!session(i & 1)->agent.path.set, "until it does not");
	}

	/* The new run fails, though both ends hear of each other. */
	meet();
	node[0].mn.knobs.max_checks = 1;
	node[1].mn.knobs.max_checks = 1;
	restart(0);
	wait_ms(3 * 60 * 1000);
	CHECK(session(0)->agent.state == MICE_FAILED_STATE, "state %u",
	      session(0)->agent.state);
	CHECK(session(0)->agent.path.set && session(0)->agent.path_old &&
	      session(1)->agent.path.set && session(1)->agent.path_old,
	      "the path that works stays for both");

	/* A lite agent finds out as well. */
	begin();
	node[0].mn.knobs.lite = 1;
	add(1, 0);
	add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(3000);
	CHECK(completed(0) && completed(1), "with a lite end");
	node[1].deaf = true;
	restart(0);
	wait_ms(3600 * 1000);
	CHECK(session(0)->agent.path.set, "kept");
	del(1);
	wait_ms(36000);
	CHECK(!session(0)->agent.path.set, "lost");
}

/* Without memory for a key the run that there is goes on. */
static void test_no_key(void)
{
	struct mice_session *s;
	u8 pwd[MICE_PWD_LEN];
	u16 ufrag;

	meet();
	s = session(0);
	memcpy(pwd, s->pwd, sizeof(pwd));
	ufrag = s->ufrags[s->cur].ufrag;
	no_key = true;
	restart(0);
	no_key = false;
	CHECK(!memcmp(pwd, s->pwd, sizeof(pwd)) &&
	      ufrag == s->ufrags[s->cur].ufrag && s->agent.own.ufrag == ufrag,
	      "the old credentials, both of them");
	CHECK(MIB(0, KeyFailed) == 1 && completed(0) && MIB(0, Restarts) == 1,
	      "counted, and nothing is begun");
	wait_ms(40000);
	CHECK(MIB(0, Restarts) == 2 && completed(0) && completed(1),
	      "it is tried again");

	/* Nothing is signed with what is no key. */
	begin();
	add(1, 0);
	node[1].mn.kcn->broken = true;
	add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(500);
	CHECK(MIB(1, KeyFailed) == 2 && !MIB(1, HoTOut) && !MIB(1, AnswerOut),
	      "no tokens: %lu", MIB(1, KeyFailed));
	node[1].mn.kcn->broken = false;
	wait_ms(40000);
	CHECK(completed(0) && completed(1), "until there are");
}

/* The agent of node 0 says so; then what is due is looked at. */
static void agent_says(enum mice_event first, enum mice_event second)
{
	struct mice_session *s = session(0);

	mutex_lock(&node[0].mn.lock);
	s->agent.ops->event(&s->agent, first, NULL);
	if (second != first)
		s->agent.ops->event(&s->agent, second, NULL);
	mod_delayed_work(mice_wq, &s->work, 1);
	mutex_unlock(&node[0].mn.lock);
}

/* No pair has worked, so another offer is due in ten minutes; then the peer's check
 * finds one.
 */
static void test_revived(void)
{
	meet();
	agent_says(MICE_EV_FAILED, MICE_EV_FAILED);
	wait_ms(599000);
	CHECK(MIB(0, Restarts) == 1, "not yet");
	wait_ms(3000);
	CHECK(MIB(0, Restarts) == 2, "it is asked again: %lu", MIB(0, Restarts));

	meet();
	agent_says(MICE_EV_FAILED, MICE_EV_SELECTED);
	wait_ms(3600 * 1000);
	CHECK(MIB(0, Restarts) == 1, "what works is left alone: %lu",
	      MIB(0, Restarts));

	/* A lost path says that the network is another one: that is asked for,
	 * whatever else there is at hand.
	 */
	meet();
	agent_says(MICE_EV_CONSENT_LOST, MICE_EV_SELECTED);
	wait_ms(1000);
	CHECK(MIB(0, Restarts) == 2, "asked at once: %lu", MIB(0, Restarts));
}

/* What a BU that somebody shows again draws: no more octets than it has. */
static void test_amplification(void)
{
	struct packet bu = { };
	unsigned int i, k, round;

	for (round = 0; round < 2; round++) {
		begin();
		add(1, 0);
		add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
		for (i = 0; i < 2000; i++) {
			wait_ms(1);
			for (k = 0; k < n_queue; k++)
				if (queue[k].udp && queue[k].data[0] == 59 &&
				    queue[k].data[2] == MICE_MH_BU)
					bu = queue[k];
		}
		assert(bu.len && completed(1));
		/* All its candidates are told again. */
		node[0].deaf = true;
		restart(1);
		wait_ms(100);
		/* The second time it is one that has not come yet. */
		if (round)
			session(1)->bu_in_seq--;
		n_answers = 0;
		by_udp_from(&bu);
		CHECK(n_answers == 1 && answer.len <= bu.len,
		      "%u octets for %u, %u answers", answer.len, bu.len, n_answers);
		CHECK(MIB(1, UpdateStale) == !round, "as meant");
		/* The peer's own address may get more. */
		session(1)->bu_in_seq--;
		k = MIB(1, UpdateAckOut);
		session(1)->agent.path_old = false;
		deliver(bu);
		CHECK(MIB(1, UpdateAckOut) == k + 1, "the peer is answered");
		CHECK(queue[n_queue - 1].len > bu.len, "with all: %u octets",
		      queue[n_queue - 1].len);
	}
}

/* DESIGN-M-ICE: at most 10 error answers a second go to one source. */
static void test_error_rate(void)
{
	static const u8 id[12] = { 5 };
	struct mice_addr other = stranger;
	struct mice_stun_buf b;
	unsigned int i, len;

	begin();
	add(1, 0);
	mice_stun_begin(&b, buf, sizeof(buf), MICE_STUN_REQUEST, id);
	mice_stun_put(&b, MICE_ATTR_USERNAME, "zzzz:0000", 9);
	len = mice_stun_end(&b, node[1].mn.kcn);
	for (i = 0; i < 60; i++) {
		hear_udp(&node[1], &stranger, &node[1].host, buf, len);
		/* Its ports are one source. */
		other.port = i;
		hear_udp(&node[1], &other, &node[1].host, buf, len);
	}
	wait_ms(20);
	CHECK(n_answers == 10 && MIB(1, StunErrorOut) == 10 &&
	      MIB(1, StunErrorLimit) == 110, "%u errors for one", n_answers);
	other.ip[3]++;
	hear_udp(&node[1], &other, &node[1].host, buf, len);
	wait_ms(20);
	CHECK(n_answers == 11, "another has its own");
	wait_ms(960);
	for (i = 0; i < 60; i++)
		hear_udp(&node[1], &stranger, &node[1].host, buf, len);
	wait_ms(20);
	CHECK(n_answers == 21, "ten more in the next second: %u", n_answers);
	node[1].mn.knobs.error_rate = 2;
	wait_ms(1000);
	for (i = 0; i < 60; i++)
		hear_udp(&node[1], &stranger, &node[1].host, buf, len);
	wait_ms(20);
	CHECK(n_answers == 23, "as the sysctl says: %u", n_answers);
}

static unsigned long offered(u16 ufrag)
{
	struct mice_offer o = an_offer();
	unsigned int len;

	o.ufrag = ufrag;
	len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
				      .cookie = cookie }, &o);
	by_home(1, len);
	return MIB(1, Restarts);
}

/* DESIGN-M-ICE: one new run a second, 5 at once, for offer after offer. */
static void test_restart_bucket(void)
{
	unsigned int i;

	begin();
	add(1, 0);
	for (i = 0; i < 20; i++)
		offered(i);
	CHECK(MIB(1, Restarts) == 5 && MIB(1, MhLimit) == 15, "at once: %lu, %lu",
	      MIB(1, Restarts), MIB(1, MhLimit));
	CHECK(session(1)->offer.ufrag == 4, "the last one that was taken stays");
	wait_ms(900);
	CHECK(offered(100) == 5, "not yet");
	wait_ms(100);
	CHECK(offered(101) == 6, "one a second");
	CHECK(offered(102) == 6, "and no more");
	for (i = 0; i < 20; i++) {
		wait_ms(500);
		offered(200 + i);
	}
	CHECK(MIB(1, Restarts) >= 15 && MIB(1, Restarts) <= 16, "in ten seconds: %lu",
	      MIB(1, Restarts));
	/* A repeat of what was taken costs nothing. */
	i = MIB(1, Restarts);
	wait_ms(60000);
	CHECK(offered(300) == ++i && offered(300) == i && offered(300) == i,
	      "repeats");
	for (; i < 100; i++)
		offered(400 + i);
	CHECK(MIB(1, Restarts) >= 16 + 4 && MIB(1, Restarts) <= 17 + 5,
	      "five are kept, not sixty: %lu", MIB(1, Restarts));
}

/* Options that cannot be used (D11). */
static void test_options(void)
{
	struct mice_offer o = an_offer();
	unsigned int len;

	meet();
	len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
				      .cookie = cookie }, &o);
	buf[20] ^= 1;
	mice_mh_set_sum(buf, (u8 *)&node[0].home, (u8 *)&node[1].home);
	by_home(1, len);
	CHECK(MIB(1, OptionBad) == 1 && MIB(1, OptionNone) == 1 &&
	      MIB(1, Restarts) == 1, "a wrong checksum: silence");
	len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
				      .cookie = cookie }, NULL);
	by_home(1, len);
	CHECK(MIB(1, OptionNone) == 2 && completed(1), "no option: silence");
}

/*
 * A message from node @from whose two options of ours agree, or do not, in ufrag;
 * what it is worth is up to its kind.
 */
static void say_twice(unsigned int from, struct mice_mh mh, bool agree)
{
	struct mice_offer o = an_offer();
	unsigned int at, len;

	/* Ten candidates do not fit into one tlv option. */
	for (o.n = 0; o.n < 10; o.n++)
		o.cands[o.n] = o.cands[0];
	len = mice_mh_build(buf, sizeof(buf), &fmt, &mh, &o, false);
	for (at = 12; buf[at] != fmt.option || buf[at + 1] < 22; at += 4)
		;
	at += buf[at + 1] + 2;
	assert(len && buf[at] == fmt.option);
	if (!agree) {	/* what one field has less the checksum has more */
		mice_put16(buf + at + 20, mice_get16(buf + at + 20) - 1);
		mice_put16(buf + at + 4, mice_get16(buf + at + 4) + 1);
	}
	mice_mh_set_sum(buf, (u8 *)&node[from].home, (u8 *)&node[!from].home);
	by_home(!from, len);
}

/* DESIGN-M-ICE: options that come twice agree, or the message is dropped. */
static void test_repeated_options(void)
{
	struct mice_mh hoti = { .kind = MICE_MSG_HOTI, .cookie = cookie };
	struct mice_mh hot = { .kind = MICE_MSG_HOT, .token = token };
	struct mice_mh coti = { .kind = MICE_MSG_COTI_ICE, .cookie = cookie };
	struct mice_mh ba = { .kind = MICE_MSG_BA, .status = MICE_BA_NONCES };

	begin();
	add(1, 0);
	say_twice(0, hoti, false);
	CHECK(MIB(1, OptionNone) == 1 && !MIB(1, HoTIIn), "HoTI, they disagree");
	say_twice(0, hoti, true);
	CHECK(MIB(1, OptionNone) == 1 && MIB(1, HoTIIn) == 1, "HoTI, they agree");
	say_twice(0, coti, false);
	CHECK(MIB(1, OptionNone) == 2 && !MIB(1, OfferIn), "an offer, they disagree");
	say_twice(0, coti, true);
	CHECK(MIB(1, OfferIn) == 1 && session(1)->offer.n == 10 &&
	      session(1)->offer.n_opts == 2, "an offer of two options");

	begin();
	add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(1);
	hot.cookie = session(0)->hoti_cookie;
	say_twice(1, hot, false);
	CHECK(MIB(0, OptionNone) == 1 && !session(0)->have_home, "HoT, they disagree");
	say_twice(1, hot, true);
	CHECK(MIB(0, OptionNone) == 1 && session(0)->have_home, "HoT, they agree");

	/* A refusal of our tokens. */
	meet();
	session(0)->bu_at = kernel_ms + 60000;
	ba.seq = session(0)->bu_seq;
	say_twice(1, ba, false);
	CHECK(MIB(0, OptionNone) == 1 && session(0)->have_home, "BA, they disagree");
	say_twice(1, ba, true);
	CHECK(MIB(0, UpdateAckIn) == 2 && !session(0)->have_home, "BA, they agree");
}

/* The home agent's STUN server: nobody is flooded, nobody is starved. */
static void test_serve(void)
{
	static const char pad[] = "mip6_ice, M-ICE node";
	static const u8 id[12] = { 3 };
	struct mice_addr other = stranger;
	struct mice_stun_buf b;
	unsigned int i, len;

	begin();
	mice_stun_begin(&b, buf, sizeof(buf), MICE_STUN_REQUEST, id);
	len = mice_stun_end(&b, NULL);
	by_udp(1, len);
	wait_ms(20);
	CHECK(MIB(1, StunShort) == 1 && !n_answers, "28 octets are not answered");
	node[1].mn.knobs.stun_short = 1;
	by_udp(1, len);
	wait_ms(20);
	CHECK(n_answers == 1 && answer.len == 40, "unless that is wanted");
	node[1].mn.knobs.stun_short = 0;
	mice_stun_begin(&b, buf, sizeof(buf), MICE_STUN_REQUEST, id);
	mice_stun_put(&b, MICE_ATTR_SOFTWARE, pad, sizeof(pad) - 1);
	len = mice_stun_end(&b, NULL);
	wait_ms(1000);
	n_answers = 0;
	for (i = 0; i < 99; i++)
		hear_udp(&node[1], &stranger, &node[1].host, buf, len);
	wait_ms(20);
	CHECK(n_answers == 25 && answer.len <= len, "a quarter for one: %u",
	      n_answers);
	other.ip[3]++;
	hear_udp(&node[1], &other, &node[1].host, buf, len);
	wait_ms(20);
	CHECK(n_answers == 26, "another is served");
	wait_ms(1000);
	n_answers = 0;
	for (i = 0; i < 200; i++) {
		other.ip[3] = i;
		hear_udp(&node[1], &other, &node[1].host, buf, len);
	}
	wait_ms(20);
	CHECK(n_answers == 100 && MIB(1, StunServeLimit) > 100, "all of them: %u",
	      n_answers);
	wait_ms(1000);
	n_answers = 26;
	node[1].mn.knobs.home_agent = 0;
	other.ip[3]++;
	hear_udp(&node[1], &other, &node[1].host, buf, len);
	wait_ms(20);
	CHECK(n_answers == 26 && MIB(1, StunNotServed) == 1, "not without the role");
}

/* A daemon at the peer: Binding Error 2 for type 22, then our own CoT-ICE. */
static void test_be(void)
{
	unsigned int len;

	begin();
	add(1, MIP6_ICE_PEER_FLAGS_INITIATE);
	add(0, 0);
	/* Before the CoT-ICE comes */
	wait_ms(12);
	len = make((struct mice_mh) { .kind = MICE_MSG_BE, .status = 2,
				      .home = (u8 *)&node[1].home }, NULL);
	hear_home(&node[1], &node[0].home, stage(buf, len), len);
	wait_ms(20000);
	CHECK(MIB(1, BindingErrorIn) == 1 && completed(0) && completed(1), "BE: states %u %u, unexpected %lu, BE %lu",
	      mice_session_state(session(0)), mice_session_state(session(1)),
	      MIB(1, MhUnexpected), MIB(1, BindingErrorIn));
}

/* Offers with the peer's address, of somebody else, repeated. */
static void test_amp(void)
{
	struct mice_offer o = an_offer();
	unsigned long offers, before;
	unsigned int len, i;

	begin();
	add(1, 0);
	o.n = 0;
	len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
				      .cookie = cookie }, &o);
	by_home(1, len);
	wait_ms(1000);
	before = MIB(1, AnswerOut);
	for (i = 0; i < 400; i++) {
		by_home(1, make((struct mice_mh) { .kind = MICE_MSG_HOTI,
						   .cookie = cookie }, NULL));
		len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
					      .cookie = cookie }, &o);
		by_home(1, len);
		wait_ms(10);
	}
	offers = MIB(1, AnswerOut) - before;
	CHECK(offers >= 5 && offers <= 10, "5 at once, then one each second: %lu", offers);
	CHECK(MIB(1, HoTOut) <= offers + 1 && MIB(1, MhLimit) == 400 - offers,
	      "HoT beside these: %lu, refused %lu", MIB(1, HoTOut), MIB(1, MhLimit));
}

/* M = 1 with fewer candidates kept. */
static void test_kept(void)
{
	struct mice_offer o = an_offer();
	unsigned int len;

	begin();
	add(1, 0);
	node[1].mn.knobs.max_candidates = 1;
	o.n = 2;
	o.cands[1] = o.cands[0];
	o.cands[1].type = MICE_CAND_RELAYED;
	o.cands[1].priority = 1;
	len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
				      .cookie = cookie }, &o);
	by_home(1, len);
	CHECK(MIB(1, MismatchOut) == 1 && MIB(1, CandOver) == 1, "no M, over %lu",
	      MIB(1, CandOver));
	begin();
	add(1, 0);
	o.cands[1].addr = addr6(9, 4191);
	len = make((struct mice_mh) { .kind = MICE_MSG_COTI_ICE,
				      .cookie = cookie }, &o);
	by_home(1, len);
	CHECK(MIB(1, MismatchOut) == 1, "IPv6, of somebody else");
}

/* HoT after the answer with M. */
static void test_late(void)
{
	struct mice_offer o = an_offer();
	unsigned int len;

	begin();
	add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(50);
	o.mismatch = true;
	len = mice_mh_build(buf, sizeof(buf), &fmt, &(struct mice_mh) {
		.kind = MICE_MSG_COT_ICE, .cookie = session(0)->coti_cookie,
		.token = token }, &o, true);
	mice_mh_set_sum(buf, (u8 *)&node[1].home, (u8 *)&node[0].home);
	by_home(0, len);
	len = mice_mh_build(buf, sizeof(buf), &fmt, &(struct mice_mh) {
		.kind = MICE_MSG_HOT, .cookie = session(0)->hoti_cookie,
		.token = token }, NULL, true);
	mice_mh_set_sum(buf, (u8 *)&node[1].home, (u8 *)&node[0].home);
	by_home(0, len);
	wait_ms(590000);
	CHECK(MIB(0, OfferOut) == 1, "%lu offers within ten minutes of M",
	      MIB(0, OfferOut));
	/* It has answered: with that cookie it cannot say something else. */
	o.mismatch = false;
	len = mice_mh_build(buf, sizeof(buf), &fmt, &(struct mice_mh) {
		.kind = MICE_MSG_COT_ICE, .cookie = session(0)->coti_cookie,
		.token = token }, &o, true);
	mice_mh_set_sum(buf, (u8 *)&node[1].home, (u8 *)&node[0].home);
	by_home(0, len);
	CHECK(MIB(0, MhUnexpected) == 1 && session(0)->signal == MICE_SIG_SILENT,
	      "another answer");
}

/* A daemon's HoTI, that its peer's daemon answers. */
static void test_hoti(void)
{
	unsigned int len;
	unsigned long n;

	meet();
	n = MIB(1, HoTOut);
	len = make((struct mice_mh) { .kind = MICE_MSG_HOTI, .cookie = cookie }, NULL);
	by_home(1, len);
	CHECK(MIB(1, HoTOut) == n, "hoti: the kernel answers a daemon's HoTI");
}

/* Take the first message of that type out of the network. */
static void lose(u8 type, u64 ms)
{
	unsigned int i;
	u64 until = kernel_ms + ms;

	while (kernel_ms < until) {
		for (i = 0; i < n_queue; i++)
			if (!queue[i].udp && queue[i].data[2] == type) {
				queue[i] = queue[--n_queue];
				return;
			}
		wait_ms(1);
	}
	assert(0);
}

/* One HoTI, or HoT, is lost. */
static void test_hot(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		begin();
		add(1, 0);
		add(0, MIP6_ICE_PEER_FLAGS_INITIATE);
		lose(i ? MICE_MH_HOT : MICE_MH_HOTI, 1000);
		wait_ms(170000);
		CHECK(completed(0) && MIB(0, UpdateAckIn) == 1,
		      "%s lost: HoTI %lu, BU %lu, BA %lu", i ? "HoT" : "HoTI",
		      MIB(0, HoTIOut), MIB(0, UpdateOut), MIB(0, UpdateAckIn));
	}
	meet();
	lose(MICE_MH_HOT, 200000);
	wait_ms(600000);
	CHECK(MIB(0, Refreshes) > 2, "HoT lost in a refresh: %lu refreshes in 13 minutes, %lu HoTI",
	      MIB(0, Refreshes), MIB(0, HoTIOut));
}

/* RFC 6275 11.8: new cookies each time. */
static void test_cookies(void)
{
	u8 first[2][8];

	begin();
	add(1, MIP6_ICE_PEER_FLAGS_INITIATE);
	wait_ms(500);
	memcpy(first[0], last_mh[1].data + 8, 8);
	memcpy(first[1], last_mh[22].data + 8, 8);
	wait_ms(1000);
	CHECK(MIB(1, OfferOut) == 2 && memcmp(first[0], last_mh[1].data + 8, 8) &&
	      memcmp(first[1], last_mh[22].data + 8, 8), "cookies of repeats are the same");
}

static const struct tap_case cases[] = {
	{ "offer, answer, Binding Update", test_exchange },
	{ "a session is deleted while its timer is due", test_deletion },
	{ "repeats have new cookies (RFC 6275 11.8)", test_cookies },
	{ "HoTI and HoT are asked for until they are there", test_hot },
	{ "a daemon's Binding Error beside the answer", test_be },
	{ "a daemon's HoTI is not ours", test_hoti },
	{ "offers that are repeated draw no more than they are", test_amp },
	{ "a relayed candidate that was not kept", test_kept },
	{ "HoT behind an answer with M", test_late },
	{ "Mobility Headers in UDP (D14.3)", test_udp },
	{ "the same behind a captured check (D14.1, D14.3)", test_udp_captured },
	{ "their limit", test_udp_limit },
	{ "Sequence # (RFC 6275 9.5.1, 11.8)", test_sequence },
	{ "refusals that nobody signs", test_refusals },
	{ "refresh of tokens", test_refresh },
	{ "moves (9.1.1.1)", test_moves },
	{ "routes: what is a change", test_routes },
	{ "glare", test_glare },
	{ "mismatch and lite (5.1, 5.2)", test_mismatch },
	{ "flags L and M (D11)", test_flags },
	{ "error answers to one source", test_error_rate },
	{ "restarts: one a second, 5 at once", test_restart_bucket },
	{ "peers that do not take part", test_silence },
	{ "an old path works, or ends", test_old_path },
	{ "no memory for a key", test_no_key },
	{ "failed, and revived by the peer", test_revived },
	{ "acknowledgements no longer than what they answer", test_amplification },
	{ "options that cannot be used (D11)", test_options },
	{ "options that come twice", test_repeated_options },
	{ "Binding requests to a home agent", test_serve },
};

int main(void)
{
	int status = tap_run(cases, ARRAY_SIZE(cases));

	end();
	return status;
}
