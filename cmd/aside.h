/* SPDX-License-Identifier: ISC */
/*
 * A second thread, which makes one call at a time: for reading and writing by
 * the hundred megabytes, where the kernel's copying takes as long as the work
 * between.  No signal comes to it.
 */
#ifndef ASIDE_H
#define ASIDE_H

struct aside;

/*
 * NULL where there is one processor, no thread to be had, or fd is not a regular
 * file: with others a call may wait for ever.
 */
struct aside *aside_start(int fd);
/* Waits for the call that is made, and ends.  NULL is nothing to do. */
void aside_stop(struct aside *);
/* Has it make a call, when the last one was waited for. */
void aside_call(struct aside *, void (*)(void *), void *arg);
/* Until that has returned. */
void aside_wait(struct aside *);

#endif
