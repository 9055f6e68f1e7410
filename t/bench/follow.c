/* SPDX-License-Identifier: ISC */
/*
 * follow: how long a record needs to a follower's standard output.  It starts
 * mq-consume on a pipe, appends records one at a time as another process
 * would, and prints microseconds, on one line: median and 99th percentile
 * from the moment a record is confirmed until it is read from the pipe, and
 * both again from the moment it is handed over.
 *
 * Between two records it rests, so that the follower sleeps when one comes.
 */
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mq.h"

#define WARM_UP 20 /* records that do not count */
#define REST_NS 2000000

static double
microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The follower, whose output is read from *fd. */
static pid_t
start(const char *store, const char *topic, int *fd)
{
	int end[2];
	pid_t pid;

	if (pipe(end) == -1)
		err(1, "pipe");
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(end[1], 1);
		close(end[0]);
		close(end[1]);
		execlp("mq-consume", "mq-consume", "-b", store, topic,
		    (char *)NULL);
		err(1, "mq-consume");
	}
	close(end[1]);
	*fd = end[0];
	return pid;
}

/* Reads one line, which is the one that was appended. */
static void
expect(int fd, const char *line, size_t len)
{
	char got[200];
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		n = read(fd, got + have, sizeof(got) - have);
		if (n == -1)
			err(1, "read");
		if (n == 0)
			errx(1, "mq-consume has ended");
		have += (size_t)n;
		if (have > len)
			break;
	}
	if (have != len || memcmp(got, line, len) != 0)
		errx(1, "mq-consume wrote another record");
}

static struct mq_producer *
producer(struct mq *mq, const char *topic, const char *acks)
{
	struct mq_producer *p;
	struct mq_conf *conf;
	struct mq_err e;

	if ((conf = mq_conf_new(MQ_PRODUCER_CONF)) == NULL)
		err(1, NULL);
	if (mq_conf_set(conf, "acks", acks, &e) == -1 ||
	    (p = mq_producer_new(mq, topic, conf, &e)) == NULL)
		errx(1, "%s", e.text);
	mq_conf_free(conf);
	return p;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
print(double *took, int count, char end)
{
	qsort(took, (size_t)count, sizeof(*took), compare);
	printf("%.0f %.0f%c", took[count / 2], took[count * 99 / 100], end);
}

int
main(int argc, char *argv[])
{
	struct mq_record r = { .partition = -1, .timestamp = -1 };
	const struct timespec rest = { .tv_nsec = REST_NS };
	double *confirmed, *handed, begin, end;
	const char *acks = "all";
	struct mq_producer *p;
	struct mq_err e;
	struct mq *mq;
	char line[101];
	int c, fd, i, records = 500;
	pid_t pid;

	while ((c = getopt(argc, argv, "a:n:")) != -1)
		switch (c) {
		case 'a':
			acks = optarg;
			break;
		case 'n':
			records = atoi(optarg);
			break;
		default:
			optind = argc;
		}
	if (optind != argc - 2 || records < 1) {
		fputs("usage: follow [-a acks] [-n records] store topic\n",
		    stderr);
		return 2;
	}
	confirmed = calloc((size_t)records, sizeof(double));
	handed = calloc((size_t)records, sizeof(double));
	if (confirmed == NULL || handed == NULL)
		err(1, NULL);

	/* A handle is not used across fork(2). */
	pid = start(argv[optind], argv[optind + 1], &fd);
	if ((mq = mq_open(argv[optind], 0, &e)) == NULL)
		errx(1, "%s", e.text);
	p = producer(mq, argv[optind + 1], acks);
	for (i = -WARM_UP; i < records; i++) {
		snprintf(line, sizeof(line), "%099d\n", i);
		r.value.data = line;
		r.value.len = 99;
		begin = microseconds();
		if (mq_produce(p, &r, 0, &e) == -1 ||
		    mq_producer_flush(p, &e) == -1)
			errx(1, "%s", e.text);
		end = microseconds();
		expect(fd, line, 100);
		if (i >= 0) {
			handed[i] = microseconds() - begin;
			confirmed[i] = microseconds() - end;
		}
		nanosleep(&rest, NULL);
	}
	mq_producer_free(p);
	mq_close(mq);

	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	print(confirmed, records, ' ');
	print(handed, records, '\n');
	free(confirmed);
	free(handed);
	return 0;
}
