/* SPDX-License-Identifier: ISC */
/* What is acquired and not yet given out. */
#include <stdio.h>

#include "base/clock.h"
#include "share_scene.h"
#include "test.h"

static struct share_scene s;
static struct mq_share_record r;

/* Others have it as new; what was given out stays. */
static int
given_back(void)
{
	struct mq_share *a, *b;

	CHECK(share_start(&s, 0, 4, "100000") == 0);
	CHECK((a = share_open(&s, "g", 0, NULL)) != NULL);
	CHECK((b = share_open(&s, "g", 0, NULL)) != NULL);
	CHECK(mq_share_give_back(a, &s.err) == 0);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(share_take(&s, a, 1, &r) == 0);
	CHECK(share_try(&s, b, &r) == MQ_POLL_IDLE); /* a has all four */
	CHECK(mq_share_give_back(a, &s.err) == 0);
	CHECK(mq_share_give_back(a, &s.err) == 0);
	mq_share_limit(b, 1);
	CHECK(share_take(&s, b, 2, &r) == 0 && r.delivery_count == 1);
	/* It goes on where others left something. */
	CHECK(share_take(&s, a, 3, &r) == 0 && r.delivery_count == 1);
	CHECK(share_try(&s, a, &r) == MQ_POLL_IDLE);
	mq_share_free(a);
	CHECK(share_take(&s, b, 1, &r) == 0);
	mq_share_free(b);
	share_end(&s);
	return 0;
}

static const char *const second[] = { "group.share.record.lock.duration.ms",
	"1000", NULL };
static const char *const moment[] = { "group.share.record.lock.duration.ms",
	"50", "group.share.delivery.count.limit", "1", NULL };

/* The time goes by in a group that has nothing to wait for. */
static int
pass(struct mq_share *idle, int64_t ms)
{
	return mq_share_poll(idle, &r, ms, &s.err) == MQ_POLL_IDLE ? 0 : -1;
}

static int
begin(struct mq_share **idle)
{
	int i;

	CHECK(share_start(&s, 0, 3, "100000") == 0);
	CHECK((*idle = share_open(&s, "idle", 0, NULL)) != NULL);
	for (i = 0; i < 3; i++) {
		CHECK(share_take(&s, *idle, i, &r) == 0);
		CHECK(
		    mq_share_acknowledge(*idle, &r, MQ_ACCEPT, 0, &s.err) == 0);
	}
	return 0;
}

static int
renewed(void)
{
	struct mq_share *a, *b, *idle;
	int64_t until_ms;

	CHECK(begin(&idle) == 0);
	CHECK((a = share_open(&s, "g", 0, second)) != NULL);
	CHECK((b = share_open(&s, "g", 0, second)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	until_ms = r.until_ms;
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(pass(idle, 510) == 0);
	CHECK(share_take(&s, a, 1, &r) == 0);
	CHECK(r.until_ms >= until_ms + 500 && r.delivery_count == 1);
	CHECK(share_try(&s, b, &r) == MQ_POLL_IDLE);
	CHECK(share_take(&s, a, 2, &r) == 0);
	CHECK(r.until_ms >= until_ms + 500 && r.delivery_count == 1);
	mq_share_free(a);
	mq_share_free(b);
	mq_share_free(idle);
	share_end(&s);
	return 0;
}

/* At the limit even, and whatever it was that found them. */
static int
over(void)
{
	struct mq_share *a, *idle;

	CHECK(begin(&idle) == 0);
	CHECK((a = share_open(&s, "g", 0, moment)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	(void)mq_share_flush(a, &s.err);
	CHECK(pass(idle, 60) == 0);
	CHECK(share_take(&s, a, 1, &r) == 0 && r.delivery_count == 1);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(pass(idle, 60) == 0);
	(void)mq_share_flush(a, &s.err);
	CHECK(share_take(&s, a, 2, &r) == 0 && r.delivery_count == 1);
	CHECK(s.told[MQ_SHARE_DROPPED] <= 2); /* those that were given out */
	mq_share_free(a);
	mq_share_free(idle);
	share_end(&s);
	return 0;
}

/* Two records of u that are not due for long. */
static int
produce_delayed(void)
{
	char at[24];
	struct mq_header due = {
		{ MQ_DELAY_HEADER, sizeof(MQ_DELAY_HEADER) - 1 }, { at, 0 }
	};
	struct mq_record record = { .topic = "u",
		.value = { "x", 1 },
		.timestamp = MQ_NOW,
		.headers = &due,
		.header_count = 1 };
	struct mq_producer *p = mq_producer_new(s.mq, "u", NULL, &s.err);
	int i, rc = p == NULL ? -1 : 0;

	due.value.len = (size_t)snprintf(at, sizeof(at), "%lld",
	    (long long)mq_clock_wall_ms() + 100000);
	for (i = 0; rc == 0 && i < 2; i++)
		rc = mq_produce(p, &record, 0, &s.err);
	if (rc == 0)
		rc = mq_producer_flush(p, &s.err);
	mq_producer_free(p);
	return rc;
}

/* What is not due is given back while there is something else to give out. */
static int
delayed(void)
{
	static const char *const set[] = {
		"group.share.record.lock.duration.ms", "400",
		"group.share.delivery.count.limit", "1", NULL
	};
	static const char *const topics[] = { "t", "u" };
	struct mq_subscription sub = { .topic = topics, .topic_count = 2 };
	struct mq_conf *conf = mq_conf_new(MQ_SHARE_CONF);
	struct mq_share *a, *idle;
	struct mq_share_group *g;
	int i;

	CHECK(begin(&idle) == 0);
	CHECK(mq_topic_create(s.mq, "u", 1, NULL, &s.err) == 0);
	CHECK(produce_delayed() == 0);
	CHECK(conf != NULL && mq_conf_set(conf, set[0], set[1], &s.err) == 0);
	CHECK(mq_conf_set(conf, set[2], set[3], &s.err) == 0);
	CHECK((a = mq_share_new(s.mq, "g", conf, &sub, &s.err)) != NULL);
	mq_conf_free(conf);
	for (i = 0; i < 3; i++) {
		CHECK(share_take(&s, a, i, &r) == 0);
		CHECK(pass(idle, 150) == 0);
	}
	CHECK((g = mq_share_describe(s.mq, "g", &s.err)) != NULL);
	CHECK(g->count == 2 && g->partition[1].delayed == 2);
	mq_share_group_free(g);
	mq_share_free(a);
	mq_share_free(idle);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(given_back, "what is given back goes to others, uncounted");
	RUN(renewed, "its lock is renewed while the caller is busy");
	RUN(over, "and where it is over, nobody has failed at it");
	RUN(delayed, "what is not due is given back meanwhile");
	return test_done();
}
