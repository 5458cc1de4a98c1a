// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets in unusual hands: inherited, repaired, disconnected, migrated, left
 * behind in another namespace.
 *
 *	lifecycle client [OPTIONS] ADDRESS PORT
 *	lifecycle server [OPTIONS] PORT
 *
 * The server gives each connection to cat, which knows nothing of sockets and
 * sends everything back. The client writes a stream of numbers until a file
 * exists; a child that it made by fork() and exec() reads from the same socket
 * and compares. One line tells of each step that a script may wait for, one of
 * the end, and the exit status is 0 only if all came back:
 *
 *	sent=N echoed=N state=S moves=N
 *
 * IPv4 only. With mobility, always.
 */
#define _GNU_SOURCE
#include "mobility.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECORD	500		/* octets written at a time */
#define PAUSE	40		/* ms between them */

static struct {
	const char	*until;		/* write until it exists */
	const char	*device;	/* SO_BINDTODEVICE */
	const char	*freebind;	/* IP_FREEBIND, bind() */
	const char	*repair;	/* TCP_REPAIR on, off when it exists */
	const char	*disconnect;	/* AF_UNSPEC when it exists */
	const char	*reconnect;	/* connect() again when it exists */
	const char	*relisten;	/* then listen on that port instead */
	const char	*leave;		/* namespace to go to, socket in hand */
	const char	*migrate;	/* close the first listener */
	const char	*accept;	/* accept when it exists */
	bool		reuseport;
} opt;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "lifecycle: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void must(bool ok, const char *what)
{
	if (!ok)
		die(what);
}

static bool exists(const char *file)
{
	return !access(file, F_OK);
}

static void wait_file(const char *file)
{
	while (!exists(file))
		poll(NULL, 0, 20);
}

static void set_int(int fd, int level, int name, int value, const char *what)
{
	must(!setsockopt(fd, level, name, &value, sizeof(value)), what);
}

static struct sockaddr_in address(const char *host, const char *port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(atoi(port)),
	};

	must(inet_pton(AF_INET, host, &a.sin_addr) == 1, host);
	return a;
}

/* The stream: octet @off of it. */
static uint8_t stream(uint64_t off)
{
	return off * 31 + (off >> 8) * 7 + (off >> 16);
}

/* -- the child that reads ----------------------------------------------------*/

static int reader(int fd, int result)
{
	uint8_t buf[4096];
	uint64_t off = 0;
	ssize_t n, i;

	for (;;) {
		n = read(fd, buf, sizeof(buf));
		/* Under TCP_REPAIR nothing can be read. */
		if (n < 0 && errno == EPERM) {
			poll(NULL, 0, 20);
			continue;
		}
		if (n <= 0)
			break;
		for (i = 0; i < n; i++, off++) {
			if (buf[i] != stream(off)) {
				fprintf(stderr, "lifecycle: octet %llu differs\n",
					(unsigned long long)off);
				return 1;
			}
		}
	}
	if (n < 0)
		die("read");
	must(write(result, &off, sizeof(off)) == sizeof(off), "write");
	return 0;
}

static pid_t start_reader(int fd, int *result)
{
	char fd_text[16], result_text[16];
	int ends[2];
	pid_t pid;

	must(!pipe(ends), "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (!pid) {
		snprintf(fd_text, sizeof(fd_text), "%d", fd);
		snprintf(result_text, sizeof(result_text), "%d", ends[1]);
		execl("/proc/self/exe", "lifecycle", "reader", fd_text,
		      result_text, (char *)NULL);
		die("exec");
	}
	close(ends[1]);
	*result = ends[0];
	return pid;
}

/* -- client ------------------------------------------------------------------*/

static int mobile_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0, "socket");
	must(!mobility_enable(fd), "TCP_ULP \"mobility\"");
	return fd;
}

static unsigned int state_of(int fd)
{
	struct tcp_mobility_info info;

	must(!mobility_info(fd, AF_INET, &info), "TCP_MOBILITY_INFO");
	return info.state;
}

static void connect_keyed(int fd, const struct sockaddr_in *to)
{
	unsigned int state;

	must(!connect(fd, (const struct sockaddr *)to, sizeof(*to)), "connect");
	while ((state = state_of(fd)) == TCP_MOBILITY_KEYING)
		poll(NULL, 0, 20);
	printf("connected %s\n", mobility_state_name(state));
}

static void write_all(int fd, const uint8_t *buf, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, buf, len);
		must(n > 0, "write");
		buf += n;
		len -= n;
	}
}

static uint64_t write_record(int fd, uint64_t off)
{
	uint8_t buf[RECORD];
	unsigned int i;

	for (i = 0; i < RECORD; i++)
		buf[i] = stream(off + i);
	write_all(fd, buf, RECORD);
	return off + RECORD;
}

static void repair(int fd)
{
	set_int(fd, SOL_TCP, TCP_REPAIR, 1, "TCP_REPAIR on");
	puts("repair");
	wait_file(opt.repair);
	set_int(fd, SOL_TCP, TCP_REPAIR, 0, "TCP_REPAIR off");
	puts("repaired");
}

static void leave(void)
{
	int ns = open(opt.leave, O_RDONLY);

	must(ns >= 0, opt.leave);
	must(!setns(ns, CLONE_NEWNET), "setns");
	close(ns);
	puts("left");
}

static void prepare(int fd)
{
	if (opt.device)
		must(!setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, opt.device,
				 strlen(opt.device)), "SO_BINDTODEVICE");
	if (opt.freebind) {
		struct sockaddr_in a = address(opt.freebind, "0");

		set_int(fd, SOL_IP, IP_FREEBIND, 1, "IP_FREEBIND");
		must(!bind(fd, (struct sockaddr *)&a, sizeof(a)), "bind");
	}
}

/* The socket becomes a listener; send back what the one child gets. */
static int relisten(int fd)
{
	struct sockaddr_in a = address("0.0.0.0", opt.relisten);
	uint8_t buf[4096];
	ssize_t n;
	int conn;

	must(!bind(fd, (struct sockaddr *)&a, sizeof(a)), "bind");
	must(!listen(fd, 1), "listen");
	puts("relistening");
	conn = accept(fd, NULL, NULL);
	must(conn >= 0, "accept");
	close(fd);
	while ((n = read(conn, buf, sizeof(buf))) > 0)
		write_all(conn, buf, n);
	return n < 0;
}

static void again(int fd, const struct sockaddr_in *to)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	wait_file(opt.disconnect);
	printf("before disconnect %s\n", mobility_state_name(state_of(fd)));
	must(!connect(fd, &none, sizeof(none)), "disconnect");
	printf("disconnected %s\n", mobility_state_name(state_of(fd)));
	if (opt.relisten)
		exit(relisten(fd));
	wait_file(opt.reconnect);
	connect_keyed(fd, to);
}

static int client(const char *host, const char *port)
{
	struct sockaddr_in to = address(host, port);
	uint64_t sent = 0, echoed = 0;
	struct tcp_mobility_info info;
	int fd = mobile_socket(), result, status;
	bool repaired = !opt.repair;
	pid_t pid;

	prepare(fd);
	connect_keyed(fd, &to);
	if (opt.disconnect)
		again(fd, &to);
	if (opt.leave)
		leave();
	pid = start_reader(fd, &result);
	while (!opt.until || !exists(opt.until)) {
		sent = write_record(fd, sent);
		if (!repaired && sent > 10 * RECORD) {
			repair(fd);
			repaired = true;
		}
		poll(NULL, 0, PAUSE);
	}
	/* After FIN the state is still that of the connection. */
	must(!mobility_info(fd, AF_INET, &info), "TCP_MOBILITY_INFO");
	must(!shutdown(fd, SHUT_WR), "shutdown");
	must(waitpid(pid, &status, 0) == pid, "waitpid");
	if (read(result, &echoed, sizeof(echoed)) != sizeof(echoed))
		echoed = 0;
	printf("sent=%llu echoed=%llu state=%s moves=%u\n",
	       (unsigned long long)sent, (unsigned long long)echoed,
	       mobility_state_name(info.state), info.moves_local);
	return status || echoed != sent;
}

/* -- server ------------------------------------------------------------------*/

static int listener(const char *port)
{
	struct sockaddr_in a = address("0.0.0.0", port);
	int fd = mobile_socket();

	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if (opt.reuseport)
		set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
	must(!bind(fd, (struct sockaddr *)&a, sizeof(a)), "bind");
	must(!listen(fd, 64), "listen");
	must(!fcntl(fd, F_SETFD, FD_CLOEXEC), "FD_CLOEXEC");
	return fd;
}

static int server(const char *port)
{
	int fd = listener(port), other, conn;

	if (opt.migrate) {
		other = listener(port);
		puts("listening");
		wait_file(opt.migrate);
		close(fd);
		fd = other;
		puts("closed");
	} else {
		puts("listening");
	}
	if (opt.accept)
		wait_file(opt.accept);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		conn = accept(fd, NULL, NULL);
		if (conn < 0 && errno == ECONNABORTED)
			continue;
		must(conn >= 0, "accept");
		puts("accepted");
		if (!fork()) {
			dup2(conn, 0);
			dup2(conn, 1);
			if (conn > 1)
				close(conn);
			execlp("cat", "cat", (char *)NULL);
			die("cat");
		}
		close(conn);
	}
}

static int usage(FILE *out)
{
	fputs("usage: lifecycle client [OPTIONS] ADDRESS PORT\n"
	      "       lifecycle server [OPTIONS] PORT\n"
	      "client:\n"
	      "  --until FILE       write until FILE exists\n"
	      "  --device DEV       SO_BINDTODEVICE\n"
	      "  --freebind ADDR    IP_FREEBIND and bind() to ADDR\n"
	      "  --repair FILE      TCP_REPAIR on, off when FILE exists\n"
	      "  --disconnect FILE  connect(AF_UNSPEC) when FILE exists\n"
	      "  --reconnect FILE   and connect again when FILE exists\n"
	      "  --relisten PORT    or listen there and echo to one client\n"
	      "  --leave FILE       go to that network namespace once connected\n"
	      "server:\n"
	      "  --reuseport        SO_REUSEPORT\n"
	      "  --migrate FILE     two listeners; close the first when FILE exists\n"
	      "  --accept FILE      accept nothing before FILE exists\n", out);
	return out == stdout ? 0 : 2;
}

enum { O_UNTIL = 256, O_DEVICE, O_FREEBIND, O_REPAIR, O_DISCONNECT,
       O_RECONNECT, O_RELISTEN, O_LEAVE, O_REUSEPORT, O_MIGRATE, O_ACCEPT, O_HELP };

static const struct option longopts[] = {
	{ "until",	required_argument,	NULL, O_UNTIL },
	{ "device",	required_argument,	NULL, O_DEVICE },
	{ "freebind",	required_argument,	NULL, O_FREEBIND },
	{ "repair",	required_argument,	NULL, O_REPAIR },
	{ "disconnect",	required_argument,	NULL, O_DISCONNECT },
	{ "reconnect",	required_argument,	NULL, O_RECONNECT },
	{ "relisten",	required_argument,	NULL, O_RELISTEN },
	{ "leave",	required_argument,	NULL, O_LEAVE },
	{ "reuseport",	no_argument,		NULL, O_REUSEPORT },
	{ "migrate",	required_argument,	NULL, O_MIGRATE },
	{ "accept",	required_argument,	NULL, O_ACCEPT },
	{ "help",	no_argument,		NULL, O_HELP },
	{ }
};

int main(int argc, char **argv)
{
	int o;

	if (argc == 4 && !strcmp(argv[1], "reader"))
		return reader(atoi(argv[2]), atoi(argv[3]));
	setlinebuf(stdout);
	signal(SIGPIPE, SIG_IGN);
	while ((o = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (o) {
		case O_UNTIL:	opt.until = optarg; break;
		case O_DEVICE:	opt.device = optarg; break;
		case O_FREEBIND: opt.freebind = optarg; break;
		case O_REPAIR:	opt.repair = optarg; break;
		case O_DISCONNECT: opt.disconnect = optarg; break;
		case O_RECONNECT: opt.reconnect = optarg; break;
		case O_RELISTEN: opt.relisten = optarg; break;
		case O_LEAVE:	opt.leave = optarg; break;
		case O_REUSEPORT: opt.reuseport = true; break;
		case O_MIGRATE:	opt.migrate = optarg; break;
		case O_ACCEPT:	opt.accept = optarg; break;
		case O_HELP:	return usage(stdout);
		default:	return usage(stderr);
		}
	}
	if (argc - optind == 3 && !strcmp(argv[optind], "client"))
		return client(argv[optind + 1], argv[optind + 2]);
	if (argc - optind == 2 && !strcmp(argv[optind], "server"))
		return server(argv[optind + 1]);
	return usage(stderr);
}
