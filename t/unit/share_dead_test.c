/* SPDX-License-Identifier: ISC */
/* A dead letter that takes longer than the lock of its record. */
#include <sys/wait.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "log/layout.h"
#include "share_scene.h"
#include "test.h"

static struct share_scene s;
static const char *const dead[] = { "max.poll.records", "1",
	"errors.deadletterqueue.topic.name", "dlq",
	"group.share.record.lock.duration.ms", "100", NULL };

/* A process that keeps others from appending to dlq for 250 ms; or -1. */
static pid_t
block(void)
{
	struct timespec t = { 0, 250000000 };
	char path[SCENE_PATH + 40], byte;
	int fd, told[2];
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/dlq-0/" MQ_LAYOUT_LOCK, s.root);
	if (pipe(told) == -1 || (pid = fork()) == -1)
		return -1;
	if (pid == 0) {
		fd = mq_io_open(AT_FDCWD, path, O_RDWR, 0);
		if (mq_io_lock(fd, MQ_LAYOUT_APPEND, MQ_IO_EXCLUSIVE) == -1 ||
		    write(told[1], "", 1) != 1)
			_exit(1);
		_exit(nanosleep(&t, NULL) == 0 ? 0 : 1);
	}
	(void)close(told[1]);
	if (read(told[0], &byte, 1) != 1)
		pid = -1;
	(void)close(told[0]);
	return pid;
}

/* It is written; but another may have the record by then, who rejected is told. */
static int
late_letter(void)
{
	struct mq_share_record r;
	struct mq_share *a;
	int status;
	pid_t pid;

	CHECK(share_start(&s, 0, 1, "100000") == 0);
	CHECK(mq_topic_create(s.mq, "dlq", 1, NULL, &s.err) == 0);
	CHECK((a = share_open(&s, "g", 0, dead)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK((pid = block()) != -1);
	CHECK(mq_share_acknowledge(a, &r, MQ_REJECT, 0, &s.err) == 0);
	CHECK(s.told[MQ_SHARE_DEAD] == 1 && s.told[MQ_SHARE_LATE] == 1);
	CHECK(s.last.first == 0 && s.last.delivery_count == 1);
	CHECK(mq_share_flush(a, &s.err) == -1);
	CHECK(s.err.code == MQ_INVALID_RECORD_STATE);
	CHECK(share_take(&s, a, 0, &r) == 0 && r.delivery_count == 2);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(late_letter, "a rejection whose dead letter came too late is told");
	return test_done();
}
