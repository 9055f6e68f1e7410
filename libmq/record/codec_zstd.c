/* SPDX-License-Identifier: ISC */
/*
 * Zstandard (RFC 8878), with libzstd.
 *
 * A stream is decoded through a window of the size that its header asks for,
 * so windows are held to MQ_DECOMPRESSED_MAX as well.  Level 22 asks for twice
 * that, whatever the data: such input is decoded in one go, where the output
 * is the window.
 */
#include "record/codec.h"

#include <assert.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/fail.h"
#include "record/compress.h"

#define WINDOW_LOG 26
static_assert(1u << WINDOW_LOG == MQ_DECOMPRESSED_MAX,
    "windows as large as the output");

/* clang-format off */
#define SYMBOLS(X)							\
	X(ZSTD_compressBound) X(ZSTD_compress)				\
	X(ZSTD_createDCtx) X(ZSTD_freeDCtx) X(ZSTD_DCtx_setParameter)	\
	X(ZSTD_decompressStream) X(ZSTD_decompressDCtx)			\
	X(ZSTD_isError) X(ZSTD_getErrorCode) X(ZSTD_getErrorName)
/* clang-format on */

struct zstd {
	SYMBOLS(MQ_CODEC_FIELD)
};
static_assert(sizeof(struct zstd) <= MQ_CODEC_SYMBOLS * sizeof(void *),
    "too many symbols");

struct unzstd {
	struct zstd zstd;
	ZSTD_DCtx *context;
	int wide; /* stopped at a window that is too large */
};

static int
zstd_compress(void *const *lib, const void *data, size_t len,
    struct mq_buf *out, struct mq_err *err)
{
	struct zstd zstd;
	size_t room, n;

	(void)memcpy(&zstd, lib, sizeof(zstd));
	room = zstd.ZSTD_compressBound(len);
	if (mq_buf_reserve(out, room) == -1)
		return mq_fail_memory(err);
	n = zstd.ZSTD_compress(out->data + out->len, room, data, len,
	    ZSTD_CLEVEL_DEFAULT);
	/* With room for the bound only memory can fail. */
	if (zstd.ZSTD_isError(n))
		return mq_fail_memory(err);
	out->len += n;
	return 0;
}

static int
unzstd_failed(struct unzstd *u, size_t rc, struct mq_err *err)
{
	switch (u->zstd.ZSTD_getErrorCode(rc)) {
	case ZSTD_error_memory_allocation:
		return mq_fail_memory(err);
	case ZSTD_error_dstSize_tooSmall:
		return mq_codec_too_much(err);
	case ZSTD_error_frameParameter_windowTooLarge:
		u->wide = 1;
		break;
	default:
		break;
	}
	return mq_fail(err, MQ_CORRUPT_MESSAGE, "%s",
	    u->zstd.ZSTD_getErrorName(rc));
}

static int
unzstd_step(void *arg, struct mq_codec_flow *f, struct mq_err *err)
{
	struct unzstd *u = arg;
	ZSTD_inBuffer in = { f->in, f->in_left, 0 };
	ZSTD_outBuffer out = { f->out, f->out_left, 0 };
	size_t rc;

	rc = u->zstd.ZSTD_decompressStream(u->context, &out, &in);
	if (u->zstd.ZSTD_isError(rc))
		return unzstd_failed(u, rc, err);
	f->in += in.pos;
	f->in_left -= in.pos;
	f->out += out.pos;
	f->out_left -= out.pos;
	return rc == 0;
}

static int
unzstd_whole(struct unzstd *u, const void *data, size_t len, struct mq_buf *out,
    struct mq_err *err)
{
	size_t n;

	if (mq_buf_reserve(out, MQ_DECOMPRESSED_MAX) == -1)
		return mq_fail_memory(err);
	n = u->zstd.ZSTD_decompressDCtx(u->context, out->data + out->len,
	    MQ_DECOMPRESSED_MAX, data, len);
	if (u->zstd.ZSTD_isError(n))
		return unzstd_failed(u, n, err);
	out->len += n;
	return 0;
}

static int
zstd_decompress(void *const *lib, const void *data, size_t len,
    struct mq_buf *out, struct mq_err *err)
{
	struct unzstd u = { .wide = 0 };
	size_t start = out->len;
	int rc;

	(void)memcpy(&u.zstd, lib, sizeof(u.zstd));
	if ((u.context = u.zstd.ZSTD_createDCtx()) == NULL)
		return mq_fail_memory(err);
	/* Within the bounds of this parameter it cannot fail. */
	(void)u.zstd.ZSTD_DCtx_setParameter(u.context, ZSTD_d_windowLogMax,
	    WINDOW_LOG);
	rc = mq_codec_drain(unzstd_step, &u, data, len, out, err);
	if (rc == -1 && u.wide) {
		out->len = start;
		rc = unzstd_whole(&u, data, len, out, err);
	}
	(void)u.zstd.ZSTD_freeDCtx(u.context);
	return rc;
}

const struct mq_codec_ops mq_codec_zstd = {
	.name = "zstd",
	.soname = "libzstd.so.1",
	.symbols = { SYMBOLS(MQ_CODEC_NAME) },
	.compress = zstd_compress,
	.decompress = zstd_decompress,
};
