/* SPDX-License-Identifier: GPL-2.0 */
/* The words for numbers of the kernel; those of the specification. */
#ifndef MOBCTL_NAMES_H
#define MOBCTL_NAMES_H

#include <stdint.h>
#include "print.h"

/**
 * struct names - words for the values 0, 1, ... or for bits 0, 1, ...
 * @what: of what, in one word
 * @count: how many
 * @words: the words
 */
struct names {
	const char		*what;
	unsigned int		count;
	const char * const	*words;
};

extern const struct names state_names, reason_names, exchange_names, move_names,
	curve_names, flag_names, option_names, cause_names, event_names,
	refusal_names, death_names, tcp_state_names;

const char *name_of(const struct names *names, unsigned int value);
int name_find(const struct names *names, const char *word);
void out_bits(const char *key, const char *lead, const struct names *names,
	      uint32_t bits);
const char *state_name(unsigned int state);
int state_find(const char *word);
enum tone state_tone(unsigned int state);
const char *reason_text(unsigned int reason);
const char *reason_advice(unsigned int reason);
const char *refusal_text(unsigned int refusal);
const char *death_text(unsigned int death);

#endif /* MOBCTL_NAMES_H */
