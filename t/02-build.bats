#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# It builds without a warning, and shows what it should.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	build=${MQ_BUILD:-$PWD/build}
}

# Without what a calling make had set.
make_in() {
	env -u MAKEFLAGS -u MAKELEVEL "${MAKE:-make}" --no-print-directory \
		-j"${JOBS:-2}" B="$build-$1" CC="$1" WERROR=1 all unit
}

@test "gcc compiles everything without a warning" {
	command -v gcc >/dev/null || skip 'no gcc'
	make_in gcc
}

@test "clang compiles everything without a warning" {
	command -v clang >/dev/null || skip 'no clang'
	make_in clang
}

@test "libmq.so exports what mq.h declares, no more and no less" {
	command -v nm >/dev/null || skip 'no nm'
	diff <(sed -e 's|/\*.*\*/||' libmq/mq.h | grep -o '\bmq_[a-z_]*(' |
		tr -d '(' | sort -u) \
		<(nm -D --defined-only "$build/libmq.so" | awk '{ print $3 }' |
			sort -u)
}

@test "libmq.a claims no name but mq_" {
	command -v nm >/dev/null || skip 'no nm'
	names=$(nm -g --defined-only "$build/libmq.a" | awk 'NF == 3 { print $3 }' |
		grep -v '^mq_') || :
	[ -z "$names" ] || { echo "$names"; false; }
}

@test "the tools are hardened: PIE, RELRO, bound at start" {
	command -v readelf >/dev/null || skip 'no readelf'
	for tool in "$build"/bin/mq-*; do
		echo "$tool"
		readelf -hW "$tool" | grep -q 'Type: *DYN'
		readelf -lW "$tool" | grep -q GNU_RELRO
		readelf -dW "$tool" | grep -qE 'BIND_NOW|FLAGS.*NOW'
	done
}

@test "the tools load nothing but libc, ISA-L and what has no archive" {
	command -v readelf >/dev/null || skip 'no readelf'
	for tool in "$build"/bin/mq-*; do
		run -0 readelf -dW "$tool"
		[[ $output != *'[libz.'* && $output != *'[libzstd.'* ]]
		[[ $output != *'[liblz4.'* && $output != *'[libsnappy.'* ]]
	done
}
