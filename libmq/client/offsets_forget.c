/* SPDX-License-Identifier: ISC */
/*
 * A group that is deleted takes with it what it has committed, and a topic what
 * groups have committed of it.  What a kill leaves, and what a member commits
 * that has not seen it yet, is found when a topic of that name is made.
 */
#include <string.h>

#include "base/clock.h"
#include "client/offsets.h"

#define TOGETHER 1024 /* of the longest names a batch holds so many */

static void
tombstone(struct mq_committed_offset *c, const struct mq_group_offset *o)
{
	(void)memset(c, 0, sizeof(*c));
	c->group.data = o->group;
	c->group.len = strlen(o->group);
	c->topic.data = o->topic;
	c->topic.len = strlen(o->topic);
	c->partition = o->partition;
	c->offset = c->leader_epoch = -1;
	c->commit_ms = mq_clock_wall_ms();
}

static int
forget(struct mq *mq, const struct mq_group_offsets *os, struct mq_err *err)
{
	struct mq_committed_offset list[TOGETHER];
	struct mq_offsets offsets;
	size_t i, n = 0;
	int rc = 0;

	mq_offsets_init(&offsets, mq);
	for (i = 0; i < os->count && rc == 0; i++) {
		tombstone(&list[n++], &os->at[i]);
		if (n < TOGETHER && i + 1 < os->count)
			continue;
		rc = mq_offsets_commit(&offsets, list, n, err);
		n = 0;
	}
	if (rc == 0)
		rc = mq_offsets_flush(&offsets, err);
	mq_offsets_free(&offsets);
	return rc;
}

int
mq_offsets_forget(struct mq *mq, const char *topic, struct mq_err *err)
{
	struct mq_group_offsets os;
	int rc;

	if (strcmp(topic, MQ_COMMITTED_TOPIC) == 0)
		return 0;
	if (mq_offsets_load_topic(mq, topic, &os, err) == -1)
		return -1;
	rc = forget(mq, &os, err);
	mq_group_offsets_free(&os);
	return rc;
}

int
mq_offsets_forget_group(struct mq *mq, const char *group, struct mq_err *err)
{
	struct mq_group_offsets os;
	int rc;

	if (mq_offsets_load(mq, group, &os, err) == -1)
		return -1;
	rc = forget(mq, &os, err);
	mq_group_offsets_free(&os);
	return rc;
}
