#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What README and Documentation/ tell a reader to type exists: each command of
# mobctl is in its grammar, each make target in the Makefile, each sysctl in the
# module.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TOP_DIR" || exit 1
pages=(README.md Documentation/*.rst tools/man/mobctl.8)

# said: "OBJECT COMMAND" as the pages have it, options left out.
said()
{
	grep -ohE 'mobctl( +-[a-zA-Z]+)* +[a-z]+( +[a-z]+)?' "${pages[@]}" |
		sed -E 's/^mobctl//; s/ +-[a-zA-Z]+//g; s/^ +//; s/ +/ /g' | sort -u
}

test_case "commands of mobctl"
objects=" $(objects | paste -sd' ') "
commands=$(grammar | awk -F'\037' '{ split($2, w, " "); print $1, w[1] }' | sort -u)
checked=0
while read -r object command; do
	case "$objects" in
	*" $object "*) ;;
	*)	# "mobctl and", "mobctl knows": a sentence goes on.
		grep -qhE "(\\\$|#|sudo|\`\`|\`) ?mobctl( -[a-z]+)* $object" "${pages[@]}" &&
			fail "mobctl $object" "an object" "none of that name"
		continue ;;
	esac
	checked=$((checked + 1))
	case $object in tcp|ice) ;; *) continue ;; esac
	[ -n "$command" ] || continue
	echo "$commands" | grep -qx "$object $command" ||
		fail "mobctl $object $command" "a command" "none of that name"
done < <(said)
expect_between "commands that were looked at" 12 200 "$checked"

test_case "make targets"
for target in $(grep -ohE '(^[[:space:]]+|`|&& (sudo )?)make [a-z][a-z-]+' README.md Documentation/mobctl.rst | sed 's,.*make ,,' | sort -u); do
	expect_success "make $target" grep -qE "^([a-z-]+ )*$target( [a-z-]+)*:" Makefile
done

test_case "sysctls"
for name in $(grep -ohE 'net\.tcp_mobility\.[a-z_0-9]+' "${pages[@]}" tools/mobctl/*.c | sed 's/.*\.//' | sort -u); do
	expect_success "net.tcp_mobility.$name" grep -qF "\"$name\"" net/tcp_mobility/sysctl.c
done

# entries PAGE: names of the sysctls that it explains, in its order.
entries() { sed -nE 's/^([a-z_0-9]+(, [a-z_0-9]+)*) - [A-Za-z0-9].*/\1/p' "$1" | sed 's/, /\n/g'; }
test_case "each sysctl has an entry, in alphabetical order, with type and default"
for module in tcp_mobility mip6_ice; do
	page=Documentation/$module-sysctl.rst
	expect "$module" "$(grep -oE '(procname[[:space:]]*= |(KNOB|DEVICES)\()"[a-z_0-9]+"' net/$module/sysctl.c |
		sed 's/.*"\(.*\)"/\1/' | LC_ALL=C sort | paste -sd' ')" "$(entries $page | LC_ALL=C sort | paste -sd' ')"
	expect "$module: out of order" "" "$(entries $page | LC_ALL=C sort -c 2>&1)"
	expect "$module: without a default" "" "$(awk '/^[a-z_0-9, ]+ - / { if (name && !said) print name; name = $1; said = 0 }
		tolower($0) ~ /default/ { said = 1 } END { if (!said) print name }' $page)"
done

test_case "the session in mobctl.rst is there, and of this program"
session=$(sed -n '/^\.\. transcript: begin/,/^\.\. transcript: end/p' Documentation/mobctl.rst)
expect_between "lines" 30 200 "$(echo "$session" | wc -l)"
for word in 'laptop# mobctl doctor server' 'server# mobctl tcp enable --listen :22' '^  [0-9:.]* moved ' 'fingerprint [0-9a-f]\{16\}'; do
	expect_line "$word" "$word" echo "$session"
done

tap_done
