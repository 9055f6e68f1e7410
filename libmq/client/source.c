/* SPDX-License-Identifier: ISC */
#include "client/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "client/group_dir.h"
#include "log/layout.h"

static void
free_source(struct mq_source *s)
{
	mq_reader_free(&s->reader);
	mq_partition_close(&s->partition);
	free(s->topic);
	free(s);
}

static int
set_range(struct mq_sources *ss, struct mq_source *s, int64_t offset,
    struct mq_err *err)
{
	struct mq_position from = { MQ_POSITION_START, 0 }, until;
	struct mq_partition_tail t;
	int64_t end;
	int said = 0;

	if (mq_partition_high_watermark(&s->partition, &t, &end, err) == -1)
		return -1;
	if (ss->ranges != NULL)
		said = mq_ranges_get(ss->ranges, s->partition.number, &from,
		    &until);
	if (from.kind == MQ_POSITION_STORED && ss->by_group)
		from.kind = MQ_POSITION_START; /* where it has committed none */
	if (offset == -2) /* a group that is new, and wants no more */
		from.kind = MQ_POSITION_END;
	else if (offset != -1) { /* what a group has committed */
		from.kind = MQ_POSITION_OFFSET;
		from.value = offset;
	}
	s->from = t.log_start;
	s->until = ss->stop_at_end ? end : INT64_MAX;
	s->from_start = from.kind == MQ_POSITION_START && from.value == 0;
	s->unchecked = from.kind == MQ_POSITION_OFFSET;
	if (!s->from_start &&
	    mq_client_offset(&s->partition, &from, &s->from, err) == -1)
		return -1;
	if (said == 2) {
		if (mq_client_offset(&s->partition, &until, &end, err) == -1)
			return -1;
		if (end < s->until)
			s->until = end;
	}
	return 0;
}

static int
watch_source(struct mq_sources *ss, struct mq_source *s, struct mq_err *err)
{
	size_t len = strlen(s->partition.path) + sizeof(MQ_LAYOUT_STATE) + 1;
	char *path = malloc(len);

	if (path == NULL)
		return mq_fail_memory(err);
	(void)snprintf(path, len, "%s/" MQ_LAYOUT_STATE, s->partition.path);
	s->watch = mq_watch_add(&ss->watch, path, MQ_IO_WRITES, err);
	free(path);
	return s->watch == -1 ? -1 : 0;
}

int
mq_source_is_gone(struct mq_source *s)
{
	struct mq_partition_tail t;
	struct mq_err why;

	return mq_partition_tail(&s->partition, &t, &why) == -1 &&
	    why.code == MQ_UNKNOWN_TOPIC_OR_PARTITION;
}

/* What failed may have done so because the topic was deleted meanwhile: -1. */
static int
check_deleted(const struct mq_sources *ss, const struct mq_topic_file *file,
    struct mq_err *err)
{
	struct mq_topic_file now;
	struct mq_err why;
	int rc = mq_topic_file_read(ss->mq->store.dir, file->name, &now, &why);

	if (rc == -1 ? why.code == MQ_UNKNOWN_TOPIC_OR_PARTITION :
		       strcmp(now.id, file->id) != 0)
		(void)mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
		    "topic %s was deleted", file->name);
	return -1;
}

/* Opens one, and appends it; the watch first: what comes after it is told. */
static int
add_source(struct mq_sources *ss, const struct mq_topic_file *file,
    int32_t partition, struct mq_err *err)
{
	struct mq_source *s, **more;

	more = reallocarray(ss->source, ss->count + 1, sizeof(*more));
	if (more == NULL || (s = calloc(1, sizeof(*s))) == NULL) {
		if (more != NULL)
			ss->source = more;
		return mq_fail_memory(err);
	}
	ss->source = more;
	if (mq_partition_open(&s->partition, &ss->mq->store, file, partition,
		err) == -1) {
		free(s);
		return check_deleted(ss, file, err);
	}
	s->ready = 1;
	s->watch = -1;
	s->committed = s->epoch = -1;
	mq_reader_init(&s->reader, &s->partition, 0);
	if ((s->topic = strdup(file->name)) == NULL) {
		free_source(s);
		return mq_fail_memory(err);
	}
	if (ss->watch.fd != -1 && watch_source(ss, s, err) == -1) {
		free_source(s);
		return check_deleted(ss, file, err);
	}
	ss->source[ss->count++] = s;
	return 0;
}

int
mq_sources_start(struct mq_sources *ss, size_t i, int64_t from,
    struct mq_err *err)
{
	struct mq_source *s = ss->source[i];

	if (set_range(ss, s, from, err) == 0) {
		mq_reader_init(&s->reader, &s->partition, s->from);
		return 0;
	}
	if (mq_source_is_gone(s))
		(void)mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
		    "topic %s was deleted", s->topic);
	mq_sources_remove(ss, i);
	return -1;
}

struct mq_source *
mq_sources_find(const struct mq_sources *ss, const char *topic,
    int32_t partition)
{
	size_t i;

	for (i = 0; i < ss->count; i++)
		if (ss->source[i]->partition.number == partition &&
		    strcmp(ss->source[i]->topic, topic) == 0)
			return ss->source[i];
	return NULL;
}

static int
add_topic(struct mq_sources *ss, const char *topic, struct mq_err *err)
{
	struct mq_topic_file file;
	int32_t i;

	if (mq_topic_file_read(ss->mq->store.dir, topic, &file, err) == -1)
		return -1;
	for (i = 0; i < file.partitions; i++)
		if (mq_wanted_partition(&ss->wanted, i) &&
		    mq_sources_find(ss, topic, i) == NULL &&
		    (add_source(ss, &file, i, err) == -1 ||
			mq_sources_start(ss, ss->count - 1, -1, err) == -1))
			return -1;
	return mq_wanted_check(&ss->wanted, &file, err);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
mq_sources_topics(struct mq_sources *ss, struct mq_err *err)
{
	char **names = mq_wanted_topics(&ss->wanted, &ss->mq->store, err);
	struct mq_topic_file file;
	size_t n;

	if (names == NULL || ss->wanted.patterns)
		return names;
	for (n = 0; names[n] != NULL; n++)
		if (mq_topic_file_read(ss->mq->store.dir, names[n], &file,
			err) == -1) {
			mq_names_free(names);
			return NULL;
		}
	qsort(names, n, sizeof(*names), compare);
	return names;
}

int
mq_sources_add(struct mq_sources *ss, const char *topic, int32_t partition,
    struct mq_err *err)
{
	struct mq_topic_file file;

	if (mq_topic_file_read(ss->mq->store.dir, topic, &file, err) == -1)
		return -1;
	return add_source(ss, &file, partition, err);
}

int
mq_sources_refresh(struct mq_sources *ss, struct mq_err *err)
{
	char **names;
	size_t i;
	int rc = 0;

	if (ss->by_group) {
		ss->store_changed = 0;
		ss->group_changed = 1;
		return 0;
	}
	/* Until all of it was looked at. */
	ss->store_changed = 1;
	if ((names = mq_wanted_topics(&ss->wanted, &ss->mq->store, err)) ==
	    NULL)
		return -1;
	for (i = 0; names[i] != NULL && rc == 0; i++) {
		rc = add_topic(ss, names[i], err);
		/* It may be deleted between the list and the look. */
		if (rc == -1 && ss->wanted.patterns &&
		    err->code == MQ_UNKNOWN_TOPIC_OR_PARTITION)
			rc = 0;
	}
	mq_names_free(names);
	if (rc == 0)
		ss->store_changed = 0;
	return rc;
}

/* What is said of a partition that is not read would be said in vain. */
static int
check_ranges(const struct mq_sources *ss, struct mq_err *err)
{
	int32_t partition;
	size_t i, j;

	if (ss->wanted.patterns || ss->by_group || ss->ranges == NULL)
		return 0;
	for (i = 0; (partition = mq_ranges_partition(ss->ranges, i)) != -2;
	     i++) {
		for (j = 0; j < ss->count && partition != -1; j++)
			if (ss->source[j]->partition.number == partition)
				break;
		if (j == ss->count && partition != -1)
			return mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
			    "a position for partition %d, which is not among "
			    "those that are read",
			    (int)partition);
	}
	return 0;
}

int
mq_sources_open(struct mq_sources *ss, struct mq *mq,
    const struct mq_subscription *sub, struct mq_err *err)
{
	(void)memset(ss, 0, sizeof(*ss));
	ss->mq = mq;
	ss->watch.fd = ss->store_watch = ss->group_watch = -1;
	ss->look_ms = -1;
	ss->by_group = sub->group != NULL;
	ss->stop_at_end = sub->stop_at_end;
	ss->ranges = sub->ranges;
	if (mq_wanted_init(&ss->wanted, sub, err) == -1 ||
	    mq_sources_refresh(ss, err) == -1 || check_ranges(ss, err) == -1) {
		mq_sources_close(ss);
		return -1;
	}
	/* A group's partitions come later, and need them then. */
	if (!ss->by_group)
		ss->ranges = NULL;
	return 0;
}

static int
set_watches(struct mq_sources *ss, struct mq_err *err)
{
	struct mq_source *s;
	size_t i;

	if (!ss->stop_at_end) {
		ss->store_watch = mq_watch_add(&ss->watch, ss->mq->store.path,
		    MQ_IO_NAMES, err);
		if (ss->store_watch == -1)
			return -1;
	}
	for (i = 0; i < ss->count; i++) {
		s = ss->source[i];
		/* Of one whose topic was deleted the next look tells that. */
		if (watch_source(ss, s, err) == -1 && !mq_source_is_gone(s))
			return -1;
		s->ready = 1;
	}
	return ss->stop_at_end ? 0 : mq_sources_refresh(ss, err);
}

/*
 * The first time: sets the watches, and has everything looked at again.  Not
 * before there is something to wait for: closing inotify takes the kernel
 * milliseconds.
 */
static int
start_watching(struct mq_sources *ss, struct mq_err *err)
{
	if (mq_watch_open(&ss->watch, &ss->mq->wakeup, err) == -1)
		return -1;
	if (set_watches(ss, err) == 0)
		return 0;
	/* All of them, the next time. */
	mq_watch_close(&ss->watch);
	return -1;
}

static void
told(int id, void *arg)
{
	struct mq_sources *ss = arg;
	size_t i;

	/* -1: so much came that some was not told. */
	if (id == ss->group_watch || id == -1)
		ss->group_changed = 1;
	if (id == ss->store_watch || id == -1)
		ss->store_changed = 1;
	for (i = 0; i < ss->count; i++)
		if (ss->source[i]->watch == id || id == -1)
			ss->source[i]->ready = 1;
}

int
mq_sources_watch_group(struct mq_sources *ss, const char *group,
    struct mq_err *err)
{
	char *path;

	if (mq_watch_open(&ss->watch, &ss->mq->wakeup, err) == -1)
		return -1;
	if ((path = mq_group_dir_path(ss->mq, group)) == NULL)
		return mq_fail_memory(err);
	ss->group_watch = mq_watch_add(&ss->watch, path, MQ_IO_CLOSES, err);
	free(path);
	if (ss->group_watch == -1)
		return -1;
	ss->store_watch =
	    mq_watch_add(&ss->watch, ss->mq->store.path, MQ_IO_NAMES, err);
	return ss->store_watch == -1 ? -1 : 0;
}

int
mq_sources_told(struct mq_sources *ss, struct mq_err *err)
{
	if (ss->watch.fd == -1)
		return 0;
	if (mq_watch_wait(&ss->watch, 0, told, ss, err) == -1)
		return -1;
	return ss->store_changed ? mq_sources_refresh(ss, err) : 0;
}

int
mq_sources_wait(struct mq_sources *ss, int64_t wait_ms, struct mq_err *err)
{
	int64_t look = ss->look_ms;
	int rc, sooner = look != -1 && (wait_ms == -1 || look < wait_ms);

	if (ss->watch.fd == -1)
		return start_watching(ss, err) == -1 ? -1 : 1;
	/* What failed before. */
	if (ss->store_changed)
		return mq_sources_refresh(ss, err) == -1 ? -1 : 1;
	rc = mq_watch_wait(&ss->watch, sooner ? look : wait_ms, told, ss, err);
	if (rc == 1 && ss->store_changed)
		return mq_sources_refresh(ss, err) == -1 ? -1 : 1;
	/* The time was that of a look, if no wakeup has come. */
	if (rc == 0 && sooner && !mq_watch_woken(&ss->watch))
		return 1;
	return rc;
}

void
mq_sources_remove(struct mq_sources *ss, size_t i)
{
	mq_watch_remove(&ss->watch, ss->source[i]->watch);
	free_source(ss->source[i]);
	ss->count--;
	(void)memmove(&ss->source[i], &ss->source[i + 1],
	    (ss->count - i) * sizeof(*ss->source));
}

void
mq_sources_close(struct mq_sources *ss)
{
	size_t i;

	for (i = 0; i < ss->count; i++)
		free_source(ss->source[i]);
	free(ss->source);
	mq_wanted_free(&ss->wanted);
	mq_watch_close(&ss->watch);
	(void)memset(ss, 0, sizeof(*ss));
	ss->watch.fd = -1;
}
