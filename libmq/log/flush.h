/* SPDX-License-Identifier: ISC */
/*
 * Getting a partition's records onto the disk.  Whoever holds the flush lock
 * syncs for all who wait for it: that is group commit.  Whoever has it for long
 * may be stopped: the others sync for themselves then, each alone, until the
 * lock is free again.  A failed fsync is never tried again: the log is given
 * up, and recovered from what the disk holds by the next one to touch it.
 */
#ifndef MQ_FLUSH_H
#define MQ_FLUSH_H

#include <stdint.h>

#include "base/err.h"
#include "log/partition.h"

/*
 * Returns when the records before `upto` are on disk; -1 also when records
 * that this process appended since the last flush were given up.
 */
int mq_flush(struct mq_partition *, int64_t upto, struct mq_err *);

#endif
