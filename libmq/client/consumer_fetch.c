/* SPDX-License-Identifier: ISC */
/*
 * Where the next batch comes from: the sources take turns, each from its
 * position or from where auto.offset.reset sends it, and one whose topic is
 * gone is let go.
 */
#include "client/consumer.h"

#include "base/clock.h"
#include "base/fail.h"

#define TURN 32 /* batches of one source before the next one's turn */

/* Its position is gone: where to go on, or the error that it is. */
static int
reset(struct mq_consumer *c, struct mq_source *s, struct mq_err *err)
{
	struct mq_partition_tail t;
	int64_t hw;

	if (c->reset == 'n' && !(s->from_start && !s->delivered))
		return -1;
	if (mq_partition_high_watermark(&s->partition, &t, &hw, err) == -1)
		return -1;
	s->from = c->reset == 'l' ? hw : t.log_start;
	mq_reader_free(&s->reader);
	mq_reader_init(&s->reader, &s->partition, s->from);
	return 0;
}

static int
next(struct mq_consumer *c, struct mq_source *s, struct mq_err *err)
{
	c->header = c->by_header;
	return c->header ? mq_reader_next_header(&s->reader, &c->batch, err) :
			   mq_reader_next(&s->reader, &c->batch, err);
}

int
mq_consumer_read_batch(struct mq_consumer *c, struct mq_source *s,
    struct mq_err *err)
{
	int rc;

	if (!c->header)
		return 0;
	/* Where that fails the reader is in front of it, for the next time. */
	c->header = 0;
	c->current = NULL;
	mq_reader_back(&s->reader, &c->batch);
	rc = mq_reader_next(&s->reader, &c->batch, err);
	if (rc == 0) {
		(void)mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "offset %lld was cut off while it was read",
		    (long long)c->batch.base_offset);
		return mq_partition_context(&s->partition, err);
	}
	if (rc == 1)
		c->current = s;
	return rc == 1 ? 0 : -1;
}

/* A control batch marks a transaction's end; it holds no records. */
static int
is_control(struct mq_consumer *c, struct mq_source *s, struct mq_err *err)
{
	if ((c->batch.attributes & MQ_BATCH_CONTROL) == 0)
		return 0;
	if (mq_consumer_read_batch(c, s, err) == -1)
		return -1;
	c->current = NULL; /* it is not in hand yet */
	return (c->batch.attributes & MQ_BATCH_CONTROL) != 0;
}

int
mq_consumer_fetch_source(struct mq_consumer *c, struct mq_source *s,
    struct mq_err *err)
{
	int rc;

	rc = next(c, s, err);
	if (rc == -1 && err->code == MQ_OFFSET_OUT_OF_RANGE &&
	    reset(c, s, err) == 0)
		rc = next(c, s, err);
	if (rc == -1)
		return -1;
	s->unchecked = 0;
	if (rc == 0) {
		s->ready = 0;
		return 0;
	}
	if ((rc = is_control(c, s, err)) != 0)
		return rc == -1 ? -1 : mq_consumer_fetch_source(c, s, err);
	c->current = s;
	c->opened = 0;
	c->taken++;
	return 1;
}

static int
at_stop(const struct mq_source *s)
{
	/* An offset that is out of range is to be told, not passed over. */
	return s->reader.next >= s->until && !s->unchecked;
}

/* The source whose turn it is: the same one for a while, then the next. */
static struct mq_source *
take_turn(struct mq_consumer *c, int again)
{
	struct mq_sources *ss = &c->sources;

	if (again && c->turn < ss->count && c->taken < TURN)
		return ss->source[c->turn];
	/* Of many sources only one holds a window of its file. */
	if (c->turn < ss->count && ss->count > 1)
		mq_reader_rest(&ss->source[c->turn]->reader);
	c->taken = 0;
	if (++c->turn >= ss->count)
		c->turn = 0;
	return ss->source[c->turn];
}

/*
 * Where a source fails because its topic, which a pattern found, was deleted,
 * goes on without it.
 */
static int
let_go(struct mq_consumer *c, struct mq_source *s, struct mq_err *err)
{
	struct mq_sources *ss = &c->sources;

	if (!ss->wanted.patterns || !mq_source_is_gone(s))
		return -1;
	mq_consumer_drop(c, s);
	mq_sources_remove(ss, c->turn);
	/* A topic of that name that has come may have been taken for it. */
	return ss->stop_at_end && !ss->by_group ? 0 :
						  mq_sources_refresh(ss, err);
}

/* A batch of the next source that has one: enum mq_poll, -1. */
static int
fetch(struct mq_consumer *c, struct mq_err *err)
{
	struct mq_sources *ss = &c->sources;
	struct mq_source *s;
	size_t tried, i;
	int rc, left = 0;

	if (c->group != NULL && mq_group_reader_update(c, err) == -1)
		return -1;
	for (tried = 0; tried <= ss->count && ss->count != 0; tried++) {
		s = take_turn(c, tried == 0);
		if (at_stop(s) || !s->ready || s->paused)
			continue;
		rc = mq_consumer_fetch_source(c, s, err);
		if (rc == 1)
			return MQ_POLL_RECORD;
		if (rc == 0)
			continue;
		return let_go(c, s, err) == -1 ? -1 : fetch(c, err);
	}
	for (i = 0; i < ss->count; i++)
		left += !at_stop(ss->source[i]);
	/* One that waits for its partitions is not at its end. */
	if (c->group != NULL && mq_group_reader_waits(c->group))
		return MQ_POLL_IDLE;
	/* A pattern that matches nothing yet may do so later. */
	if (left == 0 && (ss->count != 0 || ss->stop_at_end))
		return MQ_POLL_END;
	return MQ_POLL_IDLE;
}

int
mq_consumer_fetch(struct mq_consumer *c, int64_t wait_ms, struct mq_err *err)
{
	int64_t deadline = wait_ms > 0 ? mq_clock_mono_ms() + wait_ms : 0;
	int rc;

	for (;;) {
		rc = fetch(c, err);
		if (rc != MQ_POLL_IDLE || wait_ms == 0)
			return rc;
		rc = mq_sources_wait(&c->sources, wait_ms, err);
		if (rc != 1)
			return rc == -1 ? -1 : MQ_POLL_IDLE;
		if (wait_ms > 0 &&
		    (wait_ms = deadline - mq_clock_mono_ms()) < 0)
			wait_ms = 0;
	}
}
