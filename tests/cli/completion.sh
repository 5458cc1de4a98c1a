#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Completion: both shells load it, and what bash offers is what the grammar has.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$TOP_DIR/tools/completion

# offers WORD...: what bash completes behind them; the last may be unfinished. As
# readline does, words are broken at = and : as well.
offers()
{
	bash --norc -c '. "$1" && shift
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
expect "behind a filter" "id inet inet6 local peer state help" "$(offers tcp show inet '' | sed 's/help //; s/$/ help/')"
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
expect_line "run completes programs" '\<mkfifo\>' offers run mkfif
expect "run cat completes files" grammar.sh "$(cd "$TEST_DIR/cli" && offers run cat gram)"
expect "mobrun has one, too" "complete -c mobrun" \
	"$(bash --norc -c '. "$1"; complete -p mobrun' - "$dir/mobctl.bash")"

# readline LINE: the command that it is when a tab was typed behind it, in a shell.
readline()
{
	printf '%s\n' ". $dir/mobctl.bash" 'mobctl() { echo "said<$*>"; }' "$1"$'\t' exit |
		TERM=dumb script -qec "bash --norc --noprofile -i" /dev/null | tr -d '\r' | sed -n 's/^said<\(.*\)>$/\1/p'
}

test_case "ports that are listened at, in a namespace of its own"
if ! unshare -n true 2>/dev/null; then
	skip_case "no network namespace can be made here"
else
	unshare -n python3 -c 'import socket, time
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
	there() { nsenter -t "${bg_pids[-1]}" -n bash -c "$(declare -f offers readline); dir=$dir"'; "$@"' - "$@"; }
	expect "--listen: ports" ":22 :801" "$(there offers tcp enable --listen '')"
	expect "--listen=" "22 801" "$(there offers tcp enable --listen=: )"
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
