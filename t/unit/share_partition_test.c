/* SPDX-License-Identifier: ISC */
/*
 * A share-partition by KIP-932's table: what each word does to a record in each
 * state, when locks end, and who may say what.
 */
#include "group/share_partition.h"

#include <stdlib.h>

#include "part_scene.h"
#include "test.h"

#define LOCK 30000

/* A batch on its way, in KIP-932's terms: the states, SPSO and SPEO. */
static int
batch_on_its_way(void)
{
	part_begin(100);
	CHECK(part.p.start_offset == 100 && part.p.end_offset == 100);
	CHECK(part_take(0, 1, 10, 110) == 0);
	PART_TOLD("100-109 Acquired 1 by 1 until 30000");
	CHECK(part.p.start_offset == 100 && part.p.end_offset == 110);
	CHECK(part_say(1, 1, MQ_SHARE_ACCEPT, 105, 109) == 0);
	PART_STATE("100-104 Acquired 1 by 1 until 30000, 105-109 Acknowledged");
	CHECK(part_say(2, 1, MQ_SHARE_REJECT, 103, 103) == 0);
	CHECK(part_say(3, 1, MQ_SHARE_RELEASE, 100, 102) == 0);
	PART_TOLD("");
	PART_STATE("100-102 Available 1, 103 Archived, "
		   "104 Acquired 1 by 1 until 30000, 105-109 Acknowledged");
	CHECK(part_say(4, 1, MQ_SHARE_ACCEPT, 104, 104) == 0);
	CHECK(part_take(5, 2, 2, 110) == 0);
	PART_TOLD("100-101 Acquired 2 by 2 until 30005");
	CHECK(part_say(6, 2, MQ_SHARE_ACCEPT, 100, 101) == 0);
	CHECK(part.p.start_offset == 102 && part.p.end_offset == 110);
	CHECK(part_take(7, 2, 5, 110) == 0);
	PART_TOLD("102 Acquired 2 by 2 until 30007");
	CHECK(part_say(8, 2, MQ_SHARE_ACCEPT, 102, 102) == 0);
	PART_STATE("");
	CHECK(part.p.start_offset == 110 && part.p.end_offset == 110);
	return 0;
}

/* Each word on a record in each state: only what is Acquired hears it. */
static int
each_word(void)
{
	static const char *after[] = { "0 Archived", "0 Acknowledged",
		"0 Available 1", "0 Archived",
		"0 Acquired 1 by 1 until 30007" };
	char want[80];
	int type, again;

	for (type = MQ_SHARE_GAP; type <= MQ_SHARE_RENEW; type++) {
		part_begin(0);
		PART_REFUSED(
		    part_say(0, 1, (enum mq_share_ack_type)type, 0, 0));
		CHECK(part_take(0, 1, 2, 2) == 0);
		CHECK(part_say(1, 1, MQ_SHARE_RELEASE, 0, 0) == 0);
		/* 0 is Available, 1 held, so that SPSO stays. */
		PART_REFUSED(
		    part_say(2, 1, (enum mq_share_ack_type)type, 0, 0));
		part_begin(0);
		CHECK(part_take(0, 1, 1, 1) == 0 && part_take(0, 2, 1, 2) == 0);
		CHECK(part_say(7, 1, (enum mq_share_ack_type)type, 0, 0) == 0);
		(void)snprintf(want, sizeof(want),
		    "%s, 1 Acquired 1 by 2 until 30000", after[type]);
		CHECK_TEXT(share_text(&part.p.in_flight),
		    part.p.start_offset == 0 ? want :
					       want + strlen(after[type]) + 2);
		for (again = MQ_SHARE_GAP;
		     again <= MQ_SHARE_RENEW && type != MQ_SHARE_RENEW; again++)
			PART_REFUSED(part_say(8, 1,
			    (enum mq_share_ack_type)again, 0, 0));
	}
	return 0;
}

static int
all_or_nothing(void)
{
	part_begin(0);
	CHECK(part_take(0, 1, 3, 9) == 0 && part_take(0, 2, 3, 9) == 0);
	CHECK(part_take(0, 1, 3, 9) == 0);
	PART_REFUSED(part_say(1, 1, MQ_SHARE_ACCEPT, 0, 8)); /* 3..5 is 2's */
	PART_REFUSED(part_say(1, 1, MQ_SHARE_ACCEPT, 2, 3));
	PART_REFUSED(part_say(1, 1, MQ_SHARE_ACCEPT, 3, 3));
	PART_REFUSED(
	    part_say(1, 1, MQ_SHARE_ACCEPT, 8, 9)); /* 9 never was acquired */
	CHECK_TEXT(part.err.text,
	    "offset 9 is not acquired by this holder: it is not in flight");
	CHECK(part_say(1, 2, MQ_SHARE_ACCEPT, 4, 4) == 0);
	PART_REFUSED(part_say(1, 2, MQ_SHARE_RELEASE, 3, 5));
	CHECK_TEXT(part.err.text,
	    "offset 4 is not acquired by this holder: Acknowledged");
	CHECK(part_say(1, 1, MQ_SHARE_ACCEPT, 0, 2) == 0);
	PART_REFUSED(part_say(1, 1, MQ_SHARE_ACCEPT, 2, 2)); /* below SPSO */
	PART_STATE(
	    "3 Acquired 1 by 2 until 30000, 4 Acknowledged, "
	    "5 Acquired 1 by 2 until 30000, 6-8 Acquired 1 by 1 until 30000");
	return 0;
}

static int
expires_to_the_ms(void)
{
	part_begin(0);
	CHECK(part_take(1000, 1, 5, 5) == 0);
	CHECK(mq_share_partition_next_deadline(&part.p) == 1000 + LOCK);
	CHECK(mq_share_partition_expire(&part.p, 999 + LOCK, 0, &part.out,
		  &part.err) == 0);
	CHECK(part.p.records[MQ_SHARE_ACQUIRED] == 5);
	CHECK(part_say(999 + LOCK, 1, MQ_SHARE_ACCEPT, 0, 0) == 0);
	/* Over is over, whether expire has been here or not. */
	PART_REFUSED(part_say(1000 + LOCK, 1, MQ_SHARE_ACCEPT, 1, 1));
	CHECK(part_take(1000 + LOCK, 2, 5, 5) == 0 && part.out.count == 0);
	CHECK(mq_share_partition_expire(&part.p, 1000 + LOCK, 0, &part.out,
		  &part.err) == 0);
	PART_TOLD("");
	PART_STATE("1-4 Available 1");
	CHECK(mq_share_partition_next_deadline(&part.p) == -1);
	CHECK(part_take(1000 + LOCK, 2, 5, 5) == 0);
	PART_TOLD("1-4 Acquired 2 by 2 until 61000");
	PART_REFUSED(part_say(1001 + LOCK, 1, MQ_SHARE_ACCEPT, 1, 1));
	return 0;
}

static int
renews(void)
{
	struct mq_share_ack ack = { .holder = 1,
		.type = MQ_SHARE_RENEW,
		.first = 1,
		.last = 2,
		.lock_ms = 500 };

	part_begin(0);
	CHECK(part_take(0, 1, 4, 4) == 0);
	CHECK(part_say(29999, 1, MQ_SHARE_RENEW, 0, 0) == 0);
	CHECK(mq_share_partition_acknowledge(&part.p, 29999, &ack, NULL,
		  &part.err) == 0);
	PART_STATE(
	    "0 Acquired 1 by 1 until 59999, 1-2 Acquired 1 by 1 until 30499, "
	    "3 Acquired 1 by 1 until 30000");
	CHECK(mq_share_partition_expire(&part.p, 30000, 0, &part.out,
		  &part.err) == 0);
	CHECK(mq_share_partition_next_deadline(&part.p) == 30499);
	CHECK(mq_share_partition_expire(&part.p, 30499, 0, &part.out,
		  &part.err) == 0);
	PART_STATE("0 Acquired 1 by 1 until 59999, 1-3 Available 1");
	PART_REFUSED(part_say(30500, 1, MQ_SHARE_RENEW, 1, 1));
	return 0;
}

static int
trims(void)
{
	part_begin(0);
	CHECK(part_take(0, 1, 10, 20) == 0 && part_take(0, 2, 5, 20) == 0);
	CHECK(part_say(0, 1, MQ_SHARE_ACCEPT, 6, 7) == 0);
	mq_share_partition_log_start(&part.p, 4); /* in the middle of a lock */
	CHECK(part.p.start_offset == 4 && part.p.delivered == 9);
	PART_STATE("4-5 Acquired 1 by 1 until 30000, 6-7 Acknowledged, "
		   "8-9 Acquired 1 by 1 until 30000, "
		   "10-14 Acquired 1 by 2 until 30000");
	PART_REFUSED(part_say(1, 1, MQ_SHARE_ACCEPT, 3, 5));
	mq_share_partition_log_start(&part.p, 2); /* it never goes back */
	CHECK(part.p.start_offset == 4);
	mq_share_partition_log_start(&part.p, 7); /* among finished ones */
	CHECK(part.p.start_offset == 8 && part.p.end_offset == 15);
	mq_share_partition_log_start(&part.p, 18);
	CHECK(part.p.start_offset == 18 && part.p.end_offset == 18);
	PART_STATE("");
	CHECK(part_take(1, 1, 99, 20) == 0);
	PART_TOLD("18-19 Acquired 1 by 1 until 30001");
	return 0;
}

/* A log that lost its tail: what comes there next is new. */
static int
log_cut(void)
{
	part_begin(0);
	CHECK(part_take(0, 1, 10, 10) == 0);
	CHECK(part_say(0, 1, MQ_SHARE_ACCEPT, 5, 9) == 0);
	CHECK(mq_share_partition_log_end(&part.p, 10) == 0);
	CHECK(mq_share_partition_log_end(&part.p, 7) == 3);
	PART_STATE("0-4 Acquired 1 by 1 until 30000, 5-6 Acknowledged");
	CHECK(part.p.end_offset == 7 &&
	    part.p.records[MQ_SHARE_ACKNOWLEDGED] == 2);
	CHECK(part_take(1, 2, 99, 9) == 0);
	PART_TOLD("7-8 Acquired 1 by 2 until 30001");
	CHECK(part_say(1, 1, MQ_SHARE_ACCEPT, 0, 4) == 0);
	CHECK(part.p.start_offset == 7);
	CHECK(mq_share_partition_log_end(&part.p, 3) == 6);
	CHECK(part.p.start_offset == 3 && part.p.end_offset == 3);
	PART_STATE("");
	/* Nothing is given behind the high watermark either. */
	CHECK(part_take(2, 1, 4, 9) == 0 &&
	    part_say(2, 1, MQ_SHARE_RELEASE, 3, 6) == 0);
	CHECK(part_take(3, 1, 9, 5) == 0);
	PART_TOLD("3-4 Acquired 2 by 1 until 30003");
	return 0;
}

static int
seeks(void)
{
	part_begin(10);
	CHECK(part_take(0, 1, 4, 20) == 0);
	PART_REFUSED(mq_share_partition_seek(&part.p, 0, &part.err));
	CHECK_TEXT(part.err.text, "4 records are acquired");
	CHECK(part_say(0, 1, MQ_SHARE_RELEASE, 10, 13) == 0);
	CHECK(mq_share_partition_seek(&part.p, 3, &part.err) == 0);
	CHECK(part.p.start_offset == 3 && part.p.end_offset == 3);
	CHECK(part_take(1, 1, 1, 20) == 0);
	PART_TOLD("3 Acquired 1 by 1 until 30001");
	return 0;
}

static int
gone(void)
{
	uint64_t *id;
	size_t n;

	part_begin(0);
	CHECK(mq_share_partition_holders(&part.p, &id, &n, &part.err) == 0 &&
	    n == 0);
	CHECK(part_take(0, 7, 3, 12) == 0 &&
	    part_take(0, UINT64_MAX, 3, 12) == 0);
	CHECK(part_take(1, 7, 3, 12) == 0 && part_take(1, 5, 3, 12) == 0);
	CHECK(mq_share_partition_holders(&part.p, &id, &n, &part.err) == 0);
	CHECK(n == 3 && id[0] == 5 && id[1] == 7 && id[2] == UINT64_MAX);
	free(id);
	CHECK(mq_share_partition_holder_gone(&part.p, 2, 8, 1, &part.out,
		  &part.err) == 0);
	CHECK(mq_share_partition_holder_gone(&part.p, 2, 7, 1, &part.out,
		  &part.err) == 0);
	PART_TOLD("");
	CHECK(part_take(2, 5, 99, 12) == 0);
	PART_TOLD("0-2 Acquired 2 by 5 until 30002, 6-8 Acquired 2 by 5 until "
		  "30002");
	return 0;
}

static int
describes(void)
{
	part_begin(0);
	CHECK(part_take(0, 1, 10, 50) == 0);
	CHECK(part_say(0, 1, MQ_SHARE_ACCEPT, 4, 6) == 0);
	CHECK(part_say(0, 1, MQ_SHARE_REJECT, 7, 7) == 0);
	CHECK(part_say(0, 1, MQ_SHARE_RELEASE, 8, 9) == 0);
	CHECK(part.p.records[MQ_SHARE_ACQUIRED] == 4);
	CHECK(part.p.records[MQ_SHARE_AVAILABLE] == 2);
	CHECK(part.p.records[MQ_SHARE_ACKNOWLEDGED] == 3);
	CHECK(part.p.records[MQ_SHARE_ARCHIVED] == 1);
	CHECK(part.p.delivered == 6);
	CHECK(mq_share_partition_lag(&part.p, 50) == 46);
	CHECK(mq_share_partition_find(&part.p, 5)->state ==
	    MQ_SHARE_ACKNOWLEDGED);
	CHECK(mq_share_partition_find(&part.p, 10) == NULL);
	CHECK_TEXT(mq_share_state_name(MQ_SHARE_ARCHIVED), "Archived");
	CHECK(mq_share_state_name(3) == NULL);
	return 0;
}

int
main(void)
{
	RUN(batch_on_its_way,
	    "records go through the states, SPSO and SPEO with them");
	RUN(each_word, "only an acquired record hears each word");
	RUN(all_or_nothing, "an acknowledgement is whole or refused");
	RUN(expires_to_the_ms, "a lock is over at its millisecond");
	RUN(renews, "a renewed lock starts anew");
	RUN(trims, "a trim cuts through runs and never goes back");
	RUN(log_cut, "what the log lost is forgotten");
	RUN(seeks, "a seek needs that nothing is acquired");
	RUN(gone, "a gone holder's records come at once");
	RUN(describes, "the counts and the lag");
	part_end();
	return test_done();
}
