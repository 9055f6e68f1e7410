/* SPDX-License-Identifier: ISC */
/*
 * The topics and partitions that a subcommand is for.  What is typed wrongly
 * ends the program before anything is done; what is wrong with one topic is
 * told, and the others have their turn.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topic.h"

void
topic_tell(int *status, const struct mq_err *e)
{
	cmd_say("%s", e->text);
	if (*status == CMD_OK)
		*status = cmd_status(e);
}

struct mq_topic *
topic_get(struct mq *mq, const char *topic, int *status)
{
	struct mq_err e;
	struct mq_topic *t = mq_topic_get(mq, topic, &e);

	if (t == NULL)
		topic_tell(status, &e);
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

static int refuse(struct mq_err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
refuse(struct mq_err *e, const char *fmt, ...)
{
	va_list ap;

	e->code = MQ_UNKNOWN_TOPIC_OR_PARTITION;
	e->sys = 0;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return -1;
}

static int
must_have(const struct mq_topic *t, int32_t partition, struct mq_err *e)
{
	if (partition < t->partitions)
		return 0;
	return refuse(e, "topic %s has no partition %d: it has %d, from 0",
	    t->name, (int)partition, (int)t->partitions);
}

/* Holds what the options say of partitions against a topic. */
static int
check(const struct topic_options *o, const struct mq_topic *t, struct mq_err *e)
{
	int32_t p;
	size_t i;

	if (o->partitions != 0 && o->partitions < t->partitions)
		return refuse(e,
		    "topic %s has %d partitions; they cannot become %d",
		    t->name, (int)t->partitions, (int)o->partitions);
	for (i = 0; i < o->partition_count; i++)
		if (must_have(t, o->partition[i], e) == -1)
			return -1;
	for (i = 0;
	     o->ranges != NULL && (p = mq_ranges_partition(o->ranges, i)) != -2;
	     i++) {
		if (must_have(t, p, e) == -1)
			return -1;
		if (p != -1 && left_out(o, p))
			return refuse(e,
			    "-o: partition %d is not among those of -p",
			    (int)p);
	}
	return 0;
}

char **
topic_names(struct mq *mq, const struct topic_options *o)
{
	char **names = cmd_topics(mq, o->operand, o->patterns), **name;
	struct mq_topic *t;
	struct mq_err e;
	int bad;

	for (name = names; *name != NULL; name++) {
		/* A damaged one is told when its turn comes. */
		if ((t = mq_topic_get(mq, *name, &e)) != NULL)
			bad = check(o, t, &e) == -1;
		else
			bad = e.code == MQ_UNKNOWN_TOPIC_OR_PARTITION ||
			    e.code == MQ_INVALID_TOPIC;
		mq_topic_free(t);
		if (bad)
			cmd_fail(&e);
	}
	return names;
}

int
topic_each(struct mq *mq, const struct topic_options *o, topic_verb *verb,
    void *arg)
{
	char **names = topic_names(mq, o), **name;
	int status = CMD_OK;
	struct mq_topic *t;
	struct mq_err e;
	int32_t p;

	for (name = names; *name != NULL; name++) {
		if ((t = topic_get(mq, *name, &status)) == NULL)
			continue;
		for (p = 0; p < t->partitions; p++)
			if (!left_out(o, p) &&
			    verb(mq, *name, p, arg, &e) == -1)
				topic_tell(&status, &e);
		mq_topic_free(t);
	}
	mq_names_free(names);
	return status;
}
