#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What the programs take, what -h says, what the manual says and what the
# shells complete is the same.  A line such as "mq-topic trim -o=" is an option
# of a program or its subcommand ("-" where it has none), with an argument.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	PATH=${MQ_BIN:-$PWD/build/bin}:$PATH
	export MQ_TARGET=$BATS_TEST_TMPDIR/store/
	programs='mq-topic mq-group mq-produce mq-consume'
	for p in $programs; do
		command -v "$p" >/dev/null || { echo "no $p"; return 1; }
	done
}

need() {
	command -v "$1" >/dev/null || skip "no $1"
}

usages() { # program
	"$1" -h | sed 's/^usage: //'
}

synopsis() { # program
	mandoc -T ascii -O width=78 "man/$1.1" | col -b |
		sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d;$d'
}

# Each of them on a line of its own.
unwrapped() {
	tr -s ' \t\n' ' ' | sed 's/^ //; s/ $//; s/ mq-/\nmq-/g'
}

# Reads synopses, one after the other, each over as many lines as it takes.
options() {
	awk '
	{ gsub(/[][]/, " & "); sub(/^ +/, "") }
	$1 ~ /^mq-/ { name = $1 " " ($1 ~ /-(topic|group)$/ ? $2 : "-") }
	{
		for (i = 1; i <= NF; i++) {
			if ($i ~ /^--./ || $i ~ /^-.$/) {
				argument = i < NF && $(i + 1) !~ /^[][-]/
				print name, $i (argument ? "=" : "")
			} else if ($i ~ /^-../)
				for (j = 2; j <= length($i); j++)
					print name, "-" substr($i, j, 1)
		}
	}' | sort
}

# The options in the lists of a manual: the common ones, with "-" for the
# subcommand, and those of each subcommand.
listed() { # program
	awk -v name="$1" '
	/^\.Sh/ { inside = $2 == "DESCRIPTION"; command = "-" }
	/^\.Ss/ { command = $2 }
	inside && /^\.It Fl / && \
	    (command == "-" || name ~ /-(topic|group)$/) {
		option = $3
		sub(/^\\/, "", option)
		print name, command, "-" option (NF > 3 ? "=" : "")
	}' "man/$1.1" | sort
}

names() {
	sed 's/=$//'
}

# Tells the lines of one list that another does not have.
missing() { # what list list
	local lines line
	lines=$(comm -23 <(sort -u <<<"$2") <(sort -u <<<"$3") | grep .) || return 0
	while read -r line; do echo "$1: $line"; done <<<"$lines"
	return 1
}

# The program, with its subcommand if it has one, as words.
commands() {
	local p
	for p in $programs; do
		usages "$p" | options
	done | cut -d ' ' -f 1,2 | sort -u
}

# Where -h and -V are in no usage, they are taken all the same.
with_common() {
	awk '{ print } { print $1, $2, "-h"; print $1, $2, "-V" }' | sort -u
}

everything() {
	for p in $programs; do usages "$p" | options; done
}

@test "a synopsis of the manual is what -h prints" {
	need mandoc
	need col
	for p in $programs; do
		diff -u --label "$p -h" --label "man/$p.1" \
			<(usages "$p" | unwrapped) <(synopsis "$p" | unwrapped)
	done
}

@test "each option is described in the manual" {
	for p in $programs; do
		usage=$(usages "$p" | options | with_common)
		list=$(listed "$p")
		common=$(awk '$2 == "-" { print $3 }' <<<"$list")
		known=$(echo "$list"; while read -r _ command option; do
			! grep -qxF -e "$option" <<<"$common" ||
				echo "$p $command $option"
		done <<<"$usage")
		missing "not described in man/$p.1" "$usage" "$known"
	done
}

@test "the manual describes no option that is not there" {
	for p in $programs; do
		usage=$(usages "$p" | options | with_common)
		list=$(listed "$p")
		if [ "$p" = mq-topic ] || [ "$p" = mq-group ]; then
			missing 'not in any usage' \
				"$(awk '$2 == "-" { print $3 }' <<<"$list")" \
				"$(cut -d ' ' -f 3 <<<"$usage")"
			list=$(awk '$2 != "-"' <<<"$list")
		fi
		missing 'not in the usage' "$list" "$usage"
	done
}

# A value that an option takes.
sample() { # program option
	case $2 in
	-b) echo ./ ;;
	-F) echo /dev/null ;;
	-H) echo a=b ;;
	-w | -l | --delay | --max-lease) echo 1s ;;
	--batch) echo 5,1s ;;
	-z) echo none ;;
	-f) echo %v ;;
	-x) echo true ;;
	-X)
		case $1 in
		mq-topic) echo retention.ms=1 ;;
		mq-produce) echo acks=all ;;
		mq-consume) echo auto.offset.reset=latest ;;
		esac
		;;
	--acks) echo all ;;
	--partitioner) echo murmur2 ;;
	*) echo 1 ;;
	esac
}

@test "a program takes the options of its usage" {
	run -0 everything
	[ "${#lines[@]}" -gt 60 ]
	bad=''
	while read -r p command option; do
		words=("$p")
		[ "$command" = - ] || words+=("$command")
		words+=("${option%=}")
		[[ $option != *= ]] || words+=("$(sample "$p" "${option%=}")")
		"${words[@]}" -h >"$BATS_TEST_TMPDIR/out" 2>&1 || {
			bad+="${words[*]} -h: exit status $?"$'\n'
			bad+=$(cat "$BATS_TEST_TMPDIR/out")$'\n'
		}
	done <<<"$output"
	[ -z "$bad" ] || { echo "$bad"; false; }
}

@test "a program takes no other option" {
	all=$(everything | names)
	long=$(cut -d ' ' -f 3 <<<"$all" | grep '^--' | sort -u)
	bad=''
	while read -r p command; do
		words=("$p")
		[ "$command" = - ] || words+=("$command")
		for o in -{0..9} -{a..z} -{A..Z} $long --nonsense; do
			[[ $o != -[hV] ]] || continue
			! grep -qxF -e "$p $command $o" <<<"$all" || continue
			# A long one may stand for one that it begins.
			[[ $o != --* ]] || ! grep -qF -e "$p $command $o" <<<"$all" ||
				continue
			# As one with an argument, and as one without.
			value=$(sample "$p" "$o")
			[[ $o != --* ]] || value="=$value"
			for probe in "$o$value" "$o"; do
				rc=0
				"${words[@]}" "$probe" -h >/dev/null 2>&1 || rc=$?
				[ "$rc" = 2 ] || [[ $probe = "$o" && $rc != 0 ]] ||
					bad+="${words[*]} $probe -h: exit status $rc"$'\n'
			done
		done
	done < <(commands)
	[ -z "$bad" ] || { echo "$bad"; false; }
}

# What a shell offers for the last of the words, one a line.

# The words are parted at = as readline does it.
bash_offers() { # word ...
	# shellcheck disable=SC2016
	bash -c '. completions/mq.bash
	COMP_LINE="$*" COMP_WORDBREAKS=${BREAKS-"= :"} COMP_WORDS=()
	for word; do
		while [[ $COMP_WORDBREAKS == *=* && $word == ?*=* ]]; do
			COMP_WORDS+=("${word%%=*}" =)
			word=${word#*=}
			[[ -n $word ]] || continue 2
		done
		COMP_WORDS+=("$word")
	done
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_mq "$1" "${!#}" "${@:$#-1:1}"
	[ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

fish_offers() { # word ...
	HOME=$BATS_TEST_TMPDIR XDG_CONFIG_HOME=$BATS_TEST_TMPDIR \
		fish --no-config -c ". completions/mq.fish
		complete -C '$*'" | cut -f 1
}

# zsh's own machinery is not asked: these take what it would be handed.
zsh_offers() { # word ...
	# shellcheck disable=SC2016
	zsh -f -c '_arguments() { state=command; print -rl -- "$@" }
	_describe() { print -rl -- "${(@P)4%%:*}" }
	service=$1 words=("$@") CURRENT=$#
	. completions/_mq' zsh "$@" |
		sed -E '/^-s$/d; s/^(\([^)]*\))?\*?(--?[A-Za-z0-9][A-Za-z0-9-]*)[+=]?\[.*/\2/'
}

# Every program with its options, by one of the functions above.
completed() { # function
	local offered list
	offered=$(while read -r p command; do
		words=("$p")
		[ "$command" = - ] || words+=("$command")
		"$1" "${words[@]}" - | grep -E '^-(.|-.+)$' |
			sed "s/^/$p $command /"
	done < <(commands))
	list=$(everything | names | with_common)
	missing "not by $1" "$list" "$offered"
	missing "not there, but by $1" "$offered" "$list"
}

@test "bash completes the options of each program" {
	completed bash_offers
}

@test "zsh completes the options of each program" {
	need zsh
	completed zsh_offers
}

@test "fish completes the options of each program" {
	need fish
	completed fish_offers
}

@test "the shells complete the subcommands of mq-topic and mq-group" {
	for p in mq-topic mq-group; do
		subcommands=$(usages "$p" | options | cut -d ' ' -f 2 | sort -u)
		diff <(echo "$subcommands") <(bash_offers "$p" '' | sort)
		! command -v zsh >/dev/null ||
			diff <(echo "$subcommands") <(zsh_offers "$p" '' |
				grep '^[a-z]*$' | sort)
		! command -v fish >/dev/null ||
			diff <(echo "$subcommands") <(fish_offers "$p" '' | sort)
	done
}

@test "the shells complete the topics of the target that is named" {
	store=$BATS_TEST_TMPDIR/other/
	mq-topic create -b "$store" alpha beta
	[ "$(bash_offers mq-consume -e -b "$store" '')" = $'alpha\nbeta' ]
	[ "$(bash_offers mq-topic trim -o 1 -qb"$store" b)" = beta ]
	[ "$(MQ_TARGET=$store bash_offers mq-produce al)" = alpha ]
	# Where there is no store they are silent.
	[ -z "$(bash_offers mq-produce '' 2>&1)" ]
	if command -v fish >/dev/null; then
		[ "$(fish_offers mq-topic trim -b "$store" -o 1 '')" = \
			$'alpha\nbeta' ]
		[ -z "$(fish_offers mq-produce '' 2>&1)" ]
	fi
}

# What zsh's function for the groups of a type adds.
zsh_groups() { # type store
	# shellcheck disable=SC2016
	zsh -f -c '_arguments() { :; }
	_wanted() { print -r -- "${(Pj:,:)@[-1]}" }
	service=mq-consume words=(mq-consume -b "$2" "") CURRENT=4
	. completions/_mq
	_mq_${(L)1}_groups' zsh "$@"
}

@test "the shells complete the groups of the target that is named" {
	store=$BATS_TEST_TMPDIR/other/
	mq-topic create -b "$store" alpha beta
	mq-group commit -b "$store" -t alpha -o 0 mail
	mq-group commit -b "$store" -t alpha -o 0 print
	[ "$(bash_offers mq-group describe -b "$store" '')" = $'mail\nprint' ]
	[ "$(bash_offers mq-group seek -t alpha -b"$store" --to-group m)" = mail ]
	[ "$(bash_offers mq-group seek -b "$store" --to-group=m)" = mail ]
	[ "$(bash_offers mq-group seek -b "$store" -t a)" = alpha ]
	[ "$(MQ_TARGET=$store bash_offers mq-consume -g p)" = print ]
	[ "$(MQ_TARGET=$store bash_offers mq-consume -g mail a)" = alpha ]
	# A name is that of one type.
	mq-topic create -b "$store" --queue jobs
	[ "$(bash_offers mq-consume -b "$store" -g '')" = $'mail\nprint' ]
	[ "$(bash_offers mq-consume -b "$store" -s '')" = jobs ]
	[ "$(bash_offers mq-group list -b "$store" '')" = $'jobs\nmail\nprint' ]
	! command -v fish >/dev/null || {
		[ "$(fish_offers mq-consume -b "$store" -g '')" = $'mail\nprint' ]
		[ "$(fish_offers mq-consume -b "$store" -s '')" = jobs ]
		[ "$(fish_offers mq-group list -b "$store" '')" = $'jobs\nmail\nprint' ]
	}
	! command -v zsh >/dev/null || for type in Consumer=mail,print Share=jobs; do
		[ "$(zsh_groups "${type%=*}" "$store")" = "${type#*=}" ]
	done
	mq-topic delete -b "$store" jobs
	[ -z "$(bash_offers mq-group delete '' 2>&1)" ]
	# The group comes first, and then its ids.
	[ "$(bash_offers mq-group accept -b "$store" p)" = print ]
	[ -z "$(bash_offers mq-group accept -b "$store" print '')" ]
	[ "$(bash_offers mq-group redrive -b "$store" --to a)" = alpha ]
	# A name may be anything; nothing of it is run.
	# shellcheck disable=SC2016
	mq-group commit -b "$store" -t alpha -o 0 \
		'$(touch '"$BATS_TEST_TMPDIR/run)"
	[ "$(bash_offers mq-group list -b "$store" '')" = $'mail\nprint' ]
	[ ! -e "$BATS_TEST_TMPDIR/run" ]
	mq-group delete -b "$store" -r '.*run.*'
	command -v fish >/dev/null || return 0
	[ "$(fish_offers mq-group wait -b "$store" --lag 1 '')" = $'mail\nprint' ]
	[ "$(fish_offers mq-group seek -b "$store" --to-group m)" = mail ]
	[ "$(fish_offers mq-group commit -b "$store" -t a)" = alpha ]
	[ "$(fish_offers mq-group release -b "$store" --delay 1s p)" = print ]
	[ -z "$(fish_offers mq-group accept -b "$store" print '')" ]
	[ "$(fish_offers mq-consume -b "$store" -g p)" = print ]
	[ "$(fish_offers mq-consume -b "$store" -g mail a)" = alpha ]
	[ -z "$(fish_offers mq-group delete '' 2>&1)" ]
}

# value WANT WORD ...: what is offered behind the = of the last word.
value() {
	local want=$1
	shift
	diff <(tr ' ' '\n' <<<"$want" | grep .) <(bash_offers "$@")
	diff <(tr ' ' '\n' <<<"$want" | grep . | sed "s/^/${*: -1}#/; s/=.*#/=/") \
		<(BREAKS=: bash_offers "$@")
	! command -v fish >/dev/null ||
		diff <(tr ' ' '\n' <<<"$want" | grep . | sort) \
			<(fish_offers "$@" | sed 's/.*=//' | sort)
}

@test "the shells complete the value behind a =" {
	mq-topic create all zones
	value all mq-produce --acks=a
	value '0 1 all' mq-produce --acks=
	value round-robin mq-produce t --partitioner=r
	value 'murmur2 murmur2_random' mq-produce -X partitioner=m
	value zstd mq-produce -X compression.type=z
	value producer mq-topic create -X compression.type=p
	value CreateTime mq-topic alter -X message.timestamp.type=C
	value earliest mq-consume -X auto.offset.reset=e
	value '' mq-consume -X nonsense=a
	# What is behind such a word is what it was.
	[ "$(bash_offers mq-consume -X auto.offset.reset=none z)" = zones ]
	[ "$(bash_offers mq-consume -K = z)" = zones ]
	[ "$(bash_offers mq-produce --acks=all al)" = all ]
	command -v zsh >/dev/null || return 0
	# shellcheck disable=SC2016
	diff <(printf '%s\n' none gzip snappy lz4 zstd) <(
		zsh -f -c '_arguments() { }
		_wanted() { print -rl -- $values }
		compset() { IPREFIX=compression.type= }
		. completions/_mq
		_mq_config producer')
}

@test "a topic that is to be made is not completed by those that are there" {
	mq-topic create there
	[ -z "$(bash_offers mq-topic create '')" ]
	[ -z "$(bash_offers mq-topic create -X segment.ms=1 t)" ]
	[ "$(bash_offers mq-topic delete t)" = there ]
	! command -v fish >/dev/null || [ -z "$(fish_offers mq-topic create '')" ]
}

@test "the manual and the shells know the topic configs and their defaults" {
	mq-topic create configs
	configs=$(mq-topic describe -v configs | cut -f 9 | tr ',' '\n' | sort)
	[ "$(wc -l <<<"$configs")" -gt 9 ]
	diff <(echo "$configs") <(awk '
	/^\.Sh/ { inside = $2 == "TOPIC" }
	inside && /^\.It Cm/ {
		sub(/^\.It Cm /, ""); sub(/ Ns = Ns( Cm)? /, "="); sub(/\\/, "")
		print
	}' man/mq-topic.1 | sort)
	configs=$(cut -d = -f 1 <<<"$configs")
	diff <(echo "$configs") \
		<(bash_offers mq-topic alter -X '' | tr -d = | sort)
	! command -v fish >/dev/null ||
		diff <(echo "$configs") \
			<(fish_offers mq-topic alter -X '' | tr -d = | sort)
	# shellcheck disable=SC2016
	! command -v zsh >/dev/null ||
		diff <(echo "$configs") <(zsh -f -c '_arguments() { }
			_wanted() { print -rl -- $names }
			compset() { false }
			. completions/_mq
			_mq_config topic' | sort)
}
