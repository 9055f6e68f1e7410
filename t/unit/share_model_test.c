/* SPDX-License-Identifier: ISC */
/*
 * Random operations on a share-partition and on a model that keeps a struct for
 * every record, in the plainest way; after each the two must be the same.
 * MODEL_SEEDS and MODEL_SEED (the first) in the environment ask for more.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "group/share_partition.h"
#include "share_text.h"
#include "test.h"

#define RING  4096 /* more than what is ever in flight */
#define STEPS 5000

struct record {
	uint8_t state;
	int16_t count;
	uint64_t holder;
	int64_t until_ms;
};

struct told {
	int64_t offset;
	struct record r;
};

static struct record ring[RING];
static struct told told[RING];
static size_t told_count;
static int64_t spso, speo, log_end, now;
static struct mq_share_config config;
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

static struct record *
at(int64_t offset)
{
	return &ring[offset % RING];
}

static void
tell(int64_t offset, struct record r)
{
	told[told_count].offset = offset;
	told[told_count++].r = r;
}

static int64_t
delivered(void)
{
	int64_t o, n = 0;

	for (o = spso; o < speo; o++)
		n += at(o)->state <= MQ_SHARE_ACQUIRED && at(o)->count > 0;
	return n;
}

static void
advance(void)
{
	while (spso < speo && at(spso)->state >= MQ_SHARE_ACKNOWLEDGED)
		spso++;
}

/* ---- the model's operations -------------------------------------------------- */

static void
model_lock(int64_t o, uint64_t holder, int64_t lock_ms)
{
	struct record *r = at(o);

	r->state = MQ_SHARE_ACQUIRED;
	r->count++;
	r->holder = holder;
	r->until_ms = now + lock_ms;
	tell(o, *r);
}

static void
model_acquire(const struct mq_share_acquire *a)
{
	const struct record fresh = { .state = MQ_SHARE_AVAILABLE };
	int64_t o, left = a->max_records;

	for (o = spso; o < speo && o < a->log_end && left > 0; o++) {
		if (at(o)->state != MQ_SHARE_AVAILABLE || at(o)->until_ms > now)
			continue;
		if (at(o)->count == 0 && delivered() >= config.max_record_locks)
			continue;
		model_lock(o, a->holder, a->lock_ms);
		left--;
	}
	while (left-- > 0 && speo < a->log_end &&
	    delivered() < config.max_record_locks) {
		*at(speo) = fresh;
		model_lock(speo++, a->holder, a->lock_ms);
	}
}

static void
model_finish(int64_t o, uint8_t state)
{
	const struct record done = { .state = state };

	*at(o) = done;
}

static void
model_back(int64_t o, uint64_t by, int64_t available_at)
{
	struct record *r = at(o);

	if (r->count < config.delivery_count_limit) {
		r->state = MQ_SHARE_AVAILABLE;
		r->holder = 0;
		r->until_ms = available_at;
	} else if (!config.dead_letters) {
		r->state = MQ_SHARE_ARCHIVED;
		tell(o, *r);
		model_finish(o, MQ_SHARE_ARCHIVED);
	} else if (by != 0) {
		r->holder = by;
		r->until_ms = now + config.record_lock_duration_ms;
		tell(o, *r);
	}
}

static int
model_acknowledge(const struct mq_share_ack *a)
{
	int undone = a->type == MQ_SHARE_RELEASE && a->uncounted;
	int64_t o;

	for (o = a->first; o <= a->last; o++)
		if (o < spso || o >= speo ||
		    at(o)->state != MQ_SHARE_ACQUIRED ||
		    at(o)->holder != a->holder ||
		    (at(o)->until_ms <= now && !undone))
			return -1;
	for (o = a->first; o <= a->last; o++) {
		if (a->type == MQ_SHARE_ACCEPT) {
			model_finish(o, MQ_SHARE_ACKNOWLEDGED);
		} else if (a->type == MQ_SHARE_RENEW) {
			at(o)->until_ms = now + a->lock_ms;
		} else if (a->type != MQ_SHARE_RELEASE) {
			model_finish(o, MQ_SHARE_ARCHIVED);
		} else if (a->uncounted) {
			at(o)->state = MQ_SHARE_AVAILABLE;
			at(o)->holder = 0;
			at(o)->until_ms = a->available_at_ms;
			at(o)->count--;
		} else {
			model_back(o, a->holder, a->available_at_ms);
		}
	}
	return 0;
}

static void
model_end_locks(uint64_t holder, uint64_t by)
{
	int64_t o;

	for (o = spso; o < speo; o++)
		if (at(o)->state == MQ_SHARE_ACQUIRED &&
		    (holder != 0 ? at(o)->holder == holder :
				   at(o)->until_ms <= now))
			model_back(o, by, 0);
}

/* ---- the two side by side ---------------------------------------------------- */

static int
same_record(const struct mq_share_range *x, const struct record *r)
{
	return x->state == r->state && x->delivery_count == r->count &&
	    x->holder == r->holder && x->until_ms == r->until_ms;
}

/* What was told is what the model tells, record by record. */
static int
same_told(void)
{
	size_t i, n = 0;
	int64_t o;

	for (i = 0; i < out.count; i++)
		for (o = out.at[i].first; o <= out.at[i].last; o++, n++) {
			CHECK(n < told_count && told[n].offset == o);
			CHECK(same_record(&out.at[i], &told[n].r));
		}
	CHECK(n == told_count);
	return 0;
}

static int
same_counts(void)
{
	int64_t o, next = -1, state[MQ_SHARE_STATES] = { 0 };

	for (o = spso; o < speo; o++) {
		state[at(o)->state]++;
		if (at(o)->until_ms != 0 &&
		    (next == -1 || at(o)->until_ms < next))
			next = at(o)->until_ms;
	}
	CHECK(memcmp(state, p.records, sizeof(state)) == 0);
	CHECK(p.delivered == delivered());
	CHECK(mq_share_partition_next_deadline(&p) == next);
	CHECK(mq_share_partition_lag(&p, log_end) ==
	    log_end - spso - state[MQ_SHARE_ACKNOWLEDGED] -
		state[MQ_SHARE_ARCHIVED]);
	return 0;
}

static int
same(void)
{
	const struct mq_share_range *r = p.in_flight.at;
	int64_t o, last = spso - 1;
	size_t i;

	CHECK(p.start_offset == spso && p.end_offset == speo);
	for (i = 0; i < p.in_flight.count; i++, r++) {
		CHECK(r->first == last + 1 && r->last >= r->first);
		CHECK(i == 0 || !mq_share_ranges_same(r, r - 1));
		for (o = r->first; o <= r->last; o++)
			CHECK(same_record(r, at(o)));
		last = r->last;
	}
	CHECK(last == speo - 1);
	return same_counts();
}

/* Another process: what it loads is what was saved, and goes on from there. */
static int
reload(void)
{
	saved.len = again.len = 0;
	CHECK(mq_share_partition_save(&p, &saved, &err) == 0);
	mq_share_partition_free(&p);
	CHECK(mq_share_partition_load(&p, &config, saved.data, saved.len,
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
		.log_end = any(8) == 0 ? spso + (int64_t)any(30) : log_end };
	int64_t o;
	size_t i;

	if (a.log_end > log_end)
		a.log_end = log_end;
	CHECK(mq_share_partition_acquire(&p, now, &a, &out, &err) == 0);
	/* Nothing that was finished or is locked comes out of it. */
	for (i = 0; i < out.count; i++)
		for (o = out.at[i].first; o <= out.at[i].last; o++)
			CHECK(o >= speo || at(o)->state == MQ_SHARE_AVAILABLE);
	model_acquire(&a);
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

	a.first = a.last = spso - 2 + (int64_t)any((uint64_t)(speo - spso + 4));
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
	a.available_at_ms = any(2) == 0 ? 0 : now + (int64_t)any(50);
	return a;
}

static int
step_acknowledge(void)
{
	struct mq_share_ack a = some_ack();
	uint64_t changes = p.changes;
	int rc;

	err.code = MQ_NONE;
	rc = mq_share_partition_acknowledge(&p, now, &a, &out, &err);
	CHECK(model_acknowledge(&a) == rc);
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
		CHECK(mq_share_partition_expire(&p, now, by, &out, &err) == 0);
		model_end_locks(0, by);
		return same_told();
	}
	if (by == holder)
		by = 9;
	CHECK(mq_share_partition_holder_gone(&p, now, holder, by, &out, &err) ==
	    0);
	model_end_locks(holder, by);
	return same_told();
}

/* What seldom happens: the log moves, the offsets are altered. */
static int
step_seldom(void)
{
	int64_t to;

	switch (any(6)) {
	case 0:
		to = spso + (int64_t)any(30);
		if (to > log_end)
			to = log_end;
		mq_share_partition_log_start(&p, to);
		spso = to > spso ? to : spso;
		speo = speo < spso ? spso : speo;
		break;
	case 1:
		if (any(4) != 0 || log_end - (int64_t)any(40) < 40)
			break;
		log_end -= (int64_t)any(40);
		to = speo > log_end ? speo - log_end : 0;
		CHECK(mq_share_partition_log_end(&p, log_end) == to);
		speo = speo > log_end ? log_end : speo;
		spso = spso > speo ? speo : spso;
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
		spso = speo = to;
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
	int64_t spso_before = spso, speo_before = speo;
	int rc;

	operations++;
	told_count = 0;
	now += any(3) == 0 ? (int64_t)any(20) : 0;
	if (any(4) == 0 && log_end - spso < 300)
		log_end += (int64_t)any(20);
	if (which < 35)
		rc = step_acquire();
	else if (which < 80)
		rc = step_acknowledge();
	else if (which < 92)
		rc = step_locks();
	else
		rc = step_seldom();
	advance();
	if (rc == 0 && which < 92)
		rc = spso < spso_before || speo < speo_before;
	return rc != 0 ? rc : same();
}

static int
run(uint64_t number)
{
	int n;

	seed = (number + 1) * 0x9e3779b97f4a7c15u;
	now = 1000;
	spso = speo = (int64_t)any(50);
	log_end = spso + (int64_t)any(50);
	config.record_lock_duration_ms = 1 + (int64_t)any(60);
	config.delivery_count_limit = 1 + (int32_t)any(4);
	config.max_record_locks = 1 + (int32_t)any(60);
	config.dead_letters = any(2) == 0;
	mq_share_partition_free(&p);
	mq_share_partition_init(&p, &config, spso);
	for (n = 0; n < STEPS; n++)
		if (step() != 0) {
			printf("# seed %" PRIu64 ", step %d: %s\n", number, n,
			    share_text(&p.in_flight));
			return 1;
		}
	return 0;
}

static int
model(void)
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
	RUN(model, "a share-partition does what a plain model does");
	mq_share_partition_free(&p);
	mq_share_ranges_free(&out);
	mq_buf_free(&saved);
	mq_buf_free(&again);
	return test_done();
}
