/* SPDX-License-Identifier: ISC */
/* What a child is given: its input, environment, descriptors, signals. */
#include "child.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "child_scene.h"
#include "scene.h"
#include "test.h"

#define BIG ((size_t)1 << 20)

static char dir[] = "/tmp/mq-child.XXXXXX";
static char big[BIG];

static int
test_value(void)
{
	return child_scene_ends("cat", OUTCOME_ACCEPT, "exit status 0",
		   "some") ||
	    child_scene_ends("cat; exit 65", OUTCOME_REJECT, "exit status 65",
		"some") ||
	    child_scene_ends("exit 99", OUTCOME_ACCEPT_AND_STOP,
		"exit status 99", "") ||
	    child_scene_ends("exit 3", OUTCOME_RETRY, "exit status 3", "") ||
	    child_scene_ends("-v", OUTCOME_CANNOT_RUN,
		"exit status 127 (there is no such command)", NULL) ||
	    child_scene_ends("wc -c -", OUTCOME_ACCEPT, "exit status 0",
		"4 -\n");
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

/* The environment is ours, without what an outer one was told. */
static int
test_environment(void)
{
	static char key[] = "MQ_KEY=old", a[] = "A=1",
		    null[] = "MQ_VALUE_NULL=1";
	static char path[] = "PATH=/usr/bin:/bin", target[] = "MQ_TARGET=s/";
	char *outer[] = { key, a, null, path, target, NULL };
	extern char **environ;
	char **was = environ;
	struct mq_record r = child_scene_record("v", 1);
	struct child_end end;
	const char *got;

	environ = outer;
	got = child_scene_run("env", &r, &end);
	environ = was;
	CHECK(got != NULL);
	CHECK_TEXT(got,
	    "A=1\nPATH=/usr/bin:/bin\nMQ_TARGET=s/\n"
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
	char command[64], got[8];
	int fd[2], passed, rc;

	CHECK(pipe2(fd, O_CLOEXEC) == 0);
	CHECK((passed = fcntl(fd[1], F_DUPFD, 4)) != -1);
	(void)snprintf(command, sizeof(command), "echo hello >/proc/$$/fd/%d",
	    passed);
	rc = child_scene_ends(command, OUTCOME_ACCEPT, "exit status 0", "");
	CHECK(rc == 0 && close(passed) == 0 && close(fd[1]) == 0);
	CHECK(read(fd[0], got, sizeof(got)) == 6 && close(fd[0]) == 0);
	return 0;
}

/* Our descriptors are not below 4, where those of a child go. */
static int
test_low_descriptors(void)
{
	int in = fcntl(0, F_DUPFD_CLOEXEC, 20), rc;

	CHECK(in != -1 && close(0) == 0);
	rc = child_scene_ends("cat; wc -l <&3", OUTCOME_ACCEPT, "exit status 0",
	    "some1\n");
	CHECK(dup2(in, 0) == 0 && close(in) == 0);
	return rc;
}

/* A set of signals in /proc/self/status, but for those of the C library. */
static unsigned long long
mask(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at != NULL ? strtoull(at + strlen(name), NULL, 16) & 0x7fffffff :
			    ~0ULL;
}

static void
ignore(int number)
{
	(void)number;
}

static int
test_signals(void)
{
	struct mq_record r = child_scene_record("v", 1);
	struct child_end end;
	sigset_t set, was;
	const char *got;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, &was);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* as nohup does; it stays */
	(void)signal(SIGINT, ignore);
	got = child_scene_run("cat /proc/self/status", &r, &end);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &was, NULL);
	CHECK(got != NULL && mask(got, "SigBlk:") == 0);
	CHECK(mask(got, "SigCgt:") == 0);
	CHECK(mask(got, "SigIgn:") == 1 << (SIGHUP - 1));
	return 0;
}

int
main(void)
{
	size_t i;
	int n;

	for (i = 0; i < BIG; i++)
		big[i] = (char)('a' + i * 31 % 26);
	big[BIG - 1] = '\0';
	/* What the one who runs the tests says, left open or ignores is not ours. */
	(void)unsetenv("MQ_BIN");
	(void)unsetenv("MQ_BUILD");
	(void)unsetenv("MQ_SAN");
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	for (n = 1; n < 32; n++)
		(void)signal(n, SIG_DFL);
	(void)alarm(120);
	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return 1;
	RUN(test_value, "the value is the input, the exit status the outcome");
	RUN(test_big, "a value of 1 MB comes back whole");
	RUN(test_sizes, "so do those around the sizes of a pipe, with a NUL");
	RUN(test_null, "null and empty are both no input, and told apart");
	RUN(test_environment, "the environment is exact");
	RUN(test_key, "a key that no variable can hold is not set");
	RUN(test_about, "descriptor 3 is the record without its value");
	RUN(test_batch, "a batch is told of its first record");
	RUN(test_descriptors, "descriptors and locks are not inherited");
	RUN(test_passed_on, "but those that our caller opened for it are");
	RUN(test_low_descriptors, "a closed standard input does no harm");
	RUN(test_signals, "signals are not blocked, and as they were");
	scene_remove(dir);
	return test_done();
}
