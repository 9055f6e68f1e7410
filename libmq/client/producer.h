/* SPDX-License-Identifier: ISC */
/*
 * What the producer's files share: records gather in a batch per partition (a
 * lane), batches are appended, and what is appended awaits its flush.
 */
#ifndef MQ_PRODUCER_H
#define MQ_PRODUCER_H

#include "client/client.h"
#include "client/partitioner.h"

/* A partition, the batch that grows for it, and what awaits its flush. */
struct mq_lane {
	struct mq_partition partition;
	int is_open;
	struct mq_batch_builder builder;
	uint64_t first, first_tag; /* of the builder's records */
	int keyless;		   /* boolean: one of them has no key */
	int64_t since_ms;	   /* when the first came */
	uint64_t waiting;	   /* records appended, not confirmed */
	uint64_t waiting_first, waiting_first_tag;
	int64_t waiting_bytes;
	int64_t end;  /* offset behind the last one */
	int given_up; /* boolean: a flush failed; the rest is not known */
};

struct mq_producer {
	struct mq *mq;
	struct mq_topic_file topic;
	struct mq_partitioner partitioner;
	struct mq_lane *lane; /* one a partition */
	int acks_all;
	int64_t linger_ms;
	size_t batch_size;
	enum mq_codec codec;
	struct mq_delivery delivery;
	struct mq_buf raw; /* a batch that is handed over whole */
	struct mq_batch_iter iter;
	/* A batch that was handed over whole and is not in the log. */
	int lost;
	uint64_t lost_first, lost_tag;
	int failed;
	struct mq_err why;
};

/* From here on nothing is sent: the first failure is the answer to all; -1. */
int mq_producer_fail(struct mq_producer *, const struct mq_err *);
/* Takes what the topic's configs have become, before it matters. */
int mq_producer_refresh(struct mq_producer *, struct mq_lane *,
    struct mq_err *);
/* The lane for a record; the partition is checked. */
int mq_producer_lane(struct mq_producer *, const struct mq_record *, int32_t *n,
    struct mq_err *);
/* Compaction keeps the last record of each key: without one it keeps none. */
int mq_producer_check_key(const struct mq_producer *, const struct mq_lane *,
    const void *key, struct mq_err *);
/* Waits until what was appended is on the disk, and confirms it. */
int mq_producer_flush_lane(struct mq_producer *, struct mq_lane *,
    struct mq_err *);
/*
 * After a failure: what had come into the log before it is confirmed where its
 * flush succeeds.
 */
void mq_producer_salvage(struct mq_producer *);
/* Appends the lane's batch, if it has records. */
int mq_producer_send(struct mq_producer *, int32_t n, struct mq_err *);
/* Counts a batch that is in the log; flushes where too much awaits that. */
int mq_producer_appended(struct mq_producer *, struct mq_lane *,
    uint64_t records, uint64_t first, uint64_t tag, size_t size,
    struct mq_err *);

#endif
