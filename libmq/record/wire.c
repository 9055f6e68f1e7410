/* SPDX-License-Identifier: ISC */
#include "record/wire.h"

#include <stdlib.h>

#include "base/fail.h"

static size_t
bytes_size(const struct mq_bytes *b)
{
	if (b->data == NULL)
		return 1; /* -1 */
	return mq_varint_size((int64_t)b->len) + b->len;
}

size_t
mq_wire_size(const struct mq_record *r, int64_t timestamp_delta,
    int32_t offset_delta)
{
	size_t size = 1, i;

	size += mq_varint_size(timestamp_delta);
	size += mq_varint_size(offset_delta);
	size += bytes_size(&r->key) + bytes_size(&r->value);
	size += mq_varint_size((int64_t)r->header_count);
	for (i = 0; i < r->header_count; i++)
		size += bytes_size(&r->headers[i].name) +
		    bytes_size(&r->headers[i].value);
	return size;
}

static inline uint8_t *
put_bytes(uint8_t *p, const struct mq_bytes *b)
{
	if (b->data == NULL)
		return mq_put_varint(p, -1);
	p = mq_put_varint(p, (int64_t)b->len);
	(void)memcpy(p, b->data, b->len);
	return p + b->len;
}

uint8_t *
mq_wire_put(uint8_t *p, const struct mq_record *r, size_t body,
    int64_t timestamp_delta, int32_t offset_delta)
{
	size_t i;

	p = mq_put_varint(p, (int64_t)body);
	*p++ = 0; /* attributes: none are defined */
	p = mq_put_varint(p, timestamp_delta);
	p = mq_put_varint(p, offset_delta);
	p = put_bytes(p, &r->key);
	p = put_bytes(p, &r->value);
	p = mq_put_varint(p, (int64_t)r->header_count);
	for (i = 0; i < r->header_count; i++) {
		p = put_bytes(p, &r->headers[i].name);
		p = put_bytes(p, &r->headers[i].value);
	}
	return p;
}

/* A length and its bytes; -1 is null. */
static inline void
get_bytes(struct mq_cursor *c, struct mq_bytes *b)
{
	int32_t len = mq_cursor_varint(c);

	if (len < 0) {
		if (len != -1)
			c->bad = 1;
		b->data = NULL;
		b->len = 0;
		return;
	}
	b->len = (size_t)len;
	b->data = mq_cursor_bytes(c, b->len);
}

static int
get_headers(struct mq_cursor *c, struct mq_wire_headers *hs,
    struct mq_record *r, struct mq_err *err)
{
	struct mq_header *more;
	int32_t count = mq_cursor_varint(c);
	size_t i, n;

	r->headers = NULL;
	r->header_count = 0;
	if (count == 0 && !c->bad)
		return 0;
	/* A header takes two bytes at the least. */
	if (count < 0 || (n = (size_t)count) > mq_cursor_left(c) / 2)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "a record counts %d headers", (int)count);
	if (n > hs->cap) {
		more = reallocarray(hs->header, n, sizeof(*more));
		if (more == NULL)
			return mq_fail_memory(err);
		hs->header = more;
		hs->cap = n;
	}
	/* A count that lies does not get its memory touched. */
	for (i = 0; i < n && !c->bad; i++) {
		get_bytes(c, &hs->header[i].name);
		get_bytes(c, &hs->header[i].value);
		if (hs->header[i].name.data == NULL)
			c->bad = 1;
	}
	r->headers = hs->header;
	r->header_count = n;
	return 0;
}

int
mq_wire_get(struct mq_cursor *c, struct mq_wire_headers *hs,
    struct mq_record *r, struct mq_err *err)
{
	struct mq_cursor in;
	int32_t len = mq_cursor_varint(c);
	const uint8_t *p;

	if (c->bad || len < 0 || (p = mq_cursor_bytes(c, (size_t)len)) == NULL)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "a record's length runs out of its batch");
	mq_cursor_init(&in, p, (size_t)len);
	(void)mq_cursor_bytes(&in, 1); /* attributes: none are defined */
	r->timestamp = mq_cursor_varlong(&in);
	r->offset = mq_cursor_varint(&in);
	get_bytes(&in, &r->key);
	get_bytes(&in, &r->value);
	if (get_headers(&in, hs, r, err) == -1)
		return -1;
	if (in.bad || in.at != in.end)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "a record's fields do not fill its length");
	return 0;
}

void
mq_wire_headers_free(struct mq_wire_headers *hs)
{
	free(hs->header);
	hs->header = NULL;
	hs->cap = 0;
}
