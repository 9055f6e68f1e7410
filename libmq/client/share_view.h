/* SPDX-License-Identifier: ISC */
/*
 * A share-partition as those see it who do not read in its group: without the
 * lock and through a descriptor that cannot write, so that nobody is woken.
 */
#ifndef MQ_SHARE_VIEW_H
#define MQ_SHARE_VIEW_H

#include "client/share.h"

struct mq_share_view {
	struct mq_partition partition;
	struct mq_partition_tail tail;
	int64_t hw;
	struct mq_share_file file;
};

/* Whether a topic is there and is a queue. */
int mq_share_is_queue(struct mq *, const char *topic);
/*
 * A queue has one share group, which bears its name and reads nothing else: 0,
 * or -1 MQ_INVALID_REQUEST.
 */
int mq_share_may_read(struct mq *, const char *group, const char *topic,
    struct mq_err *);
/*
 * Opens the group's directory, for which -1 stands in *dir for a queue that
 * nobody has read yet: 0, -1 MQ_GROUP_ID_NOT_FOUND.
 */
int mq_share_group_open(struct mq *, const char *group, int *dir,
    struct mq_err *);
/*
 * A state as it is now, with what is over ended; one that is not there begins at
 * the log's start.  0, -1.
 */
int mq_share_view_load(struct mq_share_view *, struct mq *, int dir,
    const char *topic, int32_t partition, struct mq_err *);
/*
 * The same in two steps, for who changes it: open (and with create make) the
 * file; and, with what locking it gave, end what is over.
 */
int mq_share_view_open(struct mq_share_view *, struct mq *, int dir,
    const char *topic, int32_t partition, int create, struct mq_err *);
int mq_share_view_settle(struct mq_share_view *, int dir, int there,
    struct mq_err *);
void mq_share_view_close(struct mq_share_view *);

#endif
