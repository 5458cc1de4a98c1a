// SPDX-License-Identifier: GPL-2.0
/*
 * Self-test of key.c, included by it and run when the module loads: known
 * answers of another implementation (tests/unit/gen_vectors.c), and keys that
 * must be refused. Takes some ten scalar multiplications.
 */
#include "vectors_p192.h"

static int __init test_agreement(const struct tcpmob_p192_vector *v)
{
	struct tcpmob_key_pair kp = {};
	u8 peer[TCPMOB_KEY_P192], secret[TCPMOB_KEY_MAX];
	u8 sign[] = { 0, 2, 3 };
	unsigned int i;

	memcpy(kp.priv, v->private_key, P192_BYTES);
	if (p192_public(&kp) || kp.pub[0] ||
	    memcmp(kp.pub + 1, v->x, P192_BYTES))
		return -EINVAL;

	memcpy(peer + 1, v->peer_x, P192_BYTES);
	for (i = 0; i < ARRAY_SIZE(sign); i++) {
		peer[0] = sign[i];
		if (tcpmob_key_agree(&kp, peer, secret) || secret[0] ||
		    memcmp(secret + 1, v->shared_x, P192_BYTES))
			return -EINVAL;
	}
	peer[0] = 1;
	return tcpmob_key_agree(&kp, peer, secret) == -EINVAL ? 0 : -EINVAL;
}

static int __init test_hashes(const struct tcpmob_p192_vector *v)
{
	struct tcpmob_secret s = {
		.n_i = get_unaligned_be32(v->n_i),
		.n_a = get_unaligned_be32(v->n_a),
		.len = TCPMOB_KEY_P192,
	};
	u8 out[8];

	memcpy(s.k + 1, v->shared_x, P192_BYTES);
	tcpmob_token(&s, out);
	if (memcmp(out, v->token, sizeof(out)))
		return -EINVAL;
	tcpmob_request(&s, get_unaligned_be32(v->s), v->reqno, out);
	return memcmp(out, v->request, sizeof(out)) ? -EINVAL : 0;
}

static int __init test_refused(void)
{
	static const u8 zero_x[P192_BYTES] __initconst;
	u8 point[2 * P192_BYTES];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcpmob_p192_off_curve); i++)
		if (p192_decompress(tcpmob_p192_off_curve[i], point) != -EINVAL)
			return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(tcpmob_p192_out_of_range); i++)
		if (p192_decompress(tcpmob_p192_out_of_range[i], point) !=
		    -EINVAL)
			return -EINVAL;
	return p192_decompress(zero_x, point) == -EINVAL ? 0 : -EINVAL;
}

static int __init key_selftest(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(tcpmob_p192_vectors); i++) {
		err = test_agreement(&tcpmob_p192_vectors[i]);
		if (!err)
			err = test_hashes(&tcpmob_p192_vectors[i]);
		if (err)
			return err;
	}
	return test_refused();
}
