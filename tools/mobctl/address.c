// SPDX-License-Identifier: GPL-2.0
/* Addresses and ports as text. */
#include "address.h"
#include "mobctl.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* The v4-mapped form of 4 octets. */
void address_from_v4(struct in6_addr *addr, const void *v4)
{
	memset(addr, 0, sizeof(*addr));
	addr->s6_addr[10] = 0xff;
	addr->s6_addr[11] = 0xff;
	memcpy(&addr->s6_addr[12], v4, 4);
}

bool address_parse(const char *text, struct in6_addr *addr)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		address_from_v4(addr, &v4);
		return true;
	}
	return inet_pton(AF_INET6, text, addr) == 1;
}

static bool parse_port(const char *text, uint16_t *port)
{
	unsigned long value;

	if (!parse_number(text, 65535, &value) || !value)
		return false;
	*port = value;
	return true;
}

/*
 * "ADDRESS", "ADDRESS:PORT", "[IPV6]:PORT", ":PORT", "*:PORT". An IPv6 address
 * without brackets has no port.
 */
bool endpoint_parse(const char *text, struct endpoint *e)
{
	char host[INET6_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	size_t len;

	memset(e, 0, sizeof(*e));
	if (*text == '[') {
		const char *end = strchr(text, ']');

		if (!end || (end[1] && end[1] != ':'))
			return false;
		colon = end[1] ? end + 1 : NULL;
		text++;
		len = end - text;
	} else if (colon && strchr(text, ':') == colon) {
		len = colon - text;
	} else {
		colon = NULL;
		len = strlen(text);
	}
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = 0;
	if (colon && !parse_port(colon + 1, &e->port))
		return false;
	if (!*host || !strcmp(host, "*"))
		return colon;
	e->has_addr = true;
	return address_parse(host, &e->addr);
}

/*
 * The same, or "ADDRESS/LENGTH"; @bits is the length of the prefix that counts,
 * in the address's own family.
 */
bool prefix_parse(const char *text, struct endpoint *e, uint8_t *bits)
{
	const char *slash = strchr(text, '/');
	char host[INET6_ADDRSTRLEN];
	unsigned long length;
	unsigned int all;

	if (!slash) {
		if (!endpoint_parse(text, e))
			return false;
		*bits = IN6_IS_ADDR_V4MAPPED(&e->addr) ? 32 : 128;
		return true;
	}
	memset(e, 0, sizeof(*e));
	if (slash - text >= (long)sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(slash - text), text);
	if (!address_parse(host, &e->addr))
		return false;
	e->has_addr = true;
	all = IN6_IS_ADDR_V4MAPPED(&e->addr) ? 32 : 128;
	if (!parse_number(slash + 1, all, &length))
		return false;
	*bits = length;
	return true;
}

const char *address_text(const struct in6_addr *addr, char buf[INET6_ADDRSTRLEN])
{
	if (IN6_IS_ADDR_V4MAPPED(addr))
		inet_ntop(AF_INET, &addr->s6_addr[12], buf, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, addr, buf, INET6_ADDRSTRLEN);
	return buf;
}

const char *endpoint_text(const struct endpoint *e, char buf[ENDPOINT_LEN])
{
	char addr[INET6_ADDRSTRLEN] = "*";
	bool v6;

	if (e->has_addr)
		address_text(&e->addr, addr);
	v6 = strchr(addr, ':');
	snprintf(buf, ENDPOINT_LEN, "%s%s%s:%u", v6 ? "[" : "", addr,
		 v6 ? "]" : "", e->port);
	return buf;
}

bool endpoint_match(const struct endpoint *want, const struct in6_addr *addr,
		    uint16_t port)
{
	if (want->has_addr && memcmp(&want->addr, addr, sizeof(*addr)))
		return false;
	return !want->port || want->port == port;
}
