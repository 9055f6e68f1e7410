/* SPDX-License-Identifier: ISC */
#include "input.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aside.h"
#include "sink.h"

#define CHUNK ((size_t)256 << 10) /* bytes read together */
#define PAGE  ((size_t)4096)
/* Of a large file another thread reads the next chunk meanwhile: */
#define AHEAD ((size_t)1 << 20)	 /* so many bytes */
#define HEAD  ((size_t)64 << 10) /* with so much room in front of them */
#define READS 16 /* after so many without it, while there is much more */

struct input_ahead {
	struct aside *aside;
	int fd;
	char *buf; /* HEAD, and the next chunk */
	ssize_t n;
	int error;
};

void
input_take(struct input *in, int fd, const char *name)
{
	struct stat st;

	in->name = name;
	in->fd = fd;
	in->start = in->len = 0;
	in->at = 0;
	in->eof = 0;
	in->size = -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		in->size = st.st_size;
}

int
input_open(struct input *in, const char *name)
{
	int fd;

	if (strcmp(name, "-") == 0) {
		input_take(in, STDIN_FILENO, "standard input");
		return 0;
	}
	do
		fd = open(name, O_RDONLY | O_CLOEXEC);
	while (fd == -1 && errno == EINTR);
	if (fd == -1)
		return -1;
	input_take(in, fd, name);
	return 0;
}

int
input_ready(const struct input *in, int wakeup, int64_t wait_ms)
{
	struct pollfd fds[2];
	int rc, ms;

	/* A file is always ready; poll would say so too, more slowly. */
	if (in->size != -1)
		return 1;
	fds[0].fd = in->fd;
	fds[1].fd = wakeup;
	fds[0].events = fds[1].events = POLLIN;
	fds[0].revents = fds[1].revents = 0;
	ms = wait_ms < 0 ? -1 : wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;
	rc = poll(fds, 2, ms);
	return rc > 0 && fds[1].revents == 0 && fds[0].revents != 0;
}

/*
 * Room for n bytes behind what is left, which is moved so that the chunk lies
 * on a page: that is how the kernel copies best.
 */
static int
make_room(struct input *in, size_t n)
{
	size_t left = in->len - in->start, cap = in->cap;
	size_t start = -left & (PAGE - 1);
	char *buf = in->buf;

	if (cap == 0)
		cap = CHUNK * 2;
	/* A record that is longer than the buffer doubles it. */
	while (cap - start - left < n)
		cap *= 2;
	if (cap != in->cap && (buf = aligned_alloc(PAGE, cap)) == NULL)
		return -1;
	if (left != 0)
		(void)memmove(buf + start, in->buf + in->start, left);
	if (buf != in->buf)
		free(in->buf);
	in->buf = buf;
	in->cap = cap;
	in->start = start;
	in->len = start + left;
	return 0;
}

static void
read_it(void *arg)
{
	struct input_ahead *a = arg;

	a->n = read(a->fd, a->buf + HEAD, AHEAD);
	a->error = errno;
}

static void
start_ahead(struct input *in)
{
	struct input_ahead *a;

	if (in->size == -1 || in->size - in->at < (int64_t)(8 * AHEAD) ||
	    (a = calloc(1, sizeof(*a))) == NULL)
		return;
	a->fd = in->fd;
	a->buf = aligned_alloc(PAGE, HEAD + AHEAD);
	if (a->buf == NULL || (a->aside = aside_start(in->fd)) == NULL) {
		free(a->buf);
		free(a);
		return;
	}
	aside_call(a->aside, read_it, a);
	in->ahead = a;
}

static void
stop_ahead(struct input *in)
{
	if (in->ahead == NULL)
		return;
	aside_stop(in->ahead->aside);
	free(in->ahead->buf);
	free(in->ahead);
	in->ahead = NULL;
}

/* Behind a record so long that what is left of it has no room in front. */
static int
append_chunk(struct input *in, const char *chunk, size_t n)
{
	if (make_room(in, n) == -1)
		return -1;
	(void)memcpy(in->buf + in->len, chunk, n);
	return 0;
}

/* The two buffers change places; what is left comes in front of the chunk. */
static int
take_chunk(struct input *in)
{
	struct input_ahead *a = in->ahead;
	size_t left = in->len - in->start;
	char *buf = a->buf;

	a->buf = in->buf;
	if (in->cap < HEAD + AHEAD &&
	    (a->buf = aligned_alloc(PAGE, HEAD + AHEAD)) == NULL) {
		a->buf = buf;
		return -1;
	}
	(void)memcpy(buf + HEAD - left, in->buf + in->start, left);
	if (a->buf != in->buf)
		free(in->buf);
	in->buf = buf;
	in->cap = HEAD + AHEAD;
	in->start = HEAD - left;
	in->len = HEAD;
	return 0;
}

/* As read(2): the chunk that is there, and has the next one read. */
static ssize_t
read_ahead(struct input *in)
{
	struct input_ahead *a = in->ahead;
	ssize_t n;
	int rc;

	aside_wait(a->aside);
	n = a->n;
	errno = a->error;
	if (n <= 0)
		return n;
	if (in->len - in->start > HEAD)
		rc = append_chunk(in, a->buf + HEAD, (size_t)n);
	else
		rc = take_chunk(in);
	if (rc == -1)
		return -1;
	aside_call(a->aside, read_it, a);
	return n;
}

int
input_read(struct input *in)
{
	struct timespec ts;
	ssize_t n;

	if (++in->reads == READS) {
		start_ahead(in);
		sink_widen(in->fd);
	}
	if (in->ahead != NULL)
		n = read_ahead(in);
	else if (make_room(in, CHUNK) == -1)
		return -1;
	else
		n = read(in->fd, in->buf + in->len, CHUNK);
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n == -1)
		return -1;
	in->eof = n == 0;
	in->len += (size_t)n;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	in->now_ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	return 0;
}

void
input_skip(struct input *in, size_t n)
{
	in->start += n;
	in->at += (int64_t)n;
}

void
input_close(struct input *in)
{
	stop_ahead(in);
	in->reads = 0;
	in->base += in->at;
	if (in->fd > STDIN_FILENO)
		(void)close(in->fd);
	in->fd = -1;
}

void
input_free(struct input *in)
{
	free(in->buf);
	in->buf = NULL;
	in->cap = in->len = in->start = 0;
}
