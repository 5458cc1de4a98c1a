// SPDX-License-Identifier: GPL-2.0
/*
 * A connection with kernel TLS, as OpenSSL makes it behind its handshake: both
 * ends have the ULP "tls" and keys, and what they send is records.
 *
 *	ktls server PORT FILE
 *	ktls client ADDRESS PORT FILE
 *
 * One octet goes there and back through the records; then each prints "ready" and
 * waits until FILE exists. The keys are the same every time: this is no secret.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/tls.h>

#ifndef TCP_ULP
#define TCP_ULP	31
#endif
#ifndef SOL_TLS
#define SOL_TLS	282
#endif

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static struct sockaddr_in at(const char *addr, const char *port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(atoi(port)),
	};

	must(inet_pton(AF_INET, addr, &sin.sin_addr) == 1, addr);
	return sin;
}

static int accept_one(const char *port)
{
	struct sockaddr_in sin = at("0.0.0.0", port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	must(fd >= 0, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	must(!bind(fd, (struct sockaddr *)&sin, sizeof(sin)), "bind");
	must(!listen(fd, 1), "listen");
	return accept(fd, NULL, NULL);
}

static int connect_to(const char *addr, const char *port)
{
	struct sockaddr_in sin = at(addr, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0 && !connect(fd, (struct sockaddr *)&sin, sizeof(sin)),
	     "connect");
	return fd;
}

/* AES-GCM, a key for each direction. */
static void use_key(int fd, int direction, unsigned char key)
{
	struct tls12_crypto_info_aes_gcm_128 info = {
		.info.version = TLS_1_2_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
	};

	memset(info.key, key, sizeof(info.key));
	must(!setsockopt(fd, SOL_TLS, direction, &info, sizeof(info)), "key");
}

static void encrypt(int fd, int server)
{
	must(!setsockopt(fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls")), "tls");
	use_key(fd, TLS_TX, server ? 1 : 2);
	use_key(fd, TLS_RX, server ? 2 : 1);
}

/* A record that comes before its key is there waits in the queue. */
static void there_and_back(int fd, int server)
{
	char octet = 'a';

	if (server) {
		encrypt(fd, 1);
		must(recv(fd, &octet, 1, MSG_WAITALL) == 1, "recv");
		octet++;
		must(send(fd, &octet, 1, 0) == 1, "send");
		return;
	}
	encrypt(fd, 0);
	must(send(fd, &octet, 1, 0) == 1, "send");
	must(recv(fd, &octet, 1, MSG_WAITALL) == 1 && octet == 'b', "answer");
}

int main(int argc, char **argv)
{
	int server = argc == 4 && !strcmp(argv[1], "server"), fd;

	if (!server && (argc != 5 || strcmp(argv[1], "client"))) {
		fputs("usage: ktls server PORT FILE | client ADDRESS PORT FILE\n",
		      stderr);
		return 2;
	}
	fd = server ? accept_one(argv[2]) : connect_to(argv[2], argv[3]);
	must(fd >= 0, "connection");
	there_and_back(fd, server);
	puts("ready");
	fflush(stdout);
	while (access(argv[argc - 1], F_OK))
		usleep(50000);
	return 0;
}
