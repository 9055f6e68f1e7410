/* SPDX-License-Identifier: ISC */
/*
 * The segments that a cleaner writes: small neighbours become one, and what
 * a trim, a dead cleaner or another one left beside it is borne.
 */
#include "log/swap.h"

#include <fcntl.h>
#include <unistd.h>

#include "cleaner_scene.h"
#include "client/client.h"
#include "log/layout.h"
#include "test.h"

static int
merges(void)
{
	CHECK(cleaner_start("140", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_each("a1 b1 a2 b2 c1 c2 d1 a3 e1") == 0);
	CHECK_TEXT(cleaner_segments(), "0 2 4 6 8 ");
	CHECK(cleaner_clean() == 0 && cleaner.done.segments == 0);
	CHECK_TEXT(cleaner_segments(), "0 2 4 6 8 ");
	/* As small as they have become: 0, 70, 70 and 140 bytes. */
	CHECK(cleaner_clean() == 0 && cleaner.done.segments == 2);
	CHECK_TEXT(cleaner_segments(), "0 6 8 ");
	CHECK_TEXT(cleaner_from(0), "3:b2 5:c2 6:d1 7:a3 8:e1 ");
	CHECK(cleaner_clean() == 0 && cleaner.done.segments == 0);
	CHECK(cleaner_sound());
	cleaner_end();
	return 0;
}

/* Segments whose offsets are too far apart for an index stay apart. */
static int
far_apart(void)
{
	struct mq_partition_tail t;
	uint8_t batch[70];
	char name[MQ_LAYOUT_NAME], path[SCENE_PATH * 2];
	int fd;

	CHECK(cleaner_start("140", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_each("a1 b1 c1") == 0);
	(void)snprintf(path, sizeof(path), "%s/" MQ_LAYOUT_LOG, cleaner.dir,
	    (int64_t)2);
	CHECK((fd = open(path, O_RDWR | O_CLOEXEC)) != -1);
	CHECK(pread(fd, batch, sizeof(batch), 0) == sizeof(batch));
	(void)close(fd);
	/* The log goes on where a compacted one might, far behind. */
	CHECK(mq_partition_lock(&cleaner.p, &t, &cleaner.err) == 0);
	mq_batch_assign(batch, 2147483647, 0);
	(void)snprintf(name, sizeof(name), MQ_LAYOUT_LOG, (int64_t)2147483647);
	CHECK(scene_write(cleaner.dir, name, batch, sizeof(batch)) == 0);
	CHECK(mq_segment_delete(cleaner.p.dir, 2, &cleaner.err) == 0);
	t.active_base = 2147483647;
	t.log_end = 2147483648;
	CHECK(mq_swap_set_checkpoint(&cleaner.p, &t, 0, 2147483647,
		  &cleaner.err) == 0);
	mq_partition_unlock(&cleaner.p);
	mq_partition_close(&cleaner.p);
	CHECK(cleaner_open() == 0);
	CHECK(cleaner_each("b2 d1 e1") == 0);
	CHECK_TEXT(cleaner_segments(), "0 2147483647 2147483649 ");
	CHECK(cleaner_clean() == 0 && cleaner_clean() == 0);
	/* 70 bytes and 70: together they would be small enough. */
	CHECK(cleaner_each("c2 e2 f1") == 0 && cleaner_clean() == 0 &&
	    cleaner_clean() == 0);
	CHECK_TEXT(cleaner_segments(), "0 2147483647 2147483651 2147483653 ");
	CHECK(cleaner_from(0) != NULL &&
	    strncmp(cleaner.line, "0:a1 2147483648:b2 ", 19) == 0);
	cleaner_end();
	return 0;
}

/* Segments that a trim or a deletion took away are not put back. */
static int
abandoned(void)
{
	struct mq_partition_tail t;
	static const int64_t base[] = { 0, 2 };
	struct mq_swap s = { base, 2, 4, 4 };
	struct mq_segment out = MQ_SEGMENT_NONE;

	CHECK(cleaner_start("140", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_each("a1 b1 a2 b2 a3 b3") == 0);
	CHECK(mq_segment_delete(cleaner.p.dir, 2, &cleaner.err) == 0);
	CHECK(mq_segment_create_as(&out, cleaner.p.dir, 0, MQ_LAYOUT_CLEANED,
		  &cleaner.err) == 0);
	mq_segment_close(&out);
	CHECK(mq_partition_lock(&cleaner.p, &t, &cleaner.err) == 0);
	CHECK(mq_swap(&cleaner.p, &t, &s, &cleaner.err) == 0 && t.sparse == 0);
	mq_partition_unlock(&cleaner.p);
	CHECK_TEXT(cleaner_segments(), "0 4 ");
	cleaner_end();
	return 0;
}

/* What a dead cleaner left goes when the partition is recovered. */
static int
left_over(void)
{
	struct mq_segment out = MQ_SEGMENT_NONE;
	struct scene_image image;

	CHECK(cleaner_start("140", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_each("a1 b1 a2 b2 a3 b3") == 0);
	CHECK(mq_segment_create_as(&out, cleaner.p.dir, 0, MQ_LAYOUT_CLEANED,
		  &cleaner.err) == 0);
	mq_segment_close(&out);
	CHECK(mq_segment_create_as(&out, cleaner.p.dir, 2, MQ_LAYOUT_SWAPPED,
		  &cleaner.err) == 0);
	mq_segment_close(&out);
	CHECK(cleaner_sound());
	mq_partition_close(&cleaner.p);
	CHECK(scene_write(cleaner.dir, MQ_LAYOUT_STATE, "", 0) == 0);
	CHECK(cleaner_open() == 0);
	CHECK(scene_load(cleaner.dir, &image) == 0);
	CHECK(scene_find(&image, "00000000000000000000.log.cleaned") == NULL);
	CHECK(scene_find(&image, "00000000000000000002.log.swap") == NULL);
	scene_free(&image);
	CHECK_TEXT(cleaner_from(0), "0:a1 1:b1 2:a2 3:b2 4:a3 5:b3 ");
	CHECK(cleaner_clean() == 0 && cleaner_sound());
	cleaner_end();
	return 0;
}

/* Two cleaners exclude each other; one that is not forced goes away. */
static int
two_cleaners(void)
{
	struct mq_partition other;

	CHECK(cleaner_start("140", "min.cleanable.dirty.ratio", "0") == 0);
	CHECK(
	    mq_client_partition(cleaner.mq, "t", 0, &other, &cleaner.err) == 0);
	CHECK(mq_io_lock(other.lock, MQ_LAYOUT_CLEAN, MQ_IO_EXCLUSIVE) == 0);
	CHECK(cleaner_each("a1 b1 a2 b2 a3 b3") == 0);
	cleaner.options.force = 0;
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "0:a1 1:b1 2:a2 3:b2 4:a3 5:b3 ");
	CHECK(mq_io_unlock(other.lock, MQ_LAYOUT_CLEAN) == 0);
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "2:a2 3:b2 4:a3 5:b3 ");
	mq_partition_close(&other);
	cleaner_end();
	return 0;
}

int
main(void)
{
	RUN(merges, "small neighbours become one");
	RUN(far_apart, "offsets that no index holds stay apart");
	RUN(abandoned, "segments that went meanwhile stay away");
	RUN(left_over, "what a dead cleaner left is removed");
	RUN(two_cleaners, "one cleaner at a time");
	return test_done();
}
