// SPDX-License-Identifier: GPL-2.0
/* net.mip6_ice.*, per namespace; described in Documentation/mip6_ice-sysctl.rst */
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <mice_compat.h>

#include "mip6_ice.h"

#define MAX_PEERS_DEFAULT	256	/* 35 kB each */
#define STUN_RATE_DEFAULT	1000	/* per second */
#define ERROR_RATE_DEFAULT	10	/* per second and source, DESIGN-M-ICE */
#define EXCLUDE_DEFAULT		"docker* virbr* br-* veth*"

static unsigned int zero;
static unsigned int one = 1;
static unsigned int octet_max = 255;
static unsigned int type_min = 8;	/* below are RFC 6275's own */
static unsigned int port_max = 65535;
static unsigned int peers_max = 16384;	/* three ufrags of 16 bits each */
static unsigned int cands_max = MICE_CANDS_MAX;
static unsigned int checks_min = MICE_CHECKS_MIN, checks_max = MICE_CHECKS_MAX;
static unsigned int ta_min = 5, ta_max = 1000;		/* milliseconds */
static unsigned int idle_min = 1, idle_max = 600;	/* seconds */
static unsigned int rate_max = 1000000;

static int home_agent_handler(MOBILITY_CTL_CONST struct ctl_table *table,
			      int write, void *buffer, size_t *lenp,
			      loff_t *ppos);

/* .data of each entry is an offset into struct mice_net until it is copied. */
#define NET_OFFSET(field) ((void *)offsetof(struct mice_net, knobs.field))

#define KNOB(name, field, handler, min, max)				\
	{								\
		.procname	= name,					\
		.data		= NET_OFFSET(field),			\
		.maxlen		= sizeof(unsigned int),			\
		.mode		= 0644,					\
		.proc_handler	= handler,				\
		.extra1		= &(min),				\
		.extra2		= &(max),				\
	}

/* A list of names of devices. */
#define DEVICES(name, field)						\
	{								\
		.procname	= name,					\
		.data		= NET_OFFSET(field),			\
		.maxlen		= MICE_DEVICES_LEN,			\
		.mode		= 0644,					\
		.proc_handler	= proc_dostring,			\
	}

static const struct ctl_table knobs_template[] = {
	KNOB("aggressive", aggressive, proc_douintvec_minmax, zero, one),
	KNOB("consent", consent, proc_douintvec_minmax, zero, one),
	KNOB("error_rate", error_rate, proc_douintvec_minmax, zero, rate_max),
	DEVICES("exclude_devices", exclude),
	KNOB("home_agent", home_agent, home_agent_handler, zero, one),
	KNOB("keepalive", keepalive, proc_douintvec_minmax, idle_min, idle_max),
	KNOB("lite", lite, proc_douintvec_minmax, zero, one),
	KNOB("max_candidates", max_candidates, proc_douintvec_minmax, one,
	     cands_max),
	KNOB("max_checks", max_checks, proc_douintvec_minmax, checks_min,
	     checks_max),
	KNOB("max_peers", max_peers, proc_douintvec_minmax, zero, peers_max),
	KNOB("mh_cot_ice", mh_cot_ice, proc_douintvec_minmax, type_min,
	     octet_max),
	KNOB("mh_coti_ice", mh_coti_ice, proc_douintvec_minmax, type_min,
	     octet_max),
	KNOB("option_type", option_type, proc_douintvec_minmax, type_min,
	     octet_max),
	KNOB("patience", patience, proc_douintvec_minmax, zero, one),
	KNOB("port", port, proc_douintvec_minmax, one, port_max),
	DEVICES("prefer_devices", prefer),
	KNOB("stun_rate", stun_rate, proc_douintvec_minmax, zero, rate_max),
	KNOB("stun_short", stun_short, proc_douintvec_minmax, zero, one),
	KNOB("ta", ta, proc_douintvec_minmax, ta_min, ta_max),
	MOBILITY_SYSCTL_END
};

/* The sockets are there while there is something to answer. */
static int home_agent_handler(MOBILITY_CTL_CONST struct ctl_table *table,
			      int write, void *buffer, size_t *lenp,
			      loff_t *ppos)
{
	struct mice_net *mn = container_of(table->data, struct mice_net,
					   knobs.home_agent);
	unsigned int new = mn->knobs.home_agent;
	struct ctl_table copy = *table;
	int err;

	copy.data = &new;
	err = proc_douintvec_minmax(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	mutex_lock(&mn->lock);
	if (new)
		err = mice_sockets_open(mn, NULL);
	else if (!mn->n_sessions)
		mice_sockets_close(mn);
	if (!err)
		WRITE_ONCE(mn->knobs.home_agent, new);
	mutex_unlock(&mn->lock);
	return err;
}

static void set_defaults(struct mice_net *mn)
{
	mn->knobs = (struct mice_knobs) {
		.port		= MICE_PORT_DEFAULT,
		.option_type	= MICE_OPT_DEFAULT,
		.mh_coti_ice	= MICE_MH_COTI_ICE,
		.mh_cot_ice	= MICE_MH_COT_ICE,
		.max_peers	= MAX_PEERS_DEFAULT,
		.max_candidates	= MICE_CANDS_MAX,
		.max_checks	= MICE_CHECKS_MAX,
		.ta		= MICE_TA,
		.keepalive	= MICE_IDLE / 1000,
		.stun_rate	= STUN_RATE_DEFAULT,
		.error_rate	= ERROR_RATE_DEFAULT,
		.exclude	= EXCLUDE_DEFAULT,
	};
}

/* How an agent behaves from its next run on. */
void mice_conf(const struct mice_net *mn, struct mice_agent_conf *conf)
{
	const struct mice_knobs *k = &mn->knobs;

	*conf = (struct mice_agent_conf) {
		.ta		= READ_ONCE(k->ta),
		.idle		= READ_ONCE(k->keepalive) * 1000,
		.max_checks	= READ_ONCE(k->max_checks),
		.max_pairs	= READ_ONCE(k->max_checks),
		.aggressive	= READ_ONCE(k->aggressive),
		.lite		= READ_ONCE(k->lite),
		.consent	= READ_ONCE(k->consent),
		.pac		= READ_ONCE(k->patience),
	};
}

/**
 * mice_sysctl_init() - defaults and the sysctl table of a namespace
 * @mn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int mice_sysctl_init(struct mice_net *mn)
{
	struct ctl_table *knobs;
	unsigned int i;

	set_defaults(mn);
	knobs = kmemdup(knobs_template, sizeof(knobs_template), GFP_KERNEL);
	if (!knobs)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(knobs_template) && knobs[i].procname; i++)
		knobs[i].data = (void *)mn + (unsigned long)knobs[i].data;
	mn->sysctls = mobility_register_sysctl(mn->net, "net/mip6_ice", knobs);
	if (!mn->sysctls) {
		kfree(knobs);
		return -ENOMEM;
	}
	mn->sysctl_table = knobs;
	return 0;
}

void mice_sysctl_exit(struct mice_net *mn)
{
	unregister_net_sysctl_table(mn->sysctls);
	kfree(mn->sysctl_table);
}
