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
at_end() { rm -rf "$root"; }
units=$root/usr/lib/systemd/system
etc=$root/etc/systemd/system
# The tree has its own, and knows it by the name that the service will see.
lib=/usr/lib/libtcpmob-preload.so
mkdir -p "$units" "$etc" "$root/usr/sbin"
install -m 644 "$TOOLS/libtcpmob-preload.so" "$root$lib"
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
wrong 1 'Error: "a b" is no name of a unit.' enable "a b"
wrong 1 'Error: "a%i" is no name of a unit.' enable "a%i"
wrong 1 'Error: a.scope is not a service.' enable a.scope
wrong 2 "Error: $root/nowhere: No such file or directory." mobctl enable --root "$root/nowhere" a
wrong 1 'Error: net.target is not a service.' enable net.target
wrong 1 'Error: ssh.socket: systemd itself listens for a socket unit: use "mobctl tcp enable --listen ENDPOINT" once it runs.' enable ssh.socket
wrong 1 'Error: "b" is one word too many.' enable a b
wrong 1 "Error: --root needs a directory." mobctl enable a --root
cp "$(type -P busybox)" "$root/usr/sbin/staticd"
unit static.service 'ExecStart=/usr/sbin/staticd'
wrong 2 "Error: $root/usr/sbin/staticd is statically linked: LD_PRELOAD has no effect there." enable static
expect "nothing was written" "" "$(ls "$etc/static.service.d" 2>/dev/null)"
test_case "the files of a unit are read as systemd reads them"
# preloads WHAT EXPECTED: what enable makes of frob's LD_PRELOAD.
preloads()
{
	local said

	rm -f "$etc/frob.service.d/50-tcp-mobility.conf"
	if ! said=$(enable frob 2>&1); then
		fail "$1" "$2" "$said"
	else
		expect "$1" "$2" "$(dropin frob.service | sed -n 's/^Environment="LD_PRELOAD=\(.*\)"$/\1/p')"
	fi
}
conf() { mkdir -p "$(dirname "$root$1")" && printf '%s\n' "${@:2}" >"$root$1"; }
unit frob.service 'Environment=OLD_LD_PRELOAD=/no.so XLD_PRELOAD=/no.so' 'ExecStart=/usr/sbin/frobd'
preloads "another variable's name that ends alike" "$lib"
unit frob.service '#Environment=LD_PRELOAD=/no.so' 'Environment="A=LD_PRELOAD=/no.so"' 'ExecStart=/usr/sbin/frobd'
preloads "a comment, another's value" "$lib"
unit frob.service 'ExecStart=/usr/sbin/frobd' '[Install]' 'Environment=LD_PRELOAD=/no.so'
preloads "another section" "$lib"
unit frob.service 'Environment=A=1 \' '# a comment between' '  LD_PRELOAD=/a.so' 'ExecStart=/usr/sbin/frobd'
preloads "a line that goes on" "$lib:/a.so"
unit frob.service 'Environment = LD_PRELOAD=/no.so' "Environment='LD_PRELOAD=/a\\x2db.so'" 'ExecStart=/usr/sbin/frobd'
preloads "the last one, its escapes resolved" "$lib:/a-b.so"
unit frob.service 'Environment="LD_PRELOAD=/a\"b\\c.so"' 'ExecStart=/usr/sbin/frobd'
preloads "quotes and backslashes are quoted again" "$lib:/a\\\"b\\\\c.so"
unit frob.service 'Environment=LD_PRELOAD=/no.so' 'Environment=' 'ExecStart=/usr/sbin/frobd'
preloads "taken back" "$lib"
unit frob.service 'Environment=LD_PRELOAD=/no.so' 'ExecStart=/usr/sbin/frobd'
conf /usr/lib/systemd/system/frob.service.d/20-x.conf '[Service]' 'Environment=LD_PRELOAD=/x.so'
preloads "a drop-in" "$lib:/x.so"
expect_line "the drop-in says from where" '^# .* /usr/lib/systemd/system/frob.service.d/20-x.conf' \
	cat "$etc/frob.service.d/50-tcp-mobility.conf"
conf /etc/systemd/system/service.d/30-y.conf '[Service]' 'Environment=LD_PRELOAD=/y.so'
preloads "one for all services" "$lib:/y.so"
conf /run/systemd/system/frob.service.d/30-y.conf '[Service]'
preloads "a stronger one of that name" "$lib:/x.so"
ln -sf /dev/null "$etc/frob.service.d/20-x.conf"
preloads "a masked one" "$lib:/no.so"
rm -rf "$etc/service.d" "$etc/frob.service.d" "$root/run" "$units/frob.service.d"
conf $'/run/systemd/system/frob.service.d/1\nUser=nobody\n.conf' '[Service]' 'Environment=LD_PRELOAD=/n.so'
preloads "a line feed in a drop-in's name" "$lib:/n.so"
expect "it does not get into ours" 0 "$(grep -c '^User=' "$etc/frob.service.d/50-tcp-mobility.conf")"
rm -rf "$root/run"
unit frob.service 'ExecStart=/nowhere' 'ExecStart=' 'ExecStart=-/usr/sbin/frobd'
preloads "ExecStart= taken back" "$lib"

test_case "what systemd would listen to in place of our drop-in is refused"
conf /etc/systemd/system/frob.service.d/override.conf '[Service]' 'Environment=LD_PRELOAD=/o.so'
wrong 2 "Error: $etc/frob.service.d/override.conf sets LD_PRELOAD, and is read behind our 50-tcp-mobility.conf: add $lib to it there." enable frob
conf /etc/systemd/system/frob.service.d/override.conf '[Service]' "Environment=LD_PRELOAD=$lib:/o.so"
preloads "it has ours" "$lib"
conf /etc/systemd/system/frob.service.d/override.conf '[Service]' 'Environment='
wrong 2 "Error: $etc/frob.service.d/override.conf empties Environment=, and is read behind our 50-tcp-mobility.conf: add Environment=LD_PRELOAD=$lib there." enable frob
conf /etc/systemd/system/frob.service.d/override.conf '[Service]' 'UnsetEnvironment=A LD_PRELOAD'
wrong 2 "Error: $etc/frob.service.d/override.conf takes LD_PRELOAD away (UnsetEnvironment): remove that first." enable frob
rm "$etc/frob.service.d/override.conf"
unit frob.service 'EnvironmentFile=-/etc/default/frob' 'ExecStart=/usr/sbin/frobd'
preloads "an EnvironmentFile that is not there" "$lib"
conf /etc/default/frob '# LD_PRELOAD=/no.so' 'A=1'
preloads "one without" "$lib"
conf /etc/default/frob 'LD_PRELOAD="/e.so"'
wrong 2 "Error: $root/etc/default/frob, an EnvironmentFile of frob.service, sets LD_PRELOAD, which beats a drop-in: add $lib to it there." enable frob
conf /etc/default/frob "LD_PRELOAD='$lib /e.so'"
preloads "it has ours" "$lib"
unit frob.service 'EnvironmentFile=/etc/default/%N' 'ExecStart=/usr/sbin/frobd'
expect_line "one that only systemd knows" '^Warning: .*EnvironmentFile=/etc/default/%N sets' enable frob
unit frob.service 'RootDirectory=/srv/frob' 'ExecStart=/usr/sbin/frobd'
expect_line "another root" "^Warning: frob.service runs in /srv/frob: $lib has to be there, too" enable frob
unit frob.service 'ExecStart=/usr/sbin/frobd'
mkdir -p "$etc/sockets.target.wants" && touch "$etc/sockets.target.wants/frob.socket"
expect_line "a socket unit" '^Warning: systemd itself listens for frob.service' enable frob
rm -rf "$etc/sockets.target.wants"

test_case "aliases, and units that are masked"
ln -s /usr/lib/systemd/system/frob.service "$etc/alias.service"
expect_line "the drop-in is the unit's" "^wrote $etc/frob.service.d/" enable alias
expect_success "disable" disable alias
ln -s /dev/null "$etc/gone.service"
wrong 2 "Error: gone.service is masked: systemctl unmask gone.service." enable gone
rm -r "$units/frob.service"
mkdir -p "$etc/frob.service.d" && touch "$etc/frob.service.d/50-tcp-mobility.conf"
expect_success "the drop-in of a service that is gone is removed" disable frob

test_case "no link of a tree leads out of it"
unit frob.service 'ExecStart=/usr/sbin/frobd'
out=$(mktemp -d)
mkdir "$out/frob.service.d"
ln -s "$out/frob.service.d" "$etc/frob.service.d"
wrong 2 "Error: $etc/frob.service.d: Not a directory; links are not followed there." enable frob
touch "$out/frob.service.d/50-tcp-mobility.conf"
expect "disable" 2 "$(disable frob >/dev/null 2>&1; echo $?)"
expect "what is outside" 50-tcp-mobility.conf "$(ls "$out/frob.service.d")"
rm "$etc/frob.service.d" "$out/frob.service.d/50-tcp-mobility.conf"
# The names that were used before.
mkdir "$etc/frob.service.d"
echo mine >"$out/mine"
ln -s "$out/mine" "$etc/frob.service.d/50-tcp-mobility.conf"
ln -s "$out/mine" "$etc/frob.service.d/50-tcp-mobility.conf.new"
expect_success "enable" enable frob
expect "what a link points at" mine "$(cat "$out/mine")"
expect "the drop-in is a file" "regular file" "$(stat -c %F "$etc/frob.service.d/50-tcp-mobility.conf")"
rm -r "$etc/frob.service.d"
mkdir "$out/system"
mv "$etc" "$etc.away"
ln -s "$out/system" "$etc"
expect "a parent that leads out" 2 "$(enable frob >/dev/null 2>&1; echo $?)"
expect "what is outside" "" "$(find "$out/system" -mindepth 1)"
rm "$etc"
ln -s /etc/systemd/elsewhere "$etc"
mv "$etc.away" "$root/etc/systemd/elsewhere"
expect_success "one that stays inside" enable frob
expect "the drop-in is inside" 1 "$(find "$root/etc/systemd/elsewhere/frob.service.d" -name 50-tcp-mobility.conf | wc -l)"
rm "$etc"
mv "$root/etc/systemd/elsewhere" "$etc"
# What is read: a unit, a program, a FIFO.
printf '[Service]\nExecStart=/usr/sbin/frobd\nEnvironment=LD_PRELOAD=/secret.so\n' >"$out/secret"
ln -sf "$out/secret" "$units/frob.service"
wrong 2 "Error: $root/usr/lib/systemd/system/frob.service is a link that leads nowhere." enable frob
rm "$units/frob.service"
unit frob.service 'ExecStart=/usr/sbin/outside'
ln -s "$out/static" "$root/usr/sbin/outside"
cp "$(type -P busybox)" "$out/static"
expect_success "a program that leads out is not looked at" enable frob
mkfifo "$etc/frob.service.d/10-fifo.conf"
expect "a FIFO: status" 0 "$(timeout 10 mobctl enable --root "$root" frob >/dev/null; echo $?)"
rm -rf "$out" "$etc/frob.service.d"
expect "no other files are left behind" "" "$(find "$root" -name '.50*')"

test_case "a library that is not fit for a service is refused"
unit frob.service 'ExecStart=/usr/sbin/frobd'
# unfit SENTENCE FILE: with the library there.
unfit() { TCP_MOBILITY_LIB=$2 wrong 2 "Error: $1." enable frob; }
for letter in : % '"' "'" \\ ' ' '$' $'\t' $'\x01' $'\x7f'; do
	cp "$root$lib" "$root/usr/lib/a${letter}b.so"
	TCP_MOBILITY_LIB="/usr/lib/a${letter}b.so" expect_line "$(printf 'a letter %q' "$letter")" \
		"^Error: /usr/lib/a.*b.so has a letter in its name" enable frob
done
unfit "TCP_MOBILITY_LIB=usr/lib/x.so is not absolute: a service starts in another directory" usr/lib/x.so
unfit "$root/nowhere.so, which TCP_MOBILITY_LIB names: No such file or directory" /nowhere.so
unfit "$root/usr/lib is not a file" /usr/lib
advice="is writable for others, who could change what the service loads: chmod go-w it, or install the library elsewhere"
cp "$root$lib" "$root/usr/lib/open.so"
chmod o+w "$root/usr/lib/open.so"
unfit "$root/usr/lib/open.so $advice" /usr/lib/open.so
mkdir -m 777 "$root/usr/open"
cp "$root$lib" "$root/usr/open/a.so"
unfit "$root/usr/open $advice" /usr/open/a.so
chmod 1777 "$root/usr/open"
expect_success "a directory like /tmp" env TCP_MOBILITY_LIB=/usr/open/a.so mobctl enable --root "$root" frob
ln -s ../open/a.so "$root/usr/lib/link.so"
enabled_with() { TCP_MOBILITY_LIB=$1 enable frob >/dev/null 2>&1; dropin frob.service | sed -n 's/^Environment="LD_PRELOAD=\(.*\)"$/\1/p'; }
expect "a link is resolved" /usr/open/a.so "$(enabled_with /usr/lib/link.so)"
if [ "$(id -u)" = 0 ]; then
	chown 65534 "$root/usr/open/a.so"
	unfit "$root/usr/open/a.so belongs to user 65534, who could change what the service loads: chown root it, or install the library elsewhere" /usr/open/a.so
	chgrp 65534 "$root/usr/lib/open.so"
	chmod 664 "$root/usr/lib/open.so"
	unfit "$root/usr/lib/open.so $advice" /usr/lib/open.so
fi
rm -f "$root$lib"
wrong 2 "Error: $root has no /usr/local/lib/libtcpmob-preload.so: install mobctl there (or TCP_MOBILITY_LIB=FILE names it, as seen from there)." enable frob
install -m 644 "$TOOLS/libtcpmob-preload.so" "$root$lib"

if [ "$(id -u)" != 0 ]; then
	rm -rf "$etc/frob.service.d"
	chmod 555 "$etc"
	expect "a directory that is not writable" 2 "$(enable frob 2>/dev/null; echo $?)"
	chmod 755 "$etc"
fi

tap_done
