/* SPDX-License-Identifier: GPL-2.0 */
/* What differs for both modules between the kernels we run on, 6.1 to 6.12. */
#ifndef MOBILITY_COMPAT_H
#define MOBILITY_COMPAT_H

#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

/* The last element of a sysctl table: needed until 6.10, harmful after. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define MOBILITY_SYSCTL_END
#else
#define MOBILITY_SYSCTL_END	{ }
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define mobility_register_sysctl(net, path, table)			\
	register_net_sysctl_sz(net, path, table, ARRAY_SIZE(table##_template))
#else
#define mobility_register_sysctl(net, path, table)			\
	register_net_sysctl(net, path, table)
#endif

/* ctl_table arguments of handlers became const in 6.11. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define MOBILITY_CTL_CONST	const
#else
#define MOBILITY_CTL_CONST
#endif

/* Attributes of the request that began a dump. */
static inline struct nlattr **mobility_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* What .pre_doit of a family gets; split in 6.2. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define mobility_genl_ops	genl_split_ops
#else
#define mobility_genl_ops	genl_ops
#endif

/*
 * .internal_flags of operations that want CAP_NET_ADMIN in the user namespace of
 * the network namespace. The core's own flag for that, GENL_UNS_ADMIN_PERM,
 * refuses without a word.
 */
#define MOBILITY_ADMIN		1

/* Is who sent @request such an administrator? Asked in the sender's context. */
static inline int mobility_admin(struct sk_buff *request, const struct net *net,
				 struct netlink_ext_ack *extack)
{
	if (netlink_ns_capable(request, net->user_ns, CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "this needs CAP_NET_ADMIN in the network namespace");
	return -EPERM;
}

static inline int mobility_pre_doit(const struct mobility_genl_ops *op,
				    struct sk_buff *request,
				    struct genl_info *info)
{
	return op->internal_flags & MOBILITY_ADMIN ?
	       mobility_admin(request, genl_info_net(info), info->extack) : 0;
}

/* The same for .start of a dump; before 6.6 the words go nowhere. */
static inline int mobility_dump_admin(struct netlink_callback *cb)
{
	return mobility_admin(cb->skb, sock_net(cb->skb->sk), cb->extack);
}

static inline int mobility_no_memory(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "there is no memory for that");
	return -ENOMEM;
}

#endif /* MOBILITY_COMPAT_H */
