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
    const char *member, int64_t before)
{
	json_t *line = json_object();

	group_json_name(line, "group", o->operand[0]);
	(void)json_object_update_new(line,
	    json_pack("{s:s, s:i, s:I, s:I}", "topic", to->topic, "partition",
		(int)to->partition, member, (json_int_t)to->offset, "before",
		(json_int_t)before));
	group_json_print(line);
}

/* was: the group as it stood. */
static void
print_plan(const struct group_options *o, const struct group_plan *plan,
    const struct group *was)
{
	const struct mq_group_position *to = plan->to;
	int share = was->share != NULL;
	struct table table;
	int64_t before;

	table_start(&table,
	    share ? "GROUP TOPIC #PARTITION #START #BEFORE" :
		    "GROUP TOPIC #PARTITION #COMMITTED #BEFORE");
	for (; to < plan->to + plan->moved; to++) {
		before = group_offset(was, to->topic, to->partition);
		if (o->json) {
			print_json(o, to, share ? "start_offset" : "committed",
			    before);
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
	size_t i, n = g != NULL ? plan->count : 0;

	for (; n != 0; n--, to++)
		for (i = 0; i < g->partition_count; i++) {
			p = &g->partition[i];
			if (p->member == NULL ||
			    p->partition != to->partition ||
			    strcmp(p->topic, to->topic) != 0)
				continue;
			cmd_say("group %s: a member reads topic %s, "
				"partition %d",
			    g->name, to->topic, (int)to->partition);
			return CMD_TRY_AGAIN;
		}
	return CMD_OK;
}

static int
seek_consumers(struct mq *mq, const struct group_options *o,
    struct group_plan *plan, const struct group *was)
{
	struct mq_err e;

	plan->moved = plan->count;
	if (o->dry_run)
		return would_refuse(plan, was->consumer);
	if (mq_group_commit(mq, o->operand[0], plan->to, plan->count, &e) == -1)
		cmd_fail(&e);
	return CMD_OK;
}

/* The group, of which nothing is known where it is new. */
static void
group_now(struct mq *mq, const char *name, struct group *g)
{
	struct mq_err e;

	if (group_get(mq, name, g, &e) == -1 && e.code != MQ_GROUP_ID_NOT_FOUND)
		cmd_fail(&e);
}

int
group_seek(const struct group_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	struct group_plan plan = { NULL, NULL, 0, 0 };
	struct group was;
	int status;

	group_now(mq, o->operand[0], &was);
	if ((status = group_plan(mq, o, 0, &plan)) == CMD_OK) {
		status = was.share != NULL ?
		    group_share_seek(mq, o, &plan, &was) :
		    seek_consumers(mq, o, &plan, &was);
		print_plan(o, &plan, &was);
	} else if (!o->dry_run)
		cmd_say("nothing is moved");
	group_free(&was);
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

static void
print_committed(const struct group_options *o, const struct group_plan *plan)
{
	const struct mq_group_position *to = plan->to;
	json_t *line;
	size_t n;

	for (n = plan->count; n != 0; n--, to++) {
		line = json_object();
		group_json_name(line, "group", o->operand[0]);
		(void)json_object_update_new(line,
		    json_pack("{s:s, s:i, s:I}", "topic", to->topic,
			"partition", (int)to->partition, "committed",
			(json_int_t)to->offset));
		group_json_print(line);
	}
	group_json_end();
}

int
group_commit(const struct group_options *o)
{
	struct mq *mq;
	struct group_plan plan = { NULL, NULL, 0, 0 };
	struct mq_err e;
	int status;

	check_exact(o->ranges);
	mq = cmd_open(o->target, 0);
	if (mq_group_type(mq, o->operand[0], &e) == MQ_GROUP_SHARE)
		cmd_die(CMD_UNAVAILABLE,
		    "group %s is a share group, which has nothing to commit: "
		    "accept, release and reject say what became of a record",
		    o->operand[0]);
	if ((status = group_plan(mq, o, 1, &plan)) == CMD_OK) {
		check_named(o, &plan);
		if (mq_group_commit(mq, o->operand[0], plan.to, plan.count,
			&e) == -1)
			cmd_fail(&e);
		if (o->json)
			print_committed(o, &plan);
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

/* A share group's members read all of its partitions. */
static size_t
members(const struct group *g)
{
	return g->share != NULL ? g->share->member_count :
				  g->consumer->member_count;
}

/* Nobody is in it, and nothing of it is held; or the program ends. */
static void
check_idle(const struct group *g)
{
	size_t i, n = members(g);
	int64_t held = 0;

	if (n != 0)
		cmd_die(CMD_TRY_AGAIN, "group %s has %zu member%s", g->name, n,
		    n == 1 ? "" : "s");
	for (i = 0; g->share != NULL && i < g->share->count; i++)
		held += g->share->partition[i].acquired;
	if (held != 0)
		cmd_die(CMD_TRY_AGAIN, "group %s: %lld record%s acquired",
		    g->name, (long long)held, held == 1 ? " is" : "s are");
}

/*
 * All are there and can be deleted, or the program ends.  A queue's, which
 * cannot, is passed over where a pattern has found it: names are moved up.
 */
static void
check_delete(struct mq *mq, const struct group_options *o, char **name)
{
	char **to = name;
	struct mq_err e;
	struct group g;

	for (; *name != NULL; name++) {
		if (group_share_is_queue(mq, *name)) {
			if (!o->patterns)
				cmd_die(CMD_USAGE,
				    "group %s goes with its queue: mq-topic "
				    "delete",
				    *name);
			free(*name);
			continue;
		}
		if (group_get(mq, *name, &g, &e) == -1)
			cmd_fail(&e);
		check_idle(&g);
		group_free(&g);
		*to++ = *name;
	}
	*to = NULL;
}

static int
forget(struct mq *mq, const char *name, struct mq_err *e)
{
	int type = mq_group_type(mq, name, e);

	if (type == -1)
		return -1;
	return type == MQ_GROUP_SHARE ? mq_share_delete(mq, name, e) :
					mq_group_delete(mq, name, e);
}

static void
print_deleted(struct table *t, const struct group_options *o, const char *name)
{
	json_t *line;

	if (o->json) {
		line = json_object();
		group_json_name(line, "group", name);
		(void)json_object_set_new(line, "deleted",
		    json_boolean(!o->dry_run));
		group_json_print(line);
	} else if (o->dry_run)
		group_table_name(t, name);
	else if (o->verbose)
		cmd_say("group %s deleted", name);
}

int
group_delete(const struct group_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = cmd_groups(mq, o->operand, o->patterns), **name;
	int status = CMD_OK;
	struct table table;
	struct mq_err e;

	check_delete(mq, o, names);
	table_start(&table, "GROUP");
	for (name = names; *name != NULL; name++) {
		if (!o->dry_run && forget(mq, *name, &e) == -1)
			topic_tell(&status, &e);
		else
			print_deleted(&table, o, *name);
	}
	table_print(&table);
	mq_names_free(names);
	mq_close(mq);
	return status;
}
