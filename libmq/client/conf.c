/* SPDX-License-Identifier: ISC */
#include "client/conf.h"

#include <bsd/stdlib.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "group/share_partition.h"
#include "log/topic.h"

#define KEYS_MAX 32
#define FILE_MAX (1u << 20) /* bytes of a properties file */

struct mq_conf {
	enum mq_scope scope;
	char *value[KEYS_MAX]; /* by the place in the scope's table */
};

#define A_TOPIC "" /* the words of a rule that takes a topic's name, or none */

/* What a property takes: words parted by blanks, or a range of numbers. */
struct rule {
	const char *words; /* NULL: a number */
	int64_t min, max;
};

static const struct mq_conf_key producer_keys[] = {
	{ "acks", "all", "what makes a record delivered: all, 1 or 0" },
	{ "batch.size", "262144", "bytes of a batch before it is sent" },
	{ "compression.type", "none", "codec of the batches" },
	{ "linger.ms", "0", "how long a batch waits for more" },
	{ "partitioner", "murmur2", "murmur2 or round-robin" },
	{ NULL, NULL, NULL },
};

static const struct rule producer_rules[] = {
	{ "all -1 1 0", 0, 0 },
	{ NULL, 0, 100 << 20 },
	{ "none gzip snappy lz4 zstd", 0, 0 },
	{ NULL, 0, INT32_MAX },
	{ "murmur2 murmur2_random round-robin", 0, 0 },
};

static const struct mq_conf_key consumer_keys[] = {
	{ "acks", "all", "what makes a commit sure: all, 1 or 0" },
	{ "auto.offset.reset", "none",
	    "where to go from a position that is gone: earliest, latest" },
	{ "partition.assignment.strategy", "range",
	    "who of a group reads what: roundrobin, cooperative-sticky" },
	{ NULL, NULL, NULL },
};

static const struct rule consumer_rules[] = {
	{ "all -1 1 0", 0, 0 },
	{ "none earliest latest", 0, 0 },
	{ "range roundrobin cooperative-sticky", 0, 0 },
};

static const struct mq_conf_key share_keys[] = {
	{ "acks", "1", "what makes an accept count: all is on disk, 1 not" },
	{ "errors.deadletterqueue.topic.name", "",
	    "where records go that are rejected or at their limit" },
	{ "group.share.delivery.count.limit", "5",
	    "how often a record is delivered" },
	{ "group.share.partition.max.record.locks", "2000",
	    "delivered records of a partition that are not finished" },
	{ "group.share.record.lock.duration.ms", "30000",
	    "how long a record is locked for whom it was delivered to" },
	{ "max.poll.records", "500", "records that are acquired together" },
	{ "share.auto.offset.reset", "earliest",
	    "where a new group begins: earliest or latest" },
	{ NULL, NULL, NULL },
};

static const struct rule share_rules[] = {
	{ "all -1 1 0", 0, 0 },
	{ A_TOPIC, 0, 0 },
	{ NULL, 1, MQ_SHARE_DELIVERY_COUNT_MAX },
	{ NULL, 1, MQ_SHARE_WINDOW_MAX },
	{ NULL, 1, INT32_MAX },
	{ NULL, 1, MQ_SHARE_WINDOW_MAX },
	{ "earliest latest", 0, 0 },
};

_Static_assert(sizeof(struct mq_conf_key) == sizeof(struct mq_topic_config_key),
    "topic configs are told as they are");

const struct mq_conf_key *
mq_conf_keys(enum mq_scope scope)
{
	switch (scope) {
	case MQ_PRODUCER_CONF:
		return producer_keys;
	case MQ_CONSUMER_CONF:
		return consumer_keys;
	case MQ_SHARE_CONF:
		return share_keys;
	case MQ_TOPIC_CONF:
		break;
	}
	return (const struct mq_conf_key *)(const void *)mq_topic_config_keys();
}

struct mq_conf *
mq_conf_new(enum mq_scope scope)
{
	struct mq_conf *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->scope = scope;
	return c;
}

void
mq_conf_free(struct mq_conf *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < KEYS_MAX; i++)
		free(c->value[i]);
	free(c);
}

static size_t
find(enum mq_scope scope, const char *name)
{
	const struct mq_conf_key *key = mq_conf_keys(scope);
	size_t i;

	for (i = 0; key[i].name != NULL; i++)
		if (strcmp(key[i].name, name) == 0)
			break;
	return i;
}

static int
unknown(enum mq_scope scope, const char *name, struct mq_err *err)
{
	const struct mq_conf_key *key = mq_conf_keys(scope);
	const char *kind = scope == MQ_PRODUCER_CONF ? "producer" :
	    scope == MQ_SHARE_CONF		     ? "share group" :
						       "consumer";
	char list[512] = "";
	size_t i, at = 0;

	for (i = 0; key[i].name != NULL; i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s",
		    i == 0 ? "" : " ", key[i].name);
	return mq_fail(err, MQ_INVALID_CONFIG,
	    "unknown %s property %s; known are: %s", kind, name, list);
}

static int
is_word(const char *words, const char *value)
{
	size_t len = strlen(value);
	const char *p;

	if (strchr(value, ' ') != NULL)
		return 0;
	for (p = words; len != 0 && (p = strstr(p, value)) != NULL; p += len)
		if ((p == words || p[-1] == ' ') &&
		    (p[len] == ' ' || p[len] == '\0'))
			return 1;
	return 0;
}

static const struct rule *
rules(enum mq_scope scope)
{
	switch (scope) {
	case MQ_PRODUCER_CONF:
		return producer_rules;
	case MQ_SHARE_CONF:
		return share_rules;
	default:
		return consumer_rules;
	}
}

static int
check(const struct mq_conf *c, const char *name, const char *value,
    struct mq_err *err)
{
	struct mq_topic_config scratch;
	const struct rule *rule;
	const char *why;

	if (c->scope == MQ_TOPIC_CONF)
		return mq_topic_config_set(&scratch, name, value, err);
	rule = rules(c->scope) + find(c->scope, name);
	if (rule->words != NULL && *rule->words == '\0')
		return *value == '\0' ? 0 : mq_topic_name_check(value, err);
	if (rule->words != NULL) {
		if (is_word(rule->words, value))
			return 0;
		return mq_fail(err, MQ_INVALID_CONFIG,
		    "%s=%s: it takes one of: %s", name, value, rule->words);
	}
	(void)strtonum(value, rule->min, rule->max, &why);
	if (why != NULL)
		return mq_fail(err, MQ_INVALID_CONFIG,
		    "%s=%s: %s (it takes %lld to %lld)", name, value, why,
		    (long long)rule->min, (long long)rule->max);
	return 0;
}

int
mq_conf_set(struct mq_conf *c, const char *name, const char *value,
    struct mq_err *err)
{
	size_t i = find(c->scope, name);
	char *copy;

	if (mq_conf_keys(c->scope)[i].name == NULL && c->scope != MQ_TOPIC_CONF)
		return unknown(c->scope, name, err);
	if (check(c, name, value, err) == -1)
		return -1;
	if ((copy = strdup(value)) == NULL)
		return mq_fail_memory(err);
	free(c->value[i]);
	c->value[i] = copy;
	return 0;
}

const char *
mq_conf_get(const struct mq_conf *c, const char *name)
{
	return c->value[find(c->scope, name)];
}

const char *
mq_conf_text(const struct mq_conf *c, const char *name, const char *def)
{
	const char *value = c != NULL ? mq_conf_get(c, name) : NULL;

	return value != NULL ? value : def;
}

int64_t
mq_conf_number(const struct mq_conf *c, const char *name, int64_t def)
{
	const char *value = mq_conf_text(c, name, NULL), *why;

	/* It was checked when it was set. */
	return value != NULL ? strtonum(value, 0, INT64_MAX, &why) : def;
}

static char *
trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return text;
}

static int
load_line(struct mq_conf *c, char *line, struct mq_err *err)
{
	char *name = trim(line), *value;

	if (*name == '\0' || *name == '#' || *name == '!')
		return 0;
	if ((value = strchr(name, '=')) == NULL)
		return mq_fail(err, MQ_INVALID_CONFIG, "a line without '=': %s",
		    name);
	*value++ = '\0';
	return mq_conf_set(c, trim(name), trim(value), err);
}

static int
load_text(struct mq_conf *c, char *text, const char *path, struct mq_err *err)
{
	char *line, *rest = text;
	int number = 0;

	while ((line = strsep(&rest, "\n")) != NULL) {
		number++;
		if (load_line(c, line, err) == -1)
			return mq_fail_context(err, "%s, line %d", path,
			    number);
	}
	return 0;
}

/* All of it, also from a pipe. */
static ssize_t
read_all(int fd, char *text, size_t max)
{
	size_t len = 0;
	ssize_t n;

	while (len < max && (n = mq_io_read(fd, text + len, max - len)) != 0) {
		if (n == -1)
			return -1;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

int
mq_conf_load(struct mq_conf *c, const char *path, struct mq_err *err)
{
	char *text;
	ssize_t n;
	int fd, rc;

	if ((fd = mq_io_open(AT_FDCWD, path, O_RDONLY, 0)) == -1)
		return mq_fail_errno(err, MQ_INVALID_CONFIG, "%s", path);
	if ((text = malloc(FILE_MAX + 2)) == NULL)
		rc = mq_fail_memory(err);
	else if ((n = read_all(fd, text, FILE_MAX + 1)) == -1)
		rc = mq_fail_errno(err, MQ_INVALID_CONFIG, "%s", path);
	else if (n > FILE_MAX)
		rc = mq_fail(err, MQ_INVALID_CONFIG,
		    "%s: it is larger than %u bytes", path, FILE_MAX);
	else {
		text[n] = '\0';
		rc = load_text(c, text, path, err);
	}
	free(text);
	(void)mq_io_close(fd);
	return rc;
}

int
mq_conf_acks_all(const struct mq_conf *conf, const char *def)
{
	const char *acks = mq_conf_text(conf, "acks", def);

	return strcmp(acks, "all") == 0 || strcmp(acks, "-1") == 0;
}
