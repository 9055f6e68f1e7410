/* SPDX-License-Identifier: ISC */
/* Entries of Kafka's offset index: added, found, cut; a garbled one is safe. */
#include "log/offset_index.h"

#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>

#include "test.h"

#define BASE 1000000000000

static struct mq_err err;
static int fd;

static int
bytes(void)
{
	static const uint8_t want[] = { 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0x01,
		0x02, 0, 1, 0, 0 };
	uint8_t got[sizeof(want)];

	CHECK(mq_offset_index_add(fd, BASE, BASE + 5, 0, &err) == 0);
	CHECK(mq_offset_index_add(fd, BASE, BASE + 0x102, 65536, &err) == 0);
	CHECK(pread(fd, got, sizeof(got), 0) == sizeof(got));
	CHECK(memcmp(got, want, sizeof(want)) == 0);
	return 0;
}

static int
find(void)
{
	int64_t offset, at, target, i;

	CHECK(ftruncate(fd, 0) == 0);
	CHECK(mq_offset_index_find(fd, BASE, BASE, &offset, &at, &err) == 0);
	for (i = 1; i <= 50; i++)
		CHECK(mq_offset_index_add(fd, BASE, BASE + i * 10, i * 100,
			  &err) == 0);
	for (target = 0; target < 520; target++) {
		int rc = mq_offset_index_find(fd, BASE, BASE + target, &offset,
		    &at, &err);

		CHECK(rc == (target >= 10));
		i = target / 10 > 50 ? 50 : target / 10;
		CHECK(rc == 0 || (offset == BASE + i * 10 && at == i * 100));
	}
	CHECK(mq_offset_index_get(fd, BASE, 49, &offset, &at, &err) == 1);
	CHECK(offset == BASE + 500 && at == 5000);
	CHECK(mq_offset_index_get(fd, BASE, 50, &offset, &at, &err) == 0);
	return 0;
}

/* Part of an entry, as a killed writer leaves it, is none. */
static int
partial(void)
{
	int64_t offset, at;

	CHECK(ftruncate(fd, 50 * MQ_OFFSET_INDEX_ENTRY - 3) == 0);
	CHECK(mq_offset_index_find(fd, BASE, BASE + 999, &offset, &at, &err) ==
	    1);
	CHECK(offset == BASE + 490);
	CHECK(mq_offset_index_add(fd, BASE, BASE + 777, 7770, &err) == 0);
	CHECK(mq_offset_index_get(fd, BASE, 49, &offset, &at, &err) == 1);
	CHECK(offset == BASE + 777 && at == 7770);
	return 0;
}

static int
cut(void)
{
	int64_t offset, at;

	CHECK(mq_offset_index_cut(fd, BASE, 1001, &err) == 0);
	CHECK(lseek(fd, 0, SEEK_END) == 10 * MQ_OFFSET_INDEX_ENTRY);
	CHECK(mq_offset_index_cut(fd, BASE, 1000, &err) == 0);
	CHECK(lseek(fd, 0, SEEK_END) == 9 * MQ_OFFSET_INDEX_ENTRY);
	CHECK(mq_offset_index_get(fd, BASE, 8, &offset, &at, &err) == 1);
	CHECK(at == 900);
	CHECK(mq_offset_index_cut(fd, BASE, 0, &err) == 0);
	CHECK(lseek(fd, 0, SEEK_END) == 0);
	return 0;
}

static int
garbled(void)
{
	uint8_t noise[MQ_OFFSET_INDEX_ENTRY * 37 + 3];
	int64_t offset, at, target;
	size_t i;

	srandom(1);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)random();
	CHECK(pwrite(fd, noise, sizeof(noise), 0) == sizeof(noise));
	for (target = -1; target < 5000000000; target += 50000001) {
		int rc = mq_offset_index_find(fd, BASE, BASE + target, &offset,
		    &at, &err);

		CHECK(rc == 0 || rc == 1);
		CHECK(rc == 0 || (at >= 0 && at <= UINT32_MAX));
	}
	CHECK(mq_offset_index_cut(fd, BASE, 12345, &err) == 0);
	CHECK(lseek(fd, 0, SEEK_END) % MQ_OFFSET_INDEX_ENTRY == 0);
	return 0;
}

int
main(void)
{
	if ((fd = memfd_create("index", MFD_CLOEXEC)) == -1)
		return 1;
	RUN(bytes, "the file is Kafka's, byte for byte");
	RUN(find, "the last entry that is not above a target is found");
	RUN(partial, "part of an entry at the end is none");
	RUN(cut, "entries from a position on are cut");
	RUN(garbled, "noise does no harm");
	return test_done();
}
