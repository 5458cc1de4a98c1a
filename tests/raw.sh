# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A kernel and the peer driven by hand (tests/prog/rawpeer.c), on a cable of
# their own. Sourced after lib.sh.
#
#	[kn] eth0 ------------------ eth0 [rp]
#	     198.51.100.1    198.51.100.2, .3, .4
#	     (or .9)
#	     xfer, mobile            rawpeer
#
# Most of the time of each case is waiting, so they run in batches, side by
# side; a batch ends with a case about the counters of all of it.

# shellcheck disable=SC2034
{
KN=198.51.100.1
KN2=198.51.100.9
RP=198.51.100.2
RP2=198.51.100.3
RP3=198.51.100.4
}
port=5000

# Steps of rawpeer after which both ends are keyed and the kernel has sent one
# octet; its program waits for that (xfer --wait-keyed). What follows in each
# story gives the kernel the time to have the acknowledgement.
# shellcheck disable=SC2034
raw_keyed="connect
	cont 9 16
	expect-cont 9 16 10000
	expect-confirm 10000
	confirm
	recv 1 60000"

# raw_build: the cable above; $kn and $rp are its ends.
raw_build()
{
	setup_ns kn rp
	link "$kn" eth0 "$rp" eth0
	ip -n "$kn" addr add $KN/24 dev eth0
	ip -n "$rp" addr add $RP/24 dev eth0
	ip -n "$rp" addr add $RP2/24 dev eth0
	ip -n "$rp" addr add $RP3/24 dev eth0
	# rawpeer verifies checksums and wants segments as they are on a wire.
	in_ns "$kn" ethtool -K eth0 tx off >/dev/null ||
		tap_skip_all "ethtool cannot switch checksum offload off"
	# The kernel of rp knows nothing of rawpeer's connections.
	in_ns "$rp" nft -f - <<-END || topo_no_nft
	table inet rawpeer {
		chain out {
			type filter hook output priority filter; policy accept;
			tcp flags rst meta mark != 0x7261 drop
		}
	}
	END
}

# readdress_kn TO: that and no other is the kernel's address.
readdress_kn()
{
	ip -n "$kn" addr flush dev eth0 scope global
	ip -n "$kn" addr add "$1/24" dev eth0
}

# at_step STEP [PORT]: the peer of that port, or that was begun last, is there.
at_step() { wait_for 30000 grep -q "^# $1" "$OUT/peer-${2:-$port}.log" >/dev/null; }

# -- counters ---------------------------------------------------------------

# mark NS: count from here. counted NS NAME: since the last mark.
mark()
{
	in_ns "$1" cat /proc/net/tcp_mobility >"$OUT/.mark-$1" 2>/dev/null
}

# shellcheck disable=SC2016
counted()
{
	in_ns "$1" awk -v n="$2" '
		$1 == n { v += FILENAME ~ /^\/proc/ ? $2 : -$2 }
		END { print v + 0 }' "$OUT/.mark-$1" /proc/net/tcp_mobility
}

# expect_mib NS NAME VALUE / expect_mib NS NAME LOW HIGH
expect_mib()
{
	if [ $# = 3 ]; then
		expect "$2" "$3" "$(counted "$1" "$2")"
	else
		expect_between "$2" "$3" "$4" "$(counted "$1" "$2")"
	fi
}

# -- batches -----------------------------------------------------------------

# batch_begin NAME: what listener and client start is remembered under it.
batch_begin()
{
	batch=$OUT/.batch-$1
	: >"$batch"
	mark "$kn"
}

# peer_script PORT SCRIPT OPTION...: rawpeer in the background; sets peer.
peer_script()
{
	local log=$OUT/peer-$1.log script=$2

	shift 2
	ip netns exec "$rp" rawpeer "$@" <<<"$script" >"$log" 2>&1 &
	peer=$!
	bg_pids+=("$peer")
}

# peer_held PID WHO LOG: this rawpeer has ended well.
peer_held()
{
	wait "$1" || {
		fail "$2" "all held" "$(tail -n 1 "$OUT/peer-$3.log")"
		sed 's/^/#   /' "$OUT/peer-$3.log"
	}
}

# listener NAME "STATE REASON" SCRIPT [XFER OPTION]...: the kernel listens, the
# peer connects. At the end xfer's socket is in that state; "RESET" means that
# it got ECONNRESET, "TIMEOUT" that it was told that the peer cannot be reached.
listener()
{
	local name=$1 state=$2 script=$3

	shift 3
	port=$((port + 1))
	bg in_ns "$kn" xfer server --mobility --port $port --info --timeout 400 \
		"$@" >"$OUT/app-$port.log" 2>&1
	wait_listen "$kn" $port
	peer_script $port "$script" --local $RP $((port + 30000)) --remote $KN $port
	echo "$port $bg_pid $peer $state:listener: $name" >>"$batch"
}

# client NAME "STATE REASON" SCRIPT [XFER OPTION]...: the kernel connects.
client()
{
	local name=$1 state=$2 script=$3

	shift 3
	port=$((port + 1))
	peer_script $port "$script" --local $RP $port
	wait_for 20000 grep -q ready "$OUT/peer-$port.log"
	bg in_ns "$kn" xfer client --mobility --info --timeout 400 "$@" $RP $port \
		>"$OUT/app-$port.log" 2>&1
	echo "$port $bg_pid $peer $state:client: $name" >>"$batch"
}

# batch_end NAME: a case for each of the batch; then one for its counters.
batch_end()
{
	local p app peer state name

	while read -r p app peer state; do
		name=${state#*:}
		state=${state%%:*}
		test_case "$name"
		peer_held "$peer" "the peer" "$p"
		wait "$app"
		batch_app "$?" "$OUT/app-$p.log" "$state"
	done <"$OUT/.batch-$1"
	test_case "the counters agree: $1"
}

# batch_app STATUS LOG STATE: what became of the application.
batch_app()
{
	if [ "$3" = TIMEOUT ]; then
		expect "the application is told that nobody is there" 1 \
			"$(grep -cE 'timed out|No route|unreachable' "$2")" || sed 's/^/#   /' "$2"
		return
	fi
	if [ "$3" = RESET ]; then
		expect "the application gets ECONNRESET" 1 \
			"$(grep -c 'Connection reset by peer' "$2")" || sed 's/^/#   /' "$2"
		return
	fi
	[ "$1" = 0 ] || fail "exit status of xfer" 0 "$1"
	# After the peer's move a work item may still have to note the path.
	expect "state and reason of the kernel's socket" "$3" \
		"$(sed -n 's/^info state=\([^ ]*\) reason=\([^ ]*\) .*/\1 \2/p' "$2" |
		   sed 's/VALIDATING/KEYED/')" ||
		sed 's/^/#   /' "$2"
}

# -- an attacker ---------------------------------------------------------------

# In a script: the attacker's address and a port of his own for each case.
EVIL="from $RP3 EVIL"

# evil NAME SCRIPT [XFER OPTION]...: whatever is sent to the attacker is counted.
evil()
{
	local name=$1 script=$2

	shift 2
	listener "$name" "KEYED none" "${script//EVIL/$((port + 20000))}" "$@"
}

# evil_client NAME SCRIPT [XFER OPTION]...: the same, and the kernel has connected:
# it tells its address when in doubt.
evil_client()
{
	local name=$1 script=$2

	shift 2
	client "$name" "KEYED none" "${script//EVIL/$((port + 20001))}" "$@"
}

# refusals END REASON: how many were told.
refusals() { grep -c "^conn-event event=refused .* refusal=$2\( \|$\)" "$OUT/events.$1"; }

# expect_refusals_told END...: of two updates that wait the older is counted and not
# told.
expect_refusals_told()
{
	local end

	for end; do
		expect "$end: nothing was missed" "0 0" \
			"$(mib "${!end}" EventLost) $(grep -c overrun "$OUT/events.$end")"
		expect "$end: implausible" "$(mib "${!end}" UpdateBadSeq)" "$(refusals $end peer-sequence)"
		expect "$end: taken tuples" "$(mib "${!end}" UpdateCollision)" \
			"$(refusals $end peer-collision)"
		expect_between "$end: old" $(($(mib "${!end}" UpdateStale) - 8)) \
			"$(mib "${!end}" UpdateStale)" "$(refusals $end peer-stale)"
	done
}
