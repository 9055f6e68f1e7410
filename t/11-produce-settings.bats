#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Properties, partitioners, codecs, acks and commands.

load helper/scene

batches() { # topic: how many records are in each of its batches
	mq-topic dump "store/$1"-*/*.log | sed 's/.* count: \([0-9]*\) .*/\1/' |
		tr '\n' ' '
}

codecs() { # topic
	mq-topic dump "store/$1-0/"*.log |
		sed 's/.* compresscodec: \([a-z0-9]*\) .*/\1/'
}

@test "a key's partition is the one that Kafka's Java client chooses" {
	mq-topic create --partitions 7 seven
	mq-topic create --partitions 32 many
	while read -r key hash; do
		for n in 7:seven 32:many; do
			echo "$key" | mq-produce -k "$key" "${n#*:}"
			echo "${n#*:} $key $(((hash & 0x7fffffff) % ${n%:*}))"
		done
	done >expected <<'END'
21 -973932308
foobar -790332482
a-little-bit-long-string -985981536
a-little-bit-longer-string -1486304829
lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8 -58897971
abc 479470107
END
	[ "$(wc -l <expected)" = 12 ]
	diff <(sort expected) <(mq-consume -e -f '%t %v %p\n' seven many | sort)
}

@test "records without a key stay together until a batch is full" {
	mq-topic create --partitions 3 t
	seq 100 | mq-produce t
	is sh -c 'mq-topic offsets t | cut -f 4 | sort -n' <<<$'0\n0\n100'
	mq-topic create --partitions 3 u
	seq 90 | mq-produce -X batch.size=1 u
	is sh -c 'mq-topic offsets u | cut -f 4 | sort -n' <<<$'30\n30\n30'
}

@test "round-robin takes partitions in turn, whatever the key" {
	mq-topic create --partitions 3 t u
	seq 6 | mq-produce --partitioner round-robin -k key t
	seq 6 | mq-produce -X partitioner=round-robin u
	for topic in t u; do
		mq-consume -e -f '%v %p\n' "$topic" | sort -n >placed
		read -r _ first <placed
		is cat placed < <(for i in 0 1 2 3 4 5; do
			echo "$((i + 1)) $(((first + i) % 3))"
		done)
	done
}

@test "batch.size is how many bytes make a batch" {
	mq-topic create t
	seq 3 | mq-produce -X batch.size=1 t
	[ "$(batches t)" = '1 1 1 ' ]
	seq 3 | mq-produce t
	[ "$(batches t)" = '1 1 1 3 ' ]
	mq-topic create u
	seq 10000 99999 | head -n 40000 | mq-produce -X batch.size=10000 u
	largest=$(mq-topic dump store/u-0/*.log |
		sed 's/.* size: \([0-9]*\) .*/\1/' | sort -n | tail -n 1)
	[ "$largest" -gt 9000 ] && [ "$largest" -le 10100 ]
	diff <(mq-consume -e u) <(seq 10000 99999 | head -n 40000)
}

@test "linger.ms waits for more records, and no longer" {
	mq-topic create t
	mkfifo in
	mq-produce -X linger.ms=100000 t <in 3>&- &
	exec 4>in
	echo 1 >&4
	run -3 mq-topic wait -c 1 -w 50ms t
	echo 2 >&4
	exec 4>&-
	ended 0 $!
	[ "$(batches t)" = '2 ' ]
	mq-produce -X linger.ms=5 t <in 3>&- &
	exec 4>in
	echo 3 >&4
	mq-topic wait -c 3 -w 30s t
	exec 4>&-
	ended 0 $!
}

@test "without linger.ms a record goes when the input has no more" {
	mq-topic create t
	mkfifo in
	mq-produce t <in 3>&- &
	exec 4>in
	for i in 1 2 3; do
		echo "$i" >&4
		mq-topic wait -c "$i" -w 30s t
	done
	exec 4>&-
	ended 0 $!
	[ "$(batches t)" = '1 1 1 ' ]
}

@test "-F takes properties from a file; -X after it wins" {
	mq-topic create t
	printf '%s\n' '# small' 'batch.size = 1' '' >small
	seq 2 | mq-produce -F small t
	seq 2 | mq-produce -F small -X batch.size=1000 t
	[ "$(batches t)" = '1 1 2 ' ]
}

@test "a wrong line of -F's file is named, with exit status 78" {
	mq-topic create t
	for bad in nope=1 acks=2 linger.ms=x 'no equals sign' retention.ms=1; do
		printf '%s\n' 'acks=1' '' "$bad" >conf
		run -78 mq-produce -F conf t <<<x
		says conf 'line 3'
	done
	run -78 mq-produce -F no-such-file t <<<x
	says no-such-file
	is mq-topic offsets t <<<$'t\t0\t0\t0'
}

squeezed() { # codec
	codec "$1"
	mq-topic create t u
	seq 1000 | mq-produce -z "$1" t
	is codecs t <<<"$1"
	diff <(mq-consume -e t) <(seq 1000)
	seq 1000 | mq-produce -X compression.type="$1" u
	cmp -s <(mq-consume -e u) <(seq 1000)
	seq 1000 | mq-produce --create plain
	[ "$(wc -c <"$(log u)")" -lt "$(wc -c <"$(log plain)")" ]
	mq-topic alter -X compression.type=none t
	seq 1000 | mq-produce -z "$1" t
	is codecs t <<<"$1"$'\nnone'
	mq-topic alter -X compression.type="$1" t
	seq 1000 | mq-produce t
	is codecs t <<<"$1"$'\nnone\n'"$1"
	silent mq-topic verify
}

@test "-z gzip compresses batches, and the topic's compression.type wins" {
	squeezed gzip
}

@test "-z snappy compresses batches, and the topic's compression.type wins" {
	squeezed snappy
}

@test "-z lz4 compresses batches, and the topic's compression.type wins" {
	squeezed lz4
}

@test "-z zstd compresses batches, and the topic's compression.type wins" {
	squeezed zstd
}

@test "--acks all has records on disk before they are confirmed" {
	need strace
	[ -z "${MQ_SAN-}" ] || skip 'no strace under the sanitizers'
	mq-topic create t
	for acks in all 1 0; do
		seq 5 | strace -qq -f -e trace=fdatasync,fsync -o "trace-$acks" \
			mq-produce --acks "$acks" t
	done
	grep -q '= 0' trace-all
	run ! grep sync trace-1 trace-0
	is mq-topic offsets t <<<$'t\t0\t0\t15'
}

@test "-x takes a command's output, when the command succeeds" {
	mq-topic create t
	mq-produce -x 'echo one; echo two' t
	mq-produce -W -x 'echo whole; printf of; printf it' t
	mq-produce -x true t
	mq-produce -K = -x 'echo k=v' t
	is mq-consume -e -f '<%k|%v>\n' t <<<$'<|one>\n<|two>\n<|whole\nofit>\n<k|v>'
}

@test "-x publishes nothing when the command fails" {
	mq-topic create t
	run -1 mq-produce -x 'seq 100000; exit 7' t
	says 'exit 7' 7
	run -1 mq-produce -W -x 'echo half; kill -KILL $$' t
	says 9
	run -1 mq-produce -x 'no-such-command-here' t
	says no-such-command-here
	run -1 mq-produce -x false --create --partitions 2 t
	is mq-topic offsets t <<<$'t\t0\t0\t0'
}

@test "-x leaves no file behind, and uses TMPDIR" {
	mq-topic create t
	mkdir tmp
	TMPDIR=$PWD/tmp mq-produce -x 'seq 10; ls tmp' t
	[ -z "$(ls tmp)" ]
	diff <(mq-consume -e t) <(seq 10)
	run -74 env TMPDIR="$PWD/nowhere" mq-produce -x 'echo x' t
	says nowhere
}

@test "a signal ends -x and its command, and nothing is published" {
	mq-topic create t
	mkfifo ready never
	for signal in TERM:143 INT:130 HUP:129; do
		# bash has SIGINT ignored in what it starts in the background.
		(trap - INT && exec env --default-signal=INT mq-produce \
			-x 'echo half; echo $$ >ready; exec cat never' t) 3>&- &
		read -r child <ready
		kill -"${signal%:*}" $!
		ended "${signal#*:}" $!
		run ! kill -0 "$child"
	done
	is mq-topic offsets t <<<$'t\t0\t0\t0'
}

@test "min.insync.replicas above 1 cannot be had from a directory" {
	mq-topic create -X min.insync.replicas=2 t
	run -69 mq-produce t <<<x
	says 'min.insync.replicas=2'
	mq-produce --acks 1 t <<<y
	is mq-consume -e t <<<y
}
