#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Put a transcript into a page, between its two marks.
#
#	tools/transcript.sh TRANSCRIPT PAGE

set -eu
begin='.. transcript: begin (make transcript writes this)'
end='.. transcript: end'

grep -qxF "$begin" "$2" && grep -qxF "$end" "$2" ||
	{ echo "transcript.sh: $2 has no marks" >&2; exit 1; }
{
	sed "/^${begin//\//\\/}\$/q" "$2"
	printf '\n::\n\n'
	# Long lines of help would make the page as wide.
	sed 's/[[:space:]]*$//; s/^\(.\)/  \1/' "$1"
	echo
	sed -n "/^$end\$/,\$p" "$2"
} >"$2.new"
mv "$2.new" "$2"
