#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fetch a Debian cloud kernel and its headers as packages and unpack them
# below build/kernels/KVER, without installing anything on the host.
#
#	tests/vm/fetch-kernel.sh [--refresh] [--with-compiler] 6.1|6.12
#	tests/vm/fetch-kernel.sh --source 6.1|6.12
#
# The last line of the standard output is the directory; with --source, which
# only downloads Debian's package of the kernel's sources, that package.
#
# Environment:
#	BUILD         build directory (default: build/ in the checkout)
#	TCPMOB_CACHE  directory that keeps the downloaded packages; a package
#	              found there is not downloaded again (default: BUILD/debs)

set -u
set -o pipefail

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
build=${BUILD:-$top/build}
cache=${TCPMOB_CACHE:-$build/debs}
refresh=0
with_compiler=0
source=0
kver=

say() { echo "fetch-kernel: $*" >&2; }
die() { say "error: $*"; exit 1; }

while [ $# -gt 0 ]; do
	case $1 in
	--refresh)       refresh=1 ;;
	--with-compiler) with_compiler=1 ;;
	--source)        source=1 ;;
	6.1|6.12)        kver=$1 ;;
	*)               die "unknown argument '$1'; usage: $0 [--refresh] [--with-compiler] [--source] 6.1|6.12" ;;
	esac
	shift
done
[ -n "$kver" ] || die "which kernel? usage: $0 [--refresh] 6.1|6.12"

for tool in apt-get apt-cache dpkg-deb depmod; do
	PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null ||
		die "'$tool' is missing; run tests/setup.sh on a Debian 12 machine"
done
export PATH=$PATH:/usr/sbin:/sbin

case $kver in
6.1)  meta=linux-image-cloud-amd64;      pattern='^linux-image-6\.1\.0-[0-9]+-cloud-amd64$' ;;
6.12) meta=linux-image-6.12-cloud-amd64; pattern='^linux-image-6\.12\.[0-9]+\+.*-cloud-amd64$' ;;
esac

dest=$build/kernels/$kver
stamp=$dest/.complete

if [ -e "$stamp" ] && [ $refresh = 0 ] && [ $source = 0 ]; then
	echo "$dest"
	exit 0
fi

# Two builds at once must not fetch the same kernel twice.
mkdir -p "$build/kernels" "$cache" || exit 1
exec 9>"$build/kernels/.lock-$kver" || exit 1
flock 9 || exit 1
if [ -e "$stamp" ] && [ $refresh = 0 ] && [ $source = 0 ]; then
	echo "$dest"
	exit 0
fi

# Extra options of every apt call; filled by private_apt.
apt_opts=(-o APT::Sandbox::User=root)

# has_candidate PACKAGE: does apt know a version it could download?
has_candidate()
{
	local candidate

	candidate=$(LC_ALL=C apt-cache "${apt_opts[@]}" policy "$1" 2>/dev/null |
		    sed -n 's/^ *Candidate: //p')
	[ -n "$candidate" ] && [ "$candidate" != "(none)" ]
}

# resolve_image: print the real image package behind the meta package, or the
# newest one of the series where the meta package itself is not offered.
resolve_image()
{
	local name

	if has_candidate "$meta"; then
		name=$(apt-cache "${apt_opts[@]}" show --no-all-versions "$meta" |
		       sed -n 's/^Depends: //p' | tr ',|' '\n\n' |
		       sed 's/^ *//; s/ .*//' | grep -E "$pattern" | head -n 1)
		if [ -n "$name" ] && has_candidate "$name"; then
			echo "$name"
			return 0
		fi
	fi
	for name in $(apt-cache "${apt_opts[@]}" pkgnames "linux-image-$kver." |
		      grep -E "$pattern" | sort -rV); do
		if has_candidate "$name"; then
			echo "$name"
			return 0
		fi
	done
	return 1
}

# private_apt: an apt configuration of our own below build/, with the suites
# that the machine's sources may lack. The extra lines are derived from the
# machine's own main archive, so the same mirror and the same keys are used.
private_apt()
{
	local dir=$build/apt
	local uri codename entry opt= main_uri= signed=

	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" \
		 "$dir/sources.d" || return 1

	# shellcheck disable=SC2016
	while read -r uri codename entry; do
		case $codename$uri in
		bookworm[!-]*/debian/) main_uri=$uri; break ;;
		esac
	done < <(apt-get indextargets \
		 --format '$(REPO_URI) $(CODENAME) $(SOURCESENTRY)' \
		 'Created-By: Packages' 2>/dev/null)

	if [ -z "$main_uri" ]; then
		say "apt has no lists of a 'bookworm' archive whose path ends in /debian; run 'apt-get update' first"
		return 1
	fi

	# The same key ring as the machine's own entry, if that names one.
	signed=$(sed -n 's/^Signed-By: *\(\/[^ ]*\)$/\1/p; s/^deb .*signed-by=\(\/[^] ]*\).*/\1/p' \
		 "${entry%:*}" 2>/dev/null | head -n 1)
	[ -z "$signed" ] || opt="[signed-by=$signed] "

	{
		echo "deb $opt$main_uri bookworm main"
		echo "deb $opt${main_uri%debian/}debian-security bookworm-security main"
		echo "deb $opt$main_uri bookworm-backports main"
	} > "$dir/sources.list" || return 1

	apt_opts+=(-o "Dir::Etc::sourcelist=$dir/sources.list"
		   -o "Dir::Etc::sourceparts=$dir/sources.d"
		   -o "Dir::State::lists=$dir/lists"
		   -o "Dir::Cache=$dir/cache"
		   -o "APT::Get::List-Cleanup=false")

	say "apt's own sources lack the $kver kernel; reading bookworm-security and bookworm-backports of the same mirror into $dir"
	# One missing suite is no failure; the missing package will be.
	apt-get "${apt_opts[@]}" -q update >"$dir/update.log" 2>&1 || {
		say "apt-get update was not complete:"
		grep -E '^(E|W|Err)' "$dir/update.log" >&2
	}
	return 0
}

# get PACKAGE: put its .deb into the cache and print the path.
get()
{
	local version file partial

	version=$(LC_ALL=C apt-cache "${apt_opts[@]}" policy "$1" |
		  sed -n 's/^ *Candidate: //p')
	for file in "$cache/$1_${version//:/%3a}"_{amd64,all}.deb; do
		if [ -s "$file" ]; then
			say "$(basename "$file"): already here"
			echo "$file"
			return 0
		fi
	done

	say "downloading $1 $version"
	partial=$cache/.partial-$$
	rm -rf "$partial"
	mkdir -p "$partial" || return 1
	if ! (cd "$partial" && apt-get "${apt_opts[@]}" -qq download "$1=$version") >&2; then
		rm -rf "$partial"
		say "cannot download $1 $version: the package list may be out of date (apt-get update), or the mirror is not reachable"
		return 1
	fi
	file=$(cd "$partial" && ls)
	mv "$partial/$file" "$cache/$file" && rmdir "$partial" || return 1
	echo "$cache/$file"
}

if [ $source = 1 ]; then
	has_candidate "linux-source-$kver" || private_apt
	has_candidate "linux-source-$kver" ||
		die "apt offers no package linux-source-$kver; run 'apt-get update'"
	get "linux-source-$kver"
	exit
fi

image=$(resolve_image) || {
	private_apt && image=$(resolve_image)
} || die "apt offers no package '$meta' nor any linux-image-$kver.*-cloud-amd64.
  Run 'apt-get update'; on Debian 12 the 6.12 kernels are in the suite
  bookworm-security, which must be reachable on the configured mirror."

release=${image#linux-image-}
headers=linux-headers-$release
has_candidate "$headers" || die "apt offers $image but not $headers; run 'apt-get update'"

say "kernel $kver is $release"

deps=$(apt-cache "${apt_opts[@]}" show --no-all-versions "$headers" |
       sed -n 's/^Depends: //p' | tr ',|' '\n\n' | sed 's/^ *//; s/ .*//' |
       grep -E '^linux-(headers-.*-common|kbuild-.*)$' | sort -u)
[ "$(echo "$deps" | wc -l)" = 2 ] ||
	die "$headers depends on '$deps', expected one linux-headers-*-common and one linux-kbuild-*"

packages="$image $headers $deps"
[ $with_compiler = 1 ] && packages="$packages linux-compiler-gcc-12-x86"

tmp=$build/kernels/.tmp-$kver-$$
trap 'rm -rf "$tmp" "$cache/.partial-$$"' EXIT
rm -rf "$tmp"
mkdir -p "$tmp" || exit 1

for package in $packages; do
	deb=$(get "$package") || die "kernel $kver is not complete"
	say "unpacking $(basename "$deb")"
	dpkg-deb -x "$deb" "$tmp" || {
		rm -f "$deb"
		die "$(basename "$deb") is damaged and was removed; run the command again"
	}
done

# The headers' Makefile includes the common one by its installed path. The
# tree moves from tmp to dest, so the path is written relative to itself.
makefile=$tmp/usr/src/$headers/Makefile
common=$(sed -n 's,^include /usr/src/\(.*-common\)/Makefile$,\1,p' "$makefile")
[ -n "$common" ] && [ -d "$tmp/usr/src/$common" ] ||
	die "$headers has an unexpected Makefile: $(head -n 3 "$makefile")"
# shellcheck disable=SC2016
sed -i "s,^include /usr/src/,include \$(dir \$(lastword \$(MAKEFILE_LIST)))../," "$makefile"

# Debian 13 packs what is in /lib as /usr/lib.
[ -e "$tmp/lib" ] || ln -s usr/lib "$tmp/lib"
depmod -b "$tmp" "$release" || die "depmod failed for $release"
echo "$release" > "$tmp/release"
touch "$tmp/.complete"

rm -rf "$dest"
mv "$tmp" "$dest" || exit 1
trap - EXIT
say "kernel $kver ($release) is ready in $dest"
echo "$dest"
