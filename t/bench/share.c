/* SPDX-License-Identifier: ISC */
/*
 * share: how long workers need to take and accept the records of a queue.  It
 * makes the queue and fills it up to -q records, of 100 bytes with their
 * newline, each in a batch of its own with -1.  Then -w processes take -n of
 * them, -m together at most, and accept each.  It prints, as timed does,
 * microseconds by the clock, as user and in the kernel, and the most KiB that a
 * worker had.  The clock runs from when all workers have the store open until
 * the last one has left.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mq.h"

struct job {
	const char *store, *queue;
	const char *together; /* max.poll.records */
	int single;	      /* boolean: a record a batch */
	int64_t queued, drained;
	int workers;
	atomic_llong *taken; /* by all workers */
};

static double
microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct mq *
open_store(const struct job *job)
{
	struct mq_err e;
	struct mq *mq = mq_open(job->store, MQ_OPEN_CREATE, &e);

	if (mq == NULL)
		errx(1, "%s", e.text);
	return mq;
}

static struct mq_conf *
conf_of(enum mq_scope scope, const char *name, const char *value)
{
	struct mq_conf *conf = mq_conf_new(scope);
	struct mq_err e;

	if (conf == NULL)
		err(1, NULL);
	if (mq_conf_set(conf, name, value, &e) == -1)
		errx(1, "%s", e.text);
	return conf;
}

/* How many records wait in the queue, which is made where it is not there. */
static int64_t
waiting(struct mq *mq, const char *queue)
{
	struct mq_share_group *g;
	int64_t n = 0;
	size_t i;
	struct mq_err e;

	if (mq_queue_create(mq, queue, 1, NULL, &e) == 0)
		return 0;
	if (e.code != MQ_TOPIC_ALREADY_EXISTS ||
	    (g = mq_share_describe(mq, queue, &e)) == NULL)
		errx(1, "%s", e.text);
	for (i = 0; i < g->count; i++)
		n += g->partition[i].lag;
	mq_share_group_free(g);
	return n;
}

static void
fill(const struct job *job)
{
	struct mq_conf *conf = conf_of(MQ_PRODUCER_CONF, "acks", "1");
	struct mq_record r = { .partition = -1, .timestamp = -1 };
	struct mq *mq = open_store(job);
	struct mq_producer *p;
	struct mq_err e;
	char value[100];
	int64_t n;

	(void)memset(value, 'x', sizeof(value));
	r.value.data = value;
	r.value.len = sizeof(value) - 1;
	n = waiting(mq, job->queue);
	if ((job->single && mq_conf_set(conf, "batch.size", "1", &e) == -1) ||
	    (p = mq_producer_new(mq, job->queue, conf, &e)) == NULL)
		errx(1, "%s", e.text);
	for (; n < job->queued; n++)
		if (mq_produce(p, &r, 0, &e) == -1)
			errx(1, "%s", e.text);
	if (mq_producer_flush(p, &e) == -1)
		errx(1, "%s", e.text);
	mq_producer_free(p);
	mq_conf_free(conf);
	mq_close(mq);
}

/* Takes records until all workers have taken enough, or none are left. */
static void
work(const struct job *job, int ready, int go)
{
	struct mq_conf *conf =
	    conf_of(MQ_SHARE_CONF, "max.poll.records", job->together);
	struct mq_subscription sub = { .topic = &job->queue,
		.topic_count = 1,
		.stop_at_end = 1 };
	struct mq *mq = open_store(job);
	struct mq_share_record r;
	struct mq_share *share;
	struct mq_err e;
	char byte;
	int rc = 0;

	share = mq_share_new(mq, job->queue, conf, &sub, &e);
	if (share == NULL)
		errx(1, "%s", e.text);
	if (write(ready, "", 1) != 1 || read(go, &byte, 1) != 0)
		err(1, "pipe");
	while (rc != -1 && atomic_fetch_add(job->taken, 1) < job->drained) {
		rc = mq_share_poll(share, &r, -1, &e);
		if (rc == MQ_POLL_END)
			break;
		if (rc == MQ_POLL_RECORD)
			rc = mq_share_acknowledge(share, &r, MQ_ACCEPT, 0, &e);
	}
	if (rc == -1 || mq_share_flush(share, &e) == -1)
		errx(1, "%s", e.text);
	mq_share_free(share);
	mq_conf_free(conf);
	mq_close(mq);
}

/* Starts the workers, which begin together; when that was. */
static double
start(const struct job *job)
{
	int i, ready[2], go[2];
	double begin;
	char byte;
	pid_t pid;

	if (pipe(ready) == -1 || pipe(go) == -1)
		err(1, "pipe");
	for (i = 0; i < job->workers; i++) {
		if ((pid = fork()) == -1)
			err(1, "fork");
		if (pid == 0) {
			close(go[1]);
			work(job, ready[1], go[0]);
			_exit(0);
		}
	}
	close(ready[1]);
	for (i = 0; i < job->workers; i++)
		if (read(ready[0], &byte, 1) != 1)
			errx(1, "a worker has ended");
	begin = microseconds();
	close(go[1]);
	return begin;
}

static void
drain(const struct job *job)
{
	struct rusage used;
	double took;
	int i, status;

	took = start(job);
	for (i = 0; i < job->workers; i++)
		if (wait(&status) == -1 || status != 0)
			errx(1, "a worker failed");
	took = microseconds() - took;
	getrusage(RUSAGE_CHILDREN, &used);
	printf("%.0f %.0f %.0f %ld\n", took,
	    (double)used.ru_utime.tv_sec * 1e6 + (double)used.ru_utime.tv_usec,
	    (double)used.ru_stime.tv_sec * 1e6 + (double)used.ru_stime.tv_usec,
	    used.ru_maxrss);
}

int
main(int argc, char *argv[])
{
	struct job job = { .together = "500", .workers = 1 };
	int c;

	while ((c = getopt(argc, argv, "1m:n:q:w:")) != -1)
		switch (c) {
		case '1':
			job.single = 1;
			break;
		case 'm':
			job.together = optarg;
			break;
		case 'n':
			job.drained = atoll(optarg);
			break;
		case 'q':
			job.queued = atoll(optarg);
			break;
		case 'w':
			job.workers = atoi(optarg);
			break;
		default:
			optind = argc;
		}
	if (optind != argc - 2) {
		fputs("usage: share [-1] [-m together] [-n drained] "
		      "[-q queued] [-w workers] store queue\n",
		    stderr);
		return 2;
	}
	job.store = argv[optind];
	job.queue = argv[optind + 1];
	job.taken = mmap(NULL, sizeof(*job.taken), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job.taken == MAP_FAILED)
		err(1, "mmap");
	fill(&job);
	if (job.drained != 0)
		drain(&job);
	return 0;
}
