/* SPDX-License-Identifier: ISC */
/*
 * Which groups there are, and of which type: a name is that of a consumer
 * group or of a share group, not of both.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "client/group_dir.h"
#include "client/offsets.h"
#include "client/registry.h"
#include "client/share_view.h"

/* What one file makes of its group. */
static int
type_by_file(int dir, char *name)
{
	int64_t size, mtime_ms;
	int32_t partition;

	if (mq_group_is_member(name) ||
	    strcmp(name, MQ_REGISTRY_ASSIGNMENT) == 0)
		return MQ_GROUP_CONSUMER;
	/* An empty one is of a process that has not begun, or was refused. */
	if (mq_io_stat(dir, name, &size, &mtime_ms) == -1 || size == 0)
		return 0;
	if (mq_group_is_holder(name) || mq_share_file_parse(name, &partition))
		return MQ_GROUP_SHARE;
	return 0;
}

int
mq_group_dir_type(int dir, struct mq_err *err)
{
	struct mq_io_names names;
	int type = 0;
	size_t i;

	if (mq_io_list(dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the group's directory");
	for (i = 0; i < names.count && type != MQ_GROUP_CONSUMER; i++)
		type |= type_by_file(dir, names.name[i]);
	mq_io_names_free(&names);
	return (type & MQ_GROUP_CONSUMER) != 0 ? MQ_GROUP_CONSUMER : type;
}

static int
type_by_dir(struct mq *mq, const char *group, struct mq_err *err)
{
	int dir, type;

	if (mq_group_dir_open(mq, group, 0, &dir, err) == -1)
		return -1;
	if (dir == -1)
		return 0;
	type = mq_group_dir_type(dir, err);
	(void)mq_io_close(dir);
	return type == -1 ? mq_fail_context(err, "group %s", group) : type;
}

int
mq_group_type(struct mq *mq, const char *group, struct mq_err *err)
{
	struct mq_group_offsets os;
	int type = type_by_dir(mq, group, err);
	size_t committed;

	if (type != 0)
		return type;
	if (mq_offsets_load(mq, group, &os, err) == -1)
		return -1;
	committed = os.count;
	mq_group_offsets_free(&os);
	if (committed != 0)
		return MQ_GROUP_CONSUMER;
	return mq_share_is_queue(mq, group) ? MQ_GROUP_SHARE : 0;
}

int
mq_group_must_be(struct mq *mq, const char *group, enum mq_group_type must,
    struct mq_err *err)
{
	int type = mq_group_type(mq, group, err);

	if (type == -1 || type == 0 || type == (int)must)
		return type;
	return mq_fail(err, MQ_INCONSISTENT_GROUP_PROTOCOL,
	    "group %s is a %s group", group,
	    type == MQ_GROUP_SHARE ? "share" : "consumer");
}

/* ---- names ------------------------------------------------------------------ */

struct list {
	char **name;
	size_t count;
};

static int
add(struct list *l, const char *name, struct mq_err *err)
{
	char **more = reallocarray(l->name, l->count + 2, sizeof(*more));

	if (more != NULL)
		l->name = more;
	if (more == NULL || (more[l->count] = strdup(name)) == NULL)
		return mq_fail_memory(err);
	more[++l->count] = NULL;
	return 0;
}

/* Those that have a directory in use. */
static int
add_dirs(struct list *l, struct mq *mq, struct mq_err *err)
{
	char **dirs = mq_group_dir_list(mq, err), **d;
	int rc = 0;

	if (dirs == NULL)
		return -1;
	for (d = dirs; *d != NULL && rc == 0; d++)
		if ((rc = type_by_dir(mq, *d, err)) > 0)
			rc = add(l, *d, err);
	mq_names_free(dirs);
	return rc;
}

/* Those that have committed an offset. */
static int
add_committed(struct list *l, struct mq *mq, struct mq_err *err)
{
	struct mq_group_offsets os;
	size_t i;
	int rc = 0;

	if (mq_offsets_load(mq, NULL, &os, err) == -1)
		return -1;
	/* They are sorted by group. */
	for (i = 0; i < os.count && rc == 0; i++)
		if (i == 0 || strcmp(os.at[i].group, os.at[i - 1].group) != 0)
			rc = add(l, os.at[i].group, err);
	mq_group_offsets_free(&os);
	return rc;
}

/* A queue has its group from the start. */
static int
add_queues(struct list *l, struct mq *mq, struct mq_err *err)
{
	char **topics = mq_topic_names(mq, err), **t;
	int rc = 0;

	if (topics == NULL)
		return -1;
	for (t = topics; *t != NULL && rc == 0; t++)
		if (mq_share_is_queue(mq, *t))
			rc = add(l, *t, err);
	mq_names_free(topics);
	return rc;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
unique(struct list *l)
{
	size_t i, to = 0;

	qsort(l->name, l->count, sizeof(*l->name), compare);
	for (i = 0; i < l->count; i++) {
		if (to != 0 && strcmp(l->name[to - 1], l->name[i]) == 0)
			free(l->name[i]);
		else
			l->name[to++] = l->name[i];
	}
	l->name[to] = NULL;
}

char **
mq_group_names(struct mq *mq, struct mq_err *err)
{
	struct list l = { calloc(1, sizeof(*l.name)), 0 };

	if (l.name == NULL) {
		(void)mq_fail_memory(err);
		return NULL;
	}
	if (add_dirs(&l, mq, err) == 0 && add_committed(&l, mq, err) == 0 &&
	    add_queues(&l, mq, err) == 0) {
		unique(&l);
		return l.name;
	}
	mq_names_free(l.name);
	return NULL;
}
