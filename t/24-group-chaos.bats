#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Members of a group that come, go and die at any moment lose nothing, and read
# nothing twice but what a death left uncommitted.  EVENTS=2500 (make chaos)
# goes on for longer.

load helper/scene

@test "members join, leave, stop and are killed over and over" {
	run timeout 850 "$BATS_TEST_DIRNAME/helper/chaos-groups" \
		"$BATS_TEST_TMPDIR/chaos" "${EVENTS:-150}" 4 3>&-
	[ "$status" = 0 ] || { printf '%s\n' "$output" | tail -n 20; false; }
	echo "# ${lines[*]: -2}" >&3
}
