/* SPDX-License-Identifier: ISC */
/*
 * What compaction keeps of a batch: the last record of each key, and null
 * values (tombstones) for their time.  A batch of which something is left
 * keeps its first and last offset, its epoch, its producer and its codec.
 */
#ifndef MQ_CLEANER_FILTER_H
#define MQ_CLEANER_FILTER_H

#include "log/cleaner_map.h"
#include "record/batch.h"

struct mq_cleaner_filter {
	struct mq_cleaner_map map;
	int64_t latest; /* records behind this offset are not judged */
	int64_t now_ms;
	int64_t delete_retention_ms;
	int64_t max_message_bytes;
	int changed; /* boolean: something was not kept as it was */
	/* Takes each batch that is kept; the bytes are borrowed. */
	int (*put)(void *arg, const uint8_t *, size_t, struct mq_err *);
	void *arg;
	struct mq_batch_iter iter;
	struct mq_batch_builder builder;
};

int mq_cleaner_filter(struct mq_cleaner_filter *, const struct mq_batch *,
    struct mq_err *);
void mq_cleaner_filter_free(struct mq_cleaner_filter *);

#endif
