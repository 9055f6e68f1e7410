#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# mq-consume -s: a queue's records, and a share group's, go to one reader each.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # a test is a shell of its own,
# and run sets stderr
load helper/scene

ten() {
	mq-topic create --queue jobs
	seq 10 | mq-produce jobs
}

@test "what is read from a queue is gone, and its log start shows it" {
	ten
	is mq-consume -s jobs -c 3 < <(seq 3)
	[ "$(mq-topic offsets jobs)" = $'jobs\t0\t3\t10' ]
	is mq-consume -s jobs -e jobs < <(seq 4 10)
	[ "$(mq-topic offsets jobs)" = $'jobs\t0\t10\t10' ]
	run -3 timeout 60 mq-consume -s jobs -e -w 0
	run -3 timeout 60 mq-consume -e -w 0 jobs
	silent mq-topic verify
}

@test "a share group shares a topic, which keeps its records" {
	mq-topic create --partitions 3 t
	seq 30 | mq-produce -X partitioner=round-robin t
	mq-consume -s g -c 11 t >a
	mq-consume -s g -e t >b
	[ "$(wc -l <a)" = 11 ]
	[ "$(sort -n a b)" = "$(seq 30)" ]
	[ "$(mq-consume -s other -e t | sort -n)" = "$(seq 30)" ]
	[ "$(mq-consume -e t | wc -l)" = 30 ]
	run -3 timeout 60 mq-consume -s g -e -w 0 t
}

@test "patterns find neither the store's own topics nor the dead letters" {
	for t in t1 dead __own; do
		mq-topic create "$t"
		echo "$t" | mq-produce "$t"
	done
	is mq-consume -s g --dlq dead -e -r '.*' <<<t1
	is mq-consume -s g -e -r '.*d' <<<dead
	is mq-consume -s g -e __own <<<__own
	run -2 mq-consume -s g --dlq dead -e dead
	says 'topic dead cannot be its own dead-letter topic'
}

@test "no topic's name makes the state of a share group something else" {
	for t in holder-x member-x holder-1; do
		mq-topic create "$t"
		seq 10 | mq-produce "$t"
		is mq-consume -s g -e "$t" < <(seq 10)
		run -3 timeout 60 mq-consume -s g -e -w 0 "$t"
	done
	[ "$(mq-group list | cut -f 1)" = g ]
}

@test "several readers at once get each record once" {
	mq-topic create --queue --partitions 2 jobs
	seq 20000 | mq-produce -X partitioner=round-robin -X batch.size=100 jobs
	for i in 1 2 3 4; do mq-consume -s jobs -e >"$i" 3>&- & done
	for i in $(jobs -p); do ended 0 "$i" || ended 3 "$i"; done
	[ "$(sort -n 1 2 3 4)" = "$(seq 20000)" ]
}

@test "every framing, with the number of the delivery in JSON" {
	mq-topic create --queue q
	printf '%s\n' 'k=1' 'k=2' 'k=3' 'k=4' | mq-produce -K = q
	is mq-consume -s q -c 1 -K : q <<<'k:1'
	is mq-consume -s q -c 1 -f '%o %k %v\n' q <<<'1 k 2'
	run -0 mq-consume -s q -c 1 -j q
	says '"value":"3","delivery_count":1}'
	mq-consume -s q -c 1 -0 q >nul
	[ "$(od -A n -c nul | tr -d ' ')" = '4\0' ]
}

@test "what a reader that is gone did not get is given back uncounted" {
	mq-topic create --queue jobs
	seq 100000 | mq-produce jobs
	for i in 1 2 3 4 5 6 7; do mq-consume -s jobs | head -n 1 >/dev/null; done
	run -0 mq-consume -s jobs -c 1 -j
	says '"delivery_count":1}'
	mkfifo out
	mq-consume -u -s jobs >out 3>&- &
	consumer=$!
	exec 4<out
	read -r first <&4
	exec 4<&-
	ended 141 "$consumer"
	next=$(mq-consume -s jobs -c 1)
	[ "$next" -gt "$first" ]
	# Nothing is left out behind what was in the pipe.
	is mq-consume -s jobs -e < <(seq "$((next + 1))" 100000)
}

@test "a reader that is killed leaves its records to others at once" {
	mq-topic create --queue jobs
	printf '%04000d\n' {1..100} | mq-produce jobs
	mkfifo out
	mq-consume -s jobs >out 3>&- &
	consumer=$!
	exec 4<out
	read -r first <&4
	# It has many, and a pipe that is full.
	run -3 timeout 60 mq-consume -s jobs -c 1 -w 0
	kill -KILL "$consumer"
	ended 137 "$consumer"
	exec 4<&-
	run -0 timeout 10 mq-consume -s jobs -c 1 -j -w 9s
	says '"delivery_count":2}'
}

@test "an output that is full is 74, and what is not in it comes again" {
	mq-topic create --queue jobs
	printf '%04000d\n' {1..100} | mq-produce jobs
	small 64k disk
	run -74 sh -c 'mq-consume -s jobs -e >disk/out'
	says 'standard output: No space left on device'
	whole=$(grep -c '^0*[0-9]*$' disk/out)
	[ "$whole" -ge 10 ]
	# The last line may be a part of a record, which is not accepted.
	[ "$(tail -c 1 disk/out)" = "" ] || whole=$((whole - 1))
	is mq-consume -s jobs -e < <(seq -f '%04000.0f' $((whole + 1)) 100)
}

@test "--hold locks a record, and its id accepts it from anywhere" {
	ten
	read -r id value < <(mq-consume -s jobs --hold -c 1 -f '%i %v\n')
	[ "$value" = 1 ]
	[[ $id == jobs:0:0:* ]]
	is mq-consume -s jobs -c 1 <<<2
	run -0 mq-consume -s jobs --hold -c 1 -j
	says '"value":"3","delivery_count":1,"until":'
	[[ $output =~ '"until":'([0-9]+)',"id":"jobs:0:2:' ]]
	[ "$((BASH_REMATCH[1] / 1000 - EPOCHSECONDS))" -le 30 ]
	[ "$((BASH_REMATCH[1] / 1000 - EPOCHSECONDS))" -ge 0 ]
	is mq-consume -s jobs -e < <(seq 4 10)
	run -3 timeout 60 mq-consume -s jobs -e -w 0
}

@test "a record that cannot be printed is said, and is there for others" {
	ten
	run -65 --separate-stderr mq-consume -s jobs -e -f '%v{1}\n'
	[ "$output" = "$(seq 9)" ]
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *'topic jobs, partition 0, offset 9: '* ]]
	is mq-consume -s jobs -e <<<10
}

@test "-l is how long a record is locked, and then it comes again" {
	ten
	run -0 mq-consume -s jobs --hold -l 300ms -c 1 -j
	[[ $output =~ '"until":'([0-9]+)',"id":"jobs:0:0:' ]]
	until=${BASH_REMATCH[1]}
	run -0 timeout 60 mq-consume -s jobs -c 10 -f '%o %v\n'
	[ "${EPOCHREALTIME/./}" -ge "${until}000" ]
	[ "$(sort -n <<<"$output")" = "$(seq 10 | awk '{ print $1 - 1, $1 }')" ]
}

@test "what was delivered too often is dropped, or a dead letter" {
	ten
	mq-topic create dead
	for i in 1 2; do
		timeout 60 mq-consume -s jobs --hold -l 2s -c 1 -p 0 \
			-f '%o %i\n' -m 1 --max-deliveries 2 >>held
		mq-consume -s jobs -e >>others
	done
	[ "$(cut -d ' ' -f 1 held)" = $'0\n0' ]
	[ "$(cat others)" = "$(seq 2 10)" ]
	echo last | mq-produce jobs
	run -3 --separate-stderr timeout 60 mq-consume -s jobs --dlq dead \
		--max-deliveries 2 -c 2 -w 5s
	[ "$output" = last ]
	[[ $stderr == *'topic jobs, partition 0, offset 0: delivery 2: it is a dead letter'* ]]
	is mq-consume -e -f '%v%h{ %k=%v}\n' dead <<-TEXT
		1 __dlq.errors.topic=jobs __dlq.errors.partition=0 __dlq.errors.offset=0 __dlq.errors.group=jobs __dlq.errors.delivery.count=2 __dlq.errors.message=Offset delivery count exceeded the threshold.
	TEXT
}

@test "a delayed record comes when it is due" {
	mq-topic create --queue jobs
	echo later | mq-produce --delay 2s jobs
	echo now | mq-produce jobs
	is timeout 60 mq-consume -s jobs -c 2 < <(printf '%s\n' now later)
	echo never | mq-produce --delay 1d jobs
	run -3 timeout 60 mq-consume -s jobs -e -w 0
	run -3 timeout 60 mq-consume -s jobs -w 10ms
}

@test "a signal accepts what is written out, and leaves the rest" {
	ten
	mkfifo out
	mq-consume -u -s jobs >out 3>&- &
	consumer=$!
	exec 4<out
	for i in $(seq 10); do read -r line <&4; [ "$line" = "$i" ]; done
	kill -TERM "$consumer"
	ended 143 "$consumer"
	exec 4<&-
	run -3 timeout 60 mq-consume -s jobs -e -w 0
}

@test "a reader that is gone is noticed while nothing comes" {
	ten
	mkfifo out
	for how in '-s jobs' '-g g t' t; do
		mq-topic create t 2>/dev/null || :
		seq 3 | mq-produce t
		# shellcheck disable=SC2086 # words
		timeout 60 mq-consume $how >out 3>&- &
		consumer=$!
		head -n 1 out >/dev/null
		ended 141 "$consumer"
	done
}

@test "a reader that is gone is noticed while another has the group's state" {
	ten
	is mq-consume -s jobs -c 1 <<<1
	locked store/groups/jobs/*.share
	mkfifo out
	timeout 60 mq-consume -s jobs >out 3>&- &
	consumer=$!
	exec 4<out
	exec 4<&-
	ended 141 "$consumer"
	unlock
}

@test "who has what he asked for does not care for what others had" {
	ten
	mq-consume -s jobs --hold -l 200ms -c 1 --max-deliveries 1 -f '%i\n' >id
	mq-consume -s jobs -c 8 >/dev/null
	seq 3 | mq-produce jobs
	run -0 --separate-stderr timeout 60 mq-consume -s jobs --max-deliveries 1 -c 4
	[ "$(wc -l <<<"$output")" = 4 ]
}

@test "the options of -s go together" {
	ten
	run -2 timeout 60 mq-consume -s jobs -g g
	says 'only one of -g and -s can be'
	run -2 timeout 60 mq-consume -s jobs --commit
	run -2 timeout 60 mq-consume -s jobs -o start
	says -o
	run -2 timeout 60 mq-consume -s jobs --batches
	run -2 timeout 60 mq-consume -s jobs --hold
	says '--hold: the id is to be printed: -j, or -f with %i'
	run -2 timeout 60 mq-consume -s jobs --hold -f '%v'
	says '--hold: -f: no %i'
	run -2 timeout 60 mq-consume -s jobs --hold -f '%i{hex8}'
	says '--hold: -f: byte 0'
	run -2 timeout 60 mq-consume --hold -j jobs
	says -s
	run -2 timeout 60 mq-consume -l 1s jobs
	run -2 timeout 60 mq-consume -m 0 -s jobs
	says -m
	run -2 timeout 60 mq-consume -s jobs -l soon
	says -l
	run -2 timeout 60 mq-consume -s jobs -l 0s
	says -l
	run -2 timeout 60 mq-consume -s jobs -X auto.offset.reset=latest
	says auto.offset.reset
	run -2 timeout 60 mq-consume -s jobs --batch 5,1s
	says -x
	run -69 timeout 60 mq-consume -s nowhere
	says 'topic nowhere'
	run -69 timeout 60 mq-consume -s jobs --dlq nowhere
	says 'dead-letter topic' nowhere
	run -2 timeout 60 mq-consume -s other jobs
	says jobs other
	is mq-consume -s jobs -e < <(seq 10)
}

@test "several that are given up together are told as several" {
	mq-topic create --queue jobs
	mq-topic create dead
	seq 4 | mq-produce jobs
	run -137 mq-consume -s jobs --batch 4,1m -x 'kill -9 $PPID'
	run -1 mq-consume -s jobs --max-deliveries 1 -e
	says 'topic jobs, partition 0, offsets 0 to 3: delivery 1: they are dropped'
	seq 4 | mq-produce jobs
	run -137 mq-consume -s jobs --batch 4,1m -x 'kill -9 $PPID'
	run -0 mq-consume -s jobs --max-deliveries 1 --dlq dead -e
	says 'topic jobs, partition 0, offsets 4 to 7: delivery 1: they are dead letters'
}

@test "what is written out is accepted before the end, but for -w and a signal" {
	mq-topic create --queue jobs
	{ printf '%0100000d\n' 1; echo 2; } | mq-produce jobs
	mkfifo out
	exec 4<>out
	held_up() { # ARGUMENT ...: one that has written all, which the pipe did not hold
		mq-consume -s jobs -c 1 "$@" >out 2>err 3>&- 4>&- &
		consumer=$!
		head -c 1 <&4 >/dev/null
		locked store/groups/jobs/*.share
		head -c 100000 <&4 >/dev/null
	}
	held_up -w 100ms
	ended 75 "$consumer"
	grep 'another process holds its lock, and may be stopped' err
	unlock
	held_up
	kill -TERM "$consumer"
	ended 143 "$consumer"
	unlock
	held_up -w 1m
	unlock
	ended 0 "$consumer"
	is mq-consume -s jobs -e -w 0 <<<2
}
