#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The session that Documentation/mobctl.rst shows, for real: a laptop and a
# server in the network of tests/lib.sh, every command run as it is printed and
# with what it answered. In the test machine only, as it writes /root/.ssh:
#
#	make transcript
#
# writes the text into $OUT/transcript.txt and from there into the page.

[ "${TCPMOB_VM:-0}" = 1 ] || { echo "transcript.sh: only in the test machine (make transcript)" >&2; exit 1; }

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/demo/apps.sh
. "$(dirname "$0")/apps.sh"

apps_dir=$(mktemp -d /tmp/tcpmob-transcript.XXXXXX)
apps_host=$CN4
at_end() { apps_stop; rm -rf "$apps_dir"; }
text=$OUT/transcript.txt

modprobe tcp_mobility || exit 1
topo_build
attach routed 4
apps_setup
mkdir -p /root/.ssh
sed "s/^Host.*/Host */" "$apps_dir/ssh_config" >/root/.ssh/config
sed "s/^$CN4 /server,$CN4 /" -i "$apps_dir/known_hosts"
chmod 600 /root/.ssh/config
echo "$CN4 server" >>/etc/hosts
apps_start_sshd ip netns exec "$cn" && wait_listen "$cn" $apps_ssh_port || exit 1

say() { printf '%s\n' "$*" | tee -a "$text"; }
# on laptop|server COMMAND: show it, run it, show what it says.
on()
{
	local ns=$mn prompt='laptop#'

	[ "$1" = laptop ] || { ns=$cn; prompt='server#'; }
	say "$prompt $2"
	in_ns "$ns" bash -c "$2" 2>&1 | tee -a "$text"
}

: >"$text"
say "# The laptop asks before anything is set up on the server."
on laptop "mobctl doctor server"
say
say "# The module is loaded there, too. sshd runs already; it need not be restarted."
on server "mobctl tcp enable --listen :22"
on laptop "mobctl doctor server"
say
session="mobctl run ssh server 'while sleep 1; do echo \$((n += 1)); done' >ticks &"
say "laptop# $session"
(cd "$apps_dir" && in_ns "$mn" bash -c "${session% &}") &
ticks() { wc -l <"$apps_dir/ticks"; }
at_least() { [ "$(ticks 2>/dev/null || echo 0)" -ge "$1" ]; }
# The ticks that an interactive reader would not wait for.
wait_for 30000 at_least 4 >/dev/null
keyed() { [ "$(in_ns "$mn" mobctl -j tcp show state keyed | jq length)" = 1 ]; }
wait_for 10000 keyed >/dev/null
on laptop "mobctl tcp show"
bg in_ns "$mn" mobctl monitor >"$apps_dir/monitor"
wait_for 5000 pgrep -x mobctl >/dev/null
sleep 0.5
say
say "laptop# mobctl monitor &"
say "# The laptop leaves one network, and half a second later it is in another, behind a NAT."
detach routed 4
sleep 0.5
attach nat 4
before=$(ticks)
wait_for 30000 at_least $((before + 3)) >/dev/null
tee -a "$text" <"$apps_dir/monitor"
say
on laptop "tail -n 2 $apps_dir/ticks"
on laptop "mobctl -d tcp show"
say
say "# The server sees the NAT's address. The fingerprint is the same."
on server "mobctl -d tcp show state keyed"
on server "mobctl stats tcp update"
sed -i "s,$apps_dir/,,g" "$text"
[ "$(ticks)" -ge $((before + 3)) ]
