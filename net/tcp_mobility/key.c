// SPDX-License-Identifier: GPL-2.0
/*
 * Keys: pools of key pairs, agreement on NIST P-192 and X25519, token and
 * request.
 *
 * The point arithmetic is the kernel's own (crypto/ecc). What goes over the
 * wire is only the x coordinate (draft Section 4: 200 bits, left-padded), so
 * the peer's point has to be found again: y^2 = x^3 + a x + b. Which of the two
 * roots is taken does not matter, as only x of the shared point is used.
 *
 * X25519 (RFC 7748, lib/crypto/curve25519) is our extension: 32 octets as that
 * RFC codes them. Kernels without that library do without Curve ID 2.
 *
 * Scalar multiplication takes 0.1 to 1 ms, so it runs in a work queue: key
 * pairs are made in advance (draft Appendix B) and agreement happens in the
 * connection's key_work. A packet only ever takes a ready pair from the pool.
 */
#include <crypto/curve25519.h>
#include <crypto/ecdh.h>
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <tcpmob_compat.h>

#include "tcp_mobility.h"

/*
 * crypto/ecc is a module on some kernels. Weak references let a bare insmod
 * load us far enough to say which module is missing (see tcpmob_key_init()).
 */
#pragma weak ecc_get_curve
#pragma weak ecc_make_pub_key
#pragma weak ecc_is_key_valid
#pragma weak crypto_ecdh_shared_secret
#pragma weak vli_cmp
#pragma weak vli_sub
#pragma weak vli_mod_mult_slow
#pragma weak curve25519_arch
#pragma weak curve25519_base_arch
#pragma weak curve25519_generic
#pragma weak curve25519_base_point
#pragma weak curve25519_null_point

#define P192_DIGITS	ECC_CURVE_NIST_P192_DIGITS
#define P192_BYTES	(P192_DIGITS * sizeof(u64))

static unsigned int key_pool_size = 256;
module_param(key_pool_size, uint, 0444);
MODULE_PARM_DESC(key_pool_size,
		 "Key pairs made in advance (default 256, 1 to 65536)");

/* While the pool is dry one key pair serves every new connection of a namespace,
 * but no longer than this (draft Appendix B: share "by a small number"). Never
 * those of two: with X of another's connection, whoever rules one namespace and
 * sees the handshake could have the same K (keys-get tells it), by answering his
 * own connection with the other's public key.
 */
#define SHARED_LIFE	HZ

/* SYNs cost their sender nothing, so they must not buy arithmetic: a whole pool
 * at once after a quiet time, and another in so many ns. With the default size
 * that is 26 key pairs a second, under 3 % of a processor at 1 ms each.
 */
#define POOL_PERIOD	(10ULL * NSEC_PER_SEC)
/* However small the pool, a shared key pair can be renewed in its life. */
#define POOL_GAP_MAX	(NSEC_PER_SEC / 4)

/*
 * Of one curve. Filled from the first call of tcpmob_key_want() on. What is made
 * goes to the namespaces without a spare pair first, by turns, then to the pool:
 * one that takes all it can get leaves the others their share.
 */
struct key_pool {
	u8			curve;
	spinlock_t		lock;	/* protects all but @gap and @refill */
	struct list_head	pairs;
	unsigned int		count;
	struct list_head	turns;	/* of struct tcpmob_key_spare */
	u64			gap;	/* ns between two key pairs, on average */
	u64			due;	/* ns; all before it is spent */
	unsigned int		made;
	struct delayed_work	refill;
};

static struct key_pool pools[] = {
	{ .curve = TCPMOB_CURVE_P192 },
	{ .curve = TCPMOB_CURVE_X25519 },
};

static struct crypto_shash *sha1;

/* -- modular arithmetic on top of what crypto/ecc exports ------------------ */

/* r = a + b mod p for a, b < p; r may be a or b */
static void mod_add(u64 *r, const u64 *a, const u64 *b, const u64 *p)
{
	u64 rest[P192_DIGITS];

	vli_sub(rest, p, b, P192_DIGITS);
	if (vli_cmp(a, rest, P192_DIGITS) >= 0) {
		vli_sub(r, a, rest, P192_DIGITS);
	} else {
		vli_sub(rest, rest, a, P192_DIGITS);
		vli_sub(r, p, rest, P192_DIGITS);
	}
}

static void mod_mult(u64 *r, const u64 *a, const u64 *b, const u64 *p)
{
	vli_mod_mult_slow(r, a, b, p, P192_DIGITS);
}

/* r = a^(2^n) mod p */
static void mod_square_n(u64 *r, const u64 *a, unsigned int n, const u64 *p)
{
	u64 t[P192_DIGITS];

	memcpy(t, a, sizeof(t));
	while (n--)
		mod_mult(t, t, t, p);
	memcpy(r, t, sizeof(t));
}

/*
 * r = z^((p + 1) / 4): a square root of z if it has one, as p = 3 mod 4.
 * (p + 1) / 4 = 2^62 * (2^128 - 1), and z^(2^2n - 1) comes from z^(2^n - 1).
 */
static void p192_sqrt(u64 *r, const u64 *z, const u64 *p)
{
	u64 t[P192_DIGITS], u[P192_DIGITS];
	unsigned int n;

	memcpy(t, z, sizeof(t));
	for (n = 1; n < 128; n *= 2) {
		mod_square_n(u, t, n, p);
		mod_mult(t, t, u, p);
	}
	mod_square_n(r, t, 62, p);
}

/*
 * The point with the x coordinate @x (P192_BYTES octets, big-endian), as x and
 * y in big-endian behind each other in @point. -EINVAL: x is zero, out of
 * range or not on the curve.
 */
static int p192_decompress(const u8 *x, u8 *point)
{
	const struct ecc_curve *curve = ecc_get_curve(ECC_CURVE_NIST_P192);
	u64 xd[P192_DIGITS], yd[P192_DIGITS], t[P192_DIGITS], z[P192_DIGITS];
	const u64 *p = curve->p;

	ecc_swap_digits(x, xd, P192_DIGITS);
	if (!(xd[0] | xd[1] | xd[2]) || vli_cmp(xd, p, P192_DIGITS) >= 0)
		return -EINVAL;

	mod_mult(t, xd, xd, p);
	mod_add(t, t, curve->a, p);
	mod_mult(t, t, xd, p);
	mod_add(z, t, curve->b, p);

	p192_sqrt(yd, z, p);
	mod_mult(t, yd, yd, p);
	if (vli_cmp(t, z, P192_DIGITS))
		return -EINVAL;

	memcpy(point, x, P192_BYTES);
	ecc_swap_digits(yd, (u64 *)(point + P192_BYTES), P192_DIGITS);
	return 0;
}

/* -- one key pair --------------------------------------------------------- */

/* Whether the kernel's curve25519 was there when we were loaded. */
static bool x25519_here(void)
{
	if (!curve25519_null_point)
		return false;
	return IS_ENABLED(CONFIG_CRYPTO_ARCH_HAVE_LIB_CURVE25519) ?
	       curve25519_arch && curve25519_base_arch :
	       curve25519_generic && curve25519_base_point;
}

/**
 * tcpmob_key_len() - octets of a public key as sent
 * @curve: Curve ID
 *
 * Return: the length, 0 for a curve we do not know.
 */
unsigned int tcpmob_key_len(u8 curve)
{
	if (curve == TCPMOB_CURVE_P192)
		return TCPMOB_KEY_P192;
	return curve == TCPMOB_CURVE_X25519 && x25519_here() ?
	       TCPMOB_KEY_X25519 : 0;
}

/* k = X * P (draft Section 4). Sleeps and takes its time. */
static int p192_public(struct tcpmob_key_pair *kp)
{
	u64 priv[P192_DIGITS], point[2 * P192_DIGITS];
	int err;

	tcpmob_ecc_private(kp->priv, priv, P192_DIGITS);
	err = ecc_make_pub_key(ECC_CURVE_NIST_P192, P192_DIGITS, priv, point);
	memzero_explicit(priv, sizeof(priv));
	if (err)
		return err;

	kp->curve = TCPMOB_CURVE_P192;
	kp->len = TCPMOB_KEY_P192;
	kp->pub[0] = 0;		/* left-padded to 200 bits */
	memcpy(kp->pub + 1, point, P192_BYTES);
	return 0;
}

static int x25519_public(struct tcpmob_key_pair *kp)
{
	kp->curve = TCPMOB_CURVE_X25519;
	kp->len = TCPMOB_KEY_X25519;
	return curve25519_generate_public(kp->pub, kp->priv) ? 0 : -EINVAL;
}

static void p192_private(struct tcpmob_key_pair *kp)
{
	u64 digits[P192_DIGITS];

	/* Out of range happens once in 2^95 times. */
	do {
		get_random_bytes(kp->priv, P192_BYTES);
		ecc_swap_digits(kp->priv, digits, P192_DIGITS);
	} while (ecc_is_key_valid(ECC_CURVE_NIST_P192, P192_DIGITS, digits,
				  P192_BYTES));
	memzero_explicit(digits, sizeof(digits));
}

static struct tcpmob_key_pair *key_make(u8 curve)
{
	struct tcpmob_key_pair *kp;
	int err;

	kp = kzalloc(sizeof(*kp), GFP_KERNEL);
	if (!kp)
		return NULL;
	refcount_set(&kp->ref, 1);
	INIT_LIST_HEAD(&kp->list);

	if (curve == TCPMOB_CURVE_X25519) {
		curve25519_generate_secret(kp->priv);
		err = x25519_public(kp);
	} else {
		p192_private(kp);
		err = p192_public(kp);
	}
	if (err) {
		kfree_sensitive(kp);
		return NULL;
	}
	return kp;
}

/**
 * tcpmob_key_put() - drop a reference; the last one wipes the private key
 * @kp: key pair or NULL; any context
 */
void tcpmob_key_put(struct tcpmob_key_pair *kp)
{
	if (kp && refcount_dec_and_test(&kp->ref))
		kfree_sensitive(kp);
}

static int p192_agree(const struct tcpmob_key_pair *kp, const u8 *peer,
		      u8 *secret)
{
	u64 priv[P192_DIGITS], shared[P192_DIGITS];
	u8 point[2 * P192_BYTES] __aligned(8);
	int err;

	if (peer[0] > 3 || peer[0] == 1)
		return -EINVAL;
	err = p192_decompress(peer + 1, point);
	if (err)
		return err;

	tcpmob_ecc_private(kp->priv, priv, P192_DIGITS);
	err = crypto_ecdh_shared_secret(ECC_CURVE_NIST_P192, P192_DIGITS, priv,
					(u64 *)point, shared);
	if (!err) {
		secret[0] = 0;
		memcpy(secret + 1, shared, P192_BYTES);
	}
	memzero_explicit(priv, sizeof(priv));
	memzero_explicit(shared, sizeof(shared));
	return err == -ENOMEM ? err : err ? -EINVAL : 0;
}

/**
 * tcpmob_key_agree() - K = k * X (draft Section 4)
 * @kp: our key pair
 * @peer: the peer's key as received, @kp->len octets
 * @secret: K, coded as a public key is: @kp->len octets
 *
 * Sleeps and takes about a millisecond. A first octet of 2 or 3, the sign of a
 * compressed point on P-192, is accepted beside the padding of zero. On X25519
 * a peer's key of small order, which makes K zero whatever ours is, is refused
 * (RFC 7748, Section 6.1).
 *
 * Return: 0, -EINVAL if the peer's key is no good, -ENOMEM.
 */
int tcpmob_key_agree(const struct tcpmob_key_pair *kp, const u8 *peer,
		     u8 *secret)
{
	if (kp->curve == TCPMOB_CURVE_X25519)
		return curve25519(secret, kp->priv, peer) ? 0 : -EINVAL;
	return p192_agree(kp, peer, secret);
}

/* -- the pool --------------------------------------------------------------*/

/* Jiffies to wait before the next key pair may be made; 0 takes it now. */
static unsigned long pool_wait(struct key_pool *pool)
{
	u64 now = ktime_get_ns();
	unsigned long wait = 0;

	spin_lock_bh(&pool->lock);
	/* What was saved up in quiet times is worth one pool-> */
	pool->due = max(pool->due, now > POOL_PERIOD ? now - POOL_PERIOD : 0);
	if (pool->due > now)
		wait = nsecs_to_jiffies(pool->due - now) + 1;
	else
		pool->due += pool->gap;
	spin_unlock_bh(&pool->lock);
	return wait;
}

static void pool_refill(struct work_struct *work)
{
	struct key_pool *pool = container_of(to_delayed_work(work),
					     struct key_pool, refill);
	struct tcpmob_key_pair *kp, *old = NULL;
	struct tcpmob_key_spare *spare;
	unsigned long wait;
	bool more = true;

	while (more) {
		wait = pool_wait(pool);
		if (wait) {
			queue_delayed_work(tcpmob_key_wq, &pool->refill, wait);
			return;
		}
		kp = key_make(pool->curve);
		if (!kp) {
			pr_warn_ratelimited("tcp_mobility: no memory for a key pair\n");
			return;
		}
		spin_lock_bh(&pool->lock);
		WRITE_ONCE(pool->made, pool->made + 1);
		spare = list_first_entry_or_null(&pool->turns,
						 struct tcpmob_key_spare, turn);
		if (spare) {
			list_del_init(&spare->turn);
			old = spare->kp;
			spare->kp = kp;
			spare->used = false;
		} else {
			list_add_tail(&kp->list, &pool->pairs);
			pool->count++;
		}
		more = pool->count < key_pool_size || !list_empty(&pool->turns);
		spin_unlock_bh(&pool->lock);
		tcpmob_key_put(old);
		old = NULL;
		cond_resched();
	}
}

/* Key pairs made since the module came, for all namespaces. */
unsigned int tcpmob_keys_made(void)
{
	unsigned int i, made = 0;

	for (i = 0; i < ARRAY_SIZE(pools); i++)
		made += READ_ONCE(pools[i].made);
	return made;
}

/* Key pairs of one curve that are at hand. */
unsigned int tcpmob_keys_ready(u8 curve)
{
	return READ_ONCE(pools[curve - 1].count);
}

unsigned int tcpmob_key_pool_size(void)
{
	return key_pool_size;
}

/* The namespace's spare pair, for as many connections as begin within its life. */
static struct tcpmob_key_pair *share(struct tcpmob_net *tn,
				     struct tcpmob_key_spare *spare)
{
	if (!spare->kp)
		return NULL;
	if (!spare->used) {
		spare->used = true;
		spare->until = jiffies + SHARED_LIFE;
	}
	if (!time_before(jiffies, spare->until))
		return NULL;
	refcount_inc(&spare->kp->ref);
	TCPMOB_INC(tn, PoolShared);
	return spare->kp;
}

/**
 * tcpmob_key_get() - a key pair for a new connection
 * @tn: whose connection; its counter counts a dry pool
 * @curve: Curve ID, one that tcpmob_key_want() was called for
 *
 * Never computes: takes the next of the pool, or, when that is empty, the spare
 * pair of the namespace. Its connections share that until it is their turn to
 * get another, for at most a second. Any context.
 *
 * Return: a reference, or NULL.
 */
struct tcpmob_key_pair *tcpmob_key_get(struct tcpmob_net *tn, u8 curve)
{
	struct tcpmob_key_spare *spare = &tn->spare[curve - 1];
	struct key_pool *pool = &pools[curve - 1];
	struct tcpmob_key_pair *kp;
	bool refill;

	spin_lock_bh(&pool->lock);
	kp = list_first_entry_or_null(&pool->pairs, struct tcpmob_key_pair, list);
	if (kp) {
		list_del_init(&kp->list);
		pool->count--;
	} else {
		kp = share(tn, spare);
	}
	if ((!spare->kp || spare->used) && list_empty(&spare->turn))
		list_add_tail(&spare->turn, &pool->turns);
	refill = pool->count <= key_pool_size / 2 || !list_empty(&pool->turns);
	spin_unlock_bh(&pool->lock);

	/* One that waits for its time goes on waiting. */
	if (refill)
		queue_delayed_work(tcpmob_key_wq, &pool->refill, 0);
	return kp;
}

/**
 * tcpmob_key_want() - connections of a curve may come
 * @curve: Curve ID; process context
 *
 * Return: 0, -EOPNOTSUPP for a curve that we do not know or whose arithmetic is
 * missing (the log says so).
 */
int tcpmob_key_want(u8 curve)
{
	struct key_pool *pool = &pools[curve - 1];
	struct tcpmob_key_pair *kp;

	if (!tcpmob_key_len(curve)) {
		pr_warn("tcp_mobility: no X25519 in the kernel: run 'modprobe libcurve25519', then load us again\n");
		return -EOPNOTSUPP;
	}
	if (READ_ONCE(pool->made))
		return 0;
	/* The first connections must not meet an empty pool. */
	kp = key_make(curve);
	if (kp) {
		spin_lock_bh(&pool->lock);
		WRITE_ONCE(pool->made, pool->made + 1);
		list_add_tail(&kp->list, &pool->pairs);
		pool->count++;
		spin_unlock_bh(&pool->lock);
	}
	queue_delayed_work(tcpmob_key_wq, &pool->refill, 0);
	return 0;
}

void tcpmob_key_net_init(struct tcpmob_net *tn)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tn->spare); i++)
		INIT_LIST_HEAD(&tn->spare[i].turn);
}

/* Nobody asks for this namespace any more. */
void tcpmob_key_net_exit(struct tcpmob_net *tn)
{
	unsigned int i;

	BUILD_BUG_ON(ARRAY_SIZE(tn->spare) != ARRAY_SIZE(pools));
	for (i = 0; i < ARRAY_SIZE(tn->spare); i++) {
		spin_lock_bh(&pools[i].lock);
		list_del_init(&tn->spare[i].turn);
		spin_unlock_bh(&pools[i].lock);
		tcpmob_key_put(tn->spare[i].kp);
	}
}

/* -- token and request ---------------------------------------------------- */

/* The upper 64 bits of SHA-1 over @len octets. */
static void upper64_sha1(const u8 *data, unsigned int len, u8 *out)
{
	SHASH_DESC_ON_STACK(desc, sha1);
	u8 digest[20];

	desc->tfm = sha1;
	/* A digest of a valid transform over linear memory cannot fail. */
	if (WARN_ON_ONCE(crypto_shash_digest(desc, data, len, digest)))
		get_random_bytes(digest, sizeof(digest));
	memcpy(out, digest, 8);
	memzero_explicit(digest, sizeof(digest));
	shash_desc_zero(desc);
}

/**
 * tcpmob_token() - T = upper64(SHA-1(N_i, N_a, K)) (draft Section 5)
 * @s: secret of the connection
 * @token: result, as on the wire
 */
void tcpmob_token(const struct tcpmob_secret *s, u8 token[TCPMOB_TOKEN_LEN])
{
	u8 in[8 + TCPMOB_KEY_MAX];

	put_unaligned_be32(s->n_i, in);
	put_unaligned_be32(s->n_a, in + 4);
	memcpy(in + 8, s->k, s->len);
	upper64_sha1(in, 8 + s->len, token);
	memzero_explicit(in, sizeof(in));
}

/**
 * tcpmob_request() - R = upper64(SHA-1(N_i, N_a, K, S, ReqNo)) (Section 5)
 * @s: secret of the connection
 * @seq: S, sequence number of the SYN
 * @reqno: request number
 * @request: result, as on the wire
 */
void tcpmob_request(const struct tcpmob_secret *s, u32 seq, u8 reqno,
		    u8 request[TCPMOB_REQUEST_LEN])
{
	u8 in[8 + TCPMOB_KEY_MAX + 5];

	put_unaligned_be32(s->n_i, in);
	put_unaligned_be32(s->n_a, in + 4);
	memcpy(in + 8, s->k, s->len);
	put_unaligned_be32(seq, in + 8 + s->len);
	in[8 + s->len + 4] = reqno;
	upper64_sha1(in, 8 + s->len + 5, request);
	memzero_explicit(in, sizeof(in));
}

/**
 * tcpmob_fingerprint() - what two users compare: a part of SHA-256(K)
 * @s: secret of the connection
 * @out: result; the 64 bits say nothing about K's 191
 */
void tcpmob_fingerprint(const struct tcpmob_secret *s,
			u8 out[TCPMOB_FINGERPRINT_LEN])
{
	u8 digest[SHA256_DIGEST_SIZE];

	sha256(s->k, s->len, digest);
	memcpy(out, digest, TCPMOB_FINGERPRINT_LEN);
	memzero_explicit(digest, sizeof(digest));
}

#include "key_test.c"

/**
 * tcpmob_key_init() - check for crypto/ecc, self-test, begin to fill the pool
 *
 * Return: 0, -ENOENT when crypto/ecc is not loaded (the log says so), -EINVAL
 * when the self-test failed, or what the crypto API answered.
 */
int __init tcpmob_key_init(void)
{
	struct key_pool *pool;
	int err;

	if (!ecc_get_curve || !ecc_make_pub_key || !ecc_is_key_valid ||
	    !crypto_ecdh_shared_secret || !vli_cmp || !vli_sub ||
	    !vli_mod_mult_slow) {
		pr_err("tcp_mobility: module ecc is missing: run 'modprobe ecc' first, or load us with modprobe\n");
		return -ENOENT;
	}
	key_pool_size = clamp(key_pool_size, 1U, 65536U);

	sha1 = crypto_alloc_shash("sha1", 0, 0);
	if (IS_ERR(sha1)) {
		pr_err("tcp_mobility: no SHA-1 in the kernel (module sha1_generic): %ld\n",
		       PTR_ERR(sha1));
		return PTR_ERR(sha1);
	}
	err = key_selftest();
	if (err) {
		pr_err("tcp_mobility: self-test of the key agreement failed\n");
		crypto_free_shash(sha1);
		return err;
	}

	for (pool = pools; pool < pools + ARRAY_SIZE(pools); pool++) {
		spin_lock_init(&pool->lock);
		INIT_LIST_HEAD(&pool->pairs);
		INIT_LIST_HEAD(&pool->turns);
		INIT_DELAYED_WORK(&pool->refill, pool_refill);
		pool->gap = min_t(u64, div_u64(POOL_PERIOD, key_pool_size),
				  POOL_GAP_MAX);
	}
	return tcpmob_key_want(TCPMOB_CURVE_P192);
}

/* No socket, no work of a connection and no namespace is left by now. */
void tcpmob_key_exit(void)
{
	struct tcpmob_key_pair *kp, *next;
	struct key_pool *pool;

	/* Ends the refill early. */
	key_pool_size = 0;
	for (pool = pools; pool < pools + ARRAY_SIZE(pools); pool++) {
		cancel_delayed_work_sync(&pool->refill);
		list_for_each_entry_safe(kp, next, &pool->pairs, list)
			tcpmob_key_put(kp);
	}
	crypto_free_shash(sha1);
}
