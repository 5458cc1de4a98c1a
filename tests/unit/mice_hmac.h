/* SPDX-License-Identifier: GPL-2.0 */
/* The hash call of stun.c, by libcrypto. */
#ifndef MICE_TEST_HMAC_H
#define MICE_TEST_HMAC_H

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "mice_test.h"
#include "mip6_ice/stun.h"

struct mice_hmac {
	u8		key[64];
	unsigned int	len;
	bool		broken;	/* every call says it failed */
};

static inline struct mice_hmac hmac_key(const void *key, unsigned int len)
{
	struct mice_hmac k = { .len = len };

	assert(len <= sizeof(k.key));
	memcpy(k.key, key, len);
	return k;
}

int mice_hmac_sha1(struct mice_hmac *key, const u8 *head, unsigned int head_len,
		   const u8 *data, unsigned int len, u8 mac[MICE_STUN_MAC])
{
	u8 whole[4096];

	assert(head_len + len <= sizeof(whole));
	memcpy(whole, head, head_len);
	if (len)
		memcpy(whole + head_len, data, len);
	return HMAC(EVP_sha1(), key->key, key->len, whole, head_len + len, mac,
		    NULL) && !key->broken ? 0 : -1;
}

#endif /* MICE_TEST_HMAC_H */
