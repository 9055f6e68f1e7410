/* SPDX-License-Identifier: ISC */
#include "record/wire.h"

#include <stdlib.h>

#include "base/fail.h"

static inline size_t
bytes_size(const struct mq_bytes *b)
{
	if (b->data == NULL)
		return 1; /* -1 */
	return mq_varint_size((int64_t)b->len) + b->len;
}

static size_t
headers_size(const struct mq_record *r)
{
	size_t size = 0, i;

	for (i = 0; i < r->header_count; i++)
		size += bytes_size(&r->headers[i].name) +
		    bytes_size(&r->headers[i].value);
	return size;
}

size_t
mq_wire_size(const struct mq_record *r, int64_t timestamp_delta,
    int32_t offset_delta)
{
	size_t size = 1;

	size += mq_varint_size(timestamp_delta);
	size += mq_varint_size(offset_delta);
	size += bytes_size(&r->key) + bytes_size(&r->value);
	size += mq_varint_size((int64_t)r->header_count);
	if (r->header_count != 0)
		size += headers_size(r);
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

/*
 * A length and its bytes; -1 is null.  As the whole of the decoder it hands
 * the position on by value: NULL once something did not fit.
 */
static inline const uint8_t *
get_bytes(const uint8_t *p, const uint8_t *end, struct mq_bytes *b)
{
	int64_t len;

	b->data = NULL;
	b->len = 0;
	if (p == NULL || (p = mq_get_varint(p, end, &len)) == NULL)
		return NULL;
	if (len < 0)
		return len == -1 ? p : NULL;
	if (len > end - p)
		return NULL;
	b->data = p;
	b->len = (size_t)len;
	return p + len;
}

/* NULL; where more than a misfit is to be told, with err set. */
static const uint8_t *
get_headers(const uint8_t *p, const uint8_t *end, int64_t count,
    struct mq_wire_headers *hs, struct mq_record *r, struct mq_err *err)
{
	struct mq_header *more;
	size_t i, n;

	/* A header takes two bytes at the least. */
	if (count < 0 || count > (end - p) / 2) {
		(void)mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "a record counts %lld headers", (long long)count);
		return NULL;
	}
	n = (size_t)count;
	if (n > hs->cap) {
		more = reallocarray(hs->header, n, sizeof(*more));
		if (more == NULL) {
			(void)mq_fail_memory(err);
			return NULL;
		}
		hs->header = more;
		hs->cap = n;
	}
	for (i = 0; i < n && p != NULL; i++) {
		p = get_bytes(p, end, &hs->header[i].name);
		p = get_bytes(p, end, &hs->header[i].value);
		if (hs->header[i].name.data == NULL)
			return NULL;
	}
	r->headers = hs->header;
	r->header_count = n;
	return p;
}

/* The fields that fill a record's length. */
static inline const uint8_t *
get_fields(const uint8_t *p, const uint8_t *end, struct mq_wire_headers *hs,
    struct mq_record *r, struct mq_err *err)
{
	int64_t count;

	if (p == end)
		return NULL;
	p++; /* attributes: none are defined */
	if ((p = mq_get_varint(p, end, &r->timestamp)) == NULL ||
	    (p = mq_get_varint(p, end, &r->offset)) == NULL ||
	    r->offset != (int32_t)r->offset)
		return NULL;
	p = get_bytes(p, end, &r->key);
	p = get_bytes(p, end, &r->value);
	if (p == NULL || (p = mq_get_varint(p, end, &count)) == NULL)
		return NULL;
	r->headers = NULL;
	r->header_count = 0;
	if (count == 0)
		return p;
	return get_headers(p, end, count, hs, r, err);
}

int
mq_wire_get(struct mq_cursor *c, struct mq_wire_headers *hs,
    struct mq_record *r, struct mq_err *err)
{
	const uint8_t *p, *end;
	int64_t len;

	p = mq_get_varint(c->at, c->end, &len);
	if (p == NULL || len < 0 || len > c->end - p)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "a record's length runs out of its batch");
	end = p + len;
	err->code = MQ_NONE;
	if (get_fields(p, end, hs, r, err) != end)
		return err->code != MQ_NONE ?
		    -1 :
		    mq_fail(err, MQ_CORRUPT_MESSAGE,
			"a record's fields do not fill its length");
	c->at = end;
	return 0;
}

void
mq_wire_headers_free(struct mq_wire_headers *hs)
{
	free(hs->header);
	hs->header = NULL;
	hs->cap = 0;
}
