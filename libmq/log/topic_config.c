/* SPDX-License-Identifier: ISC */
#include "log/topic_config.h"

#include <bsd/stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "record/compress.h"

#define FIELD(f) offsetof(struct mq_topic_config, f)

/* The words that a name takes; a value is the word's place. */
static const char *const policies[] = { "delete", NULL };
static const char *const timestamp_types[] = { "CreateTime", "LogAppendTime",
	NULL };
static const char *const codecs[] = { "none", "gzip", "snappy", "lz4", "zstd",
	"producer", NULL };

#define CODEC_PRODUCER 5

static const struct key {
	size_t field;
	int64_t def, min, max;
	const char *const *words;
} table[] = {
	{ FIELD(cleanup_policy), 0, 0, 0, policies },
	{ FIELD(compression_type), -1, -1, 4, codecs },
	{ FIELD(flush_messages), 1, 1, INT64_MAX, NULL },
	{ FIELD(flush_ms), INT64_MAX, 0, INT64_MAX, NULL },
	{ FIELD(index_interval_bytes), 4096, 0, INT32_MAX, NULL },
	{ FIELD(max_message_bytes), 1048588, 0, 100 << 20, NULL },
	{ FIELD(log_append_time), 0, 0, 1, timestamp_types },
	{ FIELD(min_insync_replicas), 1, 1, INT32_MAX, NULL },
	{ FIELD(retention_bytes), -1, -1, INT64_MAX, NULL },
	{ FIELD(retention_ms), 604800000, -1, INT64_MAX, NULL },
	{ FIELD(segment_bytes), 1073741824, 14, INT32_MAX, NULL },
	{ FIELD(segment_ms), 604800000, 1, INT64_MAX, NULL },
};

/* In the same order: by name. */
static const struct mq_topic_config_key keys[] = {
	{ "cleanup.policy", "delete", "what becomes of old segments" },
	{ "compression.type", "producer", "codec of every batch, or producer" },
	{ "flush.messages", "1", "records between flushes to disk" },
	{ "flush.ms", "9223372036854775807",
	    "longest time of a record between append and flush" },
	{ "index.interval.bytes", "4096", "bytes of log per index entry" },
	{ "max.message.bytes", "1048588", "largest batch" },
	{ "message.timestamp.type", "CreateTime",
	    "whose time records bear: CreateTime or LogAppendTime" },
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
	else
		(void)snprintf(value, MQ_TOPIC_CONFIG_VALUE, "%s",
		    table[i].words[n == -1 ? CODEC_PRODUCER : n]);
}
