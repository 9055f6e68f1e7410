/* SPDX-License-Identifier: ISC */
/* The subcommands of mq-group, and the options that they are given. */
#ifndef GROUP_H
#define GROUP_H

#include <stddef.h>
#include <stdint.h>

#include "cmd.h"
#include "table.h"

struct json_t;

struct group_options {
	const char *target;
	char *topic;		  /* -t, or NULL */
	struct mq_ranges *ranges; /* -o */
	int32_t *partition;	  /* -p */
	size_t partition_count;
	const char *from;     /* --from, or NULL */
	const char *to_group; /* --to-group, or NULL */
	const char *metadata; /* --metadata, or NULL */
	int64_t lag;	      /* --lag */
	int64_t wait_ms;      /* -w, -1: for ever */
	int json, dry_run, quiet, patterns, verbose;
	char **operand; /* NULL-ended */
};

/* Each returns the exit status. */
int group_list(const struct group_options *);
int group_describe(const struct group_options *);
int group_seek(const struct group_options *);
int group_commit(const struct group_options *);
int group_delete(const struct group_options *);
int group_wait(const struct group_options *);

/* The group, or NULL where it is told why it cannot be had. */
struct mq_group *group_get(struct mq *, const char *group, int *status);
/* The one of a partition, or NULL. */
const struct mq_group_partition *group_partition(const struct mq_group *,
    const char *topic, int32_t partition);

/* Where a group is to stand in partitions.  Zeroed is empty. */
struct group_plan {
	struct mq_group_position *to;
	char **topic; /* of each: what to[].topic borrows */
	size_t count;
};

/*
 * Adds what -o, --from or --to-group say.  With exact set, offsets stay
 * what they are; otherwise one before a log's start is that start.  An offset
 * beyond an end is an error: what is wrong is told, and the status returned is
 * not CMD_OK then.
 */
int group_plan(struct mq *, const struct group_options *, int exact,
    struct group_plan *);
void group_plan_free(struct group_plan *);

/*
 * Names are any bytes.  In a table, what would break its lines, and a
 * backslash, stand as escapes; in JSON a name that is not UTF-8 stands as
 * MEMBER_b64.
 */
void group_table_name(struct table *, const char *);
void group_json_name(struct json_t *object, const char *member, const char *);
/* Prints one JSON Line and lets go of it. */
void group_json_print(struct json_t *object);

#endif
