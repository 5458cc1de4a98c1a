/* SPDX-License-Identifier: GPL-2.0 */
/* How connections are chosen and printed, for tcp.c, events.c and doctor.c. */
#ifndef MOBCTL_TCP_H
#define MOBCTL_TCP_H

#include "genl.h"

int parse_filter(int argc, char **argv, struct conn_select *s);
int parse_filters(int argc, char **argv, struct conn_select *s);
unsigned int conn_state(const struct conn *c);
bool conn_matches(const struct conn *c, const struct conn_select *s);
void out_endpoint(const char *key, const char *fmt, const struct endpoint *e);
void out_duration(const char *key, const char *lead, uint64_t us);
void out_octets(const char *key, const char *fmt, const uint8_t *octets,
		unsigned int len);
void out_conn_head(const struct conn *c);

#endif /* MOBCTL_TCP_H */
