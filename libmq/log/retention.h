/* SPDX-License-Identifier: ISC */
/*
 * What goes from a log's start: whole segments that retention.ms or
 * retention.bytes gives up (with cleanup.policy=delete), and records that were
 * trimmed.  Never the active segment, never above the high watermark.  The log
 * start is on disk before anything is removed, so that it only grows.
 */
#ifndef MQ_RETENTION_H
#define MQ_RETENTION_H

#include <stdint.h>

#include "base/err.h"
#include "log/partition.h"

struct mq_retention {
	int32_t segments; /* deleted */
	int64_t bytes;
};

/*
 * The largest timestamp of a closed segment, -1 none: `next` is the base offset
 * of the segment behind it.
 */
int mq_retention_newest(const struct mq_partition *, int64_t base, int64_t next,
    int64_t sparse, int64_t *timestamp, struct mq_err *);
/* Under the append lock. */
int mq_retention_apply(struct mq_partition *, struct mq_partition_tail *,
    struct mq_retention *, struct mq_err *);
/*
 * Takes the lock; rolls an active segment first that has expired, or that is to
 * be compacted by max.compaction.lag.ms.  Makes lost indexes again at the end.
 */
int mq_retention_clean(struct mq_partition *, struct mq_retention *,
    int64_t *log_start, struct mq_err *);
/*
 * Deletes the records before offset (DeleteRecords).  MQ_OFFSET_OUT_OF_RANGE
 * beyond the high watermark; before the log start it does nothing.
 */
int mq_retention_trim(struct mq_partition *, int64_t offset, int64_t *log_start,
    struct mq_err *);
/*
 * The log starts there for all who read, and a power cut may take that back:
 * nothing is removed, and the disk is not waited for.  Errors as of trim.
 */
int mq_retention_follow(struct mq_partition *, int64_t offset, struct mq_err *);

#endif
