/* SPDX-License-Identifier: ISC */
/*
 * timed: runs a command and prints what it took, on one line: microseconds
 * by the clock, as user and in the kernel, and the most KiB of memory it had.
 * With -n it is run so many times, and the medians are printed.  The clock
 * runs from before the command is started until after it is waited for; its
 * files are opened before that, and no shell is in between.
 */
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	WALL,
	USER,
	SYS,
	MEMORY,
	FIGURES
};

struct job {
	char **argv;
	const char *text; /* on the standard input, by a pipe; or NULL */
	const char *in;	  /* a file there */
	const char *out;  /* a file that is made and truncated */
	int status;	  /* that the command exits with */
};

static double
microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double
of_timeval(struct timeval t)
{
	return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

/* A pipe that holds the text, and whose other end is closed. */
static int
open_text(const char *text)
{
	size_t len = strlen(text);
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) == -1)
		err(1, "pipe");
	if (write(fd[1], text, len) != (ssize_t)len)
		err(1, "write");
	close(fd[1]);
	return fd[0];
}

static int
open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0666);

	if (fd == -1)
		err(1, "%s", path);
	return fd;
}

static void
run(const struct job *job, double figure[FIGURES])
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	struct rusage used;
	int error, in, out, status;
	pid_t pid;

	in = job->text != NULL ? open_text(job->text) :
				 open_file(job->in, O_RDONLY);
	out = open_file(job->out, O_WRONLY | O_CREAT | O_TRUNC);
	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, in, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, out, 1) != 0)
		errx(1, "out of memory");

	figure[WALL] = microseconds();
	error = posix_spawnp(&pid, job->argv[0], &actions, NULL, job->argv,
	    environ);
	if (error != 0)
		errx(1, "%s: %s", job->argv[0], strerror(error));
	if (wait4(pid, &status, 0, &used) == -1)
		err(1, "wait4");
	figure[WALL] = microseconds() - figure[WALL];

	if (!WIFEXITED(status))
		errx(1, "%s: signal %d", job->argv[0], WTERMSIG(status));
	if (WEXITSTATUS(status) != job->status)
		errx(1, "%s: exit status %d, not %d", job->argv[0],
		    WEXITSTATUS(status), job->status);
	figure[USER] = of_timeval(used.ru_utime);
	figure[SYS] = of_timeval(used.ru_stime);
	figure[MEMORY] = (double)used.ru_maxrss;
	posix_spawn_file_actions_destroy(&actions);
	close(in);
	close(out);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
number(const char *text, int least)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end != '\0' || n < least || n > 1000000)
		errx(2, "%s: not a number from %d to 1000000", text, least);
	return (int)n;
}

int
main(int argc, char *argv[])
{
	struct job job = { .in = "/dev/null", .out = "/dev/null" };
	double *figures[FIGURES], figure[FIGURES];
	int c, f, i, runs = 1;

	while ((c = getopt(argc, argv, "+i:n:o:s:t:")) != -1)
		switch (c) {
		case 'i':
			job.in = optarg;
			break;
		case 'n':
			runs = number(optarg, 1);
			break;
		case 'o':
			job.out = optarg;
			break;
		case 's':
			job.status = number(optarg, 0);
			break;
		case 't':
			job.text = optarg;
			break;
		default:
			optind = argc;
		}
	if (optind == argc) {
		fputs("usage: timed [-i file | -t text] [-n runs] [-o file] "
		      "[-s status] command [argument ...]\n",
		    stderr);
		return 2;
	}
	job.argv = argv + optind;

	for (f = 0; f < FIGURES; f++)
		if ((figures[f] = calloc((size_t)runs, sizeof(double))) == NULL)
			err(1, NULL);
	for (i = 0; i < runs; i++) {
		run(&job, figure);
		for (f = 0; f < FIGURES; f++)
			figures[f][i] = figure[f];
	}
	for (f = 0; f < FIGURES; f++) {
		qsort(figures[f], (size_t)runs, sizeof(double), compare);
		printf("%.0f%c", figures[f][runs / 2],
		    f + 1 < FIGURES ? ' ' : '\n');
		free(figures[f]);
	}
	return 0;
}
