#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All tests, summed up in one last line "N passed, N failed".
#
#	tests/check.sh [6.1] [6.12]    everything, on these kernels
#	tests/check.sh --unit          the unit tests alone
#
# Environment:
#	BUILD         build directory (default: build/ in the checkout)
#	CHECK_JOBS=2  both virtual machines at once (default: one after the
#	              other, which is kinder to tests that measure time)
#	CHECK_TESTS   names of the stories to run (default: all)
#	VM_TIMEOUT    seconds for all stories on one kernel (1500)

set -u
set -o pipefail

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
export BUILD=${BUILD:-$top/build}
limit=${VM_TIMEOUT:-1500}
logs=$BUILD/out/check
passed=0
failed=0
failures=

cd "$top" || exit 1
mkdir -p "$logs" || exit 1

headline() { printf '\n=== %s\n' "$*"; }

# one_test NAME COMMAND...: a step that counts as one test.
one_test()
{
	local name=$1 start=$SECONDS

	shift
	headline "$name"
	if "$@"; then
		passed=$((passed + 1))
		echo "ok - $name ($((SECONDS - start)) s)"
	else
		failed=$((failed + 1))
		failures="$failures
  $name"
		echo "not ok - $name ($((SECONDS - start)) s)"
		return 1
	fi
}

# unit_tests: TAP lines of tests/unit count one by one.
unit_tests()
{
	local status good bad

	[ -e tests/unit/Makefile ] || return 0
	headline "unit tests"
	make --no-print-directory -C tests/unit BUILD="$BUILD/unit" check 2>&1 |
		tee "$logs/unit.log"
	status=$?
	good=$(grep -c '^ok' "$logs/unit.log")
	bad=$(grep -c '^not ok' "$logs/unit.log")
	if [ $status != 0 ] && [ "$bad" = 0 ]; then
		bad=1
		echo "not ok - the unit tests ended with status $status"
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	[ "$bad" = 0 ] || failures="$failures
  unit tests: $bad"
}

# stories KVER: the scripts of tests/net on one kernel; output to a file as
# well.
stories()
{
	local kver=$1 clock=

	# 6.12 has one processor under emulation anyway: its clock may as well
	# count instructions. 6.1 has two and real time.
	[ "$kver" = 6.12 ] && clock=--icount
	# shellcheck disable=SC2086
	KSFT_EXPECT_ALL_FEATURES=1 \
	tests/vm/run.sh --kver "$kver" $clock --timeout "$limit" \
		--outdir "$BUILD/out/$kver" -- tests/run.sh ${CHECK_TESTS:-} \
		2>&1 | tee "$logs/stories-$kver.log"
	echo "$?" > "$logs/stories-$kver.status"
}

# add_stories KVER: add up what the stories on one kernel said.
add_stories()
{
	local kver=$1 status sum good bad

	status=$(cat "$logs/stories-$kver.status")
	sum=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$logs/stories-$kver.log" | tail -n 1)
	if [ -n "$sum" ]; then
		good=${sum%% *}
		bad=${sum#*, }
		bad=${bad%% *}
	else
		# The machine died on the way: what it said so far counts.
		good=$(grep -c '^ok ' "$logs/stories-$kver.log")
		bad=$(grep -c '^not ok ' "$logs/stories-$kver.log")
	fi
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		bad=1
	elif [ -z "$sum" ]; then
		bad=$((bad + 1))
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	[ "$bad" = 0 ] || failures="$failures
  stories on $kver: $bad (status $status, $logs/stories-$kver.log, $BUILD/out/$kver)"
}

# finish: the last line and the exit status.
finish()
{
	[ -z "$failures" ] || printf '\nfailed:%s\n' "$failures"
	echo
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}

if [ "${1:-}" = --unit ]; then
	unit_tests
	finish
fi
[ $# -gt 0 ] || set -- 6.1 6.12

headline "setup"
tests/setup.sh || {
	failed=1
	failures="
  setup"
	finish
}

unit_tests

ready=
for kver in "$@"; do
	one_test "build for $kver" make --no-print-directory KVER="$kver" modules tools || continue
	ready="$ready $kver"
	one_test "sparse for $kver" make --no-print-directory KVER="$kver" sparse
done

if [ "${CHECK_JOBS:-1}" -gt 1 ]; then
	headline "stories on$ready, at the same time"
	for kver in $ready; do
		stories "$kver" | sed "s/^/[$kver] /" &
	done
	wait
else
	for kver in $ready; do
		headline "stories on $kver"
		stories "$kver"
	done
fi
for kver in $ready; do
	add_stories "$kver"
done

finish
