/* SPDX-License-Identifier: ISC */
#include "client/share_forget.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "client/group_dir.h"
#include "client/share_file.h"
#include "client/share_holder.h"

static int
forget_files(int dir, const char *topic, struct mq_err *err)
{
	char file[MQ_SHARE_FILE_NAME];
	struct mq_io_names names;
	int32_t partition;
	size_t i;
	int rc = 0;

	if (mq_io_list(dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "its directory");
	for (i = 0; i < names.count && rc == 0; i++) {
		if (!mq_share_file_parse(names.name[i], &partition) ||
		    strcmp(names.name[i], topic) != 0)
			continue;
		mq_share_file_name(file, topic, partition);
		if (mq_io_unlink(dir, file) == -1 && errno != ENOENT)
			rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s",
			    file);
	}
	mq_io_names_free(&names);
	return rc;
}

int
mq_share_forget(struct mq *mq, const char *topic, int queue, struct mq_err *err)
{
	char **groups = mq_group_dir_list(mq, err), **g;
	int dir, rc = 0;

	if (groups == NULL)
		return -1;
	for (g = groups; rc != -1 && *g != NULL; g++) {
		rc = mq_group_dir_open(mq, *g, 0, &dir, err);
		if (rc != 1)
			continue;
		if ((rc = forget_files(dir, topic, err)) == -1)
			(void)mq_fail_context(err, "group %s", *g);
		(void)mq_io_close(dir);
	}
	mq_names_free(groups);
	if (rc != -1 && queue)
		mq_share_forget_group(mq, topic);
	return rc == -1 ? -1 : 0;
}

/* Whether nothing is in it but the lock, and the files of the dead, which go. */
static int
is_empty(int dir)
{
	struct mq_io_names names;
	struct mq_err ignored;
	int empty;

	if (mq_share_holder_sweep(dir, &ignored) != 0 ||
	    mq_io_list(dir, &names) == -1)
		return 0;
	empty = names.count == 1 && strcmp(names.name[0], MQ_GROUP_LOCK) == 0;
	mq_io_names_free(&names);
	return empty;
}

void
mq_share_forget_group(struct mq *mq, const char *group)
{
	char *path = mq_group_dir_path(mq, group);
	struct mq_err ignored;
	int dir, lock = -1;

	if (path == NULL ||
	    mq_group_dir_open(mq, group, 0, &dir, &ignored) != 1) {
		free(path);
		return;
	}
	/* Who has the lock is about to be in the group, or to do this. */
	if ((lock = mq_group_dir_lock_open(dir, &ignored)) != -1 &&
	    mq_io_trylock(lock, 0, MQ_IO_EXCLUSIVE) == 0 && is_empty(dir) &&
	    mq_io_unlink(dir, MQ_GROUP_LOCK) == 0)
		(void)mq_io_rmdir(AT_FDCWD, path);
	if (lock != -1)
		(void)mq_io_close(lock);
	(void)mq_io_close(dir);
	free(path);
}

/* Whether a share group keeps something of another topic: 1, 0, -1. */
static int
has_others(int dir, const char *topic, struct mq_err *err)
{
	struct mq_io_names names;
	int32_t partition;
	size_t i;
	int found = 0;

	if (mq_io_list(dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the group's directory");
	for (i = 0; i < names.count; i++)
		found |= mq_share_file_parse(names.name[i], &partition) &&
		    strcmp(names.name[i], topic) != 0;
	mq_io_names_free(&names);
	return found;
}

int
mq_share_name_free(struct mq *mq, const char *queue, struct mq_err *err)
{
	int type = mq_group_type(mq, queue, err), dir, taken;

	taken = type == -1 ? -1 : type == MQ_GROUP_CONSUMER;
	if (type == MQ_GROUP_SHARE) {
		taken = mq_group_dir_open(mq, queue, 0, &dir, err);
		if (taken == 1) {
			taken = has_others(dir, queue, err);
			(void)mq_io_close(dir);
		}
	}
	if (taken != 1)
		return taken;
	return mq_fail(err, MQ_INCONSISTENT_GROUP_PROTOCOL,
	    "a queue's share group bears its name, and there is a group %s "
	    "already: delete that, or name the queue otherwise",
	    queue);
}

int
mq_share_remember(struct mq *mq, const struct mq_topic_file *file,
    struct mq_err *err)
{
	struct mq_topic_file now;
	struct mq_err ignored;

	if (mq_topic_file_read(mq->store.dir, file->name, &now, err) == 0) {
		if (strcmp(now.id, file->id) == 0)
			return 0;
	} else if (err->code != MQ_UNKNOWN_TOPIC_OR_PARTITION)
		return -1;
	if (mq_store_admin_lock(&mq->store, &ignored) == 0) {
		/* The files may be those of a topic that was made since. */
		if (mq_topic_file_read(mq->store.dir, file->name, &now,
			&ignored) == -1 &&
		    ignored.code == MQ_UNKNOWN_TOPIC_OR_PARTITION)
			(void)mq_share_forget(mq, file->name, file->queue,
			    &ignored);
		mq_store_admin_unlock(&mq->store);
	}
	return mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
	    "topic %s was deleted", file->name);
}
