/* SPDX-License-Identifier: ISC */
/* Holds a partition's files against each other, changing nothing. */
#ifndef MQ_VERIFY_H
#define MQ_VERIFY_H

#include <stdint.h>

#include "base/err.h"
#include "log/store.h"

/* A fault: the file, the byte in it (-1 none), and what is wrong there. */
typedef void mq_verify_found(const char *file, int64_t position,
    const char *text, void *arg);

/* Returns how many faults were found, or -1 where it could not be read. */
int mq_verify_partition(const struct mq_store *, const char *topic,
    int32_t partition, mq_verify_found *, void *arg, struct mq_err *);

#endif
