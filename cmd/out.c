/* SPDX-License-Identifier: ISC */
/*
 * The rare half of the output buffer: flushing, growing, and bytes too many
 * for the buffer, which go to the descriptor without a copy.
 */
#include "out.h"

#include <sys/stat.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sink.h"
#include "writer.h"

#define FIRST_SIZE 4096 /* of a buffer in memory */
#define PAGE	   4096
#define BULKS	   8 /* flushes, until another thread is worth its start */

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
	/* Where pages lie on pages the kernel copies best. */
	if ((data = aligned_alloc(PAGE, cap)) == NULL)
		return -1;
	if (o->len != 0)
		(void)memcpy(data, o->data, o->len);
	free(o->data);
	o->data = data;
	o->cap = cap;
	return 0;
}

void
out_init(struct out *o, int fd)
{
	struct stat st;

	o->data = NULL;
	o->len = o->cap = 0;
	o->fd = fd;
	o->file = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	o->narrow = 0;
	o->written = 0;
	o->writer = NULL;
	o->spare = NULL;
	o->given = 0;
	o->bulks = 0;
}

void
out_free(struct out *o)
{
	writer_stop(o->writer);
	o->writer = NULL;
	free(o->spare);
	free(o->data);
	o->data = o->spare = NULL;
	o->len = o->cap = 0;
}

/* What was given to the writer is written; what is not comes back in front. */
static int
settle(struct out *o)
{
	size_t done, left, given = o->given;
	int saved;

	if (given == 0)
		return 0;
	done = writer_wait(o->writer);
	o->given = 0;
	o->written += done;
	if (done == given)
		return 0;
	saved = errno;
	left = given - done;
	if (grow(o, left) == -1)
		return -1;
	(void)memmove(o->data + left, o->data, o->len);
	(void)memcpy(o->data, o->spare + done, left);
	o->len += left;
	errno = saved;
	return -1;
}

/* Writes the first len bytes and keeps what is behind them. */
static int
flush_first(struct out *o, size_t len)
{
	size_t done;

	if (o->fd < 0 || len == 0)
		return 0;
	done = sink_write(o->fd, o->data, len);
	o->len -= done;
	o->written += done;
	if (o->len != 0)
		(void)memmove(o->data, o->data + done, o->len);
	return done == len ? 0 : -1;
}

int
out_flush(struct out *o)
{
	if (settle(o) == -1)
		return -1;
	return flush_first(o, o->len);
}

/* Whether there is so much that another thread is to write; a pipe gets wide. */
static int
is_bulk(struct out *o)
{
	if (o->bulks > BULKS || ++o->bulks != BULKS)
		return o->writer != NULL;
	o->writer = writer_start(o->fd);
	if (!o->narrow)
		sink_widen(o->fd);
	return o->writer != NULL;
}

/* The two buffers change places; the end that is kept is moved. */
static int
give(struct out *o, size_t len)
{
	char *full = o->data;

	if (o->cap != OUT_SIZE || len == 0)
		return flush_first(o, len);
	if (o->spare == NULL &&
	    (o->spare = aligned_alloc(PAGE, OUT_SIZE)) == NULL)
		return -1;
	o->len -= len;
	(void)memcpy(o->spare, full + len, o->len);
	o->data = o->spare;
	o->spare = full;
	writer_give(o->writer, full, len);
	o->given = len;
	return 0;
}

int
out_flush_pages(struct out *o)
{
	size_t len = o->len & ~((size_t)PAGE - 1);

	if (settle(o) == -1)
		return -1;
	return is_bulk(o) ? give(o, len) : flush_first(o, len);
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
		done = sink_write(o->fd, from, len);
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

int
out_copy(struct out *o, int from, int64_t at, size_t len)
{
	size_t done;

	if (out_flush(o) == -1)
		return -1;
	(void)is_bulk(o);
	done = sink_copy(o->fd, from, at, len);
	o->written += done;
	return done == len ? 0 : -1;
}
