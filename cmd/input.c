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

#define CHUNK ((size_t)256 << 10) /* bytes read together */
#define PAGE  ((size_t)4096)

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
 * Room for a chunk behind what is left, which is moved so that the chunk lies
 * on a page: that is how the kernel copies best.
 */
static int
make_room(struct input *in)
{
	size_t left = in->len - in->start, cap = in->cap;
	size_t start = -left & (PAGE - 1);
	char *buf = in->buf;

	if (cap == 0)
		cap = CHUNK * 2;
	/* A record that is longer than the buffer doubles it. */
	while (cap - start - left < CHUNK)
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

int
input_read(struct input *in)
{
	struct timespec ts;
	ssize_t n;

	if (make_room(in) == -1)
		return -1;
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
