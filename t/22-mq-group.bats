#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Consumer groups are listed, described, deleted and waited for.

# shellcheck disable=SC2030,SC2031 # a test is a shell of its own
load helper/scene
load helper/group

# lose TOPIC: takes its files away, as a delete that is killed.
lose() {
	rm -r "store/$1".json "store/$1"-[0-9]
}

@test "list has a line for each group: state, members, partitions, lag" {
	mq-topic create u
	silent mq-group list
	three_of_ten
	mq-group commit -t t -o 1=5 'an other'
	is mq-group list <<'END'
an other	Empty	0	2	5	Consumer
g	Empty	0	2	7	Consumer
END
	is mq-group list g <<<'g	Empty	0	2	7	Consumer'
	is mq-group list -r 'an.*' <<<'an other	Empty	0	2	5	Consumer'
	is mq-group list -j g \
		<<<'{"group":"g","state":"Empty","members":0,"partitions":2,"lag":7,"type":"Consumer"}'
}

@test "describe has a line for each partition" {
	three_of_ten
	is mq-group describe g <<'END'
g	t	0	3	5	2	-	-1	-
g	t	1	0	5	5	-	-1	-
END
	# Records that are gone are not behind.
	mq-topic trim -o 4 t >trimmed
	is mq-group describe g <<'END'
g	t	0	3	5	1	-	-1	-
g	t	1	0	5	1	-	-1	-
END
	# All groups; and a topic that is lost.
	mq-group commit -t t -o 0=5,1=4 a
	lose t
	is mq-group describe <<'END'
a	t	0	5	-1	-1	-	-1	-
a	t	1	4	-1	-1	-	-1	-
g	t	0	3	-1	-1	-	-1	-
g	t	1	0	-1	-1	-	-1	-
END
	is mq-group list <<'END'
a	Empty	0	2	0	Consumer
g	Empty	0	2	0	Consumer
END
}

@test "partitions of which nothing is committed are behind too" {
	mq-topic create --partitions 3 t
	for p in 0 1; do seq 5 | mq-produce -p "$p" t; done
	mq-group commit -t t -o 1=4 g
	is mq-group describe g <<'END'
g	t	0	-1	5	5	-	-1	-
g	t	1	4	5	1	-	-1	-
g	t	2	-1	0	0	-	-1	-
END
	run -3 mq-group wait --lag 5 -w 0 g
	silent mq-group wait --lag 6 -w 0 -t t g
	# Where describe has a -1, seek has one again.
	mq-group describe g >file
	mq-consume -g g --commit -e t >got
	silent mq-group wait --lag 0 g
	is mq-group seek --from file g <<'END'
g	t	0	-1	5
g	t	1	4	5
g	t	2	-1	0
END
	is mq-group seek --to-group g h <<<'h	t	1	4	-1'
	# A topic of which there is no commit at all.
	mq-topic create u
	seq 2 | mq-produce u
	run -3 mq-group wait --lag 1 -w 0 -t u g
	silent mq-group wait --lag 2 -w 0 -t u g
}

@test "a topic takes with it what groups have committed of it" {
	three_of_ten
	mq-topic create u
	echo | mq-produce u
	mq-group commit -t u -o 1 g
	mq-group commit -t t -o 1=5 h
	mq-topic delete t
	is mq-group describe <<<$'g\tu\t0\t1\t1\t0\t-\t-1\t-'
	is mq-group list <<<'g	Empty	0	1	0	Consumer'
	mq-topic create --partitions 2 t
	echo new | mq-produce t
	is mq-consume -g g -e t <<<new
	is mq-consume -g h -e t <<<new
}

@test "what a delete that was killed has left of commits is not taken for a new topic's" {
	three_of_ten
	lose t
	mq-topic create --partitions 2 t
	seq 11 19 | mq-produce -p 0 t
	is mq-consume -g g -e t < <(seq 11 19)
}

@test "describe names the members with their pid and host" {
	three_of_ten
	member t
	becomes Stable 1
	id=$(mq-group describe g | head -n 1 | cut -f 7)
	host=$(uname -n)
	is mq-group describe g <<END
g	t	0	3	5	2	$id	$member	$host
g	t	1	0	5	5	$id	$member	$host
END
	run -0 mq-group describe -j g
	says '"state":"Stable","strategy":"range","generation":1,' \
		"\"members\":[{\"member\":\"$id\",\"pid\":$member,\"host\":\"$host\",\"partitions\":2}]" \
		'"partitions":[{"topic":"t","partition":0,"committed":3,"log_start":0,"log_end":5,"lag":2,"leader_epoch":-1,"timestamp":' \
		",\"metadata\":\"\",\"member\":\"$id\"}"
	leaves
	becomes Empty 0
	is mq-group describe g <<'END'
g	t	0	3	5	2	-	-1	-
g	t	1	0	5	5	-	-1	-
END
}

@test "describe -v has state, strategy and commits, and members without a partition" {
	mq-topic create t
	echo x | mq-produce t
	mq-group commit -t t -o 0 --metadata $'a tab\t, é' g
	run -0 mq-group describe -v g
	[[ $output =~ ^'g	t	0	0	1	1	-	-1	-	Empty	-	-1	1'[0-9]{12}'	a tab\t, é'$ ]]
	run -0 mq-group describe -j g
	says '"metadata":"a tab\t, é"'
	member t
	other=$member
	becomes Stable 1
	member t
	becomes Stable 2
	run -0 mq-group describe g
	[ "${#lines[@]}" = 1 ]
	run -0 mq-group describe -v g
	says $'\tStable\trange\t' $'g\t-\t-1\t-1\t-1\t-1\t'
	[ "${#lines[@]}" = 2 ]
	leaves
	member=$other
	leaves
}

@test "on a terminal there are columns with a header" {
	need script
	three_of_ten
	run -0 script -qec 'mq-group describe; mq-group list' /dev/null
	diff <(echo "$output" | tr -d '\r') - <<'END'
GROUP  TOPIC  PARTITION  COMMITTED  END  LAG  MEMBER  PID  HOST
g      t              0          3    5    2  -        -1  -
g      t              1          0    5    5  -        -1  -
GROUP  STATE  MEMBERS  PARTITIONS  LAG  TYPE
g      Empty        0           2    7  Consumer
END
}

@test "names that are no text of a line are printed as escapes" {
	three_of_ten
	for name in $'new\nline' $'a\ttab' 'back\slash' $'bell\a' é $'not\xffutf'; do
		mq-group commit -t t -o 0=1 "$name"
		mq-group describe "$name" >lines
		[ "$(wc -l <lines)" = 2 ]
		mq-group seek -t t -o 0=5 "$name" >moved
		mq-group seek --from lines "$name" >moved
		[ "$(committed "$name")" = $'t\t0\t1\nt\t1\t-1' ]
	done
	is mq-group list -r 'new.*|a.*|b.*' <<'END'
a\ttab	Empty	0	2	9	Consumer
back\\slash	Empty	0	2	9	Consumer
bell\x07	Empty	0	2	9	Consumer
new\nline	Empty	0	2	9	Consumer
END
	run -0 mq-group list -j $'not\xffutf'
	says '{"group_b64":"bm90/3V0Zg==",'
	run -0 mq-group list -j $'new\nline'
	says '{"group":"new\nline",'
}

@test "delete forgets groups, all of them or none" {
	three_of_ten
	mq-group commit -t t -o 0=0 h
	mq-group commit -t t -o 0=0 i
	run -69 mq-group delete g nobody
	says nobody
	is mq-group delete -n -r 'g|h' <<'END'
g
h
END
	member t
	becomes Stable 1
	run -75 mq-group delete h g
	says 'group g'
	leaves
	[ "$(mq-group list | cut -f 1)" = $'g\nh\ni' ]
	run -0 mq-group delete -v h g
	says 'group h deleted' 'group g deleted'
	is mq-group list <<<'i	Empty	0	2	10	Consumer'
	run -69 mq-group describe g
	# It begins anew.
	[ "$(mq-consume -g g -e t | wc -l)" = 10 ]
}

@test "a group that is named twice is meant once" {
	mq-topic create t
	for g in g h; do mq-group seek -o 0 -t t $g; done
	is mq-group list h g h <<<$'h\tEmpty\t0\t1\t0\tConsumer\ng\tEmpty\t0\t1\t0\tConsumer'
	is mq-group delete -n g g <<<g
	silent mq-group delete g g
	is mq-group list <<<$'h\tEmpty\t0\t1\t0\tConsumer'
}

@test "wait ends when the group has come so far, or its time is over" {
	three_of_ten
	silent mq-group wait --lag 7 g
	silent mq-group wait --lag 7 -w 0 g
	run -3 mq-group wait --lag 6 -w 0 g
	run -3 mq-group wait --lag 6 -w 20ms -t t g
	mq-group wait --lag 0 -w 1m g 3>&- &
	waits=$!
	mq-consume -g g --commit -e t >got
	ended 0 "$waits"
	mq-topic create u
	echo | mq-produce u
	mq-group commit -t u -o 0 g
	silent mq-group wait --lag 0 -t t g
	run -3 mq-group wait --lag 0 -w 0 g
	run -69 mq-group wait --lag 0 nobody
	says nobody
	# One that has no account of anything has not done it.
	run -3 mq-consume -g new -e -w 0 -o end t
	run -3 mq-group wait --lag 0 -w 0 new
	run -69 mq-group wait --lag 0 -t nothing g
	says nothing
	run -2 mq-group wait g
	says '--lag is wanted'
	mq-group wait --lag 0 g 3>&- &
	waits=$!
	mq-topic wait -c 100 -w 50ms t || :
	kill -TERM "$waits"
	ended 143 "$waits"
}

@test "an unknown group does not keep the others from being told" {
	three_of_ten
	run -69 mq-group list nobody g
	says 'no group nobody' $'g\tEmpty'
	run -69 mq-group describe nobody g
	says 'no group nobody' $'g\tt\t0'
	run -69 mq-group list -b ./nostore/
	says nostore
	run -2 mq-group describe ''
	run -2 mq-group nonsense g
	says 'nonsense is no subcommand'
}

@test "what cannot be printed is told" {
	three_of_ten
	for act in list describe 'describe -j' 'seek -n -t t -o 0'; do
		# shellcheck disable=SC2086 # words
		run -74 bash -c "mq-group $act g >/dev/full"
		says 'standard output'
	done
}

@test "a damaged log of commits is told once" {
	mq-topic create t
	seq 3 | mq-produce t
	mq-consume -g g --commit -e t >seen
	printf XXXX | dd of="$(log __consumer_offsets)" bs=1 seek=70 conv=notrunc status=none
	run -74 mq-group describe g
	[[ $output == 'mq-group: topic __consumer_offsets, partition 0: 00000000000000000000.log: byte 0: '* ]]
}
