// SPDX-License-Identifier: GPL-2.0
/*
 * mobctl ice: peers of ICE for Mobile IPv6. The grammar is complete; what it
 * asks of the kernel needs the family mip6_ice.
 */
#include "address.h"
#include "genl.h"
#include "mobctl.h"

#include <string.h>

/* Whether the kernel has the family, and says what about it. */
static int ask_kernel(void)
{
	int err = genl_family("mip6_ice");

	if (err)
		return genl_status(err);
	return fail(EXIT_KERNEL, "this mip6_ice is newer than this mobctl: use the one that came with it");
}

static int parse_peer(const char *text)
{
	struct in6_addr addr;

	if (address_parse(text, &addr) && !IN6_IS_ADDR_V4MAPPED(&addr))
		return 0;
	return fail(EXIT_USAGE, "\"%s\" is no IPv6 home address", text);
}

/* Exactly one peer, or with @optional at most one. */
static int with_peer(int argc, char **argv, bool optional)
{
	int err;

	if (!argc)
		return optional ? ask_kernel() :
		       fail(EXIT_USAGE, "the peer's home address is missing");
	err = parse_peer(argv[0]);
	if (err)
		return err;
	if (argc > 1)
		return fail(EXIT_USAGE, "\"%s\" is one word too many", argv[1]);
	return ask_kernel();
}

static int ice_peer_add(int argc, char **argv)
{
	if (argc >= 2 && !strcmp(argv[1], "dev")) {
		int err = parse_peer(argv[0]);

		if (err)
			return err;
		if (argc < 3)
			return fail(EXIT_USAGE, "\"dev\" needs a device");
		if (argc > 3)
			return fail(EXIT_USAGE, "\"%s\" is one word too many", argv[3]);
		return ask_kernel();
	}
	return with_peer(argc, argv, false);
}

static int ice_peer_del(int argc, char **argv)
{
	return with_peer(argc, argv, false);
}

static int ice_show(int argc, char **argv)
{
	return with_peer(argc, argv, true);
}

static int ice_plain(int argc, char **argv)
{
	if (argc)
		return fail(EXIT_USAGE, "\"%s\" is one word too many", argv[0]);
	return ask_kernel();
}

int ice_monitor(int argc, char **argv)
{
	return ice_plain(argc, argv);
}

const struct command ice_commands[] = {
	{ "peer show", "[ HOME-ADDRESS ]", "list peers, and the path in use", ice_show },
	{ "peer add", "HOME-ADDRESS [ dev DEVICE ]", "talk to a peer directly", ice_peer_add },
	{ "peer del", "HOME-ADDRESS", "forget a peer", ice_peer_del },
	{ "candidates", "[ HOME-ADDRESS ]", "list addresses offered and received", ice_show },
	{ "pairs", "[ HOME-ADDRESS ]", "list pairs, their checks, and why one failed", ice_show },
	{ "monitor", "", "print events until interrupted", ice_monitor },
	{ "stats", "", "print counters", ice_plain },
	{ NULL }
};
