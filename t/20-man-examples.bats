#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The examples of the manual do what it says they do.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	build=${MQ_BUILD:-$PWD/build}
	export MQ_BIN=${MQ_BIN:-$build/bin}
}

examples() { # page
	grep -q '^\$ ' "man/$1" || { echo "man/$1 has no examples"; return 1; }
	timeout 120 t/helper/man-examples "man/$1" 3>&-
}

@test "the examples of mq(7)" {
	examples mq.7
}

@test "the examples of mq-position(7)" {
	examples mq-position.7
}

@test "the examples of mq-topic(1)" {
	examples mq-topic.1
}

@test "the examples of mq-group(1)" {
	examples mq-group.1
}

@test "the examples of mq-produce(1)" {
	examples mq-produce.1
}

@test "the examples of mq-consume(1)" {
	examples mq-consume.1
}

@test "the examples of mq-log(5)" {
	examples mq-log.5
}

@test "the programs of libmq(3) compile without a warning, and its examples" {
	command -v "${CC:-cc}" >/dev/null || skip 'no C compiler'
	run -0 t/helper/man-examples -x "$BATS_TEST_TMPDIR" man/libmq.3
	san=()
	[ -z "${MQ_SAN-}" ] || san=(-fsanitize=address -fsanitize=undefined)
	libs=$(pkg-config --libs jansson libbsd libisal)
	for name in put get; do
		# shellcheck disable=SC2086 # the libraries are words
		"${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror \
			"${san[@]}" -Ilibmq -o "$BATS_TEST_TMPDIR/$name" \
			"$BATS_TEST_TMPDIR/$name.c" "$build/libmq.a" $libs -ldl
	done
	PATH=$BATS_TEST_TMPDIR:$PATH examples libmq.3
}

@test "libmq(3) names every function of mq.h, and no other" {
	diff <(sed -e 's|/\*.*\*/||' libmq/mq.h | grep -o '\bmq_[a-z_]*(' |
		tr -d '(' | sort -u) \
		<(sed -n 's/^\.F[no] \(mq_[a-z_]*\).*/\1/p' man/libmq.3 | sort -u)
}

@test "every page is tried here" {
	for page in man/*; do
		grep -q "examples ${page#man/}$" "$BATS_TEST_FILENAME" ||
			{ echo "$page is not"; false; }
	done
}

@test "a page's references are to pages that are there" {
	missing=$(sed -n 's/^\.Xr \(mq[^ ]*\|libmq\) \([1-9]\).*/\1.\2/p' man/* |
		sort -u | while read -r page; do
		[ -e "man/$page" ] || echo "$page"
	done)
	[ -z "$missing" ] || { echo "$missing"; false; }
}
