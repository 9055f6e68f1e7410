/* SPDX-License-Identifier: ISC */
/* Output into a pipe that is full is waited for, whatever comes between. */
#include "out.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "scene.h"
#include "test.h"

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
	char *want = scene_pattern(len);
	int fd[2], file = scene_temporary();
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
	char *data = scene_pattern(2 * OUT_SIZE);
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
	RUN(test_not_blocking, "a pipe that does not block is waited for");
	RUN(test_interrupted, "a signal does not end a write");
	return test_done();
}
