/* SPDX-License-Identifier: ISC */
/*
 * Anything as a batch.  The CRC is mended first, or nothing would get past it;
 * a batch that holds gives its records, within bounds, and no others.
 */
#include "record/batch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"

#define AT_CRC	  17
#define AT_BEHIND 21

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int ok)
{
	if (!ok)
		abort();
}

static void
read_records(const struct mq_batch *b)
{
	struct mq_batch_iter it;
	struct mq_record r;
	struct mq_err err;
	int32_t n = 0;
	size_t i, sum = 0;

	(void)memset(&it, 0, sizeof(it));
	if (mq_batch_iter_init(&it, b, &err) == 0) {
		while (mq_batch_iter_next(&it, &r, &err) == 1) {
			must(++n <= b->count);
			must(r.offset >= b->base_offset &&
			    r.offset <= mq_batch_last_offset(b));
			sum += r.key.len + r.value.len;
			for (i = 0; i < r.header_count; i++)
				sum += r.headers[i].name.len +
				    r.headers[i].value.len;
		}
	}
	must(sum <= MQ_DECOMPRESSED_MAX);
	must(it.plain.len <= MQ_DECOMPRESSED_MAX);
	mq_batch_iter_free(&it);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mq_batch b;
	struct mq_err err;
	uint8_t *copy;

	if (len < MQ_BATCH_HEADER || (copy = malloc(len)) == NULL)
		return 0;
	(void)memcpy(copy, data, len);
	mq_put32(copy + 8, (uint32_t)(len - MQ_BATCH_PREFIX));
	mq_put32(copy + AT_CRC, mq_crc32c(copy + AT_BEHIND, len - AT_BEHIND));
	if (mq_batch_peek(copy, len, &b, &err) == 1 &&
	    mq_batch_check(&b, &err) == 0)
		read_records(&b);
	/* And as it came. */
	if (mq_batch_peek(data, len, &b, &err) == 1 && b.data != NULL &&
	    mq_batch_check(&b, &err) == 0)
		read_records(&b);
	free(copy);
	return 0;
}
