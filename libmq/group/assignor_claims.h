/* SPDX-License-Identifier: ISC */
/*
 * Who owned what before, out of what the members claim: the newest generation
 * is believed, and nobody where two claim a partition in one generation.
 */
#ifndef MQ_ASSIGNOR_CLAIMS_H
#define MQ_ASSIGNOR_CLAIMS_H

#include "group/assignor_plan.h"

struct mq_assignor_claims {
	uint32_t *order;     /* members, as Kafka comes by them */
	uint32_t *claimant;  /* of a partition: the last believed, or none */
	uint32_t *holder;    /* of a partition: its owner, or none */
	uint32_t *contested; /* of a partition: boolean */
	uint32_t *former;    /* of a partition: the owner before, or none */
};

int mq_assignor_claims_init(struct mq_assignor_claims *,
    const struct mq_assignor_plan *, struct mq_err *);
void mq_assignor_claims_free(struct mq_assignor_claims *);

#endif
