// SPDX-License-Identifier: GPL-2.0
/* Counters for user space: /proc/net/mip6_ice, netlink, tracepoints. */
#include <linux/percpu.h>
#include <linux/seq_file.h>

#include "mip6_ice.h"

static const struct {
	const char	*name;
	const char	*doc;
} stats[] = {
#define X(name, doc) { #name, doc },
	MICE_MIB_LIST(X)
	MICE_AGENT_STATS(X)
#undef X
	{ "PeersNow", "sessions" },
};

unsigned int mice_mib_count(void)
{
	return ARRAY_SIZE(stats);
}

const char *mice_mib_name(unsigned int id)
{
	return id < ARRAY_SIZE(stats) ? stats[id].name : "";
}

/**
 * mice_mib_get() - read a counter
 * @mn: namespace
 * @id: below mice_mib_count()
 * @stat: filled
 */
void mice_mib_get(const struct mice_net *mn, unsigned int id,
		  struct mice_stat *stat)
{
	int cpu;

	BUILD_BUG_ON(sizeof(struct mice_mib) !=
		     (ARRAY_SIZE(stats) - 1) * sizeof(unsigned long));
	*stat = (struct mice_stat) {
		.name	= stats[id].name,
		.doc	= stats[id].doc,
		.gauge	= id == ARRAY_SIZE(stats) - 1,
	};
	if (stat->gauge) {
		stat->value = READ_ONCE(mn->n_sessions);
		return;
	}
	for_each_possible_cpu(cpu)
		stat->value += ((unsigned long *)per_cpu_ptr(mn->mib, cpu))[id];
}

/* Print every counter, zeros too, so that a script finds the name. */
int mice_mib_show(struct seq_file *m, void *v)
{
	const struct mice_net *mn = mice_net(seq_file_single_net(m));
	struct mice_stat stat;
	unsigned int i;

	for (i = 0; i < mice_mib_count(); i++) {
		mice_mib_get(mn, i, &stat);
		seq_printf(m, "%s %llu\n", stat.name, stat.value);
	}
	return 0;
}
