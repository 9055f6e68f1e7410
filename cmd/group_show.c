/* SPDX-License-Identifier: ISC */
/* mq-group list, describe and wait. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "group.h"
#include "signals.h"

struct mq_group *
group_get(struct mq *mq, const char *group, int *status)
{
	struct mq_err e;
	struct mq_group *g = mq_group_get(mq, group, &e);

	if (g != NULL)
		return g;
	cmd_say("%s", e.text);
	if (*status == CMD_OK)
		*status = cmd_status(&e);
	return NULL;
}

const struct mq_group_partition *
group_partition(const struct mq_group *g, const char *topic, int32_t partition)
{
	size_t i;

	for (i = 0; i < g->partition_count; i++)
		if (g->partition[i].partition == partition &&
		    strcmp(g->partition[i].topic, topic) == 0)
			return &g->partition[i];
	return NULL;
}

/* Of the partitions that are there. */
static int64_t
total_lag(const struct mq_group *g)
{
	int64_t lag = 0;
	size_t i;

	for (i = 0; i < g->partition_count; i++)
		if (g->partition[i].lag > 0)
			lag += g->partition[i].lag;
	return lag;
}

static void
list_json(const struct mq_group *g)
{
	json_t *o = json_object();

	group_json_name(o, "group", g->name);
	(void)json_object_update_new(o,
	    json_pack("{s:s, s:I, s:I, s:I}", "state", g->state, "members",
		(json_int_t)g->member_count, "partitions",
		(json_int_t)g->partition_count, "lag",
		(json_int_t)total_lag(g)));
	group_json_print(o);
}

static void
list_row(struct table *t, const struct mq_group *g)
{
	group_table_name(t, g->name);
	table_text(t, g->state);
	table_number(t, (int64_t)g->member_count);
	table_number(t, (int64_t)g->partition_count);
	table_number(t, total_lag(g));
}

/* Calls show for each group of the operands, and prints the table. */
static int
each(const struct group_options *o, const char *heads,
    void (*show)(const struct group_options *, struct table *,
	const struct mq_group *))
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = cmd_groups(mq, o->operand, o->patterns), **name;
	int status = CMD_OK;
	struct mq_group *g;
	struct table table;

	table_start(&table, heads);
	for (name = names; *name != NULL; name++) {
		if ((g = group_get(mq, *name, &status)) != NULL)
			show(o, &table, g);
		mq_group_free(g);
	}
	table_print(&table);
	mq_names_free(names);
	mq_close(mq);
	return status;
}

static void
list(const struct group_options *o, struct table *table,
    const struct mq_group *g)
{
	if (o->json)
		list_json(g);
	else
		list_row(table, g);
}

int
group_list(const struct group_options *o)
{
	return each(o, "GROUP STATE #MEMBERS #PARTITIONS #LAG", list);
}

static const struct mq_group_member *
member(const struct mq_group *g, const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < g->member_count; i++)
		if (strcmp(g->member[i].id, id) == 0)
			return &g->member[i];
	return NULL;
}

static json_t *
members_json(const struct mq_group *g)
{
	const struct mq_group_member *m;
	json_t *list = json_array(), *o;

	for (m = g->member; m < g->member + g->member_count; m++) {
		o = json_pack("{s:s, s:I}", "member", m->id, "pid",
		    (json_int_t)m->pid);
		group_json_name(o, "host", m->host);
		(void)json_object_set_new(o, "partitions",
		    json_integer(m->partitions));
		(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *
partitions_json(const struct mq_group *g)
{
	const struct mq_group_partition *p;
	json_t *list = json_array(), *o;

	for (p = g->partition; p < g->partition + g->partition_count; p++) {
		o = json_pack("{s:s, s:i, s:I, s:I, s:I, s:I, s:i, s:I}",
		    "topic", p->topic, "partition", (int)p->partition,
		    "committed", (json_int_t)p->committed, "log_start",
		    (json_int_t)p->log_start, "log_end", (json_int_t)p->log_end,
		    "lag", (json_int_t)p->lag, "leader_epoch",
		    (int)p->leader_epoch, "timestamp",
		    (json_int_t)p->commit_ms);
		group_json_name(o, "metadata", p->metadata);
		(void)json_object_set_new(o, "member",
		    p->member != NULL ? json_string(p->member) : json_null());
		(void)json_array_append_new(list, o);
	}
	return list;
}

static void
describe_json(const struct mq_group *g)
{
	json_t *o = json_object();

	group_json_name(o, "group", g->name);
	(void)json_object_update_new(o,
	    json_pack("{s:s, s:s, s:I, s:o, s:o}", "state", g->state,
		"strategy", g->strategy, "generation",
		(json_int_t)g->generation, "members", members_json(g),
		"partitions", partitions_json(g)));
	group_json_print(o);
}

static void
describe_owner(struct table *t, const struct mq_group_member *m)
{
	table_text(t, m != NULL ? m->id : "-");
	table_number(t, m != NULL ? m->pid : -1);
	group_table_name(t, m != NULL ? m->host : "-");
}

static void
describe_more(struct table *t, const struct mq_group *g,
    const struct mq_group_partition *p)
{
	table_text(t, g->state);
	table_text(t, *g->strategy != '\0' ? g->strategy : "-");
	table_number(t, p != NULL ? p->leader_epoch : -1);
	table_number(t, p != NULL ? p->commit_ms : -1);
	group_table_name(t,
	    p != NULL && *p->metadata != '\0' ? p->metadata : "-");
}

static void
describe_partitions(const struct group_options *o, struct table *t,
    const struct mq_group *g)
{
	const struct mq_group_partition *p;

	for (p = g->partition; p < g->partition + g->partition_count; p++) {
		group_table_name(t, g->name);
		table_text(t, p->topic);
		table_number(t, p->partition);
		table_number(t, p->committed);
		table_number(t, p->log_end);
		table_number(t, p->lag);
		describe_owner(t, member(g, p->member));
		if (o->verbose)
			describe_more(t, g, p);
	}
}

/* Members that have no partition, which are in no other row. */
static void
describe_idle(struct table *t, const struct mq_group *g)
{
	const struct mq_group_member *m;

	for (m = g->member; m < g->member + g->member_count; m++) {
		if (m->partitions != 0)
			continue;
		group_table_name(t, g->name);
		table_text(t, "-");
		table_number(t, -1);
		table_number(t, -1);
		table_number(t, -1);
		table_number(t, -1);
		describe_owner(t, m);
		describe_more(t, g, NULL);
	}
}

static void
describe(const struct group_options *o, struct table *table,
    const struct mq_group *g)
{
	if (o->json) {
		describe_json(g);
		return;
	}
	describe_partitions(o, table, g);
	if (o->verbose)
		describe_idle(table, g);
}

#define HEADS "GROUP TOPIC #PARTITION #COMMITTED #END #LAG MEMBER #PID HOST"

int
group_describe(const struct group_options *o)
{
	return each(o,
	    o->verbose ? HEADS " STATE STRATEGY #EPOCH #TIMESTAMP METADATA" :
			 HEADS,
	    describe);
}

/* One that is not there would be waited for as if all of it were read. */
static void
check_topic(struct mq *mq, const char *topic)
{
	struct mq_topic *t;
	struct mq_err e;

	if (topic == NULL)
		return;
	if ((t = mq_topic_get(mq, topic, &e)) == NULL)
		cmd_fail(&e);
	mq_topic_free(t);
}

int
group_wait(const struct group_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	struct mq_err e;
	int rc;

	check_topic(mq, o->topic);
	mq_set_wakeup(mq, signals_catch());
	rc = mq_group_wait(mq, o->operand[0], o->topic, o->lag, o->wait_ms, &e);
	if (rc == -1)
		cmd_fail(&e);
	mq_close(mq);
	if (rc == 0 && signals_came() != 0)
		signals_die();
	return rc == 1 ? CMD_OK : CMD_NOTHING;
}
