#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Consumer groups are listed, described, moved, deleted and waited for.

# shellcheck disable=SC2030,SC2031 # a test is a shell of its own
load helper/scene

# member ARGUMENT ...: one of group g that follows in the background; its pid is
# in $member.
member() {
	mq-consume -g g "$@" >member 2>member.err 3>&- &
	member=$!
}

# becomes STATE MEMBERS: waits until group g is like that; it is to be soon.
becomes() {
	local tries=600
	while [ $((tries -= 1)) -gt 0 ]; do
		[ "$(mq-group list g 2>/dev/null | cut -f 2,3)" != "$1	$2" ] ||
			return 0
		mq-topic wait -c 1000000 -w 50ms t || :
	done
	mq-group describe -v g
	return 1
}

leaves() {
	kill -TERM "$member"
	ended 143 "$member"
}

# lose TOPIC: takes its files away, as a delete that is killed.
lose() {
	rm -r "store/$1".json "store/$1"-[0-9]
}

# Two partitions with five records each, and a group that has read three.
three_of_ten() {
	mq-topic create --partitions 2 t
	seq 5 | mq-produce -p 0 t
	seq 5 | mq-produce -p 1 t
	mq-group commit -t t -o 0=3,1=0 g
}

# Where group g has committed.
committed() {
	mq-group describe "${1-g}" | cut -f 2-4
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

@test "seek moves a group to any position" {
	mq-topic create --partitions 2 t
	printf '%s\n' '1000 a' '2000 b' '3000 c' | mq-produce -p 0 -f '%d %v\n' t
	printf '%s\n' '1500 x' '2500 y' | mq-produce -p 1 -f '%d %v\n' t
	# A group that is new is made.
	is mq-group seek -t t -o end g <<'END'
g	t	0	3	-1
g	t	1	2	-1
END
	is mq-group seek -t t -o start g <<'END'
g	t	0	0	3
g	t	1	0	2
END
	is mq-group seek -t t -o -1 -p 0 g <<<'g	t	0	2	0'
	is mq-group seek -t t -o +1 -p 1 g <<<'g	t	1	1	0'
	is mq-group seek -t t -o @2000 g <<'END'
g	t	0	1	2
g	t	1	1	1
END
	is mq-group seek -j -t t -o 0=2 g \
		<<<'{"group":"g","topic":"t","partition":0,"committed":2,"before":1}'
	is mq-consume -g g -e t < <(printf '%s\n' c y | sort)
	# One before the log's start is that start.
	mq-topic trim -o 2 -p 0 t >trimmed
	is mq-group seek -t t -o 0=1 g <<<'g	t	0	2	2'
}

@test "seek -n moves nothing" {
	three_of_ten
	is mq-group seek -n -t t -o end g <<'END'
g	t	0	5	3
g	t	1	5	0
END
	[ "$(committed)" = $'t\t0\t3\nt\t1\t0' ]
	is mq-group seek -n -t t -o 0=1 new <<<'new	t	0	1	-1'
	is mq-group list <<<'g	Empty	0	2	7	Consumer'
	[ ! -e store/groups/new ]
}

@test "seek to where another group is" {
	three_of_ten
	mq-topic create u gone
	seq 4 | mq-produce u
	echo | mq-produce gone
	mq-group commit -t u -o 4 g
	mq-group commit -t gone -o 1 g
	mq-topic delete gone
	is mq-group seek --to-group g h <<'END'
h	t	0	3	-1
h	t	1	0	-1
h	u	0	4	-1
END
	is mq-group seek --to-group g -t t -p 1 i <<<'i	t	1	0	-1'
	run -69 mq-group seek --to-group nobody h
	says 'no group nobody' 'nothing is moved'
	run -69 mq-group seek --to-group i -t u h
	says 'group i' 'nothing is moved'
}

@test "seek takes what describe has printed" {
	three_of_ten
	mq-group commit -t t -o 0=1 h
	mq-group describe >file
	mq-group seek -t t -o end g >moved
	mq-group seek -t t -o end h >moved
	# The lines of the group; the others are for others.
	is mq-group seek --from file g <<'END'
g	t	0	3	5
g	t	1	0	5
END
	[ "$(committed h)" = $'t\t0\t5\nt\t1\t5' ]
	# Lines of three columns are for any group, and -1 forgets.
	printf 't\t0\t-1\nt\t1\t4\n' >three
	is mq-group seek --from three h <<'END'
h	t	0	-1	5
h	t	1	4	5
END
	[ "$(committed h)" = $'t\t0\t-1\nt\t1\t4' ]
	run -0 bash -c 'grep ^g file | cut -f 2-4 | grep "^t.1" | mq-group seek --from - h'
	[ "$output" = $'h\tt\t1\t0\t4' ]
	is mq-group seek --from file -t t -p 1 g <<<'g	t	1	0	0'
}

@test "seek undoes what it did" {
	three_of_ten
	mq-group seek -t t -o end g >moved
	cut -f 1-3,5 moved >back
	mq-group seek --from back g >moved
	[ "$(committed)" = $'t\t0\t3\nt\t1\t0' ]
}

@test "a line that is wrong moves nothing" {
	three_of_ten
	bad() { # STATUS LINE TEXT ...
		printf 't\t0\t1\n%b\n' "$2" >file
		run "-$1" mq-group seek --from file g
		shift 2
		says 'file: line 2: ' 'nothing is moved' "$@"
		[ "$(committed)" = $'t\t0\t3\nt\t1\t0' ]
	}
	bad 65 'nonsense' tabs
	bad 65 't\t1\tx' "offset 'x'"
	bad 65 't\t-2\t1' "partition '-2'"
	bad 65 't\t1\t99999999999999999999' offset
	bad 65 't\t0\t2' 'topic t, partition 0' 'once more'
	bad 65 't\t1\t1\0' NUL
	bad 65 '\\q\tt\t1\t1' '\q'
	bad 69 't\t2\t1' 't'
	bad 69 'u\t0\t1' u
	bad 69 't\t1\t6' 'offset 6' 'the end at 5'
	bad 2 '../../../t\t1\t-1' '../../../t'
	: >file
	run -65 mq-group seek --from file g
	says 'file: ' 'group g'
	run -74 mq-group seek --from nofile g
	says nofile
}

@test "what cannot be sought moves nothing" {
	three_of_ten
	for how in '-t u -o start' '-t t -o 0=6' '-t t -o 2=0' '-t t -o 0 -p 2'; do
		# shellcheck disable=SC2086 # words
		run -69 mq-group seek $how g
		[ "$(committed)" = $'t\t0\t3\nt\t1\t0' ]
	done
	run -2 mq-group seek g
	says '-o' '--from' '--to-group'
	run -2 mq-group seek -t t -o 0 --to-group h g
	run -2 mq-group seek -o 0 g
	says '-t'
	run -2 mq-group seek -t t -o nonsense g
	says '-o: position nonsense'
	run -2 mq-group seek -t t -o 0 ''
	says group
	run -2 mq-group seek -t t -o 0 g h
	says 'one group'
}

@test "commit says of what a script is done with" {
	mq-topic create t
	seq 5 | mq-produce t
	mq-consume -g g -e -f '%o %v\n' t | while read -r offset value; do
		[ "$value" != 4 ] || break
		silent mq-group commit -t t -o $((offset + 1)) g
	done
	is mq-consume -g g -e t < <(seq 4 5)
	silent mq-group commit -t t -o 0=1 -p 0 --metadata 'by hand' g
	run -0 mq-group describe -v g
	says $'g\tt\t0\t1\t5\t4\t' $'\tby hand'
	run -0 mq-group commit -v -t t -o 2 g
	says '1 partition'
}

@test "commit takes offsets as they stand, up to the end" {
	three_of_ten
	mq-topic trim -o 4 t >trimmed
	mq-group commit -t t -o 0=1,1=5 g
	[ "$(committed)" = $'t\t0\t1\nt\t1\t5' ]
	run -69 mq-group commit -t t -o 0=2,1=6 g
	says 'partition 1' 'offset 6' 'the end at 5' 'nothing is committed'
	[ "$(committed)" = $'t\t0\t1\nt\t1\t5' ]
	run -69 mq-group commit -t u -o 0 g
	says u
	for o in start end -1 +1 @0 0=1:2; do
		run -2 mq-group commit -t t -o "$o" g
		says 'an offset is wanted'
	done
	run -2 mq-group commit -t nothing -o end g
	# Which partition is it?
	run -2 mq-group commit -t t -o 4 g
	says 0=17
	mq-group commit -t t -o 4 -p 1 g
	[ "$(committed)" = $'t\t0\t1\nt\t1\t4' ]
	run -2 mq-group commit -o 4 g
	says '-t is wanted'
	run -2 mq-group commit -t t g
	says '-o is wanted'
	run -2 mq-group commit -t t -o 0=1 \
		--metadata "$(head -c 4097 /dev/zero | tr '\0' x)" g
	says 4096
}

@test "what a member reads is not touched: try again" {
	three_of_ten
	mq-topic create u
	echo | mq-produce u
	member t
	becomes Stable 1
	for act in 'seek -t t -o 0' 'seek -n -t t -o 0' 'commit -t t -o 0=0' \
		'delete' 'delete -n'; do
		# shellcheck disable=SC2086 # words
		run -75 mq-group $act g
		says 'group g'
	done
	[ "$(committed)" = $'t\t0\t3\nt\t1\t0' ]
	# What nobody reads is.
	is mq-group seek -t u -o end g <<<'g	u	0	1	-1'
	leaves
	is mq-group seek -t t -o 0=0 g <<<'g	t	0	0	3'
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
