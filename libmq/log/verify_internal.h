/* SPDX-License-Identifier: ISC */
/*
 * The parts of verify: a partition's batches (verify.c), the indexes of its
 * segments (verify_index.c), and its other files (verify_state.c).
 */
#ifndef MQ_VERIFY_INTERNAL_H
#define MQ_VERIFY_INTERNAL_H

#include "log/scan.h"
#include "log/segment.h"
#include "log/verify.h"

struct mq_verify {
	int dir;
	const uint8_t *token; /* of the session */
	mq_verify_found *found;
	void *arg;
	int faults;
	int64_t flushed; /* records below were promised, -1 not known */
	int last;	 /* boolean: the last segment is at hand */
	int64_t next;	 /* offset that the log goes on with, -1 at its start */
	struct mq_scan scan;
	struct mq_batch_iter iter;
};

/* One fault; position -1 is of the file as a whole. */
void mq_verify_tell(struct mq_verify *, const char *file, int64_t position,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The header of the batch that starts at a position, if one does. */
int mq_verify_batch_at(const struct mq_segment *, int64_t position,
    struct mq_batch *);

/* The indexes of a segment; sound: its log is, so that entries can be judged. */
void mq_verify_indexes(struct mq_verify *, const struct mq_segment *,
    int sound);
/* 0, -1. */
int mq_verify_stray_indexes(struct mq_verify *, struct mq_err *);

/* How far records were promised, and what a killed roll may have left (-1). */
void mq_verify_read_state(struct mq_verify *, int64_t *begun);
/* Whether the log goes on from its start: first is the base offset. */
void mq_verify_start(struct mq_verify *, int64_t first);
/* partition.state and the checkpoints, when the log was read. */
void mq_verify_others(struct mq_verify *);

#endif
