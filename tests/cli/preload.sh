#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mobctl run, as far as it needs no module: the environment, what it starts and
# with which status, and each kind of program that it refuses, with the reason.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

lib=$(readlink -f "$TOOLS/libtcpmob-preload.so")
# The module is not loaded on this machine, and mobctl says so each time.
run() { mobctl run "$@" 2> >(grep -v ': plain TCP$' >&2); }
dir=$(mktemp -d)
# Not below /tmp if that is mounted nosuid or noexec.
case $(findmnt -no OPTIONS -T "$dir") in
*nosuid*|*noexec*) rm -rf "$dir"; mkdir -p "$OUT/.preload"; dir=$OUT/.preload ;;
esac
at_end() { rm -rf "$dir"; }

test_case "LD_PRELOAD is added to, never replaced"
# shellcheck disable=SC2016
show='echo "$LD_PRELOAD"'
expect "none before" "$lib" "$(LD_PRELOAD='' run sh -c "$show")"
expect "one before" "$lib:/nonexistent.so" "$(LD_PRELOAD=/nonexistent.so run sh -c "$show" 2>/dev/null)"
expect "two, with a space between" "$lib:/a.so /b.so" "$(LD_PRELOAD='/a.so /b.so' run sh -c "$show" 2>/dev/null)"
expect "once is enough" "$lib" "$(LD_PRELOAD='' run mobctl run sh -c "$show" 2>/dev/null)"
expect "ours behind another" "/a.so $lib" "$(LD_PRELOAD="/a.so $lib" run sh -c "$show" 2>/dev/null)"
expect "the rest of the environment" "x y" "$(FROB="x y" run sh -c 'echo "$FROB"')"
expect "what a child's child sees" "$lib" "$(LD_PRELOAD='' run sh -c "sh -c '$show'")"

test_case "arguments, output and exit status are the program's"
expect "arguments" "<a b><><*><-j><--help>" "$(run printf '<%s>' 'a b' '' '*' -j --help)"
expect "behind --" "<-x>" "$(run -- printf '<%s>' -x)"
run sh -c 'exit 42'
expect "exit status" 42 $?
expect "signal" 137 "$({ run sh -c 'kill -9 $$'; } 2>/dev/null; echo $?)"
expect "options of mobctl in front of run" "<-j>" "$(mobctl -j run printf '<%s>' -j 2>/dev/null)"
expect "-d in front of run" 1 "$(mobctl -d run sh -c 'echo $TCP_MOBILITY_DEBUG' 2>/dev/null)"
expect "what it was stays" 0 "$(TCP_MOBILITY_DEBUG=0 mobctl -d run sh -c 'echo $TCP_MOBILITY_DEBUG' 2>/dev/null)"
expect "mobrun is run" "<-j>" "$(mobrun printf '<%s>' -j 2>/dev/null)"
expect "another name for the program" "<a>" "$(cd / && run usr/bin/printf '<%s>' a)"

# refuses WHAT STATUS WORDS COMMAND...: one line on stderr that has the words.
refuses()
{
	local what=$1 want=$2 words=$3 said status

	shift 3
	said=$(run "$@" 2>&1)
	status=$?
	expect "$what: status" "$want" "$status"
	case $said in
	"mobctl run: "*"$words"*) ok "$what: $said" ;;
	*) fail "$what: message" "mobctl run: ...$words..." "$said" ;;
	esac
	expect "$what: lines" 1 "$(printf '%s\n' "$said" | wc -l)"
}

test_case "what of its standard files is closed stays so for the program"
# shellcheck disable=SC2016
open='open=; for fd in 0 1 2; do [ ! -e /proc/$$/fd/$fd ] || open="$open $fd"; done; echo "open:$open" >"$0"'
mobctl run sh -c "$open" "$dir/open" 2>/dev/null
expect "none" "open: 0 1 2" "$(cat "$dir/open")"
mobctl run sh -c "$open" "$dir/open" <&- 2>/dev/null
expect "input" "open: 1 2" "$(cat "$dir/open")"
mobctl run sh -c "$open" "$dir/open" <&- >&- 2>&-
expect "all" "open:" "$(cat "$dir/open")"

test_case "without /dev/null, too"
# What is mounted there must not be seen by others. In a chroot / may be no mount.
own="{ mount --make-rprivate / || mount --make-rprivate /dev; } 2>/dev/null"
lonely() { unshare -m --propagation unchanged sh "$@"; }
if ! lonely -c "$own" 2>/dev/null; then
	skip_case "no mount namespaces"
else
	no_dev="$own && "'mount -t tmpfs none /dev && exec "$@"'
	lonely -c "$no_dev" - "$(type -P mobctl)" run sh -c "$open" "$dir/open" <&- 2>/dev/null
	expect "run: status, what is open" "0 open: 1 2" "$? $(cat "$dir/open")"
	lonely -c "$no_dev" - "$(type -P mobctl)" run sh -c "$open" "$dir/open" <&- >&- 2>&-
	expect "all three" "0 open:" "$? $(cat "$dir/open")"
	expect "what cannot be printed is told" "Error: cannot write: Bad file descriptor. 2" \
		"$({ lonely -c "$no_dev" - "$(type -P mobctl)" help >&-; echo $?; } 2>&1 | paste -sd' ')"
fi

test_case "what is not there, or cannot be executed"
refuses "missing" 127 "/nowhere: not found" "$dir/nowhere"
refuses "missing in PATH" 127 "no-such-program: not found" no-such-program
refuses "an empty name" 127 "empty" ""
refuses "a directory" 126 "is not a file" "$dir"
touch "$dir/flat"
refuses "not executable" 126 "not executable" "$dir/flat"
PATH=$dir:$PATH refuses "not executable, in PATH" 126 "found, but not executable" flat
printf '#!/nowhere/sh\n' >"$dir/lost"
chmod 755 "$dir/lost"
refuses "a script without interpreter" 127 "interpreter /nowhere/sh not found" "$dir/lost"
expect "no program" 125 "$(run 2>/dev/null; echo $?)"
expect_line "no program: usage" '^Usage: mobctl run' run
refuses "an unknown option" 125 'option "-x" is unknown' -x true
expect "--help" 0 "$(run --help >/dev/null; echo $?)"

test_case "programs that the loader would not help: static, other libraries"
cat >"$dir/hello.c" <<'END'
#include <unistd.h>
int main(void) { return write(1, "hello\n", 6) != 6; }
END
if cc -static -o "$dir/static" "$dir/hello.c" 2>/dev/null; then
	refuses "static" 126 "is statically linked" "$dir/static"
	cp "$dir/static" "$dir/static-in-path"
	PATH=$dir:$PATH refuses "static, in PATH" 126 "is statically linked" static-in-path
	printf '#!%s -x\n' "$dir/static" >"$dir/script"
	chmod 755 "$dir/script"
	refuses "a script of a static interpreter" 126 "$dir/static is statically linked" "$dir/script"
	printf '#!/usr/bin/env -S A=1 static-in-path\n' >"$dir/script"
	PATH=$dir:$PATH refuses "the same by env" 126 "$dir/static-in-path is statically linked" "$dir/script"
	# env in a #! line: its options, some with a value, in front of the program.
	while read -r options; do
		printf '#!/usr/bin/env %s\n' "$options" >"$dir/script"
		PATH=$dir:$PATH refuses "by env $options" 126 "$dir/static-in-path is statically linked" "$dir/script"
	done <<-'END'
		-S -u FOO static-in-path
		-S -C / static-in-path
		-S -v -uFOO -C/ A=1 static-in-path -u LD_PRELOAD
		-S --unset=FOO --chdir / --debug static-in-path
		-vS--unset FOO static-in-path
		--split-string=static-in-path x
		-S -- static-in-path
		-S -- A=1 static-in-path
		-S A=1 -x=1 static-in-path
		-S --uns FOO --ch=/ --deb static-in-path
		--spl static-in-path
		-S --default-signal --ignore-sig=PIPE static-in-path
	END
	cc -static-pie -o "$dir/spie" "$dir/hello.c" 2>/dev/null &&
		refuses "static-pie" 126 "is statically linked" "$dir/spie"
else
	skip_case "no static C library"
fi
cc -o "$dir/musl" "$dir/hello.c" -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1
refuses "another C library" 126 "uses another C library (/lib/ld-musl-x86_64.so.1)" "$dir/musl"
cc -o "$dir/dynamic" "$dir/hello.c"
# A 32-bit program: EI_CLASS and e_machine of a 64-bit one changed.
cp "$dir/dynamic" "$dir/other"
printf '\x03' | dd of="$dir/other" bs=1 seek=18 conv=notrunc status=none
refuses "another architecture" 126 "another architecture" "$dir/other"
loader=$(LC_ALL=C readelf -l "$dir/dynamic" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
# shellcheck disable=SC2016
expect "the loader in front of the program" "$lib" "$(LD_PRELOAD='' run "$loader" /bin/sh -c "$show")"
ln -s "$loader" "$dir/loader"
expect "by another name" hello "$(run "$dir/loader" "$dir/dynamic")"
# What Go's linker leaves in each program, with C libraries or without. If the C
# compiler links it, its notes come first.
cat >"$dir/go.s" <<'END'
.section .note.go.buildid,"a",@note
.balign 4
.long 4, 4, 4
.ascii "Go\0\0", "id/0"
.section .note.GNU-stack,"",@progbits
END
for build_id in none sha1; do
	cc -o "$dir/go" "$dir/hello.c" "$dir/go.s" "-Wl,--build-id=$build_id"
	refuses "a Go program" 126 "$dir/go is a Go program, which makes its connections without the C library" "$dir/go"
done
expect_line "GNU's and Go's notes in one segment" ' \.note\.gnu\.build-id .*\.note\.go\.buildid' readelf -lW "$dir/go"
# Another's note, of an odd length, where they are aligned to 8.
cat >"$dir/go8.s" <<'END'
.section .note.a,"a",@note
.balign 8
.long 6, 5, 1
.ascii "Other\0", "\0\0\0\0\0\0", "12345\0\0\0"
.section .note.b,"a",@note
.balign 8
.long 4, 4, 4
.ascii "Go\0\0", "id/0\0\0\0\0"
.section .note.GNU-stack,"",@progbits
END
cc -o "$dir/go" "$dir/hello.c" "$dir/go8.s"
refuses "a Go program, notes aligned to 8" 126 "$dir/go is a Go program" "$dir/go"
expect_line "which are in one segment" ' \.note\.a .*\.note\.b' readelf -lW "$dir/go"
# Lengths that lead out of the segment, and round and round.
for length in 0xffffffff 0xfffffff0; do
	sed "s/^.long 6, 5/.long 6, $length/" "$dir/go8.s" >"$dir/go9.s"
	cc -o "$dir/go" "$dir/hello.c" "$dir/go9.s"
	expect "a note with a length of $length" hello "$(run "$dir/go")"
done
expect "a dynamic one runs" hello "$(run "$dir/dynamic")"
printf '#!/bin/sh\necho script\n' >"$dir/script"
expect "a script runs" script "$(run "$dir/script")"
printf '#!/usr/bin/env sh\necho env\n' >"$dir/script"
expect "by env, too" env "$(run "$dir/script")"
printf '#!/usr/bin/env -S -u FOO sh\necho "no $FOO"\n' >"$dir/script"
expect "an option of env with a value" "no " "$(FOO=foo run "$dir/script")"
printf '#!/usr/bin/env -S -C / sh\npwd\n' >"$dir/script"
expect "another directory" / "$(run "$dir/script")"
while IFS='|' read -r what options; do
	printf '#!/usr/bin/env %s\n' "$options" >"$dir/script"
	refuses "env $options" 126 "script starts with env, and \"$what\" there takes LD_PRELOAD away" "$dir/script"
done <<'END'
-i|-i sh
-i|-S -i sh
-i|-iS sh
-i|-S -vi A=1 sh
-|-S - sh
--ignore-environment|-S --ignore-environment sh
-u LD_PRELOAD|-S -u LD_PRELOAD sh
-u LD_PRELOAD|-S -uLD_PRELOAD sh
-u LD_PRELOAD|-S --unset=LD_PRELOAD sh
LD_PRELOAD=|-S -u FOO LD_PRELOAD= sh
--ignore-env|-S --ignore-env sh
-u LD_PRELOAD|-S --un LD_PRELOAD sh
-|-S -- - sh
LD_PRELOAD=|-S -- LD_PRELOAD= sh
-i|-S -i A="x y" sh
-i|-iS A='x y' sh
LD_PRELOAD=|-S PATH=/bin LD_PRELOAD= sh
END
printf '#!/usr/bin/env -S -u LD_PRELOADED PATH=/nowhere:/bin sh\necho "$PATH"\n' >"$dir/script"
expect "another PATH, another variable" /nowhere:/bin "$(run "$dir/script")"
# What looks like that inside of quotes, and options that are not known here, are env's.
while read -r options; do
	printf '#!/usr/bin/env %s\necho "$A"\n' "$options" >"$dir/script"
	expect "env $options" "-noshell -i x" "$(run "$dir/script")"
done <<'END'
-S A="-noshell -i x" sh
-S -u "B -i" A="-noshell -i x" sh
-S --unset 'B -i' A='-noshell -i x' sh
-S -u\_B A="-noshell\_-i\_x" sh
END
printf '#!/usr/bin/env -S --frob -i static-in-path\n' >"$dir/script"
expect_line "one that env does not know either" "unrecognized option '--frob'" run "$dir/script"
printf '#!/usr/bin/env -S --ignore\n' >"$dir/script"
expect_line "or that is two" "option '--ignore' is ambiguous" run "$dir/script"
printf 'echo no first line\n' >"$dir/script"
expect "one without #! is sh's" "no first line" "$(run "$dir/script")"

test_case "programs that the loader would not help: other privileges"
if [ "$(id -u)" != 0 ]; then
	skip_case "only root can make them"
else
	cp "$dir/dynamic" "$dir/setuid"
	chown 65534 "$dir/setuid"
	chmod 4755 "$dir/setuid"
	refuses "setuid" 126 "is setuid" "$dir/setuid"
	expect "setuid to oneself is no change" hello "$(chown 0 "$dir/setuid"; chmod 4755 "$dir/setuid"; run "$dir/setuid")"
	cp "$dir/dynamic" "$dir/setgid"
	chgrp 65534 "$dir/setgid"
	chmod 2755 "$dir/setgid"
	refuses "setgid" 126 "is setgid" "$dir/setgid"
	chmod 2745 "$dir/setgid"
	expect "setgid without x for the group is none" hello "$(run "$dir/setgid")"
	chown 65534 "$dir/setuid"
	chmod 4755 "$dir/setuid"
	expect "no_new_privs takes setuid away" hello "$(setpriv --no-new-privs mobctl run "$dir/setuid" 2>/dev/null)"
	cp "$dir/dynamic" "$dir/caps"
	chmod 755 "$dir" "$dir/caps"
	if setcap cap_net_raw=ep "$dir/caps" 2>/dev/null; then
		said=$(as_nobody run "$dir/caps" 2>&1)
		expect "file capabilities: status" 126 $?
		expect_line "file capabilities" "has file capabilities" echo "$said"
		expect "root loses nothing" hello "$(run "$dir/caps")"
	else
		note "no file capabilities on this file system"
	fi
fi

test_case "what a program asks the kernel goes there, pointers and all"
# errno of each: an address where nothing is, or that ends there; then ULPs.
cat >"$dir/asks.py" <<'END'
import ctypes, errno, mmap, socket
libc = ctypes.CDLL(None, use_errno=True)
def ask(call, *args):
    ctypes.set_errno(0)
    return errno.errorcode.get(getattr(libc, call)(*args) and ctypes.get_errno(), "0")
sock = socket.socket()
fd = sock.fileno()
pages = mmap.mmap(-1, 2 * mmap.PAGESIZE)
start = ctypes.addressof(ctypes.c_char.from_buffer(pages))
libc.mprotect(ctypes.c_void_p(start + mmap.PAGESIZE), mmap.PAGESIZE, 0)
end = start + mmap.PAGESIZE
pages[mmap.PAGESIZE - 2:mmap.PAGESIZE] = b"\x02\x00"
print(ask("connect", fd, ctypes.c_void_p(1), 16),
      ask("connect", fd, ctypes.c_void_p(end - 2), 16),
      ask("connect", fd, ctypes.c_void_p(end - 2), 2),
      ask("connect", fd, ctypes.c_void_p(1), -1),
      ask("connect", fd, None, 16), ask("connect", fd, None, 0),
      ask("setsockopt", fd, 6, 31, ctypes.c_void_p(1), 4),
      ask("setsockopt", fd, 6, 31, b"nope", 4),
      ask("setsockopt", fd, 1, 2, ctypes.byref(ctypes.c_int(1)), 4))
END
bare=$(python3 "$dir/asks.py")
expect "bare" "EFAULT EFAULT EINVAL EINVAL EFAULT EINVAL EFAULT ENOENT 0" "$bare"
expect "with the library" "$bare" "$(run python3 "$dir/asks.py")"

test_case "connect() while another thread changes the environment"
cat >"$dir/threads.c" <<'END'
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
static atomic_bool over;
static void *connects(void *arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(1),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	while (!over) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		connect(fd, (struct sockaddr *)&to, sizeof(to));
		close(fd);
	}
	return arg;
}
int main(void)
{
	pthread_t threads[4];
	char name[16];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, connects, NULL);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "NAME%d", i);
		setenv(name, "x", 1);
		usleep(100);
	}
	over = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	return puts("fine") < 0;
}
END
cc -pthread -o "$dir/threads" "$dir/threads.c"
expect "bare" "fine 0" "$({ "$dir/threads"; echo $?; } 2>&1 | paste -sd' ')"
for i in 1 2 3; do
	expect "with the library, $i" "fine 0" \
		"$({ unset TCP_MOBILITY_DEBUG; run "$dir/threads"; echo $?; } 2>&1 | paste -sd' ')"
done
expect "what counts is how it was started" "tcpmob-preload" \
	"$(TCP_MOBILITY_DEBUG=1 run python3 -c 'import os, socket
del os.environ["TCP_MOBILITY_DEBUG"]
socket.socket().connect_ex(("127.0.0.1", 1))' 2>&1 | grep -o '^tcpmob-preload')"

test_case "a word on kernel TLS that nobody asked for: only to whoever started the program"
# As the kernel where the module is: each socket has mobility. With READY a reader
# of stderr goes away behind poll().
cat >"$dir/kernel.c" <<'END'
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int setsockopt(int fd, int level, int name, const void *val, unsigned int len)
{
	if (level == 6 && name == 31)
		return errno = EEXIST, -1;
	return syscall(SYS_setsockopt, fd, level, name, val, len);
}
int getsockopt(int fd, int level, int name, void *val, unsigned int *len)
{
	if (level == 6 && name == 31)
		return memcpy(val, "mobility", 9), *len = 9, 0;
	return syscall(SYS_getsockopt, fd, level, name, val, len);
}
int poll(struct pollfd *p, nfds_t n, int timeout)
{
	if (n != 1 || !getenv("READY"))
		return syscall(SYS_poll, p, n, timeout);
	p->revents = p->events;
	return 1;
}
END
cc -shared -fPIC -o "$dir/kernel.so" "$dir/kernel.c"
# With each kind of stderr a program asks for ULPs: what comes out there, how the
# program ends, and what it says of its signals.
cat >"$dir/stderrs.py" <<'END'
import fcntl, os, socket, subprocess, sys
program = """
import signal, socket, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
if "pending" in sys.argv:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPIPE])
    signal.raise_signal(signal.SIGPIPE)
for name in sys.argv[1].split():
    try: socket.socket().setsockopt(6, 31, name.encode().replace(b"0", bytes(1)))
    except FileExistsError: print("EEXIST", end=" ")
print(sorted(map(int, signal.sigpending())), sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))))
"""
def pair(kind):
    if kind in ("pipe", "closed", "full"):
        ends = os.pipe()
        return os.fdopen(ends[0], "rb", 0), os.fdopen(ends[1], "wb", 0)
    if kind == "unix":
        ends = socket.socketpair()
    else:
        listener = socket.create_server(("::1" if kind == "inet6" else "127.0.0.1", 0),
                                        family=socket.AF_INET6 if kind == "inet6" else socket.AF_INET)
        ends = socket.create_connection(listener.getsockname()[:2]), listener.accept()[0]
    return ends[0].makefile("rb", 0), ends[1].makefile("wb", 0)
def fill(file):
    os.set_blocking(file.fileno(), False)
    while file.write(bytes(4096)): pass
    os.set_blocking(file.fileno(), True)
kind, *args = sys.argv[1:]
reader, writer = pair(kind)
if kind == "closed": reader.close()
if kind == "full": fill(writer)
child = subprocess.Popen([sys.executable, "-c", program, *args], stderr=writer, stdout=subprocess.PIPE,
                         env={**os.environ, "LD_PRELOAD": os.environ["LIBS"]})
try: said = child.communicate(timeout=30)[0].decode().strip()
except subprocess.TimeoutExpired: said = "hangs"; child.kill(); child.wait()
writer.close()
lines = b"" if kind == "closed" else reader.read().replace(bytes(1), b"")
print(lines.count(b"there is no kernel TLS\n"), lines.count(b"\n"), child.returncode, said)
END
export LIBS=$lib:$dir/kernel.so
stderrs() { python3 "$dir/stderrs.py" "$@" 2>&1; }
expect "a pipe: once" "1 1 0 EEXIST EEXIST [] []" "$(stderrs pipe "tls tls")"
expect "with a NUL behind" "1 1 0 EEXIST [] []" "$(stderrs pipe tls0)"
expect "another ULP" "0 0 0 EEXIST EEXIST EEXIST [] []" "$(stderrs pipe "espintcp smc tlsx")"
expect "a socket, to systemd's journal" "1 1 0 EEXIST [] []" "$(stderrs unix tls)"
expect "a connection, of inetd's" "0 0 0 EEXIST [] []" "$(stderrs inet tls)"
expect "over IPv6" "0 0 0 EEXIST [] []" "$(stderrs inet6 tls)"
expect "asked for, there too" 1 "$(TCP_MOBILITY_DEBUG=1 stderrs inet tls | cut -d' ' -f1)"
expect "nobody reads it any more" "0 0 0 EEXIST [] []" "$(stderrs closed tls)"
expect "the reader goes away meanwhile" "0 0 0 EEXIST [] []" "$(READY=1 stderrs closed tls)"
expect "a SIGPIPE that was there before" "0 0 0 EEXIST [13] [13]" "$(READY=1 stderrs closed tls pending)"
expect "nobody reads, and it is full" "0 0 0 EEXIST [] []" "$(stderrs full tls)"

test_case "the library: found beside mobctl, below ../lib, or named"
if find "$(sed -n 's/^PREFIX *?= *//p' "$TOP_DIR/Makefile")/lib" -maxdepth 1 -name "${lib##*/}" 2>/dev/null | grep -q .; then
	note "the library is installed on this machine: what happens without is not tested"
else
	cp "$TOOLS/mobctl" "$dir/mobctl"
	said=$("$dir/mobctl" run true 2>&1)
	expect "none: status" 125 $?
	expect "none" "mobctl run: libtcpmob-preload.so not found (TCP_MOBILITY_LIB=FILE names it)" "$said"
	mkdir -p "$dir/bin" "$dir/lib"
	cp "$TOOLS/mobctl" "$dir/bin/"
	cp "$lib" "$dir/lib/"
	expect "below ../lib" "$dir/lib/${lib##*/}" "$("$dir/bin/mobctl" run sh -c "$show" 2>/dev/null)"
	expect "named" "$lib" "$(TCP_MOBILITY_LIB=$lib "$dir/mobctl" run sh -c "$show" 2>/dev/null)"
	expect "named, and not there" 125 "$(TCP_MOBILITY_LIB=/nowhere "$dir/mobctl" run true 2>/dev/null; echo $?)"
	mkdir -p "$dir/a b"
	cp "$lib" "$dir/a b/"
	expect_line "a space in its name" "which LD_PRELOAD cannot carry" \
		env TCP_MOBILITY_LIB="$dir/a b/${lib##*/}" "$dir/mobctl" run true
fi

tap_done
