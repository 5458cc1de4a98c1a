// SPDX-License-Identifier: GPL-2.0
/*
 * Mobility Support for TCP (draft-eddy-tcp-mobility-00) for stock kernels:
 * order of init and exit.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <net/netns/generic.h>

#include "tcp_mobility.h"

unsigned int tcpmob_net_id __read_mostly;
struct workqueue_struct *tcpmob_wq;
struct workqueue_struct *tcpmob_key_wq;

/* What the module keeps for @net; lives as long as the namespace. */
struct tcpmob_net *tcpmob_net(const struct net *net)
{
	return net_generic(net, tcpmob_net_id);
}

static int __net_init net_init(struct net *net)
{
	struct tcpmob_net *tn = tcpmob_net(net);
	int err;

	tn->net = net;
	mutex_init(&tn->activate);
	mutex_init(&tn->rebind);
	tn->mib = alloc_percpu(struct tcpmob_mib);
	if (!tn->mib)
		return -ENOMEM;
	err = tcpmob_conn_init(tn);
	if (err)
		goto free_mib;
	/* First: a write to the sysctls queues work. */
	tcpmob_key_net_init(tn);
	tcpmob_half_init(tn);
	tcpmob_ghost_init(tn);
	tcpmob_addrs_net_init(tn);
	err = tcpmob_sysctl_init(tn);
	if (err)
		goto exit_conn;
	err = -ENOMEM;
	if (!proc_create_net_single("tcp_mobility", 0444, net->proc_net,
				    tcpmob_mib_show, NULL))
		goto exit_sysctl;
	return 0;

exit_sysctl:
	tcpmob_sysctl_exit(tn);
	tcpmob_addrs_net_exit(tn);
exit_conn:
	tcpmob_conn_exit(tn);
free_mib:
	free_percpu(tn->mib);
	return err;
}

/* The core waits for a grace period between this and net_exit(): then no packet
 * is inside a hook any more.
 */
static void __net_exit net_pre_exit(struct net *net)
{
	tcpmob_segment_unregister(tcpmob_net(net));
}

/*
 * No socket with our ULP is left: sockets pin their namespace and the module,
 * and each queued work item of a connection pins its socket.
 */
static void __net_exit net_exit(struct net *net)
{
	struct tcpmob_net *tn = tcpmob_net(net);

	/* First: a write to the sysctls queues work. */
	tcpmob_sysctl_exit(tn);
	tcpmob_addrs_net_exit(tn);
	tcpmob_ghost_exit(tn);
	tcpmob_half_exit(tn);
	tcpmob_key_net_exit(tn);
	remove_proc_entry("tcp_mobility", net->proc_net);
	tcpmob_conn_exit(tn);
	free_percpu(tn->mib);
}

static struct pernet_operations net_ops = {
	.init		= net_init,
	.pre_exit	= net_pre_exit,
	.exit		= net_exit,
	.id		= &tcpmob_net_id,
	.size		= sizeof(struct tcpmob_net),
};

static int __init mod_init(void)
{
	int err = -ENOMEM;

	tcpmob_wq = alloc_workqueue("tcp_mobility", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!tcpmob_wq)
		return err;
	tcpmob_key_wq = alloc_workqueue("tcp_mobility_key", WQ_UNBOUND, 0);
	if (!tcpmob_key_wq)
		goto free_wq;
	err = tcpmob_key_init();
	if (err)
		goto free_key_wq;
	err = tcpmob_export_init();
	if (err)
		goto exit_key;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto exit_export;
	err = tcpmob_addrs_register();
	if (err)
		goto unreg_pernet;
	err = tcpmob_netlink_register();
	if (err)
		goto unreg_addrs;
	err = tcpmob_ulp_register();
	if (err)
		goto unreg_netlink;
	return 0;

unreg_netlink:
	tcpmob_netlink_unregister();
unreg_addrs:
	tcpmob_addrs_unregister();
unreg_pernet:
	unregister_pernet_subsys(&net_ops);
exit_export:
	tcpmob_export_exit();
exit_key:
	tcpmob_key_exit();
free_key_wq:
	destroy_workqueue(tcpmob_key_wq);
free_wq:
	destroy_workqueue(tcpmob_wq);
	return err;
}

static void __exit mod_exit(void)
{
	/* The module's use count is 0: no socket is left, and none can come. */
	tcpmob_ulp_unregister();
	tcpmob_addrs_unregister();
	/* Work of connections that ended a moment ago still looks at tn. */
	flush_workqueue(tcpmob_key_wq);
	flush_workqueue(tcpmob_wq);
	tcpmob_netlink_unregister();
	unregister_pernet_subsys(&net_ops);
	tcpmob_export_exit();
	tcpmob_key_exit();
	destroy_workqueue(tcpmob_key_wq);
	destroy_workqueue(tcpmob_wq);
	/* Contexts are freed after a grace period, by the core's kfree_rcu(). */
	rcu_barrier();
}

module_init(mod_init);
module_exit(mod_exit);
MODULE_DESCRIPTION("Mobility Support for TCP");
MODULE_LICENSE("GPL");
MODULE_VERSION(TCPMOB_VERSION);
MODULE_ALIAS_TCP_ULP("mobility");
/* Weak references make no dependency for depmod (see key.c). */
MODULE_SOFTDEP("pre: ecc sha1 hmac sha256 libcurve25519");
