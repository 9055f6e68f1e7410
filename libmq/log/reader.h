/* SPDX-License-Identifier: ISC */
/*
 * Reads a partition's batches in order, without a lock.  What lies below the
 * high watermark does not change, so a reader looks at the watermark first,
 * reads, and takes nothing beyond it.
 */
#ifndef MQ_READER_H
#define MQ_READER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "log/partition.h"
#include "log/scan.h"

struct mq_reader {
	struct mq_partition *p; /* borrowed */
	struct mq_segment segment;
	struct mq_scan scan;
	int64_t next;		/* offset that is read next */
	int64_t asked;		/* and was, before the batch given last */
	int64_t high_watermark; /* as last looked at */
	int unflushed; /* boolean: also what a power cut may still take */
};

void mq_reader_init(struct mq_reader *, struct mq_partition *, int64_t offset);
/*
 * The next batch that holds an offset from `next` on, checked and borrowed
 * until the next call: 1; it may begin before `next`, or behind it where
 * compaction took what was there.  0: nothing is below the high watermark now,
 * and `next` is there.  -1: MQ_OFFSET_OUT_OF_RANGE where `next` is before
 * the log's start or beyond its end, MQ_CORRUPT_MESSAGE,
 * MQ_KAFKA_STORAGE_ERROR, MQ_UNKNOWN_TOPIC_OR_PARTITION (it was deleted).
 */
int mq_reader_next(struct mq_reader *, struct mq_batch *, struct mq_err *);
/* The same by its header alone: not checked, and its data may be NULL. */
int mq_reader_next_header(struct mq_reader *, struct mq_batch *,
    struct mq_err *);
/* Steps back: the batch that was given last is given again. */
void mq_reader_back(struct mq_reader *, const struct mq_batch *);
/*
 * Bulk: reads from where the next batch begins into a buffer, as much as the
 * segment has: bytes, -1.  What mq_reader_take then finds at their beginning,
 * call by call, is 1 and the next batch, checked, with no offset from `until`
 * on and no more records than that; 0: mq_reader_next says what there is.
 */
ssize_t mq_reader_fill(struct mq_reader *, void *, size_t cap, struct mq_err *);
int mq_reader_take(struct mq_reader *, const void *, size_t len, int64_t until,
    uint64_t max_records, struct mq_batch *);
/*
 * The first offset whose record is not older than the timestamp, below the
 * high watermark: 1 with both of the record, 0 there is none.
 */
int mq_reader_find_time(struct mq_partition *, int64_t timestamp,
    int64_t *offset, int64_t *found, struct mq_err *);
/* Gives up the memory of what was read ahead; it is read again. */
void mq_reader_rest(struct mq_reader *);
void mq_reader_free(struct mq_reader *);

#endif
