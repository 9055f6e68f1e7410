#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Power cuts on a real file system, which is shut down under producers that are
# at work: what was confirmed is there after the next mount.  POWERCUTS=100
# (make chaos) goes on for longer.

load helper/scene

# What a power cut is to a file system (ioctl_fs(2), FS_IOC_SHUTDOWN): flag 2
# drops the journal that is in memory, flag 1 writes it out first.
shutdown_program() {
	cat >cut.c <<-'END'
		#include <sys/ioctl.h>
		#include <fcntl.h>
		#include <stdint.h>
		#include <stdio.h>
		#include <stdlib.h>

		int
		main(int argc, char **argv)
		{
			uint32_t how = argc > 2 ? (uint32_t)atoi(argv[2]) : 2;
			int fd = open(argv[1], O_RDONLY);

			if (fd == -1 || ioctl(fd, _IOR('X', 125, uint32_t), &how) == -1) {
				perror(argv[1]);
				return 1;
			}
			return 0;
		}
	END
	"${CC:-cc}" -o cut cut.c
}

# Numbers of one producer, a few at a time, until that fails.
produce() { # producer
	local i=$1 n
	n=$(cat "tried.$i" 2>/dev/null || echo 0)
	while echo $((n + 30)) >"tried.$i" &&
		seq -f "$i %.0f" $((n + 1)) $((n + 30)) |
		mq-produce -q -X batch.size=200 -k "$i" t 2>>errors; do
		echo "C $i $((n + 1)) $((n + 30))" | tee -a confirmed
		n=$((n + 30))
	done
}

check() {
	mq-topic verify t >found 2>&1 || :
	mq-consume -e -f '%p %o %v\n' t >got
	mq-topic verify t
	{
		grep -H . tried.* | sed 's/^tried\.\(.*\):/T \1 /'
		cat confirmed
	} >model
	awk '
		function bad(text) { print text ": " $0; wrong++ }
		$1 == "T" { tried[$2] = $3; next }
		$1 == "C" { for (n = $3; n <= $4; n++) sure[$2, n] = 1; next }
		{
			if ($2 != due[$1] + 0) bad("a gap, or an offset again")
			due[$1] = $2 + 1
			if (!($3 in tried) || $4 < 1 || $4 > tried[$3]) bad("invented")
			if ($4 + 0 <= last[$3]) bad("twice, or out of order")
			last[$3] = $4
			seen[$3, $4] = 1
		}
		END {
			for (key in sure) {
				confirmed++
				if (!(key in seen)) { split(key, k, SUBSEP)
					print "lost: " k[1] " " k[2]; wrong++ }
			}
			printf "%d records, %d confirmed, %d wrong\n", NR, confirmed, wrong
			exit wrong != 0
		}' model got
}

power_cuts() { # how many, command that makes the file system
	local cuts=$1 i cut wait pids
	shift
	shutdown_program
	truncate -s "$1" image
	shift
	"$@" image >mkfs.log 2>&1
	mkdir disk
	mount -o loop image disk 2>/dev/null || skip 'nothing can be mounted here'
	mounted+=("$PWD/disk")
	export MQ_TARGET=$PWD/disk/store/
	RANDOM=${KILL_SEED:-$$}
	echo "# seed ${KILL_SEED:-$$}"
	mq-topic create --partitions 2 -X segment.bytes=20000 \
		-X index.interval.bytes=500 t
	: >confirmed
	mkfifo told
	for cut in $(seq "$cuts"); do
		pids=()
		exec 7<>told
		for i in 1 2 3; do
			produce "$i" >&7 3>&- &
			pids+=($!)
		done
		# So many are confirmed, and then the power goes at once.
		wait=$((RANDOM % 9 + 1))
		for i in $(seq "$wait"); do
			read -r _ <&7
		done
		./cut disk $((cut % 3 == 0 ? 1 : 2))
		wait "${pids[@]}" || :
		exec 7>&-
		umount disk
		mount -o loop image disk
		check || { echo "after power cut $cut"; return 1; }
	done
	echo "$cuts power cuts: $(check)"
}

@test "ext4 loses its power, and nothing that was confirmed" {
	need mkfs.ext4
	power_cuts "${POWERCUTS:-8}" 64M mkfs.ext4 -q -F >out || { cat out; false; }
	echo "# $(tail -n 1 out)" >&3
}

@test "xfs loses its power, and nothing that was confirmed" {
	need mkfs.xfs
	power_cuts "${POWERCUTS:-4}" 320M mkfs.xfs -q >out || { cat out; false; }
	echo "# $(tail -n 1 out)" >&3
}
