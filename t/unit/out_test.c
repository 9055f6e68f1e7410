/* SPDX-License-Identifier: ISC */
/* Output arrives whole and in order, and what fails is kept. */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "test.h"

/* A descriptor on an unlinked file. */
static int
new_file(void)
{
	char name[] = "/tmp/out_test.XXXXXX";
	int fd = mkstemp(name);

	if (fd != -1)
		(void)unlink(name);
	return fd;
}

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

/* len bytes that are nowhere the same twice in a row. */
static char *
pattern(size_t len)
{
	char *p = malloc(len);
	size_t i;

	for (i = 0; p != NULL && i < len; i++)
		p[i] = (char)(i * 31 + i / 251);
	return p;
}

static int
test_memory(void)
{
	char *want = pattern(1000000);
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
	int fd = new_file();
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
	char *want = pattern(8 * OUT_SIZE);
	size_t i, at = 0;
	int fd = new_file();
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
	char *want = pattern(3 * OUT_SIZE), *to;
	int fd = new_file();
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
	int fd = open("/dev/full", O_WRONLY), file = new_file();
	char *big = pattern(OUT_SIZE);
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
	char *want = pattern(2 * len);
	int fd = new_file(), from = new_file();
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

/* What another thread could not write is kept in front of the rest. */
static int
test_bulk_torn(void)
{
	size_t len = 40 * OUT_SIZE, at;
	char *want = pattern(len);
	struct rlimit all, few;
	int fd = new_file();
	struct out o;

	CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	CHECK(getrlimit(RLIMIT_FSIZE, &all) == 0);
	few = all;
	few.rlim_cur = 20 * OUT_SIZE + 7;
	CHECK(setrlimit(RLIMIT_FSIZE, &few) == 0);
	out_init(&o, fd);
	errno = 0;
	CHECK(put_bulk(&o, want, len) == -1 && errno == EFBIG);
	CHECK(o.written == few.rlim_cur);
	CHECK(out_flush(&o) == -1 && errno == EFBIG);
	CHECK(setrlimit(RLIMIT_FSIZE, &all) == 0);
	CHECK(out_flush(&o) == 0);
	at = (size_t)o.written;
	CHECK(at > few.rlim_cur && holds(fd, want, at));
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
	size_t len = 5 * OUT_SIZE;
	char *want = pattern(len + 3);
	struct rlimit all, few;
	int fd = new_file();
	struct out o;

	CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	CHECK(getrlimit(RLIMIT_FSIZE, &all) == 0);
	few = all;
	few.rlim_cur = 2 * OUT_SIZE + 7;
	CHECK(setrlimit(RLIMIT_FSIZE, &few) == 0);
	out_init(&o, fd);
	CHECK(out_write(&o, want, 3) == 0);
	CHECK(out_write(&o, want + 3, len) == 0);
	CHECK(o.len == len + 3 - few.rlim_cur);
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

static char *drained;
static size_t drained_len;
static int drained_pipe;

static void
on_drain(int sig)
{
	ssize_t n;

	(void)sig;
	n = read(drained_pipe, drained + drained_len, 65536);
	if (n > 0)
		drained_len += (size_t)n;
}

/* The handler is the reader; nobody else empties the pipe. */
static int
test_not_blocking(void)
{
	struct itimerval every = { { 0, 1000 }, { 0, 1000 } };
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct sigaction sa = { .sa_handler = on_drain };
	size_t len = 5 * OUT_SIZE;
	char *want = pattern(len);
	int fd[2], file = new_file();
	struct out o;

	drained = malloc(2 * len + 3 + 65536);
	CHECK(drained != NULL && pipe2(fd, O_NONBLOCK) == 0);
	CHECK(write(file, want, len) == (ssize_t)len);
	drained_pipe = fd[0];
	CHECK(sigaction(SIGALRM, &sa, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
	out_init(&o, fd[1]);
	CHECK(out_write(&o, want, 3) == 0);
	CHECK(out_write(&o, want, len) == 0);
	CHECK(out_copy(&o, file, 0, len) == 0);
	CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
	while (drained_len < 2 * len + 3)
		on_drain(SIGALRM);
	CHECK(memcmp(drained, want, 3) == 0);
	CHECK(memcmp(drained + 3, want, len) == 0);
	CHECK(memcmp(drained + 3 + len, want, len) == 0);
	out_free(&o);
	(void)close(fd[0]);
	(void)close(fd[1]);
	(void)close(file);
	free(want);
	free(drained);
	return 0;
}

static int interrupts;
static int interrupted_pipe;

static void
on_alarm(int sig)
{
	static char sink[65536];

	(void)sig;
	/* Between two reads, at least one signal finds nothing written. */
	if (++interrupts % 3 == 0)
		(void)!read(interrupted_pipe, sink, sizeof(sink));
}

/* Signals do not end a write; here the handler is the pipe's reader. */
static int
test_interrupted(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } };
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	char *data = pattern(2 * OUT_SIZE);
	struct out o;
	int fd[2];

	CHECK(pipe(fd) == 0);
	CHECK(fcntl(fd[0], F_SETFL, O_NONBLOCK) == 0);
	interrupted_pipe = fd[0];
	CHECK(sigaction(SIGALRM, &sa, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
	out_init(&o, fd[1]);
	CHECK(out_write(&o, data, 100) == 0);
	CHECK(out_write(&o, data, 2 * OUT_SIZE) == 0);
	CHECK(out_flush(&o) == 0);
	CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
	CHECK(interrupts > 2 && o.len == 0);
	out_free(&o);
	(void)close(fd[0]);
	(void)close(fd[1]);
	free(data);
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
	RUN(test_not_blocking, "a pipe that does not block is waited for");
	RUN(test_interrupted, "a signal does not end a write");
	return test_done();
}
