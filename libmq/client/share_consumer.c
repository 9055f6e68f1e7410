/* SPDX-License-Identifier: ISC */
/*
 * Reads in a share group: acquires from the parts in turn, gives out what was
 * acquired one by one, and sleeps where there is nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"
#include "client/conf.h"
#include "client/lock.h"
#include "client/share_forget.h"
#include "client/share_view.h"

#define WINDOWS 16 /* of so many parts the memory for reading is kept */

static void
configure(struct mq_share *s, const struct mq_conf *conf)
{
	s->acks_all = mq_conf_acks_all(conf, "1");
	s->latest =
	    *mq_conf_text(conf, "share.auto.offset.reset", "earliest") == 'l';
	s->max_records = mq_conf_number(conf, "max.poll.records", 500);
	s->config.record_lock_duration_ms =
	    mq_conf_number(conf, "group.share.record.lock.duration.ms",
		MQ_SHARE_RECORD_LOCK_DURATION_MS);
	s->config.delivery_count_limit = (int32_t)mq_conf_number(conf,
	    "group.share.delivery.count.limit", MQ_SHARE_DELIVERY_COUNT_LIMIT);
	s->config.max_record_locks = (int32_t)mq_conf_number(conf,
	    "group.share.partition.max.record.locks",
	    MQ_SHARE_MAX_RECORD_LOCKS);
}

static int
set_dead_topic(struct mq_share *s, const struct mq_conf *conf,
    struct mq_err *err)
{
	const char *name =
	    mq_conf_text(conf, "errors.deadletterqueue.topic.name", "");
	struct mq_topic_file file;

	if (*name == '\0')
		return 0;
	if (mq_topic_file_read(s->mq->store.dir, name, &file, err) == -1)
		return mq_fail_context(err, "dead-letter topic");
	if ((s->dead_topic = strdup(name)) == NULL)
		return mq_fail_memory(err);
	s->config.dead_letters = 1;
	return 0;
}

struct mq_share *
mq_share_new(struct mq *mq, const char *group, const struct mq_conf *conf,
    const struct mq_subscription *sub, struct mq_err *err)
{
	struct mq_share *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		(void)mq_fail_memory(err);
		return NULL;
	}
	s->mq = mq;
	s->reads = sub != NULL;
	s->dir = s->watch.fd = s->holder.fd = -1;
	s->store_watch = s->group_watch = -1;
	configure(s, conf);
	if ((s->group = strdup(group)) == NULL)
		(void)mq_fail_memory(err);
	else if (mq_group_must_be(mq, group, MQ_GROUP_SHARE, err) != -1 &&
	    set_dead_topic(s, conf, err) == 0 &&
	    mq_group_dir_open(mq, group, 0, &s->dir, err) != -1 &&
	    (sub == NULL || mq_share_subscribe(s, sub, err) == 0))
		return s;
	mq_share_free(s);
	return NULL;
}

void
mq_share_notify(struct mq_share *s,
    void (*told)(const struct mq_share_event *, void *), void *arg)
{
	s->told = told;
	s->arg = arg;
}

void
mq_share_hold(struct mq_share *s)
{
	s->hold = 1;
}

void
mq_share_limit(struct mq_share *s, int64_t records)
{
	s->max_records = records;
}

/* ---- giving out ----------------------------------------------------------------- */

/* Reads the record at the offset that is due: 1, 0 it is not there, -1. */
static int
read_next(struct mq_share *s, struct mq_share_part *part, struct mq_record *r,
    struct mq_err *err)
{
	const struct mq_share_range *run = &part->got.at[part->run];
	struct mq_partition_tail t;
	int64_t there;
	int rc;

	rc = mq_share_cursor_read(&part->cursor, part->next, r, err);
	if (rc == 1 && r->offset == part->next)
		return 1;
	if (rc == -1 && err->code != MQ_OFFSET_OUT_OF_RANGE)
		return -1;
	there = rc == 1 ? r->offset : run->last + 1;
	if (rc == -1) { /* the log's start went past it */
		if (mq_partition_tail(&part->partition, &t, err) == -1)
			return -1;
		if (t.log_start <= part->next)
			return -1;
		there = t.log_start;
	}
	if (there <= part->next || there > run->last)
		there = run->last + 1;
	if (mq_share_hand_say(part, MQ_SHARE_GAP, part->next, there - 1, 0,
		err) == -1)
		return -1;
	mq_share_waits(s);
	part->next = there;
	return 0;
}

/*
 * Whether a lock is over.  Where much of it is left the time that is at hand
 * will do: what came since, a wait for its renewal say, has an end.
 */
static int
is_over(const struct mq_share *s, const struct mq_share_range *r, int64_t now)
{
	if (r->until_ms - now > s->config.record_lock_duration_ms / 2)
		return 0;
	return r->until_ms <= mq_clock_wall_ms();
}

/* Gives out the next record at hand: 1, 0 there is none, -1. */
static int
give(struct mq_share *s, struct mq_share_part *part,
    struct mq_share_record *out, struct mq_err *err)
{
	const struct mq_share_range *r;
	int64_t now = mq_clock_wall_ms(), due;
	int rc;

	if (mq_share_hand_keep(s, part, now, err) == -1)
		return -1;
	while (mq_share_hand(part)) {
		/* The next act gives it back, where it is still ours. */
		if (is_over(s, &part->got.at[part->run], now))
			return 0;
		if ((rc = read_next(s, part, &out->record, err)) == -1)
			return mq_fail_context(err, "group %s", s->group);
		if (rc == 0)
			continue;
		r = &part->got.at[part->run];
		due = mq_share_due(&out->record, now);
		if (due != 0) {
			if (mq_share_hand_say(part, MQ_SHARE_RELEASE,
				part->next, part->next, due, err) == -1)
				return -1;
			mq_share_waits(s);
			part->next++;
			continue;
		}
		out->record.topic = part->topic;
		out->record.partition = part->partition.number;
		out->delivery_count = r->delivery_count;
		out->until_ms = r->until_ms;
		out->holder = r->holder;
		part->next++;
		return 1;
	}
	return 0;
}

/* ---- polling -------------------------------------------------------------------- */

/*
 * Acquires from the next part that has something, or that may have: `all` looks
 * at those too of which nothing was told.  What is held up does not keep the
 * others.  enum mq_poll, -1.
 */
static int
fetch(struct mq_share *s, int all, struct mq_err *err)
{
	struct mq_share_part *part;
	size_t i;
	int rc, done = 1, held_up = 0;

	for (i = 0; i < s->count; i++) {
		if (++s->turn >= s->count)
			s->turn = 0;
		part = s->part[s->turn];
		if (part->gone ||
		    (!all && !part->ready && part->word_count == 0))
			continue;
		rc = mq_share_part_try(s, part, s->max_records, err);
		if (rc == -1 && err->code != MQ_REQUEST_TIMED_OUT)
			return -1;
		if (rc == 1) {
			s->current = part;
			return MQ_POLL_RECORD;
		}
		part->ready = rc == -1;
		held_up |= rc == -1;
	}
	if (!held_up)
		s->waiting_ms = 0;
	for (i = 0; i < s->count; i++) {
		done &= s->part[i]->gone || s->part[i]->done;
		mq_share_part_follow(s->part[i]);
	}
	return s->stop_at_end && done && !held_up ? MQ_POLL_END : MQ_POLL_IDLE;
}

/* What is to be said of a wait in which nothing came: MQ_POLL_IDLE, -1. */
static int
idle(const struct mq_share *s, struct mq_err *err)
{
	const struct mq_share_part *part;
	size_t i;

	for (i = 0; i < s->count; i++) {
		part = s->part[i];
		if (part->gone || !part->held_up)
			continue;
		return mq_share_held_up(s, part, err);
	}
	return MQ_POLL_IDLE;
}

/* The same, after waiting for it. */
static int
fetch_wait(struct mq_share *s, int64_t wait_ms, int64_t deadline,
    struct mq_err *err)
{
	int64_t left = wait_ms;
	int rc;

	for (;;) {
		/* Who does not wait is not told. */
		rc = fetch(s, wait_ms == 0 || s->watch.fd == -1, err);
		if (rc != MQ_POLL_IDLE)
			return rc;
		if (wait_ms == 0)
			return idle(s, err);
		if (wait_ms > 0 && (left = deadline - mq_clock_mono_ms()) < 0)
			left = 0;
		rc = mq_share_wait(s, left, err);
		if (rc != 1)
			return rc == -1 ? -1 : idle(s, err);
		s->hurried = 0;
	}
}

/* The last one out of a queue that was deleted takes the group away. */
static void
leave(struct mq_share *s)
{
	int queue = 0, others = 0;
	size_t i;

	for (i = 0; i < s->count; i++) {
		queue |= s->part[i]->queue;
		others |= !s->part[i]->queue;
	}
	if (others || !queue || mq_share_is_queue(s->mq, s->group))
		return;
	mq_share_holder_leave(&s->holder);
	s->holder.number = 0;
	mq_share_forget_group(s->mq, s->group);
}

static int
poll_next(struct mq_share *s, struct mq_share_record *r, int64_t wait_ms,
    struct mq_err *err)
{
	int64_t deadline = wait_ms > 0 ? mq_clock_mono_ms() + wait_ms : 0;
	int rc;

	if (mq_share_write_due(s, err) == -1 &&
	    err->code != MQ_REQUEST_TIMED_OUT)
		return -1;
	for (;;) {
		if (s->current != NULL) {
			if ((rc = give(s, s->current, r, err)) == 1)
				return MQ_POLL_RECORD;
			if (rc == -1 && !mq_share_part_gone(s, s->current, err))
				return -1;
			/* Of many parts only some hold a window of their file. */
			if (s->count > WINDOWS)
				mq_share_cursor_rest(&s->current->cursor);
			s->current = NULL;
		}
		rc = fetch_wait(s, wait_ms, deadline, err);
		if (rc != MQ_POLL_RECORD)
			return rc;
	}
}

int
mq_share_poll(struct mq_share *s, struct mq_share_record *r, int64_t wait_ms,
    struct mq_err *err)
{
	int rc;

	s->hurried = 0;
	rc = poll_next(s, r, wait_ms, err);
	/* Who is told so may end without freeing it. */
	if (rc == -1 && err->code == MQ_UNKNOWN_TOPIC_OR_PARTITION)
		leave(s);
	return rc;
}

void
mq_share_free(struct mq_share *s)
{
	struct mq_err ignored;
	size_t i;

	if (s == NULL)
		return;
	/* What cannot be told ends with the holder, or its locks. */
	(void)mq_share_give_back(s, &ignored);
	for (i = 0; i < s->count; i++)
		mq_share_part_follow(s->part[i]);
	mq_share_holder_leave(&s->holder);
	leave(s);
	mq_share_unsubscribe(s);
	mq_watch_close(&s->watch);
	mq_producer_free(s->dead);
	if (s->dir != -1)
		(void)mq_io_close(s->dir);
	free(s->dead_topic);
	free(s->group);
	free(s);
}
