/* SPDX-License-Identifier: GPL-2.0 */
/* What differs for mip6_ice between the kernels we run on, 6.1 to 6.12. */
#ifndef MICE_COMPAT_H
#define MICE_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "mip6_ice needs Linux 6.1 or later"
#endif

/* The last element of a sysctl table: needed until 6.10, harmful after. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define MICE_SYSCTL_END
#else
#define MICE_SYSCTL_END	{ }
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define mice_register_sysctl(net, path, table)				\
	register_net_sysctl_sz(net, path, table, ARRAY_SIZE(table##_template))
#else
#define mice_register_sysctl(net, path, table)				\
	register_net_sysctl(net, path, table)
#endif

/* ctl_table arguments of handlers became const in 6.11. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define MICE_CTL_CONST	const
#else
#define MICE_CTL_CONST
#endif

/* Attributes of the request that began a dump. */
static inline struct nlattr **mice_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* MICE_COMPAT_H */
