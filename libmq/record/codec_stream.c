/* SPDX-License-Identifier: ISC */
/*
 * The loop under gzip, lz4 and zstd.  The output grows as it is filled and
 * never past MQ_DECOMPRESSED_MAX: at that size one spare byte tells the end of
 * the stream from a bomb.
 */
#include "record/codec.h"

#include "base/fail.h"
#include "record/compress.h"

#define ROOM ((size_t)16 << 10) /* offered at the least, below the limit */

int
mq_codec_too_short(struct mq_err *err)
{
	return mq_fail(err, MQ_CORRUPT_MESSAGE, "its end is missing");
}

int
mq_codec_too_much(struct mq_err *err)
{
	return mq_fail(err, MQ_CORRUPT_MESSAGE,
	    "it decompresses to more than %u bytes", MQ_DECOMPRESSED_MAX);
}

static int
offer(struct mq_codec_flow *f, struct mq_buf *out, size_t made, uint8_t *spare)
{
	size_t left = MQ_DECOMPRESSED_MAX - made;

	if (left == 0) {
		f->out = spare;
		f->out_left = 1;
		return 0;
	}
	if (mq_buf_reserve(out, left < ROOM ? left : ROOM) == -1)
		return -1;
	f->out = out->data + out->len;
	f->out_left = out->cap - out->len;
	if (f->out_left > left)
		f->out_left = left;
	return 0;
}

int
mq_codec_drain(int (*step)(void *, struct mq_codec_flow *, struct mq_err *),
    void *arg, const void *data, size_t len, struct mq_buf *out,
    struct mq_err *err)
{
	struct mq_codec_flow f = { data, len, NULL, 0 };
	size_t made = 0, given, room;
	uint8_t spare;
	int ended;

	if (len == 0)
		return mq_codec_too_short(err);
	for (;;) {
		if (offer(&f, out, made, &spare) == -1)
			return mq_fail_memory(err);
		given = f.in_left;
		room = f.out_left;
		if ((ended = step(arg, &f, err)) == -1)
			return -1;
		made += room - f.out_left;
		if (made > MQ_DECOMPRESSED_MAX)
			return mq_codec_too_much(err);
		out->len += room - f.out_left;
		if (ended && f.in_left == 0)
			return 0;
		if (f.in_left == given && f.out_left == room)
			return mq_codec_too_short(err);
	}
}
