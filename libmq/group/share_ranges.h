/* SPDX-License-Identifier: ISC */
/*
 * Runs of records that are in the same state, in the order of their offsets:
 * what a share-partition keeps of the records in flight, and what it tells of
 * them.  Bulk work on 500 records is work on one run.
 *
 * An array with room at both ends: runs are appended behind and finished in
 * front, and a split or a merge moves the shorter side.
 */
#ifndef MQ_SHARE_RANGES_H
#define MQ_SHARE_RANGES_H

#include <stddef.h>
#include <stdint.h>

/* A record's state, by Kafka's names and numbers (KIP-932, DeliveryState). */
enum mq_share_state {
	MQ_SHARE_AVAILABLE = 0,	   /* may be acquired */
	MQ_SHARE_ACQUIRED = 1,	   /* locked by a holder until a time */
	MQ_SHARE_ACKNOWLEDGED = 2, /* accepted: finished */
	MQ_SHARE_ARCHIVED = 4	   /* given up: finished */
};
#define MQ_SHARE_STATES 5

/* A finished run has holder, until_ms and delivery_count 0. */
struct mq_share_range {
	int64_t first;		/* offset of the first record */
	int64_t last;		/* offset of the last one */
	uint64_t holder;	/* who acquired it; 0 in other states */
	int64_t until_ms;	/* Acquired: when the lock is over;
				   Available: not before, 0 at once */
	int16_t delivery_count; /* how often it was acquired */
	uint8_t state;		/* enum mq_share_state */
};

/* Zero-initialised is empty; at[0..count) is for everyone to read. */
struct mq_share_ranges {
	struct mq_share_range *at;
	size_t count;
	struct mq_share_range *room; /* what was allocated: at lies in it */
	size_t cap;
};

/* How many records the run has. */
static inline int64_t
mq_share_range_length(const struct mq_share_range *r)
{
	return r->last - r->first + 1;
}

/* The records are finished: nobody gets them again. */
static inline int
mq_share_range_finished(const struct mq_share_range *r)
{
	return r->state >= MQ_SHARE_ACKNOWLEDGED;
}

/* Makes room for `more` runs at the end.  0, or -1 when memory is out. */
int mq_share_ranges_reserve(struct mq_share_ranges *, size_t more);
/* Appends a run, for which room was reserved. */
void mq_share_ranges_push(struct mq_share_ranges *,
    const struct mq_share_range *);
/* Index of the run that holds the offset, else of the next; count if none. */
size_t mq_share_ranges_find(const struct mq_share_ranges *, int64_t offset);
/*
 * Cuts run i in two, so that run i + 1 starts at the offset, which lies inside
 * it and is not its first.  Room for one run was reserved.
 */
void mq_share_ranges_split(struct mq_share_ranges *, size_t i, int64_t offset);
/* Whether two runs could be one. */
int mq_share_ranges_same(const struct mq_share_range *,
    const struct mq_share_range *);
/* Joins what is the same among the runs from..to and their neighbours. */
void mq_share_ranges_merge(struct mq_share_ranges *, size_t from, size_t to);
/* Drops the first n runs. */
void mq_share_ranges_drop(struct mq_share_ranges *, size_t n);
void mq_share_ranges_clear(struct mq_share_ranges *);
void mq_share_ranges_free(struct mq_share_ranges *);

#endif
