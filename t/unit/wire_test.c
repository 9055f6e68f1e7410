/* SPDX-License-Identifier: ISC */
/* A record is read back as it was written, and nothing else is a record. */
#include "record/wire.h"

#include <stdlib.h>

#include "base/buf.h"
#include "test.h"

#define LARGE	((size_t)3 << 20)
#define GUARD	0xa5
#define GUARDED 16

static int
same_bytes(const struct mq_bytes *a, const struct mq_bytes *b)
{
	if (a->data == NULL || b->data == NULL)
		return a->data == b->data;
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static int
same(const struct mq_record *a, const struct mq_record *b)
{
	size_t i;

	if (!same_bytes(&a->key, &b->key) || !same_bytes(&a->value, &b->value))
		return 0;
	if (a->header_count != b->header_count)
		return 0;
	for (i = 0; i < a->header_count; i++)
		if (!same_bytes(&a->headers[i].name, &b->headers[i].name) ||
		    !same_bytes(&a->headers[i].value, &b->headers[i].value))
			return 0;
	return 1;
}

/* Writes r at the end of b, with its timestamp and offset as the deltas. */
static int
put(struct mq_buf *b, const struct mq_record *r)
{
	size_t body = mq_wire_size(r, r->timestamp, (int32_t)r->offset), i;
	size_t whole = mq_varint_size((int64_t)body) + body;
	uint8_t *p;

	CHECK(mq_buf_reserve(b, body + MQ_VARINT_MAX + GUARDED) == 0);
	p = b->data + b->len;
	(void)memset(p + whole, GUARD, GUARDED);
	CHECK(mq_wire_put(p, r, body, r->timestamp, (int32_t)r->offset) ==
	    p + whole);
	for (i = 0; i < GUARDED; i++)
		CHECK(p[whole + i] == GUARD);
	b->len += whole;
	return 0;
}

/* The bytes in a block of their own: ASan sees a read behind them. */
static int
get_exactly(const uint8_t *data, size_t len, struct mq_record *r,
    struct mq_err *err)
{
	struct mq_wire_headers hs = { 0 };
	struct mq_cursor c;
	uint8_t *copy = malloc(len != 0 ? len : 1);
	int rc;

	if (copy == NULL)
		abort();
	if (len != 0)
		(void)memcpy(copy, data, len);
	mq_cursor_init(&c, copy, len);
	rc = mq_wire_get(&c, &hs, r, err);
	mq_wire_headers_free(&hs);
	free(copy);
	return rc;
}

static int
round_trip(const struct mq_record *r)
{
	struct mq_wire_headers hs = { 0 };
	struct mq_buf b = { 0 };
	struct mq_record got;
	struct mq_cursor c;
	struct mq_err err;

	(void)memset(&got, 0x55, sizeof(got));
	CHECK(put(&b, r) == 0);
	mq_cursor_init(&c, b.data, b.len);
	CHECK(mq_wire_get(&c, &hs, &got, &err) == 0);
	CHECK(mq_cursor_left(&c) == 0);
	CHECK(same(r, &got));
	CHECK(got.timestamp == r->timestamp && got.offset == r->offset);
	mq_wire_headers_free(&hs);
	mq_buf_free(&b);
	return 0;
}

static const struct mq_header some_headers[] = {
	{ BYTES("trace"), BYTES("00-4bf9\0-01") },
	{ BYTES(""), NOTHING },
	{ BYTES("trace"), BYTES("") },
};
static const struct mq_record full = {
	.timestamp = 1234,
	.offset = 7,
	.key = BYTES("order\0-17"),
	.value = BYTES("{\"total\": 3}\n"),
	.headers = some_headers,
	.header_count = 3,
};

static int
known_bytes(void)
{
	static const struct mq_header h = { BYTES("h"), NOTHING };
	struct mq_record r = { .timestamp = -1,
		.offset = 64,
		.headers = &h,
		.header_count = 1 };
	struct mq_buf b = { 0 };

	r.value.data = "va";
	r.value.len = 2;
	CHECK(put(&b, &r) == 0);
	CHECK(b.len == 13);
	CHECK(memcmp(b.data,
		  "\x18"       /* 12 bytes follow */
		  "\x00\x01"   /* attributes, timestamp delta -1 */
		  "\x80\x01"   /* offset delta 64 */
		  "\x01\x04va" /* null key, value */
		  "\x02\x02h\x01" /* one header, its value null */,
		  b.len) == 0);
	mq_buf_free(&b);
	return 0;
}

static int
kinds_of_fields(void)
{
	static const struct mq_bytes kinds[] = { NOTHING, BYTES(""),
		BYTES("\0"), BYTES("a\0b"), BYTES("line\n") };
	static const size_t n = sizeof(kinds) / sizeof(kinds[0]);
	struct mq_record r = { 0 };
	struct mq_header h[2];
	size_t i, j;

	CHECK(round_trip(&full) == 0);
	CHECK(round_trip(&r) == 0);
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++) {
			r.key = kinds[i];
			r.value = kinds[j];
			r.header_count = 0;
			CHECK(round_trip(&r) == 0);
			h[0].name = h[1].name = kinds[i == 0 ? 1 : i];
			h[0].value = kinds[j];
			h[1].value = kinds[n - 1 - j];
			r.headers = h;
			r.header_count = 2;
			CHECK(round_trip(&r) == 0);
		}
	return 0;
}

static int
large_fields(void)
{
	struct mq_header *h;
	struct mq_record r = { .timestamp = INT64_MIN, .offset = INT32_MAX };
	char *big = malloc(LARGE);
	size_t i;

	CHECK(big != NULL);
	for (i = 0; i < LARGE; i++)
		big[i] = (char)(i * 31 >> 3);
	r.key.data = r.value.data = big;
	r.key.len = LARGE;
	r.value.len = LARGE - 1;
	CHECK((h = calloc(5000, sizeof(*h))) != NULL);
	for (i = 0; i < 5000; i++) {
		h[i].name.data = h[i].value.data = big + i;
		h[i].name.len = i % 130;
		h[i].value.len = i;
	}
	r.headers = h;
	r.header_count = 5000;
	CHECK(round_trip(&r) == 0);
	r.timestamp = INT64_MAX;
	r.offset = INT32_MIN;
	CHECK(round_trip(&r) == 0);
	free(h);
	free(big);
	return 0;
}

static int
one_after_another(void)
{
	struct mq_record bare = { .offset = 1 }, got;
	struct mq_wire_headers hs = { 0 };
	struct mq_buf b = { 0 };
	struct mq_cursor c;
	struct mq_err err;
	int i;

	for (i = 0; i < 3; i++)
		CHECK(put(&b, &full) == 0 && put(&b, &bare) == 0);
	mq_cursor_init(&c, b.data, b.len);
	for (i = 0; i < 3; i++) {
		CHECK(mq_wire_get(&c, &hs, &got, &err) == 0);
		CHECK(same(&full, &got));
		CHECK(mq_wire_get(&c, &hs, &got, &err) == 0);
		CHECK(same(&bare, &got));
	}
	CHECK(mq_wire_get(&c, &hs, &got, &err) == -1);
	CHECK(err.code == MQ_CORRUPT_MESSAGE);
	mq_wire_headers_free(&hs);
	mq_wire_headers_free(&hs);
	mq_buf_free(&b);
	return 0;
}

static int
cut_anywhere(void)
{
	struct mq_buf b = { 0 };
	struct mq_record got;
	struct mq_err err;
	size_t cut, body;
	uint8_t *p;

	CHECK(put(&b, &full) == 0);
	CHECK(b.data[0] < 0x80); /* a length of one byte */
	for (cut = 0; cut < b.len; cut++) {
		err.code = MQ_NONE;
		CHECK(get_exactly(b.data, cut, &got, &err) == -1);
		CHECK(err.code == MQ_CORRUPT_MESSAGE);
	}
	/* The same with a length that agrees: the fields are cut. */
	p = b.data;
	body = b.len - 1;
	for (cut = 0; cut < body; cut++) {
		p[0] = (uint8_t)(cut * 2);
		CHECK(get_exactly(p, 1 + cut, &got, &err) == -1);
		CHECK(err.code == MQ_CORRUPT_MESSAGE);
	}
	mq_buf_free(&b);
	return 0;
}

static int
bad(const char *bytes, size_t len)
{
	struct mq_record got;
	struct mq_err err = { .code = MQ_NONE };

	CHECK(get_exactly((const uint8_t *)bytes, len, &got, &err) == -1);
	CHECK(err.code == MQ_CORRUPT_MESSAGE);
	return 0;
}
#define BAD(s) CHECK(bad(s, sizeof(s) - 1) == 0)

static int
lying_lengths(void)
{
	BAD("\x01");			 /* record: -1 */
	BAD("\x03\0\0\0\1\1\0");	 /* record: -2 */
	BAD("\xff\xff\xff\xff\x0f\0\0"); /* record: INT32_MIN */
	BAD("\xfe\xff\xff\xff\x0f\0\0"); /* record: INT32_MAX */
	BAD("\x80\x80\x80\x80\x10\0\0"); /* record: 2^31 */
	BAD("\x0e\0\0\0\1\1\0");	 /* record: one too many */
	BAD("\x0a\0\0\0\1\1\0");	 /* record: one too few */
	BAD("\x0c\0\0\0\3\1\0");	 /* key: -2 */
	BAD("\x0c\0\0\0\x02\1\0");	 /* key: takes the value's byte */
	BAD("\x0c\0\0\0\x7e\1\0");	 /* key: 63 */
	BAD("\x14\0\0\0\xfe\xff\xff\xff\x0f\1\0"); /* key: INT32_MAX */
	BAD("\x0c\0\0\0\1\3\0");		   /* value: -2 */
	BAD("\x0c\0\0\0\1\4\0");		   /* value: 2 */
	BAD("\x0e\0\0\0\1\1\0\0"); /* a byte behind the headers */
	BAD("\x14\0\0\x80\x80\x80\x80\x10\1\1\0"); /* offset delta: 2^31 */
	return 0;
}

static int
lying_header_counts(void)
{
	BAD("\x0c\0\0\0\1\1\1");		   /* -1 */
	BAD("\x0c\0\0\0\1\1\2");		   /* 1, nothing there */
	BAD("\x0e\0\0\0\1\1\2\0");		   /* 1, without its value */
	BAD("\x10\0\0\0\1\1\4\0\1");		   /* 2, one there */
	BAD("\x10\0\0\0\1\1\2\1\1");		   /* a null name */
	BAD("\x10\0\0\0\1\1\2\3\1");		   /* a name of -2 */
	BAD("\x10\0\0\0\1\1\2\0\3");		   /* a value of -2 */
	BAD("\x10\0\0\0\1\1\2\x7e\1");		   /* a name of 63 */
	BAD("\x14\0\0\0\1\1\xfe\xff\xff\xff\x0f"); /* INT32_MAX */
	BAD("\x14\0\0\0\1\1\xff\xff\xff\xff\x0f"); /* INT32_MIN */
	return 0;
}

/* One header more than bytes for it: no memory is taken. */
static int
lying_count_takes_nothing(void)
{
	static const uint8_t b[] = { 0x14, 0, 0, 0, 1, 1, 6, 0, 1, 0, 1 };
	struct mq_wire_headers hs = { 0 };
	struct mq_record got;
	struct mq_cursor c;
	struct mq_err err;

	mq_cursor_init(&c, b, sizeof(b));
	CHECK(mq_wire_get(&c, &hs, &got, &err) == -1);
	CHECK(err.code == MQ_CORRUPT_MESSAGE);
	CHECK(hs.header == NULL && hs.cap == 0);
	return 0;
}

/* A count that the bytes could just hold, over bytes that are no headers. */
static int
lying_count_is_cheap(void)
{
	struct mq_wire_headers hs = { NULL, LARGE / 2 };
	struct mq_header untouched = { BYTES("as"), BYTES("before") };
	struct mq_buf b = { 0 };
	struct mq_record got;
	struct mq_cursor c;
	struct mq_err err;
	uint8_t *p;

	CHECK((hs.header = calloc(hs.cap, sizeof(*hs.header))) != NULL);
	hs.header[hs.cap - 1] = untouched;
	CHECK(mq_buf_reserve(&b, LARGE + 20) == 0);
	(void)memset(b.data, 0x03, b.cap);
	p = mq_put_varint(b.data, (int64_t)(5 + 4 + LARGE));
	(void)memcpy(p, "\0\0\0\1\1", 5);
	p = mq_put_varint(p + 5, (int64_t)hs.cap);
	mq_cursor_init(&c, b.data, (size_t)(p - b.data) + LARGE);
	CHECK(mq_wire_get(&c, &hs, &got, &err) == -1);
	CHECK(err.code == MQ_CORRUPT_MESSAGE);
	CHECK(
	    memcmp(&hs.header[hs.cap - 1], &untouched, sizeof(untouched)) == 0);
	mq_wire_headers_free(&hs);
	mq_buf_free(&b);
	return 0;
}

/* Whatever else changed bytes are, they are read within bounds. */
static int
any_byte_changed(void)
{
	struct mq_buf b = { 0 };
	struct mq_record got;
	struct mq_err err;
	size_t i;
	int bit;

	CHECK(put(&b, &full) == 0);
	for (i = 0; i < b.len; i++)
		for (bit = 0; bit < 8; bit++) {
			b.data[i] ^= (uint8_t)(1 << bit);
			if (get_exactly(b.data, b.len, &got, &err) == -1)
				CHECK(err.code == MQ_CORRUPT_MESSAGE);
			b.data[i] ^= (uint8_t)(1 << bit);
		}
	mq_buf_free(&b);
	return 0;
}

int
main(void)
{
	RUN(known_bytes, "a record has the bytes of Kafka's documentation");
	RUN(kinds_of_fields, "null, empty and NULs are told apart");
	RUN(large_fields, "large fields and many headers come back");
	RUN(one_after_another, "records stand one behind the other");
	RUN(cut_anywhere, "a record cut at any byte is refused");
	RUN(lying_lengths, "lengths that lie are refused");
	RUN(lying_header_counts, "header counts that lie are refused");
	RUN(lying_count_takes_nothing,
	    "a count that cannot be takes no memory");
	RUN(lying_count_is_cheap, "a large count over rubbish costs nothing");
	RUN(any_byte_changed, "a flipped bit is never read out of bounds");
	return test_done();
}
