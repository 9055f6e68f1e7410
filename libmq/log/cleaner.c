/* SPDX-License-Identifier: ISC */
#include "log/cleaner.h"

#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"
#include "log/append.h"
#include "log/cleaner_filter.h"
#include "log/cleaner_plan.h"
#include "log/flush.h"
#include "log/layout.h"
#include "log/swap.h"
#include "log/time_index.h"

#define BUFFER (256u << 10) /* bytes gathered for a write */

struct cleaner {
	struct mq_partition *p;
	const struct mq_cleaner_options *o;
	struct mq_retention *done;
	struct mq_cleaner_plan plan;
	struct mq_cleaner_filter filter;
	struct mq_scan scan;
	int full;	/* boolean: the map took no more */
	int stopped;	/* boolean: at a transaction */
	int64_t sparse; /* gaps may be below, when this is done */
	/* The segment that is written, and what is known of it. */
	struct mq_segment out;
	struct mq_partition_tail tail;
	struct mq_buf buf;
};

/* ---- the map of keys ---- */

static int
map_batch(struct cleaner *c, const struct mq_batch *b, struct mq_err *err)
{
	struct mq_cleaner_filter *f = &c->filter;
	struct mq_record r;
	int rc = 0;

	if (mq_batch_last_offset(b) < c->plan.first_dirty)
		return 0;
	if ((b->attributes & (MQ_BATCH_TRANSACTIONAL | MQ_BATCH_CONTROL)) ==
	    MQ_BATCH_TRANSACTIONAL) {
		c->stopped = 1;
		return 0;
	}
	if ((b->attributes & MQ_BATCH_CONTROL) == 0)
		rc = mq_batch_iter_init(&f->iter, b, err) == -1 ? -1 : 1;
	while (rc == 1 && (rc = mq_batch_iter_next(&f->iter, &r, err)) == 1) {
		if (r.offset < c->plan.first_dirty || r.key.data == NULL)
			continue;
		if (mq_cleaner_map_put(&f->map, &r.key, r.offset) == 1) {
			c->full = 1;
			c->sparse = mq_batch_last_offset(b) + 1;
			return 0;
		}
		f->latest = r.offset;
	}
	if (rc == 0)
		f->latest = mq_batch_last_offset(b);
	return rc;
}

/* Opens a source, and has the scan at the batch with an offset: 1, 0, -1. */
static int
open_source(struct cleaner *c, struct mq_segment *s, size_t i, int64_t offset,
    struct mq_err *err)
{
	if (mq_segment_open(s, c->p->dir, c->plan.list.base[i], MQ_SEGMENT_READ,
		err) == -1)
		return -1;
	c->scan.sparse = c->plan.tail.sparse;
	return mq_segment_seek(s, offset, &c->scan, err);
}

/* A source at its end: nothing but whole batches, and none that goes on. */
static int
check_source(const struct cleaner *c, size_t i, struct mq_err *err)
{
	if (c->scan.torn == 0 && c->scan.expect <= c->plan.list.base[i + 1])
		return 0;
	return mq_fail(err, MQ_CORRUPT_MESSAGE,
	    "byte %lld: it does not end before offset %lld",
	    (long long)c->scan.at, (long long)c->plan.list.base[i + 1]);
}

/* Calls back with the batches of a segment, from that with the offset on. */
static int
each_batch(struct cleaner *c, size_t i, int64_t from,
    int (*verb)(struct cleaner *, const struct mq_batch *, struct mq_err *),
    struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	struct mq_batch b;
	int rc = open_source(c, &s, i, from, err), ended = rc == 0;

	while (rc == 1 && !c->full && !c->stopped) {
		if ((rc = mq_scan_next(&c->scan, &b, err)) != 1) {
			ended = rc == 0;
			break;
		}
		rc = verb(c, &b, err) == -1 ? -1 : 1;
	}
	if (rc != -1 && ended)
		rc = check_source(c, i, err);
	mq_segment_close(&s);
	if (rc == -1)
		return mq_fail_context(err, MQ_LAYOUT_LOG,
		    c->plan.list.base[i]);
	return 0;
}

/* Reads the keys of what is dirty; afterwards it is known how far it goes. */
static int
build_map(struct cleaner *c, struct mq_err *err)
{
	const struct mq_cleaner_plan *plan = &c->plan;
	int64_t from = plan->first_dirty, end = plan->list.base[plan->count];
	size_t i;

	c->full = c->stopped = 0;
	c->sparse = 0;
	c->filter.latest = from - 1;
	if (mq_cleaner_map_init(&c->filter.map, end > from ? end - from : 0,
		c->o->dedupe_buffer_size, err) == -1)
		return -1;
	for (i = 0; i < plan->count && !c->full && !c->stopped; i++)
		if (plan->list.base[i + 1] > from &&
		    each_batch(c, i, from, map_batch, err) == -1)
			return -1;
	if (!c->full && !c->stopped && end > from)
		c->filter.latest = end - 1;
	if (c->sparse < c->filter.latest + 1)
		c->sparse = c->filter.latest + 1;
	if (c->sparse < plan->sparse)
		c->sparse = plan->sparse;
	c->full = c->full && c->filter.latest >= from;
	return 0;
}

/* ---- writing segments ---- */

static int
write_out(struct cleaner *c, struct mq_err *err)
{
	if (c->buf.len != 0 &&
	    mq_io_pwrite(c->out.log, c->buf.data, c->buf.len,
		c->tail.active_size - (int64_t)c->buf.len) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOG MQ_LAYOUT_CLEANED, c->out.base);
	c->buf.len = 0;
	return 0;
}

static int
put(void *arg, const uint8_t *data, size_t size, struct mq_err *err)
{
	struct cleaner *c = arg;
	struct mq_batch b;

	if (mq_batch_peek(data, size, &b, err) != 1 ||
	    mq_buf_append(&c->buf, data, size) == -1)
		return mq_fail_memory(err);
	mq_append_index(&c->out, &c->tail, &b, c->tail.active_size,
	    c->p->config.index_interval_bytes);
	c->tail.active_size += (int64_t)size;
	return c->buf.len < BUFFER ? 0 : write_out(c, err);
}

static int
filter_batch(struct cleaner *c, const struct mq_batch *b, struct mq_err *err)
{
	return mq_cleaner_filter(&c->filter, b, err);
}

/* The new segment is whole, and on disk under its first name. */
static int
finish_out(struct cleaner *c, int64_t mtime_ms, struct mq_err *err)
{
	struct mq_err ignored;

	if (write_out(c, err) == -1)
		return -1;
	if (c->tail.max_timestamp_offset != -1)
		(void)mq_time_index_add(c->out.time_index, c->out.base,
		    c->tail.max_timestamp, c->tail.max_timestamp_offset,
		    &ignored);
	/* Hints, and so is the time. */
	(void)mq_io_datasync(c->out.index);
	(void)mq_io_datasync(c->out.time_index);
	(void)mq_io_touch(c->out.log, mtime_ms);
	if (mq_io_sync(c->out.log) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOG MQ_LAYOUT_CLEANED, c->out.base);
	return 0;
}

static int
write_group(struct cleaner *c, size_t first, size_t count, struct mq_err *err)
{
	int64_t base = c->plan.list.base[first];
	size_t i;
	int rc = 0;

	c->full = c->stopped = 0;
	c->buf.len = 0;
	(void)memset(&c->tail, 0, sizeof(c->tail));
	c->tail.max_timestamp = c->tail.max_timestamp_offset = -1;
	c->tail.first_timestamp = -1;
	if (mq_segment_create_as(&c->out, c->p->dir, base, MQ_LAYOUT_CLEANED,
		err) == -1)
		return -1;
	for (i = first; i < first + count && rc == 0; i++)
		rc = each_batch(c, i, c->plan.list.base[i], filter_batch, err);
	if (rc == 0)
		rc = finish_out(c, c->plan.segment[first + count - 1].mtime_ms,
		    err);
	mq_segment_close(&c->out);
	return rc;
}

static int
swap_group(struct cleaner *c, size_t first, size_t count, struct mq_err *err)
{
	struct mq_swap s = { c->plan.list.base + first, count,
		c->plan.list.base[first + count], c->sparse };
	struct mq_partition_tail t;
	int rc = 0;

	if (mq_partition_lock(c->p, &t, err) == -1)
		return -1;
	if (t.generation == c->plan.tail.generation)
		rc = mq_swap(c->p, &t, &s, err);
	mq_partition_unlock(c->p);
	return rc;
}

/* Those segments become one: 1, 0 something else happened to them, -1. */
static int
clean_group(struct cleaner *c, size_t first, size_t count, struct mq_err *err)
{
	struct mq_err ignored;
	int64_t before = 0;
	size_t i;
	int rc;

	for (i = first; i < first + count; i++)
		before += c->plan.segment[i].size;
	c->filter.changed = 0;
	rc = write_group(c, first, count, err);
	if (rc == 0 && count == 1 && !c->filter.changed)
		rc = 1;
	else if (rc == 0 && (rc = swap_group(c, first, count, err)) == 1) {
		c->done->segments += (int32_t)count - 1;
		c->done->bytes += before - c->tail.active_size;
		return 1;
	}
	(void)mq_segment_remove_as(c->p->dir, MQ_LAYOUT_CLEANED, &ignored);
	return rc;
}

/* ---- one time through the log ---- */

/* What is there to do: 1, 0 nothing, -1. */
static int
plan(struct cleaner *c, struct mq_err *err)
{
	const struct mq_topic_config *config = &c->p->config;
	struct mq_partition_tail t;
	int rc;

	if (mq_partition_lock(c->p, &t, err) == -1)
		return -1;
	if ((rc = mq_partition_config(c->p, &t, err)) == 0 &&
	    (config->cleanup_policy & MQ_CLEANUP_COMPACT) != 0)
		rc = mq_cleaner_plan(&c->plan, c->p, &t, c->o->now_ms, err) ==
			-1 ?
		    -1 :
		    1;
	mq_partition_unlock(c->p);
	if (rc != 1)
		return rc;
	c->filter.delete_retention_ms = config->delete_retention_ms;
	c->filter.max_message_bytes = config->max_message_bytes;
	return c->plan.count != 0 &&
	    (c->o->force ||
		mq_cleaner_plan_due(&c->plan,
		    config->min_cleanable_dirty_ratio));
}

/* It is clean up to there, from now on. */
static int
set_checkpoint(struct cleaner *c, struct mq_err *err)
{
	int64_t end = c->filter.latest + 1;
	struct mq_partition_tail t;
	int rc = 0;

	if (end == c->plan.first_dirty && c->sparse == c->plan.sparse)
		return 0;
	if (mq_partition_lock(c->p, &t, err) == -1)
		return -1;
	if (t.generation == c->plan.tail.generation)
		rc = mq_swap_set_checkpoint(c->p, &t, end, c->sparse, err);
	mq_partition_unlock(c->p);
	return rc;
}

static int
clean_segments(struct cleaner *c, struct mq_err *err)
{
	size_t i, n, limit = 0;
	int rc = 1;

	while (limit < c->plan.count &&
	    c->plan.list.base[limit] <= c->filter.latest)
		limit++;
	for (i = 0; i < limit && rc == 1; i += n) {
		n = mq_cleaner_plan_group(&c->plan, i, limit,
		    c->p->config.segment_bytes);
		rc = clean_group(c, i, n, err);
	}
	return rc;
}

/*
 * What is compacted is on disk before.  What this process has appended behind
 * that still awaits its own flush, which is to notice when it was lost.
 */
static int
flush_closed(struct cleaner *c, struct mq_err *err)
{
	int appended = c->p->appended, rc;

	rc = mq_flush(c->p, c->plan.list.base[c->plan.count], err);
	c->p->appended = appended;
	return rc;
}

/* 1 there is more to do, 0, -1. */
static int
clean_once(struct cleaner *c, struct mq_err *err)
{
	int rc, more = 0;

	if ((rc = plan(c, err)) != 1)
		goto done;
	if (mq_segment_remove_as(c->p->dir, MQ_LAYOUT_CLEANED, err) == -1 ||
	    flush_closed(c, err) == -1 || build_map(c, err) == -1)
		rc = -1;
	more = c->full;
	if (rc == 1)
		rc = clean_segments(c, err);
	if (rc == 1)
		rc = set_checkpoint(c, err) == -1 ? -1 : more;
done:
	mq_cleaner_map_free(&c->filter.map);
	mq_cleaner_plan_free(&c->plan);
	return rc;
}

int
mq_cleaner_clean(struct mq_partition *p, const struct mq_cleaner_options *o,
    struct mq_retention *done, struct mq_err *err)
{
	struct mq_segment none = MQ_SEGMENT_NONE;
	struct cleaner c;
	int rc;

	if (!p->writable)
		return 0;
	(void)memset(&c, 0, sizeof(c));
	c.p = p;
	c.o = o;
	c.done = done;
	c.out = none;
	c.filter.now_ms = o->now_ms;
	c.filter.put = put;
	c.filter.arg = &c;
	rc = o->force ?
	    mq_io_lock(p->lock, MQ_LAYOUT_CLEAN, MQ_IO_EXCLUSIVE) :
	    mq_io_trylock(p->lock, MQ_LAYOUT_CLEAN, MQ_IO_EXCLUSIVE);
	if (rc == 1)
		return 0;
	if (rc == -1) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOCK);
		return mq_partition_context(p, err);
	}
	p->cleaning = 1;
	do
		rc = clean_once(&c, err);
	while (rc == 1 && o->force);
	p->cleaning = 0;
	(void)mq_io_unlock(p->lock, MQ_LAYOUT_CLEAN);
	mq_cleaner_filter_free(&c.filter);
	mq_scan_free(&c.scan);
	mq_buf_free(&c.buf);
	return rc == -1 ? mq_partition_context(p, err) : 0;
}

int
mq_cleaner_if_due(struct mq_partition *p, struct mq_err *err)
{
	struct mq_cleaner_options o = { 0, MQ_CLEANER_DEDUPE_BUFFER_SIZE, 0 };
	struct mq_retention done = { 0, 0 };

	if ((p->config.cleanup_policy & MQ_CLEANUP_COMPACT) == 0)
		return 0;
	o.now_ms = mq_clock_wall_ms();
	return mq_cleaner_clean(p, &o, &done, err);
}
