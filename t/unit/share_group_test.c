/* SPDX-License-Identifier: ISC */
/* What a share group's consumer reads: where that ends, goes and comes anew. */
#include "share_scene.h"
#include "test.h"

#define PATIENCE 10000 /* ms, for what should be told at once */

static struct share_scene s;

static struct mq_share *
by_pattern(const char *pattern)
{
	struct mq_subscription sub = { .topic = &pattern,
		.topic_count = 1,
		.patterns = 1 };

	return mq_share_new(s.mq, "g", NULL, &sub, &s.err);
}

/* What became available behind the end is no reason to stay. */
static int
end_as_it_stood(void)
{
	struct mq_share *a, *b;
	struct mq_share_record r;
	int64_t i;

	CHECK(share_start(&s, 0, 2, "100000") == 0);
	CHECK((a = share_open(&s, "g", 1, NULL)) != NULL);
	CHECK(scene_batch(s.mq, "t", 2, 4, &s.err) == 0);
	CHECK((b = share_open(&s, "g", 0, NULL)) != NULL);
	for (i = 0; i < 4; i++) {
		CHECK(share_take(&s, b, i, &r) == 0);
		CHECK(mq_share_acknowledge(b, &r,
			  i < 2 ? MQ_ACCEPT : MQ_RELEASE, 0, &s.err) == 0);
	}
	CHECK(mq_share_flush(b, &s.err) == 0);
	CHECK(share_try(&s, a, &r) == MQ_POLL_END);
	CHECK(share_take(&s, b, 2, &r) == 0 && r.delivery_count == 2);
	mq_share_free(a);
	mq_share_free(b);
	share_end(&s);
	return 0;
}

/* What is available, and has no room in flight, is not done. */
static int
end_and_the_window(void)
{
	static const char *const small[] = {
		"group.share.partition.max.record.locks", "100", NULL
	};
	struct mq_share_record r;
	struct mq_share *a, *b;
	int64_t i;

	CHECK(share_start(&s, 0, 150, "100000") == 0);
	CHECK((a = share_open(&s, "g", 1, small)) != NULL);
	CHECK((b = share_open(&s, "g", 0, NULL)) != NULL);
	for (i = 0; i < 150; i++)
		CHECK(share_take(&s, b, i, &r) == 0);
	CHECK(
	    mq_share_acknowledge(b, &r, MQ_RELEASE_UNCOUNTED, 0, &s.err) == 0);
	CHECK(share_try(&s, a, &r) == MQ_POLL_IDLE);
	CHECK(share_take(&s, b, 149, &r) == 0);
	CHECK(share_try(&s, a, &r) == MQ_POLL_END);
	mq_share_free(a);
	mq_share_free(b);
	share_end(&s);
	return 0;
}

/* A topic that a pattern found is deleted and made anew between two looks. */
static int
made_anew(void)
{
	struct mq_share_record r;
	struct mq_share *a;

	CHECK(share_start(&s, 0, 1, "100000") == 0);
	CHECK((a = by_pattern("t")) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_share_poll(a, &r, 1, &s.err) == MQ_POLL_IDLE);
	CHECK(mq_topic_delete(s.mq, "t", &s.err) == 0);
	CHECK(mq_topic_create(s.mq, "t", 1, NULL, &s.err) == 0);
	CHECK(scene_batch(s.mq, "t", 0, 1, &s.err) == 0);
	CHECK(mq_share_poll(a, &r, PATIENCE, &s.err) == MQ_POLL_RECORD);
	CHECK(r.record.offset == 0 && r.delivery_count == 1);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

/* The group is deleted by another before there is something to be in it for. */
static int
deleted_under(void)
{
	struct mq_share_record r;
	struct mq_share *a;

	CHECK(share_start(&s, 0, 1, "100000") == 0);
	CHECK((a = share_open(&s, "g", 0, NULL)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_delete(s.mq, "g", &s.err) == -1);
	CHECK(s.err.code == MQ_NON_EMPTY_GROUP);
	mq_share_free(a);
	CHECK((a = by_pattern("u")) != NULL);
	CHECK(mq_share_delete(s.mq, "g", &s.err) == 0);
	CHECK(mq_topic_create(s.mq, "u", 1, NULL, &s.err) == 0);
	CHECK(scene_batch(s.mq, "u", 0, 1, &s.err) == 0);
	CHECK(mq_share_poll(a, &r, PATIENCE, &s.err) == MQ_POLL_RECORD);
	CHECK_TEXT(r.record.topic, "u");
	CHECK(mq_share_delete(s.mq, "g", &s.err) == -1);
	CHECK(s.err.code == MQ_NON_EMPTY_GROUP);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(end_as_it_stood, "what is behind the end does not keep who ends");
	RUN(end_and_the_window, "what has no room in flight keeps it");
	RUN(made_anew, "a topic that is made anew is read");
	RUN(deleted_under, "a group that was deleted is made anew");
	return test_done();
}
