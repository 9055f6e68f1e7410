#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Places in a topic: mq-position(7).

load helper/scene

# Two partitions; each value is its offset, each timestamp an hour later.
hours() {
	mq-topic create --partitions 2 t
	for p in 0 1; do
		for i in 0 1 2 3 4 5; do
			echo "$((1767225600000 + i * 3600000)) $p$i"
		done | mq-produce -p "$p" -f '%d %v\n' t
	done
}

# got POSITION VALUE ...: what -o gives, sorted, and that nothing waits.
got() {
	local position=$1
	shift
	mq-consume -e -o "$position" t | sort | tr '\n' ' ' >"$BATS_TEST_TMPDIR/got"
	[ "$(cat "$BATS_TEST_TMPDIR/got")" = "$*${*:+ }" ] || {
		echo "-o $position: $(cat "$BATS_TEST_TMPDIR/got")"
		return 1
	}
}

positions() {
	got start 00 01 02 03 04 05 10 11 12 13 14 15
	got end
	got 4 04 05 14 15
	got +4 04 05 14 15
	got -1 05 15
	got -0
	got -100 00 01 02 03 04 05 10 11 12 13 14 15
	got +100
	got 6
	got 2:4 02 03 12 13
	got :1 00 10
	got :-5 00 10
	got -2:-1 04 14
	got +1:3 01 02 11 12
	got 3: 03 04 05 13 14 15
	got 4:4
	got 4:2
	got end:start
	got 0=4,1=:1 04 05 10
	got 1=5,start:1 00 15
	got start:1,1=5 00 15
	got 1=5 00 01 02 03 04 05 15
	got @1767229200000:@1767236400000 01 02 11 12
	got @1767229200001:@1767229200002
	got @2026-01-01T04:30:00 05 15
	got @2026-01-01T04:00:00Z:@2026-01-01T05:00:00Z 04 14
	got @2026-01-01T05:30:00+01:30:@2026-01-01T05:00:00.000 04 14
	got @2025-12-31T23:00:00-05:00:end 04 05 14 15
	got @2026-01-01:1 00 10
	got @2026-01-02
	got @0:@1
	got @-1m
	got 0=@2026-01-01T05:00:00,1=-1:end 05 15
}

@test "start, end, offsets, distances, times and ranges" {
	hours
	positions
}

@test "the same where each record is a batch and segments are small" {
	mq-topic create --partitions 2 -X segment.bytes=200 \
		-X index.interval.bytes=0 -X retention.ms=-1 t
	for p in 0 1; do
		for i in 0 1 2 3 4 5; do
			echo "$((1767225600000 + i * 3600000)) $p$i"
		done | mq-produce -X batch.size=1 -p "$p" -f '%d %v\n' t
	done
	mq-topic describe t | cut -f 7 | grep -qx 3
	positions
}

@test "a range ends by itself, without -e" {
	hours
	is mq-consume -p 0 -o 1:3 t <<<$'01\n02'
	is mq-consume -p 0 -o :end t < <(printf '0%s\n' 0 1 2 3 4 5)
	is mq-consume -p 0 -o @2026-01-01T04:00:00:@2026-01-01T05:00:00 t <<<04
	silent mq-consume -o 3:3 t
	# One that ends later waits for the records.
	mkfifo out
	timeout 60 mq-consume -p 0 -o 5:8 t >out 3>&- &
	exec 4<out
	read -r line <&4
	[ "$line" = 05 ]
	printf '06\n07\n08\n' | mq-produce -p 0 t
	[ "$(cat <&4)" = $'06\n07' ]
	ended 0 $!
	exec 4<&-
}

@test "a partition without end is followed, the others stop" {
	hours
	mkfifo out
	timeout 60 mq-consume -c 3 -o 0=5:6,1=5: t >out 3>&- &
	exec 4<out
	read -r a <&4
	read -r b <&4
	[ "$a$b" = 0515 ] || [ "$a$b" = 1505 ]
	echo no | mq-produce -p 0 t
	echo yes | mq-produce -p 1 t
	read -r line <&4
	[ "$line" = yes ]
	ended 0 $!
	exec 4<&-
}

@test "timestamps may go back: the first record that is not before a time" {
	printf '%s\n' '1767225600000 a' '1767225900000 b' '1767225700000 c' \
		'1767226000000 d' | mq-produce --create -f '%d %v\n' t
	got @1767225650000 b c d
	got @1767225900000 b c d
	got @1767225900001 d
	mq-topic create -X retention.ms=-1 t2
	printf '%s\n' '1767225600000 a' '1767225900000 b' '1767225700000 c' \
		'1767226000000 d' | mq-produce -X batch.size=1 -f '%d %v\n' t2
	is mq-topic offsets -o @1767225650000 t2 <<<$'t2\t0\t1\t1767225900000'
	is mq-topic offsets -o @1767225900001 t2 <<<$'t2\t0\t3\t1767226000000'
}

@test "a time is looked up among the records that were not trimmed" {
	hours
	mq-topic trim -o 3 t
	got @0 03 04 05 13 14 15
	got @2026-01-01T04:30:00 05 15
	got +1 04 05 14 15
	is mq-topic offsets -p 0 -o @2026-01-01 t <<<$'t\t0\t3\t1767236400000'
}

@test "so long ago is counted from now" {
	now=$(date +%s%3N)
	printf '%s\n' "$((now - 7200000)) old" "$((now - 600000)) new" \
		"$((now + 600000)) future" | mq-produce --create -f '%d %v\n' t
	got @-3h future new old
	got @-1h future new
	got @-60m:@-1m new
	got @-5m future
	got @-3600s future new
	got @-3600000ms future new
	got @-1d future new old
	got @-300s:end future
}

@test "an offset whose record is not there is for auto.offset.reset" {
	hours
	mq-topic trim -o 2 t
	for o in 1 7; do
		run -69 mq-consume -e -o "$o" t
		says 'topic t, partition 0' "offset $o" 2 6
		run -69 mq-consume -e -X auto.offset.reset=none -o "$o" t
		is sh -c "mq-consume -e -X auto.offset.reset=earliest -o $o t | wc -l" <<<8
		silent mq-consume -e -X auto.offset.reset=latest -o "$o" t
	done
	# The end is the place of the next record: it may be asked for.
	silent mq-consume -e -o 6 t
	printf 'auto.offset.reset=earliest\n' >conf
	is sh -c 'mq-consume -F conf -e -o 0 t | wc -l' <<<8
}

@test "latest follows from the end" {
	mq-topic create t
	seq 3 | mq-produce t
	timeout 60 mq-consume -c 1 -X auto.offset.reset=latest -o 99 t >got 3>&- &
	# What is appended before it has started is not for it.
	while kill -0 $! 2>/dev/null; do
		echo new | mq-produce t
	done
	ended 0 $!
	is cat got <<<new
}

@test "a position that cannot be is refused: what is wrong, and where" {
	hours
	for bad in '' x 1x +x - + -x @ @x @2026-13-01 @2026-02-31 @2026-01-01T25:00:00 \
		@2026-01-01T00:00 @-5 @-5y 1:2:3 '1,' ',1' 0= =1 x=1 '0=1;1=2' \
		99999999999999999999 '1 ' ' 1' Start; do
		run -2 mq-consume -e -o "$bad" t
		says '-o'
	done
	run -2 mq-consume -e -o 0=1,nonsense t
	says 'byte 5'
}

@test "a partition has at most one entry, and so have the others" {
	hours
	run -2 mq-consume -e -o 0=1,0=2 t
	run -2 mq-consume -e -o start,end t
	run -2 mq-topic offsets -o 1=1,start,1=1 t
}

@test "stored is where a group has committed" {
	hours
	run -2 mq-consume -e -o stored t
	says 'a stored position needs a group'
	run -2 mq-consume -e -g g -o 1:stored t
	says 'byte 3'
	for tool in 'mq-topic offsets -o stored t' 'mq-topic offsets -o 1:3 t' \
		'mq-topic trim -n -o 1:3 t' 'mq-group seek -n -o 1:3 -t t g' \
		'mq-group seek -n -o stored -t t g'; do
		# shellcheck disable=SC2086 # these are words
		run -2 $tool
	done
	mq-consume -e -o stored:2 -g g --commit -f '%o\n' t >got
	[ "$(xargs <got)" = '0 1 0 1' ]
	is mq-consume -e -o 0=stored -c 1 -g g -f '%o\n' t <<<2
	# Where nothing is committed.
	run -69 timeout 5 mq-consume -e -w 0 -o stored -g new -X auto.offset.reset=none t
	run -3 mq-consume -e -w 0 -o stored -g new -X auto.offset.reset=latest t
}

@test "-o is given once, and -p adds partitions" {
	hours
	for tool in 'mq-consume -e' 'mq-topic offsets'; do
		# shellcheck disable=SC2086 # these are words
		run -2 $tool -o 0=1 -o 1=1 t
		says '-o can be given once'
	done
	run -2 mq-group seek -o 0=1 -o 1=1 -t t g
	mq-topic create --partitions 3 p
	for n in 0 1 2; do mq-produce -p $n p <<<"$n"; done
	is mq-consume -e -p 0 -p 2 p <<<$'0\n2'
	is mq-topic offsets -p 2 -p 0-1 p < <(printf 'p\t%d\t0\t1\n' 0 1 2)
}
