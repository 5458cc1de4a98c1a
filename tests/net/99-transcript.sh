#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The session that Documentation/mobctl.rst shows, as it is today. The page is not
# here: tests/check.sh compares, on the host. In the test machine only, as the
# session writes into /root/.ssh and /etc/hosts.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/flows.sh
. "$(dirname "$0")/../flows.sh"

need_module tcp_mobility
[ "${TCPMOB_VM:-0}" = 1 ] || { echo "TAP version 13"; echo "1..0 # SKIP only in the test machine"; exit $KSFT_SKIP; }

test_case "the session goes through"
cp /etc/hosts "$OUT/.hosts"
expect_success "all of it" bash "$TEST_DIR/demo/transcript.sh"
cp "$OUT/.hosts" /etc/hosts
rm -rf /root/.ssh "$OUT/.hosts"
expect_between "lines" 50 90 "$(wc -l <"$OUT/transcript.txt")"
expect "moves that the monitor saw" 1 "$(grep -c '^[0-9:.]* moved ' "$OUT/transcript.txt")"

# Not as others wait for orphans: a session that has ended leaves none.
test_case "no reference to the module is left"
expect_soon "none" 10000 module_unused

tap_done
