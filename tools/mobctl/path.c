// SPDX-License-Identifier: GPL-2.0
/*
 * Where on the way to a host Conn-Key disappears from a SYN.
 *
 * SYNs of a mobile socket go out with a TTL of 1, 2, ...; the router where it
 * ends sends an ICMP error that quotes the SYN as it came there. RFC 1812
 * (Section 4.3.2.3) wants as much quoted as fits, and routers that follow it
 * show TCP's options.
 */
#define _GNU_SOURCE
#include "path.h"
#include "mobctl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <linux/tcp_mobility.h>

#define HOP_WAIT_MS	1500	/* the SYN is repeated once, after 1 s */
#define SILENT_MAX	4	/* in a row; then nobody will answer */
#define CONN_KEY_LEN	12

/**
 * struct probe - one SYN on its way
 * @fd: its socket
 * @icmp: raw socket for the errors
 * @v6: IPv6
 * @local: our port, network order
 * @remote: the peer's port, network order
 * @kind: of Conn-Key
 * @exid: experiment identifier behind Kind and Length, or -1
 */
struct probe {
	int		fd;
	int		icmp;
	bool		v6;
	uint16_t	local;
	uint16_t	remote;
	uint8_t		kind;
	int		exid;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static bool is_conn_key(const uint8_t *opt, unsigned int len,
			const struct probe *p)
{
	if (opt[0] != p->kind)
		return false;
	if (p->exid < 0)
		return len == CONN_KEY_LEN;
	return len == CONN_KEY_LEN + 2 && (opt[2] << 8 | opt[3]) == p->exid;
}

/* The options of a quoted TCP header that begins at @tcp. */
static enum hop_verdict judge_tcp(const uint8_t *tcp, size_t len,
				  const struct probe *p)
{
	size_t head, at = 20;
	bool cut;

	if (len < 13)
		return HOP_SHORT;
	head = (tcp[12] >> 4) * 4;
	if (head < 20)
		return HOP_SHORT;
	cut = len < head;
	if (cut)
		head = len;
	while (at < head) {
		unsigned int opt_len;

		if (tcp[at] == 0)
			break;
		if (tcp[at] == 1) {
			at++;
			continue;
		}
		if (at + 1 >= head)
			break;
		opt_len = tcp[at + 1];
		if (opt_len < 2 || at + opt_len > head)
			break;
		if (is_conn_key(tcp + at, opt_len, p))
			return HOP_HERE;
		at += opt_len;
	}
	return cut ? HOP_SHORT : HOP_GONE;
}

/* Is the quoted packet at @ip our SYN? Then what became of it. */
static bool judge_quote(const uint8_t *ip, size_t len, const struct probe *p,
			enum hop_verdict *verdict)
{
	size_t head;
	uint8_t proto;

	if (p->v6) {
		head = 40;
		if (len < head)
			return false;
		proto = ip[6];
	} else {
		if (len < 20)
			return false;
		head = (ip[0] & 0xf) * 4;
		proto = ip[9];
	}
	if (proto != IPPROTO_TCP || len < head + 4 ||
	    memcmp(ip + head, &p->local, 2) || memcmp(ip + head + 2, &p->remote, 2))
		return false;
	*verdict = judge_tcp(ip + head, len - head, p);
	return true;
}

/* Read one ICMP message; true if it is about our SYN. */
static bool read_icmp(const struct probe *p, struct in6_addr *from,
		      enum hop_verdict *verdict)
{
	uint8_t buf[1500];
	struct sockaddr_in6 sin6 = { 0 };
	struct sockaddr_in sin = { 0 };
	socklen_t addrlen = p->v6 ? sizeof(sin6) : sizeof(sin);
	size_t at = 0, head;
	ssize_t len;

	len = recvfrom(p->icmp, buf, sizeof(buf), MSG_DONTWAIT,
		       p->v6 ? (void *)&sin6 : (void *)&sin, &addrlen);
	if (len < 0)
		return false;
	/* Raw IPv4 sockets give the IP header, too. */
	if (!p->v6)
		at = (buf[0] & 0xf) * 4;
	head = at + 8;
	if ((size_t)len < head)
		return false;
	if (p->v6 ? buf[at] != ICMP6_TIME_EXCEEDED : buf[at] != ICMP_TIME_EXCEEDED)
		return false;
	if (!judge_quote(buf + head, len - head, p, verdict))
		return false;
	if (p->v6)
		*from = sin6.sin6_addr;
	else
		address_from_v4(from, &sin.sin_addr);
	return true;
}

/* Wait for an ICMP error or for the host. True: the host has answered. */
static bool wait_hop(struct probe *p, struct path *path, int hop)
{
	int64_t until = now_ms() + HOP_WAIT_MS;
	struct pollfd fds[2] = {
		{ .fd = p->icmp, .events = POLLIN },
		{ .fd = p->fd, .events = POLLOUT },
	};

	path->verdict[hop] = HOP_SILENT;
	while (now_ms() < until) {
		int left = until - now_ms(), err = 0;
		socklen_t len = sizeof(err);

		if (poll(fds, 2, left > 0 ? left : 0) < 0 && errno != EINTR)
			return false;
		if (fds[0].revents & POLLIN &&
		    read_icmp(p, &path->from[hop], &path->verdict[hop]))
			return false;
		if (!fds[1].revents)
			continue;
		/* Refusing is an answer, too; unreachable is none. */
		getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		return !err || err == ECONNREFUSED;
	}
	return false;
}

static int send_probe(struct probe *p, const struct sockaddr_storage *to,
		      socklen_t len, int ttl)
{
	struct sockaddr_storage me;
	socklen_t me_len = sizeof(me);

	p->fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return -errno;
	if (setsockopt(p->fd, SOL_TCP, TCP_ULP, TCP_MOBILITY_ULP,
		       sizeof(TCP_MOBILITY_ULP) - 1) ||
	    setsockopt(p->fd, p->v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		       p->v6 ? IPV6_UNICAST_HOPS : IP_TTL, &ttl, sizeof(ttl)) ||
	    (connect(p->fd, (const void *)to, len) && errno != EINPROGRESS &&
	     errno != ECONNREFUSED) ||
	    getsockname(p->fd, (void *)&me, &me_len)) {
		int err = -errno;

		close(p->fd);
		return err;
	}
	p->local = p->v6 ? ((struct sockaddr_in6 *)&me)->sin6_port :
			   ((struct sockaddr_in *)&me)->sin_port;
	return 0;
}

static int trace(struct probe *p, const struct sockaddr_storage *to,
		 socklen_t len, struct path *path)
{
	int silent = 0;

	while (path->hops < PATH_HOPS && silent < SILENT_MAX) {
		int err = send_probe(p, to, len, path->hops + 1);

		if (err)
			return err;
		path->reached = wait_hop(p, path, path->hops);
		close(p->fd);
		if (path->reached)
			break;
		silent = path->verdict[path->hops] == HOP_SILENT ? silent + 1 : 0;
		path->hops++;
	}
	/* Silence at the end is no router. */
	if (!path->reached)
		path->hops -= silent;
	return 0;
}

/* 0 or a negative errno; EPERM without CAP_NET_RAW. */
int path_trace(const struct sockaddr_storage *to, socklen_t len,
	       const struct module_facts *facts, struct path *path)
{
	struct probe p = {
		.v6 = to->ss_family == AF_INET6,
		.kind = facts->kind_conn_key,
		.exid = facts->has_exid ? facts->exid : -1,
	};
	int err;

	memset(path, 0, sizeof(*path));
	p.remote = p.v6 ? ((const struct sockaddr_in6 *)to)->sin6_port :
			  ((const struct sockaddr_in *)to)->sin_port;
	p.icmp = socket(to->ss_family, SOCK_RAW | SOCK_CLOEXEC,
			p.v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (p.icmp < 0)
		return -errno;
	err = trace(&p, to, len, path);
	close(p.icmp);
	return err;
}

/* The first, the last hop with @verdict; -1: none. */
int path_first(const struct path *path, enum hop_verdict verdict)
{
	int i;

	for (i = 0; i < path->hops; i++)
		if (path->verdict[i] == verdict)
			return i;
	return -1;
}

int path_last(const struct path *path, enum hop_verdict verdict)
{
	int i;

	for (i = path->hops - 1; i >= 0; i--)
		if (path->verdict[i] == verdict)
			return i;
	return -1;
}
