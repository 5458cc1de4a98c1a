#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mobctl monitor ends when its module goes, when nobody tells it so, too: monitor.c
# is a library that lets the family go at the wrong moment.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$(mktemp -d)
at_end() { rm -rf "$dir"; }

# monitor FAMILY_ASKED LOST: what it says without its times, and its status; 124: it
# waits.
monitor()
{
	FAMILY_ASKED=$1 LOST=$2 LD_PRELOAD=$dir/monitor.so timeout 5 mobctl monitor >"$dir/said" 2>&1
	echo "status $?" >>"$dir/said"
	sed 's/^[0-9:.]* //; s/^status //' "$dir/said" | paste -sd' '
}
gone="Error: the module tcp_mobility was unloaded. 2"
lost="lost: the kernel had more events than we could read"

test_case "the module goes, and the message about it was lost"
expect_success "the library" cc -std=gnu11 -Wall -shared -fPIC -o "$dir/monitor.so" "$TEST_DIR/cli/monitor.c"
expect "not loaded" "Error: the module tcp_mobility is not loaded: modprobe tcp_mobility (the kernel has no netlink family of that name). 2" \
	"$(monitor 0 0)"
expect "it goes before the monitor listens" "$gone" "$(monitor 1 0)"
expect "it has gone: the family is not asked for, which could load it again" "$gone" \
	"$(MODULE_GONE=1 monitor 9 0)"
expect "messages were lost, and it has gone" "$lost $gone" "$(monitor 2 1)"
expect "as often as there is room again" "$lost $lost $lost $gone" "$(monitor 4 3)"
expect "nothing was lost: it waits" "124" "$(monitor 2 0)"
expect "messages were lost, and it is there: it waits" "$lost 124" "$(monitor 3 1)"

tap_done
