#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Read our C files with the kernel's checkpatch, if the headers bring it.
#
#	tools/style.sh HEADERS
#
# Debian's header packages do not; CHECKPATCH=/path/to/checkpatch.pl names one
# of a kernel source.

set -u

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
checkpatch=
for file in "${CHECKPATCH:-}" "$1/scripts/checkpatch.pl" "$1/source/scripts/checkpatch.pl" \
	    "$(dirname "$(readlink -f "$1")")"/linux-*-common/scripts/checkpatch.pl; do
	[ -f "$file" ] && checkpatch=$file && break
done
if [ -z "$checkpatch" ]; then
	echo "style: the headers in $1 bring no checkpatch.pl; skipped (CHECKPATCH=... names another)" >&2
	exit 0
fi

# checkpatch writes a cache into the directory it runs in.
mkdir -p "$top/build" && cd "$top/build" || exit 1
# LINUX_VERSION_CODE: compat headers exist to ask for it.
# FILE_PATH_CHANGES, MAINTAINERS: this is no kernel tree.
find ../net ../include ../tests/prog ../tools -name '*.[ch]' -print0 | sort -z |
	xargs -0 -r perl "$checkpatch" --no-tree --terse --strict --quiet \
	--show-types --ignore LINUX_VERSION_CODE,FILE_PATH_CHANGES,CONST_STRUCT \
	--file || exit 1
echo "style: checkpatch is content"
