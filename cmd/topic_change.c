/* SPDX-License-Identifier: ISC */
/* mq-topic create, alter, delete, trim and clean. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "table.h"
#include "topic.h"

/* Names that no topic can have. */
static void
check_names(struct mq *mq, char *const *name)
{
	struct mq_err e;
	struct mq_topic *t;

	for (; *name != NULL; name++) {
		t = mq_topic_get(mq, *name, &e);
		if (t == NULL && e.code == MQ_INVALID_TOPIC)
			cmd_fail(&e);
		mq_topic_free(t);
	}
}

int
topic_create(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, MQ_OPEN_CREATE);
	int32_t partitions = o->partitions != 0 ? o->partitions : 1;
	struct mq_err e;
	int (*make)(struct mq *, const char *, int32_t, const struct mq_conf *,
	    struct mq_err *) = o->queue ? mq_queue_create : mq_topic_create;
	char **names = cmd_topics(mq, o->operand, 0), **name;

	check_names(mq, names);
	for (name = names; *name != NULL; name++) {
		if (make(mq, *name, partitions, o->conf, &e) == -1)
			cmd_fail(&e);
		if (o->verbose)
			cmd_say("%s %s created", o->queue ? "queue" : "topic",
			    *name);
	}
	mq_names_free(names);
	mq_close(mq);
	return CMD_OK;
}

int
topic_alter(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = topic_names(mq, o), **name;
	int status = CMD_OK;
	struct mq_err e;

	for (name = names; *name != NULL; name++) {
		if (mq_topic_alter(mq, *name, o->partitions, o->conf,
			(const char *const *)(void *)o->unset, &e) == -1)
			topic_tell(&status, &e);
		else if (o->verbose)
			cmd_say("topic %s altered", *name);
	}
	mq_names_free(names);
	mq_close(mq);
	return status;
}

int
topic_delete(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = topic_names(mq, o), **name;
	int status = CMD_OK;
	struct mq_err e;

	for (name = names; *name != NULL; name++) {
		if (o->dry_run)
			(void)printf("%s\n", *name);
		else if (mq_topic_delete(mq, *name, &e) == -1)
			topic_tell(&status, &e);
		else if (o->verbose)
			cmd_say("topic %s deleted", *name);
	}
	table_flush();
	mq_names_free(names);
	mq_close(mq);
	return status;
}

/* What is to be trimmed: all of it is known before the first record goes. */
struct cut {
	char topic[MQ_TOPIC_MAX + 1];
	int32_t partition;
	int64_t offset, start;
};

struct plan {
	const struct topic_options *o;
	struct cut *cut;
	size_t count;
};

static int
plan(struct mq *mq, const char *topic, int32_t partition, void *arg,
    struct mq_err *e)
{
	struct plan *plan = arg;
	struct mq_position from, until;
	struct mq_partition_info info;
	int64_t offset, timestamp;
	struct cut *c;

	if (mq_ranges_get(plan->o->ranges, partition, &from, &until) == 0)
		return 0;
	if (mq_position_resolve(mq, topic, partition, &from, &offset,
		&timestamp, e) == -1 ||
	    mq_partition_get(mq, topic, partition, &info, e) == -1)
		return -1;
	if (offset > info.high_watermark) {
		e->code = MQ_OFFSET_OUT_OF_RANGE;
		e->sys = 0;
		(void)snprintf(e->text, sizeof(e->text),
		    "topic %s, partition %d: offset %lld "
		    "is beyond the end at %lld",
		    topic, (int)partition, (long long)offset,
		    (long long)info.high_watermark);
		return -1;
	}
	plan->cut = cmd_alloc(plan->cut, plan->count + 1, sizeof(*c));
	c = &plan->cut[plan->count++];
	(void)snprintf(c->topic, sizeof(c->topic), "%s", topic);
	c->partition = partition;
	c->offset = offset;
	c->start = offset > info.log_start ? offset : info.log_start;
	return 0;
}

static void
print_cut(struct table *table, const struct cut *c)
{
	table_text(table, c->topic);
	table_number(table, c->partition);
	table_number(table, c->start);
}

int
topic_trim(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	struct plan p = { o, NULL, 0 };
	struct table table;
	struct mq_err e;
	struct cut *c;
	int status;

	if ((status = topic_each(mq, o, plan, &p)) != CMD_OK) {
		if (!o->dry_run)
			cmd_say("nothing is deleted");
		p.count = 0;
	}
	table_start(&table, "TOPIC #PARTITION #START");
	for (c = p.cut; p.count != 0; c++, p.count--) {
		if (!o->dry_run &&
		    mq_topic_trim(mq, c->topic, c->partition, c->offset,
			&c->start, &e) == -1)
			topic_tell(&status, &e);
		else
			print_cut(&table, c);
	}
	table_print(&table);
	free(p.cut);
	mq_close(mq);
	return status;
}

struct work {
	const struct topic_options *o;
	struct table table;
};

static int
clean(struct mq *mq, const char *topic, int32_t partition, void *arg,
    struct mq_err *e)
{
	struct work *w = arg;
	struct mq_cleaned c;

	if (mq_topic_clean(mq, topic, partition, &c, e) == -1)
		return -1;
	if (w->o->json) {
		(void)printf(
		    "{\"topic\":\"%s\",\"partition\":%d,"
		    "\"segments\":%d,\"bytes\":%lld,\"log_start\":%lld}\n",
		    topic, (int)partition, (int)c.segments, (long long)c.bytes,
		    (long long)c.log_start);
		return 0;
	}
	table_text(&w->table, topic);
	table_number(&w->table, partition);
	table_number(&w->table, c.segments);
	table_number(&w->table, c.bytes);
	table_number(&w->table, c.log_start);
	return 0;
}

/* What a command left that was killed is no topic's. */
static void
clean_leftovers(struct mq *mq, const struct topic_options *o)
{
	struct mq_err e;
	int32_t n;

	if (mq_clean_leftovers(mq, &n, &e) == -1)
		cmd_fail(&e);
	if (n != 0 && !o->quiet)
		cmd_say("%d partition%s of no topic removed", (int)n,
		    n == 1 ? "" : "s");
}

int
topic_clean(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	struct work w;
	int status;

	if (*o->operand == NULL)
		clean_leftovers(mq, o);
	w.o = o;
	table_start(&w.table, "TOPIC #PARTITION #SEGMENTS #BYTES #START");
	status = topic_each(mq, o, clean, &w);
	table_print(&w.table);
	mq_close(mq);
	return status;
}
