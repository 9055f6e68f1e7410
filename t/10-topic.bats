#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Topics are made, listed and described.

load helper/scene

@test "a topic has one partition unless more are asked for" {
	silent mq-topic create day
	silent mq-topic create --partitions 3 orders
	is mq-topic list <<'END'
day	1	0	0	log
orders	3	0	0	log
END
}

@test "list counts records and bytes, of the topics that are named" {
	mq-topic create a b c
	seq 3 | mq-produce b
	bytes=$(wc -c <"$(log b)")
	is mq-topic list b <<<"b	1	3	$bytes	log"
	is mq-topic list c b <<<"c	1	0	0	log
b	1	3	$bytes	log"
	is mq-topic list -r '[ac]' <<'END'
a	1	0	0	log
c	1	0	0	log
END
	is mq-topic list -j -r 'b|.a.*' \
		<<<"{\"topic\":\"b\",\"partitions\":1,\"records\":3,\"bytes\":$bytes,\"queue\":false}"
}

@test "records that were trimmed do not count" {
	mq-topic create t
	seq 5 | mq-produce t
	mq-topic trim -o 2 t
	run -0 mq-topic list t
	[[ $output == t$'\t'1$'\t'3$'\t'* ]]
}

@test "describe has a line for each partition" {
	mq-topic create --partitions 2 -X retention.ms=1000 -X segment.ms=5 t
	seq 4 | mq-produce -p 1 t
	mq-topic trim -o 1 -p 1 t
	is mq-topic describe t <<END
t	0	0	0	0	0	1	0	retention.ms=1000,segment.ms=5	log
t	1	0	1	4	4	1	$(wc -c <store/t-1/*.log)	retention.ms=1000,segment.ms=5	log
END
	mq-topic create plain
	is mq-topic describe plain <<'END'
plain	0	0	0	0	0	1	0	-	log
END
	mq-topic describe -v plain | grep -q 'retention.ms=604800000'
}

@test "describe -j has the topic's id and its configs" {
	mq-topic create -X max.message.bytes=9000 t
	one_each t 1 2
	id=$(sed -n 's/.*"id": "\(.*\)".*/\1/p' store/t.json)
	[ ${#id} = 22 ]
	is mq-topic describe -j t <<END
{"topic":"t","id":"$id","partitions":[{"partition":0,"leader_epoch":0,"log_start":0,"high_watermark":2,"log_end":2,"segments":1,"bytes":$(wc -c <"$(log t)")}],"configs":{"max.message.bytes":"9000"},"queue":false}
END
}

@test "on a terminal there are columns with a header" {
	need script
	mq-topic create orders t
	run -0 script -qec 'mq-topic list' /dev/null
	diff <(echo "$output" | tr -d '\r') - <<'END'
TOPIC   PARTITIONS  RECORDS  BYTES  TYPE
orders           1        0      0  log
t                1        0      0  log
END
}

@test "a topic that is there already is not made again; those before it are" {
	mq-topic create --partitions 2 there
	run -69 mq-topic create a there b
	says 'topic there'
	is mq-topic list <<'END'
a	1	0	0	log
there	2	0	0	log
END
	# A name that cannot be is seen before.
	run -2 mq-topic create c d@e
	says d@e
	run -69 mq-topic list c
}

@test "a queue is made as one, and says so" {
	silent mq-topic create --queue -X retention.ms=-1 --partitions 2 jobs
	mq-topic create --queue more && mq-topic create plain
	is mq-topic list <<'END'
jobs	2	0	0	queue
more	1	0	0	queue
plain	1	0	0	log
END
	is mq-topic list -j jobs \
		<<<'{"topic":"jobs","partitions":2,"records":0,"bytes":0,"queue":true}'
	is sh -c 'mq-topic describe jobs plain | cut -f 1,9-' <<'END'
jobs	retention.ms=-1	queue
jobs	retention.ms=-1	queue
plain	-	log
END
	is sh -c 'mq-topic describe -j | grep -o .queue.:.*' <<'END'
"queue":true}
"queue":true}
"queue":false}
END
	run -0 mq-topic create -v --queue last
	says 'queue last created'
	run -69 mq-topic create --queue plain
	says 'topic plain'
}

@test "what is a queue is said when it is made, and never after" {
	mq-topic create --queue jobs && mq-topic create plain
	run -2 mq-topic alter --queue plain
	says 'alter takes no --queue'
	mq-topic alter --partitions 2 -X segment.bytes=4096 jobs plain
	is sh -c 'mq-topic list | cut -f 1,2,5' <<'END'
jobs	2	queue
plain	2	log
END
}

@test "a damaged topic or partition does not stop the others" {
	for t in a b c d; do
		mq-topic create --partitions 2 -X retention.ms=1 "$t"
		echo '1000 x' | mq-produce -p 1 -f '%d %v\n' "$t"
	done
	rm store/b-0/*.log
	echo damaged >store/d.json
	run -74 mq-topic list
	says $'a\t2\t1\t' $'c\t2\t1\t' 'topic b, partition 0' d.json
	[[ $output != *$'b\t2\t'* ]]
	for j in '' -j; do
		# shellcheck disable=SC2086 # an option, or none
		run -74 mq-topic describe $j
		says 'topic b, partition 0' d.json
		[ "$(grep -c '^a.1.0.0.1.1\|^b.1.0.0.1.1\|^c.1.0.0.1.1\|"partition":1' \
			<<<"$output")" = 3 ]
	done
	run -74 mq-topic offsets a b c
	says $'a\t1\t0\t1' $'b\t1\t0\t1' $'c\t1\t0\t1'
	run -1 mq-topic verify
	says 'topic b, partition 0: ' 'topic d: its file'
	run -74 mq-topic alter -X segment.ms=5 c d a
	says d.json
	[ "$(grep -c segment.ms store/[ac].json)" = $'store/a.json:1\nstore/c.json:1' ]
	run -74 mq-topic clean
	says $'a\t1\t1\t' $'b\t1\t1\t' $'c\t1\t1\t' 'topic b, partition 0' d.json
}

@test "a partition that cannot be read does not stop verify" {
	for t in a b c; do seq 5 | mq-produce --create "$t"; done
	rm -r store/b-0
	touch store/b-0
	flip "$(log c)" 70
	run -74 mq-topic verify -v
	says 'topic a: 0 faults' 'topic b, partition 0: b-0: Not a directory' \
		'topic c, partition 0: 00000000000000000000.log: byte 0: '
}

@test "an unknown config is refused, and the known ones are named" {
	run -2 mq-topic create -X retention=1 t
	says retention.ms retention.bytes segment.bytes segment.ms \
		max.message.bytes compression.type cleanup.policy \
		min.insync.replicas flush.messages flush.ms \
		index.interval.bytes message.timestamp.type
	[ ! -e store ]
}

@test "a config refuses a value that it does not take" {
	for x in retention.ms=x retention.ms=-2 retention.bytes=1t \
		segment.bytes=0 segment.ms=0 max.message.bytes=-1 \
		flush.messages=0 compression.type=brotli cleanup.policy=compacted \
		min.cleanable.dirty.ratio=2 \
		message.timestamp.type=Now min.insync.replicas=0 \
		index.interval.bytes= retention.ms=9223372036854775808; do
		run -2 mq-topic create -X "$x" t
		says "${x%%=*}"
	done
	run -2 mq-topic create -X retention.ms t
	run -2 mq-topic create --partitions 0 t
	run -2 mq-topic create --partitions 100001 t
	[ ! -e store ]
}

@test "-F takes configs from a file, and names the line that is wrong" {
	printf '%s\n' '# of a day' '' 'retention.ms=86400000' \
		' segment.bytes = 4096 ' >day.conf
	mq-topic create -F day.conf t
	is mq-topic describe t \
		<<<$'t\t0\t0\t0\t0\t0\t1\t0\tretention.ms=86400000,segment.bytes=4096\tlog'
	echo 'segment.size=1' >>day.conf
	run -78 mq-topic create -F day.conf u
	says day.conf 'line 5' segment.size
	run -78 mq-topic create -F no-such-file u
	says no-such-file
}

@test "a topic's name has 1 to 249 of the characters A-Za-z0-9._-" {
	long=$(printf 'n%.0s' {1..249})
	mq-topic create "$long" A.b_c-9
	for name in '' . .. a/b 'a b' ä "${long}n" $'a\n'; do
		run -2 mq-topic create -- "$name"
	done
	is mq-topic list <<END
A.b_c-9	1	0	0	log
$long	1	0	0	log
END
}

@test "what is called wrongly is told, with exit status 2" {
	mq-topic create t
	for words in '' frob create 'create -n t' 'list -o 1' 'trim t' 'wait t' \
		'wait -c x t' 'wait -c 1 t t' 'wait -c 1 -w 5 t' dump delete \
		'offsets -o now t' 'trim -o 1 -p 1-0 t' 'list -r [' 'list -Y' \
		'dump -'; do
		# shellcheck disable=SC2086 # these are words
		run -2 mq-topic $words
		says mq-topic
	done
	run -2 mq-topic list -X a=b
	says 'list takes no -X'
	run -2 mq-topic wait -c x t
	says '-c x: invalid (it takes 0 to '
	run -2 mq-topic list -b ''
	says '-b: a target cannot be empty'
	for list in ',' 1- -1 0,x; do
		run -2 mq-topic offsets -p "$list" t
		says "-p $list: "
	done
}

@test "options may stand before and after the subcommand, and -- ends them" {
	mq-topic -X retention.ms=5 create t --partitions 2
	run -0 mq-topic -j describe -- t
	says '"retention.ms":"5"' '"partition":1'
	run -69 mq-topic list -- -j
}

@test "a topic that is not there is exit status 69" {
	mq-topic create t
	for words in 'list nope' 'describe nope' 'alter -X retention.ms=1 nope' \
		'delete nope' 'trim -o 1 nope' 'offsets nope' 'verify nope' \
		'clean nope' 'wait -c 1 nope' 'list t nope' 'offsets -p 1 t' \
		'trim -o 0 -p 0-1 t'; do
		# shellcheck disable=SC2086 # these are words
		run -69 mq-topic $words
	done
}

@test "the store is -b's, MQ_TARGET's, or below the home directory" {
	mq-topic create -b ./b/ of-b
	MQ_TARGET=$PWD/m/ mq-topic create of-target
	unset MQ_TARGET
	XDG_STATE_HOME=$PWD/x HOME=$PWD/h mq-topic create of-xdg
	HOME=$PWD/h XDG_STATE_HOME=x mq-topic create of-home
	is mq-topic -b "$PWD/x/mq" list <<<$'of-xdg\t1\t0\t0\tlog'
	is mq-topic -b "$PWD/h/.local/state/mq/" list <<<$'of-home\t1\t0\t0\tlog'
	is env MQ_TARGET=./m mq-topic list <<<$'of-target\t1\t0\t0\tlog'
	is env MQ_TARGET=./m mq-topic -b ./b list <<<$'of-b\t1\t0\t0\tlog'
	run -2 env -u HOME mq-topic list
}

@test "-q and -v say less and more on the standard error" {
	silent mq-topic create -q t
	run -0 mq-topic create -v u
	says 'mq-topic: ' u
	silent mq-topic delete -q t
	run -0 mq-topic delete -v u
	says u
}

@test "sizes and times may have units" {
	mq-topic create -X segment.bytes=64k -X retention.bytes=2g \
		-X retention.ms=7d -X max.message.bytes=1m -X segment.ms=90s t
	run -0 mq-topic describe -j t
	says '"segment.bytes":"65536"' '"retention.bytes":"2147483648"' \
		'"max.message.bytes":"1048576"' '"segment.ms":"90000"'
	mq-topic alter -X retention.ms=36h t
	run -0 mq-topic describe -j t
	says '"retention.ms":"129600000"'
	mq-produce -X linger.ms=1s -X batch.size=1k t <<<x
	for bad in segment.bytes=1x segment.bytes=1kk segment.bytes=k \
		segment.bytes=99999999999g segment.ms=5x segment.ms=-1s \
		compression.type=1k; do
		run -2 mq-topic create -X $bad u
		says "${bad%=*}"
	done
}
