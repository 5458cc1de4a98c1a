#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What mobctl makes of the kernel's answers, with replay.c in place of genl.c:
# each number in words, what it does not know, and nothing that breaks JSON.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"; cleanup' EXIT
sources=()
for file in "$TOP_DIR"/tools/mobctl/*.c "$TOP_DIR/tools/run/run.c" "$TOP_DIR/tests/cli/replay.c"; do
	[ "${file##*/}" = genl.c ] || sources+=("$file")
done
mobctl() { "$dir/mobctl" "$@"; }

test_case "events say why, in words"
expect_success "mobctl builds with the kernel of replay.c" \
	cc -std=gnu11 -Wall -I"$TOP_DIR/include/uapi" -o "$dir/mobctl" "${sources[@]}"
mobctl -j monitor >"$dir/events"
expect "lines that are no JSON" 0 "$(python3 -c '
import json, sys
for line in open(sys.argv[1], "rb"): json.loads(line.decode("utf-8", "strict"))' "$dir/events" 2>&1 | wc -l)"
# texts KEY COUNT: each word of it comes with a sentence, and each sentence once.
texts()
{
	expect "$1: sentences" "$2" "$(jq -r "select(.$1 and .event != \"200\") | .$1_text" "$dir/events" |
		grep -v '^null$' | sort -u | wc -l)"
	expect "$1 200" "for a reason that this mobctl does not know" \
		"$(jq -r "select(.event == \"200\").$1_text" "$dir/events")"
}
texts reason 10
texts refusal 8
texts death 6
expect "error is a number with its text" "104 Connection reset by peer" \
	"$(jq -r 'select(.event == "dead") | "\(.error) \(.error_text)"' "$dir/events" | sort -u)"
expect_line "as text" ' plain .* reason no-room (the SYN had no room for our option)$' mobctl monitor
expect_line "as text" ' refused .* refusal pinned (the program bound the socket to its address or device)$' mobctl monitor
expect_line "as text" ' dead .* death rst (a RST, and no waiting.*) error 104 (Connection reset by peer)$' mobctl monitor
expect_line "events may be lost" ' lost: ' mobctl monitor

test_case "show: why a connection is plain, and what to do"
expect "connections" 11 "$(mobctl -j tcp show | jq length)"
expect "reasons" 11 "$(mobctl -j tcp show | jq -r '.[].reason_text' | sort -u | wc -l)"
expect "lines of -d that give advice" 11 "$(mobctl tcp show -d | grep -c 'plain because .*: ')"
expect "-o" 11 "$(mobctl -o -d tcp show | wc -l)"

test_case "secrets whole, orders with what refused"
expect "secret" "$(printf 'a5%.0s' {1..32})" "$(mobctl -j tcp keys secret | jq -r '.[0].secret')"
expect "hidden" null "$(mobctl -j tcp keys | jq '.[0].secret')"
wrong 2 "2 connections moving, 1 refused" mobctl tcp move all
expect "as JSON" "2 1" "$(mobctl -j tcp move all | jq -r '"\(.count) \(.failed)"')"

test_case "whatever the kernel's strings are"
for command in stats "stats -d" version "version -d" "tcp limits -d" "tcp limits set suspend_time 1" "ice pairs" doctor; do
	# shellcheck disable=SC2086
	expect "mobctl $command: octets that steer a terminal" 0 \
		"$(mobctl $command 2>&1 | LC_ALL=C grep -cP '[\x00-\x08\x0b-\x1f\x7f-\xff]')"
done
for command in stats version doctor "tcp limits"; do
	# shellcheck disable=SC2086
	expect "mobctl -j $command" 0 "$(mobctl -j $command 2>/dev/null | python3 -c '
import json, sys
json.loads(sys.stdin.buffer.read().decode("utf-8", "strict"))' 2>&1 | wc -l)"
done
expect "a large number" 18446744073709551615 "$(mobctl -j stats | grep -oE '[0-9]{15,}')"

tap_done
