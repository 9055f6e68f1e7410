/* SPDX-License-Identifier: ISC */
/*
 * A consumer that reads for a group: its sources are the partitions that its
 * member owns, each from the committed offset on.
 */
#ifndef MQ_GROUP_READER_H
#define MQ_GROUP_READER_H

#include "client/member.h"
#include "client/offsets.h"
#include "mq.h"

struct mq_group_reader {
	struct mq_member member;
	struct mq_offsets offsets;
	int sync;	    /* boolean: a commit is confirmed by the disk */
	int64_t look_at_ms; /* monotonic: when to look again, -1 not */
	int waits; /* boolean: for a partition that another still owns */
	void (*revoked)(const char *topic, int32_t partition, void *arg);
	void *arg;
	struct mq_committed_offset *list; /* of one commit */
	size_t list_cap;
};

/* Makes c->group, and takes what is free. */
int mq_group_reader_join(struct mq_consumer *, const struct mq_conf *,
    const struct mq_subscription *, struct mq_err *);
/* Follows the group's changes, where there were some. */
int mq_group_reader_update(struct mq_consumer *, struct mq_err *);
int mq_group_reader_waits(const struct mq_group_reader *);
void mq_group_reader_leave(struct mq_consumer *);

#endif
