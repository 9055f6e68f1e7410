/* SPDX-License-Identifier: ISC */
/* Output arrives whole and in order, and what fails is kept. */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "scene.h"
#include "test.h"

/* Does the file hold exactly this? */
static int
holds(int fd, const char *want, size_t len)
{
	char *got = malloc(len + 1);
	ssize_t n = -1;
	int same;

	if (got != NULL)
		n = pread(fd, got, len + 1, 0);
	same = n == (ssize_t)len && memcmp(got, want, len) == 0;
	free(got);
	return same;
}

static int
test_memory(void)
{
	char *want = scene_pattern(1000000);
	struct out o;
	size_t i;

	out_init(&o, -1);
	CHECK(want != NULL && o.len == 0);
	for (i = 0; i < 1000000; i += 100)
		CHECK(out_write(&o, want + i, 100) == 0);
	CHECK(out_flush(&o) == 0);
	CHECK(o.len == 1000000 && memcmp(o.data, want, o.len) == 0);
	o.len = 0;
	CHECK(out_putc(&o, 'x') == 0 && o.len == 1 && o.data[0] == 'x');
	out_free(&o);
	CHECK(o.data == NULL && o.len == 0);
	free(want);
	return 0;
}

static int
test_nothing(void)
{
	struct out o;

	out_init(&o, -1);
	CHECK(out_write(&o, NULL, 0) == 0);
	CHECK(out_flush(&o) == 0);
	CHECK(out_reserve(&o, 0) != NULL);
	CHECK(o.len == 0);
	out_free(&o);
	out_free(&o);
	return 0;
}

static int
test_overflow(void)
{
	struct out o;

	out_init(&o, -1);
	CHECK(out_putc(&o, 'a') == 0);
	errno = 0;
	CHECK(out_reserve(&o, SIZE_MAX) == NULL && errno == ENOMEM);
	CHECK(o.len == 1 && o.data[0] == 'a');
	out_free(&o);
	return 0;
}

static int
test_held_back(void)
{
	int fd = scene_temporary();
	struct out o;

	out_init(&o, fd);
	CHECK(out_write(&o, "abc", 3) == 0);
	CHECK(holds(fd, "", 0));
	CHECK(out_flush(&o) == 0);
	CHECK(holds(fd, "abc", 3));
	CHECK(out_flush(&o) == 0);
	CHECK(holds(fd, "abc", 3));
	out_free(&o);
	(void)close(fd);
	return 0;
}

/* Sizes around the buffer's own, mixed with small ones. */
static int
test_sizes(void)
{
	static const size_t size[] = { 1, OUT_SIZE - 1, OUT_SIZE, OUT_SIZE + 1,
		100, 3 * OUT_SIZE, 7, OUT_SIZE / 2, OUT_SIZE / 2, 1 };
	char *want = scene_pattern(8 * OUT_SIZE);
	size_t i, at = 0;
	int fd = scene_temporary();
	struct out o;

	out_init(&o, fd);
	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		CHECK(out_write(&o, want + at, size[i]) == 0);
		CHECK(o.cap <= OUT_SIZE);
		at += size[i];
	}
	CHECK(out_flush(&o) == 0);
	CHECK(holds(fd, want, at));
	out_free(&o);
	(void)close(fd);
	free(want);
	return 0;
}

static int
test_reserve(void)
{
	char *want = scene_pattern(3 * OUT_SIZE), *to;
	int fd = scene_temporary();
	struct out o;

	out_init(&o, fd);
	CHECK(out_write(&o, want, 10) == 0);
	CHECK((to = out_reserve(&o, 2 * OUT_SIZE)) != NULL);
	(void)memcpy(to, want + 10, 2 * OUT_SIZE);
	o.len += 2 * OUT_SIZE;
	CHECK(out_flush(&o) == 0);
	CHECK(holds(fd, want, 10 + 2 * OUT_SIZE));
	out_free(&o);
	(void)close(fd);
	free(want);
	return 0;
}

static int
test_printf(void)
{
	char *want = malloc(2 * OUT_SIZE + 1);
	struct out o;

	CHECK(want != NULL);
	(void)memset(want, ' ', 2 * OUT_SIZE);
	want[2 * OUT_SIZE - 1] = '7';
	out_init(&o, -1);
	CHECK(out_printf(&o, "%s=%d", "n", -5) == 0);
	CHECK(o.len == 4 && memcmp(o.data, "n=-5", 4) == 0);
	o.len = 0;
	CHECK(out_printf(&o, "%*d", (int)(2 * OUT_SIZE), 7) == 0);
	CHECK(o.len == 2 * OUT_SIZE && memcmp(o.data, want, o.len) == 0);
	out_free(&o);
	free(want);
	return 0;
}

static int
test_decimal(void)
{
	struct out o;

	out_init(&o, -1);
	CHECK(out_decimal(&o, 0) == 0 && out_putc(&o, ' ') == 0);
	CHECK(out_decimal(&o, -1) == 0 && out_putc(&o, ' ') == 0);
	CHECK(out_decimal(&o, 1700000000000) == 0 && out_putc(&o, ' ') == 0);
	CHECK(out_decimal(&o, INT64_MAX) == 0 && out_putc(&o, ' ') == 0);
	CHECK(out_decimal(&o, INT64_MIN) == 0 && out_putc(&o, '\0') == 0);
	CHECK_TEXT(o.data,
	    "0 -1 1700000000000 9223372036854775807 "
	    "-9223372036854775808");
	out_free(&o);
	return 0;
}

/* /dev/full takes nothing. */
static int
test_full(void)
{
	int fd = open("/dev/full", O_WRONLY), file = scene_temporary();
	char *big = scene_pattern(OUT_SIZE);
	struct out o;

	out_init(&o, fd);
	CHECK(out_write(&o, big, OUT_SIZE) == -1 && errno == ENOSPC);
	CHECK(o.len == 0);
	CHECK(out_write(&o, big, OUT_SIZE - 1) == 0);
	CHECK(out_flush(&o) == -1 && errno == ENOSPC);
	CHECK(out_putc(&o, 'a') == 0);
	CHECK(out_putc(&o, 'b') == -1 && errno == ENOSPC);
	CHECK(out_write(&o, "b", 1) == -1 && out_printf(&o, "b") == -1);
	o.fd = file;
	CHECK(out_flush(&o) == 0);
	big[OUT_SIZE - 1] = 'a';
	CHECK(holds(file, big, OUT_SIZE));
	out_free(&o);
	(void)close(fd);
	(void)close(file);
	free(big);
	return 0;
}

/* As much as another thread is given, in pieces that are no pages. */
static int
put_bulk(struct out *o, const char *from, size_t len)
{
	size_t n, at;
	char *to;

	for (at = 0; at < len; at += n) {
		n = len - at < OUT_SIZE / 2 - 7 ? len - at : OUT_SIZE / 2 - 7;
		if (o->len > OUT_SIZE / 2 && out_flush_pages(o) == -1)
			return -1;
		if ((to = out_reserve(o, n)) == NULL)
			return -1;
		(void)memcpy(to, from + at, n);
		o->len += n;
	}
	return 0;
}

static int
test_bulk(void)
{
	size_t len = 40 * OUT_SIZE + 5;
	char *want = scene_pattern(2 * len);
	int fd = scene_temporary(), from = scene_temporary();
	struct out o;

	CHECK(write(from, want + len, len) == (ssize_t)len);
	out_init(&o, fd);
	CHECK(put_bulk(&o, want, len) == 0);
	/* From the middle of a file, some of it in small pieces. */
	CHECK(out_copy(&o, from, 0, len - 10) == 0);
	CHECK(out_copy(&o, from, (int64_t)len - 10, 9) == 0);
	CHECK(out_putc(&o, want[2 * len - 1]) == 0);
	CHECK(out_flush(&o) == 0);
	CHECK(o.written == 2 * len && o.len == 0);
	CHECK(holds(fd, want, 2 * len));
	out_free(&o);
	(void)close(fd);
	(void)close(from);
	free(want);
	return 0;
}

/* Files may grow to that size; *all is what was before. */
static int
let_grow(size_t size, struct rlimit *all)
{
	struct rlimit few;

	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR ||
	    getrlimit(RLIMIT_FSIZE, all) == -1)
		return -1;
	few = *all;
	few.rlim_cur = size;
	return setrlimit(RLIMIT_FSIZE, &few);
}

/* What another thread could not write is kept in front of the rest. */
static int
test_bulk_torn(void)
{
	const size_t len = 40 * OUT_SIZE, few = 20 * OUT_SIZE + 7;
	size_t at;
	char *want = scene_pattern(len);
	struct rlimit all;
	int fd = scene_temporary();
	struct out o;

	CHECK(let_grow(few, &all) == 0);
	out_init(&o, fd);
	errno = 0;
	CHECK(put_bulk(&o, want, len) == -1 && errno == EFBIG);
	CHECK(o.written == few);
	CHECK(out_flush(&o) == -1 && errno == EFBIG);
	CHECK(setrlimit(RLIMIT_FSIZE, &all) == 0);
	CHECK(out_flush(&o) == 0);
	at = (size_t)o.written;
	CHECK(at > few && holds(fd, want, at));
	CHECK(put_bulk(&o, want + at, len - at) == 0 && out_flush(&o) == 0);
	CHECK(holds(fd, want, len));
	out_free(&o);
	(void)close(fd);
	free(want);
	return 0;
}

/* A file that may not grow takes a part; the rest is kept, in order. */
static int
test_torn(void)
{
	const size_t len = 5 * OUT_SIZE, few = 2 * OUT_SIZE + 7;
	char *want = scene_pattern(len + 3);
	struct rlimit all;
	int fd = scene_temporary();
	struct out o;

	CHECK(let_grow(few, &all) == 0);
	out_init(&o, fd);
	CHECK(out_write(&o, want, 3) == 0);
	CHECK(out_write(&o, want + 3, len) == 0);
	CHECK(o.len == len + 3 - few);
	CHECK(out_flush(&o) == -1 && errno == EFBIG);
	CHECK(out_write(&o, want, len) == -1 && errno == EFBIG);
	CHECK(setrlimit(RLIMIT_FSIZE, &all) == 0);
	CHECK(out_flush(&o) == 0);
	CHECK(holds(fd, want, len + 3));
	out_free(&o);
	(void)close(fd);
	free(want);
	return 0;
}

int
main(void)
{
	RUN(test_memory, "without a descriptor it grows and keeps all");
	RUN(test_nothing, "nothing may be written, and freed twice");
	RUN(test_overflow, "a size beyond reason is refused");
	RUN(test_held_back, "bytes wait for the flush");
	RUN(test_sizes, "writes of every size arrive in order");
	RUN(test_reserve, "room may be larger than the buffer");
	RUN(test_printf, "printf fits whatever it makes");
	RUN(test_decimal, "numbers from end to end");
	RUN(test_full, "what a full disk refuses is kept");
	RUN(test_torn, "a write that stops half-way goes on where it stopped");
	RUN(test_bulk,
	    "much into a file is written by another thread, in order");
	RUN(test_bulk_torn, "what that thread cannot write is kept");
	return test_done();
}
