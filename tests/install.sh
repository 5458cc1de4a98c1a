#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make install and make uninstall below a directory, modules and tools: what
# comes is there, and what was there before is all that stays.
#
#	tests/install.sh 6.1|6.12
#
# The modules are those that `make KVER=...' has built.

set -u
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
build=${BUILD:-$top/build}
kver=$1
release=$(cat "$build/kernels/$kver/release") || exit 1
root=$(mktemp -d) || exit 1
trap 'rm -rf "$root"' EXIT

say() { echo "install.sh: $*" >&2; }
die() { say "error: $*"; exit 1; }

# target NAME: as on a machine that runs this kernel.
target()
{
	make -C "$top" --no-print-directory "$1" BUILD="$build" KNAME="$kver" PREFIX=/usr DESTDIR="$root" \
		KDIR="$build/kernels/$kver/usr/src/linux-headers-$release" >"$root.log" 2>&1 || {
		cat "$root.log" >&2
		die "make $1 failed"
	}
	rm -f "$root.log"
}
list() { (cd "$root" && find . -mindepth 1 | LC_ALL=C sort); }

target install
for name in tcp_mobility mip6_ice; do
	[ "$(modinfo -b "$root" -k "$release" -F vermagic $name | cut -d' ' -f1)" = "$release" ] ||
		die "modinfo does not find $name"
done
files=$(find "$root" ! -type d | wc -l)
target uninstall
[ -z "$(list)" ] || die "left behind: $(list | tr '\n' ' ')"

# Whatever is beside ours stays.
mkdir -p "$root"/usr/{bin,lib,include/linux,share/{man/man7,doc/tcp-mobility/examples}} \
	"$root/lib/modules/$release/updates/net/other" "$root/usr/share/empty"
touch "$root"/usr/{bin/other,lib/other,include/linux/other.h} \
	"$root"/usr/share/{man/man7/other.7,doc/tcp-mobility/examples/mine}
cp "$build/$kver/module/net/tcp_mobility/tcp_mobility.ko" \
	"$root/lib/modules/$release/updates/net/other/other.ko"
depmod -b "$root" "$release" 2>/dev/null
before=$(list)
target install
target uninstall
diff <(echo "$before") <(list) || die "what was there before is changed"
say "$files files for $release come and go"
