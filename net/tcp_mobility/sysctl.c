// SPDX-License-Identifier: GPL-2.0
/* net.tcp_mobility.*, per namespace; described in Documentation/tcp_mobility-sysctl.rst */
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

#define HALF_OPEN_DEFAULT	16384	/* 200 octets each: 3 MB */
#define CONNECTIONS_DEFAULT	262144
#define SURVIVAL_DEFAULT	3600	/* seconds */
#define SUSPENDED_DEFAULT	65536
#define SUSPEND_TIME_DEFAULT	60	/* seconds, as Linux counts TIME-WAIT */

static unsigned int zero;
static unsigned int one = 1;
static unsigned int kind_min = 2;	/* 0 and 1 have no length */
static unsigned int kind_max = 255;
static unsigned int survival_max = 7 * 24 * 3600;
static unsigned int count_max = 1 << 24;
static unsigned int suspend_time_max = TCP_MOBILITY_SUSPEND_TIME_MAX;

static int kind_handler(TCPMOB_CTL_CONST struct ctl_table *table, int write,
			void *buffer, size_t *lenp, loff_t *ppos);
static int pause_handler(TCPMOB_CTL_CONST struct ctl_table *table, int write,
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
		.procname	= "max_suspended",
		.data		= NET_OFFSET(max_suspended),
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
		.procname	= "pause",
		.data		= NET_OFFSET(pause),
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= pause_handler,
		.extra1		= &zero,
		.extra2		= &one,
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
	{
		.procname	= "suspend_time",
		.data		= NET_OFFSET(suspend_time),
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &zero,
		.extra2		= &suspend_time_max,
	},
	TCPMOB_SYSCTL_END
};

/* Kinds that mean something else to every TCP (IANA): not to be had. */
static bool kind_is_taken(u8 kind)
{
	static const u8 taken[] = {
		TCPOPT_EOL, TCPOPT_NOP, TCPOPT_MSS, TCPOPT_WINDOW,
		TCPOPT_SACK_PERM, TCPOPT_SACK, TCPOPT_TIMESTAMP,
		TCPOPT_MD5SIG, 29 /* TCP-AO */, TCPOPT_MPTCP, TCPOPT_FASTOPEN,
	};

	return memchr(taken, kind, sizeof(taken));
}

/* One number for the three kinds. */
static int kind_handler(TCPMOB_CTL_CONST struct ctl_table *table, int write,
			void *buffer, size_t *lenp, loff_t *ppos)
{
	struct tcpmob_format *fmt = container_of(table->data,
						 struct tcpmob_format,
						 kind_conn_key);
	struct ctl_table copy = *table;
	u8 kind = fmt->kind_conn_key;
	int err;

	copy.data = &kind;
	err = proc_dou8vec_minmax(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (kind_is_taken(kind))
		return -EINVAL;
	fmt->kind_conn_key = kind;
	fmt->kind_cont = kind;
	fmt->kind_loc_update = kind;
	return 0;
}

/* Each write asks all connections that there are, even of the same value. */
static int pause_handler(TCPMOB_CTL_CONST struct ctl_table *table, int write,
			 void *buffer, size_t *lenp, loff_t *ppos)
{
	struct tcpmob_net *tn = container_of(table->data, struct tcpmob_net,
					     pause);
	int err;

	err = proc_douintvec_minmax(table, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	WRITE_ONCE(tn->pause_gen, tn->pause_gen + 1);
	tcpmob_addrs_evaluate(tn);
	return 0;
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
	tn->suspend_time = SUSPEND_TIME_DEFAULT;
	tn->max_suspended = SUSPENDED_DEFAULT;
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
