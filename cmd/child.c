/* SPDX-License-Identifier: ISC */
/*
 * An epoll descriptor holds what is waited for: a pidfd for each child, and the
 * pipe to its standard input while that is full.  It can be polled itself, so
 * that all children are one descriptor for whoever sleeps.
 */
#include "child.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child_env.h"
#include "child_input.h"
#include "cmd.h"
#include "command.h"
#include "json.h"

#define EVENTS 64 /* looked at in one call */
#define NEVER  INT64_MAX

/* What an epoll event is about: a child's number, and which of its two. */
#define ABOUT_END(n)   ((uint64_t)(n) << 1)
#define ABOUT_INPUT(n) ((uint64_t)(n) << 1 | 1)
#define ABOUT_OTHER    UINT64_MAX

struct child {
	STAILQ_ENTRY(child) entry;
	pid_t pid; /* 0: none runs */
	int pidfd;
	int status;
	struct child_input input;
	void *arg;
};

STAILQ_HEAD(child_list, child);

struct child_pool {
	struct command command;
	struct child_env env;
	struct out about;
	struct child *child;
	size_t size, busy;
	struct child_list idle, ended;
	int epoll;
	int apart, stopping;
	int64_t term_at, kill_at; /* NEVER: not, or done */
};

struct child_pool *
child_pool_new(const struct child_conf *conf, struct mq_err *e)
{
	struct child_pool *p;
	size_t i;
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd == -1) {
		e->code = MQ_UNKNOWN_SERVER_ERROR;
		e->sys = errno;
		(void)snprintf(e->text, sizeof(e->text), "epoll: %s",
		    strerror(errno));
		return NULL;
	}
	(void)signal(SIGCHLD, SIG_DFL);
	p = cmd_alloc(NULL, 1, sizeof(*p));
	(void)memset(p, 0, sizeof(*p));
	command_init(&p->command, conf->command);
	child_env_init(&p->env, conf->group);
	out_init(&p->about, -1);
	p->epoll = fd;
	p->apart = conf->apart;
	p->term_at = p->kill_at = NEVER;
	p->size = conf->size;
	p->child = cmd_alloc(NULL, p->size, sizeof(*p->child));
	(void)memset(p->child, 0, p->size * sizeof(*p->child));
	STAILQ_INIT(&p->idle);
	STAILQ_INIT(&p->ended);
	for (i = 0; i < p->size; i++) {
		p->child[i].pidfd = -1;
		child_input_init(&p->child[i].input);
		STAILQ_INSERT_TAIL(&p->idle, &p->child[i], entry);
	}
	return p;
}

/*
 * Closes what is watched.  A sibling between fork and exec may hold it open for
 * a moment, and epoll would go on with it.
 */
static void
unwatch(struct child_pool *p, int *fd)
{
	if (*fd == -1)
		return;
	(void)epoll_ctl(p->epoll, EPOLL_CTL_DEL, *fd, NULL);
	(void)close(*fd);
	*fd = -1;
}

static void
close_input(struct child_pool *p, struct child *c)
{
	unwatch(p, &c->input.ours);
	child_input_close(&c->input);
}

void
child_pool_free(struct child_pool *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->size; i++) {
		close_input(p, &p->child[i]);
		unwatch(p, &p->child[i].pidfd);
	}
	(void)close(p->epoll);
	command_free(&p->command);
	child_env_free(&p->env);
	out_free(&p->about);
	free(p->child);
	free(p);
}

size_t
child_room(const struct child_pool *p)
{
	return p->size - p->busy;
}

size_t
child_count(const struct child_pool *p)
{
	return p->busy;
}

/* ---- starting ------------------------------------------------------------- */

/* Descriptor 3: a file in memory, at its start. */
static int
about_file(struct child_pool *p, const struct child_job *j)
{
	struct mq_bytes b = j->about;
	ssize_t n;
	int fd;

	if (!j->batch) {
		p->about.len = 0;
		if (json_put_head(&p->about, j->record) == -1)
			return -1;
		b.data = p->about.data;
		b.len = p->about.len;
	}
	if ((fd = memfd_create("mq", MFD_CLOEXEC)) == -1)
		return -1;
	n = b.len != 0 ? pwrite(fd, b.data, b.len, 0) : 0;
	if (n == (ssize_t)b.len)
		return fd;
	if (n != -1) /* memory is out, or a limit is reached */
		errno = ENOSPC;
	(void)close(fd);
	return -1;
}

static int
watch(struct child_pool *p, int fd, uint32_t events, uint64_t about)
{
	struct epoll_event ev = { .events = events, .data.u64 = about };

	return epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &ev);
}

/* It runs; from here on its end is waited for. */
static int
follow(struct child_pool *p, struct child *c)
{
	size_t n = (size_t)(c - p->child);
	int saved;

	if (c->input.len == 0)
		close_input(p, c);
	c->pidfd = pidfd_open(c->pid, 0);
	if (c->pidfd != -1 && watch(p, c->pidfd, EPOLLIN, ABOUT_END(n)) == 0 &&
	    (c->input.len == 0 ||
		watch(p, c->input.ours, EPOLLOUT, ABOUT_INPUT(n)) == 0))
		return 0;
	saved = errno;
	(void)kill(p->apart ? -c->pid : c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	errno = saved;
	return -1;
}

/* NULL, or what failed, with errno. */
static const char *
start(struct child_pool *p, struct child *c, const struct child_job *j)
{
	struct command_start s = { .apart = p->apart };
	const char *what = NULL;

	s.env = child_env_of(&p->env, j->record, j->delivery_count, j->batch);
	if (s.env == NULL)
		return "its environment";
	if (child_input_open(&c->input,
		j->batch ? &j->input : &j->record->value) == -1)
		return "a pipe to its standard input";
	s.input = c->input.child;
	if ((s.about = about_file(p, j)) == -1)
		return "a file for its descriptor 3";
	errno = command_spawn(&p->command, &s, &c->pid);
	if (errno != 0)
		what = p->command.path != NULL ? p->command.path : "/bin/sh";
	(void)close(s.about);
	if (what == NULL && follow(p, c) == -1)
		what = "waiting for it";
	return what;
}

int
child_start(struct child_pool *p, const struct child_job *j,
    struct child_end *end)
{
	struct child *c = STAILQ_FIRST(&p->idle);
	const char *what;

	assert(c != NULL && !p->stopping);
	if ((what = start(p, c, j)) != NULL) {
		end->arg = j->arg;
		end->outcome = OUTCOME_CANNOT_RUN;
		(void)snprintf(end->text, sizeof(end->text), "%.128s: %s", what,
		    strerror(errno));
		close_input(p, c);
		unwatch(p, &c->pidfd);
		c->pid = 0;
		return -1;
	}
	STAILQ_REMOVE_HEAD(&p->idle, entry);
	c->arg = j->arg;
	p->busy++;
	return 0;
}

/* ---- ending --------------------------------------------------------------- */

static void
reap(struct child_pool *p, struct child *c)
{
	pid_t got;

	if (c->pid == 0 || (got = waitpid(c->pid, &c->status, WNOHANG)) == 0)
		return;
	/* Nobody else waits for it, and SIGCHLD is not ignored. */
	assert(got == c->pid);
	c->pid = 0;
	unwatch(p, &c->pidfd);
	close_input(p, c);
	STAILQ_INSERT_TAIL(&p->ended, c, entry);
}

static void
look(struct child_pool *p)
{
	struct epoll_event ev[EVENTS];
	int i, n = epoll_wait(p->epoll, ev, EVENTS, 0);
	struct child *c;

	for (i = 0; i < n; i++) {
		if (ev[i].data.u64 == ABOUT_OTHER)
			continue;
		c = &p->child[ev[i].data.u64 >> 1];
		if ((ev[i].data.u64 & 1) == 0)
			reap(p, c);
		else if (child_input_feed(&c->input))
			close_input(p, c);
	}
}

int
child_next(struct child_pool *p, struct child_end *end)
{
	struct child *c;

	if (STAILQ_EMPTY(&p->ended))
		look(p);
	if ((c = STAILQ_FIRST(&p->ended)) == NULL)
		return 0;
	STAILQ_REMOVE_HEAD(&p->ended, entry);
	STAILQ_INSERT_HEAD(&p->idle, c, entry);
	p->busy--;
	end->arg = c->arg;
	end->outcome = outcome_of(c->status);
	outcome_text(c->status, end->text, sizeof(end->text));
	return 1;
}

int
child_fd(const struct child_pool *p)
{
	return p->epoll;
}

int
child_watch(struct child_pool *p, int fd)
{
	return watch(p, fd, EPOLLIN, ABOUT_OTHER);
}

void
child_forget(struct child_pool *p, int fd)
{
	(void)epoll_ctl(p->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void
child_wait(const struct child_pool *p, int64_t wait_ms)
{
	struct pollfd fd = { p->epoll, POLLIN, 0 };

	if (!STAILQ_EMPTY(&p->ended))
		return;
	if (wait_ms > INT_MAX)
		wait_ms = INT_MAX;
	(void)poll(&fd, 1, wait_ms < 0 ? -1 : (int)wait_ms);
}

/* ---- stopping ------------------------------------------------------------- */

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
send(const struct child_pool *p, const struct child *c, int number)
{
	pid_t pid = p->apart ? -c->pid : c->pid;

	if (c->pid == 0)
		return;
	/* It may have ended; its number is kept until it is reaped. */
	(void)kill(pid, number);
	/* One that is stopped acts on it when it goes on. */
	(void)kill(pid, SIGCONT);
}

static void
send_all(const struct child_pool *p, int number)
{
	size_t i;

	for (i = 0; i < p->size; i++)
		send(p, &p->child[i], number);
}

void
child_signal(const struct child_pool *p, const void *arg, int number)
{
	size_t i;

	for (i = 0; i < p->size; i++)
		if (p->child[i].arg == arg)
			send(p, &p->child[i], number);
}

void
child_stop(struct child_pool *p, int64_t now_ms, int64_t finish_ms,
    int64_t kill_ms)
{
	int64_t term_at = now_ms + finish_ms;

	/* What was sent is not sent again. */
	if (!p->stopping || p->term_at != NEVER)
		p->term_at = earlier(p->term_at, term_at);
	if (!p->stopping || p->kill_at != NEVER)
		p->kill_at = earlier(p->kill_at, term_at + kill_ms);
	p->stopping = 1;
}

int64_t
child_stop_due(struct child_pool *p, int64_t now_ms)
{
	int64_t next;

	if (now_ms >= p->kill_at) {
		send_all(p, SIGKILL);
		p->term_at = p->kill_at = NEVER;
	} else if (now_ms >= p->term_at) {
		send_all(p, SIGTERM);
		p->term_at = NEVER;
	}
	next = earlier(p->term_at, p->kill_at);
	return next == NEVER ? -1 : next - now_ms;
}
