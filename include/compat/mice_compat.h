/* SPDX-License-Identifier: GPL-2.0 */
/* What differs for mip6_ice between the kernels we run on, 6.1 to 6.12. */
#ifndef MICE_COMPAT_H
#define MICE_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>

#include "mobility_compat.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "mip6_ice needs Linux 6.1 or later"
#endif

#endif /* MICE_COMPAT_H */
