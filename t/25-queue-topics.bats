#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What mq-topic and mq-produce do, as those see it who read a queue.

load helper/scene

@test "a delayed record waits in a queue, and plain readers have it at once" {
	mq-topic create --queue q
	echo later | mq-produce --delay 1h q
	echo now | mq-produce --delay 0 q
	is mq-consume -e q <<<$'later\nnow'
	is mq-consume -s q -e <<<now
	run -3 mq-consume -s q -e -w 0
}

@test "a delayed record comes when it is due" {
	mq-topic create --queue q
	from=$(date +%s%3N)
	echo x | mq-produce --delay 300ms q
	is mq-consume -s q -c 1 -w 30s <<<x
	[ "$(date +%s%3N)" -ge $((from + 300)) ]
}

@test "a queue that is deleted ends its readers, and leaves nothing" {
	mq-topic create --queue q
	mkfifo got
	mq-consume -u -s q >got 2>err 3>&- &
	reader=$!
	exec 4<got
	echo x | mq-produce q
	read -r line <&4
	[ "$line" = x ]
	[ -e store/groups/q/q-0.share ]
	mq-topic delete q
	[ ! -e store/groups/q/q-0.share ]
	ended 69 "$reader"
	exec 4<&-
	grep -q 'topic q' err
	[ ! -e store/groups/q ]
	silent mq-topic verify
}

@test "a queue made again after it was deleted is empty and new" {
	mq-topic create --queue q
	seq 5 | mq-produce q
	mq-consume -s q -c 3 >/dev/null
	mq-topic delete q
	[ ! -e store/groups/q ]
	mq-topic create --queue q
	seq 6 8 | mq-produce q
	is mq-consume -s q -e <<<$'6\n7\n8'
}

@test "a topic that is deleted leaves no share group anything of it" {
	mq-topic create t u
	seq 2 | mq-produce t
	seq 3 4 | mq-produce u
	mq-consume -s g -c 2 t >/dev/null
	mq-consume -s g -c 1 u >/dev/null
	mq-consume -s h -c 1 t >/dev/null
	mq-topic delete t
	is sh -c 'find store/groups -name "*.share"' <<<store/groups/g/u-0.share
	is mq-consume -s g -e u <<<4
}

@test "of a pattern's topics one may be deleted, and the others go on" {
	mq-topic create t u
	mkfifo got
	mq-consume -u -s g -r '[tu]' -c 3 >got 3>&- &
	reader=$!
	exec 4<got
	echo 1 | mq-produce t
	read -r line <&4
	mq-topic delete t
	echo 2 | mq-produce u
	read -r line <&4
	[ "$line" = 2 ]
	mq-topic create t
	echo 3 | mq-produce t
	read -r line <&4
	[ "$line" = 3 ]
	ended 0 "$reader"
	exec 4<&-
}

@test "a group is not made by one who names a topic that is not there" {
	mq-topic create t
	run -69 mq-consume -s g nope
	[ ! -e store/groups/g ]
}

@test "a queue does not get the name of a group that is there" {
	mq-topic create t
	echo 1 | mq-produce t
	mq-group commit -t t -o 0 mail
	mq-consume -s s -c 1 t >got
	for group in mail s; do
		run -69 mq-topic create --queue "$group"
		says "there is a group $group already"
		mq-group delete "$group"
		mq-topic create --queue "$group"
	done
}

@test "a queue's group reads its queue alone" {
	mq-topic create --queue q
	mq-topic create t
	echo 1 | mq-produce t
	run -2 mq-consume -s q -e t
	says "group q is a queue's" 'not topic t'
	run -2 mq-consume -s q -e q t
	for n in '' -n; do
		# shellcheck disable=SC2086 # none, or one
		run -2 mq-group seek $n -t t -o start q
		says "group q is a queue's"
	done
	is mq-group describe q <<<'q	q	0	0	0	0	0	0	0	0'
	# A pattern passes over them.
	echo 2 | mq-produce q
	is mq-consume -s q -e -r '.*' <<<2
}

@test "a queue's name is short enough for the files of its group" {
	long=$(head -c 243 /dev/zero | tr '\0' q)
	mq-topic create --queue "$long"
	seq 2 | mq-produce "$long"
	is mq-consume -s "$long" -e "$long" <<<$'1\n2'
	run -2 mq-topic create --queue "q$long"
	says "a queue's name has at most 243 bytes"
	mq-topic create "q$long"
}
