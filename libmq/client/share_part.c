/* SPDX-License-Identifier: ISC */
/*
 * The acts on a share-partition.  The log is looked at before the lock is
 * taken, and trimmed after it: nothing that may wait for the disk happens under
 * it but the state's own flush.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/lock.h"
#include "client/share.h"
#include "log/retention.h"

#define BRIEFLY_MS 50 /* is one waited for who may be stopped */
#define HOLDERS_MS 50 /* between looks at who is alive, where records come */

/* Ends the locks of those that are dead. */
static int
end_dead(int dir, struct mq_share_partition *p, int64_t now, uint64_t by,
    struct mq_share_ranges *out,
    int (*victims)(const struct mq_share_ranges *, void *), void *arg,
    struct mq_err *err)
{
	struct mq_share_holder_info info;
	uint64_t *id;
	size_t i, n;
	int rc = 0;

	if (mq_share_partition_holders(p, &id, &n, err) == -1)
		return -1;
	for (i = 0; i < n && rc == 0; i++) {
		if (id[i] == by)
			continue;
		rc = mq_share_holder_look(dir, id[i], &info, err);
		if (rc == -1 || info.alive)
			continue;
		rc =
		    mq_share_partition_holder_gone(p, now, id[i], by, out, err);
		if (victims != NULL && victims(out, arg) == -1)
			rc = mq_fail_memory(err);
	}
	free(id);
	return rc;
}

int
mq_share_part_settle(int dir, struct mq_share_partition *p, int64_t now,
    uint64_t by, int holders,
    int (*victims)(const struct mq_share_ranges *, void *), void *arg,
    struct mq_err *err)
{
	struct mq_share_ranges out = { 0 };
	int rc;

	rc = mq_share_partition_expire(p, now, by, &out, err);
	if (victims != NULL && victims(&out, arg) == -1)
		rc = mq_fail_memory(err);
	if (rc == 0 && holders)
		rc = end_dead(dir, p, now, by, &out, victims, arg, err);
	mq_share_ranges_free(&out);
	return rc;
}

/* The log begins and ends here, or the group does. */
static int
place(struct mq_share *s, struct mq_share_part *part, int there,
    struct mq_partition_tail *t, int64_t hw, struct mq_err *err)
{
	struct mq_share_partition *p = &part->file.p;

	if (!there) {
		mq_share_partition_free(p);
		mq_share_partition_init(p, &s->config,
		    s->latest ? hw : t->log_start);
		p->changes = part->file.changes + 1;
	}
	mq_share_partition_log_start(p, t->log_start);
	/* Others may have gone on since the log was looked at. */
	if (p->end_offset > t->log_end &&
	    mq_partition_tail(&part->partition, t, err) == -1)
		return -1;
	(void)mq_share_partition_log_end(p, t->log_end);
	return 0;
}

static int
acquire(struct mq_share *s, struct mq_share_part *part, int64_t max,
    int64_t now, int64_t end, struct mq_err *err)
{
	struct mq_share_acquire want = { s->holder.number, end, max, 0 };

	mq_share_ranges_clear(&part->fresh);
	if (end <= part->file.p.start_offset)
		return 0;
	if (s->hold && mq_share_holder_unbound(&want.holder, err) == -1)
		return -1;
	return mq_share_partition_acquire(&part->file.p, now, &want,
	    &part->fresh, err);
}

/* What was acquired is at hand when that is written, and not before. */
static void
take(struct mq_share_part *part)
{
	struct mq_share_ranges had = part->got;

	part->got = part->fresh;
	part->fresh = had;
	part->run = 0;
	part->next = part->got.count != 0 ? part->got.at[0].first : 0;
}

/* What there is to wait for. */
static void
survey(const struct mq_share *s, struct mq_share_part *part, int64_t now,
    int64_t end)
{
	const struct mq_share_partition *p = &part->file.p;
	const struct mq_share_range *r;
	int own = 0, ready = 0;
	size_t i;

	part->suspects = 0;
	part->due_ms = -1;
	for (i = 0; i < p->in_flight.count; i++) {
		r = &p->in_flight.at[i];
		if (r->until_ms > now &&
		    (part->due_ms == -1 || r->until_ms < part->due_ms))
			part->due_ms = r->until_ms;
		/* What is behind the end is for others. */
		ready |= r->state == MQ_SHARE_AVAILABLE && r->until_ms <= now &&
		    r->first < part->until;
		if (r->state != MQ_SHARE_ACQUIRED)
			continue;
		if (r->holder == s->holder.number)
			own |= r->first < part->until;
		else if ((r->holder & MQ_SHARE_HOLDER_UNBOUND) == 0)
			part->suspects = 1;
	}
	part->done = s->stop_at_end && !own && !ready && p->end_offset >= end;
}

/* Under the lock. */
static int
act_locked(struct mq_share *s, struct mq_share_part *part, int64_t max,
    int64_t end, struct mq_err *err)
{
	int64_t now = mq_clock_wall_ms();
	int look = max != 0 &&
	    (now - part->holders_ms >= HOLDERS_MS || now < part->holders_ms);
	size_t i;

	for (i = 0; i < part->word_count; i++)
		if (mq_share_part_speak(part, &part->word[i], now, err) == -1)
			return -1;
	/* Who acquires has nothing at hand. */
	if (mq_share_hand_over(part, max != 0 ? INT64_MAX : now, err) == -1)
		return -1;
	/* What ends is for those who read, by their limit. */
	while (s->reads) {
		if (mq_share_part_settle(s->dir, &part->file.p, now,
			s->holder.number, look, mq_share_part_victims, part,
			err) == -1)
			return -1;
		if (max == 0)
			return 0;
		if (look)
			part->holders_ms = now;
		if (acquire(s, part, max, now, end, err) == -1)
			return -1;
		/* Before it is said that there is nothing. */
		if (part->fresh.count != 0 || look)
			break;
		look = 1;
	}
	if (part->fresh.count == 0)
		survey(s, part, now, end);
	return 0;
}

/* Whether an accept is among the words. */
static int
accepts(const struct mq_share_part *part)
{
	size_t i;

	for (i = 0; i < part->word_count; i++)
		if (part->word[i].ack.type == MQ_SHARE_ACCEPT)
			return 1;
	return 0;
}

/*
 * On a queue the log start follows SPSO, from segment to segment.  Where that
 * fails, on a full disk say, the next act tries again: nothing is wrong but
 * that room is not given back yet.
 */
static void
trim(struct mq_share_part *part, const struct mq_partition_tail *t)
{
	int64_t start = part->file.p.start_offset, log_start;
	struct mq_segment_list list;
	struct mq_err ignored;
	size_t i;

	if (t->active_base == part->active && start < part->boundary)
		return;
	if (mq_segment_list(part->partition.dir, &list, &ignored) == -1)
		return;
	i = mq_segment_list_find(&list, start);
	if (list.count != 0 &&
	    (i == 0 || list.base[i] > start ||
		mq_retention_trim(&part->partition, list.base[i], &log_start,
		    &ignored) == 0)) {
		part->active = t->active_base;
		part->boundary =
		    i + 1 < list.count ? list.base[i + 1] : INT64_MAX;
	}
	mq_segment_list_free(&list);
}

void
mq_share_part_follow(struct mq_share_part *part)
{
	int64_t start = part->file.p.start_offset;
	struct mq_err ignored;

	if (part->queue && !part->gone && start > part->log_start &&
	    mq_retention_follow(&part->partition, start, &ignored) == 0)
		part->log_start = start;
}

static void
tell_late(struct mq_share *s, struct mq_share_part *part)
{
	size_t i;

	for (i = 0; i < part->late_count; i++) {
		s->late += (uint64_t)mq_share_range_length(&part->late[i]);
		mq_share_tell(s, part, &part->late[i], MQ_SHARE_LATE, 0);
	}
	part->late_count = 0;
}

int
mq_share_held_up(const struct mq_share *s, const struct mq_share_part *part,
    struct mq_err *err)
{
	(void)mq_fail(err, MQ_REQUEST_TIMED_OUT, MQ_LOCK_HELD);
	(void)mq_partition_context(&part->partition, err);
	return mq_fail_context(err, "group %s", s->group);
}

/*
 * How long the lock is waited for: what holds one part up is not to hold up the
 * others, each time again, and a look at all of them is not to take longer.
 */
static int64_t
until(const struct mq_share *s, const struct mq_share_part *part)
{
	if (part->held_up || s->hurried)
		return s->patient ? mq_clock_mono_ms() + BRIEFLY_MS : 0;
	return mq_lock_patience();
}

static int
act(struct mq_share *s, struct mq_share_part *part, int64_t max,
    struct mq_err *err)
{
	struct mq_partition_tail t;
	int64_t hw = INT64_MAX;
	uint64_t top;
	int rc;

	if (max != 0)
		rc =
		    mq_partition_high_watermark(&part->partition, &t, &hw, err);
	else if ((rc = mq_partition_tail(&part->partition, &t, err)) == 0)
		hw = t.log_end;
	if (rc == -1)
		return -1;
	if ((rc = mq_share_file_lock(&part->file, until(s, part), err)) == -1) {
		if (err->code == MQ_REQUEST_TIMED_OUT)
			part->held_up = s->hurried = 1;
		return mq_partition_context(&part->partition, err);
	}
	part->held_up = 0;
	top = part->file.top;
	part->late_count = part->victim_count = 0;
	rc = place(s, part, rc, &t, hw, err);
	if (rc == 0)
		rc = act_locked(s, part, max,
		    hw < part->until ? hw : part->until, err);
	if (rc == 0)
		rc = mq_share_file_save(&part->file,
		    s->acks_all && (accepts(part) || !part->durable), err);
	mq_share_file_unlock(&part->file);
	if (rc == -1) {
		part->victim_count = part->late_count = 0;
		return mq_partition_context(&part->partition, err);
	}
	part->durable |= s->acks_all && part->file.top != top;
	part->word_count = 0;
	part->log_start = t.log_start;
	if (max != 0)
		take(part);
	else if (mq_share_hand_reread(part, err) == -1)
		return -1;
	tell_late(s, part);
	if (part->queue)
		trim(part, &t);
	return 0;
}

int
mq_share_part_act(struct mq_share *s, struct mq_share_part *part, int64_t max,
    struct mq_err *err)
{
	int rc;

	/* Who reads has joined before. */
	rc = s->holder.number != 0 ?
	    0 :
	    mq_share_holder_take(&s->holder, s->dir, until(s, part), err);
	if (rc == 0)
		rc = act(s, part, max, err);
	/* The rejections may find more that is over. */
	while (rc == 0 && part->victim_count != 0) {
		rc = mq_share_bury(s, part, err);
		if (rc == 0 && part->word_count != 0)
			rc = act(s, part, part->got.count == 0 ? max : 0, err);
	}
	if (rc == -1)
		return mq_fail_context(err, "group %s", s->group);
	return part->got.count != 0;
}
