/* SPDX-License-Identifier: ISC */
/*
 * The state: its counts, what each change of a run does to them, and what moves
 * its two ends.
 */
#include "group/share_partition.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/fail.h"
#include "group/share_partition_internal.h"

void
mq_share_partition_tally(struct mq_share_partition *p,
    const struct mq_share_range *r, int64_t n)
{
	p->records[r->state] += n;
	if (mq_share_range_finished(r))
		return;
	if (r->delivery_count > 0)
		p->delivered += n;
	if (r->state == MQ_SHARE_AVAILABLE && r->until_ms == 0)
		p->ready += n;
	else if (n > 0 && r->state == MQ_SHARE_AVAILABLE)
		p->next_due_ms = mq_min64(p->next_due_ms, r->until_ms);
	else if (n > 0)
		p->next_lock_ms = mq_min64(p->next_lock_ms, r->until_ms);
}

void
mq_share_partition_recount(struct mq_share_partition *p)
{
	size_t i;

	(void)memset(p->records, 0, sizeof(p->records));
	p->delivered = p->ready = 0;
	p->next_lock_ms = p->next_due_ms = INT64_MAX;
	for (i = 0; i < p->in_flight.count; i++)
		mq_share_partition_tally(p, &p->in_flight.at[i],
		    mq_share_range_length(&p->in_flight.at[i]));
}

void
mq_share_partition_init(struct mq_share_partition *p,
    const struct mq_share_config *config, int64_t start_offset)
{
	assert(config->record_lock_duration_ms > 0);
	assert(config->delivery_count_limit > 0 &&
	    config->delivery_count_limit <= MQ_SHARE_DELIVERY_COUNT_MAX);
	assert(config->max_record_locks > 0 &&
	    config->max_record_locks <= MQ_SHARE_WINDOW_MAX);
	assert(start_offset >= 0);
	(void)memset(p, 0, sizeof(*p));
	p->config = *config;
	p->start_offset = p->end_offset = start_offset;
	p->next_lock_ms = p->next_due_ms = INT64_MAX;
}

void
mq_share_partition_free(struct mq_share_partition *p)
{
	mq_share_ranges_free(&p->in_flight);
}

void
mq_share_partition_become(struct mq_share_partition *p, size_t i,
    enum mq_share_state state, uint64_t holder, int64_t until_ms, int count)
{
	struct mq_share_range *r = &p->in_flight.at[i];
	int64_t n = mq_share_range_length(r);

	mq_share_partition_tally(p, r, -n);
	r->state = (uint8_t)state;
	r->holder = holder;
	r->until_ms = until_ms;
	if (mq_share_range_finished(r))
		r->delivery_count = 0;
	else if (count < 0 || r->delivery_count < MQ_SHARE_DELIVERY_COUNT_MAX)
		r->delivery_count = (int16_t)(r->delivery_count + count);
	mq_share_partition_tally(p, r, n);
}

void
mq_share_partition_settle(struct mq_share_partition *p, size_t from, size_t to)
{
	struct mq_share_ranges *f = &p->in_flight;
	size_t done;

	mq_share_ranges_merge(f, from, to);
	for (done = 0; done < f->count; done++) {
		if (!mq_share_range_finished(&f->at[done]))
			break;
		mq_share_partition_tally(p, &f->at[done],
		    -mq_share_range_length(&f->at[done]));
	}
	mq_share_ranges_drop(f, done);
	p->start_offset = f->count != 0 ? f->at[0].first : p->end_offset;
	p->changes++;
}

/* ---- the log moves, the offsets are altered --------------------------------- */

/* Takes the runs from..to-1, which are forgotten, out of the counts. */
static void
untally(struct mq_share_partition *p, size_t from, size_t to)
{
	for (; from < to; from++)
		mq_share_partition_tally(p, &p->in_flight.at[from],
		    -mq_share_range_length(&p->in_flight.at[from]));
}

void
mq_share_partition_log_start(struct mq_share_partition *p, int64_t offset)
{
	struct mq_share_ranges *f = &p->in_flight;
	size_t i;

	if (offset <= p->start_offset)
		return;
	if (p->end_offset < offset)
		p->end_offset = offset;
	i = mq_share_ranges_find(f, offset);
	untally(p, 0, i);
	mq_share_ranges_drop(f, i);
	if (f->count != 0) {
		mq_share_partition_tally(p, &f->at[0], f->at[0].first - offset);
		f->at[0].first = offset;
	}
	mq_share_partition_settle(p, 0, 0);
}

int64_t
mq_share_partition_log_end(struct mq_share_partition *p, int64_t offset)
{
	struct mq_share_ranges *f = &p->in_flight;
	int64_t forgotten = p->end_offset - offset;
	size_t i;

	if (forgotten <= 0)
		return 0;
	i = mq_share_ranges_find(f, offset);
	if (i < f->count && f->at[i].first < offset) {
		mq_share_partition_tally(p, &f->at[i],
		    offset - 1 - f->at[i].last);
		f->at[i++].last = offset - 1;
	}
	untally(p, i, f->count);
	f->count = i;
	p->end_offset = offset;
	mq_share_partition_settle(p, 0, 0);
	return forgotten;
}

int
mq_share_partition_seek(struct mq_share_partition *p, int64_t offset,
    struct mq_err *err)
{
	assert(offset >= 0);
	if (p->records[MQ_SHARE_ACQUIRED] != 0)
		return mq_fail(err, MQ_INVALID_RECORD_STATE,
		    "%" PRId64 " records are acquired",
		    p->records[MQ_SHARE_ACQUIRED]);
	mq_share_ranges_clear(&p->in_flight);
	p->start_offset = p->end_offset = offset;
	mq_share_partition_recount(p);
	p->changes++;
	return 0;
}
