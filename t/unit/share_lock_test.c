/* SPDX-License-Identifier: ISC */
/* A process that is stopped while it has the lock of a state. */
#include <sys/resource.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "client/lock.h"
#include "client/share_file.h"
#include "share_scene.h"
#include "test.h"

static struct share_scene s;

static int dropped;

static void
told(const struct mq_share_event *e, void *arg)
{
	(void)arg;
	dropped += e->kind == MQ_SHARE_DROPPED;
}

/* The lock of a file, through a descriptor of its own; or -1. */
static int
held(const char *name)
{
	char path[SCENE_PATH + 40];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/groups/g/%s", s.root, name);
	fd = mq_io_open(AT_FDCWD, path, O_RDWR, 0);
	return fd == -1 || mq_io_trylock(fd, 0, MQ_IO_EXCLUSIVE) != 0 ? -1 : fd;
}

static int
stopped(void)
{
	return held("t-0.share");
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

/* Makes the topic u, of n records, in which the group g reads too. */
static struct mq_share *
two_topics(int64_t n)
{
	static const char *const topics[] = { "t", "u" };
	struct mq_subscription sub = { .topic = topics, .topic_count = 2 };

	if (mq_topic_create(s.mq, "u", 1, NULL, &s.err) == -1 ||
	    scene_batch(s.mq, "u", 0, n, &s.err) == -1)
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
	CHECK((a = two_topics(1)) != NULL);
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
	CHECK(mq_clock_mono_ms() - start < MQ_LOCK_PATIENCE_MS);
	CHECK(mq_io_close(fd) == 0);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK_TEXT(r.record.topic, "t");
	mq_share_free(a);
	share_end(&s);
	return 0;
}

/* Until the words that wait are due. */
static int
pass(struct mq_share *idle)
{
	struct mq_share_record r;

	return mq_share_poll(idle, &r, 120, &s.err) == MQ_POLL_IDLE ? 0 : -1;
}

/* What was said of it meanwhile waits, and polls do not wait for it. */
static int
keeps_words(void)
{
	struct mq_share *a, *idle;
	struct mq_share_record r, of_t = { .record = { .topic = "" } };
	int64_t start;
	int fd, i;

	CHECK(share_start(&s, 0, 2, "100000") == 0);
	CHECK((a = two_topics(6)) != NULL);
	CHECK((idle = share_open(&s, "idle", 0, NULL)) != NULL);
	CHECK(share_take(&s, idle, 0, &r) == 0);
	CHECK(share_take(&s, idle, 1, &r) == 0);
	mq_share_limit(a, 3);
	for (i = 0; i < 4; i++) {
		CHECK(mq_share_poll(a, &r, 0, &s.err) == MQ_POLL_RECORD);
		if (r.record.topic[0] == 't')
			of_t = r;
	}
	CHECK_TEXT(of_t.record.topic, "t");
	CHECK((fd = stopped()) != -1);
	CHECK(mq_share_acknowledge(a, &of_t, MQ_REJECT, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_REQUEST_TIMED_OUT);
	start = mq_clock_mono_ms();
	for (i = 0; i < 2; i++) {
		CHECK(pass(idle) == 0);
		CHECK(mq_share_poll(a, &r, 0, &s.err) == MQ_POLL_RECORD);
	}
	CHECK(mq_clock_mono_ms() - start < MQ_LOCK_PATIENCE_MS);
	CHECK(mq_io_close(fd) == 0);
	mq_share_notify(a, told, NULL);
	CHECK(pass(idle) == 0);
	CHECK(mq_share_poll(a, &r, 0, &s.err) == MQ_POLL_RECORD);
	CHECK(dropped == 1);
	mq_share_free(a);
	mq_share_free(idle);
	share_end(&s);
	return 0;
}

/* Who could not begin to wait does so the next time. */
static int
begins_again(void)
{
	static const char *const pattern[] = { "u" };
	struct mq_subscription sub = { .topic = pattern,
		.topic_count = 1,
		.patterns = 1 };
	struct mq_share_record r;
	struct mq_share *a;
	int fd;

	CHECK(share_start(&s, 0, 2, "100000") == 0);
	CHECK((a = share_open(&s, "g", 0, NULL)) != NULL);
	mq_share_free(a);
	CHECK((a = mq_share_new(s.mq, "g", NULL, &sub, &s.err)) != NULL);
	CHECK((fd = held("group.lock")) != -1);
	CHECK(mq_share_poll(a, &r, 1, &s.err) == -1);
	CHECK(s.err.code == MQ_REQUEST_TIMED_OUT);
	CHECK(mq_io_close(fd) == 0);
	CHECK(mq_topic_create(s.mq, "u", 1, NULL, &s.err) == 0);
	CHECK(scene_batch(s.mq, "u", 0, 1, &s.err) == 0);
	CHECK(mq_share_poll(a, &r, 10000, &s.err) == MQ_POLL_RECORD);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

/* What is at hand is not forgotten where its return cannot be written. */
static int
full(void)
{
	static const char *const moment[] = {
		"group.share.record.lock.duration.ms", "50",
		"group.share.delivery.count.limit", "1", NULL
	};
	struct rlimit limit, none;
	struct mq_share_record r;
	struct mq_share *a, *idle;
	int fd, i;

	CHECK(share_start(&s, 0, 3, "100000") == 0);
	CHECK((idle = share_open(&s, "idle", 0, NULL)) != NULL);
	for (i = 0; i < 3; i++)
		CHECK(share_take(&s, idle, i, &r) == 0);
	CHECK((a = share_open(&s, "g", 0, moment)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_share_flush(a, &s.err) == 0);
	CHECK((fd = stopped()) != -1);
	CHECK(pass(idle) == 0);
	CHECK(mq_share_poll(a, &r, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_REQUEST_TIMED_OUT);
	CHECK(mq_io_close(fd) == 0);
	CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	none = limit;
	none.rlim_cur = 0;
	CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
	CHECK(share_try(&s, a, &r) == -1);
	CHECK(s.err.code == MQ_KAFKA_STORAGE_ERROR);
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(share_take(&s, a, 1, &r) == 0 && r.delivery_count == 1);
	CHECK(share_take(&s, a, 2, &r) == 0 && r.delivery_count == 1);
	CHECK(s.told[MQ_SHARE_DROPPED] == 0);
	mq_share_free(a);
	mq_share_free(idle);
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
	RUN(keeps_words, "what was said of it waits, and is said");
	RUN(begins_again, "who could not begin to wait does so the next time");
	RUN(full, "what is at hand is not forgotten where a disk is full");
	RUN(by_id, "an id is acknowledged at once, or not at all");
	return test_done();
}
