/* SPDX-License-Identifier: ISC */
/*
 * A child's standard input: a pipe that has as much of the value as fits before
 * the child is started, mostly all of it.  What does not fit is copied and
 * follows.  The pipe's other end stays open here as long: a child that closes
 * its input early makes no SIGPIPE then, the pipe is full until the child ends.
 */
#ifndef CHILD_INPUT_H
#define CHILD_INPUT_H

#include <stddef.h>

#include "mq.h"

struct child_input {
	int child;  /* its end of the pipe, or -1 */
	int ours;   /* -1 when all is written */
	char *rest; /* rest[done..len) is to be written */
	size_t done, len;
};

void child_input_init(struct child_input *);
/* 0, or -1 with errno; close it then, too. */
int child_input_open(struct child_input *, const struct mq_bytes *);
/* Writes what the pipe takes: 1 that was all. */
int child_input_feed(struct child_input *);
void child_input_close(struct child_input *);

#endif
