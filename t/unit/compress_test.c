/* SPDX-License-Identifier: ISC */
/*
 * What one side compresses the other reads: here, in Kafka's clients, and with
 * the common commands.
 */
#include "record/compress.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "compress_data.h"
#include "compress_scene.h"
#include "test.h"

#define MIB   ((size_t)1 << 20)
#define LIMIT ((size_t)MQ_DECOMPRESSED_MAX)
#define FIRST MQ_CODEC_NONE
#define LAST  MQ_CODEC_ZSTD

/* data comes back, also behind bytes that are in the buffers already. */
static int
round_trip(int codec, const uint8_t *data, size_t len)
{
	struct mq_buf packed = { 0 }, out = { 0 };
	struct mq_err err;

	CHECK(mq_buf_append(&packed, "head", 4) == 0);
	CHECK(mq_buf_append(&out, "front", 5) == 0);
	CHECK(mq_compress((enum mq_codec)codec, data, len, &packed, &err) == 0);
	CHECK(memcmp(packed.data, "head", 4) == 0);
	CHECK(compress_unpack(codec, packed.data + 4, packed.len - 4, &out,
		  &err) == 0);
	CHECK(out.len == 5 + len && memcmp(out.data, "front", 5) == 0);
	CHECK(len == 0 || memcmp(out.data + 5, data, len) == 0);
	mq_buf_free(&packed);
	mq_buf_free(&out);
	return 0;
}

static int
every_codec(const uint8_t *data, size_t len)
{
	int codec;

	for (codec = FIRST; codec <= LAST; codec++) {
		printf("# %s, %zu bytes\n", mq_codec_name(codec), len);
		CHECK(round_trip(codec, data, len) == 0);
	}
	return 0;
}

static int
names(void)
{
	static const char *const name[] = { "none", "gzip", "snappy", "lz4",
		"zstd" };
	int i;

	for (i = FIRST; i <= LAST; i++) {
		CHECK_TEXT(mq_codec_name(i), name[i]);
		CHECK(mq_codec_parse(name[i]) == i);
	}
	CHECK(mq_codec_name(LAST + 1) == NULL && mq_codec_name(-1) == NULL);
	CHECK(mq_codec_name(7) == NULL);
	CHECK(mq_codec_parse("") == -1 && mq_codec_parse("GZIP") == -1);
	CHECK(mq_codec_parse("zstandard") == -1);
	return 0;
}

static int
unknown(void)
{
	struct mq_buf out = { 0 };
	struct mq_err err;
	int codec;

	for (codec = LAST + 1; codec < 8; codec++) {
		CHECK(mq_compress((enum mq_codec)codec, "x", 1, &out, &err) ==
		    -1);
		CHECK(err.code == MQ_UNSUPPORTED_COMPRESSION_TYPE);
		CHECK(compress_unpack(codec, "x", 1, &out, &err) == -1);
		CHECK(err.code == MQ_UNSUPPORTED_COMPRESSION_TYPE);
	}
	CHECK(out.data == NULL);
	return 0;
}

/* Eight threads meet in the loading of each library. */
static void *
first_use(void *arg)
{
	int codec;

	for (codec = LAST; codec >= FIRST; codec--)
		if (round_trip(codec, (const uint8_t *)text, TEXT_LEN) != 0)
			return arg;
	return NULL;
}

static int
threads(void)
{
	pthread_t t[8];
	void *failed;
	int i, failures = 0;

	for (i = 0; i < 8; i++)
		CHECK(pthread_create(&t[i], NULL, first_use, t) == 0);
	for (i = 0; i < 8; i++) {
		CHECK(pthread_join(t[i], &failed) == 0);
		failures += failed != NULL;
	}
	CHECK(failures == 0);
	return 0;
}

static int
sizes(void)
{
	uint8_t *data = malloc(MIB);
	size_t i;

	CHECK(data != NULL);
	CHECK(every_codec(NULL, 0) == 0);
	CHECK(every_codec((const uint8_t *)"", 0) == 0);
	CHECK(every_codec((const uint8_t *)"\0", 1) == 0);
	CHECK(every_codec((const uint8_t *)text, TEXT_LEN) == 0);
	compress_noise(data, MIB);
	CHECK(every_codec(data, 32 * 1024 - 1) == 0);
	CHECK(every_codec(data, 32 * 1024) == 0);
	CHECK(every_codec(data, 32 * 1024 + 1) == 0);
	CHECK(every_codec(data, MIB) == 0);
	for (i = 0; i < MIB; i++)
		data[i] = (uint8_t)text[i % 999 % TEXT_LEN];
	CHECK(every_codec(data, MIB) == 0);
	free(data);
	return 0;
}

static int
smaller(void)
{
	struct mq_buf out = { 0 };
	struct mq_err err;
	int codec;

	for (codec = FIRST + 1; codec <= LAST; codec++) {
		out.len = 0;
		CHECK(mq_compress((enum mq_codec)codec, text, TEXT_LEN, &out,
			  &err) == 0);
		CHECK(out.len < TEXT_LEN / 2);
	}
	mq_buf_free(&out);
	return 0;
}

static int
reads(int codec, const uint8_t *data, size_t len, const char *want, size_t n)
{
	struct mq_buf out = { 0 };
	struct mq_err err;

	CHECK(compress_unpack(codec, data, len, &out, &err) == 0);
	CHECK(out.len == n && memcmp(out.data, want, n) == 0);
	mq_buf_free(&out);
	return 0;
}
#define READS(codec, data) \
	CHECK(reads(codec, data, sizeof(data), text, TEXT_LEN) == 0)

static int
foreign(void)
{
	READS(MQ_CODEC_GZIP, gzip_python);
	READS(MQ_CODEC_GZIP, gzip_zlib);
	READS(MQ_CODEC_LZ4, lz4_command);
	READS(MQ_CODEC_LZ4, lz4_checked);
	READS(MQ_CODEC_ZSTD, zstd_command);
	READS(MQ_CODEC_ZSTD, zstd_ultra);
	CHECK(reads(MQ_CODEC_LZ4, lz4_linked, sizeof(lz4_linked),
		  "0123456789abcdef0123456789abline.", 33) == 0);
	CHECK(reads(MQ_CODEC_SNAPPY, snappy_raw, sizeof(snappy_raw),
		  "abcdabcdabcdabcd", 16) == 0);
	CHECK(reads(MQ_CODEC_SNAPPY, snappy_java, sizeof(snappy_java),
		  "abcdabcdabcdabcdabcdabcdabcdabcd", 32) == 0);
	return 0;
}

/* What is sent has the framing that Kafka's Java client reads. */
static int
framing(void)
{
	static uint8_t zeros[200000]; /* several blocks */
	struct mq_buf out = { 0 };
	struct mq_err err;

	CHECK(mq_compress(MQ_CODEC_SNAPPY, text, TEXT_LEN, &out, &err) == 0);
	CHECK(out.len > 20 && memcmp(out.data, snappy_java, 16) == 0);
	CHECK(mq_get32(out.data + 16) == out.len - 20);
	out.len = 0;
	CHECK(mq_compress(MQ_CODEC_LZ4, zeros, sizeof(zeros), &out, &err) == 0);
	CHECK(memcmp(out.data, "\x04\x22\x4d\x18", 4) == 0);
	CHECK(out.data[4] == 0x60); /* version 1, independent blocks */
	out.len = 0;
	CHECK(mq_compress(MQ_CODEC_GZIP, text, TEXT_LEN, &out, &err) == 0);
	CHECK(memcmp(out.data, "\x1f\x8b\x08", 3) == 0);
	out.len = 0;
	CHECK(mq_compress(MQ_CODEC_ZSTD, text, TEXT_LEN, &out, &err) == 0);
	CHECK(memcmp(out.data, "\x28\xb5\x2f\xfd", 4) == 0);
	mq_buf_free(&out);
	return 0;
}

#define JOIN(out, a, b) \
	CHECK(compress_join(out, a, sizeof(a), b, sizeof(b)) == 0)

static int
joins(int codec, const struct mq_buf *packed)
{
	struct mq_buf out = { 0 };
	struct mq_err err;

	CHECK(
	    compress_unpack(codec, packed->data, packed->len, &out, &err) == 0);
	CHECK(out.len == 2 * TEXT_LEN);
	CHECK(memcmp(out.data, text, TEXT_LEN) == 0);
	CHECK(memcmp(out.data + TEXT_LEN, text, TEXT_LEN) == 0);
	mq_buf_free(&out);
	return 0;
}

static int
several_frames(void)
{
	struct mq_buf b = { 0 };

	JOIN(&b, gzip_python, gzip_zlib);
	CHECK(joins(MQ_CODEC_GZIP, &b) == 0);
	JOIN(&b, lz4_command, lz4_checked);
	CHECK(joins(MQ_CODEC_LZ4, &b) == 0);
	JOIN(&b, zstd_command, zstd_command);
	CHECK(joins(MQ_CODEC_ZSTD, &b) == 0);
	JOIN(&b, zstd_command, zstd_ultra);
	CHECK(joins(MQ_CODEC_ZSTD, &b) == 0);
	mq_buf_free(&b);
	return 0;
}

static int
too_large_to_compress(void)
{
	struct mq_buf out = { 0 };
	struct mq_err err;
	int codec;

	for (codec = FIRST; codec <= LAST; codec++) {
		err.code = MQ_NONE;
		/* The bytes are not looked at. */
		CHECK(mq_compress((enum mq_codec)codec, text, LIMIT + 1, &out,
			  &err) == -1);
		CHECK(err.code == MQ_MESSAGE_TOO_LARGE);
		CHECK(strstr(err.text, "too many to compress") != NULL);
	}
	CHECK(
	    compress_unpack(MQ_CODEC_NONE, text, LIMIT + 1, &out, &err) == -1);
	CHECK(err.code == MQ_CORRUPT_MESSAGE);
	CHECK(compress_unpack(MQ_CODEC_GZIP, text, (size_t)INT32_MAX + 1, &out,
		  &err) == -1);
	CHECK(err.code == MQ_CORRUPT_MESSAGE && out.data == NULL);
	return 0;
}

int
main(void)
{
	RUN(threads, "threads may be the first to use a library");
	RUN(names, "codecs have Kafka's names and numbers");
	RUN(unknown, "a number without a codec is told");
	RUN(sizes, "every codec gives back what it took");
	RUN(smaller, "every codec makes text smaller");
	RUN(foreign, "what python, lz4, zstd and snappy-java write is read");
	RUN(framing, "what is written has the frame that Kafka reads");
	RUN(several_frames, "several frames in a row are joined");
	RUN(too_large_to_compress, "what could not be read is not written");
	return test_done();
}
