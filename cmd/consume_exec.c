/* SPDX-License-Identifier: ISC */
/*
 * mq-consume -x: a command for each record, or with --batch for some, of a
 * consumer group or a share group.  What is done is committed; what fails is
 * tried again, as the source of the records has it.
 */
#include <sys/eventfd.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exec.h"
#include "signals.h"

#define FINISH_MS 10000 /* for children to end by themselves after a signal */
#define KILL_MS	  5000	/* and then after SIGTERM */

/* Batches that get no more are due. */
static void
close_batches(struct exec *x)
{
	struct job *j;

	for (j = x->jobs; j != NULL; j = j->next) {
		if (!j->open)
			continue;
		j->open = 0;
		j->due_ms = 0;
	}
}

static int
all_handed(const struct exec *x)
{
	return x->c->count != 0 && x->handed >= x->c->count;
}

/* The next record into a job: 1, 0 there is none now. */
static int
take_record(struct exec *x, int64_t wait_ms)
{
	struct mq_share_record r;
	int rc;

	rc = x->source->poll(x, &r, wait_ms);
	x->ended = rc == MQ_POLL_END;
	if (rc == MQ_POLL_RECORD)
		exec_add(x, &r);
	/* With -e a share group has no end while something of it is here. */
	if (x->ended || all_handed(x) ||
	    (rc == MQ_POLL_IDLE && wait_ms == 0 && x->c->sub.stop_at_end))
		close_batches(x);
	return rc == MQ_POLL_RECORD;
}

/*
 * Whether new records are wanted.  A consumer group's partitions have one job
 * each, which may wait for a child: by polling the member follows its group.  Of
 * a share group nothing is locked that is not begun, but for batches.
 */
static int
wants_more(const struct exec *x)
{
	const struct job *j;
	size_t room = child_room(x->pool);

	if (x->stopping || x->ended || all_handed(x))
		return 0;
	if (x->share == NULL)
		return 1;
	if (exec_in_hand(x) >= (size_t)x->c->in_flight && x->c->in_flight != 0)
		return 0;
	for (j = x->jobs; j != NULL; j = j->next) {
		if (j->open)
			return 1;
		if (!j->running && room > 0)
			room--;
	}
	return room > 0;
}

/*
 * What is due; `dry` where nothing more is to be had now, so that a batch that
 * waits for no time is as full as it gets.
 */
static void
start_due(struct exec *x, int dry)
{
	int64_t now = cmd_now_ms();
	struct job *j;

	while (!x->stopping && child_room(x->pool) > 0 &&
	    (j = job_first(x->jobs)) != NULL && j->due_ms <= now &&
	    (!j->open || dry || x->c->batch_ms != 0))
		exec_start(x, j);
}

/* What is due, then what is new: while there is room for it. */
static void
start_all(struct exec *x)
{
	do
		start_due(x, 0);
	while (wants_more(x) && take_record(x, 0));
	start_due(x, 1);
}

static void
stop_children(struct exec *x)
{
	if (!x->told)
		child_stop(x->pool, cmd_now_ms(), FINISH_MS, KILL_MS);
	x->told = x->stopping = 1;
	/* It stays readable, and has said what it had to. */
	child_forget(x->pool, x->signals);
}

size_t
exec_in_hand(const struct exec *x)
{
	const struct job *j;
	size_t n = 0;

	for (j = x->jobs; j != NULL; j = j->next)
		n += j->count;
	return n;
}

/* ---- while children run ----------------------------------------------------------- */

/* One that takes longer than it may is ended, and fails by that. */
static void
end_long(struct exec *x, struct job *j, int64_t now)
{
	int64_t max = x->c->max_lease_ms;

	if (max == 0 || !j->running)
		return;
	if (j->signal == 0 && now - j->started_ms >= max) {
		exec_say(j, "it is ended", "it is ended",
		    "longer than --max-lease");
		j->signal = SIGTERM;
	} else if (j->signal == SIGTERM && now - j->started_ms >= max + KILL_MS)
		j->signal = SIGKILL;
	else
		return;
	child_signal(x->pool, j, j->signal);
}

static void
look_after(struct exec *x)
{
	int64_t now = cmd_now_ms();
	struct job *j;

	for (j = x->jobs; j != NULL; j = j->next) {
		end_long(x, j, now);
		if (x->lock_ms == 0 || now < j->renew_ms)
			continue;
		j->renew_ms = now + (x->lock_ms + 2) / 3;
		x->source->renew(x, j);
	}
}

static int64_t
sooner(int64_t wait_ms, int64_t due_ms, int64_t now)
{
	int64_t left = due_ms > now ? due_ms - now : 0;

	return wait_ms == -1 || left < wait_ms ? left : wait_ms;
}

/* How long until something of what is at work is due. */
static int64_t
until_timer(struct exec *x, int64_t wait_ms)
{
	int64_t now = cmd_now_ms(), due, max = x->c->max_lease_ms;
	const struct job *j;

	for (j = x->jobs; j != NULL; j = j->next) {
		if (x->lock_ms != 0)
			wait_ms = sooner(wait_ms, j->renew_ms, now);
		if (max != 0 && j->running && j->signal != SIGKILL)
			wait_ms = sooner(wait_ms,
			    j->started_ms + max +
				(j->signal != 0 ? KILL_MS : 0),
			    now);
	}
	if (x->kept || x->sees_not)
		wait_ms = sooner(wait_ms, now + EXEC_HELD_MS, now);
	due = child_stop_due(x->pool, now);
	return due != -1 && (wait_ms == -1 || due < wait_ms) ? due : wait_ms;
}

/* How long there is nothing to do but for who comes by himself. */
static int64_t
until_due(struct exec *x, int64_t wait_ms)
{
	const struct job *j = job_first(x->jobs);

	if (j != NULL && !x->stopping && child_room(x->pool) > 0)
		wait_ms = sooner(wait_ms, j->due_ms, cmd_now_ms());
	return until_timer(x, wait_ms);
}

void
exec_wait(struct exec *x)
{
	if (signals_came() != 0)
		stop_children(x);
	look_after(x);
	child_wait(x->pool, until_timer(x, -1));
}

void
exec_fail(struct exec *x, const struct mq_err *e)
{
	stop_children(x);
	if (x->failing != 0)
		return;
	if (e != &x->held_up) /* that was said when it began */
		cmd_say("%s", e->text);
	x->failing = cmd_status(e);
}

/* What was not begun is for others. */
static void
drop_waiting(struct exec *x)
{
	struct job *j, *next;

	for (j = x->jobs; j != NULL; j = next) {
		next = j->next;
		if (!j->running)
			exec_drop(x, j);
	}
}

/* Until a child ends, a record comes, a try is due, or the time is over. */
static void
sleep_on(struct exec *x, int64_t wait_ms)
{
	if (wants_more(x)) /* its wait ends for the children's sake, too */
		(void)take_record(x, wait_ms);
	else {
		x->source->rest(x);
		child_wait(x->pool, wait_ms);
	}
}

static int
finished(const struct exec *x)
{
	if (child_count(x->pool) != 0)
		return 0;
	if (x->stopping)
		return 1;
	return x->jobs == NULL && (x->ended || all_handed(x));
}

/* A run of children; whether it ended because nothing came in time. */
static int
run(struct exec *x)
{
	int64_t idle_since = cmd_now_ms(), wait_ms;

	for (;;) {
		if (signals_came() != 0)
			stop_children(x);
		/* What was taken is begun before anything can hold this up. */
		start_due(x, 0);
		while (exec_take_end(x))
			continue;
		x->source->flush(x);
		if (signals_came() != 0)
			stop_children(x);
		if (x->stopping)
			drop_waiting(x);
		look_after(x);
		start_all(x);
		/* While the next commands run: none of them waits for a disk. */
		x->source->sync(x);
		if (finished(x))
			return 0;
		if (x->jobs != NULL)
			idle_since = cmd_now_ms();
		wait_ms = x->c->wait_ms;
		if (x->jobs != NULL)
			wait_ms = -1;
		else if (wait_ms != -1 &&
		    (wait_ms -= cmd_now_ms() - idle_since) <= 0) {
			if (x->kept || x->sees_not)
				exec_fail(x, &x->held_up);
			return 1;
		}
		sleep_on(x, until_due(x, wait_ms));
	}
}

static void
open_pool(struct exec *x, struct mq *mq)
{
	struct consume *c = x->c;
	struct child_conf conf = { c->command,
		c->share != NULL ? c->share : c->sub.group, c->workers,
		!signals_foreground() };
	struct mq_err e;

	x->signals = signals_catch();
	if ((x->pool = child_pool_new(&conf, &e)) == NULL)
		cmd_die(CMD_IO, "-x: %s", e.text);
	x->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (x->wake == -1 || child_watch(x->pool, x->signals) == -1 ||
	    child_watch(x->pool, x->wake) == -1)
		cmd_die(CMD_IO, "-x: %s", strerror(errno));
	mq_set_wakeup(mq, child_fd(x->pool));
	/* Nobody may read what is said; the children hear of it themselves. */
	signals_catch_pipe();
}

static int
status(const struct exec *x, int nothing)
{
	const struct consume *c = x->c;

	if (x->status == CMD_OK && x->failed_count != 0) {
		if (!c->quiet)
			cmd_say("%zu record%s failed, and can be tried again",
			    x->failed_count, x->failed_count == 1 ? "" : "s");
		return CMD_PARTLY;
	}
	if (x->status == CMD_OK && c->done == 0 && c->wait_ms != -1)
		return CMD_NOTHING;
	if (x->status == CMD_OK && nothing && c->count != 0)
		return CMD_NOTHING;
	return x->status;
}

int
consume_exec(struct consume *c, struct mq *mq)
{
	struct exec x;
	int nothing;

	(void)memset(&x, 0, sizeof(x));
	x.c = c;
	x.source = c->share != NULL ? &exec_share : &exec_group;
	out_init(&x.input, -1);
	out_init(&x.about, -1);
	open_pool(&x, mq);
	x.source->open(&x, mq);
	nothing = run(&x);
	drop_waiting(&x);
	x.source->close(&x);
	child_pool_free(x.pool);
	out_free(&x.input);
	out_free(&x.about);
	(void)close(x.wake);
	if (x.failing != 0)
		exit(x.failing);
	return status(&x, nothing);
}
