/* SPDX-License-Identifier: ISC */
/*
 * The rare half of the output buffer: flushing, growing, and bytes too many
 * for the buffer, which go to the descriptor without a copy.
 */
#include "out.h"

#include <sys/sendfile.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "signals.h"

#define FIRST_SIZE 4096 /* of a buffer in memory */
#define PAGE	   4096
#define GRACE_MS   1000 /* without a byte taken, after a signal */

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

/* Writes all it can; the count, short only with errno set. */
static size_t
write_all(int fd, const char *data, size_t len)
{
	size_t done = 0, some;
	ssize_t n;

	while (done < len && (some = at_once(fd, len - done)) != 0) {
		n = write(fd, data + done, some);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN ? await(fd) == -1 : errno != EINTR)
			break;
	}
	return done;
}

static int
grow(struct out *o, size_t n)
{
	size_t cap = o->fd >= 0 ? OUT_SIZE : FIRST_SIZE;
	char *data;

	if (n > SIZE_MAX / 2 - o->len) {
		errno = ENOMEM;
		return -1;
	}
	if (cap < o->cap)
		cap = o->cap;
	while (cap - o->len < n)
		cap *= 2;
	if ((data = realloc(o->data, cap)) == NULL)
		return -1;
	o->data = data;
	o->cap = cap;
	return 0;
}

void
out_init(struct out *o, int fd)
{
	o->data = NULL;
	o->len = o->cap = 0;
	o->fd = fd;
	o->written = 0;
}

void
out_free(struct out *o)
{
	free(o->data);
	o->data = NULL;
	o->len = o->cap = 0;
}

/* Writes the first len bytes and keeps what is behind them. */
static int
flush_first(struct out *o, size_t len)
{
	size_t done;

	if (o->fd < 0 || len == 0)
		return 0;
	done = write_all(o->fd, o->data, len);
	o->len -= done;
	o->written += done;
	if (o->len != 0)
		(void)memmove(o->data, o->data + done, o->len);
	return done == len ? 0 : -1;
}

int
out_flush(struct out *o)
{
	return flush_first(o, o->len);
}

int
out_flush_pages(struct out *o)
{
	return flush_first(o, o->len & ~((size_t)PAGE - 1));
}

char *
out_make_room(struct out *o, size_t n)
{
	if (n > o->cap - o->len && out_flush(o) == -1)
		return NULL;
	if ((n > o->cap - o->len || o->data == NULL) && grow(o, n) == -1)
		return NULL;
	return o->data + o->len;
}

int
out_write_through(struct out *o, const void *data, size_t len)
{
	const char *from = data;
	size_t done = 0;
	char *to;

	if (o->fd >= 0 && len >= OUT_SIZE) {
		if (out_flush(o) == -1)
			return -1;
		done = write_all(o->fd, from, len);
		o->written += done;
		if (done == len)
			return 0;
		if (done == 0)
			return -1;
		/*
		 * Torn: the rest is taken into the buffer, so that the stream
		 * goes on where it stopped; the next flush tells the error.
		 */
		if (grow(o, len - done) == -1)
			return -1;
	}
	if ((to = out_reserve(o, len - done)) == NULL)
		return -1;
	(void)memcpy(to, from + done, len - done);
	o->len += len - done;
	return 0;
}

int
out_printf(struct out *o, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (to = out_reserve(o, (size_t)n + 1)) == NULL)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	o->len += (size_t)n;
	return 0;
}

int
out_decimal(struct out *o, int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char digits[20], *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + u % 10);
	while ((u /= 10) != 0);
	if (v < 0)
		*--at = '-';
	return out_write(o, at, (size_t)(digits + sizeof(digits) - at));
}

/* Through the buffer, which is empty. */
static int
copy_by_hand(struct out *o, int from, int64_t at, size_t len)
{
	ssize_t n;
	char *p;

	for (; len != 0; at += n, len -= (size_t)n) {
		if ((p = out_reserve(o, OUT_SIZE)) == NULL)
			return -1;
		n = pread(from, p, len < OUT_SIZE ? len : OUT_SIZE, at);
		if (n == -1 && errno == EINTR)
			n = 0;
		if (n == -1)
			return -1;
		o->len += (size_t)n;
		if (out_flush(o) == -1)
			return -1;
	}
	return 0;
}

int
out_copy(struct out *o, int from, int64_t at, size_t len)
{
	off_t where = at;
	size_t some;
	ssize_t n;
	int by_file = 1;

	if (out_flush(o) == -1)
		return -1;
	while (len != 0) {
		if ((some = at_once(o->fd, len)) == 0)
			return -1;
		/* Between files, then into anything, then by hand. */
		n = by_file ?
		    copy_file_range(from, &where, o->fd, NULL, some, 0) :
		    sendfile(o->fd, from, &where, some);
		if (n > 0) {
			len -= (size_t)n;
			o->written += (size_t)n;
		} else if (n == -1 && errno == EINTR)
			continue;
		else if (n == -1 && errno == EAGAIN) {
			if (await(o->fd) == -1)
				return -1;
		} else if (n == -1 &&
		    (errno == EPIPE || errno == ENOSPC || errno == EIO ||
			errno == EFBIG || errno == EDQUOT))
			return -1;
		else if (by_file)
			by_file = 0;
		else
			return copy_by_hand(o, from, where, len);
	}
	return 0;
}
