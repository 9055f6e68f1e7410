/* SPDX-License-Identifier: ISC */
/*
 * Walks the batches of a segment file through a window of it.  Reading,
 * recovery, verification and dumps all go through here.
 */
#ifndef MQ_SCAN_H
#define MQ_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "record/batch.h"

struct mq_scan {
	int fd;		  /* borrowed */
	int unchecked;	  /* boolean: headers are enough, no CRC is counted */
	int64_t at;	  /* position of the next batch */
	int64_t batch_at; /* and of the one last given */
	int64_t expect;	  /* base offset of the next batch, -1 any */
	int64_t sparse;	  /* below it offsets may be missing; kept by start */
	int64_t torn;	  /* after the end: bytes behind the last whole batch */
	int zeros; /* boolean, after the end: zeros follow, and no more */
	uint8_t *window;
	size_t cap;
	int64_t window_at;
	size_t window_len;
};

/*
 * Starts at a position; the window, if there is one, is kept as memory.  Each
 * batch is to begin with the offset behind the one before it (base_offset lies
 * outside of the CRC), the first with `expect`, unless that is -1.  Up to
 * `sparse` it may begin behind that, because compaction was there.
 */
void mq_scan_start(struct mq_scan *, int fd, int64_t at, int64_t expect);
/* Forgets what was read ahead: the file has grown since. */
void mq_scan_refresh(struct mq_scan *);
/*
 * 1 and the batch at `at`, borrowed until the next call (unchecked: its data
 * may be NULL, and whether it is whole is known); 0 at the end of the whole
 * batches (torn says whether bytes of a batch follow; a zero length, as a
 * preallocated tail reads, is the end); -1 MQ_CORRUPT_MESSAGE where this is no
 * batch or not the one that is due, MQ_KAFKA_STORAGE_ERROR.  `at` stays where
 * it was unless 1.
 */
int mq_scan_next(struct mq_scan *, struct mq_batch *, struct mq_err *);
/* Whether a batch begins with the offset that one at `at` is to begin with. */
int mq_scan_follows(const struct mq_scan *, const struct mq_batch *);
/* Goes past the batch at `at`, as if it had been given. */
void mq_scan_pass(struct mq_scan *, const struct mq_batch *);
/*
 * After a batch at `at` that is bad: to the next place, at any byte behind it,
 * where a whole batch stands whose offset is not below `least`.  1; 0 there is
 * none; -1 it could not be read.
 */
int mq_scan_resync(struct mq_scan *, int64_t least, struct mq_err *);
void mq_scan_free(struct mq_scan *);

#endif
