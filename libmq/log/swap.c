/* SPDX-License-Identifier: ISC */
#include "log/swap.h"

#include <errno.h>
#include <stdio.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/checkpoint.h"
#include "log/layout.h"

static int
sync_dir(const struct mq_partition *p, struct mq_err *err)
{
	if (mq_io_sync(p->dir) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the partition's directory");
	return 0;
}

/* What an unfinished swap is about: 1 there is one, 0, -1. */
static int
read_intent(int dir, struct mq_checkpoint_line *line, struct mq_err *err)
{
	size_t n;
	int rc = mq_checkpoint_read(dir, MQ_LAYOUT_SWAP, line, 1, &n, err);

	if (rc == 1 && (n != 1 || line->first >= line->second))
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    MQ_LAYOUT_SWAP ": it names no segments");
	return rc;
}

/* Whether the segment that is to take the place has not done so. */
static int
waits(int dir, int64_t base)
{
	char name[MQ_LAYOUT_NAME];
	int64_t size, mtime;

	(void)snprintf(name, sizeof(name), MQ_LAYOUT_LOG MQ_LAYOUT_SWAPPED,
	    base);
	return mq_io_stat(dir, name, &size, &mtime) == 0 ? 1 :
	    errno == ENOENT				 ? 0 :
							   -1;
}

/* Removes those of the list that lie between the base and the end. */
static void
leave_out(struct mq_segment_list *list, const struct mq_checkpoint_line *gone)
{
	size_t i, kept = 0;

	for (i = 0; i < list->count; i++)
		if (list->base[i] <= gone->first ||
		    list->base[i] >= gone->second)
			list->base[kept++] = list->base[i];
	list->count = kept;
}

int
mq_swap_hide(int dir, struct mq_segment_list *list, struct mq_err *err)
{
	struct mq_checkpoint_line line;
	int rc;

	if ((rc = read_intent(dir, &line, err)) != 1)
		return rc;
	if ((rc = waits(dir, line.first)) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_SWAP);
	if (rc == 0)
		leave_out(list, &line);
	return 0;
}

/* The new segment is there; those behind it go, the first one first. */
static int
delete_replaced(struct mq_partition *p, const struct mq_checkpoint_line *line,
    struct mq_err *err)
{
	struct mq_segment_list list;
	size_t i;
	int rc = 0;

	if (mq_segment_list(p->dir, &list, err) == -1)
		return -1;
	for (i = 0; i < list.count && rc == 0; i++)
		if (list.base[i] > line->first && list.base[i] < line->second)
			rc = mq_segment_delete(p->dir, list.base[i], err);
	mq_segment_list_free(&list);
	return rc;
}

/* From the intent, which is on disk, to the end; also for a second time. */
static int
finish(struct mq_partition *p, const struct mq_checkpoint_line *line,
    struct mq_err *err)
{
	int rc = waits(p->dir, line->first);

	if (rc == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_SWAP);
	if (rc == 1 &&
	    mq_segment_rename(p->dir, line->first, MQ_LAYOUT_SWAPPED, NULL,
		err) == -1)
		return -1;
	/* In whatever order these reach the disk, the intent covers them. */
	if (delete_replaced(p, line, err) == -1 || sync_dir(p, err) == -1)
		return -1;
	if (mq_io_unlink(p->dir, MQ_LAYOUT_SWAP) == -1 && errno != ENOENT)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_SWAP);
	return 0;
}

static int
write_intent(struct mq_partition *p, const struct mq_checkpoint_line *line,
    struct mq_err *err)
{
	return mq_checkpoint_write(p->dir, MQ_LAYOUT_SWAP, line, 1, err);
}

int
mq_swap_recover(struct mq_partition *p, struct mq_err *err)
{
	struct mq_checkpoint_line line;
	int rc = read_intent(p->dir, &line, err);

	/* Once more: a sync that failed may have kept it from the disk. */
	if (rc == 1 &&
	    (write_intent(p, &line, err) == -1 || finish(p, &line, err) == -1))
		return -1;
	if (rc == -1 ||
	    mq_segment_remove_as(p->dir, MQ_LAYOUT_SWAPPED, err) == -1)
		return -1;
	/* One that is at work has its lock, and needs them. */
	if (p->cleaning)
		return 0;
	rc = mq_io_trylock(p->lock, MQ_LAYOUT_CLEAN, MQ_IO_EXCLUSIVE);
	if (rc == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_LOCK);
	if (rc == 1)
		return 0;
	rc = mq_segment_remove_as(p->dir, MQ_LAYOUT_CLEANED, err);
	(void)mq_io_unlock(p->lock, MQ_LAYOUT_CLEAN);
	return rc;
}

/* Nothing was replaced yet: back to before, where that can be made sure. */
static void
back_out(struct mq_partition *p, struct mq_partition_tail *t)
{
	struct mq_err ignored;

	/* The intent is gone before what it speaks of is. */
	if ((mq_io_unlink(p->dir, MQ_LAYOUT_SWAP) == -1 && errno != ENOENT) ||
	    sync_dir(p, &ignored) == -1)
		return;
	(void)mq_segment_remove_as(p->dir, MQ_LAYOUT_SWAPPED, &ignored);
	t->swapping = 0;
	(void)mq_partition_state_set_tail(p->state, t, &ignored);
}

/* Whether the segments are there, as the first ones of these offsets. */
static int
still_there(struct mq_partition *p, const struct mq_swap *s, struct mq_err *err)
{
	struct mq_segment_list list;
	size_t i = 0, at;

	if (mq_segment_list(p->dir, &list, err) == -1)
		return -1;
	at = mq_segment_list_find(&list, s->base[0]);
	while (i < s->count && at + i < list.count &&
	    list.base[at + i] == s->base[i])
		i++;
	i = i == s->count && at + i < list.count && list.base[at + i] == s->end;
	mq_segment_list_free(&list);
	return (int)i;
}

/*
 * All that comes before the first segment is replaced.  Whoever finds the mark
 * in the state page looks for what is left of it.
 */
static int
prepare(struct mq_partition *p, struct mq_partition_tail *t,
    const struct mq_swap *s, const struct mq_checkpoint_line *line,
    struct mq_err *err)
{
	int64_t first_dirty, sparse;

	t->swapping = 1;
	if (mq_partition_state_set_tail(p->state, t, err) == -1 ||
	    mq_segment_rename(p->dir, s->base[0], MQ_LAYOUT_CLEANED,
		MQ_LAYOUT_SWAPPED, err) == -1 ||
	    sync_dir(p, err) == -1)
		return -1;
	if (mq_swap_checkpoint(p->dir, &first_dirty, &sparse, err) == -1 ||
	    (sparse < s->sparse &&
		mq_swap_set_checkpoint(p, t, first_dirty, s->sparse, err) ==
		    -1))
		return -1;
	return write_intent(p, line, err);
}

int
mq_swap(struct mq_partition *p, struct mq_partition_tail *t,
    const struct mq_swap *s, struct mq_err *err)
{
	struct mq_checkpoint_line line = { s->base[0], s->end };
	int rc;

	if ((rc = still_there(p, s, err)) != 1)
		return rc;
	/* What is replaced was confirmed, and stays so: tell the disk. */
	if (mq_io_datasync(p->state) == -1) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STATE);
		mq_partition_give_up(p);
		return -1;
	}
	if (prepare(p, t, s, &line, err) == -1) {
		back_out(p, t);
		return -1;
	}
	if (finish(p, &line, err) == -1)
		return -1;
	t->swapping = 0;
	return mq_partition_state_set_tail(p->state, t, err) == -1 ? -1 : 1;
}

int
mq_swap_checkpoint(int dir, int64_t *first_dirty, int64_t *sparse,
    struct mq_err *err)
{
	struct mq_checkpoint_line line = { 0, 0 };
	size_t n;

	if (mq_checkpoint_read(dir, MQ_LAYOUT_CLEANER, &line, 1, &n, err) == -1)
		return -1;
	*first_dirty = line.first;
	*sparse = line.second;
	return 0;
}

int
mq_swap_sparse(int dir, int64_t *sparse, struct mq_err *err)
{
	int64_t first_dirty;

	return mq_swap_checkpoint(dir, &first_dirty, sparse, err);
}

int
mq_swap_set_checkpoint(struct mq_partition *p, struct mq_partition_tail *t,
    int64_t first_dirty, int64_t sparse, struct mq_err *err)
{
	struct mq_checkpoint_line line = { first_dirty, sparse };

	if (mq_checkpoint_write(p->dir, MQ_LAYOUT_CLEANER, &line, 1, err) == -1)
		return -1;
	t->sparse = sparse;
	return mq_partition_state_set_tail(p->state, t, err);
}
