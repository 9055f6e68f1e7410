/* SPDX-License-Identifier: ISC */
#include "client/leftover.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "client/client.h"

/* The topic that a partition's directory is named for; NULL it is no such. */
static char *
topic_of(const char *name, int32_t *partition)
{
	const char *dash = strrchr(name, '-'), *why;
	struct mq_err ignored;
	char *topic;

	if (dash == NULL || dash[1] == '+' || dash[1] == '\0')
		return NULL;
	*partition = (int32_t)strtonum(dash + 1, 0, INT32_MAX, &why);
	if (why != NULL ||
	    (topic = strndup(name, (size_t)(dash - name))) == NULL)
		return NULL;
	if (mq_topic_name_check(topic, &ignored) == 0)
		return topic;
	free(topic);
	return NULL;
}

int
mq_leftover_is(struct mq *mq, const char *name)
{
	struct mq_topic_file file;
	struct mq_err why;
	int32_t partition;
	char *topic = topic_of(name, &partition);
	int is = 0;

	if (topic == NULL)
		return 0;
	if (mq_topic_file_read(mq->store.dir, topic, &file, &why) == -1)
		is = why.code == MQ_UNKNOWN_TOPIC_OR_PARTITION;
	else
		is = partition >= file.partitions;
	free(topic);
	return is;
}

int
mq_leftover_remove(struct mq *mq, const char *name, struct mq_err *err)
{
	struct mq_io_names names;
	size_t i;
	int dir, rc = 0;

	dir = mq_io_open(mq->store.dir, name, O_RDONLY | O_DIRECTORY, 0);
	if (dir == -1)
		return errno == ENOENT ?
		    0 :
		    mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	if (mq_io_list(dir, &names) == -1)
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	else {
		for (i = 0; i < names.count && rc == 0; i++)
			if (mq_io_unlink(dir, names.name[i]) == -1)
				rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
				    "%s/%s", name, names.name[i]);
		mq_io_names_free(&names);
	}
	(void)mq_io_close(dir);
	if (rc == 0 && mq_io_rmdir(mq->store.dir, name) == -1)
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	return rc;
}

/* A partition's file: 2 it holds records, 1 it holds none; 0 it is no such. */
static int
kind(const char *name)
{
	static const char *const plain[] = { MQ_LAYOUT_LOCK, MQ_LAYOUT_STATE,
		MQ_LAYOUT_EPOCHS, MQ_LAYOUT_LOG_START, MQ_LAYOUT_CLEANER,
		MQ_LAYOUT_SWAP, MQ_LAYOUT_TMP };
	static const char *const of_segment[] = { ".index", ".timeindex",
		".log" };
	static const char *const behind[] = { "", MQ_LAYOUT_CLEANED,
		MQ_LAYOUT_SWAPPED };
	size_t i, j, len;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(name, plain[i]) == 0)
			return 1;
	if (strspn(name, "0123456789") != 20)
		return 0;
	for (i = 0; i < 3; i++) {
		len = strlen(of_segment[i]);
		if (strncmp(name + 20, of_segment[i], len) != 0)
			continue;
		for (j = 0; j < 3; j++)
			if (strcmp(name + 20 + len, behind[j]) == 0)
				return i == 2 ? 2 : 1;
	}
	return 0;
}

/* Nothing of it is to be missed: 0, -1. */
static int
judge(int dir, const char *name, struct mq_err *err)
{
	struct mq_partition_tail t;
	struct mq_io_names names;
	struct mq_err ignored;
	int64_t size, mtime;
	int state, what, gone = 0, rc = 0;
	size_t i;

	state = mq_io_open(dir, MQ_LAYOUT_STATE, O_RDONLY, 0);
	if (state != -1) {
		gone = mq_partition_state_tail(state, &t, &ignored) == 1 &&
		    t.deleted;
		(void)mq_io_close(state);
	}
	if (mq_io_list(dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	for (i = 0; i < names.count && rc == 0; i++) {
		if ((what = kind(names.name[i])) == 0)
			rc = mq_fail(err, MQ_KAFKA_STORAGE_ERROR,
			    "%s/%s is no file of a partition; move it away "
			    "first",
			    name, names.name[i]);
		else if (what == 2 && !gone &&
		    (mq_io_stat(dir, names.name[i], &size, &mtime) == -1 ||
			size != 0))
			rc = mq_fail(err, MQ_KAFKA_STORAGE_ERROR,
			    "%s holds records of a topic whose file is lost; "
			    "move it away first",
			    name);
	}
	mq_io_names_free(&names);
	return rc;
}

int
mq_leftover_clear(struct mq *mq, const char *name, struct mq_err *err)
{
	int dir, rc;

	dir = mq_io_open(mq->store.dir, name, O_RDONLY | O_DIRECTORY, 0);
	if (dir == -1)
		return errno == ENOENT ?
		    0 :
		    mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	rc = judge(dir, name, err);
	(void)mq_io_close(dir);
	return rc == -1 ? -1 : mq_leftover_remove(mq, name, err);
}

int
mq_clean_leftovers(struct mq *mq, int32_t *removed, struct mq_err *err)
{
	struct mq_io_names names;
	struct mq_err ignored;
	size_t i;
	int rc = 0;

	*removed = 0;
	if (mq_store_admin_lock(&mq->store, err) == -1)
		return -1;
	if ((rc = mq_io_list(mq->store.dir, &names)) == -1)
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "listing");
	else {
		/* What cannot go is told by mq_verify. */
		for (i = 0; i < names.count; i++)
			*removed += mq_leftover_is(mq, names.name[i]) &&
			    mq_leftover_clear(mq, names.name[i], &ignored) == 0;
		mq_io_names_free(&names);
	}
	mq_store_admin_unlock(&mq->store);
	return rc;
}
