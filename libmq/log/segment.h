/* SPDX-License-Identifier: ISC */
/*
 * One segment of a partition: a run of batches in NNN.log, and its two
 * indexes.  Only the last one, the active segment, is appended to.
 */
#ifndef MQ_SEGMENT_H
#define MQ_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "log/scan.h"
#include "record/batch.h"

struct mq_segment {
	int64_t base; /* base offset; its name */
	int log;      /* descriptors; -1 closed */
	int index;    /* the indexes' are -1 where they cannot be opened */
	int time_index;
};

enum mq_segment_mode {
	MQ_SEGMENT_READ,
	MQ_SEGMENT_WRITE, /* there; a missing index is made */
	MQ_SEGMENT_CREATE /* empty; what a killed roll left is dropped */
};

#define MQ_SEGMENT_NONE        \
	{                      \
		-1, -1, -1, -1 \
	}

/*
 * A segment that compaction makes has its names with a suffix behind them until
 * it takes its place; NULL is none.
 */
int mq_segment_create_as(struct mq_segment *, int dir, int64_t base,
    const char *suffix, struct mq_err *);
/* Gives the three files another suffix, the log last.  What is there goes. */
int mq_segment_rename(int dir, int64_t base, const char *from, const char *to,
    struct mq_err *);
/* Removes the files with that suffix, of all segments. */
int mq_segment_remove_as(int dir, const char *suffix, struct mq_err *);

/* Opens the segment's files in the partition's directory. */
int mq_segment_open(struct mq_segment *, int dir, int64_t base,
    enum mq_segment_mode, struct mq_err *);
/* The library wrote and synced what counts before it closes. */
void mq_segment_close(struct mq_segment *);

/* The indexes alone, once a reader has found its place. */
void mq_segment_close_indexes(struct mq_segment *);

/* The base offsets in a directory, sorted; caller frees. */
struct mq_segment_list {
	int64_t *base;
	size_t count;
};
int mq_segment_list(int dir, struct mq_segment_list *, struct mq_err *);
void mq_segment_list_free(struct mq_segment_list *);
/* The place of the segment that holds an offset: the last base not above. */
size_t mq_segment_list_find(const struct mq_segment_list *, int64_t offset);

/* Removes the three files. */
int mq_segment_delete(int dir, int64_t base, struct mq_err *);

/*
 * A position, from the index where that holds, at which a batch starts that is
 * not behind the one with the target: 0 at the worst.
 */
int64_t mq_segment_near(const struct mq_segment *, int64_t target);
/*
 * The position of the first batch whose last offset is not below the target;
 * the scan starts there.  1, 0 (the scan is at the end), or -1.
 */
int mq_segment_seek(const struct mq_segment *, int64_t target, struct mq_scan *,
    struct mq_err *);
/*
 * The same for the first batch whose max_timestamp is not below the target:
 * 1 and the scan starts there, 0 there is none, -1.
 */
int mq_segment_seek_time(const struct mq_segment *, int64_t timestamp,
    struct mq_scan *, struct mq_err *);
/* The largest timestamp in it, -1 when it is empty: 0 or -1. */
int mq_segment_max_timestamp(const struct mq_segment *, int64_t sparse,
    int64_t *timestamp, int64_t *offset, struct mq_err *);

#endif
