#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Producers that are killed at any moment lose nothing that was confirmed, and
# neither tear nor invent a record.  KILLS=2000 (make chaos) goes on for longer.

load helper/scene

@test "four producers of a topic are killed over and over" {
	run timeout 600 "$BATS_TEST_DIRNAME/helper/kill-producers" \
		"$BATS_TEST_TMPDIR/kill" "${KILLS:-100}" 4 3>&-
	[ "$status" = 0 ] || { echo "$output"; false; }
	echo "# ${lines[*]: -2}" >&3
}

@test "on a disk in memory, where nothing waits" {
	[ -w /dev/shm ] || skip 'no /dev/shm'
	dir=$(mktemp -d /dev/shm/mq-kill.XXXXXX)
	run timeout 600 "$BATS_TEST_DIRNAME/helper/kill-producers" \
		"$dir/kill" "${KILLS:-100}" 3 3>&-
	rm -rf "$dir"
	[ "$status" = 0 ] || { echo "$output"; false; }
	echo "# ${lines[*]: -2}" >&3
}
