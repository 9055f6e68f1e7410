#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# verify finds what is wrong, says where, and changes nothing.

load helper/scene

# Four segments of two batches each, and their indexes.
sound() {
	mq-topic create -X segment.bytes=160 -X index.interval.bytes=0 t
	one_each t 1 2 3 4 5 6 7 8
	batch=$(($(wc -c <"$(log t)") / 2))
	(cd store && find . -type f -exec cksum {} + | sort) >before
}

# finds TEXT ...: one fault, in these words, and nothing was changed.
finds() {
	(cd store && find . -type f -exec cksum {} + | sort) >planted
	run -1 --separate-stderr mq-topic verify
	says 'topic t, partition 0: ' "$@"
	[ "${#lines[@]}" = 1 ] || { echo "$output"; return 1; }
	(cd store && find . -type f -exec cksum {} + | sort) >after
	cmp planted after
}

second=store/t-0/00000000000000000002

@test "it is silent about a sound store, and -v tells what was checked" {
	sound
	mq-topic create --partitions 3 empty
	silent mq-topic verify
	run -0 --separate-stderr mq-topic verify -v
	[ -z "$output" ]
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *'topic empty'*'topic t'* ]]
	cmp before <(cd store && find ./t* ./meta* ./store* -type f \
		-exec cksum {} + | sort)
}

@test "a bit that is turned, in any part of a batch" {
	sound
	cp "$second.log" good
	for at in 8 16 17 21 23 35 57 61 $((batch - 1)); do
		flip "$second.log" $((batch + at))
		run -1 mq-topic verify
		[[ ${lines[0]} == "topic t, partition 0: 00000000000000000002.log: byte $batch: "* ]]
		cp good "$second.log"
	done
	silent mq-topic verify
}

@test "a segment that is cut short" {
	sound
	truncate -s $((batch + 30)) "$second.log"
	run -1 mq-topic verify
	says "00000000000000000002.log: byte $batch: "
}

@test "a segment in the middle that is gone" {
	sound
	rm "$second".*
	finds 00000000000000000004.log 'offset 1'
}

@test "the first segment that is gone, with or without its indexes" {
	sound
	mv store/t-0/00000000000000000000.log kept
	run -1 mq-topic verify
	says '00000000000000000002.log: ' 'offsets 0 to 1 are missing' \
		'00000000000000000000.index: ' '00000000000000000000.timeindex: '
	[ "${#lines[@]}" = 3 ]
	rm store/t-0/00000000000000000000.*
	finds '00000000000000000002.log: ' 'offsets 0 to 1 are missing'
	rm store/t-0/partition.state
	finds '00000000000000000002.log: ' 'offsets 0 to 1 are missing'
	# One that retention took is not missing.
	printf '0\n1\n0 2\n' >store/t-0/log-start-offset-checkpoint
	silent mq-topic verify
}

@test "batches out of their order" {
	sound
	{ tail -c "$batch" "$second.log"; head -c "$batch" "$second.log"; } >swapped
	cp swapped "$second.log"
	run -1 mq-topic verify
	says '00000000000000000002.log: byte'
}

@test "a wrong entry of an index" {
	sound
	[ "$(wc -c <"$second.index")" = 8 ]
	flip "$second.index" 7
	finds '00000000000000000002.index: byte 0: '
	flip "$second.index" 7
	flip "$second.index" 3
	finds '00000000000000000002.index: byte 0: '
	flip "$second.index" 3
	[ $(($(wc -c <"$second.timeindex") % 12)) = 0 ]
	flip "$second.timeindex" 11
	finds '00000000000000000002.timeindex: byte 0: '
	flip "$second.timeindex" 11
	flip "$second.timeindex" 6
	run -1 mq-topic verify
	says '00000000000000000002.timeindex: byte 0: '
}

@test "an index that is missing, or ends in the middle of an entry" {
	sound
	mv "$second.index" kept
	finds '00000000000000000002.index: '
	mv kept "$second.index"
	mv "$second.timeindex" kept
	finds '00000000000000000002.timeindex: '
	mv kept "$second.timeindex"
	cp "$second.index" kept
	printf xyz >>"$second.index"
	finds '00000000000000000002.index: byte 8: '
	cp kept "$second.index"
	: >"$second.timeindex"
	finds '00000000000000000002.timeindex: it has no entry, '
}

@test "an index that lost entries" {
	mq-topic create -X segment.bytes=400 -X index.interval.bytes=0 \
		-X retention.ms=-1 -X segment.ms=9223372036854775807 t
	for i in 1 2 3 4 5 6 7; do
		echo "$((1767225600000 + i * 1000)) $i"
	done | mq-produce -X batch.size=1 -f '%d %v\n' t
	[ -e store/t-0/00000000000000000005.log ]
	for n in 0 8; do
		cp store/t-0/00000000000000000000.index kept
		truncate -s "$n" store/t-0/00000000000000000000.index
		finds '00000000000000000000.index: it has '
		cp kept store/t-0/00000000000000000000.index
	done
	truncate -s 12 store/t-0/00000000000000000000.timeindex
	finds '00000000000000000000.timeindex: byte 0: it ends with '
}

@test "clean makes lost indexes of closed segments again, and no others" {
	mq-topic create -X segment.bytes=400 -X index.interval.bytes=0 \
		-X retention.ms=-1 -X segment.ms=9223372036854775807 t
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		echo "$((1767225600000 + i * 1000)) $i"
	done | mq-produce -X batch.size=1 -f '%d %v\n' t
	first=store/t-0/00000000000000000000
	other=store/t-0/00000000000000000005
	[ -e store/t-0/00000000000000000010.log ]
	mkdir kept
	cp store/t-0/*index kept
	was=$(stat -c '%i %y' "$other".*)
	for harm in 'rm' 'truncate -s 0' 'truncate -s 13'; do
		for lost in "$first.index" "$first.timeindex"; do
			$harm "$lost"
			run -1 mq-topic verify
			mq-topic clean -q
			silent mq-topic verify
			for file in kept/*; do cmp "$file" "store/t-0/${file##*/}"; done
		done
	done
	[ "$(stat -c '%i %y' "$other".*)" = "$was" ]
	# Of a segment that is damaged, as far as it is whole.
	rm "$first.index"
	flip "$first.log" $((2 * $(wc -c <"$first.log") / 5 + 61))
	mq-topic clean -q
	[ "$(wc -c <"$first.index")" = 8 ]
}

@test "a bad checkpoint" {
	sound
	printf '0\n1\nnonsense\n' >store/t-0/leader-epoch-checkpoint
	finds 'partition 0: leader-epoch-checkpoint: not a checkpoint'
	rm store/t-0/leader-epoch-checkpoint
	finds 'leader-epoch-checkpoint: '
	printf '0\n1\n0 0\n' >store/t-0/leader-epoch-checkpoint
	printf '0\n1\n0 99\n' >store/t-0/log-start-offset-checkpoint
	finds 'log-start-offset-checkpoint: ' 99
}

@test "a state page that is damaged, or says what is not so" {
	sound
	flip store/t-0/partition.state 60
	finds 'partition.state: byte 0: '
	flip store/t-0/partition.state 60
	flip store/t-0/partition.state 522
	finds 'partition.state: byte 512: '
	flip store/t-0/partition.state 522
	# That it is not there is no fault, for it is made again.
	mv store/t-0/partition.state kept
	silent mq-topic verify
	mv kept store/t-0/partition.state
	truncate -s "$batch" store/t-0/00000000000000000006.log
	run -1 mq-topic verify
	says 'partition.state: ' 'ends at 8' 'ends at 7'
}

@test "an opening that was refused adds nothing to what is found" {
	sound
	flip store/t-0/00000000000000000006.log 65
	rm store/t-0/partition.state
	run -74 mq-consume -e t
	run -74 mq-produce t <<<x
	finds '00000000000000000006.log: byte 0: '
}

@test "a partition whose directory is gone, a topic whose file is bad" {
	sound
	mv store/t-0 kept
	run -1 mq-topic verify
	says 'topic t, partition 0: '
	mv kept store/t-0
	echo '{' >store/t.json
	run -1 mq-topic verify
	says 'topic t: '
}

@test "all faults are told, and each topic is looked at" {
	sound
	mq-topic create u
	one_each u 1 2
	flip "$second.log" 65
	flip store/u-0/00000000000000000000.log 65
	rm store/t-0/00000000000000000004.index
	run -1 mq-topic verify
	says 'topic t, partition 0: 00000000000000000002.log: byte 0: ' \
		'topic t, partition 0: 00000000000000000004.index: ' \
		'topic u, partition 0: 00000000000000000000.log: byte 0: '
	run -1 mq-topic verify u
	[[ $output != *'topic t'* ]]
	run -1 mq-topic verify -r 't|x'
	[[ $output != *'topic u'* ]]
}

@test "verify -j has an object for each fault" {
	sound
	flip "$second.log" 65
	run -1 mq-topic verify -j
	[[ $output == '{"topic":"t","partition":0,"file":"00000000000000000002.log","position":0,"fault":"bad CRC'*'"}' ]]
}

@test "a store that is written to can be checked" {
	mq-topic create -X segment.bytes=3000 t
	mkfifo in
	mq-produce -X batch.size=1 --acks 1 t <in 3>&- &
	seq 100000 >in 2>/dev/null 3>&- &
	writer=$!
	for n in 500 1000 1500 2000 2500 3000 3500 4000; do
		mq-topic wait -c "$n" -w 60s t
		silent mq-topic verify
	done
	kill "$writer"
}

@test "every bad batch is told, and what is behind it is checked" {
	mq-topic create t
	one_each t 1 2 3 4 5 6
	batch=$(($(wc -c <"$(log t)") / 6))
	flip "$(log t)" $((batch + 63))
	flip "$(log t)" $((4 * batch + 63))
	run -1 mq-topic verify
	[ "${#lines[@]}" = 2 ]
	says "byte $batch: bad CRC" "byte $((4 * batch)): bad CRC"
}

@test "what a killed writer left behind is no fault" {
	mq-topic create t
	one_each t 1 2
	cp store/t-0/partition.state state
	size=$(wc -c <"$(log t)")
	one_each t 3
	mq-topic create u
	for cut in 0 1 30; do
		cp state store/t-0/partition.state
		truncate -s $((size + size / 2 - cut)) "$(log t)"
		silent mq-topic verify
	done
}

@test "a partition that belongs to no topic, and meta.properties" {
	sound
	rm store/t.json
	run -1 mq-topic verify
	says "the store: t-0: " "no topic's file"
	sed -i /cluster.id/d store/meta.properties
	run -78 mq-topic list
	says meta.properties cluster.id
}
