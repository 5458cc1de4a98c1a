// SPDX-License-Identifier: GPL-2.0
/*
 * Keygen tokens (RFC 6275, Sections 5.2.1 to 5.2.5), without a state per peer:
 *
 *	token = First (64, HMAC_SHA1 (Kcn, home address | nonce | domain octet))
 *
 * The nonce is derived from Kcn and a count of steps of 30 seconds, of which the
 * lowest 16 bits go over the wire. The last eight are good: a token for 210 seconds
 * at least (MAX_TOKEN_LIFETIME) and a nonce for 240 at most (MAX_NONCE_LIFETIME).
 */
#include <crypto/hash.h>
#include <linux/math64.h>
#include <linux/random.h>

#include "mip6_ice.h"

#define NONCE_STEP	30000	/* ms */
#define NONCES		8	/* that are good at a time */
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

static u64 steps(const struct mice_net *mn)
{
	return div_u64(mice_now() - mn->epoch, NONCE_STEP);
}

/* Index of the nonce of now. */
u16 mice_rr_index(const struct mice_net *mn)
{
	return steps(mn);
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
	u64 now = steps(mn);
	u16 age = (u16)now - index;
	u8 octets[8];
	int err;

	if (age >= NONCES || age > now)
		return -ESTALE;
	mice_put64(octets, now - age);
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
