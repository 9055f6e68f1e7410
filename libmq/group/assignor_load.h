/* SPDX-License-Identifier: ISC */
/*
 * How many partitions each member has, and at once who has the fewest of
 * those who subscribe to a topic: a tree of winners for each set of
 * subscribers that there is.
 */
#ifndef MQ_ASSIGNOR_LOAD_H
#define MQ_ASSIGNOR_LOAD_H

#include "group/assignor_plan.h"

struct mq_assignor_seat {
	size_t tree;   /* where it begins in node */
	uint32_t leaf; /* of the member, in that tree */
};

struct mq_assignor_load {
	uint32_t *size; /* of a member */
	size_t *tree;	/* of a topic: where it begins in node */
	uint32_t *node; /* members; in each tree 1 is the root */
	struct mq_assignor_seat *seat;
	size_t *first_seat; /* of a member */
};

int mq_assignor_load_init(struct mq_assignor_load *,
    const struct mq_assignor_plan *, struct mq_err *);
void mq_assignor_load_free(struct mq_assignor_load *);

/* The subscriber with the fewest partitions; the lower of equals. */
uint32_t mq_assignor_load_least(const struct mq_assignor_load *,
    uint32_t topic);
void mq_assignor_load_add(struct mq_assignor_load *, uint32_t member);
void mq_assignor_load_take(struct mq_assignor_load *, uint32_t member);

#endif
