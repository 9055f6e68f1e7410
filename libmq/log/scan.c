/* SPDX-License-Identifier: ISC */
#include "log/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"

#define WINDOW	(256u << 10) /* bytes; a larger batch gets a larger one */
#define HEADERS 8192u	     /* bytes, where headers are enough */
#define PAGE	4096
#define LOOK	65536 /* bytes looked at together for a whole batch */

void
mq_scan_start(struct mq_scan *s, int fd, int64_t at, int64_t expect)
{
	s->expect = expect;
	s->fd = fd;
	s->at = s->batch_at = at;
	s->torn = 0;
	s->zeros = 0;
	mq_scan_refresh(s);
}

void
mq_scan_refresh(struct mq_scan *s)
{
	s->window_len = 0;
	s->window_at = s->at;
}

/* Bytes of the window from `at` on. */
static size_t
ahead(const struct mq_scan *s)
{
	if (s->at > s->window_at + (int64_t)s->window_len)
		return 0;
	return (size_t)(s->window_at + (int64_t)s->window_len - s->at);
}

static int
grow(struct mq_scan *s, size_t cap, struct mq_err *err)
{
	uint8_t *window;

	if (cap <= s->cap)
		return 0;
	if ((window = aligned_alloc(PAGE, cap)) == NULL)
		return mq_fail_memory(err);
	if (s->window_len != 0)
		(void)memcpy(window, s->window, s->window_len);
	free(s->window);
	s->window = window;
	s->cap = cap;
	return 0;
}

static size_t
whole_pages(size_t n)
{
	return (n + PAGE - 1) & ~((size_t)PAGE - 1);
}

/*
 * Moves the window to the page of `at` and fills it: need bytes, or to the
 * file's end.  Pages lie on pages, because that is how the kernel copies best.
 */
static int
fill(struct mq_scan *s, size_t need, struct mq_err *err)
{
	int64_t from = s->at & ~(int64_t)(PAGE - 1);
	int64_t end = s->window_at + (int64_t)s->window_len;
	size_t kept = 0, size = s->unchecked ? HEADERS : WINDOW;
	ssize_t n;

	need = whole_pages(need + (size_t)(s->at - from));
	if (grow(s, need > size ? need : size, err) == -1)
		return -1;
	if (from >= s->window_at && from < end) {
		kept = (size_t)(end - from);
		(void)memmove(s->window, s->window + (from - s->window_at),
		    kept);
	}
	s->window_at = from;
	s->window_len = kept;
	size = need > size ? need : size;
	if (kept >= size)
		return 0;
	n = mq_io_pread(s->fd, s->window + kept, size - kept,
	    from + (int64_t)kept);
	if (n == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "reading at byte %lld", (long long)s->at);
	s->window_len += (size_t)n;
	return 0;
}

/* Whether a batch of that size lies within the file: a length can lie. */
static int
whole(const struct mq_scan *s, size_t size, struct mq_err *err)
{
	int64_t end;

	if (mq_io_size(s->fd, &end) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "size");
	return (int64_t)size <= end - s->at;
}

static int
ended(struct mq_scan *s)
{
	s->torn = (int64_t)ahead(s);
	return 0;
}

/* Whether all is zeros from `at` on: 1, 0, -1. */
static int
only_zeros(const struct mq_scan *s, struct mq_err *err)
{
	static const uint8_t zeros[HEADERS];
	uint8_t bytes[HEADERS];
	int64_t at = s->at;
	ssize_t n;

	while ((n = mq_io_pread(s->fd, bytes, sizeof(bytes), at)) > 0) {
		if (memcmp(bytes, zeros, (size_t)n) != 0)
			return 0;
		at += n;
	}
	return n == 0 ? 1 :
			mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    "reading at byte %lld", (long long)at);
}

/* A length of zero: the end, where nothing but zeros follows. */
static int
no_length(struct mq_scan *s, struct mq_err *err)
{
	int rc = only_zeros(s, err);

	s->zeros = rc == 1;
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	return mq_fail(err, MQ_CORRUPT_MESSAGE,
	    "byte %lld: no record batch: its length is 0", (long long)s->at);
}

int
mq_scan_follows(const struct mq_scan *s, const struct mq_batch *b)
{
	return s->expect == -1 || b->base_offset == s->expect ||
	    (b->base_offset > s->expect && b->base_offset <= s->sparse);
}

void
mq_scan_pass(struct mq_scan *s, const struct mq_batch *b)
{
	s->batch_at = s->at;
	s->at += (int64_t)b->size;
	s->expect = mq_batch_last_offset(b) + 1;
}

int
mq_scan_next(struct mq_scan *s, struct mq_batch *b, struct mq_err *err)
{
	const uint8_t *p;
	int rc;

	if (ahead(s) < MQ_BATCH_HEADER && fill(s, 0, err) == -1)
		return -1;
	p = s->window + (s->at - s->window_at);
	if (ahead(s) >= MQ_BATCH_PREFIX && mq_get32(p + 8) == 0)
		return no_length(s, err);
	if ((rc = mq_batch_peek(p, ahead(s), b, err)) == -1)
		return mq_fail_context(err, "byte %lld", (long long)s->at);
	if (rc == 0)
		return ended(s);
	if (b->data == NULL && s->unchecked) {
		if ((rc = whole(s, b->size, err)) != 1)
			return rc == 0 ? ended(s) : -1;
	} else if (b->data == NULL) {
		if (b->size > WINDOW && (rc = whole(s, b->size, err)) != 1)
			return rc == 0 ? ended(s) : -1;
		if (fill(s, b->size, err) == -1)
			return -1;
		if (ahead(s) < b->size)
			return ended(s);
		b->data = s->window + (s->at - s->window_at);
	}
	if (!s->unchecked && mq_batch_check(b, err) == -1)
		return mq_fail_context(err, "byte %lld", (long long)s->at);
	if (!mq_scan_follows(s, b))
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "byte %lld: offset %lld where %lld is due",
		    (long long)s->at, (long long)b->base_offset,
		    (long long)s->expect);
	mq_scan_pass(s, b);
	return 1;
}

/* The place in `bytes` where a header of a later batch may be, or n. */
static ssize_t
find_header(const uint8_t *bytes, ssize_t i, ssize_t n, int64_t least)
{
	struct mq_err ignored;
	struct mq_batch b;

	for (; i + MQ_BATCH_HEADER <= n; i++)
		if (bytes[i + 16] == 2 &&
		    mq_batch_peek(bytes + i, (size_t)(n - i), &b, &ignored) ==
			1 &&
		    b.base_offset >= least)
			break;
	return i;
}

int
mq_scan_resync(struct mq_scan *s, int64_t least, struct mq_err *err)
{
	int64_t from = s->at + 1;
	uint8_t *bytes = malloc(LOOK);
	struct mq_batch b;
	ssize_t n = 0, i;
	int rc = 0;

	if (bytes == NULL)
		return mq_fail_memory(err);
	while (rc == 0 &&
	    (n = mq_io_pread(s->fd, bytes, LOOK, from)) >= MQ_BATCH_HEADER) {
		i = -1;
		while (rc == 0 &&
		    (i = find_header(bytes, i + 1, n, least)) +
			    MQ_BATCH_HEADER <=
			n) {
			mq_scan_start(s, s->fd, from + i, -1);
			rc = mq_scan_next(s, &b, err);
			if (rc == -1 && err->code != MQ_KAFKA_STORAGE_ERROR)
				rc = 0;
		}
		from += i;
	}
	free(bytes);
	if (n == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "reading at byte %lld", (long long)from);
	if (rc == 1)
		mq_scan_start(s, s->fd, s->batch_at, -1);
	return rc;
}

void
mq_scan_free(struct mq_scan *s)
{
	free(s->window);
	s->window = NULL;
	s->cap = s->window_len = 0;
}
