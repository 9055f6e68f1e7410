/* SPDX-License-Identifier: ISC */
/* mq-topic create, alter, delete, trim and clean. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "table.h"
#include "topic.h"

struct mq_topic *
topic_get(struct mq *mq, const char *topic)
{
	struct mq_err e;
	struct mq_topic *t = mq_topic_get(mq, topic, &e);

	if (t == NULL)
		cmd_fail(&e);
	return t;
}

static int
left_out(const struct topic_options *o, int32_t partition)
{
	size_t i;

	if (o->partition == NULL)
		return 0;
	for (i = 0; i < o->partition_count; i++)
		if (o->partition[i] == partition)
			return 0;
	return 1;
}

void
topic_each(struct mq *mq, const struct topic_options *o,
    void (*verb)(struct mq *, const char *, int32_t, void *), void *arg)
{
	char **names = cmd_topics(mq, o->operand, o->patterns), **name;
	struct mq_topic *t;
	size_t i;
	int32_t p;

	/* All of them are looked at before the first is touched. */
	for (name = names; *name != NULL; name++) {
		t = topic_get(mq, *name);
		for (i = 0; i < o->partition_count; i++)
			if (o->partition[i] >= t->partitions)
				cmd_die(CMD_UNAVAILABLE,
				    "topic %s has no partition %d", *name,
				    (int)o->partition[i]);
		mq_topic_free(t);
	}
	for (name = names; *name != NULL; name++) {
		t = topic_get(mq, *name);
		for (p = 0; p < t->partitions; p++)
			if (!left_out(o, p))
				verb(mq, *name, p, arg);
		mq_topic_free(t);
	}
	mq_names_free(names);
}

int
topic_create(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, MQ_OPEN_CREATE);
	int32_t partitions = o->partitions != 0 ? o->partitions : 1;
	struct mq_err e;
	char **name;

	for (name = o->operand; *name != NULL; name++) {
		if (mq_topic_create(mq, *name, partitions, o->conf, &e) == -1)
			cmd_fail(&e);
		if (o->verbose)
			cmd_say("topic %s created", *name);
	}
	mq_close(mq);
	return CMD_OK;
}

int
topic_alter(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = cmd_topics(mq, o->operand, o->patterns), **name;
	struct mq_err e;

	for (name = names; *name != NULL; name++) {
		if (mq_topic_alter(mq, *name, o->partitions, o->conf,
			(const char *const *)(void *)o->unset, &e) == -1) {
			/* A name or value that cannot be was typed here. */
			if (e.code == MQ_INVALID_CONFIG)
				cmd_usage("-X: %s", e.text);
			cmd_fail(&e);
		}
		if (o->verbose)
			cmd_say("topic %s altered", *name);
	}
	mq_names_free(names);
	mq_close(mq);
	return CMD_OK;
}

int
topic_delete(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = cmd_topics(mq, o->operand, o->patterns), **name;
	struct mq_err e;

	for (name = names; *name != NULL; name++) {
		mq_topic_free(topic_get(mq, *name));
		if (o->dry_run)
			(void)printf("%s\n", *name);
	}
	for (name = names; *name != NULL && !o->dry_run; name++) {
		if (mq_topic_delete(mq, *name, &e) == -1)
			cmd_fail(&e);
		if (o->verbose)
			cmd_say("topic %s deleted", *name);
	}
	table_flush();
	mq_names_free(names);
	mq_close(mq);
	return CMD_OK;
}

struct work {
	const struct topic_options *o;
	struct table table;
};

static void
trim(struct mq *mq, const char *topic, int32_t partition, void *arg)
{
	struct work *w = arg;
	struct mq_position from, until;
	struct mq_partition_info info;
	int64_t offset, timestamp, start;
	struct mq_err e;

	if (mq_ranges_get(w->o->ranges, partition, &from, &until) == 0)
		return;
	if (mq_position_resolve(mq, topic, partition, &from, &offset,
		&timestamp, &e) == -1 ||
	    mq_partition_get(mq, topic, partition, &info, &e) == -1)
		cmd_fail(&e);
	if (offset > info.high_watermark)
		cmd_die(CMD_UNAVAILABLE,
		    "topic %s, partition %d: offset %lld "
		    "is beyond the end at %lld",
		    topic, (int)partition, (long long)offset,
		    (long long)info.high_watermark);
	start = offset > info.log_start ? offset : info.log_start;
	if (!w->o->dry_run &&
	    mq_topic_trim(mq, topic, partition, offset, &start, &e) == -1)
		cmd_fail(&e);
	table_text(&w->table, topic);
	table_number(&w->table, partition);
	table_number(&w->table, start);
}

int
topic_trim(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	struct work w;

	w.o = o;
	table_start(&w.table, "TOPIC #PARTITION #START");
	topic_each(mq, o, trim, &w);
	table_print(&w.table);
	mq_close(mq);
	return CMD_OK;
}

static void
clean(struct mq *mq, const char *topic, int32_t partition, void *arg)
{
	struct work *w = arg;
	struct mq_cleaned c;
	struct mq_err e;

	if (mq_topic_clean(mq, topic, partition, &c, &e) == -1)
		cmd_fail(&e);
	if (w->o->json) {
		(void)printf(
		    "{\"topic\":\"%s\",\"partition\":%d,"
		    "\"segments\":%d,\"bytes\":%lld,\"log_start\":%lld}\n",
		    topic, (int)partition, (int)c.segments, (long long)c.bytes,
		    (long long)c.log_start);
		return;
	}
	table_text(&w->table, topic);
	table_number(&w->table, partition);
	table_number(&w->table, c.segments);
	table_number(&w->table, c.bytes);
	table_number(&w->table, c.log_start);
}

int
topic_clean(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	struct work w;

	w.o = o;
	table_start(&w.table, "TOPIC #PARTITION #SEGMENTS #BYTES #START");
	topic_each(mq, o, clean, &w);
	table_print(&w.table);
	mq_close(mq);
	return CMD_OK;
}
