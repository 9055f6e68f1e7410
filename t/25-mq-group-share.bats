#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Share groups are listed, described, moved, deleted and waited for.

# shellcheck disable=SC2030,SC2031 # a test is a shell of its own
load helper/scene

# start, end, lag, available, acquired, delayed, holders
counts() {
	mq-group describe "$1" | cut -f 4-
}

# member GROUP [TOPIC]: a process that holds one record of it in the background,
# until it is killed; its pid is in $member.
member() {
	rm -f got
	mq-consume -s "$1" -x 'cat >got; exec sleep 60' "${@:2}" 3>&- &
	member=$!
	mq-topic create -q "$1.wait"
	until [ -s got ]; do
		kill -0 "$member" || return
		mq-topic wait -c 1 -w 10ms "$1.wait" || :
	done
}

dies() {
	kill -KILL "$member"
	ended 137 "$member"
}

@test "list has groups of both types, and says which is which" {
	mq-topic create t
	seq 4 | mq-produce t
	mq-group commit -t t -o 1 mail
	queue q 3
	is mq-consume -s both -c 1 t <<<1
	is mq-group list <<'END'
both	Empty	0	1	3	Share
mail	Empty	0	1	3	Consumer
q	Empty	0	1	3	Share
END
	is mq-group list -r 'q|m.*' <<'END'
mail	Empty	0	1	3	Consumer
q	Empty	0	1	3	Share
END
	is mq-group list q mail <<'END'
q	Empty	0	1	3	Share
mail	Empty	0	1	3	Consumer
END
	is mq-group list -j q \
		<<<'{"group":"q","state":"Empty","members":0,"partitions":1,"lag":3,"type":"Share"}'
	run -69 mq-group list nobody q
	says 'no group nobody' $'q\tEmpty'
}

@test "a queue's group is there from the start, and goes with it" {
	mq-topic create --queue --partitions 2 q
	is mq-group list <<<'q	Empty	0	2	0	Share'
	is mq-group describe q <<'END'
q	q	0	0	0	0	0	0	0	0
q	q	1	0	0	0	0	0	0	0
END
	silent mq-group peek q
	[ ! -e store/groups ]
	mq-topic delete q
	silent mq-group list
}

@test "describe counts what is available, acquired and delayed" {
	queue q 5
	echo later | mq-produce --delay 1h q
	is mq-consume -s q -c 1 <<<1
	hold q 2 >ids
	# The delayed one counts as such once it was met.
	run -0 mq-consume -s q -l 10m -e --hold -f '%i %v\n'
	[ "$(cut -d ' ' -f 2 <<<"$output")" = $'4\n5' ]
	is counts q <<<'1	6	5	0	4	1	2'
	run -0 mq-group describe -v q
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[0]} =~ $'1\t6\t5\t0\t4\t1\t2\tEmpty\t-1\t-\t2\t1'[0-9]{12}$ ]]
	run -0 mq-group describe -j q
	says '"group":"q","type":"Share","state":"Empty","members":[],' \
		'"start_offset":1,"end_offset":6,"log_end":6,"lag":5,"available":0,"acquired":4,"delayed":1,"deadline":1' \
		'"holding":[{"pid":null,"host":null,"records":2,"until":1'
}

@test "describe -v names the process that holds something" {
	queue q 3
	member q
	host=$(uname -n)
	run -0 mq-group describe -v q
	says $'\tStable\t'"$member	$host	"
	run -0 mq-group list q
	[ "$output" = 'q	Stable	1	1	3	Share' ]
	run -0 mq-group describe -j q
	says "\"members\":[{\"pid\":$member,\"host\":\"$host\"}]" \
		"\"holding\":[{\"pid\":$member,\"host\":\"$host\",\"records\":"
	dies
	is counts q <<<'0	3	3	3	0	0	0'
	is mq-group list q <<<'q	Empty	0	1	3	Share'
}

@test "groups of both types are described one type after the other" {
	need script
	queue q 2
	mq-topic create t
	mq-group commit -t t -o 0 mail
	is mq-group describe q mail <<'END'
mail	t	0	0	0	0	-	-1	-
q	q	0	0	2	2	2	0	0	0
END
	run -0 script -qec 'mq-group describe' /dev/null
	diff <(echo "$output" | tr -d '\r') - <<'END'
GROUP  TOPIC  PARTITION  COMMITTED  END  LAG  MEMBER  PID  HOST
mail   t              0          0    0    0  -        -1  -
GROUP  TOPIC  PARTITION  START  END  LAG  AVAILABLE  ACQUIRED  DELAYED  HOLDERS
q      q              0      0    2    2          2         0        0        0
END
	run -0 mq-group describe -j mail q
	says '{"group":"mail","type":"Consumer",' '{"group":"q","type":"Share",'
}

@test "a name is a group of one type only" {
	queue q 1
	mq-topic create t
	echo 1 | mq-produce t
	is mq-consume -s s -c 1 t <<<1
	mq-group commit -t t -o 0 mail
	for group in q s; do
		for act in "mq-consume -e -g $group t" \
			"mq-group commit -t t -o 0 $group"; do
			# shellcheck disable=SC2086 # words
			run -69 $act
			says "group $group" 'share group'
		done
		is mq-group list "$group" < <(mq-group list | grep "^$group.*Share")
	done
	[ ! -e store/groups/q ]
	run -69 mq-consume -s mail -e t
	says 'group mail is a consumer group'
	for act in 'peek mail' 'redrive mail' 'accept mail t:0:0:1'; do
		# shellcheck disable=SC2086 # words
		run -69 mq-group $act
		says 'group mail is no share group'
	done
	is mq-group list mail <<<'mail	Empty	0	1	1	Consumer'
	is mq-consume -g mail --commit -e t <<<1
	# As long as it is there.
	mq-group delete mail s
	is mq-consume -s mail -e t <<<1
	is mq-consume -g s -e t <<<1
}

@test "commit says what is to be done instead" {
	queue q 1
	run -69 mq-group commit -t q -o 1 q
	says 'group q is a share group' accept
}

@test "seek begins a share group again at any position" {
	mq-topic create --partitions 2 t
	printf '%s\n' '1000 a' '2000 b' '3000 c' | mq-produce -p 0 -f '%d %v\n' t
	printf '%s\n' '1500 x' '2500 y' | mq-produce -p 1 -f '%d %v\n' t
	mq-consume -s s -e t >got
	[ "$(wc -l <got)" = 5 ]
	is mq-group seek -n -t t -o start s <<'END'
s	t	0	0	3
s	t	1	0	2
END
	[ "$(counts s)" = $'3\t3\t0\t0\t0\t0\t0\n2\t2\t0\t0\t0\t0\t0' ]
	is mq-group seek -t t -o @2000 s <<'END'
s	t	0	1	3
s	t	1	1	2
END
	mq-consume -s s -e t | sort >got
	[ "$(cat got)" = $'b\nc\ny' ]
	is mq-group seek -j -t t -o 1=0 s \
		<<<'{"group":"s","topic":"t","partition":1,"start_offset":0,"before":2}'
	is mq-consume -s s -e t < <(printf '%s\n' x y)
	mq-topic trim -o 2 -p 0 t >trimmed
	is mq-group seek -t t -o 0=0 s <<<'s	t	0	2	3'
	is mq-consume -s s -e t <<<c
	run -69 mq-group seek -t t -o 0=9 s
	says 'offset 9' 'nothing is moved'
	run -2 mq-group seek s
	says 'one of -o, --from and --to-group is wanted'
	run -2 mq-group seek -t t -o 0 --to-group s s
	says 'only one of -o, --from and --to-group can be'
}

@test "what the dead and the late had is available, at its limit too" {
	queue q 2
	for _ in 1 2 3 4; do
		id=$(hold q 1)
		mq-group release --max-deliveries 9 q "$id"
	done
	member q
	[ "$(mq-group peek q | cut -f 3-5)" = $'0\tAcquired\t5\n1\tAvailable\t0' ]
	dies
	[ "$(mq-group peek q | cut -f 3-5)" = $'0\tAvailable\t5\n1\tAvailable\t0' ]
	is counts q <<<'0	2	2	2	0	0	0'
	is mq-group seek -t q -o start q <<<'q	q	0	0	0'
	[ "$(mq-group peek q | cut -f 3-5)" = $'0\tAvailable\t0\n1\tAvailable\t0' ]
}

@test "seek to where a group of either type is, and to what describe printed" {
	mq-topic create t
	seq 5 | mq-produce t
	mq-consume -s s -c 3 t >got
	mq-group commit -t t -o 1 mail
	mq-group describe >file
	mq-group describe -v >verbose
	is mq-group seek --to-group mail s <<<'s	t	0	1	3'
	is mq-group seek --from file s <<<'s	t	0	3	1'
	is mq-group seek --to-group s mail <<<'mail	t	0	3	1'
	is mq-group seek --from verbose mail <<<'mail	t	0	1	3'
	printf 't\t0\t-1\n' >forget
	run -65 mq-group seek --from forget s
	says 'cannot forget' 'nothing is moved'
	# A line for each who holds something is one place all the same.
	hold s 1 t >ids
	hold s 1 t >>ids
	mq-group describe -v s >verbose
	[ "$(wc -l <verbose)" = 2 ]
	run -75 mq-group seek --from verbose s
	says '2 records are acquired' 'nothing is moved'
	run -75 mq-group seek -n --from verbose s
	is counts s <<<'3	5	2	0	2	0	2'
}

@test "seek gives no queue a second group" {
	queue q 2
	mq-topic create t
	echo | mq-produce t
	mq-consume -s s -e t >got
	for n in '' -n; do
		# shellcheck disable=SC2086 # none, or one
		run -2 mq-group seek $n -t q -o start s
		says 'topic q is a queue'
	done
	is mq-group describe s <<<'s	t	0	1	1	0	0	0	0	0'
}

@test "delete forgets share groups, but not a queue's" {
	queue q 1
	mq-topic create t
	echo 1 | mq-produce t
	is mq-consume -s s -e t <<<1
	mq-group commit -t t -o 0 mail
	run -2 mq-group delete mail s q
	says 'goes with its queue'
	run -2 mq-group delete -n q
	# A pattern passes over it.
	is mq-group delete -n -r '.*' < <(printf '%s\n' mail s)
	is mq-group delete -n mail s < <(printf '%s\n' mail s)
	run -0 mq-group delete -v mail s
	says 'group mail deleted' 'group s deleted'
	is mq-group list <<<'q	Empty	0	1	1	Share'
	is mq-consume -s s -e t <<<1
	# With a process in it, not now.
	echo 2 | mq-produce t
	member s t
	run -75 mq-group delete s
	says '1 member'
	run -75 mq-group seek -t t -o 0 s
	says '1 record is acquired'
	dies
	id=$(hold s 1 t)
	for n in '' -n; do
		# shellcheck disable=SC2086 # none, or one
		run -75 mq-group delete $n s
		says 'group s: 1 record is acquired'
	done
	silent mq-group accept s "$id"
	silent mq-group delete -r '.*'
	is mq-group list <<<'q	Empty	0	1	1	Share'
}

@test "wait ends when a share group has come so far" {
	queue q 3
	silent mq-group wait --lag 3 q
	run -3 mq-group wait --lag 2 -w 20ms q
	mq-group wait --lag 0 -w 1m q 3>&- &
	waits=$!
	# It is not there yet while one is held.
	hold q 1 >ids
	mq-consume -s q -e >got
	is counts q <<<'0	3	1	0	1	0	1'
	kill -0 "$waits"
	mq-group accept q "$(cat ids)"
	ended 0 "$waits"
	run -69 mq-group wait --lag 0 -t nothing q
	says nothing
	run -69 mq-group wait --lag 0 nobody
	says nobody
	seq 2 | mq-produce q
	mq-group wait --lag 0 q 3>&- &
	waits=$!
	mq-topic wait -c 100 -w 50ms q || :
	kill -TERM "$waits"
	ended 143 "$waits"
}

@test "wait looks at one topic, or at all that the group reads" {
	mq-topic create t u
	seq 2 | mq-produce t
	echo | mq-produce u
	mq-consume -s s -c 1 t >got
	mq-consume -s s -e u >got
	silent mq-group wait --lag 0 -w 0 -t u s
	run -3 mq-group wait --lag 0 -w 0 s
	mq-group wait --lag 0 -w 1m s 3>&- &
	waits=$!
	mq-topic wait -c 100 -w 50ms u || :
	# What is gone is not behind.
	mq-topic delete t
	ended 0 "$waits"
}

@test "wait hears of what a process accepts that goes on, and of a new topic" {
	queue q 3
	mq-group wait --lag 0 -w 1m q 3>&- &
	waits=$!
	mq-topic wait -c 100 -w 50ms q || :
	mq-consume -s q >got 3>&- &
	ended 0 "$waits"
	mq-topic create t u
	seq 2 | mq-produce t
	seq 2 | mq-produce u
	mq-consume -s s -c 1 t >got
	mq-group wait --lag 0 -w 1m s 3>&- &
	waits=$!
	mq-topic wait -c 100 -w 50ms q || :
	mq-consume -s s -c 1 u >got
	mq-consume -s s -e t >got
	mq-topic wait -c 100 -w 50ms q || :
	mq-consume -s s -e u >got
	ended 0 "$waits"
}

@test "wait hears of the first who reads in a queue" {
	queue q 1
	mq-group wait --lag 0 -w 1m q 3>&- &
	waits=$!
	mq-topic wait -c 100 -w 50ms q || :
	is mq-consume -s q -e <<<1
	ended 0 "$waits"
}

@test "a read-only store can be looked at" {
	need setpriv
	queue q 2
	id=$(hold q 1)
	chmod -R go=rX store
	dir=$PWD
	while [ -n "$dir" ]; do
		chmod go+x "$dir" 2>/dev/null || skip 'not as root'
		dir=${dir%/*}
	done
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${nobody[@]}" mq-group list >/dev/null || skip 'not as root'
	is "${nobody[@]}" mq-group list <<<'q	Empty	0	1	2	Share'
	is "${nobody[@]}" mq-group describe q \
		<<<'q	q	0	0	2	2	1	1	0	1'
	[ "$("${nobody[@]}" mq-group peek q | wc -l)" = 2 ]
	run -3 "${nobody[@]}" mq-group wait --lag 1 -w 10ms q
	for act in "accept q $id" "release q $id" "reject q $id" 'redrive q'; do
		# shellcheck disable=SC2086 # words
		run -77 "${nobody[@]}" mq-group $act
		says 'group q'
	done
	[ "$(mq-group peek q | cut -f 4)" = $'Acquired\nAvailable' ]
}

@test "what cannot be printed is told" {
	queue q 1
	for act in list 'describe q' 'describe -j q' 'peek q' 'peek -j q'; do
		# shellcheck disable=SC2086 # words
		run -74 bash -c "mq-group $act >/dev/full"
		says 'standard output'
	done
}

@test "-j prints what was committed, deleted and waited for" {
	mq-topic create --partitions 2 t
	is mq-group commit -j -t t -o 0=0,1=0 mail <<'END'
{"group":"mail","topic":"t","partition":0,"committed":0}
{"group":"mail","topic":"t","partition":1,"committed":0}
END
	is mq-group wait -j --lag 3 mail <<<'{"group":"mail","lag":3,"reached":true}'
	echo 1 | mq-produce t
	run -3 mq-group wait -j --lag 0 -w 10ms -t t mail
	[ "$output" = '{"group":"mail","topic":"t","lag":0,"reached":false}' ]
	is mq-group delete -jn mail <<<'{"group":"mail","deleted":false}'
	is mq-group delete -j mail <<<'{"group":"mail","deleted":true}'
}
