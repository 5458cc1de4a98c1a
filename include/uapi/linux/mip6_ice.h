/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Written by tools/netlink_header.py out of Documentation/netlink/specs/mip6_ice.yaml,
 * which has more to say. Change there first.
 */
#ifndef _UAPI_LINUX_MIP6_ICE_H
#define _UAPI_LINUX_MIP6_ICE_H


#define MIP6_ICE_FAMILY_NAME	"mip6_ice"
#define MIP6_ICE_FAMILY_VERSION	1

/**
 * enum mip6_ice_peer_flags - How a session with a peer behaves.
 * @MIP6_ICE_PEER_FLAGS_INITIATE: Send the offer at once; otherwise wait
 *	for the peer's.
 * @MIP6_ICE_PEER_FLAGS_MANUAL: Send no signalling; user space brings the
 *	peer's side with remote-set.
 */
enum mip6_ice_peer_flags {
	MIP6_ICE_PEER_FLAGS_INITIATE = 1,
	MIP6_ICE_PEER_FLAGS_MANUAL = 2,
};

/**
 * enum mip6_ice_state - What a session is doing.
 * @MIP6_ICE_STATE_IDLE: Waits for the peer's offer.
 * @MIP6_ICE_STATE_GATHERING: Collects candidates.
 * @MIP6_ICE_STATE_OFFERED: Our offer waits for its answer; a manual
 *	session waits for remote-set.
 * @MIP6_ICE_STATE_CHECKING: Connectivity checks run.
 * @MIP6_ICE_STATE_COMPLETED: A pair is selected.
 * @MIP6_ICE_STATE_FAILED: No pair works; the peer's checks may still show
 *	one.
 * @MIP6_ICE_STATE_SILENT: The peer does not take part, or ICE is
 *	impossible with it.
 */
enum mip6_ice_state {
	MIP6_ICE_STATE_IDLE,
	MIP6_ICE_STATE_GATHERING,
	MIP6_ICE_STATE_OFFERED,
	MIP6_ICE_STATE_CHECKING,
	MIP6_ICE_STATE_COMPLETED,
	MIP6_ICE_STATE_FAILED,
	MIP6_ICE_STATE_SILENT,
};

/**
 * enum mip6_ice_cand_type - Kind of a candidate (draft Section 1.1, RFC
 *	5245 4.1.1).
 * @MIP6_ICE_CAND_TYPE_NONE: Never in an answer.
 * @MIP6_ICE_CAND_TYPE_HOST: An address of a device.
 * @MIP6_ICE_CAND_TYPE_SRFLX: Server reflexive, as a STUN server saw it.
 * @MIP6_ICE_CAND_TYPE_PRFLX: Peer reflexive, as a check showed it.
 * @MIP6_ICE_CAND_TYPE_RELAYED: The home address, through the home agent.
 */
enum mip6_ice_cand_type {
	MIP6_ICE_CAND_TYPE_NONE,
	MIP6_ICE_CAND_TYPE_HOST,
	MIP6_ICE_CAND_TYPE_SRFLX,
	MIP6_ICE_CAND_TYPE_PRFLX,
	MIP6_ICE_CAND_TYPE_RELAYED,
};

/**
 * enum mip6_ice_pair_state - State of a pair (RFC 5245 5.7.4); nothing is
 *	ever Frozen (draft Section 1.4).
 * @MIP6_ICE_PAIR_STATE_WAITING: No check has been sent yet.
 * @MIP6_ICE_PAIR_STATE_IN_PROGRESS: A check waits for its answer.
 * @MIP6_ICE_PAIR_STATE_SUCCEEDED: A check was answered.
 * @MIP6_ICE_PAIR_STATE_FAILED: It does not work, see why.
 */
enum mip6_ice_pair_state {
	MIP6_ICE_PAIR_STATE_WAITING,
	MIP6_ICE_PAIR_STATE_IN_PROGRESS,
	MIP6_ICE_PAIR_STATE_SUCCEEDED,
	MIP6_ICE_PAIR_STATE_FAILED,
};

/**
 * enum mip6_ice_why - Why a pair has failed.
 * @MIP6_ICE_WHY_NOTHING: It has not.
 * @MIP6_ICE_WHY_TIMEOUT: Nobody answered seven requests in 7.9 seconds.
 * @MIP6_ICE_WHY_ASYMMETRIC: The answer came from another address (RFC 5245
 *	7.1.3.1).
 * @MIP6_ICE_WHY_ERROR: An error was answered; its number is in error.
 * @MIP6_ICE_WHY_SEND: The stack would not send, as there is no route.
 * @MIP6_ICE_WHY_LIMIT: The limit of checks was reached (draft Section
 *	14.4.2).
 * @MIP6_ICE_WHY_OTHER_PAIR: Not needed any more, another pair was
 *	nominated.
 */
enum mip6_ice_why {
	MIP6_ICE_WHY_NOTHING,
	MIP6_ICE_WHY_TIMEOUT,
	MIP6_ICE_WHY_ASYMMETRIC,
	MIP6_ICE_WHY_ERROR,
	MIP6_ICE_WHY_SEND,
	MIP6_ICE_WHY_LIMIT,
	MIP6_ICE_WHY_OTHER_PAIR,
};

/**
 * enum mip6_ice_pair_flags - What is so or not about a pair.
 * @MIP6_ICE_PAIR_FLAGS_VALID: A check succeeded.
 * @MIP6_ICE_PAIR_FLAGS_NOMINATED: The controlling end has chosen it.
 * @MIP6_ICE_PAIR_FLAGS_SELECTED: Data goes here.
 * @MIP6_ICE_PAIR_FLAGS_HEARD: The peer has sent an authenticated check
 *	over it.
 */
enum mip6_ice_pair_flags {
	MIP6_ICE_PAIR_FLAGS_VALID = 1,
	MIP6_ICE_PAIR_FLAGS_NOMINATED = 2,
	MIP6_ICE_PAIR_FLAGS_SELECTED = 4,
	MIP6_ICE_PAIR_FLAGS_HEARD = 8,
};

/**
 * enum mip6_ice_event - What happened to a session.
 * @MIP6_ICE_EVENT_NONE: Never in a message.
 * @MIP6_ICE_EVENT_VALID: A pair became valid.
 * @MIP6_ICE_EVENT_SELECTED: Data has a new path.
 * @MIP6_ICE_EVENT_FAILED: No pair works (RFC 5245 8.1.2).
 * @MIP6_ICE_EVENT_ROLE: A role conflict was repaired (RFC 5245 7.2.1.1).
 * @MIP6_ICE_EVENT_CONSENT_LOST: The peer has not agreed to data for 30
 *	seconds (RFC 7675).
 * @MIP6_ICE_EVENT_SILENT: The peer does not answer offers, or says that it
 *	cannot.
 * @MIP6_ICE_EVENT_MISMATCH: ICE is impossible (draft Section 11, flag M):
 *	the peer says so, or we have said it.
 * @MIP6_ICE_EVENT_PATH_LOST: The pair of an earlier run is given up; data
 *	goes through the home agent.
 */
enum mip6_ice_event {
	MIP6_ICE_EVENT_NONE,
	MIP6_ICE_EVENT_VALID,
	MIP6_ICE_EVENT_SELECTED,
	MIP6_ICE_EVENT_FAILED,
	MIP6_ICE_EVENT_ROLE,
	MIP6_ICE_EVENT_CONSENT_LOST,
	MIP6_ICE_EVENT_SILENT,
	MIP6_ICE_EVENT_MISMATCH,
	MIP6_ICE_EVENT_PATH_LOST,
};

/**
 * enum mip6_ice_attr_peer - A session between two home addresses.
 * @MIP6_ICE_A_PEER_HOME: Our home address, 16 octets; in a dump selects.
 * @MIP6_ICE_A_PEER_PEER: The peer's home address, 16 octets; in a dump
 *	selects.
 * @MIP6_ICE_A_PEER_FLAGS: How it behaves.
 * @MIP6_ICE_A_PEER_SERVER_ADDR: STUN server that is asked for reflexive
 *	candidates, 4 or 16 octets.
 * @MIP6_ICE_A_PEER_SERVER_PORT: Its port; 4191 if absent.
 * @MIP6_ICE_A_PEER_STATE: What it is doing.
 * @MIP6_ICE_A_PEER_CONTROLLING: 1 if we nominate, 0 if the peer does (RFC
 *	5245 5.2).
 * @MIP6_ICE_A_PEER_CHECKS: Transactions of this run, of the 100 of draft
 *	Section 14.4.2.
 * @MIP6_ICE_A_PEER_CANDIDATES: Candidates of both ends.
 * @MIP6_ICE_A_PEER_PAIRS: Pairs of the check list.
 * @MIP6_ICE_A_PEER_PATH_LOCAL_ADDR: Address that data leaves from; absent
 *	while it goes through the home agent for want of a pair.
 * @MIP6_ICE_A_PEER_PATH_LOCAL_PORT: Its port.
 * @MIP6_ICE_A_PEER_PATH_REMOTE_ADDR: Address that data goes to.
 * @MIP6_ICE_A_PEER_PATH_REMOTE_PORT: Its port.
 * @MIP6_ICE_A_PEER_PATH_RELAYED: An end of the selected pair lies behind a
 *	home agent.
 * @MIP6_ICE_A_PEER_PATH_OLD: The pair is of an earlier run, and used until
 *	this one has selected another.
 * @MIP6_ICE_A_PEER_UFRAG: ice-ufrag; in STUN as 4 lowercase hex digits.
 * @MIP6_ICE_A_PEER_PWD: Ice-pwd, 12 octets; in STUN as 24 lowercase hex
 *	digits.
 * @MIP6_ICE_A_PEER_CAND: A candidate of the peer, with type, addr, port
 *	and priority; at most 32.
 */
enum mip6_ice_attr_peer {
	MIP6_ICE_A_PEER_HOME = 1,
	MIP6_ICE_A_PEER_PEER,
	MIP6_ICE_A_PEER_FLAGS,
	MIP6_ICE_A_PEER_SERVER_ADDR,
	MIP6_ICE_A_PEER_SERVER_PORT,
	MIP6_ICE_A_PEER_STATE,
	MIP6_ICE_A_PEER_CONTROLLING,
	MIP6_ICE_A_PEER_CHECKS,
	MIP6_ICE_A_PEER_CANDIDATES,
	MIP6_ICE_A_PEER_PAIRS,
	MIP6_ICE_A_PEER_PATH_LOCAL_ADDR,
	MIP6_ICE_A_PEER_PATH_LOCAL_PORT,
	MIP6_ICE_A_PEER_PATH_REMOTE_ADDR,
	MIP6_ICE_A_PEER_PATH_REMOTE_PORT,
	MIP6_ICE_A_PEER_PATH_RELAYED,
	MIP6_ICE_A_PEER_PATH_OLD,
	MIP6_ICE_A_PEER_UFRAG,
	MIP6_ICE_A_PEER_PWD,
	MIP6_ICE_A_PEER_CAND,

	__MIP6_ICE_A_PEER_MAX,
	MIP6_ICE_A_PEER_MAX = (__MIP6_ICE_A_PEER_MAX - 1)
};

/**
 * enum mip6_ice_attr_cand - A candidate.
 * @MIP6_ICE_A_CAND_HOME: Our home address; in a request selects.
 * @MIP6_ICE_A_CAND_PEER: The peer's home address; in a request selects.
 * @MIP6_ICE_A_CAND_REMOTE: It is the peer's.
 * @MIP6_ICE_A_CAND_TYPE: Its kind.
 * @MIP6_ICE_A_CAND_ADDR: Its address, 4 or 16 octets.
 * @MIP6_ICE_A_CAND_PORT: Its port.
 * @MIP6_ICE_A_CAND_PRIORITY: RFC 5245 4.1.2.
 * @MIP6_ICE_A_CAND_BASE_ADDR: Address that packets leave from; of ours, if
 *	it is another than addr.
 * @MIP6_ICE_A_CAND_BASE_PORT: Its port.
 */
enum mip6_ice_attr_cand {
	MIP6_ICE_A_CAND_HOME = 1,
	MIP6_ICE_A_CAND_PEER,
	MIP6_ICE_A_CAND_REMOTE,
	MIP6_ICE_A_CAND_TYPE,
	MIP6_ICE_A_CAND_ADDR,
	MIP6_ICE_A_CAND_PORT,
	MIP6_ICE_A_CAND_PRIORITY,
	MIP6_ICE_A_CAND_BASE_ADDR,
	MIP6_ICE_A_CAND_BASE_PORT,

	__MIP6_ICE_A_CAND_MAX,
	MIP6_ICE_A_CAND_MAX = (__MIP6_ICE_A_CAND_MAX - 1)
};

/**
 * enum mip6_ice_attr_pair - A pair of candidates, or an event, with the
 *	pair that it is about.
 * @MIP6_ICE_A_PAIR_HOME: Our home address; in a request selects.
 * @MIP6_ICE_A_PAIR_PEER: The peer's home address; in a request selects.
 * @MIP6_ICE_A_PAIR_LOCAL_ADDR: Our end as the peer sees it, 4 or 16
 *	octets.
 * @MIP6_ICE_A_PAIR_LOCAL_PORT: Its port.
 * @MIP6_ICE_A_PAIR_LOCAL_TYPE: Kind of our end.
 * @MIP6_ICE_A_PAIR_REMOTE_ADDR: The peer's end.
 * @MIP6_ICE_A_PAIR_REMOTE_PORT: Its port.
 * @MIP6_ICE_A_PAIR_REMOTE_TYPE: Kind of the peer's end.
 * @MIP6_ICE_A_PAIR_STATE: How far its checks are.
 * @MIP6_ICE_A_PAIR_WHY: Why it has failed; only if it has.
 * @MIP6_ICE_A_PAIR_ERROR: Number of the STUN error; only with why error.
 * @MIP6_ICE_A_PAIR_FLAGS: What is so or not about it.
 * @MIP6_ICE_A_PAIR_PRIORITY: RFC 5245 5.7.2.
 * @MIP6_ICE_A_PAIR_RTT_MS: Milliseconds to the answer of a request that
 *	was sent once; only with valid, and if there was one.
 * @MIP6_ICE_A_PAIR_TRANSACTIONS: STUN transactions so far.
 * @MIP6_ICE_A_PAIR_SENT: Requests so far, repeats too.
 * @MIP6_ICE_A_PAIR_PAD: Alignment.
 * @MIP6_ICE_A_PAIR_EVENT: What happened; in events.
 * @MIP6_ICE_A_PAIR_SESSION_STATE: What the session is doing; in events.
 */
enum mip6_ice_attr_pair {
	MIP6_ICE_A_PAIR_HOME = 1,
	MIP6_ICE_A_PAIR_PEER,
	MIP6_ICE_A_PAIR_LOCAL_ADDR,
	MIP6_ICE_A_PAIR_LOCAL_PORT,
	MIP6_ICE_A_PAIR_LOCAL_TYPE,
	MIP6_ICE_A_PAIR_REMOTE_ADDR,
	MIP6_ICE_A_PAIR_REMOTE_PORT,
	MIP6_ICE_A_PAIR_REMOTE_TYPE,
	MIP6_ICE_A_PAIR_STATE,
	MIP6_ICE_A_PAIR_WHY,
	MIP6_ICE_A_PAIR_ERROR,
	MIP6_ICE_A_PAIR_FLAGS,
	MIP6_ICE_A_PAIR_PRIORITY,
	MIP6_ICE_A_PAIR_RTT_MS,
	MIP6_ICE_A_PAIR_TRANSACTIONS,
	MIP6_ICE_A_PAIR_SENT,
	MIP6_ICE_A_PAIR_PAD,
	MIP6_ICE_A_PAIR_EVENT,
	MIP6_ICE_A_PAIR_SESSION_STATE,

	__MIP6_ICE_A_PAIR_MAX,
	MIP6_ICE_A_PAIR_MAX = (__MIP6_ICE_A_PAIR_MAX - 1)
};

/**
 * enum mip6_ice_attr_stat - A counter.
 * @MIP6_ICE_A_STAT_NAME: Its name, which is stable.
 * @MIP6_ICE_A_STAT_VALUE: Its value since the namespace exists, or since
 *	the module was loaded.
 * @MIP6_ICE_A_STAT_GAUGE: It tells how many there are now, and may go
 *	down.
 * @MIP6_ICE_A_STAT_DOC: What it counts.
 * @MIP6_ICE_A_STAT_PAD: Alignment.
 */
enum mip6_ice_attr_stat {
	MIP6_ICE_A_STAT_NAME = 1,
	MIP6_ICE_A_STAT_VALUE,
	MIP6_ICE_A_STAT_GAUGE,
	MIP6_ICE_A_STAT_DOC,
	MIP6_ICE_A_STAT_PAD,

	__MIP6_ICE_A_STAT_MAX,
	MIP6_ICE_A_STAT_MAX = (__MIP6_ICE_A_STAT_MAX - 1)
};

/**
 * enum mip6_ice_cmd - Operations and messages; the spec says what each
 *	takes.
 * @MIP6_ICE_CMD_PEER_ADD: Begin a session between home and peer.
 * @MIP6_ICE_CMD_PEER_DEL: End a session.
 * @MIP6_ICE_CMD_PEER_RESTART: Gather again and send a new offer; the
 *	selected pair stays until then.
 * @MIP6_ICE_CMD_PEER_GET: All sessions, or those of home or peer.
 * @MIP6_ICE_CMD_KEYS_GET: Our credentials, for the peer of a manual
 *	session and to read captures.
 * @MIP6_ICE_CMD_REMOTE_SET: The peer's credentials and candidates of a
 *	manual session; checks begin.
 * @MIP6_ICE_CMD_CAND_GET: All candidates, one in a message, or those of
 *	home or peer.
 * @MIP6_ICE_CMD_PAIR_GET: All pairs, one in a message, or those of home or
 *	peer.
 * @MIP6_ICE_CMD_STATS_GET: All counters, one in a message.
 * @MIP6_ICE_CMD_EVENT_NTF: Something happened to a session; with the pair
 *	that it is about, if there is one. Who misses one, for reading too
 *	slowly or for want of memory (counted as EventLost), gets ENOBUFS;
 *	peer-get and pair-get then say how it is.
 */
enum mip6_ice_cmd {
	MIP6_ICE_CMD_PEER_ADD = 1,
	MIP6_ICE_CMD_PEER_DEL,
	MIP6_ICE_CMD_PEER_RESTART,
	MIP6_ICE_CMD_PEER_GET,
	MIP6_ICE_CMD_KEYS_GET,
	MIP6_ICE_CMD_REMOTE_SET,
	MIP6_ICE_CMD_CAND_GET,
	MIP6_ICE_CMD_PAIR_GET,
	MIP6_ICE_CMD_STATS_GET,
	MIP6_ICE_CMD_EVENT_NTF,

	__MIP6_ICE_CMD_MAX,
	MIP6_ICE_CMD_MAX = (__MIP6_ICE_CMD_MAX - 1)
};

#define MIP6_ICE_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_MIP6_ICE_H */
