/* SPDX-License-Identifier: ISC */
/* A consumer of a queue that reads on where others were quicker. */
#include "share_scene.h"
#include "test.h"

static struct share_scene s;
static const char *const one[] = { "max.poll.records", "1", NULL };

/* Takes and accepts records from..to - 1. */
static int
accept_all(struct mq_share *share, int from, int to)
{
	struct mq_share_record r;

	for (; from < to; from++)
		if (share_take(&s, share, from, &r) == -1 ||
		    mq_share_acknowledge(share, &r, MQ_ACCEPT, 0, &s.err) == -1)
			return -1;
	return mq_share_flush(share, &s.err);
}

/* What lies between two of its records is gone, by segments or not. */
static int
passed_over(const char *segment_bytes)
{
	struct mq_share *slow, *quick;
	struct mq_partition_info info;
	int64_t i;

	CHECK(share_start(&s, 1, 5, segment_bytes) == 0);
	CHECK((slow = share_open(&s, "t", 0, one)) != NULL);
	CHECK(accept_all(slow, 0, 5) == 0);
	for (i = 5; i < 40; i += 5)
		CHECK(scene_batch(s.mq, "t", i, i + 5, &s.err) == 0);
	CHECK((quick = share_open(&s, "t", 0, one)) != NULL);
	CHECK(accept_all(quick, 5, 30) == 0);
	mq_share_free(quick);
	CHECK(mq_partition_get(s.mq, "t", 0, &info, &s.err) == 0);
	CHECK(info.log_start == 30);
	CHECK(accept_all(slow, 30, 40) == 0);
	mq_share_free(slow);
	share_end(&s);
	return 0;
}

static int
in_a_segment(void)
{
	return passed_over("100000");
}

static int
over_segments(void)
{
	return passed_over("400");
}

int
main(void)
{
	RUN(in_a_segment, "reading on over what others accepted loses nothing");
	RUN(over_segments, "nor where its segments are deleted");
	return test_done();
}
