/* SPDX-License-Identifier: ISC */
/*
 * Waiting for the files of a store to change, in the kernel.  A watch is set
 * before what it watches is looked at, so that no change falls between.
 */
#ifndef MQ_WATCH_H
#define MQ_WATCH_H

#include <stdint.h>

#include "base/err.h"
#include "base/io.h"

struct mq_watch {
	int fd;		   /* inotify, -1 not open */
	const int *wakeup; /* the target's, as it is then; -1 none */
};

int mq_watch_open(struct mq_watch *, const int *wakeup, struct mq_err *);
/* Watches a file or a directory; its id, or -1. */
int mq_watch_add(struct mq_watch *, const char *path, enum mq_io_watch,
    struct mq_err *);
void mq_watch_remove(struct mq_watch *, int id);
/*
 * Waits up to wait_ms (-1: for ever); told is called for each id that changed,
 * and with -1 where any may have.
 * 1 something changed, 0 the time is over or the wakeup came, -1.
 */
int mq_watch_wait(struct mq_watch *, int64_t wait_ms,
    void (*told)(int id, void *arg), void *arg, struct mq_err *);
/* Whether the wakeup has come. */
int mq_watch_woken(const struct mq_watch *);
void mq_watch_close(struct mq_watch *);

#endif
