/* SPDX-License-Identifier: ISC */
#include "compress_scene.h"

#include <string.h>

void
compress_noise(uint8_t *p, size_t len)
{
	uint64_t x = 0x9e3779b97f4a7c15;

	for (; len != 0; p++, len--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		*p = (uint8_t)(x >> 32);
	}
}

int
compress_unpack(int codec, const void *data, size_t len, struct mq_buf *out,
    struct mq_err *err)
{
	(void)memset(err, 0, sizeof(*err));
	return mq_decompress((enum mq_codec)codec, data, len, out, err);
}

int
compress_join(struct mq_buf *out, const void *a, size_t a_len, const void *b,
    size_t b_len)
{
	out->len = 0;
	return mq_buf_append(out, a, a_len) == -1 ?
	    -1 :
	    mq_buf_append(out, b, b_len);
}
