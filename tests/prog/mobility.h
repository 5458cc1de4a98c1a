/* SPDX-License-Identifier: GPL-2.0 */
/* What the test programs share: enabling, asking, and names for the answers. */
#ifndef TESTS_MOBILITY_H
#define TESTS_MOBILITY_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <linux/tcp_mobility.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262
#endif

#define NSEC_PER_SEC	1000000000LL

static inline int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static inline int mobility_enable(int fd)
{
	return setsockopt(fd, SOL_TCP, TCP_ULP, TCP_MOBILITY_ULP,
			  sizeof(TCP_MOBILITY_ULP) - 1);
}

/* The socket's ULP name in @name, empty if it has none. */
static inline int socket_ulp(int fd, char name[16])
{
	socklen_t len = 16;

	memset(name, 0, 16);
	if (getsockopt(fd, SOL_TCP, TCP_ULP, name, &len))
		return -1;
	name[len < 16 ? len : 15] = '\0';
	return 0;
}

static inline int mobility_info(int fd, int family, struct tcp_mobility_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return getsockopt(fd, family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
			  TCP_MOBILITY_INFO, info, &len);
}

/* A key of @len octets for @label and @context, strings, into @key. */
static inline int mobility_export(int fd, int family, const char *label,
				  const char *context, unsigned int len,
				  uint8_t *key)
{
	uint8_t buf[2048] = {};
	struct tcp_mobility_export *req = (void *)buf;
	socklen_t size = sizeof(buf);

	req->label_len = strlen(label);
	req->context_len = strlen(context);
	req->key_len = len;
	memcpy(req->data, label, req->label_len);
	memcpy(req->data + req->label_len, context, req->context_len);
	if (getsockopt(fd, family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
		       TCP_MOBILITY_EXPORT, buf, &size))
		return -1;
	if (size != len) {
		errno = EPROTO;
		return -1;
	}
	memcpy(key, buf, len);
	return 0;
}

static inline const char *mobility_state_name(unsigned int state)
{
	static const char * const names[] = {
		[TCP_MOBILITY_NONE]		= "NONE",
		[TCP_MOBILITY_IDLE]		= "IDLE",
		[TCP_MOBILITY_PLAIN]		= "PLAIN",
		[TCP_MOBILITY_KEYING]		= "KEYING",
		[TCP_MOBILITY_KEYED]		= "KEYED",
		[TCP_MOBILITY_ADRIFT]		= "ADRIFT",
		[TCP_MOBILITY_MOVING]		= "MOVING",
		[TCP_MOBILITY_VALIDATING]	= "VALIDATING",
		[TCP_MOBILITY_SUSPENDED]	= "SUSPENDED",
		[TCP_MOBILITY_PAUSED]		= "PAUSED",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

static inline const char *mobility_reason_name(unsigned int reason)
{
	static const char * const names[] = {
		[TCP_MOBILITY_R_NONE]		= "none",
		[TCP_MOBILITY_R_PEER]		= "peer",
		[TCP_MOBILITY_R_NO_ROOM]	= "no-room",
		[TCP_MOBILITY_R_NO_KEY]		= "no-key",
		[TCP_MOBILITY_R_LIMIT]		= "limit",
		[TCP_MOBILITY_R_CURVE]		= "curve",
		[TCP_MOBILITY_R_BAD_KEY]	= "bad-key",
		[TCP_MOBILITY_R_SIMULTANEOUS]	= "simultaneous",
		[TCP_MOBILITY_R_TIMEOUT]	= "timeout",
		[TCP_MOBILITY_R_FORMAT]		= "format",
	};

	return reason < sizeof(names) / sizeof(names[0]) ? names[reason] : "?";
}

#endif /* TESTS_MOBILITY_H */
