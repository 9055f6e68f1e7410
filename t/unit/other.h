/* SPDX-License-Identifier: ISC */
/* A second process, which a test speaks with by pipes, a letter at a time. */
#ifndef OTHER_H
#define OTHER_H

#include <sys/types.h>

struct other {
	pid_t pid;
	int to;
	int from;
};

/* Runs act in a child, which ends when act returns; 0 or -1. */
int other_start(struct other *, void (*act)(int in, int out));
/* Its status, as of waitpid, once it has ended; -1. */
int other_end(struct other *);
void other_say(int fd, char);
/* What the other said, or 0 at its end. */
char other_hear(int fd);

#endif
