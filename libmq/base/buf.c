/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
mq_buf_reserve(struct mq_buf *b, size_t more)
{
	size_t cap = b->cap != 0 ? b->cap : 256;
	uint8_t *data;

	if (more <= b->cap - b->len)
		return 0;
	if (more > SIZE_MAX / 2 - b->len)
		return -1;
	while (cap - b->len < more)
		cap *= 2;
	if ((data = realloc(b->data, cap)) == NULL)
		return -1;
	b->data = data;
	b->cap = cap;
	return 0;
}

int
mq_buf_append(struct mq_buf *b, const void *data, size_t len)
{
	if (len == 0)
		return 0;
	if (mq_buf_reserve(b, len) == -1)
		return -1;
	(void)memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

int
mq_buf_printf(struct mq_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || mq_buf_reserve(b, (size_t)n + 1) == -1)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void
mq_buf_consume(struct mq_buf *b, size_t n)
{
	b->len -= n;
	if (b->len != 0)
		(void)memmove(b->data, b->data + n, b->len);
}

void
mq_buf_free(struct mq_buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
}
