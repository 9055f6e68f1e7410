/* SPDX-License-Identifier: ISC */
/*
 * LZ4's frame format, with liblz4.  Kafka's Java client decodes independent
 * blocks only, so these are what is written.
 */
#include "record/codec.h"

#include <assert.h>
#include <lz4frame.h>
#include <string.h>

#include "base/fail.h"

/* clang-format off */
#define SYMBOLS(X)							\
	X(LZ4F_compressFrameBound) X(LZ4F_compressFrame)		\
	X(LZ4F_createDecompressionContext)				\
	X(LZ4F_freeDecompressionContext)				\
	X(LZ4F_decompress) X(LZ4F_isError) X(LZ4F_getErrorName)
/* clang-format on */

struct lz4 {
	SYMBOLS(MQ_CODEC_FIELD)
};
static_assert(sizeof(struct lz4) <= MQ_CODEC_SYMBOLS * sizeof(void *),
    "too many symbols");

struct unlz4 {
	struct lz4 lz4;
	LZ4F_dctx *context;
};

static int
lz4_compress(void *const *lib, const void *data, size_t len, struct mq_buf *out,
    struct mq_err *err)
{
	struct lz4 lz4;
	LZ4F_preferences_t how;
	size_t room, n;

	(void)memcpy(&lz4, lib, sizeof(lz4));
	(void)memset(&how, 0, sizeof(how));
	how.frameInfo.blockMode = LZ4F_blockIndependent;
	room = lz4.LZ4F_compressFrameBound(len, &how);
	if (mq_buf_reserve(out, room) == -1)
		return mq_fail_memory(err);
	n = lz4.LZ4F_compressFrame(out->data + out->len, room, data, len, &how);
	/* With room for the bound only memory can fail. */
	if (lz4.LZ4F_isError(n))
		return mq_fail_memory(err);
	out->len += n;
	return 0;
}

static int
unlz4_step(void *arg, struct mq_codec_flow *f, struct mq_err *err)
{
	struct unlz4 *u = arg;
	size_t made = f->out_left, used = f->in_left, rc;
	const char *why;

	rc = u->lz4.LZ4F_decompress(u->context, f->out, &made, f->in, &used,
	    NULL);
	if (u->lz4.LZ4F_isError(rc)) {
		why = u->lz4.LZ4F_getErrorName(rc);
		if (strcmp(why, "ERROR_allocation_failed") == 0)
			return mq_fail_memory(err);
		return mq_fail(err, MQ_CORRUPT_MESSAGE, "%s", why);
	}
	f->in += used;
	f->in_left -= used;
	f->out += made;
	f->out_left -= made;
	return rc == 0;
}

static int
lz4_decompress(void *const *lib, const void *data, size_t len,
    struct mq_buf *out, struct mq_err *err)
{
	struct unlz4 u;
	int rc;

	(void)memcpy(&u.lz4, lib, sizeof(u.lz4));
	if (u.lz4.LZ4F_isError(u.lz4.LZ4F_createDecompressionContext(&u.context,
		LZ4F_VERSION)))
		return mq_fail_memory(err);
	rc = mq_codec_drain(unlz4_step, &u, data, len, out, err);
	(void)u.lz4.LZ4F_freeDecompressionContext(u.context);
	return rc;
}

const struct mq_codec_ops mq_codec_lz4 = {
	.name = "lz4",
	.soname = "liblz4.so.1",
	.symbols = { SYMBOLS(MQ_CODEC_NAME) },
	.compress = lz4_compress,
	.decompress = lz4_decompress,
};
