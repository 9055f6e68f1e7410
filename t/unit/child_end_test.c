/* SPDX-License-Identifier: ISC */
/* What becomes of a child, on every path: how it ends, or does not start. */
#include "child.h"

#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "child_scene.h"
#include "scene.h"
#include "test.h"

#define BIG ((size_t)1 << 20)

static char dir[] = "/tmp/mq-child.XXXXXX";
static char big[BIG];

/* The number that the next descriptor gets. */
static int
next_descriptor(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	(void)close(fd);
	return fd;
}

/* What is of no use to a child is not waited for, and is no error. */
static int
test_input_unread(void)
{
	struct mq_record r = child_scene_record(big, BIG);
	struct child_job j = { .record = &r };
	struct child_end end;
	struct child_scene s;
	int fd;

	CHECK(child_scene_new(&s, "true", 1, 0) == 0);
	fd = next_descriptor();
	CHECK(child_scene_start(&s, &j, &end) == 0);
	CHECK(next_descriptor() > fd);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK(end.outcome == OUTCOME_ACCEPT && next_descriptor() == fd);
	child_scene_free(&s);
	return 0;
}

static int
test_input_closed(void)
{
	struct mq_record r = child_scene_record(big, BIG);
	struct child_end end;
	const char *got = child_scene_run("head -c 100000 | wc -c; exec <&-; "
					  "head -c 300000 /dev/zero | wc -c; "
					  "exit 100",
	    &r, &end);

	CHECK(got != NULL && end.outcome == OUTCOME_REJECT);
	CHECK_TEXT(got, "100000\n300000\n");
	return 0;
}

static int
test_output(void)
{
	struct mq_record r = child_scene_record(big, BIG);
	struct child_end end;
	struct child_scene s;
	struct child_job j = { .record = &r };

	CHECK(child_scene_new(&s, "head -c 1000000 /dev/zero >&2 & cat; wait",
		  1, 0) == 0);
	CHECK(child_scene_start(&s, &j, &end) == 0);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK(end.outcome == OUTCOME_ACCEPT && s.got.len == BIG + 1000000);
	child_scene_free(&s);
	return 0;
}

static int
write_script(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);
	size_t len = strlen(text);

	CHECK(fd != -1 && write(fd, text, len) == (ssize_t)len);
	return close(fd);
}

static int
test_cannot_run(void)
{
	const char *missing = "exit status 127 (there is no such command)";
	const char *refused = "exit status 126 (it cannot be executed)";

	CHECK(write_script("plain", "exit 0\n", 0666) == 0);
	CHECK(write_script("bare", "cat; exit 4\n", 0777) == 0);
	CHECK(write_script("lost", "#!/nowhere/sh\n", 0777) == 0);
	return child_scene_ends("no-such-command a", OUTCOME_CANNOT_RUN,
		   missing, NULL) ||
	    child_scene_ends("./plain", OUTCOME_CANNOT_RUN, refused, NULL) ||
	    child_scene_ends("./lost", OUTCOME_CANNOT_RUN, missing, NULL) ||
	    child_scene_ends("./bare", OUTCOME_RETRY, "exit status 4", "some");
}

/* A program that goes away while it is in use. */
static int
test_vanishes(void)
{
	struct mq_record r = child_scene_record("v", 1);
	struct child_job j = { .record = &r };
	struct child_end end;
	struct child_scene s;

	CHECK(write_script("prog", "#!/bin/sh\necho here\n", 0777) == 0);
	CHECK(child_scene_new(&s, "./prog", 1, 0) == 0);
	CHECK(child_scene_start(&s, &j, &end) == 0);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK(end.outcome == OUTCOME_ACCEPT);
	CHECK(unlink("prog") == 0);
	CHECK(child_scene_start(&s, &j, &end) == 0);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK(end.outcome == OUTCOME_CANNOT_RUN);
	CHECK(strncmp(s.got.data, "here\n", 5) == 0 && s.got.len > 5);
	child_scene_free(&s);
	return 0;
}

/* Lowers the limit so that only so many can be opened. */
static int
leave_descriptors(int count, struct rlimit *was)
{
	struct rlimit r;
	int fd[4], i;

	for (i = 0; i <= count; i++)
		CHECK((fd[i] = fcntl(0, F_DUPFD_CLOEXEC, 0)) != -1);
	while (i > 0)
		(void)close(fd[--i]);
	CHECK(getrlimit(RLIMIT_NOFILE, was) == 0);
	r = *was;
	r.rlim_cur = (rlim_t)fd[count];
	return setrlimit(RLIMIT_NOFILE, &r);
}

/* A start that fails leaves nothing behind, and the next one works. */
static int
test_start_fails(void)
{
	const char *no_pipe =
	    "a pipe to its standard input: Too many open files";
	const char *no_file =
	    "a file for its descriptor 3: Too many open files";
	struct mq_record r = child_scene_record(big, BIG);
	struct child_job j = { .record = &r, .arg = &r };
	struct child_end end;
	struct child_scene s;
	struct rlimit was;
	int n, fd;

	CHECK(child_scene_new(&s, "test $(wc -c) = 1048576", 1, 0) == 0);
	fd = next_descriptor();
	for (n = 0; n < 3; n++) {
		CHECK(leave_descriptors(n, &was) == 0);
		CHECK(child_start(s.pool, &j, &end) == -1);
		CHECK(end.outcome == OUTCOME_CANNOT_RUN && end.arg == &r);
		CHECK_TEXT(end.text, n < 2 ? no_pipe : no_file);
		CHECK(child_room(s.pool) == 1 && child_count(s.pool) == 0);
		CHECK(setrlimit(RLIMIT_NOFILE, &was) == 0);
		CHECK(next_descriptor() == fd);
	}
	CHECK(leave_descriptors(3, &was) == 0);
	CHECK(child_start(s.pool, &j, &end) == 0);
	CHECK(setrlimit(RLIMIT_NOFILE, &was) == 0);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK(end.outcome == OUTCOME_ACCEPT);
	child_scene_free(&s);
	return 0;
}

static int
test_arguments_too_long(void)
{
	struct mq_record r = child_scene_record("v", 1);
	struct child_end end;
	const char *got;

	CHECK(setenv("HUGE", big, 1) == 0);
	got = child_scene_run("exit 0", &r, &end);
	CHECK(unsetenv("HUGE") == 0);
	CHECK(got != NULL && end.outcome == OUTCOME_CANNOT_RUN);
	CHECK_TEXT(end.text, "/bin/sh: Argument list too long");
	return 0;
}

static int
test_killed(void)
{
	return child_scene_ends("kill -KILL $$", OUTCOME_RETRY,
		   "killed by signal 9 (Killed)", "") ||
	    child_scene_ends("kill -TERM $$", OUTCOME_RETRY,
		"killed by signal 15 (Terminated)", "");
}

/* Its end is its own, whoever holds its output still. */
static int
test_grandchild(void)
{
	struct mq_record r = child_scene_record("v", 1);
	struct child_end end;
	const char *got = child_scene_run("sleep 1000 & echo $!", &r, &end);
	pid_t pid;

	CHECK(got != NULL && end.outcome == OUTCOME_ACCEPT);
	pid = (pid_t)strtol(got, NULL, 10);
	CHECK(pid > 1 && kill(pid, 0) == 0 && kill(pid, SIGKILL) == 0);
	return 0;
}

/* Each end is its own record's, and slots are used again. */
static int
test_many(void)
{
	char value[8], seen[200];
	struct mq_record r;
	struct child_job j = { .record = &r };
	struct child_scene s;
	struct child_end end;
	size_t i, n;

	(void)memset(seen, 0, sizeof(seen));
	CHECK(child_scene_new(&s, "read n; exit $((n % 60))", 20, 0) == 0);
	for (i = n = 0; n < sizeof(seen); n++) {
		for (; i < sizeof(seen) && child_room(s.pool) > 0; i++) {
			(void)snprintf(value, sizeof(value), "%zu\n", i);
			r = child_scene_record(value, strlen(value));
			j.arg = seen + i;
			CHECK(child_scene_start(&s, &j, &end) == 0);
		}
		CHECK(child_count(s.pool) == (i - n < 20 ? i - n : 20));
		CHECK(child_scene_end(&s, &end) == 0);
		(void)snprintf(value, sizeof(value), " %d",
		    (int)((char *)end.arg - seen) % 60);
		CHECK_TEXT(strrchr(end.text, ' '), value);
		CHECK((*(char *)end.arg)++ == 0);
	}
	CHECK(child_count(s.pool) == 0 && child_room(s.pool) == 20);
	child_scene_free(&s);
	return 0;
}

/* Several with much to read, at the same time. */
static int
test_many_big(void)
{
	struct mq_record r = child_scene_record(big, BIG);
	struct child_job j = { .record = &r };
	struct child_scene s;
	struct child_end end;
	int i;

	CHECK(child_scene_new(&s, "wc -c", 8, 0) == 0);
	for (i = 0; i < 8; i++)
		CHECK(child_scene_start(&s, &j, &end) == 0);
	for (i = 0; i < 8; i++) {
		CHECK(child_scene_end(&s, &end) == 0);
		CHECK(end.outcome == OUTCOME_ACCEPT);
	}
	CHECK(s.got.len == strlen("1048576\n") * 8);
	for (i = 0; i < 8; i++)
		CHECK(memcmp(s.got.data + (size_t)i * 8, "1048576\n", 8) == 0);
	child_scene_free(&s);
	return 0;
}

/* Who started us with SIGCHLD ignored would have us lose the ends. */
static int
test_sigchld_ignored(void)
{
	(void)signal(SIGCHLD, SIG_IGN);
	return child_scene_ends("exit 3", OUTCOME_RETRY, "exit status 3", "");
}

static int
test_wakes(void)
{
	struct mq_record r = child_scene_record("v", 1);
	struct child_job j = { .record = &r };
	struct child_scene s;
	struct child_end end;
	struct pollfd p;
	int fd[2];

	CHECK(child_scene_new(&s, "true", 1, 0) == 0 && pipe(fd) == 0);
	p.fd = child_fd(s.pool);
	p.events = POLLIN;
	CHECK(poll(&p, 1, 0) == 0);
	CHECK(child_watch(s.pool, fd[0]) == 0 && poll(&p, 1, 0) == 0);
	CHECK(write(fd[1], "", 1) == 1 && poll(&p, 1, 0) == 1);
	child_wait(s.pool, -1);
	CHECK(child_next(s.pool, &end) == 0 && poll(&p, 1, 0) == 1);
	child_forget(s.pool, fd[0]);
	CHECK(poll(&p, 1, 0) == 0 && close(fd[0]) == 0 && close(fd[1]) == 0);
	child_wait(s.pool, 0);
	CHECK(child_start(s.pool, &j, &end) == 0);
	CHECK(poll(&p, 1, -1) == 1);
	child_wait(s.pool, -1);
	CHECK(child_next(s.pool, &end) == 1 && poll(&p, 1, 0) == 0);
	child_scene_free(&s);
	return 0;
}

/* Two ends are found at once; the second is not slept for. */
static int
test_second_end(void)
{
	struct mq_record r = child_scene_record("v", 1);
	struct child_job j = { .record = &r };
	struct child_scene s;
	struct child_end end;
	siginfo_t info;
	char *rest;
	long pid;
	int i;

	CHECK(child_scene_new(&s, "echo $$; exit 0", 2, 0) == 0);
	CHECK(child_scene_start(&s, &j, &end) == 0);
	CHECK(child_scene_start(&s, &j, &end) == 0);
	CHECK(child_scene_rest(&s) == 0);
	for (i = 0, rest = s.got.data; i < 2; i++) {
		pid = strtol(rest, &rest, 10);
		CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	}
	CHECK(child_next(s.pool, &end) == 1 && child_count(s.pool) == 1);
	child_wait(s.pool, -1);
	CHECK(child_next(s.pool, &end) == 1 && child_count(s.pool) == 0);
	child_scene_free(&s);
	return 0;
}

/* A fault of the system's after the start: it is killed, and not lost. */
static int pidfd_fails;

int
pidfd_open(pid_t pid, unsigned int flags)
{
	if (!pidfd_fails)
		return (int)syscall(SYS_pidfd_open, pid, flags);
	errno = ENFILE;
	return -1;
}

static int
test_not_followed(void)
{
	int rc;

	pidfd_fails = 1;
	rc = child_scene_ends("sleep 1000", OUTCOME_CANNOT_RUN,
	    "waiting for it: Too many open files in system", "");
	pidfd_fails = 0;
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	return rc;
}

int
main(void)
{
	size_t i;

	for (i = 0; i < BIG - 1; i++)
		big[i] = (char)('a' + i * 31 % 26);
	(void)alarm(120);
	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return 1;
	RUN(test_input_unread, "a child need not read its input");
	RUN(test_input_closed, "nor keep it open");
	RUN(test_output, "output and errors are read while the input is fed");
	RUN(test_cannot_run, "what is missing or not executable cannot run");
	RUN(test_vanishes, "a program that is removed meanwhile cannot run");
	RUN(test_start_fails, "out of descriptors, nothing is started or lost");
	RUN(test_arguments_too_long, "a failed start is told with its reason");
	RUN(test_killed, "a signal is told by number and name");
	RUN(test_grandchild, "a grandchild that stays is not waited for");
	RUN(test_many, "many run at once, each with its own end");
	RUN(test_many_big, "many are fed at once");
	RUN(test_sigchld_ignored, "an ignored SIGCHLD loses no end");
	RUN(test_wakes, "one descriptor wakes for all");
	RUN(test_second_end, "what has ended already is not slept for");
	RUN(test_not_followed, "a child that cannot be waited for is killed");
	scene_remove(dir);
	return test_done();
}
