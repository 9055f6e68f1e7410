/* SPDX-License-Identifier: ISC */
/* Sleeping until there may be something to acquire. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/share.h"

#define RETRY_MS 32 /* the last look for a holder that may have died */
#define HELD_MS	 16 /* between tries for a lock that was waited for in vain */
/* The clock of the wall may be set, and goes on while the machine sleeps. */
#define DUE_MS 60000

/*
 * The first time: sets the watches, and has everything looked at again.  Not
 * before there is something to wait for: closing inotify takes the kernel
 * milliseconds.
 */
static int
start_watching(struct mq_share *s, struct mq_err *err)
{
	char *path;
	size_t i;

	if (mq_share_join(s, err) == -1 ||
	    mq_watch_open(&s->watch, &s->mq->wakeup, err) == -1)
		return -1;
	if ((path = mq_group_dir_path(s->mq, s->group)) == NULL)
		return mq_fail_memory(err);
	s->group_watch = mq_watch_add(&s->watch, path, MQ_IO_CLOSES, err);
	free(path);
	if (s->group_watch == -1)
		return -1;
	if (!s->stop_at_end) {
		s->store_watch = mq_watch_add(&s->watch, s->mq->store.path,
		    MQ_IO_NAMES, err);
		if (s->store_watch == -1)
			return -1;
	}
	for (i = 0; i < s->count; i++) {
		if (!s->part[i]->gone &&
		    mq_share_part_watch(s, s->part[i], err) == -1)
			return -1;
		s->part[i]->ready = 1;
	}
	return s->stop_at_end ? 0 : mq_share_refresh(s, err);
}

static void
told(int id, void *arg)
{
	struct mq_share *s = arg;
	struct mq_share_part *part;
	size_t i;

	/* -1: so much came that some was not told. */
	if (id == s->store_watch || id == -1)
		s->store_changed = 1;
	if (id == s->group_watch || id == -1)
		s->retry_ms = 1;
	for (i = 0; i < s->count; i++) {
		part = s->part[i];
		if (id == -1 || id == part->watch_log ||
		    id == part->watch_file ||
		    (id == s->group_watch && part->suspects))
			part->ready = 1;
	}
}

/* The shorter of two times, of which the first may know no end. */
static int64_t
sooner(int64_t left, int64_t ms)
{
	return left == -1 || ms < left ? ms : left;
}

/* How long until something is due without being told, at most left. */
static int64_t
until_due(const struct mq_share *s, int64_t left)
{
	int64_t now = mq_clock_wall_ms(), ms;
	const struct mq_share_part *part;
	int suspects = 0;
	size_t i;

	for (i = 0; i < s->count; i++) {
		part = s->part[i];
		suspects |= part->suspects;
		if (part->gone || (!part->held_up && part->due_ms == -1))
			continue;
		if (part->held_up) {
			left = sooner(left, HELD_MS);
			continue;
		}
		ms = part->due_ms > now ? part->due_ms - now : 0;
		left = sooner(left, ms < DUE_MS ? ms : DUE_MS);
	}
	if (suspects && s->retry_ms != 0)
		left = sooner(left, s->retry_ms);
	return left;
}

/* Marks what may have become due. */
static void
look_again(struct mq_share *s)
{
	int64_t now = mq_clock_wall_ms();
	struct mq_share_part *part;
	size_t i;

	for (i = 0; i < s->count; i++) {
		part = s->part[i];
		if ((part->due_ms != -1 && part->due_ms <= now) ||
		    (part->suspects && s->retry_ms != 0))
			part->ready = 1;
	}
	/* A dying process closes its files a moment before they are free. */
	if (s->retry_ms != 0 && (s->retry_ms *= 2) > RETRY_MS)
		s->retry_ms = 0;
}

int
mq_share_wait(struct mq_share *s, int64_t left, struct mq_err *err)
{
	int64_t ms;
	int rc;

	if (s->watch.fd == -1) {
		if (start_watching(s, err) == 0)
			return 1;
		/* Half of the watches would be none. */
		mq_watch_close(&s->watch);
		return -1;
	}
	ms = until_due(s, left);
	rc = mq_watch_wait(&s->watch, ms, told, s, err);
	if (rc == 1 && s->store_changed)
		return mq_share_refresh(s, err) == -1 ? -1 : 1;
	if (rc == 0 && (ms == left || mq_watch_woken(&s->watch)))
		return 0;
	if (rc == 0)
		look_again(s);
	return rc == -1 ? -1 : 1;
}
