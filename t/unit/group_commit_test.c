/* SPDX-License-Identifier: ISC */
/* What a consumer commits for its group, and when it commits nothing. */
#include "fault_io.h"

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

static struct mq *other; /* another handle, for what comes in between */

/* Who holds one of these would wait for himself. */
static int
locked(const char *name)
{
	char path[SCENE_PATH + 64];
	int fd, byte, rc = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", s.root, name);
	if ((fd = mq_io_open(AT_FDCWD, path, O_RDWR, 0)) == -1)
		return 0;
	for (byte = 0; byte <= 2; byte++)
		rc |= mq_io_locked(fd, byte) == 1;
	(void)mq_io_close(fd);
	return rc;
}

static int
renew_between(void)
{
	struct mq_err why;

	if (locked("t-0/partition.lock") ||
	    locked("__consumer_offsets-0/partition.lock"))
		return 0;
	(void)mq_topic_delete(other, "t", &why);
	(void)mq_topic_create(other, "t", 1, NULL, &why);
	return 1;
}

/*
 * Before the nth call of a commit the topic is made anew: 1, 0 it has fewer,
 * -1 it went wrong.
 */
static int
renew_at(int nth, int by_offset)
{
	struct mq_consumer *c;
	int64_t want;
	int rc = -1, fewer;

	if (share_start(&s, 0, 5, "1000000") == -1 ||
	    (other = mq_open(s.root, 0, &s.err)) == NULL ||
	    (c = join("earliest")) == NULL || take(c, 1) == -1 ||
	    mq_consumer_commit(c, &s.err) == -1 || take(c, 2) == -1)
		return -1;
	fault.calls = FAULT_ALL;
	fault.nth = nth;
	fault_instead = renew_between;
	rc = by_offset ? mq_consumer_commit_offset(c, "t", 0, 3, &s.err) :
			 mq_consumer_commit(c, &s.err);
	(void)memset(&fault, 0, sizeof(fault));
	fewer = fault_instead != NULL;
	fault_instead = NULL;
	want = fewer ? 3 : -1;
	if (rc == 0 && committed() != want) {
		printf("# call %d: it has committed\n", nth);
		rc = -1;
	}
	mq_consumer_free(c);
	mq_close(other);
	share_end(&s);
	return rc == -1 ? -1 : !fewer;
}

static int
made_anew_meanwhile(void)
{
	int nth, rc = 1, by_offset;

	for (by_offset = 0; by_offset <= 1; by_offset++) {
		for (nth = 1; rc == 1; nth++)
			rc = renew_at(nth, by_offset);
		printf("# %d calls\n", nth - 2);
		CHECK(rc == 0);
		rc = 1;
	}
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
		CHECK(mq_offsets_commit(&offsets, list, 1000, &s.err) == 0);
	}
	mq_offsets_free(&offsets);
	CHECK(mq_group_delete(s.mq, "g", &s.err) == 0);
	CHECK(committed() == -2);
	share_end(&s);
	return 0;
}

/* The next work begins while the disk is at it. */
static int
not_waited_for(void)
{
	struct mq_consumer *c;

	CHECK(share_start(&s, 0, 5, "1000000") == 0);
	CHECK((c = join("earliest")) != NULL);
	CHECK(take(c, 3) == 0);
	CHECK(mq_consumer_commit(c, &s.err) == 0);
	fault.calls = FAULT_SYNC;
	CHECK(mq_consumer_commit_offset_async(c, "t", 0, 1, &s.err) == 0);
	CHECK(mq_consumer_commit_offset_async(c, "t", 0, 2, &s.err) == 0);
	CHECK(fault.count == 0);
	CHECK(mq_consumer_commit_flush(c, &s.err) == 0);
	CHECK(fault.count == 1);
	CHECK(mq_consumer_commit_flush(c, &s.err) == 0);
	CHECK(fault.count == 1);
	CHECK(committed() == 2);
	/* And who is not told here that it failed would be told nowhere. */
	CHECK(mq_consumer_commit_offset_async(c, "t", 0, 3, &s.err) == 0);
	fault.nth = fault.count + 1;
	fault.error = EIO;
	CHECK(mq_consumer_commit_flush(c, &s.err) == -1);
	CHECK(strstr(s.err.text, "group g") != NULL);
	(void)memset(&fault, 0, sizeof(fault));
	CHECK(mq_consumer_commit_offset(c, "t", 0, 1, &s.err) == 0);
	CHECK(committed() == 1);
	/* What failed is committed by the next one. */
	CHECK(take(c, 1) == 0);
	fault.calls = FAULT_SYNC;
	fault.nth = 1;
	fault.error = EIO;
	CHECK(mq_consumer_commit(c, &s.err) == -1);
	(void)memset(&fault, 0, sizeof(fault));
	fault.calls = FAULT_WRITE;
	CHECK(mq_consumer_commit(c, &s.err) == 0);
	CHECK(fault.count > 0);
	CHECK(committed() == 4);
	mq_consumer_free(c);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(epochs, "the epoch of the last record is committed");
	RUN(topic_made_anew,
	    "of a topic that was deleted nothing is committed");
	RUN(made_anew_meanwhile, "nor of one that is deleted at that moment");
	RUN(not_waited_for, "a commit is flushed when that is asked for");
	RUN(many_offsets, "a group is deleted, however much it has committed");
	return test_done();
}
