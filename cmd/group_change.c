/* SPDX-License-Identifier: ISC */
/* mq-group seek, commit and delete. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "group.h"
#include "topic.h"

static void
print_json(const struct group_options *o, const struct mq_group_position *to,
    int64_t before)
{
	json_t *line = json_object();

	group_json_name(line, "group", o->operand[0]);
	(void)json_object_update_new(line,
	    json_pack("{s:s, s:i, s:I, s:I}", "topic", to->topic, "partition",
		(int)to->partition, "committed", (json_int_t)to->offset,
		"before", (json_int_t)before));
	group_json_print(line);
}

/* was: the group as it stood, or NULL where it is new. */
static void
print_plan(const struct group_options *o, const struct group_plan *plan,
    const struct mq_group *was)
{
	const struct mq_group_position *to = plan->to;
	const struct mq_group_partition *p;
	struct table table;
	int64_t before;

	table_start(&table, "GROUP TOPIC #PARTITION #COMMITTED #BEFORE");
	for (; to < plan->to + plan->count; to++) {
		p = was == NULL ?
		    NULL :
		    group_partition(was, to->topic, to->partition);
		before = p != NULL ? p->committed : -1;
		if (o->json) {
			print_json(o, to, before);
			continue;
		}
		group_table_name(&table, o->operand[0]);
		table_text(&table, to->topic);
		table_number(&table, to->partition);
		table_number(&table, to->offset);
		table_number(&table, before);
	}
	table_print(&table);
}

/* What a commit would say now of members. */
static int
would_refuse(const struct group_plan *plan, const struct mq_group *g)
{
	const struct mq_group_position *to = plan->to;
	const struct mq_group_partition *p;

	for (; g != NULL && to < plan->to + plan->count; to++) {
		p = group_partition(g, to->topic, to->partition);
		if (p == NULL || p->member == NULL)
			continue;
		cmd_say("group %s: a member reads topic %s, partition %d",
		    g->name, to->topic, (int)to->partition);
		return CMD_TRY_AGAIN;
	}
	return CMD_OK;
}

/* The group, or NULL where it is new. */
static struct mq_group *
group_now(struct mq *mq, const char *group)
{
	struct mq_err e;
	struct mq_group *g = mq_group_get(mq, group, &e);

	if (g == NULL && e.code != MQ_GROUP_ID_NOT_FOUND)
		cmd_fail(&e);
	return g;
}

static int
seek(struct mq *mq, const struct group_options *o,
    const struct group_plan *plan)
{
	struct mq_group *was = group_now(mq, o->operand[0]);
	int status = CMD_OK;
	struct mq_err e;

	if (o->dry_run)
		status = would_refuse(plan, was);
	else if (mq_group_commit(mq, o->operand[0], plan->to, plan->count,
		     &e) == -1)
		cmd_fail(&e);
	print_plan(o, plan, was);
	mq_group_free(was);
	return status;
}

int
group_seek(const struct group_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	struct group_plan plan = { NULL, NULL, 0 };
	int status;

	if ((status = group_plan(mq, o, 0, &plan)) == CMD_OK)
		status = seek(mq, o, &plan);
	else if (!o->dry_run)
		cmd_say("nothing is moved");
	group_plan_free(&plan);
	mq_close(mq);
	return status;
}

static void
check_exact(const struct mq_ranges *ranges)
{
	struct mq_position from, until;
	int32_t p;
	size_t i;

	for (i = 0; (p = mq_ranges_partition(ranges, i)) != -2; i++)
		if (mq_ranges_get(ranges, p, &from, &until) != 1 ||
		    from.kind != MQ_POSITION_OFFSET)
			cmd_usage("commit -o: an offset is wanted, which names "
				  "the record that is read next");
}

/* One offset is hardly meant for several partitions. */
static void
check_named(const struct group_options *o, const struct group_plan *plan)
{
	size_t i = 0;
	int32_t p;

	if (o->partition != NULL || plan->count < 2)
		return;
	while ((p = mq_ranges_partition(o->ranges, i)) != -2 && p != -1)
		i++;
	if (p == -1)
		cmd_usage("commit -o: topic %s has more than one partition; "
			  "it reads 0=17",
		    o->topic);
}

int
group_commit(const struct group_options *o)
{
	struct mq *mq;
	struct group_plan plan = { NULL, NULL, 0 };
	struct mq_err e;
	int status;

	check_exact(o->ranges);
	mq = cmd_open(o->target, 0);
	if ((status = group_plan(mq, o, 1, &plan)) == CMD_OK) {
		check_named(o, &plan);
		if (mq_group_commit(mq, o->operand[0], plan.to, plan.count,
			&e) == -1)
			cmd_fail(&e);
		if (o->verbose)
			cmd_say("group %s: %zu partition%s committed",
			    o->operand[0], plan.count,
			    plan.count == 1 ? "" : "s");
	} else
		cmd_say("nothing is committed");
	group_plan_free(&plan);
	mq_close(mq);
	return status;
}

/* All are there, and nobody is in them; or the program ends. */
static void
check_delete(struct mq *mq, char *const *name)
{
	struct mq_group *g;
	struct mq_err e;

	for (; *name != NULL; name++) {
		if ((g = mq_group_get(mq, *name, &e)) == NULL)
			cmd_fail(&e);
		if (g->member_count != 0)
			cmd_die(CMD_TRY_AGAIN, "group %s has %zu member%s",
			    *name, g->member_count,
			    g->member_count == 1 ? "" : "s");
		mq_group_free(g);
	}
}

int
group_delete(const struct group_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = cmd_groups(mq, o->operand, o->patterns), **name;
	int status = CMD_OK;
	struct table table;
	struct mq_err e;

	check_delete(mq, names);
	table_start(&table, "GROUP");
	for (name = names; *name != NULL; name++) {
		if (o->dry_run)
			group_table_name(&table, *name);
		else if (mq_group_delete(mq, *name, &e) == -1)
			topic_tell(&status, &e);
		else if (o->verbose)
			cmd_say("group %s deleted", *name);
	}
	table_print(&table);
	mq_names_free(names);
	mq_close(mq);
	return status;
}
