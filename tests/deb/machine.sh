#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Debian packages where somebody lives: in a root directory with systemd as
# process 1, on the disk that packaging/test.sh has given the machine.
#
#	boot	the examples of modules-load.d and sysctl.d load and set up the module
#		that DKMS has built and signed
#	unit	mobctl enable and disable, the service as systemd starts it
#	stories of both modules with what the packages brought: the arguments
#	purge	while the modules are loaded and a connection lives
#
# tests/deb/machine.sh [STORY]...; with the kernel argument module.sig_enforce=1
# only whether the kernel then refuses what it cannot verify.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

[ "${TCPMOB_VM:-0}" = 1 ] || { echo "machine.sh: only in the test machine (make check-deb)" >&2; exit 1; }

echo "$story_mark" >/dev/kmsg
root=/mnt
rel=$(uname -r)
modprobe -q virtio_blk
disk=$(wait_for 5000 disk_named deb-root) || { echo "Bail out! no disk named deb-root"; exit 1; }
mount -o noatime "$disk" $root || { echo "Bail out! $disk does not mount"; exit 1; }
# A root directory made for headers alone has no modules of this kernel.
if [ ! -d "$root/usr/lib/modules/$rel/kernel" ]; then
	mkdir "$root/usr/lib/modules/$rel/kernel"
	mount --bind "/usr/lib/modules/$rel/kernel" "$root/usr/lib/modules/$rel/kernel"
	cp "/usr/lib/modules/$rel"/modules.builtin* "/usr/lib/modules/$rel/modules.order" "$root/usr/lib/modules/$rel/"
fi
mkdir -p $root/tcpmob && mount --bind /tcpmob $root/tcpmob
expect_modules="tcp_mobility mip6_ice"

# in_root COMMAND...: there, without systemd.
in_root() { chroot $root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"; }
in_root depmod "$rel"

# ------------------------------------------------------------- signatures

module_file() { in_root modinfo -k "$rel" -n "$1"; }
signer() { in_root modinfo -k "$rel" -F signer "$1"; }
# plain NAME TO: what DKMS has built, neither packed nor signed.
plain()
{
	local file

	file=$root$(module_file "$1")
	case $file in
	*.xz) xz -dc "$file" >"$2" ;;
	*)    cp "$file" "$2" ;;
	esac
}

if grep -q module.sig_enforce=1 /proc/cmdline; then
	test_case "a kernel that takes only what it can verify"
	expect "it does" Y "$(cat /sys/module/module/parameters/sig_enforce)"
	for name in $expect_modules; do
		plain $name "$OUT/.$name.ko"
		expect_failure "$name, signed with a key that nobody has enrolled" insmod "$OUT/.$name.ko"
		expect_line "insmod says" "Key was rejected by service" cat "$OUT/.command"
		# Without the mark behind the signature it is none.
		truncate -s -28 "$OUT/.$name.ko"
		expect_failure "$name, not signed" insmod "$OUT/.$name.ko"
		expect "it is not loaded" 0 "$(grep -c "^$name " /proc/modules)"
	done
	for why in "module with unavailable key" "unsigned module"; do
		expect "the kernel tells of: $why" 2 "$(dmesg | grep -c "Loading of $why is rejected")"
	done
	rm -f "$OUT"/.*.ko
	tap_done
fi

test_case "DKMS has signed what it built"
for name in $expect_modules; do
	expect_line "$name is in updates/dkms" "^/lib/modules/$rel/updates/dkms/$name.ko" module_file $name
	expect "the signer" "DKMS module signing key" "$(signer $name)"
done

# ------------------------------------------------------------------ systemd

examples=$root/usr/share/doc/mobctl/examples
cp $examples/modules-load.d/tcp_mobility.conf $root/etc/modules-load.d/ &&
	sed 's/^net.tcp_mobility.survival_time.*/net.tcp_mobility.survival_time = 1234/' \
		$examples/sysctl.d/tcp_mobility.conf >$root/etc/sysctl.d/tcp_mobility.conf
echo mip6_ice >$root/etc/modules-load.d/mip6_ice.conf
# A server that knows nothing of mobility, as somebody's package would bring it.
cat >$root/etc/systemd/system/plainserver.service <<-END
	[Unit]
	Description=A server of plain TCP
	[Service]
	Environment=COLOUR=blue
	ExecStart=/tcpmob/build/tests/prog/xfer server --port 7000 --count 9 --send 1000 --hold-after 600
END
rm -f $root/etc/machine-id
: >$root/etc/machine-id

# It gets namespaces for what else would be this machine's: processes and mounts.
boot_systemd()
{
	mount -t proc proc $root/proc && mount --rbind /sys $root/sys && mount --rbind /dev $root/dev &&
		mount -t tmpfs tmpfs $root/run && mount -t tmpfs tmpfs $root/tmp &&
		mount -t cgroup2 cgroup2 $root/sys/fs/cgroup &&
		exec chroot $root env -i container=tcpmob PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			/lib/systemd/systemd --system --unit=multi-user.target
}
export -f boot_systemd
export root
bg unshare --pid --fork --mount --ipc --uts bash -c boot_systemd >"$OUT/systemd.log" 2>&1
unshare_pid=$bg_pid
systemd_pid=
find_systemd() { systemd_pid=$(pgrep -P $unshare_pid -x systemd); }
# inside COMMAND...: as a shell of that system would.
inside()
{
	nsenter -t "$systemd_pid" -p -m -i -u -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
is_up() { case $(inside systemctl is-system-running 2>&1) in running|degraded) ;; *) return 1 ;; esac; }

test_case "systemd boots, and with the examples the modules are there"
expect_soon "process 1 of its namespace is systemd" 20000 eval 'find_systemd; [ -n "$systemd_pid" ]'
find_systemd
expect_soon "it is up" 120000 is_up
note "$(inside systemctl --version | head -n 1), $(inside systemctl is-system-running)"
expect "modules-load" active "$(inside systemctl is-active systemd-modules-load)"
for name in $expect_modules; do
	expect "$name is loaded" 1 "$(grep -c "^$name " /proc/modules)"
	expect "and is the one of the package" "$(in_root modinfo -k "$rel" -F srcversion $name)" \
		"$(cat /sys/module/$name/srcversion)"
done
expect "sysctl.d" 1234 "$(inside sysctl -n net.tcp_mobility.survival_time)"
expect "the state of the service" inactive "$(inside systemctl is-active plainserver)"

# --------------------------------------------------------- mobctl enable UNIT

# connect: one connection to the service, from outside.
connect()
{
	wait_listen_here
	bg xfer client --mobility --info --recv 1000 --hold 900 127.0.0.1 7000 >"$OUT/client.log" 2>&1
}
listens_here() { ss -Hltn "sport = :7000" | grep -q .; }
wait_listen_here() { wait_for 10000 listens_here >/dev/null; }
# states STATE N: so many sockets, both ends are here.
states() { [ "$(inside mobctl -j tcp show state "$1" | jq length)" = "$2" ]; }
environment() { tr '\0' '\n' <"/proc/$(pgrep -f 'xfer server --port 7000' | head -n 1)/environ" | grep "$1"; }

test_case "a service as it was is not mobile"
expect_success "start" inside systemctl start plainserver
connect
expect_soon "it is plain, the client says" 20000 states plain 1
kill $bg_pid

test_case "mobctl enable, and systemd starts it mobile"
said=$(inside mobctl enable plainserver 2>&1)
expect "status" 0 $?
note "$said"
dropin=/etc/systemd/system/plainserver.service.d/50-tcp-mobility.conf
expect "systemd has read the drop-in" "$dropin no" \
	"$(inside systemctl show -P DropInPaths plainserver) $(inside systemctl show -P NeedDaemonReload plainserver)"
expect_line "its environment" "COLOUR=blue LD_PRELOAD=/usr/lib/.*/libtcpmob-preload.so" \
	inside systemctl show -P Environment plainserver
expect "the one that runs has not" "" "$(environment LD_PRELOAD)"
expect_success "restart" inside systemctl restart plainserver
expect_soon "it runs" 10000 eval 'environment LD_PRELOAD >/dev/null'
expect "with what it had before" COLOUR=blue "$(environment COLOUR)"
connect
expect_soon "both ends of a connection are keyed" 20000 states keyed 2
kill $bg_pid

test_case "mobctl disable, and it is as it was"
expect_success "disable" inside mobctl disable plainserver
expect "no drop-in, nothing to reload" " no" \
	"$(inside systemctl show -P DropInPaths plainserver) $(inside systemctl show -P NeedDaemonReload plainserver)"
expect_success "restart" inside systemctl restart plainserver
wait_listen_here
expect "its environment" COLOUR=blue "$(environment 'LD_PRELOAD\|COLOUR')"
expect "nothing is left" "" "$(ls -d $root/etc/systemd/system/plainserver.service.d 2>/dev/null)"
expect_success "and again enabled, for what follows" inside mobctl enable plainserver
# Stories remove modules: nobody may use them.
expect_success "stop" inside systemctl stop plainserver

# ------------------------------------------------------------------- stories

# Stories remove modules and load them again, with this machine's modprobe.
mkdir -p "/usr/lib/modules/$rel/extra" "$OUT/tools"
for name in $expect_modules; do
	plain $name "/usr/lib/modules/$rel/extra/$name.ko"
done
depmod -a
cp -P $root/usr/bin/mobctl $root/usr/bin/mobrun $root/usr/lib/*/mobctl/libtcpmob-preload.so "$OUT/tools/"
for story in "$@"; do
	test_case "story $story with the tools of the package"
	env TOOL_DIR="$OUT/tools" OUT="$OUT/$story" \
		bash "$TEST_DIR/net/$story.sh" >"$OUT/$story.log" 2>&1
	expect "status" 0 $? || tail -n 20 "$OUT/$story.log" | sed 's/^/#   /'
	note "$(grep -c '^ok ' "$OUT/$story.log") cases"
done

# --------------------------------------------------------------------- purge

test_case "purged while the modules are loaded and a connection lives"
# Stories may have left them unloaded.
expect_success "the modules" modprobe -a $expect_modules
expect_success "start" inside systemctl start plainserver
connect
expect_soon "a mobile one" 20000 states keyed 2
begun=$(now_ms)
expect_success "dpkg --purge" inside dpkg --purge mobctl tcp-mobility-dkms
note "in $(($(now_ms) - begun)) ms: $(tail -n 3 "$OUT/.command" | paste -sd' ')"
expect "dkms knows nothing of it" "" "$(inside dkms status | grep tcp-mobility)"
for name in $expect_modules; do
	expect "its file" "" "$(find $root/usr/lib/modules $root/var/lib/dkms -name "$name.ko*")"
	expect "what is loaded stays" 1 "$(grep -c "^$name " /proc/modules)"
done
expect "the connection, too" 2 "$(awk '$1 == "KeyedNow" { print $2 }' /proc/net/tcp_mobility)"
kill $bg_pid
expect_success "the service stops" inside systemctl stop plainserver
expect_soon "nobody uses the module" 70000 eval '[ "$(awk "\$1 == \"tcp_mobility\" { print \$3 }" /proc/modules)" = 0 ]'
expect_success "then it goes" rmmod tcp_mobility mip6_ice
expect "complaints of the kernel" "" "$(kernel_complaints)"

kill -KILL "$systemd_pid"
[ "$cases_failed$case_failed" != 00 ] || rm -rf "$OUT/tools" "$OUT"/*.log
tap_done
