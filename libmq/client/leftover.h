/* SPDX-License-Identifier: ISC */
/*
 * Directories of partitions that no topic's file speaks of: what a create, an
 * alter or a delete left that was killed, or what lost its topic's file.
 */
#ifndef MQ_LEFTOVER_H
#define MQ_LEFTOVER_H

#include "base/err.h"

struct mq;

/* Whether a name in the store is that of one: a boolean. */
int mq_leftover_is(struct mq *, const char *name);
/* Removes a partition's directory and the files in it, if it is there. */
int mq_leftover_remove(struct mq *, const char *name, struct mq_err *);
/*
 * The same under the admin lock where it holds no record, or was deleted.  One
 * with records is left alone, for somebody lost the topic's file, and so is what
 * has files that are no partition's: -1.
 */
int mq_leftover_clear(struct mq *, const char *name, struct mq_err *);

#endif
