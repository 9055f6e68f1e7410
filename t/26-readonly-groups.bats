#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Groups and queues of a store that can only be read.

# shellcheck disable=SC2154 # other sets nobody
load helper/scene

# Two of five records are read: by group g of topic t, and out of queue q.
filled() {
	mq-topic create t && mq-topic create --queue q
	seq 5 | mq-produce t
	seq 5 | mq-produce q
	mq-consume -g g --commit -c 2 t >/dev/null
	mq-consume -s q -c 2 >/dev/null
}

# looked_at COMMAND ...: runs the others, and what only looks works.
looked_at() {
	is "$@" mq-group list g < <(mq-group list g)
	is "$@" mq-group describe g <<<$'g\tt\t0\t2\t5\t3\t-\t-1\t-'
	is "$@" mq-group seek -n -t t -o 0 g <<<$'g\tt\t0\t0\t2'
	is "$@" mq-group delete -n g <<<g
	is "$@" mq-group wait -w 0 --lag 3 g </dev/null
	run -3 "$@" mq-group wait -w 0 --lag 2 g
	is "$@" mq-consume -e q < <(seq 3 5)
	is "$@" mq-topic list q < <(mq-topic list q)
	silent "$@" mq-topic verify
}

# changed_by STATUS COMMAND ...: what would change something is refused, and
# tells of the group.
changed_by() {
	local words status=$1
	shift
	for words in 'mq-group commit -t t -o 0 g' 'mq-group seek -t t -o 0 g' \
		'mq-group delete g' 'mq-group commit -t t -o 0 new' \
		'mq-consume -g g -e t' 'mq-consume -g new -e t' \
		'mq-consume -s q -e' 'mq-consume -s new -e t'; do
		# shellcheck disable=SC2086 # these are words
		run "-$status" "$@" timeout 60 $words
		says 'group '
		[[ $output != *'group '*'group '* ]]
	done
	run "-$status" "$@" mq-topic create --queue new
	run "-$status" "$@" mq-topic delete q
}

unchanged() {
	is mq-group describe g <<<$'g\tt\t0\t2\t5\t3\t-\t-1\t-'
	is ls store/groups <<<$'g\nq'
	is mq-consume -s q -e < <(seq 3 5)
}

@test "groups on a read-only file system can be looked at, and nothing else" {
	filled
	mkdir readonly
	mount --bind . readonly 2>/dev/null || skip 'nothing can be mounted here'
	mounted+=(readonly)
	mount -o remount,ro,bind readonly
	readonly=(env MQ_TARGET=./readonly/store/)
	looked_at "${readonly[@]}"
	changed_by 74 "${readonly[@]}"
	unchanged
}

@test "groups that one may only read can be looked at, and nothing else" {
	other
	filled
	chmod -R go=rX store
	looked_at "${nobody[@]}"
	changed_by 77 "${nobody[@]}"
	unchanged
}
