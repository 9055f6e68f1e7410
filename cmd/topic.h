/* SPDX-License-Identifier: ISC */
/* The subcommands of mq-topic, and the options that they are given. */
#ifndef TOPIC_H
#define TOPIC_H

#include <stddef.h>
#include <stdint.h>

#include "cmd.h"

struct topic_options {
	const char *target;
	struct mq_conf *conf; /* -X, -F */
	char **unset;	      /* -X name: NULL-ended, or NULL */
	size_t unset_count;
	int32_t partitions;	  /* --partitions, 0: not given */
	int queue;		  /* --queue */
	struct mq_ranges *ranges; /* -o */
	int32_t *partition;	  /* -p */
	size_t partition_count;
	int64_t count;	 /* -c, -1: not given */
	int64_t wait_ms; /* -w, -1: for ever */
	int json, dry_run, quiet, patterns, verbose;
	char **operand; /* NULL-ended */
};

/* Each returns the exit status. */
int topic_create(const struct topic_options *);
int topic_list(const struct topic_options *);
int topic_describe(const struct topic_options *);
int topic_alter(const struct topic_options *);
int topic_delete(const struct topic_options *);
int topic_trim(const struct topic_options *);
int topic_offsets(const struct topic_options *);
int topic_dump(const struct topic_options *);
int topic_verify(const struct topic_options *);
int topic_clean(const struct topic_options *);
int topic_wait(const struct topic_options *);

/* Tells an error; the first one's status is left in *status. */
void topic_tell(int *status, const struct mq_err *);
/* The topic, or NULL where it is told why it cannot be had. */
struct mq_topic *topic_get(struct mq *, const char *topic, int *status);

/*
 * The topics of the operands; mq_names_free.  Exits where one is not there, or
 * has not the partitions that the options speak of.
 */
char **topic_names(struct mq *, const struct topic_options *);

/* 0, or -1 with the error. */
typedef int topic_verb(struct mq *, const char *topic, int32_t partition,
    void *arg, struct mq_err *);

/*
 * Calls a verb for each partition of the topics that is not left out by -p.
 * Errors are told and do not stop it; returns the status.
 */
int topic_each(struct mq *, const struct topic_options *, topic_verb *,
    void *arg);

#endif
