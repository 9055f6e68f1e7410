/* SPDX-License-Identifier: ISC */
/*
 * A share-partition in the plainest way: a struct for every record.  What
 * operations do to records is told, one by one.
 */
#ifndef SHARE_MODEL_H
#define SHARE_MODEL_H

#include "group/share_partition.h"

#define SHARE_MODEL_RING 4096 /* more than what is ever in flight */

struct share_model_record {
	uint8_t state; /* enum mq_share_state */
	int16_t count; /* deliveries */
	uint64_t holder;
	int64_t until_ms; /* of the lock, or available from there */
};

/* The only one. */
extern struct share_model {
	struct share_model_record ring[SHARE_MODEL_RING]; /* by offset */
	struct {
		int64_t offset;
		struct share_model_record r;
	} told[SHARE_MODEL_RING]; /* by what was done last */
	size_t told_count;
	int64_t spso, speo, now;
	struct mq_share_config config;
} model;

/* A record in flight; borrowed. */
struct share_model_record *share_model_at(int64_t offset);

/* Records that were given out and are not done. */
int64_t share_model_delivered(void);

/* The start goes past what is done. */
void share_model_advance(void);

void share_model_acquire(const struct mq_share_acquire *a);

/* 0, or -1 where a part is not locked by that holder: nothing is done then. */
int share_model_acknowledge(const struct mq_share_ack *a);

/* Those of the holder, or, where that is 0, those that are over. */
void share_model_end_locks(uint64_t holder, uint64_t by);

#endif
