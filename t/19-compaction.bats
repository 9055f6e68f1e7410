#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A compacted topic keeps the last record of each key, in its place.

load helper/scene

# Each word "key=value" is a batch of its own; two are a segment.
compacted() { # config ...
	mq-topic create -X cleanup.policy=compact -X segment.bytes=160 \
		-X min.cleanable.dirty.ratio=1 "$@" t
}

put() { # key=value ...
	printf '%s\n' "$@" | mq-produce -X batch.size=1 -K = t
}

now() { # the records, with their offsets
	is mq-consume -e -f '%o %k=%v\n' t
}

@test "clean keeps the last value of each key, and offsets keep their place" {
	compacted
	put a=1 b=1 a=2 c=1 b=2 a=3 d=1
	mq-topic clean -q t
	now <<<$'3 c=1\n4 b=2\n5 a=3\n6 d=1'
	is mq-topic offsets t <<<$'t\t0\t0\t7'
	silent mq-topic verify
	put a=4
	now <<<$'3 c=1\n4 b=2\n5 a=3\n6 d=1\n7 a=4'
}

@test "it prints by how much there is less" {
	compacted
	put a=1 b=1 a=2 b=2 c=1
	is mq-topic clean t <<<$'t\t0\t0\t140\t0'
	is mq-topic clean -j t \
		<<<'{"topic":"t","partition":0,"segments":1,"bytes":0,"log_start":0}'
	is mq-topic clean t <<<$'t\t0\t0\t0\t0'
}

@test "a position in a gap is the next record that is there" {
	compacted
	put a=1 b=1 a=2 c=1 b=2 a=3 d=1
	mq-topic clean -q t
	for o in start 0 1 3; do
		is mq-consume -e -o "$o" -f '%o ' t < <(printf '3 4 5 6 ')
	done
	is mq-consume -e -o 1:5 -f '%o ' t < <(printf '3 4 ')
	silent mq-consume -e -o 0:3 t
	silent mq-consume -o 1:2 t
	is mq-consume -c 2 -o 2 -f '%o ' t < <(printf '3 4 ')
	is mq-consume -e -o -2 -f '%o ' t < <(printf '5 6 ')
	at=$(mq-consume -c 1 -o 3 -f %d t)
	is mq-topic offsets -o 1 t <<<$'t\t0\t1\t'"$at"
	is mq-topic offsets -o "@$at" t <<<$'t\t0\t3\t'"$at"
}

@test "a tombstone stays for delete.retention.ms, and then goes" {
	compacted -X delete.retention.ms=3600000
	put a=1 b=1
	echo '{"key":"a","value":null}' | mq-produce -j t
	put c=1 d=1
	mq-topic clean -q t
	now <<<$'1 b=1\n2 a=\n3 c=1\n4 d=1'
	is sh -c 'mq-topic dump -j store/t-0/00000000000000000002.log |
		grep -c "\"delete_horizon\":1"' <<<1
	mq-topic clean -q t
	now <<<$'1 b=1\n2 a=\n3 c=1\n4 d=1'
	mq-topic delete t
	compacted -X delete.retention.ms=0
	put a=1 b=1
	echo '{"key":"a","value":null}' | mq-produce -j t
	put c=1 d=1
	mq-topic clean -q t
	mq-topic clean -q t
	now <<<$'1 b=1\n3 c=1\n4 d=1'
	silent mq-topic verify
}

@test "a record without a key is refused, and those before it are not" {
	compacted
	printf '%s\n' '{"key":"a","value":"1"}' '{"value":"2"}' \
		'{"key":"c","value":"3"}' >in
	run -65 mq-produce -j t in
	says 'record 2' 'no key' cleanup.policy '1 record before that confirmed'
	now <<<'0 a=1'
	run -65 mq-produce t <<<x
	says 'record 1' 'no key'
	mq-topic create u
	mq-produce u <<<x
	mq-consume -e --batches u >batches
	run -65 mq-produce --batches t batches
	says 'no key'
	now <<<'0 a=1'
}

@test "a new segment compacts what is due, without clean" {
	compacted
	mq-topic alter -X min.cleanable.dirty.ratio=0.5 t
	for i in $(seq 60); do echo "k$((i % 3))=$i"; done |
		mq-produce -X batch.size=1 -K = t
	[ "$(mq-consume -e t | wc -l)" -lt 20 ]
	is sh -c "mq-consume -e t | tail -n 3" <<<$'58\n59\n60'
	silent mq-topic verify
}

@test "with compact alone retention deletes nothing, with both it does" {
	compacted -X retention.bytes=0 -X retention.ms=1
	printf '1 %s\n' a=1 b=1 c=1 | mq-produce -X batch.size=1 -f '%d %k=%v\n' t
	mq-topic clean -q t
	now <<<$'0 a=1\n1 b=1\n2 c=1'
	mq-topic alter -X cleanup.policy=compact,delete t
	mq-topic clean -q t
	silent mq-consume -e t
	is mq-topic offsets t <<<$'t\t0\t3\t3'
}

@test "min.compaction.lag.ms leaves young records alone" {
	compacted -X min.compaction.lag.ms=3600000
	put a=1 a=2 a=3
	mq-topic clean -q t
	now <<<$'0 a=1\n1 a=2\n2 a=3'
	mq-topic alter -X min.compaction.lag.ms t
	mq-topic clean -q t
	now <<<$'1 a=2\n2 a=3'
}

@test "max.compaction.lag.ms compacts what is old, whatever the ratio says" {
	compacted -X max.compaction.lag.ms=3600000
	at=$(date +%s%3N)
	# Young ones wait for the ratio, which is never reached here.
	put a=1 a=2 a=3
	now <<<$'0 a=1\n1 a=2\n2 a=3'
	printf "$((at - 3700000)) %s\n" b=1 b=2 b=3 |
		mq-produce -X batch.size=1 -f '%d %k=%v\n' t
	put c=1
	now <<<$'2 a=3\n5 b=3\n6 c=1'
	silent mq-topic verify
}

@test "clean closes a segment that is too old for max.compaction.lag.ms" {
	mq-topic create -X cleanup.policy=compact t
	printf '1000 %s\n' a=1 b=1 a=2 |
		mq-produce -X batch.size=1 -f '%d %k=%v\n' t
	mq-topic clean -q t
	now <<<$'0 a=1\n1 b=1\n2 a=2'
	mq-topic alter -X max.compaction.lag.ms=3600000 t
	mq-topic clean -q t
	now <<<$'1 b=1\n2 a=2'
	put a=3
	mq-topic clean -q t
	now <<<$'1 b=1\n2 a=2\n3 a=3'
}

@test "max.compaction.lag.ms is not below min.compaction.lag.ms" {
	run -78 mq-topic create -X min.compaction.lag.ms=11 \
		-X max.compaction.lag.ms=10 t
	says min.compaction.lag.ms=11 max.compaction.lag.ms=10
	mq-topic create -X max.compaction.lag.ms=10 t
	run -78 mq-topic alter -X min.compaction.lag.ms=11 t
	says min.compaction.lag.ms=11 max.compaction.lag.ms=10
	mq-topic alter -X min.compaction.lag.ms=11 -X max.compaction.lag.ms t
	run -2 mq-topic create -X max.compaction.lag.ms=0 u
	silent mq-topic verify
}

@test "batches with gaps are copied record by record" {
	compacted
	mq-topic alter -X segment.bytes=100000 t
	printf '%s\n' a=1 b=1 c=1 a=2 d=1 | mq-produce -K = t
	mq-topic alter -X segment.bytes=14 t
	put e=1 e=2
	mq-topic clean -q t
	now <<<$'1 b=1\n2 c=1\n3 a=2\n4 d=1\n5 e=1\n6 e=2'
	mq-topic create copy
	mq-consume -e --batches t | mq-produce --batches copy
	is mq-consume -e -f '%o %k=%v\n' copy \
		<<<$'0 b=1\n1 c=1\n2 a=2\n3 d=1\n4 e=1\n5 e=2'
	is mq-consume -e -o 2:4 --batches t < <(mq-consume -e -o 2:4 --batches t)
	mq-consume -e -o 2:5 --batches t | mq-produce --batches copy
	is mq-consume -e -o 6 -f '%o %k\n' copy <<<$'6 c\n7 a\n8 d'
	silent mq-topic verify
}

@test "compressed batches stay compressed" {
	for i in $(seq 40); do
		echo "key$((i % 9))=the same words, again and again"
	done >in
	for codec in gzip snappy lz4 zstd; do
		codec "$codec"
		mq-topic create -X cleanup.policy=compact "$codec"
		mq-produce -z "$codec" -K = "$codec" in
		mq-topic alter -X segment.bytes=14 "$codec"
		mq-produce -K = "$codec" <<<end=
		mq-topic clean -q "$codec"
		is sh -c "mq-consume -e -f '%k\n' $codec | grep -c key" <<<9
		mq-topic dump "store/$codec-0/00000000000000000000.log" |
			grep -q "lastOffset: 39 count: 9 .*compresscodec: $codec"
	done
	silent mq-topic verify
}

@test "a reader and a writer go on while the log is compacted" {
	compacted
	mkfifo in
	mq-produce -X batch.size=1 --acks 1 -K = t <in 3>&- &
	writer=$!
	exec 4>in
	mq-consume -c 300 -f '%o %k=%v\n' t >got 3>&- 4>&- &
	reader=$!
	for i in $(seq 300); do
		echo "k$((i % 7))=$i" >&4
		[ $((i % 50)) != 0 ] || mq-topic clean -q t
	done
	exec 4>&-
	ended 0 "$writer"
	# What it missed was replaced: it never ends, or has all.
	mq-topic clean -q t
	put $(seq -f 'z%g=1' 300)
	ended 0 "$reader"
	sort -n -u -c got
	is sh -c "mq-consume -e -f '%v\n' -o :300 t | sort -n | tail -n 7" < <(seq 294 300)
	silent mq-topic verify
}

@test "what is not a policy or a ratio is refused" {
	for x in cleanup.policy=compacted cleanup.policy= \
		min.cleanable.dirty.ratio=1.5 delete.retention.ms=-1; do
		run -2 mq-topic create -X "$x" t
		says "${x%%=*}"
	done
	mq-topic create -X cleanup.policy=delete,compact t
	is sh -c 'mq-topic describe -j t | grep -o "cleanup.policy[^}]*compact,delete"' \
		<<<'cleanup.policy":"compact,delete'
}

@test "what is cut short in a segment that was compacted is told" {
	compacted
	put a=1 b=1 c=1 d=1 e=1 f=1 a=2
	mq-topic clean t
	first=$(find store/t-0 -name '*.log' | sort | head -n 1)
	# The second batch says that it goes on behind the end of the file.
	second=$(mq-topic dump "$first" | sed -n '2s/.* position: \([0-9]*\) .*/\1/p')
	printf '\177' | dd of="$first" bs=1 seek=$((second + 10)) conv=notrunc \
		status=none
	for how in '' --batches; do
		# shellcheck disable=SC2086 # one word, or none
		run -74 mq-consume -e $how t
		says "byte $second: the file ends in the middle of a batch"
	done
}
