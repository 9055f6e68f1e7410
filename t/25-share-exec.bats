#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# mq-consume -s -x: a command for each record of a queue or a share group, and
# --batch, in groups of both types.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # the command's shell expands;
# a test is a shell of its own, and run sets stderr
load helper/scene

ten() {
	mq-topic create --queue jobs
	seq 10 | mq-produce jobs
}

left() { # what nobody has done yet
	mq-consume -s jobs -e -w 0 -f '%v ' || :
}

@test "what succeeds is accepted, -c N does N, and the rest is not touched" {
	ten
	is mq-consume -s jobs -c 3 -x 'read -r v; echo "$v $MQ_GROUP $MQ_OFFSET $MQ_DELIVERY_COUNT"' <<-TEXT
		1 jobs 0 1
		2 jobs 1 1
		3 jobs 2 1
	TEXT
	run -0 mq-consume -s jobs -c 1 -j
	says '"value":"4","delivery_count":1}'
}

@test "what fails comes again, while the others go on" {
	ten
	is mq-consume -s jobs -c 12 -x 'read -r v; echo "$v $MQ_DELIVERY_COUNT"
		[ "$v" != 2 ] || [ "$MQ_DELIVERY_COUNT" = 3 ]' < <(
		printf '%s 1\n' {1..10}; printf '2 %d\n' 2 3)
	[ -z "$(left)" ]
}

@test "the limit of deliveries and exit 65 make dead letters, or drop" {
	ten
	mq-topic create dead
	run -0 --separate-stderr mq-consume -s jobs -c 11 --dlq dead --max-deliveries 2 \
		-x 'read -r v; case $v in 2) exit 65;; 3) exit 100;; 4) kill -9 $$;; esac'
	[[ $stderr == *'offset 1: delivery 1: exit status 65: it is a dead letter'* ]]
	is mq-consume -e -f '%v%h{ %k=%v}\n' dead <<-TEXT
		2 __dlq.errors.topic=jobs __dlq.errors.partition=0 __dlq.errors.offset=1 __dlq.errors.group=jobs __dlq.errors.delivery.count=1 __dlq.errors.message=Offset rejected by client.
		3 __dlq.errors.topic=jobs __dlq.errors.partition=0 __dlq.errors.offset=2 __dlq.errors.group=jobs __dlq.errors.delivery.count=1 __dlq.errors.message=Offset rejected by client.
		4 __dlq.errors.topic=jobs __dlq.errors.partition=0 __dlq.errors.offset=3 __dlq.errors.group=jobs __dlq.errors.delivery.count=2 __dlq.errors.message=Offset delivery count exceeded the threshold.
	TEXT
	echo bad | mq-produce jobs
	# -c counts what is handed out, whatever comes of it.
	run -1 --separate-stderr mq-consume -s jobs -c 1 --max-deliveries 2 -x false
	[ "$stderr" = 'mq-consume: 1 record failed, and can be tried again' ]
	run -1 --separate-stderr mq-consume -s jobs -c 1 --max-deliveries 2 -x false
	[[ $stderr == *'offset 10: delivery 2: exit status 1: it is dropped'* ]]
	[ -z "$(left)" ]
}

@test "exit status 99 accepts and stops; 126 and 127 stop, and count nothing" {
	ten
	is mq-consume -s jobs -x 'read -r v; echo "$v"; [ "$v" != 4 ] || exit 99' < <(seq 4)
	for _ in 1 2 3 4 5 6; do
		run -1 mq-consume -s jobs -x no-such-command
		says '-x no-such-command: '
	done
	run -0 mq-consume -s jobs -c 1 -j
	says '"value":"5","delivery_count":1}'
}

@test "-P N has N records of one partition at work, and no more are locked" {
	ten
	mkfifo go
	timeout 60 mq-consume -s jobs -P 3 -c 3 \
		-x 'read -r v; echo "$v" >>seen; cat go >/dev/null' 3>&- &
	consumer=$!
	# The pipe opens when the three are there.
	exec 4>go
	[ "$(left)" = '4 5 6 7 8 9 10 ' ]
	exec 4>&-
	while kill -0 "$consumer" 2>/dev/null; do
		timeout 1 sh -c ': >go' || :
	done
	ended 0 "$consumer"
	[ "$(sort -n seen)" = "$(seq 3)" ]
}

@test "the lock is renewed while the command runs" {
	ten
	mkfifo started go
	timeout 60 mq-consume -s jobs -l 1s -c 1 \
		-x 'read -r v; echo "$v $$" >started; read -r _ <go' 3>&- &
	consumer=$!
	read -r first _ <started
	[ "$first" = 1 ]
	# More than twice as long as the lock; all but the first are there.
	[ "$(mq-consume -s jobs -w 2500ms -f '%v ')" = '2 3 4 5 6 7 8 9 10 ' ]
	echo >go
	ended 0 "$consumer"
	[ -z "$(left)" ]
}

@test "one that sleeps through its lock is told, and is too late" {
	ten
	mkfifo started go
	timeout 60 mq-consume -s jobs -l 100ms -c 1 -x \
		'read -r v; echo "$v $PPID" >started; read -r _ <go' 2>err 3>&- &
	consumer=$!
	read -r _ pid <started
	halt "$pid"
	is sh -c 'mq-consume -s jobs -c 10 | sort -n' < <(seq 10)
	echo >go
	kill -CONT "$pid"
	ended 1 "$consumer"
	grep 'topic jobs, partition 0, offset 0: its lock was over; it may come again' err
	[ -z "$(left)" ]
}

@test "a record whose lock ends before its turn has no command" {
	ten
	mkfifo started go
	# Both records of the two are locked, and one child holds the other up.
	timeout 60 mq-consume -s jobs -l 300ms -m 2 -e -x \
		'read -r v; echo "$v" >>seen; echo $PPID >started; read -r _ <go' \
		2>err 3>&- &
	consumer=$!
	read -r pid <started
	halt "$pid"
	run -0 timeout 60 mq-consume -s jobs -c 10 -f '%v '
	says '1 ' '2 '
	kill -CONT "$pid"
	echo >go
	ended 1 "$consumer"
	grep 'its lock was over' err
	[ "$(cat seen)" = 1 ]
}

@test "a worker outlasts one that is stopped with the group's state" {
	ten
	mkfifo started go err
	exec 5<>started 6<>go 7<>err
	timeout 60 mq-consume -s jobs -P 2 -c 3 -x 'read -r v; echo "$v" >>seen
		echo x >started; read -r _ <go' 2>err 3>&- &
	consumer=$!
	read -r _ <&5
	read -r _ <&5
	locked store/groups/jobs/*.share
	echo >&6
	read -r line <&7
	[[ $line == *'another process holds its lock, and may be stopped' ]]
	unlock
	read -r _ <&5
	printf '\n\n' >&6
	ended 0 "$consumer"
	[ "$(sort -n seen)" = $'1\n2\n3' ]
	[ "$(left)" = '4 5 6 7 8 9 10 ' ]
}

@test "-w is how long one that is stopped is waited for" {
	ten
	is mq-consume -s jobs -c 1 <<<1
	locked store/groups/jobs/*.share
	run -75 timeout 60 mq-consume -s jobs -e -w 0
	says 'group jobs: topic jobs, partition 0: another process holds its lock'
	run -75 timeout 60 mq-consume -s jobs -e -w 0 -x cat
	says 'group jobs: topic jobs, partition 0: another process holds its lock'
	mq-consume -s jobs -c 2 >out 3>&- &
	consumer=$!
	mq-consume -s jobs -c 2 -x cat >>out 3>&- &
	other=$!
	# Both have looked for longer than any other has the lock.
	run -75 timeout 60 mq-consume -s jobs -w 1500ms
	kill -0 "$consumer" "$other"
	unlock
	ended 0 "$consumer"
	ended 0 "$other"
	[ "$(left)" = '6 7 8 9 10 ' ]
}

@test "what is done is said before the end, but for -w and a signal" {
	ten
	mkfifo started go err
	exec 5<>started 6<>go 7<>err
	held_up() { # ARGUMENT ...: one whose command has ended, and who says so
		mq-consume -s jobs -c 1 "$@" -x 'echo x >started; read -r _ <go' 2>err 3>&- &
		consumer=$!
		read -r _ <&5
		locked store/groups/jobs/*.share
		echo >&6
		read -r line <&7
		[[ $line == *'another process holds its lock, and may be stopped' ]]
	}
	held_up -w 1m
	unlock
	ended 0 "$consumer"
	held_up -w 100ms
	ended 75 "$consumer"
	unlock
	held_up
	kill -TERM "$consumer"
	ended 143 "$consumer"
	unlock
	# It is said once.
	echo end >&7
	read -r line <&7
	[ "$line" = end ]
	[ "$(left)" = '2 3 4 5 6 7 8 9 10 ' ]
}

@test "children end before a consumer that cannot go on" {
	small 3m disk
	export MQ_TARGET=./disk/store/
	mq-topic create --queue jobs
	mq-topic create dead
	printf '%s\n' bad long | mq-produce jobs
	mkfifo started bad long err
	exec 5<>started 6<>err
	timeout 60 mq-consume -s jobs -P 2 --dlq dead -x 'read -r v
		echo x >started; read -r _ <$v; echo "$v" >>seen
		[ "$v" = long ] || exit 65' 2>err 3>&- &
	consumer=$!
	read -r _ <&5
	read -r _ <&5
	head -c 4000000 /dev/zero >disk/full 2>/dev/null || :
	echo >bad
	read -r line <&6
	[[ $line == *'dead-letter topic dead'*'No space left'* ]]
	kill -0 "$consumer"
	echo >long
	ended 74 "$consumer"
	echo end >&6
	read -r line <&6
	[ "$line" = end ]
	[ "$(cat seen)" = $'bad\nlong' ]
	rm disk/full
	[ "$(left)" = 'bad ' ]
}

# acquired: waits until the first record is.
acquired() {
	until mq-group peek jobs | grep Acquired >/dev/null; do :; done
}

@test "what waits for others in its batch is given back after a signal" {
	ten
	mq-consume -s jobs --batch 20,1m -x 'cat >>seen' 3>&- &
	consumer=$!
	acquired
	kill -TERM "$consumer"
	ended 143 "$consumer"
	[ ! -e seen ]
	run -0 mq-consume -s jobs -c 1 -j
	says '"value":"1","delivery_count":1}'
}

@test "what sleeps through its lock before it begins is not begun" {
	ten
	mkfifo began
	mq-consume -s jobs -l 6s --batch 20,5s -x 'cat >began' 2>err 3>&- &
	consumer=$!
	acquired
	halt "$consumer"
	# They are there when the lock is over, and the batch was due before.
	is mq-consume -s jobs -c 10 < <(seq 10)
	kill -CONT "$consumer"
	echo 11 | mq-produce jobs
	is cat began <<<11
	kill -TERM "$consumer"
	ended 143 "$consumer"
}

@test "--max-lease ends a command that takes too long" {
	ten
	run -1 --separate-stderr timeout 60 mq-consume -s jobs -c 1 \
		--max-lease 200ms --max-deliveries 1 -x 'exec sleep 100'
	[[ $stderr == *'offset 0: longer than --max-lease: it is ended'* ]]
	[[ $stderr == *'offset 0: delivery 1: killed by signal 15 (Terminated): it is dropped'* ]]
	[ "$(left)" = '2 3 4 5 6 7 8 9 10 ' ]
}

@test "a signal lets the child finish; a second record is not begun" {
	ten
	mkfifo started go
	mq-consume -s jobs -x 'read -r v; echo "$v" >started; read -r _ <go' 3>&- &
	consumer=$!
	read -r first <started
	[ "$first" = 1 ]
	kill -TERM "$consumer"
	echo >go
	ended 143 "$consumer"
	run -0 mq-consume -s jobs -c 1 -j
	says '"value":"2","delivery_count":1}'
}

@test "what fails after a signal counts as no delivery" {
	ten
	mkfifo started go
	mq-consume -s jobs --max-deliveries 1 \
		-x 'echo x >started; read -r _ <go; exit 1' 3>&- &
	consumer=$!
	read -r _ <started
	kill -TERM "$consumer"
	echo >go
	ended 143 "$consumer"
	run -0 mq-consume -s jobs -c 1 -j
	says '"value":"1","delivery_count":1}'
}

@test "nobody has to read what it says" {
	ten
	mkfifo err
	timeout 60 mq-consume -s jobs -v -c 10 --max-deliveries 1 -x false 2>err 3>&- &
	consumer=$!
	read -r line <err
	[[ $line == *'offset 0: '* ]]
	ended 1 "$consumer"
	[ -z "$(left)" ]
}

@test "a consumer that is killed leaves its record to others, counted" {
	ten
	mkfifo started
	mq-consume -s jobs -x 'read -r v; echo "$v $$" >started; exec sleep 100' 3>&- &
	consumer=$!
	read -r _ child <started
	kill -KILL "$consumer"
	ended 137 "$consumer"
	kill "$child"
	run -0 timeout 10 mq-consume -s jobs -c 1 -j
	says '"value":"1","delivery_count":2}'
}

@test "--batch N,DUR gives a command up to N records in the framing" {
	ten
	is mq-consume -s jobs --batch 4,1m -e -x 'paste -s -d +; cat <&3 | wc -l' <<-TEXT
		1+2+3+4
		4
		5+6+7+8
		4
		9+10
		2
	TEXT
	seq 3 | mq-produce -k k jobs
	is mq-consume -s jobs --batch 9,1m -c 3 -0 -K = \
		-x 'tr "\0" ,; echo " ${MQ_KEY-no key} $MQ_OFFSET"' <<<'k=1,k=2,k=3, no key 10'
	# Who waits for more does so no longer than that.
	seq 3 | mq-produce jobs
	is mq-consume -s jobs --batch 9,100ms -x 'paste -s -d +; exit 99' <<<1+2+3
	[ -z "$(left)" ]
}

@test "what a batch that is due has no time for is there for others" {
	mq-topic create --queue jobs
	seq 100000 | mq-produce jobs
	mkfifo started go
	timeout 60 mq-consume -s jobs --batch 100000,1ms \
		-x 'cat >first; echo x >started; read -r _ <go; exit 99' 3>&- &
	consumer=$!
	read -r _ <started
	# What is at work may be more than others deliver beside.
	mq-consume -s jobs -w 10s -c $((100000 - $(wc -l <first))) \
		-X group.share.partition.max.record.locks=10000 >second
	echo >go
	ended 0 "$consumer"
	[ "$(sort -n first second)" = "$(seq 100000)" ]
}

@test "a batch that fails comes again, and is given up as one" {
	ten
	mq-topic create dead
	run -0 --separate-stderr mq-consume -s jobs --batch 5,1m -c 15 --dlq dead --max-deliveries 2 \
		-x 'read -r first; [ "$first" != 1 ]'
	[ "$(mq-consume -e dead)" = "$(seq 5)" ]
	[ -z "$(left)" ]
}

@test "--batch in a consumer group commits behind the batch" {
	mq-topic create --partitions 2 t
	seq 10 | mq-produce -p 0 t
	seq 11 15 | mq-produce -p 1 t
	run -0 mq-consume -g g --batch 4,1m -e -x 'paste -s -d +' t
	[ "$(sort -n <<<"$output")" = "$(printf '%s\n' 1+2+3+4 5+6+7+8 9+10 11+12+13+14 15)" ]
	[ "$(mq-group describe g | cut -f 6 | sort -u)" = 0 ]
	seq 20 25 | mq-produce -p 0 t
	mq-topic create dead
	run -0 --separate-stderr mq-consume -g g --batch 4,1m -c 6 --max-deliveries 2 --dlq dead \
		-x 'read -r first; echo "$first $MQ_DELIVERY_COUNT"; [ "$first" != 20 ]' t
	[ "$output" = $'20 1\n20 2\n24 1' ]
	[[ $stderr == *'topic t, partition 0, offsets 10 to 13: exit status 1: they are dead letters'* ]]
	[ "$(mq-consume -e dead)" = "$(seq 20 23)" ]
}

@test "a batch that waits for no time is as full as it gets" {
	ten
	is mq-consume -s jobs --batch 4,0 -e -x 'paste -s -d +' <<-TEXT
		1+2+3+4
		5+6+7+8
		9+10
	TEXT
	mq-topic create t
	seq 5 | mq-produce t
	is mq-consume -g g --batch 9,0 -e -x 'paste -s -d +' t <<<1+2+3+4+5
}

@test "a batch may be larger than what a share group has in flight otherwise" {
	mq-topic create --queue jobs
	seq 5000 | mq-produce jobs
	is mq-consume -s jobs --batch 5000,1m -c 5000 -x 'wc -l' <<<5000
}

@test "-m is the most that -x has in hand" {
	ten
	mkfifo started go
	exec 5<>started 6<>go
	timeout 60 mq-consume -s jobs -P 4 -m 2 -c 2 \
		-x 'echo x >started; read -r _ <go' 3>&- &
	consumer=$!
	read -r _ <&5
	read -r _ <&5
	[ "$(left)" = '3 4 5 6 7 8 9 10 ' ]
	printf '\n\n' >&6
	ended 0 "$consumer"
}

@test "a command that fails for want of a reader stops it, and counts nothing" {
	ten
	mkfifo out
	timeout 60 mq-consume -s jobs -x 'cat; echo' >out 3>&- &
	consumer=$!
	head -n 2 out >/dev/null
	ended 141 "$consumer"
	run -0 mq-consume -s jobs -j -c 1
	says '"delivery_count":1}'
}

@test "what has failed, and was not done here, is exit status 1" {
	ten
	run -1 mq-consume -s jobs -e -w 0 -x 'read -r v; [ "$v" != 3 ]'
	says '1 record failed, and can be tried again'
	run -0 mq-consume -s jobs -w 500ms -x true
}

@test "a record that the framing cannot hold stops it, and is left" {
	ten
	run -65 timeout 60 mq-consume -s jobs --batch 20,1s -e -f '%v{1}' -x cat
	says '%v has 2 bytes'
	[ "$(left)" = '1 2 3 4 5 6 7 8 9 10 ' ]
}

@test "the options of -x and --batch go together" {
	ten
	run -2 timeout 60 mq-consume -s jobs -x cat --hold
	run -2 timeout 60 mq-consume -s jobs -x cat -j
	says --batch
	run -2 timeout 60 mq-consume -s jobs -x cat --batch 5
	says "--batch: '5' is not like 100,5s"
	run -2 timeout 60 mq-consume -s jobs -x cat --batch 0,5s
	run -2 timeout 60 mq-consume -s jobs -x cat --batch 5,soon
	run -2 timeout 60 mq-consume -s jobs -x cat --max-lease 0s
	run -2 timeout 60 mq-consume -g g --max-lease 1s -x cat jobs
	[ "$(left)" = '1 2 3 4 5 6 7 8 9 10 ' ]
}
