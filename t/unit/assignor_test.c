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
	{ "testSubscriptionNotEqualAndAssignSamePartitionWith3Generation",
	    "topic=6 topic1=1",
	    "c1: topic < topic-0 topic-2 @1; "
	    "c2: topic < topic-1 topic-2 topic-3 @2; "
	    "c3: topic < topic-2 topic-4 topic-5 @3; "
	    "c4: topic1 < topic1-0 @2",
	    "c1: topic-0 topic-2; c2: topic-1 topic-3; c3: topic-4 topic-5; "
	    "c4: topic1-0" },
	{ "testSubscriptionNotEqualAndAssignSamePartitionWith3Generation",
	    "topic=6 topic1=1",
	    "c1: topic < topic-0 topic-2 @1; "
	    "c2: topic < topic-1 topic-2 topic-3 @3; "
	    "c3: topic < topic-2 topic-4 topic-5 @2; "
	    "c4: topic1 < topic1-0 @2",
	    "c1: topic-0 topic-1; c2: topic-2 topic-3; c3: topic-4 topic-5; "
	    "c4: topic1-0" },
	{ "testSubscriptionNotEqualAndAssignSamePartitionWith3Generation",
	    "topic=6 topic1=1",
	    "c1: topic < topic-0 topic-2 @2; "
	    "c2: topic < topic-1 topic-2 topic-3 @3; "
	    "c3: topic < topic-2 topic-4 topic-5 @1; "
	    "c4: topic1 < topic1-0 @2",
	    "c1: topic-0 topic-1; c2: topic-2 topic-3; c3: topic-4 topic-5; "
	    "c4: topic1-0" },
	{ "testSubscriptionNotEqualAndAssignSamePartitionWith3Generation",
	    "topic=6 topic1=1",
	    "c1: topic < topic-0 topic-2 @3; "
	    "c2: topic < topic-1 topic-2 topic-3 @2; "
	    "c3: topic < topic-2 topic-4 topic-5 @1; "
	    "c4: topic1 < topic1-0 @2",
	    "c1: topic-0 topic-2; c2: topic-1 topic-3; c3: topic-4 topic-5; "
	    "c4: topic1-0" },
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

/*
 * What Kafka's classes (trunk of October 2024) answer where nothing is
 * published: the order of Java's hashes shows in these.
 */
static const struct published answered[] = {
	{ "the first come in a HashMap keep the ceiling", "t0=8 t1=4",
	    "c1: t1; c2: t1 < t1-2 t1-3; c3: t1 < t1-0 t1-1",
	    "c1: t1-3; c2: t1-2; c3: t1-0 t1-1" },
	{ "a move is undone, which of several by hash", "t0=5 t1=3",
	    "c1: t0 t1; c2: t0 t1 < t0-1 t0-2 t0-4 t1-0 t1-1 t1-2; c3: t1",
	    "c1: t0-0 t0-1 t0-3; c2: t0-2 t0-4 t1-2; c3: t1-0 t1-1" },
	{ "a move is undone though it makes the balance worse",
	    "t0=5 t1=2 t2=5",
	    "c1: t0 t1 t2 < t0-2 t0-3 t0-4 t1-1 t2-0 t2-1; "
	    "c2: t0 t1 t2 < t0-0; c3: t0; "
	    "c4: t0 t1 t2 < t0-0 t0-1 t0-2 t0-3 t1-0 t1-1 t2-0 t2-3 @2",
	    "c1: t1-0 t1-1 t2-1; c2: t2-2 t2-3 t2-4; "
	    "c3: t0-0 t0-1 t0-4; c4: t0-2 t0-3 t2-0" },
	{ "a former owner comes first", "t0=3 t1=2 t2=1",
	    "c1: t2; c2: t2 < t2-0 @1; c3: t1 t2 < t2-0 @2",
	    "c1:; c2: t2-0; c3: t1-0 t1-1" },
	{ "of former owners, the one of the newest generation", "t0=7 t1=1",
	    "c1: t1 @1; c2: t1 < t1-0 @1; c3: t1 @3; c4: t0 t1 < t1-0 @2",
	    "c1: t1-0; c2:; c3:; "
	    "c4: t0-0 t0-1 t0-2 t0-3 t0-4 t0-5 t0-6" },
	{ "a HashMap grows with the 13th", "t=14",
	    "c1: t; c15: t; c25: t; c27: t < t-0 t-1; c32: t; "
	    "c4: t < t-4 t-5; c42: t; c48: t; c51: t; c57: t; c6: t; "
	    "c7: t < t-2 t-3; c9: t",
	    "c1: t-3; c15: t-5; c25: t-6; c27: t-0 t-1; c32: t-7; c4: t-4; "
	    "c42: t-8; c48: t-9; c51: t-10; c57: t-11; c6: t-12; c7: t-2; "
	    "c9: t-13" },
	{ "new partitions move first", "t0=3 t1=2",
	    "c1: t0 t1; c2: t1 < t1-0; c3: t0 t1 < t0-0 t0-1; c4: t0",
	    "c1: t1-1; c2: t1-0; c3: t0-0 t0-1; c4: t0-2" },
	{ "but not where a subscription went away", "t0=1 t1=6",
	    "c1: t1 < t1-1 t1-2 t1-4; c2: t0 t1; c3: t0 < t1-0 t1-3 t1-5",
	    "c1: t1-2 t1-4 t1-5; c2: t1-0 t1-1 t1-3; c3: t0-0" },
	{ "topics with few subscribers first", "t0=2 t1=1",
	    "c1: t0 < t0-0; c2: t0 t1", "c1: t0-0 t0-1; c2: t1-0" },
};

/* One line of output a case. */
static const struct published *at;
static enum mq_assignor strategy;
static int adjust;

static int
agrees(void)
{
	roster_set(&roster, at->topics, at->members);
	CHECK_TEXT(roster_assign(&roster, strategy, adjust), at->want);
	return 0;
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

int
main(void)
{
	PUBLISHED("RangeAssignorTest", all, RANGE, 0);
	PUBLISHED("RangeAssignorTest", range, RANGE, 0);
	PUBLISHED("RoundRobinAssignorTest", all, ROUND, 0);
	PUBLISHED("RoundRobinAssignorTest", roundrobin, ROUND, 0);
	PUBLISHED("AbstractStickyAssignorTest", all, STICKY, 0);
	PUBLISHED("AbstractStickyAssignorTest", sticky, STICKY, 0);
	PUBLISHED("CooperativeStickyAssignorTest", adjusted, STICKY, 1);
	PUBLISHED("Kafka", answered, STICKY, 0);
	return test_done();
}
