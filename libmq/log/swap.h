/* SPDX-License-Identifier: ISC */
/*
 * A compacted segment takes the place of those that it was made from, while
 * others read these without a lock.
 *
 * It is written and flushed as NNN.log.cleaned, and becomes NNN.log.swap, with
 * the base offset of the first that it replaces.  swap-checkpoint then says up
 * to which offset it does so.  From there on the swap is finished whatever
 * happens: the file is renamed over the first segment, and the others are
 * deleted in their order.  So each offset is at every moment in the segment
 * with the last base that is not above it, old or new.
 *
 * cleaner-offset-checkpoint holds the first offset that was not compacted yet,
 * and the offset below which batches may be missing; the second is on disk
 * before a segment with gaps is seen.
 *
 * All under the append lock.
 */
#ifndef MQ_SWAP_H
#define MQ_SWAP_H

#include <stdint.h>

#include "base/err.h"
#include "log/partition.h"

struct mq_swap {
	const int64_t *base; /* of the segments that go, in their order */
	size_t count;
	int64_t end;	/* base offset of the segment behind them */
	int64_t sparse; /* gaps may be below */
};

/*
 * Puts the .cleaned segment of base[0] in the place of all of them.  1 done; 0
 * something else happened to these segments meanwhile, and nothing was done;
 * -1: either all are as they were, or the next one to lock the partition
 * finishes it.
 */
int mq_swap(struct mq_partition *, struct mq_partition_tail *,
    const struct mq_swap *, struct mq_err *);
/* Finishes what was interrupted, and removes what a dead cleaner left. */
int mq_swap_recover(struct mq_partition *, struct mq_err *);
/* Takes the segments off the list that an unfinished swap has replaced. */
int mq_swap_hide(int dir, struct mq_segment_list *, struct mq_err *);

/* Reads cleaner-offset-checkpoint: 0 and zeros where there is none. */
int mq_swap_checkpoint(int dir, int64_t *first_dirty, int64_t *sparse,
    struct mq_err *);
int mq_swap_sparse(int dir, int64_t *sparse, struct mq_err *);
/* Writes it, and publishes the second number. */
int mq_swap_set_checkpoint(struct mq_partition *, struct mq_partition_tail *,
    int64_t first_dirty, int64_t sparse, struct mq_err *);

#endif
