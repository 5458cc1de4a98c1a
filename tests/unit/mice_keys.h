/* SPDX-License-Identifier: GPL-2.0 */
/* crypto.c and the kernel's SHA-1, for tests of what is no leaf: by libcrypto. */
#ifndef MICE_TEST_KEYS_H
#define MICE_TEST_KEYS_H

#include <openssl/sha.h>

#include "mice_hmac.h"
#include "mip6_ice/mip6_ice.h"

struct mice_hmac *mice_hmac_alloc(void)
{
	return calloc(1, sizeof(struct mice_hmac));
}

static bool no_key;	/* the crypto API has no memory */

int mice_hmac_setkey(struct mice_hmac *key, const void *p, unsigned int len)
{
	if (no_key)
		return -ENOMEM;
	*key = hmac_key(p, len);
	return 0;
}

void mice_hmac_free(struct mice_hmac *key)
{
	free(key);
}

struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask)
{
	static struct crypto_shash one;

	return &one;
}

void crypto_free_shash(struct crypto_shash *tfm)
{
}

int crypto_shash_tfm_digest(struct crypto_shash *tfm, const u8 *data,
			    unsigned int len, u8 *out)
{
	SHA1(data, len, out);
	return 0;
}

#endif /* MICE_TEST_KEYS_H */
