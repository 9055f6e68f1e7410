/* SPDX-License-Identifier: ISC */
/*
 * mq.h: queues and topics from C.
 *
 * A target is opened once; topics are made and described on it, producers
 * and consumers are opened from it.  Handles are opaque, belong to the one
 * who opened them, and are used by one thread at a time; different handles
 * are independent.  A producer or consumer is freed before its target.
 *
 * Functions return 0 (or what they say), and -1 or NULL on failure, when the
 * caller's struct mq_err holds Kafka's code, errno, and one sentence.  The
 * library never prints, never exits and keeps no global state, but for the
 * codecs' libraries, which are loaded once for all.
 *
 * Names are Kafka's: offsets count records in a partition, timestamps are
 * milliseconds since 1970.  libmq(3) is the manual.
 */
#ifndef MQ_H
#define MQ_H

#include "base/err.h"
#include "record/record.h"

#define MQ_VERSION   "0.1.0"
#define MQ_TOPIC_MAX 249 /* bytes of a topic's name, without the NUL */

struct mq;
struct mq_conf;
struct mq_producer;
struct mq_consumer;
struct mq_share;
struct mq_ranges;
struct mq_dump;

/* ---- settings: Kafka's property names --------------------------------- */

/* What a set of properties is for; it decides which names are known. */
enum mq_scope {
	MQ_TOPIC_CONF,
	MQ_PRODUCER_CONF,
	MQ_CONSUMER_CONF,
	MQ_SHARE_CONF
};

struct mq_conf_key {
	const char *name;
	const char *value; /* the default */
	const char *about; /* one line */
};

struct mq_conf *mq_conf_new(enum mq_scope);
void mq_conf_free(struct mq_conf *);
/*
 * Sets one property.  MQ_INVALID_CONFIG for an unknown name (the known ones
 * are listed) or a value that its name does not take.
 */
int mq_conf_set(struct mq_conf *, const char *name, const char *value,
    struct mq_err *);
/* Reads name=value lines; the error names file and line. */
int mq_conf_load(struct mq_conf *, const char *path, struct mq_err *);
/* The value that was set, or NULL; valid until the next change. */
const char *mq_conf_get(const struct mq_conf *, const char *name);
/* The known names, sorted, ended by a NULL name; static. */
const struct mq_conf_key *mq_conf_keys(enum mq_scope);

/* ---- targets ----------------------------------------------------------- */

#define MQ_OPEN_CREATE 1 /* make the directory's store when there is none */

/*
 * Opens a target: a name that holds a slash is a store directory.  Fails with
 * MQ_KAFKA_STORAGE_ERROR (errno in sys), MQ_UNKNOWN_TOPIC_OR_PARTITION where
 * no store is there, MQ_UNSUPPORTED_VERSION where the target cannot be served
 * (a network file system, a newer format), MQ_COORDINATOR_NOT_AVAILABLE where
 * a broker holds the store.
 */
struct mq *mq_open(const char *target, int flags, struct mq_err *);
void mq_close(struct mq *);
/*
 * A descriptor that interrupts waiting: while it is readable, calls that wait
 * return at once, as if their time were over.  Borrowed; -1 for none.
 */
void mq_set_wakeup(struct mq *, int fd);

/* ---- topics ------------------------------------------------------------ */

struct mq_setting {
	char *name;
	char *value;
	int is_default;
};

struct mq_topic {
	char *name;
	char *id; /* 22 characters, Kafka's Uuid */
	int32_t partitions;
	int queue;		    /* boolean */
	struct mq_setting *setting; /* every known config, sorted */
	size_t setting_count;
};

struct mq_partition_info {
	int32_t leader_epoch;
	int64_t log_start;	/* first offset that can be read */
	int64_t high_watermark; /* readers see offsets below this */
	int64_t log_end;	/* offset of the next record */
	int64_t bytes;		/* of all segment files */
	int32_t segments;
};

/* Makes a topic of 1 or more partitions; conf may be NULL. */
int mq_topic_create(struct mq *, const char *topic, int32_t partitions,
    const struct mq_conf *, struct mq_err *);
/*
 * The same for a queue: a topic with one share group, which bears its name, and
 * whose records go when that has accepted them.  It reads nothing else.
 * MQ_INCONSISTENT_GROUP_PROTOCOL where another group has the name.
 */
int mq_queue_create(struct mq *, const char *topic, int32_t partitions,
    const struct mq_conf *, struct mq_err *);
/* With what groups have committed or keep of it, and the group of a queue. */
int mq_topic_delete(struct mq *, const char *topic, struct mq_err *);
/*
 * Raises the partitions to that number (0: leaves them), sets what conf (or
 * NULL) holds, and gives the names in unset (NULL-ended, or NULL) back to
 * their defaults.
 */
int mq_topic_alter(struct mq *, const char *topic, int32_t partitions,
    const struct mq_conf *, const char *const *unset, struct mq_err *);
/* The names of all topics, sorted, NULL-ended; mq_names_free. */
char **mq_topic_names(struct mq *, struct mq_err *);
void mq_names_free(char **);
/* mq_topic_free. */
struct mq_topic *mq_topic_get(struct mq *, const char *topic, struct mq_err *);
void mq_topic_free(struct mq_topic *);
int mq_partition_get(struct mq *, const char *topic, int32_t partition,
    struct mq_partition_info *, struct mq_err *);
/* Deletes the records before offset; *log_start gets the new log start. */
int mq_topic_trim(struct mq *, const char *topic, int32_t partition,
    int64_t offset, int64_t *log_start, struct mq_err *);

struct mq_cleaned {
	int32_t segments;
	int64_t bytes;
	int64_t log_start;
};

/* Applies cleanup.policy to one partition now: what was deleted in all. */
int mq_topic_clean(struct mq *, const char *topic, int32_t partition,
    struct mq_cleaned *, struct mq_err *);
/*
 * Removes the partitions that a create, an alter or a delete left which was
 * killed: those of no topic, that hold no record or were deleted.
 */
int mq_clean_leftovers(struct mq *, int32_t *removed, struct mq_err *);
/*
 * Waits until the topic holds at least `records` records.  1 it does, 0 the
 * time is over (wait_ms -1: never) or the wakeup came.
 */
int mq_topic_wait(struct mq *, const char *topic, int64_t records,
    int64_t wait_ms, struct mq_err *);

/* ---- positions, mq-position(7) ------------------------------------------ */

enum mq_position_kind {
	MQ_POSITION_OFFSET, /* value is an offset */
	MQ_POSITION_START,  /* value records after the log start */
	MQ_POSITION_END,    /* value records before the end */
	MQ_POSITION_TIME,   /* first record not before value, ms since 1970 */
	MQ_POSITION_STORED  /* the group's committed offset */
};

struct mq_position {
	enum mq_position_kind kind;
	int64_t value;
};

/*
 * Reads -o's argument: a list of ranges, by default or per partition.  Errors
 * name the byte.  mq_ranges_free.
 */
struct mq_ranges *mq_ranges_parse(const char *text, struct mq_err *);
void mq_ranges_free(struct mq_ranges *);
/*
 * What is said of a partition: 1 and *from (with *until where it returns 2),
 * or 0 where nothing is said of it.
 */
int mq_ranges_get(const struct mq_ranges *, int32_t partition,
    struct mq_position *from, struct mq_position *until);
/* The partition that the i-th is for, -1 all the others; -2 behind the last. */
int32_t mq_ranges_partition(const struct mq_ranges *, size_t i);
/*
 * The offset a position stands for now, and the timestamp of the record there
 * (-1 where there is none).  A position past an end is that end, an offset is
 * itself.
 */
int mq_position_resolve(struct mq *, const char *topic, int32_t partition,
    const struct mq_position *, int64_t *offset, int64_t *timestamp,
    struct mq_err *);

/* ---- producing ----------------------------------------------------------- */

/* What became of the records that were handed over. */
struct mq_delivery {
	uint64_t handed;    /* records taken by mq_produce */
	uint64_t confirmed; /* of them, acknowledged as acks asks */
	uint64_t bytes;	    /* of keys and values handed over */
	/* While confirmed < handed: the first that is not, counted from 0,
	 * and its tag. */
	uint64_t unconfirmed;
	uint64_t unconfirmed_tag;
};

/* conf (or NULL): acks, batch.size, linger.ms, compression.type ... */
struct mq_producer *mq_producer_new(struct mq *, const char *topic,
    const struct mq_conf *, struct mq_err *);
/*
 * Hands a record over; its bytes are copied.  partition -1 asks the
 * partitioner; timestamp MQ_NOW is now.  tag is the caller's own, for
 * mq_delivery.  MQ_MESSAGE_TOO_LARGE and MQ_INVALID_RECORD refuse this record
 * and hurt no other; after any other error the producer is done for.
 */
int mq_produce(struct mq_producer *, const struct mq_record *, uint64_t tag,
    struct mq_err *);
/*
 * The same for all whole records that delim parts in the data, without keys and
 * headers: *used bytes were taken.  The tag of each is `tag` plus its place in
 * the data.  Where a record is refused, *used is its place.
 */
int mq_produce_run(struct mq_producer *, const char *data, size_t len,
    char delim, int32_t partition, int64_t timestamp, uint64_t tag,
    size_t *used, struct mq_err *);
/*
 * Hands over one whole batch in the segment format.  It is checked, and kept
 * as it is where the topic allows; control batches count as no record.
 * Partition -1 asks the partitioner, for the batch as one.
 */
int mq_produce_batch(struct mq_producer *, const void *batch, size_t len,
    int32_t partition, uint64_t tag, struct mq_err *);
/* Bytes of the batch that starts here: 0 where its header is not whole. */
int mq_batch_length(const void *, size_t, size_t *len, struct mq_err *);
/*
 * Hands over a record that a group gives up, as a dead letter: to the partition
 * of the same number, as far as there are so many, with KIP-1191's headers
 * (__dlq.errors.topic, .partition, .offset, .group, .delivery.count, .message)
 * behind its own.  MQ_MESSAGE_TOO_LARGE where that topic takes none so large.
 */
int mq_produce_dead(struct mq_producer *, const struct mq_record *,
    const char *group, int64_t delivery_count, const char *message,
    struct mq_err *);
/* Sends what has lingered; *next_ms: how long until that is due, or -1. */
int mq_producer_poll(struct mq_producer *, int64_t *next_ms, struct mq_err *);
/*
 * Returns when everything handed over is confirmed.  After a failure it still
 * confirms what had come into the log before, and fails again.
 */
int mq_producer_flush(struct mq_producer *, struct mq_err *);
void mq_producer_delivery(const struct mq_producer *, struct mq_delivery *);
/* Drops what was not sent. */
void mq_producer_free(struct mq_producer *);

/* ---- consuming ----------------------------------------------------------- */

struct mq_subscription {
	const char *group;	  /* consumer group to join, or NULL */
	const char *const *topic; /* names, or patterns */
	size_t topic_count;
	/*
	 * Topics are POSIX extended regular expressions, which do not find
	 * those whose names begin with __, unless they are just that name.
	 */
	int patterns;
	const int32_t *partition; /* only these; NULL: all */
	size_t partition_count;
	const struct mq_ranges *ranges; /* NULL: start, or the stored offset */
	int stop_at_end; /* at the end as it stands at the start */
};

enum mq_poll {
	MQ_POLL_IDLE = 0, /* nothing within the wait, or woken */
	MQ_POLL_RECORD = 1,
	MQ_POLL_END = 2 /* every partition is at its stop */
};

/*
 * With a group the consumer joins it: it reads the partitions that the group
 * gives it, each from the committed offset on, or where there is none from what
 * `ranges` says, or auto.offset.reset (earliest).  It follows the group's
 * changes whenever it is polled; it leaves when it is freed.  Ranges are
 * borrowed for as long as it lives then.
 */
struct mq_consumer *mq_consumer_new(struct mq *, const struct mq_conf *,
    const struct mq_subscription *, struct mq_err *);
/*
 * The next record, borrowed until the next call.  wait_ms 0 does not wait, -1
 * waits for ever.  Returns enum mq_poll, or -1: MQ_CORRUPT_MESSAGE,
 * MQ_OFFSET_OUT_OF_RANGE (auto.offset.reset=none), MQ_KAFKA_STORAGE_ERROR.
 */
int mq_consumer_poll(struct mq_consumer *, struct mq_record *, int64_t wait_ms,
    struct mq_err *);
/*
 * The values of the next records, up to max_records, each with delim behind it,
 * copied into buf as far as they fit whole into cap bytes: *len bytes, *records
 * values.  It may give 0 values where there are some: mq_consumer_poll has the
 * next one then.
 */
int mq_consumer_poll_values(struct mq_consumer *, char *buf, size_t cap,
    char delim, uint64_t max_records, size_t *len, uint64_t *records,
    int64_t wait_ms, struct mq_err *);

/* Whole batches in the segment format. */
struct mq_batches {
	const void *data;
	size_t len; /* bytes */
	uint64_t records;
	int fd; /* a file that has them too, borrowed likewise; -1 none has */
	int64_t position; /* byte in it */
};

/*
 * The same by whole batches, cut to the range asked for and to max_records (at
 * least 1), and checked.  They are in buf, which has cap bytes, from its first
 * one on; or else, as a batch that was cut or is larger than that, in memory
 * that is borrowed until the next call.
 */
int mq_consumer_poll_batches(struct mq_consumer *, void *buf, size_t cap,
    uint64_t max_records, struct mq_batches *, int64_t wait_ms,
    struct mq_err *);
/*
 * Commits what was given out so far, of each partition of the group that it
 * owns; where that is nothing, the place that it begins at.  Where the settings
 * have acks=1, it does not wait for the disk.
 */
int mq_consumer_commit(struct mq_consumer *, struct mq_err *);
/*
 * The same of one partition: the record at `offset` is read next.
 * MQ_UNKNOWN_MEMBER_ID where the consumer does not own it any more.
 */
int mq_consumer_commit_offset(struct mq_consumer *, const char *topic,
    int32_t partition, int64_t offset, struct mq_err *);
/*
 * The same without waiting for the disk: others see the commit, and a kill does
 * not undo it.  Then mq_consumer_commit_flush returns when all commits are on
 * disk, or with acks=1 at once; when it fails, those since the last one may not
 * be.
 */
int mq_consumer_commit_offset_async(struct mq_consumer *, const char *topic,
    int32_t partition, int64_t offset, struct mq_err *);
int mq_consumer_commit_flush(struct mq_consumer *, struct mq_err *);
/*
 * Gives out no more records of a partition, or does again.  A partition that
 * goes to another member and comes back is not paused.
 */
void mq_consumer_pause(struct mq_consumer *, const char *topic,
    int32_t partition, int paused);
/*
 * Told, from within a poll, before a partition goes to another member: what was
 * given out of it can still be committed.
 */
void mq_consumer_on_revoke(struct mq_consumer *,
    void (*revoked)(const char *topic, int32_t partition, void *arg),
    void *arg);
void mq_consumer_free(struct mq_consumer *);

/* ---- groups --------------------------------------------------------------- */

/* A group's name is that of a consumer group or of a share group. */
enum mq_group_type {
	MQ_GROUP_CONSUMER = 1,
	MQ_GROUP_SHARE = 2
};

/*
 * The names of all groups, of both types, sorted, NULL-ended; mq_names_free.  A
 * queue's share group is there before anybody has read in it.
 */
char **mq_group_names(struct mq *, struct mq_err *);
/* enum mq_group_type; 0 there is no such group; -1. */
int mq_group_type(struct mq *, const char *group, struct mq_err *);
/*
 * Waits until the group's lag, of one topic or (NULL) all together, is at most
 * `lag`: 1 it is, 0 the time is over (wait_ms -1: never) or the wakeup came.
 * For both types.  A consumer group that has neither committed nor reads
 * anything has not come so far.
 */
int mq_group_wait(struct mq *, const char *group, const char *topic,
    int64_t lag, int64_t wait_ms, struct mq_err *);

/*
 * ---- consumer groups, seen from outside ------------------------------------
 *
 * These fail with MQ_INCONSISTENT_GROUP_PROTOCOL for a share group.
 */

struct mq_group_member {
	char *id;
	int64_t pid;
	char *host;
	char *strategy;
	int32_t partitions; /* of its assignment */
};

/* A partition that the group has committed to, or that is assigned to a member. */
struct mq_group_partition {
	char *topic;
	int32_t partition;
	int64_t committed; /* offset of the record that is read next, -1 none */
	int64_t log_start, log_end; /* as readers see it; -1 it is gone */
	int64_t lag; /* records behind it, or behind the log's start; or -1 */
	int32_t leader_epoch; /* of the commit, -1 */
	int64_t commit_ms;    /* of the commit, -1 */
	char *metadata;	      /* of the commit; "" */
	char *member;	      /* id of the one it is assigned to, or NULL */
};

struct mq_group {
	char *name;
	const char *state; /* Kafka's: Empty, PreparingRebalance, Stable */
	char *strategy;	   /* "" without members */
	int64_t generation;
	struct mq_group_member *member;
	size_t member_count;
	/* All of each topic that it has committed to or reads; sorted. */
	struct mq_group_partition *partition;
	size_t partition_count;
};

/* mq_group_free.  MQ_GROUP_ID_NOT_FOUND where there is none. */
struct mq_group *mq_group_get(struct mq *, const char *group, struct mq_err *);
void mq_group_free(struct mq_group *);

/* Where a partition's commits are to stand; offset -1 forgets it. */
struct mq_group_position {
	const char *topic;
	int32_t partition;
	int64_t offset;
	const char *metadata; /* NULL: "" */
};

/*
 * Commits all of them, or none.  MQ_NON_EMPTY_GROUP where a living member reads
 * one of the partitions.  The group is made where there is none.
 */
int mq_group_commit(struct mq *, const char *group,
    const struct mq_group_position *, size_t count, struct mq_err *);
/* Forgets its offsets.  MQ_NON_EMPTY_GROUP, MQ_GROUP_ID_NOT_FOUND. */
int mq_group_delete(struct mq *, const char *group, struct mq_err *);

/* ---- share groups ---------------------------------------------------------- */

/*
 * A share group (KIP-932) hands each record of its topics to one of those who
 * read in it: it is acquired, for a time, and then accepted, released for
 * another try, or rejected.  What a killed process had acquired is there for the
 * others at once; what one sits on, when its lock is over.  A record is
 * delivered at least once and, at each time, to one alone.
 *
 * A record that was delivered group.share.delivery.count.limit times, or was
 * rejected, goes to the dead-letter topic, if there is one, with KIP-1191's
 * headers behind its own; else it is dropped.  The caller is told.
 *
 * A record with the header mq-delay-until, whose value is milliseconds since
 * 1970 in decimal digits, is delivered then, or up to 1/256 of its delay later.
 *
 * share.auto.offset.reset is earliest here (in Kafka: latest): a group on a
 * directory is made by the first who reads in it, and what was put there before
 * is meant for it.
 *
 * acks=all has each accept on disk before it counts.  With acks=1 a power cut
 * may bring back what was accepted shortly before it, in the worst case all
 * that the log still holds; no record is lost by it.  A kill brings back what
 * was not written yet (mq_share_acknowledge), with either.
 */
#define MQ_DELAY_HEADER "mq-delay-until"
#define MQ_SHARE_ID	340 /* room for an id, with the NUL */

struct mq_share_record {
	struct mq_record record;
	int delivery_count; /* from 1: this delivery is counted */
	int64_t until_ms;   /* its lock is over then, ms since 1970 */
	uint64_t holder;    /* who has the lock; the library's own */
};

enum mq_acknowledge {
	MQ_ACCEPT = 1,		 /* done */
	MQ_RELEASE = 2,		 /* another try, of anybody, after the delay */
	MQ_REJECT = 3,		 /* never again: dead letter, or dropped */
	MQ_RENEW = 4,		 /* the lock starts anew */
	MQ_RELEASE_UNCOUNTED = 5 /* as if it had not been delivered */
};

enum mq_share_event_kind {
	MQ_SHARE_DROPPED = 1, /* given up, and there is no dead-letter topic */
	MQ_SHARE_DEAD = 2,    /* given up, and in the dead-letter topic */
	MQ_SHARE_LATE = 3     /* acknowledged, and the lock was over */
};

struct mq_share_event {
	enum mq_share_event_kind kind;
	const char *topic;
	int32_t partition;
	int64_t first, last; /* offsets */
	int delivery_count;
	int rejected; /* boolean: else it was at its limit */
};

/*
 * conf (scope MQ_SHARE_CONF, or NULL).  Of the subscription ranges are not
 * used; stop_at_end is where nothing is left below the end as it stands now
 * but what others have and what is delayed.  NULL subscribes to nothing, for
 * mq_share_acknowledge_id: what is not named, locks that are over too, is left
 * to those who read.  MQ_INVALID_REQUEST where a topic is a queue and the
 * group does not bear its name, or the group is another queue's;
 * MQ_UNKNOWN_TOPIC_OR_PARTITION also for the dead-letter topic.
 */
struct mq_share *mq_share_new(struct mq *, const char *group,
    const struct mq_conf *, const struct mq_subscription *, struct mq_err *);
/* Told of what becomes of records, from within the calls below. */
void mq_share_notify(struct mq_share *,
    void (*)(const struct mq_share_event *, void *arg), void *arg);
/*
 * From now on records that are polled are held by nobody's life: only by
 * their lock, so that another process can acknowledge them by mq_share_id.
 */
void mq_share_hold(struct mq_share *);
/* From now on so many records, 1 or more, are acquired together. */
void mq_share_limit(struct mq_share *, int64_t records);
/*
 * The next record.  Its bytes are borrowed until the next poll, its topic until
 * the handle is freed.  Records are acquired max.poll.records together; polls
 * renew the locks of those that are still to come, and one of those that was
 * over all the same has not been delivered, unless another has it by now.
 * Returns enum mq_poll, or -1: MQ_REQUEST_TIMED_OUT where there is nothing when
 * the wait is over or the wakeup has come, but another process, which may be
 * stopped, has the state of a partition and has had it for a second.  The calls
 * below fail so too, after a second or at once when that is known; what they
 * were to write is kept, and written by the next flush or poll that can.
 */
int mq_share_poll(struct mq_share *, struct mq_share_record *, int64_t wait_ms,
    struct mq_err *);
/*
 * What became of a record (of it topic, partition, offset, delivery_count and
 * holder are read); of a topic that a pattern found, and that was deleted, it
 * is for nobody.  An accept is kept, merged with others, and written when
 * the records at hand run out, by a poll 100 ms later, or by mq_share_flush;
 * all others are written now, with those that wait.
 */
int mq_share_acknowledge(struct mq_share *, const struct mq_share_record *,
    enum mq_acknowledge, int64_t delay_ms, struct mq_err *);
/*
 * Writes the accepts that wait.  -1 MQ_INVALID_RECORD_STATE where, since the
 * last flush, some acknowledgement came too late: the lock was over, and the
 * record may be delivered again.  The others count.
 */
int mq_share_flush(struct mq_share *, struct mq_err *);
/*
 * Gives back what was acquired and is still to be polled, as if it had not been
 * acquired, and writes all that waits: for who goes on without polling for a
 * while.  What was polled stays as it is.  On -1 what could not be written is
 * kept for the next call that writes.
 */
int mq_share_give_back(struct mq_share *, struct mq_err *);
/* The record's id, topic:partition:offset:lock, for any process. */
void mq_share_id(const struct mq_share_record *, char id[MQ_SHARE_ID]);
/*
 * What an id says: topic, partition, offset and holder.  MQ_INVALID_REQUEST
 * where it is none.  topic is where the record's name stands.
 */
int mq_share_id_parse(const char *id, char topic[MQ_TOPIC_MAX + 1],
    struct mq_share_record *, struct mq_err *);
/*
 * Acknowledges by id, at once.  MQ_INVALID_REQUEST where it is none,
 * MQ_INVALID_RECORD_STATE where the lock is over; MQ_REQUEST_TIMED_OUT keeps
 * nothing.
 */
int mq_share_acknowledge_id(struct mq_share *, const char *id,
    enum mq_acknowledge, int64_t delay_ms, struct mq_err *);
/* Gives back what was not given out, writes what waits, and leaves. */
void mq_share_free(struct mq_share *);

enum mq_record_state {
	MQ_RECORD_AVAILABLE = 0,
	MQ_RECORD_ACQUIRED = 1,
	MQ_RECORD_DELAYED = 2
};

struct mq_share_peeked {
	struct mq_record record;
	enum mq_record_state state;
	int delivery_count;
	int64_t until_ms; /* acquired, delayed: until then */
	uint64_t holder;
};

/*
 * Calls back, in the order of their offsets, with the records of a topic's
 * partition that are not finished, and takes none; until it returns not 0.
 * 0, or -1.
 */
int mq_share_peek(struct mq *, const char *group, const char *topic,
    int32_t partition, int (*)(const struct mq_share_peeked *, void *arg),
    void *arg, struct mq_err *);

struct mq_share_holding {
	uint64_t holder;
	int64_t records;
	int64_t until_ms; /* the first of its locks is over then */
	int64_t pid;	  /* 0: it is held by no process */
	char host[65];
};

struct mq_share_partition_info {
	char *topic;
	int32_t partition;
	int64_t start_offset; /* SPSO: all before it are finished */
	int64_t end_offset;   /* SPEO: none from here on was acquired */
	int64_t log_end;      /* the high watermark */
	int64_t available;    /* never acquired, or again */
	int64_t acquired;
	int64_t delayed;
	int64_t lag;	     /* the sum of the three */
	int64_t deadline_ms; /* the first lock that is over, or delay; -1 */
	struct mq_share_holding *holding;
	size_t holding_count;
};

struct mq_share_member {
	uint64_t holder;
	int64_t pid;
	char host[65];
};

struct mq_share_group {
	const char *state;			   /* Kafka's: Empty, Stable */
	struct mq_share_partition_info *partition; /* sorted */
	size_t count;
	struct mq_share_member *member; /* the processes that read in it */
	size_t member_count;
};

/* The partitions that the group has read; MQ_GROUP_ID_NOT_FOUND. */
struct mq_share_group *mq_share_describe(struct mq *, const char *group,
    struct mq_err *);
void mq_share_group_free(struct mq_share_group *);
/*
 * Begins again at an offset.  MQ_NON_EMPTY_GROUP where records are acquired,
 * MQ_OFFSET_OUT_OF_RANGE, MQ_INVALID_REQUEST for another group's queue, or
 * another topic of a queue's group.
 */
int mq_share_seek(struct mq *, const char *group, const char *topic,
    int32_t partition, int64_t offset, struct mq_err *);
/*
 * MQ_NON_EMPTY_GROUP where a process is in it, or records are acquired;
 * MQ_INVALID_REQUEST for a queue's.
 */
int mq_share_delete(struct mq *, const char *group, struct mq_err *);

/* ---- looking at files ----------------------------------------------------- */

struct mq_dump_batch {
	int64_t position; /* byte in the file */
	int64_t size;	  /* bytes, with the header */
	int64_t base_offset, last_offset;
	int32_t leader_epoch;
	int32_t count;
	int64_t base_timestamp, max_timestamp;
	int64_t delete_horizon; /* ms since 1970, -1 none */
	int64_t producer_id;
	int16_t producer_epoch;
	int32_t base_sequence;
	int magic;
	uint32_t crc;
	const char *codec;
	int log_append_time, transactional, control; /* booleans */
};

/* Opens a segment file (or any file of batches), changing nothing. */
struct mq_dump *mq_dump_open(const char *path, struct mq_err *);
/* 1 and the next batch, checked; 0 at the end; -1 with the byte named. */
int mq_dump_batch(struct mq_dump *, struct mq_dump_batch *, struct mq_err *);
/* 1 and the batch's next record, of partition -1; 0 after its last. */
int mq_dump_record(struct mq_dump *, struct mq_record *, struct mq_err *);
/*
 * For an .index or .timeindex file: 1 and the next entry (position, or
 * timestamp, in *value; offset in *offset); 0 at the end.
 */
int mq_dump_entry(struct mq_dump *, int64_t *offset, int64_t *value,
    struct mq_err *);
/* 'l' a segment, 'i' an offset index, 't' a time index. */
int mq_dump_kind(const struct mq_dump *);
void mq_dump_free(struct mq_dump *);

/* What mq_verify found: the file within the store, the byte (-1 none). */
struct mq_finding {
	const char *topic; /* NULL: the store's own files */
	int32_t partition;
	const char *file;
	int64_t position;
	const char *text;
};

/*
 * Checks a topic, or with topic NULL the store's own files, and changes
 * nothing.  Calls back for each fault; returns how many, or -1.
 */
int mq_verify(struct mq *, const char *topic,
    void (*found)(const struct mq_finding *, void *), void *arg,
    struct mq_err *);

#endif
