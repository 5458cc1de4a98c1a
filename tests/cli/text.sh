#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Names that others chose: neither the terminal nor who reads JSON suffers.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$(mktemp -d)
at_end() { rm -rf "$dir"; }

# raw COMMAND...: octets of its output that steer terminals, or are no UTF-8.
raw()
{
	"$@" 2>&1 | python3 -c '
import re, sys
said = sys.stdin.buffer.read()
print(len(re.findall(rb"[\x00-\x08\x0b-\x1f\x7f]", said)) +
      len(re.findall("[\x80-\x9f\u202e]|[\udc80-\udcff]", said.decode(errors="surrogateescape"))))'
}
# A sequence that clears the screen, a C1 control, what turns text around, an
# octet that is no UTF-8, a surrogate, and what JSON wants escaped.
evil=$'a\e[2J\u009b\u202e\xff\xed\xa0\x80"b\\c\td\ne\u00e9'

test_case "arguments in messages"
wrong 1 'Object "a\x1b[2J\xc2\x9b\xe2\x80\xae\xff\xed\xa0\x80"b\c\x09d\x0aeé" is unknown, try "mobctl help".' mobctl "$evil"
wrong 1 'Option "-\x1b" is unknown, try "mobctl help".' mobctl $'-\e'
wrong 1 'Command "\xc0\xaf" is unknown, try "mobctl tcp help".' mobctl tcp $'\xc0\xaf'
for command in "tcp show" "tcp show local" "tcp show state" "tcp move to" "tcp limits set" "ice pairs" enable \
	       "ice peer add" doctor monitor "tcp enable --listen" help run; do
	# shellcheck disable=SC2086
	expect "mobctl $command: raw octets" 0 "$(raw mobctl $command "$evil")"
done

test_case "names of files: in text, and valid in JSON"
lib="$dir/$evil.so"
cp "$TOOLS/libtcpmob-preload.so" "$lib"
export TCP_MOBILITY_LIB=$lib
expect_line "doctor names the library" '^ok *library .*a\\x1b\[2J.*é\.so' mobctl doctor
expect "text: raw octets" 0 "$(raw mobctl doctor)"
expect "lines" "$(TCP_MOBILITY_LIB= mobctl doctor | wc -l)" "$(mobctl doctor | wc -l)"
for option in -j -p; do
	expect "$option: raw octets" 0 "$(raw mobctl $option doctor)"
	expect "$option: a strict reader has it back, but for what is no UTF-8" \
		"'a\\x1b[2J\\x9b\\u202e\\ufffd\\ufffd\\ufffd\\ufffd\"b\\\\c\\td\\ne\\xe9.so'" \
		"$(mobctl $option doctor | python3 -c '
import json, sys
text = sys.stdin.buffer.read().decode("utf-8", "strict")
print(ascii([f["text"] for f in json.loads(text) if f["topic"] == "library"][0].split("/")[-1]))')"
done
unset TCP_MOBILITY_LIB

test_case "what a script says about itself"
printf '#!/no/%s\n' $'\e[2Jsh' >"$dir/script"
chmod 755 "$dir/script"
expect_line "mobctl run" 'interpreter /no/\\x1b\[2Jsh not found' mobctl run "$dir/script"
expect "raw octets" 0 "$(raw mobctl run "$dir/script")"

tap_done
