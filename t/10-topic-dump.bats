#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What is in a segment, offline.

load helper/scene

some() {
	mq-topic create t
	printf '%s\n' '1767225600000 k one' '1767225600001 k two' |
		mq-produce -f '%d %k %v\n' t
	echo '1767225600002 3' | mq-produce -H h=1 -f '%d %v\n' t
}

@test "dump prints a line for each batch" {
	some
	run -0 mq-topic dump "$(log t)"
	[ ${#lines[@]} = 2 ]
	[[ ${lines[0]} == 'baseOffset: 0 lastOffset: 1 count: 2 '* ]]
	[[ ${lines[0]} == *' CreateTime: 1767225600001 '* ]]
	[[ ${lines[0]} == *' compresscodec: none '* ]]
	[[ ${lines[0]} =~ ' size: '([0-9]+)' ' ]]
	size=${BASH_REMATCH[1]}
	[[ ${lines[1]} == 'baseOffset: 2 lastOffset: 2 count: 1 '* ]]
	[[ ${lines[1]} == *" position: $size "* ]]
}

@test "dump -v prints a line for each record behind its batch" {
	some
	run -0 mq-topic dump -v "$(log t)"
	diff <(printf '%s\n' "${lines[@]}" | grep '^|') - <<'END'
| offset: 0 timestamp: 1767225600000 keySize: 1 valueSize: 3 headers: 0 key: k payload: one
| offset: 1 timestamp: 1767225600001 keySize: 1 valueSize: 3 headers: 0 key: k payload: two
| offset: 2 timestamp: 1767225600002 keySize: -1 valueSize: 1 headers: 1 payload: 3
END
	[[ ${lines[3]} == baseOffset:* ]]
}

@test "a record is one line, whatever its bytes" {
	mq-topic create t
	printf '{"timestamp":5,"key":"%s","value":"%s"}\n' \
		'a\tb' '1\n2\\\u0000\u007fé' | mq-produce -j t
	is sed 1d <(mq-topic dump -v "$(log t)") <<'END'
| offset: 0 timestamp: 5 keySize: 3 valueSize: 8 headers: 0 key: a\tb payload: 1\n2\\\0\x7fé
END
}

@test "dump -j prints JSON Lines" {
	need jq
	some
	mq-topic dump -vj "$(log t)" >records
	is jq -c 'select(.codec) | [.base_offset, .count, .codec]' records \
		<<<$'[0,2,"none"]\n[2,1,"none"]'
	is jq -c 'select(.codec | not) | [.offset, .value]' records \
		<<<$'[0,"one"]\n[1,"two"]\n[2,"3"]'
}

@test "dump takes index files and what mq-consume --batches writes" {
	mq-topic create -X index.interval.bytes=0 t
	printf '%s\n' '1000 a' '2000 b' '3000 c' |
		mq-produce -X batch.size=1 -f '%d %v\n' t
	size=$(($(wc -c <"$(log t)") / 3))
	is mq-topic dump store/t-0/*.index <<END
offset: 1 position: $size
offset: 2 position: $((2 * size))
END
	is mq-topic dump -j store/t-0/*.index <<END
{"offset":1,"position":$size}
{"offset":2,"position":$((2 * size))}
END
	is mq-topic dump store/t-0/*.timeindex <<'END'
timestamp: 2000 offset: 1
timestamp: 3000 offset: 2
END
	mq-consume -e --batches -o 1 t >batches
	run -0 mq-topic dump batches
	[[ ${lines[0]} == 'baseOffset: 1 '*' position: 0 '* ]]
}

@test "dump looks at several files, and names the one that is damaged" {
	some
	cp "$(log t)" copy
	flip copy 70
	run -74 mq-topic dump "$(log t)" copy
	says 'baseOffset: 2' 'copy: byte 0: bad CRC'
	cp "$(log t)" short
	truncate -s 100 short
	run -74 mq-topic dump short
	says 'short: byte'
	run -74 mq-topic dump no-such-file
	says no-such-file
	silent mq-topic dump /dev/null
}

@test "dump needs no store, and no permission to write" {
	some
	cp "$(log t)" alone
	chmod 444 alone
	rm -r store
	run -0 mq-topic dump alone
	says 'count: 2'
}

@test "dump says that it reads no pipe, and goes on behind a missing file" {
	some
	mkfifo pipe
	for name in - pipe /dev/stdin; do
		run -2 sh -c "echo | mq-topic dump $name"
		says "a pipe: $name"
	done
	run -74 mq-topic dump missing "$(log t)"
	says missing 'count: 2'
}

@test "a segment file does not say whose it is" {
	mq-topic create --partitions 2 t
	mq-produce -p 1 t <<<x
	run -0 mq-topic dump -jv store/t-1/*.log
	says '{"topic":null,"partition":null,"offset":0,'
}
