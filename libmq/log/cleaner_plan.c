/* SPDX-License-Identifier: ISC */
#include "log/cleaner_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/cleaner.h"
#include "log/layout.h"
#include "log/retention.h"
#include "log/swap.h"

static int
measure(const struct mq_partition *p, int64_t base,
    struct mq_cleaner_segment *s, struct mq_err *err)
{
	char name[MQ_LAYOUT_NAME];
	int64_t ignored;

	(void)snprintf(name, sizeof(name), MQ_LAYOUT_LOG, base);
	if (mq_io_stat(p->dir, name, &s->size, &s->mtime_ms) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	(void)snprintf(name, sizeof(name), MQ_LAYOUT_INDEX, base);
	if (mq_io_stat(p->dir, name, &s->index_size, &ignored) == -1)
		s->index_size = 0; /* a hint that is not there */
	(void)snprintf(name, sizeof(name), MQ_LAYOUT_TIME_INDEX, base);
	if (mq_io_stat(p->dir, name, &s->time_index_size, &ignored) == -1)
		s->time_index_size = 0;
	return 0;
}

/* Segments with a record that is too young end what may be touched. */
static int
heed_lag(struct mq_cleaner_plan *c, const struct mq_partition *p,
    int64_t now_ms, struct mq_err *err)
{
	int64_t lag = p->config.min_compaction_lag_ms, newest;
	size_t i;

	for (i = 0; lag > 0 && i < c->count; i++) {
		if (c->list.base[i + 1] <= c->first_dirty)
			continue;
		if (mq_retention_newest(p, c->list.base[i], c->list.base[i + 1],
			c->tail.sparse, &newest, err) == -1)
			return -1;
		if (newest < 0)
			newest = c->segment[i].mtime_ms;
		if (newest > now_ms - lag)
			c->count = i;
	}
	return 0;
}

/* The first batch's, as for a roll; -1 none. */
static int
first_timestamp(const struct mq_cleaner_plan *c, const struct mq_partition *p,
    int64_t base, int64_t *timestamp, struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	struct mq_scan scan;
	struct mq_batch b;
	int rc;

	*timestamp = -1;
	(void)memset(&scan, 0, sizeof(scan));
	scan.sparse = c->tail.sparse;
	if (mq_segment_open(&s, p->dir, base, MQ_SEGMENT_READ, err) == -1)
		return -1;
	if ((rc = mq_segment_seek(&s, base, &scan, err)) == 1 &&
	    (rc = mq_scan_next(&scan, &b, err)) == 1)
		*timestamp = b.max_timestamp;
	mq_scan_free(&scan);
	mq_segment_close(&s);
	return rc == -1 ? mq_fail_context(err, MQ_LAYOUT_LOG, base) : 0;
}

/* As Kafka: records without a timestamp are never too old. */
static int
heed_max_lag(struct mq_cleaner_plan *c, const struct mq_partition *p,
    int64_t now_ms, struct mq_err *err)
{
	int64_t lag = p->config.max_compaction_lag_ms, timestamp;
	size_t i;

	for (i = 0; lag < now_ms && i < c->count && !c->overdue; i++) {
		if (c->list.base[i + 1] <= c->first_dirty)
			continue;
		if (first_timestamp(c, p, c->list.base[i], &timestamp, err) ==
		    -1)
			return -1;
		c->overdue = timestamp > 0 && timestamp < now_ms - lag;
	}
	return 0;
}

int
mq_cleaner_plan(struct mq_cleaner_plan *c, struct mq_partition *p,
    const struct mq_partition_tail *t, int64_t now_ms, struct mq_err *err)
{
	size_t i;

	(void)memset(c, 0, sizeof(*c));
	c->tail = *t;
	if (mq_swap_checkpoint(p->dir, &c->first_dirty, &c->sparse, err) ==
		-1 ||
	    mq_segment_list(p->dir, &c->list, err) == -1)
		return -1;
	/* Not this log's: then all of it is done again. */
	if (c->first_dirty > t->active_base || c->first_dirty < 0)
		c->first_dirty = 0;
	c->segment = calloc(c->list.count + 1, sizeof(*c->segment));
	if (c->segment == NULL) {
		mq_cleaner_plan_free(c);
		return mq_fail_memory(err);
	}
	while (
	    c->count < c->list.count && c->list.base[c->count] < t->active_base)
		c->count++;
	if (c->count != 0 && c->first_dirty < c->list.base[0])
		c->first_dirty = c->list.base[0];
	for (i = 0; i < c->count; i++)
		if (measure(p, c->list.base[i], &c->segment[i], err) == -1)
			break;
	if (i < c->count || heed_lag(c, p, now_ms, err) == -1 ||
	    heed_max_lag(c, p, now_ms, err) == -1) {
		mq_cleaner_plan_free(c);
		return -1;
	}
	return 0;
}

int
mq_cleaner_plan_due(const struct mq_cleaner_plan *c, int64_t ratio)
{
	int64_t dirty = 0, all = 0;
	size_t i;

	for (i = 0; i < c->count; i++) {
		all += c->segment[i].size;
		if (c->list.base[i + 1] > c->first_dirty)
			dirty += c->segment[i].size;
	}
	return dirty != 0 &&
	    (c->overdue ||
		(double)dirty / (double)all >
		    (double)ratio / MQ_TOPIC_CONFIG_RATIO);
}

size_t
mq_cleaner_plan_group(const struct mq_cleaner_plan *c, size_t i, size_t limit,
    int64_t segment_bytes)
{
	const struct mq_cleaner_segment *s = &c->segment[i];
	int64_t base = c->list.base[i], size = s->size, index = s->index_size;
	int64_t time_index = s->time_index_size;
	size_t n;

	for (n = 1; i + n < limit; n++) {
		s = &c->segment[i + n];
		if (s->size > segment_bytes - size ||
		    index + s->index_size > MQ_CLEANER_INDEX_MAX ||
		    time_index + s->time_index_size > MQ_CLEANER_INDEX_MAX ||
		    c->list.base[i + n + 1] - 1 - base > INT32_MAX)
			break;
		size += s->size;
		index += s->index_size;
		time_index += s->time_index_size;
	}
	return n;
}

void
mq_cleaner_plan_free(struct mq_cleaner_plan *c)
{
	mq_segment_list_free(&c->list);
	free(c->segment);
	c->segment = NULL;
}
