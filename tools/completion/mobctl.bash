# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Bash completion of mobctl. The words are those of `mobctl help'.

# Behind "ice peer remote HOME-ADDRESS". Addresses are several words for readline,
# so what was typed is counted.
_mobctl_remote()
{
	local typed=${COMP_LINE:0:COMP_POINT} words

	case $1 in
	home|ufrag|pwd) return ;;
	esac
	case $typed in
	*" candidate "*)
		read -ra words <<<"${typed##* candidate }"
		case $typed in
		*" ") ;;
		*) unset 'words[-1]' ;;
		esac
		case ${#words[@]} in
		0) echo "host srflx prflx relayed" ;;
		1|2) ;;
		*) echo "candidate" ;;
		esac ;;
	*) echo "home ufrag pwd controlling controlled candidate" ;;
	esac
}

# What may come behind the words so far, without options.
_mobctl_words()
{
	local filters="id local peer state inet inet6"
	local help="" states="idle plain keying keyed adrift moving validating suspended paused ended"

	case "$1 " in
	"tcp "*" $2 "|"monitor "*" $2 "|"monitor $2 ")
		case $2 in
		state)	echo "$states"; return ;;
		id|local|peer|to|--listen) return ;;
		esac ;;
	*" dev "|*" --root ") return ;;
	esac
	case $1 in
	help*)	set -- "${1#help}" ""; set -- "${1# }" "" ;;
	esac
	# mobctl takes it for one of filters, or a limit, where others are.
	case $1 in
	"tcp "*" "*) ;;
	*)	help=help ;;
	esac
	case $1 in
	"")	echo "tcp ice monitor stats run enable disable doctor version help" ;;
	tcp)	echo "show keys move repair pause resume enable limits help" ;;
	"tcp show"*) echo "$filters $help" ;;
	"tcp keys") echo "secret $filters help" ;;
	"tcp keys"*) echo "$filters" ;;
	"tcp move"*) echo "all to $filters $help" ;;
	"tcp repair"*|"tcp pause"*|"tcp resume"*) echo "all $filters $help" ;;
	"tcp enable") echo "--listen help" ;;
	"tcp limits") echo "set help" ;;
	"tcp limits set"*)
		case $2 in
		max_*|*_time) ;;
		*) echo "max_connections max_half_open max_suspended survival_time suspend_time" ;;
		esac ;;
	ice)	echo "peer candidates pairs keys monitor stats help" ;;
	"ice peer") echo "show add del restart remote help" ;;
	"ice peer add "*)
		case $2 in
		home|server) ;;
		*) echo "home server initiate manual" ;;
		esac ;;
	"ice peer del "*|"ice peer restart "*)
		case $1 in
		*" home"*) ;;
		*) echo "home" ;;
		esac ;;
	"ice peer remote "*) _mobctl_remote "$2" ;;
	"ice peer add"|"ice peer del"|"ice peer restart"|"ice peer remote"|"ice peer show") echo "help" ;;
	"ice candidates"|"ice pairs"|"ice keys"|"ice monitor"|"ice stats") echo "help" ;;
	stats)	echo "tcp ice help" ;;
	monitor) echo "tcp ice $filters help" ;;
	"monitor ice") echo "help" ;;
	"monitor tcp") echo "$filters help" ;;
	"monitor "*) echo "$filters" ;;
	esac
}

# Names that only the machine knows.
_mobctl_names()
{
	case $2 in
	-n|-netns|--netns) command ls /run/netns 2>/dev/null; return ;;
	esac
	case $1 in
	enable*|disable*)
		command systemctl list-unit-files --type=service --no-legend --no-pager 2>/dev/null |
			command awk '{ sub(/\.service$/, "", $1); print $1 }' ;;
	"stats ice"*) command awk '{ print $1 }' /proc/net/mip6_ice 2>/dev/null ;;
	"stats tcp"*) command awk '{ print $1 }' /proc/net/tcp_mobility 2>/dev/null ;;
	stats*)	command awk '{ print $1 }' /proc/net/{tcp_mobility,mip6_ice} 2>/dev/null ;;
	"ice peer show"|"ice peer del"|"ice peer restart"|"ice peer remote"|"ice candidates"|"ice pairs"|"ice keys")
		[ ! -d /sys/module/mip6_ice ] || command mobctl ice peer show 2>/dev/null | command awk '{ print $1 }' | command sort -u ;;
	*)	case $2 in
		--listen)
			command ss -Hltn 2>/dev/null | command awk '{ sub(/.*:/, ":", $4); print $4 }' | command sort -u ;;
		dev)	command ls /sys/class/net 2>/dev/null ;;
		to)	command ip -o addr show scope global 2>/dev/null | command awk '{ sub(/\/.*/, "", $4); print $4 }' ;;
		esac ;;
	esac
}

# _mobctl_offer BEGINNING: of the lines on stdin those that begin so. They may be names
# that anybody gave, so they are compared and nothing else: compgen -W would expand them.
_mobctl_offer()
{
	local name

	while IFS= read -r name; do
		case $name in
		"") ;;
		"$1"*) printf '%s\n' "$name" ;;
		esac
	done
}

# The words of the line up to the cursor, as the shell will take them: readline breaks
# them at COMP_WORDBREAKS as well, so that "--listen=:22" is three for it. It replaces the
# last of those pieces alone, and if that is in a quote, what is behind the quote.
# Sets words, at (where each begins in COMP_WORDS), kept (of the last one) and quote.
_mobctl_split()
{
	local line=$COMP_LINE behind piece before="" i over

	for ((i = 0; i <= COMP_CWORD; i++)); do
		piece=${COMP_WORDS[i]}
		behind=${line#"${line%%[![:space:]]*}"}
		if [ "$i" = 0 ] || [ "$behind" != "$line" ]; then
			words+=("")
			at+=("$i")
		fi
		before=${words[-1]}
		words[-1]+=$piece
		line=${behind#"$piece"}
	done
	over=$((${#COMP_LINE} - ${#line} - COMP_POINT))
	if [ "$over" -gt 0 ]; then
		piece=${piece:0:$((${#piece} > over ? ${#piece} - over : 0))}
	fi
	case $piece in
	[\"\']*)
		quote=${piece:0:1}
		piece=${piece:1} ;;
	esac
	kept=$before
	words[-1]=$before$piece
	if [[ $piece == +([=:@]) && $COMP_WORDBREAKS == *"${piece:0:1}"* ]]; then
		kept+=$piece
	fi
	# The @ of a host is replaced with it.
	[[ $COMP_WORDBREAKS != *@* ]] || kept=${kept%@}
	if [ -z "$quote" ]; then
		# Without -r it does with backslashes what the shell will.
		# shellcheck disable=SC2162
		read kept <<<"$kept" || :
		# shellcheck disable=SC2162
		read 'words[-1]' <<<"${words[-1]}" || :
	fi
}

# Behind run, whose program is the Nth word: its completion, or that of any command.
_mobctl_run()
{
	local n=$1 last=$((${#words[@]} - 1))

	if [ "${words[n]}" = -- ] && [ "$n" -lt "$last" ]; then
		n=$((n + 1))
	fi
	compopt -o bashdefault -o default
	if [ "$n" -ge "$last" ]; then
		mapfile -t COMPREPLY < <(
			[ "$n" != "$1" ] || echo "--" | _mobctl_offer "${words[-1]}"
			compgen -c -- "${words[-1]}")
	elif declare -F _command_offset >/dev/null; then
		_command_offset "${at[n]}" || :
	fi
}

# It runs in the user's shell, which may have set -e, aliases and an IFS.
_mobctl()
{
	local IFS=$' \t\n' words=() at=() kept="" quote=""
	local word cur head="" prev="" said="" i

	COMPREPLY=()
	_mobctl_split
	[ "${1##*/}" != mobrun ] || said=run
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		# Behind run it is the program's turn.
		[ "$said" != run ] || break
		case $word in
		--listen=*|--root=*)
			said+=" ${word%%=*} ${word#*=}"
			prev=${word#*=}
			continue ;;
		--listen|--root) ;;
		-n|-netns|--netns)
			# Its value is no word of the grammar.
			i=$((i + 1))
			[ "$i" -lt $((${#words[@]} - 1)) ] || prev=$word
			continue ;;
		-*)	continue ;;
		esac
		said+=${said:+ }$word
		prev=$word
	done
	if [ "$said" = run ]; then
		_mobctl_run "$i"
		return
	fi
	cur=${words[-1]}
	case $cur in
	-c*=*|--listen=*|--root=*)
		head=${cur%%=*}=
		prev=${cur%%=*}
		said+=" $prev"
		cur=${cur#*=} ;;
	esac
	if [[ $head$prev == --root* ]]; then
		# Readline escapes them itself, and adds the slash.
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur" | while IFS= read -r word; do
			word=$head$word
			printf '%s\n' "${word:${#kept}}"
		done)
		return
	fi
	# Nothing in a quote is escaped, so what a quote would change is left out.
	mapfile -t COMPREPLY < <(_mobctl_candidates | _mobctl_offer "$cur" | while IFS= read -r word; do
		word=$head$word
		word=${word:${#kept}}
		case $quote$word in
		[\"\']*[\"\'\\\$\`!]*) ;;
		[\"\']*) printf '%s\n' "$word" ;;
		?*)	printf '%q\n' "$word" ;;
		esac
	done)
}

# All that may stand there, a line each.
_mobctl_candidates()
{
	case $head$prev in
	-n|-netns|--netns)
		_mobctl_names "" "$prev"
		return ;;
	-c*=*)	printf '%s\n' always auto never
		return ;;
	esac
	case $cur in
	-*)	if [ "$said" != "tcp enable" ]; then
			printf '%s\n' -json -pretty -oneline -stats -details -colour -netns -4 -6 -help -Version
			case $said in enable*|disable*) echo --root ;; esac
			return
		fi ;;
	esac
	# shellcheck disable=SC2046
	printf '%s\n' $(_mobctl_words "$said" "$prev")
	_mobctl_names "$said" "$prev"
}

complete -F _mobctl mobctl mobrun
