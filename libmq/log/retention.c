/* SPDX-License-Identifier: ISC */
#include "log/retention.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"
#include "log/append.h"
#include "log/checkpoint.h"
#include "log/flush.h"
#include "log/layout.h"
#include "log/reindex.h"
#include "log/time_index.h"

static int
segment_stat(const struct mq_partition *p, int64_t base, int64_t *size,
    int64_t *mtime_ms, struct mq_err *err)
{
	char name[MQ_LAYOUT_NAME];

	(void)snprintf(name, sizeof(name), MQ_LAYOUT_LOG, base);
	if (mq_io_stat(p->dir, name, size, mtime_ms) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	return 0;
}

/* Whether the batch that ends with an offset has that largest timestamp. */
static int
bears(const struct mq_segment *s, int64_t sparse, int64_t offset,
    int64_t timestamp)
{
	struct mq_err ignored;
	struct mq_scan scan;
	struct mq_batch b;
	int ok;

	(void)memset(&scan, 0, sizeof(scan));
	scan.sparse = sparse;
	ok = mq_segment_seek(s, offset, &scan, &ignored) == 1 &&
	    mq_scan_next(&scan, &b, &ignored) == 1 &&
	    mq_batch_last_offset(&b) == offset && b.max_timestamp == timestamp;
	mq_scan_free(&scan);
	return ok;
}

/* A closed segment's time index ends with its largest timestamp. */
int
mq_retention_newest(const struct mq_partition *p, int64_t base, int64_t next,
    int64_t sparse, int64_t *timestamp, struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	int64_t offset;
	int rc = 0;

	if (mq_segment_open(&s, p->dir, base, MQ_SEGMENT_READ, err) == -1)
		return -1;
	if (s.time_index != -1)
		rc = mq_time_index_last(s.time_index, base, timestamp, &offset,
		    err);
	/* A hint: it counts where a batch bears it. */
	if (rc != 1 || offset < base || offset >= next ||
	    !bears(&s, sparse, offset, *timestamp))
		rc = mq_segment_max_timestamp(&s, sparse, timestamp, &offset,
		    err);
	mq_segment_close(&s);
	return rc == -1 ? -1 : 0;
}

/* Past retention.ms, by the newest record that a timestamp is of. */
static int
expired(const struct mq_partition *p, int64_t timestamp, int64_t mtime_ms)
{
	int64_t now = mq_clock_wall_ms();

	if ((p->config.cleanup_policy & MQ_CLEANUP_DELETE) == 0 ||
	    p->config.retention_ms == -1)
		return 0;
	/*
	 * A timestamp in the future would keep it for ever: there the file's
	 * own time counts, as where there is none.
	 */
	if (timestamp < 0 || timestamp > now)
		timestamp = mtime_ms;
	return now - timestamp > p->config.retention_ms;
}

/*
 * Whether a closed segment is.  What its time index says is enough to keep it;
 * before it goes, its batches are asked, for an index may have been cut.
 */
static int
segment_expired(const struct mq_partition *p, int64_t base, int64_t next,
    int64_t sparse, int64_t mtime_ms, struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	int64_t timestamp, offset;
	int rc;

	if (!expired(p, INT64_MIN, 0))
		return 0; /* nothing ever is */
	if (mq_retention_newest(p, base, next, sparse, &timestamp, err) == -1)
		return -1;
	if (!expired(p, timestamp, mtime_ms))
		return 0;
	if (mq_segment_open(&s, p->dir, base, MQ_SEGMENT_READ, err) == -1)
		return -1;
	rc = mq_segment_max_timestamp(&s, sparse, &timestamp, &offset, err);
	mq_segment_close(&s);
	return rc == -1 ? -1 : expired(p, timestamp, mtime_ms);
}

/* Past retention.bytes without the segment in question. */
static int
too_large(const struct mq_partition *p, int64_t rest)
{
	return (p->config.cleanup_policy & MQ_CLEANUP_DELETE) != 0 &&
	    p->config.retention_bytes != -1 &&
	    rest >= p->config.retention_bytes;
}

/* How many of the first segments go. */
static int
count_gone(struct mq_partition *p, const struct mq_partition_tail *t,
    const struct mq_segment_list *list, int64_t high_watermark, size_t *gone,
    struct mq_err *err)
{
	int64_t size, mtime, total = 0;
	size_t i;
	int rc;

	for (i = 0; i < list->count; i++) {
		if (segment_stat(p, list->base[i], &size, &mtime, err) == -1)
			return -1;
		total += size;
	}
	for (*gone = 0; *gone + 1 < list->count; (*gone)++) {
		int64_t base = list->base[*gone], next = list->base[*gone + 1];

		if (next > high_watermark)
			break;
		if (segment_stat(p, base, &size, &mtime, err) == -1 ||
		    (rc = segment_expired(p, base, next, t->sparse, mtime,
			 err)) == -1)
			return -1;
		if (next > t->log_start && !rc && !too_large(p, total - size))
			break;
		total -= size;
	}
	return 0;
}

/* The log starts at `start`, or where it does, whatever happens. */
static int
publish_start(struct mq_partition *p, struct mq_partition_tail *t,
    int64_t start, struct mq_err *err)
{
	struct mq_checkpoint_line line = { 0,
		start > t->log_start ? start : t->log_start };

	if (mq_checkpoint_write(p->dir, MQ_LAYOUT_LOG_START, &line, 1, err) ==
	    -1)
		return -1;
	t->log_start = line.second;
	return mq_partition_state_set_tail(p->state, t, err);
}

static int
delete_first(struct mq_partition *p, const struct mq_segment_list *list,
    size_t gone, struct mq_retention *done, struct mq_err *err)
{
	int64_t size, mtime;
	size_t i;

	for (i = 0; i < gone; i++) {
		if (segment_stat(p, list->base[i], &size, &mtime, err) == -1 ||
		    mq_segment_delete(p->dir, list->base[i], err) == -1)
			return -1;
		done->segments++;
		done->bytes += size;
	}
	if (gone != 0 && mq_io_sync(p->dir) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the partition's directory");
	return 0;
}

/* What is on disk, or all of it where the topic relaxes that. */
static int
high_watermark(struct mq_partition *p, const struct mq_partition_tail *t,
    int64_t *offset, struct mq_err *err)
{
	struct mq_partition_flushed f = { 0, 0 };

	*offset = t->log_end;
	if (t->flush_messages != 1)
		return 0;
	if (mq_partition_state_flushed(p->state, &f, err) == -1)
		return -1;
	*offset = f.offset < t->log_end ? f.offset : t->log_end;
	return 0;
}

int
mq_retention_apply(struct mq_partition *p, struct mq_partition_tail *t,
    struct mq_retention *done, struct mq_err *err)
{
	struct mq_segment_list list;
	int64_t hw;
	size_t gone;
	int rc;

	done->segments = 0;
	done->bytes = 0;
	if (high_watermark(p, t, &hw, err) == -1 ||
	    mq_segment_list(p->dir, &list, err) == -1)
		return -1;
	rc = count_gone(p, t, &list, hw, &gone, err);
	if (rc == 0 && gone != 0)
		rc = publish_start(p, t, list.base[gone], err);
	if (rc == 0)
		rc = delete_first(p, &list, gone, done, err);
	mq_segment_list_free(&list);
	return rc;
}

/*
 * Whether what is written to is to be compacted.  Who appends closes it by
 * then; of a log that nobody appends to, in Kafka nobody does.
 */
static int
overdue(const struct mq_partition *p, const struct mq_partition_tail *t)
{
	int64_t lag = p->config.max_compaction_lag_ms, now = mq_clock_wall_ms();

	return (p->config.cleanup_policy & MQ_CLEANUP_COMPACT) != 0 &&
	    t->first_timestamp > 0 && lag < now &&
	    t->first_timestamp < now - lag;
}

static int
clean_locked(struct mq_partition *p, struct mq_partition_tail *t,
    struct mq_retention *done, struct mq_err *err)
{
	int64_t size, mtime;

	if (mq_partition_config(p, t, err) == -1)
		return -1;
	if (t->active_size != 0) {
		if (segment_stat(p, t->active_base, &size, &mtime, err) == -1)
			return -1;
		if ((expired(p, t->max_timestamp, mtime) || overdue(p, t)) &&
		    mq_append_roll(p, t, err) == -1)
			return -1;
	}
	return mq_retention_apply(p, t, done, err);
}

int
mq_retention_clean(struct mq_partition *p, struct mq_retention *done,
    int64_t *log_start, struct mq_err *err)
{
	struct mq_partition_tail t;
	int64_t hw;
	int rc;

	/* Flushes: only what is below the high watermark can go. */
	if (mq_partition_high_watermark(p, &t, &hw, err) == -1)
		return -1;
	if (mq_partition_lock(p, &t, err) == -1)
		return mq_partition_context(p, err);
	rc = clean_locked(p, &t, done, err);
	if (rc == 0)
		rc = mq_reindex(p, &t, err);
	*log_start = t.log_start;
	mq_partition_unlock(p);
	return rc == -1 ? mq_partition_context(p, err) : 0;
}

static int
trim_locked(struct mq_partition *p, struct mq_partition_tail *t, int64_t offset,
    struct mq_err *err)
{
	struct mq_retention done = { 0, 0 };
	struct mq_segment_list list;
	size_t gone = 0;
	int rc = 0;

	if (mq_segment_list(p->dir, &list, err) == -1)
		return -1;
	while (gone + 1 < list.count && list.base[gone + 1] <= offset)
		gone++;
	if (offset > t->log_start || gone != 0)
		rc = publish_start(p, t, offset, err);
	if (rc == 0)
		rc = delete_first(p, &list, gone, &done, err);
	mq_segment_list_free(&list);
	return rc;
}

/*
 * Locks the log for a new start at the offset: what lies before it is on disk,
 * since the start may get there first.
 */
static int
lock_for(struct mq_partition *p, struct mq_partition_tail *t, int64_t offset,
    struct mq_err *err)
{
	int64_t hw;

	if (mq_partition_high_watermark(p, t, &hw, err) == -1)
		return -1;
	if (offset > hw) {
		(void)mq_fail(err, MQ_OFFSET_OUT_OF_RANGE,
		    "offset %lld is beyond the end at %lld", (long long)offset,
		    (long long)hw);
		return mq_partition_context(p, err);
	}
	if (mq_flush(p, offset, err) == -1)
		return -1;
	if (mq_partition_lock(p, t, err) == -1)
		return mq_partition_context(p, err);
	return 0;
}

int
mq_retention_trim(struct mq_partition *p, int64_t offset, int64_t *log_start,
    struct mq_err *err)
{
	struct mq_partition_tail t = { .log_start = 0 };
	int rc;

	if (lock_for(p, &t, offset, err) == -1) {
		*log_start = t.log_start;
		return -1;
	}
	rc = trim_locked(p, &t, offset, err);
	*log_start = t.log_start;
	mq_partition_unlock(p);
	return rc == -1 ? mq_partition_context(p, err) : 0;
}

int
mq_retention_follow(struct mq_partition *p, int64_t offset, struct mq_err *err)
{
	struct mq_partition_tail t;
	int rc = 0;

	if (lock_for(p, &t, offset, err) == -1)
		return -1;
	if (offset > t.log_start) {
		t.log_start = offset;
		rc = mq_partition_state_set_tail(p->state, &t, err);
	}
	mq_partition_unlock(p);
	return rc == -1 ? mq_partition_context(p, err) : 0;
}
