/* SPDX-License-Identifier: ISC */
/*
 * Readers of a log that is compacted: gaps in its offsets, a start that moves,
 * and the rot that gaps could hide.
 */
#include "log/reader.h"

#include <fcntl.h>
#include <unistd.h>

#include "cleaner_scene.h"
#include "log/layout.h"
#include "test.h"

/* The log's start may lie in a gap, and moves while it is compacted. */
static int
trimmed(void)
{
	int64_t log_start;

	CHECK(cleaner_start("140", "delete.retention.ms", "0") == 0);
	CHECK(
	    cleaner_each("a1 b1 c1 a2 b2 d1 e1") == 0 && cleaner_clean() == 0);
	CHECK(mq_topic_trim(cleaner.mq, "t", 0, 1, &log_start, &cleaner.err) ==
	    0);
	CHECK_TEXT(cleaner_from(1), "2:c1 3:a2 4:b2 5:d1 6:e1 ");
	CHECK(cleaner_each("c2 f1") == 0 && cleaner_clean() == 0);
	CHECK(mq_topic_trim(cleaner.mq, "t", 0, 4, &log_start, &cleaner.err) ==
	    0);
	CHECK(log_start == 4);
	mq_partition_close(&cleaner.p);
	(void)unlinkat(AT_FDCWD, cleaner.dir, 0); /* not empty: it stays */
	CHECK(cleaner_open() == 0);
	CHECK_TEXT(cleaner_from(4), "4:b2 5:d1 6:e1 7:c2 8:f1 ");
	CHECK(cleaner_clean() == 0 && cleaner_sound());
	cleaner_end();
	return 0;
}

/* The offsets that a reader gives out, each for itself: the next, or -1. */
static int64_t
next(struct mq_reader *r)
{
	struct mq_batch b;

	return mq_reader_next(r, &b, &cleaner.err) == 1 ? b.base_offset : -1;
}

/*
 * Readers that stand at every offset when the log is compacted, twice, go on
 * with what is there behind it, and never back.
 */
static int
readers_go_on(void)
{
	static const int64_t left[] = { 4, 6, 8, 9, 10, 11 };
	struct mq_reader at[12], *r;
	int64_t got, last;
	int i, n;

	CHECK(cleaner_start("140", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_each("a1 b1 c1 a2 b2 a3 c2 d1 d2 a4 x1 y1") == 0);
	for (i = 0; i < 12; i++) {
		mq_reader_init(&at[i], &cleaner.p, 0);
		for (n = 0; n < i; n++)
			CHECK(next(&at[i]) == n);
	}
	for (n = 0; n < 3; n++)
		CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_segments(), "0 8 10 ");
	CHECK_TEXT(cleaner_from(0), "4:b2 6:c2 8:d2 9:a4 10:x1 11:y1 ");
	for (i = 0; i < 12; i++) {
		r = &at[i];
		last = i - 1;
		for (n = 0; left[n] < i;)
			n++;
		while ((got = next(r)) != -1) {
			CHECK(got > last && got <= left[n]);
			n += got == left[n];
			last = got;
		}
		CHECK(last == 11 && r->next == 12);
	}
	CHECK(cleaner_append("z1") == 0);
	for (i = 0; i < 12; i++) {
		CHECK(next(&at[i]) == 12);
		mq_reader_free(&at[i]);
	}
	cleaner_end();
	return 0;
}

/* All that is left before the end is a gap: a reader comes to the end. */
static int
gap_at_end(void)
{
	struct mq_reader r;

	CHECK(cleaner_start("140", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_each("a1 a") == 0 && cleaner_roll() == 0 &&
	    cleaner_clean() == 0);
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "");
	mq_reader_init(&r, &cleaner.p, 0);
	CHECK(next(&r) == -1 && r.next == 2);
	CHECK(cleaner_append("b1") == 0 && next(&r) == 2);
	mq_reader_free(&r);
	/* After another boot, too. */
	mq_partition_close(&cleaner.p);
	CHECK(scene_write(cleaner.dir, MQ_LAYOUT_STATE, "", 0) == 0);
	CHECK(cleaner_open() == 0);
	CHECK_TEXT(cleaner_from(0), "2:b1 ");
	CHECK(cleaner_sound());
	cleaner_end();
	return 0;
}

/* Sets the base offset of the batch at a byte of a segment's file. */
static int
move(int64_t segment, int64_t at, int64_t offset)
{
	char path[SCENE_PATH * 2];
	uint8_t bytes[8];
	int fd, rc;

	mq_put64(bytes, (uint64_t)offset);
	(void)snprintf(path, sizeof(path), "%s/" MQ_LAYOUT_LOG, cleaner.dir,
	    segment);
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return -1;
	rc = pwrite(fd, bytes, sizeof(bytes), at) == sizeof(bytes) ? 0 : -1;
	(void)close(fd);
	return rc;
}

static void
count(const struct mq_finding *f, void *arg)
{
	(void)f;
	++*(int *)arg;
}

/* Rot of a base offset, which lies outside of the checksum. */
static int
rot(void)
{
	int faults = 0;

	CHECK(cleaner_start("210", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_each("a1 b1 a2 c1 d1 c2 e1 f1 g1 h1") == 0);
	/* Of what was never compacted: forward and back. */
	CHECK(move(3, 70, 5) == 0);
	CHECK(strstr(cleaner_from(0), "offset 5 where 4 is due") != NULL);
	CHECK(cleaner_clean() == -1 &&
	    strstr(cleaner.err.text, "offset 5") != NULL);
	CHECK(mq_verify(cleaner.mq, "t", count, &faults, &cleaner.err) > 0);
	CHECK(move(3, 70, 4) == 0 && cleaner_clean() == 0 && cleaner_sound());
	CHECK_TEXT(cleaner_from(0), "1:b1 2:a2 4:d1 5:c2 6:e1 7:f1 8:g1 9:h1 ");
	CHECK(move(6, 70, 8) == 0 && move(6, 140, 9) == 0);
	/* Forward, below the second number: where it meets another. */
	CHECK(mq_verify(cleaner.mq, "t", count, &faults, &cleaner.err) > 0);
	CHECK(move(6, 70, 7) == 0 && move(6, 140, 8) == 0 && cleaner_sound());
	/* Of what was: back. */
	CHECK(move(3, 70, 4) == 0);
	CHECK(strstr(cleaner_from(0), "offset 4 where 5 is due") != NULL);
	CHECK(mq_verify(cleaner.mq, "t", count, &faults, &cleaner.err) > 0);
	CHECK(move(3, 70, 5) == 0 && cleaner_sound());
	cleaner_end();
	return 0;
}

int
main(void)
{
	RUN(trimmed, "a log whose start moves");
	RUN(readers_go_on, "readers go on from where they are");
	RUN(gap_at_end, "a gap up to the end is the end");
	RUN(rot, "rot of an offset is found");
	return test_done();
}
