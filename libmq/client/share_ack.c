/* SPDX-License-Identifier: ISC */
/* What the caller says of the records that were given out. */
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/share.h"

#define WRITE_MS 100 /* the longest that a poll leaves words waiting */

void
mq_share_waits(struct mq_share *s)
{
	if (s->waiting_ms == 0)
		s->waiting_ms = mq_clock_mono_ms();
}

static int
write_all(struct mq_share *s, struct mq_err *err)
{
	struct mq_err other;
	size_t i;
	int rc = 0;

	for (i = 0; i < s->count; i++)
		if (s->part[i]->word_count != 0 && !s->part[i]->gone &&
		    mq_share_part_try(s, s->part[i], 0,
			rc == 0 ? err : &other) == -1)
			rc = -1;
	s->waiting_ms = rc == 0 ? 0 : mq_clock_mono_ms();
	return rc;
}

int
mq_share_write(struct mq_share *s, struct mq_err *err)
{
	int rc;

	s->patient = 1;
	rc = write_all(s, err);
	s->patient = 0;
	return rc;
}

int
mq_share_write_due(struct mq_share *s, struct mq_err *err)
{
	if (s->waiting_ms == 0 || mq_clock_mono_ms() - s->waiting_ms < WRITE_MS)
		return 0;
	return write_all(s, err);
}

/*
 * Whether the record was given out of a topic that is gone.  The name may be a
 * copy; then one that was made anew is meant.
 */
static int
of_gone(const struct mq_share *s, const struct mq_share_record *r)
{
	const struct mq_share_part *part;
	size_t i;
	int gone = 0;

	if (!s->gone || r->record.topic == NULL)
		return 0;
	for (i = 0; i < s->count; i++) {
		part = s->part[i];
		if (part->topic == r->record.topic)
			return part->gone;
		if (part->partition.number == r->record.partition &&
		    strcmp(part->topic, r->record.topic) == 0)
			gone = part->gone;
	}
	return gone;
}

int
mq_share_flush(struct mq_share *s, struct mq_err *err)
{
	uint64_t late;

	if (mq_share_write(s, err) == -1)
		return -1;
	if ((late = s->late) == 0)
		return 0;
	s->late = 0;
	return mq_fail(err, MQ_INVALID_RECORD_STATE,
	    "group %s: %llu records were acknowledged when their locks were "
	    "over",
	    s->group, (unsigned long long)late);
}

static int
word(struct mq_share_word *w, const struct mq_share_record *r,
    enum mq_acknowledge type, int64_t delay_ms, struct mq_err *err)
{
	int64_t now = mq_clock_wall_ms();

	(void)memset(w, 0, sizeof(*w));
	w->ack.holder = r->holder;
	w->ack.first = w->ack.last = r->record.offset;
	w->delivery_count = (int16_t)r->delivery_count;
	switch (type) {
	case MQ_ACCEPT:
	case MQ_RELEASE:
	case MQ_REJECT:
	case MQ_RENEW:
		w->ack.type = (enum mq_share_ack_type)type;
		break;
	case MQ_RELEASE_UNCOUNTED:
		w->ack.type = MQ_SHARE_RELEASE;
		w->ack.uncounted = 1;
		break;
	default:
		return mq_fail(err, MQ_INVALID_REQUEST,
		    "no acknowledgement is numbered %d", (int)type);
	}
	if (r->record.topic == NULL || r->holder == 0 || r->record.offset < 0 ||
	    delay_ms < 0)
		return mq_fail(err, MQ_INVALID_REQUEST,
		    "an acknowledgement of no record");
	if (w->ack.type == MQ_SHARE_RELEASE && delay_ms != 0)
		w->ack.available_at_ms =
		    delay_ms < INT64_MAX - now ? now + delay_ms : INT64_MAX;
	return 0;
}

static struct mq_share_part *
part_of(struct mq_share *s, const struct mq_share_record *r, struct mq_err *err)
{
	struct mq_share_part *part = s->current;

	if (part != NULL && part->topic == r->record.topic &&
	    part->partition.number == r->record.partition)
		return part;
	return mq_share_part_get(s, r->record.topic, r->record.partition, err);
}

int
mq_share_say(struct mq_share *s, const struct mq_share_record *r,
    enum mq_acknowledge type, int64_t delay_ms, int patient, struct mq_err *err)
{
	struct mq_share_part *part;
	struct mq_share_word w;
	int rc;

	if (word(&w, r, type, delay_ms, err) == -1)
		return -1;
	if (of_gone(s, r))
		return 0;
	if ((part = part_of(s, r, err)) == NULL ||
	    mq_share_part_say(part, &w, err) == -1)
		return -1;
	part->ready = 1;
	mq_share_waits(s);
	if (type == MQ_ACCEPT)
		return 0;
	if (part->held_up && !patient)
		return mq_share_held_up(s, part, err);
	s->patient = 1;
	rc = mq_share_part_try(s, part, 0, err);
	s->patient = 0;
	return rc == -1 ? -1 : 0;
}

int
mq_share_acknowledge(struct mq_share *s, const struct mq_share_record *r,
    enum mq_acknowledge type, int64_t delay_ms, struct mq_err *err)
{
	return mq_share_say(s, r, type, delay_ms, 0, err);
}
