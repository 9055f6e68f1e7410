/* SPDX-License-Identifier: ISC */
/*
 * Reads the records of a partition by their offsets.  Offsets that go up are
 * read on from where the last one was, through the batch and the segment that
 * are at hand; a step back, or one so far that reading on would cost more, finds
 * its place by the index.
 */
#ifndef MQ_SHARE_CURSOR_H
#define MQ_SHARE_CURSOR_H

#include "log/reader.h"

struct mq_share_cursor {
	struct mq_reader reader;
	struct mq_batch batch; /* at hand, where there is one */
	struct mq_batch_iter iter;
	int opened;		 /* boolean: iter is in the batch */
	struct mq_record record; /* the last one read */
	int64_t at;		 /* its offset, -1 none of this batch */
};

void mq_share_cursor_init(struct mq_share_cursor *, struct mq_partition *);
/*
 * The first record that is not before the offset, borrowed until the next call:
 * 1; 0 there is none below the high watermark; -1 as mq_reader_next.
 */
int mq_share_cursor_read(struct mq_share_cursor *, int64_t offset,
    struct mq_record *, struct mq_err *);
/* Gives up the memory. */
void mq_share_cursor_rest(struct mq_share_cursor *);
void mq_share_cursor_free(struct mq_share_cursor *);

#endif
