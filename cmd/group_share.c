/* SPDX-License-Identifier: ISC */
/* mq-group describe and seek, for share groups. */
#include <string.h>

#include <jansson.h>

#include "group.h"
#include "topic.h"

static void
row(struct table *t, const struct group *g,
    const struct mq_share_partition_info *p)
{
	group_table_name(t, g->name);
	table_text(t, p->topic);
	table_number(t, p->partition);
	table_number(t, p->start_offset);
	table_number(t, p->log_end);
	table_number(t, p->lag);
	table_number(t, p->available);
	table_number(t, p->acquired);
	table_number(t, p->delayed);
	table_number(t, (int64_t)p->holding_count);
}

/* h: who holds something, or NULL. */
static void
more(struct table *t, const struct group *g, const struct mq_share_holding *h)
{
	int process = h != NULL && h->pid != 0;

	table_text(t, g->share->state);
	table_number(t, process ? h->pid : -1);
	group_table_name(t, process ? h->host : "-");
	table_number(t, h != NULL ? h->records : 0);
	table_number(t, h != NULL ? h->until_ms : -1);
}

void
group_share_rows(struct table *t, const struct group *g, int verbose)
{
	const struct mq_share_partition_info *p;
	size_t i, j;

	for (i = 0; i < g->share->count; i++) {
		p = &g->share->partition[i];
		j = 0;
		do {
			row(t, g, p);
			if (verbose)
				more(t, g,
				    j < p->holding_count ? &p->holding[j] :
							   NULL);
		} while (verbose && ++j < p->holding_count);
	}
}

/* Adds who a process is; null where it is none. */
static void
process_json(json_t *o, int64_t pid, const char *host)
{
	if (pid != 0) {
		(void)json_object_set_new(o, "pid", json_integer(pid));
		group_json_name(o, "host", host);
		return;
	}
	(void)json_object_set_new(o, "pid", json_null());
	(void)json_object_set_new(o, "host", json_null());
}

static json_t *
members_json(const struct mq_share_group *g)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < g->member_count; i++) {
		o = json_object();
		process_json(o, g->member[i].pid, g->member[i].host);
		(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *
holding_json(const struct mq_share_partition_info *p)
{
	const struct mq_share_holding *h;
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < p->holding_count; i++) {
		h = &p->holding[i];
		o = json_object();
		process_json(o, h->pid, h->host);
		(void)json_object_update_new(o,
		    json_pack("{s:I, s:I}", "records", (json_int_t)h->records,
			"until", (json_int_t)h->until_ms));
		(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *
partitions_json(const struct mq_share_group *g)
{
	const struct mq_share_partition_info *p;
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < g->count; i++) {
		p = &g->partition[i];
		o = json_pack("{s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			      "s:I, s:o}",
		    "topic", p->topic, "partition", (int)p->partition,
		    "start_offset", (json_int_t)p->start_offset, "end_offset",
		    (json_int_t)p->end_offset, "log_end",
		    (json_int_t)p->log_end, "lag", (json_int_t)p->lag,
		    "available", (json_int_t)p->available, "acquired",
		    (json_int_t)p->acquired, "delayed", (json_int_t)p->delayed,
		    "deadline", (json_int_t)p->deadline_ms, "holding",
		    holding_json(p));
		(void)json_array_append_new(list, o);
	}
	return list;
}

void
group_share_json(json_t *object, const struct group *g)
{
	(void)json_object_update_new(object,
	    json_pack("{s:s, s:o, s:o}", "state", g->share->state, "members",
		members_json(g->share), "partitions",
		partitions_json(g->share)));
}

void
group_set(struct mq_conf *conf, const char *name, const char *value)
{
	struct mq_err e;

	if (mq_conf_set(conf, name, value, &e) == -1)
		cmd_usage("%s", e.text);
}

int
group_share_is_queue(struct mq *mq, const char *topic)
{
	struct mq_err ignored;
	struct mq_topic *t = mq_topic_get(mq, topic, &ignored);
	int queue = t != NULL && t->queue;

	mq_topic_free(t);
	return queue;
}

/* A queue and its group are for each other alone. */
static int
may_read(struct mq *mq, const char *group, const char *topic)
{
	if (strcmp(group, topic) == 0)
		return 1;
	if (group_share_is_queue(mq, topic))
		cmd_say("topic %s is a queue: its one share group is %s, "
			"not %s",
		    topic, topic, group);
	else if (group_share_is_queue(mq, group))
		cmd_say("group %s is a queue's, and reads that alone, not "
			"topic %s",
		    group, topic);
	else
		return 1;
	return 0;
}

/* Whether it can be moved there, as things are. */
static int
check_position(struct mq *mq, const struct group *g,
    const struct mq_group_position *to)
{
	const struct mq_share_partition_info *p;
	size_t i;

	if (to->offset == -1) {
		cmd_say("group %s: topic %s, partition %d: a share group "
			"stands somewhere, it cannot forget that",
		    g->name, to->topic, (int)to->partition);
		return CMD_DATA;
	}
	if (!may_read(mq, g->name, to->topic))
		return CMD_USAGE;
	for (i = 0; i < g->share->count; i++) {
		p = &g->share->partition[i];
		if (p->acquired != 0 && p->partition == to->partition &&
		    strcmp(p->topic, to->topic) == 0) {
			cmd_say("group %s: topic %s, partition %d: %lld "
				"record%s acquired",
			    g->name, to->topic, (int)to->partition,
			    (long long)p->acquired,
			    p->acquired == 1 ? " is" : "s are");
			return CMD_TRY_AGAIN;
		}
	}
	return CMD_OK;
}

int
group_share_seek(struct mq *mq, const struct group_options *o,
    struct group_plan *plan, const struct group *was)
{
	const struct mq_group_position *to = plan->to;
	int status = CMD_OK;
	struct mq_err e;
	size_t i;

	for (i = 0; i < plan->count && status == CMD_OK; i++)
		status = check_position(mq, was, &to[i]);
	if (o->dry_run)
		plan->moved = plan->count;
	else if (status != CMD_OK)
		cmd_say("nothing is moved");
	/* Somebody may have acquired something since. */
	while (status == CMD_OK && plan->moved < plan->count) {
		to = &plan->to[plan->moved];
		if (mq_share_seek(mq, was->name, to->topic, to->partition,
			to->offset, &e) == 0)
			plan->moved++;
		else
			topic_tell(&status, &e);
	}
	return status;
}
