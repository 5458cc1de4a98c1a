/* SPDX-License-Identifier: GPL-2.0 */
/* What doctor finds, for doctor.c and census.c. */
#ifndef MOBCTL_DOCTOR_H
#define MOBCTL_DOCTOR_H

enum finding { FINE, NOTE, BAD };

void finding(enum finding what, const char *topic, const char *advice,
	     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* census.c */
void check_connections(void);

#endif /* MOBCTL_DOCTOR_H */
