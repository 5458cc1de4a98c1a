// SPDX-License-Identifier: GPL-2.0
/*
 * M-ICE (draft-tschofenig-mip6-ice-01) for stock kernels: order of init and
 * exit.
 */
#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/random.h>
#include <net/genetlink.h>
#include <net/netns/generic.h>

#include "mip6_ice.h"

static unsigned int net_id __read_mostly;
struct workqueue_struct *mice_wq;

/* What the module keeps for @net; lives as long as the namespace. */
struct mice_net *mice_net(const struct net *net)
{
	return net_generic(net, net_id);
}

static int __net_init net_init(struct net *net)
{
	struct mice_net *mn = mice_net(net);
	int err = -ENOMEM;

	mn->net = net;
	mutex_init(&mn->lock);
	skb_queue_head_init(&mn->in);
	INIT_WORK(&mn->in_work, mice_in_work);
	hash_init(mn->by_pair);
	hash_init(mn->by_home);
	hash_init(mn->by_ufrag);
	hash_init(mn->by_tag);
	hash_init(mn->by_sum);
	mice_addrs_init(mn);
	get_random_bytes(&mn->hash_seed, sizeof(mn->hash_seed));
	mn->mib = alloc_percpu(struct mice_mib);
	if (!mn->mib)
		return err;
	err = mice_rr_init(mn);
	if (err)
		goto free_mib;
	err = mice_sysctl_init(mn);
	if (err)
		goto exit_rr;
	err = -ENOMEM;
	if (!proc_create_net_single("mip6_ice", 0444, net->proc_net,
				    mice_mib_show, NULL))
		goto exit_sysctl;
	return 0;

exit_sysctl:
	mice_sysctl_exit(mn);
exit_rr:
	mice_rr_exit(mn);
free_mib:
	free_percpu(mn->mib);
	return err;
}

/*
 * No process of the namespace is left, so nobody adds sessions. Packets still
 * come, so the sockets go before what they put things into.
 */
static void __net_exit net_exit(struct net *net)
{
	struct mice_net *mn = mice_net(net);

	remove_proc_entry("mip6_ice", net->proc_net);
	mice_sysctl_exit(mn);
	mice_session_del_all(mn);
	mutex_lock(&mn->lock);
	mice_sockets_close(mn);
	mutex_unlock(&mn->lock);
	/* The protocol handler looks for sessions, of which there are none, and
	 * devices of the namespace are gone.
	 */
	mice_addrs_exit(mn);
	cancel_work_sync(&mn->in_work);
	skb_queue_purge(&mn->in);
	mice_rr_exit(mn);
	free_percpu(mn->mib);
}

static struct pernet_operations net_ops = {
	.init	= net_init,
	.exit	= net_exit,
	.id	= &net_id,
	.size	= sizeof(struct mice_net),
};

static int __init mod_init(void)
{
	int err;

	/* Booted with ipv6.disable=1 nobody has made what we would look into. */
	if (!ipv6_mod_enabled()) {
		pr_err("mip6_ice: IPv6 is disabled on this machine (ipv6.disable=1), Mobile IPv6 cannot be\n");
		return -EAFNOSUPPORT;
	}
	/* The works of a namespace wait for one mutex: a few are enough. */
	mice_wq = alloc_workqueue("mip6_ice", WQ_UNBOUND, 16);
	if (!mice_wq)
		return -ENOMEM;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto free_wq;
	err = mice_mhio_register();
	if (err)
		goto unreg_pernet;
	err = mice_netlink_register();
	if (err)
		goto unreg_mhio;
	return 0;

unreg_mhio:
	mice_mhio_unregister();
unreg_pernet:
	unregister_pernet_subsys(&net_ops);
free_wq:
	destroy_workqueue(mice_wq);
	return err;
}

static void __exit mod_exit(void)
{
	mice_netlink_unregister();
	/* Then nothing is put into a queue but by sockets, which go next. */
	mice_mhio_unregister();
	unregister_pernet_subsys(&net_ops);
	destroy_workqueue(mice_wq);
}

module_init(mod_init);
module_exit(mod_exit);
MODULE_DESCRIPTION("Mobile IP Interactive Connectivity Establishment");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
MODULE_ALIAS_GENL_FAMILY(MIP6_ICE_FAMILY_NAME);
MODULE_SOFTDEP("pre: hmac sha1");
