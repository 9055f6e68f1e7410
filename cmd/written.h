/* SPDX-License-Identifier: ISC */
/*
 * Which records are written out: where the bytes of each end, so that what a
 * reader was given before it went can be committed, and nothing else.
 */
#ifndef WRITTEN_H
#define WRITTEN_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"

struct written_mark;
struct written_place;

struct written {
	struct written_mark *mark; /* in the order of the output */
	size_t count, cap;
	struct written_place *place; /* a partition each */
	size_t places;
};

/* The record's bytes end before byte `end` of the output; so far, `out` are. */
void written_add(struct written *, const struct mq_record *, uint64_t end,
    uint64_t out);
/*
 * Commits what ends up to byte `out`.  Of a partition that is the consumer's no
 * longer nothing is; whoever has it goes on from the last commit.
 */
void written_commit(struct written *, struct mq_consumer *, uint64_t out);
/* All of it is committed. */
void written_clear(struct written *);
void written_free(struct written *);

#endif
