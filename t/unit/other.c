/* SPDX-License-Identifier: ISC */
#include "other.h"

#include <sys/wait.h>
#include <stdio.h>
#include <unistd.h>

int
other_start(struct other *o, void (*act)(int in, int out))
{
	int down[2], up[2];

	(void)fflush(stdout);
	if (pipe(down) == -1 || pipe(up) == -1 || (o->pid = fork()) == -1)
		return -1;
	if (o->pid == 0) {
		(void)close(down[1]);
		(void)close(up[0]);
		act(down[0], up[1]);
		_exit(0);
	}
	(void)close(down[0]);
	(void)close(up[1]);
	o->to = down[1];
	o->from = up[0];
	return 0;
}

int
other_end(struct other *o)
{
	int status;

	(void)close(o->to);
	(void)close(o->from);
	return waitpid(o->pid, &status, 0) == o->pid ? status : -1;
}

void
other_say(int fd, char c)
{
	if (write(fd, &c, 1) != 1)
		_exit(1);
}

char
other_hear(int fd)
{
	char c = 0;

	return read(fd, &c, 1) == 1 ? c : 0;
}
