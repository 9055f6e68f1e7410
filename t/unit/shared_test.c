/* SPDX-License-Identifier: ISC */
/* Two who share a partition, as two processes do; and batches of strangers. */
#include <sys/stat.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "client/client.h"
#include "log/append.h"
#include "log/flush.h"
#include "scene.h"
#include "test.h"

static char root[SCENE_PATH];
static struct mq_err err;
static struct mq *mq;

static int
start(void)
{
	const struct scene_topic t = { "t",
		{ "segment.bytes", "230", "retention.ms", "-1", NULL } };

	if (scene_dir(root) == -1)
		return -1;
	return (mq = scene_store(root, &t, &err)) != NULL ? 0 : -1;
}

static void
end(void)
{
	mq_close(mq);
	scene_remove(root);
}

/* One record; two of them fill a segment. */
static int
append(struct mq_partition *p)
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
	r.timestamp = 1000;
	r.value.data = "some bytes of a value, so many";
	r.value.len = 30;
	rc = mq_batch_builder_add(&b, &r, &err);
	if (rc == 0)
		rc = mq_batch_builder_finish(&b, &data, &size, &err);
	if (rc == 0)
		rc = mq_append(p, data, size, &base, &err);
	mq_batch_builder_free(&b);
	return rc;
}

/* Nobody's record goes to where another one's is. */
static int
takes_turns(void)
{
	struct mq_partition a, b;
	struct mq_partition_tail t;
	int i;

	CHECK(start() == 0);
	CHECK(mq_client_partition(mq, "t", 0, &a, &err) == 0);
	CHECK(mq_client_partition(mq, "t", 0, &b, &err) == 0);
	for (i = 0; i < 10; i++) {
		CHECK(append(i % 3 == 0 ? &a : &b) == 0);
		CHECK(mq_partition_tail(i % 2 ? &a : &b, &t, &err) == 0);
		CHECK(t.log_end == i + 1);
	}
	CHECK(mq_flush(&a, 10, &err) == 0);
	mq_partition_close(&a);
	mq_partition_close(&b);
	end();
	return 0;
}

/* Gives the log up, as after a failed flush, with a batch that was lost. */
static int
lose(const char *log, int64_t at)
{
	char path[SCENE_PATH * 2];
	struct mq_partition_tail t;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/t-0/%s", root, log);
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1 ||
	    pwrite(fd, "lost", 4, at) != 4)
		return -1;
	(void)close(fd);
	(void)snprintf(path, sizeof(path), "%s/t-0/partition.state", root);
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1 ||
	    mq_partition_state_tail(fd, &t, &err) != 1)
		return -1;
	(void)memset(t.token, 0, sizeof(t.token));
	if (mq_partition_state_set_tail(fd, &t, &err) == -1)
		return -1;
	return close(fd);
}

/*
 * A segment that one has open is deleted by the recovery of another, and made
 * again under the same name: the first one is not to write to the old file.
 */
static int
made_again(void)
{
	struct mq_partition a, b;
	struct mq_partition_tail t;
	int i;

	CHECK(start() == 0);
	CHECK(mq_client_partition(mq, "t", 0, &a, &err) == 0);
	for (i = 0; i < 2; i++)
		CHECK(append(&a) == 0);
	CHECK(mq_flush(&a, 2, &err) == 0);
	for (; i < 5; i++) /* 2 and 3 in a segment, and 4 in the next */
		CHECK(append(&a) == 0);
	CHECK(lose("00000000000000000002.log", 50) == 0);
	CHECK(mq_client_partition(mq, "t", 0, &b, &err) == 0);
	CHECK(mq_partition_tail(&b, &t, &err) == 0 && t.log_end == 2);
	for (i = 2; i < 5; i++)
		CHECK(append(&b) == 0);
	CHECK(mq_flush(&b, 5, &err) == 0);
	CHECK(append(&a) == 0);
	CHECK(mq_flush(&b, 6, &err) == 0);
	mq_partition_close(&a);
	mq_partition_close(&b);
	CHECK(mq_client_partition(mq, "t", 0, &b, &err) == 0);
	CHECK(mq_partition_lock(&b, &t, &err) == 0);
	mq_partition_unlock(&b);
	CHECK(t.log_end == 6);
	mq_partition_close(&b);
	end();
	return 0;
}

/* After a flush that failed nothing of before it is confirmed. */
static int
given_up(void)
{
	struct mq_partition a, b;
	struct mq_partition_tail t;

	CHECK(start() == 0);
	CHECK(mq_client_partition(mq, "t", 0, &a, &err) == 0);
	CHECK(append(&a) == 0);
	CHECK(lose("00000000000000000000.log", 50) == 0);
	CHECK(mq_client_partition(mq, "t", 0, &b, &err) == 0);
	CHECK(mq_partition_tail(&b, &t, &err) == 0 && t.log_end == 0);
	CHECK(append(&b) == 0);
	CHECK(mq_flush(&b, 1, &err) == 0);
	CHECK(mq_flush(&a, 1, &err) == -1); /* it was not its own */
	mq_partition_close(&a);
	mq_partition_close(&b);
	end();
	return 0;
}

/* Builds a batch of three with these deltas; its size. */
static size_t
strange(uint8_t *out, const int32_t deltas[3])
{
	struct mq_batch_builder b;
	struct mq_record r;
	uint8_t *data;
	size_t size = 0;
	int i;

	(void)memset(&b, 0, sizeof(b));
	b.limit = 1000;
	for (i = 0; i < 3; i++) {
		(void)memset(&r, 0, sizeof(r));
		r.timestamp = 1000 + i;
		(void)mq_batch_builder_add_at(&b, &r, deltas[i], &err);
	}
	if (mq_batch_builder_finish(&b, &data, &size, &err) == 0)
		(void)memcpy(out, data, size);
	mq_batch_builder_free(&b);
	return size;
}

/* A batch that is taken whole has each record at an offset of its own. */
static int
strange_offsets(void)
{
	static const int32_t twice[] = { 0, 0, 2 }, back[] = { 1, 0, 2 };
	struct mq_producer *p;
	uint8_t batch[1000];
	size_t size;
	int rc;

	CHECK(start() == 0);
	CHECK((p = mq_producer_new(mq, "t", NULL, &err)) != NULL);
	size = strange(batch, twice);
	rc = mq_produce_batch(p, batch, size, 0, 0, &err);
	size = strange(batch, back);
	rc += mq_produce_batch(p, batch, size, 0, 0, &err);
	mq_producer_free(p);
	end();
	CHECK(rc == -2);
	return 0;
}

/* Its header says that nothing in it is as late as it is. */
static int
strange_times(void)
{
	static const int32_t good[] = { 0, 1, 2 };
	struct mq_position late = { MQ_POSITION_TIME, 1002 };
	int64_t offset = 2, timestamp;
	struct mq_producer *p;
	uint8_t batch[1000];
	size_t size;
	int rc = 0;

	CHECK(start() == 0);
	CHECK((p = mq_producer_new(mq, "t", NULL, &err)) != NULL);
	size = strange(batch, good);
	mq_put64(batch + 35, 1000);
	mq_put32(batch + 17, mq_crc32c(batch + 21, size - 21));
	/* It may be refused, or mended. */
	if (mq_produce_batch(p, batch, size, 0, 0, &err) == 0) {
		rc = mq_producer_flush(p, &err);
		if (rc == 0)
			rc = mq_position_resolve(mq, "t", 0, &late, &offset,
			    &timestamp, &err);
	}
	mq_producer_free(p);
	end();
	CHECK(rc == 0 && offset == 2);
	return 0;
}

int
main(void)
{
	RUN(takes_turns, "two append in turn");
	RUN(given_up, "after a lost flush nobody confirms what another wrote");
	RUN(made_again, "a segment that was made again is opened again");
	RUN(strange_offsets, "a batch of others has each offset once");
	RUN(strange_times, "and its records are found by their times");
	return test_done();
}
