/* SPDX-License-Identifier: ISC */
#include "log/append.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"
#include "log/cleaner.h"
#include "log/flush.h"
#include "log/layout.h"
#include "log/offset_index.h"
#include "log/retention.h"
#include "log/time_index.h"

void
mq_append_index(const struct mq_segment *s, struct mq_partition_tail *t,
    const struct mq_batch *b, int64_t position, int64_t interval)
{
	struct mq_err ignored;

	if (t->first_timestamp == -1)
		t->first_timestamp = b->max_timestamp;
	if (b->max_timestamp > t->max_timestamp) {
		t->max_timestamp = b->max_timestamp;
		t->max_timestamp_offset = mq_batch_last_offset(b);
	}
	if (t->unindexed > interval) {
		/* Hints: without them a reader walks further, no more. */
		(void)mq_offset_index_add(s->index, s->base,
		    mq_batch_last_offset(b), position, &ignored);
		if (t->max_timestamp_offset != -1)
			(void)mq_time_index_add(s->time_index, s->base,
			    t->max_timestamp, t->max_timestamp_offset,
			    &ignored);
		t->unindexed = 0;
	}
	t->unindexed += (int64_t)b->size;
}

int
mq_append_roll(struct mq_partition *p, struct mq_partition_tail *t,
    struct mq_err *err)
{
	struct mq_segment *s = &p->active, next = MQ_SEGMENT_NONE;
	struct mq_err ignored;

	if (t->max_timestamp_offset != -1)
		(void)mq_time_index_add(s->time_index, s->base,
		    t->max_timestamp, t->max_timestamp_offset, &ignored);
	/* The indexes are whole from here on; hints, so errors are none. */
	(void)mq_io_datasync(s->index);
	(void)mq_io_datasync(s->time_index);
	/* Who dies from here on leaves word of what he began. */
	t->rolling = 1;
	if (mq_partition_state_set_tail(p->state, t, err) == -1)
		return -1;
	/*
	 * With a second segment there has to be a flush point on disk: it tells
	 * a write that was cut short from rot.
	 */
	if (mq_io_datasync(p->state) == -1) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STATE);
		mq_partition_give_up(p);
		return -1;
	}
	if (mq_segment_open(&next, p->dir, t->log_end, MQ_SEGMENT_CREATE,
		err) == -1)
		return -1;
	/* Before anything in it can be acknowledged, its name must stay. */
	if (mq_io_sync(p->dir) == -1) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the partition's directory");
		mq_segment_close(&next);
		/* A name that may not stay: the next try makes it anew. */
		(void)mq_segment_delete(p->dir, t->log_end, &ignored);
		mq_partition_give_up(p);
		return -1;
	}
	mq_segment_close(s);
	*s = next;
	p->active_generation = t->generation;
	t->active_base = t->log_end;
	t->active_size = t->unindexed = 0;
	t->last_batch = -1;
	t->max_timestamp = t->max_timestamp_offset = t->first_timestamp = -1;
	t->created_ms = mq_clock_wall_ms();
	t->rolling = 0;
	return mq_partition_state_set_tail(p->state, t, err);
}

static int
roll_is_due(const struct mq_partition *p, const struct mq_partition_tail *t,
    const struct mq_batch *b)
{
	const struct mq_topic_config *c = &p->config;
	int64_t age, now = mq_clock_wall_ms();

	if (t->active_size == 0)
		return 0;
	/* As Kafka: by the records' own times, where the segment has one. */
	age = now - t->created_ms;
	if (t->first_timestamp >= 0)
		age = b->max_timestamp <= t->first_timestamp ?
		    0 :
		    b->max_timestamp - t->first_timestamp;
	return (int64_t)b->size > c->segment_bytes - t->active_size ||
	    age > mq_topic_config_max_segment_ms(c) ||
	    t->log_end + b->last_offset_delta - t->active_base > INT32_MAX;
}

/* Writes the batch behind the tail, or leaves the log as it was. */
static int
write_batch(struct mq_partition *p, struct mq_partition_tail *t,
    const struct mq_batch *b, struct mq_err *err)
{
	struct mq_partition_tail before = *t;
	struct mq_segment *s = &p->active;
	struct mq_err ignored;

	if (mq_io_pwrite(s->log, b->data, b->size, t->active_size) == -1)
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOG ": writing at byte %" PRId64, s->base,
		    t->active_size);
	else {
		mq_append_index(s, t, b, t->active_size,
		    p->config.index_interval_bytes);
		t->last_batch = t->active_size;
		t->active_size += (int64_t)b->size;
		t->log_end = mq_batch_last_offset(b) + 1;
		t->flush_messages = p->config.flush_messages;
		if (mq_partition_state_set_tail(p->state, t, err) == 0)
			return 0;
	}
	/* If this fails too, the next writer does it. */
	(void)mq_io_truncate(s->log, before.active_size);
	(void)mq_offset_index_cut(s->index, s->base, before.active_size,
	    &ignored);
	(void)mq_time_index_cut(s->time_index, s->base, before.log_end,
	    &ignored);
	*t = before;
	return -1;
}

/* flush.messages and flush.ms, where the topic relaxes them. */
static int
flush_if_due(struct mq_partition *p, const struct mq_partition_tail *t,
    struct mq_err *err)
{
	const struct mq_topic_config *c = &p->config;
	struct mq_partition_flushed f = { 0, 0 };
	int64_t now;

	if (c->flush_messages == 1 ||
	    (c->flush_messages == INT64_MAX && c->flush_ms == INT64_MAX))
		return 0;
	if (mq_partition_state_flushed(p->state, &f, err) == -1)
		return -1;
	now = mq_clock_wall_ms();
	if (t->log_end - f.offset < c->flush_messages &&
	    now - f.at_ms < c->flush_ms)
		return 0;
	return mq_flush(p, t->log_end, err);
}

static int
append_locked(struct mq_partition *p, struct mq_partition_tail *t,
    uint8_t *data, size_t size, struct mq_err *err)
{
	struct mq_batch b;
	int64_t active = t->active_base;

	if (mq_batch_peek(data, size, &b, err) != 1 || b.size != size)
		return mq_fail(err, MQ_INVALID_RECORD, "no whole batch");
	if (roll_is_due(p, t, &b) && mq_append_roll(p, t, err) == -1)
		return -1;
	mq_batch_assign(data, t->log_end, t->leader_epoch);
	if (p->config.log_append_time)
		mq_batch_stamp(data, size, mq_clock_wall_ms());
	(void)mq_batch_peek(data, size, &b, err);
	if (write_batch(p, t, &b, err) == -1)
		return -1;
	/* Retention is not worth failing an append that is done. */
	if (t->active_base != active) {
		struct mq_err ignored;
		struct mq_retention done;

		(void)mq_retention_apply(p, t, &done, &ignored);
	}
	return 0;
}

int
mq_append(struct mq_partition *p, uint8_t *data, size_t size,
    int64_t *base_offset, struct mq_err *err)
{
	struct mq_partition_tail t;
	struct mq_err ignored;
	int64_t active;
	int rc;

	if (mq_partition_lock(p, &t, err) == -1)
		return mq_partition_context(p, err);
	if (p->appended == 0)
		p->generation = t.generation;
	active = t.active_base;
	*base_offset = t.log_end;
	if (mq_partition_config(p, &t, err) == -1)
		rc = -1;
	else if ((int64_t)size > p->config.max_message_bytes)
		rc = mq_fail(err, MQ_MESSAGE_TOO_LARGE,
		    "a batch of %zu bytes is over max.message.bytes=%lld", size,
		    (long long)p->config.max_message_bytes);
	else
		rc = append_locked(p, &t, data, size, err);
	mq_partition_unlock(p);
	if (rc == 0) {
		p->appended = 1;
		/* Compaction too is not worth failing it. */
		if (t.active_base != active)
			(void)mq_cleaner_if_due(p, &ignored);
		rc = flush_if_due(p, &t, err);
	}
	return rc == -1 ? mq_partition_context(p, err) : 0;
}
