/* SPDX-License-Identifier: ISC */
/*
 * A group is deleted at whatever call of those who join it or set its offsets,
 * and they come at whatever call of the deletion: who is in it then is seen by
 * others, and a partition has one owner.
 */
#include "fault_io.h"

#include "client/group_dir.h"
#include "share_scene.h"
#include "test.h"

static struct share_scene s;
static struct mq *other; /* another handle, for what comes in between */
static struct mq_consumer *member;
static int came, owned; /* booleans: what comes in between did, and reads */

static const struct mq_group_position at_3 = { "t", 0, 3, NULL };

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

/* Who holds one of these would wait for himself. */
static int
in_the_way(void)
{
	return locked("groups/g/group.lock") ||
	    locked("__consumer_offsets-0/partition.lock");
}

static int
join(struct mq *mq)
{
	static const char *const topic = "t";
	struct mq_subscription sub = { .group = "g",
		.topic = &topic,
		.topic_count = 1 };

	member = mq_consumer_new(mq, NULL, &sub, &s.err);
	return member != NULL ? 0 : -1;
}

static int
delete_between(void)
{
	struct mq_err why;

	if (in_the_way())
		return 0;
	came = mq_group_delete(other, "g", &why) == 0;
	return 1;
}

static int
join_between(void)
{
	struct mq_record r;

	if (in_the_way())
		return 0;
	came = join(other) == 0;
	owned =
	    came && mq_consumer_poll(member, &r, 0, &s.err) == MQ_POLL_RECORD;
	return 1;
}

static int
commit_between(void)
{
	struct mq_err why;

	if (in_the_way())
		return 0;
	came = mq_group_commit(other, "g", &at_3, 1, &why) == 0;
	return 1;
}

static int
renew_between(void)
{
	struct mq_err why;

	if (in_the_way())
		return 0;
	(void)mq_group_delete(other, "g", &why);
	return join_between();
}

static int
start(int (*between)(void), int nth)
{
	(void)memset(&fault, 0, sizeof(fault));
	fault_instead = NULL;
	member = NULL;
	came = owned = 0;
	if (share_start(&s, 0, 5, "1000000") == -1 ||
	    (other = mq_open(s.root, 0, &s.err)) == NULL ||
	    mq_group_commit(s.mq, "g", &at_3, 1, &s.err) == -1)
		return -1;
	fault.calls = FAULT_ALL;
	fault.nth = nth;
	fault_instead = between;
	return 0;
}

/* Members of the group, -1 there is no group; *at: where it has committed. */
static int
members(int64_t *at)
{
	struct mq_group *g = mq_group_get(other, "g", &s.err);
	int n = g != NULL ? (int)g->member_count : -1;

	*at = g != NULL && g->partition_count != 0 ? g->partition[0].committed :
						     -1;
	mq_group_free(g);
	return n;
}

/* 1 there was an nth call, 0 not, -1 it went wrong. */
static int
end(int nth, int wrong)
{
	int rc = fault_instead == NULL;

	(void)memset(&fault, 0, sizeof(fault));
	fault_instead = NULL;
	mq_consumer_free(member);
	mq_close(other);
	share_end(&s);
	if (wrong)
		printf("# call %d: %s\n", nth, s.err.text);
	return wrong ? -1 : rc;
}

static int
delete_at_join(int nth)
{
	struct mq_record r;
	int64_t at;
	int rc;

	if (start(delete_between, nth) == -1)
		return -1;
	rc = join(s.mq);
	fault.nth = 0;
	if (rc == 0)
		rc = members(&at) == 1 ? 0 : -1;
	if (rc == 0)
		rc = mq_consumer_poll(member, &r, 0, &s.err);
	return end(nth, rc != MQ_POLL_RECORD);
}

static int
join_at_delete(int nth)
{
	int64_t at;
	int rc;

	if (start(join_between, nth) == -1)
		return -1;
	rc = mq_group_delete(s.mq, "g", &s.err);
	fault.nth = 0;
	if (rc == -1 && came && s.err.code == MQ_NON_EMPTY_GROUP)
		rc = 0;
	return end(nth, rc == -1 || (came && members(&at) != 1));
}

static int
renew_at_commit(int nth)
{
	static const struct mq_group_position at_4 = { "t", 0, 4, NULL };
	int64_t at;
	int rc;

	if (start(renew_between, nth) == -1)
		return -1;
	rc = mq_group_commit(s.mq, "g", &at_4, 1, &s.err);
	fault.nth = 0;
	(void)members(&at);
	/* Not behind the back of one who reads. */
	return end(nth, (rc == -1 && !owned) || (owned && at == 4));
}

static int
delete_at_commit(int nth)
{
	int rc;

	if (start(delete_between, nth) == -1)
		return -1;
	rc = mq_group_commit(s.mq, "g", &at_3, 1, &s.err);
	fault.nth = 0;
	return end(nth, rc == -1);
}

static int
commit_at_delete(int nth)
{
	int64_t at;
	int rc;

	if (start(commit_between, nth) == -1)
		return -1;
	rc = mq_group_delete(s.mq, "g", &s.err);
	fault.nth = 0;
	(void)members(&at);
	return end(nth, rc == -1 || (fault_instead == NULL && !came));
}

static int
sweep(int (*at)(int))
{
	int nth, rc = 1;

	for (nth = 1; rc == 1; nth++)
		rc = at(nth);
	printf("# %d calls\n", nth - 2);
	return rc;
}

static int
who_joins(void)
{
	CHECK(sweep(delete_at_join) == 0);
	CHECK(sweep(join_at_delete) == 0);
	return 0;
}

static int
who_commits(void)
{
	CHECK(sweep(renew_at_commit) == 0);
	CHECK(sweep(delete_at_commit) == 0);
	CHECK(sweep(commit_at_delete) == 0);
	return 0;
}

static int
old_lock(void)
{
	int dir, lock;

	CHECK(start(NULL, 0) == 0);
	CHECK(mq_group_dir_open(s.mq, "g", 0, &dir, &s.err) == 1);
	CHECK((lock = mq_group_dir_lock_open(dir, &s.err)) != -1);
	CHECK(mq_group_dir_lock(lock, -1, &s.err) == 0);
	CHECK(mq_io_unlink(dir, MQ_GROUP_LOCK) == 0);
	mq_group_dir_unlock(lock);
	CHECK(mq_group_dir_lock(lock, -1, &s.err) == -1);
	CHECK(s.err.sys == ENOENT &&
	    mq_io_trylock(lock, 0, MQ_IO_EXCLUSIVE) == 0);
	(void)mq_io_close(lock);
	(void)mq_io_close(dir);
	return end(0, 0) == -1;
}

int
main(void)
{
	RUN(who_joins, "who joins is in the group, whenever it is deleted");
	RUN(who_commits, "offsets are set of partitions that nobody reads");
	RUN(old_lock, "the lock of a group that is gone is none");
	return test_done();
}
