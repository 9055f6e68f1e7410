/* SPDX-License-Identifier: ISC */
#include "base/io.h"

#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000U /* Linux 6.8: never used twice */
#endif

int
mq_io_open(int dir, const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dir, path, flags | O_CLOEXEC | O_NOCTTY, mode);
	while (fd == -1 && errno == EINTR);
	return fd;
}

int
mq_io_close(int fd)
{
	/* Linux closes the descriptor also when it reports EINTR. */
	if (close(fd) == -1 && errno != EINTR)
		return -1;
	return 0;
}

ssize_t
mq_io_pread(int fd, void *data, size_t len, int64_t at)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, (char *)data + done, len - done,
		    at + (int64_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t
mq_io_read(int fd, void *data, size_t len)
{
	ssize_t n;

	do
		n = read(fd, data, len);
	while (n == -1 && errno == EINTR);
	return n;
}

int
mq_io_pwrite(int fd, const void *data, size_t len, int64_t at)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pwrite(fd, (const char *)data + done, len - done,
		    at + (int64_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0) {
			errno = ENOSPC;
			return -1;
		}
		done += (size_t)n;
	}
	return 0;
}

int
mq_io_truncate(int fd, int64_t size)
{
	int rc;

	do
		rc = ftruncate(fd, size);
	while (rc == -1 && errno == EINTR);
	return rc;
}

int
mq_io_datasync(int fd)
{
	return fdatasync(fd);
}

int
mq_io_sync(int fd)
{
	return fsync(fd);
}

void
mq_io_writeback(int fd, int64_t at, int64_t len)
{
	/* A hint: the flush that counts comes later and is checked. */
	(void)sync_file_range(fd, at, len, SYNC_FILE_RANGE_WRITE);
}

void
mq_io_forget(int fd)
{
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

int
mq_io_size(int fd, int64_t *size)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	*size = st.st_size;
	return 0;
}

int
mq_io_has_name(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	return st.st_nlink != 0;
}

int
mq_io_stat(int dir, const char *path, int64_t *size, int64_t *mtime_ms)
{
	struct stat st;

	if (fstatat(dir, path, &st, 0) == -1)
		return -1;
	*size = st.st_size;
	*mtime_ms =
	    (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	return 0;
}

int
mq_io_touch(int fd, int64_t mtime_ms)
{
	struct timespec t[2] = { { 0, UTIME_OMIT }, { 0, 0 } };

	t[1].tv_sec = (time_t)(mtime_ms / 1000);
	t[1].tv_nsec = (long)(mtime_ms % 1000) * 1000000;
	return futimens(fd, t);
}

int
mq_io_rename(int dir, const char *from, const char *to)
{
	return renameat(dir, from, dir, to);
}

int
mq_io_unlink(int dir, const char *path)
{
	return unlinkat(dir, path, 0);
}

int
mq_io_rmdir(int dir, const char *path)
{
	return unlinkat(dir, path, AT_REMOVEDIR);
}

int
mq_io_mkdir(int dir, const char *path, mode_t mode)
{
	return mkdirat(dir, path, mode);
}

char *
mq_io_realpath(const char *path)
{
	return realpath(path, NULL);
}

static int
names_add(struct mq_io_names *names, const char *name)
{
	char **more;

	/* Grows at each power of two. */
	if ((names->count & (names->count - 1)) == 0) {
		more = reallocarray(names->name,
		    names->count == 0 ? 1 : names->count * 2, sizeof(*more));
		if (more == NULL)
			return -1;
		names->name = more;
	}
	if ((names->name[names->count] = strdup(name)) == NULL)
		return -1;
	names->count++;
	return 0;
}

int
mq_io_list(int dir, struct mq_io_names *names)
{
	struct dirent *e;
	DIR *d;
	int fd, saved;

	names->name = NULL;
	names->count = 0;
	/* A descriptor of its own: the position is not shared with dir. */
	if ((fd = mq_io_open(dir, ".", O_RDONLY | O_DIRECTORY, 0)) == -1)
		return -1;
	if ((d = fdopendir(fd)) == NULL) {
		saved = errno;
		(void)mq_io_close(fd);
		errno = saved;
		return -1;
	}
	while (errno = 0, (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (names_add(names, e->d_name) == -1) {
			errno = ENOMEM;
			break;
		}
	}
	saved = errno;
	(void)closedir(d);
	if (saved != 0) {
		mq_io_names_free(names);
		errno = saved;
		return -1;
	}
	return 0;
}

void
mq_io_names_free(struct mq_io_names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	names->name = NULL;
	names->count = 0;
}

static int
lock_once(int fd, int op, int64_t byte, short type)
{
	struct flock fl;

	(void)memset(&fl, 0, sizeof(fl));
	fl.l_type = type;
	fl.l_whence = SEEK_SET;
	fl.l_start = byte;
	fl.l_len = 1;
	return fcntl(fd, op, &fl);
}

static int
lock_op(int fd, int op, int64_t byte, short type)
{
	int rc;

	do
		rc = lock_once(fd, op, byte, type);
	while (rc == -1 && errno == EINTR);
	return rc;
}

int
mq_io_lock_patiently(int fd, int64_t byte, enum mq_io_lock mode)
{
	return lock_once(fd, F_OFD_SETLKW, byte,
	    mode == MQ_IO_SHARED ? F_RDLCK : F_WRLCK);
}

int
mq_io_lock(int fd, int64_t byte, enum mq_io_lock mode)
{
	return lock_op(fd, F_OFD_SETLKW, byte,
	    mode == MQ_IO_SHARED ? F_RDLCK : F_WRLCK);
}

int
mq_io_trylock(int fd, int64_t byte, enum mq_io_lock mode)
{
	if (lock_op(fd, F_OFD_SETLK, byte,
		mode == MQ_IO_SHARED ? F_RDLCK : F_WRLCK) == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? 1 : -1;
}

int
mq_io_locked(int fd, int64_t byte)
{
	struct flock fl;

	(void)memset(&fl, 0, sizeof(fl));
	fl.l_type = F_WRLCK;
	fl.l_whence = SEEK_SET;
	fl.l_start = byte;
	fl.l_len = 1;
	if (fcntl(fd, F_OFD_GETLK, &fl) == -1)
		return -1;
	return fl.l_type != F_UNLCK;
}

int
mq_io_unlock(int fd, int64_t byte)
{
	return lock_op(fd, F_OFD_SETLK, byte, F_UNLCK);
}

static int
boot_id(uint8_t id[16])
{
	char text[64];
	ssize_t n;
	int fd, i, at = 0;

	fd = mq_io_open(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY,
	    0);
	if (fd == -1)
		return -1;
	n = mq_io_read(fd, text, sizeof(text) - 1);
	(void)mq_io_close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	for (i = 0; i < 16; i++, at += 2) {
		if (text[at] == '-')
			at++;
		if (at + 2 > n || sscanf(text + at, "%2hhx", &id[i]) != 1) {
			errno = EINVAL;
			return -1;
		}
	}
	return 0;
}

int
mq_io_token(int fd, uint8_t token[MQ_IO_TOKEN])
{
	struct statx st;

	if (boot_id(token) == -1)
		return -1;
	(void)memset(&st, 0, sizeof(st));
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_MNT_ID_UNIQUE,
		&st) == -1)
		return -1;
	(void)memcpy(token + 16, &st.stx_mnt_id, 8);
	return 0;
}

const char *
mq_io_network_fs(int fd)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} known[] = {
		{ NFS_SUPER_MAGIC, "NFS" },
		{ SMB_SUPER_MAGIC, "SMB" },
		{ 0xff534d42, "CIFS" },
		{ 0xfe534d42, "SMB2" },
		{ AFS_SUPER_MAGIC, "AFS" },
		{ 0x6b414653, "AFS" },
		{ CODA_SUPER_MAGIC, "Coda" },
		{ V9FS_MAGIC, "9P" },
		{ 0x00c36400, "Ceph" },
		{ 0x0bd00bd0, "Lustre" },
		{ 0x47504653, "GPFS" },
		{ 0x01161970, "GFS2" },
		{ 0x7461636f, "OCFS2" },
	};
	struct statfs st;
	size_t i;

	if (fstatfs(fd, &st) == -1)
		return NULL;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].magic == (uint32_t)st.f_type)
			return known[i].name;
	return NULL;
}

int
mq_io_watch_new(void)
{
	return inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

int
mq_io_watch_add(int watch, const char *path, enum mq_io_watch what)
{
	uint32_t mask = IN_MODIFY;

	if (what != MQ_IO_WRITES)
		mask = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
	if (what == MQ_IO_CLOSES)
		mask |= IN_CLOSE_WRITE;
	return inotify_add_watch(watch, path, mask);
}

int
mq_io_watch_remove(int watch, int id)
{
	return inotify_rm_watch(watch, id);
}

int
mq_io_watch_drain(int watch, void (*told)(int id, void *arg), void *arg)
{
	union {
		struct inotify_event event; /* for the alignment */
		char bytes[4096];
	} u;
	struct inotify_event e;
	ssize_t n, at;

	for (;;) {
		n = mq_io_read(watch, u.bytes, sizeof(u.bytes));
		if (n == -1 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return -1;
		for (at = 0; at + (ssize_t)sizeof(e) <= n;
		     at += (ssize_t)(sizeof(e) + e.len)) {
			(void)memcpy(&e, u.bytes + at, sizeof(e));
			told(e.wd, arg);
		}
	}
}

int
mq_io_poll(struct pollfd *fds, size_t n, int64_t timeout_ms)
{
	int rc, ms;

	ms = timeout_ms < 0 ? -1 : INT_MAX;
	if (timeout_ms >= 0 && timeout_ms < INT_MAX)
		ms = (int)timeout_ms;
	rc = poll(fds, (nfds_t)n, ms);
	if (rc == -1 && errno == EINTR)
		return 0;
	return rc;
}

int
mq_io_random(void *data, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = getrandom((char *)data + done, len - done, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

pid_t
mq_io_pid(void)
{
	return getpid();
}

void
mq_io_host(char *name, size_t len)
{
	if (gethostname(name, len) == -1)
		*name = '\0';
	name[len - 1] = '\0';
}
