/* SPDX-License-Identifier: ISC */
/*
 * NNN.timeindex, Kafka's format: 12-byte entries, big-endian, of the largest
 * timestamp so far and the last offset (relative to the segment's base) of the
 * batch that holds it; both grow.  A hint, as the offset index is.
 */
#ifndef MQ_TIME_INDEX_H
#define MQ_TIME_INDEX_H

#include <stdint.h>

#include "base/err.h"

#define MQ_TIME_INDEX_ENTRY 12

/* Adds an entry, unless the last one's timestamp is as large. */
int mq_time_index_add(int fd, int64_t base, int64_t timestamp, int64_t offset,
    struct mq_err *);
/* Entry number n, from 0: 1, 0 behind the last, -1. */
int mq_time_index_get(int fd, int64_t base, int64_t n, int64_t *timestamp,
    int64_t *offset, struct mq_err *);
/* The last entry: 1, 0 none, -1. */
int mq_time_index_last(int fd, int64_t base, int64_t *timestamp,
    int64_t *offset, struct mq_err *);
/* The last entry whose timestamp is below the target: 1, 0 none, -1. */
int mq_time_index_find(int fd, int64_t base, int64_t target, int64_t *timestamp,
    int64_t *offset, struct mq_err *);
/* Drops the entries of offsets from `offset` on. */
int mq_time_index_cut(int fd, int64_t base, int64_t offset, struct mq_err *);

#endif
