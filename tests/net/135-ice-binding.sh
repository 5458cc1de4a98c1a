#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the messages say, as somebody else reads them on the wire (tests/prog/mhread.c):
# options, their order and alignment, and the authenticators of Binding Update and
# Acknowledgement (RFC 6275 6.1 and 6.2), flags L and M of offers and answers
# (draft-tschofenig-mip6-ice-01, Section 11), and who sends what.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ice.sh
. "$(dirname "$0")/../ice.sh"

need_module mip6_ice
ice_base

# watch: what goes through the home agent, and to b.
watch()
{
	capture_start "$ha" to_b signalling -s 0 "ip6 proto 135"
	capture_start "$b" eth0 port -s 0 "udp port 4191"
}

# signalled TYPE: the last of that type that went through the home agents.
signalled() { messages "$OUT/signalling.pcap" "$1" | tail -n 1; }

# word NAME LINE: the word behind NAME.
word() { sed -n "s/.*\<$1 \([^ ]*\).*/\1/p" <<<"$2"; }

# option N TEXT: the line of mhread about option N.
option() { grep "^option $1 " <<<"$2"; }

# aligned N MULTIPLE REST TEXT: each option N begins at MULTIPLE * n + REST.
aligned()
{
	local at

	for at in $(option "$1" "$4" | sed 's/.* at \([0-9]*\) .*/\1/'); do
		[ $((at % $2)) = "$3" ] || return 1
	done
}

# kinds TEXT: the options in their order, padding aside.
kinds() { sed -n 's/^option \([0-9]*\) .*/\1/p' <<<"$1" | grep -v '^[01]$' | tr '\n' ' '; }

# acknowledged N: a has had N Binding Acknowledgements.
acknowledged() { [ "$(ice_mib "$a" UpdateAckIn)" -ge "$1" ]; }

# read_binding SEEN LOCAL REMOTE: BU and BA of the run that was captured. b sees SEEN
# as the source, the pair is of LOCAL and REMOTE.
read_binding()
{
	local seen=$1 local=$2 remote=$3 last

	hot=$(signalled 3)
	cot=$(signalled 23)
	bu=$(payloads "$OUT/port.pcap" "$seen" 3b..05 | tail -n 1)
	ba=$(payloads "$OUT/port.pcap" "$remote" 3b..06 | tail -n 1)
	text=$(mhread "$bu")
	echo "$text" | sed 's/^/#   /'
	expect "options of the BU: Nonce Indices, ours, Binding Authorization Data" "4 18 5 " "$(kinds "$text")"
	expect_success "aligned as 6.2.6 and 6.2.7 say, ours to 4n" eval \
		'aligned 4 2 0 "$text" && aligned 18 4 0 "$text" && aligned 5 8 2 "$text"'
	last=$(tail -n 1 <<<"$text")
	expect "the last ends the message" "$(word octets "$text")" $(($(word at "$last") + $(word length "$last")))
	expect "flag A, lifetime 420 s" "8000 105" "$(word flags "$(head -n 1 <<<"$text")") $(word lifetime "$text")"
	expect "indices of HoT and CoT-ICE" "$(word nonce "$(mhread "$hot")") $(word nonce "$(mhread "$cot")")" \
		"$(word home "$text") $(word care-of "$text")"
	expect_line "the selected pair, both ends of it (RFC 5245 9.1.2.2)" \
		" candidates 2 flags 0000 .* [123] $local 4191 remote [123] $remote 4191\$" option 18 "$text"
	expect "authenticator" right "$(mhread auth "$hot" "$cot" "$bu" "$bu" $HOME_B)"

	text=$(mhread "$ba")
	echo "$text" | sed 's/^/#   /'
	expect "options of the BA" "18 5 " "$(kinds "$text")"
	expect_success "aligned" eval 'aligned 18 4 0 "$text" && aligned 5 8 2 "$text"'
	expect "accepted, as it was asked, 420 s" "0 $(word seq "$(mhread "$bu")") 105" \
		"$(word status "$text") $(word seq "$text") $(word lifetime "$text")"
	expect_line "the pair without a remote-candidate (9.2.2.2)" \
		" candidates 1 flags 0000 .* [123] $remote 4191\$" option 18 "$text"
	expect "authenticator" right "$(mhread auth "$hot" "$cot" "$bu" "$ba" $HOME_B)"
	# Not each key is right, nor each correspondent, nor each message.
	expect "by the tokens the other way round" wrong "$(mhread auth "$cot" "$hot" "$bu" "$ba" $HOME_B)"
	expect "of another correspondent" wrong "$(mhread auth "$hot" "$cot" "$bu" "$ba" $HOME_A)"
	expect "of a message that says 0 s" wrong "$(mhread auth "$hot" "$cot" "$bu" "${ba:0:20}0000${ba:24}" $HOME_B)"
}

for kind in PLAIN NAT; do
	test_case "BU and BA over the pair, $kind (RFC 6275 6.1.7, 6.1.8, 6.2)"
	ice_between $kind PLAIN
	watch
	acks=$(ice_mib "$a" UpdateAckIn)
	updates=$(ice_mib "$b" UpdateOut)
	ice_pair
	expect_soon "acknowledged" 20000 acknowledged $((acks + 1))
	sleep 0.2
	capture_flush
	if [ $kind = PLAIN ]; then
		read_binding $A6 $A6 $B6
	else
		read_binding $NAT_A4 $NAT_A4 $B4
	fi

	test_case "the end that offered sends the BU, and that end alone, $kind"
	expect "BUs of b" "$updates" "$(ice_mib "$b" UpdateOut)"
	sent=$(ice_mib "$a" UpdateOut)
	expect_success "b offers" ctl "$b" peer restart $HOME_A
	expect_soon "b completes" 20000 is_state "$b" completed
	expect_soon "its BU is taken" 10000 eval '[ "$(ice_mib "$b" UpdateAckIn)" -gt 0 ]'
	expect "BUs of a" "$sent" "$(ice_mib "$a" UpdateOut)"
	expect "who controls" "controlled controlling" "$(role_of "$a") $(role_of "$b")"
	ctl "$a" peer del $HOME_B
	ctl "$b" peer del $HOME_A
	ice_apart
done

# flags TYPE: of our option in the last message of that type, and its candidates.
flags()
{
	local text

	text=$(option 18 "$(mhread "$(signalled "$1")")")
	echo "$(word flags "$text") $(word candidates "$text")"
}

ice_between PLAIN PLAIN
test_case "both ends lite: flags L and M, and no ICE (5.2)"
knob "$a" lite 1
knob "$b" lite 1
bg in_ns "$a" mobctl ice monitor >"$OUT/events"
# What lite ends do not do: checks, and questions to a server.
not_lite() { echo "$(ice_mib "$a" CheckOut) $(ice_mib "$a" GatherOut) $(ice_mib "$b" CheckOut) $(ice_mib "$b" GatherOut)"; }
before=$(not_lite)
watch
ice_pair
expect_soon "a has heard it" 5000 is_state "$a" silent
capture_flush
expect "L of the offer; two hosts, no home address (4.2)" "8000 2" "$(flags 22)"
expect "L and M of the answer, no candidates" "c000 0" "$(flags 23)"
expect "sent, heard" "1 1" "$(ice_mib "$b" MismatchOut) $(ice_mib "$a" MismatchIn)"
expect_soon "told" 5000 grep -q ' mismatch ' "$OUT/events"
expect_line "the home agents' path" "^$HOME_B .* state silent .* path home-agent" ctl "$a" peer show
expect_success "it works" in_ns "$a" ping -c 1 -W 2 -I $HOME_A $HOME_B
expect "no check, no question to a server" "$before" "$(not_lite)"

test_case "one lite end: it asks nobody and is controlled (2.7, 5.2)"
knob "$b" lite 0
checks=$(ice_mib "$a" CheckOut)
updates=$(ice_mib "$b" UpdateIn)
watch
expect_success "a offers" ctl "$a" peer restart $HOME_B
expect_soon "a completes" 20000 is_state "$a" completed
expect_soon "b completes" 20000 is_state "$b" completed
sleep 0.2
capture_flush
expect "L of the offer" "8000 2" "$(flags 22)"
expect "no flag of the answer" "0000 3" "$(flags 23)"
expect "roles" "controlled controlling" "$(role_of "$a") $(role_of "$b")"
expect "checks of the lite end" "$checks" "$(ice_mib "$a" CheckOut)"
expect "a's pair" "host $A6 host $B6" "$(selected "$a")"
expect_soon "its BU is taken all the same" 10000 eval '[ "$(ice_mib "$b" UpdateIn)" -gt "$updates" ]'
knob "$a" lite 0
knob "$b" lite 1
expect_success "a offers, b is lite" ctl "$a" peer restart $HOME_B
expect_soon "a completes" 20000 is_state "$a" completed
expect_soon "b completes" 20000 eval 'is_state "$b" completed && [ "$(role_of "$b")" = controlled ]'
knob "$b" lite 0
rm -f "$OUT/events"

test_case "a relayed candidate that is not the offerer's home address: flag M (5.1)"
mismatches=$(ice_mib "$b" MismatchOut)
watch
in_ns "$a" mhforge offer $HOME_A $HOME_B 0042 0102030405060708090a0b0c \
	host 198.51.100.9 9 relayed 2001:db8:ee::1 4191
expect_soon "b answers" 5000 eval '[ "$(ice_mib "$b" MismatchOut)" = $((mismatches + 1)) ]'
sleep 0.2
capture_flush
expect "M, no candidates" "4000 0" "$(flags 23)"
expect "b's state" silent "$(state_of "$b")"
expect_success "b reaches a by the home agents" in_ns "$b" ping -c 1 -W 2 -I $HOME_B $HOME_A
expect_success "the next offer is another matter" ctl "$a" peer restart $HOME_B
expect_soon "b completes" 20000 is_state "$b" completed
[ "$case_failed" = 0 ] || ice_tell "$a" "$b"

tap_done
