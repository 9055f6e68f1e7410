#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What `make install` puts down works there, and `make uninstall` takes it away.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	build=${MQ_BUILD:-$PWD/build}
	root=$BATS_TEST_TMPDIR/root
	lib=$root/usr/lib
}

make_root() {
	env -u MAKEFLAGS -u MAKELEVEL "${MAKE:-make}" --no-print-directory -s \
		B="$build" DESTDIR="$root" PREFIX=/usr "$@"
}

# Compiler flags for a program that uses the library in $root.
flags() {
	PKG_CONFIG_PATH=$lib/pkgconfig pkg-config \
		--define-variable=prefix="$root/usr" "$@" mq
}

@test "install puts each file in its place" {
	make_root install
	for tool in mq-topic mq-group mq-produce mq-consume; do
		[ -x "$root/usr/bin/$tool" ]
		"$root/usr/bin/$tool" -V
	done
	[ -f "$lib/libmq.a" ]
	[ "$(readlink "$lib/libmq.so")" = libmq.so.0 ]
	[ -f "$lib/libmq.so.0" ]
	for page in man/*.[1-9]; do
		[ -e "$page" ] || continue
		[ -f "$root/usr/share/man/man${page##*.}/${page#man/}" ]
	done
	run -0 find "$root" -type f -perm /022
	[ -z "$output" ]
}

@test "uninstall leaves what was there before, and nothing else" {
	mkdir -p "$root/usr/share/man/man1" "$root/usr/include"
	echo other >"$root/usr/share/man/man1/other.1"
	find "$root" | sort >"$BATS_TEST_TMPDIR/before"
	make_root install
	make_root uninstall
	find "$root" | sort | diff "$BATS_TEST_TMPDIR/before" -
}

@test "a program builds against the installed library and runs" {
	make_root install
	cat >"$BATS_TEST_TMPDIR/example.c" <<'END'
#include <mq.h>
#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	const char *topic[] = { "greetings" };
	struct mq_subscription sub = { .topic = topic, .topic_count = 1,
		.stop_at_end = 1 };
	struct mq_record record = { .partition = -1, .timestamp = -1 };
	struct mq_producer *producer;
	struct mq_consumer *consumer;
	struct mq_err err;
	struct mq *mq;

	record.value.data = "hello";
	record.value.len = strlen("hello");
	if (argc != 2 ||
	    (mq = mq_open(argv[1], MQ_OPEN_CREATE, &err)) == NULL ||
	    mq_topic_create(mq, "greetings", 1, NULL, &err) == -1 ||
	    (producer = mq_producer_new(mq, "greetings", NULL, &err)) == NULL ||
	    mq_produce(producer, &record, 0, &err) == -1 ||
	    mq_producer_flush(producer, &err) == -1 ||
	    (consumer = mq_consumer_new(mq, NULL, &sub, &err)) == NULL ||
	    mq_consumer_poll(consumer, &record, 0, &err) != MQ_POLL_RECORD) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("%.*s\n", (int)record.value.len,
	    (const char *)record.value.data);
	mq_consumer_free(consumer);
	mq_producer_free(producer);
	mq_close(mq);
	return 0;
}
END
	cd "$BATS_TEST_TMPDIR"
	# shellcheck disable=SC2046 # the flags are words
	${CC:-cc} -Wall -Wextra -Werror -std=c11 -o shared example.c \
		$(flags --cflags --libs)
	run -0 env LD_LIBRARY_PATH="$lib" ./shared ./store1/
	[ "$output" = hello ]
	# shellcheck disable=SC2046
	${CC:-cc} -Wall -Wextra -Werror -std=c11 -o archive example.c \
		$(flags --cflags) "$lib/libmq.a" $(pkg-config --libs libbsd jansson libisal)
	run -0 ./archive ./store2/
	[ "$output" = hello ]
}
