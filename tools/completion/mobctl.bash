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
	local states="idle plain keying keyed adrift moving validating suspended paused ended"

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
	case $1 in
	"")	echo "tcp ice monitor stats run enable disable doctor version help" ;;
	tcp)	echo "show keys move repair pause resume enable limits help" ;;
	"tcp show"*) echo "$filters help" ;;
	"tcp keys"*) echo "secret $filters help" ;;
	"tcp move"*) echo "all to $filters help" ;;
	"tcp repair"*|"tcp pause"*|"tcp resume"*) echo "all $filters help" ;;
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
	-n|-netns|--netns) ls /run/netns 2>/dev/null; return ;;
	esac
	case $1 in
	enable*|disable*)
		systemctl list-unit-files --type=service --no-legend --no-pager 2>/dev/null |
			awk '{ sub(/\.service$/, "", $1); print $1 }' ;;
	"stats ice"*) awk '{ print $1 }' /proc/net/mip6_ice 2>/dev/null ;;
	"stats tcp"*) awk '{ print $1 }' /proc/net/tcp_mobility 2>/dev/null ;;
	stats*)	awk '{ print $1 }' /proc/net/{tcp_mobility,mip6_ice} 2>/dev/null ;;
	"ice peer show"|"ice peer del"|"ice peer restart"|"ice peer remote"|"ice candidates"|"ice pairs"|"ice keys")
		[ ! -d /sys/module/mip6_ice ] || mobctl ice peer show 2>/dev/null | awk '{ print $1 }' | sort -u ;;
	*)	case $2 in
		--listen)
			ss -Hltn 2>/dev/null | awk '{ sub(/.*:/, ":", $4); print $4 }' | sort -u ;;
		dev)	ls /sys/class/net 2>/dev/null ;;
		to)	ip -o addr show scope global 2>/dev/null | awk '{ sub(/\/.*/, "", $4); print $4 }' ;;
		esac ;;
	esac
}

# What the cursor stands behind is taken as the shell will, so that "--listen=:22" is
# one word and not four, as for readline, which breaks words at = and : and wants the
# rest of its last one alone.
_mobctl()
{
	local words word cur head="" prev="" said="" runs=0 i offered typed rest

	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	case ${COMP_LINE:0:COMP_POINT} in
	*[[:space:]]) words+=("") ;;
	esac
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		# Behind run it is the program's turn.
		[ "$said" != run ] || break
		[ "$word" != run ] || runs=$((runs + 1))
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
	cur=${words[-1]}
	if [ "$said" = run ]; then
		for ((i = 1; i < COMP_CWORD && runs; i++)); do
			[ "${COMP_WORDS[i]}" != run ] || runs=$((runs - 1))
		done
		if [ "${COMP_WORDS[i]}" = -- ] && [ "$i" -lt "$COMP_CWORD" ]; then
			i=$((i + 1))
		fi
		if declare -F _command_offset >/dev/null && [ "$i" -lt "$COMP_CWORD" ]; then
			_command_offset "$i"
		elif [ "$i" = "$COMP_CWORD" ]; then
			mapfile -t COMPREPLY < <(compgen -W "--" -- "$cur"; compgen -c -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi
		return
	fi
	case $cur in
	-*=*)
		head=${cur%%=*}=
		prev=${cur%%=*}
		said+=" $prev"
		cur=${cur#*=} ;;
	-*)	if [ "$said" != "tcp enable" ]; then
			mapfile -t COMPREPLY < <(compgen -W \
				"-json -pretty -oneline -stats -details -colour -netns -4 -6 -help -Version $(
				case $said in enable*|disable*) echo --root ;; esac)" -- "$cur")
			return
		fi ;;
	esac
	case $head$prev in
	--root*)
		offered=$(compgen -d -- "$cur") ;;
	-n|-netns|--netns)
		offered=$(compgen -W "$(_mobctl_names "" "$prev")" -- "$cur") ;;
	-c*)	offered=$(compgen -W "always auto never" -- "$cur") ;;
	*)	offered=$(compgen -W \
			"$(_mobctl_words "$said" "$prev") $(_mobctl_names "$said" "$prev")" -- "$cur") ;;
	esac
	# What readline has before its own last word stays.
	typed=$head$cur
	rest=$typed
	for word in = :; do
		[[ $COMP_WORDBREAKS != *$word* ]] || rest=${rest##*"$word"}
	done
	mapfile -t COMPREPLY < <(
		[ -z "$offered" ] || while IFS= read -r word; do
			word=$head$word
			printf '%s\n' "${word#"${typed%"$rest"}"}"
		done <<<"$offered")
}

complete -F _mobctl mobctl
complete -c mobrun
