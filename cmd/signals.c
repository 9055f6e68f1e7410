/* SPDX-License-Identifier: ISC */
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

static volatile sig_atomic_t came;
static int wakeup[2] = { -1, -1 };

static void
caught(int number)
{
	int saved = errno;

	/* The second one: its disposition is the default again. */
	if (came != 0)
		(void)raise(number);
	came = number;
	/* A full pipe is readable as well. */
	(void)!write(wakeup[1], "", 1);
	/* What went to sleep just before it saw the signal is woken once. */
	(void)alarm(1);
	errno = saved;
}

static void
woken(int number)
{
	(void)number;
}

int
signals_catch(void)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction act, was;
	size_t i;

	if (pipe2(wakeup, O_CLOEXEC | O_NONBLOCK) == -1)
		cmd_die(CMD_IO, "pipe: %s", strerror(errno));
	(void)memset(&act, 0, sizeof(act));
	(void)sigemptyset(&act.sa_mask);
	act.sa_handler = woken;
	(void)sigaction(SIGALRM, &act, NULL);
	act.sa_handler = caught;
	act.sa_flags = (int)SA_RESETHAND;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		/* What nohup(1) or a shell's & had ignored stays ignored. */
		if (sigaction(numbers[i], NULL, &was) == 0 &&
		    was.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &act, NULL);
	}
	return wakeup[0];
}

static void
pipe_caught(int number, siginfo_t *about, void *context)
{
	(void)context;
	/* A write has its own answer. */
	if (about->si_pid == getpid())
		return;
	if (came != 0)
		(void)signal(number, SIG_DFL);
	caught(number);
}

void
signals_catch_pipe(void)
{
	struct sigaction act, was;

	(void)memset(&act, 0, sizeof(act));
	(void)sigemptyset(&act.sa_mask);
	act.sa_sigaction = pipe_caught;
	act.sa_flags = SA_SIGINFO | SA_RESTART;
	if (sigaction(SIGPIPE, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
		(void)sigaction(SIGPIPE, &act, NULL);
}

int
signals_came(void)
{
	return came;
}

void
signals_die(void)
{
	(void)signal(came, SIG_DFL);
	(void)raise(came);
	/* It is blocked. */
	exit(128 + came);
}

int
signals_foreground(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int mine;

	if (fd == -1)
		return 0;
	mine = tcgetpgrp(fd) == getpgrp();
	(void)close(fd);
	return mine;
}
