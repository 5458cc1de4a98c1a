// SPDX-License-Identifier: GPL-2.0
/* /proc/net/mip6_ice */
#include <linux/percpu.h>
#include <linux/seq_file.h>

#include "mip6_ice.h"

static const char * const names[] = {
#define X(name, doc) #name,
	MICE_MIB_LIST(X)
	MICE_AGENT_STATS(X)
#undef X
};

/* Print every counter, zeros too, so that a script finds the name. */
int mice_mib_show(struct seq_file *m, void *v)
{
	const struct mice_net *mn = mice_net(seq_file_single_net(m));
	unsigned int i;

	BUILD_BUG_ON(sizeof(struct mice_mib) !=
		     ARRAY_SIZE(names) * sizeof(unsigned long));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		unsigned long sum = 0;
		int cpu;

		for_each_possible_cpu(cpu)
			sum += ((unsigned long *)per_cpu_ptr(mn->mib, cpu))[i];
		seq_printf(m, "%s %lu\n", names[i], sum);
	}
	seq_printf(m, "PeersNow %u\n", READ_ONCE(mn->n_sessions));
	return 0;
}
