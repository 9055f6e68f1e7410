/* SPDX-License-Identifier: ISC */
/*
 * Bytes that no compressor wrote, or not all of them, or with others behind
 * them, are refused.
 */
#include "record/compress.h"

#include <stdlib.h>

#include "compress_data.h"
#include "compress_scene.h"
#include "test.h"

#define LIMIT ((size_t)MQ_DECOMPRESSED_MAX)
#define FIRST MQ_CODEC_GZIP
#define LAST  MQ_CODEC_ZSTD

/* Refused as corrupt, in a sentence that names the codec; out is as it was. */
static int
refused(int codec, const void *data, size_t len)
{
	struct mq_buf out = { 0 };
	struct mq_err err;
	const char *name = mq_codec_name(codec);

	CHECK(mq_buf_append(&out, "front", 5) == 0);
	CHECK(compress_unpack(codec, data, len, &out, &err) == -1);
	CHECK(err.code == MQ_CORRUPT_MESSAGE);
	CHECK(strncmp(err.text, name, strlen(name)) == 0);
	CHECK(out.len == 5 && memcmp(out.data, "front", 5) == 0);
	mq_buf_free(&out);
	return 0;
}

static int
not_of_that_kind(void)
{
	uint8_t b[200];
	int codec;

	compress_noise(b, sizeof(b));
	for (codec = FIRST; codec <= LAST; codec++) {
		CHECK(refused(codec, NULL, 0) == 0);
		CHECK(refused(codec, "", 0) == 0);
		CHECK(refused(codec, "plain text, as it were", 22) == 0);
		CHECK(refused(codec, b, sizeof(b)) == 0);
	}
	CHECK(refused(MQ_CODEC_GZIP, zlib_python, sizeof(zlib_python)) == 0);
	CHECK(refused(MQ_CODEC_GZIP, zstd_command, sizeof(zstd_command)) == 0);
	CHECK(refused(MQ_CODEC_ZSTD, lz4_command, sizeof(lz4_command)) == 0);
	CHECK(refused(MQ_CODEC_LZ4, snappy_java, sizeof(snappy_java)) == 0);
	CHECK(refused(MQ_CODEC_SNAPPY, gzip_zlib, sizeof(gzip_zlib)) == 0);
	return 0;
}

/* Every cut of data; each in a block of its own, for ASan. */
static int
cut(int codec, const uint8_t *data, size_t len)
{
	uint8_t *copy;
	size_t n;

	for (n = 0; n < len; n++) {
		CHECK((copy = malloc(n != 0 ? n : 1)) != NULL);
		(void)memcpy(copy, data, n);
		CHECK(refused(codec, copy, n) == 0);
		free(copy);
	}
	return 0;
}

static int
cut_anywhere(void)
{
	uint8_t data[300];
	struct mq_buf packed = { 0 };
	struct mq_err err;
	int codec;

	CHECK(cut(MQ_CODEC_GZIP, gzip_python, sizeof(gzip_python)) == 0);
	CHECK(cut(MQ_CODEC_LZ4, lz4_command, sizeof(lz4_command)) == 0);
	CHECK(cut(MQ_CODEC_LZ4, lz4_linked, sizeof(lz4_linked)) == 0);
	CHECK(cut(MQ_CODEC_ZSTD, zstd_command, sizeof(zstd_command)) == 0);
	CHECK(cut(MQ_CODEC_ZSTD, zstd_ultra, sizeof(zstd_ultra)) == 0);
	CHECK(cut(MQ_CODEC_SNAPPY, snappy_raw, sizeof(snappy_raw)) == 0);
	compress_noise(data, sizeof(data));
	(void)memcpy(data, text, 150);
	for (codec = FIRST; codec <= LAST; codec++) {
		if (codec == MQ_CODEC_SNAPPY)
			continue;
		packed.len = 0;
		CHECK(mq_compress((enum mq_codec)codec, data, sizeof(data),
			  &packed, &err) == 0);
		CHECK(cut(codec, packed.data, packed.len) == 0);
	}
	mq_buf_free(&packed);
	return 0;
}

/* snappy-java's frame has no end of its own: behind a block it may stop. */
static int
cut_snappy_java(void)
{
	static const size_t ends[] = { 16, 29 };
	struct mq_buf out = { 0 };
	struct mq_err err;
	size_t n, i;

	for (n = i = 0; n < sizeof(snappy_java); n++) {
		if (i == 2 || n != ends[i]) {
			CHECK(refused(MQ_CODEC_SNAPPY, snappy_java, n) == 0);
			continue;
		}
		out.len = 0;
		CHECK(compress_unpack(MQ_CODEC_SNAPPY, snappy_java, n, &out,
			  &err) == 0);
		CHECK(out.len == 16 * i++);
	}
	mq_buf_free(&out);
	return 0;
}

/* Damage is found or not, but nothing is read or written out of bounds. */
static int
any_bit_changed(void)
{
	struct mq_buf packed = { 0 }, out = { 0 };
	struct mq_err err;
	size_t i;
	int codec, bit;

	for (codec = FIRST; codec <= LAST; codec++) {
		packed.len = 0;
		CHECK(mq_compress((enum mq_codec)codec, text, TEXT_LEN, &packed,
			  &err) == 0);
		for (i = 0; i < packed.len * 8; i++) {
			bit = 1 << i % 8;
			packed.data[i / 8] ^= (uint8_t)bit;
			out.len = 0;
			if (compress_unpack(codec, packed.data, packed.len,
				&out, &err) == -1)
				CHECK(err.code == MQ_CORRUPT_MESSAGE);
			packed.data[i / 8] ^= (uint8_t)bit;
		}
	}
	CHECK(out.cap <= LIMIT);
	mq_buf_free(&packed);
	mq_buf_free(&out);
	return 0;
}

static int
trailing_garbage(void)
{
	static const char tails[][8] = { "x", "garbage", "\0\0\0\0\0\0\0" };
	struct mq_buf b = { 0 };
	size_t i, n;

	for (i = 0; i < 3; i++)
		for (n = 1; n < 8; n++) {
			CHECK(compress_join(&b, gzip_zlib, sizeof(gzip_zlib),
				  tails[i], n) == 0);
			CHECK(refused(MQ_CODEC_GZIP, b.data, b.len) == 0);
			CHECK(compress_join(&b, lz4_command,
				  sizeof(lz4_command), tails[i], n) == 0);
			CHECK(refused(MQ_CODEC_LZ4, b.data, b.len) == 0);
			CHECK(compress_join(&b, zstd_command,
				  sizeof(zstd_command), tails[i], n) == 0);
			CHECK(refused(MQ_CODEC_ZSTD, b.data, b.len) == 0);
			CHECK(compress_join(&b, zstd_ultra, sizeof(zstd_ultra),
				  tails[i], n) == 0);
			CHECK(refused(MQ_CODEC_ZSTD, b.data, b.len) == 0);
			CHECK(compress_join(&b, snappy_raw, sizeof(snappy_raw),
				  tails[i], n) == 0);
			CHECK(refused(MQ_CODEC_SNAPPY, b.data, b.len) == 0);
			CHECK(compress_join(&b, snappy_java,
				  sizeof(snappy_java), tails[i], n) == 0);
			CHECK(refused(MQ_CODEC_SNAPPY, b.data, b.len) == 0);
		}
	mq_buf_free(&b);
	return 0;
}

/* A bare block that claims more than its bytes can make: no memory. */
static int
snappy_claims(const char *block, size_t len)
{
	struct mq_buf out = { 0 };
	struct mq_err err;

	CHECK(compress_unpack(MQ_CODEC_SNAPPY, block, len, &out, &err) == -1);
	CHECK_TEXT(err.text, "snappy: a block's size is wrong");
	CHECK(out.data == NULL);
	return 0;
}

static int
snappy_lies(void)
{
	uint8_t b[sizeof(snappy_java)];

	CHECK(snappy_claims("\xff\xff\xff\xff\x0f\0a\0b", 9) == 0);
	CHECK(snappy_claims("\xff\xff\xff\xff\xff\xff\xff", 7) == 0);
	CHECK(snappy_claims("\x80\x80\x80\x20\x0c---", 8) == 0); /* 64 MiB */
	CHECK(snappy_claims("\xe8\x07\x0c---", 6) == 0);	 /* 1000 */
	(void)memcpy(b, snappy_java, sizeof(b));
	b[15] = 2; /* readable since version 2 */
	CHECK(refused(MQ_CODEC_SNAPPY, b, sizeof(b)) == 0);
	b[15] = 1;
	b[16] = 0x80; /* a block of a negative length */
	CHECK(refused(MQ_CODEC_SNAPPY, b, sizeof(b)) == 0);
	b[16] = 0x7f;
	CHECK(refused(MQ_CODEC_SNAPPY, b, sizeof(b)) == 0);
	b[16] = 0;
	b[19] = 0; /* an empty block: not even its size is there */
	CHECK(refused(MQ_CODEC_SNAPPY, b, sizeof(b)) == 0);
	return 0;
}

int
main(void)
{
	RUN(not_of_that_kind, "other bytes are refused");
	RUN(cut_anywhere, "bytes cut anywhere are refused");
	RUN(cut_snappy_java, "snappy-java's frame may end behind a block");
	RUN(any_bit_changed, "a flipped bit does no harm");
	RUN(trailing_garbage, "garbage behind a frame is refused");
	RUN(snappy_lies, "snappy's lengths are not believed");
	return test_done();
}
