#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Segments are closed, grow old, and go.

load helper/scene

hour=3600000
now=$(date +%s%3N)

# Each line "TIMESTAMP VALUE" is a batch of its own.
stamped() { # topic
	mq-produce -X batch.size=1 -f '%d %v\n' "$1"
}

segments() { # topic: their base offsets
	(cd "store/$1-0" && for f in *.log; do echo $((10#${f%.log})); done) |
		tr '\n' ' '
}

@test "segment.bytes starts a new segment before it grows larger" {
	mq-topic create -X segment.bytes=200 t
	one_each t 1 2 3 4 5
	[ "$(segments t)" = '0 2 4 ' ]
	for f in store/t-0/*.log; do [ "$(wc -c <"$f")" -le 200 ]; done
	is mq-consume -e t < <(seq 5)
	# A batch that is larger has a segment of its own, no record is refused.
	head -c 500 /dev/zero | mq-produce -W t
	echo 7 | mq-produce t
	[ "$(segments t)" = '0 2 4 5 6 ' ]
	silent mq-topic verify
}

@test "segment.ms starts a new segment when a record is so much newer" {
	mq-topic create -X segment.ms=$hour -X retention.ms=-1 t
	stamped t <<END
$((now - 3 * hour)) a
$((now - 3 * hour + hour)) b
$((now - 3 * hour + hour + 1)) c
$now d
END
	[ "$(segments t)" = '0 2 3 ' ]
}

@test "retention.bytes deletes old segments when a new one starts" {
	mq-topic create -X segment.bytes=100 -X retention.bytes=250 t
	start=0
	for i in $(seq 20); do
		echo "$i" | mq-produce t
		read -r _ _ from _ < <(mq-topic offsets t)
		[ "$from" -ge "$start" ]
		start=$from
	done
	[ "$start" -ge 15 ]
	is mq-consume -e t < <(seq $((start + 1)) 20)
	[ "$(mq-topic describe t | cut -f 8)" -ge 250 ]
	[ "$(mq-topic describe t | cut -f 8)" -le 350 ]
	silent mq-topic verify
}

@test "clean applies retention.bytes to a topic that nobody writes to" {
	mq-topic create -X segment.bytes=100 t u
	one_each t 1 2 3 4 5
	one_each u 1 2 3
	size=$(wc -c <"$(log t)")
	mq-topic alter -X retention.bytes=$((2 * size)) t
	is mq-topic clean t <<<$'t\t0\t3\t'"$((3 * size))"$'\t3'
	is mq-topic clean <<<$'t\t0\t0\t0\t3\nu\t0\t0\t0\t0'
	mq-topic alter -X retention.bytes=0 t
	is mq-topic clean -j -r '[t]' \
		<<<'{"topic":"t","partition":0,"segments":1,"bytes":'"$size"',"log_start":4}'
	is mq-consume -e t <<<5
	is mq-consume -e u < <(seq 3)
}

@test "retention.ms deletes segments whose newest record is too old" {
	mq-topic create -X segment.bytes=100 -X retention.ms=-1 t
	stamped t <<END
$((now - 9 * hour)) a
$((now - 8 * hour)) b
$((now - 3 * hour)) c
$((now - 7 * hour)) d
$((now - hour)) e
END
	is sh -c 'mq-topic clean t | cut -f 3,5' <<<$'0\t0'
	mq-topic alter -X retention.ms=$((6 * hour)) t
	is sh -c 'mq-topic clean t | cut -f 3,5' <<<$'2\t2'
	# d is old, but it stands behind c, which is not.
	is mq-consume -e t <<<$'c\nd\ne'
	mq-topic alter -X retention.ms=$((2 * hour)) t
	mq-topic clean -q t
	is mq-consume -e t <<<e
}

@test "clean closes the segment that is written to when all of it is too old" {
	mq-topic create -X retention.ms=$hour t
	stamped t <<<"$((now - 3 * hour)) a"
	is mq-consume -e t <<<a
	is sh -c 'mq-topic clean t | cut -f 3,5' <<<$'1\t1'
	is mq-topic offsets t <<<$'t\t0\t1\t1'
	silent mq-consume -e t
	echo b | mq-produce t
	is mq-consume -e -f '%o %v\n' t <<<'1 b'
	silent mq-topic verify
}

@test "old records go when a new segment starts, without clean" {
	mq-topic create -X segment.bytes=100 -X retention.ms=$hour t
	stamped t <<<"$((now - 3 * hour)) a"
	stamped t <<<"$((now - 2 * hour)) b"
	is mq-consume -e t <<<b
	stamped t <<<"$now c"
	is mq-consume -e t <<<c
	[ "$(segments t)" = '2 ' ]
}

@test "a timestamp in the future does not keep a segment for ever" {
	mq-topic create -X segment.bytes=100 -X retention.ms=$hour t
	stamped t <<END
$((now + 9000 * hour)) far
$now here
END
	mq-topic clean -q t
	is mq-consume -e t <<<$'far\nhere'
	touch -d '2 hours ago' "$(log t)"
	is sh -c 'mq-topic clean t | cut -f 3,5' <<<$'1\t1'
	is mq-consume -e t <<<here
}

@test "without retention everything is kept" {
	mq-topic create -X segment.bytes=100 -X retention.ms=-1 t
	stamped t <<<$'1 a\n2 b\n3 c'
	touch -d '1990-01-01' store/t-0/*.log
	is sh -c 'mq-topic clean t | cut -f 3,4' <<<$'0\t0'
	is mq-consume -e t <<<$'a\nb\nc'
}

@test "the log start only grows, and is there after everything else is lost" {
	mq-topic create -X segment.bytes=100 t
	one_each t 1 2 3 4 5
	mq-topic trim -o 2 t
	mq-topic alter -X retention.bytes=0 t
	mq-topic clean -q t
	is mq-topic offsets t <<<$'t\t0\t4\t5'
	mq-topic alter -X retention.bytes t
	mq-topic clean -q t
	rm store/t-0/partition.state
	is mq-topic offsets t <<<$'t\t0\t4\t5'
	rm store/t-0/partition.state store/t-0/log-start-offset-checkpoint
	is mq-topic offsets t <<<$'t\t0\t4\t5'
}

@test "a reader that is in a segment when it is deleted is told, or goes on" {
	mq-topic create -X segment.bytes=700000 t
	seq 1000000 | mq-produce t
	mkfifo out
	for reset in none earliest; do
		mq-consume -e -o 5 -X auto.offset.reset=$reset t >out 2>err 3>&- &
		reader=$!
		exec 4<out
		read -r line <&4
		[ "$line" = 6 ]
		mq-topic trim -o 900000 t
		cat <&4 >got
		exec 4<&-
		case $reset in
		none)
			cat err
			ended 69 "$reader"
			grep -q 'topic t, partition 0' err
			;;
		earliest)
			cat err
			ended 0 "$reader"
			[ "$(tail -n 1 got)" = 1000000 ]
			# Nothing twice, nothing out of order.
			sort -n -u -c got
			;;
		esac
		mq-topic delete t
		mq-topic create -X segment.bytes=700000 t
		seq 1000000 | mq-produce t
	done
}

@test "message.timestamp.type=LogAppendTime counts from the appending" {
	mq-topic create -X segment.bytes=100 -X retention.ms=$hour \
		-X message.timestamp.type=LogAppendTime t
	stamped t <<<$'1 a\n2 b\n3 c'
	mq-topic clean -q t
	is mq-consume -e t <<<$'a\nb\nc'
	is mq-topic offsets -o @$((now - hour)) t <<<$'t\t0\t0\t'"$(mq-consume -c 1 -f %d t)"
}

@test "a young record keeps its segment, though its time index was cut" {
	mq-topic create -X segment.bytes=380 -X index.interval.bytes=0 t
	day=$((now - 24 * hour))
	stamped t < <(for i in 1 2 3 4; do echo "$((day + i)) $i"; done)
	echo young | mq-produce t
	echo next segment | mq-produce t
	[ -f store/t-0/00000000000000000005.log ]
	truncate -s 12 store/t-0/00000000000000000000.timeindex
	run -1 mq-topic verify
	says 00000000000000000000.timeindex 'it ends with timestamp'
	mq-topic alter -X retention.ms=$hour t
	mq-topic clean -q t
	is mq-consume -o 4 -e t <<<$'young\nnext segment'
}
