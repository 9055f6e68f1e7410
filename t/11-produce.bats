#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Records come in as lines, delimited otherwise, or as whole files.

load helper/scene

values() { # topic: one a line, with what cannot be seen
	mq-consume -e -f '<%v>\n' "$1"
}

@test "each line is a record, an empty one and a last one without newline too" {
	printf 'one\n\nlast' | mq-produce --create t
	is values t <<<$'<one>\n<>\n<last>'
	is mq-consume -c 1 -f '%K %V %H %p %o\n' t <<<'-1 3 0 0 0'
}

@test "no input is no record" {
	mq-produce --create t </dev/null
	is mq-topic list <<<$'t\t1\t0\t0\tlog'
}

@test "-d takes any bytes as the delimiter, also across reads" {
	mq-topic create t
	printf 'a--b-->c->-->--->' | mq-produce -d '-->' t
	is values t <<<$'<a--b>\n<c->>\n<->'
	mq-topic create cut
	mkfifo in
	timeout 60 mq-produce -d '\x00END\n' cut <in 3>&- &
	exec 4>in
	printf 'one\0EN' >&4
	printf 'D\nreal\0E' >&4
	printf 'ND\n' >&4
	exec 4>&-
	ended 0 $!
	is values cut <<<$'<one>\n<real>'
	run -2 mq-produce -d '' t
	run -2 mq-produce -d '\q' t
}

@test "-0 ends records with a NUL, so that they may hold newlines" {
	printf 'a\nb\0\0c' | mq-produce --create -0 t
	is values t <<<$'<a\nb>\n<>\n<c>'
}

@test "-W makes each file one record" {
	printf 'two\nlines\n' >a
	: >b
	printf 'in' | mq-produce --create -W t a - b
	is values t <<<$'<two\nlines\n>\n<in>\n<>'
}

@test "several files are read in order, and - is the standard input" {
	printf '1\n2' >a
	printf '4\n' >b
	echo 3 | mq-produce --create t a - b a
	is mq-consume -e t <<<$'1\n2\n3\n4\n1\n2'
	run -74 mq-produce t b no-such-file a
	says no-such-file
	is mq-consume -e -o +6 t <<<4
}

@test "with files the standard input is left alone" {
	echo x >file
	mq-topic create t
	seq 3 | while read -r n; do
		mq-produce -k "$n" t file
	done
	[ "$(mq-consume -e -f %k t)" = 123 ]
}

@test "-k gives each record the key, -K takes it from the record" {
	printf '1\n2\n' | mq-produce --create -k all t
	printf 'k=v=w\n=x\nnothing=\n' | mq-produce -K = t
	printf 'a::b\n' | mq-produce -K :: t
	is mq-consume -e -f '<%k><%v>\n' t <<'END'
<all><1>
<all><2>
<k><v=w>
<><x>
<nothing><>
<a><b>
END
	run -2 mq-produce -k a -K = t
}

@test "a record without -K's delimiter ends it with 65, and is named" {
	mq-topic create t
	run -65 mq-produce -K = t <<<$'k1=v1\nk2\nk3=v3'
	says 'record 2' 'byte 6' '1 record '
	is mq-consume -e -K = t <<<k1=v1
	printf 'a=1\nb=2\n' >file
	run -65 mq-produce -K = t file - <<<oops
	says 'record 3' 'byte 0' 'standard input'
	is mq-topic offsets t <<<$'t\t0\t0\t3'
}

@test "-Z makes an empty value a null one" {
	printf 'a\n\n' | mq-produce --create -Z t
	printf 'k=\n' | mq-produce -Z -K = t
	mq-produce -Z -W t /dev/null
	printf '\n' | mq-produce t
	is mq-consume -e -f '%K %V\n' t <<<$'-1 1\n-1 -1\n1 -1\n-1 -1\n-1 0'
}

@test "-H adds headers: a value, an empty one, none" {
	echo x | mq-produce --create -H a=1=2 -H b= -H c -H a=3 t
	is mq-consume -e -f '%H%h{ <%k|%v|%V>}\n' t \
		<<<'4 <a|1=2|3> <b||0> <c||-1> <a|3|1>'
}

@test "-p chooses the partition, and one that is not there is refused" {
	mq-topic create --partitions 3 t
	seq 2 | mq-produce -p 2 t
	is mq-topic offsets t <<<$'t\t0\t0\t0\nt\t1\t0\t0\nt\t2\t0\t2'
	run -69 mq-produce -p 3 t <<<x
	says 'partition 3'
	run -2 mq-produce -p -1 t <<<x
}

@test "--create makes the topic, with its partitions, and the store" {
	run -69 mq-produce t <<<x
	says store
	echo 1 | mq-produce --create --partitions 2 -p 1 t
	is mq-topic offsets t <<<$'t\t0\t0\t0\nt\t1\t0\t1'
	echo 2 | mq-produce --create --partitions 9 -p 1 t
	is mq-topic offsets t <<<$'t\t0\t0\t0\nt\t1\t0\t2'
	run -69 mq-produce other <<<x
	says other
	run -2 mq-produce --partitions 2 t <<<x
}

@test "several that --create the same topic at once all succeed" {
	pids=()
	for i in 1 2 3 4 5 6; do
		echo "$i" | mq-produce --create t 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do ended 0 "$pid"; done
	is sh -c 'mq-consume -e t | sort' < <(seq 6)
}

@test "a record that is too large is refused, and those before it confirmed" {
	mq-topic create -X max.message.bytes=1000 t
	{ echo small; head -c 2000 /dev/zero | tr '\0' x; echo; echo after; } >in
	run -65 mq-produce t in
	says 'in: record 2, byte 6' max.message.bytes '1 record '
	is mq-consume -e t <<<small
	# It may pass when it is compressed.
	codec gzip
	mq-produce -z gzip t in
	is mq-topic offsets t <<<$'t\t0\t0\t4'
}

@test "it tells how many records were confirmed under -v, and nothing without" {
	mq-topic create t
	run -0 mq-produce -v t <<<$'1\n2\n3'
	says 'mq-produce: 3 records confirmed'
	run -0 mq-produce t <<<x
	[ -z "$output" ]
}

@test "--progress tells bytes, records and how much is left" {
	mq-topic create t
	seq 1000 >in
	run -0 mq-produce --progress t in
	says '1000 records' MB /s
	is mq-topic offsets t <<<$'t\t0\t0\t1000'
}

@test "a record of a command is told as one of -x" {
	run -65 mq-produce --create -K = -x 'echo k=v; echo oops' t
	says 'mq-produce: -x echo k=v; echo oops: record 2, byte 4: '
}

@test "what is called wrongly is told, with exit status 2" {
	mq-topic create t
	for words in '' '-Y t' '-f %v -j t' '-j --batches t' '-W -j t' '-W -0 t' \
		'-H a=1 --batches t' '-Z -j t' '-p x t' '-z br t' '--acks 2 t' \
		'--partitioner x t' '-f %q t' '-f %k%v t' '-X linger.ms=-1 t' \
		'-X nope=1 t' '-X acks t' '-x true t file' '-0 -d x t'; do
		# shellcheck disable=SC2086 # these are words
		run -2 mq-produce $words </dev/null
		says mq-produce
	done
	for words in '-k k' '-H a=1' '-z gzip' -Z '--delay 1s'; do
		# shellcheck disable=SC2086 # these are words
		run -2 mq-produce --batches $words t </dev/null
		says "--batches takes records as they are" "${words%% *}"
	done
	run -2 mq-produce -X nope=1 t
	says acks batch.size compression.type linger.ms partitioner
}
