/* SPDX-License-Identifier: ISC */
/*
 * Random operations on a share-partition and on a model that keeps a struct for
 * every record, in the plainest way; after each the two must be the same.
 * MODEL_SEEDS and MODEL_SEED (the first) in the environment ask for more.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "share_model.h"
#include "share_text.h"
#include "test.h"

#define STEPS 5000

static int64_t log_end;
static struct mq_share_partition p;
static struct mq_share_ranges out;
static struct mq_buf saved, again;
static struct mq_err err;
static uint64_t seed;
static long operations;

static uint64_t
any(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % below;
}

/* ---- the two side by side ---------------------------------------------------- */

static int
same_record(const struct mq_share_range *x, const struct share_model_record *r)
{
	return x->state == r->state && x->delivery_count == r->count &&
	    x->holder == r->holder && x->until_ms == r->until_ms;
}

/* What was model.told is what the model tells, record by record. */
static int
same_told(void)
{
	size_t i, n = 0;
	int64_t o;

	for (i = 0; i < out.count; i++)
		for (o = out.at[i].first; o <= out.at[i].last; o++, n++) {
			CHECK(
			    n < model.told_count && model.told[n].offset == o);
			CHECK(same_record(&out.at[i], &model.told[n].r));
		}
	CHECK(n == model.told_count);
	return 0;
}

static int
same_counts(void)
{
	int64_t o, next = -1, state[MQ_SHARE_STATES] = { 0 };

	for (o = model.spso; o < model.speo; o++) {
		state[share_model_at(o)->state]++;
		if (share_model_at(o)->until_ms != 0 &&
		    (next == -1 || share_model_at(o)->until_ms < next))
			next = share_model_at(o)->until_ms;
	}
	CHECK(memcmp(state, p.records, sizeof(state)) == 0);
	CHECK(p.delivered == share_model_delivered());
	CHECK(mq_share_partition_next_deadline(&p) == next);
	CHECK(mq_share_partition_lag(&p, log_end) ==
	    log_end - model.spso - state[MQ_SHARE_ACKNOWLEDGED] -
		state[MQ_SHARE_ARCHIVED]);
	return 0;
}

static int
same(void)
{
	const struct mq_share_range *r = p.in_flight.at;
	int64_t o, last = model.spso - 1;
	size_t i;

	CHECK(p.start_offset == model.spso && p.end_offset == model.speo);
	for (i = 0; i < p.in_flight.count; i++, r++) {
		CHECK(r->first == last + 1 && r->last >= r->first);
		CHECK(i == 0 || !mq_share_ranges_same(r, r - 1));
		for (o = r->first; o <= r->last; o++)
			CHECK(same_record(r, share_model_at(o)));
		last = r->last;
	}
	CHECK(last == model.speo - 1);
	return same_counts();
}

/* Another process: what it loads is what was saved, and goes on from there. */
static int
reload(void)
{
	saved.len = again.len = 0;
	CHECK(mq_share_partition_save(&p, &saved, &err) == 0);
	mq_share_partition_free(&p);
	CHECK(mq_share_partition_load(&p, &model.config, saved.data, saved.len,
		  &err) == 0);
	CHECK(mq_share_partition_save(&p, &again, &err) == 0);
	CHECK(again.len == saved.len &&
	    memcmp(again.data, saved.data, saved.len) == 0);
	return 0;
}

static int
step_acquire(void)
{
	struct mq_share_acquire a = { .holder = 1 + any(4),
		.max_records = 1 + (int64_t)any(any(3) == 0 ? 40 : 4),
		.lock_ms = 1 + (int64_t)any(60),
		.log_end =
		    any(8) == 0 ? model.spso + (int64_t)any(30) : log_end };
	int64_t o;
	size_t i;

	if (a.log_end > log_end)
		a.log_end = log_end;
	CHECK(mq_share_partition_acquire(&p, model.now, &a, &out, &err) == 0);
	/* Nothing that was finished or is locked comes out of it. */
	for (i = 0; i < out.count; i++)
		for (o = out.at[i].first; o <= out.at[i].last; o++)
			CHECK(o >= model.speo ||
			    share_model_at(o)->state == MQ_SHARE_AVAILABLE);
	share_model_acquire(&a);
	return same_told();
}

/* Mostly of a run that somebody has; else of anything. */
static struct mq_share_ack
some_ack(void)
{
	struct mq_share_ack a = { .holder = 1 + any(4),
		.type = (enum mq_share_ack_type)any(5),
		.lock_ms = 1 + (int64_t)any(60) };
	const struct mq_share_range *r;
	int64_t n;

	a.first = a.last = model.spso - 2 +
	    (int64_t)any((uint64_t)(model.speo - model.spso + 4));
	if (a.first < 0)
		a.first = a.last = 0;
	r = mq_share_partition_find(&p, a.first);
	if (r != NULL && any(10) != 0) {
		n = mq_share_range_length(r);
		a.first = r->first + (int64_t)any((uint64_t)n);
		a.last =
		    a.first + (int64_t)any((uint64_t)(r->last - a.first + 1));
		if (any(3) == 0)
			a.first = r->first;
		if (any(3) == 0)
			a.last = r->last;
		if (r->holder != 0)
			a.holder = r->holder;
	}
	if (any(8) == 0)
		a.last += (int64_t)any(20);
	a.uncounted = any(3) == 0;
	a.available_at_ms = any(2) == 0 ? 0 : model.now + (int64_t)any(50);
	return a;
}

static int
step_acknowledge(void)
{
	struct mq_share_ack a = some_ack();
	uint64_t changes = p.changes;
	int rc;

	err.code = MQ_NONE;
	rc = mq_share_partition_acknowledge(&p, model.now, &a, &out, &err);
	CHECK(share_model_acknowledge(&a) == rc);
	if (rc == -1) {
		CHECK(err.code == MQ_INVALID_RECORD_STATE);
		CHECK(p.changes == changes);
		return 0;
	}
	return a.type == MQ_SHARE_RELEASE ? same_told() : 0;
}

static int
step_locks(void)
{
	uint64_t holder = 1 + any(4), by = any(5);

	if (any(3) != 0) {
		CHECK(mq_share_partition_expire(&p, model.now, by, &out,
			  &err) == 0);
		share_model_end_locks(0, by);
		return same_told();
	}
	if (by == holder)
		by = 9;
	CHECK(mq_share_partition_holder_gone(&p, model.now, holder, by, &out,
		  &err) == 0);
	share_model_end_locks(holder, by);
	return same_told();
}

/* What seldom happens: the log moves, the offsets are altered. */
static int
step_seldom(void)
{
	int64_t to;

	switch (any(6)) {
	case 0:
		to = model.spso + (int64_t)any(30);
		if (to > log_end)
			to = log_end;
		mq_share_partition_log_start(&p, to);
		model.spso = to > model.spso ? to : model.spso;
		model.speo = model.speo < model.spso ? model.spso : model.speo;
		break;
	case 1:
		if (any(4) != 0 || log_end - (int64_t)any(40) < 40)
			break;
		log_end -= (int64_t)any(40);
		to = model.speo > log_end ? model.speo - log_end : 0;
		CHECK(mq_share_partition_log_end(&p, log_end) == to);
		model.speo = model.speo > log_end ? log_end : model.speo;
		model.spso = model.spso > model.speo ? model.speo : model.spso;
		break;
	case 2:
		if (any(10) != 0)
			break;
		to = log_end - (int64_t)any(40);
		if (to < 0)
			break;
		if (p.records[MQ_SHARE_ACQUIRED] != 0) {
			CHECK(mq_share_partition_seek(&p, to, &err) == -1);
			break;
		}
		CHECK(mq_share_partition_seek(&p, to, &err) == 0);
		model.spso = model.speo = to;
		break;
	default:
		return reload();
	}
	return 0;
}

static int
step(void)
{
	uint64_t which = any(100);
	int64_t spso_before = model.spso, speo_before = model.speo;
	int rc;

	operations++;
	model.told_count = 0;
	model.now += any(3) == 0 ? (int64_t)any(20) : 0;
	if (any(4) == 0 && log_end - model.spso < 300)
		log_end += (int64_t)any(20);
	if (which < 35)
		rc = step_acquire();
	else if (which < 80)
		rc = step_acknowledge();
	else if (which < 92)
		rc = step_locks();
	else
		rc = step_seldom();
	share_model_advance();
	if (rc == 0 && which < 92)
		rc = model.spso < spso_before || model.speo < speo_before;
	return rc != 0 ? rc : same();
}

static int
run(uint64_t number)
{
	int n;

	seed = (number + 1) * 0x9e3779b97f4a7c15u;
	model.now = 1000;
	model.spso = model.speo = (int64_t)any(50);
	log_end = model.spso + (int64_t)any(50);
	model.config.record_lock_duration_ms = 1 + (int64_t)any(60);
	model.config.delivery_count_limit = 1 + (int32_t)any(4);
	model.config.max_record_locks = 1 + (int32_t)any(60);
	model.config.dead_letters = any(2) == 0;
	mq_share_partition_free(&p);
	mq_share_partition_init(&p, &model.config, model.spso);
	for (n = 0; n < STEPS; n++)
		if (step() != 0) {
			printf("# seed %" PRIu64 ", step %d: %s\n", number, n,
			    share_text(&p.in_flight));
			return 1;
		}
	return 0;
}

static int
same_as_model(void)
{
	const char *first = getenv("MODEL_SEED"),
		   *count = getenv("MODEL_SEEDS");
	uint64_t n = first != NULL ? strtoull(first, NULL, 10) : 0;
	uint64_t end = n + (count != NULL ? strtoull(count, NULL, 10) : 300);

	for (; n < end; n++)
		if (run(n) != 0)
			return 1;
	printf("# %ld operations\n", operations);
	return 0;
}

int
main(void)
{
	RUN(same_as_model, "a share-partition does what a plain model does");
	mq_share_partition_free(&p);
	mq_share_ranges_free(&out);
	mq_buf_free(&saved);
	mq_buf_free(&again);
	return test_done();
}
