#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Real programs, unmodified, under mobrun: an ssh session with a running
# command, a curl download from nginx, an scp and an rsync upload. All four
# cross from the routed network to the NAT and back, at the same time:
#
#	routed -> NAT		the old address goes 0.2 s before the new one comes
#	NAT -> routed		both for half a second, the new route preferred
#	routed -> NAT		again, to an address used before
#
# A move comes when all four have gone on since the one before. Expected: every
# program ends with status 0 and every byte is right.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/demo/apps.sh
. "$(dirname "$0")/../demo/apps.sh"

need_module tcp_mobility
for program in sshd nginx curl rsync scp; do
	type -P $program >/dev/null || tap_skip_all "no $program here"
done

apps_dir=$(mktemp -d /tmp/tcpmob-apps.XXXXXX)
apps_host=$CN4
apps_rate=100k
at_end() { apps_stop; rm -rf "$apps_dir"; }

topo_build
attach routed 4
apps_setup
ssh_config=$apps_dir/ssh_config
data=$apps_dir/www/data
# The rates are fixed; on a slow machine the moves take longer to come.
apps_random $((1500000 * ${TEST_SLOW:-1})) "$data"

# start NAME COMMAND...: in the background on the mobile host, with its
# exit status in NAME.status.
start()
{
	local name=$1

	shift
	{
		in_ns "$mn" "$MOBRUN" "$@" 2>"$apps_dir/$name.err" \
			>"$apps_dir/$name.out" </dev/null
		echo $? > "$apps_dir/$name.status"
	} &
	bg_pids+=("$!")
}

# has_octets FILE: it exists and is not empty; *.tmp names of rsync too.
has_octets()
{
	local file

	for file in "$@"; do
		[ -s "$file" ] && return 0
	done
	return 1
}

# What each program has received so far.
declare -A received=(
	[session]=$apps_dir/session.out
	[download]=$apps_dir/download.got
	[scp]=$apps_dir/sink/scp
	[rsync]=$apps_dir/sink/rsync
)
declare -A at_mark

octets() { stat -c %s "$1" 2>/dev/null || echo 0; }

# mark_progress: go_on counts from here.
mark_progress()
{
	local name

	for name in "${!received[@]}"; do
		at_mark[$name]=$(octets "${received[$name]}")
	done
}

# go_on: every program has received something new, more than was on its way
# when it was marked. Prints who has not.
go_on()
{
	local name enough late=0

	for name in "${!received[@]}"; do
		[ "$name" = session ] && enough=10 || enough=30000
		[ $(($(octets "${received[$name]}") - at_mark[$name])) -lt $enough ] || continue
		echo "$name: $(octets "${received[$name]}") octets, ${at_mark[$name]} before"
		late=1
	done
	return $late
}

ended() { [ -s "$apps_dir/$1.status" ]; }

# all_running WHEN: a program that is through too early proves nothing.
all_running()
{
	local name

	for name in session download scp rsync; do
		ended $name && fail "$name is still running $1" "running" \
			"ended: $(tail -n 1 "$apps_dir/$name.err")"
	done
	return 0
}

test_case "sshd and nginx start under mobrun"
expect_success "sshd" apps_start_sshd ip netns exec "$cn" "$MOBRUN"
expect_success "nginx" apps_start_nginx ip netns exec "$cn" "$MOBRUN"
expect_success "sshd listens" wait_listen "$cn" $apps_ssh_port
expect_success "nginx listens" wait_listen "$cn" $apps_http_port

test_case "four programs run and the mobile host moves three times"
capture_start "$mn" any apps-mn tcp
cat > "$apps_dir/count.sh" <<-'END'
	n=0
	until [ -e "$1" ]; do
		n=$((n + 1))
		echo "line $n"
		sleep 0.2
	done
	echo "$n lines"
END
start session ssh -F "$ssh_config" "$CN4" "bash $apps_dir/count.sh $apps_dir/stop"
start scp scp -q -F "$ssh_config" -l 1000 "$data" "$CN4:$apps_dir/sink/scp"
start rsync rsync --inplace --whole-file --bwlimit=120 -e "ssh -F $ssh_config" \
	"$data" "$CN4:$apps_dir/sink/rsync"
expect_soon "the session runs" 30000 has_octets "$apps_dir/session.out"
expect_soon "the scp runs" 30000 has_octets "$apps_dir/sink/scp"
expect_soon "the rsync runs" 30000 has_octets "$apps_dir/sink/rsync"
# The quickest to begin comes last.
start download curl -sS -o "$apps_dir/download.got" "http://$CN4/data"
expect_soon "the download runs" 30000 has_octets "$apps_dir/download.got"
# Time for the last one's keys.
sleep ${TEST_SLOW:-1}

all_running "before the first move"
detach routed 4
sleep 0.2
mark_progress
attach nat 4
expect_soon "all go on" 20000 go_on
all_running "before the second move"
attach routed 4
sleep 0.5
detach nat 4
mark_progress
expect_soon "all go on" 20000 go_on
all_running "before the third move"
detach routed 4
sleep 0.2
mark_progress
attach nat 4
expect_soon "all go on" 20000 go_on
touch "$apps_dir/stop"

# verdict NAME FILE: it ended well, and the file is what was sent.
verdict()
{
	expect_soon "$1 ends" 30000 ended "$1"
	expect "$1: exit status" 0 "$(cat "$apps_dir/$1.status" 2>/dev/null ||
		echo "none, still running")"
	[ "$(cat "$apps_dir/$1.status" 2>/dev/null)" = 0 ] ||
		note "it said: $(tail -n 3 "$apps_dir/$1.err")"
	[ $# = 1 ] || expect "$1: SHA-256" "$(apps_sha "$data")" "$(apps_sha "$2")"
}

test_case "ssh: all lines came, in order"
verdict session
total=$(sed -n '$s/ lines$//p' "$apps_dir/session.out")
expect "lines" "$(seq "${total:-1}" | sed 's/^/line /' | sha256sum)" \
	"$(sed '$d' "$apps_dir/session.out" | sha256sum)"

test_case "curl from nginx: the file came whole"
verdict download "$apps_dir/download.got"

test_case "scp: the file came whole"
verdict scp "$apps_dir/sink/scp"

test_case "rsync over ssh: the file came whole"
verdict rsync "$apps_dir/sink/rsync"

tap_done
