/* SPDX-License-Identifier: ISC */
/*
 * Memory runs out at each place where a share-partition asks for it: what
 * failed has changed nothing, and what was done is told.
 */
#include <errno.h>
#include <stdlib.h>

#include "group/share_partition.h"
#include "share_text.h"
#include "test.h"

static int calls_left = -1; /* until reallocarray fails; -1 never */

/* In the place of libc's. */
void *
reallocarray(void *p, size_t n, size_t size)
{
	if (calls_left == 0) {
		errno = ENOMEM;
		return NULL;
	}
	if (calls_left > 0)
		calls_left--;
	return realloc(p, n * size);
}

static struct mq_share_partition p;
static struct mq_share_ranges out;
static struct mq_buf before, after;
static struct mq_err err;

/* Runs of 1 and of 2 in turns, at their limit; `out` has no memory yet. */
static int
scene(void)
{
	struct mq_share_config config = MQ_SHARE_CONFIG_DEFAULT;
	struct mq_share_acquire want = { .log_end = 999, .max_records = 1 };
	struct mq_share_ack ack = { .holder = 1, .type = MQ_SHARE_ACCEPT };
	int n;

	calls_left = -1;
	config.delivery_count_limit = 1;
	mq_share_partition_free(&p);
	mq_share_ranges_free(&out);
	mq_share_partition_init(&p, &config, 0);
	for (n = 0; n < 14; n++) {
		want.holder = 1 + (n & 1);
		want.max_records = n == 5 ? 9 : 1;
		CHECK(
		    mq_share_partition_acquire(&p, 0, &want, &out, &err) == 0);
	}
	CHECK(mq_share_partition_acknowledge(&p, 0, &ack, NULL, &err) == 0);
	mq_share_ranges_free(&out);
	before.len = 0;
	return mq_share_partition_save(&p, &before, &err);
}

static int
unchanged(void)
{
	after.len = 0;
	CHECK(mq_share_partition_save(&p, &after, &err) == 0);
	CHECK(after.len == before.len);
	CHECK(memcmp(after.data, before.data, after.len) == 0);
	return 0;
}

static int
acquiring(void)
{
	struct mq_share_acquire want = { .holder = 3,
		.log_end = 999,
		.max_records = 5 };
	int n;

	for (n = 0; n < 3; n++) {
		CHECK(scene() == 0);
		calls_left = n;
		if (mq_share_partition_acquire(&p, 1, &want, &out, &err) == 0)
			break;
		CHECK(out.count == 0 && unchanged() == 0);
	}
	CHECK(n > 0 && n < 3);
	return 0;
}

static int
releasing(void)
{
	struct mq_share_ack ack = { .holder = 2,
		.type = MQ_SHARE_RELEASE,
		.first = 7,
		.last = 8 };
	int n;

	for (n = 0; n < 3; n++) {
		CHECK(scene() == 0);
		calls_left = n;
		if (mq_share_partition_acknowledge(&p, 1, &ack, &out, &err) ==
		    0)
			break;
		CHECK(unchanged() == 0);
	}
	CHECK(n > 0 && n < 3);
	return 0;
}

/* What is told was done; a second go does the rest. */
static int
expiring(void)
{
	CHECK(scene() == 0);
	calls_left = 0;
	CHECK(mq_share_partition_expire(&p, 30000, 3, &out, &err) == -1);
	CHECK(out.count == 0 && unchanged() == 0);
	calls_left = -1;
	CHECK(mq_share_partition_expire(&p, 30000, 3, &out, &err) == 0);
	CHECK(p.start_offset == p.end_offset && out.count == 13);
	return 0;
}

static int
asking(void)
{
	struct mq_share_config config = MQ_SHARE_CONFIG_DEFAULT;
	struct mq_share_partition q;
	uint64_t *ids;
	size_t n;

	CHECK(scene() == 0);
	calls_left = 0;
	CHECK(mq_share_partition_holders(&p, &ids, &n, &err) == -1);
	CHECK(ids == NULL && n == 0);
	CHECK(mq_share_partition_load(&q, &config, before.data, before.len,
		  &err) == -1);
	CHECK(err.code != MQ_CORRUPT_MESSAGE);
	mq_share_partition_free(&q);
	calls_left = -1;
	return 0;
}

int
main(void)
{
	RUN(acquiring, "nothing is acquired without memory");
	RUN(releasing, "nothing is released without memory");
	RUN(expiring, "locks that could not be told of end later");
	RUN(asking, "holders and load say so");
	mq_share_partition_free(&p);
	mq_share_ranges_free(&out);
	mq_buf_free(&before);
	mq_buf_free(&after);
	return test_done();
}
