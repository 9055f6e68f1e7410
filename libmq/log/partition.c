/* SPDX-License-Identifier: ISC */
#include "log/partition.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "log/flush.h"
#include "log/layout.h"
#include "log/recovery.h"

int
mq_partition_context(const struct mq_partition *p, struct mq_err *err)
{
	return mq_fail_context(err, "topic %s, partition %d", p->topic,
	    (int)p->number);
}

/* A file that writers need to write; readers make do with reading. */
static int
open_shared(struct mq_partition *p, const char *name, int flags)
{
	int fd = -1;

	if (p->writable) {
		fd = mq_io_open(p->dir, name, O_RDWR | flags, 0666);
		if (fd == -1 &&
		    (errno == EACCES || errno == EROFS || errno == EPERM)) {
			p->writable = 0;
			p->denied = errno;
		}
	}
	if (fd == -1 && !p->writable)
		fd = mq_io_open(p->dir, name, O_RDONLY, 0);
	return fd;
}

static int
open_files(struct mq_partition *p, const struct mq_store *s, struct mq_err *err)
{
	static const uint8_t zeros[MQ_PARTITION_STATE_SIZE];
	char name[MQ_LAYOUT_NAME];
	int64_t size = 0;
	size_t len;

	(void)snprintf(name, sizeof(name), MQ_LAYOUT_PARTITION, p->topic,
	    p->number);
	len = strlen(s->path) + strlen(name) + 2;
	if ((p->path = malloc(len)) == NULL)
		return mq_fail_memory(err);
	(void)snprintf(p->path, len, "%s/%s", s->path, name);
	p->dir = mq_io_open(s->dir, name, O_RDONLY | O_DIRECTORY, 0);
	if (p->dir == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	if ((p->lock = open_shared(p, MQ_LAYOUT_LOCK, O_CREAT)) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOCK);
	p->state = open_shared(p, MQ_LAYOUT_STATE, O_CREAT);
	if (p->state == -1 && p->writable)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STATE);
	if (p->state != -1 && p->writable &&
	    (mq_io_size(p->state, &size) == -1 ||
		(size < MQ_PARTITION_STATE_SIZE &&
		    mq_io_pwrite(p->state, zeros, sizeof(zeros) - (size_t)size,
			size) == -1)))
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STATE);
	(void)memcpy(p->token, s->token, sizeof(p->token));
	return 0;
}

/*
 * Whether the tail speaks of the files as they are: the last batch ends where
 * the tail says that the log ends.
 */
static int
fits(const struct mq_partition *p, const struct mq_partition_tail *t)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	uint8_t header[MQ_BATCH_HEADER];
	struct mq_err ignored;
	struct mq_batch b;
	int64_t size;
	int ok;

	if (mq_segment_open(&s, p->dir, t->active_base, MQ_SEGMENT_READ,
		&ignored) == -1)
		return 0;
	ok = mq_io_size(s.log, &size) == 0 && size >= t->active_size;
	if (ok && t->active_size == 0)
		ok = t->log_end == t->active_base;
	else if (ok)
		ok = mq_io_pread(s.log, header, sizeof(header),
			 t->last_batch) == (ssize_t)sizeof(header) &&
		    mq_batch_peek(header, sizeof(header), &b, &ignored) == 1 &&
		    t->last_batch + (int64_t)b.size == t->active_size &&
		    mq_batch_last_offset(&b) + 1 == t->log_end;
	mq_segment_close(&s);
	return ok;
}

int
mq_partition_published(struct mq_partition *p, struct mq_partition_tail *t,
    struct mq_err *err)
{
	int rc;

	if (p->state == -1)
		return 0;
	if ((rc = mq_partition_state_tail(p->state, t, err)) != 1)
		return rc;
	if (t->deleted)
		return mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
		    "the topic was deleted");
	return memcmp(t->token, p->token, sizeof(p->token)) == 0;
}

int
mq_partition_holds_active(const struct mq_partition *p,
    const struct mq_partition_tail *t)
{
	return p->active.base == t->active_base &&
	    p->active_generation == t->generation;
}

/* Holds the active segment open for appending. */
static int
open_active(struct mq_partition *p, const struct mq_partition_tail *t,
    struct mq_err *err)
{
	if (mq_partition_holds_active(p, t))
		return 0;
	mq_segment_close(&p->active);
	p->active_generation = t->generation;
	return mq_segment_open(&p->active, p->dir, t->active_base,
	    MQ_SEGMENT_WRITE, err);
}

int
mq_partition_config(struct mq_partition *p, const struct mq_partition_tail *t,
    struct mq_err *err)
{
	struct mq_topic_file file;

	if (p->config_epoch == t->config_epoch)
		return 0;
	if (mq_topic_file_read(p->store, p->topic, &file, err) == -1)
		return -1;
	p->config = file.config;
	p->config_epoch = t->config_epoch;
	return 0;
}

/* Another began a segment and did not publish it: it holds nothing. */
static int
undo_roll(struct mq_partition *p, struct mq_partition_tail *t,
    struct mq_err *err)
{
	if (mq_segment_delete(p->dir, t->log_end, err) == -1)
		return -1;
	/* It must not come back where its place is taken. */
	if (mq_io_sync(p->dir) == -1) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the partition's directory");
		mq_partition_give_up(p);
		return -1;
	}
	t->rolling = 0;
	return mq_partition_state_set_tail(p->state, t, err);
}

static int
load_locked(struct mq_partition *p, struct mq_partition_tail *t,
    struct mq_err *err)
{
	int64_t size;
	int rc = mq_partition_published(p, t, err);

	if (rc == -1)
		return -1;
	if (rc == 0) {
		mq_segment_close(&p->active);
		return mq_recovery_run(p, t, err);
	}
	if (t->rolling && undo_roll(p, t, err) == -1)
		return -1;
	if (open_active(p, t, err) == -1)
		return -1;
	if (mq_io_size(p->active.log, &size) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "size");
	/* A writer was killed here: what it left is looked at, then cut. */
	if (size != t->active_size || t->swapping)
		return mq_recovery_run(p, t, err);
	return 0;
}

int
mq_partition_lock(struct mq_partition *p, struct mq_partition_tail *t,
    struct mq_err *err)
{
	if (!p->writable) {
		errno = p->denied;
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "%s can only be read", p->path);
	}
	if (mq_io_lock(p->lock, MQ_LAYOUT_APPEND, MQ_IO_EXCLUSIVE) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOCK);
	if (load_locked(p, t, err) == -1) {
		mq_partition_unlock(p);
		return -1;
	}
	return 0;
}

void
mq_partition_unlock(struct mq_partition *p)
{
	/* A lock that is held can be let go. */
	(void)mq_io_unlock(p->lock, MQ_LAYOUT_APPEND);
}

void
mq_partition_give_up(struct mq_partition *p)
{
	struct mq_partition_tail t;
	struct mq_err ignored;

	if (mq_partition_state_tail(p->state, &t, &ignored) != 1)
		return;
	(void)memset(t.token, 0, sizeof(t.token));
	(void)mq_partition_state_set_tail(p->state, &t, &ignored);
}

int
mq_partition_open(struct mq_partition *p, const struct mq_store *s,
    const struct mq_topic_file *file, int32_t number, struct mq_err *err)
{
	struct mq_segment none = MQ_SEGMENT_NONE;
	struct mq_partition_tail t;
	int rc;

	(void)memset(p, 0, sizeof(*p));
	p->dir = p->lock = p->state = -1;
	p->active = none;
	p->number = number;
	p->store = s->dir;
	p->writable = 1;
	p->config = file->config;
	p->config_epoch = UINT32_MAX; /* read again before it is relied on */
	if ((p->topic = strdup(file->name)) == NULL)
		rc = mq_fail_memory(err);
	else
		rc = open_files(p, s, err);
	if (rc == 0 && (rc = mq_partition_published(p, &t, err)) == 1 &&
	    !fits(p, &t) && p->writable) {
		/* Another may be appending at this moment: look in peace. */
		rc = mq_partition_lock(p, &t, err);
		if (rc == 0 && !fits(p, &t))
			rc = mq_recovery_run(p, &t, err);
		if (rc == 0)
			mq_partition_unlock(p);
	} else if (rc == 0 && p->writable) {
		rc = mq_partition_lock(p, &t, err);
		if (rc == 0)
			mq_partition_unlock(p);
	}
	if (rc == -1) {
		(void)mq_partition_context(p, err);
		mq_partition_close(p);
		return -1;
	}
	return 0;
}

void
mq_partition_close(struct mq_partition *p)
{
	mq_segment_close(&p->active);
	if (p->state != -1)
		(void)mq_io_close(p->state);
	if (p->lock != -1)
		(void)mq_io_close(p->lock);
	if (p->dir != -1)
		(void)mq_io_close(p->dir);
	free(p->path);
	free(p->topic);
	(void)memset(p, 0, sizeof(*p));
	p->dir = p->lock = p->state = -1;
}

int
mq_partition_tail(struct mq_partition *p, struct mq_partition_tail *t,
    struct mq_err *err)
{
	int rc = mq_partition_published(p, t, err);

	if (rc == 0 && p->writable) {
		if ((rc = mq_partition_lock(p, t, err)) == 0)
			mq_partition_unlock(p);
	} else if (rc == 0)
		rc = mq_recovery_look(p, t, err);
	return rc == -1 ? mq_partition_context(p, err) : 0;
}

int
mq_partition_sparse(struct mq_partition *p, int64_t *offset, struct mq_err *err)
{
	struct mq_partition_tail t;

	if (mq_partition_tail(p, &t, err) == -1)
		return -1;
	*offset = t.sparse;
	return 0;
}

int
mq_partition_high_watermark(struct mq_partition *p, struct mq_partition_tail *t,
    int64_t *high_watermark, struct mq_err *err)
{
	struct mq_partition_flushed f;
	int rc;

	if (mq_partition_tail(p, t, err) == -1)
		return -1;
	*high_watermark = t->log_end;
	if (t->flush_messages != 1 || p->flushed >= t->log_end)
		return 0;
	rc = p->state == -1 ? 0 : mq_partition_state_flushed(p->state, &f, err);
	if (rc == -1)
		return mq_partition_context(p, err);
	if (rc == 1 && f.offset >= t->log_end)
		return 0;
	return mq_flush(p, t->log_end, err);
}
