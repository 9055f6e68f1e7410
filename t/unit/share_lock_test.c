/* SPDX-License-Identifier: ISC */
/* A process that is stopped while it has the lock of a state. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "client/share_file.h"
#include "share_scene.h"
#include "test.h"

static struct share_scene s;

/* The lock, through a descriptor of its own; or -1. */
static int
stopped(void)
{
	char path[SCENE_PATH + 40];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/groups/g/t-0.share", s.root);
	fd = mq_io_open(AT_FDCWD, path, O_RDWR, 0);
	return fd == -1 || mq_io_lock(fd, 0, MQ_IO_EXCLUSIVE) == -1 ? -1 : fd;
}

/* Who waits for it hears of the time and of the wakeup, and loses nothing. */
static int
waits(void)
{
	struct mq_share_record r;
	int64_t start;
	struct mq_share *a;
	int fd, woken[2];

	CHECK(share_start(&s, 0, 2, "100000") == 0);
	CHECK((a = share_open(&s, "g", 0, NULL)) != NULL);
	mq_share_limit(a, 1);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK((fd = stopped()) != -1);
	start = mq_clock_mono_ms();
	CHECK(mq_share_poll(a, &r, 1200, &s.err) == -1);
	CHECK(s.err.code == MQ_REQUEST_TIMED_OUT);
	CHECK(mq_clock_mono_ms() - start >= 1200);

	CHECK(pipe(woken) == 0 && write(woken[1], "", 1) == 1);
	mq_set_wakeup(s.mq, woken[0]);
	CHECK(mq_share_flush(a, &s.err) == -1);
	CHECK(s.err.code == MQ_REQUEST_TIMED_OUT);
	CHECK(mq_share_seek(s.mq, "g", "t", 0, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_REQUEST_TIMED_OUT);

	CHECK(mq_io_close(fd) == 0);
	CHECK(mq_share_flush(a, &s.err) == 0);
	CHECK(share_take(&s, a, 1, &r) == 0);
	mq_share_free(a);
	(void)close(woken[0]);
	(void)close(woken[1]);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(waits, "who waits for a stopped process hears of time and wakeup");
	return test_done();
}
