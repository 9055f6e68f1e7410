/* SPDX-License-Identifier: ISC */
/*
 * What becomes of a partition with its topic: it is made, and those who share
 * it are told that the topic was altered or deleted.
 */
#include "log/partition.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "log/checkpoint.h"
#include "log/layout.h"

/* A page that says that nothing is flushed, so that it is known for ever. */
static int
create_state(int dir, struct mq_err *err)
{
	static const uint8_t zeros[MQ_PARTITION_STATE_SIZE];
	struct mq_partition_flushed f = { 0, 0 };
	int fd, rc;

	fd = mq_io_open(dir, MQ_LAYOUT_STATE, O_RDWR | O_CREAT | O_TRUNC, 0666);
	if (fd == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STATE);
	rc = mq_io_pwrite(fd, zeros, sizeof(zeros), 0);
	if (rc == 0)
		rc = mq_partition_state_set_flushed(fd, &f, err);
	if (rc == 0 && (rc = mq_io_sync(fd)) == -1)
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STATE);
	(void)mq_io_close(fd);
	return rc;
}

static int
create_files(int dir, struct mq_err *err)
{
	struct mq_checkpoint_line zero = { 0, 0 };
	struct mq_segment segment = MQ_SEGMENT_NONE;
	int fd;

	if (mq_checkpoint_write(dir, MQ_LAYOUT_EPOCHS, &zero, 1, err) == -1 ||
	    mq_checkpoint_write(dir, MQ_LAYOUT_LOG_START, &zero, 1, err) == -1)
		return -1;
	fd = mq_io_open(dir, MQ_LAYOUT_LOCK, O_RDWR | O_CREAT, 0666);
	if (fd == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOCK);
	(void)mq_io_close(fd);
	if (create_state(dir, err) == -1)
		return -1;
	if (mq_segment_open(&segment, dir, 0, MQ_SEGMENT_CREATE, err) == -1)
		return -1;
	mq_segment_close(&segment);
	if (mq_io_sync(dir) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "its directory");
	return 0;
}

int
mq_partition_create(const struct mq_store *s, const char *topic, int32_t number,
    struct mq_err *err)
{
	char name[MQ_LAYOUT_NAME];
	int dir, rc;

	(void)snprintf(name, sizeof(name), MQ_LAYOUT_PARTITION, topic, number);
	if (mq_io_mkdir(s->dir, name, 0777) == -1 ||
	    (dir = mq_io_open(s->dir, name, O_RDONLY | O_DIRECTORY, 0)) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "making %s",
		    name);
	rc = create_files(dir, err);
	(void)mq_io_close(dir);
	return rc == -1 ? mq_fail_context(err, "making %s", name) : 0;
}

int
mq_partition_altered(struct mq_partition *p, struct mq_err *err)
{
	struct mq_partition_tail t;
	int rc;

	if (mq_partition_lock(p, &t, err) == -1)
		return mq_partition_context(p, err);
	t.config_epoch++;
	rc = mq_partition_config(p, &t, err);
	t.flush_messages = p->config.flush_messages;
	if (rc == 0)
		rc = mq_partition_state_set_tail(p->state, &t, err);
	mq_partition_unlock(p);
	return rc == -1 ? mq_partition_context(p, err) : 0;
}

/* Also of a partition that cannot be opened any more. */
int
mq_partition_deleted(const struct mq_store *s, const char *topic,
    int32_t number, struct mq_err *err)
{
	struct mq_partition_tail t;
	char name[MQ_LAYOUT_NAME];
	int dir, lock = -1, state = -1, rc = -1;

	(void)snprintf(name, sizeof(name), MQ_LAYOUT_PARTITION, topic, number);
	dir = mq_io_open(s->dir, name, O_RDONLY | O_DIRECTORY, 0);
	if (dir != -1)
		lock = mq_io_open(dir, MQ_LAYOUT_LOCK, O_RDWR | O_CREAT, 0666);
	if (lock != -1)
		state =
		    mq_io_open(dir, MQ_LAYOUT_STATE, O_RDWR | O_CREAT, 0666);
	/* Whoever compacts it makes files: not behind the back of who deletes. */
	if (state == -1 ||
	    mq_io_lock(lock, MQ_LAYOUT_CLEAN, MQ_IO_EXCLUSIVE) == -1 ||
	    mq_io_lock(lock, MQ_LAYOUT_APPEND, MQ_IO_EXCLUSIVE) == -1)
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	else {
		if (mq_partition_state_tail(state, &t, err) != 1)
			(void)memset(&t, 0, sizeof(t));
		t.deleted = 1;
		rc = mq_partition_state_set_tail(state, &t, err);
	}
	/* The lock goes with its descriptor. */
	if (state != -1)
		(void)mq_io_close(state);
	if (lock != -1)
		(void)mq_io_close(lock);
	if (dir != -1)
		(void)mq_io_close(dir);
	return rc;
}
