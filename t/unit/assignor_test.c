/* SPDX-License-Identifier: ISC */
/*
 * The cases of Kafka's RangeAssignorTest, RoundRobinAssignorTest,
 * AbstractStickyAssignorTest and CooperativeStickyAssignorTest, without racks
 * and static members, by their names there.
 */
#include "group/assignor.h"

#include <stdlib.h>

#include "roster.h"
#include "test.h"

#define RANGE  MQ_ASSIGNOR_RANGE
#define ROUND  MQ_ASSIGNOR_ROUNDROBIN
#define STICKY MQ_ASSIGNOR_COOPERATIVE_STICKY

struct published {
	const char *test;
	const char *topics;
	const char *members;
	const char *want;
};

static struct roster roster;

/* In all of them. */
static const struct published all[] = {
	{ "testOneConsumerNoTopic", "", "c:", "c:" },
	{ "testOneConsumerNonexistentTopic", "", "c: topic", "c:" },
	{ "testOneConsumerOneTopic", "topic=3", "c: topic",
	    "c: topic-0 topic-1 topic-2" },
	{ "testOnlyAssignsPartitionsFromSubscribedTopics", "topic=3 other=3",
	    "c: topic", "c: topic-0 topic-1 topic-2" },
	{ "testOneConsumerMultipleTopics", "topic1=1 topic2=2",
	    "c: topic1 topic2", "c: topic1-0 topic2-0 topic2-1" },
	{ "testTwoConsumersOneTopicOnePartition", "topic=1",
	    "c1: topic; c2: topic", "c1: topic-0; c2:" },
	{ "testTwoConsumersOneTopicTwoPartitions", "topic=2",
	    "c1: topic; c2: topic", "c1: topic-0; c2: topic-1" },
};

static const struct published range[] = {
	{ "testMultipleConsumersMixedTopics", "topic1=3 topic2=2",
	    "c1: topic1; c2: topic1 topic2; c3: topic1",
	    "c1: topic1-0; c2: topic1-1 topic2-0 topic2-1; c3: topic1-2" },
	{ "testTwoConsumersTwoTopicsSixPartitions", "topic1=3 topic2=3",
	    "c1: topic1 topic2; c2: topic1 topic2",
	    "c1: topic1-0 topic1-1 topic2-0 topic2-1; "
	    "c2: topic1-2 topic2-2" },
	{ "testStaticMemberRangeAssignmentPersistent", "topic1=5 topic2=4",
	    "consumer1: topic1 topic2; consumer2: topic1 topic2; "
	    "consumer3: topic1 topic2; consumer4: topic1 topic2",
	    "consumer1: topic1-0 topic1-1 topic2-0; "
	    "consumer2: topic1-2 topic2-1; consumer3: topic1-3 topic2-2; "
	    "consumer4: topic1-4 topic2-3" },
	{ "testRackAwareAssignmentWithUniformSubscription", "t1=6 t2=7 t3=2",
	    "c0: t1 t2 t3; c1: t1 t2 t3; c2: t1 t2 t3",
	    "c0: t1-0 t1-1 t2-0 t2-1 t2-2 t3-0; "
	    "c1: t1-2 t1-3 t2-3 t2-4 t3-1; c2: t1-4 t1-5 t2-5 t2-6" },
	{ "testRackAwareAssignmentWithNonEqualSubscription", "t1=6 t2=7 t3=2",
	    "c0: t1 t2 t3; c1: t1 t2 t3; c2: t1 t3",
	    "c0: t1-0 t1-1 t2-0 t2-1 t2-2 t2-3 t3-0; "
	    "c1: t1-2 t1-3 t2-4 t2-5 t2-6 t3-1; c2: t1-4 t1-5" },
	{ "testRackAwareAssignmentWithUniformPartitions", "t1=5 t2=5 t3=5",
	    "c0: t1 t2 t3; c1: t1 t2 t3; c2: t1 t2 t3",
	    "c0: t1-0 t1-1 t2-0 t2-1 t3-0 t3-1; "
	    "c1: t1-2 t1-3 t2-2 t2-3 t3-2 t3-3; c2: t1-4 t2-4 t3-4" },
	{ "testRackAwareAssignmentWithUniformPartitionsNonEqualSubscription",
	    "t1=5 t2=5 t3=5", "c0: t1 t2 t3; c1: t1 t2 t3; c2: t1 t3",
	    "c0: t1-0 t1-1 t2-0 t2-1 t2-2 t3-0 t3-1; "
	    "c1: t1-2 t1-3 t2-3 t2-4 t3-2 t3-3; c2: t1-4 t3-4" },
	{ "testRackAwareAssignmentWithCoPartitioning", "t1=6 t2=6 t3=2 t4=2",
	    "c0: t1 t2; c1: t1 t2; c2: t3 t4; c3: t3 t4",
	    "c0: t1-0 t1-1 t1-2 t2-0 t2-1 t2-2; "
	    "c1: t1-3 t1-4 t1-5 t2-3 t2-4 t2-5; "
	    "c2: t3-0 t4-0; c3: t3-1 t4-1" },
	{ "testRackAwareAssignmentWithCoPartitioning (2)",
	    "t1=6 t2=6 t3=2 t4=2",
	    "c0: t1 t2 t3 t4; c1: t1 t2 t3 t4; c2: t1 t2 t3 t4; "
	    "c3: t1 t2 t3 t4",
	    "c0: t1-0 t1-1 t2-0 t2-1 t3-0 t4-0; "
	    "c1: t1-2 t1-3 t2-2 t2-3 t3-1 t4-1; c2: t1-4 t2-4; "
	    "c3: t1-5 t2-5" },
	{ "testCoPartitionedAssignmentWithSameSubscription",
	    "t1=6 t2=6 t3=2 t4=2 t5=4 t6=4",
	    "c0: t1 t2 t3 t4 t5 t6 t7 t8 t9; c1: t1 t2 t3 t4 t5 t6 t7 t8 t9; "
	    "c2: t1 t2 t3 t4 t5 t6 t7 t8 t9",
	    "c0: t1-0 t1-1 t2-0 t2-1 t3-0 t4-0 t5-0 t5-1 t6-0 t6-1; "
	    "c1: t1-2 t1-3 t2-2 t2-3 t3-1 t4-1 t5-2 t6-2; "
	    "c2: t1-4 t1-5 t2-4 t2-5 t5-3 t6-3" },
};

static const struct published roundrobin[] = {
	{ "testMultipleConsumersMixedTopics", "topic1=3 topic2=2",
	    "c1: topic1; c2: topic1 topic2; c3: topic1",
	    "c1: topic1-0; c2: topic1-1 topic2-0 topic2-1; c3: topic1-2" },
	{ "testTwoDynamicConsumersTwoTopicsSixPartitions", "topic1=3 topic2=3",
	    "c1: topic1 topic2; c2: topic1 topic2",
	    "c1: topic1-0 topic1-2 topic2-1; c2: topic1-1 topic2-0 topic2-2" },
	{ "testStaticMemberRoundRobinAssignmentPersistent", "topic1=3 topic2=3",
	    "consumer1: topic1 topic2; consumer2: topic1 topic2; "
	    "consumer3: topic1 topic2; consumer4: topic1 topic2",
	    "consumer1: topic1-0 topic2-1; consumer2: topic1-1 topic2-2; "
	    "consumer3: topic1-2; consumer4: topic2-0" },
	{ "testStaticMemberRoundRobinAssignmentPersistentAfterMemberIdChanges",
	    "topic1=5 topic2=5",
	    "consumer1: topic1 topic2; consumer2: topic1 topic2; "
	    "consumer3: topic1 topic2",
	    "consumer1: topic1-0 topic1-3 topic2-1 topic2-4; "
	    "consumer2: topic1-1 topic1-4 topic2-2; "
	    "consumer3: topic1-2 topic2-0 topic2-3" },
	{ "testPoorRoundRobinAssignmentScenario",
	    "topic1=2 topic2=1 topic3=2 topic4=1 topic5=2",
	    "consumer1: topic1 topic2 topic3 topic4 topic5; "
	    "consumer2: topic1 topic3 topic5; "
	    "consumer3: topic1 topic3 topic5; "
	    "consumer4: topic1 topic2 topic3 topic4 topic5",
	    "consumer1: topic1-0 topic3-0 topic5-0; "
	    "consumer2: topic1-1 topic3-1 topic5-1; consumer3:; "
	    "consumer4: topic2-0 topic4-0" },
};

/* Before the cooperative adjustment: as the eager StickyAssignor has them. */
static const struct published sticky[] = {
	{ "testOnlyAssignsPartitionsFromSubscribedTopics", "topic=2",
	    "consumer: topic < topic-0 topic-1 other-0 other-1",
	    "consumer: topic-0 topic-1" },
	{ "testTwoConsumersOneTopicTwoPartitions", "topic=2",
	    "consumer1: topic; consumer2: topic",
	    "consumer1: topic-0; consumer2: topic-1" },
	{ "testMultipleConsumersMixedTopicSubscriptions", "topic1=3 topic2=2",
	    "consumer1: topic1; consumer2: topic1 topic2; consumer3: topic1",
	    "consumer1: topic1-0 topic1-2; consumer2: topic2-0 topic2-1; "
	    "consumer3: topic1-1" },
	{ "testTwoConsumersTwoTopicsSixPartitions", "topic1=3 topic2=3",
	    "consumer1: topic1 topic2; consumer2: topic1 topic2",
	    "consumer1: topic1-0 topic1-2 topic2-1; "
	    "consumer2: topic1-1 topic2-0 topic2-2" },
	{ "testConsumerOwningMinQuotaExpectedMaxQuota", "topic1=2 topic2=3",
	    "consumer1: topic1 topic2 < topic1-0 topic2-1; "
	    "consumer2: topic1 topic2 < topic1-1 topic2-2",
	    "consumer1: topic1-0 topic2-0 topic2-1; "
	    "consumer2: topic1-1 topic2-2" },
	{ "testMaxQuotaConsumerMoreThanNumExpectedMaxCapacityMembers",
	    "topic1=2 topic2=2",
	    "consumer1: topic1 topic2 < topic1-0 topic2-0; "
	    "consumer2: topic1 topic2 < topic1-1 topic2-1; "
	    "consumer3: topic1 topic2",
	    "consumer1: topic1-0; consumer2: topic1-1 topic2-1; "
	    "consumer3: topic2-0" },
	{ "testAllConsumersAreUnderMinQuota", "topic1=2 topic2=3",
	    "consumer1: topic1 topic2 < topic1-0; "
	    "consumer2: topic1 topic2 < topic1-1; consumer3: topic1 topic2",
	    "consumer1: topic1-0 topic2-1; consumer2: topic1-1 topic2-2; "
	    "consumer3: topic2-0" },
	{ "testAddRemoveConsumerOneTopic", "topic=3",
	    "consumer1: topic < topic-0 topic-1 topic-2; consumer2: topic",
	    "consumer1: topic-0 topic-1; consumer2: topic-2" },
	{ "testAddRemoveConsumerOneTopic (remove)", "topic=3",
	    "consumer2: topic < topic-2",
	    "consumer2: topic-0 topic-1 topic-2" },
	{ "testAddRemoveTwoConsumersTwoTopics", "topic1=3 topic2=4",
	    "consumer1: topic1 topic2; consumer2: topic1 topic2",
	    "consumer1: topic1-0 topic1-2 topic2-1 topic2-3; "
	    "consumer2: topic1-1 topic2-0 topic2-2" },
	{ "testAddRemoveTwoConsumersTwoTopics (add)", "topic1=3 topic2=4",
	    "consumer1: topic1 topic2 < topic1-0 topic1-2 topic2-1 topic2-3; "
	    "consumer2: topic1 topic2 < topic1-1 topic2-0 topic2-2; "
	    "consumer3: topic1 topic2; consumer4: topic1 topic2",
	    "consumer1: topic1-0 topic2-1; consumer2: topic1-1 topic2-0; "
	    "consumer3: topic1-2 topic2-3; consumer4: topic2-2" },
	{ "testAddRemoveTwoConsumersTwoTopics (remove)", "topic1=3 topic2=4",
	    "consumer3: topic1 topic2 < topic1-2 topic2-3; "
	    "consumer4: topic1 topic2 < topic2-2",
	    "consumer3: topic1-0 topic1-2 topic2-1 topic2-3; "
	    "consumer4: topic1-1 topic2-0 topic2-2" },
	{ "testPoorRoundRobinAssignmentScenario",
	    "topic1=2 topic2=1 topic3=2 topic4=1 topic5=2",
	    "consumer1: topic1 topic2 topic3 topic4 topic5; "
	    "consumer2: topic1 topic3 topic5; "
	    "consumer3: topic1 topic3 topic5; "
	    "consumer4: topic1 topic2 topic3 topic4 topic5",
	    "consumer1: topic2-0 topic3-0; consumer2: topic1-0 topic3-1; "
	    "consumer3: topic1-1 topic5-0; consumer4: topic4-0 topic5-1" },
	{ "testNoExceptionThrownWhenOnlySubscribedTopicDeleted", "",
	    "consumer: topic < topic-0 topic-1 topic-2", "consumer:" },
	{ "testAllConsumersReachExpectedQuotaAndAreConsideredFilled", "topic=4",
	    "consumer1: topic < topic-0 topic-1; "
	    "consumer2: topic < topic-2; consumer3: topic",
	    "consumer1: topic-0 topic-1; consumer2: topic-2; "
	    "consumer3: topic-3" },
	{ "testOwnedPartitionsAreInvalidatedForConsumerWithStaleGeneration",
	    "topic=3 topic2=3",
	    "consumer1: topic topic2 < topic-0 topic-2 topic2-1 @10; "
	    "consumer2: topic topic2 < topic-0 topic-2 topic2-1 @9",
	    "consumer1: topic-0 topic-2 topic2-1; "
	    "consumer2: topic-1 topic2-0 topic2-2" },
	{ "testOwnedPartitionsAreInvalidatedForConsumerWithNoGeneration",
	    "topic=3 topic2=3",
	    "consumer1: topic topic2 < topic-0 topic-2 topic2-1 @10; "
	    "consumer2: topic topic2 < topic-0 topic-2 topic2-1 @-1",
	    "consumer1: topic-0 topic-2 topic2-1; "
	    "consumer2: topic-1 topic2-0 topic2-2" },
	{ "testPartitionsTransferringOwnershipIncludeThePartition"
	  "ClaimedByMultipleConsumersInSameGeneration",
	    "topic=3",
	    "consumer1: topic < topic-0 topic-1; "
	    "consumer2: topic < topic-0 topic-2; consumer3: topic",
	    "consumer1: topic-1; consumer2: topic-2; consumer3: topic-0" },
	{ "testEnsurePartitionsAssignedToHighestGeneration",
	    "topic=3 topic2=3 topic3=3",
	    "consumer1: topic topic2 topic3 < topic-0 topic2-0 topic3-0 @10; "
	    "consumer2: topic topic2 topic3 < topic-1 topic2-1 topic3-1 @9; "
	    "consumer3: topic topic2 topic3 < topic2-1 topic3-0 topic3-2 @8",
	    "consumer1: topic-0 topic2-0 topic3-0; "
	    "consumer2: topic-1 topic2-1 topic3-1; "
	    "consumer3: topic-2 topic2-2 topic3-2" },
	{ "testNoReassignmentOnCurrentMembers",
	    "topic=3 topic1=3 topic2=3 topic3=3",
	    "consumer1: topic topic2 topic3 topic1 @-1; "
	    "consumer2: topic topic2 topic3 topic1 < topic-0 topic2-0 "
	    "topic1-0 @9; "
	    "consumer3: topic topic2 topic3 topic1 < topic3-2 topic2-2 "
	    "topic1-1 @8; "
	    "consumer4: topic topic2 topic3 topic1 < topic3-1 topic-1 "
	    "topic-2 @7",
	    "consumer1: topic1-2 topic2-1 topic3-0; "
	    "consumer2: topic-0 topic1-0 topic2-0; "
	    "consumer3: topic1-1 topic2-2 topic3-2; "
	    "consumer4: topic-1 topic-2 topic3-1" },
	{ "testOwnedPartitionsAreInvalidatedForConsumerWithMultipleGeneration",
	    "topic=3 topic2=3",
	    "consumer1: topic topic2 < topic-0 topic2-1 topic-1 @10; "
	    "consumer2: topic topic2 < topic-0 topic2-1 topic2-2 @8",
	    "consumer1: topic-0 topic-1 topic2-1; "
	    "consumer2: topic-2 topic2-0 topic2-2" },
	{ "testRackAwareAssignmentWithUniformSubscription", "t1=6 t2=7 t3=2",
	    "consumer0: t1 t2 t3; consumer1: t1 t2 t3; consumer2: t1 t2 t3",
	    "consumer0: t1-0 t1-3 t2-0 t2-3 t2-6; "
	    "consumer1: t1-1 t1-4 t2-1 t2-4 t3-0; "
	    "consumer2: t1-2 t1-5 t2-2 t2-5 t3-1" },
	{ "testRackAwareAssignmentWithNonEqualSubscription", "t1=6 t2=7 t3=2",
	    "consumer0: t1 t2 t3; consumer1: t1 t2 t3; consumer2: t1 t3",
	    "consumer0: t1-5 t2-0 t2-2 t2-4 t2-6; "
	    "consumer1: t1-3 t2-1 t2-3 t2-5 t3-0; "
	    "consumer2: t1-0 t1-1 t1-2 t1-4 t3-1" },
	{ "testRackAwareAssignmentWithNonEqualSubscription (kept)",
	    "t1=6 t2=7 t3=2",
	    "consumer0: t1 t2 t3 < t1-5 t2-0 t2-2 t2-4 t2-6; "
	    "consumer1: t1 t2 t3 < t1-3 t2-1 t2-3 t2-5 t3-0; "
	    "consumer2: t1 t3 < t1-0 t1-1 t1-2 t1-4 t3-1",
	    "consumer0: t1-5 t2-0 t2-2 t2-4 t2-6; "
	    "consumer1: t1-3 t2-1 t2-3 t2-5 t3-0; "
	    "consumer2: t1-0 t1-1 t1-2 t1-4 t3-1" },
};

static const struct published adjusted[] = {
	{ "testAddRemoveConsumerOneTopic", "topic=3",
	    "consumer1: topic < topic-0 topic-1 topic-2; consumer2: topic",
	    "consumer1: topic-0 topic-1; consumer2:" },
	{ "testAddRemoveTwoConsumersTwoTopics (add)", "topic1=3 topic2=4",
	    "consumer1: topic1 topic2 < topic1-0 topic1-2 topic2-1 topic2-3; "
	    "consumer2: topic1 topic2 < topic1-1 topic2-0 topic2-2; "
	    "consumer3: topic1 topic2; consumer4: topic1 topic2",
	    "consumer1: topic1-0 topic2-1; consumer2: topic1-1 topic2-0; "
	    "consumer3:; consumer4:" },
	{ "testMaxQuotaConsumerMoreThanNumExpectedMaxCapacityMembers",
	    "topic1=2 topic2=2",
	    "consumer1: topic1 topic2 < topic1-0 topic2-0; "
	    "consumer2: topic1 topic2 < topic1-1 topic2-1; "
	    "consumer3: topic1 topic2",
	    "consumer1: topic1-0; consumer2: topic1-1 topic2-1; consumer3:" },
	{ "testAllConsumersHaveOwnedPartitionInvalidatedWhenClaimedBy"
	  "MultipleConsumersInSameGenerationWithEqualPartitionsPerConsumer",
	    "topic=3",
	    "consumer1: topic < topic-0 topic-1; "
	    "consumer2: topic < topic-0 topic-2; consumer3: topic",
	    "consumer1: topic-1; consumer2: topic-2; consumer3:" },
	{ "testAllConsumersHaveOwnedPartitionInvalidatedWhenClaimedBy"
	  "MultipleConsumersInSameGenerationWithUnequalPartitionsPerConsumer",
	    "topic=4",
	    "consumer1: topic < topic-0 topic-1; "
	    "consumer2: topic < topic-0 topic-2; consumer3: topic",
	    "consumer1: topic-1 topic-3; consumer2: topic-2; consumer3:" },
	{ "testAssignorWithOldVersionSubscriptions", "topic1=3",
	    "consumer1: topic1 < topic1-0; consumer2: topic1 < topic1-1; "
	    "consumer3: topic1",
	    "consumer1: topic1-0; consumer2: topic1-1; consumer3: topic1-2" },
	{ "testRackAwareAssignmentWithNonEqualSubscription (owned)",
	    "t1=6 t2=7 t3=2",
	    "consumer0: t1 t2 t3 < t1-0 t1-1 t1-2 t1-3 t1-4; "
	    "consumer1: t1 t2 t3 < t1-5 t2-0 t2-1 t2-2 t2-3; "
	    "consumer2: t1 t3 < t2-4 t2-5 t2-6 t3-0 t3-1",
	    "consumer0: t1-2 t1-3 t1-4; consumer1: t2-0 t2-1 t2-2 t2-3; "
	    "consumer2: t3-0 t3-1" },
	{ "testRackAwareAssignmentWithNonEqualSubscription (intermediate)",
	    "t1=6 t2=7 t3=2",
	    "consumer0: t1 t2 t3 < t1-2 t1-3 t1-4; "
	    "consumer1: t1 t2 t3 < t2-0 t2-1 t2-2 t2-3; "
	    "consumer2: t1 t3 < t3-0 t3-1",
	    "consumer0: t1-2 t1-3 t1-4 t2-4 t2-5; "
	    "consumer1: t2-0 t2-1 t2-2 t2-3 t2-6; "
	    "consumer2: t1-0 t1-1 t1-5 t3-0 t3-1" },
};

static int
agree(const struct published *p, enum mq_assignor strategy, int adjust)
{
	roster_set(&roster, p->topics, p->members);
	CHECK_TEXT(roster_assign(&roster, strategy, adjust), p->want);
	return 0;
}

/* One line of output a case. */
static const struct published *at;
static enum mq_assignor strategy;
static int adjust;

static int
agrees(void)
{
	return agree(at, strategy, adjust);
}

static void
run(const char *from, const struct published *p, size_t n, enum mq_assignor s,
    int adjusting)
{
	char title[256];
	size_t i;

	for (i = 0; i < n; i++) {
		at = &p[i];
		strategy = s;
		adjust = adjusting;
		(void)snprintf(title, sizeof(title), "%s.%s", from, p[i].test);
		RUN(agrees, title);
	}
}

#define PUBLISHED(from, cases, s, adjusting) \
	run(from, cases, sizeof(cases) / sizeof((cases)[0]), s, adjusting)

static int
names(void)
{
	enum mq_assignor a;
	struct mq_err e;

	CHECK(mq_assignor_parse("range", &a, &e) == 0 && a == RANGE);
	CHECK(mq_assignor_parse("roundrobin", &a, &e) == 0 && a == ROUND);
	CHECK(mq_assignor_parse("cooperative-sticky", &a, &e) == 0 &&
	    a == STICKY);
	CHECK_TEXT(mq_assignor_name(ROUND), "roundrobin");
	CHECK(mq_assignor_name(STICKY) != NULL);
	CHECK(mq_assignor_name(STICKY + 1) == NULL);
	CHECK(mq_assignor_parse("Range", &a, &e) == -1);
	CHECK(e.code == MQ_INVALID_CONFIG);
	CHECK_TEXT(e.text,
	    "partition.assignment.strategy Range: not one of "
	    "range, roundrobin, cooperative-sticky");
	CHECK(mq_assignor_parse("", &a, &e) == -1);
	return 0;
}

static int
refused(void)
{
	roster_set(&roster, "t=1", "c: t; d: t; c: t");
	CHECK_TEXT(roster_assign(&roster, STICKY, 0),
	    "member c is there twice");
	roster_set(&roster, "t=1 u=2 t=3", "c: t");
	CHECK_TEXT(roster_assign(&roster, RANGE, 0), "topic t is there twice");
	roster_set(&roster, "t=-1", "c: t");
	CHECK_TEXT(roster_assign(&roster, ROUND, 0), "topic t: -1 partitions");
	roster_set(&roster, "t=10000000 u=1", "c: t u");
	CHECK_TEXT(roster_assign(&roster, ROUND, 0),
	    "more than 10000000 partitions");
	roster_set(&roster, "t=2147483647", "");
	CHECK_TEXT(roster_assign(&roster, STICKY, 0), "");
	return 0;
}

/* Claims that cannot be, and members that want nothing. */
static int
claims(void)
{
	roster_set(&roster, "t=2 u=0", "c: t u < t--1 t-2 u-0 v-0 t-1; d: t");
	CHECK_TEXT(roster_assign(&roster, STICKY, 1), "c: t-1; d: t-0");
	roster_set(&roster, "t=3", "a:; b: t; c: t t");
	CHECK_TEXT(roster_assign(&roster, STICKY, 0), "a:; b: t-0 t-2; c: t-1");
	CHECK_TEXT(roster_assign(&roster, RANGE, 0), "a:; b: t-0 t-1; c: t-2");
	CHECK_TEXT(roster_assign(&roster, ROUND, 0), "a:; b: t-0 t-2; c: t-1");
	/* A former owner that does not subscribe any more gets nothing. */
	roster_set(&roster, "t=3 u=3",
	    "a: u < t-0 t-1 t-2 @1; b: t u < t-0 t-1 t-2 u-0 u-1 u-2 @2");
	CHECK_TEXT(roster_assign(&roster, STICKY, 0),
	    "a: u-0 u-1 u-2; b: t-0 t-1 t-2");
	/* Nothing goes to a new owner while another claims it. */
	CHECK_TEXT(roster_assign(&roster, STICKY, 1), "a:; b: t-0 t-1 t-2");
	CHECK(roster.withheld == 3);
	return 0;
}

int
main(void)
{
	RUN(names, "names of partition.assignment.strategy, and no others");
	RUN(refused, "names twice, and too many partitions, are refused");
	RUN(claims, "impossible claims and empty subscriptions");
	PUBLISHED("RangeAssignorTest", all, RANGE, 0);
	PUBLISHED("RangeAssignorTest", range, RANGE, 0);
	PUBLISHED("RoundRobinAssignorTest", all, ROUND, 0);
	PUBLISHED("RoundRobinAssignorTest", roundrobin, ROUND, 0);
	PUBLISHED("AbstractStickyAssignorTest", all, STICKY, 0);
	PUBLISHED("AbstractStickyAssignorTest", sticky, STICKY, 0);
	PUBLISHED("CooperativeStickyAssignorTest", adjusted, STICKY, 1);
	return test_done();
}
