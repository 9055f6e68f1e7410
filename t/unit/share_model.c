/* SPDX-License-Identifier: ISC */
#include "share_model.h"

struct share_model model;

struct share_model_record *
share_model_at(int64_t offset)
{
	return &model.ring[offset % SHARE_MODEL_RING];
}

static void
tell(int64_t offset, struct share_model_record r)
{
	model.told[model.told_count].offset = offset;
	model.told[model.told_count++].r = r;
}

int64_t
share_model_delivered(void)
{
	int64_t o, n = 0;

	for (o = model.spso; o < model.speo; o++)
		n += share_model_at(o)->state <= MQ_SHARE_ACQUIRED &&
		    share_model_at(o)->count > 0;
	return n;
}

void
share_model_advance(void)
{
	while (model.spso < model.speo &&
	    share_model_at(model.spso)->state >= MQ_SHARE_ACKNOWLEDGED)
		model.spso++;
}

static void
lock(int64_t o, uint64_t holder, int64_t lock_ms)
{
	struct share_model_record *r = share_model_at(o);

	r->state = MQ_SHARE_ACQUIRED;
	r->count++;
	r->holder = holder;
	r->until_ms = model.now + lock_ms;
	tell(o, *r);
}

void
share_model_acquire(const struct mq_share_acquire *a)
{
	const struct share_model_record fresh = { .state = MQ_SHARE_AVAILABLE };
	int64_t o, left = a->max_records;

	for (o = model.spso; o < model.speo && o < a->log_end && left > 0;
	     o++) {
		if (share_model_at(o)->state != MQ_SHARE_AVAILABLE ||
		    share_model_at(o)->until_ms > model.now)
			continue;
		if (share_model_at(o)->count == 0 &&
		    share_model_delivered() >= model.config.max_record_locks)
			continue;
		lock(o, a->holder, a->lock_ms);
		left--;
	}
	while (left-- > 0 && model.speo < a->log_end &&
	    share_model_delivered() < model.config.max_record_locks) {
		*share_model_at(model.speo) = fresh;
		lock(model.speo++, a->holder, a->lock_ms);
	}
}

static void
finish(int64_t o, uint8_t state)
{
	const struct share_model_record done = { .state = state };

	*share_model_at(o) = done;
}

static void
give_back(int64_t o, uint64_t by, int64_t available_at)
{
	struct share_model_record *r = share_model_at(o);

	if (r->count < model.config.delivery_count_limit) {
		r->state = MQ_SHARE_AVAILABLE;
		r->holder = 0;
		r->until_ms = available_at;
	} else if (!model.config.dead_letters) {
		r->state = MQ_SHARE_ARCHIVED;
		tell(o, *r);
		finish(o, MQ_SHARE_ARCHIVED);
	} else if (by != 0) {
		r->holder = by;
		r->until_ms = model.now + model.config.record_lock_duration_ms;
		tell(o, *r);
	}
}

int
share_model_acknowledge(const struct mq_share_ack *a)
{
	int undone = a->type == MQ_SHARE_RELEASE && a->uncounted;
	int64_t o;

	for (o = a->first; o <= a->last; o++)
		if (o < model.spso || o >= model.speo ||
		    share_model_at(o)->state != MQ_SHARE_ACQUIRED ||
		    share_model_at(o)->holder != a->holder ||
		    (share_model_at(o)->until_ms <= model.now && !undone))
			return -1;
	for (o = a->first; o <= a->last; o++) {
		if (a->type == MQ_SHARE_ACCEPT) {
			finish(o, MQ_SHARE_ACKNOWLEDGED);
		} else if (a->type == MQ_SHARE_RENEW) {
			share_model_at(o)->until_ms = model.now + a->lock_ms;
		} else if (a->type != MQ_SHARE_RELEASE) {
			finish(o, MQ_SHARE_ARCHIVED);
		} else if (a->uncounted) {
			share_model_at(o)->state = MQ_SHARE_AVAILABLE;
			share_model_at(o)->holder = 0;
			share_model_at(o)->until_ms = a->available_at_ms;
			share_model_at(o)->count--;
		} else {
			give_back(o, a->holder, a->available_at_ms);
		}
	}
	return 0;
}

void
share_model_end_locks(uint64_t holder, uint64_t by)
{
	int64_t o;

	for (o = model.spso; o < model.speo; o++)
		if (share_model_at(o)->state == MQ_SHARE_ACQUIRED &&
		    (holder != 0 ? share_model_at(o)->holder == holder :
				   share_model_at(o)->until_ms <= model.now))
			give_back(o, by, 0);
}
