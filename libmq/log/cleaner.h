/* SPDX-License-Identifier: ISC */
/*
 * Compaction, as in Kafka: of the closed segments of a log, the last record of
 * each key stays.  Offsets keep their place; what is gone leaves gaps.
 *
 * One process at a time holds the cleaner's lock.  It reads the part that was
 * not compacted yet (from the first dirty offset of cleaner-offset-checkpoint)
 * into a map of keys, writes all segments up to there again without what the
 * map outdates, small ones together, and puts them in their place (swap.h).
 * The append lock is held for that alone: others append and read meanwhile.
 *
 * It is due where the share of min.cleanable.dirty.ratio is reached, or a
 * segment that is not compacted begins with a record older than
 * max.compaction.lag.ms.
 *
 * The active segment, what is above the high watermark, and segments with
 * records younger than min.compaction.lag.ms are left alone; so is what stands
 * behind a batch of a transaction.
 */
#ifndef MQ_CLEANER_H
#define MQ_CLEANER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "log/partition.h"
#include "log/retention.h"

/*
 * Kafka's log.cleaner.dedupe.buffer.size: bytes of the map, 24 a key.  With more
 * keys than fit, the log is compacted as far as they do, and then again.
 */
#define MQ_CLEANER_DEDUPE_BUFFER_SIZE (16u << 20)
/* Kafka's segment.index.bytes: a merged segment's indexes stay within it. */
#define MQ_CLEANER_INDEX_MAX (10 << 20)

struct mq_cleaner_options {
	int64_t now_ms;		   /* wall clock */
	size_t dedupe_buffer_size; /* bytes */
	int force;		   /* boolean: whether it is due or not */
};

/*
 * Compacts where cleanup.policy says so, and where it is due.  With force it
 * waits for another one that does, and goes on to the end; without, it does
 * nothing then, and fills the map once.  Adds to `done` what it saved.
 */
int mq_cleaner_clean(struct mq_partition *, const struct mq_cleaner_options *,
    struct mq_retention *done, struct mq_err *);
/* The same, now, where it is due: for those who append; cheap where it is not. */
int mq_cleaner_if_due(struct mq_partition *, struct mq_err *);

#endif
