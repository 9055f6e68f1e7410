/* SPDX-License-Identifier: ISC */
/*
 * Finding a log's end from the log itself, after a crash, another boot, a
 * failed fsync, or when the state page is missing or wrong.
 *
 * What is flushed was promised: a bad batch below that point is rot, and the
 * partition stays shut with everything kept.  A bad batch at or above it is a
 * write that was cut short, and is cut off.  Where the point is not known any
 * more, only a last segment with nothing whole behind the bad batch is cut.
 */
#ifndef MQ_RECOVERY_H
#define MQ_RECOVERY_H

#include "base/err.h"
#include "log/partition.h"

/* Under the append lock: mends the files, publishes and flushes the tail. */
int mq_recovery_run(struct mq_partition *, struct mq_partition_tail *,
    struct mq_err *);
/* The same for a process that may only read: changes nothing. */
int mq_recovery_look(struct mq_partition *, struct mq_partition_tail *,
    struct mq_err *);

#endif
