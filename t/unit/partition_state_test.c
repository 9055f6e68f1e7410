/* SPDX-License-Identifier: ISC */
/* The two slots of partition.state, each with its checksum. */
#include "log/partition_state.h"

#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

#define TAIL_END 152
#define FLUSHED	 512

static struct mq_partition_tail tail;
static struct mq_partition_flushed flushed = { 42, 4242 };
static struct mq_err err;
static int fd;

static int
same(void)
{
	struct mq_partition_tail t;
	struct mq_partition_flushed f;

	return mq_partition_state_tail(fd, &t, &err) == 1 &&
	    memcmp(&t, &tail, sizeof(t)) == 0 &&
	    mq_partition_state_flushed(fd, &f, &err) == 1 && f.offset == 42 &&
	    f.at_ms == 4242;
}

static int
empty(void)
{
	struct mq_partition_tail t;
	struct mq_partition_flushed f;

	CHECK(mq_partition_state_tail(fd, &t, &err) == 0);
	CHECK(mq_partition_state_flushed(fd, &f, &err) == 0);
	CHECK(ftruncate(fd, 4096) == 0);
	CHECK(mq_partition_state_tail(fd, &t, &err) == 0);
	CHECK(mq_partition_state_flushed(fd, &f, &err) == 0);
	return 0;
}

static int
round_trip(void)
{
	size_t i;

	for (i = 0; i < sizeof(tail); i++)
		((uint8_t *)&tail)[i] = (uint8_t)(i * 7 + 1);
	CHECK(mq_partition_state_set_tail(fd, &tail, &err) == 0);
	CHECK(mq_partition_state_set_flushed(fd, &flushed, &err) == 0);
	CHECK(same());
	CHECK(lseek(fd, 0, SEEK_END) == 4096);
	return 0;
}

/* One slot's damage is not the other's. */
static int
flips(void)
{
	struct mq_partition_tail t;
	struct mq_partition_flushed f;
	uint8_t byte, flip;
	int64_t at;

	for (at = 0; at < FLUSHED + 24; at++) {
		CHECK(pread(fd, &byte, 1, at) == 1);
		flip = byte ^ 0x10;
		CHECK(pwrite(fd, &flip, 1, at) == 1);
		CHECK(
		    mq_partition_state_tail(fd, &t, &err) == (at >= TAIL_END));
		CHECK(
		    mq_partition_state_flushed(fd, &f, &err) == (at < FLUSHED));
		CHECK(pwrite(fd, &byte, 1, at) == 1);
	}
	CHECK(same());
	return 0;
}

static int
short_file(void)
{
	struct mq_partition_tail t;
	struct mq_partition_flushed f;
	int64_t len;

	for (len = FLUSHED + 23; len >= 0; len--) {
		CHECK(ftruncate(fd, len) == 0);
		CHECK(
		    mq_partition_state_tail(fd, &t, &err) == (len >= TAIL_END));
		CHECK(mq_partition_state_flushed(fd, &f, &err) == 0);
	}
	return 0;
}

int
main(void)
{
	if ((fd = memfd_create("state", MFD_CLOEXEC)) == -1)
		return 1;
	RUN(empty, "an empty page says nothing");
	RUN(round_trip, "both slots are read as they were written");
	RUN(flips, "a byte that is flipped voids its own slot");
	RUN(short_file, "so does the end of the file");
	return test_done();
}
