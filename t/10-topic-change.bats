#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Topics are altered, trimmed and deleted.

load helper/scene

@test "alter sets configs and gives them back their defaults" {
	mq-topic create -X retention.ms=5 t u
	silent mq-topic alter -X segment.bytes=4096 -X retention.ms t
	is mq-topic describe t <<<$'t\t0\t0\t0\t0\t0\t1\t0\tsegment.bytes=4096\tlog'
	is mq-topic describe u <<<$'u\t0\t0\t0\t0\t0\t1\t0\tretention.ms=5\tlog'
	echo flush.messages=7 >conf
	mq-topic alter -r -F conf '.'
	mq-topic describe t | grep -q $'\tflush.messages=7,segment.bytes=4096\tlog$'
	mq-topic describe u | grep -q $'\tflush.messages=7,retention.ms=5\tlog$'
}

@test "alter refuses what it does not know, and then changes nothing" {
	mq-topic create -X retention.ms=5 t
	run -2 mq-topic alter -X segment.bytes=4096 -X retention t
	says retention.ms segment.bytes
	run -2 mq-topic alter -X nope=1 t
	says nope retention.ms
	run -2 mq-topic alter -X retention.ms=never t
	is mq-topic describe t <<<$'t\t0\t0\t0\t0\t0\t1\t0\tretention.ms=5\tlog'
}

@test "alter does nothing when one of the topics is not there or cannot" {
	mq-topic create t
	mq-topic create --partitions 3 u
	run -69 mq-topic alter -X retention.ms=5 t nope
	says nope
	run -69 mq-topic alter --partitions 2 t u
	says 'topic u has 3'
	is mq-topic describe t <<<$'t\t0\t0\t0\t0\t0\t1\t0\t-\tlog'
}

@test "partitions are added, never taken away" {
	mq-topic create t
	echo old | mq-produce t
	mq-topic alter --partitions 3 t
	echo new | mq-produce -p 2 t
	is mq-topic offsets t <<'END'
t	0	0	1
t	1	0	0
t	2	0	1
END
	run -69 mq-topic alter --partitions 2 t
	says 3
	mq-topic alter --partitions 3 t
	is mq-consume -e -p 0 t <<<old
}

@test "a running producer takes the topic's new max.message.bytes" {
	mq-topic create t
	mkfifo in
	mq-produce t <in 2>err 3>&- &
	exec 4>in
	echo small >&4
	mq-topic wait -w 30s -c 1 t
	mq-topic alter -X max.message.bytes=200 t
	printf '%300s\n' large >&4
	exec 4>&-
	ended 65 $!
	grep -q 'record 2, .*byte 6' err
	is mq-consume -e t <<<small
}

@test "a running producer takes a max.message.bytes that was raised" {
	mq-topic create -X max.message.bytes=200 t
	mkfifo in
	mq-produce t <in 3>&- &
	exec 4>in
	echo small >&4
	mq-topic wait -w 30s -c 1 t
	mq-topic alter -X max.message.bytes=2000 t
	printf '%300s\n' large >&4
	exec 4>&-
	ended 0 $!
	is mq-topic offsets t <<<$'t\t0\t0\t2'
}

@test "a running producer takes the topic's new compression.type" {
	mq-topic create t
	mkfifo in
	mq-produce t <in 3>&- &
	exec 4>in
	printf '%300s\n' first >&4
	mq-topic wait -w 30s -c 1 t
	mq-topic alter -X compression.type=gzip t
	printf '%300s\n' second >&4
	exec 4>&-
	ended 0 $!
	is sh -c 'mq-topic dump store/t-0/*.log | grep -o "compresscodec: [a-z]*"' <<'END'
compresscodec: none
compresscodec: gzip
END
}

@test "a running producer rolls as the topic's new segment.bytes says" {
	mq-topic create t
	mkfifo in
	mq-produce -X batch.size=1 t <in 3>&- &
	exec 4>in
	echo 1 >&4
	mq-topic wait -w 30s -c 1 t
	mq-topic alter -X segment.bytes=100 t
	seq 2 5 >&4
	exec 4>&-
	ended 0 $!
	mq-topic describe t | cut -f 7 | grep -qx 5
	is mq-consume -e t < <(seq 5)
}

@test "delete removes topics and their files" {
	mq-topic create a b.1 b.2
	seq 3 | mq-produce b.1
	is mq-topic delete -n -r 'b.*' <<<$'b.1\nb.2'
	mq-topic list | cut -f 1 | tr '\n' ' ' | grep -qx 'a b.1 b.2 '
	silent mq-topic delete -r 'b.*'
	is mq-topic list <<<$'a\t1\t0\t0\tlog'
	is ls store <<'END'
a-0
a.json
meta.properties
store.lock
END
}

@test "a topic that is named twice is meant once" {
	silent mq-topic create t u t
	is mq-topic list u t u <<<$'u\t1\t0\t0\tlog\nt\t1\t0\t0\tlog'
	silent mq-topic alter -X retention.ms=5 t t
	is mq-topic offsets t t <<<$'t\t0\t0\t0'
	is mq-topic delete -n t t <<<t
	silent mq-topic delete t t
	is mq-topic list <<<$'u\t1\t0\t0\tlog'
}

@test "delete does nothing when one of the topics is not there" {
	mq-topic create a
	run -69 mq-topic delete a nope
	is mq-topic list <<<$'a\t1\t0\t0\tlog'
}

@test "a topic made again after it was deleted is empty and new" {
	mq-topic create t
	id=$(grep id store/t.json)
	seq 3 | mq-produce t
	mq-topic delete t
	mq-topic create t
	is mq-consume -e t </dev/null
	[ "$id" != "$(grep id store/t.json)" ]
}

@test "a program that follows a topic that is deleted ends with an error" {
	mq-topic create t u
	echo x | mq-produce t
	mkfifo out
	mq-consume t >out 2>err 3>&- &
	exec 4<out
	read -r line <&4
	[ "$line" = x ]
	mq-topic delete t
	ended 69 $!
	exec 4<&-
	grep -q 'topic t' err
	# One that follows a pattern does not mind.
	mq-topic create t
	mq-consume -c 2 -r '[tu]' >got 3>&- &
	echo 1 | mq-produce t
	mq-topic delete t
	seq 2 | mq-produce u
	ended 0 $!
}

@test "a producer does not write to a topic that was deleted" {
	mq-topic create t
	mkfifo in
	mq-produce t <in 2>err 3>&- &
	exec 4>in
	echo one >&4
	mq-topic wait -w 30s -c 1 t
	mq-topic delete t
	echo two >&4 || :
	exec 4>&-
	ended 69 $!
	grep -q '1 of 2 records confirmed' err
	[ "$(ls store)" = $'meta.properties\nstore.lock' ]
}

@test "trim deletes what stands before a position" {
	mq-topic create --partitions 2 t
	for p in 0 1; do seq 10 | mq-produce -p "$p" t; done
	is mq-topic trim -n -o -2 t <<<$'t\t0\t8\nt\t1\t8'
	is mq-topic offsets t <<<$'t\t0\t0\t10\nt\t1\t0\t10'
	is mq-topic trim -o 0=-2,4 t <<<$'t\t0\t8\nt\t1\t4'
	is mq-topic trim -o end -p 1 t <<<$'t\t1\t10'
	is mq-topic offsets t <<<$'t\t0\t8\t10\nt\t1\t10\t10'
	is mq-consume -e t <<<$'9\n10'
	# It stays so when the store's state is made again.
	rm store/t-*/partition.state
	is mq-topic offsets t <<<$'t\t0\t8\t10\nt\t1\t10\t10'
}

@test "trim never gives back, and does not go beyond the end" {
	mq-topic create t
	seq 5 | mq-produce t
	mq-topic trim -o 3 t
	is mq-topic trim -o 1 t <<<$'t\t0\t3'
	is mq-topic trim -o start t <<<$'t\t0\t3'
	run -69 mq-topic trim -o 6 t
	says 6 5
	run -69 mq-topic trim -n -o 6 t
	is mq-topic offsets t <<<$'t\t0\t3\t5'
	echo 6 | mq-produce t
	is mq-consume -e -f '%o %v\n' -o +2 t <<<'5 6'
}

@test "trim does nothing when one of its positions cannot be" {
	mq-topic create --partitions 2 t
	for p in 0 1; do seq 5 | mq-produce -p "$p" t; done
	run -69 mq-topic trim -o 0=2,1=77 t
	says 'partition 1: offset 77' 'nothing is deleted'
	for words in '-o 9=2' '-p 0 -o 1=2' '-o 1=2,2=3'; do
		# shellcheck disable=SC2086 # these are words
		run -69 mq-topic trim $words t
		says 'partition '
		# shellcheck disable=SC2086
		run -69 mq-topic offsets $words t
	done
	is mq-topic offsets t <<<$'t\t0\t0\t5\nt\t1\t0\t5'
	is mq-topic trim -o 1=2 t <<<$'t\t1\t2'
}

@test "trim deletes the files of segments that hold nothing else" {
	mq-topic create -X segment.bytes=160 t
	one_each t 1 2 3 4 5 6
	is sh -c 'cd store/t-0 && echo *.log *.index *.timeindex | wc -w' <<<9
	mq-topic trim -o 3 t
	is sh -c 'cd store/t-0 && ls *.log' <<'END'
00000000000000000002.log
00000000000000000004.log
END
	is mq-consume -e t <<<$'4\n5\n6'
	silent mq-topic verify
}

@test "offsets answers positions with their timestamps" {
	mq-topic create --partitions 2 t
	printf '%s\n' '1000 a' '2000 b' | mq-produce -p 1 -f '%d %v\n' t
	is mq-topic offsets -o @1500 t <<<$'t\t0\t0\t-1\nt\t1\t1\t2000'
	is mq-topic offsets -p 1 -o end t <<<$'t\t1\t2\t-1'
	is mq-topic offsets -j -p 1 -o -2 t \
		<<<'{"topic":"t","partition":1,"offset":0,"timestamp":1000}'
	is mq-topic offsets -j -p 0 t \
		<<<'{"topic":"t","partition":0,"start":0,"end":0}'
	is mq-topic offsets -r '.' <<<$'t\t0\t0\t0\nt\t1\t0\t2'
}

@test "wait ends when the topic holds the records, or the time is over" {
	mq-topic create --partitions 2 t
	seq 3 | mq-produce -p 0 t
	silent mq-topic wait -c 3 t
	run -3 mq-topic wait -c 4 -w 0 t
	run -3 mq-topic wait -c 4 -w 20ms t
	mq-topic wait -w 30s -c 6 t 3>&- &
	waiter=$!
	seq 3 | mq-produce -p 1 t
	ended 0 "$waiter"
	mq-topic trim -p 0 -o end t
	run -3 mq-topic wait -c 6 -w 0 t
	mq-topic wait -w 30s -c 6 t 3>&- &
	waiter=$!
	mq-topic alter --partitions 3 t
	seq 3 | mq-produce -p 2 t
	ended 0 "$waiter"
}

@test "a signal ends wait" {
	mq-topic create t
	for signal in TERM:143 HUP:129; do
		mq-topic wait -c 1 t 3>&- &
		# Not the shell that it is before: that may take the signal.
		until [ "$(cat "/proc/$!/comm")" = mq-topic ]; do :; done
		kill -"${signal%:*}" $!
		ended "${signal#*:}" $!
	done
}

@test "who writes to a deleted topic is told, though a partition is damaged" {
	mq-topic create --partitions 2 t
	mkfifo in
	mq-produce -p 1 t <in 2>err 3>&- &
	producer=$!
	exec 5>in
	echo one >&5
	mq-topic wait -c 1 -w 60s t
	rm store/t-0/*.log
	mq-topic delete t
	echo two >&5
	exec 5>&-
	ended 69 "$producer"
	grep -q 'was deleted' err
}

@test "what a create left that was killed is removed by clean" {
	mq-topic create --partitions 2 t
	mq-produce -p 1 t <<<kept
	mq-topic create --partitions 3 gone lost
	mq-produce -p 0 lost <<<kept
	# As a kill leaves them; with records it was none.
	rm store/gone.json store/lost.json store/gone-1/*.log
	# And what only looks like one.
	mkdir store/photos-3 precious
	echo kept >store/photos-3/img.jpg
	echo kept >precious/00000000000000000000.index
	ln -s ../precious store/link-0
	run -1 mq-topic verify
	says 'gone-0' 'lost-0'
	run -0 mq-topic clean t
	[ -d store/gone-0 ]
	run -0 mq-topic clean
	says '5 partitions of no topic removed'
	[ ! -e store/gone-0 ] && [ ! -e store/lost-1 ] && [ -d store/lost-0 ]
	[ -e store/photos-3/img.jpg ] && [ -n "$(ls precious)" ]
	is mq-consume -e t <<<kept
	run -1 mq-topic verify
	[ "${#lines[@]}" = 3 ]
	says 'lost-0' 'photos-3' 'link-0'
	run -74 mq-topic create --partitions 4 photos
	says 'photos-3/img.jpg is no file of a partition'
	[ ! -e store/photos-0 ]
}

@test "a create that fails leaves nothing" {
	small 2m full
	export MQ_TARGET=./full/store/
	mq-topic create t
	mount -o remount,nr_inodes=$(($(df --output=iused full | tail -n 1) + 20)) full
	run -74 mq-topic create --partitions 10 u
	says 'No space left on device'
	[ "$(ls full/store)" = $'meta.properties\nstore.lock\nt-0\nt.json' ]
	run -74 mq-topic alter --partitions 10 t
	[ "$(ls full/store)" = $'meta.properties\nstore.lock\nt-0\nt.json' ]
	silent mq-topic verify
	# The topic's own file is the last.
	for left in $(seq 20); do
		mount -o remount,nr_inodes=$(($(df --output=iused full | tail -n 1) + left)) full
		run mq-topic create --partitions 2 u
		[ "$status" = 74 ] || break
		[ "$(ls full/store)" = $'meta.properties\nstore.lock\nt-0\nt.json' ]
	done
	[ "$status" = 0 ]
	[ "$left" -gt 15 ]
	for left in $(seq 20); do
		mount -o remount,nr_inodes=$(($(df --output=iused full | tail -n 1) + left)) full
		run mq-topic alter --partitions 3 u
		[ "$status" = 74 ] || break
		[ ! -e full/store/u-2 ]
	done
	[ "$status" = 0 ] && [ "$left" -gt 7 ] && [ -e full/store/u-2 ]
	silent mq-topic verify
}
