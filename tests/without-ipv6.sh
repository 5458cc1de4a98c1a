#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a machine that was booted with ipv6.disable=1: mip6_ice says that it cannot be,
# and tcp_mobility does without. Run by tests/check.sh through tests/vm/run.sh.

set -u
PATH=$PATH:$(cd "$(dirname "$0")/.." && pwd)/build/tests/prog

die() { echo "without-ipv6: $*"; exit 1; }

[ ! -e /proc/net/if_inet6 ] || die "this machine has IPv6: boot it with ipv6.disable=1"
! modprobe mip6_ice 2>/dev/null || die "mip6_ice was loaded"
dmesg | grep -q 'mip6_ice: IPv6 is disabled' || die "mip6_ice does not say why"

modprobe tcp_mobility || die "tcp_mobility was not loaded"
xfer server --mobility --once --port 5001 --send 1000 --wait-keyed 20000 >/tmp/server &
for _ in {1..100}; do
	ss -Hltn 'sport = :5001' | grep -q . && break
	sleep 0.1
done
client=$(xfer client --mobility --recv 1000 --wait-keyed 20000 127.0.0.1 5001) &&
	wait $! || die "the transfer failed: $client $(cat /tmp/server)"
grep -q '^sent=0 recv=1000 .* errors=0 state=KEYED$' <<<"$client" || die "the client says: $client"
rmmod tcp_mobility || die "tcp_mobility stays"
