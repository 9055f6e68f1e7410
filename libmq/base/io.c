/* SPDX-License-Identifier: ISC */
/* Files: their bytes, their names, and the directories of these. */
#include "base/io.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file of the store's own: with anything else, errno says why not. */
static int
is_regular(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return 0;
	errno = S_ISDIR(st.st_mode) ? EISDIR : ENXIO;
	return S_ISREG(st.st_mode);
}

int
mq_io_open(int dir, const char *path, int flags, mode_t mode)
{
	int fd, why, own = dir != AT_FDCWD && (flags & O_DIRECTORY) == 0;

	/* A link may lead anywhere, and a fifo would wait for somebody. */
	if (dir != AT_FDCWD)
		flags |= O_NOFOLLOW;
	if (own)
		flags |= O_NONBLOCK;
	do
		fd = openat(dir, path, flags | O_CLOEXEC | O_NOCTTY, mode);
	while (fd == -1 && errno == EINTR);
	if (fd != -1 && own && !is_regular(fd)) {
		why = errno;
		(void)close(fd);
		errno = why;
		fd = -1;
	}
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
