#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Where a group goes on is sought, undone, and committed from outside.

# shellcheck disable=SC2030,SC2031 # a test is a shell of its own
load helper/scene
load helper/group

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
	for o in start end -1 +1 @0; do
		run -2 mq-group commit -t t -o "$o" g
		says 'an offset is wanted'
	done
	run -2 mq-group commit -t t -o 0=1:2 g
	says 'not a range'
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
