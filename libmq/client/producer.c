/* SPDX-License-Identifier: ISC */
/*
 * Gathers records into a batch per partition (a lane), has the batches appended
 * and flushed as acks asks, and keeps count of what is confirmed.
 */
#include "client/producer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"
#include "client/conf.h"

#define MEMORY (24u << 20) /* bytes of all lanes together */

static void
configure(struct mq_producer *p, const struct mq_conf *conf)
{
	int64_t size = mq_conf_number(conf, "batch.size", 262144);
	uint32_t seed = 0;

	p->acks_all = mq_conf_acks_all(conf, "all");
	p->linger_ms = mq_conf_number(conf, "linger.ms", 0);
	p->codec = (enum mq_codec)mq_codec_parse(
	    mq_conf_text(conf, "compression.type", "none"));
	p->batch_size = (size_t)size;
	if (p->batch_size > MEMORY / (size_t)p->topic.partitions)
		p->batch_size = MEMORY / (size_t)p->topic.partitions;
	(void)mq_io_random(&seed, sizeof(seed)); /* 0 does as well */
	mq_partitioner_init(&p->partitioner, p->topic.partitions,
	    strcmp(mq_conf_text(conf, "partitioner", "murmur2"),
		"round-robin") == 0,
	    seed);
}

/* A directory holds one replica of a record. */
static int
check_replicas(const struct mq_producer *p, struct mq_err *err)
{
	int64_t min = p->topic.config.min_insync_replicas;

	if (!p->acks_all || min <= 1)
		return 0;
	return mq_fail(err, MQ_NOT_ENOUGH_REPLICAS,
	    "topic %s: min.insync.replicas=%lld, and a directory holds 1 "
	    "replica",
	    p->topic.name, (long long)min);
}

struct mq_producer *
mq_producer_new(struct mq *mq, const char *topic, const struct mq_conf *conf,
    struct mq_err *err)
{
	struct mq_producer *p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		(void)mq_fail_memory(err);
		return NULL;
	}
	p->mq = mq;
	if (mq_topic_file_read(mq->store.dir, topic, &p->topic, err) == -1) {
		free(p);
		return NULL;
	}
	p->lane = calloc((size_t)p->topic.partitions, sizeof(*p->lane));
	if (p->lane == NULL) {
		(void)mq_fail_memory(err);
		free(p);
		return NULL;
	}
	configure(p, conf);
	if (check_replicas(p, err) == 0)
		return p;
	mq_producer_free(p);
	return NULL;
}

int
mq_producer_fail(struct mq_producer *p, const struct mq_err *err)
{
	p->failed = 1;
	p->why = *err;
	return -1;
}

static int
failed(const struct mq_producer *p, struct mq_err *err)
{
	if (!p->failed)
		return 0;
	*err = p->why;
	return -1;
}

/*
 * A record that is alone over the limit: it may pass once it is compressed.
 * Refused, it leaves no trace.
 */
static int
check_large(struct mq_producer *p, struct mq_lane *l, struct mq_err *err)
{
	int64_t max;
	uint8_t *data;
	size_t size = l->builder.buf.len;

	if (mq_producer_refresh(p, l, err) == -1)
		return -1;
	max = l->partition.config.max_message_bytes;
	if ((int64_t)size <= max)
		return 0;
	if (l->builder.codec != MQ_CODEC_NONE &&
	    mq_batch_builder_finish(&l->builder, &data, &size, err) == -1)
		return mq_producer_fail(p, err);
	if ((int64_t)size <= max)
		return 0;
	mq_batch_builder_reset(&l->builder);
	return mq_fail(err, MQ_MESSAGE_TOO_LARGE,
	    "the record makes a batch of %zu bytes, and max.message.bytes of "
	    "topic %s is %lld",
	    size, p->topic.name, (long long)max);
}

static int
add(struct mq_producer *p, int32_t n, const struct mq_record *r, uint64_t tag,
    struct mq_err *err)
{
	struct mq_lane *l = &p->lane[n];
	int rc;

	if (mq_producer_check_key(p, l, r->key.data, err) == -1)
		return -1;
	rc = mq_batch_builder_add(&l->builder, r, err);
	if (rc == 1) {
		if (mq_producer_send(p, n, err) == -1)
			return -1;
		rc = mq_batch_builder_add(&l->builder, r, err);
	}
	if (rc == -1)
		return err->code == MQ_MESSAGE_TOO_LARGE ?
		    -1 :
		    mq_producer_fail(p, err);
	l->keyless |= r->key.data == NULL;
	if (l->builder.count != 1)
		return 0;
	if (l->builder.buf.len > l->builder.limit &&
	    check_large(p, l, err) == -1)
		return -1;
	l->first = p->delivery.handed;
	l->first_tag = tag;
	if (p->linger_ms != 0)
		l->since_ms = mq_clock_mono_ms();
	return 0;
}

int
mq_produce(struct mq_producer *p, const struct mq_record *r, uint64_t tag,
    struct mq_err *err)
{
	struct mq_record stamped;
	int32_t n;

	if (p->failed)
		return failed(p, err);
	if (r->timestamp == MQ_NOW) { /* a copy, for the caller's is its own */
		stamped = *r;
		stamped.timestamp = mq_clock_wall_ms();
		r = &stamped;
	}
	if (mq_producer_lane(p, r, &n, err) == -1 ||
	    add(p, n, r, tag, err) == -1)
		return -1;
	p->delivery.handed++;
	p->delivery.bytes += r->key.len + r->value.len;
	return 0;
}

/* Adds what fits into the batch that is being built; mostly all of it. */
static int
add_run(struct mq_producer *p, struct mq_lane *l, const char *data, size_t len,
    char delim, int64_t timestamp, size_t *used, struct mq_err *err)
{
	int32_t n;

	n = mq_batch_builder_add_run(&l->builder, data, len, delim, timestamp,
	    used, err);
	if (n == -1)
		return mq_producer_fail(p, err);
	l->keyless |= n != 0;
	p->delivery.handed += (uint64_t)n;
	p->delivery.bytes += *used - (size_t)n;
	return 0;
}

int
mq_produce_run(struct mq_producer *p, const char *data, size_t len, char delim,
    int32_t partition, int64_t timestamp, uint64_t tag, size_t *used,
    struct mq_err *err)
{
	struct mq_record r;
	const char *end;
	size_t n;
	int32_t lane;

	(void)memset(&r, 0, sizeof(r));
	r.partition = partition;
	r.timestamp = timestamp;
	/* One by one where a batch begins; in a run from there on. */
	for (*used = 0;
	     (end = memchr(data + *used, delim, len - *used)) != NULL;
	     *used += n) {
		r.value.data = data + *used;
		r.value.len = (size_t)(end - data) - *used;
		if (mq_produce(p, &r, tag + *used, err) == -1)
			return -1;
		*used += r.value.len + 1;
		n = 0;
		if (p->partitioner.round_robin && partition == -1)
			continue;
		if (mq_producer_lane(p, &r, &lane, err) == -1)
			return -1;
		if (p->lane[lane].builder.count != 0 &&
		    add_run(p, &p->lane[lane], data + *used, len - *used, delim,
			timestamp, &n, err) == -1)
			return -1;
	}
	return 0;
}

int
mq_producer_poll(struct mq_producer *p, int64_t *next_ms, struct mq_err *err)
{
	int64_t now = p->linger_ms != 0 ? mq_clock_mono_ms() : 0, left;
	struct mq_lane *l;
	int32_t i;

	*next_ms = -1;
	if (p->failed)
		return failed(p, err);
	for (i = 0; i < p->topic.partitions; i++) {
		l = &p->lane[i];
		left = p->linger_ms != 0 ? l->since_ms + p->linger_ms - now : 0;
		if (l->builder.count != 0 && left > 0) {
			if (*next_ms == -1 || left < *next_ms)
				*next_ms = left;
			continue;
		}
		if (mq_producer_send(p, i, err) == -1 ||
		    mq_producer_flush_lane(p, l, err) == -1)
			return -1;
	}
	return 0;
}

int
mq_producer_flush(struct mq_producer *p, struct mq_err *err)
{
	int32_t i;

	if (p->failed) {
		mq_producer_salvage(p);
		return failed(p, err);
	}
	for (i = 0; i < p->topic.partitions; i++)
		if (mq_producer_send(p, i, err) == -1)
			return -1;
	for (i = 0; i < p->topic.partitions; i++)
		if (mq_producer_flush_lane(p, &p->lane[i], err) == -1)
			return -1;
	return 0;
}

void
mq_producer_delivery(const struct mq_producer *p, struct mq_delivery *d)
{
	const struct mq_lane *l;
	int32_t i;

	*d = p->delivery;
	d->unconfirmed = p->lost ? p->lost_first : UINT64_MAX;
	d->unconfirmed_tag = p->lost_tag;
	for (i = 0; i < p->topic.partitions; i++) {
		l = &p->lane[i];
		if (l->waiting != 0 && l->waiting_first < d->unconfirmed) {
			d->unconfirmed = l->waiting_first;
			d->unconfirmed_tag = l->waiting_first_tag;
		}
		if (l->builder.count != 0 && l->first < d->unconfirmed) {
			d->unconfirmed = l->first;
			d->unconfirmed_tag = l->first_tag;
		}
	}
}

void
mq_producer_free(struct mq_producer *p)
{
	int32_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->topic.partitions; i++) {
		if (p->lane[i].is_open)
			mq_partition_close(&p->lane[i].partition);
		mq_batch_builder_free(&p->lane[i].builder);
	}
	mq_batch_iter_free(&p->iter);
	mq_buf_free(&p->raw);
	free(p->lane);
	free(p);
}
