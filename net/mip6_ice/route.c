// SPDX-License-Identifier: GPL-2.0
/* What the routes and rules of a namespace say of a datagram of ours. */
#include <linux/jhash.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "mip6_ice.h"

static u32 route4(const struct mice_net *mn, const struct mice_addr *from,
		  const struct mice_addr *to)
{
	struct flowi4 fl = {
		.flowi4_proto	= IPPROTO_UDP,
		.flowi4_uid	= sock_net_uid(mn->net, NULL),
		.fl4_sport	= htons(mn->open_port),
		.fl4_dport	= htons(to->port),
	};
	struct rtable *rt;
	u32 hash;

	memcpy(&fl.daddr, to->ip, sizeof(fl.daddr));
	if (from)
		memcpy(&fl.saddr, from->ip, sizeof(fl.saddr));
	rt = ip_route_output_key(mn->net, &fl);
	if (IS_ERR(rt))
		return 0;
	if (rt->rt_gw_family == AF_INET6)
		hash = jhash(&rt->rt_gw6, sizeof(rt->rt_gw6), mn->hash_seed);
	else
		hash = rt->rt_gw_family ? (__force u32)rt->rt_gw4 : 0;
	hash = jhash_2words(hash, rt->dst.dev->ifindex, mn->hash_seed);
	ip_rt_put(rt);
	return hash;
}

static u32 route6(const struct mice_net *mn, const struct mice_addr *from,
		  const struct mice_addr *to)
{
	struct flowi6 fl = {
		.flowi6_proto	= IPPROTO_UDP,
		.flowi6_uid	= sock_net_uid(mn->net, NULL),
		.fl6_sport	= htons(mn->open_port),
		.fl6_dport	= htons(to->port),
	};
	struct dst_entry *dst;
	u32 hash = 0;

	memcpy(&fl.daddr, to->ip, sizeof(fl.daddr));
	if (from)
		memcpy(&fl.saddr, from->ip, sizeof(fl.saddr));
	dst = ip6_route_output(mn->net, NULL, &fl);
	if (!dst->error) {
		const struct rt6_info *rt = (struct rt6_info *)dst;

		hash = jhash(&rt->rt6i_gateway, sizeof(rt->rt6i_gateway),
			     mn->hash_seed);
		hash = jhash_2words(hash, dst->dev->ifindex, mn->hash_seed);
	}
	dst_release(dst);
	return hash;
}

/**
 * mice_route() - which way would a datagram take
 * @mn: namespace
 * @from: its source, or NULL for one that the kernel chooses
 * @to: its destination
 *
 * Process context.
 *
 * Return: a number that stands for device and gateway; 0: there is no way.
 */
u32 mice_route(const struct mice_net *mn, const struct mice_addr *from,
	       const struct mice_addr *to)
{
	return to->ver == 4 ? route4(mn, from, to) : route6(mn, from, to);
}
