/* SPDX-License-Identifier: ISC */
#include "child_input.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
child_input_init(struct child_input *in)
{
	(void)memset(in, 0, sizeof(*in));
	in->child = in->ours = -1;
}

static void
close_end(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

void
child_input_close(struct child_input *in)
{
	close_end(&in->child);
	close_end(&in->ours);
	free(in->rest);
	child_input_init(in);
}

/* What the pipe takes of it now. */
static size_t
fill(int fd, const char *data, size_t len)
{
	ssize_t n = len != 0 ? write(fd, data, len) : 0;

	return n > 0 ? (size_t)n : 0;
}

int
child_input_open(struct child_input *in, const struct mq_bytes *b)
{
	const char *data = b->data;
	int ends[2];
	size_t n;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	in->child = ends[0];
	in->ours = ends[1];
	/* This end alone: the other is the child's, too. */
	if (fcntl(in->ours, F_SETFL, O_NONBLOCK) == -1)
		return -1;
	n = fill(in->ours, data, b->len);
	if (n == b->len) {
		close_end(&in->ours);
		return 0;
	}
	in->len = b->len - n;
	if ((in->rest = malloc(in->len)) == NULL)
		return -1;
	(void)memcpy(in->rest, data + n, in->len);
	return 0;
}

int
child_input_feed(struct child_input *in)
{
	if (in->ours != -1)
		in->done +=
		    fill(in->ours, in->rest + in->done, in->len - in->done);
	return in->done == in->len;
}
