/* SPDX-License-Identifier: ISC */
/* What is done to a share group from outside. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "client/lock.h"
#include "client/share_view.h"

static int
seek_locked(struct mq_share_view *v, int dir, int there, int64_t offset,
    struct mq_err *err)
{
	struct mq_share_partition *p = &v->file.p;

	if (mq_share_view_settle(v, dir, there, err) == -1)
		return -1;
	if (offset < v->tail.log_start || offset > v->hw)
		return mq_fail(err, MQ_OFFSET_OUT_OF_RANGE,
		    "offset %" PRId64 " is out of range: the log holds %" PRId64
		    " up to %" PRId64,
		    offset, v->tail.log_start, v->hw);
	if (p->records[MQ_SHARE_ACQUIRED] != 0)
		return mq_fail(err, MQ_NON_EMPTY_GROUP,
		    "%" PRId64 " records are acquired",
		    p->records[MQ_SHARE_ACQUIRED]);
	if (mq_share_partition_seek(p, offset, err) == -1)
		return -1;
	return mq_share_file_save(&v->file, 1, err);
}

int
mq_share_seek(struct mq *mq, const char *group, const char *topic,
    int32_t partition, int64_t offset, struct mq_err *err)
{
	struct mq_share_view v;
	int dir, rc;

	if (mq_share_may_read(mq, group, topic, err) == -1 ||
	    mq_share_group_open(mq, group, &dir, err) == -1 ||
	    (dir == -1 && mq_group_dir_open(mq, group, 1, &dir, err) == -1))
		return -1;
	(void)memset(&v, 0, sizeof(v));
	rc = mq_share_view_open(&v, mq, dir, topic, partition, 1, err);
	if (rc == 0) {
		if ((rc = mq_share_file_lock(&v.file, mq_lock_patience(),
			 err)) != -1) {
			rc = seek_locked(&v, dir, rc, offset, err);
			mq_share_file_unlock(&v.file);
		}
		if (rc == -1)
			(void)mq_partition_context(&v.partition, err);
		mq_share_view_close(&v);
	}
	(void)mq_io_close(dir);
	return rc == -1 ? mq_fail_context(err, "group %s", group) : 0;
}

static int
delete_files(int dir, struct mq_err *err)
{
	struct mq_io_names names;
	size_t i;
	int rc = 0;

	if (mq_io_list(dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "its directory");
	/* The lock last: while it has its name, nobody can be in the group. */
	for (i = 0; i < names.count && rc == 0; i++)
		if (strcmp(names.name[i], MQ_GROUP_LOCK) != 0 &&
		    mq_io_unlink(dir, names.name[i]) == -1)
			rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s",
			    names.name[i]);
	mq_io_names_free(&names);
	if (rc == 0 && mq_io_unlink(dir, MQ_GROUP_LOCK) == -1)
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, MQ_GROUP_LOCK);
	return rc;
}

/* Somebody works on what is held. */
static int
check_held(struct mq *mq, const char *group, struct mq_err *err)
{
	struct mq_share_group *g = mq_share_describe(mq, group, err);
	int64_t held = 0;
	size_t i;

	if (g == NULL)
		return -1;
	for (i = 0; i < g->count; i++)
		held += g->partition[i].acquired;
	mq_share_group_free(g);
	return held == 0 ? 0 :
			   mq_fail(err, MQ_NON_EMPTY_GROUP,
			       "%" PRId64 " records are acquired", held);
}

int
mq_share_delete(struct mq *mq, const char *group, struct mq_err *err)
{
	int dir, lock, rc = -1;
	char *path;

	/* Where it began anew, what it accepted would come again. */
	if (mq_share_is_queue(mq, group))
		return mq_fail(err, MQ_INVALID_REQUEST,
		    "group %s goes with its queue", group);
	if (mq_share_group_open(mq, group, &dir, err) == -1)
		return -1;
	if ((lock = mq_group_dir_lock_open(dir, err)) != -1 &&
	    mq_group_dir_lock_until(lock, mq_lock_patience(), err) == 0 &&
	    (rc = mq_share_holder_any(dir, err)) == 1)
		rc = mq_fail(err, MQ_NON_EMPTY_GROUP, "a process is in it");
	if (rc == 0)
		rc = check_held(mq, group, err);
	if (rc == 0)
		rc = delete_files(dir, err);
	if (lock != -1)
		(void)mq_io_close(lock);
	(void)mq_io_close(dir);
	if (rc == 0 && (path = mq_group_dir_path(mq, group)) != NULL) {
		/* Somebody may have made it anew. */
		if (mq_io_rmdir(AT_FDCWD, path) == -1 && errno != ENOTEMPTY)
			rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s",
			    path);
		free(path);
	}
	return rc == -1 ? mq_fail_context(err, "group %s", group) : 0;
}
