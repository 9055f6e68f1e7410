/* SPDX-License-Identifier: ISC */
/*
 * The map of keys to their last offsets, and a log with more keys than it
 * takes.
 */
#include "log/cleaner_map.h"

#include "cleaner_scene.h"
#include "test.h"

static int
map(void)
{
	struct mq_cleaner_map m;
	struct mq_bytes key;
	int64_t i;

	CHECK(
	    mq_cleaner_map_init(&m, INT64_MAX / 4, 100000, &cleaner.err) == 0);
	CHECK(m.slots == 100000 / 24);
	key.data = &i;
	key.len = sizeof(i);
	for (i = 0; i < (int64_t)m.most; i++)
		CHECK(mq_cleaner_map_put(&m, &key, i) == 0);
	CHECK(mq_cleaner_map_put(&m, &key, i) == 1);
	for (i = 0; i < (int64_t)m.most; i++)
		CHECK(mq_cleaner_map_put(&m, &key, i + 5) == 0);
	for (i = 0; i < (int64_t)m.most; i++)
		CHECK(mq_cleaner_map_get(&m, &key) == i + 5);
	CHECK(mq_cleaner_map_get(&m, &key) == -1);
	mq_cleaner_map_free(&m);
	/* For few keys it is small, and still takes them. */
	CHECK(mq_cleaner_map_init(&m, 20, 16 << 20, &cleaner.err) == 0);
	CHECK(m.slots < 100 && m.most >= 20);
	mq_cleaner_map_free(&m);
	return 0;
}

/* The map takes so many keys that it has to go on, several times. */
static int
small_map(void)
{
	CHECK(cleaner_start("140", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_each("a1 b1 c1 d1 a2 b2 c2 d2 e1 f1 a3 g1 x1") == 0);
	cleaner.options.dedupe_buffer_size = 3 * sizeof(struct mq_cleaner_slot);
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0),
	    "5:b2 6:c2 7:d2 8:e1 9:f1 10:a3 11:g1 12:x1 ");
	CHECK(cleaner_sound());
	cleaner_end();
	/* In the middle of a batch, too. */
	CHECK(cleaner_start("1000", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_append("a1 b1 c1 d1 a2 b2 c2 d2 e1 f1 a3 g1") == 0);
	CHECK(cleaner_roll() == 0);
	cleaner.options.dedupe_buffer_size = 3 * sizeof(struct mq_cleaner_slot);
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "5:b2 6:c2 7:d2 8:e1 9:f1 10:a3 11:g1 ");
	CHECK(cleaner_sound());
	cleaner_end();
	return 0;
}

int
main(void)
{
	RUN(map, "the map of keys");
	RUN(small_map, "a map that is full goes as far as it got, and on");
	return test_done();
}
