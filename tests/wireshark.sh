#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Do the dissectors understand what stories 75-mobctl and 97-tracers captured?
#
#	tests/wireshark.sh DIRECTORY
#
# DIRECTORY holds mobility.pcap and mobility.tokens, the tokens of the
# connections that moved, as mobctl had them; or ice.ha.pcap and ice.b.pcap, which
# went through the home agent and which b got, and ice.counters of b.

set -u

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
dir=$1
status=0

if [ ! -s "$dir/mobility.pcap" ] && [ ! -s "$dir/ice.b.pcap" ]; then
	echo "# FAIL: $dir holds no capture"
	exit 1
fi

tshark() { "$top/tests/tshark.sh" "$@"; }

fields()
{
	tshark -X "lua_script:$top/tools/wireshark/tcp_mobility.lua" -r "$dir/mobility.pcap" \
		-Y "$1" -T fields -e "$2" 2>/dev/null
}

# expect WHAT EXPECTED GOT
expect()
{
	if [ "$2" = "$3" ]; then
		echo "# ok: $1: $3"
	else
		echo "# FAIL: $1: expected $2, got $3"
		status=1
	fi
}

# ice FILE FILTER FIELD
ice()
{
	tshark -X "lua_script:$top/tools/wireshark/mip6_ice.lua" -r "$dir/ice.$1.pcap" \
		-Y "$2" -T fields -e "$3" 2>/dev/null
}
count() { awk -v name="$1" '$1 == name { print $2 }' "$dir/ice.counters"; }
if [ -e "$dir/ice.b.pcap" ]; then
	# Two runs, an offer and an answer each, with the same candidates both ways.
	expect "CoTI-ICE to b, as b counted" "$(count OfferIn)" "$(ice ha mip6_ice.coti_ice frame.number | wc -l)"
	expect "CoT-ICE" "$(count AnswerOut)" "$(ice ha mip6_ice.cot_ice frame.number | wc -l)"
	expect "credentials: of two ends, for two runs" 4 "$(ice ha mip6_ice mip6_ice.pwd | sort -u | grep -c .)"
	expect "candidates of each" "relayed host" "$(ice ha mip6_ice mip6_ice.cand.type | tr ',' '\n' | sort -un |
		sed 's/^1$/host/; s/^4$/relayed/' | sort -r | paste -sd' ')"
	expect "Binding Updates in UDP, as b counted" "$(count UpdateIn)" \
		"$(ice b 'mip6_ice.mh_udp && mip6.mhtype == 5' frame.number | wc -l)"
	expect "STUN at that port" 1 "$(ice b 'stun.type == 0x0001 && udp.dstport == 4191' frame.number | grep -c . | sed 's/^[1-9][0-9]*$/1/')"
	for file in ha b; do
		expect "malformed, $file" 0 "$(ice $file 'mip6_ice.malformed || mip6_ice.bad_checksum' frame.number | wc -l)"
	done
	exit $status
fi

expect "tokens of the updates" "$(paste -sd' ' "$dir/mobility.tokens")" \
	"$(fields tcp_mobility.loc_update tcp_mobility.token | sort -u | paste -sd' ')"
# Two connections, two ends.
expect "whole keys of 25 octets" "4 50" \
	"$(fields tcp_mobility.key tcp_mobility.key | sort -u | awk '{ n++; len = length($0) } END { print n, len }')"
expect "Conn-Key on SYN and on SYN-ACK" "2 2" \
	"$(fields 'tcp_mobility.conn_key && tcp.flags.ack == 0' frame.number | wc -l) $(
	   fields 'tcp_mobility.conn_key && tcp.flags.ack == 1' frame.number | wc -l)"
expect "malformed" 0 "$(fields 'tcp_mobility.malformed || tcp_mobility.conflict' frame.number | wc -l)"
expect "SYNs with our kind that were not understood" 0 \
	"$(fields 'tcp.flags.syn == 1 && tcp.option_kind == 253 && !tcp_mobility' frame.number | wc -l)"
exit $status
