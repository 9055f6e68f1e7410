/* SPDX-License-Identifier: ISC */
/* Walking a segment's batches: each one, to the end, whatever is there. */
#include "log/scan.h"

#include <sys/mman.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

#define BATCHES 5

static uint8_t log_bytes[2 << 20];
static size_t starts[BATCHES + 1];
static struct mq_scan scan;
static struct mq_err err;
static int fd;

/* Batches of one record of these sizes, at offsets that count up from 10. */
static int
make(const size_t sizes[BATCHES])
{
	static char value[600000];
	struct mq_batch_builder b;
	struct mq_record r;
	size_t size, at = 0, i;
	uint8_t *data;

	(void)memset(&b, 0, sizeof(b));
	(void)memset(value, 'x', sizeof(value));
	b.limit = sizeof(value);
	for (i = 0; i < BATCHES; i++) {
		(void)memset(&r, 0, sizeof(r));
		r.timestamp = 1000;
		r.value.data = value;
		r.value.len = sizes[i];
		CHECK(mq_batch_builder_add(&b, &r, &err) == 0);
		CHECK(mq_batch_builder_finish(&b, &data, &size, &err) == 0);
		mq_batch_assign(data, 10 + (int64_t)i, 0);
		starts[i] = at;
		(void)memcpy(log_bytes + at, data, size);
		at += size;
		mq_batch_builder_reset(&b);
	}
	starts[BATCHES] = at;
	mq_batch_builder_free(&b);
	return 0;
}

static int
put(size_t len)
{
	return ftruncate(fd, 0) == 0 &&
	    pwrite(fd, log_bytes, len, 0) == (ssize_t)len;
}

/* How many batches come; *rc is how it ends. */
static int
walk(size_t at, int64_t expect, int *rc)
{
	struct mq_batch b;
	int n = 0;

	mq_scan_start(&scan, fd, (int64_t)at, expect);
	while ((*rc = mq_scan_next(&scan, &b, &err)) == 1)
		n++;
	return n;
}

static int
small(void)
{
	static const size_t sizes[BATCHES] = { 0, 1, 30, 7, 200 };
	size_t i;
	int rc;

	CHECK(make(sizes) == 0 && put(starts[BATCHES]));
	for (i = 0; i <= BATCHES; i++) {
		CHECK(walk(starts[i], -1, &rc) == (int)(BATCHES - i));
		CHECK(rc == 0 && scan.torn == 0);
		CHECK(scan.at == (int64_t)starts[BATCHES]);
	}
	return 0;
}

/* At every byte the whole batches are given, and where they end. */
static int
truncated(void)
{
	size_t len, whole;
	int rc;

	for (len = 0; len <= starts[BATCHES]; len++) {
		for (whole = 0; whole < BATCHES && starts[whole + 1] <= len;)
			whole++;
		CHECK(put(len));
		CHECK(walk(0, 10, &rc) == (int)whole && rc == 0);
		CHECK(scan.at == (int64_t)starts[whole]);
		CHECK((scan.torn != 0) == (len != starts[whole]));
	}
	return 0;
}

static int
flipped(void)
{
	size_t at, batch;
	int rc, n;

	for (at = 0; at < starts[BATCHES]; at++) {
		for (batch = 0; starts[batch + 1] <= at;)
			batch++;
		log_bytes[at] ^= 0x55;
		CHECK(put(starts[BATCHES]));
		log_bytes[at] ^= 0x55;
		n = walk(0, 10, &rc);
		if (at - starts[batch] >= 12 && at - starts[batch] < 16)
			CHECK(n == BATCHES && rc == 0); /* the epoch */
		else
			CHECK(n == (int)batch && (rc == -1 || scan.torn != 0));
		CHECK(rc != -1 || err.code == MQ_CORRUPT_MESSAGE);
	}
	return 0;
}

/* A preallocated tail reads as zeros: that is the end. */
static int
zeros(void)
{
	size_t end = starts[BATCHES], more;
	int rc;

	(void)memset(log_bytes + end, 0, 4096);
	for (more = 1; more < 4096; more += more < 80 ? 1 : 61) {
		CHECK(put(end + more));
		CHECK(walk(0, 10, &rc) == BATCHES && rc == 0);
		CHECK(scan.at == (int64_t)end &&
		    (scan.torn != 0) == (more < MQ_BATCH_PREFIX));
	}
	return 0;
}

/* Larger than the window, and across its end. */
static int
large(void)
{
	static const size_t sizes[BATCHES] = { 262000, 100, 600000, 262100, 9 };
	int rc;

	CHECK(make(sizes) == 0 && put(starts[BATCHES]));
	CHECK(walk(0, 10, &rc) == BATCHES && rc == 0 && scan.torn == 0);
	CHECK(put(starts[3] - 1));
	CHECK(walk(0, 10, &rc) == 2 && rc == 0 && scan.torn != 0);
	CHECK(scan.at == (int64_t)starts[2]);
	return 0;
}

/* A length that lies asks for no memory. */
static int
lying_length(void)
{
	size_t before;
	int rc;

	mq_scan_free(&scan);
	CHECK(put(starts[1]) && walk(0, 10, &rc) == 1);
	before = scan.cap;
	mq_put32(log_bytes + 8, 99 << 20);
	CHECK(put(starts[1]));
	CHECK(walk(0, 10, &rc) == 0);
	CHECK(rc == -1 || scan.torn != 0);
	CHECK(scan.cap == before);
	return 0;
}

static int
expected(void)
{
	static const size_t sizes[BATCHES] = { 1, 2, 3, 4, 5 };
	int rc;

	CHECK(make(sizes) == 0 && put(starts[BATCHES]));
	CHECK(walk(0, 9, &rc) == 0 && rc == -1);
	CHECK(walk(0, 11, &rc) == 0 && rc == -1);
	mq_batch_assign(log_bytes + starts[2], 13, 0);
	CHECK(put(starts[BATCHES]));
	CHECK(walk(0, 10, &rc) == 2 && rc == -1);
	CHECK(scan.at == (int64_t)starts[2]);
	CHECK(strstr(err.text, "byte ") != NULL);
	return 0;
}

/* Zeros at batch i, which do not reach the end: the batch to go on with. */
static size_t
make_hole(size_t i, size_t len)
{
	size_t rest = starts[BATCHES] - starts[i] - 4, end;

	end = starts[i] + (len < rest ? len : rest);
	(void)memset(log_bytes + starts[i], 0, end - starts[i]);
	while (++i < BATCHES && starts[i] < end)
		;
	return i;
}

static int
holes(void)
{
	static const size_t sizes[BATCHES] = { 1, 30, 300, 200000, 5 };
	static const size_t lengths[] = { 12, 61, 4096, 70000, 300000 };
	size_t i, n, next;
	int rc;

	for (n = 0; n < sizeof(lengths) / sizeof(lengths[0]); n++)
		for (i = 0; i < BATCHES; i++) {
			CHECK(make(sizes) == 0);
			next = make_hole(i, lengths[n]);
			CHECK(put(starts[BATCHES]));
			CHECK(walk(0, 10, &rc) == (int)i && rc == -1);
			CHECK(err.code == MQ_CORRUPT_MESSAGE);
			CHECK(scan.at == (int64_t)starts[i]);
			rc = mq_scan_resync(&scan, 10 + (int64_t)i, &err);
			CHECK(rc == (next < BATCHES));
			CHECK(rc == 0 || scan.at == (int64_t)starts[next]);
		}
	return 0;
}

/* A whole batch is found at any byte, also across what is read together. */
static int
resumed(void)
{
	static const size_t sizes[BATCHES] = { 1, 2, 3, 4, 5 };
	size_t at;

	CHECK(make(sizes) == 0 && put(0));
	for (at = 65536 - 80; at < 65536 + 5; at++) {
		CHECK(ftruncate(fd, 0) == 0);
		CHECK(pwrite(fd, log_bytes, starts[1], (off_t)at) ==
		    (ssize_t)starts[1]);
		mq_scan_start(&scan, fd, 0, -1);
		CHECK(mq_scan_resync(&scan, 10, &err) == 1);
		CHECK(scan.at == (int64_t)at);
		mq_scan_start(&scan, fd, 0, -1);
		CHECK(mq_scan_resync(&scan, 11, &err) == 0);
	}
	return 0;
}

/* What is appended later is seen after a refresh. */
static int
grows(void)
{
	static const size_t sizes[BATCHES] = { 1, 2, 3, 4, 5 };
	struct mq_batch b;

	CHECK(make(sizes) == 0 && put(starts[1] + 20));
	mq_scan_start(&scan, fd, 0, 10);
	CHECK(mq_scan_next(&scan, &b, &err) == 1);
	CHECK(mq_scan_next(&scan, &b, &err) == 0);
	CHECK(put(starts[3]));
	mq_scan_refresh(&scan);
	CHECK(mq_scan_next(&scan, &b, &err) == 1 && b.base_offset == 11);
	CHECK(mq_scan_next(&scan, &b, &err) == 1 && b.base_offset == 12);
	CHECK(mq_scan_next(&scan, &b, &err) == 0 && scan.torn == 0);
	return 0;
}

int
main(void)
{
	if ((fd = memfd_create("log", MFD_CLOEXEC)) == -1)
		return 1;
	RUN(small, "batches are walked from any of them");
	RUN(truncated, "a file that is cut ends at its last whole batch");
	RUN(flipped, "a byte that is flipped stops the walk at its batch");
	RUN(zeros, "a tail of zeros is the end");
	RUN(holes, "zeros with bytes behind them are no end");
	RUN(resumed, "a whole batch is found wherever it stands");
	RUN(large, "batches larger than the window");
	RUN(lying_length, "a length that lies costs no memory");
	RUN(expected, "a batch that is not due is told");
	RUN(grows, "a file that grows is read on");
	mq_scan_free(&scan);
	return test_done();
}
