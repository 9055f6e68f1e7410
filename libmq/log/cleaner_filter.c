/* SPDX-License-Identifier: ISC */
#include "log/cleaner_filter.h"

#include <string.h>

#include "base/fail.h"

static int
keeps(const struct mq_cleaner_filter *f, const struct mq_batch *b,
    const struct mq_record *r)
{
	if (r->offset > f->latest)
		return 1;
	/* From before the topic was compacted: nobody can ask for it by key. */
	if (r->key.data == NULL)
		return 0;
	if (r->offset < mq_cleaner_map_get(&f->map, &r->key))
		return 0;
	return r->value.data != NULL ||
	    (b->attributes & MQ_BATCH_DELETE_HORIZON) == 0 ||
	    f->now_ms < b->base_timestamp;
}

/* How many records are kept, and how many of them are tombstones. */
static int
count_kept(struct mq_cleaner_filter *f, const struct mq_batch *b, int32_t *kept,
    int32_t *tombstones, struct mq_err *err)
{
	struct mq_record r;
	int rc;

	*kept = *tombstones = 0;
	if (mq_batch_iter_init(&f->iter, b, err) == -1)
		return -1;
	while ((rc = mq_batch_iter_next(&f->iter, &r, err)) == 1)
		if (keeps(f, b, &r)) {
			++*kept;
			*tombstones += r.value.data == NULL;
		}
	return rc;
}

/* Hands on what is built, as a batch of these offsets. */
static int
emit(struct mq_cleaner_filter *f, const struct mq_batch *b, int64_t base,
    int64_t last, int horizon, struct mq_err *err)
{
	uint8_t *data;
	size_t size;

	if (mq_batch_builder_finish(&f->builder, &data, &size, err) == -1)
		return -1;
	mq_batch_replace(data, size, b, base, last, horizon);
	mq_batch_builder_reset(&f->builder);
	return f->put(f->arg, data, size, err);
}

/*
 * The most that is built before it is a batch.  Timestamps that count from a
 * later time take more bytes, so what was near the limit may become two
 * batches; not where a producer's sequence of numbers would be torn.
 */
static size_t
limit(const struct mq_cleaner_filter *f, const struct mq_batch *b)
{
	if ((b->attributes & MQ_BATCH_CODEC) != 0)
		return MQ_DECOMPRESSED_MAX;
	if (b->producer_id != -1)
		return SIZE_MAX;
	return (int64_t)b->size > f->max_message_bytes ?
	    b->size :
	    (size_t)f->max_message_bytes;
}

/* Builds it again; with a horizon, timestamps count from there. */
static int
rewrite(struct mq_cleaner_filter *f, const struct mq_batch *b, int horizon,
    int64_t base_timestamp, struct mq_err *err)
{
	struct mq_batch_builder *to = &f->builder;
	int64_t base = b->base_offset, last = base;
	struct mq_record r;
	int rc;

	to->limit = limit(f, b);
	to->codec = b->attributes & MQ_BATCH_CODEC;
	to->fixed_base = 1;
	to->base_timestamp = base_timestamp;
	mq_batch_builder_reset(to);
	if (mq_batch_iter_init(&f->iter, b, err) == -1)
		return -1;
	while ((rc = mq_batch_iter_next(&f->iter, &r, err)) == 1) {
		if (!keeps(f, b, &r))
			continue;
		rc = mq_batch_builder_add_at(to, &r, (int32_t)(r.offset - base),
		    err);
		if (rc == 1) {
			if (emit(f, b, base, last, horizon, err) == -1)
				return -1;
			base = last + 1;
			rc = mq_batch_builder_add_at(to, &r,
			    (int32_t)(r.offset - base), err);
		}
		if (rc == -1)
			return -1;
		last = r.offset;
	}
	if (rc == -1)
		return -1;
	return emit(f, b, base, mq_batch_last_offset(b), horizon, err);
}

int
mq_cleaner_filter(struct mq_cleaner_filter *f, const struct mq_batch *b,
    struct mq_err *err)
{
	int horizon = (b->attributes & MQ_BATCH_DELETE_HORIZON) != 0, set;
	int32_t kept, tombstones;

	/* An empty one is there for its producer's last number. */
	if ((b->attributes & MQ_BATCH_CONTROL) != 0 ||
	    b->base_offset > f->latest ||
	    (b->count == 0 && b->producer_id != -1))
		return f->put(f->arg, b->data, b->size, err);
	if (count_kept(f, b, &kept, &tombstones, err) == -1)
		return -1;
	/* From now on its tombstones have their time. */
	set =
	    tombstones != 0 && !horizon && mq_batch_last_offset(b) <= f->latest;
	if (kept == b->count && kept != 0 && !set)
		return f->put(f->arg, b->data, b->size, err);
	f->changed = 1;
	if (kept == 0)
		return 0;
	if (!set)
		return rewrite(f, b, horizon, b->base_timestamp, err);
	return rewrite(f, b, 1,
	    f->delete_retention_ms > INT64_MAX - f->now_ms ?
		INT64_MAX :
		f->now_ms + f->delete_retention_ms,
	    err);
}

void
mq_cleaner_filter_free(struct mq_cleaner_filter *f)
{
	mq_cleaner_map_free(&f->map);
	mq_batch_iter_free(&f->iter);
	mq_batch_builder_free(&f->builder);
}
