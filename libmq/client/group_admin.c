/* SPDX-License-Identifier: ISC */
/* Consumer groups, seen from outside: what they are, and setting their offsets. */
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
#include "client/source.h"

void
mq_group_free(struct mq_group *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->member_count; i++) {
		free(g->member[i].id);
		free(g->member[i].host);
		free(g->member[i].strategy);
	}
	for (i = 0; i < g->partition_count; i++) {
		free(g->partition[i].topic);
		free(g->partition[i].metadata);
		free(g->partition[i].member);
	}
	free(g->member);
	free(g->partition);
	free(g->strategy);
	free(g->name);
	free(g);
}

/* A new entry, for a partition that has none; or NULL. */
static struct mq_group_partition *
add_entry(struct mq_group *g, const char *topic, int32_t partition)
{
	struct mq_group_partition *p;

	p = reallocarray(g->partition, g->partition_count + 1, sizeof(*p));
	if (p == NULL)
		return NULL;
	g->partition = p;
	p += g->partition_count;
	(void)memset(p, 0, sizeof(*p));
	p->partition = partition;
	p->committed = p->log_start = p->log_end = p->lag = -1;
	p->leader_epoch = -1;
	p->commit_ms = -1;
	if ((p->topic = strdup(topic)) == NULL)
		return NULL;
	g->partition_count++;
	return (p->metadata = strdup("")) == NULL ? NULL : p;
}

/* The group's entry of a partition; a new one where there is none; or NULL. */
static struct mq_group_partition *
entry(struct mq_group *g, const char *topic, int32_t partition)
{
	size_t i;

	for (i = 0; i < g->partition_count; i++)
		if (g->partition[i].partition == partition &&
		    strcmp(g->partition[i].topic, topic) == 0)
			return &g->partition[i];
	return add_entry(g, topic, partition);
}

static int
take_offsets(struct mq_group *g, const struct mq_group_offsets *os)
{
	const struct mq_group_offset *o;
	struct mq_group_partition *p;
	size_t i;

	for (i = 0; i < os->count; i++) {
		o = &os->at[i];
		if ((p = entry(g, o->topic, o->partition)) == NULL)
			return -1;
		p->committed = o->offset;
		p->leader_epoch = o->leader_epoch;
		p->commit_ms = o->commit_ms;
		free(p->metadata);
		if ((p->metadata = strdup(o->metadata)) == NULL)
			return -1;
	}
	return 0;
}

static char *
copy_text(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return strdup(text != NULL ? text : "");
}

static int
take_member(struct mq_group *g, const char *id, json_t *m)
{
	struct mq_group_member *to = &g->member[g->member_count++];

	to->pid = json_integer_value(json_object_get(m, "pid"));
	to->id = strdup(id);
	to->host = copy_text(m, "host");
	to->strategy = copy_text(m, "strategy");
	return to->id == NULL || to->host == NULL || to->strategy == NULL ? -1 :
									    0;
}

/* What the newest assignment gives to a member that lives. */
static int
take_assigned(struct mq_group *g, struct mq_group_member *m, json_t *assignment)
{
	json_t *part, *list, *number;
	struct mq_group_partition *p;
	const char *topic;
	size_t i;

	part = json_object_get(json_object_get(assignment, "members"), m->id);
	json_object_foreach(json_object_get(part, "partitions"), topic, list)
	{
		json_array_foreach(list, i, number)
		{
			p = entry(g, topic,
			    (int32_t)json_integer_value(number));
			if (p == NULL)
				return -1;
			free(p->member);
			if ((p->member = strdup(m->id)) == NULL)
				return -1;
			m->partitions++;
		}
	}
	return 0;
}

/* Whether somebody holds the lock that lets him read a partition. */
static int
is_owned(int dir, const struct mq_group_partition *p)
{
	char name[MQ_GROUP_OWNER];
	int fd, rc;

	mq_group_owner_name(name, p->topic, p->partition);
	if ((fd = mq_io_open(dir, name, O_RDONLY, 0)) == -1)
		return 0;
	rc = mq_io_locked(fd, 0) == 1;
	(void)mq_io_close(fd);
	return rc;
}

static const char *
state_of(const struct mq_group *g, int dir, json_t *assignment)
{
	size_t i;

	if (g->member_count == 0)
		return "Empty";
	if (json_object_size(json_object_get(assignment, "members")) !=
	    g->member_count)
		return "PreparingRebalance";
	for (i = 0; i < g->partition_count; i++)
		if (g->partition[i].member != NULL &&
		    !is_owned(dir, &g->partition[i]))
			return "PreparingRebalance";
	return "Stable";
}

static int
take_registry(struct mq_group *g, int dir, struct mq_err *err)
{
	json_t *members = mq_registry_members(dir, 0, err), *assignment, *m;
	const char *id;
	size_t i;
	int rc = 0;

	if (members == NULL)
		return -1;
	if ((assignment = mq_registry_assignment(dir, err)) == NULL) {
		json_decref(members);
		return -1;
	}
	g->member = calloc(json_object_size(members) + 1, sizeof(*g->member));
	json_object_foreach(members, id, m)
	{
		if (g->member == NULL || take_member(g, id, m) == -1)
			rc = mq_fail_memory(err);
	}
	for (i = 0; rc == 0 && i < g->member_count; i++)
		if (take_assigned(g, &g->member[i], assignment) == -1)
			rc = mq_fail_memory(err);
	g->generation =
	    json_integer_value(json_object_get(assignment, "generation"));
	g->state = state_of(g, dir, assignment);
	if (g->member_count != 0) {
		free(g->strategy);
		if ((g->strategy = copy_text(assignment, "strategy")) == NULL)
			rc = mq_fail_memory(err);
	}
	json_decref(members);
	json_decref(assignment);
	return rc;
}

/* Where the log stands; a partition that is gone has no lag. */
static int
measure(struct mq *mq, struct mq_group_partition *p, struct mq_err *err)
{
	struct mq_partition_info info;
	int64_t from = p->committed;

	if (mq_partition_get(mq, p->topic, p->partition, &info, err) == -1)
		return err->code == MQ_UNKNOWN_TOPIC_OR_PARTITION ? 0 : -1;
	p->log_start = info.log_start;
	p->log_end = info.high_watermark;
	if (from < info.log_start)
		from = info.log_start;
	p->lag = p->log_end > from ? p->log_end - from : 0;
	return 0;
}

static int
compare_partitions(const void *a, const void *b)
{
	const struct mq_group_partition *x = a, *y = b;
	int rc = strcmp(x->topic, y->topic);

	return rc != 0 ?
	    rc :
	    (x->partition > y->partition) - (x->partition < y->partition);
}

static void
sort(struct mq_group *g)
{
	if (g->partition_count != 0)
		qsort(g->partition, g->partition_count, sizeof(*g->partition),
		    compare_partitions);
}

/*
 * Adds what a topic has of partitions besides those of the group, which stand
 * at *at, sorted; moves *at behind them.
 */
static int
complete_topic(struct mq *mq, struct mq_group *g, size_t *at, size_t count,
    struct mq_err *err)
{
	const char *topic = g->partition[*at].topic;
	struct mq_topic_file file = { .partitions = 0 };
	int32_t i;

	if (mq_topic_file_read(mq->store.dir, topic, &file, err) == -1 &&
	    err->code != MQ_UNKNOWN_TOPIC_OR_PARTITION)
		return -1;
	for (i = 0; i < file.partitions; i++)
		if (*at < count && g->partition[*at].partition == i &&
		    strcmp(g->partition[*at].topic, topic) == 0)
			++*at;
		else if (add_entry(g, topic, i) == NULL)
			return mq_fail_memory(err);
	/* Those that are no longer there. */
	while (*at < count && strcmp(g->partition[*at].topic, topic) == 0)
		++*at;
	return 0;
}

/* All partitions of its topics: of some it may have committed nothing yet. */
static int
complete(struct mq *mq, struct mq_group *g, struct mq_err *err)
{
	size_t at = 0, count = g->partition_count;

	sort(g);
	while (at < count)
		if (complete_topic(mq, g, &at, count, err) == -1)
			return -1;
	sort(g);
	return 0;
}

static int
fill(struct mq *mq, struct mq_group *g, struct mq_err *err)
{
	struct mq_group_offsets os;
	int dir = -1, rc;
	size_t i;

	g->state = "Empty";
	if ((g->strategy = strdup("")) == NULL)
		return mq_fail_memory(err);
	rc = mq_group_must_be(mq, g->name, MQ_GROUP_CONSUMER, err);
	if (rc == -1 || mq_offsets_load(mq, g->name, &os, err) == -1)
		return -1;
	if (rc == 0)
		rc = mq_fail(err, MQ_GROUP_ID_NOT_FOUND, "there is no group %s",
		    g->name);
	else
		rc = mq_group_dir_open(mq, g->name, 0, &dir, err);
	if (rc != -1 && take_offsets(g, &os) == -1)
		rc = mq_fail_memory(err);
	mq_group_offsets_free(&os);
	if (rc != -1 && dir != -1)
		rc = take_registry(g, dir, err);
	if (dir != -1)
		(void)mq_io_close(dir);
	if (rc != -1)
		rc = complete(mq, g, err);
	for (i = 0; rc != -1 && i < g->partition_count; i++)
		rc = measure(mq, &g->partition[i], err);
	return rc == -1 ? -1 : 0;
}

struct mq_group *
mq_group_get(struct mq *mq, const char *group, struct mq_err *err)
{
	struct mq_group *g;

	if (mq_group_name_check(group, err) == -1)
		return NULL;
	g = calloc(1, sizeof(*g));
	if (g == NULL || (g->name = strdup(group)) == NULL)
		(void)mq_fail_memory(err);
	else if (fill(mq, g, err) == 0)
		return g;
	mq_group_free(g);
	return NULL;
}
