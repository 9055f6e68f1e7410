/* SPDX-License-Identifier: ISC */
/*
 * Gives out what lies in the ranges asked for of the batches that it fetches:
 * records, their values alone, or the batches themselves.
 */
#include "client/consumer.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "client/conf.h"

struct mq_consumer *
mq_consumer_new(struct mq *mq, const struct mq_conf *conf,
    const struct mq_subscription *sub, struct mq_err *err)
{
	struct mq_consumer *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		(void)mq_fail_memory(err);
		return NULL;
	}
	c->mq = mq;
	/* A group goes on where it can: at the start, when it is new. */
	c->reset = *mq_conf_text(conf, "auto.offset.reset",
	    sub->group != NULL ? "earliest" : "none");
	if (mq_sources_open(&c->sources, mq, sub, err) == -1) {
		free(c);
		return NULL;
	}
	if (sub->group == NULL || mq_group_reader_join(c, conf, sub, err) == 0)
		return c;
	mq_consumer_free(c);
	return NULL;
}

/* What is given out is of the batch in hand. */
static void
give(const struct mq_consumer *c, struct mq_source *s)
{
	s->delivered = 1;
	s->epoch = c->batch.leader_epoch;
}

/* Starts on the records of the batch in hand. */
static int
open_batch(struct mq_consumer *c, struct mq_err *err)
{
	if (c->opened)
		return 0;
	if (mq_consumer_read_batch(c, c->current, err) == -1)
		return -1;
	c->opened = 1;
	if (mq_batch_iter_init(&c->iter, &c->batch, err) == -1)
		return mq_partition_context(&c->current->partition, err);
	return 0;
}

/*
 * Decodes the next records of the batch in hand, and drops those that are not
 * wanted: 1, 0 the batch is done with, -1.
 */
static int
decode(struct mq_consumer *c, struct mq_err *err)
{
	struct mq_source *s = c->current;
	struct mq_record *r;
	int n, i;

	if (open_batch(c, err) == -1)
		return -1;
	c->at = c->decoded = 0;
	c->giver = s;
	while (c->decoded == 0) {
		n = mq_batch_iter_fill(&c->iter, c->record, MQ_CONSUMER_RECORDS,
		    err);
		if (n == -1)
			return mq_partition_context(&s->partition, err);
		if (n == 0) {
			c->current = NULL;
			return 0;
		}
		for (i = 0; i < n; i++) {
			r = &c->record[i];
			if (r->offset < s->from || r->offset >= s->until)
				continue;
			r->topic = s->topic;
			r->partition = s->partition.number;
			if (i != c->decoded)
				c->record[c->decoded] = *r;
			c->decoded++;
		}
	}
	give(c, s);
	return 1;
}

int
mq_consumer_poll(struct mq_consumer *c, struct mq_record *r, int64_t wait_ms,
    struct mq_err *err)
{
	int rc;

	while (c->at == c->decoded) {
		if (c->current != NULL && (rc = decode(c, err)) != 0) {
			if (rc == -1)
				return -1;
			break;
		}
		rc = mq_consumer_fetch(c, wait_ms, err);
		if (rc != MQ_POLL_RECORD)
			return rc;
	}
	*r = c->record[c->at++];
	return MQ_POLL_RECORD;
}

/* Copies the wanted records into a batch of their own, in place and order. */
static int
cut_batch(struct mq_consumer *c, uint64_t max_records, uint8_t **data,
    size_t *size, uint64_t *records, struct mq_err *err)
{
	struct mq_record *r;
	int64_t base = c->batch.base_offset;
	int rc = 1;

	c->cut.limit = SIZE_MAX;
	c->cut.codec = c->batch.attributes & MQ_BATCH_CODEC;
	mq_batch_builder_reset(&c->cut);
	for (*records = 0; *records < max_records; ++*records) {
		if (c->at == c->decoded && (rc = decode(c, err)) != 1)
			break;
		r = &c->record[c->at++];
		if (mq_batch_builder_add_at(&c->cut, r,
			(int32_t)(r->offset - base), err) == -1)
			return -1;
	}
	if (rc == -1 || *records == 0)
		return rc == -1 ? -1 : 0;
	if (mq_batch_builder_finish(&c->cut, data, size, err) == -1)
		return -1;
	mq_batch_assign(*data, base, c->batch.leader_epoch);
	return 0;
}

/* Whether the whole batch in hand is wanted. */
static int
wanted_whole(const struct mq_consumer *c)
{
	const struct mq_source *s = c->current;

	return c->batch.base_offset >= s->from &&
	    mq_batch_last_offset(&c->batch) < s->until;
}

int
mq_consumer_poll_values(struct mq_consumer *c, char *buf, size_t cap,
    char delim, uint64_t max_records, size_t *len, uint64_t *records,
    int64_t wait_ms, struct mq_err *err)
{
	int64_t n;
	int rc;

	*len = *records = 0;
	for (;;) {
		if (c->current == NULL && c->at == c->decoded) {
			rc = mq_consumer_fetch(c, wait_ms, err);
			if (rc != MQ_POLL_RECORD)
				return rc;
		}
		/*
		 * What is decoded, or cut, is given out one by one; as is what
		 * lacks offsets, where its position is asked for.
		 */
		if (c->at != c->decoded || !wanted_whole(c) ||
		    (c->group != NULL &&
			c->batch.count - 1 != c->batch.last_offset_delta))
			return MQ_POLL_RECORD;
		if (open_batch(c, err) == -1)
			return -1;
		/* Where it stands no record says any more, but the values. */
		c->at = c->decoded = 0;
		n = mq_batch_iter_values(&c->iter, buf, cap, delim, max_records,
		    len, err);
		if (n == -1)
			return mq_partition_context(&c->current->partition,
			    err);
		*records = (uint64_t)n;
		if (n != 0)
			give(c, c->current);
		if (n != 0 || c->iter.left != 0)
			return MQ_POLL_RECORD;
		c->current = NULL;
	}
}

/* Whether all of the batch in hand may go out as it lies in its file. */
static int
as_it_lies(const struct mq_consumer *c, uint64_t max_records)
{
	return c->current != NULL && !c->opened && wanted_whole(c) &&
	    (uint64_t)c->batch.count <= max_records;
}

/* The batch in hand, and those behind it in its segment, as many as fit. */
static int
gather(struct mq_consumer *c, uint8_t *buf, size_t cap, uint64_t max_records,
    struct mq_batches *out, struct mq_err *err)
{
	struct mq_source *s = c->current;
	struct mq_batch b;
	size_t at;
	ssize_t n;

	mq_reader_back(&s->reader, &c->batch);
	out->fd = s->reader.segment.log;
	out->position = s->reader.scan.at;
	if ((n = mq_reader_fill(&s->reader, buf, cap, err)) == -1)
		return -1;
	for (at = 0; mq_reader_take(&s->reader, buf + at, (size_t)n - at,
		 s->until, max_records - out->records, &b);
	     at += b.size) {
		if ((b.attributes & MQ_BATCH_CONTROL) != 0)
			continue;
		/* Where one was left out they are not together in the file. */
		if (at != out->len) {
			(void)memmove(buf + out->len, buf + at, b.size);
			out->fd = -1;
		}
		c->batch = b;
		c->current = NULL;
		give(c, s);
		out->len += b.size;
		out->records += (uint64_t)b.count;
	}
	out->data = buf;
	return 0;
}

/* The same, or the batch in hand alone where it is too large or is bad. */
static int
give_batches(struct mq_consumer *c, uint8_t *buf, size_t cap,
    uint64_t max_records, struct mq_batches *out, struct mq_err *err)
{
	struct mq_source *s = c->current;

	if (c->header && c->batch.size <= cap &&
	    gather(c, buf, cap, max_records, out, err) == -1)
		return -1;
	if (out->len != 0)
		return 0;
	if (mq_consumer_read_batch(c, s, err) == -1)
		return -1;
	give(c, s);
	c->current = NULL;
	out->fd = s->reader.segment.log;
	out->position = s->reader.scan.batch_at;
	out->data = c->batch.data;
	out->len = c->batch.size;
	out->records = (uint64_t)c->batch.count;
	return 0;
}

int
mq_consumer_poll_batches(struct mq_consumer *c, void *buf, size_t cap,
    uint64_t max_records, struct mq_batches *out, int64_t wait_ms,
    struct mq_err *err)
{
	uint8_t *data = NULL;
	int rc = MQ_POLL_RECORD;

	(void)memset(out, 0, sizeof(*out));
	while (rc == MQ_POLL_RECORD && out->len == 0) {
		if (c->current == NULL && c->at == c->decoded) {
			c->by_header = 1;
			rc = mq_consumer_fetch(c, wait_ms, err);
			c->by_header = 0;
			if (rc != MQ_POLL_RECORD)
				break;
		}
		if (as_it_lies(c, max_records)) {
			if (give_batches(c, buf, cap, max_records, out, err) ==
			    -1)
				rc = -1;
			continue;
		}
		out->fd = -1;
		if (cut_batch(c, max_records, &data, &out->len, &out->records,
			err) == -1)
			rc = -1;
		out->data = data;
	}
	return rc;
}

/* Behind what was read: of a batch that a range cuts, not behind its end. */
static int64_t
behind(const struct mq_source *s)
{
	int64_t end = s->until > s->from ? s->until : s->from;

	return s->reader.next < end ? s->reader.next : end;
}

int64_t
mq_consumer_position(const struct mq_consumer *c, const struct mq_source *s)
{
	const struct mq_batch *b = &c->batch;

	if (c->giver == s && c->at < c->decoded)
		return c->record[c->at].offset;
	if (c->current != s)
		return behind(s);
	if (!c->opened)
		return b->base_offset > s->from ? b->base_offset : s->from;
	if (c->giver == s && c->at != 0)
		return c->record[c->at - 1].offset + 1;
	/* Values were given out, of a batch that has all of its offsets. */
	return b->base_offset + b->count - c->iter.left;
}

void
mq_consumer_pause(struct mq_consumer *c, const char *topic, int32_t partition,
    int paused)
{
	struct mq_source *s = mq_sources_find(&c->sources, topic, partition);

	if (s == NULL)
		return;
	s->paused = paused;
	if (!paused || (c->current != s && c->giver != s))
		return;
	/* What is in hand of it is read again when it goes on. */
	s->from = mq_consumer_position(c, s);
	mq_consumer_drop(c, s);
	mq_reader_free(&s->reader);
	mq_reader_init(&s->reader, &s->partition, s->from);
	s->ready = 1;
}

void
mq_consumer_drop(struct mq_consumer *c, const struct mq_source *s)
{
	if (c->giver == s)
		c->at = c->decoded = 0;
	if (c->current == s)
		c->current = NULL;
	if (c->giver == s)
		c->giver = NULL;
}

void
mq_consumer_free(struct mq_consumer *c)
{
	if (c == NULL)
		return;
	mq_group_reader_leave(c);
	mq_sources_close(&c->sources);
	mq_batch_iter_free(&c->iter);
	mq_batch_builder_free(&c->cut);
	free(c);
}
