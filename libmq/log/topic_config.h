/* SPDX-License-Identifier: ISC */
/* What can be set on a topic: Kafka's names, defaults and limits. */
#ifndef MQ_TOPIC_CONFIG_H
#define MQ_TOPIC_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MQ_TOPIC_CONFIG_VALUE 64	 /* room for any value, as text */
#define MQ_TOPIC_CONFIG_RATIO 1000000000 /* a ratio of 1 */

/* Bits of cleanup_policy. */
#define MQ_CLEANUP_COMPACT 1
#define MQ_CLEANUP_DELETE  2

struct mq_topic_config {
	int64_t retention_ms;	 /* -1: for ever */
	int64_t retention_bytes; /* -1: without limit */
	int64_t segment_bytes;
	int64_t segment_ms;
	int64_t max_message_bytes; /* of a batch */
	int64_t min_insync_replicas;
	int64_t flush_messages; /* 1: nothing is seen before it is flushed */
	int64_t flush_ms;
	int64_t index_interval_bytes;
	int64_t compression_type;    /* enum mq_codec, or -1: the producer's */
	int64_t cleanup_policy;	     /* MQ_CLEANUP_... */
	int64_t log_append_time;     /* boolean: message.timestamp.type */
	int64_t delete_retention_ms; /* of a tombstone that was compacted */
	int64_t min_compaction_lag_ms;
	int64_t max_compaction_lag_ms;
	int64_t min_cleanable_dirty_ratio; /* of MQ_TOPIC_CONFIG_RATIO */
};

/* How a name is told to people; the table ends with a NULL name. */
struct mq_topic_config_key {
	const char *name;
	const char *value; /* the default */
	const char *about;
};

const struct mq_topic_config_key *mq_topic_config_keys(void);
void mq_topic_config_defaults(struct mq_topic_config *);
/* MQ_INVALID_CONFIG names the known names, or what the name takes. */
int mq_topic_config_set(struct mq_topic_config *, const char *name,
    const char *value, struct mq_err *);
/* MQ_INVALID_CONFIG where one setting contradicts another. */
int mq_topic_config_check(const struct mq_topic_config *, struct mq_err *);
/*
 * How much newer than its first record a record of a segment may be; Kafka's
 * maxSegmentMs: what is to be compacted by a time is closed by then.
 */
int64_t mq_topic_config_max_segment_ms(const struct mq_topic_config *);
/* The value as text; the name is known. */
void mq_topic_config_get(const struct mq_topic_config *, const char *name,
    char value[MQ_TOPIC_CONFIG_VALUE]);

#endif
