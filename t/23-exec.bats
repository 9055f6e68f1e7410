#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# mq-consume -x: a command for each record, committed when it succeeds.

# shellcheck disable=SC2016,SC2030,SC2031 # the command's shell expands; a test
# is a shell of its own
load helper/scene

ten() {
	mq-topic create t
	seq 10 | mq-produce t
}

next_of() { # GROUP: what the group reads next
	mq-consume -g "$1" -c 1 -w 0 t
}

@test "a record's value is on standard input, what is said of it around" {
	mq-topic create t
	echo '7 k v' | mq-produce -H a=b -f '%d %k %v\n' t
	is mq-consume -g g -e -x 'cat; echo; cat <&3; unset MQ_BIN MQ_BUILD MQ_SAN; env | grep ^MQ_ | sort' t <<-TEXT
		v
		{"topic":"t","partition":0,"offset":0,"timestamp":7,"key":"k","headers":[["a","b"]]}
		MQ_DELIVERY_COUNT=1
		MQ_GROUP=g
		MQ_KEY=k
		MQ_OFFSET=0
		MQ_PARTITION=0
		MQ_TARGET=./store/
		MQ_TIMESTAMP=7
		MQ_TOPIC=t
	TEXT
	run -3 mq-consume -g g -e -w 0 t
}

@test "what succeeds is committed, and -c N does N" {
	ten
	is mq-consume -g g -c 3 -x 'cat; echo' t < <(seq 3)
	[ "$(next_of g)" = 4 ]
	is mq-consume -g g -e -x 'cat; echo' t < <(seq 4 10)
	run -3 mq-consume -g g -e -w 0 -x cat t
}

@test "a record that fails is tried again in its place, then dropped" {
	ten
	run -1 --separate-stderr mq-consume -g g -e --max-deliveries 3 \
		-x 'read -r v; echo "$v $MQ_DELIVERY_COUNT"; [ "$v" != 2 ]' t
	[ "$output" = "$(printf '%s\n' '1 1' '2 1' '2 2' '2 3' '3 1' '4 1' \
		'5 1' '6 1' '7 1' '8 1' '9 1' '10 1')" ]
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *'topic t, partition 0, offset 1: exit status 1: it is dropped'* ]]
	run -3 mq-consume -g g -e -w 0 t
}

@test "--dlq keeps what is given up, and says why" {
	ten
	mq-topic create dead
	run -0 --separate-stderr mq-consume -g g -e --dlq dead --max-deliveries 2 \
		-x 'read -r v; case $v in 2) exit 65;; 3) exit 100;; 4) kill -9 $$;; esac' t
	is mq-consume -e -f '%v%h{ %k=%v}\n' dead <<-TEXT
		2 __dlq.errors.topic=t __dlq.errors.partition=0 __dlq.errors.offset=1 __dlq.errors.group=g __dlq.errors.delivery.count=1 __dlq.errors.message=Offset rejected by client.
		3 __dlq.errors.topic=t __dlq.errors.partition=0 __dlq.errors.offset=2 __dlq.errors.group=g __dlq.errors.delivery.count=1 __dlq.errors.message=Offset rejected by client.
		4 __dlq.errors.topic=t __dlq.errors.partition=0 __dlq.errors.offset=3 __dlq.errors.group=g __dlq.errors.delivery.count=2 __dlq.errors.message=Offset delivery count exceeded the threshold.
	TEXT
	run -69 mq-consume -g g -e --dlq nowhere -x cat t
	says --dlq nowhere
}

@test "exit status 99 accepts, and stops" {
	ten
	is mq-consume -g g -x 'read -r v; echo "$v"; [ "$v" != 4 ] || exit 99' t < <(seq 4)
	[ "$(next_of g)" = 5 ]
}

@test "a command that cannot run stops it, and nothing is committed" {
	ten
	for command in no-such-command /etc/passwd 'exec no-such-command' 'exit 126'; do
		run -1 mq-consume -g g -e -x "$command" t
		says "-x $command: "
		[ "$(next_of g)" = 1 ]
	done
}

@test "nothing behind a failing record of its partition goes first; others do" {
	mq-topic create --partitions 2 t
	printf '%s\n' bad a2 a3 | mq-produce -p 0 t
	printf '%s\n' b1 b2 b3 | mq-produce -p 1 t
	run -1 mq-consume -q -g g -e --max-deliveries 2 \
		-x 'read -r v; echo "$v" >>seen; [ "$v" != bad ]' t
	[ "$(grep -c bad seen)" = 2 ]
	[ "$(grep -v b seen)" = $'a2\na3' ]
	[ "$(grep 'b[0-9]' seen)" = $'b1\nb2\nb3' ]
	# While it waits, the other partition is gone on with.
	[ "$(sed -n 2p seen)" = b1 ]
}

@test "-P N has one record of each partition at work" {
	mq-topic create --partitions 3 t
	for p in 0 1 2; do printf '%s\n' a b | mq-produce -p $p t; done
	mkfifo go
	# Each waits until all three are there.
	timeout 60 mq-consume -g g -e -P 3 -x 'read -r v; echo "$MQ_PARTITION $v" >>seen
		[ "$v" = b ] || while [ "$(wc -l <seen)" -lt 3 ]; do read -r _ <go; done; :' t 3>&- &
	consumer=$!
	while kill -0 "$consumer" 2>/dev/null; do
		timeout 1 sh -c 'echo >go' || :
	done
	ended 0 "$consumer"
	[ "$(head -n 3 seen | sort)" = $'0 a\n1 a\n2 a' ]
	[ "$(wc -l <seen)" = 6 ]
	run -3 mq-consume -g g -e -w 0 t
}

@test "a signal lets the child finish, and what it did is committed" {
	ten
	mkfifo started go
	for signal in TERM:143 HUP:129 PIPE:141; do
		for group in g s; do
			mq-consume -$group "$group-$signal" -x 'read -r v
				echo "$v" >started; read -r _ <go' t 3>&- &
			consumer=$!
			read -r first <started
			[ "$first" = 1 ]
			kill "-${signal%:*}" "$consumer"
			echo >go
			ended "${signal#*:}" "$consumer"
		done
		[ "$(next_of "g-$signal")" = 2 ]
		is mq-consume -s "s-$signal" -c 1 t <<<2
	done
}

@test "what a command has done is committed, though its consumer cannot go on" {
	mq-topic create --partitions 2 t
	for p in 0 1; do echo $p | mq-produce -p $p t; done
	flip store/t-1/00000000000000000000.log 65
	mkfifo started go
	timeout 60 mq-consume -g g -P 2 -x 'echo x >started; read -r _ <go' t 2>err 3>&- &
	consumer=$!
	read -r _ <started
	echo >go
	ended 74 "$consumer"
	grep 'topic t, partition 1' err
	[ "$(mq-group describe g | awk '$3 == 0 { print $4 }')" = 1 ]
}

@test "a command that stops it is heard while its partition is given up" {
	ten
	mkfifo started go
	timeout 60 mq-consume -g g -r -x 'echo x >started; read -r _ <go; exit 99' 't.*' 3>&- &
	consumer=$!
	read -r _ <started
	mq-topic delete t
	mq-topic create t2
	echo >go
	ended 0 "$consumer"
}

@test "a child may close its input, write a lot, and leave others behind" {
	mq-topic create t
	head -c 300000 /dev/zero | tr '\0' x | mq-produce -W t
	echo next | mq-produce t
	mq-consume -g g -e -x 'exec <&-; seq 50000; seq 50000 >&2; sleep 100 >/dev/null 2>&1 &
		echo $! >>left' t >out 2>err
	xargs kill <left
	[ "$(wc -l <out)" = 100000 ]
	[ "$(wc -l <err)" = 100000 ]
	run -3 mq-consume -g g -e -w 0 t
}

@test "a child that is killed with its consumer has its record delivered again" {
	ten
	mkfifo started
	mq-consume -g g -x 'read -r v; echo "$v $$" >started; exec sleep 100' t 3>&- &
	consumer=$!
	read -r first child <started
	kill -KILL "$consumer"
	wait "$consumer" || :
	kill "$child"
	[ "$(next_of g)" = "$first" ]
	is mq-consume -g g -e -x 'cat; echo' t < <(seq 10)
}

@test "--dlq names none of the topics that are read" {
	ten
	mq-topic create dead
	run -2 mq-consume -g g -e --dlq t -x false t
	says '--dlq: topic t is among those that are read'
	run -2 mq-consume -g g -e -r --dlq dead -x false 't|d.*'
	says '--dlq: topic dead'
}

@test "the options of -x go together" {
	mq-topic create t
	run -2 mq-consume -x cat t
	says -g
	run -2 mq-consume -g g -P 2 t
	says -x
	run -2 mq-consume -g g -j -x cat t
	run -2 mq-consume -g g -x cat -P 0 t
	run -2 mq-consume -g g -x cat --max-deliveries 0 t
}
