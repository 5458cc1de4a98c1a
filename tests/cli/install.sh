#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make install-tools: what comes where, that it works from there, and that
# uninstall-tools takes it away again.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

root=$(mktemp -d)
at_end() { rm -rf "$root"; }

test_case "make install-tools"
expect_success "it succeeds" make -C "$TOP_DIR" --no-print-directory install-tools DESTDIR="$root" PREFIX=/usr ${BUILD:+BUILD="$BUILD"}
for file in bin/mobctl bin/mobrun lib/libtcpmob-preload.so include/linux/tcp_mobility.h \
	    include/linux/tcp_mobility_netlink.h share/man/man8/mobctl.8 share/man/man8/mobrun.8 \
	    share/man/man7/tcp_mobility.7 share/man/man7/mip6_ice.7 \
	    share/bash-completion/completions/mobctl share/zsh/site-functions/_mobctl \
	    share/doc/tcp-mobility/examples/modules-load.d/tcp_mobility.conf \
	    share/doc/tcp-mobility/examples/sysctl.d/tcp_mobility.conf \
	    share/doc/tcp-mobility/{tcp_mobility,mip6_ice}.lua \
	    share/doc/tcp-mobility/{mobctl,tcp_mobility,tcp_mobility-sysctl,mip6_ice,mip6_ice-sysctl}.rst; do
	expect_success "$file" test -s "$root/usr/$file"
done

test_case "what building the packages needs"
needs=$(sed -n 's/^Build-Depends: //p' "$TOP_DIR/packaging/debian/control" | sed 's/([^)]*)//g; s/debhelper-compat/debhelper/; s/,/ /g')
expect_between "packages" 3 20 "$(echo "$needs" | wc -w)"
# dpkg-checkbuilddeps wants the first of everybody.
for name in build-essential $needs; do
	expect_line "$name: tests/setup.sh installs it" "^$name " "$TEST_DIR/setup.sh" --list
	expect_success "$name: README names it" sh -c 'sed -n "/^Packages instead/,/^\$/p" "$1" | grep -qw -e "$2"' - "$TOP_DIR/README.md" "$name"
done

test_case "what is installed works"
expect "mobctl -V" "mobctl $(version)" "$("$root/usr/bin/mobctl" -V | head -n 1)"
# shellcheck disable=SC2016
expect "mobrun finds the library" "$root/usr/lib/libtcpmob-preload.so" \
	"$(LD_PRELOAD='' "$root/usr/bin/mobrun" sh -c 'echo "$LD_PRELOAD"' 2>/dev/null)"
expect_success "the headers compile" sh -c 'printf "#include <linux/tcp_mobility_netlink.h>\nint main(void) { return 0; }\n" |
	cc -I"$1/usr/include" -Wall -Werror -x c -o /dev/null -' - "$root"
expect "sysctls of the example that are none" "" \
	"$(sed -n 's/^#*\(net\.tcp_mobility\.[a-z_]*\) =.*/\1/p' "$root"/usr/share/doc/tcp-mobility/examples/sysctl.d/*.conf |
	   sed 's/.*\.//' | while read -r name; do
		grep -q "\"$name\"" "$TOP_DIR/net/tcp_mobility/sysctl.c" || echo "$name"; done)"

test_case "with another LIBDIR it is another mobctl"
for dir in /opt/elsewhere /usr/local/lib; do
	expect_success "make LIBDIR=$dir" make -C "$TOP_DIR" --no-print-directory mobctl LIBDIR=$dir ${BUILD:+BUILD="$BUILD"}
	expect_success "it looks there" grep -q "$dir/libtcpmob-preload" "$TOOL_DIR/mobctl"
done

test_case "make uninstall-tools"
mkdir -p "$root/usr/share/man/man1" && touch "$root/usr/bin/other" "$root/usr/share/man/man1/other.1"
expect_success "it succeeds" make -C "$TOP_DIR" --no-print-directory uninstall-tools DESTDIR="$root" PREFIX=/usr ${BUILD:+BUILD="$BUILD"}
expect "what is left is not ours" "./usr ./usr/bin ./usr/bin/other ./usr/share ./usr/share/man ./usr/share/man/man1 ./usr/share/man/man1/other.1" \
	"$(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | paste -sd' ')"
rm -f "$root/usr/bin/other" "$root/usr/share/man/man1/other.1"
expect_success "a second time, with nothing there" make -C "$TOP_DIR" --no-print-directory uninstall-tools DESTDIR="$root" PREFIX=/usr ${BUILD:+BUILD="$BUILD"}

tap_done
