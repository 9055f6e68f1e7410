/* SPDX-License-Identifier: ISC */
/*
 * Decompresses anything: the first byte is the codec, the rest its input.  It
 * must not crash, stay below the limit, and leave the output as it was when it
 * fails; what it gives must survive being compressed again.
 */
#include "record/compress.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int ok)
{
	if (!ok)
		abort();
}

static void
again(enum mq_codec codec, const struct mq_buf *plain)
{
	struct mq_buf packed = { 0 }, out = { 0 };
	struct mq_err err;

	must(mq_compress(codec, plain->data + 5, plain->len - 5, &packed,
		 &err) == 0);
	must(mq_decompress(codec, packed.data, packed.len, &out, &err) == 0);
	must(out.len == plain->len - 5);
	must(out.len == 0 || memcmp(out.data, plain->data + 5, out.len) == 0);
	mq_buf_free(&packed);
	mq_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mq_buf out = { 0 };
	struct mq_err err = { .code = MQ_NONE };
	enum mq_codec codec;

	if (len == 0)
		return 0;
	codec = (enum mq_codec)(data[0] & 7);
	must(mq_buf_append(&out, "front", 5) == 0);
	if (mq_decompress(codec, data + 1, len - 1, &out, &err) == -1) {
		must(out.len == 5);
		must(err.code ==
		    (mq_codec_name((int)codec) != NULL ?
			    MQ_CORRUPT_MESSAGE :
			    MQ_UNSUPPORTED_COMPRESSION_TYPE));
	} else {
		must(out.len - 5 <= MQ_DECOMPRESSED_MAX);
		again(codec, &out);
	}
	must(memcmp(out.data, "front", 5) == 0);
	mq_buf_free(&out);
	return 0;
}
