/* SPDX-License-Identifier: ISC */
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "aside.h"
#include "sink.h"

struct writer {
	struct aside *aside;
	int fd;
	const char *data; /* NULL: a range of the file */
	int from;
	int64_t at;
	size_t len, done;
	int error;
};

struct writer *
writer_start(int fd)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->fd = fd;
	if ((w->aside = aside_start(fd)) != NULL)
		return w;
	free(w);
	return NULL;
}

void
writer_stop(struct writer *w)
{
	if (w == NULL)
		return;
	aside_stop(w->aside);
	free(w);
}

static void
write_it(void *arg)
{
	struct writer *w = arg;

	errno = 0;
	if (w->data != NULL)
		w->done = sink_write(w->fd, w->data, w->len);
	else {
		w->done = sink_copy(w->fd, w->from, w->at, w->len);
		w->error = errno;
		(void)close(w->from);
		return;
	}
	w->error = errno;
}

void
writer_give(struct writer *w, const char *data, size_t len)
{
	w->data = data;
	w->len = len;
	aside_call(w->aside, write_it, w);
}

int
writer_give_range(struct writer *w, int from, int64_t at, size_t len)
{
	if ((w->from = fcntl(from, F_DUPFD_CLOEXEC, 3)) == -1)
		return -1;
	w->data = NULL;
	w->at = at;
	w->len = len;
	aside_call(w->aside, write_it, w);
	return 0;
}

size_t
writer_wait(struct writer *w)
{
	aside_wait(w->aside);
	errno = w->error;
	return w->done;
}
