/* SPDX-License-Identifier: ISC */
/*
 * What one side compresses the other reads: here, in Kafka's clients, and with
 * the common commands.  What is damaged is refused.
 */
#include "record/compress.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cursor.h"
#include "compress_data.h"
#include "test.h"

#define MIB   ((size_t)1 << 20)
#define LIMIT ((size_t)MQ_DECOMPRESSED_MAX)
#define FIRST MQ_CODEC_NONE
#define LAST  MQ_CODEC_ZSTD

/* Bytes that no codec makes smaller; the same every time. */
static void
noise(uint8_t *p, size_t len)
{
	uint64_t x = 0x9e3779b97f4a7c15;

	for (; len != 0; p++, len--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		*p = (uint8_t)(x >> 32);
	}
}

static int
unpack(int codec, const void *data, size_t len, struct mq_buf *out,
    struct mq_err *err)
{
	(void)memset(err, 0, sizeof(*err));
	return mq_decompress((enum mq_codec)codec, data, len, out, err);
}

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
	CHECK(unpack(codec, packed.data + 4, packed.len - 4, &out, &err) == 0);
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
		CHECK(unpack(codec, "x", 1, &out, &err) == -1);
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
	noise(data, MIB);
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

	CHECK(unpack(codec, data, len, &out, &err) == 0);
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

/* Refused as corrupt, in a sentence that names the codec; out is as it was. */
static int
refused(int codec, const void *data, size_t len)
{
	struct mq_buf out = { 0 };
	struct mq_err err;
	const char *name = mq_codec_name(codec);

	CHECK(mq_buf_append(&out, "front", 5) == 0);
	CHECK(unpack(codec, data, len, &out, &err) == -1);
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

	noise(b, sizeof(b));
	for (codec = FIRST + 1; codec <= LAST; codec++) {
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
	noise(data, sizeof(data));
	(void)memcpy(data, text, 150);
	for (codec = FIRST + 1; codec <= LAST; codec++) {
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
		CHECK(unpack(MQ_CODEC_SNAPPY, snappy_java, n, &out, &err) == 0);
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

	for (codec = FIRST + 1; codec <= LAST; codec++) {
		packed.len = 0;
		CHECK(mq_compress((enum mq_codec)codec, text, TEXT_LEN, &packed,
			  &err) == 0);
		for (i = 0; i < packed.len * 8; i++) {
			bit = 1 << i % 8;
			packed.data[i / 8] ^= (uint8_t)bit;
			out.len = 0;
			if (unpack(codec, packed.data, packed.len, &out,
				&err) == -1)
				CHECK(err.code == MQ_CORRUPT_MESSAGE);
			packed.data[i / 8] ^= (uint8_t)bit;
		}
	}
	CHECK(out.cap <= LIMIT);
	mq_buf_free(&packed);
	mq_buf_free(&out);
	return 0;
}

/* a's bytes with b's behind them. */
static int
both(struct mq_buf *out, const uint8_t *a, size_t a_len, const void *b,
    size_t b_len)
{
	out->len = 0;
	CHECK(mq_buf_append(out, a, a_len) == 0);
	CHECK(mq_buf_append(out, b, b_len) == 0);
	return 0;
}
#define BOTH(out, a, b) CHECK(both(out, a, sizeof(a), b, sizeof(b)) == 0)

static int
joins(int codec, const struct mq_buf *packed)
{
	struct mq_buf out = { 0 };
	struct mq_err err;

	CHECK(unpack(codec, packed->data, packed->len, &out, &err) == 0);
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

	BOTH(&b, gzip_python, gzip_zlib);
	CHECK(joins(MQ_CODEC_GZIP, &b) == 0);
	BOTH(&b, lz4_command, lz4_checked);
	CHECK(joins(MQ_CODEC_LZ4, &b) == 0);
	BOTH(&b, zstd_command, zstd_command);
	CHECK(joins(MQ_CODEC_ZSTD, &b) == 0);
	BOTH(&b, zstd_command, zstd_ultra);
	CHECK(joins(MQ_CODEC_ZSTD, &b) == 0);
	mq_buf_free(&b);
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
			CHECK(both(&b, gzip_zlib, sizeof(gzip_zlib), tails[i],
				  n) == 0);
			CHECK(refused(MQ_CODEC_GZIP, b.data, b.len) == 0);
			CHECK(both(&b, lz4_command, sizeof(lz4_command),
				  tails[i], n) == 0);
			CHECK(refused(MQ_CODEC_LZ4, b.data, b.len) == 0);
			CHECK(both(&b, zstd_command, sizeof(zstd_command),
				  tails[i], n) == 0);
			CHECK(refused(MQ_CODEC_ZSTD, b.data, b.len) == 0);
			CHECK(both(&b, zstd_ultra, sizeof(zstd_ultra), tails[i],
				  n) == 0);
			CHECK(refused(MQ_CODEC_ZSTD, b.data, b.len) == 0);
			CHECK(both(&b, snappy_raw, sizeof(snappy_raw), tails[i],
				  n) == 0);
			CHECK(refused(MQ_CODEC_SNAPPY, b.data, b.len) == 0);
			CHECK(both(&b, snappy_java, sizeof(snappy_java),
				  tails[i], n) == 0);
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

	CHECK(unpack(MQ_CODEC_SNAPPY, block, len, &out, &err) == -1);
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
	}
	CHECK(unpack(MQ_CODEC_NONE, text, LIMIT + 1, &out, &err) == -1);
	CHECK(err.code == MQ_CORRUPT_MESSAGE);
	CHECK(unpack(MQ_CODEC_GZIP, text, (size_t)INT32_MAX + 1, &out, &err) ==
	    -1);
	CHECK(err.code == MQ_CORRUPT_MESSAGE && out.data == NULL);
	return 0;
}

/* In a process that finds a broken library in the place of the real one. */
static int
without(int codec)
{
	static const char *const soname[] = { "", "libz.so.1", "libsnappy.so.1",
		"liblz4.so.1", "libzstd.so.1" };
	struct mq_buf out = { 0 };
	struct mq_err err;
	int turn;

	CHECK(codec > FIRST);
	/* Not only the first time. */
	for (turn = 0; turn < 2; turn++) {
		CHECK(mq_compress((enum mq_codec)codec, "x", 1, &out, &err) ==
		    -1);
		CHECK(err.code == MQ_UNSUPPORTED_COMPRESSION_TYPE);
		CHECK(strstr(err.text, soname[codec]) != NULL);
		CHECK(unpack(codec, gzip_zlib, sizeof(gzip_zlib), &out, &err) ==
		    -1);
		CHECK(err.code == MQ_UNSUPPORTED_COMPRESSION_TYPE);
		CHECK(strstr(err.text, soname[codec]) != NULL);
	}
	return 0;
}

static const char *self;

/* Runs this program again, with an empty file by a library's name. */
static int
missing_one(int codec, const char *soname)
{
	char dir[] = "/tmp/mq-compress-test.XXXXXX", path[64];
	int fd, status;
	pid_t pid;

	CHECK(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, soname);
	CHECK((fd = open(path, O_WRONLY | O_CREAT, 0700)) != -1);
	CHECK(close(fd) == 0);
	(void)fflush(stdout);
	CHECK((pid = fork()) != -1);
	if (pid == 0) {
		(void)setenv("LD_LIBRARY_PATH", dir, 1);
		(void)execl(self, self, "missing", mq_codec_name(codec),
		    (char *)NULL);
		_exit(127);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	(void)unlink(path);
	(void)rmdir(dir);
	CHECK(status == 0);
	return 0;
}

static int
missing(void)
{
	CHECK(missing_one(MQ_CODEC_GZIP, "libz.so.1") == 0);
	CHECK(missing_one(MQ_CODEC_SNAPPY, "libsnappy.so.1") == 0);
	CHECK(missing_one(MQ_CODEC_LZ4, "liblz4.so.1") == 0);
	CHECK(missing_one(MQ_CODEC_ZSTD, "libzstd.so.1") == 0);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "missing") == 0)
		return without(mq_codec_parse(argv[2]));
	self = argv[0];
	RUN(threads, "threads may be the first to use a library");
	RUN(names, "codecs have Kafka's names and numbers");
	RUN(unknown, "a number without a codec is told");
	RUN(sizes, "every codec gives back what it took");
	RUN(smaller, "every codec makes text smaller");
	RUN(foreign, "what python, lz4, zstd and snappy-java write is read");
	RUN(framing, "what is written has the frame that Kafka reads");
	RUN(not_of_that_kind, "other bytes are refused");
	RUN(cut_anywhere, "bytes cut anywhere are refused");
	RUN(cut_snappy_java, "snappy-java's frame may end behind a block");
	RUN(any_bit_changed, "a flipped bit does no harm");
	RUN(several_frames, "several frames in a row are joined");
	RUN(trailing_garbage, "garbage behind a frame is refused");
	RUN(snappy_lies, "snappy's lengths are not believed");
	RUN(too_large_to_compress, "what could not be read is not written");
	RUN(missing, "a library that is missing is named");
	return test_done();
}
