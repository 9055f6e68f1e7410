#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Consumer groups: several processes share the partitions of a topic.

# shellcheck disable=SC2030,SC2031,SC2154 # a test is a shell of its own, and
# member sets the variable that it is told the name of
load helper/scene

# member NAME ARGUMENT ...: one that follows in the background; its pid is in
# the variable NAME, what it reads in the file NAME.
member() {
	local name=$1
	shift
	mq-consume -u -g g --commit -f '%p %v\n' "$@" >"$name" 2>"$name.err" 3>&- &
	printf -v "$name" %s "$!"
}

# Waits until a command succeeds; it is to do so soon.
until_so() {
	local tries=600
	while [ $((tries -= 1)) -gt 0 ]; do
		! "$@" || return 0
		mq-topic wait -c 1000000 -w 50ms t || :
	done
	echo "never: $*"
	return 1
}

# owns FILE NUMBER: of so many partitions a member has read.  Which of two it
# is that gets the first ones goes by their ids, which are random.
owns() {
	[ "$(cut -d ' ' -f 1 "$1" | sort -u | wc -l)" = "$2" ]
}

assigned() { # how many members have partitions
	[ "$(grep -o '"partitions":{"t"' store/groups/g/assignment.json | wc -l)" = "$1" ]
}

to_each() { # VALUE: a record for each of the four partitions
	local p
	for p in 0 1 2 3; do echo "$1" | mq-produce -p "$p" t; done
}

@test "a group goes on where it has committed, and -c N commits N" {
	mq-topic create t
	seq 10 | mq-produce t
	is mq-consume -g g --commit -c 3 t < <(seq 3)
	is mq-consume -g g --commit -c 3 t < <(seq 4 6)
	# Another group begins at the start.
	is mq-consume -g other --commit -c 1 t <<<1
	is mq-consume -g g --commit -e t < <(seq 7 10)
	run -3 mq-consume -g g --commit -e -w 0 t
}

@test "what -c N commits is N, wherever in a batch that is" {
	mq-topic create --partitions 2 t
	for p in 0 1; do
		seq 1000 | mq-produce -p $p t
		seq 1001 9000 | mq-produce -p $p -X batch.size=20000 t
	done
	at=0
	for n in 100 3000 1 63 64 65 128 1 700 10000 2 1500; do
		mq-consume -g g --commit -c $n -f '%p %v\n' t >>all
		mq-consume -g plain --commit -c $n t >>all.plain
		at=$((at + n))
		for group in g plain; do
			run -0 mq-group describe $group
			[ "$(awk '{ n += $4 } END { print n }' <<<"$output")" = $at ]
		done
	done
	# Nothing came twice, and nothing was left out.
	for p in 0 1; do
		awk -v p=$p '$1 == p { print $2 }' all >got
		cmp got <(seq "$(wc -l <got)")
	done
	[ "$(wc -l <all.plain)" = $at ]
	mq-consume -g plain --commit -e t >>all.plain
	cmp <(sort -n all.plain) <(seq 9000 | sed p)
}

@test "of a range is committed what was delivered, not all of its last batch" {
	mq-topic create t
	seq 10 | mq-produce t
	is mq-consume -g g --commit -o 2:5 t < <(seq 3 5)
	is mq-consume -g g --commit -e t < <(seq 6 10)
}

@test "without --commit the position stays where it is" {
	mq-topic create t
	seq 4 | mq-produce t
	is mq-consume -g g -e t < <(seq 4)
	is mq-consume -g g --commit -c 1 t <<<1
	is mq-consume -g g -e t < <(seq 2 4)
	is mq-consume -g g -e t < <(seq 2 4)
}

@test "a group that is new begins where -o says" {
	mq-topic create t
	seq 10 | mq-produce t
	is mq-consume -g g --commit -o -2 -e t < <(seq 9 10)
	is mq-consume -g g --commit -o start -e t </dev/null
	is mq-consume -g h -X auto.offset.reset=latest --commit -e t </dev/null
	run -69 mq-consume -g i -X auto.offset.reset=none -e t
	says 'group i' 'topic t, partition 0' auto.offset.reset
}

@test "a group that begins at the end goes on from there" {
	mq-topic create --partitions 2 t u
	for topic in t u; do
		how='-o end'
		[ $topic = t ] || how='-X auto.offset.reset=latest'
		echo old | mq-produce -p 0 $topic
		# shellcheck disable=SC2086 # words
		set -- mq-consume -g g --commit -e -w 0 $how $topic
		run -3 "$@"
		[ -z "$output" ]
		run -0 mq-group describe g
		says "g	$topic	0	1	1	0	" "g	$topic	1	0	0	0	"
		echo new | mq-produce -p 0 $topic
		is "$@" <<<new
		run -3 "$@"
	done
	# Without --commit it stays nowhere.
	run -3 mq-consume -g h -e -w 0 -o end t
	is mq-group describe h </dev/null
}

@test "what a group has not committed is delivered again" {
	mq-topic create t
	seq 1000 | mq-produce t
	mkfifo pipe
	mq-consume -u -g g --commit t >pipe 3>&- &
	head -n 3 pipe >got
	ended 141 $!
	cmp got <(seq 3)
	next=$(mq-consume -g g -e t | head -n 1)
	# What the pipe had taken may be committed; nothing behind it is.
	[ "$next" -ge 3 ]
	[ "$next" -lt 1000 ]
}

@test "what is committed when nobody reads on is what was written out" {
	local words options signal status_of n=0
	mq-topic create --partitions 2 t
	seq 50000 | mq-produce -p 0 t
	seq 50001 100000 | mq-produce -p 1 t
	for words in '-q TERM 143' '-j TERM 143' '-q PIPE 141'; do
		read -r options signal status_of <<<"$words"
		mkfifo pipe$n
		exec 4<>pipe$n
		mq-consume -g g$n --commit "$options" t >pipe$n 3>&- 4>&- &
		dd bs=1000 count=7 iflag=fullblock of=got status=none <&4
		# It waits for room in the pipe, or is about to.
		kill "-$signal" "$!"
		ended "$status_of" "$!"
		dd bs=64k iflag=nonblock status=none <&4 >>got 2>/dev/null || :
		exec 4>&-
		run -0 mq-group describe g$n
		[ "$(awk '$4 > 0 { n += $4 } END { print n }' <<<"$output")" = \
			"$(wc -l <got)" ]
		n=$((n + 1))
	done
	# The same when the reader is gone.
	mq-consume -g g --commit t | head -n 1
	[ "${PIPESTATUS[0]}" = 141 ]
	run -0 mq-group describe g
	[ "$(awk '{ n += $4 } END { print n }' <<<"$output")" -ge 1 ]
}

@test "each partition belongs to one member" {
	mq-topic create --partitions 4 t
	member one t
	to_each a
	until_so owns one 4
	member two t
	until_so assigned 2
	: >one
	to_each b
	until_so owns two 2
	until_so owns one 2
	kill -TERM "$one" "$two"
	ended 143 "$one"
	ended 143 "$two"
	[ "$(sort one two | grep -c b)" = 4 ]
	# Those who left have committed.
	run -3 mq-consume -g g -e -w 0 t
}

@test "the partitions of a member that is killed go to the others" {
	mq-topic create --partitions 4 t
	member one t
	member two t
	until_so assigned 2
	to_each a
	until_so owns one 2
	until_so owns two 2
	kill -KILL "$one"
	to_each b
	until_so owns two 4
	kill -TERM "$two"
	ended 143 "$two"
	[ "$(grep -c b two)" = 4 ]
	run -0 find store/groups/g -name 'member-*'
	[ -z "$output" ]
}

@test "a member that is stopped keeps what it has until it goes on" {
	mq-topic create --partitions 4 t
	member one t
	to_each a
	until_so owns one 4
	halt "$one"
	member two t
	until_so assigned 2
	to_each b
	[ ! -s two ]
	kill -CONT "$one"
	until_so owns two 2
	kill -TERM "$one" "$two"
	ended 143 "$one"
	ended 143 "$two"
	# Each b once, wherever.
	[ "$(cat one two | grep -c b)" = 4 ]
}

@test "a member with commands at work follows its group, and hears a signal" {
	mq-topic create --partitions 4 t
	to_each a
	mkfifo started go
	exec 5<>started 6<>go
	mq-consume -g g -P 4 -x 'echo x >started; read -r _ <go' t 3>&- &
	one=$!
	for _ in 1 2 3 4; do read -r _ <&5; done
	member two t
	until_so assigned 2
	# What goes to the other goes when its command has ended.
	[ ! -s two ]
	kill -TERM "$one"
	printf '\n\n\n\n' >&6
	ended 143 "$one"
	to_each b
	until_so owns two 4
	kill -TERM "$two"
	ended 143 "$two"
	[ "$(grep -c b two)" = 4 ]
	run -1 grep a two
}

got() { # VALUES
	[ "$(cat one two | grep -o '[01]$' | sort | xargs)" = "$1" ]
}

# Which of the two goes is up to the names of the members.
@test "what waits for a worker goes on when the one at work is given up" {
	mq-topic create --partitions 2 t
	for p in 0 1; do mq-produce -p "$p" t <<<"$p"$'\n'"$p"; done
	for n in 1 2 3 4 5; do
		mkfifo started$n go$n
		exec 5<>started$n 6<>go$n
		timeout 60 mq-consume -e -w 0 -g g \
			-x "echo >started$n; read -r _ <go$n; cat; echo" t >one 3>&- &
		one=$!
		read -r _ <&5
		member two t
		until_so assigned 2
		printf '\n\n\n\n' >&6
		ended 0 "$one"
		until_so got '0 0 1 1'
		kill -TERM "$two"
		ended 143 "$two"
		exec 5<&- 6>&-
		mq-group delete g 2>/dev/null
	done
}

@test "a topic that is named has to be there, and to stay there" {
	mq-topic create t
	for how in -e '-w 50ms' '-e -x cat'; do
		# shellcheck disable=SC2086 # words
		run -69 timeout 60 mq-consume -g g $how nosuch
		says 'nosuch'
		# shellcheck disable=SC2086 # words
		run -69 timeout 60 mq-consume -g g $how t nosuch
	done
	member one t
	until_so assigned 1
	mq-topic delete t
	ended 69 "$one"
}

@test "patterns take topics that come later" {
	mq-topic create t
	member one -r 't.*'
	echo a | mq-produce t
	until_so grep -q a one
	mq-topic create t2
	echo b | mq-produce t2
	until_so grep -q b one
	kill -TERM "$one"
	ended 143 "$one"
}

@test "patterns leave the store's own topics out" {
	mq-topic create t
	seq 3 | mq-produce t
	is mq-consume -g g --commit -e -r -f '%t %v\n' '.*' \
		< <(printf 't %s\n' 1 2 3)
	is mq-consume -e -r -f '%t %v\n' '.*' '__.*' \
		< <(printf 't %s\n' 1 2 3)
	[ "$(mq-consume -e -r -f '%t\n' __consumer_offsets | sort -u)" = \
		__consumer_offsets ]
	[ "$(mq-consume -e -f '%t\n' __consumer_offsets | sort -u)" = \
		__consumer_offsets ]
}

@test "strategies are Kafka's, and all members go by the same" {
	mq-topic create --partitions 3 a b
	for strategy in range roundrobin cooperative-sticky; do
		mq-consume -X partition.assignment.strategy=$strategy \
			-g "$strategy" -e -w 0 a b || [ $? = 3 ]
		grep -q "\"strategy\":\"$strategy\"" \
			"store/groups/$strategy/assignment.json"
	done
	run -2 mq-consume -X partition.assignment.strategy=none -g g a
	says partition.assignment.strategy range roundrobin cooperative-sticky
	member one a
	until_so test -s store/groups/g/assignment.json
	run -69 mq-consume -X partition.assignment.strategy=roundrobin -g g a
	says 'group g' 'partition.assignment.strategy=range'
	kill -TERM "$one"
	ended 143 "$one"
}

@test "a commit is on disk, with acks=all and -1" {
	need strace
	[ -z "${MQ_SAN-}" ] || skip 'no strace under the sanitizers'
	mq-topic create t
	seq 3 | mq-produce t
	mq-group commit -t t -o 0 g
	synced() {
		strace -f -e trace=fsync,fdatasync -o trace \
			mq-consume -g g --commit -c 1 -X "acks=$1" t >got
		grep -cE 'f(data)?sync\(' trace || :
	}
	[ "$(synced 1)" = 0 ]
	[ "$(synced all)" -ge 1 ]
	[ "$(synced -1)" -ge 1 ]
}

# A command begins when the commit before it is made, and runs while that is
# flushed; the end waits for all.
@test "-x has each commit on disk, and no command waits for the disk" {
	need strace
	[ -z "${MQ_SAN-}" ] || skip 'no strace under the sanitizers'
	mq-topic create t
	seq 3 | mq-produce t
	mq-group commit -t t -o 0 g
	steps() {
		strace -qq -y -e trace=pwrite64,fdatasync,vfork,clone,clone3 \
			-o trace mq-consume -g "$1" -e -X "acks=$1" -x true t
		sed -nE 's/^(v?fork|clone3?)\(.*/run/p
			/__consumer_offsets-0\/.*\.log>/s/^pwrite.*/commit/p
			/__consumer_offsets-0\/.*\.log>/s/^fdatasync.*/flush/p' \
			trace | xargs
	}
	is steps all <<<"run commit run flush commit run flush commit flush"
	is steps 1 <<<"run commit run commit run commit"
}

@test "a group's name is any bytes" {
	mq-topic create t
	seq 2 | mq-produce t
	for name in . .. a/b $'new\nline' 'sp ace' 100% é; do
		is mq-consume -g "$name" --commit -c 1 t <<<1
		is mq-consume -g "$name" --commit -c 1 t <<<2
	done
	run -2 mq-consume -g '' t
	says 'group'
	run -2 mq-consume --commit t
	run -2 mq-consume -g g -p 0 t
}

@test "the log of commits stays small" {
	mq-topic create t
	seq 60000 | mq-produce t
	mq-consume -u -g g --commit -X acks=1 -e t >got
	cmp got <(seq 60000)
	bytes=$(cat store/__consumer_offsets-0/*.log | wc -c)
	[ "$bytes" -lt 4000000 ]
	run -3 mq-consume -g g -e -w 0 t
	silent mq-topic verify
}

@test "a member that joins while another writes changes nothing of the output" {
	mq-topic create --partitions 2 t
	seq -f 'a%08.0f' 300000 | mq-produce -p 0 t
	seq -f 'b%08.0f' 300000 | mq-produce -p 1 t
	mkfifo out
	mq-consume -g g --commit -e t >out 3>&- &
	first=$!
	exec 4<out
	read -r line <&4
	# Both have something in their buffers when the partitions change hands.
	mq-consume -g g --commit -e t >second 3>&- &
	{
		echo "$line"
		for _ in {1..60}; do
			[ ! -s second ] || break
			head -c 100000 <&4
		done
		cat <&4
	} >first
	exec 4<&-
	ended 0 "$first"
	wait
	{
		seq -f 'a%08.0f' 300000
		seq -f 'b%08.0f' 300000
	} | cmp - <(sort first second)
}

@test "a disk that is full while it commits is exit status 74, and loses nothing" {
	small 2m disk
	export MQ_TARGET=./disk/store/
	mq-topic create t
	# Long ones, of which a pipe holds a few: the reader says how far it is.
	printf '%04000d\n' {1..100} | mq-produce t
	is mq-consume -g g --commit -c 5 t < <(printf '%04000d\n' {1..5})
	mkfifo out
	mq-consume -u -g g --commit t >out 2>err 3>&- &
	consumer=$!
	exec 4<out
	read -r line <&4
	[ "$((10#$line))" = 6 ]
	# A page may have room left, so it goes on until there is none.
	head -c 4000000 /dev/zero >disk/full 2>/dev/null || :
	told=$(($(wc -l <&4) + 1))
	exec 4<&-
	ended 74 "$consumer"
	grep 'group g.*No space left' err
	rm disk/full
	run -74 --separate-stderr mq-consume -g g -x 'cat; echo
		head -c 4000000 /dev/zero >>disk/full 2>/dev/null || :' t
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *'group g'*'No space left'* ]]
	told=$((told + ${#lines[@]}))
	rm disk/full
	first=$((10#$(mq-consume -g g -c 1 t)))
	# Delivered again from the last commit on: none is passed over.
	[ "$first" -le $((5 + told)) ]
	[ "$first" -ge 6 ]
	is mq-consume -g g --commit -e t < <(seq -f '%04000.0f' "$first" 100)
	silent mq-topic verify
}
