#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The preload wrapper turns mobility on for TCP sockets and changes nothing
# else: every kind of call is made bare and wrapped, and result, errno and
# ULP are compared. Then mobrun, which is mobctl run: what it starts, what it
# refuses; tests/cli/preload.sh has the rest of that.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

need_module tcp_mobility
setup_ns host
probe=$PROG_DIR/preload_probe
lib=$(readlink -f "$TOOL_DIR/libtcpmob-preload.so")

# wrapped CASE: the probe's answer under mobrun; bare CASE: without.
wrapped() { in_ns "$host" "$MOBRUN" "$probe" "$1" 2>&1; }
bare() { in_ns "$host" "$probe" "$1" 2>&1; }

# row CASE RET ERRNO ULP-BARE ULP-WRAPPED
row()
{
	local name=$1 result="ret=$2 errno=$3" got

	test_case "$name"
	got=$(bare "$name")
	if [ "$got" = skip ]; then
		skip_case "this kernel cannot make such a socket"
		return
	fi
	expect "bare" "$result ulp=$4" "$got"
	expect "wrapped" "$result ulp=$5" "$(wrapped "$name")"
}

#   case               ret  errno         bare   wrapped
row tcp4_connect       0    kept          none   mobility
row tcp6_connect       0    kept          none   mobility
row mapped_connect     0    kept          none   mobility
row explicit_protocol  0    kept          none   mobility
row nonblocking        -1   EINPROGRESS   none   mobility
row refused            -1   ECONNREFUSED  none   mobility
row connect_twice      -1   EISCONN       none   mobility
row short_address      -1   EINVAL        none   none
row bad_pointer        -1   EFAULT        none   none
row wild_pointer       -1   EFAULT        none   none
row already_connected  -1   EISCONN       none   none
row already_ktls       -1   EISCONN       tls    tls
row already_mobile     0    kept          mobility mobility
row resolved           0    kept          none   mobility
row epolled            0    kept          none   mobility
row child_program      0    kept          none   mobility
row disconnect         0    kept          none   none
row tcp4_listen        0    kept          none   mobility
row tcp6_listen        0    kept          none   mobility
row listen_twice       0    kept          none   mobility
row accepted           0    kept          none   mobility
row udp4_connect       0    kept          n/a    n/a
row udp6_connect       0    kept          n/a    n/a
row udp_listen         -1   EOPNOTSUPP    n/a    n/a
row raw_connect        0    kept          n/a    n/a
row unix_connect       0    kept          n/a    n/a
row unix_listen        0    kept          n/a    n/a
row mptcp_connect      0    kept          mptcp  mptcp
row mptcp_listen       0    kept          mptcp  mptcp
row bad_fd             -1   EBADF         n/a    n/a
row not_a_socket       -1   ENOTSOCK      n/a    n/a
row later_ktls_child   0    kept          tls    tls
row threads            0    kept          none   mobility

# A socket has one ULP, for good: the kernel says so to a program that wants kTLS
# where mobility is, and the library says why, once.
test_case "later_ktls: kTLS on a socket that is mobile"
refusal="refused: mobctl run has used this socket's one ULP for mobility, so there is no kernel TLS"
row_ktls=later_ktls	# it is no row: the answers differ
expect "bare" "ret=0 errno=kept ulp=tls" "$(bare "$row_ktls")"
said=$(wrapped "$row_ktls")
expect "wrapped" "ret=-1 errno=EEXIST ulp=mobility" "$(printf '%s\n' "$said" | tail -n 1)"
expect "and why" ": $refusal" "$(printf '%s\n' "$said" | sed -n 's/^tcpmob-preload\[[0-9]*\]: setsockopt([0-9]*)//p')"
expect "not where stderr was closed, or is another file" "ret=-1 errno=EEXIST ulp=mobility" \
	"$(in_ns "$host" "$MOBRUN" "$probe" "$row_ktls" 2>&-)"

test_case "the table names every case of the probe"
expect "cases" "$(preload_probe --list | sort | tr '\n' ' ')" \
	"$({ sed -n 's/^row \([a-z0-9_]*\) .*/\1/p' "$0"; echo "$row_ktls"; } | sort | tr '\n' ' ')"

test_case "OpenSSL with kernel TLS"
tls=$(mktemp -d)
cat >"$tls/conf" <<'END'
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = each
[each]
Options = KTLS
[req]
distinguished_name = dn
[dn]
END
export OPENSSL_CONF=$tls/conf
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=host -keyout "$tls/key" -out "$tls/cert" 2>/dev/null
bg ip netns exec "$host" "$MOBRUN" openssl s_server -accept 127.0.0.1:4433 -cert "$tls/cert" -key "$tls/key" \
	-rev -quiet >/dev/null 2>"$tls/server.err"
wait_listen "$host" 4433
# talk RUNNER...: a line goes to the server and comes back, reversed; and what ss
# says of both ends meanwhile.
talk()
{
	rm -f "$tls"/{over,client.out}
	# shellcheck disable=SC2016
	bg ip netns exec "$host" bash -c '{ echo octets; until [ -e "$1/over" ]; do sleep 0.05; done; } |
		"${@:2}" openssl s_client -connect 127.0.0.1:4433 -quiet -no_ign_eof >"$1/client.out" 2>"$1/client.err"' talk "$tls" "$@"
	expect_soon "${1##*/}: the line is back" 10000 grep -qx stetco "$tls/client.out"
	ulps=$(for end in dport sport; do
		in_ns "$host" ss -Htnie state established "$end = :4433" | grep -o 'tcp-ulp-[a-z]*'
	done | sed 's/^tcp-ulp-//' | paste -sd' ')
	touch "$tls/over"
	closed() { [ -z "$(in_ns "$host" ss -Htn state established "dport = :4433")" ]; }
	expect_soon "${1##*/}: the end" 10000 closed
}
talk env
expect "a client without mobility: kernel TLS at both ends" "tls tls" "$ulps"
talk "$MOBRUN"
expect "one with it: OpenSSL encrypts by itself, and both can move" "mobility mobility" "$ulps"
expect "no word of kernel TLS where it was to be had; then one" 1 "$(grep -c "$refusal" "$tls/server.err")"
expect "at the client, too" 1 "$(grep -c "$refusal" "$tls/client.err")"
talk "$MOBRUN"
expect "again" "mobility mobility" "$ulps"
expect "once is enough" 1 "$(grep -c "$refusal" "$tls/server.err")"
unset OPENSSL_CONF
rm -rf "$tls"

test_case "mobrun adds to LD_PRELOAD and never replaces it"
# shellcheck disable=SC2016
show='echo "$LD_PRELOAD"'
expect "none before" "$lib" "$(LD_PRELOAD='' "$MOBRUN" sh -c "$show")"
expect "one before" "$lib:/nonexistent.so" \
	"$(LD_PRELOAD=/nonexistent.so "$MOBRUN" sh -c "$show" 2>/dev/null)"
expect "once is enough" "$lib" \
	"$(LD_PRELOAD='' "$MOBRUN" "$MOBRUN" sh -c "$show")"

test_case "mobrun is transparent: arguments, output, exit status"
expect "arguments" "<a b><><*>" "$("$MOBRUN" -- printf '<%s>' 'a b' '' '*')"
"$MOBRUN" sh -c 'exit 42'
expect "exit status" 42 $?
expect "nothing on stderr" "" "$("$MOBRUN" true 2>&1)"

test_case "TCP_MOBILITY_DEBUG tells what happened"
expect "a line" "mobility on" "$(TCP_MOBILITY_DEBUG=1 wrapped tcp4_connect |
	sed -n 's/^tcpmob-preload.*connect([0-9]*): //p')"
expect "none without" "" "$(wrapped tcp4_connect | grep tcpmob-preload)"

# refuses WHAT STATUS WORDS COMMAND...
refuses()
{
	local what=$1 want=$2 words=$3 said status

	shift 3
	said=$("$MOBRUN" "$@" 2>&1)
	status=$?
	expect "$what: exit status" "$want" "$status"
	case $said in
	*"$words"*) ok "$what: says \"$words\"" ;;
	*) fail "$what: message" "$words" "$said" ;;
	esac
}

test_case "mobrun says why it cannot help"
dir=$(mktemp -d)
cp "$(type -P true)" "$dir/setuid"
chown 65534 "$dir/setuid" && chmod 4755 "$dir/setuid"
refuses "setuid" 126 "setuid" "$dir/setuid"
refuses "missing" 127 "not found" "$dir/nowhere"
refuses "missing in PATH" 127 "not found" no-such-program
touch "$dir/file"
refuses "not executable" 126 "not executable" "$dir/file"
refuses "no program" 125 "Usage"
refuses "unknown option" 125 "option \"--unknown\" is unknown" --unknown true
expect "--help succeeds" 0 "$("$MOBRUN" --help >/dev/null; echo $?)"
if ! find /usr/lib /usr/local/lib -name "${lib##*/}" 2>/dev/null | grep -q .; then
	cp "$MOBRUN" "$dir/mobrun"
	MOBRUN=$dir/mobrun refuses "no library" 125 "not found" true
fi
rm -rf "$dir"

test_case "mobrun refuses a static program"
static=$(type -P busybox)
if [ -n "$static" ] && ! ldd "$static" >/dev/null 2>&1; then
	refuses "static" 126 "static" "$static" true
else
	skip_case "no static program here (busybox)"
fi

tap_done
