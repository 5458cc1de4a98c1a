// SPDX-License-Identifier: GPL-2.0
/*
 * The socket interface in its corners, over loopback: where the ULP may be
 * set, who inherits it, what getsockopt() says. TAP; exit 4 without the
 * module.
 */
#define _GNU_SOURCE	/* strerrorname_np() */
#include "mobility.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>

static int tests, failures;

static void check(bool ok, const char *what, const char *expected, const char *got)
{
	tests++;
	printf("%sok %d - %s\n", ok ? "" : "not ", tests, what);
	if (!ok) {
		failures++;
		printf("# expected: %s\n#      got: %s\n", expected, got);
	}
}

static const char *err_name(int err)
{
	return err ? strerrorname_np(err) : "success";
}

/* @ret and errno of a system call against the errno expected, 0 for success. */
static void check_errno(int ret, int want, const char *what)
{
	int got = ret < 0 ? errno : 0;

	check(got == want, what, err_name(want), err_name(got));
}

/* kTLS on @fd; a kernel without it cannot tell. */
static void check_ktls(int fd, int want, const char *what)
{
	int ret = setsockopt(fd, SOL_TCP, TCP_ULP, "tls", 3);

	if (ret < 0 && errno == ENOENT)
		printf("ok %d - %s # SKIP no kTLS\n", ++tests, what);
	else
		check_errno(ret, want, what);
}

static void check_state(int fd, int family, unsigned int want, const char *what)
{
	struct tcp_mobility_info info;

	if (mobility_info(fd, family, &info))
		check(false, what, mobility_state_name(want), err_name(errno));
	else
		check(info.state == want, what, mobility_state_name(want),
		      mobility_state_name(info.state));
}

static void check_reason(int fd, unsigned int want, const char *what)
{
	struct tcp_mobility_info info;

	if (mobility_info(fd, AF_INET, &info))
		check(false, what, mobility_reason_name(want), err_name(errno));
	else
		check(info.reason == want, what, mobility_reason_name(want),
		      mobility_reason_name(info.reason));
}

static void check_ulp(int fd, const char *want, const char *what)
{
	char name[16];

	if (socket_ulp(fd, name))
		check(false, what, want, err_name(errno));
	else
		check(!strcmp(name, want), what, want, name);
}

static int tcp_socket(int family)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0) {
		perror("# socket");
		exit(1);
	}
	return fd;
}

static socklen_t loopback(int family, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	if (family == AF_INET6) {
		((struct sockaddr_in6 *)ss)->sin6_addr = in6addr_loopback;
		return sizeof(struct sockaddr_in6);
	}
	((struct sockaddr_in *)ss)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(struct sockaddr_in);
}

/* Bind @fd to a free loopback port and listen; its address into @ss. */
static void do_listen(int fd, int family, struct sockaddr_storage *ss)
{
	socklen_t len = loopback(family, ss);

	if (bind(fd, (struct sockaddr *)ss, len) || listen(fd, 8) ||
	    getsockname(fd, (struct sockaddr *)ss, &len)) {
		perror("# listen");
		exit(1);
	}
}

static int connect_accept(int fd, int lfd, const struct sockaddr_storage *ss)
{
	int child;

	if (connect(fd, (const struct sockaddr *)ss,
		    ss->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
						sizeof(struct sockaddr_in))) {
		perror("# connect");
		exit(1);
	}
	child = accept(lfd, NULL, NULL);
	if (child < 0) {
		perror("# accept");
		exit(1);
	}
	return child;
}

/* Keys are exchanged in the background: poll until KEYED or @ms are over. */
static unsigned int settle(int fd, int family, int ms)
{
	struct tcp_mobility_info info;
	int64_t until = now_ns() + ms * 1000000LL;

	do {
		if (mobility_info(fd, family, &info))
			return ~0u;
		if (info.state != TCP_MOBILITY_KEYING)
			break;
		poll(NULL, 0, 10);
	} while (now_ns() < until);
	return info.state;
}

static void test_fresh_socket(int family)
{
	int fd = tcp_socket(family);
	const char *v = family == AF_INET6 ? "v6" : "v4";
	char what[96];

	snprintf(what, sizeof(what), "%s: a plain socket says NONE", v);
	check_state(fd, family, TCP_MOBILITY_NONE, what);
	snprintf(what, sizeof(what), "%s: ULP set before connect()", v);
	check_errno(mobility_enable(fd), 0, what);
	snprintf(what, sizeof(what), "%s: then the socket says IDLE", v);
	check_state(fd, family, TCP_MOBILITY_IDLE, what);
	snprintf(what, sizeof(what), "%s: and TCP_ULP reads \"mobility\"", v);
	check_ulp(fd, "mobility", what);
	snprintf(what, sizeof(what), "%s: a second time is EEXIST", v);
	check_errno(mobility_enable(fd), EEXIST, what);
	snprintf(what, sizeof(what), "%s: the \"tls\" ULP after it is EEXIST", v);
	check_ktls(fd, EEXIST, what);
	close(fd);
}

static void test_short_buffers(void)
{
	int fd = tcp_socket(AF_INET);
	struct tcp_mobility_info info;
	uint8_t buf[2 * sizeof(info)];
	char got[32];
	socklen_t len;

	mobility_enable(fd);
	len = 0;
	check_errno(getsockopt(fd, IPPROTO_IP, TCP_MOBILITY_INFO, &info, &len),
		    EINVAL, "getsockopt with 0 octets is EINVAL");
	len = 3;
	check_errno(getsockopt(fd, IPPROTO_IP, TCP_MOBILITY_INFO, &info, &len),
		    EINVAL, "getsockopt with 3 octets is EINVAL");

	memset(buf, 0xaa, sizeof(buf));
	len = 4;
	check_errno(getsockopt(fd, IPPROTO_IP, TCP_MOBILITY_INFO, buf, &len),
		    0, "getsockopt with 4 octets succeeds");
	snprintf(got, sizeof(got), "%u, next octet 0x%02x", len, buf[4]);
	check(len == 4 && buf[4] == 0xaa, "and fills exactly 4",
	      "4, next octet 0xaa", got);

	memset(buf, 0xaa, sizeof(buf));
	len = sizeof(buf);
	check_errno(getsockopt(fd, IPPROTO_IP, TCP_MOBILITY_INFO, buf, &len),
		    0, "getsockopt with a larger buffer succeeds");
	snprintf(got, sizeof(got), "%u", len);
	check(len >= sizeof(info) && len < sizeof(buf) && buf[len] == 0xaa,
	      "and reports what it filled", "the struct's size", got);

	len = sizeof(info);
	check_errno(getsockopt(fd, IPPROTO_IP, TCP_MOBILITY_INFO, NULL, &len),
		    EFAULT, "getsockopt into NULL is EFAULT");
	len = sizeof(info);
	check_errno(getsockopt(fd, IPPROTO_IP, TCP_MOBILITY_MAX, &info, &len),
		    ENOPROTOOPT, "an option name that is none is ENOPROTOOPT");
	close(fd);
}

static void test_not_tcp(void)
{
	struct tcp_mobility_info info;
	int fd;

	fd = socket(AF_INET, SOCK_DGRAM, 0);
	check_errno(mobility_info(fd, AF_INET, &info), ENOPROTOOPT,
		    "getsockopt on UDP is ENOPROTOOPT");
	check_errno(mobility_enable(fd), ENOPROTOOPT, "TCP_ULP on UDP is ENOPROTOOPT");
	close(fd);
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	check_errno(mobility_info(fd, AF_INET6, &info), ENOPROTOOPT,
		    "getsockopt on UDP over IPv6 is ENOPROTOOPT");
	close(fd);
}

/* Keys for programs: what is refused, and that both ends get the same. */
static void test_export(void)
{
	int lfd = tcp_socket(AF_INET), fd = tcp_socket(AF_INET), child;
	struct tcp_mobility_export req = { .label_len = 1, .key_len = 8 };
	struct sockaddr_storage ss;
	uint8_t a[64], b[64], buf[1400];
	socklen_t len;
	unsigned int i;
	const struct {
		struct tcp_mobility_export req;
		socklen_t len;
		const char *what;
	} bad[] = {
		{ { 0, 0, 8, 0 }, 64, "without a label" },
		{ { 256, 0, 8, 0 }, 1400, "with a label of 256 octets" },
		{ { 1, 1025, 8, 0 }, 1400, "with a context of 1025 octets" },
		{ { 1, 0, 0, 0 }, 64, "of no octets" },
		{ { 1, 0, 1025, 0 }, 1400, "of 1025 octets" },
		{ { 1, 0, 8, 1 }, 64, "with reserved set" },
		{ { 8, 8, 8, 0 }, 23, "whose context ends behind the buffer" },
		{ { 1, 0, 65, 0 }, 64, "that is longer than the buffer" },
		{ { 1, 0, 8, 0 }, 7, "in a buffer without room for the head" },
	};
	char what[96];

	check_errno(mobility_export(fd, AF_INET, "l", "", 8, a), ENOTCONN,
		    "a key of a plain socket is ENOTCONN");
	mobility_enable(lfd);
	do_listen(lfd, AF_INET, &ss);
	mobility_enable(fd);
	check_errno(mobility_export(fd, AF_INET, "l", "", 8, a), ENOTCONN,
		    "a key before connect() is ENOTCONN");
	child = connect_accept(fd, lfd, &ss);
	check_errno(mobility_export(lfd, AF_INET, "l", "", 8, a), ENOTCONN,
		    "a key of a listener is ENOTCONN");
	settle(fd, AF_INET, 10000);
	settle(child, AF_INET, 10000);
	check_errno(mobility_export(fd, AF_INET, "label", "context", 64, a), 0,
		    "a key of a connection");
	check_errno(mobility_export(child, AF_INET, "label", "context", 64, b), 0,
		    "a key of its other end");
	check(!memcmp(a, b, 64), "they are the same", "equal", "different");
	check_errno(mobility_export(child, AF_INET, "labelc", "ontext", 64, b), 0,
		    "a key for another label and context that read the same");
	check(memcmp(a, b, 8), "it is another", "different", "equal");
	check_errno(mobility_export(child, AF_INET, "label", "context", 63, b), 0,
		    "a shorter key");
	check(memcmp(a, b, 8), "it is no part of the longer", "different", "equal");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(buf, 'x', sizeof(buf));
		memcpy(buf, &bad[i].req, sizeof(req));
		len = bad[i].len;
		snprintf(what, sizeof(what), "a key %s is EINVAL", bad[i].what);
		check_errno(getsockopt(fd, IPPROTO_IP, TCP_MOBILITY_EXPORT, buf,
				       &len), EINVAL, what);
	}
	len = 64;
	check_errno(getsockopt(fd, IPPROTO_IP, TCP_MOBILITY_EXPORT, NULL, &len),
		    EFAULT, "a key into NULL is EFAULT");
	close(child);
	close(fd);
	close(lfd);
}

/* Of the attributes at @attr the one of @type, or NULL. */
static struct rtattr *find_attr(struct rtattr *attr, int len, int type)
{
	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len))
		if ((attr->rta_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

/* Of the attribute @nest the one of @type inside, or NULL. */
static struct rtattr *find_inside(struct rtattr *nest, int type)
{
	return nest ? find_attr(RTA_DATA(nest), RTA_PAYLOAD(nest), type) : NULL;
}

#define EXT(attr)	(1 << ((attr) - 1))

/* What sock_diag answers about one socket. */
struct diag {
	struct rtattr	*ulp;		/* INET_DIAG_ULP_INFO in @buf, or NULL */
	uint8_t		buf[8192];
};

/*
 * Ask sock_diag for the IPv4 socket @fd, with the bits @ext in idiag_ext. Returns
 * the name of its ULP, or why there is none.
 */
static const char *diag_ask(int fd, unsigned int ext, struct diag *d)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
	} ask = {
		.nlh = { sizeof(ask), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0 },
		.req = { AF_INET, IPPROTO_TCP, .idiag_ext = ext, .idiag_states = ~0u,
			 .id = { .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } } },
	};
	int nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	struct inet_diag_sockid *id = &ask.req.id;
	struct nlmsghdr *nlh = (void *)d->buf;
	struct sockaddr_in here, there;
	socklen_t len = sizeof(here);
	struct rtattr *name;
	ssize_t got = -1;

	d->ulp = NULL;
	if (!getsockname(fd, (struct sockaddr *)&here, &len) &&
	    !getpeername(fd, (struct sockaddr *)&there, &len)) {
		id->idiag_sport = here.sin_port;
		id->idiag_dport = there.sin_port;
		id->idiag_src[0] = here.sin_addr.s_addr;
		id->idiag_dst[0] = there.sin_addr.s_addr;
		if (send(nl, &ask, sizeof(ask), 0) == sizeof(ask))
			got = recv(nl, d->buf, sizeof(d->buf), 0);
	}
	close(nl);
	if (got < 0 || !NLMSG_OK(nlh, (size_t)got) ||
	    nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return "no such socket";
	d->ulp = find_attr((void *)((struct inet_diag_msg *)NLMSG_DATA(nlh) + 1),
			   NLMSG_PAYLOAD(nlh, sizeof(struct inet_diag_msg)),
			   INET_DIAG_ULP_INFO);
	if (!d->ulp)
		return "no ULP";
	name = find_inside(d->ulp, INET_ULP_INFO_NAME);
	if (!name || strnlen(RTA_DATA(name), RTA_PAYLOAD(name)) == RTA_PAYLOAD(name))
		return "no name";
	return RTA_DATA(name);
}

static void check_diag(int fd, unsigned int ext, const char *want, const char *what)
{
	struct diag d;
	const char *got = diag_ask(fd, ext, &d);

	check(!strcmp(got, want), what, want, got);
}

/* sock_diag says the same as getsockopt(), to whom it says it. */
static void test_diag(void)
{
	int lfd = tcp_socket(AF_INET), fd = tcp_socket(AF_INET), child, plain;
	struct tcp_mobility_info info, said;
	struct sockaddr_storage ss;
	struct rtattr *attr;
	struct diag d;
	bool whole;

	mobility_enable(lfd);
	do_listen(lfd, AF_INET, &ss);
	mobility_enable(fd);
	child = connect_accept(fd, lfd, &ss);
	settle(fd, AF_INET, 10000);

	check_diag(fd, EXT(INET_DIAG_INFO), TCP_MOBILITY_ULP, "sock_diag names the ULP");
	diag_ask(fd, EXT(INET_DIAG_INFO), &d);
	attr = find_inside(d.ulp, TCP_MOBILITY_DIAG_INFO);
	whole = attr && RTA_PAYLOAD(attr) == sizeof(said);
	check(whole, "and has the whole structure", "its size",
	      attr ? "another size" : "none");
	memset(&said, 0, sizeof(said));
	if (whole)
		memcpy(&said, RTA_DATA(attr), sizeof(said));
	check(said.state == TCP_MOBILITY_KEYED, "which says KEYED",
	      mobility_state_name(TCP_MOBILITY_KEYED),
	      mobility_state_name(said.state));
	mobility_info(fd, AF_INET, &info);
	check(info.curve && !memcmp(&said, &info, sizeof(info)),
	      "and all else that getsockopt() says", "the same octets", "others");
	check_diag(fd, 0, "no ULP", "who does not ask for INET_DIAG_INFO gets nothing");
	if (seteuid(65534))
		perror("# seteuid");
	check_diag(fd, EXT(INET_DIAG_INFO), "no ULP", "nor who has no CAP_NET_ADMIN");
	if (seteuid(0))
		perror("# seteuid");
	close(child);
	close(fd);

	plain = tcp_socket(AF_INET);
	child = connect_accept(plain, lfd, &ss);
	check_diag(child, EXT(INET_DIAG_INFO), "no ULP",
		   "sock_diag names none at the child of a plain client");
	close(child);
	close(plain);
	close(lfd);
}

/* Both ends ask for it: the child inherits, both become KEYED. */
static void test_inherit(int family, bool after_listen)
{
	const char *v = family == AF_INET6 ? "v6" : "v4";
	const char *when = after_listen ? "after" : "before";
	int lfd = tcp_socket(family), fd = tcp_socket(family), child;
	struct sockaddr_storage ss;
	char what[96];

	if (!after_listen && mobility_enable(lfd))
		perror("# TCP_ULP");
	do_listen(lfd, family, &ss);
	if (after_listen) {
		snprintf(what, sizeof(what), "%s: ULP set on a listener", v);
		check_errno(mobility_enable(lfd), 0, what);
	}
	if (mobility_enable(fd))
		perror("# TCP_ULP");
	child = connect_accept(fd, lfd, &ss);

	snprintf(what, sizeof(what), "%s, %s listen(): the listener says IDLE", v, when);
	check_state(lfd, family, TCP_MOBILITY_IDLE, what);
	snprintf(what, sizeof(what), "%s, %s listen(): the child has the ULP", v, when);
	check_ulp(child, "mobility", what);
	snprintf(what, sizeof(what), "%s, %s listen(): the client becomes KEYED", v, when);
	settle(fd, family, 10000);
	check_state(fd, family, TCP_MOBILITY_KEYED, what);
	snprintf(what, sizeof(what), "%s, %s listen(): so does the child", v, when);
	settle(child, family, 10000);
	check_state(child, family, TCP_MOBILITY_KEYED, what);
	close(child);
	close(fd);
	close(lfd);
}

/* One end asks, the other does not: plain TCP, and both can tell. */
static void test_one_sided(void)
{
	int lfd = tcp_socket(AF_INET), fd = tcp_socket(AF_INET), child;
	struct sockaddr_storage ss;
	char c = 'x';

	mobility_enable(lfd);
	do_listen(lfd, AF_INET, &ss);
	child = connect_accept(fd, lfd, &ss);
	check_ulp(child, "", "the child of a plain client has no ULP");
	check_state(child, AF_INET, TCP_MOBILITY_NONE, "and says NONE");
	check_ktls(child, 0, "and takes the \"tls\" ULP");
	close(child);
	close(fd);
	close(lfd);

	lfd = tcp_socket(AF_INET);
	fd = tcp_socket(AF_INET);
	do_listen(lfd, AF_INET, &ss);
	mobility_enable(fd);
	child = connect_accept(fd, lfd, &ss);
	check_state(fd, AF_INET, TCP_MOBILITY_PLAIN,
		    "a client of a plain listener says PLAIN");
	check_reason(fd, TCP_MOBILITY_R_PEER, "because of the peer");
	check(write(fd, &c, 1) == 1 && read(child, &c, 1) == 1 && c == 'x',
	      "data passes", "1 octet", "none");
	close(child);
	close(fd);
	close(lfd);
}

/* Too late for Conn-Key: the module must refuse, and leave data alone. */
static void test_connected(void)
{
	int lfd = tcp_socket(AF_INET), fd = tcp_socket(AF_INET), child, ret;
	struct sockaddr_storage ss;
	char c = 'x';

	do_listen(lfd, AF_INET, &ss);
	child = connect_accept(fd, lfd, &ss);
	ret = mobility_enable(fd);
	check(ret < 0, "TCP_ULP on a connected socket is refused", "an error",
	      "success");
	if (ret < 0)
		printf("# refused with %s\n", err_name(errno));
	check_ulp(fd, "", "and leaves no ULP");
	check(write(fd, &c, 1) == 1 && read(child, &c, 1) == 1 && c == 'x',
	      "data passes", "1 octet", "none");
	close(child);
	close(fd);
	close(lfd);
}

/* disconnect() keeps the ULP: the socket may connect again. */
static void test_disconnect(void)
{
	int lfd = tcp_socket(AF_INET), fd = tcp_socket(AF_INET), child;
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage ss;

	mobility_enable(lfd);
	do_listen(lfd, AF_INET, &ss);
	mobility_enable(fd);
	child = connect_accept(fd, lfd, &ss);
	settle(fd, AF_INET, 10000);
	check_errno(connect(fd, &unspec, sizeof(unspec)), 0, "disconnect");
	check_state(fd, AF_INET, TCP_MOBILITY_IDLE, "after it the socket says IDLE");
	close(child);
	child = connect_accept(fd, lfd, &ss);
	settle(fd, AF_INET, 10000);
	check_state(fd, AF_INET, TCP_MOBILITY_KEYED, "connected again it becomes KEYED");
	close(child);
	close(fd);
	close(lfd);
}

int main(void)
{
	int fd = tcp_socket(AF_INET);

	setlinebuf(stdout);
	puts("TAP version 13");
	if (mobility_enable(fd) && errno == ENOENT) {
		puts("1..0 # SKIP no \"mobility\" ULP in this kernel");
		return 4;
	}
	close(fd);

	test_fresh_socket(AF_INET);
	test_fresh_socket(AF_INET6);
	test_short_buffers();
	test_not_tcp();
	test_inherit(AF_INET, false);
	test_inherit(AF_INET, true);
	test_inherit(AF_INET6, false);
	test_inherit(AF_INET6, true);
	test_export();
	test_diag();
	test_one_sided();
	test_connected();
	test_disconnect();
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
