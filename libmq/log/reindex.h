/* SPDX-License-Identifier: ISC */
/*
 * Closed segments' indexes that are lost are made again from their batches.
 * Those of the active segment are recovery's.
 */
#ifndef MQ_REINDEX_H
#define MQ_REINDEX_H

#include "base/err.h"
#include "log/partition.h"

/*
 * Where an index is missing, ends in the middle of an entry, or has fewer
 * entries than it must have; as far as the segment is whole.  Under the append
 * lock.
 */
int mq_reindex(struct mq_partition *, const struct mq_partition_tail *,
    struct mq_err *);

#endif
