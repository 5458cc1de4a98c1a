// SPDX-License-Identifier: GPL-2.0
/* What the routes and rules of a namespace say of a datagram of ours. */
#include <linux/jhash.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "mip6_ice.h"

/*
 * The routes are what counts, not what the kernel has noted of single destinations,
 * which comes and goes by itself: a redirect says nothing here, and neither does a
 * failure that will pass. The policies of xfrm are not asked: to look must not make
 * an IKE daemon set up what nobody wants to send yet.
 */
static u32 way_of(const struct mice_net *mn, u32 gateway,
		  const struct dst_entry *dst)
{
	u32 hash = jhash_2words(gateway, READ_ONCE(dst->dev)->ifindex,
				mn->hash_seed);

	return min(hash, MICE_WAY_UNKNOWN - 1);
}

/* Under rcu_read_lock(): the device of a route may go, but not yet be freed. */
static u32 route4(const struct mice_net *mn, const struct mice_addr *from,
		  const struct mice_addr *to)
{
	struct flowi4 fl = {
		.flowi4_proto	= IPPROTO_UDP,
		.flowi4_uid	= sock_net_uid(mn->net, NULL),
		.fl4_sport	= htons(mn->open_port),
		.fl4_dport	= htons(to->port),
	};
	u32 gateway = 0, way = MICE_WAY_UNKNOWN;
	struct rtable *rt;

	memcpy(&fl.daddr, to->ip, sizeof(fl.daddr));
	if (from)
		memcpy(&fl.saddr, from->ip, sizeof(fl.saddr));
	rt = __ip_route_output_key(mn->net, &fl);
	if (IS_ERR(rt))
		return rt == ERR_PTR(-ENOBUFS) || rt == ERR_PTR(-ENOMEM) ?
		       MICE_WAY_UNKNOWN : 0;
	/* Without a gateway there may be the destination in its place. */
	if (rt->rt_uses_gateway && rt->rt_gw_family == AF_INET6)
		gateway = jhash(&rt->rt_gw6, sizeof(rt->rt_gw6), mn->hash_seed);
	else if (rt->rt_uses_gateway)
		gateway = (__force u32)rt->rt_gw4;
	if (!(rt->rt_flags & RTCF_REDIRECTED))
		way = way_of(mn, gateway, &rt->dst);
	ip_rt_put(rt);
	return way;
}

static u32 route6(const struct mice_net *mn, const struct mice_addr *from,
		  const struct mice_addr *to)
{
	struct flowi6 fl = {
		.flowi6_proto	= to->port ? IPPROTO_UDP : IPPROTO_MH,
		.flowi6_uid	= sock_net_uid(mn->net, NULL),
		.fl6_sport	= htons(to->port ? mn->open_port : 0),
		.fl6_dport	= htons(to->port),
	};
	const struct rt6_info *rt;
	struct dst_entry *dst;
	u32 way = 0;

	memcpy(&fl.daddr, to->ip, sizeof(fl.daddr));
	if (from)
		memcpy(&fl.saddr, from->ip, sizeof(fl.saddr));
	dst = ip6_route_output(mn->net, NULL, &fl);
	rt = (struct rt6_info *)dst;
	if (!dst->error && rt->rt6i_flags & RTF_DYNAMIC)
		way = MICE_WAY_UNKNOWN;
	else if (!dst->error)
		way = way_of(mn, jhash(&rt->rt6i_gateway,
				       sizeof(rt->rt6i_gateway), mn->hash_seed),
			     dst);
	dst_release(dst);
	return way;
}

/**
 * mice_route() - which way would a datagram take
 * @mn: namespace
 * @from: its source, or NULL for one that the kernel chooses
 * @to: its destination; port 0 is for a Mobility Header without UDP
 *
 * Process context.
 *
 * Return: a number that stands for device and gateway; 0: there is no way;
 * MICE_WAY_UNKNOWN: nothing can be said now.
 */
u32 mice_route(const struct mice_net *mn, const struct mice_addr *from,
	       const struct mice_addr *to)
{
	u32 way;

	rcu_read_lock();
	way = to->ver == 4 ? route4(mn, from, to) : route6(mn, from, to);
	rcu_read_unlock();
	return way;
}
