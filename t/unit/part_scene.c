/* SPDX-License-Identifier: ISC */
#include "part_scene.h"

struct part_scene part;

void
part_begin(int64_t at)
{
	static const struct mq_share_config usual = MQ_SHARE_CONFIG_DEFAULT;

	mq_share_partition_free(&part.p);
	mq_share_partition_init(&part.p, &usual, at);
}

void
part_end(void)
{
	mq_share_partition_free(&part.p);
	mq_share_ranges_free(&part.out);
}

int
part_take(int64_t now, uint64_t holder, int64_t max, int64_t log_end)
{
	struct mq_share_acquire want = { .holder = holder,
		.max_records = max,
		.log_end = log_end };

	return mq_share_partition_acquire(&part.p, now, &want, &part.out,
	    &part.err);
}

int
part_say(int64_t now, uint64_t holder, enum mq_share_ack_type type,
    int64_t first, int64_t last)
{
	struct mq_share_ack ack = { .holder = holder,
		.type = type,
		.first = first,
		.last = last };

	return mq_share_partition_acknowledge(&part.p, now, &ack, &part.out,
	    &part.err);
}
