/* SPDX-License-Identifier: ISC */
/*
 * A lane: the partition that it opens, the batch that goes into its log, and
 * what of that awaits its flush.
 */
#include "client/producer.h"

#include "base/fail.h"
#include "base/io.h"
#include "log/append.h"
#include "log/flush.h"

#define UNFLUSHED_MAX (64 << 20) /* bytes of a lane before it is flushed */
#define WRITEBACK     (8 << 20)	 /* bytes before the disk is set to work */

int
mq_producer_refresh(struct mq_producer *p, struct mq_lane *l,
    struct mq_err *err)
{
	const struct mq_topic_config *c = &l->partition.config;
	struct mq_partition_tail t;

	if (mq_partition_tail(&l->partition, &t, err) == -1 ||
	    mq_partition_config(&l->partition, &t, err) == -1)
		return mq_producer_fail(p, err);
	l->builder.limit = p->batch_size;
	if (c->max_message_bytes < (int64_t)l->builder.limit)
		l->builder.limit = (size_t)c->max_message_bytes;
	if (c->segment_bytes < (int64_t)l->builder.limit)
		l->builder.limit = (size_t)c->segment_bytes;
	l->builder.codec = c->compression_type != -1 ?
	    (enum mq_codec)c->compression_type :
	    p->codec;
	return 0;
}

static int
open_lane(struct mq_producer *p, int32_t n, struct mq_err *err)
{
	struct mq_lane *l = &p->lane[n];

	if (mq_partition_open(&l->partition, &p->mq->store, &p->topic, n,
		err) == -1)
		return -1;
	l->is_open = 1;
	return mq_producer_refresh(p, l, err);
}

int
mq_producer_lane(struct mq_producer *p, const struct mq_record *r, int32_t *n,
    struct mq_err *err)
{
	*n = r->partition;
	if (*n == -1)
		*n = mq_partitioner_choose(&p->partitioner, r);
	if (*n < 0 || *n >= p->topic.partitions)
		return mq_fail(err, MQ_INVALID_RECORD,
		    "topic %s has no partition %d: it has %d, from 0",
		    p->topic.name, (int)*n, (int)p->topic.partitions);
	if (!p->lane[*n].is_open && open_lane(p, *n, err) == -1)
		return mq_producer_fail(p, err);
	return 0;
}

static void
confirm(struct mq_producer *p, struct mq_lane *l)
{
	p->delivery.confirmed += l->waiting;
	l->waiting = 0;
	l->waiting_bytes = 0;
}

int
mq_producer_flush_lane(struct mq_producer *p, struct mq_lane *l,
    struct mq_err *err)
{
	if (l->waiting == 0)
		return 0;
	if (mq_flush(&l->partition, l->end, err) == -1) {
		l->given_up = 1;
		return mq_producer_fail(p, err);
	}
	confirm(p, l);
	return 0;
}

void
mq_producer_salvage(struct mq_producer *p)
{
	struct mq_err ignored;
	int32_t i;

	for (i = 0; i < p->topic.partitions; i++) {
		struct mq_lane *l = &p->lane[i];

		if (l->waiting == 0 || l->given_up)
			continue;
		if (mq_flush(&l->partition, l->end, &ignored) == 0)
			confirm(p, l);
		else
			l->given_up = 1;
	}
}

int
mq_producer_appended(struct mq_producer *p, struct mq_lane *l, uint64_t records,
    uint64_t first, uint64_t tag, size_t size, struct mq_err *err)
{
	/* flush.messages relaxes what acks=all waits for. */
	if (!p->acks_all || l->partition.config.flush_messages != 1) {
		p->delivery.confirmed += records;
		return 0;
	}
	if (l->waiting == 0) {
		l->waiting_first = first;
		l->waiting_first_tag = tag;
	}
	l->waiting += records;
	l->waiting_bytes += (int64_t)size;
	if (l->waiting_bytes / WRITEBACK !=
	    (l->waiting_bytes - (int64_t)size) / WRITEBACK)
		mq_io_writeback(l->partition.active.log, 0, 0);
	if (l->waiting_bytes < UNFLUSHED_MAX)
		return 0;
	return mq_producer_flush_lane(p, l, err);
}

int
mq_producer_check_key(const struct mq_producer *p, const struct mq_lane *l,
    const void *key, struct mq_err *err)
{
	if (key != NULL ||
	    (l->partition.config.cleanup_policy & MQ_CLEANUP_COMPACT) == 0)
		return 0;
	return mq_fail(err, MQ_INVALID_RECORD,
	    "the record has no key, and topic %s keeps the last record of each "
	    "key (cleanup.policy=compact)",
	    p->topic.name);
}

int
mq_producer_send(struct mq_producer *p, int32_t n, struct mq_err *err)
{
	struct mq_lane *l = &p->lane[n];
	uint64_t records = (uint64_t)l->builder.count;
	int64_t base;
	uint8_t *data;
	size_t size;

	if (records == 0)
		return 0;
	if (mq_producer_refresh(p, l, err) == -1)
		return -1;
	if (l->keyless && mq_producer_check_key(p, l, NULL, err) == -1)
		return mq_producer_fail(p, err); /* it was altered since */
	l->keyless = 0;
	if (mq_batch_builder_finish(&l->builder, &data, &size, err) == -1 ||
	    mq_append(&l->partition, data, size, &base, err) == -1)
		return mq_producer_fail(p, err);
	l->end = base + l->builder.last_delta + 1;
	mq_batch_builder_reset(&l->builder);
	mq_partitioner_sent(&p->partitioner, n);
	return mq_producer_appended(p, l, records, l->first, l->first_tag, size,
	    err);
}
