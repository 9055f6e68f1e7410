/* SPDX-License-Identifier: ISC */
/*
 * A share-partition by KIP-932's table: what each word does to a record in each
 * state, when locks end, what the caps hold back, and who may say what.
 */
#include "group/share_partition.h"

#include <stdlib.h>

#include "share_text.h"
#include "test.h"

#define LOCK 30000

static struct mq_share_config config = MQ_SHARE_CONFIG_DEFAULT;
static struct mq_share_partition p;
static struct mq_share_ranges out;
static struct mq_err err;

static void
begin(int64_t at)
{
	static const struct mq_share_config usual = MQ_SHARE_CONFIG_DEFAULT;

	config = usual;
	mq_share_partition_free(&p);
	mq_share_partition_init(&p, &config, at);
}

static int
take(int64_t now, uint64_t holder, int64_t max, int64_t log_end)
{
	struct mq_share_acquire want = { .holder = holder,
		.max_records = max,
		.log_end = log_end };

	return mq_share_partition_acquire(&p, now, &want, &out, &err);
}

static int
say(int64_t now, uint64_t holder, enum mq_share_ack_type type, int64_t first,
    int64_t last)
{
	struct mq_share_ack ack = { .holder = holder,
		.type = type,
		.first = first,
		.last = last };

	return mq_share_partition_acknowledge(&p, now, &ack, &out, &err);
}

/* What is in flight, and what was told, as text: see share_text.h. */
#define STATE(want) CHECK_TEXT(share_text(&p.in_flight), want)
#define TOLD(want)  CHECK_TEXT(share_text(&out), want)
#define REFUSED(call)                                                       \
	do {                                                                \
		uint64_t changes_ = p.changes;                              \
		err.code = MQ_NONE;                                         \
		CHECK((call) == -1 && err.code == MQ_INVALID_RECORD_STATE); \
		CHECK(p.changes == changes_);                               \
	} while (0)

/* A batch on its way, in KIP-932's terms: the states, SPSO and SPEO. */
static int
batch_on_its_way(void)
{
	begin(100);
	CHECK(p.start_offset == 100 && p.end_offset == 100);
	CHECK(take(0, 1, 10, 110) == 0);
	TOLD("100-109 Acquired 1 by 1 until 30000");
	CHECK(p.start_offset == 100 && p.end_offset == 110);
	CHECK(say(1, 1, MQ_SHARE_ACCEPT, 105, 109) == 0);
	STATE("100-104 Acquired 1 by 1 until 30000, 105-109 Acknowledged");
	CHECK(say(2, 1, MQ_SHARE_REJECT, 103, 103) == 0);
	CHECK(say(3, 1, MQ_SHARE_RELEASE, 100, 102) == 0);
	TOLD("");
	STATE("100-102 Available 1, 103 Archived, "
	      "104 Acquired 1 by 1 until 30000, 105-109 Acknowledged");
	CHECK(say(4, 1, MQ_SHARE_ACCEPT, 104, 104) == 0);
	CHECK(take(5, 2, 2, 110) == 0);
	TOLD("100-101 Acquired 2 by 2 until 30005");
	CHECK(say(6, 2, MQ_SHARE_ACCEPT, 100, 101) == 0);
	CHECK(p.start_offset == 102 && p.end_offset == 110);
	CHECK(take(7, 2, 5, 110) == 0);
	TOLD("102 Acquired 2 by 2 until 30007");
	CHECK(say(8, 2, MQ_SHARE_ACCEPT, 102, 102) == 0);
	STATE("");
	CHECK(p.start_offset == 110 && p.end_offset == 110);
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
		begin(0);
		REFUSED(say(0, 1, (enum mq_share_ack_type)type, 0, 0));
		CHECK(take(0, 1, 2, 2) == 0);
		CHECK(say(1, 1, MQ_SHARE_RELEASE, 0, 0) == 0);
		/* 0 is Available, 1 held, so that SPSO stays. */
		REFUSED(say(2, 1, (enum mq_share_ack_type)type, 0, 0));
		begin(0);
		CHECK(take(0, 1, 1, 1) == 0 && take(0, 2, 1, 2) == 0);
		CHECK(say(7, 1, (enum mq_share_ack_type)type, 0, 0) == 0);
		(void)snprintf(want, sizeof(want),
		    "%s, 1 Acquired 1 by 2 until 30000", after[type]);
		CHECK_TEXT(share_text(&p.in_flight),
		    p.start_offset == 0 ? want :
					  want + strlen(after[type]) + 2);
		for (again = MQ_SHARE_GAP;
		     again <= MQ_SHARE_RENEW && type != MQ_SHARE_RENEW; again++)
			REFUSED(say(8, 1, (enum mq_share_ack_type)again, 0, 0));
	}
	return 0;
}

static int
all_or_nothing(void)
{
	begin(0);
	CHECK(take(0, 1, 3, 9) == 0 && take(0, 2, 3, 9) == 0);
	CHECK(take(0, 1, 3, 9) == 0);
	REFUSED(say(1, 1, MQ_SHARE_ACCEPT, 0, 8)); /* 3..5 is 2's */
	REFUSED(say(1, 1, MQ_SHARE_ACCEPT, 2, 3));
	REFUSED(say(1, 1, MQ_SHARE_ACCEPT, 3, 3));
	REFUSED(say(1, 1, MQ_SHARE_ACCEPT, 8, 9)); /* 9 never was acquired */
	CHECK_TEXT(err.text,
	    "offset 9 is not acquired by this holder: it is not in flight");
	CHECK(say(1, 2, MQ_SHARE_ACCEPT, 4, 4) == 0);
	REFUSED(say(1, 2, MQ_SHARE_RELEASE, 3, 5));
	CHECK_TEXT(err.text,
	    "offset 4 is not acquired by this holder: Acknowledged");
	CHECK(say(1, 1, MQ_SHARE_ACCEPT, 0, 2) == 0);
	REFUSED(say(1, 1, MQ_SHARE_ACCEPT, 2, 2)); /* below SPSO */
	STATE("3 Acquired 1 by 2 until 30000, 4 Acknowledged, "
	      "5 Acquired 1 by 2 until 30000, 6-8 Acquired 1 by 1 until 30000");
	return 0;
}

static int
expires_to_the_ms(void)
{
	begin(0);
	CHECK(take(1000, 1, 5, 5) == 0);
	CHECK(mq_share_partition_next_deadline(&p) == 1000 + LOCK);
	CHECK(mq_share_partition_expire(&p, 999 + LOCK, 0, &out, &err) == 0);
	CHECK(p.records[MQ_SHARE_ACQUIRED] == 5);
	CHECK(say(999 + LOCK, 1, MQ_SHARE_ACCEPT, 0, 0) == 0);
	/* Over is over, whether expire has been here or not. */
	REFUSED(say(1000 + LOCK, 1, MQ_SHARE_ACCEPT, 1, 1));
	CHECK(take(1000 + LOCK, 2, 5, 5) == 0 && out.count == 0);
	CHECK(mq_share_partition_expire(&p, 1000 + LOCK, 0, &out, &err) == 0);
	TOLD("");
	STATE("1-4 Available 1");
	CHECK(mq_share_partition_next_deadline(&p) == -1);
	CHECK(take(1000 + LOCK, 2, 5, 5) == 0);
	TOLD("1-4 Acquired 2 by 2 until 61000");
	REFUSED(say(1001 + LOCK, 1, MQ_SHARE_ACCEPT, 1, 1));
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

	begin(0);
	CHECK(take(0, 1, 4, 4) == 0);
	CHECK(say(29999, 1, MQ_SHARE_RENEW, 0, 0) == 0);
	CHECK(mq_share_partition_acknowledge(&p, 29999, &ack, NULL, &err) == 0);
	STATE("0 Acquired 1 by 1 until 59999, 1-2 Acquired 1 by 1 until 30499, "
	      "3 Acquired 1 by 1 until 30000");
	CHECK(mq_share_partition_expire(&p, 30000, 0, &out, &err) == 0);
	CHECK(mq_share_partition_next_deadline(&p) == 30499);
	CHECK(mq_share_partition_expire(&p, 30499, 0, &out, &err) == 0);
	STATE("0 Acquired 1 by 1 until 59999, 1-3 Available 1");
	REFUSED(say(30500, 1, MQ_SHARE_RENEW, 1, 1));
	return 0;
}

/* At the limit a record is given up: released, timed out, left behind. */
static int
limit(void)
{
	int64_t n;

	begin(0);
	config.delivery_count_limit = 3;
	p.config = config;
	for (n = 1; n < 3; n++) {
		CHECK(take(n, 1, 4, 4) == 0 && out.at[0].delivery_count == n);
		CHECK(say(n, 1, MQ_SHARE_RELEASE, 0, 3) == 0 && out.count == 0);
	}
	CHECK(take(3, 1, 3, 4) == 0 && take(3, 2, 1, 4) == 0);
	CHECK(say(4, 1, MQ_SHARE_RELEASE, 1, 1) == 0);
	TOLD("1 Archived 3 by 1 until 30003");
	CHECK(mq_share_partition_holder_gone(&p, 5, 2, 9, &out, &err) == 0);
	TOLD("3 Archived 3 by 2 until 30003");
	STATE("0 Acquired 3 by 1 until 30003, 1 Archived, "
	      "2 Acquired 3 by 1 until 30003, 3 Archived");
	CHECK(mq_share_partition_expire(&p, 30003, 9, &out, &err) == 0);
	TOLD("0 Archived 3 by 1 until 30003, 2 Archived 3 by 1 until 30003");
	STATE("");
	CHECK(p.start_offset == 4);
	return 0;
}

/* A lowered limit leaves one delivery more (KIP-1240). */
static int
limit_lowered(void)
{
	begin(0);
	CHECK(take(0, 1, 1, 1) == 0 && say(0, 1, MQ_SHARE_RELEASE, 0, 0) == 0);
	CHECK(take(0, 1, 1, 1) == 0 && say(0, 1, MQ_SHARE_RELEASE, 0, 0) == 0);
	p.config.delivery_count_limit = 1;
	CHECK(take(0, 1, 1, 1) == 0);
	TOLD("0 Acquired 3 by 1 until 30000");
	CHECK(say(0, 1, MQ_SHARE_RELEASE, 0, 0) == 0);
	TOLD("0 Archived 3 by 1 until 30000");
	return 0;
}

/* With dead letters who finds a record at its limit holds it until it is told. */
static int
dead_letters(void)
{
	begin(0);
	p.config.dead_letters = true;
	p.config.delivery_count_limit = 1;
	CHECK(take(0, 1, 3, 3) == 0);
	CHECK(say(29000, 1, MQ_SHARE_RELEASE, 0, 0) == 0);
	TOLD("0 Acquired 1 by 1 until 59000"); /* time to write it */
	/* Nobody to write it: it stays, but not with who had it. */
	CHECK(mq_share_partition_expire(&p, 30000, 0, &out, &err) == 0);
	TOLD("");
	REFUSED(say(30000, 1, MQ_SHARE_ACCEPT, 1, 1));
	CHECK(take(30000, 2, 5, 3) == 0 && out.count == 0);
	CHECK(mq_share_partition_expire(&p, 30000, 2, &out, &err) == 0);
	TOLD("1-2 Acquired 1 by 2 until 60000");
	/* 2 dies before it wrote: the next one finds the same. */
	CHECK(mq_share_partition_holder_gone(&p, 30001, 2, 3, &out, &err) == 0);
	TOLD("1-2 Acquired 1 by 3 until 60001");
	REFUSED(say(30002, 2, MQ_SHARE_REJECT, 1, 2));
	CHECK(say(30002, 3, MQ_SHARE_REJECT, 1, 2) == 0);
	CHECK(say(30002, 1, MQ_SHARE_REJECT, 0, 0) == 0);
	STATE("");
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

	begin(0);
	p.config.delivery_count_limit = 1;
	CHECK(take(0, 1, 3, 9) == 0);
	CHECK(mq_share_partition_acknowledge(&p, 0, &later, &out, &err) == 0);
	TOLD("");
	STATE("0-1 Available 0 from 5000, 2 Acquired 1 by 1 until 30000");
	CHECK(p.delivered == 1);
	CHECK(take(1, 2, 1, 9) == 0);
	TOLD("3 Acquired 1 by 2 until 30001");
	CHECK(mq_share_partition_next_deadline(&p) == 5000);
	CHECK(take(4999, 2, 1, 4) == 0 && out.count == 0);
	CHECK(take(5000, 2, 1, 4) == 0);
	TOLD("0 Acquired 1 by 2 until 35000");
	CHECK(take(5000, 2, 9, 4) == 0);
	TOLD("1 Acquired 1 by 2 until 35000");
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

	begin(0);
	CHECK(take(0, 1, 3, 3) == 0);
	CHECK(mq_share_partition_acknowledge(&p, 0, &ack, &out, &err) == 0);
	CHECK(say(0, 1, MQ_SHARE_RELEASE, 2, 2) == 0);
	CHECK(take(699, 1, 9, 3) == 0);
	TOLD("2 Acquired 2 by 1 until 30699");
	CHECK(take(700, 1, 9, 3) == 0);
	TOLD("1 Acquired 2 by 1 until 30700");
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

	begin(0);
	p.config.max_record_locks = 10;
	CHECK(take(0, 1, 99, 99) == 0);
	TOLD("0-9 Acquired 1 by 1 until 30000");
	CHECK(take(0, 2, 99, 99) == 0 && out.count == 0);
	/* What is released comes again although the cap is reached. */
	CHECK(say(1, 1, MQ_SHARE_RELEASE, 4, 5) == 0);
	CHECK(take(1, 2, 99, 99) == 0);
	TOLD("4-5 Acquired 2 by 2 until 30001");
	/* What is finished gives room, also in the middle. */
	CHECK(say(2, 1, MQ_SHARE_ACCEPT, 6, 8) == 0);
	CHECK(take(2, 2, 2, 99) == 0);
	TOLD("10-11 Acquired 1 by 2 until 30002");
	/* What was not delivered takes no room, and needs some. */
	CHECK(mq_share_partition_acknowledge(&p, 3, &later, &out, &err) == 0);
	CHECK(p.delivered == 8);
	CHECK(take(3, 2, 1, 99) == 0);
	TOLD("0 Acquired 1 by 2 until 30003");
	CHECK(take(3, 3, 99, 99) == 0);
	TOLD("12 Acquired 1 by 3 until 30003");
	p.config.max_record_locks = 5; /* lowered below what there is */
	CHECK(say(4, 2, MQ_SHARE_ACCEPT, 10, 11) == 0);
	CHECK(take(4, 3, 99, 99) == 0 && out.count == 0);
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

	begin(0);
	p.config.max_record_locks = MQ_SHARE_WINDOW_MAX;
	CHECK(mq_share_partition_acquire(&p, 0, &want, &out, &err) == 0);
	CHECK(p.end_offset == MQ_SHARE_WINDOW_MAX);
	for (n = 1; n < 2000; n += 2)
		CHECK(say(0, 1, n % 4 == 1 ? MQ_SHARE_ACCEPT : MQ_SHARE_REJECT,
			  n, n) == 0);
	CHECK(mq_share_partition_acquire(&p, 0, &want, &out, &err) == 0);
	CHECK(out.count == 0); /* 1,000 records less, 2,001 runs more */
	CHECK(say(0, 1, MQ_SHARE_ACCEPT, 2000, 9999) == 0);
	CHECK(mq_share_partition_acquire(&p, 0, &want, &out, &err) == 0);
	CHECK(p.in_flight.count + (size_t)p.records[MQ_SHARE_ACQUIRED] <=
	    MQ_SHARE_WINDOW_MAX + 1);
	return 0;
}

static int
trims(void)
{
	begin(0);
	CHECK(take(0, 1, 10, 20) == 0 && take(0, 2, 5, 20) == 0);
	CHECK(say(0, 1, MQ_SHARE_ACCEPT, 6, 7) == 0);
	mq_share_partition_log_start(&p, 4); /* in the middle of a lock */
	CHECK(p.start_offset == 4 && p.delivered == 9);
	STATE("4-5 Acquired 1 by 1 until 30000, 6-7 Acknowledged, "
	      "8-9 Acquired 1 by 1 until 30000, "
	      "10-14 Acquired 1 by 2 until 30000");
	REFUSED(say(1, 1, MQ_SHARE_ACCEPT, 3, 5));
	mq_share_partition_log_start(&p, 2); /* it never goes back */
	CHECK(p.start_offset == 4);
	mq_share_partition_log_start(&p, 7); /* among finished ones */
	CHECK(p.start_offset == 8 && p.end_offset == 15);
	mq_share_partition_log_start(&p, 18);
	CHECK(p.start_offset == 18 && p.end_offset == 18);
	STATE("");
	CHECK(take(1, 1, 99, 20) == 0);
	TOLD("18-19 Acquired 1 by 1 until 30001");
	return 0;
}

/* A log that lost its tail: what comes there next is new. */
static int
log_cut(void)
{
	begin(0);
	CHECK(take(0, 1, 10, 10) == 0);
	CHECK(say(0, 1, MQ_SHARE_ACCEPT, 5, 9) == 0);
	CHECK(mq_share_partition_log_end(&p, 10) == 0);
	CHECK(mq_share_partition_log_end(&p, 7) == 3);
	STATE("0-4 Acquired 1 by 1 until 30000, 5-6 Acknowledged");
	CHECK(p.end_offset == 7 && p.records[MQ_SHARE_ACKNOWLEDGED] == 2);
	CHECK(take(1, 2, 99, 9) == 0);
	TOLD("7-8 Acquired 1 by 2 until 30001");
	CHECK(say(1, 1, MQ_SHARE_ACCEPT, 0, 4) == 0);
	CHECK(p.start_offset == 7);
	CHECK(mq_share_partition_log_end(&p, 3) == 6);
	CHECK(p.start_offset == 3 && p.end_offset == 3);
	STATE("");
	/* Nothing is given behind the high watermark either. */
	CHECK(take(2, 1, 4, 9) == 0 && say(2, 1, MQ_SHARE_RELEASE, 3, 6) == 0);
	CHECK(take(3, 1, 9, 5) == 0);
	TOLD("3-4 Acquired 2 by 1 until 30003");
	return 0;
}

static int
seeks(void)
{
	begin(10);
	CHECK(take(0, 1, 4, 20) == 0);
	REFUSED(mq_share_partition_seek(&p, 0, &err));
	CHECK_TEXT(err.text, "4 records are acquired");
	CHECK(say(0, 1, MQ_SHARE_RELEASE, 10, 13) == 0);
	CHECK(mq_share_partition_seek(&p, 3, &err) == 0);
	CHECK(p.start_offset == 3 && p.end_offset == 3);
	CHECK(take(1, 1, 1, 20) == 0);
	TOLD("3 Acquired 1 by 1 until 30001");
	return 0;
}

static int
gone(void)
{
	uint64_t *id;
	size_t n;

	begin(0);
	CHECK(mq_share_partition_holders(&p, &id, &n, &err) == 0 && n == 0);
	CHECK(take(0, 7, 3, 12) == 0 && take(0, UINT64_MAX, 3, 12) == 0);
	CHECK(take(1, 7, 3, 12) == 0 && take(1, 5, 3, 12) == 0);
	CHECK(mq_share_partition_holders(&p, &id, &n, &err) == 0);
	CHECK(n == 3 && id[0] == 5 && id[1] == 7 && id[2] == UINT64_MAX);
	free(id);
	CHECK(mq_share_partition_holder_gone(&p, 2, 8, 1, &out, &err) == 0);
	CHECK(mq_share_partition_holder_gone(&p, 2, 7, 1, &out, &err) == 0);
	TOLD("");
	CHECK(take(2, 5, 99, 12) == 0);
	TOLD("0-2 Acquired 2 by 5 until 30002, 6-8 Acquired 2 by 5 until "
	     "30002");
	return 0;
}

static int
describes(void)
{
	begin(0);
	CHECK(take(0, 1, 10, 50) == 0);
	CHECK(say(0, 1, MQ_SHARE_ACCEPT, 4, 6) == 0);
	CHECK(say(0, 1, MQ_SHARE_REJECT, 7, 7) == 0);
	CHECK(say(0, 1, MQ_SHARE_RELEASE, 8, 9) == 0);
	CHECK(p.records[MQ_SHARE_ACQUIRED] == 4);
	CHECK(p.records[MQ_SHARE_AVAILABLE] == 2);
	CHECK(p.records[MQ_SHARE_ACKNOWLEDGED] == 3);
	CHECK(p.records[MQ_SHARE_ARCHIVED] == 1);
	CHECK(p.delivered == 6);
	CHECK(mq_share_partition_lag(&p, 50) == 46);
	CHECK(mq_share_partition_find(&p, 5)->state == MQ_SHARE_ACKNOWLEDGED);
	CHECK(mq_share_partition_find(&p, 10) == NULL);
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
	RUN(limit, "at the delivery limit a record is archived");
	RUN(limit_lowered, "a lowered limit leaves a last delivery");
	RUN(dead_letters, "a dead letter's record is held by who finds it");
	RUN(uncounted, "a delivery that was none leaves no count");
	RUN(back_off, "a record released for later waits");
	RUN(caps, "new records stop at the cap, old ones do not");
	RUN(window, "the window bounds the runs");
	RUN(trims, "a trim cuts through runs and never goes back");
	RUN(log_cut, "what the log lost is forgotten");
	RUN(seeks, "a seek needs that nothing is acquired");
	RUN(gone, "a gone holder's records come at once");
	RUN(describes, "the counts and the lag");
	mq_share_partition_free(&p);
	mq_share_ranges_free(&out);
	return test_done();
}
