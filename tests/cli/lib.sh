# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of mobctl share. Sourced after tests/lib.sh.

TOOLS=$TOP_DIR/build/tools
[ -z "${BUILD:-}" ] || TOOLS=$BUILD/tools
export PATH=$TOOLS:$PATH

# grammar: object, command and arguments of each command, with \037 between.
grammar() { mobctl -j help | jq -r '.[] | [.object, .command, .args] | join("\u001f")'; }
objects() { mobctl -j help | jq -r '.[].object' | uniq; }
version() { sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TOP_DIR/dkms.conf"; }

# same WHAT EXPECTED GOT: as expect, for text of many lines.
same()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		fail "$1" "$2" "$3"
	fi
}

# as_nobody ARGUMENT...: mobctl without any rights, and out of a checkout that
# nobody else may enter.
as_nobody()
{
	local dir status

	dir=$(mktemp -d) && chmod 755 "$dir" && cp "$TOOLS"/{mobctl,libtcpmob-preload.so} "$dir/" || return 1
	setpriv --reuid=65534 --regid=65534 --clear-groups "$dir/mobctl" "$@"
	status=$?
	rm -rf "$dir"
	return $status
}

# wrong STATUS SENTENCE COMMAND...: exactly that on stdout and stderr together.
wrong()
{
	local status=$1 sentence=$2 said got

	shift 2
	said=$("$@" 2>&1)
	got=$?
	expect "$(printf '%q ' "$@")" "$status: $sentence" "$got: $said"
}
