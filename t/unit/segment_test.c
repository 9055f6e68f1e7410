/* SPDX-License-Identifier: ISC */
/*
 * Seeking in a segment, by offset and by time: the indexes make it faster, and
 * never change what is found.
 */
#include "log/segment.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/offset_index.h"
#include "log/time_index.h"
#include "scene.h"
#include "test.h"

#define BASE	100
#define BATCHES 40
#define EACH	3 /* offsets a batch */

enum indexes {
	RIGHT,
	MISSING,
	EMPTY,
	NOISE,
	SHIFTED, /* they grow, and are wrong */
	SWAPPED, /* what an entry says of a place is true of a later one */
	KINDS
};

static char path[SCENE_PATH];
static int64_t starts[BATCHES], times[BATCHES];
static struct mq_segment s = MQ_SEGMENT_NONE;
static struct mq_err err;
static int dir;

/* Timestamps go up and down; every third batch has an index entry. */
static int
make(void)
{
	struct mq_batch_builder b;
	struct mq_record r;
	int64_t at = 0, max = -1, max_offset = -1;
	uint8_t *data;
	size_t size;
	int i, n;

	CHECK(mq_segment_open(&s, dir, BASE, MQ_SEGMENT_CREATE, &err) == 0);
	(void)memset(&b, 0, sizeof(b));
	b.limit = 10000;
	for (i = 0; i < BATCHES; i++) {
		times[i] = 1000 + i * 10 - (i % 4) * 25;
		for (n = 0; n < EACH; n++) {
			(void)memset(&r, 0, sizeof(r));
			r.timestamp = times[i] - n;
			CHECK(mq_batch_builder_add(&b, &r, &err) == 0);
		}
		CHECK(mq_batch_builder_finish(&b, &data, &size, &err) == 0);
		mq_batch_assign(data, BASE + i * EACH, 0);
		CHECK(pwrite(s.log, data, size, at) == (ssize_t)size);
		starts[i] = at;
		if (times[i] > max) {
			max = times[i];
			max_offset = BASE + i * EACH + EACH - 1;
		}
		if (i % 3 == 2) {
			CHECK(mq_offset_index_add(s.index, BASE,
				  BASE + i * EACH + EACH - 1, at, &err) == 0);
			CHECK(mq_time_index_add(s.time_index, BASE, max,
				  max_offset, &err) == 0);
		}
		at += (int64_t)size;
		mq_batch_builder_reset(&b);
	}
	mq_batch_builder_free(&b);
	mq_segment_close(&s);
	return 0;
}

/* Lays both index files out as asked. */
static int
damage(enum indexes how, const struct scene_image *whole)
{
	static const char *const names[] = { "00000000000000000100.index",
		"00000000000000000100.timeindex" };
	static const size_t each[] = { MQ_OFFSET_INDEX_ENTRY,
		MQ_TIME_INDEX_ENTRY };
	char file[SCENE_PATH * 2];
	struct scene_file *f;
	uint8_t bytes[4096];
	size_t i, k;

	for (i = 0; i < 2; i++) {
		f = scene_find(whole, names[i]);
		CHECK(f != NULL && f->len != 0 && f->len < sizeof(bytes));
		(void)memcpy(bytes, f->data, f->len);
		/* The second half of each entry is that of one behind it. */
		for (k = 0; how == SWAPPED && k + 2 * each[i] < f->len; k++)
			if (k % each[i] >= each[i] - 4)
				bytes[k] = f->data[k + 2 * each[i]];
		for (k = 0; k < f->len; k++) {
			if (how == NOISE)
				bytes[k] = (uint8_t)random();
			else if (how == SHIFTED && (k & 3) == 3)
				bytes[k] = (uint8_t)(bytes[k] + 1);
		}
		CHECK(scene_write(path, names[i], bytes,
			  how == EMPTY ? 0 : f->len) == 0);
		(void)snprintf(file, sizeof(file), "%s/%s", path, names[i]);
		CHECK(how != MISSING || unlink(file) == 0);
	}
	return 0;
}

static int
seek_all(void)
{
	struct mq_scan scan;
	struct mq_batch b;
	int64_t target;
	int i, rc;

	(void)memset(&scan, 0, sizeof(scan));
	for (target = BASE; target < BASE + BATCHES * EACH; target++) {
		i = (int)(target - BASE) / EACH;
		CHECK(mq_segment_near(&s, target) <= starts[i]);
		CHECK(mq_segment_seek(&s, target, &scan, &err) == 1);
		CHECK(scan.at == starts[i]);
		CHECK(mq_scan_next(&scan, &b, &err) == 1);
		CHECK(b.base_offset == BASE + i * EACH);
	}
	CHECK(mq_segment_seek(&s, target, &scan, &err) == 0);
	for (target = 900; target < 1500; target++) {
		for (i = 0; i < BATCHES && times[i] < target;)
			i++;
		rc = mq_segment_seek_time(&s, target, &scan, &err);
		CHECK(rc == (i < BATCHES));
		CHECK(rc == 0 || scan.at == starts[i]);
	}
	mq_scan_free(&scan);
	return 0;
}

static int
seeks(enum indexes how)
{
	struct scene_image whole;
	int round, rounds = how == NOISE ? 50 : 1;

	CHECK(make() == 0);
	CHECK(scene_load(path, &whole) == 0);
	srandom(7);
	for (round = 0; round < rounds; round++) {
		CHECK(damage(how, &whole) == 0);
		CHECK(
		    mq_segment_open(&s, dir, BASE, MQ_SEGMENT_READ, &err) == 0);
		CHECK((s.index == -1) == (how == MISSING));
		CHECK(seek_all() == 0);
		mq_segment_close(&s);
	}
	scene_free(&whole);
	return 0;
}

static int
right(void)
{
	return seeks(RIGHT);
}

/* With an index a seek does not begin at the start. */
static int
used(void)
{
	CHECK(make() == 0);
	CHECK(mq_segment_open(&s, dir, BASE, MQ_SEGMENT_READ, &err) == 0);
	CHECK(mq_segment_near(&s, BASE + BATCHES * EACH - 1) ==
	    starts[BATCHES - 2]);
	CHECK(mq_segment_near(&s, BASE) == 0);
	mq_segment_close(&s);
	return 0;
}

static int
missing(void)
{
	return seeks(MISSING) || seeks(EMPTY);
}

static int
noise(void)
{
	return seeks(NOISE);
}

static int
shifted(void)
{
	return seeks(SHIFTED) || seeks(SWAPPED);
}

static int
max_timestamp(void)
{
	int64_t timestamp, offset, max = -1, at = -1;
	int i;

	CHECK(make() == 0);
	for (i = 0; i < BATCHES; i++)
		if (times[i] > max) {
			max = times[i];
			at = BASE + i * EACH + EACH - 1;
		}
	CHECK(mq_segment_open(&s, dir, BASE, MQ_SEGMENT_READ, &err) == 0);
	CHECK(mq_segment_max_timestamp(&s, 0, &timestamp, &offset, &err) == 0);
	CHECK(timestamp == max && offset == at);
	mq_segment_close(&s);
	return 0;
}

static int
lists(void)
{
	static const char *const names[] = { "00000000000000000000.log",
		"00000000000000000700.log", "00000000000000000200.log",
		"9223372036854775808.log", "00000000000000000300.log.tmp",
		"0000000000000000040.log", "000000000000000005a0.log" };
	static const int64_t want[] = { 0, 100, 200, 700 };
	struct mq_segment_list list;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK(scene_write(path, names[i], "", 0) == 0);
	CHECK(mq_segment_list(dir, &list, &err) == 0);
	CHECK(list.count == 4 && memcmp(list.base, want, sizeof(want)) == 0);
	CHECK(mq_segment_list_find(&list, 0) == 0);
	CHECK(mq_segment_list_find(&list, 99) == 0);
	CHECK(mq_segment_list_find(&list, 100) == 1);
	CHECK(mq_segment_list_find(&list, INT64_MAX) == 3);
	CHECK(mq_segment_list_find(&list, -1) == 0);
	mq_segment_list_free(&list);
	CHECK(mq_segment_delete(dir, BASE, &err) == 0);
	CHECK(mq_segment_delete(dir, BASE, &err) == 0);
	CHECK(mq_segment_open(&s, dir, BASE, MQ_SEGMENT_READ, &err) == -1);
	CHECK(err.sys != 0);
	return 0;
}

int
main(void)
{
	if ((dir = scene_dir_open(path)) == -1)
		return 1;
	RUN(right, "every offset and every time is found");
	RUN(used, "the index saves the way");
	RUN(missing, "the same without indexes");
	RUN(noise, "the same with noise in the indexes");
	RUN(shifted, "the same with entries that are wrong");
	RUN(max_timestamp, "the largest timestamp of a segment");
	RUN(lists, "what is a segment and what is not");
	scene_remove(path);
	return test_done();
}
