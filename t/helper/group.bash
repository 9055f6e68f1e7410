# shellcheck shell=bash
# SPDX-License-Identifier: ISC
# A group g, its member and where it stands.  A scene that needs one begins with
# "load helper/group".

# member ARGUMENT ...: one of group g that follows in the background; its pid is
# in $member.
member() {
	mq-consume -g g "$@" >member 2>member.err 3>&- &
	member=$!
}

# becomes STATE MEMBERS: waits until group g is like that; it is to be soon.
becomes() {
	local tries=600
	while [ $((tries -= 1)) -gt 0 ]; do
		[ "$(mq-group list g 2>/dev/null | cut -f 2,3)" != "$1	$2" ] ||
			return 0
		mq-topic wait -c 1000000 -w 50ms t || :
	done
	mq-group describe -v g
	return 1
}

leaves() {
	kill -TERM "$member"
	ended 143 "$member"
}

# Two partitions with five records each, and a group that has read three.
three_of_ten() {
	mq-topic create --partitions 2 t
	seq 5 | mq-produce -p 0 t
	seq 5 | mq-produce -p 1 t
	mq-group commit -t t -o 0=3,1=0 g
}

# Where group g has committed.
committed() {
	mq-group describe "${1-g}" | cut -f 2-4
}
