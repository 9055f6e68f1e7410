/* SPDX-License-Identifier: ISC */
/*
 * A share-partition (KIP-932): which records of a partition a share group has
 * in flight, in which state, how often delivered and locked by whom.  Pure
 * state: no I/O and no clock.  On a directory many processes load it, act and
 * save it under one lock; a broker keeps it in memory.
 *
 *	                acquire, +1
 *	  Available  ----------------->  Acquired  --- accept --->  Acknowledged
 *	      ^                             |  |
 *	      +-- release, lock over, <-----+  +--- reject, gap, or the left
 *	          holder gone;                      at the delivery limit
 *	          below the limit                   ----------->  Archived
 *
 * The share-partition start offset (SPSO) is the first record that is not
 * finished (Acknowledged or Archived); the share-partition end offset (SPEO)
 * the first that was never acquired.  All between them are in flight.
 *
 * Offsets count records, times are milliseconds of a clock that all callers
 * share and that goes on over restarts (the wall's).  A lock taken at `now` for
 * d ms is live while the time is below now + d, and over from then on.  When
 * the clock goes back, locks last longer; nothing is locked twice.
 *
 * A holder is any number but 0.  One that dies with a process is told by
 * holder_gone; one that outlives it (--hold) ends with its lock.  A lease that
 * must be told from a later one of the same record needs a holder of its own.
 *
 * What differs from Kafka: max_record_locks counts unfinished records that were
 * delivered at least once, not all of SPSO..SPEO, so that neither a record held
 * long nor delayed ones stop the queue; MQ_SHARE_WINDOW_MAX bounds the memory.
 *
 * Dead letters (KIP-1191), safe in a crash.  With config.dead_letters nothing
 * is archived but by REJECT or GAP.  A record at its delivery limit that is
 * released, or whose lock is over or whose holder is gone, is instead left or
 * made Acquired by who finds it, with a new lock and its delivery count as it
 * is, and told in `out` with state MQ_SHARE_ACQUIRED.  Who finds it
 *	1. saves the state,
 *	2. writes the dead letter and has it on disk,
 *	3. acknowledges with REJECT, and saves.
 * So does a child that rejects: RENEW (is it still mine?), dead letter, REJECT.
 * Whoever dies between leaves a lock that ends, and the next finds the same
 * record: a dead letter may be there twice; it is never missing.
 *
 * One thread at a time.  A state changes only in the functions below; reading
 * the fields is free.
 */
#ifndef MQ_SHARE_PARTITION_H
#define MQ_SHARE_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "group/share_ranges.h"

/* Kafka's defaults of the settings by these names. */
#define MQ_SHARE_RECORD_LOCK_DURATION_MS 30000
#define MQ_SHARE_DELIVERY_COUNT_LIMIT	 5
#define MQ_SHARE_MAX_RECORD_LOCKS	 2000
/* Bounds: the count is 16 bits in Kafka's state; records and runs in flight. */
#define MQ_SHARE_DELIVERY_COUNT_MAX INT16_MAX
#define MQ_SHARE_WINDOW_MAX	    (1 << 20)

/*
 * The group's settings; they are not part of the saved state and may change
 * between loads.  A record above a lowered limit is delivered a last time
 * (KIP-1240).
 */
struct mq_share_config {
	int64_t record_lock_duration_ms; /* from 1 */
	int32_t delivery_count_limit;	 /* 1..MQ_SHARE_DELIVERY_COUNT_MAX */
	int32_t max_record_locks;	 /* 1..MQ_SHARE_WINDOW_MAX */
	bool dead_letters;		 /* archive by REJECT and GAP alone */
};
#define MQ_SHARE_CONFIG_DEFAULT                                              \
	{                                                                    \
		.record_lock_duration_ms = MQ_SHARE_RECORD_LOCK_DURATION_MS, \
		.delivery_count_limit = MQ_SHARE_DELIVERY_COUNT_LIMIT,       \
		.max_record_locks = MQ_SHARE_MAX_RECORD_LOCKS                \
	}

struct mq_share_partition {
	struct mq_share_config config;
	int64_t start_offset; /* SPSO */
	int64_t end_offset;   /* SPEO */
	/* All of SPSO..SPEO in order, without a hole, merged; the first run
	   is not finished. */
	struct mq_share_ranges in_flight;
	int64_t records[MQ_SHARE_STATES]; /* in flight, by state */
	int64_t delivered;    /* unfinished, delivery count from 1: at most
				  max_record_locks, unless that was lowered */
	int64_t ready;	      /* Available with until_ms 0 */
	int64_t next_lock_ms; /* no lock is over before this */
	int64_t next_due_ms;  /* no delayed record is due before this */
	uint64_t changes;     /* grows when there is something to save */
};

/*
 * Empty at the SPSO, which the caller has from share.auto.offset.reset (latest
 * by default) where the group is new.  free leaves nothing allocated; it is
 * done also after a load that failed, and may be done twice.
 */
void mq_share_partition_init(struct mq_share_partition *,
    const struct mq_share_config *, int64_t start_offset);
void mq_share_partition_free(struct mq_share_partition *);

/*
 * save appends the state to the buffer; load makes a state of exactly these
 * bytes (nothing is kept of them).  Big-endian:
 *
 *	0	uint32	CRC-32C of what follows
 *	4	uint16	version, 1
 *	6	uint16	0
 *	8	uint32	how many runs
 *	12	int64	SPSO; a run begins where the one before it ended
 *	20	28 a run: int64 last, uint64 holder, int64 until_ms,
 *		int16 delivery_count, uint8 state, uint8 0
 *
 * 0, or -1: out of memory; load also MQ_CORRUPT_MESSAGE for anything that save
 * does not write, MQ_UNSUPPORTED_VERSION for a whole one of another version.
 */
int mq_share_partition_save(const struct mq_share_partition *, struct mq_buf *,
    struct mq_err *);
int mq_share_partition_load(struct mq_share_partition *,
    const struct mq_share_config *, const void *, size_t, struct mq_err *);

/*
 * Gives the holder up to max records below log_end (the high watermark), locked
 * for lock_ms (0: the setting): first those Available again, in the order of
 * their offsets, but not before their until_ms; then new ones from SPEO, within
 * the caps.  The delivery count goes up by one.
 *
 * *out is replaced by what was given, as runs with their new counts; an empty
 * one means that there is nothing now.  Locks that are over are not given:
 * expire comes first.  Offsets that the log does not hold (compacted, control
 * records) are acknowledged with GAP by who finds that.
 *
 * 0, or -1: out of memory, and nothing was given (with little memory less may
 * be given than asked).
 */
struct mq_share_acquire {
	uint64_t holder;
	int64_t log_end;
	int64_t max_records;
	int64_t lock_ms;
};
int mq_share_partition_acquire(struct mq_share_partition *, int64_t now,
    const struct mq_share_acquire *, struct mq_share_ranges *out,
    struct mq_err *);

/* Kafka's AcknowledgeTypes (KIP-932, RENEW KIP-1222). */
enum mq_share_ack_type {
	MQ_SHARE_GAP = 0,     /* not there: Archived, no dead letter is due */
	MQ_SHARE_ACCEPT = 1,  /* done: Acknowledged */
	MQ_SHARE_RELEASE = 2, /* again: Available, or at the limit see above */
	MQ_SHARE_REJECT = 3,  /* never: Archived; the dead letter is written */
	MQ_SHARE_RENEW = 4    /* still at it: the lock starts anew */
};
struct mq_share_ack {
	uint64_t holder;
	int64_t first; /* offsets, both included */
	int64_t last;
	enum mq_share_ack_type type;
	int64_t lock_ms; /* RENEW: 0 is the setting */
	/* RELEASE: not to be delivered before this time; 0 at once. */
	int64_t available_at_ms;
	/* RELEASE: this delivery was none (the command cannot run, or the
	   record is not due yet): the count goes back, whatever the limit,
	   also where the lock is over and nobody has ended it yet. */
	bool uncounted;
};

/*
 * The holder's word on what it acquired, all or nothing: where one record is
 * not Acquired by this holder, or its lock is over, nothing changes and
 * MQ_INVALID_RECORD_STATE is told.  A caller whose records may have been trimmed
 * from the log meanwhile begins at start_offset.
 *
 * A RELEASE replaces *out by the runs that were at the delivery limit: state
 * MQ_SHARE_ARCHIVED, or MQ_SHARE_ACQUIRED where a dead letter is due; with their
 * delivery counts.  The other types leave `out` alone, and it may be NULL.
 *
 * 0, or -1: as above, or out of memory, and nothing changed.
 */
int mq_share_partition_acknowledge(struct mq_share_partition *, int64_t now,
    const struct mq_share_ack *, struct mq_share_ranges *out, struct mq_err *);

/*
 * expire ends the locks that are over by now; holder_gone ends all of a
 * holder's, live or not.  The records are Available at once; *out is replaced
 * by those at the limit, as by a RELEASE.  Where dead letters are due they are
 * Acquired by `by`, the caller's own holder, which writes them; 0 is a caller
 * that does not, and such records stay as they are.
 *
 * 0, or -1: out of memory; what was done is in *out, the rest is as it was.
 */
int mq_share_partition_expire(struct mq_share_partition *, int64_t now,
    uint64_t by, struct mq_share_ranges *out, struct mq_err *);
int mq_share_partition_holder_gone(struct mq_share_partition *, int64_t now,
    uint64_t holder, uint64_t by, struct mq_share_ranges *out, struct mq_err *);

/*
 * The next time at which something changes by itself: a lock is over or a
 * delayed record is due; -1 never.  What is due already is in the past.
 */
int64_t mq_share_partition_next_deadline(const struct mq_share_partition *);

/*
 * The distinct holders of Acquired records, ascending.  *ids is the caller's to
 * free; NULL where there are none.  0, or -1: out of memory.
 */
int mq_share_partition_holders(const struct mq_share_partition *,
    uint64_t **ids, size_t *count, struct mq_err *);

/* The log begins here now (trim, retention): SPSO and SPEO are not below. */
void mq_share_partition_log_start(struct mq_share_partition *, int64_t);
/*
 * The log ends here (its end, not the high watermark): after a recovery cut its
 * tail, what was in flight or finished from here on is forgotten, or the records
 * that come there next would count as finished.  Returns by how many records
 * SPEO went back; 0 is how it always should be.
 */
int64_t mq_share_partition_log_end(struct mq_share_partition *, int64_t);
/*
 * Begins again at the offset, forgetting all in flight (AlterShareGroupOffsets).
 * 0, or -1: records are Acquired (MQ_INVALID_RECORD_STATE).
 */
int mq_share_partition_seek(struct mq_share_partition *, int64_t offset,
    struct mq_err *);

/* The run that holds an offset in flight, until the next change; or NULL. */
const struct mq_share_range *
mq_share_partition_find(const struct mq_share_partition *, int64_t offset);
/* Records not finished, in flight or not: the group's lag (KIP-1226). */
int64_t mq_share_partition_lag(const struct mq_share_partition *,
    int64_t log_end);
/* "Available" and so on, as Kafka writes them. */
const char *mq_share_state_name(int state);

#endif
