/* SPDX-License-Identifier: ISC */
/*
 * Snappy, with libsnappy.  Its own format has no framing, so Kafka's Java
 * client uses the one of snappy-java's SnappyOutputStream ("xerial"): a header
 * of 16 bytes, then blocks, each behind its length.  Other clients send one
 * bare block, and both are read, as Kafka does.
 *
 * A bare block cannot be taken for a header: behind the length that the magic
 * would be, its first element would be a copy of bytes that are not there yet.
 */
#include "record/codec.h"

#include <assert.h>
#include <snappy-c.h>
#include <string.h>

#include "base/cursor.h"
#include "base/fail.h"
#include "record/compress.h"

#define HEADER	  16
#define MAGIC	  8		     /* bytes of the header's magic */
#define BLOCK	  ((size_t)32 << 10) /* snappy-java's size */
#define RATIO_MAX 22		     /* three bytes copy 64 at the most */

/* Magic, version 1, readable since version 1. */
static const uint8_t header[HEADER] = { 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0,
	0, 0, 0, 1, 0, 0, 0, 1 };

/* clang-format off */
#define SYMBOLS(X)							\
	X(snappy_compress) X(snappy_max_compressed_length)		\
	X(snappy_uncompress) X(snappy_uncompressed_length)
/* clang-format on */

struct snappy {
	SYMBOLS(MQ_CODEC_FIELD)
};
static_assert(sizeof(struct snappy) <= MQ_CODEC_SYMBOLS * sizeof(void *),
    "too many symbols");

static int
put_block(const struct snappy *snappy, const uint8_t *data, size_t len,
    struct mq_buf *out)
{
	size_t n = snappy->snappy_max_compressed_length(len);

	if (mq_buf_reserve(out, 4 + n) == -1 ||
	    snappy->snappy_compress((const char *)data, len,
		(char *)out->data + out->len + 4, &n) != SNAPPY_OK)
		return -1;
	mq_put32(out->data + out->len, (uint32_t)n);
	out->len += 4 + n;
	return 0;
}

static int
snappy_pack(void *const *lib, const void *data, size_t len, struct mq_buf *out,
    struct mq_err *err)
{
	struct snappy snappy;
	const uint8_t *p = data;
	size_t n;

	(void)memcpy(&snappy, lib, sizeof(snappy));
	if (mq_buf_append(out, header, sizeof(header)) == -1)
		return mq_fail_memory(err);
	for (; len != 0; p += n, len -= n) {
		n = len < BLOCK ? len : BLOCK;
		/* With room for the bound only memory can fail. */
		if (put_block(&snappy, p, n, out) == -1)
			return mq_fail_memory(err);
	}
	return 0;
}

/* Appends a block's contents; made counts what all of them gave. */
static int
get_block(const struct snappy *snappy, const uint8_t *data, size_t len,
    struct mq_buf *out, size_t *made, struct mq_err *err)
{
	const char *from = (const char *)data;
	char nothing, *to = &nothing;
	size_t n;

	if (snappy->snappy_uncompressed_length(from, len, &n) != SNAPPY_OK ||
	    n / RATIO_MAX > len)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "a block's size is wrong");
	if (n > MQ_DECOMPRESSED_MAX - *made)
		return mq_codec_too_much(err);
	if (mq_buf_reserve(out, n) == -1)
		return mq_fail_memory(err);
	if (n != 0)
		to = (char *)out->data + out->len;
	if (snappy->snappy_uncompress(from, len, to, &n) != SNAPPY_OK)
		return mq_fail(err, MQ_CORRUPT_MESSAGE, "a block is damaged");
	out->len += n;
	*made += n;
	return 0;
}

static int
get_blocks(const struct snappy *snappy, struct mq_cursor *c, struct mq_buf *out,
    struct mq_err *err)
{
	const uint8_t *p;
	size_t made = 0;
	uint32_t len;

	while (mq_cursor_left(c) != 0) {
		len = mq_cursor_u32(c);
		if (c->bad || (p = mq_cursor_bytes(c, len)) == NULL)
			return mq_codec_too_short(err);
		if (get_block(snappy, p, len, out, &made, err) == -1)
			return -1;
	}
	return 0;
}

static int
snappy_unpack(void *const *lib, const void *data, size_t len,
    struct mq_buf *out, struct mq_err *err)
{
	struct snappy snappy;
	struct mq_cursor c;
	size_t made = 0;

	(void)memcpy(&snappy, lib, sizeof(snappy));
	if (len < MAGIC || memcmp(data, header, MAGIC) != 0)
		return get_block(&snappy, data, len, out, &made, err);
	mq_cursor_init(&c, data, len);
	(void)mq_cursor_bytes(&c, MAGIC + 4);
	if (mq_cursor_u32(&c) != 1 || c.bad)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "its header is not of version 1");
	return get_blocks(&snappy, &c, out, err);
}

const struct mq_codec_ops mq_codec_snappy = {
	.name = "snappy",
	.soname = "libsnappy.so.1",
	.symbols = { SYMBOLS(MQ_CODEC_NAME) },
	.compress = snappy_pack,
	.decompress = snappy_unpack,
};
