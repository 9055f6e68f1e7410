/* SPDX-License-Identifier: ISC */
#include "aside.h"

#include <sys/stat.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

struct aside {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* By the mutex: */
	int busy, stop; /* booleans */
	void (*call)(void *);
	void *arg;
};

static void *
loop(void *arg)
{
	struct aside *a = arg;

	(void)pthread_mutex_lock(&a->mutex);
	for (;;) {
		while (!a->busy && !a->stop)
			(void)pthread_cond_wait(&a->changed, &a->mutex);
		if (!a->busy)
			break;
		(void)pthread_mutex_unlock(&a->mutex);
		a->call(a->arg);
		(void)pthread_mutex_lock(&a->mutex);
		a->busy = 0;
		(void)pthread_cond_signal(&a->changed);
	}
	(void)pthread_mutex_unlock(&a->mutex);
	return NULL;
}

static int
is_of_use(int fd)
{
	struct stat st;
	cpu_set_t set;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

struct aside *
aside_start(int fd)
{
	struct aside *a;
	sigset_t all, old;
	int rc;

	if (!is_of_use(fd) || (a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	(void)pthread_mutex_init(&a->mutex, NULL);
	(void)pthread_cond_init(&a->changed, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&a->thread, NULL, loop, a);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		return a;
	free(a);
	return NULL;
}

void
aside_call(struct aside *a, void (*call)(void *), void *arg)
{
	(void)pthread_mutex_lock(&a->mutex);
	a->call = call;
	a->arg = arg;
	a->busy = 1;
	(void)pthread_cond_signal(&a->changed);
	(void)pthread_mutex_unlock(&a->mutex);
}

void
aside_wait(struct aside *a)
{
	(void)pthread_mutex_lock(&a->mutex);
	while (a->busy)
		(void)pthread_cond_wait(&a->changed, &a->mutex);
	(void)pthread_mutex_unlock(&a->mutex);
}

void
aside_stop(struct aside *a)
{
	if (a == NULL)
		return;
	(void)pthread_mutex_lock(&a->mutex);
	a->stop = 1;
	(void)pthread_cond_signal(&a->changed);
	(void)pthread_mutex_unlock(&a->mutex);
	(void)pthread_join(a->thread, NULL);
	(void)pthread_cond_destroy(&a->changed);
	(void)pthread_mutex_destroy(&a->mutex);
	free(a);
}
