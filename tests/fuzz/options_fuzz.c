// SPDX-License-Identifier: GPL-2.0
/*
 * net/tcp_mobility/options.c: whatever stands in an option area, in every
 * format: what is found lies inside it, and written again it is found again.
 */
#include <stdlib.h>

#include "shim.h"
#include "tcp_mobility/options.h"

#ifdef FUZZ_MAIN
/* More than an area has: longer ones must be refused. */
#define FUZZ_MAX	48
#include "../fuzz/fuzz_main.h"
#endif

#define OURS	(TCPMOB_OPT_CONN_KEY | TCPMOB_OPT_CONT | TCPMOB_OPT_LOC_UPDATE)

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

/* Kinds, ExID, order: 3 bits. */
static struct tcpmob_format format(unsigned int bits)
{
	bool own = bits & 4;

	return (struct tcpmob_format) {
		.kind_conn_key		= own ? 250 : TCPMOB_KIND_DEFAULT,
		.kind_cont		= own ? 251 : TCPMOB_KIND_DEFAULT,
		.kind_loc_update	= own ? 252 : TCPMOB_KIND_DEFAULT,
		.exid			= bits & 1,
		.drawn			= bits & 2,
	};
}

static void check_inside(const u8 *area, unsigned int len, bool syn,
			 const struct tcpmob_options *o)
{
	unsigned int i;

	MUST(len <= TCPMOB_OPTSPACE || (!o->present && !o->malformed));
	MUST(o->malformed <= TCPMOB_OPTSPACE / 2);
	MUST(o->n_conts <= TCPMOB_CONTS_MAX);
	MUST(!o->n_conts == !(o->present & TCPMOB_OPT_CONT));
	MUST(!(o->present & (syn ? TCPMOB_OPT_CONT :
			     TCPMOB_OPT_CONN_KEY | TCPMOB_OPT_LOC_UPDATE)));
	for (i = 0; i < o->n_conts; i++) {
		MUST(o->conts[i].offset >= TCPMOB_KEY_FIRST);
		MUST(o->conts[i].data > area);
		MUST(o->conts[i].data + o->conts[i].len <= area + len);
	}
}

/* All of ours into @p; they came out of one area, so one area holds them. */
static unsigned int write_back(u8 *p, const struct tcpmob_format *fmt,
			       const struct tcpmob_options *o)
{
	unsigned int i, len = 0;

	if (o->present & TCPMOB_OPT_CONN_KEY)
		len += tcpmob_put_conn_key(p + len, fmt, o->curve, o->key);
	if (o->present & TCPMOB_OPT_LOC_UPDATE)
		len += tcpmob_put_loc_update(p + len, fmt, o->reqno, o->token,
					     o->request);
	for (i = 0; i < o->n_conts; i++)
		len += tcpmob_put_cont(p + len, fmt, o->conts[i].offset,
				       o->conts[i].data, o->conts[i].len);
	MUST(len <= TCPMOB_OPTSPACE);
	return len;
}

static void check_same(const struct tcpmob_options *a,
		       const struct tcpmob_options *b)
{
	unsigned int i;

	MUST((a->present & OURS) == b->present && !b->malformed);
	if (a->present & TCPMOB_OPT_CONN_KEY)
		MUST(a->curve == b->curve &&
		     !memcmp(a->key, b->key, sizeof(a->key)));
	if (a->present & TCPMOB_OPT_LOC_UPDATE)
		MUST(a->reqno == b->reqno &&
		     !memcmp(a->token, b->token, sizeof(a->token)) &&
		     !memcmp(a->request, b->request, sizeof(a->request)));
	MUST(a->n_conts == b->n_conts);
	for (i = 0; i < a->n_conts; i++)
		MUST(a->conts[i].offset == b->conts[i].offset &&
		     a->conts[i].len == b->conts[i].len &&
		     !memcmp(a->conts[i].data, b->conts[i].data,
			     a->conts[i].len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcpmob_options first, again;
	u8 area[TCPMOB_OPTSPACE];
	unsigned int bits, len;

	for (bits = 0; bits < 16; bits++) {
		struct tcpmob_format fmt = format(bits);
		bool syn = bits & 8;
		bool ours;

		ours = tcpmob_options_parse(data, size, syn, &fmt, &first);
		check_inside(data, size, syn, &first);
		MUST(ours == !!(first.present & OURS));

		len = write_back(area, &fmt, &first);
		tcpmob_options_parse(area, len, syn, &fmt, &again);
		check_same(&first, &again);
	}
	return 0;
}
