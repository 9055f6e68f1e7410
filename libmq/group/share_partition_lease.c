/* SPDX-License-Identifier: ISC */
/*
 * Who has which record until when: acquire, acknowledge, and locks that end.
 * Memory is reserved before the first change, so that an operation that fails
 * has changed nothing.
 */
#include <assert.h>
#include <inttypes.h>

#include "base/fail.h"
#include "group/share_partition.h"
#include "group/share_partition_internal.h"

/* now + ms, at most the end of time. */
static int64_t
later(int64_t now, int64_t ms)
{
	return now > INT64_MAX - ms ? INT64_MAX : now + ms;
}

struct acquiring {
	const struct mq_share_acquire *want;
	struct mq_share_ranges *out;
	int64_t now;
	int64_t until_ms; /* when the new locks are over */
	int64_t left;	  /* how many records may still be given */
};

/* How many records may be in flight for the first time. */
static int64_t
first_deliveries(const struct mq_share_partition *p)
{
	return p->config.max_record_locks - p->delivered;
}

/* Locks run i for the one who acquires; room in `out` was reserved. */
static void
give(struct mq_share_partition *p, struct acquiring *a, size_t i)
{
	mq_share_partition_become(p, i, MQ_SHARE_ACQUIRED, a->want->holder,
	    a->until_ms, 1);
	mq_share_ranges_push(a->out, &p->in_flight.at[i]);
	a->left -= mq_share_range_length(&p->in_flight.at[i]);
}

/* How many of an Available run's first records can be given. */
static int64_t
givable(const struct mq_share_partition *p, const struct acquiring *a,
    const struct mq_share_range *r)
{
	int64_t n;

	if (r->until_ms > a->now)
		return 0;
	n = mq_min64(mq_share_range_length(r), a->left);
	n = mq_min64(n, a->want->log_end - r->first);
	return r->delivery_count == 0 ? mq_min64(n, first_deliveries(p)) : n;
}

/*
 * Gives what is Available again.  Two runs may be split: one by the cap on
 * first deliveries, and the last by what is left or by the log's end.
 */
static int
acquire_again(struct mq_share_partition *p, struct acquiring *a)
{
	struct mq_share_ranges *f = &p->in_flight;
	int64_t n, due = INT64_MAX;
	size_t i, from = SIZE_MAX, to = 0;
	int rc = 0;

	if (p->records[MQ_SHARE_AVAILABLE] == 0 ||
	    (p->ready == 0 && a->now < p->next_due_ms))
		return 0;
	for (i = 0; i < f->count && a->left > 0; i++) {
		if (f->at[i].state != MQ_SHARE_AVAILABLE)
			continue;
		if ((n = givable(p, a, &f->at[i])) <= 0) {
			if (f->at[i].until_ms != 0)
				due = mq_min64(due, f->at[i].until_ms);
			continue;
		}
		if ((rc = mq_share_ranges_reserve(a->out, 1)) == -1)
			break;
		if (n < mq_share_range_length(&f->at[i]))
			mq_share_ranges_split(f, i, f->at[i].first + n);
		give(p, a, i);
		from = from < i ? from : i;
		to = i;
	}
	if (i == f->count)
		p->next_due_ms = due;
	if (from != SIZE_MAX)
		mq_share_partition_settle(p, from, to);
	return rc;
}

/* Gives what was never acquired, from SPEO on. */
static int
acquire_new(struct mq_share_partition *p, struct acquiring *a)
{
	struct mq_share_ranges *f = &p->in_flight;
	struct mq_share_range r = { .state = MQ_SHARE_AVAILABLE };
	int64_t n, window;

	/* Finished runs are counted too: with the unfinished records they
	   bound how many runs there can ever be, however they are split. */
	window = MQ_SHARE_WINDOW_MAX - (int64_t)f->count -
	    p->records[MQ_SHARE_AVAILABLE] - p->records[MQ_SHARE_ACQUIRED];
	n = mq_min64(mq_min64(a->left, window), first_deliveries(p));
	n = mq_min64(n, a->want->log_end - p->end_offset);
	if (n <= 0)
		return 0;
	r.first = p->end_offset;
	r.last = r.first + n - 1;
	if (mq_share_ranges_reserve(a->out, 1) == -1)
		return -1;
	mq_share_ranges_push(f, &r);
	mq_share_partition_tally(p, &r, n);
	p->end_offset += n;
	give(p, a, f->count - 1);
	mq_share_partition_settle(p, f->count - 1, f->count - 1);
	return 0;
}

int
mq_share_partition_acquire(struct mq_share_partition *p, int64_t now,
    const struct mq_share_acquire *want, struct mq_share_ranges *out,
    struct mq_err *err)
{
	struct acquiring a = { .want = want, .out = out, .now = now };

	assert(want->holder != 0 && want->lock_ms >= 0 && want->log_end >= 0);
	a.left = want->max_records;
	a.until_ms = later(now,
	    want->lock_ms != 0 ? want->lock_ms :
				 p->config.record_lock_duration_ms);
	mq_share_ranges_clear(out);
	if (mq_share_ranges_reserve(&p->in_flight, 3) == -1)
		return mq_fail_memory(err);
	/* What was given when memory ran out is given. */
	if ((acquire_again(p, &a) == -1 || acquire_new(p, &a) == -1) &&
	    out->count == 0)
		return mq_fail_memory(err);
	return 0;
}

/* ---- acknowledge, expire --------------------------------------------------- */

static int
not_acquired(struct mq_err *err, int64_t offset, const char *why)
{
	return mq_fail(err, MQ_INVALID_RECORD_STATE,
	    "offset %" PRId64 " is not acquired by this holder: %s", offset,
	    why);
}

/* The runs *from..*to hold what the holder speaks of, and all of it is its. */
static int
check_lease(const struct mq_share_partition *p, int64_t now,
    const struct mq_share_ack *ack, size_t *from, size_t *to,
    struct mq_err *err)
{
	int ends = ack->type != MQ_SHARE_RELEASE || !ack->uncounted;
	const struct mq_share_range *r;
	int64_t at;
	size_t i;

	if (ack->first < p->start_offset)
		return not_acquired(err, ack->first, "it is finished");
	if (ack->last >= p->end_offset)
		return not_acquired(err, ack->last, "it is not in flight");
	*from = i = mq_share_ranges_find(&p->in_flight, ack->first);
	for (;; i++) {
		r = &p->in_flight.at[i];
		at = r->first > ack->first ? r->first : ack->first;
		if (r->state != MQ_SHARE_ACQUIRED)
			return not_acquired(err, at,
			    mq_share_state_name(r->state));
		if (r->holder != ack->holder)
			return not_acquired(err, at, "another has it");
		if (ends && r->until_ms <= now)
			return not_acquired(err, at, "its lock is over");
		if (r->last >= ack->last)
			break;
	}
	*to = i;
	return 0;
}

/* Tells of run i at its delivery limit; `state` is what becomes of it. */
static void
report(const struct mq_share_partition *p, size_t i, enum mq_share_state state,
    struct mq_share_ranges *out)
{
	struct mq_share_range r = p->in_flight.at[i];

	r.state = (uint8_t)state;
	mq_share_ranges_push(out, &r);
}

/*
 * The delivery of run i has come to nothing.  At the limit it is archived, or
 * kept by `by` for the dead letter.  Room in `out` was reserved.  Whether
 * anything changed.
 */
static int
come_back(struct mq_share_partition *p, size_t i, int64_t now, uint64_t by,
    int64_t available_at_ms, struct mq_share_ranges *out)
{
	const struct mq_share_range *r = &p->in_flight.at[i];

	if (r->delivery_count < p->config.delivery_count_limit) {
		mq_share_partition_become(p, i, MQ_SHARE_AVAILABLE, 0,
		    available_at_ms, 0);
	} else if (!p->config.dead_letters) {
		report(p, i, MQ_SHARE_ARCHIVED, out);
		mq_share_partition_become(p, i, MQ_SHARE_ARCHIVED, 0, 0, 0);
	} else if (by != 0) {
		mq_share_partition_become(p, i, MQ_SHARE_ACQUIRED, by,
		    later(now, p->config.record_lock_duration_ms), 0);
		report(p, i, MQ_SHARE_ACQUIRED, out);
	} else {
		return 0;
	}
	return 1;
}

static void
acknowledge_run(struct mq_share_partition *p, size_t i, int64_t now,
    const struct mq_share_ack *ack, struct mq_share_ranges *out)
{
	int64_t ms = ack->lock_ms;

	switch (ack->type) {
	case MQ_SHARE_ACCEPT:
		mq_share_partition_become(p, i, MQ_SHARE_ACKNOWLEDGED, 0, 0, 0);
		break;
	case MQ_SHARE_GAP:
	case MQ_SHARE_REJECT:
		mq_share_partition_become(p, i, MQ_SHARE_ARCHIVED, 0, 0, 0);
		break;
	case MQ_SHARE_RENEW:
		if (ms == 0)
			ms = p->config.record_lock_duration_ms;
		mq_share_partition_become(p, i, MQ_SHARE_ACQUIRED, ack->holder,
		    later(now, ms), 0);
		break;
	case MQ_SHARE_RELEASE:
		if (ack->uncounted) {
			mq_share_partition_become(p, i, MQ_SHARE_AVAILABLE, 0,
			    ack->available_at_ms, -1);
		} else {
			(void)come_back(p, i, now, ack->holder,
			    ack->available_at_ms, out);
		}
		break;
	}
}

int
mq_share_partition_acknowledge(struct mq_share_partition *p, int64_t now,
    const struct mq_share_ack *ack, struct mq_share_ranges *out,
    struct mq_err *err)
{
	struct mq_share_ranges *f = &p->in_flight;
	size_t i, from = 0, to = 0;

	assert(ack->holder != 0 && ack->first <= ack->last);
	assert(ack->lock_ms >= 0 && ack->available_at_ms >= 0);
	if (check_lease(p, now, ack, &from, &to, err) == -1)
		return -1;
	if (mq_share_ranges_reserve(f, 2) == -1)
		return mq_fail_memory(err);
	if (ack->type == MQ_SHARE_RELEASE) {
		mq_share_ranges_clear(out);
		if (mq_share_ranges_reserve(out, to - from + 1) == -1)
			return mq_fail_memory(err);
	}
	if (ack->last < f->at[to].last)
		mq_share_ranges_split(f, to, ack->last + 1);
	if (ack->first > f->at[from].first) {
		mq_share_ranges_split(f, from, ack->first);
		from++;
		to++;
	}
	for (i = from; i <= to; i++)
		acknowledge_run(p, i, now, ack, out);
	mq_share_partition_settle(p, from, to);
	return 0;
}

/* Ends the holder's locks, or where that is 0 those that are over. */
static int
end_locks(struct mq_share_partition *p, int64_t now, uint64_t holder,
    uint64_t by, struct mq_share_ranges *out, struct mq_err *err)
{
	struct mq_share_ranges *f = &p->in_flight;
	struct mq_share_range *r;
	size_t i, from = SIZE_MAX, to = 0;
	int rc = 0;

	p->next_lock_ms = INT64_MAX;
	for (i = 0; i < f->count; i++) {
		r = &f->at[i];
		if (r->state != MQ_SHARE_ACQUIRED)
			continue;
		if (holder != 0 ? r->holder == holder : r->until_ms <= now) {
			if (mq_share_ranges_reserve(out, 1) == -1) {
				rc = mq_fail_memory(err);
			} else if (come_back(p, i, now, by, 0, out)) {
				from = from < i ? from : i;
				to = i;
				continue;
			}
		}
		p->next_lock_ms = mq_min64(p->next_lock_ms, r->until_ms);
	}
	if (from != SIZE_MAX)
		mq_share_partition_settle(p, from, to);
	return rc;
}

int
mq_share_partition_expire(struct mq_share_partition *p, int64_t now,
    uint64_t by, struct mq_share_ranges *out, struct mq_err *err)
{
	mq_share_ranges_clear(out);
	if (now < p->next_lock_ms)
		return 0;
	return end_locks(p, now, 0, by, out, err);
}

int
mq_share_partition_holder_gone(struct mq_share_partition *p, int64_t now,
    uint64_t holder, uint64_t by, struct mq_share_ranges *out,
    struct mq_err *err)
{
	assert(holder != 0 && by != holder);
	mq_share_ranges_clear(out);
	if (p->records[MQ_SHARE_ACQUIRED] == 0)
		return 0;
	return end_locks(p, now, holder, by, out, err);
}
