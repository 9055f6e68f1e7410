/* SPDX-License-Identifier: ISC */
#include "spool.h"

#include <sys/pidfd.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "signals.h"

extern char **environ;

static int
unnamed_file(void)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (dir == NULL || *dir == '\0')
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd != -1)
		return fd;
	/* Not every file system has files without a name. */
	(void)snprintf(path, sizeof(path), "%s/mq-produce.XXXXXX", dir);
	if ((fd = mkostemp(path, O_CLOEXEC)) == -1)
		cmd_die(CMD_IO, "-x: a file in %s: %s", dir, strerror(errno));
	(void)unlink(path);
	return fd;
}

static pid_t
start(const char *command, int fd)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t defaults;
	char shell[] = "sh", option[] = "-c";
	char *argv[4];
	pid_t pid;
	int rc;

	argv[0] = shell;
	argv[1] = option;
	argv[2] = (char *)(uintptr_t)command;
	argv[3] = NULL;
	if ((rc = posix_spawn_file_actions_init(&actions)) == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, fd,
		    STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawnattr_init(&attr);
	/* What this program ignores for itself, the command does not. */
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGXFSZ);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(&attr, &defaults);
	if (rc == 0)
		rc = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	if (rc == 0)
		rc = posix_spawn(&pid, "/bin/sh", &actions, &attr, argv,
		    environ);
	if (rc != 0)
		cmd_die(CMD_PARTLY, "-x: /bin/sh: %s", strerror(rc));
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	return pid;
}

/* Waits for it; a signal that comes for this program ends it too. */
static int
await(pid_t pid, int wakeup)
{
	struct pollfd fds[2];
	int status = 0;

	fds[0].fd = pidfd_open(pid, 0);
	fds[1].fd = wakeup;
	fds[0].events = fds[1].events = POLLIN;
	if (fds[0].fd == -1)
		cmd_die(CMD_IO, "-x: pidfd_open: %s", strerror(errno));
	while (poll(fds, 2, -1) == -1 && errno == EINTR)
		continue;
	if (signals_came() != 0)
		(void)kill(pid, signals_came());
	(void)close(fds[0].fd);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			cmd_die(CMD_IO, "-x: waitpid: %s", strerror(errno));
	return status;
}

int
spool_command(const char *command, int wakeup)
{
	int fd = unnamed_file(), status;
	pid_t pid = start(command, fd);

	status = await(pid, wakeup);
	if (signals_came() != 0) {
		(void)close(fd);
		return -1;
	}
	if (WIFSIGNALED(status))
		cmd_die(CMD_PARTLY,
		    "-x %s: ended by signal %d; nothing is "
		    "published",
		    command, WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		cmd_die(CMD_PARTLY,
		    "-x %s: exit status %d; nothing is "
		    "published",
		    command, WEXITSTATUS(status));
	if (lseek(fd, 0, SEEK_SET) == -1)
		cmd_die(CMD_IO, "-x: its output: %s", strerror(errno));
	return fd;
}
