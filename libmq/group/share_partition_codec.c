/* SPDX-License-Identifier: ISC */
/*
 * The saved form, and a reader that takes nothing else: what it accepts is
 * canonical, so it is written again as the same bytes.
 */
#include <stdbool.h>

#include "base/crc32c.h"
#include "base/cursor.h"
#include "base/fail.h"
#include "group/share_partition.h"
#include "group/share_partition_internal.h"

#define VERSION	  1
#define AT_BEHIND 4 /* what the CRC covers begins here */
#define HEADER	  20
#define RUN	  28

static uint8_t *
put_run(uint8_t *at, const struct mq_share_range *r)
{
	mq_put64(at, (uint64_t)r->last);
	mq_put64(at + 8, r->holder);
	mq_put64(at + 16, (uint64_t)r->until_ms);
	mq_put16(at + 24, (uint16_t)r->delivery_count);
	at[26] = r->state;
	at[27] = 0;
	return at + RUN;
}

int
mq_share_partition_save(const struct mq_share_partition *p, struct mq_buf *out,
    struct mq_err *err)
{
	size_t i, n = p->in_flight.count, len = HEADER + n * RUN;
	uint8_t *base, *at;

	if (mq_buf_reserve(out, len) == -1)
		return mq_fail_memory(err);
	base = out->data + out->len;
	mq_put16(base + 4, VERSION);
	mq_put16(base + 6, 0);
	mq_put32(base + 8, (uint32_t)n);
	mq_put64(base + 12, (uint64_t)p->start_offset);
	at = base + HEADER;
	for (i = 0; i < n; i++)
		at = put_run(at, &p->in_flight.at[i]);
	mq_put32(base, mq_crc32c(base + AT_BEHIND, len - AT_BEHIND));
	out->len += len;
	return 0;
}

/* What a run of each state must look like. */
static bool
run_holds(const struct mq_share_range *r)
{
	if (r->last < r->first || r->last == INT64_MAX || r->until_ms < 0 ||
	    r->delivery_count < 0)
		return false;
	switch (r->state) {
	case MQ_SHARE_AVAILABLE:
		return r->holder == 0;
	case MQ_SHARE_ACQUIRED:
		return r->holder != 0 && r->delivery_count > 0;
	case MQ_SHARE_ACKNOWLEDGED:
	case MQ_SHARE_ARCHIVED:
		return r->holder == 0 && r->until_ms == 0 &&
		    r->delivery_count == 0;
	default:
		return false;
	}
}

/* Reads a run that begins at `first`; false where it is none. */
static bool
get_run(struct mq_cursor *c, int64_t first, struct mq_share_range *r)
{
	const uint8_t *at = mq_cursor_bytes(c, RUN);

	if (at == NULL)
		return false;
	r->first = first;
	r->last = (int64_t)mq_get64(at);
	r->holder = mq_get64(at + 8);
	r->until_ms = (int64_t)mq_get64(at + 16);
	r->delivery_count = (int16_t)mq_get16(at + 24);
	r->state = at[26];
	return at[27] == 0 && run_holds(r);
}

/*
 * Reads n runs, of which there are bytes for as many.  The sum of unfinished
 * records and finished runs is what acquiring keeps below the window.
 */
static int
get_runs(struct mq_share_partition *p, struct mq_cursor *c, size_t n,
    struct mq_err *err)
{
	struct mq_share_ranges *f = &p->in_flight;
	struct mq_share_range r;
	int64_t more, window = 0;

	if (mq_share_ranges_reserve(f, n) == -1)
		return mq_fail_memory(err);
	for (; n > 0; n--) {
		if (!get_run(c, p->end_offset, &r) ||
		    (f->count == 0 && mq_share_range_finished(&r)) ||
		    (f->count != 0 &&
			mq_share_ranges_same(&r, &f->at[f->count - 1])))
			return mq_fail(err, MQ_CORRUPT_MESSAGE,
			    "share-partition: run %zu is not one", f->count);
		more =
		    mq_share_range_finished(&r) ? 1 : mq_share_range_length(&r);
		if (more > MQ_SHARE_WINDOW_MAX - window)
			return mq_fail(err, MQ_CORRUPT_MESSAGE,
			    "share-partition: more than %d records in flight",
			    MQ_SHARE_WINDOW_MAX);
		window += more;
		mq_share_ranges_push(f, &r);
		p->end_offset = r.last + 1;
	}
	return 0;
}

int
mq_share_partition_load(struct mq_share_partition *p,
    const struct mq_share_config *config, const void *data, size_t len,
    struct mq_err *err)
{
	struct mq_cursor c;
	uint32_t crc, n;
	uint16_t version, zero;
	int64_t start;

	mq_share_partition_init(p, config, 0);
	mq_cursor_init(&c, data, len);
	crc = mq_cursor_u32(&c);
	if (c.bad || crc != mq_crc32c(c.at, mq_cursor_left(&c)))
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "share-partition: bad CRC");
	version = mq_cursor_u16(&c);
	if (!c.bad && version != VERSION)
		return mq_fail(err, MQ_UNSUPPORTED_VERSION,
		    "share-partition: version %u", version);
	zero = mq_cursor_u16(&c);
	n = mq_cursor_u32(&c);
	start = (int64_t)mq_cursor_u64(&c);
	if (c.bad || zero != 0 || start < 0 ||
	    mq_cursor_left(&c) != (size_t)n * RUN)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "share-partition: %zu bytes for %u runs", len, n);
	p->start_offset = p->end_offset = start;
	if (get_runs(p, &c, n, err) == -1)
		return -1;
	mq_share_partition_recount(p);
	return 0;
}
