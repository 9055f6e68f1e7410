/* SPDX-License-Identifier: ISC */
/*
 * The environment of a child: this program's own, and what it is told of its
 * record.  MQ_TOPIC, MQ_PARTITION, MQ_OFFSET, MQ_TIMESTAMP, MQ_KEY,
 * MQ_DELIVERY_COUNT, MQ_GROUP and MQ_VALUE_NULL are set as said below or not
 * there at all, whatever they are in this program's environment.
 */
#ifndef CHILD_ENV_H
#define CHILD_ENV_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"
#include "out.h"

/* Bytes of the longest key that a variable holds; the system has a limit. */
#define CHILD_ENV_KEY_MAX ((size_t)64 * 1024)

struct child_env {
	char **var; /* var[0..kept) are this program's */
	size_t kept;
	struct out text; /* what the others point into */
	const char *group;
};

/*
 * Takes this program's environment as it is now; that is not changed while the
 * child_env lives.  group may be NULL: MQ_GROUP is not set then.  Borrowed.
 */
void child_env_init(struct child_env *, const char *group);
void child_env_free(struct child_env *);
/*
 * The variables of one record, NULL-ended, valid until the next call; NULL
 * with errno when memory is out.
 *
 * MQ_KEY is not set when the key is null, holds a NUL or is longer than
 * CHILD_ENV_KEY_MAX; MQ_VALUE_NULL is 1 when the value is null, and else not
 * set; MQ_DELIVERY_COUNT is not set when it is 0.  For a batch the record is
 * its first: MQ_TIMESTAMP, MQ_KEY and MQ_VALUE_NULL, which are each record's
 * own, are not set.
 */
char **child_env_of(struct child_env *, const struct mq_record *,
    int64_t delivery_count, int batch);

#endif
