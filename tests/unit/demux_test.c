// SPDX-License-Identifier: GPL-2.0
/*
 * net/mip6_ice/demux.c: draft-tschofenig-mip6-ice-01, Section 12, with the
 * coincidence that it describes made on purpose.
 */
#include "mice_hmac.h"
#include "mip6_ice/demux.h"

static const struct mice_mh_fmt fmt = { 18, 22, 23 };
static const u8 src[16] = { 0x20, 1, 0x0d, 0xb8, 0, 1, [15] = 1 };
static const u8 dst[16] = { 0x20, 1, 0x0d, 0xb8, 0, 2, [15] = 2 };

static struct mice_demux out;
static u8 raw[4096];

static enum mice_payload demux(unsigned int len)
{
	memset(&out, 0xa5, sizeof(out));
	return mice_demux(stage(raw, len), len, &fmt, &out);
}

static u32 crc(const u8 *p, unsigned int len)
{
	return ~crc32_le(~0u, p, len) ^ 0x5354554e;
}

static void test_keepalive(void)
{
	unsigned int v;

	for (v = 0; v < 256; v++) {
		raw[0] = v;
		CHECK(demux(1) == (v == 0xff ? MICE_IS_KEEPALIVE :
				   MICE_IS_NOTHING), "octet %02x", v);
	}
	raw[0] = raw[1] = 0xff;
	CHECK(demux(2) == MICE_IS_NOTHING, "two of them");
	CHECK(demux(0) == MICE_IS_NOTHING, "none");
}

static void test_stun(void)
{
	struct mice_hmac key = hmac_key("0123456789abcdef01234567", 24);
	struct mice_stun_buf b;
	u8 txid[12] = { 1, 2, 3 };
	unsigned int i, len;

	mice_stun_begin(&b, raw, sizeof(raw), MICE_STUN_REQUEST, txid);
	mice_stun_put(&b, MICE_ATTR_USERNAME, "abcd:0123", 9);
	len = mice_stun_end(&b, &key);
	CHECK(demux(len) == MICE_IS_STUN && out.stun.username_len == 9, "whole");
	for (i = 0; i < len; i++)
		CHECK(demux(i) == MICE_IS_NOTHING, "%u octets of it", i);
	raw[len] = 0;
	CHECK(demux(len + 1) == MICE_IS_NOTHING, "an octet more");
	raw[len - 1] ^= 1;
	CHECK(demux(len) == MICE_IS_NOTHING, "a wrong FINGERPRINT");
	/* Without FINGERPRINT. */
	len = 20;
	mice_put16(raw + 2, 0);
	CHECK(demux(len) == MICE_IS_NOTHING, "no FINGERPRINT");
}

/* A Mobility Header of @type and @len octets, checksum right. */
static void make_mh(u8 type, unsigned int len)
{
	memset(raw, 0, len);
	raw[0] = 59;
	raw[1] = len / 8 - 1;
	raw[2] = type;
	mice_mh_set_sum(raw, src, dst);
}

static void test_mh(void)
{
	unsigned int t;

	for (t = 0; t < 256; t++) {
		bool ours = t == 1 || t == 3 || (t >= 5 && t <= 7) || t == 22 ||
			    t == 23;

		make_mh(t, 24);
		CHECK(demux(24) == (ours ? MICE_IS_MH : MICE_IS_NOTHING),
		      "type %u", t);
		CHECK(!ours || out.mh_rest == mice_mh_pair_sum(src, dst),
		      "type %u", t);
		raw[23] ^= 1;
		CHECK(!ours || (demux(24) == MICE_IS_MH &&
				out.mh_rest != mice_mh_pair_sum(src, dst)),
		      "type %u, wrong checksum: nobody's", t);
	}
	make_mh(22, 24);
	CHECK(demux(23) == MICE_IS_NOTHING, "cut short");
	CHECK(demux(25) == MICE_IS_MH, "with something behind it");
}

static void test_inner(void)
{
	unsigned int v;

	for (v = 0; v < 16; v++) {
		memset(raw, 0, 64);
		raw[0] = v << 4 | 5;
		CHECK(demux(64) == (v == 4 ? MICE_IS_IPV4 :
				    v == 6 ? MICE_IS_IPV6 : MICE_IS_NOTHING),
		      "version %u", v);
	}
	raw[0] = 0x45;
	CHECK(demux(20) == MICE_IS_IPV4 && demux(19) == MICE_IS_NOTHING, "IPv4");
	raw[0] = 0x60;
	CHECK(demux(40) == MICE_IS_IPV6 && demux(39) == MICE_IS_NOTHING, "IPv6");
}

/*
 * D12: a Mobility Header whose checksum and first data are the magic cookie. As
 * STUN it would have message type 0x3bHH with HH the Header Len, and a length of
 * MH Type and Reserved, which fits the payload only if somebody sets Reserved
 * to one of 4, 12, 20 ...
 */
static bool make_collision(u8 type, u8 reserved)
{
	unsigned int len = (type << 8 | reserved) + MICE_STUN_HEAD;
	unsigned int i;

	if (len > MICE_MH_MAX || len % 8)
		return false;
	memset(raw, 0, len);
	raw[0] = 59;
	raw[1] = len / 8 - 1;
	raw[2] = type;
	raw[3] = reserved;
	mice_put32(raw + 4, MICE_STUN_COOKIE);
	/*
	 * Attributes all the way, in case somebody looks: one of up to 65535
	 * octets, unknown and optional.
	 */
	mice_put16(raw + 20, 0x8fff);
	mice_put16(raw + 22, len - 24);
	/* Make the checksum be 0x2112 by choosing two octets of data. */
	for (i = 0; i < 65536; i++) {
		mice_put16(raw + len - 2, i);
		if (mice_mh_sum_ok(raw, src, dst))
			return true;
	}
	return false;
}

static void test_collision(void)
{
	unsigned int type, reserved, made = 0;

	for (type = 0; type < 256; type++) {
		if (!mice_mh_known(&fmt, type))
			continue;
		for (reserved = 0; reserved < 256; reserved++) {
			unsigned int len = (type << 8 | reserved) + 20;

			if (!make_collision(type, reserved))
				continue;
			CHECK(reserved % 8 == 4, "Reserved %u", reserved);
			made++;
			CHECK(demux(len) == MICE_IS_MH &&
			      out.mh_rest == mice_mh_pair_sum(src, dst),
			      "type %u, Reserved %u", type, reserved);
			/* With FINGERPRINT at the end it is STUN for good. */
			mice_put16(raw + 22, len - 32);
			mice_put32(raw + len - 8, 0x80280004);
			mice_put32(raw + len - 4, crc(raw, len - 8));
			CHECK(demux(len) == MICE_IS_STUN,
			      "type %u, Reserved %u, FINGERPRINT", type, reserved);
			raw[len - 1] ^= 0x80;
			CHECK(demux(len) == MICE_IS_MH,
			      "type %u, Reserved %u, a wrong one", type, reserved);
		}
	}
	/* HoTI, HoT, BU, BA: 32 each; BE: up to 236; CoT*-ICE: too long. */
	CHECK(made == 32 * 4 + 30, "%u made", made);
}

static const struct tap_case cases[] = {
	{ "keepalive: one octet ff", test_keepalive },
	{ "STUN: every condition", test_stun },
	{ "Mobility Header: type, length, checksum", test_mh },
	{ "inner packets", test_inner },
	{ "the coincidence of Section 12", test_collision },
};

int main(void)
{
	return tap_run(cases, ARRAY_SIZE(cases));
}
