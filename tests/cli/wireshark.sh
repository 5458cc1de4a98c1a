#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The dissectors: tshark reads a capture of every option in every format, made of
# the seeds of the fuzzer, over IPv4 and IPv6; and of every message of M-ICE. What
# stories captured is read by tests/check.sh.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

lua=$TOP_DIR/tools/wireshark/tcp_mobility.lua
key9=a0a1a2a3a4a5a6a7a8
key16=a9aaabacadaeafb0b1b2b3b4b5b6b7b8
token=c1c2c3c4c5c6c7c8
request=d1d2d3d4d5d6d7d8

tshark() { "$TEST_DIR/tshark.sh" "$@"; }

# fields_of PROTOCOL FIELDS [PREFERENCE...] -- SEED...: the fields of each frame.
fields_of()
{
	local fields=() prefs=() name protocol=$1

	for name in $2; do
		fields+=(-e "$protocol.$name")
	done
	shift 2
	while [ "$1" != -- ]; do
		prefs+=(-o "$protocol.$1")
		shift
	done
	shift
	python3 "$TEST_DIR/wireshark.py" "$OUT/options.pcap" "$@" || return
	tshark -X "lua_script:${lua%/*}/$protocol.lua" "${prefs[@]}" -r "$OUT/options.pcap" \
		-T fields -E separator=' ' "${fields[@]}" 2>"$OUT/tshark.err"
	cat "$OUT/tshark.err"
}
dissect() { fields_of tcp_mobility "$@"; }
ice() { fields_of mip6_ice "$@"; }

# twice TEXT: one frame each of IPv4 and IPv6.
twice() { printf '%s\n%s' "$1" "$1"; }

if ! type -P tshark >/dev/null; then
	tap_skip_all "no tshark here"
fi

test_case "Conn-Key"
fields="kind length exid curve key_part"
same "the draft's" "$(twice "253 12  1 $key9")" "$(dissect "$fields" -- conn-key:syn)"
same "with experiment identifier" "$(twice "253 14 0x4d6f 1 $key9")" "$(dissect "$fields" -- conn-key-exid:syn)"
same "of another kind" "$(twice "250 12  1 $key9")" \
	"$(dissect "$fields" kind_conn_key:250 kind_loc_update:1 -- own-kinds:syn)"

test_case "Conn-Key-Cont"
fields="kind length exid offset key_part have_key"
same "the draft's" "$(twice "253 19  9 $key16 ")" "$(dissect "$fields" -- cont:ack)"
same "with experiment identifier" "$(twice "253 21 0x4d6f 9 $key16 ")" "$(dissect "$fields" -- cont-exid:ack)"
same "in the drawn order" "$(twice "253 19  9 $key16 ")" "$(dissect "$fields" drawn_order:TRUE -- cont-drawn:ack)"
same "in that with identifier" "$(twice "253 21 0x4d6f 9 $key16 ")" \
	"$(dissect "$fields" drawn_order:TRUE -- cont-drawn-exid:ack)"
# 1 or True, as tshark's version has it.
same "one that confirms" "$(twice yes)" "$(dissect have_key -- cont-done:ack | sed 's/^\(1\|True\).*/yes/')"
# The rest of that seed is no option of ours.
same "of another kind" "$(twice "251 4  9 a9")" \
	"$(dissect "kind length exid offset key_part" kind_cont:251 -- own-cont:ack)"

test_case "Loc-Update"
fields="kind length exid reqno token request"
same "the draft's" "$(twice "253 19  7 $token $request")" "$(dissect "$fields" -- loc-update:syn)"
same "with experiment identifier" "$(twice "253 21 0x4d6f 7 $token $request")" \
	"$(dissect "$fields" -- loc-update-exid:syn)"
same "of another kind" "$(twice "252 19  7 $token $request")" \
	"$(dissect "$fields" kind_loc_update:252 kind_conn_key:1 -- own-kinds:syn)"

test_case "a key in pieces is put together, an update is found again"
same "the key" "$(printf '\n\n%s 1\n%s 2' "$key9$key16" "$key9$key16" | tail -n 2)" \
	"$(dissect "key key_frame" -- conn-key:syn:1000 cont:ack:1000 | tail -n 2)"
same "none without its beginning" "$(twice ' ')" "$(dissect "key key_frame" -- cont:ack)"
same "the first update of the token" "1 1" \
	"$(dissect update_first -- loc-update:syn:1000 loc-update:syn:2000 | tail -n 2 | paste -sd' ')"

test_case "what is not ours is left alone"
for seed in other-experiment:ack other-experiment:syn signed:syn conn-key:ack loc-update:ack; do
	same "$seed" "$(twice '   ')" "$(dissect "conn_key cont loc_update kind" -- $seed)"
done
same "malformed is said" "$(twice 1)" "$(dissect malformed drawn_order:TRUE -- cont-exid:ack | sed 's/.*[^ ].*/1/')"

test_case "filters and the column"
python3 "$TEST_DIR/wireshark.py" "$OUT/options.pcap" conn-key:syn cont:ack loc-update:syn other-experiment:ack
# lines FILTER
lines() { tshark -X "lua_script:$lua" -r "$OUT/options.pcap" -Y "$1" 2>/dev/null; }
expect "tcp_mobility.kind" 6 "$(lines tcp_mobility.kind | wc -l)"
expect "tcp_mobility.reqno == 7" 2 "$(lines 'tcp_mobility.reqno == 7' | wc -l)"
expect "tcp_mobility.token" 2 "$(lines "tcp_mobility.token == c1:c2:c3:c4:c5:c6:c7:c8" | wc -l)"
expect "info" 2 "$(lines tcp_mobility.loc_update | grep -c 'SYN.*\[Loc-Update ReqNo=7\]$')"

test_case "no seed, in no format, makes it fail"
all=()
for seed in "$TEST_DIR"/fuzz/seeds/options/*; do
	all+=("${seed##*/}:syn:1000" "${seed##*/}:ack:1000" "${seed##*/}:ack:2000")
done
python3 "$TEST_DIR/wireshark.py" "$OUT/options.pcap" "${all[@]}"
for prefs in "" "-o tcp_mobility.drawn_order:TRUE" \
	     "-o tcp_mobility.kind_conn_key:250 -o tcp_mobility.kind_cont:251 -o tcp_mobility.kind_loc_update:252"; do
	# shellcheck disable=SC2086
	expect "frames, Lua errors ($prefs)" "$((2 * ${#all[@]})) 0" "$(
		tshark -X "lua_script:$lua" $prefs -r "$OUT/options.pcap" -V 2>&1 |
		awk '/^Frame / { n++ } /Lua Error/ { e++ } END { print n, e + 0 }')"
done
expect "octets that contradict earlier ones" 2 "$(python3 "$TEST_DIR/wireshark.py" "$OUT/options.pcap" \
	conn-key:syn:1000 cont:ack:1000 cont-done:ack:1000
	python3 - "$OUT/options.pcap" <<-'END'
	import sys
	data = open(sys.argv[1], "rb").read()
	# The last two frames confirm; the two before carry octets: those again, changed.
	records, at = [], 24
	while at < len(data):
	    size = 16 + int.from_bytes(data[at + 8:at + 12], "little")
	    records.append(data[at:at + size])
	    at += size
	again = [r[::-1].replace(b"\xb8", b"\xb9", 1)[::-1] for r in records[2:4]]
	open(sys.argv[1], "wb").write(data[:24] + b"".join(records[:4] + again))
	END
	tshark -X "lua_script:$lua" -r "$OUT/options.pcap" -Y tcp_mobility.conflict 2>/dev/null | wc -l)"

test_case "a story that left no capture is no success (tests/check.sh)"
logs=$(mktemp -d)
# lost MACHINE: whose capture its dissect() misses. Not our function of that name.
lost()
(
	one_test()
	{
		shift
		(cd "$TOP_DIR" && "$@") >/dev/null 2>&1 || echo "${2##*/}"
	}
	eval "$(sed -n '/^dissect()/,/^}/p' "$TEST_DIR/check.sh")"
	BUILD=$logs
	dissect "$1" | paste -sd' '
)
printf '%s\n' 'TAP version 13' '# ---- 97-tracers' 'ok 1' >"$logs/stories-6.1.log"
printf '%s\n' '# ---- 75-mobctl' '# ---- 97-tracers' >"$logs/stories-6.12.log"
echo '# ---- 30-move' >"$logs/stories-debug-1.log"
expect "one story" "97-tracers" "$(lost 6.1)"
expect "both" "75-mobctl 97-tracers" "$(lost 6.12)"
expect "none that captures" "" "$(lost debug-1)"
rm -rf "$logs"

pwd=a0a1a2a3a4a5a6a7a8a9aaab
cookie=c0c1c2c3c4c5c6c7

test_case "M-ICE: the messages, over IPv6 and in UDP"
fields="mh_type cookie nonce token length ufrag pwd count cand.type cand.ipv4 cand.port cand.priority"
same "CoTI-ICE, length of 16 bits" "$(twice "22 $cookie   48 0xbeef $pwd 1 1 192.0.2.1 4191 2113994751")" \
	"$(ice "$fields" -- mh/coti-ice)"
same "CoT-ICE, length of an option" "$(twice "23 $cookie 4386 d0d1d2d3d4d5d6d7 48 0xbeef $pwd 1 1 192.0.2.1 4191 2113994751")" \
	"$(ice "$fields" -- mh/cot-ice)"
same "Binding Update: the remote-candidate" "$(twice "$pwd 192.0.2.1")" "$(ice "pwd cand.ipv4" -- mh/bu)"
same "HoTI has nothing of ours" " " "$(ice "pwd mh_type" -- mh/hoti | head -n 1)"
same "checksums and forms are right" "$(twice ' ')" "$(ice "bad_checksum malformed" -- mh/coti-ice)"
same "other numbers" "$(twice " ")" "$(ice "mh_type pwd" coti_ice:30 -- mh/coti-ice)"

test_case "M-ICE: what shares the UDP port"
expect "keepalive" 2 "$(ice keepalive -- demux/keepalive | grep -c .)"
expect "Mobility Headers" 4 "$(ice mh_udp -- demux/coti-ice demux/hoti | grep -c .)"
expect "STUN and inner packets are of others" 0 "$(ice "keepalive mh_udp" -- demux/request demux/inner4 demux/inner6 | grep -c '[^ ]')"
expect "STUN" 4 "$(ice keepalive -- demux/request demux/response6 >/dev/null
	tshark -X "lua_script:${lua%/*}/mip6_ice.lua" -r "$OUT/options.pcap" -Y stun 2>/dev/null | wc -l)"

test_case "M-ICE: no message, however cut or changed, makes it fail"
all=()
for seed in "$TEST_DIR"/fuzz/seeds/{mh,demux}/*; do
	all+=("${seed#"$TEST_DIR/fuzz/seeds/"}")
done
python3 "$TEST_DIR/wireshark.py" "$OUT/options.pcap" "${all[@]}"
# Each frame as it is, then with one octet changed in each of 20 copies.
python3 - "$OUT/options.pcap" <<-'END'
	import random, sys
	data = open(sys.argv[1], "rb").read()
	random.seed(1)
	records, at = [], 24
	while at < len(data):
	    size = 16 + int.from_bytes(data[at + 8:at + 12], "little")
	    records.append(data[at:at + size])
	    at += size
	out = list(records)
	for r in records:
	    for _ in range(20):
	        changed = bytearray(r)
	        changed[random.randrange(16 + 40, len(r)) if len(r) > 60 else -1] = random.randrange(256)
	        out.append(bytes(changed))
	open(sys.argv[1], "wb").write(data[:24] + b"".join(out))
END
expect "frames, Lua errors" "$((42 * ${#all[@]})) 0" "$(
	tshark -X "lua_script:${lua%/*}/mip6_ice.lua" -r "$OUT/options.pcap" -V 2>&1 |
	awk '/^Frame / { n++ } /Lua Error/ { e++ } END { print n, e + 0 }')"
expect "a wrong checksum is said" 1 "$(tshark -X "lua_script:${lua%/*}/mip6_ice.lua" -r "$OUT/options.pcap" \
	-Y mip6_ice.bad_checksum 2>/dev/null | grep -c . | sed 's/^[1-9][0-9]*$/1/')"

# Wireshark looks there by itself: no -X.
test_case "both are read from a directory like that of the package"
expect "which is the one that is looked into" "/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)/$(
	sed -n 's,.*mkdir -p debian/mobctl/usr/lib/$(DEB_HOST_MULTIARCH)/,,p' "$TOP_DIR/packaging/debian/rules")" \
	"$(tshark -G folders 2>/dev/null | sed -n 's/^Global Lua Plugins:[[:space:]]*//p')"
# found FILTER FIELD SEED: what tshark says of it.
found()
{
	python3 "$TEST_DIR/wireshark.py" "$OUT/options.pcap" "$3" &&
		WIRESHARK_PLUGIN_DIR=${lua%/*} tshark -r "$OUT/options.pcap" -Y "$1" -T fields -e "$2" 2>"$OUT/tshark.err"
}
same "Conn-Key" "$(twice 253)" "$(found tcp_mobility tcp_mobility.kind conn-key:syn)"
same "CoTI-ICE" "$(twice 22)" "$(found mip6_ice mip6_ice.mh_type mh/coti-ice)"
rm -f "$OUT/options.pcap" "$OUT/tshark.err"

tap_done
