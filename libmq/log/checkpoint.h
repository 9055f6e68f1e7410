/* SPDX-License-Identifier: ISC */
/*
 * Kafka's checkpoint files: a version line "0", a count, and that many lines
 * of numbers.  Written as a whole (temporary file, fsync, rename, fsync of the
 * directory), so that a reader finds the old one or the new one.
 */
#ifndef MQ_CHECKPOINT_H
#define MQ_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* One line: the two numbers of leader-epoch-checkpoint (epoch, start offset). */
struct mq_checkpoint_line {
	int64_t first;
	int64_t second;
};

/*
 * Replaces the file `name` in the directory with these bytes.  The caller
 * holds the lock under which the directory's files are replaced.
 */
int mq_checkpoint_replace(int dir, const char *name, const void *, size_t,
    struct mq_err *);
int mq_checkpoint_write(int dir, const char *name,
    const struct mq_checkpoint_line *, size_t count, struct mq_err *);
/*
 * Reads up to max lines.  *count is how many there are.  1, or 0 where there
 * is no such file, or -1: it is damaged (MQ_CORRUPT_MESSAGE) or unreadable.
 */
int mq_checkpoint_read(int dir, const char *name, struct mq_checkpoint_line *,
    size_t max, size_t *count, struct mq_err *);

#endif
