/* SPDX-License-Identifier: ISC */
/*
 * What share groups keep of a topic goes when the topic does, at whatever call
 * of its readers that is, and wherever the deletion is killed a topic made anew
 * begins anew.
 */
#include "fault_io.h"

#include "share_scene.h"
#include "test.h"

static struct share_scene s;
static struct mq_share_record r, r2;
static struct mq_share *reader;
static struct mq *other; /* another handle, for what comes in between */

#define SMALL "400" /* bytes: two batches a segment */

static const char *const one[] = { "max.poll.records", "1", NULL };

static int
there(const char *name)
{
	char path[SCENE_PATH * 2];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/groups/%s", s.root, name);
	return lstat(path, &st) == 0;
}

static void
tell(const struct mq_finding *f, void *arg)
{
	(void)arg;
	printf("# %s: %s\n", f->file, f->text);
}

static int
start(int queue)
{
	(void)memset(&fault, 0, sizeof(fault));
	fault_instead = NULL;
	return share_start(&s, queue, 10, SMALL);
}

static struct mq_share *
open_pattern(const char *group, const char *pattern)
{
	struct mq_subscription sub = { .topic = &pattern,
		.topic_count = 1,
		.patterns = 1 };
	struct mq_conf *conf = mq_conf_new(MQ_SHARE_CONF);
	struct mq_share *share = NULL;

	if (mq_conf_set(conf, one[0], one[1], &s.err) == 0)
		share = mq_share_new(s.mq, group, conf, &sub, &s.err);
	mq_conf_free(conf);
	return share;
}

/* One more name of a file, as `there` has it. */
static int
another(const char *from, const char *to)
{
	char old[SCENE_PATH + 64], new[SCENE_PATH + 64];

	(void)snprintf(old, sizeof(old), "%s/groups/%s", s.root, from);
	(void)snprintf(new, sizeof(new), "%s/groups/%s", s.root, to);
	return link(old, new);
}

/* Acquires the first record, and accepts it. */
static int
take_one(const char *group)
{
	struct mq_share *a = share_open(&s, group, 1, one);
	int rc = -1;

	if (a != NULL && share_take(&s, a, 0, &r) == 0)
		rc = mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err);
	mq_share_free(a);
	return rc;
}

static int
topic_goes(void)
{
	CHECK(start(0) == 0);
	CHECK(take_one("g") == 0 && take_one("h") == 0);
	CHECK(mq_topic_create(s.mq, "t-0", 1, NULL, &s.err) == 0);
	CHECK(mq_share_seek(s.mq, "g", "t-0", 0, 0, &s.err) == 0);
	CHECK(there("g/t-0.share") && there("h/t-0.share"));
	CHECK(mq_topic_delete(s.mq, "t", &s.err) == 0);
	CHECK(!there("g/t-0.share") && !there("h/t-0.share"));
	/* Of another topic, whose name begins like that. */
	CHECK(there("g/t-0-0.share"));
	CHECK(mq_verify(s.mq, NULL, tell, NULL, &s.err) == 0);
	share_end(&s);
	return 0;
}

static int
queue_goes(void)
{
	CHECK(start(1) == 0);
	CHECK(take_one("t") == 0);
	CHECK(there("t/t-0.share"));
	CHECK(mq_topic_delete(s.mq, "t", &s.err) == 0);
	CHECK(there("") && !there("t"));
	share_end(&s);
	return 0;
}

/* What is in the group besides is not the queue's. */
static int
queue_goes_alone(void)
{
	CHECK(start(1) == 0);
	CHECK(take_one("t") == 0);
	CHECK(mq_topic_create(s.mq, "u", 1, NULL, &s.err) == 0);
	CHECK(mq_share_seek(s.mq, "t", "u", 0, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_INVALID_REQUEST);
	/* As it could be once. */
	CHECK(another("t/t-0.share", "t/u-0.share") == 0);
	CHECK(mq_topic_delete(s.mq, "t", &s.err) == 0);
	CHECK(!there("t/t-0.share") && there("t/u-0.share"));
	CHECK(there("t/group.lock"));
	CHECK(mq_queue_create(s.mq, "t", 1, NULL, &s.err) == -1);
	CHECK(s.err.code == MQ_INCONSISTENT_GROUP_PROTOCOL);
	share_end(&s);
	return 0;
}

/* Who reads in it is told, and takes the rest away. */
static int
queue_goes_under_readers(void)
{
	struct mq_share *a, *b;

	CHECK(start(1) == 0);
	CHECK((a = share_open(&s, "t", 0, one)) != NULL);
	CHECK((b = share_open(&s, "t", 0, one)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0 && share_take(&s, b, 1, &r2) == 0);
	CHECK(mq_topic_delete(s.mq, "t", &s.err) == 0);
	CHECK(!there("t/t-0.share") && there("t"));
	CHECK(mq_share_acknowledge(a, &r, MQ_RELEASE, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_UNKNOWN_TOPIC_OR_PARTITION);
	CHECK(share_try(&s, b, &r2) == -1);
	CHECK(s.err.code == MQ_UNKNOWN_TOPIC_OR_PARTITION);
	CHECK(there("t")); /* a is in it */
	mq_share_free(b);
	CHECK(there("t"));
	CHECK(share_try(&s, a, &r) == -1);
	CHECK(!there("t"));
	mq_share_free(a);
	/* Made anew before they leave, it is not theirs to take away. */
	CHECK(mq_queue_create(s.mq, "t", 1, NULL, &s.err) == 0);
	CHECK(scene_batch(s.mq, "t", 0, 1, &s.err) == 0);
	CHECK((a = share_open(&s, "t", 0, one)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_topic_delete(s.mq, "t", &s.err) == 0);
	CHECK(mq_queue_create(s.mq, "t", 1, NULL, &s.err) == 0);
	mq_share_free(a);
	CHECK(there("t"));
	share_end(&s);
	return 0;
}

/* A pattern's other topics go on; of the one that is gone nothing is said. */
static int
pattern_goes_on(void)
{
	struct mq_share_record copied;
	struct mq_share *a;
	char name[] = "t";

	CHECK(start(0) == 0);
	CHECK(mq_topic_create(s.mq, "u", 1, NULL, &s.err) == 0);
	CHECK((a = open_pattern("g", "[tu]")) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0 && share_take(&s, a, 1, &r2) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_topic_delete(s.mq, "t", &s.err) == 0);
	CHECK(mq_share_flush(a, &s.err) == 0);
	CHECK(mq_share_acknowledge(a, &r2, MQ_RELEASE, 0, &s.err) == 0);
	copied = r2;
	copied.record.topic = name;
	CHECK(mq_share_acknowledge(a, &copied, MQ_RELEASE, 0, &s.err) == 0);
	/* Made anew, it has other records; r2 is none of them. */
	CHECK(mq_topic_create(s.mq, "t", 1, NULL, &s.err) == 0);
	CHECK(scene_batch(s.mq, "t", 0, 2, &s.err) == 0);
	CHECK(share_try(&s, a, &r) == MQ_POLL_IDLE);
	CHECK(mq_share_poll(a, &r, 10000, &s.err) == MQ_POLL_RECORD);
	CHECK(scene_is(&r.record, 0) && r.delivery_count == 1);
	CHECK(mq_share_poll(a, &r, 10000, &s.err) == MQ_POLL_RECORD);
	CHECK(scene_is(&r.record, 1));
	CHECK(mq_share_acknowledge(a, &r2, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_share_flush(a, &s.err) == 0);
	CHECK(s.told[MQ_SHARE_LATE] == 0);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

/* ---- at every call ------------------------------------------------------------- */

static int deleted;

/* Who holds the partition's lock would wait for himself. */
static int
delete_topic(void)
{
	char path[SCENE_PATH + 32];
	struct mq_err ignored;
	int fd, locked;

	(void)snprintf(path, sizeof(path), "%s/t-0/partition.lock", s.root);
	if ((fd = mq_io_open(AT_FDCWD, path, O_RDWR, 0)) != -1) {
		locked = mq_io_locked(fd, 0);
		(void)mq_io_close(fd);
		if (locked == 1)
			return 0;
	}
	deleted = mq_topic_delete(other, "t", &ignored) == 0;
	return 1;
}

static int
open_reader(void)
{
	reader = share_open(&s, "t", 0, one);
	return 1;
}

/* Before the nth call of a reader it is deleted: 1, 0 it has fewer, -1. */
static int
delete_at(int queue, int nth)
{
	struct mq_err err;
	int rc, files;

	if (start(queue) == -1 || (other = mq_open(s.root, 0, &s.err)) == NULL)
		return -1;
	deleted = 0;
	fault.calls = FAULT_ALL;
	fault.nth = nth;
	fault_instead = delete_topic;
	(void)open_reader();
	if (reader != NULL && share_try(&s, reader, &r) == MQ_POLL_RECORD)
		(void)mq_share_acknowledge(reader, &r, MQ_ACCEPT, 0, &err);
	mq_share_free(reader);
	(void)memset(&fault, 0, sizeof(fault));
	rc = deleted;
	files = there("t/t-0.share");
	files += queue && there("t") != files;
	mq_close(other);
	share_end(&s);
	if (files != !rc) {
		printf("# call %d: the file is %s\n", nth,
		    files ? "left" : "not there");
		return -1;
	}
	return rc;
}

/* Before the nth call of the deletion a reader begins. */
static int
read_at(int queue, int nth)
{
	struct mq_err err;
	int rc, files;

	if (start(queue) == -1 || (other = mq_open(s.root, 0, &s.err)) == NULL)
		return -1;
	reader = NULL;
	deleted = 0;
	fault.calls = FAULT_ALL;
	fault.nth = nth;
	fault_instead = open_reader;
	rc = mq_topic_delete(other, "t", &s.err);
	if (rc == 0)
		rc = fault.nth == 0;
	(void)memset(&fault, 0, sizeof(fault));
	if (reader != NULL && share_try(&s, reader, &r) == MQ_POLL_RECORD)
		(void)mq_share_acknowledge(reader, &r, MQ_ACCEPT, 0, &err);
	mq_share_free(reader);
	files = there("t/t-0.share") || (queue && there("t"));
	mq_close(other);
	share_end(&s);
	if (files)
		printf("# call %d: a file is left\n", nth);
	return files ? -1 : rc;
}

static int
whenever(void)
{
	int nth, rc, queue;

	for (queue = 0; queue <= 1; queue++) {
		for (nth = 1; (rc = delete_at(queue, nth)) == 1; nth++)
			continue;
		CHECK(rc == 0 && nth > 20);
		for (nth = 1; (rc = read_at(queue, nth)) == 1; nth++)
			continue;
		CHECK(rc == 0 && nth > 10);
	}
	return 0;
}

/* The deletion is killed before its nth call: 1, 0 it has fewer, -1. */
static int
kill_at(int nth, int *anew)
{
	char path[SCENE_PATH + 16];
	struct mq_share *a;
	struct stat st;
	int rc, left;

	if (start(1) == -1 || take_one("t") == -1 ||
	    (other = mq_open(s.root, 0, &s.err)) == NULL)
		return -1;
	fault.calls = FAULT_ALL;
	fault.nth = nth;
	(void)mq_topic_delete(other, "t", &s.err);
	rc = fault.dead;
	(void)memset(&fault, 0, sizeof(fault));
	mq_close(other);
	/* Of a partition without a topic verify tells; not of the group. */
	(void)snprintf(path, sizeof(path), "%s/t-0", s.root);
	left = lstat(path, &st) == 0;
	if (!left && mq_verify(s.mq, NULL, tell, NULL, &s.err) != 0)
		return -1;
	/* Where its file is there it is there, and was not deleted. */
	if (mq_topic_delete(s.mq, "t", &s.err) == -1 &&
	    s.err.code != MQ_UNKNOWN_TOPIC_OR_PARTITION)
		return -1;
	if (mq_queue_create(s.mq, "t", 1, NULL, &s.err) == 0) {
		++*anew;
		if (scene_batch(s.mq, "t", 0, 3, &s.err) == -1 ||
		    (a = share_open(&s, "t", 0, one)) == NULL ||
		    share_take(&s, a, 0, &r) == -1 || r.delivery_count != 1)
			return -1;
		mq_share_free(a);
	}
	share_end(&s);
	return rc;
}

static int
killed(void)
{
	int nth, rc, anew = 0;

	for (nth = 1; (rc = kill_at(nth, &anew)) == 1; nth++)
		continue;
	if (rc == -1)
		printf("# call %d: %s\n", nth, s.err.text);
	CHECK(rc == 0 && nth > 10 && anew > nth / 2);
	return 0;
}

int
main(void)
{
	RUN(topic_goes, "no group keeps anything of a topic that is deleted");
	RUN(queue_goes, "a queue's group goes with it");
	RUN(queue_goes_alone, "what the group has of other topics stays");
	RUN(queue_goes_under_readers, "who reads in it takes the rest away");
	RUN(pattern_goes_on, "a pattern's other topics go on");
	RUN(whenever, "whenever a reader begins, nothing is left");
	RUN(killed, "a topic made anew begins anew, whenever that was killed");
	return test_done();
}
