/* SPDX-License-Identifier: ISC */
/*
 * The children of -x: a command is run for each record, up to so many at a
 * time, and each end is told with what it means.  One thread drives it, no
 * call here sleeps but child_wait.
 *
 * A child gets the record's value on its standard input, what child_env.h says
 * in its environment, and on descriptor 3 a JSON line without the value
 * (json_put_head).  It inherits standard output and error.  It has ended when
 * its process has; others that it started may live on and hold its output.
 *
 *	for (;;) {
 *		while (child_room(p) > 0 && (there is a record))
 *			child_start(p, &job, &end);
 *		(sleep until child_fd(p) is readable, or something else is)
 *		while (child_next(p, &end))
 *			(act on end.outcome)
 *	}
 *
 * Process groups.  Within the program's own group (apart 0) the terminal's keys
 * and timeout(1) reach the children as they reach the program: ^C ends them all
 * at once, ^Z stops them all, and a child may ask for a password.  That is what
 * is expected of a command in the foreground of a terminal, and of xargs(1).
 * Elsewhere, under a service manager or in a script, each child does better in a
 * group of its own (apart 1): a signal to the program lets its children finish,
 * and child_stop reaches everything that a child's shell has started, such as
 * both ends of a pipeline.  Hence apart = !signals_foreground().  In both cases
 * children outlive a program that is killed by SIGKILL.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"
#include "outcome.h"

#define CHILD_TEXT 256

struct child_pool;

struct child_conf {
	const char *command; /* copied */
	const char *group;   /* MQ_GROUP, or NULL; borrowed */
	size_t size;	     /* how many run at a time, 1 or more */
	int apart;	     /* boolean, see above */
};

/*
 * What one child is run for; copied as far as it is needed.  For a batch, input
 * is what it reads, about what descriptor 3 has, and record the first one.
 */
struct child_job {
	const struct mq_record *record;
	int64_t delivery_count; /* 0: not told */
	int batch;		/* boolean */
	struct mq_bytes input, about;
	void *arg; /* the caller's own */
};

struct child_end {
	void *arg;
	enum outcome outcome;
	char text[CHILD_TEXT]; /* "exit status 3" */
};

/*
 * SIGCHLD gets its default action: where it is ignored, ends are lost.  NULL
 * with the error.
 */
struct child_pool *child_pool_new(const struct child_conf *, struct mq_err *);
/* Waits for nobody: children that run are left to themselves. */
void child_pool_free(struct child_pool *);

/* How many more may be started, and how many run or have an end to tell. */
size_t child_room(const struct child_pool *);
size_t child_count(const struct child_pool *);
/*
 * Starts one, where there is room and child_stop was not called.  -1 with *end
 * as OUTCOME_CANNOT_RUN and the reason: nothing was started.
 */
int child_start(struct child_pool *, const struct child_job *,
    struct child_end *);
/*
 * Feeds the children's inputs, and takes one end: 1, or 0 when no other child
 * has ended.
 */
int child_next(struct child_pool *, struct child_end *);

/*
 * After child_next said 0, readable when it has something to do again: for
 * poll(2), or as the one descriptor of mq_set_wakeup.  Owned by the pool.
 */
int child_fd(const struct child_pool *);
/*
 * Makes child_fd readable while this descriptor is, too, until it is forgotten;
 * that comes before it is closed.
 */
int child_watch(struct child_pool *, int fd);
void child_forget(struct child_pool *, int fd);
/* Sleeps until child_fd is readable, a signal comes, or wait_ms (-1: never). */
void child_wait(const struct child_pool *, int64_t wait_ms);

/* Sends a signal to the one that runs for this arg. */
void child_signal(const struct child_pool *, const void *arg, int number);
/*
 * Those that run have finish_ms to end by themselves; then they get SIGTERM, and
 * kill_ms later SIGKILL, if they are still there.  now_ms is any clock's.  A
 * later call may bring that nearer, and never puts it off.
 */
void child_stop(struct child_pool *, int64_t now_ms, int64_t finish_ms,
    int64_t kill_ms);
/* Sends what is due; how long until the next is, or -1: call it until then. */
int64_t child_stop_due(struct child_pool *, int64_t now_ms);

#endif
