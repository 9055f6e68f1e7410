/* SPDX-License-Identifier: ISC */
/*
 * base/io over system calls that fail, and over a disk that loses power
 * (disk.h).  It takes the place of base/io in a program that includes this: a
 * helper that all are linked with would do so in every one.
 *
 * Calls are counted, and the Nth one (or all from the Nth on) fails.
 */
#ifndef FAULT_IO_H
#define FAULT_IO_H

#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "scene.h"

enum {
	FAULT_OPEN = 1,
	FAULT_READ = 2,
	FAULT_WRITE = 4,
	FAULT_TRUNCATE = 8,
	FAULT_SYNC = 16,
	FAULT_NAME = 32, /* rename, unlink, mkdir, rmdir */
	FAULT_LOOK = 64, /* size, stat, token */
	FAULT_LOCK = 128,
	FAULT_ALL = 255
};

static struct fault {
	int calls;  /* the kinds that are counted */
	int nth;    /* the call that fails, from 1; 0 none does */
	int error;  /* errno */
	int to_end; /* boolean: and all behind it */
	int torn;   /* boolean: a write that fails has written half */
	int count;  /* of calls so far */
	int struck; /* of those that failed */
	int dead;   /* boolean: the power is gone with the Nth call */
} fault;

/*
 * Done once before the Nth call, which does not fail then; or NULL.  0: not at
 * this one, but the next.
 */
static int (*fault_instead)(void);

static long fault_fs; /* magic of a file system that all seem to be on, or 0 */

/* Whether this call is the one. */
static int
fault_strike(int call)
{
	if (fault.dead) {
		errno = EIO;
		return 1;
	}
	if ((fault.calls & call) == 0)
		return 0;
	fault.count++;
	if (fault.nth == 0 ||
	    (fault.to_end ? fault.count < fault.nth : fault.count != fault.nth))
		return 0;
	if (fault_instead != NULL) {
		fault.nth = 0;
		if (fault_instead())
			fault_instead = NULL;
		else
			fault.nth = fault.count + 1;
		return 0;
	}
	fault.struck++;
	errno = fault.error;
	if (fault.error == 0) {
		fault.dead = 1;
		errno = EIO;
	}
	return 1;
}

static int
sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	int fd;

	if (fault_strike(FAULT_OPEN))
		return -1;
	if ((fd = openat(dirfd, path, flags, mode)) != -1)
		disk_opened(fd, dirfd, path, flags);
	return fd;
}

static int
sys_close(int fd)
{
	disk_closed(fd);
	return close(fd);
}

static ssize_t
sys_pread(int fd, void *data, size_t len, off_t at)
{
	return fault_strike(FAULT_READ) ? -1 : pread(fd, data, len, at);
}

static ssize_t
sys_read(int fd, void *data, size_t len)
{
	return fault_strike(FAULT_READ) ? -1 : read(fd, data, len);
}

static ssize_t
sys_pwrite(int fd, const void *data, size_t len, off_t at)
{
	ssize_t n;

	if (fault_strike(FAULT_WRITE)) {
		if (fault.dead || !fault.torn || len < 2)
			return -1;
		/* Half now; the rest fails when it is asked for. */
		fault.nth = fault.to_end ? fault.nth : fault.count + 1;
		fault.torn = 0;
		len /= 2;
	}
	n = pwrite(fd, data, len, at);
	if (n > 0)
		disk_wrote(fd, at, data, (size_t)n);
	return n;
}

static int
sys_ftruncate(int fd, off_t size)
{
	if (fault_strike(FAULT_TRUNCATE))
		return -1;
	disk_cut(fd, size);
	return ftruncate(fd, size);
}

static int
sys_fsync(int fd)
{
	if (fault_strike(FAULT_SYNC)) {
		if (!fault.dead)
			disk_sync_failed(fd);
		return -1;
	}
	disk_synced(fd);
	return 0;
}

static int
sys_forget(int fd)
{
	if (!fault.dead)
		disk_refresh(fd);
	return 0;
}

static int
sys_fstat(int fd, struct stat *st)
{
	return fault_strike(FAULT_LOOK) ? -1 : fstat(fd, st);
}

static int
sys_fstatat(int dir, const char *path, struct stat *st, int flags)
{
	return fault_strike(FAULT_LOOK) ? -1 : fstatat(dir, path, st, flags);
}

static int
sys_fstatfs(int fd, struct statfs *st)
{
	int rc = fstatfs(fd, st);

	if (rc == 0 && fault_fs != 0)
		st->f_type = fault_fs;
	return rc;
}

static int
sys_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	if (fault_strike(FAULT_NAME) ||
	    renameat(from_dir, from, to_dir, to) == -1)
		return -1;
	disk_renamed(from_dir, from, to);
	return 0;
}

static int
sys_unlinkat(int dirfd, const char *path, int flags)
{
	if (fault_strike(FAULT_NAME) || unlinkat(dirfd, path, flags) == -1)
		return -1;
	disk_unlinked(dirfd, path);
	return 0;
}

static int
sys_mkdirat(int dirfd, const char *path, mode_t mode)
{
	if (fault_strike(FAULT_NAME) || mkdirat(dirfd, path, mode) == -1)
		return -1;
	disk_made(dirfd, path);
	return 0;
}

static int
sys_lock(int fd, int op, struct flock *fl)
{
	if (fl->l_type != F_UNLCK && fault_strike(FAULT_LOCK))
		return -1;
	return fcntl(fd, op, fl);
}

static int
sys_statx(int fd, const char *path, int flags, unsigned mask, struct statx *st)
{
	if (fault_strike(FAULT_LOOK) || statx(fd, path, flags, mask, st) == -1)
		return -1;
	st->stx_mnt_id ^= (uint64_t)disk_boot << 32;
	return 0;
}

#define openat(d, p, f, m)	    sys_openat(d, p, f, m)
#define close(f)		    sys_close(f)
#define pread(f, d, l, a)	    sys_pread(f, d, l, a)
#define read(f, d, l)		    sys_read(f, d, l)
#define pwrite(f, d, l, a)	    sys_pwrite(f, d, l, a)
#define ftruncate(f, s)		    sys_ftruncate(f, s)
#define fdatasync(f)		    sys_fsync(f)
#define fsync(f)		    sys_fsync(f)
#define sync_file_range(f, a, l, w) ((void)(f), (void)(a), (void)(l))
#define posix_fadvise(f, a, l, w)   sys_forget(f)
#define fstat(f, s)		    sys_fstat(f, s)
#define fstatat(d, p, s, f)	    sys_fstatat(d, p, s, f)
#define fstatfs(f, s)		    sys_fstatfs(f, s)
#define renameat(d, a, e, b)	    sys_renameat(d, a, e, b)
#define unlinkat(d, p, f)	    sys_unlinkat(d, p, f)
#define mkdirat(d, p, m)	    sys_mkdirat(d, p, m)
#define fcntl(f, o, l)		    sys_lock(f, o, l)
#define statx(f, p, g, m, s)	    sys_statx(f, p, g, m, s)
#include "../../libmq/base/io.c"
#include "../../libmq/base/io_lock.c"
#include "../../libmq/base/io_system.c"
#undef openat
#undef close
#undef pread
#undef read
#undef pwrite
#undef ftruncate
#undef fdatasync
#undef fsync
#undef sync_file_range
#undef posix_fadvise
#undef fstat
#undef fstatat
#undef fstatfs
#undef renameat
#undef unlinkat
#undef mkdirat
#undef fcntl
#undef statx

/* Power cut and boot; from here on no call fails. */
static inline void
fault_crash(enum disk_keep keep, uint32_t seed)
{
	disk_crash(keep, seed);
	(void)memset(&fault, 0, sizeof(fault));
}

#endif
