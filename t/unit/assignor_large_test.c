/* SPDX-License-Identifier: ISC */
/* Large groups: every partition is given, and time grows with the input. */
#include "group/assignor.h"

#include <stdlib.h>
#include <time.h>

#include "test.h"

#define MEMBERS	   10000
#define TOPICS	   500
#define PARTITIONS 2000

/*
 * CPU seconds.  Only another order of growth takes so long, in any build; a
 * plain one takes a tenth of a second, of Kafka's sizes a whole one.
 */
#define LIMIT	    5
#define KAFKA_LIMIT 30 /* as AbstractStickyAssignorTest has it */

static struct mq_assignor_member members[MEMBERS];
static struct mq_assignor_topic topics[TOPICS];
static const char *list[TOPICS];
static char ids[MEMBERS][12], names[TOPICS][12];
static struct mq_assignor_owned owned[TOPICS * PARTITIONS];
static struct mq_assignor_group group = { members, 0, topics, 0 };

/* All subscribe to all topics, but each step-th to the first half. */
static void
make(size_t m, size_t t, int32_t partitions, size_t step)
{
	size_t i;

	for (i = 0; i < t; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "topic%zu", i);
		list[i] = topics[i].name = names[i];
		topics[i].partitions = partitions;
	}
	(void)memset(members, 0, sizeof(members));
	for (i = 0; i < m; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "m-%zu", i);
		members[i].id = ids[i];
		members[i].topics = list;
		members[i].topics_count = t;
		if (step > 0 && i % step == 0)
			members[i].topics_count = t / 2;
	}
	group.members_count = m;
	group.topics_count = t;
}

/* The assignment becomes what members own; the first one owns nothing. */
static void
own(const struct mq_assignment *a)
{
	size_t i, m;

	for (i = 0; i < a->first[a->members_count]; i++) {
		owned[i].topic = names[a->at[i].topic];
		owned[i].partition = a->at[i].partition;
	}
	for (m = 1; m < a->members_count; m++) {
		members[m].owned = owned + a->first[m];
		members[m].owned_count = a->first[m + 1] - a->first[m];
		members[m].generation = 1;
	}
}

/* Assigns twice, with the first as what is owned; CPU seconds, -1 if wrong. */
static double
twice(enum mq_assignor strategy, size_t partitions)
{
	struct mq_assignment *a;
	struct mq_err err;
	clock_t start = clock(), taken = 0;
	int round, right = 1;

	for (round = 0; round < 2; round++) {
		start = clock();
		a = mq_assignor_assign(strategy, &group, &err);
		taken += clock() - start;
		if (a == NULL)
			return -1;
		right &= a->first[a->members_count] == partitions;
		own(a);
		mq_assignment_free(a);
	}
	return right ? (double)taken / CLOCKS_PER_SEC : -1;
}

static int
many_members(void)
{
	double taken;
	size_t step;
	int s;

	for (s = MQ_ASSIGNOR_RANGE; s <= MQ_ASSIGNOR_COOPERATIVE_STICKY; s++)
		for (step = 0; step < 4; step += 3) {
			make(MEMBERS, 100, 1000, step);
			taken = twice((enum mq_assignor)s, 100000);
			printf("# %s, subscriptions %s: %.3f s\n",
			    mq_assignor_name((enum mq_assignor)s),
			    step == 0 ? "equal" : "not equal", taken);
			CHECK(taken >= 0 && taken < LIMIT);
		}
	return 0;
}

static int
uniform(void)
{
	double taken;

	make(2000, TOPICS, PARTITIONS, 0);
	taken = twice(MQ_ASSIGNOR_COOPERATIVE_STICKY, TOPICS * PARTITIONS);
	printf("# %.3f s\n", taken);
	CHECK(taken >= 0 && taken < KAFKA_LIMIT);
	return 0;
}

static int
not_equal(void)
{
	double taken;

	make(2000, TOPICS, PARTITIONS, 0);
	members[1999].topics_count = 1;
	taken = twice(MQ_ASSIGNOR_COOPERATIVE_STICKY, TOPICS * PARTITIONS);
	printf("# %.3f s\n", taken);
	CHECK(taken >= 0 && taken < KAFKA_LIMIT);
	return 0;
}

int
main(void)
{
	RUN(many_members, "10000 members and 100000 partitions");
	RUN(uniform, "testLargeAssignmentAndGroupWithUniformSubscription");
	RUN(not_equal, "testLargeAssignmentAndGroupWithNonEqualSubscription");
	return test_done();
}
