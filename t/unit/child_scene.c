/* SPDX-License-Identifier: ISC */
#include "child_scene.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536

struct mq_record
child_scene_record(const void *value, size_t len)
{
	struct mq_record r;

	(void)memset(&r, 0, sizeof(r));
	r.topic = "orders";
	r.partition = 3;
	r.offset = 7;
	r.timestamp = 1700000000000;
	r.key.data = "k 1";
	r.key.len = 3;
	r.value.data = value;
	r.value.len = len;
	return r;
}

int
child_scene_new(struct child_scene *s, const char *command, size_t size,
    int apart)
{
	struct child_conf conf = { command, "billing", size, apart };
	struct mq_err e;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) == -1)
		return -1;
	s->from = fd[0];
	s->to = fd[1];
	(void)fcntl(s->from, F_SETFL, O_NONBLOCK);
	out_init(&s->got, -1);
	s->pool = child_pool_new(&conf, &e);
	return s->pool != NULL ? 0 : -1;
}

void
child_scene_free(struct child_scene *s)
{
	child_pool_free(s->pool);
	out_free(&s->got);
	(void)close(s->from);
	if (s->to != -1)
		(void)close(s->to);
}

int
child_scene_start(struct child_scene *s, const struct child_job *j,
    struct child_end *end)
{
	int out = fcntl(1, F_DUPFD_CLOEXEC, 20);
	int err = fcntl(2, F_DUPFD_CLOEXEC, 20);
	int rc;

	(void)dup2(s->to, 1);
	(void)dup2(s->to, 2);
	rc = child_start(s->pool, j, end);
	(void)dup2(out, 1);
	(void)dup2(err, 2);
	(void)close(out);
	(void)close(err);
	return rc;
}

/* What is there: 1, nothing yet: 0, the end or a failure: -1. */
static int
take(struct child_scene *s)
{
	char *to = out_reserve(&s->got, READ_SIZE + 1);
	ssize_t n = to != NULL ? read(s->from, to, READ_SIZE) : 0;

	if (n == -1 && errno == EAGAIN)
		n = 0;
	else if (n <= 0)
		return -1;
	s->got.len += (size_t)n;
	to[n] = '\0';
	return n > 0;
}

int
child_scene_end(struct child_scene *s, struct child_end *end)
{
	struct pollfd fd[2] = { { child_fd(s->pool), POLLIN, 0 },
		{ s->from, POLLIN, 0 } };
	int rc;

	while (child_next(s->pool, end) == 0) {
		if (child_count(s->pool) == 0)
			return -1;
		if (poll(fd, 2, -1) == -1 && errno != EINTR)
			return -1;
		if (fd[1].revents != 0 && take(s) == -1)
			return -1;
	}
	while ((rc = take(s)) == 1)
		continue;
	return rc;
}

int
child_scene_until(struct child_scene *s, const char *text)
{
	struct pollfd fd = { s->from, POLLIN, 0 };
	size_t len = strlen(text);

	while (s->got.len < len ||
	    memcmp(s->got.data + s->got.len - len, text, len) != 0) {
		(void)poll(&fd, 1, -1);
		if (take(s) == -1)
			return -1;
	}
	return 0;
}

int
child_scene_rest(struct child_scene *s)
{
	struct pollfd fd = { s->from, POLLIN, 0 };

	(void)close(s->to);
	s->to = -1;
	do
		(void)poll(&fd, 1, -1);
	while (take(s) != -1);
	return 0;
}

const char *
child_scene_run(const char *command, const struct mq_record *r,
    struct child_end *end)
{
	static struct child_scene s;
	struct child_job j = { .record = r, .delivery_count = 1 };

	if (s.pool != NULL)
		child_scene_free(&s);
	if (child_scene_new(&s, command, 1, 0) == -1 ||
	    (child_scene_start(&s, &j, end) == 0 &&
		child_scene_end(&s, end) == -1))
		return NULL;
	return s.got.data != NULL ? s.got.data : "";
}

int
child_scene_ends(const char *command, enum outcome outcome, const char *text,
    const char *output)
{
	struct mq_record r = child_scene_record("some", 4);
	struct child_end end;
	const char *got = child_scene_run(command, &r, &end);

	if (got != NULL && end.outcome == outcome &&
	    strcmp(end.text, text) == 0 &&
	    (output == NULL ? *got != '\0' : strcmp(got, output) == 0))
		return 0;
	printf("# %s: ", command);
	if (got == NULL)
		printf("it did not run\n");
	else
		printf("outcome %d, %s, output \"%s\"\n", (int)end.outcome,
		    end.text, got);
	return 1;
}
