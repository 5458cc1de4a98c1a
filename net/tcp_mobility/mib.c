// SPDX-License-Identifier: GPL-2.0
/* Counters as the user reads them. */
#include <linux/percpu.h>
#include <linux/seq_file.h>

#include "tcp_mobility.h"

static const struct {
	const char	*name;
	const char	*doc;
} texts[] = {
#define X(name, doc) { #name, doc },
	TCPMOB_MIB_LIST(X)
#undef X
#define X(name, value, doc) { #name, doc },
	TCPMOB_GAUGE_LIST(X)
#undef X
};

static u64 counter(const struct tcpmob_net *tn, unsigned int i)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(tn->mib, cpu)->mibs[i];
	return sum;
}

static u64 gauge(const struct tcpmob_net *tn, unsigned int i)
{
	switch (i) {
#define X(name, value, doc) case TCPMOB_GAUGE_##name: return value;
	TCPMOB_GAUGE_LIST(X)
#undef X
	}
	return 0;
}

/**
 * tcpmob_mib_get() - a counter or gauge by its place in the list
 * @tn: namespace
 * @i: its place, counters first
 * @stat: filled
 *
 * Return: false behind the last.
 */
bool tcpmob_mib_get(struct tcpmob_net *tn, unsigned int i,
		    struct tcpmob_stat *stat)
{
	if (i >= ARRAY_SIZE(texts))
		return false;
	stat->name = texts[i].name;
	stat->doc = texts[i].doc;
	stat->gauge = i >= __TCPMOB_MIB_MAX;
	stat->value = stat->gauge ? gauge(tn, i - __TCPMOB_MIB_MAX) :
				    counter(tn, i);
	return true;
}

/* /proc/net/tcp_mobility: all of them, zeros too, so that a script finds the
 * name.
 */
int tcpmob_mib_show(struct seq_file *m, void *v)
{
	struct tcpmob_net *tn = tcpmob_net(seq_file_single_net(m));
	struct tcpmob_stat stat;
	unsigned int i;

	for (i = 0; tcpmob_mib_get(tn, i, &stat); i++)
		seq_printf(m, "%s %llu\n", stat.name, stat.value);
	return 0;
}
