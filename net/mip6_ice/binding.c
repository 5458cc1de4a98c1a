// SPDX-License-Identifier: GPL-2.0
/*
 * Binding Update and Acknowledgement over the selected pair: the updated offer
 * and answer of RFC 5245 9.1.2.2, authorised by the return routability procedure
 * (RFC 6275, Sections 5.2.5 to 5.2.6, 9.5 and 11.7.2).
 *
 * The end that sent CoTI-ICE sends the BU, whatever its role. Kbm is made of the
 * tokens of HoT and CoT-ICE; the care-of address of the authenticator is
 * candidate 1 of the BU's own option, an IPv4 one as v4-mapped. Nonces live for
 * 240 s: before that HoTI and CoTI-ICE run again with the same credentials.
 */
#include <crypto/hash.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "mip6_ice.h"

#define LIFETIME	105	/* units of 4 s: MAX_RR_BINDING_LIFETIME, 420 s */
#define TOKENS_FRESH	180000	/* ms after which they are asked for again */
#define GIVE_UP		64	/* seconds of back-off after which BUs end */
#define REFUSED_WAIT	10000	/* ms between refusals without an authenticator */

/* Kbm = SHA-1 (home keygen token | care-of keygen token), RFC 6275 5.2.5. */
static int set_kbm(struct mice_session *s, const u8 *home, const u8 *careof)
{
	u8 tokens[2 * MICE_TOKEN_LEN], kbm[MICE_STUN_MAC];
	int err;

	memcpy(tokens, home, MICE_TOKEN_LEN);
	memcpy(tokens + MICE_TOKEN_LEN, careof, MICE_TOKEN_LEN);
	err = crypto_shash_tfm_digest(s->mn->sha1, tokens, sizeof(tokens), kbm);
	if (!err)
		err = mice_hmac_setkey(s->kbm_key, kbm, sizeof(kbm));
	if (err)
		MICE_INC(s->mn, KeyFailed);
	memzero_explicit(tokens, sizeof(tokens));
	memzero_explicit(kbm, sizeof(kbm));
	return err;
}

/*
 * First (96, HMAC_SHA1 (Kbm, care-of address | correspondent | MH Data)): the
 * message at @p has its checksum zero and the authenticator at its end.
 */
static int authenticate(struct mice_session *s, const struct mice_addr *careof,
			const struct in6_addr *correspondent, const u8 *p,
			unsigned int len, u8 auth[MICE_AUTH_LEN])
{
	u8 head[32] = { }, mac[MICE_STUN_MAC];
	int err;

	if (careof->ver == 4) {
		head[10] = 0xff;
		head[11] = 0xff;
		memcpy(head + 12, careof->ip, 4);
	} else {
		memcpy(head, careof->ip, 16);
	}
	memcpy(head + 16, correspondent, 16);
	err = mice_hmac_sha1(s->kbm_key, head, sizeof(head), p,
			     len - MICE_AUTH_LEN, mac);
	if (!err)
		memcpy(auth, mac, MICE_AUTH_LEN);
	return err;
}

/* Over a pair, or through the home agents if there is none or it is relayed. */
static void send_on(struct mice_session *s, const struct mice_addr *from,
		    const struct mice_addr *to, u8 *p, unsigned int len)
{
	if (from) {
		mice_mh_set_sum(p, (u8 *)&s->home, (u8 *)&s->peer);
		mice_udp_send(s->mn, from, to, p, len);
	} else {
		mice_mh_send(s->mn, &s->home, &s->peer, p, len);
	}
}

static void send_update(struct mice_session *s)
{
	const struct mice_path *path = &s->agent.path;
	struct mice_net *mn = s->mn;
	struct mice_mh_fmt fmt = mice_fmt(mn);
	struct mice_offer *o = mice_session_describe(s);
	struct mice_mh bu = {
		.kind		= MICE_MSG_BU,
		.flags		= MICE_BU_ACK,
		.lifetime	= LIFETIME,
		.has_nonces	= true,
		.home_nonce	= s->home_nonce,
		.careof_nonce	= s->careof_nonce,
		.has_auth	= true,
	};
	unsigned int len;

	/* RFC 6275 11.8: a repeat has a greater one. */
	bu.seq = ++s->bu_seq;
	if (!o->n || set_kbm(s, s->home_token, s->careof_token))
		return;
	len = mice_mh_build(mn->out, sizeof(mn->out), &fmt, &bu, o, false);
	if (!len || authenticate(s, &o->cands[0].addr, &s->peer, mn->out, len,
				 mn->out + len - MICE_AUTH_LEN))
		return;
	MICE_INC(mn, UpdateOut);
	send_on(s, path->relayed ? NULL : &path->local, &path->remote, mn->out,
		len);
}

/* A pair was selected: the peer is told, once the tokens are there. */
void mice_binding_selected(struct mice_session *s)
{
	if (!s->we_offered || s->flags & MIP6_ICE_PEER_FLAGS_MANUAL)
		return;
	s->bu_first = s->bu_seq + 1;
	s->bu_wait = MICE_RETRY_FIRST;
	s->bu_at = 0;
}

void mice_binding_tokens(struct mice_session *s)
{
	if (!s->have_home || !s->have_careof || s->signal != MICE_SIG_DONE)
		return;
	s->retry_at = MICE_NEVER;
	s->tokens_at = mice_now() + TOKENS_FRESH;
	s->refreshing = false;
	if (s->agent.path.set && !s->agent.path_old)
		mice_binding_selected(s);
}

/**
 * mice_binding_tick() - send what is due
 * @s: session, under the lock of its namespace
 * @now: ms
 *
 * Return: when to be called again, ms.
 */
u64 mice_binding_tick(struct mice_session *s, u64 now)
{
	bool ready = s->have_home && s->have_careof && s->agent.path.set &&
		     !s->agent.path_old;

	if (ready && now >= s->bu_at) {
		if (s->bu_wait > GIVE_UP) {
			MICE_INC(s->mn, UpdateSilent);
			s->bu_at = MICE_NEVER;
		} else {
			send_update(s);
			s->bu_at = now + s->bu_wait * 1000;
			s->bu_wait *= 2;
		}
	}
	return ready ? s->bu_at : MICE_NEVER;
}

/* ------------------------------------------------------------ receiving */

/*
 * A BU that was captured may come from anybody's address, as often as somebody
 * likes: only where the peer has answered a check the acknowledgement may be longer
 * than it. What falls off are candidates, the worst first, and in the end the option.
 */
static unsigned int build_ack(struct mice_session *s, const struct mice_mh *ba,
			      struct mice_offer *o, unsigned int room)
{
	struct mice_net *mn = s->mn;
	struct mice_mh_fmt fmt = mice_fmt(mn);
	unsigned int len;

	for (;;) {
		len = mice_mh_build(mn->out, room, &fmt, ba, o, false);
		if (len || !o)
			return len;
		if (!--o->n)
			o = NULL;
	}
}

static void acknowledge(struct mice_session *s, const struct mice_addr *to,
			const struct mice_addr *from, const struct mice_mh *bu,
			u16 seq, u8 status, const struct mice_addr *careof)
{
	bool shown = !to || mice_agent_answered(&s->agent, to, from);
	struct mice_offer *o = NULL;
	struct mice_net *mn = s->mn;
	struct mice_mh ba = {
		.kind		= MICE_MSG_BA,
		.status		= status,
		.seq		= seq,
		.lifetime	= status < 128 ? LIFETIME : 0,
		.has_auth	= careof,
	};
	unsigned int len;

	if (!to && !mice_session_may_answer(s))
		return;
	/* The answer to an offer that was accepted; a refusal is none. */
	if (status < 128) {
		o = mice_session_describe(s);
		if (!o->n)
			o = NULL;
	}
	len = build_ack(s, &ba, o, shown ? sizeof(mn->out) : bu->len);
	/* The correspondent is the end that acknowledges: us. */
	if (!len || (careof &&
		     authenticate(s, careof, &s->home, mn->out, len,
				  mn->out + len - MICE_AUTH_LEN)))
		return;
	MICE_INC(mn, UpdateAckOut);
	send_on(s, to, from, mn->out, len);
}

/* Is the authenticator of the message at @p right? */
static bool verify(struct mice_session *s, const struct mice_addr *careof,
		   const struct in6_addr *correspondent, const u8 *p,
		   const struct mice_mh *mh)
{
	u8 *copy = s->mn->out, auth[MICE_AUTH_LEN];
	u8 differ = 0;
	unsigned int i;

	memcpy(copy, p, mh->len);
	copy[4] = 0;
	copy[5] = 0;
	if (authenticate(s, careof, correspondent, copy, mh->len, auth))
		return false;
	for (i = 0; i < sizeof(auth); i++)
		differ |= auth[i] ^ mh->auth[i];
	return !differ;
}

/* Which of the nonces is too old? RFC 6275 9.5.1; 0: none, Kbm is set. */
static u8 kbm_of(struct mice_session *s, const struct mice_mh *mh)
{
	u8 home[MICE_TOKEN_LEN], careof[MICE_TOKEN_LEN];
	int no_home, no_careof;

	no_home = mice_rr_token(s->mn, &s->peer, mh->home_nonce,
				MICE_TOKEN_HOME, home);
	no_careof = mice_rr_token(s->mn, &s->peer, mh->careof_nonce,
				  MICE_TOKEN_ICE, careof);
	if (no_home && no_careof)
		return MICE_BA_NONCES;
	if (no_home)
		return MICE_BA_HOME_NONCE;
	if (no_careof)
		return MICE_BA_CAREOF_NONCE;
	return set_kbm(s, home, careof) ? MICE_BA_PROHIBITED : 0;
}

/**
 * mice_binding_update() - a Binding Update came
 * @s: session
 * @to: our address if it came in UDP, else NULL
 * @from: its source
 * @p: the message
 * @mh: it, parsed
 * @o: its option
 */
void mice_binding_update(struct mice_session *s, const struct mice_addr *to,
			 const struct mice_addr *from, const u8 *p,
			 const struct mice_mh *mh, struct mice_offer *o)
{
	u8 status;

	if (!mh->has_nonces || !mh->auth || !mice_offer_usable(o) ||
	    !o->has_first) {
		MICE_INC(s->mn, UpdateBad);
		return;
	}
	status = kbm_of(s, mh);
	if (status) {
		MICE_INC(s->mn, UpdateStale);
		acknowledge(s, to, from, mh, mh->seq, status, NULL);
		return;
	}
	if (!verify(s, &o->first.addr, &s->home, p, mh)) {
		MICE_INC(s->mn, UpdateBad);
		return;
	}
	/* RFC 6275 9.5.1: greater, modulo 2^16 */
	if (s->bu_seen && (s16)(mh->seq - s->bu_in_seq) <= 0) {
		MICE_INC(s->mn, UpdateStale);
		acknowledge(s, to, from, mh, s->bu_in_seq, MICE_BA_BAD_SEQ,
			    &o->first.addr);
		return;
	}
	MICE_INC(s->mn, UpdateIn);
	s->bu_seen = true;
	s->bu_in_seq = mh->seq;
	if (s->agent.peer.set && o->ufrag == s->agent.peer.ufrag)
		mice_agent_updated(&s->agent, mice_now(), o);
	/* 9.5.4 */
	if (mh->flags & MICE_BU_ACK)
		acknowledge(s, to, from, mh, mh->seq, MICE_BA_ACCEPTED,
			    &o->first.addr);
}

/* Is it the number of a Binding Update that waits for its acknowledgement? */
static bool seq_ours(const struct mice_session *s, u16 seq)
{
	return (u16)(seq - s->bu_first) <= (u16)(s->bu_seq - s->bu_first);
}

/* A Binding Acknowledgement came, RFC 6275 11.7.3. */
void mice_binding_ack(struct mice_session *s, const u8 *p,
		      const struct mice_mh *mh, struct mice_offer *o)
{
	struct mice_offer *ours;
	u64 now = mice_now();

	if (s->bu_at == MICE_NEVER || !s->have_home || !s->have_careof) {
		MICE_INC(s->mn, MhUnexpected);
		return;
	}
	/* These come without an authenticator, so anybody may send them: they
	 * make us ask for new tokens, but not all the time.
	 */
	if (mh->status >= MICE_BA_HOME_NONCE && mh->status <= MICE_BA_NONCES) {
		if (!seq_ours(s, mh->seq) || now < s->refused_at) {
			MICE_INC(s->mn, MhUnexpected);
			return;
		}
		MICE_INC(s->mn, UpdateAckIn);
		s->refused_at = now + REFUSED_WAIT;
		s->bu_at = MICE_NEVER;
		mice_binding_refresh(s);
		return;
	}
	ours = mice_session_describe(s);
	if (!mh->auth || !ours->n ||
	    set_kbm(s, s->home_token, s->careof_token) ||
	    !verify(s, &ours->cands[0].addr, &s->peer, p, mh)) {
		MICE_INC(s->mn, UpdateBad);
		return;
	}
	/* 135 has the peer's number: all others have one of ours. */
	if (mh->status != MICE_BA_BAD_SEQ && !seq_ours(s, mh->seq)) {
		MICE_INC(s->mn, MhUnexpected);
		return;
	}
	MICE_INC(s->mn, UpdateAckIn);
	if (mh->status == MICE_BA_BAD_SEQ) {
		s->bu_seq = mh->seq;
		s->bu_first = mh->seq + 1;
		s->bu_at = 0;
		return;
	}
	s->bu_at = MICE_NEVER;
	if (mice_offer_usable(o) && s->agent.peer.set &&
	    o->ufrag == s->agent.peer.ufrag)
		mice_agent_updated(&s->agent, mice_now(), o);
}

/* New tokens with unchanged credentials, long before the old ones are stale. */
void mice_binding_refresh(struct mice_session *s)
{
	s->refreshing = true;
	s->have_home = false;
	s->have_careof = false;
	s->tokens_at = MICE_NEVER;
	s->retry_wait = MICE_RETRY_FIRST;
	s->retry_at = 0;
}
