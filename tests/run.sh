#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the stories of tests/net one after the other and sum up, inside the
# test machine as well as on a real one. As root.
#
#	tests/run.sh [NAME...]
#
# NAME is a script of tests/net, with or without directory and .sh; without
# names all of them run. The last line is "N passed, N failed"; N counts test
# cases, and what was skipped counts as neither. Exit status 1 if any failed.
#
# Of a script that failed, the output, captures and the kernel's messages are
# kept in $OUT/NAME.
#
# Environment:
#	OUT           where to keep files (default: /out in the test machine,
#	              else build/out/host)
#	TEST_TIMEOUT  seconds that one script may take (600, or what its line
#	              "# Seconds: N" says)
#	TEST_SLOW     factor on this and on all time limits of the scripts (1)
#	KSFT_EXPECT_ALL_FEATURES=1  a missing feature is a failure, not a skip

set -u
export PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd) || exit 1
out=${OUT:-$here/../build/out/host}
passed=0
failed=0
skipped=0
failures=

[ "$(id -u)" = 0 ] || { echo "tests/run.sh: must be root (network namespaces)" >&2; exit 1; }
mkdir -p "$out" || exit 1
out=$(cd "$out" && pwd)

# count_lines PATTERN FILE
count_lines() { grep -c -E "$1" "$2" || true; }

# add_failure NAME REASON: a failure that no TAP line tells of.
add_failure()
{
	failed=$((failed + 1))
	failures="$failures
  $1: $2"
	echo "# FAIL: $1: $2"
}

# complaints MARK: what the kernel said since the mark that it should not. Without
# the mark nobody knows what it was.
complaints()
{
	{ dmesg 2>/dev/null | awk -v mark="$1" -f "$here/since-mark.awk" || echo "WARNING: since-mark.awk did not run"; } |
		grep -E -f "$here/dmesg-patterns"
}

# effort: what all processors have worked since the start, in programs and in the
# kernel, in 1/100 s, and how many processes there were (proc(5)).
effort() { awk '/^cpu / { print $2 + $3, $4 + $7 + $8 } /^processes / { print $2 }' /proc/stat; }

# effort_since USER SYSTEM PROCESSES: the difference, in words.
effort_since()
{
	local now

	read -r -d '' -a now < <(effort)
	echo "$(((now[0] - $1 + now[1] - $2) / 100)) s (kernel $(((now[1] - $2) / 100)) s), $((now[2] - $3)) processes"
}

# run_one SCRIPT: run it, show its output, count its cases.
run_one()
{
	local script=$1 name dir status mark said good bad skip limit before start=$SECONDS

	name=$(basename "$script" .sh)
	dir=$out/$name
	rm -rf "$dir"
	mkdir -p "$dir"
	echo "# ---- $name"
	read -r -d '' -a before < <(effort)

	limit=$(sed -n 's/^# Seconds: \([0-9]*\)$/\1/p' "$script")
	limit=$((${TEST_TIMEOUT:-${limit:-600}} * ${TEST_SLOW:-1}))
	mark="tcpmob: story $name $$"
	echo "$mark" > /dev/kmsg 2>/dev/null
	OUT=$dir timeout -k 10 "$limit" bash "$script" 2>&1 </dev/null | tee "$dir/output.tap"
	status=${PIPESTATUS[0]}
	said=$(complaints "$mark")

	good=$(count_lines '^ok ' "$dir/output.tap")
	skip=$(count_lines '^ok .*# SKIP' "$dir/output.tap")
	bad=$(count_lines '^not ok ' "$dir/output.tap")
	passed=$((passed + good - skip))
	failed=$((failed + bad))
	skipped=$((skipped + skip))

	while read -r line; do
		line=${line#not ok }
		failures="$failures
  $name: ${line% # time=*}"
	done < <(grep '^not ok ' "$dir/output.tap")

	case $status in
	0)  [ $((good + bad)) -gt 0 ] || add_failure "$name" "it printed no test case" ;;
	1)  [ "$bad" -gt 0 ] || add_failure "$name" "it ended with status 1 and no failed case" ;;
	4)  skipped=$((skipped + 1)) ;;
	124|137)
	    add_failure "$name" "no end within $limit s" ;;
	*)  add_failure "$name" "it ended with status $status" ;;
	esac
	if grep -q '^Bail out!' "$dir/output.tap"; then
		[ "$status" != 0 ] || add_failure "$name" "it bailed out"
	elif [ "$status" -le 1 ] && ! grep -q '^1\.\.' "$dir/output.tap"; then
		add_failure "$name" "it ended early (no plan line)"
	fi
	if [ -n "$said" ]; then
		add_failure "$name" "the kernel complained"
		echo "$said" | head -n 20 | sed 's/^/#   /'
	fi

	if [ "$status" = 0 ] && [ -z "$said" ]; then
		# Nothing is kept of a success but what it chose to leave.
		[ "${KEEP_OUTPUT:-0}" = 1 ] || rm -f "$dir/output.tap"
		rmdir "$dir" 2>/dev/null
	else
		dmesg 2>/dev/null | sed "1,/$mark/d" > "$dir/dmesg.txt"
	fi
	echo "# $name took $((SECONDS - start)) s, of these busy $(effort_since "${before[@]}")"
	# In the test machine nothing of one story may reach the next.
	[ "${TCPMOB_VM:-0}" = 1 ] && ip -all netns delete 2>/dev/null
	return 0
}

# The modules: load what was built or installed, and see at the end that all
# went well enough to take them out again.
loaded=
load_modules()
{
	local name

	for name in tcp_mobility mip6_ice; do
		[ -d "/sys/module/$name" ] && continue
		modprobe "$name" 2>/dev/null ||
			{ [ -e "$here/../build/modules/$name.ko" ] &&
			  insmod "$here/../build/modules/$name.ko"; } || continue
		loaded="$name $loaded"
	done
}

# unload_modules: a module that cannot go holds a reference that leaked.
unload_modules()
{
	local name mark said tries

	for name in $loaded; do
		mark="tcpmob: unloading $name $$"
		echo "$mark" > /dev/kmsg 2>/dev/null
		tries=0
		until timeout 30 rmmod "$name" 2>/dev/null; do
			tries=$((tries + 1))
			[ $tries -lt 10 ] || break
			sleep 0.5
		done
		said=$(complaints "$mark")
		if [ -d "/sys/module/$name" ]; then
			add_failure unload "$name is still in use: $(grep "^$name " /proc/modules)"
		elif [ -n "$said" ]; then
			add_failure unload "the kernel complained when $name was unloaded"
			echo "$said" | head -n 20 | sed 's/^/#   /'
		else
			passed=$((passed + 1))
			echo "ok - unload $name"
		fi
	done
}

scripts=()
if [ $# -gt 0 ]; then
	for name in "$@"; do
		name=$(basename "$name" .sh)
		if [ ! -e "$here/net/$name.sh" ]; then
			echo "tests/run.sh: there is no tests/net/$name.sh" >&2
			exit 1
		fi
		scripts+=("$here/net/$name.sh")
	done
else
	scripts=("$here"/net/*.sh)
fi

echo "# kernel $(uname -r), $(nproc) processor(s)"
load_modules
for script in "${scripts[@]}"; do
	run_one "$script"
done
unload_modules

[ -z "$failures" ] || echo "# failed:$failures" | sed '2,$s/^/#/'
[ "$skipped" = 0 ] || echo "# $skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
