#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What comes out is what went in: any bytes, null and empty, and timestamps.

load helper/scene

# Every key with every value, and all sorts of headers, as JSON Lines.
awkward() {
	local k v t=0
	for k in '"key":null' '"key":""' '"key":"k"' '"key":"\u0000"' \
		'"key":"a\nb"' '"key_b64":"/w=="'; do
		for v in '"value":null' '"value":""' '"value":"v"' \
			'"value":"\u0000"' '"value":"a\nb\n"' \
			'"value":"\r\t\u001f\"\\é€😀"' '"value_b64":"/wD+gA=="' \
			'"value_b64":"7aCA"'; do
			echo "{\"timestamp\":$((t++)),$k,$v}"
		done
	done
	while read -r h; do
		echo "{\"timestamp\":9007199254740993,\"key\":null,\"value\":\"$((t++))\",\"headers\":[$h]}"
	done <<'END'
["h","v"]
["h",null]
["h",""]
["",""]
["h","\u0000\n"],["h","again"],["H",null]
["h",{"b64":"/w=="}]
[{"b64":"/w=="},{"b64":"gA=="}]
["\u0000","é"]
END
}

# What has such timestamps would soon be deleted.
keep() { # topic ...
	mq-topic create -X retention.ms=-1 "$@"
}

# A topic as JSON Lines, without where its records are.
plain() {
	mq-consume -e -j "$1" |
		sed -E 's/"topic":"[^"]*","partition":[0-9]+,"offset":[0-9]+,//'
}

lossless='%d %K %V %H %h{%K %V %k%v}%k%v\n'

@test "JSON Lines lose nothing" {
	keep t
	awkward | mq-produce -j t
	[ "$(awkward | wc -l)" = 56 ]
	is plain t < <(awkward)
}

@test "mq-consume -j | mq-produce -j copies a topic" {
	keep t copy
	awkward | mq-produce -j t
	mq-consume -e -j t | mq-produce -j copy
	is plain copy < <(awkward)
}

@test "a template with lengths loses nothing" {
	keep t copy binary
	awkward | mq-produce -j t
	mq-consume -e -f "$lossless" t | mq-produce -f "$lossless" copy
	is plain copy < <(awkward)
	t='%d{big64}%K{big32}%k%V{little32}%v%H{hex8}%h{%K{big16}%k%V{big32}%v}'
	mq-consume -e -f "$t" t | mq-produce -f "$t" binary
	is plain binary < <(awkward)
}

@test "batches lose nothing" {
	keep t copy
	awkward | mq-produce -j t
	mq-consume -e --batches t | mq-produce --batches copy
	is plain copy < <(awkward)
}

@test "no codec loses anything" {
	tried=0
	for z in none gzip snappy lz4 zstd; do
		run mq-produce --create -z "$z" "try-$z" <<<x
		[ "$status" != 69 ] || continue
		# Twice, so that there is something to squeeze.
		keep "t-$z" "copy-$z"
		{ awkward; awkward; } | mq-produce -z "$z" -j "t-$z"
		is plain "t-$z" < <(awkward; awkward)
		mq-consume -e --batches "t-$z" |
			mq-produce --batches "copy-$z"
		is plain "copy-$z" < <(awkward; awkward)
		tried=$((tried + 1))
	done
	[ "$tried" -gt 1 ]
}

@test "with -0 a value may hold everything but a NUL" {
	printf '%b' "$(printf '\\x%02x' {1..255})" >every
	{ cat every; printf '\0\0\n\0'; cat every; printf '\0'; } >in
	mq-produce --create -0 t in
	cmp in <(mq-consume -e -0 t)
	is mq-topic offsets t <<<$'t\t0\t0\t4'
}

@test "values of a mebibyte come out whole" {
	head -c 1048000 /dev/urandom >a
	head -c 1048000 /dev/zero >b
	mq-topic create t
	for z in none gzip; do
		mq-produce -z "$z" -W t a b
		cmp a <(mq-consume -o -2 -c 1 -f %v t)
		cmp b <(mq-consume -o -1 -c 1 -f %v t)
	done
	mq-consume -e -j t | mq-produce --create -j by-json
	mq-consume -e -f '%V %v' t | mq-produce --create -f '%V %v' by-length
	mq-consume -e --batches t | mq-produce --create --batches by-batch
	for copy in by-json by-length by-batch; do
		cmp <(mq-consume -e -f %v t) <(mq-consume -e -f %v "$copy")
	done
	# One more byte than max.message.bytes has room for.
	head -c 1048588 /dev/zero >c
	run -65 mq-produce -W t c
}

@test "a file of all bytes is itself as lines, whatever its size" {
	head -c 3000000 /dev/urandom >in
	echo >>in
	mq-produce --create t in
	cmp in <(mq-consume -q -e t)
}

@test "timestamps of the producer stay, those of the log's own appending do not" {
	mq-topic create -X message.timestamp.type=LogAppendTime now
	keep t
	before=$(date +%s%3N)
	printf '5 a\n9 b\n' | mq-produce -f '%d %v\n' t
	mq-consume -e --batches t | mq-produce --batches now
	printf '5 c\n' | mq-produce -f '%d %v\n' now
	is mq-consume -e -f '%d %v\n' t <<<$'5 a\n9 b'
	after=$(date +%s%3N)
	mq-consume -e -f '%d %v\n' now >got
	is sh -c 'cut -d " " -f 2 got' <<<$'a\nb\nc'
	while read -r stamp _; do
		[ "$stamp" -ge "$before" ] && [ "$stamp" -le "$after" ]
	done <got
}

@test "any timestamp comes through -j and %d, also one before 1970 and none" {
	mq-topic create -X segment.ms=9223372036854775807 t
	for n in -86400000 -1 0 -9223372036854775807 9223372036854775807; do
		echo "{\"timestamp\":$n,\"value\":\"v\"}" | mq-produce -j t
		echo "$n" | mq-produce -f '%d\n' t
	done
	mq-consume -e -j t | mq-produce -j --create copy
	is mq-consume -e -f '%d\n' copy < <(mq-consume -e -f '%d\n' t)
	is mq-consume -e -f '%d\n' t < <(for n in -86400000 -1 0 \
		-9223372036854775807 9223372036854775807; do echo "$n"; echo "$n"; done)
	silent mq-topic verify
}

@test "a segment with a preallocated tail is valid input" {
	mq-topic create t
	one_each t 1 2 3
	cp "$(log t)" segment
	head -c 100000 /dev/zero >>segment
	mq-produce --create --batches copy segment segment
	is mq-consume -e copy <<<$'1\n2\n3\n1\n2\n3'
	[ "$(mq-topic dump segment | wc -l)" = 3 ]
}

@test "what follows zeros in a stream of batches is not passed over" {
	mq-topic create t
	one_each t 1 2 3
	size=$(wc -c <"$(log t)")
	for zeros in 12 100 4096 200000; do
		{ cat "$(log t)"; head -c $zeros /dev/zero; cat "$(log t)"; } >in
		run -65 mq-produce --create --batches "copy$zeros" <in
		# The batch begins with the zeros of its offset and its length.
		says "record 4, byte $((size + zeros + 11))" 'behind zeros' \
			'3 records before that confirmed'
		is mq-consume -e "copy$zeros" <<<$'1\n2\n3'
	done
}

@test "a record without an end is refused before it fills the memory" {
	mq-topic create t
	run -65 mq-produce t < <(head -c 150000000 /dev/zero)
	says 'standard input: record 1, byte 0: a record of over 1048588 bytes'
	for codec in lz4 zstd; do
		run -65 mq-produce -z $codec t < <(head -c 150000000 /dev/zero)
		says 'a record of over 104857600 bytes'
	done
}

@test "a large file goes through as it is, long lines and all" {
	mq-topic create -X max.message.bytes=2000000 t
	{
		seq 1500000
		head -c 300000 /dev/zero | tr '\0' x
		echo
		seq 1500000
		head -c 1500000 /dev/zero | tr '\0' y
		printf '\nend'
	} >in
	mq-produce --acks 1 t in
	mq-consume -e t >out
	echo >>in
	cmp in out
	mq-consume --batches -e t >batches
	mq-topic create -X max.message.bytes=2000000 copy
	mq-produce --batches copy batches
	mq-consume -e copy | cmp in -
}
