/* SPDX-License-Identifier: ISC */
/*
 * What a share-partition's configs bound: how often a record is delivered, how
 * many are in flight, and when one that was released comes again.
 */
#include "group/share_partition.h"

#include "part_scene.h"
#include "test.h"

/* At the limit a record is given up: released, timed out, left behind. */
static int
limit(void)
{
	int64_t n;

	part_begin(0);
	part.p.config.delivery_count_limit = 3;
	for (n = 1; n < 3; n++) {
		CHECK(part_take(n, 1, 4, 4) == 0 &&
		    part.out.at[0].delivery_count == n);
		CHECK(part_say(n, 1, MQ_SHARE_RELEASE, 0, 3) == 0 &&
		    part.out.count == 0);
	}
	CHECK(part_take(3, 1, 3, 4) == 0 && part_take(3, 2, 1, 4) == 0);
	CHECK(part_say(4, 1, MQ_SHARE_RELEASE, 1, 1) == 0);
	PART_TOLD("1 Archived 3 by 1 until 30003");
	CHECK(mq_share_partition_holder_gone(&part.p, 5, 2, 9, &part.out,
		  &part.err) == 0);
	PART_TOLD("3 Archived 3 by 2 until 30003");
	PART_STATE("0 Acquired 3 by 1 until 30003, 1 Archived, "
		   "2 Acquired 3 by 1 until 30003, 3 Archived");
	CHECK(mq_share_partition_expire(&part.p, 30003, 9, &part.out,
		  &part.err) == 0);
	PART_TOLD(
	    "0 Archived 3 by 1 until 30003, 2 Archived 3 by 1 until 30003");
	PART_STATE("");
	CHECK(part.p.start_offset == 4);
	return 0;
}

/* A lowered limit leaves one delivery more (KIP-1240). */
static int
limit_lowered(void)
{
	part_begin(0);
	CHECK(part_take(0, 1, 1, 1) == 0 &&
	    part_say(0, 1, MQ_SHARE_RELEASE, 0, 0) == 0);
	CHECK(part_take(0, 1, 1, 1) == 0 &&
	    part_say(0, 1, MQ_SHARE_RELEASE, 0, 0) == 0);
	part.p.config.delivery_count_limit = 1;
	CHECK(part_take(0, 1, 1, 1) == 0);
	PART_TOLD("0 Acquired 3 by 1 until 30000");
	CHECK(part_say(0, 1, MQ_SHARE_RELEASE, 0, 0) == 0);
	PART_TOLD("0 Archived 3 by 1 until 30000");
	return 0;
}

/* With dead letters who finds a record at its limit holds it until it is told. */
static int
dead_letters(void)
{
	part_begin(0);
	part.p.config.dead_letters = true;
	part.p.config.delivery_count_limit = 1;
	CHECK(part_take(0, 1, 3, 3) == 0);
	CHECK(part_say(29000, 1, MQ_SHARE_RELEASE, 0, 0) == 0);
	PART_TOLD("0 Acquired 1 by 1 until 59000"); /* time to write it */
	/* Nobody to write it: it stays, but not with who had it. */
	CHECK(mq_share_partition_expire(&part.p, 30000, 0, &part.out,
		  &part.err) == 0);
	PART_TOLD("");
	PART_REFUSED(part_say(30000, 1, MQ_SHARE_ACCEPT, 1, 1));
	CHECK(part_take(30000, 2, 5, 3) == 0 && part.out.count == 0);
	CHECK(mq_share_partition_expire(&part.p, 30000, 2, &part.out,
		  &part.err) == 0);
	PART_TOLD("1-2 Acquired 1 by 2 until 60000");
	/* 2 dies before it wrote: the next one finds the same. */
	CHECK(mq_share_partition_holder_gone(&part.p, 30001, 2, 3, &part.out,
		  &part.err) == 0);
	PART_TOLD("1-2 Acquired 1 by 3 until 60001");
	PART_REFUSED(part_say(30002, 2, MQ_SHARE_REJECT, 1, 2));
	CHECK(part_say(30002, 3, MQ_SHARE_REJECT, 1, 2) == 0);
	CHECK(part_say(30002, 1, MQ_SHARE_REJECT, 0, 0) == 0);
	PART_STATE("");
	return 0;
}

/* A delivery that was none, and a record that is not due. */
static int
uncounted(void)
{
	struct mq_share_ack later = { .holder = 1,
		.type = MQ_SHARE_RELEASE,
		.first = 0,
		.last = 1,
		.available_at_ms = 5000,
		.uncounted = true };

	part_begin(0);
	part.p.config.delivery_count_limit = 1;
	CHECK(part_take(0, 1, 3, 9) == 0);
	CHECK(mq_share_partition_acknowledge(&part.p, 0, &later, &part.out,
		  &part.err) == 0);
	PART_TOLD("");
	PART_STATE("0-1 Available 0 from 5000, 2 Acquired 1 by 1 until 30000");
	CHECK(part.p.delivered == 1);
	CHECK(part_take(1, 2, 1, 9) == 0);
	PART_TOLD("3 Acquired 1 by 2 until 30001");
	CHECK(mq_share_partition_next_deadline(&part.p) == 5000);
	CHECK(part_take(4999, 2, 1, 4) == 0 && part.out.count == 0);
	CHECK(part_take(5000, 2, 1, 4) == 0);
	PART_TOLD("0 Acquired 1 by 2 until 35000");
	CHECK(part_take(5000, 2, 9, 4) == 0);
	PART_TOLD("1 Acquired 1 by 2 until 35000");
	return 0;
}

/* Back-off: counted, and away until its time. */
static int
back_off(void)
{
	struct mq_share_ack ack = { .holder = 1,
		.type = MQ_SHARE_RELEASE,
		.first = 1,
		.last = 1,
		.available_at_ms = 700 };

	part_begin(0);
	CHECK(part_take(0, 1, 3, 3) == 0);
	CHECK(mq_share_partition_acknowledge(&part.p, 0, &ack, &part.out,
		  &part.err) == 0);
	CHECK(part_say(0, 1, MQ_SHARE_RELEASE, 2, 2) == 0);
	CHECK(part_take(699, 1, 9, 3) == 0);
	PART_TOLD("2 Acquired 2 by 1 until 30699");
	CHECK(part_take(700, 1, 9, 3) == 0);
	PART_TOLD("1 Acquired 2 by 1 until 30700");
	return 0;
}

static int
caps(void)
{
	struct mq_share_ack later = { .holder = 1,
		.type = MQ_SHARE_RELEASE,
		.first = 0,
		.last = 0,
		.uncounted = true };

	part_begin(0);
	part.p.config.max_record_locks = 10;
	CHECK(part_take(0, 1, 99, 99) == 0);
	PART_TOLD("0-9 Acquired 1 by 1 until 30000");
	CHECK(part_take(0, 2, 99, 99) == 0 && part.out.count == 0);
	/* What is released comes again although the cap is reached. */
	CHECK(part_say(1, 1, MQ_SHARE_RELEASE, 4, 5) == 0);
	CHECK(part_take(1, 2, 99, 99) == 0);
	PART_TOLD("4-5 Acquired 2 by 2 until 30001");
	/* What is finished gives room, also in the middle. */
	CHECK(part_say(2, 1, MQ_SHARE_ACCEPT, 6, 8) == 0);
	CHECK(part_take(2, 2, 2, 99) == 0);
	PART_TOLD("10-11 Acquired 1 by 2 until 30002");
	/* What was not delivered takes no room, and needs some. */
	CHECK(mq_share_partition_acknowledge(&part.p, 3, &later, &part.out,
		  &part.err) == 0);
	CHECK(part.p.delivered == 8);
	CHECK(part_take(3, 2, 1, 99) == 0);
	PART_TOLD("0 Acquired 1 by 2 until 30003");
	CHECK(part_take(3, 3, 99, 99) == 0);
	PART_TOLD("12 Acquired 1 by 3 until 30003");
	part.p.config.max_record_locks = 5; /* lowered below what there is */
	CHECK(part_say(4, 2, MQ_SHARE_ACCEPT, 10, 11) == 0);
	CHECK(part_take(4, 3, 99, 99) == 0 && part.out.count == 0);
	return 0;
}

/* The number of runs is bounded, however they are split. */
static int
window(void)
{
	struct mq_share_acquire want = { .holder = 1,
		.log_end = INT64_MAX,
		.max_records = INT64_MAX };
	int64_t n = 0;

	part_begin(0);
	part.p.config.max_record_locks = MQ_SHARE_WINDOW_MAX;
	CHECK(mq_share_partition_acquire(&part.p, 0, &want, &part.out,
		  &part.err) == 0);
	CHECK(part.p.end_offset == MQ_SHARE_WINDOW_MAX);
	for (n = 1; n < 2000; n += 2)
		CHECK(part_say(0, 1,
			  n % 4 == 1 ? MQ_SHARE_ACCEPT : MQ_SHARE_REJECT, n,
			  n) == 0);
	CHECK(mq_share_partition_acquire(&part.p, 0, &want, &part.out,
		  &part.err) == 0);
	CHECK(part.out.count == 0); /* 1,000 records less, 2,001 runs more */
	CHECK(part_say(0, 1, MQ_SHARE_ACCEPT, 2000, 9999) == 0);
	CHECK(mq_share_partition_acquire(&part.p, 0, &want, &part.out,
		  &part.err) == 0);
	CHECK(part.p.in_flight.count +
		(size_t)part.p.records[MQ_SHARE_ACQUIRED] <=
	    MQ_SHARE_WINDOW_MAX + 1);
	return 0;
}

int
main(void)
{
	RUN(limit, "at the delivery limit a record is archived");
	RUN(limit_lowered, "a lowered limit leaves a last delivery");
	RUN(dead_letters, "a dead letter's record is held by who finds it");
	RUN(uncounted, "a delivery that was none leaves no count");
	RUN(back_off, "a record released for later waits");
	RUN(caps, "new records stop at the cap, old ones do not");
	RUN(window, "the window bounds the runs");
	part_end();
	return test_done();
}
