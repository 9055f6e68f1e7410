#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Dead letters go back to where they came from.

# shellcheck disable=SC2030,SC2031 # a test is a shell of its own
load helper/scene

# dead N [TOPIC]: a queue "dead" with the letters of N records of a topic (q).
dead() {
	local topic=${2-q}
	[ -e store/dead.json ] || mq-topic create --queue dead
	[ -e "store/$topic.json" ] || mq-topic create --queue "$topic"
	seq "$1" | mq-produce -f '%v\n' -k k -H own=h "$topic"
	die "$topic"
}

# die GROUP: rejects all that it has.
die() {
	mq-consume -s "$1" -q -x 'exit 65' --dlq dead -e
}

# letter VALUE HEADER ...: one that nobody has rejected.
letter() {
	local value=$1 h headers=()
	shift
	for h; do headers+=(-H "$h"); done
	echo "$value" | mq-produce "${headers[@]}" dead
}

from_q='__dlq.errors.topic=q'

@test "redrive moves letters to where they came from" {
	dead 3
	is mq-group redrive -n dead <<'END'
dead	0	0	q	0
dead	0	1	q	0
dead	0	2	q	0
END
	[ "$(mq-group peek dead | cut -f 4,5 | sort -u)" = $'Available\t0' ]
	silent mq-group peek q
	is mq-group redrive -c 1 -j dead \
		<<<'{"topic":"dead","partition":0,"offset":0,"to":"q","to_partition":0}'
	run -0 mq-group redrive -v dead
	says $'dead\t0\t1\tq\t0\ndead\t0\t2\tq\t0' '2 letters moved'
	silent mq-group redrive dead
	silent mq-group peek dead
	# They are what they were, and say that they were there.
	mq-consume -s q -e -j | sed 's/"offset".*"key"/"key"/' >got
	sed 's/N/1/' <<'END' | diff - <(head -n 1 got)
{"topic":"q","partition":0,"key":"k","value":"N","headers":[["own","h"],["mq-redrive-count","1"]],"delivery_count":1}
END
	[ "$(wc -l <got)" = 3 ]
}

@test "a dead-letter topic that is no queue is read from its start" {
	mq-topic create dead
	mq-topic create t
	seq 3 | mq-produce t
	mq-consume -g g -q -x 'exit 65' --dlq dead -e t
	is mq-group redrive -n -c 1 dead <<<$'dead\t0\t0\tt\t0'
	run -69 mq-group peek dead
	is mq-group redrive dead <<'END'
dead	0	0	t	0
dead	0	1	t	0
dead	0	2	t	0
END
	is mq-consume -g g --commit -e t < <(seq 3)
	silent mq-group redrive dead
	run -69 mq-group redrive nowhere
	says 'there is no group nowhere'
}

@test "redrive moves a letter once, and again when it is told to" {
	dead 2
	mq-group redrive dead >moved
	die q
	letter 3 "$from_q"
	run -1 mq-group redrive dead
	says $'dead\t0\t4\tq\t-1' \
		'2 letters were redriven before; --max-redrives 2 moves them'
	[ "$(mq-group peek dead | cut -f 3-5)" = \
		$'2\tAvailable\t0\n3\tAvailable\t0' ]
	run -1 mq-group redrive -n dead
	says '2 letters were redriven before'
	mq-group redrive --max-redrives 2 dead >moved
	run -0 mq-group peek -j q
	says '"value":"1","headers":[["own","h"],["mq-redrive-count","2"]]'
}

@test "redrive sees what was there when it began" {
	mq-topic create --queue q dead
	seq 10000 | mq-produce -H "$from_q" dead
	# More lines than a pipe holds: it is not done before they are read.
	mkfifo rows
	mq-group redrive dead >rows 3>&- &
	pid=$!
	exec 9<rows
	read -r _ <&9
	letter late "$from_q"
	[ "$(wc -l <&9)" = 9999 ]
	exec 9<&-
	ended 0 "$pid"
	is mq-group peek dead <<<'dead	0	10000	Available	0	-1	-	late'
}

@test "redrive leaves what others hold, and what is delayed" {
	dead 3
	mq-consume -s dead -l 10m --hold -f '%i\n' -c 2 >ids
	mq-group release --delay 1h dead "$(tail -n 1 ids)"
	is mq-group redrive -n dead <<<'dead	0	2	q	0'
	is mq-group redrive dead <<<'dead	0	2	q	0'
	[ "$(mq-group peek dead | cut -f 4,5)" = \
		$'Acquired\t1\nDelayed\t1' ]
}

@test "redrive to another topic, and to the same partitions" {
	mq-topic create --queue --partitions 3 q
	mq-topic create --queue --partitions 3 dead
	mq-topic create --partitions 2 other
	for p in 0 1 2; do echo "$p" | mq-produce -p "$p" q; done
	die q
	is mq-group redrive -n --to other -p 0,2 dead <<'END'
dead	0	0	other	0
dead	2	0	other	-1
END
	is mq-group redrive --to other -p 1 dead <<<'dead	1	0	other	1'
	is mq-consume -e -p 1 other <<<1
	mq-group redrive dead >moved
	[ "$(mq-group peek q | cut -f 2,8 | sort)" = $'0\t0\n2\t2' ]
	# It needs no header to say where to.
	letter x
	mq-group redrive --to other dead >moved
	[ "$(mq-consume -e other | sort)" = $'1\nx' ]
	run -69 mq-group redrive --to gone dead
	says gone
	run -2 mq-group redrive --to dead dead
	says 'topic dead is the one that is read'
}

@test "what cannot be moved stays, as it was, and is told" {
	dead 1 gone
	mq-topic delete gone
	mq-topic create --queue q
	letter 2
	letter 3 '__dlq.errors.topic=../q'
	letter 4 '__dlq.errors.topic=dead'
	letter 5 '__dlq.errors.topic=__consumer_offsets'
	letter 6 "$from_q" '__dlq.errors.partition=x'
	letter 7 $'__dlq.errors.topic=q\e[2J'
	mq-topic create t
	mq-group commit -t t -o 0 mail
	before=$(mq-group peek dead | grep -v '6$')
	for n in -n ''; do
		# shellcheck disable=SC2086 # one, or none
		is bash -c 'mq-group redrive "$@" dead 2>told; [ $? = 1 ]' bash $n \
			<<<'dead	0	5	q	-1'
		[ "$(wc -l <told)" = 6 ]
		output=$(cat told)
		says 'offset 0 stays: ' gone \
			'offset 1 stays: no header __dlq.errors.topic' \
			'offset 2 stays: ' '../q' \
			'offset 3 stays: it would come back' \
			'offset 4 stays: __consumer_offsets' \
			'offset 6 stays: no header __dlq.errors.topic'
	done
	[ "$(mq-group peek dead)" = "$before" ]
	is mq-group describe dead <<<'dead	dead	0	0	7	6	6	0	0	0'
	run -0 mq-consume -e -f '%v\n' __consumer_offsets
	[ "${#lines[@]}" -lt 3 ]
}

@test "a letter that its topic does not take stays" {
	dead 2
	mq-topic alter -X max.message.bytes=60 q
	run -1 mq-group redrive dead
	says 'offset 0 stays: ' 'offset 1 stays: '
	[ "$(mq-group peek dead | cut -f 4,5)" = \
		$'Available\t0\nAvailable\t0' ]
	mq-topic alter -X max.message.bytes q
	mq-group redrive dead >moved
	[ "$(wc -l <moved)" = 2 ]
}

@test "a letter whose record was too large stays, and says what it was" {
	mq-topic create --queue q
	mq-topic create --queue dead
	# As Kafka writes it.
	mq-produce -j dead <<'END'
{"headers":[["__dlq.errors.topic","q"],["__dlq.errors.partition","0"],["__dlq.errors.offset","0"],["__dlq.errors.group","q"],["__dlq.errors.delivery.count","1"],["__dlq.errors.message","x"]]}
END
	echo small | mq-produce q
	die q
	run -1 mq-group redrive dead
	says 'offset 0 stays: it is only headers; the record itself, topic q, partition 0, offset 0, was too large'
	is mq-consume -s q -e <<<small
	run -1 mq-group redrive --to q dead
	says 'offset 0 stays: '
}

@test "a killed redrive loses no letter" {
	dead 300
	for kill in 3 40 120; do
		mq-group redrive dead 2>/dev/null >moved.$kill 3>&- &
		pid=$!
		mq-topic wait -c "$kill" -w 5s q || :
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" || :
	done
	mq-group redrive --max-redrives 9 dead >moved
	silent mq-group peek dead
	[ "$(mq-group peek q | cut -f 8 | sort -nu)" = "$(seq 300)" ]
}

@test "redrive ends at a signal, and gives back what it holds" {
	dead 1
	for n in 1 2 3 4; do letter "$n"; done
	# Its messages go nowhere until they are read.
	mkfifo messages
	mq-group redrive dead 2>messages >moved 3>&- &
	pid=$!
	exec 9<messages
	kill -TERM "$pid"
	cat <&9 >told
	exec 9<&-
	rc=0
	wait "$pid" || rc=$?
	[ "$rc" = 143 ] || [ "$rc" = 1 ]
	[ "$(mq-group peek dead | cut -f 4,5 | sort -u)" = $'Available\t0' ]
}

@test "a full disk stops redrive, and no letter is lost" {
	small 700k full
	export MQ_TARGET=./full/
	mq-topic create --queue q dead
	head -c 150000 /dev/urandom | base64 -w 1000 | mq-produce q
	die q || :
	n=$(mq-group peek dead | wc -l)
	mq-group list
	run mq-group redrive dead
	[ "$status" = 0 ] || [ "$status" = 74 ]
	[ $(($(mq-group peek dead | wc -l) + $(mq-group peek q | wc -l))) -ge "$n" ]
}

@test "redrive reads a topic that is no queue by the group that is named" {
	mq-topic create t letters
	seq 2 | mq-produce t
	mq-consume -s s -q -x 'exit 65' --dlq letters -e t
	run -69 mq-group redrive -t letters s
	says 'has not read topic letters'
	run -69 mq-group redrive -t nowhere fix
	says 'no group fix'
	is mq-group redrive -t letters fix <<'END'
letters	0	0	t	0
letters	0	1	t	0
END
	is mq-consume -e t < <(printf '%s\n' 1 2 1 2)
	run -69 mq-group redrive nobody
	run -2 mq-group redrive ''
	run -2 mq-group redrive --max-redrives 0 dead
}

@test "redrive of a plain topic needs no more than its name" {
	mq-topic create t dead
	seq 2 | mq-produce t
	mq-consume -s s -q -x 'exit 65' --dlq dead -e t
	is mq-group redrive dead <<'END'
dead	0	0	t	0
dead	0	1	t	0
END
	# They come to every group of the topic.
	is mq-consume -s s -e t <<<$'1\n2'
	is mq-consume -s other -e t < <(printf '%s\n' 1 2 1 2)
}
