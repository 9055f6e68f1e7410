#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Who may call whom: cmd -> mq.h -> client -> {log, group, proto} -> record ->
# base, and system calls in base/io and base/clock alone.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	build=${MQ_BUILD:-$PWD/build}
}

@test "a layer includes what is below it, and itself" {
	wrong=$(awk -F'"' '
	BEGIN {
		rank["base"] = 1; rank["record"] = 2; rank["client"] = 4
		rank["log"] = rank["group"] = rank["proto"] = 3
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split(FILENAME, at, "/"); mine = at[2]
		split($2, to, "/"); theirs = to[1]
		if ($2 == "mq.h" && mine == "client")
			next
		if (!(theirs in rank) || to[3] != "" ||
		    (theirs != mine && rank[theirs] >= rank[mine]))
			print FILENAME ":" FNR ": " $2
	}' libmq/*/*.[ch])
	[ -z "$wrong" ] || { echo "$wrong"; false; }
}

@test "mq.h includes base/err.h and record/record.h alone" {
	[ "$(sed -n 's/^# *include "\(.*\)"/\1/p' libmq/mq.h)" = \
		"$(printf 'base/err.h\nrecord/record.h')" ]
	run -1 grep -n '# *include "' libmq/base/err.h libmq/record/record.h
}

@test "the tools include mq.h and headers of their own" {
	wrong=$(for f in cmd/*.[ch]; do
		sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\(.*\)"/\1/p' "$f" |
			while read -r h; do
				case $h in
				mq.h) ;;
				*/*) echo "$f: $h" ;;
				*) [ -e "cmd/$h" ] || echo "$f: $h" ;;
				esac
			done
	done)
	[ -z "$wrong" ] || { echo "$wrong"; false; }
}

@test "the library calls the system in base/io and base/clock alone" {
	command -v nm >/dev/null || skip 'no nm'
	calls='open|openat|openat2|creat|close|read|readv|pread|preadv|write|writev
		pwrite|pwritev|sendfile|splice|copy_file_range|fsync|fdatasync|sync
		syncfs|sync_file_range|truncate|ftruncate|fallocate|posix_fallocate
		posix_fadvise|rename|renameat|renameat2|link|linkat|symlink|unlink
		unlinkat|remove|mkdir|mkdirat|rmdir|mkstemp|mkostemp|mkdtemp
		stat|fstat|lstat|fstatat|statx|statfs|fstatfs|access|faccessat
		chmod|fchmod|opendir|fdopendir|readdir|scandir|realpath|readlink
		fcntl|flock|lockf|flopen|flopenat|mmap|munmap|msync|ioctl
		poll|ppoll|select|epoll_.*|inotify_.*|eventfd|pipe|pipe2|socket
		fopen|fdopen|freopen|fread|fwrite|fclose|getline|printf|fprintf|puts
		fputs|vprintf|vfprintf|putchar|perror|exit|_exit|abort|err|errx|warn|warnx
		json_load_file|json_loadf|json_loadfd|json_dump_file|json_dumpf
		json_dumpfd|fork|vfork|exec.*|system|popen|syscall
		time|gettimeofday|clock_gettime|sleep|usleep|nanosleep|getrandom'
	calls=$(echo "$calls" | tr -s '[:space:]' '|')
	found=0
	wrong=''
	for o in "$build"/libmq/*/*.o; do
		[ -e "$o" ] || continue
		found=$((found + 1))
		case $o in
		*/base/io.o | */base/io_*.o | */base/clock.o) continue ;;
		esac
		# glibc: open64, __read_chk, __poll_chk.
		wrong="$wrong$(nm -u "$o" | sed -e 's/^ *U //' -e 's/@.*//' |
			grep -xE "(__)?($calls)(64)?(_chk)?" |
			sed "s|^|${o#"$build"/}: |")"
	done
	[ "$found" -gt 0 ]
	[ -z "$wrong" ] || { echo "$wrong"; false; }
}
