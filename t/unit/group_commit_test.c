/* SPDX-License-Identifier: ISC */
/* What a consumer commits for its group, and when it commits nothing. */
#include "client/offsets.h"
#include "share_scene.h"
#include "test.h"

static struct share_scene s;
static const char *const topic = "t";

static struct mq_consumer *
join(const char *reset)
{
	struct mq_subscription sub = { .group = "g",
		.topic = &topic,
		.topic_count = 1,
		.stop_at_end = 1 };
	struct mq_conf *conf = mq_conf_new(MQ_CONSUMER_CONF);
	struct mq_consumer *c = NULL;

	if (mq_conf_set(conf, "auto.offset.reset", reset, &s.err) == 0)
		c = mq_consumer_new(s.mq, conf, &sub, &s.err);
	mq_conf_free(conf);
	return c;
}

static int
take(struct mq_consumer *c, int64_t n)
{
	struct mq_record r;

	while (n-- > 0)
		if (mq_consumer_poll(c, &r, 0, &s.err) != MQ_POLL_RECORD)
			return -1;
	return 0;
}

/* Where the group has committed of partition 0; -1 nowhere, -2 no group. */
static int64_t
committed(void)
{
	struct mq_group *g = mq_group_get(s.mq, "g", &s.err);
	int64_t offset = g == NULL ? -2 : -1;

	if (g != NULL && g->partition_count != 0)
		offset = g->partition[0].committed;
	mq_group_free(g);
	return offset;
}

static int
topic_made_anew(void)
{
	struct mq_consumer *c;

	CHECK(share_start(&s, 0, 5, "1000000") == 0);
	CHECK((c = join("earliest")) != NULL);
	CHECK(take(c, 3) == 0);
	CHECK(mq_consumer_commit(c, &s.err) == 0);
	CHECK(committed() == 3);
	CHECK(take(c, 1) == 0);
	CHECK(mq_topic_delete(s.mq, "t", &s.err) == 0);
	CHECK(mq_topic_create(s.mq, "t", 1, NULL, &s.err) == 0);
	CHECK(committed() == -1);
	CHECK(mq_consumer_commit(c, &s.err) == 0);
	CHECK(committed() == -1);
	CHECK(mq_consumer_commit_offset(c, "t", 0, 4, &s.err) == 0);
	CHECK(committed() == -1);
	mq_consumer_free(c);
	share_end(&s);
	return 0;
}

/* The epoch that it is committed with; -2 no group. */
static int32_t
epoch(void)
{
	struct mq_group *g = mq_group_get(s.mq, "g", &s.err);
	int32_t e = g == NULL ? -2 : g->partition[0].leader_epoch;

	mq_group_free(g);
	return e;
}

static int
epochs(void)
{
	struct mq_partition_info info;
	struct mq_consumer *c;

	CHECK(share_start(&s, 0, 5, "1000000") == 0);
	CHECK(mq_partition_get(s.mq, "t", 0, &info, &s.err) == 0);
	CHECK(info.leader_epoch != -1);
	CHECK((c = join("earliest")) != NULL);
	/* Nothing was read. */
	CHECK(mq_consumer_commit(c, &s.err) == 0);
	CHECK(committed() == 0 && epoch() == -1);
	CHECK(take(c, 3) == 0);
	CHECK(mq_consumer_commit_offset(c, "t", 0, 3, &s.err) == 0);
	CHECK(committed() == 3 && epoch() == info.leader_epoch);
	/* Of those before the last record it is not known. */
	CHECK(mq_consumer_commit_offset(c, "t", 0, 2, &s.err) == 0);
	CHECK(committed() == 2 && epoch() == -1);
	CHECK(take(c, 2) == 0);
	CHECK(mq_consumer_commit(c, &s.err) == 0);
	CHECK(committed() == 5 && epoch() == info.leader_epoch);
	mq_consumer_free(c);
	share_end(&s);
	return 0;
}

/* More than a batch of the log of commits can hold. */
static int
many_offsets(void)
{
	static struct mq_committed_offset list[1000];
	char name[MQ_TOPIC_MAX + 1];
	struct mq_offsets offsets;
	int i, n;

	CHECK(share_start(&s, 0, 0, "1000000") == 0);
	(void)memset(name, 'n', MQ_TOPIC_MAX);
	name[MQ_TOPIC_MAX] = '\0';
	mq_offsets_init(&offsets, s.mq);
	for (n = 0; n < 5000; n += 1000) {
		for (i = 0; i < 1000; i++) {
			list[i].group = (struct mq_bytes){ "g", 1 };
			list[i].topic = (struct mq_bytes){ name, MQ_TOPIC_MAX };
			list[i].partition = n + i;
		}
		CHECK(mq_offsets_commit(&offsets, list, 1000, 0, &s.err) == 0);
	}
	mq_offsets_free(&offsets);
	CHECK(mq_group_delete(s.mq, "g", &s.err) == 0);
	CHECK(committed() == -2);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(epochs, "the epoch of the last record is committed");
	RUN(topic_made_anew,
	    "of a topic that was deleted nothing is committed");
	RUN(many_offsets, "a group is deleted, however much it has committed");
	return test_done();
}
