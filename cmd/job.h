/* SPDX-License-Identifier: ISC */
/*
 * What -x has in hand: a job is the records of one partition that one command
 * is run for; without --batch that is one record.
 */
#ifndef JOB_H
#define JOB_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"

struct job_record {
	/* A copy, all in one piece with this; of a consumer group's record
	   nothing but the record is set. */
	struct mq_share_record lease;
	int lease_over; /* boolean: given up, or the lock was over */
	struct job_record *next;
};

struct job {
	struct job_record *first, *last;
	size_t count, bytes;
	int running;	/* boolean: a child has it */
	int open;	/* boolean: takes more records until it is due */
	int paused;	/* boolean: its partition is */
	int lost;	/* boolean: its locks were over */
	int signal;	/* that it was sent, or 0 */
	int64_t tries;	/* that have ended */
	int64_t due_ms; /* while no child has it: when to start one */
	int64_t renew_ms;
	int64_t until_ms; /* first of its locks is over, ms since 1970 */
	int64_t started_ms;
	struct job *next;
};

/* A new job for a copy of the record, in front of the list. */
struct job *job_add(struct job **list, const struct mq_share_record *);
/* One record more. */
void job_extend(struct job *, const struct mq_share_record *);
void job_remove(struct job **list, struct job *);
/* The one of a partition, or NULL; with open set, one that takes more. */
struct job *job_find(struct job *list, const char *topic, int32_t partition,
    int open);
/* The one that is due first of those that wait, or NULL. */
struct job *job_first(struct job *list);

#endif
