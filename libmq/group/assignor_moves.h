/* SPDX-License-Identifier: ISC */
/*
 * Which partitions have moved since balancing began, by topic, the owner
 * before and the owner now.  A partition that is to move from one member to
 * another, while one of its topic has moved the other way, stays where it is
 * and that one moves back: fewer move in the end (KIP-54).
 */
#ifndef MQ_ASSIGNOR_MOVES_H
#define MQ_ASSIGNOR_MOVES_H

#include "group/assignor_plan.h"

struct mq_assignor_moves {
	struct mq_assignor_plan *plan;
	uint32_t *before; /* of a partition: its owner */
	struct mq_assignor_pair
	    *pair;	       /* with one partition at least, or free */
	uint32_t free;	       /* the first free pair */
	uint32_t *head;	       /* of pairs, by hash */
	uint32_t mask;	       /* heads - 1 */
	uint32_t *pair_of;     /* of a partition that has moved */
	uint32_t *next, *prev; /* of it: others of its pair */
};

/* The owners of the plan are those before. */
int mq_assignor_moves_init(struct mq_assignor_moves *,
    struct mq_assignor_plan *, struct mq_err *);
void mq_assignor_moves_free(struct mq_assignor_moves *);

/* The partition to move instead of one that is to move; may be itself. */
uint32_t mq_assignor_moves_instead(const struct mq_assignor_moves *,
    uint32_t partition, uint32_t to);
/* Changes the owner. */
void mq_assignor_moves_do(struct mq_assignor_moves *, uint32_t partition,
    uint32_t to);

#endif
