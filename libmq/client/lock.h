/* SPDX-License-Identifier: ISC */
/*
 * Waiting for a lock that another process has, and may be stopped with: a wait
 * in the kernel would hear of no time.
 */
#ifndef MQ_LOCK_H
#define MQ_LOCK_H

#include <stdint.h>

#include "base/err.h"

#define MQ_LOCK_PATIENCE_MS 1000 /* who does something with one needs less */

#define MQ_LOCK_HELD "another process holds its lock, and may be stopped"

/*
 * Takes the first byte's lock, at least tries to; MQ_REQUEST_TIMED_OUT where
 * another has it until until_ms of the monotonic clock.
 */
int mq_lock_until(int fd, int64_t until_ms, struct mq_err *);
/* What a wait that begins now has for an end. */
int64_t mq_lock_patience(void);

#endif
