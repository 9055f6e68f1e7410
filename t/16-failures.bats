#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A full disk, a limit, a signal, a kill: what was confirmed is there, whole.

# shellcheck disable=SC2030,SC2031 # a test is a shell of its own
load helper/scene

# confirmed FILE: how many records the last run said were, and that the record
# and the byte it names as the next are that one's in the file.
confirmed() {
	[[ $output =~ ([0-9]+)\ of\ ([0-9]+)\ records\ confirmed ]]
	confirmed=${BASH_REMATCH[1]}
	says "record $((confirmed + 1))," \
		"at byte $(head -n "$confirmed" "$1" | wc -c) of "
	[ "$confirmed" -lt "${BASH_REMATCH[2]}" ]
}

# whole FILE: the topic holds all that was confirmed, and a beginning of FILE.
whole() {
	mq-consume -e t >got
	[ "$(wc -l <got)" -ge "$confirmed" ]
	cmp got <(head -n "$(wc -l <got)" "$1")
	silent mq-topic verify t
}

@test "on a full disk the exit status is true, and whole records are left" {
	small 2m disk
	export MQ_TARGET=./disk/store/
	mq-topic create t
	seq -f 'this is the record of number %g' 100000 >in
	run -74 mq-produce t in
	says 'No space left'
	confirmed in
	whole in
}

@test "after a full disk it goes on where it was told to" {
	small 2m disk
	head -c 1000000 /dev/zero >disk/ballast
	export MQ_TARGET=./disk/store/
	mq-topic create t
	seq -f 'record %g' 1 60000 >in
	run -74 mq-produce t in
	confirmed in
	whole in
	rm disk/ballast
	mq-produce t < <(tail -n "+$(($(wc -l <got) + 1))" in)
	cmp <(mq-consume -e t) in
	silent mq-topic verify
}

@test "a disk that is full from the start loses nothing of what is there" {
	small 1m disk
	export MQ_TARGET=./disk/store/
	mq-topic create t
	seq 10 | mq-produce t
	cat /dev/zero >disk/ballast 2>/dev/null || :
	seq 11 20000 >in
	run -74 mq-produce t in
	is mq-consume -e -c 10 t < <(seq 10)
	run -74 mq-topic create another
	is sh -c 'mq-topic list | cut -f 1' <<<t
	rm disk/ballast
	mq-topic create another
	silent mq-topic verify
}

@test "a store that does not fit on the disk is told" {
	small 4k disk
	cat /dev/zero >disk/ballast 2>/dev/null || :
	run -74 mq-produce -b ./disk/store/ --create t <<<x
	says 'mq-produce: '
}

@test "a limit on the size of files is an error like a full disk" {
	mq-topic create t
	seq -f 'this is the record of number %g' 100000 >in
	run -74 bash -c 'ulimit -f 500 && exec mq-produce t in'
	says 'File too large'
	confirmed in
	whole in
	mq-produce t <<<more
	is mq-consume -e -o -1 t <<<more
}

@test "a signal in mid stream leaves whole records, and its exit status" {
	mq-topic create t
	for signal in TERM:143 INT:130 HUP:129; do
		mkfifo "in-$signal"
		env --default-signal=INT mq-produce t <"in-$signal" 2>err 3>&- &
		producer=$!
		before=$(mq-topic offsets t | cut -f 4)
		seq 10000000 >"in-$signal" 2>/dev/null 3>&- &
		mq-topic wait -c $((before + 5000)) -w 60s t
		kill -"${signal%:*}" "$producer"
		ended "${signal#*:}" "$producer"
		mq-consume -e -o "$before" t >got
		cmp got <(seq "$(wc -l <got)")
	done
	silent mq-topic verify
}

@test "what was read before a signal is confirmed, half a line is not" {
	mq-topic create t
	mkfifo in
	for quiet in '' -q; do
		# shellcheck disable=SC2086 # an option, or none
		mq-produce $quiet t <in 2>"err$quiet" 3>&- &
		exec 4>in
		printf 'one\ntwo\nha' >&4
		mq-topic wait -c 2 -w 30s t
		kill -TERM $!
		ended 143 $!
		exec 4>&-
		is mq-consume -e t <<<$'one\ntwo'
		mq-topic trim -o end t
	done
	is cat err <<<'mq-produce: ended by signal 15; 2 records confirmed'
	[ ! -s err-q ]
}

@test "a signal ends a shell's loop around a program too" {
	seq 5 | mq-produce --create t
	for words in 'mq-consume t' 'mq-produce t'; do
		rm -f in out
		mkfifo in out
		# shellcheck disable=SC2016 # for the inner shell
		timeout -k 20 60 env --default-signal=INT setsid bash -c '
			for i in 1 2 3; do echo "pid $$ $i"; '"$words"'; done
			echo the end' <in >out 2>err 3>&- &
		loop=$!
		exec 5>in 4<out
		read -r _ group _ <&4
		case $words in
		*consume*) for _ in 1 2 3 4 5; do read -r _ <&4; done ;;
		*produce*)
			echo 6 >&5
			mq-topic wait -c 6 -w 30s t
			;;
		esac
		kill -INT -- "-$group"
		rest=''
		read -r -t 20 rest <&4 || :
		kill -KILL -- "-$group" 2>/dev/null || :
		wait "$loop" || :
		exec 5>&- 4<&-
		[ -z "$rest" ] || { echo "$words: it goes on: $rest"; false; }
	done
}

@test "a consumer whose output nobody reads is ended by a signal" {
	seq 1000000 | mq-produce --create t
	for form in '' -j --batches; do
		rm -f out
		mkfifo out
		exec 5<>out
		# shellcheck disable=SC2086 # an option, or none
		timeout -k 20 60 mq-consume $form t >out 2>err 3>&- 5>&- &
		head -c 10 <&5 >start
		[ -s start ]
		kill -TERM $!
		ended 143 $!
		exec 5>&-
		[ ! -s err ]
	done
}

@test "a reader that goes on reading after a signal gets whole records" {
	seq 1000000 | mq-produce --create t
	mkfifo out
	mq-consume -K : t >out 3>&- &
	exec 4<out
	read -r line <&4
	kill -TERM $!
	{ echo "$line"; cat <&4; } >got
	exec 4<&-
	ended 143 $!
	cmp got <(seq -f ':%g' "$(wc -l <got)")
}

@test "a standard descriptor that is closed fails, and no file is in its place" {
	seq 100000 | mq-produce --create t
	for words in 'mq-consume -e t' 'mq-consume -e --batches t' \
		'mq-topic list' 'mq-topic clean' 'mq-consume -h'; do
		run -74 sh -c "$words >&- <&-"
		says 'standard output: Bad file descriptor'
	done
	for option in '' -j -W --batches -; do
		run -74 timeout -k 5 20 sh -c "exec mq-produce t $option <&-"
		says 'standard input: Bad file descriptor'
	done
	run -69 sh -c 'mq-topic list nope 2>&-'
	run -69 sh -c 'mq-topic list nope <&- 2>&-'
	run -69 sh -c 'mq-topic list nope <&- >&- 2>&-'
	[ -e store/store.lock ]
	run -1 grep -aE "99999|mq-topic" store/store.lock
	is mq-topic offsets t <<<$'t\t0\t0\t100000'
	silent mq-topic verify
}

@test "a limit on the size of files is an error to each program" {
	seq 100000 | mq-produce --create t
	run -74 bash -c 'ulimit -f 0 && exec mq-topic create new'
	says 'File too large'
	is sh -c 'mq-topic list | cut -f 1' <<<t
	mq-topic create new
	run -74 bash -c 'ulimit -f 10 && exec mq-consume -e t >out'
	says 'standard output: File too large'
	# What -x runs has the signal as it was.
	run -1 bash -c 'ulimit -f 10 && exec mq-produce -x "cat /dev/zero" t'
	[[ $output != *'File too large'* ]]
}

@test "kill -9 of a producer loses nothing that others confirmed" {
	mq-topic create t
	for i in 1 2 3 4 5 6 7 8; do
		mkfifo "in$i"
		mq-produce --acks 1 -k noise -X batch.size=200 t <"in$i" 3>&- &
		victim=$!
		seq 1000000 >"in$i" 2>/dev/null 3>&- &
		before=$(mq-topic offsets t | cut -f 4)
		mq-topic wait -c $((before + i * 10)) -w 60s t
		kill -KILL "$victim"
		ended 137 "$victim"
		seq -f "$i %g" 10 | mq-produce -k kept t
	done
	diff <(mq-consume -e -f '%k %v\n' t | sed -n 's/^kept //p') \
		<(for i in 1 2 3 4 5 6 7 8; do seq -f "$i %g" 10; done)
	diff <(mq-consume -e -f '%o\n' t) \
		<(seq 0 $(($(mq-topic offsets t | cut -f 4) - 1)))
	silent mq-topic verify
}

@test "many producers at once lose, double and mix up nothing" {
	mq-topic create --partitions 2 -X segment.bytes=20000 t
	pids=()
	for i in 1 2 3 4 5 6; do
		seq -f "$i %g" 1000 |
			mq-produce -X batch.size=$((i * 50)) t 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do ended 0 "$pid"; done
	is mq-topic wait -c 6000 -w 0 t </dev/null
	for p in 0 1; do
		mq-consume -e -p "$p" t | awk '
		$2 <= last[$1] { print "out of order: " $0 }
		{ last[$1] = $2 }'
	done >disorder
	is cat disorder </dev/null
	diff <(mq-consume -e t | sort) <(for i in 1 2 3 4 5 6; do
		seq -f "$i %g" 1000; done | sort)
	silent mq-topic verify
}

@test "one that is stopped while it flushes keeps nobody waiting" {
	mq-topic create t
	seq 3 | mq-produce t
	mq-group commit -t t -o 1 other
	locked store/t-0/partition.lock 1
	# What the others flush by themselves a recovery keeps too, or tells of.
	for n in 4 5 6; do silent mq-produce t <<<$n; done
	flip "$(log t)" $(($(wc -c <"$(log t)") - 75))
	printf 'torn' >>"$(log t)"
	run -74 timeout 60 mq-produce t <<<7
	says 'bad CRC'
	truncate -s -4 "$(log t)"
	flip "$(log t)" $(($(wc -c <"$(log t)") - 75))
	silent mq-produce t <<<7
	is mq-consume -e t < <(seq 7)
	is mq-topic offsets t <<<$'t\t0\t0\t7'
	unlock
	# One in the midst of an append keeps no reader waiting who has to flush.
	mq-produce --acks 1 t <<<8
	locked store/t-0/partition.lock 0
	is mq-consume -e t < <(seq 8)
	unlock
	locked store/__consumer_offsets-0/partition.lock 1
	is mq-consume -g g -e --commit -w 0 t < <(seq 8)
	is mq-consume -g h -e -w 0 -x 'cat; echo' t < <(seq 8)
	silent mq-group wait --lag 0 -w 30s g
	[ "$(timeout 60 mq-group list | cut -f 1,5 | xargs)" = 'g 0 h 0 other 7' ]
	unlock
	is mq-consume -g other -e --commit t < <(seq 2 8)
	silent mq-group wait --lag 0 -w 0 other
	silent mq-topic verify
}

@test "an input that cannot be read is told; what came before is confirmed" {
	mq-topic create t
	mkdir directory
	echo 1 >file
	run -74 mq-produce t file directory file
	says directory
	is mq-consume -e t <<<1
}
