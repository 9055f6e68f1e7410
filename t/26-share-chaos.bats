#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Workers of a share group that come, go, stop and die at any moment lose no
# record and never have one under two live locks; t/helper/check-leases has all
# that is checked.  LEASES=100000 (make chaos) goes on for longer.
#
# What it is worth: of 22 bugs that were planted in libmq, one at a time, it found
# all, most of them in the first run of 6000 leases.
#
#	acknowledging when the lock is over; not telling who is too late; acquire
#	takes what is locked; live holders count as dead; locks end early; a lock
#	is not renewed; given out when the lock is over;
#	accepts, releases or dead letters are forgotten; archived before the
#	letter is written; letters with a wrong count; deliveries not counted;
#	uncounted ones counted; one more than the limit; no delay by header or
#	release; an older state loaded; the state changed without its lock;
#	records skipped that cannot be read at once; the log of a queue trimmed
#	too far, or never

load helper/scene

chaos() { # leases, workers
	export MQ_BUILD=${MQ_BUILD:-$BATS_TEST_DIRNAME/../build}
	run timeout 850 "$BATS_TEST_DIRNAME/helper/chaos-shares" \
		"$BATS_TEST_TMPDIR/chaos" "$1" "$2" 3>&-
	[ "$status" = 0 ] || { printf '%s\n' "$output" | tail -n 30; false; }
	echo "# ${lines[*]: -3}" >&3
}

@test "workers of a queue and of a topic are killed and stopped over and over" {
	chaos "${LEASES:-6000}" 4
}

@test "most of them are mq-consume, with -x or --hold" {
	CHAOS_TOOLS=1 chaos $((${LEASES:-6000} / 4)) 6
}
