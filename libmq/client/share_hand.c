/* SPDX-License-Identifier: ISC */
/*
 * What is at hand: acquired, and not given out.  Its locks are renewed while
 * the caller is busy with what was, and where one is over all the same it comes
 * back uncounted as far as nobody else has it: nobody has failed at it.
 */
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/share.h"

static struct mq_share_word
own(const struct mq_share_range *r, enum mq_share_ack_type type, int64_t first,
    int64_t last)
{
	struct mq_share_word w;

	(void)memset(&w, 0, sizeof(w));
	w.ack.holder = r->holder;
	w.ack.first = first;
	w.ack.last = last;
	w.ack.type = type;
	w.ack.uncounted = type == MQ_SHARE_RELEASE;
	w.delivery_count = r->delivery_count;
	w.own = 1;
	return w;
}

int
mq_share_hand_say(struct mq_share_part *part, enum mq_share_ack_type type,
    int64_t first, int64_t last, int64_t available_at_ms, struct mq_err *err)
{
	struct mq_share_word w =
	    own(&part->got.at[part->run], type, first, last);

	w.ack.available_at_ms = available_at_ms;
	return mq_share_part_say(part, &w, err);
}

int
mq_share_hand(struct mq_share_part *part)
{
	const struct mq_share_range *r;

	for (; part->run < part->got.count; part->run++) {
		r = &part->got.at[part->run];
		if (part->next < r->first)
			part->next = r->first;
		if (part->next <= r->last)
			return 1;
	}
	mq_share_ranges_clear(&part->got);
	part->run = 0;
	return 0;
}

/* The first offset of a run that is at hand. */
static int64_t
first_of(const struct mq_share_part *part, const struct mq_share_range *r)
{
	return r->first < part->next ? part->next : r->first;
}

int
mq_share_hand_over(struct mq_share_part *part, int64_t now, struct mq_err *err)
{
	const struct mq_share_range *r;
	struct mq_share_word w;
	size_t i;

	for (i = part->run; i < part->got.count; i++) {
		r = &part->got.at[i];
		if (r->until_ms > now || r->last < part->next)
			continue;
		w = own(r, MQ_SHARE_RELEASE, first_of(part, r), r->last);
		if (mq_share_part_speak(part, &w, now, err) == -1)
			return -1;
	}
	return 0;
}

/* Adds what the state still has of a run at hand. */
static int
add_kept(const struct mq_share_part *part, const struct mq_share_range *had,
    struct mq_share_ranges *kept)
{
	const struct mq_share_range *r;
	struct mq_share_range run;
	int64_t at = first_of(part, had);

	while (at <= had->last) {
		r = mq_share_partition_find(&part->file.p, at);
		if (r == NULL || r->state != MQ_SHARE_ACQUIRED ||
		    r->holder != had->holder ||
		    r->delivery_count != had->delivery_count) {
			at++;
			continue;
		}
		run = *r;
		run.first = at;
		run.last = r->last < had->last ? r->last : had->last;
		if (mq_share_ranges_reserve(kept, 1) == -1)
			return -1;
		mq_share_ranges_push(kept, &run);
		at = run.last + 1;
	}
	return 0;
}

int
mq_share_hand_reread(struct mq_share_part *part, struct mq_err *err)
{
	struct mq_share_ranges kept = { 0 };
	size_t i;

	for (i = part->run; i < part->got.count; i++)
		if (add_kept(part, &part->got.at[i], &kept) == -1) {
			mq_share_ranges_free(&kept);
			return mq_fail_memory(err);
		}
	mq_share_ranges_free(&part->got);
	part->got = kept;
	part->run = 0;
	return 0;
}

int
mq_share_hand_keep(struct mq_share *s, struct mq_share_part *part, int64_t now,
    struct mq_err *err)
{
	int64_t half = s->config.record_lock_duration_ms / 2;
	const struct mq_share_range *r;
	struct mq_share_word w;
	size_t i;
	int rc = 0;

	if (!mq_share_hand(part) ||
	    part->got.at[part->run].until_ms - now > half)
		return 0;
	for (i = part->run; rc == 0 && i < part->got.count; i++) {
		r = &part->got.at[i];
		w = own(r, MQ_SHARE_RENEW, first_of(part, r), r->last);
		rc = mq_share_part_say(part, &w, err);
	}
	part->ready = 1;
	if (rc == 0 && mq_share_part_act(s, part, 0, err) != -1)
		return 0;
	/* The next poll tries again. */
	mq_share_part_unsay(part, 1, MQ_SHARE_RENEW);
	return err->code == MQ_REQUEST_TIMED_OUT || !mq_share_hand(part) ||
		part->got.at[part->run].until_ms > mq_clock_wall_ms() ?
	    0 :
	    -1;
}

/* Has the part say that what is at hand is as if it had not been acquired. */
static int
give_back(struct mq_share_part *part, struct mq_err *err)
{
	int rc = 0;

	while (mq_share_hand(part)) {
		if (mq_share_hand_say(part, MQ_SHARE_RELEASE, part->next,
			part->got.at[part->run].last, 0, err) == -1)
			rc = -1;
		part->next = part->got.at[part->run].last + 1;
		part->ready = 1;
	}
	return rc;
}

int
mq_share_give_back(struct mq_share *s, struct mq_err *err)
{
	struct mq_err other;
	size_t i;
	int rc = 0;

	for (i = 0; i < s->count; i++)
		if (give_back(s->part[i], err) == -1)
			rc = -1;
	return mq_share_write(s, rc == 0 ? err : &other) == -1 ? -1 : rc;
}
