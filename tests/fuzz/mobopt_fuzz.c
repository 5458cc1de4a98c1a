// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/mobopt.c: whatever stands in the options of a message, with the
 * checksum made right so that it is looked at; written again it reads the same.
 */
#include <stdlib.h>

#include "mice_shim.h"
#include "mip6_ice/mobopt.h"

#ifdef FUZZ_MAIN
#define FUZZ_MAX	2048
#include "../fuzz/fuzz_main.h"
#endif

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

static void set_sum(u8 *p, unsigned int len)
{
	mice_put16(p + 4, 0);
	mice_put16(p + 4, ~mice_fold(mice_sum(0, p, len)));
}

/* All options in @p[0..len), as many as there are. */
static void read_all(struct mice_offer *offer, const u8 *p, unsigned int len,
		     unsigned int max, bool native_ok)
{
	unsigned int step;

	mice_offer_init(offer, max);
	for (; len; p += step, len -= step) {
		step = mice_opt_extent(p, len, native_ok);
		if (!step)
			return;
		MUST(step <= len);
		mice_offer_add(offer, p, step, native_ok);
	}
}

static void check_sane(const struct mice_offer *o)
{
	unsigned int i;

	MUST(o->n <= o->max && o->max <= MICE_CANDS_MAX);
	MUST(!o->n || (o->n_opts && o->has_first));
	for (i = 0; i < o->n; i++) {
		MUST(o->cands[i].type >= 1 && o->cands[i].type <= 4);
		MUST(o->cands[i].addr.ver == 4 || o->cands[i].addr.ver == 6);
	}
}

static void check_same(const struct mice_offer *a, const struct mice_offer *b)
{
	unsigned int i;

	MUST(b->n_opts && !b->n_bad && !b->conflict && !b->n_skipped);
	MUST(a->ufrag == b->ufrag && a->lite == b->lite &&
	     a->mismatch == b->mismatch && !memcmp(a->pwd, b->pwd, 12));
	MUST(a->n == b->n && a->has_remote == b->has_remote);
	for (i = 0; i < a->n; i++)
		MUST(a->cands[i].type == b->cands[i].type &&
		     a->cands[i].priority == b->cands[i].priority &&
		     mice_addr_equal(&a->cands[i].addr, &b->cands[i].addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mice_offer first, again;
	u8 copy[2048], out[4096];
	unsigned int step, at, len, native;

	if (!size || size > sizeof(copy))
		return 0;
	memcpy(copy, data, size);
	for (native = 0; native < 2; native++) {
		/* As it is, then with right checksums. */
		read_all(&first, data, size, size % 40, native);
		check_sane(&first);
		for (at = 0; at < size; at += step) {
			step = mice_opt_extent(copy + at, size - at, native);
			if (step < 24)
				break;
			set_sum(copy + at, step);
		}
		read_all(&first, copy, size, 0, native);
		check_sane(&first);
		if (!first.n_opts)
			continue;
		len = mice_offer_put(out, sizeof(out), 18, native, &first);
		if (!len)	/* ice-options of more than a tlv holds */
			continue;
		read_all(&again, out, len, 0, native);
		check_same(&first, &again);
	}
	return 0;
}
