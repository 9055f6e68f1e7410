/* SPDX-License-Identifier: ISC */
#include "sink.h"

#include <sys/sendfile.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "signals.h"

#define PAGE	 4096
#define BY_HAND	 ((size_t)64 * 1024)
#define BLOCK	 ((size_t)256 * 1024)
#define WIDE	 (1024 * 1024) /* bytes, pipe-max-size of pipe(7) */
#define GRACE_MS 1000	       /* without a byte taken, after a signal */

/*
 * Waits until a page can be written: for ever, or, when a signal told the
 * program to end, for as long as a reader that is at work may need.
 */
static int
await(int fd)
{
	struct pollfd p = { fd, POLLOUT, 0 };
	int rc;

	do
		rc = poll(&p, 1, signals_came() != 0 ? GRACE_MS : -1);
	while (rc == -1 && errno == EINTR);
	if (rc == 0)
		errno = EINTR;
	return rc > 0 ? 0 : -1;
}

/*
 * How many of len bytes the next call may write: all, or after a signal only
 * what it does not sleep for.  0 with errno: nobody takes them.
 */
static size_t
at_once(int fd, size_t len)
{
	if (signals_came() == 0)
		return len;
	if (await(fd) == -1)
		return 0;
	return len < PAGE ? len : PAGE;
}

/* After a call that failed: whether it is worth another. */
static int
again(int fd)
{
	return errno == EINTR || (errno == EAGAIN && await(fd) == 0);
}

/*
 * How many of len bytes to write together: of a file up to the end of a block,
 * for whole pages, some of them at a time, are what the kernel takes fastest.
 */
static size_t
to_block(int fd, size_t len)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	size_t some = at == -1 ? len : BLOCK - (size_t)at % BLOCK;

	return some < len ? some : len;
}

size_t
sink_write(int fd, const char *data, size_t len)
{
	size_t done = 0, some;
	ssize_t n;

	while (done < len && (some = at_once(fd, len - done)) != 0) {
		n = write(fd, data + done, to_block(fd, some));
		if (n >= 0)
			done += (size_t)n;
		else if (!again(fd))
			break;
	}
	return done;
}

static size_t
copy_by_hand(int fd, int from, int64_t at, size_t len)
{
	size_t done = 0, written = 0;
	char *buf = malloc(BY_HAND);
	ssize_t n;

	while (buf != NULL && done < len) {
		n = pread(from, buf,
		    len - done < BY_HAND ? len - done : BY_HAND,
		    at + (int64_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0) /* it has become shorter */
			errno = EIO;
		if (n <= 0)
			break;
		written = sink_write(fd, buf, (size_t)n);
		done += written;
		if (written != (size_t)n)
			break;
	}
	free(buf);
	return done;
}

/* Whether the sink failed, and not only this way of copying. */
static int
is_sink_error(void)
{
	return errno == EPIPE || errno == ENOSPC || errno == EIO ||
	    errno == EFBIG || errno == EDQUOT;
}

size_t
sink_copy(int fd, int from, int64_t at, size_t len)
{
	off_t where = at;
	size_t done = 0, some;
	ssize_t n;

	while (done < len && (some = at_once(fd, len - done)) != 0) {
		n = sendfile(fd, from, &where, some);
		if (n > 0)
			done += (size_t)n;
		else if (n == -1 && (errno == EINTR || errno == EAGAIN)) {
			if (!again(fd))
				break;
		} else if (n == -1 && is_sink_error())
			break;
		else
			return done + copy_by_hand(fd, from, where, len - done);
	}
	return done;
}

void
sink_widen(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);

	if (size != -1 && size < WIDE)
		(void)fcntl(fd, F_SETPIPE_SZ, WIDE);
}
