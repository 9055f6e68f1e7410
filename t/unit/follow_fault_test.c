/* SPDX-License-Identifier: ISC */
/*
 * A consumer follows its pattern whatever happens at whatever call: a topic
 * that is deleted and made anew there, or a call that fails once.
 */
#include "fault_io.h"

#include "test.h"

#define PATIENCE 2000 /* ms, for what should be told at once */
#define POLLS	 50   /* each of which may fail, or give an old record */

static char root[SCENE_PATH];
static struct mq *mq, *other; /* another handle, for what comes in between */
static struct mq_err err;
static int renewed, watched; /* booleans: it was, it has waited before */

static const struct scene_topic topic = { "t", { NULL } };
static const struct mq_group_position at_3 = { "t", 0, 3, NULL };

static int
locked(const char *name)
{
	char path[SCENE_PATH + 64];
	int fd, rc;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	if ((fd = mq_io_open(AT_FDCWD, path, O_RDWR, 0)) == -1)
		return 0;
	rc = mq_io_locked(fd, 0) == 1;
	(void)mq_io_close(fd);
	return rc;
}

/* Who holds the partition's lock would wait for himself. */
static int
renew(void)
{
	struct mq_err why;

	if (locked("t-0/partition.lock") ||
	    locked("__consumer_offsets-0/partition.lock"))
		return 0;
	renewed = mq_topic_delete(other, "t", &why) == 0 &&
	    mq_topic_create(other, "t", 1, NULL, &why) == 0 &&
	    scene_batch(other, "t", 7, 14, &why) == 0;
	if (!renewed)
		printf("# %s\n", why.text);
	return 1;
}

static struct mq_consumer *
open_consumer(const char *group)
{
	static const char *const pattern = "t.*";
	struct mq_subscription sub = { .group = group,
		.topic = &pattern,
		.topic_count = 1,
		.patterns = 1 };

	return mq_consumer_new(mq, NULL, &sub, &err);
}

static int
value_is(const struct mq_record *r, const char *value)
{
	return r->value.len == strlen(value) &&
	    memcmp(r->value.data, value, r->value.len) == 0;
}

/* Polls, past errors where they may be, until the value comes: 0, -1. */
static int
expect(struct mq_consumer *c, const char *value, int may_fail)
{
	struct mq_record r;
	int i, rc;

	for (i = 0; i < POLLS; i++) {
		rc = mq_consumer_poll(c, &r, PATIENCE, &err);
		if (rc == MQ_POLL_RECORD && value_is(&r, value))
			return 0;
		if (rc == -1 && !may_fail)
			printf("# %s\n", err.text);
		if (rc != MQ_POLL_RECORD && (rc != -1 || !may_fail))
			return -1;
	}
	return -1;
}

static int
start(void)
{
	(void)memset(&fault, 0, sizeof(fault));
	fault_instead = NULL;
	renewed = 0;
	if (scene_dir(root) == -1 ||
	    (mq = scene_store(root, &topic, &err)) == NULL ||
	    (other = mq_open(root, 0, &err)) == NULL)
		return -1;
	return scene_batch(other, "t", 0, 5, &err);
}

static void
end(struct mq_consumer *c)
{
	(void)memset(&fault, 0, sizeof(fault));
	fault_instead = NULL;
	mq_consumer_free(c);
	mq_close(other);
	mq_close(mq);
	scene_remove(root);
}

/* Before its nth call the topic is made anew: 1, 0 it has fewer, -1. */
static int
renew_at(const char *group, int nth)
{
	struct mq_consumer *c;
	struct mq_record r;
	int rc = -1;

	if (start() == -1 ||
	    (group != NULL &&
		mq_group_commit(other, group, &at_3, 1, &err) == -1))
		return -1;
	fault.calls = FAULT_ALL;
	fault.nth = nth;
	fault_instead = renew;
	if ((c = open_consumer(group)) != NULL) {
		rc = mq_consumer_poll(c, &r, PATIENCE, &err);
		while (rc == MQ_POLL_RECORD && !value_is(&r, "value 7"))
			rc = mq_consumer_poll(c, &r, 1, &err);
	}
	if (rc == MQ_POLL_IDLE && fault_instead == NULL)
		rc = expect(c, "value 7", 0);
	if (rc == -1)
		printf("# call %d: %s\n", nth, err.text);
	else
		rc = fault_instead == NULL;
	end(c);
	return rc;
}

/* Its nth call fails once while a topic comes: 1, 0 it has fewer, -1. */
static int
fail_at(const char *group, int nth)
{
	struct mq_consumer *c;
	struct mq_record r;
	int rc = -1;

	if (start() == -1)
		return -1;
	if ((c = open_consumer(group)) == NULL ||
	    expect(c, "value 4", 0) == -1 ||
	    (watched && mq_consumer_poll(c, &r, 1, &err) != MQ_POLL_IDLE)) {
		end(c);
		return -1;
	}
	if (mq_topic_create(other, "t2", 1, NULL, &err) == 0 &&
	    scene_batch(other, "t2", 9, 10, &err) == 0) {
		fault.calls = FAULT_ALL;
		fault.nth = nth;
		fault.error = EIO;
		rc = expect(c, "value 9", 1);
	}
	if (rc == -1)
		printf("# call %d\n", nth);
	else
		rc = fault.struck;
	end(c);
	return rc;
}

static int
sweep(int (*at)(const char *, int), const char *group)
{
	int nth, rc = 1;

	for (nth = 1; rc == 1; nth++)
		rc = at(group, nth);
	printf("# %d calls\n", nth - 2);
	return rc;
}

static int
made_anew(void)
{
	CHECK(sweep(renew_at, NULL) == 0);
	return 0;
}

static int
made_anew_for_group(void)
{
	CHECK(sweep(renew_at, "g") == 0);
	return 0;
}

static int
call_fails(void)
{
	for (watched = 0; watched <= 1; watched++)
		CHECK(sweep(fail_at, NULL) == 0);
	return 0;
}

static int
call_fails_for_group(void)
{
	CHECK(sweep(fail_at, "g") == 0);
	return 0;
}

int
main(void)
{
	RUN(made_anew, "a topic made anew is read, whenever that is");
	RUN(made_anew_for_group, "the same for a group");
	RUN(call_fails, "a topic that comes is read, whatever call fails");
	RUN(call_fails_for_group, "the same for a group");
	return test_done();
}
