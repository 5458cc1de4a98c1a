#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Put a transcript into a page, between its two marks.
#
#	tools/transcript.sh TRANSCRIPT PAGE
#	tools/transcript.sh --check TRANSCRIPT PAGE
#
# --check: is the page's the same, but for what no two sessions have in common:
# times, ports, process and inode numbers, keys? The difference is printed.

set -eu
check=
[ "${1:-}" != --check ] || { check=1; shift; }
begin='.. transcript: begin (make transcript writes this)'
end='.. transcript: end'

grep -qxF "$begin" "$2" && grep -qxF "$end" "$2" ||
	{ echo "transcript.sh: $2 has no marks" >&2; exit 1; }
# literal FILE: the transcript as a literal block.
literal()
{
	# Long lines of help would make the page as wide.
	sed 's/[[:space:]]*$//; s/^\(.\)/  \1/' "$1"
}

# common: without what differs each time. How often the laptop told its address is
# a matter of luck, whether it did is not.
common()
{
	sed -E 's/^  [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3} /  TIME /
		s/^  [0-9]+$/  TICK/
		s/\b[0-9]+\.[0-9]+ ?(ms|s)\b/DURATION/g
		s/:[0-9]{5}\b/:PORT/g
		s/\b(pid|ino|reqno|peer-reqno|updates) [0-9]+/\1 N/g
		s/\b(fingerprint|token) [0-9a-f]+/\1 KEY/g
		s/\bid 0x[0-9a-f]+/id 0xN/g
		s/^(  [A-Z][A-Za-z]+ +)[1-9][0-9]*$/\1N/'
}

if [ -n "$check" ]; then
	sed -n "/^${begin//\//\\/}\$/,/^$end\$/p" "$2" | sed '1,4d; $d' | sed '$d' | common >"$1.page"
	literal "$1" | common | diff "$1.page" - && rm -f "$1.page"
	exit
fi

{
	sed "/^${begin//\//\\/}\$/q" "$2"
	printf '\n::\n\n'
	literal "$1"
	echo
	sed -n "/^$end\$/,\$p" "$2"
} >"$2.new"
mv "$2.new" "$2"
