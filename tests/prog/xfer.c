// SPDX-License-Identifier: GPL-2.0
/* LINK: -lcrypto */
/*
 * A TCP peer that compares every byte it receives.
 *
 * Each end sends a pseudo-random stream that depends on --seed, on the
 * direction and on the offset; the other end computes the same stream and
 * names the first octet that differs. One line at the end says what came:
 *
 *	sent=N recv=N sha256_sent=H sha256_recv=H errors=N state=S
 *
 * and the exit status is 0 only if all of it came, in order, up to the end.
 * With --wait-keyed a line "keyed" tells when; SIGUSR1 asks for a line of
 * TCP_MOBILITY_INFO at any time.
 *
 * --after, --until and --read-after name files: what they hold back or end
 * happens when the file exists. So a test decides by what it has seen, however
 * slow the machine is.
 */
#include "mobility.h"

#include <arpa/inet.h>
#include <endian.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <openssl/evp.h>

#define MAX_CHUNK	(1 << 20)

static struct {
	bool		server;
	bool		mobility;
	bool		mapped;		/* AF_INET6 socket, v4-mapped address */
	bool		half_close;
	bool		info;
	int		family;		/* AF_UNSPEC: by the address */
	const char	*host;
	const char	*port;
	const char	*bind;
	const char	*timeline;
	const char	*after;		/* files, NULL: none */
	const char	*until;
	const char	*read_after;
	const char	*md5;
	int		user_timeout;	/* ms */
	int		min_ttl, defer_accept;
	const char	*device;	/* SO_BINDTODEVICE */
	bool		reuse_port;
	bool		fastopen;
	const char	*export;	/* LABEL,CONTEXT,LEN */
	int64_t		send;
	int64_t		recv;		/* -1: until the peer closes */
	int64_t		rate;		/* octets per second, 0: no limit */
	int64_t		chunk;
	uint64_t	seed;
	int		sndbuf, rcvbuf;
	int		count;
	int64_t		wait_keyed_ns;	/* -1: do not wait */
	int64_t		hold_ns, hold_after_ns, no_read_ns;
	int64_t		deadline;
} opt = {
	.port = "5000", .recv = -2, .chunk = 16384, .seed = 1, .count = 1,
	.wait_keyed_ns = -1,
};

struct conn {
	int		fd;
	int		family;
	int		errors;
	int64_t		sent, recvd;
	bool		fin_sent, fin_recvd;
	int64_t		start;		/* first octet may go from here */
	int64_t		read_from;	/* reading begins here */
	int64_t		files_due;	/* look for files again */
	FILE		*timeline;
	EVP_MD_CTX	*sha_sent, *sha_recv;
	struct tcp_mobility_info info;	/* the last one that said something */
};

static volatile sig_atomic_t info_wanted;

static void want_info(int sig)
{
	(void)sig;
	info_wanted = 1;
}

static void __attribute__((format(printf, 1, 2))) die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "xfer %s: ", opt.server ? "server" : "client");
	vfprintf(stderr, fmt, ap);
	if (err)
		fprintf(stderr, ": %s", strerror(err));
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static void __attribute__((format(printf, 2, 3)))
fail(struct conn *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "xfer %s: ", opt.server ? "server" : "client");
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	c->errors++;
}

/* The 8 octets of a stream at @index (splitmix64); any offset is O(1). */
static uint64_t stream_word(bool from_server, uint64_t index)
{
	uint64_t z = opt.seed * 2 + from_server;

	z = z * 0xd1342543de82ef95ULL + (index + 1) * 0x9e3779b97f4a7c15ULL;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static void stream_fill(bool from_server, int64_t off, uint8_t *buf, size_t len)
{
	uint64_t w = htole64(stream_word(from_server, off / 8));
	size_t skip = off % 8, n;

	/* A word at a time: under emulation this is most of the work. */
	while (len) {
		n = len < 8 - skip ? len : 8 - skip;
		memcpy(buf, (uint8_t *)&w + skip, n);
		buf += n;
		off += n;
		len -= n;
		skip = 0;
		w = htole64(stream_word(from_server, off / 8));
	}
}

static void sample_info(struct conn *c)
{
	struct tcp_mobility_info info;

	if (!mobility_info(c->fd, c->family, &info) &&
	    info.state > TCP_MOBILITY_IDLE)
		c->info = info;
}

static void print_info(struct conn *c)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char host[64] = "?", port[8] = "?";

	if (!getsockname(c->fd, (struct sockaddr *)&ss, &len))
		getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host),
			    port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	printf("info state=%s reason=%s curve=%u reqno=%u moves_local=%u moves_remote=%u updates_sent=%u last_move_us=%u local=%s port=%s sent=%lld recv=%lld\n",
	       mobility_state_name(c->info.state),
	       mobility_reason_name(c->info.reason), c->info.curve,
	       c->info.reqno, c->info.moves_local, c->info.moves_remote,
	       c->info.updates_sent, c->info.last_move_us, host, port,
	       (long long)c->sent, (long long)c->recvd);
}

static void sleep_until(int64_t when)
{
	struct timespec ts = {
		.tv_sec = when / NSEC_PER_SEC, .tv_nsec = when % NSEC_PER_SEC,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* One line per key that --export asks for: "export LABEL,CONTEXT,LEN=HEX". */
static void print_exports(struct conn *c)
{
	char label[128], context[128];
	const char *spec = opt.export;
	unsigned int len, i;
	uint8_t key[1024];
	int n;

	for (; spec && sscanf(spec, "%127[^,],%127[^,],%u%n", label, context,
			      &len, &n) == 3; spec += n + (spec[n] == ';')) {
		if (len > sizeof(key) ||
		    mobility_export(c->fd, c->family, label, context, len, key)) {
			fail(c, "export %s: %s", label, strerror(errno));
			return;
		}
		printf("export %s,%s,%u=", label, context, len);
		for (i = 0; i < len; i++)
			printf("%02x", key[i]);
		putchar('\n');
	}
}

static void wait_keyed(struct conn *c)
{
	int64_t until = now_ns() + opt.wait_keyed_ns;
	struct tcp_mobility_info info;

	for (;;) {
		if (mobility_info(c->fd, c->family, &info))
			die("TCP_MOBILITY_INFO");
		if (info.state >= TCP_MOBILITY_KEYED) {
			puts("keyed");
			return;
		}
		errno = 0;
		if (info.state <= TCP_MOBILITY_PLAIN)
			die("not mobile: state=%s reason=%s",
			    mobility_state_name(info.state),
			    mobility_reason_name(info.reason));
		if (now_ns() > until)
			die("not keyed in time: state=%s",
			    mobility_state_name(info.state));
		sleep_until(now_ns() + 5000000);
	}
}

static void do_recv(struct conn *c)
{
	static uint8_t buf[MAX_CHUNK], want[MAX_CHUNK];
	ssize_t n = recv(c->fd, buf, sizeof(buf), 0);
	ssize_t i;

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail(c, "recv after %lld octets: %s",
			     (long long)c->recvd, strerror(errno));
		return;
	}
	if (!n) {
		c->fin_recvd = true;
		return;
	}

	stream_fill(!opt.server, c->recvd, want, n);
	if (memcmp(buf, want, n)) {
		for (i = 0; buf[i] == want[i]; i++)
			;
		fail(c, "octet %lld is 0x%02x, expected 0x%02x",
		     (long long)c->recvd + i, buf[i], want[i]);
	}
	EVP_DigestUpdate(c->sha_recv, buf, n);
	c->recvd += n;
	if (c->timeline)
		fprintf(c->timeline, "%lld %lld\n", (long long)now_ns(),
			(long long)c->recvd);
	if (opt.recv >= 0 && c->recvd > opt.recv)
		fail(c, "%lld octets came, expected %lld",
		     (long long)c->recvd, (long long)opt.recv);
}

/* How many octets may go now; if none, *@wait_ns says for how long. */
static int64_t may_send(struct conn *c, int64_t *wait_ns)
{
	int64_t now = now_ns(), left = opt.send - c->sent, allowed;

	if (now < c->start) {
		*wait_ns = c->start - now;
		return 0;
	}
	if (left > opt.chunk)
		left = opt.chunk;
	if (!opt.rate)
		return left;

	/* A chunk is due when its first octet is. */
	allowed = (double)opt.rate * (now - c->start) / NSEC_PER_SEC;
	/* Without an end there is no haste: what a pause has cost is not made
	 * up for by more than a quarter of a second.
	 */
	if (opt.until && allowed - c->sent > opt.rate / 4) {
		c->start += (int64_t)((double)(allowed - c->sent - opt.rate / 4) *
				      NSEC_PER_SEC / opt.rate);
		allowed = c->sent + opt.rate / 4;
	}
	if (c->sent > allowed) {
		*wait_ns = (double)(c->sent - allowed) * NSEC_PER_SEC / opt.rate + 1;
		return 0;
	}
	return left;
}

static void do_send(struct conn *c, size_t len)
{
	static uint8_t buf[MAX_CHUNK];
	static int64_t begin, end;	/* offsets of what is in buf */
	ssize_t n;

	/* A short send() left some of the last chunk. */
	if (c->sent < begin || c->sent >= end) {
		begin = c->sent;
		end = begin + len;
		stream_fill(opt.server, begin, buf, len);
	}
	if ((int64_t)len > end - c->sent)
		len = end - c->sent;
	n = send(c->fd, buf + (c->sent - begin), len, MSG_NOSIGNAL);
	if (n < 0) {
		/* EINPROGRESS: Fast Open without a cookie, nothing is sent yet. */
		if (errno != EAGAIN && errno != EINTR && errno != EINPROGRESS)
			fail(c, "send after %lld octets: %s",
			     (long long)c->sent, strerror(errno));
		return;
	}
	EVP_DigestUpdate(c->sha_sent, buf + (c->sent - begin), n);
	c->sent += n;
}

static bool may_close(const struct conn *c)
{
	if (c->fin_sent || c->sent < opt.send)
		return false;
	return opt.half_close || c->fin_recvd ||
	       (opt.recv >= 0 && c->recvd >= opt.recv);
}

static bool exists(const char *file)
{
	return !access(file, F_OK);
}

/* What waits for a file; each goes on for good once its file was seen. */
static void look_for_files(struct conn *c, int64_t now)
{
	if (now < c->files_due)
		return;
	c->files_due = now + NSEC_PER_SEC / 10;
	if (c->start == INT64_MAX && exists(opt.after))
		c->start = now;
	if (c->read_from == INT64_MAX && exists(opt.read_after))
		c->read_from = now;
	if (opt.send == INT64_MAX && exists(opt.until)) {
		opt.send = c->sent;
		opt.half_close = true;
	}
}

static void transfer(struct conn *c)
{
	int64_t close_at = 0;

	while (!c->errors && !(c->fin_sent && c->fin_recvd)) {
		struct pollfd p = { .fd = c->fd };
		int64_t now = now_ns(), wait_ns = NSEC_PER_SEC / 4, len = 0;

		if (opt.after || opt.until || opt.read_after) {
			look_for_files(c, now);
			wait_ns = NSEC_PER_SEC / 10;
		}
		if (info_wanted) {
			info_wanted = 0;
			sample_info(c);
			print_info(c);
		}
		if (opt.deadline && now > opt.deadline) {
			fail(c, "time is up: %lld sent, %lld received",
			     (long long)c->sent, (long long)c->recvd);
			break;
		}
		if (may_close(c)) {
			if (!close_at)
				close_at = now + opt.hold_after_ns;
			if (now >= close_at) {
				sample_info(c);
				print_exports(c);
				if (shutdown(c->fd, SHUT_WR))
					fail(c, "shutdown: %s", strerror(errno));
				c->fin_sent = true;
				continue;
			}
			if (close_at - now < wait_ns)
				wait_ns = close_at - now;
		}
		if (c->sent < opt.send) {
			int64_t send_wait = wait_ns;

			len = may_send(c, &send_wait);
			if (send_wait < wait_ns)
				wait_ns = send_wait;
			if (len)
				p.events |= POLLOUT;
		}
		if (!c->fin_recvd && now >= c->read_from)
			p.events |= POLLIN;
		/*
		 * Without POLLIN an error must still wake us; after the
		 * peer's FIN poll() would report POLLHUP for ever.
		 */
		if (c->fin_recvd && !p.events)
			p.fd = -1;
		if (poll(&p, 1, wait_ns / 1000000 + 1) < 0 && errno != EINTR)
			die("poll");
		if (p.revents & (POLLIN | POLLERR | POLLHUP) && !c->fin_recvd)
			do_recv(c);
		if (p.revents & POLLOUT && len)
			do_send(c, len);
	}
}

static const char *sha_hex(EVP_MD_CTX *ctx, char hex[65])
{
	uint8_t md[32];
	int i;

	EVP_DigestFinal_ex(ctx, md, NULL);
	for (i = 0; i < 32; i++)
		sprintf(hex + 2 * i, "%02x", md[i]);
	return hex;
}

static int finish(struct conn *c)
{
	char sent[65], recvd[65];

	if (c->sent != opt.send)
		fail(c, "%lld of %lld octets sent", (long long)c->sent,
		     (long long)opt.send);
	if (opt.recv >= 0 && c->recvd < opt.recv)
		fail(c, "%lld of %lld octets came", (long long)c->recvd,
		     (long long)opt.recv);
	if (!c->fin_recvd)
		fail(c, "no end of stream from the peer");
	sample_info(c);
	if (opt.info)
		print_info(c);
	printf("sent=%lld recv=%lld sha256_sent=%s sha256_recv=%s errors=%d state=%s\n",
	       (long long)c->sent, (long long)c->recvd,
	       sha_hex(c->sha_sent, sent), sha_hex(c->sha_recv, recvd),
	       c->errors, mobility_state_name(c->info.state));
	fflush(stdout);
	return c->errors ? 1 : 0;
}

static int serve(int fd, int index)
{
	struct conn c = { .fd = fd };
	socklen_t len = sizeof(c.family);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &c.family, &len))
		die("SO_DOMAIN");
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("O_NONBLOCK");
	if (opt.timeline) {
		char name[4096];

		snprintf(name, sizeof(name), opt.count > 1 ? "%s.%d" : "%s",
			 opt.timeline, index);
		c.timeline = fopen(name, "w");
		if (!c.timeline)
			die("%s", name);
		setlinebuf(c.timeline);
	}
	c.sha_sent = EVP_MD_CTX_new();
	c.sha_recv = EVP_MD_CTX_new();
	EVP_DigestInit_ex(c.sha_sent, EVP_sha256(), NULL);
	EVP_DigestInit_ex(c.sha_recv, EVP_sha256(), NULL);

	if (opt.wait_keyed_ns >= 0)
		wait_keyed(&c);
	print_exports(&c);
	c.start = opt.after ? INT64_MAX : now_ns() + opt.hold_ns;
	c.read_from = opt.read_after ? INT64_MAX : now_ns() + opt.no_read_ns;
	transfer(&c);
	return finish(&c);
}

static void wait_ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int ms = -1, n;

	if (opt.deadline) {
		ms = (opt.deadline - now_ns()) / 1000000;
		if (ms < 0)
			ms = 0;
	}
	do {
		n = poll(&p, 1, ms);
	} while (n < 0 && errno == EINTR);
	errno = 0;
	if (!n)
		die("time is up, no connection");
}

static struct addrinfo *resolve(const char *host, const char *port, int flags)
{
	struct addrinfo hints = {
		.ai_family = opt.mapped ? AF_INET6 : opt.family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags | AI_NUMERICSERV |
			    (opt.mapped ? AI_V4MAPPED : 0),
	}, *ai;
	int err = getaddrinfo(host, port, &hints, &ai);

	errno = 0;
	if (err)
		die("%s: %s", host ? host : "*", gai_strerror(err));
	return ai;
}

/* TCP-MD5 with any peer of the family. */
static void sign(int fd, int family)
{
	struct tcp_md5sig sig = {
		.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX,
		.tcpm_keylen = strlen(opt.md5),
	};

	sig.tcpm_addr.ss_family = family;
	if (sig.tcpm_keylen > TCP_MD5SIG_MAXKEYLEN)
		die("--md5: at most %d octets", TCP_MD5SIG_MAXKEYLEN);
	memcpy(sig.tcpm_key, opt.md5, sig.tcpm_keylen);
	if (setsockopt(fd, SOL_TCP, TCP_MD5SIG_EXT, &sig, sizeof(sig)))
		die("TCP_MD5SIG_EXT");
}

/* A TCP socket with all options on it, bound if --bind says so. */
static int make_socket(int family, const char *port)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1, zero = 0;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET6 && opt.mapped)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (opt.sndbuf && setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &opt.sndbuf,
				     sizeof(opt.sndbuf)))
		die("SO_SNDBUF");
	if (opt.rcvbuf && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &opt.rcvbuf,
				     sizeof(opt.rcvbuf)))
		die("SO_RCVBUF");
	if (opt.fastopen && setsockopt(fd, SOL_TCP, opt.server ? TCP_FASTOPEN :
				       TCP_FASTOPEN_CONNECT, &one, sizeof(one)))
		die("TCP_FASTOPEN");
	if (opt.user_timeout &&
	    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &opt.user_timeout,
		       sizeof(opt.user_timeout)))
		die("TCP_USER_TIMEOUT");
	if (opt.min_ttl && setsockopt(fd, IPPROTO_IP, IP_MINTTL, &opt.min_ttl,
				      sizeof(opt.min_ttl)))
		die("IP_MINTTL");
	if (opt.device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, opt.device,
				     strlen(opt.device)))
		die("SO_BINDTODEVICE %s", opt.device);
	if (opt.reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &(int){ 1 },
					 sizeof(int)))
		die("SO_REUSEPORT");
	if (opt.md5)
		sign(fd, family);
	if (opt.mobility && mobility_enable(fd))
		die("TCP_ULP \"%s\"", TCP_MOBILITY_ULP);
	if (opt.bind || opt.server) {
		struct addrinfo *ai;

		ai = resolve(opt.bind ? opt.bind : family == AF_INET6 ?
			     "::" : "0.0.0.0", port, 0);
		if (bind(fd, ai->ai_addr, ai->ai_addrlen))
			die("bind");
		freeaddrinfo(ai);
	}
	return fd;
}

static int do_connect(void)
{
	struct addrinfo *ai = resolve(opt.host, opt.port, 0);
	int fd = make_socket(ai->ai_family, "0"), err = 0;
	socklen_t len = sizeof(err);

	if (connect(fd, ai->ai_addr, ai->ai_addrlen)) {
		if (errno != EINPROGRESS)
			die("connect");
		wait_ready(fd, POLLOUT);
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
		errno = err;
		if (err)
			die("connect");
	}
	freeaddrinfo(ai);
	return fd;
}

static int run(void)
{
	int i, status, lfd = -1, ret = 0;

	if (opt.server) {
		int family = opt.mapped ? AF_INET6 : opt.family;

		lfd = make_socket(family ? family : AF_INET, opt.port);
		if (listen(lfd, 4096))
			die("listen");
	}
	for (i = 0; i < opt.count; i++) {
		pid_t pid = 0;
		int fd = -1;

		if (opt.server) {
			do {
				wait_ready(lfd, POLLIN);
				fd = accept(lfd, NULL, NULL);
			} while (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED));
			if (fd < 0)
				die("accept");
			if (opt.defer_accept &&
			    setsockopt(lfd, IPPROTO_TCP, TCP_DEFER_ACCEPT,
				       &opt.defer_accept, sizeof(opt.defer_accept)))
				die("TCP_DEFER_ACCEPT");
		}
		if (opt.count > 1) {
			pid = fork();
			if (pid < 0)
				die("fork");
		}
		if (!pid) {
			if (!opt.server)
				fd = do_connect();
			ret = serve(fd, i);
			if (opt.count > 1)
				exit(ret);
		}
		close(fd);
	}
	while (wait(&status) > 0)
		if (status)
			ret = 1;
	return ret;
}

static int64_t number(const char *s)
{
	char *end;
	double v = strtod(s, &end);

	if (*end == 'k')
		v *= 1e3, end++;
	else if (*end == 'M')
		v *= 1e6, end++;
	errno = 0;
	if (end == s || *end || v < 0)
		die("%s: not a number", s);
	return v;
}

static int64_t seconds(const char *s)
{
	errno = 0;
	return strtod(s, NULL) * NSEC_PER_SEC;
}

static void usage(FILE *out)
{
	fputs("Usage: xfer server [OPTION]...\n"
	      "       xfer client [OPTION]... HOST PORT\n"
	      "  --mobility, --no-mobility  set the ULP \"mobility\" first, or not (default)\n"
	      "  -4, -6, --mapped      address family; --mapped: IPv4 on an AF_INET6 socket\n"
	      "  --bind ADDR           own address (server: to listen on)\n"
	      "  --port PORT           server: port (5000)\n"
	      "  --send N, --recv N    octets to send, to expect (k, M: 10^3, 10^6);\n"
	      "                        \"any\" takes what comes, and is what a server, --until\n"
	      "                        and --half-close do; a client otherwise expects 0\n"
	      "  --seed N              same on both ends (1)\n"
	      "  --rate N              octets per second\n"
	      "  --chunk N             octets per send() (16384)\n"
	      "  --sndbuf N, --rcvbuf N\n"
	      "  --half-close          shut down as soon as all is sent\n"
	      "  --hold S              wait before the first octet\n"
	      "  --hold-after S        wait before closing\n"
	      "  --no-read S           do not read for so long (zero window)\n"
	      "  --after FILE          send nothing before FILE exists\n"
	      "  --until FILE          send until FILE exists, then shut down\n"
	      "  --read-after FILE     read nothing before FILE exists\n"
	      "  --fastopen            data on the SYN (RFC 7413)\n"
	      "  --export LABEL,CONTEXT,LEN[;...]  print keys at the start and at the end\n"
	      "  --md5 KEY             sign segments (RFC 2385)\n"
	      "  --user-timeout MS     TCP_USER_TIMEOUT (RFC 5482)\n"
	      "  --defer-accept N      server: after the first, TCP_DEFER_ACCEPT of N s\n"
	      "  --min-ttl N           IP_MINTTL: drop what has less\n"
	      "  --device NAME         SO_BINDTODEVICE\n"
	      "  --reuse-port          SO_REUSEPORT\n"
	      "  --wait-keyed MS       go on only when the connection may move\n"
	      "  --timeline FILE       \"CLOCK_MONOTONIC-ns total\" per received chunk\n"
	      "  --info                print TCP_MOBILITY_INFO at the end\n"
	      "  --count N             so many connections, a process each; --once: 1\n"
	      "  --timeout S           give up after S seconds (60, 0: never)\n"
	      "TEST_SLOW=N in the environment makes the limits of --wait-keyed and\n"
	      "--timeout N times as long.\n", out);
}

enum { O_MOB = 256, O_NOMOB, O_MAPPED, O_BIND, O_PORT, O_SEND, O_RECV, O_SEED,
       O_RATE, O_CHUNK, O_SNDBUF, O_RCVBUF, O_HALF, O_HOLD, O_HOLD_AFTER,
       O_NO_READ, O_DEFER_ACCEPT, O_KEYED, O_TIMELINE, O_INFO, O_COUNT, O_ONCE, O_TIMEOUT,
       O_AFTER, O_UNTIL, O_READ_AFTER, O_FASTOPEN, O_MD5, O_USER_TIMEOUT,
       O_MIN_TTL, O_DEVICE, O_REUSE_PORT, O_EXPORT, O_HELP };

static const struct option longopts[] = {
	{ "mobility",	 no_argument,	    NULL, O_MOB },
	{ "no-mobility", no_argument,	    NULL, O_NOMOB },
	{ "mapped",	 no_argument,	    NULL, O_MAPPED },
	{ "bind",	 required_argument, NULL, O_BIND },
	{ "port",	 required_argument, NULL, O_PORT },
	{ "send",	 required_argument, NULL, O_SEND },
	{ "recv",	 required_argument, NULL, O_RECV },
	{ "seed",	 required_argument, NULL, O_SEED },
	{ "rate",	 required_argument, NULL, O_RATE },
	{ "chunk",	 required_argument, NULL, O_CHUNK },
	{ "sndbuf",	 required_argument, NULL, O_SNDBUF },
	{ "rcvbuf",	 required_argument, NULL, O_RCVBUF },
	{ "half-close",	 no_argument,	    NULL, O_HALF },
	{ "hold",	 required_argument, NULL, O_HOLD },
	{ "hold-after",	 required_argument, NULL, O_HOLD_AFTER },
	{ "no-read",	 required_argument, NULL, O_NO_READ },
	{ "wait-keyed",	 required_argument, NULL, O_KEYED },
	{ "timeline",	 required_argument, NULL, O_TIMELINE },
	{ "info",	 no_argument,	    NULL, O_INFO },
	{ "count",	 required_argument, NULL, O_COUNT },
	{ "once",	 no_argument,	    NULL, O_ONCE },
	{ "timeout",	 required_argument, NULL, O_TIMEOUT },
	{ "after",	 required_argument, NULL, O_AFTER },
	{ "until",	 required_argument, NULL, O_UNTIL },
	{ "read-after",	 required_argument, NULL, O_READ_AFTER },
	{ "fastopen",	 no_argument,	    NULL, O_FASTOPEN },
	{ "md5",	 required_argument, NULL, O_MD5 },
	{ "user-timeout", required_argument, NULL, O_USER_TIMEOUT },
	{ "defer-accept", required_argument, NULL, O_DEFER_ACCEPT },
	{ "min-ttl",	 required_argument, NULL, O_MIN_TTL },
	{ "device",	 required_argument, NULL, O_DEVICE },
	{ "reuse-port",	 no_argument,	    NULL, O_REUSE_PORT },
	{ "export",	 required_argument, NULL, O_EXPORT },
	{ "help",	 no_argument,	    NULL, O_HELP },
	{ }
};

/* Factor on time limits for slow machines, like in tests/lib.sh. */
static int64_t slow(void)
{
	const char *factor = getenv("TEST_SLOW");
	int64_t n = factor ? atoll(factor) : 1;

	return n > 0 ? n : 1;
}

int main(int argc, char **argv)
{
	int64_t timeout = 60 * NSEC_PER_SEC;
	int o;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, want_info);
	setlinebuf(stdout);
	if (argc > 1 && !strcmp(argv[1], "server"))
		opt.server = true;
	else if (argc < 2 || strcmp(argv[1], "client")) {
		bool help = argc > 1 && !strcmp(argv[1], "--help");

		usage(help ? stdout : stderr);
		return help ? 0 : 2;
	}
	argc--;
	argv++;

	while ((o = getopt_long(argc, argv, "46", longopts, NULL)) != -1) {
		switch (o) {
		case '4':	opt.family = AF_INET; break;
		case '6':	opt.family = AF_INET6; break;
		case O_MOB:	opt.mobility = true; break;
		case O_NOMOB:	opt.mobility = false; break;
		case O_MAPPED:	opt.mapped = true; break;
		case O_BIND:	opt.bind = optarg; break;
		case O_PORT:	opt.port = optarg; break;
		case O_SEND:	opt.send = number(optarg); break;
		case O_RECV:
			opt.recv = strcmp(optarg, "any") ? number(optarg) : -1;
			break;
		case O_SEED:	opt.seed = strtoull(optarg, NULL, 0); break;
		case O_RATE:	opt.rate = number(optarg); break;
		case O_CHUNK:	opt.chunk = number(optarg); break;
		case O_SNDBUF:	opt.sndbuf = number(optarg); break;
		case O_RCVBUF:	opt.rcvbuf = number(optarg); break;
		case O_HALF:	opt.half_close = true; break;
		case O_HOLD:	opt.hold_ns = seconds(optarg); break;
		case O_HOLD_AFTER: opt.hold_after_ns = seconds(optarg); break;
		case O_NO_READ:	opt.no_read_ns = seconds(optarg); break;
		case O_KEYED:	opt.wait_keyed_ns = number(optarg) * 1000000 * slow(); break;
		case O_TIMELINE: opt.timeline = optarg; break;
		case O_INFO:	opt.info = true; break;
		case O_COUNT:	opt.count = number(optarg); break;
		case O_ONCE:	opt.count = 1; break;
		case O_TIMEOUT:	timeout = seconds(optarg); break;
		case O_AFTER:	opt.after = optarg; break;
		case O_UNTIL:	opt.until = optarg; break;
		case O_READ_AFTER: opt.read_after = optarg; break;
		case O_FASTOPEN: opt.fastopen = true; break;
		case O_EXPORT:	opt.export = optarg; break;
		case O_MD5:	opt.md5 = optarg; break;
		case O_DEFER_ACCEPT: opt.defer_accept = number(optarg); break;
		case O_MIN_TTL: opt.min_ttl = number(optarg); break;
		case O_DEVICE:	opt.device = optarg; break;
		case O_REUSE_PORT: opt.reuse_port = true; break;
		case O_USER_TIMEOUT: opt.user_timeout = number(optarg); break;
		case O_HELP:	usage(stdout); return 0;
		default:	usage(stderr); return 2;
		}
	}
	if (!opt.server) {
		if (argc - optind != 2) {
			usage(stderr);
			return 2;
		}
		opt.host = argv[optind];
		opt.port = argv[optind + 1];
	} else if (argc != optind) {
		usage(stderr);
		return 2;
	}
	if (opt.until)
		opt.send = INT64_MAX;
	if (opt.recv == -2)
		opt.recv = opt.server || opt.until || opt.half_close ? -1 : 0;
	if (opt.chunk < 1 || opt.chunk > MAX_CHUNK)
		opt.chunk = MAX_CHUNK;
	if (timeout)
		opt.deadline = now_ns() + timeout * slow();
	return run();
}
