/* SPDX-License-Identifier: ISC */
/*
 * The committed offsets of the store's groups: the log __consumer_offsets,
 * which is made with the first commit, of one partition.
 */
#ifndef MQ_OFFSETS_H
#define MQ_OFFSETS_H

#include "base/buf.h"
#include "client/client.h"
#include "group/committed_offset.h"

/* Who commits.  Zero-initialised is closed. */
struct mq_offsets {
	struct mq *mq;
	struct mq_partition partition;
	int is_open;
	struct mq_batch_builder batch;
	struct mq_buf names; /* keys and values of the batch at hand */
	int64_t appended; /* behind the last batch that was not flushed, or 0 */
};

void mq_offsets_init(struct mq_offsets *, struct mq *);
void mq_offsets_free(struct mq_offsets *);
/*
 * Commits all of them, or none; with an offset of -1, one is forgotten.  From
 * then on everybody sees it; only the flush makes it outlast the power.
 */
int mq_offsets_commit(struct mq_offsets *, const struct mq_committed_offset *,
    size_t count, struct mq_err *);
/* Returns when all that was committed is on disk. */
int mq_offsets_flush(struct mq_offsets *, struct mq_err *);

/* What groups have committed; names are NUL-terminated copies. */
struct mq_group_offset {
	char *group;
	char *topic;
	int32_t partition;
	int64_t offset; /* of the record that is read next */
	int32_t leader_epoch;
	char *metadata;
	int64_t commit_ms; /* since 1970 */
};

struct mq_group_offsets {
	struct mq_group_offset *at;
	size_t count;
};

/* Those of one group, or (NULL) of all; the caller frees them. */
int mq_offsets_load(struct mq *, const char *group, struct mq_group_offsets *,
    struct mq_err *);
/*
 * The same with those that a power cut may take yet, for a member: it delivers
 * again what it takes, and need not wait for a disk.
 */
int mq_offsets_load_unflushed(struct mq *, const char *group,
    struct mq_group_offsets *, struct mq_err *);
/* All groups' of one topic. */
int mq_offsets_load_topic(struct mq *, const char *topic,
    struct mq_group_offsets *, struct mq_err *);
void mq_group_offsets_free(struct mq_group_offsets *);
/* The one of a partition, or NULL. */
const struct mq_group_offset *mq_group_offsets_find(
    const struct mq_group_offsets *, const char *topic, int32_t partition);

/*
 * Forgets what all groups have committed of a topic that is not there, under
 * the admin lock: one that is made anew is read from its own start.  Of the log
 * of commits itself nothing is kept.
 */
int mq_offsets_forget(struct mq *, const char *topic, struct mq_err *);
/* Forgets what one group has committed, of all topics. */
int mq_offsets_forget_group(struct mq *, const char *group, struct mq_err *);

#endif
