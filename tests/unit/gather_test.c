// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/gather.c: which addresses become candidates, and what a STUN server
 * is asked (RFC 5245 4.1.1). Devices are those of kernel/kernel.h.
 */
#include "mice_hmac.h"
#include "mip6_ice/mip6_ice.h"
#include "mice_still.h"

/* Of gather.c. */
#define PREF_STABLE	64535
#define PREF_HOME	1

u64 kernel_ms = 1000000;
static struct net net;
static struct mice_mib mib;
static struct mice_net mn;
static struct mice_session s;
static struct net_device dev[8];
static struct in_ifaddr ip4[32];
static struct inet6_ifaddr ip6[64];
static unsigned int n_dev, n_ip4, n_ip6;
static struct in6_addr other_home;
static struct {
	u64			at;
	struct mice_addr	from, to;
	struct mice_stun	msg;
	u8			data[256];
	unsigned int		len;
} sent[64];
static unsigned int n_sent;
static int send_error;

/* ------------------------------------------------- the rest of mip6_ice */

void get_random_bytes(void *p, size_t n)
{
	static u8 dice;
	u8 *q = p;

	while (n--)
		*q++ = dice++ * 37;
}

int mice_udp_send(struct mice_net *m, const struct mice_addr *from,
		  const struct mice_addr *to, const u8 *p, unsigned int len)
{
	assert(n_sent < ARRAY_SIZE(sent) && len <= sizeof(sent->data));
	sent[n_sent].at = kernel_ms;
	sent[n_sent].from = *from;
	sent[n_sent].to = *to;
	sent[n_sent].len = len;
	memcpy(sent[n_sent].data, p, len);
	assert(mice_stun_parse(sent[n_sent].data, len, &sent[n_sent].msg));
	n_sent++;
	return send_error;
}

static u32 good_for;

void mice_addrs_age(struct mice_net *m, u32 seconds)
{
	good_for = seconds;
}

static unsigned int n_told;	/* how often others shall look */

void mice_addrs_changed(struct mice_net *m)
{
	n_told++;
}

int ipv6_chk_addr(struct net *n, const struct in6_addr *a,
		  const struct net_device *d, int strict)
{
	const struct inet6_ifaddr *ifa;

	for (d = n->devs; d; d = d->next)
		for (ifa = d->ip6.addr_list; ifa; ifa = ifa->if_list)
			if (ipv6_addr_equal(&ifa->addr, a) &&
			    !(ifa->flags & IFA_F_TENTATIVE))
				return 1;
	return 0;
}

struct net_device *__ip_dev_find(struct net *n, u32 ip, bool ref)
{
	const struct in_ifaddr *ifa;
	struct net_device *d;

	for (d = n->devs; d; d = d->next)
		for (ifa = d->ip4.list; ifa; ifa = ifa->next)
			if (ifa->ifa_local == ip)
				return d;
	return NULL;
}

bool mice_session_home(const struct mice_net *m, const u8 ip[16])
{
	return !memcmp(ip, &s.home, 16) || !memcmp(ip, &other_home, 16);
}

void mice_trace_count(const struct mice_net *m, unsigned int id, unsigned int n)
{
}

/* ------------------------------------------------------------- the host */

static struct in6_addr v6(u8 a, u8 last)
{
	struct in6_addr ip = { };

	ip.s6_addr[0] = 0x20;
	ip.s6_addr[1] = a;
	ip.s6_addr[15] = last;
	return ip;
}

static struct net_device *add_dev(const char *name)
{
	struct net_device *d = &dev[n_dev++];

	*d = (struct net_device) { .name = name, .flags = IFF_UP, .type = 1,
				   .next = net.devs };
	net.devs = d;
	return d;
}

static void add4(struct net_device *d, u8 last)
{
	u8 ip[4] = { 192, 0, 2, last };
	struct in_ifaddr *ifa = &ip4[n_ip4++];

	memcpy(&ifa->ifa_local, ip, 4);
	ifa->next = d->ip4.list;
	d->ip4.list = ifa;
}

static void add6(struct net_device *d, struct in6_addr ip, u32 flags)
{
	struct inet6_ifaddr *ifa = &ip6[n_ip6++];

	*ifa = (struct inet6_ifaddr) { .if_list = d->ip6.addr_list,
				       .addr = ip, .flags = flags,
				       .prefered_lft = U32_MAX };
	d->ip6.addr_list = ifa;
}

static void host(void)
{
	memset(&mib, 0, sizeof(mib));
	mn = (struct mice_net) { .net = &net, .mib = &mib, .open_port = 4191 };
	mn.lock.held = true;
	strcpy(mn.knobs.exclude, "docker* virbr* br-* veth*");
	net.devs = NULL;
	n_dev = n_ip4 = n_ip6 = n_sent = 0;
	send_error = 0;
	other_home = v6(2, 2);
}

/* A new run; the candidates of the session are those of now. */
static struct mice_list *gather_as(u32 flags, bool lite, bool server)
{
	const struct mice_agent_conf conf = { .ta = 20, .idle = 15000, .lite = lite };
	static struct mice_hmac key;

	memset(&s, 0, sizeof(s));
	s.mn = &mn;
	s.home = v6(2, 1);
	s.flags = flags;
	s.signal = MICE_SIG_GATHER_OFFER;
	if (server)
		s.server = addr4(203, 0, 113, 9, 4191);
	mice_agent_init(&s.agent, &still_ops, &conf);
	mice_agent_restart(&s.agent, 7, &key, (const u8 *)"tags", true);
	mice_gather_start(&s, kernel_ms);
	return &s.agent.list;
}

static struct mice_list *gather(bool server)
{
	return gather_as(0, false, server);
}

/* Does the list have this one? */
static bool has(const struct mice_list *l, enum mice_cand_type type,
		const struct mice_addr *a)
{
	unsigned int i;

	for (i = 0; i < l->n_locals; i++)
		if (l->locals[i].type == type && mice_addr_equal(&l->locals[i].addr, a))
			return true;
	return false;
}

/* A restart with a path from @from: is it still there when all is gathered? */
static bool path_after(struct mice_addr from)
{
	static struct mice_hmac key;

	gather(false);
	s.agent.path = (struct mice_path) { .set = true, .local = from };
	mice_agent_restart(&s.agent, 8, &key, (const u8 *)"tagz", true);
	mice_gather_start(&s, kernel_ms);
	return s.agent.path.set;
}

static bool has4(const struct mice_list *l, u8 last)
{
	struct mice_addr a = addr4(192, 0, 2, last, 4191);

	return has(l, MICE_CAND_HOST, &a);
}

static bool has6(const struct mice_list *l, struct in6_addr ip)
{
	struct mice_addr a = mice_addr_v6(&ip, 4191);

	return has(l, MICE_CAND_HOST, &a);
}

/* ---------------------------------------------------------------- cases */

static void test_devices(void)
{
	static const struct rtnl_link_ops wg = { "wireguard" }, wwan = { "wwan" };
	static const struct {
		const char			*name;
		unsigned int			type, flags;
		const struct rtnl_link_ops	*ops;
		bool				ok;
	} devs[] = {
		{ "eth0", 1, IFF_UP, NULL, true },
		{ "eth1", 1, 0, NULL, false },
		{ "lo", 772, IFF_UP | IFF_LOOPBACK, NULL, false },
		{ "ip6tnl1", ARPHRD_TUNNEL6, IFF_UP, NULL, false },
		{ "wg0", ARPHRD_NONE, IFF_UP | 0x80, &wg, false },
		{ "wwan0", ARPHRD_NONE, IFF_UP | 0x80, &wwan, true },
		{ "wwx1", ARPHRD_NONE, IFF_UP | 0x80, NULL, true },
		{ "docker0", 1, IFF_UP, NULL, false },
		{ "br-1234", 1, IFF_UP, NULL, false },
		{ "dock", 1, IFF_UP, NULL, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(devs); i++) {
		struct net_device *d;

		host();
		d = add_dev(devs[i].name);
		d->type = devs[i].type;
		d->flags = devs[i].flags;
		d->rtnl_link_ops = devs[i].ops;
		add4(d, 1);
		CHECK(has4(gather(false), 1) == devs[i].ok, "%s", devs[i].name);
	}
	host();
	add4(add_dev("eth0"), 1);
	strcpy(mn.knobs.exclude, " wlan0\teth0");
	CHECK(!has4(gather(false), 1), "a whole name, behind others");
	strcpy(mn.knobs.exclude, "eth");
	CHECK(has4(gather(false), 1), "not the beginning of one");
}

/* The local preference of an IPv4 host candidate. */
static unsigned int pref4(const struct mice_list *l, u8 last)
{
	struct mice_addr a = addr4(192, 0, 2, last, 4191);
	unsigned int i;

	for (i = 0; i < l->n_locals; i++)
		if (mice_addr_equal(&l->locals[i].addr, &a))
			return l->locals[i].pref;
	return 0;
}

static void test_preferred(void)
{
	struct mice_list *l;
	unsigned int i;

	host();
	add6(add_dev("wwan0"), v6(1, 1), IFA_F_TEMPORARY);
	add4(add_dev("eth0"), 2);
	add4(add_dev("wlan1"), 3);
	l = gather(false);
	CHECK(pref4(l, 2) < PREF_STABLE && pref4(l, 3) < PREF_STABLE,
	      "IPv6 first, if no device is preferred");
	strcpy(mn.knobs.prefer, "eth0 wlan*");
	l = gather(false);
	for (i = 0; i < l->n_locals; i++)
		if (l->locals[i].addr.ver == 6 && l->locals[i].type == MICE_CAND_HOST)
			CHECK(l->locals[i].pref < pref4(l, 3), "not named: last");
	CHECK(pref4(l, 2) > pref4(l, 3), "the first is the first");
	strcpy(mn.knobs.prefer, "wlan* eth0");
	CHECK(pref4(gather(false), 2) < pref4(gather(false), 3), "and the other way");
	strcpy(mn.knobs.prefer, "a b c d e f g h i j k l m n o p q r s t u v w x y z");
	l = gather(false);
	CHECK(pref4(l, 2) > PREF_HOME, "many names: above the home address");
	/* One place, one range: no address of it reaches into the next. */
	host();
	strcpy(mn.knobs.prefer, "e0 e1");
	for (i = 0; i < 2; i++) {
		add_dev(i ? "e1" : "e0");
		add4(&dev[i], 1 + i);
		add6(&dev[i], v6(1, 1 + i), IFA_F_TEMPORARY);
	}
	l = gather(false);
	for (i = 0; i < l->n_locals; i++)
		if (l->locals[i].addr.ver == 6 && l->locals[i].addr.ip[15] == 2 &&
		    l->locals[i].type == MICE_CAND_HOST)
			CHECK(l->locals[i].pref < pref4(l, 1), "IPv4 of the first before IPv6 of the second");
}

static void test_addresses(void)
{
	struct in6_addr link = v6(1, 9);
	u8 link4[4] = { 169, 254, 1, 9 };
	struct net_device *d;
	struct mice_list *l;
	struct mice_addr home;
	unsigned int i;

	host();
	d = add_dev("eth0");
	link.s6_addr[0] = 0xfe;
	link.s6_addr[1] = 0x80;
	add6(d, v6(1, 1), 0);
	add6(d, v6(1, 2), IFA_F_TEMPORARY);
	add6(d, v6(1, 3), IFA_F_DEPRECATED);
	add6(d, v6(1, 4), IFA_F_TENTATIVE);
	add6(d, v6(1, 5), IFA_F_DADFAILED | IFA_F_TENTATIVE);
	add6(d, link, 0);
	add6(d, v6(2, 1), 0);
	add6(d, v6(2, 2), 0);
	add4(d, 9);
	memcpy(&ip4[0].ifa_local, link4, 4);
	add4(d, 1);
	l = gather(false);
	CHECK(has6(l, v6(1, 1)) && has6(l, v6(1, 2)) && has4(l, 1), "good ones");
	CHECK(l->n_locals == 4, "and the home address: %u", l->n_locals);
	home = mice_addr_v6(&s.home, 4191);
	CHECK(has(l, MICE_CAND_RELAYED, &home), "which is relayed");
	CHECK(!has6(l, v6(2, 2)), "that of another session is none");
	CHECK(l->locals[0].priority != l->locals[1].priority, "unique");
	for (i = 0; i < l->n_locals; i++)
		if (l->locals[i].addr.ver == 6 && l->locals[i].addr.ip[15] == 2)
			CHECK(l->locals[i].pref == 65535, "temporary first");

	host();
	for (i = 0; i < 60; i++)
		add6(n_dev ? &dev[0] : add_dev("eth0"), v6(3, i), 0);
	l = gather(false);
	CHECK(l->n_locals == 25, "no more than 24 and the home address");
}

/* Are there other candidates than those gathered? Then they are, from now on. */
static bool changed(void)
{
	bool yes;

	mice_gather_look(&mn);
	yes = mice_gather_changed(&s);
	s.addr_hash = mn.addr_hash;
	return yes;
}

/* What an offer of this run would list. */
static struct mice_offer *offered(void)
{
	static struct mice_offer o;

	mice_offer_init(&o, 0);
	mice_agent_describe(&s.agent, &o);
	return &o;
}

/* Is a relayed candidate among them? */
static bool relayed(const struct mice_offer *o)
{
	unsigned int i;

	for (i = 0; i < o->n; i++)
		if (o->cands[i].type == MICE_CAND_RELAYED)
			return true;
	return false;
}

/* Who has which kinds: with manual signalling no home agent, lite hosts alone (4.2). */
static void test_kinds(void)
{
	struct mice_offer *o;
	struct net_device *d;

	host();
	d = add_dev("eth0");
	add4(d, 1);
	add6(d, v6(1, 1), 0);
	gather_as(0, false, false);
	o = offered();
	CHECK(o->n == 3 && relayed(o) && !o->lite, "two hosts and the home address");
	gather_as(MIP6_ICE_PEER_FLAGS_MANUAL, false, true);
	o = offered();
	CHECK(o->n == 2 && !relayed(o) && !mice_gather_done(&s) && s.n_gathers == 1,
	      "manual: no home address; the server is asked");
	gather_as(0, true, true);
	o = offered();
	CHECK(o->n == 2 && !relayed(o) && o->lite, "lite: the hosts alone, flag L");
	CHECK(mice_gather_done(&s) && !s.n_gathers &&
	      mice_gather_tick(&s, kernel_ms) == MICE_NEVER && !n_sent,
	      "nobody is asked, nothing is waited for");
	gather_as(MIP6_ICE_PEER_FLAGS_MANUAL, true, true);
	o = offered();
	CHECK(o->n == 2 && !relayed(o) && !s.n_gathers, "both");
}

/* Restarts only for a change. */
static void test_changes(void)
{
	struct mice_session other;
	struct net_device *d;

	host();
	d = add_dev("eth0");
	add6(d, v6(1, 1), 0);
	add6(d, v6(1, 2), 0);
	add4(d, 1);
	gather(false);
	CHECK(!changed(), "the same");
	/* The other way round. */
	n_ip6 = 0;
	d->ip6.addr_list = NULL;
	add6(d, v6(1, 2), 0);
	add6(d, v6(1, 1), 0);
	CHECK(!changed(), "in another order");
	ip6[0].flags = IFA_F_DEPRECATED;
	CHECK(changed(), "one is gone");
	CHECK(!changed(), "once");
	ip6[0].flags = 0;
	CHECK(changed(), "and back");
	d->flags = 0;
	CHECK(changed(), "a device goes down");
	/* That another session gathers hides nothing from this one. */
	other = s;
	d->flags = IFF_UP;
	n_told = 0;
	gather(false);
	CHECK(mice_gather_changed(&other) && !mice_gather_changed(&s),
	      "each session for itself");
	CHECK(n_told == 1, "and they shall all look");
	gather(false);
	CHECK(n_told == 1, "once");
}

/* More addresses than places: the best ones, of both families. */
static void test_many(void)
{
	struct mice_list *l;
	unsigned int i;

	/* One more than there are places, and no better. */
	host();
	add_dev("eth1");
	add_dev("eth0");
	for (i = 0; i < 24; i++)
		add6(&dev[1], v6(3, i), IFA_F_TEMPORARY);
	add6(&dev[0], v6(4, 1), 0);
	l = gather(false);
	CHECK(has6(l, v6(3, 0)) && has6(l, v6(3, 23)) && !has6(l, v6(4, 1)),
	      "the others stay");

	for (i = 0; i < 2; i++) {	/* whichever device comes first */
		unsigned int k;

		host();
		add_dev(i ? "eth0" : "wwan0");
		add_dev(i ? "wwan0" : "eth0");
		add4(&dev[i], 9);
		add6(&dev[i], v6(4, 1), 0);
		for (k = 0; k < 24; k++)
			add6(&dev[!i], v6(3, k), 0);
		strcpy(mn.knobs.prefer, "wwan0");
		l = gather(false);
		CHECK(has4(l, 9) && has6(l, v6(4, 1)) && l->n_locals == 25,
		      "the preferred device's are offered: %u", l->n_locals);
		strcpy(mn.knobs.prefer, "eth0");
		l = gather(false);
		CHECK(has4(l, 9) && !has6(l, v6(4, 1)) && l->n_locals == 25,
		      "the only IPv4 address is, too");
		strcpy(mn.knobs.prefer, "");
		add6(&dev[i], v6(4, 2), IFA_F_TEMPORARY);
		add6(&dev[!i], v6(4, 3), IFA_F_TEMPORARY);
		l = gather(false);
		CHECK(has6(l, v6(4, 2)) && has6(l, v6(4, 3)) && has4(l, 9),
		      "temporary ones before others");
	}
}

/* RFC 4862 5.5.4: what is deprecated by the time, of which nobody tells. */
static void test_lifetimes(void)
{
	struct net_device *d;
	struct mice_addr old;

	host();
	d = add_dev("eth0");
	add6(d, v6(1, 1), 0);
	CHECK(has6(gather(false), v6(1, 1)) && good_for == U32_MAX, "for ever");
	add6(d, v6(1, 2), 0);
	ip6[1].prefered_lft = 100;
	ip6[1].tstamp = jiffies - 40 * HZ;
	add6(d, v6(1, 3), 0);
	ip6[2].prefered_lft = 4000000;
	ip6[2].tstamp = jiffies;
	CHECK(has6(gather(false), v6(1, 2)) && good_for == 60, "in a minute: %u",
	      good_for);
	kernel_ms += 59 * 1000;
	CHECK(!changed() && good_for == 1, "not yet");
	kernel_ms += 1000;
	CHECK(changed() && good_for == 60, "deprecated, though no flag says so yet");
	CHECK(!has6(gather(false), v6(1, 2)) && has6(gather(false), v6(1, 3)),
	      "it is no candidate");
	ip6[1].flags = IFA_F_DEPRECATED;
	CHECK(!changed() && good_for == 60, "the flag is nothing new");
	/* A router advertisement. */
	ip6[1].flags = 0;
	ip6[1].tstamp = jiffies;
	CHECK(changed() && good_for == 100 && has6(gather(false), v6(1, 2)),
	      "preferred again");
	ip6[1].prefered_lft = U32_MAX;
	ip6[1].flags = IFA_F_DEPRECATED;
	CHECK(!has6(gather(false), v6(1, 2)) && good_for == 60, "by the flag alone");

	/* It goes on being used (RFC 4862 5.5.4), until it is gone. */
	old = mice_addr_v6(&ip6[1].addr, 4191);
	CHECK(path_after(old), "a path from a deprecated address stays");
	ip6[1].flags |= IFA_F_TENTATIVE;
	CHECK(!path_after(old), "not from one that is gone");
	add4(d, 7);
	old = addr4(192, 0, 2, 7, 4191);
	strcpy(mn.knobs.exclude, "eth0");
	CHECK(path_after(old), "of a device that is left out");
	d->flags = 0;
	CHECK(!path_after(old), "that is down");
	CHECK(!path_after(addr4(192, 0, 2, 8, 4191)), "of none");
}

/* What the server says, at once. */
static bool server_says_with(unsigned int i, struct mice_addr from,
			     struct mice_addr mapped, enum mice_stun_type type,
			     unsigned int n_unknown)
{
	struct mice_stun msg = { .type = type, .has = MICE_HAS_XOR_MAPPED,
				 .mapped = mapped, .txid = sent[i].msg.txid,
				 .n_unknown = n_unknown };

	return mice_gather_input(&s, &from, &msg);
}

static bool server_says(unsigned int i, struct mice_addr from,
			struct mice_addr mapped, enum mice_stun_type type)
{
	return server_says_with(i, from, mapped, type, 0);
}

static void run_to(u64 until)
{
	u64 due;

	while (kernel_ms <= until) {
		due = mice_gather_tick(&s, kernel_ms);
		if (due > until)
			break;
		kernel_ms = max(due, kernel_ms + 1);
	}
	kernel_ms = until;
}

static void test_server(void)
{
	struct mice_addr server = addr4(203, 0, 113, 9, 4191);
	struct mice_addr mapped = addr4(198, 51, 100, 1, 7);
	struct net_device *d;
	struct mice_list *l;
	static const u8 done[] = { MICE_COMPLETED, MICE_FAILED_STATE };
	u64 start = kernel_ms;
	unsigned int i;

	host();
	d = add_dev("eth0");
	add4(d, 1);
	add4(d, 2);
	add4(d, 3);
	add6(d, v6(1, 1), 0);
	l = gather(true);
	CHECK(!mice_gather_done(&s), "asks");
	run_to(start + 45);
	CHECK(n_sent == 3 && sent[0].at == start && sent[1].at == start + 20 &&
	      sent[2].at == start + 40, "Ta between them (4.1.1.2): %u", n_sent);
	CHECK(sent[0].len == 52 && sent[0].msg.type == MICE_STUN_REQUEST &&
	      mice_addr_equal(&sent[0].to, &server), "as long as any answer");
	CHECK(server_says(0, mapped, mapped, MICE_STUN_SUCCESS) &&
	      !has(l, MICE_CAND_SRFLX, &mapped) &&
	      mib.mibs[MICE_MIB_GatherForeign] == 1, "an answer from elsewhere");
	CHECK(server_says(0, server, mapped, MICE_STUN_SUCCESS) &&
	      has(l, MICE_CAND_SRFLX, &mapped), "the server's");
	CHECK(!server_says(0, server, mapped, MICE_STUN_SUCCESS), "once");
	CHECK(server_says(1, server, addr4(127, 0, 0, 1, 7), MICE_STUN_SUCCESS) &&
	      mib.mibs[MICE_MIB_GatherBad] == 1, "an address that cannot be");
	run_to(start + 1539);
	CHECK(n_sent == 6 && sent[3].at == start + 140 && sent[4].at == start + 340 &&
	      sent[5].at == start + 740 && !mice_gather_done(&s),
	      "the third is repeated: %u", n_sent);
	run_to(start + 1540);
	CHECK(mice_gather_done(&s) && mib.mibs[MICE_MIB_GatherTimeout] == 1,
	      "and given up");
	/* 4.1.1.4 */
	s.signal = MICE_SIG_OFFERED;
	n_sent = 0;
	run_to(start + 40000);
	CHECK(n_sent == 2 && sent[0].msg.type == MICE_STUN_INDICATION &&
	      sent[0].at == start + 45 + 15000 && sent[1].at == sent[0].at + 15000 &&
	      mice_addr_equal(&sent[0].to, &server), "kept alive: %u", n_sent);
	CHECK(mib.mibs[MICE_MIB_GatherKeep] == 2, "counted");
	s.signal = MICE_SIG_DONE;
	s.agent.state = MICE_RUNNING;
	run_to(start + 50000);
	CHECK(n_sent == 3, "while checks are made: %u", n_sent);
	for (i = 0; i < ARRAY_SIZE(done); i++) {
		s.agent.state = done[i];
		run_to(kernel_ms + 40000);
		CHECK(n_sent == 3 && mice_gather_tick(&s, kernel_ms) == MICE_NEVER,
		      "ICE is done: no longer than that");
	}
	s.agent.state = MICE_GATHERING;
	s.signal = MICE_SIG_SILENT;
	run_to(kernel_ms + 40000);
	CHECK(n_sent == 3, "nor for a peer that takes no part");
	s.signal = MICE_SIG_OFFERED;
	run_to(kernel_ms + 1);
	CHECK(n_sent == 4, "else it goes on");

	host();
	add4(add_dev("eth0"), 1);
	send_error = -1;
	gather(true);
	run_to(kernel_ms + 1);
	CHECK(mice_gather_done(&s), "no way to the server: at once");
}

/* Somebody carries the candidates to the peer by hand: that takes its time. */
static void test_manual_kept(void)
{
	struct mice_addr server = addr4(203, 0, 113, 9, 4191);
	u64 start = kernel_ms;

	host();
	add4(add_dev("eth0"), 1);
	gather_as(MIP6_ICE_PEER_FLAGS_MANUAL, false, true);
	run_to(start + 5);
	server_says(0, server, addr4(198, 51, 100, 1, 7), MICE_STUN_SUCCESS);
	n_sent = 0;
	run_to(start + 300000);
	CHECK(n_sent == 19 && sent[18].msg.type == MICE_STUN_INDICATION &&
	      mib.mibs[MICE_MIB_GatherKeep] == 19, "in five minutes: %u", n_sent);
}

/* RFC 5389 7.3.3, and more bases than places. */
static void test_answers(void)
{
	struct mice_addr server = addr4(203, 0, 113, 9, 4191);
	struct mice_addr mapped = addr4(198, 51, 100, 1, 7);
	struct net_device *d;
	struct mice_list *l;
	unsigned int i;

	host();
	add4(add_dev("eth0"), 1);
	l = gather(true);
	run_to(kernel_ms + 5);
	CHECK(server_says_with(0, server, mapped, MICE_STUN_SUCCESS, 1) &&
	      !has(l, MICE_CAND_SRFLX, &mapped) && mice_gather_done(&s) &&
	      mib.mibs[MICE_MIB_GatherBad] == 1, "an attribute that we do not know");

	host();
	d = add_dev("eth0");
	for (i = 0; i < 24; i++)
		add4(d, i);
	l = gather(true);
	for (i = 0; i < MICE_GATHER_MAX; i++) {
		run_to(kernel_ms + (i ? 20 : 0));
		mapped.port = i + 1;
		server_says(i, server, mapped, MICE_STUN_SUCCESS);
	}
	CHECK(l->n_locals == MICE_LOCALS_MAX && mice_gather_done(&s), "full: %u",
	      l->n_locals);
	CHECK(mib.mibs[MICE_MIB_GatherIn] == 7 && mib.mibs[MICE_MIB_GatherNoRoom] == 9,
	      "counted: %lu, %lu", mib.mibs[MICE_MIB_GatherIn],
	      mib.mibs[MICE_MIB_GatherNoRoom]);
	n_sent = 0;
	run_to(kernel_ms + 15100);
	CHECK(n_sent == 7, "what is no candidate is not kept: %u", n_sent);
}

static const struct tap_case cases[] = {
	{ "devices", test_devices },
	{ "devices that are preferred", test_preferred },
	{ "addresses (4.1.1.1)", test_addresses },
	{ "what is a change", test_changes },
	{ "more than there are places for", test_many },
	{ "preferred lifetimes", test_lifetimes },
	{ "manual and lite (4.2)", test_kinds },
	{ "a STUN server (4.1.1.2, 4.1.1.4)", test_server },
	{ "kept alive for a manual session (4.1.1.4)", test_manual_kept },
	{ "a STUN server's answers (RFC 5389 7.3.3)", test_answers },
};

int main(void)
{
	return tap_run(cases, ARRAY_SIZE(cases));
}
