/* SPDX-License-Identifier: ISC */
/* Children are let finish, told to end, and killed, by the caller's clock. */
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "child_scene.h"
#include "cmd.h"
#include "signals.h"
#include "test.h"

static struct child_scene s;
static struct child_end end;

static int
start(const char *command, size_t size, int apart)
{
	struct mq_record r = child_scene_record("v", 1);
	struct child_job j = { .record = &r };
	size_t i;

	CHECK(child_scene_new(&s, command, size, apart) == 0);
	for (i = 0; i < size; i++)
		CHECK(child_scene_start(&s, &j, &end) == 0);
	return 0;
}

static int
test_finish(void)
{
	CHECK(start("exit 0", 3, 1) == 0);
	CHECK(child_stop_due(s.pool, 0) == -1);
	child_stop(s.pool, 500, 1000, 200);
	CHECK(child_stop_due(s.pool, 500) == 1000);
	CHECK(child_stop_due(s.pool, 1499) == 1);
	while (child_count(s.pool) > 0) {
		CHECK(child_scene_end(&s, &end) == 0);
		CHECK(end.outcome == OUTCOME_ACCEPT);
	}
	CHECK(child_stop_due(s.pool, 1500) == 200);
	CHECK(child_stop_due(s.pool, 1700) == -1);
	child_scene_free(&s);
	return 0;
}

static int
test_told(void)
{
	CHECK(start("trap 'echo told; exit 5' TERM; "
		    "sh -c 'echo ready; exec sleep 1000' & wait",
		  1, 1) == 0);
	CHECK(child_scene_until(&s, "ready\n") == 0);
	child_stop(s.pool, 0, 1000, 200);
	CHECK(child_stop_due(s.pool, 1000) == 200);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK_TEXT(end.text, "exit status 5");
	/* Its sleep got the signal, too, and holds nothing any more. */
	CHECK(child_scene_rest(&s) == 0);
	CHECK_TEXT(s.got.data, "ready\ntold\n");
	child_scene_free(&s);
	return 0;
}

/* SIGTERM is ignored, by the whole family. */
static int
test_killed(void)
{
	CHECK(start("trap '' TERM; sleep 1000 & echo ready; wait", 2, 1) == 0);
	CHECK(child_scene_until(&s, "ready\nready\n") == 0);
	child_stop(s.pool, 0, 0, 200);
	CHECK(child_stop_due(s.pool, 0) == 200);
	CHECK(child_stop_due(s.pool, 199) == 1);
	CHECK(child_next(s.pool, &end) == 0);
	CHECK(child_stop_due(s.pool, 200) == -1);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK_TEXT(end.text, "killed by signal 9 (Killed)");
	CHECK(end.outcome == OUTCOME_RETRY);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK(child_scene_rest(&s) == 0);
	CHECK(child_stop_due(s.pool, 10000) == -1);
	child_scene_free(&s);
	return 0;
}

/* Within our group it is the child alone. */
static int
test_alone(void)
{
	CHECK(start("exec sleep 1000", 1, 0) == 0);
	child_stop(s.pool, 0, 0, 200);
	CHECK(child_stop_due(s.pool, 0) == 200);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK_TEXT(end.text, "killed by signal 15 (Terminated)");
	child_scene_free(&s);
	return 0;
}

static int
test_stopped(void)
{
	siginfo_t info;

	CHECK(start("kill -STOP $$", 1, 1) == 0);
	CHECK(waitid(P_ALL, 0, &info, WSTOPPED) == 0);
	child_stop(s.pool, 0, 0, 200);
	CHECK(child_stop_due(s.pool, 0) == 200);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK_TEXT(end.text, "killed by signal 15 (Terminated)");
	child_scene_free(&s);
	return 0;
}

/* A second signal brings the end nearer; none puts it off. */
static int
test_nearer(void)
{
	CHECK(start("trap '' TERM; echo ready; exec sleep 1000", 1, 1) == 0);
	CHECK(child_scene_until(&s, "ready\n") == 0);
	child_stop(s.pool, 0, 10000, 2000);
	CHECK(child_stop_due(s.pool, 0) == 10000);
	child_stop(s.pool, 1, 20000, 2000);
	CHECK(child_stop_due(s.pool, 1) == 9999);
	child_stop(s.pool, 2, 10, 100);
	CHECK(child_stop_due(s.pool, 2) == 10);
	CHECK(child_stop_due(s.pool, 12) == 100);
	child_stop(s.pool, 13, 10, 1000);
	CHECK(child_stop_due(s.pool, 13) == 99);
	child_stop(s.pool, 13, 0, 0);
	CHECK(child_stop_due(s.pool, 13) == -1);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK_TEXT(end.text, "killed by signal 9 (Killed)");
	child_stop(s.pool, 14, 0, 0);
	CHECK(child_stop_due(s.pool, 14) == -1);
	child_scene_free(&s);
	return 0;
}

static int
test_groups(void)
{
	char mine[16];

	(void)snprintf(mine, sizeof(mine), "%d\n", (int)getpgrp());
	CHECK(start("ps -o pgid= -p $$ | tr -d ' '; :", 1, 0) == 0);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK_TEXT(s.got.data, mine);
	child_scene_free(&s);
	CHECK(start("ps -o pgid= -p $$ | grep -cw $$", 1, 1) == 0);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK_TEXT(s.got.data, "1\n");
	child_scene_free(&s);
	return 0;
}

/* In a process of its own, as it changes its terminal: bits of what it saw. */
static int
look_at_terminal(int terminal)
{
	int seen = 0, status = 0;
	pid_t pid;

	(void)setsid();
	seen |= signals_foreground();
	(void)ioctl(terminal, TIOCSCTTY, 0);
	seen |= signals_foreground() << 1;
	if ((pid = fork()) == 0) {
		(void)setpgid(0, 0);
		_exit(signals_foreground());
	}
	(void)waitpid(pid, &status, 0);
	return seen | (WEXITSTATUS(status) << 2);
}

static int
test_foreground(void)
{
	int main_side, terminal, status;
	pid_t pid;

	CHECK(openpty(&main_side, &terminal, NULL, NULL, NULL) == 0);
	if ((pid = fork()) == 0)
		_exit(look_at_terminal(terminal));
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 2);
	(void)close(main_side);
	(void)close(terminal);
	return 0;
}

static int
test_files(void)
{
	struct rlimit was, r;

	CHECK(getrlimit(RLIMIT_NOFILE, &was) == 0);
	r = was;
	r.rlim_cur = 128;
	CHECK(r.rlim_max > 128 && setrlimit(RLIMIT_NOFILE, &r) == 0);
	cmd_raise_files();
	CHECK(start("ulimit -n", 1, 0) == 0);
	CHECK(child_scene_end(&s, &end) == 0);
	CHECK_TEXT(s.got.data, "128\n");
	CHECK(getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == r.rlim_max);
	CHECK(setrlimit(RLIMIT_NOFILE, &was) == 0);
	child_scene_free(&s);
	return 0;
}

static int
test_no_zombie(void)
{
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	return 0;
}

int
main(void)
{
	(void)alarm(120);
	RUN(test_finish, "children that end in time get no signal");
	RUN(test_told, "others get SIGTERM, with all that they started");
	RUN(test_killed, "who ignores it gets SIGKILL");
	RUN(test_alone, "in our group a child gets it alone");
	RUN(test_stopped, "a stopped child goes on to its end");
	RUN(test_nearer, "a second time may bring it nearer");
	RUN(test_groups, "children are in our group, or in their own");
	RUN(test_foreground, "the terminal knows who is in its foreground");
	RUN(test_files, "the limit on open files is the one before ours");
	RUN(test_no_zombie, "no zombie is left");
	return test_done();
}
