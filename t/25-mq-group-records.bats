#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A script looks at the records of a share group, and says what became of them.

# shellcheck disable=SC2030,SC2031 # a test is a shell of its own
load helper/scene

# partition, offset, state and deliveries of each record
states() {
	mq-group peek "$1" | cut -f 2-5
}

@test "peek shows what is not finished, and takes nothing" {
	queue q 0
	printf '%s\n' '1000 k1 one' '1000 k2 two' '1000  ' '1000 k4 four' |
		mq-produce -f '%d %k %v\n' q
	id=$(hold q 1)
	for _ in 1 2; do
		run -0 mq-group peek q
		[[ ${lines[0]} =~ ^$'q\t0\t0\tAcquired\t1\t1'[0-9]{12}$'\tk1\tone'$ ]]
		[ "${lines[1]}" = 'q	0	1	Available	0	-1	k2	two' ]
		[ "${lines[2]}" = 'q	0	2	Available	0	-1		' ]
		[ "${#lines[@]}" = 4 ]
	done
	run -2 mq-group peek -c 0 q
	[ "$(mq-group peek -c 2 q | wc -l)" = 2 ]
	run -0 mq-group peek -j -c 1 q
	[[ $output =~ ^'{"topic":"q","partition":0,"offset":0,"timestamp":1000,"key":"k1","value":"one","state":"Acquired","delivery_count":1,"until":1'[0-9]{12},\"id\":\"$id\"}$ ]]
	run -0 mq-group peek -v q
	says '4 records: 3 available, 1 acquired, 0 delayed'
	mq-group release --delay 1h q "$id"
	run -0 mq-group peek -c 1 q
	says $'q\t0\t0\tDelayed\t1\t1'
}

@test "peek keeps its lines, whatever is in a record" {
	queue q 0
	printf 'a\tb\nc\\d\0e\xff' | mq-produce -W q
	printf 'k v' | mq-produce -f '%k %v' q
	mq-produce -Z q <<<''
	{
		printf 'q\t0\t0\tAvailable\t0\t-1\t-\ta\\tb\\nc\\\\d\\0e\xff\n'
		printf 'q\t0\t1\tAvailable\t0\t-1\tk\tv\n'
		printf 'q\t0\t2\tAvailable\t0\t-1\t-\t-\n'
	} >want
	mq-group peek q >got
	diff want got
	mq-topic create other
	mq-group peek -j q | mq-produce -j other
	cmp <(mq-consume -0 -e other) <(mq-consume -s q -e -0)
}

@test "peek shows thousands of lines" {
	queue q 3000
	mq-group peek q | cut -f 8 | cmp - <(seq 3000)
	is mq-group peek -c 3 -j q < <(mq-group peek -j q | head -n 3)
}

@test "peek looks at one topic, or at some partitions" {
	mq-topic create --partitions 3 t
	mq-topic create u
	for p in 0 1 2; do echo "$p" | mq-produce -p "$p" t; done
	echo u | mq-produce u
	mq-consume -s s -e t u >got
	mq-group seek -t t -o start s >moved
	is mq-group peek -p 1-2 s <<'END'
t	1	0	Available	0	-1	-	1
t	2	0	Available	0	-1	-	2
END
	silent mq-group peek -t u s
	run -69 mq-group peek -t nothing s
	says 'topic nothing'
	run -69 mq-group peek -p 7 s
	says 'no partition'
	run -69 mq-group peek nobody
	says 'no group nobody'
	run -2 mq-group peek ''
	run -2 mq-group peek
}

@test "accept: the record is done, whoever held it" {
	queue q 3
	hold q 2 >ids
	silent mq-group accept q "$(head -n 1 ids)"
	run -0 mq-group accept -v q "$(tail -n 1 ids)"
	says 'group q: 1 record accepted'
	is mq-consume -s q -e <<<3
	silent mq-group peek q
}

# work BAD: gets, works on and accepts records, and stops at that one.
work() {
	local id value
	while read -r id value < <(mq-consume -s jobs --hold -w 0 -c 1 -f '%i %v\n'); do
		[ "$value" != "$1" ] || return 0
		echo "$value" >>worked
		mq-group accept jobs "$id"
	done
}

@test "get, work, accept: no record is lost by a script that fails" {
	queue jobs 4
	work 3
	is states jobs <<'END'
0	2	Acquired	1
0	3	Available	0
END
	id=$(mq-group peek -j -c 1 jobs | sed 's/.*"id":"\([^"]*\).*/\1/')
	mq-group release jobs "$id"
	work none
	[ "$(cat worked)" = "$(seq 4)" ]
	silent mq-group peek jobs
}

@test "release: another try, at once or after a while" {
	queue q 2
	silent mq-group release q "$(hold q 1)"
	is states q <<'END'
0	0	Available	1
0	1	Available	0
END
	silent mq-group release --delay 1h q "$(hold q 1)"
	is mq-consume -s q -e <<<2
	[ "$(states q)" = $'0\t0\tDelayed\t2' ]
	is mq-group describe q <<<'q	q	0	0	2	1	0	0	1	0'
	queue soon 1
	mq-group release --delay 10ms soon "$(hold soon 1)"
	is mq-consume -s soon -c 1 -w 1m <<<1
}

@test "release gives up what was delivered too often" {
	queue q 1
	mq-topic create dead
	for n in 1 2; do
		silent mq-group release --max-deliveries 3 q "$(hold q 1)"
		[ "$(states q)" = $'0\t0\tAvailable\t'$n ]
	done
	run -0 mq-group release --max-deliveries 3 --dlq dead q "$(hold q 1)"
	says 'topic q, partition 0, offset 0: delivery 3: it is a dead letter'
	is mq-consume -e dead <<<1
	silent mq-group peek q
	# Without a place for it, it is gone, and that is not what was asked.
	echo x | mq-produce q
	run -1 mq-group release --max-deliveries 1 q "$(hold q 1)"
	says 'offset 1: delivery 1: it is dropped'
	silent mq-group peek q
}

@test "accept, release and reject give up no record but their own" {
	queue q 4
	hold q 3 >ids
	for _ in 1 2 3 4 5 6; do
		id=$(hold q 1)
		mq-group release --max-deliveries 99 q "$id"
	done
	mq-consume -s q --hold -l 1ms -c 1 -f %i >got
	mq-topic wait -c 100 -w 5ms q || :
	# Its lock is over, and who reads would drop it at 5.
	silent mq-group release --delay 1h --max-deliveries 3 q "$(sed -n 3p ids)"
	mq-group accept q "$(sed -n 1p ids)"
	mq-group reject -q q "$(sed -n 2p ids)"
	is states q <<'END'
0	2	Delayed	1
0	3	Available	7
END
}

@test "release has no limit where none is named" {
	queue q 1
	for n in 1 2 3 4 5 6; do
		silent mq-group release q \
			"$(mq-consume -s q --hold --max-deliveries 20 -c 1 -f %i)"
		[ "$(states q)" = $'0\t0\tAvailable\t'$n ]
	done
}

@test "reject: never again, as a dead letter or dropped" {
	queue q 3
	mq-topic create dead
	run -0 mq-group reject q "$(hold q 1)"
	says 'topic q, partition 0, offset 0: delivery 1: it is dropped'
	silent mq-group reject -q --dlq dead q "$(hold q 1)"
	run -0 mq-consume -j -e dead
	says '"value":"2"' '["__dlq.errors.topic","q"]' \
		'["__dlq.errors.offset","1"]' '["__dlq.errors.group","q"]'
	is mq-consume -s q -e <<<3
	run -69 mq-group reject --dlq nothing q q:0:0:1
	says nothing
}

@test "a record that is too large for a dead letter stays what it is" {
	queue q 0
	mq-topic create -X max.message.bytes=400 dead
	head -c 500 /dev/zero | tr '\0' x | mq-produce q
	for n in 1 2; do
		run -65 mq-consume -s q --dlq dead -x 'exit 65' -e
		says 'group q: dead-letter topic dead: topic q, partition 0, offset 0 is too large for the dead-letter topic: its max.message.bytes, 400, '
		[ "$(mq-group peek q | cut -f 3-5)" = $'0\tAvailable\t'$n ]
	done
	id=$(hold q 1)
	run -65 mq-group reject --dlq dead q "$id"
	[ "$(states q)" = $'0\t0\tAcquired\t3' ]
	silent mq-consume -e dead
	mq-topic alter -X max.message.bytes dead
	silent mq-group reject -q --dlq dead q "$id"
	[ "$(mq-consume -e dead | wc -c)" = 501 ]
}

@test "each id has its turn, and what is wrong with one is told" {
	queue q 4
	hold q 3 >ids
	mapfile -t held <ids
	mq-group accept q "${held[0]}"
	other=${held[1]%:*}:123
	run -1 mq-group accept q "${held[0]}" "$other" "${held[1]}" "${held[2]}"
	says "${held[0]}: its lock is over" "$other: its lock is over"
	is mq-consume -s q -e <<<4
	# Of a topic that is gone, of one the group does not read, of no partition.
	mq-topic create t
	echo | mq-produce t
	run -69 mq-group accept q gone:0:0:5
	says gone
	run -69 mq-group accept q t:0:0:5
	says 'has not read topic t'
	run -69 mq-group accept q t:0:0:5 gone:0:0:5
	run -69 mq-group accept q q:7:0:5
	says 'no partition 7'
	is mq-group list <<<'q	Empty	0	1	0	Share'
	# Another queue's; with one that is done, some of them are.
	queue r 1
	id=$(hold r 1)
	run -69 mq-group accept q "$id"
	says 'has not read topic r'
	echo 5 | mq-produce q
	run -1 mq-group accept q "$id" "$(hold q 1)"
	[ -z "$(mq-group peek q)" ]
	# Too late, which is something else.
	mq-group accept r "$id"
	run -1 mq-group accept r "$id"
	says 'its lock is over'
}

@test "an id that is none: nothing is done" {
	queue q 1
	id=$(hold q 1)
	for bad in '' nonsense q:0:0 "$id:" ":0:0:1" q:-1:0:1 q:0:-1:1 q:0:0:0 \
		q:00:0:1 ../q:0:0:1 "$id x" q:0:0:99999999999999999999; do
		for act in accept release reject; do
			run -2 mq-group "$act" q "$id" "$bad"
			says 'is no id'
		done
	done
	[ "$(states q)" = $'0\t0\tAcquired\t1' ]
	run -2 mq-group accept q
	says 'an id'
	run -2 mq-group reject --dlq q q "$id"
	says 'its own dead-letter topic'
	run -69 mq-group accept nobody "$id"
	says 'no group nobody'
	[ ! -e store/groups/nobody ]
	run -2 mq-group accept '' "$id"
	run -2 mq-group release --max-deliveries 0 q "$id"
	run -2 mq-group release --delay soon q "$id"
	mq-topic delete q
	run -69 mq-group accept q "$id"
	says q
}

@test "an id is one of its group" {
	mq-topic create t
	echo 1 | mq-produce t
	a=$(hold a 1 t)
	b=$(hold b 1 t)
	run -1 mq-group accept b "$a"
	says "$a: its lock is over"
	silent mq-group accept b "$b"
	[ "$(states a)" = $'0\t0\tAcquired\t1' ]
}

@test "-j prints a line for each record that something became of" {
	queue q 5
	mq-topic create dead
	hold q 5 >ids
	mapfile -t id <ids
	is mq-group accept -j q "${id[@]:0:2}" <<END
{"group":"q","id":"${id[0]}","topic":"q","partition":0,"offset":0,"became":"accepted"}
{"group":"q","id":"${id[1]}","topic":"q","partition":0,"offset":1,"became":"accepted"}
END
	run -1 mq-group reject -qj q gone:0:0:5 "${id[2]}"
	says "\"id\":\"${id[2]}\",\"topic\":\"q\",\"partition\":0,\"offset\":2,\"became\":\"dropped\"}"
	run -0 mq-group release -j q "${id[3]}"
	says '"became":"released"}'
	run -0 mq-group release -jq --max-deliveries 1 --dlq dead q "${id[4]}"
	says '"became":"dead"}'
	run -1 mq-group accept -j q "${id[0]}"
	[[ $output != *'{'* ]]
	run -74 bash -c "mq-group accept -j q $(hold q 1) >/dev/full"
}
