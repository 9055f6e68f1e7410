/* SPDX-License-Identifier: ISC */
/* mq-group list, describe and wait. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "group.h"
#include "signals.h"
#include "topic.h"

/* Calls show for each of the groups, and prints the table. */
typedef void group_show(const struct group_options *, struct table *,
    const struct group *);

static void
show_all(const struct group_options *o, const struct group *g, size_t count,
    const char *heads, group_show *show)
{
	struct table table;
	size_t i;

	table_start(&table, heads);
	for (i = 0; i < count; i++)
		show(o, &table, &g[i]);
	table_print(&table);
}

static void
list_json(const struct group *g, const char *state, size_t members,
    size_t partitions)
{
	json_t *o = json_object();

	group_json_name(o, "group", g->name);
	(void)json_object_update_new(o,
	    json_pack("{s:s, s:I, s:I, s:I, s:s}", "state", state, "members",
		(json_int_t)members, "partitions", (json_int_t)partitions,
		"lag", (json_int_t)group_lag(g), "type", group_type(g)));
	group_json_print(o);
}

static void
list(const struct group_options *o, struct table *t, const struct group *g)
{
	const struct mq_share_group *s = g->share;
	const struct mq_group *c = g->consumer;
	const char *state = s != NULL ? s->state : c->state;
	size_t members = s != NULL ? s->member_count : c->member_count;
	size_t partitions = s != NULL ? s->count : c->partition_count;

	if (o->json) {
		list_json(g, state, members, partitions);
		return;
	}
	group_table_name(t, g->name);
	table_text(t, state);
	table_number(t, (int64_t)members);
	table_number(t, (int64_t)partitions);
	table_number(t, group_lag(g));
	table_text(t, group_type(g));
}

/* The groups of the operands; what cannot be had is told. */
static struct group *
groups(struct mq *mq, char *const *names, size_t *count, int *status)
{
	struct group *g = NULL;
	struct mq_err e;
	size_t n = 0;

	for (; *names != NULL; names++) {
		g = cmd_alloc(g, n + 1, sizeof(*g));
		if (group_get(mq, *names, &g[n], &e) == 0)
			n++;
		else
			topic_tell(status, &e);
	}
	*count = n;
	return g;
}

/* Has print called with all of them. */
static int
each(const struct group_options *o,
    void (*print)(const struct group_options *, const struct group *, size_t))
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = cmd_groups(mq, o->operand, o->patterns);
	int status = CMD_OK;
	struct group *g;
	size_t n;

	g = groups(mq, names, &n, &status);
	print(o, g, n);
	while (n != 0)
		group_free(&g[--n]);
	free(g);
	mq_names_free(names);
	mq_close(mq);
	return status;
}

static void
print_list(const struct group_options *o, const struct group *g, size_t count)
{
	show_all(o, g, count, "GROUP STATE #MEMBERS #PARTITIONS #LAG TYPE",
	    list);
}

int
group_list(const struct group_options *o)
{
	return each(o, print_list);
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
	size_t i;
	json_t *list = json_array(), *o;

	for (i = 0; i < g->member_count; i++) {
		m = &g->member[i];
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
	size_t i;
	json_t *list = json_array(), *o;

	for (i = 0; i < g->partition_count; i++) {
		p = &g->partition[i];
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
consumer_json(json_t *o, const struct mq_group *g)
{
	(void)json_object_update_new(o,
	    json_pack("{s:s, s:s, s:I, s:o, s:o}", "state", g->state,
		"strategy", g->strategy, "generation",
		(json_int_t)g->generation, "members", members_json(g),
		"partitions", partitions_json(g)));
}

static void
describe_json(const struct group_options *options, struct table *t,
    const struct group *g)
{
	json_t *o = json_object();

	(void)options;
	(void)t;
	group_json_name(o, "group", g->name);
	(void)json_object_set_new(o, "type", json_string(group_type(g)));
	if (g->share != NULL)
		group_share_json(o, g);
	else
		consumer_json(o, g->consumer);
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
	size_t i;

	for (i = 0; i < g->partition_count; i++) {
		p = &g->partition[i];
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
	size_t i;

	for (i = 0; i < g->member_count; i++) {
		m = &g->member[i];
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
describe_consumers(const struct group_options *o, struct table *table,
    const struct group *g)
{
	if (g->consumer == NULL)
		return;
	describe_partitions(o, table, g->consumer);
	if (o->verbose)
		describe_idle(table, g->consumer);
}

static void
describe_shares(const struct group_options *o, struct table *table,
    const struct group *g)
{
	if (g->share != NULL)
		group_share_rows(table, g, o->verbose);
}

#define HEADS "GROUP TOPIC #PARTITION #COMMITTED #END #LAG MEMBER #PID HOST"
#define MORE  " STATE STRATEGY #EPOCH #TIMESTAMP METADATA"

/* The two types have columns of their own: a table for each. */
static void
print_description(const struct group_options *o, const struct group *g,
    size_t count)
{
	if (o->json) {
		show_all(o, g, count, HEADS, describe_json);
		return;
	}
	show_all(o, g, count, o->verbose ? HEADS MORE : HEADS,
	    describe_consumers);
	show_all(o, g, count,
	    o->verbose ? GROUP_SHARE_HEADS GROUP_SHARE_MORE : GROUP_SHARE_HEADS,
	    describe_shares);
}

int
group_describe(const struct group_options *o)
{
	return each(o, print_description);
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

static void
print_wait(const struct group_options *o, int reached)
{
	json_t *line = json_object();

	group_json_name(line, "group", o->operand[0]);
	if (o->topic != NULL)
		(void)json_object_set_new(line, "topic", json_string(o->topic));
	(void)json_object_update_new(line,
	    json_pack("{s:I, s:b}", "lag", (json_int_t)o->lag, "reached",
		reached));
	group_json_print(line);
	group_json_end();
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
	if (o->json)
		print_wait(o, rc == 1);
	return rc == 1 ? CMD_OK : CMD_NOTHING;
}
