/* SPDX-License-Identifier: ISC */
/*
 * -x: the loop that has jobs run by children (consume_exec.c), what a job is
 * (exec_job.c), and what is done to the records of a consumer group
 * (exec_group.c) and of a share group (exec_share.c).
 */
#ifndef EXEC_H
#define EXEC_H

#include "child.h"
#include "consume.h"
#include "job.h"

struct exec;

#define EXEC_HELD_MS 1000 /* until what could not be said is said again */

/* What fails is told by exec_fail, but for what a signal interrupts. */
struct exec_source {
	void (*open)(struct exec *, struct mq *);
	/*
	 * The next record, borrowed until the next call: enum mq_poll.  In a
	 * consumer group not of a partition with a job that takes none.
	 */
	int (*poll)(struct exec *, struct mq_share_record *, int64_t wait_ms);
	/* The command has done it; a kill of this program does not undo that. */
	void (*accept)(struct exec *, struct job *);
	/* Nobody is to have it again; why is how the command ended. */
	void (*reject)(struct exec *, struct job *, const char *why);
	/*
	 * It failed.  0: the job stays, to be tried again; 1: it is over, and so
	 * many of its records are given up, the others for anybody to try.
	 */
	int (*retry)(struct exec *, struct job *, const char *why,
	    size_t *given_up);
	/* It is nobody's work, and counts as no try. */
	void (*give_back)(struct exec *, struct job *);
	/* Still at it. */
	void (*renew)(struct exec *, struct job *);
	/* Nothing is wanted for now: what is polled ahead is for others. */
	void (*rest)(struct exec *);
	/* What was said of jobs so far is made known to others. */
	void (*flush)(struct exec *);
	/* And a power cut does not undo it, where it is not to. */
	void (*sync)(struct exec *);
	void (*close)(struct exec *);
};

extern const struct exec_source exec_group, exec_share;

/* A record that failed here, and that this program has not had again. */
struct exec_failed {
	char *topic;
	int32_t partition;
	int64_t offset;
};

struct exec {
	struct consume *c;
	const struct exec_source *source;
	struct child_pool *pool;
	struct job *jobs;
	struct mq_producer *dead; /* of a consumer group's --dlq, or NULL */
	struct mq_share *share;
	uint64_t handed; /* records of jobs, and those that are done */
	int failing;	 /* exit status that it ends with, or 0 */
	int stopping;	 /* boolean: nothing new is begun */
	int signals;	 /* descriptor */
	int wake;	 /* descriptor: a poll ends when it is written to */
	int told;	 /* boolean: the children are, to come to an end */
	int ended;	 /* boolean: there is no more to poll */
	int64_t lock_ms; /* of what is polled; 0: for as long as it takes */
	int64_t left_ms; /* of the lock of the last record */
	/* What the share group speaks of while it is told. */
	struct job *job;
	const char *why;	    /* how its command ended */
	size_t given_up;	    /* of its records */
	struct exec_failed *failed; /* of a share group */
	size_t failed_count;
	/* By a process that is stopped, and has a state's lock. */
	struct mq_err held_up;
	int64_t flushed_ms;	 /* when that was last tried */
	int kept;		 /* boolean: what was said waits */
	int sees_not;		 /* boolean: whether there is more */
	struct out input, about; /* of a batch */
	int status;
};

/* Adds a record to its partition's open batch, or as a job of its own. */
void exec_add(struct exec *, const struct mq_share_record *);
void exec_start(struct exec *, struct job *);
/* Takes one end that has come and acts on it: 1, 0 there is none. */
int exec_take_end(struct exec *);
/* Sleeps until a child ends; after a signal they are told to. */
void exec_wait(struct exec *);
/*
 * This program cannot go on, and says why, once: it ends when its children have
 * ended.  While they run, nobody else is to do their records, and what they
 * have done is done.
 */
void exec_fail(struct exec *, const struct mq_err *);
/* How many records jobs have. */
size_t exec_in_hand(const struct exec *);
/* It is given back, and not tried here any more. */
void exec_drop(struct exec *, struct job *);
/* "topic t, partition 0, offset 5: why: what" */
void exec_say(const struct job *, const char *one, const char *many,
    const char *why);

#endif
