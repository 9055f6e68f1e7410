/* SPDX-License-Identifier: ISC */
/*
 * One partition of a topic on disk, shared by any number of processes.
 *
 * Appending (append.h) takes the append lock, makes sure that the tail is
 * whole, writes the batch, publishes the new end in partition.state (which
 * wakes the followers) and lets go.  Flushing (flush.h) takes the flush lock,
 * syncs what is there and publishes how far.  Reading (reader.h) takes no lock.
 *
 * Errors name topic and partition.
 */
#ifndef MQ_PARTITION_H
#define MQ_PARTITION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/io.h"
#include "log/partition_state.h"
#include "log/segment.h"
#include "log/store.h"
#include "log/topic_config.h"

struct mq_partition {
	char *topic;
	char *path; /* of the directory, absolute */
	int32_t number;
	int store; /* the store's directory; borrowed */
	int dir;
	int lock;
	int state;
	int writable; /* boolean: else this process may only read */
	int denied;   /* errno that says why */
	uint8_t token[MQ_IO_TOKEN];
	struct mq_topic_config config;
	uint32_t config_epoch;	    /* that config belongs to */
	struct mq_segment active;   /* open for appending, or base -1 */
	uint32_t active_generation; /* of the tail that it was opened by */
	int64_t flushed;	    /* by a process that may only read */
	int lost;		    /* errno of a flush of its that failed */
	int appended;		    /* boolean: since the last flush */
	int alone;	     /* boolean: it flushed without the flush lock */
	int cleaning;	     /* boolean: it holds the cleaner's lock */
	uint32_t generation; /* of the tail that it was appended to */
};

/* Makes the directory and its first, empty segment. */
int mq_partition_create(const struct mq_store *, const char *topic,
    int32_t number, struct mq_err *);
/* Opens, and recovers where that is due.  The topic's file gives config. */
int mq_partition_open(struct mq_partition *, const struct mq_store *,
    const struct mq_topic_file *, int32_t number, struct mq_err *);
void mq_partition_close(struct mq_partition *);

/* Where the log starts and ends now. */
int mq_partition_tail(struct mq_partition *, struct mq_partition_tail *,
    struct mq_err *);
/*
 * The offset that readers see up to.  With flush.messages=1 what is beyond the
 * disk is flushed first: a record is not seen before it can be kept.
 */
int mq_partition_high_watermark(struct mq_partition *,
    struct mq_partition_tail *, int64_t *high_watermark, struct mq_err *);

/*
 * Below which offset compaction may have left gaps.  Asked for when a segment
 * is open: it is published before gaps can be seen.
 */
int mq_partition_sparse(struct mq_partition *, int64_t *offset,
    struct mq_err *);

/* For the other files of the log: under the append lock. */
int mq_partition_lock(struct mq_partition *, struct mq_partition_tail *,
    struct mq_err *);
void mq_partition_unlock(struct mq_partition *);
/*
 * After a failed sync the page cache lies, and nobody may go on from it: the
 * next one to come recovers from the disk.  Under the append lock.
 */
void mq_partition_give_up(struct mq_partition *);
/* Reads the published tail: 1, 0 it does not hold here and now, -1. */
int mq_partition_published(struct mq_partition *, struct mq_partition_tail *,
    struct mq_err *);
/* Reads the topic's file again, where the tail tells that it was altered. */
int mq_partition_config(struct mq_partition *, const struct mq_partition_tail *,
    struct mq_err *);
/*
 * Whether the active segment that is open is the tail's: after a cut another
 * file may bear the name.
 */
int mq_partition_holds_active(const struct mq_partition *,
    const struct mq_partition_tail *);
/* Puts topic and partition in front of the sentence; -1. */
int mq_partition_context(const struct mq_partition *, struct mq_err *);
/* Tells all who share the partition that its topic has changed, or is gone. */
int mq_partition_altered(struct mq_partition *, struct mq_err *);
int mq_partition_deleted(const struct mq_store *, const char *topic,
    int32_t number, struct mq_err *);

#endif
