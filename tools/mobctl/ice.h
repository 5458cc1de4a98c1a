/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the family mip6_ice is asked for, in plain structs; members are those of
 * the attribute sets in Documentation/netlink/specs/mip6_ice.yaml. All functions
 * return 0 or a negative errno; genl_error() then has a sentence about it.
 */
#ifndef MOBCTL_ICE_H
#define MOBCTL_ICE_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "genl.h"

#define ICE_PWD_LEN	12
#define ICE_CANDS_MAX	32

/**
 * struct ice_who - a session, or those that a dump is about
 * @home: our home address, if @has_home
 * @peer: the peer's, if @has_peer
 * @has_home: else any
 * @has_peer: else any
 */
struct ice_who {
	struct in6_addr	home, peer;
	bool		has_home, has_peer;
};

struct ice_peer {
	struct ice_who	who;
	uint32_t	flags;
	struct endpoint	server;
	uint8_t		state;
	uint8_t		controlling;
	uint32_t	checks, candidates, pairs;
	struct endpoint	path_local, path_remote;
	bool		path_relayed, path_old;
	uint16_t	ufrag;
	uint8_t		pwd[ICE_PWD_LEN];
};

struct ice_cand {
	struct ice_who	who;
	bool		remote;
	uint8_t		type;
	struct endpoint	addr, base;
	uint32_t	priority;
};

/* A pair, or an event with the pair it is about, if @has_pair. */
struct ice_pair {
	struct ice_who	who;
	bool		has_pair, has_rtt;
	struct endpoint	local, remote;
	uint8_t		local_type, remote_type;
	uint8_t		state, why;
	uint16_t	error;
	uint32_t	flags;
	uint64_t	priority;
	uint32_t	rtt_ms, transactions, sent;
	uint8_t		event, session_state;
};

/* The peer's side of a manual session. */
struct ice_remote {
	struct ice_who	who;
	uint16_t	ufrag;
	uint8_t		pwd[ICE_PWD_LEN];
	bool		controlling;
	unsigned int	n;
	struct ice_cand	cands[ICE_CANDS_MAX];
};

typedef int (*ice_peer_fn)(const struct ice_peer *p, void *arg);
typedef int (*ice_cand_fn)(const struct ice_cand *c, void *arg);
typedef int (*ice_pair_fn)(const struct ice_pair *p, void *arg);

int icenl_add(const struct ice_peer *p);
int icenl_del(const struct ice_who *who);
int icenl_restart(const struct ice_who *who);
int icenl_remote(const struct ice_remote *r);
int icenl_peers(const struct ice_who *who, ice_peer_fn each, void *arg);
int icenl_keys(const struct ice_who *who, ice_peer_fn each, void *arg);
int icenl_cands(const struct ice_who *who, ice_cand_fn each, void *arg);
int icenl_pairs(const struct ice_who *who, ice_pair_fn each, void *arg);
int icenl_counters(counter_fn each, void *arg);
int icenl_events(ice_pair_fn each, int (*lost)(void *arg));

#endif /* MOBCTL_ICE_H */
