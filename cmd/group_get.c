/* SPDX-License-Identifier: ISC */
/* A group of either type, as the subcommands see it. */
#include <stdlib.h>
#include <string.h>

#include "group.h"

int
group_get(struct mq *mq, const char *name, struct group *g, struct mq_err *e)
{
	(void)memset(g, 0, sizeof(*g));
	g->name = name;
	if ((g->consumer = mq_group_get(mq, name, e)) != NULL)
		return 0;
	if (e->code == MQ_INCONSISTENT_GROUP_PROTOCOL)
		g->share = mq_share_describe(mq, name, e);
	return g->share != NULL ? 0 : -1;
}

void
group_get_share(struct mq *mq, const char *name, struct group *g)
{
	struct mq_err e;

	if (group_get(mq, name, g, &e) == -1)
		cmd_fail(&e);
	if (g->share == NULL)
		cmd_die(CMD_UNAVAILABLE, "group %s is no share group", name);
}

void
group_free(struct group *g)
{
	mq_group_free(g->consumer);
	mq_share_group_free(g->share);
	(void)memset(g, 0, sizeof(*g));
}

const char *
group_type(const struct group *g)
{
	return g->share != NULL ? "Share" : "Consumer";
}

int
group_wanted(const struct group_options *o, const char *topic,
    int32_t partition)
{
	size_t i;

	if (o->topic != NULL && strcmp(o->topic, topic) != 0)
		return 0;
	for (i = 0; i < o->partition_count; i++)
		if (o->partition[i] == partition)
			return 1;
	return o->partition == NULL;
}

const struct mq_share_partition_info **
group_parts(const struct group *g, const struct group_options *o)
{
	const struct mq_share_partition_info **list, *p = g->share->partition;
	size_t i, n = 0;

	list = cmd_alloc(NULL, g->share->count + 1, sizeof(*list));
	for (i = 0; i < g->share->count; i++)
		if (group_wanted(o, p[i].topic, p[i].partition))
			list[n++] = &p[i];
	list[n] = NULL;
	if (n != 0 || (o->topic == NULL && o->partition == NULL))
		return list;
	free(list);
	if (o->topic != NULL)
		cmd_die(CMD_UNAVAILABLE,
		    "group %s has not read topic %s, or no such partition of "
		    "it",
		    g->name, o->topic);
	cmd_die(CMD_UNAVAILABLE,
	    "group %s has read no partition of that number", g->name);
}

int64_t
group_offset(const struct group *g, const char *topic, int32_t partition)
{
	const struct mq_share_group *s = g->share;
	const struct mq_group *c = g->consumer;
	size_t i;

	for (i = 0; c != NULL && i < c->partition_count; i++)
		if (c->partition[i].partition == partition &&
		    strcmp(c->partition[i].topic, topic) == 0)
			return c->partition[i].committed;
	for (i = 0; s != NULL && i < s->count; i++)
		if (s->partition[i].partition == partition &&
		    strcmp(s->partition[i].topic, topic) == 0)
			return s->partition[i].start_offset;
	return -1;
}

int64_t
group_lag(const struct group *g)
{
	int64_t lag = 0;
	size_t i;

	for (i = 0; g->consumer != NULL && i < g->consumer->partition_count;
	     i++)
		if (g->consumer->partition[i].lag > 0)
			lag += g->consumer->partition[i].lag;
	for (i = 0; g->share != NULL && i < g->share->count; i++)
		lag += g->share->partition[i].lag;
	return lag;
}
