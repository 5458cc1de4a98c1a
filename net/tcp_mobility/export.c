// SPDX-License-Identifier: GPL-2.0
/*
 * Exporter: keys for programs, derived from the connection's secret.
 *
 * Both ends of a connection, and nobody else, can make the same octets out of
 * K for a label and a context of their choice, as with TLS (RFC 5705): to bind
 * what they agree on above TCP to this very connection. HKDF (RFC 5869) with
 * SHA-256 is one way, so K cannot be had from what leaves the kernel.
 *
 *	PRK = HKDF-Extract(salt = "tcp_mobility exporter", N_i | N_a | K)
 *	key = HKDF-Expand(PRK, info, key_len)
 *	info = key_len (2 octets) | label_len (1) | label |
 *	       context_len (2) | context
 *
 * All numbers in network order. The lengths in info make two requests that
 * differ in anything at all unrelated.
 */
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "tcp_mobility.h"

static const char salt[] = "tcp_mobility exporter";

static struct crypto_shash *hmac;
static DEFINE_MUTEX(hmac_lock);		/* the key is part of the transform */

/* PRK = HMAC(salt, IKM) */
static int hkdf_extract(const u8 *s, unsigned int s_len, const u8 *ikm,
			unsigned int ikm_len, u8 prk[SHA256_DIGEST_SIZE])
{
	int err;

	lockdep_assert_held(&hmac_lock);
	err = crypto_shash_setkey(hmac, s, s_len);
	return err ?: crypto_shash_tfm_digest(hmac, ikm, ikm_len, prk);
}

/* T(n) = HMAC(PRK, T(n - 1) | info | n); the key is T(1) | T(2) | ... */
static int hkdf_expand(const u8 prk[SHA256_DIGEST_SIZE], const u8 *info,
		       unsigned int info_len, u8 *out, unsigned int len)
{
	SHASH_DESC_ON_STACK(desc, hmac);
	u8 t[SHA256_DIGEST_SIZE], n;
	unsigned int part;
	int err;

	lockdep_assert_held(&hmac_lock);
	err = crypto_shash_setkey(hmac, prk, SHA256_DIGEST_SIZE);
	desc->tfm = hmac;
	for (n = 1; !err && len; n++, out += part, len -= part) {
		err = crypto_shash_init(desc);
		if (!err && n > 1)
			err = crypto_shash_update(desc, t, sizeof(t));
		if (!err)
			err = crypto_shash_update(desc, info, info_len);
		if (!err)
			err = crypto_shash_finup(desc, &n, 1, t);
		part = min_t(unsigned int, len, sizeof(t));
		if (!err)
			memcpy(out, t, part);
	}
	memzero_explicit(t, sizeof(t));
	shash_desc_zero(desc);
	return err;
}

/* A request with its label and context copied behind it. */
static int export_key(const struct tcpmob_secret *s,
		      const struct tcp_mobility_export *req, u8 *out)
{
	const u8 *label = req->data, *context = label + req->label_len;
	u8 ikm[8 + TCPMOB_KEY_MAX], prk[SHA256_DIGEST_SIZE], *info, *p;
	int err;

	p = info = kmalloc(5 + req->label_len + req->context_len, GFP_KERNEL);
	if (!info)
		return -ENOMEM;
	put_unaligned_be16(req->key_len, p);
	p[2] = req->label_len;
	memcpy(p + 3, label, req->label_len);
	p += 3 + req->label_len;
	put_unaligned_be16(req->context_len, p);
	memcpy(p + 2, context, req->context_len);

	put_unaligned_be32(s->n_i, ikm);
	put_unaligned_be32(s->n_a, ikm + 4);
	memcpy(ikm + 8, s->k, s->len);

	mutex_lock(&hmac_lock);
	err = hkdf_extract((const u8 *)salt, sizeof(salt) - 1, ikm,
			   8 + s->len, prk);
	if (!err)
		err = hkdf_expand(prk, info,
				  5 + req->label_len + req->context_len, out,
				  req->key_len);
	mutex_unlock(&hmac_lock);

	memzero_explicit(ikm, sizeof(ikm));
	memzero_explicit(prk, sizeof(prk));
	kfree(info);
	return err;
}

/* A copy of the secret, if there is one right now. */
static int get_secret(struct sock *sk, struct tcpmob_secret *s)
{
	const struct tcpmob_sock *ms;
	int err = -ENOTCONN;

	lock_sock(sk);
	ms = tcpmob_sock_of(sk);
	if (ms && ms->keyed && READ_ONCE(ms->hs) != TCPMOB_HS_PLAIN &&
	    !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN |
				     TCPF_SYN_SENT))) {
		*s = ms->secret;
		err = 0;
	}
	release_sock(sk);
	return err;
}

/* The request in user space, checked, with what stands behind it. */
static struct tcp_mobility_export *get_request(const void __user *user, int len)
{
	struct tcp_mobility_export head, *req;
	unsigned int size;

	if (len < (int)sizeof(head))
		return ERR_PTR(-EINVAL);
	if (copy_from_user(&head, user, sizeof(head)))
		return ERR_PTR(-EFAULT);
	size = sizeof(head) + head.label_len + head.context_len;
	if (!head.label_len || head.label_len > TCP_MOBILITY_EXPORT_LABEL ||
	    head.context_len > TCP_MOBILITY_EXPORT_CONTEXT ||
	    !head.key_len || head.key_len > TCP_MOBILITY_EXPORT_KEY ||
	    head.reserved || len < (int)size || len < head.key_len)
		return ERR_PTR(-EINVAL);

	req = kmalloc(size, GFP_KERNEL);
	if (!req)
		return ERR_PTR(-ENOMEM);
	/* The head may have changed in user space: keep what was checked. */
	*req = head;
	if (copy_from_user(req->data, user + sizeof(head),
			   size - sizeof(head))) {
		kfree(req);
		return ERR_PTR(-EFAULT);
	}
	return req;
}

/**
 * tcpmob_export() - getsockopt(TCP_MOBILITY_EXPORT)
 * @sk: TCP socket, not locked
 * @user: struct tcp_mobility_export with label and context; then the key
 * @len: octets there; then of the key
 *
 * Return: 0; -ENOTCONN without a secret; -EINVAL for lengths; -EFAULT, -ENOMEM.
 */
int tcpmob_export(struct sock *sk, void __user *user, int *len)
{
	struct tcpmob_secret secret;
	struct tcp_mobility_export *req;
	u8 *key;
	int err;

	req = get_request(user, *len);
	if (IS_ERR(req))
		return PTR_ERR(req);
	err = get_secret(sk, &secret);
	if (err)
		goto free_req;
	err = -ENOMEM;
	key = kmalloc(req->key_len, GFP_KERNEL);
	if (!key)
		goto wipe;
	err = export_key(&secret, req, key);
	if (!err && copy_to_user(user, key, req->key_len))
		err = -EFAULT;
	if (!err)
		*len = req->key_len;
	kfree_sensitive(key);
wipe:
	memzero_explicit(&secret, sizeof(secret));
free_req:
	kfree(req);
	return err;
}

/* The example of Documentation/tcp_mobility.rst. */
static int __init test_example(void)
{
	static const u8 want[] __initconst = {
		0x84, 0xbd, 0x0c, 0x5e, 0x14, 0xcb, 0x2c, 0xf5,
		0xbe, 0xce, 0x5b, 0x9f, 0x37, 0xd2, 0x92, 0xd1,
	};
	static const char text[] __initconst = "labelcontext";
	struct tcpmob_secret s = {
		.n_i = 0x01020304, .n_a = 0x05060708, .len = TCPMOB_KEY_P192,
	};
	struct tcp_mobility_export *req;
	u8 out[sizeof(want)];
	unsigned int i;
	int err;

	for (i = 0; i < s.len; i++)
		s.k[i] = i;
	req = kzalloc(sizeof(*req) + sizeof(text), GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	req->label_len = strlen("label");
	req->context_len = strlen("context");
	req->key_len = sizeof(want);
	memcpy(req->data, text, sizeof(text));
	err = export_key(&s, req, out);
	kfree(req);
	return err ?: memcmp(out, want, sizeof(want)) ? -EINVAL : 0;
}

/* RFC 5869, A.1: both steps, and a key that is no multiple of the digest. */
static int __init export_selftest(void)
{
	static const u8 test_salt[] __initconst = {
		0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
		0x0a, 0x0b, 0x0c,
	};
	static const u8 info[] __initconst = {
		0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9,
	};
	static const u8 want[] __initconst = {
		0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43,
		0x4f, 0x64, 0xd0, 0x36, 0x2f, 0x2a, 0x2d, 0x2d, 0x0a, 0x90,
		0xcf, 0x1a, 0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56, 0xec, 0xc4,
		0xc5, 0xbf, 0x34, 0x00, 0x72, 0x08, 0xd5, 0xb8, 0x87, 0x18,
		0x58, 0x65,
	};
	u8 ikm[22], prk[SHA256_DIGEST_SIZE], out[sizeof(want)];
	int err;

	memset(ikm, 0x0b, sizeof(ikm));
	mutex_lock(&hmac_lock);
	err = hkdf_extract(test_salt, sizeof(test_salt), ikm, sizeof(ikm), prk);
	if (!err)
		err = hkdf_expand(prk, info, sizeof(info), out, sizeof(out));
	mutex_unlock(&hmac_lock);
	if (!err && memcmp(out, want, sizeof(want)))
		err = -EINVAL;
	return err ?: test_example();
}

int __init tcpmob_export_init(void)
{
	int err;

	hmac = crypto_alloc_shash("hmac(sha256)", 0, 0);
	if (IS_ERR(hmac)) {
		pr_err("tcp_mobility: no HMAC-SHA-256 in the kernel (modules hmac, sha256_generic): %ld\n",
		       PTR_ERR(hmac));
		return PTR_ERR(hmac);
	}
	err = export_selftest();
	if (err) {
		pr_err("tcp_mobility: self-test of HKDF failed\n");
		crypto_free_shash(hmac);
	}
	return err;
}

void tcpmob_export_exit(void)
{
	crypto_free_shash(hmac);
}
