// SPDX-License-Identifier: GPL-2.0
/* HMAC-SHA1 for STUN and keygen tokens, by the kernel's crypto API. */
#include <crypto/hash.h>
#include <linux/slab.h>

#include "mip6_ice.h"

/* A key is a transform with its key set; there is nothing else to it. */
static struct crypto_shash *tfm_of(struct mice_hmac *key)
{
	return (struct crypto_shash *)key;
}

struct mice_hmac *mice_hmac_alloc(void)
{
	struct crypto_shash *tfm = crypto_alloc_shash("hmac(sha1)", 0, 0);

	return IS_ERR(tfm) ? NULL : (struct mice_hmac *)tfm;
}

int mice_hmac_setkey(struct mice_hmac *key, const void *p, unsigned int len)
{
	return crypto_shash_setkey(tfm_of(key), p, len);
}

void mice_hmac_free(struct mice_hmac *key)
{
	if (key)
		crypto_free_shash(tfm_of(key));
}

int mice_hmac_sha1(struct mice_hmac *key, const u8 *head, unsigned int head_len,
		   const u8 *data, unsigned int len, u8 mac[MICE_STUN_MAC])
{
	SHASH_DESC_ON_STACK(desc, tfm_of(key));
	int err;

	desc->tfm = tfm_of(key);
	err = crypto_shash_init(desc) ?:
	      crypto_shash_update(desc, head, head_len) ?:
	      crypto_shash_finup(desc, data, len, mac);
	shash_desc_zero(desc);
	return err;
}
