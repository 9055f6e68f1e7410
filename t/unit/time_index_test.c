/* SPDX-License-Identifier: ISC */
/* Entries of Kafka's time index: added, found, cut; a garbled one is safe. */
#include "log/time_index.h"

#include <sys/mman.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

#define BASE 1000000000000

static struct mq_err err;
static int fd;

static int
bytes(void)
{
	static const uint8_t want[] = { 0, 0, 0x01, 0x8d, 0, 0, 0, 1, 0, 0, 1,
		2 };
	uint8_t got[sizeof(want)];

	CHECK(mq_time_index_add(fd, BASE, 0x18d00000001, BASE + 0x102, &err) ==
	    0);
	CHECK(pread(fd, got, sizeof(got), 0) == sizeof(got));
	CHECK(memcmp(got, want, sizeof(want)) == 0);
	return 0;
}

/* Timestamps grow; one that does not is left out. */
static int
grows(void)
{
	int64_t timestamp, offset;

	CHECK(
	    mq_time_index_add(fd, BASE, 0x18d00000001, BASE + 500, &err) == 0);
	CHECK(mq_time_index_add(fd, BASE, 7, BASE + 600, &err) == 0);
	CHECK(lseek(fd, 0, SEEK_END) == MQ_TIME_INDEX_ENTRY);
	CHECK(mq_time_index_last(fd, BASE, &timestamp, &offset, &err) == 1);
	CHECK(timestamp == 0x18d00000001 && offset == BASE + 0x102);
	return 0;
}

static int
find(void)
{
	int64_t timestamp, offset, target, i;

	CHECK(ftruncate(fd, 0) == 0);
	CHECK(mq_time_index_last(fd, BASE, &timestamp, &offset, &err) == 0);
	for (i = 1; i <= 50; i++)
		CHECK(mq_time_index_add(fd, BASE, i * 10, BASE + i, &err) == 0);
	for (target = 0; target < 520; target++) {
		int rc = mq_time_index_find(fd, BASE, target, &timestamp,
		    &offset, &err);

		CHECK(rc == (target > 10));
		i = (target - 1) / 10 > 50 ? 50 : (target - 1) / 10;
		CHECK(rc == 0 || (timestamp == i * 10 && offset == BASE + i));
	}
	return 0;
}

static int
cut(void)
{
	int64_t timestamp, offset;

	CHECK(ftruncate(fd, 50 * MQ_TIME_INDEX_ENTRY - 5) == 0);
	CHECK(mq_time_index_last(fd, BASE, &timestamp, &offset, &err) == 1);
	CHECK(timestamp == 490);
	CHECK(mq_time_index_cut(fd, BASE, BASE + 20, &err) == 0);
	CHECK(mq_time_index_last(fd, BASE, &timestamp, &offset, &err) == 1);
	CHECK(offset == BASE + 19);
	CHECK(mq_time_index_cut(fd, BASE, BASE, &err) == 0);
	CHECK(lseek(fd, 0, SEEK_END) == 0);
	return 0;
}

static int
garbled(void)
{
	uint8_t noise[MQ_TIME_INDEX_ENTRY * 37 + 7];
	int64_t timestamp, offset, target;
	size_t i;

	srandom(1);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)random();
	CHECK(pwrite(fd, noise, sizeof(noise), 0) == sizeof(noise));
	for (target = INT64_MIN; target < INT64_MAX - (INT64_MAX >> 6);
	     target += INT64_MAX >> 6)
		CHECK(mq_time_index_find(fd, BASE, target, &timestamp, &offset,
			  &err) != -1);
	CHECK(mq_time_index_cut(fd, BASE, BASE + 12345, &err) == 0);
	CHECK(lseek(fd, 0, SEEK_END) % MQ_TIME_INDEX_ENTRY == 0);
	return 0;
}

int
main(void)
{
	if ((fd = memfd_create("timeindex", MFD_CLOEXEC)) == -1)
		return 1;
	RUN(bytes, "the file is Kafka's, byte for byte");
	RUN(grows, "timestamps grow");
	RUN(find, "the last entry before a time is found");
	RUN(cut, "entries from an offset on are cut");
	RUN(garbled, "noise does no harm");
	return test_done();
}
