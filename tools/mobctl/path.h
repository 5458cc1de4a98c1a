/* SPDX-License-Identifier: GPL-2.0 */
/* Where on the way to a host Conn-Key disappears from a SYN. */
#ifndef MOBCTL_PATH_H
#define MOBCTL_PATH_H

#include <stdbool.h>
#include <sys/socket.h>

#include "address.h"
#include "genl.h"

#define PATH_HOPS	30

enum hop_verdict {
	HOP_SILENT,	/* no answer */
	HOP_SHORT,	/* the answer quotes too little of the SYN */
	HOP_HERE,	/* Conn-Key came there */
	HOP_GONE,	/* the SYN came without it */
};

/**
 * struct path - what routers on the way say about our SYN
 * @hops: how many there are in front of the host, as far as it was seen
 * @from: their addresses; valid unless HOP_SILENT
 * @verdict: what each has seen
 * @reached: the host itself answered
 */
struct path {
	int			hops;
	struct in6_addr		from[PATH_HOPS];
	enum hop_verdict	verdict[PATH_HOPS];
	bool			reached;
};

int path_trace(const struct sockaddr_storage *to, socklen_t len,
	       const struct module_facts *facts, struct path *path);
int path_first(const struct path *path, enum hop_verdict verdict);
int path_last(const struct path *path, enum hop_verdict verdict);

#endif /* MOBCTL_PATH_H */
