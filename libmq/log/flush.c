/* SPDX-License-Identifier: ISC */
#include "log/flush.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"
#include "log/layout.h"

#define PATIENCE_MS  200 /* of who waits for another's flush */
#define ALONE_MS     10	 /* the same, where that was in vain before */
#define PAUSE_US     16	 /* between two looks, at first */
#define PAUSE_MAX_US 10000

/* Syncs the segments that may hold records from `from` on. */
static int
sync_segments(struct mq_partition *p, const struct mq_partition_tail *t,
    int64_t from, struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	struct mq_segment_list list;
	size_t i;
	int rc = 0;

	if (from >= t->active_base && mq_partition_holds_active(p, t)) {
		if (mq_io_datasync(p->active.log) == -1)
			return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    "flushing");
		return 0;
	}
	if (mq_segment_list(p->dir, &list, err) == -1)
		return -1;
	i = mq_segment_list_find(&list, from);
	for (; i < list.count && rc == 0; i++) {
		rc = mq_segment_open(&s, p->dir, list.base[i], MQ_SEGMENT_READ,
		    err);
		if (rc == -1 && err->sys == ENOENT)
			rc = 0; /* retention was here meanwhile */
		else if (rc == 0 && mq_io_datasync(s.log) == -1)
			rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    "flushing");
		mq_segment_close(&s);
	}
	mq_segment_list_free(&list);
	return rc;
}

/* Takes a lock: 0; 1 where another has it for that long; -1. */
static int
take_lock(const struct mq_partition *p, int64_t byte, int64_t patience_ms)
{
	int64_t until = mq_clock_mono_ms() + patience_ms, pause = PAUSE_US;
	int rc;

	while ((rc = mq_io_trylock(p->lock, byte, MQ_IO_EXCLUSIVE)) == 1 &&
	    mq_clock_mono_ms() < until) {
		mq_io_pause(pause);
		pause += pause < PAUSE_MAX_US ? pause / 4 : 0;
	}
	return rc;
}

static int
given_up(struct mq_partition *p, struct mq_err *err)
{
	p->appended = 0;
	return mq_fail(err, MQ_KAFKA_STORAGE_ERROR,
	    "its log was given up after a failed flush");
}

/* Whether the log is the one that this process wrote to: 0, -1. */
static int
look(struct mq_partition *p, struct mq_partition_tail *t, struct mq_err *err)
{
	int rc = mq_partition_published(p, t, err);

	if (rc == -1)
		return -1;
	/* What it wrote may have been cut, and written over. */
	if (rc == 1 && (!p->appended || p->generation == t->generation))
		return 0;
	return given_up(p, err);
}

/*
 * Tells the others how far the log is on disk, for a recovery keeps that.  None
 * comes in between, nor another who flushes alone: only one that is stopped in
 * an append may be there, and then who is alone says nothing.
 */
static int
publish(struct mq_partition *p, const struct mq_partition_tail *t,
    struct mq_err *err)
{
	int busy = take_lock(p, MQ_LAYOUT_APPEND, PATIENCE_MS), rc;
	struct mq_partition_flushed f = { 0, 0 };
	struct mq_partition_tail now;

	if (busy == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOCK);
	rc = mq_partition_published(p, &now, err);
	if (rc != -1 && (rc == 0 || now.generation != t->generation))
		rc = given_up(p, err);
	if (rc != -1)
		rc = mq_partition_state_flushed(p->state, &f, err);
	if (rc != -1 && f.offset < t->log_end && !(p->alone && busy)) {
		f.offset = t->log_end;
		f.at_ms = mq_clock_wall_ms();
		rc = mq_partition_state_set_flushed(p->state, &f, err);
	}
	if (!busy)
		mq_partition_unlock(p);
	return rc == -1 ? -1 : 0;
}

/* With the lock, or alone. */
static int
flush(struct mq_partition *p, int64_t upto, struct mq_err *err)
{
	struct mq_partition_flushed f = { 0, 0 };
	struct mq_partition_tail t;
	int rc;

	if ((rc = mq_partition_state_flushed(p->state, &f, err)) == -1 ||
	    look(p, &t, err) == -1)
		return -1;
	if (rc == 0)
		f.offset = 0;
	if (f.offset < upto) {
		if (sync_segments(p, &t, f.offset, err) == -1) {
			if (mq_io_lock(p->lock, MQ_LAYOUT_APPEND,
				MQ_IO_EXCLUSIVE) == 0) {
				mq_partition_give_up(p);
				mq_partition_unlock(p);
			}
			return -1;
		}
		if (publish(p, &t, err) == -1)
			return -1;
	}
	p->appended = 0;
	return 0;
}

int
mq_flush(struct mq_partition *p, int64_t upto, struct mq_err *err)
{
	struct mq_partition_tail t;
	int rc, busy;

	if (!p->writable) {
		/* Not its own records, and it can tell nobody: for itself. */
		if (mq_partition_tail(p, &t, err) == -1)
			return -1;
		errno = p->lost;
		if (p->lost != 0)
			(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    "flushing");
		else if (sync_segments(p, &t, p->flushed, err) == -1)
			p->lost = err->sys != 0 ? err->sys : EIO;
		if (p->lost != 0)
			return mq_partition_context(p, err);
		p->flushed = t.log_end;
		return 0;
	}
	busy = take_lock(p, MQ_LAYOUT_FLUSH, p->alone ? ALONE_MS : PATIENCE_MS);
	if (busy == -1) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOCK);
		return mq_partition_context(p, err);
	}
	p->alone = busy;
	rc = flush(p, upto, err);
	if (!busy)
		(void)mq_io_unlock(p->lock, MQ_LAYOUT_FLUSH);
	return rc == -1 ? mq_partition_context(p, err) : 0;
}
