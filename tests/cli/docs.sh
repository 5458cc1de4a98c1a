#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What README and Documentation/ tell a reader to type exists: each command of
# mobctl is in its grammar, each make target in the Makefile, each sysctl in the
# module, with its type, unit, range and default.

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

test_case "counters that doctor gives advice for"
advised=$(sed -n '/telling\[\] = {/,/};/s/^\t*{ "\([A-Za-z]*\)".*/\1/p' tools/mobctl/doctor.c)
expect_between "of them" 5 50 "$(echo "$advised" | wc -w)"
for name in $advised; do
	expect_success "$name" grep -qF "X($name," net/tcp_mobility/mib.h
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

test_case "of each sysctl: type, unit, range and default, as the code has them"
count=$(for module in tcp_mobility mip6_ice; do entries Documentation/$module-sysctl.rst; done | wc -l)
same "what differs" "$count compared" "$(python3 tests/cli/sysctls.py . 2>&1)"
copy=$(mktemp -d)
at_end() { rm -rf "$copy"; }
# differs FILE SED WORDS: with that change it is noticed.
differs()
{
	rm -rf "${copy:?}"/*
	cp -r --parents Documentation/*-sysctl.rst tools/man net/*/*.[ch] include/uapi tools/examples "$copy/"
	sed -i "$2" "$copy/$1"
	same "$1: $2" "$3
$count compared" "$(python3 tests/cli/sysctls.py "$copy" 2>&1)"
}
differs net/tcp_mobility/sysctl.c 's/\(SURVIVAL_DEFAULT.\)3600/\160/' \
	"tcp_mobility.7: survival_time: said '3600', is '60'
tcp_mobility: survival_time: default: said 3600, is 60
sysctl.conf: survival_time is 3600, by default 60"
differs net/tcp_mobility/sysctl.c 's/seconds, as/milliseconds, as/' "tcp_mobility: suspend_time: unit: said 'seconds', is 'milliseconds'"
differs net/tcp_mobility/sysctl.c 's/\(survival_max = \)7/\18/' "tcp_mobility: survival_time: range: said (1, 604800), is (1, 691200)"
differs net/tcp_mobility/sysctl.c 's/curve_accept = BIT(TCPMOB_CURVE_P192/curve_accept = BIT(TCPMOB_CURVE_X25519/' \
	"tcp_mobility.7: curve_accept: said '1', is '2'
tcp_mobility: curve_accept: default: said 1, is 2"
differs net/mip6_ice/sysctl.c 's/"lite", lite, proc_douintvec_minmax, zero, one/"lite", lite, proc_douintvec_minmax, zero, ta_max/' \
	"mip6_ice: lite: type: said 'boolean', is 'integer'
mip6_ice: lite: unit: said '', is 'milliseconds'
mip6_ice: lite: range: said None, is (0, 1000)"
differs net/mip6_ice/agent.h 's/\(MICE_TA[[:space:]]*\)20/\150/' "mip6_ice.7: ta: said '20', is '50'
mip6_ice: ta: default: said 20, is 50"
differs net/mip6_ice/sysctl.c 's/docker/podman/' \
	"mip6_ice.7: exclude_devices: said 'docker* virbr* br-* veth*', is 'podman* virbr* br-* veth*'
mip6_ice: exclude_devices: default: said 'docker* virbr* br-* veth*', is 'podman* virbr* br-* veth*'"
differs tools/man/tcp_mobility.7 '/^.It curve_offer/,/^Default/d' "tcp_mobility.7: lists cont_order curve_accept exid \
kind_conn_key kind_cont kind_loc_update max_connections max_half_open max_suspended option_kind pause survival_time suspend_time"
differs Documentation/mip6_ice-sysctl.rst 's/^keepalive - integer, seconds/keepalive - seconds/' \
	"mip6_ice: keepalive: type: said 'seconds', is 'integer'"
differs Documentation/mip6_ice-sysctl.rst 's/^ta - integer, milliseconds/ta - integer/' \
	"mip6_ice: ta: unit: said '', is 'milliseconds'"
differs Documentation/tcp_mobility-sysctl.rst 's/^survival_time - INTEGER (seconds)/survival_time - INTEGER/' \
	"tcp_mobility: survival_time: unit: said '', is 'seconds'"
differs tools/examples/sysctl.conf 's/^\(.*suspend_time = \)60/\130/' "sysctl.conf: suspend_time is 30, by default 60"

test_case "the session in mobctl.rst is there, and of this program"
session=$(sed -n '/^\.\. transcript: begin/,/^\.\. transcript: end/p' Documentation/mobctl.rst)
expect_between "lines" 30 200 "$(echo "$session" | wc -l)"
for word in 'laptop# mobctl doctor server' 'server# mobctl tcp enable --listen :22' '^  [0-9:.]* moved ' 'fingerprint [0-9a-f]\{16\}'; do
	expect_line "$word" "$word" echo "$session"
done

# As story 99 brings it: without the page's marks and indentation.
echo "$session" | sed '1,4d; $d' | sed '$d; s/^  //' >"$copy/session"
# compared SED: the session with that change, and the page.
compared()
{
	sed -E "$1" "$copy/session" >"$copy/other"
	tools/transcript.sh --check "$copy/other" Documentation/mobctl.rst
}
test_case "the session is compared with the page"
expect_success "as it is" compared ''
expect_success "other times, ports, processes and keys" compared 's/^[0-9]{2}:[0-9]{2}:[0-9.]+/23:59:59.999/
	s/:[0-9]{5}\b/:65535/g; s/pid [0-9]+/pid 7/g; s/(fingerprint|token) [0-9a-f]+/\1 0123456789abcdef/g
	s/[0-9]+\.[0-9]+ ?(ms|s)\b/1.5ms/g; s/^[0-9]+$/19/; s/^(UpdateIn +)[0-9]+/\13/'
for change in 's/^keyed /KEYED /' 's/enabled$/on/' 's/move stable/move steady/' 's/UpdateAgain/UpdateTwice/' \
	's/^(UpdateIn +)[0-9]+/\10/' 's/^(UpdateBadSeq +)0/\11/' 's/ cause [a-z-]+//' '/ moved /d' '$d' '1d' '$a more' 's/age [0-9.]+s/age/'; do
	expect_failure "$change" compared "$change"
done

tap_done
