#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# mutate.sh SUBJECT BUILD-DIR
#
# Can the test of SUBJECT fail? Each line of SUBJECT.mutants breaks a copy of
# net/*/SUBJECT.c in one place; SUBJECT_test must then fail. A mutant that
# changes nothing or does not build is an error as well, or the list would rot.
# Lines are "what is broken :: sed script"; empty ones and # are skipped.
#
# Environment: CC, MUTATE_CFLAGS, LDLIBS (set by the Makefile).

# shellcheck disable=SC2086 # CC and the flags are lists of words

set -u

subject=$1
dir=$2/$subject
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
source=$(echo "$root"/net/*/"$subject.c")
list=$here/$subject.mutants
CC=${CC:-cc}
cflags="${MUTATE_CFLAGS:--O1 -I$here -I$root/net} -I$(dirname "$source")"

mkdir -p "$dir" || exit 1
n=0
failed=0

result()
{
	n=$((n + 1))
	echo "$1 $n $2"
	[ "$1" = ok ] || failed=$((failed + 1))
}

build()
{
	# Unused code is what some mutants leave behind.
	$CC $cflags -Wno-unused -Wno-unused-parameter -c \
		-o "$dir/$subject.o" "$dir/$subject.c" >"$dir/log" 2>&1 &&
	$CC $cflags -o "$dir/test" "$dir/test.o" "$dir/$subject.o" \
		${LDLIBS:-} >>"$dir/log" 2>&1
}

# A mutant that loops for ever is found too.
passes()
{
	UNIT_QUICK=1 timeout 60 "$dir/test" >"$dir/out" 2>&1
}

try_mutant()
{
	name=$1
	script=$2

	if ! sed "$script" "$source" >"$dir/$subject.c"; then
		result "not ok" "$name: no sed script"
	elif cmp -s "$source" "$dir/$subject.c"; then
		result "not ok" "$name: changes nothing"
	elif ! build; then
		sed 's/^/# /' "$dir/log"
		result "not ok" "$name: does not build"
	elif passes; then
		result "not ok" "$name: SURVIVES"
	else
		result ok "$name"
	fi
}

echo "KTAP version 1"
echo "1..$(($(grep -c '^[^#].* :: ' "$list") + 1))"

# The unbroken copy has to pass, or "killed" below means nothing.
cp "$source" "$dir/$subject.c"
if $CC $cflags -c -o "$dir/test.o" "$here/${subject}_test.c" && build &&
   passes; then
	result ok "unbroken"
else
	cat "$dir/log" "$dir/out" 2>/dev/null | sed 's/^/# /'
	result "not ok" "unbroken"
	exit 1
fi

while IFS= read -r line; do
	case $line in
	'' | '#'*) ;;
	*) try_mutant "${line%% :: *}" "${line#* :: }" ;;
	esac
done <"$list"

[ "$failed" -eq 0 ]
