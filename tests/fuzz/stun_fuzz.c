// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/stun.c: any payload, with length and cookie made right so that it
 * is looked at; what is found lies inside it.
 */
#include <stdlib.h>

#include "mice_hmac.h"

#ifdef FUZZ_MAIN
#define FUZZ_MAX	1024
#include "../fuzz/fuzz_main.h"
#endif

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

static void check(const u8 *p, unsigned int len)
{
	struct mice_hmac key = hmac_key("0123456789abcdef01234567", 24);
	struct mice_stun msg;

	if (!mice_stun_parse(p, len, &msg))
		return;
	MUST(len >= 20 && len % 4 == 0);
	MUST(msg.txid == p + 8);
	MUST(msg.n_unknown <= MICE_UNKNOWN_MAX);
	if (msg.has & MICE_HAS_USERNAME)
		MUST(msg.username >= p + 24 && msg.username_len <= 512 &&
		     msg.username + msg.username_len <= p + len);
	if (msg.has & MICE_HAS_INTEGRITY) {
		MUST(msg.mac >= p + 24 && msg.mac + 20 <= p + len);
		MUST(msg.mac == p + msg.mac_at + 4);
		mice_stun_verify(p, &msg, &key);
	}
	if (msg.has & MICE_HAS_ERROR)
		MUST(msg.error >= 300 && msg.error <= 699);
	if (msg.has & (MICE_HAS_MAPPED | MICE_HAS_XOR_MAPPED) && !msg.malformed)
		MUST(msg.mapped.ver == 4 || msg.mapped.ver == 6);
}

/* A message of ours about the same is read as it was written. */
static void write_back(const u8 *p, unsigned int len)
{
	struct mice_hmac key = hmac_key("0123456789abcdef01234567", 24);
	struct mice_stun msg, again;
	struct mice_stun_buf b;
	u8 out[1400];
	unsigned int n;

	if (!mice_stun_parse(p, len, &msg) || msg.malformed)
		return;
	mice_stun_begin(&b, out, sizeof(out), msg.type, msg.txid);
	if (msg.has & MICE_HAS_USERNAME)
		mice_stun_put(&b, MICE_ATTR_USERNAME, msg.username,
			      msg.username_len);
	if (msg.has & MICE_HAS_PRIORITY)
		mice_stun_put32(&b, MICE_ATTR_PRIORITY, msg.priority);
	if (msg.has & MICE_HAS_XOR_MAPPED)
		mice_stun_put_mapped(&b, &msg.mapped);
	if (msg.has & MICE_HAS_ERROR)
		mice_stun_put_error(&b, msg.error);
	n = mice_stun_end(&b, &key);
	MUST(n && mice_stun_parse(out, n, &again));
	MUST(mice_stun_verify(out, &again, &key));
	MUST(again.has & MICE_HAS_FINGERPRINT && !again.malformed);
	MUST(msg.priority == again.priority && msg.error == again.error &&
	     msg.username_len == again.username_len);
	if (msg.has & MICE_HAS_XOR_MAPPED)
		MUST(mice_addr_equal(&msg.mapped, &again.mapped));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 *copy;

	check(data, size);
	if (size < 20)
		return 0;
	copy = malloc(size);
	memcpy(copy, data, size);
	copy[0] &= 0x3f;
	mice_put16(copy + 2, size - 20);
	mice_put32(copy + 4, MICE_STUN_COOKIE);
	check(copy, size);
	write_back(copy, size);
	free(copy);
	return 0;
}
