// SPDX-License-Identifier: GPL-2.0
/* net.tcp_mobility.*, per namespace; described in Documentation/tcp_mobility-sysctl.rst */
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

#define HALF_OPEN_DEFAULT	16384	/* 200 octets each: 3 MB */
#define CONNECTIONS_DEFAULT	262144
#define SURVIVAL_DEFAULT	3600	/* seconds */

static unsigned int zero;
static unsigned int one = 1;
static unsigned int kind_min = 2;	/* 0 and 1 have no length */
static unsigned int kind_max = 255;
static unsigned int survival_max = 7 * 24 * 3600;
static unsigned int count_max = 1 << 24;

static int kind_handler(TCPMOB_CTL_CONST struct ctl_table *table, int write,
			void *buffer, size_t *lenp, loff_t *ppos);

/* .data of each entry is an offset into struct tcpmob_net until it is copied. */
#define NET_OFFSET(field) ((void *)offsetof(struct tcpmob_net, field))

static const struct ctl_table knobs_template[] = {
	{
		.procname	= "max_connections",
		.data		= NET_OFFSET(max_connections),
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &zero,
		.extra2		= &count_max,
	},
	{
		.procname	= "max_half_open",
		.data		= NET_OFFSET(max_half_open),
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &zero,
		.extra2		= &count_max,
	},
	{
		.procname	= "option_kind",
		.data		= NET_OFFSET(fmt.kind_conn_key),
		.maxlen		= sizeof(u8),
		.mode		= 0644,
		.proc_handler	= kind_handler,
		.extra1		= &kind_min,
		.extra2		= &kind_max,
	},
	{
		.procname	= "survival_time",
		.data		= NET_OFFSET(survival),
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &one,
		.extra2		= &survival_max,
	},
	TCPMOB_SYSCTL_END
};

/* One number for the three kinds. */
static int kind_handler(TCPMOB_CTL_CONST struct ctl_table *table, int write,
			void *buffer, size_t *lenp, loff_t *ppos)
{
	struct tcpmob_format *fmt = container_of(table->data,
						 struct tcpmob_format,
						 kind_conn_key);
	int err = proc_dou8vec_minmax(table, write, buffer, lenp, ppos);

	if (!err && write) {
		fmt->kind_cont = fmt->kind_conn_key;
		fmt->kind_loc_update = fmt->kind_conn_key;
	}
	return err;
}

static void set_defaults(struct tcpmob_net *tn)
{
	tn->fmt = (struct tcpmob_format) {
		.kind_conn_key	 = TCPMOB_KIND_DEFAULT,
		.kind_cont	 = TCPMOB_KIND_DEFAULT,
		.kind_loc_update = TCPMOB_KIND_DEFAULT,
	};
	tn->max_half_open = HALF_OPEN_DEFAULT;
	tn->max_connections = CONNECTIONS_DEFAULT;
	tn->survival = SURVIVAL_DEFAULT;
}

/**
 * tcpmob_sysctl_init() - defaults and the sysctl table of a namespace
 * @tn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int tcpmob_sysctl_init(struct tcpmob_net *tn)
{
	struct ctl_table *knobs;
	unsigned int i;

	set_defaults(tn);
	knobs = kmemdup(knobs_template, sizeof(knobs_template), GFP_KERNEL);
	if (!knobs)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(knobs_template) && knobs[i].procname; i++)
		knobs[i].data = (void *)tn + (unsigned long)knobs[i].data;
	tn->sysctls = tcpmob_register_sysctl(tn->net, "net/tcp_mobility",
					     knobs);
	if (!tn->sysctls) {
		kfree(knobs);
		return -ENOMEM;
	}
	tn->sysctl_table = knobs;
	return 0;
}

void tcpmob_sysctl_exit(struct tcpmob_net *tn)
{
	unregister_net_sysctl_table(tn->sysctls);
	kfree(tn->sysctl_table);
}
