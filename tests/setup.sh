#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Install what building, testing and the demonstration need, on Debian 12.
# Installs only what is missing, starts no service, and asks nothing.
#
#	tests/setup.sh [--list]

set -u
export PATH=$PATH:/usr/sbin:/sbin

# package        why
packages='
gcc              modules and test programs
make             the build
libc6-dev        test programs
libssl-dev       test programs that check digests and the vectors of the key agreement
libnl-3-dev      mobctl, and test programs that speak netlink
libnl-genl-3-dev the same, generic netlink
pkg-config       where libnl is
bc               kernel build
bison            kernel build
flex             kernel build
libelf-dev       kernel build (objtool)
pahole           type information of the modules
kmod             depmod and modprobe, here and in the guest
sparse           static checks of the modules
perl             checkpatch
patch            the debug kernel as a process
python3          small helpers of the kernel build
python3-yaml     the netlink spec is compared with the sources
xz-utils         the 6.12 kernel modules are packed with it
cpio             the archive the guest boots from
busybox-static   small programs of the guest
netbase          /etc/protocols and /etc/services of the guest
qemu-system-x86  the guest
util-linux       flock, setsid, unshare
procps           ps, pgrep and sysctl in the guest
psmisc           killall in the guest
iproute2         namespaces, addresses, netem, ss
ethtool          offloads of the test links
nftables         the NAT box
conntrack        what the NAT box remembers
wireguard-tools  keys of a tunnel to a home agent
tcpdump          captures
openssh-server   unmodified server of the stories and the demonstration
openssh-client   the same, ssh, scp and sftp
curl             the same, HTTPS client
nginx-light      the same, HTTPS server
openssl          certificate of that server
iperf3           throughput
rsync            the same, over ssh
strace           what a program under the wrapper really calls
linux-perf       reads the tracepoints
bpftrace         the same
mandoc           reads the manual pages critically
man-db           the same, with groff
libcap2-bin      file capabilities, which mobctl run has to notice
zsh              completion of mobctl
bash-completion  the same, behind mobctl run
tshark           reads captures with our dissector
jq               reads the statistics of iperf3
build-essential  the Debian packages
debhelper        the same
dh-dkms          the same
debootstrap      the root directory that they are tried in
e2fsprogs        the same, as the disk of a machine
coturn           a STUN server that M-ICE did not write
python3-aioice   an ICE agent, the same
libnice-dev      another one
'

say() { echo "setup: $*" >&2; }
die() { say "error: $*"; exit 1; }

names=$(echo "$packages" | awk 'NF { print $1 }')
if [ "${1:-}" = --list ]; then
	echo "$packages" | sed '/^$/d'
	exit 0
fi

command -v dpkg-query >/dev/null || die "this is no Debian system; install the equivalents of: $(echo "$names" | tr '\n' ' ')"

missing=
for name in $names; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
		missing="$missing $name"
done
# What does without packages is fine, too: the program counts.
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		as_root="sudo -n"
	else
		die "these packages are missing and I am not root. Run: apt-get install --no-install-recommends$missing"
	fi
fi

# No package list at all, or one older than a week, would name packages that
# the mirror no longer has.
lists=$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mtime -7 2>/dev/null | head -n 1)
update()
{
	say "reading the package lists"
	$as_root apt-get -qq update || say "apt-get update had errors; going on with what there is"
}
[ -n "$lists" ] || update

# invoke-rc.d asks this program before it starts a service; 101 is "no".
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null &&
		$as_root chmod 755 $policy
	# shellcheck disable=SC2064
	trap "$as_root rm -f $policy" EXIT
	trap 'exit 130' INT TERM
fi

install_missing()
{
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
		apt-get -qq -y --no-install-recommends \
		-o Dpkg::Options::=--force-confold install $missing </dev/null
}

say "installing:$missing"
install_missing || {
	update
	install_missing
} || die "apt-get could not install:$missing"
