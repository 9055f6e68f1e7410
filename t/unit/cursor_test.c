/* SPDX-License-Identifier: ISC */
/* A cursor gives what was put, and nothing beyond its end. */
#include "base/cursor.h"

#include <limits.h>

#include "test.h"

static int
round_trip(int64_t v)
{
	uint8_t b[MQ_VARLONG_MAX];
	struct mq_cursor c;
	size_t len, cut;

	len = (size_t)(mq_put_varint(b, v) - b);
	CHECK(len == mq_varint_size(v) && len <= sizeof(b));
	mq_cursor_init(&c, b, len);
	CHECK(mq_cursor_varlong(&c) == v);
	CHECK(!c.bad && mq_cursor_left(&c) == 0);
	mq_cursor_init(&c, b, len);
	if (v >= INT32_MIN && v <= INT32_MAX) {
		CHECK(mq_cursor_varint(&c) == v && !c.bad);
		CHECK(len <= MQ_VARINT_MAX);
	} else
		CHECK(mq_cursor_varint(&c) == 0 && c.bad);
	for (cut = 0; cut < len; cut++) {
		mq_cursor_init(&c, b, cut);
		CHECK(mq_cursor_varlong(&c) == 0 && c.bad);
		mq_cursor_init(&c, b, cut);
		CHECK(mq_cursor_varint(&c) == 0 && c.bad);
	}
	return 0;
}

static int
boundaries(void)
{
	int64_t near;
	int bit;

	for (bit = 0; bit < 63; bit++)
		for (near = -2; near <= 2; near++) {
			CHECK(round_trip((INT64_C(1) << bit) + near) == 0);
			CHECK(round_trip(-(INT64_C(1) << bit) + near) == 0);
		}
	CHECK(round_trip(INT64_MAX) == 0);
	CHECK(round_trip(INT64_MIN) == 0);
	CHECK(round_trip(INT64_MIN + 1) == 0);
	return 0;
}

static int
known_bytes(void)
{
	static const struct {
		int64_t value;
		size_t len;
		uint8_t bytes[MQ_VARLONG_MAX];
	} v[] = {
		{ 0, 1, { 0x00 } },
		{ -1, 1, { 0x01 } },
		{ 1, 1, { 0x02 } },
		{ 63, 1, { 0x7e } },
		{ -64, 1, { 0x7f } },
		{ 64, 2, { 0x80, 0x01 } },
		{ -65, 2, { 0x81, 0x01 } },
		{ 8191, 2, { 0xfe, 0x7f } },
		{ 8192, 3, { 0x80, 0x80, 0x01 } },
		{ INT32_MAX, 5, { 0xfe, 0xff, 0xff, 0xff, 0x0f } },
		{ INT32_MIN, 5, { 0xff, 0xff, 0xff, 0xff, 0x0f } },
		{ INT64_MAX, 10,
		    { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0x01 } },
		{ INT64_MIN, 10,
		    { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0x01 } },
	};
	uint8_t b[MQ_VARLONG_MAX];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CHECK(mq_put_varint(b, v[i].value) == b + v[i].len);
		CHECK(memcmp(b, v[i].bytes, v[i].len) == 0);
	}
	return 0;
}

/* Longer than it need be is read, as Kafka does; longer than 64 bits is not. */
static int
overlong(void)
{
	uint8_t b[12];
	struct mq_cursor c;

	(void)memset(b, 0x80, sizeof(b));
	b[9] = 0x00;
	mq_cursor_init(&c, b, 10);
	CHECK(mq_cursor_varlong(&c) == 0 && !c.bad && c.at == b + 10);
	b[9] = 0x02;
	mq_cursor_init(&c, b, 10);
	CHECK(mq_cursor_varlong(&c) == 0 && c.bad);
	b[9] = 0x80;
	b[10] = 0x00;
	mq_cursor_init(&c, b, 11);
	CHECK(mq_cursor_varlong(&c) == 0 && c.bad);
	mq_cursor_init(&c, b, 12);
	CHECK(mq_cursor_varint(&c) == 0 && c.bad);
	return 0;
}

static int
fixed_widths(void)
{
	uint8_t b[16];
	struct mq_cursor c;

	b[0] = 0xfe;
	mq_put16(b + 1, 0x0102);
	mq_put32(b + 3, 0x03040506);
	mq_put64(b + 7, 0x0708090a0b0c0d0e);
	CHECK(memcmp(b, "\xfe\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe", 15) == 0);
	mq_cursor_init(&c, b, 15);
	CHECK(mq_cursor_u8(&c) == 0xfe);
	CHECK(mq_cursor_u16(&c) == 0x0102);
	CHECK(mq_cursor_u32(&c) == 0x03040506);
	CHECK(mq_cursor_u64(&c) == 0x0708090a0b0c0d0e);
	CHECK(!c.bad && mq_cursor_left(&c) == 0);
	return 0;
}

static int
cut_widths(void)
{
	static const uint8_t b[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct mq_cursor c;

	mq_cursor_init(&c, b, 0);
	CHECK(mq_cursor_u8(&c) == 0 && c.bad);
	mq_cursor_init(&c, b, 1);
	CHECK(mq_cursor_u16(&c) == 0 && c.bad);
	mq_cursor_init(&c, b, 3);
	CHECK(mq_cursor_u32(&c) == 0 && c.bad);
	mq_cursor_init(&c, b, 7);
	CHECK(mq_cursor_u64(&c) == 0 && c.bad);
	return 0;
}

static int
stays_bad(void)
{
	static const uint8_t b[4] = { 2, 4, 6, 8 };
	struct mq_cursor c;

	mq_cursor_init(&c, b, sizeof(b));
	CHECK(mq_cursor_bytes(&c, 5) == NULL && c.bad);
	CHECK(mq_cursor_left(&c) == 0);
	CHECK(mq_cursor_u8(&c) == 0);
	CHECK(mq_cursor_varlong(&c) == 0);
	CHECK(mq_cursor_varint(&c) == 0);
	CHECK(mq_cursor_bytes(&c, 1) == NULL);
	CHECK(mq_cursor_bytes(&c, SIZE_MAX) == NULL);
	CHECK(c.bad);
	return 0;
}

static int
nothing(void)
{
	struct mq_cursor c;

	mq_cursor_init(&c, NULL, 0);
	CHECK(mq_cursor_left(&c) == 0);
	CHECK(mq_cursor_u64(&c) == 0 && c.bad);
	mq_cursor_init(&c, "", 0);
	CHECK(mq_cursor_bytes(&c, 0) != NULL && !c.bad);
	return 0;
}

int
main(void)
{
	RUN(known_bytes, "varints have the bytes of the protocol guide");
	RUN(boundaries, "every power of two and its neighbours come back");
	RUN(overlong, "a varint of more than 64 bits is refused");
	RUN(fixed_widths, "fixed widths are big-endian");
	RUN(cut_widths, "a width that does not fit is refused");
	RUN(stays_bad, "after the first failure all reads fail");
	RUN(nothing, "a cursor over nothing");
	return test_done();
}
