/* SPDX-License-Identifier: ISC */
/* SipHash-2-4-128 against the published vectors. */
#include "base/siphash.h"

#include "test.h"

static const uint8_t key[MQ_SIPHASH_KEY] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	11, 12, 13, 14, 15 };

static int
is(size_t len, const uint8_t want[16])
{
	uint8_t data[64], got[16];
	uint64_t out[2];
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	mq_siphash(key, data, len, out);
	for (i = 0; i < 16; i++)
		got[i] = (uint8_t)(out[i / 8] >> (8 * (i % 8)));
	return memcmp(got, want, sizeof(got)) == 0;
}

static int
published(void)
{
	static const uint8_t none[] = { 0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25,
		0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93 };
	static const uint8_t one[] = { 0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf,
		0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45 };

	CHECK(is(0, none));
	CHECK(is(1, one));
	return 0;
}

/* Every byte, the length and the key count, at lengths around a word. */
static int
all_count(void)
{
	uint8_t data[40], other[MQ_SIPHASH_KEY];
	uint64_t a[2], b[2];
	size_t len, i;

	(void)memset(data, 7, sizeof(data));
	(void)memcpy(other, key, sizeof(other));
	for (len = 0; len < sizeof(data); len++) {
		mq_siphash(key, data, len, a);
		for (i = 0; i < len; i++) {
			data[i] ^= 1;
			mq_siphash(key, data, len, b);
			data[i] ^= 1;
			CHECK(a[0] != b[0] && a[1] != b[1]);
		}
		for (i = 0; i < sizeof(other); i++) {
			other[i] ^= 1;
			mq_siphash(other, data, len, b);
			other[i] ^= 1;
			CHECK(a[0] != b[0] && a[1] != b[1]);
		}
		mq_siphash(key, data, len + 1, b);
		CHECK(a[0] != b[0] && a[1] != b[1]);
	}
	return 0;
}

int
main(void)
{
	RUN(published, "the published vectors");
	RUN(all_count, "every byte counts, and so does the length");
	return test_done();
}
