#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Does the dissector understand what story 75-mobctl captured?
#
#	tests/wireshark.sh DIRECTORY
#
# DIRECTORY holds mobility.pcap and mobility.tokens, the tokens of the
# connections that moved, as mobctl had them.

set -u

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
dir=$1
status=0

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
