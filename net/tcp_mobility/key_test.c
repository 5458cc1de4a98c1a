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

/* RFC 7748, Section 6.1; and keys of small order. */
static int __init test_x25519(void)
{
	static const u8 alice[] __initconst = {
		0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d,
		0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45,
		0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a,
		0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a,
	};
	static const u8 alice_public[] __initconst = {
		0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54,
		0x74, 0x8b, 0x7d, 0xdc, 0xb4, 0x3e, 0xf7, 0x5a,
		0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38, 0x1a, 0xf4,
		0xeb, 0xa4, 0xa9, 0x8e, 0xaa, 0x9b, 0x4e, 0x6a,
	};
	static const u8 bob_public[] __initconst = {
		0xde, 0x9e, 0xdb, 0x7d, 0x7b, 0x7d, 0xc1, 0xb4,
		0xd3, 0x5b, 0x61, 0xc2, 0xec, 0xe4, 0x35, 0x37,
		0x3f, 0x83, 0x43, 0xc8, 0x5b, 0x78, 0x67, 0x4d,
		0xad, 0xfc, 0x7e, 0x14, 0x6f, 0x88, 0x2b, 0x4f,
	};
	static const u8 shared[] __initconst = {
		0x4a, 0x5d, 0x9d, 0x5b, 0xa4, 0xce, 0x2d, 0xe1,
		0x72, 0x8e, 0x3b, 0xf4, 0x80, 0x35, 0x0f, 0x25,
		0xe0, 0x7e, 0x21, 0xc9, 0x47, 0xd1, 0x9e, 0x33,
		0x76, 0xf0, 0x9b, 0x3c, 0x1e, 0x16, 0x17, 0x42,
	};
	struct tcpmob_key_pair kp = {};
	u8 peer[TCPMOB_KEY_X25519] = {}, secret[TCPMOB_KEY_MAX];

	memcpy(kp.priv, alice, sizeof(alice));
	if (x25519_public(&kp) || memcmp(kp.pub, alice_public, kp.len) ||
	    tcpmob_key_agree(&kp, bob_public, secret) ||
	    memcmp(secret, shared, sizeof(shared)))
		return -EINVAL;
	if (tcpmob_key_agree(&kp, peer, secret) != -EINVAL)
		return -EINVAL;
	peer[0] = 1;
	return tcpmob_key_agree(&kp, peer, secret) == -EINVAL ? 0 : -EINVAL;
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
	err = test_refused();
	if (!err && x25519_here())
		err = test_x25519();
	return err;
}
