#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Do the Debian packages install, build, load and go away again? As root.
#
#	packaging/test.sh CHROOT [6.1] [6.12]
#
# CHROOT is a Debian 12 root directory that may be changed; where there is none,
# debootstrap makes it, and the next run finds it. `make deb' comes before. For each
# kernel its headers are installed there, DKMS builds and signs the modules, and a
# test machine (tests/vm) has a copy of it all as its disk: systemd boots in it,
# loads them, runs a service with mobility; stories of both modules run with the
# tools of the package; then the packages are purged while the modules are in use
# (tests/deb/machine.sh). They are purged here, too, and nothing of them must be
# left. TAP. All of that: `make check-deb'.
#
# Environment:
#	BUILD         build directory (default: build/ in the checkout)
#	CHECK_JOBS=1  one machine after the other (default: both kernels' at once
#	              where there are two processors)
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

# By number of the process that runs them.
declare -A machines
leave()
{
	# They hear no SIGINT, being in the background.
	[ ${#machines[@]} = 0 ] || kill "${machines[@]}" 2>/dev/null
	umount "$chroot/proc" "$chroot/dev/pts" "$chroot/dev" 2>/dev/null
}
trap leave EXIT
trap 'exit 130' INT TERM

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

# What DKMS and the tools need, and the machine: systemd, and the library of the
# program that is its service.
packages="dkms libnl-genl-3-200 libc6-dev systemd procps libssl3 openssl $(headers "$@" | paste -sd' ')"
have()
{
	local name

	for name in $packages; do
		chroot "$chroot" dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null |
			grep -qx installed || return 1
	done
}
if ! have; then
	step "apt-get update" inside apt-get -q update
	# shellcheck disable=SC2086
	step "headers, dkms and what the tools need" inside apt-get -q -y --no-install-recommends \
		install $packages
fi
# What a run that was cut off has left.
inside dpkg --purge mobctl tcp-mobility-dkms >"$log/clean.log" 2>&1
files >"$log/before"

rm -rf "$chroot/root/debs"
mkdir -p "$chroot/root/debs"
cp "$BUILD"/deb/*.deb "$chroot/root/debs/" || exit 1
# As Documentation/mobctl.rst has it.
step "apt install ./*.deb" inside sh -c 'cd /root/debs && apt-get -q -y --no-install-recommends install ./*.deb'
step "these and no others: mobctl, tcp-mobility-dkms" inside sh -c '
	[ "$(for f in /root/debs/*.deb; do dpkg-deb -f "$f" Package; done | paste -sd" ")" = "mobctl tcp-mobility-dkms" ]'
step "nothing in them that is for a debugger" inside sh -c '
	! for f in /root/debs/*.deb; do dpkg-deb -c "$f"; done | grep "/usr/lib/debug"'
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")
for kver in "$@"; do
	rel=$(release "$kver")
	# The package builds for the newest kernel of a chroot alone.
	step "dkms install for $rel" inside dkms install "tcp-mobility/$version" -k "$rel"
	step "it is installed" sh -c 'chroot "$1" dkms status -k "$2" | grep -q "tcp-mobility/.*: installed"' - "$chroot" "$rel"
	for name in tcp_mobility mip6_ice; do
		step "modinfo finds $name" inside modinfo -k "$rel" $name
	done
done
step "mobctl -V" inside mobctl -V
for page in mobctl/mobctl tcp-mobility-dkms/{tcp_mobility,tcp_mobility-sysctl,mip6_ice,mip6_ice-sysctl}; do
	step "$page.rst is there to read" inside sh -c 'test -s /usr/share/doc/$1.rst || test -s /usr/share/doc/$1.rst.gz' - $page
done
step "mobrun finds its library" sh -c '[ "$(chroot "$1" env -i PATH=/bin:/usr/bin mobrun sh -c "echo \$LD_PRELOAD" 2>/dev/null)" = \
	"$(chroot "$1" sh -c "ls /usr/lib/*/mobctl/libtcpmob-preload.so")" ]' - "$chroot"
step "a program with the header compiles" inside sh -c '
	printf "#include <linux/tcp_mobility_netlink.h>\n#include <linux/mip6_ice.h>\nint main(void) { return TCP_MOBILITY_NONE; }\n" |
	gcc -x c -o /dev/null -'

# By hand, as Documentation/mobctl.rst has it, with a key of our own.
sign()
{
	local rel=$1 dir=/root/debs/sign file

	inside mkdir -p $dir || return 1
	inside openssl req -new -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=our own key/" \
		-keyout $dir/key -out $dir/certificate || return 1
	file=$(inside modinfo -k "$rel" -n tcp_mobility)
	case $file in
	*.xz) inside sh -c "xz -dc $file >$dir/tcp_mobility.ko" ;;
	*)    inside cp "$file" $dir/tcp_mobility.ko ;;
	esac
	inside strip --strip-debug $dir/tcp_mobility.ko
	[ -z "$(inside modinfo -F signer $dir/tcp_mobility.ko)" ] || return 1
	inside "/lib/modules/$rel/build/scripts/sign-file" sha256 $dir/key $dir/certificate \
		$dir/tcp_mobility.ko || return 1
	[ "$(inside modinfo -F signer $dir/tcp_mobility.ko)" = "our own key" ]
}
for kver in "$@"; do
	step "sign-file with a key of our own, for $(release "$kver")" sign "$(release "$kver")"
done

# The disk of the machines: without what built the modules.
b=$BUILD/deb-vm
image()
{
	local stage=$chroot.stage

	rm -rf "$b" "$stage"
	mkdir -p "$b/tests" "$b/vm" || return 1
	(cd "$chroot" && find . -xdev \( -path './proc/*' -o -path './sys/*' -o -path './dev/*' -o \
		-path './run/*' -o -path './tmp/*' -o -path ./boot -o -path './usr/src/linux-*' -o \
		-path './usr/lib/linux-kbuild-*' -o -path ./usr/lib/gcc -o -path ./usr/include -o \
		-path './var/cache/*' -o -path './var/lib/apt/lists/*' -o -path ./usr/share/locale -o \
		-path ./root/debs \) -prune -o -print0 | cpio -0 --quiet -pdlm "$stage") &&
		mke2fs -q -t ext4 -O ^has_journal -d "$stage" "$b/root.ext4" 1500M
	status_of=$?
	rm -rf "$stage"
	cp -al "$BUILD/kernels" "$b/kernels" && cp -R "$BUILD/tests/prog" "$b/tests/prog" || return 1
	cp "$BUILD"/vm/base-*.cpio* "$BUILD"/vm/*.tar* "$BUILD"/vm/accel-* "$b/vm/" 2>/dev/null
	return $status_of
}

# machine NAME KVER ARGUMENT...: of tests/vm/run.sh; in the background, as the other
# kernel's can run at the same time. awaited NAME KVER: what became of it.
machine()
{
	local name=$1 kver=$2

	shift 2
	BUILD=$b KSFT_EXPECT_ALL_FEATURES=1 "$top/tests/vm/run.sh" --kver "$kver" --icount --timeout 1500 \
		--disk deb-root="$b/root.ext4" --outdir "$log/$name-$kver" "$@" \
		>"$log/$name-$kver.log" 2>&1 &
	machines[$name-$kver]=$!
	[ "${CHECK_JOBS:-$(nproc)}" -gt 1 ] || wait $!
}

awaited()
{
	local status_of

	wait "${machines[$1-$2]}"
	status_of=$?
	unset "machines[$1-$2]"
	cat "$log/$1-$2.log"
	[ $status_of = 0 ] || grep -A 3 '^not ok\|^# FAIL' "$log/$1-$2.log"
	return $status_of
}

stories="76-census 105-ice-netlink"
if [ "${DEB_NO_VM:-0}" != 1 ]; then
	step "a disk for the machines" image
	for kver in "$@"; do
		# shellcheck disable=SC2086
		machine systemd "$kver" -- tests/deb/machine.sh $stories
	done
	for kver in "$@"; do
		step "in a machine with $(release "$kver"): systemd, mobctl enable, $stories, purged in use" \
			awaited systemd "$kver"
	done
	for kver in "$@"; do
		machine enforce "$kver" --append module.sig_enforce=1 -- tests/deb/machine.sh
	done
	for kver in "$@"; do
		step "$(release "$kver") refuses what it cannot verify, if it is told to" \
			awaited enforce "$kver"
	done
	rm -f "$b/root.ext4"
fi

step "dpkg --purge" inside dpkg --purge mobctl tcp-mobility-dkms
files >"$log/after"
step "nothing is left" diff "$log/before" "$log/after"
rm -rf "$b" "$chroot/root/debs"
echo "1..$n"
exit $status
