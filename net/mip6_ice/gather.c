// SPDX-License-Identifier: GPL-2.0
/*
 * Candidates of ours (RFC 5245 4.1.1): the addresses of the namespace, what a
 * STUN server sees of the IPv4 ones, and the home address, which is relayed.
 *
 * Left out: what nobody outside could use or should (loopback, link-local,
 * deprecated, tentative and duplicate addresses), tunnels, since the home
 * address may lie on one, and devices of net.mip6_ice.exclude_devices. Those of
 * net.mip6_ice.prefer_devices come first.
 */
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>

#include "mip6_ice.h"

#define SENDS		4	/* requests to the server: 0, 100, 300, 700 ms */
#define LAST_WAIT	800	/* ms: given up after 1500 */
/*
 * 4.1.2.2: local preferences, highest first. What a device is preferred by weighs
 * more than what an address is: each place in prefer_devices has a range of its own.
 */
#define PREF_IPV6	65535
#define PREF_STABLE	64535	/* not temporary */
#define PREF_IPV4	63535
#define PREF_PLACE	4096	/* less for each place; all of the above fits */
#define PREF_PLACES	15	/* and more are like the last */
#define PREF_HOME	1
#define MICE_HOSTS_MAX	24	/* of the 32 places of a list */
#define LOOK_AGAIN	60	/* seconds: is a deprecated address preferred again? */
#define FOR_EVER	U32_MAX	/* RFC 4861 4.6.2: a lifetime without an end */

/* "docker* veth*": is @name one of these? @place: which, or how many there are. */
static bool name_in(const char *list, const char *name, unsigned int *place)
{
	size_t len;

	*place = 0;
	for (;;) {
		list = skip_spaces(list);
		len = strcspn(list, " \t");
		if (!len)
			return false;
		if (list[len - 1] == '*' ?
		    !strncmp(list, name, len - 1) :
		    len == strlen(name) && !strncmp(list, name, len))
			return true;
		list += len;
		(*place)++;
	}
}

static bool is_tunnel(const struct net_device *dev)
{
	switch (dev->type) {
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
		return true;
	case ARPHRD_NONE:
		/* WireGuard, tun, xfrm; modems in raw-IP mode are wwan or have
		 * no kind at all.
		 */
		return dev->rtnl_link_ops &&
		       strcmp(dev->rtnl_link_ops->kind, "wwan");
	}
	return false;
}

static bool device_ok(const struct mice_net *mn, const struct net_device *dev)
{
	unsigned int place;

	if (!(dev->flags & IFF_UP) || dev->flags & IFF_LOOPBACK ||
	    is_tunnel(dev))
		return false;
	return !name_in(mn->knobs.exclude, dev->name, &place);
}

/* What addresses of a device are below those of the most preferred one. */
static u16 device_below(const struct mice_net *mn, const struct net_device *dev)
{
	unsigned int place;

	name_in(mn->knobs.prefer, dev->name, &place);
	return min(place, (unsigned int)PREF_PLACES) * PREF_PLACE;
}

/* Addresses that may be host candidates, the most preferred ones first; in how
 * many seconds they may be others without an event, U32_MAX: never.
 */
struct hosts {
	u32		good_for;
	unsigned int	n;
	struct host {
		struct mice_addr	addr;
		u16			pref;
	} host[MICE_HOSTS_MAX];
};

/* How many are of this family? */
static unsigned int count_of(const struct hosts *h, u8 ver)
{
	unsigned int i, n = 0;

	for (i = 0; i < h->n; i++)
		n += h->host[i].addr.ver == ver;
	return n;
}

/*
 * Is there a place for an address of @ver and @pref? If it is the last one's, that
 * goes; neither family goes altogether.
 */
static bool make_room(struct hosts *h, u8 ver, u16 pref)
{
	unsigned int i = h->n - 1;

	if (h->n < MICE_HOSTS_MAX)
		return true;
	while (h->host[i].addr.ver != ver && count_of(h, h->host[i].addr.ver) == 1)
		i--;
	if (h->host[i].pref >= pref && count_of(h, ver))
		return false;
	h->n--;
	memmove(&h->host[i], &h->host[i + 1],
		(h->n - i) * sizeof(h->host[0]));
	return true;
}

static void add_host(struct hosts *h, const struct mice_addr *a, u16 pref)
{
	unsigned int i;

	if (!mice_addr_checkable(a) || !make_room(h, a->ver, pref))
		return;
	/* Equal ones in the order in which they come. */
	for (i = h->n++; i && h->host[i - 1].pref < pref; i--)
		h->host[i] = h->host[i - 1];
	h->host[i] = (struct host) { .addr = *a, .pref = pref };
}

/* Not used for anything new (RFC 4862 5.5.4)? Nobody tells when it becomes so, or is
 * no more, so the time is noted.
 */
static bool deprecated(const struct inet6_ifaddr *ifa, struct hosts *h)
{
	u32 left, lft = READ_ONCE(ifa->prefered_lft);
	/* It may be set between the two. */
	long ticks = jiffies - READ_ONCE(ifa->tstamp);
	unsigned long age = max(ticks, 0L) / HZ;
	bool gone = READ_ONCE(ifa->flags) & IFA_F_DEPRECATED;

	if (lft == FOR_EVER && !gone)
		return false;
	gone |= age >= lft;
	left = gone ? LOOK_AGAIN : lft - age;
	h->good_for = min(h->good_for, left);
	return gone;
}

static void add_ipv6(const struct mice_net *mn, struct hosts *h,
		     const struct net_device *dev)
{
	const u32 not = IFA_F_TENTATIVE | IFA_F_DADFAILED;
	u16 below = device_below(mn, dev);
	struct inet6_dev *idev = __in6_dev_get(dev);
	struct inet6_ifaddr *ifa;
	struct mice_addr a;

	if (!idev)
		return;
	read_lock_bh(&idev->lock);
	list_for_each_entry(ifa, &idev->addr_list, if_list) {
		if (ifa->flags & not || deprecated(ifa, h))
			continue;
		a = mice_addr_v6(&ifa->addr, mn->open_port);
		/* Temporary ones come first, as RFC 6724, Section 5, rule 7. */
		add_host(h, &a, (ifa->flags & IFA_F_TEMPORARY ? PREF_IPV6 :
								PREF_STABLE) - below);
	}
	read_unlock_bh(&idev->lock);
}

static void add_ipv4(const struct mice_net *mn, struct hosts *h,
		     const struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);
	u16 below = device_below(mn, dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		struct mice_addr a = { .ver = 4, .port = mn->open_port };

		memcpy(a.ip, &ifa->ifa_local, 4);
		add_host(h, &a, PREF_IPV4 - below);
	}
}

static void find_hosts(const struct mice_net *mn, struct hosts *h)
{
	struct net_device *dev;

	memset(h, 0, sizeof(*h));
	h->good_for = U32_MAX;
	/* Not rtnl: whoever holds it long would stop all that is ours. */
	rcu_read_lock();
	for_each_netdev_rcu(mn->net, dev)
		if (device_ok(mn, dev)) {
			add_ipv6(mn, h, dev);
			add_ipv4(mn, h, dev);
		}
	rcu_read_unlock();
}

/* The same for the same addresses in whatever order. */
static u32 hosts_hash(const struct mice_net *mn, const struct hosts *h)
{
	u32 sum = h->n;
	unsigned int i;

	for (i = 0; i < h->n; i++)
		sum += jhash(h->host[i].addr.ip, sizeof(h->host[i].addr.ip),
			     mn->hash_seed + h->host[i].pref);
	return sum;
}

static void look(struct mice_net *mn, struct hosts *h)
{
	find_hosts(mn, h);
	mn->addr_hash = hosts_hash(mn, h);
	mice_addrs_age(mn, h->good_for);
}

/**
 * mice_gather_look() - which host candidates are there now
 * @mn: namespace, under its lock
 */
void mice_gather_look(struct mice_net *mn)
{
	struct hosts h;

	look(mn, &h);
}

/**
 * mice_gather_changed() - are they others than those that a session has gathered
 * @s: session, after mice_gather_look()
 */
bool mice_gather_changed(const struct mice_session *s)
{
	return s->addr_hash != s->mn->addr_hash;
}

/* Is the address that the path leaves from still there, candidate or not? */
static bool path_here(const struct mice_session *s)
{
	const struct mice_addr *a = &s->agent.path.local;
	const struct net_device *dev;
	struct in6_addr ip6;
	__be32 ip4;
	bool here;

	if (a->ver == 6) {
		memcpy(&ip6, a->ip, sizeof(ip6));
		return ipv6_chk_addr(s->mn->net, &ip6, NULL, 0);
	}
	memcpy(&ip4, a->ip, sizeof(ip4));
	rcu_read_lock();
	dev = __ip_dev_find(s->mn->net, ip4, false);
	here = dev && dev->flags & IFF_UP;
	rcu_read_unlock();
	return here;
}

/* What is a home address, of this session or of another, is no host candidate. */
static void add_hosts(struct mice_session *s)
{
	u32 before = s->mn->addr_hash;
	struct hosts h;
	unsigned int i;

	look(s->mn, &h);
	s->addr_hash = s->mn->addr_hash;
	if (s->addr_hash != before)
		mice_addrs_changed(s->mn);	/* for the others */
	for (i = 0; i < h.n; i++)
		if (h.host[i].addr.ver == 4 ||
		    !mice_session_home(s->mn, h.host[i].addr.ip))
			mice_agent_add_local(&s->agent, MICE_CAND_HOST,
					     &h.host[i].addr, 0,
					     h.host[i].pref);
}

/*
 * The server's answer must not be longer than the question, so that it amplifies
 * nothing: SOFTWARE makes it as long as the longest answer, 52 octets.
 */
static void ask(struct mice_session *s, struct mice_gather *g)
{
	static const char software[] = "mip6_ice, M-ICE node";
	u8 p[MICE_STUN_ROOM];
	struct mice_stun_buf b;

	mice_stun_begin(&b, p, sizeof(p), MICE_STUN_REQUEST, g->tx.id);
	mice_stun_put(&b, MICE_ATTR_SOFTWARE, software, sizeof(software) - 1);
	g->tx.sent++;
	MICE_INC(s->mn, GatherOut);
	if (mice_udp_send(s->mn, &s->agent.list.locals[g->base].addr,
			  &s->server, p, mice_stun_end(&b, NULL)))
		g->tx.live = false;
}

/**
 * mice_gather_start() - collect candidates for a new run
 * @s: session whose agent was restarted just now
 * @now: ms
 */
void mice_gather_start(struct mice_session *s, u64 now)
{
	const struct mice_list *l = &s->agent.list;
	struct mice_addr home = mice_addr_v6(&s->home, s->mn->open_port);
	struct mice_gather *g;
	unsigned int i;

	lockdep_assert_held(&s->mn->lock);
	s->n_gathers = 0;
	add_hosts(s);
	/* With manual signalling nobody vouches for a home agent. */
	if (!(s->flags & MIP6_ICE_PEER_FLAGS_MANUAL) && !s->agent.conf.lite)
		mice_agent_add_local(&s->agent, MICE_CAND_RELAYED, &home, 0,
				     PREF_HOME);
	mice_agent_gathered(&s->agent, path_here(s));
	/* RFC 5245 4.2: a lite agent has host candidates only. */
	if (!s->server.ver || s->agent.conf.lite)
		return;
	for (i = 0; i < l->n_locals && s->n_gathers < MICE_GATHER_MAX; i++) {
		if (l->locals[i].type != MICE_CAND_HOST ||
		    l->locals[i].addr.ver != s->server.ver)
			continue;
		g = &s->gathers[s->n_gathers++];
		memset(g, 0, sizeof(*g));
		g->base = i;
		g->tx.live = true;
		/* 4.1.1.2: one new request each Ta */
		g->tx.next = now + (s->n_gathers - 1) * s->agent.conf.ta;
		memcpy(g->tx.id, s->agent.tag, sizeof(s->agent.tag));
		get_random_bytes(g->tx.id + sizeof(s->agent.tag),
				 sizeof(g->tx.id) - sizeof(s->agent.tag));
	}
}

bool mice_gather_done(const struct mice_session *s)
{
	unsigned int i;

	for (i = 0; i < s->n_gathers; i++)
		if (s->gathers[i].tx.live)
			return false;
	return true;
}

/**
 * mice_gather_input() - a response that may be the STUN server's
 * @s: session
 * @from: its source
 * @msg: the message
 *
 * It is not authenticated (D14.2): a false one makes a candidate that fails.
 *
 * Return: true if it belongs to a request of ours.
 */
bool mice_gather_input(struct mice_session *s, const struct mice_addr *from,
		       const struct mice_stun *msg)
{
	struct mice_gather *g;
	unsigned int i;

	for (i = 0; i < s->n_gathers; i++) {
		g = &s->gathers[i];
		if (!g->tx.live ||
		    memcmp(g->tx.id, msg->txid, sizeof(g->tx.id)))
			continue;
		if (!mice_addr_equal(from, &s->server)) {
			MICE_INC(s->mn, GatherForeign);
			return true;
		}
		g->tx.live = false;
		/* RFC 5389 7.3.3: nor with an unknown attribute that matters. */
		if (msg->type != MICE_STUN_SUCCESS || msg->malformed ||
		    msg->n_unknown ||
		    !(msg->has & (MICE_HAS_XOR_MAPPED | MICE_HAS_MAPPED)) ||
		    msg->mapped.ver != s->server.ver ||
		    !mice_addr_checkable(&msg->mapped)) {
			MICE_INC(s->mn, GatherBad);
			return true;
		}
		if (mice_agent_add_local(&s->agent, MICE_CAND_SRFLX,
					 &msg->mapped, g->base, 0) == MICE_NONE) {
			MICE_INC(s->mn, GatherNoRoom);
			return true;
		}
		MICE_INC(s->mn, GatherIn);
		g->keep = mice_now() + s->agent.conf.idle;
		return true;
	}
	return false;
}

/*
 * 4.1.1.4: what the server saw is kept alive until ICE is done: an offer may wait a
 * minute for its answer, what a person carries to the peer longer, and the pair may be
 * the last of a hundred. Then a pair is kept open by its own keepalives (10). An
 * indication does it. When it is due.
 */
static u64 keep_alive(struct mice_session *s, struct mice_gather *g, u64 now)
{
	u8 p[MICE_STUN_ROOM];
	struct mice_stun_buf b;

	bool open = s->signal != MICE_SIG_SILENT &&
		    (s->agent.state == MICE_GATHERING ||
		     s->agent.state == MICE_RUNNING);

	if (!g->keep || !open)
		return MICE_NEVER;
	if (now >= g->keep) {
		mice_stun_begin(&b, p, sizeof(p), MICE_STUN_INDICATION,
				g->tx.id);
		MICE_INC(s->mn, GatherKeep);
		mice_udp_send(s->mn, &s->agent.list.locals[g->base].addr,
			      &s->server, p, mice_stun_end(&b, NULL));
		g->keep = now + s->agent.conf.idle;
	}
	return g->keep;
}

/* Send what is due; when to be called again, ms. */
u64 mice_gather_tick(struct mice_session *s, u64 now)
{
	struct mice_gather *g;
	u64 due = MICE_NEVER;
	unsigned int i;

	for (i = 0; i < s->n_gathers; i++) {
		g = &s->gathers[i];
		if (!g->tx.live) {
			due = min(due, keep_alive(s, g, now));
			continue;
		}
		if (now >= g->tx.next) {
			if (g->tx.sent == SENDS) {
				MICE_INC(s->mn, GatherTimeout);
				g->tx.live = false;
				continue;
			}
			ask(s, g);
			g->tx.next = now + (g->tx.sent == SENDS ? LAST_WAIT :
					    MICE_RTO << (g->tx.sent - 1));
		}
		if (g->tx.live)
			due = min(due, g->tx.next);
	}
	return due;
}
