# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the test scripts share: TAP output, waiting, namespaces, counters,
# captures and the network that most stories take place in.
#
# A script sources this file, builds its network, and is a list of cases:
#
#	. "$(dirname "$0")/../lib.sh"
#	topo_build
#	attach routed 46
#
#	test_case "a connection survives a change of address"
#	expect "bytes received" 1000 "$(cat "$OUT/received")"
#
#	tap_done
#
# All network namespaces, background processes and captures end with the
# script, however it ends.
#
# Environment:
#	OUT            where files of a failed case are kept (default: a
#	               directory of mktemp)
#	TOPO_DELAY     one-way delay between core and correspondent, ms (20)
#	TOPO_LOSS      loss on the same link and each way, percent (0)
#	TOPO_RATE      rate of the same link, as tc writes it (unlimited)
#	TEST_SLOW      factor on all time limits, for slow machines (1)
#	KSFT_EXPECT_ALL_FEATURES=1  a missing feature is a failure, not a skip
#	KEEP_PCAP=1    keep captures of cases that passed, too

set -u

KSFT_SKIP=4

TEST_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP_DIR=$(cd "$TEST_DIR/.." && pwd)
PROG_DIR=${PROG_DIR:-$TOP_DIR/build/tests/prog}
TOOL_DIR=${TOOL_DIR:-$TOP_DIR/build/tools}
# How to start a program with mobile TCP.
# shellcheck disable=SC2034
MOBRUN=${MOBRUN:-$TOOL_DIR/mobrun}
OUT=${OUT:-$(mktemp -d /tmp/tcpmob-test.XXXXXX)}
mkdir -p "$OUT"
export PATH=$PROG_DIR:$TOOL_DIR:$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8

# ---------------------------------------------------------------- TAP output

case_name=
case_failed=0
case_skip=
case_start=0
cases=0
cases_failed=0

# virtual_time: hours cost nothing here, the clock counts instructions and skips
# idle time (tests/vm/run.sh --icount).
virtual_time() { grep -q tcpmob.icount=1 /proc/cmdline; }

# no_cpu_time: what is computed takes no time at all (--kver uml --icount).
no_cpu_time() { grep -q time-travel= /proc/cmdline; }

# Each process costs an emulated machine twenty milliseconds: what the shell can
# do itself, it does. The clock, in microseconds, is ${EPOCHREALTIME/[.,]/}.
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# nap SECONDS: sleep(1) without a process; nobody ever writes to that pipe.
exec {nap_fd}<> <(:)
nap() { read -rt "$1" -u "$nap_fd"; return 0; }

# test_case NAME: end the case before, begin a new one.
test_case()
{
	[ "$cases" != 0 ] || [ -n "$case_name" ] || echo "TAP version 13"
	end_case
	case_name=$1
	case_failed=0
	case_skip=
	case_start=${EPOCHREALTIME/[.,]/}
}

# end_case: print the verdict on the case under way, if there is one.
end_case()
{
	local time

	[ -n "$case_name" ] || return 0
	cases=$((cases + 1))
	time="# time=$(((${EPOCHREALTIME/[.,]/} - case_start) / 1000))ms"
	if [ "$case_failed" != 0 ]; then
		cases_failed=$((cases_failed + 1))
		capture_stop keep
		echo "not ok $cases $case_name $time"
	elif [ -n "$case_skip" ]; then
		capture_stop
		echo "ok $cases $case_name # SKIP $case_skip"
	else
		capture_stop
		echo "ok $cases $case_name $time"
	fi
	case_name=
}

# kernel_complaints: what the kernel has said since the story began and should
# not; at boot a debug kernel says words of that kind. Behind need_module.
story_mark="tcpmob: begin of the story $$"
kernel_complaints()
{
	kernel_said "$story_mark" | grep -E -f "$TEST_DIR/dmesg-patterns" | head -n 5
}

# kernel_said MARK: all since the mark, which somebody wrote to /dev/kmsg. Without it
# nobody knows what was said.
kernel_said()
{
	dmesg | awk -v mark="$1" -f "$TEST_DIR/since-mark.awk" || echo "WARNING: since-mark.awk did not run"
}

# ok WHAT: note that one thing of the case is as it should be.
ok() { echo "# ok: $*"; }

# note TEXT: print an explanation.
note() { echo "# $*"; }

# fail WHAT [EXPECTED GOT]: the case has failed; it goes on.
fail()
{
	case_failed=1
	echo "# FAIL: $1"
	if [ $# -gt 1 ]; then
		echo "#   expected: $2"
		echo "#   got:      ${3:-}"
	fi
	return 1
}

# expect WHAT EXPECTED GOT
expect()
{
	if [ "$2" = "$3" ]; then
		ok "$1: $3"
	else
		fail "$1" "$2" "$3"
	fi
}

# expect_between WHAT LOW HIGH GOT: whole numbers, bounds included.
expect_between()
{
	case $4 in
	''|*[!0-9-]*) fail "$1" "$2..$3" "'$4'"; return 1 ;;
	esac
	if [ "$4" -ge "$2" ] && [ "$4" -le "$3" ]; then
		ok "$1: $4"
	else
		fail "$1" "$2..$3" "$4"
	fi
}

# run_log FILE COMMAND...: run it with all of its output in FILE.
run_log()
{
	local file=$1

	shift
	"$@" >"$file" 2>&1
}

# expect_success WHAT COMMAND... / expect_failure WHAT COMMAND...
expect_success()
{
	local what=$1 status

	shift
	run_log "$OUT/.command" "$@"
	status=$?
	if [ $status = 0 ]; then
		ok "$what"
	else
		fail "$what" "success of: $*" "status $status: $(tail -n 3 "$OUT/.command" | tr '\n' ' ')"
	fi
}

expect_failure()
{
	local what=$1

	shift
	if run_log "$OUT/.command" "$@"; then
		fail "$what" "failure of: $*" "success: $(tail -n 3 "$OUT/.command" | tr '\n' ' ')"
	else
		ok "$what"
	fi
}

# skip_case REASON: the host lacks something that this case needs.
skip_case()
{
	if [ "${KSFT_EXPECT_ALL_FEATURES:-0}" = 1 ]; then
		fail "skipped though all features are expected: $1"
	else
		case_skip=$1
	fi
}

# tap_skip_all REASON: the host lacks something that the whole script needs.
tap_skip_all()
{
	if [ "${KSFT_EXPECT_ALL_FEATURES:-0}" = 1 ]; then
		test_case "all features are there"
		fail "skipped though all features are expected: $1"
		tap_done
	fi
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit $KSFT_SKIP
}

# expect_line WHAT PATTERN COMMAND...: one of its lines matches.
expect_line()
{
	local what=$1 pattern=$2 got

	shift 2
	got=$("$@" 2>&1)
	if printf '%s\n' "$got" | grep -q -e "$pattern"; then
		ok "$what"
	else
		fail "$what" "a line like $pattern" "$(printf '%s' "$got" | head -n 5)"
	fi
}

# disk_named NAME: the device of that serial number, or the host's file.
disk_named()
{
	local disk

	if [ -e "/mnt/disks/$1.tar" ]; then
		echo "/mnt/disks/$1.tar"
		return 0
	fi
	for disk in /sys/block/vd*; do
		if [ "$(cat "$disk/serial" 2>/dev/null)" = "$1" ]; then
			echo "/dev/${disk##*/}"
			return 0
		fi
	done
	return 1
}

# from_disk NAME PROGRAM...: have the programs, in the test machine from the disk
# that tests/vm/run.sh has given it.
from_disk()
{
	local disk name=$1

	shift
	if [ "${TCPMOB_VM:-0}" = 1 ] && ! type -P "$@" >/dev/null; then
		modprobe -q virtio_blk
		disk=$(wait_for 5000 disk_named "$name") ||
			tap_skip_all "there is no disk named $name"
		tar -C / -xf "$disk" --skip-old-files
		hash -r
	fi
	for name in "$@"; do
		type -P "$name" >/dev/null || tap_skip_all "the program $name is missing"
	done
}

# tap_done: end the last case and the script.
tap_done()
{
	end_case
	echo "1..$cases"
	[ "$cases_failed" = 0 ] && exit 0
	exit 1
}

# ------------------------------------------------------------------- waiting

# wait_for TIMEOUT_MS COMMAND...: run it until it succeeds; print what the
# last attempt printed. Fails when the time is over, of which a slow machine
# has more.
wait_for()
{
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * ${TEST_SLOW:-1} * 1000)) output tries=0

	shift
	while :; do
		if output=$("$@" 2>&1); then
			[ -z "$output" ] || echo "$output"
			return 0
		fi
		if [ "${EPOCHREALTIME/[.,]/}" -ge $end ]; then
			[ -z "$output" ] || echo "$output"
			return 1
		fi
		# What takes long is asked for less often.
		tries=$((tries + 1))
		if [ $tries -lt 60 ]; then nap 0.05; elif [ $tries -lt 120 ]; then nap 0.25; else nap 1; fi
	done
}

# expect_soon WHAT TIMEOUT_MS COMMAND...
expect_soon()
{
	local what=$1 limit=$2 output

	shift 2
	if output=$(wait_for "$limit" "$@"); then
		ok "$what"
	else
		fail "$what" "within $((limit * ${TEST_SLOW:-1})) ms: $*" "$output"
	fi
}

# wait_listen NS PORT: until something listens on the TCP port.
wait_listen()
{
	wait_for 10000 listens "$1" "$2" >/dev/null
}

listens()
{
	local port

	printf -v port ':%04X$' "$2"
	in_ns "$1" awk -v port="$port" '
		$4 == "0A" && $2 ~ port { found = 1; exit }
		END { exit !found }' /proc/net/tcp /proc/net/tcp6
}

# ------------------------------------------------- namespaces and processes

ns_list=()
bg_pids=()

# setup_ns NAME...: make namespaces with unique names; $NAME holds each.
setup_ns()
{
	local name unique

	for name in "$@"; do
		printf -v unique '%s-%04x%04x' "$name" $RANDOM $RANDOM
		ip netns add "$unique" || {
			echo "Bail out! cannot make the namespace $unique (are you root?)"
			exit 1
		}
		printf -v "$name" '%s' "$unique"
		ns_list+=("$unique")
		ip netns exec "$unique" sysctl -qw \
			net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.accept_ra=0 \
			net.ipv6.conf.default.router_solicitations=0 \
			net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0 \
			net.ipv4.ping_group_range="0 2147483647"
		ip -n "$unique" link set lo up
	done
}

# in_ns NS COMMAND...
in_ns() { nsenter --net="/run/netns/$1" -- "${@:2}"; }

# bg COMMAND...: run in the background until the script ends; the process
# number is in $bg_pid.
bg()
{
	# A function would put a shell between us and the program.
	if [ "$1" = in_ns ]; then
		set -- nsenter --net="/run/netns/$2" -- "${@:3}"
	fi
	"$@" &
	# shellcheck disable=SC2034
	bg_pid=$!
	bg_pids+=("$!")
}

# at_end: what else a script has to remove or to stop; it defines its own. A trap
# of its own for EXIT would hide from cleanup how the script ended.
at_end() { :; }

cleanup()
{
	local status=$? name pid

	trap - EXIT INT TERM
	at_end
	capture_stop keep
	for pid in ${bg_pids[@]+"${bg_pids[@]}"}; do
		kill "$pid" 2>/dev/null
	done
	for name in ${ns_list[@]+"${ns_list[@]}"}; do
		# Whoever runs inside keeps the namespace alive.
		ip netns pids "$name" 2>/dev/null | xargs -r kill -9 2>/dev/null
		ip netns del "$name" 2>/dev/null
	done
	wait 2>/dev/null
	rm -f "$OUT/.command" "$OUT/.link"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# link NS1 DEV1 NS2 DEV2: a cable, up on both ends.
link()
{
	printf 'link add %s type veth peer name %s netns %s\nlink set %s up\n' "$2" "$4" "$3" "$2" \
		>"$OUT/.link"
	ip -n "$1" -batch "$OUT/.link" && ip -n "$3" link set "$4" up || {
		echo "Bail out! cannot make a veth pair (module veth)"
		exit 1
	}
}

# ------------------------------------------------------ counters of modules

# counter NS FILE NAME: one counter of the file in the namespace's /proc/net; 0 if
# there is none, or no file. Some awks run END without the file, others do not.
counter()
{
	in_ns "$1" awk -v file="/proc/net/$2" -v name="$3" 'BEGIN {
		while ((getline <file) > 0)
			if ($1 == name)
				v = $2
		print v + 0 }' 2>/dev/null || echo 0
}

# mib NS NAME: one of tcp_mobility.
mib() { counter "$1" tcp_mobility "$2"; }

# listen_to END...: what the kernel tells there of mobile connections, from here on,
# in $OUT/events.END.
listen_to()
{
	local end

	for end in "$@"; do
		bg ip netns exec "${!end}" nlprobe events >"$OUT/events.$end"
		wait_for 5000 grep -q listening "$OUT/events.$end" >/dev/null ||
			fail "nlprobe listens at $end"
	done
}

# words_told END EVENT FIELD [PATTERN]: what that field was in such events, of those
# lines that match: each word once, sorted.
words_told()
{
	grep -e "${4:-.}" "$OUT/events.$1" |
		sed -n "s/^conn-event event=$2 .* $3=\([^ ]*\).*/\1/p" | sort -u | paste -sd' '
}
has_told() { [ "$(words_told "${@:2}")" = "$1" ]; }

# expect_told WORDS END EVENT FIELD [PATTERN]: just these, soon.
expect_told()
{
	wait_for 5000 has_told "$@"
	expect "what $2 tells: $3 $4${5:+ of $5}" "$1" "$(words_told "${@:2}")"
}

# netstat_mib NS NAME: one counter of the kernel's own, as nstat names it.
netstat_mib()
{
	in_ns "$1" awk -v name="$2" '
		{ if ($1 == last) { for (i = 2; i <= NF; i++)
				if (substr(last, 1, length(last) - 1) h[i] == name) v = $i }
		  else { split("", h); for (i = 2; i <= NF; i++) h[i] = $i; last = $1 } }
		END { print v + 0 }' /proc/net/netstat /proc/net/snmp
}

# since_linux VERSION: is this kernel no older?
since_linux() { [ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]; }

# need_module NAME: skip the script where the module is not to be had.
need_module()
{
	echo "$story_mark" >/dev/kmsg
	[ -d "/sys/module/$1" ] && return 0
	modprobe "$1" 2>/dev/null || insmod "$TOP_DIR/build/modules/$1.ko" 2>/dev/null ||
		tap_skip_all "the module $1 is neither loaded nor installed"
	first_keys
}

# first_keys: a module that has just been loaded makes its key pairs while we do other
# things. Where these take no time it would have none.
first_keys() { ! no_cpu_time || nap 1; }

# ------------------------------------------------------------------ captures

capture_pids=()
capture_files=()

# capture_start NS DEV NAME [FILTER...]: record into $OUT/NAME.pcap. The file
# stays if the case fails.
capture_start()
{
	local ns=$1 dev=$2 file=$OUT/$3.pcap

	shift 3
	# Not in_ns: a function would put a shell between us and tcpdump.
	# Immediate mode, or the last second would be lost at the end.
	ip netns exec "$ns" tcpdump --immediate-mode -i "$dev" -s 200 -U -n -Z root -w "$file" "$@" \
		2>"$file.log" &
	capture_pids+=("$!")
	capture_files+=("$file")
	wait_for 5000 grep -q 'listening on' "$file.log" >/dev/null ||
		note "the capture on $dev did not start: $(cat "$file.log")"
}

# capture_flush: stop all captures and keep the files for the case to read.
capture_flush()
{
	local pid

	for pid in ${capture_pids[@]+"${capture_pids[@]}"}; do
		# SIGINT is ignored by what a script starts in the background.
		kill -TERM "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	capture_pids=()
}

# capture_stop [keep]: stop all captures; remove the files unless told to
# keep them.
capture_stop()
{
	local file

	capture_flush
	for file in ${capture_files[@]+"${capture_files[@]}"}; do
		rm -f "$file.log"
		if [ "${1:-}" = keep ] || [ "${KEEP_PCAP:-0}" = 1 ]; then
			note "capture: $file"
		else
			rm -f "$file"
		fi
	done
	capture_files=()
}

# --------------------------------------------------------------- the network
#
#                 wlan0 [mn] lte0
#                   |         |
#     10.1.0.0/24   |         |   10.2.0.0/24
#  2001:db8:1::/64  |         |   fd00:2::/64, known to nobody outside
#                mn0|         |mn0
#                 [r1]       [nat]  masquerades, drops what is not tracked
#                up0|         |up0
#    10.11.0.0/24   |         |   192.0.2.0/24
#  2001:db8:11::/64 |         |   2001:db8:12::/64
#                 r1|         |nat
#                   +--[net]--+
#                        |cn
#    203.0.113.0/24      |     TOPO_DELAY, TOPO_LOSS, TOPO_RATE each way
#  2001:db8:ff::/64      |
#                        |eth0
#                      [cn]
#
# The host part of the address is .1/::1 for the side nearer to the core and
# .2/::2 for the other. Both access routers drop packets from addresses that
# are not theirs, as access networks should.
#
# The delay towards cn is put on net's device cn, the delay from cn on net's
# devices r1 and nat, so that no end host's own queue is slowed: TCP behaves
# differently above a slow local queue than above a long path.

# Addresses for the scripts.
# shellcheck disable=SC2034
{
CN4=203.0.113.2
CN6=2001:db8:ff::2
MN_ROUTED4=10.1.0.2
MN_ROUTED6=2001:db8:1::2
MN_NAT4=10.2.0.2
MN_NAT6=fd00:2::2
NAT_OUT4=192.0.2.2
NAT_OUT6=2001:db8:12::2
}

# access_addr NETWORK: set dev, addr4, gw4, addr6, gw6 and metric.
access_addr()
{
	case $1 in
	routed)
		dev=wlan0; metric=100
		addr4=10.1.0.2/24; gw4=10.1.0.1
		addr6=2001:db8:1::2/64; gw6=2001:db8:1::1 ;;
	nat)
		dev=lte0; metric=200
		addr4=10.2.0.2/24; gw4=10.2.0.1
		addr6=fd00:2::2/64; gw6=fd00:2::1 ;;
	*)
		echo "Bail out! no access network '$1'; there are routed and nat"
		exit 1 ;;
	esac
}

# attach routed|nat [4|6|46] [METRIC]: the mobile host mn gets an address and
# a default route of the network. The lower metric wins: 100 for routed and
# 200 for nat unless given. With DAD=1 the IPv6 address has to pass duplicate
# address detection.
attach()
{
	local family=${2:-46} dev addr4 gw4 addr6 gw6 metric nodad=nodad

	access_addr "$1"
	metric=${3:-$metric}
	if [ "${DAD:-0}" = 1 ]; then
		nodad=
		in_ns "$mn" sysctl -qw "net.ipv6.conf.$dev.accept_dad=1" \
			net.ipv6.conf.all.accept_dad=1
	fi
	ip -n "$mn" link set "$dev" up
	case $family in *4*)
		ip -n "$mn" addr add "$addr4" dev "$dev" &&
		ip -n "$mn" route add default via "$gw4" dev "$dev" metric "$metric" ;;
	esac
	case $family in *6*)
		# shellcheck disable=SC2086
		ip -n "$mn" addr add "$addr6" dev "$dev" $nodad &&
		ip -n "$mn" -6 route add default via "$gw6" dev "$dev" metric "$metric" ;;
	esac
}

# detach routed|nat [4|6|46]: take away route and address.
detach()
{
	local family=${2:-46} dev addr4 gw4 addr6 gw6 metric

	access_addr "$1"
	case $family in *4*)
		ip -n "$mn" route del default via "$gw4" dev "$dev" 2>/dev/null
		ip -n "$mn" addr del "$addr4" dev "$dev" 2>/dev/null ;;
	esac
	case $family in *6*)
		ip -n "$mn" -6 route del default via "$gw6" dev "$dev" 2>/dev/null
		ip -n "$mn" addr del "$addr6" dev "$dev" 2>/dev/null ;;
	esac
	return 0
}

# set_path [DELAY_MS [LOSS_PERCENT [RATE]]]: the quality of the core link.
set_path()
{
	local delay=${1:-20} loss=${2:-0} rate=${3:-} dev args

	args="limit 20000 delay ${delay}ms"
	[ "$loss" = 0 ] || args="$args loss ${loss}%"
	[ -z "$rate" ] || args="$args rate $rate"
	for dev in cn r1 nat; do
		# shellcheck disable=SC2086
		ip netns exec "$net" tc qdisc replace dev "$dev" root netem $args || {
			echo "Bail out! netem is not to be had (module sch_netem)"
			exit 1
		}
	done
}

# topo_build: make the network above; the mobile host is not attached yet.
topo_build()
{
	local ns

	setup_ns mn cn r1 nat net

	# A host that may leave by another interface than it is addressed on.
	in_ns "$mn" sysctl -qw net.ipv4.conf.all.rp_filter=2
	for ns in "$r1" "$nat" "$net"; do
		in_ns "$ns" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done

	link "$mn" wlan0 "$r1" mn0
	link "$mn" lte0 "$nat" mn0
	link "$r1" up0 "$net" r1
	link "$nat" up0 "$net" nat
	link "$net" cn "$cn" eth0

	topo_addr "$r1" mn0 10.1.0.1/24 2001:db8:1::1/64
	topo_addr "$nat" mn0 10.2.0.1/24 fd00:2::1/64
	topo_addr "$r1" up0 10.11.0.2/24 2001:db8:11::2/64
	topo_addr "$net" r1 10.11.0.1/24 2001:db8:11::1/64
	topo_addr "$nat" up0 192.0.2.2/24 2001:db8:12::2/64
	topo_addr "$net" nat 192.0.2.1/24 2001:db8:12::1/64
	topo_addr "$net" cn 203.0.113.1/24 2001:db8:ff::1/64
	topo_addr "$cn" eth0 203.0.113.2/24 2001:db8:ff::2/64

	topo_route "$r1" default 10.11.0.1 2001:db8:11::1
	topo_route "$nat" default 192.0.2.1 2001:db8:12::1
	topo_route "$cn" default 203.0.113.1 2001:db8:ff::1
	ip -n "$net" route add 10.1.0.0/24 via 10.11.0.2
	ip -n "$net" -6 route add 2001:db8:1::/64 via 2001:db8:11::2

	topo_firewalls
	set_path "${TOPO_DELAY:-20}" "${TOPO_LOSS:-0}" "${TOPO_RATE:-}"
}

# topo_addr NS DEV ADDR4 ADDR6
topo_addr()
{
	ip -n "$1" addr add "$3" dev "$2"
	ip -n "$1" addr add "$4" dev "$2" nodad
}

# topo_route NS DESTINATION VIA4 VIA6
topo_route()
{
	ip -n "$1" route add "$2" via "$3"
	ip -n "$1" -6 route add "$2" via "$4"
}

# topo_firewalls: source checks on both access routers, the NAT on one.
topo_firewalls()
{
	ip netns exec "$r1" nft -f - <<-END || topo_no_nft
	table inet access {
		chain forward {
			type filter hook forward priority filter; policy accept;
			iifname "mn0" meta nfproto ipv4 ip saddr != 10.1.0.0/24 counter drop
			iifname "mn0" meta nfproto ipv6 ip6 saddr != 2001:db8:1::/64 counter drop
		}
	}
	END
	ip netns exec "$nat" nft -f - <<-END || topo_no_nft
	table inet access {
		chain input {
			type filter hook input priority filter; policy accept;
			ct state invalid counter drop
		}
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter drop
			iifname "mn0" meta nfproto ipv4 ip saddr != 10.2.0.0/24 counter drop
			iifname "mn0" meta nfproto ipv6 ip6 saddr != fd00:2::/64 counter drop
			iifname "mn0" oifname "up0" accept
			ct state established,related accept
		}
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			oifname "up0" masquerade
		}
	}
	END
	# Strict about windows; picking up flows midway is left as it comes.
	in_ns "$nat" sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=0
}

topo_no_nft()
{
	tap_skip_all "nftables with connection tracking is not to be had on this kernel"
}
