/* SPDX-License-Identifier: ISC */
/* Whole batches, which are kept as they are where the topic allows it. */
#include <string.h>

#include "base/fail.h"
#include "client/producer.h"
#include "log/append.h"

int
mq_batch_length(const void *data, size_t avail, size_t *len, struct mq_err *err)
{
	struct mq_batch b;
	int rc = mq_batch_peek(data, avail, &b, err);

	*len = rc == 1 ? b.size : 0;
	return rc == -1 ? -1 : 0;
}

/* Whether the topic takes the batch as it is. */
static int
as_it_is(const struct mq_lane *l, const struct mq_batch *b)
{
	const struct mq_topic_config *c = &l->partition.config;

	return (b->attributes & MQ_BATCH_DELETE_HORIZON) == 0 &&
	    (c->compression_type == -1 ||
		c->compression_type == (b->attributes & MQ_BATCH_CODEC)) &&
	    b->count - 1 == b->last_offset_delta &&
	    (b->attributes & MQ_BATCH_LOG_APPEND_TIME) == 0 &&
	    (int64_t)b->size <= c->max_message_bytes;
}

static int
produce_whole(struct mq_producer *p, const struct mq_batch *b, int32_t n,
    uint64_t tag, struct mq_err *err)
{
	struct mq_lane *l = &p->lane[n];
	uint64_t first = p->delivery.handed;
	int64_t base;

	if (mq_producer_send(p, n, err) == -1)
		return -1;
	p->raw.len = 0;
	if (mq_buf_append(&p->raw, b->data, b->size) == -1)
		return mq_fail_memory(err);
	if (b->producer_id != -1)
		mq_batch_orphan(p->raw.data, b->size);
	p->delivery.handed += (uint64_t)b->count;
	if (mq_append(&l->partition, p->raw.data, b->size, &base, err) == -1) {
		p->lost = 1;
		p->lost_first = first;
		p->lost_tag = tag;
		return mq_producer_fail(p, err);
	}
	l->end = base + b->last_offset_delta + 1;
	mq_partitioner_sent(&p->partitioner, n);
	return mq_producer_appended(p, l, (uint64_t)b->count, first, tag,
	    b->size, err);
}

/*
 * Its records are good for a batch: all of them can be read.  *keyless says
 * whether one has no key.
 */
static int
check_records(struct mq_producer *p, const struct mq_batch *b,
    int64_t *max_timestamp, int *keyless, struct mq_err *err)
{
	int64_t last = b->base_offset - 1;
	struct mq_record r;
	int rc;

	if (mq_batch_iter_init(&p->iter, b, err) == -1)
		return -1;
	while ((rc = mq_batch_iter_next(&p->iter, &r, err)) == 1) {
		if (r.offset <= last)
			return mq_fail(err, MQ_CORRUPT_MESSAGE,
			    "offset %lld of a batch stands behind offset %lld",
			    (long long)r.offset, (long long)last);
		last = r.offset;
		*keyless |= r.key.data == NULL;
		if (*max_timestamp == -1 || r.timestamp > *max_timestamp)
			*max_timestamp = r.timestamp;
	}
	return rc;
}

int
mq_produce_batch(struct mq_producer *p, const void *batch, size_t len,
    int32_t partition, uint64_t tag, struct mq_err *err)
{
	struct mq_record r;
	struct mq_batch b;
	int64_t max_timestamp = -1;
	int rc, keyless = 0;
	int32_t n;

	if (p->failed) {
		*err = p->why;
		return -1;
	}
	rc = mq_batch_peek(batch, len, &b, err);
	if (rc == 0 || (rc == 1 && b.size != len))
		rc = mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "it ends in the middle of a batch");
	if (rc == -1 || mq_batch_check(&b, err) == -1 ||
	    check_records(p, &b, &max_timestamp, &keyless, err) == -1)
		return -1;
	if ((b.attributes & MQ_BATCH_CONTROL) != 0 || b.count == 0)
		return 0;
	(void)memset(&r, 0, sizeof(r));
	r.partition = partition;
	if (mq_producer_lane(p, &r, &n, err) == -1)
		return -1;
	if (mq_producer_refresh(p, &p->lane[n], err) == -1 ||
	    (keyless && mq_producer_check_key(p, &p->lane[n], NULL, err) == -1))
		return -1;
	if (max_timestamp == b.max_timestamp && as_it_is(&p->lane[n], &b))
		return produce_whole(p, &b, n, tag, err);
	if (mq_batch_iter_init(&p->iter, &b, err) == -1)
		return -1;
	while ((rc = mq_batch_iter_next(&p->iter, &r, err)) == 1) {
		r.partition = n;
		if (mq_produce(p, &r, tag, err) == -1)
			return -1;
	}
	return rc;
}
