// SPDX-License-Identifier: GPL-2.0
/*
 * Keygen tokens (RFC 6275, Sections 5.2.1 to 5.2.5), without a state per peer:
 *
 *	token = First (64, HMAC_SHA1 (Kcn, home address | nonce | domain octet))
 *
 * A nonce is good for 240 seconds and is itself derived from Kcn and its index,
 * which counts half of that time since Kcn was drawn.
 */
#include <crypto/hash.h>
#include <linux/math64.h>
#include <linux/random.h>

#include "mip6_ice.h"

#define NONCE_STEP	120000	/* ms; MAX_NONCE_LIFETIME is twice that */
#define NONCE_LEN	8
#define KCN_LEN		20	/* octets, RFC 6275 5.2.1 */

int mice_rr_init(struct mice_net *mn)
{
	u8 kcn[KCN_LEN];
	int err;

	mn->sha1 = crypto_alloc_shash("sha1", 0, 0);
	if (IS_ERR(mn->sha1))
		return PTR_ERR(mn->sha1);
	mn->kcn = mice_hmac_alloc();
	if (!mn->kcn) {
		crypto_free_shash(mn->sha1);
		return -ENOMEM;
	}
	get_random_bytes(kcn, sizeof(kcn));
	err = mice_hmac_setkey(mn->kcn, kcn, sizeof(kcn));
	memzero_explicit(kcn, sizeof(kcn));
	if (err)
		mice_rr_exit(mn);
	mn->epoch = mice_now();
	return err;
}

void mice_rr_exit(struct mice_net *mn)
{
	mice_hmac_free(mn->kcn);
	crypto_free_shash(mn->sha1);
}

/* Index of the nonce of now. */
u16 mice_rr_index(const struct mice_net *mn)
{
	return div_u64(mice_now() - mn->epoch, NONCE_STEP);
}

/**
 * mice_rr_token() - the keygen token of one nonce
 * @mn: namespace
 * @home: whom it is for
 * @index: of the nonce
 * @domain: which kind of token
 * @token: filled
 *
 * Return: 0; -ESTALE if the nonce is not good any more, or not yet; an error of
 * the hash.
 */
int mice_rr_token(struct mice_net *mn, const struct in6_addr *home, u16 index,
		  enum mice_domain domain, u8 token[MICE_TOKEN_LEN])
{
	u8 data[sizeof(*home) + NONCE_LEN + 1], mac[MICE_STUN_MAC];
	u8 octets[2];
	int err;

	if ((u16)(mice_rr_index(mn) - index) > 1)
		return -ESTALE;
	mice_put16(octets, index);
	err = mice_hmac_sha1(mn->kcn, (const u8 *)"nonce", 5, octets, sizeof(octets), mac);
	if (err)
		return err;
	memcpy(data, home, sizeof(*home));
	memcpy(data + sizeof(*home), mac, NONCE_LEN);
	data[sizeof(data) - 1] = domain;
	err = mice_hmac_sha1(mn->kcn, data, sizeof(data), NULL, 0, mac);
	if (!err)
		memcpy(token, mac, MICE_TOKEN_LEN);
	memzero_explicit(mac, sizeof(mac));
	return err;
}
