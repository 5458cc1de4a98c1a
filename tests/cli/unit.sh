#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mobctl enable and disable: the drop-in for a systemd service, in a file system
# of our own.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

root=$(mktemp -d)
trap 'rm -rf "$root"; cleanup' EXIT
units=$root/usr/lib/systemd/system
etc=$root/etc/systemd/system
lib=$(readlink -f "$TOOLS/libtcpmob-preload.so")
mkdir -p "$units" "$etc" "$root/usr/sbin"
cp "$(type -P true)" "$root/usr/sbin/frobd"

# unit NAME LINE...: a service.
unit()
{
	local name=$1

	shift
	{ printf '[Unit]\nDefaultDependencies=no\n[Service]\n'; printf '%s\n' "$@"; } >"$units/$name"
}
enable() { mobctl enable --root "$root" "$@"; }
disable() { mobctl disable --root "$root" "$@"; }
dropin() { grep -v '^#' "$etc/$1.d/50-tcp-mobility.conf"; }

test_case "enable writes a drop-in, disable removes it"
unit frob.service 'ExecStart=-/usr/sbin/frobd --daemon'
said=$(enable frob)
expect "status" 0 $?
expect "it says what it did, and what is left to do" "wrote $etc/frob.service.d/50-tcp-mobility.conf
The service changes with: systemctl restart frob.service" "$said"
expect "the drop-in" "[Service] Environment=\"LD_PRELOAD=$lib\"" "$(dropin frob.service | paste -sd' ')"
expect "mode" 644 "$(stat -c %a "$etc/frob.service.d/50-tcp-mobility.conf")"
expect "again, with the whole name, as JSON" "frob.service" "$(mobctl -j enable --root "$root" frob.service | jq -r .unit)"
expect "the same drop-in" "[Service] Environment=\"LD_PRELOAD=$lib\"" "$(dropin frob.service | paste -sd' ')"
if type -P systemd-analyze >/dev/null; then
	expect_success "systemd-analyze takes it" systemd-analyze verify --root="$root" --man=no frob.service
fi
expect_success "disable" disable frob
expect "nothing is left" "" "$(find "$etc" -mindepth 1)"
wrong 2 "Error: frob.service is not enabled (no $etc/frob.service.d/50-tcp-mobility.conf)." disable frob

test_case "what the unit preloads itself stays"
unit own.service 'Environment=A=1 LD_PRELOAD=/usr/lib/eatmydata.so B=2' 'ExecStart=/usr/sbin/frobd'
enable own >/dev/null
expect "unquoted" "Environment=\"LD_PRELOAD=$lib:/usr/lib/eatmydata.so\"" "$(dropin own.service | grep LD_)"
unit own.service 'Environment="LD_PRELOAD=/a.so /b.so" B=2' 'ExecStart=/usr/sbin/frobd'
enable own >/dev/null
expect "quoted" "Environment=\"LD_PRELOAD=$lib:/a.so /b.so\"" "$(dropin own.service | grep LD_)"
unit own.service "Environment=LD_PRELOAD=$lib" 'ExecStart=/usr/sbin/frobd'
enable own >/dev/null
expect "ours is not doubled" "Environment=\"LD_PRELOAD=$lib\"" "$(dropin own.service | grep LD_)"

test_case "others' drop-ins stay"
mkdir -p "$etc/frob.service.d"
echo "[Service]" >"$etc/frob.service.d/10-other.conf"
enable frob >/dev/null
disable frob >/dev/null
expect "files" 10-other.conf "$(ls "$etc/frob.service.d")"

test_case "templates and instances"
unit tty@.service 'ExecStart=/usr/sbin/frobd %i'
expect_success "an instance" enable tty@1
expect "its drop-in" "[Service]" "$(dropin tty@1.service | head -n 1)"
expect_success "the template" enable tty@
expect "its drop-in" "[Service]" "$(dropin tty@.service | head -n 1)"

test_case "what cannot be enabled"
wrong 2 "Error: there is no unit nowhere.service." enable nowhere
wrong 1 'Error: "../x" is no name of a unit.' enable ../x
wrong 1 'Error: "" is no name of a unit.' enable ""
wrong 1 'Error: net.target is not a service.' enable net.target
wrong 1 'Error: ssh.socket: systemd itself listens for a socket unit: use "mobctl tcp enable --listen ENDPOINT" once it runs.' enable ssh.socket
wrong 1 'Error: "b" is one word too many.' enable a b
wrong 1 "Error: --root needs a directory." mobctl enable a --root
cp "$(type -P busybox)" "$root/usr/sbin/staticd"
unit static.service 'ExecStart=/usr/sbin/staticd'
wrong 2 "Error: $root/usr/sbin/staticd is statically linked: LD_PRELOAD has no effect there." enable static
expect "nothing was written" "" "$(ls "$etc/static.service.d" 2>/dev/null)"
if [ "$(id -u)" != 0 ]; then
	chmod 555 "$etc"
	expect "a directory that is not writable" 2 "$(enable frob 2>/dev/null; echo $?)"
	chmod 755 "$etc"
fi

tap_done
