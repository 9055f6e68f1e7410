/* SPDX-License-Identifier: ISC */
/* CRC-32C gives what RFC 3720, B.4, prints (there byte-swapped). */
#include "base/crc32c.h"

#include <stdint.h>

#include "test.h"

static int
vectors(void)
{
	static const uint8_t read_10[48] = { 0x01,
		0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18,
		[32] = 0x28, [40] = 0x02 };
	uint8_t b[32];
	uint8_t i;

	(void)memset(b, 0, sizeof(b));
	CHECK(mq_crc32c(b, sizeof(b)) == 0x8a9136aa);
	(void)memset(b, 0xff, sizeof(b));
	CHECK(mq_crc32c(b, sizeof(b)) == 0x62a8ab43);
	for (i = 0; i < 32; i++)
		b[i] = i;
	CHECK(mq_crc32c(b, sizeof(b)) == 0x46dd794e);
	for (i = 0; i < 32; i++)
		b[i] = (uint8_t)(31 - i);
	CHECK(mq_crc32c(b, sizeof(b)) == 0x113fdb5c);
	CHECK(mq_crc32c(read_10, sizeof(read_10)) == 0xd9963a56);
	return 0;
}

static int
check_string(void)
{
	CHECK(mq_crc32c("123456789", 9) == 0xe3069283);
	return 0;
}

static int
nothing(void)
{
	CHECK(mq_crc32c("", 0) == 0);
	CHECK(mq_crc32c(NULL, 0) == 0);
	return 0;
}

/* The definition, one bit at a time. */
static uint32_t
slow(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xffffffff;
	int i;

	for (; len != 0; p++, len--) {
		crc ^= *p;
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static int
every_length_and_alignment(void)
{
	uint8_t b[600];
	size_t at, len;

	for (at = 0; at < sizeof(b); at++)
		b[at] = (uint8_t)(at * 7 + at / 256);
	for (at = 0; at < 9; at++)
		for (len = 0; len <= sizeof(b) - at; len++)
			CHECK(mq_crc32c(b + at, len) == slow(b + at, len));
	return 0;
}

int
main(void)
{
	RUN(vectors, "the vectors of RFC 3720");
	RUN(check_string, "the catalogue's check string");
	RUN(nothing, "no bytes have the checksum 0");
	RUN(every_length_and_alignment,
	    "every length at every alignment agrees with the definition");
	return test_done();
}
