#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Workers of a share group that come, go, stop and die at any moment lose no
# record and never have one under two live locks; t/helper/check-leases has all
# that is checked.  LEASES=100000 (make chaos) goes on for longer.

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

@test "most of them are mq-consume -x" {
	CHAOS_TOOLS=1 chaos $((${LEASES:-6000} / 4)) 6
}
