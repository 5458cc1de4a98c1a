// SPDX-License-Identifier: GPL-2.0
/* LINK: -lmnl */
/*
 * A page of the netlink family mip6_ice for the stories:
 *
 *	icectl add HOME PEER [initiate] [manual] [server ADDR [PORT]]
 *	icectl del HOME PEER
 *	icectl restart HOME PEER
 *	icectl remote HOME PEER controlling|controlled UFRAG PWD
 *	       [cand TYPE ADDR PORT PRIORITY]...
 *	icectl show			all sessions, a line for each thing
 *	icectl monitor SECONDS		events
 *
 * UFRAG and PWD are 4 and 24 hex digits, as STUN has them. Exit status 1 and
 * the kernel's sentence if it refuses.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/mip6_ice.h>

#define BUF	(64 * 1024)

static const char * const types[] = { "none", "host", "srflx", "prflx", "relayed" };
static const char * const states[] = {
	"idle", "gathering", "offered", "checking", "completed", "failed", "silent" };
static const char * const pair_states[] = {
	"waiting", "in-progress", "succeeded", "failed" };
static const char * const whys[] = {
	"-", "timeout", "asymmetric", "error", "send", "limit", "other-pair" };
static const char * const events[] = {
	"none", "valid", "selected", "failed", "role", "consent-lost", "silent",
	"mismatch" };

static struct mnl_socket *nl;
static char buf[BUF];
static uint16_t family;
static uint32_t group;

static void die(const char *what)
{
	fprintf(stderr, "icectl: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const char *name(const char * const *names, size_t n, unsigned int i)
{
	return i < n ? names[i] : "?";
}
#define NAME(names, i) name(names, sizeof(names) / sizeof(names[0]), i)

static struct nlmsghdr *request(uint16_t type, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *g;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = 1;
	g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));
	g->cmd = cmd;
	g->version = 1;
	return nlh;
}

/* The kernel's sentence of an extended acknowledgement. */
static void refused(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t off = sizeof(*err);
	const struct nlattr *attr;

	if (!err->error)
		return;
	fprintf(stderr, "icectl: %s", strerror(-err->error));
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		off += err->msg.nlmsg_len - sizeof(err->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_for_each(attr, nlh, off)
			if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
				fprintf(stderr, ": %s", mnl_attr_get_str(attr));
	fprintf(stderr, "\n");
	exit(1);
}

/* Sends @nlh; calls @cb with each message until done or acknowledged. */
static void talk(struct nlmsghdr *nlh, void (*cb)(const struct nlmsghdr *))
{
	bool dump = nlh->nlmsg_flags & NLM_F_DUMP;
	ssize_t n;
	int len;

	if (!dump)
		nlh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		die("send");
	while ((n = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0) {
		len = n;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type == NLMSG_DONE)
				return;
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				refused(nlh);
				return;
			}
			if (cb)
				cb(nlh);
		}
	}
	die("receive");
}

static void family_cb(const struct nlmsghdr *nlh)
{
	const struct nlattr *a, *b, *c;

	mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID)
			family = mnl_attr_get_u16(a);
		if (mnl_attr_get_type(a) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		mnl_attr_for_each_nested(b, a)
			mnl_attr_for_each_nested(c, b)
				if (mnl_attr_get_type(c) == CTRL_ATTR_MCAST_GRP_ID)
					group = mnl_attr_get_u32(c);
	}
}

static void find_family(void)
{
	struct nlmsghdr *nlh = request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, MIP6_ICE_FAMILY_NAME);
	talk(nlh, family_cb);
}

static unsigned int parse_ip(const char *text, uint8_t ip[16])
{
	if (inet_pton(AF_INET, text, ip) == 1)
		return 4;
	if (inet_pton(AF_INET6, text, ip) == 1)
		return 16;
	fprintf(stderr, "icectl: %s is no address\n", text);
	exit(2);
}

static struct nlmsghdr *about(uint8_t cmd, char **argv)
{
	struct nlmsghdr *nlh = request(family, cmd, 0);
	uint8_t ip[16];

	if (!argv[0] || !argv[1]) {
		fprintf(stderr, "icectl: HOME PEER is missing\n");
		exit(2);
	}
	mnl_attr_put(nlh, MIP6_ICE_A_HOME, parse_ip(argv[0], ip), ip);
	mnl_attr_put(nlh, MIP6_ICE_A_PEER, parse_ip(argv[1], ip), ip);
	return nlh;
}

static void add(char **argv)
{
	struct nlmsghdr *nlh = about(MIP6_ICE_CMD_PEER_ADD, argv);
	uint32_t flags = 0;
	uint8_t ip[16];

	for (argv += 2; *argv; argv++) {
		if (!strcmp(*argv, "initiate")) {
			flags |= MIP6_ICE_PEER_INITIATE;
		} else if (!strcmp(*argv, "manual")) {
			flags |= MIP6_ICE_PEER_MANUAL;
		} else if (!strcmp(*argv, "server") && argv[1]) {
			mnl_attr_put(nlh, MIP6_ICE_A_SERVER_ADDR,
				     parse_ip(*++argv, ip), ip);
			if (argv[1] && atoi(argv[1]))
				mnl_attr_put_u16(nlh, MIP6_ICE_A_SERVER_PORT,
						 atoi(*++argv));
		}
	}
	mnl_attr_put_u32(nlh, MIP6_ICE_A_FLAGS, flags);
	talk(nlh, NULL);
}

static void remote(char **argv)
{
	struct nlmsghdr *nlh = about(MIP6_ICE_CMD_REMOTE_SET, argv);
	struct nlattr *nest;
	uint8_t ip[16], pwd[12];
	unsigned int i;

	argv += 2;
	if (!argv[0] || !argv[1] || !argv[2] || strlen(argv[2]) != 24) {
		fprintf(stderr, "icectl: ROLE UFRAG PWD are missing\n");
		exit(2);
	}
	mnl_attr_put_u8(nlh, MIP6_ICE_A_CONTROLLING,
			!strcmp(argv[0], "controlling"));
	mnl_attr_put_u16(nlh, MIP6_ICE_A_UFRAG, strtoul(argv[1], NULL, 16));
	for (i = 0; i < 12; i++)
		pwd[i] = strtoul((char[]){ argv[2][2 * i], argv[2][2 * i + 1], 0 },
				 NULL, 16);
	mnl_attr_put(nlh, MIP6_ICE_A_PWD, sizeof(pwd), pwd);
	for (argv += 3; argv[0] && argv[1] && argv[2] && argv[3] && argv[4];
	     argv += 5) {
		for (i = 1; i < 4 && strcmp(types[i], argv[1]); i++)
			;
		nest = mnl_attr_nest_start(nlh, MIP6_ICE_A_CAND);
		mnl_attr_put_u8(nlh, MIP6_ICE_A_CAND_TYPE, i);
		mnl_attr_put(nlh, MIP6_ICE_A_CAND_ADDR, parse_ip(argv[2], ip), ip);
		mnl_attr_put_u16(nlh, MIP6_ICE_A_CAND_PORT, atoi(argv[3]));
		mnl_attr_put_u32(nlh, MIP6_ICE_A_CAND_PRIORITY,
				 strtoul(argv[4], NULL, 0));
		mnl_attr_nest_end(nlh, nest);
	}
	talk(nlh, NULL);
}

/* ------------------------------------------------------------- printing */

static void print_ip(const struct nlattr *a)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (a)
		inet_ntop(mnl_attr_get_payload_len(a) == 4 ? AF_INET : AF_INET6,
			  mnl_attr_get_payload(a), text, sizeof(text));
	fputs(text, stdout);
}

static void table(const struct nlattr *nest, const struct nlattr **tb, unsigned int max)
{
	const struct nlattr *a;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	mnl_attr_for_each_nested(a, nest)
		if (mnl_attr_get_type(a) <= max)
			tb[mnl_attr_get_type(a)] = a;
}

static void print_cand(const struct nlattr *nest)
{
	const struct nlattr *tb[MIP6_ICE_A_CAND_MAX + 1];

	table(nest, tb, MIP6_ICE_A_CAND_MAX);
	printf("cand %s %s ", tb[MIP6_ICE_A_CAND_REMOTE] ? "remote" : "local",
	       NAME(types, mnl_attr_get_u8(tb[MIP6_ICE_A_CAND_TYPE])));
	print_ip(tb[MIP6_ICE_A_CAND_ADDR]);
	printf(" %u %u\n", mnl_attr_get_u16(tb[MIP6_ICE_A_CAND_PORT]),
	       mnl_attr_get_u32(tb[MIP6_ICE_A_CAND_PRIORITY]));
}

/* pair local-type addr port remote-type addr port state why error rtt sent flags */
static void print_pair(const struct nlattr *nest)
{
	const struct nlattr *tb[MIP6_ICE_A_PAIR_MAX + 1];
	uint32_t flags;

	table(nest, tb, MIP6_ICE_A_PAIR_MAX);
	printf("pair %s ", NAME(types, mnl_attr_get_u8(tb[MIP6_ICE_A_PAIR_LOCAL_TYPE])));
	print_ip(tb[MIP6_ICE_A_PAIR_LOCAL_ADDR]);
	printf(" %u %s ", mnl_attr_get_u16(tb[MIP6_ICE_A_PAIR_LOCAL_PORT]),
	       NAME(types, mnl_attr_get_u8(tb[MIP6_ICE_A_PAIR_REMOTE_TYPE])));
	print_ip(tb[MIP6_ICE_A_PAIR_REMOTE_ADDR]);
	printf(" %u %s %s %u rtt %u sent %u",
	       mnl_attr_get_u16(tb[MIP6_ICE_A_PAIR_REMOTE_PORT]),
	       NAME(pair_states, mnl_attr_get_u8(tb[MIP6_ICE_A_PAIR_STATE])),
	       NAME(whys, mnl_attr_get_u8(tb[MIP6_ICE_A_PAIR_WHY])),
	       mnl_attr_get_u16(tb[MIP6_ICE_A_PAIR_ERROR]),
	       mnl_attr_get_u32(tb[MIP6_ICE_A_PAIR_RTT]),
	       mnl_attr_get_u32(tb[MIP6_ICE_A_PAIR_SENT]));
	flags = mnl_attr_get_u32(tb[MIP6_ICE_A_PAIR_FLAGS]);
	printf("%s%s%s%s\n", flags & MIP6_ICE_PAIR_VALID ? " valid" : "",
	       flags & MIP6_ICE_PAIR_NOMINATED ? " nominated" : "",
	       flags & MIP6_ICE_PAIR_HEARD ? " heard" : "",
	       flags & MIP6_ICE_PAIR_SELECTED ? " selected" : "");
}

static void print_msg(const struct nlmsghdr *nlh)
{
	const struct nlattr *a;
	const uint8_t *p;
	unsigned int i;

	mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr)) {
		p = mnl_attr_get_payload(a);
		switch (mnl_attr_get_type(a)) {
		case MIP6_ICE_A_HOME:
			printf("home ");
			print_ip(a);
			break;
		case MIP6_ICE_A_PEER:
			printf(" peer ");
			print_ip(a);
			break;
		case MIP6_ICE_A_STATE:
			printf(" state %s\n", NAME(states, mnl_attr_get_u8(a)));
			break;
		case MIP6_ICE_A_CONTROLLING:
			printf("role %s\n", mnl_attr_get_u8(a) ? "controlling" :
								 "controlled");
			break;
		case MIP6_ICE_A_CHECKS:
			printf("checks %u\n", mnl_attr_get_u32(a));
			break;
		case MIP6_ICE_A_UFRAG:
			printf("ufrag %04x\n", mnl_attr_get_u16(a));
			break;
		case MIP6_ICE_A_PWD:
			printf("pwd ");
			for (i = 0; i < mnl_attr_get_payload_len(a); i++)
				printf("%02x", p[i]);
			printf("\n");
			break;
		case MIP6_ICE_A_CAND:
			print_cand(a);
			break;
		case MIP6_ICE_A_PAIR:
			print_pair(a);
			break;
		case MIP6_ICE_A_EVENT:
			printf("event %s\n", NAME(events, mnl_attr_get_u8(a)));
			break;
		}
	}
	fflush(stdout);
}

static void monitor(int seconds)
{
	struct pollfd pfd = { .fd = mnl_socket_get_fd(nl), .events = POLLIN };
	time_t end = time(NULL) + seconds;
	struct nlmsghdr *nlh;
	ssize_t n;
	int len;

	if (mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		die("membership");
	while (time(NULL) < end) {
		if (poll(&pfd, 1, 1000) <= 0)
			continue;
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		len = n;
		for (nlh = (void *)buf; n > 0 && mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len))
			print_msg(nlh);
	}
}

int main(int argc, char **argv)
{
	int one = 1;

	if (argc < 2) {
		fprintf(stderr, "usage: see the top of icectl.c\n");
		return 2;
	}
	nl = mnl_socket_open(NETLINK_GENERIC);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	find_family();

	if (!strcmp(argv[1], "add"))
		add(argv + 2);
	else if (!strcmp(argv[1], "del"))
		talk(about(MIP6_ICE_CMD_PEER_DEL, argv + 2), NULL);
	else if (!strcmp(argv[1], "restart"))
		talk(about(MIP6_ICE_CMD_PEER_RESTART, argv + 2), NULL);
	else if (!strcmp(argv[1], "remote"))
		remote(argv + 2);
	else if (!strcmp(argv[1], "show"))
		talk(request(family, MIP6_ICE_CMD_PEER_GET, NLM_F_DUMP), print_msg);
	else if (!strcmp(argv[1], "monitor"))
		monitor(argc > 2 ? atoi(argv[2]) : 10);
	else
		return 2;
	return 0;
}
