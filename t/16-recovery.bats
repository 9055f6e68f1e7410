#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Damage, and what a kill or a power cut leaves: what can be mended is, and
# what cannot is told, with nothing changed.

# shellcheck disable=SC2030,SC2031 # a test is a shell of its own
load helper/scene

five() {
	mq-topic create -X index.interval.bytes=0 -X retention.ms=-1 \
		-X segment.ms=9223372036854775807 t
	for i in 1 2 3 4 5; do
		echo "$((1767225600000 + i * 1000)) record $i"
	done | mq-produce -X batch.size=1 -f '%d %v\n' t
	log=$(log t)
	size=$(wc -c <"$log")
	batch=$((size / 5))
}

records() { # FROM TO
	seq -f 'record %g' "$1" "$2"
}

# Checksums of all that a partition is, but for the page that is a hint.
sums() {
	find store/t-0 -type f ! -name partition.state -exec cksum {} + | sort
}

step() { # how many bytes to go on by: sanitizers are slow
	echo $((${MQ_SAN:+6} + 1))
}

@test "a damaged partition.state loses nothing, whichever byte it is" {
	five
	produced=5
	at=0
	while [ "$at" -lt 536 ]; do
		flip store/t-0/partition.state "$at"
		mq-consume -e t >got
		flip store/t-0/partition.state "$at"
		if [ $((at % 16)) = 0 ]; then
			produced=$((produced + 1))
			echo "record $produced" | mq-produce t
		fi
		cmp got <(records 1 "$(wc -l <got)")
		at=$((at == 151 ? 512 : at + 1 + (at % 8 != 7 ? 3 : 0) * (at % 2)))
		[ "$at" -lt 152 ] || [ "$at" -gt 511 ] || at=512
	done
	is mq-consume -e t < <(records 1 "$produced")
	silent mq-topic verify
}

@test "a partition.state that was cut, garbled or removed loses nothing" {
	five
	cp store/t-0/partition.state state
	for n in 0 1 8 64 151 152 300 512 535 536 4000; do
		cp state store/t-0/partition.state
		truncate -s "$n" store/t-0/partition.state
		is mq-consume -e t < <(records 1 5)
		is mq-topic offsets t <<<$'t\t0\t0\t5'
	done
	head -c 4096 /dev/urandom >store/t-0/partition.state
	is mq-consume -e t < <(records 1 5)
	rm store/t-0/partition.state
	echo 'record 6' | mq-produce t
	is mq-consume -e t < <(records 1 6)
	silent mq-topic verify
}

@test "reads by offset and time are right whatever the indexes hold" {
	five
	for harm in 'rm' 'truncate -s 0' 'truncate -s 3' 'truncate -s 13' \
		'cp noise' 'cp zeros' 'cp far'; do
		head -c 64 /dev/urandom >noise
		head -c 64 /dev/zero >zeros
		printf '\377\377\377\377%.0s' {1..16} >far
		for file in index timeindex; do
			cp "${log%log}$file" kept
			$harm "${log%log}$file"
			for i in 0 1 2 3 4; do
				is mq-consume -e -o "$i" t < <(records $((i + 1)) 5)
				is mq-consume -e -o @$((1767225601000 + i * 1000)) t \
					< <(records $((i + 1)) 5)
				is mq-topic offsets -o @$((1767225600001 + i * 1000)) t \
					<<<$'t\t0\t'"$i"$'\t'$((1767225601000 + i * 1000))
			done
			cp kept "${log%log}$file"
		done
	done
}

@test "the next writer makes lost indexes again" {
	five
	mkdir kept
	cp store/t-0/*index kept
	rm store/t-0/*index store/t-0/partition.state
	mq-topic offsets t
	for file in kept/*; do cmp "$file" "store/t-0/${file##*/}"; done
	silent mq-topic verify
}

@test "a torn tail is cut, wherever it is torn, and the rest is there" {
	five
	cp "$log" whole
	at=$((size - batch))
	while [ "$at" -lt "$size" ]; do
		rm store/t-0/partition.state
		head -c "$at" whole >"$log"
		is mq-consume -e t < <(records 1 4)
		[ "$(wc -c <"$log")" = $((size - batch)) ]
		at=$((at + $(step)))
	done
	echo again | mq-produce t
	is mq-consume -e -f '%o %v\n' -o 3 t <<<$'3 record 4\n4 again'
	silent mq-topic verify
}

@test "garbage and zeros behind the log are cut" {
	five
	for tail in garbage '\0\0\0\0' '\0%.0s{1..5000}' "$(printf '\\0%.0s' {1..200})"; do
		# shellcheck disable=SC2059 # these are escapes
		printf "$tail" >>"$log"
		is mq-consume -e t < <(records 1 5)
		echo x | mq-produce t
		mq-topic verify
		is mq-consume -e -o 5 t <<<x
		rm store/t-0/partition.state
		truncate -s "$size" "$log"
	done
	# Part of a batch, as a writer leaves it that was killed.
	head -c $((batch - 7)) "$log" >>"$log.part"
	cat "$log.part" >>"$log"
	rm "$log.part"
	echo 'record 6' | mq-produce t
	is mq-consume -e t < <(records 1 6)
	silent mq-topic verify
}

# After a power cut the state speaks of another mount, and the page cache that
# it speaks of is gone: a copy under another mount looks just so.
other_boot() {
	mkdir -p elsewhere
	mount --bind store elsewhere 2>/dev/null ||
		skip 'nothing can be mounted here'
	mounted+=(elsewhere)
	export MQ_TARGET=./elsewhere/
}

@test "after another boot, what was not flushed may be torn, and is cut" {
	five
	printf '%s\n' 'record 6' 'record 7' |
		mq-produce --acks 1 -X batch.size=1 t
	truncate -s -20 "$log"
	other_boot
	is mq-consume -e t < <(records 1 6)
	silent mq-topic verify t
	is mq-topic offsets t <<<$'t\t0\t0\t6'
}

@test "after another boot, what was flushed may not" {
	five
	echo 'record 6' | mq-produce --acks 1 t
	truncate -s $((size - 20)) "$log"
	other_boot
	before=$(sums)
	run -74 mq-consume -e t
	says 'topic t, partition 0' 00000000000000000000.log "byte $((size - batch))"
	run -74 mq-produce t <<<x
	[ "$(sums)" = "$before" ]
}

@test "after another boot all that is whole is there" {
	five
	echo 'record 6' | mq-produce --acks 1 t
	other_boot
	is mq-consume -e t < <(records 1 6)
	echo 'record 7' | mq-produce t
	is mq-consume -e t < <(records 1 7)
}

@test "rot in the middle is refused with its place, and nothing is changed" {
	five
	cp -a store good
	at=0
	while [ "$at" -lt $((size - batch)) ]; do
		# The offset is no part of the checksum.
		[ $((at % batch)) -gt 7 ] || at=$((at + 8))
		rm -rf store
		cp -a good store
		rm store/t-0/partition.state
		flip "$log" "$at"
		before=$(sums)
		if [ $((at % batch)) -lt 12 ] || [ $((at % batch)) -gt 15 ]; then
			run -74 mq-consume -e t
			says 'topic t, partition 0' 00000000000000000000.log \
				"byte $((at / batch * batch))"
			run -74 mq-produce t <<<x
			[ "$(sums)" = "$before" ]
		fi
		at=$((at + 7 * $(step)))
	done
}

# zero BYTE COUNT: bytes of the log become zeros, as a file system may leave
# them, or a disk.
zero() {
	dd if=/dev/zero of="$log" bs=1 seek="$1" count="$2" conv=notrunc \
		status=none
}

@test "zeros with a whole batch behind them are damage, and nothing is cut" {
	five
	cp -a store good
	for place in "0 $batch" "0 12" "8 4" "2 $batch" \
		"$batch $((3 * batch))" "$((2 * batch + 8)) 4" \
		"$((3 * batch)) $batch"; do
		for state in keep rm; do
			rm -rf store
			cp -a good store
			# shellcheck disable=SC2086 # a byte and a count
			zero $place
			at=$((${place% *} / batch * batch))
			[ "$state" = keep ] || rm store/t-0/partition.state
			before=$(sums)
			[ "$state" = keep ] || run mq-topic list
			run -74 --separate-stderr mq-consume -e t
			# shellcheck disable=SC2154 # run sets it
			[[ $stderr == *"topic t, partition 0: 00000000000000000000.log: byte $at: "* ]]
			[ "$state" = rm ] ||
				[ "$output" = "$(records 1 $((at / batch)))" ]
			[ "$(sums)" = "$before" ]
			run -1 mq-topic verify
			[[ ${lines[0]} == "topic t, partition 0: 00000000000000000000.log: byte $at: "* ]]
			[ "${#lines[@]}" = 1 ]
			[ "$(sums)" = "$before" ]
		done
	done
}

@test "zeros to the end of a segment that another one follows are damage" {
	mq-topic create -X segment.bytes=160 t
	one_each t 1 2 3 4 5
	log=store/t-0/00000000000000000002.log
	size=$(wc -c <"$log")
	zero $((size / 2)) $((size / 2))
	rm store/t-0/partition.state
	before=$(sums)
	run -74 mq-consume -e t
	says 'topic t, partition 0: '
	[ "$(sums)" = "$before" ]
}

@test "nor do they pass for a gap that compaction left" {
	mq-topic create -X cleanup.policy=compact -X segment.bytes=160 t
	printf '%s\n' 'a 1' 'b 2' 'c 3' 'd 4' 'e 5' 'f 6' |
		mq-produce -X batch.size=1 -K ' ' t
	mq-topic clean -q
	log=store/t-0/00000000000000000002.log
	size=$(wc -c <"$log")
	zero $((size / 2)) $((size / 2))
	run -1 mq-topic verify
	[[ $output == *"00000000000000000002.log: byte $((size / 2)): "* ]]
	[ "${#lines[@]}" = 1 ]
	for i in 1 2; do
		before=$(sums)
		run -74 mq-consume -e t
		says "00000000000000000002.log: byte $((size / 2)): "
		[ "$(sums)" = "$before" ]
		rm store/t-0/partition.state
	done
}

@test "rot in a closed segment stops the reader there, not the writer" {
	mq-topic create -X segment.bytes=160 t
	one_each t 1 2 3 4 5
	flip store/t-0/00000000000000000002.log 65
	run -74 --separate-stderr mq-consume -e t
	[ "$output" = $'1\n2' ]
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *'topic t, partition 0: 00000000000000000002.log: byte 0: '* ]]
	echo 6 | mq-produce t
	is mq-consume -e -o 4 t <<<$'5\n6'
}

@test "a batch whose offset cannot be is refused, though its sum is right" {
	five
	for at in 0 4 7; do
		flip "$log" $((2 * batch + at))
		run -74 --separate-stderr mq-consume -e t
		[ "$output" = $'record 1\nrecord 2' ]
		[[ $stderr == *'topic t, partition 0: '*"byte $((2 * batch))"* ]]
		flip "$log" $((2 * batch + at))
	done
}

@test "bytes with a bad checksum are never given out" {
	five
	at=8
	while [ "$at" -lt "$size" ]; do
		cp "$log" good
		flip "$log" "$at"
		mq-consume -e t >got 2>/dev/null || :
		cmp got <(records 1 "$(wc -l <got)")
		mq-consume -e --batches t >got 2>/dev/null || :
		mq-produce --create --batches copy got
		cmp <(mq-consume -e copy) <(records 1 "$(mq-consume -e copy | wc -l)")
		mq-topic delete copy
		cat good >"$log"
		at=$((at + 23 * $(step)))
	done
	is mq-consume -e t < <(records 1 5)
}

@test "a log that ends before what was confirmed is refused" {
	five
	before=$(sums)
	truncate -s $((2 * batch)) "$log"
	run -74 mq-consume -e t
	says 'topic t, partition 0' 00000000000000000000.log
	run -74 mq-produce t <<<x
	[ "$(wc -c <"$log")" = $((2 * batch)) ]
}

@test "a partition's damage is its own: the others work" {
	mq-topic create --partitions 2 t
	seq 3 | mq-produce -X batch.size=1 -p 0 t
	seq 4 6 | mq-produce -p 1 t
	rm store/t-0/partition.state
	flip store/t-0/00000000000000000000.log 30
	run -74 mq-consume -e t
	is mq-consume -e -p 1 t <<<$'4\n5\n6'
	echo 7 | mq-produce -p 1 t
	is mq-consume -e -p 1 -o -1 t <<<7
}

@test "files that are left of a topic that was half made are no topic" {
	mq-topic create a
	cp -r store/a-0 store/b-0
	cp store/a.json store/b.json.tmp
	is mq-topic list <<<$'a\t1\t0\t0\tlog'
	mq-topic create --partitions 2 b
	echo x | mq-produce -p 0 b
	# Records whose topic is lost are not thrown away.
	rm store/b.json
	run mq-topic create b
	[ "$status" != 0 ]
	says b-0
	[ -s store/b-0/00000000000000000000.log ]
}

@test "a checkpoint that is garbled or removed is made again" {
	five
	mq-topic trim -q -o 2 t
	for file in leader-epoch-checkpoint log-start-offset-checkpoint; do
		for text in '' nonsense ':' $'0\n1\n'; do
			printf %s "$text" >"store/t-0/$file"
			# In the same boot partition.state still knows the start.
			is mq-consume -e t < <(records 3 5)
			rm store/t-0/partition.state
			mq-consume -e t | tail -n 3 | cmp - <(records 3 5)
			mq-topic trim -q -o 2 t
			silent mq-topic verify
		done
		rm "store/t-0/$file" store/t-0/partition.state
		mq-consume -e t | tail -n 3 | cmp - <(records 3 5)
		mq-topic trim -q -o 2 t
		silent mq-topic verify
	done
}

@test "a roll that failed half-way leaves nothing where a smaller batch goes" {
	small 200k disk
	mount -o remount,nr_inodes=16 disk
	MQ_TARGET=./disk/store/
	mq-topic create -X segment.bytes=3000 t
	head -c 2000 /dev/zero | tr '\0' a | mq-produce t
	for i in $(seq 20); do : >"disk/file.$i" || break; done 2>/dev/null
	rm -f disk/file.1
	run -74 mq-produce t < <(head -c 2500 /dev/zero | tr '\0' b)
	says 'No space left'
	printf 'small\nsmaller\n' | mq-produce t
	is mq-consume -o 1 -e t <<<$'small\nsmaller'
	rm disk/store/t-0/partition.state disk/file.*
	is mq-consume -o 1 -e t <<<$'small\nsmaller'
	head -c 2500 /dev/zero | tr '\0' b | mq-produce t
	echo after | mq-produce t
	is mq-consume -o -1 -e t <<<after
	silent mq-topic verify
}

@test "processes of other mount namespaces share a store" {
	unshare -m true 2>/dev/null || skip 'no mount namespace can be made here'
	mq-topic create t
	mq-consume t >got 3>&- &
	follower=$!
	for i in $(seq 10); do
		echo "$i" | unshare -m "$(command -v mq-produce)" --acks 1 t
		cp store/t-0/partition.state "state.$i"
	done
	mq-topic wait -c 10 -w 60s t
	# One session for all: none took what another wrote for another boot's.
	for i in $(seq 2 10); do
		cmp <(tail -c +9 state.1 | head -c 24) \
			<(tail -c +9 "state.$i" | head -c 24)
	done
	kill "$follower"
	is mq-consume -e t < <(seq 10)
}
