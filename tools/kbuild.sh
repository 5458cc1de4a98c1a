#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the modules against one kernel's headers, in a copy of the sources.
#
#	tools/kbuild.sh HEADERS MODDIR modules|sparse
#	tools/kbuild.sh HEADERS MODDIR modules_install|modules_uninstall [DESTDIR]
#
# Kbuild writes objects beside the sources; the copy in MODDIR keeps the
# checkout clean and lets two kernels be built side by side. Warnings are
# failures: the sources are always compiled with W=1.

set -u
set -o pipefail
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
kdir=$1
moddir=$2
target=$3
destdir=${4:-}
name=$(basename "$(dirname "$moddir")")

die() { echo "kbuild: error: $*" >&2; exit 1; }

[ -e "$kdir/Makefile" ] || die "there are no kernel headers in '$kdir'"

# mirror: bring the copy up to date. Times are kept, so that make sees what
# changed; a file that is gone from the checkout goes from the copy.
mirror()
{
	local dir

	mkdir -p "$moddir" || return 1
	cp -pu "$top/Kbuild" "$moddir/Kbuild" || return 1
	for dir in include net; do
		(cd "$top" && find "$dir" -type f \
			\( -name '*.[ch]' -o -name Kbuild \) -print0) |
		(cd "$top" && xargs -0 -r cp -pu --parents -t "$moddir") || return 1
		(cd "$moddir" && [ -d "$dir" ] && find "$dir" -type f \
			\( -name '*.[ch]' ! -name '*.mod.c' -o -name Kbuild \) -print) |
		while read -r file; do
			[ -e "$top/$file" ] || rm -f "$moddir/$file"
		done
	done
}

# User Mode Linux is an architecture that nobody guesses.
arch=()
! grep -qsx 'CONFIG_UML=y' "$kdir/include/config/auto.conf" || arch=(ARCH=um)

# run_make LOG ARGUMENTS...: kbuild with its output shortened on success.
run_make()
{
	local log=$1

	shift
	make -C "$kdir" M="$moddir" -j"$(nproc)" W=1 ${arch[@]+"${arch[@]}"} "$@" 2>&1 | tee "$log" |
		grep -v -E '^make(\[[0-9]+\])?: (Entering|Leaving)|^  (DEPMOD|SIGN)|^Skipping BTF generation|vmlinux$'
	return "${PIPESTATUS[0]}"
}

# warnings LOG: lines of the log that speak of our files.
warnings()
{
	grep -E '(warning|WARNING|error|ERROR):' "$1" |
		grep -E "$moddir|(^|[ /])(net|include)/|modpost" |
		grep -v -E '^warning: the compiler differs'
}

# release: of the kernel. Not `make kernelrelease': with Debian's headers it
# forgets the ABI name.
release()
{
	sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' "$kdir/include/generated/utsrelease.h" |
		grep . || die "$kdir does not say which kernel it is for"
}

# remove_modules DIR: ours from updates/, with the directories that they leave
# empty; below DESTDIR also what depmod wrote, if there is no other module.
remove_modules()
{
	local name

	[ -d "$1" ] || return 0
	for name in $(sed -n 's/^obj-m[^=]*= *\(.*\)\.o$/\1/p' "$top"/net/*/Kbuild); do
		rm -f "$1/updates/net/$name/$name".ko*
		[ ! -d "$1/updates/net/$name" ] || (cd "$1" &&
			rmdir -p --ignore-fail-on-non-empty "updates/net/$name") || return 1
	done
	if [ -z "$destdir" ] || find "$1" -name '*.ko*' | grep -q .; then
		depmod ${destdir:+-b "$destdir"} "${1##*/}"
		return
	fi
	rm -f "$1"/modules.*
	(cd "$destdir" && rmdir -p --ignore-fail-on-non-empty "${1#"$destdir"/}")
}

# Two builds for the same kernel at once would trip over each other.
mkdir -p "$moddir" && exec 9>"$moddir/../.lock" && flock 9 || exit 1

mirror || die "cannot copy the sources to $moddir"
if ! ls "$moddir"/net/*/Kbuild >/dev/null 2>&1; then
	die "no directory of net/ has a Kbuild file: there is nothing to build"
fi

case $target in
modules)
	log=$moddir/../build.log
	run_make "$log" modules
	status=$?
	found=$(warnings "$log")
	if [ $status != 0 ] || [ -n "$found" ]; then
		# What was compiled with a warning must be compiled, and warned
		# of, again.
		find "$moddir" -name '*.o' -delete
		[ $status != 0 ] && die "the modules for $name do not compile (log: $(realpath "$log"))"
		echo "$found" >&2
		die "warnings are failures (log: $(realpath "$log"))"
	fi
	for file in "$moddir"/net/*/*.ko; do
		echo "kbuild: $name: $(basename "$file") $(stat -c %s "$file") bytes for $(modinfo -F vermagic "$file")"
	done
	;;
sparse)
	command -v sparse >/dev/null || die "sparse is missing; run tests/setup.sh"
	log=$moddir/../sparse.log
	run_make "$log" C=2 CF="-D__CHECK_ENDIAN__" modules ||
		die "sparse did not finish for $name (log: $(realpath "$log"))"
	found=$(warnings "$log")
	if [ -n "$found" ]; then
		find "$moddir" -name '*.o' -delete
		echo "$found" >&2
		die "sparse found something for $name (log: $(realpath "$log"))"
	fi
	echo "kbuild: $name: sparse is content"
	;;
modules_install)
	run_make "$moddir/../install.log" INSTALL_MOD_PATH="$destdir" \
		INSTALL_MOD_DIR=updates modules_install ||
		die "the modules could not be installed"
	release=$(release) || exit 1
	depmod ${destdir:+-b "$destdir"} "$release" || die "depmod failed"
	;;
modules_uninstall)
	release=$(release) || exit 1
	remove_modules "$destdir/lib/modules/$release" || die "the modules are not removed"
	;;
*)
	die "unknown target '$target'"
	;;
esac
