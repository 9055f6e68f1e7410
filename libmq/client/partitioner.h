/* SPDX-License-Identifier: ISC */
/*
 * Which partition a record goes to.  By default as Kafka's Java client:
 * murmur2 of the key; without a key one partition until its batch is full,
 * then another (KIP-480).
 */
#ifndef MQ_PARTITIONER_H
#define MQ_PARTITIONER_H

#include <stdint.h>

#include "record/record.h"

struct mq_partitioner {
	int32_t partitions;
	int32_t current; /* of records without a key */
	int round_robin; /* boolean: keys are not looked at */
};

/* seed chooses where records without a key begin. */
void mq_partitioner_init(struct mq_partitioner *, int32_t partitions,
    int round_robin, uint32_t seed);
int32_t mq_partitioner_choose(struct mq_partitioner *,
    const struct mq_record *);
/* The batch for records without a key was sent: the next partition. */
void mq_partitioner_sent(struct mq_partitioner *, int32_t partition);

#endif
