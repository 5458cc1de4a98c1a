#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build a debug kernel of `make check-debug' from Debian's linux-source-6.12 and
# lay it out like the fetched kernels, as build/kernels/uml or build/kernels/debug.
#
#	tests/vm/debug-kernel.sh [--refresh] [uml|debug]
#
# uml is a process of the host (User Mode Linux), on one processor; debug is for a
# virtual machine, with two. The detectors are the same: tests/vm/debug.config.
#
# On two processors and 4 GB of disk the build takes 6 minutes for uml and 13 for
# debug. It is kept outside the tree, so that no other checkout has to repeat it, under a
# name that tells version, configuration and compiler; what is there already
# is used, even if Debian has a newer source by now. --refresh asks for the
# newest. The last line of the standard output is the directory.
#
# Environment:
#	BUILD         build directory (default: build/ in the checkout)
#	TCPMOB_DEBUG_CACHE  where debug kernels are kept (default:
#	              ~/.cache/tcp-mobility, or below XDG_CACHE_HOME)
#	TCPMOB_CACHE  where the downloaded package is kept (see fetch-kernel.sh)
#	DEBUG_JOBS    processes of the build (default: one per processor)

set -u
set -o pipefail
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd) || exit 1
top=$(cd "$here/../.." && pwd) || exit 1
export BUILD=${BUILD:-$top/build}
cache=${TCPMOB_DEBUG_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tcp-mobility}
jobs=${DEBUG_JOBS:-$(nproc)}
series=6.12
# Raised when this script builds or lays out in another way.
recipe=2
refresh=0
kind=debug

say() { echo "debug-kernel: $*" >&2; }
die() { say "error: $*"; exit 1; }

while [ $# -gt 0 ]; do
	case $1 in
	--refresh) refresh=1 ;;
	uml|debug) kind=$1 ;;
	*)         die "unknown argument '$1'; usage: $0 [--refresh] [uml|debug]" ;;
	esac
	shift
done

# The base configurations are part of the name: a change makes another kernel.
case $kind in
uml)
	arch=um base_configs=x86_64_defconfig targets="linux modules" steps=1570
	fragments="$here/debug.config $here/debug-uml.config" ;;
debug)
	arch=x86 base_configs="x86_64_defconfig kvm_guest.config" targets="bzImage modules" steps=2500
	fragments="$here/debug.config $here/debug-x86.config" ;;
esac

# Whoever calls us may be a make with variables of its own.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL ARCH CROSS_COMPILE \
	KBUILD_OUTPUT KCONFIG_CONFIG LOCALVERSION KCFLAGS

# Comments do not make another kernel.
# shellcheck disable=SC2086
key=$({ echo "$recipe $kind $series $base_configs $(gcc -dumpfullversion)"
	[ $kind != uml ] || cat "$here/uml.patch"
	cat $fragments | grep -E '^CONFIG_|^# CONFIG_.* is not set'; } | sha256sum | cut -c 1-12)

# use DIR: make it build/kernels/KIND, say so and be done.
use()
{
	local link=$BUILD/kernels/$kind

	mkdir -p "$BUILD/kernels" || exit 1
	if [ "$(readlink "$link")" != "$1" ]; then
		rm -rf "$link"
		ln -s "$1" "$link" || exit 1
		say "$kind kernel $(cat "$1/release") from $1"
	fi
	echo "$link"
	exit 0
}

# newest: the newest kernel of this configuration that is complete.
newest()
{
	local stamp

	stamp=$(find "$cache" -maxdepth 2 -path "*/$kind-$series.*-$key/.complete" 2>/dev/null |
		sort -V | tail -n 1)
	[ -n "$stamp" ] && echo "${stamp%/.complete}"
}

[ $refresh = 1 ] || { ! dir=$(newest) || use "$dir"; }

# Who comes second waits for the first one's kernel.
mkdir -p "$cache" || die "cannot write to $cache"
exec 9>"$cache/.lock" || exit 1
flock -n 9 || {
	say "another debug kernel is being built in $cache; waiting for it"
	flock 9
}
[ $refresh = 1 ] || { ! dir=$(newest) || use "$dir"; }

"$top/tests/setup.sh" || exit 1
deb=$("$here/fetch-kernel.sh" --source "$series" | tail -n 1) || exit 1
version=$(dpkg-deb -f "$deb" Version) || die "$deb is damaged; remove it and run the command again"
version=${version%%-*}
dest=$cache/$kind-$version-$key
[ ! -e "$dest/.complete" ] || use "$dest"

free=$(df -Pk "$cache" | awk 'NR == 2 { print int($4 / 1024) }')
[ "$free" -ge 5000 ] || die "the build needs 5000 MB in $cache; there are $free MB"

work=$cache/.build-$key
rm -rf "$work" "$dest"
mkdir -p "$work/dest" || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

say "unpacking $(basename "$deb")"
dpkg-deb --fsys-tarfile "$deb" |
	tar -xO "./usr/src/linux-source-$series.tar.xz" |
	tar -xJ -C "$work" || die "$(basename "$deb") cannot be unpacked"
src=$work/linux-source-$series

# Without it the stories take three times as long, and say the same.
if [ $kind = uml ] && patch --dry-run -d "$src" -p 1 -s -f <"$here/uml.patch" >&2; then
	patch -d "$src" -p 1 -s -f <"$here/uml.patch" || die "tests/vm/uml.patch"
elif [ $kind = uml ]; then
	say "tests/vm/uml.patch does not fit Linux $version: the kernel will be slow"
fi

# keep_log: a log of the build that failed, where it is not removed.
keep_log()
{
	cp "$work/build.log" "$cache/failed-$key.log" 2>/dev/null
	grep -E -A 5 '(error|Error|ERROR)' "$work/build.log" | tail -n 20 >&2
	die "$* (log: $cache/failed-$key.log)"
}

# The configuration, and proof that each line of ours was taken.
configure()
{
	local line name wrong=

	export ARCH=$arch
	# shellcheck disable=SC2086
	make -C "$src" $base_configs >"$work/build.log" 2>&1 || return 1
	# shellcheck disable=SC2086
	(cd "$src" && scripts/kconfig/merge_config.sh -m -Q .config $fragments) \
		>>"$work/build.log" 2>&1 || return 1
	make -C "$src" olddefconfig >>"$work/build.log" 2>&1 || return 1

	while read -r line; do
		case $line in
		CONFIG_*)
			grep -qxF "$line" "$src/.config" || wrong="$wrong
  $line" ;;
		"# CONFIG_"*" is not set")
			name=${line#\# }
			name=${name%% *}
			! grep -q "^$name=" "$src/.config" || wrong="$wrong
  $line" ;;
		esac
	# shellcheck disable=SC2086
	done < <(cat $fragments)
	[ -z "$wrong" ] ||
		die "Linux $version does not take these lines of $fragments:$wrong"
}

configure || keep_log "the kernel cannot be configured"

say "building Linux $version with the configuration $key, $jobs jobs; this happens once and takes a while"
say "a line every 30 s; the log is $work/build.log"
start=$SECONDS
# shellcheck disable=SC2086
nice -n 10 make -C "$src" -j"$jobs" $targets >>"$work/build.log" 2>&1 &
pid=$!
next=30
while kill -0 $pid 2>/dev/null; do
	sleep 1
	[ $((SECONDS - start)) -ge $next ] || continue
	next=$((next + 30))
	say "$((SECONDS - start)) s: $(grep -c '^  \(CC\|AS\|AR\|LD\) ' "$work/build.log") of about $steps steps"
done
wait $pid || keep_log "the kernel does not build"

# Laid out like a fetched package: boot/, lib/modules/, and in usr/src what
# modules are built with.
lay_out()
{
	local release dest=$work/dest

	release=$(cat "$src/include/config/kernel.release") || return 1
	mkdir -p "$dest/boot" "$dest/usr/src" || return 1
	case $kind in
	uml)   cp "$src/linux" "$dest/boot/linux-$release" ;;
	debug) cp "$src/arch/x86/boot/bzImage" "$dest/boot/vmlinuz-$release" ;;
	esac && cp "$src/.config" "$dest/boot/config-$release" &&
		cp "$src/System.map" "$dest/boot/System.map-$release" || return 1
	make -C "$src" INSTALL_MOD_PATH="$dest" modules_install &&
		make -C "$src" run-command \
		KBUILD_RUN_COMMAND="\$(srctree)/scripts/package/install-extmod-build $dest/usr/src/linux-headers-$release" || return 1
	cp "$src/.config" "$dest/usr/src/linux-headers-$release/" || return 1
	# What install-extmod-build does not know of: below, it is x86.
	[ $kind != uml ] || (cd "$src" && cp -R --parents arch/x86/Makefile* arch/x86/um arch/x86/include \
		arch/um/scripts arch/um/include arch/um/configs "$dest/usr/src/linux-headers-$release/") || return 1
	rm -f "$dest/lib/modules/$release/build"
	depmod -b "$dest" "$release" || return 1
	echo "$release" > "$dest/release"
}

lay_out >>"$work/build.log" 2>&1 || keep_log "the kernel was built, but cannot be laid out"
cp "$work/build.log" "$work/dest/build.log"
echo "built in $((SECONDS - start)) s with $jobs jobs" > "$work/dest/.complete"
mv "$work/dest" "$dest" || exit 1
say "$(cat "$dest/release") $(cat "$dest/.complete"); it stays in $dest ($(du -sm "$dest" | cut -f 1) MB)"
rm -rf "$work"
trap - EXIT INT TERM
use "$dest"
