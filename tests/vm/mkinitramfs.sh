#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the initramfs of the test machine in two archives that the kernel
# reads one after the other:
#
#   base     user land of the host and the kernel's own modules; changes only
#            with the kernel or the host's programs, so it is kept
#   overlay  our modules, tests and tools; made anew for every run
#
#	tests/vm/mkinitramfs.sh base KVER FILE
#	tests/vm/mkinitramfs.sh overlay KVER FILE [COMMAND...]
#	tests/vm/mkinitramfs.sh tracers KVER FILE
#
# The third one is no part of it: perf and bpftrace, with LLVM 200 MB, in a tar
# file that the machine has as its disk. A story that wants them unpacks it.
#
# COMMAND is what the guest's init will run, with the words kept apart.
#
# Inside the guest the checkout appears as /tcpmob: tests/, build/tests/prog,
# build/tools and build/modules (our .ko files, which are
# also in /lib/modules/RELEASE/extra for modprobe).

set -u
set -o pipefail
export PATH=$PATH:/usr/sbin:/sbin

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
build=${BUILD:-$top/build}

die() { echo "mkinitramfs: error: $*" >&2; exit 1; }

# Programs the guest must have, found on the host's PATH.
needed="bash ip tc ss wg nft conntrack tcpdump sysctl ssh scp sftp sshd ssh-keygen
	curl nginx iperf3 rsync ethtool modprobe insmod rmmod lsmod depmod
	cat chmod chown comm cp cut date dd diff df env expr fold head id install kill
	ln ls md5sum mkdir mkfifo mktemp mv nproc od paste printf ps pgrep
	pkill readlink realpath rm rmdir seq sha256sum shuf sleep sort split
	stat stdbuf stty sync tac tail tar tee test timeout touch tr true
	truncate tty uname uniq wc who xargs awk grep sed find cmp pidof free top
	flock setsid taskset script dmesg mount umount unshare nsenter"
# Programs that are nice to have.
wanted="strace jq gdb ncat nstat ping bpftool arping openssl ssh-agent ssh-add
	xxd hexdump strings lsof perf socat python3"
# python3 and perf are far too large for an initramfs; named here so that
# nobody adds them back without a thought.
unwanted="python3 perf gdb"
# Those that come on the disk.
tracers="perf bpftrace"

# Kernel modules by path below kernel/ (shell patterns). Their dependencies
# are added. What the tests do not need stays out: every MB costs boot time.
module_patterns="
	drivers/virtio/virtio*.ko* drivers/block/virtio_blk.ko*
	drivers/char/virtio_console.ko* drivers/char/hw_random/virtio-rng.ko*
	drivers/net/veth.ko* drivers/net/dummy.ko* drivers/net/tun.ko*
	drivers/net/ifb.ko* drivers/net/nlmon.ko* drivers/net/vrf.ko*
	drivers/net/macvlan.ko* drivers/net/ipvlan/*.ko* drivers/net/vxlan/*.ko*
	drivers/net/bareudp.ko* drivers/net/wireguard/*.ko*
	net/netfilter/nf_*.ko* net/netfilter/nft_*.ko* net/netfilter/nfnetlink*.ko*
	net/netfilter/x_tables.ko* net/netfilter/xt_*.ko*
	net/ipv4/netfilter/*.ko* net/ipv6/netfilter/*.ko*
	net/sched/sch_*.ko* net/sched/cls_*.ko* net/sched/act_*.ko*
	net/ipv4/*.ko* net/ipv6/*.ko* net/tls/*.ko* net/xfrm/*.ko*
	net/bridge/bridge.ko* net/802/*.ko* net/llc/*.ko* net/key/*.ko*
	net/unix/*.ko* net/packet/*.ko* net/netlink/*.ko* net/mptcp/*.ko*
	net/psample/*.ko* net/core/*.ko*
	crypto/*.ko* lib/*.ko* lib/crypto/*.ko* arch/x86/crypto/*.ko*
	fs/overlayfs/*.ko* drivers/block/loop.ko* lib/math/*.ko*"

# add_file STAGE PATH [DEST]: copy a file with its mode, links resolved.
add_file()
{
	local dest=$1${3:-$2}

	[ -e "$dest" ] && return 0
	mkdir -p "${dest%/*}" && cp -L --preserve=mode,timestamps "$2" "$dest"
}

# add_libs STAGE FILE...: copy the shared libraries the files are linked to.
# /lib is a link to /usr/lib in the guest; an archive with a directory of that
# name would replace the link.
add_libs()
{
	local stage=$1 lib

	shift
	ldd "$@" 2>/dev/null |
	sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ :]*\) (0x.*/\1/p' |
	sort -u | while read -r lib; do
		case $lib in
		/lib/*|/lib64/*) add_file "$stage" "$lib" "/usr$lib" || exit 1 ;;
		*)               add_file "$stage" "$lib" || exit 1 ;;
		esac
	done
}

# add_programs STAGE: the programs of both lists and their libraries.
add_programs()
{
	local stage=$1 name path files=()

	for name in $needed; do
		path=$(type -P "$name") ||
			die "the program '$name' is missing on this machine; run tests/setup.sh"
		files+=("$path")
		add_file "$stage" "$path" "/usr/bin/$name" || return 1
	done
	for name in $wanted; do
		case " $unwanted " in *" $name "*) continue ;; esac
		path=$(type -P "$name") || continue
		files+=("$path")
		add_file "$stage" "$path" "/usr/bin/$name" || return 1
	done

	# sshd looks for its helpers where it was built to.
	for path in /usr/lib/openssh/sftp-server /usr/lib/openssh/sshd-session \
		    /usr/lib/openssh/sshd-auth /usr/lib/sftp-server \
		    /usr/libexec/coreutils/libstdbuf.so \
		    "$(find /usr/lib* -name 'libnss_files.so.2' 2>/dev/null | head -n 1)"; do
		[ -n "$path" ] && [ -e "$path" ] || continue
		files+=("$path")
		add_file "$stage" "$path" || return 1
	done
	add_libs "$stage" "${files[@]}" || return 1

	# stdbuf and iproute2 open these by name.
	for path in /usr/lib/tc /usr/lib/x86_64-linux-gnu/tc; do
		[ -d "$path" ] && mkdir -p "$stage$path" && cp -a "$path/." "$stage$path/"
	done
	[ -d /etc/iproute2 ] && cp -a /etc/iproute2 "$stage/etc/"
	for path in /usr/lib/locale/C.utf8 /usr/lib/locale/C.UTF-8; do
		[ -d "$path" ] && mkdir -p "$stage${path%/*}" && cp -a "$path" "$stage$path"
	done

	# busybox fills the gaps and never replaces a real program.
	path=$(type -P busybox) || die "busybox is missing; run tests/setup.sh"
	add_file "$stage" "$path" /usr/bin/busybox || return 1
	for name in $("$path" --list); do
		[ -e "$stage/usr/bin/$name" ] || ln -s busybox "$stage/usr/bin/$name"
	done
	ln -sf bash "$stage/usr/bin/sh"
}

# add_etc STAGE: the few configuration files that programs ask for.
add_etc()
{
	local etc=$1/etc

	cat > "$etc/passwd" <<-END
	root:x:0:0:root:/root:/bin/bash
	user:x:1000:1000:user:/home/user:/bin/bash
	www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
	sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
	tcpdump:x:102:102::/nonexistent:/usr/sbin/nologin
	nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
	END
	cat > "$etc/group" <<-END
	root:x:0:
	tty:x:5:
	www-data:x:33:
	tcpdump:x:102:
	user:x:1000:
	nogroup:x:65534:
	END
	# '*' is "no password", which lets ssh keys in; '!' would lock them out.
	printf '%s:*:19000:0:99999:7:::\n' root user www-data sshd nobody > "$etc/shadow"
	chmod 600 "$etc/shadow"
	echo "/bin/bash" > "$etc/shells"
	printf '%s: files\n' passwd group shadow protocols services > "$etc/nsswitch.conf"
	echo "hosts: files" >> "$etc/nsswitch.conf"
	printf '127.0.0.1 localhost\n::1 localhost\n' > "$etc/hosts"
	echo tcpmob-guest > "$etc/hostname"
	cp /etc/protocols /etc/services "$etc/" 2>/dev/null ||
		die "/etc/protocols is missing; run tests/setup.sh (package netbase)"
	mkdir -p "$etc/nginx" "$etc/ssh" "$etc/modprobe.d"
	cp /etc/nginx/mime.types "$etc/nginx/" 2>/dev/null
	: > "$etc/modprobe.d/empty.conf"
}

# add_kernel_modules STAGE: the kernel's modules by the list above.
add_kernel_modules()
{
	local stage=$1 from=$kernel/lib/modules/$release
	local to=$stage/usr/lib/modules/$release
	local pattern file

	mkdir -p "$to"
	(
		cd "$from/kernel" || exit 1
		shopt -s nullglob
		for pattern in $module_patterns; do
			# shellcheck disable=SC2086
			printf '%s\n' $pattern
		done
	) | sed 's,^,kernel/,' | sort -u > "$stage/.modules"

	# One level of modules.dep is complete: it lists all dependencies.
	awk -F': *' 'NR == FNR { want[$0] = 1; next }
		     $1 in want { print $1; n = split($2, d, " ");
				  for (i = 1; i <= n; i++) print d[i] }' \
		"$stage/.modules" "$from/modules.dep" | sort -u > "$stage/.modules.all"

	tar -C "$from" -cf - -T "$stage/.modules.all" | tar -C "$to" -xf - || return 1
	# Unpacking xz under emulation would cost more than reading.
	find "$to" -name '*.ko.xz' -print0 | xargs -0 -r -P "$(nproc)" -n 40 xz -d || return 1
	for file in modules.builtin modules.builtin.modinfo modules.order; do
		cp "$from/$file" "$to/" || return 1
	done
	depmod -b "$stage/usr" "$release" 2>/dev/null || depmod -b "$stage" "$release" || return 1
	rm -f "$stage/.modules" "$stage/.modules.all"
}

# pack STAGE FILE: write a cpio archive owned by root.
pack()
{
	(cd "$1" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
	 cpio --null -o -H newc -R 0:0 --quiet) > "$2.tmp" && mv "$2.tmp" "$2"
}

make_base()
{
	local stage=$build/vm/stage-$kver key

	# The archive is good as long as this script, the kernel and the
	# host's programs are the same.
	key=$({ cat "$0" "$top/tests/vm/init"; echo "$release"; (cd "$kernel" && stat -c %y .complete)
		for name in $needed $wanted; do
			ls -lL --full-time "$(type -P "$name")" 2>/dev/null
		done; } | sha256sum)
	[ -s "$out" ] && [ "$(cat "$out.key" 2>/dev/null)" = "$key" ] && return 0

	echo "mkinitramfs: building the user land of the $kver guest" >&2
	rm -rf "$stage"
	mkdir -p "$stage"/{usr/{bin,lib/modules,lib64},etc,proc,sys,dev,run,tmp,out} \
		 "$stage"/{root,home/user,tcpmob,mnt} \
		 "$stage"/var/{log/nginx,lib/nginx,www,empty,tmp,cache} || return 1
	chmod 1777 "$stage/tmp" "$stage/var/tmp"
	chmod 700 "$stage/root"
	# The kernel calls /sbin/modprobe, sshd wants to be /usr/sbin/sshd.
	ln -s bin "$stage/usr/sbin"
	ln -s usr/bin "$stage/bin"
	ln -s usr/bin "$stage/sbin"
	ln -s usr/lib "$stage/lib"
	ln -s usr/lib64 "$stage/lib64"
	ln -s ../run "$stage/var/run"

	add_programs "$stage" && add_etc "$stage" &&
		add_kernel_modules "$stage" || return 1
	# The kernel starts /init with the console as its output.
	install -m 755 "$top/tests/vm/init" "$stage/init" || return 1

	pack "$stage" "$out" || return 1
	rm -rf "$stage"
	echo "$key" > "$out.key"
	echo "mkinitramfs: $(du -m "$out" | cut -f1) MB" >&2
}

make_tracers()
{
	local stage=$build/vm/stage-tracers key name path files=()

	for name in $tracers; do
		path=$(type -P "$name") ||
			die "the program '$name' is missing on this machine; run tests/setup.sh"
		files+=("$path")
	done
	key=$({ cat "$0"; ls -lL --full-time "${files[@]}"; } | sha256sum)
	[ -s "$out" ] && [ "$(cat "$out.key" 2>/dev/null)" = "$key" ] && return 0

	rm -rf "$stage"
	for path in "${files[@]}"; do
		add_file "$stage" "$path" "/usr/bin/${path##*/}" || return 1
	done
	add_libs "$stage" "${files[@]}" || return 1
	tar -C "$stage" --owner=0 --group=0 -cf "$out.tmp" usr && mv "$out.tmp" "$out" || return 1
	rm -rf "$stage"
	echo "$key" >"$out.key"
}

make_overlay()
{
	local stage file name words=
	local mods root

	stage=$(mktemp -d "$build/vm/overlay-$kver.XXXXXX") || return 1
	# shellcheck disable=SC2064
	trap "rm -rf '$stage'" EXIT
	root=$stage/tcpmob
	mkdir -p "$root/build/tests/prog" "$root/build/tools" \
		 "$root/build/modules" \
		 "$stage/usr/lib/modules/$release/extra" || return 1

	cp -R "$top/tests" "$root/tests" || return 1
	for name in tests/prog tools tests/unit; do
		[ -d "$build/$name" ] || continue
		mkdir -p "$root/build/$name"
		cp -R "$build/$name/." "$root/build/$name/" || return 1
	done
	for file in "$build/tests/prog/"* "$build/tools/"*; do
		[ -f "$file" ] && [ -x "$file" ] && add_libs "$stage" "$file"
	done

	mods=$build/$kver/module
	while read -r file; do
		cp "$file" "$root/build/modules/" || return 1
		cp "$file" "$stage/usr/lib/modules/$release/extra/" || return 1
	done < <(find "$mods" -name '*.ko' 2>/dev/null)

	if [ $# -gt 0 ]; then
		printf -v words '%q ' "$@"
		printf '%s\n' "$words" > "$stage/command"
	fi
	# Variables that steer the tests travel into the guest.
	while read -r name; do
		printf 'export %s=%q\n' "$name" "${!name}"
	done < <(compgen -e | grep -E '^(TCPMOB_|TEST_|TOPO_|KSFT_|KEEP_|DEMO_)') > "$stage/environment"

	pack "$stage" "$out" || return 1
	rm -rf "$stage"
	trap - EXIT
}

[ $# -ge 3 ] || die "usage: $0 base|overlay|tracers 6.1|6.12|debug|uml FILE [COMMAND...]"
what=$1; kver=$2; out=$3
shift 3

kernel=$build/kernels/$kver
[ -e "$kernel/.complete" ] || die "kernel $kver is not there; run make KVER=$kver kernel"
release=$(cat "$kernel/release")
mkdir -p "$build/vm" || exit 1

case $what in
base)    make_base || die "the base archive could not be built" ;;
tracers) make_tracers || die "the archive of perf and bpftrace could not be built" ;;
overlay) make_overlay "$@" || die "the overlay archive could not be built" ;;
*)       die "unknown archive '$what'" ;;
esac
