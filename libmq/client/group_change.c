/* SPDX-License-Identifier: ISC */
/* Setting the offsets of a consumer group, and deleting it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"
#include "client/group_dir.h"
#include "client/offsets.h"
#include "client/registry.h"

/*
 * Takes the owner's place for as long as the offset is set: nobody reads the
 * partition meanwhile.  A descriptor, or -1.
 */
static int
stand_in(int dir, const char *group, const struct mq_group_position *p,
    struct mq_err *err)
{
	int fd = mq_group_dir_own(dir, p->topic, p->partition, err);

	if (fd == -1)
		return mq_fail_context(err, "group %s", group);
	if (fd == MQ_GROUP_OWNED)
		return mq_fail(err, MQ_NON_EMPTY_GROUP,
		    "group %s: a member reads topic %s, partition %d", group,
		    p->topic, (int)p->partition);
	return fd;
}

static void
describe(struct mq_committed_offset *o, const char *group,
    const struct mq_group_position *p)
{
	(void)memset(o, 0, sizeof(*o));
	o->group.data = group;
	o->group.len = strlen(group);
	o->topic.data = p->topic;
	o->topic.len = strlen(p->topic);
	o->partition = p->partition;
	o->offset = p->offset;
	o->leader_epoch = -1;
	o->metadata.data = p->metadata != NULL ? p->metadata : "";
	o->metadata.len = strlen(o->metadata.data);
	o->commit_ms = mq_clock_wall_ms();
}

static int
commit_all(struct mq *mq, const char *group, const struct mq_group_position *p,
    size_t count, struct mq_err *err)
{
	struct mq_committed_offset *list;
	struct mq_offsets offsets;
	size_t i;
	int rc;

	if ((list = calloc(count, sizeof(*list))) == NULL)
		return mq_fail_memory(err);
	for (i = 0; i < count; i++)
		describe(&list[i], group, &p[i]);
	mq_offsets_init(&offsets, mq);
	rc = mq_offsets_commit(&offsets, list, count, err);
	if (rc == 0)
		rc = mq_offsets_flush(&offsets, err);
	mq_offsets_free(&offsets);
	free(list);
	return rc;
}

/* Its names are names of files, and each partition is there once. */
static int
check_positions(const struct mq_group_position *p, size_t count,
    struct mq_err *err)
{
	size_t i, j;

	for (i = 0; i < count; i++) {
		if (mq_topic_name_check(p[i].topic, err) == -1)
			return -1;
		if (p[i].partition < 0)
			return mq_fail(err, MQ_INVALID_REQUEST,
			    "there is no partition %d", (int)p[i].partition);
		for (j = 0; j < i; j++)
			if (p[j].partition == p[i].partition &&
			    strcmp(p[j].topic, p[i].topic) == 0)
				return mq_fail(err, MQ_INVALID_REQUEST,
				    "topic %s, partition %d is there twice",
				    p[i].topic, (int)p[i].partition);
	}
	return 0;
}

static int
commit_in(struct mq *mq, int dir, const char *group,
    const struct mq_group_position *p, size_t count, struct mq_err *err)
{
	int rc = 0, *held = calloc(count, sizeof(*held));
	size_t i, n = 0;

	if (held == NULL)
		rc = mq_fail_memory(err);
	while (rc == 0 && n < count) {
		if ((held[n] = stand_in(dir, group, &p[n], err)) == -1)
			rc = -1;
		else
			n++;
	}
	if (rc == 0)
		rc = commit_all(mq, group, p, count, err);
	for (i = 0; i < n; i++)
		(void)mq_io_close(held[i]);
	free(held);
	return rc;
}

int
mq_group_commit(struct mq *mq, const char *group,
    const struct mq_group_position *p, size_t count, struct mq_err *err)
{
	int dir, rc, tries = 0;

	if (count == 0)
		return mq_group_name_check(group, err);
	if (check_positions(p, count, err) == -1 ||
	    mq_group_must_be(mq, group, MQ_GROUP_CONSUMER, err) == -1)
		return -1;
	/* The group may be deleted at this moment: then it is made anew. */
	do {
		if (mq_group_dir_open(mq, group, 1, &dir, err) == -1)
			return -1;
		rc = commit_in(mq, dir, group, p, count, err);
		(void)mq_io_close(dir);
	} while (rc == -1 && err->sys == ENOENT && ++tries < MQ_GROUP_TRIES);
	return rc;
}

/* Under its lock: 0 nobody is in it. */
static int
check_empty(int dir, const char *group, struct mq_err *err)
{
	json_t *members = mq_registry_members(dir, 1, err);
	size_t n = json_object_size(members);

	if (members == NULL)
		return -1;
	json_decref(members);
	return n == 0 ?
	    0 :
	    mq_fail(err, MQ_NON_EMPTY_GROUP, "group %s has %zu member%s", group,
		n, n == 1 ? "" : "s");
}

/* A file of a group that nobody is in; who sets its offset keeps an owner's. */
static void
remove_file(int dir, const char *name)
{
	int fd = -1;

	if (mq_group_is_owner(name) &&
	    ((fd = mq_io_open(dir, name, O_RDWR, 0)) == -1 ||
		mq_io_trylock(fd, 0, MQ_IO_EXCLUSIVE) != 0)) {
		if (fd != -1)
			(void)mq_io_close(fd);
		return;
	}
	(void)mq_io_unlink(dir, name);
	if (fd != -1)
		(void)mq_io_close(fd);
}

static void
remove_files(struct mq *mq, const char *group, int dir)
{
	char *path = mq_group_dir_path(mq, group);
	struct mq_io_names names;
	size_t i;

	if (path == NULL || mq_io_list(dir, &names) == -1) {
		free(path);
		return;
	}
	for (i = 0; i < names.count; i++)
		if (strcmp(names.name[i], MQ_GROUP_LOCK) != 0)
			remove_file(dir, names.name[i]);
	mq_io_names_free(&names);
	/* While it is locked: who waits for it finds that it has no name. */
	(void)mq_io_unlink(dir, MQ_GROUP_LOCK);
	/* One who joins at this moment has made a file, and keeps it. */
	(void)mq_io_rmdir(AT_FDCWD, path);
	free(path);
}

static int
delete_dir(struct mq *mq, const char *group, int dir, struct mq_err *err)
{
	int rc, lock = mq_group_dir_lock_open(dir, err);

	if (lock == -1)
		return mq_fail_context(err, "group %s", group);
	rc = mq_group_dir_lock(lock, mq->wakeup, err);
	if (rc == 0)
		rc = check_empty(dir, group, err);
	if (rc == 0)
		rc = mq_offsets_forget_group(mq, group, err);
	if (rc == 0)
		remove_files(mq, group, dir);
	(void)mq_io_close(lock);
	return rc;
}

int
mq_group_delete(struct mq *mq, const char *group, struct mq_err *err)
{
	struct mq_group *g = mq_group_get(mq, group, err);
	int dir, rc;

	if (g == NULL)
		return -1;
	mq_group_free(g);
	if ((rc = mq_group_dir_open(mq, group, 0, &dir, err)) == -1)
		return -1;
	if (rc == 0)
		return mq_offsets_forget_group(mq, group, err);
	rc = delete_dir(mq, group, dir, err);
	(void)mq_io_close(dir);
	/* Another was quicker. */
	if (rc == -1 && err->sys == ENOENT)
		rc = mq_offsets_forget_group(mq, group, err);
	return rc;
}
