// SPDX-License-Identifier: GPL-2.0
/* LINK: -lcrypto */
/*
 * A small TCP endpoint with mobility over raw sockets, driven by hand: the far
 * end that no kernel drives. It does what a script says, right or wrong, and
 * watches what comes. Keys, token and request are computed with libcrypto and
 * from the draft alone: nothing is shared with the kernel module.
 *
 * --help says what the two hosts must be told first. Nothing that is lost is
 * repeated by itself; the script may do it. IPv4 only.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>

#include "segment.h"

#define MARK		0x7261
#define FIELD_LEN	24	/* octets of a coordinate of P-192 */
#define KEY_LEN		25	/* "left-padded ... to reach 200 bits" */
#define KEY_MAX		32	/* of X25519, curve 2 */
#define EXID		0x4d6f	/* RFC 6994 */
#define KEY_FIRST	9	/* of these in Conn-Key */
#define MAX_DATA	1400
#define MAX_WORDS	64
#define MAX_PAST	1024	/* updates that can be replayed */
#define MAX_CONTS	256	/* whose time is noted */

/* One segment that came. */
struct segment {
	uint32_t	from;
	uint16_t	sport, dport;
	uint32_t	seq, ack;
	uint8_t		flags, ecn;	/* ecn: ECE and CWR */
	uint16_t	window;
	uint8_t		opt[OPT_SPACE];
	unsigned int	opt_len;
	const uint8_t	*data;
	unsigned int	len;
};

/* What goes out beside the usual. */
struct extra {
	uint8_t		opt[OPT_SPACE];	/* ours, behind the usual options */
	unsigned int	opt_len;
	uint8_t		data[MAX_DATA];
	unsigned int	len;
	bool		bad_sum, old_ts, bare;	/* bare: only @opt */
	bool		again;		/* a SYN inside the connection */
	uint16_t	port;		/* to this port, not the usual; or 0 */
	uint16_t	mss;		/* of a SYN; 0: 1460 */
	uint8_t		ttl;		/* 0: the usual */
	int		window, wscale;	/* what the segment says; -1: the usual */
	int32_t		tsval;		/* that much off the clock */
};

#define NO_EXTRA	{ .window = -1, .wscale = -1 }

/* What the options of a SYN say. */
struct syn_options {
	unsigned int	mss;		/* 0: none */
	int		wscale;		/* -1: none */
	bool		ts, sack;
	uint32_t	tsval, tsecr;
};

/* A Loc-Update of the peer. */
struct theirs {
	uint32_t	from, seq, ack;
	uint16_t	window;
	uint8_t		reqno;
	struct syn_options opts;
	int64_t		at;		/* ms */
};

/* A Loc-Update as it went out. */
struct update {
	uint32_t	seq, ack;
	uint8_t		opt[OPT_SPACE];
	unsigned int	opt_len;
};

static struct {
	int		fd;
	uint32_t	local, remote;		/* network order */
	uint16_t	lport, rport;
	uint8_t		kind, kind_cont, kind_update;
	bool		exid, drawn;
	unsigned int	key_len;
	int64_t		start;

	bool		client, no_conn_key, no_ts;
	uint8_t		curve;
	int		window;			/* in our segments, not scaled */
	int		wscale;			/* -1: we offer none */
	bool		sack_ok, mute;		/* mute: nothing is acknowledged */
	uint8_t		ttl;
	uint32_t	iss, irs, snd_una, snd_nxt, rcv_nxt, ts_recent, echoed;
	uint32_t	echo_older;	/* ms */
	uint32_t	acked, ts_last;		/* the last that we sent of each */
	uint32_t	edge;			/* of the window that we showed */
	uint32_t	peer_edge;		/* of the window that we were shown */
	uint32_t	peer_window;		/* the last of these, scaled */
	uint32_t	sack_from, sack_to;	/* covered by SACK */
	int64_t		sent, recvd;		/* octets of the streams */

	uint8_t		first_opt[OPT_SPACE];	/* of the first SYN or SYN-ACK */
	unsigned int	first_opt_len, n_syn, n_differ;
	int		peer_curve;		/* -1: no Conn-Key */
	uint8_t		peer_key[KEY_MAX];
	uint32_t	peer_have;
	struct syn_options peer_opts;		/* of its SYN or SYN-ACK */

	struct {				/* the update under way */
		bool		sent, confirmed;
		uint32_t	seq, ack;
		uint32_t	addr;
		uint16_t	port;
	} upd;
	struct update	past[MAX_PAST];
	unsigned int	n_past;

	struct theirs	theirs, taken;		/* the newest; the one expected last */
	unsigned int	n_updates, n_taken;

	struct {				/* what is sent to another */
		uint32_t	addr;
		uint16_t	port;
		unsigned int	n;
		uint8_t		reqno;		/* of the last update there */
	} watch;

	int64_t		cont_at[MAX_CONTS];	/* key data, ms */
	unsigned int	n_cont_at, n_cont_seen;	/* came; compared */

	/* since "clear" */
	unsigned int	n_in, n_cont, n_confirm, n_resent, longest, n_acks;
	uint32_t	ack_low, ack_high;	/* of these acks */
	/* since the beginning */
	unsigned int	n_rst, n_fin;
	uint32_t	rst_seq;
	char		broken[200];		/* what the peer did wrong */
} me = { .kind = 253, .curve = 1, .peer_curve = -1, .key_len = KEY_LEN,
	.window = 65535, .wscale = -1, .ttl = 64 };

/* ------------------------------------------------------------------- keys */

static EC_GROUP *group;
static BN_CTX *bn_ctx;
static BIGNUM *priv;
static uint8_t pub[KEY_MAX];
static EVP_PKEY *x25519;	/* our key, if that is the curve */

static EC_POINT *point_of(const BIGNUM *x)
{
	EC_POINT *p = EC_POINT_new(group);

	MUST(p);
	if (EC_POINT_set_compressed_coordinates(group, p, x, 0, bn_ctx))
		return p;
	EC_POINT_free(p);
	return NULL;
}

static void x_of(const EC_POINT *p, uint8_t out[KEY_LEN])
{
	BIGNUM *x = BN_new();

	MUST(EC_POINT_get_affine_coordinates(group, p, x, NULL, bn_ctx));
	MUST(BN_bn2binpad(x, out, KEY_LEN) == KEY_LEN);
	BN_free(x);
}

static void key_init(void)
{
	EC_POINT *p;

	group = EC_GROUP_new_by_curve_name(NID_X9_62_prime192v1);
	bn_ctx = BN_CTX_new();
	priv = BN_new();
	MUST(group && bn_ctx && priv);
	do {
		MUST(BN_rand_range(priv, EC_GROUP_get0_order(group)));
	} while (BN_is_zero(priv));
	p = EC_POINT_new(group);
	MUST(p && EC_POINT_mul(group, p, priv, NULL, NULL, bn_ctx));
	x_of(p, pub);
	EC_POINT_free(p);
}

/* An x below p without a point; or p itself. */
static void key_spoil(bool off_curve)
{
	BIGNUM *x = BN_new();
	EC_POINT *p;

	MUST(EC_GROUP_get_curve(group, x, NULL, NULL, bn_ctx));
	while (off_curve) {
		MUST(BN_rand(x, 190, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY));
		p = point_of(x);
		off_curve = p;
		EC_POINT_free(p);
	}
	MUST(BN_bn2binpad(x, pub, KEY_LEN) == KEY_LEN);
	BN_free(x);
}

/* Bits 0 to @n - 1. */
static uint32_t bits(unsigned int n)
{
	return n < 32 ? (1U << n) - 1 : ~0U;
}

/*
 * A key that leads a parser astray which takes the drawn Offset, 9, for the
 * length: what it finds then, at octet 15, is a Timestamps option from the
 * future that fills the rest. Its private key is unknown.
 */
static void key_mislead(void)
{
	static const uint8_t ts[] = { 8, 10, 0x60 };
	EC_POINT *p;
	BIGNUM *x;

	do {
		MUST(getrandom(pub + 2, 8, 0) == 8);
		memset(pub + 10, 0, KEY_LEN - 10);
		memcpy(pub + 15, ts, sizeof(ts));
		x = BN_bin2bn(pub, KEY_LEN, NULL);
		p = point_of(x);
		EC_POINT_free(p);
		BN_free(x);
	} while (!p);
}

static void x25519_init(void)
{
	size_t len = KEY_MAX;

	x25519 = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	MUST(x25519 && EVP_PKEY_get_raw_public_key(x25519, pub, &len));
	me.curve = 2;
	me.key_len = KEY_MAX;
}

static bool peer_key_whole(void)
{
	return me.peer_have == bits(me.key_len);
}

/* K = k * X, as long as a public key is. */
static bool x25519_secret(uint8_t out[KEY_MAX])
{
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL,
						     me.peer_key, KEY_MAX);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(x25519, NULL);
	size_t len = KEY_MAX;
	bool ok = peer && ctx && EVP_PKEY_derive_init(ctx) > 0 &&
		  EVP_PKEY_derive_set_peer(ctx, peer) > 0 &&
		  EVP_PKEY_derive(ctx, out, &len) > 0;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	return ok;
}

static bool p192_secret(uint8_t out[KEY_MAX])
{
	BIGNUM *x = BN_bin2bn(me.peer_key + 1, FIELD_LEN, NULL);
	EC_POINT *p = point_of(x);

	BN_free(x);
	if (!p)
		return false;
	MUST(EC_POINT_mul(group, p, NULL, p, priv, bn_ctx));
	x_of(p, out);
	EC_POINT_free(p);
	return true;
}

/* Computed once. */
static bool secret(uint8_t out[KEY_MAX])
{
	static uint8_t k[KEY_MAX];
	static bool known;

	if (!known)
		known = peer_key_whole() &&
			(x25519 ? x25519_secret : p192_secret)(k);
	memcpy(out, k, KEY_MAX);
	return known;
}

/* T = upper64(SHA-1(N_i, N_a, K)), R = upper64(SHA-1(N_i, N_a, K, S, ReqNo)) */
static bool hashes(uint32_t s, uint8_t reqno, uint8_t token[8],
		   uint8_t request[8])
{
	uint8_t text[8 + KEY_MAX + 5], md[SHA_DIGEST_LENGTH];

	put32(text, me.client ? me.iss : me.irs);
	put32(text + 4, me.client ? me.irs : me.iss);
	if (!secret(text + 8))
		return false;
	put32(text + 8 + me.key_len, s);
	text[8 + me.key_len + 4] = reqno;
	SHA1(text, 8 + me.key_len, md);
	memcpy(token, md, 8);
	SHA1(text, 8 + me.key_len + 5, md);
	memcpy(request, md, 8);
	return true;
}

/* --------------------------------------------------------------- reporting */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Remember what the peer did wrong: the script fails, whatever it expects. */
static void __attribute__((format(printf, 1, 2))) broken(const char *fmt, ...)
{
	va_list ap;

	if (me.broken[0])
		return;
	va_start(ap, fmt);
	vsnprintf(me.broken, sizeof(me.broken), fmt, ap);
	va_end(ap);
}

static void print_hex(const uint8_t *p, unsigned int len)
{
	while (len--)
		printf("%02x", *p++);
}

/*
 * One of our options as the wire has it: the length of the whole in @n, what
 * comes before the curve, the key data or the request number in @head, Offset
 * in @off. 0: not ours.
 */
struct ours {
	unsigned int	n, head, off;
};

static bool ours_at(const uint8_t *o, unsigned int room, bool syn,
		    struct ours *u)
{
	bool drawn = me.drawn && !syn && o[0] == me.kind_cont;
	unsigned int exid = me.exid ? 2 : 0, at = drawn ? 3 : 2;

	if (syn ? o[0] != me.kind && o[0] != me.kind_update :
		  o[0] != me.kind_cont)
		return false;
	if (room <= at + exid || (me.exid && get16(o + at) != EXID))
		return false;
	u->n = o[drawn ? 2 : 1];
	u->off = syn ? 0 : o[drawn ? 1 : at + exid];
	u->head = at + exid + (!drawn && !syn);
	return u->n >= u->head && u->n <= room;
}

/* Standard options by name, ours in full. */
static void print_options(const uint8_t *o, unsigned int len, bool syn)
{
	static const char * const names[] = {
		[2] = "mss", [3] = "wscale", [4] = "sackOK", [5] = "sack",
		[8] = "TS",
	};
	unsigned int i, n;
	struct ours u;

	for (i = 0; i < len && o[i]; i += n) {
		n = o[i] == 1 || i + 1 == len ? 1 : o[i + 1];
		if (o[i] == 1)
			continue;
		if (ours_at(o + i, len - i, syn, &u)) {
			n = u.n;
			if (!syn)
				printf(n > u.head ? " cont %u " :
				       " cont %u confirms", u.off);
			else
				printf(n - u.head == 10 ? " conn-key curve %u " :
				       " loc-update %u ", o[i + u.head]);
			print_hex(o + i + u.head + syn, n - u.head - syn);
			continue;
		}
		if (n < 2 || i + n > len) {
			printf(" bad-options");
			return;
		}
		printf(" %s", o[i] < 9 && names[o[i]] ? names[o[i]] : "?");
	}
}

static void print_segment(bool out, uint16_t port, uint8_t flags, uint32_t seq,
			  uint32_t ack, unsigned int window, unsigned int len,
			  const uint8_t *opt, unsigned int opt_len)
{
	int64_t t = now_ms() - me.start;

	printf("%3lld.%03lld %s %u [%s%s%s%s%s%s%s] seq %u", (long long)t / 1000,
	       (long long)t % 1000, out ? "->" : "<-", port,
	       flags & SYN ? "S" : "", flags & FIN ? "F" : "",
	       flags & RST ? "R" : "", flags & PSH ? "P" : "",
	       flags & ACK ? "." : "", flags & ECE ? "E" : "",
	       flags & CWR ? "W" : "", seq - (out ? me.iss : me.irs));
	if (ack)
		printf(" ack %u", ack - (out ? me.irs : me.iss));
	printf(" win %u len %u", window, len);
	print_options(opt, opt_len, flags & SYN);
	putchar('\n');
}

/* ------------------------------------------------------------------ output */

/*
 * MSS and what else we offer on a SYN, Timestamps if both want them, then @x's
 * options, then NOPs.
 */
static unsigned int put_options(uint8_t *p, uint8_t flags, const struct extra *x)
{
	int wscale = x->wscale < 0 ? me.wscale : x->wscale;
	unsigned int n = 0;

	if (flags & SYN && !x->bare) {
		p[n++] = 2;
		p[n++] = 4;
		put16(p + n, x->mss ? x->mss : 1460);
		n += 2;
	}
	if (flags & SYN && !x->bare && me.sack_ok && !x->again) {
		p[n++] = 1;
		p[n++] = 1;
		p[n++] = 4;
		p[n++] = 2;
	}
	if (flags & SYN && !x->bare && wscale >= 0) {
		p[n++] = 1;
		p[n++] = 3;
		p[n++] = 3;
		p[n++] = wscale;
	}
	if (!me.no_ts && !(flags & RST) && !x->bare) {
		p[n++] = 1;
		p[n++] = 1;
		p[n++] = 8;
		p[n++] = 10;
		put32(p + n, x->old_ts ? 1 : 0x10000000 + now_ms() + x->tsval);
		if (!x->old_ts && !x->tsval)
			me.ts_last = get32(p + n);
		put32(p + n + 4, me.ts_recent - me.echo_older);
		n += 8;
	}
	MUST(n + x->opt_len <= OPT_SPACE);
	memcpy(p + n, x->opt, x->opt_len);
	n += x->opt_len;
	while (n % 4)
		p[n++] = 1;
	return n;
}

static void send_from(uint32_t source, uint16_t port, uint8_t flags,
		      uint32_t seq, uint32_t ack, const struct extra *x)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = me.remote,
	};
	/* The kernel fills in length, identification and checksum. */
	uint8_t ip[40 + OPT_SPACE + MAX_DATA] = {
		0x45, [8] = x->ttl ? x->ttl : me.ttl, [9] = IPPROTO_TCP,
	};
	uint8_t *p = ip + 20;
	unsigned int hdr = 20 + put_options(p + 20, flags, x);
	unsigned int window = x->window < 0 ? me.window : x->window;

	memcpy(ip + 12, &source, 4);
	memcpy(ip + 16, &me.remote, 4);
	put16(p, port);
	put16(p + 2, x->port ? x->port : me.rport);
	put32(p + 4, seq);
	put32(p + 8, ack);
	p[12] = hdr / 4 << 4;
	p[13] = flags;
	put16(p + 14, window);
	memcpy(p + hdr, x->data, x->len);
	put16(p + 16, tcp_sum(source, me.remote, p, hdr + x->len) ^
	      (x->bad_sum ? 0x0100 : 0));
	print_segment(true, port, flags, seq, ack, window, x->len, p + 20,
		      hdr - 20);
	MUST(sendto(me.fd, ip, 20 + hdr + x->len, 0, (struct sockaddr *)&to,
		    sizeof(to)) > 0);
}

static void send_seg(uint8_t flags, uint32_t seq, uint32_t ack,
		     const struct extra *x)
{
	send_from(me.local, me.lport, flags, seq, ack, x);
}

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Both have offered it. */
static bool scaled(void)
{
	return me.wscale >= 0 && me.peer_opts.wscale >= 0;
}

/* The peer gets to know all that we have, and our window. */
static void note_acked(void)
{
	uint32_t edge = me.rcv_nxt +
			((uint32_t)me.window << (scaled() ? me.wscale : 0));

	me.acked = me.rcv_nxt;
	if (before(me.edge, edge))
		me.edge = edge;
}

static void send_ack(void)
{
	struct extra none = NO_EXTRA;

	send_seg(ACK, me.snd_nxt, me.rcv_nxt, &none);
	note_acked();
}

/* ------------------------------------------------------------------- input */

/* Call @f for each option but NOP. */
static void each_option(const struct segment *s,
			void (*f)(const struct segment *s, const uint8_t *o,
				  const struct ours *u))
{
	unsigned int i, n;
	struct ours u;

	for (i = 0; i < s->opt_len && s->opt[i]; i += n) {
		n = 1;
		if (s->opt[i] == 1)
			continue;
		if (ours_at(s->opt + i, s->opt_len - i, s->flags & SYN, &u)) {
			f(s, s->opt + i, &u);
			n = u.n;
			continue;
		}
		n = i + 1 < s->opt_len ? s->opt[i + 1] : 0;
		if (n < 2 || i + n > s->opt_len) {
			broken("options that do not parse");
			return;
		}
		f(s, s->opt + i, NULL);
	}
}

static void option_syn(const struct segment *s, const uint8_t *o,
		       const struct ours *u)
{
	(void)s;
	if (!u && o[0] == 8 && o[1] == 10)
		me.ts_recent = get32(o + 2);
	if (u && o[0] == me.kind && u->n - u->head == 10 && me.peer_curve < 0) {
		me.peer_curve = o[u->head];
		memcpy(me.peer_key, o + u->head + 1, KEY_FIRST);
		me.peer_have = bits(KEY_FIRST);
	}
}

/* Those of a SYN that no mobility is in. */
static struct syn_options *syn_into;

static void option_known(const struct segment *s, const uint8_t *o,
			 const struct ours *u)
{
	(void)s;
	if (u)
		return;
	if (o[0] == 2 && o[1] == 4)
		syn_into->mss = get16(o + 2);
	else if (o[0] == 3 && o[1] == 3)
		syn_into->wscale = o[2];
	else if (o[0] == 4)
		syn_into->sack = true;
	if (o[0] != 8 || o[1] != 10)
		return;
	syn_into->ts = true;
	syn_into->tsval = get32(o + 2);
	syn_into->tsecr = get32(o + 6);
}

static void read_syn_options(const struct segment *s, struct syn_options *into)
{
	*into = (struct syn_options){ .wscale = -1 };
	syn_into = into;
	each_option(s, option_known);
}

/* The request number and what follows of a Loc-Update SYN, or NULL. */
static const uint8_t *update_of(const struct segment *s)
{
	unsigned int i, n;
	struct ours u;

	for (i = 0; i + 1 < s->opt_len && s->opt[i]; i += n) {
		n = s->opt[i] == 1 ? 1 : s->opt[i + 1];
		if (!n)
			break;
		if (s->opt[i] != 1 &&
		    ours_at(s->opt + i, s->opt_len - i, true, &u) &&
		    u.n - u.head == 17)
			return s->opt + i + u.head;
	}
	return NULL;
}

/* A SYN that names this connection, from wherever it comes. */
static bool has_token(const struct segment *s)
{
	uint8_t token[8], request[8];
	const uint8_t *o = s->flags & SYN ? update_of(s) : NULL;

	return o && hashes(s->seq, o[0], token, request) &&
	       !memcmp(token, o + 1, 8);
}

/* What holds for any Loc-Update; the rest is for expect-update to say. */
static void input_update(const struct segment *s)
{
	uint8_t token[8], request[8];
	const uint8_t *o = update_of(s);
	struct theirs *t = &me.theirs;

	t->from = s->from;
	t->seq = s->seq;
	t->ack = s->ack;
	t->window = s->window;
	t->reqno = o[0];
	t->at = now_ms();
	read_syn_options(s, &t->opts);
	me.n_updates++;
	if (s->flags != SYN || s->ecn)
		broken("an update with more than SYN");
	if (!hashes(s->seq, o[0], token, request) || memcmp(request, o + 9, 8))
		broken("an update whose request is none for its S and number");
}

static void option_other(const struct segment *s, const uint8_t *o,
			 const struct ours *u)
{
	unsigned int i, off, n;

	if (!u && o[0] == 8 && o[1] == 10) {
		me.echoed = get32(o + 6);
		if (!before(me.rcv_nxt, s->seq))
			me.ts_recent = get32(o + 2);
	}
	if (!u)
		return;
	if (me.peer_curve < 0 || me.no_conn_key)
		broken("Conn-Key-Cont though not both sent Conn-Key");
	off = u->off;
	n = u->n - u->head;
	o += u->head;
	if (off < KEY_FIRST || off + n > me.key_len) {
		broken("Conn-Key-Cont that does not fit the key");
		return;
	}
	if (!n && off == me.key_len)
		me.n_confirm++;
	if (n) {
		me.n_cont++;
		me.cont_at[me.n_cont_at++ % MAX_CONTS] = now_ms();
	}
	for (i = off; i < off + n; i++) {
		if (me.peer_have & 1U << i && me.peer_key[i] != o[i - off])
			broken("key octet %u differs from before", i);
		me.peer_key[i] = o[i - off];
		me.peer_have |= 1U << i;
	}
}

static void mask_timestamps(const struct segment *s, const uint8_t *o,
			    const struct ours *u)
{
	if (!u && o[0] == 8 && o[1] == 10)
		memset(me.first_opt + (o - s->opt) + 2, 0, 8);
}

/* A SYN or SYN-ACK of the handshake: keep the first, compare the others. */
static void input_handshake(struct segment *s)
{
	uint8_t old[OPT_SPACE];
	unsigned int old_len = me.first_opt_len;

	memcpy(old, me.first_opt, OPT_SPACE);
	memset(me.first_opt, 0, OPT_SPACE);
	memcpy(me.first_opt, s->opt, s->opt_len);
	me.first_opt_len = s->opt_len;
	each_option(s, mask_timestamps);
	if (me.n_syn++ && (old_len != s->opt_len || s->seq != me.irs ||
			   memcmp(old, me.first_opt, OPT_SPACE)))
		me.n_differ++;
	me.irs = s->seq;
	me.rcv_nxt = s->seq + 1;
	each_option(s, option_syn);
	read_syn_options(s, &me.peer_opts);
	me.edge = me.rcv_nxt + me.window;
	me.peer_edge = me.iss + 1 + s->window;
}

static void input_ack(const struct segment *s)
{
	if (!me.n_acks || before(s->ack, me.ack_low))
		me.ack_low = s->ack;
	if (!me.n_acks++ || before(me.ack_high, s->ack))
		me.ack_high = s->ack;
	if (before(me.snd_nxt, s->ack))
		broken("ack %u of what was never sent", s->ack - me.iss);
	else if (before(me.snd_una, s->ack))
		me.snd_una = s->ack;
	me.peer_window = (uint32_t)s->window <<
			 (scaled() ? me.peer_opts.wscale : 0);
	if (before(me.peer_edge, s->ack + me.peer_window))
		me.peer_edge = s->ack + me.peer_window;
}

static void input_data(const struct segment *s)
{
	uint32_t skip = me.rcv_nxt - s->seq, end = s->seq + s->len, i;

	if (s->len && before(me.edge, end))
		broken("%u octets beyond the window", end - me.edge);
	if (s->len && me.sack_to != me.sack_from && before(s->seq, me.sack_to) &&
	    before(me.sack_from, end))
		broken("octets again that SACK covers");
	if (before(s->seq, me.rcv_nxt))
		me.n_resent += s->len;
	if (s->len > me.longest)
		me.longest = s->len;
	if (before(me.rcv_nxt, s->seq))
		return;		/* a gap: its turn comes again */
	for (i = skip; i < s->len; i++, me.rcv_nxt++, me.recvd++)
		if (s->data[i] != stream_octet(me.client, me.recvd))
			broken("octet %lld of the stream is wrong",
			       (long long)me.recvd);
	if (s->flags & FIN && me.rcv_nxt == s->seq + s->len) {
		me.n_fin++;
		me.rcv_nxt++;
	}
}

static void input(struct segment *s)
{
	bool update = (s->flags & (SYN | ACK)) == SYN && has_token(s);
	bool opening = s->flags & SYN && !me.upd.sent && !update;

	if (opening)
		me.irs = s->seq;
	print_segment(false, s->dport, s->flags | s->ecn, s->seq, s->ack,
		      s->window, s->len, s->opt, s->opt_len);
	me.n_in++;
	if (s->flags & RST) {
		me.n_rst++;
		me.rst_seq = s->seq;
	} else if (update) {
		input_update(s);
	} else if (opening) {
		if (me.client && (!(s->flags & ACK) || s->ack != me.iss + 1))
			broken("no SYN-ACK to our SYN");
		else
			input_handshake(s);
		if (me.client)
			input_ack(s);
	} else if (s->flags & SYN) {
		if ((s->flags & (ACK | SYN)) == (ACK | SYN) &&
		    s->seq == me.upd.ack && s->ack == me.upd.seq + 1) {
			me.upd.confirmed = true;
			each_option(s, option_syn);
		} else {
			broken("SYN that answers no update");
		}
	} else {
		each_option(s, option_other);
		input_ack(s);
		input_data(s);
		if ((s->len || s->flags & FIN) && !me.mute)
			send_ack();
	}
}

static bool for_us(struct segment *s, uint32_t to)
{
	if (to == me.watch.addr && s->dport == me.watch.port &&
	    s->from == me.remote) {
		me.watch.n++;
		if (s->flags == SYN && has_token(s))
			me.watch.reqno = update_of(s)[0];
		printf("watched: ");
		print_segment(false, s->dport, s->flags, s->seq, s->ack,
			      s->window, s->len, s->opt, s->opt_len);
		return false;
	}
	if (s->dport != me.lport && !(me.upd.sent && s->dport == me.upd.port))
		return false;
	if (!me.client && !me.rport && s->flags == SYN) {
		me.rport = s->sport;
		me.remote = s->from;
	}
	return s->sport == me.rport && (s->from == me.remote || has_token(s));
}

/* Wait for one packet until then; false if the time is over. */
static bool pump(int64_t until)
{
	static uint8_t buf[1 << 16];
	struct pollfd pfd = { .fd = me.fd, .events = POLLIN };
	int64_t left = until - now_ms();
	struct segment s = {};
	uint8_t *p = buf;
	unsigned int hdr;
	uint32_t to;
	ssize_t len;

	if (poll(&pfd, 1, left > 0 ? left : 0) < 1)
		return now_ms() < until;
	len = recv(me.fd, buf, sizeof(buf), 0);
	memcpy(&s.from, p + 12, 4);
	memcpy(&to, p + 16, 4);
	len -= (p[0] & 15) * 4;
	p += (p[0] & 15) * 4;
	hdr = len < 20 ? 0 : (p[12] >> 4) * 4;
	if (hdr < 20 || hdr > len)
		return true;
	s.sport = get16(p);
	s.dport = get16(p + 2);
	s.seq = get32(p + 4);
	s.ack = get32(p + 8);
	s.flags = p[13] & 0x1f;
	s.ecn = p[13] & (ECE | CWR);
	s.window = get16(p + 14);
	s.opt_len = hdr - 20;
	memcpy(s.opt, p + 20, s.opt_len);
	s.data = p + hdr;
	s.len = len - hdr;
	if (!for_us(&s, to))
		return true;
	if (tcp_sum(s.from, to, p, len))
		broken("a wrong checksum");
	input(&s);
	return true;
}

/* Take packets until @cond or the time is over; the value is @cond. */
#define WAIT(cond, ms)	WAIT_MS(cond, atoi(ms))
#define WAIT_MS(cond, ms) ({					\
	int64_t until_ = now_ms() + (ms);			\
	bool ok_;						\
								\
	while (!(ok_ = (cond)) && pump(until_))			\
		;						\
	ok_;							\
})

/* ------------------------------------------------------------------- steps */

static uint8_t *put_exid(uint8_t *p)
{
	if (me.exid) {
		put16(p, EXID);
		p += 2;
	}
	return p;
}

static unsigned int put_conn_key(uint8_t *begin)
{
	uint8_t *p = begin;

	if (me.no_conn_key)
		return 0;
	*p++ = me.kind;
	*p++ = me.exid ? 14 : 12;
	p = put_exid(p);
	*p++ = me.curve;
	memcpy(p, pub, KEY_FIRST);
	return p + KEY_FIRST - begin;
}

static bool do_conn_key(char **w)
{
	me.no_conn_key = !strcmp(w[0], "no-conn-key");
	me.curve = w[1] ? atoi(w[1]) : x25519 ? 2 : 1;
	return true;
}

static bool do_no_ts(char **w)
{
	me.no_ts = w;
	return true;
}

static bool do_key(char **w)
{
	if (!strcmp(w[1], "off-curve"))
		key_spoil(true);
	else if (!strcmp(w[1], "p"))
		key_spoil(false);
	else if (!strcmp(w[1], "zero"))
		memset(pub, 0, KEY_MAX);
	else if (!strcmp(w[1], "first"))
		pub[0] = w[2] ? atoi(w[2]) : 2;
	else if (!strcmp(w[1], "misleads"))
		key_mislead();
	else
		return false;
	return true;
}

static bool do_window(char **w)
{
	me.window = atoi(w[1]);
	return me.window >= 0 && me.window < 1 << 16;
}

static bool do_wscale(char **w)
{
	me.wscale = atoi(w[1]);
	return true;
}

static bool do_ttl(char **w)
{
	me.ttl = atoi(w[1]);
	return me.ttl;
}

static bool do_sack_ok(char **w)
{
	me.sack_ok = w;
	return true;
}

static bool do_mute(char **w)
{
	me.mute = !strcmp(w[0], "mute");
	if (!me.mute) {
		me.sack_from = me.sack_to = 0;
		send_ack();
	}
	return true;
}

/* syn, synack: for the first time or again. */
static bool do_syn(char **w)
{
	bool synack = !strcmp(w[0], "synack") || !strcmp(w[0], "accept");
	struct extra x = NO_EXTRA;

	/* A SYN behind the peer's is a simultaneous open: who connected stays. */
	me.client |= !me.n_syn;
	x.opt_len = put_conn_key(x.opt);
	me.snd_una = me.iss;
	me.snd_nxt = me.iss + 1;
	send_seg(synack ? SYN | ACK : SYN, me.iss, synack ? me.rcv_nxt : 0, &x);
	if (synack)
		me.acked = me.rcv_nxt;
	return true;
}

static bool do_expect_syn(char **w)
{
	return WAIT(me.n_syn, w[1]);
}

static bool do_expect_synack(char **w)
{
	if (!me.upd.sent)
		return do_expect_syn(w);
	if (!WAIT(me.upd.confirmed, w[1]))
		return false;
	/* From here on we are there. */
	me.local = me.upd.addr;
	me.lport = me.upd.port;
	return true;
}

static bool do_ack(char **w)
{
	(void)w;
	send_ack();
	return true;
}

static bool do_connect(char **w)
{
	char *ms[] = { w[0], w[1] ? w[1] : "10000", NULL };

	return do_syn(w) && do_expect_synack(ms) && do_ack(w);
}

static bool do_accept(char **w)
{
	char *ms[] = { w[0], w[1] ? w[1] : "20000", NULL };

	return do_expect_syn(ms) && do_syn(w) &&
	       WAIT(me.snd_una == me.iss + 1, ms[1]);
}

/* Octets of a Conn-Key-Cont without its data. */
static unsigned int cont_head(void)
{
	return me.exid ? 5 : 3;
}

static unsigned int put_cont(uint8_t *p, unsigned int off, unsigned int len,
			     uint8_t xor)
{
	unsigned int i;

	*p++ = me.kind_cont;
	if (me.drawn)
		*p++ = off;
	*p++ = cont_head() + len;
	p = put_exid(p);
	if (!me.drawn)
		*p++ = off;
	for (i = 0; i < len; i++)
		p[i] = (off + i < me.key_len ? pub[off + i] : 0xee) ^
		       (i ? 0 : xor);
	return cont_head() + len;
}

/* What our stream has @off behind all that we have sent. */
static void put_stream(struct extra *x, int32_t off)
{
	unsigned int i;

	for (i = 0; i < x->len; i++)
		x->data[i] = stream_octet(!me.client, me.sent + off + i);
}

/*
 * seg WORD...: one segment. "seq" moves it against where it belongs and leaves
 * our own numbers alone: data can be repeated, or come from nowhere.
 */
static bool do_seg(char **w)
{
	struct extra x = NO_EXTRA;
	unsigned int times = 1;
	int32_t dseq = 0, dack = 0;
	uint32_t addr = me.local;
	uint16_t from = me.lport;
	bool shifted = false;
	uint8_t flags = ACK;

	for (w++; *w; w++) {
		unsigned int off, len, xor = 0;

		if (!strcmp(*w, "cont") && w[1] && w[2]) {
			off = atoi(*++w);
			len = atoi(*++w);
			if (w[1] && !strcmp(w[1], "xor") && w[2]) {
				xor = strtoul(w[2], NULL, 0);
				w += 2;
			}
			if (x.opt_len + cont_head() + len > OPT_SPACE)
				return false;
			x.opt_len += put_cont(x.opt + x.opt_len, off, len, xor);
		} else if (!strcmp(*w, "conn-key") && x.opt_len + 12 <= OPT_SPACE) {
			x.opt_len += put_conn_key(x.opt + x.opt_len);
		} else if (!strcmp(*w, "confirm") && x.opt_len + cont_head() <= OPT_SPACE) {
			x.opt_len += put_cont(x.opt + x.opt_len, me.key_len, 0, 0);
		} else if (!strcmp(*w, "data") && w[1]) {
			x.len = atoi(*++w);
			flags |= PSH;
		} else if (!strcmp(*w, "seq") && w[1]) {
			dseq = atoi(*++w);
			shifted = true;
		} else if (!strcmp(*w, "ack") && w[1]) {
			dack = atoi(*++w);
		} else if (!strcmp(*w, "times") && w[1]) {
			times = atoi(*++w);
		} else if (!strcmp(*w, "ttl") && w[1]) {
			x.ttl = atoi(*++w);
			shifted = true;
		} else if (!strcmp(*w, "fin")) {
			flags |= FIN;
		} else if (!strcmp(*w, "rst")) {
			flags |= RST;
		} else if (!strcmp(*w, "syn")) {
			flags = SYN;
			shifted = true;
		} else if (!strcmp(*w, "from") && w[1] && w[2]) {
			if (inet_pton(AF_INET, *++w, &addr) != 1)
				return false;
			from = atoi(*++w);
			shifted = true;
		} else if (!strcmp(*w, "old-ts")) {
			x.old_ts = true;
		} else if (!strcmp(*w, "bad-sum")) {
			x.bad_sum = true;
		} else {
			return false;
		}
	}
	if (x.len > MAX_DATA)
		return false;
	put_stream(&x, dseq);
	while (times--)
		send_from(addr, from, flags, me.snd_nxt + dseq,
			  flags & ACK ? me.rcv_nxt + dack : 0, &x);
	if (!shifted && !dack && !x.old_ts && !x.bad_sum && !(flags & RST))
		note_acked();
	if (!shifted) {
		me.snd_nxt += x.len + !!(flags & FIN);
		me.sent += x.len;
	}
	return true;
}

/* The short forms: "cont 9 16" is "seg cont 9 16". */
static bool do_short(char **w)
{
	char *longer[MAX_WORDS + 2] = { "seg" };
	unsigned int i;

	for (i = 0; w[i]; i++)
		longer[i + 1] = w[i];
	return do_seg(longer);
}

static bool put_loc_update(struct extra *x, uint32_t seq, uint8_t reqno)
{
	uint8_t *p = x->opt + x->opt_len;

	x->opt_len += me.exid ? 21 : 19;
	*p++ = me.kind_update;
	*p++ = me.exid ? 21 : 19;
	p = put_exid(p);
	*p++ = reqno;
	return hashes(seq, reqno, p, p + 8);
}

/* Words of loc-update, forge and replay behind the numbers. */
static bool update_words(char **w, struct extra *x, uint8_t *flags,
			 struct update *u, uint32_t *addr, uint16_t *port)
{
	uint8_t *body = x->opt + 2 + (me.exid ? 2 : 0);

	for (; *w; w++) {
		if (!strcmp(*w, "bad-token")) {
			body[8] ^= 1;
		} else if (!strcmp(*w, "bad-r")) {
			body[16] ^= 1;
		} else if (!strcmp(*w, "bad-sum")) {
			x->bad_sum = true;
		} else if (!strcmp(*w, "ack-flag")) {
			*flags |= ACK;
		} else if (!strcmp(*w, "rst-flag")) {
			*flags |= RST;
		} else if (!strcmp(*w, "fin-flag")) {
			*flags |= FIN;
		} else if (!strcmp(*w, "psh-flag")) {
			*flags |= PSH;
		} else if (!strcmp(*w, "urg-flag")) {
			*flags |= URG;
		} else if (!strcmp(*w, "ece-cwr")) {
			*flags |= ECE | CWR;
		} else if (!strcmp(*w, "mss") && w[1]) {
			x->mss = atoi(*++w);
		} else if (!strcmp(*w, "wscale") && w[1]) {
			x->wscale = atoi(*++w);
		} else if (!strcmp(*w, "window") && w[1]) {
			x->window = atoi(*++w);
		} else if (!strcmp(*w, "tsval") && w[1]) {
			x->tsval = atoi(*++w);
		} else if (!strcmp(*w, "ttl") && w[1]) {
			x->ttl = atoi(*++w);
		} else if (!strcmp(*w, "data") && w[1] && atoi(w[1]) <= MAX_DATA) {
			x->len = atoi(*++w);
			put_stream(x, 0);
		} else if (!strcmp(*w, "length") && w[1] && atoi(w[1]) < 21) {
			x->opt[1] = atoi(*++w);
			x->opt_len = x->opt[1];
		} else if (!strcmp(*w, "and") && w[1]) {
			/* No room for the usual ones beside two of these. */
			x->bare = true;
			if (!put_loc_update(x, u->seq, atoi(*++w)))
				return false;
		} else if (!strcmp(*w, "ack") && w[1]) {
			u->ack += atoi(*++w);
		} else if (!strcmp(*w, "seq") && w[1]) {
			u->seq += atoi(*++w);
		} else if (!strcmp(*w, "reqno") && w[1]) {
			body[0] = atoi(*++w);
		} else if (!strcmp(*w, "to") && w[1]) {
			x->port = atoi(*++w);
		} else if (!strcmp(*w, "from") && w[1] && w[2]) {
			if (inet_pton(AF_INET, *++w, addr) != 1)
				return false;
			*port = atoi(*++w);
		} else {
			return false;
		}
	}
	return true;
}

/* The SYN-ACK to @u is the next that may come. */
static void await_answer(const struct update *u, uint32_t addr, uint16_t port)
{
	me.upd.sent = true;
	me.upd.confirmed = false;
	me.upd.seq = u->seq;
	me.upd.ack = u->ack;
	me.upd.addr = addr;
	me.upd.port = port;
}

/* forge: the same, but nothing is expected to come of it. */
static bool do_loc_update(char **w)
{
	bool forge = !strcmp(w[0], "forge");
	struct update u = {
		.seq = me.snd_una + atoi(w[2]),
		.ack = me.rcv_nxt + atoi(w[3]),
	};
	uint32_t addr = me.local;
	uint16_t port = me.lport;
	struct extra x = NO_EXTRA;
	uint8_t flags = SYN;

	x.again = true;
	if (!put_loc_update(&x, u.seq, atoi(w[1])) ||
	    !update_words(w + 4, &x, &flags, &u, &addr, &port))
		return false;
	if (!forge) {
		await_answer(&u, addr, port);
		memcpy(u.opt, x.opt, x.opt_len);
		u.opt_len = x.opt_len;
		me.past[me.n_past++ % MAX_PAST] = u;
	}
	send_from(addr, port, flags, u.seq, u.ack, &x);
	return true;
}

/*
 * What somebody captured, sent again; checksum and time as they must be. again:
 * it is ours, and has its answer.
 */
static bool do_replay(char **w)
{
	unsigned int ago = atoi(w[1]);
	struct extra x = NO_EXTRA;
	uint32_t addr = me.local;
	uint16_t port = me.lport;
	uint8_t flags = SYN;
	struct update u;

	if (ago >= me.n_past || ago >= MAX_PAST)
		return false;
	u = me.past[(me.n_past - 1 - ago) % MAX_PAST];
	memcpy(x.opt, u.opt, u.opt_len);
	x.opt_len = u.opt_len;
	if (!update_words(w + 2, &x, &flags, &u, &addr, &port))
		return false;
	if (!strcmp(w[0], "again"))
		await_answer(&u, addr, port);
	send_from(addr, port, flags, u.seq, u.ack, &x);
	return true;
}

static bool near(uint32_t a, uint32_t low, uint32_t high)
{
	return a - low <= high - low;
}

/*
 * Where the connection stands, as we know it: S is what we have acknowledged,
 * the ack field what we have sent, the window the rest of what was shown; the
 * options are those that the connection began with, but for SACK.
 */
static void check_new_update(const struct theirs *t)
{
	uint32_t window = me.peer_edge - me.snd_nxt;
	uint32_t slack = scaled() ? (1U << me.peer_opts.wscale) - 1 : 0;
	const struct syn_options *o = &t->opts;

	if (t->seq != me.acked)
		broken("S %u where %u was acknowledged", t->seq - me.irs,
		       me.acked - me.irs);
	if (t->ack != me.snd_nxt)
		broken("an ack field of %u where %u was sent", t->ack - me.iss,
		       me.snd_nxt - me.iss);
	if (window > 65535)
		window = 65535;
	if (!near(t->window, window - slack, window))
		broken("a window of %u, not %u", t->window, window);
	if (o->mss != me.peer_opts.mss)
		broken("an MSS of %u, not %u", o->mss, me.peer_opts.mss);
	if (o->wscale != (scaled() ? me.peer_opts.wscale : -1))
		broken("a window scale of %d", o->wscale);
	if (o->sack)
		broken("SACK-permitted on an update");
	if (o->ts != (me.peer_opts.ts && !me.no_ts))
		broken("an update %s Timestamps", o->ts ? "with" : "without");
	if (o->ts && (!near(o->tsval, me.ts_recent, me.ts_recent + 600000) ||
		      !near(o->tsecr, me.ts_last - 60000, me.ts_last)))
		broken("a time of %u echoing %u", o->tsval, o->tsecr);
}

/* Nothing but the time may differ. */
static void check_same_update(const struct theirs *t, const struct theirs *old)
{
	if (t->reqno != old->reqno || t->seq != old->seq || t->ack != old->ack ||
	    t->window != old->window || t->from != old->from ||
	    t->opts.mss != old->opts.mss || t->opts.wscale != old->opts.wscale ||
	    t->opts.ts != old->opts.ts)
		broken("another update, not the same again");
}

static bool do_expect_update(char **w)
{
	struct theirs old = me.taken;
	bool same = false;

	if (!WAIT(me.n_updates != me.n_taken, w[1]))
		return false;
	me.taken = me.theirs;
	me.n_taken = me.n_updates;
	me.remote = me.taken.from;
	for (w += 2; *w; w++) {
		if (!strcmp(*w, "next")) {
			if (me.taken.reqno != (uint8_t)(old.reqno + 1))
				broken("number %u behind %u", me.taken.reqno,
				       old.reqno);
		} else if (!strcmp(*w, "next-watched")) {
			if (me.taken.reqno != (uint8_t)(me.watch.reqno + 1))
				broken("number %u behind %u", me.taken.reqno,
				       me.watch.reqno);
		} else if (!strcmp(*w, "same")) {
			same = true;
		} else if (!strcmp(*w, "after") && w[1] && w[2]) {
			int64_t gap = me.taken.at - old.at;

			if (gap < atoi(w[1]) || gap > atoi(w[2]))
				broken("it after %lld ms", (long long)gap);
			w += 2;
		} else if (!strcmp(*w, "from") && w[1]) {
			uint32_t addr;

			if (inet_pton(AF_INET, *++w, &addr) != 1)
				return false;
			if (me.taken.from != addr)
				broken("it from another address");
		} else {
			return false;
		}
	}
	if (same)
		check_same_update(&me.taken, &old);
	else
		check_new_update(&me.taken);
	return true;
}

/* The SYN-ACK to the update that was expected last. */
static bool do_answer(char **w)
{
	struct extra x = NO_EXTRA;
	struct update u = {};
	uint32_t addr = me.local;
	uint16_t port = me.lport;
	uint8_t flags = SYN | ACK;

	u.seq = me.taken.ack;
	u.ack = me.taken.seq + 1;
	x.again = true;
	if (!update_words(w + 1, &x, &flags, &u, &addr, &port))
		return false;
	/* From here on not scaled, until a segment says more. */
	me.edge = me.taken.seq + (x.window < 0 ? me.window : x.window);
	send_from(addr, port, flags, u.seq, u.ack, &x);
	return true;
}

/* An exact RST makes the peer tell its address; N times in a row. */
static bool do_rounds(char **w)
{
	char *rst[] = { "rst", NULL }, *next[] = { "", "2000", "next", NULL };
	char *answer[] = { "answer", NULL }, *segment[] = { "", "2000", NULL };
	int n = atoi(w[1]);

	while (n--) {
		unsigned int n_in;

		if (!do_short(rst) || !do_expect_update(next) || me.broken[0])
			return false;
		n_in = me.n_in;
		if (!do_answer(answer) || !WAIT(me.n_in != n_in, segment[1]))
			return false;
		do_ack(answer);
		WAIT(false, "20");
	}
	return true;
}

static bool do_sack(char **w)
{
	struct extra x = NO_EXTRA;

	me.sack_from = me.acked + atoi(w[1]);
	me.sack_to = me.sack_from + atoi(w[2]);
	x.opt[0] = x.opt[1] = 1;
	x.opt[2] = 5;
	x.opt[3] = 10;
	put32(x.opt + 4, me.sack_from);
	put32(x.opt + 8, me.sack_to);
	x.opt_len = 12;
	send_seg(ACK, me.snd_nxt, me.acked, &x);
	return true;
}

/* Each A or A-B; A is as late as a timer of the kernel may be. */
static bool do_expect_cont_gaps(char **w)
{
	for (w++; *w; w++) {
		int64_t gap, low, high;
		char *dash = strchr(*w, '-');

		low = atoi(*w);
		high = (dash ? atoi(dash + 1) : low) + low / 8 + 20;
		if (!WAIT_MS(me.n_cont_at != me.n_cont_seen, high))
			return false;
		gap = me.n_cont_seen ? me.cont_at[me.n_cont_seen % MAX_CONTS] -
			me.cont_at[(me.n_cont_seen - 1) % MAX_CONTS] : low;
		me.n_cont_seen++;
		printf("# gap %lld ms\n", (long long)gap);
		if (gap < low - 8 || gap > high)
			broken("key data %lld ms behind the one before",
			       (long long)gap);
	}
	return true;
}

static bool do_echo_older(char **w)
{
	me.echo_older = atoi(w[1]);
	return true;
}

static bool do_watch(char **w)
{
	me.watch.port = atoi(w[2]);
	me.watch.n = 0;
	return inet_pton(AF_INET, w[1], &me.watch.addr) == 1;
}

/*
 * export LABEL CONTEXT LEN: what getsockopt(TCP_MOBILITY_EXPORT) must give, by
 * Documentation/tcp_mobility.rst, in the form that xfer prints it.
 */
static bool do_export(char **w)
{
	static const char salt[] = "tcp_mobility exporter";
	uint8_t ikm[8 + KEY_MAX], prk[32], info[600], t[32 + 600 + 1];
	unsigned int len = atoi(w[3]), n = 0, t_len = 0, i = 0;

	put32(ikm, me.client ? me.iss : me.irs);
	put32(ikm + 4, me.client ? me.irs : me.iss);
	if (!secret(ikm + 8))
		return false;
	HMAC(EVP_sha256(), salt, strlen(salt), ikm, 8 + me.key_len, prk, NULL);
	put16(info, len);
	info[2] = strlen(w[1]);
	memcpy(info + 3, w[1], info[2]);
	n = 3 + info[2];
	put16(info + n, strlen(w[2]));
	memcpy(info + n + 2, w[2], strlen(w[2]));
	n += 2 + strlen(w[2]);
	printf("export %s,%s,%u=", w[1], w[2], len);
	for (; len; len -= len < 32 ? len : 32) {
		memcpy(t + t_len, info, n);
		t[t_len + n] = ++i;
		HMAC(EVP_sha256(), prk, 32, t, t_len + n + 1, t, NULL);
		t_len = 32;
		print_hex(t, len < 32 ? len : 32);
	}
	putchar('\n');
	return true;
}

static bool do_clear(char **w)
{
	(void)w;
	me.n_in = me.n_cont = me.n_confirm = me.n_resent = me.longest =
		me.n_acks = 0;
	return true;
}

/* Steps that only look or wait; @w[1] is their first argument. */
#define EXPECT(name, cond) \
static bool do_expect_##name(char **w) \
{ \
	unsigned int n = w[1] ? atoi(w[1]) : 0, n_in = me.n_in; \
	unsigned int n_conts = me.n_cont + me.n_confirm, n_syn = me.n_syn; \
	\
	(void)n, (void)n_in, (void)n_conts, (void)n_syn; \
	return cond; \
}

EXPECT(conn_key, me.n_syn && me.peer_curve == (w[1] ? (int)n : x25519 ? 2 : 1))
EXPECT(no_conn_key, me.n_syn && me.peer_curve < 0)
EXPECT(identical, WAIT(me.n_syn >= n_syn + n, w[2]) && !me.n_differ)
EXPECT(cont, WAIT(me.n_cont && !(~me.peer_have >> n & bits(atoi(w[2]))), w[3]))
EXPECT(conts, WAIT(me.n_cont >= n, w[2]))
EXPECT(no_cont, !WAIT(me.n_cont + me.n_confirm != n_conts, w[1]))
EXPECT(confirm, WAIT(me.n_confirm, w[1]))
EXPECT(echo, WAIT(me.echoed == me.ts_last, w[1]))
EXPECT(rst, WAIT(me.n_rst, w[1]) && me.rst_seq == me.rcv_nxt)
EXPECT(no_rst, !WAIT(me.n_rst, w[1]))
EXPECT(silence, !WAIT(me.n_in != n_in, w[1]))
EXPECT(segment, WAIT(me.n_in != n_in, w[1]))
EXPECT(acks, WAIT(me.n_acks >= n, w[3]) && me.ack_low == me.ack_high &&
	     me.ack_low == me.snd_nxt + atoi(w[2]))
EXPECT(acked, WAIT(me.snd_una == me.snd_nxt, w[1]))
EXPECT(fin, WAIT(me.n_fin, w[1]))
EXPECT(no_update, !WAIT(me.n_updates != me.n_taken, w[1]))
EXPECT(window, WAIT(near(me.peer_window, n, atoi(w[2])), w[3]))
EXPECT(longest, !WAIT(false, w[3]) && me.longest >= n && me.longest <= (unsigned int)atoi(w[2]))
EXPECT(resent, WAIT(me.n_resent >= n, w[2]))
EXPECT(watched, !WAIT(false, w[3]) && me.watch.n >= n && me.watch.n <= (unsigned int)atoi(w[2]))

static bool do_recv(char **w)
{
	return WAIT(me.recvd >= atoi(w[1]), w[2]) && me.recvd == atoi(w[1]);
}

static bool do_sleep(char **w)
{
	WAIT(false, w[1]);
	return true;
}

/* Both directions end in order. */
static bool do_close(char **w)
{
	char *fin[] = { "fin", NULL };
	char *ms[] = { "", w[1] ? w[1] : "10000", NULL };

	return do_short(fin) && do_expect_fin(ms) && do_expect_acked(ms);
}

static const struct step {
	const char	*name;
	int		args;	/* at least */
	bool		(*run)(char **words);
	const char	*usage;
} steps[] = {
	{ "conn-key", 0, do_conn_key, "[CURVE]: have Conn-Key on our SYN or SYN-ACK (default, curve 1)" },
	{ "no-conn-key", 0, do_conn_key, ": have none" },
	{ "key", 1, do_key, "off-curve|zero|p|first N|misleads: spoil our key" },
	{ "no-ts", 0, do_no_ts, ": no Timestamps" },
	{ "window", 1, do_window, "N: of what we send from here on, not scaled" },
	{ "wscale", 1, do_wscale, "SHIFT: offer window scaling" },
	{ "sack-ok", 0, do_sack_ok, ": offer SACK" },
	{ "ttl", 1, do_ttl, "N: of what we send from here on (64)" },
	{ "mute", 0, do_mute, ": acknowledge nothing that comes" },
	{ "loud", 0, do_mute, ": acknowledge all of it now, and what comes" },
	{ "syn", 0, do_syn, ": send our SYN, or send it again" },
	{ "synack", 0, do_syn, ": send our SYN-ACK, or send it again" },
	{ "ack", 0, do_ack, ": send an ACK with nothing on it" },
	{ "connect", 0, do_connect, "[MS]: syn, expect-synack, ack" },
	{ "accept", 0, do_accept, "[MS]: expect-syn, synack, wait for the ACK" },
	{ "seg", 0, do_seg, "[data N] [cont OFF LEN [xor N]]... [confirm] [conn-key] [fin] [rst] [syn] [seq D] [ack D] [times N] [ttl N] [old-ts] [bad-sum] [from ADDR PORT]: send a segment" },
	{ "sack", 2, do_sack, "FROM LEN: say that LEN octets are here, FROM behind what we have acknowledged; none of them may come again" },
	{ "cont", 2, do_short, "OFF LEN ...: short for seg cont" },
	{ "data", 1, do_short, "N ...: short for seg data" },
	{ "confirm", 0, do_short, ": short for seg confirm" },
	{ "fin", 0, do_short, ": short for seg fin" },
	{ "rst", 0, do_short, ": short for seg rst" },
	{ "close", 0, do_close, "[MS]: fin, then wait for the peer's and its ACK" },
	{ "loc-update", 3, do_loc_update, "REQNO SEQ ACK [bad-r] [bad-token] [bad-sum] [ack-flag] [rst-flag] [fin-flag] [psh-flag] [urg-flag] [and REQNO] [length N] [ack D] [seq D] [reqno N] [from ADDR PORT] [to PORT] [ece-cwr] [mss N] [wscale N] [window N] [tsval D] [ttl N] [data N]: SYN with S = acknowledged + SEQ, ack = received + ACK; the words spoil it" },
	{ "forge", 3, do_loc_update, "...: like loc-update, but no answer is expected" },
	{ "replay", 1, do_replay, "AGO ...: the loc-update before the last AGO again; the same words alter it" },
	{ "again", 1, do_replay, "AGO ...: like replay, but expect-synack waits for its answer" },
	{ "answer", 0, do_answer, "...: SYN-ACK to the peer's update; the same words" },
	{ "rounds", 1, do_rounds, "N: so often an exact RST, the next update of the peer, our SYN-ACK, an ACK" },
	{ "watch", 2, do_watch, "ADDR PORT: from here on count what is sent there" },
	{ "export", 3, do_export, "LABEL CONTEXT LEN: print the key that a program gets for them" },
	{ "clear", 0, do_clear, ": count Conts and confirmations from zero" },
	{ "sleep", 1, do_sleep, "MS: take what comes" },
	{ "expect-syn", 1, do_expect_syn, "MS" },
	{ "expect-synack", 1, do_expect_synack, "MS: to our SYN, or to our last loc-update; then we have moved" },
	{ "expect-conn-key", 0, do_expect_conn_key, "[CURVE]: was on the peer's SYN or SYN-ACK" },
	{ "expect-no-conn-key", 0, do_expect_no_conn_key, ": was not" },
	{ "expect-identical", 2, do_expect_identical, "N MS: N more SYNs or SYN-ACKs, with the same options but for the time" },
	{ "expect-cont", 3, do_expect_cont, "OFF LEN MS: these octets of the peer's key" },
	{ "expect-conts", 2, do_expect_conts, "N MS: N segments with key data since clear" },
	{ "expect-cont-gaps", 1, do_expect_cont_gaps, "MS...: the next segments with key data, so long behind the one before; MS is a number or a range, the first of all has none" },
	{ "expect-no-cont", 1, do_expect_no_cont, "MS" },
	{ "expect-confirm", 1, do_expect_confirm, "MS: one since clear" },
	{ "expect-rst", 1, do_expect_rst, "MS: one with exactly the next sequence number" },
	{ "expect-no-rst", 1, do_expect_no_rst, "MS" },
	{ "expect-silence", 1, do_expect_silence, "MS: no segment at all" },
	{ "expect-segment", 1, do_expect_segment, "MS: any segment" },
	{ "echo-older", 1, do_echo_older, "MS: from here on echo times so much older" },
	{ "expect-echo", 1, do_expect_echo, "MS: a segment with the time of our last one" },
	{ "expect-acked", 1, do_expect_acked, "MS: all we have sent" },
	{ "expect-acks", 3, do_expect_acks, "N D MS: N segments since clear, each of which acknowledges D less or more than we have sent" },
	{ "recv", 2, do_recv, "N MS: N octets in all, of xfer's stream" },
	{ "expect-fin", 1, do_expect_fin, "MS" },
	{ "expect-update", 1, do_expect_update, "MS [next|next-watched|same] [after LOW HIGH] [from ADDR]: a Loc-Update of the peer in which all is as it must be; its number is the next, or the next behind those to the watched address, or it is the same again; so many ms behind the one before" },
	{ "expect-no-update", 1, do_expect_no_update, "MS" },
	{ "expect-window", 3, do_expect_window, "LOW HIGH MS: what the peer shows" },
	{ "expect-longest", 3, do_expect_longest, "LOW HIGH MS: octets of the longest segment since clear, when MS have gone by" },
	{ "expect-resent", 2, do_expect_resent, "N MS: so many octets that were here, again, since clear" },
	{ "expect-watched", 3, do_expect_watched, "LOW HIGH MS: so many segments to the watched address, when MS have gone by" },
};

static void usage(FILE *out)
{
	unsigned int i;

	fputs("Usage: rawpeer --local ADDR PORT [--remote ADDR PORT] [--kind N]\n"
	      "               [--kinds CONN-KEY CONT LOC-UPDATE] [--exid] [--drawn] [--x25519]\n"
	      "               [STEP]...\n"
	      "Without --remote it takes the first SYN. Each STEP is one argument; without\n"
	      "any they come from stdin, one per line, # begins a comment. Exit status 0:\n"
	      "all expectations held and the peer did nothing wrong.\n\n"
	      "The kernel here must not answer, and the other not leave checksums to a device:\n"
	      "  nft add table inet rawpeer\n"
	      "  nft add chain inet rawpeer out '{ type filter hook output priority 0; }'\n"
	      "  nft add rule inet rawpeer out tcp flags rst meta mark != 0x7261 drop\n"
	      "  ethtool -K DEV tx off		(on the other)\n\nSteps:\n", out);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		fprintf(out, "  %s %s\n", steps[i].name, steps[i].usage);
}

/* One step of the script; the script ends with the first that fails. */
static void run(char *line)
{
	char text[512], *words[MAX_WORDS + 1] = {}, *save;
	const unsigned int n_steps = sizeof(steps) / sizeof(steps[0]);
	const struct step *step = steps;
	struct extra none = NO_EXTRA;
	unsigned int n = 0;

	line[strcspn(line, "#\n")] = '\0';
	line += strspn(line, " \t");
	snprintf(text, sizeof(text), "%s", line);
	for (line = strtok_r(line, " \t", &save); line && n < MAX_WORDS;
	     line = strtok_r(NULL, " \t", &save))
		words[n++] = line;
	if (!n)
		return;
	while (step < steps + n_steps && strcmp(step->name, words[0]))
		step++;
	if (step == steps + n_steps || n < (unsigned int)step->args + 1) {
		fprintf(stderr, "rawpeer: no step \"%s\", see --help\n", text);
		exit(2);
	}
	printf("# %s\n", text);
	if (step->run(words) && !me.broken[0])
		return;
	printf("FAIL: %s%s%s\n", text, me.broken[0] ? ": the peer sent " : "",
	       me.broken);
	if (me.rport && me.snd_nxt)
		send_seg(RST | ACK, me.snd_nxt, me.rcv_nxt, &none);
	exit(1);
}

int main(int argc, char **argv)
{
	int mark = MARK, size = 4 << 20, one = 1, i;
	char line[512];

	setlinebuf(stdout);
	for (i = 1; i < argc && !strncmp(argv[i], "--", 2); i++) {
		if (!strcmp(argv[i], "--local") && i + 2 < argc) {
			MUST(inet_pton(AF_INET, argv[++i], &me.local) == 1);
			me.lport = atoi(argv[++i]);
		} else if (!strcmp(argv[i], "--remote") && i + 2 < argc) {
			MUST(inet_pton(AF_INET, argv[++i], &me.remote) == 1);
			me.rport = atoi(argv[++i]);
		} else if (!strcmp(argv[i], "--kind") && i + 1 < argc) {
			me.kind = atoi(argv[++i]);
		} else if (!strcmp(argv[i], "--kinds") && i + 3 < argc) {
			me.kind = atoi(argv[++i]);
			me.kind_cont = atoi(argv[++i]);
			me.kind_update = atoi(argv[++i]);
		} else if (!strcmp(argv[i], "--exid")) {
			me.exid = true;
		} else if (!strcmp(argv[i], "--drawn")) {
			me.drawn = true;
		} else if (!strcmp(argv[i], "--x25519")) {
			x25519_init();
		} else {
			bool help = !strcmp(argv[i], "--help");

			usage(help ? stdout : stderr);
			return help ? 0 : 2;
		}
	}
	if (!me.lport) {
		usage(stderr);
		return 2;
	}
	if (!me.kind_cont)
		me.kind_cont = me.kind_update = me.kind;
	if (!x25519)
		key_init();
	MUST(getrandom(&me.iss, sizeof(me.iss), 0) == sizeof(me.iss));
	me.fd = socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
	MUST(me.fd >= 0);
	MUST(!setsockopt(me.fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)));
	setsockopt(me.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	MUST(!setsockopt(me.fd, IPPROTO_IP, IP_HDRINCL, &one, sizeof(one)));
	me.start = now_ms();
	puts("ready");

	if (i < argc)
		for (; i < argc; i++)
			run(argv[i]);
	else
		while (fgets(line, sizeof(line), stdin))
			run(line);
	puts("all held");
	return 0;
}
