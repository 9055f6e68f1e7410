/* SPDX-License-Identifier: ISC */
/* What the client's files share: an open target. */
#ifndef MQ_CLIENT_H
#define MQ_CLIENT_H

#include "log/partition.h"
#include "log/store.h"
#include "mq.h"

struct mq {
	struct mq_store store;
	int wakeup; /* descriptor, or -1; borrowed */
	int alone;  /* boolean: commits were flushed without the lock */
};

/* Opens one partition of a topic that is there. */
int mq_client_partition(struct mq *, const char *topic, int32_t partition,
    struct mq_partition *, struct mq_err *);
/* The offset that a position stands for in a partition now. */
int mq_client_offset(struct mq_partition *, const struct mq_position *,
    int64_t *offset, struct mq_err *);

#endif
