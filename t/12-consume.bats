#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Records come out in the form that was asked for.

load helper/scene

@test "values are lines, in the order of their partition" {
	seq 1000 | mq-produce --create t
	is mq-consume -e t < <(seq 1000)
}

@test "several topics and partitions are read, each in its order" {
	mq-topic create --partitions 2 a
	seq 1 9 | mq-produce -p 0 a
	seq 11 19 | mq-produce -p 1 a
	seq 21 29 | mq-produce --create b
	mq-consume -e a b >got
	[ "$(wc -l <got)" = 27 ]
	for p in '^.$:1:9' '^1.$:11:19' '^2.$:21:29'; do
		IFS=: read -r these from to <<<"$p"
		is grep "$these" got < <(seq "$from" "$to")
	done
}

@test "-p reads only these partitions" {
	mq-topic create --partitions 6 t
	for p in 0 1 2 3 4 5; do echo "$p" | mq-produce -p "$p" t; done
	is sh -c 'mq-consume -e -p 0,3-4 t | sort' <<<$'0\n3\n4'
	is mq-consume -e -p 5 t <<<5
	run -69 mq-consume -e -p 6 t
	says 'partition 6'
	for bad in '' x 2-1 '1,' -1 1-x; do
		run -2 mq-consume -e -p "$bad" t
	done
}

@test "-r reads the topics that match as a whole" {
	for t in ab abc b; do echo "$t" | mq-produce --create "$t"; done
	is sh -c 'mq-consume -e -r "a.?|c" "b" | sort' <<<$'ab\nb'
	run -3 mq-consume -w 0 -r nothing
	silent mq-consume -e -r nothing
	run -2 mq-consume -e -r '('
}

@test "-0 and -d end records, -K has the key before them" {
	printf 'k1=v1\nk2=\n' | mq-produce --create -K = t
	echo nokey | mq-produce t
	is mq-consume -e -d '|\n' t <<<$'v1|\n|\nnokey|'
	is mq-consume -e -K '\t' t <<<$'k1\tv1\nk2\t\n\tnokey'
	is mq-consume -e -0 -K : t < <(printf 'k1:v1\0k2:\0:nokey\0')
}

@test "-f writes the template and nothing else" {
	mq-topic create --partitions 2 t
	printf '1767225600123 k v\n' | mq-produce -H h=1 -p 1 -f '%d %k %v\n' t
	is mq-consume -e -f '%t|%p|%o|%e|%i|%K|%V|%T|%H|%%|%{|%}|\x41\t|' t \
		< <(printf 't|1|0|0|1|1|1|1|1|%%|{|}|A\t|')
	is mq-consume -e -f '%d %d{strftime[%F %T]} %d{hex64}\n' t \
		<<<'1767225600123 2026-01-01 00:00:00 0000019b76daa87b'
	is mq-consume -e -f '%k{hex} %v{base64} %h{%k{hex}:%v}\n' t \
		<<<'6b dg== 68:1'
}

@test "-f writes numbers in every width" {
	printf '258 ab\n' | mq-produce --create -f '%d %v\n' t
	is mq-consume -e -f \
		'%d{ascii} %d{hex64} %d{hex32} %d{hex16} %V{hex8} %V{hex4}\n' t \
		<<<'258 0000000000000102 00000102 0102 02 2'
	is sh -c 'mq-consume -e -f "%d{big64}%d{big32}%d{big16}%V{big8}" t |
		od -A n -t x1 -w15' <<<' 00 00 00 00 00 00 01 02 00 00 01 02 01 02 02'
	is sh -c 'mq-consume -e -f "%d{little64}%d{little32}%d{little16}%V{little8}" t |
		od -A n -t x1 -w15' <<<' 02 01 00 00 00 00 00 00 02 01 00 00 02 01 02'
}

@test "a number that does not fit is an error; the records before are written" {
	printf '1 a\n255 b\n256 c\n' | mq-produce --create -f '%d %v\n' t
	run -65 --separate-stderr mq-consume -e -f '%d{hex8} %v\n' t
	[ "$output" = '01 a' ]
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *'topic t, partition 0, offset 1'* ]]
	is mq-consume -c 1 -f '%K{hex8} %K{big8}\n' t < <(printf 'ff \xff\n')
}

@test "a template that cannot be is refused, with exit status 2" {
	mq-topic create t
	for bad in %q '%v{' '%v{frob}' '%d{strftime[%F}' '%h{%v' '\q' '\x4' % \
		'%p{base64}' '%k{big8}'; do
		run -2 mq-consume -e -f "$bad" t
		says -f
	done
}

@test "-j writes JSON Lines" {
	mq-topic create --partitions 2 t
	printf '5 k v\n' | mq-produce -p 1 -H a=1 -H b -f '%d %k %v\n' t
	printf '6 é"\\/\n' | mq-produce -p 1 -f '%d %v\n' t
	is mq-consume -e -j t <<'END'
{"topic":"t","partition":1,"offset":0,"timestamp":5,"key":"k","value":"v","headers":[["a","1"],["b",null]]}
{"topic":"t","partition":1,"offset":1,"timestamp":6,"key":null,"value":"é\"\\/"}
END
}

@test "a newline in a value is warned of once, and not with -q or -0" {
	printf 'a\nb\0c\nd\0' | mq-produce --create -0 t
	run -0 --separate-stderr mq-consume -e t
	[ "$output" = $'a\nb\nc\nd' ]
	[ "$(wc -l <<<"$stderr")" = 1 ]
	[[ $stderr == 'mq-consume: '*newline* ]]
	for quiet in -q -0 -j '-f %v' '-d ;'; do
		# shellcheck disable=SC2086 # an option and its argument
		mq-consume -e $quiet t 2>err >/dev/null
		[ ! -s err ]
	done
}

@test "the warning names the record, where it is known, and its key" {
	printf 'x\0a\nb\0' | mq-produce --create -0 t
	for words in -u '-K :'; do
		# shellcheck disable=SC2086 # an option and its argument
		run -0 mq-consume -e $words t
		says 'mq-consume: topic t, partition 0, offset 1: the value holds a newline'
	done
	echo v | mq-produce --create -k $'k\nx' k
	run -0 mq-consume -e -K = k
	says 'topic k, partition 0, offset 0: the key holds a newline' $'k\nx=v'
	silent sh -c 'mq-consume -e k 2>&1 >/dev/null'
}

@test "-c stops after so many records in all" {
	seq 5 | mq-produce --create a
	seq 5 | mq-produce --create b
	is sh -c 'mq-consume -c 7 a b | wc -l' <<<7
	is mq-consume -c 2 a <<<$'1\n2'
	is mq-consume -e -c 9 a < <(seq 5)
	run -2 mq-consume -c 0 a
	run -2 mq-consume -c x a
}

@test "-w stops when nothing came, and its exit status tells" {
	mq-topic create empty
	seq 2 | mq-produce --create t
	run -0 mq-consume -w 0 t
	run -0 mq-consume -w 20ms t
	run -0 mq-consume -w 0 -c 2 t
	run -3 mq-consume -w 20ms -c 3 t
	[ "$output" = $'1\n2' ]
	run -3 mq-consume -w 0 empty
	run -3 mq-consume -w 20ms empty
	run -3 mq-consume -e -w 0 empty
	run -3 mq-consume -o end -w 20ms t
	run -0 mq-consume -e -w 1s t
	run -0 mq-consume -e empty
	for bad in x 5 -1s 1y '1 s' '' 99999999999999999999s; do
		run -2 mq-consume -w "$bad" t
	done
}

@test "-e stops at the end as it was at the start" {
	mq-topic create t
	seq 100000 | mq-produce t
	mkfifo out
	mq-consume -e t >out 3>&- &
	exec 4<out
	read -r line <&4
	seq 5 | mq-produce t
	[ "$( { echo "$line"; cat <&4; } | tail -n 1)" = 100000 ]
	exec 4<&-
	ended 0 $!
}

@test "-v tells how many records there were" {
	seq 3 | mq-produce --create t
	run -0 --separate-stderr mq-consume -v -c 2 t
	[ "$output" = $'1\n2' ]
	[ "$stderr" = 'mq-consume: 2 records' ]
	run -0 mq-consume -v -c 1 t
	says 'mq-consume: 1 record'
	[[ $output != *records* ]]
}

@test "when the output is closed it ends quietly, with 141" {
	seq 200000 | mq-produce --create t
	(set +o pipefail; mq-consume t 2>err | head -n 1 >got
		echo "${PIPESTATUS[0]}" >status)
	is cat got status <<<$'1\n141'
	[ ! -s err ]
}

@test "so it does where SIGPIPE is ignored" {
	seq 200000 | mq-produce --create t
	(trap '' PIPE; mq-consume t 2>err | head -n 1 >got
		echo "${PIPESTATUS[0]}" >status)
	is cat got status <<<$'1\n141'
	[ ! -s err ]
}

@test "an output that cannot be written is exit status 74" {
	[ -e /dev/full ] || skip 'no /dev/full'
	seq 3 | mq-produce --create t
	for words in 'mq-consume -e t' 'mq-topic list' 'mq-consume -h' \
		'mq-topic describe -j' 'mq-produce -V'; do
		run -74 sh -c "$words >/dev/full"
		says 'standard output'
	done
}

@test "a program that needs no input leaves it to the others in a loop" {
	mq-topic create t
	seq 3 | while read -r n; do
		mq-produce -x "echo $n" t
		mq-consume -c 1 -o -1 t
		mq-topic wait -c 1 t
		mq-topic list >/dev/null
	done >got
	is cat got < <(seq 3)
}

@test "what is called wrongly is told, with exit status 2" {
	mq-topic create t
	for words in '' '-Y t' '-f %v -j t' '-j --batches t' '-0 -j t' '-K = -f %v t' \
		'-d x --batches t' '-X nope=1 t' '-X auto.offset.reset=never t' \
		'-o nowhere t' '-p x t' -e '-e -0 -d x t'; do
		# shellcheck disable=SC2086 # these are words
		run -2 mq-consume $words </dev/null
		says mq-consume
	done
	run -2 mq-consume -X nope=1 t
	says auto.offset.reset
	run -2 mq-consume -f %v -j t
	says 'only one of -f, -j and --batches can be'
	run -2 mq-consume -j -0 t
	says '-0, -d and -K do not go with -f, -j or --batches'
	run -69 mq-consume -e nope
	says nope
	run -69 mq-consume -e t nope
	printf 'auto.offset.reset=never\n' >conf
	run -78 mq-consume -F conf -e t
	says conf 'line 1'
}
