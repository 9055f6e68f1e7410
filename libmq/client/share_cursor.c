/* SPDX-License-Identifier: ISC */
#include "client/share_cursor.h"

#include <string.h>

#define FAR (1 << 20) /* bytes of log: from there on the index is cheaper */

void
mq_share_cursor_init(struct mq_share_cursor *c, struct mq_partition *p)
{
	(void)memset(c, 0, sizeof(*c));
	mq_reader_init(&c->reader, p, 0);
	c->at = -1;
}

/* The next read finds its place anew. */
static void
leave(struct mq_share_cursor *c, int64_t offset)
{
	struct mq_partition *p = c->reader.p;

	c->opened = 0;
	mq_reader_free(&c->reader);
	mq_reader_init(&c->reader, p, offset);
}

/* Whether the offset lies where reading on from here is the quickest way. */
static int
ahead(const struct mq_share_cursor *c, int64_t offset)
{
	int64_t records = offset - mq_batch_last_offset(&c->batch) - 1;
	int64_t size =
	    (int64_t)c->batch.size / (c->batch.last_offset_delta + 1);

	if (offset < c->batch.base_offset || (c->at != -1 && offset < c->at))
		return 0;
	return records <= 0 || records < FAR / (size + 1);
}

/* The next batch that is not before the offset, by reading on: 1, 0, -1. */
static int
read_on(struct mq_share_cursor *c, int64_t offset, struct mq_err *err)
{
	int rc;

	do {
		rc = mq_reader_next(&c->reader, &c->batch, err);
	} while (rc == 1 &&
	    (mq_batch_last_offset(&c->batch) < offset ||
		(c->batch.attributes & MQ_BATCH_CONTROL) != 0));
	return rc;
}

/* Has the batch at hand that holds the offset, or the next one: 1, 0, -1. */
static int
find_batch(struct mq_share_cursor *c, int64_t offset, struct mq_err *err)
{
	int rc;

	if (c->opened && !ahead(c, offset))
		leave(c, offset);
	if (c->opened && offset <= mq_batch_last_offset(&c->batch))
		return 1;
	/* What is in between is passed over where it can be read no more. */
	if (!c->opened)
		leave(c, offset);
	c->opened = 0;
	rc = read_on(c, offset, err);
	/* It is what lies in between that the log's start has gone past. */
	if (rc == -1 && err->code == MQ_OFFSET_OUT_OF_RANGE &&
	    c->reader.next < offset) {
		leave(c, offset);
		rc = read_on(c, offset, err);
	}
	if (rc != 1)
		return rc;
	if (mq_batch_iter_init(&c->iter, &c->batch, err) == -1)
		return mq_partition_context(c->reader.p, err);
	c->opened = 1;
	c->at = -1;
	return 1;
}

int
mq_share_cursor_read(struct mq_share_cursor *c, int64_t offset,
    struct mq_record *r, struct mq_err *err)
{
	int rc;

	for (;;) {
		if ((rc = find_batch(c, offset, err)) != 1)
			return rc;
		while (rc == 1 && c->at < offset) {
			rc = mq_batch_iter_next(&c->iter, &c->record, err);
			if (rc == 1)
				c->at = c->record.offset;
		}
		if (rc == -1) {
			c->opened = 0;
			return mq_partition_context(c->reader.p, err);
		}
		if (rc == 1) {
			*r = c->record;
			return 1;
		}
		/* The batch ends with offsets that are gone. */
		if (mq_batch_last_offset(&c->batch) >= offset)
			offset = mq_batch_last_offset(&c->batch) + 1;
	}
}

void
mq_share_cursor_rest(struct mq_share_cursor *c)
{
	leave(c, c->reader.next);
}

void
mq_share_cursor_free(struct mq_share_cursor *c)
{
	mq_reader_free(&c->reader);
	mq_batch_iter_free(&c->iter);
	(void)memset(c, 0, sizeof(*c));
}
