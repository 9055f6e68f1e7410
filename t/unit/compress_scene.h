/* SPDX-License-Identifier: ISC */
/* What the tests of compression do with bytes. */
#ifndef COMPRESS_SCENE_H
#define COMPRESS_SCENE_H

#include "record/compress.h"

/* Bytes that no codec makes smaller; the same every time. */
void compress_noise(uint8_t *, size_t len);
/* mq_decompress, and err holds nothing from before. */
int compress_unpack(int codec, const void *, size_t len, struct mq_buf *out,
    struct mq_err *);
/* out is a's bytes with b's behind them: 0 or -1. */
int compress_join(struct mq_buf *out, const void *a, size_t a_len,
    const void *b, size_t b_len);

#endif
