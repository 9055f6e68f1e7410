/* SPDX-License-Identifier: ISC */
/* The saved share-partition: what is written is read, and nothing else is. */
#include <stdlib.h>

#include "base/crc32c.h"
#include "base/cursor.h"
#include "group/share_partition.h"
#include "share_text.h"
#include "test.h"

#define HEADER 20
#define ENTRY  28

static const struct mq_share_config config = MQ_SHARE_CONFIG_DEFAULT;
static struct mq_share_ranges out;
static struct mq_buf saved;
static struct mq_err err;

/* Every state, and a run of many records. */
static int
scene(void)
{
	struct mq_share_acquire want = { .holder = 77,
		.max_records = 100,
		.log_end = 1000 };
	struct mq_share_ack ack = { .holder = 77 };
	struct mq_share_partition p;

	mq_share_partition_init(&p, &config, 10);
	CHECK(mq_share_partition_acquire(&p, 5, &want, &out, &err) == 0);
	ack.first = ack.last = 12;
	ack.type = MQ_SHARE_ACCEPT;
	CHECK(mq_share_partition_acknowledge(&p, 5, &ack, &out, &err) == 0);
	ack.first = ack.last = 13;
	ack.type = MQ_SHARE_REJECT;
	CHECK(mq_share_partition_acknowledge(&p, 5, &ack, &out, &err) == 0);
	ack.first = 20;
	ack.last = 29;
	ack.type = MQ_SHARE_RELEASE;
	ack.available_at_ms = 99;
	CHECK(mq_share_partition_acknowledge(&p, 5, &ack, &out, &err) == 0);
	saved.len = 0;
	CHECK(mq_share_partition_save(&p, &saved, &err) == 0);
	mq_share_partition_free(&p);
	return 0;
}

/* What load says of len bytes: 0, or the code. */
static int
loads(const uint8_t *data, size_t len)
{
	struct mq_share_partition p;
	int rc = mq_share_partition_load(&p, &config, data, len, &err);

	mq_share_partition_free(&p);
	return rc == 0 ? 0 : err.code;
}

static int
round_trip(void)
{
	struct mq_share_partition p;
	struct mq_buf again = { 0 };

	CHECK(scene() == 0);
	CHECK(saved.len == HEADER + 6 * ENTRY);
	CHECK(mq_share_partition_load(&p, &config, saved.data, saved.len,
		  &err) == 0);
	CHECK(p.start_offset == 10 && p.end_offset == 110);
	CHECK_TEXT(share_text(&p.in_flight),
	    "10-11 Acquired 1 by 77 until 30005, 12 Acknowledged, 13 Archived, "
	    "14-19 Acquired 1 by 77 until 30005, 20-29 Available 1 from 99, "
	    "30-109 Acquired 1 by 77 until 30005");
	CHECK(p.records[MQ_SHARE_ACQUIRED] == 88 && p.delivered == 98);
	CHECK(p.ready == 0 && p.next_due_ms == 99 && p.next_lock_ms == 30005);
	CHECK(mq_buf_append(&again, "front", 5) == 0);
	CHECK(mq_share_partition_save(&p, &again, &err) == 0);
	CHECK(again.len == 5 + saved.len);
	CHECK(memcmp(again.data + 5, saved.data, saved.len) == 0);
	mq_share_partition_free(&p);
	mq_buf_free(&again);
	return 0;
}

static int
empty(void)
{
	struct mq_share_partition p;

	mq_share_partition_init(&p, &config, 42);
	saved.len = 0;
	CHECK(mq_share_partition_save(&p, &saved, &err) == 0);
	CHECK(saved.len == HEADER);
	CHECK(mq_share_partition_load(&p, &config, saved.data, saved.len,
		  &err) == 0);
	CHECK(p.start_offset == 42 && p.end_offset == 42);
	CHECK(mq_share_partition_next_deadline(&p) == -1);
	mq_share_partition_free(&p);
	return 0;
}

/* The first len bytes, in memory of their own, so that a sanitizer sees a step
   too far; with the CRC to fit where there is room for one. */
static int
loads_cut(size_t len, int mend)
{
	uint8_t *copy = malloc(len != 0 ? len : 1);
	int rc;

	if (copy == NULL)
		return MQ_UNKNOWN_SERVER_ERROR;
	(void)memcpy(copy, saved.data, len);
	if (mend && len >= 4)
		mq_put32(copy, mq_crc32c(copy + 4, len - 4));
	rc = loads(copy, len);
	free(copy);
	return rc;
}

static int
truncated(void)
{
	size_t len;

	CHECK(scene() == 0);
	for (len = 0; len < saved.len; len++) {
		CHECK(loads_cut(len, 0) == MQ_CORRUPT_MESSAGE);
		CHECK(loads_cut(len, 1) == MQ_CORRUPT_MESSAGE);
	}
	CHECK(loads_cut(len, 1) == 0);
	CHECK(mq_buf_append(&saved, "", 1) == 0); /* a byte too many */
	mq_put32(saved.data, mq_crc32c(saved.data + 4, saved.len - 4));
	CHECK(loads(saved.data, saved.len) == MQ_CORRUPT_MESSAGE);
	return 0;
}

/* With the CRC as it was nothing holds; with it mended, a valid state or no. */
static int
flipped(void)
{
	struct mq_share_partition p;
	struct mq_buf again = { 0 };
	size_t at, held = 0;
	unsigned bit;

	CHECK(scene() == 0);
	for (at = 0; at < saved.len; at++) {
		for (bit = 0; bit < 8; bit++) {
			saved.data[at] ^= (uint8_t)(1u << bit);
			CHECK(
			    loads(saved.data, saved.len) == MQ_CORRUPT_MESSAGE);
			mq_put32(saved.data,
			    mq_crc32c(saved.data + 4, saved.len - 4));
			again.len = 0;
			if (mq_share_partition_load(&p, &config, saved.data,
				saved.len, &err) == 0) {
				held++;
				CHECK(mq_share_partition_save(&p, &again,
					  &err) == 0);
				CHECK(again.len == saved.len &&
				    memcmp(again.data, saved.data, saved.len) ==
					0);
			}
			mq_share_partition_free(&p);
			saved.data[at] ^= (uint8_t)(1u << bit);
			mq_put32(saved.data,
			    mq_crc32c(saved.data + 4, saved.len - 4));
		}
	}
	CHECK(held > 0); /* another holder, another time */
	mq_buf_free(&again);
	return 0;
}

/* One lie: these bytes of the scene, and the CRC to fit. */
static int
lie(size_t at, uint64_t value, size_t width)
{
	size_t i;

	if (scene() != 0)
		return 0;
	for (i = 0; i < width; i++)
		saved.data[at + i] = (uint8_t)(value >> (8 * (width - 1 - i)));
	mq_put32(saved.data, mq_crc32c(saved.data + 4, saved.len - 4));
	return loads(saved.data, saved.len);
}

#define LAST(n)	  (HEADER + (n)*ENTRY)
#define HOLDER(n) (LAST(n) + 8)
#define UNTIL(n)  (LAST(n) + 16)
#define COUNT(n)  (LAST(n) + 24)
#define STATE(n)  (LAST(n) + 26)
#define CORRUPT(at, value, width) \
	CHECK(lie(at, (uint64_t)(value), width) == MQ_CORRUPT_MESSAGE)

static int
lies(void)
{
	CHECK(lie(4, 1, 2) == 0); /* as it is */
	CHECK(lie(4, 2, 2) == MQ_UNSUPPORTED_VERSION);
	CORRUPT(6, 1, 2);
	CORRUPT(8, 5, 4);
	CORRUPT(8, UINT32_MAX, 4);
	CORRUPT(12, -1, 8);
	CORRUPT(12, 12, 8);	 /* SPSO behind the first run */
	CORRUPT(LAST(1), 11, 8); /* a run of no records */
	CORRUPT(LAST(1), 9, 8);	 /* overlapping */
	CORRUPT(LAST(4), 15, 8); /* unsorted */
	CORRUPT(LAST(5), INT64_MAX, 8);
	CORRUPT(LAST(5), -1, 8);
	CORRUPT(LAST(5), 30 + MQ_SHARE_WINDOW_MAX, 8);
	CHECK(lie(LAST(5), 30 + MQ_SHARE_WINDOW_MAX - 21, 8) == 0);
	CORRUPT(LAST(5), 30 + MQ_SHARE_WINDOW_MAX - 20, 8);
	CORRUPT(HOLDER(0), 0, 8); /* Acquired by nobody */
	CORRUPT(HOLDER(4), 1, 8); /* Available, and somebody's */
	CORRUPT(HOLDER(1), 1, 8);
	CORRUPT(UNTIL(0), -1, 8);
	CORRUPT(UNTIL(1), 5, 8);
	CORRUPT(COUNT(0), 0, 2); /* Acquired, never delivered */
	CORRUPT(COUNT(4), 0x8000, 2);
	CORRUPT(COUNT(1), 1, 2);
	CORRUPT(STATE(0), MQ_SHARE_AVAILABLE, 1);
	CORRUPT(STATE(1), MQ_SHARE_ARCHIVED, 1); /* the same as the next */
	CORRUPT(STATE(1), 3, 1);
	CORRUPT(STATE(1), 5, 1);
	CORRUPT(STATE(0) + 1, 1, 1);
	return 0;
}

/* SPSO moves over what is finished: a first run that is finished is a lie. */
static int
finished_first(void)
{
	CHECK(scene() == 0);
	(void)memmove(saved.data + HEADER, saved.data + HEADER + ENTRY,
	    saved.len - HEADER - ENTRY);
	saved.len -= ENTRY;
	mq_put32(saved.data + 8, 5);
	mq_put32(saved.data, mq_crc32c(saved.data + 4, saved.len - 4));
	CHECK(loads(saved.data, saved.len) == MQ_CORRUPT_MESSAGE);
	return 0;
}

/* A finished run may be long, but SPEO is behind it. */
static int
last_offset(void)
{
	uint8_t *at;

	CHECK(scene() == 0);
	at = saved.data + saved.len - ENTRY;
	(void)memset(at, 0, ENTRY);
	at[26] = MQ_SHARE_ACKNOWLEDGED;
	mq_put64(at, INT64_MAX - 1);
	mq_put32(saved.data, mq_crc32c(saved.data + 4, saved.len - 4));
	CHECK(loads(saved.data, saved.len) == 0);
	mq_put64(at, INT64_MAX);
	mq_put32(saved.data, mq_crc32c(saved.data + 4, saved.len - 4));
	CHECK(loads(saved.data, saved.len) == MQ_CORRUPT_MESSAGE);
	return 0;
}

int
main(void)
{
	RUN(round_trip, "what is saved is loaded, and saved the same");
	RUN(empty, "an empty one is its SPSO");
	RUN(truncated, "cut at every byte it is refused");
	RUN(flipped, "with a bit flipped it is refused, or valid");
	RUN(lies, "no field may lie");
	RUN(last_offset, "no run holds the last offset there is");
	RUN(finished_first, "SPSO is not finished");
	mq_buf_free(&saved);
	mq_share_ranges_free(&out);
	return test_done();
}
