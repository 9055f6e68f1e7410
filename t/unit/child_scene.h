/* SPDX-License-Identifier: ISC */
/* Children whose output a test reads while it drives them. */
#ifndef CHILD_SCENE_H
#define CHILD_SCENE_H

#include "child.h"
#include "out.h"

/* A record of that value, the rest as in child_scene.c. */
struct mq_record child_scene_record(const void *value, size_t len);

struct child_scene {
	struct child_pool *pool;
	struct out got; /* output and errors of all its children, NUL-ended */
	int from;	/* they come from here */
	int to;
};

/* A pool of size, in process groups of its own if apart; 0 or -1. */
int child_scene_new(struct child_scene *, const char *command, size_t size,
    int apart);
void child_scene_free(struct child_scene *);
/* child_start, with output and errors to the scene. */
int child_scene_start(struct child_scene *, const struct child_job *,
    struct child_end *);
/* Reads output and feeds until a child has ended, and what it wrote. */
int child_scene_end(struct child_scene *, struct child_end *);
/* Reads output, feeding nobody, until it ends in this text. */
int child_scene_until(struct child_scene *, const char *text);
/* Reads until nobody holds the output open any more. */
int child_scene_rest(struct child_scene *);
/*
 * All at once, for one record: what is written, valid until the next call, or
 * NULL.
 */
const char *child_scene_run(const char *command, const struct mq_record *,
    struct child_end *);
/*
 * Whether it ends so for the value "some", with that output; NULL where the
 * shell has something to say.  0, or 1 and it prints what is not as wanted.
 */
int child_scene_ends(const char *command, enum outcome, const char *text,
    const char *output);

#endif
