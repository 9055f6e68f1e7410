/* SPDX-License-Identifier: ISC */
#include "log/reader.h"

#include <errno.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/layout.h"

#define TRIES 8 /* a segment may be deleted between listing and opening */

void
mq_reader_init(struct mq_reader *r, struct mq_partition *p, int64_t offset)
{
	struct mq_segment none = MQ_SEGMENT_NONE;

	(void)memset(r, 0, sizeof(*r));
	r->p = p;
	r->segment = none;
	r->next = offset;
}

/* Looks at the watermark; what was read ahead before may have been torn. */
static int
look(struct mq_reader *r, struct mq_err *err)
{
	struct mq_partition_tail t;

	if (r->unflushed ? mq_partition_tail(r->p, &t, err) == -1 :
			   mq_partition_high_watermark(r->p, &t,
			       &r->high_watermark, err) == -1)
		return -1;
	if (r->unflushed)
		r->high_watermark = t.log_end;
	mq_scan_refresh(&r->scan);
	if (r->next >= t.log_start && r->next <= r->high_watermark)
		return 0;
	(void)mq_fail(err, MQ_OFFSET_OUT_OF_RANGE,
	    "offset %lld is out of range: the log holds %lld up to %lld",
	    (long long)r->next, (long long)t.log_start,
	    (long long)r->high_watermark);
	return mq_partition_context(r->p, err);
}

/*
 * Zeros below the watermark were batches, as a piece of one was; where
 * compaction was, no gap tells.
 */
static int
no_rest(const struct mq_reader *r, struct mq_err *err)
{
	if (r->scan.zeros)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "byte %lld: zeros up to the end of the file",
		    (long long)r->scan.at);
	if (r->scan.torn != 0 && r->next < r->scan.sparse)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "byte %lld: the file ends in the middle of a batch",
		    (long long)r->scan.at);
	return 0;
}

/*
 * Opens a segment, and finds `next` in it: 1 it goes on here, or nothing does
 * below the watermark; 0 it ends before that; -1.
 */
static int
enter(struct mq_reader *r, int64_t base, struct mq_err *err)
{
	int rc;

	mq_segment_close(&r->segment);
	if (mq_segment_open(&r->segment, r->p->dir, base, MQ_SEGMENT_READ,
		err) == -1)
		return -1;
	if (mq_partition_sparse(r->p, &r->scan.sparse, err) == -1)
		return -1;
	if (base > r->next && base <= r->scan.sparse)
		r->next = base;
	if (r->next >= r->high_watermark) {
		mq_scan_start(&r->scan, r->segment.log, 0, base);
		rc = 1;
	} else
		rc = mq_segment_seek(&r->segment, r->next, &r->scan, err);
	if (rc == 0)
		rc = no_rest(r, err);
	mq_segment_close_indexes(&r->segment);
	if (rc == -1)
		return mq_fail_context(err, MQ_LAYOUT_LOG, base);
	/* What is missing in front of it is judged when it is read. */
	if (rc == 1 && r->scan.expect > r->next)
		r->scan.expect = r->next;
	return rc;
}

/*
 * The segment that goes on with `next`, by a list of names.  Compaction may
 * have put it into an earlier one than the reader was in.  *jump: the offsets
 * up to the segment behind are missing, and the list was looked at again.
 */
static int
find_segment(struct mq_reader *r, const struct mq_segment_list *list, int *jump,
    struct mq_err *err)
{
	size_t i = mq_segment_list_find(list, r->next);
	int rc = 0;

	if (list->count == 0)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "it has no segment (NNN.log)");
	if (list->base[0] > r->next)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    MQ_LAYOUT_LOG ": it is the first, and offset %lld "
				  "is missing",
		    list->base[0], (long long)r->next);
	for (; rc == 0 && i < list->count; i++) {
		/* A name that is just replaced may not be listed. */
		if (list->base[i] > r->next && !*jump) {
			*jump = 1;
			return 0;
		}
		rc = enter(r, list->base[i], err);
	}
	if (rc != 0)
		return rc;
	return mq_fail(err, MQ_CORRUPT_MESSAGE,
	    MQ_LAYOUT_LOG ": byte %lld: it ends before offset %lld, and "
			  "the log goes to %lld",
	    r->segment.base, (long long)r->scan.at, (long long)r->next,
	    (long long)r->high_watermark);
}

/* To the segment that goes on with `next`: 0, -1. */
static int
open_segment(struct mq_reader *r, struct mq_err *err)
{
	struct mq_segment_list list;
	int rc = 0, jump = 0, tries = 0;

	while (rc == 0) {
		if (mq_segment_list(r->p->dir, &list, err) == -1)
			return -1;
		rc = find_segment(r, &list, &jump, err);
		mq_segment_list_free(&list);
		/* It went between the list and the look. */
		if (rc == -1 && err->sys == ENOENT && ++tries < TRIES &&
		    look(r, err) == 0)
			rc = 0;
	}
	return rc == -1 ? -1 : 0;
}

/* The next batch of this segment and those behind it: 1, 0 none, -1. */
static int
read_on(struct mq_reader *r, struct mq_batch *b, struct mq_err *err)
{
	int rc;

	while (r->next < r->high_watermark) {
		rc = mq_scan_next(&r->scan, b, err);
		if (rc == 0)
			rc = no_rest(r, err);
		if (rc == -1)
			return mq_fail_context(err, MQ_LAYOUT_LOG,
			    r->segment.base);
		if (rc == 0 && open_segment(r, err) == -1)
			return -1;
		if (rc == 1 && mq_batch_last_offset(b) >= r->next)
			return 1;
	}
	return 0;
}

/* What went wrong may be that the log's start has gone past this reader. */
static int
trouble(struct mq_reader *r, struct mq_err *err)
{
	struct mq_err why;

	if (look(r, &why) == -1 && why.code == MQ_OFFSET_OUT_OF_RANGE) {
		*err = why;
		return -1;
	}
	return mq_partition_context(r->p, err);
}

int
mq_reader_next(struct mq_reader *r, struct mq_batch *b, struct mq_err *err)
{
	int rc = 0;

	r->asked = r->next;
	if (r->next >= r->high_watermark || r->segment.log == -1) {
		if (look(r, err) == -1)
			return -1;
		if (r->next == r->high_watermark)
			return 0;
		if (r->segment.log == -1)
			rc = open_segment(r, err);
	}
	if (rc == 0)
		rc = read_on(r, b, err);
	if (rc == -1)
		return trouble(r, err);
	if (rc == 1)
		r->next = mq_batch_last_offset(b) + 1;
	return rc;
}

int
mq_reader_next_header(struct mq_reader *r, struct mq_batch *b,
    struct mq_err *err)
{
	int rc;

	r->scan.unchecked = 1;
	rc = mq_reader_next(r, b, err);
	r->scan.unchecked = 0;
	return rc;
}

void
mq_reader_back(struct mq_reader *r, const struct mq_batch *b)
{
	r->next = r->asked;
	mq_scan_start(&r->scan, r->segment.log, r->scan.batch_at,
	    b->base_offset);
}

ssize_t
mq_reader_fill(struct mq_reader *r, void *buf, size_t cap, struct mq_err *err)
{
	ssize_t n = mq_io_pread(r->segment.log, buf, cap, r->scan.at);

	if (n != -1)
		return n;
	(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
	    MQ_LAYOUT_LOG ": reading at byte %lld", r->segment.base,
	    (long long)r->scan.at);
	return mq_partition_context(r->p, err);
}

int
mq_reader_take(struct mq_reader *r, const void *data, size_t len, int64_t until,
    uint64_t max_records, struct mq_batch *b)
{
	struct mq_err ignored;

	if (mq_batch_peek(data, len, b, &ignored) != 1 || b->data == NULL ||
	    !mq_scan_follows(&r->scan, b) || mq_batch_last_offset(b) >= until ||
	    mq_batch_last_offset(b) >= r->high_watermark ||
	    mq_batch_check(b, &ignored) == -1 ||
	    (uint64_t)b->count > max_records)
		return 0;
	mq_scan_pass(&r->scan, b);
	r->asked = r->next;
	r->next = mq_batch_last_offset(b) + 1;
	return 1;
}

/* The first record of the batch that is as late, from an offset on. */
static int
find_in_batch(const struct mq_batch *b, int64_t from, int64_t timestamp,
    int64_t *offset, int64_t *found, struct mq_err *err)
{
	struct mq_batch_iter it;
	struct mq_record rec;
	int rc;

	(void)memset(&it, 0, sizeof(it));
	rc = mq_batch_iter_init(&it, b, err) == -1 ? -1 : 1;
	while (rc == 1 && (rc = mq_batch_iter_next(&it, &rec, err)) == 1) {
		if (rec.timestamp < timestamp || rec.offset < from)
			continue;
		*offset = rec.offset;
		*found = rec.timestamp;
		break;
	}
	mq_batch_iter_free(&it);
	return rc;
}

static int
find_in_segment(struct mq_partition *p, int64_t base,
    const struct mq_partition_tail *t, int64_t timestamp, int64_t *offset,
    int64_t *found, struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	struct mq_scan scan;
	struct mq_batch b;
	int rc;

	(void)memset(&scan, 0, sizeof(scan));
	if (mq_segment_open(&s, p->dir, base, MQ_SEGMENT_READ, err) == -1)
		return -1;
	if (mq_partition_sparse(p, &scan.sparse, err) == -1) {
		mq_segment_close(&s);
		return -1;
	}
	rc = mq_segment_seek_time(&s, timestamp, &scan, err);
	while (rc == 1 && (rc = mq_scan_next(&scan, &b, err)) == 1) {
		if (b.max_timestamp < timestamp ||
		    mq_batch_last_offset(&b) < t->log_start)
			continue;
		rc = find_in_batch(&b, t->log_start, timestamp, offset, found,
		    err);
		if (rc == 1)
			break;
		if (rc == 0)
			rc = 1; /* the one with that timestamp was trimmed */
	}
	/* Behind the tail another process may be writing. */
	if (rc == -1 && base == t->active_base && scan.at >= t->active_size)
		rc = 0;
	if (rc == -1)
		(void)mq_fail_context(err, MQ_LAYOUT_LOG, base);
	mq_scan_free(&scan);
	mq_segment_close(&s);
	return rc;
}

int
mq_reader_find_time(struct mq_partition *p, int64_t timestamp, int64_t *offset,
    int64_t *found, struct mq_err *err)
{
	struct mq_partition_tail t;
	struct mq_segment_list list;
	int64_t hw;
	size_t i;
	int rc = -1, tries;

	/* Again where a segment went meanwhile: its records may be elsewhere. */
	for (tries = 0; tries < TRIES; tries++) {
		if (mq_partition_high_watermark(p, &t, &hw, err) == -1)
			return -1;
		if (mq_segment_list(p->dir, &list, err) == -1)
			return mq_partition_context(p, err);
		i = mq_segment_list_find(&list, t.log_start);
		for (rc = 0; rc == 0 && i < list.count && list.base[i] < hw;
		     i++)
			rc = find_in_segment(p, list.base[i], &t, timestamp,
			    offset, found, err);
		mq_segment_list_free(&list);
		if (rc != -1 || err->sys != ENOENT)
			break;
	}
	if (rc == -1)
		return mq_partition_context(p, err);
	return rc == 1 && *offset < hw;
}

void
mq_reader_rest(struct mq_reader *r)
{
	mq_scan_refresh(&r->scan);
	mq_scan_free(&r->scan);
}

void
mq_reader_free(struct mq_reader *r)
{
	mq_segment_close(&r->segment);
	mq_scan_free(&r->scan);
}
