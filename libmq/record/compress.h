/* SPDX-License-Identifier: ISC */
/*
 * Kafka's four ways to compress the records of a batch.  The libraries that do
 * it are loaded at first use: a tool that meets no compressed batch does not
 * wait for them, and one that is not installed is
 * MQ_UNSUPPORTED_COMPRESSION_TYPE with its name in the sentence.  Any thread
 * may call these.
 */
#ifndef MQ_COMPRESS_H
#define MQ_COMPRESS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Kafka's numbers: bits 0 to 2 of a batch's attributes. */
enum mq_codec {
	MQ_CODEC_NONE,
	MQ_CODEC_GZIP,
	MQ_CODEC_SNAPPY,
	MQ_CODEC_LZ4,
	MQ_CODEC_ZSTD
};

#define MQ_DECOMPRESSED_MAX (64u << 20) /* the most that one batch may become */

/* NULL for an unknown number. */
const char *mq_codec_name(int codec);
/* -1 unknown */
int mq_codec_parse(const char *name);

/*
 * Appends the compressed form to out, at the codec's usual level;
 * MQ_MESSAGE_TOO_LARGE for more than MQ_DECOMPRESSED_MAX, which nobody could
 * read back.  Both return 0, or -1 with out's length as it was; a number that
 * is no codec is MQ_UNSUPPORTED_COMPRESSION_TYPE.
 */
int mq_compress(enum mq_codec, const void *, size_t, struct mq_buf *out,
    struct mq_err *);

/*
 * Appends the decompressed form to out; MQ_CORRUPT_MESSAGE for bad input or
 * more than MQ_DECOMPRESSED_MAX, which is refused before it is allocated.
 * Several frames in a row are joined; anything else behind a frame is bad, and
 * so is no input at all.
 */
int mq_decompress(enum mq_codec, const void *, size_t, struct mq_buf *out,
    struct mq_err *);

#endif
