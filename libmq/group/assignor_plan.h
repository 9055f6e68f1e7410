/* SPDX-License-Identifier: ISC */
/*
 * A group in numbers, for the assignors: members in the order of their ids,
 * topics in the order of their names, partitions numbered through all topics.
 * Comparing two numbers compares the names.  Topics that nobody subscribes to
 * are there without partitions.
 */
#ifndef MQ_ASSIGNOR_PLAN_H
#define MQ_ASSIGNOR_PLAN_H

#include "group/assignor.h"

#define MQ_ASSIGNOR_NONE UINT32_MAX

/* List i is at[first[i]] to at[first[i + 1] - 1], ascending. */
struct mq_assignor_lists {
	size_t *first;
	uint32_t *at;
};

struct mq_assignor_named {
	const char *name;
	uint32_t input; /* its place in the caller's array */
};

struct mq_assignor_plan {
	const struct mq_assignor_group *group;
	struct mq_assignor_named *member;
	struct mq_assignor_named *topic;
	uint32_t members, topics, partitions;
	struct mq_assignor_lists subscriptions; /* of a member: topics */
	struct mq_assignor_lists subscribers;	/* of a topic: members */
	uint32_t *first;    /* of a topic: its partition 0; topics + 1 */
	uint32_t *topic_of; /* of a partition */
	uint32_t *owner;    /* of a partition: the result; none at first */
};

int mq_assignor_plan_init(struct mq_assignor_plan *,
    const struct mq_assignor_group *, struct mq_err *);
void mq_assignor_plan_free(struct mq_assignor_plan *);

/*
 * The topic of a name, or MQ_ASSIGNOR_NONE.  The hint is tried first, for
 * names that come in order.
 */
uint32_t mq_assignor_plan_topic(const struct mq_assignor_plan *,
    const char *name, uint32_t hint);
/* Whether all members have one subscription. */
int mq_assignor_plan_equal(const struct mq_assignor_plan *);
int mq_assignor_plan_subscribes(const struct mq_assignor_plan *,
    uint32_t member, uint32_t topic);

/*
 * Java's hash of a name, how many buckets a HashMap of so many has, and the
 * bucket of a hash.
 */
uint32_t mq_assignor_plan_hash(const char *);
uint32_t mq_assignor_plan_buckets(uint32_t count);
uint32_t mq_assignor_plan_bucket(uint32_t hash, uint32_t buckets);

/* Room for so many numbers, and one more, all zero. */
uint32_t *mq_assignor_plan_numbers(size_t);

#endif
