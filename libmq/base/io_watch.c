/* SPDX-License-Identifier: ISC */
/* Waiting until files are written, names come and go, or time is over. */
#include "base/io.h"

#include <sys/inotify.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

int
mq_io_watch_new(void)
{
	return inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

int
mq_io_watch_add(int watch, const char *path, enum mq_io_watch what)
{
	uint32_t mask = IN_MODIFY;

	if (what != MQ_IO_WRITES)
		mask = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
	if (what == MQ_IO_CLOSES)
		mask |= IN_CLOSE_WRITE;
	return inotify_add_watch(watch, path, mask);
}

int
mq_io_watch_remove(int watch, int id)
{
	return inotify_rm_watch(watch, id);
}

int
mq_io_watch_drain(int watch, void (*told)(int id, void *arg), void *arg)
{
	union {
		struct inotify_event event; /* for the alignment */
		char bytes[4096];
	} u;
	struct inotify_event e;
	ssize_t n, at;

	for (;;) {
		n = mq_io_read(watch, u.bytes, sizeof(u.bytes));
		if (n == -1 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return -1;
		for (at = 0; at + (ssize_t)sizeof(e) <= n;
		     at += (ssize_t)(sizeof(e) + e.len)) {
			(void)memcpy(&e, u.bytes + at, sizeof(e));
			told(e.wd, arg);
		}
	}
}

int
mq_io_poll(struct pollfd *fds, size_t n, int64_t timeout_ms)
{
	int rc, ms;

	ms = timeout_ms < 0 ? -1 : INT_MAX;
	if (timeout_ms >= 0 && timeout_ms < INT_MAX)
		ms = (int)timeout_ms;
	rc = poll(fds, (nfds_t)n, ms);
	if (rc == -1 && errno == EINTR)
		return 0;
	return rc;
}

void
mq_io_pause(int64_t us)
{
	const struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	(void)nanosleep(&t, NULL);
}
