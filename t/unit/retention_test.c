/* SPDX-License-Identifier: ISC */
/*
 * Retention and trimming take whole segments from the start, expired ones or
 * those that were asked for, and never one that may be needed.
 */
#include "log/retention.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/client.h"
#include "log/append.h"
#include "log/flush.h"
#include "scene.h"
#include "test.h"

#define DAY 86400000

static char root[SCENE_PATH], dir[SCENE_PATH + 16];
static struct mq_partition p;
static struct mq_err err;
static struct mq *mq;

static int
start(const char *name, const char *value)
{
	const struct scene_topic t = { "t",
		{ "segment.bytes", "100", "index.interval.bytes", "0",
		    "retention.ms", "-1", "segment.ms", "9223372036854775807",
		    name, value, NULL } };

	if (scene_dir(root) == -1)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/t-0", root);
	mq = scene_store(root, &t, &err);
	return mq == NULL ? -1 : mq_client_partition(mq, "t", 0, &p, &err);
}

static void
end(void)
{
	mq_partition_close(&p);
	mq_close(mq);
	scene_remove(root);
}

/* One record with that timestamp: it fills a segment. */
static int
append(int64_t timestamp, int flush)
{
	struct mq_batch_builder b;
	struct mq_record r;
	uint8_t *data;
	size_t size;
	int64_t base;
	int rc;

	(void)memset(&b, 0, sizeof(b));
	(void)memset(&r, 0, sizeof(r));
	b.limit = 1000;
	r.timestamp = timestamp;
	r.value.data = "some bytes of a value, so many";
	r.value.len = 30;
	rc = mq_batch_builder_add(&b, &r, &err);
	if (rc == 0)
		rc = mq_batch_builder_finish(&b, &data, &size, &err);
	if (rc == 0)
		rc = mq_append(&p, data, size, &base, &err);
	if (rc == 0 && flush)
		rc = mq_flush(&p, base + 1, &err);
	mq_batch_builder_free(&b);
	return rc;
}

/* The log's start after cleaning, -1 on an error. */
static int64_t
clean(int *gone)
{
	struct mq_retention done;
	int64_t log_start;

	if (mq_retention_clean(&p, &done, &log_start, &err) == -1)
		return -1;
	*gone = done.segments;
	return log_start;
}

static int
by_time(void)
{
	int64_t now = mq_clock_wall_ms();
	int i, gone;

	CHECK(start("retention.ms", "172800000") == 0); /* two days */
	for (i = 9; i >= 0; i--)
		CHECK(append(now - i * DAY - DAY / 2, 1) == 0);
	/* Rolling cleans, too: 9 to 2 days and a half ago are gone. */
	CHECK(clean(&gone) == 8);
	CHECK(clean(&gone) == 8 && gone == 0);
	end();
	return 0;
}

/* A segment with one record that is young stays, and so do those behind it. */
static int
young_stays(void)
{
	int64_t now = mq_clock_wall_ms();
	int i, gone;

	CHECK(start("retention.ms", "172800000") == 0);
	CHECK(append(now, 1) == 0);
	for (i = 0; i < 5; i++)
		CHECK(append(now - 9 * DAY, 1) == 0);
	CHECK(clean(&gone) == 0 && gone == 0);
	end();
	return 0;
}

/* A time index that lies deletes nothing that is young. */
static int
index_lies(void)
{
	static const char name[] = "00000000000000000000.timeindex";
	/* The record's own offset, at a time in 1970. */
	static const uint8_t old[] = { 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
	int64_t now = mq_clock_wall_ms();
	int i, gone;

	CHECK(start("retention.ms", "172800000") == 0);
	for (i = 0; i < 4; i++)
		CHECK(append(now, 1) == 0);
	CHECK(scene_write(dir, name, old, sizeof(old)) == 0);
	CHECK(clean(&gone) == 0);
	CHECK(gone == 0);
	end();
	return 0;
}

/* Timestamps in the future, and none: the file's own time counts. */
static int
strange_times(void)
{
	int gone;

	CHECK(start("retention.ms", "172800000") == 0);
	CHECK(append(INT64_MAX, 1) == 0 && append(-1, 1) == 0);
	CHECK(append(INT64_MIN, 1) == 0 && append(INT64_MAX, 1) == 0);
	CHECK(append(5, 1) == 0 && append(INT64_MIN, 1) == 0);
	CHECK(clean(&gone) == 0); /* all were written now */
	end();
	return 0;
}

static int
by_size(void)
{
	struct mq_partition_info info;
	int i, gone;

	CHECK(start("retention.bytes", "450") == 0);
	for (i = 0; i < 20; i++)
		CHECK(append(1000 + i, 1) == 0);
	CHECK(clean(&gone) >= 14);
	CHECK(mq_partition_get(mq, "t", 0, &info, &err) == 0);
	CHECK(info.bytes >= 450 && info.bytes < 450 + 100);
	CHECK(info.log_end == 20);
	end();
	return 0;
}

/* What is not flushed stays, however old it is. */
static int
not_flushed(void)
{
	struct mq_partition_tail t;
	int i;

	CHECK(start("retention.ms", "1000") == 0);
	for (i = 0; i < 5; i++)
		CHECK(append(1000 + i, 0) == 0);
	CHECK(mq_partition_published(&p, &t, &err) == 1);
	CHECK(t.log_start == 0 && t.log_end == 5);
	end();
	return 0;
}

static int
trims(void)
{
	struct mq_partition_info info;
	int64_t log_start;
	int i;

	CHECK(start("flush.ms", "9223372036854775807") == 0);
	for (i = 0; i < 6; i++)
		CHECK(append(1000 + i, 1) == 0);
	CHECK(mq_retention_trim(&p, 3, &log_start, &err) == 0);
	CHECK(log_start == 3);
	CHECK(mq_partition_get(mq, "t", 0, &info, &err) == 0);
	CHECK(info.segments == 3 && info.log_start == 3);
	CHECK(mq_retention_trim(&p, 1, &log_start, &err) == 0); /* nothing */
	CHECK(log_start == 3);
	CHECK(mq_retention_trim(&p, 7, &log_start, &err) == -1);
	CHECK(err.code == MQ_OFFSET_OUT_OF_RANGE);
	CHECK(mq_retention_trim(&p, 6, &log_start, &err) == 0);
	CHECK(log_start == 6);
	CHECK(append(2000, 1) == 0);
	CHECK(mq_partition_get(mq, "t", 0, &info, &err) == 0);
	CHECK(info.log_start == 6 && info.log_end == 7);
	end();
	return 0;
}

/*
 * flush.messages relaxed, all trimmed, and a power cut that takes what was not
 * flushed: the log goes on where it started, and is not shut for ever.
 */
static int
trimmed_and_lost(void)
{
	struct mq_partition_info info;
	int64_t log_start;
	int i;

	CHECK(start("flush.messages", "1000") == 0);
	for (i = 0; i < 3; i++)
		CHECK(append(1000 + i, 0) == 0);
	CHECK(mq_retention_trim(&p, 3, &log_start, &err) == 0);
	mq_partition_close(&p);
	CHECK(scene_write(dir, "00000000000000000002.log", "", 0) == 0);
	{
		uint8_t page[4096];
		char path[SCENE_PATH * 2];
		int fd;

		/* Another boot; the flush point is as old as can be. */
		(void)snprintf(path, sizeof(path), "%s/partition.state", dir);
		CHECK((fd = open(path, O_RDWR | O_CLOEXEC)) != -1);
		CHECK(pread(fd, page, sizeof(page), 0) == sizeof(page));
		(void)memset(page, 0, 152);
		CHECK(pwrite(fd, page, sizeof(page), 0) == sizeof(page));
		(void)close(fd);
	}
	/* Where the trim flushed first, this is a loss that must be told. */
	CHECK(mq_partition_get(mq, "t", 0, &info, &err) == 0 ||
	    strstr(err.text, "were confirmed") != NULL);
	mq_close(mq);
	scene_remove(root);
	return 0;
}

int
main(void)
{
	RUN(by_time, "segments go when their newest record has expired");
	RUN(young_stays, "a young record keeps its segment and those behind");
	RUN(index_lies, "a time index that lies deletes nothing");
	RUN(strange_times, "times in the future, or none: the file's counts");
	RUN(by_size, "segments go while the rest is large enough");
	RUN(not_flushed, "what is not flushed stays");
	RUN(trims, "records before an offset are deleted");
	RUN(trimmed_and_lost, "a power cut behind a trim shuts no partition");
	return test_done();
}
