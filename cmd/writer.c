/* SPDX-License-Identifier: ISC */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>

#include "aside.h"
#include "sink.h"

struct writer {
	struct aside *aside;
	int fd;
	const char *data;
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
	w->done = sink_write(w->fd, w->data, w->len);
	w->error = errno;
}

void
writer_give(struct writer *w, const char *data, size_t len)
{
	w->data = data;
	w->len = len;
	aside_call(w->aside, write_it, w);
}

size_t
writer_wait(struct writer *w)
{
	aside_wait(w->aside);
	errno = w->error;
	return w->done;
}
