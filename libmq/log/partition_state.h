/* SPDX-License-Identifier: ISC */
/*
 * partition.state: one page by which the processes that share a partition tell
 * each other where the log ends.  It is a hint, in host byte order, and holds
 * two slots, each with a checksum:
 *
 *	tail	what appending needs; written under the append lock
 *	flush	how much is on disk; written under the flush lock, and by
		a recovery, under the append lock
 *
 * A tail counts only under the token (this boot, this mount) it was written
 * in: under another, the page cache it speaks of may be gone.  The flush slot
 * counts for ever, because it is written after the flush: whichever version of
 * it reaches the disk says too little, never too much.
 *
 * Both are written by pwrite, which also wakes everyone who watches the file.
 */
#ifndef MQ_PARTITION_STATE_H
#define MQ_PARTITION_STATE_H

#include <stdint.h>

#include "base/err.h"
#include "base/io.h"

/* Written once, so that updates need no new space. */
#define MQ_PARTITION_STATE_SIZE 4096
/* Where the slots are. */
#define MQ_PARTITION_STATE_TAIL	   0
#define MQ_PARTITION_STATE_FLUSHED 512

struct mq_partition_tail {
	uint8_t token[MQ_IO_TOKEN];
	int64_t log_start;	      /* first offset that can be read */
	int64_t log_end;	      /* offset of the next record */
	int64_t active_base;	      /* base offset of the active segment */
	int64_t active_size;	      /* bytes of whole batches in it */
	int64_t last_batch;	      /* position of the last one, -1 none */
	int64_t unindexed;	      /* bytes since the last index entry */
	int64_t max_timestamp;	      /* in the active segment, -1 none */
	int64_t max_timestamp_offset; /* last offset of that batch */
	int64_t first_timestamp;      /* of its first batch, -1 none */
	int64_t created_ms;	      /* when the segment was */
	int64_t flush_messages;	      /* as configured at the last append */
	int64_t sparse; /* compaction left gaps below this offset */
	int32_t leader_epoch;
	uint32_t config_epoch; /* grows when the topic is altered */
	uint32_t deleted;      /* boolean: the topic is gone */
	uint32_t generation;   /* grows when published records were cut */
	uint32_t rolling;      /* boolean: a segment at log_end may be begun */
	uint32_t swapping;     /* boolean: segments are being replaced */
};

struct mq_partition_flushed {
	int64_t offset; /* records below are on disk */
	int64_t at_ms;	/* wall clock */
};

/* 1 read, 0 it does not hold (or is not there), -1 I/O. */
int mq_partition_state_tail(int fd, struct mq_partition_tail *,
    struct mq_err *);
int mq_partition_state_flushed(int fd, struct mq_partition_flushed *,
    struct mq_err *);
int mq_partition_state_set_tail(int fd, const struct mq_partition_tail *,
    struct mq_err *);
int mq_partition_state_set_flushed(int fd, const struct mq_partition_flushed *,
    struct mq_err *);

#endif
