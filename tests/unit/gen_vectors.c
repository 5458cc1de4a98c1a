// SPDX-License-Identifier: GPL-2.0
/*
 * Writes vectors_p192.h: what libcrypto says about NIST P-192, so that the
 * kernel's arithmetic is not compared with itself. From the top directory:
 *
 *	make -C tests/unit vectors	(builds this, runs it, shows differences)
 *
 * or, needing only libcrypto of OpenSSL 3:
 *
 *	cc -o /tmp/gen tests/unit/gen_vectors.c -lcrypto
 *	/tmp/gen > net/tcp_mobility/vectors_p192.h
 *
 * Nothing is random: private keys and sequence numbers are hashes of labels.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>

#define FIELD_LEN	24	/* octets of a coordinate of P-192 */
#define K_LEN		25	/* "left-padded ... to reach 200 bits" */

/* Ends on any error of libcrypto; there is nothing to save. */
#define MUST(cond)	do { \
	if (!(cond)) { \
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		exit(1); \
	} \
} while (0)

static EC_GROUP *group;
static BN_CTX *ctx;

/* ---------------------------------------------------------- arithmetic */

static BIGNUM *hash_bn(const char *label, unsigned int n)
{
	unsigned char md[SHA256_DIGEST_LENGTH];
	char text[64];
	int len;

	len = snprintf(text, sizeof(text), "tcp mobility %s %u", label, n);
	SHA256((unsigned char *)text, len, md);
	return BN_bin2bn(md, FIELD_LEN, NULL);
}

/* A private key: 1 <= X < order. */
static BIGNUM *private_key(const char *label, unsigned int n)
{
	BIGNUM *x = hash_bn(label, n);

	MUST(x && BN_nnmod(x, x, EC_GROUP_get0_order(group), ctx));
	MUST(!BN_is_zero(x));
	return x;
}

/* @scalar times @point, or times the generator if there is none. */
static EC_POINT *multiply(const BIGNUM *scalar, const EC_POINT *point)
{
	EC_POINT *r = EC_POINT_new(group);

	if (point)
		MUST(r && EC_POINT_mul(group, r, NULL, point, scalar, ctx));
	else
		MUST(r && EC_POINT_mul(group, r, scalar, NULL, NULL, ctx));
	MUST(EC_POINT_is_on_curve(group, r, ctx) == 1);
	return r;
}

static void coordinates(const EC_POINT *point, unsigned char *x,
			unsigned char *y)
{
	BIGNUM *bx = BN_new(), *by = BN_new();

	MUST(EC_POINT_get_affine_coordinates(group, point, bx, by, ctx));
	MUST(BN_bn2binpad(bx, x, FIELD_LEN) == FIELD_LEN);
	MUST(BN_bn2binpad(by, y, FIELD_LEN) == FIELD_LEN);
	BN_free(bx);
	BN_free(by);
}

/* Whether a point with this x exists. */
static bool on_curve(const BIGNUM *x)
{
	EC_POINT *point = EC_POINT_new(group);
	bool on;

	on = EC_POINT_set_compressed_coordinates(group, point, x, 0, ctx);
	EC_POINT_free(point);
	return on;
}

/* ------------------------------------------------------------ printing */

static void print_octets(const char *indent, const unsigned char *p,
			 unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++) {
		if (i % 8 == 0)
			printf("%s", indent);
		printf("0x%02x,%s", p[i],
		       i % 8 == 7 || i == len - 1 ? "\n" : " ");
	}
}

static void print_field(const char *name, const unsigned char *p,
			unsigned int len)
{
	printf("\t\t.%s = {\n", name);
	print_octets("\t\t\t", p, len);
	printf("\t\t},\n");
}

static void print_bn(const BIGNUM *bn, const char *comment)
{
	unsigned char octets[FIELD_LEN];

	MUST(BN_bn2binpad(bn, octets, FIELD_LEN) == FIELD_LEN);
	printf("\t{\t/* %s */\n", comment);
	print_octets("\t\t", octets, FIELD_LEN);
	printf("\t},\n");
}

/* ------------------------------------------------------- one exchange */

/* One vector, with the names it has in the header. */
struct vector {
	unsigned char private[FIELD_LEN];
	unsigned char x[FIELD_LEN], y[FIELD_LEN];
	unsigned char peer_x[FIELD_LEN], peer_y[FIELD_LEN];
	unsigned char shared_x[FIELD_LEN], shared_y[FIELD_LEN];
	unsigned char n_i[4], n_a[4], s[4], reqno;
	unsigned char token[8], request[8];
};

/* T and R of Section 5. */
static void hashes(struct vector *v)
{
	unsigned char text[4 + 4 + K_LEN + 4 + 1] = { 0 };
	unsigned char md[SHA_DIGEST_LENGTH];

	memcpy(text, v->n_i, 4);
	memcpy(text + 4, v->n_a, 4);
	memcpy(text + 8 + K_LEN - FIELD_LEN, v->shared_x, FIELD_LEN);
	memcpy(text + 8 + K_LEN, v->s, 4);
	text[8 + K_LEN + 4] = v->reqno;

	SHA1(text, 8 + K_LEN, md);
	memcpy(v->token, md, sizeof(v->token));
	SHA1(text, sizeof(text), md);
	memcpy(v->request, md, sizeof(v->request));
}

static void sequence_numbers(struct vector *v, unsigned int n,
			     unsigned char reqno)
{
	unsigned char octets[FIELD_LEN];
	BIGNUM *bn = hash_bn("sequence numbers", n);

	MUST(BN_bn2binpad(bn, octets, FIELD_LEN) == FIELD_LEN);
	memcpy(v->n_i, octets, 4);
	memcpy(v->n_a, octets + 4, 4);
	memcpy(v->s, octets + 8, 4);
	v->reqno = reqno;
	BN_free(bn);
}

/* Both ends compute; only x of the shared point goes into K. */
static void exchange(struct vector *v, unsigned int n)
{
	unsigned char other_x[FIELD_LEN], other_y[FIELD_LEN];
	BIGNUM *mine = private_key("private key", n);
	BIGNUM *peers = private_key("private key of the peer", n);
	EC_POINT *public = multiply(mine, NULL);
	EC_POINT *peer = multiply(peers, NULL);
	EC_POINT *shared = multiply(mine, peer);
	EC_POINT *other = multiply(peers, public);

	MUST(BN_bn2binpad(mine, v->private, FIELD_LEN) == FIELD_LEN);
	coordinates(public, v->x, v->y);
	coordinates(peer, v->peer_x, v->peer_y);
	coordinates(shared, v->shared_x, v->shared_y);
	coordinates(other, other_x, other_y);
	MUST(!memcmp(other_x, v->shared_x, FIELD_LEN));

	/* The receiver of x may take either y: same x comes out. */
	MUST(EC_POINT_invert(group, peer, ctx));
	EC_POINT_free(other);
	other = multiply(mine, peer);
	coordinates(other, other_x, other_y);
	MUST(!memcmp(other_x, v->shared_x, FIELD_LEN));
	MUST(memcmp(other_y, v->shared_y, FIELD_LEN));

	EC_POINT_free(public);
	EC_POINT_free(peer);
	EC_POINT_free(shared);
	EC_POINT_free(other);
	BN_free(mine);
	BN_free(peers);
}

static void print_vector(const struct vector *v, const char *comment)
{
	printf("\t{\t/* %s */\n", comment);
	print_field("private_key", v->private, FIELD_LEN);
	print_field("x", v->x, FIELD_LEN);
	print_field("y", v->y, FIELD_LEN);
	print_field("peer_x", v->peer_x, FIELD_LEN);
	print_field("peer_y", v->peer_y, FIELD_LEN);
	print_field("shared_x", v->shared_x, FIELD_LEN);
	print_field("n_i", v->n_i, 4);
	print_field("n_a", v->n_a, 4);
	print_field("s", v->s, 4);
	printf("\t\t.reqno = 0x%02x,\n", v->reqno);
	print_field("token", v->token, 8);
	print_field("request", v->request, 8);
	printf("\t},\n");
}

/* ------------------------------------------------------ what is wanted */

static bool even_y(const struct vector *v)
{
	return !(v->peer_y[FIELD_LEN - 1] & 1);
}

static bool odd_y(const struct vector *v)
{
	return v->peer_y[FIELD_LEN - 1] & 1;
}

static bool short_peer(const struct vector *v)
{
	return !v->peer_x[0] && v->peer_x[1];
}

static bool short_shared(const struct vector *v)
{
	return !v->shared_x[0] && v->shared_x[1];
}

static const struct wanted {
	const char	*comment;
	bool		(*fits)(const struct vector *v);
	unsigned char	reqno;
} wanted[] = {
	{ "the peer's y is even", even_y, 0x00 },
	{ "the peer's y is odd", odd_y, 0x01 },
	{ "the peer's x begins with a zero octet", short_peer, 0x7f },
	{ "the shared x begins with a zero octet", short_shared, 0xff },
};

static void print_vectors(void)
{
	unsigned int i, n = 0;

	printf("static const struct tcpmob_p192_vector "
	       "tcpmob_p192_vectors[] = {\n");
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct vector v;

		do
			exchange(&v, n++);
		while (!wanted[i].fits(&v));
		sequence_numbers(&v, i, wanted[i].reqno);
		hashes(&v);
		print_vector(&v, wanted[i].comment);
	}
	printf("};\n\n");
}

static void print_off_curve(void)
{
	unsigned int n, found = 0;
	BIGNUM *p = BN_new();

	MUST(EC_GROUP_get_curve(group, p, NULL, NULL, ctx));
	printf("/* In range, but no point of the curve has such an x. */\n");
	printf("static const u8 tcpmob_p192_off_curve[][%d] = {\n", FIELD_LEN);
	for (n = 0; found < 3; n++) {
		BIGNUM *x = hash_bn("off the curve", n);

		if (BN_cmp(x, p) < 0 && !on_curve(x)) {
			print_bn(x, "no square root");
			found++;
		}
		BN_free(x);
	}
	printf("};\n\n");
	BN_free(p);
}

/* The least x of a point, plus p: reduced before it is checked it passes. */
static void print_out_of_range(void)
{
	BIGNUM *p = BN_new(), *x = BN_new();

	MUST(EC_GROUP_get_curve(group, p, NULL, NULL, ctx));
	BN_set_word(x, 1);
	while (!on_curve(x))
		BN_add_word(x, 1);

	printf("/* Not below p, 2^192 - 2^64 - 1: no coordinates at all. */\n");
	printf("static const u8 tcpmob_p192_out_of_range[][%d] = {\n",
	       FIELD_LEN);
	print_bn(p, "p, which is 0 reduced");
	BN_add(x, x, p);
	print_bn(x, "reduced it is on the curve");
	BN_one(x);
	BN_lshift(x, x, 192);
	BN_sub_word(x, 1);
	print_bn(x, "the largest");
	printf("};\n\n");
	BN_free(p);
	BN_free(x);
}

static const char head[] =
"/* SPDX-License-Identifier: GPL-2.0 */\n"
"/*\n"
" * Known answers for Curve ID 1, NIST P-192. Written by gen_vectors.c with\n"
" * libcrypto: change that, not this. Big-endian, as on the wire.\n"
" */\n"
"#ifndef TCPMOB_VECTORS_P192_H\n"
"#define TCPMOB_VECTORS_P192_H\n"
"\n"
"#ifdef __KERNEL__\n"
"#include <linux/types.h>\n"
"#else\n"
"#include \"shim.h\"\n"
"#endif\n"
"\n"
"/**\n"
" * struct tcpmob_p192_vector - one key agreement and one Loc-Update\n"
" * @private_key: X, our secret\n"
" * @x: x of k = X * P, our public key without its padding octet\n"
" * @y: y of the same point; not sent\n"
" * @peer_x: x of the peer's public key\n"
" * @peer_y: y of the same point; with -y the same @shared_x comes out\n"
" * @shared_x: x of K; in the hashes left-padded to 25 octets\n"
" * @n_i: sequence number of the first SYN\n"
" * @n_a: sequence number of its SYN-ACK\n"
" * @s: sequence number of the SYN with Loc-Update\n"
" * @reqno: request number in it\n"
" * @token: first 8 octets of SHA-1(n_i, n_a, K)\n"
" * @request: first 8 octets of SHA-1(n_i, n_a, K, s, reqno)\n"
" */\n"
"struct tcpmob_p192_vector {\n"
"	u8	private_key[24];\n"
"	u8	x[24];\n"
"	u8	y[24];\n"
"	u8	peer_x[24];\n"
"	u8	peer_y[24];\n"
"	u8	shared_x[24];\n"
"	u8	n_i[4];\n"
"	u8	n_a[4];\n"
"	u8	s[4];\n"
"	u8	reqno;\n"
"	u8	token[8];\n"
"	u8	request[8];\n"
"};\n"
"\n";

int main(void)
{
	ctx = BN_CTX_new();
	group = EC_GROUP_new_by_curve_name(NID_X9_62_prime192v1);
	MUST(ctx && group);

	fputs(head, stdout);
	print_vectors();
	print_off_curve();
	print_out_of_range();
	printf("#endif /* TCPMOB_VECTORS_P192_H */\n");

	EC_GROUP_free(group);
	BN_CTX_free(ctx);
	return 0;
}
