/* SPDX-License-Identifier: GPL-2.0 */
/* What differs for both modules between the kernels we run on, 6.1 to 6.12. */
#ifndef MOBILITY_COMPAT_H
#define MOBILITY_COMPAT_H

#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

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

#endif /* MOBILITY_COMPAT_H */
