#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A consumer follows, and sleeps until there is something.

# shellcheck disable=SC2030,SC2031 # a test is a shell of its own
load helper/scene

# follow ARGUMENT ...: with its output on descriptor 4; $follower is its pid.
follow() {
	mkfifo out
	timeout 100 mq-consume "$@" >out 3>&- &
	follower=$!
	exec 4<out
}

next() { # VALUE: what comes next from the follower
	local line='(nothing)'
	read -r -t 60 line <&4 || :
	[ "$line" = "$1" ] || { echo "it wrote: $line"; return 1; }
}

stop() { # ends the follower, which has written nothing more
	kill -TERM "$follower"
	ended 143 "$follower"
	[ -z "$(cat <&4)" ]
	exec 4<&-
}

@test "records of other processes come as they are appended" {
	mq-topic create t
	echo before | mq-produce t
	follow t
	next before
	for i in 1 2 3; do
		echo "$i" | mq-produce t
		next "$i"
	done
	seq 4 1000 | mq-produce t
	for i in $(seq 4 1000); do next "$i"; done
	stop
}

@test "a record that is not flushed by its producer is followed too" {
	mq-topic create t
	mq-topic create -X flush.messages=1000 u
	follow t u
	echo 1 | mq-produce --acks 1 t
	next 1
	echo 2 | mq-produce --acks 0 t
	next 2
	echo 3 | mq-produce u
	next 3
	stop
}

@test "-r picks up a topic that is made later" {
	mq-topic create a1
	follow -r 'a.'
	echo 1 | mq-produce a1
	next 1
	mq-topic create b
	seq 3 | mq-produce b
	mq-topic create a2
	echo 2 | mq-produce a2
	next 2
	echo 3 | mq-produce --create a3
	next 3
	echo 4 | mq-produce a2
	next 4
	stop
}

@test "-r may match nothing at first" {
	mq-topic create b
	follow -r 'a.*'
	echo 1 | mq-produce --create a
	next 1
	stop
}

@test "a partition that is added is read from its start" {
	mq-topic create t
	follow -o end t
	mq-topic alter --partitions 2 t
	seq 2 | mq-produce -p 1 t
	next 1
	next 2
	stop
}

@test "a follower goes on over segments that are rolled and deleted" {
	mq-topic create -X segment.bytes=300 -X retention.bytes=600 t
	follow t
	for i in $(seq 40); do
		echo "$i" | mq-produce t
		next "$i"
	done
	stop
	start=$(mq-topic offsets t | cut -f 3)
	[ "$start" -gt 20 ]
}

@test "a follower that is behind when its records are trimmed is told" {
	mq-topic create t
	echo 1 | mq-produce t
	for reset in none earliest latest; do
		rm -f out
		mkfifo out
		mq-consume -o -1 -X auto.offset.reset="$reset" t >out 2>err 3>&- &
		follower=$!
		exec 4<out
		read -r _ <&4
		halt "$follower"
		seq 5 | mq-produce t
		mq-topic trim -o -2 t
		kill -CONT "$follower"
		case $reset in
		none)
			ended 69 "$follower"
			grep -q 'topic t, partition 0: offset 1 ' err
			exec 4<&-
			;;
		earliest)
			next 4
			next 5
			stop
			;;
		latest)
			while ! read -r -t 0 <&4; do echo new | mq-produce t; done
			read -r line <&4
			[ "$line" = new ]
			kill -TERM "$follower"
			ended 143 "$follower"
			exec 4<&-
			;;
		esac
	done
}

@test "a signal ends it with a whole record, and its status" {
	need setpriv
	mq-topic create t
	seq 3 | mq-produce t
	for signal in TERM:143 INT:130 HUP:129; do
		rm -f out
		mkfifo out
		# bash has SIGINT ignored in what it starts in the background.
		env --default-signal=INT mq-consume t >out 2>err 3>&- &
		exec 4<out
		for i in 1 2 3; do next "$i"; done
		kill -"${signal%:*}" $!
		ended "${signal#*:}" $!
		[ -z "$(cat <&4)" ]
		[ ! -s err ]
		exec 4<&-
	done
}

@test "a signal in mid stream leaves whole lines" {
	seq 2000000 | mq-produce --create t
	mkfifo out
	mq-consume t >out 3>&- &
	follower=$!
	exec 4<out
	head -c 100000 <&4 >got
	kill -TERM "$follower"
	cat <&4 >>got
	ended 143 "$follower"
	exec 4<&-
	[ "$(tail -c 1 got)" = '' ]
	is cat got < <(seq "$(wc -l <got)")
}

@test "-u writes each record at once, though more are there" {
	need strace
	[ -z "${MQ_SAN-}" ] || skip 'no strace under the sanitizers'
	seq 5 | mq-produce --create t
	strace -qq -e trace=write,writev -o trace mq-consume -u -e t >got
	is grep -c '(1, ' trace <<<5
	strace -qq -e trace=write,writev -o trace mq-consume -e t >got
	is grep -c '(1, ' trace <<<1
}

# How often it slept by its own will, and how long it ran, in ticks.
switches() { # pid
	awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$1/status"
}

ticks() { # pid
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

@test "an idle follower sleeps, whatever happens to other topics" {
	mq-topic create t
	mq-topic create --partitions 4 busy
	mkfifo out
	mq-consume t >out 3>&- &
	follower=$!
	exec 4<out
	echo 1 | mq-produce t
	next 1
	before=$(switches "$follower")
	ran=$(ticks "$follower")
	seq 10000 | mq-produce -X batch.size=1 --acks 1 busy
	mq-topic wait -c 10000 busy
	[ $(($(switches "$follower") - before)) -le 5 ]
	[ $(($(ticks "$follower") - ran)) -le 1 ]
	echo 2 | mq-produce t
	next 2
	stop
}

@test "-w counts from the last record" {
	mq-topic create t
	follow -w 3s t
	for i in 1 2 3; do
		echo "$i" | mq-produce t
		next "$i"
		mq-topic wait -c 100 -w 1300ms t || :
	done
	# Who counts from its start is gone by now.
	echo last | mq-produce t
	next last
	ended 0 "$follower"
	exec 4<&-
}

@test "-c N -w: a script waits for a number of records, but not for ever" {
	mq-topic create t
	mq-consume -c 3 -w 60s t >got 3>&- &
	seq 2 | mq-produce t
	seq 3 9 | mq-produce t
	ended 0 $!
	is cat got < <(seq 3)
	run -3 mq-consume -o end -c 1 -w 10ms t
}

@test "several followers each see everything" {
	mq-topic create --partitions 3 t
	pids=()
	for i in 1 2 3 4; do
		mq-consume -c 3000 -w 60s t >"got$i" 3>&- &
		pids+=($!)
	done
	for i in 0 1 2; do
		seq $((i * 1000 + 1)) $((i * 1000 + 1000)) |
			mq-produce -X batch.size=100 -p "$i" t 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do ended 0 "$pid"; done
	for i in 1 2 3 4; do
		is sort -n "got$i" < <(seq 3000)
	done
}

@test "what came while too much came to be told is not missed" {
	queue=/proc/sys/fs/inotify/max_queued_events
	mq-topic create --partitions 2 t
	mkfifo hold
	follow -u t
	echo first | mq-produce -p 0 t
	next first
	# It waits, and is told nothing while it is stopped.
	halt "$follower"
	one_each_n=$(($(cat $queue) / 2 + 100))
	[ "$one_each_n" -lt 20000 ] || skip "the queue of events is long"
	seq "$one_each_n" | sed 'p;s/.*/x/' >many
	mq-produce --acks 1 -X batch.size=1 --partitioner round-robin t many
	echo last | mq-produce -p 1 t
	kill -CONT "$follower"
	timeout 100 sed '/^last$/q' <&4 | tail -n 1 >got
	[ "$(cat got)" = last ]
	kill -TERM "$follower"
	wait "$follower" || :
	exec 4<&-
}
