/* SPDX-License-Identifier: ISC */
/* mq-topic list, describe, offsets, verify and wait. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "signals.h"
#include "table.h"
#include "topic.h"

/* Or tells why it cannot be had: -1. */
static int
partition_get(struct mq *mq, const char *topic, int32_t partition,
    struct mq_partition_info *info, int *status)
{
	struct mq_err e;

	if (mq_partition_get(mq, topic, partition, info, &e) == 0)
		return 0;
	topic_tell(status, &e);
	return -1;
}

/* Prints one JSON Line and lets go of it. */
static void
print_json(json_t *object)
{
	if (object == NULL)
		cmd_die(CMD_IO, "out of memory");
	/* Whether it came out is seen by the flush. */
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

static const char *
type(const struct mq_topic *t)
{
	return t->queue ? "queue" : "log";
}

/* A sum without one of its partitions would be wrong: it is not printed. */
static void
list_topic(struct mq *mq, const struct topic_options *o,
    const struct mq_topic *t, struct table *table, int *status)
{
	struct mq_partition_info info;
	int64_t records = 0, bytes = 0;
	int32_t p;

	for (p = 0; p < t->partitions; p++) {
		if (partition_get(mq, t->name, p, &info, status) == -1)
			return;
		records += info.high_watermark - info.log_start;
		bytes += info.bytes;
	}
	if (o->json)
		print_json(json_pack("{s:s, s:i, s:I, s:I, s:b}", "topic",
		    t->name, "partitions", (int)t->partitions, "records",
		    (json_int_t)records, "bytes", (json_int_t)bytes, "queue",
		    t->queue));
	else {
		table_text(table, t->name);
		table_number(table, t->partitions);
		table_number(table, records);
		table_number(table, bytes);
		table_text(table, type(t));
	}
}

int
topic_list(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = cmd_topics(mq, o->operand, o->patterns), **name;
	int status = CMD_OK;
	struct mq_topic *t;
	struct table table;

	table_start(&table, "TOPIC #PARTITIONS #RECORDS #BYTES TYPE");
	for (name = names; *name != NULL; name++) {
		if ((t = topic_get(mq, *name, &status)) != NULL)
			list_topic(mq, o, t, &table, &status);
		mq_topic_free(t);
	}
	table_print(&table);
	mq_names_free(names);
	mq_close(mq);
	return status;
}

/* name=value,... of what is set, or with all of everything; caller frees. */
static char *
configs(const struct mq_topic *t, int all)
{
	size_t size = 2, at = 0, i;
	char *text;

	for (i = 0; i < t->setting_count; i++)
		size += strlen(t->setting[i].name) +
		    strlen(t->setting[i].value) + 2;
	text = cmd_alloc(NULL, size, 1);
	text[0] = '\0';
	for (i = 0; i < t->setting_count; i++)
		if (all || !t->setting[i].is_default)
			at += (size_t)snprintf(text + at, size - at, "%s%s=%s",
			    at == 0 ? "" : ",", t->setting[i].name,
			    t->setting[i].value);
	if (at == 0)
		(void)snprintf(text, size, "-");
	return text;
}

static void
describe_json(struct mq *mq, const struct mq_topic *t, int all, int *status)
{
	json_t *partitions = json_array(), *set = json_object();
	struct mq_partition_info info;
	size_t i;
	int32_t p;

	for (p = 0; p < t->partitions; p++) {
		if (partition_get(mq, t->name, p, &info, status) == -1)
			continue;
		(void)json_array_append_new(partitions,
		    json_pack("{s:i, s:i, s:I, s:I, s:I, s:i, s:I}",
			"partition", (int)p, "leader_epoch",
			(int)info.leader_epoch, "log_start",
			(json_int_t)info.log_start, "high_watermark",
			(json_int_t)info.high_watermark, "log_end",
			(json_int_t)info.log_end, "segments",
			(int)info.segments, "bytes", (json_int_t)info.bytes));
	}
	for (i = 0; i < t->setting_count; i++)
		if (all || !t->setting[i].is_default)
			(void)json_object_set_new(set, t->setting[i].name,
			    json_string(t->setting[i].value));
	print_json(json_pack("{s:s, s:s, s:o, s:o, s:b}", "topic", t->name,
	    "id", t->id, "partitions", partitions, "configs", set, "queue",
	    t->queue));
}

static void
describe_rows(struct mq *mq, const struct mq_topic *t, int all,
    struct table *table, int *status)
{
	struct mq_partition_info info;
	char *set = configs(t, all);
	int32_t p;

	for (p = 0; p < t->partitions; p++) {
		if (partition_get(mq, t->name, p, &info, status) == -1)
			continue;
		table_text(table, t->name);
		table_number(table, p);
		table_number(table, info.leader_epoch);
		table_number(table, info.log_start);
		table_number(table, info.high_watermark);
		table_number(table, info.log_end);
		table_number(table, info.segments);
		table_number(table, info.bytes);
		table_text(table, set);
		table_text(table, type(t));
	}
	free(set);
}

int
topic_describe(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = cmd_topics(mq, o->operand, o->patterns), **name;
	int status = CMD_OK;
	struct mq_topic *t;
	struct table table;

	table_start(&table,
	    "TOPIC #PARTITION #EPOCH #START #HW #END "
	    "#SEGMENTS #BYTES CONFIGS TYPE");
	for (name = names; *name != NULL; name++) {
		if ((t = topic_get(mq, *name, &status)) == NULL)
			continue;
		if (o->json)
			describe_json(mq, t, o->verbose, &status);
		else
			describe_rows(mq, t, o->verbose, &table, &status);
		mq_topic_free(t);
	}
	table_print(&table);
	mq_names_free(names);
	mq_close(mq);
	return status;
}

struct work {
	const struct topic_options *o;
	struct table table;
};

static int
offsets(struct mq *mq, const char *topic, int32_t partition, void *arg,
    struct mq_err *e)
{
	struct work *w = arg;
	struct mq_position from, until;
	struct mq_partition_info info;
	int64_t first, second;

	if (w->o->ranges == NULL) {
		if (mq_partition_get(mq, topic, partition, &info, e) == -1)
			return -1;
		first = info.log_start;
		second = info.high_watermark;
	} else if (mq_ranges_get(w->o->ranges, partition, &from, &until) == 0)
		return 0;
	else if (mq_position_resolve(mq, topic, partition, &from, &first,
		     &second, e) == -1)
		return -1;
	if (w->o->json) {
		print_json(json_pack("{s:s, s:i, s:I, s:I}", "topic", topic,
		    "partition", (int)partition,
		    w->o->ranges == NULL ? "start" : "offset",
		    (json_int_t)first,
		    w->o->ranges == NULL ? "end" : "timestamp",
		    (json_int_t)second));
		return 0;
	}
	table_text(&w->table, topic);
	table_number(&w->table, partition);
	table_number(&w->table, first);
	table_number(&w->table, second);
	return 0;
}

int
topic_offsets(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	struct work w;
	int status;

	w.o = o;
	table_start(&w.table,
	    o->ranges == NULL ? "TOPIC #PARTITION #START #END" :
				"TOPIC #PARTITION #OFFSET #TIMESTAMP");
	status = topic_each(mq, o, offsets, &w);
	table_print(&w.table);
	mq_close(mq);
	return status;
}

static void
found(const struct mq_finding *f, void *arg)
{
	const struct topic_options *o = arg;

	if (o->json) {
		print_json(json_pack("{s:s?, s:i, s:s, s:I, s:s}", "topic",
		    f->topic, "partition", (int)f->partition, "file", f->file,
		    "position", (json_int_t)f->position, "fault", f->text));
		return;
	}
	if (f->topic == NULL)
		(void)printf("the store");
	else
		(void)printf("topic %s", f->topic);
	if (f->partition != -1)
		(void)printf(", partition %d", (int)f->partition);
	(void)printf(": %s: ", f->file);
	if (f->position != -1)
		(void)printf("byte %lld: ", (long long)f->position);
	(void)printf("%s\n", f->text);
}

int
topic_verify(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	char **names = cmd_topics(mq, o->operand, o->patterns), **name;
	struct mq_err e;
	int n, faults = 0, status = CMD_OK;

	if (*o->operand == NULL)
		faults = mq_verify(mq, NULL, found, (void *)(uintptr_t)o, &e);
	if (faults == -1)
		cmd_fail(&e);
	for (name = names; *name != NULL; name++) {
		n = mq_verify(mq, *name, found, (void *)(uintptr_t)o, &e);
		table_flush();
		if (n == -1) {
			topic_tell(&status, &e);
			continue;
		}
		if (o->verbose)
			cmd_say("topic %s: %d fault%s", *name, n,
			    n == 1 ? "" : "s");
		faults += n;
	}
	mq_names_free(names);
	mq_close(mq);
	return status == CMD_OK && faults != 0 ? CMD_PARTLY : status;
}

int
topic_wait(const struct topic_options *o)
{
	struct mq *mq = cmd_open(o->target, 0);
	struct mq_err e;
	int rc;

	mq_set_wakeup(mq, signals_catch());
	rc = mq_topic_wait(mq, o->operand[0], o->count, o->wait_ms, &e);
	if (rc == -1)
		cmd_fail(&e);
	mq_close(mq);
	if (rc == 0 && signals_came() != 0)
		signals_die();
	return rc == 1 ? CMD_OK : CMD_NOTHING;
}
