/* SPDX-License-Identifier: ISC */
/*
 * Records that come later: held by none that runs, released for a while, or
 * produced with a time of their own.
 */
#include "share_scene.h"
#include "test.h"

#define LARGE "1000000" /* bytes of a segment */

static struct share_scene s;
static struct mq_share_record r;

static const char *const one[] = { "max.poll.records", "1", NULL };
static const char *const dead_long[] = { "max.poll.records", "1",
	"errors.deadletterqueue.topic.name", "dlq",
	"group.share.delivery.count.limit", "2", NULL };

static int
held(void)
{
	char id[3][MQ_SHARE_ID];
	struct mq_share_group *g;
	struct mq_share *a;
	int i;

	CHECK(share_start(&s, 0, 3, LARGE) == 0);
	CHECK(mq_topic_create(s.mq, "dlq", 1, NULL, &s.err) == 0);
	for (i = 0; i < 3; i++) {
		CHECK((a = share_open(&s, "g", 0, one)) != NULL);
		mq_share_hold(a);
		CHECK(share_take(&s, a, i, &r) == 0);
		mq_share_id(&r, id[i]);
		mq_share_free(a);
	}
	CHECK((g = share_look(&s, "g")) != NULL);
	CHECK(g->count == 1 && g->partition->acquired == 3);
	CHECK(g->partition->holding_count == 3);
	CHECK(g->partition->holding[0].pid == 0);
	mq_share_group_free(g);
	CHECK((a = mq_share_new(s.mq, "g", NULL, NULL, &s.err)) != NULL);
	CHECK(mq_share_acknowledge_id(a, id[0], MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_share_acknowledge_id(a, id[0], MQ_ACCEPT, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_INVALID_RECORD_STATE);
	CHECK(mq_share_acknowledge_id(a, id[1], MQ_RELEASE, 0, &s.err) == 0);
	CHECK(mq_share_acknowledge_id(a, id[1], MQ_RENEW, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_INVALID_RECORD_STATE);
	CHECK(mq_share_acknowledge_id(a, "t:0:0", MQ_ACCEPT, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_INVALID_REQUEST);
	CHECK(
	    mq_share_acknowledge_id(a, "u:0:0:5", MQ_ACCEPT, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_UNKNOWN_TOPIC_OR_PARTITION);
	mq_share_free(a);
	CHECK((a = share_open(&s, "g", 0, dead_long)) != NULL);
	CHECK(mq_share_acknowledge_id(a, id[2], MQ_REJECT, 0, &s.err) == 0);
	CHECK(s.told[MQ_SHARE_DEAD] == 1);
	CHECK(share_take(&s, a, 1, &r) == 0 && r.delivery_count == 2);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

static int
produce_delayed(int64_t until)
{
	struct mq_producer *p = mq_producer_new(s.mq, "t", NULL, &s.err);
	struct mq_header h = { { MQ_DELAY_HEADER, sizeof(MQ_DELAY_HEADER) - 1 },
		{ NULL, 0 } };
	struct mq_record d;
	char text[32];
	int rc;

	(void)memset(&d, 0, sizeof(d));
	h.value.data = text;
	h.value.len =
	    (size_t)snprintf(text, sizeof(text), "%lld", (long long)until);
	d.timestamp = MQ_NOW;
	d.headers = &h;
	d.header_count = 1;
	rc = mq_produce(p, &d, 0, &s.err);
	if (rc == 0)
		rc = mq_producer_flush(p, &s.err);
	mq_producer_free(p);
	return rc;
}

static int
longest_delay(void)
{
	struct mq_share_group *g;
	struct mq_share *a;

	CHECK(share_start(&s, 0, 1, LARGE) == 0);
	CHECK((a = share_open(&s, "g", 0, one)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_RELEASE, INT64_MAX, &s.err) == 0);
	CHECK((g = share_look(&s, "g")) != NULL);
	CHECK(g->partition->delayed == 1);
	mq_share_group_free(g);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

static int
delayed(void)
{
	struct mq_share_group *g;
	struct mq_share *a;
	int64_t due;
	int i;

	CHECK(share_start(&s, 0, 1, LARGE) == 0);
	CHECK((a = share_open(&s, "g", 0, NULL)) != NULL);
	due = share_now_ms() + 40;
	CHECK(produce_delayed(due) == 0);
	CHECK(produce_delayed(share_now_ms() + 3600000) == 0);
	CHECK(scene_batch(s.mq, "t", 3, 5, &s.err) == 0);
	for (i = 0; i < 5; i += i == 0 ? 3 : 1) {
		CHECK(share_take(&s, a, i, &r) == 0);
		CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	}
	CHECK(mq_share_poll(a, &r, 10000, &s.err) == MQ_POLL_RECORD);
	CHECK(r.record.offset == 1 && r.delivery_count == 1);
	CHECK(share_now_ms() >= due);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(share_try(&s, a, &r) == MQ_POLL_IDLE);
	CHECK((g = share_look(&s, "g")) != NULL);
	CHECK(g->partition->delayed == 1 && g->partition->lag == 1);
	CHECK(g->partition->deadline_ms > share_now_ms() + 3000000);
	mq_share_group_free(g);
	mq_share_free(a);
	/* What is delayed is not waited for. */
	CHECK((a = share_open(&s, "g", 1, NULL)) != NULL);
	CHECK(share_try(&s, a, &r) == MQ_POLL_END);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(held, "a held record is acknowledged by its id");
	RUN(longest_delay, "a release may be for as long as there is time");
	RUN(delayed, "a delayed record waits, and nothing behind it");
	return test_done();
}
