#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Do the Debian packages install, build, load and go away again? As root.
#
#	packaging/test.sh CHROOT [6.1] [6.12]
#
# CHROOT is a Debian 12 root directory that may be changed; where there is none,
# debootstrap makes it. `make deb' comes before. For each kernel its headers are
# installed there, DKMS builds the modules, and a test machine (tests/vm) runs
# stories of both with these modules and with the tools of the package. Then the
# packages are purged, and nothing of them must be left. TAP. All of that:
# `make check-deb'.
#
# Environment:
#	BUILD         build directory (default: build/ in the checkout)
#	DEB_NO_VM=1   without the test machine

set -u

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
export BUILD=${BUILD:-$top/build}
[ $# -ge 1 ] || { sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 1; }
chroot=$1
shift
[ $# -gt 0 ] || set -- 6.1 6.12
log=$BUILD/out/deb
n=0
status=0

# step WHAT COMMAND...: one line of TAP.
step()
{
	local what=$1

	shift
	n=$((n + 1))
	if "$@" >"$log/$n.log" 2>&1; then
		echo "ok $n $what"
	else
		echo "not ok $n $what"
		tail -n 15 "$log/$n.log" | sed 's/^/# /'
		status=1
	fi
}

inside()
{
	chroot "$chroot" env -i HOME=/root TERM=dumb LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

unmount() { umount "$chroot/proc" "$chroot/dev/pts" "$chroot/dev" 2>/dev/null; }
trap unmount EXIT

mkdir -p "$log" || exit 1
[ -e "$chroot/etc/debian_version" ] ||
	step "debootstrap" debootstrap --variant=minbase bookworm "$chroot" || exit 1
mountpoint -q "$chroot/proc" || mount -t proc proc "$chroot/proc" || exit 1
mountpoint -q "$chroot/dev" || mount --bind /dev "$chroot/dev"
mountpoint -q "$chroot/dev/pts" || mount --bind /dev/pts "$chroot/dev/pts"
cat >"$chroot/etc/apt/sources.list.d/tcp-mobility-test.list" <<-END
	deb http://deb.debian.org/debian bookworm main
	deb http://deb.debian.org/debian-security bookworm-security main
END
printf '#!/bin/sh\nexit 101\n' >"$chroot/usr/sbin/policy-rc.d"
chmod 755 "$chroot/usr/sbin/policy-rc.d"

# headers KVER: name of the package, as the machine's kernel wants it.
release() { cat "$BUILD/kernels/$1/release"; }
headers() { for kver in "$@"; do echo "linux-headers-$(release "$kver")"; done; }

# files: everything but what apt, dpkg, depmod and the machine write by themselves,
# and the key that DKMS makes for itself once.
files()
{
	(cd "$chroot" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o \
		-path ./tmp -o -path ./var/cache -o -path ./var/log -o -path ./var/lib/apt -o \
		-path ./var/lib/dpkg -o -path ./root/debs -o -path './var/lib/dkms/mok.*' -o \
		-path './usr/lib/modules/*/modules.*' \) -prune -o -print | LC_ALL=C sort)
}

step "apt-get update" inside apt-get -q update
# shellcheck disable=SC2046
step "headers, dkms and what the tools need" inside apt-get -q -y --no-install-recommends install \
	dkms libnl-genl-3-200 libc6-dev $(headers "$@")
files >"$log/before"

rm -rf "$chroot/root/debs"
mkdir -p "$chroot/root/debs"
cp "$BUILD"/deb/tcp-mobility-dkms_*.deb "$BUILD"/deb/mobctl_*.deb "$chroot/root/debs/" || exit 1
step "dpkg -i" inside sh -c 'dpkg -i /root/debs/*.deb'
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")
for kver in "$@"; do
	rel=$(release "$kver")
	# dpkg -i builds for the newest kernel of a chroot alone.
	step "dkms install for $rel" inside dkms install "tcp-mobility/$version" -k "$rel"
	step "it is installed" sh -c 'chroot "$1" dkms status -k "$2" | grep -q "tcp-mobility/.*: installed"' - "$chroot" "$rel"
	for name in tcp_mobility mip6_ice; do
		step "modinfo finds $name" inside modinfo -k "$rel" $name
	done
done
step "mobctl -V" inside mobctl -V
step "the first five minutes are there to read" inside sh -c 'test -s /usr/share/doc/mobctl/mobctl.rst || test -s /usr/share/doc/mobctl/mobctl.rst.gz'
step "mobrun finds its library" sh -c '[ "$(chroot "$1" env -i PATH=/bin:/usr/bin mobrun sh -c "echo \$LD_PRELOAD" 2>/dev/null)" = \
	"$(chroot "$1" sh -c "ls /usr/lib/*/mobctl/libtcpmob-preload.so")" ]' - "$chroot"
step "a program with the header compiles" inside sh -c '
	printf "#include <linux/tcp_mobility_netlink.h>\n#include <linux/mip6_ice.h>\nint main(void) { return TCP_MOBILITY_NONE; }\n" |
	gcc -x c -o /dev/null -'

# vm KVER: stories with what the packages brought.
stories="76-census 105-ice-netlink"
vm()
{
	local kver=$1 b=$BUILD/deb-vm name

	rm -rf "$b"
	mkdir -p "$b/$kver/module" "$b/tests" "$b/vm" || return 1
	cp -al "$BUILD/kernels" "$b/kernels" && cp -R "$BUILD/tests/prog" "$b/tests/prog" || return 1
	cp "$BUILD"/vm/base-"$kver".cpio* "$BUILD"/vm/tracers.tar* "$b/vm/" 2>/dev/null
	for name in tcp_mobility mip6_ice; do
		cp "$chroot/lib/modules/$(release "$kver")/updates/dkms/$name".ko* "$b/$kver/module/" || return 1
	done
	find "$b/$kver/module" -name '*.xz' -exec xz -d {} +
	mkdir -p "$b/tools" && cp -P "$chroot"/usr/bin/mobctl "$chroot"/usr/bin/mobrun \
		"$chroot"/usr/lib/*/mobctl/libtcpmob-preload.so "$b/tools/" || return 1
	# shellcheck disable=SC2086
	BUILD=$b KSFT_EXPECT_ALL_FEATURES=1 "$top/tests/vm/run.sh" --kver "$kver" --icount --timeout 900 \
		--outdir "$b/out" -- tests/run.sh $stories
}
if [ "${DEB_NO_VM:-0}" != 1 ]; then
	for kver in "$@"; do
		step "in a machine with $(release "$kver"): loaded, $stories, unloaded" vm "$kver"
	done
fi

step "dpkg --purge" inside dpkg --purge mobctl tcp-mobility-dkms
files >"$log/after"
step "nothing is left" diff "$log/before" "$log/after"
rm -rf "$BUILD/deb-vm" "$chroot/root/debs"
echo "1..$n"
exit $status
