#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The agent of mip6_ice against ICE implementations of others, on this machine:
# its sources run over a UDP socket (icepeer.c), in a network namespace of their
# own. Nothing of the far end is ours. Needs python3-aioice, libnice-dev and coturn;
# what is missing is a failure.
#
#	tests/interop/run.sh		as root

set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
top=$(cd "$here/../.." && pwd)
build=${BUILD:-$top/build}/interop
mice=$top/net/mip6_ice
ns=mice-interop-$$
n=0
failed=0
names=()
pids=()

mkdir -p "$build" || exit 1
gcc -O1 -g -std=gnu11 -Wall -Wextra -Werror -fsanitize=address,undefined \
	-fno-sanitize-recover=all -I"$top/tests/unit" -I"$top/net" \
	-o "$build/icepeer" "$here/icepeer.c" "$mice/agent.c" "$mice/checklist.c" \
	"$mice/mobopt.c" "$mice/stun.c" -lcrypto || exit 1
# shellcheck disable=SC2046 # flags are words
gcc -O1 -g -Wall -Wextra -Werror -o "$build/libnice_peer" "$here/libnice_peer.c" \
	$(pkg-config --cflags --libs nice) || exit 1

ip netns add "$ns" || exit 1
trap 'kill $coturn 2>/dev/null; ip netns del "$ns"' EXIT
coturn=
# Not ip netns exec, nor ip -n: they mount, which they cannot in a chroot.
in_ns() { nsenter --net="/run/netns/$ns" "$@"; }
in_ns ip link set lo up
in_ns ip addr add 192.0.2.1/32 dev lo
in_ns ip addr add 192.0.2.9/32 dev lo
in_ns ip route replace local 192.0.2.9 dev lo table local src 192.0.2.1
in_ns ip addr add 2001:db8::1/128 dev lo nodad

# begin NAME COMMAND...: a test, beside the others; they wait more than they work.
begin()
{
	n=$((n + 1))
	names[n]=$1
	shift
	{ "$@" >"$build/log.$n" 2>&1; echo $? >"$build/status.$n"; } &
	pids[n]=$!
}

# tell: what became of all.
tell()
{
	local i

	echo "1..$n"
	for ((i = 1; i <= n; i++)); do
		wait "${pids[i]}"
		if [ "$(cat "$build/status.$i")" = 0 ]; then
			sed 's/^/# /' "$build/log.$i"
			echo "ok $i ${names[i]}"
		else
			tail -n 12 "$build/log.$i" | sed 's/^/# /'
			echo "not ok $i ${names[i]}"
			failed=1
		fi
	done
}

# Our request to a STUN server, and what the answer has to be to be taken: a
# success with our address and FINGERPRINT at its end (D12).
stun_server()
{
	local answer
	local request=000100202112a4420102030405060708090a0b0c802200146d6970365f6963652c204d2d494345206e6f6465802800048c134914

	# shellcheck disable=SC2016
	answer=$(in_ns bash -c '
		exec 3<>"/dev/udp/$1/4191" || exit 1
		# dd: printf would make two datagrams of octets with 0a between
		printf "$(sed "s/../\\\\x&/g" <<<"$2")" | dd bs=2048 iflag=fullblock >&3 2>/dev/null
		timeout 2 dd bs=2048 count=1 <&3 2>/dev/null | od -An -v -tx1 | tr -d " \n"' \
		ask 192.0.2.9 $request)
	echo "coturn: $answer"
	[[ $answer == 0101????2112a4420102030405060708090a0b0c* ]] &&
	[[ $answer == *002000080001????e112a64[0-9a-f]* ]] &&
	[[ ${answer: -16:8} == 80280004 ]]
}

port=4300
for peer in "/usr/bin/python3 $here/aioice_peer.py" "$build/libnice_peer"; do
	for role in controlling controlled; do
		for address in 192.0.2.1 2001:db8::1; do
			port=$((port + 1))
			name=${peer##*/}
			# shellcheck disable=SC2086 # a command of words
			begin "${name%_peer*}: $role, $address" in_ns timeout 40 $peer \
				"$build/icepeer" $role $address $port
		done
	done
done
in_ns turnserver --stun-only --fingerprint -p 4191 -L 192.0.2.9 --no-tls --no-dtls \
	--no-tcp --no-cli -n --log-file "$build/coturn" --simple-log --pidfile "$build/pid" \
	--db "$build/db" >/dev/null 2>&1 &
coturn=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	in_ns ss -Hlun "sport = :4191" | grep -q . && break
	sleep 0.3
done
begin "coturn: a Binding request of ours" stun_server
tell
exit $failed
