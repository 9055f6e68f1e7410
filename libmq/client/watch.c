/* SPDX-License-Identifier: ISC */
#include "client/watch.h"

#include <errno.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"

int
mq_watch_open(struct mq_watch *w, const int *wakeup, struct mq_err *err)
{
	w->wakeup = wakeup;
	if ((w->fd = mq_io_watch_new()) != -1)
		return 0;
	if (errno == EMFILE)
		return mq_fail_errno(err, MQ_COORDINATOR_NOT_AVAILABLE,
		    "no more files can be watched "
		    "(fs.inotify.max_user_instances)");
	return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "inotify");
}

int
mq_watch_add(struct mq_watch *w, const char *path, enum mq_io_watch what,
    struct mq_err *err)
{
	int id = mq_io_watch_add(w->fd, path, what);

	if (id == -1 && errno == ENOSPC)
		return mq_fail_errno(err, MQ_COORDINATOR_NOT_AVAILABLE,
		    "watching %s (fs.inotify.max_user_watches)", path);
	if (id == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "watching %s",
		    path);
	return id;
}

void
mq_watch_remove(struct mq_watch *w, int id)
{
	/* The file may be gone, and its watch with it. */
	(void)mq_io_watch_remove(w->fd, id);
}

int
mq_watch_wait(struct mq_watch *w, int64_t wait_ms,
    void (*told)(int id, void *arg), void *arg, struct mq_err *err)
{
	struct pollfd fds[2];
	int64_t deadline = 0, left = wait_ms;
	size_t n = 1;
	int rc;

	fds[0].fd = w->fd;
	fds[1].fd = *w->wakeup;
	fds[0].events = fds[1].events = POLLIN;
	fds[0].revents = fds[1].revents = 0;
	if (*w->wakeup != -1)
		n = 2;
	if (wait_ms > 0)
		deadline = mq_clock_mono_ms() + wait_ms;
	for (;;) {
		rc = mq_io_poll(fds, n, left);
		if (rc == -1)
			return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    "poll");
		if (rc > 0)
			break;
		/* A signal, or the time is over. */
		if (wait_ms >= 0 &&
		    (wait_ms == 0 ||
			(left = deadline - mq_clock_mono_ms()) <= 0))
			return 0;
	}
	if (n == 2 && fds[1].revents != 0)
		return 0;
	if (mq_io_watch_drain(w->fd, told, arg) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "inotify");
	return 1;
}

int
mq_watch_woken(const struct mq_watch *w)
{
	struct pollfd fd = { *w->wakeup, POLLIN, 0 };

	return *w->wakeup != -1 && mq_io_poll(&fd, 1, 0) == 1;
}

void
mq_watch_close(struct mq_watch *w)
{
	if (w->fd != -1)
		(void)mq_io_close(w->fd);
	w->fd = -1;
}
