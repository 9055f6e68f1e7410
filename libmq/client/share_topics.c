/* SPDX-License-Identifier: ISC */
/* Which partitions a share group's consumer reads: its parts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "client/lock.h"
#include "client/share_forget.h"
#include "client/share_view.h"
#include "log/layout.h"

#define TRIES 10 /* to be in a group that others delete */

static void
free_part(struct mq_share_part *part)
{
	mq_share_cursor_free(&part->cursor);
	mq_share_file_close(&part->file);
	mq_partition_close(&part->partition);
	mq_share_ranges_free(&part->got);
	mq_share_ranges_free(&part->fresh);
	free(part->word);
	free(part->victim);
	free(part->late);
	free(part->topic);
	free(part);
}

int
mq_share_join(struct mq_share *s, struct mq_err *err)
{
	int tries = 0;

	if (s->holder.number != 0)
		return 0;
	do {
		if (s->dir == -1 &&
		    mq_group_dir_open(s->mq, s->group, 1, &s->dir, err) == -1)
			return -1;
		if (mq_share_holder_take(&s->holder, s->dir, mq_lock_patience(),
			err) == 0)
			return 0;
		/* The group was deleted since its directory was opened. */
		if (!s->reads || err->sys != ENOENT)
			break;
		(void)mq_io_close(s->dir);
		s->dir = -1;
	} while (++tries < TRIES);
	return mq_fail_context(err, "group %s", s->group);
}

static int
open_file(struct mq_share *s, struct mq_share_part *part,
    const struct mq_topic_file *file, struct mq_err *err)
{
	char name[MQ_SHARE_FILE_NAME];

	mq_share_file_name(name, file->name, part->partition.number);
	if (s->reads && mq_share_join(s, err) == -1)
		return -1;
	if (mq_share_file_open(&part->file, s->dir, name, file->id, &s->config,
		1, err) != 1)
		return mq_fail_context(err, "group %s", s->group);
	return 0;
}

int
mq_share_part_watch(struct mq_share *s, struct mq_share_part *part,
    struct mq_err *err)
{
	char state[MQ_SHARE_FILE_NAME];
	const char *store = s->mq->store.path;
	char *dir = mq_group_dir_path(s->mq, s->group), *path;
	size_t len = strlen(store) + MQ_GROUP_NAME + MQ_SHARE_FILE_NAME + 16;

	if (dir == NULL || (path = malloc(len)) == NULL) {
		free(dir);
		return mq_fail_memory(err);
	}
	(void)snprintf(path, len, "%s/" MQ_LAYOUT_STATE, part->partition.path);
	part->watch_log = mq_watch_add(&s->watch, path, MQ_IO_WRITES, err);
	mq_share_file_name(state, part->topic, part->partition.number);
	(void)snprintf(path, len, "%s/%s", dir, state);
	if (part->watch_log != -1)
		part->watch_file =
		    mq_watch_add(&s->watch, path, MQ_IO_WRITES, err);
	free(path);
	free(dir);
	return part->watch_file == -1 ? -1 : 0;
}

static int
set_until(struct mq_share *s, struct mq_share_part *part, struct mq_err *err)
{
	struct mq_partition_tail t;

	part->until = INT64_MAX;
	if (!s->stop_at_end)
		return 0;
	return mq_partition_high_watermark(&part->partition, &t, &part->until,
	    err);
}

static struct mq_share_part *
add_part(struct mq_share *s, const struct mq_topic_file *file, int32_t n,
    struct mq_err *err)
{
	struct mq_share_part *part, **more;

	more = reallocarray(s->part, s->count + 1, sizeof(*more));
	if (more != NULL)
		s->part = more;
	if (more == NULL || (part = calloc(1, sizeof(*part))) == NULL) {
		(void)mq_fail_memory(err);
		return NULL;
	}
	if (mq_partition_open(&part->partition, &s->mq->store, file, n, err) ==
	    -1) {
		free(part);
		return NULL;
	}
	mq_share_cursor_init(&part->cursor, &part->partition);
	part->queue = file->queue;
	part->active = part->watch_log = part->watch_file = -1;
	part->file.fd = -1;
	part->ready = 1;
	if ((part->topic = strdup(file->name)) == NULL)
		(void)mq_fail_memory(err);
	/* The watch before the first look: what comes after it is told. */
	else if (open_file(s, part, file, err) == 0 &&
	    (s->watch.fd == -1 || mq_share_part_watch(s, part, err) == 0) &&
	    set_until(s, part, err) == 0)
		return s->part[s->count++] = part;
	free_part(part);
	return NULL;
}

static struct mq_share_part *
find_part(const struct mq_share *s, const char *topic, int32_t partition)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (!s->part[i]->gone &&
		    s->part[i]->partition.number == partition &&
		    (s->part[i]->topic == topic ||
			strcmp(s->part[i]->topic, topic) == 0))
			return s->part[i];
	return NULL;
}

static void
mark_gone(struct mq_share *s, struct mq_share_part *part)
{
	part->gone = s->gone = 1;
	part->ready = 0;
}

/* Whether the group has read a partition: nobody holds a record of another. */
static int
has_read(const struct mq_share *s, const char *topic, int32_t partition)
{
	char name[MQ_SHARE_FILE_NAME];
	int64_t size, mtime_ms;

	mq_share_file_name(name, topic, partition);
	return mq_io_stat(s->dir, name, &size, &mtime_ms) == 0;
}

/*
 * Whether a partition is among the parts.  That of a topic which a pattern found,
 * and which was deleted and made anew since, is gone.
 */
static int
has_part(struct mq_share *s, const struct mq_topic_file *file,
    int32_t partition)
{
	struct mq_share_part *part = find_part(s, file->name, partition);

	if (part == NULL)
		return 0;
	if (!s->wanted.patterns || strcmp(part->file.id, file->id) == 0)
		return 1;
	mark_gone(s, part);
	return 0;
}

/* Those of a topic that are wanted, or (not -1) one, as far as they are new. */
static int
add_parts(struct mq_share *s, const struct mq_topic_file *file, int32_t one,
    struct mq_err *err)
{
	size_t count = s->count;
	struct mq_err gone;
	int32_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < file->partitions; i++)
		if ((one == -1 ? mq_wanted_partition(&s->wanted, i) :
				 i == one) &&
		    !has_part(s, file, i) && add_part(s, file, i, err) == NULL)
			rc = -1;
	if (rc == 0 && s->count == count)
		return 0;
	/* That it was deleted meanwhile is the reason for anything else. */
	if (mq_share_remember(s->mq, file, &gone) == 0)
		return rc;
	for (; count < s->count; count++)
		mark_gone(s, s->part[count]);
	*err = gone;
	return -1;
}

struct mq_share_part *
mq_share_part_get(struct mq_share *s, const char *topic, int32_t partition,
    struct mq_err *err)
{
	struct mq_share_part *part = find_part(s, topic, partition);
	struct mq_topic_file file;

	if (part != NULL)
		return part;
	if (mq_topic_file_read(s->mq->store.dir, topic, &file, err) == -1)
		return NULL;
	if (partition >= 0 && partition < file.partitions) {
		if (has_read(s, topic, partition))
			return add_parts(s, &file, partition, err) == 0 ?
			    s->part[s->count - 1] :
			    NULL;
		(void)mq_fail(err, MQ_INVALID_RECORD_STATE,
		    "group %s has not read topic %s, partition %d", s->group,
		    topic, (int)partition);
		return NULL;
	}
	(void)mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
	    "topic %s has no partition %d: it has %d, from 0", topic,
	    (int)partition, (int)file.partitions);
	return NULL;
}

static int
add_topic(struct mq_share *s, const char *topic, struct mq_err *err)
{
	struct mq_topic_file file;

	/* Only by a pattern (mq_share_subscribe). */
	if (s->dead_topic != NULL && strcmp(topic, s->dead_topic) == 0)
		return 0;
	if (mq_topic_file_read(s->mq->store.dir, topic, &file, err) == -1)
		return -1;
	if (mq_share_may_read(s->mq, s->group, file.name, err) == -1)
		return s->wanted.patterns ? 0 : -1;
	if (add_parts(s, &file, -1, err) == -1)
		return -1;
	return mq_wanted_check(&s->wanted, &file, err);
}

int
mq_share_refresh(struct mq_share *s, struct mq_err *err)
{
	char **names;
	size_t i;
	int rc = 0;

	s->store_changed = 0;
	names = mq_wanted_topics(&s->wanted, &s->mq->store, err);
	if (names == NULL)
		return -1;
	for (i = 0; names[i] != NULL && rc == 0; i++) {
		rc = add_topic(s, names[i], err);
		/* It may be deleted between the list and the look. */
		if (rc == -1 && s->wanted.patterns &&
		    err->code == MQ_UNKNOWN_TOPIC_OR_PARTITION)
			rc = 0;
	}
	mq_names_free(names);
	return rc;
}

int
mq_share_part_gone(struct mq_share *s, struct mq_share_part *part,
    const struct mq_err *err)
{
	if (!s->wanted.patterns || err->code != MQ_UNKNOWN_TOPIC_OR_PARTITION)
		return 0;
	mark_gone(s, part);
	return 1;
}

int
mq_share_part_try(struct mq_share *s, struct mq_share_part *part, int64_t max,
    struct mq_err *err)
{
	int rc = mq_share_part_act(s, part, max, err);

	return rc == -1 && mq_share_part_gone(s, part, err) ? 0 : rc;
}

int
mq_share_subscribe(struct mq_share *s, const struct mq_subscription *sub,
    struct mq_err *err)
{
	size_t i;

	s->stop_at_end = sub->stop_at_end;
	if (mq_wanted_init(&s->wanted, sub, err) == -1)
		return -1;
	for (i = 0; s->dead_topic != NULL && i < s->wanted.name_count; i++)
		if (!s->wanted.patterns &&
		    strcmp(s->wanted.name[i], s->dead_topic) == 0)
			return mq_fail(err, MQ_INVALID_REQUEST,
			    "topic %s cannot be its own dead-letter topic",
			    s->dead_topic);
	return mq_share_refresh(s, err);
}

void
mq_share_unsubscribe(struct mq_share *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		free_part(s->part[i]);
	free(s->part);
	mq_wanted_free(&s->wanted);
}
