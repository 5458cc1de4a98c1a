#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tests/lib.sh itself: a case that failed is told by the exit status, whatever a
# script has to remove; and what counters are where there are none.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

dir=$(mktemp -d)
at_end() { rm -rf "$dir"; }

# script NAME LINE...: one that sources lib.sh, with a directory of its own.
script()
{
	local name=$1

	shift
	mkdir -p "$dir/$name.d"
	printf '%s\n' ". $TEST_DIR/lib.sh" "at_end() { rm -rf $dir/$name.d; }" "$@" >"$dir/$name"
}
# ends NAME STATUS: so it ends, and its directory is gone.
ends()
{
	local status

	OUT=$dir/out bash "$dir/$1" >"$dir/said" 2>&1
	status=$?
	expect "$1: status" "$2" "$status"
	expect_failure "$1: its directory" test -e "$dir/$1.d"
}

test_case "how a script ends"
script good 'test_case one' 'expect a 1 1' tap_done
ends good 0
script bad 'test_case one' 'expect a 1 2' 'test_case two' tap_done
ends bad 1
expect "the verdicts" "not ok 1 one,ok 2 two" "$(sed -n 's/ # time=.*//; /ok [0-9]/p' "$dir/said" | paste -sd,)"
script broken 'test_case one' 'exit 3'
ends broken 3
# shellcheck disable=SC2016
script killed 'test_case one' 'kill -TERM $$' 'sleep 10' tap_done
ends killed 130
script skipped 'KSFT_EXPECT_ALL_FEATURES=0 tap_skip_all nothing'
ends skipped 4

test_case "no script that sources lib.sh takes its trap away"
# shellcheck disable=SC2046
expect "who does" "" "$(cd "$TEST_DIR" && grep -lE '^[[:space:]]*trap .*(EXIT|\<0$)' \
	$(grep -lE '^\. .*/lib\.sh"$' -r . --include='*.sh') | paste -sd' ')"

test_case "a counter that is not there"
in_ns() { "${@:2}"; }
expect "of no file" 0 "$(counter self no-such-file Frob)"
expect "of no module" "0 0" "$(mib self Frob) $(ice_mib self Frob)"
expect "of no name" 0 "$(counter self sockstat Frob)"
expect "one that is" yes "$(counter self protocols TCP | grep -qx '[1-9][0-9]*' && echo yes)"

tap_done
