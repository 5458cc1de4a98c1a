#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run one command inside a virtual machine with an unmodified Debian kernel, or
# with one of our debug kernels: for x86, or as a process of this host (uml).
#
#	tests/vm/run.sh --kver 6.1|6.12|debug|uml [--smp N] [--mem 2G] [--timeout S]
#	                [--outdir DIR] [--append "KERNEL ARGUMENTS"] [--icount]
#	                [--disk NAME=FILE] -- COMMAND...
#
# The command starts in /tcpmob, the image of the checkout (see
# mkinitramfs.sh), as root, with OUT=/out. Its output appears live on the
# standard output. Afterwards DIR holds
#
#	output.log    the same output
#	console.log   everything the kernel printed
#	dmesg.txt and whatever else the command left in /out
#
# --icount: under emulation let the guest's clock count instructions (one is a
# nanosecond, idle time is skipped), on one processor: times then do not depend
# on how busy the host is. No effect with kvm. With uml, computing takes no time
# at all.
#
# --disk: another disk with that serial number (disk_named in tests/lib.sh); what
# is written to it is forgotten, the file stays as it is.
#
# Exit status: that of COMMAND, but
#	120  the command succeeded and the kernel complained (BUG, WARNING, ...)
#	124  the command or the machine took longer than --timeout
#	125  the machine could not start, or the kernel crashed
#
# Environment:
#	QEMU_ACCEL    tcg or kvm; probed once and remembered when unset
#	BUILD         build directory (default: build/ in the checkout)

set -u
set -o pipefail

here=$(cd "$(dirname "$0")" && pwd) || exit 125
top=$(cd "$here/../.." && pwd) || exit 125
build=${BUILD:-$top/build}

kver=
smp=
mem=2G
limit=600
grace=60
outdir=
append=
icount=0
more_disks=()

say() { echo "run.sh: $*" >&2; }
die() { say "error: $*"; exit 125; }

usage()
{
	sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2
	exit 125
}

# run_probe ACCEL: does a machine with this accelerator reach its init and
# come back within a few seconds? A guest of kvm may hang for ever where the
# host is a guest itself, so trying is the only proof.
run_probe()
{
	QEMU_ACCEL=$1 TCPMOB_VM_GRACE=0 "$here/run.sh" --kver "$kver" \
		--timeout 12 --outdir "$build/vm/probe-$1" -- true \
		>/dev/null 2>&1
}

# choose_accel: print tcg or kvm. The verdict holds for this host's kernel.
choose_accel()
{
	local verdict=$build/vm/accel-$(uname -n)-$(uname -r)

	if [ -n "${QEMU_ACCEL:-}" ]; then
		echo "$QEMU_ACCEL"
		return
	fi
	if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
		echo tcg
		return
	fi
	if [ ! -s "$verdict" ]; then
		say "trying kvm once (up to 12 s)"
		if run_probe kvm; then
			echo kvm > "$verdict"
		else
			echo tcg > "$verdict"
			say "kvm does not run a guest here; using emulation (remembered in $verdict)"
		fi
	fi
	cat "$verdict"
}

while [ $# -gt 0 ]; do
	case $1 in
	--kver)    kver=${2:-}; shift ;;
	--smp)     smp=${2:-}; shift ;;
	--mem)     mem=${2:-}; shift ;;
	--timeout) limit=${2:-}; shift ;;
	--outdir)  outdir=${2:-}; shift ;;
	--append)  append=${2:-}; shift ;;
	--icount)  icount=1 ;;
	--disk)    more_disks+=("${2:-}"); shift ;;
	--)        shift; break ;;
	*)         usage ;;
	esac
	shift
done

case $kver in
6.1|6.12|debug|uml) ;;
*) usage ;;
esac
[ $# -gt 0 ] || usage
case $limit in
''|*[!0-9]*) die "--timeout wants seconds, not '$limit'" ;;
esac
# With all its checks it boots slowly.
[ "$kver" = debug ] && grace=300
[ "$kver" = uml ] && grace=120
grace=${TCPMOB_VM_GRACE:-$grace}

[ "$kver" = uml ] || command -v qemu-system-x86_64 >/dev/null ||
	die "qemu-system-x86_64 is missing; run tests/setup.sh"

outdir=${outdir:-$build/out/$kver}
mkdir -p "$outdir" "$build/vm" || die "cannot write to $outdir"
outdir=$(cd "$outdir" && pwd)
# What an earlier run left must not pass for this one's; a directory that no
# run has written is not ours to empty.
if [ -n "$(ls -A "$outdir")" ] && [ ! -e "$outdir/console.log" ]; then
	die "$outdir has files that are of no earlier run; give an empty directory"
fi
find "$outdir" -mindepth 1 -delete
: > "$outdir/console.log"

case $kver in
debug|uml) kernel=$("$here/debug-kernel.sh" "$kver" | tail -n 1) || exit 125 ;;
*)         kernel=$("$here/fetch-kernel.sh" "$kver" | tail -n 1) || exit 125 ;;
esac
release=$(cat "$kernel/release")

exec 9>"$build/vm/.lock-$kver"
flock 9
"$here/mkinitramfs.sh" base "$kver" "$build/vm/base-$kver.cpio" || exit 125
flock -u 9
exec 9>&-

# Programs that few stories need, and that are too large for the image from
# which all boot, are on disks of their own, tar files (from_disk in tests/lib.sh).
disks=()
# disk NAME FILE [OPTION]
disk()
{
	disks+=(-drive "file=$2,if=none,id=$1,format=raw,${3:-readonly=on}"
		-device "virtio-blk-pci,drive=$1,serial=$1")
}
exec 9>"$build/vm/.lock-disks"
flock 9
"$here/mkinitramfs.sh" tracers "$kver" "$build/vm/tracers.tar" || exit 125
disk tracers "$build/vm/tracers.tar"
if "$top/tests/interop/guest.sh" "$build/vm/others.tar"; then
	disk others "$build/vm/others.tar"
fi
for name in ${more_disks[@]+"${more_disks[@]}"}; do
	[ -e "${name#*=}" ] || die "--disk wants NAME=FILE, not '$name'"
	disk "${name%%=*}" "${name#*=}" snapshot=on
done
flock -u 9
exec 9>&-

[ "$kver" != uml ] || [ ${#more_disks[@]} = 0 ] || die "--disk is not for uml"
if [ "$kver" = uml ]; then accel=uml; else accel=$(choose_accel); fi

case $accel in
uml)
	smp=1
	[ $icount = 0 ] || append="$append tcpmob.icount=1 time-travel=inf-cpu" ;;
tcg)
	# The emulator miscounts 6.12's patching of jump labels with more
	# than one processor.
	[ -n "$smp" ] || { [ "$kver" = 6.12 ] && smp=1 || smp=2; }
	cpu=(-accel tcg,thread=multi -cpu max)
	# What is translated is found again by its address: programs that are
	# never twice at the same are translated each time they start.
	append="$append norandmaps"
	if [ $icount = 1 ]; then
		smp=1
		append="$append tcpmob.icount=1"
		cpu=(-accel tcg,thread=single -cpu max -icount shift=0,sleep=off)
	fi
	;;
kvm)
	smp=${smp:-2}
	cpu=(-accel kvm -cpu host)
	;;
*)
	die "QEMU_ACCEL is '$accel'; it must be tcg or kvm" ;;
esac

# A clock that skips idle time runs ahead: that limit is there for what hangs.
guest_limit=$limit
case "$append" in
*tcpmob.icount=1*) guest_limit=$((limit * 20)) ;;
esac

run=$(mktemp -d "$build/vm/run.XXXXXX") || exit 125
qemu_pid=
# Of timeout, which hands it on: after a kill -9 the machine would live on alone.
trap '[ -z "$qemu_pid" ] || { kill "$qemu_pid"; wait "$qemu_pid"; } 2>/dev/null; rm -rf "$run"' EXIT
trap 'exit 130' INT TERM

"$here/mkinitramfs.sh" overlay "$kver" "$run/overlay.cpio" "$@" || exit 125
cat "$build/vm/base-$kver.cpio" "$run/overlay.cpio" > "$run/initrd" || exit 125
rm -f "$run/overlay.cpio"

say "kernel $release, $accel, $smp processor(s), at most $limit s"

# What every machine is told.
append="panic=-1 oops=panic loglevel=7 log_buf_len=16M tcpmob.timeout=$guest_limit $append"

# start_qemu: output goes through a pipe of our own, because qemu sets O_NONBLOCK
# on it.
start_qemu()
{
	mkfifo "$run/cmd" || exit 125
	tee "$outdir/output.log" < "$run/cmd" &
	tee_pid=$!

	timeout -k 2 "$((limit + grace))" qemu-system-x86_64 \
		-nodefaults -no-user-config -display none -no-reboot -machine pc \
		"${cpu[@]}" -smp "$smp" -m "$mem" \
		-kernel "$kernel/boot/vmlinuz-$release" -initrd "$run/initrd" \
		-append "console=ttyS0 mitigations=off random.trust_cpu=on $append" \
		-serial "file:$outdir/console.log" \
		"${disks[@]}" \
		-device virtio-serial-pci \
		-chardev "file,id=cmd,path=$run/cmd" \
		-device virtserialport,chardev=cmd,name=tcpmob.cmd \
		-chardev "file,id=ctl,path=$run/ctl" \
		-device virtserialport,chardev=ctl,name=tcpmob.ctl \
		-chardev "file,id=out,path=$run/out" \
		-device virtserialport,chardev=out,name=tcpmob.out \
		</dev/null >"$run/qemu.log" 2>&1 &
	qemu_pid=$!
}

# start_uml: the machine is a process; it sees this run's directory, and read-only
# the one with the disks (hostfs). Its memory is a file, best not on a disk.
start_uml()
{
	local memory=/dev/shm

	# It is executed there.
	case ,$(findmnt -no OPTIONS -T "$memory" 2>/dev/null), in
	*,noexec,*) memory=$run ;;
	esac
	[ -w "$memory" ] && [ "$(df -Pm "$memory" | awk 'NR == 2 { print $4 }')" -ge 3000 ] || memory=$run
	: > "$run/cmd" && : > "$run/out" || exit 125
	# Without a terminal, and with no core of two gigabytes when it panics.
	ulimit -c 0
	# shellcheck disable=SC2086
	HOME=$run TMPDIR=$memory timeout -k 2 "$((limit + grace))" \
		"$kernel/boot/linux-$release" "mem=$mem" "initrd=$run/initrd" \
		"uml_dir=$run/" umid=machine con=null ssl=null con0=null,fd:1 console=tty0 \
		"tcpmob.run=$run" "tcpmob.disks=$build/vm" $append \
		</dev/null >"$outdir/console.log" 2>"$run/qemu.log" &
	qemu_pid=$!
	tail -c +1 -s 0.2 -f "--pid=$qemu_pid" "$run/cmd" | tee "$outdir/output.log" &
	tee_pid=$!
}

: > "$run/ctl"
if [ "$kver" = uml ]; then start_uml; else start_qemu; fi
wait "$qemu_pid"
qemu_status=$?
qemu_pid=

# The reader ends with the last writer; qemu never opened the pipe if it
# failed early.
[ "$kver" = uml ] || [ -s "$run/ctl" ] || kill "$tee_pid" 2>/dev/null
wait "$tee_pid" 2>/dev/null

if [ -s "$run/out" ]; then
	tar -C "$outdir" --no-same-owner -xf "$run/out" 2>/dev/null ||
		say "the archive of /out is cut short; what was readable is in $outdir"
fi

# crash_report: the end of the kernel's log, or of qemu's words.
crash_report()
{
	sed 's/^/  | /' "$run/qemu.log" >&2
	tail -n "${1:-60}" "$outdir/console.log" 2>/dev/null | sed 's/^/  | /' >&2
}

status=$(sed -n 's/^exit \([0-9]*\)$/\1/p' "$run/ctl" | tail -n 1)
complaints=$(sed -n 's/^dmesg //p' "$run/ctl")

if grep -q -E 'Kernel panic|Oops:|kernel BUG at' "$outdir/console.log" 2>/dev/null &&
   [ -z "$status" ]; then
	say "the kernel crashed; the end of its log (all of it: $outdir/console.log):"
	crash_report 60
	exit 125
fi
if [ "$qemu_status" = 124 ] || [ "$qemu_status" = 137 ]; then
	say "the machine did not finish within $((limit + grace)) s; the end of the kernel's log (all of it: $outdir/console.log):"
	crash_report 40
	exit 124
fi
if [ -z "$status" ]; then
	if grep -q '^ready' "$run/ctl"; then
		say "the machine stopped before the command ended (qemu status $qemu_status):"
	else
		say "the machine did not reach its init (qemu status $qemu_status):"
	fi
	crash_report 40
	exit 125
fi
if [ "$status" = 124 ]; then
	say "the command did not finish within $limit s; processes at that time: $outdir/ps-at-timeout.txt, kernel log: $outdir/dmesg.txt"
	tail -n 20 "$outdir/dmesg.txt" 2>/dev/null | sed 's/^/  | /' >&2
fi
if [ -n "$complaints" ]; then
	say "the kernel complained during the command (all of its log: $outdir/dmesg.txt):"
	echo "$complaints" | sed 's/^/  | /' >&2
	[ "$status" != 0 ] || status=120
fi
exit "$status"
