/* SPDX-License-Identifier: ISC */
/* Writing at a partition's end, under its append lock. */
#ifndef MQ_APPEND_H
#define MQ_APPEND_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "log/partition.h"

/*
 * Appends one checked batch, after giving it its offsets (and its time, where
 * the topic says LogAppendTime) in place.  *base_offset is where it went.
 * MQ_MESSAGE_TOO_LARGE refuses it; on any error nothing of it is in the log,
 * but for a flush that flush.messages or flush.ms asked for and that failed:
 * then nobody knows.
 * Rolls the active segment where that is due, and then applies retention and
 * compaction.
 */
int mq_append(struct mq_partition *, uint8_t *batch, size_t size,
    int64_t *base_offset, struct mq_err *);

/* Starts a new, empty active segment at the log's end. */
int mq_append_roll(struct mq_partition *, struct mq_partition_tail *,
    struct mq_err *);
/* Counts a batch at a position in, with the index entries that are due. */
void mq_append_index(const struct mq_segment *, struct mq_partition_tail *,
    const struct mq_batch *, int64_t position, int64_t interval);

#endif
