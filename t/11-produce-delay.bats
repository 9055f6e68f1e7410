#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --delay: records that share groups are not to have before a time.

load helper/scene

H=mq-delay-until

now() { # in milliseconds since 1970
	date +%s%3N
}

# due FROM UNTIL MS: the only header of each record of t is the delay's, and
# says MS behind a time that is not outside the two.
due() {
	local at
	while read -r count name at; do
		[ "$count $name" = "1 $H" ] || { echo "$count $name"; return 1; }
		if [ "$at" -lt $(($1 + $3)) ] || [ "$at" -gt $(($2 + $3)) ]; then
			echo "$at is not $3 behind $1 to $2"
			return 1
		fi
	done < <(mq-consume -e -f '%H %h{%k %v}\n' t)
	mq-topic delete t
}

@test "--delay says in a header when a record is due, whatever the input" {
	from=$(now)
	seq 3 | mq-produce --create --delay 1h t
	due "$from" "$(now)" 3600000
	from=$(now)
	printf 'a=1\0b=2\0' | mq-produce --create -0K = --delay 500ms t
	due "$from" "$(now)" 500
	from=$(now)
	echo '{"value":"x","timestamp":1}' | mq-produce --create -j --delay 2d t
	due "$from" "$(now)" 172800000
	from=$(now)
	echo '1000 x' | mq-produce --create -f '%d %v\n' --delay 1s t
	due "$from" "$(now)" 1000
	from=$(now)
	echo x | mq-produce --create -W --delay 1s t
	due "$from" "$(now)" 1000
	from=$(now)
	mq-produce --create -x 'seq 3' --delay 1s t
	due "$from" "$(now)" 1000
}

@test "a record's delay begins when it is read" {
	mq-topic create t
	mkfifo pipe
	mq-produce --delay 1h t pipe 3>&- &
	pid=$!
	exec 4>pipe
	echo first >&4
	mq-consume -c 1 -w 30s t
	from=$(now)
	echo second >&4
	exec 4>&-
	ended 0 "$pid"
	mq-topic trim -o 1 t
	due "$from" "$(now)" 3600000
}

@test "--delay comes behind the other headers" {
	echo '{"headers":[["own","1"]]}' |
		mq-produce --create -j -H of=-H --delay 1s t
	is mq-consume -e -f '%H%h{ %k}\n' t <<<"3 own of $H"
}

@test "--delay wins over the header that a record has, and 0 takes it out" {
	echo "{\"headers\":[[\"$H\",\"7\"],[\"a\",\"1\"],[\"$H\",null]]}" >in
	mq-produce --create -j --delay 1h t in
	is mq-consume -e -f '%H%h{ %k}\n' t <<<"2 a $H"
	[ "$(mq-consume -e -f '%h{%v\n}' t | tail -n 1)" -gt 7 ]
	mq-produce --create -j --delay 0 none in
	is mq-consume -e -f '%H%h{ %k}\n' none <<<'1 a'
	echo x | mq-produce --delay 0ms none
	is mq-consume -e -o -1 -f '%H\n' none <<<0
	# Without the option it stays what it was.
	mq-produce -j none in
	is mq-consume -e -o -1 -f '%H%h{ %k}\n' none <<<"3 $H a $H"
}

@test "the longest delay is a number that is understood" {
	longest=$((9223372036854775807 / 4))
	from=$(now)
	echo x | mq-produce --create --delay "${longest}ms" t
	due "$from" "$(now)" "$longest"
	run -2 mq-produce --delay "$((longest + 1))ms" t <<<x
	says --delay 'too long'
}

@test "--delay that cannot be is refused" {
	mq-topic create t
	for words in '--delay 5' '--delay -1s' '--delay x' '--delay 1s --batches' \
		'--delay 0 --batches' "--delay 1s -H $H=5" "-H $H --delay 0"; do
		# shellcheck disable=SC2086 # these are words
		run -2 mq-produce $words t <<<x
		says --delay
	done
	is mq-topic offsets t <<<$'t\t0\t0\t0'
}
