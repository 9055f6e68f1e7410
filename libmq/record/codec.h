/* SPDX-License-Identifier: ISC */
/*
 * What compress.c and the four codecs behind it share, and nobody else uses:
 * the description of a codec and of the library that does its work, and the
 * one loop that decompresses a stream within bounds.
 */
#ifndef MQ_CODEC_H
#define MQ_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define MQ_CODEC_SYMBOLS 12 /* the most that a codec takes from its library */

/*
 * A codec lists what it takes from its library once, as a macro:
 *
 *	#define SYMBOLS(X) X(inflate) X(inflateEnd)
 *	struct zlib { SYMBOLS(MQ_CODEC_FIELD) };
 *	... .symbols = { SYMBOLS(MQ_CODEC_NAME) } ...
 *
 * A structure so made has the types of the library's own header.  It is filled
 * by copying the addresses that compress.c found over it: POSIX lets a void
 * pointer hold the address of a function, C has no cast for it.
 */
#define MQ_CODEC_FIELD(symbol) __typeof__(symbol) *symbol;
#define MQ_CODEC_NAME(symbol)  #symbol,

/* The functions get one address a symbol, in the order of the names. */
struct mq_codec_ops {
	const char *name;
	const char *soname;
	const char *symbols[MQ_CODEC_SYMBOLS]; /* the rest is NULL */
	int (*compress)(void *const *, const void *, size_t, struct mq_buf *out,
	    struct mq_err *);
	int (*decompress)(void *const *, const void *, size_t,
	    struct mq_buf *out, struct mq_err *);
};

extern const struct mq_codec_ops mq_codec_gzip;
extern const struct mq_codec_ops mq_codec_snappy;
extern const struct mq_codec_ops mq_codec_lz4;
extern const struct mq_codec_ops mq_codec_zstd;

/* What is not consumed yet, and the room that is not filled yet. */
struct mq_codec_flow {
	const uint8_t *in;
	size_t in_left;
	uint8_t *out;
	size_t out_left;
};

/*
 * Steps through all the input, to the end of its last frame.  A step moves
 * what it can and returns 1 at the end of a frame, 0 within, -1 for bad input.
 */
int mq_codec_drain(int (*step)(void *, struct mq_codec_flow *, struct mq_err *),
    void *arg, const void *, size_t, struct mq_buf *out, struct mq_err *);

/* The two ways in which input of every codec can be bad. */
int mq_codec_too_short(struct mq_err *);
int mq_codec_too_much(struct mq_err *);

#endif
