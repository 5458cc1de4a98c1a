#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Pack the ICE implementations of others for the test machine: coturn, libnice and
# python3-aioice with all that they need, as a tar file that a story unpacks into /.
# They are too large for the image that every story boots from.
#
#	tests/interop/guest.sh FILE
#
# Made anew when the programs or this directory have changed.

set -u
set -o pipefail
export PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd) || exit 1
out=${1:?usage: guest.sh FILE}
python=/usr/bin/python3

die() { echo "guest.sh: error: $*" >&2; exit 1; }

turnserver=$(type -P turnserver) || die "coturn is missing; run tests/setup.sh"
$python -c 'import aioice' 2>/dev/null || die "python3-aioice is missing; run tests/setup.sh"
pkg-config --exists nice || die "libnice-dev is missing; run tests/setup.sh"

key=$({ cat "$here"/hand_* "$0"
	ls -lL --full-time "$turnserver" $python "$(pkg-config --variable=libdir nice)/libnice.so"
	find /usr/lib/python3/dist-packages/aioice -type f -exec ls -l --full-time {} +
      } | sha256sum)
[ -s "$out" ] && [ "$(cat "$out.key" 2>/dev/null)" = "$key" ] && exit 0

stage=$(mktemp -d "$out.XXXXXX") || exit 1
trap 'rm -rf "$stage"' EXIT

# add PATH...: with links resolved; /lib is a link to /usr/lib in the guest.
add()
{
	local path dest

	for path in "$@"; do
		dest=$path
		case $path in /lib/*|/lib64/*) dest=/usr$path ;; esac
		[ -e "$stage$dest" ] && continue
		mkdir -p "$stage${dest%/*}" &&
			cp -L --preserve=mode,timestamps "$path" "$stage$dest" || return 1
	done
}

mkdir -p "$stage/usr/local/bin"
# shellcheck disable=SC2046 # flags are words
gcc -O1 -g -Wall -Wextra -Werror -o "$stage/usr/local/bin/hand_nice" "$here/hand_nice.c" \
	$(pkg-config --cflags --libs nice) || die "hand_nice does not build"
cp "$here/hand_aioice.py" "$stage/usr/local/bin/" || exit 1
files=$($python "$here/hand_aioice.py" files) || die "aioice does not work here"
# shellcheck disable=SC2086 # names without blanks
add "$turnserver" $python $files || exit 1
# The first libraries are those of the programs, the others of what Python loads.
# shellcheck disable=SC2046,SC2086
add $(ldd "$turnserver" $python "$stage/usr/local/bin/hand_nice" \
	$(echo "$files" | grep '\.so$') 2>/dev/null |
	sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u) || exit 1
tar -C "$stage" --owner=0 --group=0 -cf "$out.tmp" . && mv "$out.tmp" "$out" || exit 1
echo "$key" >"$out.key"
echo "guest.sh: $(du -m "$out" | cut -f1) MB of programs of others" >&2
