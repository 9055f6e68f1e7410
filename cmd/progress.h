/* SPDX-License-Identifier: ISC */
/* A line on standard error that says how far a long run has come. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>

struct progress {
	int on;
	int shown; /* a line stands there */
	int64_t start_ms, next_ms;
};

/* forced: --progress; otherwise on where standard error is a terminal. */
void progress_start(struct progress *, int forced, int quiet);
/* size -1: the end is not known. */
void progress_step(struct progress *, uint64_t records, int64_t bytes,
    int64_t size);
/* Leaves the last state as a line. */
void progress_end(struct progress *, uint64_t records, int64_t bytes,
    int64_t size);

#endif
