/* SPDX-License-Identifier: ISC */
/*
 * A growing run of bytes.  Zero-initialised is empty.  Appending returns 0, or
 * -1 when memory is out; what was there stays.
 */
#ifndef MQ_BUF_H
#define MQ_BUF_H

#include <stddef.h>
#include <stdint.h>

struct mq_buf {
	uint8_t *data;
	size_t len;
	size_t cap;
};

/* Makes room for `more` bytes behind len. */
int mq_buf_reserve(struct mq_buf *, size_t more);
int mq_buf_append(struct mq_buf *, const void *, size_t);
int mq_buf_printf(struct mq_buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Drops the first n bytes. */
void mq_buf_consume(struct mq_buf *, size_t n);
void mq_buf_free(struct mq_buf *);

#endif
