/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses and ports as text. IPv4 is held as v4-mapped IPv6. */
#ifndef MOBCTL_ADDRESS_H
#define MOBCTL_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* Room for "[address]:port" */
#define ENDPOINT_LEN	(INET6_ADDRSTRLEN + 8)

/**
 * struct endpoint - an address, a port, or both
 * @addr: the address, if @has_addr
 * @port: host order, 0 for any
 * @has_addr: false for any address
 */
struct endpoint {
	struct in6_addr	addr;
	uint16_t	port;
	bool		has_addr;
};

bool endpoint_parse(const char *text, struct endpoint *e);
bool prefix_parse(const char *text, struct endpoint *e, uint8_t *bits);
void address_from_v4(struct in6_addr *addr, const void *v4);
bool address_parse(const char *text, struct in6_addr *addr);
const char *endpoint_text(const struct endpoint *e, char buf[ENDPOINT_LEN]);
const char *address_text(const struct in6_addr *addr, char buf[INET6_ADDRSTRLEN]);
bool endpoint_match(const struct endpoint *want, const struct in6_addr *addr,
		    uint16_t port);

#endif /* MOBCTL_ADDRESS_H */
