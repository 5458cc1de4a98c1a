// SPDX-License-Identifier: GPL-2.0
/*
 * Octets of the M-ICE mobility option (D11) <-> struct mice_offer.
 *
 * Nothing is judged here that needs to know the session: whether an address may
 * be checked, whether credentials are new, who offers.
 */
#include "mobopt.h"

/* Octets before the candidates. */
static unsigned int head_len(unsigned int options_len)
{
	return (MICE_OPT_HEAD + options_len + 3) & ~3u;
}

unsigned int mice_opt_extent(const u8 *p, unsigned int room, bool native_ok)
{
	unsigned int len;

	if (room < 2)
		return 0;
	if (native_ok && p[1] <= MICE_OPT_NATIVE_MAX) {
		if (room < 3)
			return 0;
		len = mice_get16(p + 1) + 3;
	} else {
		/* A plain RFC 6275 walker would do the same. */
		len = p[1] + 2;
	}
	return len <= room ? len : 0;
}

void mice_offer_init(struct mice_offer *offer, unsigned int max)
{
	memset(offer, 0, sizeof(*offer));
	offer->max = max && max < MICE_CANDS_MAX ? max : MICE_CANDS_MAX;
}

/* Is the framing one that a message of this kind may have? */
static bool framing_ok(const u8 *p, unsigned int len, bool native_ok)
{
	if (len < MICE_OPT_MIN)
		return false;
	if (p[1] <= MICE_OPT_NATIVE_MAX)
		return native_ok && mice_get16(p + 1) + 3u == len;
	return !p[2] && p[1] + 2u == len;
}

/*
 * Octets of the candidate at @p if it lies within @room, 0 otherwise. Not all
 * of them need to be of a form that we know.
 */
static unsigned int cand_len(const u8 *p, unsigned int room)
{
	unsigned int len;

	if (room < MICE_CAND_MIN)
		return 0;
	len = (p[0] & 0xf) << 12 | p[1] << 4 | p[2] >> 4;
	return len >= MICE_CAND_MIN && len <= room ? len : 0;
}

static void read_addr(struct mice_addr *a, u8 ver, const u8 *ip, const u8 *port)
{
	memset(a, 0, sizeof(*a));
	a->ver = ver;
	a->port = mice_get16(port);
	memcpy(a->ip, ip, mice_ip_len(ver));
}

/* False if the candidate is one to skip. */
static bool read_cand(struct mice_cand *c, const u8 *p, unsigned int len)
{
	u8 ver = p[0] >> 4, type = p[2] & 0x7;
	unsigned int ip = mice_ip_len(ver);
	/* Its form without and with Rel-address. */
	unsigned int bare = MICE_CAND_HEAD + ip + 4, whole = bare + ip;

	if ((ver != 4 && ver != 6) || (len != bare && len != whole))
		return false;
	if (type < MICE_CAND_HOST || type > MICE_CAND_RELAYED ||
	    p[3] != MICE_CAND_COMP || p[4] != MICE_CAND_UDP)
		return false;

	c->type = type;
	c->priority = mice_get32(p + 8);
	p += MICE_CAND_HEAD;
	read_addr(&c->addr, ver, p, p + ip);
	memset(&c->rel, 0, sizeof(c->rel));
	if (len == whole)
		read_addr(&c->rel, ver, p + ip + 4, p + ip + 2);
	return true;
}

/* Index of the candidate of the lowest priority, the last of equals. */
static unsigned int lowest(const struct mice_offer *offer)
{
	unsigned int i, low = 0;

	for (i = 1; i < offer->n; i++)
		if (offer->cands[i].priority <= offer->cands[low].priority)
			low = i;
	return low;
}

/* What relayed candidates say is looked at even where there is no place for them:
 * theirs is the lowest priority.
 */
static void note_relayed(struct mice_offer *offer, const struct mice_addr *a)
{
	if (offer->has_relayed) {
		offer->relayed_differ |= offer->relayed.ver != a->ver ||
			memcmp(offer->relayed.ip, a->ip, sizeof(a->ip));
		return;
	}
	offer->has_relayed = true;
	offer->relayed = *a;
}

/* D14.4.2: an agent MAY limit what it accepts; the best ones stay, in order. */
static void keep_cand(struct mice_offer *offer, const struct mice_cand *c)
{
	unsigned int low;

	if (!offer->has_first) {
		offer->has_first = true;
		offer->first = *c;
	}
	if (c->type == MICE_CAND_RELAYED)
		note_relayed(offer, &c->addr);
	if (offer->n == offer->max) {
		offer->n_over++;
		low = lowest(offer);
		if (offer->cands[low].priority >= c->priority)
			return;
		offer->n--;
		memmove(&offer->cands[low], &offer->cands[low + 1],
			(offer->n - low) * sizeof(*c));
	}
	offer->cands[offer->n++] = *c;
}

static void take_cand(struct mice_offer *offer, const u8 *p, unsigned int len)
{
	struct mice_cand c;

	if (!read_cand(&c, p, len)) {
		offer->n_skipped++;
	} else if (!(p[2] & MICE_CAND_REMOTE)) {
		keep_cand(offer, &c);
	} else if (!offer->has_remote) {
		offer->has_remote = true;
		offer->remote = c;
	}
}

/* Do @p[0..@len) hold @count candidates, one behind the other? */
static bool cands_fit(const u8 *p, unsigned int len, unsigned int count)
{
	unsigned int step;

	while (count--) {
		step = cand_len(p, len);
		if (!step)
			return false;
		p += step;
		len -= step;
	}
	return true;
}

/* The first option sets the head, the others have to say the same. */
static bool take_head(struct mice_offer *offer, const u8 *p)
{
	u16 flags = mice_get16(p + 6);
	bool lite = flags & MICE_OPT_FLAG_LITE;
	bool mismatch = flags & MICE_OPT_FLAG_MISMATCH;
	u16 ufrag = mice_get16(p + 20);

	if (offer->n_opts)
		return offer->lite == lite && offer->mismatch == mismatch &&
		       offer->ufrag == ufrag &&
		       !memcmp(offer->pwd, p + 8, MICE_PWD_LEN);

	offer->lite = lite;
	offer->mismatch = mismatch;
	offer->ufrag = ufrag;
	memcpy(offer->pwd, p + 8, MICE_PWD_LEN);
	offer->options_len = p[22];
	offer->options = p + MICE_OPT_HEAD;
	return true;
}

bool mice_offer_add(struct mice_offer *offer, const u8 *p, unsigned int len,
		    bool native_ok)
{
	unsigned int i, head, step;

	/* The checksum counts itself: a right one makes the sum all ones. */
	if (!framing_ok(p, len, native_ok) ||
	    mice_fold(mice_sum(0, p, len)) != 0xffff)
		goto bad;
	head = head_len(p[22]);
	if (head > len || !cands_fit(p + head, len - head, p[3]))
		goto bad;
	if (!take_head(offer, p)) {
		offer->conflict = true;
		return false;
	}

	offer->n_opts++;
	for (i = p[3], p += head, len -= head; i; i--) {
		step = cand_len(p, len);
		take_cand(offer, p, step);
		p += step;
		len -= step;
	}
	return true;
bad:
	offer->n_bad++;
	return false;
}

bool mice_offer_usable(struct mice_offer *offer)
{
	if (!offer->n_opts || offer->conflict)
		return false;
	if (offer->mismatch) {
		offer->n = 0;
		offer->has_first = false;
		offer->has_remote = false;
	}
	return true;
}

/* ------------------------------------------------------------- writing */

static unsigned int put_cand(u8 *p, const struct mice_cand *c, u8 remote)
{
	unsigned int ip = mice_ip_len(c->addr.ver);
	unsigned int len = MICE_CAND_HEAD + 2 * ip + 4;

	memset(p, 0, len);
	p[0] = c->addr.ver << 4 | len >> 12;
	p[1] = len >> 4;
	p[2] = (len & 0xf) << 4 | remote | c->type;
	p[3] = MICE_CAND_COMP;
	p[4] = MICE_CAND_UDP;
	mice_put32(p + 8, c->priority);
	p += MICE_CAND_HEAD;
	memcpy(p, c->addr.ip, ip);
	mice_put16(p + ip, c->addr.port);
	/* The form has room for one of the same version only. */
	if (c->rel.ver == c->addr.ver) {
		mice_put16(p + ip + 2, c->rel.port);
		memcpy(p + ip + 4, c->rel.ip, ip);
	}
	return len;
}

static unsigned int put_head(u8 *p, u8 type, const struct mice_offer *offer,
			     unsigned int options_len)
{
	unsigned int head = head_len(options_len);

	memset(p, 0, head);
	p[0] = type;
	mice_put16(p + 6, (offer->lite ? MICE_OPT_FLAG_LITE : 0) |
			  (offer->mismatch ? MICE_OPT_FLAG_MISMATCH : 0));
	memcpy(p + 8, offer->pwd, MICE_PWD_LEN);
	mice_put16(p + 20, offer->ufrag);
	p[22] = options_len;
	if (options_len)
		memcpy(p + MICE_OPT_HEAD, offer->options, options_len);
	return head;
}

static void put_len_and_sum(u8 *p, unsigned int len, unsigned int count,
			    bool native)
{
	if (native)
		mice_put16(p + 1, len - 3);
	else
		p[1] = len - 2;
	p[3] = count;
	mice_put16(p + 4, ~mice_fold(mice_sum(0, p, len)));
}

/* Entry @i of an offer: its candidates, then the remote-candidate. */
static const struct mice_cand *entry(const struct mice_offer *offer,
				     unsigned int i)
{
	if (i < offer->n)
		return &offer->cands[i];
	return i == offer->n && offer->has_remote ? &offer->remote : NULL;
}

unsigned int mice_offer_put(u8 *p, unsigned int room, u8 type, bool native,
			    const struct mice_offer *offer)
{
	unsigned int options_len = offer->options_len;
	unsigned int max, len, need, count, i = 0, total = 0;
	const struct mice_cand *c;

	do {
		max = min(room - total, native ? MICE_MH_MAX :
						 MICE_OPT_TLV_MAX);
		len = head_len(options_len);
		if (len > max)
			return 0;
		put_head(p, type, offer, options_len);
		for (count = 0; (c = entry(offer, i)); count++, i++) {
			need = MICE_CAND_HEAD + 2 * mice_ip_len(c->addr.ver) + 4;
			if (len + need > max)
				break;
			len += put_cand(p + len, c,
					i < offer->n ? 0 : MICE_CAND_REMOTE);
		}
		put_len_and_sum(p, len, count, native);
		p += len;
		total += len;
		options_len = 0;
	} while (c);
	return total;
}

/* --------------------------------------------------------- credentials */

static char hex_digit(u8 v)
{
	return v < 10 ? '0' + v : 'a' + v - 10;
}

static void put_hex(char *text, const u8 *p, unsigned int len)
{
	while (len--) {
		*text++ = hex_digit(*p >> 4);
		*text++ = hex_digit(*p++ & 0xf);
	}
}

void mice_ufrag_text(u16 ufrag, char text[MICE_UFRAG_TEXT])
{
	u8 octets[2];

	mice_put16(octets, ufrag);
	put_hex(text, octets, sizeof(octets));
}

bool mice_ufrag_parse(const u8 *text, unsigned int len, u16 *ufrag)
{
	u16 v = 0;

	if (len != MICE_UFRAG_TEXT)
		return false;
	for (; len; len--, text++) {
		if (*text >= '0' && *text <= '9')
			v = v << 4 | (*text - '0');
		else if (*text >= 'a' && *text <= 'f')
			v = v << 4 | (*text - 'a' + 10);
		else
			return false;
	}
	*ufrag = v;
	return true;
}

void mice_pwd_text(const u8 pwd[MICE_PWD_LEN], char text[MICE_PWD_TEXT])
{
	put_hex(text, pwd, MICE_PWD_LEN);
}
