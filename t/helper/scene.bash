# shellcheck shell=bash
# SPDX-License-Identifier: ISC
# What the scenes share: an empty directory with a store in it, the tools, and
# a few verbs.  A scene begins with "load helper/scene".

bats_require_minimum_version 1.5.0

setup() {
	PATH=$(cd "${MQ_BIN:-$BATS_TEST_DIRNAME/../build/bin}" && pwd):$PATH
	export PATH MQ_TARGET=./store/ TZ=UTC LC_ALL=C.UTF-8
	unset XDG_STATE_HOME
	mounted=()
	cd "$BATS_TEST_TMPDIR" || return
}

# What a scene left in the background ends with it.
teardown() {
	local pid dir
	for pid in $(jobs -p); do
		# What timeout(1) runs, too.
		# shellcheck disable=SC2046 # these are words
		kill -KILL $(cat /proc/"$pid"/task/*/children 2>/dev/null) \
			"$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	for dir in "${mounted[@]}"; do umount "$dir"; done
}

# ended STATUS PID: waits for a program in the background, and how it ends.
ended() {
	local got=0
	wait "$2" || got=$?
	[ "$got" = "$1" ] || { echo "exit status $got, not $1"; return 1; }
}

# is COMMAND ... <<TEXT: it succeeds, and prints just that.
is() {
	local got=0 limit=(timeout 60)
	[ "$(type -t "$1")" = file ] || limit=()
	"${limit[@]}" "$@" >"$BATS_TEST_TMPDIR/.got" </dev/null || got=$?
	[ "$got" = 0 ] || echo "$*: exit status $got"
	diff --label expected --label got -u - "$BATS_TEST_TMPDIR/.got" &&
		[ "$got" = 0 ]
}

# shellcheck disable=SC2154 # run sets output, lines and status
# says TEXT ...: each of them is in what the last run printed.
says() {
	local text
	for text; do
		[[ $output == *"$text"* ]] ||
			{ printf 'no "%s" in:\n%s\n' "$text" "$output"; return 1; }
	done
}

# silent COMMAND ...: it succeeds and prints nothing, on neither output.
silent() {
	run -0 timeout 60 "$@"
	[ -z "$output" ] || { echo "it says: $output"; return 1; }
}

need() {
	command -v "$1" >/dev/null || skip "no $1"
}

# locked FILE [BYTE]: has a process hold its lock, as one does that is stopped,
# until "unlock".
locked() {
	local line
	need perl
	rm -f .held .unlock
	mkfifo .held .unlock
	# An open file description lock on a byte: 37 is F_OFD_SETLK.
	perl -e 'use Fcntl; open F, "+<", $ARGV[0] or die;
		$lock = pack("s s x4 q q i x4", F_WRLCK, 0, $ARGV[1], 1, 0);
		fcntl(F, 37, $lock) or die;
		open H, ">", ".held"; print H "held\n"; close H;
		open R, "<", ".unlock"; <R>' "$1" "${2-0}" 3>&- &
	locker=$!
	read -r line <.held
	[ "$line" = held ]
}

unlock() {
	echo >.unlock
	ended 0 "$locker"
}

# in_act PID: it has locked more than what it holds while it lives.
in_act() {
	local info
	for info in /proc/"$1"/fdinfo/*; do
		grep -q '^lock:.* WRITE ' "$info" || continue
		case $(readlink "/proc/$1/fd/${info##*/}") in
		*/holder-* | */member-* | *.owner) ;;
		*) return 0 ;;
		esac
	done
	return 1
}

# halt PID: stops it, though not in the midst of an act, for which others wait.
halt() {
	while kill -STOP "$1"; do
		while grep -L '^State:.T' /proc/"$1"/task/*/status | grep -q .
		do :; done
		in_act "$1" || return 0
		kill -CONT "$1"
	done
}

# other: nobody is another user, who finds the tools and the way to the store.
other() {
	local dir
	[ "$(id -u)" = 0 ] || skip 'not root'
	need setpriv
	mkdir -p tools
	cp "$(command -v mq-topic)" "$(command -v mq-produce)" \
		"$(command -v mq-consume)" "$(command -v mq-group)" tools
	for dir in "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" \
		"$(dirname "$BATS_TEST_TMPDIR")"; do
		chmod go+x "$dir"
	done
	PATH=$PWD/tools:$PATH
	# shellcheck disable=SC2034 # scenes use it
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
}

# flip FILE BYTE: turns all the bits of one byte.
flip() {
	local byte
	byte=$(od -A n -t u1 -j "$2" -N 1 "$1")
	printf '%b' "\\x$(printf %x $((byte ^ 255)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# small SIZE DIRECTORY: a file system of its own, or the scene is skipped.
small() {
	mkdir -p "$2"
	mount -t tmpfs -o "size=$1" tmpfs "$2" 2>/dev/null ||
		skip 'no file system can be mounted here'
	mounted+=("$2")
}

# The only segment of a topic of one partition, and what is beside it.
log() { # topic
	echo "store/$1-0/00000000000000000000.log"
}

# one_each TOPIC VALUE ...: each of them in a batch of its own.
one_each() {
	local topic=$1
	shift
	printf '%s\n' "$@" | mq-produce -X batch.size=1 "$topic"
}

# codec NAME: skips the scene where its library is not there.
codec() {
	mq-topic create "codec-$1"
	mq-produce -z "$1" "codec-$1" <<<x || [ $? != 69 ] ||
		skip "no library for $1"
}

# queue NAME N: makes one with N records, each of which is its number.
queue() {
	mq-topic create --queue "$1"
	[ "$2" = 0 ] || seq "$2" | mq-produce "$1"
}

# hold GROUP N [TOPIC]: acquires N records, and prints their ids.
hold() {
	local group=$1 n=$2
	shift 2
	mq-consume -s "$group" -l 10m --hold -f '%i\n' -c "$n" "$@"
}
