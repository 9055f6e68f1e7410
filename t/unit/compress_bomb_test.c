/* SPDX-License-Identifier: ISC */
/*
 * What swells beyond the limit is refused, before there is memory for it: the
 * frames here are made by hand, since no compressor would.
 */
#include "record/compress.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

#define MIB   ((size_t)1 << 20)
#define LIMIT ((size_t)MQ_DECOMPRESSED_MAX)
#define FIRST MQ_CODEC_GZIP
#define LAST  MQ_CODEC_ZSTD

/* The limit from one frame; a second one with a byte more is too much. */
static int
at_limit(int codec, const uint8_t *zeros)
{
	struct mq_buf packed = { 0 }, out = { 0 };
	struct mq_err err;

	CHECK(mq_compress((enum mq_codec)codec, zeros, LIMIT, &packed, &err) ==
	    0);
	CHECK(mq_decompress((enum mq_codec)codec, packed.data, packed.len, &out,
		  &err) == 0);
	CHECK(out.len == LIMIT && out.cap == LIMIT);
	CHECK(memcmp(out.data, zeros, LIMIT) == 0);
	if (codec == MQ_CODEC_SNAPPY)
		CHECK(mq_buf_append(&packed, "\0\0\0\3\1\0x", 7) == 0);
	else
		CHECK(mq_compress((enum mq_codec)codec, "x", 1, &packed,
			  &err) == 0);
	mq_buf_free(&out);
	CHECK(mq_decompress((enum mq_codec)codec, packed.data, packed.len, &out,
		  &err) == -1);
	CHECK(err.code == MQ_CORRUPT_MESSAGE);
	CHECK(strstr(err.text, "more than 67108864 bytes") != NULL);
	CHECK(out.len == 0 && out.cap <= LIMIT);
	mq_buf_free(&packed);
	mq_buf_free(&out);
	return 0;
}

static int
exactly_the_limit(void)
{
	uint8_t *zeros = calloc(1, LIMIT);
	int codec;

	CHECK(zeros != NULL);
	for (codec = FIRST; codec <= LAST; codec++)
		CHECK(at_limit(codec, zeros) == 0);
	free(zeros);
	return 0;
}

/* One zstd frame: a header with this window, then 1 GiB in RLE blocks. */
static int
zstd_bomb(struct mq_buf *b, uint8_t window)
{
	uint8_t head[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, window };
	uint8_t block[4] = { 0x02, 0x00, 0x10, 'z' }; /* RLE, 128 KiB */
	int i;

	CHECK(mq_buf_append(b, head, sizeof(head)) == 0);
	for (i = 0; i < 8192; i++) {
		block[0] = i == 8191 ? 0x03 : 0x02; /* the last one */
		CHECK(mq_buf_append(b, block, sizeof(block)) == 0);
	}
	return 0;
}

struct bits {
	struct mq_buf *out;
	unsigned held;
	int count;
};

/* Puts count bits of value, the lowest first. */
static int
put_bits(struct bits *b, unsigned value, int count)
{
	uint8_t byte;

	b->held |= value << b->count;
	for (b->count += count; b->count >= 8; b->count -= 8) {
		byte = (uint8_t)b->held;
		CHECK(mq_buf_append(b->out, &byte, 1) == 0);
		b->held >>= 8;
	}
	return 0;
}

/*
 * One gzip member: a zero, then 258 bytes copied from one before, over and
 * over, in deflate's fixed codes (RFC 1951, 3.2.6; a code's first bit is its
 * highest).
 */
static int
gzip_bomb(struct mq_buf *b)
{
	struct bits bits = { b, 0, 0 };
	size_t i;

	CHECK(mq_buf_append(b, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10) == 0);
	CHECK(put_bits(&bits, 3, 3) == 0);    /* the last block, fixed codes */
	CHECK(put_bits(&bits, 0x0c, 8) == 0); /* 0: 00110000 */
	for (i = 0; i < (size_t)1024 * MIB / 258; i++) {
		CHECK(put_bits(&bits, 0xa3, 8) == 0); /* 258: 11000101 */
		CHECK(put_bits(&bits, 0, 5) == 0);    /* from 1 before */
	}
	CHECK(put_bits(&bits, 0, 7) == 0); /* the end */
	CHECK(put_bits(&bits, 0, 7) == 0);
	CHECK(mq_buf_append(b, "checksum", 8) == 0);
	return 0;
}

/* One lz4 frame of 256 blocks, 4 MiB each from 16 KiB. */
static int
lz4_bomb(struct mq_buf *b)
{
	static const uint8_t head[] = { 0x04, 0x22, 0x4d, 0x18, 0x60, 0x70,
		0x73 };
	const size_t run = 4 * MIB / 255 - 1;
	uint8_t size[4];
	size_t i, j, at;

	CHECK(mq_buf_append(b, head, sizeof(head)) == 0);
	for (i = 0; i < 256; i++) {
		at = b->len;
		CHECK(mq_buf_append(b, size, 4) == 0);
		/* A zero, then from one before: 4 + 15 + 255 * run + 0. */
		CHECK(mq_buf_append(b, "\x1f\0\1\0", 4) == 0);
		for (j = 0; j < run; j++)
			CHECK(mq_buf_append(b, "\xff", 1) == 0);
		CHECK(mq_buf_append(b, "\0\x50-----", 7) == 0);
		at = b->len - at - 4;
		size[0] = (uint8_t)at;
		size[1] = (uint8_t)(at >> 8);
		size[2] = (uint8_t)(at >> 16);
		size[3] = 0;
		(void)memcpy(b->data + b->len - at - 4, size, 4);
	}
	CHECK(mq_buf_append(b, "\0\0\0\0", 4) == 0);
	return 0;
}

/* snappy-java's frame: blocks of 32 KiB, 1 GiB together. */
static int
snappy_bomb(struct mq_buf *b)
{
	static const uint8_t zeros[32 * 1024];
	struct mq_err err;
	uint8_t block[4096];
	size_t i, n;

	CHECK(mq_compress(MQ_CODEC_SNAPPY, zeros, sizeof(zeros), b, &err) == 0);
	n = b->len - 16;
	CHECK(n <= sizeof(block));
	(void)memcpy(block, b->data + 16, n);
	for (i = 1; i < 1024 * MIB / sizeof(zeros); i++)
		CHECK(mq_buf_append(b, block, n) == 0);
	return 0;
}

/* The address space may grow by this much; 0 where a sanitizer needs it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOWED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define ALLOWED 0
#endif
#endif
#ifndef ALLOWED
#define ALLOWED (LIMIT + 24 * MIB) /* the output and a decoder's own */
#endif

static int
bound_memory(size_t more)
{
	struct rlimit rl;
	size_t pages;
	FILE *f;

	/* Preloaded is valgrind, which needs memory of its own. */
	if (more == 0 || getenv("LD_PRELOAD") != NULL)
		return 0;
	CHECK((f = fopen("/proc/self/statm", "r")) != NULL);
	CHECK(fscanf(f, "%zu", &pages) == 1);
	(void)fclose(f);
	rl.rlim_cur = rl.rlim_max = pages * (size_t)getpagesize() + more;
	CHECK(setrlimit(RLIMIT_AS, &rl) == 0);
	return 0;
}

/* In a child, with little memory: out of memory would be another error. */
static int
bomb(int codec, const struct mq_buf *b, const char *why)
{
	struct mq_buf out = { 0 };
	struct mq_err err;
	int status;
	pid_t pid;

	printf("# %s: %zu bytes\n", mq_codec_name(codec), b->len);
	(void)fflush(stdout);
	CHECK((pid = fork()) != -1);
	if (pid == 0) {
		if (bound_memory(ALLOWED) != 0)
			_exit(2);
		if (mq_decompress((enum mq_codec)codec, b->data, b->len, &out,
			&err) != -1)
			_exit(3);
		if (err.code != MQ_CORRUPT_MESSAGE || out.cap > LIMIT)
			_exit(4);
		_exit(strstr(err.text, why) == NULL ? 5 : 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
	return 0;
}

static int
bombs(void)
{
	static const char much[] = "more than 67108864 bytes";
	struct mq_buf b = { 0 };

	CHECK(gzip_bomb(&b) == 0 && bomb(MQ_CODEC_GZIP, &b, much) == 0);
	b.len = 0;
	CHECK(snappy_bomb(&b) == 0 && bomb(MQ_CODEC_SNAPPY, &b, much) == 0);
	b.len = 0;
	CHECK(lz4_bomb(&b) == 0 && bomb(MQ_CODEC_LZ4, &b, much) == 0);
	b.len = 0;
	/* A window of 2^(10 + 13) bytes: 8 MiB; then 128 MiB, and 2 TiB. */
	CHECK(zstd_bomb(&b, 13 << 3) == 0);
	CHECK(bomb(MQ_CODEC_ZSTD, &b, much) == 0);
	b.len = 0;
	CHECK(zstd_bomb(&b, 17 << 3) == 0);
	CHECK(bomb(MQ_CODEC_ZSTD, &b, much) == 0);
	b.len = 0;
	CHECK(zstd_bomb(&b, 31 << 3) == 0);
	CHECK(bomb(MQ_CODEC_ZSTD, &b, "too much memory") == 0);
	mq_buf_free(&b);
	return 0;
}

int
main(void)
{
	RUN(exactly_the_limit,
	    "the limit itself is reached, a byte more is not");
	RUN(bombs, "bombs of 1 GiB are refused, in little memory");
	return test_done();
}
