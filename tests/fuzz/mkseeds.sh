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
