/* SPDX-License-Identifier: ISC */
/*
 * Waiting until a group has come so far.  A consumer group's lag changes with
 * the log of commits; a share group's with its states and its topics' logs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/group_dir.h"
#include "client/offsets.h"
#include "client/share_file.h"
#include "client/source.h"
#include "client/watch.h"

struct waiting {
	struct mq *mq;
	const char *group;
	const char *topic; /* NULL: all of them */
	int64_t lag;	   /* that will do */
	int64_t wait_ms;   /* what is left, -1 for ever */
	int64_t deadline;
	/* Of a share group. */
	struct mq_watch watch;
	int dir[3]; /* watches of directories */
	int anew;   /* boolean: files may have come, or gone */
};

static int
counts(const struct waiting *w, const char *topic)
{
	return w->topic == NULL || strcmp(w->topic, topic) == 0;
}

/* After a wait. */
static void
pass_time(struct waiting *w)
{
	if (w->wait_ms > 0 &&
	    (w->wait_ms = w->deadline - mq_clock_mono_ms()) < 0)
		w->wait_ms = 0;
}

/* ---- consumer groups --------------------------------------------------------- */

/* How far it is behind in a topic of which it has nothing; -1. */
static int64_t
lag_of_all(const struct waiting *w, struct mq_err *err)
{
	struct mq_partition_info info;
	struct mq_topic_file file;
	int64_t lag = 0;
	int32_t i;

	if (mq_topic_file_read(w->mq->store.dir, w->topic, &file, err) == -1)
		return -1;
	for (i = 0; i < file.partitions; i++) {
		if (mq_partition_get(w->mq, w->topic, i, &info, err) == -1)
			return -1;
		lag += info.high_watermark - info.log_start;
	}
	return lag;
}

/* Whether it has come so far: 1, 0, -1. */
static int
consumers_done(const struct waiting *w, struct mq_err *err)
{
	struct mq_group *g = mq_group_get(w->mq, w->group, err);
	int64_t lag = 0;
	int has = 0;
	size_t i;

	if (g == NULL)
		return -1;
	for (i = 0; i < g->partition_count; i++) {
		if (!counts(w, g->partition[i].topic))
			continue;
		has = 1;
		if (g->partition[i].lag > 0)
			lag += g->partition[i].lag;
	}
	mq_group_free(g);
	/* One that has no account of anything has not done it either. */
	if (!has && w->topic == NULL)
		return 0;
	if (!has && (lag = lag_of_all(w, err)) == -1)
		return -1;
	return lag <= w->lag;
}

static int
wait_consumers(struct waiting *w, struct mq_err *err)
{
	static const char *const commits = MQ_COMMITTED_TOPIC;
	/* A pattern, for the topic comes with the first commit. */
	struct mq_subscription sub = { .topic = &commits,
		.topic_count = 1,
		.patterns = 1 };
	struct mq_sources ss;
	int rc;

	if (mq_sources_open(&ss, w->mq, &sub, err) == -1)
		return -1;
	while ((rc = consumers_done(w, err)) == 0) {
		if ((rc = mq_sources_wait(&ss, w->wait_ms, err)) != 1)
			break;
		pass_time(w);
	}
	mq_sources_close(&ss);
	return rc;
}

/* ---- share groups -------------------------------------------------------------- */

/*
 * The store, the directory of all groups and this one's: each before the next
 * is looked for, so that none comes unseen.
 */
static int
watch_dirs(struct waiting *w, struct mq_err *err)
{
	char *dir = mq_group_dir_path(w->mq, w->group), *end = NULL;
	const char *path;
	int i, rc = 0;

	if (dir == NULL)
		return mq_fail_memory(err);
	end = strrchr(dir, '/');
	*end = '\0';
	for (i = 0; i < 3 && rc == 0; i++) {
		path = i == 0 ? w->mq->store.path : dir;
		if (i == 2)
			*end = '/';
		w->dir[i] = mq_watch_add(&w->watch, path, MQ_IO_NAMES, err);
		if (w->dir[i] == -1 && err->sys != ENOENT)
			rc = -1;
	}
	free(dir);
	return rc;
}

/* Its state, and its log's. */
static int
watch_part(struct waiting *w, const struct mq_share_partition_info *p,
    struct mq_err *err)
{
	char name[MQ_SHARE_FILE_NAME], *dir, *path = NULL;
	size_t len;
	int rc = -1;

	if ((dir = mq_group_dir_path(w->mq, w->group)) == NULL)
		return mq_fail_memory(err);
	mq_share_file_name(name, p->topic, p->partition);
	len = strlen(dir) + strlen(w->mq->store.path) + 2 * sizeof(name);
	if ((path = malloc(len)) == NULL)
		(void)mq_fail_memory(err);
	else {
		(void)snprintf(path, len, "%s/%s", dir, name);
		if (mq_watch_add(&w->watch, path, MQ_IO_WRITES, err) != -1 ||
		    err->sys == ENOENT) {
			(void)snprintf(path, len,
			    "%s/" MQ_LAYOUT_PARTITION "/" MQ_LAYOUT_STATE,
			    w->mq->store.path, p->topic, p->partition);
			rc = mq_watch_add(&w->watch, path, MQ_IO_WRITES, err);
		}
	}
	free(path);
	free(dir);
	return rc != -1 || err->sys == ENOENT ? 0 : -1;
}

static int
watch_all(struct waiting *w, struct mq_err *err)
{
	struct mq_share_group *g;
	size_t i;
	int rc = 0;

	w->anew = 0;
	if (watch_dirs(w, err) == -1 ||
	    (g = mq_share_describe(w->mq, w->group, err)) == NULL)
		return -1;
	for (i = 0; i < g->count && rc == 0; i++)
		if (counts(w, g->partition[i].topic))
			rc = watch_part(w, &g->partition[i], err);
	mq_share_group_free(g);
	return rc;
}

/* The watches are set first, so that no change falls between. */
static int
shares_done(struct waiting *w, struct mq_err *err)
{
	struct mq_share_group *g;
	int64_t lag = 0;
	size_t i;

	if ((w->anew && watch_all(w, err) == -1) ||
	    (g = mq_share_describe(w->mq, w->group, err)) == NULL)
		return -1;
	for (i = 0; i < g->count; i++)
		if (counts(w, g->partition[i].topic))
			lag += g->partition[i].lag;
	mq_share_group_free(g);
	return lag <= w->lag;
}

static void
told(int id, void *arg)
{
	struct waiting *w = arg;

	if (id == -1 || id == w->dir[0] || id == w->dir[1] || id == w->dir[2])
		w->anew = 1;
}

static int
wait_shares(struct waiting *w, struct mq_err *err)
{
	int rc;

	if (mq_watch_open(&w->watch, &w->mq->wakeup, err) == -1)
		return -1;
	w->anew = 1;
	while ((rc = shares_done(w, err)) == 0) {
		rc = mq_watch_wait(&w->watch, w->wait_ms, told, w, err);
		if (rc != 1)
			break;
		pass_time(w);
	}
	mq_watch_close(&w->watch);
	return rc;
}

int
mq_group_wait(struct mq *mq, const char *group, const char *topic, int64_t lag,
    int64_t wait_ms, struct mq_err *err)
{
	struct waiting w = { .mq = mq,
		.group = group,
		.topic = topic,
		.lag = lag,
		.wait_ms = wait_ms };
	int type = mq_group_type(mq, group, err);

	if (type == -1)
		return -1;
	if (wait_ms > 0)
		w.deadline = mq_clock_mono_ms() + wait_ms;
	return type == MQ_GROUP_SHARE ? wait_shares(&w, err) :
					wait_consumers(&w, err);
}
