/* SPDX-License-Identifier: ISC */
/*
 * Decodes anything as the records of a batch.  What decodes is encoded again,
 * and must then decode to the same.
 */
#include "record/wire.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int ok)
{
	if (!ok)
		abort();
}

static void
same_bytes(const struct mq_bytes *a, const struct mq_bytes *b)
{
	must((a->data == NULL) == (b->data == NULL));
	must(a->len == b->len);
	must(a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void
same(const struct mq_record *a, const struct mq_record *b)
{
	size_t i;

	must(a->timestamp == b->timestamp && a->offset == b->offset);
	same_bytes(&a->key, &b->key);
	same_bytes(&a->value, &b->value);
	must(a->header_count == b->header_count);
	for (i = 0; i < a->header_count; i++) {
		must(a->headers[i].name.data != NULL);
		same_bytes(&a->headers[i].name, &b->headers[i].name);
		same_bytes(&a->headers[i].value, &b->headers[i].value);
	}
}

static void
again(const struct mq_record *r)
{
	size_t body = mq_wire_size(r, r->timestamp, (int32_t)r->offset);
	size_t whole = mq_varint_size((int64_t)body) + body;
	struct mq_wire_headers hs = { 0 };
	struct mq_buf b = { 0 };
	struct mq_record got;
	struct mq_cursor c;
	struct mq_err err;
	uint8_t *end;

	must(mq_buf_reserve(&b, body + MQ_VARINT_MAX) == 0);
	end = mq_wire_put(b.data, r, body, r->timestamp, (int32_t)r->offset);
	must(end == b.data + whole);
	mq_cursor_init(&c, b.data, whole);
	must(mq_wire_get(&c, &hs, &got, &err) == 0);
	must(mq_cursor_left(&c) == 0);
	same(r, &got);
	mq_wire_headers_free(&hs);
	mq_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mq_wire_headers hs = { 0 };
	struct mq_record r;
	struct mq_cursor c;
	struct mq_err err;

	mq_cursor_init(&c, data, len);
	while (mq_cursor_left(&c) != 0 && mq_wire_get(&c, &hs, &r, &err) == 0)
		again(&r);
	mq_wire_headers_free(&hs);
	return 0;
}
