/* SPDX-License-Identifier: ISC */
/*
 * Kafka's sticky assignment (AbstractStickyAssignor): balanced first, then
 * with as few moves as can be.  Both ways to it fill in the plan's owners.
 */
#ifndef MQ_ASSIGNOR_STICKY_H
#define MQ_ASSIGNOR_STICKY_H

#include "group/assignor_claims.h"

/* Chooses the way. */
int mq_assignor_sticky(struct mq_assignor_plan *, struct mq_err *);
/* For members with different subscriptions. */
int mq_assignor_sticky_general(struct mq_assignor_plan *,
    const struct mq_assignor_claims *, struct mq_err *);

#endif
