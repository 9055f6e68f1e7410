/* SPDX-License-Identifier: ISC */
/* gzip (RFC 1952), with zlib. */
#include "record/codec.h"

#include <assert.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/fail.h"

#define GZIP_WINDOW (15 + 16) /* zlib's largest window; 16: gzip's wrapper */
#define GZIP_MEMORY 8	      /* deflate's default */

/* clang-format off */
#define SYMBOLS(X)							\
	X(deflateInit2_) X(deflateBound) X(deflate) X(deflateEnd)	\
	X(inflateInit2_) X(inflate) X(inflateReset) X(inflateEnd)
/* clang-format on */

struct zlib {
	SYMBOLS(MQ_CODEC_FIELD)
};
static_assert(sizeof(struct zlib) <= MQ_CODEC_SYMBOLS * sizeof(void *),
    "too many symbols");

struct gunzip {
	struct zlib zlib;
	z_stream z;
};

static int
gzip_compress(void *const *lib, const void *data, size_t len,
    struct mq_buf *out, struct mq_err *err)
{
	struct zlib zlib;
	z_stream z;
	size_t room;
	int rc = Z_MEM_ERROR;

	(void)memcpy(&zlib, lib, sizeof(zlib));
	(void)memset(&z, 0, sizeof(z));
	if (zlib.deflateInit2_(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
		GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
		(int)sizeof(z)) != Z_OK)
		return mq_fail_memory(err);
	room = zlib.deflateBound(&z, (uLong)len);
	if (mq_buf_reserve(out, room) == 0) {
		z.next_in = data;
		z.avail_in = (uInt)len;
		z.next_out = out->data + out->len;
		z.avail_out = (uInt)room;
		rc = zlib.deflate(&z, Z_FINISH);
		out->len += room - z.avail_out;
	}
	(void)zlib.deflateEnd(&z);
	/* With room for the bound it cannot stop earlier. */
	return rc == Z_STREAM_END ? 0 : mq_fail_memory(err);
}

static int
gunzip_step(void *arg, struct mq_codec_flow *f, struct mq_err *err)
{
	struct gunzip *g = arg;
	int rc;

	g->z.next_in = f->in;
	g->z.avail_in = (uInt)f->in_left;
	g->z.next_out = f->out;
	g->z.avail_out = (uInt)f->out_left;
	rc = g->zlib.inflate(&g->z, Z_NO_FLUSH);
	f->in = g->z.next_in;
	f->in_left = g->z.avail_in;
	f->out = g->z.next_out;
	f->out_left = g->z.avail_out;
	switch (rc) {
	case Z_STREAM_END:
		/* Another member may follow (RFC 1952, 2.2). */
		(void)g->zlib.inflateReset(&g->z);
		return 1;
	case Z_OK:
	case Z_BUF_ERROR: /* nothing moved: the caller sees that */
		return 0;
	case Z_MEM_ERROR:
		return mq_fail_memory(err);
	default:
		return mq_fail(err, MQ_CORRUPT_MESSAGE, "%s",
		    g->z.msg != NULL ? g->z.msg : "invalid stream");
	}
}

static int
gzip_decompress(void *const *lib, const void *data, size_t len,
    struct mq_buf *out, struct mq_err *err)
{
	struct gunzip g;
	int rc;

	(void)memset(&g, 0, sizeof(g));
	(void)memcpy(&g.zlib, lib, sizeof(g.zlib));
	if (g.zlib.inflateInit2_(&g.z, GZIP_WINDOW, ZLIB_VERSION,
		(int)sizeof(g.z)) != Z_OK)
		return mq_fail_memory(err);
	rc = mq_codec_drain(gunzip_step, &g, data, len, out, err);
	(void)g.zlib.inflateEnd(&g.z);
	return rc;
}

const struct mq_codec_ops mq_codec_gzip = {
	.name = "gzip",
	.soname = "libz.so.1",
	.symbols = { SYMBOLS(MQ_CODEC_NAME) },
	.compress = gzip_compress,
	.decompress = gzip_decompress,
};
