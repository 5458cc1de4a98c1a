// SPDX-License-Identifier: GPL-2.0
/* /proc/net/tcp_mobility */
#include <linux/percpu.h>
#include <linux/seq_file.h>

#include "tcp_mobility.h"

static const char * const mib_names[__TCPMOB_MIB_MAX] = {
#define X(name, doc) [TCPMOB_MIB_##name] = #name,
	TCPMOB_MIB_LIST(X)
#undef X
};

/* Print every counter, zeros too, so that a script finds the name. */
int tcpmob_mib_show(struct seq_file *m, void *v)
{
	const struct tcpmob_net *tn = tcpmob_net(seq_file_single_net(m));
	unsigned int i;

	for (i = 0; i < __TCPMOB_MIB_MAX; i++) {
		unsigned long sum = 0;
		int cpu;

		for_each_possible_cpu(cpu)
			sum += per_cpu_ptr(tn->mib, cpu)->mibs[i];
		seq_printf(m, "%s %lu\n", mib_names[i], sum);
	}
#define X(name, value, doc) seq_printf(m, "%s %u\n", #name, value);
	TCPMOB_GAUGE_LIST(X)
#undef X
	return 0;
}
