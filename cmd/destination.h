/* SPDX-License-Identifier: ISC */
/* Topics that records are sent to as they come up, with a producer each. */
#ifndef DESTINATION_H
#define DESTINATION_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"

struct destination {
	char *topic;
	int32_t partitions; /* 0: it cannot be had, and err says why */
	struct mq_producer *producer; /* opened when it is first asked for */
	struct mq_err err;
};

struct destinations {
	struct mq *mq; /* borrowed */
	struct destination *list;
	size_t count;
};

/* Its place in the list, where it is new at the end. */
size_t destination_find(struct destinations *, const char *topic);
/* NULL: it cannot be opened. */
struct mq_producer *destination_producer(struct destinations *, size_t,
    struct mq_err *);
/* What was sent to any is on disk: 0 or -1. */
int destination_flush(struct destinations *, struct mq_err *);
void destination_free(struct destinations *);

#endif
