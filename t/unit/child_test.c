/* SPDX-License-Identifier: ISC */
/* What a child is given, and what becomes of it, on every path. */
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

/*
 * Runs it for the value "some": outcome, text, output; NULL where the shell
 * has something to say.
 */
static int
ends(const char *command, enum outcome outcome, const char *text,
    const char *output)
{
	struct mq_record r = child_scene_record("some", 4);
	struct child_end end;
	const char *got = child_scene_run(command, &r, &end);

	CHECK(got != NULL);
	if (output != NULL)
		CHECK_TEXT(got, output);
	else
		CHECK(*got != '\0');
	CHECK_TEXT(end.text, text);
	CHECK(end.outcome == outcome);
	return 0;
}

static int
test_value(void)
{
	return ends("cat", OUTCOME_ACCEPT, "exit status 0", "some") ||
	    ends("cat; exit 65", OUTCOME_REJECT, "exit status 65", "some") ||
	    ends("exit 99", OUTCOME_ACCEPT_AND_STOP, "exit status 99", "") ||
	    ends("exit 3", OUTCOME_RETRY, "exit status 3", "") ||
	    ends("-v", OUTCOME_CANNOT_RUN,
		"exit status 127 (there is no such command)", NULL) ||
	    ends("wc -c -", OUTCOME_ACCEPT, "exit status 0", "4 -\n");
}

static int
test_big(void)
{
	struct mq_record r = child_scene_record(big, BIG);
	struct child_end end;
	const char *got = child_scene_run("cat", &r, &end);

	CHECK(got != NULL && end.outcome == OUTCOME_ACCEPT);
	CHECK(memcmp(got, big, BIG) == 0 && got[BIG] == '\0');
	return 0;
}

/* It is all of the input, and a NUL is a byte of it. */
static int
test_sizes(void)
{
	static const size_t size[] = { 1, 4095, 4096, 4097, 65535, 65536, 65537,
		131072 };
	char want[64];
	struct mq_record r;
	struct child_end end;
	const char *got;
	size_t i;

	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		r = child_scene_record(big, size[i]);
		(void)snprintf(want, sizeof(want), "%zu\n", size[i]);
		CHECK((got = child_scene_run("wc -c", &r, &end)) != NULL);
		CHECK_TEXT(got, want);
	}
	r = child_scene_record("a\0b", 3);
	CHECK((got = child_scene_run("od -An -c", &r, &end)) != NULL);
	CHECK_TEXT(got, "   a  \\0   b\n");
	return 0;
}

static int
test_null(void)
{
	struct mq_record r = child_scene_record(NULL, 0);
	const char *command = "echo ${MQ_VALUE_NULL-unset} $(wc -c)";
	struct child_end end;
	const char *got = child_scene_run(command, &r, &end);

	CHECK(got != NULL);
	CHECK_TEXT(got, "1 0\n");
	r = child_scene_record("", 0);
	CHECK((got = child_scene_run(command, &r, &end)) != NULL);
	CHECK_TEXT(got, "unset 0\n");
	return 0;
}

/* What is of no use to a child is not waited for, and is no error. */
static int
test_input_unread(void)
{
	struct mq_record r = child_scene_record(big, BIG);
	struct child_end end;
	const char *got = child_scene_run("true", &r, &end);

	CHECK(got != NULL && end.outcome == OUTCOME_ACCEPT);
	got = child_scene_run("head -c 100000 | wc -c; exec <&-; "
			      "head -c 300000 /dev/zero | wc -c; exit 100",
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

/* The environment is ours, without what an outer one was told. */
static int
test_environment(void)
{
	static char *outer[] = { NULL, NULL, NULL, NULL, NULL, NULL };
	extern char **environ;
	char **was = environ;
	struct mq_record r = child_scene_record("v", 1);
	struct child_end end;
	const char *got;

	outer[0] = (char *)(uintptr_t) "MQ_KEY=old";
	outer[1] = (char *)(uintptr_t) "A=1";
	outer[2] = (char *)(uintptr_t) "MQ_VALUE_NULL=1";
	outer[3] = (char *)(uintptr_t) "PATH=/usr/bin:/bin";
	outer[4] = (char *)(uintptr_t) "MQ_TARGET=./store/";
	environ = outer;
	got = child_scene_run("env", &r, &end);
	environ = was;
	CHECK(got != NULL);
	CHECK_TEXT(got,
	    "A=1\nPATH=/usr/bin:/bin\nMQ_TARGET=./store/\n"
	    "MQ_TOPIC=orders\nMQ_PARTITION=3\nMQ_OFFSET=7\n"
	    "MQ_TIMESTAMP=1700000000000\nMQ_KEY=k 1\n"
	    "MQ_DELIVERY_COUNT=1\nMQ_GROUP=billing\n");
	return 0;
}

static int
test_key(void)
{
	struct mq_record r = child_scene_record("v", 1);
	const char *command = "echo \"${MQ_KEY-unset} ${#MQ_KEY}\"";
	struct child_end end;
	const char *got;

	r.key.data = NULL;
	r.key.len = 0;
	CHECK((got = child_scene_run(command, &r, &end)) != NULL);
	CHECK_TEXT(got, "unset 0\n");
	r.key.data = "";
	CHECK((got = child_scene_run(command, &r, &end)) != NULL);
	CHECK_TEXT(got, " 0\n");
	r.key.data = "a\0b";
	r.key.len = 3;
	CHECK((got = child_scene_run(command, &r, &end)) != NULL);
	CHECK_TEXT(got, "unset 0\n");
	r.key.data = big;
	r.key.len = 65537;
	CHECK((got = child_scene_run(command, &r, &end)) != NULL);
	CHECK_TEXT(got, "unset 0\n");
	r.key.len = 65536;
	CHECK((got = child_scene_run("echo ${#MQ_KEY}", &r, &end)) != NULL);
	CHECK_TEXT(got, "65536\n");
	return 0;
}

static int
test_about(void)
{
	struct mq_header h[] = { { { "name", 4 }, { "\xff", 1 } },
		{ { "n2", 2 }, { NULL, 0 } } };
	struct mq_record r = child_scene_record("v", 1);
	struct child_end end;
	const char *got;

	r.key.data = "a\0b";
	CHECK((got = child_scene_run("cat <&3", &r, &end)) != NULL);
	CHECK_TEXT(got,
	    "{\"topic\":\"orders\",\"partition\":3,\"offset\":7,"
	    "\"timestamp\":1700000000000,\"key\":\"a\\u0000b\"}\n");
	r.headers = h;
	r.header_count = 2;
	CHECK((got = child_scene_run("cat /dev/fd/3", &r, &end)) != NULL);
	CHECK(strstr(got,
		  ",\"headers\":[[\"name\",{\"b64\":\"/w==\"}],"
		  "[\"n2\",null]]}\n") != NULL);
	return 0;
}

static int
test_batch(void)
{
	struct mq_record r = child_scene_record(NULL, 0);
	struct child_job j = { .record = &r, .batch = 1 };
	struct child_end end;
	struct child_scene s;

	j.delivery_count = 2;
	j.input.data = "one\ntwo\n";
	j.input.len = 8;
	j.about.data = "1\n2\n";
	j.about.len = 4;
	CHECK(child_scene_new(&s, "cat - /dev/fd/3; env | grep ^MQ_ | sort", 1,
		  0) == 0);
	CHECK(child_scene_start(&s, &j, &end) == 0);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK_TEXT(s.got.data,
	    "one\ntwo\n1\n2\nMQ_DELIVERY_COUNT=2\nMQ_GROUP=billing\n"
	    "MQ_OFFSET=7\nMQ_PARTITION=3\nMQ_TOPIC=orders\n");
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
	return ends("no-such-command a", OUTCOME_CANNOT_RUN, missing, NULL) ||
	    ends("./plain", OUTCOME_CANNOT_RUN, refused, NULL) ||
	    ends("./lost", OUTCOME_CANNOT_RUN, missing, NULL) ||
	    ends("./bare", OUTCOME_RETRY, "exit status 4", "some");
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
	int n;

	CHECK(child_scene_new(&s, "test $(wc -c) = 1048576", 1, 0) == 0);
	for (n = 0; n < 3; n++) {
		CHECK(leave_descriptors(n, &was) == 0);
		CHECK(child_start(s.pool, &j, &end) == -1);
		CHECK(end.outcome == OUTCOME_CANNOT_RUN && end.arg == &r);
		CHECK_TEXT(end.text, n < 2 ? no_pipe : no_file);
		CHECK(child_room(s.pool) == 1 && child_count(s.pool) == 0);
		CHECK(setrlimit(RLIMIT_NOFILE, &was) == 0);
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
	return ends("kill -KILL $$", OUTCOME_RETRY,
		   "killed by signal 9 (Killed)", "") ||
	    ends("kill -TERM $$", OUTCOME_RETRY,
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
		    (int)(((char *)end.arg - seen) % 60));
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
		CHECK(memcmp(s.got.data + i * 8, "1048576\n", 8) == 0);
	child_scene_free(&s);
	return 0;
}

/* A locked file is ours alone while a child runs, and so is all else. */
static int
test_descriptors(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct mq_record r = child_scene_record(big, BIG);
	struct child_job j = { .record = &r };
	struct child_scene s;
	struct child_end end;
	int fd = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	CHECK(fcntl(fd, F_OFD_SETLK, &l) == 0);
	CHECK(child_scene_new(&s, "ls /proc/$$/fd; cat >/dev/null", 2, 0) == 0);
	CHECK(child_scene_start(&s, &j, &end) == 0);
	CHECK(child_scene_until(&s, "0\n1\n2\n3\n") == 0 && s.got.len == 8);
	CHECK(child_scene_start(&s, &j, &end) == 0);
	CHECK(child_scene_until(&s, "0\n1\n2\n3\n0\n1\n2\n3\n") == 0);
	CHECK(close(fd) == 0);
	fd = open("lock", O_RDWR | O_CLOEXEC);
	CHECK(fcntl(fd, F_OFD_SETLK, &l) == 0 && close(fd) == 0);
	CHECK(child_count(s.pool) == 2);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK(child_scene_end(&s, &end) == 0);
	child_scene_free(&s);
	return 0;
}

/* What the caller of this program has opened for the command is its own. */
static int
test_passed_on(void)
{
	int fd[2], rc;
	char got[8];

	CHECK(pipe2(fd, O_CLOEXEC) == 0 && dup2(fd[1], 9) == 9);
	rc = ends("echo hello >&9", OUTCOME_ACCEPT, "exit status 0", "");
	CHECK(rc == 0 && close(9) == 0 && close(fd[1]) == 0);
	CHECK(read(fd[0], got, sizeof(got)) == 6 && close(fd[0]) == 0);
	return 0;
}

/* Our descriptors are not below 4, where those of a child go. */
static int
test_low_descriptors(void)
{
	int in = fcntl(0, F_DUPFD_CLOEXEC, 20), rc;

	CHECK(in != -1 && close(0) == 0);
	rc = ends("cat; wc -l <&3", OUTCOME_ACCEPT, "exit status 0", "some1\n");
	CHECK(dup2(in, 0) == 0 && close(in) == 0);
	return rc;
}

static void
ignore(int number)
{
	(void)number;
}

static int
test_signals(void)
{
	sigset_t set, was;
	int rc;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, &was);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* as nohup does; it stays */
	(void)signal(SIGINT, ignore);
	/* The last 28; the C library ignores 32 and 33 for itself. */
	rc = ends("sed -n 's/^Sig[BIC].*\\(.......\\)$/\\1/p' "
		  "/proc/self/status",
	    OUTCOME_ACCEPT, "exit status 0", "0000000\n0000001\n0000000\n");
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &was, NULL);
	return rc;
}

/* Who started us with SIGCHLD ignored would have us lose the ends. */
static int
test_sigchld_ignored(void)
{
	(void)signal(SIGCHLD, SIG_IGN);
	return ends("exit 3", OUTCOME_RETRY, "exit status 3", "");
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
	rc = ends("sleep 1000", OUTCOME_CANNOT_RUN,
	    "waiting for it: Too many open files in system", "");
	pidfd_fails = 0;
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	return rc;
}

int
main(void)
{
	size_t i;
	int n;

	for (i = 0; i < BIG; i++)
		big[i] = (char)('a' + i * 31 % 26);
	big[BIG - 1] = '\0';
	/* What the one who runs the tests left open or ignores is not ours. */
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	for (n = 1; n < 32; n++)
		(void)signal(n, SIG_DFL);
	(void)alarm(300);
	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return 1;
	RUN(test_value, "the value is the input, the exit status the outcome");
	RUN(test_big, "a value of 1 MB comes back whole");
	RUN(test_sizes, "so do those around the sizes of a pipe, with a NUL");
	RUN(test_null, "null and empty are both no input, and told apart");
	RUN(test_input_unread, "a child need not read its input");
	RUN(test_output, "output and errors are read while the input is fed");
	RUN(test_environment, "the environment is exact");
	RUN(test_key, "a key that no variable can hold is not set");
	RUN(test_about, "descriptor 3 is the record without its value");
	RUN(test_batch, "a batch is told of its first record");
	RUN(test_cannot_run, "what is missing or not executable cannot run");
	RUN(test_vanishes, "a program that is removed meanwhile cannot run");
	RUN(test_start_fails, "out of descriptors, nothing is started or lost");
	RUN(test_arguments_too_long, "a failed start is told with its reason");
	RUN(test_killed, "a signal is told by number and name");
	RUN(test_grandchild, "a grandchild that stays is not waited for");
	RUN(test_many, "many run at once, each with its own end");
	RUN(test_many_big, "many are fed at once");
	RUN(test_descriptors, "descriptors and locks are not inherited");
	RUN(test_passed_on, "but those that our caller opened for it are");
	RUN(test_low_descriptors, "a closed standard input does no harm");
	RUN(test_signals, "signals are not blocked, and as they were");
	RUN(test_sigchld_ignored, "an ignored SIGCHLD loses no end");
	RUN(test_wakes, "one descriptor wakes for all");
	RUN(test_not_followed, "a child that cannot be waited for is killed");
	scene_remove(dir);
	return test_done();
}
