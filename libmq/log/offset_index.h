/* SPDX-License-Identifier: ISC */
/*
 * NNN.index, Kafka's format: 8-byte entries, big-endian, of the offset of a
 * batch's last record (relative to the segment's base) and the position where
 * that batch starts; both grow.  A hint: who uses an entry holds it against
 * the batch it points at.
 */
#ifndef MQ_OFFSET_INDEX_H
#define MQ_OFFSET_INDEX_H

#include <stdint.h>

#include "base/err.h"

#define MQ_OFFSET_INDEX_ENTRY 8

int mq_offset_index_add(int fd, int64_t base, int64_t last_offset,
    int64_t position, struct mq_err *);
/* Entry number n, from 0: 1, 0 behind the last, -1. */
int mq_offset_index_get(int fd, int64_t base, int64_t n, int64_t *last_offset,
    int64_t *position, struct mq_err *);
/* The last entry whose offset is not above the target: 1, 0 none, -1. */
int mq_offset_index_find(int fd, int64_t base, int64_t target,
    int64_t *last_offset, int64_t *position, struct mq_err *);
/* Drops the entries of positions from `position` on. */
int mq_offset_index_cut(int fd, int64_t base, int64_t position,
    struct mq_err *);

#endif
