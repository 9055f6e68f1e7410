#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Whole batches come out, and the first and the last are cut as was asked for.

load helper/scene

@test "--batches writes the log's own bytes" {
	mq-topic create t
	one_each t 1 2 3
	seq 4 2000 | mq-produce t
	cmp <(mq-consume -e --batches t) "$(log t)"
}

@test "--batches goes behind what a file has, however long it is" {
	mq-topic create -X segment.bytes=3m t
	seq 1000000 | mq-produce t
	cat store/t-0/*.log >logs
	echo before >got
	mq-consume -e --batches t >>got
	cmp got <(echo before; cat logs)
	mq-consume -e --batches t | cmp - logs
}

# cut OPTION ... <<RECORDS: what is copied by batches, with offsets and all.
cut_copy() {
	rm -rf copy
	mq-consume "$@" --batches t >batches
	mq-produce -b ./copy/ --create --batches t <batches
	mq-consume -e "$@" -f '%d %K %V %H %h{%K %V %k%v}%k%v\n' t >expected
	mq-consume -b ./copy -e -f '%d %K %V %H %h{%K %V %k%v}%k%v\n' t >got
	cmp expected got
	[ -s got ]
}

cuts() { # codec
	mq-topic create t
	for i in 0 10 20; do
		seq -f "$((i + 5)) key value %g" "$((i + 1))" "$((i + 10))" |
			mq-produce -z "$1" -H h=v -f '%d %k %v\n' t
	done
	cut_copy -c 3
	cut_copy -c 10
	cut_copy -c 11
	cut_copy -e -o 7
	cut_copy -o 7:9
	cut_copy -o 7:23
	cut_copy -o 7 -c 16
	cut_copy -e -o 20
	mq-consume -c 3 --batches t >three
	mq-topic dump -v three >dumped
	grep -c '^|' dumped | grep -qx 3
}

@test "-c and -o cut inside of a batch" {
	cuts none
}

@test "they cut inside of a compressed batch" {
	codec gzip
	cuts gzip
}

@test "they cut inside of a batch of every other codec" {
	for z in snappy lz4 zstd; do
		run mq-produce --create -z "$z" try <<<x
		[ "$status" != 69 ] || continue
		cuts "$z"
		mq-topic delete t
	done
}

@test "the offsets of a cut batch are those of its records" {
	mq-topic create t
	seq 10 | mq-produce t
	mq-consume -o 4:6 --batches t >batches
	is sh -c 'mq-topic dump -v batches | grep -o "^| offset: [0-9]*"' \
		<<<$'| offset: 4\n| offset: 5'
}

@test "several partitions and topics are one stream of batches" {
	mq-topic create --partitions 2 t
	seq 5 | mq-produce -p 0 t
	seq 6 9 | mq-produce -p 1 t
	seq 10 12 | mq-produce --create u
	mq-consume -e --batches t u | mq-produce --create --batches copy
	is sh -c 'mq-consume -e copy | sort -n' < <(seq 12)
}

@test "a follower writes batches as they come" {
	mq-topic create t
	mq-consume -w 30s -c 4 --batches t >got 3>&- &
	follower=$!
	one_each t 1 2
	seq 3 9 | mq-produce t
	ended 0 "$follower"
	mq-produce --create --batches copy got
	is mq-consume -e copy < <(seq 4)
}

@test "the batches before a bad one are written" {
	mq-topic create t
	one_each t 1 2 3 4 5
	batch=$(($(wc -c <"$(log t)") / 5))
	flip "$(log t)" $((3 * batch + 65))
	for n in 1 2 3; do echo "$n"; done >want
	run -74 --separate-stderr sh -c 'mq-consume -e --batches t >got'
	[ "$(wc -c <got)" = $((3 * batch)) ]
	mq-produce --create --batches copy got
	is mq-consume -e copy <want
}

@test "batches of which compaction took some are copied as they are" {
	mq-topic create -X cleanup.policy=compact -X segment.bytes=1k \
		-X min.cleanable.dirty.ratio=0 t
	for i in $(seq 200); do echo "k$((i % 7))=$i"; done |
		mq-produce -K = -X batch.size=60 t
	mq-topic clean t
	[ "$(mq-consume -e t | wc -l)" -lt 100 ]
	cmp <(mq-consume -e --batches t) <(cat store/t-0/*.log)
	cut_copy -e
	cut_copy -o 150: -e
}

@test "a batch of many megabytes goes between the others" {
	mq-topic create -X max.message.bytes=16m t
	echo 1 | mq-produce t
	head -c 9000000 /dev/zero | tr '\0' x | mq-produce -W t
	seq 2 100000 | mq-produce t
	mq-consume -e --batches t >got
	cmp got "$(log t)"
	mq-consume -e --batches t | cmp - "$(log t)"
}

@test "a batch that is not the next one is not passed on" {
	mq-topic create t
	one_each t 1 2 3 4 5
	batch=$(($(wc -c <"$(log t)") / 5))
	seq 1000 | mq-produce t
	# Its offset, 253 then, lies outside of its CRC.
	flip "$(log t)" $((2 * batch + 7))
	run -74 sh -c 'mq-consume -e --batches t >got'
	says "byte $((2 * batch)): offset" 'where 2 is due'
	[ "$(wc -c <got)" = $((2 * batch)) ]
}

# marker: one that ends a transaction, as Kafka writes it.
marker() {
	local hex=000000000000000000000042000000000
	hex+=2edd683a70030000000000000018bcfe568000000018bcfe568000000000000000007
	hex+=0000ffffffff000000012000000008000000010c00000000000000
	# shellcheck disable=SC2001 # by two
	printf %b "$(sed 's/../\\x&/g' <<<$hex)"
}

# at OFFSET: the batch on standard input, with its place in a log.
at() {
	printf %b "\\0\\0\\0\\0\\0\\0\\0\\x0$1"
	tail -c +9
}

@test "markers of transactions are passed over" {
	mq-topic create s t
	echo value | mq-produce s
	for i in 0 3 5 6; do at "$i" <"$(log s)"; done >want
	{
		at 0 <"$(log s)"
		marker | at 1
		marker | at 2
		at 3 <"$(log s)"
		marker | at 4
		at 5 <"$(log s)"
		at 6 <"$(log s)"
		marker | at 7
	} >"$(log t)"
	rm store/t-0/partition.state
	is mq-consume -e -f '%o %v\n' t <<<$'0 value\n3 value\n5 value\n6 value'
	mq-consume -e --batches t | cmp - want
	mq-consume -e --batches t >got
	cmp got want
	mq-consume -o 1:6 -c 2 --batches t >got
	cmp got <(at 3 <"$(log s)"; at 5 <"$(log s)")
}

@test "a mark of a transaction's end that rotted hides no records" {
	mq-topic create t
	one_each t 1 2 3 4 5
	batch=$(($(wc -c <"$(log t)") / 5))
	# It is a bit of the attributes.
	printf '\040' | dd of="$(log t)" bs=1 seek=$((2 * batch + 22)) \
		conv=notrunc status=none
	for how in --batches ''; do
		# shellcheck disable=SC2086 # one word, or none
		run -74 mq-consume -e $how t
		says "byte $((2 * batch)): bad CRC"
	done
}

# pipe_size: of standard input; 1032 is F_GETPIPE_SZ.
pipe_size() {
	perl -e 'print fcntl(STDIN, 1032, 0)'
}

@test "a pipe that much goes through is made wide, unless that is committed" {
	need perl
	mq-topic create t
	seq 1000000 >lines
	mq-produce t lines
	wide=$(cat /proc/sys/fs/pipe-max-size)
	[ "$wide" -le 1048576 ] || wide=1048576
	mq-consume -e t | { cat >/dev/null; pipe_size; } >size
	[ "$(cat size)" = "$wide" ]
	small=$(true | pipe_size)
	mq-consume -g g --commit -e t | { cat >/dev/null; pipe_size; } >size
	[ "$(cat size)" = "$small" ]
	{ cat lines; pipe_size <&1 >size; } | mq-produce t
	[ "$(cat size)" = "$wide" ]
}
