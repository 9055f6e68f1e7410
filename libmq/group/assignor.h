/* SPDX-License-Identifier: ISC */
/*
 * Which member of a consumer group reads which partition, by the rules of
 * Kafka's client assignors (RangeAssignor, RoundRobinAssignor and
 * CooperativeStickyAssignor without racks or static members).  Pure functions:
 * every member computes the same from the same input, in whatever order it
 * lists members and topics.
 *
 * Names are compared as bytes.  A subscription to a topic that is not among
 * the topics, or has no partitions, counts for nothing; so does a claim to
 * own what does not exist or nobody subscribes to any more.
 *
 * Where several members could give up a partition, Kafka's choice depends on
 * the order of a Java HashMap; it is followed here.  Departures from Kafka:
 * a member without subscriptions never gets partitions, and a partition never
 * goes back to a former owner that does not subscribe any more; where two
 * claim a partition, the adjustment withholds it from the one with the older
 * claim as well; balancing ends for every input, and is not taken back where
 * it turned out to be for nothing (no input is known that gets there).
 */
#ifndef MQ_ASSIGNOR_H
#define MQ_ASSIGNOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MQ_ASSIGNOR_MAX_MEMBERS	   1000000
#define MQ_ASSIGNOR_MAX_PARTITIONS 10000000 /* of all topics together */
#define MQ_ASSIGNOR_NO_GENERATION  (-1)

enum mq_assignor {
	MQ_ASSIGNOR_RANGE,
	MQ_ASSIGNOR_ROUNDROBIN,
	MQ_ASSIGNOR_COOPERATIVE_STICKY
};

/* A claim to own a partition from the assignment before. */
struct mq_assignor_owned {
	const char *topic;
	int32_t partition;
};

struct mq_assignor_member {
	const char *id;		   /* unique in the group */
	const char *const *topics; /* subscribed to */
	size_t topics_count;
	const struct mq_assignor_owned *owned;
	size_t owned_count;
	int32_t generation; /* of owned, or MQ_ASSIGNOR_NO_GENERATION */
};

struct mq_assignor_topic {
	const char *name; /* unique */
	int32_t partitions;
};

/* All borrowed until the function that is given it returns. */
struct mq_assignor_group {
	const struct mq_assignor_member *members;
	size_t members_count;
	const struct mq_assignor_topic *topics;
	size_t topics_count;
};

struct mq_assigned {
	uint32_t topic; /* index in the group's topics */
	int32_t partition;
};

/*
 * Member m of the group's members gets at[first[m]] to at[first[m + 1] - 1],
 * in the order of topic names and partitions.
 */
struct mq_assignment {
	size_t members_count;
	size_t *first;
	struct mq_assigned *at;
	size_t withheld; /* partitions that mq_assignor_adjust took out */
};

/*
 * A name of partition.assignment.strategy.  An unknown one is refused with
 * MQ_INVALID_CONFIG and the names that there are.
 */
int mq_assignor_parse(const char *name, enum mq_assignor *, struct mq_err *);
/* The name of a strategy; NULL behind the last. */
const char *mq_assignor_name(enum mq_assignor);

/*
 * The assignment of every partition that somebody subscribes to; the caller
 * frees it.  NULL where names come twice, limits are passed or memory is out.
 */
struct mq_assignment *mq_assignor_assign(enum mq_assignor,
    const struct mq_assignor_group *, struct mq_err *);
void mq_assignment_free(struct mq_assignment *);

/*
 * Kafka's cooperative step (KIP-429): takes out each partition that a member
 * got while another claims it, or while two claim it in one generation; it is
 * given in the round after they revoked it.  A caller that has a better proof
 * of ownership than claims can do without.
 */
int mq_assignor_adjust(const struct mq_assignor_group *, struct mq_assignment *,
    struct mq_err *);

#endif
