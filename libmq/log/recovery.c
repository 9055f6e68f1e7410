/* SPDX-License-Identifier: ISC */
#include "log/recovery.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"
#include "log/append.h"
#include "log/checkpoint.h"
#include "log/layout.h"
#include "log/offset_index.h"
#include "log/swap.h"
#include "log/time_index.h"

struct recovery {
	struct mq_partition *p;
	struct mq_partition_tail *tail; /* what is found */
	struct mq_segment_list list;
	struct mq_scan scan;
	int64_t flushed; /* the point of no return, -1 not known */
	int64_t was_end; /* as it was published, -1 not known */
	int start_known; /* boolean: the log's start was written down */
	int has_start;	 /* boolean: in its checkpoint */
	int has_epoch;	 /* boolean: there is a leader-epoch checkpoint */
	int repair;	 /* boolean */
	int lost_cache;	 /* boolean: a sync may have failed; read the disk */
};

/* The batch at hand of segment i is bad (err says why): cut, or refuse. */
static int
torn(struct recovery *r, const struct mq_segment *s, size_t i,
    struct mq_err *err)
{
	int64_t end = r->tail->log_end;
	struct mq_err why = *err;
	int rc;

	if (err->code != MQ_CORRUPT_MESSAGE &&
	    err->code != MQ_UNSUPPORTED_COMPRESSION_TYPE)
		return -1; /* it could not be read */
	if (r->flushed >= 0)
		rc = end < r->flushed;
	else if (i + 1 < r->list.count)
		rc = 1;
	else if ((rc = mq_scan_resync(&r->scan, end, err)) == -1)
		return -1;
	if (rc == 0)
		return 0;
	*err = why;
	(void)mq_fail_context(err, MQ_LAYOUT_LOG, s->base);
	err->code = MQ_CORRUPT_MESSAGE;
	return -1;
}

/* Walks the segment's batches from `at`; the tail follows. */
static int
scan_segment(struct recovery *r, const struct mq_segment *s, size_t i,
    int64_t at, struct mq_err *err)
{
	struct mq_partition_tail *t = r->tail;
	struct mq_batch b;
	int rc;

	mq_scan_start(&r->scan, s->log, at, at == 0 ? s->base : -1);
	while ((rc = mq_scan_next(&r->scan, &b, err)) == 1) {
		if (r->repair)
			mq_append_index(s, t, &b, r->scan.batch_at,
			    r->p->config.index_interval_bytes);
		if (!r->has_epoch && b.leader_epoch > t->leader_epoch)
			t->leader_epoch = b.leader_epoch;
		t->last_batch = r->scan.batch_at;
		t->active_size = r->scan.at;
		t->log_end = mq_batch_last_offset(&b) + 1;
	}
	if (rc == 0 && r->scan.torn != 0)
		rc = mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "byte %lld: the file ends in the middle of a batch",
		    (long long)t->active_size);
	/* Where batches may be missing, the next segment does not tell. */
	if (rc == 0 && r->scan.zeros && i + 1 < r->list.count)
		rc = mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "byte %lld: zeros up to the end of the file",
		    (long long)t->active_size);
	if (rc == -1)
		return torn(r, s, i, err) == -1 ? -1 : 1;
	return 0;
}

/* Brings the indexes to where the scan starts. */
static int
rewind_indexes(struct recovery *r, const struct mq_segment *s, int64_t at,
    struct mq_err *err)
{
	struct mq_partition_tail *t = r->tail;
	int64_t from = s->base, offset;
	uint8_t header[MQ_BATCH_HEADER];
	struct mq_batch b;
	int rc;

	if (at != 0 &&
	    mq_io_pread(s->log, header, sizeof(header), at) ==
		(ssize_t)sizeof(header) &&
	    mq_batch_peek(header, sizeof(header), &b, err) == 1)
		from = b.base_offset;
	if (mq_offset_index_cut(s->index, s->base, at, err) == -1 ||
	    mq_time_index_cut(s->time_index, s->base, from, err) == -1)
		return -1;
	rc = mq_time_index_last(s->time_index, s->base, &t->max_timestamp,
	    &offset, err);
	if (rc == 1)
		t->max_timestamp_offset = offset;
	/* The entry of the batch at `at` is made again. */
	t->unindexed = at != 0 ? r->p->config.index_interval_bytes + 1 : 0;
	return rc == -1 ? -1 : 0;
}

static void
start_segment(struct recovery *r, const struct mq_segment *s, int64_t at)
{
	struct mq_partition_tail *t = r->tail;
	uint8_t header[MQ_BATCH_HEADER];
	struct mq_err ignored;
	struct mq_batch b;

	if (t->log_end < s->base)
		t->log_end = s->base;
	t->active_base = s->base;
	t->active_size = at;
	t->last_batch = -1;
	t->unindexed = 0;
	t->max_timestamp = t->max_timestamp_offset = t->first_timestamp = -1;
	t->created_ms = mq_clock_wall_ms();
	if (mq_io_pread(s->log, header, sizeof(header), 0) ==
		(ssize_t)sizeof(header) &&
	    mq_batch_peek(header, sizeof(header), &b, &ignored) == 1)
		t->first_timestamp = b.max_timestamp;
}

/* Cuts the segment where its whole batches end, and makes it sure. */
static int
settle_segment(struct recovery *r, const struct mq_segment *s,
    struct mq_err *err)
{
	int64_t size;

	if (mq_io_size(s->log, &size) == -1 ||
	    (size != r->tail->active_size &&
		mq_io_truncate(s->log, r->tail->active_size) == -1) ||
	    mq_io_datasync(s->log) == -1 || mq_io_datasync(s->index) == -1 ||
	    mq_io_datasync(s->time_index) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOG ": recovering", s->base);
	return 0;
}

static int
sync_names(struct recovery *r, struct mq_err *err)
{
	if (r->repair && mq_io_sync(r->p->dir) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the partition's directory");
	return 0;
}

/* What was written behind a cut.  First of all, so that it can be done again. */
static int
delete_from(struct recovery *r, size_t i, struct mq_err *err)
{
	if (!r->repair || i == r->list.count)
		return 0;
	for (; i < r->list.count; i++)
		if (mq_segment_delete(r->p->dir, r->list.base[i], err) == -1)
			return -1;
	return sync_names(r, err);
}

/* One segment: 0 whole, 1 its end was cut, -1. */
static int
recover_segment(struct recovery *r, size_t i, struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	int64_t at = 0;
	int rc, cut;

	if (mq_segment_open(&s, r->p->dir, r->list.base[i],
		r->repair ? MQ_SEGMENT_WRITE : MQ_SEGMENT_READ, err) == -1)
		return -1;
	if (r->lost_cache)
		mq_io_forget(s.log);
	if (r->flushed > s.base)
		at = mq_segment_near(&s, r->flushed - 1);
	start_segment(r, &s, at);
	rc = r->repair ? rewind_indexes(r, &s, at, err) : 0;
	if (rc == 0)
		rc = cut = scan_segment(r, &s, i, at, err);
	if (rc == 1)
		rc = delete_from(r, i + 1, err) == -1 ? -1 : 1;
	if (rc != -1 && r->repair && (rc = settle_segment(r, &s, err)) == 0)
		rc = cut;
	if (rc == 0 && r->repair && i + 1 < r->list.count &&
	    r->list.base[i + 1] == r->tail->log_end &&
	    r->tail->max_timestamp_offset != -1)
		rc = mq_time_index_add(s.time_index, s.base,
		    r->tail->max_timestamp, r->tail->max_timestamp_offset, err);
	mq_segment_close(&s);
	return rc;
}

/* What the other files of the partition say. */
static int
gather(struct recovery *r, struct mq_err *err)
{
	struct mq_partition *p = r->p;
	struct mq_partition_tail *t = r->tail, old;
	struct mq_partition_flushed f;
	struct mq_checkpoint_line line = { 0, 0 };
	size_t n;
	int rc;

	(void)memset(t, 0, sizeof(*t));
	r->flushed = r->was_end = -1;
	r->lost_cache = 1;
	if (p->state != -1 &&
	    mq_partition_state_flushed(p->state, &f, err) == 1)
		r->flushed = f.offset;
	if (p->state != -1 &&
	    mq_partition_state_tail(p->state, &old, err) == 1) {
		r->was_end = old.log_end;
		r->lost_cache =
		    memcmp(old.token, p->token, sizeof(old.token)) != 0;
		t->config_epoch = old.config_epoch;
		t->generation = old.generation;
		t->log_start = old.log_start;
		r->start_known = !r->lost_cache; /* else it may be too old */
	}
	if (mq_segment_list(p->dir, &r->list, err) == -1 ||
	    mq_swap_hide(p->dir, &r->list, err) == -1 ||
	    mq_swap_sparse(p->dir, &t->sparse, err) == -1)
		return -1;
	r->scan.sparse = t->sparse;
	/* One that is damaged is made again, as one that is missing. */
	rc = mq_checkpoint_read(p->dir, MQ_LAYOUT_LOG_START, &line, 1, &n, err);
	if (rc == -1 && err->code != MQ_CORRUPT_MESSAGE)
		return -1;
	r->has_start = rc == 1 && n > 0;
	if (r->has_start)
		r->start_known = 1;
	else
		line.second = 0;
	if (line.second > t->log_start)
		t->log_start = line.second;
	return 0;
}

/* The newest epoch of leader-epoch-checkpoint, where it can be read. */
static int
find_epoch(struct recovery *r, struct mq_err *err)
{
	struct mq_checkpoint_line *line;
	size_t n, max = 4096;
	int rc;

	if ((line = calloc(max, sizeof(*line))) == NULL)
		return mq_fail_memory(err);
	rc =
	    mq_checkpoint_read(r->p->dir, MQ_LAYOUT_EPOCHS, line, max, &n, err);
	r->has_epoch = rc == 1 && n > 0;
	if (r->has_epoch)
		r->tail->leader_epoch =
		    (int32_t)line[(n < max ? n : max) - 1].first;
	free(line);
	return rc == -1 && err->code != MQ_CORRUPT_MESSAGE ? -1 : 0;
}

/*
 * Whether segment i goes on where the one before it ends: 1; 0 it was written
 * behind what is lost, and goes too; -1 what is missing was confirmed.
 */
static int
goes_on(struct recovery *r, size_t i, struct mq_err *err)
{
	int64_t end = r->tail->log_end, base = r->list.base[i];

	/* Compaction takes the last batches of a segment, too. */
	if (base > end && base <= r->tail->sparse)
		end = r->tail->log_end = base;
	if (base == end)
		return 1;
	if (r->flushed >= 0 && end >= r->flushed)
		return 0;
	return mq_fail(err, MQ_CORRUPT_MESSAGE,
	    MQ_LAYOUT_LOG ": it begins where offset %" PRId64 " is due", base,
	    end);
}

static int
recover_segments(struct recovery *r, struct mq_err *err)
{
	struct mq_partition_tail *t = r->tail;
	size_t i;
	int rc = 0;

	if (r->list.count == 0)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "it has no segment (NNN.log)");
	/* A roll or a recovery before this one may not have got that far. */
	if (sync_names(r, err) == -1)
		return -1;
	/* Where that is known, it is on disk before a segment is deleted. */
	if (r->start_known && t->log_start < r->list.base[0])
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    MQ_LAYOUT_LOG ": it begins behind the log's start at "
				  "%" PRId64,
		    r->list.base[0], t->log_start);
	if (!r->start_known && t->log_start < r->list.base[0])
		t->log_start = r->list.base[0];
	i = r->flushed > 0 ? mq_segment_list_find(&r->list, r->flushed - 1) : 0;
	t->log_end = r->list.base[i];
	for (; i < r->list.count && rc == 0; i++) {
		if ((rc = goes_on(r, i, err)) == 1)
			rc = recover_segment(r, i, err);
		else if (rc == 0)
			rc = delete_from(r, i, err) == -1 ? -1 : 1;
	}
	if (rc == -1)
		return -1;
	if (r->flushed > t->log_end)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    MQ_LAYOUT_LOG ": it ends before offset %" PRId64
				  ", and records up to offset %" PRId64
				  " were confirmed",
		    t->active_base, t->log_end, r->flushed - 1);
	if (t->log_start > t->log_end)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "the log ends at offset %" PRId64
		    ", before its start at %" PRId64,
		    t->log_end, t->log_start);
	return 0;
}

/* The checkpoints that could not be read. */
static int
mend_checkpoints(struct recovery *r, struct mq_err *err)
{
	struct mq_checkpoint_line epoch = { r->tail->leader_epoch,
		r->tail->log_start };
	struct mq_checkpoint_line start = { 0, r->tail->log_start };

	if (!r->repair)
		return 0;
	if (!r->has_epoch &&
	    mq_checkpoint_write(r->p->dir, MQ_LAYOUT_EPOCHS, &epoch, 1, err) ==
		-1)
		return -1;
	return r->has_start ?
	    0 :
	    mq_checkpoint_write(r->p->dir, MQ_LAYOUT_LOG_START, &start, 1, err);
}

static int
recover(struct recovery *r, struct mq_err *err)
{
	struct mq_partition *p = r->p;
	struct mq_partition_tail *t = r->tail;
	int rc;

	rc = gather(r, err);
	if (rc == 0)
		rc = find_epoch(r, err);
	if (rc == 0)
		rc = recover_segments(r, err);
	if (rc == 0)
		rc = mend_checkpoints(r, err);
	mq_segment_list_free(&r->list);
	mq_scan_free(&r->scan);
	if (rc == -1)
		return -1;
	(void)memcpy(t->token, p->token, sizeof(t->token));
	t->flush_messages = p->config.flush_messages;
	if (t->log_end < r->was_end || r->was_end == -1)
		t->generation++;
	return 0;
}

int
mq_recovery_run(struct mq_partition *p, struct mq_partition_tail *t,
    struct mq_err *err)
{
	struct mq_partition_flushed f;
	struct recovery r;

	if (mq_swap_recover(p, err) == -1)
		return -1;
	/* Once without touching anything: what is refused stays as it is. */
	if (mq_recovery_look(p, t, err) == -1)
		return -1;
	(void)memset(&r, 0, sizeof(r));
	r.p = p;
	r.tail = t;
	r.repair = 1;
	if (recover(&r, err) == -1) {
		mq_partition_give_up(p);
		return -1;
	}
	f.offset = t->log_end;
	f.at_ms = mq_clock_wall_ms();
	/* The tail last: until it is there, this is done again. */
	if (mq_partition_state_set_flushed(p->state, &f, err) == -1 ||
	    mq_partition_state_set_tail(p->state, t, err) == -1)
		return -1;
	mq_segment_close(&p->active);
	p->active_generation = t->generation;
	return mq_segment_open(&p->active, p->dir, t->active_base,
	    MQ_SEGMENT_WRITE, err);
}

int
mq_recovery_look(struct mq_partition *p, struct mq_partition_tail *t,
    struct mq_err *err)
{
	struct recovery r;

	(void)memset(&r, 0, sizeof(r));
	r.p = p;
	r.tail = t;
	return recover(&r, err);
}
