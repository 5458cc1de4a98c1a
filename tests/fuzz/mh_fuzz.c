// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/mh.c: any payload, as it is and with Header Len made right; what
 * is found lies inside it, and written again it reads the same.
 */
#include <stdlib.h>

#include "mice_shim.h"
#include "mip6_ice/mh.h"

#ifdef FUZZ_MAIN
#define FUZZ_MAX	2048
#include "../fuzz/fuzz_main.h"
#endif

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

static const struct mice_mh_fmt fmt = { 18, 22, 23 };

static void inside(const u8 *part, unsigned int part_len, const u8 *p,
		   unsigned int len)
{
	MUST(!part || (part >= p + 6 && part + part_len <= p + len));
}

static void check(const u8 *p, unsigned int len)
{
	static const u8 a[16] = { 1 }, b[16] = { 2 };
	struct mice_offer offer, offer2;
	struct mice_mh mh, again;
	u8 out[4096];
	unsigned int n;

	mice_offer_init(&offer, 0);
	if (mice_mh_parse(p, len, &fmt, &mh, &offer) != MICE_MH_OK)
		return;
	MUST(mh.len <= len && mh.len % 8 == 0 && mh.kind < MICE_MSG_MAX);
	inside(mh.cookie, 8, p, mh.len);
	inside(mh.token, 8, p, mh.len);
	inside(mh.home, 16, p, mh.len);
	inside(mh.alt_coa, 16, p, mh.len);
	inside(mh.auth, 12, p, mh.len);
	mice_mh_sum_ok(p, a, b);

	if (offer.conflict)
		return;
	n = mice_mh_build(out, sizeof(out), &fmt, &mh,
			  offer.n_opts ? &offer : NULL, true);
	if (!n)		/* more than a Mobility Header holds in tlv */
		return;
	mice_mh_set_sum(out, a, b);
	MUST(mice_mh_sum_ok(out, a, b));
	mice_offer_init(&offer2, 0);
	MUST(mice_mh_parse(out, n, &fmt, &again, &offer2) == MICE_MH_OK);
	MUST(again.kind == mh.kind && again.seq == mh.seq &&
	     again.status == mh.status && again.lifetime == mh.lifetime &&
	     again.nonce == mh.nonce && again.has_nonces == mh.has_nonces &&
	     again.has_auth == mh.has_auth && !again.alt_coa == !mh.alt_coa);
	MUST(offer.n == offer2.n && !offer2.n_bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 *copy;

	check(data, size);
	if (size < 8 || size > 2048)
		return 0;
	copy = malloc(size);
	memcpy(copy, data, size);
	copy[0] = 59;
	copy[1] = size / 8 - 1;
	check(copy, size);
	free(copy);
	return 0;
}
