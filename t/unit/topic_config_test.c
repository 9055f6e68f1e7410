/* SPDX-License-Identifier: ISC */
/* Kafka's topic configs: names, defaults, limits, and what they say. */
#include "log/topic_config.h"

#include <stdlib.h>

#include "test.h"

static struct mq_topic_config c;
static struct mq_err err;

/* The table that people are shown, and the defaults, are one. */
static int
defaults(void)
{
	const struct mq_topic_config_key *key = mq_topic_config_keys();
	char value[MQ_TOPIC_CONFIG_VALUE];
	const char *last = "";

	mq_topic_config_defaults(&c);
	for (; key->name != NULL; key++) {
		CHECK(strcmp(last, key->name) < 0);
		last = key->name;
		mq_topic_config_get(&c, key->name, value);
		CHECK_TEXT(value, key->value);
		CHECK(
		    mq_topic_config_set(&c, key->name, key->value, &err) == 0);
		mq_topic_config_get(&c, key->name, value);
		CHECK_TEXT(value, key->value);
	}
	return 0;
}

static int
takes(const char *name, const char *value)
{
	char got[MQ_TOPIC_CONFIG_VALUE];
	int rc = mq_topic_config_set(&c, name, value, &err);

	mq_topic_config_get(&c, name, got);
	if (rc == 0 && strcmp(got, value) != 0)
		return -1;
	if (rc == -1 &&
	    (err.code != MQ_INVALID_CONFIG || strstr(err.text, name) == NULL))
		return -1;
	return rc == 0;
}

static int
numbers(void)
{
	static const struct {
		const char *name, *min, *below, *max, *above;
	} limits[] = {
		{ "retention.ms", "-1", "-2", "9223372036854775807",
		    "9223372036854775808" },
		{ "retention.bytes", "-1", "-2", "9223372036854775807",
		    "9223372036854775808" },
		{ "segment.bytes", "14", "13", "2147483647", "2147483648" },
		{ "segment.ms", "1", "0", "9223372036854775807",
		    "9223372036854775808" },
		{ "flush.messages", "1", "0", "9223372036854775807",
		    "9223372036854775808" },
		{ "flush.ms", "0", "-1", "9223372036854775807",
		    "9223372036854775808" },
		{ "delete.retention.ms", "0", "-1", "9223372036854775807",
		    "9223372036854775808" },
		{ "min.compaction.lag.ms", "0", "-1", "9223372036854775807",
		    "9223372036854775808" },
		{ "max.compaction.lag.ms", "1", "0", "9223372036854775807",
		    "9223372036854775808" },
		{ "max.message.bytes", "0", "-1", "104857600", "104857601" },
		{ "min.insync.replicas", "1", "0", "2147483647", "2147483648" },
		{ "index.interval.bytes", "0", "-1", "2147483647",
		    "2147483648" },
	};
	size_t i;

	mq_topic_config_defaults(&c);
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		CHECK(takes(limits[i].name, limits[i].min) == 1);
		CHECK(takes(limits[i].name, limits[i].max) == 1);
		CHECK(takes(limits[i].name, limits[i].below) == 0);
		CHECK(takes(limits[i].name, limits[i].above) == 0);
		CHECK(takes(limits[i].name, "") == 0);
		CHECK(takes(limits[i].name, "1x") == 0);
		CHECK(takes(limits[i].name, "0x10") == 0);
	}
	return 0;
}

static int
words(void)
{
	static const char *const codecs[] = { "none", "gzip", "snappy", "lz4",
		"zstd" };
	int i;

	mq_topic_config_defaults(&c);
	for (i = 0; i < 5; i++) {
		CHECK(takes("compression.type", codecs[i]) == 1);
		CHECK(c.compression_type == i);
	}
	CHECK(takes("compression.type", "producer") == 1);
	CHECK(c.compression_type == -1);
	CHECK(takes("compression.type", "gzi") == 0);
	CHECK(takes("compression.type", "") == 0);
	CHECK(takes("message.timestamp.type", "LogAppendTime") == 1);
	CHECK(c.log_append_time == 1);
	CHECK(takes("message.timestamp.type", "logappendtime") == 0);
	CHECK(takes("cleanup.policy", "delete") == 1);
	CHECK(takes("cleanup.policy", "compact") == 1);
	CHECK(c.cleanup_policy == MQ_CLEANUP_COMPACT);
	CHECK(takes("cleanup.policy", "compact,delete") == 1);
	CHECK(c.cleanup_policy == (MQ_CLEANUP_COMPACT | MQ_CLEANUP_DELETE));
	c.cleanup_policy = 0;
	CHECK(mq_topic_config_set(&c, "cleanup.policy", "delete,compact",
		  &err) == 0);
	CHECK(c.cleanup_policy == (MQ_CLEANUP_COMPACT | MQ_CLEANUP_DELETE));
	CHECK(takes("cleanup.policy", "") == 0);
	CHECK(takes("cleanup.policy", "compact,") == 0);
	CHECK(takes("cleanup.policy", "compact, delete") == 0);
	CHECK(takes("cleanup.policy", "compactdelete") == 0);
	return 0;
}

static int
lags(void)
{
	mq_topic_config_defaults(&c);
	CHECK(mq_topic_config_check(&c, &err) == 0);
	CHECK(mq_topic_config_max_segment_ms(&c) == c.segment_ms);
	c.min_compaction_lag_ms = c.max_compaction_lag_ms = 1000;
	CHECK(mq_topic_config_check(&c, &err) == 0);
	CHECK(mq_topic_config_max_segment_ms(&c) == c.segment_ms);
	c.cleanup_policy |= MQ_CLEANUP_COMPACT;
	CHECK(mq_topic_config_max_segment_ms(&c) == 1000);
	c.segment_ms = 999;
	CHECK(mq_topic_config_max_segment_ms(&c) == 999);
	c.min_compaction_lag_ms = 1001;
	CHECK(mq_topic_config_check(&c, &err) == -1);
	CHECK(err.code == MQ_INVALID_CONFIG);
	CHECK(strstr(err.text, "max.compaction.lag.ms=1000") != NULL);
	return 0;
}

static int
ratios(void)
{
	static const char *const bad[] = { "", "-0.5", "1.1", "2", "0.", ".5",
		"0.5x", "0,5", "0.0000000001", "1.000000001", "01", "nan" };
	size_t i;

	mq_topic_config_defaults(&c);
	CHECK(takes("min.cleanable.dirty.ratio", "0") == 1);
	CHECK(c.min_cleanable_dirty_ratio == 0);
	CHECK(takes("min.cleanable.dirty.ratio", "1") == 1);
	CHECK(takes("min.cleanable.dirty.ratio", "0.01") == 1);
	CHECK(c.min_cleanable_dirty_ratio == MQ_TOPIC_CONFIG_RATIO / 100);
	CHECK(takes("min.cleanable.dirty.ratio", "0.123456789") == 1);
	CHECK(mq_topic_config_set(&c, "min.cleanable.dirty.ratio", "0.50",
		  &err) == 0);
	CHECK(c.min_cleanable_dirty_ratio == MQ_TOPIC_CONFIG_RATIO / 2);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(takes("min.cleanable.dirty.ratio", bad[i]) == 0);
	return 0;
}

static int
unknown(void)
{
	CHECK(mq_topic_config_set(&c, "retention.m", "1", &err) == -1);
	CHECK(err.code == MQ_INVALID_CONFIG);
	CHECK(strstr(err.text, "retention.ms") != NULL);
	CHECK(mq_topic_config_set(&c, "", "1", &err) == -1);
	return 0;
}

int
main(void)
{
	RUN(defaults, "the defaults are what is said of them");
	RUN(numbers, "numbers have limits");
	RUN(words, "words are taken as they are");
	RUN(lags, "the lags of compaction, and how old a segment gets");
	RUN(ratios, "a ratio is a number from 0 to 1");
	RUN(unknown, "an unknown name is told, with those that are known");
	return test_done();
}
