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
	return fd == -1 || mq_io_trylock(fd, 0, MQ_IO_EXCLUSIVE) != 0 ? -1 : fd;
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
	CHECK(mq_share_poll(a, &r, -1, &s.err) == -1);
	CHECK(s.err.code == MQ_REQUEST_TIMED_OUT);
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

/* Makes the topic u, of one record, in which the group g reads too. */
static struct mq_share *
two_topics(void)
{
	static const char *const topics[] = { "t", "u" };
	struct mq_subscription sub = { .topic = topics, .topic_count = 2 };

	if (mq_topic_create(s.mq, "u", 1, NULL, &s.err) == -1 ||
	    scene_batch(s.mq, "u", 0, 1, &s.err) == -1)
		return NULL;
	return mq_share_new(s.mq, "g", NULL, &sub, &s.err);
}

/* The others go on, and their locks are renewed in time. */
static int
goes_on(void)
{
	struct mq_share_record r, of_u;
	struct mq_share *a;
	int64_t start;
	int fd;

	CHECK(share_start(&s, 0, 2, "100000") == 0);
	CHECK((a = two_topics()) != NULL);
	mq_share_limit(a, 1);
	CHECK((fd = stopped()) != -1);
	CHECK(mq_share_poll(a, &of_u, -1, &s.err) == MQ_POLL_RECORD);
	CHECK_TEXT(of_u.record.topic, "u");
	CHECK(mq_share_poll(a, &r, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_REQUEST_TIMED_OUT);
	/* It is known by now that the one cannot be had. */
	start = mq_clock_mono_ms();
	CHECK(mq_share_poll(a, &r, 0, &s.err) == -1);
	CHECK(mq_share_acknowledge(a, &of_u, MQ_RENEW, 0, &s.err) == 0);
	CHECK(mq_clock_mono_ms() - start < 1000);
	CHECK(mq_io_close(fd) == 0);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK_TEXT(r.record.topic, "t");
	mq_share_free(a);
	share_end(&s);
	return 0;
}

/* What an id says is written at once, or not at all. */
static int
by_id(void)
{
	struct mq_share_record r;
	struct mq_share *a, *b;
	char id[MQ_SHARE_ID];
	int fd;

	CHECK(share_start(&s, 0, 1, "100000") == 0);
	CHECK((a = share_open(&s, "g", 0, NULL)) != NULL);
	mq_share_hold(a);
	CHECK(share_take(&s, a, 0, &r) == 0);
	mq_share_id(&r, id);
	mq_share_free(a);
	CHECK((b = mq_share_new(s.mq, "g", NULL, NULL, &s.err)) != NULL);
	CHECK((fd = stopped()) != -1);
	CHECK(mq_share_acknowledge_id(b, id, MQ_ACCEPT, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_REQUEST_TIMED_OUT);
	CHECK(mq_io_close(fd) == 0);
	mq_share_free(b);
	CHECK((b = mq_share_new(s.mq, "g", NULL, NULL, &s.err)) != NULL);
	CHECK(mq_share_acknowledge_id(b, id, MQ_ACCEPT, 0, &s.err) == 0);
	mq_share_free(b);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(waits, "who waits for a stopped process hears of time and wakeup");
	RUN(goes_on, "what one holds up does not hold up the others");
	RUN(by_id, "an id is acknowledged at once, or not at all");
	return test_done();
}
