#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All tests, summed up in one last line "N passed, N failed".
#
#	tests/check.sh [6.1] [6.12]    everything, on these kernels
#	tests/check.sh --unit          the unit tests, and those of mobctl that
#	                               need no module
#	tests/check.sh --deb KVER...   the Debian packages, for these kernels
#	tests/check.sh uml             the stories on the debug kernel, which is a
#	                               process of this host
#	tests/check.sh debug           the same in a virtual machine; takes hours
#
# Environment:
#	BUILD         build directory (default: build/ in the checkout)
#	CHECK_JOBS=1  one virtual machine after the other (default: both at
#	              once where there are two processors; under emulation their
#	              clocks count instructions, so neither slows the other's)
#	CHECK_TESTS   names of the stories to run (default: all)
#	VM_TIMEOUT    seconds for all stories on one kernel (3600; debug: 10800)
#	TEST_SLOW     factor on all time limits of the stories (1; on two
#	              processors under emulation: 4)
#	DEBUG_SMP=1   debug: on two processors, in real time

set -u
set -o pipefail

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
export BUILD=${BUILD:-$top/build}
logs=$BUILD/out/check
# Those of make check stay when its debug kernel is next.
case $* in uml|debug) logs=$BUILD/out/check-debug ;; esac
passed=0
failed=0
failures=

cd "$top" || exit 1
mkdir -p "$logs" && rm -f "$logs"/*.log "$logs"/*.status || exit 1

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

# add_tap STATUS LOG WHAT: count the TAP lines that a command, which ended with
# STATUS, has left in LOG.
add_tap()
{
	local good bad

	good=$(grep -c '^ok ' "$logs/$2.log")
	bad=$(grep -c '^not ok ' "$logs/$2.log")
	if [ "$1" != 0 ] && [ "$bad" = 0 ]; then
		bad=1
		echo "not ok - $3: the end was status $1"
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	[ "$bad" = 0 ] || failures="$failures
  $3: $bad ($logs/$2.log)"
}

# unit_tests: TAP lines of tests/unit count one by one.
unit_tests()
{
	[ -e tests/unit/Makefile ] || return 0
	headline "unit tests"
	make --no-print-directory -C tests/unit BUILD="$BUILD/unit" check 2>&1 |
		tee "$logs/unit.log"
	add_tap $? unit "unit tests"
}

# cli_tests: tests/cli, mobctl on this machine. TAP lines count one by one.
cli_tests()
{
	local script name status=0 good bad

	one_test "build the tools" make --no-print-directory tools || return
	headline "mobctl on this machine"
	mkdir -p "$logs/cli"
	: >"$logs/cli.log"
	for script in tests/cli/*.sh; do
		name=$(basename "$script" .sh)
		[ "$name" != lib ] || continue
		echo "# ---- $name"
		# Here everything is to be had; what is skipped would be a hole.
		KSFT_EXPECT_ALL_FEATURES=1 OUT=$logs/cli bash "$script" </dev/null 2>&1 | tee -a "$logs/cli.log"
		[ "${PIPESTATUS[0]}" = 0 ] && tail -n 1 "$logs/cli.log" | grep -q '^1\.\.' || {
			status=1
			failures="$failures
  tests/cli/$name.sh"
		}
	done
	good=$(grep -c '^ok ' "$logs/cli.log")
	bad=$(grep -c '^not ok ' "$logs/cli.log")
	if [ $status != 0 ] && [ "$bad" = 0 ]; then
		bad=1
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
}

# interop_tests: the agent of M-ICE against other implementations, on this machine.
# TAP lines count one by one.
interop_tests()
{
	headline "M-ICE against coturn, aioice and libnice"
	tests/interop/run.sh </dev/null 2>&1 | tee "$logs/interop.log"
	add_tap $? interop "M-ICE against others"
}

# deb_tests KVER...: the packages in a root directory and in machines. TAP lines
# count one by one.
deb_tests()
{
	headline "the Debian packages, for $*"
	if [ "$(id -u)" != 0 ]; then
		echo "not ok - only root can install packages" | tee "$logs/deb.log"
		add_tap 1 deb "Debian packages"
		return
	fi
	rm -rf "$BUILD/deb"
	make --no-print-directory deb >"$logs/deb-build.log" 2>&1 || {
		tail -n 30 "$logs/deb-build.log"
		echo "not ok - the packages do not build" | tee "$logs/deb.log"
		add_tap 1 deb "Debian packages"
		return
	}
	packaging/test.sh "$BUILD/deb-root" "$@" </dev/null 2>&1 | tee "$logs/deb.log"
	add_tap $? deb "Debian packages"
}

# machines KVER: names of the virtual machines that share the stories. A debug
# kernel is slow: there each processor takes its part.
machines()
{
	case $1 in
	uml|debug)
		if [ "$jobs" -gt 1 ] && [ "${DEBUG_SMP:-0}" != 1 ] &&
		   [ -n "$(part "$1-1")" ] && [ -n "$(part "$1-2")" ]; then
			echo "$1-1 $1-2"
			return
		fi ;;
	esac
	echo "$1"
}

# part MACHINE: names of its stories; none means all.
part()
{
	local names=${CHECK_TESTS:-} name

	case $1 in
	uml-*|debug-*)
		[ -n "$names" ] || names=$(cd tests/net && echo *.sh)
		for name in $names; do
			name=$(basename "$name" .sh)
			case " $debug_first " in
			*" $name "*) [ "$1" != "${1%-*}-1" ] || echo "$name" ;;
			*)           [ "$1" != "${1%-*}-2" ] || echo "$name" ;;
			esac
		done ;;
	*)
		echo "$names" ;;
	esac
}

# stories MACHINE: its scripts of tests/net on one kernel; output to a file as
# well. Under emulation the clock counts instructions, on one processor: else
# stories fail on a busy host for want of time.
stories()
{
	local machine=$1 kver=${1%-*} clock=--icount limit=3600 slow=1 runner=tests/run.sh

	case $kver in
	uml)   runner=tests/debug/stories.sh ;;
	debug) limit=10800 runner=tests/debug/stories.sh
	       [ "${DEBUG_SMP:-0}" != 1 ] || clock= slow=4 ;;
	esac
	# shellcheck disable=SC2046,SC2086
	KSFT_EXPECT_ALL_FEATURES=1 TEST_SLOW=${TEST_SLOW:-$slow} \
	tests/vm/run.sh --kver "$kver" $clock --timeout "${VM_TIMEOUT:-$limit}" \
		--outdir "$BUILD/out/$machine" -- $runner $(part "$machine") \
		2>&1 | tee "$logs/stories-$machine.log"
	echo "$?" > "$logs/stories-$machine.status"
}

# dissect MACHINE: do our dissectors understand what stories 75 and 97 captured?
# Whoever ran them must have left a capture: tests/wireshark.sh fails without.
dissect()
{
	local story

	for story in 75-mobctl 97-tracers; do
		! grep -q "^# ---- $story\$" "$logs/stories-$1.log" ||
			one_test "tshark reads what $story captured on $1" tests/wireshark.sh "$BUILD/out/$1/$story"
	done
}

# transcript MACHINE: is the session in Documentation/mobctl.rst the one of story 99?
transcript()
{
	! grep -q '^# ---- 99-transcript$' "$logs/stories-$1.log" ||
		one_test "Documentation/mobctl.rst shows what mobctl says on $1" \
			tools/transcript.sh --check "$BUILD/out/$1/99-transcript/transcript.txt" \
			Documentation/mobctl.rst
}

# add_stories MACHINE: add up what its stories said.
add_stories()
{
	local machine=$1 status sum good bad

	status=$(cat "$logs/stories-$machine.status")
	sum=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$logs/stories-$machine.log" | tail -n 1)
	if [ -n "$sum" ]; then
		good=${sum%% *}
		bad=${sum#*, }
		bad=${bad%% *}
	else
		# The machine died on the way: what it said so far counts.
		good=$(grep -c '^ok ' "$logs/stories-$machine.log")
		bad=$(grep -c '^not ok ' "$logs/stories-$machine.log")
	fi
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		bad=1
	elif [ -z "$sum" ]; then
		bad=$((bad + 1))
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	[ "$bad" = 0 ] || failures="$failures
  stories on $machine: $bad (status $status, $logs/stories-$machine.log, $BUILD/out/$machine)"
}

# debug_kernel KVER: build it unless it is there, our modules for it, and the one
# that makes mistakes.
debug_kernel()
{
	local dir=$BUILD/$1/module/provoke headers

	make --no-print-directory KVER="$1" modules tools || return 1
	headers=$(echo "$BUILD/kernels/$1"/usr/src/linux-headers-*-debug)
	mkdir -p "$dir" && cp -p tests/debug/provoke.c "$dir/" || return 1
	echo "obj-m := provoke.o" >"$dir/Makefile"
	make -C "$headers" M="$dir" $([ "$1" != uml ] || echo ARCH=um) modules >"$logs/provoke-build.log" 2>&1 || {
		cat "$logs/provoke-build.log"
		return 1
	}
}

# detectors KVER: does each detector of the debug kernel report a mistake? Counted
# one by one.
detectors()
{
	local log=$logs/detectors-$1.log clock= slow=4 good bad

	headline "the detectors of the debug kernel"
	[ "$1" != uml ] || clock=--icount slow=1
	# The reports are the point: 120 is what a success ends with.
	# shellcheck disable=SC2086
	TEST_SLOW=${TEST_SLOW:-$slow} KSFT_EXPECT_ALL_FEATURES=1 \
	tests/vm/run.sh --kver "$1" $clock --timeout 600 --append kasan_multi_shot \
		--outdir "$BUILD/out/detectors-$1" -- tests/debug/provoke.sh \
		2>&1 | grep --line-buffered -v '^  |' | tee "$log"
	good=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	[ "$bad" != 0 ] || grep -q '^1\.\.' "$log" || bad=1
	passed=$((passed + good))
	failed=$((failed + bad))
	[ "$bad" = 0 ] || failures="$failures
  detectors of the debug kernel: $bad ($log, $BUILD/out/detectors-$1)"
}

# what_failed LOG...: each failed case again, with its story and what it said.
# Whoever sees only the end of a long log needs no more.
what_failed()
{
	local log

	for log in "$@"; do
		[ -e "$log" ] || continue
		awk -v log_name="$(basename "$log" .log)" '
			/^# ---- / { story = $3 }
			/^not ok / { print "  " log_name ": " story ": " $0; more = 0; next }
			/^# FAIL:/ { print "  " log_name ": " story ": " $0; more = 12; next }
			/^#  / && more > 0 { print "  " $0; more--; next }
			{ more = 0 }' "$log" | cut -c 1-300 | head -n 80
	done
}

# finish: the last line and the exit status.
finish()
{
	if [ -n "$failures" ]; then
		printf '\nfailed:%s\n' "$failures"
		what_failed "$logs"/*.log
	fi
	echo
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}

if [ "${1:-}" = --unit ]; then
	unit_tests
	cli_tests
	finish
fi
if [ "${1:-}" = --deb ]; then
	shift
	tests/setup.sh || exit 1
	one_test "build the tools" make --no-print-directory tools
	for kver in "$@"; do
		one_test "kernel $kver" make --no-print-directory KVER="$kver" kernel
	done
	deb_tests "$@"
	finish
fi
[ $# -gt 0 ] || set -- 6.1 6.12

jobs=${CHECK_JOBS:-$(nproc)}
# What the first of two machines runs on a debug kernel; about half the time.
debug_first="00-ground 10-enable 20-keys 25-formats 30-move 40-nat 50-reset 55-paths 56-sleep"
debug_first="$debug_first 57-both 60-apps 80-forgery 82-amplification 85-bounds 90-lifecycle"

headline "setup"
tests/setup.sh || {
	failed=1
	failures="
  setup"
	finish
}

case $* in
uml|debug) ;;
*)
	unit_tests
	cli_tests
	interop_tests ;;
esac

ready=
for kver in "$@"; do
	case $kver in
	uml|debug)
		one_test "debug kernel and modules" debug_kernel "$kver" || continue
		detectors "$kver"
		ready="$ready $(machines "$kver")"
		continue ;;
	esac
	one_test "build for $kver" make --no-print-directory KVER="$kver" modules tools || continue
	ready="$ready $kver"
	one_test "sparse for $kver" make --no-print-directory KVER="$kver" sparse
	one_test "install and uninstall for $kver" tests/install.sh "$kver"
	one_test "a machine without IPv6, $kver" \
		tests/vm/run.sh --kver "$kver" --icount --timeout 120 --append ipv6.disable=1 \
		--outdir "$BUILD/out/without-ipv6-$kver" -- tests/without-ipv6.sh
done

if [ "$jobs" -gt 1 ] && [ "$(echo "$ready" | wc -w)" -gt 1 ]; then
	headline "stories on$ready, at the same time"
	for machine in $ready; do
		stories "$machine" | sed "s/^/[$machine] /" &
	done
	wait
else
	for machine in $ready; do
		headline "stories on $machine"
		stories "$machine"
	done
fi
for machine in $ready; do
	add_stories "$machine"
	dissect "$machine"
	transcript "$machine"
done

finish
