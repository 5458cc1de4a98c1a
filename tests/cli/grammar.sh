#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mobctl without a kernel module: help on every level, options, and what it says
# to a wrong command line: one sentence, the right exit status, nothing on
# stdout.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

test_case "help lists every object, and each has its own"
for object in $(objects); do
	expect_line "mobctl help names $object" "^  $object " mobctl help
	expect_success "mobctl $object help" mobctl "$object" help
	same "mobctl help $object says the same" "$(mobctl "$object" help)" "$(mobctl help "$object")"
	same "mobctl -h $object says the same" "$(mobctl "$object" help)" "$(mobctl -h "$object")"
done

test_case "help of every command is its line of the grammar"
while IFS=$'\037' read -r object words args; do
	[ -n "$words" ] || continue
	# shellcheck disable=SC2086
	expect "mobctl $object $words help" "Usage: mobctl $object $words${args:+ $args}" \
		"$(mobctl $object $words help | head -n 1)"
	expect "mobctl $object help has it, too" 1 \
		"$(mobctl "$object" help | grep -cxF "Usage: mobctl $object $words${args:+ $args}
       mobctl $object $words${args:+ $args}")"
done < <(grammar)

test_case "help on a command, and on several that begin alike"
same "mobctl help tcp show" "$(mobctl tcp show help)" "$(mobctl help tcp show)"
same "mobctl tcp show -h" "$(mobctl tcp show help)" "$(mobctl tcp show -h)"
same "mobctl help monitor tcp" "$(mobctl monitor tcp help)" "$(mobctl help monitor tcp)"
expect "mobctl monitor ice help" "Usage: mobctl monitor ice" "$(mobctl monitor ice help | head -n 1)"
expect_line "it explains its words" '^FILTER := ' mobctl tcp show help
expect "and no others" 0 "$(mobctl tcp show help | grep -c '^LIMIT := ')"
expect "mobctl ice peer help: lines" "$(mobctl ice help | grep -c 'mobctl ice peer')" \
	"$(mobctl ice peer help | grep -c 'mobctl ice')"
same "mobctl help ice peer" "$(mobctl ice peer help)" "$(mobctl help ice peer)"
same "mobctl ice peer -h" "$(mobctl ice peer help)" "$(mobctl ice peer -h)"
same "mobctl help ice peer add" "$(mobctl ice peer add help)" "$(mobctl help ice peer add)"

test_case "every word in capitals that help uses is explained, or plain"
plain="NETNS PROGRAM ARGUMENT UNIT DIR HOST PORT OBJECT NAME DEVICE HOME-ADDRESS ADDRESS
	NUMBER ID LENGTH HEX PRIORITY IPV4-ADDRESS IPV6-ADDRESS TOKEN OPTIONS COMMAND ARGUMENTS"
for object in $(objects); do
	said=$(mobctl "$object" help)
	for word in $(echo "$said" | sed -n '/Usage:/,/^$/p' | grep -oE '\<[A-Z][A-Z0-9-]+\>' | sort -u); do
		case " $(echo $plain) " in *" $word "*) continue ;; esac
		echo "$said" | grep -q "^$word := " || fail "$object: $word" "an explanation" none
	done
done
ok "$(mobctl -j help | jq length) commands"

test_case "help as JSON is the whole grammar"
expect "objects" "$(objects | paste -sd' ')" \
	"$(mobctl help | sed '1,/^$/d' | sed -n 's/^  \([a-z]*\) .*/\1/p' | paste -sd' ')"
expect_success "python reads it" sh -c 'mobctl -j help | python3 -m json.tool >/dev/null'
same "-p is the same with line feeds" "$(mobctl -j help | python3 -m json.tool --compact)" \
	"$(mobctl -p help | python3 -m json.tool --compact)"
expect_between "lines of -p" 100 10000 "$(mobctl -p help | wc -l)"
expect "lines of -j" 1 "$(mobctl -j help | wc -l)"

test_case "help on one thing is text, with -j, too"
while IFS=$'\037' read -r object words _; do
	for help in "$object help" "$object $words help" "help $object $words"; do
		# shellcheck disable=SC2086
		same "mobctl -j $help" "$(mobctl $help; echo $?)" "$(mobctl -j $help; echo $?)"
	done
done < <(grammar | grep -v '^help')

test_case "options: spellings, places, together"
json=$(mobctl -j help)
for way in "-json help" "--json help" "help -j" "help --json" "-sdj help" "-j -o help"; do
	# shellcheck disable=SC2086
	same "mobctl $way" "$json" "$(mobctl $way)"
done
expect "mobctl -V" "mobctl $(version)" "$(mobctl -V | head -n 1)"
expect "mobctl --version" "mobctl $(version)" "$(mobctl --version | head -n 1)"
expect "mobctl version -j" "$(version)" "$(mobctl version -j | jq -r .mobctl)"

test_case "abbreviations are ip's: beginnings, the first of the table"
expect "mobctl v" "mobctl $(version)" "$(mobctl v | head -n 1)"
expect "mobctl t l help" "Usage: mobctl tcp limits set LIMIT NUMBER [ LIMIT NUMBER ]..." \
	"$(mobctl t l s help | head -n 1)"
expect "an exact name wins" "Usage: mobctl run [ -- ] PROGRAM [ ARGUMENT ]..." \
	"$(mobctl run help | head -n 1)"

test_case "without arguments: usage on stderr, status 1"
mobctl >"$OUT/out" 2>"$OUT/err"
expect "status" 1 $?
expect "stdout" "" "$(cat "$OUT/out")"
expect "stderr" "Usage: mobctl [ OPTIONS ] OBJECT [ COMMAND ] [ ARGUMENTS ]" "$(head -n 1 "$OUT/err")"

# wrong STATUS SENTENCE ARGUMENTS...: that one line on stderr, nothing else.
wrong()
{
	local status=$1 sentence=$2 got

	shift 2
	mobctl "$@" >"$OUT/out" 2>"$OUT/err"
	got=$?
	expect "mobctl $*" "$status: $sentence" "$got: $(cat "$OUT/out" "$OUT/err")"
}

test_case "a wrong command line gets one sentence and status 1"
wrong 1 'Object "frob" is unknown, try "mobctl help".' frob
wrong 1 'Object "frob" is unknown, try "mobctl help".' help frob
wrong 1 'Object "frob" is unknown, try "mobctl help".' -h frob
wrong 1 'Object "" is unknown, try "mobctl help".' ''
wrong 1 'Option "-x" is unknown, try "mobctl help".' -x tcp
wrong 1 'Option "-jx" is unknown, try "mobctl help".' -jx tcp
wrong 1 'Option "--frob" is unknown, try "mobctl help".' tcp --frob
wrong 1 'Option "-j=1" is unknown, try "mobctl help".' -j=1 tcp
wrong 1 'Error: "blue" is no colour mode: auto, always or never.' -c=blue tcp
wrong 1 'Command "frob" is unknown, try "mobctl tcp help".' tcp frob
wrong 1 'Command "frob" is unknown, try "mobctl tcp help".' help tcp frob
wrong 1 'Command "frob" is unknown, try "mobctl tcp help".' -h tcp frob
wrong 1 'Error: "-n" needs the name of a network namespace.' tcp show -n
wrong 1 'Command "peer frob" is unknown, try "mobctl ice help".' ice peer frob
wrong 1 'Error: "frob" is no filter, try "mobctl tcp help".' tcp show frob
wrong 1 'Error: "local" needs a value.' tcp show local
wrong 1 'Error: "xyz" behind "local" is no address, port or prefix, such as 192.0.2.1, 192.0.2.0/24, [2001:db8::1]:22 or :22.' tcp show local xyz
wrong 1 'Error: "1.2.3.4/33" behind "peer" is no address, port or prefix, such as 192.0.2.1, 192.0.2.0/24, [2001:db8::1]:22 or :22.' tcp show peer 1.2.3.4/33
wrong 1 'Error: ":0" behind "peer" is no address, port or prefix, such as 192.0.2.1, 192.0.2.0/24, [2001:db8::1]:22 or :22.' tcp show peer :0
wrong 1 'Error: ":65536" behind "peer" is no address, port or prefix, such as 192.0.2.1, 192.0.2.0/24, [2001:db8::1]:22 or :22.' tcp show peer :65536
wrong 1 'Error: "happy" is no state, try "mobctl tcp help".' tcp show state happy
wrong 1 'Error: "none" is no state, try "mobctl tcp help".' tcp show state none
wrong 1 'Error: "0xzz" is no id, such as 0x2a.' tcp show id 0xzz
wrong 1 'Error: "-1" is no id, such as 0x2a.' tcp show id -- -1
wrong 1 'Error: "99999999999999999999" is no id, such as 0x2a.' tcp show id 99999999999999999999
wrong 1 'Error: which connections? Give "all" or a filter.' tcp move
wrong 1 'Error: which connections? Give "all" or a filter.' tcp pause
wrong 1 'Error: which connections? Give "all" or a filter.' tcp move to 192.0.2.1
wrong 1 'Error: "all" and a filter exclude each other.' tcp resume inet all
wrong 1 'Error: "all" and a filter exclude each other.' tcp resume all inet
wrong 1 'Error: "to" needs an address.' tcp move all to
wrong 1 'Error: "192.0.2.1:22" behind "to" is no address.' tcp move all to 192.0.2.1:22
wrong 1 'Error: "to" is no filter, try "mobctl tcp help".' tcp pause all to 192.0.2.1
wrong 1 'Error: --listen ENDPOINT is missing.' tcp enable
wrong 1 'Error: ":22" is not --listen.' tcp enable :22
wrong 1 'Error: --listen needs an endpoint, such as :22.' tcp enable --listen
wrong 1 'Error: "22" is no endpoint with a port, such as :22 or 192.0.2.1:22.' tcp enable --listen 22
wrong 1 'Error: "192.0.2.1" is no endpoint with a port, such as :22 or 192.0.2.1:22.' tcp enable --listen 192.0.2.1
wrong 1 'Error: "22" is no endpoint with a port, such as :22 or 192.0.2.1:22.' tcp enable --listen=22
wrong 1 'Error: "" is no endpoint with a port, such as :22 or 192.0.2.1:22.' tcp enable --listen=
wrong 1 'Error: "--listening" is not --listen.' tcp enable -- --listening
wrong 1 'Error: "x" is one word too many.' tcp enable --listen=:22 x
wrong 125 'mobctl run: of PROGRAM every port is mobile; for a server that runs already: mobctl tcp enable --listen ENDPOINT' run --listen=:22
wrong 125 'mobctl run: of PROGRAM every port is mobile; for a server that runs already: mobctl tcp enable --listen ENDPOINT' run --listen :22 true
wrong 1 'Error: "x" is one word too many.' tcp enable --listen :22 x
wrong 1 'Error: "x" is one word too many.' tcp limits x
wrong 1 'Error: which limit? Try "mobctl tcp help".' tcp limits set
wrong 1 'Error: "frob" is no limit, try "mobctl tcp help".' tcp limits set frob 1
wrong 1 'Error: "suspend_time" needs a number.' tcp limits set suspend_time
wrong 1 'Error: "1s" behind "suspend_time" is no number.' tcp limits set suspend_time 1s
wrong 1 'Error: "4294967296" behind "max_half_open" is no number.' tcp limits set max_half_open 4294967296
wrong 1 'Error: "192.0.2.1" is no IPv6 home address.' ice peer add 192.0.2.1
wrong 1 "Error: the peer's home address is missing." ice peer del
wrong 1 'Error: "home" needs an address.' ice peer add 2001:db8::1 home
wrong 1 'Error: "192.0.2.1" is no IPv6 home address.' ice peer del 2001:db8::1 home 192.0.2.1
wrong 1 'Error: "server" needs an address.' ice peer add 2001:db8::1 server
wrong 1 'Error: ":22" is no address of a STUN server.' ice peer add 2001:db8::1 server :22
wrong 1 'Error: "frob" is one word too many.' ice peer add 2001:db8::1 initiate frob
wrong 1 'Error: "x" is one word too many.' ice peer restart 2001:db8::1 x
wrong 1 'Error: "ufrag", "pwd" and our role are needed.' ice peer remote 2001:db8::1 ufrag 0001
wrong 1 'Error: "1" is no ufrag of 4 hexadecimal digits.' ice peer remote 2001:db8::1 ufrag 1 pwd 2 controlled
wrong 1 'Error: the pwd has 24 hexadecimal digits.' ice peer remote 2001:db8::1 ufrag 0001 pwd 2 controlled
wrong 1 'Error: "boss" is no role: controlling or controlled.' ice peer remote 2001:db8::1 ufrag 0001 pwd 000102030405060708090a0b boss
wrong 1 'Error: "candidate" needs a type, an endpoint and a priority.' ice peer remote 2001:db8::1 ufrag 0001 pwd 000102030405060708090a0b controlled candidate host
wrong 1 'Error: "none" is no type: host, srflx, prflx or relayed.' ice peer remote 2001:db8::1 ufrag 0001 pwd 000102030405060708090a0b controlled candidate none 192.0.2.1:1 2
wrong 1 'Error: "192.0.2.1" is no endpoint with a port.' ice peer remote 2001:db8::1 ufrag 0001 pwd 000102030405060708090a0b controlled candidate host 192.0.2.1 2
wrong 1 'Error: "x" is one word too many.' ice pairs 2001:db8::1 x
wrong 1 'Error: "x" is one word too many.' ice stats x
wrong 1 'Error: "udp" is no filter, try "mobctl tcp help".' monitor udp
wrong 1 'Error: "x" is one word too many.' monitor ice x
only='Error: "id" names one connection: no other filter goes with it.'
for command in "tcp show" "tcp keys" "tcp keys secret" monitor "monitor tcp" "tcp pause" "tcp move to 192.0.2.1"; do
	for filters in "id 1 inet" "inet6 id 1" "id 1 peer :22" "local 192.0.2.1 id 0x1" "id 1 state keyed"; do
		# shellcheck disable=SC2086
		wrong 1 "$only" $command $filters
	done
done
wrong 1 'Error: "local" needs a value.' monitor tcp local
wrong 1 'Error: "x" is no filter, try "mobctl tcp help".' monitor tcp x
# Nothing agrees with both: the last one alone would be a surprise.
for command in "tcp show" "tcp pause" monitor; do
	# shellcheck disable=SC2086
	{
		wrong 1 "Error: the peer's address is given twice." $command peer 192.0.2.1 peer 192.0.2.1:22
		wrong 1 "Error: the peer's port is given twice." $command peer :22 state keyed peer 192.0.2.1:22
		wrong 1 "Error: the local address is given twice." $command local 192.0.2.0/24 local ::1
		wrong 1 "Error: the local port is given twice." $command local :22 local :23
		wrong 1 "Error: the family is given twice." $command inet6 inet
		wrong 1 'Error: "id" is given twice.' $command id 3 id 4
	}
done
wrong 1 'Error: "to" is given twice.' tcp move all to 192.0.2.1 to 192.0.2.2
wrong 1 'Error: "max_suspended" is given twice.' tcp limits set max_suspended 5 survival_time 6 max_suspended 5
wrong 1 'Error: the name of a unit is missing.' enable
wrong 1 'Error: the name of a unit is missing.' enable --root=/
wrong 2 'Error: /no/where: No such file or directory.' enable --root=/no/where sshd
wrong 2 'Error: /no/where: No such file or directory.' disable sshd --root /no/where
wrong 1 'Error: --root needs a directory.' enable sshd --root
wrong 1 'Error: "x" is one word too many.' doctor host x
wrong 1 'Error: "x" is one word too many.' version x

test_case "without the family in the kernel: a real answer, status 2"
if [ -d /sys/module/tcp_mobility ] || modprobe -nq tcp_mobility 2>/dev/null; then
	skip_case "tcp_mobility is on this machine (tests/net/75-mobctl.sh takes it away)"
else
	no="Error: the module tcp_mobility is not loaded: modprobe tcp_mobility (the kernel has no netlink family of that name)."
	for command in "tcp show" "tcp" "tcp keys" "tcp move all" "tcp limits" "stats" "monitor" \
		       "tcp limits set suspend_time 1" "tcp pause id 0x2a" "-4 tcp show id 1" "stats tcp" "monitor tcp"; do
		# shellcheck disable=SC2086
		wrong 2 "$no" $command
	done
	expect "stdout stays JSON" "[]" "$(mobctl -j tcp show 2>/dev/null)"
	expect "mobctl doctor: status" 2 "$(mobctl doctor >/dev/null; echo $?)"
	expect_line "mobctl doctor says so" "^BAD .*tcp_mobility is .*\(installed\|loaded\)" mobctl doctor
	expect "as JSON" "BAD module" "$(mobctl -j doctor | jq -r '.[0] | "\(.finding) \(.topic)"')"
	expect_line "mobctl version" "tcp_mobility is not loaded" mobctl version
fi
if [ ! -d /sys/module/mip6_ice ] && ! modprobe -nq mip6_ice 2>/dev/null; then
	for command in ice "ice peer" "ice peer show" "ice peer add 2001:db8::1 home 2001:db8::2" "ice peer del 2001:db8::1" "ice keys" "ice pairs" "ice monitor" "monitor ice" "stats ice" "ice stats"; do
		# shellcheck disable=SC2086
		wrong 2 "Error: the module mip6_ice is not loaded: modprobe mip6_ice (the kernel has no netlink family of that name)." $command
	done
fi

test_case "-n: another network namespace"
wrong 2 'Error: cannot enter the network namespace "no/where": No such file or directory.' -n no/where tcp
wrong 2 'Error: cannot enter the network namespace "/dev/null": it is none.' -netns /dev/null tcp
if unshare -n true 2>/dev/null; then
	unshare -n sleep 60 &
	other=$!
	bg_pids+=("$other")
	entered() { [ "$(readlink "/proc/$other/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
	expect_soon "a namespace" 10000 entered
	expect "what run starts is there" "$(readlink "/proc/$other/ns/net")" \
		"$(mobctl -n "/proc/$other/ns/net" run readlink /proc/self/ns/net 2>/dev/null)"
fi

test_case "colour only where it is wanted"
expect "-c into a pipe" 0 "$(mobctl -c doctor | grep -c $'\033')"
expect_between "-c=always into a pipe" 1 1000 "$(mobctl -c=always doctor | grep -c $'\033')"
expect "-c=always with JSON" 0 "$(mobctl -j -c=always doctor | grep -c $'\033')"
expect_between "-c on a terminal" 1 1000 "$(script -qec 'mobctl -c doctor' /dev/null | grep -c $'\033')"
expect "none on a terminal" 0 "$(script -qec 'mobctl doctor' /dev/null | grep -c $'\033')"

test_case "a reader that goes away is no error that is shouted"
expect "stderr" "" "$(mobctl help 2>&1 >/dev/full | grep -v 'No space left')"
for command in help -V -h "-h tcp" version "tcp help" "-j help" doctor; do
	# shellcheck disable=SC2086
	expect "a full disk is one: mobctl $command" "Error: cannot write: No space left on device. 2" \
		"$({ mobctl $command >/dev/full; echo $?; } 2>&1 | paste -sd' ')"
done
for command in "mobctl run --help" "mobctl -d run -h" "mobctl run help" "mobrun --help"; do
	# The other statuses are those of programs.
	# shellcheck disable=SC2086
	expect "a full disk: $command" "cannot write: No space left on device. 125" \
		"$({ $command >/dev/full; echo $?; } 2>&1 | sed 's/^[A-Z][a-z]*: //' | paste -sd' ')"
done
expect "a program named help" 127 "$(mobctl run -- help >/dev/full 2>&1; echo $?)"

tap_done
