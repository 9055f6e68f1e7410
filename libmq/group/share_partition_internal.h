/* SPDX-License-Identifier: ISC */
/*
 * How the parts of share_partition change its state: every run through become,
 * which keeps the counts, and settle at the end of every operation.
 */
#ifndef MQ_SHARE_PARTITION_INTERNAL_H
#define MQ_SHARE_PARTITION_INTERNAL_H

#include "group/share_partition.h"

static inline int64_t
mq_min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Adds n records of the run's kind to the counts; n is below 0 to take away. */
void mq_share_partition_tally(struct mq_share_partition *,
    const struct mq_share_range *, int64_t n);
/* Makes the counts anew from in_flight. */
void mq_share_partition_recount(struct mq_share_partition *);
/*
 * Run i gets this state; its delivery count goes by `count` (-1, 0, 1) within
 * what it can be, and a finished one has none.
 */
void mq_share_partition_become(struct mq_share_partition *, size_t i,
    enum mq_share_state, uint64_t holder, int64_t until_ms, int count);
/*
 * After a change of the runs from..to: merges what is the same now, and moves
 * the SPSO over what is finished.
 */
void mq_share_partition_settle(struct mq_share_partition *, size_t from,
    size_t to);

#endif
