#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Writes the seeds of tests/fuzz: one whole input per file, as hex here.

set -eu
cd "$(dirname "$0")/seeds"

# seed FILE HEX...: blanks are for the reader
seed()
{
	local file=$1 hex

	shift
	hex=${*//[[:space:]]/}
	# shellcheck disable=SC2059,SC2001 # the octets are the format
	printf "$(sed 's/../\\x&/g' <<<"$hex")" >"$file"
}

key9="a0 a1 a2 a3 a4 a5 a6 a7 a8"
key16="a9 aa ab ac ad ae af b0 b1 b2 b3 b4 b5 b6 b7 b8"
token="c1 c2 c3 c4 c5 c6 c7 c8"
request="d1 d2 d3 d4 d5 d6 d7 d8"
mss="02 04 05 b4"
ts="08 0a 01 02 03 04 05 06 07 08"
ws="03 03 07"
sack="05 0a 11 11 11 11 22 22 22 22"

mkdir -p options
# draft-eddy-tcp-mobility-00, Figures 1 to 3, in all formats
seed options/conn-key		"$mss 04 02 $ts 01 $ws fd 0c 01 $key9"
seed options/conn-key-exid	"$mss 04 02 $ts 01 $ws fd 0e 4d 6f 01 $key9"
seed options/cont		"01 01 $ts fd 13 09 $key16"
seed options/cont-exid		"01 01 $ts fd 15 4d 6f 09 $key16"
seed options/cont-drawn		"01 01 $ts fd 09 13 $key16"
seed options/cont-drawn-exid	"01 01 $ts fd 09 15 4d 6f $key16"
seed options/cont-done		"fd 03 19 fd 19 03 fd 05 4d 6f 19 fd 19 05 4d 6f"
seed options/loc-update		"$mss 01 01 $ts 01 $ws fd 13 07 $token $request 01"
seed options/loc-update-exid	"$mss $ts $ws fd 15 4d 6f 07 $token $request 00 00"
seed options/own-kinds		"fa 0c 01 $key9 fc 13 07 $token $request"
seed options/own-cont		"fb 04 09 a9 fb 09 04 a9 fb 06 4d 6f 09 a9 01 $sack"
seed options/signed		"13 12 $key16 1d 10 00 00 $key9 00 00 00"
seed options/other-experiment	"fd 06 f9 89 0c 34 fd 04 f9 89 fd 02 00 fd"

# draft-tschofenig-mip6-ice-01, Figure 2; see tests/unit/mobopt_test.c
cand4="40 01 81 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00 00 00 00 00"
cand4s="40 01 82 01 11 00 00 00 64 ff fe ff c6 33 64 07 9c 40 10 5f c0 00 02 01"
cand4r="40 01 8a 01 11 00 00 00 64 ff fe ff c6 33 64 07 9c 40 10 5f c0 00 02 01"
cand6="60 03 01 01 11 00 00 00 7e ff ff ff 20 01 0d b8 00 00 00 00 00 00 00 00
	00 00 00 01 10 5f 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
bare4="40 01 41 01 11 00 00 00 7e 00 ff ff c0 00 02 01 10 5f 00 00"
cred="a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab be ef"
native="12 00 2d 01 fd c2 00 00 $cred 00 00 $cand4"
tlv="12 2e 00 01 2a 95 00 00 $cred 00 00 $cand4"

mkdir -p mobopt
seed mobopt/native		"$native"
seed mobopt/tlv			"$tlv"
seed mobopt/both		"$native $tlv"
seed mobopt/mixed		"12 00 5d 02 71 29 80 00 $cred 00 00 $cand6 $cand4s"
seed mobopt/mismatch		"12 16 00 00 0d 12 40 00 $cred 00 00"
seed mobopt/ice-options		"12 32 00 01 5e 67 00 00 $cred 05 61 62 63 64 65 $cand4"
seed mobopt/remote		"12 00 45 02 00 00 00 00 $cred 00 00 $cand4 $cand4r"
seed mobopt/bare		"12 2a 00 01 00 00 00 00 $cred 00 00 $bare4"

# RFC 5769
txid="21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae"
mac="00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2"
mkdir -p stun
seed stun/request	"00 01 00 58 $txid 80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74
	00 24 00 04 6e 00 01 ff 80 29 00 08 93 2f f9 b1 51 26 3b 36 00 06 00 09 65 76
	74 6a 3a 68 36 76 59 20 20 20 $mac 80 28 00 04 e5 7a 3b cf"
seed stun/response4	"01 01 00 3c $txid 80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20
	00 20 00 08 00 01 a1 47 e1 12 a6 43
	00 08 00 14 2b 91 f5 99 fd 9e 90 c3 8c 74 89 f9 2a f9 ba 53 f0 6b e7 d7 80 28 00 04 c0 7d 4c 96"
seed stun/response6	"01 01 00 48 $txid 80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20
	00 20 00 14 00 02 a1 47 01 13 a9 fa a5 d3 f1 79 bc 25 f4 b5 be d2 b9 d9
	00 08 00 14 a3 82 95 4e 4b e6 7b f1 17 84 c9 7c 82 92 c2 75 bf e3 ed 41 80 28 00 04 c8 fb 0b 4c"
seed stun/error		"01 11 00 14 $txid 00 09 00 04 00 00 04 14 00 0a 00 04 00 7f 12 34 80 28 00 04 00 00 00 00"
seed stun/nominate	"00 01 00 10 $txid 80 2a 00 08 00 00 00 00 00 00 00 01 00 25 00 00"

# RFC 6275 6.1, draft-bajko-mip6-rrtfw-02 6.1 and 6.2
cookie="c0 c1 c2 c3 c4 c5 c6 c7"
kgt="d0 d1 d2 d3 d4 d5 d6 d7"
auth="05 0c 00 00 00 00 00 00 00 00 00 00 00 00"
mkdir -p mh demux
seed mh/hoti		"3b 01 01 00 58 dc 00 00 $cookie"
seed mh/hot		"3b 02 03 00 f6 5d 11 22 $cookie $kgt"
seed mh/coti-ice	"3b 07 16 00 43 a6 00 00 $cookie $native"
seed mh/cot-ice		"3b 08 17 00 e2 27 11 22 $cookie $kgt $tlv"
seed mh/bu		"3b 0a 05 00 cf 14 01 02 80 00 00 69 04 04 03 04 05 06 01 00 $tlv 01 04 00 00 00 00 $auth"
seed mh/bu-alt		"3b 04 05 00 00 00 01 02 80 00 00 69 01 00 03 10 $cookie $cookie 01 00 01 00 00 00 00"
seed mh/ba		"3b 03 06 00 d4 61 87 00 01 02 00 69 01 04 00 00 00 00 $auth"
seed mh/be		"3b 02 07 00 32 2b 02 00 20 01 0d b8 00 01 00 00 00 00 00 00 00 00 00 01"
cp stun/request stun/response6 mh/hoti mh/coti-ice mh/bu demux/
seed demux/keepalive	"ff"
seed demux/inner4	"45 00 00 1c 00 00 00 00 40 11 00 00 c0 00 02 01 c0 00 02 02 00 01 00 02 00 08 00 00"
seed demux/inner6	"60 00 00 00 00 00 3b 40 $cookie $kgt $cookie $kgt"
# Section 12: the cookie where checksum and data are
seed demux/collision	"3b 22 01 04 21 12 a4 42 $cookie $kgt 8f ff 00 00 $cookie $kgt"

# Events of tests/fuzz/agent_fuzz.c; the fuzzer finds more.
mkdir -p agent
seed agent/plain	"00 01 01 02 13 01 01 00 13 ff 00 e0 02 00 01 21 40 01 23 40 00 01 f0 20 07 21 13 00 f0 20 07 21 13 01 f0 20"
seed agent/early	"00 01 00 02 13 01 01 00 17 fe 00 1e 21 13 00 08 09 f0 10 e0 02 00 02 21 20 01 23 30 00 00 f0 20 07 00 00 00 f0 20"
seed agent/limits	"61 01 01 05 13 01 01 00 17 fe 00 19 fd 01 00 15 01 00 e0 1f 01 01 21 40 01 23 40 01 25 40 f0 3f f0 3f f0 3f"
