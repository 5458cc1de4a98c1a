#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the Debian packages tcp-mobility-dkms and mobctl into BUILD/deb.
#
#	packaging/deb.sh
#
# Needs debhelper, dh-dkms, libnl-genl-3-dev and pkg-config. A copy of the
# sources is built in; the checkout stays as it is.
#
# Environment:
#	BUILD               build directory (default: build/ in the checkout)
#	DEBFULLNAME, DEBEMAIL  who is named as the maintainer
#	                    (default: the author of the last commit)
#	SOURCE_DATE_EPOCH   date of the changelog (default: of the last commit)

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")
out=$build/deb
tree=$out/tcp-mobility-$version

for tool in dpkg-buildpackage dh dh_dkms pkg-config; do
	command -v $tool >/dev/null || {
		echo "deb.sh: '$tool' is missing: apt-get install build-essential debhelper dh-dkms libnl-genl-3-dev pkg-config" >&2
		exit 1
	}
done

maintainer=$(git -C "$top" log -1 --format='%an <%ae>' 2>/dev/null || echo "root <root@localhost>")
if [ -n "${DEBEMAIL:-}" ]; then
	maintainer="${DEBFULLNAME:-$DEBEMAIL} <$DEBEMAIL>"
fi
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
	SOURCE_DATE_EPOCH=$(git -C "$top" log -1 --format=%ct 2>/dev/null || date +%s)
fi
export SOURCE_DATE_EPOCH

rm -rf "$out"
mkdir -p "$tree"
for name in Makefile Kbuild dkms.conf LICENSE README.md Documentation include net tools; do
	cp -R "$top/$name" "$tree/"
done
cp -R "$top/packaging/debian" "$tree/debian"
sed -i "s/@VERSION@/$version/g; s/@MAINTAINER@/$maintainer/g" "$tree"/debian/rules "$tree"/debian/control
chmod 755 "$tree/debian/rules"
cat >"$tree/debian/changelog" <<END
tcp-mobility ($version) unstable; urgency=medium

  * Built from the sources by make deb.

 -- $maintainer  $(date -R -u -d "@$SOURCE_DATE_EPOCH")
END
# What a build left must not become a source of the package.
find "$tree/net" "$tree/include" -type f ! -name '*.[ch]' ! -name Kbuild -delete

cd "$tree"
dpkg-buildpackage -us -uc -b >"$out/build.log" 2>&1 || {
	tail -n 30 "$out/build.log" >&2
	exit 1
}
rm -rf "$tree"
ls -l "$out"/*.deb
