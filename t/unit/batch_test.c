/* SPDX-License-Identifier: ISC */
/* A batch is Kafka's to the byte; whatever is wrong with one is told. */
#include "record/batch.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/crc32c.h"
#include "test.h"

#define AT_LENGTH 8
#define AT_CRC	  17
#define AT_BEHIND 21
#define AT_DELTA  23
#define AT_COUNT  57
#define RECORDS	  6

/*
 * Kafka documentation, "Record Batch" and "Record": two records at offset 7 in
 * epoch 3, written out by hand; the CRC-32C was counted with other software.
 */
static const uint8_t known[] = {
	0, 0, 0, 0, 0, 0, 0, 7,			/* base offset */
	0, 0, 0, 68,				/* bytes that follow */
	0, 0, 0, 3,				/* leader epoch */
	2,					/* magic */
	0x5a, 0x4d, 0xb6, 0xbd,			/* CRC */
	0, 0,					/* attributes */
	0, 0, 0, 1,				/* last offset delta */
	0, 0, 0, 0, 0, 0, 0x03, 0xe8,		/* base timestamp 1000 */
	0, 0, 0, 0, 0, 0, 0x03, 0xed,		/* max timestamp 1005 */
	255, 255, 255, 255, 255, 255, 255, 255, /* producer id -1 */
	255, 255,				/* producer epoch -1 */
	255, 255, 255, 255,			/* base sequence -1 */
	0, 0, 0, 2,				/* records */
	16,					/* length 8 */
	0, 0, 0, 2, 'k', 2, 'v', 0,		/* k = v, no headers */
	18,					/* length 9 */
	0, 10, 2, 1, 0, 2, 2, 'h', 1		/* +5 ms, +1, null = "", h */
};

static const struct mq_header header = { BYTES("h"), { NULL, 0 } };
static struct mq_err err;

static int
add(struct mq_batch_builder *b, int64_t timestamp, const char *key,
    const char *value, const struct mq_header *h)
{
	struct mq_record r;

	(void)memset(&r, 0, sizeof(r));
	r.timestamp = timestamp;
	if (key != NULL) {
		r.key.data = key;
		r.key.len = strlen(key);
	}
	if (value != NULL) {
		r.value.data = value;
		r.value.len = strlen(value);
	}
	r.headers = h;
	r.header_count = h != NULL;
	return mq_batch_builder_add(b, &r, &err);
}

/* Builds one of RECORDS records; the caller frees. */
static uint8_t *
build(enum mq_codec codec, size_t *size)
{
	struct mq_batch_builder b;
	uint8_t *data, *copy = NULL;
	int i, rc = 0;

	(void)memset(&b, 0, sizeof(b));
	b.limit = 100000;
	b.codec = codec;
	for (i = 0; i < RECORDS && rc == 0; i++)
		rc = add(&b, 1000 + i, i % 2 ? "key" : NULL,
		    "one value, one value, one value, one value",
		    i == 3 ? &header : NULL);
	if (rc == 0 && mq_batch_builder_finish(&b, &data, size, &err) == 0 &&
	    (copy = malloc(*size)) != NULL)
		(void)memcpy(copy, data, *size);
	mq_batch_builder_free(&b);
	return copy;
}

/* How many records are read; -1 where the batch or one of them is refused. */
static int
read_back(const uint8_t *data, size_t len, struct mq_batch *b)
{
	struct mq_batch_iter it;
	struct mq_record r;
	int n = 0, rc;

	if (mq_batch_peek(data, len, b, &err) != 1 || b->data == NULL ||
	    mq_batch_check(b, &err) == -1)
		return -1;
	(void)memset(&it, 0, sizeof(it));
	rc = mq_batch_iter_init(&it, b, &err);
	while (rc != -1 && (rc = mq_batch_iter_next(&it, &r, &err)) == 1) {
		if (r.timestamp != 1000 + n || r.offset != b->base_offset + n ||
		    r.value.len != 42 || (r.key.data != NULL) != n % 2 ||
		    r.header_count != (n == 3))
			rc = -1;
		n++;
	}
	mq_batch_iter_free(&it);
	return rc == -1 ? -1 : n;
}

static int
kafkas_bytes(void)
{
	struct mq_batch_builder b;
	uint8_t *data;
	size_t size;

	(void)memset(&b, 0, sizeof(b));
	b.limit = 1000;
	CHECK(add(&b, 1000, "k", "v", NULL) == 0);
	CHECK(add(&b, 1005, NULL, "", &header) == 0);
	CHECK(mq_batch_builder_finish(&b, &data, &size, &err) == 0);
	mq_batch_assign(data, 7, 3);
	CHECK(size == sizeof(known));
	CHECK(memcmp(data, known, size) == 0);
	mq_batch_builder_free(&b);
	return 0;
}

static int
read_kafkas(void)
{
	struct mq_batch_iter it;
	struct mq_record r;
	struct mq_batch b;

	CHECK(mq_batch_peek(known, sizeof(known), &b, &err) == 1);
	CHECK(mq_batch_check(&b, &err) == 0);
	CHECK(b.size == sizeof(known) && b.base_offset == 7 && b.count == 2);
	CHECK(b.leader_epoch == 3 && b.attributes == 0);
	CHECK(b.base_timestamp == 1000 && b.max_timestamp == 1005);
	CHECK(b.producer_id == -1 && b.producer_epoch == -1);
	CHECK(b.base_sequence == -1 && mq_batch_last_offset(&b) == 8);
	(void)memset(&it, 0, sizeof(it));
	CHECK(mq_batch_iter_init(&it, &b, &err) == 0);
	CHECK(mq_batch_iter_next(&it, &r, &err) == 1);
	CHECK(r.offset == 7 && r.timestamp == 1000 && r.leader_epoch == 3);
	CHECK(r.key.len == 1 && memcmp(r.key.data, "k", 1) == 0);
	CHECK(r.value.len == 1 && memcmp(r.value.data, "v", 1) == 0);
	CHECK(r.header_count == 0);
	CHECK(mq_batch_iter_next(&it, &r, &err) == 1);
	CHECK(r.offset == 8 && r.timestamp == 1005);
	CHECK(r.key.data == NULL && r.value.data != NULL && r.value.len == 0);
	CHECK(r.header_count == 1 && r.headers[0].value.data == NULL);
	CHECK(mq_batch_iter_next(&it, &r, &err) == 0);
	mq_batch_iter_free(&it);
	return 0;
}

static int
every_codec(void)
{
	struct mq_batch b;
	uint8_t *data;
	size_t size;
	int codec;

	for (codec = MQ_CODEC_NONE; codec <= MQ_CODEC_ZSTD; codec++) {
		CHECK((data = build((enum mq_codec)codec, &size)) != NULL);
		CHECK(read_back(data, size, &b) == RECORDS);
		CHECK((b.attributes & MQ_BATCH_CODEC) == codec);
		free(data);
	}
	return 0;
}

static int
truncated(void)
{
	struct mq_batch b;
	uint8_t *data, *part;
	size_t size, len;
	int codec;

	for (codec = MQ_CODEC_NONE; codec <= MQ_CODEC_ZSTD; codec++) {
		CHECK((data = build((enum mq_codec)codec, &size)) != NULL);
		for (len = 0; len < size; len++) {
			/* Of its own, so that a sanitizer sees the end. */
			part = malloc(len + (len == 0));
			(void)memcpy(part, data, len);
			CHECK(mq_batch_peek(part, len, &b, &err) ==
			    (len >= MQ_BATCH_HEADER));
			CHECK(len < MQ_BATCH_HEADER || b.data == NULL);
			/* The same with a length and a CRC that agree. */
			if (len >= MQ_BATCH_HEADER) {
				mq_put32(part + AT_LENGTH,
				    (uint32_t)(len - MQ_BATCH_PREFIX));
				mq_put32(part + AT_CRC,
				    mq_crc32c(part + AT_BEHIND,
					len - AT_BEHIND));
				CHECK(read_back(part, len, &b) == -1);
			}
			free(part);
		}
		free(data);
	}
	return 0;
}

static int
flipped(void)
{
	struct mq_batch b;
	uint8_t *data;
	size_t size, at;
	int codec, bit, got;

	for (codec = MQ_CODEC_NONE; codec <= MQ_CODEC_ZSTD; codec++) {
		CHECK((data = build((enum mq_codec)codec, &size)) != NULL);
		for (at = 0; at < size; at++)
			for (bit = 0; bit < 8; bit++) {
				data[at] ^= (uint8_t)(1 << bit);
				got = read_back(data, size, &b);
				data[at] ^= (uint8_t)(1 << bit);
				/* The log gives base offset and epoch. */
				if (at < AT_LENGTH)
					CHECK(got == RECORDS ||
					    b.base_offset < 0 ||
					    b.base_offset >
						INT64_MAX - INT32_MAX - 1);
				else if (at >= 12 && at < 16)
					CHECK(got == RECORDS);
				else
					CHECK(got == -1);
			}
		free(data);
	}
	return 0;
}

/* Every byte behind the CRC is changed, and the CRC made to agree. */
static int
lies(void)
{
	static const uint8_t bytes[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct mq_batch_iter it;
	struct mq_record r;
	struct mq_batch b;
	uint8_t *data, *copy;
	size_t size, at, i;
	int codec, n;

	for (codec = MQ_CODEC_NONE; codec <= MQ_CODEC_ZSTD; codec++) {
		CHECK((data = build((enum mq_codec)codec, &size)) != NULL);
		CHECK((copy = malloc(size)) != NULL);
		for (at = AT_BEHIND; at < size; at++)
			for (i = 0; i < sizeof(bytes); i++) {
				(void)memcpy(copy, data, size);
				copy[at] = bytes[i];
				mq_put32(copy + AT_CRC,
				    mq_crc32c(copy + AT_BEHIND,
					size - AT_BEHIND));
				if (mq_batch_peek(copy, size, &b, &err) != 1 ||
				    mq_batch_check(&b, &err) == -1)
					continue;
				(void)memset(&it, 0, sizeof(it));
				n = 0;
				if (mq_batch_iter_init(&it, &b, &err) == 0)
					while (mq_batch_iter_next(&it, &r,
						   &err) == 1)
						n++;
				CHECK(n <= b.count);
				mq_batch_iter_free(&it);
			}
		free(copy);
		free(data);
	}
	return 0;
}

static int
with_field(size_t at, int32_t value)
{
	struct mq_batch b;
	uint8_t copy[sizeof(known)];

	(void)memcpy(copy, known, sizeof(copy));
	mq_put32(copy + at, (uint32_t)value);
	mq_put32(copy + AT_CRC,
	    mq_crc32c(copy + AT_BEHIND, sizeof(copy) - AT_BEHIND));
	if (mq_batch_peek(copy, sizeof(copy), &b, &err) != 1 || b.data == NULL)
		return 0;
	return mq_batch_check(&b, &err) == 0;
}

static int
counts(void)
{
	static const int32_t bad_lengths[] = { 0, -1, 1, 48, 67, 69, INT32_MIN,
		INT32_MAX, 100 << 20 };
	size_t i;

	CHECK(with_field(AT_COUNT, 2) && !with_field(AT_COUNT, 0));
	CHECK(!with_field(AT_COUNT, -1) && !with_field(AT_COUNT, 3));
	CHECK(!with_field(AT_COUNT, INT32_MAX));
	CHECK(!with_field(AT_COUNT, INT32_MIN));
	CHECK(!with_field(AT_DELTA, 0) && !with_field(AT_DELTA, -1));
	CHECK(!with_field(AT_DELTA, INT32_MIN));
	CHECK(with_field(AT_DELTA, INT32_MAX)); /* as compaction leaves it */
	for (i = 0; i < sizeof(bad_lengths) / sizeof(bad_lengths[0]); i++)
		CHECK(!with_field(AT_LENGTH, bad_lengths[i]));
	return 0;
}

/* Behind the records that it counts there is another one, or one byte. */
static int
more_than_counted(void)
{
	struct mq_batch_iter it;
	struct mq_batch b;
	char values[1000];
	uint8_t *data;
	size_t size, len;
	int codec, rest;

	for (codec = MQ_CODEC_NONE; codec <= MQ_CODEC_ZSTD; codec++) {
		CHECK((data = build((enum mq_codec)codec, &size)) != NULL);
		mq_put32(data + AT_COUNT, RECORDS - 1);
		mq_put32(data + AT_CRC,
		    mq_crc32c(data + AT_BEHIND, size - AT_BEHIND));
		CHECK(read_back(data, size, &b) == -1);
		CHECK(strstr(err.text, "more behind") != NULL);
		(void)memset(&it, 0, sizeof(it));
		CHECK(mq_batch_iter_init(&it, &b, &err) == 0);
		CHECK(mq_batch_iter_values(&it, values, sizeof(values), '\n',
			  100, &len, &err) == RECORDS - 2);
		CHECK(mq_batch_iter_values(&it, values, sizeof(values), '\n',
			  100, &len, &err) == -1);
		mq_batch_iter_free(&it);
		free(data);
	}
	for (rest = 0; rest <= 1; rest++) {
		CHECK((data = build(MQ_CODEC_NONE, &size)) != NULL);
		CHECK((data = reallocarray(data, 1, size + 1)) != NULL);
		data[size] = 0;
		size += (size_t)rest;
		mq_put32(data + AT_LENGTH, (uint32_t)(size - 12));
		mq_put32(data + AT_CRC,
		    mq_crc32c(data + AT_BEHIND, size - AT_BEHIND));
		CHECK(read_back(data, size, &b) == (rest ? -1 : RECORDS));
		free(data);
	}
	return 0;
}

static int
limits(void)
{
	struct mq_batch_builder b;
	char large[600];
	uint8_t *data;
	size_t size;

	(void)memset(large, 'x', sizeof(large));
	large[sizeof(large) - 1] = '\0';
	(void)memset(&b, 0, sizeof(b));
	b.limit = 300;
	CHECK(add(&b, 1, NULL, large, NULL) == 0); /* alone it may pass it */
	CHECK(add(&b, 1, NULL, "x", NULL) == 1);
	CHECK(mq_batch_builder_finish(&b, &data, &size, &err) == 0);
	mq_batch_builder_reset(&b);
	while (add(&b, 1, NULL, "twelve bytes", NULL) == 0)
		continue;
	CHECK(mq_batch_builder_finish(&b, &data, &size, &err) == 0);
	CHECK(size <= 300 && size > 300 - 20);
	mq_batch_builder_free(&b);
	return 0;
}

static int
stamps(void)
{
	struct mq_batch_iter it;
	struct mq_record r;
	struct mq_batch b;
	uint8_t copy[sizeof(known)];

	(void)memcpy(copy, known, sizeof(copy));
	mq_batch_stamp(copy, sizeof(copy), 4242);
	CHECK(mq_batch_peek(copy, sizeof(copy), &b, &err) == 1);
	CHECK(mq_batch_check(&b, &err) == 0 && b.max_timestamp == 4242);
	(void)memset(&it, 0, sizeof(it));
	CHECK(mq_batch_iter_init(&it, &b, &err) == 0);
	while (mq_batch_iter_next(&it, &r, &err) == 1)
		CHECK(r.timestamp == 4242);
	mq_batch_iter_free(&it);
	copy[22] |= MQ_BATCH_TRANSACTIONAL;
	mq_put64(copy + 43, 99);
	mq_batch_orphan(copy, sizeof(copy));
	CHECK(mq_batch_peek(copy, sizeof(copy), &b, &err) == 1);
	CHECK(mq_batch_check(&b, &err) == 0 && b.producer_id == -1);
	CHECK((b.attributes & MQ_BATCH_TRANSACTIONAL) == 0);
	return 0;
}

int
main(void)
{
	RUN(kafkas_bytes, "a batch is written as Kafka's documentation says");
	RUN(read_kafkas, "and read");
	RUN(every_codec, "every codec gives back what it took");
	RUN(truncated, "a batch that is cut off is none, at every byte");
	RUN(flipped, "every bit that is flipped is told");
	RUN(lies, "what lies under a CRC that holds is read within bounds");
	RUN(counts, "counts and lengths that lie are told");
	RUN(more_than_counted, "and records that no count speaks of");
	RUN(limits, "a batch is full at its limit");
	RUN(stamps, "the log's time, and a batch that is nobody's");
	return test_done();
}
