#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A store that is not there, not one, read-only, another's, or held.

# shellcheck disable=SC2030,SC2031 # a test is a shell of its own
# shellcheck disable=SC2154 # other sets nobody
load helper/scene

every() { # STATUS [COMMAND ...]: each program ends so
	local status=$1 words
	shift
	echo x >line
	for words in 'mq-topic list' 'mq-topic describe t' 'mq-topic offsets t' \
		'mq-topic alter -X retention.ms=1 t' 'mq-topic delete t' \
		'mq-topic trim -o 1 t' 'mq-topic verify' 'mq-topic clean' \
		'mq-topic wait -c 1 -w 0 t' 'mq-produce t line' 'mq-consume -e t'; do
		# shellcheck disable=SC2086 # these are words
		run -"$status" "$@" $words
		says "${words%% *}: "
	done
}

@test "a store that is not there is exit status 69, and is not made" {
	every 69
	says ./store/
	[ ! -e store ]
}

@test "a directory that is no store is exit status 69" {
	mkdir store
	touch store/something
	every 69
	says ./store/ meta.properties
	[ "$(ls store)" = something ]
}

@test "a file is no store" {
	touch file
	MQ_TARGET=./file every 74
}

@test "a target without a slash names brokers, which are not served yet" {
	MQ_TARGET=localhost:9092 every 69
	says localhost:9092
	run -69 mq-produce -b store --create t <<<x
	[ ! -e store ]
}

@test "a store of a newer version is left alone" {
	mq-topic create t
	sed -i 's/^version=0/version=1/' store/meta.properties
	every 69
	says meta.properties
	run -69 mq-topic create u
	is grep version store/meta.properties <<<version=1
}

@test "a store that a broker holds is exit status 75: try again" {
	mq-topic create t
	seq 3 | mq-produce t
	locked store/store.lock
	every 75
	unlock
	is mq-consume -e t < <(seq 3)
}

@test "a store of another user is exit status 77" {
	other
	mq-topic create t
	chmod 700 store
	every 77 "${nobody[@]}"
	chmod 755 store
	chmod 700 store/t-0
	run -77 "${nobody[@]}" mq-consume -e t
	says 'topic t, partition 0'
	chmod 755 store/t-0
	chmod 600 store/t-0/*.log
	run -77 "${nobody[@]}" mq-consume -e t
	run -77 "${nobody[@]}" mq-topic create -b ./new/ t
}

# reads COMMAND ...: what a store gives that cannot be written.
reads() {
	is "$@" mq-consume -e t < <(seq 5)
	is "$@" mq-consume -c 2 -o -2 t <<<$'4\n5'
	is "$@" mq-topic offsets -o @0 t <<<$'t\t0\t0\t'"$(mq-consume -c 1 -f %d t)"
	silent "$@" mq-topic verify
	silent "$@" mq-topic wait -c 5 t
	run -3 "$@" mq-consume -w 10ms -o end t
}

@test "a store that one may only read can be read" {
	other
	mq-topic create t
	seq 5 | mq-produce t
	chmod -R go=rX store
	reads "${nobody[@]}"
	echo x >line
	chmod 644 line
	for words in 'mq-produce t line' 'mq-topic create u' 'mq-topic delete t' \
		'mq-topic alter -X retention.ms=1 t' 'mq-topic trim -o 1 t' \
		'mq-topic clean'; do
		# shellcheck disable=SC2086 # these are words
		run -77 "${nobody[@]}" $words
	done
	is mq-topic offsets t <<<$'t\t0\t0\t5'
	is ls store <<<$'meta.properties\nstore.lock\nt-0\nt.json'
}

@test "who may only read follows who writes" {
	other
	mq-topic create t
	seq 5 | mq-produce t
	chmod -R go=rX store
	mkfifo out
	chmod 666 out
	"${nobody[@]}" mq-consume t >out 3>&- &
	exec 4<out
	for i in 1 2 3 4 5; do read -r -t 60 line <&4; done
	for i in 6 7; do
		echo "$i" | mq-produce --acks 1 t
		read -r -t 60 line <&4
		[ "$line" = "$i" ]
	done
	kill -TERM $!
	ended 143 $!
	exec 4<&-
}

@test "a store on a read-only file system can be read" {
	mq-topic create t
	seq 5 | mq-produce t
	mkdir -p readonly
	mount --bind . readonly 2>/dev/null || skip 'nothing can be mounted here'
	mounted+=(readonly)
	mount -o remount,ro,bind readonly
	MQ_TARGET=./readonly/store/ reads env
	for words in 'mq-produce t line' 'mq-topic create u' 'mq-topic delete t'; do
		echo x >line
		# shellcheck disable=SC2086 # these are words
		MQ_TARGET=./readonly/store/ run $words
		[ "$status" = 74 ]
		says 'Read-only file system'
	done
	is mq-topic offsets t <<<$'t\t0\t0\t5'
}

@test "a read-only store without state, or with a torn tail, can be read" {
	mq-topic create t
	one_each t 1 2 3 4 5
	printf 'garbage' >>"$(log t)"
	rm store/t-0/partition.state
	mkdir -p readonly
	mount --bind . readonly 2>/dev/null || skip 'nothing can be mounted here'
	mounted+=(readonly)
	mount -o remount,ro,bind readonly
	export MQ_TARGET=./readonly/store/
	is mq-consume -e t < <(seq 5)
	is mq-topic offsets t <<<$'t\t0\t0\t5'
}

@test "a link or a fifo in the place of a file is refused, and not written to" {
	mq-topic create t
	seq 3 | mq-produce t
	echo precious >file
	for name in partition.state partition.lock 00000000000000000000.log; do
		mv store/t-0/$name kept
		for to in link fifo; do
			if [ $to = link ]; then ln -s "$PWD/file" store/t-0/$name
			else mkfifo store/t-0/$name; fi
			run -74 timeout 10 mq-produce t <<<4
			says "$name"
			[ $name = partition.lock ] || {
				run timeout 10 mq-consume -e t
				[ "$status" = 74 ]
			}
			rm store/t-0/$name
		done
		mv kept store/t-0/$name
	done
	[ "$(cat file)" = precious ]
	mv store/t-0 moved
	ln -s ../moved store/t-0
	for words in 'mq-consume -e t' 'mq-topic offsets t'; do
		# shellcheck disable=SC2086 # these are words
		run -74 timeout 10 $words
		says t-0
	done
	rm store/t-0
	mv moved store/t-0
	# The store itself may be behind one.
	ln -s store behind
	is mq-consume -b ./behind/ -e t <<<$'1\n2\n3'
	is mq-consume -e t <<<$'1\n2\n3'
	silent mq-topic verify
}
