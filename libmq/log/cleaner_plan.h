/* SPDX-License-Identifier: ISC */
/* Which segments compaction may touch, how many of them are worth it. */
#ifndef MQ_CLEANER_PLAN_H
#define MQ_CLEANER_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "log/partition.h"

struct mq_cleaner_segment {
	int64_t size, index_size, time_index_size, mtime_ms;
};

struct mq_cleaner_plan {
	struct mq_partition_tail tail; /* when it was made */
	struct mq_segment_list list;
	struct mq_cleaner_segment *segment; /* of each on the list */
	size_t count; /* of the first ones, that may be touched */
	int64_t first_dirty;
	int overdue;	/* boolean: past max.compaction.lag.ms */
	int64_t sparse; /* of cleaner-offset-checkpoint */
};

/* Under the append lock. */
int mq_cleaner_plan(struct mq_cleaner_plan *, struct mq_partition *,
    const struct mq_partition_tail *, int64_t now_ms, struct mq_err *);
/* Whether enough of it is dirty, or for too long. */
int mq_cleaner_plan_due(const struct mq_cleaner_plan *, int64_t ratio);
/*
 * How many segments from number i on become one: not larger than segment.bytes,
 * as they are now, and with offsets that an index can hold.  limit is their
 * number's.
 */
size_t mq_cleaner_plan_group(const struct mq_cleaner_plan *, size_t i,
    size_t limit, int64_t segment_bytes);
void mq_cleaner_plan_free(struct mq_cleaner_plan *);

#endif
