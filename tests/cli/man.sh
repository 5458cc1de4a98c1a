#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The manual pages: clean for two readers, and with the grammar of the program.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

man=$TOP_DIR/tools/man

for page in mobctl.8 tcp_mobility.7 mip6_ice.7; do
	test_case "$page is clean for mandoc and for man"
	# Which other pages this machine has is not the page's business.
	same "mandoc -T lint" "" "$(mandoc -T lint "$man/$page" 2>&1 |
		grep -v -e 'mandoc.db lacks' -e 'referenced manual not found')"
	same "man --warnings" "" "$(MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$man/$page" 2>&1 >/dev/null)"
	expect_between "lines" 10 400 "$(mandoc -T utf8 "$man/$page" | wc -l)"
done

# Without spaces: mdoc has none inside of brackets.
squeeze() { tr -d ' \t'; }
text() { mandoc -T utf8 -O width=200 "$man/$1" 2>/dev/null | col -bx; }

test_case "SYNOPSIS is the program's grammar, line by line"
want=$(grammar | tr '\037' ' ' | sed 's/^/mobctl /' | squeeze)
got=$(text mobctl.8 | sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | grep '^ *mobctl ' | sed 1d | squeeze)
same "lines of SYNOPSIS and of mobctl help" "$want" "$got"
expect_between "of them" 15 100 "$(echo "$want" | wc -l)"

test_case "every option of the program is in the page"
for option in $(mobctl help | sed -n 's/^OPTIONS := //p;/^OPTIONS/,/^$/p' | grep -oE '\-[a-zA-Z]\[[a-z]+\]' | tr -d '[]' | sort -u); do
	expect_line "$option" "^ *${option:0:2}, $option" text mobctl.8
done

test_case "states, reasons and events are those of the specification"
spec=$TOP_DIR/Documentation/netlink/specs/tcp_mobility.yaml
# entries ENUM: its names, without "none".
entries()
{
	awk -v want="$1" '
		/^  -$/ { name = ""; inside = 0 }
		/^    name: / && !name { name = $2 }
		/^attribute-sets:/ { exit }
		/^        name: / && name == want && $2 != "none" { print $2 }' "$spec"
}
for enum in state:DESCRIPTION reason:plain cause:told conn-flags:Flags options:Options; do
	# Each list behind its own title: "paused" is a state and a flag.
	section=$(text tcp_mobility.7 | awk -v title="${enum#*:}" '
		/^   [^ ]/ || /^[A-Z]/ { inside = index($0, title) || (title == "DESCRIPTION" && /States/) }
		inside')
	for name in $(entries "${enum%:*}"); do
		expect_line "${enum%:*} $name" "^ *$name\( \|\$\)" echo "$section"
	done
done
events=$(text mobctl.8 | sed -n '/Events as they happen:/,/lost/p' | tr -d ',:.' | tr '\n' ' ')
for name in $(entries event); do
	case " $events " in
	*" $name "*) ;;
	*) fail "event $name in mobctl.8" "$name" "$events" ;;
	esac
done

test_case "the program's words for numbers are those of the specification"
names=$TOP_DIR/tools/mobctl/names.c
# words ARRAY: what is quoted in it.
words() { sed -n "/^static const char \* const $1\[\]/,/^};/p" "$names" | grep -o '"[^"]*"' | tr -d '"'; }
for pair in states:state reasons:reason exchanges:exchange moves:move curves:curve \
	    flags:conn-flags options:options causes:cause events:event refusals:refusal deaths:death; do
	array=${pair%:*}
	enum=${pair#*:}
	expect "$enum" "$(entries "$enum" | paste -sd' ')" "$(words "$array" | grep -vx none | paste -sd' ')"
done

tap_done
