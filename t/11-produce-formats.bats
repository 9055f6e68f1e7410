#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Records come in by a template, as JSON Lines, or as whole batches.

load helper/scene

@test "a template with lengths takes any bytes" {
	printf '1000 1 3 ka\nb\n2000 -1 0 \n3000 0 -1 \n' |
		mq-produce --create -f '%d %K %V %k%v\n' t
	is mq-consume -e -f '%d %K %V <%k><%v>\n' t <<'END'
1000 1 3 <k><a
b>
2000 -1 0 <><>
3000 0 -1 <><>
END
}

@test "a template's field without a length ends where the text after it begins" {
	printf 'k1::v1;\nk2::v:2;\n' | mq-produce --create -f '%k::%v;\n' t
	is mq-consume -e -f '%k %v\n' t <<<$'k1 v1\nk2 v:2'
	printf 'all of\nit' | mq-produce --create -f '%v' whole
	is mq-consume -e -f '%v.\n' whole <<<$'all of\nit.'
}

@test "a template takes binary lengths, hexadecimal and base64" {
	printf '\0\0\0\2ab\0\0\0\0\0\0\0\1c' |
		mq-produce --create -f '%V{big32}%v' t
	printf '\3\0xyz' | mq-produce -f '%V{little16}%v' t
	printf '0004wxyz' | mq-produce -f '%V{hex16}%v' t
	printf '6869;' | mq-produce -f '%v{hex};' t
	printf 'aGk=\n' | mq-produce -f '%v{base64}\n' t
	printf 'abcdef' | mq-produce -f '%v{3}' t
	is mq-consume -e -f '<%v>' t < <(printf \
		'<ab><><c><xyz><wxyz><hi><hi><abc><def>')
}

@test "a template takes headers, partition and timestamp; the rest is read over" {
	mq-topic create --partitions 2 t
	printf '%s\n' 't 1 77 2 h1=v1,h2=,5 6 7;val' |
		mq-produce -f '%t %p %d %H %h{%k=%v,}%o %e %i;%v\n' t
	is mq-consume -e -f '%p %o %d %H %h{%k=%v,}%v\n' t \
		<<<'1 0 77 2 h1=v1,h2=,val'
}

@test "a template's text that is not there is named, with record and byte" {
	mq-topic create t
	run -65 mq-produce -f '%o,%v\n' t <<<$'12,x\nbad,y\n13,z'
	says 'record 2' 'byte 5' '1 record '
	run -65 mq-produce -f 'v=%v\n' t <<<$'v=1\nw=2'
	says 'record 2' 'byte 4' '"v='
	printf '5 abc' >in
	run -65 mq-produce -f '%V %v\n' t in
	says 'in: record 1'
	run -65 mq-produce -f '%V %v\n' t <<<'-2 '
	run -65 mq-produce -f '%V %v\n' t <<<'99999999999999999999 x'
	run -65 mq-produce -f '%v{hex}\n' t <<<abc
	is mq-consume -e t <<<$'x\n1'
}

@test "JSON Lines: what is missing is null, and a missing timestamp is now" {
	before=$(date +%s%3N)
	mq-produce --create -j t <<'END'
{}
{"timestamp":5,"key":"k","value":"","headers":[["h",null],["h","v"]]}

{"value":"\u0000\né","topic":"other","partition":7,"offset":9}
{"value_b64":"/w==","key_b64":"","headers":[[{"b64":"/w=="},{"b64":"AA=="}]]}
END
	is mq-consume -e -f '%K %V %H%h{ %k{hex}=%V:%v{hex}} <%v{hex}>\n' t <<'END'
-1 -1 0 <>
1 0 2 68=-1: 68=1:76 <>
-1 4 0 <000ac3a9>
0 1 1 ff=1:00 <ff>
END
	is mq-consume -e -o 1:2 -f '%d\n' t <<<5
	[ "$(mq-consume -c 1 -f %d t)" -ge "$before" ]
}

@test "-k and -H are for the records of JSON Lines too" {
	mq-produce --create -j -k key -H by=hand t <<'END'
{"value":"1"}
{"value":"2","headers":[["own","x"]]}
END
	is mq-consume -e -f '%k%h{ %k=%v}\n' t <<'END'
key by=hand
key own=x by=hand
END
}

@test "a line that is not good JSON ends it with 65, and is named" {
	mq-topic create t
	for bad in '{"key":' '[]' '7' '{"key":1}' '{"value":"a","value_b64":"YQ=="}' \
		'{"value":"a"} x' '{"headers":[["a"]]}' '{"headers":"x"}' \
		'{"value_b64":"Y"}' '{"timestamp":"now"}' '{"timestamp":1.5}' \
		'{"timestamp":9223372036854775808}' '{"headers":[[null,"v"]]}' \
		'{"value":"a","value":"b"}' $'{"value":"\xff"}'; do
		run -65 mq-produce -j t <<<"{\"value\":\"good\"}"$'\n'"$bad"
		says 'record 2' 'byte 17' '1 record '
	done
	# An empty line is no record, but its byte counts.
	run -65 mq-produce -j t <<<$'{"value":"good"}\n\nbad'
	says 'record 2' 'byte 17'
	is mq-topic offsets t <<<$'t\t0\t0\t16'
}

@test "lines that are blank are no JSON" {
	printf '%s\n' '' '{"value":"a"}' ' ' $'\t \r' '{"value":"b"}' $'\r' |
		mq-produce --create -j t
	is mq-consume -e t <<<$'a\nb'
}

@test "--batches takes batches as mq-consume writes them, and a segment file" {
	mq-topic create t copy again
	one_each t 1 2
	printf '%s\n' '5 k v' | mq-produce -H a=b -f '%d %k %v\n' t
	mq-consume -e --batches t | mq-produce -v --batches copy
	mq-produce --batches again "$(log t)"
	for topic in copy again; do
		cmp "$(log t)" "$(log "$topic")"
	done
	# A second time they get other offsets, and stay the same otherwise.
	mq-produce --batches copy "$(log t)"
	is mq-consume -e -o 5 -f '%o %d %k %v%h{ %k=%v}\n' copy <<<'5 5 k v a=b'
	silent mq-topic verify
}

@test "batches that the topic's configs do not allow are made anew" {
	codec gzip
	mq-topic create -X compression.type=gzip zipped
	mq-topic create -X message.timestamp.type=LogAppendTime now
	seq 1000 2000 | mq-produce --create -k key t
	mq-produce --batches zipped "$(log t)"
	[ "$(wc -c <"$(log zipped)")" -lt "$(wc -c <"$(log t)")" ]
	diff <(mq-consume -e -f '%o %d %k %v\n' t) \
		<(mq-consume -e -f '%o %d %k %v\n' zipped)
	mq-produce --batches now "$(log t)"
	diff <(mq-consume -e -f '%o %k %v\n' t) \
		<(mq-consume -e -f '%o %k %v\n' now)
	mq-topic create -X max.message.bytes=500 small
	mq-produce --batches small "$(log t)"
	diff <(mq-consume -e -f '%o %d %k %v\n' t) \
		<(mq-consume -e -f '%o %d %k %v\n' small)
}

@test "a damaged batch ends it with 65; those before it are confirmed" {
	mq-topic create t
	one_each t 1 2 3
	size=$(($(wc -c <"$(log t)") / 3))
	# length, magic, crc, attributes, deltas, timestamps, count, records
	for at in 8 9 11 16 17 20 21 22 23 26 27 35 43 57 60 61 63 66 68; do
		cp "$(log t)" in
		flip in $((size + at))
		run -65 mq-produce --create --batches "copy$at" in
		says 'in: record 2' "byte $size" '1 record '
		is mq-consume -e "copy$at" <<<1
	done
}

@test "a batch that is cut short ends it with 65" {
	mq-topic create t
	one_each t 1 2
	size=$(wc -c <"$(log t)")
	for at in $((size / 2 + 1)) $((size / 2 + 11)) $((size - 1)); do
		head -c "$at" "$(log t)" >in
		run -65 mq-produce --create --batches "copy$at" in
		says 'record 2' "byte $((size / 2))"
		is mq-consume -e "copy$at" <<<1
	done
	run -65 mq-produce --batches t <<<'these are not batches, but a line of text'
	says 'record 1' 'byte 0'
	is mq-topic offsets t <<<$'t\t0\t0\t2'
}
