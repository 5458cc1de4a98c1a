#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The socket interface over loopback: where the ULP may be set, who inherits
# it, what getsockopt() says. The cases are in tests/prog/sockinfo.c.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

need_module tcp_mobility
setup_ns host
in_ns "$host" sockinfo
