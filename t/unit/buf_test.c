/* SPDX-License-Identifier: ISC */
/* A buffer keeps its bytes while it grows, and when it cannot. */
#include "base/buf.h"

#include "test.h"

static int
empty(void)
{
	struct mq_buf b = { 0 };

	CHECK(mq_buf_append(&b, NULL, 0) == 0);
	CHECK(mq_buf_reserve(&b, 0) == 0);
	CHECK(b.data == NULL && b.len == 0);
	mq_buf_consume(&b, 0);
	mq_buf_free(&b);
	mq_buf_free(&b);
	return 0;
}

static int
grows(void)
{
	struct mq_buf b = { 0 };
	size_t i;
	uint8_t c;

	for (i = 0; i < 100000; i++) {
		c = (uint8_t)(i % 251);
		CHECK(mq_buf_append(&b, &c, 1) == 0);
		CHECK(b.len == i + 1 && b.len <= b.cap);
	}
	for (i = 0; i < b.len; i++)
		CHECK(b.data[i] == i % 251);
	mq_buf_free(&b);
	CHECK(b.data == NULL && b.len == 0 && b.cap == 0);
	return 0;
}

static int
reserves(void)
{
	struct mq_buf b = { 0 };
	uint8_t *data;

	CHECK(mq_buf_append(&b, "ab", 2) == 0);
	CHECK(mq_buf_reserve(&b, 5000) == 0);
	CHECK(b.len == 2 && b.cap - b.len >= 5000);
	data = b.data;
	CHECK(mq_buf_reserve(&b, 5000) == 0 && b.data == data);
	CHECK(memcmp(b.data, "ab", 2) == 0);
	mq_buf_free(&b);
	/* A power of two is not doubled. */
	CHECK(mq_buf_reserve(&b, 4096) == 0 && b.cap == 4096);
	mq_buf_free(&b);
	return 0;
}

static int
too_much(void)
{
	struct mq_buf b = { 0 };

	CHECK(mq_buf_append(&b, "kept", 4) == 0);
	CHECK(mq_buf_reserve(&b, SIZE_MAX) == -1);
	CHECK(mq_buf_reserve(&b, SIZE_MAX - 4) == -1);
	CHECK(mq_buf_reserve(&b, SIZE_MAX / 2) == -1);
	CHECK(b.len == 4 && memcmp(b.data, "kept", 4) == 0);
	mq_buf_free(&b);
	return 0;
}

static int
prints(void)
{
	struct mq_buf b = { 0 };
	char wide[2000];
	int i;

	CHECK(mq_buf_printf(&b, "%s=%d", "retries", 5) == 0);
	CHECK(b.len == 9 && memcmp(b.data, "retries=5", 9) == 0);
	CHECK(mq_buf_printf(&b, "%s", "") == 0 && b.len == 9);
	(void)memset(wide, 'x', sizeof(wide));
	wide[sizeof(wide) - 1] = '\0';
	for (i = 0; i < 10; i++)
		CHECK(mq_buf_printf(&b, "%s", wide) == 0);
	CHECK(b.len == 9 + 10 * (sizeof(wide) - 1));
	CHECK(memcmp(b.data, "retries=5xxx", 12) == 0);
	mq_buf_free(&b);
	/* The NUL that printf puts needs its place as well. */
	CHECK(mq_buf_printf(&b, "%256s", "") == 0);
	CHECK(b.len == 256 && b.cap > 256);
	mq_buf_free(&b);
	return 0;
}

static int
consumes(void)
{
	struct mq_buf b = { 0 };

	CHECK(mq_buf_append(&b, "0123456789", 10) == 0);
	mq_buf_consume(&b, 0);
	CHECK(b.len == 10);
	mq_buf_consume(&b, 4);
	CHECK(b.len == 6 && memcmp(b.data, "456789", 6) == 0);
	CHECK(mq_buf_append(&b, "ab", 2) == 0);
	CHECK(b.len == 8 && memcmp(b.data, "456789ab", 8) == 0);
	mq_buf_consume(&b, 8);
	CHECK(b.len == 0);
	mq_buf_free(&b);
	return 0;
}

int
main(void)
{
	RUN(empty, "an empty buffer needs no memory");
	RUN(grows, "what is appended stays while it grows");
	RUN(reserves, "room is made once, and not more than doubled");
	RUN(too_much, "what no memory can hold is refused, the rest stays");
	RUN(prints, "text is appended without its NUL");
	RUN(consumes, "bytes are taken from the front");
	return test_done();
}
