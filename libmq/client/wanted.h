/* SPDX-License-Identifier: ISC */
/*
 * What a subscription wants to be read: topics, by their names or by patterns
 * that their whole names match, and all partitions of them or some.
 */
#ifndef MQ_WANTED_H
#define MQ_WANTED_H

#include <regex.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"

struct mq_wanted {
	int patterns; /* boolean: the names are some */
	int all;      /* boolean: of the partitions */
	char **name;
	size_t name_count;
	regex_t *pattern;
	size_t pattern_count;
	int32_t *partition;
	size_t partition_count;
};

/* Copies what it needs.  MQ_INVALID_REQUEST names the pattern that is wrong. */
int mq_wanted_init(struct mq_wanted *, const struct mq_subscription *,
    struct mq_err *);
void mq_wanted_free(struct mq_wanted *);
/*
 * Those that are named, be they there or not, in their order; or those of the
 * store that a pattern finds, in the order of their names.  The store's own,
 * which begin with __, are only found by their very names.  For mq_names_free.
 */
char **mq_wanted_topics(const struct mq_wanted *, const struct mq_store *,
    struct mq_err *);
int mq_wanted_partition(const struct mq_wanted *, int32_t);
/* A partition that is said of a topic by name has to be there. */
int mq_wanted_check(const struct mq_wanted *, const struct mq_topic_file *,
    struct mq_err *);

#endif
