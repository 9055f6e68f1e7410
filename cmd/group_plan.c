/* SPDX-License-Identifier: ISC */
/*
 * Where mq-group seek and commit are to put a group: all of it is known, and
 * found to be possible, before anything is done.
 */
#include <bsd/stdlib.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "group.h"
#include "topic.h"

#define COLUMNS 4 /* that are looked at in a line of a file */

struct planner {
	const struct group_options *o;
	struct group_plan *plan;
	int exact;
};

void
group_plan_free(struct group_plan *p)
{
	while (p->count != 0)
		free(p->topic[--p->count]);
	free(p->topic);
	free(p->to);
}

/* The one of a partition, or NULL. */
static const struct mq_group_position *
planned(const struct group_plan *p, const char *topic, int32_t partition)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->to[i].partition == partition &&
		    strcmp(p->to[i].topic, topic) == 0)
			return &p->to[i];
	return NULL;
}

static void
add(const struct planner *pl, const char *topic, int32_t partition,
    int64_t offset)
{
	struct group_plan *p = pl->plan;
	struct mq_group_position *to;

	p->to = cmd_alloc(p->to, p->count + 1, sizeof(*p->to));
	p->topic = cmd_alloc(p->topic, p->count + 1, sizeof(*p->topic));
	if ((p->topic[p->count] = strdup(topic)) == NULL)
		cmd_die(CMD_IO, "out of memory");
	to = &p->to[p->count];
	to->topic = p->topic[p->count++];
	to->partition = partition;
	to->offset = offset;
	to->metadata = pl->o->metadata;
}

/* A topic may be gone, but its name is one. */
static int
check_name(struct mq *mq, const char *topic, struct mq_err *e)
{
	struct mq_topic *t = mq_topic_get(mq, topic, e);

	if (t == NULL && e->code == MQ_INVALID_TOPIC)
		return -1;
	mq_topic_free(t);
	return 0;
}

/* Holds an offset against the log. */
static int
check_offset(struct mq *mq, const struct planner *pl, const char *topic,
    int32_t partition, int64_t *offset, struct mq_err *e)
{
	struct mq_partition_info info;

	if (mq_partition_get(mq, topic, partition, &info, e) == -1)
		return -1;
	if (*offset > info.high_watermark) {
		e->code = MQ_OFFSET_OUT_OF_RANGE;
		e->sys = 0;
		(void)snprintf(e->text, sizeof(e->text),
		    "topic %s, partition %d: offset %lld "
		    "is beyond the end at %lld",
		    topic, (int)partition, (long long)*offset,
		    (long long)info.high_watermark);
		return -1;
	}
	if (!pl->exact && *offset < info.log_start)
		*offset = info.log_start;
	return 0;
}

/* Adds an offset if the log has it; -1 forgets, wherever that was. */
static int
add_checked(struct mq *mq, const struct planner *pl, const char *topic,
    int32_t partition, int64_t offset, struct mq_err *e)
{
	if (offset == -1 && check_name(mq, topic, e) == -1)
		return -1;
	if (offset != -1 &&
	    check_offset(mq, pl, topic, partition, &offset, e) == -1)
		return -1;
	add(pl, topic, partition, offset);
	return 0;
}

/* For topic_each. */
static int
add_position(struct mq *mq, const char *topic, int32_t partition, void *arg,
    struct mq_err *e)
{
	const struct planner *pl = arg;
	struct mq_position from, until;
	int64_t offset, timestamp;

	if (mq_ranges_get(pl->o->ranges, partition, &from, &until) == 0)
		return 0;
	if (mq_position_resolve(mq, topic, partition, &from, &offset,
		&timestamp, e) == -1)
		return -1;
	return add_checked(mq, pl, topic, partition, offset, e);
}

static int
plan_positions(struct mq *mq, struct planner *pl)
{
	const struct group_options *o = pl->o;
	char *topics[2] = { o->topic, NULL };
	struct topic_options to = { .ranges = o->ranges,
		.partition = o->partition,
		.partition_count = o->partition_count,
		.operand = topics };

	return topic_each(mq, &to, add_position, pl);
}

/* What another group says of topics that are gone is left out. */
static int
add_consumers(struct mq *mq, const struct planner *pl, const struct mq_group *g)
{
	const struct mq_group_partition *p;
	int status = CMD_OK;
	struct mq_err e;
	size_t i;

	for (i = 0; i < g->partition_count; i++) {
		p = &g->partition[i];
		if (p->committed != -1 && p->log_end != -1 &&
		    group_wanted(pl->o, p->topic, p->partition) &&
		    add_checked(mq, pl, p->topic, p->partition, p->committed,
			&e) == -1)
			topic_tell(&status, &e);
	}
	return status;
}

static int
add_shares(struct mq *mq, const struct planner *pl,
    const struct mq_share_group *g)
{
	const struct mq_share_partition_info *p;
	int status = CMD_OK;
	struct mq_err e;
	size_t i;

	for (i = 0; i < g->count; i++) {
		p = &g->partition[i];
		if (group_wanted(pl->o, p->topic, p->partition) &&
		    add_checked(mq, pl, p->topic, p->partition, p->start_offset,
			&e) == -1)
			topic_tell(&status, &e);
	}
	return status;
}

static int
plan_group(struct mq *mq, const struct planner *pl)
{
	struct mq_err e;
	struct group g;
	int status;

	if (group_get(mq, pl->o->to_group, &g, &e) == -1) {
		cmd_say("%s", e.text);
		return cmd_status(&e);
	}
	status = g.share != NULL ? add_shares(mq, pl, g.share) :
				   add_consumers(mq, pl, g.consumer);
	group_free(&g);
	if (status == CMD_OK && pl->plan->count == 0) {
		cmd_say("group %s: nothing is committed that could be taken",
		    pl->o->to_group);
		status = CMD_UNAVAILABLE;
	}
	return status;
}

/* One of a line's columns as a number. */
static int64_t
number(const char *what, const char *text, int64_t max, char *why, size_t size)
{
	const char *wrong;
	int64_t n = strtonum(text, -1, max, &wrong);

	if (wrong != NULL)
		(void)snprintf(why, size, "the %s '%s' is %s", what, text,
		    wrong);
	return n;
}

/* Whether the line's group, in its printed form, is the one of the operand. */
static int
is_group(const struct group_options *o, const char *text, char *why,
    size_t size)
{
	char *name;
	size_t len;
	int same;

	if (escape_parse(text, &name, &len, why, size) == -1)
		return 0;
	same = len == strlen(o->operand[0]) &&
	    memcmp(name, o->operand[0], len) == 0;
	free(name);
	return same;
}

/* The columns of a line, which is cut; how many there are, at most COLUMNS. */
static size_t
split(char *line, char *column[COLUMNS])
{
	size_t n = 0;

	while (n < COLUMNS && (column[n] = strsep(&line, "\t")) != NULL)
		n++;
	return n;
}

/* [GROUP] TOPIC PARTITION OFFSET: with a sentence in why it is refused. */
static void
plan_line(struct mq *mq, const struct planner *pl, char *line, char *why,
    size_t size, struct mq_err *e)
{
	char *column[COLUMNS], **c = column;
	const struct mq_group_position *to;
	size_t n = split(line, column);
	int64_t partition, offset;

	if (n < COLUMNS - 1) {
		(void)snprintf(why, size,
		    "a topic, a partition and an offset are wanted, with tabs "
		    "between them");
		return;
	}
	if (n == COLUMNS && !is_group(pl->o, *c++, why, size))
		return;
	partition = number("partition", c[1], INT32_MAX, why, size);
	offset = number("offset", c[2], INT64_MAX, why, size);
	/* Members without a partition are described, too. */
	if (*why != '\0' || partition == -1 ||
	    !group_wanted(pl->o, c[0], (int32_t)partition))
		return;
	to = planned(pl->plan, c[0], (int32_t)partition);
	if (to != NULL && to->offset != offset)
		(void)snprintf(why, size, "topic %s, partition %d once more",
		    c[0], (int)partition);
	else if (to == NULL &&
	    add_checked(mq, pl, c[0], (int32_t)partition, offset, e) == -1)
		(void)snprintf(why, size, "%s", e->text);
}

static int
plan_lines(struct mq *mq, const struct planner *pl, FILE *f, const char *name)
{
	char *line = NULL, why[MQ_ERR_TEXT] = "";
	struct mq_err e = { MQ_INVALID_RECORD, 0, "" };
	int status = CMD_OK;
	size_t size = 0, n = 0;
	ssize_t len;

	while (status == CMD_OK && (len = getline(&line, &size, f)) != -1) {
		n++;
		if (len != 0 && line[len - 1] == '\n')
			line[--len] = '\0';
		if (len == 0)
			continue;
		if (strlen(line) != (size_t)len)
			(void)snprintf(why, sizeof(why), "a NUL byte");
		else
			plan_line(mq, pl, line, why, sizeof(why), &e);
		if (*why != '\0') {
			cmd_say("%s: line %zu: %s", name, n, why);
			status = cmd_status(&e);
		}
	}
	if (ferror(f))
		cmd_die(CMD_IO, "%s: %s", name, strerror(errno));
	free(line);
	return status;
}

static int
plan_file(struct mq *mq, const struct planner *pl)
{
	int is_stdin = strcmp(pl->o->from, "-") == 0, status;
	const char *name = is_stdin ? "standard input" : pl->o->from;
	FILE *f = is_stdin ? stdin : fopen(name, "re");

	if (f == NULL)
		cmd_die(errno == EACCES ? CMD_DENIED : CMD_IO, "%s: %s", name,
		    strerror(errno));
	status = plan_lines(mq, pl, f, name);
	if (!is_stdin)
		(void)fclose(f);
	if (status == CMD_OK && pl->plan->count == 0) {
		cmd_say("%s: no line is for group %s", name, pl->o->operand[0]);
		status = CMD_DATA;
	}
	return status;
}

int
group_plan(struct mq *mq, const struct group_options *o, int exact,
    struct group_plan *plan)
{
	struct planner pl = { o, plan, exact };

	if (o->ranges != NULL)
		return plan_positions(mq, &pl);
	if (o->to_group != NULL)
		return plan_group(mq, &pl);
	return plan_file(mq, &pl);
}
