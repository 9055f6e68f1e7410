/* SPDX-License-Identifier: ISC */
#include "log/topic_config.h"

#include <bsd/stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "record/compress.h"

#define FIELD(f) offsetof(struct mq_topic_config, f)

/* The words that a name takes; a value is the word's place. */
static const char *const policies[] = { "delete", "compact", "compact,delete",
	NULL };
static const char *const timestamp_types[] = { "CreateTime", "LogAppendTime",
	NULL };
static const char *const codecs[] = { "none", "gzip", "snappy", "lz4", "zstd",
	"producer", NULL };

#define CODEC_PRODUCER 5

/* Instead of words, of a config that is a ratio from 0 to 1. */
static const char *const ratio[] = { NULL };

static const struct key {
	size_t field;
	int64_t def, min, max;
	const char *const *words;
} table[] = {
	{ FIELD(cleanup_policy), MQ_CLEANUP_DELETE, 0, 0, policies },
	{ FIELD(compression_type), -1, -1, 4, codecs },
	{ FIELD(delete_retention_ms), 86400000, 0, INT64_MAX, NULL },
	{ FIELD(flush_messages), 1, 1, INT64_MAX, NULL },
	{ FIELD(flush_ms), INT64_MAX, 0, INT64_MAX, NULL },
	{ FIELD(index_interval_bytes), 4096, 0, INT32_MAX, NULL },
	{ FIELD(max_compaction_lag_ms), INT64_MAX, 1, INT64_MAX, NULL },
	{ FIELD(max_message_bytes), 1048588, 0, 100 << 20, NULL },
	{ FIELD(log_append_time), 0, 0, 1, timestamp_types },
	{ FIELD(min_cleanable_dirty_ratio), MQ_TOPIC_CONFIG_RATIO / 2, 0,
	    MQ_TOPIC_CONFIG_RATIO, ratio },
	{ FIELD(min_compaction_lag_ms), 0, 0, INT64_MAX, NULL },
	{ FIELD(min_insync_replicas), 1, 1, INT32_MAX, NULL },
	{ FIELD(retention_bytes), -1, -1, INT64_MAX, NULL },
	{ FIELD(retention_ms), 604800000, -1, INT64_MAX, NULL },
	{ FIELD(segment_bytes), 1073741824, 14, INT32_MAX, NULL },
	{ FIELD(segment_ms), 604800000, 1, INT64_MAX, NULL },
};

/* In the same order: by name. */
static const struct mq_topic_config_key keys[] = {
	{ "cleanup.policy", "delete",
	    "what becomes of old records: delete, compact, or both" },
	{ "compression.type", "producer", "codec of every batch, or producer" },
	{ "delete.retention.ms", "86400000",
	    "how long the null value of a key stays once it was compacted" },
	{ "flush.messages", "1", "records between flushes to disk" },
	{ "flush.ms", "9223372036854775807",
	    "longest time of a record between append and flush" },
	{ "index.interval.bytes", "4096", "bytes of log per index entry" },
	{ "max.compaction.lag.ms", "9223372036854775807",
	    "age of a record before it is compacted in any case" },
	{ "max.message.bytes", "1048588", "largest batch" },
	{ "message.timestamp.type", "CreateTime",
	    "whose time records bear: CreateTime or LogAppendTime" },
	{ "min.cleanable.dirty.ratio", "0.5",
	    "share of a log that is not compacted before that is done" },
	{ "min.compaction.lag.ms", "0",
	    "age of a record before it is compacted" },
	{ "min.insync.replicas", "1", "replicas that acks=all needs" },
	{ "retention.bytes", "-1", "size of a partition before it is cut" },
	{ "retention.ms", "604800000", "age of a segment before it goes" },
	{ "segment.bytes", "1073741824", "size of a segment before it rolls" },
	{ "segment.ms", "604800000", "age of a segment before it rolls" },
	{ NULL, NULL, NULL },
};

_Static_assert(sizeof(table) / sizeof(table[0]) + 1 ==
	sizeof(keys) / sizeof(keys[0]),
    "a config is in both tables");

const struct mq_topic_config_key *
mq_topic_config_keys(void)
{
	return keys;
}

static int64_t *
field(struct mq_topic_config *c, size_t i)
{
	return (int64_t *)(void *)((char *)c + table[i].field);
}

void
mq_topic_config_defaults(struct mq_topic_config *c)
{
	size_t i;

	for (i = 0; keys[i].name != NULL; i++)
		*field(c, i) = table[i].def;
}

static size_t
find(const char *name)
{
	size_t i;

	for (i = 0; keys[i].name != NULL; i++)
		if (strcmp(keys[i].name, name) == 0)
			break;
	return i;
}

static int
unknown(const char *name, struct mq_err *err)
{
	char list[512] = "";
	size_t i, at = 0;

	for (i = 0; keys[i].name != NULL; i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s",
		    i == 0 ? "" : " ", keys[i].name);
	return mq_fail(err, MQ_INVALID_CONFIG,
	    "unknown topic config %s; known are: %s", name, list);
}

/* compact and delete, in any order, with a comma between them. */
static int
set_policy(int64_t *at, size_t i, const char *value, struct mq_err *err)
{
	const char *all = value;
	int64_t policy = 0;
	size_t len;

	for (;; value += len + 1) {
		len = strcspn(value, ",");
		if (len == 7 && memcmp(value, "compact", len) == 0)
			policy |= MQ_CLEANUP_COMPACT;
		else if (len == 6 && memcmp(value, "delete", len) == 0)
			policy |= MQ_CLEANUP_DELETE;
		else
			return mq_fail(err, MQ_INVALID_CONFIG,
			    "%s=%s: it takes delete, compact or "
			    "compact,delete",
			    keys[i].name, all);
		if (value[len] == '\0')
			break;
	}
	*at = policy;
	return 0;
}

/* 0 to 1, with up to nine digits behind the point. */
static int
set_ratio(int64_t *at, size_t i, const char *value, struct mq_err *err)
{
	int64_t n = 0, unit = MQ_TOPIC_CONFIG_RATIO;
	const char *p = value;

	if (*p == '0' || *p == '1')
		n = (*p++ - '0') * unit;
	if (p != value && *p == '.' && p[1] != '\0')
		for (p++; *p >= '0' && *p <= '9' && unit > 1; p++)
			n += (*p - '0') * (unit /= 10);
	if (p == value || *p != '\0' || n > MQ_TOPIC_CONFIG_RATIO)
		return mq_fail(err, MQ_INVALID_CONFIG,
		    "%s=%s: it takes a number from 0 to 1", keys[i].name,
		    value);
	*at = n;
	return 0;
}

static int
set_word(int64_t *at, size_t i, const char *value, struct mq_err *err)
{
	char list[128] = "";
	size_t w, end = 0;

	for (w = 0; table[i].words[w] != NULL; w++) {
		if (strcmp(table[i].words[w], value) == 0) {
			*at = (int64_t)w;
			if (table[i].words == codecs && w == CODEC_PRODUCER)
				*at = -1;
			return 0;
		}
		end += (size_t)snprintf(list + end, sizeof(list) - end, "%s%s",
		    w == 0 ? "" : " or ", table[i].words[w]);
	}
	return mq_fail(err, MQ_INVALID_CONFIG, "%s=%s: it takes %s",
	    keys[i].name, value, list);
}

int
mq_topic_config_set(struct mq_topic_config *c, const char *name,
    const char *value, struct mq_err *err)
{
	size_t i = find(name);
	const char *why;
	int64_t n;

	if (keys[i].name == NULL)
		return unknown(name, err);
	if (table[i].words == policies)
		return set_policy(field(c, i), i, value, err);
	if (table[i].words == ratio)
		return set_ratio(field(c, i), i, value, err);
	if (table[i].words != NULL)
		return set_word(field(c, i), i, value, err);
	n = strtonum(value, table[i].min, table[i].max, &why);
	if (why != NULL)
		return mq_fail(err, MQ_INVALID_CONFIG,
		    "%s=%s: %s (it takes %lld to %lld)", name, value, why,
		    (long long)table[i].min, (long long)table[i].max);
	*field(c, i) = n;
	return 0;
}

int
mq_topic_config_check(const struct mq_topic_config *c, struct mq_err *err)
{
	if (c->min_compaction_lag_ms <= c->max_compaction_lag_ms)
		return 0;
	return mq_fail(err, MQ_INVALID_CONFIG,
	    "min.compaction.lag.ms=%lld is above max.compaction.lag.ms=%lld",
	    (long long)c->min_compaction_lag_ms,
	    (long long)c->max_compaction_lag_ms);
}

int64_t
mq_topic_config_max_segment_ms(const struct mq_topic_config *c)
{
	if ((c->cleanup_policy & MQ_CLEANUP_COMPACT) != 0 &&
	    c->max_compaction_lag_ms < c->segment_ms)
		return c->max_compaction_lag_ms;
	return c->segment_ms;
}

/* Without zeros at its end. */
static void
print_ratio(int64_t n, char value[MQ_TOPIC_CONFIG_VALUE])
{
	int len;

	len = snprintf(value, MQ_TOPIC_CONFIG_VALUE, "%d.%09d",
	    (int)(n / MQ_TOPIC_CONFIG_RATIO), (int)(n % MQ_TOPIC_CONFIG_RATIO));
	while (value[len - 1] == '0')
		value[--len] = '\0';
	if (value[len - 1] == '.')
		value[len - 1] = '\0';
}

void
mq_topic_config_get(const struct mq_topic_config *c, const char *name,
    char value[MQ_TOPIC_CONFIG_VALUE])
{
	size_t i = find(name);
	int64_t n;

	(void)memcpy(&n, (const char *)c + table[i].field, sizeof(n));
	if (table[i].words == NULL)
		(void)snprintf(value, MQ_TOPIC_CONFIG_VALUE, "%lld",
		    (long long)n);
	else if (table[i].words == ratio)
		print_ratio(n, value);
	else if (table[i].words == policies)
		(void)snprintf(value, MQ_TOPIC_CONFIG_VALUE, "%s",
		    n == MQ_CLEANUP_DELETE	? policies[0] :
			n == MQ_CLEANUP_COMPACT ? policies[1] :
						  policies[2]);
	else
		(void)snprintf(value, MQ_TOPIC_CONFIG_VALUE, "%s",
		    table[i].words[n == -1 ? CODEC_PRODUCER : n]);
}
