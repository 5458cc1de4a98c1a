#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Completion: both shells load it, and what bash offers is what the grammar has.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$TOP_DIR/tools/completion
home=$(mktemp -d)
at_end() { rm -rf "$home"; }

# offers WORD...: what bash completes behind them; the last may be unfinished. As
# readline does, words are broken at = and : as well.
offers()
{
	bash --norc -c '. "$1" && shift
		compopt() { :; }
		eval "${SETUP:-}"
		COMP_LINE="mobctl $*"
		COMP_POINT=${#COMP_LINE}
		COMP_WORDS=(mobctl)
		for word; do
			while [[ $word =~ ^([^=:]+)([=:].*)$ || $word =~ ^([=:]+)([^=:].*)$ ]]; do
				COMP_WORDS+=("${BASH_REMATCH[1]}")
				word=${BASH_REMATCH[2]}
			done
			COMP_WORDS+=("$word")
		done
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		$(complete -p mobctl | sed "s/.*-F \([^ ]*\).*/\1/") mobctl "${COMP_WORDS[-1]}" ""
		printf "%s\n" "${COMPREPLY[@]}"' - "$dir/mobctl.bash" "$@" | sort -u | paste -sd' '
}
sorted() { tr ' ' '\n' | sort -u | paste -sd' '; }

test_case "bash offers the words of the grammar, at every place of it"
expect "objects" "$(objects | sort -u | paste -sd' ')" "$(offers '')"
expect "help" "$(objects | sort -u | paste -sd' ')" "$(offers help '')"
for object in tcp ice; do
	expect "mobctl $object" "$({ echo help; grammar | awk -F'\037' -v o=$object '$1 == o { split($2, w, " "); print w[1] }'; } | sort -u | paste -sd' ')" \
		"$(offers $object '')"
done
expect "mobctl ice peer" "add del help remote restart show" "$(offers ice peer '')"
# Words in small letters of what may follow, filters resolved.
filters="id inet inet6 local peer state"
while IFS=$'\037' read -r object words args; do
	case $object in tcp|ice|monitor) ;; *) continue ;; esac
	want=$(echo "${args//FILTER/$filters}" | grep -oE '(^| )(--)?[a-z][a-z0-9]*\>' | tr -d ' ' |
		grep -v -x -e to -e dev)
	case "$object $words" in
	"tcp move") want="$want to" ;;
	"tcp limits") want=set ;;
	"tcp limits set") want="max_connections max_half_open max_suspended survival_time suspend_time" ;;
	"monitor ") want="$want tcp ice" ;;
	"ice "*)
		# An address comes first; and so it is said what there is without.
		expect "mobctl ice $words: first" help "$(offers ice $words '')"
		case $args in *HOME-ADDRESS*) words+=" 2001:db8::1" ;; esac ;;
	esac
	# shellcheck disable=SC2086
	expect "mobctl $object $words" "$(echo $want | sorted)" \
		"$(offers $object $words '' | tr ' ' '\n' | grep -vx help | paste -sd' ')"
done < <(grammar)
expect "mobctl stats" "help ice tcp" "$(offers stats '' | tr ' ' '\n' | grep '^[a-z]' | paste -sd' ')"
remote="ice peer remote 2001:db8::1"
for words in "ice peer add 2001:db8::1 home" "ice peer add 2001:db8::1 server" "ice peer del 2001:db8::1 home" \
	     "ice peer del 2001:db8::1 home 2001:db8::2" "$remote ufrag" "$remote ufrag 0001 pwd" \
	     "$remote candidate host" "$remote candidate host 192.0.2.1:1" "ice pairs 2001:db8::1"; do
	# shellcheck disable=SC2086
	expect "mobctl $words: a value, or no more" "" "$(offers $words '')"
done
# shellcheck disable=SC2086
{
	expect "types of candidates" "$(mobctl ice peer remote help | sed -n '/^TYPE/s/.*:= //p' | grep -oE '\<[a-z]+\>' | sort | paste -sd' ')" \
		"$(offers $remote candidate '')"
	expect "those that begin so" "prflx" "$(offers $remote candidate p)"
	expect "behind a candidate" candidate "$(offers $remote candidate host 192.0.2.1:1 7 '')"
	expect "the type of the second" "host prflx relayed srflx" "$(offers $remote candidate host 192.0.2.1:1 7 candidate '')"
}
expect "states" "$(mobctl tcp help | sed -n '/^STATE/,/}/p' | grep -oE '\<[a-z]+\>' | sort | paste -sd' ')" \
	"$(offers tcp show state '')"
expect "behind a filter" "id inet inet6 local peer state" "$(offers tcp show inet '')"
expect "behind another word" "id inet inet6 local peer state" "$(offers tcp keys secret '')"
expect "an address is for the user to type" "" "$(offers tcp show local '')"

expect "help ice peer" "add del help remote restart show" "$(offers help ice peer '')"
expect "help tcp" "$(offers tcp '')" "$(offers help tcp '')"

test_case "bash completes what was begun, and options"
expect "tcp li" limits "$(offers tcp li)"
expect "tcp limits set suspend_time" "" "$(offers tcp limits set suspend_time '')"
expect "--li" --listen "$(offers tcp enable --li)"
expect "options" "-4 -6 -Version -colour -details -help -json -netns -oneline -pretty -stats" "$(offers - | sorted)"
expect "the value of an option is no word" "$(offers tcp '')" "$(offers -n blue tcp '')"
expect "another spelling" "$(offers tcp '')" "$(offers --netns blue tcp '')"
expect "one with =" "$(offers tcp '')" "$(offers -c=always tcp '')"
expect "the value" "always auto never" "$(offers -c=)"
expect "the value, begun" "always auto" "$(offers -c=a)"
expect "--root=" "/usr/share" "$(offers enable --root=/usr/shar)"
expect "network namespaces" "$(find /run/netns -mindepth 1 -printf '%f\n' 2>/dev/null | sort | paste -sd' ')" "$(offers -n '')"
expect "every option is one" 0 "$(for o in $(offers - | sed 's/-netns//'); do mobctl "$o" help >/dev/null || echo "$o"; done | wc -l)"
expect "options are passed over" "$(offers tcp '')" "$(offers -j tcp '')"
expect "--netns= is none" "" "$(offers --netns=)"
expect_line "run completes programs" '\<mkfifo\>' offers run mkfif

# What bash-completion has for it: the words from the Nth on are a command line.
# shellcheck disable=SC2016
hands_over() { SETUP='_command_offset() { COMPREPLY=("from $1"); }' offers "$@"; }
expect "run ls" "from 2" "$(hands_over run ls x)"
expect "run --" "from 3" "$(hands_over run -- ls x)"
expect "an option with =" "from 5" "$(hands_over -c=always run ls x)"
expect "a namespace called run" "from 4" "$(hands_over -n run run ls x)"
expect "one in quotes" "from 4" "$(hands_over -n '"my ns"' run ls x)"
expect "a value that is a word" "" "$(offers tcp enable --listen=:22 '')"

# readline LINE [SETUP]: the command that it is when a tab was typed behind it, in a
# shell. The home, history and keys of whoever runs this are not for it.
readline()
{
	printf '%s\n' "${2:-:}" ". $dir/mobctl.bash" 'mobctl() { local IFS=" "; echo "said<$*>"; }; mobrun() { mobctl "$@"; }' "$1"$'\t' exit |
		HOME=$home/empty HISTFILE=/dev/null INPUTRC=/dev/null TERM=dumb \
			script -qec "bash --norc --noprofile -i" /dev/null | tr -d '\r' | sed -n 's/^said<\(.*\)>$/\1/p'
}

mkdir "$home/empty" "$home/bin" "$home/a dir"
touch "$home/My File"
cat >"$home/bin/systemctl" <<'END'
#!/bin/sh
printf '%s\n' getty@.service getty@tty1.service 'foo\x2dbar.service'
END
cat >"$home/bin/ls" <<'END'
#!/bin/sh
printf '%s\n' 'my ns' blue 'zz$(touch pwn)'
END
chmod 755 "$home"/bin/*
fakes="cd $home; PATH=$home/bin:\$PATH"

test_case "a tab in a shell: what it must leave alone"
seq 2000 >"$home/.bash_history"
echo 'TAB: self-insert' >"$home/.inputrc"
expect "a word" "tcp enable" "$(HOME=$home readline "mobctl tcp en")"
expect "lines of the user's history" 2000 "$(wc -l <"$home/.bash_history")"
expect "keys of the user's own" "tcp enable" "$(INPUTRC=$home/.inputrc readline "mobctl tcp en")"
expect "a shell that ends at errors" "tcp zz" "$(readline "mobctl tcp zz" "set -e")"
expect "the same, options" "-zz" "$(readline "mobctl -zz" "set -e")"
expect "the same, a directory" "--root=/zz" "$(readline "mobctl --root=/zz" "set -e")"
expect "the same, a program" "run zz-none" "$(readline "mobctl run zz-none" "set -e")"
expect "an IFS of the user's" "tcp enable" "$(readline "mobctl tcp en" "IFS=\$'\\n'")"
expect "aliases of the user's" "-n blue" "$(readline "mobctl -n bl" "$fakes; alias ls='ls -l #'")"

test_case "a tab in a shell: names of the machine are names"
expect "a backslash" 'enable foo\x2dbar' "$(readline 'mobctl enable foo' "$fakes")"
expect "typed half" 'enable foo\x2dbar' "$(readline 'mobctl enable foo\\x' "$fakes")"
expect "a blank" '-n my ns tcp' "$(readline 'mobctl -n my'$'\t''tc' "$fakes")"
expect "in a quote" '-n my ns tcp' "$(readline 'mobctl -n "my'$'\t''tc' "$fakes")"
expect "behind it" '-n my ns tcp show' "$(readline 'mobctl -n "my ns" tcp sh' "$fakes")"
# shellcheck disable=SC2016
expect "a command" '-n zz$(touch pwn)' "$(readline 'mobctl -n zz' "$fakes")"
expect "was not run" absent "$([ -e "$home/pwn" ] && echo present || echo absent)"
expect "@" 'enable getty@' "$(readline 'mobctl enable getty@' "$fakes")"
expect "behind @" 'enable getty@tty1' "$(readline 'mobctl enable getty@t' "$fakes")"

test_case "a tab in a shell: where the word ends, and files"
expect "the cursor in it" "tcp enablex" "$(readline $'mobctl tcp enx\e[D')"
expect "no break at =" "-c=always" "$(readline 'mobctl -c=al' "COMP_WORDBREAKS=' '")"
expect "run: a file" "run cat My File" "$(readline 'mobctl run cat My' "$fakes" | sed 's/ *$//')"
expect "behind =" "run dd if=/usr/share/" "$(readline 'mobctl run dd if=/usr/shar')"
expect "behind :" "run scp h:/usr/share/" "$(readline 'mobctl run scp h:/usr/shar')"
expect "--root" "enable --root /usr/share/" "$(readline 'mobctl enable --root /usr/shar')"
expect "--root=, a blank" "enable --root=a dir/" "$(readline 'mobctl enable --root=a' "$fakes")"
expect "mobrun: a program" "mkfifo" "$(readline 'mobrun mkfif')"
expect "its file" "-- cat My File" "$(readline 'mobrun -- cat My' "$fakes")"

test_case "bash-completion completes what comes behind run"
if [ ! -e /usr/share/bash-completion/bash_completion ]; then
	skip_case "no bash-completion here"
else
	with=". /usr/share/bash-completion/bash_completion"
	expect "run" "run ls --author" "$(readline 'mobctl run ls --auth' "$with")"
	expect "behind quotes" "-n b c run -- ls --author" "$(readline 'mobctl -n "b c" run -- ls --auth' "$with")"
	expect "mobrun" "ls --author" "$(readline 'mobrun ls --auth' "$with")"
fi

test_case "ports that are listened at, in a namespace of its own"
# Root needs no user namespace for that, and in a chroot nobody gets one.
apart=(unshare -n) into=(-n)
[ "$(id -u)" = 0 ] || apart=(unshare -rn) into=(-U --preserve-credentials -n)
if ! "${apart[@]}" true 2>/dev/null; then
	skip_case "no network namespace can be made here"
else
	rm -f "$OUT/ready"
	"${apart[@]}" python3 -c 'import socket, time
four, six = socket.socket(), socket.socket(socket.AF_INET6)
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
four.bind(("0.0.0.0", 22))
six.bind(("::", 801))
four.listen(), six.listen()
print("ready", flush=True)
time.sleep(600)' >"$OUT/ready" &
	bg_pids+=("$!")
	wait_for 30000 test -s "$OUT/ready" >/dev/null
	# there FUNCTION ARGUMENT...: in that namespace.
	there() { nsenter -t "${bg_pids[-1]}" "${into[@]}" bash -c "$(declare -f offers readline); dir=$dir home=$home"'; "$@"' - "$@"; }
	expect "--listen: ports" ":22 :801" "$(there offers tcp enable --listen '')"
	expect "--listen=:" "22 801" "$(there offers tcp enable --listen=: )"
	expect "--listen=:2" "22" "$(there offers tcp enable --listen=:2)"
	expect "--listen :8" "801" "$(there offers tcp enable --listen :8)"
	expect "--listen=, a word of its own for readline" ":22 :801" "$(there offers tcp enable --listen=)"
	expect "a tab in a shell: --listen=:2" "tcp enable --listen=:22" "$(there readline "mobctl tcp enable --listen=:2")"
	expect "--listen :8" "tcp enable --listen :801" "$(there readline "mobctl tcp enable --listen :8")"
	expect "-c=al" "-c=always tcp" "$(there readline "mobctl -c=always tc")"
	expect "behind an address" "tcp move local 10.0.0.1:22 to" "$(there readline "mobctl tcp move local 10.0.0.1:22 t")"
fi

test_case "zsh loads it"
if ! type -P zsh >/dev/null; then
	skip_case "no zsh here"
else
	expect_success "zsh -n" zsh -n "$dir/_mobctl"
	same "compinit registers it" "_mobctl _mobctl" "$(zsh -f -c '
		fpath=('"$dir"' $fpath); autoload -Uz compinit; compinit -D -u
		print $_comps[mobctl] $_comps[mobrun]; autoload +X _mobctl' 2>&1)"
	for object in $(objects); do
		expect_success "it knows $object" grep -q "^[[:space:]]*'$object:" "$dir/_mobctl"
	done
	for command in $(grammar | awk -F'\037' '$1 == "tcp" || $1 == "ice" { split($2, w, " "); print w[1] }' | sort -u); do
		expect_success "it knows $command" grep -q "^[[:space:]]*'$command:" "$dir/_mobctl"
	done
fi

# zsh_offers LINE SECONDS: what an interactive zsh lists behind it, by a
# pseudo-terminal, until that long nothing more comes.
zsh_offers()
{
	zsh -f -c '
		zmodload zsh/zpty
		zpty z zsh -f -i
		zpty -w z "PROMPT=; fpath=($1 \$fpath); autoload -Uz compinit; compinit -D -u; LISTMAX=0; bindkey ^I complete-word; print -r RE\"\"ADY"
		zpty -r -m z said "*READY*" || exit 1
		said=
		zpty -w -n z "$2"$'"'\\t\\t'"'
		for ((i = 0; i < 10 * $3; i++)); do
			sleep 0.1
			while zpty -r -t z some; do said+=$some; i=0; done
		done
		print -r -- "$said"' - "$dir" "$1" "$2" | sed 's/\x1b\[[0-9;?]*[a-zA-Z]/ /g' | tr '\r' ' '
}

test_case "an interactive zsh lists the words of the grammar"
if ! type -P zsh >/dev/null; then
	skip_case "no zsh here"
else
	for line in "mobctl " "mobctl tcp " "mobctl tcp limits set " "mobctl -j ice peer " "mobctl tcp show state " \
		    "mobctl monitor " "mobctl stats " "mobctl ice pairs " "mobctl ice peer add 2001:db8::1 " \
		    "mobctl ice peer del 2001:db8::1 " "mobctl ice peer remote 2001:db8::1 " \
		    "mobctl ice peer remote 2001:db8::1 candidate " \
		    "mobctl ice peer remote 2001:db8::1 candidate host 192.0.2.1:1 7 "; do
		# Bash was compared with the grammar above.
		# shellcheck disable=SC2086
		set -- ${line#mobctl}
		words=$(offers "$@" '')
		# A busy machine gets more patience.
		for seconds in 1 4 15; do
			said=" $(zsh_offers "$line" $seconds | tr -s ' \n' ' ') "
			missing=
			for word in $words; do
				case $said in *[\ /]"$word"*) ;; *) missing+=" $word" ;; esac
			done
			[ -n "$missing" ] || break
		done
		expect "$line: words that are missing" "" "$missing"
	done
fi

tap_done
