/* SPDX-License-Identifier: ISC */
/*
 * Anything as a saved share-partition.  The CRC is mended first, or nothing
 * would get past it; what is loaded is saved as the same bytes, and bears what
 * can be done to it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/cursor.h"
#include "group/share_partition.h"

#define AT_BEHIND 4

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct mq_share_ranges out;

static void
must(int ok)
{
	if (!ok)
		abort();
}

/* No hole, no overlap, nothing that could be merged, and right counts. */
static void
holds(const struct mq_share_partition *p)
{
	const struct mq_share_range *r = p->in_flight.at;
	int64_t records[MQ_SHARE_STATES] = { 0 }, next = p->start_offset;
	size_t i;

	for (i = 0; i < p->in_flight.count; i++, r++) {
		must(r->first == next && r->last >= r->first);
		must(i != 0 ? !mq_share_ranges_same(r, r - 1) :
			      !mq_share_range_finished(r));
		records[r->state] += mq_share_range_length(r);
		next = r->last + 1;
	}
	must(next == p->end_offset);
	must(memcmp(records, p->records, sizeof(records)) == 0);
}

static void
use(struct mq_share_partition *p)
{
	struct mq_share_acquire want = { .holder = 1,
		.log_end = INT64_MAX,
		.max_records = 7 };
	struct mq_share_ack ack = { .holder = 1, .type = MQ_SHARE_RELEASE };
	struct mq_err err;
	size_t i;
	struct mq_share_range given;

	must(mq_share_partition_expire(p, 1000, 2, &out, &err) == 0);
	holds(p);
	must(mq_share_partition_acquire(p, 1000, &want, &out, &err) == 0);
	holds(p);
	for (i = 0; i < 3 && out.count != 0; i++) {
		given = out.at[out.count - 1];
		ack.first = given.first;
		ack.last = given.last - (given.last - given.first) / 2;
		must(mq_share_partition_acknowledge(p, 1001, &ack, &out,
			 &err) == 0);
		holds(p);
		must(mq_share_partition_acquire(p, 1002, &want, &out, &err) ==
		    0);
		holds(p);
	}
	must(mq_share_partition_holder_gone(p, 1003, 1, 2, &out, &err) == 0);
	holds(p);
	mq_share_partition_log_start(p,
	    p->start_offset + (p->end_offset - p->start_offset) / 2);
	holds(p);
	(void)mq_share_partition_log_end(p,
	    p->start_offset + (p->end_offset - p->start_offset) / 2);
	holds(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mq_share_config config = MQ_SHARE_CONFIG_DEFAULT;
	struct mq_share_partition p;
	struct mq_buf b = { 0 };
	struct mq_err err;
	uint8_t *copy;

	if (len < AT_BEHIND || (copy = malloc(len)) == NULL)
		return 0;
	(void)memcpy(copy, data, len);
	config.dead_letters = data[0] & 1;
	mq_put32(copy, mq_crc32c(copy + AT_BEHIND, len - AT_BEHIND));
	if (mq_share_partition_load(&p, &config, copy, len, &err) == 0) {
		must(mq_share_partition_save(&p, &b, &err) == 0);
		must(b.len == len && memcmp(b.data, copy, len) == 0);
		holds(&p);
		use(&p);
	}
	mq_share_partition_free(&p);
	mq_share_ranges_free(&out);
	mq_buf_free(&b);
	free(copy);
	return 0;
}
