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
	int64_t count;	      /* -c, -1: all */
	int64_t delay_ms;     /* --delay */
	char *dlq;	      /* --dlq, or NULL */
	char *max_deliveries; /* --max-deliveries, or NULL */
	int64_t max_redrives; /* --max-redrives */
	char *to;	      /* --to, or NULL */
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
int group_peek(const struct group_options *);
int group_accept(const struct group_options *);
int group_release(const struct group_options *);
int group_reject(const struct group_options *);
int group_redrive(const struct group_options *);

/* ---- group_get.c: a group of either type */

/* As it stands; one of the two, or none. */
struct group {
	const char *name; /* borrowed */
	struct mq_group *consumer;
	struct mq_share_group *share;
};

/* 0, -1 with the error; group_free. */
int group_get(struct mq *, const char *name, struct group *, struct mq_err *);
void group_free(struct group *);
/* The same of one that must be a share group, or exits. */
void group_get_share(struct mq *, const char *name, struct group *);
/*
 * The share group's partitions that -t and -p take, in their order; NULL behind
 * the last.  Exits where it has none such.
 */
const struct mq_share_partition_info **group_parts(const struct group *,
    const struct group_options *);
const char *group_type(const struct group *);
/* Where it goes on in a partition; -1 nothing is known of that. */
int64_t group_offset(const struct group *, const char *topic,
    int32_t partition);
/* Of the partitions that are there. */
int64_t group_lag(const struct group *);
/* Whether -t and -p take a partition. */
int group_wanted(const struct group_options *, const char *topic,
    int32_t partition);

/* Where a group is to stand in partitions.  Zeroed is empty. */
struct group_plan {
	struct mq_group_position *to;
	char **topic; /* of each: what to[].topic borrows */
	size_t count;
	size_t moved; /* the first so many */
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

/* ---- group_share.c: what is done otherwise for a share group */

#define GROUP_SHARE_HEADS                                               \
	"GROUP TOPIC #PARTITION #START #END #LAG #AVAILABLE #ACQUIRED " \
	"#DELAYED #HOLDERS"
#define GROUP_SHARE_MORE " STATE #PID HOST #RECORDS #UNTIL"

void group_share_rows(struct table *, const struct group *, int verbose);
/* Adds its members to what is printed under -j. */
void group_share_json(struct json_t *object, const struct group *);
/* A delivery.count.limit that is none. */
#define GROUP_NO_LIMIT "32767"
/* A setting whose value is known to be good, or was checked. */
void group_set(struct mq_conf *, const char *name, const char *value);
int group_share_is_queue(struct mq *, const char *topic);
/*
 * Moves it, partition by partition, or with -n says only whether it could be:
 * the status.
 */
int group_share_seek(struct mq *, const struct group_options *,
    struct group_plan *, const struct group *was);

/*
 * Names are any bytes.  In a table, what would break its lines, and a
 * backslash, stand as escapes; in JSON a name that is not UTF-8 stands as
 * MEMBER_b64.
 */
void group_table_name(struct table *, const char *);
void group_table_bytes(struct table *, const struct mq_bytes *);
void group_json_name(struct json_t *object, const char *member, const char *);
/* Prints one JSON Line and lets go of it. */
void group_json_print(struct json_t *object);
/* All came out, or the program ends. */
void group_json_end(void);

#endif
