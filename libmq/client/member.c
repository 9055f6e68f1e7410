/* SPDX-License-Identifier: ISC */
#include "client/member.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/io.h"
#include "client/group_dir.h"
#include "client/registry.h"
#include "client/watch.h"

#define FILE_NAME (sizeof(MQ_REGISTRY_MEMBER) + MQ_UUID_TEXT)
#define RETRIES	  6 /* after 1, 2, 4 ... ms */

static int
context(const struct mq_member *m, struct mq_err *err)
{
	return mq_fail_context(err, "group %s", m->group);
}

/* Says who it is, under the group's lock. */
static int
write_self(struct mq_member *m, struct mq_err *err)
{
	char host[256] = "", *text = NULL;
	json_t *topics = json_array(), *self;
	size_t i;
	int rc;

	for (i = 0; m->topic != NULL && m->topic[i] != NULL; i++)
		(void)json_array_append_new(topics, json_string(m->topic[i]));
	mq_io_host(host, sizeof(host));
	self = json_pack("{s:i, s:s, s:s, s:o}", "pid", (int)mq_io_pid(),
	    "host", host, "strategy", mq_assignor_name(m->strategy), "topics",
	    topics);
	if (self != NULL)
		text = json_dumps(self, JSON_COMPACT);
	json_decref(self);
	if (text == NULL)
		return mq_fail_memory(err);
	/* What it said stands until there is room for what it says. */
	rc = mq_io_pwrite(m->file, text, strlen(text), 0);
	if (rc == 0)
		rc = mq_io_truncate(m->file, (int64_t)strlen(text));
	if (rc == -1)
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "joining");
	free(text);
	return rc;
}

/* All of a group go by one strategy. */
static int
check_strategy(struct mq_member *m, struct mq_err *err)
{
	json_t *members = mq_registry_members(m->dir, 1, err), *other;
	const char *id, *name;
	int rc = 0;

	if (members == NULL)
		return -1;
	json_object_foreach(members, id, other)
	{
		name = json_string_value(json_object_get(other, "strategy"));
		if (name != NULL &&
		    strcmp(name, mq_assignor_name(m->strategy)) != 0)
			rc = mq_fail(err, MQ_INCONSISTENT_GROUP_PROTOCOL,
			    "its members have "
			    "partition.assignment.strategy=%s, not %s",
			    name, mq_assignor_name(m->strategy));
	}
	json_decref(members);
	return rc;
}

static int
join_locked(struct mq_member *m, struct mq_err *err)
{
	int type = mq_group_dir_type(m->dir, err);
	char name[FILE_NAME];

	if (type == MQ_GROUP_SHARE)
		return mq_fail(err, MQ_INCONSISTENT_GROUP_PROTOCOL,
		    "it is a share group");
	if (type == -1 || check_strategy(m, err) == -1)
		return -1;
	(void)snprintf(name, sizeof(name), MQ_REGISTRY_MEMBER "%s", m->id);
	m->file = mq_io_open(m->dir, name, O_RDWR | O_CREAT | O_EXCL, 0666);
	if (m->file == -1 || mq_io_lock(m->file, 0, MQ_IO_EXCLUSIVE) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "joining");
	return write_self(m, err);
}

static int
join(struct mq_member *m, struct mq *mq, const char *group,
    enum mq_assignor strategy, struct mq_err *err)
{
	int rc, said = 0;

	(void)memset(m, 0, sizeof(*m));
	m->mq = mq;
	m->dir = m->lock = m->file = -1;
	m->strategy = strategy;
	if ((m->group = strdup(group)) == NULL)
		rc = mq_fail_memory(err);
	else if (mq_uuid_random(m->id) == -1)
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "random id");
	else {
		rc = mq_group_dir_open(mq, group, 1, &m->dir, err);
		said = rc == -1; /* with the group's name */
	}
	if (rc != -1)
		rc = m->lock = mq_group_dir_lock_open(m->dir, err);
	if (rc != -1 &&
	    (rc = mq_group_dir_lock(m->lock, m->mq->wakeup, err)) != -1) {
		rc = join_locked(m, err);
		mq_group_dir_unlock(m->lock);
	}
	if (rc != -1)
		return 0;
	if (m->group != NULL && !said)
		(void)context(m, err);
	mq_member_leave(m);
	return -1;
}

int
mq_member_join(struct mq_member *m, struct mq *mq, const char *group,
    enum mq_assignor strategy, struct mq_err *err)
{
	int rc, tries = 0;

	/* Before a queue, whose share group it is, is given a directory. */
	(void)memset(m, 0, sizeof(*m));
	if (mq_group_must_be(mq, group, MQ_GROUP_CONSUMER, err) == -1)
		return -1;
	/* The group may be deleted at this moment: then it is made anew. */
	do
		rc = join(m, mq, group, strategy, err);
	while (rc == -1 && err->sys == ENOENT && ++tries < MQ_GROUP_TRIES);
	return rc;
}

static void
topics_free(struct mq_member *m)
{
	mq_names_free(m->topic);
	m->topic = NULL;
}

void
mq_member_leave(struct mq_member *m)
{
	char name[FILE_NAME];

	if (m->mq == NULL)
		return;
	while (m->owned_count != 0)
		mq_member_release(m, m->owned_count - 1);
	if (m->file != -1) {
		(void)snprintf(name, sizeof(name), MQ_REGISTRY_MEMBER "%s",
		    m->id);
		/* Its name first: nobody is to see it without its lock. */
		(void)mq_io_unlink(m->dir, name);
		(void)mq_io_close(m->file);
	}
	if (m->lock != -1)
		(void)mq_io_close(m->lock);
	if (m->dir != -1)
		(void)mq_io_close(m->dir);
	topics_free(m);
	free(m->owned);
	free(m->group);
	(void)memset(m, 0, sizeof(*m));
	m->dir = m->lock = m->file = -1;
}

static int
same_topics(const struct mq_member *m, char *const *topics)
{
	size_t i;

	for (i = 0; m->topic != NULL && m->topic[i] != NULL; i++)
		if (topics[i] == NULL || strcmp(topics[i], m->topic[i]) != 0)
			return 0;
	return m->topic != NULL && topics[i] == NULL;
}

static int
set_topics(struct mq_member *m, char *const *topics, struct mq_err *err)
{
	size_t i, n = 0;
	int rc;

	if (same_topics(m, topics))
		return 0;
	topics_free(m);
	while (topics[n] != NULL)
		n++;
	m->topic = calloc(n + 1, sizeof(*m->topic));
	for (i = 0; m->topic != NULL && i < n; i++)
		if ((m->topic[i] = strdup(topics[i])) == NULL)
			break;
	if (m->topic == NULL || i < n)
		rc = mq_fail_memory(err);
	else
		rc = write_self(m, err);
	/* They are others than those that are known, until they are written. */
	if (rc == -1)
		topics_free(m);
	return rc;
}

static struct mq_owned *
find(struct mq_member *m, const char *topic, int32_t partition)
{
	size_t i;

	for (i = 0; i < m->owned_count; i++)
		if (m->owned[i].partition == partition &&
		    strcmp(m->owned[i].topic, topic) == 0)
			return &m->owned[i];
	return NULL;
}

/* One partition of the newest assignment. */
static int
keep(struct mq_member *m, const char *topic, int32_t partition,
    struct mq_err *err)
{
	struct mq_owned *o = find(m, topic, partition);

	if (o == NULL) {
		o = reallocarray(m->owned, m->owned_count + 1, sizeof(*o));
		if (o == NULL)
			return mq_fail_memory(err);
		m->owned = o;
		o += m->owned_count;
		if ((o->topic = strdup(topic)) == NULL)
			return mq_fail_memory(err);
		o->partition = partition;
		o->lock = -1;
		m->owned_count++;
	}
	o->keep = 1;
	return 0;
}

/* Marks what is this member's, and what no longer is. */
static int
take_assignment(struct mq_member *m, json_t *assignment, struct mq_err *err)
{
	json_t *mine, *list, *number;
	const char *topic;
	size_t i;

	m->generation =
	    json_integer_value(json_object_get(assignment, "generation"));
	for (i = 0; i < m->owned_count; i++)
		m->owned[i].keep = 0;
	mine = json_object_get(json_object_get(assignment, "members"), m->id);
	json_object_foreach(json_object_get(mine, "partitions"), topic, list)
	{
		json_array_foreach(list, i, number)
		{
			if (keep(m, topic, (int32_t)json_integer_value(number),
				err) == -1)
				return -1;
		}
	}
	return 0;
}

static int
update_locked(struct mq_member *m, char *const *topics, struct mq_err *err)
{
	json_t *members, *assignment;
	int rc;

	if (set_topics(m, topics, err) == -1)
		return -1;
	if ((members = mq_registry_members(m->dir, 1, err)) == NULL)
		return -1;
	assignment =
	    mq_registry_assign(m->mq, m->dir, m->strategy, members, err);
	json_decref(members);
	if (assignment == NULL)
		return -1;
	rc = take_assignment(m, assignment, err);
	json_decref(assignment);
	return rc;
}

/* Whether another owns it, asked without an event. */
static int
taken(const struct mq_member *m, const struct mq_owned *o)
{
	char name[MQ_GROUP_OWNER];
	int fd, rc = 0;

	mq_group_owner_name(name, o->topic, o->partition);
	if ((fd = mq_io_open(m->dir, name, O_RDONLY, 0)) != -1) {
		rc = mq_io_locked(fd, 0) == 1;
		(void)mq_io_close(fd);
	}
	return rc;
}

/* 1 it is the owner now, 0 another still is, -1. */
static int
own(struct mq_member *m, struct mq_owned *o, struct mq_err *err)
{
	int fd;

	if (taken(m, o))
		return 0;
	fd = mq_group_dir_own(m->dir, o->topic, o->partition, err);
	if (fd < 0)
		return fd == MQ_GROUP_OWNED ? 0 : -1;
	/* For those who look; the lock is what counts. */
	(void)mq_io_pwrite(fd, m->id, strlen(m->id), 0);
	o->lock = fd;
	return 1;
}

int
mq_member_update(struct mq_member *m, char *const *topics, struct mq_err *err)
{
	int rc, waits = 0;
	size_t i;

	if (mq_group_dir_lock(m->lock, m->mq->wakeup, err) == -1)
		return context(m, err);
	rc = update_locked(m, topics, err);
	mq_group_dir_unlock(m->lock);
	for (i = 0; rc != -1 && i < m->owned_count; i++) {
		if (!m->owned[i].keep || m->owned[i].lock != -1)
			continue;
		if ((rc = own(m, &m->owned[i], err)) == 0)
			waits = 1;
	}
	m->retries = waits ? m->retries + 1 : 0;
	return rc == -1 ? context(m, err) : 0;
}

void
mq_member_release(struct mq_member *m, size_t i)
{
	struct mq_owned *o = &m->owned[i];

	if (o->lock != -1) {
		/* Free before it is closed, which is what others see. */
		(void)mq_io_unlock(o->lock, 0);
		(void)mq_io_close(o->lock);
	}
	free(o->topic);
	m->owned_count--;
	(void)memmove(o, o + 1, (m->owned_count - i) * sizeof(*o));
}

int64_t
mq_member_retry_ms(const struct mq_member *m)
{
	if (m->retries == 0 || m->retries > RETRIES)
		return -1;
	return INT64_C(1) << (m->retries - 1);
}
