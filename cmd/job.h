/* SPDX-License-Identifier: ISC */
/* The records that -x has in hand: one of a partition, copied, and its tries. */
#ifndef JOB_H
#define JOB_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"

struct job {
	struct mq_record record; /* a copy, all in one piece with the job */
	int running;		 /* boolean: a child has it */
	int paused;		 /* boolean: its partition is */
	int64_t tries;
	int64_t due_ms; /* while no child has it: when to try again */
	struct job *next;
};

/* A copy in front of the list. */
struct job *job_add(struct job **list, const struct mq_record *);
void job_remove(struct job **list, struct job *);
/* The one of a partition, or NULL. */
struct job *job_find(struct job *list, const char *topic, int32_t partition);
/* The one that is due first of those that wait, or NULL. */
struct job *job_first(struct job *list);

#endif
