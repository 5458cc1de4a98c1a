// SPDX-License-Identifier: GPL-2.0
/* net.tcp_mobility.*, per namespace; described in Documentation/tcp_mobility-sysctl.rst */
#include <linux/align.h>
#include <linux/mutex.h>
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
static unsigned int curve_max = TCPMOB_CURVE_X25519;
static unsigned int curves_max = 3;	/* a bit for each */
static unsigned int survival_max = 7 * 24 * 3600;
static unsigned int count_max = 1 << 24;
static unsigned int suspend_time_max = TCP_MOBILITY_SUSPEND_TIME_MAX;

static int pause_handler(MOBILITY_CTL_CONST struct ctl_table *table, int write,
			 void *buffer, size_t *lenp, loff_t *ppos);
static int format_handler(MOBILITY_CTL_CONST struct ctl_table *table, int write,
			  void *buffer, size_t *lenp, loff_t *ppos);
static int all_kinds_handler(MOBILITY_CTL_CONST struct ctl_table *table,
			     int write, void *buffer, size_t *lenp,
			     loff_t *ppos);

/* .data of each entry is an offset into struct tcpmob_net until it is copied. */
#define NET_OFFSET(field) ((void *)offsetof(struct tcpmob_net, field))

static int curve_handler(MOBILITY_CTL_CONST struct ctl_table *table, int write,
			 void *buffer, size_t *lenp, loff_t *ppos);

/* One octet of the option format, between @min and @max. */
#define FORMAT_KNOB(name, field, handler, min, max)			\
	{								\
		.procname	= name,					\
		.data		= NET_OFFSET(fmt.f.field),		\
		.maxlen		= sizeof(u8),				\
		.mode		= 0644,					\
		.proc_handler	= handler,				\
		.extra1		= &(min),				\
		.extra2		= &(max),				\
	}

static const struct ctl_table knobs_template[] = {
	FORMAT_KNOB("cont_order", drawn, format_handler, zero, one),
	{
		.procname	= "curve_accept",
		.data		= NET_OFFSET(curve_accept),
		.maxlen		= sizeof(u8),
		.mode		= 0644,
		.proc_handler	= curve_handler,
		.extra1		= &one,
		.extra2		= &curves_max,
	},
	{
		.procname	= "curve_offer",
		.data		= NET_OFFSET(curve_offer),
		.maxlen		= sizeof(u8),
		.mode		= 0644,
		.proc_handler	= curve_handler,
		.extra1		= &one,
		.extra2		= &curve_max,
	},
	FORMAT_KNOB("exid", exid, format_handler, zero, one),
	FORMAT_KNOB("kind_conn_key", kind_conn_key, format_handler,
		    kind_min, kind_max),
	FORMAT_KNOB("kind_cont", kind_cont, format_handler, kind_min, kind_max),
	FORMAT_KNOB("kind_loc_update", kind_loc_update, format_handler,
		    kind_min, kind_max),
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
	FORMAT_KNOB("option_kind", kind_conn_key, all_kinds_handler,
		    kind_min, kind_max),
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
	MOBILITY_SYSCTL_END
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

/* One writer at a time; packets read the format as a whole. */
static DEFINE_MUTEX(format_lock);

/*
 * The octet of the format at which the entry's data points is changed in a copy
 * of the format, and with it, if @all, the other kinds.
 */
static int set_format(MOBILITY_CTL_CONST struct ctl_table *table, int write,
		      void *buffer, size_t *lenp, loff_t *ppos, bool all)
{
	union tcpmob_format_word *fmt = PTR_ALIGN_DOWN(table->data,
						       sizeof(u64)), new;
	unsigned int at = table->data - (void *)fmt;
	struct ctl_table copy = *table;
	u8 *octet = (u8 *)&new + at;
	int err;

	BUILD_BUG_ON(__alignof__(*fmt) < sizeof(u64));
	BUILD_BUG_ON(sizeof(bool) != sizeof(u8));

	mutex_lock(&format_lock);
	new = *fmt;
	copy.data = octet;
	err = proc_dou8vec_minmax(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		goto unlock;
	err = -EINVAL;
	if (table->extra1 == &kind_min && kind_is_taken(*octet))
		goto unlock;
	if (all) {
		new.f.kind_cont = *octet;
		new.f.kind_loc_update = *octet;
	}
	WRITE_ONCE(fmt->word, new.word);
	err = 0;
unlock:
	mutex_unlock(&format_lock);
	return err;
}

static int format_handler(MOBILITY_CTL_CONST struct ctl_table *table, int write,
			  void *buffer, size_t *lenp, loff_t *ppos)
{
	return set_format(table, write, buffer, lenp, ppos, false);
}

/* One number for the three kinds; reads as that of Conn-Key. */
static int all_kinds_handler(MOBILITY_CTL_CONST struct ctl_table *table,
			     int write, void *buffer, size_t *lenp,
			     loff_t *ppos)
{
	return set_format(table, write, buffer, lenp, ppos, true);
}

/* Each write asks all connections that there are, even of the same value. */
static int pause_handler(MOBILITY_CTL_CONST struct ctl_table *table, int write,
			 void *buffer, size_t *lenp, loff_t *ppos)
{
	struct tcpmob_net *tn = container_of(table->data, struct tcpmob_net,
					     pause);
	int err;

	err = proc_douintvec_minmax(table, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	tcpmob_pause_all(tn, READ_ONCE(tn->pause));
	tcpmob_addrs_evaluate(tn);
	return 0;
}

/* A Curve ID, or a bit for each: either way X25519 is what sets bit 1. */
static int curve_handler(MOBILITY_CTL_CONST struct ctl_table *table, int write,
			 void *buffer, size_t *lenp, loff_t *ppos)
{
	struct ctl_table copy = *table;
	u8 *curve = table->data, new = *curve;
	int err;

	BUILD_BUG_ON(BIT(TCPMOB_CURVE_X25519 - 1) != TCPMOB_CURVE_X25519);
	copy.data = &new;
	err = proc_dou8vec_minmax(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (new & TCPMOB_CURVE_X25519) {
		err = tcpmob_key_want(TCPMOB_CURVE_X25519);
		if (err)
			return err;
	}
	WRITE_ONCE(*curve, new);
	return 0;
}

static void set_defaults(struct tcpmob_net *tn)
{
	tn->fmt.f = (struct tcpmob_format) {
		.kind_conn_key	 = TCPMOB_KIND_DEFAULT,
		.kind_cont	 = TCPMOB_KIND_DEFAULT,
		.kind_loc_update = TCPMOB_KIND_DEFAULT,
	};
	tn->curve_offer = TCPMOB_CURVE_P192;
	tn->curve_accept = BIT(TCPMOB_CURVE_P192 - 1);
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
	tn->sysctls = mobility_register_sysctl(tn->net, "net/tcp_mobility",
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
